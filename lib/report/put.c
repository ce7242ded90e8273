/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/scene.h"

/* Digits of printf, with the typographic minus; `sign`: a plus before what is positive. */
static void put_digits(mtg_text *out, const char *digits, int sign) {
  if (*digits == '-') {
    mtg_text_string(out, "\xe2\x88\x92");
    ++digits;
  } else if (sign) {
    mtg_text_string(out, "+");
  }
  for (; *digits; ++digits) {
    const char c = *digits; /* any other byte is part of a locale's decimal point */
    if ((c >= '0' && c <= '9'))
      mtg_text_put(out, digits, 1);
    else if (digits[1] >= '0' && digits[1] <= '9')
      mtg_text_string(out, ".");
  }
}

static int is_zero(const char *digits) {
  for (; *digits; ++digits)
    if (*digits >= '1' && *digits <= '9') return 0;
  return 1;
}

void mtg_put_value(mtg_text *out, const mtg_scene *s, double value, int sign) {
  char digits[400];
  if (!isfinite(value)) {
    mtg_text_string(out, "n/a");
    return;
  }
  snprintf(digits, sizeof digits, "%.*f", s->decimals, value / s->unit);
  const int zero = is_zero(digits);
  put_digits(out, zero && *digits == '-' ? digits + 1 : digits, sign && !zero);
}

void mtg_put_entry(mtg_text *out, const mtg_scene *s, double value, double error) {
  mtg_put_value(out, s, value, 1);
  if (!s->has_errors || !isfinite(value)) return;
  mtg_text_string(out, " \xc2\xb1 ");
  mtg_put_value(out, s, 2 * error, 0);
}

void mtg_put_short(mtg_text *out, double value, int digits) {
  char text[48], plain[64];
  if (!isfinite(value)) {
    mtg_text_string(out, "n/a");
    return;
  }
  mtg_scientific(text, value, digits - 1);
  char *const e = strchr(text, 'e');
  int exponent = 0;
  for (const char *at = e + 2; *at; ++at) exponent = 10 * exponent + (*at - '0');
  if (e[1] == '-') exponent = -exponent;
  if (value == 0) {
    mtg_text_string(out, "0");
  } else if (exponent >= -4 && exponent < 6) {
    snprintf(plain, sizeof plain, "%.*f", exponent >= digits - 1 ? 0 : digits - 1 - exponent, value);
    put_digits(out, plain, 0);
  } else {
    *e = '\0';
    put_digits(out, text, 0);
    mtg_text_string(out, "e");
    mtg_text_format(out, "%d", exponent);
  }
}

void mtg_put_at(mtg_text *out, double value) {
  const long tenths = (long)(value < 0 ? value * 10 - 0.5 : value * 10 + 0.5), size = tenths < 0 ? -tenths : tenths;
  mtg_text_format(out, "%s%ld", tenths < 0 ? "-" : "", size / 10);
  if (size % 10) mtg_text_format(out, ".%ld", size % 10);
}

void mtg_put_attribute(mtg_text *out, const char *name, double value) {
  mtg_text_format(out, " %s=\"", name);
  mtg_put_at(out, value);
  mtg_text_string(out, "\"");
}

void mtg_put_full(mtg_text *out, const mtg_label *label) {
  if (!label->is_cut) return;
  mtg_text_string(out, "<title>");
  mtg_put_escaped(out, label->full);
  mtg_text_string(out, "</title>");
}

void mtg_put_label(mtg_text *out, const mtg_label *label, double x, double y, const char *extra) {
  mtg_text_string(out, "<text");
  mtg_put_attribute(out, "x", x);
  mtg_put_attribute(out, "y", y);
  mtg_text_string(out, extra);
  mtg_text_string(out, ">");
  mtg_put_full(out, label);
  mtg_put_escaped(out, label->brief);
  mtg_text_string(out, "</text>");
}
