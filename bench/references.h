/* SPDX-License-Identifier: MIT */
/* Other estimators of meta-Shapley matrices (inner and outer Shapley value) from values of a base game, to compare the library with. */
#ifndef BENCH_REFERENCES_H
#define BENCH_REFERENCES_H

#include <stddef.h>
#include <stdint.h>

typedef double (*bench_value)(const void *game, uint64_t mask);

typedef struct bench_run {
  const void *game;
  bench_value value;
  uint32_t n;      /* 3..32 */
  uint64_t calls;  /* distinct coalitions to be spent; the last unit is finished, which may be beyond */
  uint64_t seed;
  double *matrix;  /* n x n: the estimate */
  uint64_t spent;  /* distinct coalitions in fact */
} bench_run;

/* Pinned, off the diagonal; values at the empty set, single players and everyone are not counted.
 * Antithetic Shapley-Taylor orders: D_ij at the set before the first of i and j (Dhamdhere, Agarwal, Sundararajan, ICML 2020), an order
 * and its reverse. */
void bench_taylor_orders(bench_run *run);
/* SHAP-IQ (Fumagalli et al., NeurIPS 2023): sizes 1/(t (n-t)), those of n-1 enumerated, Horvitz-Thompson. */
void bench_shap_iq(bench_run *run);

/* Unpinned, all entries. A random outer order; at each of its prefixes the inner values by one random order, which is new each time
 * (naive) or the same for all prefixes (grid). */
void bench_nested_naive(bench_run *run);
void bench_nested_grid(bench_run *run);

#endif
