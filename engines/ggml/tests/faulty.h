/* SPDX-License-Identifier: MIT */
/* Put before each source of the engine: its own allocations can be made to fail. */
#ifndef GGML_TEST_FAULTY_H
#define GGML_TEST_FAULTY_H

#include <stdlib.h>

void *faulty_malloc(size_t size);
void *faulty_calloc(size_t n, size_t size);
void *faulty_realloc(void *memory, size_t size);
#define malloc faulty_malloc
#define calloc faulty_calloc
#define realloc faulty_realloc

#endif
