/* SPDX-License-Identifier: MIT */
/* out = Z x and out = Z' y for a 0/1 matrix Z, by tables (Arlazarov, Dinic, Kronrod, Faradzev, "On economical construction of the
 * transitive closure of an oriented graph", Soviet Math. Doklady 11, 1970): the sums of all 16 subsets of four numbers are tabled, and
 * a word of 64 bits is 16 look-ups. Z' y transposes 64 x 64 bits and does the same.
 *
 * Every lane does the same operations in the same order whatever the vector width, so the bits do not depend on the machine.
 * Time rows * n/4 additions of MTG_LANES numbers; memory 16 KiB of tables on the stack. */
#include "estimate/bits.h"

#include <string.h>

enum { TABLES = 16, ENTRIES = 16, TABLE = ENTRIES * MTG_LANES };

/* tables[k][s] = sum of the rows 4 k + b of x over the bits b of s; rows from `count` on are 0. Returns the number of tables. */
static size_t fill_tables(const double *x, size_t count, double *tables) {
  const size_t n_tables = count < 4 * TABLES ? (count + 3) / 4 : TABLES;
  for (size_t k = 0; k < n_tables; ++k) {
    double *table = tables + k * TABLE;
    memset(table, 0, MTG_LANES * sizeof *table);
    for (size_t b = 0; b < 4; ++b) {
      const size_t half = (size_t)1 << b, row = 4 * k + b;
      double *to = table + half * MTG_LANES;
      memcpy(to, table, half * MTG_LANES * sizeof *to);
      if (row >= count) continue;
      for (size_t s = 0; s < half; ++s)
        for (size_t lane = 0; lane < MTG_LANES; ++lane) to[s * MTG_LANES + lane] += x[row * MTG_LANES + lane];
    }
  }
  return n_tables;
}

/* out[r] += what word r * stride selects, for `count` words. */
#define ADD_SELECTED_BODY                                                                                             \
  for (size_t r = 0; r < count; ++r) {                                                                                \
    uint64_t word = words[r * stride];                                                                                \
    double sum[MTG_LANES];                                                                                            \
    for (size_t lane = 0; lane < MTG_LANES; ++lane) sum[lane] = out[r * MTG_LANES + lane];                            \
    for (size_t k = 0; k < n_tables; ++k, word >>= 4) {                                                                 \
      const double *entry = tables + k * TABLE + (word & 15) * MTG_LANES;                                             \
      for (size_t lane = 0; lane < MTG_LANES; ++lane) sum[lane] += entry[lane];                                       \
    }                                                                                                                 \
    for (size_t lane = 0; lane < MTG_LANES; ++lane) out[r * MTG_LANES + lane] = sum[lane];                            \
  }

#define ADD_SELECTED_ARGUMENTS                                                                                        \
  (const uint64_t *restrict words, size_t stride, size_t count, const double *restrict tables, size_t n_tables,         \
   double *restrict out)

typedef void(*add_selected_fn) ADD_SELECTED_ARGUMENTS;

static void add_selected_portable ADD_SELECTED_ARGUMENTS { ADD_SELECTED_BODY }

#if defined(__GNUC__) && defined(__x86_64__)
__attribute__((target("avx2"))) static void add_selected_avx2 ADD_SELECTED_ARGUMENTS { ADD_SELECTED_BODY }
#endif

static add_selected_fn choose(void) {
#if defined(__GNUC__) && defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return add_selected_avx2;
#endif
  return add_selected_portable;
}

/* Bit j of word i becomes bit i of word j (Warren, "Hacker's Delight", section 7-3). */
static void transpose(uint64_t *a) {
  uint64_t mask = UINT64_C(0x00000000ffffffff);
  for (unsigned width = 32; width != 0; width >>= 1, mask ^= mask << width)
    for (unsigned k = 0; k < 64; k = ((k | width) + 1) & ~width) {
      const uint64_t swapped = ((a[k] >> width) ^ a[k | width]) & mask;
      a[k] ^= swapped << width;
      a[k | width] ^= swapped;
    }
}

void mtg_bits_gather(const uint64_t *masks, size_t words, size_t n_rows, uint32_t n, const double *x, double *out) {
  const add_selected_fn add_selected = choose();
  double tables[TABLES * TABLE];
  for (size_t w = 0; w < words; ++w) {
    const size_t n_tables = fill_tables(x + w * 64 * MTG_LANES, n - w * 64, tables);
    add_selected(masks + w, words, n_rows, tables, n_tables, out);
  }
}

void mtg_bits_spread(const uint64_t *masks, size_t words, size_t n_rows, uint32_t n, const double *y, double *out) {
  const add_selected_fn add_selected = choose();
  double tables[TABLES * TABLE];
  uint64_t block[MTG_BITS_BLOCK];
  for (size_t first = 0; first < n_rows; first += MTG_BITS_BLOCK) {
    const size_t count = n_rows - first < MTG_BITS_BLOCK ? n_rows - first : MTG_BITS_BLOCK;
    const size_t n_tables = fill_tables(y + first * MTG_LANES, count, tables);
    for (size_t w = 0; w < words; ++w) {
      const size_t players = n - w * 64 < 64 ? n - w * 64 : 64;
      for (size_t r = 0; r < MTG_BITS_BLOCK; ++r) block[r] = r < count ? masks[(first + r) * words + w] : 0;
      transpose(block);
      add_selected(block, 1, players, tables, n_tables, out + w * 64 * MTG_LANES);
    }
  }
}
