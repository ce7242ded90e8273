/* SPDX-License-Identifier: MIT */
/* Results to write: a sentence with planted directed effects, solved exactly or by sampling; a sink that remembers and refuses. */
#ifndef TEST_SAMPLE_H
#define TEST_SAMPLE_H

#include "fixture.h"
#include "metagame/report.h"

typedef struct rs_text {
  char *bytes;
  size_t size, room;
  size_t most; /* bytes that are taken; 0: no bound */
  long calls_after_refusal;
  int refused;
} rs_text;
int32_t METAGAME_CALL rs_append(void *user, const char *bytes, size_t size); /* 28 beyond `most` */
void rs_clear(rs_text *text);
/* Writes or fails the test. The bytes end in a NUL that is not counted. */
rs_text rs_write(const metagame_result *result, const metagame_document *document, int32_t format);

typedef struct rs_sample {
  uint32_t n, m;
  int pinned;      /* target i is player i; needs m <= n */
  uint64_t flags;  /* METAGAME_CARDINAL: effects are made symmetric */
  int32_t solver;
  uint64_t budget, seed;
} rs_sample;
metagame_result *rs_solve(const rs_sample *sample, const metagame_allocator *allocator);
metagame_result *rs_read(const rs_text *text); /* or fails the test */
/* A copy, on the heap, in which the first `from` is `to`; without one the test fails. */
char *rs_replaced(const char *text, const char *from, const char *to);

#endif
