/* SPDX-License-Identifier: MIT */
/* How two lists of finite numbers agree. */
#ifndef MTG_AGREEMENT_H
#define MTG_AGREEMENT_H

#include "base/alloc.h"
#include "metagame/metrics.h"

typedef struct mtg_agreement {
  mtg_alloc alloc;
  size_t count, k;
  double *x, *y;           /* ranks, or magnitudes */
  size_t *order, *scratch;
  unsigned char *in_top;
} mtg_agreement;

/* The default of k; METAGAME_E_ARGUMENT for a count or k out of range. */
metagame_status mtg_agreement_k(size_t *k, size_t count, metagame_error *err);
metagame_status mtg_agreement_open(mtg_agreement *agreement, size_t count, size_t k, const mtg_alloc *alloc, metagame_error *err);
void mtg_agreement_close(mtg_agreement *agreement);
/* Everything but struct_size. */
void mtg_agreement_of(mtg_agreement *agreement, const double *a, const double *b, metagame_comparison *out);

#endif
