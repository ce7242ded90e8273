/* SPDX-License-Identifier: MIT */
/* Decimal text to the nearest double, ties to even; no locale, no libm. */
#ifndef MTG_DECIMAL_H
#define MTG_DECIMAL_H

#include <stddef.h>

/* The number at the start of text[0..size): sign, digits with one optional point, optional exponent. Returns the bytes it takes, 0 where
 * there is none. Too large is infinity, too small 0. */
size_t mtg_decimal_read(const char *text, size_t size, double *out);

#endif
