/* SPDX-License-Identifier: MIT */
/* The callback fails at call c, for every c: with a code, NaN, infinity; the code is kept, no number of the failed batch is used, a
 * host that tries again gets the bytes of an undisturbed run. And: the session is cancelled at every index. Goals R2, R3. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

typedef enum kind { DIRECT, SHAPLEY, OCCLUSION, N_KINDS } kind;

static metagame_game *make_game(kind k, fx_game *fixture, const metagame_allocator *allocator) {
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_game *game = NULL;
  fx_game_init(fixture, 5, k == DIRECT ? 6 : 1, k == DIRECT); /* the sixth target is free */
  if (k == DIRECT) return fx_create(fixture, allocator);
  metagame_game *base = fx_create_function(fixture, allocator);
  method.name = k == SHAPLEY ? "shapley" : "occlusion";
  assert_int_equal(metagame_game_attribute(&game, base, &method, NULL), METAGAME_OK);
  metagame_game_destroy(base);
  return game;
}

static metagame_options make_options(int32_t solver) {
  metagame_options options = fx_options(solver, 45);
  options.batch = 3;
  return options;
}

static void solve_with_fault(kind k, int32_t solver, fx_fault fault, long call, long *calls) {
  const metagame_options options = make_options(solver);
  fx_game fixture;
  fx_memory memory;
  metagame_error err;
  metagame_result *result = (metagame_result *)&fixture;
  const metagame_allocator allocator = fx_allocator(&memory);
  metagame_game *game = make_game(k, &fixture, &allocator);
  fixture.fault = fault;
  fixture.fault_at = call;
  const metagame_status status = metagame_solve(&result, game, &options, &err);
  if (call == 0) {
    assert_int_equal(status, METAGAME_OK);
    *calls = fixture.calls;
  } else {
    assert_null(result);
    if (fixture.calls != call) fail_msg("%ld calls after call %ld failed", (long)fixture.calls, call);
    if (fault == FX_CODE) {
      fx_expect(status, METAGAME_E_CALLBACK, &err, "the host is out of luck", "4711", NULL);
      assert_int_equal(err.user_code, FX_USER_CODE);
    } else {
      fx_expect(status, METAGAME_E_NONFINITE, &err, "coalition", fault == FX_NAN ? "nan" : "inf", NULL);
    }
  }
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  assert_int_equal(fixture.destroyed, 1);
  assert_int_equal(memory.bytes, 0);
}

static void every_call_fails(void **state) {
  (void)state;
  for (int k = 0; k < N_KINDS; ++k)
    for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s) {
      long calls = 0;
      solve_with_fault((kind)k, fx_solvers[s], FX_NONE, 0, &calls);
      assert_true(calls > 3);
      for (int fault = FX_CODE; fault <= FX_INFINITY; ++fault)
        for (long call = 1; call <= calls; ++call) solve_with_fault((kind)k, fx_solvers[s], (fx_fault)fault, call, NULL);
    }
}

/* The host evaluates the same request again, or declines it, and goes on. */
static void host_tries_again(void **state) {
  (void)state;
  for (int k = 0; k < N_KINDS; ++k)
    for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s) {
      const metagame_options options = make_options(fx_solvers[s]);
      fx_game fixture;
      metagame_result *wanted = NULL;
      metagame_game *game = make_game((kind)k, &fixture, NULL);
      assert_int_equal(metagame_solve(&wanted, game, &options, NULL), METAGAME_OK);
      const long calls = fixture.calls;
      for (long call = 1; call <= calls; ++call)
        for (int fault = FX_CODE; fault <= FX_NAN; ++fault)
          for (int declines = 0; declines < 2; ++declines) {
            metagame_session *session = NULL;
            metagame_result *result = NULL;
            metagame_error err;
            int failures = 0;
            fixture.calls = 0;
            fixture.fault = (fx_fault)fault;
            fixture.fault_at = call;
            assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
            for (;;) {
              metagame_request request = METAGAME_REQUEST_INIT;
              metagame_status status = metagame_session_ask(session, &request, &err);
              if (status == METAGAME_DONE) break;
              assert_int_equal(status, METAGAME_OK);
              do {
                status = metagame_game_evaluate(game, &request, request.rows, &err);
                if (status == METAGAME_OK)
                  status = metagame_session_tell(session, request.ticket, request.rows, request.n_masks, &err);
                failures += status < 0;
              } while (status < 0 && !declines);
              if (status < 0) assert_int_equal(metagame_session_decline(session, request.ticket, 0, &err), METAGAME_OK);
            }
            assert_int_equal(failures, 1);
            assert_int_equal(metagame_session_finish(&result, session, &err), METAGAME_OK);
            fx_same_result(result, wanted);
            metagame_result_destroy(result);
            metagame_session_destroy(session);
          }
      metagame_result_destroy(wanted);
      metagame_game_destroy(game);
    }
}

/* ---- plan, combine and completeness of a formula ---- */

typedef struct formula {
  long calls, fault_at;
  int in_combine, nan;
  long destroyed;
} formula;

static int32_t METAGAME_CALL plan(void *user, const uint64_t *mask, metagame_sink *sink, metagame_error *err) {
  formula *f = user;
  metagame_sink_want(sink, mask);
  if (f->in_combine || ++f->calls != f->fault_at) return 0;
  metagame_error_set(err, "no plan");
  return 12;
}

static int32_t METAGAME_CALL combine(void *user, const uint64_t *mask, const double *values, size_t n_values, double *row,
                                     metagame_error *err) {
  formula *f = user;
  (void)mask;
  assert_int_equal(n_values, 1);
  row[0] = values[0];
  row[1] = -values[0];
  if (!f->in_combine || ++f->calls != f->fault_at) return 0;
  if (f->nan) {
    row[1] = NAN;
    return 0;
  }
  metagame_error_set(err, "no combination");
  return 13;
}

static void METAGAME_CALL formula_destroy(void *user) { ++((formula *)user)->destroyed; }

static void formula_callbacks(void **state) {
  (void)state;
  for (int mode = 0; mode < 3; ++mode) /* plan fails, combine fails, combine returns NaN */
    for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s)
      for (long call = 1;; ++call) {
        const metagame_options options = make_options(fx_solvers[s]);
        fx_game fixture;
        fx_memory memory;
        formula f = { 0, call, mode > 0, mode == 2, 0 };
        metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
        metagame_game *game = NULL;
        metagame_session *session = NULL;
        metagame_result *result = (metagame_result *)&f;
        metagame_error err;
        const metagame_allocator allocator = fx_allocator(&memory);
        fx_game_init(&fixture, 5, 1, 0);
        metagame_game *values = fx_create_function(&fixture, &allocator);
        attributor.name = "formula";
        attributor.n_players = 5;
        attributor.n_targets = 2;
        attributor.user = &f;
        attributor.values = values;
        attributor.plan = plan;
        attributor.combine = combine;
        attributor.destroy = formula_destroy;
        assert_int_equal(metagame_game_from_attributor(&game, &attributor, &allocator, NULL), METAGAME_OK);
        metagame_game_destroy(values);
        assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
        const metagame_status status = fx_drive(session, game, &err);
        const int reached = f.calls >= call;
        if (!reached) {
          assert_int_equal(status, METAGAME_DONE);
          assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
        } else {
          if (mode < 2) fx_expect(status, METAGAME_E_CALLBACK, &err, mode == 0 ? "no plan" : "no combination", NULL);
          if (mode < 2) assert_int_equal(err.user_code, mode == 0 ? 12 : 13);
          if (mode == 2) fx_expect(status, METAGAME_E_NONFINITE, &err, "target 1", "coalition", "nan", NULL);
          assert_int_equal(f.calls, call);
          metagame_request request = METAGAME_REQUEST_INIT; /* the session is over, and says so */
          fx_expect(metagame_session_ask(session, &request, &err), METAGAME_E_STATE, &err, NULL);
          fx_expect(metagame_session_finish(&result, session, &err), METAGAME_E_STATE, &err, NULL);
          assert_null(result);
        }
        metagame_result_destroy(result);
        metagame_session_destroy(session);
        metagame_game_destroy(game);
        assert_int_equal(f.destroyed, 1);
        assert_int_equal(fixture.destroyed, 1);
        assert_int_equal(memory.bytes, 0);
        if (!reached) {
          assert_true(call > 10);
          break;
        }
      }
}

/* ---- cancel ---- */

/* Tells the first `told` coalitions, `batch` at a time, the open tickets in reverse order where asked, and cancels. */
static metagame_result *prefix(const metagame_game *game, int32_t solver, uint64_t told, uint32_t batch, int reversed) {
  metagame_options options = make_options(solver);
  metagame_request *open = calloc(told + 1, sizeof *open);
  metagame_session *session = NULL;
  metagame_result *result = NULL;
  size_t n_open = 0;
  assert_non_null(open);
  options.batch = batch;
  options.max_open = 4096;
  assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
  for (uint64_t asked = 0; asked < told;) {
    metagame_struct_init(&open[n_open], sizeof *open);
    metagame_status status = metagame_session_ask(session, &open[n_open], NULL);
    if (status == METAGAME_OK) {
      asked += open[n_open++].n_masks;
      if (reversed && asked < told) continue;
    }
    if (n_open == 0)
      fail_msg("%s with %llu of %llu asked", metagame_status_name(status), (unsigned long long)asked, (unsigned long long)told);
    while (n_open-- > 0) {
      assert_int_equal(metagame_game_evaluate(game, &open[n_open], open[n_open].rows, NULL), METAGAME_OK);
      assert_int_equal(metagame_session_tell(session, open[n_open].ticket, open[n_open].rows, open[n_open].n_masks, NULL),
                       METAGAME_OK);
    }
    n_open = 0;
  }
  metagame_session_cancel(session);
  assert_true(metagame_session_finish(&result, session, NULL) >= 0);
  metagame_session_destroy(session);
  free(open);
  return result;
}

/* A cancelled run says exactly what it saw: the same coalitions give the same bytes, one by one or out of order. */
static void cancel_everywhere(void **state) {
  (void)state;
  for (int k = 0; k < N_KINDS; ++k)
    for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s) {
      const metagame_options options = make_options(fx_solvers[s]);
      fx_game fixture;
      fx_memory memory;
      metagame_result *whole = NULL;
      metagame_result_info info = METAGAME_RESULT_INFO_INIT;
      const metagame_allocator allocator = fx_allocator(&memory);
      metagame_game *game = make_game((kind)k, &fixture, &allocator);
      assert_int_equal(metagame_solve(&whole, game, &options, NULL), METAGAME_OK);
      const uint64_t total = (uint64_t)fixture.coalitions;
      for (uint64_t told = 0; told <= total; ++told) {
        metagame_result *one = prefix(game, fx_solvers[s], told, 1, 0), *other = prefix(game, fx_solvers[s], told, 1, 1);
        fx_valid_partial(one);
        fx_same_result(one, other);
        assert_int_equal(metagame_result_get_info(one, &info, NULL), METAGAME_OK);
        assert_int_equal(info.status, told == total ? METAGAME_OK : METAGAME_PARTIAL);
        assert_int_equal(k == DIRECT ? info.evaluations : info.value_evaluations, told);
        if (told == total) fx_same_result(one, whole);
        metagame_result_destroy(one);
        metagame_result_destroy(other);
      }
      metagame_result_destroy(whole);
      metagame_game_destroy(game);
      assert_int_equal(memory.bytes, 0);
    }
}

/* Cancelled from inside the callback: that batch is evaluated to its end and refused, nothing is evaluated after it. */
static void cancel_inside(void **state) {
  (void)state;
  for (int k = 0; k < N_KINDS; ++k)
    for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s)
      for (long call = 1;; ++call) {
        const metagame_options options = make_options(fx_solvers[s]);
        fx_game fixture;
        metagame_session *session = NULL;
        metagame_result *result = NULL;
        metagame_error err;
        metagame_game *game = make_game((kind)k, &fixture, NULL);
        assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
        fixture.cancel = session;
        fixture.cancel_at = call;
        const metagame_status status = fx_drive(session, game, &err);
        const int reached = fixture.calls >= call;
        if (reached) {
          fx_expect(status, METAGAME_E_CANCELLED, &err, NULL);
          assert_int_equal(fixture.calls, call);
        }
        assert_int_equal(metagame_session_finish(&result, session, NULL), reached ? METAGAME_PARTIAL : METAGAME_OK);
        fx_valid_partial(result);
        metagame_result_destroy(result);
        metagame_session_destroy(session);
        metagame_game_destroy(game);
        assert_int_equal(fixture.destroyed, 1);
        if (!reached) break;
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_call_fails), cmocka_unit_test(host_tries_again), cmocka_unit_test(formula_callbacks),
    cmocka_unit_test(cancel_everywhere), cmocka_unit_test(cancel_inside),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
