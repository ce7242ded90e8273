/* SPDX-License-Identifier: MIT */
/* Shapley values by a model of the game, corrected by a regression of what it leaves over. */
#ifndef MTG_GAUSSIAN_H
#define MTG_GAUSSIAN_H

#include "estimate/numbers.h"
#include "plan/kernel.h"

enum { MTG_GAUSSIAN_LEAST_PLAYERS = 4 };

/* An audit that leaves more than this of regression's squared error is no reason to choose pairs: they would be lost to
 * regression. */
#define MTG_GAUSSIAN_WORTH_CHOOSING 0.7

typedef struct mtg_gaussian mtg_gaussian;

/* The plans are borrowed. Behind the rows of `first` up to most_chosen further pairs are asked (0 with pinned targets):
 * chosen by what was told, or where the audit of the first plan speaks against it those of `whole` that `first` has not.
 * whole: NULL where all pairs are carried over, or there are none. */
metagame_status mtg_gaussian_open(mtg_gaussian **out, const mtg_kernel *first, const mtg_kernel *whole, uint64_t most_chosen,
                                  metagame_error *err);
void mtg_gaussian_close(mtg_gaussian *gaussian);
/* problem->budget: of plan and chosen pairs together. */
uint64_t mtg_gaussian_bytes(const mtg_problem *problem, uint64_t most_chosen, uint64_t most_carried);

/* Before the first row: pairs that are chosen already (their first coalitions), without those of the plans. */
metagame_status mtg_gaussian_carry(mtg_gaussian *gaussian, const uint64_t *masks, uint64_t count, metagame_error *err);
/* How many pairs are chosen, and their first coalitions where there is room (NULL: not wanted). */
uint64_t mtg_gaussian_chosen(const mtg_gaussian *gaussian, uint64_t *masks);

/* Rows that are known so far, and that will be at the end. Once all known ones are taken, go_on finds some more. */
uint64_t mtg_gaussian_known_rows(const mtg_gaussian *gaussian);
uint64_t mtg_gaussian_planned_rows(const mtg_gaussian *gaussian);
uint64_t mtg_gaussian_taken(const mtg_gaussian *gaussian);
void mtg_gaussian_row(const mtg_gaussian *gaussian, uint64_t index, uint64_t *mask);
metagame_status mtg_gaussian_go_on(mtg_gaussian *gaussian, metagame_error *err);

void mtg_gaussian_take(mtg_gaussian *gaussian, const double *rows, size_t n_rows);
metagame_status mtg_gaussian_finish(mtg_gaussian *gaussian, int complete, mtg_numbers *numbers, metagame_error *err);

#endif
