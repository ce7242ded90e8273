/* SPDX-License-Identifier: MIT */
/* Sums of unanimity games, of which additive games are a case, and tables.
 *
 *   g(S) = sum_t c_t [T_t is part of S]      Shapley value of p: sum_{T_t has p} c_t/|T_t|,  Banzhaf: sum_{T_t has p} c_t 2^(1-|T_t|)
 *   g(S) = c + sum_{p in S} w_p              both values of p: w_p
 *
 * (Shapley, "A value for n-person games", 1953.) Cost of a coalition: its players; the words of all terms; one row. */
#include <math.h>
#include <string.h>

#include "base/mask.h"
#include "base/sum.h"
#include "truth/truth.h"

static int32_t METAGAME_CALL additive(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const mtg_truth *truth = user;
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) {
    mtg_sum sum = { truth->constant, 0 };
    for (size_t w = 0; w < truth->words; ++w)
      for (uint64_t left = masks[r * truth->words + w]; left; left &= left - 1)
        mtg_sum_add(&sum, truth->numbers[w * 64 + mtg_lowest_bit(left)]);
    rows[r] = mtg_sum_value(&sum);
  }
  return 0;
}

metagame_status metagame_truth_additive(metagame_game **out, uint32_t n_players, const double *weights, double constant,
                                        double *shapley, const metagame_allocator *allocator, metagame_error *err) {
  mtg_truth *truth;
  MTG_TRY(mtg_truth_new(&truth, out, n_players, "n_players", allocator, err));
  metagame_status status = mtg_truth_numbers(&truth->numbers, &truth->alloc, weights, n_players, 1, "weights", err);
  if (status == METAGAME_OK && !isfinite(constant))
    status = mtg_fail(err, METAGAME_E_NONFINITE, "constant is %g, must be finite", constant);
  if (status != METAGAME_OK) {
    mtg_truth_free(truth);
    return status;
  }
  truth->constant = constant;
  MTG_TRY(mtg_truth_game(out, truth, additive, "truth-additive", allocator, err));
  if (shapley) memmove(shapley, weights, n_players * sizeof *shapley);
  return METAGAME_OK;
}

static int32_t METAGAME_CALL unanimity(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const mtg_truth *truth = user;
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) {
    const uint64_t *mask = masks + r * truth->words;
    mtg_sum sum = { 0, 0 };
    for (size_t t = 0; t < truth->count; ++t) {
      const uint64_t *term = truth->masks + t * truth->words;
      size_t w = 0;
      while (w < truth->words && !(term[w] & ~mask[w])) ++w;
      if (w == truth->words) mtg_sum_add(&sum, truth->numbers[t]);
    }
    rows[r] = mtg_sum_value(&sum);
  }
  return 0;
}

static metagame_status copy_masks(mtg_truth *truth, const uint64_t *masks, size_t n_terms, metagame_error *err) {
  const uint64_t spare = truth->n % 64 ? ~((UINT64_C(1) << truth->n % 64) - 1) : 0;
  if (!masks && n_terms > 0) return mtg_fail(err, METAGAME_E_NULL, "masks is NULL");
  for (size_t t = 0; t < n_terms; ++t)
    if (masks[t * truth->words + truth->words - 1] & spare)
      return mtg_fail(err, METAGAME_E_ARGUMENT, "masks[%zu] has a player that is not in 0..%u", t, truth->n - 1);
  truth->count = n_terms;
  truth->masks = mtg_copy(&truth->alloc, masks, n_terms, truth->words * sizeof *masks);
  return truth->masks ? METAGAME_OK : mtg_fail_memory(err, &truth->alloc, "masks");
}

/* Adds the shares of all terms up; `shares` is zero at first. */
static void share_out(const mtg_truth *truth, int is_banzhaf, double *shares) {
  memset(shares, 0, truth->n * sizeof *shares);
  for (size_t t = 0; t < truth->count; ++t) {
    const uint64_t *term = truth->masks + t * truth->words;
    const uint32_t size = mtg_mask_count(term, truth->words);
    const double share = is_banzhaf ? ldexp(truth->numbers[t], 1 - (int)size) : truth->numbers[t] / (double)(size ? size : 1);
    for (size_t w = 0; w < truth->words; ++w)
      for (uint64_t left = term[w]; left; left &= left - 1) shares[w * 64 + mtg_lowest_bit(left)] += share;
  }
}

metagame_status metagame_truth_unanimity(metagame_game **out, uint32_t n_players, size_t n_terms, const uint64_t *masks,
                                         const double *coefficients, double *shapley, double *banzhaf,
                                         const metagame_allocator *allocator, metagame_error *err) {
  mtg_truth *truth;
  MTG_TRY(mtg_truth_new(&truth, out, n_players, "n_players", allocator, err));
  metagame_status status = mtg_truth_numbers(&truth->numbers, &truth->alloc, coefficients, n_terms, 1, "coefficients", err);
  if (status == METAGAME_OK) status = copy_masks(truth, masks, n_terms, err);
  if (status != METAGAME_OK) {
    mtg_truth_free(truth);
    return status;
  }
  MTG_TRY(mtg_truth_game(out, truth, unanimity, "truth-unanimity", allocator, err));
  if (shapley) share_out(truth, 0, shapley);
  if (banzhaf) share_out(truth, 1, banzhaf);
  return METAGAME_OK;
}

static int32_t METAGAME_CALL table(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const mtg_truth *truth = user;
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) memcpy(rows + r * truth->m, truth->numbers + masks[r] * truth->m, truth->m * sizeof *rows);
  return 0;
}

metagame_status metagame_truth_table(metagame_game **out, uint32_t n_players, uint32_t n_outputs, const double *values,
                                     const metagame_allocator *allocator, metagame_error *err) {
  mtg_truth *truth;
  if (out) *out = NULL;
  if (n_players > METAGAME_EXACT_MAX_PLAYERS)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "n_players is %u, must be 1..%u for a table", n_players, METAGAME_EXACT_MAX_PLAYERS);
  if (n_outputs < 1 || n_outputs > INT32_MAX)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "n_outputs is %u, must be 1..%d", n_outputs, INT32_MAX);
  MTG_TRY(mtg_truth_new(&truth, out, n_players, "n_players", allocator, err));
  truth->m = n_outputs;
  metagame_status status = mtg_truth_numbers(&truth->numbers, &truth->alloc, values, UINT64_C(1) << n_players, n_outputs, "values", err);
  if (status != METAGAME_OK) {
    mtg_truth_free(truth);
    return status;
  }
  return mtg_truth_game(out, truth, table, "truth-table", allocator, err);
}
