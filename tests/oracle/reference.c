/* SPDX-License-Identifier: MIT */
#include "reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

metagame_model *random_network(ts_rng *rng, uint32_t n_features, uint32_t hidden, uint32_t n_outputs, int32_t activation, double gain) {
  ts_mlp *mlp = ts_mlp_random(rng, n_features, hidden, n_outputs, activation, gain);
  metagame_model *model = ts_mlp_model(mlp);
  ts_mlp_free(mlp);
  return model;
}

static double value_at(const ref_problem *p, const double *row) {
  if (p->model != NULL) {
    double out[16];
    ts_model_value(p->model, row, out);
    return out[p->output];
  }
  size_t index = 0;
  for (uint32_t k = 0; k < 16 && k < p->n_features; k++) index |= (size_t)(row[k] == 1.0) << k;
  return p->table->values[index * p->table->n_outputs + p->output];
}

static void path_integral(const ref_problem *p, const double *z, const double *b, double *phi) {
  enum { PANELS = 150 };
  const double node[3] = { -sqrt(0.6), 0.0, sqrt(0.6) }, weight[3] = { 5.0 / 18.0, 8.0 / 18.0, 5.0 / 18.0 };
  const uint32_t n = p->n_features;
  double row[16], gradient[16];
  long double sum[16] = { 0.0L };
  for (int panel = 0; panel < PANELS; panel++)
    for (int q = 0; q < 3; q++) {
      const double at = (panel + 0.5 + 0.5 * node[q]) / PANELS;
      for (uint32_t k = 0; k < n; k++) row[k] = b[k] + at * (z[k] - b[k]);
      ts_model_gradient(p->model, row, p->output, gradient);
      for (uint32_t k = 0; k < n; k++) sum[k] += (long double)(weight[q] * gradient[k]) / PANELS;
    }
  for (uint32_t k = 0; k < n; k++) phi[k] = (double)sum[k] * (z[k] - b[k]);
}

/* Values f(z on Q, b elsewhere) for all Q, then the cardinal value by definition. */
static void cardinal(const ref_problem *p, const double *z, const double *b, double *phi) {
  const uint32_t n = p->n_features;
  double *g = ts_alloc((size_t)1 << n, sizeof *g), row[16];
  for (size_t q = 0; q < (size_t)1 << n; q++) {
    for (uint32_t k = 0; k < n; k++) row[k] = q >> k & 1 ? z[k] : b[k];
    g[q] = value_at(p, row);
  }
  brute_cardinal(n, g, p->method[0], phi);
  free(g);
}

static void attribution(const ref_problem *p, const double *z, const double *b, double *phi) {
  if (strcmp(p->method, "integrated-gradients") == 0) {
    path_integral(p, z, b, phi);
  } else if (strncmp(p->method, "gradient", 8) == 0) {
    ts_model_gradient(p->model, z, p->output, phi);
    for (uint32_t k = 0; k < p->n_features; k++) {
      if (strcmp(p->method, "gradient-x-input") == 0) phi[k] *= z[k];
      if (strcmp(p->method, "gradient-x-delta") == 0) phi[k] *= z[k] - b[k];
    }
  } else {
    cardinal(p, z, b, phi);
  }
}

/* Features as bits. */
static uint64_t group_bits(const metagame_groups *groups, size_t g) {
  if (groups == NULL) return UINT64_C(1) << g;
  uint64_t bits = 0;
  for (size_t k = groups->offsets[g]; k < groups->offsets[g + 1]; k++) bits |= UINT64_C(1) << groups->features[k];
  return bits;
}

ts_table *ref_attributions(const ref_problem *p) {
  const metagame_groups *targets = p->targets != NULL ? p->targets : p->players;
  const size_t n = p->players != NULL ? p->players->n_groups : p->n_features;
  const size_t m = targets != NULL ? targets->n_groups : p->n_features;
  ts_table *table = ts_table_new((uint32_t)n, (uint32_t)m);
  uint64_t grouped = 0;
  for (size_t g = 0; g < n; g++) grouped |= group_bits(p->players, g);
  for (size_t i = 0; i < m; i++)
    for (size_t g = 0; g < n; g++)
      if (group_bits(targets, i) == group_bits(p->players, g)) table->own[i] = (int32_t)g;
  const size_t n_background = p->n_background > 0 ? p->n_background : 1;
  for (size_t s = 0; s < (size_t)1 << n; s++) {
    uint64_t present = ~grouped;
    for (size_t g = 0; g < n; g++)
      if (s >> g & 1) present |= group_bits(p->players, g);
    long double sum[32] = { 0.0L };
    for (size_t r = 0; r < n_background; r++) {
      const double *b = p->background + r * p->n_features;
      double z[16], phi[16];
      for (uint32_t k = 0; k < p->n_features; k++) z[k] = present >> k & 1 ? p->x[k] : b[k];
      attribution(p, z, p->inner != NULL ? p->inner : b, phi);
      for (size_t i = 0; i < m; i++)
        for (uint32_t k = 0; k < p->n_features; k++)
          if (group_bits(targets, i) >> k & 1) sum[i] += (long double)phi[k];
    }
    for (size_t i = 0; i < m; i++) table->values[s * m + i] = (double)(sum[i] / (long double)n_background);
  }
  return table;
}

metagame_game *ref_game(const ref_problem *p) {
  metagame_error err;
  metagame_model *of_table = NULL;
  metagame_game *base = NULL, *game = NULL;
  metagame_masking masking = METAGAME_MASKING_INIT;
  masking.x = p->x;
  masking.background = p->background;
  masking.n_background = p->n_background;
  masking.players = p->players;
  metagame_method method = METAGAME_METHOD_INIT;
  method.name = p->method;
  method.targets = p->targets;
  method.baseline = p->inner;
  method.output = p->output;
  if (p->model == NULL) {
    const metagame_model_callbacks callbacks = ts_table_model(p->table);
    expect_ok(metagame_model_create(&of_table, &callbacks, NULL, &err), &err);
  }
  expect_ok(metagame_game_from_model(&base, p->model != NULL ? p->model : of_table, &masking, &err), &err);
  expect_ok(metagame_game_attribute(&game, base, &method, &err), &err);
  metagame_game_destroy(base);
  metagame_model_destroy(of_table);
  return game;
}

void ref_expect_equal(const ref_problem *p, double tolerance) {
  ts_table *table = ref_attributions(p);
  metagame_game *game = ref_game(p);
  const brute_game brute = brute_of(table);
  const size_t n = table->n_players, m = table->n_outputs;
  assert_int_equal(metagame_game_n_players(game), n);
  assert_int_equal(metagame_game_n_targets(game), m);
  double *matrix = ts_alloc(n * m, sizeof *matrix), *base = ts_alloc(m, sizeof *base), *scale = ts_alloc(m, sizeof *scale);
  brute_scale(&brute, scale);
  /* Terms of a cardinal value may cancel: f's own size bounds their rounding. */
  for (size_t i = 0; i < m; i++) scale[i] = fmax(scale[i], p->own_scale ? 0.0 : 1.0);
  for (int run = 0; run < 4; run++) {
    metagame_options options = exact_options((uint32_t)n);
    options.flags = run % 2 == 1 ? METAGAME_UNPINNED : 0;
    options.outer = run / 2 == 1 ? METAGAME_OUTER_BANZHAF : METAGAME_OUTER_SHAPLEY;
    metagame_result *result = solve(game, &options);
    brute_meta(&brute, run % 2 == 1, run / 2 == 1, matrix, base);
    expect_rows(p->method, metagame_result_matrix(result), matrix, m, n, scale, tolerance);
    expect_rows("base", metagame_result_base(result), base, m, 1, scale, tolerance);
    expect_rows("first order", metagame_result_first_order(result), table->values + (((size_t)1 << n) - 1) * m, m, 1, scale, tolerance);
    for (size_t i = 0; i < m; i++)
      assert_int_equal(metagame_result_own_player(result)[i], run % 2 == 1 ? METAGAME_NO_PLAYER : table->own[i]);
    if (run / 2 == 0) expect_decomposition(result, tolerance);
    metagame_result_destroy(result);
  }
  metagame_game_destroy(game);
  free(matrix);
  free(base);
  free(scale);
  ts_table_free(table);
}
