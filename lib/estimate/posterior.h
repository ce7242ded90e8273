/* SPDX-License-Identifier: MIT */
/* A Gaussian process as surrogate of one game in sampled tallies. */
#ifndef MTG_POSTERIOR_H
#define MTG_POSTERIOR_H

#include "estimate/process.h"
#include "estimate/surrogate.h"

enum { MTG_POSTERIOR_POWERS = 3 };

/* For the groups of a fold (group % MTG_SURROGATE_FOLDS), fitted on the other folds; only where it does better there than the
 * quadratic surrogate. */
typedef struct mtg_posterior {
  mtg_alloc alloc;
  uint32_t n, n_orders; /* orders 1..n_orders of the kernel */
  int32_t is_used[MTG_SURROGATE_FOLDS];
  size_t most;                          /* rows of a fit */
  size_t count[MTG_SURROGATE_FOLDS];
  double level[MTG_SURROGATE_FOLDS];    /* a constant */
  double factor[MTG_SURROGATE_FOLDS][MTG_PROCESS_ORDERS + 1]; /* of e_k(w s t) in the kernel */
  double power[MTG_SURROGATE_FOLDS][MTG_PROCESS_ORDERS + 1];  /* sums of w^k */
  double *relevance, *tables;           /* of a fold: n; sums of w, w^3, w^5 over the players of each byte of a mask */
  uint64_t *masks;                      /* of a fold: `most` */
  double *alpha, *products;             /* products[k] of a row: e_k(w t) */
} mtg_posterior;

/* Whether a posterior is for this game: one free target, enough rows. */
static inline int mtg_posterior_fits(uint32_t n, uint32_t m, int32_t own, uint64_t rows) { return m == 1 && own < 0 && n >= 4 && rows >= 64; }

metagame_status mtg_posterior_open(mtg_posterior *p, const mtg_alloc *alloc, uint32_t n, uint64_t rows, metagame_error *err);
void mtg_posterior_close(mtg_posterior *p);
/* What fit and the posterior take. */
uint64_t mtg_posterior_bytes(uint32_t n, uint64_t rows);
/* Fits target 0 of the rows; `quadratic` has been fitted on the same. */
metagame_status mtg_posterior_fit(mtg_posterior *p, const mtg_surrogate_rows *rows, const mtg_surrogate *quadratic, metagame_error *err);

double mtg_posterior_at(const mtg_posterior *p, uint32_t fold, uint64_t mask);
/* out[t], t = 0..n: sum over the coalitions of size t that hold `players`, at most MTG_MOST_ORDER of them. */
void mtg_posterior_sums(const mtg_posterior *p, uint32_t fold, const uint32_t *players, uint32_t count, double *out);

#endif
