/* SPDX-License-Identifier: MIT */
/* A numeric model at a point x under a masking: which row of numbers a coalition stands for. */
#ifndef MTG_MASKED_H
#define MTG_MASKED_H

#include "game/groups.h"
#include "game/model.h"

typedef struct mtg_masked {
  mtg_alloc alloc;
  metagame_model *model;
  uint32_t n_features, n_outputs;
  double *x;
  double *background; /* n_background rows */
  size_t n_background;
  mtg_groups players;
  int32_t *player; /* of each feature; METAGAME_NO_PLAYER: always present */
  atomic_uint holders;
} mtg_masked;

metagame_status mtg_masked_create(mtg_masked **out, const metagame_model *model, const metagame_masking *masking, metagame_error *err);
mtg_masked *mtg_masked_hold(mtg_masked *masked);
void mtg_masked_release(mtg_masked *masked);

/* Row of coalition `mask` of players, absent features from background row b. */
void mtg_masked_row(const mtg_masked *masked, const uint64_t *mask, size_t b, double *row);

/* Fills the row that mask number `index` stands for with background row b. */
typedef void (*mtg_row_fn)(const void *context, size_t index, size_t b, double *row);

/* values[r] (n_outputs each) = mean over the background of f at the rows that `fill` makes of index r. */
metagame_status mtg_masked_mean(const mtg_masked *masked, size_t n_rows, mtg_row_fn fill, const void *context, double *values,
                                metagame_error *err);

#endif
