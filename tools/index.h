/* SPDX-License-Identifier: MIT */
/* Interaction indices of a result: their options, and what is printed and written in place of the matrix. */
#ifndef TOOL_INDEX_H
#define TOOL_INDEX_H

#include "metagame/indices.h"
#include "options.h"
#include "outputs.h"

typedef struct index_options {
  int32_t kind, inner; /* choices */
  uint64_t order, max_order, context;
  double probability;
} index_options;

void index_add_options(option_table *table, index_options *index);
/* Whether an index other than the result's own values is asked for. */
int32_t index_wanted(const index_options *index);
/* interaction_order that the run needs. */
uint32_t index_run_order(const index_options *index);
/* Does what was asked for fit together? TOOL_OK, or TOOL_USAGE after a message. */
int index_check(const index_options *index, const outputs *out, uint32_t n_players);
/* Prints (when `verbose`) and writes the index. */
int index_write(const index_options *index, const metagame_result *result, const char *const *players, const char *const *targets,
                const outputs *out, bool verbose);

#endif
