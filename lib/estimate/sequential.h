/* SPDX-License-Identifier: MIT */
/* Which coalitions to ask next: how much each of some candidates would tell of the Shapley values under a Gaussian process. */
#ifndef MTG_SEQUENTIAL_H
#define MTG_SEQUENTIAL_H

#include "estimate/process.h"

typedef struct mtg_sequential {
  const mtg_process *process;
  mtg_alloc alloc;
  size_t n, size, room;        /* coalitions conditioned on, at most room */
  size_t n_candidates;
  const uint64_t *candidates;  /* borrowed */
  double *solved;              /* n_candidates x room: L^-1 k of each */
  double *covariance;          /* n_candidates x n: with the Shapley values, given the rest */
  double *variance;            /* n_candidates: of its value with noise, given the rest; 0 once it is added */
  double *entries;     /* n_candidates: scratch of add */
} mtg_sequential;

/* Given rows as for mtg_process_fit (`more` is 0; values do not matter), with room for `n_more` further coalitions. */
metagame_status mtg_sequential_open(mtg_sequential *design, const mtg_process *process, const mtg_process_data *data, const uint64_t *candidates,
                                size_t n_candidates, size_t n_more, metagame_error *err);
void mtg_sequential_close(mtg_sequential *design);
uint64_t mtg_sequential_bytes(uint32_t n, uint64_t rows, uint64_t n_candidates);

/* By how much the sum of the players' posterior variances would fall; 0 for what was added. */
double mtg_sequential_gain(const mtg_sequential *design, size_t candidate);
void mtg_sequential_add(mtg_sequential *design, size_t candidate);

#endif
