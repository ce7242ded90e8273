/* SPDX-License-Identifier: MIT */
#include "labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static int make(labels *out, size_t bytes, size_t count) {
  out->text = malloc(bytes);
  out->items = malloc(count * sizeof *out->items);
  out->count = count;
  if (out->text && out->items) return TOOL_OK;
  labels_free(out);
  return tool_fail(TOOL_RESOURCES, "no memory");
}

int labels_split(labels *out, const char *text) {
  size_t count = 1;
  for (const char *c = text; *c; ++c) {
    if (*c == '\\' && c[1]) ++c;
    else count += *c == ',';
  }
  const int code = make(out, strlen(text) + 1, count);
  if (code != TOOL_OK) return code;
  char *to = out->text;
  size_t k = 0;
  out->items[k++] = to;
  for (const char *c = text; *c; ++c) {
    if (*c == '\\' && (c[1] == ',' || c[1] == '\\')) {
      *to++ = *++c;
    } else if (*c == ',') {
      *to++ = '\0';
      out->items[k++] = to;
    } else {
      *to++ = *c;
    }
  }
  *to = '\0';
  out->count = k;
  return TOOL_OK;
}

int labels_count(labels *out, size_t count) {
  enum { EACH = 24 };
  const int code = make(out, count * EACH, count);
  for (size_t k = 0; code == TOOL_OK && k < count; ++k) {
    snprintf(out->text + k * EACH, EACH, "%zu", k);
    out->items[k] = out->text + k * EACH;
  }
  return code;
}

void labels_free(labels *list) {
  free(list->text);
  free(list->items);
  list->text = NULL;
  list->items = NULL;
  list->count = 0;
}
