/* SPDX-License-Identifier: MIT */
/* metagame/verify.h - checks of a result: data, never an assertion. Included by metagame.h. */
#ifndef METAGAME_VERIFY_H
#define METAGAME_VERIFY_H

#include "metagame.h"

METAGAME_BEGIN_DECLS

#define METAGAME_CHECK_DECOMPOSITION UINT64_C(1)  /* per target: |residual| against a rounding tolerance; needs no game */
#define METAGAME_CHECK_SYMMETRY UINT64_C(2)       /* METAGAME_CARDINAL, pinned targets: max |M_ij - M_ji|; needs no game */
#define METAGAME_CHECK_BATCH UINT64_C(4)          /* per target (formula: per value): the same coalition alone and in a batch; calls the game */
#define METAGAME_CHECK_REPEAT UINT64_C(8)         /* per target (formula: per value): the same batch evaluated twice; calls the game */
#define METAGAME_CHECK_COMPLETENESS UINT64_C(16)  /* the attributor's own sum rule with everyone present; calls the game */
#define METAGAME_CHECK_EXACT UINT64_C(32)         /* per target: against the exact solver, n <= 16; 2^n evaluations; one masking */

typedef struct metagame_verify_options {
  size_t struct_size;
  uint64_t checks;    /* METAGAME_CHECK_*; default DECOMPOSITION | SYMMETRY, and COMPLETENESS where a game is given */
  double tolerance;   /* relative to the scale, for checks not in standard errors; default: docs/mathematics.md, section 7 */
  double evaluation_tolerance; /* BATCH and REPEAT, relative; default 0: bit for bit */
} metagame_verify_options;
#define METAGAME_VERIFY_OPTIONS_INIT { sizeof(metagame_verify_options), 0, 0.0, 0.0 }

enum { METAGAME_CHECK_FAILED = 0, METAGAME_CHECK_PASSED = 1, METAGAME_CHECK_SKIPPED = 2 /* does not apply; see name */ };
typedef struct metagame_check {
  size_t struct_size;
  const char *name;  /* static string: "decomposition", ... */
  int64_t target;    /* -1: the whole result */
  int64_t outcome;   /* METAGAME_CHECK_FAILED, ... */
  double residual;   /* what was found, in the units of the attribution; for sampled EXACT and SYMMETRY in standard errors */
  double scale;      /* the natural size it is compared with */
  double tolerance;  /* passed when residual <= tolerance, same units */
} metagame_check;
#define METAGAME_CHECK_INIT { sizeof(metagame_check), NULL, 0, 0, 0.0, 0.0, 0.0 }

typedef struct metagame_report metagame_report;
/* `game` (the one that was solved) may be NULL for checks that need none; `options` may be NULL. A failing check is data, not an
 * error. Of a result of several maskings `game` is any of the games, and BATCH, REPEAT and COMPLETENESS are about that one. Errors: NULL,
 * ARGUMENT, STRUCT_SIZE, FLAGS, NOMEM, UNSUPPORTED (EXACT with several maskings), and of the game's callbacks CALLBACK, UNSUPPORTED
 * (ask/tell only), NONFINITE. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_verify(metagame_report **out, const metagame_result *result,
                                                                 const metagame_game *game, const metagame_verify_options *options,
                                                                 metagame_error *err);
METAGAME_API size_t metagame_report_count(const metagame_report *report);
METAGAME_API size_t metagame_report_failed(const metagame_report *report); /* how many checks failed */
/* Check `index` of the report; name stays valid for ever. Errors: NULL, ARGUMENT, STRUCT_SIZE. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_report_get(const metagame_report *report, size_t index, metagame_check *out,
                                                                     metagame_error *err);
METAGAME_API void metagame_report_destroy(metagame_report *report);

METAGAME_END_DECLS
#endif
