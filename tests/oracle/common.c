/* SPDX-License-Identifier: MIT */
#include "common.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void set_own(ts_table *table, int kind, ts_rng *rng) {
  const uint32_t n = table->n_players;
  for (uint32_t i = 0; i < table->n_outputs; i++) {
    const int32_t random = (int32_t)ts_rng_below(rng, n + 1) - 1;
    if (kind == OWN_ALL) table->own[i] = (int32_t)(i % n);
    if (kind == OWN_NONE) table->own[i] = METAGAME_NO_PLAYER;
    if (kind == OWN_MIXED) table->own[i] = i == 0 ? METAGAME_NO_PLAYER : i == 1 ? (int32_t)(n - 1) : random;
    if (kind == OWN_SAME) table->own[i] = (int32_t)(n / 2);
  }
}

brute_game brute_of(const ts_table *table) {
  const brute_game game = { table->n_players, table->n_outputs, table->values, table->own };
  return game;
}

void expect_ok(metagame_status status, const metagame_error *err) {
  if (status < 0) fail_msg("%s: %s", metagame_status_name(status), err->message);
  assert_int_equal(status, METAGAME_OK);
}

metagame_game *table_game(ts_table *table) {
  metagame_error err;
  metagame_game *game = NULL;
  const metagame_attributor attributor = ts_table_attributor(table);
  expect_ok(metagame_game_from_attributor(&game, &attributor, NULL, &err), &err);
  return game;
}

metagame_options exact_options(uint32_t n_players) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  options.solver = METAGAME_SOLVER_EXACT;
  options.max_evaluations = UINT64_C(1) << n_players;
  return options;
}

metagame_options sampled_options(int32_t solver, uint64_t budget, uint64_t seed) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  options.solver = solver;
  options.max_evaluations = budget;
  options.seed = seed;
  return options;
}

metagame_result *solve(const metagame_game *game, const metagame_options *options) {
  metagame_error err;
  metagame_result *result = NULL;
  expect_ok(metagame_solve(&result, game, options, &err), &err);
  assert_non_null(result);
  return result;
}

metagame_result *solve_or_null(const metagame_game *game, const metagame_options *options, metagame_status *status) {
  metagame_error err;
  metagame_result *result = NULL;
  *status = metagame_solve(&result, game, options, &err);
  if (*status == METAGAME_E_BUDGET) {
    assert_null(result);
    return NULL;
  }
  expect_ok(*status, &err);
  return result;
}

metagame_result *solve_table(ts_table *table, const metagame_options *options) {
  metagame_game *game = table_game(table);
  metagame_result *result = solve(game, options);
  metagame_game_destroy(game);
  return result;
}

metagame_result_info info_of(const metagame_result *result) {
  metagame_error err;
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  expect_ok(metagame_result_get_info(result, &info, &err), &err);
  return info;
}

void expect_rows(const char *what, const double *got, const double *want, size_t rows, size_t columns, const double *scale,
                 double tolerance) {
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++) {
      const double a = got[i * columns + j], b = want[i * columns + j];
      if (isnan(a) && isnan(b)) continue;
      if (!(fabs(a - b) <= tolerance * scale[i]))
        fail_msg("%s: row %zu, column %zu: got %.17g, want %.17g (scale %g)", what, i, j, a, b, scale[i]);
    }
}

bool same_matrix(const metagame_result *a, const metagame_result *b) {
  const metagame_result_info info = info_of(a);
  const size_t cells = (size_t)info.n_players * info.n_targets;
  return memcmp(metagame_result_matrix(a), metagame_result_matrix(b), cells * sizeof(double)) == 0;
}

void expect_same_bits(const metagame_result *a, const metagame_result *b) {
  const metagame_result_info info = info_of(a);
  const size_t m = info.n_targets, cells = (size_t)info.n_players * m;
  assert_true(same_matrix(a, b));
  assert_memory_equal(metagame_result_base(a), metagame_result_base(b), m * sizeof(double));
  assert_memory_equal(metagame_result_first_order(a), metagame_result_first_order(b), m * sizeof(double));
  assert_memory_equal(metagame_result_scale(a), metagame_result_scale(b), m * sizeof(double));
  const double *sa = metagame_result_stderr(a), *sb = metagame_result_stderr(b);
  assert_int_equal(sa == NULL, sb == NULL);
  if (sa != NULL) assert_memory_equal(sa, sb, cells * sizeof(double));
  assert_int_equal(info.evaluations, info_of(b).evaluations);
}

void expect_decomposition(const metagame_result *result, double tolerance) {
  const metagame_result_info info = info_of(result);
  const double *matrix = metagame_result_matrix(result), *base = metagame_result_base(result);
  for (uint32_t i = 0; i < info.n_targets; i++) {
    long double sum = (long double)base[i];
    for (uint32_t j = 0; j < info.n_players; j++) sum += (long double)matrix[(size_t)i * info.n_players + j];
    const double residual = (double)(sum - (long double)metagame_result_first_order(result)[i]);
    const double bound = tolerance * metagame_result_scale(result)[i];
    if (!(fabs(residual) <= bound)) fail_msg("target %u: the sum misses by %g (bound %g)", i, residual, bound);
    if (!(fabs(metagame_result_residual(result)[i]) <= bound))
      fail_msg("target %u: residual %g", i, metagame_result_residual(result)[i]);
  }
}

void expect_exact(ts_table *table, double tolerance) {
  const brute_game brute = brute_of(table);
  const size_t n = table->n_players, m = table->n_outputs, rows = (size_t)1 << n;
  double *matrix = ts_alloc(n * m, sizeof *matrix), *base = ts_alloc(m, sizeof *base), *scale = ts_alloc(m, sizeof *scale);
  bool needs_empty = false;
  for (size_t i = 0; i < m; i++) needs_empty |= table->own[i] < 0;
  brute_scale(&brute, scale);
  metagame_game *game = table_game(table);
  for (int run = 0; run < 4; run++) {
    const bool unpinned = run % 2 == 1, banzhaf = run / 2 == 1;
    metagame_options options = exact_options(table->n_players);
    options.flags = unpinned ? METAGAME_UNPINNED : 0;
    options.outer = banzhaf ? METAGAME_OUTER_BANZHAF : METAGAME_OUTER_SHAPLEY;
    ts_table_reset(table);
    metagame_result *result = solve(game, &options);
    brute_meta(&brute, unpinned, banzhaf, matrix, base);
    expect_rows("matrix", metagame_result_matrix(result), matrix, m, n, scale, tolerance);
    expect_rows("base", metagame_result_base(result), base, m, 1, scale, 0.0);
    expect_rows("first order", metagame_result_first_order(result), table->values + (rows - 1) * m, m, 1, scale, 0.0);
    if (!banzhaf && n <= 6) {
      brute_meta_orders(&brute, unpinned, matrix, base);
      expect_rows("matrix by orders", metagame_result_matrix(result), matrix, m, n, scale, tolerance);
    }
    if (!banzhaf) expect_decomposition(result, tolerance);
    for (size_t i = 0; i < m; i++) {
      if (banzhaf) assert_true(isnan(metagame_result_residual(result)[i]));
      assert_int_equal(metagame_result_own_player(result)[i], unpinned ? METAGAME_NO_PLAYER : table->own[i]);
    }
    assert_null(metagame_result_stderr(result));
    const metagame_result_info info = info_of(result);
    const uint64_t expected = rows - (!unpinned && !needs_empty);
    assert_int_equal(info.evaluations, expected);
    assert_int_equal(ts_table_total(table), expected);
    assert_int_equal(ts_table_distinct(table), expected);
    assert_int_equal(info.solver, METAGAME_SOLVER_EXACT);
    assert_int_equal(info.flags & METAGAME_UNPINNED, options.flags);
    metagame_result_destroy(result);
  }
  metagame_game_destroy(game);
  free(matrix);
  free(base);
  free(scale);
}
