/* SPDX-License-Identifier: MIT */
/* metagame_xgboost.h - trees as a numeric model: a file of XGBoost, ready for metagame_model_create.
 *
 * Status, error, struct_size and ownership rules are those of metagame.h. Rows are handed to XGBoost as doubles, in batches, and turned
 * into floats there. There is no gradient: trees are flat. A handle may be used by several threads; its predictions run one after the
 * other. This library prints nothing; XGBoost's own warnings are silenced for the thread that loads the model, on request. */
#ifndef METAGAME_XGBOOST_H
#define METAGAME_XGBOOST_H

#include "metagame.h"

METAGAME_BEGIN_DECLS

typedef struct metagame_xgboost metagame_xgboost;

/* Flag: sums of the leaves (log-odds, for example) in place of transformed values (probabilities). */
#define METAGAME_XGBOOST_MARGIN UINT64_C(1)
/* Flag: no messages of XGBoost on standard error. Its verbosity is a setting of the thread, and stays. */
#define METAGAME_XGBOOST_SILENT UINT64_C(2)

typedef struct metagame_xgboost_options {
  size_t struct_size;
  const char *model_path; /* REQUIRED: JSON, UBJSON or XGBoost's older binary format */
  uint64_t flags;         /* METAGAME_XGBOOST_* */
  uint64_t max_batch;     /* most rows in one prediction; default 4096 */
  uint32_t n_threads;     /* 1..512; default 1 */
  uint32_t reserved;      /* zero */
} metagame_xgboost_options;
#define METAGAME_XGBOOST_OPTIONS_INIT { sizeof(metagame_xgboost_options), NULL, 0, 0, 0, 0 }

/* Loads the model and predicts one row, to see that it can and how many outputs there are. Errors: NULL, STRUCT_SIZE, FLAGS, ARGUMENT
 * (field, value and range; a missing or damaged file), UNSUPPORTED (a model that cannot predict from rows), NOMEM. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_xgboost_create(metagame_xgboost **out,
                                                                         const metagame_xgboost_options *options,
                                                                         metagame_error *err);
/* Gives up the caller's hold; models made from the handle keep theirs. */
METAGAME_API void metagame_xgboost_destroy(metagame_xgboost *handle);

METAGAME_API uint32_t metagame_xgboost_n_features(const metagame_xgboost *handle);
METAGAME_API uint32_t metagame_xgboost_n_outputs(const metagame_xgboost *handle);
/* Name of a feature in the file, as long as the handle lives; NULL where the file has none, and for features that do not exist. */
METAGAME_API const char *metagame_xgboost_feature_name(const metagame_xgboost *handle, uint32_t feature);

/* Fills *out, to be handed to metagame_model_create (which then owns out->user). Calling out->destroy(out->user) instead releases it.
 * A prediction that fails returns 1 with XGBoost's message. Errors: NULL, STRUCT_SIZE. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_xgboost_callbacks(metagame_xgboost *handle, metagame_model_callbacks *out,
                                                                            metagame_error *err);

METAGAME_END_DECLS
#endif
