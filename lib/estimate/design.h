/* SPDX-License-Identifier: MIT */
/* Designs of the regression: which units of a mtg_kernel plan are rows for the targets of one own player, and the factor of their
 * normal matrix. */
#ifndef MTG_DESIGN_H
#define MTG_DESIGN_H

#include "estimate/gram.h"
#include "plan/kernel.h"

/* Units and targets of a plan in the order in which designs want them. */
typedef struct mtg_lists {
  uint64_t *by_size, *size_offset;     /* units of the plan by the size of their (first) coalition */
  uint32_t *by_player, *player_offset; /* targets by own player, the free ones first: own player p from player_offset[p + 1] on */
} mtg_lists;

metagame_status mtg_lists_open(mtg_lists *lists, const mtg_kernel *kernel, metagame_error *err);
void mtg_lists_close(mtg_lists *lists, const mtg_alloc *alloc);
uint64_t mtg_lists_bytes(const mtg_problem *problem);

typedef struct mtg_design {
  int32_t own;        /* METAGAME_NO_PLAYER: free targets */
  uint32_t k;         /* players that vary */
  uint32_t last;      /* the eliminated one */
  uint64_t n_units;
  size_t rank;
  double rcond;
  int singular;
  int has_leverage;   /* for the estimator */
} mtg_design;

/* The units of one design in order of weight, and its factor: scratch that every design fills anew. */
typedef struct mtg_factor {
  const mtg_kernel *kernel;
  const mtg_lists *lists;
  uint64_t *columns;
  size_t stride;
  mtg_segment *segments;
  uint64_t *chosen;  /* plan rows (first of a pair) of the design's units */
  double *weights;   /* of the chosen; the largest is 1 */
  double *factor, *work;
} mtg_factor;

metagame_status mtg_factor_open(mtg_factor *factor, const mtg_kernel *kernel, const mtg_lists *lists, metagame_error *err);
void mtg_factor_close(mtg_factor *factor);
uint64_t mtg_factor_bytes(const mtg_problem *problem);

/* The design of own player `own` over the first n_told units. */
void mtg_design_prepare(mtg_factor *factor, mtg_design *design, int32_t own, uint64_t n_told);
metagame_status mtg_design_fail_singular(const mtg_kernel *kernel, const mtg_design *design, uint32_t target, metagame_error *err);
/* METAGAME_E_SINGULAR where a design of the whole plan is deficient; looks only near the least budget. */
metagame_status mtg_design_check_small_plan(mtg_factor *factor, metagame_error *err);

/* Numbers of units and rows by the problem alone, as upper bounds. */
uint64_t mtg_design_most_rows(const mtg_problem *problem);
uint64_t mtg_design_most_units(const mtg_problem *problem);

/* ---- rows of the plan ---- */

static inline const uint64_t *mtg_design_unit_mask(const mtg_kernel *kernel, uint64_t row) {
  return kernel->units + (kernel->paired ? (row - kernel->n_header) / 2 : row - kernel->n_header) * kernel->problem->words;
}

/* Header row of singleton 0. */
static inline uint64_t mtg_design_singles_at(const mtg_kernel *kernel) { return (uint64_t)(kernel->problem->has_free != 0) + 1; }

static inline double mtg_design_weight_of_size(const mtg_kernel *kernel, int32_t own, uint32_t t) {
  return own >= 0 ? kernel->pinned_weight[t] : kernel->paired ? 2 * kernel->free_weight[t] : kernel->free_weight[t];
}

/* Units among the first n_rows rows of the plan. */
static inline uint64_t mtg_design_units_told(const mtg_kernel *kernel, uint64_t n_rows) {
  return n_rows < kernel->n_header ? 0 : (n_rows - kernel->n_header) / (kernel->paired ? 2 : 1);
}

#endif
