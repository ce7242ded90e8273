/* SPDX-License-Identifier: MIT */
/* The run of a result again, with other seeds: how its solver scatters on its game. */
#ifndef MTG_RERUNS_H
#define MTG_RERUNS_H

#include "base/mask_set.h"
#include "result/result.h"

typedef struct mtg_reruns {
  const metagame_result *of;
  const metagame_game *game, *asked;
  metagame_options options;
  uint64_t n_runs;
  int is_impossible; /* no such run can be had: its solver does not take the budget */
  mtg_mask_set known; /* coalitions evaluated so far */
  double *rows;       /* theirs */
  uint64_t room;
} mtg_reruns;

void mtg_reruns_open(mtg_reruns *reruns, const metagame_result *of, const metagame_game *game);
void mtg_reruns_close(mtg_reruns *reruns);
/* The next run. *out is NULL where there is none to be had (is_impossible). */
metagame_status mtg_reruns_next(mtg_reruns *reruns, metagame_result **out, metagame_error *err);

#endif
