/* SPDX-License-Identifier: MIT */
/* Large constants and large dividends; null players, which are exactly 0; the Moebius transform. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "index_common.h"

static double most_apart(double *a, double *b, size_t count) {
  double most = 0.0;
  for (size_t c = 0; c < count; c++) most = fmax(most, fabs(a[c] - b[c]));
  free(a);
  free(b);
  return most;
}

/* A constant of 1e6 on a game of size 1 costs no more than its own rounding, 1e-10. */
static void large_constant(void **state) {
  (void)state;
  const uint32_t n = 16;
  const size_t pairs = (size_t)n * n;
  for (int rounded = 0; rounded < 2; rounded++) {
    ts_rng rng = ts_rng_make(16);
    ts_table *table = ts_table_random(&rng, n, 1);
    for (size_t s = 0; rounded && s < (size_t)1 << n; s++) table->values[s] = ldexp(nearbyint(ldexp(table->values[s], 30)), -30);
    metagame_result *plain = solve_values(table, 2);
    for (size_t s = 0; s < (size_t)1 << n; s++) table->values[s] += 1e6;
    metagame_result *shifted = solve_values(table, 2);
    const int32_t kinds[] = { METAGAME_INDEX_SII, METAGAME_INDEX_STII, METAGAME_INDEX_FSII };
    const double bound = rounded ? 0.0 : 1e-8; /* where the addition is exact, so are the differences from the start */
    for (int k = 0; k < 3; k++)
      assert_true(most_apart(index_of(plain, kinds[k], 2, 2), index_of(shifted, kinds[k], 2, 2), pairs) <= bound);
    for (uint64_t flags = 0; flags < 2; flags++)
      assert_true(most_apart(meta_of(plain, METAGAME_INNER_SHAPLEY, METAGAME_OUTER_SHAPLEY, flags),
                             meta_of(shifted, METAGAME_INNER_SHAPLEY, METAGAME_OUTER_SHAPLEY, flags), pairs) <= bound);
    metagame_result_destroy(plain);
    metagame_result_destroy(shifted);
    ts_table_free(table);
  }
}

/* SII = sum_{T has i, j} m(T) / (t-1), the way that indices are not computed. */
static double *sii_by_dividends(const ts_table *table) {
  metagame_error err;
  const uint32_t n = table->n_players;
  const size_t size = (size_t)1 << n;
  double *dividends = ts_alloc(size, sizeof *dividends), *cells = ts_alloc((size_t)n * n, sizeof *cells);
  memcpy(dividends, table->values, size * sizeof *dividends);
  expect_ok(metagame_moebius_transform(dividends, n, 1, 0, &err), &err);
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t j = 0; j < n; j++)
      for (size_t t = 0; i != j && t < size; t++)
        if ((t >> i & 1) && (t >> j & 1)) cells[i * n + j] += dividends[t] / (brute_size(t) - 1.0);
  free(dividends);
  return cells;
}

/* Why indices are not sums of dividends: where values change sign with each player, dividends grow like 2^t and their sums cancel. */
static void dividends_lose_digits(void **state) {
  (void)state;
  enum { N = 16 };
  ts_rng rng = ts_rng_make(17);
  ts_table *table = ts_table_random(&rng, N, 1);
  long double *v = ts_alloc((size_t)1 << N, sizeof *v);
  for (size_t s = 0; s < (size_t)1 << N; s++) {
    table->values[s] = (brute_size(s) % 2 ? -1.0 : 1.0) * (1.0 + 0.1 * table->values[s]);
    v[s] = table->values[s];
  }
  metagame_result *result = solve_values(table, 2);
  double *direct = index_of(result, METAGAME_INDEX_SII, 2, 0), *summed = sii_by_dividends(table), apart[2] = { 0.0 };
  for (uint32_t i = 0; i < N; i++)
    for (uint32_t j = i + 1; j < N; j++) {
      const uint64_t a = UINT64_C(1) << i, b = UINT64_C(1) << j, q = a | b;
      long double want = 0.0L;
      for (uint64_t s = 0; s < UINT64_C(1) << N; s++)
        if ((s & q) == 0) want += brute_weight(N - 1, brute_size(s)) * (v[s | q] - v[s | a] - v[s | b] + v[s]);
      apart[0] = fmax(apart[0], fabs((double)(want - (long double)direct[i * N + j])));
      apart[1] = fmax(apart[1], fabs((double)(want - (long double)summed[i * N + j])));
    }
  assert_true(apart[0] < 2e-14);
  assert_true(apart[1] > 1e-12);
  free(direct), free(summed), free(v);
  metagame_result_destroy(result);
  ts_table_free(table);
}

/* ---- null players ---- */

/* The table with players that change nothing put in between: those of `null`. */
static ts_table *with_null_players(ts_rng *rng, uint32_t n, uint64_t null, double scale, bool signs) {
  ts_table *table = ts_table_random(rng, n, 1);
  for (size_t s = 0; s < (size_t)1 << n; s++) {
    const double value = table->values[s & ~null] * (s & null ? 1.0 : scale);
    table->values[s] = value;
    if (signs && (s & ~null) % 3 == 0) table->values[s] = ts_rng_below(rng, 2) ? 0.0 : -0.0; /* equal, though not bit for bit */
  }
  return table;
}

static void expect_null_cells(const char *what, double *cells, uint32_t n, uint32_t order, uint64_t null, bool row_only) {
  const size_t count = (size_t)(order == 1 ? n : order == 2 ? n * n : n * n * n);
  bool some = false;
  for (size_t c = 0; c < count; c++) {
    size_t left = c;
    bool named = false;
    for (uint32_t q = 0; q < order; q++, left /= n)
      if (!row_only || q + 1 == order) named |= (null >> left % n & 1) != 0;
    if (named && cells[c] != 0.0) fail_msg("%s, %u players, cell %zu: %g", what, n, c, cells[c]);
    some |= !named && cells[c] != 0.0;
  }
  assert_true(some || order == 3);
  free(cells);
}

static void null_players(void **state) {
  (void)state;
  const double scales[] = { 1.0, 1e300, 1e-300, 1e-310 };
  const int32_t kinds[] = { METAGAME_INDEX_SII, METAGAME_INDEX_KSII, METAGAME_INDEX_STII, METAGAME_INDEX_FSII, METAGAME_INDEX_BII,
                            METAGAME_INDEX_FBII, METAGAME_INDEX_CHII, METAGAME_INDEX_MOEBIUS, METAGAME_INDEX_CO_MOEBIUS,
                            METAGAME_INDEX_CONTEXT };
  for (uint32_t n = 4; n <= 9; n++)
    for (uint64_t null = 1; null < 1u << n; null += 1 + null / 3)
      for (int scale = 0; scale < 4; scale++)
        for (int signs = 0; signs < 2; signs++) {
          ts_rng rng = ts_rng_make(n + null);
          metagame_error err;
          if (n - brute_size(null) < 2) continue;
          ts_table *table = with_null_players(&rng, n, null, 1.0, signs);
          for (size_t s = 0; s < (size_t)1 << n; s++) table->values[s] *= scales[scale];
          metagame_result *result = solve_values(table, 3);
          double *third = ts_alloc((size_t)n * n, sizeof *third), *matrix = ts_alloc(n, sizeof *matrix);
          memcpy(matrix, metagame_result_matrix(result), n * sizeof *matrix);
          expect_null_cells("matrix", matrix, n, 1, null, false);
          for (int k = 0; k < 10; k++)
            for (uint32_t q = 1; q <= 3; q++) expect_null_cells("index", index_of(result, kinds[k], q, 0), n, q, null, false);
          expect_null_cells("SGV", index_of(result, METAGAME_INDEX_SGV, 1, 0), n, 1, null, false);
          expect_null_cells("BGV", index_of(result, METAGAME_INDEX_BGV, 1, 0), n, 1, null, false);
          for (int32_t inner = 0; inner < 3; inner++)
            for (uint64_t flags = 0; flags < 2; flags++)
              expect_null_cells("meta", meta_of(result, inner, METAGAME_OUTER_SHAPLEY, flags), n, 2, null, false);
          expect_null_cells("bivariate", index_of(result, METAGAME_INDEX_BIVARIATE_SHAPLEY, 0, 0), n, 2, null, true);
          expect_ok(metagame_result_third_order(result, third, NULL, &err), &err);
          expect_null_cells("third order", third, n, 2, null, false);
          metagame_result_destroy(result);
          ts_table_free(table);
        }
}

/* The same in the closed form; and no player is null by a hair. */
static void null_players_of_closed_forms(void **state) {
  (void)state;
  const char *const methods[] = { "shapley", "banzhaf", "occlusion" };
  for (uint32_t n = 3; n <= 8; n++)
    for (int k = 0; k < 3; k++)
      for (uint64_t flags = 0; flags < 2; flags++) {
        ts_rng rng = ts_rng_make(n);
        metagame_error err;
        ts_table *table = with_null_players(&rng, n, 2, 1.0, false);
        metagame_game *base = value_game(table), *game = NULL;
        metagame_method method = METAGAME_METHOD_INIT;
        method.name = methods[k];
        expect_ok(metagame_game_attribute(&game, base, &method, &err), &err);
        metagame_result *result = solve_order(game, 1, flags ? METAGAME_UNPINNED : 0);
        double *matrix = ts_alloc((size_t)n * n, sizeof *matrix);
        memcpy(matrix, metagame_result_matrix(result), (size_t)n * n * sizeof *matrix);
        expect_null_cells("closed", matrix, n, 2, 2, false);
        assert_true(metagame_result_first_order(result)[1] == 0.0);
        metagame_result_destroy(result);
        table->values[3] += 1e-9;
        metagame_result *nearly = solve_order(base, 2, 0);
        double *sii = index_of(nearly, METAGAME_INDEX_CONTEXT, 2, 0);
        expect_near("nearly null", sii[1], 1e-9, 1e-14); /* in the context of nobody, players 0 and 1 now interact */
        free(sii);
        metagame_result_destroy(nearly);
        metagame_game_destroy(base);
        metagame_game_destroy(game);
        ts_table_free(table);
      }
}

/* All games of four players with values 0 and 1: nobody is taken for a null player who is none, and nobody missed. */
static void voting_games(void **state) {
  (void)state;
  ts_table *table = ts_table_new(4, 1);
  metagame_game *game = value_game(table);
  for (uint32_t rule = 0; rule < 1u << 16; rule += 1 + rule % 3) {
    double shapley[4], *context[2];
    for (uint32_t s = 0; s < 16; s++) table->values[s] = rule >> s & 1;
    metagame_result *result = solve_order(game, 2, 0);
    brute_cardinal(4, table->values, 's', shapley);
    for (uint32_t c = 0; c < 2; c++) {
      metagame_index index = METAGAME_INDEX_INIT;
      index.kind = METAGAME_INDEX_CONTEXT;
      index.order = 1;
      index.context = c;
      context[c] = cells_of(result, index);
    }
    for (uint32_t j = 0; j < 4; j++) {
      double first = table->values[1u << j] - table->values[0];
      bool null = true;
      for (uint32_t s = 0; s < 16; s++) null &= table->values[s | 1u << j] == table->values[s];
      expect_near("Shapley value", metagame_result_matrix(result)[j], shapley[j], 1e-15);
      assert_true(context[0][j] == first);
      if (null) assert_true(metagame_result_matrix(result)[j] == 0.0 && context[1][j] == 0.0);
    }
    free(context[0]), free(context[1]);
    metagame_result_destroy(result);
  }
  metagame_game_destroy(game);
  ts_table_free(table);
}

/* v(S + j) = factor * v(S) is no null player, however alike the bits of the numbers are. */
static void factors_of_values(void **state) {
  (void)state;
  const double factors[] = { -1.0, 2.0, 0.5, -2.0, 0x1p40, 1.5, 0.0 };
  for (uint32_t n = 3; n <= 8; n++)
    for (uint32_t j = 0; j < n; j++)
      for (int f = 0; f < 7; f++)
        for (int digits = 1; digits < 50; digits += 12) {
          ts_rng rng = ts_rng_make(n + j);
          const size_t player = (size_t)1 << j;
          double mean = 0.0;
          ts_table *table = ts_table_new(n, 1);
          for (size_t s = 1; s < (size_t)1 << n; s++)
            table->values[s] = s & player ? factors[f] * table->values[s & ~player]
                                          : ldexp(floor(ts_rng_real(&rng, 1.0, ldexp(1.0, digits))), -digits);
          for (uint32_t k = 0; k < n; k++) mean += k == j ? 0.0 : table->values[(size_t)1 << k] / (n - 1.0);
          metagame_index index = METAGAME_INDEX_INIT;
          index.kind = METAGAME_INDEX_CONTEXT;
          index.order = 1;
          index.context = 1;
          metagame_result *result = solve_values(table, 2);
          double *cells = cells_of(result, index);
          expect_near("context 1", cells[j], (factors[f] - 1.0) * mean, 1e-14 * (1.0 + fabs(factors[f])));
          free(cells);
          metagame_result_destroy(result);
          ts_table_free(table);
        }
}

/* ---- the Moebius transform ---- */

static void moebius(void **state) {
  (void)state;
  for (uint32_t n = 1; n <= 8; n++)
    for (uint32_t m = 1; m <= 3; m++) {
      ts_rng rng = ts_rng_make(n + 10 * m);
      metagame_error err;
      const size_t rows = (size_t)1 << n;
      ts_table *table = ts_table_random(&rng, n, m);
      double *work = ts_alloc(rows * m, sizeof *work), *one = ts_alloc(rows, sizeof *one);
      long double *want = ts_alloc(rows, sizeof *want);
      memcpy(work, table->values, rows * m * sizeof *work);
      expect_ok(metagame_moebius_transform(work, n, m, 0, &err), &err);
      for (uint32_t o = 0; o < m; o++) {
        for (size_t s = 0; s < rows; s++) one[s] = table->values[s * m + o];
        brute_moebius(n, one, want);
        for (size_t t = 0; t < rows; t++) expect_near("dividend", work[t * m + o], (double)want[t], 1e-12);
      }
      expect_ok(metagame_moebius_transform(work, n, m, 7, NULL), &err); /* any number but 0 goes back */
      for (size_t c = 0; c < rows * m; c++) expect_near("round trip", work[c], table->values[c], 1e-12);
      free(work), free(one), free(want);
      ts_table_free(table);
    }
}

static void moebius_of_bad_input(void **state) {
  (void)state;
  double table[4] = { 1, 2, 4, 8 };
  const double kept[4] = { 1, 2, 4, 8 };
  metagame_error err;
  assert_int_equal(metagame_moebius_transform(NULL, 2, 1, 0, &err), METAGAME_E_NULL);
  assert_non_null(strstr(err.message, "table"));
  assert_int_equal(metagame_moebius_transform(table, 0, 1, 0, &err), METAGAME_E_ARGUMENT);
  assert_non_null(strstr(err.message, "n_players is 0, must be 1..32"));
  assert_int_equal(metagame_moebius_transform(table, 33, 1, 0, &err), METAGAME_E_ARGUMENT);
  assert_non_null(strstr(err.message, "n_players is 33"));
  assert_int_equal(metagame_moebius_transform(table, 2, 0, 0, &err), METAGAME_E_ARGUMENT);
  assert_non_null(strstr(err.message, "n_outputs is 0"));
  assert_int_equal(metagame_moebius_transform(NULL, 2, 1, 0, NULL), METAGAME_E_NULL);
  assert_memory_equal(table, kept, sizeof table);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(large_constant),
    cmocka_unit_test(dividends_lose_digits),
    cmocka_unit_test(null_players),
    cmocka_unit_test(null_players_of_closed_forms),
    cmocka_unit_test(voting_games),
    cmocka_unit_test(factors_of_values),
    cmocka_unit_test(moebius),
    cmocka_unit_test(moebius_of_bad_input),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
