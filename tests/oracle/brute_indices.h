/* SPDX-License-Identifier: MIT */
/* Interaction indices by enumeration, from their definitions and in long doubles: means over orders, least squares by elimination,
 * inner values at every coalition. Independent of the library. */
#ifndef TEST_BRUTE_INDICES_H
#define TEST_BRUTE_INDICES_H

#include <stdbool.h>

#include "brute.h"
#include "metagame/indices.h"

enum { BRUTE_MOST = 6, BRUTE_CELLS = BRUTE_MOST * BRUTE_MOST * BRUTE_MOST };

/* A set function of k players v, who are the players player[0..k-1] of a game of n. */
typedef struct brute_set {
  uint32_t k, n;
  uint32_t player[BRUTE_MOST];
  long double v[1 << BRUTE_MOST];
} brute_set;

/* The game of target i: u_i on the players but its own when that is given and `unpinned` is not, else v_i. */
brute_set brute_own_game(const brute_game *game, uint32_t i, bool unpinned);

/* The index, defaults filled in, on all n^order cells. */
void brute_index(const brute_set *set, const metagame_index *index, double *cells);
/* phi_{k->j->i} of target i on n x n cells [j][k]. */
void brute_third(const brute_game *game, uint32_t i, bool unpinned, double *cells);

/* D_Q v(S). */
long double brute_derivative(const long double *v, uint64_t q, uint64_t s);

#endif
