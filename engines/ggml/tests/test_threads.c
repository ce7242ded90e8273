/* SPDX-License-Identifier: MIT */
/* One engine from several threads: all get the numbers that one gets. A build with -Db_sanitize=thread says whether by luck. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>

#include "support.h"

enum { ROUNDS = 12, MOST = 2 * ROUNDS };

static const int32_t prefix_tokens[] = { 3, 4, 5 };

typedef struct worker {
  metagame_ggml *engine;
  int kind;
  int failed; /* cmocka's assertions belong to the first thread */
  double values[ROUNDS];
  float gradients[ROUNDS][MOST * GOLDEN_WIDTH];
} worker;

/* Sequences of growing lengths, so that what the engine holds for a shape is made anew; with a prefix of the thread's own. */
static void *work(void *argument) {
  worker *self = argument;
  const metagame_ggml_term term = { 0, 0, 9, 0, 1.0 };
  int32_t tokens[MOST];
  metagame_ggml_prefix *prefix = NULL;
  for (int k = 0; k < MOST; ++k) tokens[k] = (k * 37 + 11 + self->kind) % GOLDEN_VOCAB;
  if (self->kind) self->failed |= metagame_ggml_prefix_create(&prefix, self->engine, prefix_tokens, 3, NULL) != METAGAME_OK;
  for (size_t k = 0; k < ROUNDS; ++k) {
    metagame_ggml_info info = METAGAME_GGML_INFO_INIT;
    metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
    batch.prefix = prefix;
    batch.n_sequences = 1;
    batch.stride = 2 * (k + 1);
    batch.tokens = tokens;
    batch.terms = &term;
    batch.n_terms = batch.n_functionals = 1;
    batch.backward = self->kind ? METAGAME_GGML_ATTNLRP : METAGAME_GGML_GRADIENT;
    batch.values = self->values + k;
    batch.gradients = self->gradients[k];
    self->failed |= metagame_ggml_run(self->engine, &batch, NULL) != METAGAME_OK;
    self->failed |= metagame_ggml_get_info(self->engine, &info, NULL) != METAGAME_OK;
    self->failed |= info.work_bytes == 0 || metagame_ggml_seconds(self->engine) <= 0.0;
  }
  metagame_ggml_prefix_destroy(prefix);
  return NULL;
}

static void threads_may_share_an_engine(void **state) {
  metagame_ggml *engine = engine_of(*state), *alone = engine_of(*state);
  worker *workers = calloc(6, sizeof *workers); /* two alone, four together */
  pthread_t threads[4];
  assert_non_null(workers);
  for (int k = 0; k < 6; ++k) {
    workers[k].engine = k < 2 ? alone : engine;
    workers[k].kind = k % 2;
  }
  for (int k = 0; k < 2; ++k) work(workers + k);
  for (int k = 0; k < 4; ++k) assert_int_equal(pthread_create(threads + k, NULL, work, workers + 2 + k), 0);
  for (int k = 0; k < 4; ++k) assert_int_equal(pthread_join(threads[k], NULL), 0);
  for (int k = 0; k < 6; ++k) {
    const worker *wanted = workers + k % 2;
    assert_int_equal(workers[k].failed, 0);
    assert_memory_equal(workers[k].values, wanted->values, sizeof wanted->values);
    assert_memory_equal(workers[k].gradients, wanted->gradients, sizeof wanted->gradients);
  }
  assert_true(workers[0].values[ROUNDS - 1] != workers[1].values[ROUNDS - 1]);
  free(workers);
  metagame_ggml_destroy(engine);
  metagame_ggml_destroy(alone);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_prestate(threads_may_share_an_engine, (void *)(uintptr_t) "llama"),
    cmocka_unit_test_prestate(threads_may_share_an_engine, (void *)(uintptr_t) "gemma3"),
  };
  metagame_ggml_silence();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
