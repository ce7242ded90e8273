/* SPDX-License-Identifier: MIT */
#include "result/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void mtg_text_open(mtg_text *text, metagame_write_fn write, void *user) {
  text->write = write;
  text->user = user;
  text->code = 0;
  text->held = 0;
}

static void flush(mtg_text *text) {
  if (text->code == 0 && text->held > 0) text->code = text->write(text->user, text->buffer, text->held);
  text->held = 0;
}

void mtg_text_put(mtg_text *text, const char *bytes, size_t size) {
  if (text->code != 0) return;
  if (size > sizeof text->buffer - text->held) flush(text);
  if (size > sizeof text->buffer) {
    if (text->code == 0) text->code = text->write(text->user, bytes, size);
  } else if (size > 0) {
    memcpy(text->buffer + text->held, bytes, size);
    text->held += size;
  }
}

void mtg_text_string(mtg_text *text, const char *string) { mtg_text_put(text, string, strlen(string)); }

void mtg_text_format(mtg_text *text, const char *format, ...) {
  char buffer[256];
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  mtg_text_put(text, buffer, length < 0 ? 0 : (size_t)length < sizeof buffer ? (size_t)length : sizeof buffer - 1);
}

/* Any bytes of a printed number that are not its own are the locale's decimal point. */
static size_t without_locale(char *number, size_t length) {
  size_t kept = 0;
  for (size_t at = 0; at < length; ++at) {
    const char c = number[at];
    if ((c >= '0' && c <= '9') || c == '-' || c == '+' || c == 'e')
      number[kept++] = c;
    else if (kept == 0 || number[kept - 1] != '.')
      number[kept++] = '.';
  }
  number[kept] = '\0';
  return kept;
}

void mtg_text_number(mtg_text *text, double value, const char *missing) {
  char buffer[48];
  if (!isfinite(value)) {
    mtg_text_string(text, missing);
    return;
  }
  const int length = snprintf(buffer, sizeof buffer, "%.17g", value);
  mtg_text_put(text, buffer, without_locale(buffer, (size_t)length));
}

size_t mtg_scientific(char *out, double value, int digits) {
  const int length = snprintf(out, 48, "%.*e", digits, value);
  return without_locale(out, (size_t)length);
}

metagame_status mtg_text_close(mtg_text *text, metagame_error *err) {
  flush(text);
  if (text->code == 0) return METAGAME_OK;
  const metagame_error host = mtg_host_error();
  return mtg_fail_callback(err, text->code, &host, "write");
}

size_t mtg_utf8_length(const char *at, uint32_t *code) {
  static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
  const unsigned char *text = (const unsigned char *)at;
  const size_t length = text[0] < 0x80 ? 1 : text[0] >> 5 == 6 ? 2 : text[0] >> 4 == 14 ? 3 : text[0] >> 3 == 30 ? 4 : 0;
  if (length == 0) return 0;
  uint32_t point = length == 1 ? text[0] : text[0] & (0x7fu >> length);
  for (size_t next = 1; next < length; ++next) {
    if (text[next] >> 6 != 2) return 0;
    point = point << 6 | (text[next] & 0x3fu);
  }
  if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return 0;
  if (code) *code = point;
  return length;
}
