/* SPDX-License-Identifier: MIT */
/* The Gaussian-process solver: exact where it has to be, far more precise than regression at equal calls on games of low order, no
 * worse on games without structure, the same bytes for any batch; with the argument "long" error bars over many seeds. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

/* ---- games ---- */

/* Two layers of tanh: smooth, with interactions of all orders. */
static ts_table *network_table(uint32_t n, uint32_t m, uint64_t seed) {
  ts_rng rng = ts_rng_make(seed);
  ts_mlp *mlp = ts_mlp_random(&rng, n, 12, m, METAGAME_TRUTH_TANH, 1.5);
  ts_table *table = ts_table_new(n, m);
  double x[32];
  for (uint64_t mask = 0; mask >> n == 0; mask++) {
    for (uint32_t p = 0; p < n; p++) x[p] = mask >> p & 1 ? 1.0 : -0.5;
    ts_mlp_value(mlp, x, table->values + mask * m);
  }
  ts_mlp_free(mlp);
  return table;
}

/* Sums of 2 n products of up to three players. */
static ts_table *products_table(uint32_t n, uint32_t m, uint64_t seed) {
  ts_rng rng = ts_rng_make(seed);
  ts_table *table = ts_table_new(n, m);
  for (uint32_t i = 0; i < m; i++)
    for (uint32_t term = 0; term < 2 * n; term++) {
      uint64_t support = 0;
      for (int at = 0; at < 3; at++) support |= UINT64_C(1) << ts_rng_below(&rng, n);
      const double coef = ts_rng_real(&rng, -1, 1);
      for (uint64_t mask = 0; mask >> n == 0; mask++)
        if ((mask & support) == support) table->values[mask * m + i] += coef;
    }
  return table;
}

static uint32_t count_bits(uint64_t mask) {
  uint32_t count = 0;
  for (; mask; mask &= mask - 1) count++;
  return count;
}

typedef ts_table *(*maker)(uint32_t n, uint32_t m, uint64_t seed);

static ts_table *random_table(uint32_t n, uint32_t m, uint64_t seed) {
  ts_rng rng = ts_rng_make(seed);
  return ts_table_random(&rng, n, m);
}

static metagame_options options_of(uint64_t budget, uint64_t seed) { return sampled_options(METAGAME_SOLVER_GAUSSIAN, budget, seed); }

/* Mean squared error of a solver over seeds, relative to the matrix. */
static double error_of(ts_table *table, int32_t solver, uint64_t budget, uint64_t seeds) {
  metagame_game *game = table_game(table);
  metagame_options exact = exact_options(table->n_players);
  metagame_result *truth = solve(game, &exact);
  const size_t cells = (size_t)table->n_players * table->n_outputs;
  const double *want = metagame_result_matrix(truth);
  double error = 0, all = 0;
  for (size_t k = 0; k < cells; k++) all += want[k] * want[k];
  for (uint64_t seed = 0; seed < seeds; seed++) {
    const metagame_options options = sampled_options(solver, budget, seed);
    metagame_result *result = solve(game, &options);
    for (size_t k = 0; k < cells; k++) error += pow(metagame_result_matrix(result)[k] - want[k], 2);
    expect_decomposition(result, 1e-9);
    metagame_result_destroy(result);
  }
  metagame_result_destroy(truth);
  metagame_game_destroy(game);
  return error / (all * (double)seeds);
}

/* ---- tests ---- */

static void all_coalitions_are_exact(void **state) {
  (void)state;
  for (uint32_t n = 1; n <= 8; n++)
    for (int own = 0; own < OWN_KINDS; own++) {
      ts_rng rng = ts_rng_make(n);
      ts_table *table = ts_table_random(&rng, n, 3);
      set_own(table, own, &rng);
      metagame_game *game = table_game(table);
      metagame_options options = options_of(4096, 1), exact = exact_options(n);
      metagame_result *got = solve(game, &options), *want = solve(game, &exact);
      expect_rows("matrix", metagame_result_matrix(got), metagame_result_matrix(want), 3, n, metagame_result_scale(want), 1e-11);
      metagame_result_destroy(got);
      metagame_result_destroy(want);
      metagame_game_destroy(game);
      ts_table_free(table);
    }
}

static void fewer_calls_than_regression(void **state) {
  static const struct {
    const char *name;
    maker make;
    int own;
    uint64_t budget;
    double ratio; /* of mean squared errors, at most */
  } cases[] = { { "network", network_table, OWN_NONE, 300, 0.6 },   { "products", products_table, OWN_NONE, 300, 0.1 },
                { "random", random_table, OWN_NONE, 300, 1.15 },    { "network, pinned", network_table, OWN_ALL, 300, 0.7 },
                { "products, pinned", products_table, OWN_ALL, 300, 0.1 }, { "random, pinned", random_table, OWN_ALL, 300, 1.15 },
                { "network, mixed", network_table, OWN_MIXED, 300, 0.7 } };
  (void)state;
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    ts_rng rng = ts_rng_make(c);
    ts_table *table = cases[c].make(10, 3, 5 + c);
    set_own(table, cases[c].own, &rng);
    const double regression = error_of(table, METAGAME_SOLVER_REGRESSION, cases[c].budget, 6);
    const double gaussian = error_of(table, METAGAME_SOLVER_GAUSSIAN, cases[c].budget, 6);
    printf("%s: squared error %.3g, of regression %.3g, ratio %.3f\n", cases[c].name, gaussian, regression, gaussian / regression);
    if (!(gaussian <= cases[c].ratio * regression)) fail_msg("%s: %g times the error of regression", cases[c].name, gaussian / regression);
    ts_table_free(table);
  }
}

/* Additive games, and constant ones: nothing is left for the process to learn. */
static void nothing_to_learn(void **state) {
  (void)state;
  for (int constant = 0; constant < 2; constant++)
    for (int own = OWN_ALL; own <= OWN_MIXED; own++) {
      ts_rng rng = ts_rng_make(7);
      ts_table *table = ts_table_additive(&rng, 12, 3);
      set_own(table, own, &rng);
      if (constant)
        for (uint64_t at = 0; at < 3 << 12; at++) table->values[at] = 4.25;
      metagame_game *game = table_game(table);
      metagame_options options = options_of(200, 1), exact = exact_options(12);
      metagame_result *got = solve(game, &options), *want = solve(game, &exact);
      expect_rows("matrix", metagame_result_matrix(got), metagame_result_matrix(want), 3, 12, metagame_result_scale(want), 1e-12);
      metagame_result_destroy(got);
      metagame_result_destroy(want);
      metagame_game_destroy(game);
      ts_table_free(table);
    }
}

/* A few products of signs, of any size: found among all of them, and then exact. */
static void few_products(void **state) {
  (void)state;
  for (uint32_t n = 9; n <= 15; n += 2) {
    ts_rng rng = ts_rng_make(n);
    ts_table *table = ts_table_new(n, 1);
    for (int term = 0; term < 12; term++) {
      const uint64_t set = 1 + ts_rng_below(&rng, (1u << n) - 1);
      const double coef = ts_rng_real(&rng, 0.2, 1) * (term % 2 ? 1 : -1);
      for (uint64_t mask = 0; mask >> n == 0; mask++) table->values[mask] += count_bits(set & ~mask) % 2 ? -coef : coef;
    }
    metagame_game *game = table_game(table);
    metagame_options options = options_of(300, n), exact = exact_options(n);
    metagame_result *got = solve(game, &options), *want = solve(game, &exact);
    expect_rows("matrix", metagame_result_matrix(got), metagame_result_matrix(want), 1, n, metagame_result_scale(want), 1e-12);
    for (uint32_t j = 0; j < n; j++) { /* a perfect fit of few rows is no certainty */
      const double part = metagame_result_stderr(got)[j] / metagame_result_scale(got)[0];
      assert_true(part > 1e-4 && part < 0.2);
    }
    metagame_result_destroy(got);
    metagame_result_destroy(want);
    metagame_game_destroy(game);
    ts_table_free(table);
  }
}

/* Units do not matter: a factor of 2^k changes no bit but the exponent. */
static void any_units(void **state) {
  static const int exponents[] = { -400, -60, 50, 400 };
  (void)state;
  for (int own = OWN_ALL; own <= OWN_NONE; own++)
    for (size_t e = 0; e < sizeof exponents / sizeof *exponents; e++) {
      ts_table *table = network_table(9, 2, 3);
      ts_rng rng = ts_rng_make(1);
      set_own(table, own, &rng);
      const metagame_options options = options_of(150, 2);
      metagame_result *one = solve_table(table, &options);
      for (uint64_t at = 0; at < 2 << 9; at++) table->values[at] = ldexp(table->values[at], exponents[e]);
      metagame_result *other = solve_table(table, &options);
      for (size_t cell = 0; cell < 18; cell++) {
        const double want = metagame_result_matrix(one)[cell], got = ldexp(metagame_result_matrix(other)[cell], -exponents[e]);
        if (!(fabs(got - want) <= 1e-9 * metagame_result_scale(one)[cell / 9])) fail_msg("2^%d: %.17g, not %.17g", exponents[e], got, want);
      }
      metagame_result_destroy(one);
      metagame_result_destroy(other);
      ts_table_free(table);
    }
}

static void any_batch_same_bytes(void **state) {
  static const uint32_t batches[] = { 1, 7, 64, 1024 };
  (void)state;
  for (int own = OWN_ALL; own <= OWN_MIXED; own++) {
    ts_table *table = network_table(10, 6, 3);
    ts_rng rng = ts_rng_make(1);
    set_own(table, own, &rng);
    metagame_game *game = table_game(table);
    metagame_options options = options_of(200, 2);
    metagame_result *one = solve(game, &options);
    assert_int_equal(info_of(one).solver, METAGAME_SOLVER_GAUSSIAN);
    assert_true(info_of(one).evaluations <= 200);
    for (size_t b = 0; b < 4; b++)
      for (int order = TS_TELL_NOW; order <= TS_TELL_RANDOM; order++) {
        metagame_result *other = NULL;
        metagame_error err;
        options.batch = batches[b];
        expect_ok(ts_solve_by_hand(&other, game, &options, order, b, &err), &err);
        expect_same_bits(one, other);
        metagame_result_destroy(other);
      }
    metagame_result_destroy(one);
    metagame_game_destroy(game);
    ts_table_free(table);
  }
}

/* More targets than processes: they share one, learnt from some of them. */
static void many_targets(void **state) {
  (void)state;
  for (int own = OWN_NONE; own <= OWN_SAME; own++) {
    ts_table *table = network_table(10, 40, 11);
    ts_rng rng = ts_rng_make(1);
    set_own(table, own, &rng);
    const double regression = error_of(table, METAGAME_SOLVER_REGRESSION, 300, 2), gaussian = error_of(table, METAGAME_SOLVER_GAUSSIAN, 300, 2);
    printf("40 targets, own %d: ratio %.3f\n", own, gaussian / regression);
    assert_true(gaussian < 0.5 * regression);
    ts_table_free(table);
  }
}

/* Stopped before the end there is regression's estimate of what was told. */
static void stopped_early(void **state) {
  (void)state;
  ts_table *table = network_table(10, 2, 3);
  metagame_game *game = table_game(table);
  metagame_result *results[2];
  for (int which = 0; which < 2; which++) {
    metagame_options options = sampled_options(which ? METAGAME_SOLVER_GAUSSIAN : METAGAME_SOLVER_REGRESSION, 300, 2);
    metagame_session *session = NULL;
    metagame_error err;
    options.batch = 50;
    expect_ok(metagame_session_create(&session, game, &options, &err), &err);
    for (int batch = 0; batch < 4; batch++) {
      metagame_request request = METAGAME_REQUEST_INIT;
      expect_ok(metagame_session_ask(session, &request, &err), &err);
      expect_ok(metagame_game_evaluate(game, &request, request.rows, &err), &err);
      expect_ok(metagame_session_tell(session, request.ticket, request.rows, request.n_masks, &err), &err);
    }
    metagame_session_cancel(session);
    assert_int_equal(metagame_session_finish(&results[which], session, &err), METAGAME_PARTIAL);
    metagame_session_destroy(session);
  }
  expect_same_bits(results[0], results[1]);
  metagame_result_destroy(results[0]);
  metagame_result_destroy(results[1]);
  metagame_game_destroy(game);
  ts_table_free(table);
}

/* Half of few pairs are chosen by what the others told: any batch, ticket order and number of targets gives the same, each
 * coalition is asked once, and where it stops what was told counts. */
static void chosen_pairs(void **state) {
  (void)state;
  for (uint32_t m = 1; m <= 6; m += 5) {
    ts_table *table = network_table(12, m, 3);
    metagame_game *game = table_game(table);
    metagame_options options = options_of(160, 5), exact = exact_options(12);
    metagame_result *want = solve(game, &exact);
    ts_table_reset(table);
    metagame_result *one = solve(game, &options);
    assert_int_equal(ts_table_total(table), 160);
    assert_int_equal(ts_table_distinct(table), 160);
    assert_int_equal(info_of(one).evaluations, 160);
    for (uint32_t batch = 1; batch <= 1024; batch *= 8)
      for (int order = TS_TELL_NOW; order <= TS_TELL_RANDOM; order++) {
        metagame_result *other = NULL;
        metagame_error err;
        options.batch = batch;
        expect_ok(ts_solve_by_hand(&other, game, &options, order, batch, &err), &err);
        expect_same_bits(one, other);
        metagame_result_destroy(other);
      }
    double error = 0, all = 0;
    for (size_t k = 0; k < 12 * m; k++) {
      error += pow(metagame_result_matrix(one)[k] - metagame_result_matrix(want)[k], 2);
      all += pow(metagame_result_matrix(want)[k], 2);
    }
    for (int stopped = 0; stopped < 3; stopped++) { /* within the plan, when it is complete, and among chosen pairs */
      static const uint64_t told[] = { 30, 82, 101 };
      metagame_session *session = NULL;
      metagame_result *part = NULL;
      metagame_error err;
      options.batch = 1;
      expect_ok(metagame_session_create(&session, game, &options, &err), &err);
      for (uint64_t k = 0; k < told[stopped]; k++) {
        metagame_request request = METAGAME_REQUEST_INIT;
        expect_ok(metagame_session_ask(session, &request, &err), &err);
        expect_ok(metagame_game_evaluate(game, &request, request.rows, &err), &err);
        expect_ok(metagame_session_tell(session, request.ticket, request.rows, 1, &err), &err);
      }
      metagame_session_cancel(session);
      assert_int_equal(metagame_session_finish(&part, session, &err), METAGAME_PARTIAL);
      assert_int_equal(info_of(part).evaluations, told[stopped]);
      double left = 0;
      for (size_t k = 0; k < 12 * m; k++) left += pow(metagame_result_matrix(part)[k] - metagame_result_matrix(want)[k], 2);
      if (stopped > 0) assert_true(left < 0.2 * all && left > error);
      metagame_result_destroy(part);
      metagame_session_destroy(session);
    }
    metagame_result_destroy(want);
    metagame_result_destroy(one);
    metagame_game_destroy(game);
    ts_table_free(table);
  }
}

static void announced_bytes_hold(void **state) {
  static const uint64_t budgets[] = { 120, 400, 1000, 3000 };
  (void)state;
  for (uint32_t n = 8; n <= 16; n += 4)
    for (uint32_t m = 1; m <= 7; m += 3)
      for (int own = OWN_ALL; own <= OWN_MIXED; own++)
        for (size_t b = 0; b < 4; b++) {
          if ((own != OWN_NONE && b > 1) || (b > 1 && m == 4) || (b > 2 && n != 16)) continue;
          ts_rng rng = ts_rng_make(n);
          ts_table *table = ts_table_random(&rng, n, m);
          uint64_t bytes = 0;
          metagame_error err;
          set_own(table, own, &rng);
          metagame_game *game = table_game(table);
          metagame_options options = options_of(budgets[b], 1);
          expect_ok(metagame_session_bytes(&bytes, game, &options, &err), &err);
          options.max_bytes = bytes;
          metagame_result_destroy(solve(game, &options));
          metagame_game_destroy(game);
          ts_table_free(table);
        }
}

/* Memory that ends after some allocations, at every one of them: no leak, no wrong number. */
typedef struct supply {
  long left, blocks;
} supply;

static void *METAGAME_CALL supply_take(void *user, size_t size, size_t alignment) {
  supply *s = user;
  (void)alignment;
  if (s->left-- <= 0) return NULL;
  s->blocks++;
  return ts_alloc(1, size);
}

static void METAGAME_CALL supply_give(void *user, void *block, size_t size, size_t alignment) {
  supply *s = user;
  (void)size, (void)alignment;
  s->blocks -= block != NULL;
  free(block);
}

static void every_allocation_fails(void **state) {
  (void)state;
  for (int own = OWN_ALL; own <= OWN_NONE; own++) {
    ts_rng rng = ts_rng_make(4);
    ts_table *table = network_table(9, 2, 5);
    set_own(table, own, &rng);
    supply memory = { 1000000, 0 };
    const metagame_allocator allocator = { sizeof allocator, &memory, supply_take, supply_give };
    const metagame_attributor attributor = ts_table_attributor(table);
    const metagame_options options = options_of(64, 3);
    metagame_game *game = NULL;
    metagame_error err;
    expect_ok(metagame_game_from_attributor(&game, &attributor, &allocator, &err), &err);
    metagame_result *want = solve(game, &options), *result = NULL;
    const long held = memory.blocks;
    long budget = 0;
    for (metagame_status status = METAGAME_E_NOMEM; status != METAGAME_OK; budget++) {
      memory.left = budget;
      status = metagame_solve(&result, game, &options, &err);
      memory.left = 1000000;
      assert_true(status == METAGAME_OK || status == METAGAME_E_NOMEM);
      if (status != METAGAME_OK) assert_int_equal(memory.blocks, held);
    }
    assert_true(budget > 60);
    expect_same_bits(result, want);
    metagame_result_destroy(result);
    metagame_result_destroy(want);
    metagame_game_destroy(game);
    assert_int_equal(memory.blocks, 0);
    ts_table_free(table);
  }
}

/* ---- over many seeds ---- */

static void error_bars(void **state) {
  static const struct {
    const char *name;
    maker make;
    uint32_t n;
    int own;
    uint64_t budget;
  } cases[] = { { "network", network_table, 10, OWN_NONE, 150 },          { "network", network_table, 12, OWN_NONE, 400 },
                { "products", products_table, 10, OWN_NONE, 120 },        { "random", random_table, 10, OWN_NONE, 300 },
                { "network, pinned", network_table, 10, OWN_ALL, 200 },   { "random, pinned", random_table, 10, OWN_ALL, 300 },
                { "products, pinned", products_table, 12, OWN_ALL, 300 } };
  (void)state;
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    ts_rng rng = ts_rng_make(c);
    const uint32_t n = cases[c].n;
    ts_table *table = cases[c].make(n, 2, 50 + c);
    set_own(table, cases[c].own, &rng);
    metagame_game *game = table_game(table);
    metagame_options exact = exact_options(n);
    metagame_result *truth = solve(game, &exact);
    const double *want = metagame_result_matrix(truth);
    double covered = 0, count = 0, estimated = 0, squares = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
      const metagame_options options = options_of(cases[c].budget, 1000 + seed);
      metagame_result *result = solve(game, &options);
      double half[64];
      metagame_error err;
      expect_ok(metagame_result_half_width(result, 0.95, half, &err), &err);
      for (size_t cell = 0; cell < 2 * (size_t)n; cell++) {
        if (half[cell] == 0) continue;
        const double error = metagame_result_matrix(result)[cell] - want[cell];
        covered += fabs(error) <= half[cell];
        squares += error * error;
        estimated += pow(metagame_result_stderr(result)[cell], 2);
        count += 1;
      }
      metagame_result_destroy(result);
    }
    const double coverage = covered / count;
    printf("%s, %u players, %u calls: coverage %.3f, error bar over error %.3f\n", cases[c].name, n, (unsigned)cases[c].budget, coverage,
           sqrt(estimated / squares));
    /* Of a game without structure the process leaves less error than its leave-one-out residuals can tell. */
    const double most = cases[c].make == random_table ? 1 : 0.97;
    if (!(coverage >= 0.93 && coverage <= most)) fail_msg("%s: coverage %g", cases[c].name, coverage);
    metagame_result_destroy(truth);
    metagame_game_destroy(game);
    ts_table_free(table);
  }
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(all_coalitions_are_exact), cmocka_unit_test(fewer_calls_than_regression), cmocka_unit_test(nothing_to_learn),
    cmocka_unit_test(any_units),                cmocka_unit_test(any_batch_same_bytes),        cmocka_unit_test(many_targets),
    cmocka_unit_test(stopped_early),            cmocka_unit_test(few_products),                cmocka_unit_test(chosen_pairs),
    cmocka_unit_test(announced_bytes_hold),     cmocka_unit_test(every_allocation_fails),
  };
  const struct CMUnitTest statistics[] = { cmocka_unit_test(error_bars) };
  if (argc > 1 && strcmp(argv[1], "long") == 0) return cmocka_run_group_tests(statistics, NULL, NULL);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
