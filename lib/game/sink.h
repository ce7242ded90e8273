/* SPDX-License-Identifier: MIT */
/* Where a formula attributor's wishes go: each distinct coalition of the value game is numbered once for the whole session. */
#ifndef MTG_SINK_H
#define MTG_SINK_H

#include "base/mask_set.h"

struct metagame_sink {
  mtg_mask_set set; /* all coalitions wanted so far, in order of first wish */
  uint32_t n_players;
  uint64_t *wanted; /* numbers in the set, in order of wish, since mtg_sink_clear */
  uint64_t count, room;
  metagame_error failure; /* status < 0: a wish failed; plan's own return is then beside the point */
};

void mtg_sink_open(metagame_sink *sink, const mtg_alloc *alloc, uint32_t n_players);
void mtg_sink_close(metagame_sink *sink);
void mtg_sink_clear(metagame_sink *sink); /* forgets the wishes, keeps the numbers */

#endif
