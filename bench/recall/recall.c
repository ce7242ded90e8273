/* SPDX-License-Identifier: MIT */
/* Recall of annotated word pairs: first-order maps, metagames, symmetric interactions and controls on a language model. What is measured
 * and how to read it: docs/recall.md. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../common.h"
#include "engine.h"
#include "options.h"
#include "record.h"
#include "set.h"
#include "tally.h"

static uint64_t hash_of(const char *text) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (; *text; ++text) hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
  return hash;
}

static char *path_of(const recall_options *options, const recall_prompt *prompt, const recall_run *run, const char *key) {
  const size_t room = strlen(options->results) + strlen(prompt->id) + strlen(run->name) + 32;
  char *path = bench_new(room, 1);
  snprintf(path, room, "%s/%s.%s.%016llx.txt", options->results, prompt->id, run->name, (unsigned long long)hash_of(key));
  return path;
}

/* The handle of a prompt, made at the first need. The one before lives until then: it has the weights. */
typedef struct engine {
  metagame_llama *handle;
  const recall_prompt *prompt;
} engine;

static int open_engine(engine *now, const recall_options *options, const recall_prompt *prompt, char *why) {
  metagame_llama *before = now->handle;
  if (before && now->prompt == prompt) return 0;
  const int status = recall_engine_open(&now->handle, options, prompt, before, why);
  now->prompt = status == 0 ? prompt : NULL;
  metagame_llama_destroy(before);
  return status;
}

/* One run, from its file where there is one. */
static int run_or_read(recall_record *record, const recall_options *options, const recall_prompt *prompt, const recall_run *run,
                       engine *now, char *why) {
  int status = 1;
  char *key = recall_engine_key(options, prompt, run, why);
  if (!key) return -1;
  char *path = options->results ? path_of(options, prompt, run, key) : NULL;
  if (path) status = recall_record_read(record, path, key, why);
  if (status < 0) {
    fprintf(stderr, "%s; made anew\n", why);
    status = 1;
  }
  if (status == 1) {
    status = open_engine(now, options, prompt, why);
    if (status == 0) status = recall_engine_run(record, now->handle, options, run, why);
    if (status == 0 && !options->quiet)
      fprintf(stderr, "%s: %s, %llu coalitions in %.1f s\n", prompt->id, run->name, (unsigned long long)record->evaluations,
              record->seconds);
    if (status == 0 && path) {
      status = recall_record_write(record, path, key, why);
      if (status != 0) recall_record_free(record);
    }
  }
  free(path);
  free(key);
  return status;
}

static int run_prompt(recall_tally *tally, const recall_options *options, const recall_prompt *prompt, engine *now, char *why) {
  recall_record records[RECALL_MOST_RUNS];
  size_t n_records = 0;
  int status = 0;
  while (status == 0 && n_records < options->n_runs) {
    status = run_or_read(records + n_records, options, prompt, options->runs + n_records, now, why);
    if (status == 0) ++n_records;
  }
  if (status == 0) status = recall_tally_add(tally, prompt, records, n_records, why);
  for (size_t k = 0; k < n_records; ++k) recall_record_free(records + k);
  if (status == 1 && !options->quiet) fprintf(stderr, "%s: none of its pairs exists among these players\n", prompt->id);
  return status < 0 ? -1 : 0;
}

static int open_file(FILE **file, const char *path, char *why) {
  *file = NULL;
  if (path && !(*file = fopen(path, "w"))) return bench_fail(why, "%s: %s", path, strerror(errno));
  return 0;
}

static int close_file(FILE *file, const char *path, char *why) {
  if (!file) return 0;
  const int failed = ferror(file);
  return fclose(file) != 0 || failed ? bench_fail(why, "%s: %s", path, strerror(errno)) : 0;
}

static int run_all(const recall_options *options, const recall_set *set, char *why) {
  const size_t count = options->limit && options->limit < set->n_prompts ? (size_t)options->limit : set->n_prompts;
  FILE *lines = NULL, *pairs = NULL;
  int status = open_file(&lines, options->out, why);
  if (status == 0) status = open_file(&pairs, options->pairs_out, why);
  recall_tally *tally = recall_tally_new(count, lines, pairs);
  engine now = { NULL, NULL };
  for (size_t k = 0; k < count && status == 0; ++k) status = run_prompt(tally, options, set->prompts + k, &now, why);
  metagame_llama_destroy(now.handle);
  if (status == 0) recall_tally_print(tally, stdout);
  recall_tally_free(tally);
  char late[BENCH_MESSAGE];
  if (close_file(lines, options->out, status == 0 ? why : late) != 0) status = -1;
  if (close_file(pairs, options->pairs_out, status == 0 ? why : late) != 0) status = -1;
  return status;
}

int main(int argc, char **argv) {
  char why[BENCH_MESSAGE] = "";
  recall_options options;
  recall_set set;
  const int read = recall_options_read(&options, argc, argv, why);
  if (read > 0) return 0;
  if (read < 0 || recall_set_load(&set, options.prompts, why) != 0) {
    fprintf(stderr, "%s\n%s", why, read < 0 ? recall_usage : "");
    return 2;
  }
  if (options.results && mkdir(options.results, 0777) != 0 && errno != EEXIST) {
    fprintf(stderr, "%s: %s\n", options.results, strerror(errno));
    recall_set_free(&set);
    return 2;
  }
  metagame_llama_silence();
  const int status = run_all(&options, &set, why);
  if (status != 0) fprintf(stderr, "%s\n", why);
  recall_set_free(&set);
  return status == 0 ? 0 : 1;
}
