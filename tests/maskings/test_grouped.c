/* SPDX-License-Identifier: MIT */
/* metagame_game_group: the game between groups is the one whose table was regrouped by hand, in every form a game can have. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "support.h"

/* Six players: {0,3}, {1}, {4,2} are groups; 5 is there or not; nobody names the rest. */
static const size_t offsets[4] = { 0, 2, 3, 5 };
static const uint32_t members[5] = { 0, 3, 1, 4, 2 };
static const metagame_groups words = { 3, offsets, members };

static uint32_t map_by_hand(const metagame_groups *groups, uint64_t present, uint32_t mask) {
  uint64_t players = present;
  for (size_t g = 0; g < groups->n_groups; ++g)
    for (size_t at = groups->offsets[g]; mask >> g & 1 && at < groups->offsets[g + 1]; ++at) players |= UINT64_C(1) << groups->features[at];
  return (uint32_t)players;
}

static ts_table *regroup(const ts_table *table, const metagame_groups *groups, uint64_t present) {
  const size_t m = table->n_outputs;
  ts_table *out = ts_table_new((uint32_t)groups->n_groups, table->n_outputs);
  for (uint32_t mask = 0; mask < 1u << groups->n_groups; ++mask)
    memcpy(out->values + mask * m, table->values + map_by_hand(groups, present, mask) * m, m * sizeof *out->values);
  return out;
}

static metagame_result *solve(const metagame_game *game, const metagame_options *options) {
  metagame_result *result = NULL;
  metagame_error err;
  if (metagame_solve(&result, game, options, &err) != METAGAME_OK) fail_msg("%s", err.message);
  return result;
}

static metagame_game *group(const metagame_game *game, const metagame_groups *players, const uint64_t *present) {
  metagame_game *out = NULL;
  metagame_error err;
  if (metagame_game_group(&out, game, players, present, &err) != METAGAME_OK) fail_msg("%s", err.message);
  return out;
}

static metagame_game *from_table(ts_table *table, int as_function) {
  metagame_game *out = NULL;
  const metagame_function function = ts_table_function(table);
  const metagame_attributor attributor = ts_table_attributor(table);
  if (as_function) assert_int_equal(metagame_game_from_function(&out, &function, NULL, NULL), METAGAME_OK);
  else assert_int_equal(metagame_game_from_attributor(&out, &attributor, NULL, NULL), METAGAME_OK);
  return out;
}

/* Of both games, with every solver that takes them. tolerance 0: the same bits. */
static void expect_same(const metagame_game *one, const metagame_game *other, double tolerance) {
  const uint32_t n = metagame_game_n_players(one), m = metagame_game_n_targets(one);
  assert_int_equal(n, metagame_game_n_players(other));
  assert_int_equal(m, metagame_game_n_targets(other));
  for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s) {
    const metagame_options options = fx_options(fx_solvers[s], 64);
    metagame_result *a = NULL, *b = NULL;
    metagame_error err;
    const metagame_status status = metagame_solve(&a, one, &options, &err);
    assert_int_equal(metagame_solve(&b, other, &options, NULL), status);
    if (status != METAGAME_OK) fail_msg("%s", err.message);
    assert_memory_equal(metagame_result_own_player(a), metagame_result_own_player(b), m * sizeof(int32_t));
    for (size_t cell = 0; cell < (size_t)n * m; ++cell) {
      const double x = metagame_result_matrix(a)[cell], y = metagame_result_matrix(b)[cell];
      if (!(fabs(x - y) <= tolerance)) fail_msg("solver %d, cell %zu: %.17g and %.17g", (int)fx_solvers[s], cell, x, y);
    }
    for (size_t i = 0; i < m; ++i) {
      assert_true(fabs(metagame_result_first_order(a)[i] - metagame_result_first_order(b)[i]) <= tolerance);
      assert_true(fabs(metagame_result_base(a)[i] - metagame_result_base(b)[i]) <= tolerance);
    }
    metagame_result_destroy(a);
    metagame_result_destroy(b);
  }
}

static void tables_by_hand(void **state) {
  (void)state;
  for (uint64_t present = 0; present <= 32; present += 32) { /* player 5 always there, or never */
    ts_rng rng = ts_rng_make(present + 1);
    ts_table *table = ts_table_random(&rng, 6, 4), *wanted;
    static const int32_t own[4] = { 1, 4, 5, METAGAME_NO_PLAYER }, own_group[4] = { 1, -1, -1, -1 };
    memcpy(table->own, own, sizeof own);
    wanted = regroup(table, &words, present);
    for (int as_function = 0; as_function < 2; ++as_function) {
      if (!as_function) memcpy(wanted->own, own_group, sizeof own_group);
      metagame_game *inner = from_table(table, as_function), *game = group(inner, &words, &present);
      metagame_game *hand = from_table(wanted, as_function);
      metagame_game_destroy(inner); /* the group holds it */
      expect_same(game, hand, 0);
      metagame_game_destroy(game);
      metagame_game_destroy(hand);
    }
    ts_table_free(table);
    ts_table_free(wanted);
  }
}

/* No groups: the players that are not always there, by themselves; the own players move up. */
static void always_present(void **state) {
  static const uint64_t present = 1 << 0 | 1 << 3;
  static const size_t single_offsets[5] = { 0, 1, 2, 3, 4 };
  static const uint32_t singles[4] = { 1, 2, 4, 5 };
  static const metagame_groups left = { 4, single_offsets, singles };
  static const int32_t own[3] = { 2, 3, 5 }, own_left[3] = { 1, METAGAME_NO_PLAYER, 3 };
  ts_rng rng = ts_rng_make(8);
  ts_table *table = ts_table_random(&rng, 6, 3);
  (void)state;
  memcpy(table->own, own, sizeof own);
  ts_table *wanted = regroup(table, &left, present);
  memcpy(wanted->own, own_left, sizeof own_left);
  metagame_game *inner = from_table(table, 0), *hand = from_table(wanted, 0);
  metagame_game *game = group(inner, NULL, &present), *named = group(inner, &left, &present), *whole = group(inner, NULL, NULL);
  expect_same(game, hand, 0);
  expect_same(named, hand, 0);
  expect_same(whole, inner, 0);
  metagame_game *const all[] = { inner, hand, game, named, whole };
  for (size_t g = 0; g < COUNT_OF(all); ++g) metagame_game_destroy(all[g]);
  ts_table_free(table);
  ts_table_free(wanted);
}

static void nested(void **state) {
  static const size_t outer_offsets[3] = { 0, 2, 3 };
  static const uint32_t outer_members[3] = { 0, 2, 1 };
  static const metagame_groups outer = { 2, outer_offsets, outer_members };
  static const size_t flat_offsets[3] = { 0, 4, 5 };
  static const uint32_t flat_members[5] = { 0, 3, 4, 2, 1 };
  static const metagame_groups flat = { 2, flat_offsets, flat_members };
  static const uint64_t present = 32, first = 1;
  static const int32_t own[2] = { 1, 0 };
  ts_rng rng = ts_rng_make(4);
  ts_table *table = ts_table_random(&rng, 6, 2);
  (void)state;
  memcpy(table->own, own, sizeof own);
  metagame_game *inner = from_table(table, 0), *once = group(inner, &words, &present), *twice = group(once, &outer, NULL);
  metagame_game *direct = group(inner, &flat, &present), *held = group(once, NULL, &first);
  metagame_game_destroy(once);
  expect_same(twice, direct, 0);
  const uint64_t union_present = present | 1 | 8; /* group 0 is {0, 3} */
  static const size_t rest_offsets[3] = { 0, 1, 3 };
  static const uint32_t rest_members[3] = { 1, 4, 2 };
  static const metagame_groups rest = { 2, rest_offsets, rest_members };
  metagame_game *rest_game = group(inner, &rest, &union_present);
  expect_same(held, rest_game, 0);
  metagame_game *const all[] = { inner, twice, direct, held, rest_game };
  for (size_t g = 0; g < COUNT_OF(all); ++g) metagame_game_destroy(all[g]);
  ts_table_free(table);
}

/* ---- formulas: the attribution of the players, between groups of them ---- */

/* Occlusion v(S) - v(S - i) and Shapley values of the players in S; 0 for absent ones. */
static double inner_value(const ts_table *table, int shapley, uint32_t s, uint32_t i) {
  const double *v = table->values;
  const size_t m = table->n_outputs;
  if (!(s >> i & 1)) return 0;
  if (!shapley) return v[s * m] - v[(s ^ 1u << i) * m];
  const uint32_t others = s ^ 1u << i;
  const int k = __builtin_popcount(s);
  double sum = 0;
  for (uint32_t t = others;; t = (t - 1) & others) {
    double weight = 1.0 / k;
    const int size = __builtin_popcount(t);
    for (int j = 1; j <= size; ++j) weight *= (double)j / (k - j);
    sum += weight * (v[(t | 1u << i) * m] - v[t * m]);
    if (t == 0) break;
  }
  return sum;
}

static void formulas(void **state) {
  static const int32_t own_group[6] = { -1, 1, -1, -1, -1, -1 };
  (void)state;
  for (int shapley = 0; shapley < 2; ++shapley)
    for (uint64_t present = 0; present <= 32; present += 32) {
      ts_rng rng = ts_rng_make(present + 11);
      ts_table *table = ts_table_random(&rng, 6, 1), *wanted = ts_table_new(3, 6);
      metagame_method method = METAGAME_METHOD_INIT;
      metagame_game *attribution = NULL;
      metagame_game *base = from_table(table, 1), *hand;
      method.name = shapley ? "shapley" : "occlusion";
      assert_int_equal(metagame_game_attribute(&attribution, base, &method, NULL), METAGAME_OK);
      metagame_game *game = group(attribution, &words, &present);
      metagame_game_destroy(base);
      metagame_game_destroy(attribution);
      for (uint32_t mask = 0; mask < 8; ++mask)
        for (uint32_t i = 0; i < 6; ++i) wanted->values[mask * 6 + i] = inner_value(table, shapley, map_by_hand(&words, present, mask), i);
      memcpy(wanted->own, own_group, sizeof own_group);
      hand = from_table(wanted, 0);
      expect_same(game, hand, 1e-13);
      metagame_result *result = solve(game, NULL);
      metagame_result_info info = METAGAME_RESULT_INFO_INIT;
      assert_int_equal(metagame_result_get_info(result, &info, NULL), METAGAME_OK);
      assert_string_equal(info.attributor, method.name);
      assert_true(info.value_evaluations > 0);
      assert_true((info.flags & METAGAME_CARDINAL) == 0);
      metagame_result_destroy(result);
      metagame_game_destroy(game);
      metagame_game_destroy(hand);
      ts_table_free(table);
      ts_table_free(wanted);
    }
}

/* Of single players, some of them always there, the Shapley attribution stays symmetric. */
static void symmetry_stays(void **state) {
  static const uint64_t present = 1 << 4;
  ts_rng rng = ts_rng_make(2);
  ts_table *table = ts_table_random(&rng, 6, 1);
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_game *base = from_table(table, 1), *attribution = NULL;
  metagame_report *report = NULL;
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  (void)state;
  method.name = "shapley";
  assert_int_equal(metagame_game_attribute(&attribution, base, &method, NULL), METAGAME_OK);
  metagame_game *game = group(attribution, NULL, &present);
  metagame_result *result = solve(game, NULL);
  assert_int_equal(metagame_result_get_info(result, &info, NULL), METAGAME_OK);
  assert_true((info.flags & METAGAME_CARDINAL) != 0);
  assert_int_equal(metagame_verify(&report, result, game, NULL, NULL), METAGAME_OK);
  metagame_check check = METAGAME_CHECK_INIT;
  assert_int_equal(metagame_report_get(report, 6, &check, NULL), METAGAME_OK);
  assert_string_equal(check.name, "symmetry");
  assert_int_equal(check.outcome, METAGAME_CHECK_PASSED);
  metagame_report_destroy(report);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  metagame_game_destroy(attribution);
  metagame_game_destroy(base);
  ts_table_free(table);
}

/* A grouped value game is one: built-in methods take the groups as features. */
static void attribution_of_groups(void **state) {
  static const char *const names[] = { "occlusion", "shapley", "banzhaf", "shapley-sampling" };
  static const uint64_t present = 32;
  ts_rng rng = ts_rng_make(6);
  ts_table *table = ts_table_random(&rng, 6, 2), *wanted = regroup(table, &words, present);
  metagame_game *inner = from_table(table, 1), *base = group(inner, &words, &present), *hand = from_table(wanted, 1);
  metagame_error err;
  (void)state;
  for (size_t k = 0; k < COUNT_OF(names); ++k) {
    metagame_method method = METAGAME_METHOD_INIT;
    metagame_game *one = NULL, *other = NULL;
    method.name = names[k];
    method.output = 1;
    assert_int_equal(metagame_game_attribute(&one, base, &method, NULL), METAGAME_OK);
    assert_int_equal(metagame_game_attribute(&other, hand, &method, NULL), METAGAME_OK);
    expect_same(one, other, 0);
    metagame_game_destroy(one);
    metagame_game_destroy(other);
  }
  metagame_method gradient = METAGAME_METHOD_INIT;
  metagame_game *none = NULL;
  gradient.name = "gradient";
  fx_expect(metagame_game_attribute(&none, base, &gradient, &err), METAGAME_E_UNSUPPORTED, &err, "gradient", "grouping", "masking.players",
            NULL);
  metagame_game *const all[] = { inner, base, hand };
  for (size_t g = 0; g < COUNT_OF(all); ++g) metagame_game_destroy(all[g]);
  ts_table_free(table);
  ts_table_free(wanted);
}

/* Gradients of single features between groups: the same as with the groups in the masking. Features in no group are always present. */
static void gradients(void **state) {
  static const char *const names[] = { "gradient-x-input", "integrated-gradients", "occlusion" };
  static const uint64_t present = 32;
  static const double x[6] = { 1, 2, -1, 0.5, 3, -2 }, background[6] = { 0, 1, 0, 1, 0, 1 };
  static const size_t feature_offsets[7] = { 0, 1, 2, 3, 4, 5, 6 };
  static const uint32_t features[6] = { 0, 1, 2, 3, 4, 5 };
  static const metagame_groups targets = { 6, feature_offsets, features };
  ts_rng rng = ts_rng_make(12);
  ts_poly *poly = ts_poly_random(&rng, 6, 9, 2);
  const metagame_model_callbacks callbacks = ts_poly_callbacks(poly);
  metagame_model *model = NULL;
  (void)state;
  assert_int_equal(metagame_model_create(&model, &callbacks, NULL, NULL), METAGAME_OK);
  for (size_t k = 0; k < COUNT_OF(names); ++k) {
    metagame_game *bases[2] = { NULL, NULL }, *games[2] = { NULL, NULL };
    for (int in_masking = 0; in_masking < 2; ++in_masking) {
      metagame_masking masking = METAGAME_MASKING_INIT;
      metagame_method method = METAGAME_METHOD_INIT;
      masking.x = x;
      masking.background = background;
      masking.players = in_masking ? &words : NULL;
      method.name = names[k];
      method.targets = in_masking ? &targets : NULL;
      assert_int_equal(metagame_game_from_model(&bases[in_masking], model, &masking, NULL), METAGAME_OK);
      assert_int_equal(metagame_game_attribute(&games[in_masking], bases[in_masking], &method, NULL), METAGAME_OK);
    }
    metagame_game *game = group(games[0], &words, &present);
    expect_same(game, games[1], 1e-12);
    metagame_result *result = solve(game, NULL);
    metagame_result_info info = METAGAME_RESULT_INFO_INIT;
    metagame_verify_options verify = METAGAME_VERIFY_OPTIONS_INIT;
    metagame_report *report = NULL;
    assert_int_equal(metagame_result_get_info(result, &info, NULL), METAGAME_OK);
    assert_memory_equal(info.masking_id, "baseline:1x6:", 13); /* that of the masking */
    verify.checks = 63;
    assert_int_equal(metagame_verify(&report, result, game, &verify, NULL), METAGAME_OK);
    assert_int_equal(metagame_report_failed(report), 0);
    for (size_t at = 0; at < metagame_report_count(report); ++at) {
      metagame_check check = METAGAME_CHECK_INIT;
      assert_int_equal(metagame_report_get(report, at, &check, NULL), METAGAME_OK);
      if (strcmp(check.name, "completeness") == 0 && k == 1) assert_int_equal(check.outcome, METAGAME_CHECK_PASSED);
    }
    metagame_report_destroy(report);
    metagame_result_destroy(result);
    metagame_game_destroy(game);
    for (int g = 0; g < 2; ++g) metagame_game_destroy(games[g]), metagame_game_destroy(bases[g]);
  }
  metagame_model_destroy(model);
  ts_poly_free(poly);
}

/* ---- many players, batches, failures, ask/tell ---- */

static void many_players(void **state) {
  enum { N = 200, GROUPS = 70, ROWS = 9 };
  size_t starts[GROUPS + 1] = { 0 };
  uint32_t list[2 * GROUPS];
  uint64_t present[4] = { 0 }, masks[ROWS * 2] = { 0 }, mapped[ROWS * 4] = { 0 };
  double one[ROWS], other[ROWS];
  fx_game fixture;
  ts_rng rng = ts_rng_make(70);
  (void)state;
  for (uint32_t g = 0; g < GROUPS; ++g) { /* {g, 199 - g}; 70..99 are always there, 100..129 never */
    starts[g + 1] = 2 * (g + 1);
    list[2 * g] = g;
    list[2 * g + 1] = N - 1 - g;
  }
  for (uint32_t p = GROUPS; p < 100; ++p) present[p / 64] |= UINT64_C(1) << p % 64;
  const metagame_groups groups = { GROUPS, starts, list };
  fx_game_init(&fixture, N, 1, 0);
  fixture.max_batch = 4;
  metagame_game *inner = fx_create_function(&fixture, NULL), *game = group(inner, &groups, present);
  for (uint32_t r = 0; r < ROWS; ++r) {
    memcpy(mapped + 4 * r, present, sizeof present);
    for (uint32_t g = 0; g < GROUPS; ++g) {
      if (ts_rng_below(&rng, 2)) continue;
      masks[2 * r + g / 64] |= UINT64_C(1) << g % 64;
      mapped[4 * r + g / 64] |= UINT64_C(1) << g % 64;
      mapped[4 * r + (N - 1 - g) / 64] |= UINT64_C(1) << (N - 1 - g) % 64;
    }
  }
  metagame_request request = METAGAME_REQUEST_INIT;
  request.n_masks = ROWS;
  request.row_len = 1;
  request.kind = METAGAME_ASK_ATTRIBUTIONS;
  request.masks = masks;
  request.mask_words = 2;
  request.n_players = GROUPS;
  assert_int_equal(metagame_game_evaluate(game, &request, one, NULL), METAGAME_OK);
  request.masks = mapped;
  request.mask_words = 4;
  request.n_players = N;
  assert_int_equal(metagame_game_evaluate(inner, &request, other, NULL), METAGAME_OK);
  assert_memory_equal(one, other, sizeof one);
  assert_int_equal(fixture.too_large, 0);
  assert_int_equal(fixture.spare_bits, 0);
  metagame_game_destroy(inner);
  assert_int_equal(fixture.destroyed, 0);
  metagame_game_destroy(game);
  assert_int_equal(fixture.destroyed, 1);
}

static void failures_pass_through(void **state) {
  fx_game fixture;
  metagame_error err;
  metagame_result *result = NULL;
  metagame_request request = METAGAME_REQUEST_INIT;
  metagame_session *session = NULL;
  (void)state;
  fx_game_init(&fixture, 6, 2, 1);
  fixture.fault = FX_CODE;
  fixture.fault_at = 1;
  metagame_game *inner = fx_create(&fixture, NULL), *game = group(inner, &words, NULL);
  fx_expect(metagame_solve(&result, game, NULL, &err), METAGAME_E_CALLBACK, &err, "attributor.attribute", "out of luck", NULL);
  assert_int_equal(err.user_code, FX_USER_CODE);
  metagame_game_destroy(game);
  metagame_game_destroy(inner);
  metagame_function function = METAGAME_FUNCTION_INIT; /* by ask and tell only */
  function.n_players = 6;
  function.masking_id = "by hand";
  assert_int_equal(metagame_game_from_function(&inner, &function, NULL, NULL), METAGAME_OK);
  game = group(inner, &words, NULL);
  fx_expect(metagame_solve(&result, game, NULL, &err), METAGAME_E_UNSUPPORTED, &err, "function.evaluate is NULL", NULL);
  assert_int_equal(metagame_session_create(&session, game, NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_session_ask(session, &request, NULL), METAGAME_OK);
  assert_int_equal(request.n_players, 3);
  assert_int_equal(request.n_masks, 8);
  memset(request.rows, 0, 8 * sizeof(double));
  assert_int_equal(metagame_session_tell(session, request.ticket, request.rows, 8, NULL), METAGAME_OK);
  assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  assert_int_equal(metagame_result_get_info(result, &info, NULL), METAGAME_OK);
  assert_string_equal(info.masking_id, "by hand");
  assert_string_equal(info.attributor, "function");
  metagame_result_destroy(result);
  metagame_session_destroy(session);
  metagame_game_destroy(game);
  metagame_game_destroy(inner);
}

/* ---- bad groups ---- */

static void refusals(void **state) {
  static const size_t three[4] = { 0, 2, 3, 5 }, empty[4] = { 0, 2, 2, 5 };
  static const uint32_t twice[5] = { 0, 3, 1, 3, 2 }, beyond[5] = { 0, 3, 6, 4, 2 };
  const metagame_groups overlap = { 3, three, twice }, outside = { 3, three, beyond }, hole = { 3, empty, members };
  const metagame_groups none = { 0, three, members }, no_list = { 3, three, NULL };
  const uint64_t present = 1 << 4, spare = 1 << 6, all = 63;
  fx_game fixture;
  metagame_error err;
  metagame_game *out = (metagame_game *)&fixture;
  (void)state;
  fx_game_init(&fixture, 6, 2, 1);
  metagame_game *inner = fx_create(&fixture, NULL);
  fx_expect(metagame_game_group(NULL, inner, &words, NULL, &err), METAGAME_E_NULL, &err, "out is NULL", NULL);
  fx_expect(metagame_game_group(&out, NULL, &words, NULL, &err), METAGAME_E_NULL, &err, "game is NULL", NULL);
  assert_null(out);
  fx_expect(metagame_game_group(&out, inner, &overlap, NULL, &err), METAGAME_E_GROUPS, &err, "players", "overlap", "3", NULL);
  fx_expect(metagame_game_group(&out, inner, &outside, NULL, &err), METAGAME_E_GROUPS, &err, "players", "0..5", NULL);
  fx_expect(metagame_game_group(&out, inner, &hole, NULL, &err), METAGAME_E_GROUPS, &err, "group 1 is empty", NULL);
  fx_expect(metagame_game_group(&out, inner, &none, NULL, &err), METAGAME_E_GROUPS, &err, "n_groups is 0", NULL);
  fx_expect(metagame_game_group(&out, inner, &no_list, NULL, &err), METAGAME_E_NULL, &err, "players.features", NULL);
  fx_expect(metagame_game_group(&out, inner, &words, &present, &err), METAGAME_E_GROUPS, &err, "group 2", "player 4", "present", NULL);
  fx_expect(metagame_game_group(&out, inner, &words, &spare, &err), METAGAME_E_ARGUMENT, &err, "present", "beyond player 5", NULL);
  fx_expect(metagame_game_group(&out, inner, NULL, &all, &err), METAGAME_E_GROUPS, &err, "all 6 players", NULL);
  fx_expect(metagame_game_group(&out, inner, NULL, &all, NULL), METAGAME_E_GROUPS, NULL, NULL);
  assert_null(out);
  metagame_game_destroy(inner);
  assert_int_equal(fixture.destroyed, 1); /* refused groups let go of it */
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(tables_by_hand), cmocka_unit_test(always_present), cmocka_unit_test(nested),
    cmocka_unit_test(formulas),       cmocka_unit_test(symmetry_stays), cmocka_unit_test(attribution_of_groups),
    cmocka_unit_test(gradients),      cmocka_unit_test(many_players),   cmocka_unit_test(failures_pass_through),
    cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
