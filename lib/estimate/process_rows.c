/* SPDX-License-Identifier: MIT */
/* Rows of kernel entries, and what the derivatives of the evidence need of them (docs/mathematics.md, section 11). */
#include "estimate/process_rows.h"

#include "base/lanes.h"

#define ROWS(name) name##_portable
#define ROWS_TARGET
#define ROWS_VECTOR mtg_lanes2
#include "estimate/process_rows_loops.h"
#undef ROWS
#undef ROWS_TARGET
#undef ROWS_VECTOR

#if MTG_HAS_LEVELS
#define ROWS(name) name##_avx2
#define ROWS_TARGET MTG_TARGET_AVX2
#define ROWS_VECTOR mtg_lanes4
#include "estimate/process_rows_loops.h"
#undef ROWS
#undef ROWS_TARGET
#undef ROWS_VECTOR

#define ROWS(name) name##_avx512
#define ROWS_TARGET MTG_TARGET_AVX512
#define ROWS_VECTOR mtg_lanes8
#include "estimate/process_rows_loops.h"
#undef ROWS
#undef ROWS_TARGET
#undef ROWS_VECTOR
#endif

#define LEVEL(name) { fill_##name, weigh_##name, form_##name }

const mtg_process_rows *mtg_process_rows_at(int level) {
#if MTG_HAS_LEVELS
  static const mtg_process_rows levels[MTG_LEVELS] = { LEVEL(portable), LEVEL(avx2), LEVEL(avx512) };
  return &levels[level];
#else
  static const mtg_process_rows portable = LEVEL(portable);
  (void)level;
  return &portable;
#endif
}
