/* SPDX-License-Identifier: MIT */
/* Matrices of cardinal attributions from sampled base values: bias, standard errors and intervals over many seeds. Fixed seeds: the outcome
 * is the same on every run. With the argument "long" more seeds and games. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "index_common.h"

static bool is_long;

static metagame_options base_options(uint64_t budget, uint64_t seed, uint64_t flags) {
  metagame_options options = sampled_options(METAGAME_SOLVER_STRATIFIED, budget, seed);
  options.flags = flags;
  return options;
}

typedef struct figures {
  double worst, coverage, ratio;
} figures;

/* Matrix and, for the bias, first order. */
static figures statistics(ts_table *table, const char *name, uint64_t flags, int32_t outer, uint64_t budget, uint64_t seeds) {
  const uint32_t n = table->n_players, cells = n * n, all = cells + n;
  metagame_game *game = attribution_of(table, name, NULL);
  metagame_options options = exact_options(n);
  double *truth = ts_alloc(all, sizeof *truth), *sum = ts_alloc(all, sizeof *sum), *squares = ts_alloc(all, sizeof *squares);
  double variance = 0, empirical = 0, hits = 0, tested = 0, runs = (double)seeds;
  figures f = { 0, 0, 0 };
  options.flags = flags;
  options.outer = outer;
  metagame_result *result = solve(game, &options);
  memcpy(truth, metagame_result_matrix(result), cells * sizeof *truth);
  memcpy(truth + cells, metagame_result_first_order(result), n * sizeof *truth);
  metagame_result_destroy(result);
  for (uint64_t seed = 0; seed < seeds; seed++) {
    double widths[144];
    options = base_options(budget, seed, flags);
    options.outer = outer;
    result = solve(game, &options);
    assert_true(info_of(result).n_units >= 4);
    expect_ok(metagame_result_half_width(result, 0.95, widths, NULL), NULL);
    for (uint32_t cell = 0; cell < all; cell++) {
      const double found = cell < cells ? metagame_result_matrix(result)[cell] : metagame_result_first_order(result)[cell - cells];
      const double error = found - truth[cell];
      sum[cell] += error;
      squares[cell] += error * error;
      if (cell >= cells) continue;
      const double deviation = metagame_result_stderr(result)[cell];
      if (deviation <= 1e-13) { /* known: the diagonal of a pinned matrix */
        assert_true(fabs(error) <= 1e-11);
        continue;
      }
      hits += fabs(error) <= widths[cell];
      variance += deviation * deviation;
      tested++;
    }
    metagame_result_destroy(result);
  }
  for (uint32_t cell = 0; cell < all; cell++) {
    const double mean = sum[cell] / runs, spread = (squares[cell] / runs - mean * mean) * runs / (runs - 1);
    if (squares[cell] <= 1e-20 * runs) continue;
    f.worst = fmax(f.worst, fabs(mean) / sqrt(spread / runs));
    if (cell < cells) empirical += squares[cell];
  }
  f.coverage = hits / tested;
  f.ratio = sqrt(variance / empirical);
  printf("n %u, %s, flags %u, outer %d, budget %u: worst |z| %.2f, coverage %.3f, error bar over error %.3f\n", n, name, (unsigned)flags,
         (int)outer, (unsigned)budget, f.worst, f.coverage, f.ratio);
  free(truth);
  free(sum);
  free(squares);
  metagame_game_destroy(game);
  return f;
}

static void no_bias(void **state) {
  static const char *const names[] = { "shapley", "banzhaf", "occlusion" };
  const uint64_t seeds = is_long ? 5000 : 1000;
  (void)state;
  for (uint32_t n = 6; n <= 7; n++)
    for (int k = 0; k < 3; k++)
      for (uint64_t flags = 0; flags <= METAGAME_UNPINNED; flags += METAGAME_UNPINNED) {
        if (!is_long && (k + (int)n + (flags != 0)) % 3 != 0) continue;
        ts_rng rng = ts_rng_make(n);
        ts_table *table = ts_table_random(&rng, n, 1);
        const figures f = statistics(table, names[k], flags, METAGAME_OUTER_SHAPLEY, n == 6 ? 50 : 100, seeds);
        if (!(f.worst <= 4.4)) fail_msg("n %u, %s: worst |z| is %g", n, names[k], f.worst);
        ts_table_free(table);
      }
}

/* With enough draws for the Gaussian process, and a game that it fits well. */
static void no_bias_of_the_process(void **state) {
  (void)state;
  for (uint64_t flags = 0; flags <= METAGAME_UNPINNED; flags += METAGAME_UNPINNED) {
    ts_table *table = sparse_table(7, 8, 3, 0.02);
    const figures f = statistics(table, "shapley", flags, METAGAME_OUTER_SHAPLEY, 170, is_long ? 5000 : 500);
    if (!(f.worst <= 4.4)) fail_msg("flags %u: worst |z| is %g", (unsigned)flags, f.worst);
    ts_table_free(table);
  }
}

/* 95 % intervals, the mean over five games of different smoothness. */
static void intervals_cover(void **state) {
  (void)state;
  for (uint64_t flags = 0; flags <= METAGAME_UNPINNED; flags += METAGAME_UNPINNED) {
    const uint32_t n = 9;
    double coverage = 0, ratio = 0;
    for (uint64_t g = 0; g < 5; g++) {
      ts_table *table = sparse_table(g + 1, n, g < 2 ? 3 : g == 2 ? n : 2, g == 4 ? 1.0 : 0.1);
      const figures f = statistics(table, "shapley", flags, METAGAME_OUTER_SHAPLEY, 250, is_long ? 300 : 60);
      coverage += f.coverage / 5;
      ratio += f.ratio / 5;
      ts_table_free(table);
    }
    if (!(coverage >= 0.93 && coverage <= 0.97)) fail_msg("flags %u: coverage %g", (unsigned)flags, coverage);
    if (!(ratio >= 0.9 && ratio <= 1.1)) fail_msg("flags %u: error bars over errors %g", (unsigned)flags, ratio);
  }
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(no_bias), cmocka_unit_test(no_bias_of_the_process),
                                      cmocka_unit_test(intervals_cover) };
  is_long = argc > 1 && strcmp(argv[1], "long") == 0;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
