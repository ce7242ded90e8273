/* SPDX-License-Identifier: MIT */
#include "plan/sizes.h"

#include <math.h>

double mtg_binomial(uint32_t n, uint32_t k) {
  double value = 1;
  if (k > n - k) k = n - k;
  for (uint32_t i = 1; i <= k && isfinite(value); ++i) value = value * (double)(n - k + i) / (double)i;
  return value < 0x1p53 ? nearbyint(value) : value;
}

void mtg_share_out(mtg_size_class *classes, uint32_t n_classes, double units) {
  for (int again = 1; again;) {
    double left = units, shares = 0;
    again = 0;
    for (uint32_t c = 0; c < n_classes; ++c) {
      if (classes[c].enumerated)
        left -= classes[c].capacity;
      else
        shares += classes[c].share;
    }
    for (uint32_t c = 0; c < n_classes; ++c) {
      if (classes[c].enumerated) continue;
      classes[c].expected = left * classes[c].share / shares;
      if (classes[c].expected >= classes[c].capacity) {
        classes[c].enumerated = 1;
        classes[c].expected = classes[c].capacity;
        again = 1;
      }
    }
  }
}

int mtg_next_subset(uint32_t *members, uint32_t t, uint32_t n) {
  for (uint32_t at = t; at-- > 0;) {
    if (members[at] >= n - t + at) continue;
    ++members[at];
    for (uint32_t rest = at + 1; rest < t; ++rest) members[rest] = members[rest - 1] + 1;
    return 1;
  }
  return 0;
}

void mtg_draw_members(uint32_t *members, uint32_t pool, uint32_t count, mtg_random *random) {
  for (uint32_t at = 0; at < count; ++at) {
    uint32_t pick = at + mtg_random_below(random, pool - at), kept = members[at];
    members[at] = members[pick];
    members[pick] = kept;
  }
}
