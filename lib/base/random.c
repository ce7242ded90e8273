/* SPDX-License-Identifier: MIT */
#include "base/random.h"

void mtg_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; ++round) {
    uint64_t p0 = (uint64_t)UINT32_C(0xD2511F53) * c0, p1 = (uint64_t)UINT32_C(0xCD9E8D57) * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)p1;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)p0;
    k0 += UINT32_C(0x9E3779B9);
    k1 += UINT32_C(0xBB67AE85);
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

mtg_random mtg_random_at(uint64_t seed, uint32_t stream, uint64_t unit) {
  mtg_random random = { seed, unit, stream, 0, { 0, 0, 0, 0 }, 0 };
  return random;
}

uint32_t mtg_random_u32(mtg_random *random) {
  if (random->left == 0) {
    const uint32_t key[2] = { (uint32_t)random->seed, (uint32_t)(random->seed >> 32) };
    const uint32_t counter[4] = { random->block++, (uint32_t)random->unit, (uint32_t)(random->unit >> 32), random->stream };
    mtg_philox(counter, key, random->words);
    random->left = 4;
  }
  return random->words[4 - random->left--];
}

uint64_t mtg_random_u64(mtg_random *random) {
  uint64_t high = mtg_random_u32(random);
  return high << 32 | mtg_random_u32(random);
}

uint32_t mtg_random_below(mtg_random *random, uint32_t bound) {
  /* Lemire, "Fast random integer generation in an interval", 2019. */
  uint64_t product = (uint64_t)mtg_random_u32(random) * bound;
  if ((uint32_t)product < bound) {
    uint32_t threshold = (uint32_t)(-bound) % bound;
    while ((uint32_t)product < threshold) product = (uint64_t)mtg_random_u32(random) * bound;
  }
  return (uint32_t)(product >> 32);
}

double mtg_random_unit(mtg_random *random) { return (double)(mtg_random_u64(random) >> 11) * 0x1p-53; }
