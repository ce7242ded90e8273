/* SPDX-License-Identifier: MIT */
/* Matrices of cardinal attributions in closed form, from the 2^n base values alone, against the same attribution evaluated at every
 * coalition; and every semivalue that is refused. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "index_common.h"
#include "semivalue_host.h"

static const char *const methods[] = { "shapley", "banzhaf", "occlusion" };

static double largest(const ts_table *table) {
  double most = 0.0;
  for (size_t c = 0; c < (size_t)table->n_outputs << table->n_players; c++) most = fmax(most, fabs(table->values[c]));
  return most;
}

/* Closed against evaluated, four ways; `counted` is asked once for each coalition of the closed form. */
static void expect_closed(const char *what, const metagame_game *game, ts_table *counted, double scale, uint64_t seed) {
  const uint32_t n = metagame_game_n_players(game), m = metagame_game_n_targets(game);
  double *scales = ts_alloc(m, sizeof *scales);
  for (uint32_t i = 0; i < m; i++) scales[i] = scale;
  for (int run = 0; run < 4; run++) {
    metagame_options options = exact_options(n);
    options.outer = run / 2 ? METAGAME_OUTER_BANZHAF : METAGAME_OUTER_SHAPLEY;
    options.flags = run % 2 ? METAGAME_UNPINNED : 0;
    if (counted != NULL) ts_table_reset(counted);
    metagame_result *closed = solve(game, &options);
    const metagame_result_info info = info_of(closed);
    assert_true((info.flags & METAGAME_CLOSED_FORM) != 0);
    assert_int_equal(info.value_evaluations, UINT64_C(1) << n);
    if (counted != NULL) {
      assert_int_equal(ts_table_total(counted), UINT64_C(1) << n);
      assert_int_equal(ts_table_distinct(counted), UINT64_C(1) << n);
    }
    assert_null(metagame_result_stderr(closed));
    if (run / 2 == 0) expect_decomposition(closed, 1e-11 * scale / fmax(metagame_result_scale(closed)[0], 1e-300));
    options.flags |= METAGAME_EVALUATE;
    metagame_result *evaluated = solve(game, &options);
    assert_true((info_of(evaluated).flags & METAGAME_CLOSED_FORM) == 0);
    expect_rows(what, metagame_result_matrix(closed), metagame_result_matrix(evaluated), m, n, scales, 1e-11);
    expect_rows("base", metagame_result_base(closed), metagame_result_base(evaluated), m, 1, scales, 1e-11);
    expect_rows("first order", metagame_result_first_order(closed), metagame_result_first_order(evaluated), m, 1, scales, 1e-11);
    assert_memory_equal(metagame_result_own_player(closed), metagame_result_own_player(evaluated), m * sizeof(int32_t));
    options.flags &= ~METAGAME_EVALUATE;
    for (int order = 0; order < 3; order++) { /* by hand, in odd batches */
      metagame_error err;
      metagame_result *by_hand = NULL;
      const uint32_t batches[] = { 1, 7, 37 };
      options.batch = batches[order];
      options.max_open = 5;
      expect_ok(ts_solve_by_hand(&by_hand, game, &options, order, seed, &err), &err);
      expect_same_bits(closed, by_hand);
      metagame_result_destroy(by_hand);
    }
    metagame_result_destroy(closed);
    metagame_result_destroy(evaluated);
  }
  free(scales);
}

/* kind 0: the players; 1: groups that overlap; 2: single players, a group, a player twice, everyone. */
static ts_groups targets_of(int kind, uint32_t n, ts_rng *rng) {
  ts_groups groups = ts_groups_make(kind == 1 ? n : 5, (size_t)n * (kind == 1 ? n : 5));
  size_t at = 0;
  for (size_t g = 0; g < groups.view.n_groups; g++) {
    const uint32_t one = (uint32_t)ts_rng_below(rng, n);
    for (uint32_t j = 0; j < n; j++) {
      const bool single = kind == 2 && g < 3, all = kind == 2 && g == 4;
      const bool has = single ? j == (g == 2 ? n - 1 : g % n) : all || j == one || ts_rng_below(rng, 3) == 0;
      if (has) groups.features[at++] = j;
    }
    groups.offsets[g + 1] = at;
  }
  return groups;
}

static void built_in_over_functions(void **state) {
  (void)state;
  for (uint32_t n = 1; n <= 9; n++)
    for (int k = 0; k < 3; k++)
      for (int kind = 0; kind < 3; kind++) {
        ts_rng rng = ts_rng_make(100 * n + 10 * (uint64_t)k + (uint64_t)kind);
        metagame_error err;
        ts_table *table = ts_table_random(&rng, n, 2);
        ts_groups targets = targets_of(kind, n, &rng);
        metagame_game *base = value_game(table), *game = NULL;
        metagame_method method = METAGAME_METHOD_INIT;
        method.name = methods[k];
        method.output = 1;
        method.targets = kind > 0 ? &targets.view : NULL;
        expect_ok(metagame_game_attribute(&game, base, &method, &err), &err);
        expect_closed(method.name, game, table, largest(table), n);
        metagame_game_destroy(base);
        metagame_game_destroy(game);
        ts_groups_free(&targets);
        ts_table_free(table);
      }
}

/* A network with a background set; features in groups, or a baseline of the method's own, are no cardinal value of the players. */
static void built_in_over_models(void **state) {
  (void)state;
  for (uint32_t n = 1; n <= 8; n++)
    for (int k = 0; k < 3; k++)
      for (int kind = 0; kind < 4; kind++) {
        ts_rng rng = ts_rng_make(1000 * n + 10 * (uint64_t)k + (uint64_t)kind);
        metagame_error err;
        double x[8], background[24];
        for (uint32_t j = 0; j < n; j++) x[j] = ts_rng_real(&rng, -2.0, 2.0);
        for (uint32_t j = 0; j < 3 * n; j++) background[j] = ts_rng_real(&rng, -1.0, 1.0);
        ts_mlp *mlp = ts_mlp_random(&rng, n, 6, 2, METAGAME_TRUTH_TANH, 1.0);
        ts_groups targets = targets_of(kind % 3, n, &rng);
        const metagame_model_callbacks callbacks = ts_mlp_callbacks(mlp);
        metagame_model *model = NULL;
        metagame_game *base = NULL, *game = NULL;
        metagame_masking masking = METAGAME_MASKING_INIT;
        metagame_method method = METAGAME_METHOD_INIT;
        masking.x = x;
        masking.background = background;
        masking.n_background = kind == 0 ? 3 : 1;
        method.name = methods[k];
        method.output = 1;
        method.targets = kind % 3 > 0 ? &targets.view : NULL;
        method.baseline = kind == 3 ? x : NULL;
        expect_ok(metagame_model_create(&model, &callbacks, NULL, &err), &err);
        expect_ok(metagame_game_from_model(&base, model, &masking, &err), &err);
        expect_ok(metagame_game_attribute(&game, base, &method, &err), &err);
        if (kind < 3) {
          expect_closed(method.name, game, NULL, 5.0, n);
        } else {
          const metagame_options options = exact_options(n);
          metagame_result *result = solve(game, &options);
          assert_true((info_of(result).flags & METAGAME_CLOSED_FORM) == 0);
          metagame_result_destroy(result);
        }
        metagame_game_destroy(base);
        metagame_game_destroy(game);
        metagame_model_destroy(model);
        ts_groups_free(&targets);
        ts_mlp_free(mlp);
      }
}

/* Players that are groups of features, or features in another order: evaluated, and right (test_formula.c). */
static void players_that_are_not_features(void **state) {
  (void)state;
  const size_t pair[] = { 0, 2, 3 }, single[] = { 0, 1, 2, 3 };
  const uint32_t features[] = { 0, 2, 1 };
  const metagame_groups groups[] = { { 2, pair, features }, { 3, single, features } };
  for (int g = 0; g < 2; g++) {
    ts_rng rng = ts_rng_make(5);
    metagame_error err;
    const double ones[] = { 1, 1, 1 }, zeros[] = { 0, 0, 0 };
    ts_table *table = ts_table_random(&rng, 3, 1);
    const metagame_model_callbacks callbacks = ts_table_model(table);
    metagame_model *model = NULL;
    metagame_game *base = NULL, *game = NULL;
    metagame_masking masking = METAGAME_MASKING_INIT;
    metagame_method method = METAGAME_METHOD_INIT;
    masking.x = ones;
    masking.background = zeros;
    masking.players = &groups[g];
    method.name = "shapley";
    expect_ok(metagame_model_create(&model, &callbacks, NULL, &err), &err);
    expect_ok(metagame_game_from_model(&base, model, &masking, &err), &err);
    expect_ok(metagame_game_attribute(&game, base, &method, &err), &err);
    const metagame_options options = exact_options(3);
    metagame_result *result = solve(game, &options);
    assert_true((info_of(result).flags & METAGAME_CLOSED_FORM) == 0);
    metagame_result_destroy(result);
    metagame_game_destroy(base);
    metagame_game_destroy(game);
    metagame_model_destroy(model);
    ts_table_free(table);
  }
}

static void third_party(void **state) {
  (void)state;
  for (uint32_t n = 1; n <= 6; n++)
    for (int kind = 0; kind < 3; kind++) {
      ts_rng rng = ts_rng_make(50 * n + (uint64_t)kind);
      metagame_error err;
      host_value host = { 0 };
      int32_t own[9];
      ts_table *table = ts_table_random(&rng, n, 3);
      ts_groups targets = targets_of(kind, n, &rng);
      metagame_game *base = value_game(table), *game = NULL;
      host.n = n;
      host.targets = kind > 0 ? &targets.view : NULL;
      host_random_measure(&host, &rng, 3);
      const uint32_t m = kind > 0 ? (uint32_t)targets.view.n_groups : n;
      for (uint32_t i = 0; i < m; i++) {
        const bool single = kind > 0 && targets.offsets[i + 1] == targets.offsets[i] + 1;
        own[i] = kind == 0 ? (int32_t)i : single && kind == 2 ? (int32_t)targets.features[targets.offsets[i]] : METAGAME_NO_PLAYER;
      }
      metagame_attributor attributor = host_attributor(&host, base, m, kind == 1 ? NULL : own);
      attributor.value_output = 2;
      expect_ok(metagame_game_from_attributor(&game, &attributor, NULL, &err), &err);
      metagame_game_destroy(base);
      expect_closed("third party", game, table, largest(table), n);
      /* The measure was copied: what the host does with its own is its own affair; and nothing but base values is asked for. */
      metagame_options options = exact_options(n);
      metagame_result *first = solve(game, &options), *second;
      host.refuses = true;
      host.nodes[0] = NAN;
      second = solve(game, &options);
      expect_same_bits(first, second);
      metagame_result_destroy(first);
      metagame_result_destroy(second);
      metagame_game_destroy(game);
      assert_int_equal(host.destroyed, 1);
      ts_groups_free(&targets);
      ts_table_free(table);
    }
}

/* What does not lead to the closed form: other solvers, interactions, METAGAME_EVALUATE. */
static void only_where_it_fits(void **state) {
  (void)state;
  ts_rng rng = ts_rng_make(8);
  metagame_error err;
  ts_table *table = ts_table_random(&rng, 6, 1);
  metagame_game *base = value_game(table), *game = NULL;
  metagame_method method = METAGAME_METHOD_INIT;
  method.name = "banzhaf";
  expect_ok(metagame_game_attribute(&game, base, &method, &err), &err);
  for (int32_t solver = METAGAME_SOLVER_EXACT; solver <= METAGAME_SOLVER_PERMUTATION; solver++) {
    metagame_options options = sampled_options(solver, 63, 1);
    options.interaction_order = solver == METAGAME_SOLVER_EXACT ? 2 : 1;
    metagame_result *result = solve(game, &options);
    assert_true((info_of(result).flags & METAGAME_CLOSED_FORM) == 0);
    metagame_result_destroy(result);
  }
  metagame_result *result = solve(game, NULL); /* by default, which is exact here */
  assert_true((info_of(result).flags & METAGAME_CLOSED_FORM) != 0);
  metagame_result_destroy(result);
  metagame_game_destroy(base);
  metagame_game_destroy(game);
  ts_table_free(table);
}

/* Cancelled after each number of batches: nothing but evaluations and bases is known. And a result that is checked in every way. */
static void partial_and_verified(void **state) {
  (void)state;
  ts_rng rng = ts_rng_make(12);
  metagame_error err;
  ts_table *table = ts_table_random(&rng, 5, 2);
  metagame_game *base = value_game(table), *game = NULL;
  metagame_method method = METAGAME_METHOD_INIT;
  method.name = "shapley";
  expect_ok(metagame_game_attribute(&game, base, &method, &err), &err);
  metagame_options options = exact_options(5);
  options.batch = 4;
  for (uint64_t told = 0; told < 8; told++) {
    metagame_session *session = NULL;
    metagame_result *result = NULL;
    expect_ok(metagame_session_create(&session, game, &options, &err), &err);
    for (uint64_t t = 0; t < told; t++) {
      metagame_request request = METAGAME_REQUEST_INIT;
      expect_ok(metagame_session_ask(session, &request, &err), &err);
      assert_int_equal(request.kind, METAGAME_ASK_VALUES);
      assert_int_equal(request.row_len, 2);
      expect_ok(metagame_game_evaluate(game, &request, request.rows, &err), &err);
      expect_ok(metagame_session_tell(session, request.ticket, request.rows, request.n_masks, &err), &err);
    }
    metagame_session_cancel(session);
    assert_int_equal(metagame_session_finish(&result, session, &err), METAGAME_PARTIAL);
    for (int c = 0; c < 25; c++) assert_true(isnan(metagame_result_matrix(result)[c]));
    for (int i = 0; i < 5; i++) {
      assert_true(isnan(metagame_result_first_order(result)[i]));
      assert_true(metagame_result_base(result)[i] == 0.0);
    }
    assert_int_equal(info_of(result).value_evaluations, 4 * told);
    metagame_result_destroy(result);
    metagame_session_destroy(session);
  }
  for (int unpinned = 0; unpinned < 2; unpinned++) {
    metagame_report *report = NULL;
    metagame_verify_options verify = METAGAME_VERIFY_OPTIONS_INIT;
    options.flags = unpinned ? METAGAME_UNPINNED : 0;
    metagame_result *result = solve(game, &options);
    verify.checks = 63;
    expect_ok(metagame_verify(&report, result, game, &verify, &err), &err);
    assert_int_equal(metagame_report_failed(report), 0);
    assert_true(metagame_report_count(report) > 10);
    metagame_report_destroy(report);
    metagame_result_destroy(result);
  }
  metagame_game_destroy(base);
  metagame_game_destroy(game);
  ts_table_free(table);
}

/* ---- refusals ---- */

typedef struct refusal {
  metagame_status status;
  const char *field;
  void (*spoil)(metagame_attributor *attributor, metagame_semivalue *semivalue, host_value *host);
} refusal;

static const size_t offsets[] = { 0, 1, 2, 3 };
static const uint32_t right[] = { 0, 1, 2 }, other[] = { 0, 2, 2 }, outside[] = { 0, 1, 9 };
static const size_t twice_offsets[] = { 0, 1, 2, 4 };
static const uint32_t twice[] = { 0, 1, 2, 2 };
static const metagame_groups too_few = { 2, offsets, right }, of_others = { 3, offsets, other }, of_nobody = { 3, offsets, outside },
                             doubled = { 3, twice_offsets, twice }, unset = { 3, NULL, NULL };
static const int32_t free_own[] = { 0, METAGAME_NO_PLAYER, 2 };

#define SPOIL(name) static void name(metagame_attributor *a, metagame_semivalue *s, host_value *h)
SPOIL(no_nodes) { (void)a, (void)h, s->nodes = NULL; }
SPOIL(no_weights) { (void)a, (void)h, s->weights = NULL; }
SPOIL(zero_nodes) { (void)a, (void)h, s->n_nodes = 0; }
SPOIL(many_nodes) { (void)a, (void)h, s->n_nodes = 4097; }
SPOIL(low_node) { (void)a, (void)s, h->nodes[1] = -1e-9; }
SPOIL(high_node) { (void)a, (void)s, h->nodes[2] = 1.0 + 1e-9; }
SPOIL(nan_node) { (void)a, (void)s, h->nodes[0] = NAN; }
SPOIL(low_weight) { (void)a, (void)s, h->weights[1] = -0.1; }
SPOIL(high_weight) { (void)a, (void)s, h->weights[2] = INFINITY; }
SPOIL(nan_weight) { (void)a, (void)s, h->weights[0] = NAN; }
SPOIL(wrong_sum) { (void)a, (void)s, h->weights[0] += 1e-6; }
SPOIL(small_struct) { (void)a, (void)h, s->struct_size = sizeof *s - 1; }
SPOIL(huge_struct) { (void)a, (void)h, s->struct_size = 5000; }
SPOIL(wrong_count) { (void)a, (void)h, s->targets = &too_few; }
SPOIL(wrong_player) { (void)a, (void)h, s->targets = &of_others; }
SPOIL(no_such_player) { (void)a, (void)h, s->targets = &of_nobody; }
SPOIL(player_twice) { (void)a, (void)h, s->targets = &doubled; }
SPOIL(no_groups) { (void)a, (void)h, s->targets = &unset; }
SPOIL(free_target) { (void)s, (void)h, a->own_player = free_own; }
SPOIL(no_own_players) { (void)s, (void)h, a->own_player = NULL; }
SPOIL(no_values) { (void)s, (void)h, a->values = NULL, a->plan = NULL, a->combine = NULL; }

static void wrong_semivalues(void **state) {
  (void)state;
  const refusal refusals[] = {
    { METAGAME_E_NULL, "semivalue.nodes", no_nodes },
    { METAGAME_E_NULL, "semivalue.weights", no_weights },
    { METAGAME_E_ARGUMENT, "semivalue.n_nodes is 0, must be 1..4096", zero_nodes },
    { METAGAME_E_ARGUMENT, "semivalue.n_nodes is 4097", many_nodes },
    { METAGAME_E_ARGUMENT, "semivalue.nodes[1]", low_node },
    { METAGAME_E_ARGUMENT, "semivalue.nodes[2]", high_node },
    { METAGAME_E_ARGUMENT, "semivalue.nodes[0]", nan_node },
    { METAGAME_E_ARGUMENT, "semivalue.weights[1]", low_weight },
    { METAGAME_E_ARGUMENT, "semivalue.weights[2]", high_weight },
    { METAGAME_E_ARGUMENT, "semivalue.weights[0]", nan_weight },
    { METAGAME_E_ARGUMENT, "semivalue.weights add up to", wrong_sum },
    { METAGAME_E_STRUCT_SIZE, "semivalue.struct_size", small_struct },
    { METAGAME_E_STRUCT_SIZE, "semivalue.struct_size is 5000", huge_struct },
    { METAGAME_E_ARGUMENT, "semivalue.targets has 2 groups, must have 3", wrong_count },
    { METAGAME_E_GROUPS, "semivalue.targets: group 1 must be player 1", wrong_player },
    { METAGAME_E_GROUPS, "semivalue.targets: group 2 names feature 9", no_such_player },
    { METAGAME_E_GROUPS, "semivalue.targets: group 2 names feature 2 twice", player_twice },
    { METAGAME_E_NULL, "semivalue.targets.offsets", no_groups },
    { METAGAME_E_NULL, "semivalue.targets is NULL, but target 1", free_target },
    { METAGAME_E_NULL, "semivalue.targets is NULL, but target 0", no_own_players },
    { METAGAME_E_UNSUPPORTED, "attributor.semivalue", no_values },
  };
  for (size_t r = 0; r < sizeof refusals / sizeof *refusals; r++) {
    ts_rng rng = ts_rng_make(3);
    metagame_error err;
    host_value host = { 0 };
    const int32_t own[] = { 0, 1, 2 };
    ts_table *table = ts_table_random(&rng, 3, 1);
    metagame_game *base = value_game(table), *game = base;
    host.n = 3;
    host_random_measure(&host, &rng, 3);
    metagame_attributor attributor = host_attributor(&host, base, 3, own);
    refusals[r].spoil(&attributor, &host.semivalue, &host);
    const metagame_status status = metagame_game_from_attributor(&game, &attributor, NULL, &err);
    if (status != refusals[r].status) fail_msg("%s: %s", refusals[r].field, metagame_status_name(status));
    if (strstr(err.message, refusals[r].field) == NULL) fail_msg("\"%s\" does not name \"%s\"", err.message, refusals[r].field);
    assert_null(game);
    assert_int_equal(host.destroyed, 1);
    metagame_game_destroy(base);
    ts_table_free(table);
  }
}

/* The semivalue's players are those of the value game. */
static void other_players(void **state) {
  (void)state;
  ts_rng rng = ts_rng_make(3);
  metagame_error err;
  host_value host = { 0 };
  const int32_t own[] = { 0, 1, 2 };
  ts_table *table = ts_table_random(&rng, 4, 1);
  metagame_game *base = value_game(table), *game = base;
  host.n = 3;
  host_random_measure(&host, &rng, 3);
  const metagame_attributor attributor = host_attributor(&host, base, 3, own);
  assert_int_equal(metagame_game_from_attributor(&game, &attributor, NULL, &err), METAGAME_E_UNSUPPORTED);
  assert_non_null(strstr(err.message, "attributor.semivalue"));
  assert_null(game);
  assert_int_equal(host.destroyed, 1);
  metagame_game_destroy(base);
  ts_table_free(table);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(built_in_over_functions), cmocka_unit_test(built_in_over_models), cmocka_unit_test(players_that_are_not_features),
    cmocka_unit_test(third_party),             cmocka_unit_test(only_where_it_fits),   cmocka_unit_test(wrong_semivalues),
    cmocka_unit_test(other_players),           cmocka_unit_test(partial_and_verified),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
