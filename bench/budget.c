/* SPDX-License-Identifier: MIT */
/* Error against budget on games whose Shapley values are known. One CSV line for each game, method, budget and seed:
 *   nmse     ||estimate - exact||^2 / ||exact||^2
 *   seconds  CPU seconds of the solver; the time within the game is measured and taken off
 *   evals, unique_evals  coalitions that were asked, with and without repeats
 * Left out, with a note on standard error: budgets that a method refuses, budgets above 2^n but for auto and exact, and draws without full
 * rank. Exit 0: done; 1: something failed; 2: bad arguments or a bad folder. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "games.h"
#include "metagame.h"

enum { BATCH = 1024 };

typedef struct plan {
  const char *folder, *out;
  size_t n_methods, n_budgets;
  const bench_method *methods[BENCH_LIST];
  uint64_t budgets[BENCH_LIST], seeds;
} plan;

static int usage(const char *program, const char *message, const char *value) {
  fprintf(stderr, "%s: %s%s%s\n", program, message, value ? ": " : "", value ? value : "");
  fprintf(stderr, "usage: %s --games FOLDER [--methods LIST] [--budgets LIST] [--seeds N] [--out FILE.csv] | --list\n", program);
  return 2;
}

/* Returns 0, or 2 after a message. */
static int parse(plan *out, int argc, char **argv) {
  char methods[] = "auto", budgets[] = "100,300,1000,3000,10000";
  char *names[BENCH_LIST], *numbers[BENCH_LIST], *method_list = methods, *budget_list = budgets;
  memset(out, 0, sizeof *out);
  out->seeds = 30;
  for (int at = 1; at < argc; at += 2) {
    char *value = at + 1 < argc ? argv[at + 1] : NULL;
    static const char *const known[] = { "--games", "--methods", "--budgets", "--seeds", "--out" };
    size_t option = 0;
    while (option < sizeof known / sizeof *known && strcmp(argv[at], known[option]) != 0) ++option;
    if (option == sizeof known / sizeof *known) return usage(argv[0], "unknown argument", argv[at]);
    if (!value) return usage(argv[0], "a value is missing behind", argv[at]);
    if (option == 0) out->folder = value;
    if (option == 1) method_list = value;
    if (option == 2) budget_list = value;
    if (option == 3 && bench_number(value, 1, 1000000, &out->seeds) != 0) return usage(argv[0], "--seeds must be in 1..1000000", value);
    if (option == 4) out->out = value;
  }
  if (!out->folder) return usage(argv[0], "--games is missing", NULL);
  out->n_methods = bench_split(method_list, names, BENCH_LIST);
  if (out->n_methods == 0) return usage(argv[0], "--methods must be 1 to 64 names with commas between them", NULL);
  for (size_t m = 0; m < out->n_methods; ++m) {
    out->methods[m] = bench_method_named(names[m]);
    if (!out->methods[m]) return usage(argv[0], "unknown method (see --list)", names[m]);
  }
  out->n_budgets = bench_split(budget_list, numbers, BENCH_LIST);
  if (out->n_budgets == 0) return usage(argv[0], "--budgets must be 1 to 64 numbers with commas between them", NULL);
  for (size_t b = 0; b < out->n_budgets; ++b)
    if (bench_number(numbers[b], 1, UINT64_C(1) << 40, &out->budgets[b]) != 0)
      return usage(argv[0], "a budget must be in 1..2^40", numbers[b]);
  return 0;
}

static double relative_error(const bench_game *game, const double *estimate) {
  double off = 0, norm = 0;
  for (uint32_t p = 0; p < game->n; ++p) {
    off += (estimate[p] - game->exact[p]) * (estimate[p] - game->exact[p]);
    norm += game->exact[p] * game->exact[p];
  }
  return off / norm;
}

/* All seeds of one cell. Returns 0, or 1 after a message. */
static int run_cell(FILE *csv, bench_game *known, const metagame_game *game, const bench_method *method, uint64_t budget,
                    uint64_t n_seeds) {
  if (!method->complete && budget > UINT64_C(1) << known->n) {
    fprintf(stderr, "skipped: %s, %s, budget %" PRIu64 ": above 2^%u\n", known->name, method->name, budget, known->n);
    return 0;
  }
  for (uint64_t seed = 0; seed < n_seeds; ++seed) {
    metagame_options options = METAGAME_OPTIONS_INIT;
    metagame_result *result = NULL;
    metagame_error err = METAGAME_ERROR_INIT;
    options.solver = method->solver;
    options.max_evaluations = budget;
    options.seed = seed;
    options.batch = BATCH;
    bench_game_reset(known);
    const double before = bench_cpu_seconds();
    const metagame_status status = metagame_solve(&result, game, &options, &err);
    const double seconds = bench_cpu_seconds() - before - known->seconds;
    if (status == METAGAME_E_SINGULAR) {
      fprintf(stderr, "skipped: %s, %s, budget %" PRIu64 ", seed %" PRIu64 ": %s\n", known->name, method->name, budget, seed, err.message);
      continue;
    }
    if (status == METAGAME_E_BUDGET || status == METAGAME_E_LIMIT || status == METAGAME_E_UNSUPPORTED) {
      fprintf(stderr, "skipped: %s, %s, budget %" PRIu64 ": %s\n", known->name, method->name, budget, err.message);
      return 0;
    }
    if (status != METAGAME_OK) {
      fprintf(stderr, "%s, %s, budget %" PRIu64 ", seed %" PRIu64 ": %s: %s\n", known->name, method->name, budget, seed,
              metagame_status_name(status), err.message);
      return 1;
    }
    fprintf(csv, "%s,%u,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.6g,%.6f\n", known->name, known->n, method->name, budget, seed,
            known->n_calls, known->n_distinct, relative_error(known, metagame_result_matrix(result)), seconds > 0 ? seconds : 0);
    metagame_result_destroy(result);
  }
  return 0;
}

static int run_game(FILE *csv, bench_game *known, const plan *what) {
  const metagame_function function = bench_game_function(known);
  metagame_game *game = NULL;
  metagame_error err = METAGAME_ERROR_INIT;
  int failed = 0;
  if (metagame_game_from_function(&game, &function, NULL, &err) != METAGAME_OK) {
    fprintf(stderr, "%s: %s\n", known->name, err.message);
    return 1;
  }
  for (size_t m = 0; m < what->n_methods && !failed; ++m)
    for (size_t b = 0; b < what->n_budgets && !failed; ++b) {
      failed = run_cell(csv, known, game, what->methods[m], what->budgets[b], what->seeds);
      fflush(csv);
    }
  metagame_game_destroy(game);
  return failed;
}

int main(int argc, char **argv) {
  char why[BENCH_MESSAGE];
  bench_games games;
  plan what;
  if (argc == 2 && strcmp(argv[1], "--list") == 0) {
    for (size_t at = 0; bench_method_at(at); ++at) puts(bench_method_at(at)->name);
    return 0;
  }
  const int bad = parse(&what, argc, argv);
  if (bad) return bad;
  if (bench_games_read(&games, what.folder, why) != 0) {
    fprintf(stderr, "%s: %s\n", argv[0], why);
    bench_games_free(&games);
    return 2;
  }
  FILE *csv = what.out ? fopen(what.out, "w") : stdout;
  int failed = !csv;
  if (csv) {
    fputs("game,n,method,budget,seed,evals,unique_evals,nmse,seconds\n", csv);
    for (size_t g = 0; g < games.count && !failed; ++g) failed = run_game(csv, &games.games[g], &what);
    if (ferror(csv) || (what.out ? fclose(csv) : fflush(csv)) != 0) failed = 1;
  }
  if (failed) fprintf(stderr, "%s: the figures in %s are not complete\n", argv[0], what.out ? what.out : "standard output");
  bench_games_free(&games);
  return failed;
}
