/* SPDX-License-Identifier: MIT */
#include "game_file.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "json.h"
#include "metagame/report.h"
#include "tool.h"

enum { MOST_LABELS = 65536 };
static const size_t most_bytes = (size_t)1 << 34;

/* ---- evaluation ---- */

static double sum_terms(const game_file *file, uint64_t mask) {
  double sum = file->constant;
  for (size_t t = 0; t < file->n_terms; ++t) {
    const game_term *term = &file->terms[t];
    if ((mask & term->in) == term->in && (mask & term->out) == 0) sum += term->coef;
  }
  return sum;
}

int32_t METAGAME_CALL game_file_evaluate(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const game_file *file = user;
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) {
    if (file->values) memcpy(rows + r * file->m, file->values + (size_t)masks[r] * file->m, file->m * sizeof *rows);
    else rows[r] = sum_terms(file, masks[r]);
  }
  return 0;
}

/* ---- JSON ---- */

typedef struct numbers {
  double *at;
  size_t count, room;
} numbers;

static bool push(json *in, numbers *list, double value) {
  if (list->count == list->room) {
    const size_t larger = list->room ? 2 * list->room : 1024;
    double *moved = larger <= SIZE_MAX / sizeof *moved / 2 ? realloc(list->at, larger * sizeof *moved) : NULL;
    if (!moved) return json_fail(in, "no memory for the values");
    list->at = moved;
    list->room = larger;
  }
  list->at[list->count++] = value;
  return true;
}

/* Numbers, or arrays of equally many numbers. */
static bool read_values(json *in, game_file *file, numbers *list) {
  size_t rows = 0, width = 0;
  char what[96];
  if (file->values || list->at) return json_fail(in, "values are given twice");
  if (!json_enter(in, '[')) return false;
  for (; json_next(in, ']'); ++rows) {
    double value;
    size_t count = 1;
    if (json_peek(in) != '[') {
      if (!json_number(in, &value) || !push(in, list, value)) return false;
    } else {
      if (!json_enter(in, '[')) return false;
      for (count = 0; json_next(in, ']'); ++count)
        if (!json_number(in, &value) || !push(in, list, value)) return false;
      if (in->failed) return false;
    }
    if (rows == 0) width = count;
    if (count == width && count > 0) continue;
    snprintf(what, sizeof what, "coalition %zu has %zu values, the first one %zu", rows, count, width);
    return json_fail(in, count == 0 ? "a coalition without values" : what);
  }
  if (width > UINT32_MAX) return json_fail(in, "too many outputs");
  file->m = (uint32_t)width;
  return !in->failed;
}

static bool read_terms(json *in, game_file *file) {
  size_t room = 0;
  if (file->terms) return json_fail(in, "terms are given twice");
  if (!json_enter(in, '[')) return false;
  while (json_next(in, ']')) {
    if (file->n_terms == room) {
      room = room ? 2 * room : 256;
      game_term *moved = realloc(file->terms, room * sizeof *moved);
      if (!moved) return json_fail(in, "no memory for the terms");
      file->terms = moved;
    }
    game_term *term = &file->terms[file->n_terms++];
    const uint64_t most = (UINT64_C(1) << TERMS_PLAYERS) - 1;
    const bool ok = json_enter(in, '[') && json_next(in, ']') && json_whole(in, most, &term->in) && json_next(in, ']') &&
                    json_whole(in, most, &term->out) && json_next(in, ']') && json_number(in, &term->coef) && !json_next(in, ']');
    if (!ok || in->failed) return json_fail(in, "a term is [in, out, coefficient], the first two masks of players");
  }
  return !in->failed;
}

static bool read_labels(json *in, char ***labels, size_t *count) {
  char text[LABEL_ROOM];
  if (*labels) return json_fail(in, "labels are given twice");
  if (!json_enter(in, '[')) return false;
  *labels = calloc(MOST_LABELS, sizeof **labels);
  if (!*labels) return json_fail(in, "no memory for the labels");
  while (json_next(in, ']')) {
    if (*count == MOST_LABELS) return json_fail(in, "too many labels");
    if (!json_string(in, text, sizeof text)) return false;
    if (!((*labels)[*count] = strdup(text))) return json_fail(in, "no memory for the labels");
    ++*count;
  }
  return !in->failed;
}

static bool read_object(json *in, game_file *file, numbers *list, bool *terms) {
  char key[32];
  uint64_t n = 0;
  bool constant = false;
  if (!json_enter(in, '{')) return false;
  while (json_next(in, '}')) {
    bool ok = json_key(in, key, sizeof key);
    if (!ok) return false;
    if (strcmp(key, "n") == 0) ok = json_whole(in, TERMS_PLAYERS, &n);
    else if (strcmp(key, "const") == 0) ok = constant = json_number(in, &file->constant);
    else if (strcmp(key, "terms") == 0) ok = *terms = read_terms(in, file);
    else if (strcmp(key, "values") == 0) ok = read_values(in, file, list);
    else if (strcmp(key, "players") == 0) ok = read_labels(in, &file->players, &file->n_players);
    else if (strcmp(key, "targets") == 0) ok = read_labels(in, &file->targets, &file->n_targets);
    else ok = json_skip(in);
    if (!ok) return false;
  }
  if (in->failed) return false;
  if (*terms == (list->count > 0)) return json_fail(in, "either \"values\", or \"n\" and \"terms\", must be there");
  if (!*terms) return true;
  if (n == 0) return json_fail(in, "\"n\", the number of players, is missing or 0");
  file->n = (uint32_t)n;
  file->m = 1;
  for (size_t t = 0; t < file->n_terms; ++t)
    if ((file->terms[t].in | file->terms[t].out) >> n) return json_fail(in, "a term names a player beyond \"n\"");
  return true;
}

static int read_json(game_file *file, const char *path, const char *text, size_t size, size_t *rows) {
  json in;
  numbers list = { NULL, 0, 0 };
  bool terms = false;
  json_begin(&in, text, size);
  const char kind = json_peek(&in);
  bool ok = kind == '[' ? read_values(&in, file, &list) : kind == '{' ? read_object(&in, file, &list, &terms)
                                                                      : json_fail(&in, "an array or an object must be here");
  ok = ok && json_end(&in);
  file->values = list.at;
  *rows = terms ? 0 : file->m ? list.count / file->m : 0;
  return ok ? TOOL_OK : tool_fail(TOOL_INPUT, "%s, %s", path, in.why);
}

/* ---- .npy ---- */

static int read_npy(game_file *file, const char *path, const char *bytes, size_t size, size_t *rows) {
  uint32_t n_dims = 0;
  uint64_t shape[METAGAME_ARRAY_MAX_DIMS];
  size_t count = 0;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_status status = metagame_array_shape(bytes, size, &n_dims, shape, &count, &err);
  if (status >= 0 && (n_dims < 1 || n_dims > 2 || (n_dims == 2 && (shape[1] < 1 || shape[1] > UINT32_MAX))))
    return tool_fail(TOOL_INPUT, "%s has %u dimensions, must have 1 (2^n values) or 2 (2^n rows of one or more)", path, n_dims);
  if (status >= 0 && (file->values = malloc(count ? count * sizeof *file->values : 1)) == NULL)
    return tool_fail(TOOL_RESOURCES, "no memory");
  if (status >= 0) status = metagame_array_values(bytes, size, file->values, count, &err);
  if (status < 0) return tool_fail(status == METAGAME_E_ARGUMENT ? TOOL_INPUT : TOOL_RESOURCES, "%s: %s", path, err.message);
  file->m = n_dims == 2 ? (uint32_t)shape[1] : 1;
  *rows = (size_t)shape[0];
  return TOOL_OK;
}

/* ---- both ---- */

static int check(game_file *file, const char *path, size_t rows) {
  if (!file->terms && file->n == 0) {
    while (file->n < TABLE_PLAYERS && (UINT64_C(1) << file->n) < rows) ++file->n;
    if (rows != (UINT64_C(1) << file->n) || file->n == 0)
      return tool_fail(TOOL_INPUT, "%s has values of %zu coalitions, must be 2^n of them, with n in 1..%d", path, rows,
                       TABLE_PLAYERS);
  }
  if (file->players && file->n_players != file->n)
    return tool_fail(TOOL_INPUT, "%s has %zu labels of players, the game has %u players", path, file->n_players, file->n);
  if (file->targets && file->n_targets != file->m)
    return tool_fail(TOOL_INPUT, "%s has %zu labels of targets, the game has %u", path, file->n_targets, file->m);
  const size_t count = file->values ? rows * file->m : 0;
  for (size_t k = 0; k < count; ++k)
    if (!(file->values[k] - file->values[k] == 0))
      return tool_fail(TOOL_INPUT, "%s: the value of coalition %zu is %g, must be finite", path, k / file->m, file->values[k]);
  return TOOL_OK;
}

int game_file_read(game_file *out, const char *path) {
  size_t size = 0, rows = 0;
  memset(out, 0, sizeof *out);
  char *text = file_read(path, most_bytes, &size);
  if (!text) return TOOL_INPUT;
  const bool npy = size >= 6 && memcmp(text, "\x93NUMPY", 6) == 0;
  int code = size == 0 ? tool_fail(TOOL_INPUT, "%s is empty", path)
             : npy     ? read_npy(out, path, text, size, &rows)
                       : read_json(out, path, text, size, &rows);
  free(text);
  if (code == TOOL_OK) code = check(out, path, rows);
  if (code != TOOL_OK) game_file_free(out);
  return code;
}

static void free_labels(char **labels, size_t count) {
  for (size_t k = 0; labels && k < count; ++k) free(labels[k]);
  free(labels);
}

void game_file_free(game_file *file) {
  free(file->values);
  free(file->terms);
  free_labels(file->players, file->n_players);
  free_labels(file->targets, file->n_targets);
  memset(file, 0, sizeof *file);
}
