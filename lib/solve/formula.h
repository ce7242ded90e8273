/* SPDX-License-Identifier: MIT */
/* The stage of a formula attributor: coalitions of the plan -> distinct coalitions of the value game to ask -> rows for the solver.
 * Works through the plan in chunks; every value is asked once in the whole session and kept. */
#ifndef MTG_FORMULA_H
#define MTG_FORMULA_H

#include "game/game.h"
#include "game/sink.h"
#include "solve/solver.h"

enum { MTG_FORMULA_CHUNK = 64, MTG_FORMULA_WISHES = 1 << 16 };

typedef struct mtg_formula {
  mtg_alloc alloc;
  const metagame_game *game;
  const mtg_solver *solver;
  void *state;
  metagame_sink sink;
  size_t outer_words, value_words, row_len;
  uint64_t *outer;    /* the chunk's coalitions */
  uint64_t *offsets;  /* where each one's wishes begin */
  size_t n_outer;
  int chunk_ready;    /* a chunk is planned and waits for values */
  uint64_t n_asked;   /* of sink.set */
  double *values;     /* of sink.set, in its order */
  uint64_t n_values, room;
  double *gathered;   /* values of one coalition's wishes */
  uint64_t gathered_room;
  double *rows;       /* the chunk's, for the solver */
  uint64_t n_taken;   /* rows the solver has */
} mtg_formula;

metagame_status mtg_formula_open(mtg_formula *formula, const mtg_alloc *alloc, const metagame_game *game, const mtg_solver *solver,
                                 void *state, metagame_error *err);
void mtg_formula_close(mtg_formula *formula);
/* Bytes for `n_values` values, at most `wishes` of them for one coalition. */
uint64_t mtg_formula_bytes(const metagame_game *game, uint64_t n_values, uint64_t wishes);
/* How many values the formula wants with everyone present. */
metagame_status mtg_formula_wishes(const metagame_game *game, const mtg_alloc *alloc, uint64_t *out, metagame_error *err);

/* Next value coalitions to ask, at most `room`; *count = 0: none until more is told, or none at all. */
metagame_status mtg_formula_next(mtg_formula *formula, uint64_t *masks, size_t room, size_t *count, metagame_error *err);
/* Values in the order in which they were asked: rows of row_len outputs. */
metagame_status mtg_formula_take(mtg_formula *formula, const double *rows, size_t n_rows, metagame_error *err);

#endif
