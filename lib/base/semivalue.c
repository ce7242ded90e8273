/* SPDX-License-Identifier: MIT */
#include "base/semivalue.h"

#include <math.h>

#include "base/mask.h"
#include "base/sum.h"

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

void mtg_measure_weights(const mtg_measure *measure, uint32_t k, uint32_t q, double *w) {
  for (uint32_t s = 0; s + q <= k; ++s) {
    w[s] = 0;
    for (size_t at = 0; at < measure->count; ++at)
      w[s] += measure->weights[at] * pow(measure->nodes[at], s) * pow(1 - measure->nodes[at], k - q - s);
  }
}

size_t mtg_uniform_nodes(uint32_t k) { return k / 2 + 1; } /* degree k - 1 */

void mtg_semivalue_table(uint32_t k, const double *values, const double *q, double *phi) {
  const uint64_t size = UINT64_C(1) << k;
  for (uint32_t j = 0; j < k; ++j) {
    const uint64_t half = UINT64_C(1) << j;
    mtg_sum total = { 0, 0 };
    for (uint64_t block = 0; block < size; block += 2 * half) {
      double sum = 0;
      for (uint64_t s = block; s < block + half; ++s) sum += q[mtg_popcount(s)] * (values[s + half] - values[s]);
      mtg_sum_add(&total, sum);
    }
    phi[j] = mtg_sum_value(&total);
  }
}
