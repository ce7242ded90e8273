/* SPDX-License-Identifier: MIT */
#include "metagame_xgboost.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <xgboost/c_api.h>

enum { MOST_THREADS = 512, DEFAULT_BATCH = 4096, MOST_BATCH = 1 << 24 };

struct metagame_xgboost {
  atomic_uint references;
  pthread_mutex_t lock; /* results lie in memory of XGBoost's until the next prediction */
  bool has_lock;
  bool copies; /* this kind of booster predicts from matrices only, which are copies of the rows */
  BoosterHandle booster;
  uint64_t flags, max_batch;
  uint32_t n_features, n_outputs;
  char **names;
};

static metagame_status fail(metagame_error *err, metagame_status status, const char *format, ...) {
  if (!err) return status;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(err->message, sizeof err->message, format, arguments);
  va_end(arguments);
  err->status = status;
  err->user_code = 0;
  return status;
}

/* XGBoost's messages begin with "[12:00:00] file:line: " and end with a trace of addresses. */
static const char *reason(char *out, size_t size) {
  const char *text = XGBGetLastError(), *colon;
  if (text[0] == '[') {
    const char *space = strchr(text, ' ');
    colon = space ? strstr(space + 1, ": ") : NULL;
    if (colon && !memchr(text, '\n', (size_t)(colon - text))) text = colon + 2;
  }
  size_t length = strcspn(text, "\n");
  if (length == 0 && text[0]) length = strcspn(++text, "\n");
  snprintf(out, size, "%.*s", (int)(length < size ? length : size - 1), text);
  return out;
}

/* ---- prediction ---- */

static int from_rows(metagame_xgboost *m, const double *rows, size_t n_rows, const bst_ulong **shape, bst_ulong *dims,
                     const float **values) {
  const uint16_t one = 1;
  char array[160], config[200];
  snprintf(array, sizeof array, "{\"data\": [%llu, true], \"shape\": [%zu, %u], \"typestr\": \"%cf8\", \"version\": 3}",
           (unsigned long long)(uintptr_t)rows, n_rows, m->n_features, *(const unsigned char *)&one ? '<' : '>');
  snprintf(config, sizeof config,
           "{\"type\": %d, \"training\": false, \"iteration_begin\": 0, \"iteration_end\": 0, \"strict_shape\": true, "
           "\"cache_id\": 0, \"missing\": NaN}",
           m->flags & METAGAME_XGBOOST_MARGIN ? 1 : 0);
  return XGBoosterPredictFromDense(m->booster, array, config, NULL, shape, dims, values);
}

static int from_matrix(metagame_xgboost *m, const double *rows, size_t n_rows, const bst_ulong **shape, bst_ulong *dims,
                       const float **values) {
  const size_t count = n_rows * m->n_features;
  float *copy = malloc(count * sizeof *copy);
  DMatrixHandle matrix = NULL;
  char config[160];
  if (!copy) return -1;
  for (size_t k = 0; k < count; ++k) copy[k] = (float)rows[k];
  int failed = XGDMatrixCreateFromMat(copy, n_rows, m->n_features, (float)NAN, &matrix);
  free(copy);
  snprintf(config, sizeof config,
           "{\"type\": %d, \"training\": false, \"iteration_begin\": 0, \"iteration_end\": 0, \"strict_shape\": true}",
           m->flags & METAGAME_XGBOOST_MARGIN ? 1 : 0);
  if (!failed) failed = XGBoosterPredictFromDMatrix(m->booster, matrix, config, shape, dims, values);
  if (matrix) XGDMatrixFree(matrix);
  return failed;
}

/* Under the lock. The shape is rows x outputs, strictly. */
static int predict(metagame_xgboost *m, const double *rows, size_t n_rows, size_t *width, const float **values) {
  const bst_ulong *shape = NULL;
  bst_ulong dims = 0;
  const int failed =
      m->copies ? from_matrix(m, rows, n_rows, &shape, &dims, values) : from_rows(m, rows, n_rows, &shape, &dims, values);
  if (failed) return failed;
  *width = 1;
  for (bst_ulong d = 1; d < dims; ++d) *width *= (size_t)shape[d];
  return dims >= 1 && shape[0] == n_rows && *width > 0 ? 0 : -1;
}

static int32_t METAGAME_CALL evaluate(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  metagame_xgboost *m = user;
  const float *got = NULL;
  size_t width = 0;
  char why[300];
  pthread_mutex_lock(&m->lock);
  const int failed = predict(m, rows, n_rows, &width, &got);
  const bool good = !failed && width == m->n_outputs;
  if (good)
    for (size_t k = 0; k < n_rows * width; ++k) values[k] = (double)got[k];
  else metagame_error_set(err, failed ? reason(why, sizeof why) : "XGBoost returned another number of values than before");
  pthread_mutex_unlock(&m->lock);
  return good ? 0 : 1;
}

/* ---- the handle ---- */

static metagame_status read_options(metagame_xgboost_options *out, const metagame_xgboost_options *options, metagame_error *err) {
  size_t size, least = sizeof size + sizeof(const char *);
  memcpy(&size, options, sizeof size);
  if (size < least || size > 4096)
    return fail(err, METAGAME_E_STRUCT_SIZE, "metagame_xgboost_options.struct_size is %zu, must be %zu..4096; use the INIT macro",
                size, least);
  for (size_t byte = sizeof *out; byte < size; ++byte)
    if (((const unsigned char *)options)[byte])
      return fail(err, METAGAME_E_STRUCT_SIZE,
                  "metagame_xgboost_options has %zu bytes, and byte %zu, unknown to this library, is not zero", size, byte);
  memset(out, 0, sizeof *out);
  memcpy(out, options, size < sizeof *out ? size : sizeof *out);
  const uint64_t known = METAGAME_XGBOOST_MARGIN | METAGAME_XGBOOST_SILENT;
  if (!out->model_path) return fail(err, METAGAME_E_NULL, "options.model_path is NULL");
  if (out->flags & ~known)
    return fail(err, METAGAME_E_FLAGS, "options.flags is %#llx, known are %#llx", (unsigned long long)out->flags,
                (unsigned long long)known);
  if (out->max_batch > MOST_BATCH)
    return fail(err, METAGAME_E_ARGUMENT, "options.max_batch is %llu, must be 0..%d", (unsigned long long)out->max_batch,
                MOST_BATCH);
  if (out->n_threads > MOST_THREADS)
    return fail(err, METAGAME_E_ARGUMENT, "options.n_threads is %u, must be 0..%d", out->n_threads, MOST_THREADS);
  if (out->reserved) return fail(err, METAGAME_E_ARGUMENT, "options.reserved is %u, must be 0", out->reserved);
  return METAGAME_OK;
}

/* A file that is neither JSON nor UBJSON goes to XGBoost's oldest reader, which trusts what it reads: only files that begin as that
 * format does may get there. */
static metagame_status check_file(const char *path, metagame_error *err) {
  struct stat found;
  unsigned char head[4] = { 0 };
  FILE *file = fopen(path, "rb");
  if (!file) return fail(err, METAGAME_E_ARGUMENT, "options.model_path is '%s': %s", path, strerror(errno));
  const size_t got = fread(head, 1, sizeof head, file);
  const bool regular = fstat(fileno(file), &found) == 0 && S_ISREG(found.st_mode);
  fclose(file);
  if (!regular) return fail(err, METAGAME_E_ARGUMENT, "options.model_path is '%s', which is not a regular file", path);
  if (got == sizeof head && (head[0] == '{' || memcmp(head, "binf", 4) == 0)) return METAGAME_OK;
  return fail(err, METAGAME_E_ARGUMENT, "options.model_path is '%s', which is no model of XGBoost (JSON or UBJSON)", path);
}

static metagame_status load(metagame_xgboost *m, const metagame_xgboost_options *o, metagame_error *err) {
  char why[300], threads[16];
  bst_ulong n = 0;
  snprintf(threads, sizeof threads, "%u", o->n_threads ? o->n_threads : 1);
  if (o->flags & METAGAME_XGBOOST_SILENT) XGBSetGlobalConfig("{\"verbosity\": 0}");
  if (XGBoosterCreate(NULL, 0, &m->booster) != 0) return fail(err, METAGAME_E_NOMEM, "XGBoost: %s", reason(why, sizeof why));
  if (XGBoosterLoadModel(m->booster, o->model_path) != 0)
    return fail(err, METAGAME_E_ARGUMENT, "options.model_path is '%.200s', which XGBoost cannot read: %s", o->model_path,
                reason(why, sizeof why));
  if (XGBoosterSetParam(m->booster, "nthread", threads) != 0 || XGBoosterGetNumFeature(m->booster, &n) != 0)
    return fail(err, METAGAME_E_UNSUPPORTED, "XGBoost: %s", reason(why, sizeof why));
  if (n < 1 || n > INT32_MAX)
    return fail(err, METAGAME_E_UNSUPPORTED, "'%.200s' has %llu features, must be 1..%d", o->model_path, (unsigned long long)n,
                INT32_MAX);
  m->n_features = (uint32_t)n;
  return METAGAME_OK;
}

static metagame_status probe(metagame_xgboost *m, metagame_error *err) {
  char why[300];
  const float *got = NULL;
  size_t width = 0;
  double *row = calloc(m->n_features, sizeof *row);
  if (!row) return fail(err, METAGAME_E_NOMEM, "no memory");
  int failed = predict(m, row, 1, &width, &got);
  if (failed) { /* linear boosters, for example */
    m->copies = true;
    failed = predict(m, row, 1, &width, &got);
  }
  free(row);
  if (failed || width > UINT32_MAX)
    return fail(err, METAGAME_E_UNSUPPORTED, "XGBoost cannot predict from rows: %s", reason(why, sizeof why));
  m->n_outputs = (uint32_t)width;
  return METAGAME_OK;
}

static metagame_status read_names(metagame_xgboost *m, metagame_error *err) {
  bst_ulong count = 0;
  const char **names = NULL;
  if (XGBoosterGetStrFeatureInfo(m->booster, "feature_name", &count, &names) != 0 || count != m->n_features) return METAGAME_OK;
  m->names = calloc(count, sizeof *m->names);
  for (bst_ulong k = 0; m->names && k < count; ++k)
    if (!(m->names[k] = strdup(names[k]))) return fail(err, METAGAME_E_NOMEM, "no memory");
  return m->names ? METAGAME_OK : fail(err, METAGAME_E_NOMEM, "no memory");
}

void metagame_xgboost_destroy(metagame_xgboost *m) {
  if (!m || atomic_fetch_sub(&m->references, 1) != 1) return;
  if (m->booster) XGBoosterFree(m->booster);
  for (uint32_t k = 0; m->names && k < m->n_features; ++k) free(m->names[k]);
  free(m->names);
  if (m->has_lock) pthread_mutex_destroy(&m->lock);
  free(m);
}

metagame_status metagame_xgboost_create(metagame_xgboost **out, const metagame_xgboost_options *options, metagame_error *err) {
  metagame_xgboost_options own;
  if (!out) return fail(err, METAGAME_E_NULL, "out is NULL");
  *out = NULL;
  if (!options) return fail(err, METAGAME_E_NULL, "options is NULL");
  metagame_status status = read_options(&own, options, err);
  if (status >= 0) status = check_file(own.model_path, err);
  if (status < 0) return status;
  metagame_xgboost *m = calloc(1, sizeof *m);
  if (!m) return fail(err, METAGAME_E_NOMEM, "no memory");
  atomic_init(&m->references, 1);
  m->flags = own.flags;
  m->max_batch = own.max_batch ? own.max_batch : DEFAULT_BATCH;
  m->has_lock = pthread_mutex_init(&m->lock, NULL) == 0;
  status = m->has_lock ? load(m, &own, err) : fail(err, METAGAME_E_NOMEM, "no mutex for the model");
  if (status >= 0) status = probe(m, err);
  if (status >= 0) status = read_names(m, err);
  if (status < 0) {
    metagame_xgboost_destroy(m);
    return status;
  }
  *out = m;
  return METAGAME_OK;
}

uint32_t metagame_xgboost_n_features(const metagame_xgboost *m) { return m ? m->n_features : 0; }
uint32_t metagame_xgboost_n_outputs(const metagame_xgboost *m) { return m ? m->n_outputs : 0; }

const char *metagame_xgboost_feature_name(const metagame_xgboost *m, uint32_t feature) {
  return m && m->names && feature < m->n_features ? m->names[feature] : NULL;
}

static void METAGAME_CALL release(void *user) { metagame_xgboost_destroy(user); }

metagame_status metagame_xgboost_callbacks(metagame_xgboost *m, metagame_model_callbacks *out, metagame_error *err) {
  const size_t least = sizeof(metagame_model_callbacks);
  if (!m) return fail(err, METAGAME_E_NULL, "handle is NULL");
  if (!out) return fail(err, METAGAME_E_NULL, "out is NULL");
  if (out->struct_size < least)
    return fail(err, METAGAME_E_STRUCT_SIZE, "metagame_model_callbacks.struct_size is %zu, must be %zu or more; use the INIT macro",
                out->struct_size, least);
  out->n_features = m->n_features;
  out->n_outputs = m->n_outputs;
  out->flags = METAGAME_THREADSAFE;
  out->max_batch = m->max_batch;
  out->user = m;
  out->evaluate = evaluate;
  out->gradient = NULL;
  out->destroy = release;
  atomic_fetch_add(&m->references, 1);
  return METAGAME_OK;
}
