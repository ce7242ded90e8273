/* SPDX-License-Identifier: MIT */
/* Attributors that sample: without error where mathematics, section 8, says so, unbiased elsewhere, and a function of seed and
 * coalition. */
#include <math.h>
#include <string.h>

#include "common.h"

enum { F = 5, MOST = 200 };

static const double some_x[F] = { 1.2, -0.7, 0.4, 0.9, -1.1 };
static const double some_rows[3 * F] = { 0.1, 0.3, -0.5, 0.2, 0.6, -0.4, 0.5, 0.25, -0.3, 0, 0.7, -0.2, 0.15, -0.6, 0.35 };
static const double some_baseline[F] = { 0.5, -0.25, 0.75, -0.1, 0.2 };

/* How a method is put on a model or a table. */
typedef struct setting {
  const char *name;
  uint64_t flags, seed;
  uint32_t samples;
  double noise;
  size_t n_background;
  const double *baseline;
  const metagame_groups *players, *targets;
  uint64_t max_batch;
} setting;

static metagame_method method_of(const setting *s) {
  metagame_method method = METAGAME_METHOD_INIT;
  method.name = s->name;
  method.flags = s->flags;
  method.seed = s->seed;
  method.samples = s->samples;
  method.noise = s->noise;
  method.baseline = s->baseline;
  method.targets = s->targets;
  return method;
}

static metagame_game *base_of(const metagame_model_callbacks *model_callbacks, const setting *s) {
  metagame_error err;
  metagame_model_callbacks callbacks = *model_callbacks;
  metagame_masking masking = METAGAME_MASKING_INIT;
  metagame_model *model = NULL;
  metagame_game *base = NULL;
  callbacks.max_batch = s->max_batch;
  masking.x = some_x;
  masking.background = some_rows;
  masking.n_background = s->n_background;
  masking.players = s->players;
  expect_ok(metagame_model_create(&model, &callbacks, NULL, &err), &err);
  expect_ok(metagame_game_from_model(&base, model, &masking, &err), &err);
  metagame_model_destroy(model);
  return base;
}

static metagame_game *game_on(metagame_game *base, const setting *s) {
  metagame_error err;
  metagame_game *game = NULL;
  const metagame_method method = method_of(s);
  expect_ok(metagame_game_attribute(&game, base, &method, &err), &err);
  metagame_game_destroy(base);
  return game;
}

static metagame_game *poly_game(ts_poly *poly, const setting *s) {
  const metagame_model_callbacks callbacks = ts_poly_callbacks(poly);
  return game_on(base_of(&callbacks, s), s);
}

static metagame_game *table_attribution(ts_table *table, const setting *s) {
  metagame_error err;
  metagame_game *base = NULL;
  const metagame_function function = ts_table_function(table);
  expect_ok(metagame_game_from_function(&base, &function, NULL, &err), &err);
  return game_on(base, s);
}

static metagame_result *solve_and_free(metagame_game *game, uint64_t flags) {
  metagame_options options = exact_options(metagame_game_n_players(game));
  options.flags = flags;
  metagame_result *result = solve(game, &options);
  metagame_game_destroy(game);
  return result;
}

static void expect_same(const char *what, metagame_game *got_game, metagame_game *want_game, double tolerance) {
  const uint32_t n = metagame_game_n_players(got_game), m = metagame_game_n_targets(got_game);
  double scale[64];
  for (uint32_t i = 0; i < m; i++) scale[i] = 10.0;
  metagame_result *got = solve_and_free(got_game, METAGAME_UNPINNED), *want = solve_and_free(want_game, METAGAME_UNPINNED);
  expect_rows(what, metagame_result_matrix(got), metagame_result_matrix(want), m, n, scale, tolerance);
  expect_rows(what, metagame_result_base(got), metagame_result_base(want), m, 1, scale, tolerance);
  metagame_result_destroy(got);
  metagame_result_destroy(want);
}

/* sum_kl c_kl x_k x_l + sum_k a_k x_k, and with `cubic` x_0^3 + x_0 x_1 x_2 + x_2^2 x_3 (feature 4 then appears linearly only). */
static ts_poly *make_poly(int degree) {
  ts_rng rng = ts_rng_make(77);
  const uint32_t squares = degree >= 2 ? F * (F + 1) / 2 : 0;
  ts_poly *poly = ts_poly_new(F, F + squares + (degree == 3 ? 3 : 0));
  uint32_t t = 0;
  for (uint32_t k = 0; k < F; k++, t++) {
    poly->coef[t] = ts_rng_real(&rng, -1.0, 1.0);
    poly->powers[t * F + k] = 1;
  }
  for (uint32_t k = 0; k < F && degree >= 2; k++)
    for (uint32_t l = k; l < F; l++, t++) {
      poly->coef[t] = degree == 3 && (k == 4 || l == 4) ? 0.0 : ts_rng_real(&rng, -1.0, 1.0);
      poly->powers[t * F + k] += 1;
      poly->powers[t * F + l] += 1;
    }
  if (degree == 3) {
    const uint32_t powers[3][F] = { { 3, 0, 0, 0, 0 }, { 1, 1, 1, 0, 0 }, { 0, 0, 2, 1, 0 } };
    for (uint32_t c = 0; c < 3; c++, t++) {
      poly->coef[t] = 1.0;
      memcpy(poly->powers + (size_t)t * F, powers[c], sizeof powers[c]);
    }
  }
  return poly;
}

static const size_t player_offsets[] = { 0, 1, 3, 4 };
static const uint32_t player_features[] = { 4, 3, 0, 1 }; /* feature 2 is always present */
static const metagame_groups grouped = { 3, player_offsets, player_features };

/* Noise and its negative cancel in the gradient of a quadratic function; mirrored strata do on its paths. */
static void quadratic_functions(void **state) {
  static const char *const pairs[3][2] = { { "smoothgrad", "gradient" },
                                           { "smoothgrad-x-delta", "gradient-x-delta" },
                                           { "expected-gradients", "integrated-gradients" } };
  (void)state;
  for (int degree = 1; degree <= 2; degree++) {
    ts_poly *poly = make_poly(degree);
    for (int which = 0; which < 3; which++)
      for (int variant = 0; variant < 16; variant++) {
        setting s = { .name = pairs[which][0], .seed = (uint64_t)variant, .samples = 10, .noise = which == 0 ? 0.0 : 0.4 };
        s.flags = (variant & 1) != 0 ? METAGAME_INDEPENDENT : 0;
        s.baseline = (variant & 2) != 0 ? some_baseline : NULL;
        s.players = (variant & 4) != 0 ? &grouped : NULL;
        s.n_background = (variant & 8) != 0 && which < 2 ? 3 : 1;
        if (which == 2 && degree == 1) s.samples = 1 + (uint32_t)variant % 3; /* a linear function needs no mirror */
        setting plain = s;
        plain.name = pairs[which][1];
        expect_same(s.name, poly_game(poly, &s), poly_game(poly, &plain), 1e-14);
      }
    ts_poly_free(poly);
  }
}

/* A table without dividends of more than `order` players. */
static ts_table *table_of_order(uint32_t n, uint32_t order, uint64_t seed) {
  ts_rng rng = ts_rng_make(seed);
  ts_table *table = ts_table_new(n, 2);
  for (uint64_t part = 0; part < UINT64_C(1) << n; part++) {
    const double dividend = ts_rng_real(&rng, -1.0, 1.0);
    if (brute_size(part) > order) continue;
    for (uint64_t set = 0; set < UINT64_C(1) << n; set++)
      if ((set & part) == part) {
        table->values[2 * set] += dividend;
        table->values[2 * set + 1] += part == 0 ? 3 : -dividend;
      }
  }
  return table;
}

/* Antithetic pairs leave no error where no more than two players act together; one pair will do. */
static void pairs_of_players(void **state) {
  static const char *const pairs[2][2] = { { "shapley-sampling", "shapley" }, { "banzhaf-sampling", "banzhaf" } };
  static const size_t offsets[] = { 0, 2, 3, 6 };
  static const uint32_t features[] = { 0, 3, 5, 1, 3, 2 };
  static const metagame_groups targets = { 3, offsets, features };
  ts_poly *poly = make_poly(2);
  (void)state;
  for (int which = 0; which < 2; which++)
    for (int variant = 0; variant < 8; variant++) {
      for (uint32_t order = 1; order <= 2; order++) {
        ts_table *table = table_of_order(6, order, 10 + order);
        setting s = { .name = pairs[which][0], .seed = (uint64_t)variant, .samples = 2 + 4 * (variant % 2 == 0) };
        s.flags = (variant & 2) != 0 ? METAGAME_INDEPENDENT : 0;
        s.targets = (variant & 4) != 0 ? &targets : NULL;
        setting exact = s;
        exact.name = pairs[which][1];
        expect_same(s.name, table_attribution(table, &s), table_attribution(table, &exact), 1e-14);
        ts_table_free(table);
      }
      /* y_k^2 is one feature's own affair, and so the model's dividends have order two as well. */
      setting s = { .name = pairs[which][0], .seed = 3, .samples = 2 };
      s.flags = (variant & 1) != 0 ? METAGAME_INDEPENDENT : 0;
      s.baseline = (variant & 2) != 0 ? some_baseline : NULL;
      s.players = (variant & 4) != 0 ? &grouped : NULL;
      s.n_background = 3;
      setting exact = s;
      exact.name = pairs[which][1];
      expect_same(s.name, poly_game(poly, &s), poly_game(poly, &exact), 1e-14);
    }
  ts_poly_free(poly);
}

/* Mean over seeds of the whole matrix against the truth, in standard errors. */
static void expect_unbiased(const setting *at, const double *want, metagame_game *(*make)(void *model, const setting *s), void *model,
                            uint32_t m, uint32_t n) {
  enum { SEEDS = 400 };
  double sum[64] = { 0 }, squares[64] = { 0 }, worst = 0;
  int varying = 0;
  for (uint64_t seed = 0; seed < SEEDS; seed++) {
    setting s = *at;
    s.seed = seed * UINT64_C(1000003) + 1;
    metagame_result *result = solve_and_free(make(model, &s), METAGAME_UNPINNED);
    for (uint32_t at_entry = 0; at_entry < m * n; at_entry++) {
      const double value = metagame_result_matrix(result)[at_entry] - want[at_entry];
      sum[at_entry] += value;
      squares[at_entry] += value * value;
    }
    metagame_result_destroy(result);
  }
  for (uint32_t at_entry = 0; at_entry < m * n; at_entry++) {
    const double mean = sum[at_entry] / SEEDS, variance = squares[at_entry] / SEEDS - mean * mean;
    if (variance < 1e-24) {
      assert_true(fabs(mean) < 1e-12);
      continue;
    }
    varying++;
    worst = fmax(worst, fabs(mean) / sqrt(variance / SEEDS));
  }
  print_message("%s%s: %d entries vary, largest |z| %.2f\n", at->name, at->flags ? " independent" : "", varying, worst);
  assert_true(varying >= (int)n / 2); /* it is sampled indeed */
  assert_true(worst < 4.5);
}

static metagame_game *make_poly_game(void *model, const setting *s) { return poly_game(model, s); }
static metagame_game *make_table_game(void *model, const setting *s) { return table_attribution(model, s); }

static void unbiased(void **state) {
  (void)state;
  for (uint64_t flags = 0; flags <= METAGAME_INDEPENDENT; flags++) {
    ts_poly *poly = make_poly(3);
    ts_table *table = table_of_order(F, F, 4);
    setting s = { .name = "expected-gradients", .flags = flags, .samples = 5, .n_background = 3 };
    setting exact = { .name = "integrated-gradients", .n_background = 3 };
    metagame_result *truth = solve_and_free(poly_game(poly, &exact), METAGAME_UNPINNED);
    expect_unbiased(&s, metagame_result_matrix(truth), make_poly_game, poly, F, F);
    s.baseline = exact.baseline = some_baseline;
    metagame_result_destroy(truth);
    truth = solve_and_free(poly_game(poly, &exact), METAGAME_UNPINNED);
    expect_unbiased(&s, metagame_result_matrix(truth), make_poly_game, poly, F, F);
    metagame_result_destroy(truth);
    for (int banzhaf = 0; banzhaf < 2; banzhaf++) {
      setting sampled = { .name = banzhaf ? "banzhaf-sampling" : "shapley-sampling", .flags = flags, .samples = 4 };
      setting full = { .name = banzhaf ? "banzhaf" : "shapley" };
      truth = solve_and_free(table_attribution(table, &full), METAGAME_UNPINNED);
      expect_unbiased(&sampled, metagame_result_matrix(truth), make_table_game, table, F, F);
      metagame_result_destroy(truth);
    }
    ts_poly_free(poly);
    ts_table_free(table);
  }
}

/* f = x_0^3 + x_0 x_1 x_2 + ...: of normal noise e with deviation d, the mean of df/dx_0(x + e) is df/dx_0(x) + 3 d^2. The spread of
 * x is 2.3. A constant changes no marginal, but for the base. */
static void smoothgrad_of_a_cubic(void **state) {
  (void)state;
  ts_poly *poly = make_poly(3);
  for (int own = 0; own < 2; own++)
    for (uint64_t flags = 0; flags <= METAGAME_INDEPENDENT; flags++) {
      const double noise = own ? 0.3 : 0.0, deviation = (own ? 0.3 : 0.15) * 2.3;
      double sum[F] = { 0 }, squares[F] = { 0 };
      enum { SEEDS = 300 };
      setting s = { .name = "smoothgrad", .flags = flags, .samples = 8, .noise = noise };
      for (uint64_t seed = 0; seed < SEEDS; seed++) {
        s.seed = seed;
        metagame_result *result = solve_and_free(poly_game(poly, &s), 0);
        for (uint32_t k = 0; k < F; k++) {
          const double excess = metagame_result_first_order(result)[k] - ts_poly_partial(poly, some_x, k);
          sum[k] += excess;
          squares[k] += excess * excess;
        }
        metagame_result_destroy(result);
      }
      for (uint32_t k = 0; k < F; k++) { /* x_2^2 x_3: d/dx_3 gains d^2 */
        const double mean = sum[k] / SEEDS, variance = squares[k] / SEEDS - mean * mean;
        const double want = k == 0 ? 3 * deviation * deviation : k == 3 ? deviation * deviation : 0.0;
        if (k == 4) {
          assert_true(fabs(mean) < 1e-14 && variance < 1e-28);
          continue;
        }
        assert_true(variance > 1e-8);
        assert_true(fabs(mean - want) < 4.5 * sqrt(variance / SEEDS));
      }
    }
  ts_poly_free(poly);
}

/* x without spread: `noise` is the deviation itself. Feature 0 alone, f = x^3, many samples. */
static void no_spread(void **state) {
  const double x = 2.0, zero = 0.0;
  metagame_error err;
  metagame_masking masking = METAGAME_MASKING_INIT;
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_model *model = NULL;
  metagame_game *base = NULL, *game = NULL;
  ts_poly *poly = ts_poly_new(1, 1);
  (void)state;
  poly->coef[0] = 1.0;
  poly->powers[0] = 3;
  const metagame_model_callbacks callbacks = ts_poly_callbacks(poly);
  masking.x = &x;
  masking.background = &zero;
  method.name = "smoothgrad";
  method.noise = 0.5;
  method.samples = 200000;
  expect_ok(metagame_model_create(&model, &callbacks, NULL, &err), &err);
  expect_ok(metagame_game_from_model(&base, model, &masking, &err), &err);
  expect_ok(metagame_game_attribute(&game, base, &method, &err), &err);
  metagame_result *result = solve_and_free(game, 0);
  /* 3 (x^2 + e^2): standard error 3 * 0.25 * sqrt(2/100000) = 0.0034 */
  assert_true(fabs(metagame_result_first_order(result)[0] - 12.75) < 0.015);
  metagame_result_destroy(result);
  metagame_game_destroy(base);
  metagame_model_destroy(model);
  ts_poly_free(poly);
}

static const char *const sampled[] = { "smoothgrad", "smoothgrad-x-delta", "expected-gradients", "shapley-sampling", "banzhaf-sampling" };
enum { N_SAMPLED = 5 };

/* The same bytes for every batch of the session and of the model, and every order of telling; other seeds and flags, other bytes. */
static void bits(void **state) {
  (void)state;
  ts_poly *poly = make_poly(3);
  for (int which = 0; which < N_SAMPLED; which++)
    for (uint64_t flags = 0; flags <= METAGAME_INDEPENDENT; flags++) {
      setting s = { .name = sampled[which], .flags = flags, .seed = 5, .samples = 6, .n_background = 3 };
      metagame_options options = exact_options(F);
      metagame_game *game = poly_game(poly, &s);
      metagame_result *want = solve(game, &options);
      for (int order = TS_TELL_NOW; order <= TS_TELL_RANDOM; order++) {
        metagame_error err;
        metagame_result *got = NULL;
        options.batch = order == TS_TELL_NOW ? 1 : 3;
        expect_ok(ts_solve_by_hand(&got, game, &options, order, 9, &err), &err);
        expect_same_bits(got, want);
        metagame_result_destroy(got);
      }
      metagame_game_destroy(game);
      for (uint64_t batch = 1; batch <= 7; batch += 3) {
        s.max_batch = batch;
        metagame_result *got = solve_and_free(poly_game(poly, &s), 0);
        expect_same_bits(got, want);
        metagame_result_destroy(got);
      }
      s.seed = 6;
      metagame_result *other = solve_and_free(poly_game(poly, &s), 0);
      assert_false(same_matrix(other, want));
      metagame_result_destroy(other);
      s.seed = 5;
      s.flags = flags ^ METAGAME_INDEPENDENT;
      other = solve_and_free(poly_game(poly, &s), 0);
      assert_false(same_matrix(other, want));
      metagame_result_destroy(other);
      metagame_result_destroy(want);
    }
  ts_poly_free(poly);
}

/* Player 4 acts alone. With common draws it does not move the attributions of the others; with independent ones it seems to. */
static void common_draws(void **state) {
  (void)state;
  ts_poly *poly = make_poly(3);
  for (int which = 0; which < N_SAMPLED; which++)
    for (uint64_t flags = 0; flags <= METAGAME_INDEPENDENT; flags++) {
      setting s = { .name = sampled[which], .flags = flags, .samples = 4, .noise = 0.2 };
      double largest = 0;
      metagame_result *result = solve_and_free(poly_game(poly, &s), METAGAME_UNPINNED);
      for (uint32_t i = 0; i < 4; i++) largest = fmax(largest, fabs(metagame_result_matrix(result)[i * F + 4]));
      if (flags == 0) assert_true(largest < 1e-14);
      if (flags != 0) assert_true(largest > 1e-5);
      metagame_result_destroy(result);
    }
  ts_poly_free(poly);
}

/* Sums: sampled Shapley values are complete; expected gradients report by how much they are not. */
static void completeness(void **state) {
  static const uint64_t everyone[1] = { 31 };
  (void)state;
  ts_poly *poly = make_poly(3);
  for (size_t n_background = 1; n_background <= 3; n_background += 2) {
    setting s = { .name = "shapley-sampling", .samples = 4, .n_background = n_background };
    double want = ts_poly_value(poly, some_x), sum = 0;
    for (size_t b = 0; b < n_background; b++) want -= ts_poly_value(poly, some_rows + b * F) / (double)n_background;
    metagame_result *result = solve_and_free(poly_game(poly, &s), 0);
    for (uint32_t k = 0; k < F; k++) sum += metagame_result_first_order(result)[k];
    assert_true(fabs(sum - want) < 1e-13);
    metagame_result_destroy(result);

    metagame_error err;
    metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
    double row[F], expected = 0, residual = 0;
    const metagame_model_callbacks callbacks = ts_poly_callbacks(poly);
    s.name = "expected-gradients";
    metagame_game *base = base_of(&callbacks, &s);
    const metagame_method method = method_of(&s);
    expect_ok(metagame_attributor_builtin(&attributor, base, &method, &err), &err);
    assert_int_equal(attributor.attribute(attributor.user, everyone, 1, row, NULL), 0);
    assert_int_equal(attributor.completeness(attributor.user, everyone, &expected, &residual, NULL), 0);
    sum = 0;
    for (uint32_t k = 0; k < F; k++) sum += row[k];
    assert_true(fabs(expected - want) < 1e-13);
    assert_true(fabs(sum - expected - residual) < 1e-13);
    assert_true(fabs(residual) > 1e-6 && fabs(residual) < 3);
    attributor.destroy(attributor.user);
    metagame_game_destroy(base);
  }
  ts_poly_free(poly);
}

/* ---- many features ---- */

static double weight_of(uint32_t k) { return sin(k + 1.0); }
static double bond_of(uint32_t k) { return cos(3.0 * k); } /* of players k and k+1 */

static int32_t METAGAME_CALL chain(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  (void)user, (void)err;
  for (size_t r = 0; r < n_masks; r++) {
    const uint64_t *mask = masks + r * ((MOST + 63) / 64);
    rows[r] = 0.5;
    for (uint32_t k = 0; k < MOST; k++) {
      if ((mask[k / 64] >> k % 64 & 1) == 0) continue;
      rows[r] += weight_of(k);
      if (k + 1 < MOST && (mask[(k + 1) / 64] >> (k + 1) % 64 & 1) != 0) rows[r] += bond_of(k);
    }
  }
  return 0;
}

/* 200 players, two free targets A. Inner values of a chain are w_i + half of its bonds, so that the game of A has dividends w_i for
 * i in A, and half a bond for each end in A; antithetic pairs outside have no error either:
 *   phi_{j->A} = [j in A] w_j + sum of bonds of j with l: ([j in A] + [l in A])/4 bond */
static void many_features(void **state) {
  static size_t offsets[3] = { 0, 50, 120 };
  static uint32_t features[120];
  static double want[2 * MOST];
  int in[2][MOST] = { { 0 } };
  const double scale[2] = { 1, 1 };
  const metagame_groups targets = { 2, offsets, features };
  (void)state;
  for (uint32_t at = 0; at < 120; at++) {
    features[at] = at < 50 ? 3 * at : (at - 50) * 2 + 1;
    in[at >= 50][features[at]] = 1;
  }
  for (uint32_t a = 0; a < 2; a++)
    for (uint32_t j = 0; j < MOST; j++) {
      want[a * MOST + j] = in[a][j] * weight_of(j);
      if (j > 0) want[a * MOST + j] += (in[a][j] + in[a][j - 1]) * bond_of(j - 1) / 4;
      if (j + 1 < MOST) want[a * MOST + j] += (in[a][j] + in[a][j + 1]) * bond_of(j) / 4;
    }
  for (int which = 3; which < N_SAMPLED; which++) {
    metagame_error err;
    metagame_function function = METAGAME_FUNCTION_INIT;
    metagame_game *base = NULL;
    setting s = { .name = sampled[which], .seed = 8, .samples = 2, .targets = &targets };
    function.n_players = MOST;
    function.evaluate = chain;
    expect_ok(metagame_game_from_function(&base, &function, NULL, &err), &err);
    metagame_game *game = game_on(base, &s);
    const metagame_options options = sampled_options(METAGAME_SOLVER_PERMUTATION, 450, 3);
    metagame_result *result = solve(game, &options);
    assert_int_equal(info_of(result).flags & METAGAME_CARDINAL, 0);
    assert_true(info_of(result).value_evaluations > 10000);
    expect_rows(sampled[which], metagame_result_matrix(result), want, 2, MOST, scale, 1e-11);
    expect_decomposition(result, 1e-11);
    metagame_result_destroy(result);
    metagame_game_destroy(game);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(quadratic_functions), cmocka_unit_test(pairs_of_players), cmocka_unit_test(unbiased),
    cmocka_unit_test(smoothgrad_of_a_cubic), cmocka_unit_test(no_spread),     cmocka_unit_test(bits),
    cmocka_unit_test(common_draws),        cmocka_unit_test(completeness),     cmocka_unit_test(many_features),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
