/* SPDX-License-Identifier: MIT */
/* Coalitions as rows of 64-bit words: player p is bit p%64 of word p/64. */
#ifndef MTG_MASK_H
#define MTG_MASK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline size_t mtg_mask_words(uint32_t n) { return ((size_t)n + 63) / 64; }

static inline int mtg_mask_has(const uint64_t *mask, uint32_t player) { return (int)(mask[player / 64] >> (player % 64) & 1); }

static inline void mtg_mask_add(uint64_t *mask, uint32_t player) { mask[player / 64] |= UINT64_C(1) << (player % 64); }

static inline void mtg_mask_remove(uint64_t *mask, uint32_t player) { mask[player / 64] &= ~(UINT64_C(1) << (player % 64)); }

static inline unsigned mtg_popcount(uint64_t word) {
#if defined(__GNUC__)
  return (unsigned)__builtin_popcountll(word);
#else
  unsigned count = 0;
  for (; word; word &= word - 1) ++count;
  return count;
#endif
}

/* Index of the lowest set bit; word is not 0. */
static inline unsigned mtg_lowest_bit(uint64_t word) {
#if defined(__GNUC__)
  return (unsigned)__builtin_ctzll(word);
#else
  unsigned bit = 0;
  for (; !(word & 1); word >>= 1) ++bit;
  return bit;
#endif
}

static inline uint32_t mtg_mask_count(const uint64_t *mask, size_t words) {
  uint32_t count = 0;
  for (size_t w = 0; w < words; ++w) count += mtg_popcount(mask[w]);
  return count;
}

static inline void mtg_mask_clear(uint64_t *mask, size_t words) { memset(mask, 0, words * sizeof *mask); }

static inline void mtg_mask_copy(uint64_t *dst, const uint64_t *src, size_t words) { memcpy(dst, src, words * sizeof *dst); }

/* Everyone of n players. */
static inline void mtg_mask_fill(uint64_t *mask, uint32_t n) {
  size_t words = mtg_mask_words(n);
  for (size_t w = 0; w < words; ++w) mask[w] = ~UINT64_C(0);
  if (n % 64) mask[words - 1] = (UINT64_C(1) << (n % 64)) - 1;
}

static inline void mtg_mask_complement(uint64_t *dst, const uint64_t *src, uint32_t n) {
  size_t words = mtg_mask_words(n);
  mtg_mask_fill(dst, n);
  for (size_t w = 0; w < words; ++w) dst[w] &= ~src[w];
}

/* A table hash, the same on every machine (splitmix64 finaliser over the words). */
static inline uint64_t mtg_mask_hash(const uint64_t *mask, size_t words) {
  uint64_t hash = UINT64_C(0x9e3779b97f4a7c15);
  for (size_t w = 0; w < words; ++w) {
    hash ^= mask[w];
    hash = (hash ^ (hash >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ (hash >> 27)) * UINT64_C(0x94d049bb133111eb);
    hash ^= hash >> 31;
  }
  return hash;
}

#endif
