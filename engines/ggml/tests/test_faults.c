/* SPDX-License-Identifier: MIT */
/* Allocation k of the engine's own fails, for every k of a life from file to gradients: METAGAME_E_NOMEM, and nothing is lost (the
 * sanitized build looks). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "support.h"

void *faulty_malloc(size_t size);
void *faulty_calloc(size_t n, size_t size);
void *faulty_realloc(void *memory, size_t size);

static long countdown; /* 0: nothing fails */

static bool fails(void) {
  return countdown > 0 && --countdown == 0;
}

void *faulty_malloc(size_t size) {
  return fails() ? NULL : malloc(size);
}
void *faulty_calloc(size_t n, size_t size) {
  return fails() ? NULL : calloc(n, size);
}
void *faulty_realloc(void *memory, size_t size) {
  return fails() ? NULL : realloc(memory, size);
}

static metagame_status life(const char *family, metagame_error *err) {
  static float gradients[6 * GOLDEN_WIDTH], attention[6 * 3 * 5];
  static const int32_t tokens[6] = { 3, 4, 5, 6, 7, 8 };
  static const unsigned char hidden[6] = { 0, 1 };
  static const metagame_ggml_term term = { 0, 0, 9, 0, 1.0 };
  char path[4096];
  golden_path(path, sizeof path, family, "gguf");
  metagame_ggml_options options = METAGAME_GGML_OPTIONS_INIT;
  metagame_ggml *engine = NULL;
  metagame_ggml_prefix *prefix = NULL;
  options.model_path = path;
  options.n_threads = 1;
  metagame_status status = metagame_ggml_create(&engine, &options, err);
  if (status == METAGAME_OK) status = metagame_ggml_prefix_create(&prefix, engine, tokens, 2, err);
  if (status == METAGAME_OK) {
    metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
    batch.prefix = prefix;
    batch.n_sequences = 1;
    batch.stride = 3;
    batch.tokens = tokens;
    batch.hidden = hidden;
    batch.terms = &term;
    batch.n_terms = batch.n_functionals = 1;
    batch.gradients = gradients;
    batch.attention = attention;
    status = metagame_ggml_run(engine, &batch, err);
  }
  metagame_ggml_prefix_destroy(prefix);
  metagame_ggml_destroy(engine);
  return status;
}

static void every_failed_allocation_is_a_status(void **state) {
  long k = 1;
  for (;; ++k) {
    metagame_error err = METAGAME_ERROR_INIT;
    countdown = k;
    metagame_status status = life(*state, &err);
    bool reached = countdown == 0;
    countdown = 0;
    if (!reached) {
      assert_int_equal(status, METAGAME_OK);
      break;
    }
    if (status != METAGAME_E_NOMEM || err.message[0] == '\0')
      fail_msg("allocation %ld: %s '%s'", k, metagame_status_name(status), err.message);
  }
  assert_true(k > 15);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_prestate(every_failed_allocation_is_a_status, (void *)(uintptr_t) "llama"),
    cmocka_unit_test_prestate(every_failed_allocation_is_a_status, (void *)(uintptr_t) "qwen2"),
  };
  metagame_ggml_silence();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
