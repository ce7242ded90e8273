/* SPDX-License-Identifier: MIT */
#ifndef EXPLAIN_ARGUMENTS_H
#define EXPLAIN_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "metagame_llama.h"

typedef struct arguments {
  metagame_llama_options model;
  const char *attributor; /* "directed" or a built-in's name */
  const char *output_dir;
  int32_t solver;
  uint64_t seed, budget; /* budget 0: chosen for a run of a minute or two */
  uint32_t batch;
  bool quiet;   /* no progress line */
  char *target; /* the storage behind model.target and model.contrast */
} arguments;

/* 0: go on; 1: help was printed; -1: a message was printed. */
int arguments_read(arguments *out, int argc, char **argv);

#endif
