/* SPDX-License-Identifier: MIT */
/* Sums of terms coef [in part of S][out apart from S]: additive games, unanimity sums, airport,
 * trees and forests. */
#include "zoo.h"

#include <math.h>
#include <stdlib.h>

static void make_additive(zoo_game *game) {
  uint64_t state = 11 + game->n;
  game->constant[0] = 0.5;
  for (uint32_t p = 0; p < game->n; ++p)
    zoo_add_term(game, 0, UINT64_C(1) << p, 0, zoo_normal(&state));
  zoo_from_terms(game);
}

static void make_constant(zoo_game *game) {
  game->constant[0] = 2.5;
  zoo_from_terms(game);
}

static void make_dictator(zoo_game *game) {
  zoo_add_term(game, 0, 1, 0, 1);
  zoo_from_terms(game);
}

/* Terms of `present` players there and `absent` away, at most; sizes are uniform. */
static void draw_terms(zoo_game *game, uint32_t target, uint64_t *state, size_t count,
                       uint32_t present, uint32_t absent, double (*size)(uint64_t *)) {
  for (size_t t = 0; t < count; ++t) {
    const uint32_t a = 1 + (uint32_t)(zoo_uniform(state) * present);
    const uint32_t b = absent ? (uint32_t)(zoo_uniform(state) * (absent + 1)) : 0;
    const uint64_t in = zoo_subset(state, game->n, a), out = zoo_subset(state, game->n, b) & ~in;
    zoo_add_term(game, target, in, out, size(state));
  }
}

static double cauchy(uint64_t *state) {
  return tan(3.141592653589793 * (zoo_uniform(state) - 0.5));
}

static void make_products(zoo_game *game) {
  uint64_t state = 21 + game->n;
  draw_terms(game, 0, &state, 60, 4, 0, zoo_normal);
  zoo_from_terms(game);
}

static void make_both(zoo_game *game) {
  uint64_t state = 31 + game->n;
  draw_terms(game, 0, &state, 60, 3, 3, zoo_normal);
  zoo_from_terms(game);
}

static void make_deep(zoo_game *game) {
  uint64_t state = 41 + game->n;
  draw_terms(game, 0, &state, 40, game->n, 0, zoo_normal);
  zoo_from_terms(game);
}

static void make_heavy(zoo_game *game) {
  uint64_t state = 51 + game->n;
  draw_terms(game, 0, &state, 60, 4, 2, cauchy);
  zoo_from_terms(game);
}

static void make_chain(zoo_game *game) {
  uint64_t state = 61 + game->n;
  for (uint32_t p = 0; p + 1 < game->n; ++p)
    zoo_add_term(game, 0, UINT64_C(3) << p, 0, zoo_normal(&state));
  zoo_from_terms(game);
}

/* The largest cost of S: step k is paid unless all who need it stay away. */
static void make_airport(zoo_game *game) {
  uint64_t need = ~UINT64_C(0) >> (64 - game->n);
  for (uint32_t p = 0; p < game->n; ++p) {
    game->constant[0] += p + 1;
    zoo_add_term(game, 0, 0, need, -(double)(p + 1));
    need &= ~(UINT64_C(1) << p);
  }
  zoo_from_terms(game);
}

/* Below a node that S reaches when `in` is there and `out` away. A feature splits x from the
 * baseline half of the time. */
static void grow(zoo_game *game, uint64_t *state, uint64_t in, uint64_t out, uint32_t depth) {
  if (depth == 0) {
    zoo_add_term(game, 0, in, out, zoo_normal(state));
    return;
  }
  const uint64_t bit = UINT64_C(1) << (uint32_t)(zoo_uniform(state) * game->n);
  const int flip = zoo_bits(state) & 1;
  if (in & bit || out & bit) {
    grow(game, state, in, out, depth - 1);
    return;
  }
  grow(game, state, flip ? in | bit : in, flip ? out : out | bit, depth - 1);
  grow(game, state, flip ? in : in | bit, flip ? out | bit : out, depth - 1);
}

static void make_tree(zoo_game *game) {
  uint64_t state = 71 + game->n;
  grow(game, &state, 0, 0, 6);
  zoo_from_terms(game);
}

static void make_forest(zoo_game *game) {
  uint64_t state = 81 + game->n;
  for (int t = 0; t < 20; ++t) grow(game, &state, 0, 0, 4);
  zoo_from_terms(game);
}

const zoo_entry zoo_sums[] = {
  { "additive", "additive", 6, 0, make_additive },
  { "additive", "additive", 20, 0, make_additive },
  { "additive", "additive", 60, 0, make_additive },
  { "constant", "constant", 8, 0, make_constant },
  { "constant", "constant", 40, 0, make_constant },
  { "dictator", "additive", 12, ZOO_JUMPS, make_dictator },
  { "products", "sum", 10, 0, make_products },
  { "products", "sum", 24, 0, make_products },
  { "products", "sum", 60, 0, make_products },
  { "both-kinds", "sum", 12, 0, make_both },
  { "both-kinds", "sum", 30, 0, make_both },
  { "both-kinds", "sum", 60, 0, make_both },
  { "deep", "rare", 14, 0, make_deep },
  { "heavy", "heavy", 12, 0, make_heavy },
  { "heavy", "heavy", 30, 0, make_heavy },
  { "chain", "sum", 20, 0, make_chain },
  { "chain", "sum", 50, 0, make_chain },
  { "airport", "market", 10, 0, make_airport },
  { "airport", "market", 30, 0, make_airport },
  { "tree", "tree", 15, ZOO_JUMPS, make_tree },
  { "tree", "tree", 30, ZOO_JUMPS, make_tree },
  { "forest", "tree", 14, 0, make_forest },
  { "forest", "tree", 40, 0, make_forest },
  { NULL, NULL, 0, 0, NULL },
};
