/* SPDX-License-Identifier: MIT */
/* Orders of indices by keys. */
#ifndef MTG_ORDER_H
#define MTG_ORDER_H

#include <stddef.h>
#include <stdint.h>

static inline void mtg_order_identity(size_t *order, size_t count) {
  for (size_t at = 0; at < count; ++at) order[at] = at;
}

/* Stable merge sort of `order`, keys ascending (sign +1) or descending (-1). Returns the number of pairs that stood the wrong way
 * round. `scratch`: count entries. O(count log count). */
uint64_t mtg_order_sort(const double *keys, double sign, size_t *order, size_t *scratch, size_t count);

#endif
