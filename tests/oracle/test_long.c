/* SPDX-License-Identifier: MIT */
/* Statistics of the sampled solvers over many seeds: bias, standard errors, coverage, the rate of convergence. Fixed seeds: the
 * outcome is the same on every run. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common.h"
#include "reference.h"

/* Sums over runs for each cell. */
typedef struct cells {
  size_t count;
  double *truth, *sum, *squares, *variance; /* squares of errors, sum of squared standard errors */
  uint64_t *covered, *judged;
  uint64_t runs, least_units;
} cells;

static cells cells_make(const ts_table *table, uint64_t flags) {
  const brute_game brute = brute_of(table);
  cells c = { 0 };
  c.count = (size_t)table->n_players * table->n_outputs;
  c.truth = ts_alloc(c.count, sizeof *c.truth);
  c.sum = ts_alloc(c.count, sizeof *c.sum);
  c.squares = ts_alloc(c.count, sizeof *c.squares);
  c.variance = ts_alloc(c.count, sizeof *c.variance);
  c.covered = ts_alloc(c.count, sizeof *c.covered);
  c.judged = ts_alloc(c.count, sizeof *c.judged);
  c.least_units = UINT64_MAX;
  double *base = ts_alloc(table->n_outputs, sizeof *base);
  brute_meta(&brute, flags == METAGAME_UNPINNED, false, c.truth, base);
  free(base);
  return c;
}

static void cells_free(cells *c) {
  free(c->truth);
  free(c->sum);
  free(c->squares);
  free(c->variance);
  free(c->covered);
  free(c->judged);
}

/* One run for each seed; the same game object, so only sampling differs. */
static void sample(cells *c, ts_table *table, int32_t solver, uint64_t budget, uint64_t flags, uint64_t first_seed, uint64_t runs) {
  metagame_game *game = table_game(table);
  double *half = ts_alloc(c->count, sizeof *half);
  for (uint64_t r = 0; r < runs; r++) {
    metagame_options options = sampled_options(solver, budget, first_seed + r);
    options.flags = flags;
    options.batch = 4096;
    metagame_result *result = solve(game, &options);
    const double *matrix = metagame_result_matrix(result), *errors = metagame_result_stderr(result);
    metagame_error err;
    expect_ok(metagame_result_half_width(result, 0.95, half, &err), &err);
    assert_non_null(errors);
    const uint64_t units = info_of(result).n_units;
    if (units < c->least_units) c->least_units = units;
    for (size_t k = 0; k < c->count; k++) {
      const double error = matrix[k] - c->truth[k];
      c->sum[k] += error;
      c->squares[k] += error * error;
      if (isnan(half[k])) continue;
      c->variance[k] += errors[k] * errors[k];
      c->judged[k]++;
      c->covered[k] += fabs(error) <= half[k];
    }
    metagame_result_destroy(result);
  }
  c->runs += runs;
  free(half);
  metagame_game_destroy(game);
}

static bool is_exact_cell(const ts_table *table, uint64_t flags, size_t k) {
  return flags == 0 && table->own[k / table->n_players] == (int32_t)(k % table->n_players);
}

static double worst_z(const cells *c, const ts_table *table, uint64_t flags) {
  double worst = 0.0;
  const double runs = (double)c->runs;
  for (size_t k = 0; k < c->count; k++) {
    const double mean = c->sum[k] / runs, variance = (c->squares[k] / runs - mean * mean) / (runs - 1.0);
    if (is_exact_cell(table, flags, k)) assert_true(c->squares[k] < 1e-20);
    else worst = fmax(worst, fabs(mean) / sqrt(variance));
  }
  return worst;
}

typedef struct quality {
  double coverage, ratio, rmse;
} quality;

static quality quality_of(const cells *c, const ts_table *table, uint64_t flags) {
  double covered = 0.0, judged = 0.0, estimated = 0.0, empirical = 0.0, squares = 0.0, sampled = 0.0;
  for (size_t k = 0; k < c->count; k++) {
    if (is_exact_cell(table, flags, k)) continue;
    const double runs = (double)c->runs, mean = c->sum[k] / runs;
    covered += (double)c->covered[k];
    judged += (double)c->judged[k];
    estimated += c->variance[k] / (double)c->judged[k];
    empirical += (c->squares[k] / runs - mean * mean) * runs / (runs - 1.0);
    squares += c->squares[k] / runs;
    sampled += 1.0;
  }
  const quality q = { covered / judged, sqrt(estimated / empirical), sqrt(squares / sampled) };
  return q;
}

static ts_table *pinned_table(uint32_t n, int own, uint64_t seed) {
  ts_rng rng = ts_rng_make(seed);
  ts_table *table = ts_table_random(&rng, n, n);
  set_own(table, own, &rng);
  return table;
}

static void permutation_is_unbiased(void **state) {
  (void)state;
  for (uint32_t n = 6; n <= 8; n++)
    for (int own = OWN_ALL; own <= OWN_MIXED; own++)
      for (uint64_t flags = 0; flags <= METAGAME_UNPINNED; flags += METAGAME_UNPINNED) {
        if (own == OWN_NONE && flags != 0) continue; /* the same game twice */
        ts_table *table = pinned_table(n, own, n);
        cells c = cells_make(table, flags);
        const uint64_t budget = 4 * (uint64_t)n * n;
        sample(&c, table, METAGAME_SOLVER_PERMUTATION, budget, flags, 1, 5000);
        const double z = worst_z(&c, table, flags);
        printf("n %u, own %d, %s: worst |z| %.2f, at least %u units\n", n, own, flags == 0 ? "pinned" : "unpinned", z,
               (unsigned)c.least_units);
        if (!(z <= 4.4)) fail_msg("n %u, own %d, flags %u: worst |z| %g", n, own, (unsigned)flags, z);
        cells_free(&c);
        ts_table_free(table);
      }
}

/* Two of n players are own players and no target is free: orders that keep the two apart cost more, so a tight budget holds fewer of
 * them. The mean stays unbiased as long as orders are taken one after the other until one does not fit, and none is chosen. */
static void the_budget_does_not_choose_the_orders(void **state) {
  (void)state;
  for (uint32_t n = 4; n <= 6; n++)
    for (uint64_t game_seed = 0; game_seed < 2; game_seed++) {
      ts_rng rng = ts_rng_make(n + 90 * game_seed);
      ts_table *table = ts_table_random(&rng, n, 2);
      table->own[0] = 0;
      table->own[1] = (int32_t)(n - 1);
      metagame_options options = sampled_options(METAGAME_SOLVER_PERMUTATION, 1, 1);
      metagame_game *game = table_game(table);
      metagame_status status = METAGAME_E_BUDGET;
      while (status == METAGAME_E_BUDGET) {
        options.max_evaluations++;
        metagame_result_destroy(solve_or_null(game, &options, &status));
      }
      metagame_game_destroy(game);
      double worst = 0.0;
      for (uint64_t budget = options.max_evaluations; budget < options.max_evaluations + 12; budget++) {
        cells c = cells_make(table, 0);
        sample(&c, table, METAGAME_SOLVER_PERMUTATION, budget, 0, 1, 8000);
        const double z = worst_z(&c, table, 0);
        worst = fmax(worst, z);
        cells_free(&c);
      }
      printf("n %u, tight budgets: worst |z| %.2f\n", n, worst);
      if (!(worst <= 4.6)) fail_msg("n %u: worst |z| %g", n, worst);
      ts_table_free(table);
    }
}

static void permutation_intervals_cover(void **state) {
  (void)state;
  for (int own = OWN_ALL; own <= OWN_MIXED; own++)
    for (uint64_t units = 8; units <= 32; units *= 2) {
      ts_table *table = pinned_table(7, own, 40);
      cells c = cells_make(table, 0);
      /* The budget that gives so many units depends on the plan: find it. */
      uint64_t budget = 64;
      for (;; budget += budget / 4) {
        cells trial = cells_make(table, 0);
        sample(&trial, table, METAGAME_SOLVER_PERMUTATION, budget, 0, 1, 1);
        const uint64_t found = trial.least_units;
        cells_free(&trial);
        if (found >= units) break;
        assert_true(budget < 100000);
      }
      sample(&c, table, METAGAME_SOLVER_PERMUTATION, budget, 0, 100, 1500);
      const quality q = quality_of(&c, table, 0);
      printf("own %d, budget %u, %u units: coverage %.4f, SE / SD %.4f\n", own, (unsigned)budget, (unsigned)c.least_units, q.coverage,
             q.ratio);
      if (!(q.coverage >= 0.93 && q.coverage <= 0.97)) fail_msg("coverage %g", q.coverage);
      if (!(q.ratio >= 0.9 && q.ratio <= 1.1)) fail_msg("standard errors are %g of the spread", q.ratio);
      cells_free(&c);
      ts_table_free(table);
    }
}

/* Slope of log error over log budget, from budget `first` on. */
static double slope_of(ts_table *table, int32_t solver, uint64_t first, uint64_t growth, uint64_t runs) {
  double x[4], y[4], mean_x = 0.0, mean_y = 0.0, top = 0.0, bottom = 0.0;
  for (int k = 0; k < 4; k++, first *= growth) {
    cells c = cells_make(table, 0);
    sample(&c, table, solver, first, 0, 7000, runs);
    x[k] = log((double)first);
    y[k] = log(quality_of(&c, table, 0).rmse);
    mean_x += x[k] / 4.0;
    mean_y += y[k] / 4.0;
    cells_free(&c);
  }
  for (int k = 0; k < 4; k++) {
    top += (x[k] - mean_x) * (y[k] - mean_y);
    bottom += (x[k] - mean_x) * (x[k] - mean_x);
  }
  return top / bottom;
}

static void permutation_converges_like_a_mean(void **state) {
  (void)state;
  for (int own = OWN_ALL; own <= OWN_NONE; own++) {
    ts_table *table = pinned_table(8, own, 21);
    const double slope = slope_of(table, METAGAME_SOLVER_PERMUTATION, 400, 4, 400);
    printf("permutation, own %d: slope %.3f\n", own, slope);
    if (!(fabs(slope + 0.5) <= 0.05)) fail_msg("slope %g", slope);
    ts_table_free(table);
  }
}

/* Gradient x input of small networks, all features players and targets. */
static ts_table *network_table(uint32_t n, uint64_t seed) {
  ts_rng rng = ts_rng_make(seed);
  double x[16], background[16];
  for (uint32_t k = 0; k < n; k++) {
    x[k] = ts_rng_real(&rng, -1.5, 1.5);
    background[k] = ts_rng_real(&rng, -0.5, 0.5);
  }
  ref_problem p = { 0 };
  p.model = random_network(&rng, n, 12, 1, METAGAME_TRUTH_TANH, 1.0);
  p.n_features = n;
  p.x = x;
  p.background = background;
  p.method = "gradient-x-delta";
  ts_table *table = ref_attributions(&p);
  metagame_model_destroy(p.model);
  return table;
}

static void regression_intervals_cover(void **state) {
  (void)state;
  const uint32_t n = 9;
  for (uint64_t flags = 0; flags <= METAGAME_UNPINNED; flags += METAGAME_UNPINNED)
    for (uint64_t budget = 90; budget <= 180; budget *= 2) {
      double coverage = 0.0, ratio = 0.0;
      const int networks = 4;
      for (int k = 0; k < networks; k++) {
        ts_table *table = network_table(n, 60 + (uint64_t)k);
        cells c = cells_make(table, flags);
        sample(&c, table, METAGAME_SOLVER_REGRESSION, budget, flags, 500, 100);
        const quality q = quality_of(&c, table, flags);
        coverage += q.coverage / networks;
        ratio += q.ratio / networks;
        cells_free(&c);
        ts_table_free(table);
      }
      printf("regression, %s, budget %u: mean coverage %.4f, SE / SD %.3f\n", flags == 0 ? "pinned" : "unpinned", (unsigned)budget,
             coverage, ratio);
      if (!(coverage >= 0.92 && coverage <= 0.98)) fail_msg("regression: mean coverage %g", coverage);
    }
}

/* Regression and the Gaussian process are consistent, not unbiased: how much of their error is bias. On games without structure the
 * process shrinks: more bias, less error. Where it also chooses half of the pairs (none pinned), little is left to chance, and what
 * remains of the error is mostly bias. */
static void bias_of_the_consistent_solvers(void **state) {
  static const int32_t solvers[] = { METAGAME_SOLVER_REGRESSION, METAGAME_SOLVER_GAUSSIAN };
  const uint32_t n = 9;
  (void)state;
  for (int own = OWN_ALL; own <= OWN_NONE; own++)
    for (int is_network = 0; is_network < 2; is_network++) {
      double regression = 0.0;
      for (size_t s = 0; s < 2; s++) {
        ts_table *table = is_network ? network_table(n, 60) : pinned_table(n, own, 60);
        if (own == OWN_NONE)
          for (uint32_t i = 0; i < n; i++) table->own[i] = METAGAME_NO_PLAYER;
        cells c = cells_make(table, 0);
        sample(&c, table, solvers[s], 120, 0, 500, 1000);
        double bias = 0.0, spread = 0.0;
        for (size_t k = 0; k < c.count; k++) {
          const double mean = c.sum[k] / (double)c.runs;
          if (is_exact_cell(table, 0, k)) continue;
          bias += mean * mean;
          spread += c.squares[k] / (double)c.runs - mean * mean;
        }
        const double share = sqrt(bias / spread), error = sqrt(bias + spread);
        if (s == 0) regression = error;
        printf("%s, own %d, %s: bias over standard deviation %.3f, error over that of regression %.3f\n", s ? "gaussian" : "regression",
               own, is_network ? "network" : "random", share, error / regression);
        if (!(share <= (is_network ? 0.5 : own == OWN_NONE ? 3 : 1.5))) fail_msg("bias is %g standard deviations", share);
        assert_true(error <= regression);
        cells_free(&c);
        ts_table_free(table);
      }
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(permutation_is_unbiased),
    cmocka_unit_test(the_budget_does_not_choose_the_orders),
    cmocka_unit_test(permutation_intervals_cover),
    cmocka_unit_test(permutation_converges_like_a_mean),
    cmocka_unit_test(regression_intervals_cover),
    cmocka_unit_test(bias_of_the_consistent_solvers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
