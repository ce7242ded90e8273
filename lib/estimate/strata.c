/* SPDX-License-Identifier: MIT */
/* Tallies with sampled sizes (docs/mathematics.md, section 10). Enumerated sizes are summed. Of a size t with c draws in each group, each
 * group has the Horvitz-Thompson estimate with a surrogate s as control variate:
 *
 *   F_Q(t) ~ sum_{T has Q, |T| = t} s(T) + C(n,t)/c sum_{draws T with Q} (d(T) - s(T))
 *
 * s is fitted on groups of other folds, which are independent: each group is unbiased, and so is their mean. It is quadratic
 * (estimate/surrogate.c), or for a game of one free target, the base values of a closed form among them, the mean of a Gaussian process
 * (estimate/posterior.c) where that does better on those other folds.
 * For a pinned target d = s = 0 where its own player is absent. Time O(rows * C(t, order) * m) beside the fit; memory
 * rows * m for the draws and n^order/order! * (n+1) * m for each group. */
#include "estimate/strata.h"

#include <math.h>

#include "base/saturate.h"
#include "estimate/posterior.h"
#include "plan/sizes.h"

struct mtg_strata_sums {
  const mtg_strata *plan;
  mtg_tally *tally;
  uint32_t row_len, column; /* of the rows that are told: the tally's columns stand at `column` */
  uint64_t taken;
  uint64_t *masks;   /* of the draws */
  double *values;    /* of the draws: m differences from the start each */
  double *row;       /* m */
  uint64_t first[MTG_MOST_ORDER + 1][MTG_STRATA_SIZES]; /* mtg_cell_count(order, player) */
};

typedef struct controls {
  mtg_surrogate quadratic;
  mtg_posterior posterior;
  int has_posterior;
  double *features; /* of the quadratic one */
} controls;

/* A closed form needs the sums of pairs of one column. */
static uint32_t columns(const mtg_problem *problem) { return problem->closed ? 1 : problem->m; }
static uint32_t order_of(const mtg_problem *problem) { return problem->closed ? 2 : problem->order; }
static int32_t first_own(const mtg_problem *problem) { return problem->closed ? METAGAME_NO_PLAYER : problem->own[0]; }

static uint64_t sampled_rows(const mtg_strata *plan) { return plan->n_groups * plan->per_group; }

static int has_posterior(const mtg_strata *plan) {
  const mtg_problem *problem = plan->problem;
  return !problem->is_lean && mtg_posterior_fits(problem->n, columns(problem), first_own(problem), sampled_rows(plan));
}

uint64_t mtg_strata_sums_bytes(const mtg_strata *plan) {
  const mtg_problem *problem = plan->problem;
  const uint64_t rows = sampled_rows(plan), m = columns(problem);
  uint64_t bytes = sizeof(mtg_strata_sums) + m * sizeof(double) + 4 * MTG_BLOCK_OVERHEAD;
  bytes = mtg_plus(bytes, mtg_times(rows, sizeof(uint64_t) + m * sizeof(double)));
  bytes = mtg_plus(bytes, mtg_times(plan->n_groups + 1, mtg_tally_bytes(problem->n, (uint32_t)m, order_of(problem))));
  if (!plan->n_groups) return bytes;
  const uint64_t finishing = mtg_surrogate_bytes(problem->n, (uint32_t)m) + ((uint64_t)problem->n * (problem->n + 1) / 2) * sizeof(double) +
                             (has_posterior(plan) ? mtg_posterior_bytes(problem->n, rows) : 0);
  return mtg_plus(bytes, finishing + MTG_STRATA_GROUPS * sizeof(void *) + 2 * MTG_BLOCK_OVERHEAD);
}

metagame_status mtg_strata_sums_open(mtg_strata_sums **out, const mtg_strata *plan, metagame_error *err) {
  const mtg_problem *problem = plan->problem;
  const mtg_alloc *alloc = &problem->alloc;
  const int32_t none = METAGAME_NO_PLAYER;
  const uint32_t m = columns(problem);
  mtg_strata_sums *sums = mtg_new(alloc, 1, sizeof *sums);
  if (!sums) return mtg_fail_memory(err, alloc, "the stratified solver");
  sums->plan = plan;
  sums->row_len = problem->closed ? problem->row_len : m;
  sums->column = problem->closed ? problem->column : 0;
  for (uint32_t order = 0; order <= MTG_MOST_ORDER; ++order)
    for (uint32_t player = 0; player < problem->n; ++player) sums->first[order][player] = mtg_cell_count(order, player);
  metagame_status status = mtg_tally_open(&sums->tally, alloc, problem->n, m, order_of(problem), problem->closed ? &none : problem->own,
                                          err);
  if (status == METAGAME_OK) {
    sums->masks = mtg_new(alloc, sampled_rows(plan) + 1, sizeof *sums->masks);
    sums->values = mtg_new(alloc, sampled_rows(plan) + 1, m * sizeof *sums->values);
    sums->row = mtg_new(alloc, m, sizeof *sums->row);
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
    const double *row = rows + r * sums->row_len + sums->column;
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

static int uses_posterior(const controls *c, uint32_t fold) { return c->has_posterior && c->posterior.is_used[fold]; }

/* The draws of a group, less the surrogate. */
static void add_draws(mtg_strata_sums *sums, const controls *c, uint32_t group) {
  const mtg_strata *plan = sums->plan;
  const uint32_t m = sums->tally->m, fold = group % MTG_SURROGATE_FOLDS;
  for (uint64_t row = group * plan->per_group; row < (group + 1) * plan->per_group; ++row) {
    const uint64_t mask = sums->masks[row];
    const uint32_t t = mtg_popcount(mask);
    if (uses_posterior(c, fold))
      sums->row[0] = mtg_posterior_at(&c->posterior, fold, mask);
    else
      mtg_surrogate_at(&c->quadratic, fold, sums->tally->own, mask, c->features, sums->row);
    for (uint32_t i = 0; i < m; ++i) sums->row[i] = sums->values[row * m + i] - sums->row[i];
    add_coalition(sums, sums->tally->groups[group], mask, sums->row, plan->all[t] / (double)plan->draws[t]);
  }
}

/* What a surrogate has of one cell and target, for all sizes that are drawn. */
static void known_sums(const mtg_strata_sums *sums, const controls *c, uint32_t fold, uint32_t i, const uint32_t *players,
                       uint32_t count, double *out) {
  const int32_t own = sums->tally->own[i];
  int has_own = 0;
  for (uint32_t b = 0; b < count; ++b) has_own |= (int32_t)players[b] == own;
  if (uses_posterior(c, fold)) {
    mtg_posterior_sums(&c->posterior, fold, players, count, out);
    return;
  }
  for (uint32_t t = 0; t <= sums->tally->n; ++t) {
    const int is_needed = sums->plan->draws[t] > 0 && !has_own;
    out[t] = is_needed ? mtg_surrogate_sum(&c->quadratic, fold, i, own, players, count, t) : 0;
  }
}

/* The parts of one cell that are not drawn: enumerated sizes and the surrogate's own sums. */
static void complete_cell(const mtg_strata_sums *sums, const controls *c, const uint32_t *players, uint32_t count) {
  const mtg_tally *tally = sums->tally;
  const size_t cell = (size_t)mtg_cell(tally->order, players, count) * (tally->n + 1);
  double known[MTG_SURROGATE_FOLDS][MTG_STRATA_SIZES];
  for (uint32_t i = 0; i < tally->m; ++i) {
    for (uint32_t fold = 0; fold < MTG_SURROGATE_FOLDS; ++fold) known_sums(sums, c, fold, i, players, count, known[fold]);
    for (uint32_t g = 0; g < tally->n_groups; ++g)
      for (uint32_t t = 0; t <= tally->n; ++t) {
        const size_t at = (cell + t) * tally->m + i;
        tally->groups[g]->sums[at] += sums->plan->draws[t] > 0 ? known[g % MTG_SURROGATE_FOLDS][t] : tally->sums[at];
      }
  }
}

/* The sums of a posterior have the rounding of its large coefficients. Those of fewer players again, from those of one more,
 * sum_j F_{Q+j}(t) = (t - |Q|) F_Q(t), so that what follows from these identities holds to the last digits. */
static void tie_sums(const mtg_strata *plan, mtg_tally *group) {
  for (uint32_t count = group->order; count-- > 0;) {
    uint32_t players[MTG_MOST_ORDER] = { 0, 1, 2 };
    do {
      double *sums = group->sums + (size_t)mtg_cell(group->order, players, count) * (group->n + 1);
      for (uint32_t t = count + 1; t <= group->n; ++t)
        if (plan->draws[t]) sums[t] = 0;
      for (uint32_t j = 0; j < group->n; ++j) {
        uint32_t more[MTG_MOST_ORDER], at = 0, is_in = 0;
        for (uint32_t b = 0; b < count; ++b) is_in |= players[b] == j;
        if (is_in) continue;
        for (; at < count && players[at] < j; ++at) more[at] = players[at];
        more[at] = j;
        for (; at < count; ++at) more[at + 1] = players[at];
        const double *larger = group->sums + (size_t)mtg_cell(group->order, more, count + 1) * (group->n + 1);
        for (uint32_t t = count + 1; t <= group->n; ++t)
          if (plan->draws[t]) sums[t] += larger[t] / (t - count);
      }
    } while (count > 0 && mtg_next_subset(players, count, group->n));
  }
}

/* Sizes that are drawn: the mean over groups. */
static void average(const mtg_strata_sums *sums) {
  mtg_tally *tally = sums->tally;
  const size_t rows = (size_t)mtg_cell_count(tally->order, tally->n) * (tally->n + 1);
  for (size_t row = 0; row < rows; ++row) {
    if (!sums->plan->draws[row % (tally->n + 1)]) continue;
    for (size_t at = row * tally->m; at < (row + 1) * tally->m; ++at) {
      tally->sums[at] = 0;
      for (uint32_t g = 0; g < tally->n_groups; ++g) tally->sums[at] += tally->groups[g]->sums[at] / tally->n_groups;
    }
  }
}

static void complete_cells(const mtg_strata_sums *sums, const controls *c) {
  const mtg_tally *tally = sums->tally;
  uint32_t p[MTG_MOST_ORDER];
  complete_cell(sums, c, p, 0);
  for (p[0] = 0; p[0] < tally->n; ++p[0]) complete_cell(sums, c, p, 1);
  for (p[1] = 1; tally->order > 1 && p[1] < tally->n; ++p[1])
    for (p[0] = 0; p[0] < p[1]; ++p[0]) complete_cell(sums, c, p, 2);
  for (p[2] = 2; tally->order > 2 && p[2] < tally->n; ++p[2])
    for (p[1] = 1; p[1] < p[2]; ++p[1])
      for (p[0] = 0; p[0] < p[1]; ++p[0]) complete_cell(sums, c, p, 3);
}

static void close_controls(controls *c) {
  mtg_free(&c->quadratic.alloc, c->features);
  mtg_surrogate_close(&c->quadratic);
  if (c->has_posterior) mtg_posterior_close(&c->posterior);
}

static metagame_status fit_controls(controls *c, const mtg_strata_sums *sums, const mtg_surrogate_rows *rows, metagame_error *err) {
  const mtg_tally *tally = sums->tally;
  MTG_TRY(mtg_surrogate_open(&c->quadratic, &tally->alloc, tally->n, tally->m, err));
  c->features = mtg_new(&tally->alloc, c->quadratic.count, sizeof *c->features);
  metagame_status status = c->features ? mtg_surrogate_fit(&c->quadratic, rows, err)
                                       : mtg_fail_memory(err, &tally->alloc, "the stratified solver");
  if (status == METAGAME_OK && has_posterior(sums->plan)) {
    status = mtg_posterior_open(&c->posterior, &tally->alloc, tally->n, sampled_rows(sums->plan), err);
    c->has_posterior = status == METAGAME_OK;
    if (status == METAGAME_OK) status = mtg_posterior_fit(&c->posterior, rows, &c->quadratic, err);
  }
  if (status != METAGAME_OK) close_controls(c);
  return status;
}

static metagame_status finish_groups(mtg_strata_sums *sums, uint32_t n_groups, metagame_error *err) {
  const mtg_strata *plan = sums->plan;
  mtg_tally *tally = sums->tally;
  controls c;
  const mtg_surrogate_rows rows = { tally->n,    tally->m,    n_groups,     tally->own, plan->per_group,
                                    sums->masks, sums->values, tally->magnitude };
  memset(&c, 0, sizeof c);
  MTG_TRY(fit_controls(&c, sums, &rows, err));
  const metagame_status status = mtg_tally_add_groups(tally, n_groups, err);
  if (status == METAGAME_OK) {
    for (uint32_t g = 0; g < n_groups; ++g) add_draws(sums, &c, g);
    complete_cells(sums, &c);
    for (uint32_t g = 0; g < n_groups; ++g)
      if (uses_posterior(&c, g % MTG_SURROGATE_FOLDS)) tie_sums(plan, tally->groups[g]);
    average(sums);
  }
  close_controls(&c);
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
