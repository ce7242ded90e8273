/* SPDX-License-Identifier: MIT */
/* Interaction indices of one target from its tallies. */
#ifndef MTG_INDICES_H
#define MTG_INDICES_H

#include "base/semivalue.h"
#include "estimate/tally.h"
#include "metagame/indices.h"

/* Gauss-Legendre on [0, 1] for games of `k` players; nodes and weights have room for mtg_uniform_nodes(k). */
mtg_measure mtg_uniform_measure(uint32_t k, double *nodes, double *weights);

/* Checks an index for games of k players and tallies of `order`, and fills in its defaults. */
metagame_status mtg_index_check(metagame_index *index, uint32_t k, uint32_t order, metagame_error *err);

/* values: n^q, zeroed by the caller; n counts the own player, whose cells stay 0. `index` has been checked. */
void mtg_index_fill(const mtg_tally *tally, uint32_t target, const metagame_index *index, double *values);

/* sum_s w[s] (sum of D_players over contexts of size s). */
double mtg_index_sum(const mtg_tally *tally, uint32_t target, const uint32_t *players, uint32_t count, const double *w);

/* Weights of the meta-attribution with an inner semivalue: of pairs (k - 1 of them) and, for the unpinned diagonal, of single players
 * (k of them). docs/mathematics.md, section 9. */
void mtg_meta_weights(const mtg_measure *inner, int32_t outer, int unpinned, uint32_t k, double *pair, double *single);

#endif
