/* SPDX-License-Identifier: MIT */
/* ggml's custom operations around the kernels: which thread does what. Everything is F32 and contiguous. */
#include <string.h>

#include "internal.h"

static struct ggml_tensor *custom(struct ggml_context *ctx, const int64_t ne[4], struct ggml_tensor **sources, int n_sources,
                                  ggml_custom_op_t function, void *parameters) {
  return ggml_custom_4d(ctx, GGML_TYPE_F32, ne[0], ne[1], ne[2], ne[3], sources, n_sources, function, GGML_N_TASKS_MAX, parameters);
}

/* Thread `ith` of `nth` takes [begin, end) of n. */
static void part(size_t n, int ith, int nth, size_t *begin, size_t *end) {
  *begin = n * (size_t)ith / (size_t)nth;
  *end = n * (size_t)(ith + 1) / (size_t)nth;
}

static void run_probabilities(struct ggml_tensor *dst, int ith, int nth, void *user) {
  const mtgg_attention *p = user;
  size_t begin, end;
  part(p->n_sequences * p->n_kv, ith, nth, &begin, &end);
  for (size_t unit = begin; unit < end; ++unit)
    p->kernels->probabilities(p, unit, p->scratch + (size_t)ith * p->scratch_each, dst->src[0]->data, dst->data);
}

struct ggml_tensor *mtgg_op_probabilities(struct ggml_context *ctx, mtgg_attention *p, struct ggml_tensor *qk) {
  const int64_t ne[4] = { (int64_t)p->columns, (int64_t)p->length, (int64_t)p->n_heads, (int64_t)p->n_sequences };
  return custom(ctx, ne, &qk, 1, run_probabilities, p);
}

static void run_attend(struct ggml_tensor *dst, int ith, int nth, void *user) {
  const mtgg_attention *p = user;
  size_t begin, end;
  part(p->n_sequences * p->n_kv, ith, nth, &begin, &end);
  for (size_t unit = begin; unit < end; ++unit)
    p->kernels->attend(p, unit, p->scratch + (size_t)ith * p->scratch_each, dst->src[0]->data, dst->src[1]->data, dst->data);
}

struct ggml_tensor *mtgg_op_attend(struct ggml_context *ctx, mtgg_attention *p, struct ggml_tensor *probabilities,
                                   struct ggml_tensor *qkv) {
  const int64_t ne[4] = { (int64_t)(p->head * p->n_heads), (int64_t)(p->length * p->n_sequences), 1, 1 };
  struct ggml_tensor *sources[] = { probabilities, qkv };
  return custom(ctx, ne, sources, 2, run_attend, p);
}

static void run_attention_back(struct ggml_tensor *dst, int ith, int nth, void *user) {
  const mtgg_attention *p = user;
  size_t begin, end;
  float *d_qk = dst->data, *d_v = d_qk + p->head * (p->n_heads + p->n_kv) * p->length * p->n_sequences;
  part(p->n_sequences * p->n_kv, ith, nth, &begin, &end);
  for (size_t unit = begin; unit < end; ++unit)
    p->kernels->attention_back(p, unit, p->scratch + (size_t)ith * p->scratch_each, dst->src[0]->data, dst->src[1]->data,
                               dst->src[2]->data, dst->src[3]->data, d_qk, d_v);
}

struct ggml_tensor *mtgg_op_attention_back(struct ggml_context *ctx, mtgg_attention *p, struct ggml_tensor *probabilities,
                                           struct ggml_tensor *qk, struct ggml_tensor *qkv, struct ggml_tensor *d_attended) {
  const int64_t ne[4] = { (int64_t)(p->head * (p->n_heads + 2 * p->n_kv) * p->length * p->n_sequences), 1, 1, 1 };
  struct ggml_tensor *sources[] = { probabilities, qk, qkv, d_attended };
  return custom(ctx, ne, sources, 4, run_attention_back, p);
}

static void run_glu(struct ggml_tensor *dst, int ith, int nth, void *user) {
  const mtgg_glu *p = user;
  size_t n = (size_t)dst->ne[0], begin, end;
  const float *in = dst->src[0]->data;
  float *out = dst->data;
  part((size_t)dst->ne[1], ith, nth, &begin, &end);
  for (size_t row = begin; row < end; ++row) p->kernels->glu(p->gelu, n, in + 2 * row * n, in + (2 * row + 1) * n, out + row * n);
}

struct ggml_tensor *mtgg_op_glu(struct ggml_context *ctx, mtgg_glu *p, struct ggml_tensor *gate_up) {
  const int64_t ne[4] = { gate_up->ne[0] / 2, gate_up->ne[1], 1, 1 };
  return custom(ctx, ne, &gate_up, 1, run_glu, p);
}

static void run_glu_back(struct ggml_tensor *dst, int ith, int nth, void *user) {
  const mtgg_glu *p = user;
  size_t n = (size_t)dst->ne[0] / 2, begin, end;
  const float *in = dst->src[0]->data, *d = dst->src[1]->data;
  float *out = dst->data;
  part((size_t)dst->ne[1], ith, nth, &begin, &end);
  for (size_t row = begin; row < end; ++row) {
    size_t at = 2 * row * n;
    p->kernels->glu_back(p->gelu, p->relevance, n, in + at, in + at + n, d + row * n, out + at, out + at + n);
  }
}

struct ggml_tensor *mtgg_op_glu_back(struct ggml_context *ctx, mtgg_glu *p, struct ggml_tensor *gate_up, struct ggml_tensor *d) {
  const int64_t ne[4] = { gate_up->ne[0], gate_up->ne[1], 1, 1 };
  struct ggml_tensor *sources[] = { gate_up, d };
  return custom(ctx, ne, sources, 2, run_glu_back, p);
}

/* x may be a view whose rows lie apart; d and dst are (n, x->ne[1], x->ne[2]), without gaps. */
static void run_norm_back(struct ggml_tensor *dst, int ith, int nth, void *user) {
  const mtgg_norm_back *p = user;
  const struct ggml_tensor *x = dst->src[0];
  size_t n = (size_t)dst->ne[0], each = (size_t)dst->ne[1], begin, end;
  int next = 2;
  const float *d = dst->src[1]->data;
  const float *second = p->has_second ? dst->src[next++]->data : NULL;
  const struct ggml_tensor *weight = p->has_weight ? dst->src[next++] : NULL;
  const float *residual = p->has_residual ? dst->src[next]->data : NULL;
  float *out = dst->data;
  part(each * (size_t)dst->ne[2], ith, nth, &begin, &end);
  for (size_t row = begin; row < end; ++row) {
    const char *base = x->data;
    const void *values = base + row % each * x->nb[1] + row / each * x->nb[2];
    const float *factors = weight ? (const float *)weight->data + row % (size_t)weight->ne[1] * n : NULL;
    p->kernels->norm_back(p->eps, p->frozen, n, values, d + row * n, second ? second + row * n : NULL, factors,
                          residual ? residual + row * n : NULL, out + row * n);
  }
}

struct ggml_tensor *mtgg_op_norm_back(struct ggml_context *ctx, mtgg_norm_back *p, struct ggml_tensor *x, struct ggml_tensor *d,
                                      struct ggml_tensor *d2, struct ggml_tensor *weight, struct ggml_tensor *residual) {
  const int64_t ne[4] = { x->ne[0], x->ne[1], x->ne[2], 1 };
  struct ggml_tensor *sources[5] = { x, d };
  int n = 2;
  if (p->has_second) sources[n++] = d2;
  if (p->has_weight) sources[n++] = weight;
  if (p->has_residual) sources[n++] = residual;
  return custom(ctx, ne, sources, n, run_norm_back, p);
}

static void run_scatter(struct ggml_tensor *dst, int ith, int nth, void *user) {
  (void)nth, (void)user;
  if (ith != 0) return;
  const int32_t *where = dst->src[1]->data;
  size_t n = (size_t)dst->ne[0];
  memset(dst->data, 0, ggml_nbytes(dst)); /* all bits zero is 0.0f */
  for (int64_t row = 0; row < dst->src[1]->ne[0]; ++row)
    memcpy((float *)dst->data + (size_t)where[row] * n, (const float *)dst->src[0]->data + (size_t)row * n, n * sizeof(float));
}

struct ggml_tensor *mtgg_op_scatter(struct ggml_context *ctx, mtgg_scatter *p, struct ggml_tensor *rows,
                                    struct ggml_tensor *selection) {
  const int64_t ne[4] = { rows->ne[0], (int64_t)p->n_positions, 1, 1 };
  struct ggml_tensor *sources[] = { rows, selection };
  return custom(ctx, ne, sources, 2, run_scatter, p);
}
