/* SPDX-License-Identifier: MIT */
/* Weighted Gram matrices of 0/1 rows: integer popcounts, one for each weight, so the counts are exact on every machine. */
#ifndef MTG_GRAM_H
#define MTG_GRAM_H

#include <stddef.h>
#include <stdint.h>

/* Rows of equal weight: words [first, end) of every column. */
typedef struct mtg_segment {
  size_t first, end;
  double weight;
} mtg_segment;

/* columns: k columns of `stride` words, bit r = row r has the player; spare bits zero. Fills the lower triangle (column-major,
 * order k - 1) of sum_rows weight (z_a - z_last)(z_b - z_last), last = k - 1. Time k^2/2 * words. */
void mtg_gram(const uint64_t *columns, size_t k, size_t stride, const mtg_segment *segments, size_t n_segments, double *out);

#endif
