/* SPDX-License-Identifier: MIT */
/* What a run that was stopped early says about its own accuracy: standard errors are of what was seen, not of what was planned; and
 * verification does not take rounding for a finding. */
#include <math.h>
#include <string.h>

#include "fixture.h"

enum { PLAYERS = 9, TOLD = 90 };

static metagame_result *exact(const metagame_game *game) {
  const metagame_options options = fx_options(METAGAME_SOLVER_EXACT, 0);
  metagame_result *result = NULL;
  assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
  return result;
}

/* The first TOLD coalitions of the plan, then cancelled; or the whole plan where it is no longer. */
static metagame_result *stopped(const metagame_game *game, int32_t solver, uint64_t budget, uint64_t seed) {
  metagame_options options = fx_options(solver, budget);
  metagame_session *session = NULL;
  metagame_result *result = NULL;
  options.seed = seed;
  options.batch = 1;
  assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
  for (int turn = 0; turn < TOLD; ++turn) {
    metagame_request request = METAGAME_REQUEST_INIT;
    const metagame_status status = metagame_session_ask(session, &request, NULL);
    if (status == METAGAME_DONE) break;
    assert_int_equal(status, METAGAME_OK);
    assert_int_equal(metagame_game_evaluate(game, &request, request.rows, NULL), METAGAME_OK);
    assert_int_equal(metagame_session_tell(session, request.ticket, request.rows, request.n_masks, NULL), METAGAME_OK);
  }
  metagame_session_cancel(session);
  assert_true(metagame_session_finish(&result, session, NULL) >= 0);
  metagame_session_destroy(session);
  return result;
}

/* 95 % intervals cover, nearly: at least 80 % of what is wrong by more than rounding. Larger budgets mean that the plan was to take
 * more than was told, up to all coalitions. An entry that is wrong has no standard error of 0. */
static void prefix_errors(int32_t solver, int pinned, uint64_t budget) {
  long count = 0, covered = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    fx_game fixture;
    double widths[PLAYERS * PLAYERS];
    fx_game_init(&fixture, PLAYERS, PLAYERS, pinned);
    metagame_game *game = fx_create(&fixture, NULL);
    metagame_result *part = stopped(game, solver, budget, seed), *truth = exact(game);
    const double *deviations = metagame_result_stderr(part);
    assert_int_equal(metagame_result_half_width(part, 0.95, widths, NULL), METAGAME_OK);
    for (size_t cell = 0; cell < PLAYERS * PLAYERS; ++cell) {
      const double error = fabs(metagame_result_matrix(part)[cell] - metagame_result_matrix(truth)[cell]);
      const double deviation = deviations ? deviations[cell] : 0;
      if (isnan(error) || isnan(deviation) || error <= 1e-9) continue; /* not known, and said so; or right */
      if (deviation <= 1e-9 * error)
        fail_msg("solver %d, pinned %d, budget %llu, seed %llu: entry %zu is off by %g, its standard error is %g", solver, pinned,
                 (unsigned long long)budget, (unsigned long long)seed, cell, error, deviation);
      covered += error <= widths[cell];
      ++count;
    }
    metagame_result_destroy(part);
    metagame_result_destroy(truth);
    metagame_game_destroy(game);
  }
  if ((double)covered < 0.8 * (double)count)
    fail_msg("solver %d, pinned %d, budget %llu, stopped after %d: 95 %% intervals cover %.1f %%", solver, pinned,
             (unsigned long long)budget, TOLD, 100.0 * (double)covered / (double)count);
}

static void stopped_regression(void **state) {
  static const uint64_t budgets[] = { 90, 200, 300, 400, 500, 511, 512, 5000 };
  (void)state;
  for (size_t b = 0; b < COUNT_OF(budgets); ++b)
    for (int pinned = 0; pinned < 2; ++pinned) prefix_errors(METAGAME_SOLVER_REGRESSION, pinned, budgets[b]);
}

static void stopped_permutation(void **state) {
  static const uint64_t budgets[] = { 160, 500, 5000 };
  (void)state;
  for (size_t b = 0; b < COUNT_OF(budgets); ++b)
    for (int pinned = 0; pinned < 2; ++pinned) prefix_errors(METAGAME_SOLVER_PERMUTATION, pinned, budgets[b]);
}

static void stopped_strata(void **state) {
  static const uint64_t budgets[] = { 160, 300, 500, 512 };
  (void)state;
  for (size_t b = 0; b < COUNT_OF(budgets); ++b)
    for (int pinned = 0; pinned < 2; ++pinned) prefix_errors(METAGAME_SOLVER_STRATIFIED, pinned, budgets[b]);
}

/* Pairwise interactions are exact under antithetic orders and paired coalitions: standard errors of 1e-16, and the last bits of the
 * numbers differ from the exact solver's. That is agreement. */
static void rounding_is_no_finding(void **state) {
  (void)state;
  for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s)
    for (int pinned = 0; pinned < 2; ++pinned)
      for (uint32_t n = 2; n <= 9; ++n) {
        fx_game fixture;
        metagame_options options = fx_options(fx_solvers[s], 3 * n * n + 20);
        metagame_verify_options verify = METAGAME_VERIFY_OPTIONS_INIT;
        metagame_result *result = NULL;
        metagame_report *report = NULL;
        fx_game_init(&fixture, n, 3, pinned);
        metagame_game *game = fx_create(&fixture, NULL);
        assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
        verify.checks = METAGAME_CHECK_DECOMPOSITION | METAGAME_CHECK_EXACT;
        assert_int_equal(metagame_verify(&report, result, game, &verify, NULL), METAGAME_OK);
        for (size_t at = 0; at < metagame_report_count(report); ++at) {
          metagame_check check = METAGAME_CHECK_INIT;
          assert_int_equal(metagame_report_get(report, at, &check, NULL), METAGAME_OK);
          if (check.outcome == METAGAME_CHECK_FAILED)
            fail_msg("solver %d, pinned %d, %u players: %s of target %lld failed: %g > %g", fx_solvers[s], pinned, n, check.name,
                     (long long)check.target, check.residual, check.tolerance);
        }
        metagame_report_destroy(report);
        metagame_result_destroy(result);
        metagame_game_destroy(game);
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(stopped_regression), cmocka_unit_test(stopped_permutation), cmocka_unit_test(stopped_strata),
    cmocka_unit_test(rounding_is_no_finding),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
