/* SPDX-License-Identifier: MIT */
/* A transformer of one block and 760 parameters that reads three tokens a, op, b (a, b in -9..9, op is + or -) and answers a + b or
 * a - b. Forward pass, gradient and relevance in plain C; nothing in these two files knows libmetagame.
 *
 *   x_i = token[t_i] + position[i]                               i = 0, 1, 2: the 24 input features
 *   n_i = norm1 x_i / rms(x_i);   q_i, k_i, v_i = query n_i, key n_i, value n_i
 *   A_i = softmax_j(q_i k_j / sqrt 8);   h_i = x_i + output sum_j A_ij v_j
 *   m_i = norm2 h_i / rms(h_i);   y_i = h_i + down silu(up m_i + up_bias) + down_bias
 *   f   = head (y_0 + y_1 + y_2) / 3,    rms(z) = sqrt(|z|^2 / 8 + 1e-6),    silu(u) = u / (1 + exp(-u))
 *
 * The 22nd token is "unknown". In training tokens were replaced by it, with the mean over what was replaced as the answer: a token
 * that is absent from a coalition is the unknown token. */
#ifndef ADDER_MODEL_H
#define ADDER_MODEL_H

enum {
  ADDER_TOKENS = 3,
  ADDER_WIDTH = 8,
  ADDER_HIDDEN = 16,
  ADDER_FEATURES = ADDER_TOKENS * ADDER_WIDTH,
  ADDER_LARGEST = 9, /* of the numbers; token of number k: k + 9 */
  ADDER_PLUS = 19,
  ADDER_MINUS = 20,
  ADDER_UNKNOWN = 21,
  ADDER_VOCABULARY = 22,
  ADDER_PARAMETERS = 760
};

/* Numbers only, one after the other: 760 of them. Matrices are [output][input]. */
typedef struct adder_parameters {
  double token[ADDER_VOCABULARY][ADDER_WIDTH];
  double position[ADDER_TOKENS][ADDER_WIDTH];
  double norm1[ADDER_WIDTH];
  double query[ADDER_WIDTH][ADDER_WIDTH], key[ADDER_WIDTH][ADDER_WIDTH];
  double value[ADDER_WIDTH][ADDER_WIDTH], output[ADDER_WIDTH][ADDER_WIDTH];
  double norm2[ADDER_WIDTH];
  double up[ADDER_HIDDEN][ADDER_WIDTH], up_bias[ADDER_HIDDEN];
  double down[ADDER_WIDTH][ADDER_HIDDEN], down_bias[ADDER_WIDTH];
  double head[ADDER_WIDTH];
} adder_parameters;

/* What the forward pass computed. */
typedef struct adder_trace {
  double x[ADDER_TOKENS][ADDER_WIDTH], rms1[ADDER_TOKENS], n[ADDER_TOKENS][ADDER_WIDTH];
  double q[ADDER_TOKENS][ADDER_WIDTH], k[ADDER_TOKENS][ADDER_WIDTH], v[ADDER_TOKENS][ADDER_WIDTH];
  double score[ADDER_TOKENS][ADDER_TOKENS], attention[ADDER_TOKENS][ADDER_TOKENS]; /* [query][key] */
  double mixed[ADDER_TOKENS][ADDER_WIDTH], h[ADDER_TOKENS][ADDER_WIDTH], rms2[ADDER_TOKENS], m[ADDER_TOKENS][ADDER_WIDTH];
  double u[ADDER_TOKENS][ADDER_HIDDEN], gate[ADDER_TOKENS][ADDER_HIDDEN]; /* silu(u) = u gate */
  double f;
} adder_trace;

/* How the backward pass goes through what is not linear. */
typedef enum adder_rule {
  ADDER_GRADIENT, /* df/dx */
  /* AttnLRP as input x modified gradient (Achtibat et al., "AttnLRP: attention-aware layer-wise relevance propagation for
   * transformers", ICML 2024): rms and gate count as constants; of a product each factor gets half, so the gradient of v is halved
   * and that of q and k is quartered; the softmax keeps its derivative. */
  ADDER_RELEVANCE
} adder_rule;

/* Where f goes under ADDER_RELEVANCE: f = sum_k x_k dx_k + biases + softmax, exactly. All rules conserve but these two. */
typedef struct adder_leak {
  double biases;  /* taken by up_bias and down_bias */
  double softmax; /* lost there: of the weights' relevance, what the scores do not get */
} adder_leak;

/* The committed weights (weights.c). */
void adder_load(adder_parameters *parameters);
/* Embeddings of three tokens: 24 features. */
void adder_embed(const adder_parameters *parameters, const int tokens[ADDER_TOKENS], double x[ADDER_FEATURES]);
/* f(x); the trace may be NULL. */
double adder_forward(const adder_parameters *parameters, const double x[ADDER_FEATURES], adder_trace *trace);
/* dx[24] is set; *d_parameters (may be NULL; without token and position, which are those of dx) is added to, multiplied by
 * `factor`; *leak (may be NULL) is for ADDER_RELEVANCE. */
void adder_backward(const adder_parameters *parameters, const adder_trace *trace, adder_rule rule, double dx[ADDER_FEATURES],
                    double factor, adder_parameters *d_parameters, adder_leak *leak);

#endif
