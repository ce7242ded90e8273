/* SPDX-License-Identifier: MIT */
/* Permutation sampling: the orders of plan/orders.c, averaged by estimate/walks.c. */
#include "estimate/walks.h"
#include "solve/solver.h"

typedef struct permutation {
  const mtg_problem *problem;
  mtg_orders orders;
  mtg_walk walk; /* the asking side's */
  int walking;
  uint64_t next_row, next_unit;
  mtg_walks *estimate;
} permutation;

static metagame_status least_budget(const mtg_problem *problem, uint64_t *out, metagame_error *err) {
  (void)err;
  *out = mtg_orders_least_budget(problem);
  return METAGAME_OK;
}

static uint64_t bytes(const mtg_problem *problem) {
  return sizeof(permutation) + MTG_BLOCK_OVERHEAD + mtg_orders_bytes(problem) + mtg_walks_bytes(problem);
}

static void close(void *state) {
  permutation *p = state;
  if (!p) return;
  mtg_walks_close(p->estimate);
  mtg_walk_close(&p->walk);
  mtg_orders_close(&p->orders);
  mtg_free(&p->problem->alloc, p);
}

static metagame_status open(void **state, const mtg_problem *problem, metagame_error *err) {
  permutation *p = mtg_new(&problem->alloc, 1, sizeof *p);
  if (!p) return mtg_fail_memory(err, &problem->alloc, "the permutation solver");
  p->problem = problem;
  metagame_status status = mtg_orders_open(&p->orders, problem, err);
  if (status == METAGAME_OK) status = mtg_walk_open(&p->walk, &p->orders, err);
  if (status == METAGAME_OK) status = mtg_walks_open(&p->estimate, &p->orders, err);
  if (status != METAGAME_OK) {
    close(p);
    return status;
  }
  *state = p;
  return METAGAME_OK;
}

static uint64_t n_rows(const void *state) { return ((const permutation *)state)->orders.n_rows; }

static metagame_status next(void *state, uint64_t *masks, size_t room, size_t *out, metagame_error *err) {
  (void)err;
  permutation *p = state;
  size_t count = 0;
  while (count < room && p->next_row < p->orders.n_rows) {
    uint64_t *mask = masks + count * p->problem->words;
    if (p->next_row < p->orders.n_header) {
      mtg_orders_header(&p->orders, p->next_row++, mask);
      ++count;
      continue;
    }
    if (!p->walking) mtg_walk_start(&p->walk, p->next_unit++);
    p->walking = 1;
    const mtg_step_kind step = mtg_walk_step(&p->walk);
    if (step == MTG_STEP_END) {
      p->walking = 0;
    } else if (!p->walk.known) {
      mtg_walk_mask(&p->walk, step, mask);
      ++p->next_row;
      ++count;
    }
  }
  *out = count;
  return METAGAME_OK;
}

static void take(void *state, const double *rows, size_t count) { mtg_walks_take(((permutation *)state)->estimate, rows, count); }

static metagame_status finish(void *state, int complete, mtg_numbers *numbers, metagame_error *err) {
  (void)complete;
  (void)err;
  mtg_walks_finish(((permutation *)state)->estimate, numbers);
  return METAGAME_OK;
}

const mtg_solver mtg_solver_permutation = { METAGAME_SOLVER_PERMUTATION, "permutation", 0, 0,    least_budget, bytes, open,
                                            n_rows,                      next,          take, finish,       close, NULL };
