/* SPDX-License-Identifier: MIT */
/* Rules when to stop: what a run that stopped says holds of its numbers, and they are those of one run with that stage's budget. */
#include "common.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fixture.h"

static metagame_options ruled(int32_t solver, uint64_t budget, uint64_t seed, double part, int32_t resolve) {
  metagame_options options = sampled_options(solver, budget, seed);
  options.relative_precision = part;
  options.resolve = resolve;
  options.top_k = resolve == METAGAME_RESOLVE_TOP ? 2 : 0;
  return options;
}

static int is_taken(const metagame_game *game, const metagame_options *options, uint64_t budget) {
  metagame_session *session = NULL;
  metagame_options plain = sampled_options(options->solver, budget, options->seed);
  plain.interaction_order = options->interaction_order;
  const metagame_status status = metagame_session_create(&session, game, &plain, NULL);
  metagame_session_destroy(session);
  return status != METAGAME_E_BUDGET;
}

/* The first look has at least 64 evaluations, or 128, 256 ... where the solver does not take that; the others double up to the budget. */
static uint32_t stages_of(const metagame_game *game, const metagame_options *options) {
  uint32_t n_stages = 1;
  uint64_t first = 64;
  while (first < options->max_evaluations && !is_taken(game, options, first)) first *= 2;
  while (options->max_evaluations >> n_stages >= first) ++n_stages;
  return n_stages;
}

static int compare(const void *a, const void *b) {
  const double x = **(const double *const *)a, y = **(const double *const *)b;
  return (fabs(x) < fabs(y)) - (fabs(x) > fabs(y));
}

/* The claim, computed anew from the public numbers. */
static void check_claim(const metagame_result *result, const metagame_options *options, uint32_t n_stages, const char *where) {
  const metagame_result_info info = info_of(result);
  const uint32_t n = info.n_players;
  double *half = ts_alloc((size_t)n * info.n_targets, sizeof *half);
  const double a = 1 - (options->confidence > 0 ? options->confidence : 0.95);
  for (uint32_t i = 0; i < info.n_targets; ++i) {
    const int32_t own = metagame_result_own_player(result)[i];
    const uint32_t varying = n - (own >= 0);
    const int joint = options->resolve != METAGAME_RESOLVE_ENTRIES;
    const double *row = metagame_result_matrix(result) + i * n, *deviation = metagame_result_stderr(result), *order[64];
    double tolerance = options->precision > 0 ? options->precision : INFINITY;
    if (options->relative_precision > 0) tolerance = fmin(tolerance, options->relative_precision * metagame_result_scale(result)[i]);
    assert_int_equal(metagame_result_half_width(result, 1 - a / n_stages / (joint ? varying : 1), half, NULL), METAGAME_OK);
    uint32_t count = 0;
    for (uint32_t j = 0; j < n; ++j) {
      if ((int32_t)j == own) continue;
      order[count++] = &row[j];
      if (isnan(half[i * n + j])) fail_msg("%s: entry %u has no interval", where, j);
      if (options->target_stderr > 0 && deviation && deviation[i * n + j] > options->target_stderr) fail_msg("%s: standard error", where);
      if (!joint && half[i * n + j] > tolerance) fail_msg("%s: half width %g above %g", where, half[i * n + j], tolerance);
    }
    if (!joint) continue;
    if (tolerance == INFINITY) tolerance = 0;
    qsort(order, count, sizeof *order, compare);
    for (uint32_t x = 0; x < count && (options->resolve != METAGAME_RESOLVE_TOP || x < options->top_k); ++x)
      for (uint32_t y = options->resolve == METAGAME_RESOLVE_TOP ? options->top_k : x + 1; y < count; ++y) {
        const double low = fmax(fabs(*order[x]) - half[i * n + (uint32_t)(order[x] - row)], 0);
        if (low < fabs(*order[y]) + half[i * n + (uint32_t)(order[y] - row)] - tolerance) fail_msg("%s: %u is not above %u", where, x, y);
      }
  }
  free(half);
}

static void run(const metagame_game *game, ts_table *table, const metagame_options *options, int order, long counts[3]) {
  char where[200];
  snprintf(where, sizeof where, "solver %d, n %u, m %u, budget %llu, seed %llu, part %g, precision %g, resolve %d", options->solver,
           table->n_players, table->n_outputs, (unsigned long long)options->max_evaluations, (unsigned long long)options->seed,
           options->relative_precision, options->precision, options->resolve);
  const uint32_t n_stages = stages_of(game, options);
  ts_table_reset(table);
  metagame_session *session = st_open(game, options);
  if (st_drive(session, game, order, options->seed, 0) != METAGAME_DONE) fail_msg("%s: not done", where);
  metagame_request request = METAGAME_REQUEST_INIT;
  assert_int_equal(metagame_session_ask(session, &request, NULL), METAGAME_DONE); /* and again */
  metagame_progress progress = METAGAME_PROGRESS_INIT;
  assert_int_equal(metagame_session_progress(session, &progress, NULL), METAGAME_OK);
  metagame_result *result = st_finish(session), *once;
  const metagame_result_info info = info_of(result);
  assert_int_equal(info.status, METAGAME_OK);
  st_asked_once(table, result, where);
  if (progress.n_told != info.asked || progress.n_open != 0 || progress.n_planned < progress.n_told) fail_msg("%s: progress", where);
  if (info.asked > options->max_evaluations) fail_msg("%s: asked %llu", where, (unsigned long long)info.asked);
  if (info.evaluations > options->max_evaluations) fail_msg("%s: evaluations %llu", where, (unsigned long long)info.evaluations);
  if (info.n_looks < 1 || info.n_looks > n_stages) fail_msg("%s: %u looks of %u", where, info.n_looks, n_stages);
  if (info.stopped == METAGAME_STOP_RESOLVED) {
    check_claim(result, options, n_stages, where);
    ++counts[info.n_looks < n_stages];
  } else {
    if (info.stopped != METAGAME_STOP_BUDGET || info.n_looks != n_stages) fail_msg("%s: stopped %d", where, info.stopped);
    ++counts[2];
  }
  metagame_options plain = sampled_options(options->solver, options->max_evaluations >> (n_stages - info.n_looks), options->seed);
  plain.interaction_order = options->interaction_order;
  plain.flags = options->flags;
  once = solve(game, &plain);
  if (info_of(once).evaluations == info.evaluations && info.n_chosen == 0) st_same(result, once, where);
  if (info.evaluations > info_of(once).evaluations || info.evaluations + 64 < info_of(once).evaluations)
    fail_msg("%s: %llu evaluations, one run %llu", where, (unsigned long long)info.evaluations,
             (unsigned long long)info_of(once).evaluations);
  metagame_result_destroy(once);
  metagame_result_destroy(result);
  metagame_session_destroy(session);
}

/* Many small shapes: within the budget always, and all ends occur. */
static void shapes(void **state) {
  static const int32_t solvers[] = { METAGAME_SOLVER_REGRESSION, METAGAME_SOLVER_PERMUTATION, METAGAME_SOLVER_STRATIFIED, METAGAME_SOLVER_AUTO,
                                     METAGAME_SOLVER_GAUSSIAN };
  static const double parts[] = { 0.3, 0.05, 1e-6 };
  (void)state;
  ts_rng rng = ts_rng_make(8);
  long counts[3] = { 0 };
  for (int turn = 0; turn < 260; ++turn) {
    const int32_t solver = solvers[turn < 240 ? turn % 3 : 3 + turn % 2];
    const uint32_t n = turn < 240 ? 5 + (uint32_t)ts_rng_below(&rng, 6) : 7, m = 1 + (uint32_t)ts_rng_below(&rng, 3);
    ts_table *table = st_table(n, m, (int)ts_rng_below(&rng, OWN_KINDS), turn % 5 ? 0.05 : 0, (uint64_t)turn);
    metagame_game *game = table_game(table);
    metagame_options options = ruled(solver, 130 + ts_rng_below(&rng, 700), (uint64_t)turn, parts[turn / 3 % 3], turn / 9 % 3);
    options.batch = 1 + (uint32_t)ts_rng_below(&rng, 80);
    if (solver == METAGAME_SOLVER_STRATIFIED && turn % 2) options.interaction_order = 2;
    if (solver == METAGAME_SOLVER_PERMUTATION) options.max_evaluations += 200;
    if (solver == METAGAME_SOLVER_GAUSSIAN) options.max_evaluations = 127;
    run(game, table, &options, turn % ST_ORDERS, counts);
    metagame_game_destroy(game);
    ts_table_free(table);
  }
  if (counts[0] < 5 || counts[1] < 30 || counts[2] < 30)
    fail_msg("resolved at the last look %ld, before %ld, by the budget %ld", counts[0], counts[1], counts[2]);
}

static uint64_t rows_of_one_run(const metagame_game *game, int32_t solver, uint64_t budget, uint64_t seed) {
  const metagame_options options = sampled_options(solver, budget, seed);
  metagame_progress progress = METAGAME_PROGRESS_INIT;
  metagame_session *session = st_open(game, &options);
  assert_int_equal(metagame_session_progress(session, &progress, NULL), METAGAME_OK);
  metagame_session_destroy(session);
  return progress.n_planned;
}

/* A larger budget by one or two: the rows of a whole plan are known, and there is hardly room for another. Where it would need more than
 * the budget for the few that earlier plans asked in vain, it is lowered: that this happens is seen by the rows of one run. */
static void extensions_by_little(void **state) {
  long lowered = 0;
  (void)state;
  for (uint64_t seed = 0; seed < 120; ++seed) {
    const int32_t solver = seed % 4 < 3 ? METAGAME_SOLVER_REGRESSION : METAGAME_SOLVER_STRATIFIED;
    ts_table *table = st_table((uint32_t)(8 + seed % 3), 2, seed % 2 ? OWN_ALL : OWN_NONE, 0.1, seed);
    metagame_game *game = table_game(table);
    metagame_options options = ruled(solver, 150 + seed, seed, 1e-9, METAGAME_RESOLVE_ENTRIES);
    metagame_session *session = st_open(game, &options);
    uint64_t budget = options.max_evaluations;
    for (int step = 0; step < 6; ++step, budget += 1 + (uint64_t)step / 2) {
      char where[60];
      snprintf(where, sizeof where, "seed %llu, step %d", (unsigned long long)seed, step);
      if (step > 0) assert_int_equal(metagame_session_extend(session, budget, NULL), METAGAME_OK);
      assert_int_equal(metagame_session_run(session, game, NULL), METAGAME_DONE);
      metagame_result *result = st_finish(session);
      st_asked_once(table, result, where);
      if (info_of(result).asked > budget) fail_msg("%s: asked %llu", where, (unsigned long long)info_of(result).asked);
      lowered += info_of(result).evaluations < rows_of_one_run(game, solver, budget, seed);
      if (info_of(result).evaluations + 70 < budget) fail_msg("%s: %llu of %llu", where, (unsigned long long)info_of(result).evaluations,
                                                              (unsigned long long)budget);
      metagame_result_destroy(result);
    }
    metagame_session_destroy(session);
    metagame_game_destroy(game);
    ts_table_free(table);
  }
  if (lowered < 20) fail_msg("%ld plans were lowered", lowered);
}

/* ---- ties, nobodies, small games ---- */

static metagame_result *solve_ruled(ts_table *table, metagame_options options) {
  metagame_game *game = table_game(table);
  metagame_result *result = solve(game, &options);
  metagame_game_destroy(game);
  return result;
}

/* Players 0 and 1 alike, the others without any effect, and noise that no plan averages out exactly. */
static ts_table *tied(uint32_t n) {
  ts_table *table = ts_table_new(n, 1);
  ts_rng rng = ts_rng_make(3);
  double *noise = ts_alloc((size_t)1 << n, sizeof *noise);
  for (uint64_t row = 0; row < UINT64_C(1) << n; ++row) noise[row] = ts_rng_real(&rng, -1, 1);
  for (uint64_t row = 0; row < UINT64_C(1) << n; ++row) {
    const uint64_t swapped = (row & ~UINT64_C(3)) | (row & 1) << 1 | (row >> 1 & 1);
    table->values[row] = noise[row] + noise[swapped];
  }
  free(noise);
  return table;
}

static void ties(void **state) {
  static const int32_t solvers[] = { METAGAME_SOLVER_REGRESSION, METAGAME_SOLVER_STRATIFIED };
  (void)state;
  ts_table *table = tied(10);
  for (size_t s = 0; s < COUNT_OF(solvers); ++s) {
    metagame_result *open = solve_ruled(table, ruled(solvers[s], 900, 1, 0, METAGAME_RESOLVE_RANKING));
    metagame_result *wide = solve_ruled(table, ruled(solvers[s], 900, 1, 2, METAGAME_RESOLVE_RANKING));
    assert_int_equal(info_of(open).stopped, METAGAME_STOP_BUDGET);
    assert_int_equal(info_of(wide).stopped, METAGAME_STOP_RESOLVED);
    metagame_result_destroy(open);
    metagame_result_destroy(wide);
  }
  /* Exact numbers have intervals of length 0: a tie is no doubt. */
  metagame_options options = ruled(METAGAME_SOLVER_EXACT, 1024, 1, 0, METAGAME_RESOLVE_TOP);
  options.top_k = 1;
  metagame_result *exact = solve_ruled(table, options);
  assert_int_equal(info_of(exact).stopped, METAGAME_STOP_RESOLVED);
  assert_int_equal(info_of(exact).n_looks, 1);
  metagame_result_destroy(exact);
  ts_table_free(table);
}

static void small_games(void **state) {
  (void)state;
  for (uint32_t n = 1; n <= 3; ++n)
    for (int own = 0; own < OWN_KINDS; ++own)
      for (int32_t solver = METAGAME_SOLVER_AUTO; solver <= METAGAME_SOLVER_GAUSSIAN; ++solver)
        for (int32_t resolve = METAGAME_RESOLVE_ENTRIES; resolve <= METAGAME_RESOLVE_RANKING; ++resolve) {
          ts_table *table = st_table(n, 2, own, 0.3, n);
          metagame_options options = ruled(solver, 100, 2, 0.01, resolve), plain = sampled_options(solver, 100, 2);
          if (resolve == METAGAME_RESOLVE_TOP) options.top_k = n == 2 ? 1 : 5; /* all of them, and more */
          metagame_result *result = solve_ruled(table, options), *once = solve_table(table, &plain);
          assert_int_equal(info_of(result).status, METAGAME_OK);
          st_same(result, once, "a small game");
          assert_int_equal(info_of(result).stopped, METAGAME_STOP_RESOLVED);
          metagame_result_destroy(result);
          metagame_result_destroy(once);
          ts_table_free(table);
        }
}

/* The smallest budget that is taken: one stage. */
static void least_budgets(void **state) {
  (void)state;
  for (int32_t solver = METAGAME_SOLVER_REGRESSION; solver <= METAGAME_SOLVER_GAUSSIAN; ++solver) {
    ts_table *table = st_table(9, 1, OWN_NONE, 0.1, 4);
    metagame_game *game = table_game(table);
    metagame_options options = ruled(solver, 1, 3, 1e-9, METAGAME_RESOLVE_ENTRIES);
    metagame_session *session = NULL;
    while (metagame_session_create(&session, game, &options, NULL) == METAGAME_E_BUDGET) ++options.max_evaluations;
    assert_non_null(session);
    assert_int_equal(metagame_session_run(session, game, NULL), METAGAME_DONE);
    metagame_result *result = NULL, *once = NULL;
    metagame_options plain = sampled_options(solver, options.max_evaluations, 3);
    const metagame_status status = metagame_session_finish(&result, session, NULL), alone = metagame_solve(&once, game, &plain, NULL);
    assert_int_equal(status, alone);
    if (status == METAGAME_OK) st_same(result, once, "the least budget");
    if (status == METAGAME_OK) assert_int_equal(info_of(result).n_looks, 1);
    metagame_result_destroy(result);
    metagame_result_destroy(once);
    metagame_session_destroy(session);
    metagame_game_destroy(game);
    ts_table_free(table);
  }
}

/* ---- time, cancel, refusal ---- */

/* Asks until `stage` looks are behind, then up to the middle of the next plan. */
static metagame_session *into_stage(const metagame_game *game, const metagame_options *options, uint64_t told) {
  metagame_session *session = st_open(game, options);
  for (uint64_t sum = 0; sum < told;) {
    metagame_request request = METAGAME_REQUEST_INIT;
    assert_int_equal(metagame_session_ask(session, &request, NULL), METAGAME_OK);
    assert_int_equal(metagame_game_evaluate(game, &request, request.rows, NULL), METAGAME_OK);
    assert_int_equal(metagame_session_tell(session, request.ticket, request.rows, request.n_masks, NULL), METAGAME_OK);
    sum += request.n_masks;
  }
  return session;
}

static void no_time(void **state) {
  (void)state;
  ts_table *table = st_table(9, 2, OWN_NONE, 0.1, 4);
  metagame_game *game = table_game(table);
  for (int with_rule = 0; with_rule < 2; ++with_rule) {
    metagame_options options = sampled_options(METAGAME_SOLVER_REGRESSION, 300, 3);
    if (with_rule) options.precision = 1e-9;
    options.max_seconds = 1e-9;
    ts_table_reset(table);
    metagame_result *result = NULL;
    assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_PARTIAL);
    assert_int_equal(info_of(result).stopped, METAGAME_STOP_TIME);
    assert_int_equal(info_of(result).n_looks, 0);
    assert_int_equal(ts_table_total(table), 0);
    assert_true(isnan(metagame_result_matrix(result)[0]));
    metagame_result_destroy(result);
  }
  metagame_game_destroy(game);
  ts_table_free(table);
}

/* A limit that is over after the first look: its numbers come out. The limit is long enough for one stage of a table without a wait; on a
 * machine too slow for that there is no look, which is right, too. */
static void time_in_a_later_stage(void **state) {
  (void)state;
  for (int all_told = 0; all_told < 2; ++all_told) {
    ts_table *table = st_table(9, 2, OWN_NONE, 0.1, 4);
    metagame_game *game = table_game(table);
    metagame_options options = ruled(METAGAME_SOLVER_REGRESSION, 400, 3, 1e-9, METAGAME_RESOLVE_ENTRIES), plain;
    options.max_seconds = 0.3;
    options.batch = 8;
    metagame_session *session = st_open(game, &options);
    metagame_status status;
    uint64_t told = 0;
    for (;;) { /* stages of 100, 200 and 400 */
      metagame_request request = METAGAME_REQUEST_INIT;
      if ((status = metagame_session_ask(session, &request, NULL)) != METAGAME_OK) break;
      assert_int_equal(metagame_game_evaluate(game, &request, request.rows, NULL), METAGAME_OK);
      assert_int_equal(metagame_session_tell(session, request.ticket, request.rows, request.n_masks, NULL), METAGAME_OK);
      told += request.n_masks;
      metagame_progress progress = METAGAME_PROGRESS_INIT;
      assert_int_equal(metagame_session_progress(session, &progress, NULL), METAGAME_OK);
      if (all_told ? progress.n_told >= 390 : told > 130) nanosleep(&(struct timespec){ 0, 350000000 }, NULL);
      if (all_told && progress.n_told >= 390) nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
    }
    assert_int_equal(status, METAGAME_DONE);
    metagame_result *result = st_finish(session);
    const metagame_result_info info = info_of(result);
    if (info.stopped == METAGAME_STOP_TIME) {
      assert_int_equal(info.status, METAGAME_PARTIAL);
      if (info.n_looks > 0) {
        plain = sampled_options(METAGAME_SOLVER_REGRESSION, 100u << (info.n_looks - 1), 3);
        metagame_result *once = solve(game, &plain);
        assert_true(same_matrix(result, once));
        metagame_result_destroy(once);
      }
    }
    metagame_result_destroy(result);
    /* It can go on: the time begins anew. */
    assert_int_equal(metagame_session_extend(session, 401, NULL), METAGAME_OK);
    metagame_session_destroy(session);
    metagame_game_destroy(game);
    ts_table_free(table);
  }
}

/* Tickets that are open when the time is over can be given back after finish, and must be before an extension. */
static void open_tickets_when_time_is_over(void **state) {
  (void)state;
  ts_table *table = st_table(9, 1, OWN_NONE, 0.1, 4);
  metagame_game *game = table_game(table);
  metagame_options options = sampled_options(METAGAME_SOLVER_REGRESSION, 200, 3), plain = options;
  metagame_request request = METAGAME_REQUEST_INIT, late = METAGAME_REQUEST_INIT;
  options.flags = METAGAME_EXTENDABLE;
  options.max_seconds = 0.2;
  metagame_session *session = st_open(game, &options);
  const metagame_status first = metagame_session_ask(session, &request, NULL);
  nanosleep(&(struct timespec){ 0, 250000000 }, NULL);
  const metagame_status status = metagame_session_ask(session, &late, NULL);
  assert_int_equal(status, first == METAGAME_OK ? METAGAME_WAIT : METAGAME_DONE);
  if (first == METAGAME_OK) fx_expect(metagame_session_extend(session, 300, NULL), METAGAME_E_STATE, NULL, NULL);
  metagame_result *result = st_finish(session);
  assert_int_equal(info_of(result).stopped, METAGAME_STOP_TIME);
  metagame_result_destroy(result);
  if (first == METAGAME_OK) { /* its rows belong to the ticket until that is given back */
    fx_expect(metagame_session_extend(session, 300, NULL), METAGAME_E_STATE, NULL, NULL);
    assert_int_equal(metagame_session_decline(session, request.ticket, 7, NULL), METAGAME_E_STATE);
    assert_int_equal(metagame_session_decline(session, request.ticket, 0, NULL), METAGAME_OK);
  }
  assert_int_equal(metagame_session_extend(session, 300, NULL), METAGAME_OK);
  const metagame_status ran = metagame_session_run(session, game, NULL);
  assert_int_equal(ran, METAGAME_DONE);
  result = st_finish(session);
  if (info_of(result).status == METAGAME_OK) {
    plain.max_evaluations = 300;
    metagame_result *once = solve(game, &plain);
    st_same(result, once, "after the time");
    metagame_result_destroy(once);
  }
  metagame_result_destroy(result);
  metagame_session_destroy(session);
  metagame_game_destroy(game);
  ts_table_free(table);
}

/* An extended session looks at its numbers from where it is on, not from the budget that it had. */
static void looks_go_on(void **state) {
  (void)state;
  ts_table *table = st_table(9, 1, OWN_NONE, 0.1, 4);
  metagame_game *game = table_game(table);
  const metagame_options options = ruled(METAGAME_SOLVER_PERMUTATION, 100000, 3, 0.2, METAGAME_RESOLVE_ENTRIES);
  metagame_result *plain = solve(game, &options);
  metagame_session *session = st_open(game, &options);
  assert_int_equal(metagame_session_extend(session, 100001, NULL), METAGAME_OK);
  const metagame_status ran = metagame_session_run(session, game, NULL);
  assert_int_equal(ran, METAGAME_DONE);
  metagame_result *result = st_finish(session);
  assert_int_equal(info_of(plain).stopped, METAGAME_STOP_RESOLVED);
  assert_int_equal(info_of(result).stopped, METAGAME_STOP_RESOLVED);
  assert_int_equal(info_of(result).asked, info_of(plain).asked);
  metagame_result_destroy(result);
  metagame_result_destroy(plain);
  metagame_session_destroy(session);
  metagame_game_destroy(game);
  ts_table_free(table);
}

/* In the second stage, by cancel or a refusal: the first look's numbers. When everything of the last stage is in: those of all. */
static void cancelled(void **state) {
  (void)state;
  for (int refuse = 0; refuse < 2; ++refuse)
    for (int late = 0; late < 2; ++late) {
      ts_table *table = st_table(9, 2, OWN_MIXED, 0.1, 4);
      metagame_game *game = table_game(table);
      metagame_options options = ruled(METAGAME_SOLVER_STRATIFIED, 280, 3, 1e-9, METAGAME_RESOLVE_ENTRIES);
      metagame_options plain = sampled_options(METAGAME_SOLVER_STRATIFIED, late ? 280 : 140, 3);
      options.interaction_order = plain.interaction_order = 2;
      options.batch = 1;
      metagame_result *once = solve(game, &plain);
      plain.max_evaluations = 280;
      metagame_session *session = into_stage(game, &options, late ? 1 : 150), *whole;
      if (late) { /* all but the last ask */
        whole = st_open(game, &options);
        assert_int_equal(metagame_session_run(whole, game, NULL), METAGAME_DONE);
        metagame_progress progress = METAGAME_PROGRESS_INIT;
        assert_int_equal(metagame_session_progress(whole, &progress, NULL), METAGAME_OK);
        metagame_session_destroy(session);
        metagame_session_destroy(whole);
        session = into_stage(game, &options, progress.n_told);
      }
      metagame_request request = METAGAME_REQUEST_INIT;
      metagame_result *result = NULL;
      if (!late) fx_expect(metagame_session_finish(&result, session, NULL), METAGAME_E_UNFINISHED, NULL, NULL);
      if (refuse && !late) {
        assert_int_equal(metagame_session_ask(session, &request, NULL), METAGAME_OK);
        assert_int_equal(metagame_session_decline(session, request.ticket, 77, NULL), METAGAME_OK);
      } else {
        metagame_session_cancel(session);
      }
      metagame_error err;
      fx_expect(metagame_session_extend(session, 1000, &err), METAGAME_E_CANCELLED, &err, "cancelled", NULL);
      result = st_finish(session);
      const metagame_result_info info = info_of(result);
      assert_int_equal(info.status, late ? METAGAME_OK : METAGAME_PARTIAL);
      assert_int_equal(info.user_code, refuse && !late ? 77 : 0);
      if (info.evaluations == info_of(once).evaluations) assert_true(same_matrix(result, once));
      assert_true(info.evaluations + 70 > info_of(once).evaluations);
      assert_int_equal(info.stopped, late ? METAGAME_STOP_BUDGET : METAGAME_STOP_PLAN);
      metagame_result_destroy(result);
      metagame_result_destroy(once);
      metagame_session_destroy(session);
      metagame_game_destroy(game);
      ts_table_free(table);
    }
}

/* AUTO samples first and enumerates at the end: what a cancel leaves is of the solver that found it. */
static void solver_of_the_look(void **state) {
  (void)state;
  ts_table *table = st_table(8, 1, OWN_NONE, 0.2, 4);
  metagame_game *game = table_game(table);
  metagame_options options = ruled(METAGAME_SOLVER_AUTO, 256, 3, 1e-9, METAGAME_RESOLVE_ENTRIES);
  options.batch = 4;
  metagame_session *session = into_stage(game, &options, 200);
  metagame_session_cancel(session);
  metagame_result *result = st_finish(session);
  assert_int_equal(info_of(result).status, METAGAME_PARTIAL);
  assert_int_equal(info_of(result).n_looks, 2);
  assert_int_equal(info_of(result).solver, METAGAME_SOLVER_GAUSSIAN);
  assert_non_null(metagame_result_stderr(result));
  metagame_result_destroy(result);
  metagame_session_destroy(session);
  metagame_game_destroy(game);
  ts_table_free(table);
}

/* finish makes the look that ask did not: of the stage at hand, and says UNFINISHED where another follows. */
static void finish_without_the_last_ask(void **state) {
  (void)state;
  ts_table *table = st_table(9, 1, OWN_NONE, 0.1, 4);
  metagame_game *game = table_game(table);
  for (int resolves = 0; resolves < 2; ++resolves) {
    metagame_options options = ruled(METAGAME_SOLVER_REGRESSION, 400, 3, resolves ? 5 : 1e-9, METAGAME_RESOLVE_ENTRIES);
    options.batch = 100;
    metagame_session *session = into_stage(game, &options, 100);
    metagame_result *result = NULL;
    const metagame_status status = metagame_session_finish(&result, session, NULL);
    assert_int_equal(status, resolves ? METAGAME_OK : METAGAME_E_UNFINISHED);
    if (!resolves) assert_int_equal(metagame_session_run(session, game, NULL), METAGAME_DONE);
    if (!resolves) result = st_finish(session);
    assert_int_equal(info_of(result).n_looks, resolves ? 1 : 3);
    metagame_result_destroy(result);
    metagame_session_destroy(session);
  }
  metagame_game_destroy(game);
  ts_table_free(table);
}

static void other_callers(void **state) {
  (void)state;
  ts_table *table = st_table(8, 2, OWN_MIXED, 0.1, 4), *second = st_table(8, 2, OWN_NONE, 0.1, 5);
  memcpy(second->own, table->own, 2 * sizeof *table->own);
  metagame_game *game = table_game(table), *other = table_game(second);
  metagame_options options = ruled(METAGAME_SOLVER_AUTO, 0, 3, 1e-9, METAGAME_RESOLVE_RANKING), plain = METAGAME_OPTIONS_INIT;
  plain.seed = options.seed;
  options.max_seconds = 1e-9; /* a table is there already */
  options.flags = METAGAME_EXTENDABLE;
  metagame_result *result = NULL, *once = NULL;
  metagame_error err;
  expect_ok(metagame_solve_table(&result, table->values, 8, 2, table->own, &options, NULL, &err), &err);
  expect_ok(metagame_solve_table(&once, table->values, 8, 2, table->own, &plain, NULL, &err), &err);
  st_same(result, once, "a table");
  assert_int_equal(info_of(result).asked, info_of(result).evaluations);
  metagame_result_destroy(once);
  metagame_verify_options verify = METAGAME_VERIFY_OPTIONS_INIT;
  metagame_report *report = NULL;
  expect_ok(metagame_verify(&report, result, game, &verify, &err), &err);
  metagame_report_destroy(report);
  metagame_result_destroy(result);
  const metagame_game *const games[2] = { game, other };
  options = ruled(METAGAME_SOLVER_REGRESSION, 200, 3, 0.2, METAGAME_RESOLVE_ENTRIES);
  expect_ok(metagame_solve_each(&result, games, 2, &options, &err), &err);
  assert_int_equal(info_of(result).n_maskings, 2);
  assert_int_equal(info_of(result).asked, info_of(result).evaluations);
  assert_true(info_of(result).n_looks >= 2);
  metagame_result_destroy(result);
  options.max_seconds = 1e-9;
  assert_int_equal(metagame_solve_each(&result, games, 2, &options, &err), METAGAME_PARTIAL);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  metagame_game_destroy(other);
  ts_table_free(table);
  ts_table_free(second);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(shapes), cmocka_unit_test(extensions_by_little), cmocka_unit_test(ties), cmocka_unit_test(small_games),
    cmocka_unit_test(least_budgets), cmocka_unit_test(no_time), cmocka_unit_test(time_in_a_later_stage),
    cmocka_unit_test(open_tickets_when_time_is_over), cmocka_unit_test(looks_go_on), cmocka_unit_test(cancelled), cmocka_unit_test(solver_of_the_look),
    cmocka_unit_test(finish_without_the_last_ask), cmocka_unit_test(other_callers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
