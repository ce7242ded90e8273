/* SPDX-License-Identifier: MIT */
/* The engine against plain evaluations of the same tokens, and its errors. METAGAME_TEST_MODEL names an instruction-tuned GGUF
 * file whose vocabulary has ' good' and ' bad' as tokens; its F32 copy goes beside it. Without it: exit code 77. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "metagame_llama.h"
#include "plain.h"

static const char *model_path;
static char cache_dir[4096];
static plain *oracle;
static metagame_llama *lender; /* whose weights the others share */

/* With weights of its own. */
static metagame_llama_options alone(void) {
  metagame_llama_options options = METAGAME_LLAMA_OPTIONS_INIT;
  options.model_path = model_path;
  options.cache_dir = cache_dir;
  options.text = "The extraordinarily slow service was not bad.";
  options.instruction = "Is this review good or bad?\n{}";
  options.answer = "It was";
  options.target = " good";
  options.contrast = " bad";
  options.n_threads = 2;
  return options;
}

static metagame_llama_options usual(void) {
  metagame_llama_options options = alone();
  options.share = lender;
  options.model_path = NULL;
  return options;
}

static metagame_llama *make(const metagame_llama_options *options) {
  metagame_llama *handle = NULL;
  metagame_error err;
  if (metagame_llama_create(&handle, options, &err) != METAGAME_OK) fail_msg("%s", err.message);
  return handle;
}

static void evaluate(metagame_llama *handle, const uint64_t *masks, size_t n, double *values) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_error err;
  assert_int_equal(metagame_llama_function(handle, &function, &err), METAGAME_OK);
  if (function.evaluate(function.user, masks, n, values, &err) != 0) fail_msg("%s", err.message);
  function.destroy(function.user);
}

static size_t tokens_of(metagame_llama *handle, const uint64_t *mask, int32_t *tokens, size_t capacity) {
  size_t n = 0;
  assert_int_equal(metagame_llama_tokens(handle, mask, tokens, capacity, &n, NULL), METAGAME_OK);
  assert_true(n <= capacity);
  return n;
}

static void assert_near(const double *got, const double *wanted, size_t n) {
  double low = wanted[0], high = wanted[0];
  for (size_t k = 0; k < n; ++k) {
    low = fmin(low, wanted[k]);
    high = fmax(high, wanted[k]);
  }
  for (size_t k = 0; k < n; ++k)
    if (!(fabs(got[k] - wanted[k]) <= 1e-3 * (high - low)))
      fail_msg("value %zu is %.9g, wanted %.9g (range %g)", k, got[k], wanted[k], high - low);
}

static const uint64_t some_masks[] = { 0, 127, 1, 64, 63, 126, 85, 42, 96, 31, 7, 99, 31 };
enum { N_SOME = sizeof some_masks / sizeof *some_masks };

/* ---- values -------------------------------------------------------------------------------------------------------------- */

static void compare_with_plain(const metagame_llama_options *options) {
  int32_t good = plain_token(oracle, " good"), bad = plain_token(oracle, " bad");
  assert_true(good >= 0 && bad >= 0);
  metagame_llama *handle = make(options);
  assert_int_equal(metagame_llama_n_players(handle), 7);
  double values[N_SOME], wanted[N_SOME];
  evaluate(handle, some_masks, N_SOME, values);
  for (size_t k = 0; k < N_SOME; ++k) {
    int32_t tokens[128];
    size_t n = tokens_of(handle, &some_masks[k], tokens, 128);
    const float *logits = plain_logits(oracle, tokens, n, 1);
    assert_non_null(logits);
    wanted[k] = (double)logits[good] - (double)logits[bad];
  }
  assert_near(values, wanted, N_SOME);
  metagame_llama_destroy(handle);
}

static void values_equal_plain_evaluations(void **state) {
  (void)state;
  for (int32_t absent = METAGAME_LLAMA_UNKNOWN; absent <= METAGAME_LLAMA_DELETE; ++absent) {
    metagame_llama_options options = usual();
    options.absent = absent;
    compare_with_plain(&options);
    options.flags = METAGAME_LLAMA_RAW; /* the text comes last: when it is deleted, the instruction decides */
    options.instruction = "I read this review:\n{}";
    options.answer = NULL;
    compare_with_plain(&options);
    if (absent == METAGAME_LLAMA_DELETE) continue;
    options.instruction = NULL; /* nothing is shared */
    compare_with_plain(&options);
  }
}

static void generated_values_equal_plain_evaluations(void **state) {
  (void)state;
  enum { STEPS = 4 };
  metagame_llama_options options = usual();
  options.target = options.contrast = options.answer = NULL;
  options.generate = STEPS;
  for (int32_t absent = METAGAME_LLAMA_UNKNOWN; absent <= METAGAME_LLAMA_DELETE; ++absent) {
    options.absent = absent;
    metagame_llama *handle = make(&options);
    size_t n_steps = 0, n_vocab = (size_t)plain_n_vocab(oracle);
    while (metagame_llama_target_text(handle, n_steps)) ++n_steps;
    assert_true(n_steps >= 1 && n_steps <= STEPS);
    int32_t tokens[128], answer[STEPS];
    uint64_t everyone = 127;
    size_t n = tokens_of(handle, &everyone, tokens, 128) - (n_steps - 1);
    for (size_t step = 0; step < n_steps; ++step) { /* greedy, on its own */
      const float *logits = plain_logits(oracle, tokens, n, 1);
      size_t best = 0;
      for (size_t token = 1; token < n_vocab; ++token)
        if (logits[token] > logits[best]) best = token;
      answer[step] = (int32_t)best;
      assert_string_equal(plain_piece(oracle, answer[step]), metagame_llama_target_text(handle, step));
      if (step + 1 < n_steps) assert_int_equal(tokens[n], answer[step]); /* the held prefix */
      ++n;
    }
    double values[N_SOME], wanted[N_SOME];
    evaluate(handle, some_masks, N_SOME, values);
    for (size_t k = 0; k < N_SOME; ++k) {
      n = tokens_of(handle, &some_masks[k], tokens, 128);
      const float *logits = plain_logits(oracle, tokens, n, n_steps);
      wanted[k] = 0.0;
      for (size_t step = 0; step < n_steps; ++step)
        wanted[k] += (double)logits[step * n_vocab + (size_t)answer[step]] / (double)n_steps;
    }
    assert_near(values, wanted, N_SOME);
    metagame_llama_destroy(handle);
  }
}

static void values_do_not_depend_on_the_batch(void **state) {
  (void)state;
  double wanted[128], values[128];
  uint64_t masks[128], reversed[128];
  for (size_t k = 0; k < 128; ++k) {
    masks[k] = k;
    reversed[127 - k] = k;
  }
  metagame_llama_options options = usual();
  metagame_llama *handle = make(&options);
  for (size_t k = 0; k < 128; ++k) evaluate(handle, masks + k, 1, wanted + k);
  evaluate(handle, masks, 128, values);
  assert_near(values, wanted, 128);
  double turned[128];
  evaluate(handle, reversed, 128, turned);
  for (size_t k = 0; k < 128; ++k) assert_true(turned[127 - k] == values[k]); /* rows are sorted first: the very same work */
  metagame_llama_destroy(handle);
  static const uint32_t parallel[] = { 1, 5, 128 };
  for (size_t p = 0; p < 3; ++p) {
    options.n_parallel = parallel[p];
    handle = make(&options);
    evaluate(handle, masks, 128, values);
    assert_near(values, wanted, 128);
    uint64_t n_evaluations = 0, n_tokens = 0;
    metagame_llama_counts(handle, &n_evaluations, &n_tokens);
    assert_int_equal(n_evaluations, 128);
    assert_true(n_tokens > 0);
    metagame_llama_destroy(handle);
  }
}

/* ---- players ------------------------------------------------------------------------------------------------------------- */

/* With player j absent exactly the tokens of word j differ, and together they are the word. */
static void check_players(const metagame_llama_options *options) {
  metagame_llama *handle = make(options);
  uint32_t n_players = metagame_llama_n_players(handle);
  size_t words = metagame_mask_words(n_players);
  int32_t whole[512], part[512];
  uint64_t *mask = calloc(words, sizeof *mask);
  for (uint32_t j = 0; j < n_players; ++j) mask[j / 64] |= UINT64_C(1) << (j % 64);
  size_t n = tokens_of(handle, mask, whole, 512), last = 0;
  for (uint32_t j = 0; j < n_players; ++j) {
    char text[256] = "";
    mask[j / 64] ^= UINT64_C(1) << (j % 64);
    assert_int_equal(tokens_of(handle, mask, part, 512), n);
    mask[j / 64] ^= UINT64_C(1) << (j % 64);
    for (size_t k = 0; k < n; ++k) {
      if (part[k] == whole[k]) continue;
      assert_int_equal(part[k], -1);
      assert_true(k > last); /* words in the order of the text */
      last = k;
      strcat(text, plain_piece(oracle, whole[k]));
    }
    assert_string_equal(text + strspn(text, " \n"), metagame_llama_labels(handle)[j]);
  }
  free(mask);
  metagame_llama_destroy(handle);
}

static void player_j_is_word_j(void **state) {
  (void)state;
  metagame_llama_options options = usual();
  options.absent = METAGAME_LLAMA_ZERO; /* leaves a mark that no token can be mistaken for */
  check_players(&options);
  options.players = METAGAME_LLAMA_TOKENS;
  check_players(&options);
  options.players = METAGAME_LLAMA_WORDS;
  options.text = "  two   spaces\nand a line, na\xc3\xafve caf\xc3\xa9s \xe2\x80\x94 \xe6\x9d\xb1\xe4\xba\xac \t";
  check_players(&options);
  options.flags = METAGAME_LLAMA_RAW;
  check_players(&options);
  char many[1024] = "";
  for (int k = 0; k < 130; ++k) sprintf(many + strlen(many), " w%d", k); /* three words of mask */
  options.flags = 0;
  options.text = many;
  check_players(&options);
}

static void words_and_tokens(void **state) {
  (void)state;
  static const char *const wanted[] = { "The", "extraordinarily", "slow", "service", "was", "not", "bad." };
  metagame_llama_options options = usual();
  metagame_llama *words = make(&options);
  assert_int_equal(metagame_llama_n_players(words), 7);
  for (uint32_t j = 0; j < 7; ++j) assert_string_equal(metagame_llama_labels(words)[j], wanted[j]);
  assert_string_equal(metagame_llama_target_text(words, 0), " good");
  assert_string_equal(metagame_llama_target_text(words, 1), " bad");
  assert_null(metagame_llama_target_text(words, 2));
  assert_non_null(strstr(metagame_llama_value_text(words), "' good'"));
  assert_non_null(strstr(metagame_llama_prompt(words), options.text));
  options.players = METAGAME_LLAMA_TOKENS;
  metagame_llama *tokens = make(&options);
  assert_true(metagame_llama_n_players(tokens) > 7); /* at least the full stop */
  assert_string_not_equal(metagame_llama_masking_id(words), metagame_llama_masking_id(tokens));
  options.absent = METAGAME_LLAMA_DELETE;
  metagame_llama *deleted = make(&options);
  assert_string_not_equal(metagame_llama_masking_id(tokens), metagame_llama_masking_id(deleted));
  metagame_llama_destroy(words);
  metagame_llama_destroy(tokens);
  metagame_llama_destroy(deleted);
}

/* ---- games --------------------------------------------------------------------------------------------------------------- */

static metagame_result *solve(const metagame_game *game) {
  metagame_result *result = NULL;
  metagame_error err;
  if (metagame_solve(&result, game, NULL, &err) != METAGAME_OK) fail_msg("%s", err.message);
  return result;
}

static void occlusion_with_one_replacement_is_the_builtin(void **state) {
  (void)state;
  metagame_llama_options options = usual();
  options.text = "It was not bad.";
  options.absent = options.occluded = METAGAME_LLAMA_DELETE;
  metagame_llama *handle = make(&options);
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_game *values = NULL, *builtin = NULL, *own = NULL;
  method.name = "occlusion";
  assert_int_equal(metagame_llama_function(handle, &function, NULL), METAGAME_OK);
  assert_int_equal(metagame_game_from_function(&values, &function, NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_game_attribute(&builtin, values, &method, NULL), METAGAME_OK);
  assert_int_equal(metagame_llama_occlusion(&own, handle, NULL), METAGAME_OK);
  metagame_llama_destroy(handle); /* games hold what they need */
  metagame_result *a = solve(builtin), *b = solve(own);
  assert_near(metagame_result_matrix(b), metagame_result_matrix(a), 16);
  assert_near(metagame_result_first_order(b), metagame_result_first_order(a), 4);
  metagame_result_destroy(a);
  metagame_result_destroy(b);
  metagame_game_destroy(values);
  metagame_game_destroy(builtin);
  metagame_game_destroy(own);
}

/* f(all) - f(all but i deleted) is the first order, and the diagonal is f({i}) - f(i deleted, others unknown). */
static void directed_occlusion_mixes_both_replacements(void **state) {
  (void)state;
  metagame_llama_options options = usual();
  options.text = "It was not bad.";
  metagame_llama *unknown = make(&options);
  options.absent = METAGAME_LLAMA_DELETE;
  metagame_llama *deleted = make(&options);
  metagame_game *game = NULL;
  assert_int_equal(metagame_llama_occlusion(&game, unknown, NULL), METAGAME_OK);
  metagame_result *result = solve(game);
  int32_t good = plain_token(oracle, " good"), bad = plain_token(oracle, " bad");
  double first[4], diagonal[4], got[4];
  for (uint32_t i = 0; i < 4; ++i) {
    uint64_t all = 15, others = 15 ^ (UINT64_C(1) << i), alone = UINT64_C(1) << i, nobody = 0;
    double with, without;
    evaluate(unknown, &all, 1, &with);
    evaluate(deleted, &others, 1, &without);
    first[i] = with - without;
    int32_t tokens[128], whole[128], some[128];
    size_t n = tokens_of(unknown, &nobody, tokens, 128), kept = 0;
    tokens_of(unknown, &all, whole, 128);
    tokens_of(unknown, &others, some, 128);
    for (size_t k = 0; k < n; ++k)
      if (some[k] == whole[k]) tokens[kept++] = tokens[k]; /* all but the tokens of word i */
    const float *logits = plain_logits(oracle, tokens, kept, 1);
    without = (double)logits[good] - (double)logits[bad];
    evaluate(unknown, &alone, 1, &with);
    diagonal[i] = with - without;
    got[i] = metagame_result_matrix(result)[i * 4 + i];
  }
  assert_near(metagame_result_first_order(result), first, 4);
  assert_near(got, diagonal, 4);
  double skew = 0.0;
  for (uint32_t i = 0; i < 4; ++i)
    for (uint32_t j = 0; j < 4; ++j)
      skew = fmax(skew, fabs(metagame_result_matrix(result)[i * 4 + j] - metagame_result_matrix(result)[j * 4 + i]));
  assert_true(skew > 1e-2);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  metagame_llama_destroy(unknown);
  metagame_llama_destroy(deleted);
}

static void *evaluate_in_thread(void *argument) {
  double *values = malloc(N_SOME * sizeof *values);
  evaluate(argument, some_masks, N_SOME, values);
  return values;
}

static void threads_may_share_a_handle(void **state) {
  (void)state;
  metagame_llama_options options = usual();
  metagame_llama *handle = make(&options);
  pthread_t threads[3];
  void *values[3];
  for (int k = 0; k < 3; ++k) assert_int_equal(pthread_create(&threads[k], NULL, evaluate_in_thread, handle), 0);
  for (int k = 0; k < 3; ++k) pthread_join(threads[k], &values[k]);
  for (int k = 1; k < 3; ++k) assert_memory_equal(values[0], values[k], N_SOME * sizeof(double));
  for (int k = 0; k < 3; ++k) free(values[k]);
  metagame_llama_destroy(handle);
}

/* ---- errors -------------------------------------------------------------------------------------------------------------- */

static void refused(const metagame_llama_options *options, metagame_status status, const char *part) {
  metagame_llama *handle = (metagame_llama *)(uintptr_t)1;
  metagame_error err = { 0, 0, "" };
  metagame_status got = metagame_llama_create(&handle, options, &err);
  if (got != status || !strstr(err.message, part))
    fail_msg("got %s '%s', wanted %s '%s'", metagame_status_name(got), err.message, metagame_status_name(status), part);
  assert_null(handle);
  assert_int_equal(err.status, status);
  assert_int_equal(metagame_llama_create(&handle, options, NULL), status);
}

#define REFUSED_FROM(start, change, status, part) \
  do {                                            \
    metagame_llama_options options = start();     \
    change;                                       \
    refused(&options, status, part);              \
  } while (0)
#define REFUSED(change, status, part) REFUSED_FROM(usual, change, status, part)
#define REFUSED_ALONE(change, status, part) REFUSED_FROM(alone, change, status, part)

static void options_are_checked(void **state) {
  (void)state;
  metagame_error err;
  metagame_llama *handle;
  metagame_llama_options good = alone();
  assert_int_equal(metagame_llama_create(NULL, &good, &err), METAGAME_E_NULL);
  assert_int_equal(metagame_llama_create(&handle, NULL, &err), METAGAME_E_NULL);
  REFUSED_ALONE(options.struct_size = 8, METAGAME_E_STRUCT_SIZE, "struct_size is 8");
  REFUSED_ALONE(options.flags = 2, METAGAME_E_FLAGS, "flags");
  REFUSED_ALONE(options.model_path = NULL, METAGAME_E_NULL, "model_path");
  REFUSED_ALONE(options.text = NULL, METAGAME_E_NULL, "text");
  REFUSED_ALONE(options.players = 3, METAGAME_E_ARGUMENT, "players is 3");
  REFUSED_ALONE(options.absent = -1, METAGAME_E_ARGUMENT, "absent is -1");
  REFUSED_ALONE(options.occluded = 6, METAGAME_E_ARGUMENT, "occluded is 6");
  REFUSED_ALONE(options.weights = 3, METAGAME_E_ARGUMENT, "weights is 3");
  REFUSED_ALONE(options.n_parallel = 129, METAGAME_E_ARGUMENT, "n_parallel is 129");
  REFUSED_ALONE(options.n_threads = 513, METAGAME_E_ARGUMENT, "n_threads is 513");
  REFUSED_ALONE(options.reserved = 1, METAGAME_E_ARGUMENT, "reserved");
  REFUSED_ALONE(options.generate = 2, METAGAME_E_ARGUMENT, "generate is 2");
  REFUSED_ALONE((options.generate = 65, options.target = options.contrast = NULL), METAGAME_E_ARGUMENT, "generate is 65");
  REFUSED_ALONE(options.target = NULL, METAGAME_E_ARGUMENT, "contrast");
  REFUSED_ALONE((options.flags = METAGAME_LLAMA_RAW, options.system = "x"), METAGAME_E_ARGUMENT, "system");
  struct {
    metagame_llama_options options;
    uint64_t tail;
  } later = { alone(), 0 };
  later.options.struct_size = sizeof later;
  assert_int_equal(metagame_llama_create(&handle, &later.options, &err), METAGAME_OK);
  metagame_function function = METAGAME_FUNCTION_INIT;
  function.struct_size = 3;
  assert_int_equal(metagame_llama_function(handle, &function, &err), METAGAME_E_STRUCT_SIZE);
  metagame_llama_destroy(handle);
  later.tail = 1;
  refused(&later.options, METAGAME_E_STRUCT_SIZE, "not zero");
}

static void prompts_are_checked(void **state) {
  (void)state;
  REFUSED(options.text = "", METAGAME_E_ARGUMENT, "no words");
  REFUSED(options.text = " \n\t ", METAGAME_E_ARGUMENT, "no words");
  REFUSED(options.instruction = "no slot", METAGAME_E_ARGUMENT, "{}");
  REFUSED(options.instruction = "{} {}", METAGAME_E_ARGUMENT, "exactly once");
  REFUSED(options.instruction = "Say \"{}\"", METAGAME_E_ARGUMENT, "joins");
  REFUSED(options.target = " good grief", METAGAME_E_ARGUMENT, "target is ' good grief'");
  REFUSED(options.target = "", METAGAME_E_ARGUMENT, "0 tokens");
  REFUSED(options.contrast = " extraordinarily bad", METAGAME_E_ARGUMENT, "contrast");
  REFUSED(options.contrast = " good", METAGAME_E_ARGUMENT, "same token");
  REFUSED(options.absent_token = "two tokens", METAGAME_E_ARGUMENT, "absent_token");
  REFUSED(
      (options.flags = METAGAME_LLAMA_RAW, options.instruction = options.answer = NULL, options.absent = METAGAME_LLAMA_DELETE),
      METAGAME_E_ARGUMENT, "nothing is left");
  enum { MANY = 60000 };
  char *text = malloc(2 * MANY + 1);
  for (int k = 0; k < MANY; ++k) memcpy(text + 2 * k, "a ", 3);
  REFUSED(options.text = text, METAGAME_E_LIMIT, "tokens");
  free(text);
}

static void copy_start(const char *to, size_t most) {
  char *block = malloc(1 << 20);
  FILE *in = fopen(model_path, "rb"), *out = fopen(to, "wb");
  assert_true(in && out);
  for (size_t n; most > 0 && (n = fread(block, 1, most < (1 << 20) ? most : 1 << 20, in)) > 0; most -= n)
    assert_int_equal(fwrite(block, 1, n, out), n);
  fclose(in);
  fclose(out);
  free(block);
}

static void files_are_checked(void **state) {
  (void)state;
  char directory[] = "/tmp/metagame-llama-XXXXXX", path[64];
  assert_non_null(mkdtemp(directory));
  snprintf(path, sizeof path, "%s/model.gguf", directory);
  REFUSED_ALONE(options.model_path = path, METAGAME_E_ARGUMENT, "No such file");
  REFUSED_ALONE(options.model_path = directory, METAGAME_E_ARGUMENT, "not a regular file");
  FILE *file = fopen(path, "wb");
  fputs("hello", file);
  fclose(file);
  REFUSED_ALONE(options.model_path = path, METAGAME_E_ARGUMENT, "not a GGUF file");
  copy_start(path, 3);
  REFUSED_ALONE(options.model_path = path, METAGAME_E_ARGUMENT, "not a GGUF file");
  copy_start(path, 4096);
  REFUSED_ALONE(options.model_path = path, METAGAME_E_ARGUMENT, "damaged or truncated");
  copy_start(path, (size_t)20 << 20);
  REFUSED_ALONE(options.model_path = path, METAGAME_E_ARGUMENT, "truncated");
  remove(path);
  rmdir(directory);

  metagame_llama_options whole = alone();
  metagame_llama *handle = make(&whole);
  int quantised = strcmp(metagame_llama_model_file(handle), model_path) != 0;
  metagame_llama_destroy(handle);
  if (quantised) {
    REFUSED_ALONE(options.cache_dir = NULL, METAGAME_E_ARGUMENT, "cache_dir is NULL");
    REFUSED_ALONE(options.cache_dir = "/proc/nowhere", METAGAME_E_ARGUMENT, "cache_dir is '/proc/nowhere'");
  }
}

static void null_is_harmless(void **state) {
  (void)state;
  size_t n;
  uint64_t mask = 0;
  metagame_llama_destroy(NULL);
  assert_int_equal(metagame_llama_n_players(NULL), 0);
  assert_null(metagame_llama_labels(NULL));
  assert_null(metagame_llama_prompt(NULL));
  assert_int_equal(metagame_llama_tokens(NULL, &mask, NULL, 0, &n, NULL), METAGAME_E_NULL);
  assert_int_equal(metagame_llama_function(NULL, NULL, NULL), METAGAME_E_NULL);
  assert_int_equal(metagame_llama_occlusion(NULL, NULL, NULL), METAGAME_E_NULL);
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
  metagame_llama_options options = alone();
  metagame_error err;
  if (metagame_llama_create(&lender, &options, &err) < 0) {
    fprintf(stderr, "%s\n", err.message);
    return 1;
  }
  oracle = plain_open(metagame_llama_model_file(lender));
  if (!oracle) return 1;
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(values_equal_plain_evaluations),
    cmocka_unit_test(generated_values_equal_plain_evaluations),
    cmocka_unit_test(values_do_not_depend_on_the_batch),
    cmocka_unit_test(player_j_is_word_j),
    cmocka_unit_test(words_and_tokens),
    cmocka_unit_test(occlusion_with_one_replacement_is_the_builtin),
    cmocka_unit_test(directed_occlusion_mixes_both_replacements),
    cmocka_unit_test(threads_may_share_a_handle),
    cmocka_unit_test(options_are_checked),
    cmocka_unit_test(prompts_are_checked),
    cmocka_unit_test(files_are_checked),
    cmocka_unit_test(null_is_harmless),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  plain_close(oracle);
  metagame_llama_destroy(lender);
  return failed;
}
