/* SPDX-License-Identifier: MIT */
/* Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 * Every draw is a pure function of (seed, stream, unit, position), so plans do not depend on batches, threads or order. */
#ifndef MTG_RANDOM_H
#define MTG_RANDOM_H

#include <stdint.h>

void mtg_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* Streams in use; a number never changes its meaning. */
enum {
  MTG_STREAM_ORDERS = 1,
  MTG_STREAM_SIZES = 2,
  MTG_STREAM_SUBSETS = 3,
  MTG_STREAM_ROW_ORDER = 4,
  MTG_STREAM_VERIFY = 5,
  MTG_STREAM_INNER_NOISE = 6,  /* of attributors: noise of SmoothGrad */
  MTG_STREAM_INNER_POINTS = 7, /* points in their strata */
  MTG_STREAM_INNER_ROWS = 8,   /* background rows */
  MTG_STREAM_INNER_ORDERS = 9,
  MTG_STREAM_INNER_SUBSETS = 10,
  MTG_STREAM_METRICS = 11,
  MTG_STREAM_REMOVAL = 12,
  MTG_STREAM_STRATA = 13,
  MTG_STREAM_DESIGN = 14 /* candidates of a sequential design */
};

typedef struct mtg_random {
  uint64_t seed, unit;
  uint32_t stream, block;
  uint32_t words[4];
  unsigned left;
} mtg_random;

mtg_random mtg_random_at(uint64_t seed, uint32_t stream, uint64_t unit);
uint32_t mtg_random_u32(mtg_random *random);
uint64_t mtg_random_u64(mtg_random *random);
uint32_t mtg_random_below(mtg_random *random, uint32_t bound); /* uniform on 0..bound-1, unbiased; bound > 0 */
double mtg_random_unit(mtg_random *random);                    /* uniform on [0, 1), 53 bits */

#endif
