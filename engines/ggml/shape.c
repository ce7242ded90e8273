/* SPDX-License-Identifier: MIT */
/* GGUF header -> sizes and constants of the family. What the graph does not compute is refused here, by name. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

typedef struct reader {
  const struct gguf_context *gguf;
  const char *path, *architecture;
  metagame_error *err;
} reader;

/* Keys are ARCHITECTURE.name; returns -1 where the file has none. */
static int64_t find(const reader *r, const char *name, char *key, size_t size) {
  snprintf(key, size, "%s.%s", r->architecture, name);
  return gguf_find_key(r->gguf, key);
}

static metagame_status wrong_type(const reader *r, const char *key, int64_t id, const char *wanted) {
  return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "'%s': %s is %s, must be %s", r->path, key,
                   gguf_type_name(gguf_get_kv_type(r->gguf, id)), wanted);
}

static metagame_status read_integer(const reader *r, const char *name, bool required, uint32_t most, uint32_t *out) {
  char key[128];
  int64_t id = find(r, name, key, sizeof key);
  if (id < 0) {
    if (!required) return METAGAME_OK;
    return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "'%s' has no %s", r->path, key);
  }
  uint64_t value;
  switch (gguf_get_kv_type(r->gguf, id)) {
    case GGUF_TYPE_UINT32: value = gguf_get_val_u32(r->gguf, id); break;
    case GGUF_TYPE_INT32: value = (uint64_t)(int64_t)gguf_get_val_i32(r->gguf, id); break;
    case GGUF_TYPE_UINT64: value = gguf_get_val_u64(r->gguf, id); break;
    default: return wrong_type(r, key, id, "one integer");
  }
  if (value > most || (required && value == 0))
    return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "'%s': %s is %llu, must be %d..%u", r->path, key, (unsigned long long)value,
                     required ? 1 : 0, most);
  *out = (uint32_t)value;
  return METAGAME_OK;
}

static metagame_status read_float(const reader *r, const char *name, float least, float *out) {
  char key[128];
  int64_t id = find(r, name, key, sizeof key);
  if (id < 0) return METAGAME_OK;
  if (gguf_get_kv_type(r->gguf, id) != GGUF_TYPE_FLOAT32) return wrong_type(r, key, id, "f32");
  float value = gguf_get_val_f32(r->gguf, id);
  if (!isfinite(value) || value < least)
    return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "'%s': %s is %g, must be finite and at least %g", r->path, key, (double)value,
                     (double)least);
  *out = value;
  return METAGAME_OK;
}

/* Neither YaRN nor LongRoPE: no model was at hand to check them with. */
static metagame_status read_rope(const reader *r, mtgg_shape *s) {
  char key[128];
  float factor = 0.0f;
  s->rope_base = s->rope_base_local = 10000.0f;
  s->rope_scale = 1.0f;
  MTGG_TRY(read_float(r, "rope.freq_base", 1e-3f, &s->rope_base));
  MTGG_TRY(read_float(r, "rope.freq_base_swa", 1e-3f, &s->rope_base_local));
  MTGG_TRY(read_float(r, "rope.scale_linear", 0.0f, &factor));
  MTGG_TRY(read_float(r, "rope.scaling.factor", 0.0f, &factor));
  int64_t id = find(r, "rope.scaling.type", key, sizeof key);
  if (id >= 0) {
    if (gguf_get_kv_type(r->gguf, id) != GGUF_TYPE_STRING) return wrong_type(r, key, id, "a string");
    const char *type = gguf_get_val_str(r->gguf, id);
    if (strcmp(type, "none") == 0) factor = 0.0f;
    else if (strcmp(type, "linear") != 0)
      return mtgg_fail(r->err, METAGAME_E_UNSUPPORTED, "'%s': %s is '%.40s'; the graph knows none and linear", r->path, key, type);
  }
  if (factor > 0.0f) s->rope_scale = 1.0f / factor;
  return METAGAME_OK;
}

static metagame_status read_local_layers(const reader *r, mtgg_shape *s) {
  char key[128];
  uint32_t pattern = 6;
  MTGG_TRY(read_integer(r, "attention.sliding_window", false, INT32_MAX, &s->window));
  if (s->window == 0) return METAGAME_OK;
  int64_t id = find(r, "attention.sliding_window_pattern", key, sizeof key);
  if (id >= 0 && gguf_get_kv_type(r->gguf, id) == GGUF_TYPE_ARRAY) {
    if (gguf_get_arr_type(r->gguf, id) != GGUF_TYPE_BOOL || gguf_get_arr_n(r->gguf, id) != s->n_layers)
      return wrong_type(r, key, id, "one integer, or a bool for each layer");
    const signed char *each = gguf_get_arr_data(r->gguf, id);
    for (uint32_t l = 0; l < s->n_layers; ++l) s->local[l] = each[l] != 0;
    return METAGAME_OK;
  }
  MTGG_TRY(read_integer(r, "attention.sliding_window_pattern", false, INT32_MAX, &pattern));
  for (uint32_t l = 0; l < s->n_layers; ++l) s->local[l] = pattern == 0 || l % pattern < pattern - 1;
  return METAGAME_OK;
}

/* Keys that change the mathematics in a way that the graph does not follow. */
static metagame_status refuse_extras(const reader *r) {
  char key[128];
  uint32_t experts = 0;
  float cap = 0.0f, attention_factor = 1.0f;
  int64_t id = find(r, "attention.causal", key, sizeof key);
  if (id >= 0 && gguf_get_kv_type(r->gguf, id) != GGUF_TYPE_BOOL) return wrong_type(r, key, id, "bool");
  if (id >= 0 && !gguf_get_val_bool(r->gguf, id))
    return mtgg_fail(r->err, METAGAME_E_UNSUPPORTED, "'%s': %s is false; the graph knows only causal attention", r->path, key);
  MTGG_TRY(read_float(r, "rope.scaling.attn_factor", 0.0f, &attention_factor));
  if (attention_factor != 1.0f)
    return mtgg_fail(r->err, METAGAME_E_UNSUPPORTED, "'%s': %s.rope.scaling.attn_factor is %g; the graph knows only 1", r->path,
                     r->architecture, (double)attention_factor);
  MTGG_TRY(read_integer(r, "expert_count", false, INT32_MAX, &experts));
  if (experts)
    return mtgg_fail(r->err, METAGAME_E_UNSUPPORTED, "'%s' is a mixture of %u experts, which the graph lacks", r->path, experts);
  MTGG_TRY(read_float(r, "final_logit_softcapping", 0.0f, &cap));
  if (cap == 0.0f) MTGG_TRY(read_float(r, "attn_logit_softcapping", 0.0f, &cap));
  if (cap != 0.0f)
    return mtgg_fail(r->err, METAGAME_E_UNSUPPORTED, "'%s' has logit softcapping (%g), which the graph lacks", r->path, (double)cap);
  return METAGAME_OK;
}

static metagame_status family(const reader *r, mtgg_shape *s) {
  const char *name = r->architecture;
  s->attention_scale = 1.0f / sqrtf((float)s->head);
  s->embedding_scale = 1.0f;
  s->rope_mode = GGML_ROPE_TYPE_NEOX;
  if (strcmp(name, "llama") == 0) {
    s->rope_mode = GGML_ROPE_TYPE_NORMAL;
  } else if (strcmp(name, "qwen2") == 0) {
    s->qkv_bias = true;
  } else {
    s->gelu = s->qk_norm = s->post_norm = true;
    s->embedding_scale = sqrtf((float)s->width);
    if (s->n_layers == 62) s->attention_scale = 1.0f / sqrtf((float)(s->width / s->n_heads)); /* the 27B model */
    return read_local_layers(r, s);
  }
  return METAGAME_OK;
}

static metagame_status check(const reader *r, const mtgg_shape *s) {
  if (s->n_heads % s->n_kv != 0)
    return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "'%s' has %u heads and %u key/value heads, must be a multiple", r->path, s->n_heads,
                     s->n_kv);
  const struct {
    const char *name;
    uint32_t value;
  } sizes[] = { { "embedding_length", s->width }, { "feed_forward_length", s->n_ff }, { "head size", s->head } };
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; ++k)
    if (sizes[k].value % MTGG_LANES)
      return mtgg_fail(r->err, METAGAME_E_UNSUPPORTED, "'%s': %s is %u; the graph needs a multiple of %d", r->path, sizes[k].name,
                       sizes[k].value, MTGG_LANES);
  if (s->n_rot < 2 || s->n_rot % 2 || s->n_rot > s->head) /* with 0, ggml's rope does not end */
    return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "'%s': rope.dimension_count is %u, must be even, 2..%u", r->path, s->n_rot, s->head);
  return METAGAME_OK;
}

metagame_status mtgg_shape_read(mtgg_shape *s, const struct gguf_context *gguf, struct ggml_context *meta, const char *path,
                                metagame_error *err) {
  enum { MOST = 1 << 20 };
  int64_t id = gguf_find_key(gguf, "general.architecture");
  if (id < 0 || gguf_get_kv_type(gguf, id) != GGUF_TYPE_STRING)
    return mtgg_fail(err, METAGAME_E_ARGUMENT, "'%s' has no general.architecture", path);
  const char *architecture = gguf_get_val_str(gguf, id);
  if (strcmp(architecture, "llama") != 0 && strcmp(architecture, "qwen2") != 0 && strcmp(architecture, "gemma3") != 0)
    return mtgg_fail(err, METAGAME_E_UNSUPPORTED, "'%s': general.architecture is '%.40s'; the graph knows llama, qwen2 and gemma3",
                     path, architecture);
  snprintf(s->architecture, sizeof s->architecture, "%s", architecture);
  reader r = { gguf, path, s->architecture, err };
  MTGG_TRY(read_integer(&r, "block_count", true, 4096, &s->n_layers));
  MTGG_TRY(read_integer(&r, "embedding_length", true, MOST, &s->width));
  MTGG_TRY(read_integer(&r, "feed_forward_length", true, MOST, &s->n_ff));
  MTGG_TRY(read_integer(&r, "context_length", true, INT32_MAX, &s->n_context));
  MTGG_TRY(read_integer(&r, "attention.head_count", true, 4096, &s->n_heads));
  s->n_kv = s->n_heads;
  MTGG_TRY(read_integer(&r, "attention.head_count_kv", false, 4096, &s->n_kv));
  if (s->n_kv == 0) return mtgg_fail(err, METAGAME_E_ARGUMENT, "'%s': attention.head_count_kv is 0, must be 1..%u", path, s->n_heads);
  uint32_t value_length;
  s->head = s->width / s->n_heads;
  MTGG_TRY(read_integer(&r, "attention.key_length", false, MOST, &s->head));
  value_length = s->head;
  MTGG_TRY(read_integer(&r, "attention.value_length", false, MOST, &value_length));
  if (value_length != s->head || s->head == 0)
    return mtgg_fail(err, METAGAME_E_UNSUPPORTED, "'%s': keys have %u coordinates, values %u; the graph needs the same, at least %d",
                     path, s->head, value_length, MTGG_LANES);
  s->n_rot = s->head;
  MTGG_TRY(read_integer(&r, "rope.dimension_count", false, MOST, &s->n_rot));
  s->eps = -1.0f;
  MTGG_TRY(read_float(&r, "attention.layer_norm_rms_epsilon", 0.0f, &s->eps));
  if (s->eps < 0.0f) return mtgg_fail(err, METAGAME_E_ARGUMENT, "'%s' has no %s.attention.layer_norm_rms_epsilon", path, architecture);
  MTGG_TRY(read_rope(&r, s));
  MTGG_TRY(refuse_extras(&r));
  s->local = calloc(s->n_layers, sizeof *s->local);
  if (!s->local) return mtgg_no_memory(err);
  MTGG_TRY(family(&r, s));
  MTGG_TRY(check(&r, s));
  const struct ggml_tensor *table = ggml_get_tensor(meta, "token_embd.weight");
  if (!table) return mtgg_fail(err, METAGAME_E_ARGUMENT, "'%s' has no token_embd.weight", path);
  if (table->ne[1] < 1 || table->ne[1] > INT32_MAX)
    return mtgg_fail(err, METAGAME_E_ARGUMENT, "'%s': token_embd.weight has %lld rows", path, (long long)table->ne[1]);
  s->n_vocab = (uint32_t)table->ne[1];
  return METAGAME_OK;
}
