/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <stdio.h>
#include <string.h>

#include "../common.h"
#include "metagame_llama.h"

const char recall_usage[] =
  "usage: bench-recall --model FILE --prompts FILE [option ...]\n"
  "Recall of annotated word pairs by maps, metagames and interactions of a language model (docs/recall.md).\n"
  "\n"
  "  --model FILE           a GGUF file\n"
  "  --cache-dir DIR        where the F32 copy of a quantised model is kept\n"
  "  --prompts FILE         the evaluation set (bench/recall/prompts.tsv)\n"
  "  --attributors LIST     runs, each NAME or NAME=BUDGET, commas between them; --list prints the names. Default\n"
  "                         values,gradient-x-input=8,attnlrp=8,cp-lrp=8\n"
  "  --budget N             coalitions of a run for each player but one; default 32\n"
  "  --seed N               default 0\n"
  "  --generate N           explain the mean logit of up to N generated tokens; default 10\n"
  "  --target A[,B]         instead: logit(A), or logit(A) - logit(B), of the next token\n"
  "  --instruction TEXT     the message to the model; {} is the prompt; default {}\n"
  "  --system TEXT          system message; default none\n"
  "  --answer TEXT          what the answer begins with; default nothing\n"
  "  --raw                  no chat template\n"
  "  --players words|tokens\n"
  "  --absent MODE          what replaces absent players: unknown (default), zero, delete, mean, hide\n"
  "  --inner-absent MODE    what 'occlusion' replaces the attributed word with; default delete, unknown where --absent is delete\n"
  "  --limit N              the first N prompts alone\n"
  "  --results DIR          keep what each run on each prompt found, and use what is there already\n"
  "  --out FILE             CSV, a line for each prompt, method, scoring and K = 1..15 %\n"
  "  --pairs-out FILE       CSV, a line for each pair, method and scoring\n"
  "  --threads N            default 2; on a busy machine 1 is faster than 2\n"
  "  --parallel N           coalitions evaluated together; default 16\n"
  "  --quiet                no progress\n";

static const char *const absences[] = { "", "unknown", "zero", "delete", "mean", "hide" };

const char *recall_run_name(size_t index) {
  const char *name = "values";
  for (size_t k = 0; index > 0 && (name = metagame_llama_method_name(k)); ++k)
    if (strcmp(name, "shapley") != 0) --index; /* "values" has that one */
  return name;
}

static int find_absence(const char *option, const char *text, int32_t *out, char *why) {
  for (size_t k = 1; k < sizeof absences / sizeof *absences; ++k)
    if (strcmp(absences[k], text) == 0) {
      *out = (int32_t)k;
      return 0;
    }
  return bench_fail(why, "%s: unknown mode: %s", option, text);
}

static int add_run(recall_options *options, char *item, uint64_t budget, char *why) {
  char *sign = strchr(item, '=');
  recall_run *run = options->runs + options->n_runs;
  run->name = item;
  run->budget = budget;
  if (sign) *sign = '\0';
  if (sign && bench_number(sign + 1, 1, 1000000, &run->budget) != 0)
    return bench_fail(why, "--attributors: %s: the budget must be in 1..1000000: %s", item, sign + 1);
  const char *name;
  for (size_t k = 0; (name = recall_run_name(k)) && strcmp(name, item) != 0;) ++k;
  if (!name) return bench_fail(why, "--attributors: unknown name (see --list): %s", item);
  for (size_t k = 0; k < options->n_runs; ++k)
    if (strcmp(options->runs[k].name, item) == 0) return bench_fail(why, "--attributors: twice: %s", item);
  ++options->n_runs;
  return 0;
}

static int read_runs(recall_options *options, char *list, uint64_t budget, char *why) {
  char *items[RECALL_MOST_RUNS];
  if (!list) {
    static char defaults[] = "values,gradient-x-input=8,attnlrp=8,cp-lrp=8";
    list = defaults;
  }
  const size_t count = bench_split(list, items, RECALL_MOST_RUNS);
  if (count == 0) return bench_fail(why, "--attributors: an empty name, or more than %d", RECALL_MOST_RUNS);
  for (size_t k = 0; k < count; ++k)
    if (add_run(options, items[k], budget, why) != 0) return -1;
  return 0;
}

static int check(recall_options *options, char *why) {
  if (!options->model) return bench_fail(why, "--model is missing");
  if (!options->prompts) return bench_fail(why, "--prompts is missing");
  if (options->target && options->generate) return bench_fail(why, "--target and --generate exclude each other");
  if (!options->target && !options->generate) options->generate = 10;
  if (!options->occluded) options->occluded = options->absent == METAGAME_LLAMA_DELETE ? METAGAME_LLAMA_UNKNOWN : METAGAME_LLAMA_DELETE;
  if (options->occluded == options->absent)
    return bench_fail(why, "--inner-absent is %s, as --absent is; 'values' has that occlusion", absences[options->absent]);
  return 0;
}

int recall_options_read(recall_options *options, int argc, char **argv, char *why) {
  uint64_t budget = 32;
  char *list = NULL, *target = NULL;
  memset(options, 0, sizeof *options);
  options->players = METAGAME_LLAMA_WORDS;
  options->absent = METAGAME_LLAMA_UNKNOWN;
  const struct {
    const char *name;
    const char **to;
  } texts[] = { { "--model", &options->model }, { "--cache-dir", &options->cache_dir }, { "--prompts", &options->prompts },
                { "--results", &options->results }, { "--out", &options->out }, { "--pairs-out", &options->pairs_out },
                { "--instruction", &options->instruction }, { "--system", &options->system }, { "--answer", &options->answer } };
  const struct {
    const char *name;
    uint64_t low, high, *to;
  } numbers[] = { { "--budget", 1, 1000000, &budget }, { "--seed", 0, UINT64_MAX / 16, &options->seed },
                  { "--generate", 1, 64, &options->generate }, { "--threads", 1, 512, &options->threads },
                  { "--parallel", 1, 128, &options->parallel }, { "--limit", 1, 1000000, &options->limit } };
  for (int k = 1; k < argc; ++k) {
    const char *name = argv[k];
    if (strcmp(name, "--help") == 0) return fputs(recall_usage, stdout), 1;
    if (strcmp(name, "--list") == 0) {
      for (size_t run = 0; recall_run_name(run); ++run) puts(recall_run_name(run));
      return 1;
    }
    if (strcmp(name, "--raw") == 0 || strcmp(name, "--quiet") == 0) {
      *(strcmp(name, "--raw") == 0 ? &options->raw : &options->quiet) = 1;
      continue;
    }
    char *value = k + 1 < argc ? argv[k + 1] : NULL;
    size_t text = 0, number = 0;
    while (text < sizeof texts / sizeof *texts && strcmp(texts[text].name, name) != 0) ++text;
    while (number < sizeof numbers / sizeof *numbers && strcmp(numbers[number].name, name) != 0) ++number;
    const int known = text < sizeof texts / sizeof *texts || number < sizeof numbers / sizeof *numbers ||
                      strcmp(name, "--attributors") == 0 || strcmp(name, "--target") == 0 || strcmp(name, "--players") == 0 ||
                      strcmp(name, "--absent") == 0 || strcmp(name, "--inner-absent") == 0;
    if (!known) return bench_fail(why, "unknown argument: %s", name);
    if (!value) return bench_fail(why, "%s: a value is missing", name);
    ++k;
    if (text < sizeof texts / sizeof *texts) {
      *texts[text].to = value;
    } else if (number < sizeof numbers / sizeof *numbers) {
      if (bench_number(value, numbers[number].low, numbers[number].high, numbers[number].to) != 0)
        return bench_fail(why, "%s must be in %llu..%llu: %s", name, (unsigned long long)numbers[number].low,
                          (unsigned long long)numbers[number].high, value);
    } else if (strcmp(name, "--attributors") == 0) {
      list = value;
    } else if (strcmp(name, "--target") == 0) {
      target = value;
    } else if (strcmp(name, "--players") == 0) {
      options->players = strcmp(value, "words") == 0 ? METAGAME_LLAMA_WORDS : strcmp(value, "tokens") == 0 ? METAGAME_LLAMA_TOKENS : 0;
      if (!options->players) return bench_fail(why, "--players must be words or tokens: %s", value);
    } else if (find_absence(name, value, strcmp(name, "--absent") == 0 ? &options->absent : &options->occluded, why) != 0) {
      return -1;
    }
  }
  if (target) {
    char *parts[2];
    const size_t count = bench_split(target, parts, 2);
    if (count == 0) return bench_fail(why, "--target must be one token, or two with a comma between them: %s", target);
    options->target = parts[0];
    options->contrast = count == 2 ? parts[1] : NULL;
  }
  if (read_runs(options, list, budget, why) != 0) return -1;
  return check(options, why);
}
