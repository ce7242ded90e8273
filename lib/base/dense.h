/* SPDX-License-Identifier: MIT */
/* Cholesky factors up to MTG_DENSE_MOST by loops of our own: the packaged BLAS may not know the processor, and wakes its threads
 * for matrices that are done before these are awake. Column-major, lower triangle, as linalg.h, which calls them. */
#ifndef MTG_DENSE_H
#define MTG_DENSE_H

#include <stddef.h>

enum { MTG_DENSE_MOST = 512 };

typedef struct mtg_dense {
  /* 1 where `a` is not positive definite or not finite. */
  int (*factor)(double *a, size_t n);
  /* The factor L becomes its inverse. */
  void (*invert_triangle)(double *factor, size_t n);
  /* X, the inverse of L, becomes X' X. */
  void (*square_triangle)(double *inverse, size_t n);
  /* L x = rhs, and L' x = rhs, for columns at a distance of `stride`. */
  void (*forward)(const double *factor, size_t n, double *rhs, size_t stride, size_t n_rhs);
  void (*backward)(const double *factor, size_t n, double *rhs, size_t stride, size_t n_rhs);
} mtg_dense;

/* Level 0 is portable; mtg_lanes_level() is the highest that this machine has. Bits do not depend on it. */
const mtg_dense *mtg_dense_at(int level);

#endif
