/* SPDX-License-Identifier: MIT */
/* Numbers of several maskings in one result: by hand, against the mean game, and the sampling error of the mean against the truth. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "metagame/indices.h"
#include "support.h"

enum { MOST_GAMES = 5 };

static void close_to(double value, double wanted, double tolerance, const char *what) {
  if (isnan(value) && isnan(wanted)) return;
  if (!(fabs(value - wanted) <= tolerance)) fail_msg("%s: %.17g, not %.17g", what, value, wanted);
}

static metagame_result_info info_of(const metagame_result *result) {
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  assert_int_equal(metagame_result_get_info(result, &info, NULL), METAGAME_OK);
  return info;
}

static metagame_result *solve(const metagame_game *game, const metagame_options *options) {
  metagame_result *result = NULL;
  metagame_error err;
  if (metagame_solve(&result, game, options, &err) != METAGAME_OK) fail_msg("%s", err.message);
  return result;
}

static metagame_result *average(metagame_result *const *results, size_t count) {
  metagame_result *out = NULL;
  metagame_error err;
  if (metagame_result_average(&out, (const metagame_result *const *)results, count, &err) != METAGAME_OK) fail_msg("%s", err.message);
  return out;
}

static metagame_result *solve_each(metagame_game *const *games, size_t count, const metagame_options *options) {
  metagame_result *out = NULL;
  metagame_error err;
  if (metagame_solve_each(&out, (const metagame_game *const *)games, count, options, &err) != METAGAME_OK) fail_msg("%s", err.message);
  return out;
}

/* ---- a linear model with two baselines, by hand ---- */

static void linear_by_hand(void **state) {
  static const double x[3] = { 3, 1, 2 }, baselines[2][3] = { { 0, 0, 0 }, { 1, 2, 4 } };
  static const double wanted[3] = { 5, 0, 0 }, differences[3] = { 2, 6, 4 };
  (void)state;
  ts_poly *poly = ts_poly_new(3, 3); /* 2 x0 + 3 x1 - x2 */
  for (uint32_t k = 0; k < 3; ++k) poly->powers[k * 3 + k] = 1;
  poly->coef[0] = 2, poly->coef[1] = 3, poly->coef[2] = -1;
  const metagame_model_callbacks callbacks = ts_poly_callbacks(poly);
  metagame_model *model = NULL;
  metagame_game *games[2] = { NULL, NULL };
  assert_int_equal(metagame_model_create(&model, &callbacks, NULL, NULL), METAGAME_OK);
  for (int b = 0; b < 2; ++b) {
    metagame_masking masking = METAGAME_MASKING_INIT;
    masking.x = x;
    masking.background = baselines[b];
    masking.masking_id = b ? "means" : "zeros";
    assert_int_equal(metagame_game_from_model(&games[b], model, &masking, NULL), METAGAME_OK);
  }
  metagame_result *result = solve_each(games, 2, NULL);
  for (int j = 0; j < 3; ++j) { /* w_j (x_j - b_j) for each baseline */
    close_to(metagame_result_matrix(result)[j], wanted[j], 1e-14, "mean");
    close_to(metagame_result_spread(result)[j], differences[j] / sqrt(2), 1e-14, "spread");
  }
  close_to(metagame_result_first_order(result)[0], 7, 0, "first order");
  close_to(metagame_result_base(result)[0], 2, 0, "base: the mean of 0 and 4");
  close_to(metagame_result_residual(result)[0], 0, 1e-14, "residual");
  assert_null(metagame_result_stderr(result));
  const metagame_result_info info = info_of(result);
  assert_int_equal(info.n_maskings, 2);
  assert_int_equal(info.evaluations, 16);
  assert_int_equal(info.status, METAGAME_OK);
  assert_string_equal(info.masking_id, "zeros; means");
  assert_string_equal(info.attributor, "model");
  metagame_result_destroy(result);
  for (int b = 0; b < 2; ++b) metagame_game_destroy(games[b]);
  metagame_model_destroy(model);
  ts_poly_free(poly);
}

/* A game for each background row: their mean is the game of the whole background, for values and for gradients from the rows. */
static void rows_of_a_background(void **state) {
  enum { N = 4, ROWS = 5 };
  ts_rng rng = ts_rng_make(3);
  double x[N], background[ROWS * N];
  ts_poly *poly = ts_poly_random(&rng, N, 7, 3);
  const metagame_model_callbacks callbacks = ts_poly_callbacks(poly);
  metagame_model *model = NULL;
  (void)state;
  for (int k = 0; k < N; ++k) x[k] = ts_rng_real(&rng, -1, 1);
  for (int k = 0; k < ROWS * N; ++k) background[k] = ts_rng_real(&rng, -1, 1);
  assert_int_equal(metagame_model_create(&model, &callbacks, NULL, NULL), METAGAME_OK);
  static const char *const names[] = { NULL, "integrated-gradients", "occlusion" };
  for (size_t which = 0; which < COUNT_OF(names); ++which) {
    metagame_game *games[ROWS + 1] = { NULL };
    for (int b = 0; b <= ROWS; ++b) { /* the last is the whole */
      metagame_masking masking = METAGAME_MASKING_INIT;
      metagame_game *base = NULL;
      masking.x = x;
      masking.background = b < ROWS ? background + b * N : background;
      masking.n_background = b < ROWS ? 1 : ROWS;
      assert_int_equal(metagame_game_from_model(&base, model, &masking, NULL), METAGAME_OK);
      if (names[which]) {
        metagame_method method = METAGAME_METHOD_INIT;
        method.name = names[which];
        assert_int_equal(metagame_game_attribute(&games[b], base, &method, NULL), METAGAME_OK);
        metagame_game_destroy(base);
      } else {
        games[b] = base;
      }
    }
    metagame_result *result = solve_each(games, ROWS, NULL), *whole = solve(games[ROWS], NULL);
    const metagame_result_info info = info_of(result);
    for (size_t cell = 0; cell < (size_t)info.n_targets * N; ++cell) {
      double mean = metagame_result_matrix(result)[cell];
      close_to(mean, metagame_result_matrix(whole)[cell], 1e-12, "mean over rows");
      assert_true(metagame_result_spread(result)[cell] >= 0);
    }
    for (size_t i = 0; i < info.n_targets; ++i) {
      close_to(metagame_result_first_order(result)[i], metagame_result_first_order(whole)[i], 1e-12, "first order");
      close_to(metagame_result_base(result)[i], metagame_result_base(whole)[i], 1e-12, "base");
    }
    metagame_result_destroy(result);
    metagame_result_destroy(whole);
    for (int b = 0; b <= ROWS; ++b) metagame_game_destroy(games[b]);
  }
  metagame_model_destroy(model);
  ts_poly_free(poly);
}

/* ---- sampled ---- */

typedef struct family { /* random games of one shape, and their mean game */
  ts_table *tables[MOST_GAMES + 1];
  metagame_game *games[MOST_GAMES + 1];
  size_t count;
} family;

static void open_family(family *f, size_t count, uint32_t n, uint32_t m, uint64_t seed) {
  ts_rng rng = ts_rng_make(seed);
  const size_t numbers = ((size_t)1 << n) * m;
  f->count = count;
  f->tables[count] = ts_table_new(n, m);
  for (size_t b = 0; b <= count; ++b) {
    if (b < count) f->tables[b] = ts_table_random(&rng, n, m);
    for (size_t at = 0; b < count && at < numbers; ++at) f->tables[count]->values[at] += f->tables[b]->values[at] / (double)count;
    for (uint32_t i = 0; i < m && i < n; ++i) f->tables[b]->own[i] = i % 2 ? METAGAME_NO_PLAYER : (int32_t)i;
    const metagame_attributor attributor = ts_table_attributor(f->tables[b]);
    assert_int_equal(metagame_game_from_attributor(&f->games[b], &attributor, NULL, NULL), METAGAME_OK);
  }
}

static void close_family(family *f) {
  for (size_t b = 0; b <= f->count; ++b) {
    metagame_game_destroy(f->games[b]);
    ts_table_free(f->tables[b]);
  }
}

/* Both samplers are linear in the game: with common coalitions the mean of the results is the result of the mean game, and its standard
 * error is a bound of that one's. */
static void common_coalitions(void **state) {
  enum { N = 8, M = 3, CELLS = N * M };
  (void)state;
  for (size_t s = 1; s < 3; ++s) {
    family f;
    open_family(&f, 3, N, M, 40 + s);
    const metagame_options options = fx_options(fx_solvers[s], 220);
    metagame_result *result = solve_each(f.games, 3, &options), *mean = solve(f.games[3], &options);
    metagame_result *each[3];
    uint64_t evaluations = 0;
    for (size_t b = 0; b < 3; ++b) each[b] = solve(f.games[b], &options), evaluations += info_of(each[b]).evaluations;
    metagame_result *again = average(each, 3);
    fx_same_result(result, again);
    assert_memory_equal(metagame_result_spread(result), metagame_result_spread(again), CELLS * sizeof(double));
    assert_int_equal(info_of(result).evaluations, evaluations);
    assert_int_equal(info_of(result).n_units, info_of(each[0]).n_units);
    for (size_t cell = 0; cell < CELLS; ++cell) {
      const double error = metagame_result_stderr(result)[cell];
      assert_true(error >= 0);
      double sum = 0, mid = 0, squares = 0;
      for (size_t b = 0; b < 3; ++b) sum += metagame_result_stderr(each[b])[cell], mid += metagame_result_matrix(each[b])[cell] / 3;
      for (size_t b = 0; b < 3; ++b) squares += pow(metagame_result_matrix(each[b])[cell] - mid, 2);
      close_to(metagame_result_matrix(result)[cell], metagame_result_matrix(mean)[cell], 1e-12, "the mean game");
      close_to(error, sum / 3, 1e-14, "the mean of the errors");
      close_to(metagame_result_spread(result)[cell], sqrt(squares / 2), 1e-13, "spread");
      if (error < metagame_result_stderr(mean)[cell] - 1e-13) fail_msg("cell %zu: %g is no bound", cell, error);
    }
    for (size_t i = 0; i < M; ++i) close_to(metagame_result_residual(result)[i], 0, 1e-12, "residual");
    for (size_t b = 0; b < 3; ++b) metagame_result_destroy(each[b]);
    metagame_result_destroy(result);
    metagame_result_destroy(again);
    metagame_result_destroy(mean);
    close_family(&f);
  }
}

/* Seeds 5, 5, 6: sqrt((se_0 + se_1)^2 + se_2^2) / 3. Exact results add nothing. Degrees of freedom: the least. */
static void seeds_and_degrees(void **state) {
  enum { N = 8, M = 3, CELLS = N * M };
  static const uint64_t seeds[3] = { 5, 5, 6 }, budgets[3] = { 220, 220, 170 };
  double widths[3][CELLS], all[CELLS];
  family f;
  (void)state;
  open_family(&f, 3, N, M, 77);
  for (size_t s = 1; s < 3; ++s) {
    metagame_result *each[3];
    for (size_t b = 0; b < 3; ++b) {
      metagame_options options = fx_options(fx_solvers[s], budgets[b]);
      options.seed = seeds[b];
      each[b] = solve(f.games[b], &options);
      assert_int_equal(metagame_result_half_width(each[b], 0.95, widths[b], NULL), METAGAME_OK);
    }
    metagame_result *result = average(each, 3);
    assert_int_equal(metagame_result_half_width(result, 0.95, all, NULL), METAGAME_OK);
    assert_int_equal(info_of(result).seed, 5);
    assert_int_equal(info_of(result).n_units, info_of(each[2]).n_units);
    for (size_t cell = 0; cell < CELLS; ++cell) {
      double se[3], quantile = 0;
      for (size_t b = 0; b < 3; ++b) {
        se[b] = metagame_result_stderr(each[b])[cell];
        if (se[b] > 0) quantile = fmax(quantile, widths[b][cell] / se[b]);
      }
      const double wanted = sqrt((se[0] + se[1]) * (se[0] + se[1]) + se[2] * se[2]) / 3;
      if (isnan(wanted)) fail_msg("the budgets are too small for this test");
      close_to(metagame_result_stderr(result)[cell], wanted, 1e-14, "grouped by seed");
      close_to(all[cell], wanted * quantile, 1e-12, "least degrees of freedom");
    }
    metagame_result_destroy(result);
    for (size_t b = 0; b < 3; ++b) metagame_result_destroy(each[b]);
  }
  close_family(&f);
}

/* How often the 95 % interval holds the mean of the exact results: common and independent seeds. */
static void coverage(void **state) {
  enum { N = 7, M = 2, CELLS = N * M, TRIALS = 60 };
  family f;
  (void)state;
  open_family(&f, 4, N, M, 5);
  const metagame_options exact = fx_options(METAGAME_SOLVER_EXACT, 0);
  metagame_result *truth = solve_each(f.games, 4, &exact);
  for (int independent = 0; independent < 2; ++independent) {
    size_t inside = 0, cells = 0;
    double error = 0, reported = 0, widths[CELLS];
    for (uint64_t trial = 0; trial < TRIALS; ++trial) {
      metagame_result *each[4], *result;
      for (size_t b = 0; b < 4; ++b) {
        metagame_options options = fx_options(METAGAME_SOLVER_PERMUTATION, 100);
        options.seed = independent ? 4 * trial + b : trial;
        each[b] = solve(f.games[b], &options);
      }
      result = average(each, 4);
      assert_int_equal(metagame_result_half_width(result, 0.95, widths, NULL), METAGAME_OK);
      for (size_t cell = 0; cell < CELLS; ++cell) {
        if (metagame_result_stderr(result)[cell] == 0) continue; /* a diagonal entry */
        const double d = metagame_result_matrix(result)[cell] - metagame_result_matrix(truth)[cell];
        inside += fabs(d) <= widths[cell];
        error += d * d;
        reported += pow(metagame_result_stderr(result)[cell], 2);
        ++cells;
      }
      metagame_result_destroy(result);
      for (size_t b = 0; b < 4; ++b) metagame_result_destroy(each[b]);
    }
    const double share = (double)inside / (double)cells, ratio = sqrt(reported / error);
    print_message("%s seeds: %.3f of %zu intervals hold the truth, reported error %.2f times the true one, which is %.4f\n",
                  independent ? "different" : "common", share, cells, ratio, sqrt(error / (double)cells));
    assert_true(share > 0.93);
    if (independent) assert_true(ratio > 0.85 && ratio < 1.15);
    else assert_true(ratio > 1);
  }
  metagame_result_destroy(truth);
  close_family(&f);
}

/* ---- special cases ---- */

static void one_game_and_equal_games(void **state) {
  family f;
  (void)state;
  open_family(&f, 2, 6, 4, 9);
  for (size_t s = 0; s < 3; ++s) {
    const metagame_options options = fx_options(fx_solvers[s], 62);
    metagame_result *alone = solve(f.games[0], &options), *one = solve_each(f.games, 1, &options);
    fx_same_result(alone, one);
    assert_null(metagame_result_spread(alone));
    assert_null(metagame_result_spread(one));
    metagame_game *equal[3] = { f.games[0], f.games[0], f.games[0] };
    metagame_result *three = solve_each(equal, 3, &options);
    assert_memory_equal(metagame_result_matrix(three), metagame_result_matrix(alone), 24 * sizeof(double));
    for (size_t cell = 0; cell < 24; ++cell) {
      assert_true(metagame_result_spread(three)[cell] == 0);
      if (s > 0) close_to(metagame_result_stderr(three)[cell], metagame_result_stderr(alone)[cell], 1e-15, "nothing new was drawn");
    }
    metagame_result_destroy(alone);
    metagame_result_destroy(one);
    metagame_result_destroy(three);
  }
  assert_null(metagame_result_spread(NULL));
  close_family(&f);
}

static void indices(void **state) {
  enum { N = 5, M = 3 };
  static const int32_t kinds[] = { METAGAME_INDEX_SII, METAGAME_INDEX_FSII, METAGAME_INDEX_BII, METAGAME_INDEX_MOEBIUS };
  family f;
  (void)state;
  open_family(&f, 3, N, M, 21);
  metagame_options options = fx_options(METAGAME_SOLVER_EXACT, 0);
  options.interaction_order = 2;
  metagame_result *result = solve_each(f.games, 3, &options), *mean = solve(f.games[3], &options);
  assert_int_equal(info_of(result).interaction_order, 2);
  for (size_t k = 0; k < COUNT_OF(kinds); ++k) {
    metagame_index index = METAGAME_INDEX_INIT;
    double one[M * N * N], other[M * N * N];
    index.kind = kinds[k];
    index.order = 2;
    assert_int_equal(metagame_result_index(result, &index, one, NULL, NULL), METAGAME_OK);
    assert_int_equal(metagame_result_index(mean, &index, other, NULL, NULL), METAGAME_OK);
    for (size_t cell = 0; cell < COUNT_OF(one); ++cell) close_to(one[cell], other[cell], 1e-12, "index of the mean game");
  }
  metagame_result_destroy(result);
  metagame_result_destroy(mean);
  close_family(&f);
}

/* A player who does nothing in one game counts in the mean as far as in the other. */
static void null_in_one_game(void **state) {
  static const double tables[2][8] = { { 0, 0, 1, 1, 2, 2, 5, 5 }, { 0, 3, 1, 5, 2, 2, 5, 7 } }; /* player 0 is null in the first */
  metagame_options options = fx_options(METAGAME_SOLVER_EXACT, 0);
  metagame_result *each[2], *result;
  metagame_index index = METAGAME_INDEX_INIT;
  double one[9], other[9], mean[9];
  (void)state;
  options.interaction_order = 2;
  for (int b = 0; b < 2; ++b) assert_int_equal(metagame_solve_table(&each[b], tables[b], 3, 1, NULL, &options, NULL, NULL), METAGAME_OK);
  result = average(each, 2);
  index.kind = METAGAME_INDEX_SII;
  index.order = 2;
  assert_int_equal(metagame_result_index(each[0], &index, one, NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_result_index(each[1], &index, other, NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_result_index(result, &index, mean, NULL, NULL), METAGAME_OK);
  assert_true(one[1] == 0 && fabs(other[1]) > 0.1);
  for (size_t cell = 0; cell < 9; ++cell) close_to(mean[cell], (one[cell] + other[cell]) / 2, 1e-14, "index");
  metagame_result_destroy(result);
  for (int b = 0; b < 2; ++b) metagame_result_destroy(each[b]);
}

static void extremes(void **state) {
  static const double tops[3] = { 1.7e308, -1.7e308, 1.7e308 };
  metagame_result *each[3], *result;
  (void)state;
  for (size_t b = 0; b < 3; ++b) {
    const double table[2] = { 0, tops[b] };
    assert_int_equal(metagame_solve_table(&each[b], table, 1, 1, NULL, NULL, NULL, NULL), METAGAME_OK);
  }
  result = average(each, 3);
  close_to(metagame_result_matrix(result)[0] / (1.7e308 / 3), 1, 1e-14, "mean");
  metagame_result_destroy(result);
  for (size_t b = 0; b < 3; ++b) metagame_result_destroy(each[b]);
}

/* ---- partial results ---- */

typedef struct stop {
  uint64_t told, at;
} stop;

static int32_t METAGAME_CALL stop_after(void *user, const metagame_progress *progress) {
  stop *s = user;
  (void)progress;
  return ++s->told == s->at;
}

static void partial(void **state) {
  family f;
  (void)state;
  open_family(&f, 3, 6, 3, 31);
  for (size_t s = 0; s < 3; ++s) {
    metagame_options options = fx_options(fx_solvers[s], 62);
    options.batch = 16;
    stop counting = { 0, 0 };
    options.on_progress = stop_after;
    options.progress_user = &counting;
    metagame_result *wanted[2], *result = NULL;
    for (size_t b = 0; b < 2; ++b) wanted[b] = solve(f.games[b], &options);
    const uint64_t told = counting.told / 2;
    for (uint64_t at = 1; at < 3 * told; ++at) { /* the last tell of a game comes too late to stop it */
      stop stopping = { 0, at };
      options.progress_user = &stopping;
      if (at % told == 0) continue;
      assert_int_equal(metagame_solve_each(&result, (const metagame_game *const *)f.games, 3, &options, NULL), METAGAME_PARTIAL);
      const metagame_result_info info = info_of(result);
      assert_int_equal(info.status, METAGAME_PARTIAL);
      assert_int_equal(info.n_maskings, at < 2 * told ? 1 : 2);
      assert_int_equal(stopping.told, at);
      fx_valid_partial(result);
      if (at > told) { /* nothing of the game that was stopped */
        metagame_result *whole = average(wanted, at < 2 * told ? 1 : 2);
        assert_memory_equal(metagame_result_matrix(result), metagame_result_matrix(whole), 18 * sizeof(double));
        metagame_result_destroy(whole);
      }
      if (at < told) { /* partial results may be averaged: what is not known in one is not known */
        metagame_result *const both[2] = { wanted[1], result };
        metagame_result *mixed = average(both, 2);
        assert_int_equal(info_of(mixed).status, METAGAME_PARTIAL);
        for (size_t cell = 0; cell < 18; ++cell) {
          const int unknown = isnan(metagame_result_matrix(result)[cell]) != 0;
          assert_int_equal(isnan(metagame_result_matrix(mixed)[cell]) != 0, unknown);
          assert_int_equal(isnan(metagame_result_spread(mixed)[cell]) != 0, unknown);
          if (metagame_result_stderr(result) && isnan(metagame_result_stderr(result)[cell]))
            assert_true(isnan(metagame_result_stderr(mixed)[cell]));
        }
        metagame_result_destroy(mixed);
      }
      metagame_result_destroy(result);
    }
    for (size_t b = 0; b < 2; ++b) metagame_result_destroy(wanted[b]);
  }
  close_family(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(linear_by_hand),           cmocka_unit_test(rows_of_a_background), cmocka_unit_test(common_coalitions),
    cmocka_unit_test(seeds_and_degrees),        cmocka_unit_test(coverage),             cmocka_unit_test(one_game_and_equal_games),
    cmocka_unit_test(indices),                  cmocka_unit_test(extremes),             cmocka_unit_test(partial),
    cmocka_unit_test(null_in_one_game),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
