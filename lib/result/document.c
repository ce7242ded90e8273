/* SPDX-License-Identifier: MIT */
#include "result/document.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/abi.h"
#include "result/text.h"

void mtg_kept_destroy(const mtg_alloc *alloc, mtg_kept *kept) {
  if (!kept) return;
  for (size_t k = 0; kept->steps && k < kept->view.n_steps; ++k) metagame_result_destroy(kept->steps[k]);
  const void *const blocks[] = { kept->texts,     kept->players,     kept->targets,     kept->gaps,
                                 kept->note_keys, kept->note_values, kept->step_labels, kept->steps };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(alloc, (void *)(uintptr_t)blocks[b]);
  mtg_free(alloc, kept);
}

/* ---- checks ---- */

static metagame_status check_steps(const metagame_result *result, const metagame_document *d, metagame_error *err) {
  if (d->n_steps > METAGAME_DOCUMENT_MAX_STEPS)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "document.n_steps is %zu, at most %u", d->n_steps, METAGAME_DOCUMENT_MAX_STEPS);
  if (d->n_steps > 0 && !d->steps) return mtg_fail(err, METAGAME_E_NULL, "document.steps is NULL, document.n_steps is %zu", d->n_steps);
  for (size_t k = 0; k < d->n_steps; ++k) {
    const metagame_result *step = d->steps[k];
    if (!step) return mtg_fail(err, METAGAME_E_NULL, "document.steps[%zu] is NULL", k);
    if (step->numbers.n != result->numbers.n || step->numbers.m != result->numbers.m)
      return mtg_fail(err, METAGAME_E_ARGUMENT, "document.steps[%zu] has %u targets and %u players, the result %u and %u; they must be the "
                      "same", k, step->numbers.m, step->numbers.n, result->numbers.m, result->numbers.n);
    for (uint32_t i = 0; i < result->numbers.m; ++i)
      if (step->own_player[i] != result->own_player[i])
        return mtg_fail(err, METAGAME_E_ARGUMENT, "document.steps[%zu]: own_player[%u] is %ld, in the result it is %ld; they must be the "
                        "same", k, i, (long)step->own_player[i], (long)result->own_player[i]);
    if (step->kept && step->kept->view.n_steps > 0)
      return mtg_fail(err, METAGAME_E_ARGUMENT, "document.steps[%zu] has steps of its own; give the parts of parts directly", k);
  }
  return METAGAME_OK;
}

static metagame_status check_notes(const metagame_document *d, metagame_error *err) {
  if (d->n_notes > METAGAME_DOCUMENT_MAX_NOTES)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "document.n_notes is %zu, at most %u", d->n_notes, METAGAME_DOCUMENT_MAX_NOTES);
  if (d->n_notes > 0 && (!d->note_keys || !d->note_values))
    return mtg_fail(err, METAGAME_E_NULL, "document.%s is NULL, document.n_notes is %zu", d->note_keys ? "note_values" : "note_keys",
                    d->n_notes);
  for (size_t k = 0; k < d->n_notes; ++k) {
    if (!d->note_keys[k] || !d->note_values[k])
      return mtg_fail(err, METAGAME_E_NULL, "document.%s[%zu] is NULL", d->note_keys[k] ? "note_values" : "note_keys", k);
    for (const char *at = d->note_keys[k]; *at;) { /* U+FFFD for what is not would make different keys the same */
      const size_t length = mtg_utf8_length(at, NULL);
      if (length == 0)
        return mtg_fail(err, METAGAME_E_ARGUMENT, "document.note_keys[%zu] is not UTF-8 at byte %zu (0x%02x)", k,
                        (size_t)(at - d->note_keys[k]), (unsigned)(unsigned char)*at);
      at += length;
    }
    for (size_t before = 0; before < k; ++before)
      if (strcmp(d->note_keys[before], d->note_keys[k]) == 0)
        return mtg_fail(err, METAGAME_E_ARGUMENT, "document.note_keys[%zu] and [%zu] are both \"%.60s\"; keys must differ", before, k,
                        d->note_keys[k]);
  }
  return METAGAME_OK;
}

static metagame_status check(const metagame_result *result, const metagame_document *d, metagame_error *err) {
  if (d->flags & ~METAGAME_DOCUMENT_NO_SCRIPT)
    return mtg_fail(err, METAGAME_E_FLAGS, "document.flags is 0x%llx, known is METAGAME_DOCUMENT_NO_SCRIPT (0x1)",
                    (unsigned long long)d->flags);
  if (d->view < 0 || d->view > METAGAME_VIEW_PATCHES)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "document.view is %ld, must be %d (matrix) to %d (patches)", (long)d->view,
                    METAGAME_VIEW_MATRIX, METAGAME_VIEW_PATCHES);
  if (d->top > METAGAME_DOCUMENT_MAX_TOP)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "document.top is %u, at most %u", d->top, METAGAME_DOCUMENT_MAX_TOP);
  if ((d->grid_rows > 0 || d->grid_cols > 0) && (uint64_t)d->grid_rows * d->grid_cols != result->numbers.m)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "document.grid_rows * document.grid_cols is %u * %u, must be the %u targets", d->grid_rows,
                    d->grid_cols, result->numbers.m);
  MTG_TRY(check_notes(d, err));
  return check_steps(result, d, err);
}

metagame_status mtg_document_resolve(metagame_document *out, const metagame_result *result, const metagame_document *raw,
                                     metagame_error *err) {
  const metagame_document nothing = METAGAME_DOCUMENT_INIT;
  const metagame_document *kept = result->kept ? &result->kept->view : &nothing;
  *out = nothing;
  if (raw) MTG_TRY(mtg_struct_read(out, sizeof *out, raw, sizeof *out, "document", err));
  MTG_TRY(check(result, out, err));
  if (!out->title) out->title = kept->title;
  if (!out->player_labels) out->player_labels = kept->player_labels;
  if (!out->target_labels) out->target_labels = kept->target_labels;
  if (!out->gaps) out->gaps = kept->gaps;
  if (out->n_notes == 0) {
    out->n_notes = kept->n_notes;
    out->note_keys = kept->note_keys;
    out->note_values = kept->note_values;
  }
  if (out->n_steps == 0) {
    out->n_steps = kept->n_steps;
    out->steps = kept->steps;
    out->step_labels = kept->step_labels;
  }
  if (out->grid_rows == 0) {
    out->grid_rows = kept->grid_rows;
    out->grid_cols = kept->grid_cols;
  }
  if (out->view == 0) out->view = METAGAME_VIEW_MATRIX;
  if (out->top == 0) out->top = 15;
  return METAGAME_OK;
}

/* ---- labels ---- */

static const char *label_of(const char *const *labels, size_t index, char *number) {
  if (labels && labels[index]) return labels[index];
  snprintf(number, 16, "%u", (unsigned)index);
  return number;
}

const char *mtg_player_label(const metagame_document *document, uint32_t player, char *number) {
  return label_of(document->player_labels, player, number);
}

const char *mtg_target_label(const metagame_document *document, const metagame_result *result, uint32_t target, char *number) {
  const int32_t own = result->own_player[target];
  if (!document->target_labels && own >= 0 && document->player_labels) return mtg_player_label(document, (uint32_t)own, number);
  return label_of(document->target_labels, target, number);
}

const char *mtg_step_label(const metagame_document *document, size_t step, char *number) {
  return label_of(document->step_labels, step, number);
}

/* ---- the public calls ---- */

metagame_status metagame_result_get_document(const metagame_result *result, metagame_document *out, metagame_error *err) {
  const metagame_document nothing = METAGAME_DOCUMENT_INIT;
  if (!result || !out) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !result ? "result" : "out");
  return mtg_struct_write(out, result->kept ? &result->kept->view : &nothing, sizeof nothing, sizeof nothing, "document", err);
}

const char *metagame_result_player_label(const metagame_result *result, uint32_t player) {
  return result && result->kept && result->kept->players && player < result->numbers.n ? result->kept->players[player] : NULL;
}

const char *metagame_result_target_label(const metagame_result *result, uint32_t target) {
  return result && result->kept && result->kept->targets && target < result->numbers.m ? result->kept->targets[target] : NULL;
}

const char *metagame_result_note(const metagame_result *result, const char *key) {
  if (!result || !result->kept || !key) return NULL;
  for (size_t k = 0; k < result->kept->view.n_notes; ++k)
    if (strcmp(result->kept->note_keys[k], key) == 0) return result->kept->note_values[k];
  return NULL;
}

metagame_status mtg_result_open_like(metagame_result **out, const metagame_result *result, const int32_t *own_player, uint32_t m,
                                     int is_step, metagame_error *err) {
  MTG_TRY(mtg_result_open(out, &result->alloc, result->numbers.n, m, own_player, is_step ? NULL : result->attributor, result->masking_id,
                          err));
  metagame_result *copy = *out;
  if (is_step) {
    copy->attributor = result->attributor;
    copy->masking_id = result->masking_id;
  }
  copy->info = result->info;
  copy->reason = result->reason;
  copy->numbers.audit = result->numbers.audit;
  copy->info.n_targets = m;
  copy->info.interaction_order = 1;
  copy->info.attributor = copy->attributor;
  copy->info.masking_id = copy->masking_id;
  copy->numbers.has_deviation = result->numbers.has_deviation;
  copy->numbers.evaluations = result->numbers.evaluations;
  copy->numbers.n_units = result->numbers.n_units;
  return METAGAME_OK;
}

metagame_status metagame_result_select(metagame_result **out, const metagame_result *result, uint32_t first, uint32_t n_targets,
                                       metagame_error *err) {
  metagame_result *part = NULL;
  if (out) *out = NULL;
  if (!out || !result) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !out ? "out" : "result");
  const mtg_numbers *from = &result->numbers;
  if (first >= from->m) return mtg_fail(err, METAGAME_E_ARGUMENT, "first is %u, must be below the %u targets", first, from->m);
  if (n_targets < 1 || n_targets > from->m - first)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "n_targets is %u, must be 1..%u (%u targets, the first of them %u)", n_targets,
                    from->m - first, from->m, first);
  MTG_TRY(mtg_result_open_like(&part, result, result->own_player + first, n_targets, 0, err));
  const size_t row = from->n * sizeof(double), skip = (size_t)first * from->n;
  if (result->spread) {
    part->spread = mtg_new(&result->alloc, n_targets, row);
    if (!part->spread) {
      metagame_result_destroy(part);
      return mtg_fail_memory(err, &result->alloc, "the result");
    }
    memcpy(part->spread, result->spread + skip, n_targets * row);
  }
  memcpy(part->numbers.matrix, from->matrix + skip, n_targets * row);
  memcpy(part->numbers.deviation, from->deviation + skip, n_targets * row);
  memcpy(part->numbers.first_order, from->first_order + first, n_targets * sizeof(double));
  memcpy(part->numbers.base, from->base + first, n_targets * sizeof(double));
  memcpy(part->numbers.degrees, from->degrees + first, n_targets * sizeof(double));
  memcpy(part->numbers.scale, from->scale + first, n_targets * sizeof(double));
  memcpy(part->numbers.ground, from->ground + first, n_targets * sizeof *from->ground);
  memcpy(part->residual, result->residual + first, n_targets * sizeof(double));
  *out = part;
  return METAGAME_OK;
}
