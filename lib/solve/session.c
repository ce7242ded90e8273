/* SPDX-License-Identifier: MIT */
/* The state machine: running -> failed or finished; cancelled is a flag beside it.
 *
 *   ask:  plan (or formula stage) -> ticket          tell: ticket -> in plan order -> solver (or formula stage -> solver)
 *
 * All calls but cancel take the session's lock. */
#include "solve/session.h"

#include <math.h>
#include <stdio.h>

#include "base/abi.h"
#include "base/finite.h"
#include "solve/stages.h"

enum { MOST_BATCH = 1 << 20, MOST_OPEN = 4096 };

/* ---- creation ---- */

static metagame_status read_options(metagame_options *out, const metagame_options *options, metagame_error *err) {
  const metagame_options defaults = METAGAME_OPTIONS_INIT;
  *out = defaults;
  if (options) MTG_TRY(mtg_struct_read(out, sizeof *out, options, sizeof *out, "options", err));
  if (out->solver < METAGAME_SOLVER_AUTO || out->solver > mtg_solver_count())
    return mtg_fail(err, METAGAME_E_ARGUMENT, "options.solver is %ld, must be %d..%d", (long)out->solver, METAGAME_SOLVER_AUTO,
                    (int)mtg_solver_count());
  if (out->outer < METAGAME_OUTER_SHAPLEY || out->outer > METAGAME_OUTER_BANZHAF)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "options.outer is %ld, must be %d..%d", (long)out->outer, METAGAME_OUTER_SHAPLEY,
                    METAGAME_OUTER_BANZHAF);
  const uint64_t known = METAGAME_UNPINNED | METAGAME_EVALUATE | METAGAME_EXTENDABLE;
  if (out->flags & ~known)
    return mtg_fail(err, METAGAME_E_FLAGS, "options.flags is 0x%llx, known bits are 0x%llx", (unsigned long long)out->flags,
                    (unsigned long long)known);
  if (out->interaction_order > MTG_MOST_ORDER)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "options.interaction_order is %u, must be 1..%d", out->interaction_order, (int)MTG_MOST_ORDER);
  if (out->interaction_order == 0) out->interaction_order = 1;
  if (out->reserved != 0) return mtg_fail(err, METAGAME_E_ARGUMENT, "options.reserved is %u, must be 0", out->reserved);
  if (out->batch > MOST_BATCH)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "options.batch is %u, must be 1..%d", out->batch, (int)MOST_BATCH);
  if (out->max_open > MOST_OPEN)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "options.max_open is %u, must be 1..%d", out->max_open, (int)MOST_OPEN);
  return METAGAME_OK;
}

static metagame_status make_problem(mtg_problem *problem, const mtg_alloc *alloc, const metagame_game *game,
                                    const metagame_options *options, metagame_error *err) {
  problem->alloc = *alloc;
  problem->n = game->callbacks.n_players;
  problem->m = game->callbacks.n_targets;
  problem->words = mtg_mask_words(problem->n);
  problem->outer = options->outer;
  problem->order = options->interaction_order;
  if (problem->order > problem->n && problem->order > 1)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "options.interaction_order is %u, the game has %u players", problem->order, problem->n);
  problem->seed = options->seed;
  problem->budget = options->max_evaluations;
  problem->max_bytes = options->max_bytes;
  problem->own = mtg_new(alloc, problem->m, sizeof *problem->own);
  uint64_t *marks = mtg_new(alloc, problem->words, sizeof *marks);
  if (!problem->own || !marks) {
    mtg_free(alloc, marks);
    return mtg_fail_memory(err, alloc, "the session");
  }
  for (uint32_t i = 0; i < problem->m; ++i) {
    problem->own[i] = options->flags & METAGAME_UNPINNED ? METAGAME_NO_PLAYER : game->own_player[i];
    problem->has_pinned |= problem->own[i] >= 0;
    problem->has_free |= problem->own[i] < 0;
  }
  problem->n_own = mtg_problem_own_players(problem, marks);
  mtg_free(alloc, marks);
  return METAGAME_OK;
}

static metagame_status prepare(metagame_session *session, const metagame_game *game, const metagame_options *options,
                               metagame_error *err) {
  session->game = mtg_game_hold(game);
  session->options = *options;
  session->meter.limit = options->max_bytes;
  mtg_alloc metered = game->alloc;
  metered.meter = &session->meter;
  MTG_TRY(make_problem(&session->shape, &metered, game, options, err));
  if (game->cardinal && options->interaction_order == 1 && !(options->flags & METAGAME_EVALUATE)) {
    session->shape.closed = game->cardinal;
    session->shape.row_len = game->values->callbacks.n_targets;
    session->shape.column = (uint32_t)game->callbacks.value_output;
  }
  MTG_TRY(mtg_stop_read(&session->stop, options, err));
  return mtg_stages_prepare(session, err);
}

static metagame_status open_parts(metagame_session *session, metagame_error *err) {
  const metagame_game *asked = mtg_session_asked(session);
  MTG_TRY(mtg_stages_open(session, err));
  return mtg_window_open(&session->window, &session->shape.alloc, session->options.max_open, session->options.batch,
                         mtg_mask_words(asked->callbacks.n_players), asked->callbacks.n_targets, err);
}

static metagame_status start(metagame_session **out, const metagame_game *game, const metagame_options *options, int open_all,
                             metagame_error *err) {
  metagame_options known;
  MTG_TRY(read_options(&known, options, err));
  const metagame_game *asked = game->values ? game->values : game;
  mtg_window_defaults(&known.batch, &known.max_open, mtg_mask_words(asked->callbacks.n_players), asked->callbacks.n_targets);
  metagame_session *session = mtg_new(&game->alloc, 1, sizeof *session);
  if (!session) return mtg_fail_memory(err, &game->alloc, "the session");
  session->alloc = game->alloc;
  atomic_init(&session->cancelled, 0);
  if (mtg_lock_open(&session->lock) != 0) {
    mtg_free(&game->alloc, session);
    return mtg_fail(err, METAGAME_E_NOMEM, "no mutex for the session");
  }
  metagame_status status = prepare(session, game, &known, err);
  if (status == METAGAME_OK && open_all) status = open_parts(session, err);
  if (status != METAGAME_OK) {
    metagame_session_destroy(session);
    return status;
  }
  *out = session;
  return METAGAME_OK;
}

metagame_status metagame_session_create(metagame_session **out, const metagame_game *game, const metagame_options *options,
                                        metagame_error *err) {
  if (out) *out = NULL;
  if (!out || !game) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !out ? "out" : "game");
  return start(out, game, options, 1, err);
}

void metagame_session_destroy(metagame_session *session) {
  if (!session) return;
  const mtg_alloc metered = session->shape.alloc, alloc = session->alloc;
  if (session->window.tickets) mtg_window_close(&session->window);
  mtg_stages_close(session);
  if (session->shape.own) mtg_free(&metered, session->shape.own);
  metagame_game_destroy(session->game);
  mtg_lock_close(&session->lock);
  mtg_free(&alloc, session);
}

metagame_status metagame_session_bytes(uint64_t *out, const metagame_game *game, const metagame_options *options, metagame_error *err) {
  metagame_session *session = NULL;
  if (!out || !game) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !out ? "out" : "game");
  MTG_TRY(start(&session, game, options, 0, err));
  metagame_status status = mtg_stages_bytes(session, out, err);
  metagame_session_destroy(session);
  return status;
}

/* ---- ask ---- */

/* The session does not take part any more: the status that says so, or OK. */
static metagame_status check_running(const metagame_session *session, const char *call, metagame_error *err) {
  if (session->phase == MTG_FAILED)
    return mtg_fail(err, METAGAME_E_STATE, "%s: the session failed before with %s", call, metagame_status_name(session->failure));
  if (session->phase == MTG_FINISHED) return mtg_fail(err, METAGAME_E_STATE, "%s: the session is finished", call);
  if (atomic_load(&session->cancelled)) return mtg_fail(err, METAGAME_E_CANCELLED, "%s: the session was cancelled", call);
  return METAGAME_OK;
}

static metagame_status fail_session(metagame_session *session, metagame_status status) {
  session->phase = MTG_FAILED;
  session->failure = status;
  return status;
}

static metagame_status next_masks(metagame_session *session, uint64_t *masks, size_t *count, metagame_error *err) {
  if (session->formula) {
    metagame_status status = mtg_formula_next(session->formula, masks, session->options.batch, count, err);
    session->n_taken = session->formula->n_taken;
    return status;
  }
  return session->solver->next(session->state, masks, session->options.batch, count, err);
}

static metagame_status ask(metagame_session *session, mtg_ticket **out, metagame_error *err) {
  mtg_window *window = &session->window;
  size_t count = 0;
  MTG_TRY(check_running(session, "ask", err));
  if (!session->stop.has_ended && mtg_stop_is_late(&session->stop)) {
    const metagame_status status = mtg_stages_look(session, err); /* a plan that is told whole counts */
    if (status != METAGAME_OK) return fail_session(session, status);
    if (!session->stop.has_ended) session->stop.stopped = METAGAME_STOP_TIME;
    session->stop.has_ended = 1;
  }
  if (session->stop.has_ended) return window->n_open > 0 ? METAGAME_WAIT : METAGAME_DONE;
  *out = mtg_window_reissue(window);
  if (*out) return METAGAME_OK;
  if (mtg_window_is_full(window)) return METAGAME_WAIT;
  mtg_ticket *ticket = mtg_window_slot(window);
  if (!ticket) return mtg_fail_memory(err, &window->alloc, "a batch");
  for (int more = 1; more && count == 0;) {
    metagame_status status = next_masks(session, ticket->masks, &count, err);
    if (status == METAGAME_OK && count == 0 && window->count > 0) return METAGAME_WAIT;
    if (status == METAGAME_OK && count == 0) status = mtg_stages_advance(session, &more, err);
    if (status != METAGAME_OK) return fail_session(session, status);
  }
  if (count == 0) return METAGAME_DONE;
  mtg_window_issue(window, ticket, count);
  *out = ticket;
  return METAGAME_OK;
}

metagame_status metagame_session_ask(metagame_session *session, metagame_request *request, metagame_error *err) {
  metagame_request filled = METAGAME_REQUEST_INIT;
  mtg_ticket *ticket = NULL;
  if (!session || !request) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !session ? "session" : "request");
  MTG_TRY(mtg_struct_write(request, &filled, sizeof filled, sizeof filled, "request", err));
  mtg_lock_take(&session->lock);
  metagame_status status = ask(session, &ticket, err);
  if (status == METAGAME_OK) {
    const metagame_game *asked = mtg_session_asked(session);
    filled.ticket = ticket->id;
    filled.masks = ticket->masks;
    filled.n_masks = ticket->n_masks;
    filled.mask_words = session->window.words;
    filled.n_players = asked->callbacks.n_players;
    filled.row_len = asked->callbacks.n_targets;
    filled.kind = session->game->values ? METAGAME_ASK_VALUES : METAGAME_ASK_ATTRIBUTIONS;
    filled.rows = ticket->rows;
    status = mtg_struct_write(request, &filled, sizeof filled, sizeof filled, "request", err);
  }
  mtg_lock_give(&session->lock);
  return status;
}

/* ---- tell ---- */

static metagame_status fail_nonfinite(const metagame_session *session, const mtg_ticket *ticket, const double *rows,
                                      metagame_error *err) {
  const size_t row_len = session->window.row_len, words = session->window.words;
  for (size_t at = 0; at < ticket->n_masks * row_len; ++at) {
    if (isfinite(rows[at])) continue;
    const uint64_t *mask = ticket->masks + at / row_len * words;
    char players[160] = "";
    size_t length = 0;
    uint32_t n_players = mtg_session_asked(session)->callbacks.n_players, listed = 0;
    for (uint32_t player = 0; player < n_players && listed < 24; ++player)
      if (mtg_mask_has(mask, player)) length += (size_t)snprintf(players + length, sizeof players - length, listed++ ? ",%u" : "%u", player);
    return mtg_fail(err, METAGAME_E_NONFINITE, "rows[%zu] is %g, must be finite: %s %zu at coalition %zu of ticket %llu, players {%s%s}", at,
                    rows[at], session->game->values ? "output" : "target", at % row_len, at / row_len, (unsigned long long)ticket->id, players,
                    mtg_mask_count(mask, words) > listed ? ",..." : "");
  }
  return mtg_fail(err, METAGAME_E_INTERNAL, "a row was not finite and then was");
}

static metagame_status deliver(metagame_session *session, metagame_error *err) {
  mtg_ticket *ticket;
  while ((ticket = mtg_window_front(&session->window)) != NULL) {
    if (session->formula) {
      metagame_status status = mtg_formula_take(session->formula, ticket->rows, ticket->n_masks, err);
      session->n_taken = session->formula->n_taken;
      if (status != METAGAME_OK) return fail_session(session, status);
    } else {
      session->solver->take(session->state, ticket->rows, ticket->n_masks);
      session->n_taken += ticket->n_masks;
    }
    mtg_window_remove_front(&session->window);
  }
  return METAGAME_OK;
}

static uint64_t planned(const metagame_session *session) {
  if (!session->state) return session->n_told; /* failed */
  const uint64_t n_rows = session->solver->n_rows(session->state);
  if (!session->formula) return n_rows;
  const mtg_formula *formula = session->formula;
  const uint64_t known = formula->sink.set.count, rows = formula->n_taken + (formula->chunk_ready ? formula->n_outer : 0);
  if (rows >= n_rows) return known;
  if (formula->is_direct) return known > n_rows ? known : n_rows;
  const uint32_t n_values = session->game->values->callbacks.n_players;
  if (rows == 0) return known;
  /* All coalitions of players: commonly all coalitions of the value game. Otherwise as many for each row as so far. */
  if (session->solver->id == METAGAME_SOLVER_EXACT && n_values == session->problem.n) return UINT64_C(1) << n_values;
  return (uint64_t)((double)known / (double)rows * (double)n_rows);
}

static void fill_progress(const metagame_session *session, metagame_progress *progress) {
  const metagame_progress empty = METAGAME_PROGRESS_INIT;
  *progress = empty;
  progress->n_told = session->n_told;
  progress->n_open = session->window.n_open;
  progress->n_planned = planned(session);
}

static metagame_status tell(metagame_session *session, uint64_t id, const double *rows, size_t n_rows, metagame_error *err) {
  MTG_TRY(check_running(session, "tell", err));
  mtg_ticket *ticket = mtg_window_find(&session->window, id);
  if (!ticket)
    return mtg_fail(err, METAGAME_E_TICKET, "ticket %llu is not open: never handed out, or told or declined before", (unsigned long long)id);
  if (n_rows != ticket->n_masks)
    return mtg_fail(err, METAGAME_E_ROWS, "n_rows is %zu, ticket %llu asked for %zu", n_rows, (unsigned long long)id, ticket->n_masks);
  if (!mtg_all_finite(rows, n_rows * session->window.row_len)) return fail_nonfinite(session, ticket, rows, err);
  mtg_window_tell(&session->window, ticket, rows);
  session->n_told += n_rows;
  MTG_TRY(deliver(session, err));
  if (session->options.on_progress) {
    metagame_progress progress;
    fill_progress(session, &progress);
    if (session->options.on_progress(session->options.progress_user, &progress) != 0) metagame_session_cancel(session);
  }
  return METAGAME_OK;
}

metagame_status metagame_session_tell(metagame_session *session, uint64_t ticket, const double *rows, size_t n_rows,
                                      metagame_error *err) {
  if (!session || !rows) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !session ? "session" : "rows");
  mtg_lock_take(&session->lock);
  metagame_status status = tell(session, ticket, rows, n_rows, err);
  mtg_lock_give(&session->lock);
  return status;
}

metagame_status metagame_session_decline(metagame_session *session, uint64_t ticket, int32_t user_code, metagame_error *err) {
  if (!session) return mtg_fail(err, METAGAME_E_NULL, "session is NULL");
  mtg_lock_take(&session->lock);
  /* Tickets that were open when max_seconds ended the run can still be given back. */
  const int is_late = session->phase == MTG_FINISHED && session->window.n_open > 0 && user_code == 0;
  metagame_status status = is_late ? METAGAME_OK : check_running(session, "decline", err);
  if (status == METAGAME_OK) {
    mtg_ticket *found = mtg_window_find(&session->window, ticket);
    if (!found) {
      status = mtg_fail(err, METAGAME_E_TICKET, "ticket %llu is not open: never handed out, or told or declined before",
                        (unsigned long long)ticket);
    } else {
      mtg_window_return(&session->window, found);
      if (user_code != 0) {
        session->user_code = user_code;
        metagame_session_cancel(session);
      }
    }
  }
  mtg_lock_give(&session->lock);
  return status;
}

void metagame_session_cancel(metagame_session *session) {
  if (session) atomic_store(&session->cancelled, 1);
}

metagame_status metagame_session_progress(metagame_session *session, metagame_progress *out, metagame_error *err) {
  metagame_progress filled;
  if (!session || !out) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !session ? "session" : "out");
  mtg_lock_take(&session->lock);
  fill_progress(session, &filled);
  mtg_lock_give(&session->lock);
  return mtg_struct_write(out, &filled, sizeof filled, sizeof filled, "progress", err);
}

/* ---- for lib/result ---- */

int mtg_session_is_complete(const metagame_session *session) {
  return session->n_taken == session->solver->n_rows(session->state);
}

void mtg_session_feed(metagame_session *session, const double *rows, size_t n_rows) {
  session->solver->take(session->state, rows, n_rows);
  session->n_taken += n_rows;
  session->n_told += n_rows;
}

metagame_status mtg_session_settle(metagame_session *session, int *complete, metagame_error *err) {
  const int all = mtg_session_is_complete(session);
  if (session->window.count == 0) MTG_TRY(mtg_stages_look(session, err));
  if (session->stop.has_rules)
    *complete = session->stop.has_ended && session->stop.stopped != METAGAME_STOP_TIME;
  else
    *complete = all;
  return METAGAME_OK;
}

metagame_status mtg_session_numbers(metagame_session *session, mtg_numbers *numbers, metagame_error *err) {
  int all = mtg_session_is_complete(session);
  if (session->has_numbers && (session->is_looked_at || !all)) {
    mtg_numbers_move(numbers, &session->numbers);
    return METAGAME_OK;
  }
  if (session->formula && !all) {
    mtg_formula_flush(session->formula);
    session->n_taken = session->formula->n_taken;
    all = mtg_session_is_complete(session);
  }
  session->numbers_id = session->solver->id;
  session->numbers_reason = session->problem.reason;
  return session->solver->finish(session->state, all, numbers, err);
}
