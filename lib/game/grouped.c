/* SPDX-License-Identifier: MIT */
/* A game between groups of another game's players: w(G) = v(P + union of the groups in G), P the players that are always there. Formulas
 * keep their value game: plan and combine see the mapped coalition. Cost: one pass over the groups for each coalition. */
#include <string.h>

#include "base/mask.h"
#include "game/game.h"

typedef struct grouped {
  mtg_alloc alloc;
  metagame_game *inner; /* held */
  mtg_groups players;   /* of inner's players */
  uint64_t *present;    /* mask of inner's players */
  int32_t *own_player;
  size_t words;         /* of a mask of inner's players */
} grouped;

static void map_mask(const grouped *g, const uint64_t *groups, uint64_t *players) {
  mtg_mask_copy(players, g->present, g->words);
  for (size_t w = 0; w < mtg_mask_words(g->players.count); ++w)
    for (uint64_t left = groups[w]; left; left &= left - 1) {
      const size_t group = 64 * w + mtg_lowest_bit(left);
      for (size_t at = g->players.offsets[group]; at < g->players.offsets[group + 1]; ++at) mtg_mask_add(players, g->players.features[at]);
    }
}

static uint64_t *map_masks(const grouped *g, const uint64_t *masks, size_t n_masks, metagame_error *err) {
  const size_t words = mtg_mask_words(g->players.count);
  uint64_t *mapped = mtg_new(&g->alloc, n_masks, g->words * sizeof *mapped);
  if (!mapped) mtg_fail_memory(err, &g->alloc, "a batch of coalitions");
  for (size_t r = 0; mapped && r < n_masks; ++r) map_mask(g, masks + r * words, mapped + r * g->words);
  return mapped;
}

/* ---- callbacks: inner has its own lock ---- */

static int32_t METAGAME_CALL attribute(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const grouped *g = user;
  uint64_t *mapped = map_masks(g, masks, n_masks, err);
  if (!mapped) return MTG_PASS_ON;
  const metagame_status status = mtg_game_rows(g->inner, mapped, n_masks, rows, err);
  mtg_free(&g->alloc, mapped);
  return status < 0 ? MTG_PASS_ON : 0;
}

static int32_t METAGAME_CALL plan(void *user, const uint64_t *mask, metagame_sink *sink, metagame_error *err) {
  const grouped *g = user;
  uint64_t *mapped = map_masks(g, mask, 1, err);
  if (!mapped) return MTG_PASS_ON;
  const metagame_status status = mtg_game_plan(g->inner, mapped, sink, err);
  mtg_free(&g->alloc, mapped);
  return status < 0 ? MTG_PASS_ON : 0;
}

static int32_t METAGAME_CALL combine(void *user, const uint64_t *mask, const double *values, size_t n_values, double *row,
                                     metagame_error *err) {
  const grouped *g = user;
  uint64_t *mapped = map_masks(g, mask, 1, err);
  if (!mapped) return MTG_PASS_ON;
  const metagame_status status = mtg_game_combine(g->inner, mapped, values, n_values, row, err);
  mtg_free(&g->alloc, mapped);
  return status < 0 ? MTG_PASS_ON : 0;
}

static int32_t METAGAME_CALL completeness(void *user, const uint64_t *mask, double *expected, double *residual, metagame_error *err) {
  const grouped *g = user;
  uint64_t *mapped = map_masks(g, mask, 1, err);
  if (!mapped) return MTG_PASS_ON;
  const metagame_status status = mtg_game_completeness(g->inner, mapped, expected, residual, err);
  mtg_free(&g->alloc, mapped);
  return status < 0 ? MTG_PASS_ON : 0;
}

static void METAGAME_CALL destroy(void *user) {
  grouped *g = user;
  const mtg_alloc alloc = g->alloc;
  mtg_groups_free(&g->players, &alloc);
  mtg_free(&alloc, g->present);
  mtg_free(&alloc, g->own_player);
  metagame_game_destroy(g->inner);
  mtg_free(&alloc, g);
}

/* ---- creation ---- */

static metagame_status copy_present(grouped *g, const uint64_t *present, metagame_error *err) {
  const uint32_t n = g->inner->callbacks.n_players;
  if (present && n % 64 && present[g->words - 1] >> (n % 64) != 0)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "present has bits beyond player %u of the game", n - 1);
  g->present = mtg_new(&g->alloc, g->words, sizeof *g->present);
  if (!g->present) return mtg_fail_memory(err, &g->alloc, "the game");
  if (present) mtg_mask_copy(g->present, present, g->words);
  return METAGAME_OK;
}

/* Each player outside of `present` by itself. */
static metagame_status single_players(grouped *g, metagame_error *err) {
  const uint32_t n = g->inner->callbacks.n_players;
  MTG_TRY(mtg_groups_copy(&g->players, NULL, n, 1, "players", &g->alloc, err));
  g->players.count = 0;
  for (uint32_t p = 0; p < n; ++p)
    if (!mtg_mask_has(g->present, p)) g->players.features[g->players.count++] = p;
  if (g->players.count == 0)
    return mtg_fail(err, METAGAME_E_GROUPS, "present names all %u players of the game: none is left to play", n);
  return METAGAME_OK;
}

static metagame_status copy_players(grouped *g, const metagame_groups *players, metagame_error *err) {
  if (!players) return single_players(g, err);
  MTG_TRY(mtg_groups_copy(&g->players, players, g->inner->callbacks.n_players, 1, "players", &g->alloc, err));
  for (uint32_t group = 0; group < g->players.count; ++group)
    for (size_t at = g->players.offsets[group]; at < g->players.offsets[group + 1]; ++at)
      if (mtg_mask_has(g->present, g->players.features[at]))
        return mtg_fail(err, METAGAME_E_GROUPS, "players: group %u names player %u, which is in present, too", group,
                        g->players.features[at]);
  return METAGAME_OK;
}

/* The group that is exactly {own player of inner}, or none. */
static metagame_status find_own_players(grouped *g, metagame_error *err) {
  const metagame_game *inner = g->inner;
  const uint32_t n = inner->callbacks.n_players, m = inner->callbacks.n_targets;
  int32_t *group = mtg_new(&g->alloc, n, sizeof *group);
  g->own_player = mtg_new(&g->alloc, m, sizeof *g->own_player);
  if (!group || !g->own_player) {
    mtg_free(&g->alloc, group);
    return mtg_fail_memory(err, &g->alloc, "the game");
  }
  mtg_groups_invert(&g->players, n, group);
  for (uint32_t i = 0; i < m; ++i) {
    const int32_t own = inner->own_player[i] < 0 ? METAGAME_NO_PLAYER : group[inner->own_player[i]];
    g->own_player[i] = own >= 0 && g->players.offsets[own + 1] - g->players.offsets[own] == 1 ? own : METAGAME_NO_PLAYER;
  }
  mtg_free(&g->alloc, group);
  return METAGAME_OK;
}

metagame_status metagame_game_group(metagame_game **out, const metagame_game *game, const metagame_groups *players,
                                    const uint64_t *present, metagame_error *err) {
  metagame_attributor adapter = METAGAME_ATTRIBUTOR_INIT;
  if (out) *out = NULL;
  if (!out || !game) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !out ? "out" : "game");
  grouped *g = mtg_new(&game->alloc, 1, sizeof *g);
  if (!g) return mtg_fail_memory(err, &game->alloc, "the game");
  g->alloc = game->alloc;
  g->inner = mtg_game_hold(game);
  g->words = mtg_mask_words(game->callbacks.n_players);
  metagame_status status = copy_present(g, present, err);
  if (status == METAGAME_OK) status = copy_players(g, players, err);
  if (status == METAGAME_OK) status = find_own_players(g, err);
  if (status != METAGAME_OK) {
    destroy(g);
    return status;
  }
  const int all_single = g->players.offsets[g->players.count] == g->players.count;
  const metagame_allocator host = { sizeof host, game->alloc.user, game->alloc.allocate, game->alloc.release };
  adapter.name = game->name;
  adapter.masking_id = game->masking_id;
  adapter.n_players = g->players.count;
  adapter.n_targets = game->callbacks.n_targets;
  adapter.own_player = g->own_player;
  adapter.flags = METAGAME_THREADSAFE | (all_single ? game->callbacks.flags & METAGAME_CARDINAL : 0);
  adapter.max_batch = game->callbacks.max_batch;
  adapter.user = g;
  adapter.attribute = game->callbacks.attribute ? attribute : NULL;
  adapter.values = game->values;
  adapter.value_output = game->callbacks.value_output;
  adapter.plan = game->values ? plan : NULL;
  adapter.combine = game->values ? combine : NULL;
  adapter.completeness = game->callbacks.completeness ? completeness : NULL;
  adapter.destroy = destroy;
  MTG_TRY(metagame_game_from_attributor(out, &adapter, &host, err)); /* which releases g on failure */
  (*out)->is_value_game = game->is_value_game;
  (*out)->is_grouped = 1;
  (*out)->callback_name = game->callback_name;
  return METAGAME_OK;
}
