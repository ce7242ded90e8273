/* SPDX-License-Identifier: MIT */
/* The exact solver against the definition, for every kind of own players. */
#include <math.h>
#include <stdlib.h>

#include "common.h"

static void random_tables(void **state) {
  (void)state;
  for (uint32_t n = 1; n <= 8; n++)
    for (uint32_t m = 1; m <= n + 2; m++)
      for (int own = 0; own < OWN_KINDS; own++) {
        ts_rng rng = ts_rng_make(1000 * n + 10 * m + (uint64_t)own);
        ts_table *table = ts_table_random(&rng, n, m);
        set_own(table, own, &rng);
        expect_exact(table, 1e-12);
        ts_table_free(table);
      }
}

static void larger_tables(void **state) {
  (void)state;
  for (uint32_t n = 9; n <= 12; n++) {
    ts_rng rng = ts_rng_make(n);
    ts_table *table = ts_table_random(&rng, n, 4);
    set_own(table, OWN_MIXED, &rng);
    expect_exact(table, 1e-12);
    ts_table_free(table);
  }
}

static void extreme_values(void **state) {
  (void)state;
  const double scales[] = { 1e150, 1e-150 };
  for (int own = 0; own < OWN_KINDS; own++)
    for (int k = 0; k < 2; k++) {
      ts_rng rng = ts_rng_make(77 + (uint64_t)own);
      ts_table *table = ts_table_random(&rng, 7, 5);
      set_own(table, own, &rng);
      for (size_t c = 0; c < 128 * 5; c++) table->values[c] *= scales[k];
      expect_exact(table, 1e-12);
      ts_table_free(table);
    }
}

/* One target at 1e150, one at 1e-150, one zero: each is as exact as if it were alone. */
static void no_target_spoils_another(void **state) {
  (void)state;
  const double factor[4] = { 1e150, 1e-150, 1.0, 0.0 };
  for (int own = 0; own < OWN_KINDS; own++) {
    ts_rng rng = ts_rng_make(5 + (uint64_t)own);
    ts_table *table = ts_table_random(&rng, 6, 4);
    set_own(table, own, &rng);
    for (size_t c = 0; c < 64 * 4; c++) table->values[c] *= factor[c % 4];
    expect_exact(table, 1e-12);
    metagame_options options = exact_options(6);
    metagame_result *result = solve_table(table, &options);
    for (size_t j = 0; j < 6; j++) assert_true(metagame_result_matrix(result)[3 * 6 + j] == 0.0);
    metagame_result_destroy(result);
    ts_table_free(table);
  }
}

/* A constant of 1e6 must cost no more than its own rounding. */
static void large_constants(void **state) {
  (void)state;
  const uint32_t n = 12, m = 3;
  for (int own = 0; own < OWN_KINDS; own++) {
    ts_rng rng = ts_rng_make(300 + (uint64_t)own);
    ts_table *table = ts_table_random(&rng, n, m);
    set_own(table, own, &rng);
    for (size_t c = 0; c < ((size_t)m << n); c++) table->values[c] += 1e6;
    const brute_game brute = brute_of(table);
    double matrix[36], base[3];
    const double one[3] = { 1.0, 1.0, 1.0 };
    for (int unpinned = 0; unpinned < 2; unpinned++) {
      metagame_options options = exact_options(n);
      options.flags = unpinned ? METAGAME_UNPINNED : 0;
      metagame_result *result = solve_table(table, &options);
      brute_meta(&brute, unpinned, false, matrix, base);
      expect_rows("matrix", metagame_result_matrix(result), matrix, m, n, one, 1e-8);
      expect_rows("base", metagame_result_base(result), base, m, 1, one, 0.0);
      metagame_result_destroy(result);
    }
    ts_table_free(table);
  }
}

static void any_batch_gives_the_same_bits(void **state) {
  (void)state;
  const uint32_t batches[] = { 1, 3, 64, 1000 };
  for (uint32_t n = 1; n <= 9; n += 2)
    for (int own = 0; own < OWN_KINDS; own++)
      for (int mode = 0; mode < 4; mode++) {
        ts_rng rng = ts_rng_make(n + 100 * (uint64_t)own);
        ts_table *table = ts_table_random(&rng, n, 4);
        set_own(table, own, &rng);
        metagame_result *first = NULL;
        for (int b = 0; b < 4; b++) {
          metagame_options options = exact_options(n);
          options.batch = batches[b];
          options.flags = mode % 2 == 1 ? METAGAME_UNPINNED : 0;
          options.outer = mode / 2 == 1 ? METAGAME_OUTER_BANZHAF : METAGAME_OUTER_SHAPLEY;
          metagame_result *result = solve_table(table, &options);
          if (first == NULL) {
            first = result;
          } else {
            expect_same_bits(first, result);
            metagame_result_destroy(result);
          }
        }
        metagame_result_destroy(first);
        ts_table_free(table);
      }
}

static void any_order_of_telling_gives_the_same_bits(void **state) {
  (void)state;
  const int orders[] = { TS_TELL_NOW, TS_TELL_REVERSED, TS_TELL_RANDOM, TS_TELL_RANDOM };
  const uint32_t batches[] = { 5, 3, 1, 64 };
  for (int own = 0; own < OWN_KINDS; own++) {
    ts_rng rng = ts_rng_make(900 + (uint64_t)own);
    ts_table *table = ts_table_random(&rng, 8, 5);
    set_own(table, own, &rng);
    metagame_game *game = table_game(table);
    metagame_options options = exact_options(8);
    metagame_result *first = solve(game, &options);
    for (int k = 0; k < 4; k++) {
      metagame_error err;
      metagame_result *result = NULL;
      options.batch = batches[k];
      options.max_open = 7;
      ts_table_reset(table);
      expect_ok(ts_solve_by_hand(&result, game, &options, orders[k], (uint64_t)k, &err), &err);
      expect_same_bits(first, result);
      assert_int_equal(ts_table_total(table), info_of(first).evaluations);
      metagame_result_destroy(result);
    }
    metagame_result_destroy(first);
    metagame_game_destroy(game);
    ts_table_free(table);
  }
}

/* A value game solved directly has no own players: plain Shapley values. */
static void value_games(void **state) {
  (void)state;
  ts_rng rng = ts_rng_make(4);
  ts_table *table = ts_table_random(&rng, 7, 3);
  metagame_error err;
  metagame_game *game = NULL;
  const metagame_function function = ts_table_function(table);
  expect_ok(metagame_game_from_function(&game, &function, NULL, &err), &err);
  assert_int_equal(metagame_game_n_players(game), 7);
  assert_int_equal(metagame_game_n_targets(game), 3);
  metagame_options options = exact_options(7);
  metagame_result *result = solve(game, &options);
  const brute_game brute = brute_of(table);
  double matrix[21], base[3], scale[3];
  brute_scale(&brute, scale);
  brute_meta(&brute, false, false, matrix, base);
  expect_rows("matrix", metagame_result_matrix(result), matrix, 3, 7, scale, 1e-12);
  expect_rows("base", metagame_result_base(result), base, 3, 1, scale, 0.0);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  ts_table_free(table);
}

static void verification_agrees(void **state) {
  (void)state;
  for (int own = 0; own < OWN_KINDS; own++) {
    ts_rng rng = ts_rng_make(31 + (uint64_t)own);
    ts_table *table = ts_table_random(&rng, 6, 7);
    set_own(table, own, &rng);
    metagame_error err;
    metagame_game *game = table_game(table);
    metagame_options options = exact_options(6);
    metagame_result *result = solve(game, &options);
    metagame_verify_options verify = METAGAME_VERIFY_OPTIONS_INIT;
    verify.checks = METAGAME_CHECK_DECOMPOSITION | METAGAME_CHECK_BATCH | METAGAME_CHECK_REPEAT | METAGAME_CHECK_EXACT;
    metagame_report *report = NULL;
    expect_ok(metagame_verify(&report, result, game, &verify, &err), &err);
    assert_true(metagame_report_count(report) >= 4 * 7);
    assert_int_equal(metagame_report_failed(report), 0);
    metagame_report_destroy(report);
    /* A different game is not the one that was solved: the exact check must notice. */
    table->values[61 * 7] += 0.5;
    expect_ok(metagame_verify(&report, result, game, &verify, &err), &err);
    assert_true(metagame_report_failed(report) > 0);
    metagame_report_destroy(report);
    metagame_result_destroy(result);
    metagame_game_destroy(game);
    ts_table_free(table);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(random_tables),
    cmocka_unit_test(larger_tables),
    cmocka_unit_test(extreme_values),
    cmocka_unit_test(no_target_spoils_another),
    cmocka_unit_test(large_constants),
    cmocka_unit_test(any_batch_gives_the_same_bits),
    cmocka_unit_test(any_order_of_telling_gives_the_same_bits),
    cmocka_unit_test(value_games),
    cmocka_unit_test(verification_agrees),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
