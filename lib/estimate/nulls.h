/* SPDX-License-Identifier: MIT */
/* Which players of a game of one column never change its value, from one pass in counting order.
 *
 * Sums by size give such a player rounding errors instead of zeros, and its marginals cannot be looked at without keeping the table. So
 * values are compared by a hash: with odd numbers r_j and a mixed copy z(T) of the bits of v(T), modulo 2^64,
 *   sum_{T has j} prod_{i in T} r_i z(T)  =  r_j sum_{T without j} prod_{i in T} r_i z(T)
 * holds when v(T + j) = v(T) for all T, and for other games with a probability of about 2^-60. */
#ifndef MTG_NULLS_H
#define MTG_NULLS_H

#include "base/mask.h"

enum { MTG_NULLS_LOW = 5, MTG_NULLS_ROW = 1 << MTG_NULLS_LOW };

typedef struct mtg_nulls {
  uint32_t n;
  uint64_t odd[32];           /* r */
  uint64_t low[MTG_NULLS_ROW]; /* products of the lowest five r */
  uint64_t with[32], total;
} mtg_nulls;

void mtg_nulls_open(mtg_nulls *nulls, uint32_t n);
/* Values of the `count` coalitions from `first` on, all in one block of MTG_NULLS_ROW. */
void mtg_nulls_take(mtg_nulls *nulls, uint64_t first, const double *values, size_t count);
uint64_t mtg_nulls_found(const mtg_nulls *nulls); /* a mask, once all 2^n values are in */

#endif
