/* SPDX-License-Identifier: MIT */
/* Plans of larger budgets hold those of smaller ones, up to a few rows, and are uniform draws all the same. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "plan/kernel.h"
#include "plan/strata.h"

enum { FREE = 0, PINNED, MIXED, KINDS };

static void make_problem(mtg_problem *problem, int32_t own[2], uint32_t n, int kind, uint64_t budget, uint64_t seed) {
  memset(problem, 0, sizeof *problem);
  assert_int_equal(mtg_alloc_from(&problem->alloc, NULL, NULL), METAGAME_OK);
  problem->n = n;
  problem->m = 2;
  problem->words = mtg_mask_words(n);
  own[0] = kind == FREE ? METAGAME_NO_PLAYER : 0;
  own[1] = kind == PINNED ? (int32_t)n - 1 : METAGAME_NO_PLAYER;
  problem->own = own;
  problem->has_pinned = kind != FREE;
  problem->has_free = kind != PINNED;
  problem->n_own = kind == FREE ? 0 : kind == PINNED && n > 1 ? 2 : 1;
  problem->order = 1;
  problem->seed = seed;
  problem->budget = budget;
}

static int compare(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

/* Sorted coalitions of a plan; *repeats: how many are there more than once. */
static uint64_t *rows_of(uint32_t n, int kind, int is_strata, uint64_t budget, uint64_t seed, uint64_t *count, uint64_t *repeats) {
  mtg_problem problem;
  int32_t own[2];
  uint64_t *rows;
  make_problem(&problem, own, n, kind, budget, seed);
  if (is_strata) {
    mtg_strata plan;
    mtg_strata_open(&plan, &problem, NULL);
    *count = plan.n_rows;
    rows = calloc(*count, sizeof *rows);
    assert_non_null(rows);
    for (uint64_t r = 0; r < *count; ++r) rows[r] = mtg_strata_row(&plan, r);
  } else {
    mtg_kernel plan;
    assert_int_equal(mtg_kernel_open(&plan, &problem, NULL), METAGAME_OK);
    *count = plan.n_rows;
    rows = calloc(*count, sizeof *rows);
    assert_non_null(rows);
    for (uint64_t r = 0; r < *count; ++r) mtg_kernel_row(&plan, r, &rows[r]);
    mtg_kernel_close(&plan);
  }
  qsort(rows, *count, sizeof *rows, compare);
  *repeats = 0;
  for (uint64_t r = 1; r < *count; ++r) *repeats += rows[r] == rows[r - 1];
  return rows;
}

static uint64_t least_of(uint32_t n, int kind, int is_strata) {
  mtg_problem problem;
  int32_t own[2];
  uint64_t least = 0;
  make_problem(&problem, own, n, kind, 0, 0);
  if (!is_strata) return mtg_kernel_least_budget(&problem);
  assert_int_equal(mtg_strata_least_budget(&problem, &least, NULL), METAGAME_OK);
  return least;
}

/* Rows of the smaller plan that the larger has not. */
static void chain(uint32_t n, int kind, int is_strata, double factor, uint64_t seed, uint64_t *all_missing, uint64_t *all_rows) {
  uint64_t count, repeats, budget = least_of(n, kind, is_strata), *rows = rows_of(n, kind, is_strata, budget, seed, &count, &repeats);
  for (int step = 0; step < (factor < 2 ? 14 : 5); ++step) {
    uint64_t next_count, missing = 0;
    budget = (uint64_t)((double)budget * factor) + 1;
    uint64_t *next = rows_of(n, kind, is_strata, budget, seed, &next_count, &repeats);
    assert_true(next_count <= budget);
    if (!is_strata && repeats > 0) fail_msg("n %u, kind %d, budget %llu: %llu repeats", n, kind, (unsigned long long)budget, (unsigned long long)repeats);
    for (uint64_t r = 0; r < count; ++r)
      missing += (r == 0 || rows[r] != rows[r - 1]) && !bsearch(&rows[r], next, next_count, sizeof *next, compare);
    /* A draw of a size now and then; where strata make a size whole, others give for it. */
    if (missing > 2 + count / (is_strata ? 4 : 20))
      fail_msg("n %u, kind %d, strata %d, factor %g, budget %llu: %llu of %llu rows are missing", n, kind, is_strata, factor,
               (unsigned long long)budget, (unsigned long long)missing, (unsigned long long)count);
    *all_missing += missing;
    *all_rows += count;
    free(rows);
    rows = next;
    count = next_count;
  }
  free(rows);
}

static void larger_plans_hold_smaller_ones(void **state) {
  (void)state;
  for (int is_strata = 0; is_strata < 2; ++is_strata)
    for (int kind = 0; kind < KINDS; ++kind)
      for (int slow = 0; slow < 2; ++slow) {
        uint64_t missing = 0, rows = 0;
        for (uint32_t n = 3; n <= (is_strata ? 32 : 40); ++n) chain(n, kind, is_strata, slow ? 1.1 : 2, n, &missing, &rows);
        if (missing * (is_strata ? 50 : 200) > rows)
          fail_msg("kind %d, strata %d, slow %d: %llu of %llu rows are missing", kind, is_strata, slow, (unsigned long long)missing,
                   (unsigned long long)rows);
      }
}

/* How often each subset of a size is in the plan, over seeds: uniform without replacement has variance N p (1-p) for each, and the sum
 * of squares is chi-square with K - 1 degrees of freedom. Both by rejection alone and beyond one half. Seeds are fixed. */
static void draws_are_uniform(void **state) {
  enum { SEEDS = 4000, MOST = 1 << 9 };
  static const uint64_t budgets[] = { 60, 110, 150 }; /* of 7 players, 128 coalitions; of 8, 256 */
  (void)state;
  int beyond_half = 0, below_half = 0;
  for (int kind = 0; kind < 2; ++kind)
    for (size_t b = 0; b < 3; ++b) {
      const uint32_t n = b == 2 ? 8 : 7;
      double *counts = calloc(MOST, sizeof *counts);
      assert_non_null(counts);
      for (uint64_t seed = 0; seed < SEEDS; ++seed) {
        uint64_t count, repeats, *rows = rows_of(n, kind, 0, budgets[b], seed, &count, &repeats);
        for (uint64_t r = 0; r < count; ++r) counts[rows[r]] += 1;
        free(rows);
      }
      for (uint32_t t = 1; t < n; ++t) {
        double subsets = 0, total = 0, sum = 0;
        for (uint64_t s = 0; s < UINT64_C(1) << n; ++s)
          if (mtg_popcount(s) == t) subsets += 1, total += counts[s];
        const double p = total / subsets / SEEDS;
        if (p <= 0 || p > 1 - 1e-9) continue;
        for (uint64_t s = 0; s < UINT64_C(1) << n; ++s)
          if (mtg_popcount(s) == t) sum += pow(counts[s] - SEEDS * p, 2) / (SEEDS * p * (1 - p));
        /* Pairs of the middle size are one draw for two subsets. */
        const double degrees = kind == FREE && 2 * t == n ? subsets / 2 - 1 : subsets - 1, part = kind == FREE && 2 * t == n ? 0.5 : 1;
        const double z = (sum * part * degrees / (degrees + 1) - degrees) / sqrt(2 * degrees);
        *(p > 0.5 ? &beyond_half : &below_half) += 1;
        if (!(z < 4.5 && z > -4.5)) fail_msg("kind %d, budget %llu, size %u: p %g, z %g", kind, (unsigned long long)budgets[b], t, p, z);
      }
      free(counts);
    }
  assert_true(beyond_half >= 5 && below_half >= 3);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(larger_plans_hold_smaller_ones), cmocka_unit_test(draws_are_uniform) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
