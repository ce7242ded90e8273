/* SPDX-License-Identifier: MIT */
/* The conformance suite passes correct plug-ins, and fails on each kind of broken one. */
#include "reports.h"

typedef struct broken {
  plugin_fault fault;
  const char *check; /* that must fail */
} broken;

static size_t run_attributor(reports *r, int (*make)(void *, metagame_attributor *)) {
  metagame_conformance_attributor suite = METAGAME_CONFORMANCE_ATTRIBUTOR_INIT;
  suite.context = r;
  suite.make = make;
  suite.report = keep_report;
  suite.live = plugin_live;
  suite.targets_cover = 1;
  return metagame_conformance_check_attributor(&suite);
}

static const double points[4][PLUGIN_PLAYERS] = {
  { 0.5, -1, 2, 0.25, -0.75 }, { 0, 0, 0, 0, 0 }, { 1, 1, 1, 1, 1 }, { -2, 0.3, 0.7, 100, 1e-3 }
};

static size_t run_model(reports *r) {
  metagame_conformance_model suite = METAGAME_CONFORMANCE_MODEL_INIT;
  suite.context = r;
  suite.make = plugin_make_model;
  suite.report = keep_report;
  suite.live = plugin_live;
  suite.points = points[0];
  suite.n_points = 4;
  return metagame_conformance_check_model(&suite);
}

static void good_direct(void **state) {
  static const char *const checks[] = { "make",
                                        "struct",
                                        "own-player",
                                        "attribute.runs",
                                        "attribute.finite",
                                        "attribute.repeat",
                                        "attribute.batch",
                                        "attribute.rows",
                                        "attribute.input",
                                        "attribute.error-null",
                                        "completeness.runs",
                                        "completeness.repeat",
                                        "completeness.sum",
                                        "symmetry",
                                        "error.attribute",
                                        "destroy.orders",
                                        "destroy.refused",
                                        "destroy.no-memory",
                                        "destroy.untaken",
                                        "destroy.balance" };
  reports r = { .factory = { .fault = FAULT_NONE } };
  (void)state;
  expect_all_passed(&r, run_attributor(&r, plugin_make_direct), checks, sizeof checks / sizeof *checks);
  assert_int_equal(outcome(&r, "plan.runs"), -1);
  reports directed = { .factory = { .fault = FAULT_NONE, .asymmetric = 1 } };
  expect_all_passed(&directed, run_attributor(&directed, plugin_make_direct), checks, 13);
  assert_int_equal(outcome(&directed, "symmetry"), -1);
}

static void good_formula(void **state) {
  static const char *const checks[] = { "make", "struct", "plan.runs", "plan.pure", "combine.runs", "combine.finite",
                                        "combine.repeat", "combine.batch", "combine.rows", "combine.input", "combine.error-null",
                                        "symmetry", "error.plan", "destroy.orders", "destroy.balance" };
  reports r = { .factory = { .fault = FAULT_NONE } };
  (void)state;
  expect_all_passed(&r, run_attributor(&r, plugin_make_formula), checks, sizeof checks / sizeof *checks);
  assert_int_equal(outcome(&r, "attribute.runs"), -1);
}

static void good_model(void **state) {
  static const char *const checks[] = { "make", "struct", "evaluate.runs", "evaluate.finite", "evaluate.repeat", "evaluate.batch",
                                        "evaluate.rows", "evaluate.input", "evaluate.error-null", "gradient.runs", "gradient.batch",
                                        "gradient.differences", "error.evaluate", "error.gradient", "destroy.orders",
                                        "destroy.refused", "destroy.no-memory", "destroy.untaken", "destroy.balance" };
  reports r = { .factory = { .fault = FAULT_NONE } };
  (void)state;
  expect_all_passed(&r, run_model(&r), checks, sizeof checks / sizeof *checks);
}

static void without_report(void **state) {
  metagame_conformance_attributor suite = METAGAME_CONFORMANCE_ATTRIBUTOR_INIT;
  reports r = { .factory = { .fault = FAULT_NAN } };
  (void)state;
  suite.context = &r;
  suite.make = plugin_make_direct;
  assert_int_not_equal(metagame_conformance_check_attributor(&suite), 0);
}

/* With a tolerance small differences pass and large ones do not. */
static void tolerance(void **state) {
  metagame_conformance_attributor suite = METAGAME_CONFORMANCE_ATTRIBUTOR_INIT;
  reports r = { .factory = { .fault = FAULT_BATCH_PLACE } };
  (void)state;
  suite.context = &r;
  suite.make = plugin_make_direct;
  suite.report = keep_report;
  suite.tolerance = 1e-10;
  assert_int_equal(metagame_conformance_check_attributor(&suite), 0);
  suite.tolerance = 1e-16;
  assert_int_not_equal(metagame_conformance_check_attributor(&suite), 0);
}

static void broken_direct(void **state) {
  static const broken list[] = {
    { FAULT_MAKE, "make" },
    { FAULT_STRUCT, "struct" },
    { FAULT_OWN_PLAYER, "own-player" },
    { FAULT_BATCH_PLACE, "attribute.batch" },
    { FAULT_BATCH_SIZE, "attribute.batch" },
    { FAULT_REPEAT, "attribute.repeat" },
    { FAULT_PAST, "attribute.rows" },
    { FAULT_BEFORE, "attribute.rows" },
    { FAULT_UNWRITTEN, "attribute.rows" },
    { FAULT_NAN, "attribute.finite" },
    { FAULT_INPUT, "attribute.input" },
    { FAULT_NEEDS_ERROR, "attribute.error-null" },
    { FAULT_RETURNS, "attribute.runs" },
    { FAULT_SHARED, "attribute.runs" },
    { FAULT_DESTROY_TWICE, "destroy.balance" },
    { FAULT_LEAK, "destroy.balance" },
    { FAULT_ASYMMETRIC, "symmetry" },
    { FAULT_SUM, "completeness.sum" },
    { FAULT_COMPLETENESS_REPEAT, "completeness.repeat" },
  };
  (void)state;
  for (size_t at = 0; at < sizeof list / sizeof *list; ++at) {
    reports r = { .factory = { .fault = list[at].fault, .asymmetric = list[at].fault == FAULT_ASYMMETRIC } };
    expect_failed(&r, run_attributor(&r, plugin_make_direct), list[at].check);
  }
}

static void broken_formula(void **state) {
  static const broken list[] = {
    { FAULT_RETURNS, "plan.runs" },         { FAULT_PLAN_BITS, "plan.runs" },     { FAULT_PLAN_ORDER, "plan.pure" },
    { FAULT_PLAN_MORE, "plan.pure" },       { FAULT_REPEAT, "combine.repeat" },   { FAULT_PAST, "combine.rows" },
    { FAULT_UNWRITTEN, "combine.rows" },    { FAULT_NAN, "combine.finite" },      { FAULT_INPUT, "combine.input" },
    { FAULT_SHARED, "combine.runs" },       { FAULT_NEEDS_ERROR, "combine.error-null" },
    { FAULT_DESTROY_TWICE, "destroy.balance" },
  };
  (void)state;
  for (size_t at = 0; at < sizeof list / sizeof *list; ++at) {
    reports r = { .factory = { .fault = list[at].fault } };
    expect_failed(&r, run_attributor(&r, plugin_make_formula), list[at].check);
  }
}

static void broken_model(void **state) {
  static const broken list[] = {
    { FAULT_MAKE, "make" },
    { FAULT_STRUCT, "struct" },
    { FAULT_BATCH_PLACE, "evaluate.batch" },
    { FAULT_BATCH_SIZE, "evaluate.batch" },
    { FAULT_REPEAT, "evaluate.repeat" },
    { FAULT_PAST, "evaluate.rows" },
    { FAULT_UNWRITTEN, "evaluate.rows" },
    { FAULT_NAN, "evaluate.finite" },
    { FAULT_INPUT, "evaluate.input" },
    { FAULT_NEEDS_ERROR, "evaluate.error-null" },
    { FAULT_RETURNS, "evaluate.runs" },
    { FAULT_SHARED, "evaluate.runs" },
    { FAULT_DESTROY_TWICE, "destroy.balance" },
    { FAULT_LEAK, "destroy.balance" },
    { FAULT_GRADIENT, "gradient.differences" },
  };
  (void)state;
  for (size_t at = 0; at < sizeof list / sizeof *list; ++at) {
    reports r = { .factory = { .fault = list[at].fault } };
    expect_failed(&r, run_model(&r), list[at].check);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(good_direct),    cmocka_unit_test(good_formula),   cmocka_unit_test(good_model),
    cmocka_unit_test(without_report), cmocka_unit_test(tolerance),      cmocka_unit_test(broken_direct),
    cmocka_unit_test(broken_formula), cmocka_unit_test(broken_model),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
