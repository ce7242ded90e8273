/* SPDX-License-Identifier: MIT */
/* Cholesky factor, inverse and solves of small systems: left-looking, in panels of 4 columns (Golub, Van Loan, "Matrix
 * computations", section 4.2). Time n^3/3 to factor, 2 n^3/3 to invert, n^2 for each right-hand side. */
#include "base/dense.h"

#include <math.h>

#include "base/lanes.h"

#define DENSE(name) name##_portable
#define DENSE_TARGET
#define DENSE_VECTOR mtg_lanes2
#include "base/dense_loops.h"
#undef DENSE
#undef DENSE_TARGET
#undef DENSE_VECTOR

#if MTG_HAS_LEVELS
#define DENSE(name) name##_avx2
#define DENSE_TARGET MTG_TARGET_AVX2
#define DENSE_VECTOR mtg_lanes4
#include "base/dense_loops.h"
#undef DENSE
#undef DENSE_TARGET
#undef DENSE_VECTOR

#define DENSE(name) name##_avx512
#define DENSE_TARGET MTG_TARGET_AVX512
#define DENSE_VECTOR mtg_lanes8
#include "base/dense_loops.h"
#undef DENSE
#undef DENSE_TARGET
#undef DENSE_VECTOR
#endif

#define LEVEL(name) { factor_##name, invert_triangle_##name, square_triangle_##name, forward_##name, backward_##name }

const mtg_dense *mtg_dense_at(int level) {
#if MTG_HAS_LEVELS
  static const mtg_dense levels[MTG_LEVELS] = { LEVEL(portable), LEVEL(avx2), LEVEL(avx512) };
  return &levels[level];
#else
  static const mtg_dense portable = LEVEL(portable);
  (void)level;
  return &portable;
#endif
}
