/* SPDX-License-Identifier: MIT */
#include "index_common.h"

#include <math.h>

metagame_game *value_game(ts_table *table) {
  metagame_error err;
  metagame_game *game = NULL;
  const metagame_function function = ts_table_function(table);
  expect_ok(metagame_game_from_function(&game, &function, NULL, &err), &err);
  return game;
}

metagame_result *solve_order(const metagame_game *game, uint32_t order, uint64_t flags) {
  metagame_options options = exact_options(metagame_game_n_players(game));
  options.interaction_order = order;
  options.flags = flags;
  return solve(game, &options);
}

metagame_result *solve_values(ts_table *table, uint32_t order) {
  metagame_game *game = value_game(table);
  metagame_result *result = solve_order(game, order, 0);
  metagame_game_destroy(game);
  return result;
}

double *cells_of(const metagame_result *result, metagame_index index) {
  metagame_error err;
  const metagame_result_info info = info_of(result);
  size_t cells = info.n_targets;
  for (uint32_t q = 0; q < (index.order ? index.order : 2); q++) cells *= info.n_players;
  double *values = ts_alloc(cells, sizeof *values);
  expect_ok(metagame_result_index(result, &index, values, NULL, &err), &err);
  return values;
}

double *index_of(const metagame_result *result, int32_t kind, uint32_t order, uint32_t max_order) {
  metagame_index index = METAGAME_INDEX_INIT;
  index.kind = kind;
  index.order = order;
  index.max_order = max_order;
  return cells_of(result, index);
}

double *meta_of(const metagame_result *result, int32_t inner, int32_t outer, uint64_t flags) {
  metagame_index index = METAGAME_INDEX_INIT;
  index.kind = METAGAME_INDEX_META;
  index.inner = inner;
  index.outer = outer;
  index.flags = flags;
  return cells_of(result, index);
}

void expect_near(const char *what, double got, double want, double bound) {
  if (!(fabs(got - want) <= bound)) fail_msg("%s: %.17g and %.17g", what, got, want);
}

metagame_game *attribution_of(ts_table *table, const char *name, const metagame_groups *targets) {
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_game *base = value_game(table), *game = NULL;
  metagame_error err;
  method.name = name;
  method.output = table->n_outputs - 1;
  method.targets = targets;
  expect_ok(metagame_game_attribute(&game, base, &method, &err), &err);
  metagame_game_destroy(base);
  return game;
}

ts_table *sparse_table(uint64_t seed, uint32_t n, uint32_t most, double noise) {
  ts_rng rng = ts_rng_make(seed);
  ts_table *table = ts_table_new(n, 1);
  for (uint32_t t = 0; t < 3 * n; t++) {
    const double size = ts_rng_real(&rng, -1, 1);
    uint64_t set = 0;
    for (uint64_t k = 1 + ts_rng_below(&rng, most); k > 0; k--) set |= UINT64_C(1) << ts_rng_below(&rng, n);
    for (uint64_t mask = 0; mask < UINT64_C(1) << n; mask++) table->values[mask] += (mask & set) == set ? size : 0;
  }
  for (uint64_t mask = 0; mask < UINT64_C(1) << n; mask++) table->values[mask] += noise * ts_rng_real(&rng, -1, 1);
  return table;
}
