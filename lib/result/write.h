/* SPDX-License-Identifier: MIT */
/* Results as data: JSON and CSV (docs/result-format.md), NumPy arrays. */
#ifndef MTG_WRITE_H
#define MTG_WRITE_H

#include "result/document.h"
#include "result/text.h"

void mtg_write_json(mtg_text *text, const metagame_result *result, const metagame_document *document);
void mtg_write_csv(mtg_text *text, const metagame_result *result, const metagame_document *document);
/* values NULL: zeros. */
void mtg_write_npy(mtg_text *text, const double *values, uint32_t n_dims, const uint64_t *shape);

#endif
