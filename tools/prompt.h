/* SPDX-License-Identifier: MIT */
/* The text between the players of a prompt, for the report. */
#ifndef TOOL_PROMPT_H
#define TOOL_PROMPT_H

#include <stdint.h>

/* The prompt of the command line, or all of standard input for "-", without the line end at its end. To be freed; NULL after a message,
 * with the exit code in *code. */
char *prompt_read(const char *operand, int *code);
/* What stands before, between and after the labels, which follow each other in `text`: n + 1 strings in one block, to be freed. NULL
 * where they do not, or without memory. */
char **prompt_gaps(const char *text, const char *const *labels, uint32_t n);

#endif
