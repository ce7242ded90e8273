/* SPDX-License-Identifier: MIT */
/* metagame/verify.h - checks of a result: data, never an assertion. Included by metagame.h. */
#ifndef METAGAME_VERIFY_H
#define METAGAME_VERIFY_H

#include "metagame.h"

METAGAME_BEGIN_DECLS

/* Which checks. */
#define METAGAME_CHECK_DECOMPOSITION UINT64_C(1) /* per target: |residual| against a rounding
                                                  * tolerance; needs no game */
#define METAGAME_CHECK_SYMMETRY UINT64_C(2) /* METAGAME_CARDINAL, pinned targets: max |M_ij - M_ji|;
                                             * needs no game, but see below */
#define METAGAME_CHECK_BATCH UINT64_C(4)    /* per target (formula: per value): the same coalition
                                             * alone and in a batch; calls the game */
#define METAGAME_CHECK_REPEAT UINT64_C(8)   /* per target (formula: per value): the same batch
                                             * evaluated twice; calls the game */
#define METAGAME_CHECK_COMPLETENESS UINT64_C(16) /* the attributor's own sum rule with everyone
                                                  * present; calls the game */
#define METAGAME_CHECK_EXACT UINT64_C(32)   /* per target: against the exact solver, n <= 16; 2^n
                                             * evaluations; one masking */

/* EXACT and SYMMETRY of sampled results. What is within its error bars (Student t, at a level of
 * one false alarm in 1000 reports where they hold) has PASSED. What is outside is either wrong, or
 * its error bars are too small. So from 4 standard errors on the game is solved again with other
 * seeds, by the same solver with as many evaluations, `reruns` times or until one of these runs is
 * as far off in some target. If none is, the check has FAILED. A report on a right result has a
 * false alarm once in reruns + 1 times at most, whatever the game and its error bars. What is
 * outside of its error bars and has not FAILED is SKIPPED, with the reason: it can not be told from
 * chance. These runs evaluate no coalition twice (of more than 2^20, some). A right result takes
 * some 20 runs where it is looked at. A wrong one takes all of them, or 115 where it is 4 times as
 * far off as each of the first 99, which is enough.
 * SYMMETRY does so where its bit is set, `game` is given and n <= 16, and looks first, with 2^n
 * evaluations, whether the attribution itself is symmetric. Else it has FAILED only where it is
 * outside of its error bars by Chebyshev's inequality at the same level, sqrt(1000 m n) standard
 * errors, and is SKIPPED between the two.
 * docs/mathematics.md, section 7, says why, and how often it was wrong. */
typedef struct metagame_verify_options {
  size_t struct_size;
  uint64_t checks;    /* METAGAME_CHECK_*; default DECOMPOSITION | SYMMETRY, and COMPLETENESS where
                       * a game is given */
  double tolerance;   /* relative to the scale, for checks not in standard errors; default:
                       * docs/mathematics.md, section 7 */
  double evaluation_tolerance; /* BATCH and REPEAT, relative; default 0: bit for bit */
  uint64_t reruns;    /* 99..1000000; default 999 */
} metagame_verify_options;
#define METAGAME_VERIFY_OPTIONS_INIT { sizeof(metagame_verify_options), 0, 0.0, 0.0, 0 }

enum {
  METAGAME_CHECK_FAILED = 0,
  METAGAME_CHECK_PASSED = 1, /* never with a tolerance that is not finite */
  METAGAME_CHECK_SKIPPED = 2 /* no verdict, for the reason that the check has */
};
/* Why a check was skipped. */
enum {
  METAGAME_CHECK_DECIDED = 0,    /* it was not */
  METAGAME_CHECK_UNFIT = 1,      /* it does not apply to such a result or game */
  METAGAME_CHECK_UNKNOWN = 2,    /* the result is partial: numbers are not known */
  METAGAME_CHECK_LARGE = 3,      /* EXACT: more than 16 players */
  METAGAME_CHECK_NO_BARS = 4,    /* no standard errors, or hardly any degrees of freedom behind
                                  * them; runs with other seeds, if any, are as far off */
  METAGAME_CHECK_SMALL_BARS = 5, /* outside of its error bars, but so are runs with other seeds */
  METAGAME_CHECK_NO_GAME = 6,    /* outside of its error bars, and no game to run again */
  METAGAME_CHECK_NO_RUNS = 7     /* the same, and the game does not run again as it did: its solver
                                  * takes another budget, or the result is not of that game */
};
typedef struct metagame_check {
  size_t struct_size;
  const char *name;  /* static string: "decomposition", ... */
  int64_t target;    /* -1: the whole result */
  int64_t outcome;   /* METAGAME_CHECK_FAILED, ... */
  double residual;   /* what was found, in the units of the attribution. Sampled EXACT and SYMMETRY:
                      * in standard errors; FAILED by other runs: in their scatter */
  double scale;      /* the natural size it is compared with */
  double tolerance;  /* passed when residual <= tolerance, same units; FAILED by other runs: that of
                      * the run that is furthest off */
  int64_t reason;    /* METAGAME_CHECK_DECIDED, ... */
} metagame_check;
#define METAGAME_CHECK_INIT { sizeof(metagame_check), NULL, 0, 0, 0.0, 0.0, 0.0, 0 }

typedef struct metagame_report metagame_report;
/* `game` (the one that was solved) may be NULL for checks that need none; `options` may be NULL. A
 * failing check is data, not an error. Of a result of several maskings `game` is any of the games, and
 * BATCH, REPEAT and COMPLETENESS are about that one.
 * Threads: any; callbacks run on the caller's.
 * Errors:
 *   METAGAME_E_NULL         out or result is NULL, or game where a check needs one
 *   METAGAME_E_ARGUMENT     a tolerance or reruns is out of range, or the game has another shape
 *   METAGAME_E_FLAGS        options.checks has an unknown bit
 *   METAGAME_E_STRUCT_SIZE  of options
 *   METAGAME_E_UNSUPPORTED  EXACT with several maskings; a game that only ask and tell can solve
 *   METAGAME_E_CALLBACK, METAGAME_E_NONFINITE  of the game
 *   METAGAME_E_NOMEM */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_verify(
  metagame_report **out, const metagame_result *result, const metagame_game *game,
  const metagame_verify_options *options, metagame_error *err);
METAGAME_API size_t metagame_report_count(const metagame_report *report);
METAGAME_API size_t metagame_report_failed(const metagame_report *report); /* how many checks failed */
/* Check `index` of the report; name stays valid for ever. Errors: NULL, ARGUMENT, STRUCT_SIZE. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_report_get(const metagame_report *report, size_t index, metagame_check *out,
                                                                     metagame_error *err);
METAGAME_API void metagame_report_destroy(metagame_report *report);

METAGAME_END_DECLS
#endif
