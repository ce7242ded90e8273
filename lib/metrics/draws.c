/* SPDX-License-Identifier: MIT */
/* Draw r is a function of (seed, r) alone:
 *   UNIFORM  n random bits                      P(T) = 2^-n
 *   SIZES    t uniform on 0..n, then Floyd      P(T) = 1/((n+1) C(n,t))
 *   SHAPLEY  t in 1..n-1 ~ 1/(t (n-t)), Floyd   P(T) ~ 1/(t (n-t) C(n,t))
 * Floyd's subset of size t (Bentley, Floyd, CACM 30, 1987): for j = n-t..n-1 add a uniform member of 0..j, or j if that is in
 * already; O(t) with the mask itself as the set. Above n/2 the complement is drawn. */
#include "metrics/draws.h"

#include "base/abi.h"
#include "base/mask.h"
#include "base/random.h"

enum { DEFAULT_COALITIONS = 1024, DEFAULT_BATCH = 64, MOST_BATCH = 1048576 };

static metagame_status check(const metagame_sampling *sampling, uint32_t n, uint64_t flags, metagame_error *err) {
  if (sampling->flags & ~flags)
    return mtg_fail(err, METAGAME_E_FLAGS, "sampling.flags is 0x%llx, bits that this metric knows are 0x%llx",
                    (unsigned long long)sampling->flags, (unsigned long long)flags);
  if (sampling->n_coalitions == 1)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "sampling.n_coalitions is 1, must be at least 2, or 0 for %d", (int)DEFAULT_COALITIONS);
  if (sampling->law < METAGAME_LAW_UNIFORM || sampling->law > METAGAME_LAW_SHAPLEY)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "sampling.law is %ld, must be %d..%d", (long)sampling->law, METAGAME_LAW_UNIFORM,
                    METAGAME_LAW_SHAPLEY);
  if (sampling->law == METAGAME_LAW_SHAPLEY && n < 2)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "sampling.law is METAGAME_LAW_SHAPLEY, which needs 2 players, and the game has %u", n);
  if (sampling->batch > MOST_BATCH)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "sampling.batch is %u, must be 1..%d, or 0 for %d", sampling->batch, (int)MOST_BATCH,
                    (int)DEFAULT_BATCH);
  return METAGAME_OK;
}

/* Probability of one coalition by size; all coalitions of the law sum to 1. */
static void fill_weights(mtg_draws *draws) {
  const uint32_t n = draws->n;
  double binomial = 1, total = 0;
  for (uint32_t t = 1; t < n; ++t) total += 1 / ((double)t * (n - t));
  for (uint32_t t = 0; t <= n; ++t) {
    const double inner = t > 0 && t < n ? 1 / ((double)t * (n - t) * total) : 0;
    draws->weight[t] = draws->law == METAGAME_LAW_UNIFORM ? 1 / (double)(UINT64_C(1) << n)
                       : draws->law == METAGAME_LAW_SIZES ? 1 / ((double)(n + 1) * binomial)
                                                          : inner / binomial;
    binomial = binomial * (n - t) / (t + 1);
  }
}

metagame_status mtg_draws_open(mtg_draws *draws, const metagame_sampling *sampling, uint32_t n, uint64_t flags, const mtg_alloc *alloc,
                               metagame_error *err) {
  metagame_sampling known = METAGAME_SAMPLING_INIT;
  if (sampling) MTG_TRY(mtg_struct_read(&known, sizeof known, sampling, sizeof known, "sampling", err));
  MTG_TRY(check(&known, n, flags, err));
  memset(draws, 0, sizeof *draws);
  draws->alloc = *alloc;
  draws->n = n;
  draws->words = mtg_mask_words(n);
  draws->law = known.law;
  draws->batch = known.batch ? known.batch : DEFAULT_BATCH;
  draws->seed = known.seed;
  draws->flags = known.flags;
  draws->n_rows = known.n_coalitions ? known.n_coalitions : DEFAULT_COALITIONS;
  const uint64_t ends = known.law == METAGAME_LAW_SHAPLEY ? 2 : 0;
  if (n < 63 && (UINT64_C(1) << n) - ends <= draws->n_rows) {
    draws->every = 1;
    draws->n_rows = (UINT64_C(1) << n) - ends;
    fill_weights(draws);
  } else if (known.law == METAGAME_LAW_SHAPLEY) {
    draws->cumulative = mtg_new(alloc, n - 1, sizeof *draws->cumulative);
    if (!draws->cumulative) return mtg_fail_memory(err, alloc, "the metric's coalitions");
    double sum = 0;
    for (uint32_t t = 1; t < n; ++t) draws->cumulative[t - 1] = sum += 1 / ((double)t * (n - t));
  }
  if (draws->batch > draws->n_rows) draws->batch = (uint32_t)draws->n_rows;
  return METAGAME_OK;
}

void mtg_draws_close(mtg_draws *draws) {
  mtg_free(&draws->alloc, draws->cumulative);
  draws->cumulative = NULL;
}

static uint32_t draw_size(const mtg_draws *draws, mtg_random *random) {
  if (draws->law == METAGAME_LAW_SIZES) return mtg_random_below(random, draws->n + 1);
  const double at = mtg_random_unit(random) * draws->cumulative[draws->n - 2];
  uint32_t low = 0, high = draws->n - 2; /* the first entry above `at` */
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (draws->cumulative[middle] > at) high = middle;
    else low = middle + 1;
  }
  return low + 1;
}

void mtg_draws_coalition(const mtg_draws *draws, uint64_t index, uint64_t *mask) {
  const uint32_t n = draws->n;
  if (draws->every) {
    mask[0] = index + (draws->law == METAGAME_LAW_SHAPLEY);
    return;
  }
  mtg_random random = mtg_random_at(draws->seed, MTG_STREAM_METRICS, index);
  if (draws->law == METAGAME_LAW_UNIFORM) {
    mtg_mask_fill(mask, n);
    for (size_t w = 0; w < draws->words; ++w) mask[w] &= mtg_random_u64(&random);
    return;
  }
  const uint32_t size = draw_size(draws, &random), fewer = size <= n - size ? size : n - size;
  mtg_mask_clear(mask, draws->words);
  for (uint32_t j = n - fewer; j < n; ++j) {
    const uint32_t member = mtg_random_below(&random, j + 1);
    mtg_mask_add(mask, mtg_mask_has(mask, member) ? j : member);
  }
  for (size_t w = 0; fewer != size && w < draws->words; ++w) mask[w] = ~mask[w];
  if (fewer != size && n % 64) mask[draws->words - 1] &= (UINT64_C(1) << (n % 64)) - 1;
}

double mtg_draws_weight(const mtg_draws *draws, const uint64_t *mask) {
  return draws->every ? draws->weight[mtg_popcount(mask[0])] : 1;
}
