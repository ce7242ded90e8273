/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "tool.h"

static volatile sig_atomic_t interrupted;
static bool line_shown;

/* ---- signals ---- */

static void on_signal(int number) {
  if (interrupted) { /* the second time */
    file_out_abandon();
    signal(number, SIG_DFL);
    raise(number);
    return;
  }
  interrupted = 1; /* whoever waits or loops looks at it; the handler may run on any thread */
}

void run_install_signals(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = on_signal; /* no SA_RESTART: waiting for a model's program must end */
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGHUP, &action, NULL);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, NULL);
  sigaction(SIGXFSZ, &action, NULL); /* a file that grows too large is an error like a full disk */
}

bool run_interrupted(void) { return interrupted != 0; }

/* ---- progress ---- */

double run_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void run_clear_line(void) {
  if (!line_shown) return;
  fputs("\r\033[K", stderr);
  fflush(stderr);
  line_shown = false;
}

static void print_time(char *out, size_t size, double seconds) {
  if (seconds < 100) snprintf(out, size, "%.0f s", seconds);
  else if (seconds < 6000) snprintf(out, size, "%.0f min %02.0f s", floor(seconds / 60), fmod(seconds, 60));
  else snprintf(out, size, "%.0f h %02.0f min", floor(seconds / 3600), floor(fmod(seconds, 3600) / 60));
}

/* Inside of tell. */
static int32_t METAGAME_CALL on_progress(void *user, const metagame_progress *progress) {
  run_progress *line = user;
  const double now = run_now(), spent = now - line->start;
  if (run_interrupted()) return 1;
  if (!line->visible || now - line->shown < 0.2 || spent <= 0 || progress->n_told == 0) return 0;
  line->shown = now;
  char left[64];
  const double rate = (double)progress->n_told / spent;
  print_time(left, sizeof left,
             progress->n_planned > progress->n_told ? (double)(progress->n_planned - progress->n_told) / rate : 0.0);
  fprintf(stderr, "\r%llu of %llu, %.*f/s, %s left\033[K", (unsigned long long)progress->n_told,
          (unsigned long long)progress->n_planned, rate < 100 ? 1 : 0, rate, left);
  fflush(stderr);
  line_shown = true;
  return 0;
}

/* ---- options and loop ---- */

static const char solvers[] = "auto|exact|regression|permutation|stratified|gaussian";

void run_add_options(option_table *table, run_options *run, const char *budget) {
  option_heading(table, "Computation");
  option_whole(table, "budget", "N", 1, UINT64_MAX / 2, &run->budget, budget);
  option_real(table, "precision", "P", 0, 1e300, &run->precision,
              "stop when the half width of every entry's interval is at most P times its target's scale");
  option_real(table, "half-width", "W", 0, 1e300, &run->half_width, "the same in the units of the matrix");
  option_real(table, "target-stderr", "E", 0, 1e300, &run->target_stderr, "stop when every standard error is at most E");
  option_choice(table, "resolve", "entries|top|ranking", &run->resolve,
                "what --precision and --half-width are about: each entry (default), which --top-k entries of a row are largest, or the order of all");
  option_whole(table, "top-k", "K", 1, METAGAME_MAX_PLAYERS, &run->top_k, "entries of --resolve top");
  option_real(table, "confidence", "C", 0, 1, &run->confidence, "of these statements; default 0.95");
  option_real(table, "seconds", "S", 0, 1e9, &run->seconds, "stop after S seconds with what is known");
  option_whole(table, "seed", "N", 0, UINT64_MAX, &run->seed, "of the random coalitions; default 0");
  option_choice(table, "solver", solvers, &run->solver,
                "default auto: exact where the budget allows, else by numbers of players and targets");
  option_choice(table, "outer", "shapley|banzhaf", &run->outer, "the value of a player; default shapley");
  option_flag(table, "unpinned", &run->unpinned, "targets may be absent, too");
  option_flag(table, "evaluate", &run->evaluate, "no closed form: the attribution at every coalition");
  option_whole(table, "memory", "MIB", 1, 1u << 24, &run->memory, "most memory of the computation; default no limit");
  option_whole(table, "batch", "N", 1, 1048576, &run->batch, "coalitions handed out together; default 64, of metagame text that of --parallel");
  option_flag(table, "quiet", &run->quiet, "print nothing but errors");
}

int run_check(const run_options *run) {
  enum { TOP = 2 };
  if ((run->resolve == TOP) != (run->top_k > 0)) return tool_fail(TOOL_USAGE, "--resolve top and --top-k go together");
  if (run->resolve && run->precision <= 0 && run->half_width <= 0)
    return tool_fail(TOOL_USAGE, "--resolve needs --precision or --half-width");
  return TOOL_OK;
}

void run_fill(metagame_options *options, const run_options *run, run_progress *progress) {
  progress->start = progress->shown = run_now();
  progress->visible = !run->quiet && isatty(STDERR_FILENO);
  options->on_progress = on_progress;
  options->progress_user = progress;
  options->solver = run->solver ? run->solver - 1 : METAGAME_SOLVER_AUTO;
  options->outer = run->outer ? run->outer - 1 : METAGAME_OUTER_SHAPLEY;
  options->flags = (run->unpinned ? METAGAME_UNPINNED : 0) | (run->evaluate ? METAGAME_EVALUATE : 0);
  options->seed = run->seed;
  options->max_evaluations = run->budget;
  options->max_bytes = run->memory << 20;
  options->batch = (uint32_t)run->batch;
  options->interaction_order = run->interaction_order;
  options->relative_precision = run->precision;
  options->precision = run->half_width;
  options->target_stderr = run->target_stderr;
  options->confidence = run->confidence;
  options->max_seconds = run->seconds;
  options->resolve = run->resolve ? run->resolve - 1 : METAGAME_RESOLVE_ENTRIES;
  options->top_k = (uint32_t)run->top_k;
}

static metagame_status loop(metagame_session *session, const metagame_game *game, run_counts *counts, metagame_error *err) {
  metagame_status status;
  for (;;) {
    metagame_request request = METAGAME_REQUEST_INIT;
    if (run_interrupted()) metagame_session_cancel(session);
    status = metagame_session_ask(session, &request, err);
    if (status != METAGAME_OK) break;
    const double before = run_now();
    status = metagame_game_evaluate(game, &request, request.rows, err);
    counts->game_seconds += run_now() - before;
    if (status < 0 && run_interrupted()) continue;
    if (status >= 0) status = metagame_session_tell(session, request.ticket, request.rows, request.n_masks, err);
    if (status < 0) break;
    counts->rows += request.n_masks;
  }
  run_clear_line();
  return status;
}

int run_would(const metagame_game *game, const run_options *run, int callback) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  run_progress progress;
  uint64_t bytes;
  run_fill(&options, run, &progress);
  const metagame_status status = metagame_session_bytes(&bytes, game, &options, &err);
  return status < 0 ? tool_fail_status(status, &err, callback) : TOOL_OK;
}

int run_solve(metagame_result **result, const metagame_game *game, const run_options *run, int callback, run_counts *counts) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_session *session = NULL;
  metagame_error err = METAGAME_ERROR_INIT;
  run_counts own = { 0 };
  run_progress progress;
  *result = NULL;
  if (!counts) counts = &own;
  memset(counts, 0, sizeof *counts);
  const double start = run_now();
  run_fill(&options, run, &progress);
  metagame_status status = metagame_session_create(&session, game, &options, &err);
  if (status < 0) return tool_fail_status(status, &err, callback);
  status = loop(session, game, counts, &err);
  if (status == METAGAME_DONE || status == METAGAME_E_CANCELLED) status = metagame_session_finish(result, session, &err);
  metagame_session_destroy(session);
  counts->seconds = run_now() - start;
  if (status == METAGAME_PARTIAL) return TOOL_PARTIAL;
  return status < 0 ? tool_fail_status(status, &err, callback) : TOOL_OK;
}
