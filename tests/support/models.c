/* SPDX-License-Identifier: MIT */
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

static void expect_made(metagame_status status, const metagame_error *err) {
  if (status != METAGAME_OK) {
    fprintf(stderr, "%s: %s\n", metagame_status_name(status), err->message);
    exit(99);
  }
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
    metagame_model_destroy(poly->model);
    free(poly);
  }
}

metagame_model *ts_poly_model(const ts_poly *poly) {
  metagame_truth_terms terms = METAGAME_TRUTH_TERMS_INIT;
  terms.coefficients = poly->coef;
  terms.powers = poly->powers;
  terms.origin = poly->origin;
  terms.n_features = poly->n_features;
  terms.n_terms = poly->n_terms;
  metagame_model *model = NULL;
  metagame_error err;
  expect_made(metagame_truth_polynomial(&model, &terms, NULL, &err), &err);
  return model;
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

void ts_mlp_set_layer(ts_mlp *mlp, uint32_t index, uint32_t n_out, int32_t activation) {
  ts_layer *layer = &mlp->layers[index];
  layer->n_in = index == 0 ? mlp->n_features : mlp->layers[index - 1].n_out;
  layer->n_out = n_out;
  layer->activation = activation;
  layer->weights = ts_alloc((size_t)n_out * layer->n_in, sizeof *layer->weights);
  layer->bias = ts_alloc(n_out, sizeof *layer->bias);
  mlp->n_outputs = n_out;
}

ts_mlp *ts_mlp_random(ts_rng *rng, uint32_t n_features, uint32_t hidden, uint32_t n_outputs, int32_t activation, double gain) {
  ts_mlp *mlp = ts_mlp_new(n_features, 2);
  ts_mlp_set_layer(mlp, 0, hidden, activation);
  ts_mlp_set_layer(mlp, 1, n_outputs, METAGAME_TRUTH_IDENTITY);
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
    metagame_model_destroy(mlp->model);
    free(mlp);
  }
}

metagame_model *ts_mlp_model(const ts_mlp *mlp) {
  metagame_truth_layer *layers = ts_alloc(mlp->n_layers, sizeof *layers);
  metagame_model *model = NULL;
  metagame_error err;
  for (uint32_t l = 0; l < mlp->n_layers; l++) {
    layers[l].weights = mlp->layers[l].weights;
    layers[l].biases = mlp->layers[l].bias;
    layers[l].rows = mlp->layers[l].n_out;
    layers[l].columns = mlp->layers[l].n_in;
    layers[l].activation = mlp->layers[l].activation;
  }
  expect_made(metagame_truth_network(&model, mlp->n_features, mlp->n_layers, layers, NULL, &err), &err);
  free(layers);
  return model;
}

/* ---- callbacks of such models ---- */

static int32_t METAGAME_CALL model_values(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  return metagame_truth_values(user, rows, n_rows, values, err);
}

static int32_t METAGAME_CALL model_gradients(void *user, const double *rows, size_t n_rows, uint32_t output, double *gradients,
                                             metagame_error *err) {
  return metagame_truth_gradients(user, rows, n_rows, output, gradients, err);
}

static metagame_model_callbacks callbacks_of(metagame_model *model, uint32_t n_features, uint32_t n_outputs) {
  metagame_model_callbacks callbacks = METAGAME_MODEL_CALLBACKS_INIT;
  callbacks.n_features = n_features;
  callbacks.n_outputs = n_outputs;
  callbacks.flags = METAGAME_THREADSAFE;
  callbacks.user = model;
  callbacks.evaluate = model_values;
  callbacks.gradient = model_gradients;
  return callbacks;
}

metagame_model_callbacks ts_poly_callbacks(ts_poly *poly) {
  if (poly->model == NULL) poly->model = ts_poly_model(poly);
  return callbacks_of(poly->model, poly->n_features, 1);
}

double ts_poly_value(ts_poly *poly, const double *x) {
  double value;
  ts_model_value(ts_poly_callbacks(poly).user, x, &value);
  return value;
}

double ts_poly_partial(ts_poly *poly, const double *x, uint32_t feature) {
  double *gradient = ts_alloc(poly->n_features, sizeof *gradient);
  ts_model_gradient(ts_poly_callbacks(poly).user, x, 0, gradient);
  const double partial = gradient[feature];
  free(gradient);
  return partial;
}

metagame_model_callbacks ts_mlp_callbacks(ts_mlp *mlp) {
  if (mlp->model == NULL) mlp->model = ts_mlp_model(mlp);
  return callbacks_of(mlp->model, mlp->n_features, mlp->n_outputs);
}

void ts_mlp_value(ts_mlp *mlp, const double *x, double *out) { ts_model_value(ts_mlp_callbacks(mlp).user, x, out); }

void ts_model_value(const metagame_model *model, const double *x, double *out) {
  metagame_error err;
  expect_made(metagame_truth_values(model, x, 1, out, &err), &err);
}

void ts_model_gradient(const metagame_model *model, const double *x, uint32_t output, double *gradient) {
  metagame_error err;
  expect_made(metagame_truth_gradients(model, x, 1, output, gradient, &err), &err);
}
