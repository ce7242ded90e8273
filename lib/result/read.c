/* SPDX-License-Identifier: MIT */
/* A result from JSON (docs/result-format.md). The text is checked as a whole, the places of the
 * known keys are noted, and then they are read in an order in which each size is known before
 * memory is taken for it: a cell of a matrix needs two bytes of text at least. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "result/diagnosis.h"
#include "result/reader.h"

/* ---- texts ---- */

static metagame_status read_notes(mtg_reader *r) {
  mtg_kept *kept = r->kept;
  size_t count = 0;
  const size_t here = r->json.at;
  int first = 1;
  MTG_TRY(mtg_json_open(&r->json, '{'));
  for (; mtg_json_next(&r->json, &first); ++count) {
    mtg_json_skip(&r->json);
    mtg_json_peek(&r->json);
    ++r->json.at; /* the colon */
    mtg_json_skip(&r->json);
  }
  r->json.at = here;
  if (count > METAGAME_DOCUMENT_MAX_NOTES)
    return mtg_json_fail(&r->json, "%zu notes, at most %u", count, METAGAME_DOCUMENT_MAX_NOTES);
  kept->note_keys = mtg_new(r->alloc, count, sizeof *kept->note_keys);
  kept->note_values = mtg_new(r->alloc, count, sizeof *kept->note_values);
  if (!kept->note_keys || !kept->note_values)
    return mtg_fail_memory(r->json.err, r->alloc, "notes");
  first = 1;
  MTG_TRY(mtg_json_open(&r->json, '{'));
  for (size_t at = 0; mtg_json_next(&r->json, &first); ++at) {
    const size_t key_at = r->json.at;
    mtg_reader_index(r, "notes", at);
    MTG_TRY(mtg_reader_text(r, &kept->note_keys[at]));
    for (size_t before = 0; before < at; ++before)
      if (strcmp(kept->note_keys[before], kept->note_keys[at]) == 0) {
        r->json.at = key_at;
        return mtg_json_fail(&r->json, "the key is there twice, again");
      }
    mtg_json_peek(&r->json);
    ++r->json.at; /* the colon */
    MTG_TRY(mtg_reader_text(r, &kept->note_values[at]));
  }
  kept->view.n_notes = count;
  return METAGAME_OK;
}

/* ---- numbers ---- */

static metagame_status read_ground(mtg_reader *r, const char *prefix, int32_t *out) {
  char list[48];
  int first = 1;
  MTG_TRY(mtg_reader_need_list(r, r->m, "targets"));
  MTG_TRY(mtg_json_open(&r->json, '['));
  snprintf(list, sizeof list, "%sground", prefix);
  for (size_t i = 0; mtg_json_next(&r->json, &first); ++i) {
    mtg_reader_index(r, list, i);
    MTG_TRY(mtg_reader_one_of(r, mtg_ground_names, MTG_GROUND_NAMES, &out[i]));
  }
  return METAGAME_OK;
}

/* Everything that a step has, too. `object`: where the object begins. */
static metagame_status read_numbers(mtg_reader *r, const mtg_places *p, const char *prefix,
                                    size_t object, metagame_result *result) {
  mtg_numbers *numbers = &result->numbers;
  struct {
    mtg_key k;
    double *out;
  } vectors[] = { { KEY_FIRST_ORDER, numbers->first_order },
                  { KEY_BASE, numbers->base },
                  { KEY_RESIDUAL, result->residual },
                  { KEY_SCALE, numbers->scale } };
  for (size_t v = 0; v < sizeof vectors / sizeof *vectors; ++v) {
    MTG_TRY(mtg_reader_need(r, p, prefix, object, vectors[v].k));
    MTG_TRY(mtg_reader_vector(r, vectors[v].out));
  }
  MTG_TRY(mtg_reader_need(r, p, prefix, object, KEY_MATRIX));
  MTG_TRY(mtg_reader_matrix(r, numbers->matrix));
  numbers->has_deviation = mtg_reader_seek(r, p, prefix, KEY_STDERR);
  if (numbers->has_deviation) {
    MTG_TRY(mtg_reader_matrix(r, numbers->deviation));
    for (uint32_t i = 0; i < r->m; ++i) numbers->degrees[i] = NAN; /* of a file from before */
    if (mtg_reader_seek(r, p, prefix, KEY_DEGREES)) MTG_TRY(mtg_reader_vector(r, numbers->degrees));
    if (mtg_reader_seek(r, p, prefix, KEY_GROUND)) MTG_TRY(read_ground(r, prefix, numbers->ground));
  }
  mtg_result_fill_ground(result);
  return METAGAME_OK;
}

/* ---- the whole ---- */

static metagame_status check_format(mtg_reader *r, const mtg_places *p) {
  const char *format = NULL;
  uint64_t version = 0;
  MTG_TRY(mtg_reader_need(r, p, "", 0, KEY_FORMAT));
  const size_t here = r->json.at;
  MTG_TRY(mtg_reader_text(r, &format));
  if (strcmp(format, "metagame-result") != 0) {
    r->json.at = here;
    return mtg_json_fail(&r->json, "it is \"%.40s\", must be \"metagame-result\",", format);
  }
  MTG_TRY(mtg_reader_need(r, p, "", 0, KEY_VERSION));
  MTG_TRY(mtg_json_integer(&r->json, UINT64_MAX, &version));
  if (version == 1) return METAGAME_OK;
  mtg_reader_seek(r, p, "", KEY_VERSION);
  return mtg_json_fail(&r->json, "it is %llu, this library reads 1,", (unsigned long long)version);
}

static metagame_status read_shape(mtg_reader *r, const mtg_places *p) {
  size_t n = 0, m = 0;
  MTG_TRY(mtg_reader_need(r, p, "", 0, KEY_PLAYERS));
  MTG_TRY(mtg_json_count(&r->json, &n));
  if (n < 1 || n > METAGAME_MAX_PLAYERS)
    return mtg_json_fail(&r->json, "%zu entries, must be 1..%u,", n, METAGAME_MAX_PLAYERS);
  MTG_TRY(mtg_reader_need(r, p, "", 0, KEY_TARGETS));
  MTG_TRY(mtg_json_count(&r->json, &m));
  if (m < 1 || m > INT32_MAX) return mtg_json_fail(&r->json, "%zu entries, must be 1..2^31-1,", m);
  MTG_TRY(mtg_reader_need(r, p, "", 0, KEY_MATRIX));
  if ((uint64_t)n * m > r->json.size / 2)
    return mtg_json_fail(&r->json, "it must have %zu x %zu numbers; the text is too short for "
                         "them,", m, n);
  r->n = (uint32_t)n;
  r->m = (uint32_t)m;
  return METAGAME_OK;
}

static metagame_status read_own_players(mtg_reader *r, const mtg_places *p, int32_t *own) {
  int first = 1;
  MTG_TRY(mtg_reader_need(r, p, "", 0, KEY_OWN_PLAYER));
  MTG_TRY(mtg_reader_need_list(r, r->m, "targets"));
  MTG_TRY(mtg_json_open(&r->json, '['));
  for (size_t i = 0; mtg_json_next(&r->json, &first); ++i) {
    uint64_t player = 0;
    mtg_reader_index(r, "own_player", i);
    if (mtg_json_peek(&r->json) == 'n') {
      mtg_json_skip(&r->json);
      own[i] = METAGAME_NO_PLAYER;
    } else {
      MTG_TRY(mtg_json_integer(&r->json, r->n - 1, &player));
      own[i] = (int32_t)player;
    }
  }
  return METAGAME_OK;
}

static metagame_status read_grid(mtg_reader *r, metagame_document *view) {
  uint64_t sides[2] = { 0, 0 };
  int first = 1;
  MTG_TRY(mtg_reader_need_list(r, 2, "rows, columns"));
  MTG_TRY(mtg_json_open(&r->json, '['));
  for (size_t s = 0; mtg_json_next(&r->json, &first); ++s)
    MTG_TRY(mtg_json_integer(&r->json, INT32_MAX, &sides[s]));
  if (sides[0] * sides[1] != r->m)
    return mtg_json_fail(&r->json, "%llu x %llu patches, must be the %u targets,",
                         (unsigned long long)sides[0], (unsigned long long)sides[1], r->m);
  view->grid_rows = (uint32_t)sides[0];
  view->grid_cols = (uint32_t)sides[1];
  return METAGAME_OK;
}

static metagame_status read_steps(mtg_reader *r, metagame_result *result) {
  mtg_kept *kept = r->kept;
  size_t count = 0;
  int first = 1;
  MTG_TRY(mtg_json_count(&r->json, &count));
  if (count > METAGAME_DOCUMENT_MAX_STEPS)
    return mtg_json_fail(&r->json, "%zu steps, at most %u,", count, METAGAME_DOCUMENT_MAX_STEPS);
  if ((uint64_t)count * r->n * r->m > r->json.size / 2)
    return mtg_json_fail(&r->json, "each of the %zu steps must have %u x %u numbers; the text is "
                         "too short for them,", count, r->m, r->n);
  kept->step_labels = mtg_new(r->alloc, count, sizeof *kept->step_labels);
  kept->steps = mtg_new(r->alloc, count, sizeof *kept->steps);
  if (!kept->step_labels || !kept->steps) return mtg_fail_memory(r->json.err, r->alloc, "steps");
  MTG_TRY(mtg_json_open(&r->json, '['));
  for (size_t k = 0; mtg_json_next(&r->json, &first); ++k) {
    const size_t object = r->json.at;
    mtg_places p;
    char prefix[40];
    mtg_reader_index(r, "steps", k);
    const size_t length = strlen(r->json.name);
    memcpy(prefix, r->json.name, length);
    memcpy(prefix + length, ".", 2);
    MTG_TRY(mtg_reader_find(r, prefix, &p));
    const size_t end = r->json.at;
    metagame_result **const step = &kept->steps[k];
    MTG_TRY(mtg_result_open_like(step, result, result->own_player, r->m, 1, r->json.err));
    kept->view.n_steps = k + 1;
    if (mtg_reader_seek(r, &p, prefix, KEY_LABEL))
      MTG_TRY(mtg_reader_text(r, &kept->step_labels[k]));
    MTG_TRY(read_numbers(r, &p, prefix, object, kept->steps[k]));
    kept->steps[k]->info.n_maskings = 1;
    r->json.at = end;
  }
  return METAGAME_OK;
}

static metagame_status read_document(mtg_reader *r, const mtg_places *p, metagame_result *result) {
  mtg_kept *kept = r->kept;
  mtg_reader_seek(r, p, "", KEY_PLAYERS);
  MTG_TRY(mtg_reader_texts(r, &kept->players, r->n, "players"));
  mtg_reader_seek(r, p, "", KEY_TARGETS);
  MTG_TRY(mtg_reader_texts(r, &kept->targets, r->m, "targets"));
  if (mtg_reader_seek(r, p, "", KEY_GAPS)) {
    MTG_TRY(mtg_reader_need_list(r, (size_t)r->n + 1, "players + 1"));
    MTG_TRY(mtg_reader_texts(r, &kept->gaps, (size_t)r->n + 1, "gaps"));
  }
  if (mtg_reader_seek(r, p, "", KEY_TITLE)) MTG_TRY(mtg_reader_text(r, &kept->view.title));
  if (mtg_reader_seek(r, p, "", KEY_GRID)) MTG_TRY(read_grid(r, &kept->view));
  if (mtg_reader_seek(r, p, "", KEY_NOTES)) MTG_TRY(read_notes(r));
  if (mtg_reader_seek(r, p, "", KEY_STEPS)) MTG_TRY(read_steps(r, result));
  kept->view.player_labels = kept->players;
  kept->view.target_labels = kept->targets;
  kept->view.gaps = kept->gaps;
  kept->view.note_keys = kept->note_keys;
  kept->view.note_values = kept->note_values;
  kept->view.step_labels = kept->step_labels;
  kept->view.steps = (const metagame_result *const *)kept->steps;
  return METAGAME_OK;
}

static metagame_status read_result(mtg_reader *r, metagame_result **out) {
  mtg_places p;
  const char *attributor = NULL, *masking_id = NULL;
  int32_t *own = NULL;
  MTG_TRY(mtg_reader_find(r, "", &p));
  MTG_TRY(check_format(r, &p));
  MTG_TRY(mtg_reader_need(r, &p, "", 0, KEY_ATTRIBUTOR));
  MTG_TRY(mtg_reader_text(r, &attributor));
  MTG_TRY(mtg_reader_need(r, &p, "", 0, KEY_MASKING_ID));
  MTG_TRY(mtg_reader_text(r, &masking_id));
  MTG_TRY(read_shape(r, &p));
  own = mtg_new(r->alloc, r->m, sizeof *own);
  if (!own) return mtg_fail_memory(r->json.err, r->alloc, "own_player");
  metagame_status status = read_own_players(r, &p, own);
  if (status == METAGAME_OK)
    status = mtg_result_open(out, r->alloc, r->n, r->m, own, attributor, masking_id, r->json.err);
  mtg_free(r->alloc, own);
  MTG_TRY(status);
  metagame_result *result = *out;
  result->kept = r->kept; /* from here on destroyed with it */
  MTG_TRY(mtg_reader_provenance(r, &p, result));
  MTG_TRY(read_numbers(r, &p, "", 0, result));
  if (mtg_reader_seek(r, &p, "", KEY_SPREAD)) {
    result->spread = mtg_new(r->alloc, r->m, r->n * sizeof(double));
    if (!result->spread) return mtg_fail_memory(r->json.err, r->alloc, "spread");
    MTG_TRY(mtg_reader_matrix(r, result->spread));
  }
  mtg_numbers *numbers = &result->numbers;
  numbers->evaluations = result->info.evaluations;
  numbers->n_units = result->info.n_units;
  numbers->rank = result->info.rank;
  numbers->full_rank = result->info.full_rank;
  numbers->condition = result->info.condition;
  numbers->n_chosen = result->info.n_chosen;
  numbers->n_process = result->info.n_process;
  numbers->n_sparse = result->info.n_sparse;
  numbers->left_out = result->info.left_out;
  return read_document(r, &p, result);
}

metagame_status metagame_result_read(metagame_result **out, const char *bytes, size_t size,
                                     const metagame_allocator *allocator, metagame_error *err) {
  mtg_alloc alloc;
  mtg_reader r;
  metagame_result *result = NULL;
  const metagame_document nothing = METAGAME_DOCUMENT_INIT;
  if (out) *out = NULL;
  if (!out || !bytes) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !out ? "out" : "bytes");
  MTG_TRY(mtg_alloc_from(&alloc, allocator, err));
  memset(&r, 0, sizeof r);
  r.alloc = &alloc;
  MTG_TRY(mtg_json_check(&r.json, bytes, size, err));
  r.kept = mtg_new(&alloc, 1, sizeof *r.kept);
  if (!r.kept) return mtg_fail_memory(err, &alloc, "the labels");
  r.kept->view = nothing;
  r.kept->texts = mtg_new(&alloc, r.json.string_bytes + 1, 1);
  metagame_status status = r.kept->texts ? read_result(&r, &result)
                                         : mtg_fail_memory(err, &alloc, "the labels");
  if (status != METAGAME_OK) {
    if (!result) mtg_kept_destroy(&alloc, r.kept);
    metagame_result_destroy(result);
    return status;
  }
  *out = result;
  return METAGAME_OK;
}
