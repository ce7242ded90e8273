/* SPDX-License-Identifier: MIT */
#include "references.h"

#include <stdlib.h>
#include <string.h>

#include "common.h"

enum { MOST = 32 };

/* ---- random numbers, calls ---- */

static uint64_t random_word(uint64_t *state) { /* splitmix64 */
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static double random_unit(uint64_t *state) { return (double)(random_word(state) >> 11) * 0x1p-53; }

static void shuffle(uint32_t *items, uint32_t count, uint64_t *state) {
  for (uint32_t at = count; at > 1; --at) {
    const uint32_t other = (uint32_t)(random_unit(state) * at), kept = items[at - 1];
    items[at - 1] = items[other];
    items[other] = kept;
  }
}

/* Coalitions that were paid for, in a hash set of masks + 1. */
typedef struct caller {
  bench_run *run;
  uint64_t *seen;
  size_t room;
  uint64_t state;
  int free_ends; /* empty, single players, everyone */
} caller;

static caller start(bench_run *run, int free_ends) {
  caller c = { run, NULL, 1024, run->seed * 2 + 1, free_ends };
  while (c.room < 8 * (run->calls + 1024)) c.room *= 2;
  c.seen = bench_new(c.room, sizeof *c.seen);
  run->spent = 0;
  memset(run->matrix, 0, (size_t)run->n * run->n * sizeof *run->matrix);
  return c;
}

static double call(caller *c, uint64_t mask) {
  const bench_run *run = c->run;
  const uint64_t everyone = (UINT64_C(1) << run->n) - 1;
  if (!c->free_ends || (mask != everyone && (mask & (mask - 1)) != 0)) {
    size_t at = (size_t)((mask + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (c->room - 1);
    while (c->seen[at] && c->seen[at] != mask + 1) at = (at + 1) & (c->room - 1);
    c->run->spent += !c->seen[at];
    c->seen[at] = mask + 1;
  }
  return run->value(run->game, mask);
}

static void finish(caller *c, double factor) {
  for (size_t at = 0; at < (size_t)c->run->n * c->run->n; ++at) c->run->matrix[at] *= factor;
  free(c->seen);
}

/* ---- pinned ---- */

void bench_taylor_orders(bench_run *run) {
  caller c = start(run, 1);
  const uint32_t n = run->n;
  uint32_t order[MOST];
  double alone[MOST], joined[MOST] = { 0 }; /* g(P + k) at a prefix P, and at the next */
  uint64_t units = 0;
  for (uint32_t p = 0; p < n; ++p) order[p] = p;
  while (run->spent < run->calls) {
    shuffle(order, n, &c.state);
    for (int reverse = 0; reverse < 2; ++reverse, ++units) {
      uint64_t prefix = 0;
      for (uint32_t k = 0; k < n; ++k) alone[k] = call(&c, UINT64_C(1) << k);
      double before = call(&c, 0);
      for (uint32_t at = 0; at < n; ++at) {
        const uint32_t i = order[reverse ? n - 1 - at : at];
        prefix |= UINT64_C(1) << i;
        for (uint32_t j = 0; j < n; ++j) {
          if (prefix >> j & 1) continue;
          joined[j] = call(&c, prefix | UINT64_C(1) << j);
          const double difference = (joined[j] - alone[i] - alone[j] + before) / 2;
          run->matrix[i * n + j] += difference;
          run->matrix[j * n + i] += difference;
        }
        before = alone[i];
        memcpy(alone, joined, sizeof alone);
      }
    }
  }
  finish(&c, 1.0 / (double)units);
}

static double factorial(uint32_t k) {
  double all = 1;
  for (uint32_t i = 2; i <= k; ++i) all *= i;
  return all;
}

static double binomial(uint32_t n, uint32_t k) { return factorial(n) / factorial(k) / factorial(n - k); }

/* Adds weight times the coefficients (-1)^|ij - T| w(|T + ij| - 2), w(s) = s!(n-1-s)!/n!, of one coalition T. */
static void add_coalition(bench_run *run, uint64_t mask, uint32_t t, double weight) {
  const uint32_t n = run->n;
  double by_inside[3] = { 0 };
  for (uint32_t inside = 0; inside <= 2; ++inside) {
    const int64_t s = (int64_t)t - inside;
    if (s >= 0 && s <= (int64_t)n - 2)
      by_inside[inside] = (inside == 1 ? -1 : 1) * factorial((uint32_t)s) * factorial(n - 1 - (uint32_t)s) / factorial(n);
  }
  for (uint32_t i = 0; i < n; ++i)
    for (uint32_t j = 0; j < n; ++j)
      if (i != j) run->matrix[i * n + j] += weight * by_inside[(mask >> i & 1) + (mask >> j & 1)];
}

void bench_shap_iq(bench_run *run) {
  caller c = start(run, 1);
  const uint32_t n = run->n;
  const uint64_t everyone = (UINT64_C(1) << n) - 1;
  double total = 0;
  uint32_t players[MOST];
  for (uint32_t p = 0; p < n; ++p) players[p] = p;
  add_coalition(run, 0, 0, call(&c, 0));
  add_coalition(run, everyone, n, call(&c, everyone));
  for (uint32_t p = 0; p < n; ++p) {
    add_coalition(run, UINT64_C(1) << p, 1, call(&c, UINT64_C(1) << p));
    add_coalition(run, everyone ^ UINT64_C(1) << p, n - 1, call(&c, everyone ^ UINT64_C(1) << p));
  }
  for (uint32_t t = 2; t + 1 < n; ++t) total += 1.0 / (t * (double)(n - t));
  const uint64_t draws = run->calls > n ? run->calls - n : 1;
  for (uint64_t draw = 0; draw < draws; ++draw) {
    double left = random_unit(&c.state) * total;
    uint32_t t = 2;
    for (; t + 2 < n && left >= 1.0 / (t * (double)(n - t)); ++t) left -= 1.0 / (t * (double)(n - t));
    uint64_t mask = 0;
    shuffle(players, n, &c.state);
    for (uint32_t at = 0; at < t; ++at) mask |= UINT64_C(1) << players[at];
    const double expected = (double)draws / (t * (double)(n - t)) / total;
    add_coalition(run, mask, t, call(&c, mask) * binomial(n, t) / expected);
  }
  finish(&c, 1);
}

/* ---- unpinned ---- */

/* Inner values of the members of a set by one order, 0 for the others. */
static void inner_values(caller *c, uint64_t set, const uint32_t *order, double *values) {
  uint64_t prefix = 0;
  double before = call(c, 0);
  for (uint32_t at = 0; at < c->run->n; ++at) {
    const uint32_t i = order[at];
    values[i] = 0;
    if (!(set >> i & 1)) continue;
    prefix |= UINT64_C(1) << i;
    const double after = call(c, prefix);
    values[i] = after - before;
    before = after;
  }
}

static void nested(bench_run *run, int is_grid) {
  caller c = start(run, 0);
  const uint32_t n = run->n;
  uint32_t outer[MOST], inner[MOST];
  uint64_t units = 0;
  for (uint32_t p = 0; p < n; ++p) outer[p] = inner[p] = p;
  for (; run->spent < run->calls; ++units) {
    double before[MOST] = { 0 }, after[MOST];
    uint64_t prefix = 0;
    shuffle(outer, n, &c.state);
    shuffle(inner, n, &c.state);
    for (uint32_t at = 0; at < n; ++at) {
      prefix |= UINT64_C(1) << outer[at];
      if (!is_grid) shuffle(inner, n, &c.state);
      inner_values(&c, prefix, inner, after);
      for (uint32_t i = 0; i < n; ++i) run->matrix[i * n + outer[at]] += after[i] - before[i];
      memcpy(before, after, sizeof before);
    }
  }
  finish(&c, 1.0 / (double)units);
}

void bench_nested_naive(bench_run *run) { nested(run, 0); }
void bench_nested_grid(bench_run *run) { nested(run, 1); }
