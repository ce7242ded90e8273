/* SPDX-License-Identifier: MIT */
/* Attention as attribution, A_l: mean over heads of layer l, p: the position whose logit is explained.
 *   attention   sum over the player's tokens t of mean_l A_l[p][t], or of one layer
 *   rollout     the same of ((A_L + I)/2 ... (A_1 + I)/2)[p][t]        (Abnar and Zuidema, arXiv 2005.00928)
 * The tokens before the first player attend to no player, so that paths through them end and their rows are not needed. Cost: one run
 * forwards; rollout: layers x length^2 more for each step. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* What position p pays to each token of the sequence, into out. maps: layers x stride x (prefix + stride). scratch: stride. */
static void pay(const mtl_attribution *self, const float *maps, size_t stride, size_t p, double *out, double *scratch) {
  size_t prefix = self->handle->n_graph_shared, columns = prefix + stride, n_layers = self->handle->weights->graph_info.n_layers;
  for (size_t t = 0; t <= p; ++t) out[t] = 0.0;
  if (self->kind == MTL_ATTENTION) {
    size_t first = self->layer ? self->layer - 1 : 0, last = self->layer ? self->layer : n_layers;
    for (size_t l = first; l < last; ++l)
      for (size_t t = 0; t <= p; ++t) out[t] += (double)maps[(l * stride + p) * columns + prefix + t] / (double)(last - first);
    return;
  }
  out[p] = 1.0;
  for (size_t l = n_layers; l-- > 0;) {
    for (size_t t = 0; t <= p; ++t) scratch[t] = 0.5 * out[t];
    for (size_t i = 0; i <= p; ++i)
      for (size_t t = 0; t <= i; ++t) scratch[t] += 0.5 * out[i] * (double)maps[(l * stride + i) * columns + prefix + t];
    memcpy(out, scratch, (p + 1) * sizeof *out);
  }
}

static metagame_status some(const mtl_attribution *self, const uint64_t *masks, size_t n, double *rows, metagame_error *err) {
  metagame_llama *handle = self->handle;
  size_t n_players = handle->n_players, m = n_players * (self->steps ? 1 + handle->n_steps : 1);
  mtl_batch b;
  MTL_TRY(mtl_batch_make(&b, handle, self->absent, false, masks, n, false, err));
  size_t stride = b.batch.stride, each = handle->weights->graph_info.n_layers * stride * (handle->n_graph_shared + stride);
  float *maps = malloc(n * each * sizeof *maps);
  double *paid = malloc(2 * stride * sizeof *paid);
  metagame_status status = maps && paid ? METAGAME_OK : mtl_no_memory(err);
  b.batch.attention = maps;
  if (status == METAGAME_OK) status = mtl_batch_run(handle, &b.batch, err);
  for (size_t r = 0; r < n && status == METAGAME_OK; ++r)
    for (uint32_t step = 0; step < handle->n_steps; ++step) {
      size_t p = b.lengths[r] - handle->n_steps + step;
      pay(self, maps + r * each, stride, p, paid, paid + stride);
      for (size_t t = 0; t <= p; ++t) {
        int32_t owner = b.owners[r * stride + t];
        if (owner == MTL_NOBODY) continue;
        rows[r * m + (size_t)owner] += paid[t] / handle->n_steps;
        if (self->steps) rows[r * m + n_players * (1 + step) + (size_t)owner] += paid[t];
      }
    }
  free(maps);
  free(paid);
  mtl_batch_free(&b);
  return status;
}

metagame_status mtl_attention(const mtl_attribution *self, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  enum { MOST_FLOATS = 1 << 24 };
  const metagame_llama *handle = self->handle;
  size_t words = metagame_mask_words(handle->n_players), m = handle->n_players * (self->steps ? 1 + (size_t)handle->n_steps : 1);
  size_t most = mtl_row_most(handle, handle->n_graph_shared);
  size_t each = handle->weights->graph_info.n_layers * most * (handle->n_graph_shared + most);
  size_t room = each < MOST_FLOATS ? MOST_FLOATS / each : 1;
  memset(rows, 0, n_masks * m * sizeof *rows); /* all bits zero is 0.0 */
  for (size_t first = 0; first < n_masks; first += room) {
    size_t n = n_masks - first < room ? n_masks - first : room;
    MTL_TRY(some(self, masks + first * words, n, rows + first * m, err));
  }
  return METAGAME_OK;
}
