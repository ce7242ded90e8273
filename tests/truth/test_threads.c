/* SPDX-License-Identifier: MIT */
/* Games and models of the kit are shared by threads: the same bytes. Build with -Db_sanitize=thread too. */
#include <pthread.h>
#include <string.h>

#include "fixture.h"
#include "metagame/truth.h"

enum { N = 6, N_THREADS = 4 };

typedef struct job {
  const metagame_game *game;
  metagame_result *result;
  metagame_status status;
} job;

static void *solve(void *context) {
  job *j = context;
  j->status = metagame_solve(&j->result, j->game, NULL, NULL);
  return NULL;
}

static void expect_same(const metagame_game *game) {
  pthread_t threads[N_THREADS];
  job jobs[N_THREADS];
  for (int t = 0; t < N_THREADS; ++t) {
    jobs[t] = (job){ game, NULL, METAGAME_E_INTERNAL };
    assert_int_equal(pthread_create(&threads[t], NULL, solve, &jobs[t]), 0);
  }
  for (int t = 0; t < N_THREADS; ++t) assert_int_equal(pthread_join(threads[t], NULL), 0);
  for (int t = 0; t < N_THREADS; ++t) {
    assert_int_equal(jobs[t].status, METAGAME_OK);
    fx_same_result(jobs[t].result, jobs[0].result);
  }
  for (int t = 0; t < N_THREADS; ++t) metagame_result_destroy(jobs[t].result);
}

static void networks(void **state) {
  double weights[7 * N], x[N], background[N] = { 0 };
  metagame_masking masking = METAGAME_MASKING_INIT;
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_model *model = NULL;
  metagame_game *values = NULL, *game = NULL;
  (void)state;
  for (int k = 0; k < 7 * N; ++k) weights[k] = 0.1 * (k * 7 % 11) - 0.5;
  for (int k = 0; k < N; ++k) x[k] = 1 + 0.1 * k;
  const metagame_truth_layer layers[2] = { { weights, weights, 6, N, METAGAME_TRUTH_TANH, 0 }, { weights, NULL, 1, 6, 0, 0 } };
  masking.x = x;
  masking.background = background;
  method.name = "integrated-gradients";
  assert_int_equal(metagame_truth_network(&model, N, 2, layers, NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_game_from_model(&values, model, &masking, NULL), METAGAME_OK);
  assert_int_equal(metagame_game_attribute(&game, values, &method, NULL), METAGAME_OK);
  expect_same(game);
  metagame_game_destroy(game);
  metagame_game_destroy(values);
  metagame_model_destroy(model);
}

static void games(void **state) {
  const uint32_t weights[N] = { 3, 1, 4, 1, 5, 9 }, sources[2] = { 1, 3 };
  const int32_t own[2] = { 0, METAGAME_NO_PLAYER };
  const metagame_truth_effect effects[2] = { { 2, sources, 2, 0 }, { -1, sources, 1, 1 } };
  metagame_game *game = NULL;
  (void)state;
  assert_int_equal(metagame_truth_voting(&game, N, weights, 12, NULL, NULL, NULL, NULL), METAGAME_OK);
  expect_same(game);
  metagame_game_destroy(game);
  assert_int_equal(metagame_truth_planted(&game, N, 2, own, 2, effects, NULL, NULL, NULL, NULL), METAGAME_OK);
  expect_same(game);
  metagame_game_destroy(game);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(networks), cmocka_unit_test(games) };
  return cmocka_run_group_tests_name("the kit in threads", tests, NULL, NULL);
}
