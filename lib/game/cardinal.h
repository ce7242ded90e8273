/* SPDX-License-Identifier: MIT */
/* What a cardinal attribution says of itself, so that its matrix can be had from base values (metagame_attributor.semivalue). */
#ifndef MTG_CARDINAL_H
#define MTG_CARDINAL_H

#include "base/semivalue.h"
#include "game/groups.h"

typedef struct mtg_cardinal {
  mtg_measure measure; /* the inner semivalue */
  mtg_groups targets;  /* its attribution of target i is the sum over these players of the value game */
} mtg_cardinal;

/* Checks nodes and weights. */
metagame_status mtg_semivalue_check(const metagame_semivalue *semivalue, metagame_error *err);
/* Checks and copies. `own_player` of the n_targets targets are their players where semivalue->targets is NULL. */
metagame_status mtg_cardinal_copy(mtg_cardinal **out, const metagame_semivalue *semivalue, uint32_t n_players, uint32_t n_targets,
                                  const int32_t *own_player, const mtg_alloc *alloc, metagame_error *err);
void mtg_cardinal_free(mtg_cardinal *cardinal, const mtg_alloc *alloc);

#endif
