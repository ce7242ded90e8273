/* SPDX-License-Identifier: MIT */
#include "brute.h"

#include <math.h>

#include "support.h"

uint32_t brute_size(uint64_t coalition) {
  uint32_t size = 0;
  for (; coalition != 0; coalition >>= 1) size += (uint32_t)(coalition & 1);
  return size;
}

static long double factorial(uint32_t k) {
  long double product = 1.0L;
  for (uint32_t j = 2; j <= k; j++) product *= (long double)j;
  return product;
}

long double brute_weight(uint32_t n, uint32_t s) { return factorial(s) * factorial(n - 1 - s) / factorial(n); }

/* Value of player j in the game S -> v_i(S + always) on the players of `free_set`, which holds j. */
static long double outer_value(const brute_game *game, uint32_t i, uint32_t j, uint64_t free_set, uint64_t always, bool banzhaf) {
  const uint64_t player = UINT64_C(1) << j, all = UINT64_C(1) << game->n;
  const uint32_t k = brute_size(free_set);
  long double sum = 0.0L;
  for (uint64_t s = 0; s < all; s++) {
    if ((s & ~free_set) != 0 || (s & player) != 0) continue;
    const long double with = (long double)game->values[(s | always | player) * game->m + i];
    const long double without = (long double)game->values[(s | always) * game->m + i];
    const long double weight = banzhaf ? ldexpl(1.0L, -(int)(k - 1)) : brute_weight(k, brute_size(s));
    sum += weight * (with - without);
  }
  return sum;
}

void brute_meta(const brute_game *game, bool unpinned, bool banzhaf, double *matrix, double *base) {
  const uint64_t all = (UINT64_C(1) << game->n) - 1;
  for (uint32_t i = 0; i < game->m; i++) {
    const bool pinned = !unpinned && game->own[i] >= 0;
    const uint64_t own = pinned ? UINT64_C(1) << game->own[i] : 0;
    for (uint32_t j = 0; j < game->n; j++) {
      double *cell = matrix + (size_t)i * game->n + j;
      if ((UINT64_C(1) << j & own) != 0)
        *cell = game->values[own * game->m + i];
      else
        *cell = (double)outer_value(game, i, j, all & ~own, own, banzhaf);
    }
    base[i] = pinned ? 0.0 : game->values[i];
  }
}

static void next_orders(const brute_game *game, uint32_t i, uint64_t present, uint64_t left, long double *sum, long double *count) {
  if (left == 0) {
    *count += 1.0L;
    return;
  }
  const long double orders = factorial(brute_size(left) - 1); /* orders that go on with this player */
  for (uint32_t j = 0; j < game->n; j++) {
    const uint64_t player = UINT64_C(1) << j;
    if ((left & player) == 0) continue;
    sum[j] += orders * ((long double)game->values[(present | player) * game->m + i] - (long double)game->values[present * game->m + i]);
    next_orders(game, i, present | player, left & ~player, sum, count);
  }
}

void brute_meta_orders(const brute_game *game, bool unpinned, double *matrix, double *base) {
  const uint64_t all = (UINT64_C(1) << game->n) - 1;
  for (uint32_t i = 0; i < game->m; i++) {
    const bool pinned = !unpinned && game->own[i] >= 0;
    const uint64_t own = pinned ? UINT64_C(1) << game->own[i] : 0;
    long double sum[32] = { 0.0L }, count = 0.0L;
    next_orders(game, i, own, all & ~own, sum, &count);
    for (uint32_t j = 0; j < game->n; j++) matrix[(size_t)i * game->n + j] = (double)(sum[j] / count);
    if (pinned) matrix[(size_t)i * game->n + (size_t)game->own[i]] = game->values[own * game->m + i];
    base[i] = pinned ? 0.0 : game->values[i];
  }
}

void brute_scale(const brute_game *game, double *scale) {
  for (uint32_t i = 0; i < game->m; i++) {
    scale[i] = 0.0;
    for (uint64_t s = 0; s < UINT64_C(1) << game->n; s++) scale[i] = fmax(scale[i], fabs(game->values[s * game->m + i]));
  }
}

void brute_moebius(uint32_t n, const double *values, long double *moebius) {
  for (uint64_t t = 0; t < UINT64_C(1) << n; t++) {
    long double sum = 0.0L;
    for (uint64_t s = 0; s <= t; s++)
      if ((s & ~t) == 0) sum += (brute_size(t & ~s) % 2 == 0 ? 1.0L : -1.0L) * (long double)values[s];
    moebius[t] = sum;
  }
}

void brute_cardinal(uint32_t n, const double *g, char kind, double *phi) {
  const uint64_t all = (UINT64_C(1) << n) - 1;
  for (uint32_t j = 0; j < n; j++) {
    const uint64_t player = UINT64_C(1) << j;
    long double sum = 0.0L;
    for (uint64_t s = 0; s <= all; s++) {
      if ((s & player) != 0) continue;
      const long double marginal = (long double)g[s | player] - (long double)g[s];
      if (kind == 's') sum += brute_weight(n, brute_size(s)) * marginal;
      if (kind == 'b') sum += ldexpl(marginal, -(int)(n - 1));
      if (kind == 'o' && (s | player) == all) sum += marginal;
    }
    phi[j] = (double)sum;
  }
}
