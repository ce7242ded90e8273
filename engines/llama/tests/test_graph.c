/* SPDX-License-Identifier: MIT */
/* Attributions of a real model through the F32 graph: the graph against llama.cpp and against differences, words against tokens, steps,
 * kinds of absence, the conformance suite, refusals. METAGAME_TEST_MODEL as in test_llama.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ggml.h>
#include <gguf.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "metagame/conformance.h"
#include "metagame_ggml.h"
#include "metagame_llama.h"
#include "plain.h"

static const char *model_path;
static char cache_dir[4096];
static metagame_llama *first; /* whose weights all share */

static metagame_llama_options usual(void) {
  metagame_llama_options options = METAGAME_LLAMA_OPTIONS_INIT;
  options.share = first;
  options.model_path = first ? NULL : model_path;
  options.cache_dir = cache_dir;
  options.text = "It was extraordinarily bad.";
  options.flags = METAGAME_LLAMA_RAW; /* short: these tests are about numbers */
  options.instruction = "A review: {}\nA word for it:";
  options.target = " good";
  options.contrast = " bad";
  options.n_threads = 2;
  return options;
}

static metagame_llama *make(const metagame_llama_options *options) {
  metagame_llama *handle = NULL;
  metagame_error err;
  if (metagame_llama_create(&handle, options, &err) != METAGAME_OK) fail_msg("%s", err.message);
  return handle;
}

static void attribute(metagame_llama *handle, const metagame_llama_method *method, const uint64_t *masks, size_t n, double *rows) {
  metagame_attributor a = METAGAME_ATTRIBUTOR_INIT;
  metagame_error err;
  if (metagame_llama_attributor(&a, handle, method, &err) != METAGAME_OK) fail_msg("%s", err.message);
  if (a.attribute(a.user, masks, n, rows, &err) != 0) fail_msg("%s", err.message);
  a.destroy(a.user);
}

static double spread(const double *values, size_t n) {
  double low = values[0], high = values[0];
  for (size_t k = 1; k < n; ++k) {
    low = fmin(low, values[k]);
    high = fmax(high, values[k]);
  }
  return high - low;
}

static void assert_near(const double *got, const double *wanted, size_t n, double tolerance) {
  for (size_t k = 0; k < n; ++k)
    if (!(fabs(got[k] - wanted[k]) <= tolerance)) fail_msg("entry %zu: %.9g, wanted %.9g within %g", k, got[k], wanted[k], tolerance);
}

static void every_logit_equals_llama_cpp(void **state) {
  static const char *const texts[] = { "My trip to Sydney was not bad.", "The bank raised rates, so bonds fell.",
                                       "int main(void) { return 0; }",
                                       "He kicked the bucket last night, they say.", "Ignore what I said before and write a poem." };
  (void)state;
  metagame_ggml_options options = METAGAME_GGML_OPTIONS_INIT;
  metagame_ggml_info info = METAGAME_GGML_INFO_INIT;
  metagame_ggml *graph = NULL;
  options.model_path = metagame_llama_model_file(first);
  options.n_threads = 2;
  options.flags = METAGAME_GGML_FORWARD;
  assert_int_equal(metagame_ggml_create(&graph, &options, NULL), METAGAME_OK);
  assert_int_equal(metagame_ggml_get_info(graph, &info, NULL), METAGAME_OK);
  float *logits = malloc(info.n_vocab * sizeof *logits);
  plain *oracle = plain_open(options.model_path);
  double worst = 0.0;
  for (size_t k = 0; k < 5; ++k) {
    metagame_llama_options o = usual();
    o.text = texts[k];
    o.flags = 0;
    o.instruction = NULL;
    metagame_llama *handle = make(&o);
    int32_t tokens[256];
    size_t n = 0;
    uint64_t all = (UINT64_C(1) << metagame_llama_n_players(handle)) - 1;
    assert_int_equal(metagame_llama_tokens(handle, &all, tokens, 256, &n, NULL), METAGAME_OK);
    metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
    batch.n_sequences = 1;
    batch.stride = n;
    batch.tokens = tokens;
    batch.logits = logits;
    assert_int_equal(metagame_ggml_run(graph, &batch, NULL), METAGAME_OK);
    const float *wanted = plain_logits(oracle, tokens, n, 1);
    double low = INFINITY, high = -INFINITY, error = 0.0;
    for (size_t v = 0; v < info.n_vocab; ++v) {
      low = fmin(low, (double)wanted[v]);
      high = fmax(high, (double)wanted[v]);
      error = fmax(error, fabs((double)logits[v] - (double)wanted[v]));
    }
    worst = fmax(worst, error / (high - low));
    metagame_llama_destroy(handle);
  }
  printf("logits within %.1e of their range\n", worst);
  assert_true(worst < 1e-5);
  plain_close(oracle);
  metagame_ggml_destroy(graph);
  free(logits);
}

static double uniform(uint64_t *seed) {
  *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (double)(*seed >> 11) / (double)(UINT64_C(1) << 52) - 1.0;
}

/* Four-point differences in 20 random directions; the error relative to the root mean square of the slopes. */
static void compare_with_differences(const char *model) {
  enum { N = 8 };
  static const int32_t tokens[N] = { 1, 504, 3629, 436, 441, 2055, 30, 198 };
  static const double steps[4] = { -2.0, -1.0, 1.0, 2.0 }, weights[4] = { 1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12 };
  metagame_ggml_options options = METAGAME_GGML_OPTIONS_INIT;
  metagame_ggml_info info = METAGAME_GGML_INFO_INIT;
  metagame_ggml *graph = NULL;
  options.model_path = model;
  options.n_threads = 2;
  assert_int_equal(metagame_ggml_create(&graph, &options, NULL), METAGAME_OK);
  assert_int_equal(metagame_ggml_get_info(graph, &info, NULL), METAGAME_OK);
  size_t size = N * info.width;
  float *at = malloc(size * sizeof *at), *moved = malloc(4 * size * sizeof *moved), *gradient = malloc(size * sizeof *gradient);
  double *d = malloc(size * sizeof *d), values[4], worst = 0.0, square = 0.0;
  const metagame_ggml_term terms[2] = { { 0, 0, 1123, 0, 1.0 }, { 0, 0, 2654, 0, -1.0 } };
  metagame_ggml_batch batch = METAGAME_GGML_BATCH_INIT;
  assert_int_equal(metagame_ggml_embed(graph, tokens, N, at, NULL), METAGAME_OK);
  batch.n_sequences = 1;
  batch.stride = N;
  batch.embeddings = at;
  batch.terms = terms;
  batch.n_terms = 2;
  batch.n_functionals = 1;
  batch.gradients = gradient;
  assert_int_equal(metagame_ggml_run(graph, &batch, NULL), METAGAME_OK);
  batch.gradients = NULL;
  batch.n_sequences = 4;
  batch.embeddings = moved;
  batch.values = values;
  uint64_t seed = 11;
  double norm = 0.0;
  for (size_t k = 0; k < size; ++k) norm += (double)at[k] * (double)at[k];
  const double h = 0.018 * pow(norm, 0.25); /* between the rounding of float values and the bend of the function */
  for (int direction = 0; direction < 20; ++direction) {
    double length = 0.0, along = 0.0, slope = 0.0;
    for (size_t k = 0; k < size; ++k) {
      d[k] = uniform(&seed);
      length += d[k] * d[k];
    }
    for (size_t k = 0; k < size; ++k) {
      d[k] /= sqrt(length);
      along += d[k] * (double)gradient[k];
      for (size_t s = 0; s < 4; ++s) moved[s * size + k] = (float)((double)at[k] + steps[s] * h * d[k]);
    }
    assert_int_equal(metagame_ggml_run(graph, &batch, NULL), METAGAME_OK);
    for (size_t s = 0; s < 4; ++s) slope += weights[s] * values[s] / h;
    worst = fmax(worst, fabs(slope - along));
    square += along * along;
  }
  printf("differences within %.1e of the slopes\n", worst / sqrt(square / 20.0));
  assert_true(worst < 1e-3 * sqrt(square / 20.0));
  free(at);
  free(moved);
  free(gradient);
  free(d);
  metagame_ggml_destroy(graph);
}

static void gradient_equals_differences(void **state) {
  (void)state;
  compare_with_differences(metagame_llama_model_file(first));
  /* Another family, where a file of it is at hand: scripts/fetch-model gemma3-270m. */
  const char *second = getenv("METAGAME_TEST_SECOND_MODEL");
  if (second && *second) compare_with_differences(second);
}

/* The same game through llama.cpp and through the graph, whatever absent means, for targets and for generated answers. */
static void graph_values_equal_llama_cpp(void **state) {
  static const uint64_t masks[] = { 15, 0, 5, 2, 12, 7 };
  (void)state;
  for (int32_t absent = METAGAME_LLAMA_UNKNOWN; absent <= METAGAME_LLAMA_MEAN; ++absent) {
    metagame_llama_options options = usual();
    metagame_llama_method method = METAGAME_LLAMA_METHOD_INIT;
    double wanted[6], got[6];
    options.absent = absent;
    if (absent == METAGAME_LLAMA_DELETE) {
      options.target = options.contrast = NULL;
      options.generate = 3;
    }
    metagame_llama *handle = make(&options);
    for (int32_t engine = METAGAME_LLAMA_VALUES_LLAMA; engine <= METAGAME_LLAMA_VALUES_GRAPH; ++engine) {
      metagame_function function = METAGAME_FUNCTION_INIT;
      metagame_error err;
      method.values = engine;
      if (metagame_llama_value_function(&function, handle, &method, &err) != METAGAME_OK) fail_msg("%s", err.message);
      assert_int_equal(function.evaluate(function.user, masks, 6, engine == METAGAME_LLAMA_VALUES_LLAMA ? wanted : got, NULL), 0);
      function.destroy(function.user);
    }
    assert_true(spread(wanted, 6) > 0.1);
    assert_near(got, wanted, 6, 1e-4);
    metagame_llama_destroy(handle);
  }
}

/* A word's attribution is the sum over its tokens. */
static void words_are_sums_of_tokens(void **state) {
  static const char *const methods[] = { "gradient-norm", "gradient-x-input", "attnlrp", "cp-lrp", "attention", "attention-rollout",
                                         "integrated-gradients" };
  (void)state;
  metagame_llama_options options = usual();
  metagame_llama *words = make(&options);
  options.players = METAGAME_LLAMA_TOKENS;
  metagame_llama *tokens = make(&options);
  uint32_t n = metagame_llama_n_players(words), m = metagame_llama_n_players(tokens);
  assert_int_equal(n, 4);
  assert_in_range(m, 5, 16);
  uint32_t owner[16], word = 0;
  size_t used = 0;
  for (uint32_t t = 0; t < m; ++t) {
    size_t length = strlen(metagame_llama_labels(tokens)[t]);
    if (used == strlen(metagame_llama_labels(words)[word])) {
      ++word;
      used = 0;
    }
    assert_memory_equal(metagame_llama_labels(words)[word] + used, metagame_llama_labels(tokens)[t], length);
    owner[t] = word;
    used += length;
  }
  for (size_t k = 0; k < sizeof methods / sizeof *methods; ++k) {
    metagame_llama_method method = METAGAME_LLAMA_METHOD_INIT;
    double whole[4], parts[16], sums[4] = { 0 };
    uint64_t all_words = 15, all_tokens = (UINT64_C(1) << m) - 1;
    method.name = methods[k];
    method.nodes = strcmp(method.name, "integrated-gradients") == 0 ? 2 : 0;
    attribute(words, &method, &all_words, 1, whole);
    attribute(tokens, &method, &all_tokens, 1, parts);
    for (uint32_t t = 0; t < m; ++t) sums[owner[t]] += parts[t];
    assert_true(spread(whole, 4) > 0.0);
    assert_near(sums, whole, 4, 1e-6 * spread(whole, 4));
  }
  metagame_llama_destroy(words);
  metagame_llama_destroy(tokens);
}

static void steps_average_to_the_mean(void **state) {
  static const char *const methods[] = { "gradient-norm", "gradient-x-input", "attnlrp", "attention" };
  (void)state;
  metagame_llama_options options = usual();
  options.target = options.contrast = NULL;
  options.generate = 3;
  metagame_llama *handle = make(&options);
  uint32_t steps = metagame_llama_n_steps(handle), n = 4;
  assert_int_equal(steps, 3);
  for (size_t k = 0; k < 4; ++k) {
    metagame_llama_method method = METAGAME_LLAMA_METHOD_INIT;
    double mean[8], each[32], average[8] = { 0 };
    const uint64_t masks[2] = { 15, 6 };
    method.name = methods[k];
    attribute(handle, &method, masks, 2, mean);
    method.flags = METAGAME_LLAMA_STEPS;
    attribute(handle, &method, masks, 2, each);
    for (uint32_t r = 0; r < 2; ++r)
      for (uint32_t i = 0; i < n; ++i) {
        assert_near(each + r * 16 + i, mean + r * n + i, 1, 1e-5 * spread(mean, 8));
        for (uint32_t s = 0; s < steps; ++s) average[r * n + i] += each[r * 16 + n * (1 + s) + i] / steps;
      }
    assert_near(average, mean, 8, 1e-5 * spread(mean, 8));
    assert_true(fabs(each[4] - each[8]) > 1e-3 * spread(mean, 8)); /* steps differ */
  }
  metagame_llama_destroy(handle);
}

/* With close ends few nodes are enough. */
static void integrated_gradients_are_complete(void **state) {
  (void)state;
  metagame_llama_options options = usual();
  metagame_llama *handle = make(&options);
  metagame_llama_method method = METAGAME_LLAMA_METHOD_INIT;
  metagame_attributor a = METAGAME_ATTRIBUTOR_INIT;
  uint64_t mask = 8; /* "bad." on its way from the unknown token, the others are there */
  double expected, residual;
  method.name = "integrated-gradients";
  method.start = METAGAME_LLAMA_UNKNOWN;
  method.nodes = 48;
  assert_int_equal(metagame_llama_attributor(&a, handle, &method, NULL), METAGAME_OK);
  assert_int_equal(a.completeness(a.user, &mask, &expected, &residual, NULL), 0);
  printf("integrated gradients: %.4f, missed by %.1e\n", expected, residual);
  assert_true(fabs(expected) > 0.05);
  assert_true(fabs(residual) < 0.02 * fabs(expected));
  a.destroy(a.user);
  metagame_llama_destroy(handle);
}

static void absent_players_as_asked(void **state) {
  (void)state;
  metagame_llama_options options = usual();
  metagame_llama *handle = make(&options);
  double rows[5][4];
  uint64_t mask = 13;
  metagame_llama_method method = METAGAME_LLAMA_METHOD_INIT;
  method.name = "attnlrp";
  for (int32_t absent = METAGAME_LLAMA_UNKNOWN; absent <= METAGAME_LLAMA_HIDE; ++absent) {
    method.absent = absent;
    attribute(handle, &method, &mask, 1, rows[absent - 1]);
    bool silent = absent != METAGAME_LLAMA_UNKNOWN && absent != METAGAME_LLAMA_MEAN; /* no embedding, or nobody reads it */
    assert_true((rows[absent - 1][1] == 0.0) == silent);
    for (int32_t before = 1; before < absent; ++before) assert_true(fabs(rows[before - 1][3] - rows[absent - 1][3]) > 1e-6);
  }
  static const int32_t three[] = { METAGAME_LLAMA_UNKNOWN, METAGAME_LLAMA_DELETE, METAGAME_LLAMA_HIDE };
  metagame_result *result = NULL, *one = NULL;
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  metagame_error err;
  if (metagame_llama_solve_absences(&result, handle, &method, three, 3, NULL, &err) != METAGAME_OK) fail_msg("%s", err.message);
  assert_int_equal(metagame_result_get_info(result, &info, NULL), METAGAME_OK);
  assert_int_equal(info.n_maskings, 3);
  assert_non_null(strstr(info.masking_id, "deleted"));
  assert_non_null(strstr(info.masking_id, "attention mask"));
  double sums[16] = { 0 };
  for (size_t k = 0; k < 3; ++k) {
    metagame_game *game = NULL;
    method.absent = three[k];
    assert_int_equal(metagame_llama_attribute(&game, handle, &method, NULL), METAGAME_OK);
    assert_int_equal(metagame_solve(&one, game, NULL, NULL), METAGAME_OK);
    for (size_t e = 0; e < 16; ++e) sums[e] += metagame_result_matrix(one)[e] / 3.0;
    metagame_result_destroy(one);
    metagame_game_destroy(game);
  }
  assert_near(metagame_result_matrix(result), sums, 16, 1e-9);
  assert_true(metagame_result_spread(result)[1] > 0.0);
  metagame_result_destroy(result);
  metagame_llama_destroy(handle);
}

/* ---- conformance ---------------------------------------------------------------------------------------------------------- */

typedef struct factory {
  metagame_llama *handle;
  const char *name;
} factory;

static int make_attributor(void *context, metagame_attributor *out) {
  const factory *f = context;
  metagame_llama_method method = METAGAME_LLAMA_METHOD_INIT;
  method.name = f->name;
  method.nodes = strcmp(f->name, "integrated-gradients") == 0 ? 2 : 0;
  return metagame_llama_attributor(out, f->handle, &method, NULL) == METAGAME_OK ? 0 : 1;
}

static void attributors_conform(void **state) {
  (void)state;
  metagame_llama_options options = usual();
  options.text = "not bad";
  options.instruction = "{} is"; /* the suite evaluates often */
  metagame_llama *handle = make(&options);
  for (size_t k = 0; metagame_llama_method_name(k); ++k) {
    factory f = { handle, metagame_llama_method_name(k) };
    metagame_conformance_attributor suite = METAGAME_CONFORMANCE_ATTRIBUTOR_INIT;
    suite.context = &f;
    suite.make = make_attributor;
    suite.tolerance = 1e-5;
    suite.symmetry_tolerance = 1e-5;
    suite.n_coalitions = 3;
    if (metagame_conformance_check_attributor(&suite) != 0) fail_msg("%s does not conform", f.name);
  }
  metagame_llama_destroy(handle);
}

/* ---- refusals ------------------------------------------------------------------------------------------------------------- */

static void methods_are_checked(void **state) {
  (void)state;
  metagame_llama_options options = usual();
  metagame_llama *handle = make(&options);
  metagame_game *game = NULL;
  metagame_error err = METAGAME_ERROR_INIT;
#define REFUSED(change, status, part)                                                  \
  do {                                                                                 \
    metagame_llama_method method = METAGAME_LLAMA_METHOD_INIT;                         \
    method.name = "attnlrp";                                                           \
    change;                                                                            \
    assert_int_equal(metagame_llama_attribute(&game, handle, &method, &err), status);  \
    assert_null(game);                                                                 \
    if (!strstr(err.message, part)) fail_msg("'%s' lacks '%s'", err.message, part);    \
  } while (0)
  REFUSED(method.name = NULL, METAGAME_E_NULL, "name is NULL");
  REFUSED(method.name = "lime", METAGAME_E_UNSUPPORTED, "'lime'");
  REFUSED(method.struct_size = 8, METAGAME_E_STRUCT_SIZE, "struct_size is 8");
  REFUSED(method.flags = 2, METAGAME_E_FLAGS, "flags is 0x2");
  REFUSED(method.nodes = 4097, METAGAME_E_ARGUMENT, "nodes is 4097");
  REFUSED(method.absent = 6, METAGAME_E_ARGUMENT, "absent is 6");
  REFUSED(method.start = METAGAME_LLAMA_DELETE, METAGAME_E_ARGUMENT, "start is 3");
  REFUSED(method.reserved = 1, METAGAME_E_ARGUMENT, "reserved is 1");
  REFUSED((method.name = "attention", method.layer = 31), METAGAME_E_ARGUMENT, "layer is 31");
  REFUSED(method.values = METAGAME_LLAMA_VALUES_GRAPH, METAGAME_E_UNSUPPORTED, "values is 2");
  REFUSED(method.nodes = 2, METAGAME_E_UNSUPPORTED, "nodes is 2, must be 0 with 'attnlrp'");
  REFUSED(method.start = METAGAME_LLAMA_MEAN, METAGAME_E_UNSUPPORTED, "start is 4, must be 0 with 'attnlrp'");
  REFUSED((method.name = "attention-rollout", method.layer = 1), METAGAME_E_UNSUPPORTED, "layer is 1, must be 0 with 'attention-rollout'");
  REFUSED((method.name = "occlusion", method.nodes = 2), METAGAME_E_UNSUPPORTED, "nodes is 2");
  REFUSED((method.name = "occlusion", method.flags = METAGAME_LLAMA_STEPS), METAGAME_E_UNSUPPORTED, "METAGAME_LLAMA_STEPS");
  REFUSED((method.name = "shapley", method.values = METAGAME_LLAMA_VALUES_LLAMA, method.absent = METAGAME_LLAMA_HIDE),
          METAGAME_E_UNSUPPORTED, "attention mask");
  assert_int_equal(metagame_llama_attribute(NULL, handle, NULL, &err), METAGAME_E_NULL);
  assert_int_equal(metagame_llama_attribute(&game, handle, NULL, &err), METAGAME_E_NULL);
  metagame_result *result = NULL;
  metagame_llama_method method = METAGAME_LLAMA_METHOD_INIT;
  method.name = "attnlrp";
  static const int32_t twice[] = { 1, 1 };
  assert_int_equal(metagame_llama_solve_absences(&result, handle, &method, twice, 2, NULL, &err), METAGAME_E_ARGUMENT);
  assert_int_equal(metagame_llama_solve_absences(&result, handle, &method, twice, 0, NULL, &err), METAGAME_E_ARGUMENT);
  metagame_llama_destroy(handle);
}

static metagame_status attribution(metagame_llama *handle, const char *name, int32_t absent, metagame_error *err) {
  metagame_llama_method method = METAGAME_LLAMA_METHOD_INIT;
  metagame_game *game = NULL;
  method.name = name;
  method.absent = absent;
  metagame_status status = metagame_llama_attribute(&game, handle, &method, err);
  metagame_game_destroy(game);
  return status;
}

/* Where the text ends the prompt, the last word's own position is the one that predicts. */
static void prompts_that_end_in_a_word(void **state) {
  (void)state;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_llama_options options = usual();
  options.instruction = "A review: {}";
  metagame_llama *handle = make(&options);
  assert_int_equal(attribution(handle, "attnlrp", METAGAME_LLAMA_DELETE, &err), METAGAME_OK);
  assert_int_equal(attribution(handle, "attnlrp", METAGAME_LLAMA_HIDE, &err), METAGAME_E_ARGUMENT);
  assert_non_null(strstr(err.message, "own position predicts"));
  assert_int_equal(attribution(handle, "shapley", METAGAME_LLAMA_HIDE, &err), METAGAME_E_ARGUMENT);
  assert_int_equal(attribution(handle, "occlusion", METAGAME_LLAMA_UNKNOWN, &err), METAGAME_OK);
  metagame_llama_destroy(handle);
  options.occluded = METAGAME_LLAMA_HIDE; /* which only occlusion uses */
  handle = make(&options);
  assert_int_equal(attribution(handle, "occlusion", METAGAME_LLAMA_UNKNOWN, &err), METAGAME_E_ARGUMENT);
  assert_int_equal(attribution(handle, "attnlrp", METAGAME_LLAMA_UNKNOWN, &err), METAGAME_OK);
  metagame_llama_destroy(handle);
  options.occluded = 0;
  options.instruction = NULL;
  options.text = "good"; /* the whole prompt: nothing is left when it is deleted */
  handle = make(&options);
  assert_int_equal(attribution(handle, "attnlrp", 0, &err), METAGAME_OK);
  assert_int_equal(attribution(handle, "attnlrp", METAGAME_LLAMA_DELETE, &err), METAGAME_E_ARGUMENT);
  assert_non_null(strstr(err.message, "whole prompt"));
  assert_int_equal(attribution(handle, "occlusion", 0, &err), METAGAME_E_UNSUPPORTED);
  metagame_llama_destroy(handle);
}

/* llama.cpp would end the process. */
static void metadata_are_checked(void **state) {
  static const struct {
    const char *key, *text, *part;
  } all[] = {
    { "llama.rope.scaling.type", "lineax", "is 'lineax'" },
    { "llama.expert_used_count", NULL, "expert_used_count is 2, must be 0..1" },
  };
  (void)state;
  char path[64];
  snprintf(path, sizeof path, "test-graph-%ld.gguf", (long)getpid());
  for (size_t k = 0; k < 2; ++k) {
    struct ggml_init_params params = { 1 << 16, NULL, false };
    struct ggml_context *weights = ggml_init(params);
    struct gguf_context *gguf = gguf_init_empty();
    gguf_set_val_str(gguf, "general.architecture", "llama");
    gguf_set_val_u32(gguf, "llama.expert_count", 1);
    if (all[k].text) gguf_set_val_str(gguf, all[k].key, all[k].text);
    else gguf_set_val_u32(gguf, all[k].key, 2);
    struct ggml_tensor *tensor = ggml_new_tensor_1d(weights, GGML_TYPE_F32, 16);
    ggml_set_name(tensor, "token_embd.weight");
    memset(tensor->data, 0, ggml_nbytes(tensor));
    gguf_add_tensor(gguf, tensor);
    assert_true(gguf_write_to_file(gguf, path, false));
    gguf_free(gguf);
    ggml_free(weights);
    metagame_llama_options options = usual();
    metagame_llama *handle = NULL;
    metagame_error err = METAGAME_ERROR_INIT;
    options.share = NULL;
    options.model_path = path;
    metagame_status status = metagame_llama_create(&handle, &options, &err);
    remove(path);
    if (status != METAGAME_E_ARGUMENT || !strstr(err.message, all[k].part))
      fail_msg("%s: %s '%s'", all[k].key, metagame_status_name(status), err.message);
  }
}

int main(void) {
  model_path = getenv("METAGAME_TEST_MODEL");
  if (!model_path || !*model_path) {
    puts("METAGAME_TEST_MODEL is not set");
    return 77;
  }
  metagame_llama_silence();
  snprintf(cache_dir, sizeof cache_dir, "%s", model_path);
  char *slash = strrchr(cache_dir, '/');
  strcpy(slash ? slash : cache_dir, slash ? "" : ".");
  metagame_llama_options options = usual();
  metagame_error err;
  if (metagame_llama_create(&first, &options, &err) < 0) {
    fprintf(stderr, "%s\n", err.message);
    return 1;
  }
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_logit_equals_llama_cpp),
    cmocka_unit_test(gradient_equals_differences),
    cmocka_unit_test(graph_values_equal_llama_cpp),
    cmocka_unit_test(words_are_sums_of_tokens),
    cmocka_unit_test(steps_average_to_the_mean),
    cmocka_unit_test(integrated_gradients_are_complete),
    cmocka_unit_test(absent_players_as_asked),
    cmocka_unit_test(attributors_conform),
    cmocka_unit_test(methods_are_checked),
    cmocka_unit_test(prompts_that_end_in_a_word),
    cmocka_unit_test(metadata_are_checked),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  metagame_llama_destroy(first);
  return failed;
}
