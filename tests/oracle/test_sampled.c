/* SPDX-License-Identifier: MIT */
/* Regression and permutation: exact where they must be, within budget, reproducible, with exact sums everywhere else. */
#include <math.h>
#include <stdlib.h>

#include "common.h"

static const int32_t samplers[2] = { METAGAME_SOLVER_REGRESSION, METAGAME_SOLVER_PERMUTATION };

/* `budget` covers everything that the solver could ask. */
static void expect_covered(int32_t solver, uint32_t n, uint32_t m, int own, uint64_t flags, uint64_t budget) {
  ts_rng rng = ts_rng_make(n * 100 + (uint64_t)own);
  ts_table *table = ts_table_random(&rng, n, m);
  set_own(table, own, &rng);
  const brute_game brute = brute_of(table);
  double *matrix = ts_alloc((size_t)n * m, sizeof *matrix), *base = ts_alloc(m, sizeof *base), *scale = ts_alloc(m, sizeof *scale);
  brute_meta(&brute, flags == METAGAME_UNPINNED, false, matrix, base);
  brute_scale(&brute, scale);
  metagame_options options = sampled_options(solver, budget, 3);
  options.flags = flags;
  metagame_result *result = solve_table(table, &options);
  expect_rows("matrix", metagame_result_matrix(result), matrix, m, n, scale, 1e-12);
  expect_rows("base", metagame_result_base(result), base, m, 1, scale, 0.0);
  expect_decomposition(result, 1e-12);
  assert_int_equal(info_of(result).solver, solver);
  metagame_result_destroy(result);
  free(matrix);
  free(base);
  free(scale);
  ts_table_free(table);
}

static void regression_with_all_coalitions(void **state) {
  (void)state;
  for (uint32_t n = 2; n <= 10; n++)
    for (int own = 0; own < OWN_KINDS; own++)
      for (uint64_t flags = 0; flags <= METAGAME_UNPINNED; flags += METAGAME_UNPINNED)
        expect_covered(METAGAME_SOLVER_REGRESSION, n, n < 6 ? n + 1 : 4, own, flags, UINT64_C(1) << n);
}

static void permutation_with_all_orders(void **state) {
  (void)state;
  for (uint32_t n = 1; n <= 6; n++)
    for (int own = 0; own < OWN_KINDS; own++)
      for (uint64_t flags = 0; flags <= METAGAME_UNPINNED; flags += METAGAME_UNPINNED)
        expect_covered(METAGAME_SOLVER_PERMUTATION, n, n < 6 ? n + 1 : 3, own, flags, 10000000);
}

/* Additive games: exact at every budget that is accepted, and the standard errors know it. */
static void additive_games(void **state) {
  (void)state;
  for (int s = 0; s < 2; s++)
    for (int own = 0; own < OWN_KINDS; own++)
      for (uint64_t flags = 0; flags <= METAGAME_UNPINNED; flags += METAGAME_UNPINNED) {
        const uint32_t n = 9, m = 4;
        ts_rng rng = ts_rng_make(40 + (uint64_t)own);
        ts_table *table = ts_table_additive(&rng, n, m);
        set_own(table, own, &rng);
        const brute_game brute = brute_of(table);
        double matrix[36], base[4], scale[4];
        brute_meta(&brute, flags == METAGAME_UNPINNED, false, matrix, base);
        brute_scale(&brute, scale);
        metagame_game *game = table_game(table);
        int accepted = 0;
        for (uint64_t budget = 1; budget <= 700; budget += budget < 80 ? 1 : 41) {
          metagame_options options = sampled_options(samplers[s], budget, budget);
          options.flags = flags;
          metagame_status status;
          metagame_result *result = solve_or_null(game, &options, &status);
          if (result == NULL) {
            if (status == METAGAME_E_BUDGET) assert_int_equal(accepted, 0); /* more budget is never refused */
            continue;
          }
          accepted++;
          expect_rows("matrix", metagame_result_matrix(result), matrix, m, n, scale, 1e-11);
          expect_rows("base", metagame_result_base(result), base, m, 1, scale, 0.0);
          const double *errors = metagame_result_stderr(result);
          /* All units are equal: that exceptions are rarer than the rows tell is all that is known. */
          for (size_t c = 0; errors != NULL && c < (size_t)n * m; c++)
            if (!isnan(errors[c]) && !(errors[c] >= 0.0 && errors[c] <= scale[c / n]))
              fail_msg("standard error %g of cell %zu at budget %u", errors[c], c, (unsigned)budget);
          metagame_result_destroy(result);
        }
        assert_true(accepted >= 20);
        metagame_game_destroy(game);
        ts_table_free(table);
      }
}

/* Random games at small budgets: exact sums, the budget kept, the count true, repeats only where orders need none. */
static void small_budgets(void **state) {
  (void)state;
  for (int s = 0; s < 2; s++)
    for (uint32_t n = 2; n <= 12; n += 2)
      for (int own = 0; own < OWN_KINDS; own++)
        for (uint64_t flags = 0; flags <= METAGAME_UNPINNED; flags += METAGAME_UNPINNED) {
          ts_rng rng = ts_rng_make(n + 50 * (uint64_t)own);
          ts_table *table = ts_table_random(&rng, n, 5);
          set_own(table, own, &rng);
          metagame_game *game = table_game(table);
          int accepted = 0;
          for (uint64_t budget = 1; budget < 1200; budget = budget * 5 / 4 + 1) {
            metagame_options options = sampled_options(samplers[s], budget, 17);
            options.flags = flags;
            options.batch = 1 + (uint32_t)(budget % 50);
            ts_table_reset(table);
            metagame_status status;
            metagame_result *result = solve_or_null(game, &options, &status);
            if (result == NULL) {
              assert_int_equal(ts_table_total(table), 0); /* refused before anything was asked */
              continue;
            }
            accepted++;
            const metagame_result_info info = info_of(result);
            assert_true(ts_table_total(table) <= budget);
            assert_int_equal(info.evaluations, ts_table_total(table));
            if (s == 0) assert_int_equal(ts_table_distinct(table), ts_table_total(table));
            expect_decomposition(result, 1e-12);
            assert_int_equal(info.solver, samplers[s]);
            assert_int_equal(info.seed, 17);
            for (size_t i = 0; i < 5; i++) {
              const int32_t k = table->own[i];
              const double *matrix = metagame_result_matrix(result) + i * n;
              assert_true(metagame_result_first_order(result)[i] == table->values[(((size_t)1 << n) - 1) * 5 + i]);
              if (flags == 0 && k >= 0) {
                assert_true(matrix[k] == table->values[((size_t)1 << k) * 5 + i]); /* the diagonal is exact */
                assert_true(metagame_result_base(result)[i] == 0.0);
              } else {
                assert_true(metagame_result_base(result)[i] == table->values[i]);
              }
            }
            metagame_result_destroy(result);
          }
          assert_true(accepted > 0);
          metagame_game_destroy(game);
          ts_table_free(table);
        }
}

/* The smallest budget of the error message works, one less does not. */
static void the_message_names_the_smallest_budget(void **state) {
  (void)state;
  for (int s = 0; s < 2; s++)
    for (int own = 0; own < OWN_KINDS; own++)
      for (uint64_t flags = 0; flags <= METAGAME_UNPINNED; flags += METAGAME_UNPINNED) {
        ts_rng rng = ts_rng_make(8);
        ts_table *table = ts_table_random(&rng, 10, 6);
        set_own(table, own, &rng);
        metagame_game *game = table_game(table);
        metagame_options options = sampled_options(samplers[s], 1, 1);
        options.flags = flags;
        metagame_error err;
        metagame_session *session = NULL;
        assert_int_equal(metagame_session_create(&session, game, &options, &err), METAGAME_E_BUDGET);
        uint64_t smallest = 0;
        for (uint64_t budget = 2; smallest == 0 && budget <= 1024; budget++) {
          options.max_evaluations = budget;
          metagame_status status;
          metagame_result *result = solve_or_null(game, &options, &status);
          if (status != METAGAME_E_BUDGET) smallest = budget;
          metagame_result_destroy(result);
        }
        assert_true(smallest > 1);
        bool named = false;
        for (const char *at = err.message; *at != '\0'; at++) {
          if (*at < '0' || *at > '9') continue;
          char *end = NULL;
          named |= strtoull(at, &end, 10) == smallest;
          at = end - 1;
        }
        if (!named) fail_msg("%u is the smallest budget, but the message is: %s", (unsigned)smallest, err.message);
        metagame_game_destroy(game);
        ts_table_free(table);
      }
}

static metagame_result *one_run(metagame_game *game, int32_t solver, uint64_t flags, uint64_t seed, uint32_t batch, int order) {
  metagame_options options = sampled_options(solver, 400, seed);
  options.flags = flags;
  options.batch = batch;
  options.max_open = 6;
  if (order < 0) return solve(game, &options);
  metagame_error err;
  metagame_result *result = NULL;
  expect_ok(ts_solve_by_hand(&result, game, &options, order, 99, &err), &err);
  return result;
}

static void seeds_batches_and_orders(void **state) {
  (void)state;
  for (int s = 0; s < 2; s++)
    for (int own = 0; own < OWN_KINDS; own++)
      for (uint64_t flags = 0; flags <= METAGAME_UNPINNED; flags += METAGAME_UNPINNED) {
        ts_rng rng = ts_rng_make(600 + (uint64_t)own);
        ts_table *table = ts_table_random(&rng, 11, 6);
        set_own(table, own, &rng);
        metagame_game *game = table_game(table);
        metagame_result *first = one_run(game, samplers[s], flags, 5, 0, -1);
        const struct {
          uint32_t batch;
          int order;
        } runs[] = { { 0, -1 },  { 1, -1 }, { 3, -1 }, { 1000, -1 }, { 7, TS_TELL_NOW }, { 16, TS_TELL_REVERSED },
                     { 10, TS_TELL_RANDOM }, { 1, TS_TELL_RANDOM } };
        for (size_t k = 0; k < sizeof runs / sizeof runs[0]; k++) {
          metagame_result *again = one_run(game, samplers[s], flags, 5, runs[k].batch, runs[k].order);
          expect_same_bits(first, again);
          metagame_result_destroy(again);
        }
        metagame_result *other = one_run(game, samplers[s], flags, 6, 0, -1);
        assert_false(same_matrix(first, other));
        metagame_result_destroy(other);
        metagame_result_destroy(first);
        metagame_game_destroy(game);
        ts_table_free(table);
      }
}

/* A constant that dwarfs the effects, and values at the ends of the range, cost no accuracy beyond their own rounding. */
static void shifted_and_scaled_games(void **state) {
  (void)state;
  for (int s = 0; s < 2; s++)
    for (int own = 0; own < OWN_KINDS; own++) {
      const uint32_t n = 8, m = 3;
      ts_rng rng = ts_rng_make(70 + (uint64_t)own);
      ts_table *table = ts_table_random(&rng, n, m);
      set_own(table, own, &rng);
      const size_t count = (size_t)m << n;
      const metagame_options options = sampled_options(samplers[s], 150, 2);
      metagame_result *plain = solve_table(table, &options);
      const double one[3] = { 1.0, 1.0, 1.0 };
      double want[24], got[24];
      for (int k = 0; k < 2; k++) { /* powers of two scale without any rounding */
        const double factor = k == 0 ? ldexp(1.0, 498) : ldexp(1.0, -498);
        for (size_t c = 0; c < count; c++) table->values[c] *= factor;
        metagame_result *scaled = solve_table(table, &options);
        for (size_t c = 0; c < 24; c++) {
          want[c] = metagame_result_matrix(plain)[c];
          got[c] = metagame_result_matrix(scaled)[c] / factor;
        }
        expect_rows("scaled", got, want, m, n, one, 1e-12);
        metagame_result_destroy(scaled);
        for (size_t c = 0; c < count; c++) table->values[c] /= factor;
      }
      for (size_t c = 0; c < count; c++) table->values[c] += 1e6;
      metagame_result *shifted = solve_table(table, &options);
      for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
          want[i * n + j] = metagame_result_matrix(plain)[i * n + j];
          got[i * n + j] = metagame_result_matrix(shifted)[i * n + j] - (table->own[i] == (int32_t)j ? 1e6 : 0.0);
        }
      expect_rows("shifted", got, want, m, n, one, 1e-8);
      metagame_result_destroy(shifted);
      metagame_result_destroy(plain);
      ts_table_free(table);
    }
}

/* Half widths: t quantile times the standard error, wider at higher levels, NaN where there is no standard error. */
static void half_widths(void **state) {
  (void)state;
  for (int s = 0; s < 2; s++) {
    ts_rng rng = ts_rng_make(12);
    ts_table *table = ts_table_random(&rng, 8, 4);
    set_own(table, OWN_MIXED, &rng);
    const metagame_options options = sampled_options(samplers[s], 200, 2);
    metagame_result *result = solve_table(table, &options);
    const double *errors = metagame_result_stderr(result);
    assert_non_null(errors);
    double low[32], high[32];
    metagame_error err;
    expect_ok(metagame_result_half_width(result, 0.5, low, &err), &err);
    expect_ok(metagame_result_half_width(result, 0.95, high, &err), &err);
    for (size_t c = 0; c < 32; c++) {
      const bool diagonal = table->own[c / 8] == (int32_t)(c % 8);
      if (diagonal) {
        assert_true(errors[c] == 0.0 && high[c] == 0.0);
      } else if (isnan(errors[c])) {
        assert_true(isnan(high[c]));
      } else {
        assert_true(errors[c] > 0.0);
        assert_true(low[c] >= 0.674 * errors[c] && low[c] <= 0.77 * errors[c]);   /* normal .. t with 3 degrees of freedom */
        assert_true(high[c] >= 1.959 * errors[c] && high[c] <= 3.19 * errors[c]);
      }
    }
    metagame_result_destroy(result);
    ts_table_free(table);
  }
}

/* A short look at the statistics (the long suite looks closer): means over seeds near the truth, standard errors like the spread. */
static void means_and_spreads(void **state) {
  (void)state;
  enum { N = 6, RUNS = 600, CELLS = N * N };
  for (int s = 0; s < 2; s++) {
    ts_rng rng = ts_rng_make(45);
    ts_table *table = ts_table_random(&rng, N, N);
    set_own(table, OWN_ALL, &rng);
    const brute_game brute = brute_of(table);
    double truth[CELLS], base[N], sum[CELLS] = { 0.0 }, squares[CELLS] = { 0.0 }, variance = 0.0, spread = 0.0;
    size_t known = 0;
    brute_meta(&brute, false, false, truth, base);
    metagame_game *game = table_game(table);
    for (uint64_t seed = 0; seed < RUNS; seed++) {
      const metagame_options options = sampled_options(samplers[s], s == 0 ? 42 : 260, seed);
      metagame_result *result = solve(game, &options);
      for (size_t c = 0; c < CELLS; c++) {
        const double error = metagame_result_matrix(result)[c] - truth[c];
        sum[c] += error;
        squares[c] += error * error;
        const double error_bar = metagame_result_stderr(result)[c];
        if (isnan(error_bar)) continue; /* too few rows make the error: no ground */
        variance += error_bar * error_bar;
        ++known;
      }
      metagame_result_destroy(result);
    }
    for (size_t c = 0; c < CELLS; c++) {
      const double mean = sum[c] / RUNS, square = squares[c] / RUNS - mean * mean;
      spread += square;
      /* Regression may be biased by a part of its own standard deviation, permutation not at all. */
      const double bound = s == 0 ? 0.5 * sqrt(square) : 4.4 * sqrt(square / RUNS);
      if (!(fabs(mean) <= bound + 1e-12)) fail_msg("solver %d, cell %zu: the mean is off by %g (bound %g)", samplers[s], c, mean, bound);
    }
    assert_true(10 * known > 9 * (size_t)RUNS * CELLS);
    const double ratio = sqrt(variance * CELLS / (double)known / spread);
    if (!(ratio >= (s == 0 ? 0.85 : 0.92) && ratio <= (s == 0 ? 1.15 : 1.08)))
      fail_msg("solver %d: standard errors are %g of the spread", samplers[s], ratio);
    metagame_game_destroy(game);
    ts_table_free(table);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(regression_with_all_coalitions),
    cmocka_unit_test(permutation_with_all_orders),
    cmocka_unit_test(additive_games),
    cmocka_unit_test(small_budgets),
    cmocka_unit_test(the_message_names_the_smallest_budget),
    cmocka_unit_test(seeds_batches_and_orders),
    cmocka_unit_test(shifted_and_scaled_games),
    cmocka_unit_test(half_widths),
    cmocka_unit_test(means_and_spreads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
