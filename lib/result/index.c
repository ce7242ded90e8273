/* SPDX-License-Identifier: MIT */
/* The public calls of metagame/indices.h. */
#include <math.h>
#include <string.h>

#include "base/abi.h"
#include "estimate/indices.h"
#include "result/result.h"

static metagame_status find_tally(const mtg_tally **out, const metagame_result *result, metagame_error *err) {
  *out = result->numbers.tally;
  if (result->info.interaction_order < 2)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "the game was solved with options.interaction_order %u; indices need 2 or 3",
                    result->info.interaction_order);
  if (!*out) return mtg_fail(err, METAGAME_E_STATE, "the result is partial: its interactions are not known");
  return METAGAME_OK;
}

/* Pinned and free targets have games of different sizes: the index must fit both. */
static metagame_status check(metagame_index *index, const mtg_tally *tally, metagame_error *err) {
  int seen[2] = { 0, 0 };
  for (uint32_t i = 0; i < tally->m; ++i) seen[tally->own[i] >= 0] = 1;
  for (uint32_t pinned = 0; pinned < 2; ++pinned)
    if (seen[pinned]) MTG_TRY(mtg_index_check(index, tally->n - pinned, tally->order, err));
  return METAGAME_OK;
}

static size_t power(size_t n, uint32_t order) {
  size_t cells = 1;
  for (uint32_t q = 0; q < order; ++q) cells *= n;
  return cells;
}

metagame_status metagame_result_index(const metagame_result *result, const metagame_index *index, double *values, double *errors,
                                      metagame_error *err) {
  metagame_index known;
  const mtg_tally *tally;
  if (!result || !index || !values)
    return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !result ? "result" : !index ? "index" : "values");
  MTG_TRY(mtg_struct_read(&known, sizeof known, index, sizeof known, "index", err));
  MTG_TRY(find_tally(&tally, result, err));
  MTG_TRY(check(&known, tally, err));
  const size_t cells = power(tally->n, known.order);
  memset(values, 0, tally->m * cells * sizeof *values);
  if (errors) memset(errors, 0, tally->m * cells * sizeof *errors);
  for (uint32_t i = 0; i < tally->m; ++i) mtg_index_fill(tally, i, &known, values + i * cells);
  return METAGAME_OK;
}

metagame_status metagame_result_third_order(const metagame_result *result, double *values, metagame_error *err) {
  metagame_index meta = METAGAME_INDEX_INIT;
  const mtg_tally *tally;
  if (!result || !values) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !result ? "result" : "values");
  MTG_TRY(find_tally(&tally, result, err));
  if (result->info.outer != METAGAME_OUTER_SHAPLEY)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "the third order is of outer Shapley values; this result has outer Banzhaf");
  meta.kind = METAGAME_INDEX_META;
  meta.flags = result->info.flags & METAGAME_UNPINNED;
  MTG_TRY(check(&meta, tally, err));
  const size_t n = tally->n, cells = n * n;
  memset(values, 0, tally->m * cells * sizeof *values);
  for (uint32_t i = 0; i < tally->m; ++i) {
    const int32_t own = tally->own[i];
    mtg_index_fill(tally, i, &meta, values + i * cells);
    if (own >= 0) values[i * cells + (size_t)own * n + (size_t)own] = tally->start[i]; /* phi_{i->i->i} = v_i({i}) */
  }
  return METAGAME_OK;
}

metagame_status metagame_moebius_transform(double *table, uint32_t n_players, uint32_t n_outputs, int32_t inverse, metagame_error *err) {
  if (!table) return mtg_fail(err, METAGAME_E_NULL, "table is NULL");
  if (n_players < 1 || n_players > METAGAME_EXACT_MAX_PLAYERS)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "n_players is %u, must be 1..%u", n_players, METAGAME_EXACT_MAX_PLAYERS);
  if (n_outputs < 1) return mtg_fail(err, METAGAME_E_ARGUMENT, "n_outputs is 0, must be 1 or more");
  const uint64_t size = UINT64_C(1) << n_players;
  for (uint32_t player = 0; player < n_players; ++player) {
    const size_t half = ((size_t)1 << player) * n_outputs;
    for (uint64_t block = 0; block < size; block += UINT64_C(2) << player) {
      double *lower = table + block * n_outputs, *upper = lower + half;
      for (size_t at = 0; at < half; ++at) upper[at] = inverse ? upper[at] + lower[at] : upper[at] - lower[at];
    }
  }
  return METAGAME_OK;
}
