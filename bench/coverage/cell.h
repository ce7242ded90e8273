/* SPDX-License-Identifier: MIT */
/* One cell of the measurement: a game, a budget, a solver, with or without a rule when to stop,
 * over many seeds. */
#ifndef BENCH_COVERAGE_CELL_H
#define BENCH_COVERAGE_CELL_H

#include <stdint.h>

#include "../common.h"
#include "zoo.h"

enum { CELL_DONE = 0, CELL_SKIPPED = 1 /* not for this solver: `note` */, CELL_FAILED = 2 };

/* The bounds of the measurement. A share is as good as its seeds: it is measured again with more
 * where it is close. */
typedef struct coverage_bounds {
  double coverage;        /* of 95 % intervals, at least */
  double coverage_single; /* the same of a cell of permutation or stratified */
  double false_resolved;  /* share of wrong entries in runs that ended RESOLVED, at most */
  double width;           /* median over cells of width beside the oracle's, at most */
  double no_ground;       /* share of cells without intervals, at most */
  double against_regression; /* on jumps: squared error of AUTO over regression's */
} coverage_bounds;
extern const coverage_bounds coverage_limits;

typedef struct coverage_cell {
  /* What is measured. */
  uint32_t game;
  const bench_method *method;
  uint64_t budget;
  int rule; /* options.precision is set */
  /* What came out. Shares are over seeds x entries, own players' entries apart; those of intervals
   * over entries that have one. */
  int state;
  char note[160];
  int32_t solver; /* that found all numbers; METAGAME_SOLVER_AUTO where runs differ */
  uint64_t seeds, runs;            /* runs: less the draws without full rank */
  double coverage, coverage_error; /* its standard error over seeds */
  double worst;                    /* coverage of the worst target */
  double none;                     /* share of entries without an interval */
  double width;        /* rms half width / (1.96 rms error), of entries with intervals */
  double width_middle; /* median over entries of mean half width / (1.96 rms error of the entry) */
  double mse;          /* sum of squared errors / sum of squares of the truth, mean over runs */
  double error;        /* the sum of squared errors, mean over runs */
  double rounding;     /* what `error` is when the numbers are exact, at most */
  double against;      /* error / regression's in the same cell; NaN without */
  double resolved;     /* share of runs that ended RESOLVED */
  double wrong, wrong_error; /* share of entries off by more than the tolerance there */
  double wrong_runs;         /* share of those runs with such an entry */
  double resolved_none;      /* share of entries without an interval in those */
  double evaluations;        /* mean */
  double seconds;            /* CPU seconds of a run, mean */
} coverage_cell;

/* Fills in what came out, of seeds 0..seeds-1, and where a share is then within two standard errors
 * of its bound of seeds 0..adaptive-1. `tolerance`: of rules, as a part of the largest |Shapley
 * value|. */
void coverage_measure(coverage_cell *cell, zoo_game *known, uint64_t seeds, uint64_t adaptive,
                      double tolerance);
/* Takes over the figures of AUTO's cell in the same place when AUTO chose this cell's solver in all
 * runs: same bytes. Returns whether it did. */
int coverage_same(coverage_cell *cell, const coverage_cell *of_auto);
/* The smallest budget that the solver takes, at most 2^n or 2^40; 0: none. */
uint64_t coverage_least(zoo_game *known, const bench_method *method);
/* What is wrong with a cell, "" for nothing. */
const char *coverage_verdict(const coverage_cell *cell, const zoo_game *known);
/* The bound of a cell's coverage. */
double coverage_bound(const coverage_cell *cell);

#endif
