/* SPDX-License-Identifier: MIT */
/* What indices and meta-attributions have to do with each other, on random games. */
#include <math.h>
#include <stdlib.h>

#include "index_common.h"
#include "semivalue_host.h"

/* ---- sums ---- */

static double sum_of_sets(const double *cells, uint32_t n, uint32_t order) {
  long double sum = 0.0L;
  for (uint32_t i = 0; i < n; i++) {
    if (order == 1) sum += (long double)cells[i];
    for (uint32_t j = i + 1; order >= 2 && j < n; j++) {
      if (order == 2) sum += (long double)cells[i * n + j];
      for (uint32_t k = j + 1; order == 3 && k < n; k++) sum += (long double)cells[(i * n + j) * n + k];
    }
  }
  return (double)sum;
}

/* The orders 1..l of k-SII, Shapley-Taylor and faithful Shapley indices hand out v(N) - v(empty), of values and of attributions. */
static void efficient_indices(void **state) {
  (void)state;
  const int32_t kinds[] = { METAGAME_INDEX_KSII, METAGAME_INDEX_STII, METAGAME_INDEX_FSII };
  for (uint32_t n = 4; n <= 8; n++)
    for (int pinned = 0; pinned < 2; pinned++) {
      ts_rng rng = ts_rng_make(n);
      ts_table *table = ts_table_random(&rng, n, 3);
      if (pinned) set_own(table, OWN_ALL, &rng);
      metagame_game *game = table_game(table);
      metagame_result *result = solve_order(game, 3, 0);
      for (int k = 0; k < 3; k++)
        for (uint32_t l = 1; l <= 3; l++) {
          double sums[3] = { 0 };
          for (uint32_t q = 1; q <= l; q++) {
            double *cells = index_of(result, kinds[k], q, l);
            const size_t count = (size_t)pow(n, q);
            for (uint32_t i = 0; i < 3; i++) sums[i] += sum_of_sets(cells + i * count, n, q);
            free(cells);
          }
          for (uint32_t i = 0; i < 3; i++) {
            const double start = table->values[(pinned ? (size_t)3 << i : 0) + i];
            expect_near("efficiency", sums[i], table->values[((size_t)3 << n) - 3 + i] - start, 1e-10);
          }
        }
      metagame_result_destroy(result);
      metagame_game_destroy(game);
      ts_table_free(table);
    }
}

/* sum_j phi_{j->i} = phi_i, sum_k phi_{k->j->i} = phi_{j->i} for every way to own players, pinned or not; symmetric off the own player. */
static void orders_add_up(void **state) {
  (void)state;
  for (uint32_t n = 2; n <= 8; n++)
    for (int own = 0; own < OWN_KINDS; own++)
      for (int unpinned = 0; unpinned < 2; unpinned++) {
        ts_rng rng = ts_rng_make(20 * n + (uint64_t)own);
        metagame_error err;
        double third[4 * 64];
        ts_table *table = ts_table_random(&rng, n, 4);
        set_own(table, own, &rng);
        metagame_game *game = table_game(table);
        metagame_result *result = solve_order(game, 2, unpinned ? METAGAME_UNPINNED : 0);
        expect_decomposition(result, 1e-12);
        expect_ok(metagame_result_third_order(result, third, NULL, &err), &err);
        for (uint32_t i = 0; i < 4; i++)
          for (uint32_t j = 0; j < n; j++) {
            const double *row = third + (size_t)i * n * n + j * n;
            const int32_t owner = metagame_result_own_player(result)[i];
            double sum = 0.0;
            for (uint32_t k = 0; k < n; k++) {
              sum += row[k];
              if ((int32_t)j != owner && (int32_t)k != owner) assert_true(row[k] == third[(size_t)i * n * n + k * n + j]);
            }
            expect_near("third order", sum, metagame_result_matrix(result)[(size_t)i * n + j], 1e-12);
          }
        metagame_result_destroy(result);
        metagame_game_destroy(game);
        ts_table_free(table);
      }
}

/* ---- directions ---- */

static metagame_result *solve_poly(ts_poly *poly, const char *name, const double *x) {
  const double zeros[8] = { 0 };
  metagame_error err;
  metagame_model *model = NULL;
  metagame_game *base = NULL, *game = NULL;
  metagame_masking masking = METAGAME_MASKING_INIT;
  metagame_method method = METAGAME_METHOD_INIT;
  const metagame_model_callbacks callbacks = ts_poly_callbacks(poly);
  masking.x = x;
  masking.background = zeros;
  method.name = name;
  expect_ok(metagame_model_create(&model, &callbacks, NULL, &err), &err);
  expect_ok(metagame_game_from_model(&base, model, &masking, &err), &err);
  expect_ok(metagame_game_attribute(&game, base, &method, &err), &err);
  metagame_result *result = solve_order(game, 2, 0);
  metagame_game_destroy(game);
  metagame_game_destroy(base);
  metagame_model_destroy(model);
  return result;
}

/* Gradient x input of sum_t I_t: phi_{j->i} - phi_{i->j} = sum_t (a_i - a_j) I_t / (|T|-1) over the terms with i and j; a cardinal
 * value has no direction. */
static void directions(void **state) {
  (void)state;
  for (uint32_t n = 2; n <= 7; n++) {
    ts_rng rng = ts_rng_make(n);
    double x[8], most = 0.0;
    for (uint32_t j = 0; j < n; j++) x[j] = ts_rng_real(&rng, 0.5, 1.5);
    ts_poly *poly = ts_poly_random(&rng, n, 3 * n, 3);
    metagame_result *gradient = solve_poly(poly, "gradient-x-input", x), *cardinal = solve_poly(poly, "occlusion", x);
    const double *directed = metagame_result_matrix(gradient), *symmetric = metagame_result_matrix(cardinal);
    for (uint32_t i = 0; i < n; i++)
      for (uint32_t j = 0; j < n; j++) {
        double want = 0.0, size = 1.0;
        for (uint32_t t = 0; t < poly->n_terms; t++) {
          const uint32_t *a = poly->powers + (size_t)t * n;
          double value = poly->coef[t], support = 0.0;
          for (uint32_t k = 0; k < n; k++) value *= pow(x[k], a[k]), support += a[k] > 0;
          size += fabs(value) * 3.0;
          if (i != j && a[i] > 0 && a[j] > 0) want += ((double)a[i] - (double)a[j]) * value / (support - 1.0);
        }
        expect_near("direction", directed[i * n + j] - directed[j * n + i], want, 1e-12 * size);
        expect_near("no direction", symmetric[i * n + j], symmetric[j * n + i], 1e-12 * size);
        most = fmax(most, fabs(want));
      }
    assert_true(most > 0.1);
    metagame_result_destroy(gradient);
    metagame_result_destroy(cardinal);
    ts_poly_free(poly);
  }
}

/* ---- one index as another ---- */

static metagame_result *unpinned_measure(ts_table *table, void (*fill)(host_value *, size_t), host_value *host) {
  metagame_error err;
  int32_t own[8];
  metagame_game *base = value_game(table), *game = NULL;
  host->n = table->n_players;
  host->refuses = true;
  fill(host, 8);
  for (uint32_t i = 0; i < host->n; i++) own[i] = (int32_t)i;
  const metagame_attributor attributor = host_attributor(host, base, host->n, own);
  expect_ok(metagame_game_from_attributor(&game, &attributor, NULL, &err), &err);
  metagame_result *result = solve_order(game, 1, METAGAME_UNPINNED);
  metagame_game_destroy(game);
  metagame_game_destroy(base);
  return result;
}

static void indices_as_meta_attributions(void **state) {
  (void)state;
  for (uint32_t n = 2; n <= 8; n++) {
    ts_rng rng = ts_rng_make(n);
    host_value host = { 0 };
    ts_table *table = ts_table_random(&rng, n, 1);
    metagame_result *result = solve_values(table, 2), *density = unpinned_measure(table, host_density_2r, &host);
    double *sii = index_of(result, METAGAME_INDEX_SII, 2, 0), *stii = index_of(result, METAGAME_INDEX_STII, 2, 0);
    double *fsii = index_of(result, METAGAME_INDEX_FSII, 2, 0), *bii = index_of(result, METAGAME_INDEX_BII, 2, 0);
    double *shapley = meta_of(result, METAGAME_INNER_SHAPLEY, METAGAME_OUTER_SHAPLEY, 0);
    double *occlusion = meta_of(result, METAGAME_INNER_OCCLUSION, METAGAME_OUTER_SHAPLEY, 0);
    double *banzhaf = meta_of(result, METAGAME_INNER_OCCLUSION, METAGAME_OUTER_BANZHAF, 0);
    double *half = meta_of(result, METAGAME_INNER_OCCLUSION, METAGAME_OUTER_BANZHAF, METAGAME_UNPINNED);
    for (uint32_t i = 0; i < n; i++)
      for (uint32_t j = 0; j < n; j++) {
        const size_t c = (size_t)i * n + j;
        if (i == j) {
          expect_near("diagonal", shapley[c], table->values[(size_t)1 << i] - table->values[0], 1e-14);
          continue;
        }
        expect_near("STII / 2", shapley[c], stii[c] / 2, 1e-13);
        expect_near("SII", occlusion[c], sii[c], 1e-13);
        expect_near("BII", banzhaf[c], bii[c], 1e-13);
        expect_near("BII / 2", 2 * half[c], bii[c], 1e-13);
        expect_near("FSII", 3 * metagame_result_matrix(density)[c], fsii[c], 1e-11);
        assert_true(sii[c] == sii[(size_t)j * n + i] && fsii[c] == fsii[(size_t)j * n + i]);
      }
    double *const all[] = { sii, stii, fsii, bii, shapley, occlusion, banzhaf, half };
    for (size_t a = 0; a < 8; a++) free(all[a]);
    metagame_result_destroy(result);
    metagame_result_destroy(density);
    ts_table_free(table);
  }
}

/* STII <= 4 unpinned meta-Shapley <= FSII <= SII where dividends of two and more players are not negative. */
static void ordering(void **state) {
  (void)state;
  for (uint32_t n = 2; n <= 8; n++) {
    ts_rng rng = ts_rng_make(n + 40);
    metagame_error err;
    ts_table *table = ts_table_new(n, 1);
    bool strict = false;
    for (size_t t = 0; t < (size_t)1 << n; t++) table->values[t] = ts_rng_real(&rng, brute_size(t) < 2 ? -1.0 : 0.0, 1.0);
    expect_ok(metagame_moebius_transform(table->values, n, 1, 1, &err), &err);
    metagame_result *result = solve_values(table, 2);
    double *sii = index_of(result, METAGAME_INDEX_SII, 2, 0), *stii = index_of(result, METAGAME_INDEX_STII, 2, 0);
    double *fsii = index_of(result, METAGAME_INDEX_FSII, 2, 0);
    double *meta = meta_of(result, METAGAME_INNER_SHAPLEY, METAGAME_OUTER_SHAPLEY, METAGAME_UNPINNED);
    for (uint32_t i = 0; i < n; i++)
      for (uint32_t j = 0; j < n; j++) {
        const size_t c = (size_t)i * n + j;
        const double slack = 1e-12 * (1.0 + fabs(sii[c]));
        if (i == j) continue;
        assert_true(stii[c] >= 0.0 && stii[c] <= 4 * meta[c] + slack && 4 * meta[c] <= fsii[c] + slack && fsii[c] <= sii[c] + slack);
        strict |= stii[c] < sii[c] - 1e-3;
      }
    assert_true(strict || n == 2);
    free(sii), free(stii), free(fsii), free(meta);
    metagame_result_destroy(result);
    ts_table_free(table);
  }
}

/* pinned - unpinned = STII_ij(v_i) / 2, on the diagonal phi_i(empty) - 1/2 sum_j STII_ij(v_i). */
static void pinned_less_unpinned(void **state) {
  (void)state;
  for (uint32_t n = 2; n <= 8; n++) {
    ts_rng rng = ts_rng_make(n + 80);
    ts_table *table = ts_table_random(&rng, n, n);
    metagame_result *values = solve_values(table, 2);
    set_own(table, OWN_ALL, &rng);
    metagame_game *game = table_game(table);
    metagame_result *pinned = solve_order(game, 1, 0), *unpinned = solve_order(game, 1, METAGAME_UNPINNED);
    double *stii = index_of(values, METAGAME_INDEX_STII, 2, 0);
    for (uint32_t i = 0; i < n; i++) {
      double diagonal = table->values[i];
      for (uint32_t j = 0; j < n; j++) {
        const size_t c = (size_t)i * n + j;
        const double half = stii[(size_t)i * n * n + c] / 2;
        diagonal -= half;
        if (i != j) expect_near("difference", metagame_result_matrix(pinned)[c] - metagame_result_matrix(unpinned)[c], half, 1e-12);
      }
      const size_t c = (size_t)i * n + i;
      expect_near("diagonal", metagame_result_matrix(pinned)[c] - metagame_result_matrix(unpinned)[c], diagonal, 1e-12);
    }
    free(stii);
    metagame_result_destroy(values);
    metagame_result_destroy(pinned);
    metagame_result_destroy(unpinned);
    metagame_game_destroy(game);
    ts_table_free(table);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(efficient_indices),
    cmocka_unit_test(orders_add_up),
    cmocka_unit_test(directions),
    cmocka_unit_test(indices_as_meta_attributions),
    cmocka_unit_test(ordering),
    cmocka_unit_test(pinned_less_unpinned),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
