/* SPDX-License-Identifier: MIT */
/* The exact solver on a table: a session without tickets. */
#include <math.h>

#include "base/abi.h"
#include "base/finite.h"
#include "solve/session.h"

static metagame_status check(uint32_t n_players, uint32_t n_outputs, metagame_error *err) {
  if (n_players < 1 || n_players > METAGAME_EXACT_MAX_PLAYERS)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "n_players is %u, must be 1..%u", n_players, METAGAME_EXACT_MAX_PLAYERS);
  if (n_outputs < 1 || n_outputs > INT32_MAX)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "n_outputs is %u, must be 1..%d", n_outputs, INT32_MAX);
  return METAGAME_OK;
}

enum { CHUNK = 8192 }; /* numbers: looked at and folded while they are in the cache */

static metagame_status feed(metagame_session *session, const double *values, size_t n_outputs, size_t n_rows, metagame_error *err) {
  const size_t skipped = n_rows - (size_t)session->solver->n_rows(session->state), step = 1 + CHUNK / n_outputs;
  for (size_t first = 0; first < n_rows; first += step) {
    const size_t end = first + step < n_rows ? first + step : n_rows, from = first < skipped ? skipped : first;
    if (!mtg_all_finite(values + first * n_outputs, (end - first) * n_outputs))
      for (size_t at = first * n_outputs; at < end * n_outputs; ++at)
        if (!isfinite(values[at]))
          return mtg_fail(err, METAGAME_E_NONFINITE, "values[%zu] is %g, must be finite: output %zu of coalition %zu", at, values[at],
                          at % n_outputs, at / n_outputs);
    mtg_session_feed(session, values + from * n_outputs, end - from);
  }
  return METAGAME_OK;
}

metagame_status metagame_solve_table(metagame_result **out, const double *values, uint32_t n_players, uint32_t n_outputs,
                                     const int32_t *own_player, const metagame_options *options, const metagame_allocator *allocator,
                                     metagame_error *err) {
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  metagame_options known = METAGAME_OPTIONS_INIT;
  metagame_game *game = NULL;
  metagame_session *session = NULL;
  if (out) *out = NULL;
  if (!out || !values) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !out ? "out" : "values");
  if (options) MTG_TRY(mtg_struct_read(&known, sizeof known, options, sizeof known, "options", err));
  if (known.solver != METAGAME_SOLVER_AUTO && known.solver != METAGAME_SOLVER_EXACT)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "options.solver is %ld; a table is solved by %d (exact)", (long)known.solver,
                    METAGAME_SOLVER_EXACT);
  MTG_TRY(check(n_players, n_outputs, err));
  attributor.name = "table";
  attributor.n_players = n_players;
  attributor.n_targets = n_outputs;
  attributor.own_player = own_player;
  known.solver = METAGAME_SOLVER_EXACT;
  known.max_evaluations = UINT64_C(1) << n_players;
  known.batch = known.max_open = 1;
  known.flags &= ~METAGAME_EXTENDABLE; /* exact numbers meet every rule */
  known.resolve = METAGAME_RESOLVE_ENTRIES;
  known.top_k = 0;
  known.target_stderr = known.precision = known.relative_precision = known.max_seconds = 0;
  metagame_status status = metagame_game_from_attributor(&game, &attributor, allocator, err);
  if (status == METAGAME_OK) status = metagame_session_create(&session, game, &known, err);
  if (status == METAGAME_OK) session->problem.reason = METAGAME_REASON_TABLE;
  if (status == METAGAME_OK) status = feed(session, values, n_outputs, (size_t)1 << n_players, err);
  if (status == METAGAME_OK) status = metagame_session_finish(out, session, err);
  metagame_session_destroy(session);
  metagame_game_destroy(game);
  return status;
}
