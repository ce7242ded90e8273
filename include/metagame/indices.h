/* SPDX-License-Identifier: MIT */
/* metagame/indices.h - every interaction index of a solved game, from one run.
 *
 * Solve a game with options.interaction_order = r (1..3), by the exact or the stratified solver: the result then keeps, for each target, the sums of its game over the
 * coalitions of each size that hold each set of at most r players. All indices below are short sums of these, for value games and for
 * attribution games alike: an index is always one of a target's game.
 *   value game:          output i of the function, all players
 *   free target:         v_i on all players
 *   pinned target:       u_i(S) = v_i(S + i) on the players but its own; cells that name the own player are 0
 * So the pair indices of an attribution game are maps of third order: how two players together move the attribution of a target.
 *
 * With k players in the target's game, Q a set of q players, and the discrete derivative
 *   D_Q v(S) = sum_{U in Q} (-1)^(q-|U|) v(S + U),    S a coalition of the other k - q players, s = |S|
 * most indices are weighted sums  I(Q) = sum_S w_s D_Q v(S).  docs/indices.md says which index answers which question. */
#ifndef METAGAME_INDICES_H
#define METAGAME_INDICES_H

#include "metagame.h"

METAGAME_BEGIN_DECLS

enum {
  /* Shapley interaction index: w_s = s!(k-q-s)!/(k-q+1)!. Order 1: the Shapley value. (Grabisch, Roubens 1999) */
  METAGAME_INDEX_SII = 1,
  /* k-SII (n-Shapley values) up to max_order l: SII(Q) + sum over larger sets of Bernoulli numbers times SII; all orders together sum to
   * v(N) - v(empty). (Bordt, von Luxburg, AISTATS 2023; Lundberg et al. 2020 for l = 2) */
  METAGAME_INDEX_KSII = 2,
  /* Shapley-Taylor index up to max_order l: order l: w_s = l/k / C(k-1, s); below: D_Q v(empty). (Sundararajan, Dhamdhere, Agarwal 2020) */
  METAGAME_INDEX_STII = 3,
  /* Faithful Shapley index up to max_order l: the l-additive game nearest to v under Shapley kernel weights. (Tsai, Yeh, Ravikumar 2023) */
  METAGAME_INDEX_FSII = 4,
  /* Banzhaf interaction index, others present with `probability` p: w_s = p^s (1-p)^(k-q-s). Order 1: the (weighted) Banzhaf value. */
  METAGAME_INDEX_BII = 5,
  /* Faithful Banzhaf index up to max_order l: the l-additive game nearest to v under equal weights. (Tsai, Yeh, Ravikumar 2023) */
  METAGAME_INDEX_FBII = 6,
  /* Chaining interaction index: w_s = q (s+q-1)!(k-s-q)!/k!. (Marichal, Roubens 1999) */
  METAGAME_INDEX_CHII = 7,
  /* Moebius transform (Harsanyi dividend): D_Q v(empty); and co-Moebius: D_Q v(N - Q). metagame_moebius_transform has all orders. */
  METAGAME_INDEX_MOEBIUS = 8,
  METAGAME_INDEX_CO_MOEBIUS = 9,
  /* Shapley and Banzhaf generalised values: the marginal v(S + Q) - v(S) of the set as a whole, under the weights of SII and BII.
   * (Marichal, Kojadinovic, Fujimoto 2007) */
  METAGAME_INDEX_SGV = 10,
  METAGAME_INDEX_BGV = 11,
  /* Interaction by context order: the mean of D_Q v over the contexts of `context` players. (Zhang et al. 2020) */
  METAGAME_INDEX_CONTEXT = 12,
  /* `weights` of your own: sum_s weights[s] * (mean of D_Q v over the contexts of s players); n_weights = k - q + 1, 1/(k-q+1) each is
   * SII. */
  METAGAME_INDEX_WEIGHTED = 13,
  /* Bivariate Shapley, order 2, directed: cell [i][j] is the part of the Shapley value of i from coalitions that hold j:
   * sum_{S has j, not i} s!(k-1-s)!/k! (v(S+i) - v(S)); [i][i] is the Shapley value of i. (Masoomi et al., ICLR 2022) */
  METAGAME_INDEX_BIVARIATE_SHAPLEY = 14,
  /* Meta-attribution in closed form, order 2: cell [i][j] = phi_{j->i}, the outer value of j in the attribution S -> inner_i(v, S) of the
   * target's own game. Pinned, or with METAGAME_UNPINNED in `flags` not. Symmetric: an inner value leaves no direction. */
  METAGAME_INDEX_META = 15
};

/* Inner values of METAGAME_INDEX_META. */
enum { METAGAME_INNER_SHAPLEY = 0, METAGAME_INNER_BANZHAF = 1 /* weighted by probability */, METAGAME_INNER_OCCLUSION = 2 };

typedef struct metagame_index {
  size_t struct_size;
  int32_t kind;       /* REQUIRED: METAGAME_INDEX_* */
  uint32_t order;     /* q, players of a cell; default 2 */
  uint32_t max_order; /* l of KSII, STII, FSII, FBII, at least q; default q; the result's interaction_order for KSII and FBII bounds it */
  uint32_t context;   /* CONTEXT: number of other players present, 0..k-q */
  int32_t inner;      /* META: METAGAME_INNER_* */
  int32_t outer;      /* META: METAGAME_OUTER_* */
  uint64_t flags;     /* META: METAGAME_UNPINNED */
  double probability; /* BII, BGV, META with inner Banzhaf: p in (0, 1]; default 0.5 */
  const double *weights; /* WEIGHTED */
  size_t n_weights;
} metagame_index;
#define METAGAME_INDEX_INIT { sizeof(metagame_index), 0, 0, 0, 0, 0, 0, 0, 0.0, NULL, 0 }

/* One index of all targets. values: n_targets x n_players^order, row-major, written on success; cells of a repeated player are 0
 * where nothing else is said. errors: standard errors of the same shape, or NULL; 0 for exact results; of the stratified solver
 * (METAGAME_SOLVER_STRATIFIED) the spread over its independent groups, n_units of them (Student t, n_units - 1), NaN below 4 groups.
 * Errors: NULL, STRUCT_SIZE, ARGUMENT (also an order above the players of a target's game), FLAGS, NONFINITE (weights), UNSUPPORTED
 * (the result has no or too low an interaction_order; the message names both), STATE (partial result: nothing is known), NOMEM. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_result_index(const metagame_result *result, const metagame_index *index,
                                                                       double *values, double *errors, metagame_error *err);

/* Third order: values[(i*n + j)*n + k] = phi_{k->j->i}, what player k does to the influence of j on target i: the same construction
 * once more, on S -> phi_{j->i}(x_S). Pinned results pin i and j: phi_{j->j->i} is what j does to i alone; unpinned results pin neither.
 * sum_k phi_{k->j->i} = phi_{j->i}. Symmetric in (k, j) off the own player.
 * Needs interaction_order >= 2 and outer Shapley. errors: as above, or NULL. Errors: NULL, UNSUPPORTED, STATE, NOMEM. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_result_third_order(const metagame_result *result, double *values,
                                                                             double *errors, metagame_error *err);

/* In place, all 2^n coalitions: from values v(S) to dividends m(T) with v(S) = sum_{T in S} m(T), or back with `inverse`.
 * table[S * n_outputs + o]; n_players 1..32. n 2^(n-1) additions. Dividends of large coalitions amplify rounding up to 2^n times: take
 * indices from results, not from here. Errors: NULL, ARGUMENT. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_moebius_transform(double *table, uint32_t n_players, uint32_t n_outputs,
                                                                            int32_t inverse, metagame_error *err);

METAGAME_END_DECLS
#endif
