/* SPDX-License-Identifier: MIT */
/* Vector games: attributions with pinned targets, and targets of different nature in one game. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../network.h"
#include "zoo.h"

static void copy_row(const void *rows, uint32_t n, uint64_t mask, double *row) {
  memcpy(row, (const double *)rows + (size_t)mask * n, n * sizeof *row);
}

static void network_game(zoo_game *game, int activation, int inner, uint32_t n_pinned) {
  double *rows = bench_network_rows(game->n, 1, activation, inner);
  zoo_set_targets(game, game->n, n_pinned);
  zoo_from_rows(game, copy_row, rows);
  free(rows);
}
static void make_gradient(zoo_game *game) { network_game(game, BENCH_TANH, BENCH_GXI, game->n); }
static void make_integrated(zoo_game *game) {
  network_game(game, BENCH_SOFTPLUS, BENCH_IG, game->n);
}
static void make_free(zoo_game *game) { network_game(game, BENCH_TANH, BENCH_GXI, 0); }
static void make_half(zoo_game *game) { network_game(game, BENCH_TANH, BENCH_IG, game->n / 2); }

/* Attention: the weight of i among those who are there. */
static void attention_row(const void *context, uint32_t n, uint64_t mask, double *row) {
  uint64_t state = 5;
  double sum = 0;
  (void)context;
  for (uint32_t i = 0; i < n; ++i) {
    row[i] = exp(zoo_normal(&state)) * (double)(mask >> i & 1);
    sum += row[i];
  }
  for (uint32_t i = 0; i < n && sum > 0; ++i) row[i] /= sum;
}
static void make_attention(zoo_game *game) {
  zoo_set_targets(game, game->n, game->n);
  zoo_from_rows(game, attention_row, NULL);
}

/* Pinned votes: target i is there when i + 2 others are, or a majority, or all but one - by i
 * modulo 3. */
static void votes_row(const void *context, uint32_t n, uint64_t mask, double *row) {
  const uint32_t s = (uint32_t)__builtin_popcountll(mask);
  (void)context;
  for (uint32_t i = 0; i < n; ++i) {
    const uint64_t friends = UINT64_C(1) << (i + 1) % n | UINT64_C(1) << (i + 2) % n;
    const int there = i % 3 == 0 ? (mask & friends) == friends
      : i % 3 == 1               ? 2 * s > n
                                 : s + 1 >= n;
    row[i] = (double)(there && mask >> i & 1);
  }
}
static void make_votes(zoo_game *game) {
  zoo_set_targets(game, game->n, game->n);
  zoo_from_rows(game, votes_row, NULL);
}

/* Free targets of different nature: smooth, a vote, a late effect, a constant, an exclusive or. */
static void mixed_row(const void *context, uint32_t n, uint64_t mask, double *row) {
  const uint32_t s = (uint32_t)__builtin_popcountll(mask);
  uint64_t state = 9;
  double sum = -0.5;
  (void)context;
  for (uint32_t p = 0; p < n; ++p) {
    const double weight = zoo_normal(&state);
    sum += mask >> p & 1 ? weight : 0;
  }
  row[0] = tanh(sum);
  row[1] = 2 * s > n;
  row[2] = mask & 1 && s + 2 >= n;
  row[3] = -3;
  row[4] = (double)((mask ^ mask >> 1) & 1);
}
static void make_mixed(zoo_game *game) {
  zoo_set_targets(game, 5, 0);
  zoo_from_rows(game, mixed_row, NULL);
}

/* Planted effects of 1..most sources; the first n_pinned targets are players. */
static void planted(zoo_game *game, uint32_t m, uint32_t n_pinned, uint32_t most) {
  uint64_t state = 3 + game->n;
  zoo_set_targets(game, m, n_pinned);
  for (uint32_t i = 0; i < m; ++i)
    for (int t = 0; t < 12; ++t) {
      const uint64_t in = zoo_subset(&state, game->n, 1 + (uint32_t)(zoo_uniform(&state) * most));
      zoo_add_term(game, i, in, 0, zoo_normal(&state));
    }
  zoo_from_terms(game);
}
static void make_planted(zoo_game *game) { planted(game, game->n, game->n, 3); }
static void make_planted_half(zoo_game *game) { planted(game, 10, 5, 3); }
static void make_planted_deep(zoo_game *game) { planted(game, 6, 6, 8); }

const zoo_entry zoo_vectors[] = {
  { "gradient", "vector", 10, 0, make_gradient },
  { "integrated", "vector", 8, 0, make_integrated },
  { "free-rows", "vector", 12, 0, make_free },
  { "half-pinned", "vector", 9, 0, make_half },
  { "attention", "vector", 10, 0, make_attention },
  { "pinned-votes", "vector", 9, ZOO_JUMPS, make_votes },
  { "mixed", "vector", 12, ZOO_JUMPS, make_mixed },
  { "planted", "vector", 16, 0, make_planted },
  { "planted-half", "vector", 40, 0, make_planted_half },
  { "planted-deep", "vector", 24, 0, make_planted_deep },
  { NULL, NULL, 0, 0, NULL },
};
