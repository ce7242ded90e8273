/* SPDX-License-Identifier: MIT */
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

#include "golden.h"
#include "metagame_ggml.h"
#include "reference.h"

enum { D = GOLDEN_WIDTH, HEADS = 4, KV = 2, HEAD = 16, FF = 128 };

/* Constants in the order in which they come up: recorded at one point, played back at others. */
struct reference {
  struct gguf_context *gguf;
  struct ggml_context *weights;
  bool gemma, qwen;
  int layers;
  int32_t mode;
  bool recording;
  double *kept;
  size_t n_kept, at;
};

reference *reference_open(const char *family) {
  char path[4096];
  golden_path(path, sizeof path, family, "gguf");
  reference *m = calloc(1, sizeof *m);
  m->kept = malloc((1 << 18) * sizeof *m->kept);
  struct gguf_init_params params = { false, &m->weights };
  m->gguf = gguf_init_from_file(path, params);
  assert_non_null(m->gguf);
  m->gemma = strcmp(family, "gemma3") == 0;
  m->qwen = strcmp(family, "qwen2") == 0;
  m->layers = m->gemma ? 6 : 3;
  return m;
}

void reference_close(reference *m) {
  gguf_free(m->gguf);
  ggml_free(m->weights);
  free(m->kept);
  free(m);
}

/* The constant at this place, which is x where the rules are recorded; x itself under METAGAME_GGML_GRADIENT. */
static double fixed(reference *m, double x) {
  if (m->mode == METAGAME_GGML_GRADIENT) return x;
  if (m->recording) m->kept[m->n_kept++] = x;
  return m->kept[m->at++];
}

/* f of x's slope: f x + (1 - f) times x as it was. */
static double share(reference *m, double x, double f) {
  return f * x + (1.0 - f) * fixed(m, x);
}

static const float *tensor(reference *m, int layer, const char *name) {
  char full[64];
  if (layer >= 0) snprintf(full, sizeof full, "blk.%d.%s", layer, name);
  else snprintf(full, sizeof full, "%s", name);
  struct ggml_tensor *t = ggml_get_tensor(m->weights, full);
  return t ? t->data : NULL;
}

static void linear(const float *w, const float *bias, const double *x, size_t n_in, size_t n_out, double *y) {
  for (size_t r = 0; r < n_out; ++r) {
    y[r] = bias ? (double)bias[r] : 0.0;
    for (size_t c = 0; c < n_in; ++c) y[r] += (double)w[r * n_in + c] * x[c];
  }
}

static void norm(reference *m, const float *w, const double *x, size_t n, double *y) {
  double sum = 0.0;
  for (size_t c = 0; c < n; ++c) sum += x[c] * x[c];
  double inverse = fixed(m, 1.0 / sqrt(sum / (double)n + (double)1e-5f));
  for (size_t c = 0; c < n; ++c) y[c] = x[c] * inverse * (double)w[c];
}

static void rope(const reference *m, double *x, size_t position, double base) {
  for (size_t k = 0; k < HEAD / 2; ++k) {
    double angle = (double)position * pow(base, -2.0 * (double)k / HEAD);
    size_t a = m->gemma || m->qwen ? k : 2 * k, b = m->gemma || m->qwen ? k + HEAD / 2 : 2 * k + 1;
    double u = x[a], v = x[b];
    x[a] = u * cos(angle) - v * sin(angle);
    x[b] = u * sin(angle) + v * cos(angle);
  }
}

static void attention(reference *m, int l, double (*x)[D], size_t n) {
  static double q[GOLDEN_MOST][HEADS * HEAD], k[GOLDEN_MOST][KV * HEAD], v[GOLDEN_MOST][KV * HEAD];
  bool local = m->gemma && l % 6 != 5;
  double base = m->qwen || (m->gemma && !local) ? 1e6 : 1e4;
  double factor_qk = m->mode == METAGAME_GGML_ATTNLRP ? 0.25 : m->mode == METAGAME_GGML_CP_LRP ? 0.0 : 1.0;
  double factor_v = m->mode == METAGAME_GGML_ATTNLRP ? 0.5 : 1.0;
  for (size_t t = 0; t < n; ++t) {
    double y[D];
    norm(m, tensor(m, l, "attn_norm.weight"), x[t], D, y);
    linear(tensor(m, l, "attn_q.weight"), tensor(m, l, "attn_q.bias"), y, D, HEADS * HEAD, q[t]);
    linear(tensor(m, l, "attn_k.weight"), tensor(m, l, "attn_k.bias"), y, D, KV * HEAD, k[t]);
    linear(tensor(m, l, "attn_v.weight"), tensor(m, l, "attn_v.bias"), y, D, KV * HEAD, v[t]);
    for (int h = 0; h < HEADS + KV; ++h) {
      double *row = h < HEADS ? q[t] + h * HEAD : k[t] + (h - HEADS) * HEAD;
      if (m->gemma) norm(m, tensor(m, l, h < HEADS ? "attn_q_norm.weight" : "attn_k_norm.weight"), row, HEAD, row);
      rope(m, row, t, base);
      for (size_t c = 0; c < HEAD; ++c) row[c] = share(m, row[c], factor_qk);
    }
    for (size_t c = 0; c < KV * HEAD; ++c) v[t][c] = share(m, v[t][c], factor_v);
  }
  for (size_t t = 0; t < n; ++t) {
    double mixed[HEADS * HEAD] = { 0 }, out[D];
    size_t first = local && t >= 3 ? t - 3 : 0;
    for (size_t h = 0; h < HEADS; ++h) {
      double weights[GOLDEN_MOST], sum = 0.0;
      for (size_t s = first; s <= t; ++s) {
        double score = 0.0;
        for (size_t c = 0; c < HEAD; ++c) score += q[t][h * HEAD + c] * k[s][h / 2 * HEAD + c];
        sum += weights[s] = exp(score / 4.0);
      }
      for (size_t s = first; s <= t; ++s)
        for (size_t c = 0; c < HEAD; ++c) mixed[h * HEAD + c] += weights[s] / sum * v[s][h / 2 * HEAD + c];
    }
    linear(tensor(m, l, "attn_output.weight"), NULL, mixed, HEADS * HEAD, D, out);
    if (m->gemma) norm(m, tensor(m, l, "post_attention_norm.weight"), out, D, out);
    for (size_t c = 0; c < D; ++c) x[t][c] += out[c];
  }
}

static void feed_forward(reference *m, int l, double *x) {
  double y[D], gate[FF], up[FF], out[D];
  norm(m, tensor(m, l, "ffn_norm.weight"), x, D, y);
  linear(tensor(m, l, "ffn_gate.weight"), NULL, y, D, FF, gate);
  linear(tensor(m, l, "ffn_up.weight"), NULL, y, D, FF, up);
  for (size_t c = 0; c < FF; ++c) {
    double g = gate[c];
    double part = m->gemma ? 0.5 * (1.0 + tanh(sqrt(2.0 / 3.14159265358979323846) * (g + 0.044715 * g * g * g))) : 1.0 / (1.0 + exp(-g));
    up[c] = share(m, g * fixed(m, part) * up[c], m->mode == METAGAME_GGML_GRADIENT ? 1.0 : 0.5);
  }
  linear(tensor(m, l, "ffn_down.weight"), NULL, up, FF, D, out);
  if (m->gemma) norm(m, tensor(m, l, "post_ffw_norm.weight"), out, D, out);
  for (size_t c = 0; c < D; ++c) x[c] += out[c];
}

double reference_value(reference *m, const double *embeddings, size_t n, int32_t target, int32_t contrast) {
  double x[GOLDEN_MOST][D], y[D], value = 0.0;
  memcpy(x, embeddings, n * sizeof *x);
  m->at = 0;
  for (int l = 0; l < m->layers; ++l) {
    attention(m, l, x, n);
    for (size_t t = 0; t < n; ++t) feed_forward(m, l, x[t]);
  }
  norm(m, tensor(m, -1, "output_norm.weight"), x[n - 1], D, y);
  const float *output = tensor(m, -1, m->gemma ? "token_embd.weight" : "output.weight");
  for (size_t c = 0; c < D; ++c) value += y[c] * ((double)output[(size_t)target * D + c] - (double)output[(size_t)contrast * D + c]);
  return value;
}

void reference_freeze(reference *m, int32_t mode, const double *embeddings, size_t n) {
  m->mode = mode;
  m->n_kept = 0;
  m->recording = true;
  reference_value(m, embeddings, n, 0, 1);
  m->recording = false;
}
