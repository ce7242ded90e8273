/* SPDX-License-Identifier: MIT */
/* Shapley and Banzhaf values of a table of 2^k values, and the size weights of their halving form.
 *
 *   phi_j = X_j - c,  X_j = sum_{S has j} P_s v(S),  c = sum_S Q_s v(S),  s = |S|
 *   Shapley: P_s = (s-1)!(k-s-1)!/(k-1)!  for 1 <= s < k, P_k = 1/k;   Q_s = s!(k-1-s)!/k!  for s < k, Q_k = 0
 *   Banzhaf: P_s = 2^(2-k), Q_s = 2^(1-k)                                                  (docs/mathematics.md, section 5) */
#ifndef MTG_SEMIVALUE_H
#define MTG_SEMIVALUE_H

#include <stddef.h>
#include <stdint.h>

enum { MTG_SHAPLEY = 0, MTG_BANZHAF = 1, MTG_MEASURE = 2 /* any: mtg_measure_weights */ };

/* A semivalue as a measure on [0, 1]: phi_i = sum_q weight_q * (mean marginal of i when the others are in with probability node_q).
 * One node: weighted Banzhaf; node 1: occlusion; Gauss-Legendre: Shapley. Stable where weights in the Moebius basis are not. */
typedef struct mtg_measure {
  size_t count;
  double *nodes, *weights;
} mtg_measure;

/* w[s], s = 0..k-q: the weight of one context of s players for a discrete derivative of q players in a game of k:
 * sum_q weight_q node_q^s (1 - node_q)^(k-q-s). */
void mtg_measure_weights(const mtg_measure *measure, uint32_t k, uint32_t q, double *w);
/* Nodes that integrate the above exactly over [0, 1] for games of up to k players. */
size_t mtg_uniform_nodes(uint32_t k);

/* p and q: k + 1 entries each, 1 <= k <= 62. */
void mtg_semivalue_weights(int kind, uint32_t k, double *p, double *q);

/* phi[j], j < k, of the 2^k values: sum over S without j of q_s (v(S+j) - v(S)). By marginals, k/2 * 2^k of them, because a null
 * player must come out as exactly 0, which X_j - c does not promise. */
void mtg_semivalue_table(uint32_t k, const double *values, const double *q, double *phi);

#endif
