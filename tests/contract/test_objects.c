/* SPDX-License-Identifier: MIT */
/* Bad input to models, maskings, groups, functions, attributors and methods: the status, and a message that names field and
 * bound. */
#include <math.h>
#include <string.h>

#include "fixture.h"

typedef struct failure { /* fresh, uninitialised error text for each attempt */
  metagame_error err;
} failure;

static metagame_error *fresh(failure *f) {
  memset(&f->err, 0xff, sizeof f->err);
  return &f->err;
}

/* ---- models ---- */

/* Creation fails, *out is NULL and the user is destroyed once. */
#define EXPECT_NO_MODEL(callbacks, allocator, wanted, ...)                                     \
  do {                                                                                         \
    metagame_model *refused = (metagame_model *)&counts;                                       \
    atomic_store(&counts.destroyed, 0);                                                        \
    fx_expect(metagame_model_create(&refused, callbacks, allocator, fresh(&f)), wanted, &f.err, __VA_ARGS__, NULL); \
    assert_null(refused);                                                                      \
    assert_int_equal(counts.destroyed, 1);                                                     \
  } while (0)

static void bad_models(void **state) {
  fx_game counts;
  failure f;
  metagame_model *model = NULL;
  metagame_allocator half = METAGAME_ALLOCATOR_INIT;
  fx_memory memory;
  (void)state;
  const metagame_model_callbacks good = fx_model(&counts, 3, 2);
  metagame_model_callbacks callbacks = good;
  callbacks.n_features = 0;
  EXPECT_NO_MODEL(&callbacks, NULL, METAGAME_E_ARGUMENT, "n_features", "0", "1..2147483647");
  callbacks.n_features = UINT32_C(0x80000000);
  EXPECT_NO_MODEL(&callbacks, NULL, METAGAME_E_ARGUMENT, "n_features", "2147483648", "1..2147483647");
  callbacks = good;
  callbacks.evaluate = NULL;
  EXPECT_NO_MODEL(&callbacks, NULL, METAGAME_E_NULL, "evaluate");
  callbacks = good;
  callbacks.flags = 6;
  EXPECT_NO_MODEL(&callbacks, NULL, METAGAME_E_FLAGS, "flags", "0x6", "0x1");
  half = fx_allocator(&memory);
  half.release = NULL;
  EXPECT_NO_MODEL(&good, &half, METAGAME_E_NULL, "release");
  half = fx_allocator(&memory);
  half.allocate = NULL;
  EXPECT_NO_MODEL(&good, &half, METAGAME_E_NULL, "allocate");
  atomic_store(&counts.destroyed, 0);
  fx_expect(metagame_model_create(NULL, &good, NULL, fresh(&f)), METAGAME_E_NULL, &f.err, "out", NULL);
  assert_int_equal(counts.destroyed, 1);
  fx_expect(metagame_model_create(&model, NULL, NULL, fresh(&f)), METAGAME_E_NULL, &f.err, "callbacks", NULL);
  assert_null(model);
  assert_int_equal(metagame_model_create(&model, NULL, NULL, NULL), METAGAME_E_NULL);
}

/* ---- maskings and groups ---- */

static void bad_maskings(void **state) {
  double x[3] = { 1, 2, 3 }, background[6] = { 0, 0, 0, 1, 1, 1 };
  fx_game counts;
  failure f;
  metagame_model *model = NULL;
  metagame_game *game = NULL;
  metagame_masking good = METAGAME_MASKING_INIT, masking;
  (void)state;
  const metagame_model_callbacks callbacks = fx_model(&counts, 3, 1);
  assert_int_equal(metagame_model_create(&model, &callbacks, NULL, NULL), METAGAME_OK);
  good.x = x;
  good.background = background;
  good.n_background = 2;
  fx_expect(metagame_game_from_model(NULL, model, &good, fresh(&f)), METAGAME_E_NULL, &f.err, "out", NULL);
  fx_expect(metagame_game_from_model(&game, NULL, &good, fresh(&f)), METAGAME_E_NULL, &f.err, "model", NULL);
  fx_expect(metagame_game_from_model(&game, model, NULL, fresh(&f)), METAGAME_E_NULL, &f.err, "masking", NULL);
  masking = good;
  masking.x = NULL;
  fx_expect(metagame_game_from_model(&game, model, &masking, fresh(&f)), METAGAME_E_NULL, &f.err, "masking.x", NULL);
  masking = good;
  masking.background = NULL;
  fx_expect(metagame_game_from_model(&game, model, &masking, fresh(&f)), METAGAME_E_NULL, &f.err, "masking.background", NULL);
  masking = good;
  masking.n_background = SIZE_MAX;
  fx_expect(metagame_game_from_model(&game, model, &masking, fresh(&f)), METAGAME_E_ARGUMENT, &f.err, "n_background", NULL);
  x[2] = NAN;
  fx_expect(metagame_game_from_model(&game, model, &good, fresh(&f)), METAGAME_E_NONFINITE, &f.err, "masking.x", "entry 2", "nan",
            NULL);
  x[2] = 3;
  background[4] = INFINITY;
  fx_expect(metagame_game_from_model(&game, model, &good, fresh(&f)), METAGAME_E_NONFINITE, &f.err, "masking.background", "entry 1",
            "row 1", "inf", NULL);
  assert_null(game);
  assert_int_equal(counts.calls, 0);
  metagame_model_destroy(model);
  assert_int_equal(counts.destroyed, 1);
}

typedef struct bad_groups {
  size_t n_groups, offsets[4];
  uint32_t features[4];
  const char *part, *bound;
} bad_groups;

static void bad_players(void **state) {
  static const double x[4] = { 1, 1, 1, 1 }, zeros[4];
  static const bad_groups list[] = {
    { 0, { 0 }, { 0 }, "n_groups is 0", "1..65536" },
    { METAGAME_MAX_PLAYERS + 1, { 0, 1 }, { 0 }, "n_groups is 65537", "1..65536" },
    { 2, { 1, 2, 3 }, { 0, 1, 2 }, "offsets[0] is 1", "must be 0" },
    { 2, { 0, 2, 2 }, { 0, 1 }, "group 1 is empty", "increase" },
    { 2, { 0, 2, 1 }, { 0, 1 }, "group 1", "increase" },
    { 2, { 0, 3, 2 }, { 0, 0 }, "group 1", "increase" }, /* before any feature is read: there are only two */
    { 2, { 0, 1, 2 }, { 0, 4 }, "group 1 names feature 4", "0..3" },
    { 2, { 0, 1, 3 }, { 0, 1, 0 }, "groups 0 and 1 overlap", "feature 0" },
    { 1, { 0, 2 }, { 3, 3 }, "feature 3 twice", "group 0" },
  };
  fx_game counts;
  failure f;
  metagame_model *model = NULL;
  metagame_game *game = NULL;
  metagame_groups groups = { 0, NULL, NULL };
  metagame_masking masking = METAGAME_MASKING_INIT;
  (void)state;
  const metagame_model_callbacks callbacks = fx_model(&counts, 4, 1);
  assert_int_equal(metagame_model_create(&model, &callbacks, NULL, NULL), METAGAME_OK);
  masking.x = x;
  masking.background = zeros;
  masking.players = &groups;
  for (size_t at = 0; at < COUNT_OF(list); ++at) {
    groups.n_groups = list[at].n_groups;
    groups.offsets = list[at].offsets;
    groups.features = list[at].features;
    fx_expect(metagame_game_from_model(&game, model, &masking, fresh(&f)), METAGAME_E_GROUPS, &f.err, "masking.players",
              list[at].part, list[at].bound, NULL);
    assert_null(game);
  }
  groups.n_groups = 1;
  groups.features = NULL;
  fx_expect(metagame_game_from_model(&game, model, &masking, fresh(&f)), METAGAME_E_NULL, &f.err, "masking.players.features", NULL);
  groups.offsets = NULL;
  fx_expect(metagame_game_from_model(&game, model, &masking, fresh(&f)), METAGAME_E_NULL, &f.err, "masking.players.offsets", NULL);
  metagame_model_destroy(model);
}

/* ---- functions and attributors ---- */

#define EXPECT_NO_GAME(make, given, allocator, wanted, ...)                                       \
  do {                                                                                            \
    metagame_game *refused = (metagame_game *)&fixture;                                           \
    atomic_store(&fixture.destroyed, 0);                                                          \
    fx_expect(make(&refused, given, allocator, fresh(&f)), wanted, &f.err, __VA_ARGS__, NULL);    \
    assert_null(refused);                                                                         \
    assert_int_equal(fixture.destroyed, 1);                                                       \
  } while (0)

static void bad_functions(void **state) {
  fx_game fixture;
  failure f;
  fx_memory memory;
  metagame_game *game = NULL;
  (void)state;
  fx_game_init(&fixture, 3, 2, 0);
  const metagame_function good = fx_function(&fixture);
  metagame_function function = good;
  function.n_players = 0;
  EXPECT_NO_GAME(metagame_game_from_function, &function, NULL, METAGAME_E_ARGUMENT, "n_players is 0", "1..65536");
  function.n_players = METAGAME_MAX_PLAYERS + 1;
  EXPECT_NO_GAME(metagame_game_from_function, &function, NULL, METAGAME_E_ARGUMENT, "n_players is 65537", "1..65536");
  function = good;
  function.n_outputs = UINT32_MAX;
  EXPECT_NO_GAME(metagame_game_from_function, &function, NULL, METAGAME_E_ARGUMENT, "n_outputs is 4294967295", "2147483647");
  function = good;
  function.flags = METAGAME_CARDINAL; /* a flag of attributors */
  EXPECT_NO_GAME(metagame_game_from_function, &function, NULL, METAGAME_E_FLAGS, "function.flags", "0x2", "0x1");
  metagame_allocator half = fx_allocator(&memory);
  half.release = NULL;
  EXPECT_NO_GAME(metagame_game_from_function, &good, &half, METAGAME_E_NULL, "release");
  atomic_store(&fixture.destroyed, 0);
  fx_expect(metagame_game_from_function(NULL, &good, NULL, fresh(&f)), METAGAME_E_NULL, &f.err, "out", NULL);
  assert_int_equal(fixture.destroyed, 1);
  fx_expect(metagame_game_from_function(&game, NULL, NULL, fresh(&f)), METAGAME_E_NULL, &f.err, "function", NULL);
  assert_null(game);
}

static int32_t METAGAME_CALL no_plan(void *user, const uint64_t *mask, metagame_sink *sink, metagame_error *err) {
  (void)user, (void)mask, (void)sink, (void)err;
  return 0;
}
static int32_t METAGAME_CALL no_combine(void *user, const uint64_t *mask, const double *values, size_t n_values, double *row,
                                        metagame_error *err) {
  (void)user, (void)mask, (void)values, (void)n_values, (void)err;
  row[0] = 0;
  return 0;
}

static void bad_attributors(void **state) {
  fx_game fixture, value_fixture;
  failure f;
  metagame_game *values = NULL, *formula = NULL, *none = NULL;
  (void)state;
  fx_game_init(&fixture, 4, 4, 1);
  fx_game_init(&value_fixture, 4, 2, 0);
  values = fx_create_function(&value_fixture, NULL);
  const metagame_attributor good = fx_attributor(&fixture);
  metagame_attributor attributor = good;
  attributor.name = NULL;
  EXPECT_NO_GAME(metagame_game_from_attributor, &attributor, NULL, METAGAME_E_NULL, "attributor.name");
  attributor = good;
  attributor.n_players = 0;
  EXPECT_NO_GAME(metagame_game_from_attributor, &attributor, NULL, METAGAME_E_ARGUMENT, "n_players is 0", "1..65536");
  attributor.n_players = METAGAME_MAX_PLAYERS + 1;
  EXPECT_NO_GAME(metagame_game_from_attributor, &attributor, NULL, METAGAME_E_ARGUMENT, "n_players is 65537", "1..65536");
  attributor = good;
  attributor.n_targets = 0;
  EXPECT_NO_GAME(metagame_game_from_attributor, &attributor, NULL, METAGAME_E_ARGUMENT, "n_targets is 0", "1..");
  attributor = good;
  attributor.flags = 1u << 2;
  EXPECT_NO_GAME(metagame_game_from_attributor, &attributor, NULL, METAGAME_E_FLAGS, "flags", "0x4", "0x3");
  attributor = good;
  fixture.own[2] = 4;
  EXPECT_NO_GAME(metagame_game_from_attributor, &attributor, NULL, METAGAME_E_OWN_PLAYER, "own_player[2] is 4", "0..3");
  fixture.own[2] = -2;
  EXPECT_NO_GAME(metagame_game_from_attributor, &attributor, NULL, METAGAME_E_OWN_PLAYER, "own_player[2] is -2", "-1", "0..3");
  fixture.own[2] = INT32_MIN;
  EXPECT_NO_GAME(metagame_game_from_attributor, &attributor, NULL, METAGAME_E_OWN_PLAYER, "own_player[2]");
  fixture.own[2] = 2;
  /* half a formula, both forms, a formula over a formula, an output that is not there */
  attributor = good;
  attributor.attribute = NULL;
  attributor.plan = no_plan;
  EXPECT_NO_GAME(metagame_game_from_attributor, &attributor, NULL, METAGAME_E_NULL, "attributor.values");
  attributor.values = values;
  EXPECT_NO_GAME(metagame_game_from_attributor, &attributor, NULL, METAGAME_E_NULL, "attributor.combine");
  attributor.plan = NULL;
  attributor.combine = no_combine;
  EXPECT_NO_GAME(metagame_game_from_attributor, &attributor, NULL, METAGAME_E_NULL, "attributor.plan");
  attributor.plan = no_plan;
  attributor.value_output = 2;
  EXPECT_NO_GAME(metagame_game_from_attributor, &attributor, NULL, METAGAME_E_ARGUMENT, "value_output is 2", "0..1");
  attributor.value_output = 1;
  attributor.attribute = good.attribute;
  EXPECT_NO_GAME(metagame_game_from_attributor, &attributor, NULL, METAGAME_E_ARGUMENT, "attribute", "plan");
  attributor.attribute = NULL;
  assert_int_equal(metagame_game_from_attributor(&formula, &attributor, NULL, NULL), METAGAME_OK);
  attributor.values = formula;
  attributor.value_output = 0;
  EXPECT_NO_GAME(metagame_game_from_attributor, &attributor, NULL, METAGAME_E_UNSUPPORTED, "attributor.values");
  atomic_store(&fixture.destroyed, 0);
  fx_expect(metagame_game_from_attributor(NULL, &good, NULL, fresh(&f)), METAGAME_E_NULL, &f.err, "out", NULL);
  assert_int_equal(fixture.destroyed, 1);
  fx_expect(metagame_game_from_attributor(&none, NULL, NULL, fresh(&f)), METAGAME_E_NULL, &f.err, "attributor", NULL);
  metagame_game_destroy(formula);
  metagame_game_destroy(values);
  assert_int_equal(fixture.destroyed, 2);
  assert_int_equal(value_fixture.destroyed, 1);
}

/* ---- methods ---- */

static metagame_status attribute(const metagame_game *base, const metagame_method *method, failure *f) {
  metagame_game *game = (metagame_game *)f;
  const metagame_status status = metagame_game_attribute(&game, base, method, fresh(f));
  if (status < 0) assert_null(game);
  metagame_game_destroy(game);
  return status;
}

static void bad_methods(void **state) {
  static const double x[3] = { 1, 1, 1 }, zeros[3], bad[3] = { 0, NAN, 0 };
  static const size_t offsets[3] = { 0, 1, 2 };
  static const uint32_t out_of_range[2] = { 0, 3 };
  static const metagame_groups groups = { 2, offsets, out_of_range };
  fx_game counts, function_fixture;
  failure f;
  metagame_model *model = NULL, *flat = NULL;
  metagame_game *base = NULL, *flat_base = NULL, *function_game, *attribution = NULL;
  metagame_masking masking = METAGAME_MASKING_INIT;
  metagame_method good = METAGAME_METHOD_INIT, method;
  (void)state;
  metagame_model_callbacks callbacks = fx_model(&counts, 3, 2);
  assert_int_equal(metagame_model_create(&model, &callbacks, NULL, NULL), METAGAME_OK);
  callbacks.gradient = NULL;
  assert_int_equal(metagame_model_create(&flat, &callbacks, NULL, NULL), METAGAME_OK);
  masking.x = x;
  masking.background = zeros;
  assert_int_equal(metagame_game_from_model(&base, model, &masking, NULL), METAGAME_OK);
  assert_int_equal(metagame_game_from_model(&flat_base, flat, &masking, NULL), METAGAME_OK);
  fx_game_init(&function_fixture, 3, 2, 0);
  function_game = fx_create_function(&function_fixture, NULL);
  good.name = "occlusion";
  method = good;
  method.name = NULL;
  fx_expect(attribute(base, &method, &f), METAGAME_E_NULL, &f.err, "method.name", NULL);
  method.name = "occlusions";
  fx_expect(attribute(base, &method, &f), METAGAME_E_UNSUPPORTED, &f.err, "occlusions", "integrated-gradients", "banzhaf", NULL);
  method.name = "";
  fx_expect(attribute(base, &method, &f), METAGAME_E_UNSUPPORTED, &f.err, "method.name", "shapley", NULL);
  method = good;
  method.output = 2;
  fx_expect(attribute(base, &method, &f), METAGAME_E_ARGUMENT, &f.err, "method.output is 2", "0..1", NULL);
  method = good;
  method.steps = 4097;
  method.name = "integrated-gradients";
  fx_expect(attribute(base, &method, &f), METAGAME_E_ARGUMENT, &f.err, "method.steps is 4097", "1..4096", NULL);
  method = good;
  method.baseline = bad;
  fx_expect(attribute(base, &method, &f), METAGAME_E_NONFINITE, &f.err, "method.baseline[1]", "nan", NULL);
  fx_expect(attribute(function_game, &method, &f), METAGAME_E_UNSUPPORTED, &f.err, "method.baseline", NULL);
  method = good;
  method.targets = &groups;
  fx_expect(attribute(base, &method, &f), METAGAME_E_GROUPS, &f.err, "method.targets", "feature 3", "0..2", NULL);
  method = good;
  method.name = "gradient";
  fx_expect(attribute(function_game, &method, &f), METAGAME_E_UNSUPPORTED, &f.err, "gradient", "model", NULL);
  fx_expect(attribute(flat_base, &method, &f), METAGAME_E_UNSUPPORTED, &f.err, "model_callbacks.gradient", NULL);
  fx_expect(metagame_game_attribute(NULL, base, &good, fresh(&f)), METAGAME_E_NULL, &f.err, "out", NULL);
  fx_expect(attribute(NULL, &good, &f), METAGAME_E_NULL, &f.err, "base", NULL);
  fx_expect(attribute(base, NULL, &f), METAGAME_E_NULL, &f.err, "method", NULL);
  fx_expect(metagame_attributor_builtin(NULL, base, &good, fresh(&f)), METAGAME_E_NULL, &f.err, "out", NULL);
  /* an attribution is no value game */
  assert_int_equal(metagame_game_attribute(&attribution, base, &good, NULL), METAGAME_OK);
  fx_expect(attribute(attribution, &good, &f), METAGAME_E_UNSUPPORTED, &f.err, "occlusion", NULL);
  metagame_game_destroy(attribution);
  metagame_game_destroy(base);
  metagame_game_destroy(flat_base);
  metagame_game_destroy(function_game);
  metagame_model_destroy(model);
  metagame_model_destroy(flat);
  assert_int_equal(counts.destroyed, 2);
}

/* The Shapley and Banzhaf attributors enumerate coalitions of features, at most 2^32. */
static void too_many_features(void **state) {
  static const char *const names[] = { "shapley", "banzhaf" };
  fx_game fixture;
  failure f;
  (void)state;
  fx_game_init(&fixture, METAGAME_EXACT_MAX_PLAYERS + 1, 1, 0);
  metagame_game *base = fx_create_function(&fixture, NULL);
  for (size_t at = 0; at < COUNT_OF(names); ++at) {
    metagame_method method = METAGAME_METHOD_INIT;
    metagame_game *game = NULL;
    metagame_session *session = NULL;
    metagame_request request = METAGAME_REQUEST_INIT;
    const metagame_options options = fx_options(METAGAME_SOLVER_PERMUTATION, 4000);
    method.name = names[at];
    assert_int_equal(metagame_game_attribute(&game, base, &method, NULL), METAGAME_OK);
    metagame_status status = metagame_session_create(&session, game, &options, fresh(&f));
    if (status == METAGAME_OK) status = metagame_session_ask(session, &request, &f.err);
    fx_expect(status, METAGAME_E_LIMIT, &f.err, names[at], "33", "32", NULL);
    metagame_session_destroy(session);
    metagame_game_destroy(game);
  }
  metagame_game_destroy(base);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(bad_models),    cmocka_unit_test(bad_maskings),    cmocka_unit_test(bad_players),
    cmocka_unit_test(bad_functions), cmocka_unit_test(bad_attributors), cmocka_unit_test(bad_methods),
    cmocka_unit_test(too_many_features),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
