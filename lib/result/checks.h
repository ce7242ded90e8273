/* SPDX-License-Identifier: MIT */
/* A report while it is made: what verify.c and suspects.c share. */
#ifndef MTG_CHECKS_H
#define MTG_CHECKS_H

#include "result/result.h"

enum { MTG_EXACT_MOST_PLAYERS = 16 };

struct metagame_report {
  mtg_alloc alloc;
  size_t count;
  metagame_check *checks;
};

/* A sampled part of the result that is far from what it should be, or has no error bars. */
typedef struct mtg_suspect {
  metagame_check *check; /* in the report */
  int64_t target;  /* -1: opposite entries of all targets */
  int has_bars;
  double distance; /* in the scatter of other runs */
  int is_common;   /* one of them is as far off */
} mtg_suspect;

typedef struct mtg_checks {
  metagame_report *report;
  const metagame_result *result;
  const metagame_game *game;
  metagame_verify_options options;
  metagame_result *exact; /* NULL: not asked */
  int has_pairs;          /* symmetry is decided by other runs, too */
  mtg_suspect *suspects;  /* room for each target, and for symmetry */
  size_t n_suspects;
} mtg_checks;

/* A number that is 0 but for sampling: an entry less its exact value, or less the opposite entry.
 * */
typedef struct mtg_contrast {
  double value;     /* 0 where it is of the size of rounding */
  double deviation; /* its standard error; NaN: not known */
} mtg_contrast;

/* Entry of a target less its exact value. */
mtg_contrast mtg_contrast_exact(const mtg_checks *checks, const mtg_numbers *run, uint32_t target,
                                uint32_t player);
/* What is in opposite places of the two targets: nothing where they do not both have own players,
 * and different ones. */
int mtg_has_opposite(const metagame_result *result, uint32_t target, uint32_t other);
mtg_contrast mtg_contrast_opposite(const mtg_checks *checks, const mtg_numbers *run,
                                   uint32_t target, uint32_t other);

/* Decides the suspects by runs with other seeds. */
metagame_status mtg_judge_suspects(mtg_checks *checks, metagame_error *err);

#endif
