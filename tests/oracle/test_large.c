/* SPDX-License-Identifier: MIT */
/* More players than one mask word holds: games of single players and pairs, whose values are known in closed form. Order by order
 * with its reverse, and complement by complement, such games are estimated without any error. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

enum { MOST_PLAYERS = 200, N_TARGETS = 4 };

typedef struct pair_game {
  uint32_t n, n_pairs;
  double constant[N_TARGETS], linear[N_TARGETS][MOST_PLAYERS], value[N_TARGETS][3 * MOST_PLAYERS];
  uint32_t first[3 * MOST_PLAYERS], second[3 * MOST_PLAYERS];
  int32_t own[N_TARGETS];
  uint64_t *seen; /* masks asked so far */
  size_t n_seen, words;
} pair_game;

static bool present(const uint64_t *mask, uint32_t player) { return (mask[player / 64] >> (player % 64) & 1) != 0; }

static int32_t METAGAME_CALL pair_rows(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  pair_game *game = user;
  for (size_t r = 0; r < n_masks; r++) {
    const uint64_t *mask = masks + r * game->words;
    if (game->n % 64 != 0 && mask[game->words - 1] >> (game->n % 64) != 0) {
      metagame_error_set(err, "a spare bit of a mask is set");
      return 7;
    }
    memcpy(game->seen + game->n_seen++ * game->words, mask, game->words * sizeof *mask);
    for (uint32_t i = 0; i < N_TARGETS; i++) {
      double sum = game->constant[i];
      for (uint32_t p = 0; p < game->n; p++)
        if (present(mask, p)) sum += game->linear[i][p];
      for (uint32_t q = 0; q < game->n_pairs; q++)
        if (present(mask, game->first[q]) && present(mask, game->second[q])) sum += game->value[i][q];
      rows[r * N_TARGETS + i] = sum;
    }
  }
  return 0;
}

static pair_game *make_game(uint32_t n, uint32_t n_pairs, bool pinned, uint64_t seed) {
  ts_rng rng = ts_rng_make(seed);
  pair_game *game = ts_alloc(1, sizeof *game);
  game->n = n;
  game->n_pairs = n_pairs;
  game->words = metagame_mask_words(n);
  game->seen = ts_alloc(200000 * game->words, sizeof *game->seen);
  for (uint32_t q = 0; q < n_pairs; q++) {
    game->first[q] = (uint32_t)ts_rng_below(&rng, n);
    game->second[q] = (game->first[q] + 1 + (uint32_t)ts_rng_below(&rng, n - 1)) % n;
  }
  for (uint32_t i = 0; i < N_TARGETS; i++) {
    game->constant[i] = ts_rng_real(&rng, -5.0, 5.0);
    for (uint32_t p = 0; p < n; p++) game->linear[i][p] = ts_rng_real(&rng, -1.0, 1.0);
    for (uint32_t q = 0; q < n_pairs; q++) game->value[i][q] = ts_rng_real(&rng, -1.0, 1.0);
    game->own[i] = !pinned || i == 1 ? METAGAME_NO_PLAYER : i == 0 ? (int32_t)(n - 1) : (int32_t)ts_rng_below(&rng, n);
  }
  return game;
}

static void free_game(pair_game *game) {
  free(game->seen);
  free(game);
}

/* Half of a pair goes to each of its players, all of it to the other one when one of them is pinned. */
static void closed_form(const pair_game *game, bool unpinned, double *matrix, double *base) {
  for (uint32_t i = 0; i < N_TARGETS; i++) {
    double *row = matrix + (size_t)i * game->n;
    const int32_t own = unpinned ? METAGAME_NO_PLAYER : game->own[i];
    for (uint32_t p = 0; p < game->n; p++) row[p] = game->linear[i][p];
    for (uint32_t q = 0; q < game->n_pairs; q++) {
      const int32_t a = (int32_t)game->first[q], b = (int32_t)game->second[q];
      if (a != own) row[a] += game->value[i][q] * (b == own ? 1.0 : 0.5);
      if (b != own) row[b] += game->value[i][q] * (a == own ? 1.0 : 0.5);
    }
    base[i] = own >= 0 ? 0.0 : game->constant[i];
    if (own >= 0) row[own] += game->constant[i];
  }
}

static int compare_words(const void *a, const void *b, size_t words) { return memcmp(a, b, words * sizeof(uint64_t)); }
static size_t sorted_words;
static int by_words(const void *a, const void *b) { return compare_words(a, b, sorted_words); }

static uint64_t repeats(pair_game *game) {
  uint64_t count = 0;
  sorted_words = game->words;
  qsort(game->seen, game->n_seen, game->words * sizeof *game->seen, by_words);
  for (size_t k = 1; k < game->n_seen; k++)
    count += compare_words(game->seen + (k - 1) * game->words, game->seen + k * game->words, game->words) == 0;
  return count;
}

static void expect_pairs(uint32_t n, uint32_t n_pairs, bool pinned, int32_t solver, uint64_t flags, uint64_t budget, bool is_exact) {
  pair_game *pairs = make_game(n, n_pairs, pinned, n);
  metagame_error err;
  metagame_game *game = NULL;
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  attributor.name = "pairs";
  attributor.n_players = n;
  attributor.n_targets = N_TARGETS;
  attributor.own_player = pairs->own;
  attributor.user = pairs;
  attributor.attribute = pair_rows;
  expect_ok(metagame_game_from_attributor(&game, &attributor, NULL, &err), &err);
  metagame_options options = sampled_options(solver, budget, 9);
  options.flags = flags;
  metagame_result *result = solve(game, &options);
  const metagame_result_info info = info_of(result);
  assert_int_equal(info.solver, solver);
  assert_true(pairs->n_seen <= budget);
  assert_int_equal(info.evaluations, pairs->n_seen);
  if (solver == METAGAME_SOLVER_REGRESSION) assert_int_equal(repeats(pairs), 0);
  expect_decomposition(result, 1e-12);
  if (is_exact) {
    double *matrix = ts_alloc((size_t)n * N_TARGETS, sizeof *matrix), base[N_TARGETS];
    closed_form(pairs, flags == METAGAME_UNPINNED, matrix, base);
    expect_rows("matrix", metagame_result_matrix(result), matrix, N_TARGETS, n, metagame_result_scale(result), 1e-11);
    expect_rows("base", metagame_result_base(result), base, N_TARGETS, 1, metagame_result_scale(result), 1e-14);
    free(matrix);
  }
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  free_game(pairs);
}

static const uint32_t sizes[] = { 13, 63, 64, 65, 100, 128, 130 };
enum { N_SIZES = sizeof sizes / sizeof sizes[0] };

static void orders_of_pair_games(void **state) {
  (void)state;
  for (int k = 0; k < N_SIZES; k++) {
    const uint32_t n = sizes[k];
    for (int mode = 0; mode < 3; mode++) {
      const uint64_t flags = mode == 2 ? METAGAME_UNPINNED : 0;
      expect_pairs(n, 3 * n, mode > 0, METAGAME_SOLVER_PERMUTATION, flags, 40 * (uint64_t)n, true);
    }
  }
}

static void regressions_of_pair_games(void **state) {
  (void)state;
  for (int k = 0; k < N_SIZES; k++) {
    const uint32_t n = sizes[k];
    expect_pairs(n, 3 * n, false, METAGAME_SOLVER_REGRESSION, 0, 8 * (uint64_t)n, true);
    expect_pairs(n, 3 * n, true, METAGAME_SOLVER_REGRESSION, METAGAME_UNPINNED, 8 * (uint64_t)n, true);
    expect_pairs(n, 3 * n, true, METAGAME_SOLVER_REGRESSION, 0, 8 * (uint64_t)n, false);
    expect_pairs(n, 0, true, METAGAME_SOLVER_REGRESSION, 0, 8 * (uint64_t)n, true); /* additive */
  }
}

/* AUTO: exact while it is cheap, sampled beyond; results agree with the truth in either case. */
static void the_automatic_choice(void **state) {
  (void)state;
  for (uint32_t n = 1; n <= 12; n += n < 4 ? 1 : 4) {
    ts_rng rng = ts_rng_make(n);
    ts_table *table = ts_table_random(&rng, n, 3);
    set_own(table, OWN_MIXED, &rng);
    const brute_game brute = brute_of(table);
    double matrix[36], base[3], scale[3];
    brute_meta(&brute, false, false, matrix, base);
    brute_scale(&brute, scale);
    metagame_error err;
    metagame_game *game = table_game(table);
    metagame_result *result = NULL;
    expect_ok(metagame_solve(&result, game, NULL, &err), &err);
    assert_int_equal(info_of(result).solver, METAGAME_SOLVER_EXACT);
    expect_rows("automatic", metagame_result_matrix(result), matrix, 3, n, scale, 1e-12);
    metagame_result_destroy(result);
    if (n <= 2) { /* the samplers have nothing to sample */
      for (int32_t solver = METAGAME_SOLVER_REGRESSION; solver <= METAGAME_SOLVER_PERMUTATION; solver++) {
        const metagame_options options = sampled_options(solver, 100, 0);
        result = solve(game, &options);
        expect_rows("tiny", metagame_result_matrix(result), matrix, 3, n, scale, 1e-12);
        expect_rows("tiny base", metagame_result_base(result), base, 3, 1, scale, 0.0);
        metagame_result_destroy(result);
      }
    }
    metagame_game_destroy(game);
    ts_table_free(table);
  }
  pair_game *pairs = make_game(70, 10, true, 3);
  metagame_error err;
  metagame_game *game = NULL;
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  attributor.name = "pairs";
  attributor.n_players = 70;
  attributor.n_targets = N_TARGETS;
  attributor.own_player = pairs->own;
  attributor.user = pairs;
  attributor.attribute = pair_rows;
  expect_ok(metagame_game_from_attributor(&game, &attributor, NULL, &err), &err);
  metagame_result *result = NULL;
  expect_ok(metagame_solve(&result, game, NULL, &err), &err);
  assert_int_not_equal(info_of(result).solver, METAGAME_SOLVER_EXACT);
  assert_true(info_of(result).evaluations <= 2048 + 32 * 70);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  free_game(pairs);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(orders_of_pair_games),
    cmocka_unit_test(regressions_of_pair_games),
    cmocka_unit_test(the_automatic_choice),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
