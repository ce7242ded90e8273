/* SPDX-License-Identifier: MIT */
/* The meta-attributions of an inner semivalue from base values alone (docs/mathematics.md, section 9). With its measure on r and the
 * outer value's on u (Shapley: uniform; Banzhaf: the point 1/2):
 *
 *   pinned     phi_{j->i} = sum_S w_s D_ij g(S),      w_s = E[ r  (ru)^s (1-ru)^(n-2-s) ],    phi_{i->i} = g({i}) - g(empty)
 *   unpinned   phi_{j->i} = sum_S w_s D_ij g(S),      w_s = E[ ru (ru)^s (1-ru)^(n-2-s) ]     (j != i)
 *              phi_{i->i} = sum_S w_s D_i g(S),       w_s = E[    (ru)^s (1-ru)^(n-1-s) ]
 *
 * A free target is a sum of unpinned rows; its base is 0. Time: that of the tallies, and n^3. */
#include "solve/closed.h"

#include <math.h>

#include "base/sum.h"
#include "estimate/indices.h"

enum { SIZES = MTG_TALLY_SIZES };

typedef struct weights {
  double pair[SIZES], single[SIZES]; /* unpinned */
  double pinned[SIZES];              /* pairs */
  double first[SIZES];               /* of the inner value itself */
} weights;

static double pair_sum(const mtg_tally *tally, uint32_t a, uint32_t b, const double *w) {
  const uint32_t pair[2] = { a < b ? a : b, a < b ? b : a };
  return mtg_index_sum(tally, 0, pair, 2, w);
}

static void fill_row(const mtg_problem *problem, const mtg_tally *tally, const weights *w, uint32_t target, mtg_numbers *numbers) {
  const mtg_groups *targets = &problem->closed->targets;
  const double alone[SIZES] = { 1 };
  const int32_t own = problem->own[target];
  double *row = numbers->matrix + (size_t)target * problem->n;
  for (uint32_t j = 0; j < problem->n; ++j) {
    mtg_sum sum = { 0, 0 };
    if (own >= 0) {
      const uint32_t i = (uint32_t)own;
      mtg_sum_add(&sum, j == i ? mtg_index_sum(tally, 0, &i, 1, alone) : pair_sum(tally, i, j, w->pinned));
    }
    for (size_t at = targets->offsets[target]; own < 0 && at < targets->offsets[target + 1]; ++at) {
      const uint32_t i = targets->features[at];
      mtg_sum_add(&sum, j == i ? mtg_index_sum(tally, 0, &i, 1, w->single) : pair_sum(tally, i, j, w->pair));
    }
    row[j] = mtg_sum_value(&sum);
  }
  mtg_sum total = { 0, 0 };
  for (size_t at = targets->offsets[target]; at < targets->offsets[target + 1]; ++at)
    mtg_sum_add(&total, mtg_index_sum(tally, 0, &targets->features[at], 1, w->first));
  numbers->first_order[target] = mtg_sum_value(&total);
  numbers->base[target] = 0;
  numbers->scale[target] = tally->magnitude[0];
}

void mtg_closed_numbers(const mtg_problem *problem, const mtg_tally *tally, mtg_numbers *numbers) {
  weights w;
  double unused[SIZES];
  mtg_meta_weights(&problem->closed->measure, problem->outer, 0, problem->n, w.pinned, unused);
  mtg_meta_weights(&problem->closed->measure, problem->outer, 1, problem->n, w.pair, w.single);
  mtg_measure_weights(&problem->closed->measure, problem->n, 1, w.first);
  for (uint32_t i = 0; i < problem->m; ++i) fill_row(problem, tally, &w, i, numbers);
}

/* The coefficient of one coalition in a pair's entry is +-w[|T + i + j| - 2]: with draws q_t, variance ~ sum_t C(n,t)^2 (mean square of
 * the coefficients) t / q_t. */
void mtg_closed_shares(const mtg_problem *problem, double *shares) {
  weights w;
  double unused[SIZES], most = 0, all = 1; /* all = C(n, t) */
  const uint32_t n = problem->n;
  const int unpinned = !problem->has_pinned;
  mtg_meta_weights(&problem->closed->measure, problem->outer, unpinned, n, unpinned ? w.pair : w.pinned, unpinned ? w.single : unused);
  const double *pair = unpinned ? w.pair : w.pinned;
  for (uint32_t t = 0; t <= n; all = all * (n - t) / (t + 1), ++t) {
    const double in = t, out = (double)n - t;
    double sum = 0;
    if (t >= 2) sum += in * (in - 1) * pair[t - 2] * pair[t - 2];
    if (t >= 1 && t < n) sum += 2 * in * out * pair[t - 1] * pair[t - 1];
    if (t + 2 <= n) sum += out * (out - 1) * pair[t] * pair[t];
    if (unpinned && t >= 1) sum += in * w.single[t - 1] * w.single[t - 1];
    if (unpinned && t < n) sum += out * w.single[t] * w.single[t];
    shares[t] = all * sqrt(sum) * sqrt(t);
    most = fmax(most, shares[t]);
  }
  for (uint32_t t = 0; t <= n; ++t) shares[t] = most > 0 ? fmax(shares[t], 1e-3 * most) : 1;
}

void mtg_tally_numbers(const mtg_problem *problem, const mtg_tally *tally, mtg_numbers *numbers) {
  double nodes[SIZES] = { 0.5 }, ones[SIZES] = { 1 };
  for (uint32_t i = 0; i < problem->m; ++i) {
    const uint32_t k = mtg_tally_players(tally, i);
    const int32_t own = problem->own[i];
    const mtg_measure point = { 1, nodes, ones };
    const mtg_measure outer = problem->outer == METAGAME_OUTER_BANZHAF ? point : mtg_uniform_measure(problem->n, nodes, ones);
    double w[SIZES];
    if (k > 0) mtg_measure_weights(&outer, k, 1, w);
    double *row = numbers->matrix + (size_t)i * problem->n;
    for (uint32_t j = 0; j < problem->n; ++j) row[j] = (int32_t)j == own ? tally->start[i] : mtg_index_sum(tally, i, &j, 1, w);
    numbers->base[i] = own >= 0 ? 0 : tally->start[i];
    numbers->first_order[i] = tally->last[i];
    numbers->scale[i] = fmax(tally->magnitude[i], fabs(tally->start[i]));
  }
}
