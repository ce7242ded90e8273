/* SPDX-License-Identifier: MIT */
/* Shapley values with the help of a Gaussian process (docs/mathematics.md, section 11), on the plan of plan/kernel.c:
 *
 *   1. the regression of estimate/regression.c on the rows: first guess, and the answer where the plan has every coalition;
 *   2. a Gaussian process (process.c): where the plan has pairs, on the odd parts d(T) = (v(T) - v(N-T))/2, which alone make the
 *      Shapley values; else on the rows that each target sees. Its Shapley values SV;
 *   3. phi = SV + regression of what the process leaves over. With all coalitions that is exact. Consistent, not unbiased.
 *
 * With few pairs only a part is the plan, and others are chosen by what was told (sequential.c); these serve step 2 alone.
 * Standard errors: those of step 3 on leave-one-out residuals of the process instead of its residuals; where pairs were chosen, those of
 * its posterior. A target keeps the numbers of step 1 where these promise smaller errors, with fewer than MANY_ROWS for each player ten
 * times smaller. Up to MOST_APART targets with the same own player, or none, have a process each; more share one, learnt from up to
 * MOST_TAUGHT of them. The number of processes bounds the rows that each is learnt from and fitted to, so that all end within seconds;
 * further rows are judged by its prediction and enter step 3 alone.
 * Memory: rows * m numbers four times, one N x N matrix of at most N pairs or rows. */
#include "estimate/gaussian.h"

#include <math.h>

#include "base/mask_set.h"
#include "base/random.h"
#include "base/saturate.h"
#include "estimate/sequential.h"
#include "estimate/process.h"
#include "estimate/regression.h"
#include "estimate/sparse.h"
#include "plan/sizes.h"

enum { MOST_APART = 4, MOST_TAUGHT = 8, ALL_CANDIDATES = 11, N_CANDIDATES = 1024, LEAST_BATCH = 8, BATCHES = 8, TAUGHT_ROWS = 160 };
static const double FAR_SMALLER = 0.01, SPARSE = 0.25; /* of squared errors */
static const double MANY_ROWS = 10; /* for each player: error bars can be compared as they are */
static const double ROUNDING = 1e-10; /* of the scale: what solving with a small noise leaves of 16 digits */

struct mtg_gaussian {
  const mtg_kernel *kernel;
  mtg_regression *regression; /* of the rows themselves */
  double *rows;               /* all rows of the plan, then those of the chosen pairs */
  uint64_t n_taken;
  uint64_t n_chosen, most_chosen, n_rounds, n_carried; /* pairs */
  uint64_t *chosen;           /* their first coalitions */
};

uint64_t mtg_gaussian_bytes(const mtg_problem *problem, uint64_t most_chosen, uint64_t most_carried) {
  const uint64_t rows = problem->budget, units = problem->has_pinned ? rows : rows / 2;
  const uint64_t candidates = problem->n <= ALL_CANDIDATES ? UINT64_C(1) << problem->n : N_CANDIDATES;
  const uint64_t most = mtg_process_most_fitted(1), fitted = units < most ? units : most;
  uint64_t bytes = mtg_plus(sizeof(mtg_gaussian) + 24 * MTG_BLOCK_OVERHEAD, mtg_times(2, mtg_regression_bytes(problem)));
  bytes = mtg_plus(bytes, mtg_times(mtg_plus(3 * rows, 3 * (units + problem->n + 2)), problem->m * sizeof(double)));
  bytes = mtg_plus(bytes, mtg_times(mtg_plus(units, problem->n + 2), (1 + problem->words) * sizeof(uint64_t)));
  bytes = mtg_plus(bytes, mtg_times(6 * (uint64_t)problem->n + 6, problem->m * sizeof(double)));
  const uint64_t process = mtg_process_bytes(problem->n, fitted, problem->m), sparse = mtg_sparse_bytes(problem->n, units);
  bytes = mtg_plus(bytes, process > sparse ? process : sparse);
  if (most_carried > 0)
    bytes = mtg_plus(bytes, mtg_plus(mtg_mask_set_bytes(units, problem->words), most_carried * problem->words * sizeof(uint64_t)));
  if (most_chosen == 0) return bytes;
  bytes = mtg_plus(bytes, mtg_plus(most_chosen + candidates, units) * 4 * problem->words * sizeof(uint64_t));
  return mtg_plus(bytes, MOST_APART * (mtg_sequential_bytes(problem->n, units, candidates) + mtg_process_bytes(problem->n, 0, 0)));
}

void mtg_gaussian_close(mtg_gaussian *s) {
  if (!s) return;
  const mtg_alloc alloc = s->kernel->problem->alloc;
  mtg_regression_close(s->regression);
  mtg_free(&alloc, s->rows);
  mtg_free(&alloc, s->chosen);
  mtg_free(&alloc, s);
}

metagame_status mtg_gaussian_open(mtg_gaussian **out, const mtg_kernel *kernel, uint64_t most_chosen, metagame_error *err) {
  const mtg_problem *problem = kernel->problem;
  mtg_gaussian *s = mtg_new(&problem->alloc, 1, sizeof *s);
  if (!s) return mtg_fail_memory(err, &problem->alloc, "the Gaussian process");
  s->kernel = kernel;
  s->most_chosen = most_chosen;
  s->rows = mtg_new(&problem->alloc, (size_t)(kernel->n_rows + 2 * most_chosen), problem->m * sizeof(double));
  s->chosen = mtg_new(&problem->alloc, (size_t)most_chosen + 1, problem->words * sizeof *s->chosen);
  metagame_status status = s->rows && s->chosen ? mtg_regression_open(&s->regression, kernel, err)
                                   : mtg_fail_memory(err, &problem->alloc, "the Gaussian process");
  if (status != METAGAME_OK) {
    mtg_gaussian_close(s);
    return status;
  }
  *out = s;
  return METAGAME_OK;
}

void mtg_gaussian_take(mtg_gaussian *s, const double *rows, size_t n_rows) {
  const size_t m = s->kernel->problem->m;
  const uint64_t plan = s->kernel->n_rows, left = s->n_taken < plan ? plan - s->n_taken : 0;
  memcpy(s->rows + s->n_taken * m, rows, n_rows * m * sizeof *rows);
  s->n_taken += n_rows;
  mtg_regression_take(s->regression, rows, n_rows < left ? n_rows : (size_t)left);
}

uint64_t mtg_gaussian_known_rows(const mtg_gaussian *s) { return s->kernel->n_rows + 2 * s->n_chosen; }

uint64_t mtg_gaussian_taken(const mtg_gaussian *s) { return s->n_taken; }

void mtg_gaussian_row(const mtg_gaussian *s, uint64_t index, uint64_t *mask) {
  const mtg_problem *problem = s->kernel->problem;
  if (index < s->kernel->n_rows) {
    mtg_kernel_row(s->kernel, index, mask);
    return;
  }
  const uint64_t *pair = s->chosen + (index - s->kernel->n_rows) / 2 * problem->words;
  if ((index - s->kernel->n_rows) % 2)
    mtg_mask_complement(mask, pair, problem->n);
  else
    mtg_mask_copy(mask, pair, problem->words);
}

/* ---- the rows of a process ---- */

/* Targets that see the same coalitions, free ones or those with one own player, and share a process. */
typedef struct group {
  int32_t own;
  size_t n_targets, n_rows; /* rows of the plan (first of a pair) that they see, in its order, and 1 or 2 exact ones behind */
  uint32_t *targets;        /* m */
  uint64_t *at;             /* plan rows */
  uint64_t *masks;
  double *values, *residual, *left_out; /* n_rows x n_targets */
  double *gains, *shapley, *deviation; /* n_targets; n_targets x n, the last where pairs are chosen */
} group;

typedef struct work {
  const mtg_gaussian *of;
  const mtg_problem *problem;
  size_t n, m;
  group group;
  double *start;                           /* n */
  double *shapley, *deviation;             /* m x n, of the processes; NaN where there is a sparse fit */
  double *residual_rows, *left_out_rows;   /* residual games, in the order of the plan */
  size_t most_learnt, most_fitted;
  double worst;                            /* squares of what was left out over squares of the values, of the worst target */
  double *spare;                           /* twice m x n and 3 m: what the regressions of residuals do not pass on */
} work;

static metagame_status open_work(work *w, const mtg_gaussian *s, metagame_error *err) {
  const mtg_problem *problem = s->kernel->problem;
  const mtg_alloc *alloc = &problem->alloc;
  const size_t n = problem->n, m = problem->m, plan = (size_t)s->kernel->n_rows;
  const size_t rows = (size_t)(s->kernel->n_units + s->n_chosen) + n + MTG_PROCESS_EXACT;
  memset(w, 0, sizeof *w);
  w->of = s;
  w->problem = problem;
  w->n = n;
  w->m = m;
  group *g = &w->group;
  g->targets = mtg_new(alloc, m, sizeof *g->targets);
  g->at = mtg_new(alloc, rows, sizeof *g->at);
  g->masks = mtg_new(alloc, rows, problem->words * sizeof *g->masks);
  double **const arrays[] = { &g->values, &g->residual, &g->left_out, &g->gains, &g->shapley, &g->deviation, &w->start, &w->shapley,
                              &w->deviation, &w->residual_rows, &w->left_out_rows, &w->spare };
  const size_t counts[] = { rows * m, rows * m, rows * m, m, m * n, m * n, n, m * n, m * n, plan * m, plan * m, 2 * m * n + 3 * m };
  int missing = !g->targets || !g->at || !g->masks;
  for (size_t a = 0; a < sizeof counts / sizeof *counts && !missing; ++a)
    missing = (*arrays[a] = mtg_new(alloc, counts[a], sizeof(double))) == NULL;
  return missing ? mtg_fail_memory(err, alloc, "the Gaussian process") : METAGAME_OK;
}

static void close_work(work *w) {
  group *g = &w->group;
  void *const blocks[] = { g->targets, g->at,      g->masks,         g->values,        g->residual, g->left_out, g->gains,
                           g->shapley, g->deviation, w->start, w->shapley, w->deviation, w->residual_rows, w->left_out_rows, w->spare };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(&w->problem->alloc, blocks[b]);
}

/* A row of the process: the odd part of a pair, or the difference from the start of each target's game. */
static void add_row(work *w, uint64_t row) {
  const mtg_kernel *kernel = w->of->kernel;
  const double *rows = w->of->rows;
  group *g = &w->group;
  const size_t m = w->m;
  mtg_gaussian_row(w->of, row, g->masks + g->n_rows * w->problem->words);
  g->at[g->n_rows] = row;
  for (size_t f = 0; f < g->n_targets; ++f) {
    const uint32_t i = g->targets[f];
    const double *value = rows + row * m + i, *start = rows + mtg_kernel_start(kernel, g->own) * m + i;
    g->values[g->n_rows * g->n_targets + f] = kernel->paired ? (value[0] - value[m]) / 2 : *value - *start;
  }
  ++g->n_rows;
}

/* All rows that the group sees; then those that are exact. Returns the number of the first kind. */
static size_t gather(work *w) {
  const mtg_kernel *kernel = w->of->kernel;
  group *g = &w->group;
  const uint64_t step = kernel->paired ? 2 : 1, everyone = (uint64_t)(w->problem->has_free != 0), singles = everyone + 1;
  uint64_t *mask = g->masks;
  g->n_rows = 0;
  if (!kernel->paired && g->own < 0)
    for (uint64_t row = singles; row < kernel->n_header; ++row) add_row(w, row);
  const uint64_t taken = kernel->n_rows < w->of->n_taken ? w->of->n_taken : kernel->n_rows; /* the last pair may be half told */
  for (uint64_t row = kernel->n_header; row + step <= taken; row += step) {
    mask = g->masks + g->n_rows * w->problem->words;
    mtg_gaussian_row(w->of, row, mask);
    if (g->own < 0 || mtg_mask_has(mask, (uint32_t)g->own)) add_row(w, row);
  }
  const size_t count = g->n_rows;
  add_row(w, everyone);
  for (size_t f = 0; f < g->n_targets; ++f) {
    const double *rows = w->of->rows;
    const uint32_t i = g->targets[f];
    g->gains[f] = rows[everyone * w->m + i] - rows[mtg_kernel_start(kernel, g->own) * w->m + i];
    if (kernel->paired) g->values[count * g->n_targets + f] = g->gains[f] / 2;
  }
  if (!kernel->paired) add_row(w, mtg_kernel_start(kernel, g->own));
  return count;
}

/* First guesses of the players' relevance: sqrt of their value's share in the largest, at least 0.1; the mean over targets. */
static void guess(work *w, const mtg_numbers *numbers) {
  const group *g = &w->group;
  for (size_t j = 0; j < w->n; ++j) w->start[j] = 1e-3;
  for (size_t f = 0; f < g->n_targets; ++f) {
    const double *row = numbers->matrix + g->targets[f] * w->n;
    double most = 0;
    for (size_t j = 0; j < w->n; ++j)
      if ((int32_t)j != g->own) most = fmax(most, fabs(row[j]));
    for (size_t j = 0; j < w->n; ++j) w->start[j] += most > 0 ? sqrt(fmax(fabs(row[j]) / most, 0.01)) : 1;
  }
}

/* A sparse fit instead of the process, where it predicts rows that it has not seen far better: with few rows a little is luck. */
static metagame_status try_sparse(work *w, size_t rows, metagame_error *err) {
  group *g = &w->group;
  const size_t m = g->n_targets;
  const mtg_sparse_data data = { w->problem->n, g->masks, rows, m, g->values };
  for (size_t f = 0; f < m; ++f) {
    double *shapley = g->shapley + f * w->n, scale = 0, most = 0, error, missing = g->gains[f];
    for (size_t r = 0; r <= rows; ++r) scale = fmax(scale, fabs(g->values[r * m + f]));
    for (size_t r = 0; r < rows && scale > 0; ++r) most += SPARSE * pow(g->left_out[r * m + f] / scale, 2) / (double)rows;
    MTG_TRY(mtg_sparse_fit(&w->problem->alloc, &data, f, most, &error, shapley, g->residual, g->left_out, err));
    if (!(error < most)) continue;
    for (size_t j = 0; j < w->n; ++j) missing -= shapley[j];
    for (size_t j = 0; j < w->n; ++j) shapley[j] += missing / (double)w->n, g->deviation[f * w->n + j] = NAN;
  }
  return METAGAME_OK;
}

static void judge(work *w, size_t rows) {
  const group *g = &w->group;
  for (size_t f = 0; f < g->n_targets; ++f) {
    double most = 0, all = 0, left = 0;
    for (size_t r = 0; r < rows; ++r) most = fmax(most, fabs(g->values[r * g->n_targets + f]));
    for (size_t r = 0; r < rows && most > 0; ++r) {
      all += pow(g->values[r * g->n_targets + f] / most, 2);
      left += pow(g->left_out[r * g->n_targets + f] / most, 2);
    }
    if (all > 0) w->worst = fmax(w->worst, left / all);
  }
}

static metagame_status fit(work *w, const mtg_process *process, const mtg_process_data *data, metagame_error *err) {
  group *g = &w->group;
  double *deviation = w->of->most_chosen ? g->deviation : NULL;
  memset(g->deviation, 0, g->n_targets * w->n * sizeof(double));
  return mtg_process_fit(process, data, g->gains, g->shapley, g->residual, g->left_out, deviation, err);
}

static metagame_status fit_group(work *w, const mtg_numbers *numbers, metagame_error *err) {
  const mtg_kernel *kernel = w->of->kernel;
  group *g = &w->group;
  const size_t rows = gather(w), fitted = rows < w->most_fitted ? rows : w->most_fitted;
  const mtg_process_data data = { g->masks, g->values, fitted, rows - fitted, g->n_rows - rows, g->n_targets };
  mtg_process process;
  guess(w, numbers);
  MTG_TRY(mtg_process_open(&process, &w->problem->alloc, w->problem->n, kernel->paired ? MTG_PROCESS_ODD : MTG_PROCESS_ALL, g->own, err));
  const size_t taught = g->n_targets < MOST_TAUGHT ? g->n_targets : MOST_TAUGHT;
  metagame_status status = mtg_process_learn(&process, &data, taught, w->most_learnt, w->start, err);
  if (status == METAGAME_OK) status = fit(w, &process, &data, err);
  if (kernel->paired && g->n_targets <= MOST_APART && status == METAGAME_OK) status = try_sparse(w, rows, err);
  if (status == METAGAME_OK) judge(w, rows);
  for (size_t f = 0; f < g->n_targets && status == METAGAME_OK; ++f) {
    memcpy(w->shapley + g->targets[f] * w->n, g->shapley + f * w->n, w->n * sizeof(double));
    memcpy(w->deviation + g->targets[f] * w->n, g->deviation + f * w->n, w->n * sizeof(double));
    for (size_t r = 0; r < rows; ++r) {
      if (g->at[r] >= kernel->n_rows) continue; /* chosen pairs are no sample */
      const size_t to = g->at[r] * w->m + g->targets[f], from = r * g->n_targets + f;
      w->residual_rows[to] = g->residual[from];
      w->left_out_rows[to] = g->left_out[from];
      if (kernel->paired) {
        w->residual_rows[to + w->m] = -g->residual[from];
        w->left_out_rows[to + w->m] = -g->left_out[from];
      }
    }
  }
  mtg_process_close(&process);
  return status;
}

static size_t count_processes(const mtg_problem *problem, int32_t own) {
  size_t count = 0;
  for (size_t i = 0; i < problem->m; ++i) count += problem->own[i] == own;
  return count > MOST_APART ? 1 : count;
}

/* All targets with that own player: one process for all, or up to MOST_APART each with its own. */
static metagame_status fit_targets(work *w, int32_t own, const mtg_numbers *numbers, metagame_error *err) {
  group *g = &w->group;
  size_t count = 0;
  for (size_t i = 0; i < w->m; ++i) count += w->problem->own[i] == own;
  g->own = own;
  g->n_targets = 0;
  for (uint32_t i = 0; i < w->m && count > 0; ++i) {
    if (w->problem->own[i] != own) continue;
    g->targets[g->n_targets++] = i;
    if (count > MOST_APART && g->n_targets < count) continue;
    MTG_TRY(fit_group(w, numbers, err));
    g->n_targets = 0;
  }
  return METAGAME_OK;
}

/* ---- which pairs to ask next ---- */

/* Of a pair, the coalition with player 0. */
static void turn(uint64_t *mask, uint64_t *room, uint32_t n) {
  if (mtg_mask_has(mask, 0)) return;
  mtg_mask_complement(room, mask, n);
  mtg_mask_copy(mask, room, mtg_mask_words(n));
}

/* Pairs that were not asked: all of them with few players, else drawn as the plan draws sizes, q_t ~ 1/sqrt(t (n-t)). */
static metagame_status list_candidates(const mtg_gaussian *s, mtg_mask_set *set, uint64_t *first, metagame_error *err) {
  const mtg_problem *problem = s->kernel->problem;
  const uint32_t n = problem->n;
  const size_t words = problem->words;
  mtg_random random = mtg_random_at(problem->seed, MTG_STREAM_DESIGN, s->n_rounds);
  uint64_t *mask = mtg_new(&problem->alloc, 2 * words, sizeof *mask), number;
  double *upto = mtg_new(&problem->alloc, n, sizeof *upto);
  uint32_t *members = mtg_new(&problem->alloc, n, sizeof *members);
  int added, failed = !mask || !upto || !members;
  for (uint64_t row = s->kernel->n_header; row < mtg_gaussian_known_rows(s) && !failed; row += 2) {
    mtg_gaussian_row(s, row, mask);
    turn(mask, mask + words, n);
    failed = mtg_mask_set_add(set, mask, &number, &added) != 0;
  }
  *first = set->count;
  for (uint32_t t = 1; t < n && !failed; ++t) upto[t] = upto[t - 1] + 1 / sqrt((double)t * (n - t));
  for (uint32_t player = 0; player < n && !failed; ++player) members[player] = player;
  const uint64_t tries = n <= ALL_CANDIDATES ? (UINT64_C(1) << (n - 1)) - 1 : 2 * N_CANDIDATES;
  for (uint64_t at = 0; at < tries && !failed && set->count < *first + (n <= ALL_CANDIDATES ? tries : N_CANDIDATES); ++at) {
    if (n <= ALL_CANDIDATES) {
      mask[0] = 2 * at + 1;
    } else {
      const double place = mtg_random_unit(&random) * upto[n - 1];
      uint32_t t = 1;
      while (t + 1 < n && upto[t] <= place) ++t;
      mtg_draw_members(members, n, t, &random);
      mtg_mask_clear(mask, words);
      for (uint32_t member = 0; member < t; ++member) mtg_mask_add(mask, members[member]);
      turn(mask, mask + words, n);
    }
    failed = mtg_mask_set_add(set, mask, &number, &added) != 0;
  }
  mtg_free(&problem->alloc, mask);
  mtg_free(&problem->alloc, upto);
  mtg_free(&problem->alloc, members);
  return failed ? mtg_fail_memory(err, &problem->alloc, "the design") : METAGAME_OK;
}

metagame_status mtg_gaussian_carry(mtg_gaussian *s, const uint64_t *masks, uint64_t count, uint64_t most, metagame_error *err) {
  const mtg_problem *problem = s->kernel->problem;
  const size_t words = problem->words;
  mtg_mask_set plan;
  uint64_t *mask = mtg_new(&problem->alloc, 2 * words, sizeof *mask), number;
  int added, failed = !mask;
  mtg_mask_set_open(&plan, &problem->alloc, words);
  for (uint64_t unit = 0; unit < s->kernel->n_units && !failed; ++unit) {
    mtg_mask_copy(mask, s->kernel->units + unit * words, words);
    turn(mask, mask + words, problem->n);
    failed = mtg_mask_set_add(&plan, mask, &number, &added) != 0;
  }
  for (uint64_t at = 0; at < count && !failed; ++at)
    if (!mtg_mask_set_has(&plan, masks + at * words)) mtg_mask_copy(s->chosen + s->n_chosen++ * words, masks + at * words, words);
  s->n_carried = s->n_chosen;
  s->most_chosen = most > s->n_chosen ? most : s->n_chosen;
  mtg_mask_set_close(&plan);
  mtg_free(&problem->alloc, mask);
  return failed ? mtg_fail_memory(err, &problem->alloc, "the design") : METAGAME_OK;
}

uint64_t mtg_gaussian_most_chosen(const mtg_gaussian *s) { return s->most_chosen; }

typedef struct chooser {
  size_t count; /* processes */
  mtg_process processes[MOST_APART];
  mtg_sequential designs[MOST_APART];
  double weights[MOST_APART]; /* one over the largest gain at first: targets have units of their own */
} chooser;

static void close_chooser(chooser *c) {
  for (size_t at = 0; at < c->count; ++at) {
    mtg_sequential_close(&c->designs[at]);
    mtg_process_close(&c->processes[at]);
  }
}

/* A process for each target, or one for all, given what was told. */
static metagame_status open_chooser(chooser *c, work *w, const uint64_t *candidates, size_t n_candidates, size_t wanted,
                                    metagame_error *err) {
  group *g = &w->group;
  const int apart = w->m <= MOST_APART;
  g->own = METAGAME_NO_PLAYER;
  for (size_t j = 0; j < w->n; ++j) w->start[j] = 1;
  for (c->count = 0; c->count < (apart ? w->m : 1); ++c->count) {
    mtg_process *process = &c->processes[c->count];
    mtg_sequential *design = &c->designs[c->count];
    g->n_targets = apart ? 1 : w->m;
    for (uint32_t i = 0; i < g->n_targets; ++i) g->targets[i] = apart ? (uint32_t)c->count : i;
    const size_t rows = gather(w);
    const mtg_process_data data = { g->masks, g->values, rows, 0, g->n_rows - rows, g->n_targets };
    MTG_TRY(mtg_process_open(process, &w->problem->alloc, w->problem->n, MTG_PROCESS_ODD, METAGAME_NO_PLAYER, err));
    const size_t taught = g->n_targets < MOST_TAUGHT ? g->n_targets : MOST_TAUGHT;
    metagame_status status = mtg_process_learn(process, &data, taught, TAUGHT_ROWS, w->start, err);
    if (status == METAGAME_OK) status = mtg_sequential_open(design, process, &data, candidates, n_candidates, wanted, err);
    if (status != METAGAME_OK) {
      mtg_process_close(process);
      return status;
    }
    double most = 0;
    for (size_t at = 0; at < n_candidates; ++at) most = fmax(most, mtg_sequential_gain(design, at));
    c->weights[c->count] = most > 0 ? 1 / most : 0;
  }
  return METAGAME_OK;
}

static size_t best_candidate(const chooser *c, size_t n_candidates) {
  size_t best = 0;
  double most = -1;
  for (size_t at = 0; at < n_candidates; ++at) {
    double gain = c->designs[0].variance[at] > 0 ? 0 : -2;
    for (size_t p = 0; p < c->count; ++p) gain += c->weights[p] * mtg_sequential_gain(&c->designs[p], at);
    if (gain > most) most = gain, best = at;
  }
  return best;
}

metagame_status mtg_gaussian_choose(mtg_gaussian *s, metagame_error *err) {
  const size_t words = s->kernel->problem->words;
  uint64_t wanted = s->most_chosen / BATCHES > LEAST_BATCH ? s->most_chosen / BATCHES : LEAST_BATCH, first = 0;
  if (wanted > s->most_chosen - s->n_chosen) wanted = s->most_chosen - s->n_chosen;
  mtg_mask_set set;
  chooser c;
  work w;
  c.count = 0;
  mtg_mask_set_open(&set, &s->kernel->problem->alloc, words);
  metagame_status status = open_work(&w, s, err);
  if (status == METAGAME_OK) status = list_candidates(s, &set, &first, err);
  const size_t n_candidates = (size_t)(set.count - first);
  if (status == METAGAME_OK && n_candidates < wanted) status = mtg_fail(err, METAGAME_E_INTERNAL, "%zu pairs to choose from", n_candidates);
  if (status == METAGAME_OK) status = open_chooser(&c, &w, set.masks + first * words, n_candidates, (size_t)wanted, err);
  if (status == METAGAME_OK) {
    for (uint64_t pick = 0; pick < wanted; ++pick) {
      const size_t best = best_candidate(&c, n_candidates);
      for (size_t p = 0; p < c.count; ++p) mtg_sequential_add(&c.designs[p], best);
      mtg_mask_copy(s->chosen + s->n_chosen++ * words, set.masks + (first + best) * words, words);
    }
    ++s->n_rounds;
  }
  close_chooser(&c);
  close_work(&w);
  mtg_mask_set_close(&set);
  return status;
}

/* ---- the estimate ---- */

/* Regression of a residual game, which is 0 at the ends. */
static metagame_status regress(work *w, const double *rows, mtg_numbers *numbers, metagame_error *err) {
  const mtg_kernel *kernel = w->of->kernel;
  mtg_regression *regression = NULL;
  MTG_TRY(mtg_regression_open(&regression, kernel, err));
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

/* Where a fair part of the pairs was chosen; few that were carried over do not make a sample of many less random. */
static int has_posterior(const mtg_gaussian *s) {
  return s->most_chosen > 0 && (s->n_carried == 0 || 3 * s->n_chosen >= s->kernel->n_units);
}

/* numbers: of the regression on the rows; the rows of a target are replaced unless they promise far smaller errors. */
static metagame_status improve(work *w, mtg_numbers *numbers, metagame_error *err) {
  mtg_numbers other = *numbers; /* the regressions of residuals write here */
  const size_t n = w->n, cells = w->m * n;
  size_t n_processes = 0;
  for (int32_t own = METAGAME_NO_PLAYER; own < (int32_t)n; ++own) n_processes += count_processes(w->problem, own);
  w->most_learnt = mtg_process_most_learnt(w->problem->n, n_processes);
  w->most_fitted = mtg_process_most_fitted(n_processes);
  for (int32_t own = METAGAME_NO_PLAYER; own < (int32_t)n; ++own) MTG_TRY(fit_targets(w, own, numbers, err));
  other.matrix = w->spare;
  other.deviation = w->spare + cells;
  other.first_order = w->spare + 2 * cells;
  other.base = other.first_order + w->m;
  other.scale = other.base + w->m;
  MTG_TRY(regress(w, w->residual_rows, &other, err));
  for (size_t cell = 0; cell < cells; ++cell) w->shapley[cell] += other.matrix[cell];
  MTG_TRY(regress(w, w->left_out_rows, &other, err));
  const double each = (double)w->of->kernel->n_units * (w->of->kernel->paired ? 1 : 0.5) / (double)n;
  const double smaller = each >= MANY_ROWS ? 1 : FAR_SMALLER;
  for (size_t i = 0; i < w->m; ++i) {
    double *row = numbers->matrix + i * n, *deviation = numbers->deviation + i * n;
    const int posterior = has_posterior(w->of) && !isnan(w->deviation[i * n]);
    const double scale = numbers->scale[i] > 0 ? numbers->scale[i] : 1, *left = (posterior ? w->deviation : other.deviation) + i * n;
    if (squares(deviation, n, scale) <= smaller * squares(left, n, scale)) continue; /* false where one is not known */
    *(isnan(w->deviation[i * n]) ? &numbers->n_sparse : &numbers->n_process) += 1;
    for (size_t j = 0; j < n; ++j) {
      if ((int32_t)j == w->problem->own[i]) continue;
      row[j] = w->shapley[i * n + j];
      deviation[j] = hypot(left[j] / scale, ROUNDING) * scale;
    }
  }
  numbers->n_chosen = 2 * w->of->n_chosen;
  numbers->left_out = w->worst;
  return METAGAME_OK;
}

metagame_status mtg_gaussian_finish(mtg_gaussian *s, int complete, mtg_numbers *numbers, metagame_error *err) {
  work w;
  complete = complete || s->n_taken >= s->kernel->n_rows;
  MTG_TRY(mtg_regression_finish(s->regression, complete, numbers, err));
  numbers->evaluations = s->n_taken;
  if (!complete || s->kernel->everything || s->kernel->problem->n < 4) return METAGAME_OK;
  metagame_status status = open_work(&w, s, err);
  if (status == METAGAME_OK) status = improve(&w, numbers, err);
  close_work(&w);
  return status;
}
