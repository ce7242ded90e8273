/* SPDX-License-Identifier: MIT */
/* Results for people: on standard output. */
#ifndef TOOL_PRINT_H
#define TOOL_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "metagame.h"
#include "run.h"

/* The matrix as a table where it is not too wide, who moves whom, and what to keep in mind. */
void print_result(const metagame_result *result, const char *const *player_labels, const char *const *target_labels);
/* What stands behind the numbers: metagame_result_sentence, in lines of a terminal. */
void print_sentence(const metagame_result *result);
/* Solver, evaluations and time, in one line. */
void print_run(const metagame_result *result, const run_counts *counts);
/* The label, padded and cut to `width` characters; what should not reach a terminal as '?'. */
void print_label(const char *text, int width, bool right);
/* All of it. */
void print_text(const char *text);
/* The same without padding, cut to what a line has room for. */
void print_short(const char *text);

/* Checks of the result: those that need no game, and with a game also the others that are cheap. A line for each kind when `verbose`;
 * failures are always told, on standard error. TOOL_OK, TOOL_DIFFERENT, or another code after a message. */
int print_checks(const metagame_result *result, const metagame_game *game, double tolerance, double evaluation_tolerance,
                 bool verbose, int callback);

#endif
