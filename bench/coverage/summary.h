/* SPDX-License-Identifier: MIT */
/* Lines and summary of the measured cells. */
#ifndef BENCH_COVERAGE_SUMMARY_H
#define BENCH_COVERAGE_SUMMARY_H

#include <stdio.h>

#include "cell.h"

void coverage_head(FILE *out);
void coverage_line(FILE *out, const coverage_cell *cell, const zoo_game *game);
/* Returns how many bounds are missed: of cells, and of all cells together. */
size_t coverage_summary(FILE *out, const coverage_cell *cells, size_t count, const zoo *games);

#endif
