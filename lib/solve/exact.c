/* SPDX-License-Identifier: MIT */
/* Exact enumeration: all coalitions in counting order (the empty one only if a target is free), folded by
 * estimate/halving.c; where tallies are wanted, for interactions or a closed form, by estimate/fold.c. */
#include <math.h>

#include "base/mask.h"
#include "estimate/fold.h"
#include "estimate/halving.h"
#include "solve/closed.h"
#include "solve/solver.h"

typedef struct exact {
  const mtg_problem *problem;
  mtg_halving *halving; /* one of the two */
  mtg_fold *fold;
  mtg_tally *tally; /* of the fold, once it is finished for a closed form */
  uint64_t first, next, end;
} exact;

/* Halving is vectorised over targets; one target folds faster. */
static int uses_fold(const mtg_problem *problem) {
  return problem->order > 1 || problem->closed || (problem->m == 1 && problem->has_free);
}

static metagame_status least_budget(const mtg_problem *problem, uint64_t *out, metagame_error *err) {
  if (problem->n > METAGAME_EXACT_MAX_PLAYERS)
    return mtg_fail(err, METAGAME_E_LIMIT, "exact enumeration of %u players: at most %u; the sampling solvers take more, for outer Shapley values",
                    problem->n, METAGAME_EXACT_MAX_PLAYERS);
  *out = (UINT64_C(1) << problem->n) - (problem->has_free ? 0 : 1);
  return METAGAME_OK;
}

/* A closed form folds one column for pairs. */
static uint64_t bytes(const mtg_problem *problem) {
  const uint64_t own = sizeof(exact) + MTG_BLOCK_OVERHEAD;
  if (!uses_fold(problem)) return own + mtg_halving_bytes(problem);
  return own + (problem->closed ? mtg_fold_bytes(problem->n, 1, 2) : mtg_fold_bytes(problem->n, problem->m, problem->order));
}

static void close(void *state) {
  exact *e = state;
  if (!e) return;
  mtg_halving_close(e->halving);
  mtg_fold_close(e->fold);
  mtg_tally_close(e->tally);
  mtg_free(&e->problem->alloc, e);
}

static metagame_status open_fold(exact *e, metagame_error *err) {
  const mtg_problem *problem = e->problem;
  const int32_t none = METAGAME_NO_PLAYER;
  if (problem->closed) return mtg_fold_open(&e->fold, &problem->alloc, problem->n, 1, 2, &none, problem->row_len, problem->column, err);
  return mtg_fold_open(&e->fold, &problem->alloc, problem->n, problem->m, problem->order, problem->own, problem->m, 0, err);
}

static metagame_status open(void **state, const mtg_problem *problem, metagame_error *err) {
  exact *e = mtg_new(&problem->alloc, 1, sizeof *e);
  if (!e) return mtg_fail_memory(err, &problem->alloc, "the exact solver");
  e->problem = problem;
  e->first = e->next = problem->has_free || problem->closed ? 0 : 1;
  e->end = UINT64_C(1) << problem->n;
  metagame_status status = uses_fold(problem) ? open_fold(e, err) : mtg_halving_open(&e->halving, problem, err);
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

static metagame_status next(void *state, uint64_t *masks, size_t room, size_t *out, metagame_error *err) {
  (void)err;
  exact *e = state;
  uint64_t count = e->end - e->next < room ? e->end - e->next : room;
  if (e->halving) { /* end on a block edge where there is one */
    const uint64_t edge = mtg_halving_until_edge(e->halving, e->next + count), block = mtg_halving_until_edge(e->halving, 0);
    if (edge != block && count > block - edge) count -= block - edge;
  }
  for (uint64_t r = 0; r < count; ++r) masks[r] = e->next + r;
  e->next += count;
  *out = (size_t)count;
  return METAGAME_OK;
}

static void take(void *state, const double *rows, size_t count) {
  exact *e = state;
  if (e->halving)
    mtg_halving_take(e->halving, rows, count);
  else
    mtg_fold_take(e->fold, e->first, rows, count);
}

/* Nothing but starts is known before the last row. */
static void finish_partial(const exact *e, mtg_numbers *numbers) {
  const mtg_problem *problem = e->problem;
  const mtg_tally *tally = mtg_fold_partial(e->fold);
  numbers->has_deviation = 1;
  for (uint32_t i = 0; i < problem->m; ++i) {
    const int is_free = problem->own[i] < 0;
    for (uint32_t j = 0; j < problem->n; ++j)
      numbers->matrix[(size_t)i * problem->n + j] = numbers->deviation[(size_t)i * problem->n + j] = NAN;
    numbers->first_order[i] = NAN;
    numbers->base[i] = !is_free || problem->closed ? 0 : mtg_fold_taken(e->fold) > 0 ? tally->start[i] : NAN;
    numbers->scale[i] = tally->magnitude[problem->closed ? 0 : i];
  }
}

static metagame_status finish_fold(exact *e, int complete, mtg_numbers *numbers) {
  const uint64_t taken = mtg_fold_taken(e->fold);
  numbers->evaluations = taken > e->first ? taken - e->first : 0;
  if (!complete) {
    finish_partial(e, numbers);
    return METAGAME_OK;
  }
  mtg_tally *tally = mtg_fold_finish(e->fold);
  if (e->problem->closed) {
    e->tally = tally;
    mtg_closed_numbers(e->problem, tally, numbers);
  } else {
    mtg_tally_numbers(e->problem, tally, numbers);
    if (e->problem->order > 1)
      numbers->tally = tally;
    else
      e->tally = tally;
  }
  return METAGAME_OK;
}

static metagame_status finish(void *state, int complete, mtg_numbers *numbers, metagame_error *err) {
  exact *e = state;
  (void)err;
  if (e->fold) return finish_fold(e, complete, numbers);
  mtg_halving_finish(e->halving, numbers);
  return METAGAME_OK;
}

const mtg_solver mtg_solver_exact = { METAGAME_SOLVER_EXACT, "exact", 1, 1, least_budget, bytes, open, n_rows, next, take, finish, close, NULL };
