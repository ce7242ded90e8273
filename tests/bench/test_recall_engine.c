/* SPDX-License-Identifier: MIT */
/* Word j of a prompt is player j of the engine: without player j the model reads other tokens at the place of word j, and nowhere else.
 * argv[1]: the committed set. METAGAME_TEST_MODEL names an instruction-tuned GGUF file; without it: exit code 77. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../bench/common.h"
#include "../../bench/recall/engine.h"

enum { MOST_TOKENS = 512, STEP = 9 };

static const char *set_path, *model_path;
static char cache_dir[4096];

static size_t tokens_at(metagame_llama *handle, uint64_t mask, int32_t *tokens) {
  size_t n = 0;
  assert_int_equal(metagame_llama_tokens(handle, &mask, tokens, MOST_TOKENS, &n, NULL), METAGAME_OK);
  assert_true(n <= MOST_TOKENS);
  return n;
}

static void check_prompt(const recall_options *options, const recall_prompt *prompt) {
  char why[BENCH_MESSAGE];
  int32_t all[MOST_TOKENS], some[MOST_TOKENS];
  metagame_llama *handle = NULL;
  if (recall_engine_open(&handle, options, prompt, NULL, why) != 0) fail_msg("%s", why);
  const uint32_t n = metagame_llama_n_players(handle);
  const uint64_t everyone = (UINT64_C(1) << n) - 1;
  const size_t n_tokens = tokens_at(handle, everyone, all);
  size_t behind = 0; /* the last place of the players before */
  assert_int_equal(n, prompt->n_words);
  for (uint32_t j = 0; j < n; ++j) {
    size_t length, core, first = 0, last = 0, changed = 0;
    const char *word = recall_word(prompt->text, j, &length, &core);
    assert_true(strlen(metagame_llama_labels(handle)[j]) == length && memcmp(metagame_llama_labels(handle)[j], word, length) == 0);
    assert_int_equal(tokens_at(handle, everyone ^ (UINT64_C(1) << j), some), n_tokens);
    for (size_t k = 0; k < n_tokens; ++k)
      if (all[k] != some[k]) {
        if (changed++ == 0) first = k;
        last = k;
      }
    if (changed == 0 || last - first + 1 != changed || first <= behind)
      fail_msg("%s, player %u: %zu tokens from %zu to %zu; the one before ends at %zu", prompt->id, j, changed, first, last, behind);
    behind = last;
  }
  metagame_llama_destroy(handle);
}

static void word_is_player(void **state) {
  char why[BENCH_MESSAGE];
  recall_set set;
  recall_options options;
  char *arguments[] = { "bench-recall", "--model", (char *)(uintptr_t)model_path, "--cache-dir", cache_dir, "--prompts", "x",
                        "--threads", "1", "--generate", "2" };
  (void)state;
  if (recall_options_read(&options, (int)(sizeof arguments / sizeof *arguments), arguments, why) != 0) fail_msg("%s", why);
  if (recall_set_load(&set, set_path, why) != 0) fail_msg("%s", why);
  for (size_t p = 0; p < set.n_prompts; p += STEP) check_prompt(&options, set.prompts + p);
  recall_prompt odd = set.prompts[0]; /* words that are not those of the text */
  metagame_llama *handle = NULL;
  odd.n_words = 3;
  assert_int_equal(recall_engine_open(&handle, &options, &odd, NULL, why), -1);
  assert_non_null(strstr(why, "players for 3 words"));
  assert_null(handle);
  recall_set_free(&set);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(word_is_player) };
  model_path = getenv("METAGAME_TEST_MODEL");
  if (!model_path || !*model_path) return 77;
  if (argc != 2) return 2;
  const char *slash = strrchr(model_path, '/');
  snprintf(cache_dir, sizeof cache_dir, "%.*s", slash ? (int)(slash - model_path) : 1, slash ? model_path : ".");
  set_path = argv[1];
  metagame_llama_silence();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
