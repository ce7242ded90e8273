/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "support.h"

typedef struct open_ticket {
  uint64_t ticket;
  size_t n_rows;
  double *rows;
} open_ticket;

static metagame_status take(metagame_session *session, const metagame_game *game, open_ticket *slot, metagame_error *err) {
  metagame_request request = METAGAME_REQUEST_INIT;
  metagame_status status = metagame_session_ask(session, &request, err);
  if (status != METAGAME_OK) return status;
  slot->ticket = request.ticket;
  slot->n_rows = request.n_masks;
  slot->rows = ts_alloc(request.n_masks * request.row_len, sizeof *slot->rows);
  status = metagame_game_evaluate(game, &request, slot->rows, err);
  if (status != METAGAME_OK) free(slot->rows);
  return status;
}

static size_t pick(int order, size_t n_open, ts_rng *rng) {
  if (order == TS_TELL_REVERSED) return n_open - 1;
  return order == TS_TELL_RANDOM ? (size_t)ts_rng_below(rng, n_open) : 0;
}

metagame_status ts_solve_by_hand(metagame_result **out, const metagame_game *game, const metagame_options *options, int order,
                                 uint64_t seed, metagame_error *err) {
  *out = NULL;
  const size_t limit = options->max_open != 0 ? options->max_open : 16;
  open_ticket *open = ts_alloc(limit, sizeof *open);
  size_t n_open = 0;
  ts_rng rng = ts_rng_make(seed);
  metagame_session *session = NULL;
  metagame_status status = metagame_session_create(&session, game, options, err);
  bool done = false;
  while (status >= 0 && !done) {
    while (n_open < (order == TS_TELL_NOW ? 1 : limit)) {
      status = take(session, game, &open[n_open], err);
      if (status != METAGAME_OK) break;
      n_open++;
    }
    if (status < 0) break;
    if (status == METAGAME_DONE) done = true;
    if (n_open == 0) {
      if (!done) status = METAGAME_E_INTERNAL; /* WAIT without an open ticket would wait for ever */
      continue;
    }
    do {
      const size_t k = pick(order, n_open, &rng);
      status = metagame_session_tell(session, open[k].ticket, open[k].rows, open[k].n_rows, err);
      free(open[k].rows);
      open[k] = open[--n_open];
    } while (status >= 0 && n_open > 0 && order != TS_TELL_RANDOM);
  }
  while (n_open > 0) free(open[--n_open].rows);
  free(open);
  if (status >= 0) status = metagame_session_finish(out, session, err);
  metagame_session_destroy(session);
  return status;
}
