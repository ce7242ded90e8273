/* SPDX-License-Identifier: MIT */
/* Smooth games: networks, logistic functions, powers of the number of players, and their scales. */
#include "zoo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HIDDEN = 16, BLOCK = 10, MOST_BLOCKS = 6 };

/* A network n-16-1 of tanh units, with weights 1.5 N(0,1)/sqrt(fan-in). */
typedef struct network {
  double in[HIDDEN][ZOO_MOST_TABLE], offset[HIDDEN], out[HIDDEN];
} network;

static void draw_network(network *net, uint32_t n, uint64_t seed) {
  uint64_t state = seed * UINT64_C(0x2545f4914f6cdd1d) + n;
  for (uint32_t h = 0; h < HIDDEN; ++h) {
    for (uint32_t p = 0; p < n; ++p) net->in[h][p] = 1.5 * zoo_normal(&state) / sqrt(n);
    net->offset[h] = zoo_normal(&state) / 2;
    net->out[h] = zoo_normal(&state) / sqrt(HIDDEN);
  }
}

static double units(const network *net, uint32_t n, uint64_t mask, double (*activation)(double)) {
  double sum = 0;
  for (uint32_t h = 0; h < HIDDEN; ++h) {
    double in = net->offset[h];
    for (uint32_t p = 0; p < n; ++p) in += mask >> p & 1 ? net->in[h][p] : 0;
    sum += net->out[h] * activation(in);
  }
  return sum;
}

static double softplus(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }
static double positive(double x) { return fmax(x, 0); }
static double logistic(double x) { return 1 / (1 + exp(-x)); }

static double tanh_value(const void *net, uint32_t n, uint64_t mask) {
  return units(net, n, mask, tanh);
}
static double softplus_value(const void *net, uint32_t n, uint64_t mask) {
  return units(net, n, mask, softplus);
}
static double relu_value(const void *net, uint32_t n, uint64_t mask) {
  return units(net, n, mask, positive);
}
static double tiny_value(const void *net, uint32_t n, uint64_t mask) {
  return 1e-9 * units(net, n, mask, tanh);
}
static double huge_value(const void *net, uint32_t n, uint64_t mask) {
  return 1e9 * units(net, n, mask, tanh);
}
static double offset_value(const void *net, uint32_t n, uint64_t mask) {
  return 1e4 + units(net, n, mask, tanh);
}
static double probability_value(const void *net, uint32_t n, uint64_t mask) {
  return logistic(4 * units(net, n, mask, tanh));
}
static double label_value(const void *net, uint32_t n, uint64_t mask) {
  return units(net, n, mask, tanh) > 0;
}

static void network_game(zoo_game *game, zoo_value value) {
  network net;
  draw_network(&net, game->n, 1);
  zoo_from_values(game, value, &net);
}

static void make_tanh(zoo_game *game) { network_game(game, tanh_value); }
static void make_softplus(zoo_game *game) { network_game(game, softplus_value); }
static void make_relu(zoo_game *game) { network_game(game, relu_value); }
static void make_tiny(zoo_game *game) { network_game(game, tiny_value); }
static void make_huge(zoo_game *game) { network_game(game, huge_value); }
static void make_offset(zoo_game *game) { network_game(game, offset_value); }
static void make_probability(zoo_game *game) { network_game(game, probability_value); }
static void make_label(zoo_game *game) { network_game(game, label_value); }

static void make_blocks(zoo_game *game) {
  network nets[MOST_BLOCKS];
  const void *contexts[MOST_BLOCKS];
  for (uint32_t b = 0; b < game->n / BLOCK; ++b) {
    draw_network(&nets[b], BLOCK, 2 + b);
    contexts[b] = &nets[b];
  }
  zoo_from_blocks(game, BLOCK, tanh_value, contexts);
}

/* Four classes that push with different force. */
static double steep(const uint32_t *size, const uint32_t *count) {
  (void)size;
  return logistic(0.8 * count[0] - 0.5 * count[1] + 0.2 * count[2] - 0.3 * count[3] - 1);
}
static void make_steep(zoo_game *game) {
  const uint32_t part = game->n / 4;
  zoo_from_classes(game, 4, (uint32_t[]){ game->n - 3 * part, part, part, part }, steep);
}

static double root(const uint32_t *size, const uint32_t *count) {
  (void)size;
  return sqrt(count[0] + 3.0 * count[1]);
}
static void make_root(zoo_game *game) {
  zoo_from_classes(game, 2, (uint32_t[]){ game->n / 2, game->n - game->n / 2 }, root);
}

/* exp of a normal sum: values over several powers of ten. */
static double lognormal(const void *weights, uint32_t n, uint64_t mask) {
  double sum = 0;
  for (uint32_t p = 0; p < n; ++p) sum += mask >> p & 1 ? ((const double *)weights)[p] : 0;
  return exp(sum);
}
static void make_lognormal(zoo_game *game) {
  double weights[ZOO_MOST_TABLE];
  uint64_t state = 77 + game->n;
  for (uint32_t p = 0; p < game->n; ++p) weights[p] = zoo_normal(&state);
  zoo_from_values(game, lognormal, weights);
}

/* Nothing to learn: independent normal values. */
static double noise(const void *context, uint32_t n, uint64_t mask) {
  uint64_t state = mask * 1000003 + n;
  (void)context;
  return zoo_normal(&state);
}
static void make_noise(zoo_game *game) { zoo_from_values(game, noise, NULL); }

static double wave(const void *weights, uint32_t n, uint64_t mask) {
  double sum = 0;
  for (uint32_t p = 0; p < n; ++p) sum += mask >> p & 1 ? ((const double *)weights)[p] : 0;
  return cos(3 * sum);
}
static void make_wave(zoo_game *game) {
  double weights[ZOO_MOST_TABLE];
  uint64_t state = 5 + game->n;
  for (uint32_t p = 0; p < game->n; ++p) weights[p] = zoo_normal(&state);
  zoo_from_values(game, wave, weights);
}

/* A smooth game with one rare jump on top. */
static double bump_value(const void *net, uint32_t n, uint64_t mask) {
  return units(net, n, mask, tanh) + ((mask & 31) == 31 ? 3 : 0);
}
static void make_bump(zoo_game *game) { network_game(game, bump_value); }

static double late_bump_value(const void *net, uint32_t n, uint64_t mask) {
  return units(net, n, mask, tanh) + ((uint32_t)__builtin_popcountll(mask) + 1 >= n ? 2 : 0);
}
static void make_late_bump(zoo_game *game) { network_game(game, late_bump_value); }

const zoo_entry zoo_smooth[] = {
  { "tanh", "network", 5, 0, make_tanh },
  { "tanh", "network", 10, 0, make_tanh },
  { "tanh", "network", 16, 0, make_tanh },
  { "softplus", "network", 12, 0, make_softplus },
  { "relu", "network", 12, 0, make_relu },
  { "tanh-blocks", "network", 30, 0, make_blocks },
  { "tanh-blocks", "network", 60, 0, make_blocks },
  { "probability", "network", 12, 0, make_probability },
  { "label", "label", 12, ZOO_JUMPS, make_label },
  { "tiny", "scale", 10, 0, make_tiny },
  { "huge", "scale", 10, 0, make_huge },
  { "offset", "scale", 10, 0, make_offset },
  { "steep", "smooth", 12, 0, make_steep },
  { "steep", "smooth", 50, 0, make_steep },
  { "root", "smooth", 12, 0, make_root },
  { "root", "smooth", 40, 0, make_root },
  { "lognormal", "heavy", 12, 0, make_lognormal },
  { "noise", "noise", 8, ZOO_JUMPS, make_noise },
  { "noise", "noise", 12, ZOO_JUMPS, make_noise },
  { "wave", "smooth", 10, 0, make_wave },
  { "bump", "rare", 14, ZOO_JUMPS, make_bump },
  { "late-bump", "late", 11, ZOO_JUMPS, make_late_bump },
  { NULL, NULL, 0, 0, NULL },
};
