/* SPDX-License-Identifier: MIT */
/* First-order attributions of a numeric model at every coalition, straight from their definitions. */
#ifndef TEST_REFERENCE_H
#define TEST_REFERENCE_H

#include "support.h"

/* One of poly, mlp and table is the model. Groups may be NULL as in the library. */
typedef struct ref_problem {
  ts_poly *poly;
  ts_mlp *mlp;
  ts_table *table;
  uint32_t n_features, output;
  const double *x, *background;
  size_t n_background;
  const metagame_groups *players, *targets;
  const double *inner; /* baseline of the attribution; NULL: the background row */
  const char *method;  /* the library's name */
} ref_problem;

/* Row T, column i: the attribution of target i at coalition T, the mean over the background. Own players by the rule. */
ts_table *ref_attributions(const ref_problem *problem);
/* The same problem put to the library. Fails the running test on an error. */
metagame_game *ref_game(const ref_problem *problem);
/* Both, and the exact solver on the game against brute force on the table: pinned, unpinned, Shapley, Banzhaf. */
void ref_expect_equal(const ref_problem *problem, double tolerance);

#endif
