/* SPDX-License-Identifier: MIT */
/* Files that are missing, cut at every kind of place, or have bits flipped, other families, wrong shapes; options and batches out of
 * range: a status and a message that names what is wrong, and nothing is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ggml.h>
#include <gguf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

static char scratch[64];

static void write_file(const unsigned char *bytes, size_t size) {
  FILE *file = fopen(scratch, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

static unsigned char *read_file(const char *family, size_t *size) {
  char path[4096];
  golden_path(path, sizeof path, family, "gguf");
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  unsigned char *bytes = malloc(1 << 20);
  *size = fread(bytes, 1, 1 << 20, file);
  fclose(file);
  return bytes;
}

static metagame_status open_path(const char *path, uint64_t flags, metagame_error *err) {
  metagame_ggml_options options = METAGAME_GGML_OPTIONS_INIT;
  metagame_ggml *engine = NULL;
  options.model_path = path;
  options.n_threads = 1;
  options.flags = flags;
  metagame_status status = metagame_ggml_create(&engine, &options, err);
  assert_true((status == METAGAME_OK) == (engine != NULL));
  metagame_ggml_destroy(engine);
  return status;
}

/* Where the file opens, three tokens also run: to numbers, or to a status. */
static metagame_status open_and_run(const char *path, metagame_error *err) {
  static const int32_t tokens[3] = { 1, 2, 3 };
  static const metagame_ggml_term term = { 0, 0, 5, 0, 1.0 };
  metagame_ggml_options options = METAGAME_GGML_OPTIONS_INIT;
  metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
  metagame_ggml *engine = NULL;
  double value;
  options.model_path = path;
  options.n_threads = 1;
  options.flags = METAGAME_GGML_FORWARD;
  metagame_status opened = metagame_ggml_create(&engine, &options, err);
  if (opened < 0) return opened;
  batch.n_sequences = 1;
  batch.stride = 3;
  batch.tokens = tokens;
  batch.terms = &term;
  batch.n_terms = batch.n_functionals = 1;
  batch.values = &value;
  metagame_error own = METAGAME_ERROR_INIT;
  metagame_status ran = metagame_ggml_run(engine, &batch, &own);
  assert_true(ran == METAGAME_OK ? isfinite(value) : own.message[0] != '\0');
  metagame_ggml_destroy(engine);
  return opened;
}

#define SAYS(status_wanted, got, part)                                                              \
  do {                                                                                              \
    metagame_status says_status = (got);                                                            \
    if (says_status != (status_wanted) || !strstr(err.message, part))                               \
      fail_msg("line %d: %s '%s'", __LINE__, metagame_status_name(says_status), err.message);       \
  } while (0)

static void files_are_checked(void **state) {
  (void)state;
  metagame_error err = METAGAME_ERROR_INIT;
  SAYS(METAGAME_E_ARGUMENT, open_path("/nowhere/model.gguf", 0, &err), "/nowhere/model.gguf");
  SAYS(METAGAME_E_ARGUMENT, open_path("/", 0, &err), "not a regular file");
  write_file((const unsigned char *)"text", 4);
  SAYS(METAGAME_E_ARGUMENT, open_path(scratch, 0, &err), "not a GGUF file");
}

static void cut_files_are_refused(void **state) {
  size_t size;
  unsigned char *bytes = read_file(*state, &size);
  metagame_error err = METAGAME_ERROR_INIT;
  for (size_t at = 0; at < size; at += at < 6000 ? 97 : 24001) {
    write_file(bytes, at);
    metagame_status status = open_path(scratch, 0, &err);
    if (status != METAGAME_E_ARGUMENT || err.message[0] == '\0')
      fail_msg("cut at %zu: %s '%s'", at, metagame_status_name(status), err.message);
  }
  write_file(bytes, size);
  assert_int_equal(open_path(scratch, METAGAME_GGML_FORWARD, &err), METAGAME_OK);
  free(bytes);
}

/* Any answer but a crash: a flipped bit of a weight is just another weight. */
static void flipped_bits_do_no_harm(void **state) {
  size_t size, refused = 0;
  unsigned char *bytes = read_file(*state, &size);
  metagame_error err = METAGAME_ERROR_INIT;
  uint64_t seed = 3;
  for (int k = 0; k < 300; ++k) {
    size_t at = (size_t)((uniform(&seed) + 1.0) / 2.0 * 4000.0);
    unsigned char bit = (unsigned char)(1u << (k % 8)), before = bytes[at];
    bytes[at] ^= bit;
    write_file(bytes, size);
    if (open_and_run(scratch, &err) < 0) {
      ++refused;
      assert_true(err.message[0] != '\0');
    }
    bytes[at] = before;
  }
  assert_true(refused > 30);
  const float nan_value = NAN;
  memcpy(bytes + size - 4, &nan_value, sizeof nan_value);
  write_file(bytes, size);
  SAYS(METAGAME_E_ARGUMENT, open_path(scratch, 0, &err), "not finite");
  free(bytes);
}

/* The tiny model with one thing changed. */
typedef void (*change)(struct gguf_context *gguf, struct ggml_context *weights);

static void save(const char *family, change what) {
  char path[4096];
  golden_path(path, sizeof path, family, "gguf");
  struct ggml_context *weights = NULL;
  struct gguf_init_params params = { false, &weights };
  struct gguf_context *gguf = gguf_init_from_file(path, params), *copy = gguf_init_empty();
  gguf_set_kv(copy, gguf);
  what(copy, weights);
  for (struct ggml_tensor *t = ggml_get_first_tensor(weights); t; t = ggml_get_next_tensor(weights, t))
    if (t->name[0] && strcmp(t->name, "GGUF tensor data binary blob") != 0 && t->type == GGML_TYPE_F32) gguf_add_tensor(copy, t);
  assert_true(gguf_write_to_file(copy, scratch, false));
  gguf_free(copy);
  gguf_free(gguf);
  ggml_free(weights);
}

static void other_family(struct gguf_context *gguf, struct ggml_context *weights) {
  (void)weights;
  gguf_set_val_str(gguf, "general.architecture", "mamba");
}
static void experts(struct gguf_context *gguf, struct ggml_context *weights) {
  (void)weights;
  gguf_set_val_u32(gguf, "llama.expert_count", 8);
}
static void yarn(struct gguf_context *gguf, struct ggml_context *weights) {
  (void)weights;
  gguf_set_val_str(gguf, "llama.rope.scaling.type", "yarn");
}
static void no_layers(struct gguf_context *gguf, struct ggml_context *weights) {
  (void)weights;
  gguf_set_val_u32(gguf, "llama.block_count", 0);
}
static void more_layers(struct gguf_context *gguf, struct ggml_context *weights) {
  (void)weights;
  gguf_set_val_u32(gguf, "llama.block_count", 4);
}
static void text_layers(struct gguf_context *gguf, struct ggml_context *weights) {
  (void)weights;
  gguf_set_val_str(gguf, "llama.block_count", "three");
}
static void wide(struct gguf_context *gguf, struct ggml_context *weights) {
  (void)weights;
  gguf_set_val_u32(gguf, "llama.embedding_length", 96);
}
static void odd(struct gguf_context *gguf, struct ggml_context *weights) {
  (void)weights;
  gguf_set_val_u32(gguf, "llama.feed_forward_length", 127);
}
static void heads(struct gguf_context *gguf, struct ggml_context *weights) {
  (void)weights;
  gguf_set_val_u32(gguf, "llama.attention.head_count_kv", 3);
}
static void unknown_tensor(struct gguf_context *gguf, struct ggml_context *weights) {
  (void)gguf;
  ggml_set_name(ggml_get_tensor(weights, "blk.0.ffn_up.weight"), "blk.0.ffn_other.weight");
}
static void capped(struct gguf_context *gguf, struct ggml_context *weights) {
  (void)weights;
  gguf_set_val_f32(gguf, "gemma3.final_logit_softcapping", 30.0f);
}

static void no_rotation(struct gguf_context *gguf, struct ggml_context *weights) {
  (void)weights;
  gguf_set_val_u32(gguf, "llama.rope.dimension_count", 0);
}
static void both_ways(struct gguf_context *gguf, struct ggml_context *weights) {
  (void)weights;
  gguf_set_val_bool(gguf, "llama.attention.causal", false);
}
static void louder(struct gguf_context *gguf, struct ggml_context *weights) {
  (void)weights;
  gguf_set_val_f32(gguf, "llama.rope.scaling.attn_factor", 2.0f);
}
static void no_epsilon(struct gguf_context *gguf, struct ggml_context *weights) {
  (void)weights;
  assert_true(gguf_remove_key(gguf, "llama.attention.layer_norm_rms_epsilon") >= 0);
}

static void models_are_checked(void **state) {
  (void)state;
  static const struct {
    const char *family;
    change what;
    metagame_status status;
    const char *part;
  } all[] = {
    { "llama", other_family, METAGAME_E_UNSUPPORTED, "'mamba'" },
    { "llama", experts, METAGAME_E_UNSUPPORTED, "8 experts" },
    { "llama", yarn, METAGAME_E_UNSUPPORTED, "'yarn'" },
    { "llama", no_layers, METAGAME_E_ARGUMENT, "block_count is 0" },
    { "llama", more_layers, METAGAME_E_ARGUMENT, "no blk.3" },
    { "llama", text_layers, METAGAME_E_ARGUMENT, "block_count is str" },
    { "llama", wide, METAGAME_E_ARGUMENT, "64 x 256" },
    { "llama", odd, METAGAME_E_UNSUPPORTED, "127" },
    { "llama", heads, METAGAME_E_ARGUMENT, "3 key/value heads" },
    { "llama", unknown_tensor, METAGAME_E_ARGUMENT, "no blk.0.ffn_up.weight" },
    { "llama", no_rotation, METAGAME_E_ARGUMENT, "rope.dimension_count is 0, must be even, 2..16" },
    { "llama", both_ways, METAGAME_E_UNSUPPORTED, "llama.attention.causal is false" },
    { "llama", louder, METAGAME_E_UNSUPPORTED, "attn_factor is 2" },
    { "llama", no_epsilon, METAGAME_E_ARGUMENT, "no llama.attention.layer_norm_rms_epsilon" },
    { "gemma3", capped, METAGAME_E_UNSUPPORTED, "softcapping" },
  };
  for (size_t k = 0; k < sizeof all / sizeof *all; ++k) {
    metagame_error err = METAGAME_ERROR_INIT;
    save(all[k].family, all[k].what);
    metagame_status status = open_path(scratch, 0, &err);
    if (status != all[k].status || !strstr(err.message, all[k].part))
      fail_msg("case %zu: %s '%s'", k, metagame_status_name(status), err.message);
  }
}

static void options_are_checked(void **state) {
  (void)state;
  char path[4096];
  golden_path(path, sizeof path, "llama", "gguf");
  metagame_ggml *engine = NULL;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_ggml_options options = METAGAME_GGML_OPTIONS_INIT;
  SAYS(METAGAME_E_NULL, metagame_ggml_create(NULL, &options, &err), "out");
  SAYS(METAGAME_E_NULL, metagame_ggml_create(&engine, NULL, &err), "options");
  SAYS(METAGAME_E_NULL, metagame_ggml_create(&engine, &options, &err), "model_path");
  options.model_path = path;
  options.n_threads = 513;
  SAYS(METAGAME_E_ARGUMENT, metagame_ggml_create(&engine, &options, &err), "n_threads is 513");
  options.n_threads = 1;
  options.batch_tokens = 65537;
  SAYS(METAGAME_E_ARGUMENT, metagame_ggml_create(&engine, &options, &err), "batch_tokens is 65537");
  options.batch_tokens = 0;
  options.flags = 2;
  SAYS(METAGAME_E_FLAGS, metagame_ggml_create(&engine, &options, &err), "0x2");
  options.flags = 0;
  options.max_bytes = 1000;
  SAYS(METAGAME_E_LIMIT, metagame_ggml_create(&engine, &options, &err), "max_bytes is 1000");
  options.struct_size = 4;
  SAYS(METAGAME_E_STRUCT_SIZE, metagame_ggml_create(&engine, &options, &err), "struct_size is 4");
  metagame_ggml_destroy(NULL);
  metagame_ggml_prefix_destroy(NULL);
}

static void batches_are_checked(void **state) {
  (void)state;
  metagame_ggml *engine = engine_of("llama"), *other = engine_of("qwen2");
  metagame_ggml_prefix *prefix = NULL;
  metagame_error err = METAGAME_ERROR_INIT;
  int32_t tokens[600] = { 1, 2, 3 };
  uint32_t length = 2;
  double value;
  metagame_ggml_term term = { 0, 0, 5, 0, 1.0 };
  metagame_ggml_batch good = METAGAME_GGML_BATCH_INIT;
  good.n_sequences = 1;
  good.stride = 3;
  good.tokens = tokens;
  good.terms = &term;
  good.n_terms = good.n_functionals = 1;
  good.values = &value;
  metagame_ggml_batch batch = good;
#define REFUSED(what, status, part)                                      \
  do {                                                                   \
    batch = good;                                                        \
    what;                                                                \
    SAYS(status, metagame_ggml_run(engine, &batch, &err), part);         \
  } while (0)
  assert_int_equal(metagame_ggml_run(engine, &batch, &err), METAGAME_OK);
  SAYS(METAGAME_E_NULL, metagame_ggml_run(NULL, &batch, &err), "engine");
  REFUSED(batch.struct_size = 9, METAGAME_E_STRUCT_SIZE, "struct_size is 9");
  REFUSED(batch.tokens = NULL, METAGAME_E_ARGUMENT, "exactly one");
  REFUSED(batch.n_sequences = 0, METAGAME_E_ARGUMENT, "n_sequences is 0");
  REFUSED(batch.stride = 0, METAGAME_E_ARGUMENT, "stride is 0");
  REFUSED(batch.stride = 600, METAGAME_E_LIMIT, "at most 512");
  REFUSED(batch.backward = 3, METAGAME_E_ARGUMENT, "backward is 3");
  REFUSED(batch.terms = NULL, METAGAME_E_NULL, "terms is NULL");
  REFUSED(batch.n_functionals = 0, METAGAME_E_ARGUMENT, "n_functionals is 0");
  REFUSED((batch.lengths = &length, length = 0), METAGAME_E_ARGUMENT, "lengths[0] is 0");
  REFUSED((batch.lengths = &length, length = 4), METAGAME_E_ARGUMENT, "lengths[0] is 4");
  REFUSED(tokens[1] = 256, METAGAME_E_ARGUMENT, "256");
  tokens[1] = 2;
  REFUSED(term.token = 256, METAGAME_E_ARGUMENT, "token is 256");
  term.token = 5;
  REFUSED(term.from_end = 3, METAGAME_E_ARGUMENT, "from_end is 3");
  term.from_end = 0;
  REFUSED(term.functional = 1, METAGAME_E_ARGUMENT, "functional is 1");
  term.functional = 0;
  REFUSED(term.weight = NAN, METAGAME_E_ARGUMENT, "weight");
  term.weight = 1.0;
  SAYS(METAGAME_E_LIMIT, metagame_ggml_prefix_create(&prefix, engine, tokens, 512, &err), "n_tokens is 512");
  SAYS(METAGAME_E_ARGUMENT, metagame_ggml_prefix_create(&prefix, engine, tokens, 0, &err), "n_tokens is 0");
  assert_int_equal(metagame_ggml_prefix_create(&prefix, other, tokens, 2, &err), METAGAME_OK);
  metagame_ggml_destroy(other); /* the prefix holds it */
  REFUSED(batch.prefix = prefix, METAGAME_E_ARGUMENT, "another engine");
  float rows[64];
  tokens[0] = -3;
  SAYS(METAGAME_E_ARGUMENT, metagame_ggml_embed(engine, tokens, 1, rows, &err), "tokens[0] is -3");
  metagame_ggml_prefix_destroy(prefix);
  metagame_ggml_destroy(engine);
}

/* Weights so large that the numbers overflow in the first layer. */
static void huge(struct gguf_context *gguf, struct ggml_context *weights) {
  (void)gguf;
  struct ggml_tensor *t = ggml_get_tensor(weights, "blk.0.attn_q.weight");
  for (int64_t k = 0; k < ggml_nelements(t); ++k) ((float *)t->data)[k] = 3e38f;
}

static void numbers_that_are_not_finite_are_refused(void **state) {
  (void)state;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_ggml_options options = METAGAME_GGML_OPTIONS_INIT;
  metagame_ggml *engine = engine_of("llama");
  metagame_ggml_info info = METAGAME_GGML_INFO_INIT;
  assert_int_equal(metagame_ggml_get_info(engine, &info, &err), METAGAME_OK);
  float *logits = malloc(info.n_vocab * sizeof *logits), *attention = malloc(info.n_layers * 4 * sizeof *attention);
  float *embeddings = calloc(2 * info.width, sizeof *embeddings);
  metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
  batch.n_sequences = 1;
  batch.stride = 2;
  batch.embeddings = embeddings;
  batch.logits = logits;
  embeddings[info.width + 3] = INFINITY;
  SAYS(METAGAME_E_ARGUMENT, metagame_ggml_run(engine, &batch, &err), "sequence 0, token 1, are not finite");
  metagame_ggml_destroy(engine);

  static const int32_t tokens[2] = { 1, 2 };
  save("llama", huge);
  options.model_path = scratch;
  options.n_threads = 1;
  assert_int_equal(metagame_ggml_create(&engine, &options, &err), METAGAME_OK);
  batch.embeddings = NULL;
  batch.tokens = tokens;
  SAYS(METAGAME_E_NONFINITE, metagame_ggml_run(engine, &batch, &err), "logits of sequence 0");
  batch.logits = NULL;
  batch.attention = attention;
  SAYS(METAGAME_E_NONFINITE, metagame_ggml_run(engine, &batch, &err), "attention of layer 1 in sequence 0");
  metagame_ggml_destroy(engine);
  free(logits);
  free(attention);
  free(embeddings);
}

static uint64_t work_bytes(metagame_ggml *engine) {
  metagame_ggml_info info = METAGAME_GGML_INFO_INIT;
  assert_int_equal(metagame_ggml_get_info(engine, &info, NULL), METAGAME_OK);
  return info.work_bytes;
}

/* What a prefix needs while it is made: a forward run, and the keys and values of all layers. */
static void a_prefix_keeps_no_more_than_its_keys(void **state) {
  enum { N = 256 };
  metagame_ggml *engine = engine_of(*state);
  metagame_ggml_info info = METAGAME_GGML_INFO_INIT;
  metagame_ggml_prefix *prefix = NULL;
  int32_t tokens[N];
  assert_int_equal(metagame_ggml_get_info(engine, &info, NULL), METAGAME_OK);
  assert_true(work_bytes(engine) == 0);
  for (int32_t k = 0; k < N; ++k) tokens[k] = k % 200;
  float *logits = malloc(info.n_vocab * sizeof *logits);
  metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
  batch.n_sequences = 1;
  batch.stride = N;
  batch.tokens = tokens;
  batch.logits = logits;
  run(engine, &batch);
  uint64_t forward = work_bytes(engine), heads = info.n_heads + info.n_kv_heads;
  assert_true(forward > 0);
  metagame_ggml_destroy(engine);
  engine = engine_of(*state);
  assert_int_equal(metagame_ggml_prefix_create(&prefix, engine, tokens, N, NULL), METAGAME_OK);
  assert_true(work_bytes(engine) <= forward + info.n_layers * N * (2 * heads + info.n_kv_heads) * info.head_size * sizeof(float));
  metagame_ggml_prefix_destroy(prefix);
  metagame_ggml_destroy(engine);
  free(logits);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(files_are_checked),
    cmocka_unit_test_prestate(cut_files_are_refused, (void *)(uintptr_t) "llama"),
    cmocka_unit_test_prestate(cut_files_are_refused, (void *)(uintptr_t) "gemma3"),
    cmocka_unit_test_prestate(flipped_bits_do_no_harm, (void *)(uintptr_t) "llama"),
    cmocka_unit_test_prestate(flipped_bits_do_no_harm, (void *)(uintptr_t) "gemma3"),
    cmocka_unit_test(models_are_checked),
    cmocka_unit_test(options_are_checked),
    cmocka_unit_test(batches_are_checked),
    cmocka_unit_test(numbers_that_are_not_finite_are_refused),
    cmocka_unit_test_prestate(a_prefix_keeps_no_more_than_its_keys, (void *)(uintptr_t) "llama"),
    cmocka_unit_test_prestate(a_prefix_keeps_no_more_than_its_keys, (void *)(uintptr_t) "gemma3"),
  };
  metagame_ggml_silence();
  snprintf(scratch, sizeof scratch, "test-ggml-errors-%ld.gguf", (long)getpid());
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  remove(scratch);
  return failed;
}
