/* SPDX-License-Identifier: MIT */
/* The models that `metagame table` knows: XGBoost's, and programs. */
#ifndef TOOL_TABLE_MODEL_H
#define TOOL_TABLE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "csv.h"
#include "metagame.h"
#include "program.h"

typedef struct table_model_options {
  const char *xgboost, *command; /* one of them */
  uint64_t threads;
  bool margin, quiet;
} table_model_options;

typedef struct table_model {
  metagame_model *model;
  program *program;
  const char **names; /* of the features, from the model's file; NULL: it has none */
  uint32_t n_names;
  void *engine;
  uint32_t n_outputs;
} table_model;

/* Whether the XGBoost part was built. */
bool table_model_has_xgboost(void);
/* The file of the model, before the tables are read: its names of features, if any. TOOL_OK, or another code after a message. */
int table_model_open(table_model *out, const table_model_options *options);
/* The model, for rows of `n_features`; `row` is one of them. */
int table_model_make(table_model *out, const table_model_options *options, const double *row, uint32_t n_features);
/* After the games. */
void table_model_free(table_model *model);

#endif
