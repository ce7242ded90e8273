/* SPDX-License-Identifier: MIT */
/* Every interaction index against its definition: value games and attribution games, pinned, free, mixed and unpinned, from results of
 * interaction order 2 and 3. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "brute_indices.h"
#include "index_common.h"

enum { OWN_VALUE_GAME = OWN_KINDS, MOST_TARGETS = 5 };

typedef struct solved {
  ts_table *table;
  metagame_result *result;
  bool unpinned;
  double scale[MOST_TARGETS];
  uint32_t least, most; /* players of the smallest and largest game of a target */
} solved;

static metagame_index of_kind(int32_t kind, uint32_t order, uint32_t max_order) {
  metagame_index index = METAGAME_INDEX_INIT;
  index.kind = kind;
  index.order = order;
  index.max_order = max_order;
  return index;
}

static double tolerance_of(int32_t kind) { return kind == METAGAME_INDEX_FSII ? 1e-9 : 1e-12; }

/* The definition needs its defaults filled in; the library gets the struct as it is. */
static void expect_index(const solved *s, const metagame_index *index) {
  static double got[MOST_TARGETS * BRUTE_CELLS], errors[MOST_TARGETS * BRUTE_CELLS], want[MOST_TARGETS * BRUTE_CELLS];
  metagame_error err;
  metagame_index full = *index;
  char what[120];
  if (full.order == 0) full.order = 2;
  if (full.max_order == 0) full.max_order = full.order;
  if (full.probability == 0) full.probability = 0.5;
  size_t cells = 1;
  for (uint32_t q = 0; q < full.order; q++) cells *= s->table->n_players;
  const uint32_t m = s->table->n_outputs;
  for (size_t c = 0; c < m * cells; c++) got[c] = errors[c] = -77.0;
  expect_ok(metagame_result_index(s->result, index, got, errors, &err), &err);
  const brute_game brute = brute_of(s->table);
  for (uint32_t i = 0; i < m; i++) {
    const brute_set set = brute_own_game(&brute, i, s->unpinned);
    brute_index(&set, &full, want + i * cells);
    for (size_t c = 0; c < cells; c++) /* own players and repeated ones */
      if (want[i * cells + c] == 0.0 && got[i * cells + c] != 0.0 && set.k < set.n) {
        size_t left = c;
        bool names_own = false;
        for (uint32_t q = 0; q < full.order; q++, left /= set.n) names_own |= (int32_t)(left % set.n) == s->table->own[i];
        if (names_own) fail_msg("kind %d: a cell of the own player is %g", (int)full.kind, got[i * cells + c]);
      }
  }
  snprintf(what, sizeof what, "kind %d, order %u of %u, %u players, unpinned %d, context %u, inner %d, outer %d, flags %d", (int)full.kind,
           full.order, full.max_order, s->table->n_players, s->unpinned, full.context, (int)full.inner, (int)full.outer, (int)full.flags);
  expect_rows(what, got, want, m, cells, s->scale, tolerance_of(full.kind));
  for (size_t c = 0; c < m * cells; c++) assert_true(errors[c] == 0.0);
  expect_ok(metagame_result_index(s->result, index, want, NULL, &err), &err);
  assert_memory_equal(want, got, m * cells * sizeof *got);
}

static void up_to_max_order(const solved *s, uint32_t interaction_order) {
  const int32_t kinds[] = { METAGAME_INDEX_KSII, METAGAME_INDEX_STII, METAGAME_INDEX_FSII, METAGAME_INDEX_FBII };
  for (int k = 0; k < 4; k++)
    for (uint32_t l = 1; l <= 3; l++)
      for (uint32_t q = 1; q <= l; q++) {
        const bool hands_down = kinds[k] == METAGAME_INDEX_KSII || kinds[k] == METAGAME_INDEX_FBII;
        const metagame_index index = of_kind(kinds[k], q, l);
        if (q <= s->least && (hands_down ? l : q) <= interaction_order) expect_index(s, &index);
      }
}

static void of_one_order(const solved *s, uint32_t q, ts_rng *rng) {
  const int32_t plain[] = { METAGAME_INDEX_SII, METAGAME_INDEX_CHII, METAGAME_INDEX_MOEBIUS, METAGAME_INDEX_CO_MOEBIUS,
                            METAGAME_INDEX_SGV };
  const double probability[] = { 0.0, 0.5, 0.2, 1.0 };
  for (int k = 0; k < 5; k++) {
    const metagame_index index = of_kind(plain[k], q, k % 2 ? q : 0);
    expect_index(s, &index);
  }
  for (int p = 0; p < 4; p++) {
    metagame_index index = of_kind(METAGAME_INDEX_BII, q, 0);
    index.probability = probability[p];
    expect_index(s, &index);
    index.kind = METAGAME_INDEX_BGV;
    expect_index(s, &index);
  }
  for (uint32_t context = 0; context <= s->least - q; context++) {
    metagame_index index = of_kind(METAGAME_INDEX_CONTEXT, q, 0);
    index.context = context;
    expect_index(s, &index);
  }
  if (s->least == s->most) { /* the weights belong to one number of players */
    double weights[BRUTE_MOST];
    metagame_index index = of_kind(METAGAME_INDEX_WEIGHTED, q, 0);
    for (uint32_t c = 0; c <= s->least - q; c++) weights[c] = ts_rng_real(rng, -1.0, 1.0);
    index.weights = weights;
    index.n_weights = s->least - q + 1;
    expect_index(s, &index);
  }
}

static void of_pairs(const solved *s) {
  const metagame_index bivariate = of_kind(METAGAME_INDEX_BIVARIATE_SHAPLEY, 0, 0);
  expect_index(s, &bivariate);
  for (int32_t inner = 0; inner < 4; inner++)
    for (int32_t outer = 0; outer < 2; outer++)
      for (int unpinned = 0; unpinned < 2; unpinned++) {
        metagame_index meta = of_kind(METAGAME_INDEX_META, 2, 0);
        meta.inner = inner == 3 ? METAGAME_INNER_BANZHAF : inner;
        meta.probability = inner == 3 ? 0.3 : 0.5;
        meta.outer = outer;
        meta.flags = unpinned ? METAGAME_UNPINNED : 0;
        expect_index(s, &meta);
      }
}

static void expect_third(const solved *s) {
  double got[MOST_TARGETS * BRUTE_CELLS], want[MOST_TARGETS * BRUTE_CELLS];
  metagame_error err;
  const brute_game brute = brute_of(s->table);
  const size_t n = brute.n, cells = n * n;
  expect_ok(metagame_result_third_order(s->result, got, NULL, &err), &err);
  for (uint32_t i = 0; i < brute.m; i++) brute_third(&brute, i, s->unpinned, want + i * cells);
  expect_rows(s->unpinned ? "third order, unpinned" : "third order", got, want, brute.m, cells, s->scale, 1e-12);
}

static void one_game(uint32_t n, uint32_t m, int own, bool unpinned, uint32_t interaction_order) {
  ts_rng rng = ts_rng_make(10000 * n + 100 * m + 10 * (uint64_t)own + interaction_order);
  solved s = { ts_table_random(&rng, n, m), NULL, unpinned, { 0 }, n, 0 };
  if (own != OWN_VALUE_GAME) set_own(s.table, own, &rng);
  if (own == OWN_MIXED && m > 3) s.table->own[3] = s.table->own[1]; /* two targets with the same own player */
  const brute_game brute = brute_of(s.table);
  brute_scale(&brute, s.scale);
  for (uint32_t i = 0; i < m; i++) {
    const uint32_t k = n - (!unpinned && s.table->own[i] >= 0);
    s.least = k < s.least ? k : s.least;
    s.most = k > s.most ? k : s.most;
  }
  metagame_game *game = own == OWN_VALUE_GAME ? value_game(s.table) : table_game(s.table);
  metagame_options options = exact_options(n);
  options.interaction_order = interaction_order;
  options.flags = unpinned ? METAGAME_UNPINNED : 0;
  s.result = solve(game, &options);
  assert_int_equal(info_of(s.result).interaction_order, interaction_order);
  metagame_options plain = options;
  plain.interaction_order = 0;
  metagame_result *matrix = solve(game, &plain); /* the matrix must not depend on what else is kept */
  assert_int_equal(info_of(matrix).interaction_order, 1);
  expect_rows("matrix", metagame_result_matrix(s.result), metagame_result_matrix(matrix), m, n, s.scale, 1e-13);
  expect_rows("base", metagame_result_base(s.result), metagame_result_base(matrix), m, 1, s.scale, 0.0);
  expect_rows("first order", metagame_result_first_order(s.result), metagame_result_first_order(matrix), m, 1, s.scale, 0.0);
  expect_rows("scale", metagame_result_scale(s.result), metagame_result_scale(matrix), m, 1, s.scale, 0.0);
  metagame_result_destroy(matrix);
  for (uint32_t q = 1; q <= interaction_order && q <= s.least; q++) of_one_order(&s, q, &rng);
  up_to_max_order(&s, interaction_order);
  of_pairs(&s);
  expect_third(&s);
  metagame_result_destroy(s.result);
  metagame_game_destroy(game);
  ts_table_free(s.table);
}

static void value_games(void **state) {
  (void)state;
  for (uint32_t n = 2; n <= 6; n++)
    for (uint32_t order = 2; order <= 3 && order <= n; order++)
      for (uint32_t m = 1; m <= 3; m += 2) one_game(n, m, OWN_VALUE_GAME, false, order);
}

static void attribution_games(void **state) {
  (void)state;
  for (uint32_t n = 2; n <= 6; n++)
    for (uint32_t order = 2; order <= 3 && order <= n; order++)
      for (int own = 0; own < OWN_KINDS; own++)
        for (int unpinned = 0; unpinned < 2; unpinned++) {
          one_game(n, own == OWN_MIXED ? 5 : 3, own, unpinned, order);
          one_game(n, 1, own, unpinned, order);
        }
}

/* Triples of games whose coalitions are merged over several levels: SII and both ends of the contexts, by enumeration. */
static void expect_triples(uint32_t n, uint32_t m, int own) {
  ts_rng rng = ts_rng_make(n + 100 * m + (uint64_t)own);
  metagame_error err;
  ts_table *table = ts_table_random(&rng, n, m);
  set_own(table, own, &rng);
  metagame_game *game = table_game(table);
  metagame_result *result = solve_order(game, 3, 0);
  const size_t cells = (size_t)n * n * n;
  double *got[3];
  const int32_t kinds[] = { METAGAME_INDEX_SII, METAGAME_INDEX_MOEBIUS, METAGAME_INDEX_CO_MOEBIUS };
  for (int k = 0; k < 3; k++) {
    const metagame_index index = of_kind(kinds[k], 3, 3);
    got[k] = ts_alloc(m * cells, sizeof *got[k]);
    expect_ok(metagame_result_index(result, &index, got[k], NULL, &err), &err);
  }
  for (uint32_t i = 0; i < m; i += 1 + m / 5) {
    const uint64_t pin = table->own[i] >= 0 ? UINT64_C(1) << table->own[i] : 0, all = ((UINT64_C(1) << n) - 1) & ~pin;
    const uint32_t k = brute_size(all);
    long double *v = ts_alloc((size_t)1 << n, sizeof *v);
    for (uint64_t s = 0; s < UINT64_C(1) << n; s++) v[s] = table->values[(s | pin) * m + i];
    for (uint64_t q = 0; q <= all; q++) {
      if (brute_size(q) != 3 || (q & pin) != 0) continue;
      long double want[3] = { 0.0L, brute_derivative(v, q, 0), brute_derivative(v, q, all & ~q) };
      for (uint64_t s = 0; s <= all; s++)
        if ((s & (q | pin)) == 0) want[0] += brute_weight(k - 2, brute_size(s)) * brute_derivative(v, q, s);
      size_t cell = 0;
      for (uint32_t j = 0; j < n; j++)
        if (q >> j & 1) cell = cell * n + j;
      for (int a = 0; a < 3; a++) expect_near("triple", got[a][i * cells + cell], (double)want[a], 1e-11);
    }
    free(v);
  }
  for (int k = 0; k < 3; k++) free(got[k]);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  ts_table_free(table);
}

static void larger_games(void **state) {
  (void)state;
  for (int own = 0; own < OWN_KINDS; own++) {
    expect_triples(7, 40, own);
    expect_triples(8, 9, own);
    expect_triples(9, 1, own);
    expect_triples(9, 2, own);
  }
}

/* Outer Banzhaf values: the same indices, and the matrix of Banzhaf values. */
static void outer_banzhaf(void **state) {
  (void)state;
  for (uint32_t n = 2; n <= 6; n++)
    for (int unpinned = 0; unpinned < 2; unpinned++) {
      ts_rng rng = ts_rng_make(n);
      ts_table *table = ts_table_random(&rng, n, 4);
      set_own(table, OWN_MIXED, &rng);
      const brute_game brute = brute_of(table);
      double matrix[4 * BRUTE_MOST], base[4], scale[4];
      brute_scale(&brute, scale);
      metagame_options options = exact_options(n);
      options.interaction_order = 2;
      options.outer = METAGAME_OUTER_BANZHAF;
      options.flags = unpinned ? METAGAME_UNPINNED : 0;
      metagame_result *result = solve_table(table, &options);
      brute_meta(&brute, unpinned, true, matrix, base);
      expect_rows("matrix", metagame_result_matrix(result), matrix, 4, n, scale, 1e-12);
      expect_rows("base", metagame_result_base(result), base, 4, 1, scale, 0.0);
      for (int i = 0; i < 4; i++) assert_true(isnan(metagame_result_residual(result)[i]));
      metagame_result_destroy(result);
      ts_table_free(table);
    }
}

/* One player has no pairs: nothing above order 1 can be asked for. */
static void one_player(void **state) {
  (void)state;
  ts_rng rng = ts_rng_make(1);
  ts_table *table = ts_table_random(&rng, 1, 1);
  metagame_game *game = value_game(table);
  for (uint32_t order = 2; order <= 3; order++) {
    metagame_error err;
    metagame_result *result = NULL;
    metagame_options options = exact_options(1);
    options.interaction_order = order;
    assert_int_equal(metagame_solve(&result, game, &options, &err), METAGAME_E_ARGUMENT);
    assert_non_null(strstr(err.message, "options.interaction_order"));
    assert_null(result);
  }
  metagame_game_destroy(game);
  ts_table_free(table);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(value_games),
    cmocka_unit_test(attribution_games),
    cmocka_unit_test(larger_games),
    cmocka_unit_test(outer_banzhaf),
    cmocka_unit_test(one_player),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
