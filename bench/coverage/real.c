/* SPDX-License-Identifier: MIT */
/* Games of real models, from bench/coverage/data (README.md there): tables of float32 and lists of
 * terms. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common.h"
#include "zoo.h"

static char *read_data(const char *name, size_t *size) {
  char path[1024], why[BENCH_MESSAGE];
  snprintf(path, sizeof path, "%s/%s", COVERAGE_DATA, name);
  char *bytes = bench_read_file(path, size, why);
  if (bytes) return bytes;
  fprintf(stderr, "%s\n", why);
  exit(1);
}

typedef struct stored {
  const unsigned char *bytes; /* little-endian float32, rows of m */
  uint32_t m;
} stored;

static void stored_row(const void *context, uint32_t n, uint64_t mask, double *row) {
  const stored *from = context;
  (void)n;
  for (uint32_t i = 0; i < from->m; ++i) {
    const unsigned char *b = from->bytes + 4 * (mask * from->m + i);
    const uint32_t bits = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
      (uint32_t)b[3] << 24;
    float value;
    memcpy(&value, &bits, sizeof value);
    row[i] = value;
  }
}

static void read_table(zoo_game *game, const char *name, uint32_t m) {
  size_t size;
  char *bytes = read_data(name, &size);
  const stored from = { (const unsigned char *)bytes, m };
  if (size != ((size_t)4 * m) << game->n) {
    fprintf(stderr, "%s has %zu bytes\n", name, size);
    exit(1);
  }
  if (m > 1) zoo_set_targets(game, m, 0);
  zoo_from_rows(game, stored_row, &from);
  free(bytes);
}

static void make_label(zoo_game *game) { read_table(game, "label.f32", 1); }
static void make_boosted(zoo_game *game) { read_table(game, "boosted.f32", 1); }
static void make_diabetes(zoo_game *game) { read_table(game, "diabetes.f32", 1); }
static void make_digits(zoo_game *game) { read_table(game, "digits.f32", 1); }
static void make_language(zoo_game *game) { read_table(game, "language.f32", 1); }
static void make_wine(zoo_game *game) { read_table(game, "wine.f32", 3); }

static void make_margin(zoo_game *game) {
  size_t size;
  char *text = read_data("margin.txt", &size), *at = text;
  while (*at) {
    const uint64_t in = strtoull(at, &at, 10), out = strtoull(at, &at, 10);
    zoo_add_term(game, 0, in, out, strtod(at, &at));
    while (*at == '\n') ++at;
  }
  zoo_from_terms(game);
  free(text);
}

const zoo_entry zoo_real[] = {
  { "forest-label", "real", 12, ZOO_JUMPS, make_label },
  { "boosted", "real", 12, 0, make_boosted },
  { "margin", "real", 30, ZOO_JUMPS, make_margin },
  { "diabetes", "real", 10, 0, make_diabetes },
  { "digits", "real", 12, ZOO_JUMPS, make_digits },
  { "language", "real", 10, 0, make_language },
  { "wine", "real", 11, 0, make_wine },
  { NULL, NULL, 0, 0, NULL },
};
