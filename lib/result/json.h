/* SPDX-License-Identifier: MIT */
/* Reading JSON (RFC 8259) in place: the whole text is checked once, then values are taken where they stand. No tree, no memory. */
#ifndef MTG_JSON_H
#define MTG_JSON_H

#include "base/status.h"

enum { MTG_JSON_MOST_DEPTH = 64, MTG_JSON_NAME = 96 };

typedef struct mtg_json {
  const char *bytes;
  size_t size, at;
  size_t string_bytes; /* of all strings, with their quotes: what their texts need at most */
  metagame_error *err;
  char name[MTG_JSON_NAME]; /* the key at hand, for errors: "matrix[3][4]" */
} mtg_json;

/* Syntax and UTF-8 of the whole text; a position 1..size for errors is then `at`. METAGAME_E_ARGUMENT, METAGAME_E_LIMIT. */
metagame_status mtg_json_check(mtg_json *json, const char *bytes, size_t size, metagame_error *err);

/* "name: message at line L, column C" for the value at `json->at`. */
metagame_status mtg_json_fail(mtg_json *json, const char *format, ...) MTG_PRINTF(2, 3);

/* What follows is for checked text, at `json->at`, and moves it behind what was taken. Type errors are METAGAME_E_ARGUMENT. */
char mtg_json_peek(mtg_json *json); /* first byte of the value: one of {["tfn-0..9, or ]} */
void mtg_json_skip(mtg_json *json);
/* Steps into a list or an object: 1 while there is an element; call with *first = 1 at its bracket. */
metagame_status mtg_json_open(mtg_json *json, char bracket);
int mtg_json_next(mtg_json *json, int *first);
/* Key of the next member, with the colon behind it. Longer keys are cut, which no known key is. */
void mtg_json_key(mtg_json *json, char *out, size_t room);
/* Elements of the list here; json->at stays. */
metagame_status mtg_json_count(mtg_json *json, size_t *out);
/* Decodes to out, with a NUL; *used bytes of it. A NUL inside is an error. */
metagame_status mtg_json_string(mtg_json *json, char *out, size_t *used);
metagame_status mtg_json_number(mtg_json *json, double *out);           /* null: NaN */
metagame_status mtg_json_integer(mtg_json *json, uint64_t most, uint64_t *out); /* digits only */
metagame_status mtg_json_bool(mtg_json *json, int *out);

#endif
