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

/* ---- standard errors ---- */

enum { LEAST_GROUPS = 4 };

typedef struct spread { /* Welford's update over the groups, of numbers divided by 2^exponent */
  double *cells, *mean, *squares;
  size_t count;
  int exponent;
} spread;

static void close_spread(spread *s, const mtg_alloc *alloc) {
  mtg_free(alloc, s->cells);
  mtg_free(alloc, s->mean);
  mtg_free(alloc, s->squares);
}

static metagame_status open_spread(spread *s, const mtg_alloc *alloc, size_t count, metagame_error *err) {
  s->count = count;
  s->cells = mtg_new(alloc, count, sizeof(double));
  s->mean = mtg_new(alloc, count, sizeof(double));
  s->squares = mtg_new(alloc, count, sizeof(double));
  if (s->cells && s->mean && s->squares) return METAGAME_OK;
  close_spread(s, alloc);
  return mtg_fail_memory(err, alloc, "the standard errors");
}

static void fill_errors(spread *s, const mtg_tally *tally, uint32_t target, const metagame_index *index, double *errors) {
  const double groups = tally->n_groups;
  frexp(tally->magnitude[target], &s->exponent);
  memset(s->mean, 0, s->count * sizeof(double));
  memset(s->squares, 0, s->count * sizeof(double));
  for (uint32_t g = 0; g < tally->n_groups; ++g) {
    memset(s->cells, 0, s->count * sizeof(double));
    mtg_index_fill(tally->groups[g], target, index, s->cells);
    for (size_t cell = 0; cell < s->count; ++cell) {
      const double value = ldexp(s->cells[cell], -s->exponent), delta = value - s->mean[cell];
      s->mean[cell] += delta / (g + 1);
      s->squares[cell] += delta * (value - s->mean[cell]);
    }
  }
  for (size_t cell = 0; cell < s->count; ++cell) {
    const double error = ldexp(sqrt(s->squares[cell] / (groups * (groups - 1))), s->exponent);
    errors[cell] = tally->n_groups < LEAST_GROUPS ? NAN : error;
  }
}

/* `index` has been checked. */
static metagame_status fill(const metagame_result *result, const metagame_index *index, double *values, double *errors,
                            metagame_error *err) {
  const mtg_tally *tally = result->numbers.tally;
  const size_t cells = power(tally->n, index->order);
  spread s;
  if (errors && tally->n_groups) MTG_TRY(open_spread(&s, &result->alloc, cells, err));
  memset(values, 0, tally->m * cells * sizeof *values);
  if (errors) memset(errors, 0, tally->m * cells * sizeof *errors);
  for (uint32_t i = 0; i < tally->m; ++i) {
    mtg_index_fill(tally, i, index, values + i * cells);
    if (errors && tally->n_groups) fill_errors(&s, tally, i, index, errors + i * cells);
  }
  if (errors && tally->n_groups) close_spread(&s, &result->alloc);
  return METAGAME_OK;
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
  return fill(result, &known, values, errors, err);
}

metagame_status metagame_result_third_order(const metagame_result *result, double *values, double *errors, metagame_error *err) {
  metagame_index meta = METAGAME_INDEX_INIT;
  const mtg_tally *tally;
  if (!result || !values) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !result ? "result" : "values");
  MTG_TRY(find_tally(&tally, result, err));
  if (result->info.outer != METAGAME_OUTER_SHAPLEY)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "the third order is of outer Shapley values; this result has outer Banzhaf");
  meta.kind = METAGAME_INDEX_META;
  meta.flags = result->info.flags & METAGAME_UNPINNED;
  MTG_TRY(check(&meta, tally, err));
  MTG_TRY(fill(result, &meta, values, errors, err));
  for (size_t i = 0, n = tally->n; i < tally->m; ++i) {
    const int32_t own = tally->own[i];
    if (own >= 0) values[(i * n + (size_t)own) * n + (size_t)own] = tally->start[i]; /* phi_{i->i->i} = v_i({i}) */
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
