/* SPDX-License-Identifier: MIT */
/* Philox4x32-10 against the published vectors (Random123, kat_vectors), and the draws made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/random.h"

static void known_answers(void **state) {
  static const struct {
    uint32_t counter[4], key[2], out[4];
  } vectors[] = {
    { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
    { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff }, { 0xffffffff, 0xffffffff },
      { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
    { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, { 0xa4093822, 0x299f31d0 },
      { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
  };
  (void)state;
  for (size_t v = 0; v < sizeof vectors / sizeof *vectors; ++v) {
    uint32_t out[4];
    mtg_philox(vectors[v].counter, vectors[v].key, out);
    for (int word = 0; word < 4; ++word) assert_int_equal(out[word], vectors[v].out[word]);
  }
}

static void draws_are_functions_of_their_place(void **state) {
  mtg_random a = mtg_random_at(7, MTG_STREAM_ORDERS, 3), b = mtg_random_at(7, MTG_STREAM_ORDERS, 3);
  mtg_random other_unit = mtg_random_at(7, MTG_STREAM_ORDERS, 4), other_stream = mtg_random_at(7, MTG_STREAM_SIZES, 3);
  int same_unit = 0, same_stream = 0;
  (void)state;
  for (int draw = 0; draw < 100; ++draw) {
    uint32_t value = mtg_random_u32(&a);
    assert_int_equal(value, mtg_random_u32(&b));
    same_unit += value == mtg_random_u32(&other_unit);
    same_stream += value == mtg_random_u32(&other_stream);
  }
  assert_true(same_unit < 3 && same_stream < 3);
}

static void below_is_uniform(void **state) {
  enum { BOUND = 7, DRAWS = 70000 };
  int counts[BOUND] = { 0 };
  mtg_random random = mtg_random_at(1, MTG_STREAM_SUBSETS, 0);
  double chi_square = 0;
  (void)state;
  for (int draw = 0; draw < DRAWS; ++draw) {
    uint32_t value = mtg_random_below(&random, BOUND);
    assert_true(value < BOUND);
    ++counts[value];
  }
  for (int value = 0; value < BOUND; ++value) {
    double excess = counts[value] - DRAWS / BOUND;
    chi_square += excess * excess / (DRAWS / BOUND);
  }
  assert_true(chi_square < 22.5); /* 0.001 quantile at 6 degrees of freedom */
}

static void unit_interval(void **state) {
  mtg_random random = mtg_random_at(2, MTG_STREAM_SIZES, 0);
  double sum = 0;
  (void)state;
  for (int draw = 0; draw < 10000; ++draw) {
    double value = mtg_random_unit(&random);
    assert_true(value >= 0 && value < 1);
    sum += value;
  }
  assert_true(sum > 4900 && sum < 5100);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(known_answers), cmocka_unit_test(draws_are_functions_of_their_place),
                                      cmocka_unit_test(below_is_uniform), cmocka_unit_test(unit_interval) };
  return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
