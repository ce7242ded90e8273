/* SPDX-License-Identifier: MIT */
/* What the contract, fault and thread tests share: an allocator that counts, checks and refuses; a game and a model that count and
 * fail at a chosen call; and the loop around a session. */
#ifndef TEST_FIXTURE_H
#define TEST_FIXTURE_H

#include <stdarg.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "metagame.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* ---- memory ---- */

typedef struct fx_memory {
  long calls;        /* allocations tried */
  long fail_at;      /* the call that gets NULL, from 1; 0: none */
  int fail_later;    /* and all behind it */
  size_t bytes, peak, blocks;
  long wrong_size, wrong_alignment; /* releases that did not match their allocation */
} fx_memory;

metagame_allocator fx_allocator(fx_memory *memory); /* for one thread */

/* ---- a game ---- */

typedef enum fx_fault { FX_NONE, FX_CODE, FX_NAN, FX_INFINITY } fx_fault;
enum { FX_USER_CODE = 4711, FX_MOST = 80 };

typedef struct fx_game {
  uint32_t n, m;
  int32_t own[FX_MOST];
  uint64_t flags, max_batch;
  atomic_long calls, coalitions, destroyed, overlaps;
  atomic_long too_large, spare_bits; /* calls beyond max_batch; coalitions of players that do not exist */
  atomic_int inside;
  long fault_at; /* the call that fails, from 1 */
  fx_fault fault;
  metagame_session *cancel; /* cancelled inside call cancel_at */
  long cancel_at;
  int slow; /* microseconds to sleep inside, so that other threads would come in */
} fx_game;

/* n players; m targets, target i pinned to player i where `pinned` and i < n. */
void fx_game_init(fx_game *game, uint32_t n, uint32_t m, int pinned);
double fx_value(uint64_t mask, uint32_t n, uint32_t target); /* row[target] at a coalition of n <= 64 players */
metagame_attributor fx_attributor(fx_game *game);
metagame_function fx_function(fx_game *game);
metagame_game *fx_create(fx_game *game, const metagame_allocator *allocator);          /* from fx_attributor; asserts success */
metagame_game *fx_create_function(fx_game *game, const metagame_allocator *allocator); /* from fx_function */

/* ---- a model: f_o(x) = sum_k (k + 1) x_k + (o + 1) x_0 x_1 + x_k^2 / 4; its calls are counted in *counts ---- */

metagame_model_callbacks fx_model(fx_game *counts, uint32_t n_features, uint32_t n_outputs);

/* ---- sessions and results ---- */

extern const int32_t fx_solvers[5];
metagame_options fx_options(int32_t solver, uint64_t max_evaluations);
/* ask / evaluate / tell until ask says something else than OK, or an error. */
metagame_status fx_drive(metagame_session *session, const metagame_game *game, metagame_error *err);
/* Everything a result says, bit for bit. */
void fx_same_result(const metagame_result *a, const metagame_result *b);
/* PARTIAL or OK; every number finite or NaN, evaluations as told, residual small where all is known. */
void fx_valid_partial(const metagame_result *result);

/* status, and `part` (each, up to NULL) in the message, which err must carry with the same status. */
void fx_expect(metagame_status status, metagame_status wanted, const metagame_error *err, ...);

#endif
