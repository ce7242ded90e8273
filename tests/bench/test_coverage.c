/* SPDX-License-Identifier: MIT */
/* What bench/coverage counts: figures of a cell against a truth that is right, and against one that
 * is wrong by one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../../bench/coverage/cell.h"

static coverage_cell measure(zoo *games, const char *solver, uint64_t budget, int rule,
                             uint64_t seeds) {
  coverage_cell cell = { .method = bench_method_named(solver), .budget = budget, .rule = rule };
  coverage_measure(&cell, &games->games[0], seeds, 0, 0.1);
  return cell;
}

static void make(zoo *out, const char *name) {
  char text[ZOO_NAME], *names[] = { text };
  strcpy(text, name);
  assert_null(zoo_make(out, names, 1));
}

static void test_right_truth(void **state) {
  (void)state;
  zoo games;
  make(&games, "products-10");
  const coverage_cell cell = measure(&games, "regression", 200, 0, 40);
  assert_int_equal(cell.state, CELL_DONE);
  assert_int_equal(cell.runs, 40);
  assert_true(cell.coverage > 0.9 && cell.coverage_error > 0 && cell.none == 0);
  assert_true(cell.width > 0.8 && cell.width < 1.3);
  assert_true(cell.mse > 0 && cell.mse < 0.1);
  assert_string_equal(coverage_verdict(&cell, games.games), "");
  const coverage_cell ruled = measure(&games, "permutation", 1000, 1, 10);
  assert_true(ruled.resolved > 0 && ruled.wrong <= 0.05);
  zoo_free(&games);
}

static void test_wrong_truth(void **state) {
  (void)state;
  zoo games;
  make(&games, "products-10");
  games.games[0].truth[3] += 1;
  const coverage_cell cell = measure(&games, "regression", 1000, 0, 20);
  assert_true(fabs(cell.coverage - 0.9 * 0.95) <
              0.05); /* nine of ten entries are as they should be */
  assert_string_equal(coverage_verdict(&cell, games.games), "coverage");
  const coverage_cell exact = measure(&games, "exact", 1024, 0, 2);
  assert_true(fabs(exact.coverage - 0.9) < 1e-12);
  assert_true(isinf(exact.width) == 0 && exact.width == 0); /* half widths of 0, an error of 1 */
  const coverage_cell ruled = measure(&games, "regression", 1000, 1, 20);
  assert_true(ruled.resolved > 0);
  assert_true(ruled.wrong >= 0.1 && ruled.wrong_runs == 1);
  assert_string_equal(coverage_verdict(&ruled, games.games), "false-resolved");
  zoo_free(&games);
}

/* A pinned target's own entry is not judged. */
static void test_own_entry(void **state) {
  (void)state;
  zoo games;
  make(&games, "pinned-votes-9");
  for (size_t i = 0; i < 9; ++i) games.games[0].truth[i * 9 + i] = 1000;
  const coverage_cell cell = measure(&games, "exact", 512, 0, 2);
  assert_true(cell.coverage == 1 && cell.worst == 1 && cell.mse < 1e-20);
  zoo_free(&games);
}

static void test_no_interval(void **state) {
  (void)state;
  zoo games;
  make(&games, "tanh-10");
  const coverage_cell cell = measure(&games, "permutation", 20, 0, 5);
  assert_true(cell.none == 1 && isnan(cell.coverage) && isnan(cell.width));
  assert_string_equal(coverage_verdict(&cell, games.games), "");
  const coverage_cell refused = measure(&games, "stratified", 20, 0, 5);
  assert_int_equal(refused.state, CELL_SKIPPED);
  assert_non_null(strstr(refused.note, "134"));
  zoo_free(&games);
}

static void test_same(void **state) {
  (void)state;
  zoo games;
  make(&games, "tanh-10");
  const coverage_cell by_auto = measure(&games, "auto", 60, 0, 3);
  assert_int_equal(by_auto.solver, METAGAME_SOLVER_GAUSSIAN);
  coverage_cell copy = { .method = bench_method_named("gaussian"), .budget = 60 };
  assert_true(coverage_same(&copy, &by_auto));
  const coverage_cell own = measure(&games, "gaussian", 60, 0, 3);
  assert_true(copy.error == own.error && copy.coverage == own.coverage && copy.width == own.width);
  coverage_cell other = { .method = bench_method_named("regression"), .budget = 60 }, ruled = copy;
  ruled.rule = 1;
  assert_false(coverage_same(&other, &by_auto) || coverage_same(&ruled, &by_auto));
  zoo_free(&games);
}

/* Cells near their bound go on: the same as all seeds at once. */
static void test_adaptive(void **state) {
  (void)state;
  zoo games;
  make(&games, "products-10");
  coverage_cell near = { .method = bench_method_named("regression"), .budget = 200 }, far = near;
  coverage_measure(&near, &games.games[0], 10, 30, 0.1);
  const coverage_cell all = measure(&games, "regression", 200, 0, near.runs);
  assert_int_equal(near.runs, 30);
  assert_true(near.coverage == all.coverage && near.error == all.error &&
              near.coverage_error == all.coverage_error);
  for (size_t p = 0; p < 10; ++p) games.games[0].truth[p] += 10;
  coverage_measure(&far, &games.games[0], 10, 30, 0.1);
  assert_int_equal(far.runs, 10);
  assert_true(far.coverage == 0);
  zoo_free(&games);
}

static void test_least(void **state) {
  (void)state;
  zoo games;
  make(&games, "tanh-10");
  for (size_t m = 0; bench_method_at(m); ++m) {
    const uint64_t least = coverage_least(&games.games[0], bench_method_at(m));
    metagame_game *game = NULL;
    assert_int_equal(zoo_open(&game, &games.games[0], NULL), METAGAME_OK);
    for (uint64_t budget = least - 1; budget <= least; ++budget) {
      metagame_options options = METAGAME_OPTIONS_INIT;
      metagame_session *session = NULL;
      options.solver = bench_method_at(m)->solver;
      options.max_evaluations = budget;
      const metagame_status status = metagame_session_create(&session, game, &options, NULL);
      if (budget == least) assert_true(status == METAGAME_OK || status == METAGAME_E_SINGULAR);
      else assert_int_equal(status, METAGAME_E_BUDGET);
      metagame_session_destroy(session);
    }
    metagame_game_destroy(game);
  }
  zoo_free(&games);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_right_truth), cmocka_unit_test(test_wrong_truth),
    cmocka_unit_test(test_own_entry),   cmocka_unit_test(test_no_interval),
    cmocka_unit_test(test_same),        cmocka_unit_test(test_least),
    cmocka_unit_test(test_adaptive),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
