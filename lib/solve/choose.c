/* SPDX-License-Identifier: MIT */
/* The list of solvers and the AUTO rule, first line that fits:
 *
 *   exact        its evaluations (2^n, less one without free targets) are within the budget
 *   stratified   options.interaction_order is above 1, or the attribution is a cardinal value of at most 32 players whose matrix can be
 *                had from base values (problem->closed; not with METAGAME_EVALUATE): the budget then counts base values
 *   exact        outer Banzhaf
 *   gaussian     n <= 256, its bytes are within max_bytes and 512 MiB, and the budget is that of regression
 *   regression   n <= 4096 or some target is pinned; n <= 256 or some target is pinned or the budget is at least 16 n; its bytes are within
 *                max_bytes (without one, within 4 GiB), and the budget is at least header + 5 n with a pinned target,
 *                header + 3 (n - 1) with none
 *   permutation  budget >= one antithetic pair of orders
 *   regression   whatever its size, as nothing else fits
 *   otherwise    METAGAME_E_BUDGET, naming the smallest budget that works
 *
 * The reason (METAGAME_REASON_*): ALL for the first line, and where stratified gives way to exact;
 * BASE_VALUES, ONLY, MODEL for the next three; SIZE for regression and permutation.
 *
 * Without a budget: what exact needs where exact is the only choice or that is at most 4096, else 2048 + 32 n, and for stratified and
 * for a solver that is named at least what it needs. */
#include "solve/solver.h"

extern const mtg_solver mtg_solver_exact, mtg_solver_regression, mtg_solver_permutation, mtg_solver_stratified, mtg_solver_gaussian;

/* In the order of METAGAME_SOLVER_*, from 1 on. */
static const mtg_solver *const solvers[] = { &mtg_solver_exact, &mtg_solver_regression, &mtg_solver_permutation,
                                           &mtg_solver_stratified, &mtg_solver_gaussian };

enum { N_SOLVERS = sizeof solvers / sizeof *solvers, EXACT_BY_DEFAULT = 12 };

/* Without pinned targets; measured on games of triples and on networks (docs/benchmarks.md). With n players permutation sampling has
 * the smaller error below about 32 n evaluations from some hundred players on, and takes next to no time. */
enum { FEW_PLAYERS = 256, MOST_PLAYERS = 4096, MANY_EVALUATIONS = 16 /* for each player */ };

static const uint64_t MOST_GAUSSIAN = UINT64_C(1) << 29; /* bytes: it keeps all rows */

static const uint64_t MOST_BYTES = UINT64_C(1) << 32;

int32_t mtg_solver_count(void) { return N_SOLVERS; }

const char *mtg_solver_name(int32_t id) { return solvers[id - 1]->name; }

static metagame_status check(const mtg_solver *solver, const mtg_problem *problem, metagame_error *err) {
  uint64_t least = 0;
  if (problem->outer == METAGAME_OUTER_BANZHAF && !solver->can_banzhaf)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "options.outer is BANZHAF, which the %s solver does not have; use the exact or the "
                    "stratified solver",
                    solver->name);
  if (problem->order > 1 && !solver->has_interactions)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "options.interaction_order is %u, which the %s solver does not have; use the exact or the "
                    "stratified solver", problem->order, solver->name);
  MTG_TRY(solver->least_budget(problem, &least, err));
  if (problem->budget < least)
    return mtg_fail(err, METAGAME_E_BUDGET, "options.max_evaluations is %llu, the %s solver needs at least %llu for %u players",
                    (unsigned long long)problem->budget, solver->name, (unsigned long long)least, problem->n);
  return METAGAME_OK;
}

static uint64_t default_budget(const mtg_problem *problem, int32_t id, uint64_t exact) {
  const int samples = id == METAGAME_SOLVER_STRATIFIED || problem->order > 1 || (id == METAGAME_SOLVER_AUTO && exact && problem->closed);
  const int only_exact = id == METAGAME_SOLVER_EXACT || (problem->outer == METAGAME_OUTER_BANZHAF && !samples);
  if (exact && (only_exact || problem->n <= EXACT_BY_DEFAULT)) return exact;
  return 2048 + 32 * (uint64_t)problem->n;
}

static metagame_status choose_named(const mtg_solver **out, const mtg_solver *solver, mtg_problem *problem, int by_default,
                                    metagame_error *err) {
  uint64_t least = 0;
  *out = solver;
  if (by_default) {
    MTG_TRY(solver->least_budget(problem, &least, err));
    if (problem->budget < least) problem->budget = least;
  }
  return check(solver, problem, err);
}

metagame_status mtg_solver_choose(const mtg_solver **out, int32_t id, mtg_problem *problem, metagame_error *err) {
  uint64_t exact = 0, regression = 0, permutation = 0;
  const int by_default = problem->budget == 0;
  if (problem->n <= METAGAME_EXACT_MAX_PLAYERS) MTG_TRY(mtg_solver_exact.least_budget(problem, &exact, err));
  if (by_default) problem->budget = default_budget(problem, id, exact);
  problem->reason = METAGAME_REASON_NAMED;
  for (size_t s = 0; s < N_SOLVERS; ++s)
    if (solvers[s]->id == id) return choose_named(out, solvers[s], problem, by_default, err);
  const int fits_exact = exact && exact <= problem->budget;
  const mtg_solver *const sampling = &mtg_solver_stratified;
  problem->reason = fits_exact ? METAGAME_REASON_ALL : METAGAME_REASON_BASE_VALUES;
  if (problem->order > 1 || (problem->closed && exact))
    return choose_named(out, fits_exact ? &mtg_solver_exact : sampling, problem, by_default, err);
  if (problem->outer == METAGAME_OUTER_BANZHAF) problem->reason = METAGAME_REASON_ONLY;
  if (problem->outer == METAGAME_OUTER_BANZHAF || fits_exact)
    return choose_named(out, &mtg_solver_exact, problem, 0, err);
  MTG_TRY(mtg_solver_regression.least_budget(problem, &regression, err));
  MTG_TRY(mtg_solver_permutation.least_budget(problem, &permutation, err));
  if (problem->budget < regression && problem->budget < permutation) {
    uint64_t least = regression < permutation ? regression : permutation;
    if (exact && exact < least) least = exact;
    return mtg_fail(err, METAGAME_E_BUDGET, "options.max_evaluations is %llu, %u players need at least %llu",
                    (unsigned long long)problem->budget, problem->n, (unsigned long long)least);
  }
  const uint64_t left = problem->max_bytes > problem->beside_bytes ? problem->max_bytes - problem->beside_bytes : 0;
  const uint64_t room = problem->max_bytes ? left : MOST_BYTES;
  const int suits = problem->has_pinned || problem->n <= FEW_PLAYERS ||
                    (problem->n <= MOST_PLAYERS && problem->budget >= MANY_EVALUATIONS * (uint64_t)problem->n);
  mtg_problem plain = *problem; /* a session that may be extended takes the solver that one run takes */
  plain.is_extended = 0;
  if (problem->n <= FEW_PLAYERS && problem->budget >= regression && mtg_solver_gaussian.bytes(problem) <= room &&
      mtg_solver_gaussian.bytes(&plain) <= MOST_GAUSSIAN)
    *out = &mtg_solver_gaussian;
  else if ((suits && problem->budget >= regression && mtg_solver_regression.bytes(problem) <= room) || problem->budget < permutation)
    *out = &mtg_solver_regression;
  else
    *out = &mtg_solver_permutation;
  const int is_model = *out == &mtg_solver_gaussian;
  problem->reason = is_model ? METAGAME_REASON_MODEL : METAGAME_REASON_SIZE;
  return check(*out, problem, err);
}
