/* SPDX-License-Identifier: MIT */
/* Numbers of a result from tallies. */
#ifndef MTG_CLOSED_H
#define MTG_CLOSED_H

#include "estimate/numbers.h"
#include "game/problem.h"

/* The matrix of a cardinal attribution (problem->closed) from the tally of its value game, which has one column. */
void mtg_closed_numbers(const mtg_problem *problem, const mtg_tally *tally, mtg_numbers *numbers);
/* In what proportions to draw sizes 0..n of base values: those of least variance of the matrix, where what a surrogate leaves
 * over is white noise whose variance grows like the size. */
void mtg_closed_shares(const mtg_problem *problem, double *shares);
/* First-order values of the targets' own games, for outer Shapley and Banzhaf values. */
void mtg_tally_numbers(const mtg_problem *problem, const mtg_tally *tally, mtg_numbers *numbers);

#endif
