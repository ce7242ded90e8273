/* SPDX-License-Identifier: MIT */
/* GGUF tensors -> F32 weights in the form that the graphs want: q, k, v and gate, up side by side in one matrix each, the weight of
 * the norm before them multiplied in, and a transposed copy of each matrix for the way back (ggml's product sums over the first
 * dimension of both factors). Cost: one pass over the file; memory: the weights, twice without METAGAME_GGML_FORWARD, and the
 * largest tensor. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

typedef struct loader {
  const char *path;
  FILE *file;
  struct gguf_context *gguf;
  struct ggml_context *meta;
  const mtgg_shape *shape;
  bool dry;     /* look at the shapes only */
  bool *used;   /* of the file's tensors */
  float *whole; /* a tensor, expanded */
  size_t whole_size;
  void *stored; /* a row of it, as in the file */
  size_t stored_size;
  metagame_error *err;
} loader;

static metagame_status grow(void **memory, size_t *size, size_t wanted, metagame_error *err) {
  if (*size >= wanted) return METAGAME_OK;
  void *more = realloc(*memory, wanted);
  if (!more) return mtgg_no_memory(err);
  *memory = more;
  *size = wanted;
  return METAGAME_OK;
}

/* *out: the tensor's rows x columns floats in loader memory, until the next call; NULL where an optional one is not there. */
static metagame_status read_tensor(loader *l, const char *name, uint64_t columns, uint64_t rows, bool required, const float **out) {
  *out = NULL;
  int64_t id = gguf_find_tensor(l->gguf, name);
  const struct ggml_tensor *t = id < 0 ? NULL : ggml_get_tensor(l->meta, name);
  if (!t) {
    if (!required) return METAGAME_OK;
    return mtgg_fail(l->err, METAGAME_E_ARGUMENT, "'%s' has no %s", l->path, name);
  }
  if (t->ne[0] != (int64_t)columns || t->ne[1] != (int64_t)rows || t->ne[2] != 1 || t->ne[3] != 1)
    return mtgg_fail(l->err, METAGAME_E_ARGUMENT, "'%s': %s is %lld x %lld x %lld, must be %llu x %llu", l->path, name,
                     (long long)t->ne[0], (long long)t->ne[1], (long long)(t->ne[2] * t->ne[3]), (unsigned long long)columns,
                     (unsigned long long)rows);
  const struct ggml_type_traits *traits = ggml_get_type_traits(t->type);
  if (t->type != GGML_TYPE_F32 && !traits->to_float)
    return mtgg_fail(l->err, METAGAME_E_UNSUPPORTED, "'%s': %s has type %s, which ggml cannot expand", l->path, name,
                     ggml_type_name(t->type));
  l->used[id] = true;
  if (l->dry) return METAGAME_OK;
  size_t row_bytes = ggml_row_size(t->type, (int64_t)columns), n = (size_t)(columns * rows);
  MTGG_TRY(grow((void **)&l->whole, &l->whole_size, n * sizeof(float), l->err));
  uint64_t start = gguf_get_data_offset(l->gguf) + gguf_get_tensor_offset(l->gguf, id);
  bool ok = fseeko(l->file, (off_t)start, SEEK_SET) == 0;
  if (t->type == GGML_TYPE_F32) {
    ok = ok && fread(l->whole, row_bytes, (size_t)rows, l->file) == rows;
  } else {
    MTGG_TRY(grow(&l->stored, &l->stored_size, row_bytes, l->err));
    for (uint64_t row = 0; row < rows && ok; ++row) {
      ok = fread(l->stored, 1, row_bytes, l->file) == row_bytes;
      if (ok) traits->to_float(l->stored, l->whole + row * columns, (int64_t)columns);
    }
  }
  if (!ok) return mtgg_fail(l->err, METAGAME_E_ARGUMENT, "'%s': reading %s failed; the file is truncated", l->path, name);
  for (uint64_t row = 0; row < rows; ++row) {
    float zero = 0.0f;
    for (uint64_t c = 0; c < columns; ++c) zero += l->whole[row * columns + c] * 0.0f;
    if (zero != 0.0f) /* NaN, too */
      return mtgg_fail(l->err, METAGAME_E_ARGUMENT, "'%s': row %llu of %s is not finite", l->path, (unsigned long long)row, name);
  }
  *out = l->whole;
  return METAGAME_OK;
}

/* A vector into place `first` of a tensor. */
static metagame_status copy_vector(loader *l, const char *name, uint64_t n, struct ggml_tensor *into, size_t first) {
  const float *data;
  MTGG_TRY(read_tensor(l, name, n, 1, true, &data));
  if (!l->dry) memcpy((float *)into->data + first, data, n * sizeof *data);
  return METAGAME_OK;
}

/* back[c * stride + r] = data[r * columns + c] */
static void transpose(float *back, size_t stride, const float *data, size_t rows, size_t columns) {
  enum { TILE = 32 };
  for (size_t r0 = 0; r0 < rows; r0 += TILE)
    for (size_t c0 = 0; c0 < columns; c0 += TILE)
      for (size_t c = c0; c < columns && c < c0 + TILE; ++c)
        for (size_t r = r0; r < rows && r < r0 + TILE; ++r) back[c * stride + r] = data[r * columns + c];
}

/* A matrix into rows `first`.. of `into`, times the norm's weight (or NULL), and into columns `back_first`.. of `back` (or NULL). */
static metagame_status place(loader *l, const char *name, uint64_t columns, uint64_t rows, const float *norm, struct ggml_tensor *into,
                             size_t first, struct ggml_tensor *back, size_t back_first) {
  const float *data;
  MTGG_TRY(read_tensor(l, name, columns, rows, true, &data));
  if (l->dry) return METAGAME_OK;
  float *out = (float *)into->data + first * columns;
  for (size_t r = 0; r < rows; ++r)
    for (size_t c = 0; c < columns; ++c) out[r * columns + c] = data[r * columns + c] * (norm ? norm[c] : 1.0f);
  if (back) transpose((float *)back->data + back_first, (size_t)back->ne[0], out, rows, columns);
  return METAGAME_OK;
}

/* The weight of a norm that is multiplied into what follows. */
static metagame_status read_norm(loader *l, const char *name, float *norm) {
  const float *data;
  MTGG_TRY(read_tensor(l, name, l->shape->width, 1, true, &data));
  if (!l->dry) memcpy(norm, data, l->shape->width * sizeof *norm);
  return METAGAME_OK;
}

/* The weight of the first head to those after it. */
static void repeat_head(const loader *l, struct ggml_tensor *into, size_t first, uint32_t n_heads) {
  size_t head = l->shape->head;
  for (uint32_t h = 1; h < n_heads && !l->dry; ++h) {
    float *each = (float *)into->data + first;
    memcpy(each + h * head, each, head * sizeof *each);
  }
}

static metagame_status load_layer(loader *l, const mtgg_layer *w, uint32_t index, float *norm) {
  const mtgg_shape *s = l->shape;
  char name[64];
#define NAME(suffix) (snprintf(name, sizeof name, "blk.%u." suffix, index), name)
  uint64_t d = s->width, q = (uint64_t)s->n_heads * s->head, kv = (uint64_t)s->n_kv * s->head, f = s->n_ff;
  MTGG_TRY(read_norm(l, NAME("attn_norm.weight"), norm));
  MTGG_TRY(place(l, NAME("attn_q.weight"), d, q, norm, w->qkv, 0, w->qk_back, 0));
  MTGG_TRY(place(l, NAME("attn_k.weight"), d, kv, norm, w->qkv, q, w->qk_back, q));
  MTGG_TRY(place(l, NAME("attn_v.weight"), d, kv, norm, w->qkv, q + kv, w->v_back, 0));
  if (s->qkv_bias) {
    MTGG_TRY(copy_vector(l, NAME("attn_q.bias"), q, w->qkv_bias, 0));
    MTGG_TRY(copy_vector(l, NAME("attn_k.bias"), kv, w->qkv_bias, q));
    MTGG_TRY(copy_vector(l, NAME("attn_v.bias"), kv, w->qkv_bias, q + kv));
  }
  if (s->qk_norm) {
    MTGG_TRY(copy_vector(l, NAME("attn_q_norm.weight"), s->head, w->qk_norm, 0));
    repeat_head(l, w->qk_norm, 0, s->n_heads);
    MTGG_TRY(copy_vector(l, NAME("attn_k_norm.weight"), s->head, w->qk_norm, q));
    repeat_head(l, w->qk_norm, q, s->n_kv);
  }
  MTGG_TRY(place(l, NAME("attn_output.weight"), q, d, NULL, w->out, 0, w->out_back, 0));
  const float *bias;
  MTGG_TRY(read_tensor(l, NAME("attn_output.bias"), d, 1, false, &bias));
  if (bias) memcpy(w->out_bias->data, bias, d * sizeof *bias);
  if (s->post_norm) MTGG_TRY(copy_vector(l, NAME("post_attention_norm.weight"), d, w->out_norm, 0));
  MTGG_TRY(read_norm(l, NAME("ffn_norm.weight"), norm));
  MTGG_TRY(place(l, NAME("ffn_gate.weight"), d, f, norm, w->gate_up, 0, w->gate_up_back, 0));
  MTGG_TRY(place(l, NAME("ffn_up.weight"), d, f, norm, w->gate_up, f, w->gate_up_back, f));
  MTGG_TRY(place(l, NAME("ffn_down.weight"), f, d, NULL, w->down, 0, w->down_back, 0));
  if (s->post_norm) MTGG_TRY(copy_vector(l, NAME("post_ffw_norm.weight"), d, w->down_norm, 0));
#undef NAME
  return METAGAME_OK;
}

static bool has_tensor(const loader *l, const char *name) {
  return gguf_find_tensor(l->gguf, name) >= 0;
}

static metagame_status load_all(loader *l, const mtgg_weights *w, float *norm) {
  const mtgg_shape *s = l->shape;
  static const mtgg_layer none = { 0 };
  MTGG_TRY(place(l, "token_embd.weight", s->width, s->n_vocab, NULL, w->embeddings, 0, NULL, 0));
  if (has_tensor(l, "output.weight")) MTGG_TRY(place(l, "output.weight", s->width, s->n_vocab, NULL, w->output, 0, NULL, 0));
  MTGG_TRY(copy_vector(l, "output_norm.weight", s->width, w->output_norm, 0));
  if (has_tensor(l, "rope_freqs.weight")) MTGG_TRY(copy_vector(l, "rope_freqs.weight", s->n_rot / 2, w->rope_factors, 0));
  for (uint32_t k = 0; k < s->n_layers; ++k) MTGG_TRY(load_layer(l, w->layers ? w->layers + k : &none, k, norm));
  return METAGAME_OK;
}

/* Descriptions of all weights, without memory. */
static void describe(mtgg_weights *w, const loader *l, bool forward_only) {
  const mtgg_shape *s = l->shape;
  struct ggml_context *ctx = w->context;
  int64_t d = s->width, q = (int64_t)s->n_heads * s->head, kv = (int64_t)s->n_kv * s->head, f = s->n_ff;
#define MATRIX(columns, rows) ggml_new_tensor_2d(ctx, GGML_TYPE_F32, columns, rows)
  w->embeddings = MATRIX(d, s->n_vocab);
  w->output = has_tensor(l, "output.weight") ? MATRIX(d, s->n_vocab) : w->embeddings;
  w->output_norm = MATRIX(d, 1);
  if (has_tensor(l, "rope_freqs.weight")) w->rope_factors = ggml_new_tensor_1d(ctx, GGML_TYPE_F32, s->n_rot / 2);
  for (uint32_t k = 0; k < s->n_layers; ++k) {
    mtgg_layer *layer = w->layers + k;
    char name[64];
    snprintf(name, sizeof name, "blk.%u.attn_output.bias", k);
    layer->qkv = MATRIX(d, q + 2 * kv);
    if (s->qkv_bias) layer->qkv_bias = MATRIX(q + 2 * kv, 1);
    if (s->qk_norm) layer->qk_norm = MATRIX(s->head, s->n_heads + s->n_kv);
    layer->out = MATRIX(q, d);
    if (has_tensor(l, name)) layer->out_bias = MATRIX(d, 1);
    layer->gate_up = MATRIX(d, 2 * f);
    layer->down = MATRIX(f, d);
    if (s->post_norm) {
      layer->out_norm = MATRIX(d, 1);
      layer->down_norm = MATRIX(d, 1);
    }
    if (forward_only) continue;
    layer->qk_back = MATRIX(q + kv, d);
    layer->v_back = MATRIX(kv, d);
    layer->out_back = MATRIX(d, q);
    layer->gate_up_back = MATRIX(2 * f, d);
    layer->down_back = MATRIX(d, f);
  }
#undef MATRIX
}

static metagame_status mean_embedding(mtgg_weights *w, const mtgg_shape *s, metagame_error *err) {
  double *sum = calloc(s->width, sizeof *sum);
  w->mean = malloc(s->width * sizeof *w->mean);
  if (sum && w->mean) {
    const float *rows = w->embeddings->data;
    for (size_t r = 0; r < s->n_vocab; ++r)
      for (size_t c = 0; c < s->width; ++c) sum[c] += (double)rows[r * s->width + c];
    for (size_t c = 0; c < s->width; ++c) w->mean[c] = (float)(sum[c] / s->n_vocab);
  }
  free(sum);
  return sum && w->mean ? METAGAME_OK : mtgg_no_memory(err);
}

static metagame_status load(metagame_ggml *engine, loader *l, float *norm, uint64_t max_bytes) {
  mtgg_weights *w = &engine->weights;
  const mtgg_shape *s = l->shape;
  l->used = calloc((size_t)gguf_get_n_tensors(l->gguf) + 1, sizeof *l->used);
  if (!l->used || !norm) return mtgg_no_memory(l->err);
  l->dry = true; /* after this the sizes are those of tensors that fit into the file */
  MTGG_TRY(load_all(l, w, norm));
  for (int64_t id = 0; id < gguf_get_n_tensors(l->gguf); ++id)
    if (!l->used[id])
      return mtgg_fail(l->err, METAGAME_E_UNSUPPORTED, "'%s' has %.64s, which the graph of family %s does not know", l->path,
                       gguf_get_tensor_name(l->gguf, id), s->architecture);
  w->layers = calloc(s->n_layers, sizeof *w->layers);
  if (!w->layers) return mtgg_no_memory(l->err);
  struct ggml_init_params params = { ggml_tensor_overhead() * (8 + (size_t)s->n_layers * 14), NULL, true };
  w->context = ggml_init(params);
  if (!w->context) return mtgg_no_memory(l->err);
  describe(w, l, engine->forward_only);
  for (struct ggml_tensor *t = ggml_get_first_tensor(w->context); t; t = ggml_get_next_tensor(w->context, t)) w->bytes += ggml_nbytes(t);
  if (max_bytes && w->bytes > max_bytes)
    return mtgg_fail(l->err, METAGAME_E_LIMIT, "the weights of '%s' take %llu bytes in F32, options.max_bytes is %llu", l->path,
                     (unsigned long long)w->bytes, (unsigned long long)max_bytes);
  w->buffer = ggml_backend_alloc_ctx_tensors(w->context, engine->backend);
  if (!w->buffer)
    return mtgg_fail(l->err, METAGAME_E_NOMEM, "no memory for the weights of '%s', %llu bytes in F32", l->path,
                     (unsigned long long)w->bytes);
  l->dry = false;
  MTGG_TRY(load_all(l, w, norm));
  return mean_embedding(w, s, l->err);
}

/* ggml's messages go to its log, so the common faults are named here. */
static metagame_status open_file(loader *l) {
  struct stat info;
  char magic[4];
  l->file = fopen(l->path, "rb");
  if (!l->file) return mtgg_fail(l->err, METAGAME_E_ARGUMENT, "options.model_path is '%s': %s", l->path, strerror(errno));
  if (fstat(fileno(l->file), &info) != 0 || !S_ISREG(info.st_mode))
    return mtgg_fail(l->err, METAGAME_E_ARGUMENT, "options.model_path is '%s', which is not a regular file", l->path);
  if (fread(magic, 1, sizeof magic, l->file) != sizeof magic || memcmp(magic, "GGUF", 4) != 0)
    return mtgg_fail(l->err, METAGAME_E_ARGUMENT, "options.model_path is '%s', which is not a GGUF file", l->path);
  struct gguf_init_params params = { true, &l->meta };
  l->gguf = gguf_init_from_file(l->path, params);
  if (!l->gguf || !l->meta)
    return mtgg_fail(l->err, METAGAME_E_ARGUMENT, "options.model_path is '%s', a GGUF file whose header is damaged or truncated "
                     "(%lld bytes)", l->path, (long long)info.st_size);
  for (int64_t id = 0; id < gguf_get_n_tensors(l->gguf); ++id) {
    uint64_t start = gguf_get_data_offset(l->gguf) + gguf_get_tensor_offset(l->gguf, id), size = gguf_get_tensor_size(l->gguf, id);
    if (start > (uint64_t)info.st_size || size > (uint64_t)info.st_size - start)
      return mtgg_fail(l->err, METAGAME_E_ARGUMENT, "options.model_path is '%s', which is truncated: %lld bytes, %.64s ends at %llu",
                       l->path, (long long)info.st_size, gguf_get_tensor_name(l->gguf, id), (unsigned long long)(start + size));
  }
  return METAGAME_OK;
}

metagame_status mtgg_weights_load(metagame_ggml *engine, const char *path, uint64_t max_bytes, metagame_error *err) {
  loader l = { path, NULL, NULL, NULL, &engine->shape, false, NULL, NULL, 0, NULL, 0, err };
  metagame_status status = open_file(&l);
  if (status == METAGAME_OK) status = mtgg_shape_read(&engine->shape, l.gguf, l.meta, path, err);
  if (status == METAGAME_OK) {
    float *norm = malloc(engine->shape.width * sizeof *norm);
    status = load(engine, &l, norm, max_bytes);
    free(norm);
  }
  if (l.file) fclose(l.file);
  if (l.meta) ggml_free(l.meta);
  if (l.gguf) gguf_free(l.gguf);
  free(l.used);
  free(l.whole);
  free(l.stored);
  return status;
}

void mtgg_weights_free(mtgg_weights *weights) {
  if (weights->buffer) ggml_backend_buffer_free(weights->buffer);
  if (weights->context) ggml_free(weights->context);
  free(weights->layers);
  free(weights->mean);
}
