/* SPDX-License-Identifier: MIT */
/* Directed R^2, infidelity and the R^2 of k-additive surrogates on games whose answers are known. */
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "metagame/metrics.h"
#include "support.h"

#define NEAR(a, b, tolerance)                                                                         \
  do {                                                                                                \
    const double near_a = (a), near_b = (b);                                                          \
    if (!(fabs(near_a - near_b) <= (tolerance))) fail_msg("%s is %.17g, not %.17g", #a, near_a, near_b); \
  } while (0)

static metagame_game *free_game(ts_table *table) {
  metagame_game *game = NULL;
  const metagame_function function = ts_table_function(table);
  assert_int_equal(metagame_game_from_function(&game, &function, NULL, NULL), METAGAME_OK);
  return game;
}

static metagame_game *pinned_game(ts_table *table) {
  metagame_game *game = NULL;
  const metagame_attributor attributor = ts_table_attributor(table);
  assert_int_equal(metagame_game_from_attributor(&game, &attributor, NULL, NULL), METAGAME_OK);
  return game;
}

static metagame_result *solve(const metagame_game *game) {
  metagame_result *result = NULL;
  metagame_options options = METAGAME_OPTIONS_INIT;
  options.solver = METAGAME_SOLVER_EXACT;
  assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
  return result;
}

/* Additive games are explained by their rows: R^2 = 1, infidelity 0, under every law, drawn or enumerated, pinned or free. */
static void additive(void **state) {
  (void)state;
  ts_rng rng = ts_rng_make(3);
  for (int pinned = 0; pinned < 2; ++pinned)
    for (int32_t law = 0; law < 3; ++law)
      for (uint64_t draws = 20; draws <= 4096; draws += 4076) {
        ts_table *table = ts_table_additive(&rng, 6, 4);
        for (int32_t i = 0; pinned && i < 3; ++i) table->own[i] = i; /* the last target stays free */
        metagame_game *game = pinned_game(table);
        metagame_result *result = solve(game);
        metagame_sampling sampling = METAGAME_SAMPLING_INIT;
        double r2[4], error[4], bad[4], scaled[4], bad_error[4];
        sampling.law = law;
        sampling.n_coalitions = draws;
        assert_int_equal(metagame_directed_r2(result, game, &sampling, r2, error, NULL), METAGAME_OK);
        assert_int_equal(metagame_infidelity(result, game, &sampling, bad, scaled, bad_error, NULL), METAGAME_OK);
        for (int i = 0; i < 4; ++i) {
          NEAR(r2[i], 1, 1e-12);
          NEAR(bad[i], 0, 1e-24);
          NEAR(scaled[i], 0, 1e-13);
          if (draws > 64) assert_true(error[i] == 0 && bad_error[i] == 0);
          else assert_true((isnan(error[i]) || error[i] < 1e-12) && bad_error[i] < 1e-24);
        }
        metagame_result_destroy(result);
        metagame_game_destroy(game);
        ts_table_free(table);
      }
}

/* v = [0 and 1 in T], phi = 1/2, 1/2, 0. */
static ts_table *pair_table(uint32_t n) {
  ts_table *table = ts_table_new(n, 1);
  for (size_t s = 0; s < (size_t)1 << n; ++s) table->values[s] = (s & 3) == 3;
  return table;
}

static void pair(void **state) {
  (void)state;
  const struct { uint32_t n; int32_t law; double r2, infidelity, scaled; } cases[] = {
    { 2, METAGAME_LAW_UNIFORM, 1.0 / 3, 1.0 / 8, 1.0 / 12 }, /* errors 1/4 at {0}, {1}; Var v = 3/16 */
    { 3, METAGAME_LAW_UNIFORM, 1.0 / 3, 1.0 / 8, 1.0 / 12 },
    { 2, METAGAME_LAW_SIZES, 5.0 / 8, 1.0 / 12, 1.0 / 15 }, /* {0}, {1} have 1/6 each; Var v = 2/9; E sd = 1/2, E s^2 = 5/12, E d^2 = 2/3 */
    { 3, METAGAME_LAW_SHAPLEY, -1.0 / 5, 1.0 / 6, 1.0 / 12 }, /* 1/6 each; errors 1/4 at four; Var v = 5/36; E d^2 = 5/6 */
    { 2, METAGAME_LAW_SHAPLEY, NAN, 1.0 / 4, 0 },            /* v does not vary on {0}, {1} */
  };
  for (size_t c = 0; c < COUNT_OF(cases); ++c) {
    ts_table *table = pair_table(cases[c].n);
    metagame_game *game = free_game(table);
    metagame_result *result = solve(game);
    metagame_sampling sampling = METAGAME_SAMPLING_INIT;
    double r2 = 7, error = 7, bad = 7, scaled = 7;
    sampling.law = cases[c].law;
    assert_int_equal(metagame_directed_r2(result, game, &sampling, &r2, &error, NULL), METAGAME_OK);
    if (isnan(cases[c].r2)) assert_true(isnan(r2) && isnan(error));
    else NEAR(r2, cases[c].r2, 1e-14);
    assert_int_equal(metagame_infidelity(result, game, &sampling, &bad, &scaled, &error, NULL), METAGAME_OK);
    NEAR(bad, cases[c].infidelity, 1e-15);
    NEAR(scaled, cases[c].scaled, 1e-15);
    assert_true(error == 0);
    metagame_result_destroy(result);
    metagame_game_destroy(game);
    ts_table_free(table);
  }
}

/* Target 0, pinned to player 0, is [1 and 2 in T] where 0 is in T, and far away where it is not: only the first counts. */
static void pinned(void **state) {
  (void)state;
  ts_table *table = ts_table_new(3, 2);
  const double one[2] = { 0, 0 }, half[6] = { 0, 0.5, 0.5, 0, 0.5, 0.5 }, scores[6] = { 0, 0.5, 0.5, 0.5, 0.5, 0 };
  for (size_t s = 0; s < 8; ++s) {
    table->values[2 * s] = s & 1 ? (s & 6) == 6 : 1000.0 * (double)(s + 1);
    table->values[2 * s + 1] = (s & 3) == 3;
  }
  table->own[0] = 0;
  metagame_game *game = pinned_game(table);
  metagame_result *result = solve(game);
  metagame_sampling sampling = METAGAME_SAMPLING_INIT;
  double r2[2], again[2], bad[2];
  assert_int_equal(metagame_directed_r2(result, game, NULL, r2, NULL, NULL), METAGAME_OK);
  NEAR(r2[0], 1.0 / 3, 1e-14);
  NEAR(r2[1], 1.0 / 3, 1e-14);
  assert_int_equal(metagame_infidelity(result, game, NULL, bad, NULL, NULL, NULL), METAGAME_OK);
  NEAR(bad[0], 0.125, 1e-15);
  NEAR(bad[1], 0.125, 1e-15);
  assert_int_equal(metagame_additive_r2(game, 1, one, half, NULL, NULL, NULL, again, NULL, NULL), METAGAME_OK);
  NEAR(again[0], 1.0 / 3, 1e-14);
  assert_int_equal(metagame_additive_r2(game, 1, one, scores, NULL, NULL, NULL, again, NULL, NULL), METAGAME_OK);
  NEAR(again[1], 1.0 / 3, 1e-14);
  sampling.flags = METAGAME_UNPINNED;
  assert_int_equal(metagame_additive_r2(game, 1, one, half, NULL, NULL, &sampling, again, NULL, NULL), METAGAME_OK);
  assert_true(again[0] < 0);
  metagame_result_destroy(result);
  metagame_options options = METAGAME_OPTIONS_INIT; /* the unpinned result is judged on all coalitions, too */
  options.flags = METAGAME_UNPINNED;
  assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
  assert_int_equal(metagame_directed_r2(result, game, NULL, r2, NULL, NULL), METAGAME_OK);
  assert_int_equal(
    metagame_additive_r2(game, 1, metagame_result_base(result), metagame_result_matrix(result), NULL, NULL, &sampling, again, NULL, NULL),
    METAGAME_OK);
  assert_true(r2[0] == again[0] && r2[1] == again[1] && r2[0] < 1);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  ts_table_free(table);
}

/* A game of pairs and triples: orders 1, 2, 3 explain more and more, the last all of it; only a < b < c is read. */
static void orders(void **state) {
  (void)state;
  enum { N = 5, M = 2 };
  ts_rng rng = ts_rng_make(11);
  double base[M], first[M * N], pairs[M * N * N], triples[M * N * N * N], r2[3][M], second[M], error[M], variance[M];
  ts_table *table = ts_table_new(N, M);
  for (size_t at = 0; at < COUNT_OF(pairs); ++at) pairs[at] = NAN;
  for (size_t at = 0; at < COUNT_OF(triples); ++at) triples[at] = NAN;
  for (size_t i = 0; i < M; ++i) {
    base[i] = ts_rng_real(&rng, -1, 1);
    for (size_t a = 0; a < N; ++a) {
      first[i * N + a] = ts_rng_real(&rng, -1, 1);
      for (size_t b = a + 1; b < N; ++b) {
        pairs[(i * N + a) * N + b] = ts_rng_real(&rng, -1, 1);
        for (size_t c = b + 1; c < N; ++c) triples[((i * N + a) * N + b) * N + c] = ts_rng_real(&rng, -0.5, 0.5);
      }
    }
    for (size_t s = 0; s < (size_t)1 << N; ++s) {
      double sum = base[i];
      for (size_t a = 0; a < N; ++a) {
        if (!(s >> a & 1)) continue;
        sum += first[i * N + a];
        for (size_t b = a + 1; b < N; ++b) {
          if (!(s >> b & 1)) continue;
          sum += pairs[(i * N + a) * N + b];
          for (size_t c = b + 1; c < N; ++c)
            if (s >> c & 1) sum += triples[((i * N + a) * N + b) * N + c];
        }
      }
      table->values[s * M + i] = sum;
    }
  }
  metagame_game *game = free_game(table);
  assert_int_equal(metagame_additive_r2(game, 1, base, first, NULL, NULL, NULL, r2[0], NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_additive_r2(game, 2, base, first, pairs, NULL, NULL, r2[1], NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_additive_r2(game, 3, base, first, pairs, triples, NULL, r2[2], error, NULL), METAGAME_OK);
  for (size_t i = 0; i < M; ++i) {
    NEAR(r2[2][i], 1, 1e-13);
    assert_true(error[i] == 0);
    assert_true(r2[1][i] < 1 - 1e-3 && r2[0][i] < 1 - 1e-3);
    /* by hand: 1 - SSE/SST over all coalitions */
    double mean = 0, sst = 0, sse = 0;
    for (size_t s = 0; s < (size_t)1 << N; ++s) mean += table->values[s * M + i] / (1 << N);
    for (size_t s = 0; s < (size_t)1 << N; ++s) {
      double sum = base[i];
      for (size_t a = 0; a < N; ++a)
        for (size_t b = a; b < N; ++b)
          if (s >> a & s >> b & 1) sum += a == b ? first[i * N + a] : pairs[(i * N + a) * N + b];
      sse += (table->values[s * M + i] - sum) * (table->values[s * M + i] - sum);
      sst += (table->values[s * M + i] - mean) * (table->values[s * M + i] - mean);
    }
    second[i] = 1 - sse / sst;
    NEAR(r2[1][i], second[i], 1e-12);
    variance[i] = sst / (1 << N);
  }
  /* of a row with the decomposition: infidelity = (1 - R^2) Var v */
  metagame_result *result = solve(game);
  assert_int_equal(metagame_directed_r2(result, game, NULL, second, NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_infidelity(result, game, NULL, error, NULL, NULL, NULL), METAGAME_OK);
  for (size_t i = 0; i < M; ++i) NEAR(error[i], (1 - second[i]) * variance[i], 1e-13);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  ts_table_free(table);
}

/* A formula game has the numbers of the direct game of the same rows, and each of its values is evaluated once. */
static void formula(void **state) {
  (void)state;
  enum { N = 7 };
  ts_rng rng = ts_rng_make(5);
  ts_table *values = ts_table_random(&rng, N, 1), *rows = ts_table_new(N, N);
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_game *base = free_game(values), *by_formula = NULL;
  method.name = "occlusion";
  assert_int_equal(metagame_game_attribute(&by_formula, base, &method, NULL), METAGAME_OK);
  for (size_t s = 0; s < (size_t)1 << N; ++s)
    for (size_t i = 0; i < N; ++i)
      rows->values[s * N + i] = values->values[s] - values->values[s & ~((size_t)1 << i)];
  for (int32_t i = 0; i < N; ++i) rows->own[i] = i;
  metagame_game *direct = pinned_game(rows);
  metagame_result *result = solve(direct);
  for (uint32_t batch = 1; batch < 70; batch += 34)
    for (uint64_t draws = 100; draws <= 200; draws += 100) { /* drawn, and all 128 */
      metagame_sampling sampling = METAGAME_SAMPLING_INIT;
      double a[N], b[N], a_error[N], b_error[N], scaled[N];
      sampling.batch = batch;
      sampling.n_coalitions = draws;
      sampling.seed = 9;
      ts_table_reset(values);
      ts_table_reset(rows);
      assert_int_equal(metagame_directed_r2(result, by_formula, &sampling, a, a_error, NULL), METAGAME_OK);
      assert_int_equal(ts_table_total(values), ts_table_distinct(values));
      assert_int_equal(metagame_directed_r2(result, direct, &sampling, b, b_error, NULL), METAGAME_OK);
      assert_int_equal(ts_table_total(rows), draws < 128 ? draws : 128);
      assert_memory_equal(a, b, sizeof a);
      assert_memory_equal(a_error, b_error, sizeof a);
      assert_int_equal(metagame_infidelity(result, by_formula, &sampling, a, scaled, a_error, NULL), METAGAME_OK);
      assert_int_equal(metagame_infidelity(result, direct, &sampling, b, scaled, b_error, NULL), METAGAME_OK);
      assert_memory_equal(a, b, sizeof a);
      assert_memory_equal(a_error, b_error, sizeof a);
    }
  metagame_result_destroy(result);
  metagame_game_destroy(direct);
  metagame_game_destroy(by_formula);
  metagame_game_destroy(base);
  ts_table_free(values);
  ts_table_free(rows);
}

/* Units: R^2 does not see a factor 2^500, infidelity is in its square; a constant target has no R^2. */
static void extremes(void **state) {
  (void)state;
  ts_rng rng = ts_rng_make(8);
  const int exponents[3] = { 0, 500, -500 };
  double r2[3][3], bad[3][3], scaled[3][3], error[3][3], bad_error[3][3];
  ts_table *table = ts_table_random(&rng, 7, 3);
  for (size_t s = 0; s < 128; ++s) table->values[3 * s + 2] = 0.1;
  for (size_t e = 0; e < 3; ++e) {
    ts_table *large = ts_table_new(7, 3);
    for (size_t at = 0; at < 128 * 3; ++at) large->values[at] = ldexp(table->values[at], exponents[e]);
    metagame_game *game = free_game(large);
    metagame_result *result = solve(game);
    metagame_sampling sampling = METAGAME_SAMPLING_INIT;
    sampling.n_coalitions = 90;
    assert_int_equal(metagame_directed_r2(result, game, &sampling, r2[e], error[e], NULL), METAGAME_OK);
    assert_int_equal(metagame_infidelity(result, game, &sampling, bad[e], scaled[e], bad_error[e], NULL), METAGAME_OK);
    for (size_t i = 0; i < 2; ++i) {
      assert_true(r2[e][i] == r2[0][i] && error[e][i] == error[0][i] && error[e][i] > 0);
      assert_true(bad[e][i] == ldexp(bad[0][i], 2 * exponents[e]) && bad_error[e][i] == ldexp(bad_error[0][i], 2 * exponents[e]));
      assert_true(scaled[e][i] == ldexp(scaled[0][i], 2 * exponents[e]) && scaled[e][i] < bad[e][i]);
    }
    assert_true(isnan(r2[e][2]) && isnan(error[e][2]));
    assert_true(bad[e][2] == 0 && scaled[e][2] == 0 && bad_error[e][2] == 0);
    metagame_result_destroy(result);
    metagame_game_destroy(game);
    ts_table_free(large);
  }
  ts_table_free(table);
}

/* One player: a pinned target has one coalition and no R^2, a free one has two. */
static void one_player(void **state) {
  (void)state;
  ts_table *table = ts_table_new(1, 2);
  const double values[4] = { 9, 1, 4, 3 };
  double r2[2], bad[2];
  memcpy(table->values, values, sizeof values);
  table->own[0] = 0;
  metagame_game *game = pinned_game(table);
  metagame_result *result = solve(game);
  assert_int_equal(metagame_directed_r2(result, game, NULL, r2, NULL, NULL), METAGAME_OK);
  assert_true(isnan(r2[0]));
  NEAR(r2[1], 1, 1e-15);
  assert_int_equal(metagame_infidelity(result, game, NULL, bad, NULL, NULL, NULL), METAGAME_OK);
  assert_true(bad[0] == 0 && bad[1] == 0);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  ts_table_free(table);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(additive), cmocka_unit_test(pair),     cmocka_unit_test(pinned),
                                      cmocka_unit_test(orders),   cmocka_unit_test(formula),  cmocka_unit_test(extremes),
                                      cmocka_unit_test(one_player) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
