/* SPDX-License-Identifier: MIT */
/* Pairs of coalitions that a Gaussian process would like to see. */
#ifndef MTG_GAUSSIAN_CHOOSE_H
#define MTG_GAUSSIAN_CHOOSE_H

#include "estimate/gaussian.h"

/* Adds a round of pairs to those chosen; all rows of the plan and of earlier pairs are told. */
metagame_status mtg_gaussian_choose(mtg_gaussian *gaussian, metagame_error *err);
/* Of a pair, the coalition with player 0; `room`: a mask. */
void mtg_gaussian_turn(uint64_t *mask, uint64_t *room, uint32_t n);
uint64_t mtg_gaussian_most_candidates(uint32_t n);

#endif
