/* SPDX-License-Identifier: MIT */
#include "prompt.h"

#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "tool.h"
#include "utf8.h"

enum { MOST_BYTES = 1 << 22 };

char *prompt_read(const char *operand, int *code) {
  size_t size = 0;
  char *text = strcmp(operand, "-") == 0 ? file_read(operand, MOST_BYTES, &size) : strdup(operand);
  *code = TOOL_INPUT;
  if (!text) return NULL;
  if (strcmp(operand, "-") != 0) size = strlen(text);
  if (memchr(text, '\0', size)) {
    free(text);
    tool_fail(TOOL_INPUT, "the prompt on standard input is no text");
    return NULL;
  }
  if (strcmp(operand, "-") == 0 && size > 0 && text[size - 1] == '\n') text[--size] = '\0';
  if (strcmp(operand, "-") == 0 && size > 0 && text[size - 1] == '\r') text[--size] = '\0';
  for (size_t at = 0, length; text[at]; at += length)
    if ((length = utf8_length(text + at)) == 0) {
      free(text);
      tool_fail(TOOL_INPUT, "the prompt is not UTF-8 at byte %zu", at);
      return NULL;
    }
  *code = TOOL_OK;
  return text;
}

char **prompt_gaps(const char *text, const char *const *labels, uint32_t n) {
  const size_t pointers = ((size_t)n + 1) * sizeof(char *), room = strlen(text) + n + 1;
  char **gaps = malloc(pointers + room);
  char *to = gaps ? (char *)gaps + pointers : NULL;
  for (uint32_t k = 0; gaps && k <= n; ++k) {
    const char *found = k < n ? strstr(text, labels[k]) : text + strlen(text);
    if (!found) {
      free(gaps);
      return NULL;
    }
    const size_t length = (size_t)(found - text);
    gaps[k] = to;
    memcpy(to, text, length);
    to[length] = '\0';
    to += length + 1;
    text = found + (k < n ? strlen(labels[k]) : 0);
  }
  return gaps;
}
