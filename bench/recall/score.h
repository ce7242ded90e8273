/* SPDX-License-Identifier: MIT */
/* Recall at K percent: which annotated pairs are among the largest cells of a matrix of scores. docs/recall.md. */
#ifndef BENCH_RECALL_SCORE_H
#define BENCH_RECALL_SCORE_H

#include <stddef.h>
#include <stdint.h>

#include "set.h"

/* What is ranked. */
enum {
  RECALL_CELLS = 0, /* all n(n-1) directed cells; a pair is found with one of its directions */
  RECALL_PAIRS = 1, /* the n(n-1)/2 pairs, each by the larger of its two directions */
  RECALL_SCORINGS = 2
};

/* scores[i*n + j], 0 on the diagonal: |phi_i + phi_j|; |matrix[i*n + j]|. */
void recall_scores_of_map(const double *phi, uint32_t n, double *scores);
void recall_scores_of_matrix(const double *matrix, uint32_t n, double *scores);
/* Controls: neighbours first (1 / distance); draw `draw` of random scores, symmetric or not. */
void recall_scores_adjacent(uint32_t n, double *scores);
void recall_scores_random(uint32_t n, int symmetric, uint64_t draw, double *scores);

/* The chance, in [0, 1], that a pair is found among the top `percent` of N = n(n-1) cells or n(n-1)/2 pairs. With s = percent N / 100
 * slots the first floor(s) of the ranking are in, and the next one with probability s - floor(s); ties are in random order. A pair whose
 * sides have several players is found with any of its cells. */
double recall_found(const double *scores, uint32_t n, const recall_sides *sides, int scoring, double percent);
/* Where the best of the pair's cells stands, in percent of N: 100 (better + (equal + 1)/2) / N. */
double recall_position(const double *scores, uint32_t n, const recall_sides *sides, int scoring);

typedef struct recall_mean {
  size_t count;
  double mean;
  double twice_error; /* two standard errors; NaN below two values */
} recall_mean;
recall_mean recall_mean_of(const double *values, size_t count);

#endif
