/* SPDX-License-Identifier: MIT */
#include "truth/truth.h"

#include <math.h>

#include "base/mask.h"
#include "game/model.h"

metagame_status mtg_truth_new(mtg_truth **out, metagame_game **game, uint64_t n_players, const char *field,
                              const metagame_allocator *allocator, metagame_error *err) {
  mtg_alloc alloc;
  *out = NULL;
  if (!game) return mtg_fail(err, METAGAME_E_NULL, "out is NULL");
  *game = NULL;
  if (n_players < 1 || n_players > METAGAME_MAX_PLAYERS)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "%s is %llu, must be 1..%u", field, (unsigned long long)n_players, METAGAME_MAX_PLAYERS);
  MTG_TRY(mtg_alloc_from(&alloc, allocator, err));
  mtg_truth *truth = mtg_new(&alloc, 1, sizeof *truth);
  if (!truth) return mtg_fail_memory(err, &alloc, "the game");
  truth->alloc = alloc;
  truth->n = (uint32_t)n_players;
  truth->m = 1;
  truth->words = mtg_mask_words(truth->n);
  *out = truth;
  return METAGAME_OK;
}

void METAGAME_CALL mtg_truth_free(void *user) {
  mtg_truth *truth = user;
  if (!truth) return;
  const mtg_alloc alloc = truth->alloc;
  mtg_free(&alloc, truth->numbers);
  mtg_free(&alloc, truth->masks);
  mtg_free(&alloc, truth->integers);
  mtg_free(&alloc, truth);
}

metagame_status mtg_truth_finite(const double *values, size_t count, const char *field, metagame_error *err) {
  for (size_t k = 0; k < count; ++k)
    if (!isfinite(values[k])) return mtg_fail(err, METAGAME_E_NONFINITE, "%s[%zu] is %g, must be finite", field, k, values[k]);
  return METAGAME_OK;
}

metagame_status mtg_truth_numbers(double **out, const mtg_alloc *alloc, const double *values, uint64_t rows, uint64_t columns,
                                  const char *field, metagame_error *err) {
  if (!values && rows > 0) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", field);
  if (columns > SIZE_MAX / sizeof(double) || (columns > 0 && rows > SIZE_MAX / columns / sizeof(double)))
    return mtg_fail(err, METAGAME_E_NOMEM, "no memory for %s", field);
  MTG_TRY(mtg_truth_finite(values, (size_t)(rows * columns), field, err));
  *out = mtg_copy(alloc, values, (size_t)(rows * columns), sizeof(double));
  return *out ? METAGAME_OK : mtg_fail_memory(err, alloc, field);
}

metagame_status mtg_truth_game(metagame_game **out, mtg_truth *truth, mtg_truth_rows_fn evaluate, const char *name,
                               const metagame_allocator *allocator, metagame_error *err) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  function.n_players = truth->n;
  function.n_outputs = truth->m;
  function.flags = METAGAME_THREADSAFE;
  function.masking_id = name;
  function.user = truth;
  function.evaluate = evaluate;
  function.destroy = mtg_truth_free;
  return metagame_game_from_function(out, &function, allocator, err);
}

metagame_status metagame_truth_values(const metagame_model *model, const double *rows, size_t n_rows, double *values,
                                      metagame_error *err) {
  if (!model || ((!rows || !values) && n_rows > 0))
    return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !model ? "model" : !rows ? "rows" : "values");
  return mtg_model_evaluate((metagame_model *)(uintptr_t)model, rows, n_rows, values, err); /* its lock is no part of what it says */
}

metagame_status metagame_truth_gradients(const metagame_model *model, const double *rows, size_t n_rows, uint32_t output,
                                         double *gradients, metagame_error *err) {
  if (!model || ((!rows || !gradients) && n_rows > 0))
    return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !model ? "model" : !rows ? "rows" : "gradients");
  if (!model->callbacks.gradient) return mtg_fail(err, METAGAME_E_UNSUPPORTED, "model_callbacks.gradient is NULL");
  if (output >= model->callbacks.n_outputs)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "output is %u, must be 0..%u", output, model->callbacks.n_outputs - 1);
  return mtg_model_gradient((metagame_model *)(uintptr_t)model, rows, n_rows, output, gradients, err);
}
