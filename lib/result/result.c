/* SPDX-License-Identifier: MIT */
#include "result/result.h"

#include <math.h>
#include <string.h>

#include "base/abi.h"
#include "base/sum.h"
#include "estimate/student.h"
#include "result/diagnosis.h"
#include "result/document.h"
#include "solve/session.h"

metagame_status mtg_result_open(metagame_result **out, const mtg_alloc *alloc, uint32_t n, uint32_t m, const int32_t *own_player,
                                const char *attributor, const char *masking_id, metagame_error *err) {
  metagame_result *result = mtg_new(alloc, 1, sizeof *result);
  if (!result) return mtg_fail_memory(err, alloc, "the result");
  result->alloc = *alloc;
  const int missing = mtg_numbers_open(&result->numbers, alloc, n, m);
  result->residual = mtg_new(alloc, m, sizeof(double));
  result->own_player = mtg_copy(alloc, own_player, m, sizeof *result->own_player);
  result->has_texts = attributor != NULL;
  if (result->has_texts) {
    result->attributor = mtg_copy_string(alloc, attributor);
    result->masking_id = mtg_copy_string(alloc, masking_id);
  }
  if (missing || !result->residual || !result->own_player || (result->has_texts && (!result->attributor || !result->masking_id))) {
    metagame_result_destroy(result);
    return mtg_fail_memory(err, alloc, "the result");
  }
  *out = result;
  return METAGAME_OK;
}

double mtg_numbers_residual(const mtg_numbers *numbers, uint32_t target) {
  mtg_sum sum = { numbers->base[target], 0 };
  for (uint32_t j = 0; j < numbers->n; ++j) mtg_sum_add(&sum, numbers->matrix[(size_t)target * numbers->n + j]);
  mtg_sum_add(&sum, -numbers->first_order[target]);
  return mtg_sum_value(&sum);
}

void mtg_result_fill_residuals(metagame_result *result, int32_t outer) {
  for (uint32_t i = 0; i < result->numbers.m; ++i)
    result->residual[i] = outer == METAGAME_OUTER_BANZHAF ? NAN : mtg_numbers_residual(&result->numbers, i);
}

static void fill_info(metagame_result *result, const metagame_session *session, int complete) {
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  info.n_players = session->problem.n;
  info.n_targets = session->problem.m;
  info.solver = session->numbers_id;
  info.outer = session->problem.outer;
  info.status = complete ? METAGAME_OK : METAGAME_PARTIAL;
  info.user_code = session->user_code;
  info.flags = (session->options.flags & METAGAME_UNPINNED) | (session->game->callbacks.flags & METAGAME_CARDINAL) |
               (session->problem.closed ? METAGAME_CLOSED_FORM : 0);
  info.interaction_order = session->problem.order;
  info.n_maskings = 1;
  info.seed = session->problem.seed;
  info.evaluations = result->numbers.evaluations;
  info.value_evaluations = session->formula && !session->formula->is_direct ? session->formula->n_values : session->problem.closed ? info.evaluations : 0;
  info.n_units = result->numbers.n_units;
  info.rank = result->numbers.rank;
  info.full_rank = result->numbers.full_rank;
  info.condition = result->numbers.condition;
  info.n_chosen = result->numbers.n_chosen;
  info.n_process = result->numbers.n_process;
  info.n_sparse = result->numbers.n_sparse;
  info.left_out = result->numbers.left_out;
  info.stopped = complete && session->stop.stopped == METAGAME_STOP_TIME ? METAGAME_STOP_PLAN : session->stop.stopped;
  info.n_looks = session->n_looks;
  info.asked = session->n_told;
  info.attributor = result->attributor;
  info.masking_id = result->masking_id;
  result->info = info;
  result->reason = session->numbers_reason;
}

static metagame_status finish(metagame_result **out, metagame_session *session, metagame_error *err) {
  if (session->phase == MTG_FAILED)
    return mtg_fail(err, METAGAME_E_STATE, "finish: the session failed before with %s", metagame_status_name(session->failure));
  if (session->phase == MTG_FINISHED) return mtg_fail(err, METAGAME_E_STATE, "finish: the session is finished already");
  int complete;
  MTG_TRY(mtg_session_settle(session, &complete, err));
  const int is_late = session->stop.has_ended && session->stop.stopped == METAGAME_STOP_TIME;
  if (!complete && !atomic_load(&session->cancelled) && !is_late)
    return mtg_fail(err, METAGAME_E_UNFINISHED, "finish: %llu of %llu coalitions of the plan are in; ask and tell until METAGAME_DONE, or "
                    "cancel", (unsigned long long)session->n_taken, (unsigned long long)session->solver->n_rows(session->state));
  metagame_result *result = NULL;
  MTG_TRY(mtg_result_open(&result, &session->alloc, session->problem.n, session->problem.m, session->problem.own, session->game->name,
                          session->game->masking_id, err));
  metagame_status status = mtg_session_numbers(session, &result->numbers, err);
  if (status != METAGAME_OK) {
    metagame_result_destroy(result);
    return status;
  }
  if (result->numbers.tally) mtg_tally_keep(result->numbers.tally);
  mtg_result_fill_residuals(result, session->problem.outer);
  fill_info(result, session, complete);
  mtg_result_fill_ground(result);
  session->phase = MTG_FINISHED;
  *out = result;
  return complete ? METAGAME_OK : METAGAME_PARTIAL;
}

metagame_status metagame_session_finish(metagame_result **out, metagame_session *session, metagame_error *err) {
  if (out) *out = NULL;
  if (!out || !session) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !out ? "out" : "session");
  mtg_lock_take(&session->lock);
  metagame_status status = finish(out, session, err);
  mtg_lock_give(&session->lock);
  return status;
}

void metagame_result_destroy(metagame_result *result) {
  if (!result) return;
  const mtg_alloc alloc = result->alloc;
  const void *const blocks[] = { result->residual, result->own_player, result->spread, result->has_texts ? result->attributor : NULL,
                                 result->has_texts ? result->masking_id : NULL };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(&alloc, (void *)(uintptr_t)blocks[b]);
  mtg_numbers_close(&result->numbers, &alloc);
  mtg_kept_destroy(&alloc, result->kept);
  mtg_free(&alloc, result);
}

metagame_status metagame_result_get_info(const metagame_result *result, metagame_result_info *out, metagame_error *err) {
  if (!result || !out) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !result ? "result" : "out");
  return mtg_struct_write(out, &result->info, sizeof result->info, sizeof result->info, "result_info", err);
}

const double *metagame_result_matrix(const metagame_result *result) { return result ? result->numbers.matrix : NULL; }
const double *metagame_result_first_order(const metagame_result *result) { return result ? result->numbers.first_order : NULL; }
const double *metagame_result_base(const metagame_result *result) { return result ? result->numbers.base : NULL; }
const int32_t *metagame_result_own_player(const metagame_result *result) { return result ? result->own_player : NULL; }
const double *metagame_result_residual(const metagame_result *result) { return result ? result->residual : NULL; }
const double *metagame_result_scale(const metagame_result *result) { return result ? result->numbers.scale : NULL; }
const double *metagame_result_spread(const metagame_result *result) { return result ? result->spread : NULL; }

const double *metagame_result_stderr(const metagame_result *result) {
  return result && result->numbers.has_deviation ? result->numbers.deviation : NULL;
}

metagame_status metagame_result_half_width(const metagame_result *result, double level, double *out, metagame_error *err) {
  if (!result || !out) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !result ? "result" : "out");
  if (!(level > 0 && level < 1)) return mtg_fail(err, METAGAME_E_ARGUMENT, "level is %g, must be between 0 and 1, both excluded", level);
  const mtg_numbers *numbers = &result->numbers;
  double quantile = 0, degrees = -1;
  for (uint32_t i = 0; i < numbers->m; ++i) {
    if (numbers->has_deviation && !(numbers->degrees[i] == degrees)) {
      degrees = numbers->degrees[i];
      quantile = degrees > 0 ? mtg_student_two_sided(level, degrees) : NAN; /* not known, or of a file that has none */
    }
    for (uint32_t j = 0; j < numbers->n; ++j) {
      const size_t cell = (size_t)i * numbers->n + j;
      const double deviation = numbers->has_deviation ? numbers->deviation[cell] : 0;
      out[cell] = deviation == 0 ? 0 : deviation * quantile;
    }
  }
  return METAGAME_OK;
}
