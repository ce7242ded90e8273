/* SPDX-License-Identifier: MIT */
/* Insertion and deletion curves, their random control, and one ranking under two maskings. */
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "metagame/metrics.h"
#include "support.h"

static void near(double a, double b, double tolerance) {
  if (!(fabs(a - b) <= tolerance)) fail_msg("%.17g is not %.17g", a, b);
}

static metagame_game *game_of(ts_table *table) {
  metagame_game *game = NULL;
  const metagame_attributor attributor = ts_table_attributor(table);
  assert_int_equal(metagame_game_from_attributor(&game, &attributor, NULL, NULL), METAGAME_OK);
  return game;
}

/* v = 10 + sum of weights in T, for both targets; target 1 is pinned to player 2. */
static const double weights[4] = { 3, -1, 2, 3 };

static ts_table *additive_table(void) {
  ts_table *table = ts_table_new(4, 2);
  for (size_t s = 0; s < 16; ++s)
    for (size_t i = 0; i < 2; ++i) {
      double *value = &table->values[2 * s + i];
      *value = 10;
      for (size_t p = 0; p < 4; ++p) *value += s >> p & 1 ? weights[p] : 0;
    }
  table->own[1] = 2;
  return table;
}

static void curves(void **state) {
  (void)state;
  ts_table *table = additive_table();
  metagame_game *game = game_of(table);
  double curve[5], area = 0;
  /* order 0, 3, 2, 1: players 0 and 3 are equal, the lower index is first */
  const double up[5] = { 10, 13, 16, 18, 17 }, down[5] = { 17, 14, 11, 9, 10 };
  assert_int_equal(metagame_removal_curve(game, 0, weights, METAGAME_INSERTION, curve, &area, NULL), METAGAME_OK);
  assert_memory_equal(curve, up, sizeof up);
  near(area, (10 / 2.0 + 13 + 16 + 18 + 17 / 2.0) / 4, 1e-14);
  assert_int_equal(ts_table_total(table), 5);
  assert_int_equal(table->asked[1] + table->asked[9] + table->asked[13], 3);
  assert_int_equal(metagame_removal_curve(game, 0, weights, METAGAME_DELETION, curve, &area, NULL), METAGAME_OK);
  assert_memory_equal(curve, down, sizeof down);
  near(area, (17 / 2.0 + 14 + 11 + 9 + 10 / 2.0) / 4, 1e-14);
  /* player 2 stays: three steps, four points, the fifth is left alone */
  const double own_up[5] = { 12, 15, 18, 17, -7 }, own_down[5] = { 17, 14, 11, 12, -7 };
  curve[4] = -7;
  assert_int_equal(metagame_removal_curve(game, 1, weights, METAGAME_INSERTION, curve, &area, NULL), METAGAME_OK);
  assert_memory_equal(curve, own_up, sizeof own_up);
  near(area, (12 / 2.0 + 15 + 18 + 17 / 2.0) / 3, 1e-14);
  assert_int_equal(metagame_removal_curve(game, 1, weights, METAGAME_DELETION, curve, &area, NULL), METAGAME_OK);
  assert_memory_equal(curve, own_down, sizeof own_down);
  assert_int_equal(metagame_removal_curve(game, 1, weights, METAGAME_DELETION, NULL, &area, NULL), METAGAME_OK);
  metagame_game_destroy(game);
  ts_table_free(table);
}

/* An additive game is at its middle on average: area (v(empty) + v(N))/2, mean curve the straight line. */
static void control(void **state) {
  (void)state;
  ts_table *table = additive_table();
  metagame_game *game = game_of(table);
  double curve[5], area, deviation, error, mean = 0, squares = 0, reported = 0;
  enum { SEEDS = 200, ORDERS = 40 };
  assert_int_equal(metagame_removal_control(game, 0, METAGAME_INSERTION, 20000, 5, curve, &area, &deviation, &error, NULL), METAGAME_OK);
  assert_int_equal(ts_table_total(table), 2 + 20000 * 3);
  near(area, 13.5, 5 * error);
  near(error, deviation / sqrt(20000), 1e-15);
  for (int s = 0; s < 5; ++s) near(curve[s], 10 + 7 * s / 4.0, 0.08);
  near((curve[0] / 2 + curve[1] + curve[2] + curve[3] + curve[4] / 2) / 4, area, 1e-12);
  /* area = 13.5 + sum_p (w_p - mean)(5/2 - place_p)/4 over random places 1..4: variance = (5/4)/16 * 4/3 * sum (w_p - mean)^2 */
  near(deviation, sqrt(1.25 / 16 * 4 / 3 * (1.25 * 1.25 + 2.75 * 2.75 + 0.25 * 0.25 + 1.25 * 1.25)), 0.02);
  for (uint64_t seed = 0; seed < SEEDS; ++seed) {
    assert_int_equal(metagame_removal_control(game, 0, METAGAME_DELETION, ORDERS, seed, NULL, &area, NULL, &error, NULL), METAGAME_OK);
    mean += area / SEEDS;
    squares += (area - 13.5) * (area - 13.5) / SEEDS;
    reported += error / SEEDS;
  }
  near(mean, 13.5, 4 * sqrt(squares / SEEDS));
  assert_true(reported > 0.85 * sqrt(squares) && reported < 1.15 * sqrt(squares));
  assert_int_equal(metagame_removal_control(game, 1, METAGAME_INSERTION, 5000, 5, curve, &area, NULL, &error, NULL), METAGAME_OK);
  near(area, 14.5, 5 * error); /* from v({2}) = 12 to 17 */
  near(curve[3], 17, 0);
  metagame_game_destroy(game);
  ts_table_free(table);
}

/* All scores of a game of two players that count sizes: every order has the same area, and one player has one order. */
static void no_spread(void **state) {
  (void)state;
  ts_table *table = ts_table_new(3, 1), *one = ts_table_new(1, 2);
  const double scores[3] = { 1, 2, 3 }, values[4] = { 2, 5, 4, 9 };
  double area[2], mean[2], error[2], z[2], curve[2], single;
  for (size_t s = 0; s < 8; ++s) table->values[s] = 0.1 * (double)((s & 1) + (s >> 1 & 1) + (s >> 2));
  metagame_game *game = game_of(table);
  const metagame_game *const games[2] = { game, game };
  assert_int_equal(metagame_removal_compare(games, 2, 0, scores, METAGAME_INSERTION, 50, 1, area, mean, error, z, NULL), METAGAME_OK);
  near(area[0], 0.15, 1e-15);
  near(mean[1], 0.15, 1e-15);
  assert_true(error[0] == 0 && isnan(z[0]) && isnan(z[1]));
  metagame_game_destroy(game);
  memcpy(one->values, values, sizeof values);
  one->own[0] = 0;
  game = game_of(one);
  assert_int_equal(metagame_removal_curve(game, 0, scores, METAGAME_INSERTION, curve, &single, NULL), METAGAME_OK);
  assert_true(curve[0] == 4 && single == 4);
  assert_int_equal(metagame_removal_control(game, 0, METAGAME_DELETION, 2, 0, curve, &single, NULL, error, NULL), METAGAME_OK);
  assert_true(curve[0] == 4 && single == 4 && error[0] == 0);
  assert_int_equal(metagame_removal_control(game, 1, METAGAME_DELETION, 2, 0, curve, &single, NULL, error, NULL), METAGAME_OK);
  assert_true(curve[0] == 9 && curve[1] == 5 && single == 7);
  metagame_game_destroy(game);
  ts_table_free(one);
  ts_table_free(table);
}

/* ---- f(x) = sum_k c_k x_k at x = 1 under the maskings b = 0 and b = 3: (x - b) turns around, and so does what a ranking is worth ---- */

enum { FEATURES = 8 };

static int32_t METAGAME_CALL linear(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  (void)user;
  (void)err;
  for (size_t r = 0; r < n_rows; ++r) {
    values[r] = 0;
    for (int k = 0; k < FEATURES; ++k) values[r] += (k + 1) * rows[r * FEATURES + (size_t)k];
  }
  return 0;
}

static void two_maskings(void **state) {
  (void)state;
  double x[FEATURES], zero[FEATURES] = { 0 }, half[FEATURES], three[FEATURES], scores[FEATURES], area[3], mean[3], error[3], z[3], alone;
  metagame_model_callbacks callbacks = METAGAME_MODEL_CALLBACKS_INIT;
  metagame_model *model = NULL;
  metagame_game *games[3] = { NULL, NULL, NULL };
  const double *const baselines[3] = { zero, half, three };
  callbacks.n_features = FEATURES;
  callbacks.evaluate = linear;
  for (int k = 0; k < FEATURES; ++k) x[k] = 1, half[k] = 0.5, three[k] = 3, scores[k] = k + 1;
  assert_int_equal(metagame_model_create(&model, &callbacks, NULL, NULL), METAGAME_OK);
  for (int g = 0; g < 3; ++g) {
    metagame_masking masking = METAGAME_MASKING_INIT;
    masking.x = x;
    masking.background = baselines[g];
    assert_int_equal(metagame_game_from_model(&games[g], model, &masking, NULL), METAGAME_OK);
  }
  const metagame_game *const all[3] = { games[0], games[1], games[2] };
  assert_int_equal(metagame_removal_compare(all, 3, 0, scores, METAGAME_INSERTION, 400, 2, area, mean, error, z, NULL), METAGAME_OK);
  /* best first: area - middle = (1 - b) sum_p (p - 4.5)^2/8 = (1 - b) 42/8; random orders have variance (1 - b)^2 5.25/64 * 8/7 * 42 */
  const double gap = 42.0 / 8, spread = sqrt(5.25 / 64 * 8 / 7 * 42);
  for (int g = 0; g < 3; ++g) {
    const double b = baselines[g][0];
    near(area[g], 36 * b + (1 - b) * 18 + (1 - b) * gap, 1e-12);
    near(mean[g], 36 * b + (1 - b) * 18, 4 * error[g]);
    near(error[g], fabs(1 - b) * spread / 20, 0.15 * error[g]);
    near(z[g], (b < 1 ? 1 : -1) * gap / spread, 0.4);
    assert_int_equal(metagame_removal_control(games[g], 0, METAGAME_INSERTION, 400, 2, NULL, &alone, NULL, NULL, NULL), METAGAME_OK);
    assert_true(alone == mean[g]);
  }
  assert_true(z[0] > 2 && z[1] > 2 && z[2] < -2);
  assert_int_equal(metagame_removal_compare(all, 2, 0, scores, METAGAME_DELETION, 400, 2, area, NULL, NULL, z, NULL), METAGAME_OK);
  assert_true(z[0] < -2 && z[1] < -2);
  for (int g = 0; g < 3; ++g) metagame_game_destroy(games[g]);
  metagame_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(curves), cmocka_unit_test(control), cmocka_unit_test(no_spread),
                                      cmocka_unit_test(two_maskings) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
