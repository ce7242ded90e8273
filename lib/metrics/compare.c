/* SPDX-License-Identifier: MIT */
/* Agreement of two lists, of two results, and of replicates among themselves. Rank stability is the mean of an agreement over the
 * R(R-1)/2 pairs of replicates, a U-statistic of order 2; its delete-one jackknife (Arvesen, Ann. Math. Stat. 40, 1969) needs the
 * sums of the pairs that hold each replicate:
 *   U_r = (total - sum_r) / C(R-1, 2),   SE^2 = (R-1)/R sum_r (U_r - mean)^2. */
#include <math.h>

#include "base/abi.h"
#include "metrics/agreement.h"
#include "metrics/parts.h"

enum { N_MEASURES = 3, LEAST_REPLICATES = 4 };

static metagame_status compare(const double *a, const double *b, size_t count, size_t k, metagame_comparison *out, const mtg_alloc *alloc,
                               metagame_error *err) {
  metagame_comparison found = METAGAME_COMPARISON_INIT;
  mtg_agreement agreement;
  MTG_TRY(mtg_agreement_k(&k, count, err));
  MTG_TRY(mtg_agreement_open(&agreement, count, k, alloc, err));
  mtg_agreement_of(&agreement, a, b, &found);
  mtg_agreement_close(&agreement);
  return mtg_struct_write(out, &found, sizeof found, sizeof found, "comparison", err);
}

metagame_status metagame_compare(const double *a, const double *b, size_t count, size_t k, metagame_comparison *out,
                                 const metagame_allocator *allocator, metagame_error *err) {
  mtg_alloc alloc;
  if (!a || !b || !out) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !a ? "a" : !b ? "b" : "out");
  MTG_TRY(mtg_alloc_from(&alloc, allocator, err));
  MTG_TRY(mtg_parts_vector(a, count, "a", err));
  MTG_TRY(mtg_parts_vector(b, count, "b", err));
  return compare(a, b, count, k, out, &alloc, err);
}

static metagame_status check_alike(const metagame_result *a, const metagame_result *b, metagame_error *err) {
  const mtg_numbers *x = &a->numbers, *y = &b->numbers;
  if (x->n != y->n || x->m != y->m)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "b has %u players and %u targets, a has %u and %u", y->n, y->m, x->n, x->m);
  for (uint32_t i = 0; i < x->m; ++i)
    if (a->own_player[i] != b->own_player[i])
      return mtg_fail(err, METAGAME_E_ARGUMENT, "b: target %u has own player %ld, in a it has %ld", i, (long)b->own_player[i],
                      (long)a->own_player[i]);
  return METAGAME_OK;
}

/* Cells but for the diagonal of pinned targets. */
static metagame_status gather(const metagame_result *result, const char *name, double *cells, size_t *count, metagame_error *err) {
  const mtg_numbers *numbers = &result->numbers;
  *count = 0;
  for (uint32_t i = 0; i < numbers->m; ++i)
    for (uint32_t j = 0; j < numbers->n; ++j) {
      const double cell = numbers->matrix[(size_t)i * numbers->n + j];
      if (result->own_player[i] >= 0 && (uint32_t)result->own_player[i] == j) continue;
      if (!isfinite(cell))
        return mtg_fail(err, METAGAME_E_NONFINITE, "%s.matrix[%zu] (target %u, player %u) is %g, must be finite", name,
                        (size_t)i * numbers->n + j, i, j, cell);
      cells[(*count)++] = cell;
    }
  if (*count == 0)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "%s has 1 player, and all targets are pinned: nothing to compare off the diagonal", name);
  return METAGAME_OK;
}

metagame_status metagame_result_compare(const metagame_result *a, const metagame_result *b, size_t k, metagame_comparison *out,
                                        metagame_error *err) {
  if (!a || !b || !out) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !a ? "a" : !b ? "b" : "out");
  MTG_TRY(check_alike(a, b, err));
  const mtg_alloc *alloc = &a->alloc;
  size_t count = 0;
  double *x = mtg_new(alloc, a->numbers.m, a->numbers.n * sizeof *x), *y = mtg_new(alloc, a->numbers.m, a->numbers.n * sizeof *y);
  metagame_status status = x && y ? METAGAME_OK : mtg_fail_memory(err, alloc, "the comparison");
  if (status == METAGAME_OK) status = gather(a, "a", x, &count, err);
  if (status == METAGAME_OK) status = gather(b, "b", y, &count, err);
  if (status == METAGAME_OK) status = compare(x, y, count, k, out, alloc, err);
  mtg_free(alloc, x);
  mtg_free(alloc, y);
  return status;
}

/* ---- rank stability ---- */

static double jackknife(const double *with, double total, size_t n_replicates) {
  const double r = (double)n_replicates, pairs = (r - 1) * (r - 2) / 2;
  double mean = 0, squares = 0;
  if (n_replicates < LEAST_REPLICATES) return NAN;
  for (size_t at = 0; at < n_replicates; ++at) mean += (total - with[at]) / pairs / r;
  for (size_t at = 0; at < n_replicates; ++at) squares += ((total - with[at]) / pairs - mean) * ((total - with[at]) / pairs - mean);
  return sqrt(squares * (r - 1) / r);
}

static void stability(mtg_agreement *agreement, const double *const *replicates, size_t n_replicates, double *with,
                      metagame_stability *out) {
  double total[N_MEASURES] = { 0, 0, 0 };
  for (size_t a = 0; a < n_replicates; ++a)
    for (size_t b = a + 1; b < n_replicates; ++b) {
      metagame_comparison found = METAGAME_COMPARISON_INIT;
      mtg_agreement_of(agreement, replicates[a], replicates[b], &found);
      const double measures[N_MEASURES] = { found.spearman, found.kendall, found.precision };
      for (size_t q = 0; q < N_MEASURES; ++q) {
        total[q] += measures[q];
        with[q * n_replicates + a] += measures[q];
        with[q * n_replicates + b] += measures[q];
      }
      ++out->n_pairs;
    }
  double *const means[N_MEASURES] = { &out->spearman, &out->kendall, &out->precision };
  double *const errors[N_MEASURES] = { &out->spearman_error, &out->kendall_error, &out->precision_error };
  for (size_t q = 0; q < N_MEASURES; ++q) {
    *means[q] = total[q] / (double)out->n_pairs;
    *errors[q] = jackknife(with + q * n_replicates, total[q], n_replicates);
  }
}

static metagame_status check_replicates(const double *const *replicates, size_t n_replicates, size_t count, metagame_error *err) {
  if (n_replicates < 2) return mtg_fail(err, METAGAME_E_ARGUMENT, "n_replicates is %zu, must be at least 2", n_replicates);
  for (size_t r = 0; r < n_replicates; ++r) {
    if (!replicates[r]) return mtg_fail(err, METAGAME_E_NULL, "replicates[%zu] is NULL", r);
    for (size_t at = 0; at < count; ++at)
      if (!isfinite(replicates[r][at]))
        return mtg_fail(err, METAGAME_E_NONFINITE, "replicates[%zu][%zu] is %g, must be finite", r, at, replicates[r][at]);
  }
  return METAGAME_OK;
}

metagame_status metagame_rank_stability(const double *const *replicates, size_t n_replicates, size_t count, size_t k,
                                        metagame_stability *out, const metagame_allocator *allocator, metagame_error *err) {
  metagame_stability found = METAGAME_STABILITY_INIT;
  mtg_agreement agreement;
  mtg_alloc alloc;
  if (!replicates || !out) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !replicates ? "replicates" : "out");
  MTG_TRY(mtg_alloc_from(&alloc, allocator, err));
  MTG_TRY(mtg_agreement_k(&k, count, err));
  MTG_TRY(check_replicates(replicates, n_replicates, count, err));
  MTG_TRY(mtg_agreement_open(&agreement, count, k, &alloc, err));
  double *with = mtg_new(&alloc, n_replicates, N_MEASURES * sizeof *with);
  if (with) stability(&agreement, replicates, n_replicates, with, &found);
  found.k = k;
  mtg_agreement_close(&agreement);
  if (!with) return mtg_fail_memory(err, &alloc, "the comparison");
  mtg_free(&alloc, with);
  return mtg_struct_write(out, &found, sizeof found, sizeof found, "stability", err);
}
