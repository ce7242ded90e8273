/* SPDX-License-Identifier: MIT */
/* A solver is a plan and an estimator behind this table. Adding one: a file beside this, a line in choose.c, a constant in the public
 * header, a test (docs/add-a-solver.md). */
#ifndef MTG_SOLVER_H
#define MTG_SOLVER_H

#include "estimate/numbers.h"
#include "game/problem.h"

typedef struct mtg_solver {
  int32_t id; /* METAGAME_SOLVER_* */
  const char *name;
  int can_banzhaf; /* outer Banzhaf */
  int has_interactions; /* options.interaction_order above 1 */
  /* The smallest problem->budget that works; METAGAME_E_LIMIT where none does. */
  metagame_status (*least_budget)(const mtg_problem *problem, uint64_t *out, metagame_error *err);
  /* Upper bound of what open and the calls after it allocate. */
  uint64_t (*bytes)(const mtg_problem *problem);
  /* The problem is borrowed and outlives the state. */
  metagame_status (*open)(void **state, const mtg_problem *problem, metagame_error *err);
  uint64_t (*n_rows)(const void *state);
  /* The next coalitions of the plan, at most `room`. *count = 0 while it waits for rows of coalitions handed out, and at its end. */
  metagame_status (*next)(void *state, uint64_t *masks, size_t room, size_t *count, metagame_error *err);
  /* The next rows, in the order of the plan and in any portions. */
  void (*take)(void *state, const double *rows, size_t n_rows);
  /* complete: all rows were taken. Otherwise what is not known becomes NaN. */
  metagame_status (*finish)(void *state, int complete, mtg_numbers *numbers, metagame_error *err);
  void (*close)(void *state);
  /* OPTIONAL: coalitions that were chosen by rows told before, beyond the plan; how many, and the masks where there is room. A later
   * state gets them as problem->carried. */
  uint64_t (*chosen)(const void *state, uint64_t *masks);
} mtg_solver;

/* METAGAME_SOLVER_* count through the list in choose.c: 1..mtg_solver_count(). */
int32_t mtg_solver_count(void);
const char *mtg_solver_name(int32_t id);

/* The solver for an option value, by the table in choose.c for AUTO. *problem gets the reason, and the
 * default budget where none was given. */
metagame_status mtg_solver_choose(const mtg_solver **out, int32_t id, mtg_problem *problem, metagame_error *err);

#endif
