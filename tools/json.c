/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metagame/report.h"

enum { MOST_DEPTH = 64 };

void json_begin(json *in, const char *text, size_t size) {
  memset(in, 0, sizeof *in);
  in->begin = in->at = text;
  in->end = text + size;
}

bool json_fail(json *in, const char *what) {
  if (in->failed) return false;
  size_t line = 1;
  for (const char *c = in->begin; c < in->at; ++c) line += *c == '\n';
  snprintf(in->why, sizeof in->why, "line %zu: %s", line, what);
  in->failed = true;
  return false;
}

static void spaces(json *in) {
  while (in->at < in->end && (*in->at == ' ' || *in->at == '\n' || *in->at == '\r' || *in->at == '\t')) ++in->at;
}

char json_peek(json *in) {
  if (in->failed) return 0;
  spaces(in);
  if (in->at == in->end) return json_fail(in, "the text ends too early"), '\0';
  const char c = *in->at;
  if (c == '{' || c == '[' || c == '"' || c == 'n') return c;
  if (c == 't' || c == 'f') return 't';
  if (c == '-' || (c >= '0' && c <= '9')) return '0';
  return json_fail(in, "a value is missing"), '\0';
}

bool json_enter(json *in, char bracket) {
  if (json_peek(in) != bracket) return json_fail(in, bracket == '[' ? "an array must be here" : "an object must be here");
  ++in->at;
  in->first = true;
  return true;
}

bool json_next(json *in, char bracket) {
  if (in->failed) return false;
  const bool first = in->first;
  in->first = false;
  spaces(in);
  if (in->at == in->end) return json_fail(in, "the text ends too early");
  if (*in->at == bracket) {
    ++in->at;
    return false;
  }
  if (first) return true;
  if (*in->at != ',') return json_fail(in, bracket == ']' ? "',' or ']' is missing" : "',' or '}' is missing");
  ++in->at;
  return true;
}

/* ---- strings ---- */

typedef struct text_out {
  char *out;
  size_t size, used;
} text_out;

static void put(text_out *to, const char *bytes, size_t count) {
  if (to->used + count < to->size) memcpy(to->out + to->used, bytes, count);
  else to->size = to->used + 1 < to->size ? to->used + 1 : to->size; /* no half characters: nothing fits from here on */
  if (to->used + count < to->size) to->used += count;
}

static void put_code(text_out *to, uint32_t code) {
  char bytes[4];
  size_t count = 1;
  if (code < 0x80) {
    bytes[0] = (char)code;
  } else if (code < 0x800) {
    bytes[0] = (char)(0xC0 | (code >> 6));
    count = 2;
  } else if (code < 0x10000) {
    bytes[0] = (char)(0xE0 | (code >> 12));
    count = 3;
  } else {
    bytes[0] = (char)(0xF0 | (code >> 18));
    count = 4;
  }
  for (size_t k = 1; k < count; ++k) bytes[k] = (char)(0x80 | ((code >> (6 * (count - 1 - k))) & 0x3F));
  put(to, bytes, count);
}

static bool hex4(json *in, uint32_t *out) {
  *out = 0;
  for (int k = 0; k < 4; ++k, ++in->at) {
    const char c = in->at < in->end ? *in->at : '\0';
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return json_fail(in, "\\u needs four hexadecimal digits");
    *out = 16 * *out + (uint32_t)digit;
  }
  return true;
}

static bool escape(json *in, text_out *to) {
  static const char from[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
  const char c = in->at < in->end ? *in->at++ : '\0';
  const char *known = c ? strchr(from, c) : NULL;
  if (known) {
    put(to, &meant[known - from], 1);
    return true;
  }
  uint32_t code, low;
  if (c != 'u') return json_fail(in, "unknown escape in a string");
  if (!hex4(in, &code)) return false;
  if (code >= 0xD800 && code < 0xDC00 && in->end - in->at >= 6 && in->at[0] == '\\' && in->at[1] == 'u') {
    const char *before = in->at;
    in->at += 2;
    if (!hex4(in, &low)) return false;
    if (low >= 0xDC00 && low < 0xE000) code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    else in->at = before;
  }
  put_code(to, code == 0 || (code >= 0xD800 && code < 0xE000) ? 0xFFFD : code);
  return true;
}

bool json_string(json *in, char *out, size_t size) {
  text_out to = { out, size, 0 };
  if (json_peek(in) != '"') return json_fail(in, "a string must be here");
  for (++in->at; in->at < in->end && *in->at != '"';) {
    const char c = *in->at++;
    if ((unsigned char)c < 0x20) return json_fail(in, "a control character in a string");
    if (c != '\\') put(&to, &c, 1);
    else if (!escape(in, &to)) return false;
  }
  if (in->at == in->end) return json_fail(in, "a string has no end");
  ++in->at;
  if (size) out[to.used] = '\0';
  return true;
}

bool json_key(json *in, char *out, size_t size) {
  if (!json_string(in, out, size)) return false;
  spaces(in);
  if (in->at == in->end || *in->at != ':') return json_fail(in, "':' is missing");
  ++in->at;
  return true;
}

/* ---- numbers and the rest ---- */

static size_t digits(const char *at, const char *end) {
  size_t count = 0;
  while (at + count < end && at[count] >= '0' && at[count] <= '9') ++count;
  return count;
}

/* Length of the number at the present place by the grammar of JSON, or 0. */
static size_t number_length(const json *in) {
  const char *at = in->at;
  if (at < in->end && *at == '-') ++at;
  const size_t whole = digits(at, in->end);
  if (whole == 0 || (whole > 1 && *at == '0')) return 0;
  at += whole;
  if (at < in->end && *at == '.') {
    const size_t part = digits(at + 1, in->end);
    if (part == 0) return 0;
    at += 1 + part;
  }
  if (at < in->end && (*at == 'e' || *at == 'E')) {
    const char *exponent = at + 1;
    if (exponent < in->end && (*exponent == '+' || *exponent == '-')) ++exponent;
    const size_t part = digits(exponent, in->end);
    if (part == 0) return 0;
    at = exponent + part;
  }
  return (size_t)(at - in->at);
}

bool json_number(json *in, double *out) {
  if (json_peek(in) != '0') return json_fail(in, "a number must be here");
  const size_t length = number_length(in);
  if (length == 0 || metagame_number_read(in->at, length, out, NULL, NULL) < 0) return json_fail(in, "this is no number");
  if (!isfinite(*out)) return json_fail(in, "a number is too large for a double");
  in->at += length;
  return true;
}

bool json_whole(json *in, uint64_t most, uint64_t *out) {
  char text[24], what[80];
  const size_t length = json_peek(in) == '0' ? number_length(in) : 0;
  if (length > 0 && length < sizeof text && digits(in->at, in->end) == length) {
    memcpy(text, in->at, length);
    text[length] = '\0';
    errno = 0;
    *out = strtoull(text, NULL, 10);
    if (errno == 0 && *out <= most) {
      in->at += length;
      return true;
    }
  }
  snprintf(what, sizeof what, "a whole number in 0..%llu must be here", (unsigned long long)most);
  return json_fail(in, what);
}

static bool word(json *in, const char *text) {
  const size_t length = strlen(text);
  if ((size_t)(in->end - in->at) < length || memcmp(in->at, text, length) != 0) return false;
  in->at += length;
  return true;
}

bool json_null(json *in) { return (json_peek(in) == 'n' && word(in, "null")) || json_fail(in, "null must be here"); }

static bool skip(json *in, int depth) {
  char text[1];
  double number;
  const char kind = json_peek(in);
  if (depth > MOST_DEPTH) return json_fail(in, "arrays and objects are nested too deeply");
  switch (kind) {
    case '"': return json_string(in, text, 0);
    case '0': return json_number(in, &number);
    case 'n': return json_null(in);
    case 't': return word(in, "true") || word(in, "false") || json_fail(in, "unknown word");
    case '{':
    case '[': break;
    default: return false;
  }
  const char closing = kind == '{' ? '}' : ']';
  if (!json_enter(in, kind)) return false;
  while (json_next(in, closing))
    if ((kind == '{' && !json_key(in, text, 0)) || !skip(in, depth + 1)) return false;
  return !in->failed;
}

bool json_skip(json *in) { return skip(in, 0); }

bool json_end(json *in) {
  if (in->failed) return false;
  spaces(in);
  return in->at == in->end || json_fail(in, "there is something behind the value");
}
