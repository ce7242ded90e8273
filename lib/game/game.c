/* SPDX-License-Identifier: MIT */
#include "game/game.h"

#include <stdio.h>
#include <string.h>

#include "base/abi.h"
#include "base/mask.h"

/* The struct a game is made from, as messages name it and its sizes. */
typedef struct origin {
  const char *name, *targets, *callback;
} origin;

static const origin from_attributor = { "attributor", "n_targets", "attributor.attribute" };
static const origin from_function = { "function", "n_outputs", "function.evaluate" };
static const origin from_model = { "model", "n_outputs", "model_callbacks.evaluate" };

static metagame_status check_formula(const metagame_attributor *callbacks, metagame_error *err) {
  if (!callbacks->values || !callbacks->plan || !callbacks->combine)
    return mtg_fail(err, METAGAME_E_NULL, "attributor.%s is NULL: a formula needs values, plan and combine",
                    !callbacks->values ? "values" : !callbacks->plan ? "plan" : "combine");
  if (callbacks->attribute)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "attributor.attribute is set beside plan and combine: choose one form");
  if (callbacks->values->values)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "attributor.values is itself a formula game; it must be a direct one");
  if (callbacks->value_output >= callbacks->values->callbacks.n_targets)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "attributor.value_output is %llu, must be 0..%u",
                    (unsigned long long)callbacks->value_output, callbacks->values->callbacks.n_targets - 1);
  return METAGAME_OK;
}

static metagame_status check(const metagame_attributor *callbacks, const origin *from, metagame_error *err) {
  const uint64_t known = METAGAME_THREADSAFE | METAGAME_CARDINAL;
  if (!callbacks->name) return mtg_fail(err, METAGAME_E_NULL, "attributor.name is NULL, but required");
  if (callbacks->n_players < 1 || callbacks->n_players > METAGAME_MAX_PLAYERS)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "%s.n_players is %u, must be 1..%u", from->name, callbacks->n_players,
                    METAGAME_MAX_PLAYERS);
  if (callbacks->n_targets < 1 || callbacks->n_targets > INT32_MAX)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "%s.%s is %u, must be 1..%d", from->name, from->targets, callbacks->n_targets, INT32_MAX);
  if (callbacks->flags & ~known)
    return mtg_fail(err, METAGAME_E_FLAGS, "%s.flags is 0x%llx, known bits are 0x%llx", from->name,
                    (unsigned long long)callbacks->flags, (unsigned long long)known);
  if (callbacks->values || callbacks->plan || callbacks->combine) MTG_TRY(check_formula(callbacks, err));
  for (uint32_t i = 0; callbacks->own_player && i < callbacks->n_targets; ++i)
    if (callbacks->own_player[i] != METAGAME_NO_PLAYER &&
        (callbacks->own_player[i] < 0 || (uint32_t)callbacks->own_player[i] >= callbacks->n_players))
      return mtg_fail(err, METAGAME_E_OWN_PLAYER, "attributor.own_player[%u] is %ld, must be %d or 0..%u", i,
                      (long)callbacks->own_player[i], METAGAME_NO_PLAYER, callbacks->n_players - 1);
  if (callbacks->semivalue && (!callbacks->values || callbacks->values->callbacks.n_players != callbacks->n_players))
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "attributor.semivalue is set, but there are no values over the same %u players",
                    callbacks->n_players);
  return METAGAME_OK;
}

static metagame_status create(metagame_game **out, const metagame_attributor *callbacks, const origin *from, const mtg_alloc *alloc,
                              metagame_error *err) {
  MTG_TRY(check(callbacks, from, err));
  metagame_game *game = mtg_new(alloc, 1, sizeof *game);
  if (!game) return mtg_fail_memory(err, alloc, "the game");
  if (callbacks->semivalue) {
    metagame_status status = mtg_cardinal_copy(&game->cardinal, callbacks->semivalue, callbacks->n_players, callbacks->n_targets,
                                               callbacks->own_player, alloc, err);
    if (status != METAGAME_OK) {
      mtg_free(alloc, game);
      return status;
    }
  }
  game->callbacks = *callbacks;
  game->callbacks.semivalue = NULL;
  const char *id = callbacks->masking_id ? callbacks->masking_id : callbacks->values ? callbacks->values->masking_id : "unspecified";
  game->alloc = *alloc;
  game->callback_name = from->callback;
  game->name = mtg_copy_string(alloc, callbacks->name);
  game->masking_id = mtg_copy_string(alloc, id);
  game->own_player = mtg_new(alloc, callbacks->n_targets, sizeof *game->own_player);
  if (!game->name || !game->masking_id || !game->own_player || mtg_lock_open(&game->lock) != 0) {
    mtg_cardinal_free(game->cardinal, alloc);
    mtg_free(alloc, game->name);
    mtg_free(alloc, game->masking_id);
    mtg_free(alloc, game->own_player);
    mtg_free(alloc, game);
    return mtg_fail_memory(err, alloc, "the game");
  }
  for (uint32_t i = 0; i < callbacks->n_targets; ++i)
    game->own_player[i] = callbacks->own_player ? callbacks->own_player[i] : METAGAME_NO_PLAYER;
  game->callbacks.name = game->name;
  game->callbacks.masking_id = game->masking_id;
  game->callbacks.own_player = game->own_player;
  if (callbacks->values) game->callbacks.values = game->values = mtg_game_hold(callbacks->values);
  atomic_init(&game->holders, 1);
  *out = game;
  return METAGAME_OK;
}

metagame_status metagame_game_from_attributor(metagame_game **out, const metagame_attributor *attributor,
                                              const metagame_allocator *allocator, metagame_error *err) {
  metagame_attributor known = METAGAME_ATTRIBUTOR_INIT;
  mtg_alloc alloc;
  if (out) *out = NULL;
  if (!attributor) return mtg_fail(err, METAGAME_E_NULL, "attributor is NULL");
  metagame_status status = mtg_struct_read(&known, sizeof known, attributor, sizeof known, "attributor", err);
  if (status == METAGAME_OK && !out) status = mtg_fail(err, METAGAME_E_NULL, "out is NULL");
  if (status == METAGAME_OK) status = mtg_alloc_from(&alloc, allocator, err);
  if (status == METAGAME_OK) status = create(out, &known, &from_attributor, &alloc, err);
  if (status != METAGAME_OK && known.destroy) known.destroy(known.user);
  return status;
}

metagame_status metagame_game_from_function(metagame_game **out, const metagame_function *function,
                                            const metagame_allocator *allocator, metagame_error *err) {
  metagame_function known = METAGAME_FUNCTION_INIT;
  metagame_attributor adapter = METAGAME_ATTRIBUTOR_INIT;
  mtg_alloc alloc;
  if (out) *out = NULL;
  if (!function) return mtg_fail(err, METAGAME_E_NULL, "function is NULL");
  metagame_status status = mtg_struct_read(&known, sizeof known, function, sizeof known, "function", err);
  if (status == METAGAME_OK && !out) status = mtg_fail(err, METAGAME_E_NULL, "out is NULL");
  if (status == METAGAME_OK) status = mtg_alloc_from(&alloc, allocator, err);
  if (status == METAGAME_OK && known.flags & ~METAGAME_THREADSAFE)
    status = mtg_fail(err, METAGAME_E_FLAGS, "function.flags is 0x%llx, known bits are 0x%llx", (unsigned long long)known.flags,
                      (unsigned long long)METAGAME_THREADSAFE);
  if (status == METAGAME_OK) {
    adapter.name = "function";
    adapter.masking_id = known.masking_id;
    adapter.n_players = known.n_players;
    adapter.n_targets = known.n_outputs ? known.n_outputs : 1;
    adapter.flags = known.flags;
    adapter.max_batch = known.max_batch;
    adapter.user = known.user;
    adapter.attribute = known.evaluate;
    adapter.destroy = known.destroy;
    status = create(out, &adapter, &from_function, &alloc, err);
  }
  if (status == METAGAME_OK) {
    (*out)->is_value_game = 1;
  } else if (known.destroy) {
    known.destroy(known.user);
  }
  return status;
}

/* ---- the game of a masked model ---- */

typedef struct mask_rows {
  const mtg_masked *masked;
  const uint64_t *masks;
  size_t words;
} mask_rows;

static void fill_mask_row(const void *context, size_t index, size_t b, double *row) {
  const mask_rows *rows = context;
  mtg_masked_row(rows->masked, rows->masks + index * rows->words, b, row);
}

static int32_t METAGAME_CALL masked_values(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  mtg_masked *masked = user;
  mask_rows context = { masked, masks, mtg_mask_words(masked->players.count) };
  return mtg_masked_mean(masked, n_masks, fill_mask_row, &context, rows, err) < 0 ? MTG_PASS_ON : 0;
}

static void METAGAME_CALL release_masked(void *user) { mtg_masked_release(user); }

metagame_status metagame_game_from_model(metagame_game **out, const metagame_model *model, const metagame_masking *masking,
                                         metagame_error *err) {
  metagame_masking known;
  metagame_attributor adapter = METAGAME_ATTRIBUTOR_INIT;
  mtg_masked *masked;
  char id[96];
  if (out) *out = NULL;
  if (!out || !model || !masking)
    return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !out ? "out" : !model ? "model" : "masking");
  MTG_TRY(mtg_struct_read(&known, sizeof known, masking, sizeof known, "masking", err));
  MTG_TRY(mtg_masked_create(&masked, model, &known, err));
  uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a over the background's numbers: tells two maskings apart */
  for (size_t at = 0; at < masked->n_background * masked->n_features; ++at) {
    uint64_t bits;
    memcpy(&bits, &masked->background[at], sizeof bits);
    for (int byte = 0; byte < 8; ++byte) hash = (hash ^ (bits >> (8 * byte) & 0xff)) * UINT64_C(0x100000001b3);
  }
  snprintf(id, sizeof id, "%s:%zux%u:%016llx", masked->n_background == 1 ? "baseline" : "background", masked->n_background,
           masked->n_features, (unsigned long long)hash);
  adapter.name = "model";
  adapter.masking_id = known.masking_id ? known.masking_id : id;
  adapter.n_players = masked->players.count;
  adapter.n_targets = masked->n_outputs;
  adapter.flags = METAGAME_THREADSAFE; /* the model has its own lock */
  adapter.user = masked;
  adapter.attribute = masked_values;
  adapter.destroy = release_masked;
  metagame_status status = create(out, &adapter, &from_model, &model->alloc, err);
  if (status != METAGAME_OK) {
    mtg_masked_release(masked);
    return status;
  }
  (*out)->is_value_game = 1;
  (*out)->masked = masked;
  return METAGAME_OK;
}

/* ---- use ---- */

metagame_game *mtg_game_hold(const metagame_game *game) {
  metagame_game *held = (metagame_game *)(uintptr_t)game; /* the count is not part of what const promises */
  atomic_fetch_add(&held->holders, 1);
  return held;
}

void metagame_game_destroy(metagame_game *game) {
  if (!game || atomic_fetch_sub(&game->holders, 1) != 1) return;
  mtg_alloc alloc = game->alloc;
  if (game->callbacks.destroy) game->callbacks.destroy(game->callbacks.user);
  metagame_game_destroy(game->values);
  mtg_cardinal_free(game->cardinal, &alloc);
  mtg_lock_close(&game->lock);
  mtg_free(&alloc, game->name);
  mtg_free(&alloc, game->masking_id);
  mtg_free(&alloc, game->own_player);
  mtg_free(&alloc, game);
}

size_t metagame_mask_words(uint32_t n_players) { return mtg_mask_words(n_players); }

uint32_t metagame_game_n_players(const metagame_game *game) { return game ? game->callbacks.n_players : 0; }

uint32_t metagame_game_n_targets(const metagame_game *game) { return game ? game->callbacks.n_targets : 0; }

static void take(const metagame_game *game) {
  if (!(game->callbacks.flags & METAGAME_THREADSAFE)) mtg_lock_take((mtg_lock *)(uintptr_t)&game->lock);
}

static void give(const metagame_game *game) {
  if (!(game->callbacks.flags & METAGAME_THREADSAFE)) mtg_lock_give((mtg_lock *)(uintptr_t)&game->lock);
}

static metagame_status outcome(int32_t code, const metagame_error *host, const char *callback, metagame_error *err) {
  if (code == 0) return METAGAME_OK;
  if (code != MTG_PASS_ON || host->status >= 0) return mtg_fail_callback(err, code, host, callback);
  if (err) *err = *host;
  return host->status;
}

metagame_status mtg_game_rows(const metagame_game *game, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const metagame_attributor *callbacks = &game->callbacks;
  const size_t words = mtg_mask_words(callbacks->n_players);
  if (!callbacks->attribute)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "%s is NULL: this game can only be solved by ask and tell", game->callback_name);
  for (size_t first = 0; first < n_masks;) {
    size_t count = n_masks - first;
    if (callbacks->max_batch && count > callbacks->max_batch) count = (size_t)callbacks->max_batch;
    metagame_error host = mtg_host_error();
    take(game);
    int32_t code = callbacks->attribute(callbacks->user, masks + first * words, count, rows + first * callbacks->n_targets, &host);
    give(game);
    MTG_TRY(outcome(code, &host, game->callback_name, err));
    first += count;
  }
  return METAGAME_OK;
}

metagame_status mtg_game_plan(const metagame_game *game, const uint64_t *mask, metagame_sink *sink, metagame_error *err) {
  metagame_error host = mtg_host_error();
  take(game);
  int32_t code = game->callbacks.plan(game->callbacks.user, mask, sink, &host);
  give(game);
  return outcome(code, &host, "attributor.plan", err);
}

metagame_status mtg_game_combine(const metagame_game *game, const uint64_t *mask, const double *values, size_t n_values, double *row,
                                 metagame_error *err) {
  metagame_error host = mtg_host_error();
  take(game);
  int32_t code = game->callbacks.combine(game->callbacks.user, mask, values, n_values, row, &host);
  give(game);
  return outcome(code, &host, "attributor.combine", err);
}

metagame_status mtg_game_completeness(const metagame_game *game, const uint64_t *mask, double *expected, double *residual,
                                      metagame_error *err) {
  metagame_error host = mtg_host_error();
  take(game);
  int32_t code = game->callbacks.completeness(game->callbacks.user, mask, expected, residual, &host);
  give(game);
  return outcome(code, &host, "attributor.completeness", err);
}

metagame_status metagame_game_evaluate(const metagame_game *game, const metagame_request *request, double *rows, metagame_error *err) {
  metagame_request known;
  if (!game || !request || !rows)
    return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !game ? "game" : !request ? "request" : "rows");
  MTG_TRY(mtg_struct_read(&known, sizeof known, request, sizeof known, "request", err));
  const metagame_game *asked = known.kind == METAGAME_ASK_VALUES ? game->values : game;
  if ((known.kind != METAGAME_ASK_VALUES && known.kind != METAGAME_ASK_ATTRIBUTIONS) || !asked ||
      known.n_players != asked->callbacks.n_players || known.row_len != asked->callbacks.n_targets || !known.masks)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "the request (kind %ld, %u players, rows of %u) is not one of this game's",
                    (long)known.kind, known.n_players, known.row_len);
  return mtg_game_rows(asked, known.masks, known.n_masks, rows, err);
}
