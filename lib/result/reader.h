/* SPDX-License-Identifier: MIT */
/* Taking known keys of an object out of checked JSON: places first, then values in any order. */
#ifndef MTG_READER_H
#define MTG_READER_H

#include "result/document.h"
#include "result/json.h"

/* Keys of a result, of its steps and of its diagnosis. */
typedef enum mtg_key {
  KEY_FORMAT, KEY_VERSION, KEY_ATTRIBUTOR, KEY_MASKING_ID, KEY_SOLVER, KEY_OUTER, KEY_PINNED,
  KEY_COMPLETE, KEY_SYMMETRIC, KEY_CLOSED_FORM, KEY_USER_CODE, KEY_SEED, KEY_EVALUATIONS,
  KEY_VALUE_EVALUATIONS, KEY_ASKED, KEY_LOOKS, KEY_STOPPED, KEY_UNITS, KEY_RANK, KEY_FULL_RANK,
  KEY_CONDITION, KEY_CHOSEN, KEY_PROCESS, KEY_SPARSE, KEY_LEFT_OUT, KEY_MASKINGS, KEY_DIAGNOSIS,
  KEY_REASON, KEY_AUDIT, KEY_AUDIT_ROWS, KEY_AUDIT_ERROR, KEY_PLAYERS, KEY_TARGETS, KEY_OWN_PLAYER,
  KEY_GRID, KEY_GAPS, KEY_TITLE, KEY_NOTES, KEY_STEPS, KEY_LABEL, KEY_FIRST_ORDER, KEY_BASE,
  KEY_MATRIX, KEY_STDERR, KEY_SPREAD, KEY_RESIDUAL, KEY_SCALE, KEY_DEGREES, KEY_GROUND,
  MTG_N_KEYS
} mtg_key;

typedef struct mtg_reader {
  mtg_json json;
  const mtg_alloc *alloc;
  mtg_kept *kept;
  size_t texts_used;
  uint32_t n, m;
} mtg_reader;

/* Places of the keys of one object; 0: not there (a value is never at the first byte). */
typedef struct mtg_places {
  size_t at[MTG_N_KEYS];
} mtg_places;

/* Places in the object here, and the end of it. `prefix`: of its keys, in errors. */
metagame_status mtg_reader_find(mtg_reader *r, const char *prefix, mtg_places *p);
/* Goes to a key that may be missing: 1 when it is there. */
int mtg_reader_seek(mtg_reader *r, const mtg_places *p, const char *prefix, mtg_key k);
/* Goes to a key, or says that it is missing in the object that begins at `object`. */
metagame_status mtg_reader_need(mtg_reader *r, const mtg_places *p, const char *prefix,
                                size_t object, mtg_key k);
/* The list here has `count` entries; `what` they are. */
metagame_status mtg_reader_need_list(mtg_reader *r, size_t count, const char *what);
/* Names "list[index]" in errors. */
void mtg_reader_index(mtg_reader *r, const char *list, size_t index);

/* Values here. Texts live in r->kept. */
metagame_status mtg_reader_text(mtg_reader *r, const char **out);
metagame_status mtg_reader_texts(mtg_reader *r, const char ***out, size_t count, const char *list);
metagame_status mtg_reader_vector(mtg_reader *r, double *out); /* m numbers */
metagame_status mtg_reader_matrix(mtg_reader *r, double *out); /* m x n */
/* The number of the word among `words`. */
metagame_status mtg_reader_one_of(mtg_reader *r, const char *const *words, size_t count,
                                  int32_t *out);

/* Solver, counts and flags, and what stands behind them: info, reason and audit of the result. */
metagame_status mtg_reader_provenance(mtg_reader *r, const mtg_places *p, metagame_result *result);

#endif
