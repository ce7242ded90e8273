/* SPDX-License-Identifier: MIT */
/* Tallies with sampled sizes (docs/mathematics.md, section 10). Enumerated sizes are summed. Of a size t with c draws in each group, each
 * group has the Horvitz-Thompson estimate with a surrogate s as control variate:
 *
 *   F_Q(t) ~ sum_{T has Q, |T| = t} s(T) + C(n,t)/c sum_{draws T with Q} (d(T) - s(T))
 *
 * s is fitted on groups of other folds (estimate/surrogate.c), which are independent: each group is unbiased, and so is their mean.
 * For a pinned target d = s = 0 where its own player is absent. Time O(rows * C(t, order) * m) beside the fit; memory
 * rows * m for the draws and n^order/order! * (n+1) * m for each group. */
#include "estimate/strata.h"

#include <math.h>

#include "base/saturate.h"
#include "estimate/surrogate.h"

struct mtg_strata_sums {
  const mtg_strata *plan;
  mtg_tally *tally;
  uint64_t taken;
  uint64_t *masks;   /* of the draws */
  double *values;    /* of the draws: m differences from the start each */
  double *row;       /* m */
  uint64_t first[MTG_MOST_ORDER + 1][MTG_STRATA_SIZES]; /* mtg_cell_count(order, player) */
};

static uint64_t sampled_rows(const mtg_strata *plan) { return plan->n_groups * plan->per_group; }

uint64_t mtg_strata_sums_bytes(const mtg_strata *plan) {
  const mtg_problem *problem = plan->problem;
  const uint64_t rows = sampled_rows(plan), m = problem->m;
  uint64_t bytes = sizeof(mtg_strata_sums) + m * sizeof(double) + 4 * MTG_BLOCK_OVERHEAD;
  bytes = mtg_plus(bytes, mtg_times(rows, sizeof(uint64_t) + m * sizeof(double)));
  bytes = mtg_plus(bytes, mtg_times(plan->n_groups + 1, mtg_tally_bytes(problem->n, problem->m, problem->order)));
  if (!plan->n_groups) return bytes;
  const uint64_t finishing = mtg_surrogate_bytes(problem->n, problem->m) + ((uint64_t)problem->n * (problem->n + 1) / 2) * sizeof(double);
  return mtg_plus(bytes, finishing + MTG_STRATA_GROUPS * sizeof(void *) + 2 * MTG_BLOCK_OVERHEAD);
}

metagame_status mtg_strata_sums_open(mtg_strata_sums **out, const mtg_strata *plan, metagame_error *err) {
  const mtg_problem *problem = plan->problem;
  const mtg_alloc *alloc = &problem->alloc;
  mtg_strata_sums *sums = mtg_new(alloc, 1, sizeof *sums);
  if (!sums) return mtg_fail_memory(err, alloc, "the stratified solver");
  sums->plan = plan;
  for (uint32_t order = 0; order <= MTG_MOST_ORDER; ++order)
    for (uint32_t player = 0; player < problem->n; ++player) sums->first[order][player] = mtg_cell_count(order, player);
  metagame_status status = mtg_tally_open(&sums->tally, alloc, problem->n, problem->m, problem->order, problem->own, err);
  if (status == METAGAME_OK) {
    sums->masks = mtg_new(alloc, sampled_rows(plan) + 1, sizeof *sums->masks);
    sums->values = mtg_new(alloc, sampled_rows(plan) + 1, problem->m * sizeof *sums->values);
    sums->row = mtg_new(alloc, problem->m, sizeof *sums->row);
    if (!sums->masks || !sums->values || !sums->row) status = mtg_fail_memory(err, alloc, "the stratified solver");
  }
  if (status != METAGAME_OK) {
    mtg_strata_sums_close(sums);
    return status;
  }
  *out = sums;
  return METAGAME_OK;
}

void mtg_strata_sums_close(mtg_strata_sums *sums) {
  if (!sums) return;
  const mtg_alloc *alloc = &sums->plan->problem->alloc;
  mtg_tally_close(sums->tally);
  mtg_free(alloc, sums->masks);
  mtg_free(alloc, sums->values);
  mtg_free(alloc, sums->row);
  mtg_free(alloc, sums);
}

/* ---- sums ---- */

static void add(mtg_tally *tally, uint64_t cell, uint32_t t, const double *values, double factor) {
  double *sum = tally->sums + (cell * (tally->n + 1) + t) * tally->m;
  for (uint32_t i = 0; i < tally->m; ++i) sum[i] += factor * values[i];
}

/* A coalition into all sets that it holds. */
static void add_coalition(const mtg_strata_sums *sums, mtg_tally *tally, uint64_t mask, const double *values, double factor) {
  uint32_t players[MTG_STRATA_SIZES], t = 0;
  const uint32_t order = tally->order;
  for (; mask; mask &= mask - 1) players[t++] = mtg_lowest_bit(mask);
  add(tally, 0, t, values, factor);
  for (uint32_t a = 0; a < t; ++a) {
    const uint64_t one = sums->first[order][players[a]];
    add(tally, one, t, values, factor);
    for (uint32_t b = 0; order > 1 && b < a; ++b) {
      const uint64_t two = one + sums->first[order - 1][players[b]];
      add(tally, two, t, values, factor);
      for (uint32_t c = 0; order > 2 && c < b; ++c) add(tally, two + sums->first[order - 2][players[c]], t, values, factor);
    }
  }
}

/* Differences from the start where the target's game sees the coalition, else 0. */
static void take_differences(mtg_tally *tally, uint64_t mask, const double *row, double *out) {
  for (uint32_t i = 0; i < tally->m; ++i) {
    const int32_t own = tally->own[i];
    out[i] = own < 0 || (mask >> own & 1) ? row[i] - tally->start[i] + 0.0 : 0;
    tally->magnitude[i] = fmax(tally->magnitude[i], fabs(out[i]));
  }
}

static void take_header(mtg_strata_sums *sums, uint64_t mask, const double *row) {
  const mtg_strata *plan = sums->plan;
  mtg_tally *tally = sums->tally;
  const uint64_t everyone = (UINT64_C(1) << tally->n) - 1;
  if (mask == everyone) memcpy(tally->last, row, tally->m * sizeof *row);
  for (uint32_t i = 0; i < tally->m; ++i) {
    const int32_t own = tally->own[i];
    if (mask == (own < 0 ? 0 : UINT64_C(1) << own)) tally->start[i] = row[i];
  }
  if (mask != everyone) {
    take_differences(tally, mask, row, sums->row);
    add_coalition(sums, tally, mask, sums->row, 1);
  }
  if (sums->taken + 1 < plan->n_header) return;
  take_differences(tally, everyone, tally->last, sums->row); /* all starts are known by now */
  add_coalition(sums, tally, everyone, sums->row, 1);
}

void mtg_strata_sums_take(mtg_strata_sums *sums, const double *rows, size_t n_rows) {
  const mtg_strata *plan = sums->plan;
  const uint32_t m = sums->tally->m;
  for (size_t r = 0; r < n_rows; ++r, ++sums->taken) {
    const double *row = rows + r * m;
    const uint64_t mask = mtg_strata_row(plan, sums->taken), known = plan->n_header + plan->n_exact;
    if (sums->taken < plan->n_header) {
      take_header(sums, mask, row);
    } else if (sums->taken < known) {
      take_differences(sums->tally, mask, row, sums->row);
      add_coalition(sums, sums->tally, mask, sums->row, 1);
    } else {
      sums->masks[sums->taken - known] = mask;
      take_differences(sums->tally, mask, row, sums->values + (sums->taken - known) * m);
    }
  }
}

uint64_t mtg_strata_sums_taken(const mtg_strata_sums *sums) { return sums->taken; }
const mtg_tally *mtg_strata_sums_partial(const mtg_strata_sums *sums) { return sums->tally; }

/* ---- groups ---- */

/* The draws of a group, less the surrogate. */
static void add_draws(mtg_strata_sums *sums, const mtg_surrogate *surrogate, uint32_t group, double *features) {
  const mtg_strata *plan = sums->plan;
  const uint32_t m = sums->tally->m;
  for (uint64_t row = group * plan->per_group; row < (group + 1) * plan->per_group; ++row) {
    const uint64_t mask = sums->masks[row];
    const uint32_t t = mtg_popcount(mask);
    mtg_surrogate_at(surrogate, group % MTG_SURROGATE_FOLDS, sums->tally->own, mask, features, sums->row);
    for (uint32_t i = 0; i < m; ++i) sums->row[i] = sums->values[row * m + i] - sums->row[i];
    add_coalition(sums, sums->tally->groups[group], mask, sums->row, plan->all[t] / (double)plan->draws[t]);
  }
}

/* The parts of one cell that are not drawn: enumerated sizes and the surrogate's own sums; then the mean over groups. */
static void complete_cell(const mtg_strata_sums *sums, const mtg_surrogate *surrogate, const uint32_t *players, uint32_t count) {
  mtg_tally *tally = sums->tally;
  const uint32_t groups = tally->n_groups;
  const size_t cell = (size_t)mtg_cell(tally->order, players, count) * (tally->n + 1);
  for (uint32_t t = 0; t <= tally->n; ++t) {
    const int is_drawn = sums->plan->draws[t] > 0;
    for (uint32_t i = 0; i < tally->m; ++i) {
      const size_t at = (cell + t) * tally->m + i;
      const int32_t own = tally->own[i];
      int has_own = 0;
      for (uint32_t b = 0; b < count; ++b) has_own |= (int32_t)players[b] == own;
      double mean = 0, known[MTG_SURROGATE_FOLDS];
      for (uint32_t fold = 0; fold < MTG_SURROGATE_FOLDS; ++fold)
        known[fold] = !is_drawn ? tally->sums[at] : has_own ? 0 : mtg_surrogate_sum(surrogate, fold, i, own, players, count, t);
      for (uint32_t g = 0; g < groups; ++g) {
        tally->groups[g]->sums[at] += known[g % MTG_SURROGATE_FOLDS];
        mean += tally->groups[g]->sums[at] / groups;
      }
      if (is_drawn) tally->sums[at] = mean;
    }
  }
}

static void complete_cells(const mtg_strata_sums *sums, const mtg_surrogate *surrogate) {
  const mtg_tally *tally = sums->tally;
  uint32_t p[MTG_MOST_ORDER];
  complete_cell(sums, surrogate, p, 0);
  for (p[0] = 0; p[0] < tally->n; ++p[0]) complete_cell(sums, surrogate, p, 1);
  for (p[1] = 1; tally->order > 1 && p[1] < tally->n; ++p[1])
    for (p[0] = 0; p[0] < p[1]; ++p[0]) complete_cell(sums, surrogate, p, 2);
  for (p[2] = 2; tally->order > 2 && p[2] < tally->n; ++p[2])
    for (p[1] = 1; p[1] < p[2]; ++p[1])
      for (p[0] = 0; p[0] < p[1]; ++p[0]) complete_cell(sums, surrogate, p, 3);
}

static metagame_status finish_groups(mtg_strata_sums *sums, uint32_t n_groups, metagame_error *err) {
  const mtg_strata *plan = sums->plan;
  mtg_tally *tally = sums->tally;
  mtg_surrogate surrogate;
  const mtg_surrogate_rows rows = { tally->n,    tally->m,    n_groups,     tally->own, plan->per_group,
                                    sums->masks, sums->values, tally->magnitude };
  MTG_TRY(mtg_surrogate_open(&surrogate, &tally->alloc, tally->n, tally->m, err));
  double *features = mtg_new(&tally->alloc, surrogate.count, sizeof *features);
  metagame_status status = features ? mtg_surrogate_fit(&surrogate, &rows, err)
                                    : mtg_fail_memory(err, &tally->alloc, "the stratified solver");
  if (status == METAGAME_OK) status = mtg_tally_add_groups(tally, n_groups, err);
  if (status == METAGAME_OK) {
    for (uint32_t g = 0; g < n_groups; ++g) add_draws(sums, &surrogate, g, features);
    complete_cells(sums, &surrogate);
  }
  mtg_free(&tally->alloc, features);
  mtg_surrogate_close(&surrogate);
  return status;
}

metagame_status mtg_strata_sums_finish(mtg_tally **out, mtg_strata_sums *sums, metagame_error *err) {
  const mtg_strata *plan = sums->plan;
  const uint64_t known = plan->n_header + plan->n_exact;
  const uint64_t groups = plan->n_groups && sums->taken > known ? (sums->taken - known) / plan->per_group : 0;
  *out = NULL;
  if (sums->taken < known || (plan->n_groups && groups == 0)) return METAGAME_OK;
  if (groups > 0)
    MTG_TRY(finish_groups(sums, (uint32_t)groups, err));
  else
    mtg_tally_find_nulls(sums->tally);
  *out = sums->tally;
  sums->tally = NULL;
  return METAGAME_OK;
}
