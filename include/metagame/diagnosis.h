/* SPDX-License-Identifier: MIT */
/* metagame/diagnosis.h - what stands behind the numbers of a result: which solver gave them and
 * why, what the audit of its model found, how large the error is expected to be, and how many
 * evaluations would halve it. As data, and as one sentence for people. Results carry it, files keep
 * it (docs/result-format.md); docs/stopping.md tells how to read it. Not included by metagame.h. */
#ifndef METAGAME_DIAGNOSIS_H
#define METAGAME_DIAGNOSIS_H

#include "metagame.h"

METAGAME_BEGIN_DECLS

/* Why this solver. */
enum {
  METAGAME_REASON_UNKNOWN = 0,     /* of a file that does not say; of an average: they differ */
  METAGAME_REASON_NAMED = 1,       /* options.solver names it */
  METAGAME_REASON_ALL = 2,         /* the budget holds every coalition */
  METAGAME_REASON_BASE_VALUES = 3, /* interactions, or a matrix that follows from base values */
  METAGAME_REASON_ONLY = 4,        /* no other one has what the options ask for */
  METAGAME_REASON_MODEL = 5,       /* few evaluations: a model of the game, as its audit allows */
  METAGAME_REASON_SIZE = 6,        /* players, budget or max_bytes leave this one */
  METAGAME_REASON_TABLE = 7        /* the values were given */
};

/* The audit of a model (gaussian solver): predictions of rows that neither its parameters nor the
 * choice of coalitions had seen. */
enum {
  METAGAME_AUDIT_NONE = 0,   /* there is no model, or no row to audit it by */
  METAGAME_AUDIT_PASSED = 1, /* it predicts them better than regression: its numbers are used */
  METAGAME_AUDIT_FAILED = 2, /* it does not: regression's numbers are used */
  METAGAME_AUDIT_MIXED = 3   /* passed for some targets, failed for others */
};

/* Why entries of a target have no standard error. */
enum {
  METAGAME_GROUND_ENOUGH = 0, /* they have one, or are exact */
  METAGAME_GROUND_FEW = 1,    /* too few independent units behind them; in a file: not said */
  METAGAME_GROUND_RARE = 2,   /* what moves the target was seen in too few rows to say how often it
                               * happens */
  METAGAME_GROUND_UNSEEN = 3, /* no row in between nobody and everyone moves the target: a rare event
                               * that nothing has shown cannot be measured */
  METAGAME_GROUND_PARTIAL = 4 /* the run ended before the numbers were known */
};

/* Entries are those of the matrix but the effect of a target's own player, which is evaluated and
 * not estimated. The error of a target is the root mean square of the standard errors of those of
 * its entries that have one. */
typedef struct metagame_diagnosis {
  size_t struct_size;
  int32_t solver;      /* METAGAME_SOLVER_*, as metagame_result_info has it */
  int32_t reason;      /* METAGAME_REASON_* */
  int32_t audit;       /* METAGAME_AUDIT_* */
  int32_t ground;      /* METAGAME_GROUND_* of the first target that has entries without interval */
  uint64_t audit_rows; /* rows of the audit, of the target with the fewest; 0 without one */
  double audit_error;  /* squared error of the model over that of regression at these rows, of the
                        * worst target; NaN without audit */
  double predicted_error; /* error of the worst target, in the units of the matrix; 0 when exact;
                           * NaN where no entry has a standard error */
  double relative_error;  /* the same as a part of that target's metagame_result_scale: by this the
                           * worst target is chosen; infinite where the scale is 0 */
  uint64_t n_entries;  /* entries, of all targets */
  uint64_t n_without;  /* those of them without an interval */
  int64_t worst_target; /* -1 where predicted_error is 0 for exact numbers, or NaN */
  uint64_t evaluations; /* those of metagame_result_info */
  uint64_t halving;    /* how many more halve predicted_error, at most about: three times
                        * `evaluations`, since sampling errors fall like 1/sqrt(evaluations), but no
                        * more than lack to exact_at; 0 where predicted_error is 0 or NaN */
  uint64_t exact_at;   /* evaluations in all that make the numbers exact; 0 where they are, and
                        * where no solver can (above METAGAME_EXACT_MAX_PLAYERS) */
} metagame_diagnosis;
#define METAGAME_DIAGNOSIS_INIT \
  { sizeof(metagame_diagnosis), 0, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0, 0, 0, 0, 0, 0 }

/* Fills *out. The call reads the result alone and takes time n_targets * n_players.
 * Threads: any.
 * Errors:
 *   METAGAME_E_NULL         result or out is NULL
 *   METAGAME_E_STRUCT_SIZE  out->struct_size is out of range */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_result_diagnose(
  const metagame_result *result, metagame_diagnosis *out, metagame_error *err);

/* n_targets METAGAME_GROUND_*: why entries of a target have no standard error. The array lives as
 * long as the result. NULL where metagame_result_stderr is. */
METAGAME_API const int32_t *metagame_result_ground(const metagame_result *result);

/* Bytes that every sentence has room in, with its NUL. */
#define METAGAME_SENTENCE_ROOM 1024

/* The diagnosis as one sentence: printable ASCII, a full stop at its end, then a NUL. *needed (NULL
 * allowed) gets the bytes of the whole sentence with its NUL. A text that has less room is cut, and
 * ends in a NUL, too. `text` may be NULL where room is 0: then only *needed is written.
 * The words may change between releases; programs read metagame_result_diagnose.
 * Threads: any.
 * Errors:
 *   METAGAME_E_NULL      result is NULL, or text where room is not 0, or both text and needed
 *   METAGAME_E_ARGUMENT  room is less than the sentence needs; the text is cut */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_result_sentence(
  const metagame_result *result, char *text, size_t room, size_t *needed, metagame_error *err);

METAGAME_END_DECLS
#endif
