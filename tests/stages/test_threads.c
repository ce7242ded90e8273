/* SPDX-License-Identifier: MIT */
/* Eight threads at a session with rules, and at one that is extended: the bytes are those of one thread. Also run under ThreadSanitizer. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "fixture.h"

enum { THREADS = 8 };

typedef struct worker {
  pthread_t thread;
  metagame_session *session;
  const metagame_game *game;
  unsigned number, rounds;
  metagame_status failure;
} worker;

static void *work(void *argument) {
  worker *w = argument;
  for (;;) {
    metagame_request request = METAGAME_REQUEST_INIT;
    metagame_progress progress = METAGAME_PROGRESS_INIT;
    metagame_status status = metagame_session_ask(w->session, &request, NULL);
    if (status == METAGAME_WAIT) {
      sched_yield();
      continue;
    }
    if (status == METAGAME_DONE) return NULL;
    if (status == METAGAME_OK && ++w->rounds % 7 == w->number) {
      status = metagame_session_decline(w->session, request.ticket, 0, NULL);
      if (status == METAGAME_OK) continue;
    }
    if (status == METAGAME_OK) status = metagame_game_evaluate(w->game, &request, request.rows, NULL);
    if (status == METAGAME_OK) status = metagame_session_tell(w->session, request.ticket, request.rows, request.n_masks, NULL);
    if (status == METAGAME_OK) status = metagame_session_progress(w->session, &progress, NULL);
    if (status != METAGAME_OK || progress.n_told > progress.n_planned) {
      w->failure = status != METAGAME_OK ? status : METAGAME_E_INTERNAL;
      metagame_session_cancel(w->session);
      return NULL;
    }
  }
}

static metagame_result *together(metagame_session *session, const metagame_game *game) {
  worker workers[THREADS] = { 0 };
  metagame_result *result = NULL;
  for (unsigned t = 0; t < THREADS; ++t) {
    workers[t].session = session;
    workers[t].game = game;
    workers[t].number = t;
    assert_int_equal(pthread_create(&workers[t].thread, NULL, work, &workers[t]), 0);
  }
  for (unsigned t = 0; t < THREADS; ++t) assert_int_equal(pthread_join(workers[t].thread, NULL), 0);
  for (unsigned t = 0; t < THREADS; ++t)
    if (workers[t].failure != METAGAME_OK) fail_msg("thread %u: %s", t, metagame_status_name(workers[t].failure));
  assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
  return result;
}

static metagame_result *alone(metagame_session *session, const metagame_game *game) {
  metagame_result *result = NULL;
  assert_int_equal(metagame_session_run(session, game, NULL), METAGAME_DONE);
  assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
  return result;
}

static void same_bytes(void **state) {
  static const uint64_t budgets[5][2] = { { 256, 300 }, { 140, 200 }, { 300, 500 }, { 200, 220 }, { 70, 100 } };
  (void)state;
  for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s)
    for (int kind = 0; kind < 4; ++kind) { /* extended or with rules; direct or a formula */
      fx_game fixture;
      metagame_options options = fx_options(fx_solvers[s], budgets[s][0]);
      metagame_method method = METAGAME_METHOD_INIT;
      metagame_session *one = NULL, *many = NULL;
      metagame_game *game = NULL, *base = NULL;
      options.max_evaluations = budgets[s][0];
      options.batch = 5;
      options.flags = METAGAME_EXTENDABLE | (kind >= 2 ? METAGAME_EVALUATE : 0);
      if (kind % 2) options.relative_precision = 1e-7;
      fx_game_init(&fixture, 8, kind >= 2 ? 1 : 2, 0);
      fixture.flags = METAGAME_THREADSAFE;
      if (kind < 2) {
        game = fx_create(&fixture, NULL);
      } else {
        base = fx_create_function(&fixture, NULL);
        method.name = "occlusion";
        assert_int_equal(metagame_game_attribute(&game, base, &method, NULL), METAGAME_OK);
        metagame_game_destroy(base);
      }
      assert_int_equal(metagame_session_create(&one, game, &options, NULL), METAGAME_OK);
      assert_int_equal(metagame_session_create(&many, game, &options, NULL), METAGAME_OK);
      for (int extended = 0; extended < 2; ++extended) {
        if (extended) assert_int_equal(metagame_session_extend(one, budgets[s][1], NULL), METAGAME_OK);
        if (extended) assert_int_equal(metagame_session_extend(many, budgets[s][1], NULL), METAGAME_OK);
        metagame_result *a = alone(one, game), *b = together(many, game);
        fx_same_result(a, b);
        metagame_result_destroy(a);
        metagame_result_destroy(b);
      }
      metagame_session_destroy(one);
      metagame_session_destroy(many);
      metagame_game_destroy(game);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(same_bytes) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
