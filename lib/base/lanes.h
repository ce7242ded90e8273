/* SPDX-License-Identifier: MIT */
/* Eight doubles that are added, multiplied and divided side by side. A file of loops is included once for each level of the
 * processor (dense.c, process_rows.c): the same operations in the same order, so that results do not
 * depend on the level. Sums over many terms have eight partial sums. */
#ifndef MTG_BASE_LANES_H
#define MTG_BASE_LANES_H

#include <stddef.h>

enum { MTG_LANE_COUNT = 8, MTG_LEVELS = 3 }; /* portable, AVX2, AVX-512 */

/* The eight as pieces of what a level holds in one register. */
typedef double mtg_lanes2 __attribute__((vector_size(16), aligned(8), may_alias));
typedef double mtg_lanes4 __attribute__((vector_size(32), aligned(8), may_alias));
typedef double mtg_lanes8 __attribute__((vector_size(64), aligned(8), may_alias));

#if defined(__x86_64__) && defined(__GNUC__)
#define MTG_HAS_LEVELS 1
#define MTG_TARGET_AVX2 __attribute__((target("avx2")))
#if defined(__clang__)
#define MTG_TARGET_AVX512 __attribute__((target("avx512f")))
#else
#define MTG_TARGET_AVX512 __attribute__((target("avx512f,prefer-vector-width=512")))
#endif
#else
#define MTG_HAS_LEVELS 0
#endif

/* The highest level that this machine has: 0, 1 or 2. */
static inline int mtg_lanes_level(void) {
#if MTG_HAS_LEVELS
  return __builtin_cpu_supports("avx512f") ? 2 : __builtin_cpu_supports("avx2") ? 1 : 0;
#else
  return 0;
#endif
}

/* Partial sums in fixed order. */
#define MTG_LANES_SUM(x) ((((x)[0] + (x)[4]) + ((x)[2] + (x)[6])) + (((x)[1] + (x)[5]) + ((x)[3] + (x)[7])))

#endif
