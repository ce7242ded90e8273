/* SPDX-License-Identifier: MIT */
/* Planted directed effects: v_i(S) = sum over the effects e on target i of size_e [sources_e is part of S].
 *
 * These sizes are the Moebius transform of v_i, so (docs/mathematics.md, section 2) an effect with the sources R, the own player of a
 * pinned target left out, gives size/|R| to phi_{j->i} for each j in R; with R empty it is phi_{i->i} of a pinned target and base_i of
 * a free one. Cost of a coalition: the sources of all effects. */
#include <math.h>
#include <string.h>

#include "base/mask.h"
#include "truth/truth.h"

static int32_t METAGAME_CALL planted(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const mtg_truth *truth = user;
  (void)err;
  memset(rows, 0, n_masks * truth->m * sizeof *rows);
  for (size_t r = 0; r < n_masks; ++r) {
    const uint64_t *mask = masks + r * truth->words;
    const uint32_t *effect = truth->integers; /* target, number of sources, sources */
    for (size_t e = 0; e < truth->count; ++e) {
      const uint32_t *source = effect + 2, *end = source + effect[1];
      while (source < end && mtg_mask_has(mask, *source)) ++source;
      if (source == end) rows[r * truth->m + effect[0]] += truth->numbers[e];
      effect = end;
    }
  }
  return 0;
}

/* Every effect is one that can be; `seen` is a scratch mask. *room: integers that the copy takes. */
static metagame_status check(const metagame_truth_effect *effects, size_t n_effects, uint32_t n, uint32_t n_targets, uint64_t *seen,
                             size_t *room, metagame_error *err) {
  *room = 0;
  for (size_t e = 0; e < n_effects; ++e) {
    const metagame_truth_effect *effect = effects + e;
    if (!isfinite(effect->size)) return mtg_fail(err, METAGAME_E_NONFINITE, "effects[%zu].size is %g, must be finite", e, effect->size);
    if (effect->target >= n_targets)
      return mtg_fail(err, METAGAME_E_ARGUMENT, "effects[%zu].target is %u, must be 0..%u", e, effect->target, n_targets - 1);
    if (effect->n_sources > n)
      return mtg_fail(err, METAGAME_E_ARGUMENT, "effects[%zu].n_sources is %u, must be 0..%u", e, effect->n_sources, n);
    if (!effect->sources && effect->n_sources > 0) return mtg_fail(err, METAGAME_E_NULL, "effects[%zu].sources is NULL", e);
    for (uint32_t s = 0; s < effect->n_sources; ++s) {
      if (effect->sources[s] >= n)
        return mtg_fail(err, METAGAME_E_ARGUMENT, "effects[%zu].sources[%u] is %u, must be 0..%u", e, s, effect->sources[s], n - 1);
      if (mtg_mask_has(seen, effect->sources[s]))
        return mtg_fail(err, METAGAME_E_ARGUMENT, "effects[%zu].sources[%u] is %u, which it has before", e, s, effect->sources[s]);
      mtg_mask_add(seen, effect->sources[s]);
    }
    for (uint32_t s = 0; s < effect->n_sources; ++s) mtg_mask_remove(seen, effect->sources[s]);
    *room += 2 + (size_t)effect->n_sources;
  }
  return METAGAME_OK;
}

static metagame_status fill(mtg_truth *truth, const metagame_truth_effect *effects, size_t n_effects, metagame_error *err) {
  size_t room = 0;
  if (!effects && n_effects > 0) return mtg_fail(err, METAGAME_E_NULL, "effects is NULL");
  uint64_t *seen = mtg_new(&truth->alloc, truth->words, sizeof *seen);
  if (!seen) return mtg_fail_memory(err, &truth->alloc, "the effects");
  metagame_status status = check(effects, n_effects, truth->n, truth->m, seen, &room, err);
  mtg_free(&truth->alloc, seen);
  MTG_TRY(status);
  truth->count = n_effects;
  truth->numbers = mtg_new(&truth->alloc, n_effects, sizeof *truth->numbers);
  truth->integers = mtg_new(&truth->alloc, room, sizeof *truth->integers);
  if (!truth->numbers || !truth->integers) return mtg_fail_memory(err, &truth->alloc, "the effects");
  uint32_t *into = truth->integers;
  for (size_t e = 0; e < n_effects; ++e) {
    truth->numbers[e] = effects[e].size;
    into[0] = effects[e].target;
    into[1] = effects[e].n_sources;
    if (into[1] > 0) memcpy(into + 2, effects[e].sources, into[1] * sizeof *into);
    into += 2 + (size_t)into[1];
  }
  return METAGAME_OK;
}

static void answer(const metagame_truth_effect *effects, size_t n_effects, uint32_t n, const int32_t *own_player, double *matrix,
                   double *base) {
  for (size_t e = 0; e < n_effects; ++e) {
    const metagame_truth_effect *effect = effects + e;
    const int32_t own = own_player ? own_player[effect->target] : METAGAME_NO_PLAYER;
    double *row = matrix ? matrix + (size_t)effect->target * n : NULL;
    uint32_t others = 0;
    for (uint32_t s = 0; s < effect->n_sources; ++s) others += own < 0 || effect->sources[s] != (uint32_t)own;
    for (uint32_t s = 0; row && s < effect->n_sources; ++s)
      if (own < 0 || effect->sources[s] != (uint32_t)own) row[effect->sources[s]] += effect->size / (double)others;
    if (others > 0) continue;
    if (own >= 0 && row) row[own] += effect->size;
    if (own < 0 && base) base[effect->target] += effect->size;
  }
}

metagame_status metagame_truth_planted(metagame_game **out, uint32_t n_players, uint32_t n_targets, const int32_t *own_player,
                                       size_t n_effects, const metagame_truth_effect *effects, double *matrix, double *base,
                                       const metagame_allocator *allocator, metagame_error *err) {
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  mtg_truth *truth;
  if (out) *out = NULL;
  if (n_targets < 1 || n_targets > INT32_MAX)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "n_targets is %u, must be 1..%d", n_targets, INT32_MAX);
  MTG_TRY(mtg_truth_new(&truth, out, n_players, "n_players", allocator, err));
  truth->m = n_targets;
  metagame_status status = fill(truth, effects, n_effects, err);
  if (status != METAGAME_OK) {
    mtg_truth_free(truth);
    return status;
  }
  attributor.name = attributor.masking_id = "truth-planted";
  attributor.n_players = n_players;
  attributor.n_targets = n_targets;
  attributor.own_player = own_player;
  attributor.flags = METAGAME_THREADSAFE;
  attributor.user = truth;
  attributor.attribute = planted;
  attributor.destroy = mtg_truth_free;
  MTG_TRY(metagame_game_from_attributor(out, &attributor, allocator, err));
  if (matrix) memset(matrix, 0, (size_t)n_targets * n_players * sizeof *matrix);
  if (base) memset(base, 0, n_targets * sizeof *base);
  answer(effects, n_effects, n_players, own_player, matrix, base);
  return METAGAME_OK;
}
