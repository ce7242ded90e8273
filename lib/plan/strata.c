/* SPDX-License-Identifier: MIT */
/* Sizes and draws (docs/mathematics.md, section 10). Every size that is not in the header gets G = 16 coalitions, and what the budget has
 * beyond that goes by water filling in the proportions
 *
 *   q_t ~ sqrt( [t>=2] (n+1-t)^2/(t (t-1)) + 2 (n-t)/t + [t<n] (n-t-1)/(n-t) ),
 *
 * the sizes of least variance for the pair indices of Shapley-Taylor, or in those that the caller gives. For the base values of a closed
 * form G is 8 or 4 where the budget does not hold 16. A size that gets C(n,t) or more is enumerated, and one that would
 * get half of that, where the budget holds it. The others get the same number of draws in each of the G groups: uniform within the
 * size, independent, with replacement. Groups are therefore independent and alike. A row is a function of seed, group, size and draw: nothing is stored. Time O(n) a row. */
#include "plan/strata.h"

#include <math.h>

#include "plan/sizes.h"

enum { GROUPS = MTG_STRATA_GROUPS, LEAST_GROUPS = 4 };

static uint32_t first_size(const mtg_problem *problem) { return problem->has_pinned ? 2 : 1; }

static uint64_t header_rows(const mtg_problem *problem) {
  return (uint64_t)mtg_strata_asks_empty(problem) + 1 + (problem->has_pinned && problem->n > 1 ? problem->n : 0);
}

static uint64_t budget_of(const mtg_problem *problem, uint32_t groups) {
  uint64_t rows = header_rows(problem);
  for (uint32_t t = first_size(problem); t < problem->n; ++t) rows += (uint64_t)fmin(mtg_binomial(problem->n, t), groups);
  return rows;
}

metagame_status mtg_strata_least_budget(const mtg_problem *problem, uint64_t *out, metagame_error *err) {
  if (problem->n > METAGAME_EXACT_MAX_PLAYERS)
    return mtg_fail(err, METAGAME_E_LIMIT, "the stratified solver on %u players: at most %u; regression and permutation take more, for "
                    "matrices of outer Shapley values", problem->n, METAGAME_EXACT_MAX_PLAYERS);
  *out = budget_of(problem, problem->closed ? LEAST_GROUPS : GROUPS);
  return METAGAME_OK;
}

static double share(uint32_t n, uint32_t t) {
  const double size = t, rest = (double)n - t;
  const double both = t >= 2 ? (rest + 1) * (rest + 1) / (size * (size - 1)) : 0;
  return sqrt(both + 2 * rest / size + (rest - 1) / rest);
}

/* A size that would get half of its coalitions is better enumerated, where the budget holds that. One at a time, the fullest first. */
static int enumerate_one(const mtg_strata *plan, mtg_size_class *classes, uint32_t n_classes, double units) {
  mtg_size_class *fullest = NULL;
  double most = 0.5;
  for (uint32_t c = 0; c < n_classes; ++c)
    if (classes[c].enumerated) units -= classes[c].capacity;
  for (uint32_t c = 0; c < n_classes; ++c) {
    const double part = (classes[c].expected + plan->groups) / plan->all[classes[c].size];
    if (classes[c].enumerated || classes[c].capacity > units || part < most) continue;
    fullest = &classes[c];
    most = part;
  }
  if (!fullest) return 0;
  fullest->enumerated = 1;
  return 1;
}

/* Whole draws in each group, beyond the first ones; what rounding down leaves goes to the largest remainders. */
static void round_counts(mtg_size_class *classes, uint32_t n_classes, double units, uint32_t groups) {
  double left = units;
  for (uint32_t c = 0; c < n_classes; ++c) {
    classes[c].count = classes[c].enumerated ? 0 : (uint64_t)(classes[c].expected / groups);
    left -= classes[c].enumerated ? classes[c].capacity : (double)(classes[c].count * groups);
  }
  for (; left >= groups; left -= groups) {
    mtg_size_class *most = NULL;
    double remainder = -1;
    for (uint32_t c = 0; c < n_classes; ++c) {
      const double behind = classes[c].expected / groups - (double)classes[c].count;
      if (classes[c].enumerated || behind <= remainder) continue;
      remainder = behind;
      most = &classes[c];
    }
    if (!most) return;
    ++most->count;
  }
}

void mtg_strata_open(mtg_strata *plan, const mtg_problem *problem, const double *shares) {
  const uint32_t n = problem->n, first = first_size(problem), n_classes = n > first ? n - first : 0;
  mtg_size_class classes[MTG_STRATA_SIZES] = { { 0 } };
  memset(plan, 0, sizeof *plan);
  plan->problem = problem;
  plan->n_header = header_rows(problem);
  plan->groups = GROUPS;
  while (plan->groups > LEAST_GROUPS && budget_of(problem, plan->groups) > problem->budget) plan->groups /= 2;
  for (uint32_t t = 0; t <= n; ++t) plan->all[t] = mtg_binomial(n, t);
  double units = (double)(problem->budget - plan->n_header);
  for (uint32_t c = 0; c < n_classes; ++c) { /* capacity and units beyond the first draws */
    classes[c].size = first + c;
    classes[c].capacity = fmax(plan->all[first + c] - plan->groups, 0);
    classes[c].share = shares ? shares[first + c] : share(n, first + c);
    classes[c].enumerated = classes[c].capacity == 0;
    units -= fmin(plan->all[first + c], plan->groups);
  }
  do mtg_share_out(classes, n_classes, units);
  while (enumerate_one(plan, classes, n_classes, units));
  round_counts(classes, n_classes, units, plan->groups);
  for (uint32_t c = 0; c < n_classes; ++c) {
    const uint32_t t = classes[c].size;
    const int is_exact = classes[c].enumerated || (double)((classes[c].count + 1) * plan->groups) >= plan->all[t];
    if (is_exact) {
      plan->n_exact += (uint64_t)plan->all[t];
    } else {
      plan->draws[t] = classes[c].count + 1;
      plan->per_group += plan->draws[t];
    }
  }
  plan->n_groups = plan->per_group ? plan->groups : 0;
  plan->n_rows = plan->n_header + plan->n_exact + plan->n_groups * plan->per_group;
}

/* Subset `rank` of the t-subsets, in the order of their numbers (the combinatorial number system). */
static uint64_t subset_of(uint32_t n, uint32_t t, uint64_t rank) {
  uint64_t mask = 0;
  double left = (double)rank;
  for (uint32_t player = n; t > 0; --t) {
    do --player;
    while (player >= t && mtg_binomial(player, t) > left);
    if (player >= t) left -= mtg_binomial(player, t);
    mask |= UINT64_C(1) << player;
  }
  return mask;
}

/* Draw number `draw` of the size in a group: a larger budget has those of a smaller one. */
static uint64_t drawn(const mtg_strata *plan, uint64_t group, uint32_t t, uint64_t draw) {
  uint32_t members[MTG_STRATA_SIZES];
  const uint32_t n = plan->problem->n, few = 2 * t <= n ? t : n - t;
  mtg_random random = mtg_random_at(plan->problem->seed, MTG_STREAM_STRATA, (draw * MTG_STRATA_SIZES + t) * GROUPS + group);
  uint64_t mask = 0;
  for (uint32_t player = 0; player < n; ++player) members[player] = player;
  mtg_draw_members(members, n, few, &random);
  for (uint32_t at = 0; at < few; ++at) mask |= UINT64_C(1) << members[at];
  return few == t ? mask : mask ^ ((UINT64_C(1) << n) - 1);
}

uint64_t mtg_strata_row(const mtg_strata *plan, uint64_t index) {
  const mtg_problem *problem = plan->problem;
  if (index < plan->n_header) {
    if (mtg_strata_asks_empty(problem) && index-- == 0) return 0;
    return index == 0 ? (UINT64_C(1) << problem->n) - 1 : UINT64_C(1) << (index - 1);
  }
  index -= plan->n_header;
  if (index < plan->n_exact) {
    uint32_t t = first_size(problem);
    for (; plan->draws[t] || index >= (uint64_t)plan->all[t]; ++t)
      if (!plan->draws[t]) index -= (uint64_t)plan->all[t];
    return subset_of(problem->n, t, index);
  }
  index -= plan->n_exact;
  uint64_t at = index % plan->per_group;
  uint32_t t = 0;
  for (; at >= plan->draws[t]; ++t) at -= plan->draws[t];
  return drawn(plan, index / plan->per_group, t, at);
}
