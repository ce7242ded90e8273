/* SPDX-License-Identifier: MIT */
#include "base/linalg.h"

#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

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

int mtg_cholesky(double *a, size_t n, double *half_log_determinant) {
  const lapack_int order = (lapack_int)n;
  double sum = 0;
  if (LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', order, a, order) != 0) return 1;
  for (size_t i = 0; i < n; ++i) sum += log(a[i * n + i]);
  *half_log_determinant = sum;
  return 0;
}

void mtg_cholesky_invert(double *factor, size_t n) {
  LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 'L', (lapack_int)n, factor, (lapack_int)n);
}

void mtg_forward_solve(const double *factor, size_t n, double *rhs, size_t n_rhs) {
  if (n == 0 || n_rhs == 0) return;
  LAPACKE_dtrtrs_work(LAPACK_COL_MAJOR, 'L', 'N', 'N', (lapack_int)n, (lapack_int)n_rhs, factor, (lapack_int)n, rhs, (lapack_int)n);
}
