/* SPDX-License-Identifier: MIT */
/* What must hold whatever the weights: central differences, of the function and of the function with frozen parts; conservation; rows of
 * attention; batches of different lengths and with a prefix against one sequence at a time; hidden tokens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"
#include "support.h"

enum { LENGTH = 10, SIZE = LENGTH * GOLDEN_WIDTH, TARGET = 130, CONTRAST = 16 };

static const int32_t tokens[LENGTH] = { 131, 15, 47, 187, 152, 209, 126, 114, 63, 8 };

static void embed(metagame_ggml *engine, float *out) {
  assert_int_equal(metagame_ggml_embed(engine, tokens, LENGTH, out, NULL), METAGAME_OK);
}

/* Along 20 random directions, against the engine's own values and against the reference's in double. */
static void gradient_equals_differences(void **state) {
  metagame_ggml *engine = engine_of(*state);
  float at[SIZE], moved[SIZE], gradient[SIZE];
  embed(engine, at);
  value_at(engine, at, LENGTH, TARGET, CONTRAST, METAGAME_GGML_GRADIENT, gradient);
  uint64_t seed = 7;
  double worst = 0.0, norm = 0.0;
  for (size_t k = 0; k < SIZE; ++k) norm += (double)gradient[k] * (double)gradient[k];
  for (int direction = 0; direction < 20; ++direction) {
    double along = 0.0, values[2], length = 0.0, d[SIZE];
    const double h = 4e-3;
    for (size_t k = 0; k < SIZE; ++k) {
      d[k] = uniform(&seed);
      length += d[k] * d[k];
    }
    for (size_t k = 0; k < SIZE; ++k) {
      d[k] /= sqrt(length);
      along += d[k] * (double)gradient[k];
    }
    for (int side = 0; side < 2; ++side) {
      for (size_t k = 0; k < SIZE; ++k) moved[k] = (float)((double)at[k] + (side ? h : -h) * d[k]);
      values[side] = value_at(engine, moved, LENGTH, TARGET, CONTRAST, METAGAME_GGML_GRADIENT, NULL);
    }
    worst = fmax(worst, fabs((values[1] - values[0]) / (2 * h) - along) / sqrt(norm));
  }
  printf("%s: central differences within %.1e of the gradient's length\n", (const char *)*state, worst);
  assert_true(worst < 1e-3);
  metagame_ggml_destroy(engine);
}

/* The rules as a function: what they hold fixed is computed at the point and kept; its derivative, by differences in double. */
static void relevance_is_the_gradient_of_the_frozen_function(void **state) {
  metagame_ggml *engine = engine_of(*state);
  reference *model = reference_open(*state);
  float at[SIZE], gradient[SIZE];
  double wide[SIZE];
  embed(engine, at);
  for (size_t k = 0; k < SIZE; ++k) wide[k] = (double)at[k];
  for (int32_t mode = METAGAME_GGML_GRADIENT; mode <= METAGAME_GGML_CP_LRP; ++mode) {
    double value = value_at(engine, at, LENGTH, TARGET, CONTRAST, mode, gradient), worst = 0.0, norm = 0.0;
    reference_freeze(model, mode, wide, LENGTH);
    double exact = reference_value(model, wide, LENGTH, TARGET, CONTRAST);
    assert_rows("value", &value, &exact, 1, 1.0, 1e-5);
    for (size_t k = 0; k < SIZE; ++k) norm = fmax(norm, fabs((double)gradient[k]));
    for (size_t k = 0; k < SIZE; k += 7) {
      const double h = 1e-4;
      double keep = wide[k];
      wide[k] = keep + h;
      double above = reference_value(model, wide, LENGTH, TARGET, CONTRAST);
      wide[k] = keep - h;
      double below = reference_value(model, wide, LENGTH, TARGET, CONTRAST);
      wide[k] = keep;
      worst = fmax(worst, fabs((above - below) / (2 * h) - (double)gradient[k]) / norm);
    }
    printf("%s, rules %d: differences of the frozen function within %.1e of the largest entry\n", (const char *)*state, mode, worst);
    assert_true(worst < 1e-4);
  }
  reference_close(model);
  metagame_ggml_destroy(engine);
}

/* Without biases CP-LRP's function is homogeneous of degree one in the embeddings: relevance adds up to the value. AttnLRP's is not. */
static void cp_lrp_conserves(void **state) {
  metagame_ggml *engine = engine_of(*state);
  float at[SIZE], gradient[SIZE];
  embed(engine, at);
  double sums[3];
  for (int32_t mode = METAGAME_GGML_ATTNLRP; mode <= METAGAME_GGML_CP_LRP; ++mode) {
    sums[0] = value_at(engine, at, LENGTH, TARGET, CONTRAST, mode, gradient);
    sums[mode] = 0.0;
    for (size_t k = 0; k < SIZE; ++k) sums[mode] += (double)at[k] * (double)gradient[k];
  }
  bool biases = strcmp(*state, "qwen2") == 0; /* which take relevance */
  assert_true(fabs(sums[1] - sums[0]) > 1e-2 * fabs(sums[0]));
  if (biases) assert_true(fabs(sums[2] - sums[0]) > 1e-3 * fabs(sums[0]));
  else assert_rows("sum of CP-LRP", sums + 2, sums, 1, fabs(sums[0]), 1e-5);
  metagame_ggml_destroy(engine);
}

static void attention_rows_are_distributions(void **state) {
  metagame_ggml *engine = engine_of(*state);
  metagame_ggml_info info = METAGAME_GGML_INFO_INIT;
  assert_int_equal(metagame_ggml_get_info(engine, &info, NULL), METAGAME_OK);
  float *maps = calloc(info.n_layers * LENGTH * LENGTH, sizeof *maps);
  unsigned char hidden[LENGTH] = { 0, 0, 1 };
  for (int masked = 0; masked < 2; ++masked) {
    metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
    batch.n_sequences = 1;
    batch.stride = LENGTH;
    batch.tokens = tokens;
    batch.attention = maps;
    batch.hidden = masked ? hidden : NULL;
    run(engine, &batch);
    for (size_t l = 0; l < info.n_layers; ++l)
      for (size_t i = 0; i < LENGTH; ++i) {
        const float *row = maps + (l * LENGTH + i) * LENGTH;
        bool local = strcmp(*state, "gemma3") == 0 && l % 6 != 5;
        double sum = 0.0;
        for (size_t j = 0; j < LENGTH; ++j) {
          bool sees = j <= i && !(local && i - j >= 4) && !(masked && hidden[j] && i != j);
          assert_true(sees ? row[j] > 0.0f : row[j] == 0.0f);
          sum += (double)row[j];
        }
        assert_true(fabs(sum - 1.0) < 1e-6);
      }
  }
  free(maps);
  metagame_ggml_destroy(engine);
}

/* Several lengths, a prefix, hidden tokens, two functionals of several positions, values before gradients in the same engine: as one by
 * one. batch_tokens 14 makes slices of different lengths, some with sequences of different lengths in them. */
static void check_batches(const char *family, int32_t backward, uint32_t n_threads, uint32_t batch_tokens, bool hide) {
  enum { N = 7, F = 2, PREFIX = 3, STRIDE = LENGTH - PREFIX };
  static const uint32_t lengths[N] = { 7, 3, 5, 7, 2, 6, 4 };
  const metagame_ggml_term terms[] = { { 0, 0, TARGET, 0, 1.0 }, { 1, 1, CONTRAST, 0, 0.5 }, { 1, 0, 9, 0, -2.0 } };
  metagame_ggml *engine = engine_with(family, n_threads, batch_tokens), *plain = engine_of(family);
  metagame_ggml_prefix *prefix = NULL;
  assert_int_equal(metagame_ggml_prefix_create(&prefix, engine, tokens, PREFIX, NULL), METAGAME_OK);
  int32_t rows[N * STRIDE];
  unsigned char hidden[N * STRIDE] = { 0 };
  uint64_t seed = 5;
  for (size_t k = 0; k < N * STRIDE; ++k) {
    rows[k] = (int32_t)((k * 37 + 11) % GOLDEN_VOCAB);
    hidden[k] = k / STRIDE % 3 != 2 && uniform(&seed) < -0.3; /* every third sequence shows all */
  }
  for (size_t k = 0; k < STRIDE; ++k) rows[k] = tokens[PREFIX + k];
  rows[STRIDE + 1] = METAGAME_GGML_ZERO;
  rows[2 * STRIDE + 1] = METAGAME_GGML_MEAN;
  double values[N * F], single[F];
  float *gradients = calloc(N * F * STRIDE * GOLDEN_WIDTH, sizeof *gradients), alone[F * LENGTH * GOLDEN_WIDTH];
  metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
  batch.prefix = prefix;
  batch.n_sequences = N;
  batch.stride = STRIDE;
  batch.lengths = lengths;
  batch.tokens = rows;
  batch.hidden = hide ? hidden : NULL;
  batch.terms = terms;
  batch.n_terms = 3;
  batch.n_functionals = F;
  batch.backward = backward;
  batch.values = values;
  run(engine, &batch);
  batch.gradients = gradients;
  run(engine, &batch);
  for (size_t s = 0; s < N; ++s) {
    int32_t whole[LENGTH];
    unsigned char whole_hidden[LENGTH] = { 0 };
    memcpy(whole, tokens, PREFIX * sizeof *whole);
    memcpy(whole + PREFIX, rows + s * STRIDE, lengths[s] * sizeof *whole);
    memcpy(whole_hidden + PREFIX, hidden + s * STRIDE, lengths[s]);
    metagame_ggml_batch one = batch;
    one.prefix = NULL;
    one.n_sequences = 1;
    one.stride = PREFIX + lengths[s];
    one.lengths = NULL;
    one.tokens = whole;
    one.hidden = hide ? whole_hidden : NULL;
    one.values = single;
    one.gradients = alone;
    run(plain, &one);
    assert_rows("values", values + s * F, single, F, 1.0, 1e-5);
    for (size_t f = 0; f < F; ++f)
      for (size_t k = 0; k < lengths[s] * GOLDEN_WIDTH; ++k) {
        double wanted = (double)alone[(f * one.stride + PREFIX) * GOLDEN_WIDTH + k];
        double got = (double)gradients[(s * F + f) * STRIDE * GOLDEN_WIDTH + k];
        assert_rows("gradient", &got, &wanted, 1, 1.0, 1e-5);
      }
  }
  free(gradients);
  metagame_ggml_prefix_destroy(prefix);
  metagame_ggml_destroy(engine);
  metagame_ggml_destroy(plain);
}

static void batches_equal_single_runs(void **state) {
  static const uint32_t n_threads[] = { 1, 3 }, batch_tokens[] = { 512, 14 };
  for (size_t k = 0; k < 8; ++k) check_batches(*state, METAGAME_GGML_GRADIENT, n_threads[k & 1], batch_tokens[k >> 1 & 1], k & 4);
  check_batches(*state, METAGAME_GGML_ATTNLRP, 3, 14, true);
  check_batches(*state, METAGAME_GGML_CP_LRP, 3, 14, true);
}

/* Nobody reads a hidden token: its embedding does not matter, and no gradient reaches it. */
static void hidden_tokens_do_nothing(void **state) {
  metagame_ggml *engine = engine_of(*state);
  float at[SIZE], gradient[SIZE];
  unsigned char hidden[LENGTH] = { 0, 1, 0, 0, 1 };
  const metagame_ggml_term term = { 0, 0, TARGET, 0, 1.0 };
  double values[2], plain;
  embed(engine, at);
  plain = value_at(engine, at, LENGTH, TARGET, -1, METAGAME_GGML_GRADIENT, NULL);
  metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
  batch.n_sequences = 1;
  batch.stride = LENGTH;
  batch.embeddings = at;
  batch.hidden = hidden;
  batch.terms = &term;
  batch.n_terms = batch.n_functionals = 1;
  batch.gradients = gradient;
  for (int round = 0; round < 2; ++round) {
    batch.values = values + round;
    run(engine, &batch);
    for (size_t c = 0; c < GOLDEN_WIDTH; ++c) {
      assert_true(gradient[GOLDEN_WIDTH + c] == 0.0f && gradient[4 * GOLDEN_WIDTH + c] == 0.0f);
      at[GOLDEN_WIDTH + c] += 1.0f;
    }
  }
  assert_true(values[0] == values[1]);
  assert_true(fabs(values[0] - plain) > 1e-4);
  metagame_ggml_destroy(engine);
}

#define EACH(test)                                                      \
  cmocka_unit_test_prestate(test, (void *)(uintptr_t) "llama"),         \
      cmocka_unit_test_prestate(test, (void *)(uintptr_t) "qwen2"),     \
      cmocka_unit_test_prestate(test, (void *)(uintptr_t) "gemma3")

int main(void) {
  const struct CMUnitTest tests[] = {
    EACH(gradient_equals_differences),      EACH(relevance_is_the_gradient_of_the_frozen_function),
    EACH(cp_lrp_conserves),                 EACH(attention_rows_are_distributions),
    EACH(batches_equal_single_runs),        EACH(hidden_tokens_do_nothing),
  };
  metagame_ggml_silence();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
