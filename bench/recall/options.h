/* SPDX-License-Identifier: MIT */
/* The command line of bench/recall. */
#ifndef BENCH_RECALL_OPTIONS_H
#define BENCH_RECALL_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

enum { RECALL_MOST_RUNS = 16 };

/* "values", or an attributor; coalitions for each player but one. */
typedef struct recall_run {
  const char *name;
  uint64_t budget;
} recall_run;

typedef struct recall_options {
  const char *model, *cache_dir, *prompts, *results, *out, *pairs_out;
  const char *instruction, *system, *answer, *target, *contrast;
  int32_t players, absent, occluded; /* METAGAME_LLAMA_... */
  int raw, quiet;
  uint64_t generate, seed, threads, parallel, limit;
  size_t n_runs;
  recall_run runs[RECALL_MOST_RUNS];
} recall_options;

extern const char recall_usage[];

/* Names of the runs: index 0, 1, ...; NULL at the end. */
const char *recall_run_name(size_t index);
/* Words of the argument vector are cut at commas. 0; 1: --list or --help was asked for and answered; -1 and a message. */
int recall_options_read(recall_options *options, int argc, char **argv, char *why);

#endif
