/* SPDX-License-Identifier: MIT */
/* Is a sampled result wrong, or are its error bars too small? (docs/mathematics.md, section 7.)
 * Contrasts c are numbers whose truth is 0: matrix_c - exact_c, and where symmetry is asked the
 * difference of opposite entries. Runs with other seeds say how large they are by chance. Of run k,
 * with e_kc the contrasts and s_kc their standard errors (0: unknown),
 *
 *   r_c = root mean square of e_kc over the first N_SCALES runs
 *   S_k = max over all c of |e_kc| / sqrt(s_kc^2 + r_c^2)
 *
 * A target is wrong where the maximum over its own c is above S_k for all of K further runs. A
 * right result is a run like these, so its S is the largest of K + 1 with a chance of 1/(K + 1)
 * at most: a bound for all targets together, whatever the game, its tails and its error bars
 * (Dwass, Annals of Mathematical Statistics 28, 1957; Westfall, Young, "Resampling-based multiple
 * testing", Wiley 1993, for the maximum). The first run that is as far off ends it: after about
 * ln K runs where the result is right. What is GROSS times as far off as each of FEW_RUNS runs is
 * wrong without the others: of 1.6 million runs of small games none was that far off by chance
 * (docs/mathematics.md). Time and memory of a run, the rows known, and one number for each
 * contrast. */
#include <float.h>
#include <math.h>

#include "result/checks.h"
#include "result/reruns.h"

enum { N_SCALES = 16, MANY_RUNS = 999, FEW_RUNS = 99 };
static const double ALIKE = 1 - 1e-9; /* sums in another order are no difference */
static const double GROSS = 4;        /* times as far off as the furthest of FEW_RUNS */

/* ---- contrasts ---- */

static mtg_contrast contrast_of(double value, double deviation, uint32_t n, double scale) {
  const int is_rounding = fabs(value) <= 64 * (double)n * DBL_EPSILON * scale;
  const mtg_contrast contrast = { is_rounding ? 0 : value, deviation };
  return contrast;
}

mtg_contrast mtg_contrast_exact(const mtg_checks *c, const mtg_numbers *run, uint32_t target,
                                uint32_t player) {
  const size_t at = (size_t)target * run->n + player;
  const double value = run->matrix[at] - c->exact->numbers.matrix[at];
  return contrast_of(value, run->has_deviation ? run->deviation[at] : 0, run->n,
                     c->exact->numbers.scale[target]);
}

int mtg_has_opposite(const metagame_result *result, uint32_t target, uint32_t other) {
  const int32_t one = result->own_player[target], two = result->own_player[other];
  return one >= 0 && two >= 0 && one != two;
}

mtg_contrast mtg_contrast_opposite(const mtg_checks *c, const mtg_numbers *run, uint32_t target,
                                   uint32_t other) {
  const int32_t *own = c->result->own_player;
  const double *scale = c->result->numbers.scale;
  const size_t a = (size_t)target * run->n + (uint32_t)own[other];
  const size_t b = (size_t)other * run->n + (uint32_t)own[target];
  const double deviation = run->has_deviation ? hypot(run->deviation[a], run->deviation[b]) : 0;
  return contrast_of(run->matrix[a] - run->matrix[b], deviation, run->n,
                     fmax(scale[target], scale[other]));
}

/* ---- distances ---- */

/* Where scales are learnt their root of the sum of squares grows; else the distance in them. */
static void visit(mtg_contrast contrast, double *scale, double *distance) {
  const double size = fabs(contrast.value);
  if (!distance) {
    *scale = hypot(*scale, size);
    return;
  }
  const double bar = hypot(isnan(contrast.deviation) ? 0 : contrast.deviation, *scale);
  if (size > 0) *distance = fmax(*distance, bar > 0 ? size / bar : INFINITY);
  if (isnan(size)) *distance = INFINITY;
}

static void visit_target(const mtg_checks *c, const mtg_numbers *run, uint32_t target,
                         double *scales, double *distance) {
  for (uint32_t j = 0; j < run->n; ++j)
    visit(mtg_contrast_exact(c, run, target, j), &scales[(size_t)target * run->n + j], distance);
}

static void visit_pairs(const mtg_checks *c, const mtg_numbers *run, double *scale,
                        double *distance) {
  for (uint32_t i = 0; i < run->m; ++i)
    for (uint32_t other = 0; other < i; ++other)
      if (mtg_has_opposite(c->result, i, other))
        visit(mtg_contrast_opposite(c, run, i, other), scale++, distance);
}

/* Scales: those of the exact contrasts, then those of the pairs. */
static size_t n_exact(const mtg_checks *c) {
  return c->exact ? (size_t)c->result->numbers.n * c->result->numbers.m : 0;
}

static size_t n_pairs(const mtg_checks *c) {
  size_t count = 0;
  for (uint32_t i = 0; i < c->result->numbers.m && c->has_pairs; ++i)
    for (uint32_t other = 0; other < i; ++other)
      count += (size_t)mtg_has_opposite(c->result, i, other);
  return count;
}

static void visit_all(const mtg_checks *c, const mtg_numbers *run, double *scales,
                      double *distance) {
  for (uint32_t i = 0; i < run->m && c->exact; ++i) visit_target(c, run, i, scales, distance);
  if (c->has_pairs) visit_pairs(c, run, scales + n_exact(c), distance);
}

/* ---- runs ---- */

/* Of the same shape as the result, and sampled like it. */
static int is_comparable(const mtg_checks *c, const metagame_result *run) {
  return run->numbers.has_deviation && run->numbers.n == c->result->numbers.n &&
         run->numbers.m == c->result->numbers.m;
}

/* One more run: its distance, or with NULL what it adds to the scales. */
static metagame_status run_once(const mtg_checks *c, mtg_reruns *reruns, double *scales,
                                double *distance, metagame_error *err) {
  metagame_result *run = NULL;
  MTG_TRY(mtg_reruns_next(reruns, &run, err));
  if (run && !is_comparable(c, run)) reruns->is_impossible = 1;
  if (!reruns->is_impossible) visit_all(c, &run->numbers, scales, distance);
  metagame_result_destroy(run);
  return METAGAME_OK;
}

static void find_distances(mtg_checks *c, double *scales) {
  const mtg_numbers *numbers = &c->result->numbers;
  for (size_t s = 0; s < c->n_suspects; ++s) {
    mtg_suspect *suspect = &c->suspects[s];
    if (suspect->target >= 0)
      visit_target(c, numbers, (uint32_t)suspect->target, scales, &suspect->distance);
    else
      visit_pairs(c, numbers, scales + n_exact(c), &suspect->distance);
  }
}

/* Suspects that further runs may decide, after `n_runs` the furthest of which is `largest` off. */
static size_t count_open(mtg_checks *c, uint64_t n_runs, double largest) {
  size_t n_open = 0;
  for (size_t s = 0; s < c->n_suspects; ++s) {
    mtg_suspect *suspect = &c->suspects[s];
    const int is_gross = n_runs >= FEW_RUNS && suspect->distance > GROSS * largest;
    suspect->is_common = largest >= suspect->distance * ALIKE;
    n_open += (size_t)(!suspect->is_common && !is_gross);
  }
  return n_open;
}

/* *largest: the distance of the run that is furthest off. */
static metagame_status run_all(mtg_checks *c, mtg_reruns *reruns, double *scales, double *largest,
                               metagame_error *err) {
  const uint64_t most = c->options.reruns > 0 ? c->options.reruns : MANY_RUNS;
  const size_t count = n_exact(c) + n_pairs(c);
  size_t n_open = c->n_suspects;
  for (int k = 0; k < N_SCALES && !reruns->is_impossible; ++k)
    MTG_TRY(run_once(c, reruns, scales, NULL, err));
  for (size_t at = 0; at < count; ++at) scales[at] /= sqrt(N_SCALES);
  find_distances(c, scales);
  for (uint64_t k = 0; k < most && n_open > 0 && !reruns->is_impossible; ++k) {
    double distance = 0;
    MTG_TRY(run_once(c, reruns, scales, &distance, err));
    *largest = fmax(*largest, distance);
    n_open = count_open(c, k + 1, *largest);
  }
  return METAGAME_OK;
}

static void decide(const mtg_suspect *suspect, int is_impossible, double largest) {
  metagame_check *check = suspect->check;
  if (!is_impossible && !suspect->is_common) {
    check->outcome = METAGAME_CHECK_FAILED;
    check->residual = suspect->distance;
    check->tolerance = largest;
  } else if (check->outcome != METAGAME_CHECK_PASSED) {
    check->outcome = METAGAME_CHECK_SKIPPED;
    check->reason = !suspect->has_bars ? METAGAME_CHECK_NO_BARS
                    : is_impossible    ? METAGAME_CHECK_NO_RUNS
                                       : METAGAME_CHECK_SMALL_BARS;
  }
}

metagame_status mtg_judge_suspects(mtg_checks *c, metagame_error *err) {
  const mtg_alloc *alloc = &c->report->alloc;
  mtg_reruns reruns;
  double largest = 0;
  if (c->n_suspects == 0) return METAGAME_OK;
  double *scales = mtg_new(alloc, n_exact(c) + n_pairs(c), sizeof *scales);
  if (!scales) return mtg_fail_memory(err, alloc, "the report");
  mtg_reruns_open(&reruns, c->result, c->game);
  const metagame_status status = run_all(c, &reruns, scales, &largest, err);
  for (size_t s = 0; s < c->n_suspects && status == METAGAME_OK; ++s)
    decide(&c->suspects[s], reruns.is_impossible, largest);
  mtg_reruns_close(&reruns);
  mtg_free(alloc, scales);
  return status;
}
