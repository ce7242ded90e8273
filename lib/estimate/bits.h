/* SPDX-License-Identifier: MIT */
/* Products of a 0/1 matrix, whose rows are masks, with MTG_LANES columns of doubles at once: x[player * MTG_LANES + lane]. */
#ifndef MTG_BITS_H
#define MTG_BITS_H

#include <stddef.h>
#include <stdint.h>

enum { MTG_LANES = 8, MTG_BITS_BLOCK = 64 }; /* columns; rows that mtg_bits_spread works on at once */

/* out[row][lane] += sum of x[player][lane] over the players of mask `row`. No mask has a player from n on. */
void mtg_bits_gather(const uint64_t *masks, size_t words, size_t n_rows, uint32_t n, const double *x, double *out);

/* out[player][lane] += sum of y[row][lane] over the rows with the player. The bits depend on where the rows are cut into calls only
 * through blocks of MTG_BITS_BLOCK rows, counted from the first. */
void mtg_bits_spread(const uint64_t *masks, size_t words, size_t n_rows, uint32_t n, const double *y, double *out);

#endif
