/* SPDX-License-Identifier: MIT */
/* Networks h_l = s_l(W_l h_{l-1} + b_l), h_0 = x, with gradients by back propagation: from delta = e_output,
 * delta_{l-1} = W_l' (delta_l * s_l'(W_l h_{l-1} + b_l)). Activations: identity, tanh, softplus log(1 + e^a).
 * Cost of a row: twice the number of weights, for a gradient twice that; memory of a call: layers + 3 rows of the widest layer. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "game/model.h"
#include "truth/truth.h"

typedef struct network {
  mtg_alloc alloc;
  uint32_t n, n_layers;
  size_t width;                 /* of the widest layer, the input included */
  metagame_truth_layer *layers; /* their pointers lead into `numbers` */
  double *numbers;
} network;

static double activate(int32_t kind, double a) {
  if (kind == METAGAME_TRUTH_TANH) return tanh(a);
  if (kind == METAGAME_TRUTH_SOFTPLUS) return a > 0 ? a + log1p(exp(-a)) : log1p(exp(a));
  return a;
}

static double slope(int32_t kind, double a) {
  if (kind == METAGAME_TRUTH_TANH) {
    const double c = 1 / cosh(a);
    return c * c;
  }
  if (kind == METAGAME_TRUTH_SOFTPLUS) return a > 0 ? 1 / (1 + exp(-a)) : exp(a) / (1 + exp(a));
  return 1;
}

/* Keeps what goes into the activations in `before`, a row of `width` for each layer; h has two rows. */
static void forward(const network *net, const double *x, double *before, double *h, double *out) {
  const double *input = x;
  for (uint32_t l = 0; l < net->n_layers; ++l) {
    const metagame_truth_layer *layer = net->layers + l;
    double *a = before + l * net->width, *next = l + 1 == net->n_layers ? out : h + (l % 2) * net->width;
    for (uint32_t o = 0; o < layer->rows; ++o) {
      double sum = layer->biases[o];
      for (uint32_t k = 0; k < layer->columns; ++k) sum += layer->weights[(size_t)o * layer->columns + k] * input[k];
      a[o] = sum;
      next[o] = activate(layer->activation, sum);
    }
    input = next;
  }
}

/* delta: e_output; it and `spare` change places with each layer. Returns the one that holds the gradient. */
static const double *backward(const network *net, const double *before, double *delta, double *spare) {
  for (uint32_t l = net->n_layers; l-- > 0;) {
    const metagame_truth_layer *layer = net->layers + l;
    for (uint32_t k = 0; k < layer->columns; ++k) spare[k] = 0;
    for (uint32_t o = 0; o < layer->rows; ++o) {
      const double d = delta[o] * slope(layer->activation, before[l * net->width + o]);
      for (uint32_t k = 0; k < layer->columns; ++k) spare[k] += layer->weights[(size_t)o * layer->columns + k] * d;
    }
    double *last = delta;
    delta = spare;
    spare = last;
  }
  return delta;
}

static double *new_work(const network *net, metagame_error *err) {
  double *work = mtg_new(&net->alloc, (size_t)net->n_layers + 3, net->width * sizeof *work);
  if (!work) mtg_fail_memory(err, &net->alloc, "the layers of a network");
  return work;
}

static int32_t METAGAME_CALL evaluate(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  const network *net = user;
  const size_t n_outputs = net->layers[net->n_layers - 1].rows;
  double *work = new_work(net, err);
  if (!work) return MTG_PASS_ON;
  for (size_t r = 0; r < n_rows; ++r) forward(net, rows + r * net->n, work + 3 * net->width, work, values + r * n_outputs);
  mtg_free(&net->alloc, work);
  return 0;
}

static int32_t METAGAME_CALL gradient(void *user, const double *rows, size_t n_rows, uint32_t output, double *gradients,
                                      metagame_error *err) {
  const network *net = user;
  double *work = new_work(net, err);
  if (!work) return MTG_PASS_ON;
  double *before = work + 3 * net->width, *out = work + 2 * net->width;
  for (size_t r = 0; r < n_rows; ++r) {
    forward(net, rows + r * net->n, before, work, out);
    for (uint32_t o = 0; o < net->layers[net->n_layers - 1].rows; ++o) work[o] = o == output;
    memcpy(gradients + r * net->n, backward(net, before, work, work + net->width), net->n * sizeof *gradients);
  }
  mtg_free(&net->alloc, work);
  return 0;
}

static void METAGAME_CALL destroy(void *user) {
  network *net = user;
  const mtg_alloc alloc = net->alloc;
  mtg_free(&alloc, net->layers);
  mtg_free(&alloc, net->numbers);
  mtg_free(&alloc, net);
}

/* *total: numbers that all layers have. */
static metagame_status check(const metagame_truth_layer *layers, uint32_t n_layers, uint32_t n_features, size_t *total,
                             metagame_error *err) {
  uint32_t columns = n_features;
  *total = 0;
  for (uint32_t l = 0; l < n_layers; ++l) {
    const metagame_truth_layer *layer = layers + l;
    char field[64];
    if (layer->rows < 1 || layer->rows > INT32_MAX)
      return mtg_fail(err, METAGAME_E_ARGUMENT, "layers[%u].rows is %u, must be 1..%d", l, layer->rows, INT32_MAX);
    if (layer->columns != columns)
      return mtg_fail(err, METAGAME_E_ARGUMENT, "layers[%u].columns is %u, must be %u, %s", l, layer->columns, columns,
                      l == 0 ? "n_features" : "the rows of the layer before");
    if (layer->activation < METAGAME_TRUTH_IDENTITY || layer->activation > METAGAME_TRUTH_SOFTPLUS)
      return mtg_fail(err, METAGAME_E_ARGUMENT, "layers[%u].activation is %ld, must be %d..%d", l, (long)layer->activation,
                      METAGAME_TRUTH_IDENTITY, METAGAME_TRUTH_SOFTPLUS);
    if (layer->reserved != 0)
      return mtg_fail(err, METAGAME_E_ARGUMENT, "layers[%u].reserved is %ld, must be 0", l, (long)layer->reserved);
    if (!layer->weights) return mtg_fail(err, METAGAME_E_NULL, "layers[%u].weights is NULL", l);
    const size_t n_weights = (size_t)layer->rows * layer->columns;
    if (n_weights > SIZE_MAX / 32 || *total > SIZE_MAX / 32) return mtg_fail(err, METAGAME_E_NOMEM, "no memory for layers[%u]", l);
    snprintf(field, sizeof field, "layers[%u].weights", l);
    MTG_TRY(mtg_truth_finite(layer->weights, n_weights, field, err));
    snprintf(field, sizeof field, "layers[%u].biases", l);
    if (layer->biases) MTG_TRY(mtg_truth_finite(layer->biases, layer->rows, field, err));
    *total += n_weights + layer->rows;
    columns = layer->rows;
  }
  return METAGAME_OK;
}

static metagame_status fill(network *net, const metagame_truth_layer *layers, size_t total, metagame_error *err) {
  net->layers = mtg_copy(&net->alloc, layers, net->n_layers, sizeof *layers);
  net->numbers = mtg_new(&net->alloc, total, sizeof *net->numbers);
  if (!net->layers || !net->numbers) return mtg_fail_memory(err, &net->alloc, "the network");
  double *at = net->numbers;
  net->width = net->n;
  for (uint32_t l = 0; l < net->n_layers; ++l) {
    metagame_truth_layer *layer = net->layers + l;
    const size_t n_weights = (size_t)layer->rows * layer->columns;
    memcpy(at, layer->weights, n_weights * sizeof *at);
    if (layer->biases) memcpy(at + n_weights, layer->biases, layer->rows * sizeof *at); /* zero else */
    layer->weights = at;
    layer->biases = at + n_weights;
    at += n_weights + layer->rows;
    if (layer->rows > net->width) net->width = layer->rows;
  }
  return METAGAME_OK;
}

metagame_status metagame_truth_network(metagame_model **out, uint32_t n_features, uint32_t n_layers, const metagame_truth_layer *layers,
                                       const metagame_allocator *allocator, metagame_error *err) {
  metagame_model_callbacks callbacks = METAGAME_MODEL_CALLBACKS_INIT;
  mtg_alloc alloc;
  size_t total = 0;
  if (!out) return mtg_fail(err, METAGAME_E_NULL, "out is NULL");
  *out = NULL;
  if (!layers) return mtg_fail(err, METAGAME_E_NULL, "layers is NULL");
  if (n_features < 1 || n_features > INT32_MAX)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "n_features is %u, must be 1..%d", n_features, INT32_MAX);
  if (n_layers < 1 || n_layers > INT32_MAX)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "n_layers is %u, must be 1..%d", n_layers, INT32_MAX);
  MTG_TRY(check(layers, n_layers, n_features, &total, err));
  MTG_TRY(mtg_alloc_from(&alloc, allocator, err));
  network *net = mtg_new(&alloc, 1, sizeof *net);
  if (!net) return mtg_fail_memory(err, &alloc, "the network");
  net->alloc = alloc;
  net->n = n_features;
  net->n_layers = n_layers;
  metagame_status status = fill(net, layers, total, err);
  if (status != METAGAME_OK) {
    destroy(net);
    return status;
  }
  callbacks.n_features = n_features;
  callbacks.n_outputs = layers[n_layers - 1].rows;
  callbacks.flags = METAGAME_THREADSAFE;
  callbacks.user = net;
  callbacks.evaluate = evaluate;
  callbacks.gradient = gradient;
  callbacks.destroy = destroy;
  return metagame_model_create(out, &callbacks, allocator, err);
}
