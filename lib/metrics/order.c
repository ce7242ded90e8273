/* SPDX-License-Identifier: MIT */
#include "metrics/order.h"

#include <string.h>

static uint64_t merge(const double *keys, double sign, const size_t *from, size_t left, size_t middle, size_t right, size_t *to) {
  uint64_t swaps = 0;
  size_t a = left, b = middle;
  for (size_t at = left; at < right; ++at) {
    if (a < middle && (b >= right || sign * keys[from[a]] <= sign * keys[from[b]])) {
      to[at] = from[a++];
    } else {
      swaps += middle - a;
      to[at] = from[b++];
    }
  }
  return swaps;
}

uint64_t mtg_order_sort(const double *keys, double sign, size_t *order, size_t *scratch, size_t count) {
  size_t *from = order, *to = scratch;
  uint64_t swaps = 0;
  for (size_t width = 1; width < count; width *= 2) {
    for (size_t left = 0; left < count; left += 2 * width) {
      const size_t middle = left + width < count ? left + width : count, right = middle + width < count ? middle + width : count;
      swaps += merge(keys, sign, from, left, middle, right, to);
    }
    size_t *const other = from;
    from = to;
    to = other;
  }
  if (from != order) memcpy(order, from, count * sizeof *order);
  return swaps;
}
