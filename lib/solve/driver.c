/* SPDX-License-Identifier: MIT */
/* The driver: what any host can write. It uses the public header alone. */
#include "metagame.h"

metagame_status metagame_session_run(metagame_session *session, const metagame_game *game, metagame_error *err) {
  for (;;) {
    metagame_request request = METAGAME_REQUEST_INIT;
    metagame_status status = metagame_session_ask(session, &request, err);
    if (status != METAGAME_OK) return status;
    status = metagame_game_evaluate(game, &request, request.rows, err);
    if (status == METAGAME_OK) status = metagame_session_tell(session, request.ticket, request.rows, request.n_masks, err);
    if (status == METAGAME_OK) continue;
    (void)!metagame_session_decline(session, request.ticket, 0, NULL); /* to be asked again; refused where the session has failed */
    return status;
  }
}

metagame_status metagame_solve(metagame_result **out, const metagame_game *game, const metagame_options *options, metagame_error *err) {
  metagame_session *session = NULL;
  metagame_error failure;
  if (!out) return metagame_session_finish(NULL, NULL, err); /* which says so */
  *out = NULL;
  metagame_status status = metagame_session_create(&session, game, options, err);
  if (status == METAGAME_OK) {
    status = metagame_session_run(session, game, &failure);
    if (status == METAGAME_DONE || status == METAGAME_E_CANCELLED)
      status = metagame_session_finish(out, session, err);
    else if (err)
      *err = failure;
  }
  metagame_session_destroy(session);
  return status;
}
