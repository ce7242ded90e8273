/* SPDX-License-Identifier: MIT */
#include "estimate/numbers.h"

#include <string.h>

enum { ARRAYS = 6 };

static void list(mtg_numbers *numbers, double **arrays[ARRAYS], size_t counts[ARRAYS]) {
  const size_t m = numbers->m, cells = m * numbers->n;
  double **const all[ARRAYS] = { &numbers->matrix, &numbers->deviation, &numbers->first_order, &numbers->base, &numbers->degrees,
                                 &numbers->scale };
  const size_t lengths[ARRAYS] = { cells, cells, m, m, m, m };
  memcpy(arrays, all, sizeof all);
  memcpy(counts, lengths, sizeof lengths);
}

int mtg_numbers_open(mtg_numbers *numbers, const mtg_alloc *alloc, uint32_t n, uint32_t m) {
  double **arrays[ARRAYS];
  size_t counts[ARRAYS];
  memset(numbers, 0, sizeof *numbers);
  numbers->n = n;
  numbers->m = m;
  list(numbers, arrays, counts);
  for (size_t a = 0; a < ARRAYS; ++a) {
    *arrays[a] = mtg_new(alloc, counts[a], sizeof(double));
    if (!*arrays[a]) {
      mtg_numbers_close(numbers, alloc);
      return -1;
    }
  }
  numbers->ground = mtg_new(alloc, m, sizeof *numbers->ground);
  if (!numbers->ground) {
    mtg_numbers_close(numbers, alloc);
    return -1;
  }
  return 0;
}

void mtg_numbers_close(mtg_numbers *numbers, const mtg_alloc *alloc) {
  double **arrays[ARRAYS];
  size_t counts[ARRAYS];
  list(numbers, arrays, counts);
  for (size_t a = 0; a < ARRAYS; ++a) mtg_free(alloc, *arrays[a]);
  mtg_free(alloc, numbers->ground);
  mtg_tally_close(numbers->tally);
  memset(numbers, 0, sizeof *numbers);
}

void mtg_numbers_move(mtg_numbers *to, mtg_numbers *from) {
  double **into[ARRAYS], **out[ARRAYS];
  size_t counts[ARRAYS];
  const mtg_numbers kept = *to;
  list(to, into, counts);
  list(from, out, counts);
  for (size_t a = 0; a < ARRAYS; ++a) memcpy(*into[a], *out[a], counts[a] * sizeof(double));
  memcpy(to->ground, from->ground, to->m * sizeof *to->ground);
  *to = *from;
  to->matrix = kept.matrix;
  to->deviation = kept.deviation;
  to->first_order = kept.first_order;
  to->base = kept.base;
  to->degrees = kept.degrees;
  to->scale = kept.scale;
  to->ground = kept.ground;
  from->tally = NULL;
}
