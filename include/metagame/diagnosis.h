/* SPDX-License-Identifier: MIT */
/* diagnosis.h - what stands behind the numbers of a result: which solver gave them and why, what the audit of its model found, how
 * large the error is expected to be, and what it would take to halve it. As data, and as one sentence for people. Part of
 * metagame.h: results carry it, files keep it. docs/stopping.md tells how to read it. */
#ifndef METAGAME_DIAGNOSIS_H
#define METAGAME_DIAGNOSIS_H

#include "metagame.h"

METAGAME_BEGIN_DECLS

/* Why this solver. */
enum {
  METAGAME_REASON_UNKNOWN = 0,     /* of a file that does not say */
  METAGAME_REASON_NAMED = 1,       /* options.solver names it */
  METAGAME_REASON_ALL = 2,         /* the budget holds every coalition */
  METAGAME_REASON_BASE_VALUES = 3, /* interactions, or a matrix that follows from base values */
  METAGAME_REASON_ONLY = 4,        /* no other one has what the options ask for */
  METAGAME_REASON_MODEL = 5,       /* few evaluations: a model of the game, where its audit allows it */
  METAGAME_REASON_SIZE = 6,        /* players, budget or max_bytes leave this one */
  METAGAME_REASON_TABLE = 7        /* the values were given */
};

/* The audit of a model (gaussian solver): predictions of rows that neither its parameters nor the choice of coalitions had seen. */
enum {
  METAGAME_AUDIT_NONE = 0,   /* there is no model, or no row to audit it by */
  METAGAME_AUDIT_PASSED = 1, /* the model predicts what it has not seen better than regression does: its numbers are used */
  METAGAME_AUDIT_FAILED = 2, /* it does not: regression's numbers are used */
  METAGAME_AUDIT_MIXED = 3   /* passed for some targets, failed for others */
};

/* Why entries of a target have no standard error. */
enum {
  METAGAME_GROUND_ENOUGH = 0, /* they have one, or are exact */
  METAGAME_GROUND_FEW = 1,    /* too few independent units behind them */
  METAGAME_GROUND_RARE = 2,   /* what moves the target was seen in too few rows to say how often it happens */
  METAGAME_GROUND_UNSEEN = 3, /* the target changes between nobody and everyone, but in no row in between: a rare event that
                               * nothing has shown cannot be measured */
  METAGAME_GROUND_PARTIAL = 4 /* the run ended before the numbers were known */
};

METAGAME_END_DECLS
#endif
