/* SPDX-License-Identifier: MIT */
/* How much of a run is the model: gradient x input of a 20-word prompt at 256 coalitions, beside the bare graph on rows of the same
 * lengths in the same batches; and values through the graph beside llama.cpp's. usage: bench-model-time MODEL.gguf CACHE_DIR [THREADS [ROUNDS]] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "metagame_ggml.h"
#include "metagame_llama.h"

enum { BUDGET = 256, BATCH = 64 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static metagame_error err = METAGAME_ERROR_INIT;

static void need(metagame_status status) {
  if (status >= 0) return;
  fprintf(stderr, "%s: %s\n", metagame_status_name(status), err.message);
  exit(1);
}

/* Coalitions per second of a whole solve; *share: of its time inside ggml. */
static double solve_rate(metagame_llama *handle, double *share) {
  metagame_llama_method method = METAGAME_LLAMA_METHOD_INIT;
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  metagame_game *game = NULL;
  metagame_result *result = NULL;
  method.name = "gradient-x-input";
  options.max_evaluations = BUDGET;
  options.batch = BATCH;
  need(metagame_llama_attribute(&game, handle, &method, &err));
  double inside = metagame_llama_graph_seconds(handle), begin = now();
  need(metagame_solve(&result, game, &options, &err));
  double wall = now() - begin;
  *share = (metagame_llama_graph_seconds(handle) - inside) / wall;
  need(metagame_result_get_info(result, &info, &err));
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  return (double)info.evaluations / wall;
}

/* The same number of rows of the same length through the graph, without games. */
static double bare_rate(metagame_ggml *graph, const metagame_ggml_prefix *prefix, const int32_t *tokens, size_t length, float *gradients) {
  static const metagame_ggml_term terms[2] = { { 0, 0, 1123, 0, 1.0 }, { 0, 0, 2654, 0, -1.0 } };
  int32_t *rows = malloc(BATCH * length * sizeof *rows);
  for (size_t k = 0; k < BATCH * length; ++k) rows[k] = k % 7 == 3 ? 0 : tokens[k % length];
  metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
  batch.prefix = prefix;
  batch.n_sequences = BATCH;
  batch.stride = length;
  batch.tokens = rows;
  batch.terms = terms;
  batch.n_terms = 2;
  batch.n_functionals = 1;
  batch.gradients = gradients;
  double begin = now();
  for (int k = 0; k < BUDGET / BATCH; ++k) need(metagame_ggml_run(graph, &batch, &err));
  double rate = BUDGET / (now() - begin);
  free(rows);
  return rate;
}

static double value_rate(metagame_llama *handle, int32_t engine, double *tokens_per_second) {
  metagame_llama_method method = METAGAME_LLAMA_METHOD_INIT;
  metagame_function function = METAGAME_FUNCTION_INIT;
  uint64_t masks[BUDGET], state = 5, before, after;
  double values[BUDGET];
  method.values = engine;
  need(metagame_llama_value_function(&function, handle, &method, &err));
  for (size_t k = 0; k < BUDGET; ++k) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    masks[k] = state >> 40 & 0xfffff;
  }
  metagame_llama_counts(handle, NULL, &before);
  double begin = now();
  for (size_t k = 0; k < BUDGET; k += BATCH)
    if (function.evaluate(function.user, masks + k, BATCH, values + k, &err) != 0) need(METAGAME_E_INTERNAL);
  double wall = now() - begin;
  metagame_llama_counts(handle, NULL, &after);
  function.destroy(function.user);
  *tokens_per_second = (double)(after - before) / wall;
  return BUDGET / wall;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s MODEL.gguf CACHE_DIR [THREADS [ROUNDS]]\n", argv[0]);
    return 2;
  }
  int rounds = argc > 4 ? atoi(argv[4]) : 3;
  metagame_llama_silence();
  metagame_llama_options options = METAGAME_LLAMA_OPTIONS_INIT;
  metagame_llama *handle = NULL;
  options.model_path = argv[1];
  options.cache_dir = argv[2];
  options.n_threads = argc > 3 ? (uint32_t)atoi(argv[3]) : 2;
  options.text = "The food arrived cold and late but the friendly young waiter made the whole evening far less terrible than expected.";
  options.instruction = "Is this review good or bad?\n{}";
  options.answer = "It was";
  options.target = " good";
  options.contrast = " bad";
  need(metagame_llama_create(&handle, &options, &err));

  metagame_ggml_options graph_options = METAGAME_GGML_OPTIONS_INIT;
  metagame_ggml_info info = METAGAME_GGML_INFO_INIT;
  metagame_ggml *graph = NULL;
  metagame_ggml_prefix *prefix = NULL;
  graph_options.model_path = metagame_llama_model_file(handle);
  graph_options.n_threads = options.n_threads;
  need(metagame_ggml_create(&graph, &graph_options, &err));
  need(metagame_ggml_get_info(graph, &info, &err));
  int32_t tokens[512];
  size_t n = 0, shared = 0;
  const uint64_t all = UINT64_MAX >> (64 - metagame_llama_n_players(handle)), nobody = 0;
  int32_t absent[512];
  need(metagame_llama_tokens(handle, &all, tokens, 512, &n, &err));
  need(metagame_llama_tokens(handle, &nobody, absent, 512, &n, &err));
  while (tokens[shared] == absent[shared]) ++shared;
  need(metagame_ggml_prefix_create(&prefix, graph, tokens, shared, &err));
  float *gradients = malloc(BATCH * (n - shared) * info.width * sizeof *gradients);
  if (!gradients) return 1;

  printf("%s, %u threads, %u words, %zu tokens, %zu of them held\n", info.architecture, info.n_threads, metagame_llama_n_players(handle), n,
         shared);
  /* in turn, so that a slow moment hits both; the graph is loaded before the first */
  double share = 0.0, best = 0.0, bare = 0.0, loaded;
  metagame_llama_method method = METAGAME_LLAMA_METHOD_INIT;
  metagame_function function = METAGAME_FUNCTION_INIT;
  method.values = METAGAME_LLAMA_VALUES_GRAPH;
  need(metagame_llama_value_function(&function, handle, &method, &err));
  if (function.evaluate(function.user, &all, 1, &loaded, &err) != 0) need(METAGAME_E_INTERNAL);
  function.destroy(function.user);
  for (int round = 0; round < rounds; ++round) {
    double one, rate = solve_rate(handle, &one), without = bare_rate(graph, prefix, tokens + shared, n - shared, gradients);
    printf("  round %d: %.2f and %.2f coalitions per second, %.1f %%\n", round, rate, without, 100.0 * one);
    fflush(stdout);
    if (rate > best) best = rate;
    if (without > bare) bare = without;
    if (one > share) share = one;
  }
  printf("gradient x input, %d coalitions: %.2f per second, bare graph %.2f, ratio %.3f; model time %.1f %% of wall time\n", BUDGET, best, bare,
         best / bare, 100.0 * share);
  double values[2] = { 0 }, rates[2] = { 0 };
  for (int round = 0; round < rounds; ++round)
    for (int32_t engine = METAGAME_LLAMA_VALUES_LLAMA; engine <= METAGAME_LLAMA_VALUES_GRAPH; ++engine) {
      double rate, value = value_rate(handle, engine, &rate);
      if (value > values[engine - 1]) values[engine - 1] = value;
      if (rate > rates[engine - 1]) rates[engine - 1] = rate;
    }
  printf("values: llama.cpp %.2f per second (%.0f tokens/s), graph %.2f (%.0f tokens/s)\n", values[0], rates[0], values[1], rates[1]);
  free(gradients);
  metagame_ggml_prefix_destroy(prefix);
  metagame_ggml_destroy(graph);
  metagame_llama_destroy(handle);
  return 0;
}
