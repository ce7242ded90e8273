/* SPDX-License-Identifier: MIT */
/* Gaussian-process solver: the coalitions of plan/kernel.c, estimated by estimate/gaussian.c. */
#include "base/mask_set.h"
#include "base/saturate.h"
#include "estimate/gaussian.h"
#include "solve/solver.h"

/* Few pairs are too dear to be left to chance: half of them are the plan, and the rest is chosen by what these told. */
enum { MOST_UNITS = 512, LEAST_CHOSEN = 4, LEAST_PLAYERS = 5 };

typedef struct gaussian {
  mtg_problem first_problem, whole_problem; /* with the budgets of the plans */
  mtg_kernel first, whole;
  mtg_gaussian *estimate;
  uint64_t next;
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
  return mtg_plus(sizeof(gaussian) + MTG_BLOCK_OVERHEAD, mtg_plus(mtg_times(2, mtg_kernel_bytes(problem)), estimate));
}

static void close(void *state) {
  gaussian *g = state;
  if (!g) return;
  const mtg_alloc alloc = g->first_problem.alloc;
  mtg_gaussian_close(g->estimate);
  mtg_kernel_close(&g->first);
  mtg_kernel_close(&g->whole);
  mtg_free(&alloc, g);
}

/* Pairs of the carried ones that the budget has room for beside the plan that regression needs. */
static uint64_t room_for_carried(const mtg_problem *problem) {
  if (problem->n < 62 && problem->budget >= UINT64_C(1) << problem->n) return 0; /* the plan has them all */
  const uint64_t least = mtg_kernel_least_budget(problem), room = problem->budget > least ? (problem->budget - least) / 2 : 0;
  return problem->n_carried < room ? problem->n_carried : room;
}

/* Units of the first plan that the whole plan does not have: systematic rounding may take one of a size back. */
static metagame_status count_missing(const gaussian *g, uint64_t *out, metagame_error *err) {
  const size_t words = g->first_problem.words;
  mtg_mask_set set;
  uint64_t number;
  int added, failed = 0;
  mtg_mask_set_open(&set, &g->first_problem.alloc, words);
  for (uint64_t unit = 0; unit < g->whole.n_units && !failed; ++unit)
    failed = mtg_mask_set_add(&set, g->whole.units + unit * words, &number, &added) != 0;
  *out = 0;
  for (uint64_t unit = 0; unit < g->first.n_units && !failed; ++unit) *out += !mtg_mask_set_has(&set, g->first.units + unit * words);
  mtg_mask_set_close(&set);
  return failed ? mtg_fail_memory(err, &g->first_problem.alloc, "the plan") : METAGAME_OK;
}

/* The plan that takes the place of chosen pairs: the largest that fits the budget together with the first. */
static metagame_status open_whole(gaussian *g, uint64_t budget, metagame_error *err) {
  for (g->whole_problem.budget = budget;; g->whole_problem.budget -= 2) {
    uint64_t missing = 0;
    MTG_TRY(mtg_kernel_open(&g->whole, &g->whole_problem, err));
    MTG_TRY(count_missing(g, &missing, err));
    if (g->whole.n_units + missing <= (budget - g->whole.n_header) / 2 || g->whole.n_units <= g->first.n_units) return METAGAME_OK;
    mtg_kernel_close(&g->whole);
  }
}

static metagame_status open(void **state, const mtg_problem *problem, metagame_error *err) {
  gaussian *g = mtg_new(&problem->alloc, 1, sizeof *g);
  if (!g) return mtg_fail_memory(err, &problem->alloc, "the gaussian solver");
  const uint64_t carried = room_for_carried(problem), most = most_chosen(problem), pairs = most > carried ? most : carried;
  g->first_problem = g->whole_problem = *problem;
  g->first_problem.budget -= 2 * pairs;
  metagame_status status = mtg_kernel_open(&g->first, &g->first_problem, err);
  if (status == METAGAME_OK && pairs > carried) status = open_whole(g, problem->budget - 2 * carried, err);
  if (status == METAGAME_OK)
    status = mtg_gaussian_open(&g->estimate, &g->first, pairs > carried ? &g->whole : NULL, pairs, err);
  if (status == METAGAME_OK && carried > 0) status = mtg_gaussian_carry(g->estimate, problem->carried, carried, err);
  if (status != METAGAME_OK) {
    close(g);
    return status;
  }
  *state = g;
  return METAGAME_OK;
}

static uint64_t chosen(const void *state, uint64_t *masks) { return mtg_gaussian_chosen(((const gaussian *)state)->estimate, masks); }

static uint64_t n_rows(const void *state) { return mtg_gaussian_planned_rows(((const gaussian *)state)->estimate); }

static metagame_status next(void *state, uint64_t *masks, size_t room, size_t *out, metagame_error *err) {
  gaussian *g = state;
  size_t count = 0;
  if (g->next == mtg_gaussian_known_rows(g->estimate) && g->next < mtg_gaussian_planned_rows(g->estimate) &&
      mtg_gaussian_taken(g->estimate) == g->next)
    MTG_TRY(mtg_gaussian_go_on(g->estimate, err));
  const uint64_t known = mtg_gaussian_known_rows(g->estimate);
  for (; count < room && g->next < known; ++count)
    mtg_gaussian_row(g->estimate, g->next++, masks + count * g->first_problem.words);
  *out = count;
  return METAGAME_OK;
}

static void take(void *state, const double *rows, size_t count) { mtg_gaussian_take(((gaussian *)state)->estimate, rows, count); }

static metagame_status finish(void *state, int complete, mtg_numbers *numbers, metagame_error *err) {
  return mtg_gaussian_finish(((gaussian *)state)->estimate, complete, numbers, err);
}

const mtg_solver mtg_solver_gaussian = { METAGAME_SOLVER_GAUSSIAN, "gaussian", 0, 0,    least_budget, bytes, open,
                                         n_rows,                   next,       take, finish,       close, chosen };
