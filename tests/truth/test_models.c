/* SPDX-License-Identifier: MIT */
/* Models: gradients against central differences, conventions at the edges, and the closed form of polynomials against the exact
 * solver for every built-in attributor, pinned and unpinned, with baselines away from the origin. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "metagame/conformance.h"
#include "metagame/truth.h"
#include "support.h"

static void ok(metagame_status status, const metagame_error *err) {
  if (status != METAGAME_OK) fail_msg("%s: %s", metagame_status_name(status), err->message);
}

static metagame_truth_terms terms_of(const ts_poly *poly) {
  metagame_truth_terms terms = METAGAME_TRUTH_TERMS_INIT;
  terms.coefficients = poly->coef;
  terms.powers = poly->powers;
  terms.origin = poly->origin;
  terms.n_features = poly->n_features;
  terms.n_terms = poly->n_terms;
  return terms;
}

/* ---- gradients ---- */

typedef struct maker {
  const ts_poly *poly;
  const ts_mlp *mlp;
} maker;

/* The model behind callbacks again, so that the installed suite can look at it. */
static int32_t METAGAME_CALL wrapped_values(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  return metagame_truth_values(user, rows, n_rows, values, err) < 0;
}

static int32_t METAGAME_CALL wrapped_gradients(void *user, const double *rows, size_t n_rows, uint32_t output, double *gradients,
                                               metagame_error *err) {
  return metagame_truth_gradients(user, rows, n_rows, output, gradients, err) < 0;
}

static void METAGAME_CALL wrapped_destroy(void *user) { metagame_model_destroy(user); }

static int make(void *context, metagame_model_callbacks *out) {
  const maker *what = context;
  out->n_features = what->poly ? what->poly->n_features : what->mlp->n_features;
  out->n_outputs = what->poly ? 1 : what->mlp->n_outputs;
  out->flags = METAGAME_THREADSAFE;
  out->user = what->poly ? ts_poly_model(what->poly) : ts_mlp_model(what->mlp);
  out->evaluate = wrapped_values;
  out->gradient = wrapped_gradients;
  out->destroy = wrapped_destroy;
  return 0;
}

static void report(void *context, const char *check, int passed, const char *message) {
  (void)context;
  if (!passed) print_error("%s: %s\n", check, message);
}

static ts_mlp *deep_network(ts_rng *rng, uint32_t n_features) {
  const int32_t kinds[3] = { METAGAME_TRUTH_TANH, METAGAME_TRUTH_SOFTPLUS, METAGAME_TRUTH_IDENTITY };
  ts_mlp *mlp = ts_mlp_new(n_features, 3);
  for (uint32_t l = 0; l < 3; ++l) {
    ts_mlp_set_layer(mlp, l, l == 2 ? 2 : 5 + l, kinds[l]);
    ts_layer *layer = &mlp->layers[l];
    for (size_t k = 0; k < (size_t)layer->n_in * layer->n_out; ++k) layer->weights[k] = ts_rng_real(rng, -1, 1);
    for (uint32_t k = 0; k < layer->n_out; ++k) layer->bias[k] = ts_rng_real(rng, -1, 1);
  }
  return mlp;
}

static void gradients(void **state) {
  enum { F = 4, POINTS = 3 };
  (void)state;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    ts_rng rng = ts_rng_make(seed);
    double points[POINTS * F];
    ts_poly *poly = ts_poly_random(&rng, F, 6, 3);
    ts_mlp *mlp = deep_network(&rng, F);
    for (int k = 0; k < F; ++k) poly->origin[k] = seed % 2 ? ts_rng_real(&rng, -1, 1) : 0;
    for (int k = 0; k < POINTS * F; ++k) points[k] = ts_rng_real(&rng, -1, 1);
    for (int which = 0; which < 2; ++which) {
      maker context = { which == 0 ? poly : NULL, which == 1 ? mlp : NULL };
      metagame_conformance_model suite = METAGAME_CONFORMANCE_MODEL_INIT;
      suite.context = &context;
      suite.make = make;
      suite.report = report;
      suite.points = points;
      suite.n_points = POINTS;
      suite.gradient_tolerance = 1e-7;
      assert_int_equal(metagame_conformance_check_model(&suite), 0);
    }
    ts_mlp_free(mlp);
    ts_poly_free(poly);
  }
}

static void single_unit(int32_t activation, double a, double *value, double *slope) {
  const double weight = 1;
  metagame_truth_layer layer = { &weight, NULL, 1, 1, METAGAME_TRUTH_IDENTITY, 0 };
  metagame_model *model = NULL;
  metagame_error err;
  layer.activation = activation;
  ok(metagame_truth_network(&model, 1, 1, &layer, NULL, &err), &err);
  ts_model_value(model, &a, value);
  ts_model_gradient(model, &a, 0, slope);
  metagame_model_destroy(model);
}

/* 0^0 = 1; numbers that would leave the range half way; activations far out. */
static void conventions(void **state) {
  const double coefficients[2] = { 1e-150, 3 }, x[3] = { 1e150, 1e-150, 0 }, origin[3] = { 0, 0, 0 };
  const uint32_t powers[6] = { 3, 2, 0, 0, 0, 1 };
  metagame_truth_terms terms = METAGAME_TRUTH_TERMS_INIT;
  metagame_model *model = NULL;
  metagame_error err;
  double value, gradient[3], slope;
  (void)state;
  terms.coefficients = coefficients;
  terms.powers = powers;
  terms.n_features = 3;
  terms.n_terms = 2;
  for (int with_origin = 0; with_origin < 2; ++with_origin) {
    terms.origin = with_origin ? origin : NULL;
    ok(metagame_truth_polynomial(&model, &terms, NULL, &err), &err);
    ts_model_value(model, x, &value);
    ts_model_gradient(model, x, 0, gradient);
    assert_true(fabs(value - 1) < 1e-14);
    assert_true(fabs(gradient[0] * 1e150 - 3) < 1e-13 && fabs(gradient[1] / 1e150 - 2) < 1e-13 && gradient[2] == 3);
    metagame_model_destroy(model);
  }
  terms.n_terms = 0;
  terms.coefficients = NULL;
  terms.powers = NULL;
  ok(metagame_truth_polynomial(&model, &terms, NULL, &err), &err);
  ts_model_value(model, x, &value);
  ts_model_gradient(model, x, 0, gradient);
  assert_true(value == 0 && gradient[0] == 0 && gradient[2] == 0);
  metagame_model_destroy(model);
  single_unit(METAGAME_TRUTH_SOFTPLUS, 800, &value, &slope);
  assert_true(value == 800 && slope == 1);
  single_unit(METAGAME_TRUTH_SOFTPLUS, -800, &value, &slope);
  assert_true(value == 0 && slope == 0);
  single_unit(METAGAME_TRUTH_TANH, -800, &value, &slope);
  assert_true(value == -1 && slope == 0);
  single_unit(METAGAME_TRUTH_IDENTITY, -800, &value, &slope);
  assert_true(value == -800 && slope == 1);
}

/* ---- the closed form ---- */

static void expect_matrix(const ts_poly *poly, const double *x, const double *baseline, const char *method, uint64_t flags, double scale) {
  const metagame_truth_terms terms = terms_of(poly);
  const uint32_t n = poly->n_features;
  double matrix[36], base[6];
  metagame_masking masking = METAGAME_MASKING_INIT;
  metagame_method choice = METAGAME_METHOD_INIT;
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_model *model = NULL;
  metagame_game *values = NULL, *game = NULL;
  metagame_result *result = NULL;
  metagame_error err;
  masking.x = x;
  masking.background = baseline;
  choice.name = method;
  options.solver = METAGAME_SOLVER_EXACT;
  options.flags = flags;
  ok(metagame_truth_polynomial(&model, &terms, NULL, &err), &err);
  ok(metagame_game_from_model(&values, model, &masking, &err), &err);
  ok(metagame_game_attribute(&game, values, &choice, &err), &err);
  ok(metagame_solve(&result, game, &options, &err), &err);
  ok(metagame_truth_polynomial_matrix(matrix, base, &terms, x, baseline, method, flags, NULL, &err), &err);
  for (uint32_t i = 0; i < n; ++i) {
    if (!(fabs(base[i] - metagame_result_base(result)[i]) <= 1e-12 * scale))
      fail_msg("%s: base[%u] is %.17g, must be %.17g", method, i, base[i], metagame_result_base(result)[i]);
    for (uint32_t j = 0; j < n; ++j)
      if (!(fabs(matrix[i * n + j] - metagame_result_matrix(result)[i * n + j]) <= 1e-12 * scale))
        fail_msg("%s, flags %d: %u -> %u is %.17g, must be %.17g", method, (int)flags, j, i, matrix[i * n + j],
                 metagame_result_matrix(result)[i * n + j]);
  }
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  metagame_game_destroy(values);
  metagame_model_destroy(model);
}

/* Sum of |c| prod (|x| + |b| + |o| + 1)^p, which bounds every monomial of the expansion. */
static double scale_of(const ts_poly *poly, const double *x, const double *baseline) {
  double sum = 1;
  for (uint32_t t = 0; t < poly->n_terms; ++t) {
    double term = fabs(poly->coef[t]);
    for (uint32_t k = 0; k < poly->n_features; ++k)
      term *= pow(fabs(x[k] - baseline[k]) + fabs(baseline[k] - poly->origin[k]), poly->powers[t * poly->n_features + k]);
    sum += 4 * term;
  }
  return sum;
}

static void polynomial_matrices(void **state) {
  const char *name;
  long compared = 0;
  (void)state;
  for (size_t method = 0; (name = metagame_attributor_builtin_name(method)) != NULL; ++method) {
    double one = 1, matrix;
    metagame_truth_terms probe = METAGAME_TRUTH_TERMS_INIT;
    probe.n_features = 1;
    if (metagame_truth_polynomial_matrix(&matrix, NULL, &probe, &one, &one, name, 0, NULL, NULL) == METAGAME_E_UNSUPPORTED) continue;
    for (uint32_t n = 1; n <= 6; ++n)
      for (uint64_t seed = 0; seed < 6; ++seed) {
        ts_rng rng = ts_rng_make(100 * seed + n);
        ts_poly *poly = ts_poly_random(&rng, n, 6, 3);
        double x[6], baseline[6];
        for (uint32_t k = 0; k < n; ++k) {
          baseline[k] = ts_rng_below(&rng, 4) == 0 ? 0 : ts_rng_real(&rng, -1, 1);
          poly->origin[k] = ts_rng_below(&rng, 3) == 0 ? baseline[k] : seed % 2 ? ts_rng_real(&rng, -1, 1) : 0;
          x[k] = ts_rng_below(&rng, 5) == 0 ? baseline[k] : ts_rng_real(&rng, -1.5, 1.5);
        }
        for (uint64_t flags = 0; flags <= METAGAME_UNPINNED; flags += METAGAME_UNPINNED, ++compared)
          expect_matrix(poly, x, baseline, name, flags, scale_of(poly, x, baseline));
        ts_poly_free(poly);
      }
  }
  assert_true(compared >= 7 * 6 * 6 * 2);
}

/* f = x1 + x1 x2^2 at (3, 2), from the README and section 2. */
static void worked_example(void **state) {
  const double coefficients[2] = { 1, 1 }, x[2] = { 3, 2 }, zero[2] = { 0, 0 }, wanted[4] = { 3, 12, 24, 0 }, gradient[4] = { 0, 4, 6, 6 };
  const uint32_t powers[4] = { 1, 0, 1, 2 };
  double matrix[4], base[2];
  metagame_truth_terms terms = METAGAME_TRUTH_TERMS_INIT;
  metagame_error err;
  (void)state;
  terms.coefficients = coefficients;
  terms.powers = powers;
  terms.n_features = 2;
  terms.n_terms = 2;
  ok(metagame_truth_polynomial_matrix(matrix, base, &terms, x, zero, "gradient-x-input", 0, NULL, &err), &err);
  assert_memory_equal(matrix, wanted, sizeof wanted);
  assert_true(base[0] == 0 && base[1] == 0);
  ok(metagame_truth_polynomial_matrix(matrix, base, &terms, x, zero, "gradient", METAGAME_UNPINNED, NULL, &err), &err);
  assert_memory_equal(matrix, gradient, sizeof gradient);
  assert_true(base[0] == 1 && base[1] == 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(gradients),
    cmocka_unit_test(conventions),
    cmocka_unit_test(worked_example),
    cmocka_unit_test(polynomial_matrices),
  };
  return cmocka_run_group_tests_name("models with known answers", tests, NULL, NULL);
}
