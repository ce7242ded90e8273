/* SPDX-License-Identifier: MIT */
/* Games with known answers: each answer against the exact solver, against textbook numbers, and by rules that hold at any size. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "metagame/truth.h"
#include "support.h"

enum { MOST = 12, DRAWS = 20 };

static metagame_result *solved(const metagame_game *game, int32_t outer, uint64_t flags) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_result *result = NULL;
  metagame_error err;
  options.solver = METAGAME_SOLVER_EXACT;
  options.outer = outer;
  options.flags = flags;
  if (metagame_solve(&result, game, &options, &err) != METAGAME_OK) fail_msg("%s", err.message);
  return result;
}

static void close_to(const char *what, const double *got, const double *want, size_t count, double scale) {
  for (size_t k = 0; k < count; ++k)
    if (!(fabs(got[k] - want[k]) <= 1e-12 * scale)) fail_msg("%s[%zu] is %.17g, must be %.17g", what, k, got[k], want[k]);
}

/* Solves, compares and destroys. */
static void expect_values(const char *what, metagame_game *game, const double *shapley, const double *banzhaf, double scale) {
  const uint32_t n = metagame_game_n_players(game);
  metagame_result *result = solved(game, METAGAME_OUTER_SHAPLEY, 0);
  close_to(what, shapley, metagame_result_matrix(result), n, scale);
  metagame_result_destroy(result);
  if (banzhaf) {
    result = solved(game, METAGAME_OUTER_BANZHAF, 0);
    close_to(what, banzhaf, metagame_result_matrix(result), n, scale);
    metagame_result_destroy(result);
  }
  metagame_game_destroy(game);
}

static void ok(metagame_status status, const metagame_error *err) {
  if (status != METAGAME_OK) fail_msg("%s: %s", metagame_status_name(status), err->message);
}

static double total(const double *values, size_t count) {
  double sum = 0;
  for (size_t k = 0; k < count; ++k) sum += values[k];
  return sum;
}

static void additive(void **state) {
  ts_rng rng = ts_rng_make(1);
  metagame_error err;
  (void)state;
  for (uint32_t n = 1; n <= MOST; ++n) {
    double weights[MOST], shapley[MOST];
    const double constant = ts_rng_real(&rng, -3, 3);
    metagame_game *game = NULL;
    for (uint32_t p = 0; p < n; ++p) weights[p] = ts_rng_real(&rng, -1, 1);
    ok(metagame_truth_additive(&game, n, weights, constant, shapley, NULL, &err), &err);
    metagame_result *result = solved(game, METAGAME_OUTER_SHAPLEY, 0);
    assert_true(metagame_result_base(result)[0] == constant);
    metagame_result_destroy(result);
    expect_values("additive", game, shapley, weights, 3);
  }
}

static void unanimity(void **state) {
  ts_rng rng = ts_rng_make(2);
  metagame_error err;
  (void)state;
  for (uint32_t draw = 0; draw < DRAWS; ++draw) {
    const uint32_t n = 1 + draw % MOST;
    uint64_t masks[9];
    double coefficients[9], shapley[MOST], banzhaf[MOST], constant = 0;
    metagame_game *game = NULL;
    for (uint32_t t = 0; t < 9; ++t) {
      masks[t] = t == 4 ? 0 : ts_rng_below(&rng, UINT64_C(1) << n);
      coefficients[t] = ts_rng_real(&rng, -2, 2);
      if (masks[t] == 0) constant += coefficients[t];
    }
    ok(metagame_truth_unanimity(&game, n, draw % 10, masks, coefficients, shapley, banzhaf, NULL, &err), &err);
    if (draw % 10 == 9) {
      metagame_result *result = solved(game, METAGAME_OUTER_SHAPLEY, 0);
      close_to("base", metagame_result_base(result), &constant, 1, 20);
      metagame_result_destroy(result);
    }
    expect_values("unanimity", game, shapley, banzhaf, 20);
  }
}

/* 1000 players, terms that cross words, pairs only: antithetic orders have no error there. */
static void unanimity_of_many(void **state) {
  enum { N = 1000, WORDS = 16, TERMS = 400 };
  ts_rng rng = ts_rng_make(3);
  uint64_t *masks = ts_alloc(TERMS * WORDS, sizeof *masks);
  double coefficients[TERMS], shapley[N];
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_game *game = NULL;
  metagame_result *result = NULL;
  metagame_error err;
  (void)state;
  for (uint32_t t = 0; t < TERMS; ++t) {
    coefficients[t] = ts_rng_real(&rng, -2, 2);
    for (uint32_t k = 0; k < 2; ++k) {
      const uint64_t p = ts_rng_below(&rng, N);
      masks[t * WORDS + p / 64] |= UINT64_C(1) << p % 64;
    }
  }
  ok(metagame_truth_unanimity(&game, N, TERMS, masks, coefficients, shapley, NULL, NULL, &err), &err);
  options.solver = METAGAME_SOLVER_PERMUTATION;
  options.max_evaluations = 2000;
  ok(metagame_solve(&result, game, &options, &err), &err);
  close_to("pairs", shapley, metagame_result_matrix(result), N, 100);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  free(masks);
}

static void glove(void **state) {
  metagame_error err;
  (void)state;
  for (uint32_t left = 0; left <= 8; ++left)
    for (uint32_t right = 0; left + right <= MOST; ++right) {
      double shapley[MOST];
      metagame_game *game = NULL;
      if (left + right == 0) continue;
      ok(metagame_truth_glove(&game, left, right, shapley, NULL, &err), &err);
      expect_values("glove", game, shapley, NULL, 1);
    }
  /* The textbook: one left glove, two right ones. */
  double three[3];
  const double wanted[3] = { 2.0 / 3, 1.0 / 6, 1.0 / 6 };
  metagame_game *game = NULL;
  ok(metagame_truth_glove(&game, 1, 2, three, NULL, &err), &err);
  close_to("textbook", three, wanted, 3, 1);
  metagame_game_destroy(game);
  /* One scarce glove among m: its owner gets m/(m+1), also where m is large; all values together are the pairs. */
  double *many = ts_alloc(METAGAME_MAX_PLAYERS, sizeof *many);
  ok(metagame_truth_glove(&game, METAGAME_MAX_PLAYERS - 1, 1, many, NULL, &err), &err);
  assert_true(fabs(many[METAGAME_MAX_PLAYERS - 1] - 65535.0 / 65536) < 1e-15);
  assert_true(fabs(many[0] * 65535.0 * 65536 - 1) < 1e-12);
  metagame_game_destroy(game);
  ok(metagame_truth_glove(&game, 30000, 30001, many, NULL, &err), &err);
  assert_true(fabs(total(many, 60001) - 30000) < 1e-7);
  assert_true(many[0] > 0.5 && many[60000] < 0.5 && many[60000] > 0.45);
  metagame_game_destroy(game);
  free(many);
}

static void airport(void **state) {
  ts_rng rng = ts_rng_make(4);
  metagame_error err;
  (void)state;
  for (uint32_t n = 1; n <= MOST; ++n) {
    double costs[MOST], shapley[MOST];
    metagame_game *game = NULL;
    for (uint32_t p = 0; p < n; ++p) costs[p] = p % 4 == 3 ? costs[p - 2] : p % 5 == 4 ? 0 : ts_rng_real(&rng, 0, 9); /* some alike */
    ok(metagame_truth_airport(&game, n, costs, shapley, NULL, &err), &err);
    expect_values("airport", game, shapley, NULL, 9);
  }
}

static void voting(void **state) {
  ts_rng rng = ts_rng_make(5);
  metagame_error err;
  metagame_game *game = NULL;
  (void)state;
  for (uint32_t draw = 0; draw < 3 * DRAWS; ++draw) {
    const uint32_t n = 1 + draw % MOST;
    uint32_t weights[MOST], sum = 0;
    double shapley[MOST], banzhaf[MOST];
    for (uint32_t p = 0; p < n; ++p) sum += weights[p] = (uint32_t)ts_rng_below(&rng, draw < DRAWS ? 3 : 50);
    const uint32_t quota = draw % 7 == 0 ? 0 : draw % 7 == 1 ? sum + 1 : (uint32_t)ts_rng_below(&rng, (uint64_t)sum + 1);
    ok(metagame_truth_voting(&game, n, weights, quota, shapley, banzhaf, NULL, &err), &err);
    expect_values("voting", game, shapley, banzhaf, 1);
  }
  /* The Security Council: 421/2145 and 4/2145 (Shapley, Shubik 1954); 848 and 84 swings of 2^14. */
  uint32_t council[15];
  double shapley[15], banzhaf[15], wanted[15], swings[15];
  for (int p = 0; p < 15; ++p) {
    council[p] = p < 5 ? 7 : 1;
    wanted[p] = (p < 5 ? 421 : 4) / 2145.0;
    swings[p] = (p < 5 ? 848 : 84) / 16384.0;
  }
  ok(metagame_truth_voting(&game, 15, council, 39, shapley, banzhaf, NULL, &err), &err);
  close_to("council", shapley, wanted, 15, 1);
  close_to("council", banzhaf, swings, 15, 1);
  metagame_game_destroy(game);
  /* 200 equal voters, and a large one beside 99: 1/n each; a voter of weight w beside m ones at quota q swings at w of the m+1
   * places. */
  uint32_t many[200];
  double index[200];
  for (int p = 0; p < 200; ++p) many[p] = 3;
  ok(metagame_truth_voting(&game, 200, many, 301, index, NULL, NULL, &err), &err);
  for (int p = 0; p < 200; ++p) assert_true(fabs(index[p] - 1.0 / 200) < 1e-14);
  metagame_game_destroy(game);
  for (int p = 0; p < 100; ++p) many[p] = p == 40 ? 30 : 1;
  ok(metagame_truth_voting(&game, 100, many, 65, index, NULL, NULL, &err), &err);
  assert_true(fabs(index[40] - 0.30) < 1e-13);
  assert_true(fabs(total(index, 100) - 1) < 1e-12);
  metagame_game_destroy(game);
}

/* Without answers any weights and any quota will do. */
static void voting_of_many(void **state) {
  uint32_t weights[3] = { UINT32_MAX, UINT32_MAX, 1 };
  metagame_game *game = NULL;
  metagame_error err;
  const double wanted[3] = { 0.5, 0.5, 0 };
  (void)state;
  ok(metagame_truth_voting(&game, 3, weights, UINT32_MAX, NULL, NULL, NULL, &err), &err);
  expect_values("voting", game, wanted, NULL, 1);
}

static void table(void **state) {
  ts_rng rng = ts_rng_make(6);
  ts_table *kept = ts_table_random(&rng, 6, 3);
  metagame_game *game = NULL, *same = NULL;
  metagame_error err;
  (void)state;
  ok(metagame_truth_table(&game, 6, 3, kept->values, NULL, &err), &err);
  const metagame_function function = ts_table_function(kept);
  ok(metagame_game_from_function(&same, &function, NULL, &err), &err);
  metagame_result *a = solved(game, METAGAME_OUTER_SHAPLEY, 0), *b = solved(same, METAGAME_OUTER_SHAPLEY, 0);
  assert_memory_equal(metagame_result_matrix(a), metagame_result_matrix(b), 18 * sizeof(double));
  assert_memory_equal(metagame_result_base(a), kept->values, 3 * sizeof(double));
  metagame_result_destroy(a);
  metagame_result_destroy(b);
  metagame_game_destroy(game);
  metagame_game_destroy(same);
  ts_table_free(kept);
}

/* Random effects, pinned, free and mixed targets; unpinned is the answer without own players. */
static void planted(void **state) {
  enum { EFFECTS = 25 };
  ts_rng rng = ts_rng_make(7);
  metagame_error err;
  (void)state;
  for (uint32_t draw = 0; draw < 3 * DRAWS; ++draw) {
    const uint32_t n = 1 + draw % 7, m = 1 + (draw / 7) % 5;
    metagame_truth_effect effects[EFFECTS];
    uint32_t sources[EFFECTS][7];
    int32_t own[5];
    double matrix[35], base[5], free_matrix[35], free_base[5];
    metagame_game *game = NULL, *unpinned = NULL;
    for (uint32_t i = 0; i < m; ++i)
      own[i] = draw % 3 == 0 || ts_rng_below(&rng, 3) == 0 ? METAGAME_NO_PLAYER : (int32_t)ts_rng_below(&rng, n);
    for (uint32_t e = 0; e < EFFECTS; ++e) {
      effects[e].size = ts_rng_real(&rng, -1, 1);
      effects[e].sources = sources[e];
      effects[e].target = (uint32_t)ts_rng_below(&rng, m);
      effects[e].n_sources = 0;
      for (uint32_t p = n; p-- > 0;)
        if (ts_rng_below(&rng, 3) == 0) sources[e][effects[e].n_sources++] = p;
    }
    ok(metagame_truth_planted(&game, n, m, draw % 3 == 0 ? NULL : own, EFFECTS, effects, matrix, base, NULL, &err), &err);
    ok(metagame_truth_planted(&unpinned, n, m, NULL, EFFECTS, effects, free_matrix, free_base, NULL, &err), &err);
    metagame_result *result = solved(game, METAGAME_OUTER_SHAPLEY, 0), *also = solved(game, METAGAME_OUTER_SHAPLEY, METAGAME_UNPINNED);
    close_to("planted", matrix, metagame_result_matrix(result), (size_t)m * n, 10);
    close_to("base", base, metagame_result_base(result), m, 10);
    close_to("unpinned", free_matrix, metagame_result_matrix(also), (size_t)m * n, 10);
    close_to("unpinned base", free_base, metagame_result_base(also), m, 10);
    metagame_result_destroy(result);
    metagame_result_destroy(also);
    metagame_game_destroy(game);
    metagame_game_destroy(unpinned);
  }
}

/* One effect in one direction only: 2 -> 0 of size 5 and nothing else. */
static void one_arrow(void **state) {
  const uint32_t source = 2;
  const int32_t own[3] = { 0, 1, 2 };
  const metagame_truth_effect effect = { 5, &source, 1, 0 };
  double matrix[9];
  const double wanted[9] = { 0, 0, 5, 0, 0, 0, 0, 0, 0 };
  metagame_game *game = NULL;
  metagame_error err;
  (void)state;
  ok(metagame_truth_planted(&game, 3, 3, own, 1, &effect, matrix, NULL, NULL, &err), &err);
  assert_memory_equal(matrix, wanted, sizeof wanted);
  metagame_result *result = solved(game, METAGAME_OUTER_SHAPLEY, 0);
  close_to("arrow", metagame_result_matrix(result), wanted, 9, 5);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(additive),  cmocka_unit_test(unanimity),      cmocka_unit_test(unanimity_of_many),
    cmocka_unit_test(glove),     cmocka_unit_test(airport),        cmocka_unit_test(voting),
    cmocka_unit_test(table),     cmocka_unit_test(voting_of_many), cmocka_unit_test(planted),
    cmocka_unit_test(one_arrow),
  };
  return cmocka_run_group_tests_name("games with known answers", tests, NULL, NULL);
}
