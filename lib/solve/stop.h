/* SPDX-License-Identifier: MIT */
/* The one place that says stop: rules of precision, the looks at which they are asked, and the time limit. */
#ifndef MTG_STOP_H
#define MTG_STOP_H

#include "estimate/numbers.h"

typedef struct mtg_stop {
  int has_rules;
  double target_stderr, precision, relative_precision, confidence; /* as in the options; 0: no such rule */
  int32_t resolve;
  uint32_t top_k;
  double max_seconds, began; /* the clock is not read where there is no limit */
  uint64_t limit;            /* evaluations of the last stage */
  uint32_t n_stages, stage;  /* looks planned; the one that comes next */
  int32_t stopped;           /* METAGAME_STOP_*, once has_ended */
  int has_ended;
} mtg_stop;

/* Checks and copies the options. */
metagame_status mtg_stop_read(mtg_stop *stop, const metagame_options *options, metagame_error *err);
/* Stages whose budgets double, from `first` at least up to `limit`; begins the time. */
void mtg_stop_begin(mtg_stop *stop, uint64_t first, uint64_t limit);
uint64_t mtg_stop_budget(const mtg_stop *stop, uint32_t stage);
int mtg_stop_is_late(const mtg_stop *stop);
/* Whether the numbers hold what the rules ask. room: 2 n doubles. */
int mtg_stop_is_resolved(const mtg_stop *stop, const mtg_numbers *numbers, const int32_t *own, double *room);

#endif
