/* SPDX-License-Identifier: MIT */
/* Groups of features: checks, copies, and the own-player rule. */
#ifndef MTG_GROUPS_H
#define MTG_GROUPS_H

#include "base/alloc.h"

typedef struct mtg_groups {
  uint32_t count;
  size_t *offsets;    /* count + 1 */
  uint32_t *features; /* offsets[count] */
} mtg_groups;

/* Checks and copies; source NULL gives the groups {0}, {1}, ... of n_features. `field` names the groups in messages. With `disjoint`
 * no feature may be in two groups. On failure *out holds nothing. */
metagame_status mtg_groups_copy(mtg_groups *out, const metagame_groups *source, uint32_t n_features, int disjoint, const char *field,
                                const mtg_alloc *alloc, metagame_error *err);
void mtg_groups_free(mtg_groups *groups, const mtg_alloc *alloc);

/* player[f]: the group of feature f, or METAGAME_NO_PLAYER (always present). */
void mtg_groups_invert(const mtg_groups *players, uint32_t n_features, int32_t *player);

/* The player whose feature set equals that of target group `target`, or METAGAME_NO_PLAYER. */
int32_t mtg_groups_own_player(const mtg_groups *targets, uint32_t target, const mtg_groups *players, const int32_t *player);

#endif
