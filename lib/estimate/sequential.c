/* SPDX-License-Identifier: MIT */
/* Sequential design under a Gaussian process (docs/mathematics.md, section 11). With the rows R seen so far, K_RR + noise = L L', a
 * candidate S has
 *
 *   a_S = L^-1 K_RS,   var_S = K_SS + noise - |a_S|^2,   cov_S = cov(phi, d(S)) - (L^-1 C)' a_S,   C_R = cov(phi, d(R))
 *
 * and to see it lowers sum_j var(phi_j) by |cov_S|^2/var_S. To add it appends one entry to a of each other candidate and updates its two
 * numbers: no further factorisation. Time to open N^3/3 + C N^2 for C candidates, to add C (N + n). */
#include "estimate/sequential.h"

#include <math.h>
#include <string.h>

#include "base/lanes.h"
#include "base/linalg.h"
#include "base/saturate.h"

enum { MOST_TRIES = 16 };

uint64_t mtg_sequential_bytes(uint32_t n, uint64_t rows, uint64_t n_candidates) {
  const uint64_t size = rows + MTG_PROCESS_EXACT;
  return 8 * (mtg_times(n_candidates, size + n + 2) + mtg_times(size, size + n)) + 7 * MTG_BLOCK_OVERHEAD;
}

void mtg_sequential_close(mtg_sequential *d) {
  double *const blocks[] = { d->solved, d->covariance, d->variance, d->entries };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(&d->alloc, blocks[b]);
}

static int factor(const mtg_process *p, const mtg_rows_kernel *terms, const mtg_process_data *data, double *noise, double *matrix) {
  const size_t size = data->count + data->n_exact;
  double half_log;
  *noise = p->noise;
  for (int tries = 0; tries < MOST_TRIES; ++tries) {
    for (size_t c = 0; c < size; ++c) {
      const uint64_t *mask = data->masks + c * p->words;
      mtg_process_kernel_row(p, terms, mask, mask, size - c, matrix + c * size + c);
      matrix[c * size + c] += c < data->count ? *noise : MTG_PROCESS_EXACTLY;
    }
    if (mtg_cholesky(matrix, size, &half_log) == 0) return 0;
    *noise = fmax(10 * *noise, 1e-14);
  }
  return 1;
}

static double dot(const double *a, const double *b, size_t count) {
  double lanes[MTG_LANE_COUNT] = { 0 };
  size_t r = 0;
  for (; r + MTG_LANE_COUNT <= count; r += MTG_LANE_COUNT)
    for (size_t lane = 0; lane < MTG_LANE_COUNT; ++lane) lanes[lane] += a[r + lane] * b[r + lane];
  double sum = MTG_LANES_SUM(lanes);
  for (; r < count; ++r) sum += a[r] * b[r];
  return sum;
}

static void prepare(mtg_sequential *d, const mtg_process_data *data, const mtg_rows_kernel *terms, double noise, const double *matrix,
                    double *values) {
  const mtg_process *p = d->process;
  for (size_t r = 0; r < d->size; ++r) { /* by player: the columns to be solved for */
    double *row = values + d->size * d->n; /* n: scratch behind them */
    mtg_process_values(p, data->masks + r * p->words, row);
    for (size_t j = 0; j < d->n; ++j) values[j * d->size + r] = row[j];
  }
  mtg_forward_solve(matrix, d->size, values, d->size, d->n);
  for (size_t c = 0; c < d->n_candidates; ++c)
    mtg_process_kernel_row(p, terms, d->candidates + c * p->words, data->masks, d->size, d->solved + c * d->room);
  mtg_forward_solve(matrix, d->size, d->solved, d->room, d->n_candidates);
  for (size_t c = 0; c < d->n_candidates; ++c) {
    const uint64_t *mask = d->candidates + c * p->words;
    double *a = d->solved + c * d->room, *covariance = d->covariance + c * d->n, own;
    mtg_process_values(p, mask, covariance);
    mtg_process_kernel_row(p, terms, mask, mask, 1, &own);
    d->variance[c] = fmax(own + noise - dot(a, a, d->size), noise);
    for (size_t j = 0; j < d->n; ++j) covariance[j] -= dot(values + j * d->size, a, d->size);
  }
}

metagame_status mtg_sequential_open(mtg_sequential *d, const mtg_process *process, const mtg_process_data *data, const uint64_t *candidates,
                                size_t n_candidates, size_t n_more, metagame_error *err) {
  const mtg_alloc *alloc = &process->alloc;
  const size_t n = process->n, size = data->count + data->n_exact;
  mtg_rows_kernel terms;
  double noise = 0;
  memset(d, 0, sizeof *d);
  d->process = process;
  d->alloc = *alloc;
  d->n = n;
  d->size = size;
  d->room = size + n_more;
  d->n_candidates = n_candidates;
  d->candidates = candidates;
  d->solved = mtg_new(alloc, n_candidates, d->room * sizeof(double));
  d->covariance = mtg_new(alloc, n_candidates, n * sizeof(double));
  d->variance = mtg_new(alloc, n_candidates, sizeof(double));
  d->entries = mtg_new(alloc, n_candidates, sizeof(double));
  double *matrix = mtg_new(alloc, size, size * sizeof(double)), *values = mtg_new(alloc, size + 1, n * sizeof(double));
  metagame_status status = METAGAME_OK;
  mtg_process_terms(process, &terms);
  if (!d->solved || !d->covariance || !d->variance || !d->entries || !matrix || !values)
    status = mtg_fail_memory(err, alloc, "the design");
  else if (factor(process, &terms, data, &noise, matrix) != 0)
    status = mtg_fail(err, METAGAME_E_INTERNAL, "the kernel of the Gaussian process is not positive definite");
  else
    prepare(d, data, &terms, noise, matrix, values);
  mtg_free(alloc, matrix);
  mtg_free(alloc, values);
  if (status != METAGAME_OK) mtg_sequential_close(d);
  return status;
}

double mtg_sequential_gain(const mtg_sequential *d, size_t candidate) {
  const double *covariance = d->covariance + candidate * d->n;
  double sum = 0;
  if (!(d->variance[candidate] > 0)) return 0;
  for (size_t j = 0; j < d->n; ++j) sum += covariance[j] * covariance[j];
  return sum / d->variance[candidate];
}

void mtg_sequential_add(mtg_sequential *d, size_t candidate) {
  const mtg_process *p = d->process;
  const double *a = d->solved + candidate * d->room, *covariance = d->covariance + candidate * d->n;
  const double root = sqrt(d->variance[candidate]), least = p->noise;
  mtg_rows_kernel terms;
  if (!(root > 0) || d->size >= d->room) return;
  mtg_process_terms(p, &terms);
  mtg_process_kernel_row(p, &terms, d->candidates + candidate * p->words, d->candidates, d->n_candidates, d->entries);
  for (size_t c = 0; c < d->n_candidates; ++c) {
    double *other = d->solved + c * d->room;
    if (c == candidate || !(d->variance[c] > 0)) continue;
    const double entry = (d->entries[c] - dot(a, other, d->size)) / root;
    other[d->size] = entry;
    d->variance[c] = fmax(d->variance[c] - entry * entry, least);
    for (size_t j = 0; j < d->n; ++j) d->covariance[c * d->n + j] -= covariance[j] / root * entry;
  }
  d->variance[candidate] = 0;
  ++d->size;
}
