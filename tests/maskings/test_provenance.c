/* SPDX-License-Identifier: MIT */
/* What a result of several maskings says of itself: ids, writers, verification; and what is refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "support.h"

static metagame_error *fresh(metagame_error *err) {
  memset(err, 0xff, sizeof *err);
  return err;
}

static metagame_result_info info_of(const metagame_result *result) {
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  assert_int_equal(metagame_result_get_info(result, &info, NULL), METAGAME_OK);
  return info;
}

static metagame_game *named(fx_game *fixture, const char *name, const char *masking_id) {
  metagame_game *game = NULL;
  metagame_attributor attributor = fx_attributor(fixture);
  attributor.name = name;
  attributor.masking_id = masking_id;
  assert_int_equal(metagame_game_from_attributor(&game, &attributor, NULL, NULL), METAGAME_OK);
  return game;
}

static metagame_result *solved(const metagame_game *game, const metagame_options *options) {
  metagame_result *result = NULL;
  assert_int_equal(metagame_solve(&result, game, options, NULL), METAGAME_OK);
  return result;
}

/* ---- texts ---- */

static void ids_are_listed(void **state) {
  enum { MOST = 300 };
  metagame_game *games[MOST];
  metagame_result *result = NULL;
  fx_game fixture;
  char id[32], long_id[2001];
  (void)state;
  fx_game_init(&fixture, 2, 1, 0);
  for (int b = 0; b < MOST; ++b) {
    snprintf(id, sizeof id, "background row %d", b);
    games[b] = named(&fixture, b % 2 ? "odd" : "even", id);
  }
  assert_int_equal(metagame_solve_each(&result, (const metagame_game *const *)games, 3, NULL, NULL), METAGAME_OK);
  assert_string_equal(info_of(result).masking_id, "background row 0; background row 1; background row 2");
  assert_string_equal(info_of(result).attributor, "even; odd");
  metagame_result_destroy(result);
  assert_int_equal(metagame_solve_each(&result, (const metagame_game *const *)games, MOST, NULL, NULL), METAGAME_OK);
  const char *text = info_of(result).masking_id;
  const size_t length = strlen(text);
  assert_int_equal(info_of(result).n_maskings, MOST);
  assert_true(length > 1000 && length <= 1024 + 5);
  assert_string_equal(text + length - 5, "; ...");
  assert_memory_equal(text, "background row 0; background row 1; ", 36);
  metagame_result_destroy(result);
  for (int b = 0; b < MOST; ++b) metagame_game_destroy(games[b]);
  memset(long_id, 'x', sizeof long_id - 1); /* the first id is kept whole, however long */
  long_id[sizeof long_id - 1] = '\0';
  games[0] = named(&fixture, "a", long_id);
  games[1] = named(&fixture, "a", NULL);
  assert_int_equal(metagame_solve_each(&result, (const metagame_game *const *)games, 1, NULL, NULL), METAGAME_OK);
  assert_string_equal(info_of(result).masking_id, long_id);
  metagame_result_destroy(result);
  assert_int_equal(metagame_solve_each(&result, (const metagame_game *const *)games, 2, NULL, NULL), METAGAME_OK);
  assert_int_equal(strlen(info_of(result).masking_id), 2005);
  assert_string_equal(info_of(result).attributor, "a");
  metagame_result_destroy(result);
  metagame_game *turned[2] = { games[1], games[1] };
  assert_int_equal(metagame_solve_each(&result, (const metagame_game *const *)turned, 2, NULL, NULL), METAGAME_OK);
  assert_string_equal(info_of(result).masking_id, "unspecified; unspecified");
  metagame_result_destroy(result);
  for (int b = 0; b < 2; ++b) metagame_game_destroy(games[b]);
}

typedef struct page {
  char text[8192];
  size_t length;
} page;

static int32_t METAGAME_CALL keep(void *user, const char *bytes, size_t size) {
  page *p = user;
  if (p->length + size >= sizeof p->text) return 1;
  memcpy(p->text + p->length, bytes, size);
  p->text[p->length += size] = '\0';
  return 0;
}

static void writers(void **state) {
  static const double tables[2][4] = { { 0, 0, 1, 2 }, { 0, 0, 3, 2 } };
  metagame_result *each[2], *result = NULL;
  page p = { "", 0 };
  (void)state;
  for (int b = 0; b < 2; ++b) assert_int_equal(metagame_solve_table(&each[b], tables[b], 1, 2, NULL, NULL, NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_result_average(&result, (const metagame_result *const *)each, 2, NULL), METAGAME_OK);
  assert_int_equal(metagame_result_write(result, METAGAME_FORMAT_JSON, NULL, NULL, keep, &p, NULL), METAGAME_OK);
  assert_non_null(strstr(p.text, "\"maskings\": 2,\n  \"diagnosis\""));
  assert_non_null(strstr(p.text, "\"matrix\": [\n    [2],\n    [2]\n  ],\n  "
                                 "\"spread\": [\n    [1.4142135623730951],\n    [0]\n  ],\n  \"residual\": [0, 0]"));
  assert_non_null(strstr(p.text, "\"masking_id\": \"unspecified; unspecified\""));
  p.length = 0;
  assert_int_equal(metagame_result_write(result, METAGAME_FORMAT_CSV, NULL, NULL, keep, &p, NULL), METAGAME_OK);
  assert_string_equal(p.text, "target,player,value,stderr,first_order,base,residual,spread\r\n"
                              "\"0\",\"0\",2,,2,0,0,1.4142135623730951\r\n\"1\",\"0\",2,,2,0,0,0\r\n");
  p.length = 0;
  assert_int_equal(metagame_result_write(each[0], METAGAME_FORMAT_JSON, NULL, NULL, keep, &p, NULL), METAGAME_OK);
  assert_null(strstr(p.text, "maskings"));
  assert_null(strstr(p.text, "spread"));
  p.length = 0;
  assert_int_equal(metagame_result_write(each[0], METAGAME_FORMAT_CSV, NULL, NULL, keep, &p, NULL), METAGAME_OK);
  assert_non_null(strstr(p.text, "\"0\",\"0\",1,,1,0,0,\r\n"));
  metagame_result_destroy(result);
  for (int b = 0; b < 2; ++b) metagame_result_destroy(each[b]);
}

/* Symmetric where all are; a closed form where one is; PARTIAL where one is, with its code. */
static void flags_and_codes(void **state) {
  fx_game fixtures[2];
  metagame_game *base, *games[2] = { NULL, NULL };
  metagame_result *each[3], *result = NULL;
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_options options = fx_options(METAGAME_SOLVER_EXACT, 0);
  metagame_session *session = NULL;
  metagame_request request = METAGAME_REQUEST_INIT;
  (void)state;
  fx_game_init(&fixtures[0], 4, 1, 0);
  fx_game_init(&fixtures[1], 4, 4, 1);
  base = fx_create_function(&fixtures[0], NULL);
  method.name = "shapley";
  assert_int_equal(metagame_game_attribute(&games[0], base, &method, NULL), METAGAME_OK);
  games[1] = named(&fixtures[1], "direct", NULL);
  each[0] = solved(games[0], &options);
  each[1] = solved(games[1], &options);
  assert_int_equal(metagame_session_create(&session, games[1], &options, NULL), METAGAME_OK);
  assert_int_equal(metagame_session_ask(session, &request, NULL), METAGAME_OK);
  assert_int_equal(metagame_session_decline(session, request.ticket, 12, NULL), METAGAME_OK);
  assert_int_equal(metagame_session_finish(&each[2], session, NULL), METAGAME_PARTIAL);
  metagame_session_destroy(session);
  const uint64_t both = METAGAME_CARDINAL | METAGAME_CLOSED_FORM;
  assert_int_equal(info_of(each[0]).flags, both);
  static const int pairs[5][2] = { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 2 }, { 2, 0 } };
  static const uint64_t wanted[5] = { METAGAME_CARDINAL | METAGAME_CLOSED_FORM, METAGAME_CLOSED_FORM, METAGAME_CLOSED_FORM, 0,
                                      METAGAME_CLOSED_FORM };
  for (int p = 0; p < 5; ++p) {
    const metagame_result *const two[2] = { each[pairs[p][0]], each[pairs[p][1]] };
    assert_int_equal(metagame_result_average(&result, two, 2, NULL), METAGAME_OK);
    const metagame_result_info info = info_of(result);
    assert_int_equal(info.flags, wanted[p]);
    assert_int_equal(info.status, p < 3 ? METAGAME_OK : METAGAME_PARTIAL);
    assert_int_equal(info.user_code, p < 3 ? 0 : 12);
    assert_int_equal(info.value_evaluations, info_of(two[0]).value_evaluations + info_of(two[1]).value_evaluations);
    metagame_result_destroy(result);
  }
  for (int b = 0; b < 3; ++b) metagame_result_destroy(each[b]);
  for (int b = 0; b < 2; ++b) metagame_game_destroy(games[b]);
  metagame_game_destroy(base);
}

/* ---- verification ---- */

static void verification(void **state) {
  fx_game fixtures[2];
  metagame_game *games[2];
  metagame_error err;
  (void)state;
  for (int b = 0; b < 2; ++b) {
    fx_game_init(&fixtures[b], 6, 6, 1);
    games[b] = named(&fixtures[b], "a", "m");
  }
  for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s) {
    const metagame_options options = fx_options(fx_solvers[s], 62);
    metagame_result *result = NULL;
    metagame_report *report = NULL;
    metagame_verify_options verify = METAGAME_VERIFY_OPTIONS_INIT;
    assert_int_equal(metagame_solve_each(&result, (const metagame_game *const *)games, 2, &options, NULL), METAGAME_OK);
    verify.checks = METAGAME_CHECK_EXACT;
    fx_expect(metagame_verify(&report, result, games[0], &verify, fresh(&err)), METAGAME_E_UNSUPPORTED, &err, "METAGAME_CHECK_EXACT",
              "mean of 2 maskings", NULL);
    assert_null(report);
    verify.checks = METAGAME_CHECK_DECOMPOSITION | METAGAME_CHECK_SYMMETRY | METAGAME_CHECK_BATCH | METAGAME_CHECK_REPEAT;
    assert_int_equal(metagame_verify(&report, result, games[1], &verify, NULL), METAGAME_OK);
    assert_int_equal(metagame_report_failed(report), 0);
    assert_int_equal(metagame_report_count(report), 6 + 1 + 6 + 6);
    metagame_check check = METAGAME_CHECK_INIT;
    assert_int_equal(metagame_report_get(report, 5, &check, NULL), METAGAME_OK);
    assert_string_equal(check.name, "decomposition");
    assert_int_equal(check.outcome, METAGAME_CHECK_PASSED);
    metagame_report_destroy(report);
    metagame_result_destroy(result);
  }
  for (int b = 0; b < 2; ++b) metagame_game_destroy(games[b]);
}

/* ---- refusals ---- */

static void bad_arguments(void **state) {
  fx_game fixture;
  metagame_error err;
  fx_game_init(&fixture, 4, 3, 1);
  metagame_game *game = named(&fixture, "a", NULL);
  metagame_result *result = solved(game, NULL), *out = (metagame_result *)&fixture;
  const metagame_game *const games[3] = { game, game, NULL };
  const metagame_result *const results[3] = { result, result, NULL };
  (void)state;
  fx_expect(metagame_solve_each(NULL, games, 2, NULL, fresh(&err)), METAGAME_E_NULL, &err, "out is NULL", NULL);
  fx_expect(metagame_solve_each(&out, NULL, 2, NULL, fresh(&err)), METAGAME_E_NULL, &err, "games is NULL", NULL);
  assert_null(out);
  fx_expect(metagame_solve_each(&out, games, 3, NULL, fresh(&err)), METAGAME_E_NULL, &err, "games[2] is NULL", NULL);
  fx_expect(metagame_solve_each(&out, games, 0, NULL, fresh(&err)), METAGAME_E_ARGUMENT, &err, "n_games is 0", "1..4096", NULL);
  fx_expect(metagame_solve_each(&out, games, 4097, NULL, fresh(&err)), METAGAME_E_ARGUMENT, &err, "n_games is 4097", NULL);
  fx_expect(metagame_result_average(NULL, results, 2, fresh(&err)), METAGAME_E_NULL, &err, "out is NULL", NULL);
  out = (metagame_result *)&fixture;
  fx_expect(metagame_result_average(&out, NULL, 2, fresh(&err)), METAGAME_E_NULL, &err, "results is NULL", NULL);
  assert_null(out);
  fx_expect(metagame_result_average(&out, results, 3, fresh(&err)), METAGAME_E_NULL, &err, "results[2] is NULL", NULL);
  fx_expect(metagame_result_average(&out, results, 0, fresh(&err)), METAGAME_E_ARGUMENT, &err, "n_results is 0", "1..4096", NULL);
  fx_expect(metagame_result_average(&out, results, SIZE_MAX, NULL), METAGAME_E_ARGUMENT, NULL, NULL);
  assert_int_equal(metagame_result_average(&out, results, 2, NULL), METAGAME_OK);
  const metagame_result *const nested[2] = { result, out };
  metagame_result *again = NULL;
  fx_expect(metagame_result_average(&again, nested, 2, fresh(&err)), METAGAME_E_ARGUMENT, &err, "results[1]", "n_maskings is 2", NULL);
  metagame_result_destroy(out);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
}

static void other_shapes(void **state) {
  fx_game fixtures[4];
  metagame_game *games[4];
  metagame_error err;
  metagame_result *out = NULL;
  static const char *const differs[4] = { "", "n_players is 5", "n_targets is 4", "own_player[2]" };
  (void)state;
  fx_game_init(&fixtures[0], 4, 3, 1);
  fx_game_init(&fixtures[1], 5, 3, 1);
  fx_game_init(&fixtures[2], 4, 4, 1);
  fx_game_init(&fixtures[3], 4, 3, 1);
  fixtures[3].own[2] = METAGAME_NO_PLAYER;
  for (int g = 0; g < 4; ++g) games[g] = named(&fixtures[g], "a", NULL);
  metagame_result *one = solved(games[0], NULL);
  for (int g = 1; g < 4; ++g) {
    const metagame_game *const both[2] = { games[0], games[g] };
    const long calls = fixtures[0].calls;
    fx_expect(metagame_solve_each(&out, both, 2, NULL, fresh(&err)), METAGAME_E_ARGUMENT, &err, "games[1]", differs[g], NULL);
    assert_int_equal(fixtures[0].calls, calls); /* before anything is evaluated */
    metagame_result *other = solved(games[g], NULL);
    const metagame_result *const results[2] = { one, other };
    fx_expect(metagame_result_average(&out, results, 2, fresh(&err)), METAGAME_E_ARGUMENT, &err, "results[1]", differs[g], NULL);
    assert_null(out);
    metagame_result_destroy(other);
  }
  metagame_options options[4];
  static const char *const names[4] = { "outer is 1", "UNPINNED is 1", "interaction_order is 2", "solver is 3" };
  for (int k = 0; k < 4; ++k) options[k] = fx_options(METAGAME_SOLVER_EXACT, 0);
  options[0].outer = METAGAME_OUTER_BANZHAF;
  options[1].flags = METAGAME_UNPINNED;
  options[2].interaction_order = 2;
  options[3] = fx_options(METAGAME_SOLVER_PERMUTATION, 40);
  for (int k = 0; k < 4; ++k) {
    metagame_result *other = solved(games[0], &options[k]);
    const metagame_result *const results[2] = { one, other };
    fx_expect(metagame_result_average(&out, results, 2, fresh(&err)), METAGAME_E_ARGUMENT, &err, "results[1]", names[k], NULL);
    metagame_result_destroy(other);
  }
  metagame_result_destroy(one);
  for (int g = 0; g < 4; ++g) metagame_game_destroy(games[g]);
}

static void failing_games(void **state) {
  fx_game fixtures[2];
  metagame_game *games[2];
  metagame_error err;
  metagame_result *out = NULL;
  metagame_options options = METAGAME_OPTIONS_INIT;
  (void)state;
  for (int b = 0; b < 2; ++b) {
    fx_game_init(&fixtures[b], 4, 3, 1);
    games[b] = named(&fixtures[b], "a", NULL);
  }
  fixtures[1].fault = FX_CODE;
  fixtures[1].fault_at = 1;
  fx_expect(metagame_solve_each(&out, (const metagame_game *const *)games, 2, NULL, fresh(&err)), METAGAME_E_CALLBACK, &err, "games[1]: ",
            "out of luck", NULL);
  assert_int_equal(err.user_code, FX_USER_CODE);
  assert_null(out);
  fixtures[1].fault = FX_NAN;
  fixtures[1].fault_at = fixtures[1].calls + 1;
  assert_int_equal(metagame_solve_each(&out, (const metagame_game *const *)games, 2, NULL, NULL), METAGAME_E_NONFINITE);
  options.solver = 77;
  fx_expect(metagame_solve_each(&out, (const metagame_game *const *)games, 2, &options, fresh(&err)), METAGAME_E_ARGUMENT, &err,
            "options.solver is 77", NULL);
  for (int b = 0; b < 2; ++b) metagame_game_destroy(games[b]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(ids_are_listed), cmocka_unit_test(writers),      cmocka_unit_test(verification),
    cmocka_unit_test(bad_arguments),  cmocka_unit_test(other_shapes), cmocka_unit_test(failing_games),
    cmocka_unit_test(flags_and_codes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
