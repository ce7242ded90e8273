/* SPDX-License-Identifier: MIT */
/* What the games with known answers share: their data, copied once and never changed, and how a game is made of them. */
#ifndef MTG_TRUTH_H
#define MTG_TRUTH_H

#include "base/alloc.h"
#include "metagame/truth.h"

typedef struct mtg_truth {
  mtg_alloc alloc;
  uint32_t n, m;      /* players, targets */
  size_t words;       /* of a mask */
  size_t count;       /* terms, effects */
  double constant;
  uint64_t whole;     /* quota; number of left gloves */
  double *numbers;    /* weights, coefficients, costs, table */
  uint64_t *masks;    /* count rows of words */
  uint32_t *integers; /* weights of voters, targets of effects */
} mtg_truth;

typedef int32_t(METAGAME_CALL *mtg_truth_rows_fn)(void *user, const uint64_t *masks, size_t n_masks, double *rows,
                                                  metagame_error *err);

/* Checks what all constructors take and clears *game; *out is an empty block of data. `field` names the number of players. */
metagame_status mtg_truth_new(mtg_truth **out, metagame_game **game, uint64_t n_players, const char *field,
                              const metagame_allocator *allocator, metagame_error *err);
void METAGAME_CALL mtg_truth_free(void *truth); /* NULL allowed */

/* *out = a copy; NULL (with count > 0) and entries that are not finite are errors that name the field. */
metagame_status mtg_truth_numbers(double **out, const mtg_alloc *alloc, const double *values, uint64_t rows, uint64_t columns,
                                  const char *field, metagame_error *err);
metagame_status mtg_truth_finite(const double *values, size_t count, const char *field, metagame_error *err);

/* The value game of `evaluate`. Takes `truth` in any case. */
metagame_status mtg_truth_game(metagame_game **out, mtg_truth *truth, mtg_truth_rows_fn evaluate, const char *name,
                               const metagame_allocator *allocator, metagame_error *err);

#endif
