/* SPDX-License-Identifier: MIT */
/* Gradient attributions: the polynomial table of mathematics, section 2, the worked example, networks and background sets. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "reference.h"

static const char *const methods[] = { "gradient",  "gradient-x-input", "gradient-x-delta", "integrated-gradients",
                                       "occlusion", "shapley",          "banzhaf" };
enum { N_METHODS = 7 };

/* What a monomial on T (|T| = t, exponent a of i, total degree d, value I) gives to each cell of row i. */
static long double first_order_share(int method, long double a, long double d, long double t) {
  if (method == 1 || method == 2) return a;
  if (method == 3) return a / d;
  if (method == 5) return 1.0L / t;
  return method == 6 ? powl(2.0L, 1.0L - t) : 1.0L;
}

static uint64_t support_of(const ts_poly *poly, uint32_t term) {
  uint64_t set = 0;
  for (uint32_t k = 0; k < poly->n_features; k++)
    if (poly->powers[(size_t)term * poly->n_features + k] > 0) set |= UINT64_C(1) << k;
  return set;
}

/* Adds the row of target i of one monomial in closed form; y = x - origin. */
static void add_monomial(const ts_poly *poly, uint32_t term, const double *y, int method, bool unpinned, uint32_t i, long double *row,
                         long double *base) {
  const uint32_t n = poly->n_features;
  const uint32_t *a = poly->powers + (size_t)term * n;
  const uint64_t set = support_of(poly, term);
  if ((set >> i & 1) == 0) return;
  long double value = (long double)poly->coef[term], degree = 0.0L;
  for (uint32_t k = 0; k < n; k++) {
    degree += (long double)a[k];
    for (uint32_t p = method == 0 && k == i ? 1 : 0; p < a[k]; p++) value *= (long double)y[k]; /* gradient: y^(a - e_i) */
  }
  uint64_t sharers = set;
  if (method == 0) {
    value *= (long double)a[i];
    if (a[i] == 1 && unpinned) sharers &= ~(UINT64_C(1) << i);
  } else {
    value *= first_order_share(method, (long double)a[i], degree, (long double)brute_size(set));
  }
  if (!unpinned) sharers &= ~(UINT64_C(1) << i);
  if (sharers == 0 && unpinned) {
    *base += value;
    return;
  }
  if (sharers == 0) {
    row[i] += value;
    return;
  }
  for (uint32_t j = 0; j < n; j++)
    if (sharers >> j & 1) row[j] += value / (long double)brute_size(sharers);
}

static void polynomial_table(void **state) {
  (void)state;
  for (uint32_t n = 1; n <= 6; n++)
    for (uint64_t seed = 0; seed < 4; seed++)
      for (int method = 0; method < N_METHODS; method++)
        for (int unpinned = 0; unpinned < 2; unpinned++) {
          ts_rng rng = ts_rng_make(seed * 10 + n);
          ref_problem p = { 0 };
          double x[6], background[6] = { 0.0 }, y[6], want[36], base[6], scale[6];
          p.poly = ts_poly_random(&rng, n, 8, 3);
          /* Plain gradient x input has the closed form of section 2 at the baseline 0 only. */
          for (uint32_t k = 0; k < n; k++) {
            if (method != 1) background[k] = p.poly->origin[k] = ts_rng_real(&rng, -1.0, 1.0);
            x[k] = ts_rng_real(&rng, -1.5, 1.5);
            y[k] = x[k] - background[k];
          }
          p.n_features = n;
          p.x = x;
          p.background = background;
          p.method = methods[method];
          for (uint32_t i = 0; i < n; i++) {
            long double row[6] = { 0.0L }, term_base = 0.0L;
            for (uint32_t t = 0; t < p.poly->n_terms; t++) add_monomial(p.poly, t, y, method, unpinned == 1, i, row, &term_base);
            for (uint32_t j = 0; j < n; j++) want[i * n + j] = (double)row[j];
            base[i] = (double)term_base;
            scale[i] = 1.0;
            for (uint32_t t = 0; t < p.poly->n_terms; t++) scale[i] += 100.0 * fabs(p.poly->coef[t]);
          }
          metagame_game *game = ref_game(&p);
          metagame_options options = exact_options(n);
          options.flags = unpinned == 1 ? METAGAME_UNPINNED : 0;
          metagame_result *result = solve(game, &options);
          expect_rows(methods[method], metagame_result_matrix(result), want, n, n, scale, 1e-13);
          expect_rows("base", metagame_result_base(result), base, n, 1, scale, 1e-13);
          metagame_result_destroy(result);
          metagame_game_destroy(game);
          ref_expect_equal(&p, 1e-10);
          ts_poly_free(p.poly);
        }
}

/* f = x1 + x1 x2^2 at (3, 2): section 2. */
static void worked_example(void **state) {
  (void)state;
  const double want[5][2][4] = {
    { { 1, 4, 12, 0 }, { 0, 4, 6, 6 } },   /* gradient; base 1, 0 when unpinned */
    { { 3, 12, 24, 0 }, { 9, 6, 12, 12 } }, /* gradient x input */
    { { 3, 4, 8, 0 }, { 5, 2, 4, 4 } },     /* integrated gradients */
    { { 3, 6, 6, 0 }, { 6, 3, 3, 3 } },     /* Shapley */
    { { 3, 12, 12, 0 }, { 9, 6, 6, 6 } },   /* occlusion */
  };
  const int which[5] = { 0, 1, 3, 5, 4 };
  const double x[2] = { 3, 2 }, background[2] = { 0, 0 }, scale[2] = { 24, 24 };
  ts_poly *poly = ts_poly_new(2, 2);
  poly->coef[0] = poly->coef[1] = 1.0;
  poly->powers[0] = poly->powers[2] = 1;
  poly->powers[3] = 2;
  for (int method = 0; method < 5; method++)
    for (int unpinned = 0; unpinned < 2; unpinned++) {
      ref_problem p = { 0 };
      p.poly = poly;
      p.n_features = 2;
      p.x = x;
      p.background = background;
      p.method = methods[which[method]];
      metagame_game *game = ref_game(&p);
      metagame_options options = exact_options(2);
      options.flags = unpinned == 1 ? METAGAME_UNPINNED : 0;
      metagame_result *result = solve(game, &options);
      expect_rows(p.method, metagame_result_matrix(result), want[method][unpinned], 2, 2, scale, 1e-14);
      assert_true(metagame_result_base(result)[0] == (method == 0 && unpinned == 1 ? 1.0 : 0.0));
      assert_true(metagame_result_base(result)[1] == 0.0);
      metagame_result_destroy(result);
      metagame_game_destroy(game);
    }
  ts_poly_free(poly);
}

/* Networks: single players and groups with features that are always present, 1 to 4 background rows, own baselines, outputs. */
static void networks(void **state) {
  (void)state;
  enum { F = 5 };
  const size_t player_offsets[] = { 0, 1, 3 };
  const uint32_t player_features[] = { 4, 3, 0 }; /* features 1 and 2 are always present */
  const size_t target_offsets[] = { 0, 2, 3, 4, 7, 8 };
  const uint32_t target_features[] = { 0, 3, 1, 4, 0, 1, 2, 3 };
  const metagame_groups players = { 2, player_offsets, player_features }, targets = { 5, target_offsets, target_features };
  for (uint64_t seed = 1; seed <= 4; seed++)
    for (int method = 0; method < 4; method++)
      for (int variant = 0; variant < 12; variant++) {
        ts_rng rng = ts_rng_make(seed + 500);
        ref_problem p = { 0 };
        double x[F], background[4 * F], inner[F];
        for (int k = 0; k < F; k++) x[k] = ts_rng_real(&rng, -1.5, 1.5);
        for (int k = 0; k < 4 * F; k++) background[k] = ts_rng_real(&rng, -1.0, 1.0);
        for (int k = 0; k < F; k++) inner[k] = ts_rng_real(&rng, -1.0, 1.0);
        p.mlp = ts_mlp_random(&rng, F, 6, 3, seed % 2 == 0 ? TS_TANH : TS_SOFTPLUS, 1.3);
        p.n_features = F;
        p.output = (uint32_t)(seed % 3);
        p.x = x;
        p.background = background;
        p.n_background = (size_t)(variant / 4) * 2;
        p.players = (variant & 1) != 0 ? &players : NULL;
        p.targets = (variant & 1) != 0 ? &targets : NULL;
        p.inner = (variant & 2) != 0 ? inner : NULL;
        p.method = methods[method];
        ref_expect_equal(&p, 1e-11);
        ts_mlp_free(p.mlp);
      }
}

/* The tests' own gradients against central differences: a wrong derivative here would hide one there. */
static void gradients_of_the_test_models(void **state) {
  (void)state;
  enum { F = 4 };
  for (uint64_t seed = 1; seed <= 5; seed++) {
    ts_rng rng = ts_rng_make(seed);
    ts_poly *poly = ts_poly_random(&rng, F, 6, 3);
    ts_mlp *mlp = ts_mlp_new(F, 3);
    const int kinds[3] = { TS_TANH, TS_SOFTPLUS, TS_IDENTITY };
    for (uint32_t l = 0; l < 3; l++) {
      ts_mlp_set_layer(mlp, l, l == 2 ? 2 : 5 + l, kinds[l]);
      ts_layer *layer = &mlp->layers[l];
      for (size_t k = 0; k < (size_t)layer->n_in * layer->n_out; k++) layer->weights[k] = ts_rng_real(&rng, -1.0, 1.0);
      for (uint32_t k = 0; k < layer->n_out; k++) layer->bias[k] = ts_rng_real(&rng, -1.0, 1.0);
    }
    double x[F], gradient[F], low[2], high[2];
    for (int k = 0; k < F; k++) x[k] = ts_rng_real(&rng, -1.0, 1.0);
    for (uint32_t output = 0; output < 2; output++) {
      ts_mlp_gradient(mlp, x, output, gradient);
      for (uint32_t k = 0; k < F; k++) {
        const double at = x[k], h = 1e-5;
        x[k] = at - h;
        ts_mlp_value(mlp, x, low);
        const double poly_low = ts_poly_value(poly, x);
        x[k] = at + h;
        ts_mlp_value(mlp, x, high);
        const double poly_high = ts_poly_value(poly, x);
        x[k] = at;
        assert_true(fabs((high[output] - low[output]) / (2 * h) - gradient[k]) < 1e-7);
        assert_true(fabs((poly_high - poly_low) / (2 * h) - ts_poly_partial(poly, x, k)) < 1e-6);
      }
    }
    ts_mlp_free(mlp);
    ts_poly_free(poly);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(gradients_of_the_test_models),
    cmocka_unit_test(worked_example),
    cmocka_unit_test(polynomial_table),
    cmocka_unit_test(networks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
