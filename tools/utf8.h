/* SPDX-License-Identifier: MIT */
#ifndef TOOL_UTF8_H
#define TOOL_UTF8_H

#include <stddef.h>

/* Bytes of the well-formed UTF-8 character at `text`, 1..4; 0 where there is none. */
size_t utf8_length(const char *text);
/* Whether this character should not reach a terminal: controls, and marks that turn the direction of writing. */
int utf8_hidden(const char *text, size_t length);

#endif
