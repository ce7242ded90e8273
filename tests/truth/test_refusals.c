/* SPDX-License-Identifier: MIT */
/* Bad input to the kit: the status, the field and the range in the message, and nothing written. Allocations that fail, each in
 * turn. */
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "metagame/truth.h"

static const uint64_t masks[2] = { 5, 2 };
static const double numbers[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
static const uint32_t whole[8] = { 1, 2, 1, 0, 1, 1, 2, 1 };

/* The call fails as wanted, and the handle is NULL. The texts follow. */
#define EXPECT_NO(type, call, wanted, ...)                     \
  do {                                                         \
    type *out = (type *)&err;                                  \
    memset(&err, 0xff, sizeof err);                            \
    const metagame_status got = (call);                        \
    fx_expect(got, wanted, &err, __VA_ARGS__, NULL);           \
    assert_null(out);                                          \
  } while (0)
#define NO_GAME(call, ...) EXPECT_NO(metagame_game, call, __VA_ARGS__)
#define NO_MODEL(call, ...) EXPECT_NO(metagame_model, call, __VA_ARGS__)

static void games(void **state) {
  metagame_error err;
  metagame_allocator half = METAGAME_ALLOCATOR_INIT, small = METAGAME_ALLOCATOR_INIT;
  fx_memory memory;
  double answer[8] = { -7, -7, -7, -7, -7, -7, -7, -7 }, bad[8], untouched[8];
  const uint64_t spare[2] = { 1, 8 };
  (void)state;
  memcpy(untouched, answer, sizeof answer);
  memcpy(bad, numbers, sizeof bad);
  bad[2] = NAN;
  half = fx_allocator(&memory);
  half.release = NULL;
  small.struct_size = 3;
  NO_GAME(metagame_truth_additive(&out, 0, numbers, 0, answer, NULL, &err), METAGAME_E_ARGUMENT, "n_players", "0", "1..65536");
  NO_GAME(metagame_truth_additive(&out, 65537, numbers, 0, answer, NULL, &err), METAGAME_E_ARGUMENT, "n_players", "65537");
  NO_GAME(metagame_truth_additive(&out, 3, NULL, 0, answer, NULL, &err), METAGAME_E_NULL, "weights");
  NO_GAME(metagame_truth_additive(&out, 3, bad, 0, answer, NULL, &err), METAGAME_E_NONFINITE, "weights[2]", "nan");
  NO_GAME(metagame_truth_additive(&out, 2, bad, INFINITY, answer, NULL, &err), METAGAME_E_NONFINITE, "constant", "inf");
  NO_GAME(metagame_truth_additive(&out, 3, numbers, 0, answer, &half, &err), METAGAME_E_NULL, "release");
  NO_GAME(metagame_truth_additive(&out, 3, numbers, 0, answer, &small, &err), METAGAME_E_STRUCT_SIZE, "allocator");
  NO_GAME(metagame_truth_unanimity(&out, 3, 2, NULL, numbers, answer, answer, NULL, &err), METAGAME_E_NULL, "masks");
  NO_GAME(metagame_truth_unanimity(&out, 3, 2, masks, NULL, answer, answer, NULL, &err), METAGAME_E_NULL, "coefficients");
  NO_GAME(metagame_truth_unanimity(&out, 3, 2, spare, numbers, answer, NULL, NULL, &err), METAGAME_E_ARGUMENT, "masks[1]", "0..2");
  NO_GAME(metagame_truth_unanimity(&out, 3, SIZE_MAX / 8, masks, NULL, NULL, NULL, NULL, &err), METAGAME_E_NULL, "coefficients");
  NO_GAME(metagame_truth_glove(&out, 0, 0, answer, NULL, &err), METAGAME_E_ARGUMENT, "n_left + n_right", "0", "1..65536");
  NO_GAME(metagame_truth_glove(&out, UINT32_MAX, 2, answer, NULL, &err), METAGAME_E_ARGUMENT, "n_left + n_right", "4294967297");
  bad[2] = -1;
  NO_GAME(metagame_truth_airport(&out, 3, NULL, answer, NULL, &err), METAGAME_E_NULL, "costs");
  NO_GAME(metagame_truth_airport(&out, 3, bad, answer, NULL, &err), METAGAME_E_ARGUMENT, "costs[2]", "-1", "0 or more");
  NO_GAME(metagame_truth_voting(&out, 3, NULL, 2, answer, NULL, NULL, &err), METAGAME_E_NULL, "weights");
  const uint32_t heavy[3] = { 1000000, 1, 1 };
  NO_GAME(metagame_truth_voting(&out, 3, heavy, 500000, answer, NULL, NULL, &err), METAGAME_E_LIMIT, "quota", "500000", "2000000",
          "1048576");
  NO_GAME(metagame_truth_table(&out, 33, 1, numbers, NULL, &err), METAGAME_E_ARGUMENT, "n_players", "33", "1..32");
  NO_GAME(metagame_truth_table(&out, 0, 1, numbers, NULL, &err), METAGAME_E_ARGUMENT, "n_players", "0");
  NO_GAME(metagame_truth_table(&out, 3, 0, numbers, NULL, &err), METAGAME_E_ARGUMENT, "n_outputs", "0");
  NO_GAME(metagame_truth_table(&out, 3, 1, NULL, NULL, &err), METAGAME_E_NULL, "values");
  bad[2] = INFINITY;
  NO_GAME(metagame_truth_table(&out, 2, 1, bad, NULL, &err), METAGAME_E_NONFINITE, "values[2]");
  assert_memory_equal(answer, untouched, sizeof answer);
  assert_int_equal(metagame_truth_additive(NULL, 1, numbers, 0, answer, NULL, &err), METAGAME_E_NULL);
  assert_int_equal(metagame_truth_unanimity(NULL, 1, 0, NULL, NULL, answer, NULL, NULL, &err), METAGAME_E_NULL);
  assert_int_equal(metagame_truth_glove(NULL, 1, 1, answer, NULL, NULL), METAGAME_E_NULL);
  assert_int_equal(metagame_truth_airport(NULL, 1, numbers, answer, NULL, NULL), METAGAME_E_NULL);
  assert_int_equal(metagame_truth_voting(NULL, 1, whole, 1, answer, NULL, NULL, NULL), METAGAME_E_NULL);
  assert_int_equal(metagame_truth_table(NULL, 1, 1, numbers, NULL, NULL), METAGAME_E_NULL);
  assert_int_equal(metagame_truth_planted(NULL, 1, 1, NULL, 0, NULL, answer, NULL, NULL, NULL), METAGAME_E_NULL);
  assert_memory_equal(answer, untouched, sizeof answer);
}

static void planted(void **state) {
  metagame_error err;
  double matrix[6] = { -7, -7, -7, -7, -7, -7 }, untouched[6];
  const uint32_t sources[3] = { 2, 0, 2 };
  const int32_t own[2] = { 1, 3 };
  metagame_truth_effect effect = { 1, sources, 2, 1 };
  (void)state;
  memcpy(untouched, matrix, sizeof matrix);
#define PLANTED(own_player) metagame_truth_planted(&out, 3, 2, own_player, 1, &effect, matrix, matrix, NULL, &err)
  NO_GAME(PLANTED(own), METAGAME_E_OWN_PLAYER, "own_player[1]", "3", "0..2");
  NO_GAME(metagame_truth_planted(&out, 3, 0, NULL, 1, &effect, matrix, NULL, NULL, &err), METAGAME_E_ARGUMENT, "n_targets", "0");
  NO_GAME(metagame_truth_planted(&out, 0, 2, NULL, 1, &effect, matrix, NULL, NULL, &err), METAGAME_E_ARGUMENT, "n_players", "0");
  NO_GAME(metagame_truth_planted(&out, 3, 2, NULL, 1, NULL, matrix, NULL, NULL, &err), METAGAME_E_NULL, "effects");
  effect.n_sources = 3;
  NO_GAME(PLANTED(NULL), METAGAME_E_ARGUMENT, "effects[0].sources[2]", "2", "before");
  effect.n_sources = 4;
  NO_GAME(PLANTED(NULL), METAGAME_E_ARGUMENT, "effects[0].n_sources", "4", "0..3");
  effect.n_sources = 2;
  effect.target = 2;
  NO_GAME(PLANTED(NULL), METAGAME_E_ARGUMENT, "effects[0].target", "2", "0..1");
  effect.target = 1;
  effect.size = NAN;
  NO_GAME(PLANTED(NULL), METAGAME_E_NONFINITE, "effects[0].size");
  effect.size = 1;
  effect.sources = NULL;
  NO_GAME(PLANTED(NULL), METAGAME_E_NULL, "effects[0].sources");
  effect.sources = whole + 5; /* 1, 2 */
  NO_GAME(metagame_truth_planted(&out, 2, 2, NULL, 1, &effect, matrix, NULL, NULL, &err), METAGAME_E_ARGUMENT, "sources[1]", "2", "0..1");
  assert_memory_equal(matrix, untouched, sizeof matrix);
}

static metagame_truth_terms some_terms(void) {
  metagame_truth_terms terms = METAGAME_TRUTH_TERMS_INIT;
  terms.coefficients = numbers;
  terms.powers = whole;
  terms.origin = numbers + 3;
  terms.n_features = 2;
  terms.n_terms = 3;
  return terms;
}

static void polynomials(void **state) {
  metagame_error err;
  double matrix[4] = { -7, -7, -7, -7 }, base[2] = { -7, -7 };
  const double x[2] = { 1, 2 }, b[2] = { 0.5, 0 }, bad[3] = { 1, INFINITY, 1 }, huge[2] = { 1e300, 1e300 };
  const uint32_t powers[2] = { 4096, 4096 };
  metagame_truth_terms terms = some_terms();
  (void)state;
#define POLYNOMIAL metagame_truth_polynomial(&out, &terms, NULL, &err)
  NO_MODEL(metagame_truth_polynomial(&out, NULL, NULL, &err), METAGAME_E_NULL, "terms");
  terms.struct_size = 8;
  NO_MODEL(POLYNOMIAL, METAGAME_E_STRUCT_SIZE, "terms.struct_size", "8");
  terms = some_terms();
  terms.n_features = 0;
  NO_MODEL(POLYNOMIAL, METAGAME_E_ARGUMENT, "terms.n_features", "0", "1..2147483647");
  terms = some_terms();
  terms.coefficients = NULL;
  NO_MODEL(POLYNOMIAL, METAGAME_E_NULL, "terms.coefficients");
  terms.coefficients = bad;
  NO_MODEL(POLYNOMIAL, METAGAME_E_NONFINITE, "terms.coefficients[1]");
  terms = some_terms();
  terms.powers = NULL;
  NO_MODEL(POLYNOMIAL, METAGAME_E_NULL, "terms.powers");
  terms = some_terms();
  terms.origin = bad;
  NO_MODEL(POLYNOMIAL, METAGAME_E_NONFINITE, "terms.origin[1]");
  terms = some_terms();
  assert_int_equal(metagame_truth_polynomial(NULL, &terms, NULL, &err), METAGAME_E_NULL);
#define MATRIX(x_, b_, method, flags) metagame_truth_polynomial_matrix(matrix, base, &terms, x_, b_, method, flags, NULL, &err)
  fx_expect(MATRIX(NULL, b, "shapley", 0), METAGAME_E_NULL, &err, "x", NULL);
  fx_expect(MATRIX(x, NULL, "shapley", 0), METAGAME_E_NULL, &err, "baseline", NULL);
  fx_expect(MATRIX(x, b, NULL, 0), METAGAME_E_NULL, &err, "method", NULL);
  fx_expect(MATRIX(bad, b, "shapley", 0), METAGAME_E_NONFINITE, &err, "x[1]", NULL);
  fx_expect(MATRIX(x, bad, "shapley", 0), METAGAME_E_NONFINITE, &err, "baseline[1]", NULL);
  fx_expect(MATRIX(x, b, "lime", 0), METAGAME_E_UNSUPPORTED, &err, "lime", "occlusion", NULL);
  fx_expect(MATRIX(x, b, "shapley", 4), METAGAME_E_FLAGS, &err, "0x4", "0x1", NULL);
  fx_expect(MATRIX(huge, b, "shapley", 0), METAGAME_E_NONFINITE, &err, "matrix", NULL);
  fx_expect(metagame_truth_polynomial_matrix(matrix, base, NULL, x, b, "shapley", 0, NULL, &err), METAGAME_E_NULL, &err, "terms", NULL);
  terms.n_terms = 1;
  terms.powers = powers;
  fx_expect(MATRIX(x, b, "shapley", 0), METAGAME_E_LIMIT, &err, "16785409", "1048576", NULL);
  for (int k = 0; k < 4; ++k) assert_true(matrix[k] == -7 && base[k % 2] == -7);
  assert_int_equal(metagame_truth_polynomial_matrix(NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL), METAGAME_E_NULL);
}

static void networks(void **state) {
  metagame_error err;
  const double bad[4] = { 1, 2, NAN, 3 };
  const metagame_truth_layer good[2] = { { numbers, numbers, 3, 2, METAGAME_TRUTH_TANH, 0 }, { numbers, NULL, 1, 3, 0, 0 } };
  metagame_truth_layer layers[2];
  metagame_model *model = NULL;
  double value, gradient[2];
  (void)state;
#define NETWORK metagame_truth_network(&out, 2, 2, layers, NULL, &err)
#define CHANGED(statement) (memcpy(layers, good, sizeof good), statement, NETWORK)
  NO_MODEL(metagame_truth_network(&out, 2, 2, NULL, NULL, &err), METAGAME_E_NULL, "layers");
  NO_MODEL(metagame_truth_network(&out, 0, 2, good, NULL, &err), METAGAME_E_ARGUMENT, "n_features", "0");
  NO_MODEL(metagame_truth_network(&out, 2, 0, good, NULL, &err), METAGAME_E_ARGUMENT, "n_layers", "0");
  NO_MODEL(CHANGED(layers[1].rows = 0), METAGAME_E_ARGUMENT, "layers[1].rows", "0");
  NO_MODEL(CHANGED(layers[0].columns = 3), METAGAME_E_ARGUMENT, "layers[0].columns", "3", "2", "n_features");
  NO_MODEL(CHANGED(layers[1].columns = 2), METAGAME_E_ARGUMENT, "layers[1].columns", "2", "3", "before");
  NO_MODEL(CHANGED(layers[1].activation = 3), METAGAME_E_ARGUMENT, "layers[1].activation", "3", "0..2");
  NO_MODEL(CHANGED(layers[1].reserved = 1), METAGAME_E_ARGUMENT, "layers[1].reserved", "1");
  NO_MODEL(CHANGED(layers[0].weights = NULL), METAGAME_E_NULL, "layers[0].weights");
  NO_MODEL(CHANGED(layers[1].weights = bad), METAGAME_E_NONFINITE, "layers[1].weights[2]");
  NO_MODEL(CHANGED(layers[0].biases = bad), METAGAME_E_NONFINITE, "layers[0].biases[2]");
  assert_int_equal(metagame_truth_network(NULL, 2, 2, good, NULL, &err), METAGAME_E_NULL);
  assert_int_equal(metagame_truth_network(&model, 2, 2, good, NULL, &err), METAGAME_OK);
  fx_expect(metagame_truth_values(NULL, numbers, 1, &value, &err), METAGAME_E_NULL, &err, "model", NULL);
  fx_expect(metagame_truth_values(model, NULL, 1, &value, &err), METAGAME_E_NULL, &err, "rows", NULL);
  fx_expect(metagame_truth_values(model, numbers, 1, NULL, &err), METAGAME_E_NULL, &err, "values", NULL);
  fx_expect(metagame_truth_gradients(model, numbers, 1, 0, NULL, &err), METAGAME_E_NULL, &err, "gradients", NULL);
  fx_expect(metagame_truth_gradients(model, numbers, 1, 1, gradient, &err), METAGAME_E_ARGUMENT, &err, "output", "1", "0..0", NULL);
  assert_int_equal(metagame_truth_values(model, NULL, 0, NULL, NULL), METAGAME_OK);
  metagame_model_destroy(model);
  fx_game counts;
  metagame_model_callbacks callbacks = fx_model(&counts, 2, 1);
  callbacks.gradient = NULL;
  assert_int_equal(metagame_model_create(&model, &callbacks, NULL, &err), METAGAME_OK);
  fx_expect(metagame_truth_gradients(model, numbers, 1, 0, gradient, &err), METAGAME_E_UNSUPPORTED, &err, "gradient", NULL);
  metagame_model_destroy(model);
}

/* ---- memory ---- */

enum { N_KINDS = 9 };

/* Makes one of everything and uses it; destroyed again in any case. */
static metagame_status build(int kind, double *answer, const metagame_allocator *allocator, metagame_error *err) {
  static const metagame_truth_layer layers[2] = { { numbers, numbers, 3, 2, METAGAME_TRUTH_TANH, 0 }, { numbers, NULL, 1, 3, 0, 0 } };
  const metagame_truth_effect effect = { 1, whole + 5, 2, 1 };
  const metagame_truth_terms terms = some_terms();
  metagame_game *game = NULL;
  metagame_model *model = NULL;
  metagame_status status;
  switch (kind) {
    case 0: status = metagame_truth_additive(&game, 3, numbers, 1, answer, allocator, err); break;
    case 1: status = metagame_truth_unanimity(&game, 3, 2, masks, numbers, answer, NULL, allocator, err); break;
    case 2: status = metagame_truth_glove(&game, 3, 2, answer, allocator, err); break;
    case 3: status = metagame_truth_airport(&game, 4, numbers, answer, allocator, err); break;
    case 4: status = metagame_truth_voting(&game, 4, whole, 2, answer, answer + 4, allocator, err); break;
    case 5: status = metagame_truth_table(&game, 3, 1, numbers, allocator, err); break;
    case 6: status = metagame_truth_planted(&game, 3, 2, NULL, 1, &effect, answer, NULL, allocator, err); break;
    case 7:
      status = metagame_truth_polynomial_matrix(answer, NULL, &terms, numbers, numbers + 1, "shapley", 0, allocator, err);
      if (status == METAGAME_OK) status = metagame_truth_polynomial(&model, &terms, allocator, err);
      break;
    default: status = metagame_truth_network(&model, 2, 2, layers, allocator, err);
  }
  if (status != METAGAME_OK) {
    assert_null(game);
    assert_null(model);
  }
  if (status == METAGAME_OK && kind == 8) {
    double value, gradient[2];
    status = metagame_truth_values(model, numbers, 1, &value, err);
    if (status == METAGAME_OK) status = metagame_truth_gradients(model, numbers, 1, 0, gradient, err);
  }
  metagame_game_destroy(game);
  metagame_model_destroy(model);
  return status;
}

static void memory(void **state) {
  (void)state;
  for (int kind = 0; kind < N_KINDS; ++kind)
    for (int later = 0; later < 2; ++later)
      for (long k = 1;; ++k) {
        double answer[12] = { 0 };
        fx_memory memory;
        metagame_error err;
        const metagame_allocator allocator = fx_allocator(&memory);
        memory.fail_at = k;
        memory.fail_later = later;
        const metagame_status status = build(kind, answer, &allocator, &err);
        const int reached = memory.calls >= k;
        assert_int_equal(memory.blocks, 0);
        assert_int_equal(memory.wrong_size, 0);
        assert_int_equal(memory.wrong_alignment, 0);
        if (status != (reached ? METAGAME_E_NOMEM : METAGAME_OK))
          fail_msg("kind %d, allocation %ld: %s", kind, k, metagame_status_name(status));
        if (!reached) {
          assert_true(k > 3);
          break;
        }
        fx_expect(status, METAGAME_E_NOMEM, &err, "memory", NULL);
        if (kind < 7) assert_true(answer[0] == 0 && answer[1] == 0 && answer[2] == 0 && answer[4] == 0);
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(games),    cmocka_unit_test(planted), cmocka_unit_test(polynomials),
    cmocka_unit_test(networks), cmocka_unit_test(memory),
  };
  return cmocka_run_group_tests_name("refusals of the kit", tests, NULL, NULL);
}
