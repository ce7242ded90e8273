/* SPDX-License-Identifier: MIT */
#include "base/linalg.h"

#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/dense.h"
#include "base/lanes.h"

/* The _work variants: the others allocate, and read the environment to decide on NaN checks. */

int mtg_spd_factor(double *a, size_t n, double *work, size_t *rank, double *rcond) {
  const lapack_int order = (lapack_int)n;
  double *copy = work, *scratch = work + n * n;
  lapack_int *integers = (lapack_int *)(void *)(scratch + 3 * n); /* n doubles of room hold n 32- or 64-bit integers */
  *rank = n;
  *rcond = 1;
  if (n == 0) return 0;
  double norm = 0;
  for (size_t j = 0; j < n; ++j) { /* 1-norm of the symmetric matrix from its lower triangle */
    double column = 0;
    for (size_t i = 0; i < n; ++i) column += fabs(i >= j ? a[j * n + i] : a[i * n + j]);
    norm = fmax(norm, column);
  }
  memcpy(copy, a, n * n * sizeof *a);
  lapack_int info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', order, a, order);
  if (info == 0) {
    info = LAPACKE_dpocon_work(LAPACK_COL_MAJOR, 'L', order, a, order, norm, rcond, scratch, integers);
    if (info == 0 && *rcond > (double)n * DBL_EPSILON) return 0;
  }
  lapack_int found = 0;
  LAPACKE_dpstrf_work(LAPACK_COL_MAJOR, 'L', order, copy, order, integers, &found, -1.0, scratch);
  *rank = (size_t)found < n ? (size_t)found : n - 1;
  *rcond = 0;
  return 1;
}

void mtg_spd_solve(const double *factor, size_t n, double *rhs, size_t n_rhs) {
  if (n == 0 || n_rhs == 0) return;
  LAPACKE_dpotrs_work(LAPACK_COL_MAJOR, 'L', (lapack_int)n, (lapack_int)n_rhs, factor, (lapack_int)n, rhs, (lapack_int)n);
}

/* Up to MTG_DENSE_MOST loops of our own. */
static int is_small(size_t n) { return n <= MTG_DENSE_MOST; }
static const mtg_dense *loops(void) { return mtg_dense_at(mtg_lanes_level()); }

int mtg_cholesky(double *a, size_t n, double *half_log_determinant) {
  const lapack_int order = (lapack_int)n;
  double sum = 0;
  if (is_small(n)) {
    if (loops()->factor(a, n) != 0) return 1;
  } else if (LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', order, a, order) != 0) {
    return 1;
  }
  for (size_t i = 0; i < n; ++i) sum += log(a[i * n + i]);
  *half_log_determinant = sum;
  return !isfinite(sum); /* LAPACK may call a matrix with NaN a success */
}

void mtg_cholesky_invert(double *factor, size_t n) {
  if (is_small(n)) {
    loops()->invert_triangle(factor, n);
    loops()->square_triangle(factor, n);
    return;
  }
  LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 'L', (lapack_int)n, factor, (lapack_int)n);
}

void mtg_cholesky_invert_diagonal(double *factor, size_t n, double *diagonal) {
  if (is_small(n))
    loops()->invert_triangle(factor, n);
  else
    LAPACKE_dtrtri_work(LAPACK_COL_MAJOR, 'L', 'N', (lapack_int)n, factor, (lapack_int)n);
  for (size_t c = 0; c < n; ++c) {
    double lanes[MTG_LANE_COUNT] = { 0 };
    const double *column = factor + c * n;
    size_t r = c;
    for (; r + MTG_LANE_COUNT <= n; r += MTG_LANE_COUNT)
      for (size_t lane = 0; lane < MTG_LANE_COUNT; ++lane) lanes[lane] += column[r + lane] * column[r + lane];
    diagonal[c] = MTG_LANES_SUM(lanes);
    for (; r < n; ++r) diagonal[c] += column[r] * column[r];
  }
}

void mtg_forward_solve(const double *factor, size_t n, double *rhs, size_t stride, size_t n_rhs) {
  const lapack_int order = (lapack_int)n;
  if (n == 0 || n_rhs == 0) return;
  if (is_small(n))
    loops()->forward(factor, n, rhs, stride, n_rhs);
  else
    LAPACKE_dtrtrs_work(LAPACK_COL_MAJOR, 'L', 'N', 'N', order, (lapack_int)n_rhs, factor, order, rhs, (lapack_int)stride);
}

void mtg_cholesky_solve(const double *factor, size_t n, double *rhs, size_t n_rhs) {
  if (!is_small(n)) {
    mtg_spd_solve(factor, n, rhs, n_rhs);
    return;
  }
  loops()->forward(factor, n, rhs, n, n_rhs);
  loops()->backward(factor, n, rhs, n, n_rhs);
}
