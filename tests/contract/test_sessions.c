/* SPDX-License-Identifier: MIT */
/* Options, tickets, tell, decline, cancel, finish: what is refused, how it is said, and what still works afterwards. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

static metagame_error *fresh(metagame_error *err) {
  memset(err, 0xff, sizeof *err);
  return err;
}

static void ask_ok(metagame_session *session, metagame_request *request) {
  metagame_struct_init(request, sizeof *request);
  assert_int_equal(metagame_session_ask(session, request, NULL), METAGAME_OK);
}

static metagame_session *create(const metagame_game *game, const metagame_options *options) {
  metagame_session *session = NULL;
  assert_int_equal(metagame_session_create(&session, game, options, NULL), METAGAME_OK);
  return session;
}

static metagame_result *solve(const metagame_game *game, const metagame_options *options) {
  metagame_result *result = NULL;
  metagame_error err;
  const metagame_status status = metagame_solve(&result, game, options, &err);
  if (status != METAGAME_OK) fail_msg("%s: %s", metagame_status_name(status), status < 0 ? err.message : "");
  return result;
}

/* ---- options ---- */

/* session_create, session_bytes and solve refuse alike. */
static void refused(const metagame_game *game, const metagame_options *options, metagame_status wanted, const char *a,
                    const char *b, const char *c) {
  metagame_session *session = (metagame_session *)(uintptr_t)options;
  metagame_result *result = (metagame_result *)(uintptr_t)options;
  metagame_error err;
  uint64_t bytes = 0;
  fx_expect(metagame_session_create(&session, game, options, fresh(&err)), wanted, &err, a, b, c, NULL);
  assert_null(session);
  fx_expect(metagame_session_bytes(&bytes, game, options, fresh(&err)), wanted, &err, a, b, c, NULL);
  fx_expect(metagame_solve(&result, game, options, fresh(&err)), wanted, &err, a, b, c, NULL);
  assert_null(result);
  assert_int_equal(metagame_session_create(&session, game, options, NULL), wanted);
}

static void bad_options(void **state) {
  const metagame_options good = METAGAME_OPTIONS_INIT;
  metagame_options options = good;
  fx_game fixture, large_fixture;
  (void)state;
  fx_game_init(&fixture, 6, 6, 1);
  fx_game_init(&large_fixture, METAGAME_EXACT_MAX_PLAYERS + 1, 1, 0);
  metagame_game *game = fx_create(&fixture, NULL), *large = fx_create(&large_fixture, NULL);
  options.solver = 6;
  refused(game, &options, METAGAME_E_ARGUMENT, "options.solver is 6", "0..5", NULL);
  options.solver = -1;
  refused(game, &options, METAGAME_E_ARGUMENT, "options.solver is -1", "0..5", NULL);
  options = good;
  options.outer = 2;
  refused(game, &options, METAGAME_E_ARGUMENT, "options.outer is 2", "0..1", NULL);
  options.outer = INT32_MIN;
  refused(game, &options, METAGAME_E_ARGUMENT, "options.outer", "0..1", NULL);
  options = good;
  options.flags = METAGAME_UNPINNED | 8;
  refused(game, &options, METAGAME_E_FLAGS, "options.flags is 0x9", "0x15", NULL);
  options = good;
  options.reserved = 77;
  refused(game, &options, METAGAME_E_ARGUMENT, "options.reserved is 77", "0", NULL);
  options = good;
  options.batch = 1048577;
  refused(game, &options, METAGAME_E_ARGUMENT, "options.batch is 1048577", "1..1048576", NULL);
  options = good;
  options.max_open = 4097;
  refused(game, &options, METAGAME_E_ARGUMENT, "options.max_open is 4097", "1..4096", NULL);
  options = good;
  options.outer = METAGAME_OUTER_BANZHAF;
  options.solver = METAGAME_SOLVER_REGRESSION;
  refused(game, &options, METAGAME_E_UNSUPPORTED, "BANZHAF", "regression", "exact");
  options.solver = METAGAME_SOLVER_PERMUTATION;
  refused(game, &options, METAGAME_E_UNSUPPORTED, "BANZHAF", "permutation", "exact");
  options = good;
  options.solver = METAGAME_SOLVER_EXACT;
  refused(large, &options, METAGAME_E_LIMIT, "33", "32", "exact");
  options.max_evaluations = 62;
  refused(game, &options, METAGAME_E_BUDGET, "max_evaluations is 62", "at least 63", "6 players");
  options = good;
  options.max_evaluations = 1;
  refused(game, &options, METAGAME_E_BUDGET, "max_evaluations is 1", "at least", "6 players");
  options = good;
  options.max_bytes = 1;
  for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s) {
    metagame_session *session = NULL;
    metagame_error err;
    options.solver = fx_solvers[s];
    fx_expect(metagame_session_create(&session, game, &options, fresh(&err)), METAGAME_E_LIMIT, &err, "max_bytes is 1", NULL);
    assert_null(session);
  }
  assert_int_equal(fixture.calls, 0);
  metagame_game_destroy(game);
  metagame_game_destroy(large);
}

/* The message of a budget error names the smallest budget that works. */
static void smallest_budgets(void **state) {
  fx_game fixture;
  (void)state;
  for (uint32_t n = 2; n <= 20; n += 6)
    for (int pinned = 0; pinned < 2; ++pinned)
      for (int32_t solver = METAGAME_SOLVER_AUTO; solver <= METAGAME_SOLVER_GAUSSIAN; ++solver) {
        if (solver == METAGAME_SOLVER_EXACT && n > 10) continue;
        metagame_options options = METAGAME_OPTIONS_INIT;
        metagame_session *session = NULL;
        metagame_error err;
        fx_game_init(&fixture, n, n, pinned);
        metagame_game *game = fx_create(&fixture, NULL);
        options.solver = solver;
        options.max_evaluations = 1;
        fx_expect(metagame_session_create(&session, game, &options, fresh(&err)), METAGAME_E_BUDGET, &err, NULL);
        const char *at = strstr(err.message, "at least ");
        assert_non_null(at);
        const unsigned long long least = strtoull(at + strlen("at least "), NULL, 10);
        options.max_evaluations = least - 1;
        fx_expect(metagame_session_create(&session, game, &options, fresh(&err)), METAGAME_E_BUDGET, &err, NULL);
        options.max_evaluations = least;
        metagame_result *result = NULL;
        assert_int_equal(metagame_solve(&result, game, &options, fresh(&err)), METAGAME_OK);
        assert_true((unsigned long long)fixture.coalitions <= least);
        metagame_result_destroy(result);
        metagame_game_destroy(game);
      }
}

static void null_arguments(void **state) {
  fx_game fixture;
  metagame_error err;
  metagame_request request = METAGAME_REQUEST_INIT, evaluated;
  metagame_progress progress = METAGAME_PROGRESS_INIT;
  metagame_result *result = NULL;
  metagame_session *session = NULL;
  double row = 0;
  (void)state;
  fx_game_init(&fixture, 3, 3, 1);
  metagame_game *game = fx_create(&fixture, NULL);
  fx_expect(metagame_session_create(NULL, game, NULL, fresh(&err)), METAGAME_E_NULL, &err, "out", NULL);
  fx_expect(metagame_session_create(&session, NULL, NULL, fresh(&err)), METAGAME_E_NULL, &err, "game", NULL);
  fx_expect(metagame_session_bytes(NULL, game, NULL, fresh(&err)), METAGAME_E_NULL, &err, "out", NULL);
  fx_expect(metagame_solve(NULL, game, NULL, fresh(&err)), METAGAME_E_NULL, &err, "out", NULL);
  fx_expect(metagame_solve(&result, NULL, NULL, fresh(&err)), METAGAME_E_NULL, &err, "game", NULL);
  session = create(game, NULL);
  fx_expect(metagame_session_ask(NULL, &request, fresh(&err)), METAGAME_E_NULL, &err, "session", NULL);
  fx_expect(metagame_session_ask(session, NULL, fresh(&err)), METAGAME_E_NULL, &err, "request", NULL);
  ask_ok(session, &request);
  fx_expect(metagame_game_evaluate(NULL, &request, request.rows, fresh(&err)), METAGAME_E_NULL, &err, "game", NULL);
  fx_expect(metagame_game_evaluate(game, NULL, request.rows, fresh(&err)), METAGAME_E_NULL, &err, "request", NULL);
  fx_expect(metagame_game_evaluate(game, &request, NULL, fresh(&err)), METAGAME_E_NULL, &err, "rows", NULL);
  evaluated = request;
  evaluated.n_players = 4;
  fx_expect(metagame_game_evaluate(game, &evaluated, request.rows, fresh(&err)), METAGAME_E_ARGUMENT, &err, "4 players", NULL);
  evaluated = request;
  evaluated.row_len = 2;
  fx_expect(metagame_game_evaluate(game, &evaluated, request.rows, fresh(&err)), METAGAME_E_ARGUMENT, &err, "rows of 2", NULL);
  evaluated = request;
  evaluated.kind = METAGAME_ASK_VALUES;
  fx_expect(metagame_game_evaluate(game, &evaluated, request.rows, fresh(&err)), METAGAME_E_ARGUMENT, &err, "kind 2", NULL);
  evaluated.kind = 0;
  fx_expect(metagame_game_evaluate(game, &evaluated, request.rows, fresh(&err)), METAGAME_E_ARGUMENT, &err, "kind 0", NULL);
  fx_expect(metagame_session_tell(NULL, request.ticket, &row, 1, fresh(&err)), METAGAME_E_NULL, &err, "session", NULL);
  fx_expect(metagame_session_tell(session, request.ticket, NULL, request.n_masks, fresh(&err)), METAGAME_E_NULL, &err, "rows",
            NULL);
  fx_expect(metagame_session_decline(NULL, request.ticket, 0, fresh(&err)), METAGAME_E_NULL, &err, "session", NULL);
  fx_expect(metagame_session_progress(NULL, &progress, fresh(&err)), METAGAME_E_NULL, &err, "session", NULL);
  fx_expect(metagame_session_progress(session, NULL, fresh(&err)), METAGAME_E_NULL, &err, "out", NULL);
  fx_expect(metagame_session_finish(NULL, session, fresh(&err)), METAGAME_E_NULL, &err, "out", NULL);
  fx_expect(metagame_session_finish(&result, NULL, fresh(&err)), METAGAME_E_NULL, &err, "session", NULL);
  /* nothing of that happened: the ticket is still open */
  assert_int_equal(metagame_game_evaluate(game, &request, request.rows, NULL), METAGAME_OK);
  assert_int_equal(metagame_session_tell(session, request.ticket, request.rows, request.n_masks, NULL), METAGAME_OK);
  metagame_session_destroy(session);
  metagame_game_destroy(game);
}

/* ---- tickets ---- */

static void tickets(void **state) {
  fx_game fixture;
  metagame_error err;
  metagame_request one, two;
  metagame_result *result = NULL;
  metagame_options options = fx_options(METAGAME_SOLVER_EXACT, 0);
  (void)state;
  fx_game_init(&fixture, 4, 4, 1);
  metagame_game *game = fx_create(&fixture, NULL);
  metagame_result *wanted = solve(game, &options);
  options.batch = 4;
  metagame_session *session = create(game, &options);
  fx_expect(metagame_session_finish(&result, session, fresh(&err)), METAGAME_E_UNFINISHED, &err, "0 of 15", NULL);
  assert_null(result);
  ask_ok(session, &one);
  ask_ok(session, &two);
  double *rows = calloc(two.n_masks * two.row_len, sizeof *rows);
  assert_non_null(rows);
  assert_int_equal(metagame_game_evaluate(game, &two, rows, NULL), METAGAME_OK);
  fx_expect(metagame_session_tell(session, 0, rows, two.n_masks, fresh(&err)), METAGAME_E_TICKET, &err, "ticket 0", NULL);
  fx_expect(metagame_session_tell(session, 999, rows, two.n_masks, fresh(&err)), METAGAME_E_TICKET, &err, "ticket 999", NULL);
  fx_expect(metagame_session_tell(session, UINT64_MAX, rows, two.n_masks, fresh(&err)), METAGAME_E_TICKET, &err,
            "18446744073709551615", NULL);
  fx_expect(metagame_session_tell(session, two.ticket, rows, two.n_masks - 1, fresh(&err)), METAGAME_E_ROWS, &err, "n_rows is 3",
            "4", NULL);
  fx_expect(metagame_session_tell(session, two.ticket, rows, two.n_masks + 1, fresh(&err)), METAGAME_E_ROWS, &err, "n_rows is 5",
            "4", NULL);
  fx_expect(metagame_session_tell(session, two.ticket, rows, 0, fresh(&err)), METAGAME_E_ROWS, &err, "n_rows is 0", NULL);
  /* not finite: the message names coalition and target, the ticket stays open */
  const double kept = rows[2 * 4 + 3];
  const double bad[3] = { NAN, INFINITY, -INFINITY };
  static const char *const words[3] = { "nan", "inf", "-inf" };
  for (int b = 0; b < 3; ++b) {
    char players[24] = "";
    rows[2 * 4 + 3] = bad[b];
    for (unsigned p = 0; p < 4; ++p)
      if (two.masks[2] >> p & 1) snprintf(players + strlen(players), 8, *players ? ",%u" : "%u", p);
    fx_expect(metagame_session_tell(session, two.ticket, rows, two.n_masks, fresh(&err)), METAGAME_E_NONFINITE, &err, words[b],
              "target 3", "coalition 2", players, NULL);
  }
  rows[2 * 4 + 3] = kept;
  assert_int_equal(metagame_session_tell(session, two.ticket, rows, two.n_masks, NULL), METAGAME_OK);
  fx_expect(metagame_session_tell(session, two.ticket, rows, two.n_masks, fresh(&err)), METAGAME_E_TICKET, &err, "told", NULL);
  fx_expect(metagame_session_decline(session, two.ticket, 0, fresh(&err)), METAGAME_E_TICKET, &err, "told", NULL);
  memset(rows, 0xff, two.n_masks * two.row_len * sizeof *rows); /* rows were copied */
  free(rows);
  assert_int_equal(metagame_game_evaluate(game, &one, one.rows, NULL), METAGAME_OK);
  assert_int_equal(metagame_session_tell(session, one.ticket, one.rows, one.n_masks, NULL), METAGAME_OK);
  assert_int_equal(fx_drive(session, game, &err), METAGAME_DONE);
  assert_int_equal(metagame_session_finish(&result, session, &err), METAGAME_OK);
  fx_same_result(result, wanted);
  /* after finish */
  metagame_result *again = (metagame_result *)&fixture;
  fx_expect(metagame_session_finish(&again, session, fresh(&err)), METAGAME_E_STATE, &err, "finish", NULL);
  assert_null(again);
  metagame_struct_init(&one, sizeof one);
  fx_expect(metagame_session_ask(session, &one, fresh(&err)), METAGAME_E_STATE, &err, "finished", NULL);
  fx_expect(metagame_session_tell(session, 1, &kept, 1, fresh(&err)), METAGAME_E_STATE, &err, "finished", NULL);
  fx_expect(metagame_session_decline(session, 1, 0, fresh(&err)), METAGAME_E_STATE, &err, "finished", NULL);
  metagame_session_cancel(session); /* too late, harmless */
  metagame_session_destroy(session);
  metagame_result_destroy(result);
  metagame_result_destroy(wanted);
  metagame_game_destroy(game);
}

static void declined_tickets_come_back(void **state) {
  (void)state;
  for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s) {
    fx_game fixture;
    metagame_error err;
    metagame_result *result = NULL;
    metagame_options options = fx_options(fx_solvers[s], 61);
    fx_game_init(&fixture, 6, 6, 1);
    metagame_game *game = fx_create(&fixture, NULL);
    metagame_result *wanted = solve(game, &options);
    options.batch = 5;
    metagame_session *session = create(game, &options);
    for (int turn = 0;; ++turn) {
      metagame_request request = METAGAME_REQUEST_INIT;
      const metagame_status status = metagame_session_ask(session, &request, &err);
      if (status == METAGAME_DONE) break;
      assert_int_equal(status, METAGAME_OK);
      if (turn % 3 == 0) { /* the same coalitions under a new ticket */
        uint64_t masks[5];
        const size_t n_masks = request.n_masks;
        const uint64_t ticket = request.ticket;
        memcpy(masks, request.masks, n_masks * sizeof *masks);
        assert_int_equal(metagame_session_decline(session, ticket, 0, NULL), METAGAME_OK);
        fx_expect(metagame_session_decline(session, ticket, 0, fresh(&err)), METAGAME_E_TICKET, &err, "declined", NULL);
        fx_expect(metagame_session_tell(session, ticket, request.rows, n_masks, fresh(&err)), METAGAME_E_TICKET, &err, "declined",
                  NULL);
        ask_ok(session, &request);
        assert_int_not_equal(request.ticket, ticket);
        assert_int_equal(request.n_masks, n_masks);
        assert_memory_equal(request.masks, masks, n_masks * sizeof *masks);
      }
      assert_int_equal(metagame_game_evaluate(game, &request, request.rows, NULL), METAGAME_OK);
      assert_int_equal(metagame_session_tell(session, request.ticket, request.rows, request.n_masks, NULL), METAGAME_OK);
    }
    assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
    fx_same_result(result, wanted);
    metagame_result_destroy(result);
    metagame_result_destroy(wanted);
    metagame_session_destroy(session);
    metagame_game_destroy(game);
  }
}

/* ---- stopping early ---- */

static void expect_stopped(metagame_session *session, const metagame_request *open, int32_t user_code, uint64_t evaluations) {
  metagame_error err;
  metagame_request request = METAGAME_REQUEST_INIT;
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  metagame_result *result = NULL;
  fx_expect(metagame_session_ask(session, &request, fresh(&err)), METAGAME_E_CANCELLED, &err, "cancelled", NULL);
  if (open) {
    fx_expect(metagame_session_tell(session, open->ticket, open->rows, open->n_masks, fresh(&err)), METAGAME_E_CANCELLED, &err,
              NULL);
    fx_expect(metagame_session_decline(session, open->ticket, 0, fresh(&err)), METAGAME_E_CANCELLED, &err, NULL);
  }
  assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_PARTIAL);
  fx_valid_partial(result);
  assert_int_equal(metagame_result_get_info(result, &info, NULL), METAGAME_OK);
  assert_int_equal(info.status, METAGAME_PARTIAL);
  assert_int_equal(info.user_code, user_code);
  assert_int_equal(info.evaluations, evaluations);
  if (evaluations == 0)
    for (size_t cell = 0; cell < (size_t)info.n_players * info.n_targets; ++cell)
      assert_true(isnan(metagame_result_matrix(result)[cell]));
  metagame_result_destroy(result);
}

static void stopping(void **state) {
  (void)state;
  for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s)
    for (int told = 0; told < 2; ++told)
      for (int by_decline = 0; by_decline < 2; ++by_decline) {
        fx_game fixture;
        metagame_request request, open;
        metagame_options options = fx_options(fx_solvers[s], 61);
        options.batch = 7;
        fx_game_init(&fixture, 6, 7, 1); /* one target is free */
        metagame_game *game = fx_create(&fixture, NULL);
        metagame_session *session = create(game, &options);
        uint64_t evaluations = 0;
        if (told) {
          ask_ok(session, &request);
          evaluations = request.n_masks;
          assert_int_equal(metagame_game_evaluate(game, &request, request.rows, NULL), METAGAME_OK);
          assert_int_equal(metagame_session_tell(session, request.ticket, request.rows, request.n_masks, NULL), METAGAME_OK);
        }
        ask_ok(session, &request);
        ask_ok(session, &open);
        if (by_decline)
          assert_int_equal(metagame_session_decline(session, request.ticket, 99, NULL), METAGAME_OK);
        else
          metagame_session_cancel(session);
        memset(open.rows, 0, open.n_masks * open.row_len * sizeof(double));
        expect_stopped(session, &open, by_decline ? 99 : 0, evaluations);
        metagame_session_destroy(session);
        metagame_game_destroy(game);
        assert_int_equal(fixture.destroyed, 1);
      }
}

typedef struct stop_after {
  uint64_t told;
  long calls;
  metagame_session *session; /* cancelled by call instead of by return */
} stop_after;

static int32_t METAGAME_CALL stop(void *user, const metagame_progress *progress) {
  stop_after *s = user;
  ++s->calls;
  assert_int_equal(progress->struct_size, sizeof *progress);
  if (progress->n_told < s->told) return 0;
  if (s->session) metagame_session_cancel(s->session);
  return s->session == NULL;
}

static void progress_cancels(void **state) {
  (void)state;
  for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s) {
    fx_game fixture;
    stop_after after = { 20, 0, NULL };
    metagame_result *result = NULL;
    metagame_result_info info = METAGAME_RESULT_INFO_INIT;
    metagame_options options = fx_options(fx_solvers[s], 61);
    fx_game_init(&fixture, 6, 6, 1);
    metagame_game *game = fx_create(&fixture, NULL);
    options.batch = 3;
    options.on_progress = stop;
    options.progress_user = &after;
    assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_PARTIAL);
    fx_valid_partial(result);
    assert_int_equal(metagame_result_get_info(result, &info, NULL), METAGAME_OK);
    assert_true(info.evaluations >= 20 && info.evaluations < 23);
    assert_int_equal(fixture.coalitions, info.evaluations); /* not one call more */
    assert_true(after.calls >= 7);
    metagame_result_destroy(result);
    after.session = create(game, &options);
    metagame_error err;
    fx_expect(fx_drive(after.session, game, fresh(&err)), METAGAME_E_CANCELLED, &err, NULL);
    assert_int_equal(metagame_session_finish(&result, after.session, NULL), METAGAME_PARTIAL);
    metagame_result_destroy(result);
    metagame_session_destroy(after.session);
    metagame_game_destroy(game);
  }
}

/* Everything is told, then cancelled: the result is whole. */
static void cancel_at_the_end(void **state) {
  fx_game fixture;
  metagame_error err;
  metagame_result *result = NULL;
  (void)state;
  fx_game_init(&fixture, 4, 4, 1);
  metagame_game *game = fx_create(&fixture, NULL);
  metagame_session *session = create(game, NULL);
  assert_int_equal(fx_drive(session, game, &err), METAGAME_DONE);
  metagame_session_cancel(session);
  assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
  metagame_result_destroy(result);
  metagame_session_destroy(session);
  metagame_game_destroy(game);
}

/* ---- failing callbacks ---- */

static int32_t METAGAME_CALL return_code(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  (void)masks, (void)err;
  for (size_t at = 0; at < 4 * n_masks; ++at) rows[at] = 0;
  return *(const int32_t *)user;
}

static void callback_errors(void **state) {
  static const int32_t codes[] = { 1, -1, METAGAME_DONE, METAGAME_E_NOMEM, INT32_MAX, INT32_MIN, -1297369421 };
  (void)state;
  fx_game fixture;
  metagame_error err;
  metagame_result *result = (metagame_result *)&fixture;
  fx_game_init(&fixture, 4, 4, 1);
  fixture.fault = FX_CODE;
  fixture.fault_at = 1;
  metagame_game *game = fx_create(&fixture, NULL);
  fx_expect(metagame_solve(&result, game, NULL, fresh(&err)), METAGAME_E_CALLBACK, &err, "attributor.attribute", "4711",
            "the host is out of luck", NULL);
  assert_int_equal(err.user_code, FX_USER_CODE);
  assert_null(result);
  metagame_game_destroy(game);
  for (size_t c = 0; c < COUNT_OF(codes); ++c) { /* any code is the host's, whatever it means to the library */
    metagame_attributor attributor = fx_attributor(&fixture);
    fixture.fault_at = 0;
    attributor.user = (void *)(uintptr_t)&codes[c];
    attributor.attribute = return_code;
    attributor.destroy = NULL;
    assert_int_equal(metagame_game_from_attributor(&game, &attributor, NULL, NULL), METAGAME_OK);
    fx_expect(metagame_solve(&result, game, NULL, fresh(&err)), METAGAME_E_CALLBACK, &err, NULL);
    assert_int_equal(err.user_code, codes[c]);
    metagame_game_destroy(game);
  }
}

/* Without callback a game can only be solved by hand: evaluate says so, ask and tell work. */
static void by_hand_only(void **state) {
  fx_game fixture;
  metagame_error err;
  metagame_game *game = NULL;
  metagame_request request = METAGAME_REQUEST_INIT;
  metagame_result *result = (metagame_result *)&fixture;
  (void)state;
  fx_game_init(&fixture, 3, 2, 0);
  metagame_function function = fx_function(&fixture);
  function.evaluate = NULL;
  assert_int_equal(metagame_game_from_function(&game, &function, NULL, NULL), METAGAME_OK);
  fx_expect(metagame_solve(&result, game, NULL, fresh(&err)), METAGAME_E_UNSUPPORTED, &err, "function.evaluate", "ask and tell",
            NULL);
  assert_null(result);
  metagame_session *session = create(game, NULL);
  assert_int_equal(metagame_session_ask(session, &request, NULL), METAGAME_OK);
  assert_int_equal(request.kind, METAGAME_ASK_ATTRIBUTIONS);
  assert_int_equal(request.n_players, 3);
  assert_int_equal(request.row_len, 2);
  assert_int_equal(request.mask_words, 1);
  assert_int_equal(request.n_masks, 8);
  for (size_t r = 0; r < request.n_masks; ++r)
    for (uint32_t o = 0; o < 2; ++o) request.rows[2 * r + o] = fx_value(request.masks[r], 3, o);
  fx_expect(metagame_game_evaluate(game, &request, request.rows, fresh(&err)), METAGAME_E_UNSUPPORTED, &err, "function.evaluate",
            NULL);
  assert_int_equal(metagame_session_tell(session, request.ticket, request.rows, request.n_masks, NULL), METAGAME_OK);
  metagame_struct_init(&request, sizeof request);
  assert_int_equal(metagame_session_ask(session, &request, NULL), METAGAME_DONE);
  assert_int_equal(metagame_session_ask(session, &request, NULL), METAGAME_DONE); /* and again */
  assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
  fx_valid_partial(result);
  assert_int_equal(fixture.calls, 0);
  metagame_result_destroy(result);
  metagame_session_destroy(session);
  metagame_game_destroy(game);
  assert_int_equal(fixture.destroyed, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(bad_options),      cmocka_unit_test(smallest_budgets), cmocka_unit_test(null_arguments),
    cmocka_unit_test(tickets),          cmocka_unit_test(declined_tickets_come_back),
    cmocka_unit_test(stopping),         cmocka_unit_test(progress_cancels), cmocka_unit_test(cancel_at_the_end),
    cmocka_unit_test(callback_errors),  cmocka_unit_test(by_hand_only),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
