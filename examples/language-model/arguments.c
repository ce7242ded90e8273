/* SPDX-License-Identifier: MIT */
#include "arguments.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: metagame-explain --model FILE [option ...] [TEXT]\n"
    "Which words of TEXT move the importance of which others, for what a language model says about it?\n"
    "\n"
    "  --model FILE           a GGUF file\n"
    "  --cache-dir DIR        where the F32 copy of a quantised model is kept\n"
    "  --instruction TEXT     the message to the model; {} is TEXT\n"
    "  --system TEXT          system message; default none\n"
    "  --answer TEXT          what the model's answer begins with; default 'Sentiment:'\n"
    "  --raw                  no chat template\n"
    "  --target A,B           explain logit(A) - logit(B) of the next token; default ' good, bad'\n"
    "  --generate N           instead: mean logit of up to N tokens that the model generates\n"
    "  --players words|tokens\n"
    "  --absent unknown|zero|delete        what replaces absent words; default unknown (the unknown token)\n"
    "  --inner-absent unknown|zero|delete  'directed' only: what replaces the word that is being attributed; default delete\n"
    "  --attributor directed|occlusion|shapley|banzhaf   default directed\n"
    "  --solver auto|exact|regression|permutation        default auto\n"
    "  --budget N             most coalitions of the attribution; default: for a minute or two\n"
    "  --seed N               default 0\n"
    "  --threads N            default 2; on a busy machine 1 is faster than 2\n"
    "  --parallel N           coalitions evaluated together; default 16\n"
    "  --batch N              coalitions handed out together; default 128\n"
    "  --output-dir DIR       result.json and result.csv go here; default demo-output\n"
    "  --quiet                no progress\n"
    "\n"
    "Ctrl-C stops and keeps what is known: estimates from the sampling solvers, nothing yet from the exact one.\n";

enum {
  OPT_MODEL = 1,
  OPT_CACHE,
  OPT_INSTRUCTION,
  OPT_SYSTEM,
  OPT_ANSWER,
  OPT_RAW,
  OPT_TARGET,
  OPT_GENERATE,
  OPT_PLAYERS,
  OPT_ABSENT,
  OPT_INNER,
  OPT_ATTRIBUTOR,
  OPT_SOLVER,
  OPT_BUDGET,
  OPT_SEED,
  OPT_THREADS,
  OPT_PARALLEL,
  OPT_BATCH,
  OPT_OUTPUT,
  OPT_QUIET,
  OPT_HELP
};

static const struct option options[] = {
  { "model", required_argument, NULL, OPT_MODEL },
  { "cache-dir", required_argument, NULL, OPT_CACHE },
  { "instruction", required_argument, NULL, OPT_INSTRUCTION },
  { "system", required_argument, NULL, OPT_SYSTEM },
  { "answer", required_argument, NULL, OPT_ANSWER },
  { "raw", no_argument, NULL, OPT_RAW },
  { "target", required_argument, NULL, OPT_TARGET },
  { "generate", required_argument, NULL, OPT_GENERATE },
  { "players", required_argument, NULL, OPT_PLAYERS },
  { "absent", required_argument, NULL, OPT_ABSENT },
  { "inner-absent", required_argument, NULL, OPT_INNER },
  { "attributor", required_argument, NULL, OPT_ATTRIBUTOR },
  { "solver", required_argument, NULL, OPT_SOLVER },
  { "budget", required_argument, NULL, OPT_BUDGET },
  { "seed", required_argument, NULL, OPT_SEED },
  { "threads", required_argument, NULL, OPT_THREADS },
  { "parallel", required_argument, NULL, OPT_PARALLEL },
  { "batch", required_argument, NULL, OPT_BATCH },
  { "output-dir", required_argument, NULL, OPT_OUTPUT },
  { "quiet", no_argument, NULL, OPT_QUIET },
  { "help", no_argument, NULL, OPT_HELP },
  { NULL, 0, NULL, 0 },
};

/* Index of `value` in a NULL-ended list, or -1 with a message. */
static int choose(const char *option, const char *value, const char *const *names) {
  for (int k = 0; names[k]; ++k)
    if (strcmp(names[k], value) == 0) return k;
  fprintf(stderr, "metagame-explain: --%s is '%s'; known are", option, value);
  for (int k = 0; names[k]; ++k) fprintf(stderr, " %s", names[k]);
  fputc('\n', stderr);
  return -1;
}

static bool whole(const char *option, const char *value, uint64_t most, uint64_t *out) {
  char *end = NULL;
  errno = 0;
  unsigned long long number = strtoull(value, &end, 10);
  if (errno || end == value || *end || value[0] == '-' || number > most) {
    fprintf(stderr, "metagame-explain: --%s is '%s', must be a whole number up to %llu\n", option, value,
            (unsigned long long)most);
    return false;
  }
  *out = number;
  return true;
}

static bool set_target(arguments *out, const char *pair) {
  out->target = malloc(strlen(pair) + 1);
  if (!out->target) return false;
  strcpy(out->target, pair);
  char *comma = strchr(out->target, ',');
  if (comma) *comma = '\0';
  out->model.target = out->target;
  out->model.contrast = comma ? comma + 1 : NULL;
  return true;
}

static bool read_one(arguments *out, int option, const char *name, const char *value, const char **target) {
  static const char *const players[] = { "words", "tokens", NULL };
  static const char *const absent[] = { "unknown", "zero", "delete", NULL };
  static const char *const attributors[] = { "directed", "occlusion", "shapley", "banzhaf", NULL };
  static const char *const solvers[] = { "auto", "exact", "regression", "permutation", NULL };
  uint64_t number = 0;
  int k = 0;
  bool ok = true;
  switch (option) {
    case OPT_MODEL: out->model.model_path = value; break;
    case OPT_CACHE: out->model.cache_dir = value; break;
    case OPT_INSTRUCTION: out->model.instruction = value; break;
    case OPT_SYSTEM: out->model.system = value; break;
    case OPT_ANSWER: out->model.answer = value; break;
    case OPT_RAW: out->model.flags |= METAGAME_LLAMA_RAW; break;
    case OPT_TARGET: *target = value; break;
    case OPT_GENERATE:
      ok = whole(name, value, 64, &number);
      if (ok && number == 0) fputs("metagame-explain: --generate is 0, must be 1..64\n", stderr);
      ok = ok && number > 0;
      out->model.generate = (uint32_t)number;
      break;
    case OPT_PLAYERS: out->model.players = 1 + (k = choose(name, value, players)); break;
    case OPT_ABSENT: out->model.absent = 1 + (k = choose(name, value, absent)); break;
    case OPT_INNER: out->model.occluded = 1 + (k = choose(name, value, absent)); break;
    case OPT_ATTRIBUTOR:
      k = choose(name, value, attributors);
      out->attributor = value;
      break;
    case OPT_SOLVER: out->solver = k = choose(name, value, solvers); break;
    case OPT_BUDGET: ok = whole(name, value, UINT64_MAX / 2, &out->budget); break;
    case OPT_SEED: ok = whole(name, value, UINT64_MAX / 2, &out->seed); break;
    case OPT_THREADS:
      ok = whole(name, value, 512, &number);
      out->model.n_threads = (uint32_t)number;
      break;
    case OPT_PARALLEL:
      ok = whole(name, value, 128, &number);
      out->model.n_parallel = (uint32_t)number;
      break;
    case OPT_BATCH:
      ok = whole(name, value, 1048576, &number);
      out->batch = (uint32_t)number;
      break;
    case OPT_OUTPUT: out->output_dir = value; break;
    case OPT_QUIET: out->quiet = true; break;
    default: return false;
  }
  return ok && k >= 0;
}

int arguments_read(arguments *out, int argc, char **argv) {
  static const metagame_llama_options model = METAGAME_LLAMA_OPTIONS_INIT;
  const char *target = " good, bad";
  memset(out, 0, sizeof *out);
  out->model = model;
  out->model.text = "My trip to Sydney for NeurIPS was not bad.";
  out->model.instruction = "Classify the sentiment of this review as positive or negative.\n\nReview: {}";
  out->model.answer = "Sentiment:";
  out->attributor = "directed";
  out->output_dir = "demo-output";
  out->batch = 128;
  for (int option, index = 0; (option = getopt_long(argc, argv, "", options, &index)) != -1;) {
    if (option == OPT_HELP) {
      fputs(usage, stdout);
      return 1;
    }
    if (option == '?' || !read_one(out, option, options[index].name, optarg, &target)) {
      fputs("metagame-explain: --help lists the options\n", stderr);
      return -1;
    }
  }
  if (optind < argc) out->model.text = argv[optind++];
  if (optind < argc || !out->model.model_path) {
    fputs(optind < argc ? "metagame-explain: more than one TEXT; quote it\n" : "metagame-explain: --model is missing\n", stderr);
    return -1;
  }
  if (!out->model.generate && !set_target(out, target)) return -1;
  return 0;
}
