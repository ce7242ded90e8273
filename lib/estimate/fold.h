/* SPDX-License-Identifier: MIT */
/* Exact tallies of all targets from the rows of all coalitions in counting order. */
#ifndef MTG_FOLD_H
#define MTG_FOLD_H

#include "estimate/tally.h"

typedef struct mtg_fold mtg_fold;

/* Rows have `row_len` numbers; the m columns from `column` on are folded, as the games of targets with these own players (m entries,
 * METAGAME_NO_PLAYER: none). */
metagame_status mtg_fold_open(mtg_fold **out, const mtg_alloc *alloc, uint32_t n, uint32_t m, uint32_t order, const int32_t *own,
                              uint32_t row_len, uint32_t column, metagame_error *err);
void mtg_fold_close(mtg_fold *fold);
uint64_t mtg_fold_bytes(uint32_t n, uint32_t m, uint32_t order);

/* The next rows, in counting order and in any portions, from coalition `first` given at the first call (0, or 1 when the empty
 * coalition is not asked because all targets are pinned) to 2^n - 1. */
void mtg_fold_take(mtg_fold *fold, uint64_t first, const double *rows, size_t n_rows);
uint64_t mtg_fold_taken(const mtg_fold *fold); /* index of the next row */

/* Hands over the tally, which the caller closes, once all rows are in; NULL before. */
mtg_tally *mtg_fold_finish(mtg_fold *fold);
/* What is known before that. */
const mtg_tally *mtg_fold_partial(const mtg_fold *fold);

#endif
