/* SPDX-License-Identifier: MIT */
/* The handle: options, creation, embeddings, accessors. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

metagame_status mtgg_fail(metagame_error *err, metagame_status status, const char *format, ...) {
  if (!err) return status;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(err->message, sizeof err->message, format, arguments);
  va_end(arguments);
  err->status = status;
  err->user_code = 0;
  return status;
}

metagame_status mtgg_no_memory(metagame_error *err) {
  return mtgg_fail(err, METAGAME_E_NOMEM, "no memory");
}

metagame_status mtgg_read_struct(void *out, size_t out_size, const void *in, size_t least, const char *name, metagame_error *err) {
  size_t size;
  memcpy(&size, in, sizeof size);
  if (size < least || size > 4096)
    return mtgg_fail(err, METAGAME_E_STRUCT_SIZE, "%s.struct_size is %zu, must be %zu..4096; use the INIT macro", name, size, least);
  for (size_t byte = out_size; byte < size; ++byte)
    if (((const unsigned char *)in)[byte])
      return mtgg_fail(err, METAGAME_E_STRUCT_SIZE, "%s has %zu bytes, and byte %zu, unknown to this library, is not zero", name, size,
                       byte);
  memset(out, 0, out_size);
  memcpy(out, in, size < out_size ? size : out_size);
  return METAGAME_OK;
}

/* ---- create --------------------------------------------------------------------------------------------------------------- */

static pthread_once_t backend_once = PTHREAD_ONCE_INIT;

static void backend_start(void) {
  if (ggml_backend_reg_count() == 0) ggml_backend_load_all(); /* builds whose processor backends are plug-ins */
}

static metagame_status make_backend(metagame_ggml *engine, metagame_error *err) {
  pthread_once(&backend_once, backend_start);
  ggml_backend_dev_t device = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
  engine->backend = device ? ggml_backend_dev_init(device, NULL) : NULL;
  if (!engine->backend) return mtgg_fail(err, METAGAME_E_UNSUPPORTED, "this ggml has no processor backend");
  void *address = ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(device), "ggml_backend_set_n_threads");
  ggml_backend_set_n_threads_t set_n_threads;
  memcpy(&set_n_threads, &address, sizeof set_n_threads); /* ISO C has no cast for this */
  if (!set_n_threads) return mtgg_fail(err, METAGAME_E_UNSUPPORTED, "this ggml's processor backend takes no number of threads");
  set_n_threads(engine->backend, (int)engine->n_threads);
  ggml_backend_buffer_type_t type = ggml_backend_get_default_buffer_type(engine->backend);
  engine->forward_memory = ggml_gallocr_new(type);
  engine->backward_memory = ggml_gallocr_new(type);
  return engine->forward_memory && engine->backward_memory ? METAGAME_OK : mtgg_no_memory(err);
}

static metagame_status check_options(metagame_ggml_options *o, metagame_error *err) {
  if (!o->model_path) return mtgg_fail(err, METAGAME_E_NULL, "options.model_path is NULL");
  if (o->flags & ~METAGAME_GGML_FORWARD)
    return mtgg_fail(err, METAGAME_E_FLAGS, "options.flags is %#llx, known are %#llx", (unsigned long long)o->flags,
                     (unsigned long long)METAGAME_GGML_FORWARD);
  if (o->n_threads > 512) return mtgg_fail(err, METAGAME_E_ARGUMENT, "options.n_threads is %u, must be 0..512", o->n_threads);
  if (o->batch_tokens > 65536)
    return mtgg_fail(err, METAGAME_E_ARGUMENT, "options.batch_tokens is %u, must be 0..65536", o->batch_tokens);
  if (o->n_threads == 0) o->n_threads = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 2 : 1;
  if (o->batch_tokens == 0) o->batch_tokens = 512;
  return METAGAME_OK;
}

static metagame_status build(metagame_ggml *engine, const metagame_ggml_options *options, metagame_error *err) {
  engine->n_threads = options->n_threads;
  engine->batch_tokens = options->batch_tokens;
  engine->forward_only = options->flags & METAGAME_GGML_FORWARD;
  engine->kernels = mtgg_kernels_choose();
  MTGG_TRY(make_backend(engine, err));
  return mtgg_weights_load(engine, options->model_path, options->max_bytes, err);
}

metagame_status metagame_ggml_create(metagame_ggml **out, const metagame_ggml_options *options, metagame_error *err) {
  if (!out) return mtgg_fail(err, METAGAME_E_NULL, "out is NULL");
  *out = NULL;
  if (!options) return mtgg_fail(err, METAGAME_E_NULL, "options is NULL");
  metagame_ggml_options known;
  MTGG_TRY(mtgg_read_struct(&known, sizeof known, options, sizeof known, "metagame_ggml_options", err));
  MTGG_TRY(check_options(&known, err));
  metagame_ggml *engine = calloc(1, sizeof *engine);
  if (!engine) return mtgg_no_memory(err);
  atomic_init(&engine->references, 1);
  engine->has_lock = pthread_mutex_init(&engine->lock, NULL) == 0;
  metagame_status status = engine->has_lock ? build(engine, &known, err) : mtgg_no_memory(err);
  if (status < 0) {
    metagame_ggml_destroy(engine);
    return status;
  }
  *out = engine;
  return METAGAME_OK;
}

metagame_ggml *mtgg_retain(metagame_ggml *engine) {
  atomic_fetch_add(&engine->references, 1);
  return engine;
}

void metagame_ggml_destroy(metagame_ggml *engine) {
  if (!engine || atomic_fetch_sub(&engine->references, 1) != 1) return;
  mtgg_weights_free(&engine->weights);
  ggml_gallocr_free(engine->forward_memory);
  ggml_gallocr_free(engine->backward_memory);
  if (engine->backend) ggml_backend_free(engine->backend);
  if (engine->has_lock) pthread_mutex_destroy(&engine->lock);
  free(engine->shape.local);
  free(engine->scratch);
  free(engine);
}

/* ---- accessors ------------------------------------------------------------------------------------------------------------ */

void mtgg_embed(const metagame_ggml *engine, const int32_t *tokens, size_t n, float *rows) {
  size_t width = engine->shape.width;
  for (size_t k = 0; k < n; ++k) {
    float *row = rows + k * width;
    const float *from = engine->weights.mean;
    if (tokens[k] >= 0) from = (const float *)engine->weights.embeddings->data + (size_t)tokens[k] * width;
    for (size_t c = 0; c < width; ++c) row[c] = tokens[k] == METAGAME_GGML_ZERO ? 0.0f : from[c] * engine->shape.embedding_scale;
  }
}

metagame_status metagame_ggml_embed(const metagame_ggml *engine, const int32_t *tokens, size_t n_tokens, float *rows,
                                    metagame_error *err) {
  if (!engine || ((!tokens || !rows) && n_tokens))
    return mtgg_fail(err, METAGAME_E_NULL, "%s is NULL", !engine ? "engine" : !tokens ? "tokens" : "rows");
  for (size_t k = 0; k < n_tokens; ++k)
    if (tokens[k] < METAGAME_GGML_MEAN || tokens[k] >= (int32_t)engine->shape.n_vocab)
      return mtgg_fail(err, METAGAME_E_ARGUMENT, "tokens[%zu] is %d, must be %d..%u", k, tokens[k], METAGAME_GGML_MEAN,
                       engine->shape.n_vocab - 1);
  mtgg_embed(engine, tokens, n_tokens, rows);
  return METAGAME_OK;
}

metagame_status metagame_ggml_get_info(const metagame_ggml *engine, metagame_ggml_info *out, metagame_error *err) {
  if (!engine || !out) return mtgg_fail(err, METAGAME_E_NULL, "%s is NULL", engine ? "out" : "engine");
  size_t size = out->struct_size;
  if (size < sizeof *out || size > 4096)
    return mtgg_fail(err, METAGAME_E_STRUCT_SIZE, "metagame_ggml_info.struct_size is %zu, must be %zu..4096; use the INIT macro", size,
                     sizeof *out);
  const mtgg_shape *s = &engine->shape;
  memset(out, 0, size);
  out->struct_size = size;
  out->architecture = s->architecture;
  out->n_layers = s->n_layers;
  out->width = s->width;
  out->n_heads = s->n_heads;
  out->n_kv_heads = s->n_kv;
  out->head_size = s->head;
  out->n_vocab = s->n_vocab;
  out->n_context = s->n_context;
  out->n_threads = engine->n_threads;
  out->weight_bytes = engine->weights.bytes;
  out->work_bytes = atomic_load(&engine->work_bytes);
  return METAGAME_OK;
}

double metagame_ggml_seconds(const metagame_ggml *engine) {
  return engine ? 1e-9 * (double)atomic_load(&engine->nanoseconds) : 0.0;
}

static void drop_message(enum ggml_log_level level, const char *text, void *user) {
  (void)level, (void)text, (void)user;
}

void metagame_ggml_silence(void) {
  ggml_log_set(drop_message, NULL);
}
