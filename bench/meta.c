/* SPDX-License-Identifier: MIT */
/* Error of meta-Shapley matrices (inner and outer Shapley value) against calls of the base game. Families of games: low and any, sums of 60
 * unanimity games with normal coefficients and supports of 1..4 and 1..n players; tanh, networks with 16 hidden units, n = 12. The figure
 * is the root of sum (estimate - exact)^2 / sum exact^2, the mean over games: pinned off the diagonal, which is exact; unpinned over all
 * entries. The library's calls are all it makes; the references of the pinned matrix get the ends and single players for nothing.
 * Usage: bench-meta [GAMES [FAMILY [N [CALLS]]]]. Lines: definition family n calls method error calls-made seconds. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "metagame.h"
#include "references.h"

enum { N_TERMS = 60, HIDDEN = 16, MOST_PLAYERS = 32, LOW = 0, ANY = 1, TANH = 2 };

static const char *const family_names[] = { "low", "any", "tanh" };

typedef struct game {
  uint32_t n;
  int family;
  uint64_t masks[N_TERMS];
  double coefficients[N_TERMS];
  double weights[HIDDEN][MOST_PLAYERS], offsets[HIDDEN], outputs[HIDDEN];
  uint64_t calls;
} game;

static uint64_t random_word(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static double uniform(uint64_t *state) { return ((double)(random_word(state) >> 11) + 0.5) * 0x1p-53; }
static double normal(uint64_t *state) {
  const double radius = sqrt(-2 * log(uniform(state)));
  return radius * cos(6.283185307179586 * uniform(state));
}

static void make_game(game *g, uint32_t n, int family, uint64_t seed) {
  uint64_t state = seed * UINT64_C(0x2545f4914f6cdd1d) + n;
  memset(g, 0, sizeof *g);
  g->n = n;
  g->family = family;
  for (uint32_t t = 0; t < N_TERMS; ++t) {
    uint32_t size = 1 + (uint32_t)(uniform(&state) * (family == LOW ? 4 : n));
    while (size) {
      const uint64_t bit = UINT64_C(1) << (uint32_t)(uniform(&state) * n);
      size -= !(g->masks[t] & bit);
      g->masks[t] |= bit;
    }
    g->coefficients[t] = normal(&state);
  }
  for (uint32_t h = 0; h < HIDDEN; ++h) {
    for (uint32_t i = 0; i < n; ++i) g->weights[h][i] = 3 * normal(&state) / sqrt(n);
    g->offsets[h] = normal(&state) / 2;
    g->outputs[h] = normal(&state);
  }
}

static double value(const void *context, uint64_t mask) {
  const game *g = context;
  double sum = 0;
  for (uint32_t t = 0; g->family != TANH && t < N_TERMS; ++t) sum += (g->masks[t] & mask) == g->masks[t] ? g->coefficients[t] : 0;
  for (uint32_t h = 0; g->family == TANH && h < HIDDEN; ++h) {
    double in = g->offsets[h];
    for (uint32_t i = 0; i < g->n; ++i) in += mask >> i & 1 ? g->weights[h][i] : 0;
    sum += g->outputs[h] * tanh(in);
  }
  return sum;
}

static int32_t evaluate(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  game *g = user;
  (void)err;
  g->calls += n_masks;
  for (size_t r = 0; r < n_masks; ++r) rows[r] = value(g, masks[r]);
  return 0;
}

static void check(metagame_status status, const metagame_error *err) {
  if (status == METAGAME_OK) return;
  fprintf(stderr, "%s: %s\n", metagame_status_name(status), err->message);
  exit(1);
}

/* calls 0: exact. Returns the calls that were made. */
static uint64_t solve(game *g, int unpinned, uint64_t calls, uint64_t seed, double *matrix) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_game *base = NULL, *shapley = NULL;
  metagame_result *result = NULL;
  metagame_error err = METAGAME_ERROR_INIT;
  function.n_players = g->n;
  function.user = g;
  function.evaluate = evaluate;
  method.name = "shapley";
  options.solver = calls ? METAGAME_SOLVER_STRATIFIED : METAGAME_SOLVER_EXACT;
  options.flags = unpinned ? METAGAME_UNPINNED : 0;
  options.max_evaluations = calls;
  options.seed = seed;
  g->calls = 0;
  check(metagame_game_from_function(&base, &function, NULL, &err), &err);
  check(metagame_game_attribute(&shapley, base, &method, &err), &err);
  check(metagame_solve(&result, shapley, &options, &err), &err);
  memcpy(matrix, metagame_result_matrix(result), (size_t)g->n * g->n * sizeof *matrix);
  metagame_result_destroy(result);
  metagame_game_destroy(shapley);
  metagame_game_destroy(base);
  return g->calls;
}

static void exact(game *g, int unpinned, double *matrix) {
  const uint32_t n = g->n;
  if (g->family == TANH) {
    solve(g, unpinned, 0, 0, matrix);
    return;
  }
  memset(matrix, 0, (size_t)n * n * sizeof *matrix);
  for (uint32_t t = 0; t < N_TERMS; ++t) {
    double size = 0;
    for (uint32_t i = 0; i < n; ++i) size += (double)(g->masks[t] >> i & 1);
    if (!unpinned && size < 2) continue;
    const double part = g->coefficients[t] / (unpinned ? size * size : size * (size - 1));
    for (uint32_t i = 0; i < n; ++i)
      for (uint32_t j = 0; j < n; ++j)
        if ((unpinned || i != j) && g->masks[t] >> i & 1 && g->masks[t] >> j & 1) matrix[i * n + j] += part;
  }
}

static double error_of(const double *estimate, const double *truth, uint32_t n, int unpinned) {
  double sum = 0, all = 0;
  for (uint32_t i = 0; i < n; ++i)
    for (uint32_t j = 0; j < n; ++j) {
      if (i == j && !unpinned) continue;
      const double miss = estimate[i * n + j] - truth[i * n + j];
      sum += miss * miss;
      all += truth[i * n + j] * truth[i * n + j];
    }
  return sqrt(sum / all);
}

typedef struct method {
  const char *name;
  void (*run)(bench_run *run); /* NULL: the library */
  int unpinned;
} method;

static const method methods[] = { { "library", NULL, 0 },          { "taylor-orders", bench_taylor_orders, 0 },
                                  { "shap-iq", bench_shap_iq, 0 }, { "library", NULL, 1 },
                                  { "nested-grid", bench_nested_grid, 1 }, { "nested-naive", bench_nested_naive, 1 } };

static void measure(const method *m, int family, uint32_t n, uint64_t calls, uint64_t games) {
  static double truth[MOST_PLAYERS * MOST_PLAYERS], estimate[MOST_PLAYERS * MOST_PLAYERS];
  double error = 0, seconds = 0;
  uint64_t spent = 0;
  for (uint64_t at = 0; at < games; ++at) {
    game g;
    make_game(&g, n, family, at + 1);
    exact(&g, m->unpinned, truth);
    bench_run run = { &g, value, n, calls, at, estimate, 0 };
    const double before = bench_cpu_seconds();
    if (m->run)
      m->run(&run);
    else
      run.spent = solve(&g, m->unpinned, calls, at, estimate);
    seconds += bench_cpu_seconds() - before;
    spent += run.spent;
    error += error_of(estimate, truth, n, m->unpinned);
  }
  printf("%-9s%-5s%3u%6llu %-14s%9.4f%9.0f%9.2f\n", m->unpinned ? "unpinned" : "pinned", family_names[family], n,
         (unsigned long long)calls, m->name, error / (double)games, (double)spent / (double)games, seconds / (double)games);
  fflush(stdout);
}

int main(int argc, char **argv) {
  static const uint32_t sizes[] = { 12, 20, 30 };
  static const uint64_t budgets[2][3] = { { 300, 1000, 3000 }, { 300, 2000, 3000 } };
  const uint64_t games = argc > 1 ? strtoull(argv[1], NULL, 10) : 8;
  const char *only = argc > 2 ? argv[2] : NULL;
  const uint64_t only_n = argc > 3 ? strtoull(argv[3], NULL, 10) : 0, only_calls = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
  if (games < 1 || games > 10000) {
    fprintf(stderr, "usage: bench-meta [GAMES [low|any|tanh [N [CALLS]]]]\n");
    return 2;
  }
  printf("matrix   game   n calls method            error    calls  seconds\n");
  for (int unpinned = 0; unpinned < 2; ++unpinned)
    for (int family = LOW; family <= TANH; ++family)
      for (size_t s = 0; s < 3; ++s)
        for (size_t b = 0; b < 3; ++b)
          for (size_t at = 0; at < sizeof methods / sizeof *methods; ++at) {
            if (methods[at].unpinned != unpinned || (family == TANH && sizes[s] > 12)) continue;
            if (only && strcmp(only, "all") != 0 && strcmp(only, family_names[family]) != 0) continue;
            if ((only_n && only_n != sizes[s]) || (only_calls && only_calls != budgets[unpinned][b])) continue;
            measure(&methods[at], family, sizes[s], budgets[unpinned][b], games);
          }
  return 0;
}
