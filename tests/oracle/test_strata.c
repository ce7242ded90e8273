/* SPDX-License-Identifier: MIT */
/* The stratified solver against the exact one: bias and standard errors over many seeds, and what holds for every seed. Fixed seeds: the
 * outcome is the same on every run. With the argument "long" more seeds and games. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "metagame/indices.h"

static uint64_t n_seeds = 2000;
static bool is_long;

/* ---- everything that a result says of interactions, in one array ---- */

enum { KINDS = 9, THIRD = KINDS, MATRIX, PARTS };
static const struct {
  int32_t kind;
  uint32_t order;
} asked[KINDS] = {
  { METAGAME_INDEX_SII, 2 },  { METAGAME_INDEX_STII, 2 },  { METAGAME_INDEX_FSII, 2 }, { METAGAME_INDEX_META, 2 },
  { METAGAME_INDEX_BII, 2 },  { METAGAME_INDEX_BIVARIATE_SHAPLEY, 2 }, { METAGAME_INDEX_KSII, 1 }, { METAGAME_INDEX_SII, 3 },
  { METAGAME_INDEX_MOEBIUS, 2 },
};

typedef struct findings {
  size_t count, first[PARTS + 1];
  double *values, *errors;
} findings;

static findings findings_make(uint32_t n, uint32_t m) {
  findings f = { 0 };
  for (size_t part = 0; part < PARTS; part++) {
    size_t cells = m;
    for (uint32_t q = 0; q < (part < KINDS ? asked[part].order : part == THIRD ? 2 : 1); q++) cells *= n;
    f.first[part + 1] = f.first[part] + cells;
  }
  f.count = f.first[PARTS];
  f.values = ts_alloc(f.count, sizeof(double));
  f.errors = ts_alloc(f.count, sizeof(double));
  return f;
}

static void findings_free(findings *f) {
  free(f->values);
  free(f->errors);
}

static void read_all(findings *f, const metagame_result *result) {
  metagame_error err;
  for (size_t part = 0; part < KINDS; part++) {
    metagame_index index = METAGAME_INDEX_INIT;
    index.kind = asked[part].kind;
    index.order = asked[part].order;
    if (index.kind == METAGAME_INDEX_KSII) index.max_order = 3;
    expect_ok(metagame_result_index(result, &index, f->values + f->first[part], f->errors + f->first[part], &err), &err);
  }
  if (info_of(result).outer == METAGAME_OUTER_SHAPLEY)
    expect_ok(metagame_result_third_order(result, f->values + f->first[THIRD], f->errors + f->first[THIRD], &err), &err);
  const double *errors = metagame_result_stderr(result);
  for (size_t cell = f->first[MATRIX]; cell < f->count; cell++) {
    f->values[cell] = metagame_result_matrix(result)[cell - f->first[MATRIX]];
    f->errors[cell] = errors ? errors[cell - f->first[MATRIX]] : 0;
  }
}

static metagame_options strata_options(uint64_t budget, uint64_t seed, uint32_t order, uint64_t flags) {
  metagame_options options = sampled_options(METAGAME_SOLVER_STRATIFIED, budget, seed);
  options.interaction_order = order;
  options.flags = flags;
  return options;
}

/* ---- over many seeds ---- */

static int32_t asked_kind(size_t part) { return part < KINDS ? asked[part].kind : 0; }

/* Every part: no bias, error bars of the right size, and where the draws are not too few 95 % intervals that cover. A Moebius dividend
 * hangs on single coalitions, which a group rarely draws: its errors are no Student's t. Cells of enumerated sizes alone are exact in
 * every run, and say so. */
static void expect_statistics(uint32_t n, uint32_t m, int own, uint64_t flags, int32_t outer, uint64_t budget, bool covers) {
  ts_rng rng = ts_rng_make(100 + n);
  ts_table *table = ts_table_random(&rng, n, m);
  set_own(table, own, &rng);
  metagame_game *game = table_game(table);
  metagame_options options = exact_options(n);
  options.interaction_order = 3;
  options.flags = flags;
  options.outer = outer;
  metagame_result *result = solve(game, &options);
  findings truth = findings_make(n, m), found = findings_make(n, m);
  double *sum = ts_alloc(truth.count, sizeof *sum), *squares = ts_alloc(truth.count, sizeof *squares);
  double *variance = ts_alloc(truth.count, sizeof *variance);
  uint64_t *covered = ts_alloc(truth.count, sizeof *covered);
  read_all(&truth, result);
  metagame_result_destroy(result);
  for (uint64_t seed = 0; seed < n_seeds; seed++) {
    options = strata_options(budget, seed, 3, flags);
    options.outer = outer;
    result = solve(game, &options);
    assert_int_equal(info_of(result).n_units, 16);
    read_all(&found, result);
    metagame_result_destroy(result);
    for (size_t cell = 0; cell < truth.count; cell++) {
      const double error = found.values[cell] - truth.values[cell];
      sum[cell] += error;
      squares[cell] += error * error;
      variance[cell] += found.errors[cell] * found.errors[cell];
      covered[cell] += fabs(error) <= 2.1314495455597742 * found.errors[cell]; /* Student's t, 15 degrees of freedom */
    }
  }
  for (size_t part = 0; part < PARTS; part++) {
    const double runs = (double)n_seeds;
    double worst = 0, hits = 0, cells = 0, estimated = 0, empirical = 0;
    if (part == THIRD && outer != METAGAME_OUTER_SHAPLEY) continue;
    for (size_t cell = truth.first[part]; cell < truth.first[part + 1]; cell++) {
      const double mean = sum[cell] / runs, spread = (squares[cell] / runs - mean * mean) * runs / (runs - 1);
      if (variance[cell] == 0) {
        assert_true(squares[cell] <= 1e-24 * runs);
        continue;
      }
      worst = fmax(worst, fabs(mean) / sqrt(spread / runs));
      hits += (double)covered[cell];
      estimated += variance[cell] / runs;
      empirical += spread;
      cells += 1;
    }
    if (cells == 0) continue;
    const double coverage = hits / (cells * runs), ratio = sqrt(estimated / empirical);
    printf("n %u, own %d, flags %u, outer %d, part %zu: worst |z| %.2f, coverage %.3f, error bar over error %.3f\n", n, own,
           (unsigned)flags, (int)outer, part, worst, coverage, ratio);
    if (!(worst <= 4.4)) fail_msg("part %zu: worst |z| is %g", part, worst);
    if (covers && asked_kind(part) != METAGAME_INDEX_MOEBIUS &&
        !(coverage >= 0.93 && coverage <= 0.97)) fail_msg("part %zu: coverage is %g", part, coverage);
    if (!(ratio >= (covers ? 0.95 : 0.85) && ratio <= 1.05)) fail_msg("part %zu: error bars over errors %g", part, ratio);
  }
  free(sum);
  free(squares);
  free(variance);
  free(covered);
  findings_free(&truth);
  findings_free(&found);
  metagame_game_destroy(game);
  ts_table_free(table);
}

static void unbiased_with_error_bars(void **state) {
  (void)state;
  expect_statistics(6, 2, OWN_MIXED, 0, METAGAME_OUTER_SHAPLEY, 60, false);
  expect_statistics(7, 1, OWN_NONE, 0, METAGAME_OUTER_SHAPLEY, 95, false);
  expect_statistics(7, 2, OWN_ALL, 0, METAGAME_OUTER_SHAPLEY, 95, false);
  expect_statistics(9, 1, OWN_NONE, 0, METAGAME_OUTER_SHAPLEY, 200, true);
  expect_statistics(9, 1, OWN_ALL, 0, METAGAME_OUTER_SHAPLEY, 300, true);
  if (!is_long) return;
  for (uint32_t n = 8; n <= 10; n++)
    for (int32_t outer = METAGAME_OUTER_SHAPLEY; outer <= METAGAME_OUTER_BANZHAF; outer++) {
      expect_statistics(n, 3, OWN_MIXED, 0, outer, n == 10 ? 450 : n == 9 ? 300 : 180, false);
      expect_statistics(n, 2, OWN_ALL, METAGAME_UNPINNED, outer, n == 10 ? 300 : 180, true);
    }
}

/* ---- for every seed ---- */

static void full_budget_is_exact(void **state) {
  (void)state;
  for (uint32_t n = 3; n <= 7; n++)
    for (int own = 0; own < OWN_KINDS; own++)
      for (uint64_t flags = 0; flags <= METAGAME_UNPINNED; flags += METAGAME_UNPINNED)
        for (int32_t outer = METAGAME_OUTER_SHAPLEY; outer <= METAGAME_OUTER_BANZHAF; outer++) {
          ts_rng rng = ts_rng_make(n);
          ts_table *table = ts_table_random(&rng, n, 4);
          set_own(table, own, &rng);
          if (n == 3 && own != OWN_NONE && flags == 0) { /* order 3 of two players does not exist */
            ts_table_free(table);
            continue;
          }
          findings truth = findings_make(n, 4), found = findings_make(n, 4);
          metagame_options options = exact_options(n);
          options.interaction_order = 3;
          options.flags = flags;
          options.outer = outer;
          metagame_result *exact = solve_table(table, &options);
          options.solver = METAGAME_SOLVER_STRATIFIED;
          metagame_result *result = solve_table(table, &options);
          assert_null(metagame_result_stderr(result));
          assert_int_equal(info_of(result).n_units, 0);
          assert_int_equal(info_of(result).evaluations, info_of(exact).evaluations);
          read_all(&truth, exact);
          read_all(&found, result);
          for (size_t cell = 0; cell < truth.count; cell++) {
            assert_true(fabs(truth.values[cell] - found.values[cell]) <= 1e-12 * pow(2, n));
            assert_true(found.errors[cell] == 0);
          }
          expect_rows("base", metagame_result_base(result), metagame_result_base(exact), 4, 1, metagame_result_scale(exact), 0);
          expect_rows("first", metagame_result_first_order(result), metagame_result_first_order(exact), 4, 1,
                      metagame_result_scale(exact), 0);
          expect_rows("scale", metagame_result_scale(result), metagame_result_scale(exact), 4, 1, metagame_result_scale(exact), 0);
          findings_free(&truth);
          findings_free(&found);
          metagame_result_destroy(exact);
          metagame_result_destroy(result);
          ts_table_free(table);
        }
}

/* One and two players have nothing to draw. */
static void few_players(void **state) {
  (void)state;
  for (uint32_t n = 1; n <= 3; n++)
    for (int own = 0; own < OWN_KINDS; own++) {
      ts_rng rng = ts_rng_make(n);
      ts_table *table = ts_table_random(&rng, n, 2);
      set_own(table, own, &rng);
      metagame_options options = exact_options(n);
      metagame_result *exact = solve_table(table, &options);
      options.solver = METAGAME_SOLVER_STRATIFIED;
      metagame_result *result = solve_table(table, &options);
      expect_rows("matrix", metagame_result_matrix(result), metagame_result_matrix(exact), 2, n, metagame_result_scale(exact), 1e-13);
      metagame_result_destroy(exact);
      metagame_result_destroy(result);
      ts_table_free(table);
    }
}

/* Rows add up at any budget: first order, Shapley-Taylor up to pairs, and third order to second. */
static void sums_hold(void **state) {
  (void)state;
  for (uint32_t n = 8; n <= 14; n += 3)
    for (int own = OWN_ALL; own <= OWN_MIXED; own++) {
      ts_rng rng = ts_rng_make(n);
      const uint32_t m = 3;
      ts_table *table = ts_table_random(&rng, n, m);
      set_own(table, own, &rng);
      const metagame_options options = strata_options(300, n, 2, 0);
      metagame_result *result = solve_table(table, &options);
      metagame_error err;
      metagame_index index = METAGAME_INDEX_INIT;
      double *pairs = ts_alloc((size_t)m * n * n, sizeof *pairs), *singles = ts_alloc((size_t)m * n, sizeof *singles);
      expect_decomposition(result, 1e-12);
      expect_ok(metagame_result_third_order(result, pairs, NULL, &err), &err);
      for (uint32_t i = 0; i < m; i++)
        for (uint32_t j = 0; j < n; j++) {
          double sum = table->own[i] == (int32_t)j || table->own[i] >= 0 ? 0 : NAN; /* pinned targets */
          for (uint32_t k = 0; k < n; k++) sum += pairs[(i * n + j) * n + k];
          if (!isnan(sum)) assert_true(fabs(sum - metagame_result_matrix(result)[i * n + j]) <= 1e-11);
        }
      index.kind = METAGAME_INDEX_STII;
      expect_ok(metagame_result_index(result, &index, pairs, NULL, &err), &err);
      index.order = 1;
      index.max_order = 2;
      expect_ok(metagame_result_index(result, &index, singles, NULL, &err), &err);
      for (uint32_t i = 0; i < m; i++) {
        const int32_t p = table->own[i];
        const double start = p < 0 ? table->values[i] : table->values[((size_t)1 << p) * m + i];
        double sum = start - metagame_result_first_order(result)[i];
        for (uint32_t j = 0; j < n; j++) {
          sum += singles[i * n + j];
          for (uint32_t k = 0; k < j; k++) sum += pairs[(i * n + j) * n + k];
        }
        assert_true(fabs(sum) <= 1e-11);
      }
      free(pairs);
      free(singles);
      metagame_result_destroy(result);
      ts_table_free(table);
    }
}

/* Games of single players and pairs are fitted to the last digits; nothing is left to err. */
static void pairs_are_exact(void **state) {
  (void)state;
  const uint32_t n = 12;
  ts_rng rng = ts_rng_make(3);
  ts_table *table = ts_table_new(n, 2);
  double c[12][12];
  for (uint32_t j = 0; j < n; j++)
    for (uint32_t k = 0; k <= j; k++) c[j][k] = ts_rng_real(&rng, -1, 1);
  table->own[1] = 4;
  for (uint32_t mask = 0; mask < 1u << n; mask++)
    for (uint32_t j = 0; j < n; j++)
      for (uint32_t k = 0; k <= j; k++)
        if (mask >> j & 1 && mask >> k & 1)
          for (uint32_t i = 0; i < 2; i++) table->values[mask * 2 + i] += c[j][k];
  findings found = findings_make(n, 2);
  const metagame_options options = strata_options(1500, 1, 3, 0);
  metagame_result *result = solve_table(table, &options);
  read_all(&found, result);
  for (uint32_t j = 0; j < n; j++)
    for (uint32_t k = 0; k < j; k++) assert_true(fabs(found.values[found.first[0] + j * n + k] - c[j][k]) <= 1e-7);
  for (size_t cell = 0; cell < found.count; cell++)
    if (!(found.errors[cell] <= 1e-6)) fail_msg("cell %zu: %g", cell, found.errors[cell]);
  findings_free(&found);
  metagame_result_destroy(result);
  ts_table_free(table);
}

static void any_batch_same_bytes(void **state) {
  (void)state;
  const uint32_t n = 9, m = 3;
  ts_rng rng = ts_rng_make(5);
  ts_table *table = ts_table_random(&rng, n, m);
  set_own(table, OWN_MIXED, &rng);
  metagame_game *game = table_game(table);
  findings first = findings_make(n, m), again = findings_make(n, m);
  metagame_options options = strata_options(333, 8, 3, 0);
  metagame_result *result = solve(game, &options);
  assert_true(info_of(result).evaluations <= 333);
  read_all(&first, result);
  metagame_result_destroy(result);
  for (uint32_t batch = 1; batch <= 1000; batch = batch * 3 + 1)
    for (int order = TS_TELL_NOW; order <= TS_TELL_RANDOM; order++) {
      metagame_error err;
      options.batch = batch;
      options.max_open = 1 + batch % 5;
      expect_ok(ts_solve_by_hand(&result, game, &options, order, batch, &err), &err);
      read_all(&again, result);
      assert_memory_equal(first.values, again.values, first.count * sizeof(double));
      assert_memory_equal(first.errors, again.errors, first.count * sizeof(double));
      metagame_result_destroy(result);
    }
  options.seed = 9;
  result = solve(game, &options);
  read_all(&again, result);
  assert_true(memcmp(first.values, again.values, first.count * sizeof(double)) != 0);
  metagame_result_destroy(result);
  findings_free(&first);
  findings_free(&again);
  metagame_game_destroy(game);
  ts_table_free(table);
}

/* Told up to some coalition: nothing but ends before the first whole group, error bars from the fourth on. */
static void stopped_early(void **state) {
  (void)state;
  const uint32_t n = 8;
  ts_rng rng = ts_rng_make(6);
  ts_table *table = ts_table_random(&rng, n, 1);
  metagame_game *game = table_game(table);
  metagame_options options = strata_options(150, 8, 2, 0);
  options.batch = 1;
  double values[64], errors[64], truth[64];
  metagame_index index = METAGAME_INDEX_INIT;
  metagame_error err;
  index.kind = METAGAME_INDEX_SII;
  metagame_options all = exact_options(n);
  all.interaction_order = 2;
  metagame_result *result = solve(game, &all);
  expect_ok(metagame_result_index(result, &index, truth, NULL, &err), &err);
  metagame_result_destroy(result);
  uint64_t unknown = 0, without_errors = 0, total = 150;
  for (uint64_t told = 0; told < total; told++) {
    metagame_session *session = NULL;
    expect_ok(metagame_session_create(&session, game, &options, &err), &err);
    for (uint64_t done = 0; done < told;) {
      metagame_request request = METAGAME_REQUEST_INIT;
      if (metagame_session_ask(session, &request, &err) != METAGAME_OK) break;
      expect_ok(metagame_game_evaluate(game, &request, request.rows, &err), &err);
      const uint64_t now = request.n_masks;
      expect_ok(metagame_session_tell(session, request.ticket, request.rows, now, &err), &err);
      done += now;
    }
    metagame_session_cancel(session);
    const metagame_status status = metagame_session_finish(&result, session, &err);
    metagame_session_destroy(session);
    assert_true(status >= 0);
    const metagame_status known = metagame_result_index(result, &index, values, errors, &err);
    if (known == METAGAME_E_STATE) {
      assert_true(isnan(metagame_result_matrix(result)[0]));
      assert_int_equal(without_errors, 0);
      unknown++;
    } else {
      expect_ok(known, &err);
      without_errors += isnan(errors[1]) != 0;
      for (size_t cell = 0; cell < 64; cell++) assert_true(isfinite(values[cell]));
      assert_true(isnan(errors[1]) == isnan(metagame_result_stderr(result)[1]));
      if (!isnan(errors[1])) assert_true(fabs(values[1] - truth[1]) < 12 * errors[1]);
    }
    metagame_result_destroy(result);
  }
  assert_true(unknown > 10 && without_errors > 0 && unknown + without_errors < total);
  metagame_game_destroy(game);
  ts_table_free(table);
}

/* ---- choice and refusals ---- */

static void refused(const metagame_game *game, const metagame_options *options, metagame_status wanted, const char *part) {
  metagame_error err;
  metagame_session *session = NULL;
  assert_int_equal(metagame_session_create(&session, game, options, &err), wanted);
  assert_null(session);
  if (!strstr(err.message, part)) fail_msg("\"%s\" is not in: %s", part, err.message);
}

static double smaller(double all) { return all < 16 ? all : 16; }

static void budgets_and_limits(void **state) {
  (void)state;
  for (uint32_t n = 4; n <= 18; n += 7)
    for (int own = OWN_ALL; own <= OWN_NONE; own++) {
      ts_table *table = ts_table_new(n, 2);
      ts_rng rng = ts_rng_make(1);
      char least_text[64];
      double least = own == OWN_ALL ? 1 + n : 2, all = own == OWN_ALL ? n : 1;
      set_own(table, own, &rng);
      for (uint32_t t = own == OWN_ALL ? 2 : 1; t < n; t++) {
        all = all * (n - t + 1) / t;
        least += smaller(all);
      }
      metagame_game *game = table_game(table);
      metagame_options options = strata_options((uint64_t)least - 1, 0, 2, 0);
      snprintf(least_text, sizeof least_text, "the stratified solver needs at least %.0f ", least);
      refused(game, &options, METAGAME_E_BUDGET, least_text);
      options.max_evaluations++;
      metagame_result *result = solve(game, &options);
      assert_true(info_of(result).evaluations <= options.max_evaluations);
      metagame_result_destroy(result);
      options.solver = METAGAME_SOLVER_REGRESSION;
      refused(game, &options, METAGAME_E_UNSUPPORTED, "interaction_order is 2");
      refused(game, &options, METAGAME_E_UNSUPPORTED, "stratified");
      metagame_game_destroy(game);
      ts_table_free(table);
    }
}

static int32_t nothing(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  (void)user, (void)err;
  for (size_t r = 0; r < n_masks; r++) rows[r] = (double)(masks[r] & 7);
  return 0;
}

static metagame_game *large_game(uint32_t n) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_game *game = NULL;
  metagame_error err;
  function.n_players = n;
  function.evaluate = nothing;
  expect_ok(metagame_game_from_function(&game, &function, NULL, &err), &err);
  return game;
}

static void automatic_choice(void **state) {
  static const struct {
    uint32_t n, order;
    uint64_t budget;
    int32_t solver;
  } cases[] = { { 12, 2, 0, METAGAME_SOLVER_EXACT },        { 13, 2, 0, METAGAME_SOLVER_STRATIFIED },
                { 13, 3, 8192, METAGAME_SOLVER_EXACT },     { 13, 3, 8191, METAGAME_SOLVER_STRATIFIED },
                { 20, 2, 400, METAGAME_SOLVER_STRATIFIED }, { 32, 2, 0, METAGAME_SOLVER_STRATIFIED },
                { 13, 1, 0, METAGAME_SOLVER_GAUSSIAN } };
  (void)state;
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    metagame_game *game = large_game(cases[c].n);
    metagame_options options = METAGAME_OPTIONS_INIT;
    options.interaction_order = cases[c].order;
    options.max_evaluations = cases[c].budget;
    options.batch = 1024;
    metagame_result *result = solve(game, &options);
    assert_int_equal(info_of(result).solver, cases[c].solver);
    if (cases[c].n == 32) assert_true(info_of(result).evaluations <= 2048 + 32 * 32 && info_of(result).evaluations > 2900);
    metagame_result_destroy(result);
    metagame_game_destroy(game);
  }
  metagame_game *game = large_game(33);
  metagame_options options = METAGAME_OPTIONS_INIT;
  options.interaction_order = 2;
  refused(game, &options, METAGAME_E_LIMIT, "33 players: at most 32");
  options.solver = METAGAME_SOLVER_STRATIFIED;
  options.interaction_order = 1;
  refused(game, &options, METAGAME_E_LIMIT, "33 players: at most 32");
  metagame_game_destroy(game);
}

/* Formulas, too: the attribution game of Shapley values, evaluated through its formula. */
static void formula_games(void **state) {
  (void)state;
  const uint32_t n = 8;
  ts_rng rng = ts_rng_make(9);
  ts_table *table = ts_table_random(&rng, n, 1);
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_function function = ts_table_function(table);
  metagame_game *base = NULL, *game = NULL;
  metagame_error err;
  method.name = "shapley";
  expect_ok(metagame_game_from_function(&base, &function, NULL, &err), &err);
  expect_ok(metagame_game_attribute(&game, base, &method, &err), &err);
  findings truth = findings_make(n, n), found = findings_make(n, n);
  metagame_options options = exact_options(n);
  options.interaction_order = 3;
  metagame_result *exact = solve(game, &options);
  read_all(&truth, exact);
  ts_table_reset(table);
  options = strata_options(170, 1, 3, 0);
  metagame_result *result = solve(game, &options);
  read_all(&found, result);
  assert_int_equal(info_of(result).value_evaluations, ts_table_total(table));
  assert_int_equal(ts_table_distinct(table), ts_table_total(table));
  for (size_t cell = 0; cell < truth.count; cell++)
    if (!(fabs(truth.values[cell] - found.values[cell]) <= 10 * found.errors[cell] + 1e-10))
      fail_msg("cell %zu: %g and %g, error bar %g", cell, truth.values[cell], found.values[cell], found.errors[cell]);
  metagame_result_destroy(exact);
  metagame_result_destroy(result);
  findings_free(&truth);
  findings_free(&found);
  metagame_game_destroy(game);
  metagame_game_destroy(base);
  ts_table_free(table);
}

/* ---- memory ---- */

typedef struct supply {
  long left, blocks;
} supply;

static void *METAGAME_CALL supply_take(void *user, size_t size, size_t alignment) {
  supply *s = user;
  (void)alignment;
  if (s->left-- <= 0) return NULL;
  void *block = calloc(1, size);
  s->blocks += block != NULL;
  return block;
}

static void METAGAME_CALL supply_give(void *user, void *block, size_t size, size_t alignment) {
  supply *s = user;
  (void)size, (void)alignment;
  s->blocks -= block != NULL;
  free(block);
}

/* Each allocation fails once, in the session, in finish (which can then be called again) and in the standard errors. */
static void every_allocation_fails(void **state) {
  (void)state;
  ts_rng rng = ts_rng_make(4);
  ts_table *table = ts_table_random(&rng, 7, 2);
  set_own(table, OWN_MIXED, &rng);
  supply memory = { 1000000, 0 };
  const metagame_allocator allocator = { sizeof allocator, &memory, supply_take, supply_give };
  const metagame_attributor attributor = ts_table_attributor(table);
  metagame_game *game = NULL;
  metagame_error err;
  expect_ok(metagame_game_from_attributor(&game, &attributor, &allocator, &err), &err);
  const long held = memory.blocks;
  metagame_options options = strata_options(90, 4, 3, 0);
  double values[98], errors[98], wanted[98];
  metagame_index index = METAGAME_INDEX_INIT;
  index.kind = METAGAME_INDEX_SII;
  metagame_result *result = solve(game, &options);
  expect_ok(metagame_result_index(result, &index, wanted, NULL, &err), &err);
  metagame_result_destroy(result);
  assert_int_equal(memory.blocks, held);
  int finished = 0, in_errors = 0;
  for (long budget = 0; finished < 1; budget++) {
    metagame_session *session = NULL;
    memory.left = budget;
    metagame_status status = metagame_session_create(&session, game, &options, &err);
    while (status == METAGAME_OK) {
      metagame_request request = METAGAME_REQUEST_INIT;
      status = metagame_session_ask(session, &request, &err);
      if (status != METAGAME_OK) break;
      expect_ok(metagame_game_evaluate(game, &request, request.rows, &err), &err);
      status = metagame_session_tell(session, request.ticket, request.rows, request.n_masks, &err);
    }
    result = NULL;
    if (status == METAGAME_DONE) {
      status = metagame_session_finish(&result, session, &err);
      if (status == METAGAME_E_NOMEM) {
        assert_null(result);
        memory.left = 1000000;
        expect_ok(metagame_session_finish(&result, session, &err), &err);
        expect_ok(metagame_result_index(result, &index, values, errors, &err), &err);
        assert_memory_equal(values, wanted, sizeof values);
        status = METAGAME_E_NOMEM;
      }
    }
    metagame_session_destroy(session);
    if (status == METAGAME_OK) {
      values[0] = errors[0] = -77;
      status = metagame_result_index(result, &index, values, errors, &err);
      if (status != METAGAME_OK) in_errors++, assert_true(values[0] == -77 && errors[0] == -77);
      if (status == METAGAME_OK) finished = 1;
    }
    if (!finished) assert_int_equal(status, METAGAME_E_NOMEM);
    metagame_result_destroy(result);
    assert_int_equal(memory.blocks, held);
  }
  assert_int_equal(in_errors, 3);
  memory.left = 1000000;
  metagame_game_destroy(game);
  assert_int_equal(memory.blocks, 0);
  ts_table_free(table);
}

/* What is announced holds, groups of tallies included; one byte less than needed is refused or not needed. */
static void announced_bytes_hold(void **state) {
  (void)state;
  for (uint32_t n = 6; n <= 16; n += 5)
    for (uint32_t order = 1; order <= 3; order++)
      for (int own = OWN_ALL; own <= OWN_NONE; own++) {
        ts_rng rng = ts_rng_make(n);
        ts_table *table = ts_table_random(&rng, n, 3);
        uint64_t bytes = 0;
        metagame_error err;
        set_own(table, own, &rng);
        metagame_game *game = table_game(table);
        metagame_options options = strata_options(400, 1, order, 0);
        expect_ok(metagame_session_bytes(&bytes, game, &options, &err), &err);
        options.max_bytes = bytes;
        metagame_result *result = solve(game, &options);
        metagame_result_destroy(result);
        options.max_bytes = bytes - 1;
        refused(game, &options, METAGAME_E_LIMIT, "stratified");
        metagame_game_destroy(game);
        ts_table_free(table);
      }
}

static void nulls(void **state) {
  (void)state;
  metagame_game *game = large_game(13);
  const metagame_options options = strata_options(400, 1, 2, 0);
  metagame_result *result = solve(game, &options);
  double values[169];
  metagame_error err;
  assert_int_equal(metagame_result_third_order(NULL, values, values, &err), METAGAME_E_NULL);
  assert_non_null(strstr(err.message, "result"));
  assert_int_equal(metagame_result_third_order(result, NULL, values, &err), METAGAME_E_NULL);
  assert_non_null(strstr(err.message, "values"));
  expect_ok(metagame_result_third_order(result, values, NULL, NULL), NULL);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(full_budget_is_exact), cmocka_unit_test(few_players),            cmocka_unit_test(sums_hold),
    cmocka_unit_test(pairs_are_exact),      cmocka_unit_test(any_batch_same_bytes),   cmocka_unit_test(stopped_early),
    cmocka_unit_test(budgets_and_limits),   cmocka_unit_test(automatic_choice),       cmocka_unit_test(formula_games),
    cmocka_unit_test(announced_bytes_hold), cmocka_unit_test(every_allocation_fails), cmocka_unit_test(nulls),
    cmocka_unit_test(unbiased_with_error_bars),
  };
  if (argc > 1 && strcmp(argv[1], "long") == 0) {
    n_seeds = 5000;
    is_long = true;
  }
  return cmocka_run_group_tests(tests, NULL, NULL);
}
