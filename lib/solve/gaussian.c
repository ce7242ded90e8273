/* SPDX-License-Identifier: MIT */
/* Gaussian-process solver: the coalitions of plan/kernel.c, estimated by estimate/gaussian.c. */
#include "base/saturate.h"
#include "estimate/gaussian.h"
#include "solve/solver.h"

/* Few pairs are too dear to be left to chance: half of them are the plan, and the rest is chosen by what these told. */
enum { MOST_UNITS = 512, LEAST_CHOSEN = 4, LEAST_PLAYERS = 5 };

typedef struct gaussian {
  mtg_problem problem; /* with the budget of the plan */
  mtg_kernel kernel;
  mtg_gaussian *estimate;
  uint64_t next, n_rows;
} gaussian;

static metagame_status least_budget(const mtg_problem *problem, uint64_t *out, metagame_error *err) {
  (void)err;
  *out = mtg_kernel_least_budget(problem);
  return METAGAME_OK;
}

/* Pairs that are not part of the plan. */
static uint64_t most_chosen(const mtg_problem *problem) {
  const uint64_t n = problem->n, least = mtg_kernel_least_budget(problem), header = 2;
  if (problem->has_pinned || n < LEAST_PLAYERS || problem->budget < least) return 0;
  const uint64_t units = (problem->budget - header) / 2, few = (least - header + 1) / 2, half = (units + 1) / 2;
  const uint64_t plan = half > few ? half : few;
  if (units > MOST_UNITS || units < plan + LEAST_CHOSEN || (n < 62 && 8 * units > UINT64_C(1) << n)) return 0;
  return units - plan;
}

/* A session that is extended may bring the pairs that were chosen before. */
static uint64_t bytes(const mtg_problem *problem) {
  const uint64_t carried = problem->is_extended && !problem->has_pinned ? MOST_UNITS / 2 : 0;
  const uint64_t estimate = mtg_gaussian_bytes(problem, most_chosen(problem), carried);
  return mtg_plus(sizeof(gaussian) + MTG_BLOCK_OVERHEAD, mtg_plus(mtg_kernel_bytes(problem), estimate));
}

static void close(void *state) {
  gaussian *g = state;
  if (!g) return;
  const mtg_alloc alloc = g->problem.alloc;
  mtg_gaussian_close(g->estimate);
  mtg_kernel_close(&g->kernel);
  mtg_free(&alloc, g);
}

/* Pairs of the carried ones that the budget has room for beside the plan that regression needs. */
static uint64_t room_for_carried(const mtg_problem *problem) {
  if (problem->n < 62 && problem->budget >= UINT64_C(1) << problem->n) return 0; /* the plan has them all */
  const uint64_t least = mtg_kernel_least_budget(problem), room = problem->budget > least ? (problem->budget - least) / 2 : 0;
  return problem->n_carried < room ? problem->n_carried : room;
}

static metagame_status open(void **state, const mtg_problem *problem, metagame_error *err) {
  gaussian *g = mtg_new(&problem->alloc, 1, sizeof *g);
  if (!g) return mtg_fail_memory(err, &problem->alloc, "the gaussian solver");
  const uint64_t chosen = most_chosen(problem), carried = room_for_carried(problem);
  g->problem = *problem;
  g->problem.budget -= 2 * (chosen > carried ? chosen : carried);
  metagame_status status = mtg_kernel_open(&g->kernel, &g->problem, err);
  if (status == METAGAME_OK) status = mtg_gaussian_open(&g->estimate, &g->kernel, chosen > carried ? chosen : carried, err);
  if (status == METAGAME_OK && carried > 0) status = mtg_gaussian_carry(g->estimate, problem->carried, carried, chosen, err);
  if (status != METAGAME_OK) {
    close(g);
    return status;
  }
  g->n_rows = g->kernel.n_rows + 2 * mtg_gaussian_most_chosen(g->estimate);
  *state = g;
  return METAGAME_OK;
}

static uint64_t chosen(const void *state, uint64_t *masks) {
  const gaussian *g = state;
  const uint64_t count = (mtg_gaussian_known_rows(g->estimate) - g->kernel.n_rows) / 2;
  for (uint64_t at = 0; masks && at < count; ++at)
    mtg_gaussian_row(g->estimate, g->kernel.n_rows + 2 * at, masks + at * g->problem.words);
  return count;
}

static uint64_t n_rows(const void *state) { return ((const gaussian *)state)->n_rows; }

static metagame_status next(void *state, uint64_t *masks, size_t room, size_t *out, metagame_error *err) {
  gaussian *g = state;
  size_t count = 0;
  if (g->next == mtg_gaussian_known_rows(g->estimate) && g->next < g->n_rows && mtg_gaussian_taken(g->estimate) == g->next)
    MTG_TRY(mtg_gaussian_choose(g->estimate, err));
  const uint64_t known = mtg_gaussian_known_rows(g->estimate);
  for (; count < room && g->next < known; ++count) mtg_gaussian_row(g->estimate, g->next++, masks + count * g->problem.words);
  *out = count;
  return METAGAME_OK;
}

static void take(void *state, const double *rows, size_t count) { mtg_gaussian_take(((gaussian *)state)->estimate, rows, count); }

static metagame_status finish(void *state, int complete, mtg_numbers *numbers, metagame_error *err) {
  return mtg_gaussian_finish(((gaussian *)state)->estimate, complete, numbers, err);
}

const mtg_solver mtg_solver_gaussian = { METAGAME_SOLVER_GAUSSIAN, "gaussian", 0, 0,    least_budget, bytes, open,
                                         n_rows,                   next,       take, finish,       close, chosen };
