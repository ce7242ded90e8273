/* SPDX-License-Identifier: MIT */
/* The handle: options, what is measured, values at coalitions, accessors. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

metagame_status mtl_fail(metagame_error *err, metagame_status status, const char *format, ...) {
  if (!err) return status;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(err->message, sizeof err->message, format, arguments);
  va_end(arguments);
  err->status = status;
  err->user_code = 0;
  return status;
}

metagame_status mtl_no_memory(metagame_error *err) {
  return mtl_fail(err, METAGAME_E_NOMEM, "no memory");
}

char *mtl_format(const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  char *text = length < 0 ? NULL : malloc((size_t)length + 1);
  if (text) vsnprintf(text, (size_t)length + 1, format, again);
  va_end(again);
  va_end(arguments);
  return text;
}

metagame_status mtl_read_struct(void *out, size_t out_size, const void *in, size_t least, const char *name, metagame_error *err) {
  size_t size;
  memcpy(&size, in, sizeof size);
  if (size < least || size > 4096)
    return mtl_fail(err, METAGAME_E_STRUCT_SIZE, "%s.struct_size is %zu, must be %zu..4096; use the INIT macro", name, size, least);
  for (size_t byte = out_size; byte < size; ++byte)
    if (((const unsigned char *)in)[byte])
      return mtl_fail(err, METAGAME_E_STRUCT_SIZE, "%s has %zu bytes, and byte %zu, unknown to this library, is not zero", name, size,
                      byte);
  memset(out, 0, out_size);
  memcpy(out, in, size < out_size ? size : out_size);
  return METAGAME_OK;
}

metagame_status mtl_choice(int32_t *field, const char *name, int32_t most, int32_t fallback, metagame_error *err) {
  if (*field < 0 || *field > most)
    return mtl_fail(err, METAGAME_E_ARGUMENT, "%s is %d, must be 0..%d", name, *field, most);
  if (*field == 0) *field = fallback;
  return METAGAME_OK;
}

static metagame_status number(uint32_t *field, const char *name, uint32_t most, uint32_t fallback, metagame_error *err) {
  if (*field > most) return mtl_fail(err, METAGAME_E_ARGUMENT, "options.%s is %u, must be 0..%u", name, *field, most);
  if (*field == 0) *field = fallback;
  return METAGAME_OK;
}

static metagame_status check_options(metagame_llama_options *o, metagame_error *err) {
  if (!o->model_path && !o->share) return mtl_fail(err, METAGAME_E_NULL, "options.model_path is NULL");
  if (!o->text) return mtl_fail(err, METAGAME_E_NULL, "options.text is NULL");
  if (o->flags & ~METAGAME_LLAMA_RAW)
    return mtl_fail(err, METAGAME_E_FLAGS, "options.flags is %#llx, known are %#llx", (unsigned long long)o->flags,
                    (unsigned long long)METAGAME_LLAMA_RAW);
  if (o->reserved) return mtl_fail(err, METAGAME_E_ARGUMENT, "options.reserved is %u, must be 0", o->reserved);
  if (o->contrast && !o->target)
    return mtl_fail(err, METAGAME_E_ARGUMENT, "options.contrast is '%s', but options.target is NULL", o->contrast);
  if (o->target && o->generate)
    return mtl_fail(err, METAGAME_E_ARGUMENT, "options.generate is %u, must be 0 with options.target", o->generate);
  if ((o->flags & METAGAME_LLAMA_RAW) && o->system)
    return mtl_fail(err, METAGAME_E_ARGUMENT, "options.system is '%.100s', must be NULL with METAGAME_LLAMA_RAW", o->system);
  MTL_TRY(mtl_choice(&o->players, "options.players", METAGAME_LLAMA_TOKENS, METAGAME_LLAMA_WORDS, err));
  MTL_TRY(mtl_choice(&o->absent, "options.absent", METAGAME_LLAMA_HIDE, METAGAME_LLAMA_UNKNOWN, err));
  MTL_TRY(mtl_choice(&o->occluded, "options.occluded", METAGAME_LLAMA_HIDE, METAGAME_LLAMA_DELETE, err));
  MTL_TRY(mtl_choice(&o->weights, "options.weights", METAGAME_LLAMA_WEIGHTS_STORED, METAGAME_LLAMA_WEIGHTS_F32, err));
  MTL_TRY(number(&o->generate, "generate", MTL_MAX_STEPS, 1, err));
  MTL_TRY(number(&o->n_threads, "n_threads", 512, sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 2 : 1, err));
  return number(&o->n_parallel, "n_parallel", 128, 16, err);
}

/* ---- what is measured ---------------------------------------------------------------------------------------------------- */

/* Values of rows that are sorted by mtl_row_compare. */
static metagame_status run_rows(metagame_llama *handle, const mtl_row *rows, size_t n_rows, double *values, metagame_error *err) {
  int32_t where[128 * MTL_MAX_STEPS];
  for (size_t first = 0; first < n_rows;) {
    size_t done = 0;
    MTL_TRY(mtl_decode(handle, rows + first, n_rows - first, handle->n_steps, where, &done, err));
    for (size_t r = 0; r < done; ++r) {
      double sum = 0.0;
      for (uint32_t step = 0; step < handle->n_steps; ++step) {
        const float *logits = llama_get_logits_ith(handle->context, where[r * handle->n_steps + step]);
        if (!logits) return mtl_fail(err, METAGAME_E_INTERNAL, "llama.cpp returned no logits");
        sum += (double)logits[handle->targets[step]];
        if (handle->has_target && handle->n_targets == 2) sum -= (double)logits[handle->targets[1]];
      }
      values[first + r] = sum / (double)handle->n_steps;
      if (!isfinite(values[first + r]))
        return mtl_fail(err, METAGAME_E_NONFINITE, "the logits at coalition %zu are not finite", rows[first + r].index);
    }
    first += done;
  }
  return METAGAME_OK;
}

static metagame_status values_locked(metagame_llama *handle, const uint64_t *masks, size_t n_masks, bool doubled, double *values,
                                     metagame_error *err) {
  const mtl_reading reading = { handle->n_shared, handle->absent, doubled };
  size_t most = mtl_row_most(handle, handle->n_shared), words = metagame_mask_words(doubled ? 2 * handle->n_players : handle->n_players);
  mtl_row *rows = malloc(n_masks * sizeof *rows);
  int32_t *tokens = malloc(n_masks * (most + 1) * sizeof *tokens);
  double *unique = malloc(n_masks * sizeof *unique);
  metagame_status status = rows && tokens && unique ? METAGAME_OK : mtl_no_memory(err);
  if (status == METAGAME_OK) {
    for (size_t r = 0; r < n_masks; ++r) {
      rows[r].tokens = tokens + r * (most + 1);
      rows[r].index = r;
      mtl_row_fill(handle, &reading, masks + r * words, rows + r, NULL, NULL);
    }
    qsort(rows, n_masks, sizeof *rows, mtl_row_compare);
    /* different coalitions may read the same (an unknown word, replaced by the unknown token): once is enough */
    size_t n_unique = 0;
    size_t *of = malloc(n_masks * sizeof *of);
    if (!of) status = mtl_no_memory(err);
    for (size_t r = 0; of && r < n_masks; ++r) {
      size_t index = rows[r].index;
      if (n_unique == 0 || mtl_row_compare(rows + n_unique - 1, rows + r) != 0) rows[n_unique++] = rows[r];
      of[index] = n_unique - 1;
    }
    if (status == METAGAME_OK) status = run_rows(handle, rows, n_unique, unique, err);
    for (size_t r = 0; status == METAGAME_OK && r < n_masks; ++r) values[r] = unique[of[r]];
    free(of);
  }
  free(rows);
  free(tokens);
  free(unique);
  return status;
}

int32_t mtl_values(metagame_llama *handle, const uint64_t *masks, size_t n_masks, bool doubled, double *values,
                   metagame_error *err) {
  enum { SLICE = 4096 };
  size_t words = metagame_mask_words(doubled ? 2 * handle->n_players : handle->n_players);
  metagame_error own = { 0 };
  metagame_status status = METAGAME_OK;
  pthread_mutex_lock(&handle->lock);
  for (size_t first = 0; first < n_masks && status == METAGAME_OK; first += SLICE) {
    size_t n = n_masks - first < SLICE ? n_masks - first : SLICE;
    status = values_locked(handle, masks + first * words, n, doubled, values + first, &own);
    if (status == METAGAME_OK) atomic_fetch_add(&handle->n_evaluations, (uint64_t)n);
  }
  pthread_mutex_unlock(&handle->lock);
  if (status != METAGAME_OK) metagame_error_set(err, own.message);
  return status;
}

/* The tokens that the whole prompt is continued with. Leaves n_targets of them; the end of the answer is not one. */
static metagame_status generate(metagame_llama *handle, uint32_t most, metagame_error *err) {
  mtl_row row = { NULL, 0, 0 };
  metagame_status status = METAGAME_OK;
  row.tokens = malloc((mtl_row_most(handle, handle->n_shared) + 1) * sizeof *row.tokens);
  if (!row.tokens) return mtl_no_memory(err);
  for (size_t k = handle->n_shared; k < handle->n_tokens; ++k) row.tokens[row.n_tokens++] = handle->tokens[k];
  while (handle->n_targets < most) {
    int32_t where = 0;
    size_t done = 0;
    status = mtl_decode(handle, &row, 1, 1, &where, &done, err);
    const float *logits = status == METAGAME_OK ? llama_get_logits_ith(handle->context, where) : NULL;
    if (!logits) break;
    llama_token best = 0;
    for (llama_token token = 1; token < llama_vocab_n_tokens(handle->vocab); ++token)
      if (logits[token] > logits[best]) best = token;
    if (llama_vocab_is_eog(handle->vocab, best)) break;
    handle->targets[handle->n_targets++] = best;
    if (handle->n_targets < most) row.tokens[row.n_tokens++] = best;
  }
  free(row.tokens);
  if (status == METAGAME_OK && handle->n_targets == 0)
    status = mtl_fail(err, METAGAME_E_ARGUMENT,
                      "the model answers nothing to this prompt, so there is no token to explain; give options.target");
  return status;
}

static metagame_status describe_value(metagame_llama *handle, metagame_error *err) {
  for (uint32_t k = 0; k < handle->n_targets; ++k) {
    handle->target_text[k] = mtl_piece(handle->vocab, handle->targets[k]);
    if (!handle->target_text[k]) return mtl_no_memory(err);
  }
  char **text = handle->target_text;
  if (handle->has_target && handle->n_targets == 2) {
    handle->value_text = mtl_format("logit('%s') - logit('%s')", text[0], text[1]);
  } else if (handle->has_target) {
    handle->value_text = mtl_format("logit('%s')", text[0]);
  } else {
    size_t length = 1;
    for (uint32_t k = 0; k < handle->n_targets; ++k) length += strlen(text[k]);
    char *joined = calloc(length, 1);
    for (uint32_t k = 0; joined && k < handle->n_targets; ++k) strcat(joined, text[k]);
    if (joined) handle->value_text = mtl_format("mean logit of the %u generated tokens '%s'", handle->n_targets, joined);
    free(joined);
  }
  return handle->value_text ? METAGAME_OK : mtl_no_memory(err);
}

char *mtl_absence_text(const metagame_llama *handle, int32_t how) {
  if (how == METAGAME_LLAMA_DELETE) return mtl_format("deleted");
  if (how == METAGAME_LLAMA_MEAN) return mtl_format("mean-embedding");
  if (how == METAGAME_LLAMA_HIDE) return mtl_format("attention mask");
  if (how == METAGAME_LLAMA_ZERO) return mtl_format("zero-embedding");
  char *piece = mtl_piece(handle->vocab, handle->absent_token);
  char *text = piece ? mtl_format("token %d %s", handle->absent_token, piece) : NULL;
  free(piece);
  return text;
}

/* ---- create -------------------------------------------------------------------------------------------------------------- */

static metagame_status find_targets(metagame_llama *handle, const metagame_llama_options *options, metagame_error *err) {
  if (!options->target) return METAGAME_OK;
  handle->has_target = true;
  handle->n_targets = options->contrast ? 2 : 1;
  MTL_TRY(mtl_single_token(&handle->targets[0], handle->vocab, "target", options->target, err));
  if (options->contrast) {
    MTL_TRY(mtl_single_token(&handle->targets[1], handle->vocab, "contrast", options->contrast, err));
    if (handle->targets[0] == handle->targets[1])
      return mtl_fail(err, METAGAME_E_ARGUMENT, "options.contrast is '%s', the same token as options.target", options->contrast);
  }
  return METAGAME_OK;
}

static bool uses(const metagame_llama *handle, int32_t how) {
  return handle->absent == how || handle->occluded == how;
}

static metagame_status read_embeddings(metagame_llama *handle, metagame_error *err) {
  size_t n = 0;
  llama_token *ids = malloc((handle->n_tokens + MTL_MAX_STEPS + 1) * sizeof *ids);
  if (!ids) return mtl_no_memory(err);
  for (size_t k = handle->n_shared; k < handle->n_tokens; ++k) ids[n++] = handle->tokens[k];
  for (uint32_t k = 0; !handle->has_target && k < handle->n_targets; ++k) ids[n++] = handle->targets[k];
  if (handle->absent_token >= 0) ids[n++] = handle->absent_token;
  metagame_status status = mtl_embeddings_read(&handle->embeddings, handle->model_file, ids, n, uses(handle, METAGAME_LLAMA_MEAN), err);
  free(ids);
  if (status == METAGAME_OK && handle->embeddings.width != llama_model_n_embd(handle->model))
    status = mtl_fail(err, METAGAME_E_UNSUPPORTED, "token_embd.weight is %d wide, the model reads %d", handle->embeddings.width,
                      llama_model_n_embd(handle->model));
  return status;
}

static metagame_status value_of_everything(metagame_llama *handle, double *value, metagame_error *err) {
  mtl_row row = { malloc((mtl_row_most(handle, handle->n_shared) + 1) * sizeof(int32_t)), 0, 0 };
  if (!row.tokens) return mtl_no_memory(err);
  for (size_t k = handle->n_shared; k < handle->n_tokens; ++k) row.tokens[row.n_tokens++] = handle->tokens[k];
  metagame_status status = run_rows(handle, &row, 1, value, err);
  free(row.tokens);
  return status;
}

static void context_destroy(metagame_llama *handle) {
  if (handle->has_batch) llama_batch_free(handle->batch);
  if (handle->context) llama_free(handle->context);
  handle->has_batch = false;
  handle->context = NULL;
}

/* Embeddings go in without what some families do to them first (a factor sqrt(width)); the value with token ids decides which it
 * is. */
static metagame_status use_embeddings(metagame_llama *handle, metagame_error *err) {
  double with_ids = 0.0, with_rows = 0.0;
  handle->n_steps = 1;
  MTL_TRY(mtl_context_create(handle, err));
  MTL_TRY(value_of_everything(handle, &with_ids, err));
  context_destroy(handle);
  MTL_TRY(read_embeddings(handle, err));
  MTL_TRY(mtl_context_create(handle, err));
  mtl_embeddings *table = &handle->embeddings;
  for (int attempt = 0; attempt < 2; ++attempt) {
    MTL_TRY(value_of_everything(handle, &with_rows, err));
    if (fabs(with_rows - with_ids) <= 1e-3 * (1.0 + fabs(with_ids))) {
      context_destroy(handle);
      return METAGAME_OK;
    }
    float factor = (float)sqrt((double)table->width);
    for (size_t k = 0; k < table->n * (size_t)table->width; ++k) table->rows[k] *= factor;
    for (size_t k = 0; table->mean && k < (size_t)table->width; ++k) table->mean[k] *= factor;
  }
  return mtl_fail(err, METAGAME_E_UNSUPPORTED,
                  "METAGAME_LLAMA_ZERO, METAGAME_LLAMA_MEAN: '%s' does more than look its embeddings up (value %g with tokens, %g with "
                  "embeddings)",
                  handle->model_file, with_ids, with_rows);
}

static metagame_status build(metagame_llama *handle, const metagame_llama_options *options, metagame_error *err) {
  handle->n_threads = options->n_threads;
  handle->n_parallel = options->n_parallel;
  handle->absent = options->absent;
  handle->occluded = options->occluded;
  if (handle->n_parallel + 1 > llama_max_parallel_sequences()) handle->n_parallel = (uint32_t)llama_max_parallel_sequences() - 1;
  if (options->share) handle->weights = mtl_weights_retain(options->share->weights);
  else MTL_TRY(mtl_weights_create(&handle->weights, options, err));
  handle->model_file = handle->weights->file;
  handle->model = handle->weights->model;
  handle->vocab = llama_model_get_vocab(handle->model);
  MTL_TRY(mtl_prompt_build(handle, options, err));
  MTL_TRY(find_targets(handle, options, err));
  size_t longest = handle->n_tokens + (handle->has_target ? 0 : options->generate),
         most = (size_t)llama_model_n_ctx_train(handle->model);
  if (longest > most)
    return mtl_fail(err, METAGAME_E_LIMIT, "prompt and answer have %zu tokens; '%s' reads at most %zu", longest,
                    handle->model_file, most);
  bool vectors = uses(handle, METAGAME_LLAMA_ZERO) || uses(handle, METAGAME_LLAMA_MEAN);
  if (!handle->has_target) { /* greedy answer first: with ids, one row at a time */
    handle->n_steps = options->generate;
    MTL_TRY(mtl_context_create(handle, err));
    MTL_TRY(generate(handle, options->generate, err));
    context_destroy(handle);
  }
  if (vectors) MTL_TRY(use_embeddings(handle, err));
  handle->n_steps = handle->has_target ? 1 : handle->n_targets;
  MTL_TRY(mtl_context_create(handle, err));
  char *absent = mtl_absence_text(handle, handle->absent);
  handle->unit = options->players == METAGAME_LLAMA_TOKENS ? "tokens" : "words";
  handle->masking_id = absent ? mtl_format("llama %s: %s", handle->unit, absent) : NULL;
  free(absent);
  return handle->masking_id ? describe_value(handle, err) : mtl_no_memory(err);
}

metagame_status metagame_llama_create(metagame_llama **out, const metagame_llama_options *options, metagame_error *err) {
  if (!out) return mtl_fail(err, METAGAME_E_NULL, "out is NULL");
  *out = NULL;
  if (!options) return mtl_fail(err, METAGAME_E_NULL, "options is NULL");
  metagame_llama_options known;
  size_t least = sizeof(size_t) + 3 * sizeof(const char *);
  MTL_TRY(mtl_read_struct(&known, sizeof known, options, least, "metagame_llama_options", err));
  MTL_TRY(check_options(&known, err));
  metagame_llama *handle = calloc(1, sizeof *handle);
  if (!handle) return mtl_no_memory(err);
  atomic_init(&handle->references, 1);
  handle->has_lock = pthread_mutex_init(&handle->lock, NULL) == 0;
  metagame_status status = handle->has_lock ? build(handle, &known, err) : mtl_no_memory(err);
  if (status < 0) {
    metagame_llama_destroy(handle);
    return status;
  }
  atomic_store(&handle->n_computed, 0);
  *out = handle;
  return METAGAME_OK;
}

metagame_llama *mtl_retain(metagame_llama *handle) {
  atomic_fetch_add(&handle->references, 1);
  return handle;
}

void metagame_llama_destroy(metagame_llama *handle) {
  if (!handle || atomic_fetch_sub(&handle->references, 1) != 1) return;
  context_destroy(handle);
  metagame_ggml_prefix_destroy(handle->prefix);
  mtl_weights_release(handle->weights);
  if (handle->has_lock) pthread_mutex_destroy(&handle->lock);
  for (uint32_t k = 0; k < handle->n_players; ++k) free(handle->labels[k]);
  for (uint32_t k = 0; k < handle->n_targets; ++k) free(handle->target_text[k]);
  free(handle->labels);
  free(handle->owner);
  free(handle->tokens);
  free(handle->prompt);
  free(handle->embeddings.ids);
  free(handle->embeddings.rows);
  free(handle->embeddings.mean);
  free(handle->value_text);
  free(handle->masking_id);
  free(handle);
}

metagame_status metagame_llama_tokens(const metagame_llama *handle, const uint64_t *mask, int32_t *tokens, size_t capacity,
                                      size_t *n_tokens, metagame_error *err) {
  if (!handle || !mask || !n_tokens || (!tokens && capacity))
    return mtl_fail(err, METAGAME_E_NULL, "%s is NULL", !handle ? "handle" : !mask ? "mask" : !n_tokens ? "n_tokens" : "tokens");
  mtl_row row = { malloc((mtl_row_most(handle, handle->n_shared) + 1) * sizeof(int32_t)), 0, 0 };
  if (!row.tokens) return mtl_no_memory(err);
  const mtl_reading reading = { handle->n_shared, handle->absent, false };
  mtl_row_fill(handle, &reading, mask, &row, NULL, NULL);
  *n_tokens = handle->n_shared + row.n_tokens;
  for (size_t k = 0; k < *n_tokens && k < capacity; ++k)
    tokens[k] = k < handle->n_shared ? handle->tokens[k] : row.tokens[k - handle->n_shared];
  free(row.tokens);
  return METAGAME_OK;
}

/* ---- accessors ----------------------------------------------------------------------------------------------------------- */

uint32_t metagame_llama_n_players(const metagame_llama *handle) {
  return handle ? handle->n_players : 0;
}

uint32_t metagame_llama_n_steps(const metagame_llama *handle) {
  return handle ? handle->n_steps : 0;
}

const char *const *metagame_llama_labels(const metagame_llama *handle) {
  return handle ? (const char *const *)handle->labels : NULL;
}

const char *metagame_llama_value_text(const metagame_llama *handle) {
  return handle ? handle->value_text : NULL;
}

const char *metagame_llama_target_text(const metagame_llama *handle, size_t index) {
  return handle && index < handle->n_targets ? handle->target_text[index] : NULL;
}

const char *metagame_llama_prompt(const metagame_llama *handle) {
  return handle ? handle->prompt : NULL;
}

const char *metagame_llama_model_file(const metagame_llama *handle) {
  return handle ? handle->model_file : NULL;
}

const char *metagame_llama_masking_id(const metagame_llama *handle) {
  return handle ? handle->masking_id : NULL;
}

void metagame_llama_counts(const metagame_llama *handle, uint64_t *n_evaluations, uint64_t *n_tokens) {
  if (n_evaluations) *n_evaluations = handle ? atomic_load(&handle->n_evaluations) : 0;
  if (n_tokens) *n_tokens = handle ? atomic_load(&handle->n_computed) : 0;
}

static void drop_message(enum ggml_log_level level, const char *text, void *user) {
  (void)level;
  (void)text;
  (void)user;
}

void metagame_llama_silence(void) {
  llama_log_set(drop_message, NULL);
}
