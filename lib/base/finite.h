/* SPDX-License-Identifier: MIT */
#ifndef MTG_FINITE_H
#define MTG_FINITE_H

#include <math.h>
#include <stddef.h>

static inline int mtg_all_finite(const double *values, size_t count) {
  double sums[8] = { 0 }; /* a sum is finite only if every term is; eight sums so that it vectorises */
  size_t at = 0;
  for (; at + 8 <= count; at += 8)
    for (size_t lane = 0; lane < 8; ++lane) sums[lane] += values[at + lane];
  for (; at < count; ++at) sums[0] += values[at];
  int finite = 1;
  for (size_t lane = 0; lane < 8; ++lane) finite &= isfinite(sums[lane]) != 0;
  for (at = 0; !finite && at < count; ++at) /* or it overflowed: look at each */
    if (!isfinite(values[at])) return 0;
  return 1;
}

#endif
