/* SPDX-License-Identifier: MIT */
#include "utf8.h"

#include <stdint.h>

size_t utf8_length(const char *text) {
  const unsigned char *c = (const unsigned char *)text;
  const size_t length = c[0] < 0x80 ? 1 : c[0] < 0xC2 ? 0 : c[0] < 0xE0 ? 2 : c[0] < 0xF0 ? 3 : c[0] < 0xF5 ? 4 : 0;
  for (size_t k = 1; k < length; ++k)
    if ((c[k] & 0xC0) != 0x80) return 0;
  if (length == 3 && ((c[0] == 0xE0 && c[1] < 0xA0) || (c[0] == 0xED && c[1] > 0x9F))) return 0;
  if (length == 4 && ((c[0] == 0xF0 && c[1] < 0x90) || (c[0] == 0xF4 && c[1] > 0x8F))) return 0;
  return length;
}

int utf8_hidden(const char *text, size_t length) {
  const unsigned char *c = (const unsigned char *)text;
  if (length == 1) return c[0] < 0x20 || c[0] == 0x7F;
  if (length == 2) return c[0] == 0xC2 && c[1] < 0xA0;
  if (length != 3 || c[0] != 0xE2) return 0;
  const uint32_t code = 0x2000u | (uint32_t)(c[1] & 0x3F) << 6 | (c[2] & 0x3F);
  return (code >= 0x200E && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}
