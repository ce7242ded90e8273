/* SPDX-License-Identifier: MIT */
/* Permutation estimates: mean marginals over antithetic pairs of orders, with standard errors from the pairs. */
#ifndef MTG_WALKS_H
#define MTG_WALKS_H

#include "estimate/numbers.h"
#include "plan/orders.h"

typedef struct mtg_walks mtg_walks;

/* `orders` is borrowed. */
metagame_status mtg_walks_open(mtg_walks **out, const mtg_orders *orders, metagame_error *err);
void mtg_walks_close(mtg_walks *walks);
uint64_t mtg_walks_bytes(const mtg_problem *problem);
/* The next rows of the plan, in any portions. */
void mtg_walks_take(mtg_walks *walks, const double *rows, size_t n_rows);
void mtg_walks_finish(const mtg_walks *walks, mtg_numbers *numbers);

#endif
