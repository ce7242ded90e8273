/* SPDX-License-Identifier: MIT */
/* Bad input to results, writers, verification and reports. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

static metagame_error *fresh(metagame_error *err) {
  memset(err, 0xff, sizeof *err);
  return err;
}

typedef struct page {
  size_t bytes, calls, fail_at;
} page;

static int32_t METAGAME_CALL count_bytes(void *user, const char *bytes, size_t size) {
  page *p = user;
  assert_non_null(bytes);
  p->bytes += size;
  return ++p->calls == p->fail_at ? 31 : 0;
}

static metagame_result *solved(metagame_game **game, fx_game *fixture) {
  metagame_result *result = NULL;
  fx_game_init(fixture, 4, 5, 1);
  *game = fx_create(fixture, NULL);
  assert_int_equal(metagame_solve(&result, *game, NULL, NULL), METAGAME_OK);
  return result;
}

static void bad_results(void **state) {
  static const double levels[] = { 0, 1, -0.5, 1.5, NAN, INFINITY };
  fx_game fixture;
  metagame_error err;
  metagame_game *game = NULL;
  metagame_result *result = solved(&game, &fixture);
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  double widths[20];
  (void)state;
  fx_expect(metagame_result_get_info(NULL, &info, fresh(&err)), METAGAME_E_NULL, &err, "result", NULL);
  fx_expect(metagame_result_get_info(result, NULL, fresh(&err)), METAGAME_E_NULL, &err, "out", NULL);
  fx_expect(metagame_result_half_width(NULL, 0.95, widths, fresh(&err)), METAGAME_E_NULL, &err, "result", NULL);
  fx_expect(metagame_result_half_width(result, 0.95, NULL, fresh(&err)), METAGAME_E_NULL, &err, "out", NULL);
  for (size_t at = 0; at < COUNT_OF(levels); ++at)
    fx_expect(metagame_result_half_width(result, levels[at], widths, fresh(&err)), METAGAME_E_ARGUMENT, &err, "level", "0", "1",
              NULL);
  assert_int_equal(metagame_result_half_width(result, 0.95, widths, NULL), METAGAME_OK);
  for (size_t cell = 0; cell < 20; ++cell) assert_true(widths[cell] == 0);
  assert_null(metagame_result_stderr(result)); /* exact */
  metagame_result_destroy(result);
  metagame_game_destroy(game);
}

static void bad_writes(void **state) {
  fx_game fixture;
  metagame_error err;
  metagame_game *game = NULL;
  metagame_result *result = solved(&game, &fixture);
  page p = { 0, 0, 0 };
  (void)state;
  fx_expect(metagame_result_write(NULL, METAGAME_FORMAT_JSON, NULL, NULL, count_bytes, &p, fresh(&err)), METAGAME_E_NULL, &err,
            "result", NULL);
  fx_expect(metagame_result_write(result, METAGAME_FORMAT_JSON, NULL, NULL, NULL, &p, fresh(&err)), METAGAME_E_NULL, &err,
            "write", NULL);
  fx_expect(metagame_result_write(result, 0, NULL, NULL, count_bytes, &p, fresh(&err)), METAGAME_E_ARGUMENT, &err, "format is 0",
            NULL);
  fx_expect(metagame_result_write(result, 99, NULL, NULL, count_bytes, &p, fresh(&err)), METAGAME_E_ARGUMENT, &err, "format is 99",
            NULL);
  assert_int_equal(p.bytes, 0);
  const char *const labels[5] = { "a", NULL, "c", "d", "e" };
  for (int32_t format = METAGAME_FORMAT_JSON; format <= METAGAME_FORMAT_CSV; ++format) /* a missing label is the index */
    assert_int_equal(metagame_result_write(result, format, labels, labels, count_bytes, &p, NULL), METAGAME_OK);
  for (int32_t format = METAGAME_FORMAT_JSON; format <= METAGAME_FORMAT_CSV; ++format) {
    p = (page){ 0, 0, 0 };
    assert_int_equal(metagame_result_write(result, format, NULL, NULL, count_bytes, &p, NULL), METAGAME_OK);
    assert_true(p.bytes > 0);
    const size_t calls = p.calls;
    for (size_t call = 1; call <= calls; ++call) { /* the sink is full at every point: its code is kept, no call follows */
      p = (page){ 0, 0, call };
      fx_expect(metagame_result_write(result, format, NULL, NULL, count_bytes, &p, fresh(&err)), METAGAME_E_CALLBACK, &err, "31",
                NULL);
      assert_int_equal(err.user_code, 31);
      assert_int_equal(p.calls, call);
    }
  }
  metagame_result_destroy(result);
  metagame_game_destroy(game);
}

static void bad_verification(void **state) {
  fx_game fixture, other_fixture;
  metagame_error err;
  metagame_game *game = NULL, *other;
  metagame_result *result = solved(&game, &fixture);
  metagame_report *report = (metagame_report *)&fixture;
  metagame_check check = METAGAME_CHECK_INIT;
  const metagame_verify_options good = METAGAME_VERIFY_OPTIONS_INIT;
  metagame_verify_options options = good;
  static const uint64_t needs_game[] = { METAGAME_CHECK_BATCH, METAGAME_CHECK_REPEAT, METAGAME_CHECK_COMPLETENESS,
                                         METAGAME_CHECK_EXACT };
  static const double bad[] = { -1, NAN, INFINITY };
  (void)state;
  fx_expect(metagame_verify(NULL, result, NULL, NULL, fresh(&err)), METAGAME_E_NULL, &err, "out", NULL);
  fx_expect(metagame_verify(&report, NULL, NULL, NULL, fresh(&err)), METAGAME_E_NULL, &err, "result", NULL);
  assert_null(report);
  options.checks = 64;
  fx_expect(metagame_verify(&report, result, game, &options, fresh(&err)), METAGAME_E_FLAGS, &err, "checks is 0x40", "0x3f", NULL);
  for (size_t at = 0; at < COUNT_OF(needs_game); ++at) {
    options.checks = needs_game[at];
    fx_expect(metagame_verify(&report, result, NULL, &options, fresh(&err)), METAGAME_E_NULL, &err, "game", NULL);
  }
  for (size_t at = 0; at < COUNT_OF(bad); ++at) {
    options = good;
    options.tolerance = bad[at];
    fx_expect(metagame_verify(&report, result, game, &options, fresh(&err)), METAGAME_E_ARGUMENT, &err, "tolerance", NULL);
    options = good;
    options.evaluation_tolerance = bad[at];
    fx_expect(metagame_verify(&report, result, game, &options, fresh(&err)), METAGAME_E_ARGUMENT, &err, "evaluation_tolerance",
              NULL);
  }
  fx_game_init(&other_fixture, 3, 5, 1);
  other = fx_create(&other_fixture, NULL);
  fx_expect(metagame_verify(&report, result, other, NULL, fresh(&err)), METAGAME_E_ARGUMENT, &err, "3 players", "4", NULL);
  assert_null(report);
  /* a failing game while verifying */
  options = good;
  options.checks = METAGAME_CHECK_BATCH;
  fixture.fault = FX_CODE;
  fixture.fault_at = fixture.calls + 2;
  fx_expect(metagame_verify(&report, result, game, &options, fresh(&err)), METAGAME_E_CALLBACK, &err, "out of luck", NULL);
  assert_int_equal(err.user_code, FX_USER_CODE);
  assert_null(report);
  /* a result that does not belong to the game is data, not an error */
  fixture.fault_at = 0;
  options.checks = 63;
  assert_int_equal(metagame_verify(&report, result, game, &options, NULL), METAGAME_OK);
  assert_int_equal(metagame_report_failed(report), 0);
  const size_t count = metagame_report_count(report);
  assert_true(count > 0);
  fx_expect(metagame_report_get(NULL, 0, &check, fresh(&err)), METAGAME_E_NULL, &err, "report", NULL);
  fx_expect(metagame_report_get(report, 0, NULL, fresh(&err)), METAGAME_E_NULL, &err, "out", NULL);
  fx_expect(metagame_report_get(report, count, &check, fresh(&err)), METAGAME_E_ARGUMENT, &err, "index", "checks", NULL);
  fx_expect(metagame_report_get(report, SIZE_MAX, &check, fresh(&err)), METAGAME_E_ARGUMENT, &err, "index", NULL);
  assert_int_equal(metagame_report_get(report, count - 1, &check, NULL), METAGAME_OK);
  metagame_report_destroy(report);
  assert_int_not_equal(strlen(check.name), 0); /* the name outlives the report */
  metagame_result_destroy(result);
  metagame_game_destroy(other);
  metagame_game_destroy(game);
}

/* A value that depends on the batch is found by METAGAME_CHECK_BATCH, one that drifts by METAGAME_CHECK_REPEAT. */
static int32_t METAGAME_CALL drifting(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  long *calls = user;
  (void)err;
  ++*calls;
  for (size_t r = 0; r < n_masks; ++r) rows[r] = (double)(masks[r] & 7) + 1e-3 * (double)*calls;
  return 0;
}

static void findings_are_data(void **state) {
  long calls = 0;
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_game *game = NULL;
  metagame_result *result = NULL;
  metagame_report *report = NULL;
  metagame_verify_options options = METAGAME_VERIFY_OPTIONS_INIT;
  (void)state;
  function.n_players = 3;
  function.user = &calls;
  function.evaluate = drifting;
  assert_int_equal(metagame_game_from_function(&game, &function, NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_solve(&result, game, NULL, NULL), METAGAME_OK);
  options.checks = METAGAME_CHECK_BATCH | METAGAME_CHECK_REPEAT;
  assert_int_equal(metagame_verify(&report, result, game, &options, NULL), METAGAME_OK);
  assert_int_equal(metagame_report_count(report), 2);
  assert_int_equal(metagame_report_failed(report), 2);
  for (size_t at = 0; at < 2; ++at) {
    metagame_check check = METAGAME_CHECK_INIT;
    assert_int_equal(metagame_report_get(report, at, &check, NULL), METAGAME_OK);
    assert_string_equal(check.name, at == 0 ? "batch" : "repeat");
    assert_int_equal(check.target, 0);
    assert_int_equal(check.outcome, METAGAME_CHECK_FAILED);
    assert_true(check.residual > check.tolerance);
  }
  metagame_report_destroy(report);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(bad_results), cmocka_unit_test(bad_writes), cmocka_unit_test(bad_verification),
    cmocka_unit_test(findings_are_data),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
