/* SPDX-License-Identifier: MIT */
/* What goes beside the numbers of a result: labels, notes, steps, the image grid. */
#ifndef MTG_DOCUMENT_H
#define MTG_DOCUMENT_H

#include "metagame/report.h"
#include "result/result.h"

/* What a result was read with; its texts are in one block. */
typedef struct mtg_kept {
  metagame_document view; /* points into the arrays below */
  char *texts;
  const char **players, **targets, **gaps, **note_keys, **note_values, **step_labels; /* NULL: the file had none */
  metagame_result **steps;
} mtg_kept;

void mtg_kept_destroy(const mtg_alloc *alloc, mtg_kept *kept); /* NULL allowed */

/* The document of a call: its fields, checked, and where they are NULL or 0 those that the result was read with. `raw` may be NULL. */
metagame_status mtg_document_resolve(metagame_document *out, const metagame_result *result, const metagame_document *raw,
                                     metagame_error *err);

/* Label of a player, of a target, of a step; `number` (16 bytes) holds an index where there is no label. */
const char *mtg_player_label(const metagame_document *document, uint32_t player, char *number);
const char *mtg_target_label(const metagame_document *document, const metagame_result *result, uint32_t target, char *number);
const char *mtg_step_label(const metagame_document *document, size_t step, char *number);

/* A result like `result` with other targets: numbers of m targets, all zero, its provenance. A step is part of `result` and shares its
 * texts: many small steps of a long attributor would else take memory in no proportion to their file. */
metagame_status mtg_result_open_like(metagame_result **out, const metagame_result *result, const int32_t *own_player, uint32_t m,
                                     int is_step, metagame_error *err);

#endif
