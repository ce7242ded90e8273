/* SPDX-License-Identifier: MIT */
/* Small games that are hard on error bars, and some that are not: networks, sums, pairs, trees,
 * random numbers with light and heavy tails, votes, vetoes, unanimity, parities, gloves, runways,
 * rare cells. */
#ifndef BENCH_ALARMS_GAMES_H
#define BENCH_ALARMS_GAMES_H

#include <stddef.h>
#include <stdint.h>

enum { ALARMS_TARGETS = 3, ALARMS_FAMILIES = 20 };

typedef struct alarms_table {
  uint32_t n, m;
  double *values; /* 2^n x m; to be freed */
  int32_t own[ALARMS_TARGETS];
} alarms_table;

/* Two targets that are no players, or three that are. */
void alarms_make(alarms_table *t, size_t family, uint32_t n, int is_pinned);
uint64_t alarms_hash(uint64_t key); /* splitmix64 */

#endif
