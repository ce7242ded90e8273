/* SPDX-License-Identifier: MIT */
/* conformance.h - checks that an attributor or a model keeps the contract of metagame.h. For authors of plug-ins: call it from any
 * test framework. Header only (C99, C++11): metagame.h and the C library, no printing, no global state. Link with libmetagame.
 *
 *   static int make(void *context, metagame_attributor *out) { ... fill *out with a new instance; return 0; }
 *   static void report(void *context, const char *check, int passed, const char *message) { ... }
 *   metagame_conformance_attributor suite = METAGAME_CONFORMANCE_ATTRIBUTOR_INIT;
 *   suite.make = make;
 *   suite.report = report;
 *   failed = metagame_conformance_check_attributor(&suite);
 *
 * Checks. A check that does not apply is not reported; one that fails can keep those behind it from running (a callback
 * that writes outside its rows or into its input is not let near the library's own memory).
 *   make                    the factory returned 0
 *   struct                  the library accepts the struct
 *   own-player              own players are players, METAGAME_NO_PLAYER or absent
 *   attribute.* evaluate.*  rows are computed: .runs (returns 0), .finite, .repeat (the same again), .batch (alone, and in batches
 *   gradient.* combine.*    of several sizes and orders), .rows (writes all of its rows and nothing else), .input (leaves masks,
 *   completeness.*          points and values alone), .error-null (works with err = NULL)
 *   plan.runs plan.pure     the plan is accepted (its coalitions are coalitions of `values`); asked again, it wants the same
 *   completeness.sum        the targets add up to expected + residual: only with `targets_cover`
 *   symmetry                METAGAME_CARDINAL: the exact matrix of up to 10 players is symmetric
 *   semivalue               semivalue: the matrix in closed form is that of plan and combine, up to 10 players
 *   gradient.differences    gradients agree with central differences of the values
 *   error.*                 a callback that fails at call 1, 2, 3 ends in METAGAME_E_CALLBACK, its code and text are kept
 *   destroy.*               exactly once: .orders (game, session and result destroyed in any order), .refused (creation fails),
 *                           .no-memory, .untaken (not at all where struct_size is out of range)
 *   destroy.balance         with `live`: as many instances are alive at the end as at the start
 *   memory                  the suite itself could not allocate
 * Beside the instance under test another one is made and destroyed: instances may share nothing that destroy takes away. */
#ifndef METAGAME_CONFORMANCE_H
#define METAGAME_CONFORMANCE_H

#include "metagame/conformance_rows.h"

METAGAME_BEGIN_DECLS

/* Compiled into the caller, hence without struct_size. A zero field means the default. */
typedef struct metagame_conformance_attributor {
  void *context;
  int (*make)(void *context, metagame_attributor *out); /* REQUIRED. A new instance; *out is initialised. Not 0: failed. */
  metagame_conformance_report report;                   /* OPTIONAL */
  int64_t (*live)(void *context);                       /* OPTIONAL. Instances made and not yet destroyed. */
  double tolerance;          /* of .repeat, .batch, relative to the largest number of the rows; default 0: bit for bit */
  double symmetry_tolerance; /* relative to the largest scale; default 1e-9 */
  double sum_tolerance;      /* of completeness.sum, relative; default 1e-9 */
  int targets_cover;         /* the targets are disjoint and hold all features: completeness.sum applies */
  uint32_t n_coalitions;     /* coalitions that are tried, at most 64; default 24: empty, everyone, single players, random ones */
  uint32_t max_members;      /* largest coalition that is tried, for formulas that enumerate subsets; default: no bound */
  uint64_t seed;
} metagame_conformance_attributor;
#define METAGAME_CONFORMANCE_ATTRIBUTOR_INIT { NULL, NULL, NULL, NULL, 0.0, 0.0, 0.0, 0, 0, 0, 0 }

typedef struct metagame_conformance_model {
  void *context;
  int (*make)(void *context, metagame_model_callbacks *out); /* REQUIRED. As above. */
  metagame_conformance_report report;                        /* OPTIONAL */
  int64_t (*live)(void *context);                            /* OPTIONAL */
  const double *points;      /* REQUIRED. n_points rows of n_features, where f is smooth */
  size_t n_points;           /* REQUIRED, >= 1 */
  double tolerance;          /* of .repeat, .batch, relative; default 0: bit for bit */
  double gradient_tolerance; /* of gradient.differences, relative to the largest entry of the gradient; default 1e-5 */
  double gradient_step;      /* step of the differences, relative to max(1, |x_k|); default 1e-5 */
} metagame_conformance_model;
#define METAGAME_CONFORMANCE_MODEL_INIT { NULL, NULL, NULL, NULL, NULL, 0, 0.0, 0.0, 0.0 }

/* Both return the number of failed checks. Threads: the calling one only. */
static inline size_t metagame_conformance_check_attributor(const metagame_conformance_attributor *suite);
static inline size_t metagame_conformance_check_model(const metagame_conformance_model *suite);

METAGAME_END_DECLS

#include "metagame/conformance_attributor.h"
#include "metagame/conformance_model.h"

#endif
