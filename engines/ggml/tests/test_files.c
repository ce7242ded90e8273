/* SPDX-License-Identifier: MIT */
/* What a file may have beyond the golden ones: weights of other types, scaled positions, factors of frequencies, a bias after attention.
 * Each as a tiny model rewritten, against another file or input that must give the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ggml.h>
#include <gguf.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

enum { LENGTH = 7, SIZE = LENGTH * GOLDEN_WIDTH, HEAD = 16, TARGET = 130 };

static const int32_t tokens[LENGTH] = { 131, 15, 47, 187, 152, 209, 126 };
static char scratch[64];

/* A golden file in memory, to be changed. */
typedef struct model {
  const char *family;
  struct gguf_context *gguf;
  struct ggml_context *weights, *more; /* more: tensors that the file does not have */
  enum ggml_type type;                 /* of matrices, as they are written */
  bool rounded;                        /* F32, with the values that `type` would have had */
} model;

static model open_model(const char *family) {
  char path[4096];
  golden_path(path, sizeof path, family, "gguf");
  model m = { family, gguf_init_empty(), NULL, NULL, GGML_TYPE_F32, false };
  struct gguf_init_params params = { false, &m.weights };
  struct gguf_context *file = gguf_init_from_file(path, params);
  assert_non_null(file);
  gguf_set_kv(m.gguf, file);
  gguf_free(file);
  m.more = ggml_init((struct ggml_init_params){ 1 << 21, NULL, false });
  assert_non_null(m.more);
  return m;
}

static const char *key_of(const model *m, const char *name) {
  static char key[128];
  snprintf(key, sizeof key, "%s.%s", m->family, name);
  return key;
}

static float *add_vector(model *m, const char *name, int64_t n) {
  struct ggml_tensor *t = ggml_new_tensor_1d(m->more, GGML_TYPE_F32, n);
  ggml_set_name(t, name);
  return t->data;
}

/* 32 numbers as Q8_0: the scale in half precision, then a byte each. */
static void round_q8(const float *in, unsigned char *block, float *out) {
  float most = 0.0f;
  for (size_t c = 0; c < 32; ++c) most = fmaxf(most, fabsf(in[c]));
  ggml_fp16_t half = ggml_fp32_to_fp16(most / 127.0f);
  float scale = ggml_fp16_to_fp32(half);
  memcpy(block, &half, sizeof half);
  for (size_t c = 0; c < 32; ++c) {
    float q = scale > 0.0f ? fmaxf(-127.0f, fminf(127.0f, roundf(in[c] / scale))) : 0.0f;
    signed char byte = (signed char)q;
    memcpy(block + 2 + c, &byte, 1);
    out[c] = scale * q;
  }
}

/* A matrix in the type wanted, or (rounded) in F32 with the numbers that it has there. */
static struct ggml_tensor *convert(struct ggml_context *context, const model *m, const struct ggml_tensor *t) {
  struct ggml_tensor *to = ggml_new_tensor_2d(context, m->rounded ? GGML_TYPE_F32 : m->type, t->ne[0], t->ne[1]);
  const float *in = t->data;
  size_t n = (size_t)ggml_nelements(t);
  ggml_set_name(to, t->name);
  for (size_t k = 0; k < n; k += 32) {
    unsigned char stored[64];
    float values[32];
    if (m->type == GGML_TYPE_Q8_0) {
      round_q8(in + k, stored, values);
    } else {
      for (size_t c = 0; c < 32; ++c) {
        ggml_fp16_t half = ggml_fp32_to_fp16(in[k + c]);
        memcpy(stored + c * sizeof half, &half, sizeof half);
        values[c] = ggml_fp16_to_fp32(half);
      }
    }
    size_t size = m->type == GGML_TYPE_Q8_0 ? 34 : 64;
    if (m->rounded) memcpy((float *)to->data + k, values, sizeof values);
    else memcpy((unsigned char *)to->data + k / 32 * size, stored, size);
  }
  return to;
}

static void save(const model *m) {
  struct ggml_context *converted = ggml_init((struct ggml_init_params){ 1 << 22, NULL, false });
  assert_non_null(converted);
  for (struct ggml_tensor *t = ggml_get_first_tensor(m->weights); t; t = ggml_get_next_tensor(m->weights, t)) {
    if (t->type != GGML_TYPE_F32 || t->name[0] == '\0') continue; /* the blob that the others lie in */
    gguf_add_tensor(m->gguf, m->type != GGML_TYPE_F32 && t->ne[1] > 1 ? convert(converted, m, t) : t);
  }
  for (struct ggml_tensor *t = ggml_get_first_tensor(m->more); t; t = ggml_get_next_tensor(m->more, t)) gguf_add_tensor(m->gguf, t);
  assert_true(gguf_write_to_file(m->gguf, scratch, false));
  ggml_free(converted);
}

static metagame_ggml *open_path(const char *path, uint64_t flags) {
  metagame_ggml_options options = METAGAME_GGML_OPTIONS_INIT;
  metagame_ggml *engine = NULL;
  metagame_error err;
  options.model_path = path;
  options.flags = flags;
  options.n_threads = 1;
  if (metagame_ggml_create(&engine, &options, &err) != METAGAME_OK) fail_msg("%s", err.message);
  return engine;
}

/* Writes, opens and forgets a changed model. */
static metagame_ggml *finish(model *m) {
  save(m);
  gguf_free(m->gguf);
  ggml_free(m->weights);
  ggml_free(m->more);
  return open_path(scratch, 0);
}

typedef struct answer {
  float logits[GOLDEN_VOCAB], gradient[2 * SIZE];
} answer;

static answer ask(metagame_ggml *engine, size_t n, const float *embeddings, const unsigned char *hidden) {
  const metagame_ggml_term term = { 0, 0, TARGET, 0, 1.0 };
  answer a = { { 0 }, { 0 } };
  metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
  batch.n_sequences = 1;
  batch.stride = n;
  batch.embeddings = embeddings;
  batch.hidden = hidden;
  batch.terms = &term;
  batch.n_terms = batch.n_functionals = 1;
  batch.gradients = a.gradient;
  batch.logits = a.logits;
  run(engine, &batch);
  return a;
}

static answer ask_tokens(metagame_ggml *engine) {
  float embeddings[SIZE];
  assert_int_equal(metagame_ggml_embed(engine, tokens, LENGTH, embeddings, NULL), METAGAME_OK);
  return ask(engine, LENGTH, embeddings, NULL);
}

static double distance(const float *a, const float *b, size_t n) {
  double most = 0.0;
  for (size_t k = 0; k < n; ++k) most = fmax(most, fabs((double)a[k] - (double)b[k]));
  return most;
}

static void assert_same(const answer *a, const answer *b, double tolerance) {
  double logits = distance(a->logits, b->logits, GOLDEN_VOCAB), gradient = distance(a->gradient, b->gradient, 2 * SIZE);
  if (!(logits <= tolerance && gradient <= tolerance)) fail_msg("logits differ by %.2e, gradients by %.2e", logits, gradient);
}

static void assert_other(const answer *a, const answer *b) {
  assert_true(distance(a->logits, b->logits, GOLDEN_VOCAB) > 1e-3);
  assert_true(distance(a->gradient, b->gradient, 2 * SIZE) > 1e-3);
}

static answer answer_of(model *m) {
  metagame_ggml *engine = finish(m);
  answer a = ask_tokens(engine);
  metagame_ggml_destroy(engine);
  return a;
}

static answer golden_answer(const char *family) {
  metagame_ggml *engine = engine_of(family);
  answer a = ask_tokens(engine);
  metagame_ggml_destroy(engine);
  return a;
}

/* ---- tests ---------------------------------------------------------------------------------------------------------------- */

static void other_types_are_expanded(void **state) {
  static const enum ggml_type types[] = { GGML_TYPE_F16, GGML_TYPE_Q8_0 };
  answer before = golden_answer(*state);
  for (size_t k = 0; k < 2; ++k) {
    answer both[2];
    for (int rounded = 0; rounded < 2; ++rounded) {
      model m = open_model(*state);
      m.type = types[k];
      m.rounded = rounded;
      both[rounded] = answer_of(&m);
    }
    assert_same(both, both + 1, 0.0);
    assert_true(distance(both[0].logits, before.logits, GOLDEN_VOCAB) > 1e-5);
  }
}

/* A factor r^(2k/n) on frequency k of base b is the base b r. */
static void factors_of_frequencies(void **state) {
  answer before = golden_answer(*state);
  model m = open_model(*state), n = open_model(*state);
  float *factors = add_vector(&m, "rope_freqs.weight", HEAD / 2), base = 10000.0f;
  int64_t id = gguf_find_key(m.gguf, key_of(&m, "rope.freq_base"));
  if (id >= 0) base = gguf_get_val_f32(m.gguf, id);
  for (int k = 0; k < HEAD / 2; ++k) factors[k] = powf(0.001f, 2.0f * (float)k / HEAD);
  gguf_set_val_f32(n.gguf, key_of(&n, "rope.freq_base"), base * 0.001f);
  answer with = answer_of(&m), without = answer_of(&n);
  assert_same(&with, &without, 1e-4);
  assert_other(&with, &before);
}

/* Positions divided by two: as if every other token were not there. Hidden ones stand in their places. */
static void scaled_positions(void **state) {
  static const char *const factors[] = { "rope.scaling.factor", "rope.scale_linear" };
  float embeddings[SIZE], spread[2 * SIZE] = { 0 };
  unsigned char hidden[2 * LENGTH] = { 0 };
  metagame_ggml *engine = engine_of(*state);
  answer before = ask_tokens(engine);
  assert_int_equal(metagame_ggml_embed(engine, tokens, LENGTH, embeddings, NULL), METAGAME_OK);
  metagame_ggml_destroy(engine);
  for (size_t t = 0; t < LENGTH; ++t) {
    memcpy(spread + 2 * t * GOLDEN_WIDTH, embeddings + t * GOLDEN_WIDTH, GOLDEN_WIDTH * sizeof *spread);
    hidden[2 * t + 1] = 1;
  }
  for (size_t k = 0; k < 2; ++k) {
    model m = open_model(*state);
    if (k == 0) gguf_set_val_str(m.gguf, key_of(&m, "rope.scaling.type"), "linear");
    gguf_set_val_f32(m.gguf, key_of(&m, factors[k]), 2.0f);
    engine = finish(&m);
    answer got = ask(engine, 2 * LENGTH - 1, spread, hidden), plain = ask_tokens(engine);
    metagame_ggml_destroy(engine);
    for (size_t t = 1; t < LENGTH; ++t)
      memmove(got.gradient + t * GOLDEN_WIDTH, got.gradient + 2 * t * GOLDEN_WIDTH, GOLDEN_WIDTH * sizeof *got.gradient);
    memset(got.gradient + SIZE, 0, SIZE * sizeof *got.gradient);
    assert_same(&got, &before, 1e-4);
    assert_other(&plain, &before);
  }
  model m = open_model(*state);
  gguf_set_val_str(m.gguf, key_of(&m, "rope.scaling.type"), "none");
  gguf_set_val_f32(m.gguf, key_of(&m, "rope.scaling.factor"), 2.0f);
  answer none = answer_of(&m);
  assert_same(&none, &before, 0.0);
}

/* Local layers of gemma3 do not scale: with no others the factor is nothing. */
static void local_layers_do_not_scale(void **state) {
  (void)state;
  answer answers[4];
  for (uint32_t k = 0; k < 4; ++k) {
    model m = open_model("gemma3");
    if (k < 2) {
      gguf_remove_key(m.gguf, key_of(&m, "attention.sliding_window_pattern"));
      gguf_set_val_u32(m.gguf, key_of(&m, "attention.sliding_window_pattern"), 0);
    }
    if (k % 2) {
      gguf_set_val_str(m.gguf, key_of(&m, "rope.scaling.type"), "linear");
      gguf_set_val_f32(m.gguf, key_of(&m, "rope.scaling.factor"), 8.0f);
    }
    answers[k] = answer_of(&m);
  }
  assert_same(answers, answers + 1, 0.0);
  assert_other(answers + 2, answers + 3);
}

/* Where attention's output is multiplied by zero, its bias is a shift of the embeddings. */
static void bias_after_attention(void **state) {
  float embeddings[SIZE];
  answer answers[2];
  for (int with = 0; with < 2; ++with) {
    model m = open_model(*state);
    struct ggml_tensor *out = ggml_get_tensor(m.weights, "blk.0.attn_output.weight");
    memset(out->data, 0, ggml_nbytes(out));
    float *bias = with ? add_vector(&m, "blk.0.attn_output.bias", GOLDEN_WIDTH) : NULL, shift[GOLDEN_WIDTH];
    for (size_t c = 0; c < GOLDEN_WIDTH; ++c) shift[c] = (float)(c % 5) - 1.5f;
    if (with) memcpy(bias, shift, sizeof shift);
    metagame_ggml *engine = finish(&m);
    assert_int_equal(metagame_ggml_embed(engine, tokens, LENGTH, embeddings, NULL), METAGAME_OK);
    answer plain = ask(engine, LENGTH, embeddings, NULL);
    for (size_t k = 0; k < SIZE; ++k) embeddings[k] += with ? 0.0f : shift[k % GOLDEN_WIDTH];
    answers[with] = ask(engine, LENGTH, embeddings, NULL);
    if (!with) assert_other(answers, &plain);
    metagame_ggml_destroy(engine);
  }
  assert_same(answers, answers + 1, 1e-5);
}

static void forward_only_has_no_gradients(void **state) {
  char path[4096];
  golden_path(path, sizeof path, *state, "gguf");
  metagame_ggml *both = engine_of(*state), *forward = open_path(path, METAGAME_GGML_FORWARD);
  metagame_ggml_info all = METAGAME_GGML_INFO_INIT, half = METAGAME_GGML_INFO_INIT;
  assert_int_equal(metagame_ggml_get_info(both, &all, NULL), METAGAME_OK);
  assert_int_equal(metagame_ggml_get_info(forward, &half, NULL), METAGAME_OK);
  assert_true(half.weight_bytes < all.weight_bytes);
  const metagame_ggml_term term = { 0, 0, TARGET, 0, 1.0 };
  double values[2];
  float gradient[SIZE];
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
  batch.n_sequences = 1;
  batch.stride = LENGTH;
  batch.tokens = tokens;
  batch.terms = &term;
  batch.n_terms = batch.n_functionals = 1;
  for (int k = 0; k < 2; ++k) {
    batch.values = values + k;
    run(k ? forward : both, &batch);
  }
  assert_true(values[0] == values[1]);
  batch.gradients = gradient;
  assert_int_equal(metagame_ggml_run(forward, &batch, &err), METAGAME_E_UNSUPPORTED);
  assert_non_null(strstr(err.message, "METAGAME_GGML_FORWARD"));
  metagame_ggml_destroy(both);
  metagame_ggml_destroy(forward);
}

#define EACH(test)                                                  \
  cmocka_unit_test_prestate(test, (void *)(uintptr_t) "llama"),     \
      cmocka_unit_test_prestate(test, (void *)(uintptr_t) "qwen2")
#define ALL(test) EACH(test), cmocka_unit_test_prestate(test, (void *)(uintptr_t) "gemma3")

int main(void) {
  const struct CMUnitTest tests[] = {
    ALL(other_types_are_expanded),
    EACH(factors_of_frequencies),
    EACH(scaled_positions),
    cmocka_unit_test(local_layers_do_not_scale),
    EACH(bias_after_attention),
    ALL(forward_only_has_no_gradients),
  };
  metagame_ggml_silence();
  snprintf(scratch, sizeof scratch, "test-ggml-files-%ld.gguf", (long)getpid());
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  remove(scratch);
  return failed;
}
