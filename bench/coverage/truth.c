/* SPDX-License-Identifier: MIT */
/* The Shapley values of the four forms. With w_s = 1 / (n C(n-1,s)), the weight of a coalition of s
 * players before p joins: table    phi_p = sum_S v(S) (p in S ? w_{s-1} : -w_s); a pinned target's
 * own player is in S throughout, and n is one less classes  phi of a player of class c = sum over
 * counts k of prod_d C(n_d - [d = c], k_d) w_{|k|} (v(k + e_c) - v(k)) */
#include "zoo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../common.h"

uint64_t zoo_bits(uint64_t *state) {
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

double zoo_uniform(uint64_t *state) { return ((double)(zoo_bits(state) >> 11) + 0.5) * 0x1p-53; }

double zoo_normal(uint64_t *state) {
  const double radius = sqrt(-2 * log(zoo_uniform(state)));
  return radius * cos(6.283185307179586 * zoo_uniform(state));
}

uint64_t zoo_subset(uint64_t *state, uint32_t n, uint32_t size) {
  uint64_t set = 0;
  while (size) {
    const uint64_t bit = UINT64_C(1) << (uint32_t)(zoo_uniform(state) * n);
    size -= !(set & bit);
    set |= bit;
  }
  return set;
}

static double choose(uint32_t n, uint32_t k) {
  double value = 1;
  for (uint32_t j = 1; j <= k; ++j) value = value * (n - k + j) / j;
  return value;
}

/* w_s of n players. */
static double weight(uint32_t n, uint32_t s) { return 1 / (n * choose(n - 1, s)); }

void zoo_set_targets(zoo_game *game, uint32_t m, uint32_t n_pinned) {
  free(game->truth);
  free(game->size);
  free(game->constant);
  game->m = m;
  game->truth = bench_new((size_t)m * game->n, sizeof *game->truth);
  game->size = bench_new(m, sizeof *game->size);
  game->constant = bench_new(m, sizeof *game->constant);
  if (n_pinned == 0) return;
  game->own = bench_new(m, sizeof *game->own);
  for (uint32_t i = 0; i < m; ++i) game->own[i] = i < n_pinned ? (int32_t)i : METAGAME_NO_PLAYER;
}

/* Adds to truth[n] the values of column `at` of a table with rows of m, on players `n`, of which
 * `own` (or -1) is always in. */
static void enumerate(const double *table, uint32_t n, uint32_t m, uint32_t at, int32_t own,
                      double *truth, double *size) {
  const uint32_t others = own >= 0 ? n - 1 : n;
  double weights[ZOO_MOST_TABLE] = { 0 };
  for (uint32_t s = 0; s < others; ++s) weights[s] = weight(others, s);
  for (uint64_t mask = 0; mask >> n == 0; ++mask) {
    if (own >= 0 && !(mask >> own & 1)) continue;
    const uint32_t s = (uint32_t)__builtin_popcountll(mask) - (own >= 0);
    const double value = table[(size_t)mask * m + at];
    *size = fmax(*size, fabs(value));
    for (uint32_t p = 0; p < n; ++p) {
      if ((int32_t)p == own) continue;
      truth[p] += mask >> p & 1 ? weights[s - 1] * value : -(s < others ? weights[s] : 0) * value;
    }
  }
}

void zoo_from_rows(zoo_game *game, zoo_row row, const void *context) {
  const size_t count = (size_t)1 << game->n;
  game->form = ZOO_TABLE;
  game->table = bench_new(count * game->m, sizeof *game->table);
  for (uint64_t mask = 0; mask < count; ++mask)
    row(context, game->n, mask, game->table + (size_t)mask * game->m);
  for (uint32_t i = 0; i < game->m; ++i)
    enumerate(game->table, game->n, game->m, i, game->own ? game->own[i] : -1,
              game->truth + (size_t)i * game->n, &game->size[i]);
}

typedef struct scalar {
  zoo_value value;
  const void *context;
} scalar;

static void one_value(const void *context, uint32_t n, uint64_t mask, double *row) {
  const scalar *what = context;
  *row = what->value(what->context, n, mask);
}

void zoo_from_values(zoo_game *game, zoo_value value, const void *context) {
  const scalar what = { value, context };
  zoo_from_rows(game, one_value, &what);
}

void zoo_from_blocks(zoo_game *game, uint32_t block, zoo_value value, const void *const *contexts) {
  const size_t count = (size_t)1 << block;
  double sum = 0;
  game->form = ZOO_BLOCKS;
  game->block = block;
  game->table = bench_new(count * (game->n / block), sizeof *game->table);
  for (uint32_t b = 0; b < game->n / block; ++b) {
    double most = 0;
    for (uint64_t mask = 0; mask < count; ++mask)
      game->table[b * count + mask] = value(contexts[b], block, mask);
    enumerate(game->table + b * count, block, 1, 0, -1, game->truth + (size_t)b * block, &most);
    sum += most;
  }
  *game->size = sum;
}

/* The counts behind an index of the table of a game of classes; returns their sum. */
static uint32_t counts_at(const zoo_game *game, size_t at, uint32_t *count) {
  uint32_t sum = 0;
  for (uint32_t c = game->n_classes; c-- > 0; at /= game->class_size[c] + 1)
    sum += count[c] = (uint32_t)(at % (game->class_size[c] + 1));
  return sum;
}

void zoo_from_classes(zoo_game *game, uint32_t n_classes, const uint32_t *sizes, zoo_count value) {
  uint32_t count[ZOO_MOST_CLASSES], first = 0;
  size_t cells = 1, stride = 1;
  game->form = ZOO_CLASSES;
  game->n_classes = n_classes;
  memcpy(game->class_size, sizes, n_classes * sizeof *sizes);
  for (uint32_t c = 0; c < n_classes; ++c) cells *= sizes[c] + 1;
  game->table = bench_new(cells, sizeof *game->table);
  for (size_t at = 0; at < cells; ++at) {
    counts_at(game, at, count);
    game->table[at] = value(game->class_size, count);
    *game->size = fmax(*game->size, fabs(game->table[at]));
  }
  for (uint32_t c = 0; c < n_classes; ++c, first += sizes[c - 1]) {
    double phi = 0;
    stride = 1;
    for (uint32_t d = c + 1; d < n_classes; ++d) stride *= sizes[d] + 1;
    for (size_t at = 0; at < cells; ++at) {
      const uint32_t s = counts_at(game, at, count);
      double ways = s < game->n ? weight(game->n, s) : 0;
      if (count[c] == sizes[c]) continue;
      for (uint32_t d = 0; d < n_classes; ++d) ways *= choose(sizes[d] - (d == c), count[d]);
      phi += ways * (game->table[at + stride] - game->table[at]);
    }
    for (uint32_t p = first; p < first + sizes[c]; ++p) game->truth[p] = phi;
  }
}

void zoo_add_term(zoo_game *game, uint32_t target, uint64_t in, uint64_t out, double coef) {
  if ((game->n_terms & (game->n_terms - 1)) == 0) { /* room doubles at powers of two */
    game->terms = realloc(game->terms,
                          (game->n_terms ? 2 * game->n_terms : 1) * sizeof *game->terms);
    if (!game->terms) exit(1);
  }
  game->terms[game->n_terms++] = (zoo_term){ in, out, coef, target };
}

void zoo_from_terms(zoo_game *game) {
  game->form = ZOO_TERMS;
  for (uint32_t i = 0; i < game->m; ++i) game->size[i] = fabs(game->constant[i]);
  for (size_t t = 0; t < game->n_terms; ++t) {
    const zoo_term *term = &game->terms[t];
    const int32_t own = game->own ? game->own[term->target] : METAGAME_NO_PLAYER;
    const uint64_t pin = own >= 0 ? UINT64_C(1) << own : 0, in = term->in & ~pin;
    const uint32_t a = (uint32_t)__builtin_popcountll(in),
                   b = (uint32_t)__builtin_popcountll(term->out);
    double *truth = game->truth + (size_t)term->target * game->n;
    if (term->out & (pin | term->in)) continue; /* never there */
    game->size[term->target] += fabs(term->coef);
    for (uint32_t p = 0; p < game->n; ++p) {
      if (in >> p & 1) truth[p] += term->coef / (a * choose(a + b, a));
      if (term->out >> p & 1) truth[p] -= term->coef / (b * choose(a + b, a));
    }
  }
}
