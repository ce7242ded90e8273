/* SPDX-License-Identifier: MIT */
#ifndef GGML_TEST_SUPPORT_H
#define GGML_TEST_SUPPORT_H

#include "golden.h"
#include "metagame_ggml.h"

extern const char *const families[3];

metagame_ggml *engine_of(const char *family); /* one thread */
metagame_ggml *engine_with(const char *family, uint32_t n_threads, uint32_t batch_tokens);
/* Runs; fails the test on an error. */
void run(metagame_ggml *engine, const metagame_ggml_batch *batch);
/* Value and (or NULL) gradient of one sequence of embeddings. */
double value_at(metagame_ggml *engine, const float *embeddings, size_t n, int32_t target, int32_t contrast, int32_t backward,
                float *gradient);
double largest(const double *values, size_t n);
/* |got - wanted| <= tolerance * scale for all entries. */
void assert_rows(const char *what, const double *got, const double *wanted, size_t n, double scale, double tolerance);
/* Uniform in [-1, 1], a sequence of its own for each state. */
double uniform(uint64_t *state);

#endif
