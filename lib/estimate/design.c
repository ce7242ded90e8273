/* SPDX-License-Identifier: MIT */
/* A design's rows are the units whose coalition has the own player, or all; with the last player l that varies eliminated the
 * regressors are z_j - z_l, and the normal matrix is sum W (z_a - z_l)(z_b - z_l): counts for each weight (gram.c). Time k^2 U/128 for
 * the matrix and k^3/3 for its Cholesky factor; memory k U/64 words and 2 k^2 numbers. */
#include "estimate/design.h"

#include <math.h>

#include "base/linalg.h"
#include "base/saturate.h"

uint64_t mtg_design_most_rows(const mtg_problem *problem) {
  const uint64_t n = problem->n;
  return n < 62 && problem->budget > UINT64_C(1) << n ? UINT64_C(1) << n : problem->budget;
}

uint64_t mtg_design_most_units(const mtg_problem *problem) {
  return mtg_plus(mtg_design_most_rows(problem) / (problem->has_pinned ? 1 : 2), problem->n);
}

static uint64_t most_units(const mtg_kernel *kernel) { return kernel->n_units + (kernel->paired ? 0 : kernel->problem->n); }

static size_t most_stride(uint64_t units, uint32_t n) {
  const uint64_t segments = units < n ? units : n; /* every segment may waste a word */
  return (size_t)(units / 64 + segments + 1);
}

/* ---- lists ---- */

uint64_t mtg_lists_bytes(const mtg_problem *problem) {
  const uint64_t n = problem->n;
  return mtg_plus(mtg_times(mtg_design_most_units(problem), sizeof(uint64_t)),
                  (2 * n + 4) * sizeof(uint64_t) + problem->m * sizeof(uint32_t) + 4 * MTG_BLOCK_OVERHEAD);
}

static void sort_units(mtg_lists *lists, const mtg_kernel *kernel) {
  const size_t words = kernel->problem->words;
  for (uint64_t unit = 0; unit < kernel->n_units; ++unit) ++lists->size_offset[mtg_mask_count(kernel->units + unit * words, words) + 1];
  for (uint32_t t = 0; t <= kernel->problem->n; ++t) lists->size_offset[t + 1] += lists->size_offset[t];
  for (uint64_t unit = 0; unit < kernel->n_units; ++unit) /* moves the offsets up by one size, undone below */
    lists->by_size[lists->size_offset[mtg_mask_count(kernel->units + unit * words, words)]++] = unit;
  for (uint32_t t = kernel->problem->n + 1; t > 0; --t) lists->size_offset[t] = lists->size_offset[t - 1];
  lists->size_offset[0] = 0;
}

static void sort_targets(mtg_lists *lists, const mtg_problem *problem) {
  for (uint32_t i = 0; i < problem->m; ++i) ++lists->player_offset[problem->own[i] + 2];
  for (uint32_t p = 0; p <= problem->n; ++p) lists->player_offset[p + 1] += lists->player_offset[p];
  for (uint32_t i = 0; i < problem->m; ++i) lists->by_player[lists->player_offset[problem->own[i] + 1]++] = i;
  for (uint32_t p = problem->n + 1; p > 0; --p) lists->player_offset[p] = lists->player_offset[p - 1];
  lists->player_offset[0] = 0;
}

metagame_status mtg_lists_open(mtg_lists *lists, const mtg_kernel *kernel, metagame_error *err) {
  const mtg_problem *problem = kernel->problem;
  const mtg_alloc *alloc = &problem->alloc;
  lists->by_size = mtg_new(alloc, kernel->n_units, sizeof *lists->by_size);
  lists->size_offset = mtg_new(alloc, (size_t)problem->n + 2, sizeof *lists->size_offset);
  lists->by_player = mtg_new(alloc, problem->m, sizeof *lists->by_player);
  lists->player_offset = mtg_new(alloc, (size_t)problem->n + 2, sizeof *lists->player_offset);
  if (!lists->by_size || !lists->size_offset || !lists->by_player || !lists->player_offset)
    return mtg_fail_memory(err, alloc, "the regression solver");
  sort_units(lists, kernel);
  sort_targets(lists, problem);
  return METAGAME_OK;
}

void mtg_lists_close(mtg_lists *lists, const mtg_alloc *alloc) {
  mtg_free(alloc, lists->by_size);
  mtg_free(alloc, lists->size_offset);
  mtg_free(alloc, lists->by_player);
  mtg_free(alloc, lists->player_offset);
}

/* ---- one design ---- */

uint64_t mtg_factor_bytes(const mtg_problem *problem) {
  const uint64_t n = problem->n, units = mtg_design_most_units(problem);
  const uint64_t fixed = (n + 1) * sizeof(mtg_segment) + (2 * n * n + 8 * n) * sizeof(double) + 6 * MTG_BLOCK_OVERHEAD;
  return mtg_plus(mtg_plus(fixed, mtg_times(n * sizeof(uint64_t), most_stride(units, problem->n))), mtg_times(units, 2 * sizeof(double)));
}

metagame_status mtg_factor_open(mtg_factor *factor, const mtg_kernel *kernel, const mtg_lists *lists, metagame_error *err) {
  const mtg_alloc *alloc = &kernel->problem->alloc;
  const size_t n = kernel->problem->n, units = most_units(kernel);
  factor->kernel = kernel;
  factor->lists = lists;
  factor->stride = most_stride(units, kernel->problem->n);
  factor->columns = mtg_new(alloc, n, factor->stride * sizeof *factor->columns);
  factor->segments = mtg_new(alloc, n + 1, sizeof *factor->segments);
  factor->chosen = mtg_new(alloc, units, sizeof *factor->chosen);
  factor->weights = mtg_new(alloc, units, sizeof *factor->weights);
  factor->factor = mtg_new(alloc, n, n * sizeof *factor->factor);
  factor->work = mtg_new(alloc, n, (n + 4) * sizeof *factor->work);
  if (!factor->columns || !factor->segments || !factor->chosen || !factor->weights || !factor->factor || !factor->work)
    return mtg_fail_memory(err, alloc, "the regression solver");
  return METAGAME_OK;
}

void mtg_factor_close(mtg_factor *factor) {
  if (!factor->kernel) return;
  const mtg_alloc *alloc = &factor->kernel->problem->alloc;
  void *const blocks[] = { factor->columns, factor->segments, factor->chosen, factor->weights, factor->factor, factor->work };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(alloc, blocks[b]);
}

/* Notes that a unit (the singleton `single` when mask is NULL) is the next row of the design. */
static void choose_unit(mtg_factor *g, mtg_design *d, uint64_t row, const uint64_t *mask, uint32_t single, double weight, size_t bit) {
  const uint32_t n = g->kernel->problem->n;
  for (uint32_t player = 0, v = 0; player < n; ++player) {
    if ((int32_t)player == d->own) continue;
    const uint64_t has = mask ? (uint64_t)mtg_mask_has(mask, player) : (uint64_t)(player == single);
    g->columns[v++ * g->stride + bit / 64] |= has << (bit % 64);
  }
  g->chosen[d->n_units] = row;
  g->weights[d->n_units++] = weight;
}

/* Lists the units of the first n_told, sizes of equal weight together: segments, columns, chosen rows. */
static void choose(mtg_factor *g, mtg_design *d, uint64_t n_told) {
  const mtg_kernel *kernel = g->kernel;
  const mtg_problem *problem = kernel->problem;
  const uint32_t n = problem->n;
  size_t n_segments = 0, bit = 0;
  double most = 0;
  for (uint32_t t = 1; t < n; ++t) most = fmax(most, mtg_design_weight_of_size(kernel, d->own, t));
  d->n_units = 0;
  memset(g->columns, 0, n * g->stride * sizeof *g->columns);
  for (uint32_t t = 1, end; t < n; t = end) { /* sizes t..end-1 have one weight; a pair stands under its first coalition's size */
    const double weight = mtg_design_weight_of_size(kernel, d->own, t);
    end = t + 1;
    if (!(weight > 0)) continue;
    while (end < n && mtg_design_weight_of_size(kernel, d->own, end) == weight) ++end;
    bit = (bit + 63) / 64 * 64;
    const size_t first_bit = bit;
    for (uint32_t single = 0; t == 1 && !kernel->paired && d->own < 0 && single < n; ++single)
      choose_unit(g, d, mtg_design_singles_at(kernel) + single, NULL, single, weight / most, bit++);
    for (uint64_t at = g->lists->size_offset[t]; at < g->lists->size_offset[end]; ++at) {
      const uint64_t unit = g->lists->by_size[at];
      const uint64_t *mask = kernel->units + unit * problem->words;
      if (unit >= n_told || (d->own >= 0 && !mtg_mask_has(mask, (uint32_t)d->own))) continue;
      choose_unit(g, d, kernel->n_header + unit * (kernel->paired ? 2 : 1), mask, 0, weight / most, bit++);
    }
    if (bit == first_bit) continue;
    g->segments[n_segments].first = first_bit / 64;
    g->segments[n_segments].end = (bit + 63) / 64;
    g->segments[n_segments++].weight = weight / most;
  }
  if (d->k > 1) mtg_gram(g->columns, d->k, g->stride, g->segments, n_segments, g->factor);
}

void mtg_design_prepare(mtg_factor *g, mtg_design *d, int32_t own, uint64_t n_told) {
  const uint32_t n = g->kernel->problem->n;
  d->own = own;
  d->k = own >= 0 ? n - 1 : n;
  d->last = own == (int32_t)n - 1 ? n - 2 : n - 1;
  d->rank = d->k > 0 ? d->k - 1 : 0;
  d->rcond = 1;
  d->singular = 0;
  d->has_leverage = 0;
  d->n_units = 0;
  if (d->k < 2) return;
  choose(g, d, n_told);
  d->singular = mtg_spd_factor(g->factor, d->k - 1, g->work, &d->rank, &d->rcond);
}

metagame_status mtg_design_fail_singular(const mtg_kernel *kernel, const mtg_design *d, uint32_t target, metagame_error *err) {
  return mtg_fail(err, METAGAME_E_SINGULAR, "target %u: the %llu sampled units have rank %zu, %u needed; raise options.max_evaluations "
                  "(now %llu) or change the seed", target, (unsigned long long)d->n_units, d->rank, d->k - 1,
                  (unsigned long long)kernel->problem->budget);
}

metagame_status mtg_design_check_small_plan(mtg_factor *g, metagame_error *err) {
  const mtg_kernel *kernel = g->kernel;
  const mtg_problem *problem = kernel->problem;
  if (!mtg_kernel_is_small(kernel)) return METAGAME_OK;
  for (int32_t own = METAGAME_NO_PLAYER; own < (int32_t)problem->n; ++own) {
    mtg_design d;
    if (g->lists->player_offset[own + 1] == g->lists->player_offset[own + 2]) continue;
    mtg_design_prepare(g, &d, own, kernel->n_units);
    if (d.singular) return mtg_design_fail_singular(kernel, &d, g->lists->by_player[g->lists->player_offset[own + 1]], err);
  }
  return METAGAME_OK;
}
