/* SPDX-License-Identifier: MIT */
/* A few products of signs that explain an odd function of few players: sparse fit by cross-validation. */
#ifndef MTG_SPARSE_H
#define MTG_SPARSE_H

#include "base/alloc.h"

enum { MTG_SPARSE_MOST_PLAYERS = 20 };

/* Values of an odd function f(N-T) = -f(T) of n <= MTG_SPARSE_MOST_PLAYERS players at coalitions without complements of each other, in
 * random order; the last one, everyone's, is in every fold. Target f of m: values[r * m + f]. */
typedef struct mtg_sparse_data {
  uint32_t n;
  const uint64_t *masks; /* one word each */
  size_t count, m;       /* rows but the last */
  const double *values;
} mtg_sparse_data;

uint64_t mtg_sparse_bytes(uint32_t n, uint64_t count);
/* Fits target f. *error: mean square of cross-validated residuals of the rows but the last, in units of the largest value; DBL_MAX where
 * there is no fit: too few rows, or all 0. shapley: n; residual, left_out (of the fold's own fit): count, in steps of m. Written only where *error < most. */
metagame_status mtg_sparse_fit(const mtg_alloc *alloc, const mtg_sparse_data *data, size_t f, double most, double *error, double *shapley,
                               double *residual, double *left_out, metagame_error *err);

#endif
