/* SPDX-License-Identifier: MIT */
/* What one run on one prompt found: maps (a number for each player) and matrices, and the file that keeps them. */
#ifndef BENCH_RECALL_RECORD_H
#define BENCH_RECALL_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "metagame.h"

enum { RECALL_MOST_ANSWERS = 12, RECALL_NAME = 64, RECALL_MOST_PLAYERS = 1024 };

typedef struct recall_answer {
  char method[RECALL_NAME];
  char reference[RECALL_NAME]; /* the first-order map it is compared with; its own name for such a map */
  int is_map;                  /* n numbers, else n x n */
  double *numbers;
} recall_answer;

typedef struct recall_record {
  uint32_t n;
  char **labels;   /* n: of the players */
  char *value;     /* what was explained */
  char *masking;   /* what "absent" was */
  uint64_t evaluations;
  double seconds;
  size_t n_answers;
  recall_answer answers[RECALL_MOST_ANSWERS];
} recall_record;

/* A record of n players, labels copied. Line ends in strings become spaces. */
void recall_record_init(recall_record *record, uint32_t n, const char *const *labels, const char *value, const char *masking);
void recall_record_free(recall_record *record);

/* Interactions of a value game from one sample of coalitions (exact or stratified, by the budget), and maps and matrices that follow from
 * the same values: Shapley values and occlusion with their metagames, SII, Shapley-Taylor, Banzhaf interactions, Bivariate Shapley.
 * Adopts `function`, which has one output. Adds to `record`; 0, or -1 and a message. */
int recall_from_values(recall_record *record, const metagame_function *function, uint64_t budget, uint64_t seed, char *why);
/* First-order map and metagame of an attribution whose targets are its players. */
int recall_from_attribution(recall_record *record, const metagame_game *game, const char *name, uint64_t budget, uint64_t seed,
                            char *why);

/* The file `path` holds a record made under `key` (one line: all that the numbers depend on). 0: read; 1: there is none, or of another
 * key; -1 and a message: damaged. Written under another name first, so that a file is whole or not there. */
int recall_record_read(recall_record *record, const char *path, const char *key, char *why);
int recall_record_write(const recall_record *record, const char *path, const char *key, char *why);

#endif
