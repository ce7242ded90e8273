/* SPDX-License-Identifier: MIT */
/* Several threads at one session, at one game, at one model; cancel and progress from outside. Results are those of one thread, bit
 * for bit. Goals R6, R10; also run under ThreadSanitizer. Workers note failures; only the main thread asserts. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

enum { THREADS = 4 };

typedef enum kind { DIRECT, SHAPLEY, GRADIENT, NOISE, SAMPLING, N_KINDS } kind;

static metagame_game *make_game(kind k, fx_game *fixture, uint32_t n, uint64_t flags) {
  static const double x[12] = { 1, 2, -1, 0.5, 3, -2, 1, 1, 2 }, zeros[12];
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_masking masking = METAGAME_MASKING_INIT;
  metagame_model *model = NULL;
  metagame_game *base = NULL, *game = NULL;
  method.flags = METAGAME_INDEPENDENT; /* matters to those that draw */
  method.samples = 4;
  if (k == GRADIENT || k == NOISE) {
    metagame_model_callbacks callbacks = fx_model(fixture, n, 1);
    callbacks.flags = flags;
    assert_int_equal(metagame_model_create(&model, &callbacks, NULL, NULL), METAGAME_OK);
    masking.x = x;
    masking.background = zeros;
    assert_int_equal(metagame_game_from_model(&base, model, &masking, NULL), METAGAME_OK);
    metagame_model_destroy(model);
    method.name = k == NOISE ? "smoothgrad-x-delta" : "integrated-gradients";
    method.steps = 3;
  } else {
    fx_game_init(fixture, n, k == DIRECT ? n + 1 : 1, k == DIRECT);
    fixture->flags = flags;
    if (k == DIRECT) return fx_create(fixture, NULL);
    base = fx_create_function(fixture, NULL);
    method.name = k == SAMPLING ? "shapley-sampling" : "shapley";
  }
  assert_int_equal(metagame_game_attribute(&game, base, &method, NULL), METAGAME_OK);
  metagame_game_destroy(base);
  return game;
}

typedef struct worker {
  pthread_t thread;
  metagame_session *session;
  const metagame_game *game;
  metagame_options options;
  unsigned number, declines;
  atomic_int *stop;
  metagame_result *result;
  metagame_status failure; /* the first unexpected status */
  long rounds;
} worker;

static void run_workers(worker *workers, unsigned count, void *(*work)(void *)) {
  for (unsigned t = 0; t < count; ++t) {
    workers[t].number = t;
    assert_int_equal(pthread_create(&workers[t].thread, NULL, work, &workers[t]), 0);
  }
  for (unsigned t = 0; t < count; ++t) {
    assert_int_equal(pthread_join(workers[t].thread, NULL), 0);
    if (workers[t].failure != METAGAME_OK) fail_msg("thread %u: %s", t, metagame_status_name(workers[t].failure));
  }
}

/* ---- one session ---- */

static void *tell_together(void *argument) {
  worker *w = argument;
  for (;;) {
    metagame_request request = METAGAME_REQUEST_INIT;
    metagame_error err;
    metagame_status status = metagame_session_ask(w->session, &request, &err);
    if (status == METAGAME_WAIT) {
      sched_yield();
      continue;
    }
    if (status == METAGAME_DONE) return NULL;
    if (status == METAGAME_OK && w->declines && ++w->rounds % 5 == w->number) { /* now and then a batch goes back */
      status = metagame_session_decline(w->session, request.ticket, 0, &err);
      if (status == METAGAME_OK) continue;
    }
    double *rows = request.rows; /* half of the threads bring their own memory */
    if (status == METAGAME_OK && w->number % 2) rows = malloc(request.n_masks * request.row_len * sizeof *rows);
    if (status == METAGAME_OK && !rows) status = METAGAME_E_NOMEM;
    if (status == METAGAME_OK) status = metagame_game_evaluate(w->game, &request, rows, &err);
    if (status == METAGAME_OK) status = metagame_session_tell(w->session, request.ticket, rows, request.n_masks, &err);
    if (rows != request.rows) free(rows);
    if (status != METAGAME_OK) {
      w->failure = status;
      metagame_session_cancel(w->session); /* so that the others do not wait for ever */
      return NULL;
    }
  }
}

static void one_session(void **state) {
  (void)state;
  for (int k = 0; k < N_KINDS; ++k)
    for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s)
      for (int declines = 0; declines < 2; ++declines) {
        const uint32_t n = k == DIRECT ? 9 : 7;
        metagame_options options = fx_options(fx_solvers[s], 120);
        fx_game fixture;
        metagame_result *wanted = NULL, *result = NULL;
        worker workers[THREADS];
        metagame_session *session = NULL;
        metagame_game *game = make_game((kind)k, &fixture, n, METAGAME_THREADSAFE);
        assert_int_equal(metagame_solve(&wanted, game, &options, NULL), METAGAME_OK);
        options.batch = declines ? 1 : 3;
        options.max_open = declines ? 5 : 0;
        assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
        memset(workers, 0, sizeof workers);
        for (unsigned t = 0; t < THREADS; ++t) {
          workers[t].session = session;
          workers[t].game = game;
          workers[t].declines = (unsigned)declines;
        }
        run_workers(workers, THREADS, tell_together);
        assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
        fx_same_result(result, wanted);
        metagame_result_destroy(result);
        metagame_result_destroy(wanted);
        metagame_session_destroy(session);
        metagame_game_destroy(game);
        assert_int_equal(fixture.destroyed, 1);
      }
}

/* ---- sessions of their own on one game ---- */

static void *solve_alone(void *argument) {
  worker *w = argument;
  w->failure = metagame_solve(&w->result, w->game, &w->options, NULL);
  return NULL;
}

static void one_game(void **state) {
  (void)state;
  for (int k = 0; k < N_KINDS; ++k)
    for (int threadsafe = 0; threadsafe < 2; ++threadsafe)
      for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s) {
        const metagame_options options = fx_options(fx_solvers[s], 90);
        fx_game fixture;
        worker workers[THREADS];
        metagame_result *wanted = NULL;
        metagame_game *game = make_game((kind)k, &fixture, 6, threadsafe ? METAGAME_THREADSAFE : 0);
        assert_int_equal(metagame_solve(&wanted, game, &options, NULL), METAGAME_OK);
        fixture.slow = 20;
        memset(workers, 0, sizeof workers);
        for (unsigned t = 0; t < THREADS; ++t) {
          workers[t].game = game;
          workers[t].options = options;
          workers[t].options.batch = 1 + t;
        }
        run_workers(workers, THREADS, solve_alone);
        for (unsigned t = 0; t < THREADS; ++t) {
          fx_same_result(workers[t].result, wanted);
          metagame_result_destroy(workers[t].result);
        }
        if (!threadsafe) assert_int_equal(fixture.overlaps, 0); /* callbacks ran one at a time */
        metagame_result_destroy(wanted);
        metagame_game_destroy(game);
        assert_int_equal(fixture.destroyed, 1);
      }
}

/* Two games over one model: the model's callbacks still run one at a time. */
static void one_model(void **state) {
  static const double x[6] = { 1, 2, -1, 0.5, 3, -2 }, zeros[6];
  static const char *const names[THREADS] = { "gradient", "shapley", "integrated-gradients", "occlusion" };
  fx_game counts;
  worker workers[THREADS];
  metagame_game *games[THREADS] = { NULL }, *base = NULL;
  metagame_model *model = NULL;
  metagame_masking masking = METAGAME_MASKING_INIT;
  (void)state;
  const metagame_model_callbacks callbacks = fx_model(&counts, 6, 1);
  counts.slow = 50;
  masking.x = x;
  masking.background = zeros;
  assert_int_equal(metagame_model_create(&model, &callbacks, NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_game_from_model(&base, model, &masking, NULL), METAGAME_OK);
  metagame_model_destroy(model);
  memset(workers, 0, sizeof workers);
  for (unsigned t = 0; t < THREADS; ++t) {
    metagame_method method = METAGAME_METHOD_INIT;
    method.name = names[t];
    assert_int_equal(metagame_game_attribute(&games[t], base, &method, NULL), METAGAME_OK);
    workers[t].game = games[t];
    workers[t].options = fx_options(METAGAME_SOLVER_EXACT, 0);
    workers[t].options.batch = 2;
  }
  metagame_game_destroy(base);
  run_workers(workers, THREADS, solve_alone);
  assert_int_equal(counts.overlaps, 0);
  for (unsigned t = 0; t < THREADS; ++t) {
    metagame_result_destroy(workers[t].result);
    metagame_game_destroy(games[t]);
  }
  assert_int_equal(counts.destroyed, 1);
}

/* One direct game without METAGAME_THREADSAFE, one session, many threads: one call at a time. */
static void one_callback_at_a_time(void **state) {
  const metagame_options options = fx_options(METAGAME_SOLVER_PERMUTATION, 400);
  fx_game fixture;
  worker workers[THREADS];
  metagame_session *session = NULL;
  metagame_result *result = NULL;
  (void)state;
  metagame_game *game = make_game(DIRECT, &fixture, 9, 0);
  metagame_options small = options;
  small.batch = 1;
  fixture.slow = 100;
  assert_int_equal(metagame_session_create(&session, game, &small, NULL), METAGAME_OK);
  memset(workers, 0, sizeof workers);
  for (unsigned t = 0; t < THREADS; ++t) {
    workers[t].session = session;
    workers[t].game = game;
  }
  run_workers(workers, THREADS, tell_together);
  assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
  assert_int_equal(fixture.overlaps, 0);
  assert_true(fixture.calls > 100);
  metagame_result_destroy(result);
  metagame_session_destroy(session);
  metagame_game_destroy(game);
}

/* ---- from outside ---- */

static void *watch_until_stop(void *argument) {
  worker *w = argument;
  uint64_t told = 0;
  while (!atomic_load(w->stop)) {
    metagame_progress progress = METAGAME_PROGRESS_INIT;
    const metagame_status status = metagame_session_progress(w->session, &progress, NULL);
    if (status != METAGAME_OK || progress.n_told < told) {
      w->failure = status < 0 ? status : METAGAME_E_INTERNAL;
      return NULL;
    }
    told = progress.n_told;
    ++w->rounds;
    sched_yield();
  }
  return NULL;
}

static void *cancel_soon(void *argument) {
  worker *w = argument;
  for (;;) {
    metagame_progress progress = METAGAME_PROGRESS_INIT;
    if (metagame_session_progress(w->session, &progress, NULL) != METAGAME_OK || progress.n_told >= 40) break;
    sched_yield();
  }
  metagame_session_cancel(w->session);
  return NULL;
}

static void cancelled_from_outside(void **state) {
  (void)state;
  for (int k = 0; k < N_KINDS; ++k)
    for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s) {
      metagame_options options = fx_options(fx_solvers[s], 500);
      fx_game fixture;
      worker canceller;
      metagame_session *session = NULL;
      metagame_result *result = NULL;
      metagame_result_info info = METAGAME_RESULT_INFO_INIT;
      metagame_error err;
      metagame_game *game = make_game((kind)k, &fixture, 9, 0);
      options.batch = 1;
      fixture.slow = 50;
      assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
      memset(&canceller, 0, sizeof canceller);
      canceller.session = session;
      assert_int_equal(pthread_create(&canceller.thread, NULL, cancel_soon, &canceller), 0);
      const metagame_status status = fx_drive(session, game, &err);
      assert_int_equal(pthread_join(canceller.thread, NULL), 0);
      assert_true(status == METAGAME_DONE || status == METAGAME_E_CANCELLED);
      assert_int_equal(metagame_session_finish(&result, session, NULL), status == METAGAME_DONE ? METAGAME_OK : METAGAME_PARTIAL);
      fx_valid_partial(result);
      assert_int_equal(metagame_result_get_info(result, &info, NULL), METAGAME_OK);
      assert_true((k == SHAPLEY || k == SAMPLING ? info.value_evaluations : info.evaluations) >= 40);
      metagame_result_destroy(result);
      metagame_session_destroy(session);
      metagame_game_destroy(game);
    }
}

static void watched(void **state) {
  const metagame_options options = fx_options(METAGAME_SOLVER_EXACT, 0);
  fx_game fixture;
  worker watcher;
  atomic_int stop = 0;
  metagame_session *session = NULL;
  metagame_error err;
  (void)state;
  metagame_game *game = make_game(SHAPLEY, &fixture, 10, 0);
  assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
  memset(&watcher, 0, sizeof watcher);
  watcher.session = session;
  watcher.stop = &stop;
  assert_int_equal(pthread_create(&watcher.thread, NULL, watch_until_stop, &watcher), 0);
  assert_int_equal(fx_drive(session, game, &err), METAGAME_DONE);
  atomic_store(&stop, 1);
  assert_int_equal(pthread_join(watcher.thread, NULL), 0);
  assert_int_equal(watcher.failure, METAGAME_OK);
  metagame_session_destroy(session);
  metagame_game_destroy(game);
}

/* ---- lifetimes ---- */

static void *create_and_destroy(void *argument) {
  worker *w = argument;
  for (int round = 0; round < 20 && w->failure == METAGAME_OK; ++round) {
    metagame_session *session = NULL;
    w->failure = metagame_session_create(&session, w->game, &w->options, NULL);
    metagame_session_destroy(session);
  }
  if (w->failure == METAGAME_OK) w->failure = metagame_solve(&w->result, w->game, &w->options, NULL);
  metagame_session_destroy(w->session);
  metagame_result_destroy(w->result);
  return NULL;
}

static void holders(void **state) {
  const metagame_options options = fx_options(METAGAME_SOLVER_PERMUTATION, 60);
  fx_game fixture;
  worker workers[THREADS];
  (void)state;
  metagame_game *game = make_game(GRADIENT, &fixture, 5, 0);
  memset(workers, 0, sizeof workers);
  for (unsigned t = 0; t < THREADS; ++t) {
    assert_int_equal(metagame_session_create(&workers[t].session, game, &options, NULL), METAGAME_OK);
    workers[t].game = game;
    workers[t].options = options;
  }
  run_workers(workers, THREADS, create_and_destroy);
  assert_int_equal(fixture.destroyed, 0);
  metagame_game_destroy(game);
  assert_int_equal(fixture.destroyed, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(one_session),
    cmocka_unit_test(one_game),
    cmocka_unit_test(one_model),
    cmocka_unit_test(one_callback_at_a_time),
    cmocka_unit_test(cancelled_from_outside),
    cmocka_unit_test(watched),
    cmocka_unit_test(holders),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
