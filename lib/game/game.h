/* SPDX-License-Identifier: MIT */
/* The game: coalition -> row of m numbers. Immutable after creation and shared by reference count. */
#ifndef MTG_GAME_H
#define MTG_GAME_H

#include "base/lock.h"
#include "game/cardinal.h"
#include "game/masked.h"

struct metagame_game {
  mtg_alloc alloc;
  atomic_uint holders;
  mtg_lock lock;                /* serialises callbacks that are not thread-safe */
  metagame_attributor callbacks; /* the adopted struct; its pointers lead to the copies below */
  char *name, *masking_id;
  int32_t *own_player;
  metagame_game *values; /* formula form; held */
  mtg_cardinal *cardinal; /* of callbacks.semivalue, NULL else */
  const char *callback_name; /* for messages: "attributor.attribute", "function.evaluate" */
  int is_value_game;         /* made from a function or a model: built-in attributors may be put on it */
  int is_grouped;            /* made by metagame_game_group */
  mtg_masked *masked;        /* made from a model; borrowed from callbacks.user, NULL else */
};

metagame_game *mtg_game_hold(const metagame_game *game);

/* Rows of a direct game; `masks` has mtg_mask_words(n_players) words a row. METAGAME_E_UNSUPPORTED without a callback. */
metagame_status mtg_game_rows(const metagame_game *game, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err);

/* One call of plan, combine or completeness under the game's lock; code from the callback into a status. */
metagame_status mtg_game_plan(const metagame_game *game, const uint64_t *mask, metagame_sink *sink, metagame_error *err);
metagame_status mtg_game_combine(const metagame_game *game, const uint64_t *mask, const double *values, size_t n_values, double *row,
                                 metagame_error *err);
metagame_status mtg_game_completeness(const metagame_game *game, const uint64_t *mask, double *expected, double *residual,
                                      metagame_error *err);

#endif
