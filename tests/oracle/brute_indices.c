/* SPDX-License-Identifier: MIT */
#include "brute_indices.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { SIZE = 1 << BRUTE_MOST, MOST_TERMS = 1 << BRUTE_MOST };

static uint64_t bit(uint32_t j) { return UINT64_C(1) << j; }

static bool inside(uint64_t a, uint64_t b) { return (a & ~b) == 0; }

static long double factorial(uint32_t k) { return k < 2 ? 1.0L : (long double)k * factorial(k - 1); }

static long double choose(uint32_t n, uint32_t k) { return k > n ? 0.0L : factorial(n) / factorial(k) / factorial(n - k); }

static long double power(long double p, uint32_t s) { return s == 0 ? 1.0L : p * power(p, s - 1); }

brute_set brute_own_game(const brute_game *game, uint32_t i, bool unpinned) {
  brute_set set = { 0 };
  const bool pinned = !unpinned && game->own[i] >= 0;
  const uint64_t own = pinned ? bit((uint32_t)game->own[i]) : 0;
  set.k = 0;
  set.n = game->n;
  for (uint32_t j = 0; j < game->n; j++)
    if (!(own & bit(j))) set.player[set.k++] = j;
  for (uint64_t s = 0; s < bit(set.k); s++) {
    uint64_t mask = own;
    for (uint32_t j = 0; j < set.k; j++)
      if (s & bit(j)) mask |= bit(set.player[j]);
    set.v[s] = game->values[mask * game->m + i];
  }
  return set;
}

long double brute_derivative(const long double *v, uint64_t q, uint64_t s) {
  long double sum = 0.0L;
  for (uint64_t u = 0; u <= q; u++)
    if (inside(u, q)) sum += (brute_size(q ^ u) % 2 ? -1.0L : 1.0L) * v[s | u];
  return sum;
}

/* ---- orders ---- */

typedef struct walk {
  const brute_set *set;
  int32_t kind;
  uint64_t q;
  uint32_t i, j; /* BIVARIATE_SHAPLEY */
  long double sum, count;
} walk;

/* What one order of all players gives. */
static long double of_order(const walk *w, const uint32_t *order) {
  uint64_t before = 0;
  for (uint32_t at = 0; at < w->set->k; at++) {
    const uint64_t one = bit(order[at]);
    if (w->kind == METAGAME_INDEX_STII && (w->q & one)) return brute_derivative(w->set->v, w->q, before);
    if (w->kind == METAGAME_INDEX_CHII && inside(w->q, before | one)) return brute_derivative(w->set->v, w->q, (before | one) & ~w->q);
    if (w->kind == METAGAME_INDEX_BIVARIATE_SHAPLEY && order[at] == w->i)
      return w->i == w->j || (before & bit(w->j)) ? w->set->v[before | one] - w->set->v[before] : 0.0L;
    before |= one;
  }
  return 0.0L;
}

static void all_orders(walk *w, uint32_t *order, uint32_t at) {
  if (at == w->set->k) {
    w->sum += of_order(w, order);
    w->count += 1.0L;
    return;
  }
  for (uint32_t pick = at; pick < w->set->k; pick++) {
    const uint32_t first = order[at], other = order[pick];
    order[at] = other, order[pick] = first;
    all_orders(w, order, at + 1);
    order[at] = first, order[pick] = other;
  }
}

static long double mean_over_orders(const brute_set *set, int32_t kind, uint64_t q, uint32_t i, uint32_t j) {
  walk w = { set, kind, q, i, j, 0.0L, 0.0L };
  uint32_t order[BRUTE_MOST] = { 0, 1, 2, 3, 4, 5 };
  all_orders(&w, order, 0);
  return w.sum / w.count;
}

/* ---- means over contexts ---- */

static long double context_weight(const metagame_index *index, uint32_t contexts, uint32_t s) {
  switch (index->kind) {
    case METAGAME_INDEX_SII:
    case METAGAME_INDEX_KSII:
    case METAGAME_INDEX_SGV: return factorial(s) * factorial(contexts - s) / factorial(contexts + 1);
    case METAGAME_INDEX_BII:
    case METAGAME_INDEX_BGV: return power(index->probability, s) * power(1.0L - (long double)index->probability, contexts - s);
    case METAGAME_INDEX_CONTEXT: return s == index->context ? 1.0L / choose(contexts, s) : 0.0L;
    default: return (long double)index->weights[s] / choose(contexts, s);
  }
}

static long double over_contexts(const brute_set *set, const metagame_index *index, uint64_t q) {
  const bool joint = index->kind == METAGAME_INDEX_SGV || index->kind == METAGAME_INDEX_BGV;
  const uint32_t contexts = set->k - brute_size(q);
  long double sum = 0.0L;
  for (uint64_t s = 0; s < bit(set->k); s++)
    if ((s & q) == 0)
      sum += context_weight(index, contexts, brute_size(s)) * (joint ? set->v[s | q] - set->v[s] : brute_derivative(set->v, q, s));
  return sum;
}

static long double bernoulli(uint32_t m) {
  long double sum = 0.0L;
  if (m == 0) return 1.0L;
  for (uint32_t j = 0; j < m; j++) sum += choose(m + 1, j) * bernoulli(j);
  return -sum / (long double)(m + 1);
}

/* Phi^l(Q) = Phi^(l-1)(Q) + B_(l-q) sum of SII over the sets of l players that hold Q; Phi^q(Q) = SII(Q). (Bord, von Luxburg 2023) */
static long double n_shapley(const brute_set *set, const metagame_index *index, uint64_t q, uint32_t l) {
  if (l == brute_size(q)) return over_contexts(set, index, q);
  long double sum = 0.0L;
  for (uint64_t t = 0; t < bit(set->k); t++)
    if (inside(q, t) && brute_size(t) == l) sum += over_contexts(set, index, t);
  return n_shapley(set, index, q, l - 1) + bernoulli(l - brute_size(q)) * sum;
}

/* ---- least squares ---- */

static void eliminate(uint32_t size, long double a[MOST_TERMS + 2][MOST_TERMS + 3]) {
  for (uint32_t c = 0; c < size; c++) {
    uint32_t best = c;
    for (uint32_t r = c + 1; r < size; r++)
      if (fabsl(a[r][c]) > fabsl(a[best][c])) best = r;
    for (uint32_t k = 0; k <= size; k++) {
      const long double swap = a[c][k];
      a[c][k] = a[best][k], a[best][k] = swap;
    }
    for (uint32_t r = 0; r < size; r++) {
      const long double factor = r == c ? 0.0L : a[r][c] / a[c][c];
      for (uint32_t k = c; factor != 0.0L && k <= size; k++) a[r][k] -= factor * a[c][k];
    }
  }
  for (uint32_t r = 0; r < size; r++) a[r][size] /= a[r][r];
}

/* The function sum_{T in S, |T| <= l} b_T nearest to v: under Shapley kernel weights and exact at both ends (Lagrange multipliers), or
 * under equal weights. b is indexed by the set T. */
static void nearest(const brute_set *set, uint32_t l, bool shapley, long double *b) {
  static long double a[MOST_TERMS + 2][MOST_TERMS + 3];
  uint64_t terms[MOST_TERMS];
  uint32_t count = 0;
  const uint32_t k = set->k;
  for (uint64_t t = 0; t < bit(k); t++) {
    b[t] = 0.0L;
    if (brute_size(t) <= l) terms[count++] = t;
  }
  const uint32_t size = count + (shapley ? 2 : 0);
  memset(a, 0, sizeof a);
  for (uint64_t s = 0; s < bit(k); s++) {
    const uint32_t present = brute_size(s);
    const bool end = shapley && (present == 0 || present == k);
    const long double weight = shapley ? 1.0L / (choose(k, present) * (long double)present * (long double)(k - present)) : 1.0L;
    for (uint32_t r = 0; r < count; r++) {
      if (!inside(terms[r], s)) continue;
      if (end) {
        a[count + (present > 0)][r] = a[r][count + (present > 0)] = 1.0L;
        continue;
      }
      a[r][size] += weight * set->v[s];
      for (uint32_t c = 0; c < count; c++)
        if (inside(terms[c], s)) a[r][c] += weight;
    }
    if (end) a[count + (present > 0)][size] = set->v[s];
  }
  eliminate(size, a);
  for (uint32_t r = 0; r < count; r++) b[terms[r]] = a[r][size];
}

/* ---- meta-attributions ---- */

enum { SHAPLEY = METAGAME_INNER_SHAPLEY, BANZHAF = METAGAME_INNER_BANZHAF, OCCLUSION = METAGAME_INNER_OCCLUSION };

/* Semivalue of player i in the game S -> v(always + S) on `players`, which hold i. */
static long double value_of(const long double *v, uint64_t players, uint64_t always, uint32_t i, int kind, long double p) {
  const uint64_t others = players & ~bit(i);
  const uint32_t k = brute_size(others);
  long double sum = 0.0L;
  for (uint64_t s = 0; s <= others; s++) {
    if (!inside(s, others)) continue;
    const uint32_t size = brute_size(s);
    const long double weight = kind == SHAPLEY   ? factorial(size) * factorial(k - size) / factorial(k + 1)
                               : kind == BANZHAF ? power(p, size) * power(1.0L - p, k - size)
                                                 : (s == others ? 1.0L : 0.0L);
    sum += weight * (v[always | s | bit(i)] - v[always | s]);
  }
  return sum;
}

/* f(S) = the inner value of i when S is present, 0 when i is not in S. */
static void at_every_coalition(const long double *v, uint32_t k, uint64_t always, uint32_t i, int kind, long double p, long double *f) {
  for (uint64_t s = 0; s < bit(k); s++) f[s] = s & bit(i) ? value_of(v, s & ~always, always, i, kind, p) : 0.0L;
}

static long double meta_cell(const brute_set *set, const metagame_index *index, uint32_t i, uint32_t j) {
  long double f[SIZE];
  const uint64_t all = bit(set->k) - 1;
  const int outer = index->outer == METAGAME_OUTER_BANZHAF ? BANZHAF : SHAPLEY;
  at_every_coalition(set->v, set->k, 0, i, index->inner, index->probability, f);
  if (index->flags & METAGAME_UNPINNED) return value_of(f, all, 0, j, outer, 0.5L);
  return i == j ? f[bit(i)] : value_of(f, all & ~bit(i), bit(i), j, outer, 0.5L);
}

void brute_third(const brute_game *game, uint32_t i, bool unpinned, double *cells) {
  long double v[SIZE], f[SIZE];
  const uint32_t n = game->n;
  const uint64_t all = bit(n) - 1;
  const uint64_t own = !unpinned && game->own[i] >= 0 ? bit((uint32_t)game->own[i]) : 0;
  for (uint64_t s = 0; s <= all; s++) v[s] = game->values[s * game->m + i];
  for (uint32_t j = 0; j < n; j++) {
    const uint64_t pin = unpinned ? 0 : own | bit(j);
    if (!(own & bit(j))) at_every_coalition(v, n, own, j, SHAPLEY, 0.0L, f); /* phi_{j->i} where `own` is present */
    for (uint32_t k = 0; k < n; k++) {
      long double value;
      if (own & bit(j))
        value = k == j ? v[own] : 0.0L;
      else if (own & bit(k))
        value = 0.0L;
      else if (!unpinned && k == j)
        value = v[own | bit(j)] - v[own];
      else
        value = value_of(f, all & ~pin, pin, k, SHAPLEY, 0.0L);
      cells[(size_t)j * n + k] = (double)value;
    }
  }
}

/* ---- any index ---- */

static long double of_set(const brute_set *set, const metagame_index *index, uint64_t q, const long double *fitted) {
  const uint64_t all = bit(set->k) - 1;
  long double sum = 0.0L;
  switch (index->kind) {
    case METAGAME_INDEX_KSII: return n_shapley(set, index, q, index->max_order < set->k ? index->max_order : set->k);
    case METAGAME_INDEX_STII:
      return brute_size(q) < index->max_order ? brute_derivative(set->v, q, 0) : mean_over_orders(set, index->kind, q, 0, 0);
    case METAGAME_INDEX_CHII: return mean_over_orders(set, index->kind, q, 0, 0);
    case METAGAME_INDEX_FSII:
    case METAGAME_INDEX_FBII: return fitted[q];
    case METAGAME_INDEX_MOEBIUS:
      for (uint64_t t = 0; t <= all; t++)
        if (inside(t, q)) sum += (brute_size(q & ~t) % 2 ? -1.0L : 1.0L) * set->v[t];
      return sum;
    case METAGAME_INDEX_CO_MOEBIUS: /* sum over T that hold N - Q of (-1)^(n-t) v(T) */
      for (uint64_t t = 0; t <= all; t++)
        if (inside(all & ~q, t)) sum += (brute_size(all & ~t) % 2 ? -1.0L : 1.0L) * set->v[t];
      return sum;
    default: return over_contexts(set, index, q);
  }
}

void brute_index(const brute_set *set, const metagame_index *index, double *cells) {
  long double fitted[SIZE];
  const bool directed = index->kind == METAGAME_INDEX_BIVARIATE_SHAPLEY || index->kind == METAGAME_INDEX_META;
  size_t n_tuples = 1, n_cells = 1;
  for (uint32_t a = 0; a < index->order; a++) n_tuples *= set->k, n_cells *= set->n;
  for (size_t c = 0; c < n_cells; c++) cells[c] = 0.0;
  if (index->kind == METAGAME_INDEX_FSII || index->kind == METAGAME_INDEX_FBII)
    nearest(set, index->max_order, index->kind == METAGAME_INDEX_FSII, fitted);
  for (size_t tuple = 0; tuple < n_tuples; tuple++) {
    uint32_t member[3];
    size_t left = tuple, cell = 0;
    uint64_t q = 0;
    for (uint32_t a = index->order; a-- > 0; left /= set->k) q |= bit(member[a] = (uint32_t)(left % set->k));
    for (uint32_t a = 0; a < index->order; a++) cell = cell * set->n + set->player[member[a]];
    if (index->kind == METAGAME_INDEX_META)
      cells[cell] = (double)meta_cell(set, index, member[0], member[1]);
    else if (directed)
      cells[cell] = (double)mean_over_orders(set, index->kind, 0, member[0], member[1]);
    else if (brute_size(q) == index->order)
      cells[cell] = (double)of_set(set, index, q, fitted);
  }
}
