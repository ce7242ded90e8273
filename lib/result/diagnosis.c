/* SPDX-License-Identifier: MIT */
/* What stands behind a result, from its numbers alone.
 *
 *   error_i   = sqrt(mean over j of se_ij^2), j with a standard error, without the own player of i
 *   worst     = argmax_i error_i / scale_i
 *   halving   = min(3 E, exact_at - E)        E evaluations: errors of sampling fall like 1/sqrt(E)
 *   exact_at  = B (2^n - e)                   B maskings; e = 1 where every target is pinned, whose
 *                                             games lack the empty coalition
 *
 * se: numbers.deviation. Time m n, no memory. */
#include "result/diagnosis.h"

#include <math.h>
#include <string.h>

#include "base/abi.h"
#include "base/saturate.h"

const char *const mtg_reason_names[MTG_REASON_NAMES] = { "unknown", "named", "all",  "base-values",
                                                         "only",    "model", "size", "table" };
const char *const mtg_audit_names[MTG_AUDIT_NAMES] = { "none", "passed", "failed", "mixed" };
const char *const mtg_ground_names[MTG_GROUND_NAMES] = { "enough", "few", "rare", "unseen",
                                                         "partial" };

typedef struct row_error {
  uint64_t n_known, n_without;
  double size; /* root mean square; NaN without any */
} row_error;

/* Divided by the largest, so that no square overflows. */
static row_error error_of(const metagame_result *result, uint32_t target) {
  const mtg_numbers *numbers = &result->numbers;
  const double *row = numbers->deviation + (size_t)target * numbers->n;
  const int32_t own = result->own_player[target];
  row_error e = { 0, 0, 0 };
  double largest = 0, squares = 0;
  for (uint32_t j = 0; j < numbers->n; ++j) {
    if ((int32_t)j == own) continue;
    if (isnan(row[j])) {
      ++e.n_without;
      continue;
    }
    ++e.n_known;
    largest = fmax(largest, fabs(row[j]));
  }
  for (uint32_t j = 0; j < numbers->n && largest > 0 && isfinite(largest); ++j)
    if ((int32_t)j != own && !isnan(row[j])) squares += row[j] / largest * (row[j] / largest);
  e.size = isfinite(largest) ? largest * sqrt(squares / (double)e.n_known) : largest;
  if (largest == 0) e.size = e.n_known > 0 ? 0 : NAN;
  return e;
}

/* NaN where the scale is not known: every known part counts as worse than that. */
static double part_of(double size, double scale) {
  if (size == 0) return 0;
  return scale > 0 ? size / scale : isnan(scale) ? NAN : INFINITY;
}

static void find_errors(const metagame_result *result, metagame_diagnosis *d) {
  const mtg_numbers *numbers = &result->numbers;
  d->worst_target = -1;
  for (uint32_t i = 0; i < numbers->m; ++i)
    d->n_entries += numbers->n - (uint64_t)(result->own_player[i] >= 0);
  if (!numbers->has_deviation || d->n_entries == 0) return;
  d->predicted_error = d->relative_error = NAN;
  for (uint32_t i = 0; i < numbers->m; ++i) {
    const row_error e = error_of(result, i);
    const double part = part_of(e.size, numbers->scale[i]);
    if (e.n_without > 0 && d->n_without == 0) d->ground = numbers->ground[i];
    d->n_without += e.n_without;
    if (e.n_known == 0) continue;
    const int is_first_known = isnan(d->relative_error) && !isnan(part);
    if (d->worst_target >= 0 && !is_first_known && !(part > d->relative_error)) continue;
    d->worst_target = i;
    d->predicted_error = e.size;
    d->relative_error = part;
  }
}

/* Evaluations of the exact solver; 0 where it takes no game of this size. */
static uint64_t all_coalitions(const metagame_result *result) {
  const mtg_numbers *numbers = &result->numbers;
  int has_empty = (result->info.flags & METAGAME_CLOSED_FORM) != 0;
  if (numbers->n > METAGAME_EXACT_MAX_PLAYERS) return 0;
  for (uint32_t i = 0; i < numbers->m; ++i) has_empty |= result->own_player[i] < 0;
  const uint64_t all = (UINT64_C(1) << numbers->n) - (has_empty ? 0 : 1);
  return mtg_times(all, result->info.n_maskings);
}

static void find_halving(const metagame_result *result, metagame_diagnosis *d) {
  const uint64_t used = d->evaluations;
  if (!result->numbers.has_deviation) return;
  d->exact_at = all_coalitions(result);
  if (!(d->predicted_error > 0)) return;
  d->halving = mtg_times(3, used);
  if (d->exact_at == 0) return;
  /* Draws with repeats may be more than all coalitions; a run of its own needs only them. */
  const uint64_t lacking = d->exact_at > used ? d->exact_at - used : d->exact_at;
  if (lacking < d->halving) d->halving = lacking;
}

void mtg_diagnose(const metagame_result *result, metagame_diagnosis *out) {
  const metagame_diagnosis empty = METAGAME_DIAGNOSIS_INIT;
  const mtg_audit *audit = &result->numbers.audit;
  *out = empty;
  out->solver = result->info.solver;
  out->reason = result->reason;
  out->audit = audit->outcome;
  out->audit_rows = audit->outcome == METAGAME_AUDIT_NONE ? 0 : audit->n_rows;
  out->audit_error = audit->outcome == METAGAME_AUDIT_NONE ? NAN : audit->error;
  out->evaluations = result->info.evaluations;
  find_errors(result, out);
  find_halving(result, out);
}

void mtg_result_fill_ground(metagame_result *result) {
  const mtg_numbers *numbers = &result->numbers;
  const int is_partial = result->info.status == METAGAME_PARTIAL;
  const int32_t ground = is_partial ? METAGAME_GROUND_PARTIAL : METAGAME_GROUND_FEW;
  for (uint32_t i = 0; numbers->has_deviation && i < numbers->m; ++i)
    if (numbers->ground[i] == METAGAME_GROUND_ENOUGH && error_of(result, i).n_without > 0)
      numbers->ground[i] = ground;
}

metagame_status metagame_result_diagnose(const metagame_result *result, metagame_diagnosis *out,
                                         metagame_error *err) {
  metagame_diagnosis found;
  if (!result || !out)
    return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !result ? "result" : "out");
  mtg_diagnose(result, &found);
  return mtg_struct_write(out, &found, sizeof found, sizeof found, "diagnosis", err);
}

const int32_t *metagame_result_ground(const metagame_result *result) {
  return result && result->numbers.has_deviation ? result->numbers.ground : NULL;
}
