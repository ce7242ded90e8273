/* SPDX-License-Identifier: MIT */
/* What `metagame text` was told, and its two halves. */
#ifndef TOOL_TEXT_H
#define TOOL_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "outputs.h"
#include "run.h"

/* Some of text_attributors. */
enum { TEXT_ATTNLRP = 4, TEXT_OCCLUSION = 8, TEXT_SHAPLEY = 9, TEXT_BANZHAF = 10, TEXT_NONE = 11 };
extern const char text_attributors[], text_absences[];

typedef struct text_command {
  run_options run;
  outputs out;
  const char *model, *instruction, *system, *answer, *cache_dir, *target, *absent, *absent_token;
  bool raw, per_step;
  int32_t weights, players, attributor, inner, start, values; /* choices */
  uint64_t threads, parallel, generate, nodes, layer;
} text_command;

/* Whether the language part was built. */
bool text_is_built(void);
/* The work. An exit code. */
int text_run(const text_command *c, const char *operand);

#endif
