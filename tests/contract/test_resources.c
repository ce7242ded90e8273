/* SPDX-License-Identifier: MIT */
/* Memory that is announced and bounded, tickets that are counted, progress that adds up, handles that hold what they need. */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

typedef enum kind { DIRECT, FORMULA, GRADIENT, N_KINDS } kind;

/* A game of n players and targets on `allocator`; `fixture` must live as long. */
static metagame_game *make_game(kind k, fx_game *fixture, uint32_t n, int pinned, const metagame_allocator *allocator) {
  static const double x[64] = { 1, 2, -1, 0.5, 3, -2, 1, 1 }, zeros[64];
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_masking masking = METAGAME_MASKING_INIT;
  metagame_model *model = NULL;
  metagame_game *base = NULL, *game = NULL;
  if (k == GRADIENT) {
    const metagame_model_callbacks callbacks = fx_model(fixture, n, 1);
    assert_int_equal(metagame_model_create(&model, &callbacks, allocator, NULL), METAGAME_OK);
    masking.x = x;
    masking.background = zeros;
    assert_int_equal(metagame_game_from_model(&base, model, &masking, NULL), METAGAME_OK);
    metagame_model_destroy(model);
    method.name = "gradient-x-input";
  } else {
    fx_game_init(fixture, n, k == DIRECT ? n : 2, pinned);
    if (k == DIRECT) return fx_create(fixture, allocator);
    base = fx_create_function(fixture, allocator);
    method.name = n <= 12 ? "shapley" : "occlusion";
    method.output = 1;
  }
  assert_int_equal(metagame_game_attribute(&game, base, &method, NULL), METAGAME_OK);
  metagame_game_destroy(base);
  return game;
}

typedef struct shape {
  kind k;
  uint32_t n;
  int pinned;
  uint64_t budget; /* for sampling */
  uint32_t batch, max_open;
} shape;

static const shape shapes[] = {
  { DIRECT, 3, 1, 20, 0, 0 },     { DIRECT, 8, 1, 200, 1, 1 },   { DIRECT, 8, 0, 200, 16, 3 },   { DIRECT, 11, 1, 1500, 300, 40 },
  { DIRECT, 40, 1, 2000, 64, 16 }, { DIRECT, 70, 0, 900, 10, 4 }, { FORMULA, 8, 1, 200, 0, 0 },   { FORMULA, 11, 1, 300, 100, 2 },
  { FORMULA, 40, 1, 1700, 16, 8 }, { GRADIENT, 6, 1, 60, 8, 2 }, { FORMULA, 16, 0, 900, 500, 3 },
};

/* All tickets that can be open are open before the first is told, in reverse order. */
static void hold_and_tell(metagame_session *session, const metagame_game *game) {
  metagame_request *open = calloc(4096, sizeof *open);
  assert_non_null(open);
  for (;;) {
    size_t n_open = 0;
    metagame_status status;
    do {
      metagame_struct_init(&open[n_open], sizeof *open);
      status = metagame_session_ask(session, &open[n_open], NULL);
    } while (status == METAGAME_OK && ++n_open < 4096);
    assert_true(status >= 0);
    if (status == METAGAME_DONE) break;
    assert_true(n_open > 0);
    while (n_open-- > 0) {
      assert_int_equal(metagame_game_evaluate(game, &open[n_open], open[n_open].rows, NULL), METAGAME_OK);
      assert_int_equal(metagame_session_tell(session, open[n_open].ticket, open[n_open].rows, open[n_open].n_masks, NULL),
                       METAGAME_OK);
    }
  }
  free(open);
}

/* What is announced is an upper bound of what a session takes, finish included but for the result itself; and with exactly that as
 * max_bytes the session runs. */
static void announced_for(size_t at, int32_t solver, uint32_t order, uint64_t flags, int bounded) {
  const shape *it = &shapes[at];
  fx_game fixture;
  fx_memory memory;
  uint64_t bytes = 0;
  metagame_error err;
  metagame_session *session = NULL;
  metagame_result *result = NULL;
  metagame_options options = fx_options(solver, it->budget);
  const metagame_allocator allocator = fx_allocator(&memory);
  metagame_game *game = make_game(it->k, &fixture, it->n, it->pinned, &allocator);
  options.batch = it->batch;
  options.max_open = it->max_open;
  options.interaction_order = order;
  options.flags = flags;
  metagame_status status = metagame_session_bytes(&bytes, game, &options, &err);
  if (status != METAGAME_OK) fail_msg("shape %zu, solver %d: %s", at, (int)solver, err.message);
  const size_t before = memory.bytes;
  if (bounded) options.max_bytes = bytes;
  memory.peak = before;
  status = metagame_session_create(&session, game, &options, &err);
  if (status != METAGAME_OK) fail_msg("shape %zu, solver %d, order %u, bounded %d: %s", at, (int)solver, order, bounded, err.message);
  hold_and_tell(session, game);
  const size_t told = memory.peak - before, held = memory.bytes;
  assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
  const size_t finished = memory.peak - before - (memory.bytes - held); /* what stays is the result */
  if (told > bytes || finished > bytes)
    fail_msg("shape %zu, solver %d, order %u: announced %llu bytes, took %zu until told, %zu with finish", at, (int)solver, order,
             (unsigned long long)bytes, told, finished);
  if (order > 1 && it->k == DIRECT && solver == METAGAME_SOLVER_EXACT && bytes > 3 * told + 65536) /* a bound that refuses what would fit helps nobody */
    fail_msg("shape %zu, order %u: announced %llu bytes, took %zu", at, order, (unsigned long long)bytes, told);
  metagame_session_destroy(session);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  assert_int_equal(memory.bytes, 0);
  assert_int_equal(memory.blocks, 0);
  assert_int_equal(memory.wrong_size + memory.wrong_alignment, 0);
}

static int takes(int32_t solver, uint32_t n) {
  if (solver == METAGAME_SOLVER_EXACT) return n <= 16;
  return solver != METAGAME_SOLVER_STRATIFIED || n <= METAGAME_EXACT_MAX_PLAYERS;
}

static void announced_bytes(void **state) {
  (void)state;
  for (size_t at = 0; at < COUNT_OF(shapes); ++at)
    for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s)
      for (int bounded = 0; bounded < 2; ++bounded)
        if (takes(fx_solvers[s], shapes[at].n)) announced_for(at, fx_solvers[s], 1, 0, bounded);
}

/* The same where interactions are kept, and for formulas with and without closed form. */
static void announced_bytes_of_interactions(void **state) {
  (void)state;
  for (size_t at = 0; at < COUNT_OF(shapes); ++at)
    for (int bounded = 0; bounded < 2 && shapes[at].n <= 11; ++bounded) {
      for (uint32_t order = 2; order <= 3; ++order) {
        announced_for(at, METAGAME_SOLVER_EXACT, order, 0, bounded);
        announced_for(at, METAGAME_SOLVER_STRATIFIED, order, 0, bounded);
      }
      announced_for(at, METAGAME_SOLVER_EXACT, 3, METAGAME_UNPINNED, bounded);
      announced_for(at, METAGAME_SOLVER_EXACT, 1, METAGAME_EVALUATE, bounded);
      announced_for(at, METAGAME_SOLVER_EXACT, 1, METAGAME_UNPINNED, bounded);
    }
}

/* Every bound below what is needed ends in METAGAME_E_LIMIT, at creation or later, and leaks nothing. */
static void bounded_for(kind k, int32_t solver, uint32_t order, uint64_t flags) {
  fx_game fixture;
  fx_memory memory;
  uint64_t bytes = 0;
  int limited = 0;
  metagame_error err;
  metagame_options options = fx_options(solver, 63);
  const metagame_allocator allocator = fx_allocator(&memory);
  metagame_game *game = make_game(k, &fixture, 6, 1, &allocator);
  options.batch = 4;
  options.max_open = 2;
  options.interaction_order = order;
  options.flags = flags;
  assert_int_equal(metagame_session_bytes(&bytes, game, &options, &err), METAGAME_OK);
  const size_t before = memory.bytes;
  for (uint64_t bound = 64; bound < bytes; bound += bytes / 97 + 1) {
    metagame_session *session = NULL;
    options.max_bytes = bound;
    memory.peak = before;
    metagame_status status = metagame_session_create(&session, game, &options, &err);
    if (status == METAGAME_OK) status = fx_drive(session, game, &err);
    if (status != METAGAME_DONE) {
      fx_expect(status, METAGAME_E_LIMIT, &err, "max_bytes", NULL);
      limited = 1;
    }
    assert_true(memory.peak - before <= bound + sizeof(void *) * 512); /* the session's own block comes before its meter */
    metagame_session_destroy(session);
    assert_int_equal(memory.bytes, before);
  }
  assert_true(limited);
  metagame_game_destroy(game);
  assert_int_equal(memory.bytes, 0);
}

static void bounded_bytes(void **state) {
  static const kind kinds[] = { DIRECT, FORMULA };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(kinds); ++k) {
    for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s) bounded_for(kinds[k], fx_solvers[s], 1, 0);
    for (uint32_t order = 2; order <= 3; ++order) bounded_for(kinds[k], METAGAME_SOLVER_EXACT, order, 0);
    bounded_for(kinds[k], METAGAME_SOLVER_EXACT, 1, METAGAME_EVALUATE);
  }
}

static void open_tickets(void **state) {
  static const uint32_t limits[] = { 1, 2, 5, 0 };
  (void)state;
  for (size_t l = 0; l < COUNT_OF(limits); ++l) {
    fx_game fixture;
    metagame_request requests[64];
    metagame_options options = fx_options(METAGAME_SOLVER_EXACT, 0);
    const uint32_t limit = limits[l] ? limits[l] : 16;
    metagame_session *session = NULL;
    metagame_game *game = make_game(DIRECT, &fixture, 7, 1, NULL);
    options.batch = 2;
    options.max_open = limits[l];
    assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
    for (uint32_t t = 0; t < limit; ++t) {
      metagame_struct_init(&requests[t], sizeof requests[t]);
      assert_int_equal(metagame_session_ask(session, &requests[t], NULL), METAGAME_OK);
      for (uint32_t earlier = 0; earlier < t; ++earlier) assert_int_not_equal(requests[earlier].ticket, requests[t].ticket);
    }
    metagame_request extra = METAGAME_REQUEST_INIT;
    assert_int_equal(metagame_session_ask(session, &extra, NULL), METAGAME_WAIT);
    assert_int_equal(extra.ticket, 0);
    assert_int_equal(extra.n_masks, 0);
    assert_null(extra.masks);
    assert_int_equal(metagame_game_evaluate(game, &requests[0], requests[0].rows, NULL), METAGAME_OK);
    assert_int_equal(metagame_session_tell(session, requests[0].ticket, requests[0].rows, requests[0].n_masks, NULL), METAGAME_OK);
    assert_int_equal(metagame_session_ask(session, &extra, NULL), METAGAME_OK);
    metagame_session_destroy(session); /* with tickets open */
    metagame_game_destroy(game);
  }
}

/* Same bytes for every batch size, number of open tickets and order of telling; max_batch splits calls, spare bits are zero. */
static void any_batch(void **state) {
  static const uint32_t batches[] = { 1, 2, 7, 64, 1024, 1048576 };
  static const uint32_t limits[] = { 1, 3, 200 };
  (void)state;
  for (size_t at = 0; at < COUNT_OF(shapes); ++at)
    for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s) {
      const shape *it = &shapes[at];
      fx_game fixture;
      metagame_result *wanted = NULL;
      metagame_options options = fx_options(fx_solvers[s], it->budget);
      if (it->n > 8 && (fx_solvers[s] == METAGAME_SOLVER_EXACT || it->n < 40)) continue;
      if (fx_solvers[s] == METAGAME_SOLVER_STRATIFIED && it->n > METAGAME_EXACT_MAX_PLAYERS) continue;
      metagame_game *game = make_game(it->k, &fixture, it->n, it->pinned, NULL);
      assert_int_equal(metagame_solve(&wanted, game, &options, NULL), METAGAME_OK);
      for (size_t b = 0; b < COUNT_OF(batches); ++b) {
        metagame_session *session = NULL;
        metagame_result *result = NULL;
        if (batches[b] > 1024 && it->n > 3) continue; /* a million rows: once is enough */
        options.batch = batches[b];
        options.max_open = batches[b] > 1024 ? 1 : limits[(b + s) % COUNT_OF(limits)];
        assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
        hold_and_tell(session, game);
        assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
        fx_same_result(result, wanted);
        metagame_result_destroy(result);
        metagame_session_destroy(session);
      }
      assert_int_equal(fixture.spare_bits, 0);
      metagame_result_destroy(wanted);
      metagame_game_destroy(game);
    }
}

static void small_calls(void **state) {
  (void)state;
  for (uint64_t max_batch = 1; max_batch < 6; ++max_batch)
    for (int as_function = 0; as_function < 2; ++as_function) {
      fx_game fixture;
      metagame_result *result = NULL;
      const metagame_options options = fx_options(METAGAME_SOLVER_EXACT, 0);
      fx_game_init(&fixture, 6, 2, 0);
      fixture.max_batch = max_batch;
      metagame_game *game = as_function ? fx_create_function(&fixture, NULL) : fx_create(&fixture, NULL);
      assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
      assert_int_equal(fixture.too_large, 0);
      assert_int_equal(fixture.coalitions, 64);
      assert_true(fixture.calls >= (long)(64 / max_batch));
      metagame_result_destroy(result);
      metagame_game_destroy(game);
    }
}

typedef struct watcher {
  uint64_t told, planned;
  long calls;
  int exact_plan; /* n_planned is exact from the start */
} watcher;

static int32_t METAGAME_CALL watch(void *user, const metagame_progress *progress) {
  watcher *w = user;
  ++w->calls;
  assert_true(progress->n_told > w->told); /* called for every tell, and none is lost */
  assert_true(progress->n_told + progress->n_open <= progress->n_planned || !w->exact_plan);
  if (w->exact_plan && w->calls > 1) assert_int_equal(progress->n_planned, w->planned);
  w->told = progress->n_told;
  w->planned = progress->n_planned;
  return 0;
}

static void progress_numbers(void **state) {
  (void)state;
  for (int k = 0; k < 2; ++k)
    for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s) {
      fx_game fixture;
      watcher w = { 0, 0, 0, k == DIRECT };
      metagame_progress progress = METAGAME_PROGRESS_INIT;
      metagame_request one = METAGAME_REQUEST_INIT;
      metagame_result *result = NULL;
      metagame_result_info info = METAGAME_RESULT_INFO_INIT;
      metagame_options options = fx_options(fx_solvers[s], 61);
      metagame_session *session = NULL;
      metagame_error err;
      metagame_game *game = make_game((kind)k, &fixture, 6, 1, NULL);
      options.batch = 4;
      options.on_progress = watch;
      options.progress_user = &w;
      assert_int_equal(metagame_session_create(&session, game, &options, NULL), METAGAME_OK);
      assert_int_equal(metagame_session_progress(session, &progress, NULL), METAGAME_OK);
      assert_int_equal(progress.n_told, 0);
      assert_int_equal(progress.n_open, 0);
      if (k == DIRECT) assert_true(progress.n_planned > 0 && progress.n_planned <= 63);
      assert_int_equal(metagame_session_ask(session, &one, NULL), METAGAME_OK);
      assert_int_equal(metagame_session_progress(session, &progress, NULL), METAGAME_OK);
      assert_int_equal(progress.n_open, one.n_masks);
      assert_int_equal(metagame_session_decline(session, one.ticket, 0, NULL), METAGAME_OK);
      assert_int_equal(metagame_session_progress(session, &progress, NULL), METAGAME_OK);
      assert_int_equal(progress.n_open, 0);
      assert_int_equal(fx_drive(session, game, &err), METAGAME_DONE);
      assert_int_equal(metagame_session_progress(session, &progress, NULL), METAGAME_OK);
      assert_int_equal(progress.n_open, 0);
      assert_int_equal(progress.n_told, progress.n_planned); /* exact at the end, also for formulas */
      assert_int_equal(progress.n_told, fixture.coalitions);
      assert_int_equal(w.told, progress.n_told);
      assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
      assert_int_equal(metagame_result_get_info(result, &info, NULL), METAGAME_OK);
      assert_int_equal(k == DIRECT ? info.evaluations : info.value_evaluations, fixture.coalitions);
      if (k == DIRECT) assert_int_equal(info.value_evaluations, 0);
      metagame_result_destroy(result);
      metagame_session_destroy(session);
      metagame_game_destroy(game);
    }
}

/* Model, base game, game, session, result and report go in every one of a hundred orders; the user's destructor runs once. */
static void any_order(void **state) {
  enum { HANDLES = 6 };
  (void)state;
  for (unsigned seed = 0; seed < 100; ++seed) {
    static const double x[4] = { 1, 2, 3, 4 }, zeros[4];
    fx_game counts;
    fx_memory memory;
    metagame_model *model = NULL;
    metagame_game *base = NULL, *game = NULL;
    metagame_session *session = NULL;
    metagame_result *result = NULL;
    metagame_report *report = NULL;
    metagame_masking masking = METAGAME_MASKING_INIT;
    metagame_method method = METAGAME_METHOD_INIT;
    metagame_error err;
    const metagame_allocator allocator = fx_allocator(&memory);
    const metagame_model_callbacks callbacks = fx_model(&counts, 4, 1);
    masking.x = x;
    masking.background = zeros;
    method.name = metagame_attributor_builtin_name(seed % 7);
    assert_int_equal(metagame_model_create(&model, &callbacks, &allocator, NULL), METAGAME_OK);
    assert_int_equal(metagame_game_from_model(&base, model, &masking, NULL), METAGAME_OK);
    assert_int_equal(metagame_game_attribute(&game, base, &method, NULL), METAGAME_OK);
    assert_int_equal(metagame_session_create(&session, game, NULL, NULL), METAGAME_OK);
    assert_int_equal(fx_drive(session, game, &err), METAGAME_DONE);
    assert_int_equal(metagame_session_finish(&result, session, NULL), METAGAME_OK);
    assert_int_equal(metagame_verify(&report, result, game, NULL, NULL), METAGAME_OK);
    int order[HANDLES] = { 0, 1, 2, 3, 4, 5 };
    uint32_t random = seed * 2654435761u + 1;
    for (int at = HANDLES - 1; at > 0; --at) {
      random = random * 1664525u + 1013904223u;
      const int other = (int)(random >> 16) % (at + 1), kept = order[at];
      order[at] = order[other];
      order[other] = kept;
    }
    for (int at = 0; at < HANDLES; ++at) {
      if (order[at] == 0) metagame_model_destroy(model);
      if (order[at] == 1) metagame_game_destroy(base);
      if (order[at] == 2) metagame_game_destroy(game);
      if (order[at] == 3) metagame_session_destroy(session);
      if (order[at] == 4) metagame_result_destroy(result);
      if (order[at] == 5) metagame_report_destroy(report);
      assert_true(counts.destroyed <= 1);
    }
    assert_int_equal(counts.destroyed, 1);
    assert_int_equal(memory.bytes, 0);
    assert_int_equal(memory.blocks, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(announced_bytes), cmocka_unit_test(announced_bytes_of_interactions),
    cmocka_unit_test(bounded_bytes), cmocka_unit_test(open_tickets),
    cmocka_unit_test(progress_numbers), cmocka_unit_test(any_order),   cmocka_unit_test(any_batch),
    cmocka_unit_test(small_calls),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
