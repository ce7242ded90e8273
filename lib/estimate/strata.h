/* SPDX-License-Identifier: MIT */
/* Tallies from the rows of plan/strata.c. */
#ifndef MTG_ESTIMATE_STRATA_H
#define MTG_ESTIMATE_STRATA_H

#include "estimate/tally.h"
#include "plan/strata.h"

typedef struct mtg_strata_sums mtg_strata_sums;

metagame_status mtg_strata_sums_open(mtg_strata_sums **out, const mtg_strata *plan, metagame_error *err);
void mtg_strata_sums_close(mtg_strata_sums *sums);
uint64_t mtg_strata_sums_bytes(const mtg_strata *plan);
/* Rows in the order of the plan. */
void mtg_strata_sums_take(mtg_strata_sums *sums, const double *rows, size_t n_rows);
uint64_t mtg_strata_sums_taken(const mtg_strata_sums *sums);
/* The tally of the groups that are complete, which goes to the caller; *out is NULL while there is none. */
metagame_status mtg_strata_sums_finish(mtg_tally **out, mtg_strata_sums *sums, metagame_error *err);
/* What is known before: starts, magnitudes, and `last` once everyone was taken. */
const mtg_tally *mtg_strata_sums_partial(const mtg_strata_sums *sums);

#endif
