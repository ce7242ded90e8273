/* SPDX-License-Identifier: MIT */
/* Glove market and airport, with their Shapley values.
 *
 * Gloves: g(S) = min(left, right). Let a >= b be the numbers of gloves of the abundant and of the scarce kind, and
 * t_k = C(a+b, b-k)/C(a+b, b), so that t_k = t_{k-1} (b-k+1)/(a+k), t_0 = 1. In a random order a player makes a pair when the other
 * kind is ahead; counting the walks that cross gives
 *   phi(scarce)   = 1/2 + (a-b)/(2b) sum_{k=1..b} t_k
 *   phi(abundant) = 1/a sum_{k=1..b} k t_k                and a phi(abundant) + b phi(scarce) = b
 * sums of positive terms only: exact up to about b roundings. (Shapley, Shubik, "Pure competition, coalitional power, and fair
 * division", International Economic Review 10, 1969.) Cost: b operations; n for a coalition.
 *
 * Airport: g(S) = max cost. With the costs in ascending order, phi of the k-th is sum_{l<=k} (c_l - c_{l-1})/(n - l + 1)
 * (Littlechild, Owen, "A simple expression for the Shapley value in a special case", Management Science 20, 1973). Cost: a sort. */
#include <stdlib.h>

#include "base/mask.h"
#include "truth/truth.h"

static int32_t METAGAME_CALL glove(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const mtg_truth *truth = user;
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) {
    const uint64_t *mask = masks + r * truth->words;
    uint64_t all = mtg_mask_count(mask, truth->words), left = mtg_mask_count(mask, truth->whole / 64);
    if (truth->whole % 64) left += mtg_popcount(mask[truth->whole / 64] & ((UINT64_C(1) << truth->whole % 64) - 1));
    rows[r] = (double)(left < all - left ? left : all - left);
  }
  return 0;
}

metagame_status metagame_truth_glove(metagame_game **out, uint32_t n_left, uint32_t n_right, double *shapley,
                                     const metagame_allocator *allocator, metagame_error *err) {
  const double a = n_left > n_right ? n_left : n_right, b = n_left > n_right ? n_right : n_left;
  mtg_truth *truth;
  MTG_TRY(mtg_truth_new(&truth, out, (uint64_t)n_left + n_right, "n_left + n_right", allocator, err));
  const uint32_t n = truth->n;
  truth->whole = n_left;
  MTG_TRY(mtg_truth_game(out, truth, glove, "truth-glove", allocator, err));
  double term = 1, sum = 0, sum_k = 0;
  for (double k = 1; k <= b && term > 0; ++k) {
    term *= (b - k + 1) / (a + k);
    sum += term;
    sum_k += k * term;
  }
  for (uint32_t p = 0; shapley && p < n; ++p)
    shapley[p] = n_left == n_right ? 0.5 : (p < n_left) == (n_left > n_right) ? sum_k / a : 0.5 + (a - b) / (2 * b) * sum;
  return METAGAME_OK;
}

static int32_t METAGAME_CALL airport(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const mtg_truth *truth = user;
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) {
    double most = 0;
    for (uint32_t p = 0; p < truth->n; ++p)
      if (mtg_mask_has(masks + r * truth->words, p) && truth->numbers[p] > most) most = truth->numbers[p];
    rows[r] = most;
  }
  return 0;
}

typedef struct stretch {
  double cost;
  uint32_t player;
} stretch;

static int by_cost(const void *a, const void *b) {
  const double x = ((const stretch *)a)->cost, y = ((const stretch *)b)->cost;
  return (x > y) - (x < y);
}

metagame_status metagame_truth_airport(metagame_game **out, uint32_t n_players, const double *costs, double *shapley,
                                       const metagame_allocator *allocator, metagame_error *err) {
  mtg_truth *truth;
  MTG_TRY(mtg_truth_new(&truth, out, n_players, "n_players", allocator, err));
  const mtg_alloc alloc = truth->alloc;
  stretch *sorted = NULL;
  metagame_status status = mtg_truth_numbers(&truth->numbers, &alloc, costs, n_players, 1, "costs", err);
  for (uint32_t p = 0; p < n_players && status == METAGAME_OK; ++p)
    if (costs[p] < 0) status = mtg_fail(err, METAGAME_E_ARGUMENT, "costs[%u] is %g, must be 0 or more", p, costs[p]);
  if (status == METAGAME_OK && shapley) {
    sorted = mtg_new(&alloc, n_players, sizeof *sorted);
    if (!sorted) status = mtg_fail_memory(err, &alloc, "the sorted costs");
  }
  if (status != METAGAME_OK) {
    mtg_truth_free(truth);
    return status;
  }
  for (uint32_t p = 0; sorted && p < n_players; ++p) {
    sorted[p].cost = costs[p];
    sorted[p].player = p;
  }
  status = mtg_truth_game(out, truth, airport, "truth-airport", allocator, err);
  if (status == METAGAME_OK && sorted) {
    double share = 0, last = 0;
    qsort(sorted, n_players, sizeof *sorted, by_cost);
    for (uint32_t k = 0; k < n_players; ++k) {
      share += (sorted[k].cost - last) / (double)(n_players - k);
      last = sorted[k].cost;
      shapley[sorted[k].player] = share;
    }
  }
  mtg_free(&alloc, sorted);
  return status;
}
