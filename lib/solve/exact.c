/* SPDX-License-Identifier: MIT */
/* Exact enumeration: all coalitions in counting order (the empty one only if a target is free), folded by estimate/halving.c. */
#include "base/mask.h"
#include "estimate/halving.h"
#include "solve/solver.h"

typedef struct exact {
  const mtg_problem *problem;
  mtg_halving *halving;
  uint64_t first, next, end;
} exact;

static metagame_status least_budget(const mtg_problem *problem, uint64_t *out, metagame_error *err) {
  if (problem->n > METAGAME_EXACT_MAX_PLAYERS)
    return mtg_fail(err, METAGAME_E_LIMIT, "exact enumeration of %u players: at most %u; the sampling solvers take more, for outer Shapley values",
                    problem->n, METAGAME_EXACT_MAX_PLAYERS);
  *out = (UINT64_C(1) << problem->n) - (problem->has_free ? 0 : 1);
  return METAGAME_OK;
}

static uint64_t bytes(const mtg_problem *problem) { return sizeof(exact) + MTG_BLOCK_OVERHEAD + mtg_halving_bytes(problem); }

static void close(void *state) {
  exact *e = state;
  if (!e) return;
  mtg_halving_close(e->halving);
  mtg_free(&e->problem->alloc, e);
}

static metagame_status open(void **state, const mtg_problem *problem, metagame_error *err) {
  exact *e = mtg_new(&problem->alloc, 1, sizeof *e);
  if (!e) return mtg_fail_memory(err, &problem->alloc, "the exact solver");
  e->problem = problem;
  e->first = e->next = problem->has_free ? 0 : 1;
  e->end = UINT64_C(1) << problem->n;
  metagame_status status = mtg_halving_open(&e->halving, problem, err);
  if (status != METAGAME_OK) {
    close(e);
    return status;
  }
  *state = e;
  return METAGAME_OK;
}

static uint64_t n_rows(const void *state) {
  const exact *e = state;
  return e->end - e->first;
}

static size_t next(void *state, uint64_t *masks, size_t room) {
  exact *e = state;
  uint64_t count = e->end - e->next < room ? e->end - e->next : room;
  const uint64_t edge = mtg_halving_until_edge(e->halving, e->next + count); /* end on a block edge where there is one */
  const uint64_t block = mtg_halving_until_edge(e->halving, 0);
  if (edge != block && count > block - edge) count -= block - edge;
  for (uint64_t r = 0; r < count; ++r) masks[r] = e->next + r;
  e->next += count;
  return (size_t)count;
}

static void take(void *state, const double *rows, size_t count) { mtg_halving_take(((exact *)state)->halving, rows, count); }

static metagame_status finish(void *state, int complete, mtg_numbers *numbers, metagame_error *err) {
  (void)complete;
  (void)err;
  mtg_halving_finish(((exact *)state)->halving, numbers);
  return METAGAME_OK;
}

const mtg_solver mtg_solver_exact = { METAGAME_SOLVER_EXACT, "exact", 1, least_budget, bytes, open, n_rows, next, take, finish, close };
