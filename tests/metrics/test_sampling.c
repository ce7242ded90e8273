/* SPDX-License-Identifier: MIT */
/* The laws of the coalitions, estimates against the exact metric, and standard errors against the spread over seeds. */
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "metagame/metrics.h"
#include "support.h"

static metagame_game *game_of(ts_table *table) {
  metagame_game *game = NULL;
  const metagame_attributor attributor = ts_table_attributor(table);
  assert_int_equal(metagame_game_from_attributor(&game, &attributor, NULL, NULL), METAGAME_OK);
  return game;
}

/* Counts of sizes and of players within 5 standard deviations of what the law says; coalitions of one size alike. */
static void laws(void **state) {
  (void)state;
  enum { N = 14, DRAWS = 16000 };
  const double zeros[N + 1] = { 0 };
  for (int32_t law = 0; law < 3; ++law) {
    ts_table *table = ts_table_new(N, 1);
    metagame_game *game = game_of(table);
    metagame_sampling sampling = METAGAME_SAMPLING_INIT;
    double r2, expected[N + 1], binomial = 1, total = 0;
    uint64_t sizes[N + 1] = { 0 }, players[N] = { 0 }, pairs[N] = { 0 };
    sampling.law = law;
    sampling.n_coalitions = DRAWS;
    sampling.seed = 77;
    assert_int_equal(metagame_additive_r2(game, 1, zeros, zeros, NULL, NULL, &sampling, &r2, NULL, NULL), METAGAME_OK);
    assert_true(isnan(r2));
    assert_int_equal(ts_table_total(table), DRAWS);
    for (uint32_t s = 0; s < 1u << N; ++s) {
      uint32_t size = 0;
      for (uint32_t p = 0; p < N; ++p) size += s >> p & 1;
      sizes[size] += table->asked[s];
      for (uint32_t p = 0; p < N; ++p)
        if (s >> p & 1) {
          players[p] += table->asked[s];
          if (size == 2) pairs[p] += table->asked[s];
        }
    }
    for (uint32_t t = 0; t <= N; ++t) {
      expected[t] = law == METAGAME_LAW_UNIFORM ? binomial : law == METAGAME_LAW_SIZES ? 1 : t > 0 && t < N ? 1.0 / (t * (N - t)) : 0;
      total += expected[t];
      binomial = binomial * (N - t) / (t + 1);
    }
    for (uint32_t t = 0; t <= N; ++t) {
      const double p = expected[t] / total;
      if (fabs((double)sizes[t] - DRAWS * p) > 5 * sqrt(DRAWS * p * (1 - p)) + (p > 0))
        fail_msg("law %d: size %u came %llu times, expected %g", (int)law, t, (unsigned long long)sizes[t], DRAWS * p);
    }
    for (uint32_t p = 0; p < N; ++p) {
      const double in_pairs = (double)sizes[2] * 2 / N;
      assert_true(fabs((double)players[p] - DRAWS / 2.0) < 5 * sqrt(DRAWS / 4.0));
      assert_true(fabs((double)pairs[p] - in_pairs) < 5 * sqrt(in_pairs) + 1);
    }
    metagame_game_destroy(game);
    ts_table_free(table);
  }
}

/* Mean over seeds against the exact metric, reported error against the standard deviation over seeds. */
static void errors(void **state) {
  (void)state;
  enum { N = 9, M = 2, SEEDS = 300 };
  ts_rng rng = ts_rng_make(21);
  for (int32_t law = 0; law < 3; ++law) {
    ts_table *table = ts_table_additive(&rng, N, M);
    for (size_t at = 0; at < (size_t)M << N; ++at) table->values[at] += ts_rng_real(&rng, -0.7, 0.7);
    table->own[0] = 4;
    metagame_game *game = game_of(table);
    metagame_result *result = NULL;
    metagame_sampling sampling = METAGAME_SAMPLING_INIT;
    double exact[2][M], mean[2][M] = { { 0 } }, squares[2][M] = { { 0 } }, reported[2][M] = { { 0 } };
    assert_int_equal(metagame_solve(&result, game, NULL, NULL), METAGAME_OK);
    sampling.law = law;
    assert_int_equal(metagame_directed_r2(result, game, &sampling, exact[0], NULL, NULL), METAGAME_OK);
    assert_int_equal(metagame_infidelity(result, game, &sampling, exact[1], NULL, NULL, NULL), METAGAME_OK);
    sampling.n_coalitions = 320;
    for (uint64_t seed = 0; seed < SEEDS; ++seed) {
      double found[2][M], error[2][M];
      sampling.seed = seed;
      assert_int_equal(metagame_directed_r2(result, game, &sampling, found[0], error[0], NULL), METAGAME_OK);
      assert_int_equal(metagame_infidelity(result, game, &sampling, found[1], NULL, error[1], NULL), METAGAME_OK);
      for (int q = 0; q < 2; ++q)
        for (int i = 0; i < M; ++i) {
          mean[q][i] += found[q][i] / SEEDS;
          squares[q][i] += (found[q][i] - exact[q][i]) * (found[q][i] - exact[q][i]);
          reported[q][i] += error[q][i] / SEEDS;
        }
    }
    for (int q = 0; q < 2; ++q)
      for (int i = 0; i < M; ++i) {
        const double spread = sqrt(squares[q][i] / SEEDS);
        print_message("law %d, %s, target %d: exact %.4f, mean %.4f, spread %.4f, reported %.4f\n", (int)law,
                      q ? "infidelity" : "R^2", i, exact[q][i], mean[q][i], spread, reported[q][i]);
        assert_true(fabs(mean[q][i] - exact[q][i]) < 4 * spread / sqrt(SEEDS) + (q ? 0 : 0.05 * spread + 0.002));
        assert_true(reported[q][i] > 0.8 * spread && reported[q][i] < 1.25 * spread);
      }
    metagame_result_destroy(result);
    metagame_game_destroy(game);
    ts_table_free(table);
  }
}

/* ---- 130 players: three words ---- */

enum { MANY = 130 };

static int32_t METAGAME_CALL many(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  uint64_t *sizes = user;
  (void)err;
  for (size_t r = 0; r < n_masks; ++r, masks += 3) {
    uint32_t size = 0;
    double sum = 1;
    if (masks[2] >> (MANY - 128)) return 3;
    for (uint32_t p = 0; p < MANY; ++p)
      if (masks[p / 64] >> p % 64 & 1) ++size, sum += p % 7 - 2.5;
    rows[2 * r] = sum;
    rows[2 * r + 1] = sum + 0.05 * size * size;
    ++sizes[size];
  }
  return 0;
}

static void many_players(void **state) {
  (void)state;
  for (int32_t law = 0; law < 3; ++law) {
    uint64_t sizes[MANY + 1] = { 0 };
    double first[2 * MANY], r2[2], error[2];
    const double base[2] = { 1, 1 };
    metagame_function function = METAGAME_FUNCTION_INIT;
    metagame_game *game = NULL;
    metagame_sampling sampling = METAGAME_SAMPLING_INIT;
    function.n_players = MANY;
    function.n_outputs = 2;
    function.user = sizes;
    function.evaluate = many;
    sampling.law = law;
    for (uint32_t p = 0; p < MANY; ++p) {
      first[p] = p % 7 - 2.5;
      first[MANY + p] = first[p] + 0.05 * MANY; /* Shapley values of the second output */
    }
    assert_int_equal(metagame_game_from_function(&game, &function, NULL, NULL), METAGAME_OK);
    assert_int_equal(metagame_additive_r2(game, 1, base, first, NULL, NULL, &sampling, r2, error, NULL), METAGAME_OK);
    assert_true(fabs(r2[0] - 1) < 1e-12 && r2[1] < 0.999 && error[1] > 0);
    uint64_t total = 0, least = MANY, most = 0;
    for (uint64_t t = 0; t <= MANY; ++t) {
      total += sizes[t];
      if (sizes[t] && t < least) least = t;
      if (sizes[t] && t > most) most = t;
    }
    assert_int_equal(total, 1024);
    if (law == METAGAME_LAW_UNIFORM) assert_true(least > 30 && most < 100);
    else assert_true(least < 5 && most > MANY - 5);
    if (law == METAGAME_LAW_SHAPLEY) assert_true(least >= 1 && most <= MANY - 1);
    metagame_game_destroy(game);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(laws), cmocka_unit_test(errors), cmocka_unit_test(many_players) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
