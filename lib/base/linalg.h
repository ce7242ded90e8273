/* SPDX-License-Identifier: MIT */
/* Symmetric positive definite systems, small ones by dense.c. The only part that calls LAPACKE; matrices are column-major, lower triangle. */
#ifndef MTG_LINALG_H
#define MTG_LINALG_H

#include <stddef.h>

/* Cholesky factor of the n x n matrix `a` in place. Returns 0, or 1 when it is not of full rank to working precision; then *rank is
 * the numerical rank and `a` is spent. *rcond is the estimated reciprocal 1-norm condition number. `work`: n * n + 4 n doubles. */
int mtg_spd_factor(double *a, size_t n, double *work, size_t *rank, double *rcond);

/* Solves with the factor for n_rhs columns of length n, in place. */
void mtg_spd_solve(const double *factor, size_t n, double *rhs, size_t n_rhs);

/* Cholesky factor of `a` in place without a condition estimate; *half_log_determinant is that of `a`. 1 where `a` is not positive
 * definite; it is spent then. */
int mtg_cholesky(double *a, size_t n, double *half_log_determinant);

/* The same as mtg_spd_solve for a factor of mtg_cholesky. */
void mtg_cholesky_solve(const double *factor, size_t n, double *rhs, size_t n_rhs);

/* Half of it: with the factor itself, L x = rhs, for columns at a distance of `stride`. */
void mtg_forward_solve(const double *factor, size_t n, double *rhs, size_t stride, size_t n_rhs);

/* The factor becomes the inverse, lower triangle. */
void mtg_cholesky_invert(double *factor, size_t n);

/* The diagonal of the inverse alone; the factor is spent. */
void mtg_cholesky_invert_diagonal(double *factor, size_t n, double *diagonal);

#endif
