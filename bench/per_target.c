/* SPDX-License-Identifier: MIT */
/* With k players that vary, start v0, end v1, centred regressors a = z - |z|/k and counts c of the drawn coalitions:
 *
 *   minimise  sum_T c_T (v(T) - v0 - |z| (v1 - v0)/k - a . u)^2,     phi = (v1 - v0)/k + u
 *
 * (Lundberg, Lee, "A unified approach to interpreting model predictions", NeurIPS 2017: sizes drawn with the kernel need no weights.)
 * a has sum 0, and so has the solution of least norm: phi adds up to v1 - v0. The norm is kept least by a ridge of 1e-11 of the mean
 * diagonal. Cost k^2 for each row and k^3/3. */
#include "per_target.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common.h"
#include "network.h"

/* The coalition of all players that coalition `mask` of the target's game stands for. */
static uint64_t widen(uint64_t mask, int32_t own) {
  if (own < 0) return mask;
  const uint64_t below = mask & ((UINT64_C(1) << own) - 1);
  return below | ((mask ^ below) << 1) | UINT64_C(1) << own;
}

static double ask(bench_vector *game, uint32_t target, uint64_t mask) {
  ++game->n_calls;
  return game->rows[widen(mask, game->own[target]) * game->n + target];
}

/* Column of the matrix for player p of the target's game. */
static uint32_t column(int32_t own, uint32_t p) { return p + (own >= 0 && p >= (uint32_t)own); }

/* ---- through the library ---- */

typedef struct one_target {
  bench_vector *game;
  uint32_t target;
} one_target;

static int32_t evaluate(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const one_target *one = user;
  const double before = bench_cpu_seconds();
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) rows[r] = ask(one->game, one->target, masks[r]);
  one->game->seconds += bench_cpu_seconds() - before;
  return 0;
}

metagame_status bench_authors(bench_vector *game, uint64_t calls, uint64_t seed, double *matrix, metagame_error *err) {
  for (uint32_t i = 0; i < game->n; ++i) {
    one_target one = { game, i };
    metagame_function function = METAGAME_FUNCTION_INIT;
    metagame_options options = METAGAME_OPTIONS_INIT;
    metagame_game *own_game = NULL;
    metagame_result *result = NULL;
    function.n_players = game->n - (game->own[i] >= 0);
    function.user = &one;
    function.evaluate = evaluate;
    options.solver = METAGAME_SOLVER_REGRESSION;
    options.max_evaluations = calls / game->n;
    options.seed = seed * UINT64_C(1000003) + i;
    options.batch = 1024;
    metagame_status status = metagame_game_from_function(&own_game, &function, NULL, err);
    if (status == METAGAME_OK) status = metagame_solve(&result, own_game, &options, err);
    if (status == METAGAME_OK) {
      const double *phi = metagame_result_matrix(result);
      for (uint32_t p = 0; p < function.n_players; ++p) matrix[i * game->n + column(game->own[i], p)] = phi[p];
    }
    metagame_result_destroy(result);
    metagame_game_destroy(own_game);
    if (status != METAGAME_OK) return status;
  }
  return METAGAME_OK;
}

/* ---- written out ---- */

static double next_uniform(uint64_t *state) {
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static uint64_t draw(uint32_t k, uint64_t *state) {
  double sum = 0, at;
  uint64_t mask = 0;
  uint32_t size = 0;
  for (uint32_t s = 1; s < k; ++s) sum += 1 / ((double)s * (k - s));
  at = next_uniform(state) * sum;
  do {
    ++size;
    at -= 1 / ((double)size * (k - size));
  } while (at >= 0 && size + 1 < k);
  for (uint32_t p = 0, missing = size; p < k; ++p) /* each subset of that size alike */
    if (next_uniform(state) * (k - p) < missing) {
      mask |= UINT64_C(1) << p;
      --missing;
    }
  return mask;
}

typedef struct sample {
  size_t n_pairs;
  uint64_t *masks; /* one of each pair */
  double *counts;
} sample;

/* At most `most` different pairs; fewer where all there are have been drawn, or nothing new comes for a long time. */
static sample draw_pairs(uint32_t k, size_t most, uint64_t *state) {
  const uint64_t everyone = (UINT64_C(1) << k) - 1;
  sample out = { 0, bench_new(most, sizeof(uint64_t)), bench_new(most, sizeof(double)) };
  for (size_t idle = 0; out.n_pairs < most && out.n_pairs < (everyone - 1) / 2 && idle < 100000;) {
    const uint64_t drawn = draw(k, state), mask = drawn & 1 ? drawn : everyone ^ drawn;
    size_t at = 0;
    while (at < out.n_pairs && out.masks[at] != mask) ++at;
    if (at == out.n_pairs) {
      out.masks[out.n_pairs++] = mask;
      idle = 0;
    } else {
      ++idle;
    }
    ++out.counts[at];
  }
  return out;
}

/* Solves (G + ridge) u = right in place; G is k x k, its lower half is used. */
static void solve(uint32_t k, double *g, double *u) {
  double trace = 0;
  for (uint32_t p = 0; p < k; ++p) trace += g[p * k + p];
  for (uint32_t p = 0; p < k; ++p) g[p * k + p] += 1e-11 * trace / k;
  for (uint32_t p = 0; p < k; ++p)
    for (uint32_t q = 0; q <= p; ++q) {
      double sum = g[p * k + q];
      for (uint32_t r = 0; r < q; ++r) sum -= g[p * k + r] * g[q * k + r];
      g[p * k + q] = p == q ? sqrt(fmax(sum, 1e-15 * trace / k)) : sum / g[q * k + q];
    }
  for (uint32_t p = 0; p < k; ++p) {
    for (uint32_t q = 0; q < p; ++q) u[p] -= g[p * k + q] * u[q];
    u[p] /= g[p * k + p];
  }
  for (uint32_t p = k; p-- > 0;) {
    for (uint32_t q = p + 1; q < k; ++q) u[p] -= g[q * k + p] * u[q];
    u[p] /= g[p * k + p];
  }
}

static void fit(bench_vector *game, uint32_t target, uint32_t k, const sample *pairs, double *phi) {
  double g[BENCH_MOST_FEATURES * BENCH_MOST_FEATURES] = { 0 }, a[BENCH_MOST_FEATURES];
  const uint64_t everyone = (UINT64_C(1) << k) - 1;
  const double start = ask(game, target, 0), gain = (ask(game, target, everyone) - start) / k;
  for (uint32_t p = 0; p < k; ++p) phi[p] = 0;
  for (size_t row = 0; row < 2 * pairs->n_pairs; ++row) {
    const uint64_t mask = row & 1 ? everyone ^ pairs->masks[row / 2] : pairs->masks[row / 2];
    double size = 0;
    for (uint32_t p = 0; p < k; ++p) size += (double)(mask >> p & 1);
    for (uint32_t p = 0; p < k; ++p) a[p] = (double)(mask >> p & 1) - size / k;
    const double left = ask(game, target, mask) - start - size * gain, count = pairs->counts[row / 2];
    for (uint32_t p = 0; p < k; ++p) {
      phi[p] += count * a[p] * left;
      for (uint32_t q = 0; q <= p; ++q) g[p * k + q] += count * a[p] * a[q];
    }
  }
  solve(k, g, phi);
  for (uint32_t p = 0; p < k; ++p) phi[p] += gain;
}

metagame_status bench_kernelshap(bench_vector *game, uint64_t calls, uint64_t seed, double *matrix, metagame_error *err) {
  const uint64_t each = calls / game->n;
  sample pairs[2] = { { 0, NULL, NULL }, { 0, NULL, NULL } }; /* of the free targets, of the pinned ones */
  if (each < 4) {
    if (err) snprintf(err->message, sizeof err->message, "%llu calls for each target, at least 4 are needed", (unsigned long long)each);
    return METAGAME_E_BUDGET;
  }
  for (uint32_t i = 0; i < game->n; ++i) {
    const int pinned = game->own[i] >= 0;
    const uint32_t k = game->n - (uint32_t)pinned;
    double phi[BENCH_MOST_FEATURES];
    if (!pairs[pinned].masks) {
      uint64_t state = seed * UINT64_C(0xd1342543de82ef95) + (uint64_t)pinned;
      pairs[pinned] = draw_pairs(k, (size_t)(each - 2) / 2, &state);
    }
    fit(game, i, k, &pairs[pinned], phi);
    for (uint32_t p = 0; p < k; ++p) matrix[i * game->n + column(game->own[i], p)] = phi[p];
  }
  for (int pinned = 0; pinned < 2; ++pinned) {
    free(pairs[pinned].masks);
    free(pairs[pinned].counts);
  }
  return METAGAME_OK;
}
