/* SPDX-License-Identifier: MIT */
/* metagame table: a row of numbers, and a model of such rows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "csv.h"
#include "labels.h"
#include "outputs.h"
#include "players.h"
#include "print.h"
#include "run.h"
#include "table_model.h"
#include "tool.h"

static const char attributors[] = "none|occlusion|shapley|banzhaf|weighted-banzhaf|shapley-sampling|banzhaf-sampling";
enum { NONE = 1, SHAPLEY = 3, MOST_BACKGROUND = 1 << 20 };

typedef struct table_command {
  run_options run;
  outputs out;
  table_model_options how;
  const char *x, *background, *inner, *target_labels;
  uint64_t row, output, samples;
  double probability;
  int32_t attributor;
  text_list groups;
  csv point, absent, baseline;
  table_model model;
  players players;
  labels targets;
} table_command;

static void add_options(option_table *table, table_command *c) {
  option_heading(table, "Row and background");
  option_text(table, "x", "FILE.csv", &c->x,
              "the row to explain is in this file; names of columns in its first line become labels");
  option_whole(table, "row", "K", 1, UINT32_MAX, &c->row, "which row of numbers; default 1, the first");
  option_text(table, "background", "FILE.csv", &c->background,
              "what absent columns are replaced by; with several rows the mean of what the model says to each");
  option_list(table, "group", "NAME=COLUMN,...", &c->groups,
              "these columns are one player (one-hot codes, for example); may be repeated");
  option_heading(table, "Model (one of the first two)");
  option_text(table, "xgboost", "FILE", &c->how.xgboost, "a model of XGBoost");
  option_text(table, "command", "'PROGRAM ARGS'", &c->how.command,
              "a program that reads rows with commas on its standard input and writes a line of values for each; it must flush each line");
  option_flag(table, "margin", &c->how.margin, "sums of leaves in place of probabilities (--xgboost)");
  option_whole(table, "threads", "N", 1, 512, &c->how.threads, "threads of --xgboost; default 1");
  option_heading(table, "Attribution");
  option_choice(table, "attributor", attributors, &c->attributor,
                "what is explained, default shapley; none: the model's outputs themselves, by their Shapley values");
  option_text(table, "inner-baseline", "FILE.csv", &c->inner,
              "the attribution's own baseline, one row; with another than the background the matrix has a direction");
  option_whole(table, "output", "K", 0, UINT32_MAX - 1, &c->output, "output of the model that --attributor explains; default 0");
  option_whole(table, "samples", "N", 1, 1048576, &c->samples, "draws of the sampled attributors; default 64");
  option_real(table, "probability", "P", 0, 1 + 1e-15, &c->probability, "of presence, for weighted-banzhaf; default 0.5");
  option_text(table, "targets", "LIST", &c->target_labels, "labels of the outputs, for --attributor none");
  run_add_options(table, &c->run, "at most N coalitions; default: all up to 12 players, else 2048 + 32 per player");
  outputs_add_options(table, &c->out);
}

static void usage(const option_table *table) {
  fputs("usage: metagame table --x FILE.csv --background FILE.csv (--xgboost FILE | --command 'PROGRAM ARGS') [OPTION ...]\n"
        "Which columns move the importance of which others, for what a model says about a row.\n", stdout);
  if (!table_model_has_xgboost()) fputs("This metagame was built without XGBoost.\n", stdout);
  options_print(table);
}

/* ---- input ---- */

/* Columns of `table` as those of the point. */
static int match(const table_command *c, csv *table, const char *option, const char *path) {
  if (table->names && c->point.names) {
    const int code = csv_select(table, (const char *const *)c->point.names, c->point.columns, path);
    if (code != TOOL_OK) return code;
  }
  if (table->columns != c->point.columns)
    return tool_fail(TOOL_INPUT, "--%s has %zu columns, --x has %zu", option, table->columns, c->point.columns);
  return TOOL_OK;
}

static int read_tables(table_command *c) {
  int code = csv_read(&c->point, c->x);
  if (code == TOOL_OK && c->model.names && c->point.names)
    code = csv_select(&c->point, c->model.names, c->model.n_names, c->x);
  if (code == TOOL_OK && c->row > c->point.rows)
    code = tool_fail(TOOL_USAGE, "--row is %llu, %s has %zu", (unsigned long long)c->row, c->x, c->point.rows);
  if (code == TOOL_OK) code = csv_read(&c->absent, c->background);
  if (code == TOOL_OK) code = match(c, &c->absent, "background", c->background);
  if (code == TOOL_OK && c->absent.rows > MOST_BACKGROUND)
    code = tool_fail(TOOL_INPUT, "--background has %zu rows, at most %d", c->absent.rows, MOST_BACKGROUND);
  if (code != TOOL_OK || !c->inner) return code;
  code = csv_read(&c->baseline, c->inner);
  if (code == TOOL_OK) code = match(c, &c->baseline, "inner-baseline", c->inner);
  if (code == TOOL_OK && c->baseline.rows != 1)
    code = tool_fail(TOOL_INPUT, "--inner-baseline has %zu rows, must have 1", c->baseline.rows);
  return code;
}

static int check_options(const table_command *c) {
  if (!c->x) return tool_fail(TOOL_USAGE, "--x is missing");
  if (!c->background) return tool_fail(TOOL_USAGE, "--background is missing");
  if (c->attributor == NONE && (c->inner || c->output || c->samples || c->probability > 0))
    return tool_fail(TOOL_USAGE, "--inner-baseline, --output, --samples and --probability need an --attributor other than none");
  if (c->attributor != NONE && c->target_labels) return tool_fail(TOOL_USAGE, "--targets is for --attributor none");
  return TOOL_OK;
}

/* ---- the game ---- */

static int make_targets(table_command *c) {
  const uint32_t count = c->model.n_outputs;
  if (!c->target_labels && count == 1) return labels_split(&c->targets, "value");
  const int code = c->target_labels ? labels_split(&c->targets, c->target_labels) : labels_count(&c->targets, count);
  if (code == TOOL_OK && c->targets.count != count)
    return tool_fail(TOOL_USAGE, "--targets has %zu labels, the model has %u outputs", c->targets.count, count);
  return code;
}

static int make_game(metagame_game **out, const table_command *c) {
  char name[64];
  metagame_game *values = NULL;
  metagame_masking masking = METAGAME_MASKING_INIT;
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  masking.x = c->point.values + (size_t)(c->row - 1) * c->point.columns;
  masking.background = c->absent.values;
  masking.n_background = c->absent.rows;
  masking.players = &c->players.groups;
  metagame_status status = metagame_game_from_model(&values, c->model.model, &masking, &err);
  if (status < 0) return tool_fail_status(status, &err, TOOL_MODEL);
  if (c->attributor == NONE) {
    *out = values;
    return TOOL_OK;
  }
  option_choice_name(attributors, c->attributor, name, sizeof name);
  method.name = name;
  method.output = (uint32_t)c->output;
  method.baseline = c->baseline.values;
  method.samples = (uint32_t)c->samples;
  method.seed = c->run.seed;
  method.probability = c->probability;
  status = metagame_game_attribute(out, values, &method, &err);
  metagame_game_destroy(values);
  return status < 0 ? tool_fail_status(status, &err, TOOL_MODEL) : TOOL_OK;
}

static int finish(table_command *c, const metagame_game *game, const metagame_result *result, const run_counts *counts,
                  int solved) {
  metagame_document document = METAGAME_DOCUMENT_INIT;
  const bool verbose = !c->run.quiet && !outputs_to_stdout(&c->out);
  const char *const *targets = c->attributor == NONE ? c->targets.items : c->players.labels.items;
  char row[32];
  const char *const keys[] = { "model", "x", "row", "background" };
  const char *const values[] = { c->how.xgboost ? c->how.xgboost : c->how.command, c->x, row, c->background };
  snprintf(row, sizeof row, "%llu", (unsigned long long)c->row);
  document.player_labels = c->players.labels.items;
  document.target_labels = targets;
  document.n_notes = sizeof keys / sizeof *keys;
  document.note_keys = keys;
  document.note_values = values;
  if (verbose) {
    print_run(result, counts);
    print_result(result, c->players.labels.items, targets);
  }
  const int checked = print_checks(result, solved == TOOL_PARTIAL ? NULL : game, 0, 1e-9, verbose, TOOL_MODEL);
  const int written = outputs_write(&c->out, result, &document);
  return written ? written : solved ? solved : checked;
}

static int work(table_command *c) {
  metagame_game *game = NULL;
  metagame_result *result = NULL;
  run_counts counts;
  int code = check_options(c);
  if (code == TOOL_OK) code = run_check(&c->run);
  if (code == TOOL_OK) code = outputs_check(&c->out);
  if (code == TOOL_OK) code = table_model_open(&c->model, &c->how);
  if (code == TOOL_OK) code = read_tables(c);
  if (code == TOOL_OK) code = players_make(&c->players, &c->point, &c->groups);
  if (code == TOOL_OK)
    code = table_model_make(&c->model, &c->how, c->point.values + (size_t)(c->row - 1) * c->point.columns,
                            (uint32_t)c->point.columns);
  if (code == TOOL_OK) code = make_targets(c);
  if (code == TOOL_OK && c->output >= c->model.n_outputs)
    code = tool_fail(TOOL_USAGE, "--output is %u, must be 0..%u", (unsigned)c->output, c->model.n_outputs - 1);
  if (code == TOOL_OK) code = make_game(&game, c);
  if (code == TOOL_OK) code = run_solve(&result, game, &c->run, TOOL_MODEL, &counts);
  if (result) code = finish(c, game, result, &counts, code);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  return code;
}

int command_table(int argc, char **argv) {
  option_table table = { .count = 0 };
  table_command *c = calloc(1, sizeof *c);
  const char *none = NULL;
  size_t n_operands = 0;
  bool help = false;
  if (!c) return tool_fail(TOOL_RESOURCES, "no memory");
  c->row = 1;
  c->attributor = SHAPLEY;
  add_options(&table, c);
  int code = options_parse(&table, argc, argv, &none, 0, &n_operands, &help);
  c->how.quiet = c->run.quiet;
  if (code == TOOL_OK && help) usage(&table);
  else if (code == TOOL_OK) code = work(c);
  table_model_free(&c->model);
  players_free(&c->players);
  labels_free(&c->targets);
  csv_free(&c->point);
  csv_free(&c->absent);
  csv_free(&c->baseline);
  free(c);
  return code;
}
