/* SPDX-License-Identifier: MIT */
/* Semivalue weights, quadrature and Gram matrices against what they must equal. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/linalg.h"
#include "base/mask.h"
#include "base/quadrature.h"
#include "base/semivalue.h"
#include "estimate/gram.h"

static double next_random(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (double)(*state >> 11) * 0x1p-53 - 0.5;
}

/* The halving form X_j - c and the marginals give the same numbers, for every size up to the limit of a quick table. */
static void weights_agree_with_marginals(void **state) {
  (void)state;
  for (int kind = MTG_SHAPLEY; kind <= MTG_BANZHAF; ++kind)
    for (uint32_t k = 1; k <= 12; ++k) {
      double p[13], q[13], phi[12], total = 0, *values = malloc(((size_t)1 << k) * sizeof *values);
      uint64_t seed = k;
      assert_non_null(values);
      for (uint64_t s = 0; s < UINT64_C(1) << k; ++s) values[s] = next_random(&seed);
      mtg_semivalue_weights(kind, k, p, q);
      mtg_semivalue_table(k, values, q, phi);
      for (uint32_t j = 0; j < k; ++j) {
        double x = 0, c = 0;
        for (uint64_t s = 0; s < UINT64_C(1) << k; ++s) {
          c += q[mtg_popcount(s)] * values[s];
          if (s >> j & 1) x += p[mtg_popcount(s)] * values[s];
        }
        assert_true(fabs(phi[j] - (x - c)) < 1e-13);
        total += phi[j];
      }
      if (kind == MTG_SHAPLEY) assert_true(fabs(total - (values[(UINT64_C(1) << k) - 1] - values[0])) < 1e-13);
      free(values);
    }
}

static void null_player_is_exactly_zero(void **state) {
  enum { K = 7, NULL_PLAYER = 3 };
  double p[K + 1], q[K + 1], phi[K], values[1 << K];
  uint64_t seed = 9;
  (void)state;
  for (uint64_t s = 0; s < 1 << K; ++s) values[s] = s >> NULL_PLAYER & 1 ? values[s ^ (1u << NULL_PLAYER)] : next_random(&seed);
  mtg_semivalue_weights(MTG_SHAPLEY, K, p, q);
  mtg_semivalue_table(K, values, q, phi);
  assert_true(phi[NULL_PLAYER] == 0);
}

static void gauss_legendre_is_exact_for_polynomials(void **state) {
  static const size_t counts[] = { 1, 2, 3, 8, 64, 257, 4096 };
  (void)state;
  for (size_t c = 0; c < sizeof counts / sizeof *counts; ++c) {
    const size_t count = counts[c];
    double *nodes = malloc(2 * count * sizeof *nodes), *weights = nodes + count;
    assert_non_null(nodes);
    mtg_gauss_legendre(count, nodes, weights);
    const size_t most = 2 * count - 1 < 40 ? 2 * count - 1 : 40;
    for (size_t degree = 0; degree <= most; ++degree) {
      double sum = 0;
      for (size_t q = 0; q < count; ++q) sum += weights[q] * pow(nodes[q], (double)degree);
      assert_true(fabs(sum - 1 / ((double)degree + 1)) < 1e-13);
    }
    for (size_t q = 1; q < count; ++q) assert_true(nodes[q] > nodes[q - 1]);
    free(nodes);
  }
}

static void gram_equals_the_sum_over_rows(void **state) {
  enum { K = 9, ROWS = 150, STRIDE = 4 };
  uint64_t columns[K * STRIDE] = { 0 }, seed = 5;
  const mtg_segment segments[] = { { 0, 1, 0.25 }, { 1, 4, 3.0 } }; /* 64 rows, then the rest */
  double gram[(K - 1) * (K - 1)], expected[(K - 1) * (K - 1)] = { 0 };
  (void)state;
  for (size_t row = 0; row < ROWS; ++row) {
    int z[K];
    for (size_t v = 0; v < K; ++v) {
      z[v] = next_random(&seed) > 0;
      columns[v * STRIDE + row / 64] |= (uint64_t)z[v] << (row % 64);
    }
    for (size_t a = 0; a + 1 < K; ++a)
      for (size_t b = 0; b + 1 < K; ++b) expected[b * (K - 1) + a] += (row < 64 ? 0.25 : 3.0) * (z[a] - z[K - 1]) * (z[b] - z[K - 1]);
  }
  mtg_gram(columns, K, STRIDE, segments, 2, gram);
  for (size_t b = 0; b + 1 < K; ++b)
    for (size_t a = b; a + 1 < K; ++a) assert_true(gram[b * (K - 1) + a] == expected[b * (K - 1) + a]);
}

static void factor_reports_rank(void **state) {
  enum { N = 4 };
  double work[N * N + 4 * N], rcond, deficient[N * N], good[N * N], rhs[N];
  size_t rank = 0;
  (void)state;
  for (size_t b = 0; b < N; ++b) /* rank two: x x' + y y' with x = 1, y = 0..3 */
    for (size_t a = 0; a < N; ++a) {
      deficient[b * N + a] = 1 + (double)(a * b);
      good[b * N + a] = a == b ? 4 : 1;
    }
  assert_int_equal(mtg_spd_factor(deficient, N, work, &rank, &rcond), 1);
  assert_int_equal(rank, 2);
  assert_int_equal(mtg_spd_factor(good, N, work, &rank, &rcond), 0);
  assert_int_equal(rank, N);
  assert_true(rcond > 0.1 && rcond <= 1);
  for (size_t i = 0; i < N; ++i) rhs[i] = 7; /* rows sum to 7 */
  mtg_spd_solve(good, N, rhs, 1);
  for (size_t i = 0; i < N; ++i) assert_true(fabs(rhs[i] - 1) < 1e-14);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(weights_agree_with_marginals), cmocka_unit_test(null_player_is_exactly_zero),
                                      cmocka_unit_test(gauss_legendre_is_exact_for_polynomials),
                                      cmocka_unit_test(gram_equals_the_sum_over_rows), cmocka_unit_test(factor_reports_rank) };
  return cmocka_run_group_tests_name("numbers", tests, NULL, NULL);
}
