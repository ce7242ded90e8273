/* SPDX-License-Identifier: MIT */
/* What a solver is asked for: the game's shape and the options that matter to plans and estimates. */
#ifndef MTG_PROBLEM_H
#define MTG_PROBLEM_H

#include "base/alloc.h"
#include "base/mask.h"
#include "game/cardinal.h"

typedef struct mtg_problem {
  mtg_alloc alloc;
  uint32_t n, m;
  size_t words;
  int32_t *own; /* m; METAGAME_NO_PLAYER everywhere when unpinned */
  int has_pinned, has_free; /* targets with and without own player */
  uint32_t n_own;           /* players that are the own player of some target */
  int32_t outer;
  uint32_t order;           /* options.interaction_order */
  const mtg_cardinal *closed; /* exact and stratified: rows are base values, the matrix follows in closed form; else NULL. While a
                               * solver is chosen: that can be */
  uint32_t row_len, column; /* of the rows that are asked; closed: which of them is the base value */
  uint64_t seed;
  uint64_t budget;    /* 0: not given; mtg_solver_choose puts the default */
  uint64_t max_bytes; /* 0: no bound; for the choice of a solver */
  uint64_t beside_bytes; /* what of max_bytes goes elsewhere */
  int is_extended;    /* there may be coalitions carried over */
  const uint64_t *carried; /* n_carried coalitions that an earlier plan of the session chose (mtg_solver.chosen); borrowed while opening */
  uint64_t n_carried;
  int is_lean;        /* max_bytes does not hold what would only be better */
  int32_t reason;     /* METAGAME_REASON_* (metagame/diagnosis.h), by mtg_solver_choose */
} mtg_problem;

/* Marks the players that are the own player of some target. `marks` is a mask of n players; returns their number. */
static inline uint32_t mtg_problem_own_players(const mtg_problem *problem, uint64_t *marks) {
  mtg_mask_clear(marks, problem->words);
  for (uint32_t i = 0; i < problem->m; ++i)
    if (problem->own[i] >= 0) mtg_mask_add(marks, (uint32_t)problem->own[i]);
  return mtg_mask_count(marks, problem->words);
}

#endif
