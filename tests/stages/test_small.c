/* SPDX-License-Identifier: MIT */
/* Sessions of a few players with hardly any budget, extended by a little or by much: none is lost
 * to a deficient draw, none asks more than it may, and what may be asked is asked. */
#include "common.h"

#include <stdio.h>
#include <string.h>

#include "fixture.h"

static uint64_t all_of(uint32_t n, int own) { return (UINT64_C(1) << n) - (own == OWN_ALL); }

/* Rows that an extension may leave: less than a pair of orders, or than the groups of strata take;
 * a pair that the rows known do not make a plan with; and chosen pairs which turn out to be known,
 * or a first plan that is not all in the one which takes the place of choosing. */
static uint64_t slack_of(const metagame_result_info *info, uint32_t n) {
  if (info->solver == METAGAME_SOLVER_PERMUTATION) return UINT64_MAX;
  if (info->solver == METAGAME_SOLVER_STRATIFIED) return UINT64_MAX;
  return info->solver == METAGAME_SOLVER_GAUSSIAN ? n : 2;
}

static void extend_once(ts_table *table, const metagame_game *game, metagame_options options,
                        int own, uint64_t budget, long *n_runs) {
  const int has_rules = options.precision > 0;
  char where[160];
  metagame_session *session = NULL;
  metagame_error err;
  snprintf(where, sizeof where, "n %u, own %d, solver %d, seed %u, rules %d, %u to %u",
           table->n_players, own, options.solver, (unsigned)options.seed, has_rules,
           (unsigned)options.max_evaluations, (unsigned)budget);
  ts_table_reset(table);
  metagame_status status = metagame_session_create(&session, game, &options, &err);
  if (status == METAGAME_E_BUDGET) return;
  if (status == METAGAME_OK) status = metagame_session_run(session, game, &err);
  if (status == METAGAME_DONE) status = metagame_session_extend(session, budget, &err);
  if (status == METAGAME_OK) status = metagame_session_run(session, game, &err);
  if (status != METAGAME_DONE) fail_msg("%s: %s", where, err.message);
  metagame_result *result = st_finish(session);
  const metagame_result_info info = info_of(result);
  const uint64_t all = all_of(table->n_players, own), slack = slack_of(&info, table->n_players);
  st_asked_once(table, result, where);
  assert_int_equal(info.status, METAGAME_OK);
  if (has_rules && info.asked > budget) fail_msg("%s: asked %u", where, (unsigned)info.asked);
  const int may_end = info.stopped == METAGAME_STOP_RESOLVED || slack == UINT64_MAX;
  if (!may_end && info.asked + slack < (budget < all ? budget : all))
    fail_msg("%s: asked only %u", where, (unsigned)info.asked);
  if (!has_rules && info.n_chosen == 0) {
    options.max_evaluations = budget;
    options.flags = 0;
    metagame_result *whole = solve(game, &options);
    st_same(result, whole, where);
    metagame_result_destroy(whole);
  }
  metagame_result_destroy(result);
  metagame_session_destroy(session);
  ++*n_runs;
}

static void run_all(int32_t solver, uint32_t most_players, uint64_t n_seeds) {
  static const uint64_t factors[] = { 0, 2, 4, 8 }; /* quarters of the budget more, and one */
  long n_runs = 0;
  for (uint32_t n = 3; n <= most_players; ++n)
    for (int own = 0; own < OWN_KINDS; ++own) {
      ts_table *table = st_table(n, 2, own, 1, n);
      metagame_game *game = table_game(table);
      for (int has_rules = 0; has_rules < 2; ++has_rules)
        for (uint64_t seed = 0; seed < n_seeds; ++seed)
          for (uint64_t budget = n; budget < all_of(n, own); budget += 1 + budget / 6)
            for (size_t f = 0; f < COUNT_OF(factors); ++f) {
              metagame_options options = sampled_options(solver, budget, seed);
              if (has_rules) options.precision = 1e-9;
              if (!has_rules) options.flags = METAGAME_EXTENDABLE;
              extend_once(table, game, options, own, budget + 1 + budget * factors[f] / 4, &n_runs);
            }
      metagame_game_destroy(game);
      ts_table_free(table);
    }
  assert_true(n_runs > 200);
}

static void automatic(void **state) {
  (void)state;
  run_all(METAGAME_SOLVER_AUTO, 7, 1);
}

static void regression(void **state) {
  (void)state;
  run_all(METAGAME_SOLVER_REGRESSION, 9, 6);
}

static void permutation(void **state) {
  (void)state;
  run_all(METAGAME_SOLVER_PERMUTATION, 8, 3);
}

static void stratified(void **state) {
  (void)state;
  run_all(METAGAME_SOLVER_STRATIFIED, 8, 1);
}

static void gaussian(void **state) {
  (void)state;
  run_all(METAGAME_SOLVER_GAUSSIAN, 7, 1);
}

/* Budgets that a session lost its way from: the first solver is permutation, whose rows the next
 * one has little use for. */
static void from_one_solver_to_another(void **state) {
  static const uint64_t budgets[][2] = {
    { 14, 22 }, { 14, 42 }, { 18, 54 }, { 12, 26 }, { 16, 48 },
  };
  long n_runs = 0;
  (void)state;
  for (uint32_t n = 6; n <= 8; ++n) {
    ts_table *table = st_table(n, 2, OWN_NONE, 1, n);
    metagame_game *game = table_game(table);
    for (uint64_t seed = 0; seed < 12; ++seed)
      for (size_t b = 0; b < COUNT_OF(budgets); ++b) {
        metagame_options options = sampled_options(METAGAME_SOLVER_AUTO, budgets[b][0], seed);
        options.precision = 1e-9;
        extend_once(table, game, options, OWN_NONE, budgets[b][1], &n_runs);
      }
    metagame_game_destroy(game);
    ts_table_free(table);
  }
  assert_true(n_runs > 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(automatic),  cmocka_unit_test(regression), cmocka_unit_test(permutation),
    cmocka_unit_test(stratified), cmocka_unit_test(gaussian),
    cmocka_unit_test(from_one_solver_to_another),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
