/* SPDX-License-Identifier: MIT */
/* (z_a - z_l)(z_b - z_l) is 1 where both z_a and z_b differ from z_l, and 0 elsewhere, so
 *   G_ab = sum_segments weight * popcount((column_a xor column_l) and (column_b xor column_l)). */
#include "estimate/gram.h"

#include "base/mask.h"

#if defined(__GNUC__) && defined(__x86_64__)
#define HAS_POPCNT_TARGET 1
#else
#define HAS_POPCNT_TARGET 0
#endif

#define GRAM_BODY                                                                                       \
  const uint64_t *last = columns + (k - 1) * stride;                                                    \
  for (size_t b = 0; b + 1 < k; ++b) {                                                                  \
    const uint64_t *column_b = columns + b * stride;                                                    \
    for (size_t a = b; a + 1 < k; ++a) {                                                                \
      const uint64_t *column_a = columns + a * stride;                                                  \
      double sum = 0;                                                                                   \
      for (size_t s = 0; s < n_segments; ++s) {                                                         \
        uint64_t count = 0;                                                                             \
        for (size_t w = segments[s].first; w < segments[s].end; ++w)                                    \
          count += mtg_popcount((column_a[w] ^ last[w]) & (column_b[w] ^ last[w]));                     \
        sum += segments[s].weight * (double)count;                                                      \
      }                                                                                                 \
      out[b * (k - 1) + a] = sum;                                                                       \
    }                                                                                                   \
  }

static void gram_portable(const uint64_t *columns, size_t k, size_t stride, const mtg_segment *segments, size_t n_segments,
                          double *out) {
  GRAM_BODY
}

#if HAS_POPCNT_TARGET
__attribute__((target("popcnt"))) static void gram_popcnt(const uint64_t *columns, size_t k, size_t stride,
                                                          const mtg_segment *segments, size_t n_segments, double *out) {
  GRAM_BODY
}
#endif

void mtg_gram(const uint64_t *columns, size_t k, size_t stride, const mtg_segment *segments, size_t n_segments, double *out) {
#if HAS_POPCNT_TARGET
  if (__builtin_cpu_supports("popcnt")) {
    gram_popcnt(columns, k, stride, segments, n_segments, out);
    return;
  }
#endif
  gram_portable(columns, k, stride, segments, n_segments, out);
}
