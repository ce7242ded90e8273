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
  metagame_llama *handle;
  uint32_t n;
  size_t words; /* of 2n players */
} occlusion;

static bool bit(const uint64_t *mask, uint32_t player) {
  return mask[player / 64] >> (player % 64) & 1;
}

static int32_t METAGAME_CALL evaluate(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  return mtl_values(user, masks, n_masks, true, rows, err);
}

static void METAGAME_CALL release_handle(void *user) {
  metagame_llama_destroy(user);
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
  metagame_llama_destroy(self->handle);
  free(self);
}

metagame_status metagame_llama_occlusion(metagame_game **out, metagame_llama *handle, metagame_error *err) {
  if (!out) return mtl_fail(err, METAGAME_E_NULL, "out is NULL");
  *out = NULL;
  if (!handle) return mtl_fail(err, METAGAME_E_NULL, "handle is NULL");
  uint32_t n = handle->n_players;
  if (n > METAGAME_MAX_PLAYERS / 2)
    return mtl_fail(err, METAGAME_E_LIMIT, "the prompt has %u players, at most %u", n, METAGAME_MAX_PLAYERS / 2);
  if (handle->no_occlusion)
    return mtl_fail(err, METAGAME_E_UNSUPPORTED,
                    "the prompt is a single word, and options.occluded is %d (METAGAME_LLAMA_DELETE)", handle->occluded);
  metagame_game *values = NULL;
  metagame_function function = METAGAME_FUNCTION_INIT;
  function.n_players = 2 * n;
  function.n_outputs = 1;
  function.masking_id = handle->occlusion_id;
  function.user = mtl_retain(handle);
  function.evaluate = evaluate;
  function.destroy = release_handle;
  MTL_TRY(metagame_game_from_function(&values, &function, NULL, err));

  occlusion *self = malloc(sizeof *self);
  int32_t *own_player = malloc(n * sizeof *own_player);
  metagame_status status = METAGAME_OK;
  if (!self || !own_player) {
    free(self);
    status = mtl_no_memory(err);
  } else {
    for (uint32_t k = 0; k < n; ++k) own_player[k] = (int32_t)k;
    self->handle = mtl_retain(handle);
    self->n = n;
    self->words = metagame_mask_words(2 * n);
    metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
    attributor.name = handle->occluded == handle->absent ? "occlusion" : "directed occlusion";
    attributor.masking_id = handle->occlusion_id;
    attributor.n_players = n;
    attributor.n_targets = n;
    attributor.own_player = own_player;
    attributor.flags = handle->occluded == handle->absent ? METAGAME_CARDINAL : 0;
    attributor.user = self;
    attributor.values = values;
    attributor.plan = plan;
    attributor.combine = combine;
    attributor.destroy = release_self;
    status = metagame_game_from_attributor(out, &attributor, NULL, err);
  }
  free(own_player);
  metagame_game_destroy(values); /* the new game holds it */
  return status;
}
