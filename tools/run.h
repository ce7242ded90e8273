/* SPDX-License-Identifier: MIT */
/* One run of a solver: its options, the loop, the progress line and Ctrl-C. */
#ifndef TOOL_RUN_H
#define TOOL_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "metagame.h"
#include "options.h"

typedef struct run_options {
  uint64_t budget, seed, memory, batch, top_k;
  double precision, half_width, target_stderr, confidence, seconds; /* 0: not given */
  int32_t solver, outer, resolve; /* choices, from 1; 0: not given */
  bool unpinned, evaluate, quiet;
  uint32_t interaction_order; /* set by the command */
} run_options;

typedef struct run_counts {
  double seconds, game_seconds; /* of the whole run, and of these in the game */
  uint64_t rows;                /* that the game evaluated */
} run_counts;

/* The line on standard error, where that is a terminal. */
typedef struct run_progress {
  double start, shown;
  bool visible;
} run_progress;

/* Adds them to the table, under a heading. `budget`: what --help says of --budget. */
void run_add_options(option_table *table, run_options *run, const char *budget);
/* Would run_solve begin? TOOL_OK, or another code after a message. */
int run_would(const metagame_game *game, const run_options *run, int callback);
/* Solves; *result is NULL when something failed. TOOL_OK, TOOL_PARTIAL (with a result), or another code after a message. `callback`:
 * the code for a game that fails. */
int run_solve(metagame_result **result, const metagame_game *game, const run_options *run, int callback, run_counts *counts);

/* What the options say of each other. TOOL_OK, or TOOL_USAGE after a message. */
int run_check(const run_options *run);
/* For other drivers than run_solve: the library's options, with a progress line and Ctrl-C. */
void run_fill(metagame_options *options, const run_options *run, run_progress *progress);

/* From now on the first Ctrl-C (or SIGTERM, SIGHUP) asks for an end, and the second ends the program. SIGPIPE and
 * SIGXFSZ are ignored: writing fails instead. */
void run_install_signals(void);
/* Whether the first one came. */
bool run_interrupted(void);
/* The cursor is at the beginning of an empty line afterwards. */
void run_clear_line(void);
double run_now(void);

#endif
