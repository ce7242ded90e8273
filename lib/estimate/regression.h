/* SPDX-License-Identifier: MIT */
/* Constrained weighted least squares for every target over the rows of a mtg_kernel plan. */
#ifndef MTG_REGRESSION_H
#define MTG_REGRESSION_H

#include "estimate/numbers.h"
#include "plan/kernel.h"

typedef struct mtg_regression mtg_regression;

/* `kernel` is borrowed. Near the least budget the designs are factored here: METAGAME_E_SINGULAR before anything is evaluated. */
metagame_status mtg_regression_open(mtg_regression **out, const mtg_kernel *kernel, metagame_error *err);
void mtg_regression_close(mtg_regression *regression);
uint64_t mtg_regression_bytes(const mtg_problem *problem);
/* Whether finish leaves out of the standard errors what unseen exceptions may hide (surprise.h): to compare models by. Default: not. */
void mtg_regression_leave_bare(mtg_regression *regression, int is_bare);
void mtg_regression_take(mtg_regression *regression, const double *rows, size_t n_rows);
/* With `complete` a deficient design is METAGAME_E_SINGULAR, else its target's numbers are NaN. */
metagame_status mtg_regression_finish(mtg_regression *regression, int complete, mtg_numbers *numbers, metagame_error *err);

#endif
