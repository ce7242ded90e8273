/* SPDX-License-Identifier: MIT */
/* Value games: llama.cpp where it can, or the F32 graph. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static void destroy(mtl_value_game *game) {
  metagame_llama_destroy(game->handle);
  free(game->masking_id);
  free(game);
}

static int32_t METAGAME_CALL evaluate(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  mtl_value_game *game = user;
  if (game->graph) return mtl_graph_values(game->handle, game->absent, game->doubled, masks, n_masks, rows, err);
  return mtl_values(game->handle, masks, n_masks, game->doubled, rows, err);
}

static void METAGAME_CALL release(void *user) {
  destroy(user);
}

static char *masking_id(const metagame_llama *handle, int32_t absent, bool doubled) {
  char *replaced = mtl_absence_text(handle, absent), *occluded = mtl_absence_text(handle, handle->occluded), *id = NULL;
  if (replaced && occluded && doubled) id = mtl_format("llama %s: %s; occluded: %s", handle->unit, replaced, occluded);
  else if (replaced && occluded) id = mtl_format("llama %s: %s", handle->unit, replaced);
  free(replaced);
  free(occluded);
  return id;
}

metagame_status mtl_value_game_create(mtl_value_game **out, metagame_llama *handle, int32_t absent, int32_t values, bool doubled,
                                      metagame_error *err) {
  if (absent == 0) absent = handle->absent;
  bool needs_graph = absent != handle->absent || absent == METAGAME_LLAMA_HIDE ||
                     (doubled && handle->occluded == METAGAME_LLAMA_HIDE);
  if (values == METAGAME_LLAMA_VALUES_LLAMA && needs_graph)
    return mtl_fail(err, METAGAME_E_UNSUPPORTED,
                    "method.values is %d (llama.cpp), which knows no attention mask (%d) and only the handle's absent = %d; "
                    "method.absent is %d", values, METAGAME_LLAMA_HIDE, handle->absent, absent);
  bool graph = needs_graph || values == METAGAME_LLAMA_VALUES_GRAPH;
  if (graph) MTL_TRY(mtl_graph_open(handle, absent, doubled, err));
  mtl_value_game *game = calloc(1, sizeof *game);
  if (!game) return mtl_no_memory(err);
  game->handle = mtl_retain(handle);
  game->absent = absent;
  game->graph = graph;
  game->doubled = doubled;
  game->masking_id = masking_id(handle, absent, doubled);
  if (!game->masking_id) {
    destroy(game);
    return mtl_no_memory(err);
  }
  *out = game;
  return METAGAME_OK;
}

void mtl_value_game_function(mtl_value_game *game, metagame_function *out) {
  out->n_players = game->handle->n_players * (game->doubled ? 2 : 1);
  out->n_outputs = 1;
  out->masking_id = game->masking_id;
  out->user = game;
  out->evaluate = evaluate;
  out->destroy = release;
}

metagame_status metagame_llama_value_function(metagame_function *out, metagame_llama *handle, const metagame_llama_method *method,
                                              metagame_error *err) {
  metagame_llama_method known = METAGAME_LLAMA_METHOD_INIT;
  if (!handle) return mtl_fail(err, METAGAME_E_NULL, "handle is NULL");
  if (!out) return mtl_fail(err, METAGAME_E_NULL, "out is NULL");
  if (out->struct_size < sizeof *out || out->struct_size > 4096)
    return mtl_fail(err, METAGAME_E_STRUCT_SIZE, "metagame_function.struct_size is %zu, must be %zu..4096; use the INIT macro",
                    out->struct_size, sizeof *out);
  if (method) {
    MTL_TRY(mtl_read_struct(&known, sizeof known, method, sizeof known, "metagame_llama_method", err));
    MTL_TRY(mtl_choice(&known.absent, "method.absent", METAGAME_LLAMA_HIDE, 0, err));
    MTL_TRY(mtl_choice(&known.values, "method.values", METAGAME_LLAMA_VALUES_GRAPH, 0, err));
  }
  mtl_value_game *game = NULL;
  MTL_TRY(mtl_value_game_create(&game, handle, known.absent, known.values, false, err));
  size_t size = out->struct_size;
  memset(out, 0, size);
  out->struct_size = size;
  mtl_value_game_function(game, out);
  return METAGAME_OK;
}

metagame_status metagame_llama_function(metagame_llama *handle, metagame_function *out, metagame_error *err) {
  return metagame_llama_value_function(out, handle, NULL, err);
}
