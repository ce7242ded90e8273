/* SPDX-License-Identifier: MIT */
/* When to stop (docs/mathematics.md, section 12). A run with rules is a chain of stages whose budgets double up to max_evaluations; the
 * numbers are looked at after each, K times at most. With confidence 1 - a each look has the level
 *
 *   entries            1 - a/K       of each entry by itself: half width = SE * t quantile <= tolerance
 *   top k, ranking     1 - a/(K k)   of each of the k entries of a row, so that all of a row's intervals hold together (Bonferroni):
 *                      lower end of |a| >= upper end of |b| - tolerance for all pairs that the order puts a before b
 *
 * so that the chance that any look errs is at most a, whenever the run stops. Tolerance: the smaller of precision and
 * relative_precision * scale of the target. An SE that is not known resolves nothing. Time m n log n a look. */
#include "solve/stop.h"

#include <math.h>

#include "base/clock.h"
#include "estimate/student.h"

static metagame_status check_size(double value, const char *name, metagame_error *err) {
  if (isfinite(value) && value >= 0) return METAGAME_OK;
  return mtg_fail(err, METAGAME_E_ARGUMENT, "options.%s is %g, must be finite and not negative (0: no such rule)", name, value);
}

metagame_status mtg_stop_read(mtg_stop *stop, const metagame_options *options, metagame_error *err) {
  const mtg_stop none = { 0 };
  *stop = none;
  MTG_TRY(check_size(options->target_stderr, "target_stderr", err));
  MTG_TRY(check_size(options->precision, "precision", err));
  MTG_TRY(check_size(options->relative_precision, "relative_precision", err));
  MTG_TRY(check_size(options->max_seconds, "max_seconds", err));
  if (!(options->confidence == 0 || (options->confidence > 0 && options->confidence < 1)))
    return mtg_fail(err, METAGAME_E_ARGUMENT, "options.confidence is %g, must be between 0 and 1, both excluded (0: the default, 0.95)",
                    options->confidence);
  if (options->resolve < METAGAME_RESOLVE_ENTRIES || options->resolve > METAGAME_RESOLVE_RANKING)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "options.resolve is %ld, must be %d..%d", (long)options->resolve, METAGAME_RESOLVE_ENTRIES,
                    METAGAME_RESOLVE_RANKING);
  if ((options->resolve == METAGAME_RESOLVE_TOP) != (options->top_k > 0))
    return mtg_fail(err, METAGAME_E_ARGUMENT, "options.top_k is %u; it is at least 1 with options.resolve = %d (top k) and 0 without",
                    options->top_k, METAGAME_RESOLVE_TOP);
  stop->target_stderr = options->target_stderr;
  stop->precision = options->precision;
  stop->relative_precision = options->relative_precision;
  stop->confidence = options->confidence > 0 ? options->confidence : 0.95;
  stop->resolve = options->resolve;
  stop->top_k = options->top_k;
  stop->max_seconds = options->max_seconds;
  stop->has_rules = stop->target_stderr > 0 || stop->precision > 0 || stop->relative_precision > 0 || stop->resolve;
  return METAGAME_OK;
}

void mtg_stop_begin(mtg_stop *stop, uint64_t first, uint64_t limit) {
  stop->limit = limit;
  stop->stage = 0;
  stop->n_stages = 1;
  if (stop->has_rules)
    while (limit >> stop->n_stages >= first && stop->n_stages < 63) ++stop->n_stages;
  stop->has_ended = 0;
  stop->stopped = METAGAME_STOP_PLAN;
  if (stop->max_seconds > 0) stop->began = mtg_clock_seconds();
}

uint64_t mtg_stop_budget(const mtg_stop *stop, uint32_t stage) { return stop->limit >> (stop->n_stages - 1 - stage); }

int mtg_stop_is_late(const mtg_stop *stop) {
  return stop->max_seconds > 0 && mtg_clock_seconds() - stop->began >= stop->max_seconds;
}

typedef struct entry {
  double size, half;
} entry;

static void sift(entry *entries, size_t at, size_t count) {
  const entry moved = entries[at];
  for (size_t child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && entries[child + 1].size < entries[child].size) ++child;
    if (moved.size <= entries[child].size) break;
    entries[at] = entries[child];
  }
  entries[at] = moved;
}

/* Heap sort, the largest first: qsort may take memory of its own. */
static void sort(entry *entries, size_t count) {
  for (size_t at = count / 2; at-- > 0;) sift(entries, at, count);
  while (count-- > 1) {
    const entry least = entries[0];
    entries[0] = entries[count];
    entries[count] = least;
    sift(entries, 0, count);
  }
}

/* Every entry of a row, the largest first, is above all that come behind the first `top` of them, or behind itself (top = 0). */
static int is_ordered(const entry *entries, size_t count, size_t top, double tolerance) {
  double behind = -INFINITY; /* upper ends */
  for (size_t at = count; at-- > 0;) {
    const double low = fmax(entries[at].size - entries[at].half, 0);
    if ((top == 0 || at < top) && low < behind - tolerance) return 0;
    if (top == 0 || at >= top) behind = fmax(behind, entries[at].size + entries[at].half);
  }
  return 1;
}

static int row_is_resolved(const mtg_stop *stop, const mtg_numbers *numbers, uint32_t target, int32_t own, entry *entries) {
  const size_t n = numbers->n, varying = n - (size_t)(own >= 0);
  const double *row = numbers->matrix + target * n, *deviation = numbers->deviation + target * n;
  const double error = (1 - stop->confidence) / stop->n_stages, degrees = numbers->degrees[target];
  const int joint = stop->resolve != METAGAME_RESOLVE_ENTRIES;
  double tolerance = stop->precision > 0 ? stop->precision : INFINITY, quantile = 0;
  if (stop->relative_precision > 0) tolerance = fmin(tolerance, stop->relative_precision * numbers->scale[target]);
  const int has_tolerance = tolerance < INFINITY;
  if (numbers->has_deviation && degrees > 0) quantile = mtg_student_two_sided(1 - (joint ? error / (double)varying : error), degrees);
  size_t count = 0;
  for (size_t j = 0; j < n; ++j) {
    const double se = numbers->has_deviation ? deviation[j] : 0;
    if ((int32_t)j == own) continue;
    if (isnan(row[j]) || isnan(se)) return 0;
    if (se > 0 && !(quantile > 0)) return 0;
    if (stop->target_stderr > 0 && se > stop->target_stderr) return 0;
    entries[count].size = fabs(row[j]);
    entries[count].half = se > 0 ? se * quantile : 0;
    if (!joint && has_tolerance && entries[count].half > tolerance) return 0;
    ++count;
  }
  if (!joint) return 1;
  sort(entries, count);
  if (stop->resolve == METAGAME_RESOLVE_TOP && stop->top_k >= count) return 1;
  return is_ordered(entries, count, stop->resolve == METAGAME_RESOLVE_TOP ? stop->top_k : 0, has_tolerance ? tolerance : 0);
}

int mtg_stop_is_resolved(const mtg_stop *stop, const mtg_numbers *numbers, const int32_t *own, double *room) {
  for (uint32_t i = 0; i < numbers->m; ++i)
    if (!row_is_resolved(stop, numbers, i, own[i], (entry *)(void *)room)) return 0;
  return 1;
}
