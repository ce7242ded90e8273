/* SPDX-License-Identifier: MIT */
/* Draws of the attributors that sample. The Philox unit is the draw's number: every coalition gets the same draws. With
 * METAGAME_INDEPENDENT it is a hash of the coalition's bits and the number: every coalition gets its own, and still the same ones
 * in any batch, order or thread. */
#include <math.h>

#include "attributors/builtin.h"
#include "base/mask.h"
#include "base/random.h"

static mtg_random start(const mtg_builtin *builtin, uint32_t stream, const uint64_t *mask, uint64_t index) {
  const uint32_t n_players = builtin->base->callbacks.n_players;
  if (!builtin->is_independent) return mtg_random_at(builtin->seed, stream, index);
  const uint64_t words[2] = { mtg_mask_hash(mask, mtg_mask_words(n_players)), index };
  return mtg_random_at(builtin->seed, stream, mtg_mask_hash(words, 2));
}

/* Box and Muller, "A note on the generation of random normal deviates", 1958. */
void mtg_draw_noise(const mtg_builtin *builtin, const uint64_t *mask, uint64_t index, double *noise) {
  const double two_pi = 6.28318530717958647693;
  mtg_random random = start(builtin, MTG_STREAM_INNER_NOISE, mask, index);
  for (uint32_t k = 0; k < builtin->n_features; k += 2) {
    const double radius = builtin->deviation * sqrt(-2 * log(1 - mtg_random_unit(&random)));
    const double angle = two_pi * mtg_random_unit(&random);
    noise[k] = radius * cos(angle);
    if (k + 1 < builtin->n_features) noise[k + 1] = radius * sin(angle);
  }
}

/* Strata s and samples-1-s share one number u: their points are (s + u)/samples and one minus that. The middle one of an odd number
 * of strata has its own. */
void mtg_draw_point(const mtg_builtin *builtin, const uint64_t *mask, uint64_t index, size_t n_background, size_t *background,
                    double *point) {
  const uint64_t mirror = builtin->samples - 1 - index, stratum = index < mirror ? index : mirror;
  mtg_random points = start(builtin, MTG_STREAM_INNER_POINTS, mask, stratum);
  const double at = ((double)stratum + mtg_random_unit(&points)) / (double)builtin->samples;
  *point = stratum == index ? at : 1 - at;
  *background = 0;
  if (n_background < 2) return;
  mtg_random rows = start(builtin, MTG_STREAM_INNER_ROWS, mask, index);
  const size_t row = (size_t)(mtg_random_unit(&rows) * (double)n_background);
  *background = row < n_background ? row : n_background - 1;
}

void mtg_draw_order(const mtg_builtin *builtin, const uint64_t *mask, uint64_t index, uint32_t *order) {
  mtg_random random = start(builtin, MTG_STREAM_INNER_ORDERS, mask, index);
  for (uint32_t k = 0; k < builtin->n_features; ++k) order[k] = k;
  for (uint32_t k = builtin->n_features; k > 1; --k) {
    const uint32_t other = mtg_random_below(&random, k), swapped = order[other];
    order[other] = order[k - 1];
    order[k - 1] = swapped;
  }
}

void mtg_draw_subset(const mtg_builtin *builtin, const uint64_t *mask, uint64_t index, uint64_t *subset) {
  mtg_random random = start(builtin, MTG_STREAM_INNER_SUBSETS, mask, index);
  for (size_t word = 0; word < mtg_mask_words(builtin->n_features); ++word) subset[word] = mtg_random_u64(&random);
}
