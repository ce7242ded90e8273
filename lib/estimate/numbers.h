/* SPDX-License-Identifier: MIT */
/* What an estimator hands over: the numbers of a result. Arrays belong to the result; NaN stands for "not known". */
#ifndef MTG_NUMBERS_H
#define MTG_NUMBERS_H

#include <stdint.h>

#include "estimate/tally.h"
#include "metagame/diagnosis.h"

/* What the audit of a model found at rows that it had not seen (metagame/diagnosis.h). */
typedef struct mtg_audit {
  int32_t outcome;  /* METAGAME_AUDIT_* */
  uint64_t n_rows;  /* of the target with the fewest */
  double error;     /* of the model, squared, over that of regression's fit at the same rows: of the worst target */
} mtg_audit;

typedef struct mtg_numbers {
  uint32_t n, m;
  double *matrix;      /* m x n */
  double *first_order; /* m */
  double *base;        /* m */
  double *deviation;   /* m x n standard errors; used when has_deviation */
  double *degrees;     /* m: degrees of freedom behind a row of `deviation` */
  double *scale;       /* m */
  int32_t *ground;     /* m: METAGAME_GROUND_*, why a row has no standard errors */
  int has_deviation;
  mtg_tally *tally;    /* options.interaction_order; belongs to whom the numbers belong to */
  uint64_t evaluations, n_units, rank, full_rank;
  double condition;
  uint64_t n_chosen;           /* see metagame_result_info */
  uint32_t n_process, n_sparse;
  double left_out;
  mtg_audit audit;
} mtg_numbers;

/* All arrays, zero. 0 on success, -1 without memory. */
int mtg_numbers_open(mtg_numbers *numbers, const mtg_alloc *alloc, uint32_t n, uint32_t m);
void mtg_numbers_close(mtg_numbers *numbers, const mtg_alloc *alloc);
/* Numbers of the same shape into the arrays of *to, which takes the tally. */
void mtg_numbers_move(mtg_numbers *to, mtg_numbers *from);

#endif
