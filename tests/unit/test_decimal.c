/* SPDX-License-Identifier: MIT */
/* Decimal to double: hard cases with known answers, and a million doubles there and back against the C library. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "result/decimal.h"

static double read_all(const char *text) {
  double value = 0;
  assert_int_equal(mtg_decimal_read(text, strlen(text), &value), strlen(text));
  return value;
}

static uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static void hard_cases(void **state) {
  static const char *const texts[] = {
    "0", "-0", "1", "-1.5", "+2", "1e0", "1E+2", ".5", "5.", "0.1", "9007199254740993", "9007199254740992.9999", "9007199254740993.0000000001",
    "2.2250738585072011e-308", "2.2250738585072014e-308", "2.2250738585072012e-308", "4.9406564584124654e-324", "2.4703282292062327e-324",
    "2.4703282292062328e-324", "2.47032822920623272e-324", "1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308",
    "1e309", "1e-400", "1e99999999999999999999", "1e-99999999999999999999", "0e99999999999999999999", "8.5e22", "1e23", "6.02214076e23",
    "123456789012345678901234567890", "0.000000000000000000000000000000000000000000123456789012345678901234567890",
    "1.00000000000000011102230246251565404236316680908203125", "1.00000000000000011102230246251565404236316680908203124",
    "1.00000000000000011102230246251565404236316680908203126", "5e-324", "7.4109846876186982e-324", "9214843084008499", "30078505129381147446200",
  };
  (void)state;
  for (size_t t = 0; t < sizeof texts / sizeof *texts; ++t)
    if (bits_of(read_all(texts[t])) != bits_of(strtod(texts[t], NULL)))
      fail_msg("%s is %.17g, must be %.17g", texts[t], read_all(texts[t]), strtod(texts[t], NULL));
}

/* The midpoint of two doubles, with zeros and a last digit far beyond what is kept. */
static void ties_are_decided_by_the_last_of_many_digits(void **state) {
  static const char tie[] = "1.00000000000000011102230246251565404236316680908203125";
  char text[3000];
  (void)state;
  for (size_t zeros = 0; zeros < 2500; zeros += 311) {
    memcpy(text, tie, sizeof tie - 1);
    memset(text + sizeof tie - 1, '0', zeros);
    text[sizeof tie - 1 + zeros] = '\0';
    assert_true(read_all(text) == 1);
    strcat(text, "1");
    assert_true(read_all(text) == 1 + 0x1p-52);
  }
  memset(text, '0', 2900); /* zeros in front change nothing, and an exponent takes back what they say */
  memcpy(text, "0.", 2);
  strcpy(text + 2900, "15e2899");
  assert_true(read_all(text) == 1.5);
  memset(text, '0', 2900);
  text[0] = '7';
  strcpy(text + 2900, "e-2899");
  assert_true(read_all(text) == 7);
}

static void doubles_there_and_back(void **state) {
  uint64_t random = 88172645463325252u;
  (void)state;
  for (int k = 0; k < 400000; ++k) {
    char text[64];
    double value;
    random = random * 6364136223846793005u + 1442695040888963407u;
    uint64_t bits = random ^ random >> 29;
    if (k % 4 == 0) bits &= UINT64_C(0x800fffffffffffff); /* subnormal */
    if (k % 4 == 1) bits = (bits & UINT64_C(0x800fffffffffffff)) | (uint64_t)(1023 - 20 + k % 40) << 52;
    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value)) continue;
    snprintf(text, sizeof text, "%.*g", k % 3 == 0 ? 17 : k % 3 == 1 ? 21 : 5, value);
    if (bits_of(read_all(text)) != bits_of(strtod(text, NULL))) fail_msg("%s", text);
    if (k % 3 < 2) assert_true(bits_of(read_all(text)) == bits);
  }
}

static void what_is_no_number(void **state) {
  static const struct { const char *text; size_t used; } cases[] = { { "", 0 }, { "-", 0 }, { ".", 0 }, { "e5", 0 }, { "+.e1", 0 }, { "1e", 1 },
                                                                     { "1e+", 1 }, { "1e+x", 1 }, { "1.5.2", 3 }, { "1,5", 1 }, { "0x10", 1 },
                                                                     { " 1", 0 }, { "12abc", 2 } };
  (void)state;
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
    double value = 0;
    assert_int_equal(mtg_decimal_read(cases[c].text, strlen(cases[c].text), &value), cases[c].used);
  }
  double value = 0;
  assert_int_equal(mtg_decimal_read("123", 2, &value), 2);
  assert_true(value == 12);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(hard_cases), cmocka_unit_test(ties_are_decided_by_the_last_of_many_digits),
                                      cmocka_unit_test(doubles_there_and_back), cmocka_unit_test(what_is_no_number) };
  return cmocka_run_group_tests_name("decimal", tests, NULL, NULL);
}
