/* SPDX-License-Identifier: MIT */
/* A zoo of games whose Shapley values are known, to measure what the solvers' error bars are worth.
 * A game is data in one of four forms; every form gives both its values and its Shapley values:
 *   table    all 2^n rows; the truth by enumeration
 *   terms    v(S) = constant + sum_t coef_t [in_t part of S][out_t apart from S]; a term with a =
 * |in|, b = |out| gives each player of `in` coef / (a C(a+b,a)), each of `out` -coef / (b C(a+b,a))
 *   classes  v depends on how many players of each class are in S; the truth by counting
 *   blocks   the sum of tables on consecutive blocks of players; the truth of each block by
 * enumeration */
#ifndef BENCH_COVERAGE_ZOO_H
#define BENCH_COVERAGE_ZOO_H

#include <stddef.h>
#include <stdint.h>

#include "metagame.h"

enum { ZOO_MOST_CLASSES = 4, ZOO_MOST_TABLE = 16, ZOO_NAME = 48 };
enum { ZOO_TABLE, ZOO_TERMS, ZOO_CLASSES, ZOO_BLOCKS };
/* Traits. */
enum {
  ZOO_JUMPS =
    1 /* one coalition more or less can change everything: AUTO must not be worse than regression */
};

typedef struct zoo_term {
  uint64_t in, out;
  double coef;
  uint32_t target;
} zoo_term;

typedef struct zoo_game {
  char name[ZOO_NAME]; /* FAMILY-N */
  const char *family, *kind;
  uint32_t n, m; /* players, targets */
  uint32_t traits;
  int32_t *own;  /* m, or NULL: no target is a player */
  double *truth; /* m x n; entries of own players are not judged */
  double *size;  /* m: the largest value known, the scale of rounding */
  int form;
  double *
    table; /* rows of m: 2^n of them, or one for each vector of counts, or 2^block for each block */
  zoo_term *terms;
  size_t n_terms;
  double *constant; /* m, of terms */
  uint32_t n_classes, class_size[ZOO_MOST_CLASSES];
  uint32_t block;
} zoo_game;

typedef struct zoo_entry {
  const char *family, *kind;
  uint32_t n, traits;
  void (*make)(zoo_game *game); /* n, family, kind, traits and m = 1 are set */
} zoo_entry;

/* Values of targets at S; `context` is the caller's. */
typedef void (*zoo_row)(const void *context, uint32_t n, uint64_t mask, double *row);
typedef double (*zoo_value)(const void *context, uint32_t n, uint64_t mask);
typedef double (*zoo_count)(const uint32_t *size, const uint32_t *count);

/* What makers use. */
void zoo_set_targets(zoo_game *game, uint32_t m,
                     uint32_t n_pinned); /* targets 0..n_pinned-1 are those players */
void zoo_from_rows(zoo_game *game, zoo_row row, const void *context);
void zoo_from_values(zoo_game *game, zoo_value value, const void *context);
void zoo_from_blocks(zoo_game *game, uint32_t block, zoo_value value, const void *const *contexts);
void zoo_from_classes(zoo_game *game, uint32_t n_classes, const uint32_t *sizes, zoo_count value);
void zoo_add_term(zoo_game *game, uint32_t target, uint64_t in, uint64_t out, double coef);
void zoo_from_terms(zoo_game *game);

/* Random numbers: splitmix64, Box and Muller. */
uint64_t zoo_bits(uint64_t *state);
double zoo_uniform(uint64_t *state);
double zoo_normal(uint64_t *state);
uint64_t zoo_subset(uint64_t *state, uint32_t n, uint32_t size);

/* Tables of entries, one for each file of makers; the last has no family. */
extern const zoo_entry zoo_jumps[], zoo_smooth[], zoo_sums[], zoo_real[], zoo_vectors[];

typedef struct zoo {
  size_t count;
  zoo_game *games;
} zoo;
/* All games whose FAMILY or FAMILY-N is in `names`, all for n_names 0. Ends the program where the
 * truth of a game does not add up. Returns NULL, or the name that nothing goes by. */
const char *zoo_make(zoo *out, char **names, size_t n_names);
void zoo_free(zoo *games);
void zoo_print(void);

void zoo_evaluate(const zoo_game *game, uint64_t mask, double *row);
/* The library's view of a game; borrows it. */
metagame_status zoo_open(metagame_game **out, zoo_game *game, metagame_error *err);

#endif
