/* SPDX-License-Identifier: MIT */
/* The common loop of the gradient methods: every coalition becomes background rows x nodes rows of numbers, which go through the
 * model's gradient in its batches; sums run in a fixed order. Where the rows are background rows drawn at random (MTG_RULE_DRAWS),
 * every coalition becomes `samples` rows. Memory: one batch of rows and gradients. */
#include <math.h>
#include <string.h>

#include "attributors/builtin.h"
#include "base/mask.h"

typedef struct walk {
  const mtg_builtin *builtin;
  const uint64_t *masks;
  size_t words, n_nodes, n_background, chunk;
  double *rows, *gradients; /* chunk rows each */
  double *z;                /* the coalition's row */
  double *integral, *phi;   /* sums over nodes; over background rows */
  double *noise;            /* of the pair of flat rows 2 noise_pair, 2 noise_pair + 1 */
  size_t noise_pair;
} walk;

/* What flat row `index` stands for. */
typedef struct place {
  const uint64_t *mask;
  size_t node, pass; /* pass: of the loop over background rows */
  size_t background; /* the row itself */
  double point;      /* on the path */
} place;

static const double *baseline_row(const mtg_builtin *builtin, size_t background) {
  return builtin->baseline ? builtin->baseline : builtin->masked->background + background * builtin->n_features;
}

static place place_of(const walk *w, size_t index) {
  const mtg_builtin *builtin = w->builtin;
  place at = { w->masks + index / w->n_nodes / w->n_background * w->words, index % w->n_nodes,
               index / w->n_nodes % w->n_background, 0, 1 };
  at.background = at.pass;
  if (builtin->kind->rule == MTG_RULE_PATH) at.point = builtin->nodes[at.node];
  if (builtin->kind->rule == MTG_RULE_DRAWS)
    mtg_draw_point(builtin, at.mask, at.node, builtin->masked->n_background, &at.background, &at.point);
  return at;
}

static void make_row(walk *w, size_t index, double *row) {
  const mtg_builtin *builtin = w->builtin;
  const int rule = builtin->kind->rule;
  const place at = place_of(w, index);
  mtg_masked_row(builtin->masked, at.mask, at.background, row);
  if (rule == MTG_RULE_PATH || rule == MTG_RULE_DRAWS) {
    const double *b = baseline_row(builtin, at.background);
    for (uint32_t k = 0; k < builtin->n_features; ++k) row[k] = b[k] + at.point * (row[k] - b[k]);
  }
  if (rule == MTG_RULE_NOISE) {
    if (w->noise_pair != index / 2) mtg_draw_noise(builtin, at.mask, at.node / 2, w->noise);
    w->noise_pair = index / 2;
    for (uint32_t k = 0; k < builtin->n_features; ++k) row[k] += at.node % 2 ? -w->noise[k] : w->noise[k];
  }
}

/* Adds multiplier * integral / count to phi. */
static void add_terms(walk *w, const place *at, const double *integral, size_t count) {
  const mtg_builtin *builtin = w->builtin;
  mtg_masked_row(builtin->masked, at->mask, at->background, w->z);
  const double *b = baseline_row(builtin, at->background);
  for (size_t k = 0; k < builtin->n_features; ++k) {
    double term = builtin->kind->multiplier(w->z[k], b[k]) * integral[k];
    w->phi[k] += count == 1 ? term : term / (double)count;
  }
}

/* Adds the gradient of flat row `index`; after the last row of a coalition phi is complete and 1 is returned. */
static int take_gradient(walk *w, size_t index, const double *gradient) {
  const mtg_builtin *builtin = w->builtin;
  const place at = place_of(w, index);
  const size_t n = builtin->n_features;
  if (at.node == 0 && at.pass == 0) memset(w->phi, 0, n * sizeof(double));
  if (builtin->kind->rule == MTG_RULE_DRAWS) {
    add_terms(w, &at, gradient, w->n_nodes);
    return at.node + 1 == w->n_nodes;
  }
  if (at.node == 0) memset(w->integral, 0, n * sizeof(double));
  const double weight = builtin->kind->rule == MTG_RULE_PATH ? builtin->weights[at.node] : 1 / (double)w->n_nodes;
  for (size_t k = 0; k < n; ++k) w->integral[k] += weight * gradient[k];
  if (at.node + 1 < w->n_nodes) return 0;
  add_terms(w, &at, w->integral, w->n_background);
  return at.pass + 1 == w->n_background;
}

static metagame_status open_walk(walk *w, const mtg_builtin *builtin, const uint64_t *masks, size_t n_masks, metagame_error *err) {
  const size_t n = builtin->n_features;
  memset(w, 0, sizeof *w);
  w->builtin = builtin;
  w->masks = masks;
  w->words = mtg_mask_words(builtin->masked->players.count);
  w->n_nodes = builtin->n_nodes;
  w->n_background = builtin->kind->rule == MTG_RULE_DRAWS ? 1 : builtin->masked->n_background;
  w->noise_pair = SIZE_MAX;
  const uint64_t total = (uint64_t)n_masks * w->n_nodes * w->n_background, batch = builtin->masked->model->callbacks.max_batch;
  w->chunk = (size_t)(total < batch ? total : batch);
  w->rows = mtg_new(&builtin->alloc, w->chunk, n * sizeof(double));
  w->gradients = mtg_new(&builtin->alloc, w->chunk, n * sizeof(double));
  w->z = mtg_new(&builtin->alloc, 4 * n, sizeof(double));
  if (!w->rows || !w->gradients || !w->z) return mtg_fail_memory(err, &builtin->alloc, "a batch of gradients");
  w->integral = w->z + n;
  w->phi = w->z + 2 * n;
  w->noise = w->z + 3 * n;
  return METAGAME_OK;
}

static void close_walk(walk *w) {
  mtg_free(&w->builtin->alloc, w->rows);
  mtg_free(&w->builtin->alloc, w->gradients);
  mtg_free(&w->builtin->alloc, w->z);
}

/* phi over all features at each coalition, handed to `take`. */
static metagame_status run(walk *w, size_t n_masks, void (*take)(walk *w, size_t index, void *out), void *out, metagame_error *err) {
  const size_t n = w->builtin->n_features, per_mask = w->n_nodes * w->n_background, total = n_masks * per_mask;
  for (size_t first = 0; first < total;) {
    size_t count = total - first < w->chunk ? total - first : w->chunk;
    for (size_t r = 0; r < count; ++r) make_row(w, first + r, w->rows + r * n);
    MTG_TRY(mtg_model_gradient(w->builtin->masked->model, w->rows, count, w->builtin->output, w->gradients, err));
    for (size_t r = 0; r < count; ++r)
      if (take_gradient(w, first + r, w->gradients + r * n)) take(w, (first + r) / per_mask, out);
    first += count;
  }
  return METAGAME_OK;
}

static void take_targets(walk *w, size_t index, void *out) {
  mtg_restricted_sum(w->builtin, w->phi, (double *)out + index * w->builtin->targets.count);
}

static void take_total(walk *w, size_t index, void *out) {
  double *total = out;
  (void)index;
  for (size_t k = 0; k < w->builtin->n_features; ++k) total[0] += w->phi[k];
}

int32_t METAGAME_CALL mtg_path_attribute(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  walk w;
  metagame_status status = open_walk(&w, user, masks, n_masks, err);
  if (status == METAGAME_OK) status = run(&w, n_masks, take_targets, rows, err);
  close_walk(&w);
  return status < 0 ? MTG_PASS_ON : 0;
}

static void fill_end(const void *context, size_t index, size_t b, double *row) {
  const walk *w = context;
  const mtg_builtin *builtin = w->builtin;
  if (index == 0)
    mtg_masked_row(builtin->masked, w->masks, b, row);
  else
    memcpy(row, baseline_row(builtin, b), builtin->n_features * sizeof *row);
}

int32_t METAGAME_CALL mtg_path_completeness(void *user, const uint64_t *mask, double *expected, double *residual, metagame_error *err) {
  const mtg_builtin *builtin = user;
  const uint32_t n_outputs = builtin->masked->n_outputs;
  double total = 0;
  walk w;
  metagame_status status = open_walk(&w, builtin, mask, 1, err);
  double *ends = mtg_new(&builtin->alloc, 2, n_outputs * sizeof(double));
  if (status == METAGAME_OK && !ends) status = mtg_fail_memory(err, &builtin->alloc, "the completeness check");
  if (status == METAGAME_OK) status = run(&w, 1, take_total, &total, err);
  if (status == METAGAME_OK) status = mtg_masked_mean(builtin->masked, 2, fill_end, &w, ends, err);
  if (status == METAGAME_OK) {
    *expected = ends[builtin->output] - ends[n_outputs + builtin->output];
    *residual = total - *expected;
  }
  mtg_free(&builtin->alloc, ends);
  close_walk(&w);
  return status < 0 ? MTG_PASS_ON : 0;
}
