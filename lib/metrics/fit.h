/* SPDX-License-Identifier: MIT */
/* R^2 of predictions of the m targets of a game, with a jackknife. */
#ifndef MTG_FIT_H
#define MTG_FIT_H

#include "metrics/draws.h"
#include "metrics/survey.h"

typedef struct mtg_predictor {
  const int32_t *own; /* m: targets with an own player are judged on coalitions that hold it */
  double (*predict)(const void *model, uint32_t target, const uint64_t *mask);
  const void *model;
} mtg_predictor;

/* r2 and error (NULL allowed): m entries, written on success only. */
metagame_status mtg_fit_run(const metagame_game *game, const mtg_draws *draws, const mtg_predictor *predictor, double *r2,
                            double *error, metagame_error *err);

/* Raises *exponent to that of `magnitude`; how far, 0 when it stands. Sums of squares are taken of numbers over 2^exponent, because
 * values go from 1e-150 to 1e150. Starts at MTG_NO_EXPONENT. */
enum { MTG_NO_EXPONENT = -100000 };
int mtg_raise_exponent(int *exponent, double magnitude);

#endif
