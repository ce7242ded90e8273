/* SPDX-License-Identifier: MIT */
/* Verification of sampled results, by results that were spoilt: what is wrong fails, what is
 * chance does not, and nothing passes with a tolerance that is none. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "result/result.h"

enum { N = 7, M = 3, ALL = 1 << N };

typedef struct table {
  double values[ALL][M];
  uint32_t asked[ALL];
  int32_t own[M];
  long calls, fail_at;
} table;

static int32_t attribute(void *user, const uint64_t *masks, size_t n_masks, double *rows,
                         metagame_error *err) {
  table *t = user;
  (void)err;
  if (++t->calls == t->fail_at) return 23;
  for (size_t r = 0; r < n_masks; ++r) {
    memcpy(rows + r * M, t->values[masks[r]], sizeof t->values[0]);
    ++t->asked[masks[r]];
  }
  return 0;
}

/* Smooth games that differ from target to target; with `jumps` votes, which a small sample
 * misjudges. */
static void fill(table *t, int is_pinned, int jumps) {
  memset(t, 0, sizeof *t);
  for (uint32_t i = 0; i < M; ++i) {
    t->own[i] = is_pinned ? (int32_t)(2 * i) : METAGAME_NO_PLAYER;
    for (uint32_t s = 0; s < ALL; ++s) {
      double sum = 0.4 * i - 0.2, weight = 0;
      for (uint32_t p = 0; p < N; ++p)
        if (s >> p & 1) sum += sin(1 + p + 3 * i), weight += 1 + (p * 7 + i) % 5;
      t->values[s][i] = jumps ? weight > 9 : tanh(sum) + 0.3 * sin(3 * sum);
    }
  }
}

static metagame_game *game_of(table *t, uint64_t flags) {
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  metagame_game *game = NULL;
  attributor.name = "table";
  attributor.n_players = N;
  attributor.n_targets = M;
  attributor.own_player = t->own;
  attributor.flags = flags;
  attributor.user = t;
  attributor.attribute = attribute;
  assert_int_equal(metagame_game_from_attributor(&game, &attributor, NULL, NULL), METAGAME_OK);
  return game;
}

static metagame_result *solve(const metagame_game *game, int32_t solver, uint64_t budget,
                              uint64_t seed) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_result *result = NULL;
  options.solver = solver;
  options.max_evaluations = budget;
  options.seed = seed;
  options.flags = METAGAME_EVALUATE;
  assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
  return result;
}

/* Outcomes by number; *last: the last check that failed. Checks what holds of every report. */
static void verify(const metagame_result *result, const metagame_game *game, uint64_t checks,
                   uint64_t reruns, size_t outcomes[3], metagame_check *last) {
  metagame_verify_options options = METAGAME_VERIFY_OPTIONS_INIT;
  metagame_report *report = NULL;
  options.checks = checks;
  options.reruns = reruns;
  assert_int_equal(metagame_verify(&report, result, game, &options, NULL), METAGAME_OK);
  memset(outcomes, 0, 3 * sizeof *outcomes);
  for (size_t at = 0; at < metagame_report_count(report); ++at) {
    metagame_check check = METAGAME_CHECK_INIT;
    assert_int_equal(metagame_report_get(report, at, &check, NULL), METAGAME_OK);
    ++outcomes[check.outcome];
    if (check.outcome == METAGAME_CHECK_PASSED)
      assert_true(isfinite(check.tolerance) && check.residual <= check.tolerance);
    if (check.outcome == METAGAME_CHECK_FAILED) assert_false(check.residual <= check.tolerance);
    const int is_skipped = check.outcome == METAGAME_CHECK_SKIPPED;
    assert_int_equal(is_skipped, check.reason != METAGAME_CHECK_DECIDED);
    if (last && check.outcome != METAGAME_CHECK_PASSED) *last = check;
  }
  assert_int_equal(metagame_report_failed(report), outcomes[METAGAME_CHECK_FAILED]);
  metagame_report_destroy(report);
}

/* ---- exact ---- */

enum { SWAPPED, FLIPPED, SHIFTED, ONE_ENTRY, N_DEFECTS };

static void spoil(metagame_result *result, int defect) {
  double *matrix = result->numbers.matrix;
  const double *bars = result->numbers.deviation;
  for (size_t cell = 0; cell < N * M; ++cell) {
    if (defect == FLIPPED) matrix[cell] = -matrix[cell];
    if (defect == SHIFTED) matrix[cell] += 6 * bars[cell];
  }
  for (size_t j = 0; j < N && defect == SWAPPED; ++j) {
    const double kept = matrix[j];
    matrix[j] = matrix[N + j];
    matrix[N + j] = kept;
  }
  if (defect == ONE_ENTRY) matrix[N + 1] += 15 * bars[N + 1];
}

static void wrong_matrices_fail(void **state) {
  static const size_t affected[N_DEFECTS] = { 2, M, M, 1 };
  static const int32_t solvers[] = { METAGAME_SOLVER_REGRESSION, METAGAME_SOLVER_PERMUTATION };
  (void)state;
  for (int is_pinned = 0; is_pinned < 2; ++is_pinned)
    for (size_t s = 0; s < 2; ++s)
      for (uint64_t seed = 0; seed < 8; ++seed) {
        table t;
        size_t outcomes[3];
        const uint64_t budget = s == 0 ? 90 : is_pinned ? 900 : 300;
        fill(&t, is_pinned, 0);
        metagame_game *game = game_of(&t, 0);
        metagame_result *result = solve(game, solvers[s], budget, seed);
        verify(result, game, METAGAME_CHECK_EXACT, 0, outcomes, NULL);
        assert_int_equal(outcomes[METAGAME_CHECK_FAILED], 0);
        metagame_result_destroy(result);
        for (int defect = 0; defect < N_DEFECTS; ++defect) {
          result = solve(game, solvers[s], budget, seed);
          spoil(result, defect);
          verify(result, game, METAGAME_CHECK_EXACT, 0, outcomes, NULL);
          if (outcomes[METAGAME_CHECK_FAILED] != affected[defect])
            fail_msg("solver %d, pinned %d, seed %u, defect %d: %zu targets fail", solvers[s],
                     is_pinned, (unsigned)seed, defect, outcomes[METAGAME_CHECK_FAILED]);
          metagame_result_destroy(result);
        }
        metagame_game_destroy(game);
      }
}

/* Error bars that are too small are told from wrong numbers by runs whose numbers are as far off.
 * */
static void small_bars_are_no_failure(void **state) {
  size_t skipped = 0, failed = 0;
  (void)state;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    table t;
    size_t outcomes[3];
    metagame_check last = METAGAME_CHECK_INIT;
    fill(&t, 0, 0);
    metagame_game *game = game_of(&t, 0);
    metagame_result *result = solve(game, METAGAME_SOLVER_REGRESSION, 60, seed);
    for (size_t cell = 0; cell < N * M; ++cell) result->numbers.deviation[cell] /= 1000;
    verify(result, game, METAGAME_CHECK_EXACT, 0, outcomes, &last);
    skipped += outcomes[METAGAME_CHECK_SKIPPED];
    failed += outcomes[METAGAME_CHECK_FAILED];
    if (last.outcome == METAGAME_CHECK_SKIPPED) {
      assert_int_equal(last.reason, METAGAME_CHECK_SMALL_BARS);
      assert_true(last.residual > last.tolerance);
    }
    metagame_result_destroy(result);
    metagame_game_destroy(game);
  }
  if (skipped < 290 || failed > 3) fail_msg("%zu skipped, %zu failed of 300", skipped, failed);
}

/* Without error bars there is no verdict on what is right; what is wrong fails all the same. */
static void no_bars(void **state) {
  size_t failed = 0, found = 0;
  (void)state;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    table t;
    size_t outcomes[3];
    metagame_check last = METAGAME_CHECK_INIT;
    fill(&t, 0, 0);
    metagame_game *game = game_of(&t, 0);
    metagame_result *result = solve(game, METAGAME_SOLVER_PERMUTATION, 38, seed); /* three pairs */
    assert_true(isnan(result->numbers.deviation[0]));
    verify(result, game, METAGAME_CHECK_EXACT, 0, outcomes, &last);
    assert_int_equal(outcomes[METAGAME_CHECK_PASSED], 0);
    failed += outcomes[METAGAME_CHECK_FAILED];
    if (outcomes[METAGAME_CHECK_FAILED] == 0) assert_int_equal(last.reason, METAGAME_CHECK_NO_BARS);
    spoil(result, FLIPPED);
    verify(result, game, METAGAME_CHECK_EXACT, 0, outcomes, NULL);
    found += outcomes[METAGAME_CHECK_FAILED];
    metagame_result_destroy(result);
    metagame_game_destroy(game);
  }
  if (failed > 1 || found < 50)
    fail_msg("%zu fail of right ones, %zu of wrong ones", failed, found);
}

/* Votes with few orders: skewed, with hardly any units. */
static void votes_raise_no_alarm(void **state) {
  size_t failed = 0, reports = 0;
  (void)state;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    table t;
    size_t outcomes[3];
    fill(&t, (int)(seed % 2), 1);
    metagame_game *game = game_of(&t, 0);
    metagame_result *result = solve(game, METAGAME_SOLVER_PERMUTATION, seed % 2 ? 330 : 70, seed);
    verify(result, game, METAGAME_CHECK_EXACT, 0, outcomes, NULL);
    ++reports;
    failed += outcomes[METAGAME_CHECK_FAILED] > 0;
    metagame_result_destroy(result);
    metagame_game_destroy(game);
  }
  if (failed > 3) fail_msg("of %zu reports %zu fail", reports, failed); /* one in 1000 */
}

/* The same report again, and no coalition evaluated twice by the runs. */
static void runs_are_the_same(void **state) {
  table t;
  metagame_check last[2] = { METAGAME_CHECK_INIT, METAGAME_CHECK_INIT };
  (void)state;
  fill(&t, 1, 0);
  metagame_game *game = game_of(&t, 0);
  metagame_result *result = solve(game, METAGAME_SOLVER_REGRESSION, 90, 3);
  spoil(result, SHIFTED);
  for (int again = 0; again < 2; ++again) {
    size_t outcomes[3];
    memset(t.asked, 0, sizeof t.asked);
    verify(result, game, METAGAME_CHECK_EXACT, 120, outcomes, &last[again]);
    assert_int_equal(last[again].outcome, METAGAME_CHECK_FAILED);
    for (size_t s = 1; s < ALL; ++s) assert_in_range(t.asked[s], 1, 2); /* exact, and by the runs */
  }
  assert_memory_equal(&last[0], &last[1], sizeof last[0]);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
}

/* A game that fails in a run of verification ends it. */
static void failing_runs(void **state) {
  table t;
  metagame_verify_options options = METAGAME_VERIFY_OPTIONS_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_report *report = NULL;
  (void)state;
  fill(&t, 0, 0);
  metagame_game *game = game_of(&t, 0);
  metagame_result *result = solve(game, METAGAME_SOLVER_REGRESSION, 90, 3);
  spoil(result, FLIPPED);
  options.checks = METAGAME_CHECK_EXACT;
  t.calls = 0;
  assert_int_equal(metagame_verify(&report, result, game, &options, NULL), METAGAME_OK);
  const long calls = t.calls;
  metagame_report_destroy(report);
  assert_true(calls > 4);
  for (long at = 1; at <= calls; ++at) {
    t.calls = 0;
    t.fail_at = at;
    assert_int_equal(metagame_verify(&report, result, game, &options, &err), METAGAME_E_CALLBACK);
    assert_int_equal(err.user_code, 23);
    assert_null(report);
  }
  metagame_result_destroy(result);
  metagame_game_destroy(game);
}

/* ---- symmetry ---- */

static int32_t evaluate(void *user, const uint64_t *masks, size_t n_masks, double *rows,
                        metagame_error *err) {
  table *t = user;
  (void)err;
  ++t->calls;
  for (size_t r = 0; r < n_masks; ++r) rows[r] = t->values[masks[r]][0];
  return 0;
}

static metagame_game *shapley_of(table *t) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_game *base = NULL, *game = NULL;
  function.n_players = N;
  function.user = t;
  function.evaluate = evaluate;
  method.name = "shapley";
  assert_int_equal(metagame_game_from_function(&base, &function, NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_game_attribute(&game, base, &method, NULL), METAGAME_OK);
  metagame_game_destroy(base);
  return game;
}

static void symmetry(void **state) {
  table t;
  (void)state;
  fill(&t, 0, 0);
  metagame_game *game = shapley_of(&t);
  size_t alone = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    size_t outcomes[3];
    metagame_check last = METAGAME_CHECK_INIT;
    metagame_result *result = solve(game, METAGAME_SOLVER_REGRESSION, 118, seed);
    verify(result, game, METAGAME_CHECK_SYMMETRY, 0, outcomes, NULL);
    assert_int_equal(outcomes[METAGAME_CHECK_FAILED], 0);
    verify(result, NULL, METAGAME_CHECK_SYMMETRY, 0, outcomes, NULL);
    assert_int_equal(outcomes[METAGAME_CHECK_FAILED], 0);
    spoil(result, FLIPPED); /* three of seven rows */
    verify(result, game, METAGAME_CHECK_SYMMETRY, 0, outcomes, NULL);
    assert_int_equal(outcomes[METAGAME_CHECK_FAILED], 1);
    /* Without the game error bars have to be trusted: no verdict but where it is far beyond them.
     * */
    verify(result, NULL, METAGAME_CHECK_SYMMETRY, 0, outcomes, &last);
    assert_int_equal(outcomes[METAGAME_CHECK_PASSED], 0);
    if (outcomes[METAGAME_CHECK_SKIPPED]) assert_int_equal(last.reason, METAGAME_CHECK_NO_GAME);
    for (size_t cell = 0; cell < N * N; ++cell) result->numbers.deviation[cell] /= 100;
    verify(result, NULL, METAGAME_CHECK_SYMMETRY, 0, outcomes, NULL);
    alone += outcomes[METAGAME_CHECK_FAILED];
    metagame_result_destroy(result);
  }
  assert_true(alone >= 8);
  metagame_game_destroy(game);
}

/* An attribution that claims to be symmetric and is not: runs with other seeds are no better. */
static void claimed_symmetry(void **state) {
  table t;
  size_t outcomes[3];
  metagame_check last = METAGAME_CHECK_INIT;
  (void)state;
  fill(&t, 1, 0);
  metagame_game *game = game_of(&t, METAGAME_CARDINAL);
  metagame_result *result = solve(game, METAGAME_SOLVER_REGRESSION, 90, 1);
  verify(result, game, METAGAME_CHECK_SYMMETRY, 0, outcomes, &last);
  assert_int_equal(outcomes[METAGAME_CHECK_FAILED], 1);
  /* By default no check but completeness calls the game. */
  t.calls = 0;
  verify(result, game, 0, 0, outcomes, &last);
  assert_int_equal(t.calls, 0);
  assert_string_equal(last.name, "symmetry");
  metagame_result_destroy(result);
  metagame_game_destroy(game);
}

/* ---- tolerances ---- */

static int32_t infinite(void *user, const uint64_t *masks, size_t n_masks, double *rows,
                        metagame_error *err) {
  (void)user;
  (void)err;
  for (size_t r = 0; r < n_masks * M; ++r) rows[r] = masks[r / M] == 0 ? 1 : INFINITY;
  return 0;
}

static void nothing_passes_without_a_tolerance(void **state) {
  static const double degrees[] = { 0, 1e-3, 1, NAN, -1 };
  static const double scales[] = { INFINITY, NAN };
  table t;
  size_t outcomes[3];
  (void)state;
  fill(&t, 1, 0);
  metagame_game *game = game_of(&t, 0);
  metagame_result *result = solve(game, METAGAME_SOLVER_REGRESSION, 90, 1);
  for (size_t d = 0; d < sizeof degrees / sizeof *degrees; ++d) {
    for (size_t i = 0; i < M; ++i) result->numbers.degrees[i] = degrees[d];
    verify(result, game, METAGAME_CHECK_EXACT, 0, outcomes, NULL);
    assert_int_equal(outcomes[METAGAME_CHECK_PASSED], 0);
  }
  for (size_t s = 0; s < 2; ++s) {
    for (size_t i = 0; i < M; ++i)
      result->numbers.scale[i] = result->numbers.first_order[i] = scales[s];
    verify(result, game, METAGAME_CHECK_DECOMPOSITION, 0, outcomes, NULL);
    assert_int_equal(outcomes[METAGAME_CHECK_FAILED], M);
  }
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  /* Values that are no numbers. */
  metagame_verify_options options = METAGAME_VERIFY_OPTIONS_INIT;
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  metagame_report *report = NULL;
  game = game_of(&t, 0);
  result = solve(game, METAGAME_SOLVER_EXACT, ALL, 0);
  metagame_game_destroy(game);
  attributor.name = "infinite";
  attributor.n_players = N;
  attributor.n_targets = M;
  attributor.attribute = infinite;
  assert_int_equal(metagame_game_from_attributor(&game, &attributor, NULL, NULL), METAGAME_OK);
  options.checks = METAGAME_CHECK_BATCH | METAGAME_CHECK_REPEAT;
  options.evaluation_tolerance = 0.5;
  assert_int_equal(metagame_verify(&report, result, game, &options, NULL), METAGAME_OK);
  assert_int_equal(metagame_report_failed(report), 2 * M);
  metagame_report_destroy(report);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(wrong_matrices_fail),  cmocka_unit_test(small_bars_are_no_failure),
    cmocka_unit_test(no_bars),              cmocka_unit_test(votes_raise_no_alarm),
    cmocka_unit_test(runs_are_the_same),    cmocka_unit_test(failing_runs),
    cmocka_unit_test(symmetry),             cmocka_unit_test(claimed_symmetry),
    cmocka_unit_test(nothing_passes_without_a_tolerance),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
