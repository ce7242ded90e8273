/* SPDX-License-Identifier: MIT */
/* Loops that are compiled for several levels of the processor: each level that this machine has gives the bits of the portable
 * one, and the portable ones are right. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/dense.h"
#include "base/lanes.h"
#include "estimate/process_rows.h"

/* Numbers without a pattern, from 0 to 1. */
static double next_number(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (double)(*state >> 11) / 0x1p53;
}

enum { MOST = 200, N_RHS = 6 };

/* A positive definite matrix, as M M' of random numbers. */
static void fill_matrix(double *a, size_t n) {
  uint64_t rng = n;
  double *m = malloc(n * (n + 2) * sizeof *m);
  assert_non_null(m);
  for (size_t at = 0; at < n * (n + 2); ++at) m[at] = 2 * next_number(&rng) - 1;
  for (size_t c = 0; c < n; ++c)
    for (size_t r = 0; r < n; ++r) {
      a[c * n + r] = r == c ? 0.1 : 0;
      for (size_t k = 0; k < n + 2; ++k) a[c * n + r] += m[k * n + r] * m[k * n + c];
    }
  free(m);
}

/* Of the portable level it is kept, of the others compared. */
static void expect_stage(const double *a, double *known, size_t n, int level, const char *what) {
  if (level == 0) memcpy(known, a, n * n * sizeof *a);
  for (size_t c = 0; c < n; ++c)
    if (memcmp(a + c * n + c, known + c * n + c, (n - c) * sizeof *a) != 0)
      fail_msg("%s, n %zu, level %d: column %zu", what, n, level, c);
}

/* max |A inverse - 1| relative to what cancels. */
static void check_inverse(const double *a, const double *inverse, size_t n) {
  for (size_t r = 0; r < n; ++r)
    for (size_t c = 0; c < n; ++c) {
      double sum = 0, size = 0;
      for (size_t k = 0; k < n; ++k) {
        const double term = a[k * n + r] * (k >= c ? inverse[c * n + k] : inverse[k * n + c]);
        sum += term;
        size += fabs(term);
      }
      if (!(fabs(sum - (r == c)) <= 1e-12 * (double)n * size)) fail_msg("n %zu: entry %zu, %zu of A times its inverse is %g", n, r, c, sum);
    }
}

static void dense_levels(void **state) {
  (void)state;
  static double a[MOST * MOST], matrix[MOST * MOST], known[3][MOST * MOST], rhs[2][N_RHS * (MOST + 3)];
  for (size_t n = 1; n <= MOST; n += n < 40 ? 1 : 37) {
    fill_matrix(a, n);
    for (int level = 0; level <= mtg_lanes_level(); ++level) {
      const mtg_dense *dense = mtg_dense_at(level);
      double *factor = matrix, *x = rhs[level > 0];
      const size_t stride = n + 3;
      memcpy(factor, a, n * n * sizeof *a);
      for (size_t at = 0; at < N_RHS * stride; ++at) x[at] = sin((double)at);
      assert_int_equal(dense->factor(factor, n), 0);
      expect_stage(factor, known[0], n, level, "factor");
      dense->forward(factor, n, x, stride, N_RHS);
      dense->backward(factor, n, x, stride, N_RHS);
      assert_memory_equal(x, rhs[0], N_RHS * stride * sizeof *x);
      for (size_t r = 0; r < n && level == 0; ++r) { /* A x is what was solved for */
        double sum = -sin((double)(stride + r)), size = 1;
        for (size_t k = 0; k < n; ++k) sum += a[k * n + r] * x[stride + k], size += fabs(a[k * n + r] * x[stride + k]);
        assert_true(fabs(sum) <= 1e-13 * (double)n * size);
      }
      dense->invert_triangle(factor, n);
      expect_stage(factor, known[1], n, level, "inverse of the triangle");
      dense->square_triangle(factor, n);
      expect_stage(factor, known[2], n, level, "inverse");
      if (level == 0 && n <= 40) check_inverse(a, factor, n);
    }
  }
}

static void not_positive_definite(void **state) {
  (void)state;
  for (int level = 0; level <= mtg_lanes_level(); ++level)
    for (int bad = 0; bad < 3; ++bad) {
      double a[9 * 9] = { 0 };
      for (size_t i = 0; i < 9; ++i) a[i * 9 + i] = 1;
      a[6 * 9 + 6] = bad == 0 ? -1 : bad == 1 ? NAN : INFINITY;
      assert_int_equal(mtg_dense_at(level)->factor(a, 9), 1);
    }
}

/* Elementary symmetric polynomials by adding one factor after the other. */
static void slow_polynomials(const double *w, const int *differs, size_t n, double *e) {
  memset(e, 0, (MTG_ROWS_DEGREE + 1) * sizeof *e);
  e[0] = 1;
  for (size_t i = 0; i < n; ++i)
    for (size_t k = MTG_ROWS_DEGREE; k > 0; --k) e[k] += (differs[i] ? -w[i] : w[i]) * e[k - 1];
}

static void rows_of_the_process(void **state) {
  enum { PLAYERS = 9, COUNT = 45, STRIDE = COUNT + 8, PLANE = COUNT + 1 };
  (void)state;
  uint64_t rng = 3;
  mtg_rows_kernel kernel = { .constant = 0.5 };
  double w[PLAYERS], differ[MTG_ROWS_ODD * STRIDE] = { 0 }, g[COUNT], signs[STRIDE] = { 0 };
  static double e[2][MTG_ROWS_DEGREE * PLANE], out[2][COUNT], forms[2][MTG_ROWS_FORMS * STRIDE], form[2][MTG_ROWS_FORMS];
  mtg_rows_sums sums[2];
  int differs[COUNT][PLAYERS];
  /* ---- coalitions, and the sums that the loops start from ---- */
  for (size_t i = 0; i < PLAYERS; ++i) {
    double power = 1;
    w[i] = 0.2 + 1.3 * next_number(&rng);
    for (size_t k = 1; k <= MTG_ROWS_DEGREE; ++k) kernel.power[k] += power *= w[i];
  }
  for (size_t k = 1; k <= MTG_ROWS_DEGREE; ++k) kernel.factor[k] = k == 4 ? 0 : next_number(&rng);
  for (size_t c = 0; c < COUNT; ++c) {
    g[c] = 2 * next_number(&rng) - 1;
    signs[c] = next_number(&rng) < 0.5 ? 1 : -1;
    for (size_t i = 0; i < PLAYERS; ++i) {
      differs[c][i] = next_number(&rng) < 0.5;
      for (size_t q = 0; q < MTG_ROWS_ODD; ++q) differ[q * STRIDE + c] += differs[c][i] * pow(w[i], 2.0 * (double)q + 1);
    }
  }
  for (int level = 0; level <= mtg_lanes_level(); ++level) {
    const mtg_process_rows *rows = mtg_process_rows_at(level);
    const int at = level > 0;
    memset(&sums[at], 0, sizeof sums[at]);
    memset(form[at], 0, sizeof form[at]);
    rows->fill(&kernel, COUNT, differ, STRIDE, e[at], PLANE, out[at]);
    rows->weigh(&kernel, COUNT, g, e[at], PLANE, forms[at], STRIDE, &sums[at]);
    rows->form((COUNT + 7) / 8 * 8, forms[at], STRIDE, signs, -1, form[at]);
    assert_memory_equal(e[at], e[0], sizeof e[0]);
    assert_memory_equal(out[at], out[0], sizeof out[0]);
    assert_memory_equal(forms[at], forms[0], sizeof forms[0]);
    assert_memory_equal(&sums[at], &sums[0], sizeof sums[0]);
    assert_memory_equal(form[at], form[0], sizeof form[0]);
  }
  /* ---- by the definitions ---- */
  double want_form[MTG_ROWS_FORMS] = { 0 }, want_order[MTG_ROWS_DEGREE + 1] = { 0 };
  for (size_t c = 0; c < COUNT; ++c) {
    double slow[MTG_ROWS_DEGREE + 1], sum = kernel.constant;
    slow_polynomials(w, differs[c], PLAYERS, slow);
    for (size_t k = 1; k <= MTG_ROWS_DEGREE; ++k) {
      assert_true(fabs(e[0][(k - 1) * PLANE + c] - slow[k]) < 1e-9);
      sum += kernel.factor[k] * slow[k];
      if (kernel.factor[k] != 0) want_order[k] += g[c] * slow[k];
    }
    assert_true(fabs(out[0][c] - sum) < 1e-9);
    for (size_t f = 0; f < MTG_ROWS_FORMS; ++f)
      for (size_t k = 2 * f; k < MTG_ROWS_DEGREE; ++k) want_form[f] -= g[c] * kernel.factor[k + 1] * slow[k - 2 * f] * signs[c];
  }
  for (size_t f = 0; f < MTG_ROWS_FORMS; ++f) assert_true(fabs(form[0][f] - want_form[f]) < 1e-9);
  for (size_t k = 1; k <= MTG_ROWS_DEGREE; ++k) assert_true(fabs(MTG_LANES_SUM(sums[0].order[k]) - want_order[k]) < 1e-9);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(dense_levels),
    cmocka_unit_test(not_positive_definite),
    cmocka_unit_test(rows_of_the_process),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
