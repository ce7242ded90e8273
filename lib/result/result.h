/* SPDX-License-Identifier: MIT */
/* A result: numbers and provenance. Immutable. */
#ifndef MTG_RESULT_H
#define MTG_RESULT_H

#include "base/alloc.h"
#include "estimate/numbers.h"

struct metagame_result {
  mtg_alloc alloc;
  metagame_result_info info;
  mtg_numbers numbers;
  int32_t reason; /* METAGAME_REASON_* */
  double *residual;
  double *spread; /* m x n between maskings; NULL: there was one */
  int32_t *own_player;
  const char *attributor, *masking_id;
  int has_texts; /* they are its own, not those of the result that it is a step of */
  struct mtg_kept *kept; /* labels and more, of a result that was read; else NULL */
};

/* A result with room for n x m numbers, all zero, and copies of own players and texts. attributor NULL: no texts; the caller sets
 * pointers to those of a result that lives longer. */
metagame_status mtg_result_open(metagame_result **out, const mtg_alloc *alloc, uint32_t n, uint32_t m, const int32_t *own_player,
                                const char *attributor, const char *masking_id, metagame_error *err);
/* base_i + sum_j matrix_ij - first_order_i. */
double mtg_numbers_residual(const mtg_numbers *numbers, uint32_t target);
/* residual_i = base_i + sum_j matrix_ij - first_order_i; NaN under outer Banzhaf. */
void mtg_result_fill_residuals(metagame_result *result, int32_t outer);

#endif
