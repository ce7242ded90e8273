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
