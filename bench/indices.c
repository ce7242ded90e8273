/* SPDX-License-Identifier: MIT */
/* Figures of the exact interaction indices from a table of values. Usage: bench-indices. Times are CPU seconds, the least of several
 * runs; the pass over the table, which adds its values up, is timed in turn with each. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "metagame/indices.h"

enum { RUNS = 9, LARGE = 20 };

static double cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double *make_table(uint32_t n) {
  const size_t size = (size_t)1 << n;
  double *table = malloc(size * sizeof *table);
  uint64_t state = 1;
  if (!table) exit(1);
  for (size_t at = 0; at < size; ++at) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    table[at] = (double)(state >> 11) * 0x1p-53;
  }
  return table;
}

/* One pass at the speed of memory: eight sums, which a compiler turns into vectors. */
static double pass(const double *table, size_t size) {
  double sums[8] = { 0 };
  for (size_t at = 0; at + 8 <= size; at += 8)
    for (size_t lane = 0; lane < 8; ++lane) sums[lane] += table[at + lane];
  double sum = 0;
  for (size_t lane = 0; lane < 8; ++lane) sum += sums[lane];
  return sum;
}

static volatile double kept;

/* All cells of one index from the table: with interaction_order 1 the first-order Shapley values. */
static void compute(const double *table, uint32_t n, uint32_t order, int32_t kind, double *out) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_index index = METAGAME_INDEX_INIT;
  metagame_result *result = NULL;
  metagame_error err;
  options.interaction_order = order;
  index.kind = kind;
  index.order = order;
  metagame_status status = metagame_solve_table(&result, table, n, 1, NULL, &options, NULL, &err);
  if (status == METAGAME_OK && order > 1) status = metagame_result_index(result, &index, out, NULL, &err);
  if (status != METAGAME_OK) {
    fprintf(stderr, "%s: %s\n", metagame_status_name(status), err.message);
    exit(1);
  }
  kept = metagame_result_matrix(result)[0];
  metagame_result_destroy(result);
}

static void measure(const char *name, const double *table, uint32_t n, uint32_t order, int32_t kind) {
  double *out = malloc((size_t)n * n * n * sizeof *out), best = 1e9, best_pass = 1e9;
  const size_t size = (size_t)1 << n;
  if (!out) exit(1);
  for (int run = 0; run < RUNS; ++run) {
    double start = cpu_seconds();
    kept = pass(table, size);
    double end = cpu_seconds();
    if (end - start < best_pass) best_pass = end - start;
    start = cpu_seconds();
    compute(table, n, order, kind, out);
    end = cpu_seconds();
    if (end - start < best) best = end - start;
  }
  printf("  n=%u %-44s %9.3f ms", n, name, 1e3 * best);
  if (n >= LARGE) printf(", %5.2f passes over the table (%.3f ms)", best / best_pass, 1e3 * best_pass);
  printf("\n");
  free(out);
}

int main(void) {
  static const uint32_t sizes[] = { 14, 16, LARGE };
  printf("exact indices from a table of 2^n values, all cells, CPU time:\n");
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
    double *table = make_table(sizes[s]);
    measure("Shapley values", table, sizes[s], 1, 0);
    measure("meta-Shapley pairs, pinned", table, sizes[s], 2, METAGAME_INDEX_META);
    measure("Shapley interaction pairs", table, sizes[s], 2, METAGAME_INDEX_SII);
    measure("Shapley-Taylor pairs", table, sizes[s], 2, METAGAME_INDEX_STII);
    measure("faithful Shapley pairs", table, sizes[s], 2, METAGAME_INDEX_FSII);
    measure("Shapley interaction triples", table, sizes[s], 3, METAGAME_INDEX_SII);
    free(table);
  }
  return 0;
}
