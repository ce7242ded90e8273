/* SPDX-License-Identifier: MIT */
/* The list of solvers and the AUTO rule, first line that fits:
 *
 *   exact        its evaluations (2^n, less one without free targets) are within the budget
 *   regression   budget >= header + 4 n with a pinned target, >= header + 3 (n - 1) with none: about twice (1.5 times) as many
 *                independent rows as unknowns
 *   permutation  budget >= one antithetic pair of orders
 *   otherwise    METAGAME_E_BUDGET, naming the smallest budget that works
 *
 * Without a budget: what exact needs where the exact solver is named or that is at most 4096, else 2048 + 32 n. */
#include "solve/solver.h"

static const mtg_solver *const solvers[] = { &mtg_solver_exact, &mtg_solver_regression, &mtg_solver_permutation };

enum { N_SOLVERS = sizeof solvers / sizeof *solvers, EXACT_BY_DEFAULT = 12 };

static metagame_status check(const mtg_solver *solver, const mtg_problem *problem, metagame_error *err) {
  uint64_t least = 0;
  if (problem->outer == METAGAME_OUTER_BANZHAF && !solver->can_banzhaf)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "options.outer is BANZHAF, which the %s solver does not have; use the exact solver",
                    solver->name);
  MTG_TRY(solver->least_budget(problem, &least, err));
  if (problem->budget < least)
    return mtg_fail(err, METAGAME_E_BUDGET, "options.max_evaluations is %llu, the %s solver needs at least %llu for %u players",
                    (unsigned long long)problem->budget, solver->name, (unsigned long long)least, problem->n);
  return METAGAME_OK;
}

static uint64_t comfortable(const mtg_problem *problem) { /* for regression */
  const uint64_t n = problem->n, header = 1 + (uint64_t)(problem->has_free != 0);
  return problem->has_pinned ? header + n + 4 * n : header + 3 * (n - 1);
}

metagame_status mtg_solver_choose(const mtg_solver **out, int32_t id, mtg_problem *problem, metagame_error *err) {
  uint64_t exact = 0, regression = 0, permutation = 0;
  const int small = problem->n <= EXACT_BY_DEFAULT;
  if (problem->n <= METAGAME_EXACT_MAX_PLAYERS) MTG_TRY(mtg_solver_exact.least_budget(problem, &exact, err));
  if (problem->budget == 0)
    problem->budget = exact && (small || id == METAGAME_SOLVER_EXACT) ? exact : 2048 + 32 * (uint64_t)problem->n;
  for (size_t s = 0; s < N_SOLVERS; ++s)
    if (solvers[s]->id == id) {
      *out = solvers[s];
      return check(solvers[s], problem, err);
    }
  if (problem->outer == METAGAME_OUTER_BANZHAF || (exact && exact <= problem->budget)) {
    *out = &mtg_solver_exact;
    return check(*out, problem, err);
  }
  MTG_TRY(mtg_solver_regression.least_budget(problem, &regression, err));
  MTG_TRY(mtg_solver_permutation.least_budget(problem, &permutation, err));
  *out = problem->budget >= regression && problem->budget >= comfortable(problem) ? &mtg_solver_regression : &mtg_solver_permutation;
  if (*out == &mtg_solver_permutation && problem->budget < permutation && problem->budget >= regression) *out = &mtg_solver_regression;
  if (problem->budget >= regression || problem->budget >= permutation) return check(*out, problem, err);
  uint64_t least = regression < permutation ? regression : permutation;
  if (exact && exact < least) least = exact;
  return mtg_fail(err, METAGAME_E_BUDGET, "options.max_evaluations is %llu, %u players need at least %llu",
                  (unsigned long long)problem->budget, problem->n, (unsigned long long)least);
}
