/* SPDX-License-Identifier: MIT */
/* The meta-attribution matrix of a polynomial in closed form (docs/mathematics.md, section 2).
 *
 * With y = x - b and d = b - o a term is expanded exactly, c prod_k (y_k + d_k)^{p_k} = sum_a c prod_k C(p_k, a_k) d_k^{p_k-a_k} y_k^{a_k},
 * where features with d_k = 0 have a_k = p_k alone. A monomial c y^a with support T, t = |T|, has the dividend, for i in T,
 *
 *   gradient x delta  a_i I on T     integrated gradients  a_i/|a| I on T     Shapley  I/t on T     I = c y^a
 *   occlusion  I on T                Banzhaf  2^(1-t) I on T                  gradient  a_i c y^(a-e_i) on the support of a - e_i
 *
 * in the attribution of i; gradient x input is gradient x delta plus b_i times the gradient. A dividend goes in equal parts to its
 * players, i left out when it is pinned; with none left it is the diagonal (pinned) or the base (unpinned).
 * Time: monomials times n t; memory 2 n (n+1) numbers. */
#include <math.h>
#include <string.h>

#include "base/saturate.h"
#include "base/sum.h"
#include "truth/terms.h"

typedef enum inner { GRADIENT, X_INPUT, X_DELTA, INTEGRATED, OCCLUSION, SHAPLEY, BANZHAF, N_INNER } inner;

static const char *const names[N_INNER] = { "gradient",  "gradient-x-input", "gradient-x-delta", "integrated-gradients",
                                            "occlusion", "shapley",          "banzhaf" };

typedef struct expansion {
  const metagame_truth_terms *terms;
  inner method;
  int unpinned;
  uint32_t n;
  const double *b;
  double *y, *d;
  uint32_t *powers, *support; /* of the monomial at hand */
  mtg_sum *cells, *base;
} expansion;

/* A dividend in the attribution of support[s]; keep_own: i is one of its players. */
static void share_out(expansion *e, uint32_t t, uint32_t s, int keep_own, double dividend) {
  const uint32_t i = e->support[s], sharers = t - !(keep_own && e->unpinned);
  mtg_sum *row = e->cells + (size_t)i * e->n;
  if (dividend == 0) return;
  if (sharers == 0) mtg_sum_add(e->unpinned ? e->base + i : row + i, dividend);
  for (uint32_t r = 0; r < t && sharers > 0; ++r)
    if (r != s || sharers == t) mtg_sum_add(row + e->support[r], dividend / (double)sharers);
}

static double first_order_share(inner method, double power, double degree, uint32_t t) {
  switch (method) {
    case X_INPUT:
    case X_DELTA: return power;
    case INTEGRATED: return power / degree;
    case SHAPLEY: return 1 / (double)t;
    case BANZHAF: return ldexp(1, 1 - (int)t);
    default: return 1;
  }
}

static void add_monomial(expansion *e, double coefficient) {
  uint32_t t = 0;
  double degree = 0;
  for (uint32_t k = 0; k < e->n; ++k)
    if (e->powers[k] > 0) {
      e->support[t++] = k;
      degree += e->powers[k];
    }
  const double value = mtg_terms_monomial(coefficient, e->powers, e->y, NULL, e->n, -1);
  for (uint32_t s = 0; s < t; ++s) {
    const uint32_t i = e->support[s], power = e->powers[i];
    if (e->method != GRADIENT) share_out(e, t, s, 1, value * first_order_share(e->method, power, degree, t));
    if (e->method == GRADIENT || (e->method == X_INPUT && e->b[i] != 0))
      share_out(e, t, s, power > 1,
                (e->method == GRADIENT ? 1 : e->b[i]) * mtg_terms_monomial(coefficient, e->powers, e->y, NULL, e->n, i));
  }
}

/* All monomials of one term: the exponents of the features with d_k != 0 count like an odometer. */
static void expand(expansion *e, uint32_t term) {
  const uint32_t *most = e->terms->powers + (size_t)term * e->n;
  for (uint32_t k = 0; k < e->n; ++k) e->powers[k] = e->d[k] == 0 ? most[k] : 0;
  for (;;) {
    double coefficient = e->terms->coefficients[term];
    for (uint32_t k = 0; k < e->n; ++k) /* C(p, a) d^(p-a) in turn, so that neither factor leaves the range alone */
      for (uint32_t q = e->powers[k] + 1; q <= most[k]; ++q) coefficient *= e->d[k] * (double)q / (double)(q - e->powers[k]);
    add_monomial(e, coefficient);
    uint32_t k = 0;
    for (; k < e->n && (e->d[k] == 0 || e->powers[k] == most[k]); ++k)
      if (e->d[k] != 0) e->powers[k] = 0;
    if (k == e->n) return;
    ++e->powers[k];
  }
}

static metagame_status count_monomials(const expansion *e, metagame_error *err) {
  uint64_t total = 0;
  for (uint32_t t = 0; t < e->terms->n_terms; ++t) {
    uint64_t monomials = 1;
    for (uint32_t k = 0; k < e->n; ++k)
      if (e->d[k] != 0) monomials = mtg_times(monomials, (uint64_t)e->terms->powers[(size_t)t * e->n + k] + 1);
    total = mtg_plus(total, monomials);
  }
  if (total > METAGAME_TRUTH_MAX_TERMS)
    return mtg_fail(err, METAGAME_E_LIMIT, "terms expand to %llu monomials around the baseline, at most %u; give an origin near it",
                    (unsigned long long)total, METAGAME_TRUTH_MAX_TERMS);
  return METAGAME_OK;
}

static metagame_status solve(expansion *e, double *matrix, double *base, metagame_error *err) {
  const size_t n = e->n;
  int finite = 1;
  MTG_TRY(count_monomials(e, err));
  for (uint32_t t = 0; t < e->terms->n_terms; ++t) expand(e, t);
  for (size_t k = 0; k < n * (n + 1); ++k) finite &= isfinite(mtg_sum_value(e->cells + k)) != 0;
  if (!finite) return mtg_fail(err, METAGAME_E_NONFINITE, "the matrix is not finite: terms, x or baseline are too large");
  for (size_t k = 0; matrix && k < n * n; ++k) matrix[k] = mtg_sum_value(e->cells + k);
  for (size_t i = 0; base && i < n; ++i) base[i] = mtg_sum_value(e->base + i);
  return METAGAME_OK;
}

metagame_status metagame_truth_polynomial_matrix(double *matrix, double *base, const metagame_truth_terms *terms, const double *x,
                                                 const double *baseline, const char *method, uint64_t flags,
                                                 const metagame_allocator *allocator, metagame_error *err) {
  metagame_truth_terms known;
  mtg_alloc alloc;
  uint32_t which = 0;
  if (!x || !baseline || !method)
    return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !x ? "x" : !baseline ? "baseline" : "method");
  MTG_TRY(mtg_terms_read(&known, terms, err));
  MTG_TRY(mtg_truth_finite(x, known.n_features, "x", err));
  MTG_TRY(mtg_truth_finite(baseline, known.n_features, "baseline", err));
  if (flags & ~METAGAME_UNPINNED)
    return mtg_fail(err, METAGAME_E_FLAGS, "flags is 0x%llx, known bits are 0x%llx", (unsigned long long)flags,
                    (unsigned long long)METAGAME_UNPINNED);
  while (which < N_INNER && strcmp(names[which], method) != 0) ++which;
  if (which == N_INNER)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED,
                    "method is \"%.60s\"; closed forms are known of gradient, gradient-x-input, gradient-x-delta, "
                    "integrated-gradients, occlusion, shapley, banzhaf", method);
  MTG_TRY(mtg_alloc_from(&alloc, allocator, err));
  const size_t n = known.n_features;
  expansion e = { &known, (inner)which, (flags & METAGAME_UNPINNED) != 0, known.n_features, baseline, NULL, NULL, NULL, NULL, NULL, NULL };
  e.y = mtg_new(&alloc, 2 * n, sizeof *e.y);
  e.powers = mtg_new(&alloc, 2 * n, sizeof *e.powers);
  e.cells = mtg_new(&alloc, n + 1, n * sizeof *e.cells);
  metagame_status status = METAGAME_OK;
  if (!e.y || !e.powers || !e.cells) {
    status = mtg_fail_memory(err, &alloc, "the matrix");
  } else {
    e.d = e.y + n;
    e.support = e.powers + n;
    e.base = e.cells + n * n;
    for (size_t k = 0; k < n; ++k) {
      e.y[k] = x[k] - baseline[k];
      e.d[k] = baseline[k] - (known.origin ? known.origin[k] : 0);
    }
    status = solve(&e, matrix, base, err);
  }
  mtg_free(&alloc, e.y);
  mtg_free(&alloc, e.powers);
  mtg_free(&alloc, e.cells);
  return status;
}
