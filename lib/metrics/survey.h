/* SPDX-License-Identifier: MIT */
/* Rows of any game, direct or formula, at listed coalitions, in batches; every row is checked to be finite. */
#ifndef MTG_SURVEY_H
#define MTG_SURVEY_H

#include "game/game.h"

typedef struct mtg_survey {
  uint64_t n_rows;
  uint32_t batch; /* >= 1 */
  void *context;
  /* Coalition `index` into `mask`, whose words hold anything: a function of the index alone. */
  void (*coalition)(void *context, uint64_t index, uint64_t *mask);
  /* Row `index`, in order. */
  void (*visit)(void *context, uint64_t index, const uint64_t *mask, const double *row);
} mtg_survey;

/* Memory: batch * (words + row), and for formula games their values. */
metagame_status mtg_survey_run(const mtg_survey *survey, const metagame_game *game, metagame_error *err);

#endif
