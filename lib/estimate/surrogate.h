/* SPDX-License-Identifier: MIT */
/* Surrogates for the variance of sampled tallies: a level for each size and a quadratic function, fitted on other rows. */
#ifndef MTG_SURROGATE_H
#define MTG_SURROGATE_H

#include "estimate/tally.h"

enum { MTG_SURROGATE_FOLDS = 4 };

typedef struct mtg_surrogate_rows {
  uint32_t n, m, n_groups;
  const int32_t *own;    /* m */
  uint64_t per_group;
  const uint64_t *masks; /* n_groups * per_group, group after group */
  const double *values;  /* of m numbers each: differences from the start; 0 where the own player is absent */
  const double *magnitude; /* m: max |value|, over these and maybe others */
} mtg_surrogate_rows;

/* Target i at T, for the groups of a fold (group % MTG_SURROGATE_FOLDS): level[fold][i * (n+1) + t] + sum of
 * quadratic[fold][i * count + f] x_f(T), where the features are x_j = +1 or -1 for player j in T or not, and their products x_j x_k,
 * j < k. Each fold has its own, fitted on the other folds. */
typedef struct mtg_surrogate {
  mtg_alloc alloc;
  uint32_t n, m, count; /* count = n + n (n-1)/2 */
  double *quadratic[MTG_SURROGATE_FOLDS], *level[MTG_SURROGATE_FOLDS];
  double *edges[MTG_SURROGATE_FOLDS]; /* i * (n+2) + j: sum of the pairs with j; behind them the sums of all singles and of all pairs */
  double *error[MTG_SURROGATE_FOLDS]; /* m: squared errors, in units of 4^exponent of the magnitude, that led to the choice: of fits on
                                       * two of the other folds at the rows of the third, all three ways */
} mtg_surrogate;

metagame_status mtg_surrogate_open(mtg_surrogate *s, const mtg_alloc *alloc, uint32_t n, uint32_t m, metagame_error *err);
void mtg_surrogate_close(mtg_surrogate *s);
/* What fit and the surrogate take. */
uint64_t mtg_surrogate_bytes(uint32_t n, uint32_t m);
metagame_status mtg_surrogate_fit(mtg_surrogate *s, const mtg_surrogate_rows *rows, metagame_error *err);

/* out[i] = surrogate of target i at a coalition; 0 where its own player is absent. `features`: count numbers of room. */
void mtg_surrogate_at(const mtg_surrogate *s, uint32_t fold, const int32_t *own, uint64_t mask, double *features, double *out);

/* Sum of the surrogate over the coalitions of size t of target's game that hold `players` (none its own). */
double mtg_surrogate_sum(const mtg_surrogate *s, uint32_t fold, uint32_t target, int32_t own, const uint32_t *players, uint32_t count,
                         uint32_t t);

#endif
