/* SPDX-License-Identifier: MIT */
/* How well the row of a target, or a k-additive surrogate, predicts the game of the target (docs/metrics.md):
 *   directed R^2   v_i(T) against base_i + sum_{j in T} phi_{j->i}       (the diagonal counts: a pinned target's own player is in T)
 *   additive R^2   v_i(T) against base_i + sums over the subsets of T of size 1..k
 * The Shapley value is the weighted least squares fit of v under the Shapley kernel that is exact at both ends (Charnes, Golany,
 * Keane, Rousseau, 1988), so the row is nearly the best additive prediction there is, and 1 - R^2 is what needs higher orders.
 * Cost: the coalitions; n operations for each of them and each target, C(n,2) and C(n,3) for orders 2 and 3. */
#include <math.h>

#include "base/mask.h"
#include "metrics/fit.h"
#include "metrics/parts.h"

static double predict_row(const void *model, uint32_t target, const uint64_t *mask) {
  const mtg_numbers *numbers = model;
  return numbers->base[target] + mtg_row_sum(numbers->matrix + (size_t)target * numbers->n, mask, mtg_mask_words(numbers->n));
}

metagame_status metagame_directed_r2(const metagame_result *result, const metagame_game *game, const metagame_sampling *sampling,
                                     double *r2, double *error, metagame_error *err) {
  mtg_draws draws;
  if (!result || !game || !r2) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !result ? "result" : !game ? "game" : "r2");
  MTG_TRY(mtg_parts_check(result, game, err));
  if (result->info.outer != METAGAME_OUTER_SHAPLEY)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "result: directed R^2 needs the decomposition of METAGAME_OUTER_SHAPLEY, outer is %ld",
                    (long)result->info.outer);
  MTG_TRY(mtg_parts_matrix(result, err));
  MTG_TRY(mtg_parts_vector(result->numbers.base, result->numbers.m, "result.base", err));
  MTG_TRY(mtg_draws_open(&draws, sampling, game->callbacks.n_players, 0, &game->alloc, err));
  const mtg_predictor predictor = { result->own_player, predict_row, &result->numbers };
  metagame_status status = mtg_fit_run(game, &draws, &predictor, r2, error, err);
  mtg_draws_close(&draws);
  return status;
}

/* ---- k-additive surrogates ---- */

typedef struct surrogate {
  size_t n, words;
  uint32_t order;
  const double *base, *first, *pairs, *triples;
} surrogate;

/* The members of T behind `after`: calls itself for the next order. */
static double subsets(const surrogate *s, const double *const *tables, uint32_t order, const uint64_t *mask, size_t after, size_t at) {
  double sum = 0;
  for (size_t w = after / 64; w < s->words; ++w) {
    uint64_t word = mask[w];
    if (w == after / 64) word &= ~UINT64_C(0) << (after % 64);
    for (; word; word &= word - 1) {
      const size_t player = 64 * w + mtg_lowest_bit(word), here = at * s->n + player;
      sum += tables[0][here];
      if (order > 1) sum += subsets(s, tables + 1, order - 1, mask, player + 1, here);
    }
  }
  return sum;
}

static double predict_surrogate(const void *model, uint32_t target, const uint64_t *mask) {
  const surrogate *s = model;
  const double *const tables[3] = { s->first, s->pairs, s->triples };
  return s->base[target] + subsets(s, tables, s->order, mask, 0, target);
}

static metagame_status check_surrogate(const surrogate *s, size_t m, metagame_error *err) {
  const double *const tables[3] = { s->first, s->pairs, s->triples };
  static const char *const names[3] = { "first", "pairs", "triples" };
  const size_t n = s->n;
  MTG_TRY(mtg_parts_vector(s->base, m, "base", err));
  for (uint32_t order = 1; order <= 3; ++order) {
    if (order <= s->order && !tables[order - 1])
      return mtg_fail(err, METAGAME_E_NULL, "%s is NULL, but order is %u", names[order - 1], s->order);
    if (order > s->order && tables[order - 1])
      return mtg_fail(err, METAGAME_E_ARGUMENT, "%s is not NULL, but order is %u", names[order - 1], s->order);
  }
  MTG_TRY(mtg_parts_vector(s->first, m * n, "first", err));
  for (size_t row = 0; s->order >= 2 && row < m * n; ++row)
    for (size_t b = row % n + 1; b < n; ++b) {
      if (!isfinite(s->pairs[row * n + b]))
        return mtg_fail(err, METAGAME_E_NONFINITE, "pairs[%zu] is %g, must be finite", row * n + b, s->pairs[row * n + b]);
      for (size_t c = b + 1; s->order == 3 && c < n; ++c)
        if (!isfinite(s->triples[(row * n + b) * n + c]))
          return mtg_fail(err, METAGAME_E_NONFINITE, "triples[%zu] is %g, must be finite", (row * n + b) * n + c,
                          s->triples[(row * n + b) * n + c]);
    }
  return METAGAME_OK;
}

metagame_status metagame_additive_r2(const metagame_game *game, uint32_t order, const double *base, const double *first,
                                     const double *pairs, const double *triples, const metagame_sampling *sampling, double *r2,
                                     double *error, metagame_error *err) {
  mtg_draws draws;
  if (!game || !base || !first || !r2)
    return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !game ? "game" : !base ? "base" : !first ? "first" : "r2");
  if (order < 1 || order > 3) return mtg_fail(err, METAGAME_E_ARGUMENT, "order is %u, must be 1..3", order);
  const size_t n = game->callbacks.n_players, m = game->callbacks.n_targets;
  const surrogate s = { n, mtg_mask_words((uint32_t)n), order, base, first, pairs, triples };
  MTG_TRY(check_surrogate(&s, m, err));
  MTG_TRY(mtg_draws_open(&draws, sampling, (uint32_t)n, METAGAME_UNPINNED, &game->alloc, err));
  int32_t *own = mtg_copy(&game->alloc, game->own_player, m, sizeof *own);
  metagame_status status = own ? METAGAME_OK : mtg_fail_memory(err, &game->alloc, "the metric's sums");
  for (size_t i = 0; own && draws.flags & METAGAME_UNPINNED && i < m; ++i) own[i] = METAGAME_NO_PLAYER;
  const mtg_predictor predictor = { own, predict_surrogate, &s };
  if (status == METAGAME_OK) status = mtg_fit_run(game, &draws, &predictor, r2, error, err);
  mtg_free(&game->alloc, own);
  mtg_draws_close(&draws);
  return status;
}
