/* SPDX-License-Identifier: MIT */
/* Allocation k fails, for every k until a run passes, once and with all later ones: METAGAME_E_NOMEM, nothing leaked, every size at
 * release that of the allocation, the user's destructor once. Goal R1. */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

typedef enum scenario { DIRECT, FORMULA, MODEL, SEMIVALUE, N_SCENARIOS } scenario;

static const char *const scenario_names[] = { "direct", "shapley over a function", "occlusion with baseline over a grouped model",
                                              "semivalue of a third party" };

typedef struct run {
  metagame_game *game;
  metagame_session *session;
  metagame_result *result;
  metagame_report *report;
  metagame_error err;
} run;

/* NOMEM: the message says so, and the out handle is NULL. */
static metagame_status seen(run *r, metagame_status status, const void *handle) {
  const void *out = NULL;
  if (handle) memcpy(&out, handle, sizeof out); /* an address, because the order of arguments is open */
  if (status < 0 && out) fail_msg("%s, but the handle is not NULL", metagame_status_name(status));
  if (status < 0 && r->err.status != status)
    fail_msg("%s, but the error text says %d", metagame_status_name(status), r->err.status);
  return status;
}

static metagame_status make_model_game(run *r, fx_game *fixture, const metagame_allocator *allocator) {
  static const double x[6] = { 1, 2, -1, 0.5, 3, -2 }, background[12] = { 0, 1, 0, 1, 0, 1, 1 }, baseline[6] = { 1, 1, 1 };
  static const size_t offsets[5] = { 0, 2, 3, 5, 6 };
  static const uint32_t features[6] = { 0, 3, 1, 2, 5, 4 };
  static const metagame_groups groups = { 4, offsets, features };
  const metagame_model_callbacks callbacks = fx_model(fixture, 6, 2);
  metagame_masking masking = METAGAME_MASKING_INIT;
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_model *model = (metagame_model *)r;
  metagame_game *base = NULL;
  masking.x = x;
  masking.background = background;
  masking.n_background = 2;
  masking.players = &groups;
  method.name = "occlusion";
  method.baseline = baseline;
  metagame_status status = seen(r, metagame_model_create(&model, &callbacks, allocator, &r->err), &model);
  if (status != METAGAME_OK) return status;
  base = (metagame_game *)r;
  status = seen(r, metagame_game_from_model(&base, model, &masking, &r->err), &base);
  metagame_model_destroy(model);
  if (status != METAGAME_OK) return status;
  r->game = (metagame_game *)r;
  status = seen(r, metagame_game_attribute(&r->game, base, &method, &r->err), &r->game);
  metagame_game_destroy(base);
  return status;
}

/* Occlusion: the values of the coalition and of those with one player less. */
static int32_t METAGAME_CALL plan(void *user, const uint64_t *mask, metagame_sink *sink, metagame_error *err) {
  (void)user;
  (void)err;
  if (metagame_sink_want(sink, mask) != METAGAME_OK) return 1;
  for (uint32_t j = 0; j < 6; ++j) {
    const uint64_t less = mask[0] & ~(UINT64_C(1) << j);
    if (less != mask[0] && metagame_sink_want(sink, &less) != METAGAME_OK) return 1;
  }
  return 0;
}

static int32_t METAGAME_CALL combine(void *user, const uint64_t *mask, const double *values, size_t n_values, double *row,
                                     metagame_error *err) {
  (void)user;
  (void)n_values;
  (void)err;
  for (uint32_t j = 0, at = 1; j < 6; ++j) row[j] = mask[0] >> j & 1 ? values[0] - values[at++] : 0;
  return 0;
}

static metagame_status make_semivalue_game(run *r, const metagame_game *base, const metagame_allocator *allocator) {
  static const int32_t own[6] = { 0, 1, 2, 3, 4, 5 };
  static const double one[1] = { 1 };
  metagame_semivalue semivalue = METAGAME_SEMIVALUE_INIT;
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  semivalue.n_nodes = 1;
  semivalue.nodes = semivalue.weights = one;
  attributor.name = "occlusion of a third party";
  attributor.n_players = attributor.n_targets = 6;
  attributor.own_player = own;
  attributor.values = base;
  attributor.plan = plan;
  attributor.combine = combine;
  attributor.semivalue = &semivalue;
  return seen(r, metagame_game_from_attributor(&r->game, &attributor, allocator, &r->err), &r->game);
}

static metagame_status make_game(run *r, scenario s, fx_game *fixture, const metagame_allocator *allocator) {
  metagame_game *base = NULL;
  metagame_method method = METAGAME_METHOD_INIT;
  if (s == MODEL) return make_model_game(r, fixture, allocator);
  fx_game_init(fixture, 6, s == DIRECT ? 7 : 2, s == DIRECT);
  r->game = (metagame_game *)r;
  if (s == DIRECT) {
    const metagame_attributor attributor = fx_attributor(fixture);
    return seen(r, metagame_game_from_attributor(&r->game, &attributor, allocator, &r->err), &r->game);
  }
  const metagame_function function = fx_function(fixture);
  base = (metagame_game *)r;
  metagame_status status = seen(r, metagame_game_from_function(&base, &function, allocator, &r->err), &base);
  if (status != METAGAME_OK) {
    r->game = NULL;
    return status;
  }
  method.name = "shapley";
  status = s == SEMIVALUE ? make_semivalue_game(r, base, allocator)
                          : seen(r, metagame_game_attribute(&r->game, base, &method, &r->err), &r->game);
  metagame_game_destroy(base);
  return status;
}

/* Create, ask, tell, finish, verify, until the first error. Two tickets are held at a time. */
static metagame_status whole(run *r, scenario s, const metagame_options *options, fx_game *fixture,
                             const metagame_allocator *allocator) {
  uint64_t bytes = 0;
  metagame_verify_options verify = METAGAME_VERIFY_OPTIONS_INIT;
  metagame_status status = make_game(r, s, fixture, allocator);
  if (status != METAGAME_OK) return status;
  status = seen(r, metagame_session_bytes(&bytes, r->game, options, &r->err), NULL);
  if (status != METAGAME_OK) return status;
  r->session = (metagame_session *)r;
  status = seen(r, metagame_session_create(&r->session, r->game, options, &r->err), &r->session);
  while (status == METAGAME_OK) {
    metagame_request one = METAGAME_REQUEST_INIT, two = METAGAME_REQUEST_INIT;
    status = metagame_session_ask(r->session, &one, &r->err);
    if (status != METAGAME_OK) break;
    const metagame_status second = metagame_session_ask(r->session, &two, &r->err);
    if (second < 0) return seen(r, second, NULL);
    if (second == METAGAME_OK) {
      status = metagame_game_evaluate(r->game, &two, two.rows, &r->err);
      if (status == METAGAME_OK) status = metagame_session_tell(r->session, two.ticket, two.rows, two.n_masks, &r->err);
      if (status != METAGAME_OK) break;
    }
    status = metagame_game_evaluate(r->game, &one, one.rows, &r->err);
    if (status == METAGAME_OK) status = metagame_session_tell(r->session, one.ticket, one.rows, one.n_masks, &r->err);
  }
  if (status != METAGAME_DONE) return seen(r, status, NULL);
  r->result = (metagame_result *)r;
  status = seen(r, metagame_session_finish(&r->result, r->session, &r->err), &r->result);
  if (status != METAGAME_OK) return status;
  verify.checks = 63;
  r->report = (metagame_report *)r;
  return seen(r, metagame_verify(&r->report, r->result, r->game, &verify, &r->err), &r->report);
}

static void close_run(run *r) {
  metagame_report_destroy(r->report);
  metagame_result_destroy(r->result);
  metagame_session_destroy(r->session);
  metagame_game_destroy(r->game);
}

static void every_allocation(scenario s, int32_t solver, uint32_t order, uint64_t flags, int later) {
  metagame_options options = fx_options(solver, 61);
  long k = 1;
  options.batch = 5;
  options.interaction_order = order;
  options.flags = flags;
  for (;; k += k < 800 ? 1 : 41) { /* runs of verification with other seeds are all alike */
    fx_game fixture;
    fx_memory memory;
    run r;
    memset(&r, 0, sizeof r);
    const metagame_allocator allocator = fx_allocator(&memory);
    memory.fail_at = k;
    memory.fail_later = later;
    const metagame_status status = whole(&r, s, &options, &fixture, &allocator);
    const int reached = memory.calls >= k;
    close_run(&r);
    if (status != (reached ? METAGAME_E_NOMEM : METAGAME_OK))
      fail_msg("%s, solver %d, allocation %ld: %s (%s)", scenario_names[s], solver, k, metagame_status_name(status),
               status < 0 ? r.err.message : "");
    if (memory.blocks != 0 || memory.bytes != 0)
      fail_msg("%s, solver %d, allocation %ld: %zu blocks leaked", scenario_names[s], solver, k, memory.blocks);
    assert_int_equal(memory.wrong_size, 0);
    assert_int_equal(memory.wrong_alignment, 0);
    if (fixture.destroyed != 1)
      fail_msg("%s, solver %d, allocation %ld: destroyed %ld times", scenario_names[s], solver, k, (long)fixture.destroyed);
    if (!reached) break;
  }
  assert_true(k > 10);
  print_message("%s, solver %d, order %u, flags %d%s: %ld allocations\n", scenario_names[s], solver, order, (int)flags,
                later ? ", and all later" : "", k - 1);
}

static void all_scenarios(int later) {
  for (int s = 0; s < N_SCENARIOS; ++s) {
    for (size_t solver = 0; solver < COUNT_OF(fx_solvers); ++solver) every_allocation((scenario)s, fx_solvers[solver], 1, 0, later);
    for (uint32_t order = 2; order <= 3; ++order) every_allocation((scenario)s, METAGAME_SOLVER_EXACT, order, 0, later);
    every_allocation((scenario)s, METAGAME_SOLVER_EXACT, 1, METAGAME_UNPINNED, later);
    every_allocation((scenario)s, METAGAME_SOLVER_EXACT, 1, METAGAME_EVALUATE, later);
  }
}

static void once(void **state) {
  (void)state;
  all_scenarios(0);
}

static void and_all_later(void **state) {
  (void)state;
  all_scenarios(1);
}

/* The driver cleans up behind itself, and the game can be used again. */
static void driver(void **state) {
  (void)state;
  for (size_t solver = 0; solver < COUNT_OF(fx_solvers); ++solver) {
    const metagame_options options = fx_options(fx_solvers[solver], 61);
    fx_game fixture;
    fx_memory memory;
    metagame_result *wanted = NULL;
    metagame_status status;
    long k = 1;
    fx_game_init(&fixture, 6, 6, 1);
    const metagame_allocator allocator = fx_allocator(&memory);
    metagame_game *game = fx_create(&fixture, &allocator);
    assert_int_equal(metagame_solve(&wanted, game, &options, NULL), METAGAME_OK);
    const size_t held = memory.bytes;
    do {
      metagame_result *result = (metagame_result *)&fixture;
      metagame_error err;
      memory.calls = 0;
      memory.fail_at = k++;
      status = metagame_solve(&result, game, &options, &err);
      memory.fail_at = 0;
      if (status == METAGAME_OK) {
        fx_same_result(result, wanted);
        metagame_result_destroy(result);
      } else {
        fx_expect(status, METAGAME_E_NOMEM, &err, NULL);
        assert_null(result);
      }
      assert_int_equal(memory.bytes, held);
    } while (status != METAGAME_OK);
    metagame_result_destroy(wanted);
    metagame_game_destroy(game);
    assert_int_equal(memory.bytes, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(once), cmocka_unit_test(and_all_later), cmocka_unit_test(driver) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
