/* SPDX-License-Identifier: MIT */
/* The fit of a model and its audit (docs/mathematics.md, section 11).
 *
 * A model is judged by rows that it has not seen. The rows of the plan are parted: in MTG_FOLDS ways with few rows, else into
 * two thirds that the parameters are learnt from and a third that is held out. A row r that is held out has the error
 *
 *   e_r = alpha_r / (K + noise)^-1_rr      what the fit to all other rows, with parameters from rows other than its fold,
 *                                          leaves over at r: no refit is needed
 *
 * Standard errors of a process: the posterior's standard deviations, in the scale at which the e_r are as large as it says.
 * Those of a sparse fit: of the regression of its cross-validated errors, since phi is the model's Shapley values and a
 * regression of what it leaves over. Errors that are 0 to the last digits say only that exceptions are rare: surprise.c.
 *
 * audit = sum_j SE_j^2 of the model / sum_j SE_j^2 of regression: a target keeps regression's numbers where that is above 1.
 * Up to MTG_GAUSSIAN_APART targets with the same own player, or none, have a process each; more share one, learnt from up to
 * MTG_GAUSSIAN_TAUGHT of them. The number of processes bounds the rows that each is learnt from and fitted to, so that all end
 * within seconds; further rows are judged by its prediction. */
#include <math.h>

#include "estimate/gaussian_work.h"
#include "estimate/sparse.h"
#include "estimate/student.h"
#include "estimate/surprise.h"

enum { FOLDED_ROWS = 512, FOLD_LEARNT = 200, LEAST_AUDITED = 6, FEW_PROCESSES = 4, LEAST_DEGREES = 2, MOST_LEVELS = 64,
       LEVEL_ROWS = 3 /* for each level */ };
static const double MANY_ROWS = 10; /* for each player: what few values are told apart by */
static const double SPARSE = 0.25; /* of squared errors */
static const double SMALLER = 0.5, FAR_SMALLER = 0.01, FAR_LARGER = 2; /* of squared errors; where pairs were chosen; of few values */
static const double MOST_KNOWN = 0.5; /* of all coalitions */
static const double ROUNDING = 1e-10; /* of the scale: what solving with a small noise leaves of 16 digits */
static const double LAST_DIGITS = 1e-7; /* of the largest value: an error as small is none */

/* ---- rows ---- */

metagame_status mtg_work_open(mtg_work *w, const mtg_gaussian *s, metagame_error *err) {
  const mtg_problem *problem = s->kernel->problem;
  const mtg_alloc *alloc = &problem->alloc;
  const size_t n = problem->n, m = problem->m, plan = (size_t)s->kernel->n_rows, units = (size_t)s->kernel->n_units;
  const size_t rows = units + (size_t)s->n_chosen + n + MTG_PROCESS_EXACT;
  memset(w, 0, sizeof *w);
  w->of = s;
  w->problem = problem;
  w->n = n;
  w->m = m;
  w->n_audited = UINT64_MAX;
  mtg_group *g = &w->group;
  g->targets = mtg_new(alloc, m, sizeof *g->targets);
  g->at = mtg_new(alloc, rows, sizeof *g->at);
  g->masks = mtg_new(alloc, rows, problem->words * sizeof *g->masks);
  w->known_rows = mtg_new(alloc, plan + 1, m);
  w->spare_ground = mtg_new(alloc, m, sizeof *w->spare_ground);
  w->counts = mtg_new(alloc, 4 * (n + 1), sizeof *w->counts);
  w->is_sparse = mtg_new(alloc, m, 1);
  w->has_levels = mtg_new(alloc, m, 1);
  w->is_used = mtg_new(alloc, m, 1);
  g->surprises = mtg_new(alloc, m, sizeof *g->surprises);
  double **const arrays[] = { &g->values, &g->residual,  &g->left_out,      &g->gains,         &g->shapley,
                              &g->deviation, &g->variance, &w->start,       &w->shapley,       &w->deviation,
                              &w->residual_rows, &w->left_out_rows, &w->largest, &w->degrees, &w->spare };
  const size_t counts[] = { rows * m, rows * m, rows * m, m, m * n, m * n, MTG_FOLDS * m * n, n, m * n, m * n, plan * m, plan * m, m, m,
                            2 * m * n + 4 * m };
  int missing = !g->targets || !g->at || !g->masks || !w->known_rows || !w->spare_ground || !w->counts || !w->is_sparse || !w->has_levels || !w->is_used || !g->surprises;
  for (size_t a = 0; a < sizeof counts / sizeof *counts && !missing; ++a)
    missing = (*arrays[a] = mtg_new(alloc, counts[a], sizeof(double))) == NULL;
  return missing ? mtg_fail_memory(err, alloc, "the Gaussian process") : METAGAME_OK;
}

void mtg_work_close(mtg_work *w) {
  mtg_process_close(&w->audited);
  mtg_process_close(&w->best);
  mtg_group *g = &w->group;
  void *const blocks[] = { g->targets, g->at, g->masks, g->values, g->residual, g->left_out, g->gains, g->shapley, g->deviation,
                           g->variance, w->start, w->shapley, w->deviation, w->residual_rows, w->left_out_rows,
                           w->known_rows, w->largest, w->degrees, w->spare, w->spare_ground, w->counts, w->is_sparse, w->has_levels, w->is_used, g->surprises };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(&w->problem->alloc, blocks[b]);
}

/* Row `row` of the plan, or with MTG_NO_ROW chosen pair `pair`. */
static const double *values_of(const mtg_gaussian *s, uint64_t row, uint64_t pair) {
  const mtg_kernel *kernel = s->kernel;
  const size_t m = kernel->problem->m;
  if (row == MTG_NO_ROW) return s->rows + (s->first->n_rows + 2 * pair) * m;
  if (row < kernel->n_header) return s->rows + row * m;
  return mtg_gaussian_unit_values(s, (row - kernel->n_header) / (kernel->paired ? 2 : 1));
}

/* A row of the process: the odd part of a pair, or the difference from the start of each target's game. */
static void add_row(mtg_work *w, uint64_t row, uint64_t pair) {
  const mtg_kernel *kernel = w->of->kernel;
  mtg_group *g = &w->group;
  const size_t m = w->m, words = w->problem->words;
  const double *value = values_of(w->of, row, pair), *start = w->of->rows + mtg_kernel_start(kernel, g->own) * m;
  if (row == MTG_NO_ROW)
    mtg_mask_copy(g->masks + g->n_rows * words, w->of->chosen + pair * words, words);
  else
    mtg_kernel_row(kernel, row, g->masks + g->n_rows * words);
  g->at[g->n_rows] = row;
  for (size_t f = 0; f < g->n_targets; ++f) {
    const uint32_t i = g->targets[f];
    g->values[g->n_rows * g->n_targets + f] = kernel->paired ? (value[i] - value[m + i]) / 2 : value[i] - start[i];
  }
  ++g->n_rows;
}

static int sees(const mtg_work *w, uint64_t row) {
  const int32_t own = w->group.own;
  uint64_t *mask = w->group.masks; /* overwritten by the first row that is added */
  if (own < 0) return 1;
  const mtg_kernel *kernel = w->of->kernel;
  if (w->group.n_rows > 0) mask = w->group.masks + w->group.n_rows * w->problem->words;
  mtg_kernel_row(kernel, row, mask);
  return mtg_mask_has(mask, (uint32_t)own);
}

static int is_held(size_t place, size_t count, size_t learnt, int hold) {
  if (hold == MTG_HOLD_NONE) return 0;
  (void)count;
  return hold == MTG_HOLD_LAST ? place >= learnt : place % MTG_FOLDS == (size_t)hold;
}

void mtg_group_gather(mtg_work *w, int hold) {
  const mtg_gaussian *s = w->of;
  const mtg_kernel *kernel = s->kernel;
  mtg_group *g = &w->group;
  const uint64_t step = kernel->paired ? 2 : 1, everyone = (uint64_t)(w->problem->has_free != 0), singles = everyone + 1;
  const uint64_t first = !kernel->paired && g->own < 0 ? singles : kernel->n_header;
  size_t count = 0, place = 0;
  /* ---- how many of the plan's rows are seen, and learnt from ---- */
  g->n_rows = 0;
  for (uint64_t row = first; row < kernel->n_rows; row += row < kernel->n_header ? 1 : step) count += (size_t)sees(w, row);
  const size_t two_thirds = (2 * count + 2) / 3, learnt = two_thirds < w->most_learnt ? two_thirds : w->most_learnt;
  /* ---- the rows to learn from, the chosen pairs, then those held out ---- */
  for (int held = 0; held <= 1; ++held) {
    place = 0;
    for (uint64_t row = first; row < kernel->n_rows; row += row < kernel->n_header ? 1 : step)
      if (sees(w, row) && is_held(place++, count, learnt, hold) == held) add_row(w, row, 0);
    if (held == 0) {
      for (uint64_t pair = 0; pair < s->n_chosen && s->first->n_rows + 2 * pair + 2 <= s->n_taken; ++pair) add_row(w, MTG_NO_ROW, pair);
      g->n_held = g->n_rows;
    }
  }
  g->n_plan = g->n_rows;
  g->n_held = g->n_plan - g->n_held;
  /* ---- what is exact: everyone, and the start where it is no pair's other half ---- */
  add_row(w, everyone, 0);
  for (size_t f = 0; f < g->n_targets; ++f) {
    const double *rows = s->rows;
    const uint32_t i = g->targets[f];
    g->gains[f] = rows[everyone * w->m + i] - rows[mtg_kernel_start(kernel, g->own) * w->m + i];
    if (kernel->paired) g->values[g->n_plan * g->n_targets + f] = g->gains[f] / 2;
  }
  if (!kernel->paired) add_row(w, mtg_kernel_start(kernel, g->own), 0);
}

/* First guesses of the players' relevance: sqrt of their value's share in the largest, at least 0.1; the mean over targets. */
static void guess(mtg_work *w, const mtg_numbers *numbers) {
  const mtg_group *g = &w->group;
  for (size_t j = 0; j < w->n; ++j) w->start[j] = 1e-3;
  for (size_t f = 0; f < g->n_targets; ++f) {
    const double *row = numbers->matrix + g->targets[f] * w->n;
    double most = 0;
    for (size_t j = 0; j < w->n; ++j)
      if ((int32_t)j != g->own) most = fmax(most, fabs(row[j]));
    for (size_t j = 0; j < w->n; ++j) w->start[j] += most > 0 ? sqrt(fmax(fabs(row[j]) / most, 0.01)) : 1;
  }
}

/* ---- one fit ---- */

/* Learns from the rows that are not held out and fits all of them. */
static metagame_status learn_and_fit(mtg_work *w, size_t most, const mtg_process *from, metagame_error *err) {
  const mtg_kernel *kernel = w->of->kernel;
  mtg_group *g = &w->group;
  const size_t rows = g->n_plan, fitted = rows < w->most_fitted ? rows : w->most_fitted, learnt = rows - g->n_held;
  const mtg_process_data data = { g->masks, g->values, fitted, rows - fitted, g->n_rows - rows, g->n_targets };
  const size_t taught = g->n_targets < MTG_GAUSSIAN_TAUGHT ? g->n_targets : MTG_GAUSSIAN_TAUGHT;
  const uint32_t orders = kernel->paired ? MTG_PROCESS_ODD : MTG_PROCESS_ALL;
  mtg_process process;
  MTG_TRY(mtg_process_open(&process, &w->problem->alloc, w->problem->n, orders, g->own, err));
  if (from) mtg_process_resume(&process, from);
  metagame_status status = mtg_process_learn(&process, &data, taught, learnt < most ? learnt : most, w->start, err);
  if (status == METAGAME_OK) status = mtg_process_fit(&process, &data, g->gains, g->shapley, g->residual, g->left_out, g->deviation, err);
  mtg_process_close(&w->audited);
  w->audited = process;
  return status;
}

/* A sparse fit instead of the process, where it predicts rows that it has not seen far better: with few rows a little is luck. */
static metagame_status try_sparse(mtg_work *w, metagame_error *err) {
  mtg_group *g = &w->group;
  const size_t m = g->n_targets, rows = g->n_plan;
  const mtg_sparse_data data = { w->problem->n, g->masks, rows, m, g->values };
  for (size_t f = 0; f < m; ++f) {
    double *shapley = g->shapley + f * w->n, scale = 0, most = 0, error, missing = g->gains[f];
    for (size_t r = 0; r <= rows; ++r) scale = fmax(scale, fabs(g->values[r * m + f]));
    for (size_t r = 0; r < rows && scale > 0; ++r) most += SPARSE * pow(g->left_out[r * m + f] / scale, 2) / (double)rows;
    MTG_TRY(mtg_sparse_fit(&w->problem->alloc, &data, f, most, &error, shapley, g->residual, g->left_out, err));
    if (!(error < most)) continue;
    for (size_t j = 0; j < w->n; ++j) missing -= shapley[j];
    for (size_t j = 0; j < w->n; ++j) shapley[j] += missing / (double)w->n;
    w->is_sparse[g->targets[f]] = 1;
  }
  return METAGAME_OK;
}

/* ---- the audit ---- */

/* Means over some of the rows, relative to `scale`. */
static double mean_product(const mtg_group *g, size_t from, size_t to, size_t f, double scale) {
  double sum = 0;
  for (size_t at = from * g->n_targets + f; at < to * g->n_targets; at += g->n_targets)
    sum += g->left_out[at] / scale * (g->residual[at] / scale);
  return to > from ? sum / (double)(to - from) : 0;
}

static double mean_square(const mtg_group *g, size_t from, size_t to, size_t f, double scale) {
  double sum = 0;
  for (size_t at = from * g->n_targets + f; at < to * g->n_targets; at += g->n_targets)
    sum += g->left_out[at] / scale * (g->left_out[at] / scale);
  return to > from ? sum / (double)(to - from) : 0;
}

/* Whether the values of the plan's rows are few: classes, votes, thresholds. A smooth prior is then no knowledge. */
static int has_levels(const mtg_group *g, size_t f, double largest) {
  double levels[MOST_LEVELS];
  size_t count = 0, rows = 0;
  for (size_t r = 0; r < g->n_plan; ++r) {
    const double value = fabs(g->values[r * g->n_targets + f]);
    size_t at = 0;
    if (g->at[r] == MTG_NO_ROW) continue;
    while (at < count && fabs(levels[at] - value) > LAST_DIGITS * largest) ++at;
    if (at == MOST_LEVELS) return 0;
    if (at == count) levels[count++] = value;
    ++rows;
  }
  return LEVEL_ROWS * count <= rows;
}

static double largest_value(const mtg_group *g, size_t f) {
  double most = 0;
  for (size_t r = 0; r < g->n_rows; ++r) most = fmax(most, fabs(g->values[r * g->n_targets + f]));
  return most;
}

/* Errors of the rows that were held out, into the order of the plan; `inflate` those of the others, which helped to choose the parameters. */
static void keep_errors(mtg_work *w, size_t from, const double *inflate) {
  const mtg_kernel *kernel = w->of->kernel;
  const mtg_group *g = &w->group;
  for (size_t r = from; r < g->n_plan; ++r) {
    if (g->at[r] == MTG_NO_ROW) continue;
    const int held = r >= g->n_plan - g->n_held;
    for (size_t f = 0; f < g->n_targets; ++f) {
      const uint32_t i = g->targets[f];
      const size_t to = g->at[r] * w->m + i;
      const double error = g->left_out[r * g->n_targets + f] * (held || !inflate ? 1 : inflate[f]);
      w->left_out_rows[to] = error;
      if (kernel->paired) w->left_out_rows[to + w->m] = -error;
      w->known_rows[g->at[r] * w->m + i] = fabs(error) <= LAST_DIGITS * w->largest[i];
    }
  }
}

/* The posterior's deviations in the scale of the rows held out: mtg_process_fit has that of all rows. A row's surprise is the
 * square of its error over what the posterior expects, in that scale; the mean of those held out is the factor. */
static void keep_deviations(mtg_work *w, size_t fold) {
  mtg_group *g = &w->group;
  const size_t first = g->n_plan - g->n_held, fitted = g->n_plan < w->most_fitted ? g->n_plan : w->most_fitted;
  const double count = (double)fitted, spare = fmax(count - (double)w->n, count / 4);
  for (size_t f = 0; f < g->n_targets; ++f) {
    const double scale = w->largest[g->targets[f]] > 0 ? w->largest[g->targets[f]] : 1;
    const double all = mean_product(g, 0, fitted, f, scale) * count / spare;
    mtg_surprises *seen = &g->surprises[f];
    double held = 0, n_held = 0;
    for (size_t r = first; r < fitted; ++r, ++n_held) {
      const size_t at = r * g->n_targets + f;
      const double surprise = all > 0 ? g->left_out[at] / scale * (g->residual[at] / scale) / all : 0;
      held += surprise;
      seen->squares += surprise * surprise;
    }
    seen->sum += held;
    seen->count += n_held;
    for (size_t j = 0; j < w->n; ++j) {
      const double one = g->deviation[f * w->n + j] / scale;
      g->variance[(fold * w->m + f) * w->n + j] = n_held > 0 ? one * one * (held / n_held) : NAN;
    }
  }
}

/* Degrees of freedom behind a mean of squares, by its own spread (Satterthwaite 1946): about the number of rows where errors
 * are normal, about twice that of the rows which make it where few do. */
static double degrees_of(const mtg_surprises *seen) {
  return seen->count > 1 ? fmax(mtg_satterthwaite(seen->sum, seen->squares, seen->count, seen->count), 0) : 0;
}

/* Where learning from all rows starts: at the process by which the last pairs of these targets were chosen, else at the audit's. */
static metagame_status fit_all(mtg_work *w, metagame_error *err) {
  const mtg_gaussian *s = w->of;
  const size_t kept = w->m > MTG_GAUSSIAN_APART ? 0 : w->group.targets[0];
  mtg_group_gather(w, MTG_HOLD_NONE);
  return learn_and_fit(w, w->most_learnt, s->n_kept > 0 ? &s->kept[kept] : &w->best, err);
}

/* Where a process of an audit is kept: with the rows held out its error decides which is the best. */
static void keep_process(mtg_work *w, int fold, int place) {
  const mtg_group *g = &w->group;
  double off = 0;
  for (size_t f = 0; f < g->n_targets; ++f) {
    const double scale = w->largest[g->targets[f]] > 0 ? w->largest[g->targets[f]] : 1;
    off += mean_square(g, g->n_plan - g->n_held, g->n_plan, f, scale);
  }
  const int is_best = fold == 0 || off < w->least;
  if (is_best) w->least = off;
  if (w->keeper && place >= 0) {
    w->keeper->folds[place] = w->audited;
    w->keeper->n_folds = (size_t)place + 1;
    if (is_best) w->keeper->best[g->targets[0]] = (size_t)place;
    memset(&w->audited, 0, sizeof w->audited);
  } else if (is_best) {
    mtg_process_close(&w->best);
    w->best = w->audited;
    memset(&w->audited, 0, sizeof w->audited);
  }
}

/* Parameters from two thirds of the rows: with many rows one fit is estimate and audit, else one more has all of them. */
static metagame_status audit_by_third(mtg_work *w, metagame_error *err) {
  mtg_group *g = &w->group;
  double *inflate = w->spare; /* n_targets <= m */
  mtg_group_gather(w, MTG_HOLD_LAST);
  MTG_TRY(learn_and_fit(w, w->most_learnt, NULL, err));
  for (size_t f = 0; f < g->n_targets; ++f) {
    const double scale = w->largest[g->targets[f]] > 0 ? w->largest[g->targets[f]] : 1;
    const double held = mean_square(g, g->n_plan - g->n_held, g->n_plan, f, scale);
    const double seen = mean_square(g, 0, g->n_plan - g->n_held, f, scale);
    inflate[f] = seen > 0 && held > seen ? sqrt(held / seen) : 1;
  }
  keep_errors(w, 0, inflate);
  keep_deviations(w, 0);
  if (g->n_held < w->n_audited) w->n_audited = g->n_held;
  if (g->n_plan - g->n_held >= w->most_learnt || g->n_plan > FOLDED_ROWS) return METAGAME_OK;
  keep_process(w, 0, -1);
  return fit_all(w, err);
}

/* Where a fold is kept, from an audit to the next one of the same plan: of targets apart. -1: nowhere. */
static int place_of_fold(const mtg_work *w, int fold) {
  const int is_apart = w->m <= MTG_GAUSSIAN_APART && w->group.n_targets == 1 && w->of->kernel == w->of->first;
  return is_apart ? (int)w->group.targets[0] * MTG_FOLDS + fold : -1;
}

/* Each row once held out, then one more fit with parameters from all of them, unless the audit alone is wanted. */
static metagame_status audit_by_folds(mtg_work *w, metagame_error *err) {
  mtg_group *g = &w->group;
  const size_t most = w->most_learnt < FOLD_LEARNT ? w->most_learnt : FOLD_LEARNT;
  for (int fold = 0; fold < MTG_FOLDS; ++fold) {
    const int place = place_of_fold(w, fold);
    mtg_group_gather(w, fold);
    MTG_TRY(learn_and_fit(w, most, place >= 0 && w->of->n_folds > 0 && !w->keeper ? &w->of->folds[place] : NULL, err));
    keep_errors(w, g->n_plan - g->n_held, NULL);
    keep_deviations(w, (size_t)fold);
    keep_process(w, fold, place);
  }
  mtg_group_gather(w, MTG_HOLD_NONE);
  if (g->n_plan - w->of->n_chosen < w->n_audited) w->n_audited = g->n_plan - w->of->n_chosen;
  return w->keeper ? METAGAME_OK : fit_all(w, err);
}

/* Squares of errors over squares of values, for the record. */
static void judge(mtg_work *w) {
  const mtg_group *g = &w->group;
  const mtg_kernel *kernel = w->of->kernel;
  const uint64_t step = kernel->paired ? 2 : 1;
  for (size_t f = 0; f < g->n_targets; ++f) {
    const uint32_t i = g->targets[f];
    const double most = w->largest[i];
    double all = 0, left = 0;
    for (size_t r = 0; r < g->n_plan && most > 0; ++r) {
      if (g->at[r] == MTG_NO_ROW) continue;
      all += pow(g->values[r * g->n_targets + f] / most, 2);
      left += pow(w->left_out_rows[g->at[r] * w->m + i] / most, 2);
    }
    if (all > 0) w->worst = fmax(w->worst, left / all);
  }
  (void)step;
}

static double middle(double a, double b, double c) { return fmax(fmin(a, b), fmin(fmax(a, b), c)); }

static metagame_status fit_group(mtg_work *w, const mtg_numbers *numbers, metagame_error *err) {
  const mtg_kernel *kernel = w->of->kernel;
  mtg_group *g = &w->group;
  /* ---- the process, judged by rows that it has not seen ---- */
  guess(w, numbers);
  memset(g->surprises, 0, g->n_targets * sizeof *g->surprises);
  mtg_group_gather(w, MTG_HOLD_NONE);
  for (size_t f = 0; f < g->n_targets; ++f) {
    const uint32_t i = g->targets[f];
    w->largest[i] = largest_value(g, f);
    w->has_levels[i] = (unsigned char)has_levels(g, f, w->largest[i]);
  }
  const int by_folds = g->n_plan - w->of->n_chosen <= FOLDED_ROWS && w->n_processes <= FEW_PROCESSES;
  MTG_TRY(by_folds ? audit_by_folds(w, err) : audit_by_third(w, err));
  for (size_t at = 0; at < g->n_targets * w->n; ++at) {
    const double *one = g->variance + at; /* of the folds, the middle one: parameters of one may have gone astray */
    const double variance = by_folds ? middle(one[0], one[w->m * w->n], one[2 * w->m * w->n]) : one[0];
    g->deviation[at] = sqrt(variance) * w->largest[g->targets[at / w->n]];
  }
  for (size_t f = 0; f < g->n_targets; ++f) /* folds share most of their rows: half of what they seem */
    w->degrees[g->targets[f]] = degrees_of(&g->surprises[f]) / (by_folds ? 2 : 1);
  for (size_t r = 0; r < g->n_plan; ++r) /* the sparse fit is to beat the errors of the audit */
    for (size_t f = 0; f < g->n_targets && g->at[r] != MTG_NO_ROW; ++f)
      g->left_out[r * g->n_targets + f] = w->left_out_rows[g->at[r] * w->m + g->targets[f]];
  /* ---- a sparse fit in its place? ---- */
  if (kernel->paired && g->n_targets <= MTG_GAUSSIAN_APART) MTG_TRY(try_sparse(w, err));
  g->n_held = 0;
  keep_errors(w, 0, NULL);
  judge(w);
  /* ---- what is left over, in the order of the plan ---- */
  for (size_t f = 0; f < g->n_targets; ++f) {
    memcpy(w->shapley + g->targets[f] * w->n, g->shapley + f * w->n, w->n * sizeof(double));
    memcpy(w->deviation + g->targets[f] * w->n, g->deviation + f * w->n, w->n * sizeof(double));
    for (size_t r = 0; r < g->n_plan; ++r) {
      if (g->at[r] == MTG_NO_ROW) continue; /* chosen pairs are no sample */
      const size_t to = g->at[r] * w->m + g->targets[f], from = r * g->n_targets + f;
      w->residual_rows[to] = g->residual[from];
      if (kernel->paired) w->residual_rows[to + w->m] = -g->residual[from];
    }
  }
  return METAGAME_OK;
}

static size_t count_processes(const mtg_problem *problem, int32_t own) {
  size_t count = 0;
  for (size_t i = 0; i < problem->m; ++i) count += problem->own[i] == own;
  return count > MTG_GAUSSIAN_APART ? 1 : count;
}

/* All targets with that own player: one process for all, or up to MTG_GAUSSIAN_APART each with its own. */
static metagame_status fit_targets(mtg_work *w, int32_t own, const mtg_numbers *numbers, metagame_error *err) {
  mtg_group *g = &w->group;
  size_t count = 0;
  for (size_t i = 0; i < w->m; ++i) count += w->problem->own[i] == own;
  g->own = own;
  g->n_targets = 0;
  for (uint32_t i = 0; i < w->m && count > 0; ++i) {
    if (w->problem->own[i] != own) continue;
    g->targets[g->n_targets++] = i;
    if (count > MTG_GAUSSIAN_APART && g->n_targets < count) continue;
    MTG_TRY(fit_group(w, numbers, err));
    g->n_targets = 0;
  }
  return METAGAME_OK;
}

/* ---- the estimate ---- */

/* Regression of a residual game, which is 0 at the ends. */
static metagame_status regress(mtg_work *w, const double *rows, mtg_numbers *numbers, metagame_error *err) {
  const mtg_kernel *kernel = w->of->kernel;
  mtg_regression *regression = NULL;
  MTG_TRY(mtg_regression_open(&regression, kernel, err));
  mtg_regression_leave_bare(regression, 1); /* what is known is told by the audit's own rows */
  mtg_regression_take(regression, rows, (size_t)kernel->n_rows);
  metagame_status status = mtg_regression_finish(regression, 1, numbers, err);
  mtg_regression_close(regression);
  return status;
}

static double squares(const double *values, size_t count, double scale) {
  double sum = 0;
  for (size_t at = 0; at < count; ++at) sum += (values[at] / scale) * (values[at] / scale);
  return sum;
}

/* The part of all units that a target sees which the plan has. */
static double known_share(const mtg_kernel *kernel, int32_t own) {
  const double units = (double)kernel->n_units * (own >= 0 ? 0.5 : 1); /* about half of the rows hold a player */
  return units / (units + mtg_kernel_missing(kernel, own));
}

/* The row of a target from the model, or not. Returns the part of regression's squared error that the model leaves; NaN: unknown. */
static double settle_target(mtg_work *w, uint32_t i, const mtg_numbers *other, mtg_numbers *numbers) {
  const size_t n = w->n;
  const mtg_kernel *kernel = w->of->kernel;
  double *row = numbers->matrix + i * n, *deviation = numbers->deviation + i * n;
  const int is_sparse = w->is_sparse[i];
  const double scale = numbers->scale[i] > 0 ? numbers->scale[i] : 1;
  /* where most coalitions are known what is left over is added up, and the posterior knows nothing of that */
  const int by_residuals = is_sparse || known_share(kernel, w->problem->own[i]) > MOST_KNOWN;
  const double *left = (by_residuals ? other->deviation : w->deviation) + i * n;
  const double by_model = squares(left, n, scale), by_rows = squares(deviation, n, scale);
  const double smaller = w->of->n_chosen ? FAR_SMALLER : is_sparse ? 1 : w->has_levels[i] ? FAR_LARGER : SMALLER;
  const double each = (double)kernel->n_units * (kernel->paired ? 1 : 0.5) / (double)n;
  if (w->has_levels[i] && !is_sparse && each < MANY_ROWS) return NAN;
  /* ---- which ---- */
  if (numbers->ground[i] == METAGAME_GROUND_UNSEEN) return NAN;
  if (isnan(by_model) && !isnan(by_rows)) return NAN;
  if (by_rows <= smaller * by_model) return by_model / by_rows; /* false where regression's is not known */
  w->is_used[i] = 1;
  *(is_sparse ? &numbers->n_sparse : &numbers->n_process) += 1;
  for (size_t j = 0; j < n; ++j) {
    if ((int32_t)j == w->problem->own[i]) continue;
    row[j] = w->shapley[i * n + j];
    deviation[j] = hypot(left[j] / scale, ROUNDING) * scale;
  }
  numbers->degrees[i] = by_residuals ? other->degrees[i] : fmin(w->degrees[i], mtg_kernel_missing(kernel, w->problem->own[i]) + 2);
  numbers->ground[i] = by_residuals ? other->ground[i] : METAGAME_GROUND_ENOUGH;
  if (numbers->degrees[i] < LEAST_DEGREES || w->n_audited < LEAST_AUDITED) {
    numbers->degrees[i] = 0;
    numbers->ground[i] = w->n_audited < LEAST_AUDITED ? METAGAME_GROUND_FEW : METAGAME_GROUND_RARE;
    for (size_t j = 0; j < n; ++j)
      if ((int32_t)j != w->problem->own[i]) deviation[j] = NAN;
  }
  const mtg_surprise surprise = { kernel, w->problem->own[i], w->known_rows + kernel->n_header * w->m + i,
                                  w->m * (kernel->paired ? 2 : 1), kernel->n_units, w->largest[i] };
  mtg_surprise_add(&surprise, deviation, w->counts);
  return by_model / by_rows;
}

metagame_status mtg_gaussian_improve(mtg_work *w, mtg_numbers *numbers, metagame_error *err) {
  mtg_numbers other = *numbers; /* the regressions of residuals write here */
  const size_t n = w->n, cells = w->m * n;
  /* ---- the models ---- */
  for (int32_t own = METAGAME_NO_PLAYER; own < (int32_t)n; ++own) w->n_processes += count_processes(w->problem, own);
  w->most_learnt = mtg_process_most_learnt(w->problem->n, w->n_processes);
  w->most_fitted = mtg_process_most_fitted(w->n_processes);
  for (int32_t own = METAGAME_NO_PLAYER; own < (int32_t)n; ++own) MTG_TRY(fit_targets(w, own, numbers, err));
  /* ---- what they leave over, and how far off they were where they had not seen ---- */
  other.matrix = w->spare;
  other.deviation = w->spare + cells;
  other.first_order = w->spare + 2 * cells;
  other.base = other.first_order + w->m;
  other.scale = other.base + w->m;
  other.degrees = other.scale + w->m;
  other.ground = w->spare_ground;
  MTG_TRY(regress(w, w->residual_rows, &other, err));
  for (size_t cell = 0; cell < cells; ++cell) w->shapley[cell] += other.matrix[cell];
  MTG_TRY(regress(w, w->left_out_rows, &other, err));
  /* ---- model or regression, target by target ---- */
  numbers->audit.error = 0;
  int passed = 0, failed = 0;
  for (uint32_t i = 0; i < w->m; ++i) {
    const double ratio = settle_target(w, i, &other, numbers);
    *(w->is_used[i] ? &passed : &failed) += 1;
    numbers->audit.error = isnan(ratio) || isnan(numbers->audit.error) ? NAN : fmax(numbers->audit.error, ratio);
  }
  if (w->n_audited >= LEAST_AUDITED && !isnan(numbers->audit.error)) {
    numbers->audit.n_rows = w->n_audited;
    numbers->audit.outcome = !failed ? METAGAME_AUDIT_PASSED : !passed ? METAGAME_AUDIT_FAILED : METAGAME_AUDIT_MIXED;
  }
  numbers->n_chosen = 2 * w->of->n_chosen;
  numbers->left_out = w->worst;
  return METAGAME_OK;
}
