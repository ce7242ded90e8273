/* SPDX-License-Identifier: MIT */
/* Integrated Hessians: closed form for polynomials, sums, groups, background rows, and how fast the rule converges. */
#include <math.h>
#include <string.h>

#include "common.h"
#include "metagame/comparisons.h"

enum { F = 5 };

static metagame_game *model_game(const metagame_model_callbacks *callbacks, const double *x, const double *background,
                                 size_t n_background, const metagame_groups *players) {
  metagame_error err;
  metagame_masking masking = METAGAME_MASKING_INIT;
  metagame_model *model = NULL;
  metagame_game *base = NULL;
  masking.x = x;
  masking.background = background;
  masking.n_background = n_background;
  masking.players = players;
  expect_ok(metagame_model_create(&model, callbacks, NULL, &err), &err);
  expect_ok(metagame_game_from_model(&base, model, &masking, &err), &err);
  metagame_model_destroy(model);
  return base;
}

static void hessians(double *out, const metagame_game *base, const metagame_method *method) {
  metagame_error err;
  expect_ok(metagame_integrated_hessians(out, base, method, &err), &err);
}

/* A monomial c y^a of degree d gives c y^a a_k a_l/d^2 to k, l, the diagonal included. *size: of the terms. */
static void closed_form(const ts_poly *poly, const double *x, double *want, double *size) {
  const uint32_t n = poly->n_features;
  memset(want, 0, (size_t)n * n * sizeof *want);
  *size = 0;
  for (uint32_t t = 0; t < poly->n_terms; t++) {
    const uint32_t *a = poly->powers + (size_t)t * n;
    double value = poly->coef[t], degree = 0;
    for (uint32_t k = 0; k < n; k++) {
      degree += a[k];
      value *= pow(x[k] - poly->origin[k], a[k]);
    }
    if (degree == 0) continue;
    *size += fabs(value);
    for (uint32_t k = 0; k < n; k++)
      for (uint32_t l = 0; l < n; l++) want[k * n + l] += value * a[k] * a[l] / (degree * degree);
  }
}

static void polynomials(void **state) {
  double largest = 0;
  (void)state;
  for (uint64_t seed = 0; seed < 30; seed++) {
    ts_rng rng = ts_rng_make(seed + 40);
    double x[F], background[F], want[F * F], got[F * F], size;
    const uint32_t n = 1 + (uint32_t)(seed % F);
    ts_poly *poly = ts_poly_random(&rng, n, 6, 1 + (uint32_t)(seed % 3));
    for (uint32_t k = 0; k < n; k++) {
      background[k] = poly->origin[k] = ts_rng_real(&rng, -1.0, 1.0);
      x[k] = ts_rng_real(&rng, -1.5, 1.5);
    }
    metagame_model_callbacks callbacks = ts_poly_callbacks(poly);
    callbacks.max_batch = seed % 2 == 0 ? 0 : 7;
    metagame_game *base = model_game(&callbacks, x, background, 1, NULL);
    closed_form(poly, x, want, &size);
    hessians(got, base, NULL);
    for (uint32_t at = 0; at < n * n; at++) {
      largest = fmax(largest, fabs(got[at] - want[at]) / size);
      assert_true(fabs(got[at] - want[at]) <= 1e-10 * size);
    }
    metagame_game_destroy(base);
    ts_poly_free(poly);
  }
  print_message("largest error of a polynomial: %.1e of its terms\n", largest);
}

/* The weight -ln u alone (a linear function) is the rule's hardest case: its error falls like steps^-8. */
static void convergence(void **state) {
  const double x = 1, background = 0;
  const uint32_t steps[4] = { 8, 16, 32, 64 };
  const double bound[4] = { 1e-6, 5e-9, 3e-11, 5e-13 };
  ts_poly *poly = ts_poly_new(1, 1);
  (void)state;
  poly->coef[0] = 1;
  poly->powers[0] = 1;
  const metagame_model_callbacks callbacks = ts_poly_callbacks(poly);
  metagame_game *base = model_game(&callbacks, &x, &background, 1, NULL);
  for (int k = 0; k < 4; k++) {
    metagame_method method = METAGAME_METHOD_INIT;
    double got = 0;
    method.steps = steps[k];
    hessians(&got, base, &method);
    assert_true(fabs(got - 1) < bound[k]);
    if (k == 0) assert_true(fabs(got - 1) > 1e-8); /* steps are heard */
  }
  metagame_game_destroy(base);
  ts_poly_free(poly);
}

/* Networks: symmetric; sums over l are integrated gradients of k, all together f(x) - f(b); groups are sums over their features; a
 * background is the mean of its rows, and a baseline of the method's own takes their place. */
static void networks(void **state) {
  static const size_t offsets[] = { 0, 2, 3, 5 };
  static const uint32_t features[] = { 0, 3, 4, 1, 2 };
  static const metagame_groups groups = { 3, offsets, features };
  double worst = 0;
  (void)state;
  for (uint64_t seed = 1; seed <= 6; seed++) {
    ts_rng rng = ts_rng_make(seed + 900);
    double x[F], background[3 * F], each[3][F * F], mean[F * F], grouped[9], sums[F] = { 0 }, value[3], total = 0;
    const uint32_t output = (uint32_t)(seed % 3);
    metagame_method method = METAGAME_METHOD_INIT;
    for (int k = 0; k < F; k++) x[k] = ts_rng_real(&rng, -1.5, 1.5);
    for (int k = 0; k < 3 * F; k++) background[k] = ts_rng_real(&rng, -1.0, 1.0);
    ts_mlp *mlp = ts_mlp_random(&rng, F, 6, 3, seed % 2 == 0 ? METAGAME_TRUTH_TANH : METAGAME_TRUTH_SOFTPLUS, 1.0);
    const metagame_model_callbacks callbacks = ts_mlp_callbacks(mlp);
    metagame_game *base = model_game(&callbacks, x, background, 3, NULL);
    metagame_game *in_groups = model_game(&callbacks, x, background, 3, &groups), *game = NULL;
    method.output = output;
    hessians(mean, base, &method);
    hessians(grouped, in_groups, &method);
    ts_mlp_value(mlp, x, value);
    double gain = value[output];
    for (int b = 0; b < 3; b++) {
      method.baseline = background + b * F;
      hessians(each[b], base, &method);
      ts_mlp_value(mlp, background + b * F, value);
      gain -= value[output] / 3;
    }
    method.baseline = NULL;
    method.name = "integrated-gradients";
    assert_int_equal(metagame_game_attribute(&game, base, &method, NULL), METAGAME_OK);
    const metagame_options options = exact_options(F);
    metagame_result *result = solve(game, &options);
    double want[9] = { 0 };
    for (uint32_t k = 0; k < F; k++) {
      for (uint32_t l = 0; l < F; l++) {
        const double average = (each[0][k * F + l] + each[1][k * F + l] + each[2][k * F + l]) / 3;
        assert_true(fabs(mean[k * F + l] - average) < 1e-13);
        assert_true(fabs(mean[k * F + l] - mean[l * F + k]) < 1e-9);
        sums[k] += mean[k * F + l];
        uint32_t p = 0, q = 0;
        for (uint32_t at = 0; at < F; at++) {
          if (features[at] == k) p = at < 2 ? 0 : at < 3 ? 1 : 2;
          if (features[at] == l) q = at < 2 ? 0 : at < 3 ? 1 : 2;
        }
        want[p * 3 + q] += mean[k * F + l];
      }
      const double miss = fabs(sums[k] - metagame_result_first_order(result)[k]);
      worst = fmax(worst, miss);
      assert_true(miss < 1e-9);
      total += sums[k];
    }
    assert_true(fabs(total - gain) < 1e-9);
    for (int at = 0; at < 9; at++) assert_true(fabs(grouped[at] - want[at]) < 1e-9);
    metagame_result_destroy(result);
    metagame_game_destroy(game);
    metagame_game_destroy(base);
    metagame_game_destroy(in_groups);
    ts_mlp_free(mlp);
  }
  print_message("largest |sum_l Gamma_kl - integrated gradients of k|: %.1e\n", worst);
}

/* A feature in no player moves along the path and has no entry: f = x_0 x_1 with player {0} alone gives a_0^2/4 of it. */
static void outside_of_players(void **state) {
  static const size_t offsets[] = { 0, 1 };
  static const uint32_t features[] = { 0 };
  static const metagame_groups groups = { 1, offsets, features };
  const double x[2] = { 3, 2 }, background[2] = { 0, 0 };
  double got = 0;
  ts_poly *poly = ts_poly_new(2, 1);
  (void)state;
  poly->coef[0] = 1;
  poly->powers[0] = poly->powers[1] = 1;
  const metagame_model_callbacks callbacks = ts_poly_callbacks(poly);
  metagame_game *base = model_game(&callbacks, x, background, 1, &groups);
  hessians(&got, base, NULL);
  assert_true(fabs(got - 6.0 / 4) < 1e-10);
  metagame_game_destroy(base);
  ts_poly_free(poly);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(polynomials), cmocka_unit_test(convergence), cmocka_unit_test(networks),
                                      cmocka_unit_test(outside_of_players) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
