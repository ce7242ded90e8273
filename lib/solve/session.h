/* SPDX-License-Identifier: MIT */
/* One run of a solver. The public calls are in session.c; finish is completed by lib/result, which owns what comes out. */
#ifndef MTG_SESSION_H
#define MTG_SESSION_H

#include <stdatomic.h>

#include "base/lock.h"
#include "solve/formula.h"
#include "solve/window.h"

typedef enum mtg_session_state { MTG_RUNNING, MTG_FAILED, MTG_FINISHED } mtg_session_state;

struct metagame_session {
  mtg_alloc alloc; /* the game's, unmetered: for the session itself and for the result */
  mtg_meter meter;
  mtg_lock lock;
  atomic_int cancelled;
  metagame_game *game; /* held */
  metagame_options options;
  mtg_problem problem; /* its allocator is metered */
  const mtg_solver *solver;
  void *state;
  mtg_formula *formula; /* NULL for direct games */
  mtg_window window;
  mtg_session_state phase;
  metagame_status failure;
  int32_t user_code; /* of a refusing decline */
  uint64_t n_told;
  uint64_t n_taken; /* rows the solver has */
};

/* Whether the solver has all rows of its plan. */
int mtg_session_is_complete(const metagame_session *session);
/* The next rows of the plan of a direct game at once, past tickets: for callers that have them all. */
void mtg_session_feed(metagame_session *session, const double *rows, size_t n_rows);
/* The numbers known so far; see mtg_solver.finish. */
metagame_status mtg_session_numbers(metagame_session *session, mtg_numbers *numbers, metagame_error *err);

#endif
