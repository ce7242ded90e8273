/* SPDX-License-Identifier: MIT */
/* Verification: what can be checked about a result, as data (docs/mathematics.md, section 7).
 *
 *   decomposition   |base_i + sum_j phi_{j->i} - phi_i(x)|          <= 32 n eps * scale_i
 *   symmetry        max |M_ij - M_ji| of a cardinal attribution     <= 64 n eps * scale
 *   batch, repeat   the same coalition again, in another batch      <= tolerance * max |v|
 *   completeness    sum of all features' attributions - (f(x) - f(b)) <= 1e-6 * scale
 *   exact           max_j |phi_{j->i} - exact|                      <= 64 n eps * scale_i
 *
 * Symmetry and exact of sampled numbers are in standard errors, up to Student's quantile, two-sided at
 * level 1 - 0.001/(n m): one false alarm in 1000 reports where the error bars hold (Bonferroni). Beyond
 * that is suspects.c. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/abi.h"
#include "base/mask.h"
#include "base/random.h"
#include "estimate/student.h"
#include "game/game.h"
#include "result/checks.h"

enum { N_COALITIONS = 16, LEAST_RUNS = 99, MOST_RUNS = 1000000 };

#define ROUNDING_CHECKS (METAGAME_CHECK_DECOMPOSITION | METAGAME_CHECK_SYMMETRY)
#define GAME_CHECKS (METAGAME_CHECK_BATCH | METAGAME_CHECK_REPEAT | METAGAME_CHECK_COMPLETENESS | METAGAME_CHECK_EXACT)

static const double FALSE_ALARM = 0.001; /* of a report */
static const double SUSPICIOUS = 4;      /* standard errors: worth a look at other runs */

static metagame_check *add(mtg_checks *c, const char *name, int64_t target, double residual,
                           double scale, double tolerance) {
  const metagame_check empty = METAGAME_CHECK_INIT;
  metagame_check *check = &c->report->checks[c->report->count++];
  const int passes = isfinite(tolerance) && residual <= tolerance;
  *check = empty;
  check->name = name;
  check->target = target;
  check->residual = residual;
  check->scale = scale;
  check->tolerance = tolerance;
  check->outcome = passes ? METAGAME_CHECK_PASSED : METAGAME_CHECK_FAILED;
  return check;
}

static void skip(metagame_check *check, int64_t reason) {
  check->outcome = METAGAME_CHECK_SKIPPED;
  check->reason = reason;
}

/* The runs that decide it come when all checks are in the report. */
static void suspect(mtg_checks *c, metagame_check *check, int64_t target, int has_bars) {
  const mtg_suspect one = { .check = check, .target = target, .has_bars = has_bars };
  c->suspects[c->n_suspects++] = one;
}

static double rounding(const mtg_checks *c, double factor) {
  const double own = c->options.tolerance;
  return own > 0 ? own : factor * (double)c->result->numbers.n * DBL_EPSILON;
}

static double cells(const mtg_checks *c) {
  return (double)c->result->numbers.n * (double)c->result->numbers.m;
}

static double quantile(const mtg_checks *c, double degrees) {
  return degrees > 0 ? mtg_student_two_sided(1 - FALSE_ALARM / cells(c), degrees) : NAN;
}

static void check_decomposition(mtg_checks *c) {
  const mtg_numbers *numbers = &c->result->numbers;
  for (uint32_t i = 0; i < numbers->m; ++i) {
    /* Anew: a result that was read may have been changed since. */
    const double residual = fabs(mtg_numbers_residual(numbers, i));
    const double scale = fmax(numbers->scale[i], fabs(numbers->first_order[i]));
    const int is_partial = c->result->info.status != METAGAME_OK;
    metagame_check *check = add(c, "decomposition", i, residual, scale, rounding(c, 32) * scale);
    if (c->result->info.outer != METAGAME_OUTER_SHAPLEY)
      skip(check, METAGAME_CHECK_UNFIT);
    else if (is_partial && isnan(residual))
      skip(check, METAGAME_CHECK_UNKNOWN);
  }
}

/* ---- sampled numbers ---- */

/* The largest of some contrasts, in standard errors where the numbers have them. */
typedef struct extent {
  double worst;
  int is_known, has_bars; /* all of them are numbers; all have a standard error */
} extent;

static void extend(extent *e, const mtg_numbers *numbers, mtg_contrast contrast) {
  const double size = fabs(contrast.value), bar = contrast.deviation;
  if (isnan(size)) e->is_known = 0;
  if (isnan(bar)) e->has_bars = 0;
  if (!numbers->has_deviation)
    e->worst = fmax(e->worst, size);
  else if (size > 0)
    e->worst = fmax(e->worst, bar > 0 ? size / bar : isnan(bar) ? 0 : INFINITY);
}

/* Standard errors that one report in 1000 exceeds at most, however they scatter (Chebyshev). */
static double far_of(const mtg_checks *c) { return sqrt(cells(c) / FALSE_ALARM); }

/* In standard errors. Degrees of freedom whose quantile is beyond that are too few for the level. */
static metagame_check *add_sampled(mtg_checks *c, const char *name, int64_t target, extent *e,
                                   double scale, double degrees) {
  const double tolerance = quantile(c, degrees);
  if (!(tolerance <= far_of(c))) e->has_bars = 0;
  return add(c, name, target, e->has_bars ? e->worst : NAN, scale, tolerance);
}

/* Worth a look at other runs. */
static int is_far(const metagame_check *check, const extent *e) {
  return check->outcome != METAGAME_CHECK_PASSED || e->worst > SUSPICIOUS;
}

/* Without any. */
static void decide_alone(const mtg_checks *c, metagame_check *check, const extent *e) {
  const double far = far_of(c);
  if (check->outcome == METAGAME_CHECK_PASSED) return;
  if (!e->has_bars)
    skip(check, METAGAME_CHECK_NO_BARS);
  else if (e->worst > far && isfinite(e->worst))
    check->tolerance = far;
  else
    skip(check, METAGAME_CHECK_NO_GAME);
}

static int can_run_again(const mtg_checks *c) {
  const metagame_game *game = c->game;
  if (!game || c->result->numbers.n > MTG_EXACT_MOST_PLAYERS) return 0;
  return (game->values ? game->values : game)->callbacks.attribute && c->result->info.n_maskings == 1;
}

static int has_opposites(const metagame_result *result) {
  int count = 0;
  for (uint32_t i = 0; i < result->numbers.m; ++i)
    for (uint32_t other = 0; other < i && count == 0; ++other)
      count += mtg_has_opposite(result, i, other);
  return count;
}

static extent extent_of_pairs(const mtg_checks *c, const mtg_numbers *numbers) {
  extent e = { 0, 1, 1 };
  for (uint32_t i = 0; i < numbers->m; ++i)
    for (uint32_t other = 0; other < i; ++other)
      if (mtg_has_opposite(c->result, i, other))
        extend(&e, numbers, mtg_contrast_opposite(c, numbers, i, other));
  return e;
}

/* Far from symmetric as sampled. If the attribution is so itself, the check has failed; else it is a
 * matter of chance. */
static metagame_status look_at_game(mtg_checks *c, metagame_check *check, int has_bars,
                                    metagame_error *err) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_result *exact = NULL;
  options.solver = METAGAME_SOLVER_EXACT;
  options.outer = c->result->info.outer;
  options.flags = METAGAME_EVALUATE;
  MTG_TRY(metagame_solve(&exact, c->game, &options, err));
  const extent e = extent_of_pairs(c, &exact->numbers);
  const double tolerance = rounding(c, 64) * check->scale;
  metagame_result_destroy(exact);
  c->has_pairs = e.worst <= tolerance;
  if (c->has_pairs) {
    suspect(c, check, -1, has_bars);
  } else {
    check->outcome = METAGAME_CHECK_FAILED;
    check->residual = e.worst;
    check->tolerance = tolerance;
  }
  return METAGAME_OK;
}

static metagame_status check_symmetry(mtg_checks *c, metagame_error *err) {
  const metagame_result *result = c->result;
  const mtg_numbers *numbers = &result->numbers;
  const int is_asked = (c->options.checks & METAGAME_CHECK_SYMMETRY) != 0;
  double scale = 0, degrees = INFINITY;
  for (uint32_t i = 0; i < numbers->m; ++i) {
    if (result->own_player[i] < 0) continue;
    scale = fmax(scale, numbers->scale[i]);
    degrees = fmin(degrees, numbers->degrees[i]);
  }
  if (!(result->info.flags & METAGAME_CARDINAL) || !has_opposites(result)) {
    skip(add(c, "symmetry", -1, 0, scale, rounding(c, 64) * scale), METAGAME_CHECK_UNFIT);
    return METAGAME_OK;
  }
  extent e = extent_of_pairs(c, numbers);
  metagame_check *check =
    numbers->has_deviation ? add_sampled(c, "symmetry", -1, &e, scale, degrees)
                           : add(c, "symmetry", -1, e.worst, scale, rounding(c, 64) * scale);
  if (!e.is_known)
    skip(check, METAGAME_CHECK_UNKNOWN);
  else if (numbers->has_deviation && is_far(check, &e) && is_asked && can_run_again(c))
    return look_at_game(c, check, e.has_bars, err);
  else if (numbers->has_deviation)
    decide_alone(c, check, &e);
  return METAGAME_OK;
}

static metagame_status check_completeness(mtg_checks *c, metagame_error *err) {
  double expected = 0, residual = 0, scale = 0;
  if (!c->game->callbacks.completeness) {
    if (c->options.checks & METAGAME_CHECK_COMPLETENESS)
      skip(add(c, "completeness", -1, 0, 0, 0), METAGAME_CHECK_UNFIT);
    return METAGAME_OK;
  }
  uint64_t *everyone = mtg_new(&c->report->alloc, mtg_mask_words(c->result->numbers.n), sizeof *everyone);
  if (!everyone) return mtg_fail_memory(err, &c->report->alloc, "the report");
  mtg_mask_fill(everyone, c->result->numbers.n);
  metagame_status status = mtg_game_completeness(c->game, everyone, &expected, &residual, err);
  mtg_free(&c->report->alloc, everyone);
  MTG_TRY(status);
  scale = fabs(expected);
  for (uint32_t i = 0; i < c->result->numbers.m; ++i) scale = fmax(scale, fabs(c->result->numbers.first_order[i]));
  const double part = c->options.tolerance > 0 ? c->options.tolerance : 1e-6;
  add(c, "completeness", -1, fabs(residual), scale, part * scale);
  return METAGAME_OK;
}

/* Empty, everyone, and random coalitions; the same for every call. */
static void fill_coalitions(uint64_t *masks, uint32_t n) {
  const size_t words = mtg_mask_words(n);
  for (size_t r = 0; r < N_COALITIONS; ++r) {
    uint64_t *mask = masks + r * words;
    mtg_random random = mtg_random_at(0, MTG_STREAM_VERIFY, r);
    mtg_mask_fill(mask, n);
    if (r == 0) mtg_mask_clear(mask, words);
    for (size_t w = 0; r > 1 && w < words; ++w) mask[w] &= mtg_random_u64(&random);
  }
}

typedef struct trial { /* rows of the coalitions in one batch, again, and one by one in reverse order */
  uint64_t *masks;
  double *batch, *again;
} trial;

static metagame_status compare(mtg_checks *c, const char *name, const trial *t, const metagame_game *asked, int alone, metagame_error *err) {
  const size_t m = asked->callbacks.n_targets, words = mtg_mask_words(asked->callbacks.n_players);
  if (!alone) MTG_TRY(mtg_game_rows(asked, t->masks, N_COALITIONS, t->again, err));
  for (size_t r = N_COALITIONS; alone && r-- > 0;) MTG_TRY(mtg_game_rows(asked, t->masks + r * words, 1, t->again + r * m, err));
  for (size_t i = 0; i < m; ++i) {
    double worst = 0, scale = 0;
    for (size_t r = 0; r < N_COALITIONS; ++r) {
      const double a = t->batch[r * m + i], b = t->again[r * m + i];
      scale = fmax(scale, fabs(a));
      worst = isfinite(a) && isfinite(b) ? fmax(worst, fabs(a - b)) : INFINITY;
    }
    const double tolerance = c->options.evaluation_tolerance * scale;
    add(c, name, asked == c->game ? (int64_t)i : -1, worst, scale, tolerance);
  }
  return METAGAME_OK;
}

static metagame_status check_evaluation(mtg_checks *c, metagame_error *err) {
  const metagame_game *asked = c->game->values ? c->game->values : c->game;
  const mtg_alloc *alloc = &c->report->alloc;
  const size_t m = asked->callbacks.n_targets;
  trial t = { mtg_new(alloc, N_COALITIONS, mtg_mask_words(asked->callbacks.n_players) * sizeof(uint64_t)),
              mtg_new(alloc, N_COALITIONS, m * sizeof(double)), mtg_new(alloc, N_COALITIONS, m * sizeof(double)) };
  metagame_status status = t.masks && t.batch && t.again ? METAGAME_OK : mtg_fail_memory(err, alloc, "the report");
  if (status == METAGAME_OK) {
    fill_coalitions(t.masks, asked->callbacks.n_players);
    status = mtg_game_rows(asked, t.masks, N_COALITIONS, t.batch, err);
  }
  if (status == METAGAME_OK && c->options.checks & METAGAME_CHECK_BATCH) status = compare(c, "batch", &t, asked, 1, err);
  if (status == METAGAME_OK && c->options.checks & METAGAME_CHECK_REPEAT) status = compare(c, "repeat", &t, asked, 0, err);
  mtg_free(alloc, t.masks);
  mtg_free(alloc, t.batch);
  mtg_free(alloc, t.again);
  return status;
}

static metagame_status check_exact(mtg_checks *c, metagame_error *err) {
  const mtg_numbers *numbers = &c->result->numbers;
  metagame_options options = METAGAME_OPTIONS_INIT;
  if (numbers->n > MTG_EXACT_MOST_PLAYERS) {
    skip(add(c, "exact", -1, 0, 0, 0), METAGAME_CHECK_LARGE);
    return METAGAME_OK;
  }
  options.solver = METAGAME_SOLVER_EXACT;
  options.outer = c->result->info.outer;
  options.flags = c->result->info.flags & METAGAME_UNPINNED;
  MTG_TRY(metagame_solve(&c->exact, c->game, &options, err));
  for (uint32_t i = 0; i < numbers->m; ++i) {
    const double scale = c->exact->numbers.scale[i];
    extent e = { 0, 1, 1 };
    for (uint32_t j = 0; j < numbers->n; ++j)
      extend(&e, numbers, mtg_contrast_exact(c, numbers, i, j));
    metagame_check *check =
      numbers->has_deviation ? add_sampled(c, "exact", i, &e, scale, numbers->degrees[i])
                             : add(c, "exact", i, e.worst, scale, rounding(c, 64) * scale);
    if (!e.is_known)
      skip(check, METAGAME_CHECK_UNKNOWN);
    else if (numbers->has_deviation && is_far(check, &e) && can_run_again(c))
      suspect(c, check, i, e.has_bars);
    else if (numbers->has_deviation)
      decide_alone(c, check, &e);
  }
  return METAGAME_OK;
}

static metagame_status run(mtg_checks *c, metagame_error *err) {
  const uint64_t checks = c->options.checks;
  if (checks == 0 || checks & METAGAME_CHECK_DECOMPOSITION) check_decomposition(c);
  const int is_cardinal = (c->result->info.flags & METAGAME_CARDINAL) != 0;
  if (checks & METAGAME_CHECK_SYMMETRY || (checks == 0 && is_cardinal))
    MTG_TRY(check_symmetry(c, err));
  if (checks & METAGAME_CHECK_COMPLETENESS || (checks == 0 && c->game)) MTG_TRY(check_completeness(c, err));
  if (checks & (METAGAME_CHECK_BATCH | METAGAME_CHECK_REPEAT)) MTG_TRY(check_evaluation(c, err));
  if (checks & METAGAME_CHECK_EXACT) MTG_TRY(check_exact(c, err));
  return mtg_judge_suspects(c, err);
}

static metagame_status check_arguments(const mtg_checks *c, metagame_error *err) {
  const metagame_verify_options *options = &c->options;
  const mtg_numbers *numbers = &c->result->numbers;
  if (options->checks & ~(ROUNDING_CHECKS | GAME_CHECKS))
    return mtg_fail(err, METAGAME_E_FLAGS, "verify_options.checks is 0x%llx, known bits are 0x%llx", (unsigned long long)options->checks,
                    (unsigned long long)(ROUNDING_CHECKS | GAME_CHECKS));
  if (!(options->tolerance >= 0) || isinf(options->tolerance))
    return mtg_fail(err, METAGAME_E_ARGUMENT, "verify_options.tolerance is %g, must be finite and >= 0", options->tolerance);
  if (!(options->evaluation_tolerance >= 0) || isinf(options->evaluation_tolerance))
    return mtg_fail(err, METAGAME_E_ARGUMENT, "verify_options.evaluation_tolerance is %g, must be finite and >= 0",
                    options->evaluation_tolerance);
  if (options->reruns != 0 && (options->reruns < LEAST_RUNS || options->reruns > MOST_RUNS))
    return mtg_fail(err, METAGAME_E_ARGUMENT,
                    "verify_options.reruns is %llu, must be %d..%d (0: the default)",
                    (unsigned long long)options->reruns, (int)LEAST_RUNS, (int)MOST_RUNS);
  if (!c->game && options->checks & GAME_CHECKS)
    return mtg_fail(err, METAGAME_E_NULL, "game is NULL, but verify_options.checks has checks that call it");
  if (options->checks & METAGAME_CHECK_EXACT && c->result->info.n_maskings > 1)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "verify_options.checks has METAGAME_CHECK_EXACT, but the result is the mean of %u "
                    "maskings and `game` one of them: check their own results", c->result->info.n_maskings);
  if (c->game && (c->game->callbacks.n_players != numbers->n || c->game->callbacks.n_targets != numbers->m))
    return mtg_fail(err, METAGAME_E_ARGUMENT, "game has %u players and %u targets, the result %u and %u", c->game->callbacks.n_players,
                    c->game->callbacks.n_targets, numbers->n, numbers->m);
  return METAGAME_OK;
}

metagame_status metagame_verify(metagame_report **out, const metagame_result *result, const metagame_game *game,
                                const metagame_verify_options *options, metagame_error *err) {
  const metagame_verify_options defaults = METAGAME_VERIFY_OPTIONS_INIT;
  mtg_checks c = { .result = result, .game = game, .options = defaults };
  if (out) *out = NULL;
  if (!out || !result) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !out ? "out" : "result");
  if (options) MTG_TRY(mtg_struct_read(&c.options, sizeof c.options, options, sizeof c.options, "verify_options", err));
  MTG_TRY(check_arguments(&c, err));
  const size_t values = game && game->values ? game->values->callbacks.n_targets : result->numbers.m;
  metagame_report *report = mtg_new(&result->alloc, 1, sizeof *report);
  if (!report) return mtg_fail_memory(err, &result->alloc, "the report");
  report->alloc = result->alloc;
  const size_t m = result->numbers.m;
  report->checks = mtg_new(&report->alloc, 2 * m + 2 * values + 3, sizeof *report->checks);
  c.suspects = mtg_new(&report->alloc, m + 1, sizeof *c.suspects);
  c.report = report;
  metagame_status status = report->checks && c.suspects ? run(&c, err)
                                                        : mtg_fail_memory(err, &result->alloc, "the report");
  metagame_result_destroy(c.exact);
  mtg_free(&report->alloc, c.suspects);
  if (status < 0) {
    metagame_report_destroy(report);
    return status;
  }
  *out = report;
  return METAGAME_OK;
}

size_t metagame_report_count(const metagame_report *report) { return report ? report->count : 0; }

size_t metagame_report_failed(const metagame_report *report) {
  size_t failed = 0;
  for (size_t at = 0; report && at < report->count; ++at) failed += report->checks[at].outcome == METAGAME_CHECK_FAILED;
  return failed;
}

metagame_status metagame_report_get(const metagame_report *report, size_t index, metagame_check *out, metagame_error *err) {
  if (!report || !out) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !report ? "report" : "out");
  if (index >= report->count)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "index is %zu, the report has %zu checks", index, report->count);
  return mtg_struct_write(out, &report->checks[index], sizeof *report->checks, sizeof *report->checks, "check", err);
}

void metagame_report_destroy(metagame_report *report) {
  if (!report) return;
  const mtg_alloc alloc = report->alloc;
  mtg_free(&alloc, report->checks);
  mtg_free(&alloc, report);
}
