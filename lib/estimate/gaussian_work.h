/* SPDX-License-Identifier: MIT */
/* Shared by the parts of the Gaussian-process estimate: gaussian.c (rows and course), gaussian_fit.c (fit and audit) and
 * gaussian_choose.c (which pairs to ask). */
#ifndef MTG_GAUSSIAN_WORK_H
#define MTG_GAUSSIAN_WORK_H

#include <string.h>

#include "estimate/gaussian.h"
#include "estimate/process.h"
#include "estimate/regression.h"

enum { MTG_GAUSSIAN_APART = 4, MTG_GAUSSIAN_TAUGHT = 8, MTG_FOLDS = 3 };

/* Rows stand in the order in which they are told: those of the first plan, those of the chosen pairs, and, where the audit
 * spoke against choosing, those that the whole plan has beyond the first. */
struct mtg_gaussian {
  const mtg_kernel *kernel; /* the plan at hand: `first`, later perhaps `whole` */
  const mtg_kernel *first, *whole;
  mtg_regression *regression; /* of the rows of `first` */
  double *rows;
  uint64_t n_taken;
  uint64_t n_chosen, most_chosen, n_rounds, n_carried; /* pairs */
  uint64_t *chosen;      /* their first coalitions */
  int is_decided;        /* whether to choose pairs: the audit of the first plan was made */
  mtg_process kept[MTG_GAUSSIAN_APART]; /* of the last choice: the next one starts from their parameters */
  size_t n_kept;
  mtg_process folds[MTG_GAUSSIAN_APART * MTG_FOLDS]; /* of the audit that spoke for choosing, by target: the last audit has the same folds */
  size_t n_folds, best[MTG_GAUSSIAN_APART]; /* of each target the one that was least off */
  uint64_t n_more;       /* units of the whole plan that the first does not have */
  uint64_t *more;        /* their places among the units of the whole plan */
  uint64_t *told_at;     /* for each unit of the whole plan, where its row stands in `rows` */
};

/* Of the rows held out: sum and squares of error^2 over what the posterior expects. */
typedef struct mtg_surprises {
  double count, sum, squares;
} mtg_surprises;

/* Targets that see the same coalitions, free ones or those with one own player, and share a process. The rows: those that the
 * process learns from, those that are held out from learning, and behind them 1 or 2 exact ones. */
typedef struct mtg_group {
  int32_t own;
  size_t n_targets, n_rows, n_plan, n_held;
  uint32_t *targets; /* m */
  uint64_t *at;      /* rows of the plan; MTG_NO_ROW of a chosen pair */
  uint64_t *masks;
  double *values, *residual, *left_out;            /* n_rows x n_targets */
  double *gains, *shapley, *deviation, *variance;  /* n_targets; n_targets x n: posterior, the last of each fold */
  mtg_surprises *surprises;                        /* n_targets */
} mtg_group;

#define MTG_NO_ROW UINT64_MAX

typedef struct mtg_work {
  const mtg_gaussian *of;
  const mtg_problem *problem;
  size_t n, m;
  mtg_group group;
  double *start;                         /* n */
  double *shapley, *deviation;           /* m x n, of the models; the latter of the processes */
  double *degrees;                       /* m: of freedom behind the latter */
  unsigned char *is_sparse, *has_levels, *is_used; /* m; the last: the model's numbers are the result's */
  double *residual_rows, *left_out_rows; /* residual games, in the order of the plan */
  unsigned char *known_rows;             /* units of the plan x m: predicted to the last digits */
  double *largest;                       /* m: of the values of the rows */
  size_t most_learnt, most_fitted, n_processes;
  mtg_gaussian *keeper; /* of the folds, where the audit alone is wanted; else NULL */
  mtg_process audited; /* the last process, and that of the fold which was least off: learning from all rows starts from it */
  mtg_process best;
  double least;
  uint64_t n_audited; /* of the target with the fewest */
  double worst;       /* squares of what was left out over squares of the values, of the worst target */
  double *spare;      /* twice m x n and 3 m: what the regressions of residuals do not pass on */
  int32_t *spare_ground;
  uint64_t *counts; /* 4 (n + 1): scratch */
} mtg_work;

metagame_status mtg_work_open(mtg_work *work, const mtg_gaussian *of, metagame_error *err);
void mtg_work_close(mtg_work *work);

/* Where the first row of unit `unit` of the plan at hand, or of header row `row`, stands in `rows`. */
const double *mtg_gaussian_unit_values(const mtg_gaussian *gaussian, uint64_t unit);

/* How the rows of the plan are parted: every row but those held out is learnt from. */
enum { MTG_HOLD_NONE = -1, MTG_HOLD_LAST = -2 /* the last third; 0.. : every third row from there on */ };
/* Fills the group's rows for its targets and own player. */
void mtg_group_gather(mtg_work *work, int hold);

/* Numbers of the regression on the rows, replaced for each target by those of the model where its audit allows it. */
metagame_status mtg_gaussian_improve(mtg_work *work, mtg_numbers *numbers, metagame_error *err);

#endif
