/* SPDX-License-Identifier: MIT */
/* Which of the kernels that were compiled this processor can run. */
#include "kernels.h"

extern const mtgg_kernels mtgg_kernels_base;
#ifdef MTGG_X86
extern const mtgg_kernels mtgg_kernels_avx2, mtgg_kernels_avx512;
#endif

const mtgg_kernels *mtgg_kernels_choose(void) {
#ifdef MTGG_X86
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("fma"))
    return &mtgg_kernels_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &mtgg_kernels_avx2;
#endif
  return &mtgg_kernels_base;
}

size_t mtgg_attention_scratch(size_t head, size_t length, size_t columns) {
  return 2 * head * columns + length * columns;
}
