/* SPDX-License-Identifier: MIT */
#include "solve/formula.h"

#include <math.h>

#include "base/saturate.h"

metagame_status mtg_formula_open(mtg_formula *f, const mtg_alloc *alloc, const metagame_game *game, const metagame_game *asked,
                                 size_t keeps_rows, metagame_error *err) {
  const uint32_t n_asked = asked->callbacks.n_players;
  memset(f, 0, sizeof *f);
  f->alloc = *alloc;
  f->game = game;
  f->is_direct = keeps_rows > 0;
  f->chunk = keeps_rows ? keeps_rows : MTG_FORMULA_CHUNK;
  f->outer_words = mtg_mask_words(f->is_direct ? n_asked : game->callbacks.n_players);
  f->value_words = mtg_mask_words(n_asked);
  f->row_len = asked->callbacks.n_targets;
  f->width = f->is_direct ? f->row_len : 1;
  mtg_sink_open(&f->sink, alloc, n_asked);
  f->outer = mtg_new(alloc, f->chunk, f->outer_words * sizeof *f->outer);
  f->offsets = mtg_new(alloc, f->chunk + 1, sizeof *f->offsets);
  f->rows = mtg_new(alloc, f->is_direct ? 1 : f->chunk, game->callbacks.n_targets * sizeof *f->rows);
  if (f->outer && f->offsets && f->rows) return METAGAME_OK;
  mtg_formula_close(f);
  return mtg_fail_memory(err, alloc, f->is_direct ? "the rows that are kept" : "the attributor's values");
}

void mtg_formula_begin(mtg_formula *f, const mtg_solver *solver, void *state) {
  f->solver = solver;
  f->state = state;
  f->n_taken = 0;
  f->n_outer = f->n_delivered = 0;
  f->chunk_ready = 0;
  mtg_sink_clear(&f->sink);
  mtg_mask_set_truncate(&f->sink.set, f->n_values); /* wishes of the plan before that were not asked */
  f->n_asked = f->n_values;
}

metagame_status mtg_formula_count(mtg_formula *f, uint64_t most, uint64_t *unknown,
                                  metagame_error *err) {
  mtg_mask_set *set = &f->sink.set;
  uint64_t listed = 0, beyond = 0, number;
  int added;
  for (size_t count = 1; count > 0; listed += count) {
    MTG_TRY(f->solver->next(f->state, f->outer, f->chunk, &count, err));
    for (size_t at = 0; at < count; ++at) {
      const uint64_t *mask = f->outer + at * f->outer_words;
      if (set->count >= most)
        beyond += !mtg_mask_set_has(set, mask);
      else if (mtg_mask_set_add(set, mask, &number, &added) != 0)
        return mtg_fail_memory(err, &f->alloc, "the rows that are kept");
    }
  }
  *unknown = set->count - f->n_values + beyond + (f->solver->n_rows(f->state) - listed);
  mtg_mask_set_truncate(set, f->n_values);
  return METAGAME_OK;
}

void mtg_formula_close(mtg_formula *f) {
  void *const blocks[] = { f->outer, f->offsets, f->rows, f->values, f->gathered };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(&f->alloc, blocks[b]);
  mtg_sink_close(&f->sink);
  memset(f, 0, sizeof *f);
}

uint64_t mtg_formula_bytes(const metagame_game *game, uint64_t n_values, uint64_t wishes) {
  const uint64_t chunk = MTG_FORMULA_CHUNK, held = MTG_FORMULA_WISHES + chunk * wishes;
  return chunk * (mtg_mask_words(game->callbacks.n_players) + game->callbacks.n_targets + 2) * 8 +
         mtg_mask_set_bytes(n_values, mtg_mask_words(game->values->callbacks.n_players)) + 3 * 8 * (n_values + 64) + 3 * 8 * held +
         2 * 8 * (wishes + 64) + 16 * MTG_BLOCK_OVERHEAD;
}

uint64_t mtg_formula_kept_bytes(const metagame_game *asked, uint64_t n_rows, size_t chunk) {
  const size_t words = mtg_mask_words(asked->callbacks.n_players);
  const uint64_t values = mtg_times(mtg_plus(3 * n_rows, 192), asked->callbacks.n_targets * sizeof(double)); /* old and new while growing */
  const uint64_t plan = mtg_times(mtg_plus(mtg_times(2, chunk), 64), (words + 3) * sizeof(uint64_t));
  return mtg_plus(mtg_plus(values, plan), mtg_plus(mtg_mask_set_bytes(n_rows, words), asked->callbacks.n_targets * sizeof(double) + 16 * MTG_BLOCK_OVERHEAD));
}

/* Plans one coalition into the sink. A failed wish counts before what plan itself says of it. */
static metagame_status plan_one(const metagame_game *game, const uint64_t *mask, metagame_sink *sink, metagame_error *err) {
  metagame_error own = METAGAME_ERROR_INIT;
  const metagame_status status = mtg_game_plan(game, mask, sink, &own);
  const metagame_error *failure = sink->failure.status < 0 ? &sink->failure : &own;
  if (status == METAGAME_OK && sink->failure.status >= 0) return METAGAME_OK;
  if (err) *err = *failure;
  return failure->status;
}

metagame_status mtg_formula_wishes(const metagame_game *game, const mtg_alloc *alloc, uint64_t *out, metagame_error *err) {
  metagame_sink sink;
  uint64_t *everyone = mtg_new(alloc, mtg_mask_words(game->callbacks.n_players), sizeof *everyone);
  if (!everyone) return mtg_fail_memory(err, alloc, "a plan");
  mtg_mask_fill(everyone, game->callbacks.n_players);
  mtg_sink_open(&sink, alloc, game->values->callbacks.n_players);
  metagame_status status = plan_one(game, everyone, &sink, err);
  *out = sink.count;
  mtg_sink_close(&sink);
  mtg_free(alloc, everyone);
  return status;
}

static metagame_status plan_chunk(mtg_formula *f, metagame_error *err) {
  mtg_sink_clear(&f->sink);
  f->n_outer = 0;
  f->offsets[0] = 0;
  f->n_delivered = 0;
  while (f->n_outer < f->chunk && f->sink.count < MTG_FORMULA_WISHES) {
    uint64_t *mask = f->outer + f->n_outer * f->outer_words;
    size_t count = 0;
    MTG_TRY(f->solver->next(f->state, mask, 1, &count, err));
    if (count == 0) break;
    if (f->is_direct && metagame_sink_want(&f->sink, mask) != METAGAME_OK) {
      if (err) *err = f->sink.failure;
      return f->sink.failure.status;
    }
    if (!f->is_direct) MTG_TRY(plan_one(f->game, mask, &f->sink, err));
    f->offsets[++f->n_outer] = f->sink.count;
  }
  f->chunk_ready = f->n_outer > 0;
  return METAGAME_OK;
}

void mtg_formula_flush(mtg_formula *f) {
  if (!f->is_direct) return;
  for (; f->n_delivered < f->n_outer && f->sink.wanted[f->n_delivered] < f->n_values; ++f->n_delivered, ++f->n_taken)
    f->solver->take(f->state, f->values + f->sink.wanted[f->n_delivered] * f->width, 1);
}

static metagame_status combine_chunk(mtg_formula *f, metagame_error *err) {
  if (f->is_direct) {
    mtg_formula_flush(f);
    f->chunk_ready = 0;
    return METAGAME_OK;
  }
  const size_t m = f->game->callbacks.n_targets;
  for (size_t r = 0; r < f->n_outer; ++r) {
    const uint64_t first = f->offsets[r], count = f->offsets[r + 1] - first;
    if (count > f->gathered_room || !f->gathered) {
      mtg_free(&f->alloc, f->gathered);
      f->gathered_room = 0;
      f->gathered = mtg_new(&f->alloc, count, sizeof *f->gathered);
      if (!f->gathered) return mtg_fail_memory(err, &f->alloc, "the attributor's values");
      f->gathered_room = count;
    }
    for (uint64_t v = 0; v < count; ++v) f->gathered[v] = f->values[f->sink.wanted[first + v]];
    MTG_TRY(mtg_game_combine(f->game, f->outer + r * f->outer_words, f->gathered, count, f->rows + r * m, err));
    for (size_t i = 0; i < m; ++i)
      if (!isfinite(f->rows[r * m + i]))
        return mtg_fail(err, METAGAME_E_NONFINITE, "attributor.combine returned %g for target %zu of coalition %llu of the plan",
                        f->rows[r * m + i], i, (unsigned long long)(f->n_taken + r));
  }
  f->solver->take(f->state, f->rows, f->n_outer);
  f->n_taken += f->n_outer;
  f->chunk_ready = 0;
  return METAGAME_OK;
}

metagame_status mtg_formula_next(mtg_formula *f, uint64_t *masks, size_t room, size_t *count, metagame_error *err) {
  *count = 0;
  for (;;) {
    const uint64_t fresh = f->sink.set.count - f->n_asked;
    if (fresh > 0) {
      *count = fresh < room ? (size_t)fresh : room;
      memcpy(masks, f->sink.set.masks + f->n_asked * f->value_words, *count * f->value_words * sizeof *masks);
      f->n_asked += *count;
      return METAGAME_OK;
    }
    if (f->n_values < f->n_asked) return METAGAME_OK;
    if (f->chunk_ready) MTG_TRY(combine_chunk(f, err));
    MTG_TRY(plan_chunk(f, err));
    if (!f->chunk_ready) return METAGAME_OK;
  }
}

static int make_room(mtg_formula *f, size_t n_rows) {
  if (f->n_values + n_rows <= f->room) return 0;
  uint64_t room = f->room ? 2 * f->room : 64;
  while (room < f->n_values + n_rows) room *= 2;
  double *values = mtg_new(&f->alloc, room, f->width * sizeof *values);
  if (!values) return -1;
  if (f->n_values) memcpy(values, f->values, f->n_values * f->width * sizeof *values);
  mtg_free(&f->alloc, f->values);
  f->values = values;
  f->room = room;
  return 0;
}

static void append(mtg_formula *f, const double *row) {
  const double *numbers = row + (f->is_direct ? 0 : f->game->callbacks.value_output);
  memcpy(f->values + f->n_values++ * f->width, numbers, f->width * sizeof *numbers);
}

metagame_status mtg_formula_take(mtg_formula *f, const double *rows, size_t n_rows, metagame_error *err) {
  if (make_room(f, n_rows) != 0) return mtg_fail_memory(err, &f->alloc, f->is_direct ? "the rows that are kept" : "the attributor's values");
  for (size_t r = 0; r < n_rows; ++r) append(f, rows + r * f->row_len);
  if (f->chunk_ready && f->n_values == f->sink.set.count) return combine_chunk(f, err);
  return METAGAME_OK;
}

int mtg_formula_keep(mtg_formula *f, const uint64_t *masks, const double *rows, size_t n_rows) {
  if (make_room(f, n_rows) != 0) return -1;
  for (size_t r = 0; r < n_rows; ++r) {
    uint64_t number;
    int added;
    if (mtg_mask_set_add(&f->sink.set, masks + r * f->value_words, &number, &added) != 0) return -1;
    if (added) append(f, rows + r * f->row_len);
  }
  f->n_asked = f->n_values;
  return 0;
}
