/* SPDX-License-Identifier: MIT */
/* Interaction indices: what is refused, that a refusal writes nothing, and that bytes depend on nothing but the game. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "metagame/indices.h"

enum { N = 5, M = 3, MOST_CELLS = M * N * N * N };

static metagame_options interactions(uint32_t order) {
  metagame_options options = fx_options(METAGAME_SOLVER_EXACT, 0);
  options.interaction_order = order;
  return options;
}

/* N players; target 0 is pinned, the others are free, or all are free. */
static metagame_game *make_game(fx_game *fixture, int mixed) {
  fx_game_init(fixture, N, M, 0);
  if (mixed) fixture->own[0] = 2;
  return fx_create(fixture, NULL);
}

static metagame_result *solved(int mixed, uint32_t order, int32_t outer) {
  fx_game fixture;
  metagame_options options = interactions(order);
  metagame_result *result = NULL;
  metagame_game *game = make_game(&fixture, mixed);
  options.outer = outer;
  assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
  metagame_game_destroy(game);
  return result;
}

/* The status, the parts of the message, and nothing written. */
static void refused(const metagame_result *result, const metagame_index *index, metagame_status wanted, const char *part,
                    const char *second) {
  double values[MOST_CELLS], errors[MOST_CELLS];
  unsigned char before[sizeof values];
  metagame_error err;
  memset(before, 0x3c, sizeof before);
  memcpy(values, before, sizeof values);
  memcpy(errors, before, sizeof errors);
  fx_expect(metagame_result_index(result, index, values, errors, &err), wanted, &err, part, second, NULL);
  assert_int_equal(metagame_result_index(result, index, values, errors, NULL), wanted);
  assert_memory_equal(values, before, sizeof values);
  assert_memory_equal(errors, before, sizeof errors);
}

static metagame_index good(void) {
  metagame_index index = METAGAME_INDEX_INIT;
  index.kind = METAGAME_INDEX_SII;
  return index;
}

#define REFUSED(status, part, ...)           \
  do {                                       \
    metagame_index index = good();           \
    __VA_ARGS__;                             \
    refused(result, &index, status, part, NULL); \
  } while (0)

static void fields(void **state) {
  (void)state;
  const double weights[] = { 0.1, 0.2, 0.3, 0.4, 0.5 }, infinite[] = { 0.1, INFINITY, 0, 0 }, nan_last[] = { 0, 0, 0, NAN };
  metagame_result *result = solved(0, 3, METAGAME_OUTER_SHAPLEY);
  REFUSED(METAGAME_E_STRUCT_SIZE, "index.struct_size is 8", index.struct_size = 8);
  REFUSED(METAGAME_E_STRUCT_SIZE, "index.struct_size is 5000", index.struct_size = 5000);
  REFUSED(METAGAME_E_ARGUMENT, "index.kind is 0, must be 1..15", index.kind = 0);
  REFUSED(METAGAME_E_ARGUMENT, "index.kind is 16", index.kind = 16);
  REFUSED(METAGAME_E_ARGUMENT, "index.kind is -1", index.kind = -1);
  REFUSED(METAGAME_E_ARGUMENT, "index.order is 4, must be 1..3", index.order = 4);
  REFUSED(METAGAME_E_ARGUMENT, "index.order is 4294967295", index.order = UINT32_MAX);
  REFUSED(METAGAME_E_ARGUMENT, "index.max_order is 1, must be 2..3", index.kind = METAGAME_INDEX_STII, index.max_order = 1);
  REFUSED(METAGAME_E_ARGUMENT, "index.max_order is 4, must be 2..3", index.kind = METAGAME_INDEX_FSII, index.max_order = 4);
  REFUSED(METAGAME_E_ARGUMENT, "index.max_order is 3, must be 2..2", index.max_order = 3);
  REFUSED(METAGAME_E_ARGUMENT, "index.order is 3, must be 2", index.kind = METAGAME_INDEX_META, index.order = 3);
  REFUSED(METAGAME_E_ARGUMENT, "index.order is 1, must be 2", index.kind = METAGAME_INDEX_BIVARIATE_SHAPLEY, index.order = 1);
  REFUSED(METAGAME_E_ARGUMENT, "index.probability is -0.1", index.probability = -0.1);
  REFUSED(METAGAME_E_ARGUMENT, "index.probability is 1.5, must be above 0 and at most 1", index.probability = 1.5);
  REFUSED(METAGAME_E_ARGUMENT, "index.probability is", index.kind = METAGAME_INDEX_BII, index.probability = NAN);
  REFUSED(METAGAME_E_ARGUMENT, "index.context is 4, must be 0..3", index.kind = METAGAME_INDEX_CONTEXT, index.context = 4);
  REFUSED(METAGAME_E_ARGUMENT, "index.context is 3, must be 0..2", index.kind = METAGAME_INDEX_CONTEXT, index.order = 3, index.context = 3);
  REFUSED(METAGAME_E_ARGUMENT, "index.inner is 3, must be 0..2", index.kind = METAGAME_INDEX_META, index.inner = 3);
  REFUSED(METAGAME_E_ARGUMENT, "index.inner is -1", index.kind = METAGAME_INDEX_META, index.inner = -1);
  REFUSED(METAGAME_E_ARGUMENT, "index.outer is 2, must be 0..1", index.kind = METAGAME_INDEX_META, index.outer = 2);
  REFUSED(METAGAME_E_FLAGS, "index.flags is 0x2, known bits are 0x1", index.kind = METAGAME_INDEX_META, index.flags = 2);
  REFUSED(METAGAME_E_FLAGS, "index.flags is 0x8000000000000001", index.flags = UINT64_C(0x8000000000000001));
  REFUSED(METAGAME_E_NULL, "index.weights", index.kind = METAGAME_INDEX_WEIGHTED, index.n_weights = 4);
  REFUSED(METAGAME_E_ARGUMENT, "index.n_weights is 5, must be 4", index.kind = METAGAME_INDEX_WEIGHTED, index.weights = weights,
          index.n_weights = 5);
  REFUSED(METAGAME_E_NONFINITE, "index.weights[1]", index.kind = METAGAME_INDEX_WEIGHTED, index.weights = infinite, index.n_weights = 4);
  REFUSED(METAGAME_E_NONFINITE, "index.weights[3]", index.kind = METAGAME_INDEX_WEIGHTED, index.weights = nan_last, index.n_weights = 4);
  /* A struct of a newer header, whose tail is zero or not. */
  struct {
    metagame_index index;
    uint64_t tail;
  } newer = { good(), 0 };
  double values[M * N * N], wanted[M * N * N];
  const metagame_index plain = good();
  newer.index.struct_size = sizeof newer;
  assert_int_equal(metagame_result_index(result, &plain, wanted, NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_result_index(result, &newer.index, values, NULL, NULL), METAGAME_OK);
  assert_memory_equal(values, wanted, sizeof values);
  newer.tail = 1;
  refused(result, &newer.index, METAGAME_E_STRUCT_SIZE, "index has", NULL);
  metagame_result_destroy(result);
}

static void null_pointers(void **state) {
  (void)state;
  double values[M * N * N];
  metagame_error err;
  const metagame_index index = good();
  metagame_result *result = solved(0, 2, METAGAME_OUTER_SHAPLEY);
  fx_expect(metagame_result_index(NULL, &index, values, NULL, &err), METAGAME_E_NULL, &err, "result", NULL);
  fx_expect(metagame_result_index(result, NULL, values, NULL, &err), METAGAME_E_NULL, &err, "index", NULL);
  fx_expect(metagame_result_index(result, &index, NULL, values, &err), METAGAME_E_NULL, &err, "values", NULL);
  fx_expect(metagame_result_third_order(NULL, values, NULL, &err), METAGAME_E_NULL, &err, "result", NULL);
  fx_expect(metagame_result_third_order(result, NULL, NULL, &err), METAGAME_E_NULL, &err, "values", NULL);
  assert_int_equal(metagame_result_index(NULL, NULL, NULL, NULL, NULL), METAGAME_E_NULL);
  assert_int_equal(metagame_result_third_order(NULL, NULL, NULL, NULL), METAGAME_E_NULL);
  metagame_result_destroy(result);
}

/* Where the result's interaction_order is too low, the message names both; FSII and STII of order 2 need no triples. */
static void results_that_know_too_little(void **state) {
  (void)state;
  double values[MOST_CELLS], before[M * N * N];
  metagame_error err;
  metagame_result *result = solved(0, 2, METAGAME_OUTER_SHAPLEY);
  metagame_index index = good();
  index.order = 3;
  refused(result, &index, METAGAME_E_UNSUPPORTED, "index.order is 3", "options.interaction_order 2");
  index.order = 1;
  index.max_order = 3;
  index.kind = METAGAME_INDEX_KSII;
  refused(result, &index, METAGAME_E_UNSUPPORTED, "index.max_order is 3", "options.interaction_order 2");
  index.kind = METAGAME_INDEX_FBII;
  refused(result, &index, METAGAME_E_UNSUPPORTED, "index.max_order is 3", "options.interaction_order 2");
  index.kind = METAGAME_INDEX_FSII;
  assert_int_equal(metagame_result_index(result, &index, values, NULL, NULL), METAGAME_OK);
  metagame_result_destroy(result);
  for (uint32_t order = 0; order < 2; ++order) {
    result = solved(0, order, METAGAME_OUTER_SHAPLEY);
    index = good();
    refused(result, &index, METAGAME_E_UNSUPPORTED, "options.interaction_order 1", "2 or 3");
    memset(before, 0x3c, sizeof before);
    memcpy(values, before, sizeof before);
    fx_expect(metagame_result_third_order(result, values, NULL, &err), METAGAME_E_UNSUPPORTED, &err, "options.interaction_order 1", NULL);
    assert_memory_equal(values, before, sizeof before);
    metagame_result_destroy(result);
  }
  result = solved(1, 2, METAGAME_OUTER_BANZHAF);
  index = good();
  assert_int_equal(metagame_result_index(result, &index, values, NULL, NULL), METAGAME_OK);
  memcpy(values, before, sizeof before);
  fx_expect(metagame_result_third_order(result, values, NULL, &err), METAGAME_E_UNSUPPORTED, &err, "outer Shapley", NULL);
  assert_memory_equal(values, before, sizeof before);
  metagame_result_destroy(result);
}

/* Pinned games have a player less: an index has to fit all targets. */
static void games_of_two_sizes(void **state) {
  (void)state;
  const double weights[4] = { 1, 1, 1, 1 };
  metagame_result *result = solved(1, 3, METAGAME_OUTER_SHAPLEY);
  REFUSED(METAGAME_E_ARGUMENT, "index.context is 3, must be 0..2", index.kind = METAGAME_INDEX_CONTEXT, index.context = 3);
  for (size_t n_weights = 3; n_weights < 5; ++n_weights)
    REFUSED(METAGAME_E_ARGUMENT, "index.n_weights", index.kind = METAGAME_INDEX_WEIGHTED, index.weights = weights,
            index.n_weights = n_weights);
  metagame_result_destroy(result);
  fx_game fixture;
  const metagame_options options = interactions(3);
  fx_game_init(&fixture, 3, 3, 1);
  metagame_game *game = fx_create(&fixture, NULL);
  assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
  REFUSED(METAGAME_E_ARGUMENT, "index.order is 3, must be 1..2 in games of 2 players", index.order = 3);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
}

static void options_refused(void **state) {
  (void)state;
  fx_game fixture;
  metagame_error err;
  metagame_game *game = make_game(&fixture, 1);
  const uint32_t wrong[] = { 4, UINT32_MAX };
  for (int bytes = 0; bytes < 2; ++bytes) {
#define TRY(wanted, ...)                                                                                               \
  do {                                                                                                                 \
    metagame_session *session = (metagame_session *)&fixture;                                                          \
    uint64_t needed = 77;                                                                                              \
    const metagame_status status = bytes ? metagame_session_bytes(&needed, game, &options, &err)                       \
                                         : metagame_session_create(&session, game, &options, &err);                    \
    fx_expect(status, wanted, &err, __VA_ARGS__, NULL);                                                                \
    if (!bytes) assert_null(session);                                                                                  \
  } while (0)
    for (size_t w = 0; w < COUNT_OF(wrong); ++w) {
      const metagame_options options = interactions(wrong[w]);
      TRY(METAGAME_E_ARGUMENT, "options.interaction_order", "must be 1..3");
    }
    for (uint32_t order = 2; order < 4; ++order)
      for (int32_t solver = METAGAME_SOLVER_REGRESSION; solver <= METAGAME_SOLVER_PERMUTATION; ++solver) {
        metagame_options options = interactions(order);
        options.solver = solver;
        TRY(METAGAME_E_UNSUPPORTED, "options.interaction_order", solver == METAGAME_SOLVER_REGRESSION ? "regression" : "permutation");
        options.max_evaluations = 31;
        options.solver = METAGAME_SOLVER_EXACT;
        TRY(METAGAME_E_BUDGET, "options.max_evaluations is 31", "32");
        options.solver = METAGAME_SOLVER_AUTO;
        TRY(METAGAME_E_BUDGET, "options.max_evaluations is 31", "32");
      }
  }
  metagame_game_destroy(game);
  fx_game_init(&fixture, 2, 2, 1);
  game = fx_create(&fixture, NULL);
  const metagame_options options = interactions(3);
  const int bytes = 0;
  TRY(METAGAME_E_ARGUMENT, "options.interaction_order is 3", "2 players");
  metagame_game_destroy(game);
  fx_game_init(&fixture, 40, 1, 0); /* too many to enumerate */
  game = fx_create(&fixture, NULL);
  TRY(METAGAME_E_LIMIT, "40 players", "32");
  metagame_game_destroy(game);
#undef TRY
}

/* By default the exact solver up to 12 players, then the stratified one. */
static void default_solver(void **state) {
  (void)state;
  fx_game fixture;
  metagame_options options = interactions(2);
  options.solver = METAGAME_SOLVER_AUTO;
  for (uint32_t n = 12; n < 14; ++n) {
    metagame_result *result = NULL;
    metagame_result_info info = METAGAME_RESULT_INFO_INIT;
    fx_game_init(&fixture, n, 1, 0);
    metagame_game *game = fx_create(&fixture, NULL);
    assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
    assert_int_equal(metagame_result_get_info(result, &info, NULL), METAGAME_OK);
    assert_int_equal(info.solver, n == 12 ? METAGAME_SOLVER_EXACT : METAGAME_SOLVER_STRATIFIED);
    if (n == 12) assert_int_equal(info.evaluations, 1 << 12);
    metagame_result_destroy(result);
    metagame_game_destroy(game);
  }
}

/* Cancelled before the end, after each number of batches: a partial result knows no interaction. */
static void partial_results(void **state) {
  (void)state;
  for (int mixed = 0; mixed < 2; ++mixed)
    for (uint32_t order = 2; order < 4; ++order)
      for (int told = 0; told < 8; ++told) {
        fx_game fixture;
        metagame_error err;
        metagame_session *session = NULL;
        metagame_result *result = NULL;
        double values[M * N * N], before[M * N * N];
        metagame_options options = interactions(order);
        const metagame_index index = good();
        metagame_game *game = make_game(&fixture, mixed);
        options.batch = 4;
        assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
        for (int t = 0; t < told; ++t) {
          metagame_request request = METAGAME_REQUEST_INIT;
          assert_int_equal(metagame_session_ask(session, &request, NULL), METAGAME_OK);
          assert_int_equal(metagame_game_evaluate(game, &request, request.rows, NULL), METAGAME_OK);
          assert_int_equal(metagame_session_tell(session, request.ticket, request.rows, request.n_masks, NULL), METAGAME_OK);
        }
        metagame_session_cancel(session);
        assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_PARTIAL);
        fx_valid_partial(result);
        refused(result, &index, METAGAME_E_STATE, "partial", NULL);
        memset(before, 0x3c, sizeof before);
        memcpy(values, before, sizeof before);
        fx_expect(metagame_result_third_order(result, values, NULL, &err), METAGAME_E_STATE, &err, "partial", NULL);
        assert_memory_equal(values, before, sizeof before);
        metagame_result_destroy(result);
        metagame_session_destroy(session);
        metagame_game_destroy(game);
      }
}

/* ---- the same bytes ---- */

/* All indices of a result, one behind another. Returns their number. */
static size_t everything(const metagame_result *result, double *values, size_t room) {
  const double weights[4] = { 1, -2, 3, 0.5 };
  size_t used = 0;
  for (int32_t kind = METAGAME_INDEX_SII; kind <= METAGAME_INDEX_META; ++kind)
    for (uint32_t order = 1; order <= 3; ++order) {
      metagame_index index = good();
      const int is_pair = kind == METAGAME_INDEX_META || kind == METAGAME_INDEX_BIVARIATE_SHAPLEY;
      const size_t cells = (size_t)M * (order == 1 ? N : order == 2 ? N * N : N * N * N);
      if ((is_pair && order != 2) || (kind == METAGAME_INDEX_WEIGHTED && order != 2)) continue;
      index.kind = kind;
      index.order = order;
      index.weights = weights;
      index.n_weights = 4;
      assert_true(used + cells <= room);
      assert_int_equal(metagame_result_index(result, &index, values + used, NULL, NULL), METAGAME_OK);
      used += cells;
    }
  assert_true(used + M * N * N <= room);
  assert_int_equal(metagame_result_third_order(result, values + used, NULL, NULL), METAGAME_OK);
  return used + M * N * N;
}

/* Keeps up to `most` tickets and tells them last first or first first. */
static void drive(metagame_session *session, const metagame_game *game, size_t most, int last_first) {
  metagame_request open[8];
  metagame_status status = METAGAME_OK;
  while (status != METAGAME_DONE) {
    size_t n_open = 0;
    while (n_open < most) {
      metagame_struct_init(&open[n_open], sizeof *open);
      status = metagame_session_ask(session, &open[n_open], NULL);
      assert_true(status >= 0);
      if (status != METAGAME_OK) break;
      ++n_open;
    }
    for (size_t t = 0; t < n_open; ++t) {
      metagame_request *request = &open[last_first ? n_open - 1 - t : t];
      assert_int_equal(metagame_game_evaluate(game, request, request->rows, NULL), METAGAME_OK);
      assert_int_equal(metagame_session_tell(session, request->ticket, request->rows, request->n_masks, NULL), METAGAME_OK);
    }
  }
}

/* Every batch size, several orders of telling; one free target alone (which is staged in runs) and several. */
static void any_batch(void **state) {
  (void)state;
  enum { ROOM = 40 * MOST_CELLS };
  static double wanted[ROOM], values[ROOM];
  for (int unpinned = 0; unpinned < 2; ++unpinned) {
    fx_game fixture;
    size_t count = 0;
    fx_game_init(&fixture, N, M, 1);
    metagame_game *game = fx_create(&fixture, NULL);
    for (uint32_t batch = 1; batch <= 1024; ++batch) {
      metagame_options options = interactions(3);
      metagame_session *session = NULL;
      metagame_result *result = NULL;
      options.batch = batch;
      options.max_open = 1 + batch % 5;
      options.flags = unpinned ? METAGAME_UNPINNED : 0;
      assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
      drive(session, game, options.max_open, batch % 2);
      assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
      const size_t used = unpinned ? everything(result, values, ROOM) : 0;
      metagame_index index = good(); /* pinned games have a player less: triples of 4, pairs with contexts of 0..2 */
      if (!unpinned) {
        index.order = 3;
        assert_int_equal(metagame_result_index(result, &index, values, NULL, NULL), METAGAME_OK);
        assert_int_equal(metagame_result_third_order(result, values + MOST_CELLS, NULL, NULL), METAGAME_OK);
      }
      const size_t now = unpinned ? used : MOST_CELLS + M * N * N;
      if (batch == 1) {
        memcpy(wanted, values, now * sizeof *values);
        count = now;
      }
      assert_int_equal(now, count);
      assert_memory_equal(values, wanted, count * sizeof *values);
      metagame_result_destroy(result);
      metagame_session_destroy(session);
    }
    metagame_game_destroy(game);
  }
}

/* One free target of 8 players: its rows are staged in runs of at most 32, cut anywhere by the batches. */
static void any_batch_of_scalars(void **state) {
  (void)state;
  static double wanted[2 * 512], values[2 * 512];
  fx_game fixture;
  fx_game_init(&fixture, 8, 1, 0);
  metagame_game *game = fx_create_function(&fixture, NULL);
  for (uint32_t batch = 1; batch <= 1024; batch += batch < 300 ? 1 : 31) {
    metagame_options options = interactions(3);
    metagame_session *session = NULL;
    metagame_result *result = NULL;
    metagame_index index = good();
    options.batch = batch;
    options.max_open = 1 + batch % 5;
    assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
    drive(session, game, options.max_open, batch % 2);
    assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
    index.order = 3;
    assert_int_equal(metagame_result_index(result, &index, values, NULL, NULL), METAGAME_OK);
    index.kind = METAGAME_INDEX_META;
    index.order = 2;
    assert_int_equal(metagame_result_index(result, &index, values + 512, NULL, NULL), METAGAME_OK);
    if (batch == 1) memcpy(wanted, values, sizeof values);
    assert_memory_equal(values, wanted, sizeof values);
    metagame_result_destroy(result);
    metagame_session_destroy(session);
  }
  metagame_game_destroy(game);
}

/* A result keeps what its indices need when game and session are gone, and taking one allocates nothing. */
static void outlives_all(void **state) {
  (void)state;
  fx_game fixture;
  fx_memory memory;
  metagame_session *session = NULL;
  metagame_result *result = NULL;
  double values[M * N * N], again[M * N * N];
  const metagame_options options = interactions(2);
  const metagame_index index = good();
  const metagame_allocator allocator = fx_allocator(&memory);
  fx_game_init(&fixture, N, M, 1);
  metagame_game *game = fx_create(&fixture, &allocator);
  assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
  assert_int_equal(fx_drive(session, game, NULL), METAGAME_DONE);
  assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
  assert_int_equal(metagame_result_index(result, &index, values, NULL, NULL), METAGAME_OK);
  metagame_session_destroy(session);
  metagame_game_destroy(game);
  const long calls = memory.calls;
  assert_int_equal(metagame_result_index(result, &index, again, NULL, NULL), METAGAME_OK);
  assert_int_equal(memory.calls, calls);
  assert_memory_equal(values, again, sizeof values);
  metagame_result_destroy(result);
  assert_int_equal(memory.bytes, 0);
  assert_int_equal(memory.blocks, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(fields),          cmocka_unit_test(null_pointers),   cmocka_unit_test(results_that_know_too_little),
    cmocka_unit_test(games_of_two_sizes), cmocka_unit_test(options_refused), cmocka_unit_test(default_solver),
    cmocka_unit_test(partial_results), cmocka_unit_test(any_batch),       cmocka_unit_test(any_batch_of_scalars),
    cmocka_unit_test(outlives_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
