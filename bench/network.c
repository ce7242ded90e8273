/* SPDX-License-Identifier: MIT */
/* Networks n-24-24-1: h <- act(W h + b) twice, then a linear output. Weights are GAIN N(0,1)/sqrt(fan-in), biases and the point N(0,1),
 * features are at the baseline 0 when absent. With GAIN = 1.5 the inputs of the units have a root mean square of about 1.5 over random
 * coalitions; tanh is beyond 0.9 in three units of ten. The rows come from the library's built-in attributions of a numeric model whose
 * gradient is written out here. */
#include "network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common.h"

enum { HIDDEN = 24, ROWS = 1024 };

static const double GAIN = 1.5;

typedef struct network {
  uint32_t n;
  int activation;
  double in[BENCH_MOST_FEATURES][HIDDEN], in_back[HIDDEN][BENCH_MOST_FEATURES], in_bias[HIDDEN];
  double mid[HIDDEN][HIDDEN], mid_back[HIDDEN][HIDDEN], mid_bias[HIDDEN]; /* [from][to] and [to][from] */
  double out[HIDDEN], out_bias;
  double x[BENCH_MOST_FEATURES];
} network;

static uint64_t next_bits(uint64_t *state) { /* splitmix64 */
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static double next_normal(uint64_t *state) { /* Box and Muller */
  const double radius = ((double)(next_bits(state) >> 11) + 0.5) * 0x1p-53, angle = (double)(next_bits(state) >> 11) * 0x1p-53;
  return sqrt(-2 * log(radius)) * cos(6.283185307179586 * angle);
}

static void make_network(network *net, uint32_t n, uint64_t index, int activation) {
  uint64_t state = index * UINT64_C(1000003) + n;
  net->n = n;
  net->activation = activation;
  for (uint32_t k = 0; k < n; ++k) net->x[k] = next_normal(&state);
  for (uint32_t k = 0; k < n; ++k)
    for (uint32_t j = 0; j < HIDDEN; ++j) net->in[k][j] = net->in_back[j][k] = GAIN * next_normal(&state) / sqrt(n);
  for (uint32_t j = 0; j < HIDDEN; ++j)
    for (uint32_t l = 0; l < HIDDEN; ++l) net->mid[j][l] = net->mid_back[l][j] = GAIN * next_normal(&state) / sqrt(HIDDEN);
  for (uint32_t j = 0; j < HIDDEN; ++j) {
    net->out[j] = GAIN * next_normal(&state) / sqrt(HIDDEN);
    net->in_bias[j] = next_normal(&state);
    net->mid_bias[j] = next_normal(&state);
  }
  net->out_bias = next_normal(&state);
}

/* In place: inputs of units become their outputs; the slopes go to `slope`. */
static void activate(int activation, double *h, double *slope) {
  for (uint32_t j = 0; j < HIDDEN; ++j) {
    if (activation == BENCH_TANH) {
      h[j] = tanh(h[j]);
      slope[j] = 1 - h[j] * h[j];
    } else {
      const double small = exp(-fabs(h[j]));
      slope[j] = (h[j] >= 0 ? 1 : small) / (1 + small);
      h[j] = (h[j] > 0 ? h[j] : 0) + log1p(small);
    }
  }
}

/* The output at z and, where asked for, the gradient. */
static double pass(const network *net, const double *z, double *gradient) {
  double first[HIDDEN], second[HIDDEN], first_slope[HIDDEN], second_slope[HIDDEN], back[HIDDEN] = { 0 }, value = net->out_bias;
  for (uint32_t j = 0; j < HIDDEN; ++j) first[j] = net->in_bias[j];
  for (uint32_t k = 0; k < net->n; ++k)
    for (uint32_t j = 0; j < HIDDEN; ++j) first[j] += z[k] * net->in[k][j];
  activate(net->activation, first, first_slope);
  for (uint32_t l = 0; l < HIDDEN; ++l) second[l] = net->mid_bias[l];
  for (uint32_t j = 0; j < HIDDEN; ++j)
    for (uint32_t l = 0; l < HIDDEN; ++l) second[l] += first[j] * net->mid[j][l];
  activate(net->activation, second, second_slope);
  for (uint32_t l = 0; l < HIDDEN; ++l) value += second[l] * net->out[l];
  if (!gradient) return value;
  for (uint32_t l = 0; l < HIDDEN; ++l) {
    const double delta = net->out[l] * second_slope[l];
    for (uint32_t j = 0; j < HIDDEN; ++j) back[j] += delta * net->mid_back[l][j];
  }
  for (uint32_t k = 0; k < net->n; ++k) gradient[k] = 0;
  for (uint32_t j = 0; j < HIDDEN; ++j) {
    const double delta = back[j] * first_slope[j];
    for (uint32_t k = 0; k < net->n; ++k) gradient[k] += delta * net->in_back[j][k];
  }
  return value;
}

static int32_t evaluate(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  const network *net = user;
  (void)err;
  for (size_t r = 0; r < n_rows; ++r) values[r] = pass(net, rows + r * net->n, NULL);
  return 0;
}

static int32_t differentiate(void *user, const double *rows, size_t n_rows, uint32_t output, double *gradients, metagame_error *err) {
  const network *net = user;
  (void)output;
  (void)err;
  for (size_t r = 0; r < n_rows; ++r) pass(net, rows + r * net->n, gradients + r * net->n);
  return 0;
}

static metagame_status make_attributor(metagame_attributor *out, network *net, int inner, metagame_error *err) {
  static const double zeros[BENCH_MOST_FEATURES] = { 0 };
  metagame_model_callbacks callbacks = METAGAME_MODEL_CALLBACKS_INIT;
  metagame_masking masking = METAGAME_MASKING_INIT;
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_model *model = NULL;
  metagame_game *game = NULL;
  callbacks.n_features = net->n;
  callbacks.user = net;
  callbacks.evaluate = evaluate;
  callbacks.gradient = differentiate;
  masking.x = net->x;
  masking.background = zeros;
  method.name = inner == BENCH_IG ? "integrated-gradients" : "gradient-x-delta";
  method.steps = BENCH_IG_STEPS;
  metagame_status status = metagame_model_create(&model, &callbacks, NULL, err);
  if (status == METAGAME_OK) status = metagame_game_from_model(&game, model, &masking, err);
  if (status == METAGAME_OK) status = metagame_attributor_builtin(out, game, &method, err);
  metagame_model_destroy(model);
  metagame_game_destroy(game);
  return status;
}

double *bench_network_rows(uint32_t n, uint64_t index, int activation, int inner) {
  const uint64_t size = UINT64_C(1) << n;
  double *rows = bench_new((size_t)size * n, sizeof *rows);
  network *net = bench_new(1, sizeof *net);
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  uint64_t masks[ROWS];
  make_network(net, n, index, activation);
  if (make_attributor(&attributor, net, inner, &err) != METAGAME_OK) {
    fprintf(stderr, "network: %s\n", err.message);
    exit(1);
  }
  const size_t most = attributor.max_batch && attributor.max_batch < ROWS ? (size_t)attributor.max_batch : ROWS;
  for (uint64_t first = 0; first < size; first += most) {
    const size_t count = size - first < most ? (size_t)(size - first) : most;
    for (size_t r = 0; r < count; ++r) masks[r] = first + r;
    if (attributor.attribute(attributor.user, masks, count, rows + first * n, &err) != 0) {
      fprintf(stderr, "network: %s\n", err.message);
      exit(1);
    }
  }
  attributor.destroy(attributor.user);
  free(net);
  return rows;
}
