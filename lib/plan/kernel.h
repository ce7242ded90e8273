/* SPDX-License-Identifier: MIT */
/* Plan of the regression solver: which coalitions a KernelSHAP-style fit samples, and how each size is weighed. Knows no values. */
#ifndef MTG_KERNEL_H
#define MTG_KERNEL_H

#include "game/problem.h"

typedef struct mtg_kernel {
  const mtg_problem *problem;
  int paired;         /* no target is pinned: a unit is a coalition and its complement, else one coalition */
  int everything;     /* every size is enumerated: the fit is exact */
  uint64_t n_header;  /* rows before the units: [empty], everyone, and with pinned targets all singletons in order */
  uint64_t n_units, n_rows;
  uint64_t *units;    /* n_units masks; the first of each pair */
  double *expected;   /* n + 1, by size: expected number of rows; the number itself where enumerated; 0 where none */
  double *fraction;   /* n + 1, by size: share of all coalitions of that size that are in the plan */
  double *pinned_weight, *free_weight; /* n + 1, by size of the coalition: weights of the fit */
} mtg_kernel;

/* Draws the whole plan. METAGAME_E_BUDGET below mtg_kernel_least_budget. */
metagame_status mtg_kernel_open(mtg_kernel *kernel, const mtg_problem *problem, metagame_error *err);
void mtg_kernel_close(mtg_kernel *kernel);
uint64_t mtg_kernel_least_budget(const mtg_problem *problem);
uint64_t mtg_kernel_bytes(const mtg_problem *problem);

/* Units of the sizes that are drawn that the plan has not, of those that a target with this own player sees. */
double mtg_kernel_missing(const mtg_kernel *kernel, int32_t own);
/* So few units that a draw may be of deficient rank. */
int mtg_kernel_is_small(const mtg_kernel *kernel);

/* Row of the start of the games of targets with that own player, or none: {own} or nobody. */
uint64_t mtg_kernel_start(const mtg_kernel *kernel, int32_t own);
/* Coalition of row `index`. */
void mtg_kernel_row(const mtg_kernel *kernel, uint64_t index, uint64_t *mask);

#endif
