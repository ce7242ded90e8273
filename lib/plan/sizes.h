/* SPDX-License-Identifier: MIT */
/* What plans that go by the size of coalitions share: counts, shares of a budget, subsets. */
#ifndef MTG_SIZES_H
#define MTG_SIZES_H

#include "base/random.h"

/* A size t, or what a plan puts together with it; its capacity counts units of the plan. */
typedef struct mtg_size_class {
  uint32_t size;
  double capacity, share, expected;
  int enumerated;
  uint64_t count;
} mtg_size_class;

/* n over k; infinite where that is beyond doubles, a whole number below 2^53. */
double mtg_binomial(uint32_t n, uint32_t k);

/* Water filling: `units` go to the classes by their shares; classes that would get more than they hold are enumerated, the others share
 * what is left. Fills `expected`; classes that are enumerated before stay so. */
void mtg_share_out(mtg_size_class *classes, uint32_t n_classes, double units);

/* Next t-subset of 0..n-1 in lexicographic order; 0 after the last. */
int mtg_next_subset(uint32_t *members, uint32_t t, uint32_t n);

/* The first `count` of `pool` become a uniform draw without repetition; the array stays a permutation. */
void mtg_draw_members(uint32_t *members, uint32_t pool, uint32_t count, mtg_random *random);

#endif
