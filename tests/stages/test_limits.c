/* SPDX-License-Identifier: MIT */
/* Refusals, memory and failures of sessions with several plans: messages, the bound of metagame_session_bytes, every allocation that
 * fails, every call of the game that fails. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "metagame/indices.h"

enum { PLAYERS = 7 };

static metagame_result *whole(const metagame_game *game, const metagame_options *options) {
  metagame_result *result = NULL;
  assert_int_equal(metagame_solve(&result, game, options, NULL), METAGAME_OK);
  return result;
}

static metagame_result *finished(metagame_session *session) {
  metagame_result *result = NULL;
  metagame_error err;
  const metagame_status status = metagame_session_finish(&result, session, &err);
  if (status < 0) fail_msg("%s: %s", metagame_status_name(status), err.message);
  return result;
}

/* ---- refusals ---- */

static void refuse(const metagame_game *game, const metagame_options *options, const char *field, const char *value, const char *range) {
  metagame_session *session = NULL;
  metagame_error err;
  fx_expect(metagame_session_create(&session, game, options, &err), METAGAME_E_ARGUMENT, &err, field, value, range, NULL);
  assert_null(session);
}

static void options_are_checked(void **state) {
  static const double sizes[] = { -1, -1e-300, INFINITY, NAN };
  static const char *const names[] = { "options.target_stderr", "options.precision", "options.relative_precision", "options.max_seconds" };
  static const char *const values[] = { "-1", "-1e-300", "inf", "nan" };
  fx_game fixture;
  (void)state;
  fx_game_init(&fixture, PLAYERS, 1, 0);
  metagame_game *game = fx_create(&fixture, NULL);
  for (size_t f = 0; f < COUNT_OF(names); ++f)
    for (size_t v = 0; v < COUNT_OF(sizes); ++v) {
      metagame_options options = fx_options(METAGAME_SOLVER_REGRESSION, 100);
      double *const fields[] = { &options.target_stderr, &options.precision, &options.relative_precision, &options.max_seconds };
      *fields[f] = sizes[v];
      refuse(game, &options, names[f], values[v], "finite and not negative");
    }
  static const double levels[] = { -0.5, 1, 95, NAN };
  static const char *const shown[] = { "-0.5", "1", "95", "nan" };
  for (size_t v = 0; v < COUNT_OF(levels); ++v) {
    metagame_options options = fx_options(METAGAME_SOLVER_REGRESSION, 100);
    options.confidence = levels[v];
    refuse(game, &options, "options.confidence", shown[v], "between 0 and 1");
  }
  for (int32_t resolve = -1; resolve <= 3; resolve += 4) {
    metagame_options options = fx_options(METAGAME_SOLVER_REGRESSION, 100);
    options.resolve = resolve;
    refuse(game, &options, "options.resolve", resolve < 0 ? "-1" : "3", "0..2");
  }
  metagame_options options = fx_options(METAGAME_SOLVER_REGRESSION, 100);
  options.resolve = METAGAME_RESOLVE_TOP;
  refuse(game, &options, "options.top_k", "0", "at least 1");
  options.resolve = METAGAME_RESOLVE_RANKING;
  options.top_k = 2;
  refuse(game, &options, "options.top_k", "2", "0 without");
  metagame_game_destroy(game);
}

static void extensions_are_checked(void **state) {
  fx_game fixture;
  metagame_error err;
  metagame_request request = METAGAME_REQUEST_INIT;
  (void)state;
  fx_game_init(&fixture, PLAYERS, 1, 0);
  metagame_game *game = fx_create(&fixture, NULL);
  metagame_options options = fx_options(METAGAME_SOLVER_REGRESSION, 60), plain;
  metagame_session *session = NULL;
  fx_expect(metagame_session_extend(NULL, 100, &err), METAGAME_E_NULL, &err, "session", NULL);
  assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
  fx_expect(metagame_session_extend(session, 100, &err), METAGAME_E_UNSUPPORTED, &err, "METAGAME_EXTENDABLE", NULL);
  metagame_session_destroy(session);
  options.flags = METAGAME_EXTENDABLE;
  assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
  fx_expect(metagame_session_extend(session, 60, &err), METAGAME_E_ARGUMENT, &err, "max_evaluations", "60", "above", NULL);
  fx_expect(metagame_session_extend(session, 0, &err), METAGAME_E_ARGUMENT, &err, "max_evaluations is 0", "60", NULL);
  assert_int_equal(metagame_session_ask(session, &request, NULL), METAGAME_OK);
  fx_expect(metagame_session_extend(session, 100, &err), METAGAME_E_STATE, &err, "60", "handed out", NULL);
  assert_int_equal(metagame_session_run(session, game, NULL), METAGAME_WAIT); /* for the open ticket */
  assert_int_equal(metagame_game_evaluate(game, &request, request.rows, NULL), METAGAME_OK);
  assert_int_equal(metagame_session_tell(session, request.ticket, request.rows, request.n_masks, NULL), METAGAME_OK);
  assert_int_equal(metagame_session_run(session, game, NULL), METAGAME_DONE);
  metagame_result_destroy(finished(session));
  fx_expect(metagame_session_extend(session, 59, &err), METAGAME_E_ARGUMENT, &err, "59", "60", NULL);
  /* None of it changed anything. */
  assert_int_equal(metagame_session_extend(session, 90, &err), METAGAME_OK);
  metagame_result *none = NULL;
  fx_expect(metagame_session_finish(&none, session, &err), METAGAME_E_UNFINISHED, &err, "ask and tell", NULL);
  assert_int_equal(metagame_session_run(session, game, NULL), METAGAME_DONE);
  metagame_result *result = finished(session);
  plain = fx_options(METAGAME_SOLVER_REGRESSION, 90);
  metagame_result *once = whole(game, &plain);
  assert_memory_equal(metagame_result_matrix(result), metagame_result_matrix(once), PLAYERS * sizeof(double));
  metagame_result_destroy(result);
  metagame_result_destroy(once);
  metagame_session_destroy(session);
  metagame_game_destroy(game);
}

/* ---- memory ---- */

typedef struct shape {
  int32_t solver;
  uint32_t n, m;
  int pinned;
  uint64_t budgets[3];
  uint32_t order;
  double part; /* 0: extended without rules */
} shape;

static const shape shapes[] = {
  { METAGAME_SOLVER_EXACT, 8, 40, 1, { 256, 300, 0 }, 1, 0 },
  { METAGAME_SOLVER_EXACT, 7, 8, 1, { 128, 200, 0 }, 2, 1e-9 },
  { METAGAME_SOLVER_REGRESSION, 9, 3, 1, { 130, 260, 511 }, 1, 0 },
  { METAGAME_SOLVER_REGRESSION, 9, 60, 0, { 255, 257, 511 }, 1, 1e-9 },
  { METAGAME_SOLVER_REGRESSION, 40, 1, 0, { 1023, 1030, 2047 }, 1, 0 },
  { METAGAME_SOLVER_PERMUTATION, 8, 70, 0, { 130, 511, 1500 }, 1, 1e-9 },
  { METAGAME_SOLVER_PERMUTATION, 8, 8, 1, { 300, 511, 1500 }, 1, 0 },
  { METAGAME_SOLVER_STRATIFIED, 9, 6, 1, { 200, 300, 511 }, 3, 1e-9 },
  { METAGAME_SOLVER_STRATIFIED, 10, 1, 0, { 255, 520, 700 }, 2, 1e-9 },
  { METAGAME_SOLVER_STRATIFIED, 9, 2, 0, { 200, 210, 255 }, 2, 0 },
  { METAGAME_SOLVER_GAUSSIAN, 9, 1, 0, { 70, 120, 255 }, 1, 0 },
  { METAGAME_SOLVER_GAUSSIAN, 10, 5, 0, { 127, 255, 600 }, 1, 1e-9 },
  { METAGAME_SOLVER_AUTO, 8, 2, 0, { 127, 200, 256 }, 1, 1e-9 },
};

static metagame_options shape_options(const shape *s) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  options.solver = s->solver;
  options.seed = 5;
  options.max_evaluations = s->budgets[0];
  options.interaction_order = s->order;
  options.batch = 16;
  options.max_open = 4;
  if (s->part > 0)
    options.relative_precision = s->part;
  else
    options.flags = METAGAME_EXTENDABLE;
  return options;
}

/* What the bound says is enough, and is an upper bound of what is allocated: at first, and after each extension. */
static void bytes_are_a_bound(void **state) {
  (void)state;
  for (size_t at = 0; at < COUNT_OF(shapes); ++at)
    for (int limited = 0; limited < 2; ++limited) {
      const shape *s = &shapes[at];
      fx_game fixture;
      fx_memory memory;
      uint64_t bound = 0, last = 0;
      const metagame_allocator allocator = fx_allocator(&memory);
      fx_game_init(&fixture, s->n, s->m, s->pinned);
      metagame_game *game = fx_create(&fixture, &allocator);
      metagame_options options = shape_options(s), larger = options;
      for (size_t b = 0; b < 3 && s->budgets[b]; ++b) { /* all of a size needs less than many of it */
        larger.max_evaluations = s->budgets[b];
        assert_int_equal(metagame_session_bytes(&bound, game, &larger, NULL), METAGAME_OK);
        last = bound > last ? bound : last;
      }
      bound = 0;
      if (limited) options.max_bytes = last;
      metagame_session *session = NULL;
      metagame_error err;
      const size_t before = memory.bytes;
      if (metagame_session_create(&session, game, &options, &err) != METAGAME_OK) fail_msg("shape %zu: %s", at, err.message);
      for (size_t b = 0; b < 3 && s->budgets[b]; ++b) {
        larger.max_evaluations = s->budgets[b];
        uint64_t own = 0;
        assert_int_equal(metagame_session_bytes(&own, game, &larger, NULL), METAGAME_OK);
        bound = own > bound ? own : bound;
        memory.peak = memory.bytes;
        if (b > 0 && metagame_session_extend(session, s->budgets[b], &err) != METAGAME_OK) fail_msg("shape %zu: extend: %s", at, err.message);
        if (metagame_session_run(session, game, &err) != METAGAME_DONE) fail_msg("shape %zu, budget %zu: %s", at, b, err.message);
        if (memory.peak - before > bound)
          fail_msg("shape %zu, budget %zu, limited %d: %zu bytes were allocated, the bound is %llu", at, b, limited, memory.peak - before,
                   (unsigned long long)bound);
        metagame_result_destroy(finished(session));
      }
      metagame_session_destroy(session);
      assert_int_equal(memory.bytes, before);
      metagame_game_destroy(game);
      assert_int_equal(memory.blocks, 0);
      assert_int_equal(memory.wrong_size + memory.wrong_alignment, 0);
    }
}

/* An extension beyond max_bytes is refused, and the session goes on as if it had not been tried. */
static void limit_of_an_extension(void **state) {
  (void)state;
  for (int with_result = 0; with_result < 2; ++with_result) {
    fx_game fixture;
    metagame_error err;
    fx_game_init(&fixture, 30, 5, 0);
    metagame_game *game = fx_create(&fixture, NULL);
    metagame_options options = fx_options(METAGAME_SOLVER_REGRESSION, 400), plain = fx_options(METAGAME_SOLVER_REGRESSION, 500);
    metagame_session *session = NULL;
    options.flags = METAGAME_EXTENDABLE;
    options.max_evaluations = 500;
    assert_int_equal(metagame_session_bytes(&options.max_bytes, game, &options, NULL), METAGAME_OK);
    options.max_evaluations = 400;
    assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
    assert_int_equal(metagame_session_run(session, game, NULL), METAGAME_DONE);
    if (with_result) metagame_result_destroy(finished(session));
    fx_expect(metagame_session_extend(session, 100000, &err), METAGAME_E_LIMIT, &err, "max_bytes", NULL);
    if (!with_result) metagame_result_destroy(finished(session));
    assert_int_equal(metagame_session_extend(session, 500, &err), METAGAME_OK);
    assert_int_equal(metagame_session_run(session, game, NULL), METAGAME_DONE);
    metagame_result *result = finished(session), *once = whole(game, &plain);
    assert_memory_equal(metagame_result_matrix(result), metagame_result_matrix(once), 150 * sizeof(double));
    metagame_result_destroy(result);
    metagame_result_destroy(once);
    metagame_session_destroy(session);
    metagame_game_destroy(game);
  }
}

/* Results of interactions outlive the session and do not count: many extensions do not use the room up. */
static void results_do_not_count(void **state) {
  fx_game fixture;
  metagame_result *results[12];
  metagame_error err;
  (void)state;
  fx_game_init(&fixture, 8, 3, 0);
  metagame_game *game = fx_create(&fixture, NULL);
  metagame_options options = fx_options(METAGAME_SOLVER_STRATIFIED, 240);
  metagame_session *session = NULL;
  options.interaction_order = 2;
  options.flags = METAGAME_EXTENDABLE;
  assert_int_equal(metagame_session_bytes(&options.max_bytes, game, &options, NULL), METAGAME_OK);
  options.max_evaluations = 200;
  assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
  for (size_t r = 0; r < COUNT_OF(results); ++r) {
    if (r > 0 && metagame_session_extend(session, 200 + r, &err) != METAGAME_OK) fail_msg("extension %zu: %s", r, err.message);
    if (metagame_session_run(session, game, &err) != METAGAME_DONE) fail_msg("extension %zu: %s", r, err.message);
    results[r] = finished(session);
  }
  metagame_session_destroy(session);
  for (size_t r = 0; r < COUNT_OF(results); ++r) metagame_result_destroy(results[r]);
  metagame_game_destroy(game);
}

/* ---- failures ---- */

static void use_failed(metagame_session *session) {
  metagame_progress progress = METAGAME_PROGRESS_INIT;
  metagame_request request = METAGAME_REQUEST_INIT;
  metagame_result *result = NULL;
  metagame_error err;
  assert_int_equal(metagame_session_progress(session, &progress, NULL), METAGAME_OK);
  const metagame_status status = metagame_session_ask(session, &request, &err);
  if (status == METAGAME_E_STATE) assert_int_equal(metagame_session_finish(&result, session, &err), METAGAME_E_STATE);
  metagame_session_cancel(session);
}

/* The whole life with allocation k failing; 1 where it did not come to it. Whatever can be tried again is, and then gives the same. */
static int life(const shape *s, const metagame_game *game, fx_memory *memory, long k, const metagame_result *truth) {
  const metagame_options options = shape_options(s);
  metagame_session *session = NULL;
  metagame_result *result = NULL;
  metagame_error err;
  memory->calls = 0;
  memory->fail_at = k;
  metagame_status status = metagame_session_create(&session, game, &options, &err);
  if (status != METAGAME_OK) {
    fx_expect(status, METAGAME_E_NOMEM, &err, NULL);
    assert_null(session);
    return 0;
  }
  for (size_t b = 0; b < 2; ++b) {
    if (b > 0) {
      status = metagame_session_extend(session, s->budgets[b], &err);
      if (status == METAGAME_E_NOMEM) {
        metagame_progress progress = METAGAME_PROGRESS_INIT;
        assert_int_equal(metagame_session_progress(session, &progress, NULL), METAGAME_OK);
        status = metagame_session_extend(session, s->budgets[b], &err); /* as before: once more */
      }
      if (status != METAGAME_OK) fail_msg("allocation %ld: extend again: %s", k, err.message);
    }
    status = metagame_session_run(session, game, &err);
    if (status < 0) {
      fx_expect(status, METAGAME_E_NOMEM, &err, NULL);
      status = metagame_session_run(session, game, &err); /* where the session has not failed */
      if (status != METAGAME_DONE) {
        fx_expect(status, METAGAME_E_STATE, &err, "NOMEM", NULL);
        use_failed(session);
        metagame_session_destroy(session);
        return 0;
      }
    }
    status = metagame_session_finish(&result, session, &err);
    if (status == METAGAME_E_NOMEM) status = metagame_session_finish(&result, session, &err);
    if (status == METAGAME_E_STATE) {
      use_failed(session);
      metagame_session_destroy(session);
      return 0;
    }
    if (status != METAGAME_OK) fail_msg("allocation %ld: finish again: %s", k, err.message);
    if (b == 1) assert_memory_equal(metagame_result_matrix(result), metagame_result_matrix(truth), s->n * s->m * sizeof(double));
    metagame_result_destroy(result);
    result = NULL;
  }
  metagame_session_destroy(session);
  return memory->calls < k;
}

static void allocations_fail(void **state) {
  static const shape small[] = {
    { METAGAME_SOLVER_EXACT, 5, 2, 1, { 40, 50, 0 }, 2, 1e-9 },          { METAGAME_SOLVER_REGRESSION, 7, 2, 1, { 64, 90, 0 }, 1, 0 },
    { METAGAME_SOLVER_REGRESSION, 8, 2, 0, { 130, 140, 0 }, 1, 1e-9 },   { METAGAME_SOLVER_PERMUTATION, 6, 2, 0, { 130, 200, 0 }, 1, 1e-9 },
    { METAGAME_SOLVER_STRATIFIED, 7, 2, 1, { 110, 120, 0 }, 2, 0 },      { METAGAME_SOLVER_STRATIFIED, 9, 2, 0, { 256, 270, 0 }, 2, 1e-9 },
    { METAGAME_SOLVER_GAUSSIAN, 8, 1, 0, { 40, 60, 0 }, 1, 0 },
  };
  (void)state;
  for (size_t at = 0; at < COUNT_OF(small); ++at) {
    const shape *s = &small[at];
    fx_game fixture;
    fx_memory memory;
    const metagame_allocator allocator = fx_allocator(&memory);
    fx_game_init(&fixture, s->n, s->m, s->pinned);
    metagame_game *game = fx_create(&fixture, &allocator);
    const metagame_options options = shape_options(s);
    metagame_session *session = NULL;
    assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
    assert_int_equal(metagame_session_run(session, game, NULL), METAGAME_DONE);
    metagame_result_destroy(finished(session));
    assert_int_equal(metagame_session_extend(session, s->budgets[1], NULL), METAGAME_OK);
    assert_int_equal(metagame_session_run(session, game, NULL), METAGAME_DONE);
    metagame_result *truth = finished(session);
    metagame_session_destroy(session);
    const size_t before = memory.bytes;
    const long step = s->solver == METAGAME_SOLVER_GAUSSIAN ? 7 : 1; /* a process allocates much */
    for (long k = 1; !life(s, game, &memory, k, truth); k += step) {
      if (memory.bytes != before) fail_msg("shape %zu, allocation %ld: %zu bytes are lost", at, k, memory.bytes - before);
      assert_true(k < 5000);
    }
    memory.fail_at = 0;
    metagame_result_destroy(truth);
    metagame_game_destroy(game);
    assert_int_equal(memory.blocks, 0);
  }
}

/* Call c of the game fails, or gives NaN: the same run goes on and gives the same. */
static void calls_fail(void **state) {
  (void)state;
  for (int fault = FX_CODE; fault <= FX_NAN; ++fault)
    for (long c = 1; c <= 40; ++c) {
      fx_game fixture;
      metagame_error err;
      fx_game_init(&fixture, 8, 2, 0);
      metagame_game *game = fx_create(&fixture, NULL);
      metagame_options options = fx_options(METAGAME_SOLVER_REGRESSION, 130);
      options.relative_precision = 1e-9;
      options.batch = 4;
      metagame_result *truth = whole(game, &options);
      metagame_session *session = NULL;
      const long known = atomic_load(&fixture.calls);
      assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
      fixture.fault = (fx_fault)fault;
      fixture.fault_at = known + c;
      metagame_status status = metagame_session_run(session, game, &err);
      if (status < 0) {
        fx_expect(status, fault == FX_CODE ? METAGAME_E_CALLBACK : METAGAME_E_NONFINITE, &err, NULL);
        if (fault == FX_CODE) assert_int_equal(err.user_code, FX_USER_CODE);
        status = metagame_session_run(session, game, &err);
      }
      assert_int_equal(status, METAGAME_DONE);
      metagame_result *result = finished(session);
      fx_same_result(result, truth);
      metagame_result_destroy(result);
      metagame_result_destroy(truth);
      metagame_session_destroy(session);
      metagame_game_destroy(game);
    }
}

/* ---- progress ---- */

typedef struct heard {
  uint64_t n, most, last;
} heard;

static int32_t METAGAME_CALL hear(void *user, const metagame_progress *progress) {
  heard *h = user;
  ++h->n;
  if (progress->n_told <= h->last || progress->n_told > progress->n_planned || progress->n_open != 0) h->most = 1;
  h->last = progress->n_told;
  return 0;
}

static void progress_is_sane(void **state) {
  (void)state;
  for (size_t at = 0; at < COUNT_OF(shapes); ++at) {
    const shape *s = &shapes[at];
    fx_game fixture;
    heard h = { 0 };
    fx_game_init(&fixture, s->n, s->m, s->pinned);
    metagame_game *game = fx_create(&fixture, NULL);
    metagame_options options = shape_options(s);
    options.on_progress = hear;
    options.progress_user = &h;
    metagame_session *session = NULL;
    metagame_progress progress = METAGAME_PROGRESS_INIT;
    assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
    assert_int_equal(metagame_session_progress(session, &progress, NULL), METAGAME_OK);
    assert_true(progress.n_planned > 0 && progress.n_told == 0);
    assert_int_equal(metagame_session_run(session, game, NULL), METAGAME_DONE);
    assert_int_equal(metagame_session_progress(session, &progress, NULL), METAGAME_OK);
    assert_int_equal(progress.n_told, progress.n_planned);
    metagame_result_destroy(finished(session));
    assert_int_equal(metagame_session_extend(session, s->budgets[1], NULL), METAGAME_OK);
    assert_int_equal(metagame_session_progress(session, &progress, NULL), METAGAME_OK);
    assert_true(progress.n_planned >= progress.n_told && progress.n_told == h.last);
    assert_int_equal(metagame_session_run(session, game, NULL), METAGAME_DONE);
    assert_int_equal(metagame_session_progress(session, &progress, NULL), METAGAME_OK);
    assert_int_equal(progress.n_told, progress.n_planned);
    assert_int_equal(progress.n_told, atomic_load(&fixture.coalitions));
    assert_true(h.n > 0 && h.most == 0);
    metagame_session_destroy(session);
    metagame_game_destroy(game);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(options_are_checked), cmocka_unit_test(extensions_are_checked), cmocka_unit_test(bytes_are_a_bound),
    cmocka_unit_test(limit_of_an_extension), cmocka_unit_test(results_do_not_count), cmocka_unit_test(allocations_fail),
    cmocka_unit_test(calls_fail), cmocka_unit_test(progress_is_sane),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
