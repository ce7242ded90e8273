/* SPDX-License-Identifier: MIT */
/* Batches: what is asked is checked, sequences are sorted by length, cut into slices and run; answers go to where they belong.
 * Cost of a slice: 2 x weights x positions operations forwards and as many backwards for each functional; pads up to the longest
 * sequence count. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "internal.h"

typedef struct run {
  metagame_ggml *engine;
  const metagame_ggml_batch *b;
  uint32_t n_prefix;
  size_t *order;       /* sequences, longest first */
  uint32_t *selections; /* different from_end, ascending */
  size_t n_selections;
  unsigned char *hidden; /* of a slice */
  metagame_error *err;
} run;

static uint32_t length_of(const metagame_ggml_batch *b, size_t sequence) {
  return b->lengths ? b->lengths[sequence] : (uint32_t)b->stride;
}

metagame_status mtgg_compute(metagame_ggml *engine, struct ggml_cgraph *graph, metagame_error *err) {
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  enum ggml_status status = ggml_backend_graph_compute(engine->backend, graph);
  clock_gettime(CLOCK_MONOTONIC, &end);
  int64_t spent = (int64_t)(end.tv_sec - begin.tv_sec) * 1000000000 + (end.tv_nsec - begin.tv_nsec);
  atomic_fetch_add(&engine->nanoseconds, (uint64_t)spent);
  if (status == GGML_STATUS_ALLOC_FAILED) return mtgg_no_memory(err);
  if (status != GGML_STATUS_SUCCESS) return mtgg_fail(err, METAGAME_E_INTERNAL, "ggml's computation ended with status %d", (int)status);
  return METAGAME_OK;
}

metagame_status mtgg_scratch(metagame_ggml *engine, const mtgg_slice *slice, metagame_error *err) {
  size_t columns = (slice->n_prefix + slice->length + MTGG_LANES - 1) / MTGG_LANES * MTGG_LANES;
  size_t each = mtgg_attention_scratch(engine->shape.head, slice->length, columns);
  if (each <= engine->scratch_each) return METAGAME_OK;
  float *more = realloc(engine->scratch, each * engine->n_threads * sizeof *more);
  if (!more) return mtgg_no_memory(err);
  engine->scratch = more;
  engine->scratch_each = each;
  return METAGAME_OK;
}

void mtgg_unlock(metagame_ggml *engine) {
  size_t bytes = ggml_gallocr_get_buffer_size(engine->forward_memory, 0) + ggml_gallocr_get_buffer_size(engine->backward_memory, 0);
  atomic_store(&engine->work_bytes, bytes);
  pthread_mutex_unlock(&engine->lock);
}

/* ---- what is asked -------------------------------------------------------------------------------------------------------- */

/* Infinities and NaN become NaN. */
static bool all_finite(const float *x, size_t n) {
  float zero = 0.0f;
  for (size_t c = 0; c < n; ++c) zero += x[c] * 0.0f;
  return zero == 0.0f;
}

static metagame_status check_sequences(const run *r) {
  const metagame_ggml_batch *b = r->b;
  const mtgg_shape *s = &r->engine->shape;
  for (size_t k = 0; k < b->n_sequences; ++k) {
    uint32_t length = length_of(b, k);
    if (length < 1 || length > b->stride)
      return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "batch.lengths[%zu] is %u, must be 1..%zu (batch.stride)", k, length, b->stride);
    if (length > s->n_context - r->n_prefix)
      return mtgg_fail(r->err, METAGAME_E_LIMIT, "sequence %zu has %u tokens after a prefix of %u; the model reads at most %u", k,
                       length, r->n_prefix, s->n_context);
    for (uint32_t at = 0; b->tokens && at < length; ++at) {
      int32_t token = b->tokens[k * b->stride + at];
      if (token < METAGAME_GGML_MEAN || token >= (int32_t)s->n_vocab)
        return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "batch.tokens[%zu] of sequence %zu is %d, must be %d..%u", (size_t)at, k, token,
                         METAGAME_GGML_MEAN, s->n_vocab - 1);
    }
    for (uint32_t at = 0; b->embeddings && at < length; ++at)
      if (!all_finite(b->embeddings + (k * b->stride + at) * s->width, s->width))
        return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "batch.embeddings of sequence %zu, token %u, are not finite", k, at);
  }
  return METAGAME_OK;
}

static metagame_status check_terms(const run *r) {
  const metagame_ggml_batch *b = r->b;
  uint32_t shortest = UINT32_MAX;
  for (size_t k = 0; k < b->n_sequences; ++k) shortest = length_of(b, k) < shortest ? length_of(b, k) : shortest;
  for (size_t k = 0; k < b->n_terms; ++k) {
    const metagame_ggml_term *t = b->terms + k;
    if (t->functional >= b->n_functionals)
      return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "batch.terms[%zu].functional is %u, must be below %u (batch.n_functionals)", k,
                       t->functional, b->n_functionals);
    if (t->from_end >= shortest)
      return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "batch.terms[%zu].from_end is %u, must be below %u, the shortest length", k,
                       t->from_end, shortest);
    if (t->token < 0 || (uint32_t)t->token >= r->engine->shape.n_vocab)
      return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "batch.terms[%zu].token is %d, must be 0..%u", k, t->token,
                       r->engine->shape.n_vocab - 1);
    if (!isfinite(t->weight) || t->reserved)
      return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "batch.terms[%zu]: weight is %g, must be finite; reserved is %d, must be 0", k,
                       t->weight, t->reserved);
  }
  return METAGAME_OK;
}

static metagame_status check(const run *r) {
  const metagame_ggml_batch *b = r->b;
  enum { MOST = 1 << 28 };
  if (!b->tokens == !b->embeddings)
    return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "batch.tokens and batch.embeddings: exactly one must be given");
  if (b->n_sequences < 1 || b->n_sequences > MOST)
    return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "batch.n_sequences is %zu, must be 1..%d", b->n_sequences, MOST);
  if (b->stride < 1 || b->stride > INT32_MAX)
    return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "batch.stride is %zu, must be 1..%d", b->stride, INT32_MAX);
  if (b->backward < METAGAME_GGML_GRADIENT || b->backward > METAGAME_GGML_CP_LRP)
    return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "batch.backward is %d, must be %d..%d", b->backward, METAGAME_GGML_GRADIENT,
                     METAGAME_GGML_CP_LRP);
  if (b->n_terms && !b->terms) return mtgg_fail(r->err, METAGAME_E_NULL, "batch.terms is NULL, but n_terms is %zu", b->n_terms);
  if ((b->values || b->gradients) && (b->n_functionals == 0 || b->n_terms == 0))
    return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "batch.n_functionals is %u and n_terms %zu; values and gradients need 1 at least",
                     b->n_functionals, b->n_terms);
  if (b->gradients && r->engine->forward_only)
    return mtgg_fail(r->err, METAGAME_E_UNSUPPORTED, "batch.gradients: the engine was made with METAGAME_GGML_FORWARD");
  if (b->prefix && b->prefix->engine != r->engine)
    return mtgg_fail(r->err, METAGAME_E_ARGUMENT, "batch.prefix belongs to another engine");
  MTGG_TRY(check_sequences(r));
  return check_terms(r);
}

/* ---- preparations --------------------------------------------------------------------------------------------------------- */

typedef struct sortable {
  uint32_t length;
  size_t index;
} sortable;

static int longer_first(const void *left, const void *right) {
  const sortable *a = left, *b = right;
  if (a->length != b->length) return a->length > b->length ? -1 : 1;
  return (a->index > b->index) - (a->index < b->index);
}

static metagame_status sort_sequences(run *r) {
  size_t n = r->b->n_sequences;
  sortable *all = malloc(n * sizeof *all);
  r->order = malloc(n * sizeof *r->order);
  if (!all || !r->order) {
    free(all);
    return mtgg_no_memory(r->err);
  }
  for (size_t k = 0; k < n; ++k) all[k] = (sortable){ length_of(r->b, k), k };
  qsort(all, n, sizeof *all, longer_first);
  for (size_t k = 0; k < n; ++k) r->order[k] = all[k].index;
  free(all);
  return METAGAME_OK;
}

static int ascending(const void *left, const void *right) {
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return (a > b) - (a < b);
}

static metagame_status find_selections(run *r) {
  const metagame_ggml_batch *b = r->b;
  size_t n = 0;
  r->selections = malloc((b->n_terms + 1) * sizeof *r->selections);
  if (!r->selections) return mtgg_no_memory(r->err);
  if (b->logits) r->selections[n++] = 0;
  for (size_t k = 0; (b->values || b->gradients) && k < b->n_terms; ++k) r->selections[n++] = b->terms[k].from_end;
  qsort(r->selections, n, sizeof *r->selections, ascending);
  for (size_t k = 0; k < n; ++k)
    if (r->n_selections == 0 || r->selections[r->n_selections - 1] != r->selections[k])
      r->selections[r->n_selections++] = r->selections[k];
  return METAGAME_OK;
}

static size_t selection_of(const run *r, uint32_t from_end) {
  size_t k = 0;
  while (r->selections[k] != from_end) ++k;
  return k;
}

/* ---- one slice ------------------------------------------------------------------------------------------------------------ */

static void fill_inputs(const run *r, mtgg_graph *g, const size_t *sequences) {
  const metagame_ggml_batch *b = r->b;
  const mtgg_slice *slice = &g->slice;
  size_t width = r->engine->shape.width;
  float *input = g->input->data;
  int32_t *positions = g->positions->data, *selection = g->selection ? g->selection->data : NULL;
  for (size_t k = 0; k < slice->n; ++k) {
    size_t first = sequences[k] * b->stride;
    uint32_t length = length_of(b, sequences[k]);
    float *rows = input + k * slice->length * width;
    if (b->tokens) mtgg_embed(r->engine, b->tokens + first, length, rows);
    else memcpy(rows, b->embeddings + first * width, length * width * sizeof *rows);
    memset(rows + length * width, 0, (slice->length - length) * width * sizeof *rows); /* all bits zero is 0.0f */
    for (size_t at = 0; at < slice->length; ++at) positions[k * slice->length + at] = (int32_t)(r->n_prefix + at);
    for (size_t s = 0; s < slice->n_selected; ++s)
      selection[s * slice->n + k] = (int32_t)(k * slice->length + length - 1 - r->selections[s]);
  }
}

static metagame_status read_values(const run *r, const mtgg_graph *g, const size_t *sequences) {
  const metagame_ggml_batch *b = r->b;
  size_t width = r->engine->shape.width;
  const float *final = g->final->data, *output = r->engine->weights.output->data;
  for (size_t k = 0; k < g->slice.n; ++k) {
    double *values = b->values + sequences[k] * b->n_functionals;
    for (uint32_t f = 0; f < b->n_functionals; ++f) values[f] = 0.0;
    for (size_t t = 0; t < b->n_terms; ++t) {
      const float *row = output + (size_t)b->terms[t].token * width;
      const float *at = final + (selection_of(r, b->terms[t].from_end) * g->slice.n + k) * width;
      double sum = 0.0;
      for (size_t c = 0; c < width; ++c) sum += (double)row[c] * (double)at[c];
      values[b->terms[t].functional] += b->terms[t].weight * sum;
    }
    for (uint32_t f = 0; f < b->n_functionals; ++f)
      if (!isfinite(values[f])) return mtgg_fail(r->err, METAGAME_E_NONFINITE, "the logits of sequence %zu are not finite", sequences[k]);
  }
  return METAGAME_OK;
}

static metagame_status read_logits(const run *r, const mtgg_graph *g, const size_t *sequences) {
  size_t n = r->engine->shape.n_vocab;
  for (size_t k = 0; k < g->slice.n; ++k) {
    const float *from = (const float *)g->logits->data + k * n;
    if (!all_finite(from, n)) return mtgg_fail(r->err, METAGAME_E_NONFINITE, "the logits of sequence %zu are not finite", sequences[k]);
    memcpy(r->b->logits + sequences[k] * n, from, n * sizeof *from);
  }
  return METAGAME_OK;
}

/* Mean over heads of each layer. */
static metagame_status read_attention(const run *r, const mtgg_graph *g, const size_t *sequences) {
  const metagame_ggml_batch *b = r->b;
  const mtgg_shape *s = &r->engine->shape;
  size_t columns = r->n_prefix + b->stride;
  for (size_t k = 0; k < g->slice.n; ++k)
    for (uint32_t layer = 0; layer < s->n_layers; ++layer) {
      const mtgg_attention *p = &g->tapes[layer].attention;
      const float *maps = g->tapes[layer].probabilities->data;
      float *out = b->attention + (sequences[k] * s->n_layers + layer) * b->stride * columns;
      uint32_t length = length_of(b, sequences[k]);
      for (size_t i = 0; i < length; ++i) {
        for (size_t j = 0; j < r->n_prefix + length; ++j) {
          float sum = 0.0f;
          for (size_t h = 0; h < s->n_heads; ++h) sum += maps[((k * s->n_heads + h) * p->length + i) * p->columns + j];
          out[i * columns + j] = sum / (float)s->n_heads;
        }
        if (!all_finite(out + i * columns, r->n_prefix + length))
          return mtgg_fail(r->err, METAGAME_E_NONFINITE, "the attention of layer %u in sequence %zu is not finite", layer + 1, sequences[k]);
      }
    }
  return METAGAME_OK;
}

static void fill_seed(const run *r, mtgg_graph *g, uint32_t functional) {
  const metagame_ggml_batch *b = r->b;
  size_t width = r->engine->shape.width, n = g->slice.n;
  float *seed = g->seed->data;
  const float *output = r->engine->weights.output->data, *norm = r->engine->weights.output_norm->data;
  memset(seed, 0, ggml_nbytes(g->seed));
  for (size_t t = 0; t < b->n_terms; ++t) {
    if (b->terms[t].functional != functional) continue;
    const float *row = output + (size_t)b->terms[t].token * width;
    float *first = seed + selection_of(r, b->terms[t].from_end) * n * width;
    for (size_t c = 0; c < width; ++c) first[c] += (float)(b->terms[t].weight * (double)row[c] * (double)norm[c]);
  }
  for (size_t s = 0; s < r->n_selections; ++s)
    for (size_t k = 1; k < n; ++k) memcpy(seed + (s * n + k) * width, seed + s * n * width, width * sizeof *seed);
}

static metagame_status run_backward(const run *r, mtgg_graph *g, const size_t *sequences) {
  const metagame_ggml_batch *b = r->b;
  size_t width = r->engine->shape.width;
  MTGG_TRY(mtgg_backward_build(g, b->backward, r->err));
  for (uint32_t f = 0; f < b->n_functionals; ++f) {
    fill_seed(r, g, f);
    MTGG_TRY(mtgg_compute(r->engine, g->backward, r->err));
    for (size_t k = 0; k < g->slice.n; ++k) {
      size_t n = length_of(b, sequences[k]) * width;
      const float *from = (const float *)g->gradient->data + k * g->slice.length * width;
      if (!all_finite(from, n)) return mtgg_fail(r->err, METAGAME_E_NONFINITE, "the gradient of sequence %zu is not finite", sequences[k]);
      memcpy(b->gradients + (sequences[k] * b->n_functionals + f) * b->stride * width, from, n * sizeof *from);
    }
  }
  return METAGAME_OK;
}

static metagame_status run_slice(run *r, const size_t *sequences, size_t n) {
  const metagame_ggml_batch *b = r->b;
  mtgg_slice slice = { .n = n, .length = length_of(b, sequences[0]), .n_prefix = r->n_prefix, .prefix = b->prefix };
  slice.n_selected = r->n_selections;
  slice.keep = b->gradients != NULL;
  slice.want_attention = b->attention != NULL;
  slice.want_logits = b->logits != NULL;
  if (b->hidden) {
    memset(r->hidden, 0, n * slice.length);
    for (size_t k = 0; k < n; ++k)
      memcpy(r->hidden + k * slice.length, b->hidden + sequences[k] * b->stride, length_of(b, sequences[k]));
    slice.hidden = r->hidden;
  }
  mtgg_graph g;
  MTGG_TRY(mtgg_scratch(r->engine, &slice, r->err));
  metagame_status status = mtgg_forward_build(&g, r->engine, &slice, r->err);
  if (status == METAGAME_OK) {
    fill_inputs(r, &g, sequences);
    status = mtgg_compute(r->engine, g.forward, r->err);
  }
  if (status == METAGAME_OK && b->values) status = read_values(r, &g, sequences);
  if (status == METAGAME_OK && b->logits) status = read_logits(r, &g, sequences);
  if (status == METAGAME_OK && b->attention) status = read_attention(r, &g, sequences);
  if (status == METAGAME_OK && b->gradients) status = run_backward(r, &g, sequences);
  mtgg_graph_destroy(&g);
  return status;
}

static metagame_status run_all(run *r) {
  const metagame_ggml_batch *b = r->b;
  MTGG_TRY(sort_sequences(r));
  MTGG_TRY(find_selections(r));
  size_t most = r->engine->batch_tokens;
  if (b->hidden) {
    size_t longest = length_of(b, r->order[0]);
    r->hidden = malloc(longest > most ? longest : most);
    if (!r->hidden) return mtgg_no_memory(r->err);
  }
  for (size_t first = 0; first < b->n_sequences;) {
    size_t fit = most / length_of(b, r->order[first]), left = b->n_sequences - first;
    if (fit == 0) fit = 1;
    size_t slices = (left + fit - 1) / fit;
    size_t n = (left + slices - 1) / slices; /* equal slices, no small last one */
    MTGG_TRY(run_slice(r, r->order + first, n));
    first += n;
  }
  return METAGAME_OK;
}

metagame_status metagame_ggml_run(metagame_ggml *engine, const metagame_ggml_batch *batch, metagame_error *err) {
  if (!engine || !batch) return mtgg_fail(err, METAGAME_E_NULL, "%s is NULL", engine ? "batch" : "engine");
  metagame_ggml_batch own;
  MTGG_TRY(mtgg_read_struct(&own, sizeof own, batch, sizeof own, "metagame_ggml_batch", err));
  run r = { engine, &own, own.prefix ? own.prefix->n : 0, NULL, NULL, 0, NULL, err };
  MTGG_TRY(check(&r));
  pthread_mutex_lock(&engine->lock);
  metagame_status status = run_all(&r);
  mtgg_unlock(engine);
  free(r.order);
  free(r.selections);
  free(r.hidden);
  return status;
}
