/* SPDX-License-Identifier: MIT */
/* Polynomials as lists of terms. */
#ifndef MTG_TERMS_H
#define MTG_TERMS_H

#include "truth/truth.h"

/* Reads and checks the public struct. */
metagame_status mtg_terms_read(metagame_truth_terms *out, const metagame_truth_terms *terms, metagame_error *err);

/* coefficient * prod_k (x_k - origin_k)^powers_k, origin NULL: 0; with 0 <= feature < n its derivative by x_feature. Mantissas and
 * exponents apart, so that 1e-150 * 1e150 * ... cannot leave the range half way. 0^0 = 1. */
double mtg_terms_monomial(double coefficient, const uint32_t *powers, const double *x, const double *origin, uint32_t n,
                          int64_t feature);

#endif
