/* SPDX-License-Identifier: MIT */
/* Text on its way to a caller's function: collected, without a locale, and silent after the first refusal. */
#ifndef MTG_TEXT_H
#define MTG_TEXT_H

#include "base/status.h"

typedef struct mtg_text {
  metagame_write_fn write;
  void *user;
  int32_t code; /* first nonzero answer of write: nothing is written after it */
  size_t held;
  char buffer[2048];
} mtg_text;

void mtg_text_open(mtg_text *text, metagame_write_fn write, void *user);
void mtg_text_put(mtg_text *text, const char *bytes, size_t size);
void mtg_text_string(mtg_text *text, const char *string);
/* Up to 255 bytes, of integers and texts only: no locale in them. */
void mtg_text_format(mtg_text *text, const char *format, ...) MTG_PRINTF(2, 3);
/* 17 significant digits; `missing` where there is no number. */
void mtg_text_number(mtg_text *text, double value, const char *missing);
/* Sends the rest. METAGAME_E_CALLBACK where write refused. */
metagame_status mtg_text_close(mtg_text *text, metagame_error *err);

/* Length of the valid UTF-8 sequence at `at` (which ends in a NUL), or 0. `code`, where not NULL: its code point. */
size_t mtg_utf8_length(const char *at, uint32_t *code);

/* printf("%.*e") of a finite value with a decimal point in any locale; `out` has 48 bytes. Returns the length. */
size_t mtg_scientific(char *out, double value, int digits);

#endif
