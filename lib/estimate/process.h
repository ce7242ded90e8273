/* SPDX-License-Identifier: MIT */
/* Gaussian-process regression of a game, or of its odd part, and the Shapley values of the fit in closed form. */
#ifndef MTG_PROCESS_H
#define MTG_PROCESS_H

#include "base/alloc.h"
#include "estimate/process_rows.h"

enum {
  MTG_PROCESS_ODD = 2,      /* orders 1, 3, 5, 7: of odd functions */
  MTG_PROCESS_ALL = 1,      /* a constant and orders 1, 2, 3, 4, 5 */
  MTG_PROCESS_ORDERS = 5,   /* most of them */
  MTG_PROCESS_DEGREE = 7,   /* the highest */
  MTG_PROCESS_LEARNT = 360, /* most coalitions that parameters are learnt from */
  MTG_PROCESS_EXACT = 2     /* most values that the fit keeps exactly */
};

#define MTG_PROCESS_EXACTLY 1e-10 /* noise of values that are kept exactly */

typedef struct mtg_process {
  mtg_alloc alloc;
  uint32_t n, step, n_orders; /* orders 1, 1 + step, .. */
  int32_t left_out;           /* a player that is no part of it, or -1 */
  size_t words;
  double *relevance;                   /* n, mean 1: w_i; 0 of the player left out */
  double variance[MTG_PROCESS_ORDERS]; /* of each order, the first is 1 */
  double noise;
  double diagonal[MTG_PROCESS_DEGREE + 1]; /* e_k(w) */
  int is_resumed;                      /* learning starts from the parameters that are there */
  double *tables;                      /* sums of w^1, w^3, .. over the players of each byte of a mask */
} mtg_process;

/* Values of m functions at coalitions: count rows to fit, then `more` rows to judge only, then n_exact rows that are kept exactly. */
typedef struct mtg_process_data {
  const uint64_t *masks;
  const double *values; /* rows x m */
  size_t count, more, n_exact, m;
} mtg_process_data;

metagame_status mtg_process_open(mtg_process *process, const mtg_alloc *alloc, uint32_t n, uint32_t step, int32_t left_out,
                                 metagame_error *err);
void mtg_process_close(mtg_process *process);

/* Another process's parameters, to start learning from. */
void mtg_process_resume(mtg_process *process, const mtg_process *from);

/* Chooses relevances, variances and noise by the evidence of the first rows, at most `most` and MTG_PROCESS_LEARNT of them, of the first
 * `taught` functions. `start`: n first guesses of relevances, positive; not used after resume. */
metagame_status mtg_process_learn(mtg_process *process, const mtg_process_data *data, size_t taught, size_t most,
                                  const double *start, metagame_error *err);

/* shapley: m x n values of the fit, which add up to gains[i]; residual: (count + more) x m, what the fit leaves over; left_out: the
 * same, what it would leave over at that coalition if it had not seen it. deviation: m x n, of the posterior, with the scale of each
 * function from its left_out; NULL: not wanted. */
metagame_status mtg_process_fit(const mtg_process *process, const mtg_process_data *data, const double *gains, double *shapley,
                                double *residual, double *left_out, double *deviation, metagame_error *err);
/* How many rows learning and fitting may take so that `n_processes` of them end within a few seconds. */
size_t mtg_process_most_learnt(uint32_t n, size_t n_processes);
size_t mtg_process_most_fitted(size_t n_processes);
uint64_t mtg_process_bytes(uint32_t n, uint64_t count, uint64_t m);

/* For designs (sequential.c): K between a coalition and each of `count` in a row, with the terms of the process; and the covariance of
 * each player's Shapley value with the function at a coalition, n numbers. */
void mtg_process_terms(const mtg_process *process, mtg_rows_kernel *terms);
void mtg_process_kernel_row(const mtg_process *process, const mtg_rows_kernel *terms, const uint64_t *mask, const uint64_t *masks,
                            size_t count, double *out);
void mtg_process_values(const mtg_process *process, const uint64_t *mask, double *values);

#endif
