/* SPDX-License-Identifier: MIT */
/* What a perfect prediction of a few rows does not say. */
#ifndef MTG_SURPRISE_H
#define MTG_SURPRISE_H

#include "plan/kernel.h"

/* A target's rows: known[u * stride], whether unit u of the plan, of the first n_told, was predicted to the last digits by a fit
 * that had not seen it. largest: the largest value of a row, as the fit sees it. */
typedef struct mtg_surprise {
  const mtg_kernel *kernel;
  int32_t own;
  const unsigned char *known;
  size_t stride;
  uint64_t n_told;
  double largest;
} mtg_surprise;

/* Adds, in squares, to the n standard errors of a target what exceptions of a size that no row has shown may hide; nothing
 * where no row was predicted exactly. counts: 4 (n + 1) numbers of scratch. */
void mtg_surprise_add(const mtg_surprise *rows, double *deviation, uint64_t *counts);

#endif
