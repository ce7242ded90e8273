/* SPDX-License-Identifier: MIT */
/* KernelSHAP-style regression: the coalitions of plan/kernel.c, fitted by estimate/regression.c. */
#include "base/saturate.h"
#include "estimate/regression.h"
#include "solve/solver.h"

typedef struct regression {
  const mtg_problem *problem;
  mtg_kernel kernel;
  mtg_regression *estimate;
  uint64_t next;
} regression;

static metagame_status least_budget(const mtg_problem *problem, uint64_t *out, metagame_error *err) {
  (void)err;
  *out = mtg_kernel_least_budget(problem);
  return METAGAME_OK;
}

static uint64_t bytes(const mtg_problem *problem) {
  return mtg_plus(sizeof(regression) + MTG_BLOCK_OVERHEAD, mtg_plus(mtg_kernel_bytes(problem), mtg_regression_bytes(problem)));
}

static void close(void *state) {
  regression *r = state;
  if (!r) return;
  mtg_regression_close(r->estimate);
  mtg_kernel_close(&r->kernel);
  mtg_free(&r->problem->alloc, r);
}

static metagame_status open(void **state, const mtg_problem *problem, metagame_error *err) {
  regression *r = mtg_new(&problem->alloc, 1, sizeof *r);
  if (!r) return mtg_fail_memory(err, &problem->alloc, "the regression solver");
  r->problem = problem;
  metagame_status status = mtg_kernel_open(&r->kernel, problem, err);
  if (status == METAGAME_OK) status = mtg_regression_open(&r->estimate, &r->kernel, err);
  if (status != METAGAME_OK) {
    close(r);
    return status;
  }
  *state = r;
  return METAGAME_OK;
}

static uint64_t n_rows(const void *state) { return ((const regression *)state)->kernel.n_rows; }

static metagame_status next(void *state, uint64_t *masks, size_t room, size_t *out, metagame_error *err) {
  (void)err;
  regression *r = state;
  size_t count = 0;
  for (; count < room && r->next < r->kernel.n_rows; ++count) mtg_kernel_row(&r->kernel, r->next++, masks + count * r->problem->words);
  *out = count;
  return METAGAME_OK;
}

static void take(void *state, const double *rows, size_t count) { mtg_regression_take(((regression *)state)->estimate, rows, count); }

static metagame_status finish(void *state, int complete, mtg_numbers *numbers, metagame_error *err) {
  return mtg_regression_finish(((regression *)state)->estimate, complete, numbers, err);
}

const mtg_solver mtg_solver_regression = { METAGAME_SOLVER_REGRESSION, "regression", 0, 0,    least_budget, bytes, open,
                                           n_rows,                     next,         take, finish,       close, NULL };
