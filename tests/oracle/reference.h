/* SPDX-License-Identifier: MIT */
/* First-order attributions of a numeric model at every coalition, straight from their definitions. */
#ifndef TEST_REFERENCE_H
#define TEST_REFERENCE_H

#include "support.h"

/* Either model or table is the model. Groups may be NULL as in the library. */
typedef struct ref_problem {
  metagame_model *model; /* borrowed */
  ts_table *table;
  uint32_t n_features, output;
  const double *x, *background;
  size_t n_background;
  const metagame_groups *players, *targets;
  const double *inner; /* baseline of the attribution; NULL: the background row */
  const char *method;  /* the library's name */
  bool own_scale;      /* errors are relative to the game's own scale also where it is below 1 */
} ref_problem;

/* ts_mlp_random as a model. */
metagame_model *random_network(ts_rng *rng, uint32_t n_features, uint32_t hidden, uint32_t n_outputs, int32_t activation, double gain);

/* Row T, column i: the attribution of target i at coalition T, the mean over the background. Own players by the rule. */
ts_table *ref_attributions(const ref_problem *problem);
/* The same problem put to the library. Fails the running test on an error. */
metagame_game *ref_game(const ref_problem *problem);
/* Both, and the exact solver on the game against brute force on the table: pinned, unpinned, Shapley, Banzhaf. */
void ref_expect_equal(const ref_problem *problem, double tolerance);

#endif
