/* SPDX-License-Identifier: MIT */
/* A result: numbers and provenance. Immutable. */
#ifndef MTG_RESULT_H
#define MTG_RESULT_H

#include "base/alloc.h"
#include "estimate/numbers.h"

struct metagame_result {
  mtg_alloc alloc;
  metagame_result_info info;
  mtg_numbers numbers;
  double *residual;
  int32_t *own_player;
  char *attributor, *masking_id;
};

#endif
