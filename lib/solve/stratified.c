/* SPDX-License-Identifier: MIT */
/* Stratified sampling: the coalitions of plan/strata.c, summed into tallies by estimate/strata.c. The matrix is an index of order 1, that
 * of a cardinal attribution (problem->closed) one of pairs of the base game (solve/closed.c):
 *
 *   estimate = from the mean of the groups' tallies,   SE^2 = sum_g (x_g - mean)^2 / (G (G - 1)),   Student t with G - 1.
 *
 * The weights of outer Shapley values let every coalition but the ends of the game give 0 to a row in all, also where sums are
 * estimated: the decomposition holds at any budget. */
#include <math.h>

#include "base/saturate.h"
#include "estimate/strata.h"
#include "solve/closed.h"
#include "solve/solver.h"

enum { LEAST_GROUPS = 4 };

typedef struct stratified {
  const mtg_problem *problem;
  mtg_strata plan;
  mtg_strata_sums *sums;
  mtg_tally *tally; /* finished, and not wanted for indices */
  uint64_t next;
} stratified;

/* Rows of a group's matrix, and what mtg_tally_numbers fills beside it. */
static uint64_t group_bytes(const mtg_problem *problem) {
  return ((uint64_t)problem->m * (2 * (uint64_t)problem->n + 3)) * sizeof(double) + MTG_BLOCK_OVERHEAD;
}

static void open_plan(mtg_strata *plan, const mtg_problem *problem) {
  double shares[MTG_STRATA_SIZES];
  if (problem->closed) mtg_closed_shares(problem, shares);
  mtg_strata_open(plan, problem, problem->closed ? shares : NULL);
}

static void fill(const mtg_problem *problem, const mtg_tally *tally, mtg_numbers *numbers) {
  if (problem->closed)
    mtg_closed_numbers(problem, tally, numbers);
  else
    mtg_tally_numbers(problem, tally, numbers);
}

static uint64_t bytes(const mtg_problem *problem) {
  mtg_strata plan;
  open_plan(&plan, problem);
  return mtg_plus(sizeof(stratified) + group_bytes(problem) + MTG_BLOCK_OVERHEAD, mtg_strata_sums_bytes(&plan));
}

static void close(void *state) {
  stratified *s = state;
  if (!s) return;
  mtg_strata_sums_close(s->sums);
  mtg_tally_close(s->tally);
  mtg_free(&s->problem->alloc, s);
}

static metagame_status open(void **state, const mtg_problem *problem, metagame_error *err) {
  stratified *s = mtg_new(&problem->alloc, 1, sizeof *s);
  if (!s) return mtg_fail_memory(err, &problem->alloc, "the stratified solver");
  s->problem = problem;
  open_plan(&s->plan, problem);
  const metagame_status status = mtg_strata_sums_open(&s->sums, &s->plan, err);
  if (status != METAGAME_OK) {
    close(s);
    return status;
  }
  *state = s;
  return METAGAME_OK;
}

static uint64_t n_rows(const void *state) { return ((const stratified *)state)->plan.n_rows; }

static metagame_status next(void *state, uint64_t *masks, size_t room, size_t *out, metagame_error *err) {
  (void)err;
  stratified *s = state;
  size_t count = 0;
  for (; count < room && s->next < s->plan.n_rows; ++count) masks[count] = mtg_strata_row(&s->plan, s->next++);
  *out = count;
  return METAGAME_OK;
}

static void take(void *state, const double *rows, size_t count) { mtg_strata_sums_take(((stratified *)state)->sums, rows, count); }

/* Before the first group is complete: ends of the games alone. */
static void finish_ends(const stratified *s, mtg_numbers *numbers) {
  const mtg_problem *problem = s->problem;
  const mtg_tally *tally = mtg_strata_sums_partial(s->sums);
  const uint64_t taken = mtg_strata_sums_taken(s->sums);
  numbers->has_deviation = 1;
  for (uint32_t i = 0; i < problem->m; ++i) {
    const int is_free = problem->own[i] < 0;
    for (size_t cell = (size_t)i * problem->n; cell < (size_t)(i + 1) * problem->n; ++cell)
      numbers->matrix[cell] = numbers->deviation[cell] = NAN;
    if (problem->closed) {
      numbers->first_order[i] = NAN;
      numbers->base[i] = 0;
      numbers->scale[i] = tally->magnitude[0];
      continue;
    }
    numbers->first_order[i] = taken > (uint64_t)(problem->has_free != 0) ? tally->last[i] : NAN;
    numbers->base[i] = !is_free ? 0 : taken > 0 ? tally->start[i] : NAN;
    numbers->scale[i] = tally->magnitude[i];
  }
}

/* Welford's update in the order of the groups, of numbers divided by 2^exponent of the target's scale. */
static metagame_status fill_deviation(const mtg_problem *problem, const mtg_tally *tally, mtg_numbers *numbers, metagame_error *err) {
  const size_t cells = (size_t)problem->m * problem->n;
  double *room = mtg_new(&problem->alloc, problem->m, (2 * (size_t)problem->n + 3) * sizeof *room);
  if (!room) return mtg_fail_memory(err, &problem->alloc, "the standard errors");
  mtg_numbers group = *numbers;
  group.matrix = room;
  group.base = room + 2 * cells;
  group.first_order = group.base + problem->m;
  group.scale = group.first_order + problem->m;
  double *mean = room + cells;
  const double groups = tally->n_groups;
  memset(numbers->deviation, 0, cells * sizeof *numbers->deviation);
  for (uint32_t g = 0; g < tally->n_groups; ++g) {
    fill(problem, tally->groups[g], &group);
    for (size_t cell = 0; cell < cells; ++cell) {
      int exponent;
      frexp(numbers->scale[cell / problem->n], &exponent);
      const double value = ldexp(group.matrix[cell], -exponent), delta = value - mean[cell];
      mean[cell] += delta / (g + 1);
      numbers->deviation[cell] += delta * (value - mean[cell]);
    }
  }
  for (size_t cell = 0; cell < cells; ++cell) {
    int exponent;
    frexp(numbers->scale[cell / problem->n], &exponent);
    const double deviation = ldexp(sqrt(numbers->deviation[cell] / (groups * (groups - 1))), exponent);
    numbers->deviation[cell] = tally->n_groups < LEAST_GROUPS ? NAN : deviation;
  }
  mtg_free(&problem->alloc, room);
  return METAGAME_OK;
}

static metagame_status finish(void *state, int complete, mtg_numbers *numbers, metagame_error *err) {
  stratified *s = state;
  const mtg_problem *problem = s->problem;
  (void)complete;
  numbers->evaluations = mtg_strata_sums_taken(s->sums);
  if (!s->tally) MTG_TRY(mtg_strata_sums_finish(&s->tally, s->sums, err));
  if (!s->tally) {
    finish_ends(s, numbers);
    return METAGAME_OK;
  }
  fill(problem, s->tally, numbers);
  if (s->tally->n_groups) {
    MTG_TRY(fill_deviation(problem, s->tally, numbers, err));
    numbers->has_deviation = 1;
    numbers->n_units = s->tally->n_groups;
    for (uint32_t i = 0; i < problem->m; ++i) numbers->degrees[i] = s->tally->n_groups - 1.0;
  }
  if (problem->order > 1) {
    numbers->tally = s->tally;
    s->tally = NULL;
  }
  return METAGAME_OK;
}

const mtg_solver mtg_solver_stratified = { METAGAME_SOLVER_STRATIFIED, "stratified", 1, 1,    mtg_strata_least_budget, bytes, open,
                                           n_rows,                     next,         take, finish,       close, NULL };
