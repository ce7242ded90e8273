/* SPDX-License-Identifier: MIT */
/* The plans of a session: one, or a chain of plans with growing budgets, each answered as far as can be by the rows that are kept. */
#ifndef MTG_STAGES_H
#define MTG_STAGES_H

#include "solve/session.h"

/* Chooses solvers and stages for max_evaluations, within max_bytes. */
metagame_status mtg_stages_prepare(metagame_session *session, metagame_error *err);
/* All that the prepared session will need at most; it cannot be opened after that. */
metagame_status mtg_stages_bytes(metagame_session *session, uint64_t *out, metagame_error *err);
/* Opens the first plan. */
metagame_status mtg_stages_open(metagame_session *session, metagame_error *err);
void mtg_stages_close(metagame_session *session);
/* When all that was handed out is told and the plan gives nothing more: looks at the numbers, and opens the next plan if they do not
 * do. *more: there is something to ask again. */
metagame_status mtg_stages_advance(metagame_session *session, int *more, metagame_error *err);

#endif
