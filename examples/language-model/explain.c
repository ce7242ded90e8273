/* SPDX-License-Identifier: MIT */
/* metagame-explain: the words of a sentence, explained by the words around them. The whole use of the library in one program:
 * engine -> value game -> attribution -> session (ask, evaluate, tell) -> result -> verification -> files. */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "arguments.h"
#include "output.h"

enum { MOST_PLAYERS = 14 }; /* of attributions that need the values of all subsets */

static _Atomic(metagame_session *) running;

/* The first Ctrl-C (or SIGTERM) ends the session, the second the program. */
static void on_interrupt(int number) {
  (void)number;
  metagame_session_cancel(atomic_load(&running));
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

typedef struct clockwork {
  double start, shown;
  uint64_t first; /* evaluations of the model before the session */
  const metagame_llama *engine;
  bool terminal;
} clockwork;

static int32_t METAGAME_CALL show_progress(void *user, const metagame_progress *progress) {
  clockwork *clock = user;
  double now = seconds(), spent = now - clock->start;
  uint64_t evaluations;
  metagame_llama_counts(clock->engine, &evaluations, NULL);
  if (spent <= 0.0 || progress->n_told == 0 || (!clock->terminal && now - clock->shown < 5.0)) return 0;
  clock->shown = now;
  double rate = (double)progress->n_told / spent;
  uint64_t left = progress->n_planned > progress->n_told ? progress->n_planned - progress->n_told : 0;
  fprintf(stderr, "%s%llu of about %llu evaluations, %.1f/s, about %.0f s left  %s", clock->terminal ? "\r" : "",
          (unsigned long long)progress->n_told, (unsigned long long)progress->n_planned,
          (double)(evaluations - clock->first) / spent, (double)left / rate, clock->terminal ? "" : "\n");
  fflush(stderr);
  return 0;
}

/* The driver loop in full, so that the signal handler has a session to cancel. */
static metagame_status solve(metagame_result **out, const metagame_game *game, const metagame_options *options,
                             metagame_error *err) {
  metagame_session *session = NULL;
  metagame_status status = metagame_session_create(&session, game, options, err);
  if (status < 0) return status;
  atomic_store(&running, session);
  for (;;) {
    metagame_request request = METAGAME_REQUEST_INIT;
    status = metagame_session_ask(session, &request, err);
    if (status != METAGAME_OK) break;
    status = metagame_game_evaluate(game, &request, request.rows, err);
    if (status < 0) break;
    status = metagame_session_tell(session, request.ticket, request.rows, request.n_masks, err);
    if (status < 0) break;
  }
  if (status == METAGAME_DONE || status == METAGAME_E_CANCELLED) status = metagame_session_finish(out, session, err);
  atomic_store(&running, NULL);
  metagame_session_destroy(session);
  return status;
}

/* "directed" is the engine's, the others are the library's own attributions of the value game. */
static metagame_status make_game(metagame_game **out, metagame_llama *engine, const char *attributor, metagame_error *err) {
  if (strcmp(attributor, "directed") == 0) return metagame_llama_occlusion(out, engine, err);
  metagame_game *values = NULL;
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_status status = metagame_llama_function(engine, &function, err);
  if (status >= 0) status = metagame_game_from_function(&values, &function, NULL, err);
  if (status < 0) return status;
  metagame_method method = METAGAME_METHOD_INIT;
  method.name = attributor;
  status = metagame_game_attribute(out, values, &method, err);
  metagame_game_destroy(values);
  return status;
}

/* Value with every word and with none. */
static metagame_status print_values(metagame_llama *engine, metagame_error *err) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_status status = metagame_llama_function(engine, &function, err);
  if (status < 0) return status;
  uint32_t n = function.n_players;
  size_t words = metagame_mask_words(n);
  uint64_t *masks = calloc(2 * words, sizeof *masks);
  double values[2] = { 0.0, 0.0 };
  int32_t code = 1;
  if (masks) {
    for (uint32_t k = 0; k < n; ++k) masks[words + k / 64] |= UINT64_C(1) << (k % 64);
    code = function.evaluate(function.user, masks, 2, values, err);
  }
  free(masks);
  function.destroy(function.user);
  if (code != 0) return METAGAME_E_CALLBACK;
  printf("value    %s: %+.3f with all words, %+.3f with none\n", metagame_llama_value_text(engine), values[1], values[0]);
  return METAGAME_OK;
}

static void print_prompt(const metagame_llama *engine) {
  fputs("prompt   ", stdout);
  for (const char *c = metagame_llama_prompt(engine); *c; ++c) {
    if (*c == '\n') fputs("\\n", stdout);
    else putchar(*c);
  }
  printf("\nplayers  %u:", metagame_llama_n_players(engine));
  for (uint32_t k = 0; k < metagame_llama_n_players(engine); ++k) printf(" [%s]", metagame_llama_labels(engine)[k]);
  putchar('\n');
}

/* Coalitions of the attribution that some 6000 values pay for; with room for all of them, the exact solver is chosen (budget 0).
 */
static uint64_t default_budget(uint32_t n, const char *attributor) {
  enum { VALUES = 6000 };
  bool few = strcmp(attributor, "directed") == 0 || strcmp(attributor, "occlusion") == 0;
  uint64_t each = strcmp(attributor, "directed") == 0 ? 1 + n / 2 : 1;
  if (n < 13 && (UINT64_C(1) << n) * each <= VALUES) return 0;
  if (!few) return 0;
  uint64_t budget = VALUES / (1 + (uint64_t)n / 2), least = 8 * (uint64_t)n + 32;
  return budget > least ? budget : least;
}

static int explain(const arguments *args) {
  metagame_llama *engine = NULL;
  metagame_game *game = NULL;
  metagame_result *result = NULL;
  metagame_error err = { 0, 0, "" };
  double begin = seconds();
  int code = 1;
  if (make_directory(args->output_dir) != 0) return 1;
  metagame_status status = metagame_llama_create(&engine, &args->model, &err);
  if (status < 0) goto done;
  fprintf(stderr, "model ready after %.1f s: %s\n", seconds() - begin, metagame_llama_model_file(engine));
  print_prompt(engine);
  status = print_values(engine, &err);
  if (status >= 0) status = make_game(&game, engine, args->attributor, &err);
  if (status < 0) goto done;

  uint32_t n = metagame_llama_n_players(engine);
  bool all_subsets = strcmp(args->attributor, "shapley") == 0 || strcmp(args->attributor, "banzhaf") == 0;
  if (all_subsets && n > MOST_PLAYERS) {
    fprintf(stderr,
            "metagame-explain: --attributor %s needs up to 2^%u evaluations; use directed or occlusion above %d players\n",
            args->attributor, n, MOST_PLAYERS);
    goto done;
  }
  clockwork clock = { seconds(), 0.0, 0, engine, isatty(STDERR_FILENO) };
  metagame_llama_counts(engine, &clock.first, NULL);
  metagame_options options = METAGAME_OPTIONS_INIT;
  options.solver = args->solver;
  options.seed = args->seed;
  options.max_evaluations = args->budget ? args->budget : default_budget(n, args->attributor);
  options.batch = args->batch;
  if (!args->quiet) options.on_progress = show_progress;
  options.progress_user = &clock;
  struct sigaction action = { 0 }, before = { 0 }, before_term = { 0 };
  action.sa_handler = on_interrupt;
  action.sa_flags = (int)SA_RESETHAND;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &before);
  sigaction(SIGTERM, &action, &before_term);
  status = solve(&result, game, &options, &err);
  sigaction(SIGINT, &before, NULL);
  sigaction(SIGTERM, &before_term, NULL);
  if (!args->quiet && clock.terminal) fputc('\n', stderr);
  if (status < 0) goto done;

  static const char *const solvers[] = { "auto", "exact", "regression", "permutation" };
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  status = metagame_result_get_info(result, &info, &err);
  if (status < 0) goto done;
  printf("solver   %s, %llu attributions from %llu evaluations of the model in %.1f s; absent words: %s\n", solvers[info.solver],
         (unsigned long long)info.evaluations, (unsigned long long)info.value_evaluations, seconds() - clock.start,
         info.masking_id);
  print_table(result, metagame_llama_labels(engine));
  status = print_report(result, game, &err);
  if (status < 0) goto done;
  if (write_files(result, metagame_llama_labels(engine), args->output_dir) == 0) code = info.status == METAGAME_PARTIAL ? 130 : 0;
done:
  if (status < 0) fprintf(stderr, "metagame-explain: %s: %s\n", metagame_status_name(status), err.message);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  metagame_llama_destroy(engine);
  return code;
}

int main(int argc, char **argv) {
  arguments args;
  setvbuf(stdout, NULL, _IOLBF, 0); /* in step with the progress on standard error */
  int status = arguments_read(&args, argc, argv);
  if (status != 0) return status < 0 ? 2 : 0;
  metagame_llama_silence();
  status = explain(&args);
  free(args.target);
  return status;
}
