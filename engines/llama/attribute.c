/* SPDX-License-Identifier: MIT */
/* Attributions by name: what is asked is checked, and becomes an attributor or a game. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static const char *const names[] = { "gradient-norm", "gradient-x-input", "integrated-gradients", "attnlrp", "cp-lrp",
                                     "attention", "attention-rollout", "occlusion", "shapley" };

const char *metagame_llama_method_name(size_t index) {
  return index < sizeof names / sizeof *names ? names[index] : NULL;
}

static metagame_status read_method(metagame_llama_method *out, int *kind, const metagame_llama_method *method, metagame_error *err) {
  MTL_TRY(mtl_read_struct(out, sizeof *out, method, sizeof *out, "metagame_llama_method", err));
  if (!out->name) return mtl_fail(err, METAGAME_E_NULL, "method.name is NULL");
  *kind = -1;
  for (size_t k = 0; k < sizeof names / sizeof *names; ++k)
    if (strcmp(out->name, names[k]) == 0) *kind = (int)k;
  if (*kind < 0)
    return mtl_fail(err, METAGAME_E_UNSUPPORTED,
                    "method.name is '%.60s'; known are gradient-norm, gradient-x-input, integrated-gradients, attnlrp, cp-lrp, attention, "
                    "attention-rollout, occlusion and shapley", out->name);
  if (out->flags & ~METAGAME_LLAMA_STEPS)
    return mtl_fail(err, METAGAME_E_FLAGS, "method.flags is %#llx, known are %#llx", (unsigned long long)out->flags,
                    (unsigned long long)METAGAME_LLAMA_STEPS);
  if (out->nodes > 4096) return mtl_fail(err, METAGAME_E_ARGUMENT, "method.nodes is %u, must be 0..4096", out->nodes);
  if (out->reserved) return mtl_fail(err, METAGAME_E_ARGUMENT, "method.reserved is %u, must be 0", out->reserved);
  MTL_TRY(mtl_choice(&out->absent, "method.absent", METAGAME_LLAMA_HIDE, 0, err));
  MTL_TRY(mtl_choice(&out->values, "method.values", METAGAME_LLAMA_VALUES_GRAPH, 0, err));
  MTL_TRY(mtl_choice(&out->start, "method.start", METAGAME_LLAMA_HIDE, 0, err));
  if (out->start == METAGAME_LLAMA_DELETE || out->start == METAGAME_LLAMA_HIDE)
    return mtl_fail(err, METAGAME_E_ARGUMENT, "method.start is %d, must be %d, %d or %d: an embedding", out->start, METAGAME_LLAMA_UNKNOWN,
                    METAGAME_LLAMA_ZERO, METAGAME_LLAMA_MEAN);
  return METAGAME_OK;
}

/* Fields that the method would not read are refused; then defaults go in. */
static metagame_status fit_method(metagame_llama_method *method, int kind, metagame_error *err) {
  const struct {
    const char *field;
    int64_t value;
    bool belongs;
  } fields[] = {
    { "nodes", method->nodes, kind == MTL_INTEGRATED },
    { "start", method->start, kind == MTL_INTEGRATED },
    { "layer", method->layer, kind == MTL_ATTENTION },
    { "values", method->values, kind == MTL_OCCLUSION || kind == MTL_SHAPLEY },
  };
  for (size_t k = 0; k < sizeof fields / sizeof *fields; ++k)
    if (fields[k].value && !fields[k].belongs)
      return mtl_fail(err, METAGAME_E_UNSUPPORTED, "method.%s is %lld, must be 0 with '%s'", fields[k].field, (long long)fields[k].value,
                      method->name);
  if ((method->flags & METAGAME_LLAMA_STEPS) && (kind == MTL_OCCLUSION || kind == MTL_SHAPLEY))
    return mtl_fail(err, METAGAME_E_UNSUPPORTED, "method.flags has METAGAME_LLAMA_STEPS, which '%s' does not have", method->name);
  if (method->nodes == 0) method->nodes = 16;
  if (method->start == 0) method->start = METAGAME_LLAMA_ZERO;
  return METAGAME_OK;
}

static void destroy(mtl_attribution *self) {
  metagame_llama_destroy(self->handle);
  free(self->own_player);
  free(self->nodes);
  free(self->weights);
  free(self->name);
  free(self->masking_id);
  free(self);
}

static void METAGAME_CALL release(void *user) {
  destroy(user);
}

static int32_t METAGAME_CALL attribute(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const mtl_attribution *self = user;
  metagame_error own = { 0 };
  metagame_status status;
  if (self->kind == MTL_INTEGRATED) status = mtl_integrated(self, masks, n_masks, rows, &own);
  else if (self->kind == MTL_ATTENTION || self->kind == MTL_ROLLOUT) status = mtl_attention(self, masks, n_masks, rows, &own);
  else status = mtl_gradients(self, masks, n_masks, rows, &own);
  if (status == METAGAME_OK) atomic_fetch_add(&self->handle->n_evaluations, (uint64_t)n_masks);
  else metagame_error_set(err, own.message);
  return status;
}

/* Integrated gradients add up to f at the coalition minus f with the players' embeddings at the start of the path. */
static int32_t METAGAME_CALL completeness(void *user, const uint64_t *mask, double *expected, double *residual, metagame_error *err) {
  const mtl_attribution *self = user;
  size_t n = self->handle->n_players, m = n * (self->steps ? 1 + (size_t)self->handle->n_steps : 1);
  metagame_error own = { 0 };
  double *row = malloc(m * sizeof *row), sum = 0.0;
  metagame_status status = row ? mtl_integrated(self, mask, 1, row, &own) : mtl_no_memory(&own);
  if (status == METAGAME_OK) status = mtl_path_difference(self, mask, expected, &own);
  for (size_t k = 0; k < n && status == METAGAME_OK; ++k) sum += row[k];
  *residual = sum - *expected;
  free(row);
  if (status < 0) metagame_error_set(err, own.message);
  return status;
}

/* Names and masking ids say what is not the default. */
static metagame_status describe(mtl_attribution *self, const metagame_llama_method *method, metagame_error *err) {
  const metagame_llama *handle = self->handle;
  bool path = self->kind == MTL_INTEGRATED; /* other methods have no start, and the vocabulary need not have a token for one */
  char *absent = mtl_absence_text(handle, self->absent), *start = path ? mtl_absence_text(handle, method->start) : NULL;
  if (path) self->name = start ? mtl_format("integrated-gradients (from %s, %u nodes)", start, self->n_nodes) : NULL;
  else if (self->kind == MTL_ATTENTION && self->layer) self->name = mtl_format("attention (layer %u)", self->layer);
  else self->name = mtl_format("%s", method->name);
  if (absent) self->masking_id = mtl_format("llama %s: %s", handle->unit, absent);
  free(absent);
  free(start);
  return self->name && self->masking_id ? METAGAME_OK : mtl_no_memory(err);
}

static metagame_status fill(mtl_attribution *self, const metagame_llama_method *method, metagame_error *err) {
  metagame_llama *handle = self->handle;
  uint32_t n = handle->n_players, blocks = self->steps ? 1 + handle->n_steps : 1;
  MTL_TRY(mtl_graph_open(handle, self->absent, false, err));
  if (method->layer > handle->weights->graph_info.n_layers)
    return mtl_fail(err, METAGAME_E_ARGUMENT, "method.layer is %u, must be 0..%u", method->layer, handle->weights->graph_info.n_layers);
  if (self->kind == MTL_INTEGRATED) {
    MTL_TRY(mtl_check_absent_token(handle, method->start, err));
    self->start = method->start == METAGAME_LLAMA_ZERO ? MTL_ZERO_VECTOR : method->start == METAGAME_LLAMA_MEAN ? MTL_MEAN_VECTOR
                                                                                                               : handle->absent_token;
    self->nodes = malloc(self->n_nodes * sizeof *self->nodes);
    self->weights = malloc(self->n_nodes * sizeof *self->weights);
    if (!self->nodes || !self->weights) return mtl_no_memory(err);
    mtl_path(self->n_nodes, self->nodes, self->weights);
  }
  self->own_player = malloc((size_t)n * blocks * sizeof *self->own_player);
  if (!self->own_player) return mtl_no_memory(err);
  for (size_t k = 0; k < (size_t)n * blocks; ++k) self->own_player[k] = (int32_t)(k % n);
  return describe(self, method, err);
}

static metagame_status from_graph(metagame_attributor *out, metagame_llama *handle, int kind, const metagame_llama_method *method,
                                  metagame_error *err) {
  mtl_attribution *self = calloc(1, sizeof *self);
  if (!self) return mtl_no_memory(err);
  self->handle = mtl_retain(handle);
  self->kind = kind;
  self->absent = method->absent ? method->absent : handle->absent;
  self->steps = method->flags & METAGAME_LLAMA_STEPS;
  self->layer = method->layer;
  self->n_nodes = method->nodes;
  metagame_status status = fill(self, method, err);
  if (status < 0) {
    destroy(self);
    return status;
  }
  out->name = self->name;
  out->masking_id = self->masking_id;
  out->n_players = handle->n_players;
  out->n_targets = handle->n_players * (self->steps ? 1 + handle->n_steps : 1);
  out->own_player = self->own_player;
  out->user = self;
  out->attribute = attribute;
  if (kind == MTL_INTEGRATED) out->completeness = completeness;
  out->destroy = release;
  return METAGAME_OK;
}

static metagame_status shapley(metagame_attributor *out, metagame_llama *handle, const metagame_llama_method *method, metagame_error *err) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_game *values = NULL;
  metagame_method inner = METAGAME_METHOD_INIT;
  inner.name = "shapley";
  MTL_TRY(metagame_llama_value_function(&function, handle, method, err));
  MTL_TRY(metagame_game_from_function(&values, &function, NULL, err));
  metagame_status status = metagame_attributor_builtin(out, values, &inner, err);
  metagame_game_destroy(values);
  return status;
}

metagame_status metagame_llama_attributor(metagame_attributor *out, metagame_llama *handle, const metagame_llama_method *method,
                                          metagame_error *err) {
  if (!out || !handle || !method)
    return mtl_fail(err, METAGAME_E_NULL, "%s is NULL", !out ? "out" : !handle ? "handle" : "method");
  if (out->struct_size < sizeof *out || out->struct_size > 4096)
    return mtl_fail(err, METAGAME_E_STRUCT_SIZE, "metagame_attributor.struct_size is %zu, must be %zu..4096; use the INIT macro",
                    out->struct_size, sizeof *out);
  metagame_llama_method known;
  int kind = -1;
  MTL_TRY(read_method(&known, &kind, method, err));
  MTL_TRY(fit_method(&known, kind, err));
  size_t size = out->struct_size;
  memset(out, 0, size);
  out->struct_size = size;
  if (kind == MTL_OCCLUSION) return mtl_occlusion(out, handle, known.absent, known.values, err);
  if (kind == MTL_SHAPLEY) return shapley(out, handle, &known, err);
  return from_graph(out, handle, kind, &known, err);
}

metagame_status metagame_llama_attribute(metagame_game **out, metagame_llama *handle, const metagame_llama_method *method,
                                         metagame_error *err) {
  if (!out) return mtl_fail(err, METAGAME_E_NULL, "out is NULL");
  *out = NULL;
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  MTL_TRY(metagame_llama_attributor(&attributor, handle, method, err));
  return metagame_game_from_attributor(out, &attributor, NULL, err);
}

metagame_status metagame_llama_solve_absences(metagame_result **out, metagame_llama *handle, const metagame_llama_method *method,
                                              const int32_t *absences, size_t n_absences, const metagame_options *options,
                                              metagame_error *err) {
  enum { MOST = 16 };
  metagame_game *games[MOST] = { NULL };
  if (!out) return mtl_fail(err, METAGAME_E_NULL, "out is NULL");
  *out = NULL;
  if (!handle || !method || !absences)
    return mtl_fail(err, METAGAME_E_NULL, "%s is NULL", !handle ? "handle" : !method ? "method" : "absences");
  if (n_absences < 1 || n_absences > MOST)
    return mtl_fail(err, METAGAME_E_ARGUMENT, "n_absences is %zu, must be 1..%d", n_absences, MOST);
  metagame_llama_method each;
  MTL_TRY(mtl_read_struct(&each, sizeof each, method, sizeof each, "metagame_llama_method", err));
  each.struct_size = sizeof each;
  metagame_status status = METAGAME_OK;
  for (size_t k = 0; k < n_absences && status == METAGAME_OK; ++k) {
    each.absent = absences[k];
    if (each.absent < 1)
      status = mtl_fail(err, METAGAME_E_ARGUMENT, "absences[%zu] is %d, must be 1..%d", k, each.absent, METAGAME_LLAMA_HIDE);
    for (size_t j = 0; j < k && status == METAGAME_OK; ++j)
      if (absences[j] == each.absent)
        status = mtl_fail(err, METAGAME_E_ARGUMENT, "absences[%zu] is %d, as absences[%zu] is", k, each.absent, j);
    if (status == METAGAME_OK) status = metagame_llama_attribute(games + k, handle, &each, err);
  }
  if (status == METAGAME_OK) status = metagame_solve_each(out, (const metagame_game *const *)games, n_absences, options, err);
  for (size_t k = 0; k < n_absences; ++k) metagame_game_destroy(games[k]);
  return status;
}
