/* SPDX-License-Identifier: MIT */
/* metagame text: engine -> game -> result -> print-out and files. */
#include "text.h"

#include "tool.h"

#ifndef TOOL_LLAMA

bool text_is_built(void) { return false; }

int text_run(const text_command *c, const char *operand) {
  (void)c, (void)operand;
  return tool_fail(TOOL_MODEL, "this metagame was built without llama.cpp");
}

#else

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "labels.h"
#include "metagame_llama.h"
#include "print.h"
#include "prompt.h"

enum { DEFAULT_PARALLEL = 16, MOST_ABSENCES = 5, PATH_ROOM = 4096, MOST_STEPS = 64 };

typedef struct text_work {
  const text_command *c;
  run_options run;
  char *prompt;
  char cache[PATH_ROOM], name[64];
  labels target, absent;
  int32_t absences[MOST_ABSENCES];
  metagame_llama *engine;
  metagame_llama_method method;
  metagame_game *game;
  uint32_t n, n_steps; /* players; steps that are kept */
  metagame_result *whole, *mean, *steps[MOST_STEPS];
  run_counts counts;
} text_work;

static const tool_name names[] = {
  { "set METAGAME_LLAMA_RAW in options.flags", "use --raw" },
  { "use METAGAME_LLAMA_RAW", "use --raw" },
  { "options.weights = METAGAME_LLAMA_WEIGHTS_STORED", "--weights stored" },
  { "options.players = METAGAME_LLAMA_TOKENS", "--players tokens" },
  { "METAGAME_LLAMA_VALUES_LLAMA", "--values llama" },
  { "METAGAME_LLAMA_VALUES_GRAPH", "--values graph" },
  { "METAGAME_LLAMA_UNKNOWN", "unknown" },
  { "METAGAME_LLAMA_ZERO", "zero" },
  { "METAGAME_LLAMA_DELETE", "delete" },
  { "METAGAME_LLAMA_MEAN", "mean" },
  { "METAGAME_LLAMA_HIDE", "hide" },
  { "method.flags has METAGAME_LLAMA_STEPS", "--per-step is given" },
  { "options.model_path", "--model" },
  { "options.cache_dir", "--cache-dir" },
  { "options.text", "PROMPT" },
  { "options.instruction", "--instruction" },
  { "options.system", "--system" },
  { "options.answer", "--answer" },
  { "options.target", "--target" },
  { "options.contrast", "the second token of --target" },
  { "options.absent_token", "--absent-token" },
  { "options.absent", "--absent" },
  { "options.occluded", "--inner-absent" },
  { "options.generate", "--generate" },
  { "options.players", "--players" },
  { "options.n_threads", "--threads" },
  { "options.n_parallel", "--parallel" },
  { "method.name", "--attributor" },
  { "method.nodes", "--nodes" },
  { "method.layer", "--layer" },
  { "method.absent", "--absent" },
  { "method.start", "--start" },
  { "method.values", "--values" },
  { "method.flags", "--per-step" },
  { NULL, NULL },
};

bool text_is_built(void) { return true; }

/* ---- options of the engine ---- */

/* The folder of scripts/fetch-model, so that a copy is made once. */
static const char *default_cache(char *out) {
  const char *own = getenv("METAGAME_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  int length = 0;
  if (own && *own) length = snprintf(out, PATH_ROOM, "%s/models", own);
  else if (xdg && *xdg) length = snprintf(out, PATH_ROOM, "%s/metagame/models", xdg);
  else if (home && *home) length = snprintf(out, PATH_ROOM, "%s/.cache/metagame/models", home);
  return length > 0 && length < PATH_ROOM ? out : NULL;
}

static int read_target(text_work *w, metagame_llama_options *options) {
  if (!w->c->target) return TOOL_OK;
  const int code = labels_split(&w->target, w->c->target);
  if (code != TOOL_OK) return code;
  if (w->target.count > 2)
    return tool_fail(TOOL_USAGE, "--target has %zu tokens, must have one or two (a comma in a token is \\,)", w->target.count);
  options->target = w->target.items[0];
  if (w->target.count == 2) options->contrast = w->target.items[1];
  return TOOL_OK;
}

static int read_absences(text_work *w) {
  int code = labels_split(&w->absent, w->c->absent ? w->c->absent : "unknown");
  if (code == TOOL_OK && w->absent.count > MOST_ABSENCES)
    code = tool_fail(TOOL_USAGE, "--absent has %zu modes, at most %d", w->absent.count, MOST_ABSENCES);
  for (size_t k = 0; code == TOOL_OK && k < w->absent.count; ++k) {
    char name[32];
    for (int32_t mode = 1; w->absences[k] == 0; ++mode) {
      option_choice_name(text_absences, mode, name, sizeof name);
      if (name[0] == '\0')
        return tool_fail(TOOL_USAGE, "--absent is '%.40s'; known are unknown, zero, delete, mean, hide", w->absent.items[k]);
      if (strcmp(name, w->absent.items[k]) == 0) w->absences[k] = mode; /* the numbers of METAGAME_LLAMA_UNKNOWN ... */
    }
    for (size_t other = 0; other < k; ++other)
      if (w->absences[other] == w->absences[k]) return tool_fail(TOOL_USAGE, "--absent has '%s' twice", w->absent.items[k]);
  }
  return code;
}

/* Which part of the command line, or which file, a refusal of the engine is about. */
static int code_of(metagame_status status, const char *message) {
  if (status == METAGAME_E_NOMEM) return TOOL_RESOURCES;
  if (strstr(message, "F32 copy") || strncmp(message, "options.cache_dir", 17) == 0) return TOOL_OUTPUT;
  if (status == METAGAME_E_LIMIT || strncmp(message, "options.text", 12) == 0) return TOOL_INPUT;
  if (strncmp(message, "options.", 8) == 0 && strncmp(message, "options.model_path", 18) != 0) return TOOL_USAGE;
  return TOOL_MODEL;
}

static int fail_engine(metagame_status status, const metagame_error *err) {
  char text[1024];
  tool_translate(text, sizeof text, err->message);
  return tool_fail(code_of(status, err->message), "%s", text);
}

static int open_engine(text_work *w) {
  const text_command *c = w->c;
  metagame_llama_options options = METAGAME_LLAMA_OPTIONS_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  int code = read_absences(w);
  if (code == TOOL_OK) code = read_target(w, &options);
  if (code != TOOL_OK) return code;
  options.model_path = c->model;
  options.cache_dir = c->cache_dir ? c->cache_dir : default_cache(w->cache);
  options.text = w->prompt;
  options.instruction = c->instruction;
  options.system = c->system;
  options.answer = c->answer;
  options.absent_token = c->absent_token;
  options.flags = c->raw ? METAGAME_LLAMA_RAW : 0;
  options.generate = (uint32_t)c->generate;
  options.players = c->players;
  /* llama.cpp cannot hide tokens, and of several modes each game names its own. */
  options.absent = w->absences[0] == METAGAME_LLAMA_HIDE || w->absent.count > 1 ? METAGAME_LLAMA_UNKNOWN : w->absences[0];
  options.occluded = c->inner;
  options.weights = c->weights;
  options.n_threads = (uint32_t)c->threads;
  options.n_parallel = (uint32_t)c->parallel;
  const metagame_status status = metagame_llama_create(&w->engine, &options, &err);
  if (status < 0) return fail_engine(status, &err);
  w->n = metagame_llama_n_players(w->engine);
  return TOOL_OK;
}

/* ---- the game ---- */

/* As many coalitions as a few minutes have, unless all are few. */
static uint64_t default_budget(const text_work *w) {
  enum { ATTRIBUTIONS = 512, VALUES = 6000 };
  uint64_t budget = ATTRIBUTIONS;
  if (w->c->attributor == TEXT_OCCLUSION) budget = VALUES / (1 + (uint64_t)w->n / 2);
  if (w->c->attributor == TEXT_SHAPLEY || w->c->attributor == TEXT_BANZHAF || w->c->attributor == TEXT_NONE) budget = 2048;
  const uint64_t least = 8 * (uint64_t)w->n + 64;
  return budget > least ? budget : least;
}

static void fill_method(text_work *w) {
  static const metagame_llama_method init = METAGAME_LLAMA_METHOD_INIT;
  static const int32_t starts[] = { 0, METAGAME_LLAMA_ZERO, METAGAME_LLAMA_MEAN, METAGAME_LLAMA_UNKNOWN };
  option_choice_name(text_attributors, w->c->attributor, w->name, sizeof w->name);
  w->method = init;
  w->method.name = w->name;
  w->method.flags = w->c->per_step ? METAGAME_LLAMA_STEPS : 0;
  w->method.nodes = (uint32_t)w->c->nodes;
  w->method.absent = w->absent.count == 1 ? w->absences[0] : 0;
  w->method.start = starts[w->c->start];
  w->method.values = w->c->values;
  w->method.layer = (uint32_t)w->c->layer;
}

static metagame_status values_game(metagame_game **out, text_work *w, metagame_error *err) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  const metagame_status status = metagame_llama_value_function(&function, w->engine, &w->method, err);
  return status < 0 ? status : metagame_game_from_function(out, &function, NULL, err);
}

static int make_game(text_work *w) {
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_status status;
  fill_method(w);
  const bool of_values = w->c->attributor == TEXT_BANZHAF || w->c->attributor == TEXT_NONE;
  if (of_values && (w->c->per_step || w->absent.count > 1))
    return tool_fail(TOOL_USAGE, "--attributor %s goes with neither --per-step nor several modes of --absent", w->name);
  if (!of_values) {
    status = metagame_llama_attribute(&w->game, w->engine, &w->method, &err);
  } else if (w->c->attributor == TEXT_NONE) {
    status = values_game(&w->game, w, &err);
  } else {
    metagame_game *values = NULL;
    metagame_method method = METAGAME_METHOD_INIT;
    method.name = w->name;
    status = values_game(&values, w, &err);
    if (status >= 0) status = metagame_game_attribute(&w->game, values, &method, &err);
    metagame_game_destroy(values);
  }
  if (status == METAGAME_E_UNSUPPORTED && strncmp(err.message, "method.", 7) != 0) { /* the model is at fault, not an option */
    char text[1024];
    tool_translate(text, sizeof text, err.message);
    return tool_fail(TOOL_MODEL, "%s", text);
  }
  return status < 0 ? tool_fail_status(status, &err, TOOL_MODEL) : TOOL_OK;
}

/* ---- print-out ---- */

static int print_values(text_work *w) {
  metagame_game *game = NULL;
  metagame_error err = METAGAME_ERROR_INIT;
  const size_t words = metagame_mask_words(w->n);
  uint64_t *masks = calloc(2 * words, sizeof *masks);
  double values[2] = { 0, 0 };
  metagame_status status = masks ? values_game(&game, w, &err) : METAGAME_E_NOMEM;
  if (status >= 0) {
    metagame_request request = METAGAME_REQUEST_INIT;
    for (uint32_t k = 0; k < w->n; ++k) masks[words + k / 64] |= UINT64_C(1) << (k % 64);
    request.masks = masks;
    request.n_masks = 2;
    request.mask_words = words;
    request.n_players = w->n;
    request.row_len = 1;
    request.kind = METAGAME_ASK_ATTRIBUTIONS;
    status = metagame_game_evaluate(game, &request, values, &err);
  }
  free(masks);
  metagame_game_destroy(game);
  if (status < 0) return tool_fail_status(status, &err, TOOL_MODEL);
  fputs("value    ", stdout);
  print_text(metagame_llama_value_text(w->engine));
  printf(": %+.3f with all players, %+.3f with none\n", values[1], values[0]);
  return TOOL_OK;
}

static int print_head(text_work *w) {
  fputs("prompt   ", stdout);
  const char *text = metagame_llama_prompt(w->engine);
  for (const char *end = strchr(text, '\n'); end; text = end + 1, end = strchr(text, '\n')) {
    char *line = strndup(text, (size_t)(end - text));
    if (line) print_text(line);
    fputs("\\n", stdout);
    free(line);
  }
  print_text(text);
  printf("\nplayers  %u:", w->n);
  for (uint32_t k = 0; k < w->n; ++k) {
    fputs(" [", stdout);
    print_short(metagame_llama_labels(w->engine)[k]);
    fputs("]", stdout);
  }
  putchar('\n');
  if (!w->c->target) {
    fputs("answer  ", stdout);
    for (size_t k = 0; metagame_llama_target_text(w->engine, k); ++k) {
      fputs(" [", stdout);
      print_short(metagame_llama_target_text(w->engine, k));
      fputs("]", stdout);
    }
    putchar('\n');
  }
  return print_values(w);
}

/* ---- solving ---- */

static int solve_absences(text_work *w) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  run_progress progress;
  run_fill(&options, &w->run, &progress);
  const metagame_status status =
      metagame_llama_solve_absences(&w->whole, w->engine, &w->method, w->absences, w->absent.count, &options, &err);
  run_clear_line();
  w->counts.seconds = 0;
  if (status < 0) return tool_fail_status(status, &err, TOOL_MODEL);
  return status == METAGAME_PARTIAL ? TOOL_PARTIAL : TOOL_OK;
}

/* The mean over steps, and the steps. */
static int take_apart(text_work *w) {
  metagame_error err = METAGAME_ERROR_INIT;
  if (!w->c->per_step) return TOOL_OK;
  metagame_status status = metagame_result_select(&w->mean, w->whole, 0, w->n, &err);
  const uint32_t count = metagame_llama_n_steps(w->engine);
  for (; status >= 0 && w->n_steps < count && w->n_steps < MOST_STEPS; ++w->n_steps)
    status = metagame_result_select(&w->steps[w->n_steps], w->whole, w->n * (1 + w->n_steps), w->n, &err);
  return status < 0 ? tool_fail_status(status, &err, TOOL_MODEL) : TOOL_OK;
}

static int write_files(text_work *w, const metagame_result *result) {
  metagame_document document = METAGAME_DOCUMENT_INIT;
  const char *const *players = metagame_llama_labels(w->engine);
  const char *const value[] = { "value" };
  const char *steps[MOST_STEPS];
  const char *const keys[] = { "model", "prompt", "value" };
  const char *const notes[] = { w->c->model, metagame_llama_prompt(w->engine), metagame_llama_value_text(w->engine) };
  char **gaps = prompt_gaps(w->prompt, players, w->n);
  for (uint32_t k = 0; k < w->n_steps; ++k) steps[k] = metagame_llama_target_text(w->engine, k);
  document.player_labels = players;
  document.target_labels = w->c->attributor == TEXT_NONE ? value : players;
  document.gaps = (const char *const *)gaps;
  document.n_notes = sizeof keys / sizeof *keys;
  document.note_keys = keys;
  document.note_values = notes;
  document.n_steps = w->n_steps;
  document.steps = w->n_steps ? (const metagame_result *const *)w->steps : NULL;
  document.step_labels = w->n_steps ? steps : NULL;
  const int code = outputs_write(&w->c->out, result, &document);
  free(gaps);
  return code;
}

static int finish(text_work *w, int solved, bool verbose) {
  const char *const *players = metagame_llama_labels(w->engine);
  const char *const value[] = { "value" };
  int code = take_apart(w);
  if (code != TOOL_OK) return code;
  const metagame_result *result = w->mean ? w->mean : w->whole;
  if (verbose) {
    print_run(result, &w->counts);
    print_result(result, players, w->c->attributor == TEXT_NONE ? value : players);
  }
  /* Sums of floats in another order: see metagame_llama.h. */
  const int checked = print_checks(w->whole, solved == TOOL_PARTIAL || w->absent.count > 1 ? NULL : w->game, 0, 1e-3, verbose,
                                   TOOL_MODEL);
  const int written = write_files(w, result);
  return written ? written : solved ? solved : checked;
}

static int work(text_work *w) {
  const bool verbose = !w->c->run.quiet && !outputs_to_stdout(&w->c->out);
  const double begin = run_now();
  int code = outputs_check(&w->c->out);
  if (code == TOOL_OK) code = open_engine(w);
  const double ready = run_now();
  if (code == TOOL_OK) code = make_game(w);
  w->run = w->c->run;
  if (code == TOOL_OK && w->run.budget == 0) w->run.budget = default_budget(w);
  if (w->run.batch == 0) w->run.batch = w->c->parallel ? w->c->parallel : DEFAULT_PARALLEL; /* Ctrl-C waits for one batch */
  if (code == TOOL_OK) code = run_would(w->game, &w->run, TOOL_MODEL);
  if (code == TOOL_OK && verbose) printf("model    %s, ready after %.1f s\n", metagame_llama_model_file(w->engine), ready - begin);
  if (code == TOOL_OK && verbose) code = print_head(w);
  if (code != TOOL_OK) return code;
  if (verbose && (code = file_flush_stdout()) != TOOL_OK) return code;
  code = w->absent.count > 1 ? solve_absences(w) : run_solve(&w->whole, w->game, &w->run, TOOL_MODEL, &w->counts);
  return w->whole ? finish(w, code, verbose) : code;
}

int text_run(const text_command *c, const char *operand) {
  int code = TOOL_OK;
  text_work *w = calloc(1, sizeof *w);
  if (!w) return tool_fail(TOOL_RESOURCES, "no memory");
  w->c = c;
  tool_set_names(names);
  metagame_llama_silence();
  w->prompt = prompt_read(operand, &code);
  if (w->prompt) code = work(w);
  for (uint32_t k = 0; k < MOST_STEPS; ++k) metagame_result_destroy(w->steps[k]);
  metagame_result_destroy(w->mean);
  metagame_result_destroy(w->whole);
  metagame_game_destroy(w->game);
  metagame_llama_destroy(w->engine);
  labels_free(&w->target);
  labels_free(&w->absent);
  free(w->prompt);
  free(w);
  return code;
}

#endif
