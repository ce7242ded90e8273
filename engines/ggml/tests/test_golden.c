/* SPDX-License-Identifier: MIT */
/* Logits, gradients and relevance of three tiny random models against reference implementations in double precision, and against
 * central differences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support.h"

static double worst[6]; /* of logits, gradient, gradient x input, relevance, integrated gradients, differences: printed */

static void note(int which, const double *got, const double *wanted, size_t n, double scale) {
  for (size_t k = 0; k < n; ++k) worst[which] = fmax(worst[which], fabs(got[k] - wanted[k]) / scale);
}

static void check_logits(metagame_ggml *engine, const golden_case *c) {
  float logits[GOLDEN_VOCAB];
  double wide[GOLDEN_VOCAB], low = INFINITY, high = -INFINITY;
  metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
  batch.n_sequences = 1;
  batch.stride = c->n;
  batch.tokens = c->ids;
  batch.logits = logits;
  run(engine, &batch);
  for (size_t k = 0; k < GOLDEN_VOCAB; ++k) {
    wide[k] = (double)logits[k];
    low = fmin(low, c->logits[k]);
    high = fmax(high, c->logits[k]);
  }
  note(0, wide, c->logits, GOLDEN_VOCAB, high - low);
  assert_rows("logits", wide, c->logits, GOLDEN_VOCAB, high - low, 2e-6);
}

static void sums(const float *gradient, const float *embeddings, size_t n, double *norm, double *product) {
  for (size_t k = 0; k < n; ++k) {
    double square = 0.0, sum = 0.0;
    for (size_t c = 0; c < GOLDEN_WIDTH; ++c) {
      double g = (double)gradient[k * GOLDEN_WIDTH + c];
      square += g * g;
      sum += g * (double)embeddings[k * GOLDEN_WIDTH + c];
    }
    if (norm) norm[k] = sqrt(square);
    product[k] = sum;
  }
}

static void check_case(metagame_ggml *engine, const golden_case *c) {
  float embeddings[GOLDEN_MOST * GOLDEN_WIDTH], gradient[GOLDEN_MOST * GOLDEN_WIDTH];
  double norm[GOLDEN_MOST], product[GOLDEN_MOST];
  assert_int_equal(metagame_ggml_embed(engine, c->ids, c->n, embeddings, NULL), METAGAME_OK);
  double value = value_at(engine, embeddings, c->n, c->target, c->contrast, METAGAME_GGML_GRADIENT, gradient);
  assert_rows("value", &value, &c->value, 1, 1.0, 2e-5);
  if (c->has_gradient)
    for (size_t k = 0; k < c->n; ++k) {
      double row[GOLDEN_WIDTH];
      for (size_t i = 0; i < GOLDEN_WIDTH; ++i) row[i] = (double)gradient[k * GOLDEN_WIDTH + i];
      double scale = largest(c->gradient[0], c->n * GOLDEN_WIDTH);
      note(1, row, c->gradient[k], GOLDEN_WIDTH, scale);
      assert_rows("gradient", row, c->gradient[k], GOLDEN_WIDTH, scale, 2e-5);
    }
  sums(gradient, embeddings, c->n, norm, product);
  assert_rows("gradient norm", norm, c->norm, c->n, largest(c->norm, c->n), 2e-5);
  note(2, product, c->times_input, c->n, largest(c->times_input, c->n));
  assert_rows("gradient x input", product, c->times_input, c->n, largest(c->times_input, c->n), 5e-5);
  value_at(engine, embeddings, c->n, c->target, c->contrast, METAGAME_GGML_ATTNLRP, gradient);
  sums(gradient, embeddings, c->n, NULL, product);
  note(3, product, c->attnlrp, c->n, largest(c->attnlrp, c->n));
  assert_rows("AttnLRP", product, c->attnlrp, c->n, largest(c->attnlrp, c->n), 5e-5);
}

static void test_golden(void **state) {
  const char *family = *state;
  size_t n;
  golden_case *cases = golden_read(family, &n);
  metagame_ggml *engine = engine_of(family);
  for (size_t k = 0; k < n; ++k) {
    if (cases[k].has_logits) check_logits(engine, cases + k);
    check_case(engine, cases + k);
  }
  printf("%s: relative errors: logits %.1e, gradient %.1e, gradient x input %.1e, AttnLRP %.1e\n", family, worst[0], worst[1], worst[2],
         worst[3]);
  metagame_ggml_destroy(engine);
  free(cases);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_prestate(test_golden, (void *)(uintptr_t) "llama"),
    cmocka_unit_test_prestate(test_golden, (void *)(uintptr_t) "qwen2"),
    cmocka_unit_test_prestate(test_golden, (void *)(uintptr_t) "gemma3"),
  };
  metagame_ggml_silence();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
