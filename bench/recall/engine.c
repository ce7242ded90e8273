/* SPDX-License-Identifier: MIT */
#include "engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../common.h"

static double wall_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Players must be the words or their pieces, in order; with words as players nothing less than the words. */
static int check_players(const metagame_llama *handle, const recall_options *options, const recall_prompt *prompt, char *why) {
  recall_sides sides;
  const uint32_t n = metagame_llama_n_players(handle);
  if (options->players == METAGAME_LLAMA_WORDS && n != prompt->n_words)
    return bench_fail(why, "%s: %u players for %u words", prompt->id, n, prompt->n_words);
  return recall_sides_find(&sides, prompt, prompt->pairs, metagame_llama_labels(handle), n, why) < 0 ? -1 : 0;
}

int recall_engine_open(metagame_llama **out, const recall_options *options, const recall_prompt *prompt, const metagame_llama *share,
                       char *why) {
  metagame_llama_options of = METAGAME_LLAMA_OPTIONS_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  of.model_path = options->model;
  of.cache_dir = options->cache_dir;
  of.text = prompt->text;
  of.instruction = options->instruction;
  of.system = options->system;
  of.answer = options->answer;
  of.target = options->target;
  of.contrast = options->contrast;
  of.flags = options->raw ? METAGAME_LLAMA_RAW : 0;
  of.generate = (uint32_t)options->generate;
  of.players = options->players;
  of.absent = options->absent;
  of.occluded = options->occluded;
  of.n_threads = (uint32_t)options->threads;
  of.n_parallel = (uint32_t)options->parallel;
  of.share = share;
  if (metagame_llama_create(out, &of, &err) != METAGAME_OK) return bench_fail(why, "%s: %s", prompt->id, err.message);
  if (check_players(*out, options, prompt, why) == 0) return 0;
  metagame_llama_destroy(*out);
  *out = NULL;
  return -1;
}

static int run_attribution(recall_record *record, metagame_llama *handle, const recall_options *options, const char *name,
                           uint64_t budget, char *why) {
  metagame_llama_method method = METAGAME_LLAMA_METHOD_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_game *game = NULL;
  method.name = name;
  if (metagame_llama_attribute(&game, handle, &method, &err) != METAGAME_OK) return bench_fail(why, "%s: %s", name, err.message);
  const int failed = recall_from_attribution(record, game, strcmp(name, "occlusion") == 0 ? "directed occlusion" : name, budget,
                                             options->seed, why);
  metagame_game_destroy(game);
  return failed;
}

static int run_values(recall_record *record, metagame_llama *handle, const recall_options *options, uint64_t budget, char *why) {
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_function function = METAGAME_FUNCTION_INIT;
  if (metagame_llama_value_function(&function, handle, NULL, &err) != METAGAME_OK) return bench_fail(why, "values: %s", err.message);
  return recall_from_values(record, &function, budget, options->seed, why);
}

int recall_engine_run(recall_record *record, metagame_llama *handle, const recall_options *options, const recall_run *run, char *why) {
  const double start = wall_seconds();
  const uint32_t n = metagame_llama_n_players(handle);
  const uint64_t budget = run->budget * (n > 1 ? n - 1 : 1);
  char *text = bench_new(strlen(metagame_llama_value_text(handle)) + 1, 1);
  strcpy(text, metagame_llama_value_text(handle));
  recall_record_init(record, n, metagame_llama_labels(handle), text, metagame_llama_masking_id(handle));
  free(text);
  const int status = strcmp(run->name, "values") == 0 ? run_values(record, handle, options, budget, why)
                                                      : run_attribution(record, handle, options, run->name, budget, why);
  record->seconds = wall_seconds() - start;
  if (status != 0) recall_record_free(record);
  return status;
}

/* FNV-1a of the first MiB, which holds the metadata, and the size. */
static int fingerprint(const char *path, uint64_t *hash, long *size, char *why) {
  enum { MEBIBYTE = 1 << 20 };
  FILE *file = fopen(path, "rb");
  unsigned char *bytes = bench_new(MEBIBYTE, 1);
  size_t got = 0;
  *hash = UINT64_C(0xcbf29ce484222325);
  *size = -1;
  if (file) {
    got = fread(bytes, 1, MEBIBYTE, file);
    if (!ferror(file) && fseek(file, 0, SEEK_END) == 0) *size = ftell(file);
    fclose(file);
  }
  for (size_t k = 0; k < got; ++k) *hash = (*hash ^ bytes[k]) * UINT64_C(0x100000001b3);
  free(bytes);
  return *size < 0 ? bench_fail(why, "%s: %s", path, strerror(errno)) : 0;
}

static const char *or_none(const char *text) { return text ? text : "-"; }

char *recall_engine_key(const recall_options *options, const recall_prompt *prompt, const recall_run *run, char *why) {
  static const char pattern[] = "model %016llx %ld | %s | %s budget %llu seed %llu | generate %llu target %s contrast %s | "
                                "instruction %s system %s answer %s raw %d | players %d absent %d occluded %d";
  uint64_t hash;
  long size;
  if (fingerprint(options->model, &hash, &size, why) != 0) return NULL;
  char *key = NULL;
  int length = 0;
  for (int pass = 0; pass < 2; ++pass) {
    if (pass) key = bench_new((size_t)length + 1, 1);
    length = snprintf(key, key ? (size_t)length + 1 : 0, pattern, (unsigned long long)hash, size, prompt->text, run->name,
                      (unsigned long long)run->budget, (unsigned long long)options->seed, (unsigned long long)options->generate,
                      or_none(options->target), or_none(options->contrast), or_none(options->instruction), or_none(options->system),
                      or_none(options->answer), options->raw, options->players, options->absent, options->occluded);
  }
  for (char *c = key; *c; ++c)
    if (*c == '\n') *c = ' ';
  return key;
}
