/* SPDX-License-Identifier: MIT */
/* What the tests of indices share: value games, results with interactions, one index in fresh memory. */
#ifndef TEST_INDEX_COMMON_H
#define TEST_INDEX_COMMON_H

#include "common.h"
#include "metagame/indices.h"

metagame_game *value_game(ts_table *table); /* a function game: no own players */
/* The built-in attribution `name` of the last output of a table's value game. targets: NULL for the players. */
metagame_game *attribution_of(ts_table *table, const char *name, const metagame_groups *targets);
/* Sums of 3 n unanimity games of up to `most` players, and uniform noise on -noise..noise. */
ts_table *sparse_table(uint64_t seed, uint32_t n, uint32_t most, double noise);

metagame_result *solve_order(const metagame_game *game, uint32_t interaction_order, uint64_t flags);
metagame_result *solve_values(ts_table *table, uint32_t interaction_order); /* of the value game */

/* The caller frees: n_targets x n^order. */
double *cells_of(const metagame_result *result, metagame_index index);
double *index_of(const metagame_result *result, int32_t kind, uint32_t order, uint32_t max_order);
double *meta_of(const metagame_result *result, int32_t inner, int32_t outer, uint64_t flags);

void expect_near(const char *what, double got, double want, double bound);

#endif
