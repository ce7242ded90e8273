/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support.h"

void *ts_alloc(size_t count, size_t size) {
  void *memory = calloc(count > 0 ? count : 1, size);
  if (memory == NULL) {
    fprintf(stderr, "no memory for %zu x %zu bytes\n", count, size);
    exit(99);
  }
  return memory;
}

ts_rng ts_rng_make(uint64_t seed) {
  ts_rng rng = { seed * UINT64_C(0x9E3779B97F4A7C15) + UINT64_C(1442695040888963407) };
  (void)ts_rng_below(&rng, 2);
  return rng;
}

static uint64_t next_bits(ts_rng *rng) { /* 31 bits */
  rng->state = rng->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return rng->state >> 33;
}

uint64_t ts_rng_below(ts_rng *rng, uint64_t bound) { return (next_bits(rng) * bound) >> 31; }

double ts_rng_real(ts_rng *rng, double low, double high) {
  const double high_bits = (double)next_bits(rng);
  const double low_bits = (double)(next_bits(rng) >> 9);
  const double unit = (high_bits + low_bits / 4194304.0) / 2147483648.0;
  return low + (high - low) * unit;
}

/* ---- polynomial ---- */

ts_poly *ts_poly_new(uint32_t n_features, uint32_t n_terms) {
  ts_poly *poly = ts_alloc(1, sizeof *poly);
  poly->n_features = n_features;
  poly->n_terms = n_terms;
  poly->coef = ts_alloc(n_terms, sizeof *poly->coef);
  poly->powers = ts_alloc((size_t)n_terms * n_features, sizeof *poly->powers);
  poly->origin = ts_alloc(n_features, sizeof *poly->origin);
  return poly;
}

ts_poly *ts_poly_random(ts_rng *rng, uint32_t n_features, uint32_t n_terms, uint32_t max_power) {
  ts_poly *poly = ts_poly_new(n_features, n_terms);
  for (uint32_t t = 0; t < n_terms; t++) {
    poly->coef[t] = ts_rng_real(rng, -2.0, 2.0);
    for (uint32_t k = 0; k < n_features; k++) {
      const bool used = ts_rng_below(rng, 2) == 1;
      poly->powers[(size_t)t * n_features + k] = used ? 1 + (uint32_t)ts_rng_below(rng, max_power) : 0;
    }
  }
  return poly;
}

void ts_poly_free(ts_poly *poly) {
  if (poly != NULL) {
    free(poly->coef);
    free(poly->powers);
    free(poly->origin);
    free(poly);
  }
}

/* One term, or its derivative when feature >= 0. Mantissas and exponents apart, so that 1e-150 * 1e150 * ... cannot leave the range
 * half way. */
static double term_value(const ts_poly *poly, const double *x, uint32_t term, int64_t feature) {
  const uint32_t *powers = poly->powers + (size_t)term * poly->n_features;
  int exponent = 0, part = 0;
  double product = frexp(poly->coef[term], &exponent);
  for (uint32_t k = 0; k < poly->n_features; k++) {
    uint32_t power = powers[k];
    if ((int64_t)k == feature) {
      if (power == 0) return 0.0;
      product = frexp(product * (double)power, &part);
      exponent += part;
      power--;
    }
    const double factor = x[k] - poly->origin[k];
    if (power > 0 && factor == 0.0) return 0.0;
    int factor_exponent = 0;
    const double mantissa = frexp(factor, &factor_exponent);
    for (uint32_t p = 0; p < power; p++) {
      product = frexp(product * mantissa, &part);
      exponent += part + factor_exponent;
    }
  }
  return ldexp(product, exponent);
}

double ts_poly_value(const ts_poly *poly, const double *x) {
  double sum = 0.0;
  for (uint32_t t = 0; t < poly->n_terms; t++) sum += term_value(poly, x, t, -1);
  return sum;
}

double ts_poly_partial(const ts_poly *poly, const double *x, uint32_t feature) {
  double sum = 0.0;
  for (uint32_t t = 0; t < poly->n_terms; t++) sum += term_value(poly, x, t, (int64_t)feature);
  return sum;
}

static int32_t METAGAME_CALL poly_evaluate(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  const ts_poly *poly = user;
  (void)err;
  for (size_t r = 0; r < n_rows; r++) values[r] = ts_poly_value(poly, rows + r * poly->n_features);
  return 0;
}

static int32_t METAGAME_CALL poly_gradient(void *user, const double *rows, size_t n_rows, uint32_t output, double *gradients,
                                           metagame_error *err) {
  const ts_poly *poly = user;
  (void)err;
  (void)output;
  for (size_t r = 0; r < n_rows; r++)
    for (uint32_t k = 0; k < poly->n_features; k++)
      gradients[r * poly->n_features + k] = ts_poly_partial(poly, rows + r * poly->n_features, k);
  return 0;
}

metagame_model_callbacks ts_poly_callbacks(ts_poly *poly) {
  metagame_model_callbacks callbacks = METAGAME_MODEL_CALLBACKS_INIT;
  callbacks.n_features = poly->n_features;
  callbacks.user = poly;
  callbacks.evaluate = poly_evaluate;
  callbacks.gradient = poly_gradient;
  return callbacks;
}

/* ---- multilayer perceptron ---- */

ts_mlp *ts_mlp_new(uint32_t n_features, uint32_t n_layers) {
  ts_mlp *mlp = ts_alloc(1, sizeof *mlp);
  mlp->n_features = n_features;
  mlp->n_layers = n_layers;
  mlp->n_outputs = n_features;
  mlp->layers = ts_alloc(n_layers, sizeof *mlp->layers);
  return mlp;
}

void ts_mlp_set_layer(ts_mlp *mlp, uint32_t index, uint32_t n_out, int activation) {
  ts_layer *layer = &mlp->layers[index];
  layer->n_in = index == 0 ? mlp->n_features : mlp->layers[index - 1].n_out;
  layer->n_out = n_out;
  layer->activation = activation;
  layer->weights = ts_alloc((size_t)n_out * layer->n_in, sizeof *layer->weights);
  layer->bias = ts_alloc(n_out, sizeof *layer->bias);
  mlp->n_outputs = n_out;
}

ts_mlp *ts_mlp_random(ts_rng *rng, uint32_t n_features, uint32_t hidden, uint32_t n_outputs, int activation, double gain) {
  ts_mlp *mlp = ts_mlp_new(n_features, 2);
  ts_mlp_set_layer(mlp, 0, hidden, activation);
  ts_mlp_set_layer(mlp, 1, n_outputs, TS_IDENTITY);
  for (uint32_t l = 0; l < 2; l++) {
    ts_layer *layer = &mlp->layers[l];
    for (size_t k = 0; k < (size_t)layer->n_in * layer->n_out; k++) layer->weights[k] = ts_rng_real(rng, -gain, gain);
    for (uint32_t k = 0; k < layer->n_out; k++) layer->bias[k] = ts_rng_real(rng, -1.0, 1.0);
  }
  return mlp;
}

void ts_mlp_free(ts_mlp *mlp) {
  if (mlp != NULL) {
    for (uint32_t l = 0; l < mlp->n_layers; l++) {
      free(mlp->layers[l].weights);
      free(mlp->layers[l].bias);
    }
    free(mlp->layers);
    free(mlp);
  }
}

static double activate(int kind, double a) {
  if (kind == TS_TANH) return tanh(a);
  if (kind == TS_SOFTPLUS) return a > 0.0 ? a + log1p(exp(-a)) : log1p(exp(a));
  return a;
}

static double activate_slope(int kind, double a) {
  if (kind == TS_TANH) {
    const double c = 1.0 / cosh(a);
    return c * c;
  }
  if (kind == TS_SOFTPLUS) return a > 0.0 ? 1.0 / (1.0 + exp(-a)) : exp(a) / (1.0 + exp(a));
  return 1.0;
}

static size_t widest(const ts_mlp *mlp) {
  size_t width = mlp->n_features;
  for (uint32_t l = 0; l < mlp->n_layers; l++)
    if (mlp->layers[l].n_out > width) width = mlp->layers[l].n_out;
  return width;
}

/* Runs the net; keeps the inputs of every activation in `before` (a row of `width` for each layer). */
static void forward(const ts_mlp *mlp, const double *x, size_t width, double *before, double *out) {
  const double *input = x;
  double *h = ts_alloc(2 * width, sizeof *h);
  for (uint32_t l = 0; l < mlp->n_layers; l++) {
    const ts_layer *layer = &mlp->layers[l];
    double *a = before + l * width, *next = l + 1 == mlp->n_layers ? out : h + (l % 2) * width;
    for (uint32_t o = 0; o < layer->n_out; o++) {
      double sum = layer->bias[o];
      for (uint32_t k = 0; k < layer->n_in; k++) sum += layer->weights[(size_t)o * layer->n_in + k] * input[k];
      a[o] = sum;
      next[o] = activate(layer->activation, sum);
    }
    input = next;
  }
  free(h);
}

void ts_mlp_value(const ts_mlp *mlp, const double *x, double *out) {
  const size_t width = widest(mlp);
  double *before = ts_alloc(width * mlp->n_layers, sizeof *before);
  forward(mlp, x, width, before, out);
  free(before);
}

void ts_mlp_gradient(const ts_mlp *mlp, const double *x, uint32_t output, double *gradient) {
  const size_t width = widest(mlp);
  double *work = ts_alloc(width * (mlp->n_layers + (size_t)3), sizeof *work);
  double *before = work + 3 * width, *delta = work, *back = work + width, *out = work + 2 * width;
  forward(mlp, x, width, before, out);
  for (uint32_t o = 0; o < mlp->n_outputs; o++) delta[o] = o == output ? 1.0 : 0.0;
  for (uint32_t l = mlp->n_layers; l-- > 0;) {
    const ts_layer *layer = &mlp->layers[l];
    for (uint32_t k = 0; k < layer->n_in; k++) back[k] = 0.0;
    for (uint32_t o = 0; o < layer->n_out; o++) {
      const double d = delta[o] * activate_slope(layer->activation, before[l * width + o]);
      for (uint32_t k = 0; k < layer->n_in; k++) back[k] += layer->weights[(size_t)o * layer->n_in + k] * d;
    }
    double *swap = delta;
    delta = back;
    back = swap;
  }
  for (uint32_t k = 0; k < mlp->n_features; k++) gradient[k] = delta[k];
  free(work);
}

static int32_t METAGAME_CALL mlp_evaluate(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  const ts_mlp *mlp = user;
  (void)err;
  for (size_t r = 0; r < n_rows; r++) ts_mlp_value(mlp, rows + r * mlp->n_features, values + r * mlp->n_outputs);
  return 0;
}

static int32_t METAGAME_CALL mlp_gradient(void *user, const double *rows, size_t n_rows, uint32_t output, double *gradients,
                                          metagame_error *err) {
  const ts_mlp *mlp = user;
  (void)err;
  for (size_t r = 0; r < n_rows; r++) ts_mlp_gradient(mlp, rows + r * mlp->n_features, output, gradients + r * mlp->n_features);
  return 0;
}

metagame_model_callbacks ts_mlp_callbacks(ts_mlp *mlp) {
  metagame_model_callbacks callbacks = METAGAME_MODEL_CALLBACKS_INIT;
  callbacks.n_features = mlp->n_features;
  callbacks.n_outputs = mlp->n_outputs;
  callbacks.user = mlp;
  callbacks.evaluate = mlp_evaluate;
  callbacks.gradient = mlp_gradient;
  return callbacks;
}
