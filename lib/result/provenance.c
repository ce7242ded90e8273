/* SPDX-License-Identifier: MIT */
/* Where numbers come from, out of a file: solver, counts, flags, and what stands behind them. */
#include <math.h>

#include "result/diagnosis.h"
#include "result/reader.h"
#include "result/write.h"
#include "solve/solver.h"

static metagame_status integer(mtg_reader *r, const mtg_places *p, mtg_key k, uint64_t most,
                               uint64_t *out) {
  return mtg_reader_seek(r, p, "", k) ? mtg_json_integer(&r->json, most, out) : METAGAME_OK;
}

static metagame_status small_integer(mtg_reader *r, const mtg_places *p, mtg_key k, uint32_t *out) {
  uint64_t value = *out;
  MTG_TRY(integer(r, p, k, UINT32_MAX, &value));
  *out = (uint32_t)value;
  return METAGAME_OK;
}

static metagame_status flag(mtg_reader *r, const mtg_places *p, mtg_key k, int *out) {
  MTG_TRY(mtg_reader_need(r, p, "", 0, k));
  return mtg_json_bool(&r->json, out);
}

static metagame_status read_seed(mtg_reader *r, const mtg_places *p, uint64_t *out) {
  MTG_TRY(mtg_reader_need(r, p, "", 0, KEY_SEED));
  if (mtg_json_peek(&r->json) != '"') return mtg_json_integer(&r->json, UINT64_MAX, out);
  const size_t here = r->json.at++;
  metagame_error *const err = r->json.err;
  r->json.err = NULL;
  const metagame_status status = mtg_json_integer(&r->json, UINT64_MAX, out);
  r->json.err = err;
  if (status == METAGAME_OK && r->json.bytes[r->json.at] == '"') return METAGAME_OK;
  r->json.at = here;
  return mtg_json_fail(&r->json, "decimal digits 0..2^64-1 in quotes are expected");
}

static metagame_status read_code(mtg_reader *r, const mtg_places *p, int32_t *out) {
  if (!mtg_reader_seek(r, p, "", KEY_USER_CODE)) return METAGAME_OK;
  const size_t here = r->json.at;
  const int minus = mtg_json_peek(&r->json) == '-';
  uint64_t value = 0;
  r->json.at += (size_t)minus;
  if (mtg_json_integer(&r->json, minus ? UINT64_C(1) << 31 : INT32_MAX, &value) != METAGAME_OK) {
    r->json.at = here;
    return mtg_json_fail(&r->json, "an integer of 32 bits is expected");
  }
  *out = (int32_t)(minus ? -(int64_t)value : (int64_t)value);
  return METAGAME_OK;
}

/* ---- what ran ---- */

static metagame_status read_solver(mtg_reader *r, int32_t *out) {
  const char *names[METAGAME_SOLVER_GAUSSIAN];
  for (int32_t s = 0; s < METAGAME_SOLVER_GAUSSIAN; ++s) names[s] = mtg_solver_name(s + 1);
  MTG_TRY(mtg_reader_one_of(r, names, METAGAME_SOLVER_GAUSSIAN, out));
  ++*out;
  return METAGAME_OK;
}

static metagame_status read_kind(mtg_reader *r, const mtg_places *p, metagame_result_info *info) {
  static const char *const outers[] = { "shapley", "banzhaf" };
  int pinned = 1, complete = 1, symmetric = 0, closed = 0;
  MTG_TRY(mtg_reader_need(r, p, "", 0, KEY_SOLVER));
  MTG_TRY(read_solver(r, &info->solver));
  MTG_TRY(mtg_reader_need(r, p, "", 0, KEY_OUTER));
  MTG_TRY(mtg_reader_one_of(r, outers, 2, &info->outer));
  MTG_TRY(flag(r, p, KEY_PINNED, &pinned));
  MTG_TRY(flag(r, p, KEY_COMPLETE, &complete));
  MTG_TRY(flag(r, p, KEY_SYMMETRIC, &symmetric));
  if (p->at[KEY_CLOSED_FORM]) MTG_TRY(flag(r, p, KEY_CLOSED_FORM, &closed));
  info->flags = pinned ? 0 : METAGAME_UNPINNED;
  if (symmetric) info->flags |= METAGAME_CARDINAL;
  if (closed) info->flags |= METAGAME_CLOSED_FORM;
  info->status = complete ? METAGAME_OK : METAGAME_PARTIAL;
  MTG_TRY(read_code(r, p, &info->user_code));
  return read_seed(r, p, &info->seed);
}

/* ---- how much of it ---- */

static metagame_status read_counts(mtg_reader *r, const mtg_places *p, metagame_result_info *info) {
  const mtg_key keys[] = { KEY_VALUE_EVALUATIONS, KEY_UNITS, KEY_RANK, KEY_FULL_RANK, KEY_CHOSEN };
  uint64_t *const counts[] = { &info->value_evaluations, &info->n_units, &info->rank,
                               &info->full_rank, &info->n_chosen };
  MTG_TRY(mtg_reader_need(r, p, "", 0, KEY_EVALUATIONS));
  MTG_TRY(mtg_json_integer(&r->json, UINT64_MAX, &info->evaluations));
  for (size_t k = 0; k < sizeof keys / sizeof *keys; ++k)
    MTG_TRY(integer(r, p, keys[k], UINT64_MAX, counts[k]));
  info->asked = info->value_evaluations ? info->value_evaluations : info->evaluations;
  MTG_TRY(integer(r, p, KEY_ASKED, UINT64_MAX, &info->asked));
  MTG_TRY(small_integer(r, p, KEY_LOOKS, &info->n_looks));
  MTG_TRY(small_integer(r, p, KEY_PROCESS, &info->n_process));
  MTG_TRY(small_integer(r, p, KEY_SPARSE, &info->n_sparse));
  if (mtg_reader_seek(r, p, "", KEY_STOPPED))
    MTG_TRY(mtg_reader_one_of(r, mtg_stop_names, MTG_STOP_NAMES, &info->stopped));
  if (mtg_reader_seek(r, p, "", KEY_CONDITION))
    MTG_TRY(mtg_json_number(&r->json, &info->condition));
  if (mtg_reader_seek(r, p, "", KEY_LEFT_OUT))
    MTG_TRY(mtg_json_number(&r->json, &info->left_out));
  return METAGAME_OK;
}

static metagame_status read_maskings(mtg_reader *r, const mtg_places *p, uint32_t *out) {
  *out = 1;
  MTG_TRY(small_integer(r, p, KEY_MASKINGS, out));
  if (*out >= 1 && (p->at[KEY_SPREAD] != 0) == (*out > 1)) return METAGAME_OK;
  mtg_reader_seek(r, p, "", p->at[KEY_MASKINGS] ? KEY_MASKINGS : KEY_SPREAD);
  return mtg_json_fail(&r->json, "maskings is %u: the key spread stands beside 2 or more maskings, "
                       "and there only,", *out);
}

/* ---- what stands behind it ---- */

/* What follows from the numbers is not read. Files from before have no such object. */
static metagame_status read_diagnosis(mtg_reader *r, const mtg_places *whole,
                                      metagame_result *result) {
  static const char prefix[] = "diagnosis.";
  mtg_audit *audit = &result->numbers.audit;
  int32_t other = 0;
  mtg_places p;
  if (!mtg_reader_seek(r, whole, "", KEY_DIAGNOSIS)) return METAGAME_OK;
  MTG_TRY(mtg_reader_find(r, prefix, &p));
  if (mtg_reader_seek(r, &p, prefix, KEY_SOLVER)) MTG_TRY(read_solver(r, &other));
  if (mtg_reader_seek(r, &p, prefix, KEY_GROUND))
    MTG_TRY(mtg_reader_one_of(r, mtg_ground_names, MTG_GROUND_NAMES, &other));
  if (mtg_reader_seek(r, &p, prefix, KEY_REASON))
    MTG_TRY(mtg_reader_one_of(r, mtg_reason_names, MTG_REASON_NAMES, &result->reason));
  if (mtg_reader_seek(r, &p, prefix, KEY_AUDIT))
    MTG_TRY(mtg_reader_one_of(r, mtg_audit_names, MTG_AUDIT_NAMES, &audit->outcome));
  if (mtg_reader_seek(r, &p, prefix, KEY_AUDIT_ROWS))
    MTG_TRY(mtg_json_integer(&r->json, UINT64_MAX, &audit->n_rows));
  audit->error = NAN;
  if (mtg_reader_seek(r, &p, prefix, KEY_AUDIT_ERROR))
    MTG_TRY(mtg_json_number(&r->json, &audit->error));
  return METAGAME_OK;
}

metagame_status mtg_reader_provenance(mtg_reader *r, const mtg_places *p, metagame_result *result) {
  metagame_result_info *info = &result->info;
  MTG_TRY(read_kind(r, p, info));
  MTG_TRY(read_counts(r, p, info));
  MTG_TRY(read_maskings(r, p, &info->n_maskings));
  info->interaction_order = 1;
  info->n_players = r->n;
  info->n_targets = r->m;
  info->attributor = result->attributor;
  info->masking_id = result->masking_id;
  return read_diagnosis(r, p, result);
}
