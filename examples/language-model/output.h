/* SPDX-License-Identifier: MIT */
#ifndef EXPLAIN_OUTPUT_H
#define EXPLAIN_OUTPUT_H

#include "metagame.h"

/* The matrix as a table, and what to read from it; targets are the players. */
void print_table(const metagame_result *result, const char *const *labels);
/* One line for each kind of check. */
metagame_status print_report(const metagame_result *result, const metagame_game *game, metagame_error *err);
/* Makes the directory and its parents, so that a run does not end in vain. 0, or -1 after a message on standard error. */
int make_directory(const char *directory);
/* result.json and result.csv. 0 or -1 with a message on standard error. */
int write_files(const metagame_result *result, const char *const *labels, const char *directory);

#endif
