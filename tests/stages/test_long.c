/* SPDX-License-Identifier: MIT */
/* How often a run that stopped by a rule is wrong, against the confidence that was asked for, with games whose values are known. Prints
 * a table. Misses are counted over all runs, per entry (precision) or per row (top k, ranking).
 *   test-stages-long [seeds [solver [game]]]   */
#include "common.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RANDOM = 0, NETWORK, WIDE_NETWORK, UNANIMITY, PRODUCTS, BASE_VALUES, GAMES };
static const char *const names[GAMES] = { "random-8", "network-10", "network-12", "unanimity-10", "products-12", "banzhaf-12" };
static const uint32_t players[GAMES] = { 8, 10, 12, 10, 12, 12 };
enum { ENTRIES = 0, TOP, RANKING, RULES };
static const char *const rules[RULES] = { "entries", "top-3", "ranking" };
static const double CONFIDENCE = 0.95;

static double value_of(int kind, ts_rng *rng, uint64_t row, uint32_t n, const double *weights, const uint64_t *sets) {
  double sum = 0;
  if (kind == RANDOM) return ts_rng_real(rng, -1, 1);
  for (uint32_t t = 0; t < 3 * n; ++t) {
    if (kind == UNANIMITY || kind == PRODUCTS) {
      sum += (row & sets[t]) == sets[t] ? weights[t] : 0;
    } else if (t < 6) {
      double z = weights[t];
      for (uint32_t p = 0; p < n; ++p) z += row >> p & 1 ? 0.8 * weights[3 * n + t * n + p] : 0;
      sum += weights[t] * tanh(z);
    }
  }
  return sum;
}

static ts_table *make(int kind) {
  const uint32_t n = players[kind];
  ts_rng rng = ts_rng_make(100 + (uint64_t)kind);
  ts_table *table = ts_table_new(n, 1);
  double *weights = ts_alloc(20 * (size_t)n, sizeof *weights);
  uint64_t *sets = ts_alloc(3 * (size_t)n, sizeof *sets);
  for (uint32_t w = 0; w < 20 * n; ++w) weights[w] = ts_rng_real(&rng, -1, 1);
  for (uint32_t t = 0; t < 3 * n; ++t)
    for (uint64_t size = kind == UNANIMITY ? 2 + ts_rng_below(&rng, 4) : 1 + ts_rng_below(&rng, 3); size > 0; --size)
      sets[t] |= UINT64_C(1) << ts_rng_below(&rng, n);
  for (uint64_t row = 0; row < UINT64_C(1) << n; ++row) table->values[row] = value_of(kind, &rng, row, n, weights, sets);
  free(weights);
  free(sets);
  return table;
}

static metagame_game *game_of(ts_table *table, int kind) {
  const metagame_function function = ts_table_function(table);
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_game *base = NULL, *game = NULL;
  metagame_error err;
  expect_ok(metagame_game_from_function(&base, &function, NULL, &err), &err);
  if (kind != BASE_VALUES) return base;
  method.name = "banzhaf";
  expect_ok(metagame_game_attribute(&game, base, &method, &err), &err);
  metagame_game_destroy(base);
  return game;
}

static int is_in_order(const double *got, const double *truth, uint32_t n, int32_t own, int rule, double tolerance) {
  uint32_t order[32], count = 0;
  for (uint32_t j = 0; j < n; ++j) {
    if ((int32_t)j == own) continue;
    uint32_t at = count++;
    for (; at > 0 && fabs(got[order[at - 1]]) < fabs(got[j]); --at) order[at] = order[at - 1];
    order[at] = j;
  }
  for (uint32_t a = 0; a < (rule == TOP ? 3 : count); ++a)
    for (uint32_t b = rule == TOP ? 3 : a + 1; b < count; ++b)
      if (fabs(truth[order[a]]) < fabs(truth[order[b]]) - tolerance - 1e-12) return 0;
  return 1;
}

typedef struct tally {
  double tried, missed, resolved, evaluations, runs;
} tally;

static void run(const metagame_game *game, const metagame_result *truth, int32_t solver, int rule, uint64_t seed, double part, tally *sum) {
  metagame_options options = sampled_options(solver, (UINT64_C(1) << metagame_game_n_players(game)) * 3 / 4, seed);
  options.confidence = CONFIDENCE;
  options.relative_precision = part;
  options.resolve = rule == TOP ? METAGAME_RESOLVE_TOP : rule == RANKING ? METAGAME_RESOLVE_RANKING : METAGAME_RESOLVE_ENTRIES;
  options.top_k = rule == TOP ? 3 : 0;
  metagame_result *result = solve(game, &options);
  const metagame_result_info info = info_of(result);
  const uint32_t n = info.n_players;
  const int resolved = info.stopped == METAGAME_STOP_RESOLVED;
  for (uint32_t i = 0; i < info.n_targets; ++i) {
    const double tolerance = part * metagame_result_scale(result)[i];
    const double *got = metagame_result_matrix(result) + i * n, *want = metagame_result_matrix(truth) + i * n;
    const int32_t own = metagame_result_own_player(result)[i];
    if (rule != ENTRIES) {
      sum->tried += 1;
      sum->missed += resolved && !is_in_order(got, want, n, own, rule, tolerance);
    }
    for (uint32_t j = 0; j < n && rule == ENTRIES; ++j) {
      if ((int32_t)j == own) continue;
      sum->tried += 1;
      sum->missed += resolved && fabs(got[j] - want[j]) > tolerance + 1e-12;
    }
  }
  sum->runs += 1;
  sum->resolved += resolved;
  sum->evaluations += (double)info.asked;
  metagame_result_destroy(result);
}

static int measure(int kind, int32_t solver, uint64_t seeds) {
  /* so that a good part of the runs ends at one of the first looks */
  static const double parts[] = { 0.2, 0.1, 0.03 };
  ts_table *table = make(kind);
  metagame_game *game = game_of(table, kind);
  metagame_options whole = exact_options(players[kind]);
  metagame_result *truth = solve(game, &whole);
  int bad = 0;
  for (size_t p = 0; p < 3; ++p)
    for (int rule = 0; rule < RULES; ++rule) {
      tally sum = { 0 };
      for (uint64_t seed = 0; seed < seeds; ++seed) run(game, truth, solver, rule, seed + 1, parts[p], &sum);
      /* Three standard deviations of a binomial count; the entries of a run are not independent: as if runs were the trials. */
      const double rate = sum.missed / sum.tried, nominal = 1 - CONFIDENCE, most = nominal + 3 * sqrt(nominal * CONFIDENCE / sum.runs);
      printf("%-12s %d %-8s %5.2f  missed %.4f  resolved %.3f  evaluations %7.1f\n", names[kind], solver, rules[rule], parts[p], rate,
             sum.resolved / sum.runs, sum.evaluations / sum.runs);
      fflush(stdout);
      if (rate > most) {
        printf("  above %.4f\n", most);
        bad = 1;
      }
    }
  metagame_result_destroy(truth);
  metagame_game_destroy(game);
  ts_table_free(table);
  return bad;
}

int main(int argc, char **argv) {
  const uint64_t seeds = argc > 1 ? strtoull(argv[1], NULL, 10) : 300;
  int bad = 0;
  for (int32_t solver = METAGAME_SOLVER_REGRESSION; solver <= METAGAME_SOLVER_GAUSSIAN; ++solver)
    for (int kind = 0; kind < GAMES; ++kind) {
      if ((argc > 2 && atoi(argv[2]) != solver) || (argc > 3 && atoi(argv[3]) != kind)) continue;
      if ((kind == BASE_VALUES) != (solver == METAGAME_SOLVER_STRATIFIED) && kind == BASE_VALUES) continue;
      bad |= measure(kind, solver, seeds);
    }
  return bad;
}
