/* SPDX-License-Identifier: MIT */
#include "plugins.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = PLUGIN_PLAYERS, N_OUTPUTS = 2 };

typedef struct instance {
  plugin_factory *factory;
  metagame_game *values;
  int32_t own[N];
  long calls;
} instance;

static int is(const instance *self, plugin_fault fault) { return self->factory->fault == fault; }

static instance *open_instance(plugin_factory *factory) {
  if (factory->fault == FAULT_MAKE) return NULL;
  instance *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->factory = factory;
  for (int32_t p = 0; p < N; ++p) self->own[p] = p;
  if (factory->fault == FAULT_OWN_PLAYER) self->own[2] = N;
  ++factory->live;
  return self;
}

static void METAGAME_CALL destroy(void *user) {
  instance *self = user;
  if (!is(self, FAULT_LEAK)) --self->factory->live;
  if (is(self, FAULT_DESTROY_TWICE)) --self->factory->live;
  if (is(self, FAULT_SHARED)) self->factory->shared_dead = 1;
  metagame_game_destroy(self->values);
  free(self);
}

int64_t plugin_live(void *factory) { return ((plugin_factory *)factory)->live; }

static int in(uint64_t mask, uint32_t p) { return (int)(mask >> p & 1); }

/* phi_i(S) = [i in S] (i + 1 + sum over j in S of w_ij); w is symmetric unless asked otherwise. */
static double phi(const instance *self, uint64_t mask, uint32_t i) {
  double sum = i + 1;
  for (uint32_t j = 0; j < N; ++j)
    if (j != i && in(mask, j)) sum += 0.25 * (i + j) + (self->factory->asymmetric && j > i ? 0.5 : 0);
  return in(mask, i) ? sum : 0;
}

/* The faults that callbacks of rows share. `width` numbers a row. */
static int32_t spoil(instance *self, int empty_first, size_t n_rows, size_t width, double *rows, const metagame_error *err) {
  const long call = self->calls++;
  if (is(self, FAULT_RETURNS)) return 5;
  if (is(self, FAULT_SHARED) && self->factory->shared_dead) return 6;
  if (is(self, FAULT_NEEDS_ERROR) && !err) return 7;
  if (is(self, FAULT_BATCH_PLACE)) rows[(n_rows - 1) * width] += 1e-12 * (double)(n_rows - 1);
  if (is(self, FAULT_BATCH_SIZE)) rows[0] *= 1 + 1e-12 * (double)(n_rows > 2);
  if (is(self, FAULT_REPEAT)) rows[0] += 1e-9 * (double)call;
  if (is(self, FAULT_PAST)) rows[n_rows * width] = 0;
  if (is(self, FAULT_BEFORE)) rows[-1] = 0;
  if (is(self, FAULT_NAN) && empty_first) rows[0] = NAN;
  return 0;
}

static int32_t METAGAME_CALL attribute(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  instance *self = user;
  for (size_t r = 0; r < n_masks; ++r)
    for (uint32_t i = 0; i < N; ++i)
      if (!(is(self, FAULT_UNWRITTEN) && i == N - 1)) rows[r * N + i] = phi(self, masks[r], i);
  const int empty = masks[0] == 0;
  uint64_t *writable;
  memcpy(&writable, &masks, sizeof writable);
  if (is(self, FAULT_INPUT)) writable[0] ^= 1;
  return spoil(self, empty, n_masks, N, rows, err);
}

static int32_t METAGAME_CALL completeness(void *user, const uint64_t *mask, double *expected, double *residual,
                                          metagame_error *err) {
  instance *self = user;
  double sum = 0;
  (void)err;
  for (uint32_t i = 0; i < N; ++i) sum += phi(self, mask[0], i);
  *expected = sum + 0.125;
  *residual = is(self, FAULT_SUM) ? 0 : -0.125;
  if (is(self, FAULT_COMPLETENESS_REPEAT)) *expected += 1e-6 * (double)self->calls++;
  return 0;
}

int plugin_make_direct(void *factory, metagame_attributor *out) {
  instance *self = open_instance(factory);
  if (!self) return 1;
  out->name = is(self, FAULT_STRUCT) ? NULL : "plugin-direct";
  out->n_players = out->n_targets = N;
  out->own_player = self->own;
  out->flags = self->factory->asymmetric && !is(self, FAULT_ASYMMETRIC) ? 0 : METAGAME_CARDINAL;
  out->user = self;
  out->attribute = attribute;
  out->completeness = completeness;
  out->destroy = destroy;
  return 0;
}

/* ---- formula: phi_i(S) = v(S) - v(S - i) ---- */

static int32_t METAGAME_CALL evaluate_values(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  (void)user, (void)err;
  for (size_t r = 0; r < n_masks; ++r) {
    double sum = 1;
    for (uint32_t p = 0; p < N; ++p) sum *= in(masks[r], p) ? 1.5 + 0.1 * p : 1;
    rows[2 * r] = -sum;
    rows[2 * r + 1] = sum; /* output 1 is used */
  }
  return 0;
}

static int32_t METAGAME_CALL plan(void *user, const uint64_t *mask, metagame_sink *sink, metagame_error *err) {
  instance *self = user;
  const long call = self->calls++;
  uint64_t wanted;
  (void)err;
  if (is(self, FAULT_RETURNS)) return 5;
  if (is(self, FAULT_PLAN_BITS)) {
    wanted = UINT64_C(1) << N;
    metagame_sink_want(sink, &wanted); /* a plug-in that looks away */
  }
  metagame_sink_want(sink, mask);
  for (uint32_t at = 0; at < N; ++at) {
    const uint32_t i = is(self, FAULT_PLAN_ORDER) && call % 7 == 6 ? N - 1 - at : at;
    wanted = mask[0] & ~(UINT64_C(1) << i);
    if (in(mask[0], i)) metagame_sink_want(sink, &wanted);
  }
  if (is(self, FAULT_PLAN_MORE) && call % 7 == 6) metagame_sink_want(sink, mask);
  return 0;
}

static int32_t METAGAME_CALL combine(void *user, const uint64_t *mask, const double *values, size_t n_values, double *row,
                                     metagame_error *err) {
  instance *self = user;
  size_t next = 1;
  for (uint32_t i = 0; i < N; ++i)
    if (!(is(self, FAULT_UNWRITTEN) && i == N - 1)) row[i] = in(mask[0], i) && next < n_values ? values[0] - values[next++] : 0;
  const int empty = mask[0] == 0;
  double *writable;
  memcpy(&writable, &values, sizeof writable);
  if (is(self, FAULT_INPUT)) writable[0] = 0;
  return spoil(self, empty, 1, N, row, err);
}

int plugin_make_formula(void *factory, metagame_attributor *out) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  instance *self = open_instance(factory);
  if (!self) return 1;
  function.n_players = N;
  function.n_outputs = 2;
  function.flags = METAGAME_THREADSAFE;
  function.evaluate = evaluate_values;
  if (metagame_game_from_function(&self->values, &function, NULL, NULL) != METAGAME_OK) return 2;
  out->name = "plugin-formula";
  out->n_players = out->n_targets = N;
  out->own_player = self->own;
  out->flags = METAGAME_CARDINAL;
  out->user = self;
  out->values = self->values;
  out->value_output = 1;
  out->plan = plan;
  out->combine = combine;
  out->destroy = destroy;
  return 0;
}

/* ---- model: f_0 = sum_k (k + 1) x_k + x_0 x_1 x_2,  f_1 = exp(-sum_k x_k^2 / 10) ---- */

static int32_t METAGAME_CALL evaluate(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  instance *self = user;
  for (size_t r = 0; r < n_rows; ++r) {
    const double *x = rows + r * N;
    double linear = 0, squares = 0;
    for (uint32_t k = 0; k < N; ++k) linear += (k + 1) * x[k], squares += x[k] * x[k];
    values[2 * r] = linear + x[0] * x[1] * x[2];
    if (!is(self, FAULT_UNWRITTEN)) values[2 * r + 1] = exp(-squares / 10);
  }
  double *writable;
  memcpy(&writable, &rows, sizeof writable);
  if (is(self, FAULT_INPUT)) writable[0] += 1;
  return spoil(self, 1, n_rows, N_OUTPUTS, values, err);
}

static int32_t METAGAME_CALL gradient(void *user, const double *rows, size_t n_rows, uint32_t output, double *gradients,
                                      metagame_error *err) {
  instance *self = user;
  (void)err;
  for (size_t r = 0; r < n_rows; ++r) {
    const double *x = rows + r * N;
    double squares = 0;
    for (uint32_t k = 0; k < N; ++k) squares += x[k] * x[k];
    for (uint32_t k = 0; k < N; ++k) {
      const double product = k > 2 ? 0 : x[(k + 1) % 3] * x[(k + 2) % 3];
      gradients[r * N + k] = output == 0 ? k + 1 + product : -x[k] / 5 * exp(-squares / 10);
    }
    if (is(self, FAULT_GRADIENT)) gradients[r * N + 3] *= -1;
  }
  return 0;
}

int plugin_make_model(void *factory, metagame_model_callbacks *out) {
  instance *self = open_instance(factory);
  if (!self) return 1;
  out->n_features = is(self, FAULT_STRUCT) ? 0 : N;
  out->n_outputs = N_OUTPUTS;
  out->user = self;
  out->evaluate = evaluate;
  out->gradient = gradient;
  out->destroy = destroy;
  return 0;
}
