/* SPDX-License-Identifier: MIT */
/* The file: "\x93NUMPY", two bytes of version, the length of the header (2 bytes in format 1, 4 in format 2, little-endian), the header
 * - a Python dictionary with descr, fortran_order and shape, padded with spaces and ended by a newline - and the numbers. Source: NEP 1. */
#include "npy.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

typedef struct cursor {
  const char *at, *end;
} cursor;

static void skip_spaces(cursor *c) {
  while (c->at < c->end && (*c->at == ' ' || *c->at == '\n')) ++c->at;
}

/* Whether `text` comes next; steps behind it. */
static int take(cursor *c, const char *text) {
  const size_t length = strlen(text);
  skip_spaces(c);
  if ((size_t)(c->end - c->at) < length || memcmp(c->at, text, length) != 0) return 0;
  c->at += length;
  return 1;
}

/* "(N,)". */
static int take_shape(cursor *c, uint64_t *out) {
  uint64_t value = 0;
  const char *first;
  if (!take(c, "(")) return 0;
  skip_spaces(c);
  for (first = c->at; c->at < c->end && *c->at >= '0' && *c->at <= '9'; ++c->at) {
    if (value > UINT64_MAX / 10 - 1) return 0;
    value = 10 * value + (uint64_t)(*c->at - '0');
  }
  *out = value;
  return c->at > first && take(c, ",") && take(c, ")");
}

static int check_header(const char *path, cursor c, size_t count, char *why) {
  int has_descr = 0, has_order = 0, has_shape = 0;
  uint64_t shape = 0;
  if (!take(&c, "{")) return bench_fail(why, "%s: the header is no dictionary", path);
  while (!take(&c, "}")) {
    if (!has_descr && take(&c, "'descr':")) {
      has_descr = 1;
      if (!take(&c, "'<f8'")) return bench_fail(why, "%s: descr must be '<f8', little-endian doubles", path);
    } else if (!has_order && take(&c, "'fortran_order':")) {
      has_order = 1;
      if (!take(&c, "False")) return bench_fail(why, "%s: fortran_order must be False", path);
    } else if (!has_shape && take(&c, "'shape':")) {
      has_shape = 1;
      if (!take_shape(&c, &shape)) return bench_fail(why, "%s: shape must have one dimension, (%zu,)", path, count);
    } else {
      return bench_fail(why, "%s: the header must have descr, fortran_order and shape, each once, and nothing else", path);
    }
    if (!take(&c, ",")) {
      if (!take(&c, "}")) return bench_fail(why, "%s: the header's dictionary does not end", path);
      break;
    }
  }
  skip_spaces(&c);
  if (c.at != c.end || c.end[-1] != '\n') return bench_fail(why, "%s: the header does not end with its dictionary and a newline", path);
  if (!has_descr || !has_order || !has_shape) return bench_fail(why, "%s: the header lacks descr, fortran_order or shape", path);
  if (shape != count) return bench_fail(why, "%s: shape is (%llu,), must be (%zu,)", path, (unsigned long long)shape, count);
  return 0;
}

static double *decode(const char *path, const char *bytes, size_t size, size_t count, char *why) {
  const unsigned char *raw = (const unsigned char *)bytes;
  if (size < 12 || memcmp(bytes, "\x93NUMPY", 6) != 0) return bench_fail(why, "%s: no .npy file", path), NULL;
  if ((raw[6] != 1 && raw[6] != 2) || raw[7] != 0)
    return bench_fail(why, "%s: .npy format %u.%u, must be 1.0 or 2.0", path, raw[6], raw[7]), NULL;
  const size_t start = raw[6] == 1 ? 10 : 12;
  uint64_t length = 0;
  for (size_t byte = 8; byte < start; ++byte) length |= (uint64_t)raw[byte] << (8 * (byte - 8));
  if (length == 0 || length > size - start) return bench_fail(why, "%s: the file ends within the header", path), NULL;
  const cursor header = { bytes + start, bytes + start + length };
  if (check_header(path, header, count, why) != 0) return NULL;
  const unsigned char *data = raw + start + length;
  const size_t rest = size - start - (size_t)length;
  if (rest / 8 != count || rest % 8 != 0)
    return bench_fail(why, "%s: %zu bytes of numbers, must be %zu x 8", path, rest, count), NULL;
  double *out = bench_new(count, sizeof *out);
  for (size_t at = 0; at < count; ++at) {
    uint64_t bits = 0;
    for (size_t byte = 0; byte < 8; ++byte) bits |= (uint64_t)data[8 * at + byte] << (8 * byte);
    memcpy(&out[at], &bits, sizeof bits);
    if (isfinite(out[at])) continue;
    bench_fail(why, "%s: entry %zu is not finite", path, at);
    free(out);
    return NULL;
  }
  return out;
}

double *bench_npy_read(const char *path, size_t count, char *why) {
  size_t size = 0;
  char *bytes = bench_read_file(path, &size, why);
  if (!bytes) return NULL;
  double *out = decode(path, bytes, size, count, why);
  free(bytes);
  return out;
}
