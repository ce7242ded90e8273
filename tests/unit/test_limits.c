/* SPDX-License-Identifier: MIT */
/* Extremes of options and scale: huge budgets end at once, least budgets work, tiny and large values keep their error bars. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "metagame.h"

typedef struct noise {
  uint32_t m;
  double scale;
  uint64_t calls;
} noise;

static int32_t attribute(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  noise *game = user;
  (void)err;
  for (size_t r = 0; r < n_masks; ++r)
    for (uint32_t i = 0; i < game->m; ++i) {
      uint64_t hash = (masks[r] + 1) * UINT64_C(0x9e3779b97f4a7c15) + i;
      hash = (hash ^ (hash >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
      hash = (hash ^ (hash >> 27)) * UINT64_C(0x94d049bb133111eb);
      rows[r * game->m + i] = game->scale * ((double)(hash >> 11) * 0x1p-53);
    }
  ++game->calls;
  return 0;
}

static metagame_game *make(noise *user, uint32_t n, uint32_t m, double scale) {
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  metagame_game *game = NULL;
  int32_t own[64];
  user->m = m;
  user->scale = scale;
  user->calls = 0;
  for (uint32_t i = 0; i < m && i < 64; ++i) own[i] = i < n ? (int32_t)i : METAGAME_NO_PLAYER;
  attributor.name = "noise";
  attributor.n_players = n;
  attributor.n_targets = m;
  attributor.own_player = m > 1 ? own : NULL;
  attributor.user = user;
  attributor.attribute = attribute;
  assert_int_equal(metagame_game_from_attributor(&game, &attributor, NULL, NULL), METAGAME_OK);
  return game;
}

static void huge_budgets_end_at_once(void **state) {
  static const uint64_t budgets[] = { UINT64_C(1) << 40, UINT64_C(1) << 62, UINT64_MAX - 1, UINT64_MAX };
  noise user;
  (void)state;
  for (uint32_t m = 1; m <= 50; m += 49) {
    metagame_game *game = make(&user, 100, m, 1);
    for (size_t b = 0; b < sizeof budgets / sizeof *budgets; ++b)
      for (int32_t solver = METAGAME_SOLVER_AUTO; solver <= METAGAME_SOLVER_PERMUTATION; ++solver) {
        metagame_options options = METAGAME_OPTIONS_INIT;
        metagame_session *session = NULL;
        uint64_t bytes = 0;
        options.solver = solver;
        options.max_evaluations = budgets[b];
        const metagame_status status = metagame_session_bytes(&bytes, game, &options, NULL);
        if (solver == METAGAME_SOLVER_EXACT) {
          assert_int_equal(status, METAGAME_E_LIMIT);
          continue;
        }
        assert_int_equal(status, METAGAME_OK);
        if (solver == METAGAME_SOLVER_REGRESSION) assert_true(bytes > UINT64_C(1) << 40);
        options.max_bytes = UINT64_C(1) << 30;
        const metagame_status created = metagame_session_create(&session, game, &options, NULL);
        assert_int_equal(created, solver == METAGAME_SOLVER_REGRESSION ? METAGAME_E_LIMIT : METAGAME_OK);
        metagame_session_destroy(session);
      }
    metagame_game_destroy(game);
  }
}

static void least_budgets_work(void **state) {
  (void)state;
  for (uint32_t n = 6; n <= 30; n += 8)
    for (int pinned = 0; pinned <= 1; ++pinned) {
      noise user;
      metagame_game *game = make(&user, n, pinned ? n : 1, 1);
      const uint64_t least = pinned ? 1 + 6 * (uint64_t)n : 2 + 3 * (uint64_t)(n - 1) + (n - 1) % 2;
      for (uint64_t seed = 0; seed < 50; ++seed) {
        metagame_options options = METAGAME_OPTIONS_INIT;
        metagame_session *session = NULL;
        options.solver = METAGAME_SOLVER_REGRESSION;
        options.seed = seed;
        options.max_evaluations = least - 1;
        if (n > 6) assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_E_BUDGET);
        options.max_evaluations = least;
        assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
        metagame_session_destroy(session);
      }
      metagame_game_destroy(game);
    }
}

static void error_bars_scale_with_the_values(void **state) {
  static const double scales[] = { 1e-150, 1e-170, 1e150, 1e170 };
  (void)state;
  for (int32_t solver = METAGAME_SOLVER_REGRESSION; solver <= METAGAME_SOLVER_GAUSSIAN; ++solver) {
    metagame_options options = METAGAME_OPTIONS_INIT;
    metagame_result *unit = NULL;
    noise user;
    metagame_game *game = make(&user, 9, 9, 1);
    options.solver = solver;
    options.max_evaluations = 400;
    assert_int_equal(metagame_solve(&unit, game, &options, NULL), METAGAME_OK);
    metagame_game_destroy(game);
    for (size_t s = 0; s < sizeof scales / sizeof *scales; ++s) {
      metagame_result *result = NULL;
      game = make(&user, 9, 9, scales[s]);
      assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
      for (int cell = 0; cell < 81; ++cell) {
        const double expected = metagame_result_stderr(unit)[cell], got = metagame_result_stderr(result)[cell] / scales[s];
        assert_true(fabs(got - expected) <= 1e-6 * expected);
      }
      metagame_result_destroy(result);
      metagame_game_destroy(game);
    }
    metagame_result_destroy(unit);
  }
}

static void nothing_runs_without_a_place_for_the_result(void **state) {
  noise user;
  metagame_game *game = make(&user, 5, 5, 1);
  (void)state;
  assert_int_equal(metagame_solve(NULL, game, NULL, NULL), METAGAME_E_NULL);
  assert_int_equal(user.calls, 0);
  metagame_game_destroy(game);
}

static void a_complete_result_of_nans_fails_its_check(void **state) {
  noise user;
  metagame_game *game = make(&user, 4, 4, DBL_MAX);
  metagame_result *result = NULL;
  metagame_report *report = NULL;
  (void)state;
  user.scale = -DBL_MAX; /* differences overflow */
  assert_int_equal(metagame_solve(&result, game, NULL, NULL), METAGAME_OK);
  int broken = 0;
  for (int cell = 0; cell < 16; ++cell) broken |= !isfinite(metagame_result_matrix(result)[cell]);
  assert_int_equal(metagame_verify(&report, result, game, NULL, NULL), METAGAME_OK);
  if (broken) assert_true(metagame_report_failed(report) > 0);
  metagame_report_destroy(report);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(huge_budgets_end_at_once), cmocka_unit_test(least_budgets_work),
    cmocka_unit_test(error_bars_scale_with_the_values), cmocka_unit_test(nothing_runs_without_a_place_for_the_result),
    cmocka_unit_test(a_complete_result_of_nans_fails_its_check),
  };
  return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
