/* SPDX-License-Identifier: MIT */
/* Standard errors where a fit predicts rows to the last digits. No error in M rows does not mean that there is none: with a
 * uniform prior the part p of the others that are exceptions has (rule of succession; Laplace 1774)
 *
 *   E p^2 = 2/((M + 2)(M + 3))
 *
 * and an exception may be as large as R. A Shapley value is a mean over strata: for player j
 *
 *   pairs (odd parts d):  phi_j = (2/n) sum_s D_j(s),   D_j(s) mean of d over the T of size s with j          R = 2 max |d|
 *   else:                 phi_j = (1/k) sum_t (mean with j - mean without j), over the sizes t                R = max |v|
 *
 * so   floor_j^2 = a c^2 R^2 sum over strata with no error seen of (1 - M/size) 2/((M + 2)(M + 3)),   c = 2/n or 1/k,
 *
 * with a the part of all rows that were predicted exactly: a game whose values go smoothly leaves something at every row, and
 * its floor is 0. Time U n for U units. */
#include "estimate/surprise.h"

#include <math.h>

#include "plan/sizes.h"

/* In the strata of player j: how many units there are (seen) and how many were not predicted exactly (wrong). */
static void count_strata(const mtg_surprise *rows, uint32_t j, uint64_t *seen, uint64_t *wrong) {
  const mtg_kernel *kernel = rows->kernel;
  const mtg_problem *problem = kernel->problem;
  const uint32_t n = problem->n;
  for (size_t at = 0; at < 2 * ((size_t)n + 1); ++at) seen[at] = wrong[at] = 0;
  for (uint64_t u = 0; u < rows->n_told; ++u) {
    const uint64_t *mask = kernel->units + u * problem->words;
    if (rows->own >= 0 && !mtg_mask_has(mask, (uint32_t)rows->own)) continue;
    const uint32_t t = mtg_mask_count(mask, problem->words);
    const int has = mtg_mask_has(mask, j);
    const size_t stratum = kernel->paired ? (has ? t : n - t) : has ? t : n + 1 + t;
    ++seen[stratum];
    wrong[stratum] += !rows->known[u * rows->stride];
  }
}

/* Coalitions in a stratum of t players: those with, or without, the player. */
static double stratum_size(const mtg_surprise *rows, uint32_t t, int has) {
  const uint32_t pinned = rows->own >= 0, others = rows->kernel->problem->n - 1 - pinned, fixed = pinned + (uint32_t)has;
  return t < fixed || t - fixed > others ? 0 : mtg_binomial(others, t - fixed);
}

void mtg_surprise_add(const mtg_surprise *rows, double *deviation, uint64_t *counts) {
  const mtg_kernel *kernel = rows->kernel;
  const uint32_t n = kernel->problem->n, first = rows->own >= 0 ? 2 : 1, k = n - (rows->own >= 0);
  uint64_t *seen = counts, *wrong = counts + 2 * ((size_t)n + 1), known = 0, all = 0;
  /* ---- the part that was predicted exactly ---- */
  for (uint64_t u = 0; u < rows->n_told; ++u) {
    const uint64_t *mask = kernel->units + u * kernel->problem->words;
    if (rows->own >= 0 && !mtg_mask_has(mask, (uint32_t)rows->own)) continue;
    known += rows->known[u * rows->stride];
    ++all;
  }
  if (known == 0) return;
  const double part = (double)known / (double)all, weight = kernel->paired ? 4.0 / n : 1.0 / k;
  /* ---- strata of each player ---- */
  for (uint32_t j = 0; j < n; ++j) {
    double sum = 0;
    if ((int32_t)j == rows->own || isnan(deviation[j])) continue;
    count_strata(rows, j, seen, wrong);
    for (uint32_t t = first; t < n; ++t)
      for (int has = 1; has >= (kernel->paired ? 1 : 0); --has) {
        const size_t stratum = has ? t : n + 1 + t;
        const double size = stratum_size(rows, t, has), count = (double)seen[stratum];
        if (size == 0 || wrong[stratum] > 0 || kernel->fraction[t] >= 1) continue;
        sum += fmax(1 - count / size, 0) * 2 / ((count + 2) * (count + 3));
      }
    deviation[j] = hypot(deviation[j], weight * rows->largest * sqrt(part * sum));
  }
}
