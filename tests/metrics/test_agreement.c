/* SPDX-License-Identifier: MIT */
/* Rank correlations by hand and by brute force, comparison of results, rank stability, the Lipschitz estimate. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "metagame/metrics.h"
#include "support.h"

static void near(double a, double b, double tolerance) {
  if (!(fabs(a - b) <= tolerance)) fail_msg("%.17g is not %.17g", a, b);
}

static metagame_comparison compared(const double *a, const double *b, size_t count, size_t k) {
  metagame_comparison out = METAGAME_COMPARISON_INIT;
  assert_int_equal(metagame_compare(a, b, count, k, &out, NULL, NULL), METAGAME_OK);
  return out;
}

static void by_hand(void **state) {
  (void)state;
  /* ranks 1, 2.5, 2.5, 4 and 1, 3.5, 2, 3.5: 3.75/4.5; four pairs agree, none opposes, one tie each: 4/sqrt(5*5) */
  const double a[4] = { 1, 2, 2, 3 }, b[4] = { 1, 3, 2, 3 };
  metagame_comparison c = compared(a, b, 4, 2);
  near(c.spearman, 5.0 / 6, 1e-15);
  near(c.kendall, 0.8, 1e-15);
  near(c.pearson, 2.0 / sqrt(2 * 2.75), 1e-15);
  near(c.precision, 1, 0); /* entries 3 and 1 (before 2, which is equal) of a, 1 and 3 of b */
  near(compared(a, b, 4, 1).precision, 0, 0);
  assert_int_equal(c.count, 4);
  assert_int_equal(c.k, 2);
  near(c.mean_absolute, 0.25, 0);
  near(c.root_mean_square, 0.5, 0);
  /* five and a reversal; one exchange: 1 - 6*2/(5*24) = 0.9, (9 - 1)/10 = 0.8 */
  const double up[5] = { 1, 2, 3, 4, 5 }, down[5] = { 50, 40, 30, 20, 10 }, near_up[5] = { 1, 2, 4, 3, 5 };
  c = compared(up, down, 5, 0);
  assert_true(c.spearman == -1 && c.kendall == -1 && c.k == 5 && c.precision == 1);
  near(c.pearson, -1, 1e-15);
  c = compared(up, up, 5, 1);
  assert_true(c.spearman == 1 && c.kendall == 1 && c.precision == 1 && c.mean_absolute == 0 && c.root_mean_square == 0);
  c = compared(up, near_up, 5, 2);
  near(c.spearman, 0.9, 1e-15);
  near(c.kendall, 0.8, 1e-15);
  near(c.precision, 0.5, 0);
  /* magnitudes, ties by index */
  const double signs[4] = { -5, 1, 4, -4 }, other[4] = { 0, -9, 8, 8 };
  near(compared(signs, other, 4, 2).precision, 0.5, 0); /* {0, 2} and {1, 2} */
  /* constant lists have no correlation */
  const double flat[3] = { 2, 2, 2 };
  c = compared(flat, up, 3, 1);
  assert_true(isnan(c.spearman) && isnan(c.kendall) && isnan(c.pearson) && c.precision == 0);
  c = compared(up, up, 1, 0);
  assert_true(isnan(c.spearman) && isnan(c.kendall) && c.precision == 1 && c.k == 1);
  const double huge[3] = { -1e300, 1e300, 1e299 }, tiny[3] = { -1e-300, 1e-300, 1e-301 };
  near(compared(huge, tiny, 3, 1).pearson, 1, 1e-15);
  near(compared(huge, tiny, 3, 1).root_mean_square, 1e300 * sqrt(2.01 / 3), 1e286);
}

/* O(n^2) tau-b and ranks by counting. */
static void brute(const double *a, const double *b, size_t count, double *spearman, double *kendall) {
  double pq = 0, xa = 0, xb = 0, aa = 0, bb = 0, ab = 0;
  for (size_t i = 0; i < count; ++i) {
    double ra = 0, rb = 0;
    for (size_t j = 0; j < count; ++j) {
      const int sa = (a[i] > a[j]) - (a[i] < a[j]), sb = (b[i] > b[j]) - (b[i] < b[j]);
      ra += sa / 2.0;
      rb += sb / 2.0;
      if (j >= i) continue;
      pq += sa * sb;
      xa += sa != 0;
      xb += sb != 0;
    }
    aa += ra * ra;
    bb += rb * rb;
    ab += ra * rb;
  }
  *spearman = ab / sqrt(aa * bb);
  *kendall = pq / sqrt(xa * xb);
}

static void by_force(void **state) {
  (void)state;
  ts_rng rng = ts_rng_make(17);
  for (int trial = 0; trial < 400; ++trial) {
    double a[130], b[130], spearman, kendall;
    const size_t count = 3 + ts_rng_below(&rng, 127);
    const uint64_t levels = trial % 4 == 0 ? 3 : trial % 4 == 1 ? 20 : 1u << 30;
    for (size_t at = 0; at < count; ++at) {
      a[at] = (double)ts_rng_below(&rng, levels) - 5;
      b[at] = (double)ts_rng_below(&rng, levels) + (trial & 8 ? a[at] : 0);
    }
    brute(a, b, count, &spearman, &kendall);
    const metagame_comparison c = compared(a, b, count, 3);
    if (isnan(spearman) || isinf(spearman)) continue;
    near(c.spearman, spearman, 1e-12);
    near(c.kendall, kendall, 1e-12);
  }
}

/* ---- results ---- */

static void results(void **state) {
  (void)state;
  enum { N = 5 };
  ts_rng rng = ts_rng_make(2);
  ts_table *tables[2] = { ts_table_random(&rng, N, 3), ts_table_random(&rng, N, 3) };
  metagame_result *r[3] = { NULL, NULL, NULL };
  metagame_comparison out = METAGAME_COMPARISON_INIT;
  metagame_error err;
  double cells[2][3 * N];
  size_t count = 0;
  for (int t = 0; t < 2; ++t) {
    metagame_game *game = NULL;
    tables[t]->own[0] = 3;
    tables[t]->own[2] = 0;
    const metagame_attributor attributor = ts_table_attributor(tables[t]);
    metagame_options options = METAGAME_OPTIONS_INIT;
    assert_int_equal(metagame_game_from_attributor(&game, &attributor, NULL, NULL), METAGAME_OK);
    assert_int_equal(metagame_solve(&r[t], game, NULL, NULL), METAGAME_OK);
    options.flags = METAGAME_UNPINNED;
    if (t == 1) assert_int_equal(metagame_solve(&r[2], game, &options, NULL), METAGAME_OK);
    metagame_game_destroy(game);
  }
  for (size_t at = 0; at < 3 * N; ++at) {
    if (at == 3 || at == 2 * N) continue; /* the two diagonal cells */
    cells[0][count] = metagame_result_matrix(r[0])[at];
    cells[1][count++] = metagame_result_matrix(r[1])[at];
  }
  assert_int_equal(metagame_result_compare(r[0], r[1], 4, &out, NULL), METAGAME_OK);
  const metagame_comparison wanted = compared(cells[0], cells[1], count, 4);
  assert_memory_equal(&out, &wanted, sizeof out);
  assert_int_equal(out.count, 13);
  assert_int_equal(metagame_result_compare(r[0], r[0], 0, &out, NULL), METAGAME_OK);
  assert_true(out.spearman == 1 && out.kendall == 1 && out.precision == 1);
  assert_int_equal(metagame_result_compare(r[2], r[2], 0, &out, NULL), METAGAME_OK);
  assert_int_equal(out.count, 15);
  fx_expect(metagame_result_compare(r[0], r[2], 0, &out, &err), METAGAME_E_ARGUMENT, &err, "target 0", "own player", NULL);
  fx_expect(metagame_result_compare(r[0], r[1], 14, &out, &err), METAGAME_E_ARGUMENT, &err, "k is 14", "1..13", NULL);
  for (int t = 0; t < 3; ++t) metagame_result_destroy(r[t]);
  ts_table_free(tables[0]);
  ts_table_free(tables[1]);
}

/* ---- rank stability ---- */

static void stability(void **state) {
  (void)state;
  /* three replicates: two equal, one reversed: means over the pairs (0,1), (0,2), (1,2) */
  const double up[3] = { 1, 2, 3 }, down[3] = { 3, 2, 1 };
  const double *const three[3] = { up, up, down };
  metagame_stability s = METAGAME_STABILITY_INIT;
  assert_int_equal(metagame_rank_stability(three, 3, 3, 1, &s, NULL, NULL), METAGAME_OK);
  assert_int_equal(s.n_pairs, 3);
  near(s.spearman, -1.0 / 3, 1e-15);
  near(s.kendall, -1.0 / 3, 1e-15);
  near(s.precision, 1.0 / 3, 1e-15);
  assert_true(isnan(s.spearman_error) && isnan(s.kendall_error) && isnan(s.precision_error));
  const double *const four[4] = { up, up, up, down }; /* without an `up`: (1 - 1 - 1)/3; without `down`: 1 */
  assert_int_equal(metagame_rank_stability(four, 4, 3, 3, &s, NULL, NULL), METAGAME_OK);
  near(s.spearman, 0, 1e-15);
  near(s.spearman_error, sqrt(0.75 * (3 * 1.0 / 9 + 1)), 1e-15);
  assert_true(s.precision == 1 && s.precision_error == 0);
}

/* Replicates are a fixed ranking and noise: the jackknife against the spread of the statistic over repetitions. */
static void stability_error(void **state) {
  (void)state;
  enum { REPLICATES = 12, COUNT = 15, REPEATS = 300 };
  ts_rng rng = ts_rng_make(31);
  double mean[2] = { 0, 0 }, squares[2] = { 0, 0 }, reported[2] = { 0, 0 };
  for (int repeat = 0; repeat < REPEATS; ++repeat) {
    double lists[REPLICATES][COUNT];
    const double *rows[REPLICATES];
    metagame_stability s = METAGAME_STABILITY_INIT;
    for (int r = 0; r < REPLICATES; ++r) {
      rows[r] = lists[r];
      for (int at = 0; at < COUNT; ++at) lists[r][at] = at / 15.0 + ts_rng_real(&rng, -0.8, 0.8);
    }
    assert_int_equal(metagame_rank_stability(rows, REPLICATES, COUNT, 5, &s, NULL, NULL), METAGAME_OK);
    const double found[2] = { s.spearman, s.kendall }, errors[2] = { s.spearman_error, s.kendall_error };
    for (int q = 0; q < 2; ++q) {
      mean[q] += found[q] / REPEATS;
      squares[q] += found[q] * found[q] / REPEATS;
      reported[q] += errors[q] / REPEATS;
    }
  }
  for (int q = 0; q < 2; ++q) {
    const double spread = sqrt(squares[q] - mean[q] * mean[q]);
    print_message("%s: mean %.4f, spread %.4f, reported %.4f\n", q ? "kendall" : "spearman", mean[q], spread, reported[q]);
    assert_true(reported[q] > 0.75 * spread && reported[q] < 1.35 * spread);
  }
}

/* ---- Lipschitz ---- */

static void lipschitz(void **state) {
  (void)state;
  /* A(x) = (3 x_0, x_1): 3 along x_0, 1 along x_1, sqrt(5) along both; 3 is the operator norm */
  const double steps[4][2] = { { 0, 0.5 }, { -0.25, 0 }, { 1, 1 }, { 0.1, 0 } };
  double distances[4], a[8], b[8];
  metagame_pairs pairs = METAGAME_PAIRS_INIT;
  metagame_lipschitz out = METAGAME_LIPSCHITZ_INIT;
  for (int p = 0; p < 4; ++p) {
    distances[p] = hypot(steps[p][0], steps[p][1]);
    a[2 * p] = 6;
    a[2 * p + 1] = -1;
    b[2 * p] = 6 + 3 * steps[p][0];
    b[2 * p + 1] = -1 + steps[p][1];
  }
  pairs.n_pairs = 4;
  pairs.count = 2;
  pairs.distances = distances;
  pairs.a = a;
  pairs.b = b;
  assert_int_equal(metagame_local_lipschitz(&pairs, &out, NULL), METAGAME_OK);
  near(out.largest, 3, 1e-14);
  near(out.raw_largest, 3, 1e-14);
  near(out.mean, (1 + 3 + sqrt(5) + 3) / 4, 1e-14);
  near(out.raw_mean, out.mean, 1e-14);
  assert_true(out.worst == 1 || out.worst == 3);
  const double m = out.mean;
  near(out.mean_error, sqrt((pow(1 - m, 2) + 2 * pow(3 - m, 2) + pow(sqrt(5) - m, 2)) / 12), 1e-14);
  /* |a - b| = 5, noise 3: 4 is left; over a distance of 2. More noise than difference leaves 0 */
  const double d[2] = { 2, 1 }, x[4] = { 3, 4, 1, 0 }, y[4] = { 0, 0, 0, 0 }, ea[4] = { 0, sqrt(5), 1, 1 }, eb[4] = { 2, 0, 0, 0 };
  pairs.n_pairs = 2;
  pairs.distances = d;
  pairs.a = x;
  pairs.b = y;
  pairs.a_error = ea;
  pairs.b_error = eb;
  assert_int_equal(metagame_local_lipschitz(&pairs, &out, NULL), METAGAME_OK);
  near(out.largest, 2, 1e-14);
  near(out.mean, 1, 1e-14);
  near(out.raw_largest, 2.5, 1e-14);
  near(out.raw_mean, 1.75, 1e-14);
  near(out.mean_error, 1, 1e-14);
  assert_int_equal(out.worst, 0);
  pairs.n_pairs = 1;
  assert_int_equal(metagame_local_lipschitz(&pairs, &out, NULL), METAGAME_OK);
  assert_true(isnan(out.mean_error));
}

/* Noisy attributions of a linear map of slope 1: the raw estimate sees the noise, the corrected one does not. */
static void lipschitz_noise(void **state) {
  (void)state;
  enum { PAIRS = 400, COUNT = 50 };
  ts_rng rng = ts_rng_make(4);
  double *a = ts_alloc(PAIRS * COUNT, sizeof *a), *b = ts_alloc(PAIRS * COUNT, sizeof *b), *e = ts_alloc(PAIRS * COUNT, sizeof *e);
  double distances[PAIRS];
  metagame_pairs pairs = METAGAME_PAIRS_INIT;
  metagame_lipschitz out = METAGAME_LIPSCHITZ_INIT;
  for (size_t at = 0; at < PAIRS * COUNT; ++at) {
    const double noise = 0.3; /* uniform on +-0.3: variance 0.03 */
    distances[at / COUNT] = sqrt(COUNT);
    a[at] = ts_rng_real(&rng, -noise, noise);
    b[at] = 1 + ts_rng_real(&rng, -noise, noise);
    e[at] = noise / sqrt(3);
  }
  pairs.n_pairs = PAIRS;
  pairs.count = COUNT;
  pairs.distances = distances;
  pairs.a = a;
  pairs.b = b;
  pairs.a_error = e;
  pairs.b_error = e;
  assert_int_equal(metagame_local_lipschitz(&pairs, &out, NULL), METAGAME_OK);
  near(out.raw_mean, sqrt(1.06), 0.006);
  near(out.mean, 1, 4 * out.mean_error + 0.001);
  free(a);
  free(b);
  free(e);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(by_hand),         cmocka_unit_test(by_force),  cmocka_unit_test(results),
                                      cmocka_unit_test(stability),       cmocka_unit_test(stability_error),
                                      cmocka_unit_test(lipschitz),       cmocka_unit_test(lipschitz_noise) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
