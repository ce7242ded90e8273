/* SPDX-License-Identifier: MIT */
/* A survey is a plan without an estimator: for formula games it drives the stage of the sessions (solve/formula.h), so that each
 * value is evaluated once. */
#include "metrics/survey.h"

#include <math.h>

#include "base/mask.h"
#include "solve/formula.h"

typedef struct walker { /* where planning and visiting stand */
  const mtg_survey *survey;
  size_t words, row_len;
  uint64_t n_planned, n_visited;
  uint64_t *mask;
} walker;

static metagame_status next(void *state, uint64_t *masks, size_t room, size_t *out, metagame_error *err) {
  walker *w = state;
  size_t count = 0;
  (void)err;
  for (; count < room && w->n_planned < w->survey->n_rows; ++count)
    w->survey->coalition(w->survey->context, w->n_planned++, masks + count * w->words);
  *out = count;
  return METAGAME_OK;
}

static void take(void *state, const double *rows, size_t n_rows) {
  walker *w = state;
  for (size_t r = 0; r < n_rows; ++r) {
    w->survey->coalition(w->survey->context, w->n_visited, w->mask);
    w->survey->visit(w->survey->context, w->n_visited++, w->mask, rows + r * w->row_len);
  }
}

static metagame_status check_rows(const metagame_game *game, const double *rows, size_t n_rows, uint64_t first, metagame_error *err) {
  const size_t m = game->callbacks.n_targets;
  for (size_t at = 0; at < n_rows * m; ++at)
    if (!isfinite(rows[at]))
      return mtg_fail(err, METAGAME_E_NONFINITE, "%s returned %g for target %zu of coalition %llu of the metric", game->callback_name,
                      rows[at], at % m, (unsigned long long)(first + at / m));
  return METAGAME_OK;
}

static metagame_status direct(walker *w, const metagame_game *game, uint64_t *masks, double *rows, metagame_error *err) {
  for (;;) {
    size_t count = 0;
    MTG_TRY(next(w, masks, w->survey->batch, &count, err));
    if (count == 0) return METAGAME_OK;
    MTG_TRY(mtg_game_rows(game, masks, count, rows, err));
    MTG_TRY(check_rows(game, rows, count, w->n_visited, err));
    take(w, rows, count);
  }
  return METAGAME_OK;
}

static metagame_status formula(walker *w, const metagame_game *game, uint64_t *masks, double *rows, metagame_error *err) {
  const mtg_solver solver = { .name = "survey", .next = next, .take = take };
  mtg_formula stage;
  uint64_t first = 0;
  MTG_TRY(mtg_formula_open(&stage, &game->alloc, game, game->values, 0, err));
  mtg_formula_begin(&stage, &solver, w);
  metagame_status status = METAGAME_OK;
  while (status == METAGAME_OK) {
    size_t count = 0;
    status = mtg_formula_next(&stage, masks, w->survey->batch, &count, err);
    if (status != METAGAME_OK || count == 0) break;
    status = mtg_game_rows(game->values, masks, count, rows, err);
    if (status == METAGAME_OK) status = check_rows(game->values, rows, count, first, err);
    if (status == METAGAME_OK) status = mtg_formula_take(&stage, rows, count, err);
    first += count;
  }
  mtg_formula_close(&stage);
  return status;
}

metagame_status mtg_survey_run(const mtg_survey *survey, const metagame_game *game, metagame_error *err) {
  const metagame_game *asked = game->values ? game->values : game;
  const size_t words = mtg_mask_words(game->callbacks.n_players);
  walker w = { survey, words, game->callbacks.n_targets, 0, 0, mtg_new(&game->alloc, words, sizeof(uint64_t)) };
  uint64_t *masks = mtg_new(&game->alloc, survey->batch, mtg_mask_words(asked->callbacks.n_players) * sizeof *masks);
  double *rows = mtg_new(&game->alloc, survey->batch, asked->callbacks.n_targets * sizeof *rows);
  metagame_status status = w.mask && masks && rows ? METAGAME_OK : mtg_fail_memory(err, &game->alloc, "the metric's rows");
  if (status == METAGAME_OK) status = game->values ? formula(&w, game, masks, rows, err) : direct(&w, game, masks, rows, err);
  mtg_free(&game->alloc, w.mask);
  mtg_free(&game->alloc, masks);
  mtg_free(&game->alloc, rows);
  return status;
}
