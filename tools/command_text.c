/* SPDX-License-Identifier: MIT */
/* metagame text: the command line; text_run.c has the work. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "text.h"
#include "tool.h"

const char text_attributors[] =
    "gradient-norm|gradient-x-input|integrated-gradients|attnlrp|cp-lrp|attention|attention-rollout|occlusion|shapley|banzhaf|none";
const char text_absences[] = "unknown|zero|delete|mean|hide";

static void add_options(option_table *table, text_command *c) {
  option_heading(table, "Model and prompt");
  option_text(table, "model", "FILE", &c->model, "a GGUF file of a language model");
  option_text(table, "instruction", "TEXT", &c->instruction,
              "the message to the model, with {} in the place of PROMPT; default {}");
  option_text(table, "system", "TEXT", &c->system, "system message; default none");
  option_text(table, "answer", "TEXT", &c->answer, "what the model's answer begins with; default nothing");
  option_flag(table, "raw", &c->raw, "no chat template: the model reads the instruction as it is");
  option_text(table, "cache-dir", "DIR", &c->cache_dir,
              "where the F32 copy of a quantised model is kept; default $XDG_CACHE_HOME/metagame/models");
  option_choice(table, "weights", "f32|stored", &c->weights,
                "of values by llama.cpp; default f32: quantised weights are noisier than the effects");
  option_whole(table, "threads", "N", 1, 512, &c->threads, "default 2; on a busy machine 1 is faster than 2");
  option_whole(table, "parallel", "N", 1, 128, &c->parallel, "coalitions evaluated together; default 16");
  option_heading(table, "What is explained");
  option_text(table, "target", "A[,B]", &c->target, "logit of the next token A, minus that of B; spaces count, a comma is \\,");
  option_whole(table, "generate", "N", 1, 64, &c->generate,
               "instead: mean logit of up to N tokens that the model generates; default 1");
  option_choice(table, "players", "words|tokens", &c->players, "default words");
  option_text(table, "absent", "MODE[,MODE...]", &c->absent,
              "what replaces absent players: unknown (token), zero or mean (embedding), delete, hide (from attention); default unknown; of "
              "several the mean, and the spread between them");
  option_text(table, "absent-token", "TEXT", &c->absent_token, "the token of --absent unknown; default the vocabulary's own");
  option_choice(table, "attributor", text_attributors, &c->attributor,
                "first-order attribution; default attnlrp; none: the value itself, by its Shapley values");
  option_choice(table, "inner-absent", text_absences, &c->inner,
                "occlusion: what replaces the player that is attributed; default delete");
  option_choice(table, "start", "zero|mean|unknown", &c->start, "integrated-gradients: where the path begins; default zero");
  option_whole(table, "nodes", "N", 1, 4096, &c->nodes, "integrated-gradients: points of the path; default 16");
  option_whole(table, "layer", "L", 1, 4096, &c->layer, "attention: of this layer alone; default the mean over all");
  option_choice(table, "values", "llama|graph", &c->values,
                "occlusion, shapley, none: who computes the logits; default llama.cpp where it can");
  option_flag(table, "per-step", &c->per_step, "keep the matrix of each generated token, too (--json, --html)");
  run_add_options(table, &c->run,
                  "at most N coalitions of the attribution, or values for shapley, banzhaf and none; default: what a few minutes have");
  outputs_add_options(table, &c->out);
}

static void usage(const option_table *table) {
  fputs("usage: metagame text --model FILE [OPTION ...] PROMPT\n"
        "Which words of PROMPT move the importance of which others, for what a language model says about it? '-' is standard\n"
        "input.\n", stdout);
  if (!text_is_built()) fputs("This metagame was built without llama.cpp: this command only says so.\n", stdout);
  options_print(table);
}

int command_text(int argc, char **argv) {
  option_table table = { .count = 0 };
  text_command c;
  const char *operand = NULL;
  size_t n_operands = 0;
  bool help = false;
  memset(&c, 0, sizeof c);
  c.attributor = TEXT_ATTNLRP;
  add_options(&table, &c);
  const int code = options_parse(&table, argc, argv, &operand, 1, &n_operands, &help);
  if (code != TOOL_OK) return code;
  if (help) {
    usage(&table);
    return TOOL_OK;
  }
  if (!c.model) return tool_fail(TOOL_USAGE, "--model is missing");
  if (n_operands == 0) return tool_fail(TOOL_USAGE, "which PROMPT? %s --help has the usage", tool_command());
  if (c.target && c.generate) return tool_fail(TOOL_USAGE, "--target and --generate exclude each other");
  if (c.target && c.per_step) return tool_fail(TOOL_USAGE, "--per-step is for generated answers, and not for --target");
  if (c.per_step && (c.attributor == TEXT_OCCLUSION || c.attributor == TEXT_SHAPLEY || c.attributor == TEXT_BANZHAF ||
                     c.attributor == TEXT_NONE))
    return tool_fail(TOOL_USAGE, "--per-step is for attributions by gradients, relevance and attention");
  if (c.raw && c.system) return tool_fail(TOOL_USAGE, "--system needs a chat template, and --raw has none");
  const int checked = run_check(&c.run);
  return checked != TOOL_OK ? checked : text_run(&c, operand);
}
