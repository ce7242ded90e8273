/* SPDX-License-Identifier: MIT */
#include "base/semivalue.h"

#include <math.h>

#include "base/mask.h"

static double binomial(uint32_t n, uint32_t k) {
  double value = 1;
  for (uint32_t i = 1; i <= k; ++i) value = value * (n - k + i) / i; /* exact: each step is a binomial below 2^53 */
  return value;
}

void mtg_semivalue_weights(int kind, uint32_t k, double *p, double *q) {
  for (uint32_t s = 0; s <= k; ++s) {
    if (kind == MTG_BANZHAF) {
      p[s] = ldexp(1.0, 2 - (int)k);
      q[s] = ldexp(1.0, 1 - (int)k);
    } else {
      p[s] = s == 0 ? 0 : s == k ? 1.0 / k : 1.0 / (double)(k - 1) / binomial(k - 2, s - 1);
      q[s] = s == k ? 0 : 1.0 / (double)k / binomial(k - 1, s);
    }
  }
}

void mtg_semivalue_table(uint32_t k, double *values, const double *p, const double *q, double *phi) {
  const uint64_t size = UINT64_C(1) << k;
  const double empty = values[0]; /* drops out of X - c; without it a large constant costs no digits */
  double c = 0;
  for (uint64_t s = 0; s < size; ++s) {
    unsigned t = mtg_popcount(s);
    double v = values[s] - empty;
    c += q[t] * v;
    values[s] = p[t] * v;
  }
  for (uint32_t j = k; j-- > 0;) { /* fold out the top player: its X is the sum of the upper half */
    const uint64_t half = UINT64_C(1) << j;
    double x = 0;
    for (uint64_t s = 0; s < half; ++s) {
      x += values[half + s];
      values[s] += values[half + s];
    }
    phi[j] = x - c;
  }
}
