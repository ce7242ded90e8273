/* SPDX-License-Identifier: MIT */
/* Rows of tokens -> logits. Each row is a sequence of its own that starts with the shared part (sequence 0). Rows come sorted, so
 * that a row shares its first tokens with the one before it: these are computed once and belong to several sequences.
 * The cost is the number of nodes of the prefix tree of the rows, not rows x length. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { MOST_BATCH_TOKENS = 2048 };

int mtl_row_compare(const void *left, const void *right) {
  const mtl_row *a = left, *b = right;
  for (size_t k = 0; k < a->n_tokens && k < b->n_tokens; ++k)
    if (a->tokens[k] != b->tokens[k]) return a->tokens[k] < b->tokens[k] ? -1 : 1;
  return (a->n_tokens > b->n_tokens) - (a->n_tokens < b->n_tokens);
}

static metagame_status decode_shared(metagame_llama *handle, metagame_error *err) {
  struct llama_batch batch = llama_batch_get_one(handle->tokens, (int32_t)handle->n_shared);
  int32_t code = llama_decode(handle->context, batch);
  if (code != 0)
    return mtl_fail(err, METAGAME_E_INTERNAL, "llama_decode of the shared %zu tokens returned %d", handle->n_shared, code);
  llama_memory_t memory = llama_get_memory(handle->context);
  for (uint32_t s = 1; s <= handle->n_parallel; ++s) llama_memory_seq_cp(memory, 0, (llama_seq_id)s, -1, -1);
  return METAGAME_OK;
}

metagame_status mtl_context_create(metagame_llama *handle, metagame_error *err) {
  size_t row = mtl_row_most(handle, handle->n_shared), wanted = row * handle->n_parallel;
  handle->batch_tokens = wanted < MOST_BATCH_TOKENS ? wanted : MOST_BATCH_TOKENS;
  if (handle->batch_tokens < row) handle->batch_tokens = row;
  size_t most = handle->batch_tokens > handle->n_shared ? handle->batch_tokens : handle->n_shared;
  if (most <= handle->n_parallel) most = handle->n_parallel + 1; /* llama.cpp keeps room for an output of each sequence */
  struct llama_context_params params = llama_context_default_params();
  params.n_ctx = (uint32_t)(handle->n_shared + handle->batch_tokens);
  params.n_batch = (uint32_t)most;
  params.n_ubatch = (uint32_t)most; /* never split: a row's tokens are computed together */
  params.n_seq_max = handle->n_parallel + 1;
#ifdef MTL_HAVE_OUTPUTS_MAX
  params.n_outputs_max = params.n_seq_max * (handle->n_steps ? handle->n_steps : 1); /* one for each sequence at least */
#endif
  params.n_threads = (int32_t)handle->n_threads;
  params.n_threads_batch = (int32_t)handle->n_threads;
  params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
  params.type_k = GGML_TYPE_F32; /* half precision keys would be the largest error of all */
  params.type_v = GGML_TYPE_F32;
  params.kv_unified = true; /* sequences share cells */
  params.swa_full = true;
  params.no_perf = true;
  handle->context = llama_init_from_model(handle->model, params);
  if (!handle->context)
    return mtl_fail(err, METAGAME_E_NOMEM, "llama.cpp made no context of %u tokens; try options.n_parallel below %u",
                    params.n_ctx, handle->n_parallel);
  handle->batch = llama_batch_init((int32_t)handle->batch_tokens, handle->embeddings.width, (int32_t)handle->n_parallel);
  handle->has_batch = true;
  return handle->n_shared ? decode_shared(handle, err) : METAGAME_OK;
}

static void put_token(metagame_llama *handle, int32_t at, int32_t token) {
  if (handle->batch.token) {
    handle->batch.token[at] = token;
    return;
  }
  const mtl_embeddings *table = &handle->embeddings;
  size_t width = (size_t)table->width;
  float *row = handle->batch.embd + (size_t)at * width;
  memset(row, 0, width * sizeof *row); /* all bits zero is 0.0f */
  if (token == MTL_MEAN_VECTOR) memcpy(row, table->mean, width * sizeof *row);
  for (size_t k = 0; token >= 0 && k < table->n; ++k)
    if (table->ids[k] == token) {
      memcpy(row, table->rows + k * width, width * sizeof *row);
      return;
    }
}

metagame_status mtl_decode(metagame_llama *handle, const mtl_row *rows, size_t n_rows, uint32_t n_steps, int32_t *where,
                           size_t *n_done, metagame_error *err) {
  struct llama_batch *batch = &handle->batch;
  size_t done = 0, most = mtl_row_most(handle, handle->n_shared);
  int32_t *path = malloc((most + 1) * sizeof *path); /* batch index of each token of the row before */
  if (!path) return mtl_no_memory(err);
  batch->n_tokens = 0;
  for (; done < n_rows && done < handle->n_parallel; ++done) {
    const mtl_row *row = rows + done;
    size_t common = 0;
    if (done > 0)
      while (common < row->n_tokens && common < row[-1].n_tokens && row->tokens[common] == row[-1].tokens[common]) ++common;
    if ((size_t)batch->n_tokens + row->n_tokens - common > handle->batch_tokens) break;
    for (size_t k = 0; k < row->n_tokens; ++k) {
      if (k >= common) {
        int32_t at = batch->n_tokens++;
        put_token(handle, at, row->tokens[k]);
        batch->pos[at] = (llama_pos)(handle->n_shared + k);
        batch->n_seq_id[at] = 0;
        batch->logits[at] = 0;
        path[k] = at;
      }
      batch->seq_id[path[k]][batch->n_seq_id[path[k]]++] = (llama_seq_id)(done + 1);
    }
    for (uint32_t step = 0; step < n_steps; ++step) {
      int32_t at = path[row->n_tokens - n_steps + step];
      batch->logits[at] = 1;
      where[done * n_steps + step] = at;
    }
  }
  free(path);
  int32_t code = llama_decode(handle->context, *batch);
  llama_memory_t memory = llama_get_memory(handle->context);
  for (size_t s = 1; s <= done; ++s) llama_memory_seq_rm(memory, (llama_seq_id)s, (llama_pos)handle->n_shared, -1);
  if (code != 0)
    return mtl_fail(err, METAGAME_E_INTERNAL, "llama_decode of %d tokens in %zu sequences returned %d", batch->n_tokens, done,
                    code);
  atomic_fetch_add(&handle->n_computed, (uint64_t)batch->n_tokens);
  *n_done = done;
  return METAGAME_OK;
}
