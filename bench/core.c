/* SPDX-License-Identifier: MIT */
/* Figures of the core solvers on near-zero-cost games, as ratios within one process. Usage: bench-core exact | memory | regression |
 * driver. Times are CPU seconds of the process, the least of several runs; each ratio's two sides are timed in turn. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "metagame.h"

static double cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void fail(const char *what, metagame_status status, const metagame_error *err) {
  fprintf(stderr, "%s: %s: %s\n", what, metagame_status_name(status), err->message);
  exit(1);
}

/* ---- a cheap game: row i of coalition T from two tables of random numbers, one for each half of the mask's bits ---- */

typedef struct cheap {
  uint32_t n, m, low_bits;
  double *low, *high; /* 2^low_bits and 2^(n - low_bits) rows */
} cheap;

static double next_random(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (double)(*state >> 11) * 0x1p-53 - 0.5;
}

static cheap make_cheap(uint32_t n, uint32_t m) {
  cheap game = { n, m, n / 2, NULL, NULL };
  uint64_t state = 1;
  size_t low = ((size_t)1 << game.low_bits) * m, high = ((size_t)1 << (n - game.low_bits)) * m;
  game.low = malloc(low * sizeof(double));
  game.high = malloc(high * sizeof(double));
  if (!game.low || !game.high) exit(1);
  for (size_t at = 0; at < low; ++at) game.low[at] = next_random(&state);
  for (size_t at = 0; at < high; ++at) game.high[at] = next_random(&state);
  return game;
}

static int32_t evaluate_cheap(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const cheap *game = user;
  const uint64_t low_mask = (UINT64_C(1) << game->low_bits) - 1;
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) {
    const double *restrict low = game->low + (masks[r] & low_mask) * game->m;
    const double *restrict high = game->high + (masks[r] >> game->low_bits) * game->m;
    double *restrict row = rows + r * game->m;
    for (uint32_t i = 0; i < game->m; ++i) row[i] = low[i] * high[i] + low[i];
  }
  return 0;
}

static metagame_game *make_game(cheap *user) {
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  metagame_game *game = NULL;
  metagame_error err;
  int32_t *own = malloc(user->m * sizeof *own);
  if (!own) exit(1);
  for (uint32_t i = 0; i < user->m; ++i) own[i] = (int32_t)i;
  attributor.name = "cheap";
  attributor.n_players = user->n;
  attributor.n_targets = user->m;
  attributor.own_player = user->m <= user->n ? own : NULL;
  attributor.user = user;
  attributor.attribute = evaluate_cheap;
  metagame_status status = metagame_game_from_attributor(&game, &attributor, NULL, &err);
  if (status != METAGAME_OK) fail("game", status, &err);
  free(own);
  return game;
}

static void solve(const metagame_game *game, const metagame_options *options) {
  metagame_result *result = NULL;
  metagame_error err;
  metagame_status status = metagame_solve(&result, game, options, &err);
  if (status != METAGAME_OK) fail("solve", status, &err);
  metagame_result_destroy(result);
}

/* Generates the same rows in batches and adds them up once: the least that anyone who sees every row must do. */
static double generate_and_add(cheap *user, uint32_t batch, double *sums) {
  uint64_t *masks = malloc(batch * sizeof *masks);
  double *rows = malloc((size_t)batch * user->m * sizeof *rows);
  if (!masks || !rows) exit(1);
  const double before = cpu_seconds();
  for (uint64_t first = 0; first < UINT64_C(1) << user->n; first += batch) {
    for (uint32_t r = 0; r < batch; ++r) masks[r] = first + r;
    evaluate_cheap(user, masks, batch, rows, NULL);
    for (uint32_t r = 0; r < batch; ++r) {
      const double *restrict row = rows + (size_t)r * user->m;
      for (uint32_t i = 0; i < user->m; ++i) sums[i] += row[i];
    }
  }
  const double seconds = cpu_seconds() - before;
  free(masks);
  free(rows);
  return seconds;
}

static int bench_exact(void) {
  enum { N = 20, RUNS = 9 };
  cheap user = make_cheap(N, N);
  metagame_game *game = make_game(&user);
  metagame_options options = METAGAME_OPTIONS_INIT;
  double sums[N] = { 0 }, least_solve = INFINITY, least_add = INFINITY;
  options.solver = METAGAME_SOLVER_EXACT;
  for (int run = 0; run < RUNS; ++run) {
    const double before = cpu_seconds();
    solve(game, &options);
    least_solve = fmin(least_solve, cpu_seconds() - before);
    least_add = fmin(least_add, generate_and_add(&user, 64, sums));
  }
  printf("exact n=20 m=20 pinned: %.4f CPU s; generating and adding the rows once: %.4f CPU s; ratio %.2f (checksum %g)\n", least_solve,
         least_add, least_solve / least_add, sums[0]);
  metagame_game_destroy(game);
  return 0;
}

static int bench_memory(void) {
  cheap user = make_cheap(22, 22);
  metagame_game *game = make_game(&user);
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_error err;
  uint64_t bytes = 0;
  options.solver = METAGAME_SOLVER_EXACT;
  metagame_status status = metagame_session_bytes(&bytes, game, &options, &err);
  if (status != METAGAME_OK) fail("bytes", status, &err);
  const double before = cpu_seconds();
  solve(game, &options);
  const double seconds = cpu_seconds() - before;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("exact n=22 m=22 pinned: peak memory of the process %.1f MiB (session_bytes says %.2f MiB); %.3f CPU s\n",
         (double)usage.ru_maxrss / 1024, (double)bytes / 1048576, seconds);
  metagame_game_destroy(game);
  return 0;
}

/* ---- regression: additive part and pairwise products of neighbours, n = 1000 ---- */

static double in_game;

static int32_t evaluate_large(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const uint32_t n = *(const uint32_t *)user;
  const size_t words = metagame_mask_words(n);
  const double before = cpu_seconds();
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) {
    double sum = 0;
    for (uint32_t p = 0; p + 1 < n; ++p) {
      const uint64_t has = masks[r * words + p / 64] >> (p % 64) & 1;
      const uint64_t next = masks[r * words + (p + 1) / 64] >> ((p + 1) % 64) & 1;
      sum += (double)has * ((double)(p % 7) + (double)next);
    }
    rows[r] = sum;
  }
  in_game += cpu_seconds() - before;
  return 0;
}

static int bench_regression(void) {
  enum { RUNS = 5 };
  uint32_t n = 1000;
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_game *game = NULL;
  metagame_error err;
  double least = INFINITY;
  function.n_players = n;
  function.user = &n;
  function.evaluate = evaluate_large;
  metagame_status status = metagame_game_from_function(&game, &function, NULL, &err);
  if (status != METAGAME_OK) fail("game", status, &err);
  options.solver = METAGAME_SOLVER_REGRESSION;
  options.max_evaluations = 16384;
  for (int run = 0; run < RUNS; ++run) {
    in_game = 0;
    const double before = cpu_seconds();
    solve(game, &options);
    least = fmin(least, cpu_seconds() - before - in_game);
  }
  printf("regression n=1000 budget=16384 m=1: %.3f CPU s without the game, standard errors included\n", least);
  metagame_game_destroy(game);
  return 0;
}

/* ---- driver: sampling at batch 64, against a bare loop around the callback ---- */

static int bench_driver(void) {
  enum { N = 20, BATCH = 64, RUNS = 9, ROWS = 1 << 20 };
  cheap user = make_cheap(N, 1);
  metagame_game *game = make_game(&user);
  double least_session = INFINITY, least_loop = INFINITY, sum = 0;
  for (int run = 0; run < RUNS; ++run) {
    uint64_t masks[BATCH];
    double rows[BATCH];
    metagame_session *session = NULL;
    metagame_options options = METAGAME_OPTIONS_INIT;
    metagame_error err;
    options.solver = METAGAME_SOLVER_EXACT;
    options.batch = BATCH;
    metagame_status status = metagame_session_create(&session, game, &options, &err);
    if (status != METAGAME_OK) fail("session", status, &err);
    double before = cpu_seconds();
    for (;;) {
      metagame_request request = METAGAME_REQUEST_INIT;
      status = metagame_session_ask(session, &request, &err);
      if (status != METAGAME_OK) break;
      if (metagame_game_evaluate(game, &request, request.rows, &err) != METAGAME_OK) break;
      if (metagame_session_tell(session, request.ticket, request.rows, request.n_masks, &err) != METAGAME_OK) break;
    }
    least_session = fmin(least_session, cpu_seconds() - before);
    if (status != METAGAME_DONE) fail("ask", status, &err);
    metagame_session_destroy(session);
    before = cpu_seconds();
    for (uint64_t first = 0; first < ROWS; first += BATCH) {
      for (uint64_t r = 0; r < BATCH; ++r) masks[r] = first + r;
      evaluate_cheap(&user, masks, BATCH, rows, NULL);
      sum += rows[0];
    }
    least_loop = fmin(least_loop, cpu_seconds() - before);
  }
  printf("driver, batch 64, one target: %.1f ns for each coalition in all, %.1f ns of them the bare loop around the callback (checksum %g)\n",
         1e9 * least_session / ROWS, 1e9 * least_loop / ROWS, sum);
  metagame_game_destroy(game);
  return 0;
}

int main(int argc, char **argv) {
  const char *what = argc == 2 ? argv[1] : "";
  if (strcmp(what, "exact") == 0) return bench_exact();
  if (strcmp(what, "memory") == 0) return bench_memory();
  if (strcmp(what, "regression") == 0) return bench_regression();
  if (strcmp(what, "driver") == 0) return bench_driver();
  fprintf(stderr, "usage: %s exact | memory | regression | driver\n", argv[0]);
  return 2;
}
