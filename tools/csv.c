/* SPDX-License-Identifier: MIT */
#include "csv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "options.h"
#include "tool.h"

static const size_t most_bytes = (size_t)1 << 32, most_values = (size_t)1 << 29;

typedef struct reader {
  const char *path;
  char *at, *end;
  size_t line;
  char **fields; /* of the present line, in the text itself, each ended by a 0 */
  size_t n_fields, room;
} reader;

static int no_memory(const char *path) { return tool_fail(TOOL_RESOURCES, "no memory for %s", path); }

static int add_field(reader *in, char *field) {
  if (in->n_fields == CSV_COLUMNS)
    return tool_fail(TOOL_INPUT, "%s, line %zu has more than %d columns", in->path, in->line, CSV_COLUMNS);
  if (in->n_fields == in->room) {
    const size_t larger = in->room ? 2 * in->room : 64;
    char **moved = realloc(in->fields, larger * sizeof *moved);
    if (!moved) return no_memory(in->path);
    in->fields = moved;
    in->room = larger;
  }
  in->fields[in->n_fields++] = field;
  return TOOL_OK;
}

/* A field in quotes: moved together in place. *after: what comes behind it. */
static char *quoted(reader *in, char **after) {
  char *field = ++in->at, *to = field, *c = field;
  for (; c < in->end; ++c) {
    if (*c == '"' && c + 1 < in->end && c[1] == '"') ++c;
    else if (*c == '"') break;
    in->line += *c == '\n';
    *to++ = *c;
  }
  if (c == in->end) return NULL;
  *to = '\0';
  *after = c + 1;
  return field;
}

/* Spaces around a plain field do not count. */
static char *plain(reader *in, char **after) {
  char *field = in->at, *c = field;
  while (c < in->end && *c != ',' && *c != '\n' && *c != '\r') ++c;
  *after = c;
  while (field < c && (*field == ' ' || *field == '\t')) ++field;
  return field;
}

static void trim(char *field, char *end) {
  while (end > field && (end[-1] == ' ' || end[-1] == '\t')) --end;
  *end = '\0';
}

/* The fields of the next line that is not empty; n_fields 0 at the end. */
static int next_line(reader *in) {
  in->n_fields = 0;
  while (in->at < in->end && (*in->at == '\n' || *in->at == '\r')) in->line += *in->at++ == '\n';
  if (in->at == in->end) return TOOL_OK;
  for (;;) {
    char *after = in->at;
    const bool quotes = *in->at == '"';
    char *field = quotes ? quoted(in, &after) : plain(in, &after);
    if (!field) return tool_fail(TOOL_INPUT, "%s, line %zu: a quote has no end", in->path, in->line);
    if (after < in->end && *after != ',' && *after != '\n' && *after != '\r')
      return tool_fail(TOOL_INPUT, "%s, line %zu: text behind a quoted field", in->path, in->line);
    const char separator = after < in->end ? *after : '\n';
    if (!quotes) trim(field, after); /* the separator was read: its place may become the 0 */
    const int code = add_field(in, field);
    if (code != TOOL_OK) return code;
    in->at = after < in->end ? after + 1 : after;
    if (separator == ',') {
      if (in->at < in->end) continue;
      static char empty[1];
      return add_field(in, empty);
    }
    if (separator == '\r' && in->at < in->end && *in->at == '\n') ++in->at;
    return TOOL_OK;
  }
}

static bool all_numbers(const reader *in) {
  double number;
  for (size_t k = 0; k < in->n_fields; ++k)
    if (!parse_real(in->fields[k], &number)) return false;
  return true;
}

static int read_header(csv *out, reader *in) {
  out->names = calloc(in->n_fields, sizeof *out->names);
  if (!out->names) return no_memory(in->path);
  for (size_t k = 0; k < in->n_fields; ++k) {
    if (in->fields[k][0] == '\0') return tool_fail(TOOL_INPUT, "%s: column %zu has no name", in->path, k + 1);
    for (size_t other = 0; other < k && in->n_fields <= 4096; ++other)
      if (strcmp(in->fields[k], out->names[other]) == 0)
        return tool_fail(TOOL_INPUT, "%s: columns %zu and %zu are both named '%.60s'", in->path, other + 1, k + 1, in->fields[k]);
    if (!(out->names[k] = strdup(in->fields[k]))) return no_memory(in->path);
  }
  return TOOL_OK;
}

static int add_row(csv *out, reader *in, size_t *room) {
  if (in->n_fields != out->columns)
    return tool_fail(TOOL_INPUT, "%s, line %zu has %zu columns, must have %zu", in->path, in->line, in->n_fields, out->columns);
  if (out->rows == *room) {
    const size_t larger = *room ? 2 * *room : 64;
    if (larger > most_values / out->columns + 64)
      return tool_fail(TOOL_INPUT, "%s has more than %zu numbers", in->path, most_values);
    double *moved = realloc(out->values, larger * out->columns * sizeof *moved);
    if (!moved) return no_memory(in->path);
    out->values = moved;
    *room = larger;
  }
  double *row = out->values + out->rows++ * out->columns;
  for (size_t k = 0; k < out->columns; ++k)
    if (!parse_real(in->fields[k], &row[k]))
      return tool_fail(TOOL_INPUT, "%s, line %zu, column %zu%s%.60s is '%.60s', must be a finite number", in->path, in->line, k + 1,
                       out->names ? ", " : "", out->names ? out->names[k] : "", in->fields[k]);
  return TOOL_OK;
}

static int read_lines(csv *out, reader *in) {
  size_t room = 0;
  for (bool first = true;; first = false) {
    int code = next_line(in);
    if (code != TOOL_OK) return code;
    if (in->n_fields == 0) break;
    if (first) out->columns = in->n_fields;
    code = first && !all_numbers(in) ? read_header(out, in) : add_row(out, in, &room);
    if (code != TOOL_OK) return code;
    ++in->line;
  }
  return out->rows ? TOOL_OK : tool_fail(TOOL_INPUT, "%s has no rows of numbers", in->path);
}

int csv_read(csv *out, const char *path) {
  size_t size = 0;
  memset(out, 0, sizeof *out);
  char *text = file_read(path, most_bytes, &size);
  if (!text) return TOOL_INPUT;
  reader in = { .path = path, .at = text, .end = text + size, .line = 1 };
  if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) in.at += 3; /* the mark that some programs begin with */
  const int code = memchr(text, '\0', size) ? tool_fail(TOOL_INPUT, "%s is no text", path) : read_lines(out, &in);
  free(in.fields);
  free(text);
  if (code != TOOL_OK) csv_free(out);
  return code;
}

void csv_free(csv *table) {
  for (size_t k = 0; table->names && k < table->columns; ++k) free(table->names[k]);
  free(table->names);
  free(table->values);
  memset(table, 0, sizeof *table);
}

static int find_columns(const csv *table, const char *const *names, size_t count, const char *path, size_t *from) {
  for (size_t k = 0; k < count; ++k) {
    from[k] = 0;
    while (from[k] < table->columns && strcmp(table->names[from[k]], names[k]) != 0) ++from[k];
    if (from[k] == table->columns) return tool_fail(TOOL_INPUT, "%s has no column '%.60s'", path, names[k]);
  }
  return TOOL_OK;
}

int csv_select(csv *table, const char *const *names, size_t count, const char *path) {
  if (!table->names) return TOOL_OK;
  size_t *from = malloc(count * sizeof *from);
  double *values = malloc(table->rows * count * sizeof *values);
  char **kept = calloc(count, sizeof *kept);
  int code = from && values && kept ? find_columns(table, names, count, path, from) : no_memory(path);
  for (size_t k = 0; code == TOOL_OK && k < count; ++k) {
    for (size_t r = 0; r < table->rows; ++r) values[r * count + k] = table->values[r * table->columns + from[k]];
    if (!(kept[k] = strdup(names[k]))) code = no_memory(path);
  }
  const size_t rows = table->rows;
  csv_free(table);
  *table = (csv){ .rows = rows, .columns = count, .values = values, .names = kept };
  if (!values || !kept) table->columns = 0;
  free(from);
  return code;
}
