/* SPDX-License-Identifier: MIT */
#include "estimate/nulls.h"

void mtg_nulls_open(mtg_nulls *nulls, uint32_t n) {
  memset(nulls, 0, sizeof *nulls);
  nulls->n = n;
  for (uint64_t j = 0; j < 32; ++j) nulls->odd[j] = mtg_mask_hash(&j, 1) | 1;
  nulls->low[0] = 1;
  for (uint32_t set = 1; set < MTG_NULLS_ROW; ++set) nulls->low[set] = nulls->low[set & (set - 1)] * nulls->odd[mtg_lowest_bit(set)];
}

void mtg_nulls_take(mtg_nulls *nulls, uint64_t first, const double *values, size_t count) {
  uint64_t terms[MTG_NULLS_ROW] = { 0 }, high = 1;
  const uint64_t inside = first % MTG_NULLS_ROW, block = first >> MTG_NULLS_LOW;
  for (size_t r = 0; r < count; ++r) {
    uint64_t bits;
    memcpy(&bits, &values[r], sizeof bits);
    bits = (bits ^ bits >> 32) * UINT64_C(0x9e3779b97f4a7c15); /* numbers with few digits differ in high bits only */
    terms[inside + r] = (bits ^ bits >> 29) * nulls->low[inside + r];
  }
  for (uint64_t left = block; left; left &= left - 1) high *= nulls->odd[MTG_NULLS_LOW + mtg_lowest_bit(left)];
  for (uint32_t bit = 0; bit < MTG_NULLS_LOW; ++bit) {
    uint64_t upper = 0;
    const uint32_t pairs = MTG_NULLS_ROW >> (bit + 1);
    for (uint32_t at = 0; at < pairs; ++at) upper += terms[2 * at + 1];
    for (uint32_t at = 0; at < pairs; ++at) terms[at] = terms[2 * at] + terms[2 * at + 1];
    nulls->with[bit] += high * upper;
  }
  const uint64_t sum = high * terms[0];
  nulls->total += sum;
  for (uint64_t left = block; left; left &= left - 1) nulls->with[MTG_NULLS_LOW + mtg_lowest_bit(left)] += sum;
}

uint64_t mtg_nulls_found(const mtg_nulls *nulls) {
  uint64_t found = 0;
  for (uint32_t j = 0; j < nulls->n; ++j)
    if (nulls->with[j] == nulls->odd[j] * (nulls->total - nulls->with[j])) found |= UINT64_C(1) << j;
  return found;
}
