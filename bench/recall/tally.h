/* SPDX-License-Identifier: MIT */
/* Recall of every method, prompt by prompt, and how it is printed. */
#ifndef BENCH_RECALL_TALLY_H
#define BENCH_RECALL_TALLY_H

#include <stdio.h>

#include "record.h"
#include "score.h"
#include "set.h"

enum { RECALL_MOST_PERCENT = 15, RECALL_MOST_METHODS = 48, RECALL_DRAWS = 200 };

typedef struct recall_tally recall_tally;

/* `lines` gets a line for each prompt, method, scoring and K; `pairs` one for each pair, method and scoring. Both may be NULL. */
recall_tally *recall_tally_new(size_t n_prompts, FILE *lines, FILE *pairs);
void recall_tally_free(recall_tally *tally);

/* Scores the records of one prompt, whose labels agree, and the controls: random scores, symmetric and not, means over RECALL_DRAWS
 * draws, and neighbours. 0; 1 where no pair of the prompt exists among these players; -1 and a message. */
int recall_tally_add(recall_tally *tally, const recall_prompt *prompt, const recall_record *records, size_t n_records, char *why);

/* Means and two standard errors over prompts; at 5 % the ratio to the method's first-order map, and the difference from it. */
void recall_tally_print(const recall_tally *tally, FILE *out);

#endif
