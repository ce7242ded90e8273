/* SPDX-License-Identifier: MIT */
/* A result from JSON (docs/result-format.md). The text is checked as a whole, the places of the known keys are noted, and then they are
 * read in an order in which each size is known before memory is taken for it: a cell of a matrix needs two bytes of text at least. */
#include <math.h>
#include <string.h>

#include "result/document.h"
#include "result/json.h"
#include "result/write.h"
#include "solve/solver.h"

typedef enum key {
  FORMAT, VERSION, ATTRIBUTOR, MASKING_ID, SOLVER, OUTER, PINNED, COMPLETE, SYMMETRIC, CLOSED_FORM, USER_CODE, SEED, EVALUATIONS,
  VALUE_EVALUATIONS, ASKED, LOOKS, STOPPED, UNITS, RANK, FULL_RANK, CONDITION, CHOSEN, PROCESS, SPARSE, LEFT_OUT, MASKINGS, PLAYERS, TARGETS, OWN_PLAYER, GRID,
  GAPS, TITLE, NOTES, STEPS, LABEL, FIRST_ORDER, BASE, MATRIX, STDERR, SPREAD, RESIDUAL, SCALE, DEGREES, N_KEYS
} key;

static const char *const names[N_KEYS] = {
  "format", "version", "attributor", "masking_id", "solver", "outer", "pinned", "complete", "symmetric", "closed_form", "user_code", "seed",
  "evaluations", "value_evaluations", "asked", "looks", "stopped", "units", "rank", "full_rank", "condition", "chosen", "process", "sparse", "left_out", "maskings",
  "players", "targets", "own_player", "grid", "gaps", "title", "notes", "steps", "label", "first_order", "base", "matrix", "stderr", "spread",
  "residual", "scale", "degrees"
};

typedef struct reader {
  mtg_json json;
  const mtg_alloc *alloc;
  mtg_kept *kept;
  size_t texts_used;
  uint32_t n, m;
} reader;

/* Places of the keys of one object; 0: not there (a value is never at the first byte). */
typedef struct places {
  size_t at[N_KEYS];
} places;

static void name(reader *r, const char *prefix, key k) {
  const size_t length = strlen(prefix);
  memcpy(r->json.name, prefix, length);
  memcpy(r->json.name + length, names[k], strlen(names[k]) + 1);
}

static metagame_status find_keys(reader *r, const char *prefix, places *p) {
  char word[32];
  int first = 1;
  memset(p, 0, sizeof *p);
  MTG_TRY(mtg_json_open(&r->json, '{'));
  while (mtg_json_next(&r->json, &first)) {
    const size_t here = r->json.at;
    mtg_json_key(&r->json, word, sizeof word);
    for (size_t k = 0; k < N_KEYS; ++k) {
      if (strcmp(word, names[k]) != 0) continue;
      if (p->at[k]) {
        r->json.at = here;
        name(r, prefix, (key)k);
        return mtg_json_fail(&r->json, "the key is there twice, again");
      }
      p->at[k] = r->json.at;
    }
    mtg_json_skip(&r->json);
  }
  return METAGAME_OK;
}

/* Goes to a key that may be missing: 1 when it is there. */
static int seek(reader *r, const places *p, const char *prefix, key k) {
  name(r, prefix, k);
  if (p->at[k]) r->json.at = p->at[k];
  return p->at[k] != 0;
}

static metagame_status need(reader *r, const places *p, const char *prefix, size_t object, key k) {
  if (seek(r, p, prefix, k)) return METAGAME_OK;
  r->json.at = object;
  return mtg_json_fail(&r->json, "the key is missing in the object");
}

static metagame_status need_list(reader *r, size_t count, const char *what) {
  size_t found = 0;
  MTG_TRY(mtg_json_count(&r->json, &found));
  if (found == count) return METAGAME_OK;
  return mtg_json_fail(&r->json, "%zu entries, must be %zu (%s),", found, count, what);
}

/* ---- texts ---- */

static metagame_status text(reader *r, const char **out) {
  char *const to = r->kept->texts + r->texts_used;
  size_t used = 0;
  MTG_TRY(mtg_json_string(&r->json, to, &used));
  r->texts_used += used;
  *out = to;
  return METAGAME_OK;
}

static void name_index(reader *r, const char *list, size_t index) {
  char digits[24], *out = r->json.name;
  size_t n = 0, length = strlen(list);
  memcpy(out, list, length);
  out[length++] = '[';
  do {
    digits[n++] = (char)('0' + index % 10);
    index /= 10;
  } while (index > 0);
  while (n > 0) out[length++] = digits[--n];
  out[length++] = ']';
  out[length] = '\0';
}

static metagame_status text_list(reader *r, const char ***out, size_t count, const char *list) {
  int first = 1;
  const char **texts = mtg_new(r->alloc, count, sizeof *texts);
  if (!texts) return mtg_fail_memory(r->json.err, r->alloc, list);
  *out = texts;
  MTG_TRY(mtg_json_open(&r->json, '['));
  for (size_t at = 0; mtg_json_next(&r->json, &first); ++at) {
    name_index(r, list, at);
    MTG_TRY(text(r, &texts[at]));
  }
  return METAGAME_OK;
}

static metagame_status read_notes(reader *r) {
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
  if (count > METAGAME_DOCUMENT_MAX_NOTES) return mtg_json_fail(&r->json, "%zu notes, at most %u", count, METAGAME_DOCUMENT_MAX_NOTES);
  kept->note_keys = mtg_new(r->alloc, count, sizeof *kept->note_keys);
  kept->note_values = mtg_new(r->alloc, count, sizeof *kept->note_values);
  if (!kept->note_keys || !kept->note_values) return mtg_fail_memory(r->json.err, r->alloc, "notes");
  first = 1;
  MTG_TRY(mtg_json_open(&r->json, '{'));
  for (size_t at = 0; mtg_json_next(&r->json, &first); ++at) {
    const size_t key_at = r->json.at;
    name_index(r, "notes", at);
    MTG_TRY(text(r, &kept->note_keys[at]));
    for (size_t before = 0; before < at; ++before)
      if (strcmp(kept->note_keys[before], kept->note_keys[at]) == 0) {
        r->json.at = key_at;
        return mtg_json_fail(&r->json, "the key is there twice, again");
      }
    mtg_json_peek(&r->json);
    ++r->json.at; /* the colon */
    MTG_TRY(text(r, &kept->note_values[at]));
  }
  kept->view.n_notes = count;
  return METAGAME_OK;
}

/* ---- numbers ---- */

static metagame_status vector(reader *r, double *out) {
  int first = 1;
  MTG_TRY(need_list(r, r->m, "targets"));
  MTG_TRY(mtg_json_open(&r->json, '['));
  for (size_t at = 0; mtg_json_next(&r->json, &first); ++at) MTG_TRY(mtg_json_number(&r->json, &out[at]));
  return METAGAME_OK;
}

static metagame_status matrix(reader *r, double *out) {
  int first = 1;
  MTG_TRY(need_list(r, r->m, "targets"));
  MTG_TRY(mtg_json_open(&r->json, '['));
  for (size_t i = 0; mtg_json_next(&r->json, &first); ++i) {
    int first_cell = 1;
    MTG_TRY(need_list(r, r->n, "players"));
    MTG_TRY(mtg_json_open(&r->json, '['));
    for (size_t j = 0; mtg_json_next(&r->json, &first_cell); ++j) MTG_TRY(mtg_json_number(&r->json, &out[i * r->n + j]));
  }
  return METAGAME_OK;
}

/* Everything that a step has, too. `object`: where the object begins. */
static metagame_status read_numbers(reader *r, const places *p, const char *prefix, size_t object, metagame_result *result) {
  mtg_numbers *numbers = &result->numbers;
  struct { key k; double *out; } vectors[] = { { FIRST_ORDER, numbers->first_order }, { BASE, numbers->base },
                                               { RESIDUAL, result->residual }, { SCALE, numbers->scale } };
  for (size_t v = 0; v < sizeof vectors / sizeof *vectors; ++v) {
    MTG_TRY(need(r, p, prefix, object, vectors[v].k));
    MTG_TRY(vector(r, vectors[v].out));
  }
  MTG_TRY(need(r, p, prefix, object, MATRIX));
  MTG_TRY(matrix(r, numbers->matrix));
  numbers->has_deviation = seek(r, p, prefix, STDERR);
  if (numbers->has_deviation) {
    MTG_TRY(matrix(r, numbers->deviation));
    for (uint32_t i = 0; i < r->m; ++i) numbers->degrees[i] = NAN; /* of a file before they were written */
    if (seek(r, p, prefix, DEGREES)) MTG_TRY(vector(r, numbers->degrees));
  }
  return METAGAME_OK;
}

static metagame_status integer(reader *r, const places *p, key k, uint64_t most, uint64_t *out) {
  return seek(r, p, "", k) ? mtg_json_integer(&r->json, most, out) : METAGAME_OK;
}

static metagame_status small_integer(reader *r, const places *p, key k, uint32_t *out) {
  uint64_t value = *out;
  MTG_TRY(integer(r, p, k, UINT32_MAX, &value));
  *out = (uint32_t)value;
  return METAGAME_OK;
}

static metagame_status flag(reader *r, const places *p, key k, int *out) {
  MTG_TRY(need(r, p, "", 0, k));
  return mtg_json_bool(&r->json, out);
}

/* The number of the word here among `words`. */
static metagame_status one_of(reader *r, const char *const *words, size_t count, const char *all, int32_t *out) {
  const size_t here = r->json.at;
  const char *found = NULL;
  MTG_TRY(text(r, &found));
  for (size_t w = 0; w < count; ++w)
    if (strcmp(found, words[w]) == 0) {
      *out = (int32_t)w;
      return METAGAME_OK;
    }
  r->json.at = here;
  return mtg_json_fail(&r->json, "it is \"%.40s\", must be %s,", found, all);
}

static metagame_status read_seed(reader *r, const places *p, uint64_t *out) {
  MTG_TRY(need(r, p, "", 0, SEED));
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

static metagame_status read_code(reader *r, const places *p, int32_t *out) {
  if (!seek(r, p, "", USER_CODE)) return METAGAME_OK;
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

static metagame_status read_info(reader *r, const places *p, metagame_result_info *info) {
  static const char *const outers[] = { "shapley", "banzhaf" };
  const char *solvers[METAGAME_SOLVER_GAUSSIAN];
  int pinned = 1, complete = 1, symmetric = 0, closed = 0;
  for (int32_t s = 0; s < METAGAME_SOLVER_GAUSSIAN; ++s) solvers[s] = mtg_solver_name(s + 1);
  MTG_TRY(need(r, p, "", 0, SOLVER));
  MTG_TRY(one_of(r, solvers, METAGAME_SOLVER_GAUSSIAN, "exact, regression, permutation, stratified or gaussian", &info->solver));
  ++info->solver;
  MTG_TRY(need(r, p, "", 0, OUTER));
  MTG_TRY(one_of(r, outers, 2, "shapley or banzhaf", &info->outer));
  MTG_TRY(flag(r, p, PINNED, &pinned));
  MTG_TRY(flag(r, p, COMPLETE, &complete));
  MTG_TRY(flag(r, p, SYMMETRIC, &symmetric));
  if (p->at[CLOSED_FORM]) MTG_TRY(flag(r, p, CLOSED_FORM, &closed));
  info->flags = (pinned ? 0 : METAGAME_UNPINNED) | (symmetric ? METAGAME_CARDINAL : 0) | (closed ? METAGAME_CLOSED_FORM : 0);
  info->status = complete ? METAGAME_OK : METAGAME_PARTIAL;
  MTG_TRY(read_code(r, p, &info->user_code));
  MTG_TRY(read_seed(r, p, &info->seed));
  MTG_TRY(need(r, p, "", 0, EVALUATIONS));
  MTG_TRY(mtg_json_integer(&r->json, UINT64_MAX, &info->evaluations));
  MTG_TRY(integer(r, p, VALUE_EVALUATIONS, UINT64_MAX, &info->value_evaluations));
  info->asked = info->value_evaluations ? info->value_evaluations : info->evaluations;
  MTG_TRY(integer(r, p, ASKED, UINT64_MAX, &info->asked));
  MTG_TRY(small_integer(r, p, LOOKS, &info->n_looks));
  if (seek(r, p, "", STOPPED)) MTG_TRY(one_of(r, mtg_stop_names, MTG_STOP_NAMES, "plan, resolved, budget or time", &info->stopped));
  MTG_TRY(integer(r, p, UNITS, UINT64_MAX, &info->n_units));
  MTG_TRY(integer(r, p, RANK, UINT64_MAX, &info->rank));
  MTG_TRY(integer(r, p, FULL_RANK, UINT64_MAX, &info->full_rank));
  MTG_TRY(integer(r, p, CHOSEN, UINT64_MAX, &info->n_chosen));
  MTG_TRY(small_integer(r, p, PROCESS, &info->n_process));
  MTG_TRY(small_integer(r, p, SPARSE, &info->n_sparse));
  if (seek(r, p, "", CONDITION)) MTG_TRY(mtg_json_number(&r->json, &info->condition));
  if (seek(r, p, "", LEFT_OUT)) MTG_TRY(mtg_json_number(&r->json, &info->left_out));
  info->interaction_order = info->n_maskings = 1;
  MTG_TRY(small_integer(r, p, MASKINGS, &info->n_maskings));
  if (info->n_maskings < 1 || (p->at[SPREAD] != 0) != (info->n_maskings > 1)) {
    seek(r, p, "", p->at[MASKINGS] ? MASKINGS : SPREAD);
    return mtg_json_fail(&r->json, "maskings is %u: the key spread stands beside 2 or more maskings, and there only,", info->n_maskings);
  }
  info->n_players = r->n;
  info->n_targets = r->m;
  return METAGAME_OK;
}

/* ---- the whole ---- */

static metagame_status check_format(reader *r, const places *p) {
  const char *format = NULL;
  uint64_t version = 0;
  MTG_TRY(need(r, p, "", 0, FORMAT));
  const size_t here = r->json.at;
  MTG_TRY(text(r, &format));
  if (strcmp(format, "metagame-result") != 0) {
    r->json.at = here;
    return mtg_json_fail(&r->json, "it is \"%.40s\", must be \"metagame-result\",", format);
  }
  MTG_TRY(need(r, p, "", 0, VERSION));
  MTG_TRY(mtg_json_integer(&r->json, UINT64_MAX, &version));
  if (version == 1) return METAGAME_OK;
  seek(r, p, "", VERSION);
  return mtg_json_fail(&r->json, "it is %llu, this library reads 1,", (unsigned long long)version);
}

static metagame_status read_shape(reader *r, const places *p) {
  size_t n = 0, m = 0;
  MTG_TRY(need(r, p, "", 0, PLAYERS));
  MTG_TRY(mtg_json_count(&r->json, &n));
  if (n < 1 || n > METAGAME_MAX_PLAYERS)
    return mtg_json_fail(&r->json, "%zu entries, must be 1..%u,", n, METAGAME_MAX_PLAYERS);
  MTG_TRY(need(r, p, "", 0, TARGETS));
  MTG_TRY(mtg_json_count(&r->json, &m));
  if (m < 1 || m > INT32_MAX) return mtg_json_fail(&r->json, "%zu entries, must be 1..2^31-1,", m);
  MTG_TRY(need(r, p, "", 0, MATRIX));
  if ((uint64_t)n * m > r->json.size / 2) return mtg_json_fail(&r->json, "it must have %zu x %zu numbers; the text is too short for them,", m, n);
  r->n = (uint32_t)n;
  r->m = (uint32_t)m;
  return METAGAME_OK;
}

static metagame_status read_own_players(reader *r, const places *p, int32_t *own) {
  int first = 1;
  MTG_TRY(need(r, p, "", 0, OWN_PLAYER));
  MTG_TRY(need_list(r, r->m, "targets"));
  MTG_TRY(mtg_json_open(&r->json, '['));
  for (size_t i = 0; mtg_json_next(&r->json, &first); ++i) {
    uint64_t player = 0;
    name_index(r, "own_player", i);
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

static metagame_status read_grid(reader *r, metagame_document *view) {
  uint64_t sides[2] = { 0, 0 };
  int first = 1;
  MTG_TRY(need_list(r, 2, "rows, columns"));
  MTG_TRY(mtg_json_open(&r->json, '['));
  for (size_t s = 0; mtg_json_next(&r->json, &first); ++s) MTG_TRY(mtg_json_integer(&r->json, INT32_MAX, &sides[s]));
  if (sides[0] * sides[1] != r->m)
    return mtg_json_fail(&r->json, "%llu x %llu patches, must be the %u targets,", (unsigned long long)sides[0],
                         (unsigned long long)sides[1], r->m);
  view->grid_rows = (uint32_t)sides[0];
  view->grid_cols = (uint32_t)sides[1];
  return METAGAME_OK;
}

static metagame_status read_steps(reader *r, metagame_result *result) {
  mtg_kept *kept = r->kept;
  size_t count = 0;
  int first = 1;
  MTG_TRY(mtg_json_count(&r->json, &count));
  if (count > METAGAME_DOCUMENT_MAX_STEPS)
    return mtg_json_fail(&r->json, "%zu steps, at most %u,", count, METAGAME_DOCUMENT_MAX_STEPS);
  if ((uint64_t)count * r->n * r->m > r->json.size / 2)
    return mtg_json_fail(&r->json, "each of the %zu steps must have %u x %u numbers; the text is too short for them,", count, r->m, r->n);
  kept->step_labels = mtg_new(r->alloc, count, sizeof *kept->step_labels);
  kept->steps = mtg_new(r->alloc, count, sizeof *kept->steps);
  if (!kept->step_labels || !kept->steps) return mtg_fail_memory(r->json.err, r->alloc, "steps");
  MTG_TRY(mtg_json_open(&r->json, '['));
  for (size_t k = 0; mtg_json_next(&r->json, &first); ++k) {
    const size_t object = r->json.at;
    places p;
    char prefix[40];
    name_index(r, "steps", k);
    const size_t length = strlen(r->json.name);
    memcpy(prefix, r->json.name, length);
    memcpy(prefix + length, ".", 2);
    MTG_TRY(find_keys(r, prefix, &p));
    const size_t end = r->json.at;
    MTG_TRY(mtg_result_open_like(&kept->steps[k], result, result->own_player, r->m, 1, r->json.err));
    kept->view.n_steps = k + 1;
    if (seek(r, &p, prefix, LABEL)) MTG_TRY(text(r, &kept->step_labels[k]));
    MTG_TRY(read_numbers(r, &p, prefix, object, kept->steps[k]));
    kept->steps[k]->info.n_maskings = 1;
    r->json.at = end;
  }
  return METAGAME_OK;
}

static metagame_status read_document(reader *r, const places *p, metagame_result *result) {
  mtg_kept *kept = r->kept;
  seek(r, p, "", PLAYERS);
  MTG_TRY(text_list(r, &kept->players, r->n, "players"));
  seek(r, p, "", TARGETS);
  MTG_TRY(text_list(r, &kept->targets, r->m, "targets"));
  if (seek(r, p, "", GAPS)) {
    MTG_TRY(need_list(r, (size_t)r->n + 1, "players + 1"));
    MTG_TRY(text_list(r, &kept->gaps, (size_t)r->n + 1, "gaps"));
  }
  if (seek(r, p, "", TITLE)) MTG_TRY(text(r, &kept->view.title));
  if (seek(r, p, "", GRID)) MTG_TRY(read_grid(r, &kept->view));
  if (seek(r, p, "", NOTES)) MTG_TRY(read_notes(r));
  if (seek(r, p, "", STEPS)) MTG_TRY(read_steps(r, result));
  kept->view.player_labels = kept->players;
  kept->view.target_labels = kept->targets;
  kept->view.gaps = kept->gaps;
  kept->view.note_keys = kept->note_keys;
  kept->view.note_values = kept->note_values;
  kept->view.step_labels = kept->step_labels;
  kept->view.steps = (const metagame_result *const *)kept->steps;
  return METAGAME_OK;
}

static metagame_status read_result(reader *r, metagame_result **out) {
  places p;
  const char *attributor = NULL, *masking_id = NULL;
  int32_t *own = NULL;
  MTG_TRY(find_keys(r, "", &p));
  MTG_TRY(check_format(r, &p));
  MTG_TRY(need(r, &p, "", 0, ATTRIBUTOR));
  MTG_TRY(text(r, &attributor));
  MTG_TRY(need(r, &p, "", 0, MASKING_ID));
  MTG_TRY(text(r, &masking_id));
  MTG_TRY(read_shape(r, &p));
  own = mtg_new(r->alloc, r->m, sizeof *own);
  if (!own) return mtg_fail_memory(r->json.err, r->alloc, "own_player");
  metagame_status status = read_own_players(r, &p, own);
  if (status == METAGAME_OK) status = mtg_result_open(out, r->alloc, r->n, r->m, own, attributor, masking_id, r->json.err);
  mtg_free(r->alloc, own);
  MTG_TRY(status);
  metagame_result *result = *out;
  result->kept = r->kept; /* from here on destroyed with it */
  MTG_TRY(read_info(r, &p, &result->info));
  result->info.attributor = result->attributor;
  result->info.masking_id = result->masking_id;
  MTG_TRY(read_numbers(r, &p, "", 0, result));
  if (seek(r, &p, "", SPREAD)) {
    result->spread = mtg_new(r->alloc, r->m, r->n * sizeof(double));
    if (!result->spread) return mtg_fail_memory(r->json.err, r->alloc, "spread");
    MTG_TRY(matrix(r, result->spread));
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

metagame_status metagame_result_read(metagame_result **out, const char *bytes, size_t size, const metagame_allocator *allocator,
                                     metagame_error *err) {
  mtg_alloc alloc;
  reader r;
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
  metagame_status status = r.kept->texts ? read_result(&r, &result) : mtg_fail_memory(err, &alloc, "the labels");
  if (status != METAGAME_OK) {
    if (!result) mtg_kept_destroy(&alloc, r.kept);
    metagame_result_destroy(result);
    return status;
  }
  *out = result;
  return METAGAME_OK;
}
