/* SPDX-License-Identifier: MIT */
/* The model file: checked before llama.cpp sees it, copied to F32 once when it has other weights, loaded. */
#include <errno.h>
#include <ggml-backend.h>
#include <ggml.h>
#include <gguf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

static pthread_once_t backend_once = PTHREAD_ONCE_INIT;

static void backend_start(void) {
  llama_backend_init();
  if (ggml_backend_reg_count() == 0) ggml_backend_load_all(); /* builds whose processor backends are plug-ins */
}

/* A number of the architecture's, or of an array of them the largest; 0 where there is none. Other types are llama.cpp's to refuse. */
static uint64_t whole_number(const struct gguf_context *gguf, const char *architecture, const char *name) {
  char key[160];
  uint64_t most = 0;
  snprintf(key, sizeof key, "%.60s.%s", architecture, name);
  int64_t id = gguf_find_key(gguf, key);
  if (id < 0) return 0;
  enum gguf_type type = gguf_get_kv_type(gguf, id);
  if (type == GGUF_TYPE_UINT32) return gguf_get_val_u32(gguf, id);
  if (type == GGUF_TYPE_INT32) return (uint32_t)gguf_get_val_i32(gguf, id);
  if (type != GGUF_TYPE_ARRAY) return 0;
  type = gguf_get_arr_type(gguf, id);
  if (type != GGUF_TYPE_UINT32 && type != GGUF_TYPE_INT32) return 0;
  const uint32_t *each = gguf_get_arr_data(gguf, id);
  for (size_t k = 0; k < gguf_get_arr_n(gguf, id); ++k) most = each[k] > most ? each[k] : most;
  return most;
}

/* Metadata at which llama.cpp would end the process rather than refuse the file. */
static metagame_status check_metadata(const struct gguf_context *gguf, const char *path, metagame_error *err) {
  static const char *const known[] = { "none", "linear", "yarn", "longrope" };
  char key[160];
  int64_t id = gguf_find_key(gguf, "general.architecture");
  if (id < 0 || gguf_get_kv_type(gguf, id) != GGUF_TYPE_STRING) return METAGAME_OK;
  const char *architecture = gguf_get_val_str(gguf, id);
  uint64_t experts = whole_number(gguf, architecture, "expert_count"), used = whole_number(gguf, architecture, "expert_used_count");
  if (used > experts)
    return mtl_fail(err, METAGAME_E_ARGUMENT,
                    "options.model_path is '%s': %.60s.expert_used_count is %llu, must be 0..%llu (expert_count)", path, architecture,
                    (unsigned long long)used, (unsigned long long)experts);
  snprintf(key, sizeof key, "%.60s.rope.scaling.type", architecture);
  id = gguf_find_key(gguf, key);
  if (id < 0 || gguf_get_kv_type(gguf, id) != GGUF_TYPE_STRING) return METAGAME_OK;
  const char *type = gguf_get_val_str(gguf, id);
  for (size_t k = 0; k < sizeof known / sizeof *known; ++k)
    if (strcmp(type, known[k]) == 0) return METAGAME_OK;
  return mtl_fail(err, METAGAME_E_ARGUMENT, "options.model_path is '%s': %s is '%.40s', must be none, linear, yarn or longrope", path, key,
                  type);
}

/* Is the file whole, and are its weights F32? llama.cpp's own messages go to its log, so the common faults are named here. */
static metagame_status inspect(const char *path, bool *all_f32, metagame_error *err) {
  struct stat info;
  char magic[4];
  FILE *file = fopen(path, "rb");
  if (!file) return mtl_fail(err, METAGAME_E_ARGUMENT, "options.model_path is '%s': %s", path, strerror(errno));
  bool regular = fstat(fileno(file), &info) == 0 && S_ISREG(info.st_mode);
  bool readable = regular && fread(magic, 1, sizeof magic, file) == sizeof magic;
  fclose(file);
  if (!regular) return mtl_fail(err, METAGAME_E_ARGUMENT, "options.model_path is '%s', which is not a regular file", path);
  if (!readable || memcmp(magic, "GGUF", 4) != 0)
    return mtl_fail(err, METAGAME_E_ARGUMENT, "options.model_path is '%s', which is not a GGUF file", path);

  struct gguf_init_params params = { true, NULL };
  struct gguf_context *gguf = gguf_init_from_file(path, params);
  if (!gguf)
    return mtl_fail(err, METAGAME_E_ARGUMENT,
                    "options.model_path is '%s', a GGUF file whose header is damaged or truncated (%lld bytes)", path,
                    (long long)info.st_size);
  *all_f32 = true;
  uint64_t needed = gguf_get_data_offset(gguf);
  for (int64_t tensor = 0; tensor < gguf_get_n_tensors(gguf); ++tensor) {
    uint64_t end = gguf_get_data_offset(gguf) + gguf_get_tensor_offset(gguf, tensor) + gguf_get_tensor_size(gguf, tensor);
    if (end > needed) needed = end;
    if (gguf_get_tensor_type(gguf, tensor) != GGML_TYPE_F32) *all_f32 = false;
  }
  int64_t n_tensors = gguf_get_n_tensors(gguf);
  metagame_status status = check_metadata(gguf, path, err);
  gguf_free(gguf);
  if (status < 0) return status;
  if (n_tensors == 0) return mtl_fail(err, METAGAME_E_ARGUMENT, "options.model_path is '%s', which holds no weights", path);
  if ((uint64_t)info.st_size < needed)
    return mtl_fail(err, METAGAME_E_ARGUMENT, "options.model_path is '%s', which is truncated: %lld bytes, its weights need %llu",
                    path, (long long)info.st_size, (unsigned long long)needed);
  return METAGAME_OK;
}

/* A name for the contents: FNV-1a over 8-byte words and the length. */
static bool content_hash(const char *path, uint64_t *hash) {
  enum { BLOCK = 1 << 16 };
  uint64_t state = UINT64_C(0xcbf29ce484222325), length = 0;
  unsigned char *block = malloc(BLOCK);
  FILE *file = block ? fopen(path, "rb") : NULL;
  bool ok = file != NULL;
  while (ok) {
    size_t n = fread(block, 1, BLOCK, file);
    if (n == 0) break;
    memset(block + n, 0, (BLOCK - n) % 8);
    for (size_t at = 0; at < n; at += 8) {
      uint64_t word;
      memcpy(&word, block + at, 8);
      state = (state ^ word) * UINT64_C(0x100000001b3);
      state ^= state >> 29;
    }
    length += n;
  }
  ok = ok && !ferror(file);
  if (file) fclose(file);
  free(block);
  *hash = (state ^ length) * UINT64_C(0x100000001b3);
  return ok;
}

static metagame_status make_directory(const char *path, metagame_error *err) {
  char *partial = mtl_format("%s/", path);
  if (!partial) return mtl_no_memory(err);
  int failure = 0;
  for (char *slash = partial + 1; *slash && !failure; ++slash) {
    if (*slash != '/') continue;
    *slash = '\0';
    if (mkdir(partial, 0777) != 0 && errno != EEXIST) failure = errno;
    *slash = '/';
  }
  free(partial);
  return failure ? mtl_fail(err, METAGAME_E_ARGUMENT, "options.cache_dir is '%s': %s", path, strerror(failure)) : METAGAME_OK;
}

/* Written under a name of its own and renamed, so that a broken run or a second process leaves no half file. */
static metagame_status convert(const char *from, const char *to, metagame_error *err) {
  char *temporary = mtl_format("%s.%ld.part", to, (long)getpid());
  if (!temporary) return mtl_no_memory(err);
  struct llama_model_quantize_params params = llama_model_quantize_default_params();
  params.ftype = LLAMA_FTYPE_ALL_F32;
  params.allow_requantize = true;
  params.nthread = 2;
  bool ok = llama_model_quantize(from, temporary, &params) == 0 && rename(temporary, to) == 0;
  metagame_status status = METAGAME_OK;
  if (!ok) {
    remove(temporary);
    status = mtl_fail(err, METAGAME_E_UNSUPPORTED,
                      "options.model_path is '%s': no F32 copy of it could be written to '%s' (room on the device? known type?); "
                      "options.weights = METAGAME_LLAMA_WEIGHTS_STORED does without",
                      from, to);
  }
  free(temporary);
  return status;
}

static metagame_status model_file(char **out, const metagame_llama_options *options, metagame_error *err) {
  bool all_f32 = false, copy_f32 = false;
  const char *path = options->model_path;
  pthread_once(&backend_once, backend_start);
  MTL_TRY(inspect(path, &all_f32, err));
  if (all_f32 || options->weights == METAGAME_LLAMA_WEIGHTS_STORED) {
    *out = mtl_format("%s", path);
    return *out ? METAGAME_OK : mtl_no_memory(err);
  }
  if (!options->cache_dir)
    return mtl_fail(err, METAGAME_E_ARGUMENT, "options.cache_dir is NULL, but '%s' is not F32 and a copy must be kept somewhere",
                    path);
  MTL_TRY(make_directory(options->cache_dir, err));
  uint64_t hash;
  if (!content_hash(path, &hash))
    return mtl_fail(err, METAGAME_E_ARGUMENT, "options.model_path is '%s': reading it failed", path);
  const char *name = strrchr(path, '/');
  name = name ? name + 1 : path;
  size_t length = strlen(name);
  if (length > 5 && strcmp(name + length - 5, ".gguf") == 0) length -= 5;
  char *copy = mtl_format("%s/%.*s-%016llx.f32.gguf", options->cache_dir, (int)(length < 128 ? length : 128), name,
                          (unsigned long long)hash);
  if (!copy) return mtl_no_memory(err);
  metagame_status status = METAGAME_OK;
  if (access(copy, F_OK) != 0 || inspect(copy, &copy_f32, NULL) != METAGAME_OK || !copy_f32) status = convert(path, copy, err);
  if (status == METAGAME_OK) status = inspect(copy, &copy_f32, err);
  if (status == METAGAME_OK) *out = copy;
  else free(copy);
  return status;
}

static metagame_status load(mtl_weights *w, metagame_error *err) {
  struct llama_model_params params = llama_model_default_params();
  params.n_gpu_layers = 0;
  w->model = llama_model_load_from_file(w->file, params);
  if (!w->model)
    return mtl_fail(err, METAGAME_E_UNSUPPORTED,
                    "llama.cpp cannot load '%s' (unknown architecture, or missing weights; see its log)", w->file);
  const char *trouble = NULL;
  if (llama_model_has_encoder(w->model) || !llama_model_has_decoder(w->model)) trouble = "has an encoder";
  else if (llama_model_is_recurrent(w->model) || llama_model_is_hybrid(w->model)) trouble = "is recurrent";
  else if (llama_model_is_diffusion(w->model)) trouble = "is a diffusion model";
  else if (llama_vocab_type(llama_model_get_vocab(w->model)) == LLAMA_VOCAB_TYPE_NONE) trouble = "has no vocabulary";
  if (trouble)
    return mtl_fail(err, METAGAME_E_UNSUPPORTED, "'%s' %s; only decoders with attention and a vocabulary are supported", w->file, trouble);
  return METAGAME_OK;
}

metagame_status mtl_weights_create(mtl_weights **out, const metagame_llama_options *options, metagame_error *err) {
  mtl_weights *w = calloc(1, sizeof *w);
  if (!w) return mtl_no_memory(err);
  atomic_init(&w->references, 1);
  w->has_lock = pthread_mutex_init(&w->lock, NULL) == 0;
  metagame_status status = w->has_lock ? model_file(&w->file, options, err) : mtl_no_memory(err);
  if (status == METAGAME_OK) status = load(w, err);
  if (status == METAGAME_OK) *out = w;
  else mtl_weights_release(w);
  return status;
}

mtl_weights *mtl_weights_retain(mtl_weights *weights) {
  atomic_fetch_add(&weights->references, 1);
  return weights;
}

void mtl_weights_release(mtl_weights *w) {
  if (!w || atomic_fetch_sub(&w->references, 1) != 1) return;
  metagame_ggml_destroy(w->graph);
  if (w->model) llama_model_free(w->model);
  if (w->has_lock) pthread_mutex_destroy(&w->lock);
  free(w->file);
  free(w);
}

/* Adds a stored row of the embedding matrix to sum. */
static void add_row(const struct ggml_tensor *tensor, const void *stored, float *row, double *sum) {
  if (tensor->type == GGML_TYPE_F32) memcpy(row, stored, (size_t)tensor->ne[0] * sizeof *row);
  else ggml_get_type_traits(tensor->type)->to_float(stored, row, tensor->ne[0]);
  for (int64_t c = 0; c < tensor->ne[0]; ++c) sum[c] += (double)row[c];
}

/* The mean of all rows; they start at `start` of the file. */
static metagame_status read_mean(float **out, FILE *file, uint64_t start, const struct ggml_tensor *tensor, const char *path,
                                 metagame_error *err) {
  size_t width = (size_t)tensor->ne[0], row_bytes = ggml_row_size(tensor->type, tensor->ne[0]);
  double *sum = calloc(width, sizeof *sum);
  void *stored = malloc(row_bytes);
  *out = malloc(width * sizeof **out);
  metagame_status status = sum && stored && *out ? METAGAME_OK : mtl_no_memory(err);
  bool ok = status == METAGAME_OK && fseeko(file, (off_t)start, SEEK_SET) == 0;
  for (int64_t r = 0; ok && r < tensor->ne[1]; ++r) {
    ok = fread(stored, 1, row_bytes, file) == row_bytes;
    if (ok) add_row(tensor, stored, *out, sum);
  }
  if (status == METAGAME_OK && !ok) status = mtl_fail(err, METAGAME_E_ARGUMENT, "'%s': reading the embeddings failed", path);
  for (size_t c = 0; status == METAGAME_OK && c < width; ++c) (*out)[c] = (float)(sum[c] / (double)tensor->ne[1]);
  free(sum);
  free(stored);
  return status;
}

metagame_status mtl_embeddings_read(mtl_embeddings *out, const char *path, const llama_token *ids, size_t n,
                                    bool mean, metagame_error *err) {
  struct gguf_init_params params = { true, NULL };
  struct ggml_context *meta = NULL;
  params.ctx = &meta;
  struct gguf_context *gguf = gguf_init_from_file(path, params);
  struct ggml_tensor *tensor = gguf && meta ? ggml_get_tensor(meta, "token_embd.weight") : NULL;
  const struct ggml_type_traits *traits = tensor ? ggml_get_type_traits(tensor->type) : NULL;
  metagame_status status = METAGAME_OK;
  FILE *file = NULL;
  unsigned char *stored = NULL;
  if (!tensor || (tensor->type != GGML_TYPE_F32 && !traits->to_float)) {
    status = mtl_fail(err, METAGAME_E_UNSUPPORTED, "'%s' has no readable token_embd.weight, which the zero vector needs", path);
    goto done;
  }
  size_t width = (size_t)tensor->ne[0], row_bytes = ggml_row_size(tensor->type, tensor->ne[0]);
  uint64_t start = gguf_get_data_offset(gguf) + gguf_get_tensor_offset(gguf, gguf_find_tensor(gguf, "token_embd.weight"));
  out->ids = malloc(n * sizeof *ids);
  out->rows = malloc(n * width * sizeof *out->rows);
  stored = malloc(row_bytes);
  if (!out->ids || !out->rows || !stored) {
    status = mtl_no_memory(err);
    goto done;
  }
  out->n = n;
  out->width = (int32_t)width;
  memcpy(out->ids, ids, n * sizeof *ids);
  file = fopen(path, "rb");
  for (size_t k = 0; k < n && status == METAGAME_OK; ++k) {
    float *row = out->rows + k * width;
    if (!file || fseeko(file, (off_t)(start + (uint64_t)ids[k] * row_bytes), SEEK_SET) != 0 ||
        fread(stored, 1, row_bytes, file) != row_bytes)
      status = mtl_fail(err, METAGAME_E_ARGUMENT, "'%s': reading an embedding failed", path);
    else if (tensor->type == GGML_TYPE_F32) memcpy(row, stored, row_bytes);
    else traits->to_float(stored, row, (int64_t)width);
  }
  if (mean && status == METAGAME_OK) status = read_mean(&out->mean, file, start, tensor, path, err);
done:
  if (file) fclose(file);
  free(stored);
  if (meta) ggml_free(meta);
  if (gguf) gguf_free(gguf);
  return status;
}
