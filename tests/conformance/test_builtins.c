/* SPDX-License-Identifier: MIT */
/* Every built-in attributor keeps the contract that third parties are held to: over a numeric model (one baseline row, and a
 * background with grouped players) and, where it takes them, over functions. */
#include <stdlib.h>

#include "reports.h"

enum { FEATURES = 6 };

typedef enum base_kind { BASE_MODEL, BASE_BACKGROUND, BASE_FUNCTION, BASE_OWN_BASELINE } base_kind;

typedef struct choice {
  plugin_factory unused; /* reports starts with one */
  const char *name;
  base_kind base;
  uint64_t flags;
} choice;

/* f_0 = x_0, f_1 = s(sum_k a_k x_k) + x_0 x_3 x_5 - x_1 x_2 with s(t) = t / (1 + t^2) */
static double affine(const double *x) {
  double sum = 0;
  for (int k = 0; k < FEATURES; ++k) sum += (0.3 - 0.1 * k) * x[k];
  return sum;
}

static double squash(double t) { return t / (1 + t * t); }

static double squash_slope(double t) { return (1 - t * t) / ((1 + t * t) * (1 + t * t)); }

static int32_t METAGAME_CALL evaluate(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  (void)user, (void)err;
  for (size_t r = 0; r < n_rows; ++r) {
    const double *x = rows + r * FEATURES;
    values[2 * r] = x[0];
    values[2 * r + 1] = squash(affine(x)) + x[0] * x[3] * x[5] - x[1] * x[2];
  }
  return 0;
}

static int32_t METAGAME_CALL gradient(void *user, const double *rows, size_t n_rows, uint32_t output, double *gradients,
                                      metagame_error *err) {
  (void)user, (void)err;
  for (size_t r = 0; r < n_rows; ++r) {
    const double *x = rows + r * FEATURES;
    double *g = gradients + r * FEATURES;
    for (int k = 0; k < FEATURES; ++k) g[k] = output == 0 ? k == 0 : squash_slope(affine(x)) * (0.3 - 0.1 * k);
    if (output == 0) continue;
    g[0] += x[3] * x[5];
    g[3] += x[0] * x[5];
    g[5] += x[0] * x[3];
    g[1] -= x[2];
    g[2] -= x[1];
  }
  return 0;
}

static int32_t METAGAME_CALL evaluate_table(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  (void)user, (void)err;
  for (size_t r = 0; r < n_masks; ++r) {
    const uint64_t hash = masks[r] * UINT64_C(0x9e3779b97f4a7c15);
    rows[2 * r] = 0;
    rows[2 * r + 1] = (double)(hash >> 40) / 16777216;
  }
  return 0;
}

static metagame_status make_base(metagame_game **out, base_kind kind) {
  static const double x[FEATURES] = { 1, -0.5, 2, 0.75, -1.25, 0.5 };
  static const double background[2 * FEATURES] = { 0, 0.25, 0, -0.5, 0, 0.125, 0.5, 0, 1, 0, -1, 0 };
  static const size_t offsets[4] = { 0, 2, 3, 5 }; /* feature 4 is in no group */
  static const uint32_t features[5] = { 0, 3, 1, 2, 5 };
  const metagame_groups groups = { 3, offsets, features };
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_model_callbacks callbacks = METAGAME_MODEL_CALLBACKS_INIT;
  metagame_masking masking = METAGAME_MASKING_INIT;
  metagame_model *model = NULL;
  if (kind == BASE_FUNCTION) {
    function.n_players = FEATURES;
    function.n_outputs = 2;
    function.evaluate = evaluate_table;
    return metagame_game_from_function(out, &function, NULL, NULL);
  }
  callbacks.n_features = FEATURES;
  callbacks.n_outputs = 2;
  callbacks.max_batch = 5; /* so that batches are split */
  callbacks.evaluate = evaluate;
  callbacks.gradient = gradient;
  masking.x = x;
  masking.background = background;
  if (kind == BASE_BACKGROUND) {
    masking.n_background = 2;
    masking.players = &groups;
  }
  metagame_status status = metagame_model_create(&model, &callbacks, NULL, NULL);
  if (status == METAGAME_OK) status = metagame_game_from_model(out, model, &masking, NULL);
  metagame_model_destroy(model);
  return status;
}

static int make(void *context, metagame_attributor *out) {
  static const double baseline[FEATURES] = { 0.5, 0.5, -0.5, 0.25, 1, -1 }, nodes[2] = { 0.25, 1 }, weights[2] = { 0.75, 0.25 };
  const choice *c = ((reports *)context)->extra;
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_semivalue semivalue = METAGAME_SEMIVALUE_INIT;
  metagame_game *base = NULL;
  method.name = c->name;
  method.output = 1;
  method.steps = 6;
  method.samples = 6;
  method.seed = 17;
  method.flags = c->flags;
  semivalue.n_nodes = 2;
  semivalue.nodes = nodes;
  semivalue.weights = weights;
  method.semivalue = &semivalue;
  method.probability = 0.25;
  if (c->base == BASE_OWN_BASELINE) method.baseline = baseline;
  metagame_status status = make_base(&base, c->base);
  if (status == METAGAME_OK) status = metagame_attributor_builtin(out, base, &method, NULL);
  metagame_game_destroy(base); /* the attributor holds it */
  return status == METAGAME_OK ? 0 : 1;
}

static void check(choice *c, int is_gradient) {
  static const char *const direct[] = { "make", "struct", "own-player", "attribute.batch", "attribute.repeat", "error.attribute",
                                        "destroy.orders" };
  static const char *const formula[] = { "make", "struct", "own-player", "plan.runs", "plan.pure", "combine.repeat", "error.plan",
                                         "destroy.orders" };
  reports *r = calloc(1, sizeof *r);
  metagame_conformance_attributor suite = METAGAME_CONFORMANCE_ATTRIBUTOR_INIT;
  assert_non_null(r);
  r->extra = c;
  suite.context = r;
  suite.make = make;
  suite.report = keep_report;
  suite.targets_cover = c->base != BASE_BACKGROUND; /* there, feature 4 is in no target */
  const size_t failed = metagame_conformance_check_attributor(&suite);
  if (failed) print_message("%s on base %d\n", c->name, (int)c->base);
  if (is_gradient)
    expect_all_passed(r, failed, direct, sizeof direct / sizeof *direct);
  else
    expect_all_passed(r, failed, formula, sizeof formula / sizeof *formula);
  const int path = strcmp(c->name, "integrated-gradients") == 0 || strcmp(c->name, "expected-gradients") == 0;
  const int sampled = strstr(c->name, "sampling") != NULL;
  assert_int_equal(outcome(r, "completeness.runs"), path ? 1 : -1);
  if (path) assert_int_equal(outcome(r, "completeness.sum"), suite.targets_cover ? 1 : -1);
  if (!is_gradient)
    assert_int_equal(outcome(r, "symmetry"), !sampled && (c->base == BASE_MODEL || c->base == BASE_FUNCTION) ? 1 : -1);
  free(r);
}

static void every_builtin(void **state) {
  size_t n = 0;
  (void)state;
  for (const char *name; (name = metagame_attributor_builtin_name(n)) != NULL; ++n) {
    const int is_gradient = strstr(name, "grad") != NULL;
    for (int base = BASE_MODEL; base <= BASE_OWN_BASELINE; ++base) {
      if (base == BASE_FUNCTION && is_gradient) continue;
      for (uint64_t flags = 0; flags <= METAGAME_INDEPENDENT; ++flags) {
        choice c = { .name = name, .base = (base_kind)base, .flags = flags };
        check(&c, is_gradient);
      }
    }
  }
  assert_int_equal(n, 14);
}

/* ---- coalitions of more than one word, with and without callback ---- */

enum { WIDE = 70 };

static int32_t METAGAME_CALL evaluate_wide(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  (void)user, (void)err;
  for (size_t r = 0; r < n_masks; ++r) {
    double sum = 0;
    for (unsigned p = 0; p < WIDE; ++p)
      if (masks[2 * r + p / 64] >> p % 64 & 1) sum += p + 1;
    rows[r] = squash(sum / 100);
  }
  return 0;
}

static int make_wide(void *context, metagame_attributor *out) {
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_game *base = NULL;
  const int by_hand = ((reports *)context)->extra != NULL;
  function.n_players = WIDE;
  function.evaluate = by_hand ? NULL : evaluate_wide;
  method.name = "occlusion";
  if (metagame_game_from_function(&base, &function, NULL, NULL) != METAGAME_OK) return 1;
  const metagame_status status = metagame_attributor_builtin(out, base, &method, NULL);
  metagame_game_destroy(base);
  return status == METAGAME_OK ? 0 : 1;
}

static int make_wide_direct(void *context, metagame_attributor *out) {
  out->name = "wide";
  out->n_players = WIDE;
  out->n_targets = 1;
  out->max_batch = 3;
  out->attribute = ((reports *)context)->extra ? NULL : evaluate_wide;
  return 0;
}

static void wide_players(void **state) {
  static const char *const formula[] = { "make", "struct", "plan.pure", "combine.batch", "error.plan", "destroy.orders" };
  static const char *const direct[] = { "make", "struct", "attribute.batch", "error.attribute", "destroy.orders" };
  static const char *const by_hand[] = { "make", "struct", "destroy.orders", "destroy.refused" };
  (void)state;
  for (int hand = 0; hand < 2; ++hand)
    for (uint32_t most = 0; most < 12; most += 11) {
      metagame_conformance_attributor suite = METAGAME_CONFORMANCE_ATTRIBUTOR_INIT;
      reports *r = calloc(2, sizeof *r);
      assert_non_null(r);
      r[0].extra = r[1].extra = hand ? &suite : NULL;
      suite.context = &r[0];
      suite.make = make_wide;
      suite.report = keep_report;
      suite.max_members = most;
      suite.seed = 5;
      suite.n_coalitions = 64;
      size_t failed = metagame_conformance_check_attributor(&suite);
      expect_all_passed(&r[0], failed, formula, sizeof formula / sizeof *formula);
      suite.context = &r[1];
      suite.make = make_wide_direct;
      failed = metagame_conformance_check_attributor(&suite);
      expect_all_passed(&r[1], failed, hand ? by_hand : direct, hand ? 4 : 5);
      assert_int_equal(outcome(&r[1], "attribute.runs"), hand ? -1 : 1);
      free(r);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(every_builtin), cmocka_unit_test(wide_players) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
