/* SPDX-License-Identifier: MIT */
/* Error against attributor calls on pinned vector games: meta-attributions of gradient x input and integrated gradients of random networks
 * (network.c), n features, all of them players and targets. A call is one coalition with the attributions of all targets; every call
 * counts, ends and singletons too. The error is sum (estimate - exact)^2 / sum exact^2 over the entries without those of own players,
 * which every scheme has without error. The library's solvers see the vector game; authors and kernelshap (per_target.h) are loops over
 * its targets. Exit 0: done; 1: something failed; 2: bad arguments. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "metagame.h"
#include "network.h"
#include "per_target.h"

enum { AUTHORS = -1, KERNELSHAP = -2, MOST_METHODS = 16, MOST_SIZES = 8, MOST_CALLS = 8 };

static const bench_method loops[] = { { "authors", AUTHORS, 0 }, { "kernelshap", KERNELSHAP, 0 } };
static const char *const activation_names[] = { "tanh", "softplus" }, *const inner_names[] = { "gxi", "ig" };

typedef struct calls {
  const char *label;
  uint64_t factor; /* of n^2, or 0: */
  uint64_t number;
} calls;

/* Sums of one cell over networks and seeds. */
typedef struct cell {
  double error, seconds;
  uint64_t count;
} cell;

typedef struct plan {
  const char *out, *own_name;
  size_t n_methods, n_sizes, n_calls;
  const bench_method *methods[MOST_METHODS];
  uint32_t sizes[MOST_SIZES];
  calls calls[MOST_CALLS];
  uint64_t networks, seeds;
  cell cells[MOST_SIZES][BENCH_N_ACTIVATIONS][BENCH_N_INNERS][MOST_CALLS][MOST_METHODS];
  int noted[MOST_SIZES][MOST_CALLS][MOST_METHODS];
} plan;

static int usage(const char *program, const char *message, const char *value) {
  fprintf(stderr, "%s: %s%s%s\n", program, message, value ? ": " : "", value ? value : "");
  fprintf(stderr,
          "usage: %s [--methods LIST] [--calls LIST] [--n LIST] [--networks N] [--seeds N] [--own all|half|none] [--out FILE.csv]\n"
          "  --list: prints the methods\n"
          "  --calls: numbers, or n2, 2n2, 4n2, ... for multiples of n^2\n",
          program);
  return 2;
}

static const bench_method *find_method(const char *name) {
  for (size_t at = 0; at < sizeof loops / sizeof *loops; ++at)
    if (strcmp(loops[at].name, name) == 0) return &loops[at];
  return bench_method_named(name);
}

/* "300", "n2", "4n2". */
static int parse_calls(char *text, calls *out) {
  const size_t length = strlen(text);
  char digits[24];
  out->label = text;
  out->factor = out->number = 0;
  if (length < 2 || strcmp(text + length - 2, "n2") != 0) return bench_number(text, 1, UINT64_C(1) << 40, &out->number);
  if (length == 2) return (int)(out->factor = 1) - 1;
  if (length - 2 >= sizeof digits) return -1;
  memcpy(digits, text, length - 2);
  digits[length - 2] = '\0';
  return bench_number(digits, 1, 1000000, &out->factor);
}

static int parse_lists(plan *out, const char *program, char *methods, char *sizes, char *calls_list) {
  char *items[BENCH_LIST];
  uint64_t number = 0;
  out->n_methods = bench_split(methods, items, MOST_METHODS);
  if (out->n_methods == 0) return usage(program, "--methods must be 1 to 16 names with commas between them", NULL);
  for (size_t m = 0; m < out->n_methods; ++m) {
    out->methods[m] = find_method(items[m]);
    if (!out->methods[m]) return usage(program, "unknown method (see --list)", items[m]);
  }
  out->n_sizes = bench_split(sizes, items, MOST_SIZES);
  if (out->n_sizes == 0) return usage(program, "--n must be 1 to 8 numbers with commas between them", NULL);
  for (size_t s = 0; s < out->n_sizes; ++s) {
    if (bench_number(items[s], 3, BENCH_MOST_FEATURES, &number) != 0) return usage(program, "--n must be in 3..20", items[s]);
    out->sizes[s] = (uint32_t)number;
  }
  out->n_calls = bench_split(calls_list, items, MOST_CALLS);
  if (out->n_calls == 0) return usage(program, "--calls must be 1 to 8 numbers with commas between them", NULL);
  for (size_t c = 0; c < out->n_calls; ++c)
    if (parse_calls(items[c], &out->calls[c]) != 0) return usage(program, "--calls: no number and no multiple of n2", items[c]);
  return 0;
}

static int parse(plan *out, int argc, char **argv) {
  static char methods[] = "auto,regression,permutation,authors,kernelshap", sizes[] = "10,12,16", calls_list[] = "n2,2n2,4n2";
  static const char *const known[] = { "--methods", "--calls", "--n", "--networks", "--seeds", "--own", "--out" };
  char *lists[3] = { methods, calls_list, sizes };
  out->networks = 10;
  out->seeds = 3;
  out->own_name = "all";
  for (int at = 1; at < argc; at += 2) {
    char *value = at + 1 < argc ? argv[at + 1] : NULL;
    size_t option = 0;
    while (option < sizeof known / sizeof *known && strcmp(argv[at], known[option]) != 0) ++option;
    if (option == sizeof known / sizeof *known) return usage(argv[0], "unknown argument", argv[at]);
    if (!value) return usage(argv[0], "a value is missing behind", argv[at]);
    if (option < 3) lists[option] = value;
    if (option == 3 && bench_number(value, 1, 10000, &out->networks) != 0) return usage(argv[0], "--networks must be in 1..10000", value);
    if (option == 4 && bench_number(value, 1, 1000000, &out->seeds) != 0) return usage(argv[0], "--seeds must be in 1..1000000", value);
    if (option == 5) out->own_name = value;
    if (option == 6) out->out = value;
  }
  if (strcmp(out->own_name, "all") != 0 && strcmp(out->own_name, "half") != 0 && strcmp(out->own_name, "none") != 0)
    return usage(argv[0], "--own must be all, half or none", out->own_name);
  return parse_lists(out, argv[0], lists[0], lists[2], lists[1]);
}

/* ---- one solve ---- */

static int32_t attribute(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  bench_vector *game = user;
  const double before = bench_cpu_seconds();
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) memcpy(rows + r * game->n, game->rows + masks[r] * game->n, game->n * sizeof *rows);
  game->n_calls += n_masks;
  game->seconds += bench_cpu_seconds() - before;
  return 0;
}

static metagame_status solve_library(bench_vector *game, int32_t solver, uint64_t budget, uint64_t seed, double *matrix,
                                     metagame_error *err) {
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_game *vector = NULL;
  metagame_result *result = NULL;
  attributor.name = "table of attributions";
  attributor.n_players = attributor.n_targets = game->n;
  attributor.own_player = game->own;
  attributor.user = game;
  attributor.attribute = attribute;
  options.solver = solver;
  options.max_evaluations = budget;
  options.seed = seed;
  options.batch = 1024;
  metagame_status status = metagame_game_from_attributor(&vector, &attributor, NULL, err);
  if (status == METAGAME_OK) status = metagame_solve(&result, vector, &options, err);
  if (status == METAGAME_OK) memcpy(matrix, metagame_result_matrix(result), (size_t)game->n * game->n * sizeof *matrix);
  metagame_result_destroy(result);
  metagame_game_destroy(vector);
  return status;
}

static metagame_status solve(const bench_method *method, bench_vector *game, uint64_t budget, uint64_t seed, double *matrix,
                             metagame_error *err) {
  if (method->solver == AUTHORS) return bench_authors(game, budget, seed, matrix, err);
  if (method->solver == KERNELSHAP) return bench_kernelshap(game, budget, seed, matrix, err);
  return solve_library(game, method->solver, budget, seed, matrix, err);
}

static double relative_error(const bench_vector *game, const double *exact, const double *estimate) {
  double off = 0, norm = 0;
  for (uint32_t i = 0; i < game->n; ++i)
    for (uint32_t j = 0; j < game->n; ++j) {
      const size_t at = (size_t)i * game->n + j;
      if (game->own[i] == (int32_t)j) continue;
      off += (estimate[at] - exact[at]) * (estimate[at] - exact[at]);
      norm += exact[at] * exact[at];
    }
  return off / norm;
}

/* ---- all of them ---- */

typedef struct place {
  size_t size, calls;
  uint64_t network;
  int activation, inner;
} place;

/* All methods and seeds at one budget of one game. Returns 0, or 1 after a message. */
static int run_budget(FILE *csv, plan *what, place at, bench_vector *game, const double *exact) {
  const calls *asked = &what->calls[at.calls];
  const uint64_t budget = asked->factor ? asked->factor * game->n * game->n : asked->number;
  double matrix[BENCH_MOST_FEATURES * BENCH_MOST_FEATURES];
  for (size_t m = 0; m < what->n_methods; ++m)
    for (uint64_t seed = 0; seed < what->seeds; ++seed) {
      const bench_method *method = what->methods[m];
      cell *sums = &what->cells[at.size][at.activation][at.inner][at.calls][m];
      metagame_error err = METAGAME_ERROR_INIT;
      game->n_calls = 0;
      game->seconds = 0;
      const double before = bench_cpu_seconds();
      const metagame_status status = solve(method, game, budget, seed, matrix, &err);
      const double seconds = bench_cpu_seconds() - before - game->seconds;
      if (status == METAGAME_E_BUDGET || status == METAGAME_E_LIMIT || status == METAGAME_E_UNSUPPORTED || status == METAGAME_E_SINGULAR) {
        if (!what->noted[at.size][at.calls][m]++)
          fprintf(stderr, "skipped: n = %u, %s, %" PRIu64 " calls: %s\n", game->n, method->name, budget, err.message);
        continue;
      }
      if (status != METAGAME_OK) {
        fprintf(stderr, "n = %u, %s: %s: %s\n", game->n, method->name, metagame_status_name(status), err.message);
        return 1;
      }
      const double error = relative_error(game, exact, matrix);
      sums->error += error;
      sums->seconds += seconds > 0 ? seconds : 0;
      ++sums->count;
      fprintf(csv, "%" PRIu64 ",%s,%s,%u,%s,%" PRIu64 ",%" PRIu64 ",%.6g,%.6f,%" PRIu64 ",%s\n", at.network,
              activation_names[at.activation], inner_names[at.inner], game->n, method->name, budget, seed, error,
              seconds > 0 ? seconds : 0, game->n_calls, what->own_name);
    }
  return 0;
}

static int run_network(FILE *csv, plan *what, place at, const int32_t *own) {
  double *rows = bench_network_rows(what->sizes[at.size], at.network, at.activation, at.inner);
  bench_vector game = { what->sizes[at.size], rows, own, 0, 0 };
  metagame_result *result = NULL;
  metagame_error err = METAGAME_ERROR_INIT;
  int failed = 0;
  if (metagame_solve_table(&result, rows, game.n, game.n, own, NULL, NULL, &err) != METAGAME_OK) {
    fprintf(stderr, "n = %u, exact: %s\n", game.n, err.message);
    failed = 1;
  }
  for (at.calls = 0; at.calls < what->n_calls && !failed; ++at.calls)
    failed = run_budget(csv, what, at, &game, metagame_result_matrix(result));
  metagame_result_destroy(result);
  free(rows);
  return failed;
}

static int run(FILE *csv, plan *what) {
  int32_t own[BENCH_MOST_FEATURES];
  place at = { 0, 0, 0, 0, 0 };
  const int step = strcmp(what->own_name, "half") == 0 ? 2 : 1;
  for (int32_t i = 0; i < BENCH_MOST_FEATURES; ++i) own[i] = what->own_name[0] != 'n' && i % step == 0 ? i : METAGAME_NO_PLAYER;
  fputs("network,activation,inner,n,method,calls,seed,relative_mse,seconds,evals,own\n", csv);
  for (at.size = 0; at.size < what->n_sizes; ++at.size)
    for (at.activation = 0; at.activation < BENCH_N_ACTIVATIONS; ++at.activation)
      for (at.inner = 0; at.inner < BENCH_N_INNERS; ++at.inner)
        for (at.network = 0; at.network < what->networks; ++at.network)
          if (run_network(csv, what, at, own) != 0) return 1;
  return 0;
}

/* ---- the table ---- */

static void print_ratio(const plan *what, const cell *cells, double error, int32_t solver) {
  for (size_t m = 0; m < what->n_methods; ++m)
    if (what->methods[m]->solver == solver && cells[m].count) {
      printf(" %12.4f", error * (double)cells[m].count / cells[m].error);
      return;
    }
  printf(" %12s", "-");
}

static void print_table(const plan *what) {
  printf("relative mean squared error over networks and seeds, its ratio to that of the loops over targets (below 1: better),\n"
         "and CPU ms of a solve without the game; own players: %s\n",
         what->own_name);
  printf("%3s %-8s %-5s %-9s %-12s %6s %12s %12s %12s %9s\n", "n", "network", "inner", "calls", "method", "solves", "mean", "/authors",
         "/kernelshap", "ms");
  for (size_t s = 0; s < what->n_sizes; ++s)
    for (int activation = 0; activation < BENCH_N_ACTIVATIONS; ++activation)
      for (int inner = 0; inner < BENCH_N_INNERS; ++inner)
        for (size_t c = 0; c < what->n_calls; ++c)
          for (size_t m = 0; m < what->n_methods; ++m) {
            const cell *cells = what->cells[s][activation][inner][c], *sums = &cells[m];
            if (sums->count == 0) continue;
            const double count = (double)sums->count;
            printf("%3u %-8s %-5s %-9s %-12s %6" PRIu64 " %12.5g", what->sizes[s], activation_names[activation], inner_names[inner],
                   what->calls[c].label, what->methods[m]->name, sums->count, sums->error / count);
            print_ratio(what, cells, sums->error / count, AUTHORS);
            print_ratio(what, cells, sums->error / count, KERNELSHAP);
            printf(" %9.3f\n", 1e3 * sums->seconds / count);
          }
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--list") == 0) {
    for (size_t at = 0; bench_method_at(at); ++at) puts(bench_method_at(at)->name);
    for (size_t at = 0; at < sizeof loops / sizeof *loops; ++at) puts(loops[at].name);
    return 0;
  }
  plan *what = bench_new(1, sizeof *what);
  int failed = parse(what, argc, argv);
  if (!failed) {
    FILE *csv = fopen(what->out ? what->out : "/dev/null", "w");
    failed = !csv || run(csv, what) != 0;
    if (csv && (ferror(csv) + fclose(csv)) != 0) failed = 1;
    if (failed) fprintf(stderr, "%s: the figures in %s are not complete\n", argv[0], what->out ? what->out : "the table");
    print_table(what);
  }
  free(what);
  return failed;
}
