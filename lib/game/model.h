/* SPDX-License-Identifier: MIT */
/* A numeric model: the adopted callbacks, shared by the games that are made from it. */
#ifndef MTG_MODEL_H
#define MTG_MODEL_H

#include <stdatomic.h>

#include "base/alloc.h"
#include "base/lock.h"

struct metagame_model {
  mtg_alloc alloc;
  atomic_uint holders;
  mtg_lock lock; /* serialises callbacks that are not thread-safe */
  metagame_model_callbacks callbacks;
};

metagame_model *mtg_model_hold(const metagame_model *model);

/* The callbacks on any number of rows, in batches of at most max_batch. */
metagame_status mtg_model_evaluate(metagame_model *model, const double *rows, size_t n_rows, double *values, metagame_error *err);
metagame_status mtg_model_gradient(metagame_model *model, const double *rows, size_t n_rows, uint32_t output, double *gradients,
                                   metagame_error *err);

#endif
