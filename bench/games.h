/* SPDX-License-Identifier: MIT */
/* A folder of games with known Shapley values: index.json (name -> form, n, v0, v1) and for each game
 *   form "table": NAME.npy, 2^n doubles; entry b is v(S), player i in S iff bit i of b is set; n <= 24
 *   form "terms": NAME.json, { n, const, terms: [[in, out, coef], ...] }; v(S) = const + sum of coef over the terms with `in` a part of
 *                 S and `out` apart from S, both bit masks; n <= 53, as JSON numbers are doubles
 *   both:         NAME.sv.npy, the n Shapley values. */
#ifndef BENCH_GAMES_H
#define BENCH_GAMES_H

#include <stddef.h>
#include <stdint.h>

#include "metagame.h"

typedef struct bench_term {
  uint64_t in, care; /* holds at S when (S & care) == in; care = in | out */
  double coef;
} bench_term;

typedef struct bench_game {
  char *name;
  uint32_t n;
  double *table; /* 2^n values, or NULL: */
  double constant;
  size_t n_terms;
  bench_term *terms;
  double *exact; /* n */
  /* What was asked since the last bench_game_reset. */
  uint64_t n_calls, n_distinct; /* coalitions, repeats counted and not */
  double seconds;               /* CPU seconds within the callback */
  uint64_t *seen;               /* hash set of masks + 1, 0: free */
  size_t seen_room;
} bench_game;

typedef struct bench_games {
  size_t count;
  bench_game *games; /* in the order of index.json */
} bench_games;

/* Returns 0, or -1 with a message in why[BENCH_MESSAGE]. Either way release with bench_games_free. The values at both ends and the sum of
 * the Shapley values are compared with v0 and v1. */
int bench_games_read(bench_games *out, const char *folder, char *why);
void bench_games_free(bench_games *games);

double bench_game_value(const bench_game *game, uint64_t mask);
void bench_game_reset(bench_game *game);
/* The library's view of it; borrows `game`. */
metagame_function bench_game_function(bench_game *game);

#endif
