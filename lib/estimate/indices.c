/* SPDX-License-Identifier: MIT */
/* Interaction indices from tallies (docs/mathematics.md, section 9):
 *
 *   I(Q) = sum_s w_s sum_{|S| = s} D_Q v(S),    w_s = integral of r^s (1-r)^(k-q-s) against the index's measure on [0, 1]
 *
 * Densities that are sums of c_a r^a have w_s = sum_a c_a / ((k-q+a+1) C(k-q+a, s+a)). Cost: C(n,q) sets, 4^q k each. */
#include "estimate/indices.h"

#include <math.h>
#include <string.h>

#include "base/mask.h"
#include "base/quadrature.h"
#include "base/sum.h"

enum { MOST_NODES = METAGAME_EXACT_MAX_PLAYERS / 2 + 1 };

static const double bernoulli[] = { 1, -0.5, 1.0 / 6 }, half_powers[] = { 1, -0.5, 0.25 };

/* integral of r^(s+a) (1-r)^(c-s) over [0, 1], c contexts' players at most, as 1/((c+a+1) C(c+a, s+a)) */
static double beta_integral(uint32_t c, uint32_t s, uint32_t a) {
  double binomial = 1;
  for (uint32_t i = 1; i <= c - s; ++i) binomial = binomial * (s + a + i) / i;
  return 1 / ((double)(c + a + 1) * binomial);
}

/* w[s] for the density sum_a c[a] r^a. */
static void polynomial_weights(const double *c, uint32_t degree, uint32_t contexts, double *w) {
  for (uint32_t s = 0; s <= contexts; ++s) {
    w[s] = 0;
    for (uint32_t a = 0; a <= degree; ++a) w[s] += c[a] == 0 ? 0 : c[a] * beta_integral(contexts, s, a);
  }
}

static void faithful_weights(uint32_t q, uint32_t most, uint32_t contexts, double *w) {
  /* [order l][q]: densities whose moments are the coefficients of Tsai, Yeh, Ravikumar (2023), theorem 19, in the Moebius basis */
  static const double density[3][3][4] = { { { 1 } },
                                           { { 4, -6 }, { 0, 6, -6 } },
                                           { { 9, -36, 30 }, { 0, 36, -96, 60 }, { 0, 0, 30, -60 } } };
  static const double fourth = 30; /* of l = q = 3: 30 r^2 (1-r)^2 has one power more */
  polynomial_weights(density[most - 1][q - 1], 3, contexts, w);
  for (uint32_t s = 0; most == 3 && q == 3 && s <= contexts; ++s) w[s] += fourth * beta_integral(contexts, s, 4);
}

static void point_weights(double p, uint32_t contexts, double *w) {
  for (uint32_t s = 0; s <= contexts; ++s) w[s] = pow(p, s) * pow(1 - p, contexts - s);
}

mtg_measure mtg_uniform_measure(uint32_t k, double *nodes, double *weights) {
  const mtg_measure uniform = { mtg_uniform_nodes(k), nodes, weights };
  mtg_gauss_legendre(uniform.count, nodes, weights);
  return uniform;
}

void mtg_meta_weights(const mtg_measure *inner, int32_t outer, int unpinned, uint32_t k, double *pair, double *single) {
  double nodes[MOST_NODES] = { 0.5 }, weights[MOST_NODES] = { 1 };
  const size_t count = outer == METAGAME_OUTER_BANZHAF ? 1 : mtg_uniform_measure(k, nodes, weights).count;
  for (uint32_t s = 0; s < k; ++s) pair[s] = single[s] = 0;
  for (size_t r = 0; r < inner->count; ++r)
    for (size_t u = 0; u < count; ++u) {
      const double in = inner->nodes[r] * nodes[u], weight = inner->weights[r] * weights[u];
      double out_powers[MTG_TALLY_SIZES] = { 1 }, base = weight;
      for (uint32_t s = 1; s < k; ++s) out_powers[s] = out_powers[s - 1] * (1 - in);
      for (uint32_t s = 0; s < k; ++s, base *= in) {
        single[s] += base * out_powers[k - 1 - s];
        if (s + 2 <= k) pair[s] += base * out_powers[k - 2 - s] * (unpinned ? in : inner->nodes[r]);
      }
    }
}

static mtg_measure inner_measure(const metagame_index *index, uint32_t k, double *nodes, double *weights) {
  const mtg_measure point = { 1, nodes, weights };
  if (index->inner == METAGAME_INNER_SHAPLEY) return mtg_uniform_measure(k, nodes, weights);
  nodes[0] = index->inner == METAGAME_INNER_OCCLUSION ? 1 : index->probability;
  weights[0] = 1;
  return point;
}

static double binomial(uint32_t n, uint32_t k) {
  double value = 1;
  for (uint32_t i = 1; i <= k; ++i) value = value * (n - k + i) / i;
  return value;
}

/* Weights of an index that is a sum over contexts. */
static void context_weights(const metagame_index *index, uint32_t q, uint32_t k, double *w) {
  const uint32_t contexts = k - q;
  const double one[1] = { 1 };
  double chain[4] = { 0 };
  memset(w, 0, (contexts + 1) * sizeof *w);
  switch (index->kind) {
    case METAGAME_INDEX_SII:
    case METAGAME_INDEX_KSII:
    case METAGAME_INDEX_SGV: polynomial_weights(one, 0, contexts, w); break;
    case METAGAME_INDEX_CHII:
      chain[q - 1] = q;
      polynomial_weights(chain, q - 1, contexts, w);
      break;
    case METAGAME_INDEX_STII:
      w[0] = 1;
      for (uint32_t s = 0; q == index->max_order && s <= contexts; ++s) w[s] = q / ((double)k * binomial(k - 1, s));
      break;
    case METAGAME_INDEX_FSII: faithful_weights(q, index->max_order, contexts, w); break;
    case METAGAME_INDEX_BII:
    case METAGAME_INDEX_BGV: point_weights(index->probability, contexts, w); break;
    case METAGAME_INDEX_FBII: point_weights(0.5, contexts, w); break;
    case METAGAME_INDEX_MOEBIUS: w[0] = 1; break;
    case METAGAME_INDEX_CO_MOEBIUS: w[contexts] = 1; break;
    case METAGAME_INDEX_CONTEXT: w[index->context] = 1 / binomial(contexts, index->context); break;
    default: /* WEIGHTED */
      for (uint32_t s = 0; s <= contexts; ++s) w[s] = index->weights[s] / binomial(contexts, s);
  }
}

double mtg_index_sum(const mtg_tally *tally, uint32_t target, const uint32_t *players, uint32_t count, const double *w) {
  double derivatives[MTG_TALLY_SIZES];
  mtg_sum sum = { 0, 0 };
  for (uint32_t b = 0; b < count; ++b)
    if (tally->null_players[target] >> players[b] & 1) return 0;
  mtg_tally_derivatives(tally, target, players, count, derivatives);
  for (uint32_t s = 0; s + count <= mtg_tally_players(tally, target); ++s) mtg_sum_add(&sum, w[s] * derivatives[s]);
  return mtg_sum_value(&sum);
}

/* Every set of `count` players of the target's game, ascending. Returns 0 after the last. */
static int next_set(const mtg_tally *tally, uint32_t target, uint32_t *players, uint32_t count, int first) {
  const int32_t own = tally->own[target];
  for (;;) {
    if (first) {
      for (uint32_t b = 0; b < count; ++b) players[b] = b;
      first = 0;
      if (count > tally->n) return 0;
    } else {
      uint32_t b = 0;
      while (b + 1 < count && players[b] + 1 == players[b + 1]) ++b;
      if (++players[b] == tally->n) return 0;
      for (uint32_t below = 0; below < b; ++below) players[below] = below;
    }
    int has_own = 0;
    for (uint32_t b = 0; b < count; ++b) has_own |= (int32_t)players[b] == own;
    if (!has_own) return 1;
  }
}

/* The value into all orders of the players. */
static void put(double *values, uint32_t n, const uint32_t *p, uint32_t count, double value) {
  if (count == 1) {
    values[p[0]] = value;
  } else if (count == 2) {
    values[(size_t)p[0] * n + p[1]] = values[(size_t)p[1] * n + p[0]] = value;
  } else {
    for (uint32_t a = 0; a < 3; ++a)
      for (uint32_t b = 0; b < 3; ++b)
        if (a != b) values[((size_t)p[a] * n + p[b]) * n + p[3 - a - b]] = value;
  }
}

/* Adds factor * value to the cells of all subsets of q players, in one of their orders: ascending. */
static void add_to_subsets(double *values, uint32_t n, const uint32_t *p, uint32_t count, uint32_t q, double value) {
  for (uint32_t set = 0; set < 1u << count; ++set) {
    if (mtg_popcount(set) != q) continue;
    size_t cell = 0;
    for (uint32_t b = 0; b < count; ++b)
      if (set >> b & 1) cell = cell * n + p[b];
    values[cell] += value;
  }
}

/* KSII, FBII: an index of larger sets handed down with the numbers of `factors`. */
static void fill_aggregate(const mtg_tally *tally, uint32_t target, const metagame_index *index, const double *factors, double *values) {
  const uint32_t k = mtg_tally_players(tally, target), q = index->order, n = tally->n;
  uint32_t players[MTG_MOST_ORDER];
  double w[MTG_TALLY_SIZES];
  for (uint32_t size = q; size <= index->max_order && size <= k; ++size) { /* a pinned game may have fewer players than max_order */
    context_weights(index, size, k, w);
    for (int more = next_set(tally, target, players, size, 1); more; more = next_set(tally, target, players, size, 0))
      add_to_subsets(values, n, players, size, q, factors[size - q] * mtg_index_sum(tally, target, players, size, w));
  }
  for (int more = next_set(tally, target, players, q, 1); more; more = next_set(tally, target, players, q, 0)) {
    size_t cell = 0;
    for (uint32_t b = 0; b < q; ++b) cell = cell * n + players[b];
    put(values, n, players, q, values[cell]);
  }
}

static void fill_generalised(const mtg_tally *tally, uint32_t target, const metagame_index *index, double *values) {
  const uint32_t k = mtg_tally_players(tally, target), q = index->order, all = (1u << q) - 1;
  uint32_t players[MTG_MOST_ORDER];
  double w[MTG_TALLY_SIZES], parts[1 << MTG_MOST_ORDER][MTG_TALLY_SIZES];
  context_weights(index, q, k, w);
  for (int more = next_set(tally, target, players, q, 1); more; more = next_set(tally, target, players, q, 0)) {
    mtg_sum sum = { 0, 0 };
    mtg_tally_parts(tally, target, players, q, parts);
    for (uint32_t s = 0; s + q <= k; ++s) mtg_sum_add(&sum, w[s] * (parts[all][s] - parts[0][s]));
    put(values, tally->n, players, q, mtg_sum_value(&sum));
  }
}

static void fill_bivariate(const mtg_tally *tally, uint32_t target, double *values) {
  const uint32_t k = mtg_tally_players(tally, target), n = tally->n;
  const double one[1] = { 1 };
  uint32_t players[MTG_MOST_ORDER];
  double w[MTG_TALLY_SIZES], parts[1 << MTG_MOST_ORDER][MTG_TALLY_SIZES];
  polynomial_weights(one, 0, k - 1, w); /* s!(k-1-s)!/k! */
  for (int more = next_set(tally, target, players, 1, 1); more; more = next_set(tally, target, players, 1, 0))
    values[(size_t)players[0] * n + players[0]] = mtg_index_sum(tally, target, players, 1, w);
  for (int more = next_set(tally, target, players, 2, 1); more; more = next_set(tally, target, players, 2, 0)) {
    mtg_sum first = { 0, 0 }, second = { 0, 0 }; /* the coalition holds the other player and s - 1 more */
    mtg_tally_parts(tally, target, players, 2, parts);
    for (uint32_t s = 1; s < k; ++s) {
      mtg_sum_add(&first, w[s] * (parts[3][s - 1] - parts[2][s - 1]));
      mtg_sum_add(&second, w[s] * (parts[3][s - 1] - parts[1][s - 1]));
    }
    values[(size_t)players[0] * n + players[1]] = tally->null_players[target] >> players[0] & 1 ? 0 : mtg_sum_value(&first);
    values[(size_t)players[1] * n + players[0]] = tally->null_players[target] >> players[1] & 1 ? 0 : mtg_sum_value(&second);
  }
}

static void fill_meta(const mtg_tally *tally, uint32_t target, const metagame_index *index, double *values) {
  const uint32_t k = mtg_tally_players(tally, target), n = tally->n;
  const int unpinned = (index->flags & METAGAME_UNPINNED) != 0;
  uint32_t players[MTG_MOST_ORDER];
  double nodes[MOST_NODES], weights[MOST_NODES], pair[MTG_TALLY_SIZES], single[MTG_TALLY_SIZES];
  const mtg_measure inner = inner_measure(index, k, nodes, weights);
  mtg_meta_weights(&inner, index->outer, unpinned, k, pair, single);
  if (!unpinned) memset(single, 0, sizeof single), single[0] = 1;
  for (int more = next_set(tally, target, players, 1, 1); more; more = next_set(tally, target, players, 1, 0))
    values[(size_t)players[0] * n + players[0]] = mtg_index_sum(tally, target, players, 1, single);
  for (int more = next_set(tally, target, players, 2, 1); more; more = next_set(tally, target, players, 2, 0))
    put(values, n, players, 2, mtg_index_sum(tally, target, players, 2, pair));
}

void mtg_index_fill(const mtg_tally *tally, uint32_t target, const metagame_index *index, double *values) {
  const uint32_t k = mtg_tally_players(tally, target);
  uint32_t players[MTG_MOST_ORDER];
  double w[MTG_TALLY_SIZES];
  switch (index->kind) {
    case METAGAME_INDEX_KSII: fill_aggregate(tally, target, index, bernoulli, values); return;
    case METAGAME_INDEX_FBII: fill_aggregate(tally, target, index, half_powers, values); return;
    case METAGAME_INDEX_SGV:
    case METAGAME_INDEX_BGV:
      if (index->order == 1) break; /* the value of a player, 0 where it is null */
      fill_generalised(tally, target, index, values);
      return;
    case METAGAME_INDEX_BIVARIATE_SHAPLEY: fill_bivariate(tally, target, values); return;
    case METAGAME_INDEX_META: fill_meta(tally, target, index, values); return;
    default: break;
  }
  if (index->order > k) return; /* no such set */
  context_weights(index, index->order, k, w);
  for (int more = next_set(tally, target, players, index->order, 1); more; more = next_set(tally, target, players, index->order, 0))
    put(values, tally->n, players, index->order, mtg_index_sum(tally, target, players, index->order, w));
}

/* ---- checks ---- */

static int is_one_of(int32_t kind, int32_t a, int32_t b, int32_t c, int32_t d) { return kind == a || kind == b || kind == c || kind == d; }

metagame_status mtg_index_check(metagame_index *index, uint32_t k, uint32_t order, metagame_error *err) {
  if (index->kind < METAGAME_INDEX_SII || index->kind > METAGAME_INDEX_META)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "index.kind is %ld, must be %d..%d", (long)index->kind, METAGAME_INDEX_SII, METAGAME_INDEX_META);
  if (index->order == 0) index->order = 2;
  if (index->max_order == 0) index->max_order = index->order;
  if (index->probability == 0) index->probability = 0.5;
  const int has_most = is_one_of(index->kind, METAGAME_INDEX_KSII, METAGAME_INDEX_STII, METAGAME_INDEX_FSII, METAGAME_INDEX_FBII);
  const int is_pair = index->kind == METAGAME_INDEX_META || index->kind == METAGAME_INDEX_BIVARIATE_SHAPLEY;
  const int hands_down = index->kind == METAGAME_INDEX_KSII || index->kind == METAGAME_INDEX_FBII;
  const uint32_t needed = hands_down ? index->max_order : index->order, most = k < MTG_MOST_ORDER ? k : MTG_MOST_ORDER;
  if (is_pair && index->order != 2)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "index.order is %u, must be 2 for this kind", index->order);
  if (index->order > MTG_MOST_ORDER || (!is_pair && index->order > k))
    return mtg_fail(err, METAGAME_E_ARGUMENT, "index.order is %u, must be 1..%u in games of %u players", index->order, most, k);
  if (index->max_order < index->order || index->max_order > MTG_MOST_ORDER || (!has_most && index->max_order != index->order))
    return mtg_fail(err, METAGAME_E_ARGUMENT, "index.max_order is %u, must be %u..%d", index->max_order, index->order,
                    has_most ? (int)MTG_MOST_ORDER : (int)index->order);
  if (needed > order)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "index.%s is %u, but the game was solved with options.interaction_order %u",
                    hands_down ? "max_order" : "order", needed, order);
  if (!(index->probability > 0 && index->probability <= 1))
    return mtg_fail(err, METAGAME_E_ARGUMENT, "index.probability is %g, must be above 0 and at most 1", index->probability);
  if (index->kind == METAGAME_INDEX_CONTEXT && index->context > k - index->order)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "index.context is %u, must be 0..%u", index->context, k - index->order);
  if (index->inner < METAGAME_INNER_SHAPLEY || index->inner > METAGAME_INNER_OCCLUSION)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "index.inner is %ld, must be 0..%d", (long)index->inner, METAGAME_INNER_OCCLUSION);
  if (index->outer < METAGAME_OUTER_SHAPLEY || index->outer > METAGAME_OUTER_BANZHAF)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "index.outer is %ld, must be 0..%d", (long)index->outer, METAGAME_OUTER_BANZHAF);
  if (index->flags & ~METAGAME_UNPINNED)
    return mtg_fail(err, METAGAME_E_FLAGS, "index.flags is 0x%llx, known bits are 0x%llx", (unsigned long long)index->flags,
                    (unsigned long long)METAGAME_UNPINNED);
  if (index->kind != METAGAME_INDEX_WEIGHTED) return METAGAME_OK;
  if (!index->weights) return mtg_fail(err, METAGAME_E_NULL, "index.weights is NULL, but this kind needs them");
  if (index->n_weights != k - index->order + 1)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "index.n_weights is %zu, must be %u: contexts of 0..%u players", index->n_weights,
                    k - index->order + 1, k - index->order);
  for (size_t s = 0; s < index->n_weights; ++s)
    if (!isfinite(index->weights[s]))
      return mtg_fail(err, METAGAME_E_NONFINITE, "index.weights[%zu] is %g, must be finite", s, index->weights[s]);
  return METAGAME_OK;
}
