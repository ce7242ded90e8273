/* SPDX-License-Identifier: MIT */
/* A session that goes on to larger budgets gives what one run gives, to the bit, and asks no coalition twice. */
#include "common.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"

static const uint32_t batches[] = { 1, 7, 64, 1024 };

typedef struct plan {
  int32_t solver;
  uint64_t budgets[4]; /* up to the first 0 */
  int own;
  uint32_t n, m;
  uint64_t flags;
  int32_t outer;
  uint32_t order;
} plan;

static metagame_options options_of(const plan *p, uint64_t seed) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  options.solver = p->solver;
  options.flags = p->flags;
  options.outer = p->outer;
  options.interaction_order = p->order;
  options.seed = seed;
  return options;
}

/* Where a chain is extended: after finish, after DONE without finish, in the middle of a plan. */
enum { AFTER_FINISH = 0, AFTER_DONE, IN_THE_MIDDLE, WAYS };

/* The wasted coalitions of the chain, as a part of what the last result used. */
static void run_chain(const plan *p, const metagame_game *game, ts_table *table, uint64_t seed, uint32_t batch, int order, int way) {
  char where[200];
  metagame_error err;
  metagame_options options = options_of(p, seed);
  metagame_session *session = NULL;
  options.flags |= METAGAME_EXTENDABLE;
  options.batch = batch;
  ts_table_reset(table);
  for (size_t b = 0; b < 4 && p->budgets[b] > 0; ++b) {
    options.max_evaluations = p->budgets[b];
    snprintf(where, sizeof where, "solver %d, n %u, m %u, own %d, flags %llx, outer %d, order %u, budget %llu (%zu), seed %llu, batch %u, "
             "telling %d, way %d", p->solver, p->n, p->m, p->own, (unsigned long long)p->flags, p->outer, p->order,
             (unsigned long long)p->budgets[b], b, (unsigned long long)seed, batch, order, way);
    if (b == 0) session = st_open(game, &options);
    if (b > 0) {
      const metagame_status status = metagame_session_extend(session, p->budgets[b], &err);
      if (status != METAGAME_OK) fail_msg("%s: extend: %s", where, err.message);
    }
    const int is_last = b == 3 || p->budgets[b + 1] == 0;
    const metagame_status status = st_drive(session, game, order, seed + b, way == IN_THE_MIDDLE && !is_last ? 1 + 100 / batch : 0);
    if (status != METAGAME_DONE && !(way == IN_THE_MIDDLE && !is_last)) fail_msg("%s: %s", where, metagame_status_name(status));
    if (way != AFTER_FINISH && !is_last) continue;
    metagame_result *extended = st_finish(session), *whole;
    st_asked_once(table, extended, where);
    assert_int_equal(info_of(extended).status, METAGAME_OK);
    assert_int_equal(info_of(extended).stopped, METAGAME_STOP_PLAN);
    assert_int_equal(info_of(extended).n_looks, 0);
    metagame_options once = options_of(p, seed);
    once.max_evaluations = p->budgets[b];
    uint32_t *asked = ts_alloc((size_t)1 << table->n_players, sizeof *asked);
    for (uint64_t row = 0; row < UINT64_C(1) << table->n_players; ++row) asked[row] = table->asked[row];
    whole = solve(game, &once);
    for (uint64_t row = 0; row < UINT64_C(1) << table->n_players; ++row) table->asked[row] = asked[row];
    free(asked);
    st_same(extended, whole, where);
    metagame_result_destroy(extended);
    metagame_result_destroy(whole);
  }
  metagame_session_destroy(session);
}

static void run_plan(const plan *p) {
  ts_table *table = st_table(p->n, p->m, p->own, 0.1, 7 * p->n + p->m);
  metagame_game *game = table_game(table);
  const uint64_t n_seeds = p->solver == METAGAME_SOLVER_GAUSSIAN || p->solver == METAGAME_SOLVER_AUTO ? 1 : 4; /* these are slow */
  for (uint64_t seed = 0; seed < n_seeds; ++seed)
    for (int way = 0; way < WAYS; ++way)
      run_chain(p, game, table, seed, batches[(seed + (uint64_t)way) % 4], (int)((seed + (uint64_t)way) % ST_ORDERS), way);
  metagame_game_destroy(game);
  ts_table_free(table);
}

static void exact(void **state) {
  static const plan plans[] = {
    { METAGAME_SOLVER_EXACT, { 300, 400 }, OWN_ALL, 8, 8, 0, 0, 1 },
    { METAGAME_SOLVER_EXACT, { 256, 257, 1000 }, OWN_NONE, 8, 3, 0, METAGAME_OUTER_BANZHAF, 2 },
  };
  (void)state;
  for (size_t p = 0; p < COUNT_OF(plans); ++p) run_plan(&plans[p]);
}

static void regression(void **state) {
  (void)state;
  for (int own = 0; own < OWN_KINDS; ++own) {
    const plan one = { METAGAME_SOLVER_REGRESSION, { 130, 200, 500, 900 }, own, 11, own == OWN_NONE ? 1 : 11, 0, 0, 1 };
    const plan full = { METAGAME_SOLVER_REGRESSION, { 60, 64, 120, 300 }, own, 7, 4, own == OWN_MIXED ? METAGAME_UNPINNED : 0, 0, 1 };
    run_plan(&one);
    run_plan(&full);
  }
}

static void permutation(void **state) {
  (void)state;
  for (int own = 0; own < OWN_KINDS; ++own) {
    const plan one = { METAGAME_SOLVER_PERMUTATION, { 140, 300, 900, 1500 }, own, 9, 5, own == OWN_SAME ? METAGAME_UNPINNED : 0, 0, 1 };
    const plan full = { METAGAME_SOLVER_PERMUTATION, { 60, 200, 2000, 4000 }, own, 5, 4, 0, 0, 1 }; /* all orders at the end */
    run_plan(&one);
    run_plan(&full);
  }
}

static void stratified(void **state) {
  static const plan plans[] = {
    { METAGAME_SOLVER_STRATIFIED, { 200, 300, 450 }, OWN_ALL, 9, 4, 0, 0, 1 },
    { METAGAME_SOLVER_STRATIFIED, { 200, 300, 450 }, OWN_NONE, 9, 2, 0, METAGAME_OUTER_BANZHAF, 1 },
    { METAGAME_SOLVER_STRATIFIED, { 200, 210, 420, 511 }, OWN_MIXED, 9, 3, 0, 0, 2 },
    { METAGAME_SOLVER_STRATIFIED, { 250, 600 }, OWN_MIXED, 9, 3, METAGAME_UNPINNED, METAGAME_OUTER_BANZHAF, 3 },
  };
  (void)state;
  for (size_t p = 0; p < COUNT_OF(plans); ++p) run_plan(&plans[p]);
}

static void gaussian(void **state) {
  static const plan plans[] = {
    { METAGAME_SOLVER_GAUSSIAN, { 130, 200, 300 }, OWN_ALL, 9, 2, 0, 0, 1 },
    { METAGAME_SOLVER_GAUSSIAN, { 130, 250 }, OWN_MIXED, 9, 2, 0, 0, 1 },
    { METAGAME_SOLVER_GAUSSIAN, { 530, 600 }, OWN_NONE, 11, 1, 0, 0, 1 }, /* too many to choose any */
    { METAGAME_SOLVER_GAUSSIAN, { 70, 90, 120 }, OWN_NONE, 8, 2, 0, 0, 1 },
  };
  (void)state;
  for (size_t p = 0; p < COUNT_OF(plans); ++p) run_plan(&plans[p]);
}

static void automatic(void **state) {
  static const plan plans[] = {
    { METAGAME_SOLVER_AUTO, { 120, 200, 255, 300 }, OWN_ALL, 8, 3, 0, 0, 1 }, /* gaussian, then exact */
    { METAGAME_SOLVER_AUTO, { 70, 256 }, OWN_NONE, 8, 1, 0, 0, 1 },
    { METAGAME_SOLVER_AUTO, { 200, 400, 512 }, OWN_MIXED, 9, 2, 0, 0, 2 },    /* stratified, then exact */
    { METAGAME_SOLVER_AUTO, { 512, 600 }, OWN_MIXED, 9, 2, 0, METAGAME_OUTER_BANZHAF, 1 },
  };
  (void)state;
  for (size_t p = 0; p < COUNT_OF(plans); ++p) run_plan(&plans[p]);
}

/* ---- formulas ---- */

/* Values of the value game are asked once, whichever attributions want them. */
static void run_formula(const char *name, int32_t solver, uint64_t flags, const uint64_t budgets[4], uint32_t n) {
  ts_table *table = st_table(n, 2, OWN_NONE, 0.1, 5);
  const metagame_function function = ts_table_function(table);
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_game *base = NULL, *game = NULL;
  metagame_error err;
  plan p = { solver, { 0 }, OWN_ALL, n, n, flags, 0, 1 };
  for (size_t b = 0; b < 4; ++b) p.budgets[b] = budgets[b];
  method.name = name;
  method.output = 1;
  expect_ok(metagame_game_from_function(&base, &function, NULL, &err), &err);
  expect_ok(metagame_game_attribute(&game, base, &method, &err), &err);
  for (uint64_t seed = 0; seed < 2; ++seed)
    for (int way = 0; way < WAYS; ++way)
      run_chain(&p, game, table, seed, batches[(2 * seed + (uint64_t)way) % 4], (int)((seed + 2 * (uint64_t)way) % ST_ORDERS), way);
  metagame_game_destroy(game);
  metagame_game_destroy(base);
  ts_table_free(table);
}

static void formulas(void **state) {
  static const uint64_t budgets[4] = { 70, 90, 200, 260 };
  (void)state;
  run_formula("occlusion", METAGAME_SOLVER_REGRESSION, METAGAME_EVALUATE, budgets, 8);
  run_formula("shapley", METAGAME_SOLVER_GAUSSIAN, METAGAME_EVALUATE, (uint64_t[4]){ 60, 90, 128 }, 7);
  run_formula("banzhaf", METAGAME_SOLVER_PERMUTATION, METAGAME_EVALUATE, (uint64_t[4]){ 80, 150, 300 }, 8);
  run_formula("shapley", METAGAME_SOLVER_AUTO, METAGAME_EVALUATE | METAGAME_UNPINNED, (uint64_t[4]){ 80, 100, 128 }, 7);
}

static void closed_forms(void **state) {
  static const uint64_t budgets[4] = { 60, 90, 200, 256 };
  (void)state;
  run_formula("shapley", METAGAME_SOLVER_STRATIFIED, 0, budgets, 8);
  run_formula("banzhaf", METAGAME_SOLVER_AUTO, 0, budgets, 8); /* exact at the end */
  run_formula("occlusion", METAGAME_SOLVER_AUTO, METAGAME_UNPINNED, budgets, 8);
  run_formula("shapley", METAGAME_SOLVER_EXACT, 0, (uint64_t[4]){ 256, 300 }, 8);
}

/* ---- rows that wait behind others that were given back ---- */

/* The second ticket is told, the first given back: its rows are known and not asked again after an extension. */
static void rows_behind_a_gap(void **state) {
  (void)state;
  for (int with_limit = 0; with_limit < 2; ++with_limit) {
    ts_table *table = st_table(9, 2, OWN_NONE, 0.1, 3);
    metagame_game *game = table_game(table);
    metagame_options options = sampled_options(METAGAME_SOLVER_REGRESSION, 100, 4);
    metagame_request first = METAGAME_REQUEST_INIT, second = METAGAME_REQUEST_INIT;
    options.flags = METAGAME_EXTENDABLE;
    options.batch = 8;
    if (with_limit) options.target_stderr = 1e-9;
    metagame_session *session = st_open(game, &options);
    assert_int_equal(metagame_session_ask(session, &first, NULL), METAGAME_OK);
    assert_int_equal(metagame_session_ask(session, &second, NULL), METAGAME_OK);
    assert_int_equal(metagame_game_evaluate(game, &second, second.rows, NULL), METAGAME_OK);
    assert_int_equal(metagame_session_tell(session, second.ticket, second.rows, second.n_masks, NULL), METAGAME_OK);
    assert_int_equal(metagame_session_decline(session, first.ticket, 0, NULL), METAGAME_OK);
    assert_int_equal(metagame_session_extend(session, 180, NULL), METAGAME_OK);
    assert_int_equal(metagame_session_run(session, game, NULL), METAGAME_DONE);
    metagame_result *result = st_finish(session);
    st_asked_once(table, result, "a gap");
    options.flags = 0;
    options.target_stderr = 0;
    options.max_evaluations = 180;
    metagame_result *whole = solve(game, &options);
    if (!with_limit) st_same(result, whole, "a gap");
    metagame_result_destroy(result);
    metagame_result_destroy(whole);
    metagame_session_destroy(session);
    metagame_game_destroy(game);
    ts_table_free(table);
  }
}

/* ---- pairs that were chosen ---- */

static double squared_error(const metagame_result *result, const metagame_result *truth) {
  double sum = 0;
  const metagame_result_info info = info_of(result);
  for (size_t cell = 0; cell < (size_t)info.n_players * info.n_targets; ++cell)
    sum += pow(metagame_result_matrix(result)[cell] - metagame_result_matrix(truth)[cell], 2);
  return sum;
}

/* Chosen pairs stay: none is lost, and what is asked is what the plans together hold. The error falls. */
static void chosen_pairs(void **state) {
  uint64_t most_chosen = 0;
  static const uint64_t chains[][4] = { { 60, 120, 240, 480 }, { 200, 210, 220, 230 }, { 250, 500, 600, 2048 } };
  (void)state;
  for (size_t c = 0; c < COUNT_OF(chains); ++c) {
    double first = 0, last = 0;
    uint64_t n_chosen = 0;
    for (uint64_t seed = 0; seed < 1; ++seed) {
      ts_table *table = st_table(11, c == 0 ? 2 : 1, OWN_NONE, 0.01, 11 + seed);
      metagame_game *game = table_game(table);
      metagame_options options = sampled_options(METAGAME_SOLVER_GAUSSIAN, chains[c][0], seed), whole = exact_options(11);
      metagame_result *truth = solve(game, &whole), *result;
      metagame_session *session;
      ts_table_reset(table);
      options.flags = METAGAME_EXTENDABLE;
      options.batch = batches[(seed + c) % 4];
      session = st_open(game, &options);
      for (size_t b = 0; b < 4; ++b) {
        char where[100];
        snprintf(where, sizeof where, "chain %zu, budget %llu, seed %llu", c, (unsigned long long)chains[c][b], (unsigned long long)seed);
        if (b > 0) assert_int_equal(metagame_session_extend(session, chains[c][b], NULL), METAGAME_OK);
        assert_int_equal(st_drive(session, game, (int)(seed + b) % ST_ORDERS, seed, 0), METAGAME_DONE);
        result = st_finish(session);
        const metagame_result_info info = info_of(result);
        st_asked_once(table, result, where);
        if (info.evaluations > chains[c][b]) fail_msg("%s: %llu evaluations", where, (unsigned long long)info.evaluations);
        if (chains[c][b] < 2048 && info.n_chosen < n_chosen) fail_msg("%s: a chosen pair is lost", where);
        n_chosen = info.n_chosen;
        most_chosen = n_chosen > most_chosen ? n_chosen : most_chosen;
        if (info.asked > info.evaluations + info.evaluations / 20 + 8)
          fail_msg("%s: asked %llu for %llu", where, (unsigned long long)info.asked, (unsigned long long)info.evaluations);
        const double error = squared_error(result, truth);
        if (b == 0) first += error;
        if (b == 3) last += error;
        if (chains[c][b] == 2048 && error > 1e-18) fail_msg("%s: an error of %g with all coalitions", where, error);
        metagame_result_destroy(result);
      }
      metagame_session_destroy(session);
      metagame_result_destroy(truth);
      metagame_game_destroy(game);
      ts_table_free(table);
    }
    if (!(last < (chains[c][3] > 2 * chains[c][0] ? 0.5 : 1.2) * first)) fail_msg("chain %zu: errors %g, then %g", c, first, last);
  }
  assert_true(most_chosen > 0); /* else nothing was tested */
}

/* ---- how much is wasted ---- */

static void little_is_wasted(void **state) {
  static const int32_t solvers[] = { METAGAME_SOLVER_REGRESSION, METAGAME_SOLVER_PERMUTATION, METAGAME_SOLVER_STRATIFIED };
  (void)state;
  for (size_t s = 0; s < COUNT_OF(solvers); ++s)
    for (int own = 0; own < 2; ++own) {
      uint64_t asked = 0, used = 0;
      for (uint64_t seed = 0; seed < 4; ++seed) {
        ts_table *table = st_table(12, 2, own ? OWN_NONE : OWN_ALL, 0.1, seed);
        metagame_game *game = table_game(table);
        metagame_options options = sampled_options(solvers[s], 400, seed);
        options.flags = METAGAME_EXTENDABLE;
        metagame_session *session = st_open(game, &options);
        for (uint64_t budget = 400; budget < 3000; budget += budget / (2 + seed)) {
          if (budget > 400) assert_int_equal(metagame_session_extend(session, budget, NULL), METAGAME_OK);
          assert_int_equal(metagame_session_run(session, game, NULL), METAGAME_DONE);
        }
        metagame_result *result = st_finish(session), *whole;
        options.flags = 0;
        st_asked_once(table, result, "waste");
        asked += info_of(result).asked;
        options.max_evaluations = info_of(result).evaluations;
        ts_table_reset(table);
        whole = solve(game, &options);
        used += ts_table_distinct(table);
        metagame_result_destroy(result);
        metagame_result_destroy(whole);
        metagame_session_destroy(session);
        metagame_game_destroy(game);
        ts_table_free(table);
      }
      if (asked > used + used / 50) fail_msg("solver %d, own %d: %llu asked, %llu used", solvers[s], own, (unsigned long long)asked,
                                             (unsigned long long)used);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(exact), cmocka_unit_test(regression), cmocka_unit_test(permutation), cmocka_unit_test(stratified),
    cmocka_unit_test(gaussian), cmocka_unit_test(automatic), cmocka_unit_test(formulas), cmocka_unit_test(closed_forms),
    cmocka_unit_test(rows_behind_a_gap), cmocka_unit_test(chosen_pairs), cmocka_unit_test(little_is_wasted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
