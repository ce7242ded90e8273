/* SPDX-License-Identifier: MIT */
/* One golden case: a model, a method, players and targets, and what must come out (schema: tests/cases/README.md). */
#ifndef RUN_CASES_CASE_H
#define RUN_CASES_CASE_H

#include <stddef.h>
#include <stdint.h>

#include "metagame.h"
#include "support.h"

struct cJSON;

enum { CASE_POLYNOMIAL = 0, CASE_MLP, CASE_TABLE, CASE_ATTRIBUTION_TABLE };

typedef struct golden_case {
  int kind;
  uint32_t n_features; /* 0 for attribution tables */
  ts_poly *poly;
  ts_mlp *mlp;
  ts_table *table; /* both kinds of table */
  double *x, *baseline, *inner_baseline; /* inner_baseline: NULL when the case has none */
  const char *method;                    /* as the library spells it; NULL for attribution tables */
  ts_groups players, targets;
  int32_t *own; /* of each target; by the rule when the file leaves it out */
  struct cJSON *root;
} golden_case;

enum { CASE_MESSAGE = 512, GOLDEN_INDICES = 9 };

/* Returns 0, or -1 with the reason in `why` (CASE_MESSAGE bytes). Call golden_case_clear in both cases. */
int golden_case_parse(golden_case *out, const char *text, char *why);
void golden_case_clear(golden_case *c);
/* The whole file as a string (free it), NULL with the reason in `why`. */
char *golden_read_file(const char *path, char *why);

typedef struct golden_result {
  size_t n, m;
  double *phi, *phi_empty, *base_pinned;                                 /* m */
  double *meta, *meta_pinned, *meta_banzhaf, *meta_pinned_banzhaf;       /* m x n, as the library lays them out */
  double *third, *third_pinned; /* m x n x n, [i][j][k] = phi_{k->j->i}; NULL above 5 players or targets */
  int has_interactions;         /* of the scalar game f(x_S); not for attribution tables */
  double value_full, value_empty;
  double *indices[GOLDEN_INDICES]; /* n or n x n each, in the order of golden_indices */
} golden_result;

/* The indices of the schema: their keys and how the library is asked. */
typedef struct golden_index {
  const char *key;
  int32_t kind;
  uint32_t order, max_order;
} golden_index;
extern const golden_index golden_indices[GOLDEN_INDICES];

/* Runs the exact solver, pinned and unpinned, outer Shapley and Banzhaf, and the indices. 0, or -1 with the reason in `why`. */
int golden_solve(golden_result *out, golden_case *c, char *why);
void golden_result_clear(golden_result *result);
/* Writes the result; -1 when the file cannot be written. */
int golden_write(const golden_result *result, const char *path, char *why);

/* Worst error of a result file against the expected values of a case, in units of its tolerance; 0 or -1 with the reason. */
int golden_check(double *worst, const golden_case *c, const char *result_text, char *why);

#endif
