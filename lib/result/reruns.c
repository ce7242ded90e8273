/* SPDX-License-Identifier: MIT */
/* A run with another seed has the result's solver, options and number of evaluations. Its seed is
 * a number of the result's own. Coalitions are evaluated once for all runs, up to MOST_KNOWN of
 * them. */
#include "result/reruns.h"

#include <string.h>

#include "base/mask.h"
#include "base/random.h"
#include "game/game.h"

enum { MOST_KNOWN = 1 << 20 };
enum { FIRST_RUN = 1 << 10 }; /* of the numbers; those before belong to batch and repeat */
enum { MOST_STEPS = 64 }; /* of raising a budget, by an eighth each */

void mtg_reruns_open(mtg_reruns *r, const metagame_result *of, const metagame_game *game) {
  const metagame_options defaults = METAGAME_OPTIONS_INIT;
  memset(r, 0, sizeof *r);
  r->of = of;
  r->game = game;
  r->asked = game->values ? game->values : game;
  r->options = defaults;
  r->options.solver = of->info.solver;
  r->options.outer = of->info.outer;
  r->options.max_evaluations = of->info.evaluations;
  r->options.flags = of->info.flags & METAGAME_UNPINNED;
  if (!(of->info.flags & METAGAME_CLOSED_FORM)) r->options.flags |= METAGAME_EVALUATE;
  mtg_mask_set_open(&r->known, &of->alloc, mtg_mask_words(r->asked->callbacks.n_players));
}

void mtg_reruns_close(mtg_reruns *r) {
  const mtg_alloc *alloc = &r->of->alloc;
  mtg_mask_set_close(&r->known);
  mtg_free(alloc, r->rows);
}

/* ---- rows ---- */

static metagame_status make_room(mtg_reruns *r, uint64_t count, metagame_error *err) {
  const mtg_alloc *alloc = &r->of->alloc;
  const size_t row_len = r->asked->callbacks.n_targets;
  uint64_t room = r->room ? r->room : 64;
  while (room < count) room *= 2;
  if (room == r->room) return METAGAME_OK;
  double *rows = mtg_new(alloc, room, row_len * sizeof *rows);
  if (!rows) return mtg_fail_memory(err, alloc, "the report");
  if (r->room) memcpy(rows, r->rows, r->room * row_len * sizeof *rows);
  mtg_free(alloc, r->rows);
  r->rows = rows;
  r->room = room;
  return METAGAME_OK;
}

/* Evaluates what is not known of a batch. */
static metagame_status learn(mtg_reruns *r, const metagame_request *request, metagame_error *err) {
  const size_t words = r->known.words, row_len = request->row_len;
  const uint64_t before = r->known.count;
  for (size_t at = 0; at < request->n_masks; ++at) {
    uint64_t number;
    int added;
    if (mtg_mask_set_add(&r->known, request->masks + at * words, &number, &added) != 0)
      return mtg_fail_memory(err, &r->of->alloc, "the report");
  }
  MTG_TRY(make_room(r, r->known.count, err));
  return mtg_game_rows(r->asked, r->known.masks + before * words, (size_t)(r->known.count - before),
                       r->rows + before * row_len, err);
}

static metagame_status answer(mtg_reruns *r, metagame_session *session,
                              const metagame_request *request, metagame_error *err) {
  const size_t row_len = request->row_len;
  if (r->known.count + request->n_masks > MOST_KNOWN) {
    MTG_TRY(mtg_game_rows(r->asked, request->masks, request->n_masks, request->rows, err));
  } else {
    MTG_TRY(learn(r, request, err));
    for (size_t at = 0; at < request->n_masks; ++at) {
      const uint64_t *mask = request->masks + at * r->known.words;
      const double *row = r->rows + mtg_mask_set_number(&r->known, mask) * row_len;
      memcpy(request->rows + at * row_len, row, row_len * sizeof *row);
    }
  }
  return metagame_session_tell(session, request->ticket, request->rows, request->n_masks, err);
}

/* ---- runs ---- */

static int is_refusal(metagame_status status) {
  return status == METAGAME_E_BUDGET || status == METAGAME_E_LIMIT ||
         status == METAGAME_E_SINGULAR || status == METAGAME_E_UNSUPPORTED ||
         status == METAGAME_E_ARGUMENT;
}

/* Permutation may have used fewer evaluations than the least budget that it takes. */
static metagame_status create(mtg_reruns *r, metagame_session **out, metagame_error *err) {
  metagame_status status = metagame_session_create(out, r->game, &r->options, err);
  for (int step = 0; status == METAGAME_E_BUDGET && r->n_runs == 1 && step < MOST_STEPS; ++step) {
    r->options.max_evaluations += r->options.max_evaluations / 8 + 1;
    status = metagame_session_create(out, r->game, &r->options, err);
  }
  if (!is_refusal(status)) return status;
  r->is_impossible = 1;
  return METAGAME_OK;
}

metagame_status mtg_reruns_next(mtg_reruns *r, metagame_result **out, metagame_error *err) {
  mtg_random random = mtg_random_at(r->of->info.seed, MTG_STREAM_VERIFY, FIRST_RUN + r->n_runs++);
  metagame_session *session = NULL;
  *out = NULL;
  r->options.seed = mtg_random_u64(&random);
  MTG_TRY(create(r, &session, err));
  if (!session) return METAGAME_OK;
  metagame_status status = METAGAME_OK;
  while (status == METAGAME_OK) {
    metagame_request request = METAGAME_REQUEST_INIT;
    status = metagame_session_ask(session, &request, err);
    if (status == METAGAME_OK) status = answer(r, session, &request, err);
  }
  if (status == METAGAME_DONE) status = metagame_session_finish(out, session, err);
  metagame_session_destroy(session);
  return status;
}
