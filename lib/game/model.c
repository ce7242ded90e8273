/* SPDX-License-Identifier: MIT */
#include "game/model.h"

#include "base/abi.h"

enum { DEFAULT_BATCH = 256 };

static metagame_status create(metagame_model **out, metagame_model_callbacks *callbacks, const metagame_allocator *allocator,
                              metagame_error *err) {
  mtg_alloc alloc;
  MTG_TRY(mtg_alloc_from(&alloc, allocator, err));
  if (callbacks->n_features < 1 || callbacks->n_features > INT32_MAX)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "model_callbacks.n_features is %u, must be 1..%d", callbacks->n_features, INT32_MAX);
  if (callbacks->flags & ~METAGAME_THREADSAFE)
    return mtg_fail(err, METAGAME_E_FLAGS, "model_callbacks.flags is 0x%llx, known bits are 0x%llx",
                    (unsigned long long)callbacks->flags, (unsigned long long)METAGAME_THREADSAFE);
  if (!callbacks->evaluate) return mtg_fail(err, METAGAME_E_NULL, "model_callbacks.evaluate is NULL, but required");
  if (callbacks->n_outputs == 0) callbacks->n_outputs = 1;
  if (callbacks->max_batch == 0) callbacks->max_batch = DEFAULT_BATCH;
  metagame_model *model = mtg_new(&alloc, 1, sizeof *model);
  if (!model) return mtg_fail_memory(err, &alloc, "the model");
  model->alloc = alloc;
  model->callbacks = *callbacks;
  atomic_init(&model->holders, 1);
  if (mtg_lock_open(&model->lock) != 0) {
    mtg_free(&alloc, model);
    return mtg_fail(err, METAGAME_E_NOMEM, "no mutex for the model");
  }
  *out = model;
  return METAGAME_OK;
}

metagame_status metagame_model_create(metagame_model **out, const metagame_model_callbacks *callbacks,
                                      const metagame_allocator *allocator, metagame_error *err) {
  metagame_model_callbacks known = METAGAME_MODEL_CALLBACKS_INIT;
  if (out) *out = NULL;
  if (!callbacks) return mtg_fail(err, METAGAME_E_NULL, "model_callbacks is NULL");
  metagame_status status = mtg_struct_read(&known, sizeof known, callbacks, sizeof known, "model_callbacks", err);
  if (status == METAGAME_OK)
    status = out ? create(out, &known, allocator, err) : mtg_fail(err, METAGAME_E_NULL, "out is NULL");
  if (status != METAGAME_OK && known.destroy) known.destroy(known.user);
  return status;
}

metagame_model *mtg_model_hold(const metagame_model *model) {
  metagame_model *held = (metagame_model *)(uintptr_t)model; /* the count is not part of what const promises */
  atomic_fetch_add(&held->holders, 1);
  return held;
}

void metagame_model_destroy(metagame_model *model) {
  if (!model || atomic_fetch_sub(&model->holders, 1) != 1) return;
  if (model->callbacks.destroy) model->callbacks.destroy(model->callbacks.user);
  mtg_lock_close(&model->lock);
  mtg_alloc alloc = model->alloc;
  mtg_free(&alloc, model);
}

static metagame_status call(metagame_model *model, const double *rows, size_t n_rows, int64_t output, double *out,
                            metagame_error *err) {
  const metagame_model_callbacks *callbacks = &model->callbacks;
  const int locked = !(callbacks->flags & METAGAME_THREADSAFE);
  const size_t width = output < 0 ? callbacks->n_outputs : callbacks->n_features;
  for (size_t first = 0; first < n_rows;) {
    size_t count = n_rows - first < callbacks->max_batch ? n_rows - first : (size_t)callbacks->max_batch;
    const double *batch = rows + first * callbacks->n_features;
    metagame_error host = mtg_host_error();
    if (locked) mtg_lock_take(&model->lock);
    int32_t code = output < 0 ? callbacks->evaluate(callbacks->user, batch, count, out + first * width, &host)
                              : callbacks->gradient(callbacks->user, batch, count, (uint32_t)output, out + first * width, &host);
    if (locked) mtg_lock_give(&model->lock);
    if (code == MTG_PASS_ON && host.status < 0) {
      if (err) *err = host;
      return host.status;
    }
    if (code != 0) return mtg_fail_callback(err, code, &host, output < 0 ? "model_callbacks.evaluate" : "model_callbacks.gradient");
    first += count;
  }
  return METAGAME_OK;
}

metagame_status mtg_model_evaluate(metagame_model *model, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  return call(model, rows, n_rows, -1, values, err);
}

metagame_status mtg_model_gradient(metagame_model *model, const double *rows, size_t n_rows, uint32_t output, double *gradients,
                                   metagame_error *err) {
  return call(model, rows, n_rows, output, gradients, err);
}
