/* SPDX-License-Identifier: MIT */
/* In the place of choose.c: METAGAME_TEST_LEVEL names the kernels, where the processor can run them. */
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

#define mtgg_kernels_choose best_kernels
const mtgg_kernels *best_kernels(void);
#include "choose.c"
#undef mtgg_kernels_choose

const mtgg_kernels *mtgg_kernels_choose(void) {
  const char *level = getenv("METAGAME_TEST_LEVEL");
  if (level && strcmp(level, "base") == 0) return &mtgg_kernels_base;
#ifdef MTGG_X86
  if (level && strcmp(level, "avx2") == 0 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &mtgg_kernels_avx2;
#endif
  return best_kernels();
}
