/* SPDX-License-Identifier: MIT */
/* Exact values of all targets from the rows of all coalitions in counting order, two additions for each row and target. */
#ifndef MTG_HALVING_H
#define MTG_HALVING_H

#include "estimate/numbers.h"
#include "game/problem.h"

typedef struct mtg_halving mtg_halving;

metagame_status mtg_halving_open(mtg_halving **out, const mtg_problem *problem, metagame_error *err);
void mtg_halving_close(mtg_halving *halving);
uint64_t mtg_halving_bytes(const mtg_problem *problem);

/* The next n_rows rows. Counting order, from coalition 0 (1 when no target is free) to 2^n - 1. */
void mtg_halving_take(mtg_halving *halving, const double *rows, size_t n_rows);
/* How many rows up to the next internal block edge: batches that end there need no copy. */
size_t mtg_halving_until_edge(const mtg_halving *halving, uint64_t index);
void mtg_halving_finish(const mtg_halving *halving, mtg_numbers *numbers);

#endif
