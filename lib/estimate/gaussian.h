/* SPDX-License-Identifier: MIT */
/* Shapley values by a Gaussian process, corrected by a regression of what it leaves over. */
#ifndef MTG_GAUSSIAN_H
#define MTG_GAUSSIAN_H

#include "estimate/numbers.h"
#include "plan/kernel.h"

typedef struct mtg_gaussian mtg_gaussian;

/* `kernel` is borrowed. */
metagame_status mtg_gaussian_open(mtg_gaussian **out, const mtg_kernel *kernel, metagame_error *err);
void mtg_gaussian_close(mtg_gaussian *gaussian);
uint64_t mtg_gaussian_bytes(const mtg_problem *problem);
void mtg_gaussian_take(mtg_gaussian *gaussian, const double *rows, size_t n_rows);
metagame_status mtg_gaussian_finish(mtg_gaussian *gaussian, int complete, mtg_numbers *numbers, metagame_error *err);

#endif
