/* SPDX-License-Identifier: MIT */
#include "record.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common.h"
#include "metagame/indices.h"

static char *one_line(const char *text) {
  const size_t length = strlen(text);
  char *copy = memcpy(bench_new(length + 1, 1), text, length);
  for (size_t k = 0; k < length; ++k)
    if (copy[k] == '\n' || copy[k] == '\r') copy[k] = ' ';
  return copy;
}

void recall_record_init(recall_record *record, uint32_t n, const char *const *labels, const char *value, const char *masking) {
  memset(record, 0, sizeof *record);
  record->n = n;
  record->labels = bench_new(n, sizeof *record->labels);
  for (uint32_t k = 0; k < n; ++k) record->labels[k] = one_line(labels[k]);
  record->value = one_line(value);
  record->masking = one_line(masking);
}

void recall_record_free(recall_record *record) {
  for (uint32_t k = 0; record->labels && k < record->n; ++k) free(record->labels[k]);
  free(record->labels);
  free(record->value);
  free(record->masking);
  for (size_t k = 0; k < record->n_answers; ++k) free(record->answers[k].numbers);
  memset(record, 0, sizeof *record);
}

static double *add(recall_record *record, const char *method, const char *reference, int is_map) {
  recall_answer *answer = record->answers + record->n_answers++;
  snprintf(answer->method, sizeof answer->method, "%s", method);
  snprintf(answer->reference, sizeof answer->reference, "%s", reference);
  answer->is_map = is_map;
  return answer->numbers = bench_new(is_map ? record->n : (size_t)record->n * record->n, sizeof(double));
}

static int library_failed(char *why, const char *what, metagame_status status, const metagame_error *err) {
  return bench_fail(why, "%s: %s: %s", what, metagame_status_name(status), err->message);
}

/* f(everyone) - f(everyone but i). */
static int occlusion(const metagame_function *function, double *map, char *why) {
  const uint32_t n = function->n_players;
  const size_t words = metagame_mask_words(n);
  uint64_t *masks = bench_new((n + 1) * words, sizeof *masks);
  double *values = bench_new(n + 1, sizeof *values);
  metagame_error err = METAGAME_ERROR_INIT;
  for (uint32_t row = 0; row <= n; ++row)
    for (uint32_t k = 0; k < n; ++k)
      if (k != row) masks[row * words + k / 64] |= UINT64_C(1) << (k % 64);
  const int32_t code = function->evaluate(function->user, masks, n + 1, values, &err);
  for (uint32_t k = 0; k < n; ++k) map[k] = values[n] - values[k];
  free(masks);
  free(values);
  return code == 0 ? 0 : bench_fail(why, "the value game failed with %d: %s", code, err.message);
}

/* What is asked of the values. */
static const struct {
  const char *method, *reference;
  int32_t kind;
  uint32_t order;
  int32_t inner;
} wanted[] = {
  { "first-order shapley", "first-order shapley", METAGAME_INDEX_SII, 1, 0 },
  { "meta shapley", "first-order shapley", METAGAME_INDEX_META, 2, METAGAME_INNER_SHAPLEY },
  { "meta occlusion (one absence)", "first-order occlusion", METAGAME_INDEX_META, 2, METAGAME_INNER_OCCLUSION },
  { "shapley interaction", "first-order shapley", METAGAME_INDEX_SII, 2, 0 },
  { "shapley-taylor", "first-order shapley", METAGAME_INDEX_STII, 2, 0 },
  { "banzhaf interaction", "first-order shapley", METAGAME_INDEX_BII, 2, 0 },
  { "bivariate shapley", "first-order shapley", METAGAME_INDEX_BIVARIATE_SHAPLEY, 2, 0 },
};

int recall_from_values(recall_record *record, const metagame_function *function, uint64_t budget, uint64_t seed, char *why) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_game *game = NULL;
  metagame_result *result = NULL;
  const char *name = "first-order occlusion";
  if (occlusion(function, add(record, name, name, 1), why) != 0) {
    if (function->destroy) function->destroy(function->user);
    return -1;
  }
  options.interaction_order = 2;
  options.max_evaluations = budget;
  options.seed = seed;
  metagame_status status = metagame_game_from_function(&game, function, NULL, &err);
  if (status >= 0) status = metagame_solve(&result, game, &options, &err);
  metagame_game_destroy(game);
  if (status < 0) return library_failed(why, "interactions", status, &err);
  for (size_t k = 0; k < sizeof wanted / sizeof *wanted && status >= 0; ++k) {
    metagame_index index = METAGAME_INDEX_INIT;
    index.kind = wanted[k].kind;
    index.order = wanted[k].order;
    index.inner = wanted[k].inner;
    status = metagame_result_index(result, &index, add(record, wanted[k].method, wanted[k].reference, index.order == 1), NULL, &err);
  }
  if (status >= 0) status = metagame_result_get_info(result, &info, &err);
  metagame_result_destroy(result);
  if (status < 0) return library_failed(why, "interactions", status, &err);
  record->evaluations += info.evaluations + record->n + 1;
  return 0;
}

int recall_from_attribution(recall_record *record, const metagame_game *game, const char *name, uint64_t budget, uint64_t seed,
                            char *why) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_result *result = NULL;
  char map[RECALL_NAME], matrix[RECALL_NAME];
  const size_t n = record->n;
  if (metagame_game_n_players(game) != n || metagame_game_n_targets(game) != n)
    return bench_fail(why, "%s: %u players and %u targets, must be %zu", name, metagame_game_n_players(game),
                      metagame_game_n_targets(game), n);
  options.max_evaluations = budget;
  options.seed = seed;
  metagame_status status = metagame_solve(&result, game, &options, &err);
  if (status >= 0) status = metagame_result_get_info(result, &info, &err);
  if (status < 0) {
    metagame_result_destroy(result);
    return library_failed(why, name, status, &err);
  }
  snprintf(map, sizeof map, "first-order %s", name);
  snprintf(matrix, sizeof matrix, "meta %s", name);
  memcpy(add(record, map, map, 1), metagame_result_first_order(result), n * sizeof(double));
  memcpy(add(record, matrix, map, 0), metagame_result_matrix(result), n * n * sizeof(double));
  record->evaluations += info.evaluations;
  metagame_result_destroy(result);
  return 0;
}

/* ---- the file ---------------------------------------------------------------------------------------------------------------- */

/* Lines: format, key, "players N", value, masking, "cost EVALUATIONS SECONDS", N labels; for each answer its method, its reference and
 * the numbers, a line each; "end". */
static const char format[] = "metagame-recall 1";

int recall_record_write(const recall_record *record, const char *path, const char *key, char *why) {
  char *partial = bench_new(strlen(path) + 6, 1);
  sprintf(partial, "%s.part", path);
  FILE *file = fopen(partial, "w");
  if (!file) {
    bench_fail(why, "%s: %s", partial, strerror(errno));
    free(partial);
    return -1;
  }
  fprintf(file, "%s\n%s\nplayers %u\n%s\n%s\ncost %llu %.3f\n", format, key, record->n, record->value, record->masking,
          (unsigned long long)record->evaluations, record->seconds);
  for (uint32_t k = 0; k < record->n; ++k) fprintf(file, "%s\n", record->labels[k]);
  for (size_t a = 0; a < record->n_answers; ++a) {
    const recall_answer *answer = record->answers + a;
    const size_t count = answer->is_map ? record->n : (size_t)record->n * record->n;
    fprintf(file, "%s %s\n%s\n", answer->is_map ? "map" : "matrix", answer->method, answer->reference);
    for (size_t k = 0; k < count; ++k) fprintf(file, "%.17g%c", answer->numbers[k], k + 1 < count ? ' ' : '\n');
  }
  fputs("end\n", file);
  const int failed = ferror(file);
  const int status = fclose(file) != 0 || failed || rename(partial, path) != 0 ? bench_fail(why, "%s: %s", path, strerror(errno)) : 0;
  if (status != 0) remove(partial);
  free(partial);
  return status;
}

/* The next line, without its end; NULL behind the last. */
static char *next_line(char **rest) {
  char *line = *rest, *end = line ? strchr(line, '\n') : NULL;
  if (!end) return NULL;
  *end = '\0';
  *rest = end + 1;
  return line;
}

static int read_numbers(double *out, size_t count, char *line) {
  for (size_t k = 0; k < count; ++k) {
    char *end;
    out[k] = strtod(line, &end);
    if (end == line || !isfinite(out[k])) return -1;
    line = end;
  }
  while (*line == ' ') ++line;
  return *line ? -1 : 0;
}

static int read_answers(recall_record *record, char **rest) {
  for (char *line; (line = next_line(rest));) {
    if (strcmp(line, "end") == 0) return **rest || record->n_answers == 0 ? -1 : 0;
    const int is_map = strncmp(line, "map ", 4) == 0;
    const char *method = is_map ? line + 4 : strncmp(line, "matrix ", 7) == 0 ? line + 7 : NULL;
    char *reference = next_line(rest), *numbers = next_line(rest);
    if (!method || !reference || !numbers || strlen(method) >= RECALL_NAME || strlen(reference) >= RECALL_NAME ||
        record->n_answers == RECALL_MOST_ANSWERS)
      return -1;
    double *out = add(record, method, reference, is_map);
    if (read_numbers(out, is_map ? record->n : (size_t)record->n * record->n, numbers) != 0) return -1;
  }
  return -1;
}

static int read_record(recall_record *record, char *bytes) {
  char *rest = bytes, *players = next_line(&rest), *value = next_line(&rest), *masking = next_line(&rest), *cost = next_line(&rest);
  const char *labels[RECALL_MOST_PLAYERS];
  unsigned long long evaluations;
  double seconds;
  uint64_t n;
  if (!players || !value || !masking || !cost || strncmp(players, "players ", 8) != 0 ||
      bench_number(players + 8, 1, sizeof labels / sizeof *labels, &n) != 0 ||
      sscanf(cost, "cost %llu %lf", &evaluations, &seconds) != 2)
    return -1;
  for (size_t k = 0; k < n; ++k)
    if (!(labels[k] = next_line(&rest))) return -1;
  recall_record_init(record, (uint32_t)n, labels, value, masking);
  record->evaluations = evaluations;
  record->seconds = seconds;
  return read_answers(record, &rest);
}

int recall_record_read(recall_record *record, const char *path, const char *key, char *why) {
  size_t size;
  memset(record, 0, sizeof *record);
  FILE *file = fopen(path, "rb");
  if (!file) return errno == ENOENT ? 1 : bench_fail(why, "%s: %s", path, strerror(errno));
  fclose(file);
  char *bytes = bench_read_file(path, &size, why);
  if (!bytes) return -1;
  char *rest = bytes;
  const char *first = next_line(&rest), *second = next_line(&rest);
  int status = 0;
  if (!first || !second || strcmp(first, format) != 0) {
    status = bench_fail(why, "%s: not a record of bench/recall", path);
  } else if (strcmp(second, key) != 0) {
    status = 1;
  } else if (read_record(record, rest) != 0) {
    status = bench_fail(why, "%s: damaged", path);
    recall_record_free(record);
  }
  free(bytes);
  return status;
}
