/* SPDX-License-Identifier: MIT */
#include "players.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

size_t players_column(const csv *table, const char *name) {
  uint64_t number;
  for (size_t k = 0; table->names && k < table->columns; ++k)
    if (strcmp(table->names[k], name) == 0) return k;
  return !table->names && parse_whole(name, &number) && number < table->columns ? (size_t)number : CSV_COLUMNS;
}

/* group_of[column] = group, or SIZE_MAX. */
static int read_group(players *out, const csv *table, const char *text, size_t *group_of) {
  const size_t group = out->n_parts;
  const char *equals = strchr(text, '=');
  if (!equals || equals == text || equals[1] == '\0')
    return tool_fail(TOOL_USAGE, "--group is '%.100s', must be NAME=COLUMN,COLUMN,...", text);
  out->names[group] = strndup(text, (size_t)(equals - text));
  if (!out->names[group]) return tool_fail(TOOL_RESOURCES, "no memory");
  ++out->n_parts;
  const int code = labels_split(&out->parts[group], equals + 1);
  if (code != TOOL_OK) return code;
  for (size_t k = 0; k < out->parts[group].count; ++k) {
    const char *name = out->parts[group].items[k];
    const size_t column = players_column(table, name);
    if (column == CSV_COLUMNS) return tool_fail(TOOL_USAGE, "--group %s: --x has no column '%.60s'", out->names[group], name);
    if (group_of[column] != SIZE_MAX)
      return tool_fail(TOOL_USAGE, "--group %s: column '%.60s' is in group %s already", out->names[group], name,
                       out->names[group_of[column]]);
    group_of[column] = group;
  }
  return TOOL_OK;
}

static void gather(players *out, const csv *table, const size_t *group_of) {
  size_t n = 0, used = 0;
  out->offsets[0] = 0;
  for (size_t column = 0; column < table->columns; ++column) {
    const size_t group = group_of[column];
    size_t first = column;
    for (size_t k = 0; group != SIZE_MAX && k < column; ++k)
      if (group_of[k] == group && k < first) first = k;
    if (first != column) continue; /* its group is there already */
    for (size_t k = column; k < table->columns; ++k)
      if (k == column || (group != SIZE_MAX && group_of[k] == group)) out->features[used++] = (uint32_t)k;
    if (group != SIZE_MAX) out->labels.items[n] = out->names[group];
    else if (table->names) out->labels.items[n] = table->names[column];
    else out->labels.items[n] = out->labels.items[column];
    out->offsets[++n] = used;
  }
  out->labels.count = n;
  out->groups.n_groups = n;
  out->groups.offsets = out->offsets;
  out->groups.features = out->features;
}

int players_make(players *out, const csv *table, const text_list *groups) {
  memset(out, 0, sizeof *out);
  size_t *group_of = malloc(table->columns * sizeof *group_of);
  out->offsets = malloc((table->columns + 1) * sizeof *out->offsets);
  out->features = malloc(table->columns * sizeof *out->features);
  out->parts = calloc(groups->count + 1, sizeof *out->parts);
  out->names = calloc(groups->count + 1, sizeof *out->names);
  int code = TOOL_OK;
  if (!group_of || !out->offsets || !out->features || !out->parts || !out->names) code = tool_fail(TOOL_RESOURCES, "no memory");
  if (code == TOOL_OK) code = labels_count(&out->labels, table->columns);
  for (size_t k = 0; code == TOOL_OK && k < table->columns; ++k) group_of[k] = SIZE_MAX;
  for (size_t k = 0; code == TOOL_OK && k < groups->count; ++k) code = read_group(out, table, groups->items[k], group_of);
  if (code == TOOL_OK) gather(out, table, group_of);
  free(group_of);
  return code;
}

void players_free(players *list) {
  for (size_t k = 0; k < list->n_parts; ++k) {
    free(list->names[k]);
    labels_free(&list->parts[k]);
  }
  labels_free(&list->labels);
  free(list->names);
  free(list->parts);
  free(list->offsets);
  free(list->features);
  memset(list, 0, sizeof *list);
}
