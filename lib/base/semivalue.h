/* SPDX-License-Identifier: MIT */
/* Shapley and Banzhaf values of a table of 2^k values, and the size weights of their halving form.
 *
 *   phi_j = X_j - c,  X_j = sum_{S has j} P_s v(S),  c = sum_S Q_s v(S),  s = |S|
 *   Shapley: P_s = (s-1)!(k-s-1)!/(k-1)!  for 1 <= s < k, P_k = 1/k;   Q_s = s!(k-1-s)!/k!  for s < k, Q_k = 0
 *   Banzhaf: P_s = 2^(2-k), Q_s = 2^(1-k)                                                  (docs/mathematics.md, section 5) */
#ifndef MTG_SEMIVALUE_H
#define MTG_SEMIVALUE_H

#include <stdint.h>

enum { MTG_SHAPLEY = 0, MTG_BANZHAF = 1 };

/* p and q: k + 1 entries each, 1 <= k <= 62. */
void mtg_semivalue_weights(int kind, uint32_t k, double *p, double *q);

/* phi[j], j < k, of the 2^k values: sum over S without j of q_s (v(S+j) - v(S)). By marginals, k/2 * 2^k of them, because a null
 * player must come out as exactly 0, which X_j - c does not promise. */
void mtg_semivalue_table(uint32_t k, const double *values, const double *q, double *phi);

#endif
