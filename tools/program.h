/* SPDX-License-Identifier: MIT */
/* A model that is a program: it reads rows of numbers from its standard input, with commas between, and writes a line of values for each,
 * until its input ends. It is started once. */
#ifndef TOOL_PROGRAM_H
#define TOOL_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "metagame.h"

typedef struct program program;

/* Starts `command`, by the shell. NULL after a message. */
program *program_start(const char *command, uint32_t n_features, bool quiet);
/* Asks for the values of one row, to see how many there are. TOOL_OK, or another code after a message. */
int program_probe(program *p, const double *row, uint32_t *n_outputs);
/* A metagame_model_callbacks' evaluate; `user` is the program. */
int32_t METAGAME_CALL program_evaluate(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err);
/* Ends its input and waits; a program that does not end is made to. */
void program_stop(program *p);

#endif
