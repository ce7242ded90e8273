/* SPDX-License-Identifier: MIT */
/* Attributions of players from gradients with respect to the embeddings of their tokens. For player i with tokens t, embeddings e_t:
 *   norm             sum_t |df/de_t|
 *   times input      sum_t e_t . df/de_t            relevance: the same with the modified gradient
 *   integrated       sum_t (e_t - s_t) . int_0^1 df/de_t(s + a (e - s)) da,  all players' tokens on the path at once
 * f is the logit, the difference, or a step's logit; the mean over steps is that of f, but for the norm, which is not linear. Sources:
 * Simonyan et al., arXiv 1312.6034; Sundararajan et al., arXiv 1703.01365. Cost: one run forwards and one backwards for each coalition
 * (and node); with steps one backwards for each. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { MOST_FLOATS = 1 << 24 };

/* Sequences to take together, so that `arrays` of their size stay below MOST_FLOATS. */
static size_t chunk(const mtl_attribution *self, size_t arrays) {
  size_t each = mtl_row_most(self->handle, self->handle->n_graph_shared) * self->handle->weights->graph_info.width * arrays;
  return each < MOST_FLOATS ? MOST_FLOATS / each : 1;
}

/* Functional f of the batch into row of coalition r: the mean over functionals first, then each. */
static void add(const mtl_attribution *self, double *row, uint32_t f, uint32_t n_functionals, int32_t owner, double value) {
  if (owner == MTL_NOBODY) return;
  row[owner] += value / n_functionals;
  if (self->steps) row[(size_t)self->handle->n_players * (1 + f) + (size_t)owner] += value;
}

static size_t row_length(const mtl_attribution *self) {
  return (size_t)self->handle->n_players * (self->steps ? 1 + self->handle->n_steps : 1);
}

static double dot(const float *a, const float *b, size_t n) {
  double sum = 0.0;
  for (size_t c = 0; c < n; ++c) sum += (double)a[c] * (double)b[c];
  return sum;
}

static metagame_status some(const mtl_attribution *self, const uint64_t *masks, size_t n, bool steps, double *rows, metagame_error *err) {
  metagame_llama *handle = self->handle;
  size_t width = handle->weights->graph_info.width, m = row_length(self);
  mtl_batch b;
  MTL_TRY(mtl_batch_make(&b, handle, self->absent, false, masks, n, steps, err));
  size_t stride = b.batch.stride;
  uint32_t n_functionals = b.batch.n_functionals;
  float *gradients = malloc(n * n_functionals * stride * width * sizeof *gradients);
  float *embeddings = malloc(stride * width * sizeof *embeddings);
  metagame_status status = gradients && embeddings ? METAGAME_OK : mtl_no_memory(err);
  b.batch.gradients = gradients;
  b.batch.backward = self->kind == MTL_ATTNLRP ? METAGAME_GGML_ATTNLRP : self->kind == MTL_CP_LRP ? METAGAME_GGML_CP_LRP
                                                                                                  : METAGAME_GGML_GRADIENT;
  if (status == METAGAME_OK) status = mtl_batch_run(handle, &b.batch, err);
  for (size_t r = 0; r < n && status == METAGAME_OK; ++r) {
    status = metagame_ggml_embed(handle->weights->graph, b.tokens + r * stride, b.lengths[r], embeddings, err);
    for (uint32_t f = 0; f < n_functionals && status == METAGAME_OK; ++f)
      for (size_t t = 0; t < b.lengths[r]; ++t) {
        const float *g = gradients + ((r * n_functionals + f) * stride + t) * width;
        double value = self->kind == MTL_NORM ? sqrt(dot(g, g, width)) : dot(g, embeddings + t * width, width);
        add(self, rows + r * m, f, n_functionals, b.owners[r * stride + t], value);
      }
  }
  free(gradients);
  free(embeddings);
  mtl_batch_free(&b);
  return status;
}

metagame_status mtl_gradients(const mtl_attribution *self, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  bool steps = self->steps || (self->kind == MTL_NORM && self->handle->n_steps > 1);
  size_t words = metagame_mask_words(self->handle->n_players), m = row_length(self);
  size_t room = chunk(self, steps ? self->handle->n_steps : 1);
  memset(rows, 0, n_masks * m * sizeof *rows); /* all bits zero is 0.0 */
  for (size_t first = 0; first < n_masks; first += room) {
    size_t n = n_masks - first < room ? n_masks - first : room;
    MTL_TRY(some(self, masks + first * words, n, steps, rows + first * m, err));
  }
  return METAGAME_OK;
}

/* ---- integrated gradients ------------------------------------------------------------------------------------------------- */

void mtl_path(uint32_t n, double *nodes, double *weights) {
  const double pi = 3.14159265358979323846;
  for (uint32_t k = 0; k < (n + 1) / 2; ++k) {
    double x = cos(pi * (k + 0.75) / (n + 0.5)), slope = 0.0;
    for (int round = 0; round < 100; ++round) { /* Newton's method on the Legendre polynomial */
      double before = 1.0, now = x;
      for (uint32_t j = 2; j <= n; ++j) {
        double next = ((2.0 * j - 1.0) * x * now - (j - 1.0) * before) / j;
        before = now;
        now = next;
      }
      slope = n * (x * now - before) / (x * x - 1.0);
      double change = now / slope;
      x -= change;
      if (fabs(change) < 1e-15) break;
    }
    nodes[k] = (1.0 - x) / 2.0;
    nodes[n - 1 - k] = (1.0 + x) / 2.0;
    weights[k] = weights[n - 1 - k] = 1.0 / ((1.0 - x * x) * slope * slope);
  }
}

/* Of one coalition: its embeddings, and the difference to the path's start, zero for tokens that stay. */
static metagame_status path_ends(const mtl_attribution *self, const mtl_batch *b, size_t r, float *ends, float *differences,
                                 metagame_error *err) {
  metagame_ggml *graph = self->handle->weights->graph;
  size_t width = self->handle->weights->graph_info.width, stride = b->batch.stride;
  MTL_TRY(metagame_ggml_embed(graph, b->tokens + r * stride, b->lengths[r], ends, err));
  for (size_t t = 0; t < b->lengths[r]; ++t) {
    float *difference = differences + t * width;
    const float *end = ends + t * width;
    if (b->owners[r * stride + t] == MTL_NOBODY) memcpy(difference, end, width * sizeof *end);
    else MTL_TRY(metagame_ggml_embed(graph, &self->start, 1, difference, err));
    for (size_t c = 0; c < width; ++c) difference[c] = end[c] - difference[c];
  }
  return METAGAME_OK;
}

/* Batch of n coalitions, with nodes first..first+n_nodes of the path -> batch of n x n_nodes sequences of embeddings. */
static metagame_status integrate(const mtl_attribution *self, mtl_batch *b, size_t n, uint32_t first, uint32_t n_nodes, double *rows,
                                 metagame_error *err) {
  metagame_llama *handle = self->handle;
  size_t width = handle->weights->graph_info.width, stride = b->batch.stride, m = row_length(self), size = stride * width;
  uint32_t n_functionals = b->batch.n_functionals;
  float *ends = malloc(size * sizeof *ends), *differences = malloc(n * size * sizeof *differences);
  float *path = malloc(n * n_nodes * size * sizeof *path), *gradients = malloc(n * n_nodes * n_functionals * size * sizeof *gradients);
  uint32_t *lengths = malloc(n * n_nodes * sizeof *lengths);
  unsigned char *hidden = malloc(n * n_nodes * stride);
  metagame_status status = ends && differences && path && gradients && lengths && hidden ? METAGAME_OK : mtl_no_memory(err);
  for (size_t r = 0; r < n && status == METAGAME_OK; ++r) {
    float *difference = differences + r * size;
    status = path_ends(self, b, r, ends, difference, err);
    for (uint32_t k = 0; k < n_nodes && status == METAGAME_OK; ++k) {
      size_t s = r * n_nodes + k;
      float back = (float)(1.0 - self->nodes[first + k]);
      for (size_t c = 0; c < b->lengths[r] * width; ++c) path[s * size + c] = ends[c] - back * difference[c];
      lengths[s] = b->lengths[r];
      memcpy(hidden + s * stride, b->hidden + r * stride, stride);
    }
  }
  if (status == METAGAME_OK) {
    metagame_ggml_batch batch = b->batch;
    batch.n_sequences = n * n_nodes;
    batch.tokens = NULL;
    batch.embeddings = path;
    batch.lengths = lengths;
    if (batch.hidden) batch.hidden = hidden;
    batch.gradients = gradients;
    status = mtl_batch_run(handle, &batch, err);
  }
  for (size_t s = 0; s < n * n_nodes && status == METAGAME_OK; ++s)
    for (uint32_t f = 0; f < n_functionals; ++f)
      for (size_t t = 0, r = s / n_nodes; t < lengths[s]; ++t) {
        const float *g = gradients + (s * n_functionals + f) * size + t * width;
        add(self, rows + r * m, f, n_functionals, b->owners[r * stride + t],
            self->weights[first + s % n_nodes] * dot(g, differences + r * size + t * width, width));
      }
  free(ends);
  free(differences);
  free(path);
  free(gradients);
  free(lengths);
  free(hidden);
  return status;
}

metagame_status mtl_integrated(const mtl_attribution *self, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  size_t words = metagame_mask_words(self->handle->n_players), m = row_length(self);
  size_t sequences = chunk(self, (self->steps ? self->handle->n_steps : 1) + 1);
  size_t room = sequences > self->n_nodes ? sequences / self->n_nodes : 1; /* coalitions, and of one as many nodes as fit */
  uint32_t most = sequences < self->n_nodes ? (uint32_t)sequences : self->n_nodes;
  memset(rows, 0, n_masks * m * sizeof *rows);
  for (size_t first = 0; first < n_masks; first += room) {
    size_t n = n_masks - first < room ? n_masks - first : room;
    mtl_batch b;
    MTL_TRY(mtl_batch_make(&b, self->handle, self->absent, false, masks + first * words, n, self->steps, err));
    metagame_status status = METAGAME_OK;
    for (uint32_t node = 0; node < self->n_nodes && status == METAGAME_OK; node += most) {
      uint32_t block = self->n_nodes - node < most ? self->n_nodes - node : most;
      status = integrate(self, &b, n, node, block, rows + first * m, err);
    }
    mtl_batch_free(&b);
    MTL_TRY(status);
  }
  return METAGAME_OK;
}

metagame_status mtl_path_difference(const mtl_attribution *self, const uint64_t *mask, double *out, metagame_error *err) {
  size_t size = mtl_row_most(self->handle, self->handle->n_graph_shared) * self->handle->weights->graph_info.width;
  mtl_batch b;
  double values[2];
  MTL_TRY(mtl_batch_make(&b, self->handle, self->absent, false, mask, 1, false, err));
  float *ends = malloc(size * sizeof *ends), *differences = malloc(size * sizeof *differences);
  metagame_status status = ends && differences ? path_ends(self, &b, 0, ends, differences, err) : mtl_no_memory(err);
  metagame_ggml_batch batch = b.batch;
  batch.tokens = NULL;
  batch.embeddings = ends;
  for (int k = 0; k < 2 && status == METAGAME_OK; ++k) {
    batch.values = values + k;
    status = mtl_batch_run(self->handle, &batch, err);
    for (size_t c = 0; c < b.lengths[0] * self->handle->weights->graph_info.width; ++c) ends[c] -= differences[c];
  }
  if (status == METAGAME_OK) *out = values[0] - values[1];
  free(ends);
  free(differences);
  mtl_batch_free(&b);
  return status;
}
