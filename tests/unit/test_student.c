/* SPDX-License-Identifier: MIT */
/* Two-sided quantiles of Student's t against published tables. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "estimate/student.h"

static void table(void **state) {
  static const struct {
    double level, degrees, quantile;
  } rows[] = { { 0.95, 1, 12.706204736432095 }, { 0.95, 3, 3.182446305284263 },   { 0.95, 10, 2.2281388519649385 },
               { 0.95, 120, 1.9799304050824413 }, { 0.99, 5, 4.032142983557536 }, { 0.5, 2, 0.8164965809277259 },
               { 0.999, 30, 3.6459586350420147 }, { 0.95, 1e6, 1.9599663568141092 } };
  (void)state;
  for (size_t r = 0; r < sizeof rows / sizeof *rows; ++r) {
    double got = mtg_student_two_sided(rows[r].level, rows[r].degrees);
    assert_true(fabs(got - rows[r].quantile) < 1e-8 * rows[r].quantile);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(table) };
  return cmocka_run_group_tests_name("student", tests, NULL, NULL);
}
