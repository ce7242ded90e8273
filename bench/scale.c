/* SPDX-License-Identifier: MIT */
/* Many players, many targets: CPU seconds of the solver without the game, and bytes, for one solve of a game that costs little
 * (single players, pairs of neighbours, triples).
 * Usage: bench-scale growth | peers | targets | pinned | errors N...
 *
 *   growth   n = 100 to 10000, one free target, budget 2048 + 32 n: seconds, bytes, and growth exponents between neighbours
 *   peers    n = 100 and 1000, budgets 2^11 and 2^14: a line "peers,SOLVER,n,budget,seconds" each, for scripts/bench
 *   targets  n = 100, 100000 free targets, budget 2^11: regression and permutation
 *   pinned   n = m = 100, 300, 1000, all pinned, default budget
 *   errors   relative squared error of regression and permutation by budget, on that game and on a network of 16 tanh units */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common.h"
#include "metagame.h"

typedef enum game_kind { TRIPLES, NETWORK } game_kind;

enum { HIDDEN = 16 };

typedef struct game {
  uint32_t n, m;
  game_kind kind;
  double *single, *pair, *triple; /* n each; target i has them times 1 + i/m */
  double *hidden;                 /* network: n x HIDDEN weights, then HIDDEN of the output */
  double seconds;
} game;

static double draw(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (double)(*state >> 11) * 0x1p-53 - 0.5;
}

static void open_game(game *g, uint32_t n, uint32_t m, game_kind kind) {
  uint64_t state = n;
  const game empty = { n, m, kind, bench_new(n, 8), bench_new(n, 8), bench_new(n, 8), bench_new((size_t)(n + 1) * HIDDEN, 8), 0 };
  *g = empty;
  for (uint32_t p = 0; p < n; ++p) g->single[p] = draw(&state), g->pair[p] = draw(&state), g->triple[p] = draw(&state);
  for (size_t w = 0; w < (size_t)n * HIDDEN; ++w) g->hidden[w] = 8 * draw(&state) / sqrt((double)n); /* sums of deviation 1.6 */
  for (size_t h = 0; h < HIDDEN; ++h) g->hidden[(size_t)n * HIDDEN + h] = draw(&state);
}

static double value_of(const game *g, const unsigned char *has) {
  double sum = 0, hidden[HIDDEN] = { 0 };
  if (g->kind == TRIPLES) {
    for (uint32_t p = 0; p < g->n; ++p)
      sum += has[p] * g->single[p] + (has[p] & has[p + 1]) * g->pair[p] + (has[p] & has[p + 1] & has[p + 3]) * g->triple[p];
    return sum;
  }
  for (uint32_t p = 0; p < g->n; ++p)
    for (size_t h = 0; h < HIDDEN; ++h) hidden[h] += has[p] * g->hidden[(size_t)p * HIDDEN + h];
  for (size_t h = 0; h < HIDDEN; ++h) sum += g->hidden[(size_t)g->n * HIDDEN + h] * tanh(hidden[h]);
  return sum;
}

static int32_t evaluate(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  game *g = user;
  const size_t words = metagame_mask_words(g->n);
  const double before = bench_cpu_seconds();
  unsigned char *has = bench_new((size_t)g->n + 3, 1);
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) {
    for (uint32_t p = 0; p < g->n; ++p) has[p] = masks[r * words + p / 64] >> (p % 64) & 1;
    for (uint32_t p = 0; p < 3; ++p) has[g->n + p] = has[p];
    const double value = value_of(g, has);
    for (uint32_t i = 0; i < g->m; ++i) rows[r * g->m + i] = value * (1 + (double)i / g->m);
  }
  free(has);
  g->seconds += bench_cpu_seconds() - before;
  return 0;
}

static void must(metagame_status status, const char *what, const metagame_error *err) {
  if (status >= 0) return;
  fprintf(stderr, "%s: %s: %s\n", what, metagame_status_name(status), err->message);
  exit(1);
}

typedef struct outcome {
  double seconds;
  uint64_t bytes, evaluations;
  metagame_result *result;
} outcome;

/* One solve; the result is the caller's. */
static outcome solve(game *g, int pinned, int32_t solver, uint64_t budget, uint64_t seed) {
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  metagame_game *handle = NULL;
  metagame_error err;
  outcome out = { 0, 0, 0, NULL };
  int32_t *own = bench_new(g->m, sizeof *own);
  for (uint32_t i = 0; i < g->m; ++i) own[i] = pinned ? (int32_t)(i % g->n) : METAGAME_NO_PLAYER;
  attributor.name = "scale";
  attributor.n_players = g->n;
  attributor.n_targets = g->m;
  attributor.own_player = own;
  attributor.user = g;
  attributor.attribute = evaluate;
  must(metagame_game_from_attributor(&handle, &attributor, NULL, &err), "game", &err);
  options.solver = solver;
  options.max_evaluations = budget;
  options.seed = seed;
  must(metagame_session_bytes(&out.bytes, handle, &options, &err), "bytes", &err);
  g->seconds = 0;
  const double before = bench_cpu_seconds();
  must(metagame_solve(&out.result, handle, &options, &err), "solve", &err);
  out.seconds = bench_cpu_seconds() - before - g->seconds;
  must(metagame_result_get_info(out.result, &info, &err), "info", &err);
  out.evaluations = info.evaluations;
  metagame_game_destroy(handle);
  free(own);
  return out;
}

static void close_game(game *g) {
  free(g->single);
  free(g->pair);
  free(g->triple);
  free(g->hidden);
}

static const char *const solver_names[] = { "auto", "exact", "regression", "permutation" };

/* Least of `runs` solves. */
static outcome best(uint32_t n, uint32_t m, int pinned, int32_t solver, uint64_t budget, int runs) {
  outcome least = { INFINITY, 0, 0, NULL };
  game g;
  open_game(&g, n, m, TRIPLES);
  for (int run = 0; run < runs; ++run) {
    const outcome now = solve(&g, pinned, solver, budget, (uint64_t)run);
    metagame_result_destroy(now.result);
    if (now.seconds < least.seconds) least = now;
  }
  least.result = NULL;
  close_game(&g);
  return least;
}

static double peak_mib(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)usage.ru_maxrss / 1024;
}

static int bench_growth(void) {
  static const uint32_t players[] = { 100, 300, 1000, 3000, 10000 };
  for (int32_t solver = METAGAME_SOLVER_REGRESSION; solver <= METAGAME_SOLVER_PERMUTATION; ++solver) {
    outcome before = { 0, 0, 0, NULL };
    for (size_t p = 0; p < sizeof players / sizeof *players; ++p) {
      const uint32_t n = players[p];
      const outcome now = best(n, 1, 0, solver, 2048 + 32 * (uint64_t)n, n > 1000 ? 1 : 3);
      printf("growth %-11s n=%-5u m=1 budget=%-6u %9.4f CPU s %8.1f MiB", solver_names[solver], n, 2048 + 32 * n, now.seconds,
             (double)now.bytes / 1048576);
      if (p > 0) {
        const double step = log((double)n / players[p - 1]);
        printf("   exponents: time %.2f, bytes %.2f", log(now.seconds / before.seconds) / step,
               log((double)now.bytes / (double)before.bytes) / step);
      }
      printf("\n");
      fflush(stdout);
      before = now;
    }
  }
  return 0;
}

static int bench_peers(void) {
  for (uint32_t n = 100; n <= 1000; n += 900)
    for (uint64_t budget = 2048; budget <= 16384; budget *= 8)
      for (int32_t solver = METAGAME_SOLVER_REGRESSION; solver <= METAGAME_SOLVER_PERMUTATION; ++solver)
        if (solver == METAGAME_SOLVER_PERMUTATION || budget >= 3 * (uint64_t)n)
          printf("peers,%s,%u,%llu,%.5f\n", solver_names[solver], n, (unsigned long long)budget, best(n, 1, 0, solver, budget, 5).seconds);
  return 0;
}

static int bench_targets(void) {
  for (int32_t solver = METAGAME_SOLVER_PERMUTATION; solver >= METAGAME_SOLVER_REGRESSION; --solver) {
    const outcome now = best(100, 100000, 0, solver, 2048, 1);
    printf("targets %-11s n=100 m=100000 budget=2048 %8.2f CPU s; session_bytes %.0f MiB, peak of the process so far %.0f MiB, "
           "153 of them the result\n",
           solver_names[solver], now.seconds, (double)now.bytes / 1048576, peak_mib());
    fflush(stdout);
  }
  return 0;
}

static int bench_pinned(void) {
  static const uint32_t players[] = { 100, 300, 1000 };
  for (size_t p = 0; p < sizeof players / sizeof *players; ++p) {
    const outcome now = best(players[p], players[p], 1, METAGAME_SOLVER_AUTO, 0, 1);
    printf("pinned auto n=m=%u budget=%llu %8.2f CPU s %8.1f MiB\n", players[p], (unsigned long long)now.evaluations, now.seconds,
           (double)now.bytes / 1048576);
    fflush(stdout);
  }
  return 0;
}

/* Exact values: pairs are halved, triples shared out in three. Those of a network are not known: permutation sampling, which is
 * unbiased, at a budget of 200 n stands for them, with a third of the error of 32 n at most. */
static void find_truth(game *g, double *truth) {
  const uint32_t n = g->n;
  if (g->kind == NETWORK) {
    outcome o = solve(g, 0, METAGAME_SOLVER_PERMUTATION, 200 * (uint64_t)n, 99);
    memcpy(truth, metagame_result_matrix(o.result), n * sizeof *truth);
    metagame_result_destroy(o.result);
    return;
  }
  for (uint32_t p = 0; p < n; ++p) {
    truth[p] += g->single[p] + g->pair[p] / 2 + g->triple[p] / 3;
    truth[(p + 1) % n] += g->pair[p] / 2 + g->triple[p] / 3;
    truth[(p + 3) % n] += g->triple[p] / 3;
  }
}

static int bench_errors(int argc, char **argv) {
  enum { RUNS = 3 };
  for (int a = 0; a < argc; ++a)
    for (game_kind kind = TRIPLES; kind <= NETWORK; ++kind) {
      const uint32_t n = (uint32_t)strtoul(argv[a], NULL, 10);
      const uint64_t budgets[] = { 4 * (uint64_t)n, 10 * (uint64_t)n, 2048 + 32 * (uint64_t)n };
      double *truth = bench_new(n, sizeof *truth), whole = 0;
      game g;
      open_game(&g, n, 1, kind);
      find_truth(&g, truth);
      for (uint32_t p = 0; p < n; ++p) whole += truth[p] * truth[p];
      for (size_t b = 0; b < sizeof budgets / sizeof *budgets; ++b)
        for (int32_t solver = METAGAME_SOLVER_REGRESSION; solver <= METAGAME_SOLVER_PERMUTATION; ++solver) {
          double error = 0;
          for (uint64_t run = 0; run < RUNS; ++run) {
            outcome o = solve(&g, 0, solver, budgets[b], run);
            const double *phi = metagame_result_matrix(o.result);
            for (uint32_t p = 0; p < n; ++p) error += (phi[p] - truth[p]) * (phi[p] - truth[p]);
            metagame_result_destroy(o.result);
          }
          printf("errors %-7s n=%u budget=%llu %-11s %.3e\n", kind == NETWORK ? "network" : "triples", n, (unsigned long long)budgets[b],
                 solver_names[solver], error / RUNS / whole);
          fflush(stdout);
        }
      free(truth);
      close_game(&g);
    }
  return 0;
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (strcmp(what, "growth") == 0) return bench_growth();
  if (strcmp(what, "peers") == 0) return bench_peers();
  if (strcmp(what, "targets") == 0) return bench_targets();
  if (strcmp(what, "pinned") == 0) return bench_pinned();
  if (strcmp(what, "errors") == 0) return bench_errors(argc - 2, argv + 2);
  fprintf(stderr, "usage: %s growth | peers | targets | pinned | errors N...\n", argv[0]);
  return 2;
}
