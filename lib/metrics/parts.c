/* SPDX-License-Identifier: MIT */
#include "metrics/parts.h"

#include <math.h>

metagame_status mtg_parts_check(const metagame_result *result, const metagame_game *game, metagame_error *err) {
  const mtg_numbers *numbers = &result->numbers;
  if (game->callbacks.n_players != numbers->n || game->callbacks.n_targets != numbers->m)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "game has %u players and %u targets, the result %u and %u", game->callbacks.n_players,
                    game->callbacks.n_targets, numbers->n, numbers->m);
  for (uint32_t i = 0; i < numbers->m && !(result->info.flags & METAGAME_UNPINNED); ++i)
    if (game->own_player[i] != result->own_player[i])
      return mtg_fail(err, METAGAME_E_ARGUMENT, "game: target %u has own player %ld, in the result it has %ld", i,
                      (long)game->own_player[i], (long)result->own_player[i]);
  return METAGAME_OK;
}

metagame_status mtg_parts_matrix(const metagame_result *result, metagame_error *err) {
  const mtg_numbers *numbers = &result->numbers;
  for (size_t at = 0; at < (size_t)numbers->m * numbers->n; ++at)
    if (!isfinite(numbers->matrix[at]))
      return mtg_fail(err, METAGAME_E_NONFINITE, "result.matrix[%zu] (target %zu, player %zu) is %g, must be finite%s", at, at / numbers->n,
                      at % numbers->n, numbers->matrix[at], result->info.status == METAGAME_PARTIAL ? "; the result is partial" : "");
  return METAGAME_OK;
}

metagame_status mtg_parts_vector(const double *entries, size_t count, const char *name, metagame_error *err) {
  for (size_t at = 0; at < count; ++at)
    if (!isfinite(entries[at])) return mtg_fail(err, METAGAME_E_NONFINITE, "%s[%zu] is %g, must be finite", name, at, entries[at]);
  return METAGAME_OK;
}
