/* SPDX-License-Identifier: MIT */
/* Games in files: a table of the values of all coalitions, or a sum of terms. docs/command.md has the formats. */
#ifndef TOOL_GAME_FILE_H
#define TOOL_GAME_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "metagame.h"

enum { TABLE_PLAYERS = 32, TERMS_PLAYERS = 63, LABEL_ROOM = 256 };

/* coef if everyone of `in` and nobody of `out` is there. */
typedef struct game_term {
  uint64_t in, out;
  double coef;
} game_term;

typedef struct game_file {
  uint32_t n, m;         /* players, outputs */
  double *values;        /* 2^n x m, or NULL */
  game_term *terms;      /* else these, with m = 1 */
  size_t n_terms;
  double constant;
  char **players, **targets; /* labels, or NULL */
  size_t n_players, n_targets; /* labels in the file */
} game_file;

/* TOOL_OK, or another code after a message. */
int game_file_read(game_file *out, const char *path);
void game_file_free(game_file *file);
/* A metagame_function's evaluate; `user` is the game_file. */
int32_t METAGAME_CALL game_file_evaluate(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err);

#endif
