/* SPDX-License-Identifier: MIT */
#include "game/groups.h"

#include <string.h>

static metagame_status check(const metagame_groups *source, uint32_t n_features, int disjoint, const char *field, uint32_t *seen,
                             metagame_error *err) {
  if (!source->offsets || !source->features)
    return mtg_fail(err, METAGAME_E_NULL, "%s.%s is NULL", field, source->offsets ? "features" : "offsets");
  if (source->n_groups < 1 || source->n_groups > METAGAME_MAX_PLAYERS)
    return mtg_fail(err, METAGAME_E_GROUPS, "%s.n_groups is %zu, must be 1..%u", field, source->n_groups, METAGAME_MAX_PLAYERS);
  if (source->offsets[0] != 0) return mtg_fail(err, METAGAME_E_GROUPS, "%s.offsets[0] is %zu, must be 0", field, source->offsets[0]);
  for (size_t g = 0; g < source->n_groups; ++g) /* all of them first: they say how long `features` is */
    if (source->offsets[g + 1] <= source->offsets[g])
      return mtg_fail(err, METAGAME_E_GROUPS, "%s: group %zu is empty (offsets %zu, %zu); offsets must increase", field, g,
                      source->offsets[g], source->offsets[g + 1]);
  for (size_t g = 0; g < source->n_groups; ++g) {
    for (size_t at = source->offsets[g]; at < source->offsets[g + 1]; ++at) {
      uint32_t feature = source->features[at];
      if (feature >= n_features)
        return mtg_fail(err, METAGAME_E_GROUPS, "%s: group %zu names feature %u, must be 0..%u", field, g, feature, n_features - 1);
      if (seen[feature] == g + 1) return mtg_fail(err, METAGAME_E_GROUPS, "%s: group %zu names feature %u twice", field, g, feature);
      if (disjoint && seen[feature] != 0)
        return mtg_fail(err, METAGAME_E_GROUPS, "%s: groups %u and %zu overlap in feature %u", field, seen[feature] - 1, g, feature);
      seen[feature] = (uint32_t)g + 1;
    }
  }
  return METAGAME_OK;
}

metagame_status mtg_groups_copy(mtg_groups *out, const metagame_groups *source, uint32_t n_features, int disjoint, const char *field,
                                const mtg_alloc *alloc, metagame_error *err) {
  memset(out, 0, sizeof *out);
  if (!source && n_features > METAGAME_MAX_PLAYERS)
    return mtg_fail(err, METAGAME_E_GROUPS, "%s: %u features, at most %u can be players of their own; group them", field, n_features,
                    METAGAME_MAX_PLAYERS);
  if (source) {
    uint32_t *seen = mtg_new(alloc, n_features, sizeof *seen);
    if (!seen) return mtg_fail_memory(err, alloc, field);
    metagame_status status = check(source, n_features, disjoint, field, seen, err);
    mtg_free(alloc, seen);
    MTG_TRY(status);
  }
  out->count = source ? (uint32_t)source->n_groups : n_features;
  out->offsets = mtg_new(alloc, (size_t)out->count + 1, sizeof *out->offsets);
  out->features = mtg_new(alloc, source ? source->offsets[source->n_groups] : n_features, sizeof *out->features);
  if (!out->offsets || !out->features) {
    mtg_groups_free(out, alloc);
    return mtg_fail_memory(err, alloc, field);
  }
  if (source) {
    memcpy(out->offsets, source->offsets, (source->n_groups + 1) * sizeof *out->offsets);
    memcpy(out->features, source->features, source->offsets[source->n_groups] * sizeof *out->features);
  } else {
    for (uint32_t f = 0; f < n_features; ++f) {
      out->offsets[f + 1] = f + 1;
      out->features[f] = f;
    }
  }
  return METAGAME_OK;
}

void mtg_groups_free(mtg_groups *groups, const mtg_alloc *alloc) {
  mtg_free(alloc, groups->offsets);
  mtg_free(alloc, groups->features);
  memset(groups, 0, sizeof *groups);
}

void mtg_groups_invert(const mtg_groups *players, uint32_t n_features, int32_t *player) {
  for (uint32_t f = 0; f < n_features; ++f) player[f] = METAGAME_NO_PLAYER;
  for (uint32_t p = 0; p < players->count; ++p)
    for (size_t at = players->offsets[p]; at < players->offsets[p + 1]; ++at) player[players->features[at]] = (int32_t)p;
}

int32_t mtg_groups_own_player(const mtg_groups *targets, uint32_t target, const mtg_groups *players, const int32_t *player) {
  size_t first = targets->offsets[target], end = targets->offsets[target + 1];
  int32_t own = player[targets->features[first]];
  if (own < 0 || players->offsets[own + 1] - players->offsets[own] != end - first) return METAGAME_NO_PLAYER;
  for (size_t at = first + 1; at < end; ++at) /* features are distinct, so equal sizes and one player mean equal sets */
    if (player[targets->features[at]] != own) return METAGAME_NO_PLAYER;
  return own;
}
