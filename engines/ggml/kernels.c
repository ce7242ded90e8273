/* SPDX-License-Identifier: MIT */
/* Attention forwards and back, gated units, the way back through an RMS norm. In the vector extension of GCC and Clang, with
 * vectors as wide as the processor level of the build has: wider ones are lowered to memory traffic. Rows are multiples of MTGG_LANES.
 *
 *   P = softmax(scale Q K^T + mask), O = P V           rows: positions of the sequence; columns: the prefix, then the sequence
 *   dV = P^T dO, dP = dO V^T, dS = scale P (dP - rowsum(P dP)), dQ = dS K, dK = dS^T Q
 * Heads that share keys and values are one unit, so that no two threads add to the same place. Cost for each head: 7 length x columns x
 * head multiplications and additions; memory: that of P, and scratch for one head. */
#include "kernels.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifndef MTGG_LEVEL
#define MTGG_LEVEL mtgg_kernels_base
#endif

#ifdef __AVX512F__
enum { BYTES = 64 };
#elif defined __AVX__
enum { BYTES = 32 };
#else
enum { BYTES = 16 };
#endif
enum { LANES = BYTES / 4 };
typedef float vec __attribute__((vector_size(BYTES)));
typedef int32_t ivec __attribute__((vector_size(BYTES)));
typedef float loose __attribute__((vector_size(BYTES), aligned(4), may_alias));
#define LOAD(at) (*(const loose *)(const void *)(at))
#define STORE(at, value) (*(loose *)(void *)(at) = (value))

/* C (m x n, rows ldc apart) = or += A B. A's entry (i, k) is a[i*row + k*column]; n is a multiple of MTGG_LANES. */
static void multiply(float *c, size_t ldc, const float *a, size_t row, size_t column, const float *b, size_t ldb, size_t m, size_t n,
                     size_t k, bool add) {
  size_t i = 0;
  for (; i + 4 <= m; i += 4) {
    const float *a0 = a + i * row, *a1 = a0 + row, *a2 = a1 + row, *a3 = a2 + row;
    float *c0 = c + i * ldc, *c1 = c0 + ldc, *c2 = c1 + ldc, *c3 = c2 + ldc;
    size_t j = 0;
    for (; j + 2 * LANES <= n; j += 2 * LANES) {
      vec s00 = { 0 }, s01 = { 0 }, s10 = { 0 }, s11 = { 0 }, s20 = { 0 }, s21 = { 0 }, s30 = { 0 }, s31 = { 0 };
      for (size_t l = 0; l < k; ++l) {
        vec b0 = LOAD(b + l * ldb + j), b1 = LOAD(b + l * ldb + j + LANES);
        float x0 = a0[l * column], x1 = a1[l * column], x2 = a2[l * column], x3 = a3[l * column];
        s00 += x0 * b0;
        s01 += x0 * b1;
        s10 += x1 * b0;
        s11 += x1 * b1;
        s20 += x2 * b0;
        s21 += x2 * b1;
        s30 += x3 * b0;
        s31 += x3 * b1;
      }
      if (add) {
        s00 += LOAD(c0 + j);
        s01 += LOAD(c0 + j + LANES);
        s10 += LOAD(c1 + j);
        s11 += LOAD(c1 + j + LANES);
        s20 += LOAD(c2 + j);
        s21 += LOAD(c2 + j + LANES);
        s30 += LOAD(c3 + j);
        s31 += LOAD(c3 + j + LANES);
      }
      STORE(c0 + j, s00);
      STORE(c0 + j + LANES, s01);
      STORE(c1 + j, s10);
      STORE(c1 + j + LANES, s11);
      STORE(c2 + j, s20);
      STORE(c2 + j + LANES, s21);
      STORE(c3 + j, s30);
      STORE(c3 + j + LANES, s31);
    }
    for (; j < n; j += LANES) {
      vec s0 = { 0 }, s1 = { 0 }, s2 = { 0 }, s3 = { 0 };
      for (size_t l = 0; l < k; ++l) {
        vec b0 = LOAD(b + l * ldb + j);
        s0 += a0[l * column] * b0;
        s1 += a1[l * column] * b0;
        s2 += a2[l * column] * b0;
        s3 += a3[l * column] * b0;
      }
      if (add) {
        s0 += LOAD(c0 + j);
        s1 += LOAD(c1 + j);
        s2 += LOAD(c2 + j);
        s3 += LOAD(c3 + j);
      }
      STORE(c0 + j, s0);
      STORE(c1 + j, s1);
      STORE(c2 + j, s2);
      STORE(c3 + j, s3);
    }
  }
  for (; i < m; ++i)
    for (size_t j = 0; j < n; j += LANES) {
      vec s = { 0 };
      for (size_t l = 0; l < k; ++l) s += a[i * row + l * column] * LOAD(b + l * ldb + j);
      if (add) s += LOAD(c + i * ldc + j);
      STORE(c + i * ldc + j, s);
    }
}

/* Lanes of a where mask is set, else of b. Masks are what comparisons give. */
#define SELECT(mask, a, b) ((vec)(((mask) & (ivec)(a)) | (~(mask) & (ivec)(b))))

/* exp(x) = 2^n exp(r), |r| <= log(2)/2, Taylor to the 7th power: 2e-7 relative. Arguments are cut to -87..88. */
static inline __attribute__((always_inline)) void exponential(vec *out, const vec *in) {
  const vec zero = { 0 }, least = zero - 87.0f, most = zero + 88.0f;
  vec x = *in;
  x = SELECT(x < least, least, x);
  x = SELECT(x > most, most, x);
  vec n = (x * 1.44269504088896f + 12582912.0f) - 12582912.0f; /* to the nearest integer */
  vec r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  vec p = r * (1.0f / 5040.0f) + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = (p * r * r + r) + 1.0f;
  ivec bits = (__builtin_convertvector(n, ivec) + 127) << 23;
  *out = p * (vec)bits;
}

/* row[0..columns): scores -> probabilities; zero where position `at` may not look. hidden: of the sequence's own positions. */
static void softmax_row(const mtgg_attention *p, const unsigned char *hidden, size_t at, float *row) {
  size_t end = p->n_prefix + at + 1, begin = p->window && end > p->window ? end - p->window : 0;
  for (size_t j = 0; j < begin; ++j) row[j] = -INFINITY;
  for (size_t j = end; j < p->columns; ++j) row[j] = -INFINITY;
  if (hidden)
    for (size_t k = 0; k < at; ++k)
      if (hidden[k]) row[p->n_prefix + k] = -INFINITY;
  float most = row[end - 1]; /* a position always sees itself */
  for (size_t j = begin; j < end; ++j) most = row[j] > most ? row[j] : most;
  const vec zero = { 0 };
  vec total = zero;
  for (size_t j = 0; j < p->columns; j += LANES) {
    vec x = (LOAD(row + j) - most) * p->scale, e;
    exponential(&e, &x);
    e = SELECT(x < zero - 87.0f, zero, e);
    total += e;
    STORE(row + j, e);
  }
  float sum = 0.0f;
  for (int lane = 0; lane < LANES; ++lane) sum += total[lane];
  float inverse = 1.0f / sum;
  for (size_t j = 0; j < p->columns; j += LANES) STORE(row + j, LOAD(row + j) * inverse);
}

/* Rows of one key/value head, prefix first: as rows (columns x head) or turned (head x columns), padded with zeros. */
static void gather(const mtgg_attention *p, size_t kv, const float *prefix, const float *own, size_t stride, float *out, bool turned) {
  const float *first = p->n_prefix ? prefix + kv * p->n_prefix * p->head : NULL;
  for (size_t j = 0; j < p->columns; ++j) {
    const float *row = NULL;
    if (j < p->n_prefix) row = first + j * p->head;
    else if (j < p->n_prefix + p->length) row = own + (j - p->n_prefix) * stride;
    if (!turned) {
      if (row) memcpy(out + j * p->head, row, p->head * sizeof *out);
      else memset(out + j * p->head, 0, p->head * sizeof *out);
    } else {
      for (size_t c = 0; c < p->head; ++c) out[c * p->columns + j] = row ? row[c] : 0.0f;
    }
  }
}

static void probabilities(const mtgg_attention *p, size_t unit, float *scratch, const float *qk, float *out) {
  size_t sequence = unit / p->n_kv, kv = unit % p->n_kv, group = p->n_heads / p->n_kv;
  size_t stride = (p->n_heads + p->n_kv) * p->head;
  const float *own = qk + sequence * p->length * stride;
  gather(p, kv, p->prefix_keys, own + (p->n_heads + kv) * p->head, stride, scratch, true);
  const unsigned char *hidden = p->hidden ? p->hidden + sequence * p->length : NULL;
  for (size_t h = kv * group; h < (kv + 1) * group; ++h) {
    float *rows = out + (sequence * p->n_heads + h) * p->length * p->columns;
    multiply(rows, p->columns, own + h * p->head, stride, 1, scratch, p->columns, p->length, p->columns, p->head, false);
    for (size_t i = 0; i < p->length; ++i) softmax_row(p, hidden, i, rows + i * p->columns);
  }
}

static void attend(const mtgg_attention *p, size_t unit, float *scratch, const float *probability, const float *qkv, float *out) {
  size_t sequence = unit / p->n_kv, kv = unit % p->n_kv, group = p->n_heads / p->n_kv;
  size_t stride = (p->n_heads + 2 * p->n_kv) * p->head, out_stride = p->n_heads * p->head;
  gather(p, kv, p->prefix_values, qkv + sequence * p->length * stride + (p->n_heads + p->n_kv + kv) * p->head, stride, scratch, false);
  for (size_t h = kv * group; h < (kv + 1) * group; ++h)
    multiply(out + sequence * p->length * out_stride + h * p->head, out_stride,
             probability + (sequence * p->n_heads + h) * p->length * p->columns, p->columns, 1, scratch, p->head, p->length, p->head,
             p->n_prefix + p->length, false);
}

static void scale_rows(float *rows, size_t stride, size_t n_rows, size_t n, float factor) {
  for (size_t i = 0; i < n_rows; ++i)
    for (size_t c = 0; c < n; ++c) rows[i * stride + c] *= factor;
}

/* dP -> dS, in place. */
static void softmax_back(const mtgg_attention *p, const float *probability, float *d) {
  for (size_t i = 0; i < p->length; ++i) {
    vec total = { 0 };
    for (size_t j = 0; j < p->columns; j += LANES)
      total += LOAD(probability + i * p->columns + j) * LOAD(d + i * p->columns + j);
    float sum = 0.0f;
    for (int lane = 0; lane < LANES; ++lane) sum += total[lane];
    for (size_t j = 0; j < p->columns; j += LANES) {
      size_t at = i * p->columns + j;
      STORE(d + at, (LOAD(d + at) - sum) * LOAD(probability + at) * p->scale);
    }
  }
}

static void attention_back(const mtgg_attention *p, size_t unit, float *scratch, const float *probability, const float *qk,
                           const float *qkv, const float *d_attended, float *d_qk, float *d_v) {
  size_t sequence = unit / p->n_kv, kv = unit % p->n_kv, group = p->n_heads / p->n_kv, length = p->length, head = p->head;
  size_t stride = (p->n_heads + p->n_kv) * head, v_stride = p->n_kv * head, d_stride = p->n_heads * head;
  size_t qkv_stride = stride + v_stride, first = sequence * length;
  float *v_turned = scratch, *keys = v_turned + head * p->columns, *d_scores = keys + head * p->columns;
  const float *own = qk + first * stride;
  bool scores = p->qk_factor != 0.0f;
  float *d_keys = d_qk + first * stride + (p->n_heads + kv) * head, *d_values = d_v + first * v_stride + kv * head;
  if (scores) {
    gather(p, kv, p->prefix_values, qkv + first * qkv_stride + (p->n_heads + p->n_kv + kv) * head, qkv_stride, v_turned, true);
    gather(p, kv, p->prefix_keys, own + (p->n_heads + kv) * head, stride, keys, false);
  }
  for (size_t g = 0; g < group; ++g) {
    size_t h = kv * group + g;
    const float *rows = probability + (sequence * p->n_heads + h) * length * p->columns;
    const float *d_out = d_attended + first * d_stride + h * head;
    multiply(d_values, v_stride, rows + p->n_prefix, 1, p->columns, d_out, d_stride, length, head, length, g > 0);
    if (!scores) continue;
    multiply(d_scores, p->columns, d_out, d_stride, 1, v_turned, p->columns, length, p->columns, head, false);
    softmax_back(p, rows, d_scores);
    float *d_queries = d_qk + first * stride + h * head;
    multiply(d_queries, stride, d_scores, p->columns, 1, keys, head, length, head, p->n_prefix + length, false);
    if (p->qk_factor != 1.0f) scale_rows(d_queries, stride, length, head, p->qk_factor);
    multiply(d_keys, stride, d_scores + p->n_prefix, 1, p->columns, own + h * head, stride, length, head, length, g > 0);
  }
  if (scores && p->qk_factor != 1.0f) scale_rows(d_keys, stride, length, head, p->qk_factor);
  if (p->v_factor != 1.0f) scale_rows(d_values, v_stride, length, head, p->v_factor);
}

/* s = sigmoid(t(x)), slope = t'(x) */
static inline __attribute__((always_inline)) void gate_of(vec *s, vec *slope, const vec *x, bool gelu) {
  vec t = *x;
  *slope = t * 0.0f + 1.0f;
  if (gelu) {
    vec square = t * t;
    *slope = 1.59576912161f + 0.21406444881f * square;
    t = t * (1.59576912161f + 0.07135481627f * square);
  }
  vec e;
  t = -t;
  exponential(&e, &t);
  *s = 1.0f / (1.0f + e);
}

static void glu(bool gelu, size_t n, const float *gate, const float *up, float *out) {
  for (size_t k = 0; k < n; k += LANES) {
    vec x = LOAD(gate + k), s, slope;
    gate_of(&s, &slope, &x, gelu);
    STORE(out + k, x * s * LOAD(up + k));
  }
}

static void glu_back(bool gelu, bool relevance, size_t n, const float *gate, const float *up, const float *d, float *d_gate,
                     float *d_up) {
  for (size_t k = 0; k < n; k += LANES) {
    vec x = LOAD(gate + k), s, slope, back = LOAD(d + k);
    gate_of(&s, &slope, &x, gelu);
    if (relevance) {
      back *= 0.5f;
      STORE(d_gate + k, back * LOAD(up + k) * s);
    } else {
      STORE(d_gate + k, back * LOAD(up + k) * (s + x * s * (1.0f - s) * slope));
    }
    STORE(d_up + k, back * x * s);
  }
}

/* y = w x / r, r = sqrt(mean(x^2) + eps):  dx = (w d) / r - x sum(x w d) / (n r^3), the second term not where r is frozen */
static void norm_back(float eps, bool frozen, size_t n, const float *x, const float *d, const float *second, const float *weight,
                      const float *residual, float *out) {
  vec squares = { 0 }, products = { 0 };
  for (size_t k = 0; k < n; k += LANES) {
    vec value = LOAD(x + k), back = LOAD(d + k);
    if (second) back += LOAD(second + k);
    if (weight) back *= LOAD(weight + k);
    squares += value * value;
    products += value * back;
  }
  double square = 0.0, product = 0.0;
  for (int lane = 0; lane < LANES; ++lane) {
    square += (double)squares[lane];
    product += (double)products[lane];
  }
  double mean = square / (double)n + (double)eps, inverse = 1.0 / sqrt(mean);
  float direct = (float)inverse, along = frozen ? 0.0f : (float)(product / (double)n * inverse / mean);
  for (size_t k = 0; k < n; k += LANES) {
    vec back = LOAD(d + k);
    if (second) back += LOAD(second + k);
    if (weight) back *= LOAD(weight + k);
    back = back * direct - LOAD(x + k) * along;
    if (residual) back += LOAD(residual + k);
    STORE(out + k, back);
  }
}

extern const mtgg_kernels MTGG_LEVEL;
const mtgg_kernels MTGG_LEVEL = { probabilities, attend, attention_back, glu, glu_back, norm_back };
