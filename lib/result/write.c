/* SPDX-License-Identifier: MIT */
/* Results as JSON (docs/result-format.md) and CSV, to a caller's function: no files, no locale. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "result/result.h"
#include "solve/solver.h"

typedef struct writer {
  metagame_write_fn write;
  void *user;
  int32_t code; /* first nonzero answer of write: nothing is written after it */
} writer;

static void put(writer *w, const char *bytes, size_t size) {
  if (w->code == 0 && size > 0) w->code = w->write(w->user, bytes, size);
}

static void put_text(writer *w, const char *text) { put(w, text, strlen(text)); }

MTG_PRINTF(2, 3) static void put_format(writer *w, const char *format, ...) {
  char buffer[128];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(buffer, sizeof buffer, format, arguments); /* integers only: no locale in them */
  va_end(arguments);
  put(w, buffer, length < 0 ? 0 : (size_t)length);
}

/* 17 significant digits, with the decimal point of the host's locale put right. Without a number: `missing`. */
static void put_number(writer *w, double value, const char *missing) {
  char buffer[40];
  if (!isfinite(value)) {
    put_text(w, missing);
    return;
  }
  int length = snprintf(buffer, sizeof buffer, "%.17g", value);
  size_t kept = 0;
  for (int at = 0; at < length; ++at) {
    const char c = buffer[at];
    if ((c >= '0' && c <= '9') || c == '-' || c == '+' || c == 'e') {
      buffer[kept++] = c;
    } else if (kept == 0 || buffer[kept - 1] != '.') { /* any other bytes are the locale's decimal point */
      buffer[kept++] = '.';
    }
  }
  put(w, buffer, kept);
}

/* Length of the valid UTF-8 sequence at `text`, or 0. */
static size_t utf8_length(const unsigned char *text) {
  const size_t length = text[0] < 0x80 ? 1 : text[0] >> 5 == 6 ? 2 : text[0] >> 4 == 14 ? 3 : text[0] >> 3 == 30 ? 4 : 0;
  if (length == 0) return 0;
  uint32_t code = length == 1 ? text[0] : text[0] & (0x7fu >> length);
  for (size_t at = 1; at < length; ++at) {
    if (text[at] >> 6 != 2) return 0;
    code = code << 6 | (text[at] & 0x3fu);
  }
  static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
  return code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : length;
}

static void put_escaped(writer *w, const char *text, int json) {
  put_text(w, "\"");
  for (const unsigned char *at = (const unsigned char *)text; *at;) {
    const size_t length = utf8_length(at);
    if (length == 0)
      put_text(w, "\xef\xbf\xbd");
    else if (json && (*at == '"' || *at == '\\'))
      put_format(w, "\\%c", *at);
    else if (json && (*at < 0x20 || *at == 0x7f))
      put_format(w, "\\u%04x", *at);
    else if (!json && *at == '"')
      put_text(w, "\"\"");
    else
      put(w, (const char *)at, length);
    at += length ? length : 1;
  }
  put_text(w, "\"");
}

static void put_label(writer *w, const char *const *labels, uint32_t index, int json) {
  char number[16];
  snprintf(number, sizeof number, "%u", index);
  put_escaped(w, labels && labels[index] ? labels[index] : number, json);
}

static void put_vector(writer *w, const char *name, const double *values, size_t count) {
  put_format(w, ",\n  \"%s\": [", name);
  for (size_t at = 0; at < count; ++at) {
    if (at > 0) put_text(w, ", ");
    put_number(w, values[at], "null");
  }
  put_text(w, "]");
}

static void put_matrix(writer *w, const char *name, const double *values, size_t m, size_t n) {
  put_format(w, ",\n  \"%s\": [", name);
  for (size_t i = 0; i < m; ++i) {
    put_text(w, i > 0 ? ",\n    [" : "\n    [");
    for (size_t j = 0; j < n; ++j) {
      if (j > 0) put_text(w, ", ");
      put_number(w, values[i * n + j], "null");
    }
    put_text(w, "]");
  }
  put_text(w, "\n  ]");
}

static void write_json(writer *w, const metagame_result *result, const char *const *players, const char *const *targets) {
  const metagame_result_info *info = &result->info;
  const mtg_numbers *numbers = &result->numbers;
  put_format(w, "{\n  \"format\": \"metagame-result\",\n  \"version\": 1,\n  \"library\": \"%d.%d.%d\",\n  \"attributor\": ",
             METAGAME_VERSION_MAJOR, METAGAME_VERSION_MINOR, METAGAME_VERSION_PATCH);
  put_escaped(w, result->attributor, 1);
  put_text(w, ",\n  \"masking_id\": ");
  put_escaped(w, result->masking_id, 1);
  put_format(w, ",\n  \"solver\": \"%s\",\n  \"outer\": \"%s\"", mtg_solver_name(info->solver),
             info->outer == METAGAME_OUTER_BANZHAF ? "banzhaf" : "shapley");
  put_format(w, ",\n  \"pinned\": %s,\n  \"complete\": %s", info->flags & METAGAME_UNPINNED ? "false" : "true",
             info->status == METAGAME_OK ? "true" : "false");
  put_format(w, ",\n  \"symmetric\": %s,\n  \"user_code\": %ld", info->flags & METAGAME_CARDINAL ? "true" : "false",
             (long)info->user_code);
  put_format(w, ",\n  \"seed\": \"%llu\",\n  \"evaluations\": %llu", (unsigned long long)info->seed,
             (unsigned long long)info->evaluations); /* a string: JSON numbers hold 53 bits */
  put_format(w, ",\n  \"value_evaluations\": %llu,\n  \"units\": %llu", (unsigned long long)info->value_evaluations,
             (unsigned long long)info->n_units);
  put_format(w, ",\n  \"rank\": %llu,\n  \"full_rank\": %llu,\n  \"condition\": ", (unsigned long long)info->rank,
             (unsigned long long)info->full_rank);
  put_number(w, info->condition, "null");
  if (info->solver == METAGAME_SOLVER_GAUSSIAN) {
    put_format(w, ",\n  \"chosen\": %llu,\n  \"process\": %u,\n  \"sparse\": %u,\n  \"left_out\": ", (unsigned long long)info->n_chosen,
               info->n_process, info->n_sparse);
    put_number(w, info->left_out, "null");
  }
  if (result->spread) put_format(w, ",\n  \"maskings\": %u", info->n_maskings);
  put_text(w, ",\n  \"players\": [");
  for (uint32_t j = 0; j < numbers->n; ++j) {
    if (j > 0) put_text(w, ", ");
    put_label(w, players, j, 1);
  }
  put_text(w, "],\n  \"targets\": [");
  for (uint32_t i = 0; i < numbers->m; ++i) {
    if (i > 0) put_text(w, ", ");
    put_label(w, targets, i, 1);
  }
  put_text(w, "],\n  \"own_player\": [");
  for (uint32_t i = 0; i < numbers->m; ++i) {
    if (i > 0) put_text(w, ", ");
    if (result->own_player[i] < 0)
      put_text(w, "null");
    else
      put_format(w, "%ld", (long)result->own_player[i]);
  }
  put_text(w, "]");
  put_vector(w, "first_order", numbers->first_order, numbers->m);
  put_vector(w, "base", numbers->base, numbers->m);
  put_matrix(w, "matrix", numbers->matrix, numbers->m, numbers->n);
  if (numbers->has_deviation) put_matrix(w, "stderr", numbers->deviation, numbers->m, numbers->n);
  if (result->spread) put_matrix(w, "spread", result->spread, numbers->m, numbers->n);
  put_vector(w, "residual", result->residual, numbers->m);
  put_vector(w, "scale", numbers->scale, numbers->m);
  put_text(w, "\n}\n");
}

static void write_csv(writer *w, const metagame_result *result, const char *const *players, const char *const *targets) {
  const mtg_numbers *numbers = &result->numbers;
  put_text(w, "target,player,value,stderr,first_order,base,residual,spread\r\n");
  for (uint32_t i = 0; i < numbers->m; ++i)
    for (uint32_t j = 0; j < numbers->n; ++j) {
      const size_t cell = (size_t)i * numbers->n + j;
      const double columns[] = { numbers->matrix[cell], numbers->has_deviation ? numbers->deviation[cell] : NAN, numbers->first_order[i],
                                 numbers->base[i], result->residual[i], result->spread ? result->spread[cell] : NAN };
      put_label(w, targets, i, 0);
      put_text(w, ",");
      put_label(w, players, j, 0);
      for (size_t c = 0; c < sizeof columns / sizeof *columns; ++c) {
        put_text(w, ",");
        put_number(w, columns[c], "");
      }
      put_text(w, "\r\n");
    }
}

metagame_status metagame_result_write(const metagame_result *result, int32_t format, const char *const *player_labels,
                                      const char *const *target_labels, metagame_write_fn write, void *user, metagame_error *err) {
  writer w = { write, user, 0 };
  if (!result || !write) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !result ? "result" : "write");
  if (format == METAGAME_FORMAT_JSON)
    write_json(&w, result, player_labels, target_labels);
  else if (format == METAGAME_FORMAT_CSV)
    write_csv(&w, result, player_labels, target_labels);
  else
    return mtg_fail(err, METAGAME_E_ARGUMENT, "format is %ld, must be %d (JSON) or %d (CSV)", (long)format, METAGAME_FORMAT_JSON,
                    METAGAME_FORMAT_CSV);
  if (w.code == 0) return METAGAME_OK;
  const metagame_error host = mtg_host_error();
  return mtg_fail_callback(err, w.code, &host, "write");
}
