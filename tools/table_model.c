/* SPDX-License-Identifier: MIT */
#include "table_model.h"

#include <stdlib.h>
#include <string.h>

#include "tool.h"

#ifdef TOOL_XGBOOST
#include "metagame_xgboost.h"
#endif

enum { PROGRAM_BATCH = 1024 };

static const tool_name names[] = {
  { "options.model_path", "--xgboost" },
  { "options.n_threads", "--threads" },
  { NULL, NULL },
};

bool table_model_has_xgboost(void) {
#ifdef TOOL_XGBOOST
  return true;
#else
  return false;
#endif
}

#ifdef TOOL_XGBOOST
static int open_xgboost(table_model *out, const table_model_options *options) {
  metagame_xgboost_options mine = METAGAME_XGBOOST_OPTIONS_INIT;
  metagame_xgboost *engine = NULL;
  metagame_error err = METAGAME_ERROR_INIT;
  mine.model_path = options->xgboost;
  mine.flags = METAGAME_XGBOOST_SILENT | (options->margin ? METAGAME_XGBOOST_MARGIN : 0);
  mine.n_threads = (uint32_t)options->threads;
  metagame_status status = metagame_xgboost_create(&engine, &mine, &err);
  if (status < 0) {
    char text[1024];
    tool_translate(text, sizeof text, err.message);
    return tool_fail(status == METAGAME_E_NOMEM ? TOOL_RESOURCES : TOOL_MODEL, "%s", text);
  }
  out->engine = engine;
  out->n_outputs = metagame_xgboost_n_outputs(engine);
  if (!metagame_xgboost_feature_name(engine, 0)) return TOOL_OK;
  out->n_names = metagame_xgboost_n_features(engine);
  out->names = malloc(out->n_names * sizeof *out->names);
  if (!out->names) return tool_fail(TOOL_RESOURCES, "no memory");
  for (uint32_t k = 0; k < out->n_names; ++k) out->names[k] = metagame_xgboost_feature_name(engine, k);
  return TOOL_OK;
}

static int make_xgboost(table_model *out, uint32_t n_features) {
  metagame_model_callbacks callbacks = METAGAME_MODEL_CALLBACKS_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  const uint32_t wanted = metagame_xgboost_n_features(out->engine);
  if (n_features != wanted) return tool_fail(TOOL_INPUT, "--x has %u columns, the model reads %u features", n_features, wanted);
  metagame_status status = metagame_xgboost_callbacks(out->engine, &callbacks, &err);
  if (status >= 0) status = metagame_model_create(&out->model, &callbacks, NULL, &err);
  return status < 0 ? tool_fail_status(status, &err, TOOL_MODEL) : TOOL_OK;
}
#else
static int open_xgboost(table_model *out, const table_model_options *options) {
  (void)out, (void)options;
  return tool_fail(TOOL_USAGE, "--xgboost: this metagame was built without XGBoost");
}
static int make_xgboost(table_model *out, uint32_t n_features) {
  (void)out, (void)n_features;
  return TOOL_USAGE;
}
#endif

int table_model_open(table_model *out, const table_model_options *options) {
  memset(out, 0, sizeof *out);
  tool_set_names(names);
  if ((options->xgboost != NULL) == (options->command != NULL))
    return tool_fail(TOOL_USAGE, "one of --xgboost and --command must be given");
  if (options->margin && !options->xgboost) return tool_fail(TOOL_USAGE, "--margin needs --xgboost");
  return options->xgboost ? open_xgboost(out, options) : TOOL_OK;
}

int table_model_make(table_model *out, const table_model_options *options, const double *row, uint32_t n_features) {
  if (options->xgboost) return make_xgboost(out, n_features);
  metagame_model_callbacks callbacks = METAGAME_MODEL_CALLBACKS_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  out->program = program_start(options->command, n_features, options->quiet);
  if (!out->program) return TOOL_MODEL;
  const int code = program_probe(out->program, row, &out->n_outputs);
  if (code != TOOL_OK) return code;
  callbacks.n_features = n_features;
  callbacks.n_outputs = out->n_outputs;
  callbacks.max_batch = PROGRAM_BATCH;
  callbacks.user = out->program;
  callbacks.evaluate = program_evaluate;
  const metagame_status status = metagame_model_create(&out->model, &callbacks, NULL, &err);
  return status < 0 ? tool_fail_status(status, &err, TOOL_MODEL) : TOOL_OK;
}

void table_model_free(table_model *model) {
  metagame_model_destroy(model->model);
  program_stop(model->program);
#ifdef TOOL_XGBOOST
  metagame_xgboost_destroy(model->engine);
#endif
  free(model->names);
  memset(model, 0, sizeof *model);
}
