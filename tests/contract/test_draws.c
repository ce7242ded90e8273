/* SPDX-License-Identifier: MIT */
/* Attributors that sample, and integrated Hessians: bad input, limits, memory that runs out, callbacks that fail. */
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "metagame/comparisons.h"

enum { N = 4 };

static const double x[N] = { 1, 2, -1, 0.5 };
static const double background[2 * N] = { 0, 1, 0, 1, 0.5, 0, 0, -1 };
static const char *const names[] = { "smoothgrad", "smoothgrad-x-delta", "expected-gradients", "shapley-sampling", "banzhaf-sampling" };

static metagame_error *fresh(metagame_error *err) {
  memset(err, 0x5a, sizeof *err);
  return err;
}

static metagame_status make_base(metagame_game **out, fx_game *counts, const metagame_allocator *allocator, const double *point,
                                 int with_gradient, metagame_error *err) {
  metagame_masking masking = METAGAME_MASKING_INIT;
  metagame_model *model = NULL;
  metagame_model_callbacks callbacks = fx_model(counts, N, 2);
  if (!with_gradient) callbacks.gradient = NULL;
  masking.x = point;
  masking.background = background;
  masking.n_background = 2;
  *out = NULL;
  metagame_status status = metagame_model_create(&model, &callbacks, allocator, err);
  if (status == METAGAME_OK) status = metagame_game_from_model(out, model, &masking, err);
  metagame_model_destroy(model);
  return status;
}

static metagame_status attribute(const metagame_game *base, const metagame_method *method, metagame_error *err) {
  metagame_game *game = (metagame_game *)err;
  const metagame_status status = metagame_game_attribute(&game, base, method, fresh(err));
  if (status < 0) assert_null(game);
  metagame_game_destroy(game);
  return status;
}

/* Ranges hold for every method, whether it draws or not. */
/* "semivalue" is told by a struct of its own. */
static void bad_semivalues(void **state) {
  static const double nodes[2] = { 0.25, 1 }, weights[2] = { 0.75, 0.25 }, outside[2] = { 0.5, 1.25 }, heavy[2] = { 0.75, 0.75 },
                      negative[2] = { 1.5, -0.5 };
  const size_t offsets[2] = { 0, 1 };
  const uint32_t features[1] = { 0 };
  const metagame_groups groups = { 1, offsets, features };
  metagame_semivalue good = METAGAME_SEMIVALUE_INIT, semivalue;
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_game *base = NULL;
  metagame_error err;
  fx_game counts;
  (void)state;
  assert_int_equal(make_base(&base, &counts, NULL, x, 1, NULL), METAGAME_OK);
  method.name = "semivalue";
  fx_expect(attribute(base, &method, &err), METAGAME_E_NULL, &err, "method.semivalue is NULL", NULL);
  good.n_nodes = 2;
  good.nodes = nodes;
  good.weights = weights;
  method.semivalue = &semivalue;
  semivalue = good;
  assert_int_equal(attribute(base, &method, &err), METAGAME_OK);
  semivalue.n_nodes = 0;
  fx_expect(attribute(base, &method, &err), METAGAME_E_ARGUMENT, &err, "semivalue.n_nodes is 0", "1..4096", NULL);
  semivalue.n_nodes = 4097;
  fx_expect(attribute(base, &method, &err), METAGAME_E_ARGUMENT, &err, "semivalue.n_nodes is 4097", NULL);
  semivalue = good;
  semivalue.nodes = NULL;
  fx_expect(attribute(base, &method, &err), METAGAME_E_NULL, &err, "semivalue.nodes is NULL", NULL);
  semivalue = good;
  semivalue.weights = NULL;
  fx_expect(attribute(base, &method, &err), METAGAME_E_NULL, &err, "semivalue.weights is NULL", NULL);
  semivalue = good;
  semivalue.nodes = outside;
  fx_expect(attribute(base, &method, &err), METAGAME_E_ARGUMENT, &err, "semivalue.nodes[1] is 1.25", "0..1", NULL);
  semivalue = good;
  semivalue.weights = heavy;
  fx_expect(attribute(base, &method, &err), METAGAME_E_ARGUMENT, &err, "semivalue.weights add up to 1.5", "1", NULL);
  semivalue.weights = negative;
  fx_expect(attribute(base, &method, &err), METAGAME_E_ARGUMENT, &err, "semivalue.weights[1] is -0.5", NULL);
  semivalue = good;
  semivalue.targets = &groups;
  fx_expect(attribute(base, &method, &err), METAGAME_E_ARGUMENT, &err, "semivalue.targets is set", "method.targets", NULL);
  semivalue = good;
  semivalue.struct_size = 4;
  fx_expect(attribute(base, &method, &err), METAGAME_E_STRUCT_SIZE, &err, "method.semivalue.struct_size is 4", NULL);
  metagame_game_destroy(base);
}

static void bad_fields(void **state) {
  static const double huge[N] = { 1e308, -1e308, 0, 0 }, nodes[2] = { 0.25, 1 }, weights[2] = { 0.75, 0.25 };
  metagame_semivalue semivalue = METAGAME_SEMIVALUE_INIT;
  fx_game counts, wide;
  metagame_error err;
  metagame_game *base = NULL, *flat = NULL, *far = NULL;
  (void)state;
  assert_int_equal(make_base(&base, &counts, NULL, x, 1, NULL), METAGAME_OK);
  for (size_t at = 0; metagame_attributor_builtin_name(at); ++at) {
    metagame_method good = METAGAME_METHOD_INIT, method;
    good.name = metagame_attributor_builtin_name(at);
    semivalue.n_nodes = 2;
    semivalue.nodes = nodes;
    semivalue.weights = weights;
    good.semivalue = &semivalue;
    method = good;
    method.probability = 1.5;
    fx_expect(attribute(base, &method, &err), METAGAME_E_ARGUMENT, &err, "method.probability is 1.5", "at most 1", NULL);
    method.probability = NAN;
    fx_expect(attribute(base, &method, &err), METAGAME_E_ARGUMENT, &err, "method.probability", "nan", NULL);
    assert_int_equal(attribute(base, &good, &err), METAGAME_OK);
    method = good;
    method.flags = 3;
    fx_expect(attribute(base, &method, &err), METAGAME_E_FLAGS, &err, "method.flags", "0x3", "METAGAME_INDEPENDENT", NULL);
    method = good;
    method.samples = 1048577;
    fx_expect(attribute(base, &method, &err), METAGAME_E_ARGUMENT, &err, "method.samples is 1048577", "1..1048576", NULL);
    method = good;
    method.noise = -0.5;
    fx_expect(attribute(base, &method, &err), METAGAME_E_ARGUMENT, &err, "method.noise is -0.5", "not negative", NULL);
    method.noise = NAN;
    fx_expect(attribute(base, &method, &err), METAGAME_E_NONFINITE, &err, "method.noise", "nan", NULL);
    method.noise = INFINITY;
    fx_expect(attribute(base, &method, &err), METAGAME_E_NONFINITE, &err, "method.noise is inf", NULL);
    method = good;
    method.reserved = 7;
    fx_expect(attribute(base, &method, &err), METAGAME_E_ARGUMENT, &err, "method.reserved is 7", "must be 0", NULL);
    method = good;
    method.samples = 7;
    method.flags = METAGAME_INDEPENDENT;
    method.seed = UINT64_MAX;
    const int draws_pairs = strncmp(good.name, "smoothgrad", 10) == 0 || strstr(good.name, "sampling") != NULL;
    if (draws_pairs)
      fx_expect(attribute(base, &method, &err), METAGAME_E_ARGUMENT, &err, "method.samples is 7", "even", good.name, NULL);
    else
      assert_int_equal(attribute(base, &method, &err), METAGAME_OK);
  }
  metagame_method method = METAGAME_METHOD_INIT;
  method.name = "smoothgrad";
  assert_int_equal(make_base(&far, &counts, NULL, huge, 1, NULL), METAGAME_OK);
  method.noise = 2;
  fx_expect(attribute(far, &method, &err), METAGAME_E_NONFINITE, &err, "method.noise is 2", "masking.x", NULL);
  assert_int_equal(make_base(&flat, &counts, NULL, x, 0, NULL), METAGAME_OK);
  fx_expect(attribute(flat, &method, &err), METAGAME_E_UNSUPPORTED, &err, "smoothgrad", "model_callbacks.gradient", NULL);
  fx_game_init(&wide, 20, 1, 0);
  metagame_game *function = fx_create_function(&wide, NULL);
  method.name = "expected-gradients";
  fx_expect(attribute(function, &method, &err), METAGAME_E_UNSUPPORTED, &err, "expected-gradients", "model", NULL);
  metagame_game_destroy(function);
  metagame_game_destroy(far);
  metagame_game_destroy(flat);
  metagame_game_destroy(base);
}

/* More than 2^32 wishes are refused before any is made, and fewer are held to max_bytes: neither is tried in silence. */
static void too_many_values(void **state) {
  (void)state;
  for (size_t at = 3; at < COUNT_OF(names); ++at) {
    metagame_error err;
    metagame_function function = METAGAME_FUNCTION_INIT;
    metagame_method method = METAGAME_METHOD_INIT;
    metagame_options options = fx_options(METAGAME_SOLVER_PERMUTATION, 100000000);
    metagame_game *base = NULL, *game = NULL, *small = NULL;
    metagame_session *session = NULL;
    uint64_t bytes = 0;
    function.n_players = 5000;
    method.name = names[at];
    method.samples = 1048576;
    assert_int_equal(metagame_game_from_function(&base, &function, NULL, NULL), METAGAME_OK);
    assert_int_equal(metagame_game_attribute(&game, base, &method, NULL), METAGAME_OK);
    const metagame_status status = metagame_session_bytes(&bytes, game, &options, fresh(&err));
    fx_expect(status, METAGAME_E_LIMIT, &err, names[at], "1048576 samples of 5000", "2^32", NULL);
    metagame_game_destroy(game);
    metagame_game_destroy(base);
    function.n_players = 100;
    method.samples = 64;
    options.max_evaluations = 20000;
    options.max_bytes = 1 << 20;
    assert_int_equal(metagame_game_from_function(&base, &function, NULL, NULL), METAGAME_OK);
    assert_int_equal(metagame_game_attribute(&small, base, &method, NULL), METAGAME_OK);
    fx_expect(metagame_session_create(&session, small, &options, fresh(&err)), METAGAME_E_LIMIT, &err, "max_bytes", NULL);
    metagame_game_destroy(small);
    metagame_game_destroy(base);
  }
}

/* ---- memory: allocation k fails, for every k ---- */

static metagame_status solve_all(const char *name, uint64_t flags, fx_game *counts, const metagame_allocator *allocator,
                                 metagame_error *err) {
  metagame_game *base = NULL, *game = NULL;
  metagame_result *result = NULL;
  metagame_report *report = NULL;
  metagame_method method = METAGAME_METHOD_INIT;
  const metagame_options options = fx_options(METAGAME_SOLVER_EXACT, 16);
  method.name = name;
  method.flags = flags;
  method.samples = 4;
  method.baseline = flags ? background : NULL;
  metagame_status status = make_base(&base, counts, allocator, x, 1, err);
  if (status == METAGAME_OK) status = metagame_game_attribute(&game, base, &method, err);
  metagame_game_destroy(base);
  if (status == METAGAME_OK) status = metagame_solve(&result, game, &options, err);
  if (status == METAGAME_OK) status = metagame_verify(&report, result, game, NULL, err);
  metagame_report_destroy(report);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  return status;
}

static void no_memory(void **state) {
  (void)state;
  for (size_t at = 0; at < COUNT_OF(names); ++at)
    for (int later = 0; later < 2; ++later) {
      metagame_status status;
      long k = 0;
      do {
        fx_game counts;
        fx_memory memory;
        metagame_error err;
        const metagame_allocator allocator = fx_allocator(&memory);
        memory.fail_at = ++k;
        memory.fail_later = later;
        status = solve_all(names[at], later ? METAGAME_INDEPENDENT : 0, &counts, &allocator, fresh(&err));
        if (status != METAGAME_OK) fx_expect(status, METAGAME_E_NOMEM, &err, NULL);
        assert_int_equal(memory.blocks, 0);
        assert_int_equal(memory.wrong_size, 0);
        assert_int_equal(counts.destroyed, 1);
      } while (status != METAGAME_OK);
      assert_true(k > 20);
    }
}

/* ---- integrated Hessians ---- */

static metagame_status hessians(const metagame_game *base, const metagame_method *method, metagame_error *err) {
  double out[N * N];
  for (int at = 0; at < N * N; ++at) out[at] = -77;
  const metagame_status status = metagame_integrated_hessians(out, base, method, fresh(err));
  for (int at = 0; at < N * N; ++at)
    if ((out[at] == -77) != (status != METAGAME_OK)) fail_msg("%s, but out[%d] is %g", metagame_status_name(status), at, out[at]);
  return status;
}

static void bad_hessians(void **state) {
  static const double bad[N] = { 0, 0, NAN, 0 };
  static const size_t offsets[2] = { 0, 1 };
  static const uint32_t features[1] = { 0 };
  static const metagame_groups groups = { 1, offsets, features };
  fx_game counts, wide;
  metagame_error err;
  metagame_game *base = NULL, *flat = NULL, *attribution = NULL;
  const metagame_method good = METAGAME_METHOD_INIT;
  metagame_method method = good;
  double out[N * N];
  (void)state;
  assert_int_equal(make_base(&base, &counts, NULL, x, 1, NULL), METAGAME_OK);
  assert_int_equal(make_base(&flat, &counts, NULL, x, 0, NULL), METAGAME_OK);
  fx_game_init(&wide, 6, 1, 0);
  metagame_game *function = fx_create_function(&wide, NULL);
  assert_int_equal(hessians(base, NULL, &err), METAGAME_OK);
  method.name = "integrated-hessians";
  assert_int_equal(hessians(base, &method, &err), METAGAME_OK);
  assert_int_equal(metagame_integrated_hessians(out, base, &good, NULL), METAGAME_OK);
  fx_expect(metagame_integrated_hessians(NULL, base, &good, fresh(&err)), METAGAME_E_NULL, &err, "out", NULL);
  fx_expect(hessians(NULL, &good, &err), METAGAME_E_NULL, &err, "base", NULL);
  /* the announced cost: steps (1 + 4 players) gradients a background row */
  method.steps = 5;
  long before = counts.coalitions;
  assert_int_equal(hessians(base, &method, &err), METAGAME_OK);
  assert_int_equal(counts.coalitions - before, 2 * 5 * (1 + 4 * N));
  method.baseline = background;
  before = counts.coalitions;
  assert_int_equal(hessians(base, &method, &err), METAGAME_OK);
  assert_int_equal(counts.coalitions - before, 5 * (1 + 4 * N));
  method = good;
  method.struct_size = 8;
  fx_expect(hessians(base, &method, &err), METAGAME_E_STRUCT_SIZE, &err, "method.struct_size is 8", NULL);
  method = good;
  method.name = "gradient";
  fx_expect(hessians(base, &method, &err), METAGAME_E_ARGUMENT, &err, "method.name is \"gradient\"", "integrated-hessians", NULL);
  method = good;
  method.targets = &groups;
  fx_expect(hessians(base, &method, &err), METAGAME_E_UNSUPPORTED, &err, "method.targets", NULL);
  method = good;
  method.output = 2;
  fx_expect(hessians(base, &method, &err), METAGAME_E_ARGUMENT, &err, "method.output is 2", "0..1", NULL);
  method = good;
  method.steps = 4097;
  fx_expect(hessians(base, &method, &err), METAGAME_E_ARGUMENT, &err, "method.steps is 4097", "1..4096", NULL);
  method = good;
  method.flags = 2;
  fx_expect(hessians(base, &method, &err), METAGAME_E_FLAGS, &err, "method.flags", NULL);
  method = good;
  method.baseline = bad;
  fx_expect(hessians(base, &method, &err), METAGAME_E_NONFINITE, &err, "method.baseline[2]", "nan", NULL);
  fx_expect(hessians(flat, &good, &err), METAGAME_E_UNSUPPORTED, &err, "model_callbacks.gradient", NULL);
  fx_expect(hessians(function, &good, &err), METAGAME_E_UNSUPPORTED, &err, "integrated-hessians", "model", NULL);
  method = good;
  method.name = "occlusion";
  assert_int_equal(metagame_game_attribute(&attribution, base, &method, NULL), METAGAME_OK);
  fx_expect(hessians(attribution, &good, &err), METAGAME_E_UNSUPPORTED, &err, "attribution game \"occlusion\"", NULL);
  metagame_game_destroy(attribution);
  metagame_game_destroy(function);
  metagame_game_destroy(flat);
  metagame_game_destroy(base);
}

/* The model's own failures: a code of its own, and numbers that are not finite. */
static void failing_gradients(void **state) {
  static const fx_fault faults[] = { FX_CODE, FX_NAN, FX_INFINITY };
  (void)state;
  for (size_t f = 0; f < COUNT_OF(faults); ++f) {
    fx_game counts;
    metagame_error err;
    metagame_game *base = NULL;
    assert_int_equal(make_base(&base, &counts, NULL, x, 1, NULL), METAGAME_OK);
    counts.fault = faults[f];
    counts.fault_at = 2;
    const metagame_status status = hessians(base, NULL, &err);
    fx_expect(status, faults[f] == FX_CODE ? METAGAME_E_CALLBACK : METAGAME_E_NONFINITE, &err, NULL);
    if (faults[f] == FX_CODE) assert_int_equal(err.user_code, FX_USER_CODE);
    metagame_game_destroy(base);
  }
}

static void no_memory_for_hessians(void **state) {
  fx_game counts;
  fx_memory memory;
  metagame_game *base = NULL;
  metagame_error err;
  metagame_status status;
  long k = 0;
  (void)state;
  const metagame_allocator allocator = fx_allocator(&memory);
  assert_int_equal(make_base(&base, &counts, &allocator, x, 1, NULL), METAGAME_OK);
  const size_t held = memory.bytes;
  do {
    memory.calls = 0;
    memory.fail_at = ++k;
    status = hessians(base, NULL, &err);
    if (status != METAGAME_OK) fx_expect(status, METAGAME_E_NOMEM, &err, NULL);
    assert_int_equal(memory.bytes, held);
  } while (status != METAGAME_OK);
  assert_int_equal(k, 7);
  metagame_game_destroy(base);
  assert_int_equal(memory.bytes, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(bad_semivalues),    cmocka_unit_test(bad_fields),        cmocka_unit_test(too_many_values),        cmocka_unit_test(no_memory),
    cmocka_unit_test(bad_hessians),      cmocka_unit_test(failing_gradients),      cmocka_unit_test(no_memory_for_hessians),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
