/* SPDX-License-Identifier: MIT */
/* Gaussian-process solver: the coalitions of plan/kernel.c, estimated by estimate/gaussian.c. */
#include "base/saturate.h"
#include "estimate/gaussian.h"
#include "solve/solver.h"

typedef struct gaussian {
  const mtg_problem *problem;
  mtg_kernel kernel;
  mtg_gaussian *estimate;
  uint64_t next;
} gaussian;

static metagame_status least_budget(const mtg_problem *problem, uint64_t *out, metagame_error *err) {
  (void)err;
  *out = mtg_kernel_least_budget(problem);
  return METAGAME_OK;
}

static uint64_t bytes(const mtg_problem *problem) {
  return mtg_plus(sizeof(gaussian) + MTG_BLOCK_OVERHEAD, mtg_plus(mtg_kernel_bytes(problem), mtg_gaussian_bytes(problem)));
}

static void close(void *state) {
  gaussian *g = state;
  if (!g) return;
  mtg_gaussian_close(g->estimate);
  mtg_kernel_close(&g->kernel);
  mtg_free(&g->problem->alloc, g);
}

static metagame_status open(void **state, const mtg_problem *problem, metagame_error *err) {
  gaussian *g = mtg_new(&problem->alloc, 1, sizeof *g);
  if (!g) return mtg_fail_memory(err, &problem->alloc, "the gaussian solver");
  g->problem = problem;
  metagame_status status = mtg_kernel_open(&g->kernel, problem, err);
  if (status == METAGAME_OK) status = mtg_gaussian_open(&g->estimate, &g->kernel, err);
  if (status != METAGAME_OK) {
    close(g);
    return status;
  }
  *state = g;
  return METAGAME_OK;
}

static uint64_t n_rows(const void *state) { return ((const gaussian *)state)->kernel.n_rows; }

static size_t next(void *state, uint64_t *masks, size_t room) {
  gaussian *g = state;
  size_t count = 0;
  for (; count < room && g->next < g->kernel.n_rows; ++count) mtg_kernel_row(&g->kernel, g->next++, masks + count * g->problem->words);
  return count;
}

static void take(void *state, const double *rows, size_t count) { mtg_gaussian_take(((gaussian *)state)->estimate, rows, count); }

static metagame_status finish(void *state, int complete, mtg_numbers *numbers, metagame_error *err) {
  return mtg_gaussian_finish(((gaussian *)state)->estimate, complete, numbers, err);
}

const mtg_solver mtg_solver_gaussian = { METAGAME_SOLVER_GAUSSIAN, "gaussian", 0, 0,    least_budget, bytes, open,
                                          n_rows,                    next,        take, finish,       close };
