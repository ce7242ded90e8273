/* SPDX-License-Identifier: MIT */
/* Occlusion, Shapley and Banzhaf as attributions: brute force of the inner formula, then of the outer one; closed forms. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "reference.h"

static const char *const names[3] = { "occlusion", "shapley", "banzhaf" };

static metagame_game *formula_game(ts_table *values, const char *name, const metagame_groups *targets) {
  metagame_error err;
  metagame_game *base = NULL, *game = NULL;
  const metagame_function function = ts_table_function(values);
  metagame_method method = METAGAME_METHOD_INIT;
  method.name = name;
  method.targets = targets;
  expect_ok(metagame_game_from_function(&base, &function, NULL, &err), &err);
  expect_ok(metagame_game_attribute(&game, base, &method, &err), &err);
  metagame_game_destroy(base);
  return game;
}

/* Some groups: single features, pairs in any order, everything, one feature twice as a target. */
static ts_groups some_targets(uint32_t n) {
  ts_groups groups = ts_groups_make(4, n + 5);
  size_t used = 0;
  groups.features[used++] = n - 1;
  groups.offsets[1] = used;
  for (uint32_t k = n; k-- > 0;) groups.features[used++] = k;
  groups.offsets[2] = used;
  groups.features[used++] = n - 1;
  groups.offsets[3] = used;
  groups.features[used++] = 0;
  if (n > 2) groups.features[used++] = 2;
  groups.offsets[4] = used;
  return groups;
}

/* Row T: the value of the game Q -> g(Q & T), summed over each target. */
static ts_table *restricted_attributions(const ts_table *g, char kind, const metagame_groups *targets) {
  const uint32_t n = g->n_players, m = targets != NULL ? (uint32_t)targets->n_groups : n;
  ts_table *table = ts_table_new(n, m);
  double *inside = ts_alloc((size_t)1 << n, sizeof *inside), phi[16];
  for (size_t t = 0; t < (size_t)1 << n; t++) {
    for (size_t q = 0; q < (size_t)1 << n; q++) inside[q] = g->values[q & t];
    brute_cardinal(n, inside, kind, phi);
    for (uint32_t i = 0; i < m; i++) {
      double sum = targets == NULL ? phi[i] : 0.0;
      for (size_t k = targets == NULL ? 0 : targets->offsets[i]; targets != NULL && k < targets->offsets[i + 1]; k++)
        sum += phi[targets->features[k]];
      table->values[t * m + i] = sum;
    }
  }
  free(inside);
  for (uint32_t i = 0; i < m; i++) {
    if (targets == NULL) table->own[i] = (int32_t)i;
    else if (targets->offsets[i + 1] - targets->offsets[i] == 1) table->own[i] = (int32_t)targets->features[targets->offsets[i]];
  }
  return table;
}

static void expect_formula(uint32_t n, int kind, bool grouped, uint64_t seed) {
  ts_rng rng = ts_rng_make(seed);
  ts_table *g = ts_table_random(&rng, n, 1);
  ts_groups groups = some_targets(n);
  const metagame_groups *targets = grouped ? &groups.view : NULL;
  metagame_game *game = formula_game(g, names[kind], targets);
  ts_table *table = restricted_attributions(g, names[kind][0], targets);
  const brute_game brute = brute_of(table);
  const size_t m = table->n_outputs;
  double *matrix = ts_alloc(n * m, sizeof *matrix), *base = ts_alloc(m, sizeof *base), *scale = ts_alloc(m, sizeof *scale);
  for (size_t i = 0; i < m; i++) scale[i] = grouped ? n : 1.0; /* the values are of size 1 */
  for (int run = 0; run < 4; run++) {
    metagame_options options = exact_options(n);
    options.flags = run % 2 == 1 ? METAGAME_UNPINNED : 0;
    options.outer = run / 2 == 1 ? METAGAME_OUTER_BANZHAF : METAGAME_OUTER_SHAPLEY;
    options.batch = 1 + (uint32_t)seed % 40;
    ts_table_reset(g);
    metagame_result *result = solve(game, &options);
    brute_meta(&brute, run % 2 == 1, run / 2 == 1, matrix, base);
    expect_rows(names[kind], metagame_result_matrix(result), matrix, m, n, scale, 2e-13);
    expect_rows("base", metagame_result_base(result), base, m, 1, scale, 2e-13);
    for (size_t i = 0; run % 2 == 0 && i < m; i++) assert_int_equal(metagame_result_own_player(result)[i], table->own[i]);
    if (run / 2 == 0) expect_decomposition(result, 1e-12);
    const metagame_result_info info = info_of(result);
    for (size_t s = 0; s < (size_t)1 << n; s++)
      if (g->asked[s] > 1) fail_msg("%s: value coalition %zu was asked %u times", names[kind], s, g->asked[s]);
    assert_int_equal(info.value_evaluations, ts_table_total(g));
    if (!grouped) assert_true((info.flags & METAGAME_CARDINAL) != 0);
    metagame_result_destroy(result);
  }
  metagame_game_destroy(game);
  free(matrix);
  free(base);
  free(scale);
  ts_groups_free(&groups);
  ts_table_free(table);
  ts_table_free(g);
}

static void formulas_over_value_games(void **state) {
  (void)state;
  for (uint32_t n = 1; n <= 7; n++)
    for (int kind = 0; kind < 3; kind++)
      for (int grouped = 0; grouped < 2; grouped++) expect_formula(n, kind, grouped == 1, n * 10 + (uint64_t)kind);
}

/* Sampled solvers ask each value once, too, and no more attributions than the budget. */
static void sampled_formulas(void **state) {
  (void)state;
  for (int kind = 0; kind < 3; kind++)
    for (int s = 0; s < 2; s++) {
      ts_rng rng = ts_rng_make(200 + (uint64_t)kind);
      ts_table *g = ts_table_random(&rng, 10, 1);
      metagame_game *game = formula_game(g, names[kind], NULL);
      const metagame_options options = sampled_options(s == 0 ? METAGAME_SOLVER_REGRESSION : METAGAME_SOLVER_PERMUTATION, 200, 4);
      metagame_result *result = solve(game, &options);
      const metagame_result_info info = info_of(result);
      assert_true(info.evaluations <= 200);
      assert_int_equal(info.value_evaluations, ts_table_total(g));
      assert_int_equal(ts_table_distinct(g), ts_table_total(g));
      expect_decomposition(result, 1e-12);
      metagame_result_destroy(result);
      metagame_game_destroy(game);
      ts_table_free(g);
    }
}

/* Values told in any order, in batches of any size, over several chunks of plans: the same bits, and still each value once. */
static void formulas_by_hand(void **state) {
  (void)state;
  const int32_t solvers[3] = { METAGAME_SOLVER_EXACT, METAGAME_SOLVER_REGRESSION, METAGAME_SOLVER_PERMUTATION };
  const struct {
    uint32_t batch, max_open;
    int order;
  } runs[] = { { 1, 1, TS_TELL_NOW }, { 3, 4, TS_TELL_REVERSED }, { 7, 9, TS_TELL_RANDOM }, { 1000, 2, TS_TELL_REVERSED } };
  for (int kind = 0; kind < 3; kind++)
    for (int s = 0; s < 3; s++) {
      const uint32_t n = 8;
      ts_rng rng = ts_rng_make(90 + (uint64_t)kind);
      ts_table *g = ts_table_random(&rng, n, 1);
      ts_groups groups = some_targets(n);
      metagame_game *game = formula_game(g, names[kind], &groups.view);
      metagame_options options = sampled_options(solvers[s], s == 0 ? 256 : 190, 4);
      metagame_result *first = solve(game, &options);
      for (size_t k = 0; k < sizeof runs / sizeof runs[0]; k++) {
        metagame_error err;
        metagame_result *again = NULL;
        options.batch = runs[k].batch;
        options.max_open = runs[k].max_open;
        ts_table_reset(g);
        expect_ok(ts_solve_by_hand(&again, game, &options, runs[k].order, k, &err), &err);
        expect_same_bits(first, again);
        assert_int_equal(ts_table_distinct(g), ts_table_total(g));
        assert_int_equal(info_of(again).value_evaluations, ts_table_total(g));
        metagame_result_destroy(again);
      }
      metagame_result_destroy(first);
      metagame_game_destroy(game);
      ts_groups_free(&groups);
      ts_table_free(g);
    }
}

/* Mathematics, section 2: weights p_t of the inner value, 1/(t-1) or 2^-(t-2) pinned, 1/t or 2^-(t-1) unpinned. */
static void closed_forms(void **state) {
  (void)state;
  for (uint32_t n = 2; n <= 7; n++)
    for (int kind = 0; kind < 3; kind++)
      for (int run = 0; run < 4; run++) {
        const bool unpinned = run % 2 == 1, banzhaf = run / 2 == 1;
        ts_rng rng = ts_rng_make(n);
        ts_table *g = ts_table_random(&rng, n, 1);
        long double m[128];
        brute_moebius(n, g->values, m);
        metagame_game *game = formula_game(g, names[kind], NULL);
        metagame_options options = exact_options(n);
        options.flags = unpinned ? METAGAME_UNPINNED : 0;
        options.outer = banzhaf ? METAGAME_OUTER_BANZHAF : METAGAME_OUTER_SHAPLEY;
        metagame_result *result = solve(game, &options);
        const double *matrix = metagame_result_matrix(result);
        double want[49];
        const double one[7] = { 1, 1, 1, 1, 1, 1, 1 };
        for (uint32_t i = 0; i < n; i++)
          for (uint32_t j = 0; j < n; j++) {
            const size_t both = (size_t)1 << i | (size_t)1 << j;
            long double sum = 0.0L;
            for (size_t set = 1; set < (size_t)1 << n; set++) {
              if ((set & both) != both) continue;
              const uint32_t t = brute_size(set);
              if (!unpinned && i == j && t > 1) continue;
              long double p = kind == 0 ? 1.0L : kind == 1 ? 1.0L / (long double)t : ldexpl(1.0L, 1 - (int)t);
              if (unpinned) p *= banzhaf ? ldexpl(1.0L, 1 - (int)t) : 1.0L / (long double)t;
              else if (i != j) p *= banzhaf ? ldexpl(1.0L, 2 - (int)t) : 1.0L / (long double)(t - 1);
              sum += p * m[set];
            }
            want[i * n + j] = (double)sum;
            /* A cardinal inner value leaves no direction. */
            if (!(fabs(matrix[i * n + j] - matrix[j * n + i]) <= 1e-12)) fail_msg("%s: not symmetric", names[kind]);
          }
        expect_rows(names[kind], matrix, want, n, n, one, 1e-12);
        metagame_error err;
        metagame_verify_options verify = METAGAME_VERIFY_OPTIONS_INIT;
        verify.checks = METAGAME_CHECK_SYMMETRY;
        metagame_report *report = NULL;
        expect_ok(metagame_verify(&report, result, NULL, &verify, &err), &err);
        assert_int_equal(metagame_report_failed(report), 0);
        metagame_report_destroy(report);
        metagame_result_destroy(result);
        metagame_game_destroy(game);
        ts_table_free(g);
      }
}

/* The interaction indices by their own definitions: pinned occlusion is SII, pinned Shapley half of STII, outer Banzhaf BII. */
static void interaction_indices(void **state) {
  (void)state;
  const uint32_t n = 6;
  ts_rng rng = ts_rng_make(66);
  ts_table *g = ts_table_random(&rng, n, 1);
  const double one[6] = { 1, 1, 1, 1, 1, 1 };
  for (int index = 0; index < 3; index++) {
    double want[36];
    for (uint32_t i = 0; i < n; i++)
      for (uint32_t j = 0; j < n; j++) {
        const size_t a = (size_t)1 << i, b = (size_t)1 << j;
        long double sum = 0.0L;
        for (size_t s = 0; s < (size_t)1 << n; s++) {
          if ((s & (a | b)) != 0 || i == j) continue;
          const long double second = (long double)g->values[s | a | b] - (long double)g->values[s | a] - (long double)g->values[s | b] +
                                     (long double)g->values[s];
          const uint32_t size = brute_size(s);
          if (index == 0) sum += brute_weight(n - 1, size) * second; /* s!(n-2-s)!/(n-1)! */
          if (index == 1) sum += brute_weight(n, size) * second;     /* half of STII: s!(n-1-s)!/n! */
          if (index == 2) sum += ldexpl(second, -(int)(n - 2));
        }
        want[i * n + j] = i == j ? g->values[a] - g->values[0] : (double)sum;
      }
    metagame_game *game = formula_game(g, index == 1 ? "shapley" : "occlusion", NULL);
    metagame_options options = exact_options(n);
    options.outer = index == 2 ? METAGAME_OUTER_BANZHAF : METAGAME_OUTER_SHAPLEY;
    metagame_result *result = solve(game, &options);
    expect_rows("index", metagame_result_matrix(result), want, n, n, one, 1e-12);
    metagame_result_destroy(result);
    metagame_game_destroy(game);
  }
  ts_table_free(g);
}

/* Numeric models: groups, always present features, a baseline of the attribution's own, several background rows. */
static void formulas_over_models(void **state) {
  (void)state;
  enum { F = 6 };
  const size_t player_offsets[] = { 0, 2, 3, 5 };
  const uint32_t player_features[] = { 4, 0, 2, 5, 1 }; /* feature 3 is always present */
  const size_t target_offsets[] = { 0, 1, 3, 5, 6, 12, 13 };
  const uint32_t target_features[] = { 2, 0, 4, 1, 3, 3, 0, 1, 2, 3, 4, 5, 2 };
  const metagame_groups players = { 3, player_offsets, player_features }, targets = { 6, target_offsets, target_features };
  for (uint64_t seed = 1; seed <= 4; seed++)
    for (int kind = 0; kind < 3; kind++)
      for (int variant = 0; variant < 8; variant++) {
        ts_rng rng = ts_rng_make(seed);
        ref_problem p = { 0 };
        double x[F], background[3 * F], inner[F];
        for (int k = 0; k < F; k++) x[k] = ts_rng_real(&rng, -1.5, 1.5);
        for (int k = 0; k < 3 * F; k++) background[k] = ts_rng_real(&rng, -1.0, 1.0);
        for (int k = 0; k < F; k++) inner[k] = ts_rng_real(&rng, -1.0, 1.0);
        p.model = random_network(&rng, F, 5, 2, seed % 2 == 0 ? METAGAME_TRUTH_TANH : METAGAME_TRUTH_SOFTPLUS, 1.2);
        p.n_features = F;
        p.output = 1;
        p.x = x;
        p.background = background;
        p.n_background = (variant & 4) != 0 ? 3 : 0;
        p.players = (variant & 1) != 0 ? &players : NULL;
        p.targets = (variant & 1) != 0 ? &targets : NULL;
        p.inner = (variant & 2) != 0 ? inner : NULL;
        p.method = names[kind];
        ref_expect_equal(&p, 1e-12);
        metagame_model_destroy(p.model);
      }
}

/* Groups of several features and a baseline of the attribution's own break the symmetry of the restricted game: such a matrix must
 * not be promised to be symmetric, or verification would blame a correct result. */
static void symmetry_is_promised_only_where_it_holds(void **state) {
  (void)state;
  enum { F = 4 };
  const size_t offsets[] = { 0, 2, 3, 4 };
  const uint32_t features[] = { 0, 1, 2, 3 };
  const metagame_groups players = { 3, offsets, features };
  for (int kind = 0; kind < 3; kind++)
    for (int variant = 1; variant <= 3; variant++) {
      ts_rng rng = ts_rng_make(19);
      double x[F], background[F], inner[F];
      for (int k = 0; k < F; k++) {
        x[k] = ts_rng_real(&rng, -1.5, 1.5);
        background[k] = ts_rng_real(&rng, -1.0, 1.0);
        inner[k] = ts_rng_real(&rng, -1.0, 1.0);
      }
      ref_problem p = { 0 };
      p.model = random_network(&rng, F, 6, 1, METAGAME_TRUTH_TANH, 1.5);
      p.n_features = F;
      p.x = x;
      p.background = background;
      p.players = (variant & 1) != 0 ? &players : NULL;
      p.inner = (variant & 2) != 0 ? inner : NULL;
      p.method = names[kind];
      metagame_error err;
      metagame_game *game = ref_game(&p);
      metagame_options options = exact_options(F);
      metagame_result *result = solve(game, &options);
      metagame_report *report = NULL;
      expect_ok(metagame_verify(&report, result, game, NULL, &err), &err);
      for (size_t k = 0; k < metagame_report_count(report); k++) {
        metagame_check check = METAGAME_CHECK_INIT;
        expect_ok(metagame_report_get(report, k, &check, &err), &err);
        if (check.outcome == METAGAME_CHECK_FAILED)
          fail_msg("%s, variant %d: check %s fails: %g > %g", names[kind], variant, check.name, check.residual, check.tolerance);
      }
      metagame_report_destroy(report);
      metagame_result_destroy(result);
      metagame_game_destroy(game);
      metagame_model_destroy(p.model);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(formulas_over_value_games),
    cmocka_unit_test(sampled_formulas),
    cmocka_unit_test(formulas_by_hand),
    cmocka_unit_test(closed_forms),
    cmocka_unit_test(interaction_indices),
    cmocka_unit_test(formulas_over_models),
    cmocka_unit_test(symmetry_is_promised_only_where_it_holds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
