/* SPDX-License-Identifier: MIT */
/* Normal equations of the regression without their matrix: conjugate gradients on the masks of the plan, MTG_LANES targets at once. */
#ifndef MTG_CONJUGATE_H
#define MTG_CONJUGATE_H

#include "estimate/bits.h"
#include "plan/kernel.h"

enum { MTG_CONJUGATE_MOST_STEPS = 1000, MTG_CONJUGATE_TILE = 4 * MTG_BITS_BLOCK };

typedef struct mtg_conjugate {
  const mtg_kernel *kernel;
  uint32_t *sizes;              /* of the units */
  double *weight[2];            /* n + 1 by size: of free and of pinned targets, the largest 1 */
  double *residual, *direction, *product; /* n x MTG_LANES */
  double *tile;                 /* MTG_CONJUGATE_TILE x MTG_LANES */
  double *steps, *ratios;       /* MTG_CONJUGATE_MOST_STEPS x MTG_LANES: what the iteration says about the spectrum */
} mtg_conjugate;

metagame_status mtg_conjugate_open(mtg_conjugate *c, const mtg_kernel *kernel, metagame_error *err);
void mtg_conjugate_close(mtg_conjugate *c);
uint64_t mtg_conjugate_bytes(const mtg_problem *problem);

/* Weight of a coalition for own player `own`; 0 where it is no row of the design. */
static inline double mtg_conjugate_weight(const mtg_conjugate *c, int32_t own, const uint64_t *mask, uint32_t size) {
  return own < 0 ? c->weight[0][size] : mtg_mask_has(mask, (uint32_t)own) ? c->weight[1][size] : 0;
}

/* Solves P A P x = P b with A = sum W z z' over the first n_told units (and the singletons of the header, for free targets), P the
 * projection on sum 0 over the players that vary. own: one entry for each lane; a lane's own player gets 0. b is kept. Returns a mask
 * of the lanes that did not converge: deficient designs, for a b that is not from one. *condition rises to the largest ratio of
 * eigenvalues seen. */
uint32_t mtg_conjugate_solve(mtg_conjugate *c, const int32_t *own, uint64_t n_told, const double *b, double *x, double *condition);

#endif
