/* SPDX-License-Identifier: MIT */
/* Coalitions -> batches of the F32 graph. The weights are loaded at the first need and shared by all handles of a model; the tokens
 * before the first player are evaluated once for each handle. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static metagame_status load(mtl_weights *weights, uint32_t n_threads, metagame_error *err) {
  if (weights->graph) return METAGAME_OK;
  metagame_ggml_options options = METAGAME_GGML_OPTIONS_INIT;
  metagame_ggml_info info = METAGAME_GGML_INFO_INIT;
  options.model_path = weights->file;
  options.n_threads = n_threads;
  MTL_TRY(metagame_ggml_create(&weights->graph, &options, err));
  weights->graph_info = info;
  return metagame_ggml_get_info(weights->graph, &weights->graph_info, err);
}

metagame_status mtl_graph_open(metagame_llama *handle, int32_t absent, bool doubled, metagame_error *err) {
  MTL_TRY(mtl_check_absent_token(handle, absent, err));
  bool owned = handle->owner[handle->n_tokens - 1] != MTL_NOBODY;
  bool deletes = absent == METAGAME_LLAMA_DELETE || (doubled && handle->occluded == METAGAME_LLAMA_DELETE && handle->n_players == 1);
  bool hides = absent == METAGAME_LLAMA_HIDE || (doubled && handle->occluded == METAGAME_LLAMA_HIDE);
  if (hides && owned)
    return mtl_fail(err, METAGAME_E_ARGUMENT,
                    "players are to be hidden (%d, METAGAME_LLAMA_HIDE), but options.text is the end of the prompt: the last word's own "
                    "position predicts what follows, whoever attends to it; give options.instruction or options.answer",
                    METAGAME_LLAMA_HIDE);
  if (deletes && handle->owner[0] != MTL_NOBODY && owned)
    return mtl_fail(err, METAGAME_E_ARGUMENT,
                    "absent players are to be deleted, but options.text is the whole prompt: without players nothing is left to "
                    "evaluate; give options.instruction or options.answer");
  mtl_weights *weights = handle->weights;
  pthread_mutex_lock(&weights->lock);
  metagame_status status = load(weights, handle->n_threads, err);
  if (status == METAGAME_OK && !handle->prefix && handle->n_graph_shared > 0)
    status = metagame_ggml_prefix_create(&handle->prefix, weights->graph, handle->tokens, handle->n_graph_shared, err);
  pthread_mutex_unlock(&weights->lock);
  return status;
}

/* Functionals: the target or the difference; or each generated token's logit; or, without `steps`, the mean of those. */
static void set_terms(mtl_batch *b, const metagame_llama *handle, bool steps) {
  size_t n = 0;
  if (handle->has_target) {
    for (uint32_t k = 0; k < handle->n_targets; ++k)
      b->terms[n++] = (metagame_ggml_term){ 0, 0, handle->targets[k], 0, k == 0 ? 1.0 : -1.0 };
  } else {
    for (uint32_t k = 0; k < handle->n_steps; ++k)
      b->terms[n++] = (metagame_ggml_term){ steps ? k : 0, handle->n_steps - 1 - k, handle->targets[k], 0,
                                            steps ? 1.0 : 1.0 / handle->n_steps };
  }
  b->batch.terms = b->terms;
  b->batch.n_terms = n;
  b->batch.n_functionals = steps ? handle->n_steps : 1;
}

metagame_status mtl_batch_make(mtl_batch *out, metagame_llama *handle, int32_t absent, bool doubled, const uint64_t *masks, size_t n_masks,
                               bool steps, metagame_error *err) {
  const metagame_ggml_batch empty = METAGAME_GGML_BATCH_INIT;
  const mtl_reading reading = { handle->n_graph_shared, absent, doubled };
  size_t most = mtl_row_most(handle, handle->n_graph_shared), stride = 0;
  size_t words = metagame_mask_words(doubled ? 2 * handle->n_players : handle->n_players);
  memset(out, 0, sizeof *out);
  out->tokens = malloc(n_masks * most * sizeof *out->tokens);
  out->owners = malloc(n_masks * most * sizeof *out->owners);
  out->lengths = malloc(n_masks * sizeof *out->lengths);
  out->hidden = malloc(n_masks * most);
  if (!out->tokens || !out->owners || !out->lengths || !out->hidden) {
    mtl_batch_free(out);
    return mtl_no_memory(err);
  }
  for (size_t r = 0; r < n_masks; ++r) {
    mtl_row row = { out->tokens + r * most, 0, r };
    mtl_row_fill(handle, &reading, masks + r * words, &row, out->owners + r * most, out->hidden + r * most);
    out->lengths[r] = (uint32_t)row.n_tokens;
    if (row.n_tokens > stride) stride = row.n_tokens;
  }
  for (size_t r = 1; r < n_masks && stride < most; ++r) { /* no wider than the longest */
    memmove(out->tokens + r * stride, out->tokens + r * most, stride * sizeof *out->tokens);
    memmove(out->owners + r * stride, out->owners + r * most, stride * sizeof *out->owners);
    memmove(out->hidden + r * stride, out->hidden + r * most, stride);
  }
  out->batch = empty;
  out->batch.prefix = handle->prefix;
  out->batch.n_sequences = n_masks;
  out->batch.stride = stride;
  out->batch.lengths = out->lengths;
  out->batch.tokens = out->tokens;
  if (absent == METAGAME_LLAMA_HIDE || (doubled && handle->occluded == METAGAME_LLAMA_HIDE)) out->batch.hidden = out->hidden;
  set_terms(out, handle, steps);
  return METAGAME_OK;
}

void mtl_batch_free(mtl_batch *batch) {
  free(batch->tokens);
  free(batch->owners);
  free(batch->lengths);
  free(batch->hidden);
}

metagame_status mtl_batch_run(metagame_llama *handle, const metagame_ggml_batch *batch, metagame_error *err) {
  MTL_TRY(metagame_ggml_run(handle->weights->graph, batch, err));
  uint64_t n = 0;
  for (size_t r = 0; r < batch->n_sequences; ++r) n += batch->lengths[r];
  atomic_fetch_add(&handle->n_computed, n);
  return METAGAME_OK;
}

metagame_status mtl_graph_values(metagame_llama *handle, int32_t absent, bool doubled, const uint64_t *masks, size_t n_masks,
                                 double *values, metagame_error *err) {
  enum { SLICE = 1024 };
  size_t words = metagame_mask_words(doubled ? 2 * handle->n_players : handle->n_players);
  for (size_t first = 0; first < n_masks; first += SLICE) {
    size_t n = n_masks - first < SLICE ? n_masks - first : SLICE;
    mtl_batch b;
    MTL_TRY(mtl_batch_make(&b, handle, absent, doubled, masks + first * words, n, false, err));
    b.batch.values = values + first;
    metagame_status status = mtl_batch_run(handle, &b.batch, err);
    mtl_batch_free(&b);
    MTL_TRY(status);
    atomic_fetch_add(&handle->n_evaluations, (uint64_t)n);
  }
  return METAGAME_OK;
}

double metagame_llama_graph_seconds(const metagame_llama *handle) {
  if (!handle) return 0.0;
  pthread_mutex_lock(&handle->weights->lock);
  double seconds = metagame_ggml_seconds(handle->weights->graph);
  pthread_mutex_unlock(&handle->weights->lock);
  return seconds;
}
