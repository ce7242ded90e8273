/* SPDX-License-Identifier: MIT */
#include "games.h"

#include <math.h>

#include "../common.h"
#include "metagame.h"

uint64_t alarms_hash(uint64_t x) { /* splitmix64 */
  x += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

static double uniform(uint64_t key) { return (double)(alarms_hash(key) >> 11) * 0x1p-53; }

static double normal(uint64_t key) {
  const double radius = sqrt(-2 * log(uniform(2 * key) + 1e-300));
  return radius * cos(6.283185307179586 * uniform(2 * key + 1));
}

static uint32_t count(uint64_t mask) {
  uint32_t bits = 0;
  for (; mask; mask &= mask - 1) ++bits;
  return bits;
}

static double tanh_network(uint32_t n, uint64_t mask, uint64_t key) {
  double sum = 0;
  for (uint64_t unit = 0; unit < 6; ++unit) {
    double input = 0.5 * normal(key + unit);
    for (uint32_t p = 0; p < n; ++p)
      if (mask >> p & 1) input += 1.5 / sqrt(n) * normal(key + 100 + 64 * unit + p);
    sum += normal(key + 50 + unit) * tanh(input);
  }
  return sum;
}

static double additive(uint32_t n, uint64_t mask, uint64_t key) {
  double sum = 0;
  for (uint32_t p = 0; p < n; ++p)
    if (mask >> p & 1) sum += normal(key + p);
  return sum;
}

static double pairs(uint32_t n, uint64_t mask, uint64_t key) {
  double sum = 0;
  for (uint32_t p = 0; p < n; ++p)
    for (uint32_t q = 0; q < p; ++q)
      if (mask >> p & mask >> q & 1) sum += normal(key + 64 * p + q);
  return sum;
}

static double trees(uint32_t n, uint64_t mask, uint64_t key) {
  double sum = 0;
  for (uint64_t tree = 0; tree < 5; ++tree) {
    uint64_t node = 0;
    for (int depth = 0; depth < 3; ++depth)
      node = 2 * node + 1 + (mask >> (alarms_hash(key + 100 * tree + node) % n) & 1);
    sum += normal(key + 1000 + 100 * tree + node);
  }
  return sum;
}

static double random_numbers(uint32_t n, uint64_t mask, uint64_t key) {
  (void)n;
  return normal(key + mask);
}

static double rare_numbers(uint32_t n, uint64_t mask, uint64_t key) {
  (void)n;
  return uniform(key + mask) < 0.3;
}

static double heavy_tails(uint32_t n, uint64_t mask, uint64_t key) {
  (void)n;
  return normal(key + mask) / (fabs(normal(key + 99999 + mask)) + 0.05);
}

static double majority(uint32_t n, uint64_t mask, uint64_t key) {
  (void)key;
  return 2 * count(mask) > n;
}

static double near_majority(uint32_t n, uint64_t mask, uint64_t key) {
  return majority(n, mask, key) + 0.01 * normal(key + mask);
}

static double votes(uint32_t n, uint64_t mask, uint64_t key) {
  uint64_t all = 0, in = 0;
  for (uint32_t p = 0; p < n; ++p) {
    const uint64_t weight = 1 + alarms_hash(key + p) % 5;
    all += weight;
    if (mask >> p & 1) in += weight;
  }
  return 2 * in > all;
}

static double veto(uint32_t n, uint64_t mask, uint64_t key) {
  (void)key;
  return (mask & 1) && 2 * count(mask) >= n;
}

static double near_unanimity(uint32_t n, uint64_t mask, uint64_t key) {
  (void)key;
  return count(mask) + 1 >= n;
}

static double unanimity(uint32_t n, uint64_t mask, uint64_t key) {
  (void)n;
  (void)key;
  return (mask & 7) == 7;
}

static double two_odd(uint32_t n, uint64_t mask, uint64_t key) {
  (void)n;
  (void)key;
  return (double)((mask ^ mask >> 1) & 1);
}

static double all_odd(uint32_t n, uint64_t mask, uint64_t key) {
  (void)n;
  (void)key;
  return count(mask) & 1;
}

static double glove(uint32_t n, uint64_t mask, uint64_t key) {
  const uint32_t left = count(mask & ((UINT64_C(1) << n / 2) - 1)), right = count(mask) - left;
  (void)key;
  return left < right ? left : right;
}

static double airport(uint32_t n, uint64_t mask, uint64_t key) {
  double most = 0;
  (void)key;
  for (uint32_t p = 0; p < n; ++p)
    if (mask >> p & 1) most = p * p + 1.0;
  return most;
}

static double rare_cell(uint32_t n, uint64_t mask, uint64_t key) {
  return tanh_network(n, mask, key) + 3 * ((mask & 15) == 5);
}

static double far_end(uint32_t n, uint64_t mask, uint64_t key) {
  return count(mask) == n ? 100 : normal(key + mask);
}

static double nothing(uint32_t n, uint64_t mask, uint64_t key) {
  (void)n;
  (void)mask;
  (void)key;
  return 5;
}

static double (*const families[])(uint32_t n, uint64_t mask, uint64_t key) = {
  tanh_network, additive, pairs,          trees,     random_numbers, rare_numbers, heavy_tails,
  majority,     votes,    near_majority,  veto,      near_unanimity, unanimity,    two_odd,
  all_odd,      glove,    airport,        rare_cell, far_end,        nothing,
};
_Static_assert(sizeof families / sizeof *families == ALARMS_FAMILIES, "a family is missing");

void alarms_make(alarms_table *t, size_t family, uint32_t n, int is_pinned) {
  t->n = n;
  t->m = is_pinned ? ALARMS_TARGETS : 2;
  t->values = bench_new((size_t)t->m << n, sizeof *t->values);
  for (uint32_t i = 0; i < t->m; ++i) {
    const uint32_t turn = i * n / t->m;
    t->own[i] = is_pinned ? (int32_t)turn : METAGAME_NO_PLAYER;
    for (uint64_t s = 0; s < UINT64_C(1) << n; ++s) { /* each has the players in another order */
      const uint64_t turned = (s >> turn | s << (n - turn)) & ((UINT64_C(1) << n) - 1);
      t->values[s * t->m + i] = families[family](n, turned, 1000003 * family + 7919 * n + 101 * i);
    }
  }
}
