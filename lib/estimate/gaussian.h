/* SPDX-License-Identifier: MIT */
/* Shapley values by a Gaussian process, corrected by a regression of what it leaves over. */
#ifndef MTG_GAUSSIAN_H
#define MTG_GAUSSIAN_H

#include "estimate/numbers.h"
#include "plan/kernel.h"

typedef struct mtg_gaussian mtg_gaussian;

/* `kernel` is borrowed. Behind its rows up to most_chosen further pairs are asked, chosen by what was told; 0 with pinned targets. */
metagame_status mtg_gaussian_open(mtg_gaussian **out, const mtg_kernel *kernel, uint64_t most_chosen, metagame_error *err);
void mtg_gaussian_close(mtg_gaussian *gaussian);
/* problem->budget: of plan and chosen pairs together. */
uint64_t mtg_gaussian_bytes(const mtg_problem *problem, uint64_t most_chosen, uint64_t most_carried);

/* Before the first row: pairs that are chosen already (their first coalitions), without those of the plan. Others are chosen beside them up to
 * `most` in all. */
metagame_status mtg_gaussian_carry(mtg_gaussian *gaussian, const uint64_t *masks, uint64_t count, uint64_t most, metagame_error *err);
uint64_t mtg_gaussian_most_chosen(const mtg_gaussian *gaussian);

/* Rows that are known so far: those of the plan, and of the pairs chosen. Once all of these are taken, choose finds some more. */
uint64_t mtg_gaussian_known_rows(const mtg_gaussian *gaussian);
uint64_t mtg_gaussian_taken(const mtg_gaussian *gaussian);
void mtg_gaussian_row(const mtg_gaussian *gaussian, uint64_t index, uint64_t *mask);
metagame_status mtg_gaussian_choose(mtg_gaussian *gaussian, metagame_error *err);

void mtg_gaussian_take(mtg_gaussian *gaussian, const double *rows, size_t n_rows);
metagame_status mtg_gaussian_finish(mtg_gaussian *gaussian, int complete, mtg_numbers *numbers, metagame_error *err);

#endif
