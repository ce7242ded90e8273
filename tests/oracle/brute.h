/* SPDX-License-Identifier: MIT */
/* Textbook brute force, straight from the definitions in docs/mathematics.md and independent of the library. */
#ifndef TEST_BRUTE_H
#define TEST_BRUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* v_i(S) = values[S*m + i]; own[i] is the player that target i is, or -1. */
typedef struct brute_game {
  uint32_t n, m;
  const double *values;
  const int32_t *own;
} brute_game;

/* The meta-attributions: matrix m x n, base m. banzhaf: the mean marginal in place of the Shapley weights. */
void brute_meta(const brute_game *game, bool unpinned, bool banzhaf, double *matrix, double *base);
/* The same outer Shapley values as means of marginals over all orders of the players that vary (n <= 8). */
void brute_meta_orders(const brute_game *game, bool unpinned, double *matrix, double *base);
/* max over the coalitions of |v_i|, m numbers. */
void brute_scale(const brute_game *game, double *scale);

/* Shapley weight s!(n-1-s)!/n! of a coalition of size s among n players. */
long double brute_weight(uint32_t n, uint32_t s);
/* Moebius transform of a set function on n players. */
void brute_moebius(uint32_t n, const double *values, long double *moebius);

/* First-order values of all n features for the table g: kind 's' Shapley, 'b' Banzhaf, 'o' occlusion. */
void brute_cardinal(uint32_t n, const double *g, char kind, double *phi);

uint32_t brute_size(uint64_t coalition);

#endif
