/* SPDX-License-Identifier: MIT */
/* What metrics ask of a result before they start, and a row's sum over a coalition. */
#ifndef MTG_PARTS_H
#define MTG_PARTS_H

#include "base/mask.h"
#include "game/game.h"
#include "result/result.h"

/* The game has the result's players, targets and, unless unpinned, own players. */
metagame_status mtg_parts_check(const metagame_result *result, const metagame_game *game, metagame_error *err);
/* METAGAME_E_NONFINITE that names the entry: of the matrix, of an array. */
metagame_status mtg_parts_matrix(const metagame_result *result, metagame_error *err);
metagame_status mtg_parts_vector(const double *entries, size_t count, const char *name, metagame_error *err);

/* sum_{j in mask} row[j], in the order of players. */
static inline double mtg_row_sum(const double *row, const uint64_t *mask, size_t words) {
  double sum = 0;
  for (size_t w = 0; w < words; ++w)
    for (uint64_t word = mask[w]; word; word &= word - 1) sum += row[64 * w + mtg_lowest_bit(word)];
  return sum;
}

#endif
