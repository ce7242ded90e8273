/* SPDX-License-Identifier: MIT */
/* Figures of one cell. Errors of a run's entries go together, so a share's standard error is that
 * of the runs' shares. */
#include "cell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const coverage_bounds coverage_limits = { 0.92, 0.90, 0.05, 1.3, 0.1, 1.05 };

enum { BATCH = 1024 };

/* Sums over the runs of a cell; entry by entry where an array. */
typedef struct sums {
  size_t n_entries;
  double *squares, *halves, *half_squares; /* m x n */
  double *interval_squares;                /* m x n: squared errors of those with an interval */
  uint64_t *with, *held;                   /* m x n: runs with an interval, with the truth in it */
  double shares, share_squares, n_shares;  /* coverage of a run */
  uint64_t covered, intervals, entries;
  uint64_t resolved, wrong_runs, wrong, resolved_entries, resolved_none;
  double wrong_squares; /* of the runs' shares */
  double error, evaluations, seconds;
} sums;

static void start(sums *out, const zoo_game *known) {
  memset(out, 0, sizeof *out);
  out->n_entries = (size_t)known->m * known->n;
  out->squares = bench_new(out->n_entries, sizeof *out->squares);
  out->halves = bench_new(out->n_entries, sizeof *out->halves);
  out->half_squares = bench_new(out->n_entries, sizeof *out->half_squares);
  out->interval_squares = bench_new(out->n_entries, sizeof *out->interval_squares);
  out->with = bench_new(out->n_entries, sizeof *out->with);
  out->held = bench_new(out->n_entries, sizeof *out->held);
}

static void release(sums *out) {
  free(out->squares);
  free(out->halves);
  free(out->half_squares);
  free(out->interval_squares);
  free(out->with);
  free(out->held);
}

static double truth_most(const zoo_game *known) {
  double most = 0;
  for (size_t e = 0; e < (size_t)known->m * known->n; ++e) {
    const int own = known->own && known->own[e / known->n] == (int32_t)(e % known->n);
    if (!own) most = fmax(most, fabs(known->truth[e]));
  }
  return most;
}

static double rounding(const zoo_game *known, size_t entry) {
  return 1e-10 * known->size[entry / known->n];
}

/* Counts one finished run. `half`: room for its half widths. */
static void count_run(sums *out, const zoo_game *known, const metagame_result *result,
                      const metagame_result_info *info, double *half, double tolerance) {
  const double *matrix = metagame_result_matrix(result);
  uint64_t covered = 0, intervals = 0, entries = 0, wrong = 0;
  if (metagame_result_half_width(result, 0.95, half, NULL) != METAGAME_OK) exit(1);
  for (size_t e = 0; e < out->n_entries; ++e) {
    if (known->own && known->own[e / known->n] == (int32_t)(e % known->n)) continue;
    const double off = fabs(matrix[e] - known->truth[e]), slack = rounding(known, e);
    ++entries;
    out->squares[e] += off * off;
    out->error += off * off;
    wrong += !(off <= tolerance + slack);
    if (!(half[e] >= 0)) continue;
    ++intervals;
    covered += off <= half[e] + slack;
    out->held[e] += off <= half[e] + slack;
    ++out->with[e];
    out->halves[e] += half[e];
    out->half_squares[e] += half[e] * half[e];
    out->interval_squares[e] += off * off;
  }
  out->entries += entries;
  out->covered += covered;
  out->intervals += intervals;
  if (intervals) {
    const double share = (double)covered / (double)intervals;
    out->shares += share;
    out->share_squares += share * share;
    out->n_shares += 1;
  }
  out->evaluations += (double)info->evaluations;
  if (info->stopped != METAGAME_STOP_RESOLVED) return;
  ++out->resolved;
  out->resolved_entries += entries;
  out->resolved_none += entries - intervals;
  out->wrong += wrong;
  out->wrong_runs += wrong > 0;
  out->wrong_squares += (double)wrong / (double)entries * ((double)wrong / (double)entries);
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *numbers, size_t count) {
  if (count == 0) return NAN;
  qsort(numbers, count, sizeof *numbers, ascending);
  return (numbers[(count - 1) / 2] + numbers[count / 2]) / 2;
}

/* Widths beside the oracle's, of entries whose error is more than rounding. */
static void finish_widths(coverage_cell *cell, const zoo_game *known, const sums *all) {
  double *ratios = bench_new(all->n_entries, sizeof *ratios), half_squares = 0, squares = 0;
  size_t count = 0;
  for (size_t e = 0; e < all->n_entries; ++e) {
    const double runs = (double)all->with[e], slack = rounding(known, e);
    if (all->with[e] == 0 || all->interval_squares[e] <= runs * slack * slack) continue;
    half_squares += all->half_squares[e];
    squares += all->interval_squares[e];
    ratios[count++] = all->halves[e] / runs / (1.96 * sqrt(all->interval_squares[e] / runs));
  }
  cell->width = count ? sqrt(half_squares / squares) / 1.96 : NAN;
  cell->width_middle = median(ratios, count);
  free(ratios);
}

/* The standard error of a mean of `count` shares. */
static double share_error(double mean, double squares, double count) {
  return count > 1 ? sqrt(fmax(0, squares / count - mean * mean) / (count - 1)) : 0;
}

static double worst_target(const zoo_game *known, const sums *all) {
  double worst = NAN;
  for (uint32_t i = 0; i < known->m; ++i) {
    uint64_t held = 0, with = 0;
    for (size_t e = (size_t)i * known->n; e < ((size_t)i + 1) * known->n; ++e) {
      held += all->held[e];
      with += all->with[e];
    }
    if (with) worst = fmin((double)held / (double)with, worst);
  }
  return worst;
}

static void finish_cell(coverage_cell *cell, const zoo_game *known, const sums *all) {
  const double runs = (double)cell->runs;
  double norm = 0;
  cell->rounding = 0;
  for (size_t e = 0; e < all->n_entries; ++e)
    if (!known->own || known->own[e / known->n] != (int32_t)(e % known->n)) {
      norm += known->truth[e] * known->truth[e];
      cell->rounding += rounding(known, e) * rounding(known, e);
    }
  cell->coverage = all->intervals ? (double)all->covered / (double)all->intervals : NAN;
  cell->coverage_error = all->n_shares > 0
    ? share_error(all->shares / all->n_shares, all->share_squares, all->n_shares)
    : NAN;
  cell->worst = worst_target(known, all);
  cell->none = 1 - (double)all->intervals / (double)all->entries;
  cell->error = all->error / runs;
  cell->mse = norm > 0 ? cell->error / norm : NAN;
  cell->evaluations = all->evaluations / runs;
  cell->seconds = all->seconds / runs;
  cell->resolved = (double)all->resolved / runs;
  if (all->resolved) {
    cell->wrong = (double)all->wrong / (double)all->resolved_entries;
    cell->wrong_error = share_error(cell->wrong, all->wrong_squares, (double)all->resolved);
    cell->wrong_runs = (double)all->wrong_runs / (double)all->resolved;
    cell->resolved_none = (double)all->resolved_none / (double)all->resolved_entries;
  }
  finish_widths(cell, known, all);
}

/* All figures are NaN, nothing is counted. */
static void clear(coverage_cell *cell) {
  coverage_cell empty = { .game = cell->game, .method = cell->method, .budget = cell->budget };
  empty.rule = cell->rule;
  empty.coverage = empty.coverage_error = empty.worst = empty.none = empty.width = NAN;
  empty.width_middle = NAN;
  empty.mse = empty.error = empty.against = empty.resolved = empty.wrong = empty.wrong_error = NAN;
  empty.wrong_runs = empty.resolved_none = empty.evaluations = empty.seconds = NAN;
  *cell = empty;
}

static metagame_options options_of(const coverage_cell *cell, double tolerance) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  options.solver = cell->method->solver;
  options.max_evaluations = cell->budget;
  options.batch = BATCH;
  if (cell->rule) options.precision = tolerance;
  return options;
}

double coverage_bound(const coverage_cell *cell) {
  const int32_t solver = cell->method->solver;
  const int single = solver == METAGAME_SOLVER_PERMUTATION || solver == METAGAME_SOLVER_STRATIFIED;
  return single ? coverage_limits.coverage_single : coverage_limits.coverage;
}

/* A share of few runs may have the same value in all: its error is at least that of as many
 * independent runs at the bound. */
static int near(double share, double bound, double error, double runs) {
  return fabs(share - bound) <= 2 * fmax(error, sqrt(bound * (1 - bound) / runs));
}

static int is_close(const coverage_cell *cell) {
  const double runs = (double)cell->runs;
  if (!cell->rule)
    return cell->coverage < 1 &&
      near(cell->coverage, coverage_bound(cell), cell->coverage_error, runs);
  return cell->wrong > 0 &&
    near(cell->wrong, coverage_limits.false_resolved, cell->wrong_error, cell->resolved * runs);
}

/* Seeds first..end-1 of a cell. Ends early, with a message in cell->note, where the solver does not
 * take it. */
static void run_seeds(coverage_cell *cell, const zoo_game *known, const metagame_game *game,
                      sums *all, uint64_t first, uint64_t end, double tolerance, double *half) {
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_options options = options_of(cell, tolerance);
  for (options.seed = first; options.seed < end; ++options.seed) {
    metagame_result *result = NULL;
    const double before = bench_cpu_seconds();
    const metagame_status status = metagame_solve(&result, game, &options, &err);
    all->seconds += bench_cpu_seconds() - before;
    if (status == METAGAME_E_SINGULAR) continue;
    const int refused = status == METAGAME_E_BUDGET || status == METAGAME_E_LIMIT ||
      status == METAGAME_E_UNSUPPORTED;
    if (status != METAGAME_OK) {
      cell->state = refused ? CELL_SKIPPED : CELL_FAILED;
      snprintf(cell->note, sizeof cell->note, "%.150s", err.message);
      return;
    }
    metagame_result_info info = METAGAME_RESULT_INFO_INIT;
    if (metagame_result_get_info(result, &info, NULL) != METAGAME_OK) exit(1);
    cell->solver = cell->runs && cell->solver != info.solver ? METAGAME_SOLVER_AUTO : info.solver;
    ++cell->runs;
    count_run(all, known, result, &info, half, tolerance);
    metagame_result_destroy(result);
  }
  cell->seeds = end;
}

void coverage_measure(coverage_cell *cell, zoo_game *known, uint64_t seeds, uint64_t adaptive,
                      double tolerance) {
  metagame_game *game = NULL;
  double *half = bench_new((size_t)known->m * known->n, sizeof *half);
  sums all;
  const double most = truth_most(known), bound = tolerance * (most > 0 ? most : 1);
  start(&all, known);
  clear(cell);
  if (zoo_open(&game, known, NULL) != METAGAME_OK) {
    cell->state = CELL_FAILED;
    snprintf(cell->note, sizeof cell->note, "the game cannot be made");
  }
  for (int again = 0; again < 2 && cell->state == CELL_DONE; ++again) {
    if (again && (adaptive <= seeds || !is_close(cell))) break;
    run_seeds(cell, known, game, &all, again ? seeds : 0, again ? adaptive : seeds, bound, half);
    if (cell->state == CELL_DONE && cell->runs) finish_cell(cell, known, &all);
  }
  if (cell->state == CELL_DONE && cell->runs == 0) {
    cell->state = CELL_SKIPPED;
    snprintf(cell->note, sizeof cell->note, "no draw has full rank");
  }
  metagame_game_destroy(game);
  release(&all);
  free(half);
}

int coverage_same(coverage_cell *cell, const coverage_cell *of_auto) {
  if (cell->rule || of_auto->rule || cell->budget != of_auto->budget ||
      of_auto->method->solver != METAGAME_SOLVER_AUTO)
    return 0;
  if (of_auto->state != CELL_DONE || of_auto->solver != cell->method->solver) return 0;
  const bench_method *method = cell->method;
  *cell = *of_auto;
  cell->method = method;
  return 1;
}

static int takes(const metagame_game *game, const bench_method *method, uint64_t budget) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_session *session = NULL;
  options.solver = method->solver;
  options.max_evaluations = budget;
  const metagame_status status = metagame_session_create(&session, game, &options, NULL);
  metagame_session_destroy(session);
  return status == METAGAME_OK || status == METAGAME_E_SINGULAR;
}

uint64_t coverage_least(zoo_game *known, const bench_method *method) {
  metagame_game *game = NULL;
  uint64_t low = 0,
           high = UINT64_C(1) << (known->n < 16 ? known->n
                                                : 16); /* low is refused, high is taken */
  if (zoo_open(&game, known, NULL) != METAGAME_OK) return 0;
  if (!takes(game, method, high)) high = 0;
  while (high > low + 1) {
    const uint64_t middle = low + (high - low) / 2;
    if (takes(game, method, middle)) high = middle;
    else low = middle;
  }
  metagame_game_destroy(game);
  return high;
}

const char *coverage_verdict(const coverage_cell *cell, const zoo_game *known) {
  if (cell->state == CELL_FAILED) return "failed";
  if (cell->state == CELL_SKIPPED) return "";
  if (cell->wrong > coverage_limits.false_resolved) return "false-resolved";
  if (cell->resolved_none > 0) return "resolved-without-interval";
  if (cell->rule) return "";
  if (cell->coverage < coverage_bound(cell)) return "coverage";
  const int is_auto = cell->method->solver == METAGAME_SOLVER_AUTO;
  if (is_auto && known->traits & ZOO_JUMPS && cell->against > coverage_limits.against_regression)
    return "worse-than-regression";
  return "";
}
