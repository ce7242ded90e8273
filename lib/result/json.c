/* SPDX-License-Identifier: MIT */
#include "result/json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "result/decimal.h"
#include "result/text.h"

/* Line and column, from 1, the column in bytes. */
static void place(const mtg_json *json, size_t at, size_t *line, size_t *column) {
  *line = *column = 1;
  for (size_t b = 0; b < at && b < json->size; ++b) {
    ++*column;
    if (json->bytes[b] == '\n') {
      ++*line;
      *column = 1;
    }
  }
}

metagame_status mtg_json_fail(mtg_json *json, const char *format, ...) {
  char message[256];
  size_t line, column;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  place(json, json->at, &line, &column);
  return mtg_fail(json->err, METAGAME_E_ARGUMENT, "%s%s%s at line %zu, column %zu", json->name, json->name[0] ? ": " : "", message, line,
                  column);
}

/* ---- syntax ---- */

static int byte_at(const mtg_json *json) { return json->at < json->size ? (unsigned char)json->bytes[json->at] : -1; }

static void space(mtg_json *json) {
  for (int c; (c = byte_at(json)) == ' ' || c == '\t' || c == '\n' || c == '\r';) ++json->at;
}

static int digits(mtg_json *json) {
  const size_t first = json->at;
  for (int c; (c = byte_at(json)) >= '0' && c <= '9';) ++json->at;
  return json->at > first;
}

static int number_token(mtg_json *json) {
  if (byte_at(json) == '-') ++json->at;
  if (byte_at(json) == '0')
    ++json->at;
  else if (!digits(json))
    return 0;
  if (byte_at(json) == '.') {
    ++json->at;
    if (!digits(json)) return 0;
  }
  if (byte_at(json) == 'e' || byte_at(json) == 'E') {
    ++json->at;
    if (byte_at(json) == '+' || byte_at(json) == '-') ++json->at;
    return digits(json);
  }
  return 1;
}

static int hex_value(int c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits behind "\u", or -1. */
static int32_t unit_at(const mtg_json *json, size_t at) {
  int32_t unit = 0;
  if (json->size - at < 6 || json->bytes[at] != '\\' || json->bytes[at + 1] != 'u') return -1;
  for (size_t digit = 2; digit < 6; ++digit) {
    const int value = hex_value((unsigned char)json->bytes[at + digit]);
    if (value < 0) return -1;
    unit = unit << 4 | value;
  }
  return unit;
}

/* The escape at `at`: its code point, -1 where it is none; *length: its bytes. */
static int32_t escape_at(const mtg_json *json, size_t at, size_t *length) {
  static const char letters[] = "\"\\/bfnrt", meaning[] = "\"\\/\b\f\n\r\t";
  if (json->size - at < 2) return -1;
  const char *letter = json->bytes[at + 1] ? strchr(letters, json->bytes[at + 1]) : NULL;
  *length = 2;
  if (letter) return meaning[letter - letters];
  const int32_t unit = unit_at(json, at);
  *length = 6;
  if (unit < 0xd800 || unit >= 0xe000) return unit;
  if (unit >= 0xdc00 || json->size - at < 12) return -1;
  const int32_t low = unit_at(json, at + 6);
  *length = 12;
  return low < 0xdc00 || low >= 0xe000 ? -1 : 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

/* Length of the UTF-8 sequence here, which may end with the text; 0: none. */
static size_t sequence(const mtg_json *json) {
  char padded[5] = { 0 };
  const size_t rest = json->size - json->at;
  memcpy(padded, json->bytes + json->at, rest < 4 ? rest : 4);
  return mtg_utf8_length(padded, NULL);
}

static metagame_status string_token(mtg_json *json) {
  const size_t first = json->at++;
  for (;;) {
    const int c = byte_at(json);
    size_t length = 0;
    if (c < 0) {
      json->at = first;
      return mtg_json_fail(json, "the string has no end; it begins");
    }
    if (c == '"') break;
    if (c < 0x20) return mtg_json_fail(json, "control character 0x%02x in a string; it needs an escape,", (unsigned)c);
    if (c == '\\') {
      if (escape_at(json, json->at, &length) < 0) return mtg_json_fail(json, "unknown escape or half of a surrogate pair");
    } else {
      length = sequence(json);
      if (length == 0) return mtg_json_fail(json, "byte 0x%02x is not UTF-8", (unsigned)c);
    }
    json->at += length;
  }
  ++json->at;
  json->string_bytes += json->at - first;
  return METAGAME_OK;
}

static int word(mtg_json *json, const char *text) {
  const size_t length = strlen(text);
  if (json->size - json->at < length || memcmp(json->bytes + json->at, text, length) != 0) return 0;
  json->at += length;
  return 1;
}

static metagame_status value_token(mtg_json *json, int depth);

static metagame_status members(mtg_json *json, int is_object, int depth) {
  const char end = is_object ? '}' : ']';
  if (depth >= MTG_JSON_MOST_DEPTH) {
    mtg_json_fail(json, "nested deeper than %d", (int)MTG_JSON_MOST_DEPTH);
    if (json->err) json->err->status = METAGAME_E_LIMIT;
    return METAGAME_E_LIMIT;
  }
  ++json->at;
  space(json);
  if (byte_at(json) == end) {
    ++json->at;
    return METAGAME_OK;
  }
  for (;;) {
    if (is_object) {
      if (byte_at(json) != '"') return mtg_json_fail(json, "a key in quotes is expected");
      MTG_TRY(string_token(json));
      space(json);
      if (byte_at(json) != ':') return mtg_json_fail(json, "':' is expected");
      ++json->at;
      space(json);
    }
    MTG_TRY(value_token(json, depth + 1));
    space(json);
    if (byte_at(json) == end) break;
    if (byte_at(json) != ',') return mtg_json_fail(json, "',' or '%c' is expected", end);
    ++json->at;
    space(json);
  }
  ++json->at;
  return METAGAME_OK;
}

static metagame_status value_token(mtg_json *json, int depth) {
  const int c = byte_at(json);
  const size_t first = json->at;
  if (c < 0) return mtg_json_fail(json, "a value is expected, the text ends");
  if (c == '{' || c == '[') return members(json, c == '{', depth);
  if (c == '"') return string_token(json);
  if (word(json, "true") || word(json, "false") || word(json, "null") || number_token(json)) return METAGAME_OK;
  json->at = first;
  return mtg_json_fail(json, "a value is expected");
}

metagame_status mtg_json_check(mtg_json *json, const char *bytes, size_t size, metagame_error *err) {
  memset(json, 0, sizeof *json);
  json->bytes = bytes;
  json->size = size;
  json->err = err;
  space(json);
  MTG_TRY(value_token(json, 0));
  space(json);
  if (json->at < size) return mtg_json_fail(json, "nothing is expected behind the value, but text is");
  json->at = 0;
  space(json);
  return METAGAME_OK;
}

/* ---- values of checked text ---- */

char mtg_json_peek(mtg_json *json) {
  space(json);
  return json->at < json->size ? json->bytes[json->at] : '\0';
}

static void skip_string(mtg_json *json) {
  for (++json->at; json->bytes[json->at] != '"'; ++json->at) json->at += json->bytes[json->at] == '\\';
  ++json->at;
}

void mtg_json_skip(mtg_json *json) {
  size_t depth = 0;
  do {
    const char c = mtg_json_peek(json);
    if (c == '"') {
      skip_string(json);
    } else if (c == '{' || c == '[') {
      ++depth;
      ++json->at;
    } else if (c == '}' || c == ']') {
      --depth;
      ++json->at;
    } else if (c == ',' || c == ':') {
      ++json->at;
    } else {
      while (json->at < json->size && !strchr(",]} \t\r\n", json->bytes[json->at])) ++json->at;
    }
  } while (depth > 0);
}

metagame_status mtg_json_open(mtg_json *json, char bracket) {
  if (mtg_json_peek(json) != bracket) return mtg_json_fail(json, "%s is expected", bracket == '{' ? "an object" : "a list");
  ++json->at;
  return METAGAME_OK;
}

int mtg_json_next(mtg_json *json, int *first) {
  const char c = mtg_json_peek(json);
  const int was_first = *first;
  *first = 0;
  if (c == ']' || c == '}') {
    ++json->at;
    return 0;
  }
  if (!was_first) {
    ++json->at; /* the comma */
    space(json);
  }
  return 1;
}

static size_t put_code(char *out, uint32_t code) {
  if (code < 0x80) {
    out[0] = (char)code;
    return 1;
  }
  const size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (size_t at = length; at-- > 1; code >>= 6) out[at] = (char)(0x80 | (code & 0x3f));
  out[0] = (char)((0xf00u >> length & 0xf0u) | code);
  return length;
}

metagame_status mtg_json_string(mtg_json *json, char *out, size_t *used) {
  size_t length = 0;
  if (mtg_json_peek(json) != '"') return mtg_json_fail(json, "a string is expected");
  for (++json->at; json->bytes[json->at] != '"';) {
    if (json->bytes[json->at] != '\\') {
      out[length++] = json->bytes[json->at++];
      continue;
    }
    size_t taken = 0;
    const int32_t code = escape_at(json, json->at, &taken);
    if (code == 0) return mtg_json_fail(json, "a NUL in a string cannot be kept");
    length += put_code(out + length, (uint32_t)code);
    json->at += taken;
  }
  ++json->at;
  out[length++] = '\0';
  *used = length;
  return METAGAME_OK;
}

void mtg_json_key(mtg_json *json, char *out, size_t room) {
  size_t length = 0;
  const size_t first = json->at;
  for (size_t at = first + 1; json->bytes[at] != '"' && length + 1 < room; ++at) {
    if (json->bytes[at] == '\\') { /* no known key has an escape */
      length = 0;
      break;
    }
    out[length++] = json->bytes[at];
  }
  out[length] = '\0';
  skip_string(json);
  space(json);
  ++json->at; /* the colon */
  space(json);
}

metagame_status mtg_json_count(mtg_json *json, size_t *out) {
  const size_t here = json->at;
  int first = 1;
  *out = 0;
  MTG_TRY(mtg_json_open(json, '['));
  for (; mtg_json_next(json, &first); ++*out) mtg_json_skip(json);
  json->at = here;
  return METAGAME_OK;
}

metagame_status mtg_json_number(mtg_json *json, double *out) {
  const char c = mtg_json_peek(json);
  if (c == 'n') {
    json->at += 4;
    *out = NAN;
    return METAGAME_OK;
  }
  if (c != '-' && !(c >= '0' && c <= '9')) return mtg_json_fail(json, "a number or null is expected");
  const size_t length = mtg_decimal_read(json->bytes + json->at, json->size - json->at, out);
  if (!isfinite(*out)) return mtg_json_fail(json, "the number is larger than any double");
  json->at += length;
  return METAGAME_OK;
}

metagame_status mtg_json_integer(mtg_json *json, uint64_t most, uint64_t *out) {
  const size_t first = (mtg_json_peek(json), json->at);
  uint64_t value = 0;
  int fits = 1;
  for (int c; (c = byte_at(json)) >= '0' && c <= '9'; ++json->at) {
    const uint64_t digit = (uint64_t)(c - '0');
    if (value > (UINT64_MAX - digit) / 10)
      fits = 0;
    else
      value = 10 * value + digit;
  }
  const int c = byte_at(json), is_integer = json->at > first && c != '.' && c != 'e' && c != 'E';
  if (is_integer && fits && value <= most) {
    *out = value;
    return METAGAME_OK;
  }
  json->at = first;
  return mtg_json_fail(json, "an integer 0..%llu is expected", (unsigned long long)most);
}

metagame_status mtg_json_bool(mtg_json *json, int *out) {
  const char c = mtg_json_peek(json);
  if (c != 't' && c != 'f') return mtg_json_fail(json, "true or false is expected");
  *out = c == 't';
  json->at += c == 't' ? 4 : 5;
  return METAGAME_OK;
}
