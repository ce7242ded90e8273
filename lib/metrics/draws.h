/* SPDX-License-Identifier: MIT */
/* The coalitions of a metric: draws of a law, or each of its coalitions with its probability where that is no more. */
#ifndef MTG_DRAWS_H
#define MTG_DRAWS_H

#include "base/alloc.h"
#include "metagame/metrics.h"

typedef struct mtg_draws {
  mtg_alloc alloc;
  uint32_t n;
  size_t words;
  int32_t law;
  uint32_t batch;
  uint64_t seed, n_rows, flags;
  int every;          /* all coalitions of the law, weighed; then n < 64 */
  double weight[64];  /* by size, when `every`: probability of one coalition */
  double *cumulative; /* law SHAPLEY: cumulative[t-1] ~ probability of sizes 1..t */
} mtg_draws;

/* `sampling` may be NULL. `flags` are those that the metric knows. */
metagame_status mtg_draws_open(mtg_draws *draws, const metagame_sampling *sampling, uint32_t n, uint64_t flags, const mtg_alloc *alloc,
                               metagame_error *err);
void mtg_draws_close(mtg_draws *draws);

void mtg_draws_coalition(const mtg_draws *draws, uint64_t index, uint64_t *mask);
double mtg_draws_weight(const mtg_draws *draws, const uint64_t *mask); /* 1 when drawn */

#endif
