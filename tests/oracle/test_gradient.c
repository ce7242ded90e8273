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

/* The closed forms of metagame/truth.h, the exact solver and brute force. */
static void polynomial_table(void **state) {
  (void)state;
  for (uint32_t n = 1; n <= 6; n++)
    for (uint64_t seed = 0; seed < 4; seed++)
      for (int method = 0; method < N_METHODS; method++)
        for (int unpinned = 0; unpinned < 2; unpinned++) {
          ts_rng rng = ts_rng_make(seed * 10 + n);
          ts_poly *poly = ts_poly_random(&rng, n, 8, 3);
          metagame_truth_terms terms = METAGAME_TRUTH_TERMS_INIT;
          ref_problem p = { 0 };
          double x[6], background[6], want[36], base[6], scale[6];
          for (uint32_t k = 0; k < n; k++) {
            background[k] = poly->origin[k] = ts_rng_real(&rng, -1.0, 1.0);
            x[k] = ts_rng_real(&rng, -1.5, 1.5);
          }
          for (uint32_t i = 0; i < n; i++) {
            scale[i] = 1.0;
            for (uint32_t t = 0; t < poly->n_terms; t++) scale[i] += 100.0 * fabs(poly->coef[t]);
          }
          p.model = ts_poly_model(poly);
          p.n_features = n;
          p.x = x;
          p.background = background;
          p.method = methods[method];
          p.own_scale = true;
          terms.coefficients = poly->coef;
          terms.powers = poly->powers;
          terms.origin = poly->origin;
          terms.n_features = n;
          terms.n_terms = poly->n_terms;
          metagame_error err;
          metagame_game *game = ref_game(&p);
          metagame_options options = exact_options(n);
          options.flags = unpinned == 1 ? METAGAME_UNPINNED : 0;
          metagame_result *result = solve(game, &options);
          expect_ok(metagame_truth_polynomial_matrix(want, base, &terms, x, background, p.method, options.flags, NULL, &err), &err);
          expect_rows(methods[method], metagame_result_matrix(result), want, n, n, scale, 1e-13);
          expect_rows("base", metagame_result_base(result), base, n, 1, scale, 1e-13);
          metagame_result_destroy(result);
          metagame_game_destroy(game);
          ref_expect_equal(&p, 1e-10);
          metagame_model_destroy(p.model);
          ts_poly_free(poly);
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
  metagame_model *model = ts_poly_model(poly);
  for (int method = 0; method < 5; method++)
    for (int unpinned = 0; unpinned < 2; unpinned++) {
      ref_problem p = { 0 };
      p.model = model;
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
  metagame_model_destroy(model);
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
        p.model = random_network(&rng, F, 6, 3, seed % 2 == 0 ? METAGAME_TRUTH_TANH : METAGAME_TRUTH_SOFTPLUS, 1.3);
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
        metagame_model_destroy(p.model);
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(worked_example),
    cmocka_unit_test(polynomial_table),
    cmocka_unit_test(networks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
