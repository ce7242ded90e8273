/* SPDX-License-Identifier: MIT */
/* Plan of permutation sampling: antithetic pairs of orders, each walked once for free targets and, for every pinned target, with its
 * own player moved to the front. Knows no values.
 *
 * Order pi, prefixes T_k = {pi_1..pi_k}. A free target, and a pinned one whose player is in T_k, needs T_k; a pinned one whose player
 * p is not in T_k needs T_k + p. T_k + pi_{k+1} is T_{k+1}; T_n, the empty coalition and the singletons of own players are
 * asked once, before the orders. With all n players pinned an order asks (n-2)(n+1)/2 coalitions. */
#ifndef MTG_ORDERS_H
#define MTG_ORDERS_H

#include "game/problem.h"

typedef struct mtg_orders {
  const mtg_problem *problem;
  uint64_t *own_players; /* mask: own player of some target */
  uint64_t n_header;  /* rows before the first order: [empty], everyone, singletons of own players in ascending order */
  uint64_t n_units;   /* pairs of orders */
  uint64_t n_rows;    /* all of them */
  int enumerated;     /* the pairs are all n!/2 */
} mtg_orders;

typedef enum mtg_step_kind {
  MTG_STEP_PREFIX, /* T_k, k >= 1, in walk->prefix; `known` when it was asked in the header (a singleton or everyone) */
  MTG_STEP_FRONT,  /* T_k + step player */
  MTG_STEP_END     /* of the unit */
} mtg_step_kind;

/* One unit, step by step: both the asking and the telling side walk it. */
typedef struct mtg_walk {
  const mtg_orders *orders;
  uint32_t *order, *place; /* n each: the order, and every player's place in it (0-based) */
  uint64_t *prefix;        /* words */
  uint32_t k;              /* size of the prefix */
  uint32_t *own_places;    /* places of own players, ascending; n_own of them */
  uint32_t next_own;       /* the first of them behind place k */
  uint32_t at;             /* the next of them to be put in front */
  uint32_t front;          /* player of a MTG_STEP_FRONT */
  int reversed, known;
  int begun;               /* set when an order begins; for the telling side to clear */
} mtg_walk;

/* Fills the counts for problem->budget. METAGAME_E_BUDGET when it does not hold one pair of orders. */
metagame_status mtg_orders_open(mtg_orders *orders, const mtg_problem *problem, metagame_error *err);
void mtg_orders_close(mtg_orders *orders);
/* The smallest budget that works, at worst. */
uint64_t mtg_orders_least_budget(const mtg_problem *problem);
/* Coalition of header row `index`. */
void mtg_orders_header(const mtg_orders *orders, uint64_t index, uint64_t *mask);

metagame_status mtg_walk_open(mtg_walk *walk, const mtg_orders *orders, metagame_error *err);
void mtg_walk_close(mtg_walk *walk);
void mtg_walk_start(mtg_walk *walk, uint64_t unit);
mtg_step_kind mtg_walk_step(mtg_walk *walk);
/* Coalition of the step just taken. */
void mtg_walk_mask(const mtg_walk *walk, mtg_step_kind step, uint64_t *mask);

uint64_t mtg_orders_bytes(const mtg_problem *problem);

#endif
