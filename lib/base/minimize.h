/* SPDX-License-Identifier: MIT */
/* Minimum of a smooth function in a box: limited-memory BFGS with clamped steps. */
#ifndef MTG_MINIMIZE_H
#define MTG_MINIMIZE_H

#include <stddef.h>

enum { MTG_MINIMIZE_PAIRS = 8 };

/* Value and gradient at x; nonzero where the function is not defined. */
typedef int (*mtg_objective)(void *context, const double *x, double *value, double *gradient);

/* From x, which must be defined and in the box, to a better x; at most `most` iterations. `scratch`: mtg_minimize_scratch(n) numbers.
 * (Nocedal, Wright, "Numerical optimization", 2006, algorithm 7.4, with steps clamped to the box and a backtracking search.) */
void mtg_minimize(size_t n, double *x, const double *lower, const double *upper, size_t most, mtg_objective f, void *context,
                  double *scratch);
static inline size_t mtg_minimize_scratch(size_t n) { return (2 * MTG_MINIMIZE_PAIRS + 5) * n + 2 * MTG_MINIMIZE_PAIRS; }

#endif
