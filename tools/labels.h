/* SPDX-License-Identifier: MIT */
/* Lists in option values: "a,b,c". A backslash before a comma or a backslash takes it literally. */
#ifndef TOOL_LABELS_H
#define TOOL_LABELS_H

#include <stddef.h>
#include <stdint.h>

typedef struct labels {
  char *text;         /* what the items lie in */
  const char **items; /* at least 1 */
  size_t count;
} labels;

/* TOOL_OK, or TOOL_RESOURCES after a message. */
int labels_split(labels *out, const char *text);
/* "0", "1", ... */
int labels_count(labels *out, size_t count);
void labels_free(labels *list);

#endif
