/* SPDX-License-Identifier: MIT */
/* Columns of a table as players: each by itself, or several as one. */
#ifndef TOOL_PLAYERS_H
#define TOOL_PLAYERS_H

#include "csv.h"
#include "labels.h"
#include "metagame.h"
#include "options.h"

typedef struct players {
  metagame_groups groups;
  labels labels;
  size_t *offsets;
  uint32_t *features;
  labels *parts; /* of each --group: its columns */
  char **names;
  size_t n_parts;
} players;

/* Labels are the names of columns ("0", "1" ... without a header) and of groups, in the order of their first columns. TOOL_OK, or
 * another code after a message. players_free in any case. */
int players_make(players *out, const csv *table, const text_list *groups);
void players_free(players *list);
/* The column of this name, or of this number; CSV_COLUMNS: none. */
size_t players_column(const csv *table, const char *name);

#endif
