/* SPDX-License-Identifier: MIT */
/* What stands behind a result, for its writers (metagame/diagnosis.h). */
#ifndef MTG_DIAGNOSIS_H
#define MTG_DIAGNOSIS_H

#include "result/result.h"
#include "result/text.h"

/* METAGAME_REASON_*, METAGAME_AUDIT_*, METAGAME_GROUND_* in words. */
enum {
  MTG_REASON_NAMES = METAGAME_REASON_TABLE + 1,
  MTG_AUDIT_NAMES = METAGAME_AUDIT_MIXED + 1,
  MTG_GROUND_NAMES = METAGAME_GROUND_PARTIAL + 1
};
extern const char *const mtg_reason_names[MTG_REASON_NAMES];
extern const char *const mtg_audit_names[MTG_AUDIT_NAMES];
extern const char *const mtg_ground_names[MTG_GROUND_NAMES];

void mtg_diagnose(const metagame_result *result, metagame_diagnosis *out);
/* A ground for every row that lacks a standard error and has none: the end of a partial run, else
 * that too few units stand behind it. After numbers and status are known. */
void mtg_result_fill_ground(metagame_result *result);
void mtg_put_sentence(mtg_text *text, const metagame_result *result);

#endif
