/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "support.h"

const char *const families[3] = { "llama", "qwen2", "gemma3" };

metagame_ggml *engine_of(const char *family) {
  return engine_with(family, 1, 0);
}

metagame_ggml *engine_with(const char *family, uint32_t n_threads, uint32_t batch_tokens) {
  char path[4096];
  golden_path(path, sizeof path, family, "gguf");
  metagame_ggml_options options = METAGAME_GGML_OPTIONS_INIT;
  options.model_path = path;
  options.n_threads = n_threads;
  options.batch_tokens = batch_tokens;
  metagame_ggml *engine = NULL;
  metagame_error err;
  if (metagame_ggml_create(&engine, &options, &err) != METAGAME_OK) fail_msg("%s", err.message);
  return engine;
}

void run(metagame_ggml *engine, const metagame_ggml_batch *batch) {
  metagame_error err;
  if (metagame_ggml_run(engine, batch, &err) != METAGAME_OK) fail_msg("%s", err.message);
}

double value_at(metagame_ggml *engine, const float *embeddings, size_t n, int32_t target, int32_t contrast, int32_t backward,
                float *gradient) {
  const metagame_ggml_term terms[2] = { { 0, 0, target, 0, 1.0 }, { 0, 0, contrast, 0, -1.0 } };
  double value = 0.0;
  metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
  batch.n_sequences = 1;
  batch.stride = n;
  batch.embeddings = embeddings;
  batch.terms = terms;
  batch.n_terms = contrast < 0 ? 1 : 2;
  batch.n_functionals = 1;
  batch.backward = backward;
  batch.values = &value;
  batch.gradients = gradient;
  run(engine, &batch);
  return value;
}

double largest(const double *values, size_t n) {
  double most = 0.0;
  for (size_t k = 0; k < n; ++k) most = fmax(most, fabs(values[k]));
  return most;
}

void assert_rows(const char *what, const double *got, const double *wanted, size_t n, double scale, double tolerance) {
  for (size_t k = 0; k < n; ++k)
    if (!(fabs(got[k] - wanted[k]) <= tolerance * scale))
      fail_msg("%s, entry %zu: %.9g, wanted %.9g within %g", what, k, got[k], wanted[k], tolerance * scale);
}

double uniform(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (double)(*state >> 11) / (double)(UINT64_C(1) << 52) - 1.0;
}
