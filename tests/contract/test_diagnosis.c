/* SPDX-License-Identifier: MIT */
/* What stands behind a result: the reason for its solver, the predicted error and what halves it,
 * why entries lack an interval, and the sentence that says so. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "metagame/diagnosis.h"

static metagame_diagnosis diagnosed(const metagame_result *result) {
  metagame_diagnosis d = METAGAME_DIAGNOSIS_INIT;
  assert_int_equal(metagame_result_diagnose(result, &d, NULL), METAGAME_OK);
  return d;
}

static const char *sentence(const metagame_result *result) {
  static char text[METAGAME_SENTENCE_ROOM];
  size_t needed = 0;
  assert_int_equal(metagame_result_sentence(result, text, sizeof text, &needed, NULL), METAGAME_OK);
  assert_int_equal(needed, strlen(text) + 1);
  assert_int_equal(text[needed - 2], '.');
  for (size_t at = 0; at + 1 < needed; ++at) assert_in_range(text[at], ' ', '~');
  assert_null(strstr(text, " 1 entries"));
  assert_null(strstr(text, " 1 evaluations"));
  return text;
}

static void says(const metagame_result *result, const char *words) {
  const char *const text = sentence(result);
  if (!strstr(text, words)) fail_msg("\"%s\" does not say \"%s\"", text, words);
}

static metagame_result *solved(fx_game *fixture, const metagame_options *options) {
  metagame_result *result = NULL;
  metagame_error err;
  metagame_game *game = fx_create(fixture, NULL);
  if (metagame_solve(&result, game, options, &err) < 0) fail_msg("%s", err.message);
  metagame_game_destroy(game);
  return result;
}

/* ---- why this solver ---- */

static void expect_reason(fx_game *fixture, const metagame_options *options, int32_t solver,
                          int32_t reason, const char *words) {
  metagame_result *result = solved(fixture, options);
  assert_int_equal(diagnosed(result).solver, solver);
  assert_int_equal(diagnosed(result).reason, reason);
  says(result, words);
  metagame_result_destroy(result);
}

static void reasons(void **state) {
  fx_game small, large, many;
  uint64_t bytes = 0;
  (void)state;
  fx_game_init(&small, 5, 3, 1);
  fx_game_init(&large, 14, 2, 0);
  fx_game_init(&many, 64, 1, 0);
  for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s) {
    const int is_exact = fx_solvers[s] == METAGAME_SOLVER_EXACT;
    const metagame_options named = fx_options(fx_solvers[s], 300);
    expect_reason(&large, &named, fx_solvers[s], METAGAME_REASON_NAMED,
                  is_exact ? "Exact: all 16384 coalitions were evaluated." : ", as asked for");
  }
  metagame_options options = fx_options(METAGAME_SOLVER_AUTO, 0);
  expect_reason(&small, &options, METAGAME_SOLVER_EXACT, METAGAME_REASON_ALL,
                "Exact: all 31 nonempty coalitions were evaluated.");
  options.outer = METAGAME_OUTER_BANZHAF;
  expect_reason(&small, &options, METAGAME_SOLVER_EXACT, METAGAME_REASON_ONLY, "Exact: all 31");
  options = fx_options(METAGAME_SOLVER_AUTO, 300);
  expect_reason(&large, &options, METAGAME_SOLVER_GAUSSIAN, METAGAME_REASON_MODEL,
                ", because 300 evaluations are few for 14 players");
  options.interaction_order = 2;
  expect_reason(&large, &options, METAGAME_SOLVER_STRATIFIED, METAGAME_REASON_BASE_VALUES,
                ", because interactions are wanted");
  /* no room for the process */
  options = fx_options(METAGAME_SOLVER_REGRESSION, 600);
  metagame_game *game = fx_create(&many, NULL);
  assert_int_equal(metagame_session_bytes(&bytes, game, &options, NULL), METAGAME_OK);
  metagame_game_destroy(game);
  options.solver = METAGAME_SOLVER_AUTO;
  options.max_bytes = bytes + 4096;
  expect_reason(&many, &options, METAGAME_SOLVER_REGRESSION, METAGAME_REASON_SIZE,
                "Regression, because of 64 players and 600 evaluations");
}

static void reasons_of_values_that_are_there(void **state) {
  static const double table[8] = { 0, 1, 2, 3, 4, 5, 6, 9 };
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_result *result = NULL;
  metagame_game *game = NULL;
  fx_game fixture;
  (void)state;
  assert_int_equal(metagame_solve_table(&result, table, 3, 1, NULL, NULL, NULL, NULL), METAGAME_OK);
  assert_int_equal(diagnosed(result).reason, METAGAME_REASON_TABLE);
  assert_string_equal(sentence(result), "Exact: all 8 coalitions were evaluated.");
  metagame_result_destroy(result);
  /* Shapley values as the attribution: the matrix follows from values of the base game */
  fx_game_init(&fixture, 14, 1, 0);
  metagame_game *base = fx_create_function(&fixture, NULL);
  method.name = "shapley";
  options.max_evaluations = 900;
  assert_int_equal(metagame_game_attribute(&game, base, &method, NULL), METAGAME_OK);
  assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
  assert_int_equal(diagnosed(result).reason, METAGAME_REASON_BASE_VALUES);
  assert_int_equal(diagnosed(result).exact_at, 1 << 14); /* the empty coalition has a value, too */
  says(result, "Stratified sampling, because the matrix follows from values of the base game");
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  metagame_game_destroy(base);
}

/* Neither linear nor quadratic: no solver is done early. */
static int32_t METAGAME_CALL curved(void *user, const uint64_t *masks, size_t n_masks, double *rows,
                                    metagame_error *err) {
  (void)user, (void)err;
  for (size_t r = 0; r < n_masks; ++r) {
    double sum = 0;
    for (uint32_t j = 0; j < 13; ++j) sum += (double)(masks[r] >> j & 1) * sin(3.0 * j);
    rows[r] = tanh(sum) - ((masks[r] & 7) == 7);
  }
  return 0;
}

/* Stages and extensions keep AUTO's reason, and change it where the solver changes. */
static void reasons_of_stages(void **state) {
  metagame_options options = fx_options(METAGAME_SOLVER_AUTO, 1500);
  metagame_session *session = NULL;
  metagame_result *result = NULL;
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_game *game = NULL;
  (void)state;
  function.n_players = 13;
  function.evaluate = curved;
  assert_int_equal(metagame_game_from_function(&game, &function, NULL, NULL), METAGAME_OK);
  options.relative_precision = 1e-9;
  assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
  assert_int_equal(fx_drive(session, game, NULL), METAGAME_DONE);
  assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
  assert_int_equal(diagnosed(result).reason, METAGAME_REASON_MODEL);
  says(result, "; the budget came before the wanted precision.");
  metagame_result_destroy(result);
  assert_int_equal(metagame_session_extend(session, 9000, NULL), METAGAME_OK);
  assert_int_equal(fx_drive(session, game, NULL), METAGAME_DONE);
  assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
  assert_int_equal(diagnosed(result).reason, METAGAME_REASON_ALL);
  metagame_result_destroy(result);
  metagame_session_destroy(session);
  /* resolved by an early stage of a run whose last one would be exact */
  options.max_evaluations = 9000;
  options.relative_precision = 0.1;
  assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
  assert_int_equal(diagnosed(result).reason, METAGAME_REASON_MODEL);
  says(result, "; it stopped once the wanted precision was reached.");
  metagame_result_destroy(result);
  options.solver = METAGAME_SOLVER_PERMUTATION;
  assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
  assert_int_equal(diagnosed(result).reason, METAGAME_REASON_NAMED);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
}

/* ---- the error ---- */

static void errors_are_those_of_the_matrix(void **state) {
  const metagame_options options = fx_options(METAGAME_SOLVER_PERMUTATION, 900);
  fx_game fixture;
  (void)state;
  fx_game_init(&fixture, 10, 6, 1);
  fixture.own[2] = METAGAME_NO_PLAYER;
  metagame_result *result = solved(&fixture, &options);
  const metagame_diagnosis d = diagnosed(result);
  const double *error = metagame_result_stderr(result), *scale = metagame_result_scale(result);
  double worst = 0, absolute = 0;
  int64_t at = -1;
  for (uint32_t i = 0; i < 6; ++i) {
    double squares = 0;
    for (uint32_t j = 0; j < 10; ++j)
      if ((int32_t)j != fixture.own[i]) squares += error[10 * i + j] * error[10 * i + j];
    const double size = sqrt(squares / (fixture.own[i] < 0 ? 10 : 9));
    if (!(size / scale[i] > worst)) continue;
    worst = size / scale[i];
    absolute = size;
    at = i;
  }
  assert_true(worst > 0);
  assert_true(fabs(d.relative_error - worst) < 1e-12 * worst);
  assert_true(fabs(d.predicted_error - absolute) < 1e-12 * absolute);
  assert_int_equal(d.worst_target, at);
  assert_int_equal(d.n_entries, 55);
  assert_int_equal(d.n_without, 0);
  assert_int_equal(d.ground, METAGAME_GROUND_ENOUGH);
  assert_int_equal(d.audit, METAGAME_AUDIT_NONE);
  assert_true(isnan(d.audit_error) && d.audit_rows == 0);
  assert_int_equal(d.exact_at, 1024); /* one target is free: the empty coalition counts */
  assert_true(d.evaluations > 700 && d.evaluations <= 900);
  assert_int_equal(d.halving, 1024 - d.evaluations);
  says(result, "and all 1024 coalitions would make it exact.");
  metagame_result_destroy(result);
}

/* The second target has ten times the error and a thousand times the scale. */
static int32_t METAGAME_CALL two_scales(void *user, const uint64_t *masks, size_t n_masks,
                                        double *rows, metagame_error *err) {
  for (size_t r = 0; r < n_masks; ++r) {
    double sum = 0, value = 0;
    for (uint32_t j = 0; j < 13; ++j) sum += (double)(masks[r] >> j & 1) * 100 * (j + 1);
    (void)curved(user, &masks[r], 1, &value, err);
    rows[2 * r] = value;
    rows[2 * r + 1] = 10 * value + sum;
  }
  return 0;
}

static void the_worst_is_the_worst_for_its_scale(void **state) {
  const metagame_options options = fx_options(METAGAME_SOLVER_PERMUTATION, 900);
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_result *result = NULL;
  metagame_game *game = NULL;
  (void)state;
  function.n_players = 13;
  function.n_outputs = 2;
  function.evaluate = two_scales;
  assert_int_equal(metagame_game_from_function(&game, &function, NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
  const metagame_diagnosis d = diagnosed(result);
  assert_int_equal(d.worst_target, 0);
  assert_true(d.relative_error == d.predicted_error / metagame_result_scale(result)[0]);
  assert_true(metagame_result_stderr(result)[13] > 5 * metagame_result_stderr(result)[0]);
  says(result, " % of the scale of the worst target, and some ");
  metagame_result_destroy(result);
  metagame_game_destroy(game);
}

static void halving_is_three_times_as_many(void **state) {
  static const struct { uint32_t n; uint64_t budget, halving, exact_at; } cases[] = {
    { 10, 200, 600, 1023 }, /* 800 of 1023 */
    { 10, 300, 723, 1023 }, /* exact is nearer */
    { 33, 300, 900, 0 }     /* no solver enumerates */
  };
  fx_game fixture;
  (void)state;
  for (size_t c = 0; c < COUNT_OF(cases); ++c) {
    const metagame_options options = fx_options(METAGAME_SOLVER_REGRESSION, cases[c].budget);
    fx_game_init(&fixture, cases[c].n, 1, 1);
    metagame_result *result = solved(&fixture, &options);
    const metagame_diagnosis d = diagnosed(result);
    assert_int_equal(d.evaluations, cases[c].budget);
    assert_int_equal(d.halving, cases[c].halving);
    assert_int_equal(d.exact_at, cases[c].exact_at);
    says(result, c == 1 ? "all 1023 coalitions would make it exact"
                        : "more evaluations would halve it");
    metagame_result_destroy(result);
  }
}

static double mean_error(const metagame_game *game, int32_t solver, uint64_t budget, int n_seeds,
                         uint64_t *halving) {
  double sum = 0;
  for (int seed = 0; seed < n_seeds; ++seed) {
    metagame_options options = fx_options(solver, budget);
    metagame_result *result = NULL;
    options.seed = (uint64_t)seed;
    assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
    sum += diagnosed(result).predicted_error / n_seeds;
    *halving = diagnosed(result).halving;
    metagame_result_destroy(result);
  }
  return sum;
}

/* With as many more as it says the error is half as large, in the mean of some seeds: that of
 * permutation sampling within a quarter; solvers that use up the coalitions of a size do better. */
static void halving_halves(void **state) {
  static const int32_t solvers[] = { METAGAME_SOLVER_PERMUTATION, METAGAME_SOLVER_REGRESSION,
                                     METAGAME_SOLVER_STRATIFIED };
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_game *game = NULL;
  (void)state;
  function.n_players = 13;
  function.evaluate = curved;
  assert_int_equal(metagame_game_from_function(&game, &function, NULL, NULL), METAGAME_OK);
  for (size_t s = 0; s < COUNT_OF(solvers); ++s) {
    const uint64_t budget = 320;
    uint64_t halving = 0, other = 0;
    const double before = mean_error(game, solvers[s], budget, 12, &halving);
    const double after = mean_error(game, solvers[s], budget + halving, 12, &other);
    const double least = solvers[s] == METAGAME_SOLVER_PERMUTATION ? 0.375 : 0;
    if (!(after > least * before && after < 0.625 * before))
      fail_msg("solver %d: %g, and %g with %llu more", solvers[s], before, after,
               (unsigned long long)halving);
  }
  metagame_game_destroy(game);
}

static void exact_numbers_have_no_error(void **state) {
  fx_game fixture;
  (void)state;
  for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s) { /* these budgets hold all coalitions */
    const metagame_options options = fx_options(fx_solvers[s], 200);
    if (fx_solvers[s] == METAGAME_SOLVER_PERMUTATION) continue;
    fx_game_init(&fixture, 5, 2, 0);
    metagame_result *result = solved(&fixture, &options);
    const metagame_diagnosis d = diagnosed(result);
    assert_null(metagame_result_ground(result));
    assert_true(d.predicted_error == 0 && d.relative_error == 0);
    assert_true(d.halving == 0 && d.exact_at == 0 && d.n_without == 0 && d.n_entries == 10);
    assert_int_equal(d.worst_target, -1);
    assert_string_equal(sentence(result), "Exact: all 32 coalitions were evaluated.");
    metagame_result_destroy(result);
  }
}

/* ---- entries without an interval ---- */

static void too_few_units(void **state) {
  const metagame_options options = fx_options(METAGAME_SOLVER_PERMUTATION, 40);
  fx_game fixture;
  (void)state;
  fx_game_init(&fixture, 12, 2, 0);
  metagame_result *result = solved(&fixture, &options);
  const metagame_diagnosis d = diagnosed(result);
  const int32_t *ground = metagame_result_ground(result);
  assert_non_null(ground);
  assert_true(ground[0] == METAGAME_GROUND_FEW && ground[1] == METAGAME_GROUND_FEW);
  assert_int_equal(d.ground, METAGAME_GROUND_FEW);
  assert_int_equal(d.n_without, 24);
  assert_true(isnan(d.predicted_error) && isnan(d.relative_error) && d.halving == 0);
  assert_int_equal(d.worst_target, -1);
  says(result, "; for 24 of 24 entries there is no ground for an interval: too few independent");
  metagame_result_destroy(result);
}

static metagame_result *cancelled(fx_game *fixture, int32_t solver, uint64_t budget, int batches) {
  metagame_options options = fx_options(solver, budget);
  metagame_session *session = NULL;
  metagame_result *result = NULL;
  metagame_game *game = fx_create(fixture, NULL);
  options.batch = 8;
  assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
  for (int b = 0; b < batches; ++b) {
    metagame_request request = METAGAME_REQUEST_INIT;
    assert_int_equal(metagame_session_ask(session, &request, NULL), METAGAME_OK);
    assert_int_equal(metagame_game_evaluate(game, &request, request.rows, NULL), METAGAME_OK);
    const metagame_status status = metagame_session_tell(session, request.ticket, request.rows,
                                                         request.n_masks, NULL);
    assert_int_equal(status, METAGAME_OK);
  }
  metagame_session_cancel(session);
  assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_PARTIAL);
  metagame_session_destroy(session);
  metagame_game_destroy(game);
  return result;
}

static void partial_runs_say_so(void **state) {
  fx_game fixture;
  (void)state;
  for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s)
    for (int batches = 0; batches < 12; batches += 3) {
      fx_game_init(&fixture, 9, 4, 1);
      metagame_result *result = cancelled(&fixture, fx_solvers[s], 400, batches);
      const metagame_diagnosis d = diagnosed(result);
      const double *error = metagame_result_stderr(result);
      const int32_t *ground = metagame_result_ground(result);
      uint64_t n_without = 0;
      assert_non_null(ground);
      for (uint32_t i = 0; i < 4; ++i) {
        uint64_t here = 0;
        for (uint32_t j = 0; j < 9; ++j)
          here += fixture.own[i] != (int32_t)j && isnan(error[9 * i + j]);
        const int is_plain = s == 0 || batches == 0; /* no solver has a word of its own */
        if (here > 0) assert_int_not_equal(ground[i], METAGAME_GROUND_ENOUGH);
        if (here > 0 && is_plain) assert_int_equal(ground[i], METAGAME_GROUND_PARTIAL);
        n_without += here;
      }
      assert_int_equal(d.n_without, n_without);
      if (batches == 0) assert_true(isnan(d.predicted_error) && n_without == 32);
      if (n_without > 0) says(result, " there is no ground for an interval: ");
      if (d.ground == METAGAME_GROUND_PARTIAL)
        says(result, "there is no ground for an interval: the run ended too early");
      says(result, "; the run was stopped early.");
      metagame_result_destroy(result);
    }
}

/* ---- averages and parts ---- */

static void averages(void **state) {
  metagame_options options = fx_options(METAGAME_SOLVER_GAUSSIAN, 300);
  metagame_result *each[2], *mean = NULL;
  fx_game fixture;
  (void)state;
  fx_game_init(&fixture, 14, 3, 1);
  each[0] = solved(&fixture, &options);
  each[1] = solved(&fixture, &options);
  assert_int_equal(metagame_result_average(&mean, (const metagame_result *const *)each, 2, NULL),
                   METAGAME_OK);
  assert_int_equal(diagnosed(mean).reason, METAGAME_REASON_NAMED);
  assert_int_equal(diagnosed(mean).exact_at, 2 * ((1 << 14) - 1));
  assert_int_equal(diagnosed(mean).halving, 6 * 300);
  metagame_result_destroy(mean);
  metagame_result_destroy(each[1]);
  options.solver = METAGAME_SOLVER_AUTO;
  each[1] = solved(&fixture, &options); /* the same solver, for another reason */
  assert_int_equal(metagame_result_average(&mean, (const metagame_result *const *)each, 2, NULL),
                   METAGAME_OK);
  assert_int_equal(diagnosed(mean).reason, METAGAME_REASON_UNKNOWN);
  metagame_result_destroy(mean);
  metagame_result_destroy(each[0]);
  metagame_result_destroy(each[1]);
  /* entries that one of them does not know are not known */
  options = fx_options(METAGAME_SOLVER_PERMUTATION, 900);
  each[0] = solved(&fixture, &options);
  each[1] = cancelled(&fixture, METAGAME_SOLVER_PERMUTATION, 900, 1);
  assert_int_equal(metagame_result_average(&mean, (const metagame_result *const *)each, 2, NULL),
                   METAGAME_OK);
  assert_int_equal(diagnosed(mean).n_without, 39);
  assert_int_equal(metagame_result_ground(mean)[1], METAGAME_GROUND_PARTIAL);
  for (int b = 0; b < 2; ++b) metagame_result_destroy(each[b]);
  metagame_result_destroy(mean);
}

static void exact_averages_say_how_many(void **state) {
  static const double tables[2][4] = { { 0, 1, 2, 4 }, { 0, 2, 2, 4 } };
  metagame_result *each[2], *mean = NULL;
  (void)state;
  for (int b = 0; b < 2; ++b)
    assert_int_equal(metagame_solve_table(&each[b], tables[b], 2, 1, NULL, NULL, NULL, NULL),
                     METAGAME_OK);
  assert_int_equal(metagame_result_average(&mean, (const metagame_result *const *)each, 2, NULL),
                   METAGAME_OK);
  assert_string_equal(sentence(mean), "Exact: all 8 coalitions of 2 maskings were evaluated.");
  for (int b = 0; b < 2; ++b) metagame_result_destroy(each[b]);
  metagame_result_destroy(mean);
}

/* ---- refusals ---- */

static void refusals(void **state) {
  const metagame_options options = fx_options(METAGAME_SOLVER_PERMUTATION, 300);
  char text[METAGAME_SENTENCE_ROOM + 8], whole[METAGAME_SENTENCE_ROOM];
  metagame_diagnosis d = METAGAME_DIAGNOSIS_INIT;
  metagame_error err;
  fx_game fixture;
  size_t needed = 0;
  (void)state;
  fx_game_init(&fixture, 9, 4, 1);
  metagame_result *result = solved(&fixture, &options);
  fx_expect(metagame_result_diagnose(NULL, &d, &err), METAGAME_E_NULL, &err, "result", NULL);
  fx_expect(metagame_result_diagnose(result, NULL, &err), METAGAME_E_NULL, &err, "out", NULL);
  fx_expect(metagame_result_sentence(NULL, text, 9, &needed, &err), METAGAME_E_NULL, &err, "result",
            NULL);
  fx_expect(metagame_result_sentence(result, NULL, 9, &needed, &err), METAGAME_E_NULL, &err,
            "text is NULL, room is 9", NULL);
  fx_expect(metagame_result_sentence(result, NULL, 0, NULL, &err), METAGAME_E_NULL, &err, "needed",
            NULL);
  assert_null(metagame_result_ground(NULL));
  /* how much is needed, and every room around it */
  assert_int_equal(metagame_result_sentence(result, NULL, 0, &needed, NULL), METAGAME_OK);
  assert_true(needed > 40 && needed < METAGAME_SENTENCE_ROOM);
  assert_int_equal(metagame_result_sentence(result, whole, sizeof whole, NULL, NULL), METAGAME_OK);
  for (size_t room = 0; room < needed + 4; ++room) {
    size_t again = 0;
    memset(text, 0x55, sizeof text);
    const metagame_status status = metagame_result_sentence(result, text, room, &again, &err);
    assert_int_equal(again, needed);
    assert_int_equal(text[room < needed ? room : needed], 0x55); /* nothing behind it */
    if (room >= needed) {
      assert_int_equal(status, METAGAME_OK);
      assert_string_equal(text, whole);
      continue;
    }
    fx_expect(status, METAGAME_E_ARGUMENT, &err, "room is ", "must be at least ", NULL);
    if (room == 0) continue;
    assert_int_equal(strlen(text), room - 1);
    assert_memory_equal(text, whole, room - 1);
  }
  metagame_result_destroy(result);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(reasons),
    cmocka_unit_test(reasons_of_values_that_are_there),
    cmocka_unit_test(reasons_of_stages),
    cmocka_unit_test(errors_are_those_of_the_matrix),
    cmocka_unit_test(the_worst_is_the_worst_for_its_scale),
    cmocka_unit_test(halving_is_three_times_as_many),
    cmocka_unit_test(halving_halves),
    cmocka_unit_test(exact_numbers_have_no_error),
    cmocka_unit_test(too_few_units),
    cmocka_unit_test(partial_runs_say_so),
    cmocka_unit_test(averages),
    cmocka_unit_test(exact_averages_say_how_many),
    cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests_name("diagnosis", tests, NULL, NULL);
}
