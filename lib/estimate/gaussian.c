/* SPDX-License-Identifier: MIT */
/* Shapley values with the help of a model of the game (docs/mathematics.md, section 11), on the plan of plan/kernel.c:
 *
 *   1. the regression of estimate/regression.c on the rows: first guess, and the answer where the plan has every
 *      coalition or the audit speaks against the model;
 *   2. the model, a Gaussian process (process.c) or a sparse fit (sparse.c): where the plan has pairs, of the odd parts
 *      d(T) = (v(T) - v(N-T))/2, which alone make the Shapley values; else of the rows that each target sees;
 *   3. phi = Shapley values of the model + regression of what it leaves over. With all coalitions that is exact.
 *      Consistent, not unbiased.
 *
 * With few pairs the first half of the budget is a plan of its own. Its audit decides (gaussian_fit.c): where the model
 * predicts what it has not seen far better than regression does, the other half are pairs chosen by what was told
 * (gaussian_choose.c), which serve step 2 alone; else the rest of the plan of the whole budget, and regression loses nothing.
 * This file keeps the rows and their course. Memory: rows * m numbers four times, one N x N matrix of at most N pairs or rows. */
#include "estimate/gaussian.h"

#include "base/mask_set.h"
#include "base/saturate.h"
#include "estimate/gaussian_choose.h"
#include "estimate/gaussian_work.h"
#include "estimate/sequential.h"
#include "estimate/sparse.h"

static const double NOTHING_LEFT = 1e-12; /* of the squares: a fit without errors has nothing to choose by */

uint64_t mtg_gaussian_bytes(const mtg_problem *problem, uint64_t most_chosen, uint64_t most_carried) {
  const uint64_t rows = problem->budget, units = problem->has_pinned ? rows : rows / 2;
  const uint64_t candidates = mtg_gaussian_most_candidates(problem->n);
  const uint64_t most = mtg_process_most_fitted(1), fitted = units < most ? units : most;
  const uint64_t cells = (uint64_t)problem->n * problem->m;
  uint64_t bytes = mtg_plus(sizeof(mtg_gaussian) + 30 * MTG_BLOCK_OVERHEAD, mtg_times(2, mtg_regression_bytes(problem)));
  bytes = mtg_plus(bytes, mtg_times(mtg_plus(3 * rows, 4 * (units + problem->n + 2)), problem->m * sizeof(double)));
  bytes = mtg_plus(bytes, mtg_times(mtg_plus(units, problem->n + 2), (3 + problem->words) * sizeof(uint64_t)));
  bytes = mtg_plus(bytes, mtg_times(10 * cells + 8 * (uint64_t)problem->m, sizeof(double)));
  const uint64_t process = mtg_process_bytes(problem->n, fitted, problem->m), sparse = mtg_sparse_bytes(problem->n, units);
  bytes = mtg_plus(bytes, process > sparse ? process : sparse);
  if (most_carried > 0)
    bytes = mtg_plus(bytes, mtg_plus(mtg_mask_set_bytes(units, problem->words), most_carried * problem->words * sizeof(uint64_t)));
  if (most_chosen == 0) return bytes;
  bytes = mtg_plus(bytes, mtg_regression_bytes(problem));
  bytes = mtg_plus(bytes, mtg_plus(most_chosen + candidates, 2 * units) * 4 * problem->words * sizeof(uint64_t));
  const uint64_t designs = mtg_sequential_bytes(problem->n, units, candidates) + (2 + MTG_FOLDS) * mtg_process_bytes(problem->n, 0, 0);
  return mtg_plus(bytes, MTG_GAUSSIAN_APART * designs);
}

void mtg_gaussian_close(mtg_gaussian *s) {
  if (!s) return;
  const mtg_alloc alloc = s->kernel->problem->alloc;
  void *const blocks[] = { s->rows, s->chosen, s->more, s->told_at };
  mtg_regression_close(s->regression);
  for (size_t at = 0; at < s->n_kept; ++at) mtg_process_close(&s->kept[at]);
  for (size_t at = 0; at < s->n_folds; ++at) mtg_process_close(&s->folds[at]);
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(&alloc, blocks[b]);
  mtg_free(&alloc, s);
}

/* Where the rows of the whole plan will stand, and which of its units the first plan does not have. */
static metagame_status match_plans(mtg_gaussian *s, metagame_error *err) {
  const mtg_kernel *first = s->first, *whole = s->whole;
  const size_t words = first->problem->words;
  mtg_mask_set set;
  uint64_t number;
  int added, failed = 0;
  mtg_mask_set_open(&set, &first->problem->alloc, words);
  for (uint64_t unit = 0; unit < first->n_units && !failed; ++unit)
    failed = mtg_mask_set_add(&set, first->units + unit * words, &number, &added) != 0;
  for (uint64_t unit = 0; unit < whole->n_units && !failed; ++unit) {
    failed = mtg_mask_set_add(&set, whole->units + unit * words, &number, &added) != 0;
    if (added) s->more[s->n_more++] = unit;
    s->told_at[unit] = first->n_header + 2 * number; /* behind the first plan the set numbers what it has not */
  }
  mtg_mask_set_close(&set);
  return failed ? mtg_fail_memory(err, &first->problem->alloc, "the plan") : METAGAME_OK;
}

metagame_status mtg_gaussian_open(mtg_gaussian **out, const mtg_kernel *first, const mtg_kernel *whole, uint64_t most_chosen,
                                  metagame_error *err) {
  const mtg_problem *problem = first->problem;
  const mtg_alloc *alloc = &problem->alloc;
  mtg_gaussian *s = mtg_new(alloc, 1, sizeof *s);
  if (!s) return mtg_fail_memory(err, alloc, "the Gaussian process");
  s->kernel = s->first = first;
  s->whole = whole;
  s->most_chosen = most_chosen;
  s->is_decided = whole == NULL;
  const uint64_t rows = first->n_rows + 2 * (most_chosen + (whole ? whole->n_units : 0));
  s->rows = mtg_new(alloc, (size_t)rows, problem->m * sizeof(double));
  s->chosen = mtg_new(alloc, (size_t)most_chosen + 1, problem->words * sizeof *s->chosen);
  s->more = mtg_new(alloc, whole ? (size_t)whole->n_units + 1 : 1, sizeof *s->more);
  s->told_at = mtg_new(alloc, whole ? (size_t)whole->n_units + 1 : 1, sizeof *s->told_at);
  metagame_status status = METAGAME_OK;
  if (!s->rows || !s->chosen || !s->more || !s->told_at) status = mtg_fail_memory(err, alloc, "the Gaussian process");
  if (status == METAGAME_OK) status = mtg_regression_open(&s->regression, first, err);
  if (status == METAGAME_OK && whole) status = match_plans(s, err);
  if (status != METAGAME_OK) {
    mtg_gaussian_close(s);
    return status;
  }
  *out = s;
  return METAGAME_OK;
}

/* ---- rows ---- */

void mtg_gaussian_take(mtg_gaussian *s, const double *rows, size_t n_rows) {
  const size_t m = s->first->problem->m;
  const uint64_t plan = s->first->n_rows, left = s->n_taken < plan ? plan - s->n_taken : 0;
  memcpy(s->rows + s->n_taken * m, rows, n_rows * m * sizeof *rows);
  s->n_taken += n_rows;
  mtg_regression_take(s->regression, rows, n_rows < left ? n_rows : (size_t)left);
}

static int has_turned(const mtg_gaussian *s) { return s->kernel != s->first; }

uint64_t mtg_gaussian_known_rows(const mtg_gaussian *s) {
  return s->first->n_rows + 2 * (s->n_chosen + (has_turned(s) ? s->n_more : 0));
}

uint64_t mtg_gaussian_planned_rows(const mtg_gaussian *s) {
  return has_turned(s) ? mtg_gaussian_known_rows(s) : s->first->n_rows + 2 * s->most_chosen;
}

uint64_t mtg_gaussian_taken(const mtg_gaussian *s) { return s->n_taken; }
uint64_t mtg_gaussian_chosen(const mtg_gaussian *s, uint64_t *masks) {
  if (masks) memcpy(masks, s->chosen, s->n_chosen * s->first->problem->words * sizeof *masks);
  return s->n_chosen;
}

void mtg_gaussian_row(const mtg_gaussian *s, uint64_t index, uint64_t *mask) {
  const mtg_problem *problem = s->first->problem;
  const size_t words = problem->words;
  if (index < s->first->n_rows) {
    mtg_kernel_row(s->first, index, mask);
    return;
  }
  const uint64_t pair = (index - s->first->n_rows) / 2;
  const uint64_t *unit = pair < s->n_chosen ? s->chosen + pair * words : s->whole->units + s->more[pair - s->n_chosen] * words;
  if ((index - s->first->n_rows) % 2)
    mtg_mask_complement(mask, unit, problem->n);
  else
    mtg_mask_copy(mask, unit, words);
}

const double *mtg_gaussian_unit_values(const mtg_gaussian *s, uint64_t unit) {
  const uint64_t step = s->kernel->paired ? 2 : 1;
  uint64_t at = s->kernel->n_header + step * unit;
  if (has_turned(s)) {
    at = s->told_at[unit];
    if (at >= s->first->n_rows) at += 2 * s->n_chosen;
  }
  return s->rows + at * s->kernel->problem->m;
}

/* ---- the course ---- */

metagame_status mtg_gaussian_carry(mtg_gaussian *s, const uint64_t *masks, uint64_t count, metagame_error *err) {
  const mtg_problem *problem = s->first->problem;
  const mtg_kernel *plan = s->whole ? s->whole : s->first;
  const size_t words = problem->words;
  mtg_mask_set set;
  uint64_t *mask = mtg_new(&problem->alloc, 2 * words, sizeof *mask), number;
  int added, failed = !mask;
  mtg_mask_set_open(&set, &problem->alloc, words);
  for (uint64_t unit = 0; unit < s->first->n_units + plan->n_units && !failed; ++unit) {
    const uint64_t *from = unit < s->first->n_units ? s->first->units + unit * words : plan->units + (unit - s->first->n_units) * words;
    mtg_mask_copy(mask, from, words);
    mtg_gaussian_turn(mask, mask + words, problem->n);
    failed = mtg_mask_set_add(&set, mask, &number, &added) != 0;
  }
  for (uint64_t at = 0; at < count && s->n_chosen < s->most_chosen && !failed; ++at)
    if (!mtg_mask_set_has(&set, masks + at * words)) mtg_mask_copy(s->chosen + s->n_chosen++ * words, masks + at * words, words);
  s->n_carried = s->n_chosen;
  mtg_mask_set_close(&set);
  mtg_free(&problem->alloc, mask);
  return failed ? mtg_fail_memory(err, &problem->alloc, "the design") : METAGAME_OK;
}

/* Regression's own standard errors for the targets that keep its numbers: models were compared without what unseen exceptions
 * may hide. */
static metagame_status complete_errors(const mtg_work *w, mtg_regression *regression, mtg_numbers *numbers, metagame_error *err) {
  mtg_numbers other;
  const mtg_problem *problem = w->problem;
  if (mtg_numbers_open(&other, &problem->alloc, problem->n, problem->m) != 0)
    return mtg_fail_memory(err, &problem->alloc, "the standard errors");
  mtg_regression_leave_bare(regression, 0);
  const metagame_status status = mtg_regression_finish(regression, 1, &other, err);
  for (uint32_t i = 0; i < problem->m && status == METAGAME_OK; ++i)
    if (!w->is_used[i]) memcpy(numbers->deviation + i * w->n, other.deviation + i * w->n, w->n * sizeof(double));
  mtg_numbers_close(&other, &problem->alloc);
  return status;
}

/* Regression, and the model where its audit allows it. With a keeper for the folds only the audit counts. has_levels: whether some target has few different values. */
static metagame_status estimate(const mtg_gaussian *s, mtg_gaussian *keeper, mtg_regression *regression, int complete,
                                mtg_numbers *numbers, int *has_levels, metagame_error *err) {
  mtg_work work;
  const int has_model = complete && !s->kernel->everything && s->kernel->problem->n >= MTG_GAUSSIAN_LEAST_PLAYERS;
  *has_levels = 0;
  mtg_regression_leave_bare(regression, has_model);
  MTG_TRY(mtg_regression_finish(regression, complete, numbers, err));
  if (!has_model) return METAGAME_OK;
  metagame_status status = mtg_work_open(&work, s, err);
  work.keeper = keeper;
  if (status == METAGAME_OK) status = mtg_gaussian_improve(&work, numbers, err);
  if (status == METAGAME_OK && !keeper) status = complete_errors(&work, regression, numbers, err);
  for (uint32_t i = 0; i < s->kernel->problem->m && status == METAGAME_OK; ++i) *has_levels |= work.has_levels[i];
  mtg_work_close(&work);
  return status;
}

/* The first plan is told: whether its audit speaks for choosing pairs. */
static metagame_status decide(mtg_gaussian *s, metagame_error *err) {
  const mtg_problem *problem = s->first->problem;
  mtg_numbers numbers;
  int has_levels;
  if (mtg_numbers_open(&numbers, &problem->alloc, problem->n, problem->m) != 0)
    return mtg_fail_memory(err, &problem->alloc, "the audit");
  metagame_status status = estimate(s, s, s->regression, 1, &numbers, &has_levels, err);
  if (status == METAGAME_E_SINGULAR) {
    numbers.audit.outcome = METAGAME_AUDIT_NONE;
    status = METAGAME_OK;
  }
  if (status == METAGAME_OK) {
    s->is_decided = 1;
    const int chooses = numbers.audit.outcome == METAGAME_AUDIT_PASSED && numbers.audit.error <= MTG_GAUSSIAN_WORTH_CHOOSING &&
                        numbers.left_out > NOTHING_LEFT && !has_levels;
    if (!chooses) s->kernel = s->whole;
  }
  mtg_numbers_close(&numbers, &problem->alloc);
  return status;
}

metagame_status mtg_gaussian_go_on(mtg_gaussian *s, metagame_error *err) {
  if (!s->is_decided) MTG_TRY(decide(s, err));
  /* Without a whole plan those carried over were chosen after an audit; a few more make up for any that the plan has, too. */
  return has_turned(s) || s->n_chosen == s->most_chosen ? METAGAME_OK : mtg_gaussian_choose(s, err);
}

/* Of the whole plan, whose rows are told in another order. */
static metagame_status regress_whole(const mtg_gaussian *s, mtg_regression **out, metagame_error *err) {
  MTG_TRY(mtg_regression_open(out, s->whole, err));
  mtg_regression_take(*out, s->rows, (size_t)s->whole->n_header);
  for (uint64_t unit = 0; unit < s->whole->n_units; ++unit) mtg_regression_take(*out, mtg_gaussian_unit_values(s, unit), 2);
  return METAGAME_OK;
}

metagame_status mtg_gaussian_finish(mtg_gaussian *s, int complete, mtg_numbers *numbers, metagame_error *err) {
  const mtg_kernel *plan = s->kernel;
  mtg_regression *whole = NULL;
  metagame_status status = METAGAME_OK;
  int has_levels;
  if (has_turned(s) && !complete) s->kernel = s->first; /* a part of the rest is no sample of the whole plan */
  complete = complete || s->n_taken >= s->first->n_rows;
  if (has_turned(s)) status = regress_whole(s, &whole, err);
  if (status == METAGAME_OK) status = estimate(s, NULL, whole ? whole : s->regression, complete, numbers, &has_levels, err);
  mtg_regression_close(whole);
  numbers->evaluations = s->n_taken;
  s->kernel = plan;
  return status;
}
