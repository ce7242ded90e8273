/* SPDX-License-Identifier: MIT */
/* The scheme of a loop over targets: a regression of its own for each target's game, whose coalitions serve that target alone. */
#ifndef BENCH_PER_TARGET_H
#define BENCH_PER_TARGET_H

#include <stdint.h>

#include "metagame.h"

/* A vector game as a table, and what was asked of it. */
typedef struct bench_vector {
  uint32_t n;          /* players and targets */
  const double *rows;  /* 2^n x n */
  const int32_t *own;  /* n: own player or METAGAME_NO_PLAYER */
  uint64_t n_calls;    /* coalitions at which all attributions were evaluated */
  double seconds;      /* CPU seconds within */
} bench_vector;

/* Both fill matrix[i*n + j], the entries of own players excepted (they are left alone), with `calls / n` attributor calls for each target.
 *
 * authors: the library's regression on the target's game, on the n-1 other players where it is pinned.
 * kernelshap: the regression as the authors' program has it, written out: pairs of complements, sizes drawn with the Shapley kernel
 * 1/(s (k-s)), one sample of coalitions for all pinned targets, each evaluated again for every target. A coalition that is drawn again
 * costs nothing and counts twice. Least squares of least norm, so that any budget from 4 for each target on gives numbers. */
metagame_status bench_authors(bench_vector *game, uint64_t calls, uint64_t seed, double *matrix, metagame_error *err);
metagame_status bench_kernelshap(bench_vector *game, uint64_t calls, uint64_t seed, double *matrix, metagame_error *err);

#endif
