/* SPDX-License-Identifier: MIT */
#include "game/sink.h"

#include <string.h>

#include "base/mask.h"

enum { FIRST_ROOM = 64 };

void mtg_sink_open(metagame_sink *sink, const mtg_alloc *alloc, uint32_t n_players) {
  memset(sink, 0, sizeof *sink);
  sink->n_players = n_players;
  mtg_mask_set_open(&sink->set, alloc, mtg_mask_words(n_players));
}

void mtg_sink_close(metagame_sink *sink) {
  mtg_free(&sink->set.alloc, sink->wanted);
  mtg_mask_set_close(&sink->set);
  sink->wanted = NULL;
}

void mtg_sink_clear(metagame_sink *sink) {
  sink->count = 0;
  sink->failure.status = METAGAME_OK;
}

metagame_status metagame_sink_want(metagame_sink *sink, const uint64_t *mask) {
  int added;
  if (!sink || !mask) return METAGAME_E_NULL;
  if (sink->failure.status < 0) return sink->failure.status;
  if (sink->n_players % 64 && mask[sink->set.words - 1] >> (sink->n_players % 64) != 0)
    return mtg_fail(&sink->failure, METAGAME_E_ARGUMENT,
                    "attributor.plan wants a coalition with bits beyond player %u of the value game", sink->n_players - 1);
  if (sink->count == sink->room) {
    uint64_t room = sink->room ? 2 * sink->room : FIRST_ROOM;
    uint64_t *wanted = mtg_new(&sink->set.alloc, room, sizeof *wanted);
    if (!wanted) return mtg_fail_memory(&sink->failure, &sink->set.alloc, "wanted coalitions");
    if (sink->count) memcpy(wanted, sink->wanted, sink->count * sizeof *wanted);
    mtg_free(&sink->set.alloc, sink->wanted);
    sink->wanted = wanted;
    sink->room = room;
  }
  if (mtg_mask_set_add(&sink->set, mask, &sink->wanted[sink->count], &added) != 0)
    return mtg_fail_memory(&sink->failure, &sink->set.alloc, "wanted coalitions");
  ++sink->count;
  return METAGAME_OK;
}
