/* SPDX-License-Identifier: MIT */
/* The regression for many players or many targets: no rows are kept but those of MTG_SUMS_KEPT units. */
#ifndef MTG_SUMS_H
#define MTG_SUMS_H

#include "estimate/numbers.h"
#include "plan/kernel.h"

enum { MTG_SUMS_KEPT = 256, MTG_SUMS_LEAST_PLAYERS = 8, MTG_SUMS_MOST_DENSE = 4096 };

typedef struct mtg_sums mtg_sums;

/* As the functions of estimate/regression.h. */
metagame_status mtg_sums_open(mtg_sums **out, const mtg_kernel *kernel, metagame_error *err);
void mtg_sums_close(mtg_sums *sums);
uint64_t mtg_sums_bytes(const mtg_problem *problem);
void mtg_sums_take(mtg_sums *sums, const double *rows, size_t n_rows);
metagame_status mtg_sums_finish(mtg_sums *sums, int complete, mtg_numbers *numbers, metagame_error *err);

/* Estimated operations of taking all rows and of finish. */
double mtg_sums_work(const mtg_problem *problem);
/* Whether the normal matrices are factored; otherwise conjugate gradients. */
int mtg_sums_is_dense(const mtg_problem *problem);

#endif
