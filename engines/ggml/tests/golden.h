/* SPDX-License-Identifier: MIT */
/* The golden cases of tests/data: tiny random models, and what reference implementations say about them in double precision. */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GOLDEN_MOST = 16, GOLDEN_WIDTH = 64, GOLDEN_VOCAB = 256 };

typedef struct golden_case {
  size_t n;
  int32_t ids[GOLDEN_MOST]; /* those not kept are 0 already */
  int32_t target, contrast; /* contrast -1: none */
  double value;
  bool has_logits, has_gradient, has_integrated;
  double logits[GOLDEN_VOCAB], gradient[GOLDEN_MOST][GOLDEN_WIDTH];
  double norm[GOLDEN_MOST], times_input[GOLDEN_MOST], integrated[GOLDEN_MOST], attnlrp[GOLDEN_MOST];
} golden_case;

/* Cases of tests/data/FAMILY.json; the caller frees them. Fails the test where the file is not as expected. */
golden_case *golden_read(const char *family, size_t *n_cases);
void golden_path(char *out, size_t size, const char *family, const char *extension);

#endif
