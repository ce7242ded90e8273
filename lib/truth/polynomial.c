/* SPDX-License-Identifier: MIT */
/* Polynomials f(x) = sum_t c_t prod_k (x_k - o_k)^{a_tk} with the gradient df/dx_i = sum_t a_ti c_t prod_k (x_k - o_k)^{a_tk - [k=i]}.
 * Cost: n_terms times the sum of the powers, for a gradient n times that. */
#include <math.h>

#include "base/abi.h"
#include "truth/terms.h"

metagame_status mtg_terms_read(metagame_truth_terms *out, const metagame_truth_terms *terms, metagame_error *err) {
  if (!terms) return mtg_fail(err, METAGAME_E_NULL, "terms is NULL");
  MTG_TRY(mtg_struct_read(out, sizeof *out, terms, sizeof *out, "terms", err));
  if (out->n_features < 1 || out->n_features > INT32_MAX)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "terms.n_features is %u, must be 1..%d", out->n_features, INT32_MAX);
  if (out->n_terms > 0 && (!out->coefficients || !out->powers))
    return mtg_fail(err, METAGAME_E_NULL, "terms.%s is NULL", out->coefficients ? "powers" : "coefficients");
  MTG_TRY(mtg_truth_finite(out->coefficients, out->n_terms, "terms.coefficients", err));
  return out->origin ? mtg_truth_finite(out->origin, out->n_features, "terms.origin", err) : METAGAME_OK;
}

double mtg_terms_monomial(double coefficient, const uint32_t *powers, const double *x, const double *origin, uint32_t n,
                          int64_t feature) {
  int exponent = 0, part = 0;
  double product = frexp(coefficient, &exponent);
  for (uint32_t k = 0; k < n; ++k) {
    uint32_t power = powers[k];
    if ((int64_t)k == feature) {
      if (power == 0) return 0;
      product = frexp(product * (double)power, &part);
      exponent += part;
      --power;
    }
    if (power == 0) continue;
    const double factor = origin ? x[k] - origin[k] : x[k];
    if (factor == 0) return 0;
    int factor_exponent = 0;
    const double mantissa = frexp(factor, &factor_exponent);
    for (uint32_t p = 0; p < power; ++p) {
      product = frexp(product * mantissa, &part);
      exponent += part + factor_exponent;
    }
  }
  return ldexp(product, exponent);
}

typedef struct polynomial {
  mtg_alloc alloc;
  uint32_t n, n_terms;
  double *coefficients, *origin;
  uint32_t *powers;
} polynomial;

static double sum_terms(const polynomial *p, const double *x, int64_t feature) {
  double sum = 0;
  for (uint32_t t = 0; t < p->n_terms; ++t)
    sum += mtg_terms_monomial(p->coefficients[t], p->powers + (size_t)t * p->n, x, p->origin, p->n, feature);
  return sum;
}

static int32_t METAGAME_CALL evaluate(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  const polynomial *p = user;
  (void)err;
  for (size_t r = 0; r < n_rows; ++r) values[r] = sum_terms(p, rows + r * p->n, -1);
  return 0;
}

static int32_t METAGAME_CALL gradient(void *user, const double *rows, size_t n_rows, uint32_t output, double *gradients,
                                      metagame_error *err) {
  const polynomial *p = user;
  (void)output, (void)err;
  for (size_t r = 0; r < n_rows; ++r)
    for (uint32_t k = 0; k < p->n; ++k) gradients[r * p->n + k] = sum_terms(p, rows + r * p->n, k);
  return 0;
}

static void METAGAME_CALL destroy(void *user) {
  polynomial *p = user;
  const mtg_alloc alloc = p->alloc;
  mtg_free(&alloc, p->coefficients);
  mtg_free(&alloc, p->origin);
  mtg_free(&alloc, p->powers);
  mtg_free(&alloc, p);
}

metagame_status metagame_truth_polynomial(metagame_model **out, const metagame_truth_terms *terms, const metagame_allocator *allocator,
                                          metagame_error *err) {
  metagame_truth_terms known;
  metagame_model_callbacks callbacks = METAGAME_MODEL_CALLBACKS_INIT;
  mtg_alloc alloc;
  if (!out) return mtg_fail(err, METAGAME_E_NULL, "out is NULL");
  *out = NULL;
  MTG_TRY(mtg_terms_read(&known, terms, err));
  MTG_TRY(mtg_alloc_from(&alloc, allocator, err));
  polynomial *p = mtg_new(&alloc, 1, sizeof *p);
  if (!p) return mtg_fail_memory(err, &alloc, "the polynomial");
  p->alloc = alloc;
  p->n = known.n_features;
  p->n_terms = known.n_terms;
  p->coefficients = mtg_copy(&alloc, known.coefficients, known.n_terms, sizeof(double));
  p->powers = mtg_copy(&alloc, known.powers, known.n_terms, known.n_features * sizeof *p->powers);
  if (known.origin) p->origin = mtg_copy(&alloc, known.origin, known.n_features, sizeof(double));
  if (!p->coefficients || !p->powers || (known.origin && !p->origin)) {
    destroy(p);
    return mtg_fail_memory(err, &alloc, "the polynomial");
  }
  callbacks.n_features = known.n_features;
  callbacks.flags = METAGAME_THREADSAFE;
  callbacks.user = p;
  callbacks.evaluate = evaluate;
  callbacks.gradient = gradient;
  callbacks.destroy = destroy;
  return metagame_model_create(out, &callbacks, allocator, err);
}
