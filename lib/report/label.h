/* SPDX-License-Identifier: MIT */
/* Labels for people: hostile text made visible and inert, cut to a width that is estimated without a font. */
#ifndef MTG_LABEL_H
#define MTG_LABEL_H

#include "base/alloc.h"
#include "result/text.h"

typedef struct mtg_label {
  char *full;  /* what cannot be seen is spelled out; valid UTF-8, still to be escaped */
  char *brief; /* the same or its beginning with "..." as one character */
  double width; /* of brief, in em of a wide sans-serif: labels set apart by it do not touch */
  int is_cut;
} mtg_label;

/* Both texts in one block at `full`. `most`: em of brief. NULL pointers where there is no memory. */
int mtg_label_open(mtg_label *label, const mtg_alloc *alloc, const char *text, double most);
void mtg_label_close(mtg_label *label, const mtg_alloc *alloc);

/* Letters that are written from right to left minus those that are not. */
long mtg_label_direction(const char *text);

/* With & < > " ' escaped, for text and attributes of HTML and XML. `text` is clean already. */
void mtg_put_escaped(mtg_text *out, const char *text);
/* Cleans on the way: for texts that are put once (notes, gaps). Spaces stay as they are. */
void mtg_put_clean(mtg_text *out, const char *text);

#endif
