/* SPDX-License-Identifier: MIT */
#include "report/label.h"

#include <stdio.h>
#include <string.h>

enum { MOST_JOINED = 10 }; /* characters that are attached to one: a couple with two skin tones has nine */
enum { MOST_MARKS = 4 }; /* combining marks on one letter of a brief label: more would climb into other rows */

static int within(uint32_t code, uint32_t first, uint32_t last) { return code >= first && code <= last; }

static int is_mark(uint32_t c) {
  return within(c, 0x300, 0x36f) || within(c, 0x483, 0x489) || within(c, 0x591, 0x5bd) || within(c, 0x610, 0x61a) || within(c, 0x64b, 0x65f) ||
         within(c, 0x6d6, 0x6dc) || within(c, 0x900, 0x903) || (within(c, 0x93a, 0x94f) && c != 0x93d) ||
         within(c, 0xe31, 0xe31) || within(c, 0xe34, 0xe3a) || within(c, 0xe47, 0xe4e) || within(c, 0x1ab0, 0x1aff) ||
         within(c, 0x1dc0, 0x1dff) || within(c, 0x20d0, 0x20ff) || within(c, 0xfe20, 0xfe2f);
}

/* Belongs to the character before it: joiners, selectors, skin tones. */
static int is_attached(uint32_t c) {
  return is_mark(c) || within(c, 0x200c, 0x200d) || within(c, 0xfe00, 0xfe0f) || within(c, 0x1f3fb, 0x1f3ff);
}

static int is_regional(uint32_t c) { return within(c, 0x1f1e6, 0x1f1ff); }

static int is_right_to_left(uint32_t c) {
  return within(c, 0x590, 0x8ff) || within(c, 0xfb1d, 0xfdff) || within(c, 0xfe70, 0xfefe) || within(c, 0x10800, 0x10fff) ||
         within(c, 0x1e800, 0x1efff);
}

static int is_wide(uint32_t c) {
  return within(c, 0x1100, 0x115f) || within(c, 0x2e80, 0xa4cf) || within(c, 0xac00, 0xd7a3) || within(c, 0xf900, 0xfaff) ||
         within(c, 0xfe30, 0xfe6f) || within(c, 0xff00, 0xff60) || c >= 0x1f000;
}

static double width_of(uint32_t c) {
  if (is_attached(c)) return 0;
  if (is_wide(c) || c >= 0xff61) return 1.35;
  if (c >= 0x80) return c >= 0x2190 && c < 0x2e80 ? 1 : 0.72;
  if (strchr("iljtfr.,:;'|!()[] ", (int)c)) return 0.44;
  if (strchr("mwMW@%", (int)c)) return 1;
  return c >= 'A' && c <= 'Z' ? 0.76 : 0.65;
}

/* Characters that change how others are shown, or cannot be seen: spelled out. */
static int is_hidden(uint32_t c) {
  return within(c, 0x202a, 0x202e) || within(c, 0x2066, 0x206f) || within(c, 0x200e, 0x200f) || c == 0x61c || c == 0x200b ||
         within(c, 0x2060, 0x2065) || c == 0xfeff || c == 0xad || within(c, 0x180b, 0x180f) || within(c, 0x115f, 0x1160) || c == 0x2800 ||
         c == 0x3164 || c == 0xffa0 || within(c, 0xfff9, 0xfffb);
}

/* What stands for the character at *text in a page, up to 15 bytes. Moves *text behind it. */
static size_t visible(const char **text, char *out) {
  uint32_t code = 0;
  const size_t length = mtg_utf8_length(*text, &code);
  const char *at = *text;
  *text += length ? length : 1;
  if (length == 0 || within(code, 0x80, 0x9f) || within(code, 0xfdd0, 0xfdef) || (code & 0xfffe) == 0xfffe || within(code, 0xe0000, 0xe0fff)) {
    memcpy(out, "\xef\xbf\xbd", 3);
    return 3;
  }
  if (code == '\n' || code == '\r' || within(code, 0x2028, 0x2029)) {
    memcpy(out, "\xe2\x8f\x8e", 3); /* return symbol */
    return 3;
  }
  if (code == '\t') {
    memcpy(out, "\xe2\x87\xa5", 3);
    return 3;
  }
  if (code < 0x20 || code == 0x7f) {
    const unsigned char picture[3] = { 0xe2, 0x90, (unsigned char)(code == 0x7f ? 0xa1 : 0x80 + code) };
    memcpy(out, picture, 3);
    return 3;
  }
  if (is_hidden(code)) return (size_t)snprintf(out, 16, "[U+%04X]", (unsigned)code);
  memcpy(out, at, length);
  return length;
}

static size_t clean(const char *text, char *out) {
  char piece[16];
  size_t total = 0;
  while (*text) {
    const size_t length = visible(&text, piece);
    if (out) memcpy(out + total, piece, length);
    total += length;
  }
  if (out) out[total] = '\0';
  return total;
}

/* Copies the beginning of `full` that fits, at whole characters with all that is attached to them. */
static void cut(mtg_label *label, double most) {
  const char *at = label->full;
  size_t taken = 0, marks = 0, joined = 0, regional = 0;
  double width = 0;
  uint32_t code = 0, before = 0;
  while (*at) {
    const size_t length = mtg_utf8_length(at, &code);
    const int is_emoji = before == 0x200d && code >= 0x2190 && joined < MOST_JOINED; /* letters keep their width behind a joiner */
    const int is_joined = is_attached(code) || is_emoji || (is_regional(code) && regional % 2 == 1);
    const double more = is_joined ? 0 : width_of(code), dots = at[length] ? 1 : 0; /* the last one needs no room for dots */
    if (!is_joined && width + more > most - dots) break;
    joined = is_joined ? joined + 1 : 0;
    marks = is_mark(code) ? marks + 1 : 0;
    regional = is_regional(code) ? regional + 1 : 0;
    if (marks <= MOST_MARKS && joined <= MOST_JOINED) {
      memcpy(label->brief + taken, at, length);
      taken += length;
    } else {
      label->is_cut = 1;
    }
    width += more;
    before = code;
    at += length;
  }
  if (*at) {
    memcpy(label->brief + taken, "\xe2\x80\xa6", 3);
    taken += 3;
    width += 1;
    label->is_cut = 1;
  }
  label->brief[taken] = '\0';
  label->width = width;
}

int mtg_label_open(mtg_label *label, const mtg_alloc *alloc, const char *text, double most) {
  const char *rest = text;
  uint32_t first = 0;
  while (*rest == ' ') ++rest;
  const char *shown = !*text ? "\xe2\x88\x85" : !*rest ? "\xe2\x90\xa3" : rest; /* an empty set; an open box for spaces */
  mtg_utf8_length(shown, &first);
  const char *const carrier = is_attached(first) ? "\xe2\x97\x8c" : ""; /* a dotted circle for marks that would fall on the label before */
  const size_t size = strlen(carrier) + clean(shown, NULL);
  memset(label, 0, sizeof *label);
  label->full = mtg_new(alloc, 2 * size + 8, 1);
  if (!label->full) return 0;
  label->brief = label->full + size + 1;
  strcpy(label->full, carrier);
  clean(shown, label->full + strlen(carrier));
  cut(label, most);
  return 1;
}

void mtg_label_close(mtg_label *label, const mtg_alloc *alloc) { mtg_free(alloc, label->full); }

long mtg_label_direction(const char *text) {
  long balance = 0;
  while (*text) {
    uint32_t code = 0;
    const size_t length = mtg_utf8_length(text, &code);
    if (length > 0 && is_right_to_left(code)) ++balance;
    if (length > 0 && (within(code | 0x20, 'a', 'z') || within(code, 0xc0, 0x58f) || within(code, 0x3040, 0xd7a3))) --balance;
    text += length ? length : 1;
  }
  return balance;
}

static void put_character(mtg_text *out, const char *bytes, size_t length) {
  switch (*bytes) {
    case '&': mtg_text_string(out, "&amp;"); break;
    case '<': mtg_text_string(out, "&lt;"); break;
    case '>': mtg_text_string(out, "&gt;"); break;
    case '"': mtg_text_string(out, "&quot;"); break;
    case '\'': mtg_text_string(out, "&#39;"); break;
    default: mtg_text_put(out, bytes, length);
  }
}

void mtg_put_escaped(mtg_text *out, const char *text) {
  for (; *text; ++text) put_character(out, text, 1);
}

void mtg_put_clean(mtg_text *out, const char *text) {
  char piece[16];
  while (*text) {
    const size_t length = visible(&text, piece);
    put_character(out, piece, length);
  }
}
