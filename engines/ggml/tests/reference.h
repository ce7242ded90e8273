/* SPDX-License-Identifier: MIT */
/* The three families once more, token by token in double precision, plain loops: the frozen function whose gradient relevance is. */
#ifndef GGML_TEST_REFERENCE_H
#define GGML_TEST_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

typedef struct reference reference;

reference *reference_open(const char *family);
/* What the rules of mode (METAGAME_GGML_*) hold fixed is taken from this point; METAGAME_GGML_GRADIENT: nothing is. */
void reference_freeze(reference *model, int32_t mode, const double *embeddings, size_t n);
double reference_value(reference *model, const double *embeddings, size_t n, int32_t target, int32_t contrast);
void reference_close(reference *model);

#endif
