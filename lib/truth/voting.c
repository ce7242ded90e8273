/* SPDX-License-Identifier: MIT */
/* Weighted voting: g(S) = [w(S) >= q]. A voter i swings S when q - w_i <= w(S) < q, so
 *
 *   Shapley-Shubik of i = 1/n sum_{s<n} sum_{w=q-w_i..q-1} f[s][w]        Banzhaf of i = sum_{w=q-w_i..q-1} h[w]
 *
 * with, of the voters but i, f[s][w] the share of the coalitions of size s that weigh w, and h[w] that of all coalitions. The
 * (k+1)-th voter turns the shares of k voters into
 *   f'[s][w] = s/(k+1) f[s-1][w - w_k] + (1 - s/(k+1)) f[s][w],           h'[w] = (h[w - w_k] + h[w])/2
 * Everyone but i for each i: the voters are halved again and again, each half is added while the other is looked at. No subtraction,
 * so the rounding stays near n eps. (Mann, Shapley, "Values of large games, VI: evaluating the electoral college exactly", RAND
 * RM-3158, 1962.) Time (n+1) q n log2 n, memory (n+1) q (2 + log2 n) numbers. */
#include <string.h>

#include "base/mask.h"
#include "base/sum.h"
#include "truth/truth.h"

typedef struct shares {
  const uint32_t *weights;
  uint32_t n, quota;
  size_t cells;   /* (n+1) quota: rows 0..n-1 are f, row n is h */
  double *levels; /* a table for each depth of the halving */
  double *shapley, *banzhaf;
} shares;

/* One more voter of weight v beside k others. */
static void add_voter(const shares *all, double *table, uint32_t k, uint32_t v) {
  const size_t q = all->quota;
  for (uint32_t row = all->n + 1; row-- > 0;) {
    if (row < all->n && row > k + 1) continue;
    const double in = row == all->n ? 0.5 : (double)row / (double)(k + 1), out = row == all->n ? 0.5 : 1 - in;
    double *to = table + row * q;
    const double *from = row == all->n ? to : row > 0 ? to - q : NULL;
    for (size_t w = q; w-- > 0;) to[w] = out * to[w] + (from && w >= v ? in * from[w - v] : 0);
  }
}

/* The table at `depth` has everyone but voters first..last-1. */
static void halve(const shares *all, uint32_t first, uint32_t last, uint32_t depth) {
  const double *table = all->levels + depth * all->cells;
  if (last - first == 1) {
    const uint32_t v = all->weights[first], low = v < all->quota ? all->quota - v : 0;
    mtg_sum f = { 0, 0 }, h = { 0, 0 };
    for (uint32_t row = 0; row <= all->n; ++row)
      for (size_t w = low; w < all->quota; ++w) mtg_sum_add(row < all->n ? &f : &h, table[row * (size_t)all->quota + w]);
    all->shapley[first] = mtg_sum_value(&f) / (double)all->n;
    all->banzhaf[first] = mtg_sum_value(&h);
    return;
  }
  const uint32_t middle = first + (last - first) / 2;
  double *next = all->levels + (depth + 1) * all->cells;
  for (int upper = 0; upper < 2; ++upper) {
    uint32_t known = all->n - (last - first);
    memcpy(next, table, all->cells * sizeof *next);
    for (uint32_t p = upper ? first : middle; p < (upper ? middle : last); ++p) add_voter(all, next, known++, all->weights[p]);
    halve(all, upper ? middle : first, upper ? last : middle, depth + 1);
  }
}

/* Both indices, n numbers each. */
static metagame_status indices(double *shapley, double *banzhaf, const mtg_truth *truth, metagame_error *err) {
  const uint64_t cells = ((uint64_t)truth->n + 1) * truth->whole;
  uint64_t total = 0;
  for (uint32_t p = 0; p < truth->n; ++p) total += truth->integers[p];
  if (truth->whole == 0 || truth->whole > total) return METAGAME_OK; /* nobody ever swings */
  if (cells > METAGAME_TRUTH_MAX_TERMS)
    return mtg_fail(err, METAGAME_E_LIMIT, "quota is %llu: the indices of %u voters need %llu numbers, at most %u",
                    (unsigned long long)truth->whole, truth->n, (unsigned long long)cells, METAGAME_TRUTH_MAX_TERMS);
  shares all = { truth->integers, truth->n, (uint32_t)truth->whole, (size_t)cells, NULL, shapley, banzhaf };
  size_t depths = 1;
  while (depths < 33 && UINT64_C(1) << (depths - 1) < truth->n) ++depths;
  all.levels = mtg_new(&truth->alloc, depths * all.cells, sizeof *all.levels);
  if (!all.levels) return mtg_fail_memory(err, &truth->alloc, "the table of voters");
  all.levels[0] = all.levels[truth->n * (size_t)all.quota] = 1; /* nobody weighs nothing */
  halve(&all, 0, truth->n, 0);
  mtg_free(&truth->alloc, all.levels);
  return METAGAME_OK;
}

static int32_t METAGAME_CALL voting(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const mtg_truth *truth = user;
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) {
    uint64_t weight = 0;
    for (size_t w = 0; w < truth->words; ++w)
      for (uint64_t left = masks[r * truth->words + w]; left; left &= left - 1)
        weight += truth->integers[w * 64 + mtg_lowest_bit(left)];
    rows[r] = weight >= truth->whole ? 1 : 0;
  }
  return 0;
}

metagame_status metagame_truth_voting(metagame_game **out, uint32_t n_players, const uint32_t *weights, uint32_t quota,
                                      double *shapley, double *banzhaf, const metagame_allocator *allocator, metagame_error *err) {
  mtg_truth *truth;
  metagame_status status = METAGAME_OK;
  double *answer = NULL;
  MTG_TRY(mtg_truth_new(&truth, out, n_players, "n_players", allocator, err));
  const mtg_alloc alloc = truth->alloc;
  truth->whole = quota;
  if (!weights) status = mtg_fail(err, METAGAME_E_NULL, "weights is NULL");
  if (status == METAGAME_OK && !(truth->integers = mtg_copy(&alloc, weights, n_players, sizeof *weights)))
    status = mtg_fail_memory(err, &alloc, "weights");
  if (status == METAGAME_OK && (shapley || banzhaf)) {
    answer = mtg_new(&alloc, n_players, 2 * sizeof *answer);
    status = answer ? indices(answer, answer + n_players, truth, err) : mtg_fail_memory(err, &alloc, "the indices");
  }
  if (status == METAGAME_OK)
    status = mtg_truth_game(out, truth, voting, "truth-voting", allocator, err);
  else
    mtg_truth_free(truth);
  if (status == METAGAME_OK && shapley) memcpy(shapley, answer, n_players * sizeof *shapley);
  if (status == METAGAME_OK && banzhaf) memcpy(banzhaf, answer + n_players, n_players * sizeof *banzhaf);
  mtg_free(&alloc, answer);
  return status;
}
