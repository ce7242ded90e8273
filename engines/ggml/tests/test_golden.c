/* SPDX-License-Identifier: MIT */
/* Logits, gradients, relevance and integrated gradients of three tiny random models against reference implementations in double
 * precision. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support.h"

enum { NODES = 64 }; /* as the references have */

static double worst[5]; /* of logits, gradient, gradient x input, relevance, integrated gradients: printed */

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

/* Node k of NODES of Gauss and Legendre on [0, 1]. */
static double legendre(size_t k, double *weight) {
  double x = cos(3.14159265358979323846 * ((double)k + 0.75) / (NODES + 0.5)), slope = 0.0;
  for (int round = 0; round < 20; ++round) {
    double before = 1.0, now = x;
    for (int j = 2; j <= NODES; ++j) {
      double next = ((2 * j - 1) * x * now - (j - 1) * before) / j;
      before = now;
      now = next;
    }
    slope = NODES * (x * now - before) / (x * x - 1.0);
    x -= now / slope;
  }
  *weight = 1.0 / ((1.0 - x * x) * slope * slope);
  return (1.0 - x) / 2.0;
}

/* The straight path from zero, as one batch. */
static void check_integrated(metagame_ggml *engine, const golden_case *c, const float *embeddings) {
  size_t size = c->n * GOLDEN_WIDTH;
  float *path = malloc(NODES * size * sizeof *path), *gradients = malloc(NODES * size * sizeof *gradients);
  double weights[NODES], sums[GOLDEN_MOST] = { 0 };
  assert_true(path && gradients);
  for (size_t k = 0; k < NODES; ++k) {
    double node = legendre(k, weights + k);
    for (size_t i = 0; i < size; ++i) path[k * size + i] = (float)(node * (double)embeddings[i]);
  }
  const metagame_ggml_term terms[2] = { { 0, 0, c->target, 0, 1.0 }, { 0, 0, c->contrast, 0, -1.0 } };
  metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
  batch.n_sequences = NODES;
  batch.stride = c->n;
  batch.embeddings = path;
  batch.terms = terms;
  batch.n_terms = c->contrast < 0 ? 1 : 2;
  batch.n_functionals = 1;
  batch.gradients = gradients;
  run(engine, &batch);
  for (size_t k = 0; k < NODES; ++k)
    for (size_t i = 0; i < size; ++i) sums[i / GOLDEN_WIDTH] += weights[k] * (double)gradients[k * size + i] * (double)embeddings[i];
  note(4, sums, c->integrated, c->n, largest(c->integrated, c->n));
  assert_rows("integrated gradients", sums, c->integrated, c->n, largest(c->integrated, c->n), 2e-5);
  free(path);
  free(gradients);
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
  if (c->has_integrated) check_integrated(engine, c, embeddings);
}

static void test_golden(void **state) {
  const char *family = *state;
  size_t n, n_logits = 0, n_integrated = 0;
  golden_case *cases = golden_read(family, &n);
  metagame_ggml *engine = engine_of(family);
  for (size_t k = 0; k < n; ++k) {
    if (cases[k].has_logits) check_logits(engine, cases + k);
    check_case(engine, cases + k);
    n_logits += cases[k].has_logits;
    n_integrated += cases[k].has_integrated;
  }
  assert_true(n_logits > 0 && n_integrated > 0);
  printf("%s: relative errors: logits %.1e, gradient %.1e, gradient x input %.1e, AttnLRP %.1e, integrated gradients %.1e\n", family,
         worst[0], worst[1], worst[2], worst[3], worst[4]);
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
