/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
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

/* `digits` significant ones in a unit of 10^exponent; the quotient can be too large for a double. */
static void put_significant(mtg_text *out, double value, int digits, double unit, int exponent, int sign) {
  const double scaled = value / unit;
  char text[48], plain[64];
  mtg_scientific(text, value, digits - 1);
  char *const e = strchr(text, 'e');
  const int power = (int)strtol(e + 1, NULL, 10) - exponent;
  if (value == 0) {
    mtg_text_string(out, "0");
  } else if (power >= -4 && power < 6 && isfinite(scaled)) {
    snprintf(plain, sizeof plain, "%.*f", power >= digits - 1 ? 0 : digits - 1 - power, scaled);
    put_digits(out, plain, sign);
  } else {
    *e = '\0';
    put_digits(out, text, sign);
    mtg_text_format(out, "e%d", power);
  }
}

void mtg_put_value(mtg_text *out, const mtg_scene *s, double value, int sign) {
  char digits[48];
  if (!isfinite(value)) {
    mtg_text_string(out, "n/a");
    return;
  }
  if (value != 0 && !(fabs(value) < 1e5 * s->unit)) { /* own effects, sums, attributions */
    put_significant(out, value, 4, s->unit, s->exponent, sign);
    return;
  }
  snprintf(digits, sizeof digits, "%.*f", s->decimals, value == 0 ? 0 : value / s->unit);
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
  if (isfinite(value))
    put_significant(out, value, digits, 1, 0, 0);
  else
    mtg_text_string(out, "n/a");
}

static const double farthest = 1e7; /* coordinates of pages end far before it */

void mtg_put_at(mtg_text *out, double value) {
  const double at = !(value > -farthest) ? value < 0 ? -farthest : 0 : value < farthest ? value : farthest;
  const long tenths = (long)(at < 0 ? at * 10 - 0.5 : at * 10 + 0.5), size = tenths < 0 ? -tenths : tenths;
  mtg_text_format(out, "%s%ld", tenths < 0 ? "-" : "", size / 10);
  if (size % 10) mtg_text_format(out, ".%ld", size % 10);
}

double mtg_largest(const double *values, uint32_t count) {
  double most = 0;
  for (uint32_t k = 0; k < count; ++k)
    if (isfinite(values[k]) && fabs(values[k]) > most) most = fabs(values[k]);
  return most;
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
