/* SPDX-License-Identifier: MIT */
/* Coalition rows against a naive bit loop, and the numbering set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mask.h"
#include "base/mask_set.h"

static void rows_against_naive_loops(void **state) {
  static const uint32_t sizes[] = { 1, 2, 63, 64, 65, 127, 128, 129, 200 };
  (void)state;
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
    const uint32_t n = sizes[s];
    uint64_t mask[4], complement[4], full[4];
    const size_t words = mtg_mask_words(n);
    uint32_t count = 0;
    assert_int_equal(words, n / 64 + (n % 64 != 0));
    mtg_mask_clear(mask, words);
    for (uint32_t p = 0; p < n; p += 3) mtg_mask_add(mask, p);
    if (n > 3) mtg_mask_remove(mask, 3);
    mtg_mask_fill(full, n);
    mtg_mask_complement(complement, mask, n);
    for (uint32_t p = 0; p < n; ++p) {
      const int expected = p % 3 == 0 && p != 3;
      assert_int_equal(mtg_mask_has(mask, p), expected);
      assert_int_equal(mtg_mask_has(complement, p), !expected);
      assert_true(mtg_mask_has(full, p));
      count += (uint32_t)expected;
    }
    assert_int_equal(mtg_mask_count(mask, words), count);
    assert_int_equal(mtg_mask_count(complement, words), n - count);
    assert_int_equal(mtg_mask_count(full, words), n); /* spare bits are zero */
  }
}

static void set_numbers_in_order_of_arrival(void **state) {
  enum { MEMBERS = 5000, WORDS = 2 };
  mtg_alloc alloc;
  mtg_mask_set set;
  (void)state;
  assert_int_equal(mtg_alloc_from(&alloc, NULL, NULL), METAGAME_OK);
  mtg_mask_set_open(&set, &alloc, WORDS);
  for (int round = 0; round < 2; ++round)
    for (uint64_t member = 0; member < MEMBERS; ++member) {
      const uint64_t mask[WORDS] = { member * UINT64_C(0x9e3779b97f4a7c15), member >> 3 };
      uint64_t number = UINT64_MAX;
      int added = -1;
      assert_int_equal(mtg_mask_set_add(&set, mask, &number, &added), 0);
      assert_int_equal(number, member);
      assert_int_equal(added, round == 0);
    }
  assert_int_equal(set.count, MEMBERS);
  mtg_mask_set_close(&set);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(rows_against_naive_loops), cmocka_unit_test(set_numbers_in_order_of_arrival) };
  return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
