/* SPDX-License-Identifier: MIT */
/* conformance_model.h - how conformance.h checks a numeric model. Include conformance.h instead. */
#ifndef METAGAME_CONFORMANCE_MODEL_H
#define METAGAME_CONFORMANCE_MODEL_H

#include "metagame/conformance.h"

METAGAME_BEGIN_DECLS

/* Stands between the library and the instance, counts destroys, fails at a chosen call. */
typedef struct metagame_conformance_model_probe {
  metagame_model_callbacks inner;
  int destroyed;
  long calls, fail_at; /* 0: never */
} metagame_conformance_model_probe;

static inline int32_t METAGAME_CALL metagame_conformance_evaluate(void *user, const double *points, size_t n_rows, double *values,
                                                                  metagame_error *err) {
  metagame_conformance_model_probe *probe = (metagame_conformance_model_probe *)user;
  if (metagame_conformance_fails(&probe->calls, probe->fail_at, err)) return METAGAME_CONFORMANCE_CODE + (int32_t)probe->calls;
  return probe->inner.evaluate(probe->inner.user, points, n_rows, values, err);
}
static inline int32_t METAGAME_CALL metagame_conformance_gradient(void *user, const double *points, size_t n_rows, uint32_t output,
                                                                  double *gradients, metagame_error *err) {
  metagame_conformance_model_probe *probe = (metagame_conformance_model_probe *)user;
  if (metagame_conformance_fails(&probe->calls, probe->fail_at, err)) return METAGAME_CONFORMANCE_CODE + (int32_t)probe->calls;
  return probe->inner.gradient(probe->inner.user, points, n_rows, output, gradients, err);
}
static inline void METAGAME_CALL metagame_conformance_destroy_model(void *user) {
  metagame_conformance_model_probe *probe = (metagame_conformance_model_probe *)user;
  if (++probe->destroyed == 1 && probe->inner.destroy) probe->inner.destroy(probe->inner.user);
}

/* A fresh instance behind a probe; 0 when the factory failed. */
static inline int metagame_conformance_wrap_model(const metagame_conformance_model *suite, metagame_conformance_model_probe *probe,
                                                  metagame_model_callbacks *out) {
  memset(probe, 0, sizeof *probe);
  metagame_struct_init(&probe->inner, sizeof probe->inner);
  if (suite->make(suite->context, &probe->inner) != 0) return 0;
  *out = probe->inner;
  out->user = probe;
  out->evaluate = probe->inner.evaluate ? metagame_conformance_evaluate : NULL;
  out->gradient = probe->inner.gradient ? metagame_conformance_gradient : NULL;
  out->destroy = metagame_conformance_destroy_model;
  return 1;
}

/* ---- rows ---- */

static inline int32_t metagame_conformance_call_evaluate(metagame_conformance_rows *rows, const void *input, size_t n_rows,
                                                         double *out, metagame_error *err) {
  const metagame_model_callbacks *model = (const metagame_model_callbacks *)rows->user;
  return model->evaluate(model->user, (const double *)input, n_rows, out, err);
}
static inline int32_t metagame_conformance_call_gradient(metagame_conformance_rows *rows, const void *input, size_t n_rows,
                                                         double *out, metagame_error *err) {
  const metagame_model_callbacks *model = (const metagame_model_callbacks *)rows->user;
  return model->gradient(model->user, (const double *)input, n_rows, rows->output, out, err);
}

/* The gradient rows in `gradient` against (f(x + h e_k) - f(x - h e_k)) / 2h, one feature at a time. */
static inline int metagame_conformance_differences(const metagame_conformance_rows *gradient,
                                                   const metagame_conformance_model *suite, uint32_t n_outputs, double *moved,
                                                   double *values, char *message, size_t room) {
  const metagame_model_callbacks *model = (const metagame_model_callbacks *)gradient->user;
  const double relative = suite->gradient_step > 0 ? suite->gradient_step : 1e-5;
  const double tolerance = suite->gradient_tolerance > 0 ? suite->gradient_tolerance : 1e-5;
  const size_t n = gradient->width;
  size_t r, k;
  for (r = 0; r < gradient->n_rows; ++r) {
    const double *x = suite->points + r * n, *g = gradient->reference + r * n;
    double scale = 0;
    for (k = 0; k < n; ++k)
      if (metagame_conformance_abs(g[k]) > scale) scale = metagame_conformance_abs(g[k]);
    for (k = 0; k < n; ++k) {
      const double size = metagame_conformance_abs(x[k]), h = relative * (size > 1 ? size : 1);
      double above, below, slope, noise;
      memcpy(moved, x, n * sizeof(double));
      moved[k] = x[k] + h;
      if (model->evaluate(model->user, moved, 1, values, NULL) != 0) return 0;
      above = values[gradient->output];
      moved[k] = x[k] - h;
      if (model->evaluate(model->user, moved, 1, values + n_outputs, NULL) != 0) return 0;
      below = values[n_outputs + gradient->output];
      slope = (above - below) / (2 * h);
      noise = 1e-15 * (metagame_conformance_abs(above) + metagame_conformance_abs(below)) / h; /* rounding of the two values */
      if (metagame_conformance_abs(slope - g[k]) <= tolerance * scale + 4 * noise) continue;
      snprintf(message, room, "point %lu, output %lu, feature %lu: gradient %.17g, central difference %.17g", (unsigned long)r,
               (unsigned long)gradient->output, (unsigned long)k, g[k], slope);
      return 0;
    }
  }
  return 1;
}

static inline void metagame_conformance_check_model_rows(metagame_conformance_state *state, const metagame_model_callbacks *model,
                                                         const metagame_conformance_model *suite) {
  const uint32_t n_outputs = model->n_outputs ? model->n_outputs : 1;
  const size_t n = model->n_features;
  double *moved = (double *)metagame_conformance_new(n, sizeof(double));
  double *values = (double *)metagame_conformance_new(n_outputs, 2 * sizeof(double));
  char message[300] = "evaluate failed beside a point";
  metagame_conformance_rows rows;
  uint32_t output;
  memset(&rows, 0, sizeof rows);
  rows.state = state;
  rows.subject = "evaluate";
  rows.user = model;
  rows.call = metagame_conformance_call_evaluate;
  rows.input = (const unsigned char *)suite->points;
  rows.n_rows = suite->n_points;
  rows.in_bytes = n * sizeof(double);
  rows.width = n_outputs;
  rows.max_batch = (size_t)(model->max_batch ? model->max_batch : 256);
  metagame_conformance_check_rows(&rows);
  free(rows.reference);
  for (output = 0; model->gradient && output < n_outputs && output < 4; ++output) {
    rows.subject = "gradient";
    rows.call = metagame_conformance_call_gradient;
    rows.width = n;
    rows.output = output;
    rows.broke_guard = rows.left_rows = rows.changed_input = 0;
    if (metagame_conformance_check_rows(&rows) && !state->unsafe) {
      if (moved && values)
        metagame_conformance_note(state, "gradient", "differences",
                                  metagame_conformance_differences(&rows, suite, n_outputs, moved, values, message, sizeof message),
                                  message);
      else
        metagame_conformance_no_memory(state);
    }
    free(rows.reference);
  }
  free(moved);
  free(values);
}

/* ---- errors and lifetimes, on a game with one player: feature 0 ---- */

/* `method` NULL: the value game. Every other handle is destroyed before the session runs: it holds what it needs. */
static inline metagame_status metagame_conformance_run_model(const metagame_model_callbacks *outer, const double *point,
                                                             const char *method, metagame_error *err) {
  const size_t offsets[2] = { 0, 1 };
  const uint32_t features[1] = { 0 };
  metagame_groups groups;
  metagame_masking masking = METAGAME_MASKING_INIT;
  metagame_method choice = METAGAME_METHOD_INIT;
  metagame_model *model = NULL;
  metagame_game *game = NULL, *base = NULL;
  metagame_result *result = NULL;
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_status status;
  groups.n_groups = 1;
  groups.offsets = offsets;
  groups.features = features;
  masking.x = masking.background = point;
  masking.players = &groups;
  choice.name = method;
  options.batch = 1;
  status = metagame_model_create(&model, outer, NULL, err);
  if (status == METAGAME_OK) status = metagame_game_from_model(method ? &base : &game, model, &masking, err);
  if (status == METAGAME_OK && method) status = metagame_game_attribute(&game, base, &choice, err);
  metagame_model_destroy(model);
  metagame_game_destroy(base);
  if (status == METAGAME_OK) status = metagame_solve(&result, game, &options, err);
  metagame_game_destroy(game);
  metagame_result_destroy(result);
  return status;
}

static inline void metagame_conformance_check_model_errors(metagame_conformance_state *state,
                                                           const metagame_conformance_model *suite, const char *subject,
                                                           const char *method) {
  long call;
  char message[700];
  for (call = 0; call <= 3; ++call) {
    metagame_conformance_model_probe probe;
    metagame_model_callbacks outer = METAGAME_MODEL_CALLBACKS_INIT;
    metagame_error err;
    metagame_status status;
    memset(&err, 0, sizeof err);
    if (!metagame_conformance_wrap_model(suite, &probe, &outer)) return;
    if (method && !outer.gradient) {
      metagame_conformance_destroy_model(&probe);
      return;
    }
    probe.fail_at = call;
    status = metagame_conformance_run_model(&outer, suite->points, method, &err);
    if (call > 0 && probe.calls >= call) metagame_conformance_note_error(state, subject, call, status, &err);
    snprintf(message, sizeof message, "destroyed %d times; status %s %.400s", probe.destroyed, metagame_status_name(status),
             err.message);
    if (call == 0) metagame_conformance_note(state, "destroy", "orders", status == METAGAME_OK && probe.destroyed == 1, message);
    if (!probe.destroyed) metagame_conformance_destroy_model(&probe);
  }
}

/* An attempt that must fail with `wanted`, after which the instance was destroyed `times` times. */
static inline void metagame_conformance_check_model_refusal(metagame_conformance_state *state,
                                                            const metagame_conformance_model *suite, const char *check,
                                                            metagame_status wanted, int times) {
  const metagame_allocator refusing = metagame_conformance_refusing();
  metagame_conformance_model_probe probe;
  metagame_model_callbacks outer = METAGAME_MODEL_CALLBACKS_INIT;
  metagame_model *model = NULL;
  metagame_status status;
  char message[200];
  if (!metagame_conformance_wrap_model(suite, &probe, &outer)) return;
  if (wanted == METAGAME_E_STRUCT_SIZE) outer.struct_size = sizeof(size_t);
  if (wanted == METAGAME_E_FLAGS) outer.flags = ~UINT64_C(0);
  status = metagame_model_create(&model, &outer, wanted == METAGAME_E_NOMEM ? &refusing : NULL, NULL);
  snprintf(message, sizeof message, "status %s, destroyed %d times, must be %s and %d", metagame_status_name(status),
           probe.destroyed, metagame_status_name(wanted), times);
  metagame_conformance_note(state, "destroy", check, status == wanted && probe.destroyed == times && !model, message);
  if (!probe.destroyed) metagame_conformance_destroy_model(&probe);
}

static inline size_t metagame_conformance_check_model(const metagame_conformance_model *suite) {
  metagame_conformance_state state;
  metagame_conformance_model_probe probe, other;
  metagame_model_callbacks outer = METAGAME_MODEL_CALLBACKS_INIT, beside = METAGAME_MODEL_CALLBACKS_INIT;
  metagame_model *model = NULL;
  metagame_error err;
  char message[200];
  const int64_t live = suite->live ? suite->live(suite->context) : 0;
  memset(&state, 0, sizeof state);
  memset(&err, 0, sizeof err);
  state.report = suite->report;
  state.context = suite->context;
  state.tolerance = suite->tolerance;
  if (!metagame_conformance_note(&state, "make", "", metagame_conformance_wrap_model(suite, &probe, &outer), "the factory failed"))
    return state.failed;
  if (metagame_conformance_wrap_model(suite, &other, &beside)) metagame_conformance_destroy_model(&other);
  if (metagame_conformance_note(&state, "struct", "", metagame_model_create(&model, &outer, NULL, &err) == METAGAME_OK,
                                err.message)) {
    metagame_conformance_check_model_rows(&state, &probe.inner, suite);
    metagame_model_destroy(model);
    if (!state.unsafe) {
      metagame_conformance_check_model_errors(&state, suite, "evaluate", NULL);
      metagame_conformance_check_model_errors(&state, suite, "gradient", "gradient");
    }
    metagame_conformance_check_model_refusal(&state, suite, "refused", METAGAME_E_FLAGS, 1);
    metagame_conformance_check_model_refusal(&state, suite, "no-memory", METAGAME_E_NOMEM, 1);
    metagame_conformance_check_model_refusal(&state, suite, "untaken", METAGAME_E_STRUCT_SIZE, 0);
  }
  if (suite->live) {
    const int64_t now = suite->live(suite->context);
    snprintf(message, sizeof message, "%ld instances alive at the start, %ld at the end", (long)live, (long)now);
    metagame_conformance_note(&state, "destroy", "balance", now == live, message);
  }
  return state.failed;
}

METAGAME_END_DECLS
#endif
