/* SPDX-License-Identifier: MIT */
/* Verification: what can be checked about a result, as data (docs/mathematics.md, section 7).
 *
 *   decomposition   |base_i + sum_j phi_{j->i} - phi_i(x)|          <= 32 n eps * scale_i
 *   symmetry        max |M_ij - M_ji| of a cardinal attribution     <= 64 n eps * scale, or Student's quantile in standard errors
 *   batch, repeat   the same coalition again, in another batch      <= evaluation_tolerance * max |v|
 *   completeness    sum of all features' attributions - (f(x) - f(b)) <= 1e-6 * scale
 *   exact           max_j |phi_{j->i} - exact|                      <= 64 n eps * scale_i, or Student's quantile in standard errors
 *
 * The quantile is two-sided at level 1 - 0.001/cells: one false alarm in 1000 reports (Bonferroni). */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/abi.h"
#include "base/mask.h"
#include "base/random.h"
#include "estimate/student.h"
#include "game/game.h"
#include "result/result.h"

enum { EXACT_MOST_PLAYERS = 16, N_COALITIONS = 16 };

#define ROUNDING_CHECKS (METAGAME_CHECK_DECOMPOSITION | METAGAME_CHECK_SYMMETRY)
#define GAME_CHECKS (METAGAME_CHECK_BATCH | METAGAME_CHECK_REPEAT | METAGAME_CHECK_COMPLETENESS | METAGAME_CHECK_EXACT)

struct metagame_report {
  mtg_alloc alloc;
  size_t count;
  metagame_check *checks;
};

typedef struct context {
  metagame_report *report;
  const metagame_result *result;
  const metagame_game *game;
  metagame_verify_options options;
} context;

static void add(context *c, const char *name, int64_t target, double residual, double scale, double tolerance, int applies) {
  metagame_check check = METAGAME_CHECK_INIT;
  check.name = name;
  check.target = target;
  check.residual = residual;
  check.scale = scale;
  check.tolerance = tolerance;
  check.outcome = !applies ? METAGAME_CHECK_SKIPPED : residual <= tolerance ? METAGAME_CHECK_PASSED : METAGAME_CHECK_FAILED;
  c->report->checks[c->report->count++] = check;
}

static double rounding(const context *c, double factor) {
  return c->options.tolerance > 0 ? c->options.tolerance : factor * (double)c->result->numbers.n * DBL_EPSILON;
}

static double quantile(const context *c, double degrees) {
  const double cells = (double)c->result->numbers.n * (double)c->result->numbers.m;
  return degrees > 0 ? mtg_student_two_sided(1 - 0.001 / cells, degrees) : NAN;
}

static void check_decomposition(context *c) {
  const mtg_numbers *numbers = &c->result->numbers;
  for (uint32_t i = 0; i < numbers->m; ++i) {
    /* Anew: a result that was read may have been changed since. */
    const double residual = fabs(mtg_numbers_residual(numbers, i)), scale = fmax(numbers->scale[i], fabs(numbers->first_order[i]));
    const int applies = c->result->info.outer == METAGAME_OUTER_SHAPLEY && (c->result->info.status == METAGAME_OK || !isnan(residual));
    add(c, "decomposition", i, residual, scale, rounding(c, 32) * scale, applies);
  }
}

/* The difference of two entries in standard errors where they are sampled, else as it is; NaN where an error is unknown. Differences
 * at the level of rounding are none: a sampled entry can be right to the last digits, with an error bar to match. */
static double distance(const mtg_numbers *numbers, size_t a, double value_b, double deviation_b, double scale) {
  const double difference = fabs(numbers->matrix[a] - value_b);
  if (!numbers->has_deviation) return difference;
  const double deviation = hypot(numbers->deviation[a], deviation_b);
  if (isnan(deviation)) return NAN;
  if (difference <= 64 * (double)numbers->n * DBL_EPSILON * scale) return 0;
  return deviation > 0 ? difference / deviation : INFINITY;
}

static void check_symmetry(context *c) {
  const metagame_result *result = c->result;
  const mtg_numbers *numbers = &result->numbers;
  const uint32_t n = numbers->n;
  double worst = 0, scale = 0, degrees = INFINITY;
  int applies = (result->info.flags & METAGAME_CARDINAL) != 0, pairs = 0;
  for (uint32_t i = 0; applies && i < numbers->m; ++i) {
    if (result->own_player[i] < 0) continue;
    scale = fmax(scale, numbers->scale[i]);
    degrees = fmin(degrees, numbers->degrees[i]);
    for (uint32_t other = 0; other < i; ++other) {
      if (result->own_player[other] < 0 || result->own_player[other] == result->own_player[i]) continue;
      const size_t a = (size_t)i * n + (uint32_t)result->own_player[other], b = (size_t)other * n + (uint32_t)result->own_player[i];
      const double d = distance(numbers, a, numbers->matrix[b], numbers->deviation[b], fmax(numbers->scale[i], numbers->scale[other]));
      if (isnan(d)) applies = 0;
      worst = fmax(worst, d);
      pairs = 1;
    }
  }
  const double tolerance = numbers->has_deviation ? quantile(c, degrees) : rounding(c, 64) * scale;
  add(c, "symmetry", -1, worst, scale, tolerance, applies && pairs && !isnan(tolerance));
}

static metagame_status check_completeness(context *c, metagame_error *err) {
  double expected = 0, residual = 0, scale = 0;
  if (!c->game->callbacks.completeness) {
    if (c->options.checks & METAGAME_CHECK_COMPLETENESS) add(c, "completeness", -1, 0, 0, 0, 0);
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
  add(c, "completeness", -1, fabs(residual), scale, (c->options.tolerance > 0 ? c->options.tolerance : 1e-6) * scale, 1);
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

static metagame_status compare(context *c, const char *name, const trial *t, const metagame_game *asked, int alone, metagame_error *err) {
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
    add(c, name, asked == c->game ? (int64_t)i : -1, worst, scale, c->options.evaluation_tolerance * scale, 1);
  }
  return METAGAME_OK;
}

static metagame_status check_evaluation(context *c, metagame_error *err) {
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

static metagame_status check_exact(context *c, metagame_error *err) {
  const mtg_numbers *numbers = &c->result->numbers;
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_result *exact = NULL;
  if (numbers->n > EXACT_MOST_PLAYERS) {
    add(c, "exact", -1, 0, 0, 0, 0);
    return METAGAME_OK;
  }
  options.solver = METAGAME_SOLVER_EXACT;
  options.outer = c->result->info.outer;
  options.flags = c->result->info.flags & METAGAME_UNPINNED;
  MTG_TRY(metagame_solve(&exact, c->game, &options, err));
  const double *truth = metagame_result_matrix(exact), *scales = metagame_result_scale(exact);
  for (uint32_t i = 0; i < numbers->m; ++i) {
    double worst = 0, tolerance = numbers->has_deviation ? quantile(c, numbers->degrees[i]) : rounding(c, 64) * scales[i];
    int known = !isnan(tolerance);
    for (uint32_t j = 0; j < numbers->n; ++j) {
      const double d = distance(numbers, (size_t)i * numbers->n + j, truth[(size_t)i * numbers->n + j], 0, scales[i]);
      if (isnan(d)) known = 0;
      worst = fmax(worst, d);
    }
    add(c, "exact", i, worst, scales[i], tolerance, known);
  }
  metagame_result_destroy(exact);
  return METAGAME_OK;
}

static metagame_status run(context *c, metagame_error *err) {
  const uint64_t checks = c->options.checks;
  if (checks == 0 || checks & METAGAME_CHECK_DECOMPOSITION) check_decomposition(c);
  if (checks & METAGAME_CHECK_SYMMETRY || (checks == 0 && c->result->info.flags & METAGAME_CARDINAL)) check_symmetry(c);
  if (checks & METAGAME_CHECK_COMPLETENESS || (checks == 0 && c->game)) MTG_TRY(check_completeness(c, err));
  if (checks & (METAGAME_CHECK_BATCH | METAGAME_CHECK_REPEAT)) MTG_TRY(check_evaluation(c, err));
  if (checks & METAGAME_CHECK_EXACT) MTG_TRY(check_exact(c, err));
  return METAGAME_OK;
}

static metagame_status check_arguments(const context *c, metagame_error *err) {
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
  context c = { NULL, result, game, defaults };
  if (out) *out = NULL;
  if (!out || !result) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !out ? "out" : "result");
  if (options) MTG_TRY(mtg_struct_read(&c.options, sizeof c.options, options, sizeof c.options, "verify_options", err));
  MTG_TRY(check_arguments(&c, err));
  const size_t values = game && game->values ? game->values->callbacks.n_targets : result->numbers.m;
  metagame_report *report = mtg_new(&result->alloc, 1, sizeof *report);
  if (!report) return mtg_fail_memory(err, &result->alloc, "the report");
  report->alloc = result->alloc;
  report->checks = mtg_new(&report->alloc, 2 * (size_t)result->numbers.m + 2 * values + 3, sizeof *report->checks);
  c.report = report;
  metagame_status status = report->checks ? run(&c, err) : mtg_fail_memory(err, &result->alloc, "the report");
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
