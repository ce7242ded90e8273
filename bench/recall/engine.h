/* SPDX-License-Identifier: MIT */
/* Runs of bench/recall on a language model. */
#ifndef BENCH_RECALL_ENGINE_H
#define BENCH_RECALL_ENGINE_H

#include "metagame_llama.h"
#include "options.h"
#include "record.h"
#include "set.h"

/* 0, or -1 and a message. The words of the prompt must be the players, or in pieces the players. `share`: a handle made before, whose
 * weights are used again; may be NULL. */
int recall_engine_open(metagame_llama **out, const recall_options *options, const recall_prompt *prompt, const metagame_llama *share,
                       char *why);
/* One run; `record` is made here. */
int recall_engine_run(recall_record *record, metagame_llama *handle, const recall_options *options, const recall_run *run, char *why);

/* What the numbers of a run depend on, in one line; to be freed. NULL and a message where the model cannot be read. */
char *recall_engine_key(const recall_options *options, const recall_prompt *prompt, const recall_run *run, char *why);

#endif
