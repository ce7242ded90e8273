/* SPDX-License-Identifier: MIT */
/* metagame game: values that exist already. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "game_file.h"
#include "index.h"
#include "labels.h"
#include "outputs.h"
#include "print.h"
#include "run.h"
#include "tool.h"

static const char attributors[] = "none|occlusion|shapley|banzhaf|weighted-banzhaf|shapley-sampling|banzhaf-sampling";

typedef struct game_command {
  run_options run;
  outputs out;
  index_options index;
  const char *own_player, *player_labels, *target_labels;
  int32_t attributor;
  uint64_t output, samples;
  game_file file;
  int32_t *own;
  labels players, targets;
} game_command;

static void add_options(option_table *table, game_command *c) {
  option_heading(table, "Game");
  option_text(table, "own-player", "LIST", &c->own_player,
              "the outputs are attributions: own player of each, as 'all' (output i is player i), or numbers and 'none', such as 0,1,none");
  option_choice(table, "attributor", attributors, &c->attributor,
                "attribution of the values that is explained; default none: the values themselves");
  option_whole(table, "output", "K", 0, UINT32_MAX - 1, &c->output, "output that --attributor explains; default 0");
  option_whole(table, "samples", "N", 1, 1048576, &c->samples, "draws of the sampled attributors; default 64");
  option_text(table, "players", "LIST", &c->player_labels, "labels, such as anna,ben,carl");
  option_text(table, "targets", "LIST", &c->target_labels, "labels of the outputs");
  index_add_options(table, &c->index);
  run_add_options(table, &c->run, "at most N coalitions; default: all up to 12 players, else 2048 + 32 per player");
  outputs_add_options(table, &c->out);
}

static void usage(const option_table *table) {
  fputs("usage: metagame game [OPTION ...] FILE\n"
        "Shapley values and interactions of a game whose values are known.\n\n"
        "FILE: .npy with the values of all 2^n coalitions, in the order of their bit masks, one or m of each;\n"
        "or JSON: an array of these, or {\"values\": [...]}, or {\"n\": n, \"const\": c, \"terms\": [[in, out, coef], ...]},\n"
        "which is c + the sum of coef over the terms whose players `in` are all there and of `out` none; \"players\" and\n"
        "\"targets\" are labels. '-' is standard input.\n", stdout);
  options_print(table);
}

/* ---- labels and own players ---- */

static int make_labels(labels *out, const char *option, const char *given, char *const *in_file, uint32_t count,
                       const char *alone) {
  int code = given ? labels_split(out, given) : labels_count(out, count);
  if (code != TOOL_OK) return code;
  if (out->count != count) return tool_fail(TOOL_USAGE, "--%s has %zu labels, must have %u", option, out->count, count);
  for (uint32_t k = 0; !given && in_file && k < count; ++k) out->items[k] = in_file[k];
  if (!given && !in_file && count == 1) out->items[0] = alone;
  return TOOL_OK;
}

static int make_own(game_command *c) {
  labels list = { 0 };
  if (!c->own_player) return TOOL_OK;
  c->own = malloc(c->file.m * sizeof *c->own);
  if (!c->own) return tool_fail(TOOL_RESOURCES, "no memory");
  const bool all = strcmp(c->own_player, "all") == 0;
  if (all && c->file.m != c->file.n)
    return tool_fail(TOOL_USAGE, "--own-player all needs an output for each player; the game has %u outputs and %u players",
                     c->file.m, c->file.n);
  int code = all ? TOOL_OK : labels_split(&list, c->own_player);
  if (code == TOOL_OK && !all && list.count != c->file.m)
    code = tool_fail(TOOL_USAGE, "--own-player has %zu entries, the game has %u outputs", list.count, c->file.m);
  for (uint32_t i = 0; code == TOOL_OK && i < c->file.m; ++i) {
    uint64_t player = i;
    c->own[i] = METAGAME_NO_PLAYER;
    if (!all && strcmp(list.items[i], "none") == 0) continue;
    if (!all && (!parse_whole(list.items[i], &player) || player >= c->file.n))
      code = tool_fail(TOOL_USAGE, "--own-player: entry %u is '%s', must be 'none' or 0..%u", i, list.items[i], c->file.n - 1);
    c->own[i] = (int32_t)player;
  }
  labels_free(&list);
  return code;
}

/* ---- games ---- */

static metagame_status values_game(metagame_game **out, game_command *c, metagame_error *err) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  function.n_players = c->file.n;
  function.n_outputs = c->file.m;
  function.masking_id = "in the file";
  function.user = &c->file;
  function.evaluate = game_file_evaluate;
  return metagame_game_from_function(out, &function, NULL, err);
}

static metagame_status own_game(metagame_game **out, game_command *c, metagame_error *err) {
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  attributor.name = "table";
  attributor.masking_id = "in the file";
  attributor.n_players = c->file.n;
  attributor.n_targets = c->file.m;
  attributor.own_player = c->own;
  attributor.user = &c->file;
  attributor.attribute = game_file_evaluate;
  return metagame_game_from_attributor(out, &attributor, NULL, err);
}

static int make_game(metagame_game **out, game_command *c) {
  metagame_error err = METAGAME_ERROR_INIT;
  if (c->attributor <= 1) {
    const metagame_status status = c->own ? own_game(out, c, &err) : values_game(out, c, &err);
    return status < 0 ? tool_fail_status(status, &err, TOOL_INPUT) : TOOL_OK;
  }
  char name[64];
  metagame_game *values = NULL;
  metagame_method method = METAGAME_METHOD_INIT;
  option_choice_name(attributors, c->attributor, name, sizeof name);
  method.name = name;
  method.output = (uint32_t)c->output;
  method.samples = (uint32_t)c->samples;
  method.seed = c->run.seed;
  if (c->index.probability > 0) method.probability = c->index.probability;
  metagame_status status = values_game(&values, c, &err);
  if (status >= 0) status = metagame_game_attribute(out, values, &method, &err);
  metagame_game_destroy(values);
  return status < 0 ? tool_fail_status(status, &err, TOOL_INPUT) : TOOL_OK;
}

/* ---- the command ---- */

static int check_options(const game_command *c) {
  if (c->own_player && c->attributor > 1)
    return tool_fail(TOOL_USAGE, "--own-player is for outputs that are attributions, and not for --attributor");
  if (c->output && c->attributor <= 1) return tool_fail(TOOL_USAGE, "--output needs --attributor");
  if (c->output && c->output >= c->file.m)
    return tool_fail(TOOL_USAGE, "--output is %u, must be 0..%u", (unsigned)c->output, c->file.m - 1);
  index_options index = c->index;
  if (c->attributor > 1 && !index_wanted(&index)) index.probability = 0; /* it is the attributor's */
  return index_check(&index, &c->out, c->file.n);
}

static int write_all(game_command *c, const metagame_result *result, const run_counts *counts, int solved) {
  metagame_document document = METAGAME_DOCUMENT_INIT;
  const bool verbose = !c->run.quiet && !outputs_to_stdout(&c->out);
  const char *const *targets = c->attributor > 1 ? c->players.items : c->targets.items;
  document.player_labels = c->players.items;
  document.target_labels = targets;
  if (verbose) print_run(result, counts);
  if (index_wanted(&c->index) && solved == TOOL_PARTIAL) return tool_fail(TOOL_PARTIAL, "stopped early: no interactions are known");
  if (index_wanted(&c->index)) return index_write(&c->index, result, c->players.items, targets, &c->out, verbose);
  if (verbose) print_result(result, c->players.items, targets);
  const int checked = print_checks(result, NULL, 0, 0, verbose, TOOL_INPUT);
  const int written = outputs_write(&c->out, result, &document);
  return written ? written : solved ? solved : checked;
}

static int work(game_command *c, const char *path) {
  metagame_game *game = NULL;
  metagame_result *result = NULL;
  run_counts counts;
  int code = run_check(&c->run);
  if (code == TOOL_OK) code = outputs_check(&c->out);
  if (code == TOOL_OK) code = game_file_read(&c->file, path);
  if (code != TOOL_OK) return code;
  code = check_options(c);
  if (code == TOOL_OK) code = make_own(c);
  if (code == TOOL_OK) code = make_labels(&c->players, "players", c->player_labels, c->file.players, c->file.n, "0");
  if (code == TOOL_OK) code = make_labels(&c->targets, "targets", c->target_labels, c->file.targets, c->file.m, "value");
  for (uint32_t i = 0; code == TOOL_OK && c->own && !c->target_labels && !c->file.targets && i < c->file.m; ++i)
    if (c->own[i] >= 0) c->targets.items[i] = c->players.items[c->own[i]];
  c->run.interaction_order = index_run_order(&c->index);
  if (code == TOOL_OK) code = make_game(&game, c);
  if (code == TOOL_OK) code = run_solve(&result, game, &c->run, TOOL_INPUT, &counts);
  if (result) code = write_all(c, result, &counts, code);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  return code;
}

int command_game(int argc, char **argv) {
  option_table table = { .count = 0 };
  game_command c = { .index.context = UINT64_MAX };
  const char *path = NULL;
  size_t n_operands = 0;
  bool help = false;
  add_options(&table, &c);
  int code = options_parse(&table, argc, argv, &path, 1, &n_operands, &help);
  if (code != TOOL_OK) return code;
  if (help) {
    usage(&table);
    return TOOL_OK;
  }
  if (n_operands == 0) return tool_fail(TOOL_USAGE, "which FILE? %s --help has the usage", tool_command());
  code = work(&c, path);
  free(c.own);
  labels_free(&c.players);
  labels_free(&c.targets);
  game_file_free(&c.file);
  return code;
}
