/* SPDX-License-Identifier: MIT */
/* Plan of the stratified solver: small strata of coalitions, the sizes, are enumerated, the others drawn. Knows no values. */
#ifndef MTG_STRATA_H
#define MTG_STRATA_H

#include "game/problem.h"

enum { MTG_STRATA_GROUPS = 16, MTG_STRATA_SIZES = METAGAME_EXACT_MAX_PLAYERS + 1 };

typedef struct mtg_strata {
  const mtg_problem *problem;
  uint64_t n_header;   /* rows: [empty], everyone, and with pinned targets all singletons in order */
  uint64_t n_exact;    /* rows of enumerated sizes, behind the header */
  uint64_t per_group;  /* rows of a group; the groups follow */
  uint32_t n_groups;   /* `groups`, or 0: everything is enumerated */
  uint32_t groups;     /* MTG_STRATA_GROUPS, or fewer */
  uint64_t n_rows;
  uint64_t draws[MTG_STRATA_SIZES]; /* coalitions of a size in each group; 0 where all are in the plan */
  double all[MTG_STRATA_SIZES];     /* coalitions of a size that there are */
} mtg_strata;

/* METAGAME_E_LIMIT above METAGAME_EXACT_MAX_PLAYERS: header + sum over the other sizes of the smaller of C(n, t) and the groups. */
metagame_status mtg_strata_least_budget(const mtg_problem *problem, uint64_t *out, metagame_error *err);
/* Whether the header has the empty coalition. */
static inline int mtg_strata_asks_empty(const mtg_problem *problem) { return problem->has_free || problem->closed; }
/* Fills the plan, which takes no memory, for a budget of at least that. shares: positive, by size, in what proportions to draw; NULL:
 * those of Shapley-Taylor indices. */
void mtg_strata_open(mtg_strata *plan, const mtg_problem *problem, const double *shares);
/* Coalition of row `index`: of bits, as there are at most 32 players. */
uint64_t mtg_strata_row(const mtg_strata *plan, uint64_t index);

#endif
