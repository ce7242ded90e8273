/* SPDX-License-Identifier: MIT */
/* One run of a solver. The public calls are in session.c; finish is completed by lib/result, which owns what comes out. */
#ifndef MTG_SESSION_H
#define MTG_SESSION_H

#include <stdatomic.h>

#include "base/lock.h"
#include "solve/formula.h"
#include "solve/stop.h"
#include "solve/window.h"

typedef enum mtg_session_state { MTG_RUNNING, MTG_FAILED, MTG_FINISHED } mtg_session_state;

struct metagame_session {
  mtg_alloc alloc; /* the game's, unmetered: for the session itself and for the result */
  mtg_meter meter;
  mtg_lock lock;
  atomic_int cancelled;
  metagame_game *game; /* held */
  metagame_options options;
  mtg_problem shape;   /* the problem before a solver is chosen; its allocator is metered */
  mtg_problem problem; /* that of the stage at hand */
  const mtg_solver *solver;
  int32_t early_id, last_id; /* solvers of the stages before the last, and of the last */
  int32_t last_reason;       /* why that one */
  void *state;
  mtg_stop stop;
  int keeps;            /* rows are kept: rules when to stop, or METAGAME_EXTENDABLE */
  uint64_t *carried;    /* see mtg_problem */
  int32_t left_id;      /* solver and budget of the last plan that was left; 0: none yet */
  uint64_t left_budget;
  uint64_t looked_budget; /* of the plan whose numbers were looked at last */
  int has_numbers, is_looked_at; /* the latter: they are those of the stage at hand */
  mtg_numbers numbers;  /* of the last look */
  int32_t numbers_id;   /* the solver that found them, and then those of finish */
  int32_t numbers_reason; /* why that one: METAGAME_REASON_* */
  uint32_t n_looks;
  mtg_formula *formula; /* NULL for direct games whose rows are not kept */
  mtg_window window;
  mtg_session_state phase;
  metagame_status failure;
  int32_t user_code; /* of a refusing decline */
  uint64_t n_told;
  uint64_t n_taken; /* rows the solver has */
};

/* The game whose coalitions are asked. */
static inline const metagame_game *mtg_session_asked(const metagame_session *session) {
  return session->game->values ? session->game->values : session->game;
}
/* Whether rows are kept by themselves, rather than the values of a formula. */
static inline int mtg_session_keeps_rows(const metagame_session *session) {
  return session->keeps && (!session->game->values || session->problem.closed);
}
/* Whether the solver has all rows of its plan. */
int mtg_session_is_complete(const metagame_session *session);
/* The next rows of the plan of a direct game at once, past tickets: for callers that have them all. */
void mtg_session_feed(metagame_session *session, const double *rows, size_t n_rows);
/* Before finish: a stage that is told whole is looked at. *complete: the plan, or what the rules say, is there. */
metagame_status mtg_session_settle(metagame_session *session, int *complete, metagame_error *err);
/* The numbers known so far, of the last look where the stage at hand is not told whole; see mtg_solver.finish. Once. */
metagame_status mtg_session_numbers(metagame_session *session, mtg_numbers *numbers, metagame_error *err);

#endif
