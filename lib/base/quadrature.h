/* SPDX-License-Identifier: MIT */
/* Gauss-Legendre rule on [0, 1]: integral of g = sum_q weight_q g(node_q), exact for polynomials of degree 2 count - 1. */
#ifndef MTG_QUADRATURE_H
#define MTG_QUADRATURE_H

#include <stddef.h>

void mtg_gauss_legendre(size_t count, double *nodes, double *weights);

#endif
