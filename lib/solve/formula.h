/* SPDX-License-Identifier: MIT */
/* The stage between plan and tickets where answers are kept: coalitions of the plan -> distinct coalitions to ask -> rows for the solver.
 * Works through the plan in chunks; every coalition is asked once in the whole session, also when the session begins a plan anew.
 *   formula attributors: what plan wants of the value game is asked, combine makes the row;
 *   sessions that keep their rows (extended later, or stopped by a rule): the coalitions of the plan are asked themselves. */
#ifndef MTG_FORMULA_H
#define MTG_FORMULA_H

#include "game/game.h"
#include "game/sink.h"
#include "solve/solver.h"

enum { MTG_FORMULA_CHUNK = 64, MTG_FORMULA_WISHES = 1 << 16 };

typedef struct mtg_formula {
  mtg_alloc alloc;
  const metagame_game *game;
  int is_direct;      /* rows are kept, there is no formula */
  const mtg_solver *solver;
  void *state;
  metagame_sink sink;
  size_t outer_words, value_words, row_len;
  size_t width;       /* numbers kept of a coalition: a value, or the row */
  size_t chunk;
  uint64_t *outer;    /* the chunk's coalitions */
  uint64_t *offsets;  /* where each one's wishes begin; formula */
  size_t n_outer, n_delivered;
  int chunk_ready;    /* a chunk is planned and waits for values */
  uint64_t n_asked;   /* of sink.set */
  double *values;     /* of sink.set, in its order: n_values x width */
  uint64_t n_values, room;
  double *gathered;   /* values of one coalition's wishes */
  uint64_t gathered_room;
  double *rows;       /* the chunk's, for the solver; formula */
  uint64_t n_taken;   /* rows the solver has */
} mtg_formula;

/* asked: the game whose coalitions are asked, the value game or `game` itself. keeps_rows: no formula, with chunks of that many. */
metagame_status mtg_formula_open(mtg_formula *formula, const mtg_alloc *alloc, const metagame_game *game, const metagame_game *asked,
                                 size_t keeps_rows, metagame_error *err);
void mtg_formula_close(mtg_formula *formula);
/* A plan from its first row on, with what is known from plans before. Nothing may be open. */
void mtg_formula_begin(mtg_formula *formula, const mtg_solver *solver, void *state);
/* Where rows are kept: coalitions of a plan just begun that are not known, with those that it is
 * yet to choose. Beyond `most` different ones all count, also such as the plan has twice. Takes all
 * rows of the solver, which is of no more use. */
metagame_status mtg_formula_count(mtg_formula *formula, uint64_t most, uint64_t *unknown,
                                  metagame_error *err);
/* Bytes for `n_values` values, at most `wishes` of them for one coalition. */
uint64_t mtg_formula_bytes(const metagame_game *game, uint64_t n_values, uint64_t wishes);
/* Bytes where rows are kept. */
uint64_t mtg_formula_kept_bytes(const metagame_game *asked, uint64_t n_rows, size_t chunk);
/* How many values the formula wants with everyone present. */
metagame_status mtg_formula_wishes(const metagame_game *game, const mtg_alloc *alloc, uint64_t *out, metagame_error *err);

/* Next value coalitions to ask, at most `room`; *count = 0: none until more is told, or none at all. */
metagame_status mtg_formula_next(mtg_formula *formula, uint64_t *masks, size_t room, size_t *count, metagame_error *err);
/* Values in the order in which they were asked: rows of row_len outputs. */
metagame_status mtg_formula_take(mtg_formula *formula, const double *rows, size_t n_rows, metagame_error *err);
/* Values of coalitions whether they were asked or not, after mtg_formula_begin; -1: no memory, some are not kept. */
int mtg_formula_keep(mtg_formula *formula, const uint64_t *masks, const double *rows, size_t n_rows);
/* Where rows are kept: hands over what is known of the chunk's beginning. The plan cannot go on from there. */
void mtg_formula_flush(mtg_formula *formula);

#endif
