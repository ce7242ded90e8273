/* SPDX-License-Identifier: MIT */
/* Loops of the operations that ggml lacks. kernels.c is compiled once for each processor level; mtgg_kernels_choose picks. */
#ifndef MTGG_KERNELS_H
#define MTGG_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

enum { MTGG_LANES = 16 }; /* rows of keys are padded to a multiple; heads must be one */

/* Attention of one layer and slice. Unit u = sequence * n_kv + key/value head. */
typedef struct mtgg_attention {
  size_t n_heads, n_kv, head;
  size_t n_prefix, length, columns; /* columns: n_prefix + length, padded to MTGG_LANES */
  size_t n_sequences, window;       /* window 0: everything before */
  float scale;
  float qk_factor, v_factor; /* backward: 1, or what the rules of relevance say; qk_factor 0 skips q and k */
  const float *prefix_keys, *prefix_values; /* key/value head, position, coordinate */
  const unsigned char *hidden;              /* n_sequences x length, or NULL */
  float *scratch;                           /* scratch_each floats for each thread */
  size_t scratch_each;
  const struct mtgg_kernels *kernels;
} mtgg_attention;

/* h = act(gate) * up, act(x) = x sigmoid(t(x)), t(x) = x (silu) or 2 sqrt(2/pi) (x + 0.044715 x^3) (gelu, tanh form). */
typedef struct mtgg_glu {
  bool gelu;
  bool relevance; /* backward: act(x) as x times a constant, and half of the gradient of the product to each factor */
  const struct mtgg_kernels *kernels;
} mtgg_glu;

typedef struct mtgg_norm_back {
  float eps;
  bool frozen; /* the denominator is a constant */
  bool has_second, has_weight, has_residual;
  const struct mtgg_kernels *kernels;
} mtgg_norm_back;

typedef struct mtgg_scatter {
  size_t n_positions;
} mtgg_scatter;

typedef struct mtgg_kernels {
  void (*probabilities)(const mtgg_attention *p, size_t unit, float *scratch, const float *qk, float *out);
  void (*attend)(const mtgg_attention *p, size_t unit, float *scratch, const float *probabilities, const float *qkv, float *out);
  void (*attention_back)(const mtgg_attention *p, size_t unit, float *scratch, const float *probabilities, const float *qk,
                         const float *qkv, const float *d_attended, float *d_qk, float *d_v);
  void (*glu)(bool gelu, size_t n, const float *gate, const float *up, float *out);
  void (*glu_back)(bool gelu, bool relevance, size_t n, const float *gate, const float *up, const float *d, float *d_gate,
                   float *d_up);
  /* second, weight, residual: may be NULL */
  void (*norm_back)(float eps, bool frozen, size_t n, const float *x, const float *d, const float *second, const float *weight,
                    const float *residual, float *out);
} mtgg_kernels;

const mtgg_kernels *mtgg_kernels_choose(void);
size_t mtgg_attention_scratch(size_t head, size_t length, size_t columns);

#endif
