/* SPDX-License-Identifier: MIT */
/* A pull parser for JSON text in memory (RFC 8259), for tables that are too large for a tree. The first error is kept, with its line;
 * everything after it fails. */
#ifndef TOOL_JSON_H
#define TOOL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct json {
  const char *begin, *at, *end;
  bool failed, first;
  char why[160];
} json;

void json_begin(json *in, const char *text, size_t size);
/* The next value: '{', '[', '"', '0' (a number), 't' (true, false), 'n' (null), or 0 for an error. Takes nothing. */
char json_peek(json *in);
/* '[' ... : if (json_enter(in, '[')) while (json_next(in, ']')) one value; for objects '{', '}', and json_key before the value. */
bool json_enter(json *in, char bracket);
bool json_next(json *in, char bracket);
/* A string, as UTF-8 with its escapes resolved, cut to `size`; U+0000 becomes U+FFFD. */
bool json_string(json *in, char *out, size_t size);
bool json_key(json *in, char *out, size_t size);
bool json_number(json *in, double *out);
bool json_whole(json *in, uint64_t most, uint64_t *out);
bool json_null(json *in);
bool json_skip(json *in);
/* Nothing but white space is left. */
bool json_end(json *in);
/* Sets the error, unless there is one, with the line of the present place; returns false. */
bool json_fail(json *in, const char *what);

#endif
