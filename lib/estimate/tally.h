/* SPDX-License-Identifier: MIT */
/* Tallies: for each small set of players and each size, the sum of a game over the coalitions of that size that hold the set.
 *
 *   F_Q(t) = sum_{T has Q, |T| = t} d(T),   |Q| <= order,   d(T) = v(T) - v(start)
 *
 * Every index whose weights depend on sizes alone is a short sum of them: sums over coalitions that hold exactly U of Q follow by
 * inclusion and exclusion (docs/mathematics.md, section 9). */
#ifndef MTG_TALLY_H
#define MTG_TALLY_H

#include "base/alloc.h"

enum { MTG_MOST_ORDER = 3, MTG_TALLY_SIZES = METAGAME_EXACT_MAX_PLAYERS + 1 };

typedef struct mtg_tally {
  mtg_alloc alloc;
  uint32_t n, m, order;
  int32_t *own;    /* m; a column with own player p holds the game of the others, T - p, whose start is {p} */
  double *sums;    /* sums[(cell * (n + 1) + t) * m + i] */
  double *start;   /* m: v_i({own}) or v_i(empty) */
  double *last;    /* m: v_i(everyone) */
  double *magnitude; /* m: max |d_i| */
  uint64_t *null_players; /* m masks: players whose derivatives are nothing but rounding; they count as 0 */
  uint32_t n_groups;       /* sampled: independent estimates of the same sums; 0 when exact */
  struct mtg_tally **groups; /* each without groups of its own; the sums are their means */
} mtg_tally;

/* Number of sets of at most `order` of n players. */
uint64_t mtg_cell_count(uint32_t order, uint32_t n);
/* Position of a set among them, `players` ascending: sets of the first k players come before those that hold player k. */
uint64_t mtg_cell(uint32_t order, const uint32_t *players, uint32_t count);

metagame_status mtg_tally_open(mtg_tally **out, const mtg_alloc *alloc, uint32_t n, uint32_t m, uint32_t order, const int32_t *own,
                               metagame_error *err);
void mtg_tally_close(mtg_tally *tally);
/* Adds n_groups empty tallies, with start, last and magnitude as they are now. */
metagame_status mtg_tally_add_groups(mtg_tally *tally, uint32_t n_groups, metagame_error *err);
/* Ends the metering of its memory: it outlives the session. */
void mtg_tally_keep(mtg_tally *tally);
uint64_t mtg_tally_bytes(uint32_t n, uint32_t m, uint32_t order);

/* Players of the game of target i: n, less one when it is pinned. */
static inline uint32_t mtg_tally_players(const mtg_tally *tally, uint32_t target) { return tally->n - (tally->own[target] >= 0); }

/* Fills null_players: a player who changes nothing leaves rounding errors in sums, where 0 is right. Those are below
 * 16 n eps C(k-q, s) max |d| for every size s, alone and with every other player; a player that small cannot be told from none. */
void mtg_tally_find_nulls(mtg_tally *tally);

/* Sums of target `target`'s game over the coalitions that hold exactly the subset U of `players` (count <= order of them, ascending,
 * none its own), by the number s of their other players: out[U][s], bit b of U is players[b], s = 0..k - count. */
void mtg_tally_parts(const mtg_tally *tally, uint32_t target, const uint32_t *players, uint32_t count,
                     double out[1 << MTG_MOST_ORDER][MTG_TALLY_SIZES]);
/* Sums of the discrete derivative D_players over its contexts of size s: out[s], s = 0..k - count. */
void mtg_tally_derivatives(const mtg_tally *tally, uint32_t target, const uint32_t *players, uint32_t count,
                           double out[MTG_TALLY_SIZES]);

#endif
