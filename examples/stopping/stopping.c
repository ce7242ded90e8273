/* SPDX-License-Identifier: MIT */
/* How many evaluations does an answer need? A run that stops by itself, and one that goes on later (docs/stopping.md).
 * 24 features of a score that saturates; the question is which four matter most. */
#include <math.h>
#include <metagame.h>
#include <stdio.h>

enum { N = 24, TOP = 4 };

static unsigned long calls;

static int32_t score(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  (void)user, (void)err;
  calls += n_masks;
  for (size_t r = 0; r < n_masks; ++r) {
    double evidence = -1, conflict = 0;
    for (int p = 0; p < N; ++p)
      if (masks[r] >> p & 1) {
        evidence += 6.0 / (p + 2);
        conflict += p % 2 ? 0.3 : -0.2;
      }
    rows[r] = 10 * tanh(evidence / 4) + conflict * conflict;
  }
  return 0;
}

static void say(const char *what, const metagame_result *result) {
  static const char *const reasons[] = { "the budget it was given", "resolved", "budget used up before that", "time is up" };
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  if (metagame_result_get_info(result, &info, NULL) != METAGAME_OK) return;
  printf("%-34s %5llu evaluations, %u looks: %s\n", what, (unsigned long long)info.asked, info.n_looks, reasons[info.stopped]);
}

int main(void) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_game *game = NULL;
  metagame_session *session = NULL;
  metagame_result *result = NULL;
  int failed = 1;
  function.n_players = N;
  function.evaluate = score;
  if (metagame_game_from_function(&game, &function, NULL, &err) != METAGAME_OK) goto end;

  /* Which four are the largest? Two that differ by less than 0.05 may be taken for each other. */
  options.max_evaluations = 20000;
  options.resolve = METAGAME_RESOLVE_TOP;
  options.top_k = TOP;
  options.precision = 0.05;
  if (metagame_solve(&result, game, &options, &err) != METAGAME_OK) goto end;
  say("the four largest, to 0.05:", result);
  metagame_result_destroy(result);
  result = NULL;

  /* Every value to a hundredth of the score's size. */
  options.resolve = METAGAME_RESOLVE_ENTRIES;
  options.top_k = 0;
  options.precision = 0;
  options.relative_precision = 0.01;
  if (metagame_solve(&result, game, &options, &err) != METAGAME_OK) goto end;
  say("every value to 1 % of the scale:", result);
  metagame_result_destroy(result);
  result = NULL;

  /* 1500 evaluations now, and 1500 more later: together the same numbers as 3000 at once. */
  const metagame_options defaults = METAGAME_OPTIONS_INIT;
  options = defaults;
  options.max_evaluations = 1500;
  options.flags = METAGAME_EXTENDABLE;
  calls = 0;
  if (metagame_session_create(&session, game, &options, &err) != METAGAME_OK) goto end;
  if (metagame_session_run(session, game, &err) != METAGAME_DONE) goto end;
  if (metagame_session_finish(&result, session, &err) != METAGAME_OK) goto end;
  say("a first run:", result);
  metagame_result_destroy(result);
  result = NULL;
  if (metagame_session_extend(session, 3000, &err) != METAGAME_OK) goto end;
  if (metagame_session_run(session, game, &err) != METAGAME_DONE) goto end;
  if (metagame_session_finish(&result, session, &err) != METAGAME_OK) goto end;
  say("the same, extended:", result);
  printf("calls of the game in both together: %lu\n", calls);
  failed = 0;
end:
  if (failed) fprintf(stderr, "%s: %s\n", metagame_status_name(err.status), err.message);
  metagame_result_destroy(result);
  metagame_session_destroy(session);
  metagame_game_destroy(game);
  return failed;
}
