/* SPDX-License-Identifier: MIT */
/* Random coalitions of one size, without replacement, in an order of their own: the draws of a
 * larger count begin with those of a smaller one, so that the plan of a larger budget has the
 * coalitions of a smaller one's. */
#ifndef MTG_SUBSETS_H
#define MTG_SUBSETS_H

#include "base/mask_set.h"
#include "game/problem.h"

typedef struct mtg_subsets {
  const mtg_problem *problem;
  uint32_t size;
  int is_half;       /* of a coalition and its complement of the same size, the one with player 0 */
  uint64_t capacity; /* how many there are, UINT64_MAX where that does not fit */
  uint32_t *members; /* scratch: n */
} mtg_subsets;

/* Those of a size of a plan; without a pinned target that is one of pairs. */
mtg_subsets mtg_subsets_of(const mtg_problem *problem, uint32_t size, double capacity,
                           uint32_t *members);
/* The first `count` draws. All there are come in counting order where in_order says so. */
metagame_status mtg_subsets_draw(const mtg_subsets *subsets, uint64_t count, int in_order,
                                 uint64_t *masks, metagame_error *err);
/* What that takes beside `masks`. */
uint64_t mtg_subsets_bytes(const mtg_problem *problem, uint64_t count);

#endif
