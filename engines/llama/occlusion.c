/* SPDX-License-Identifier: MIT */
/* Directed occlusion, a formula attributor over a value game of 2n players.
 *   phi_i(S) = f(S) - f(S with i occluded)  for i in S, else 0
 * Outside S players are replaced in one way (absent), i is replaced in another (occluded). If both are the same, then
 * f(S) - f(S without i), and the influence j -> i is a second difference of f, the same for i -> j. If they differ it is not.
 * Value game: bit i: player i is present; bit n+i: it is not occluded (always set for players outside S). Cost: 1 + |S| values.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

typedef struct occlusion {
  metagame_game *values;
  uint32_t n;
  size_t words; /* of 2n players */
  int32_t *own_player;
} occlusion;

static bool bit(const uint64_t *mask, uint32_t player) {
  return mask[player / 64] >> (player % 64) & 1;
}

static int32_t METAGAME_CALL plan(void *user, const uint64_t *mask, metagame_sink *sink, metagame_error *err) {
  const occlusion *self = user;
  (void)err;
  uint64_t *wanted = calloc(self->words, sizeof *wanted);
  if (!wanted) return METAGAME_E_NOMEM;
  for (uint32_t k = 0; k < self->n; ++k) {
    if (bit(mask, k)) wanted[k / 64] |= UINT64_C(1) << (k % 64);
    uint32_t kept = self->n + k;
    wanted[kept / 64] |= UINT64_C(1) << (kept % 64);
  }
  metagame_status status = metagame_sink_want(sink, wanted);
  for (uint32_t k = 0; k < self->n && status == METAGAME_OK; ++k) {
    if (!bit(mask, k)) continue;
    uint32_t kept = self->n + k;
    wanted[kept / 64] ^= UINT64_C(1) << (kept % 64);
    status = metagame_sink_want(sink, wanted);
    wanted[kept / 64] ^= UINT64_C(1) << (kept % 64);
  }
  free(wanted);
  return status;
}

static int32_t METAGAME_CALL combine(void *user, const uint64_t *mask, const double *values, size_t n_values, double *row,
                                     metagame_error *err) {
  const occlusion *self = user;
  size_t next = 1;
  for (uint32_t k = 0; k < self->n; ++k) {
    row[k] = 0.0;
    if (!bit(mask, k)) continue;
    if (next >= n_values) {
      metagame_error_set(err, "fewer values than planned");
      return METAGAME_E_INTERNAL;
    }
    row[k] = values[0] - values[next++];
  }
  return 0;
}

static void METAGAME_CALL release_self(void *user) {
  occlusion *self = user;
  metagame_game_destroy(self->values);
  free(self->own_player);
  free(self);
}

static metagame_status make_values(occlusion *self, metagame_llama *handle, int32_t absent, int32_t values, metagame_error *err) {
  mtl_value_game *game = NULL;
  metagame_function function = METAGAME_FUNCTION_INIT;
  MTL_TRY(mtl_value_game_create(&game, handle, absent, values, true, err));
  mtl_value_game_function(game, &function);
  return metagame_game_from_function(&self->values, &function, NULL, err);
}

metagame_status mtl_occlusion(metagame_attributor *out, metagame_llama *handle, int32_t absent, int32_t values, metagame_error *err) {
  uint32_t n = handle->n_players;
  if (absent == 0) absent = handle->absent;
  if (n > METAGAME_MAX_PLAYERS / 2)
    return mtl_fail(err, METAGAME_E_LIMIT, "the prompt has %u players, at most %u", n, METAGAME_MAX_PLAYERS / 2);
  if (handle->no_occlusion)
    return mtl_fail(err, METAGAME_E_UNSUPPORTED,
                    "the prompt is a single word, and options.occluded is %d (METAGAME_LLAMA_DELETE)", handle->occluded);
  occlusion *self = calloc(1, sizeof *self);
  if (!self) return mtl_no_memory(err);
  self->n = n;
  self->words = metagame_mask_words(2 * n);
  self->own_player = malloc(n * sizeof *self->own_player);
  metagame_status status = self->own_player ? make_values(self, handle, absent, values, err) : mtl_no_memory(err);
  if (status < 0) {
    release_self(self);
    return status;
  }
  for (uint32_t k = 0; k < n; ++k) self->own_player[k] = (int32_t)k;
  bool same = handle->occluded == absent;
  out->name = same ? "occlusion" : "directed occlusion";
  out->n_players = n;
  out->n_targets = n;
  out->own_player = self->own_player;
  out->flags = same ? METAGAME_CARDINAL : 0;
  out->user = self;
  out->values = self->values; /* whose masking id is the attribution's */
  out->plan = plan;
  out->combine = combine;
  out->destroy = release_self;
  return METAGAME_OK;
}

metagame_status metagame_llama_occlusion(metagame_game **out, metagame_llama *handle, metagame_error *err) {
  metagame_llama_method method = METAGAME_LLAMA_METHOD_INIT;
  method.name = "occlusion";
  return metagame_llama_attribute(out, handle, &method, err);
}
