/* SPDX-License-Identifier: MIT */
/* With s_j = phi_j - end/k the constraint is sum_j s_j = 0, and the normal equations are P A P s = P b, A = sum_T W_T z z'. Over all
 * plans A has the mean a I + c 11', so on the subspace of sum 0 the mean is a I: no preconditioner is better than none. The
 * eigenvalues of a sample of U units for k unknowns lie near a (1 -+ sqrt(k/U))^2 (Marchenko, Pastur, Math. USSR Sbornik 1, 1967), so
 * the error shrinks by about sqrt(k/U) a step (Hestenes, Stiefel, J. Res. Nat. Bureau of Standards 49, 1952; Shewchuk, 1994):
 * 60/ln(U/k) steps to 1e-13. Condition: extreme eigenvalues of the Lanczos matrix of the steps.
 *
 * Time for a step and MTG_LANES targets: units * n/2 additions of MTG_LANES numbers (bits.c). Memory 3 n MTG_LANES numbers. */
#include "estimate/conjugate.h"

#include <float.h>
#include <math.h>

#include "estimate/design.h"

#define TOLERANCE 1e-13
#define CONVERGED 1e-9 /* where rounding stops it before */

uint64_t mtg_conjugate_bytes(const mtg_problem *problem) {
  const uint64_t numbers = 3 * (uint64_t)problem->n * MTG_LANES + MTG_CONJUGATE_TILE * MTG_LANES + 2 * (problem->n + 1) +
                           2 * MTG_CONJUGATE_MOST_STEPS * MTG_LANES;
  return mtg_design_most_units(problem) * sizeof(uint32_t) + numbers * sizeof(double) + 9 * MTG_BLOCK_OVERHEAD;
}

metagame_status mtg_conjugate_open(mtg_conjugate *c, const mtg_kernel *kernel, metagame_error *err) {
  const mtg_problem *problem = kernel->problem;
  const mtg_alloc *alloc = &problem->alloc;
  const uint32_t n = problem->n;
  c->kernel = kernel;
  double **const arrays[] = { &c->weight[0], &c->weight[1], &c->residual, &c->direction, &c->product, &c->tile, &c->steps, &c->ratios };
  const size_t vector = (size_t)n * MTG_LANES, steps = (size_t)MTG_CONJUGATE_MOST_STEPS * MTG_LANES;
  const size_t counts[] = { n + 1, n + 1, vector, vector, vector, MTG_CONJUGATE_TILE * MTG_LANES, steps, steps };
  c->sizes = mtg_new(alloc, kernel->n_units, sizeof *c->sizes);
  int missing = !c->sizes;
  for (size_t a = 0; a < sizeof counts / sizeof *counts && !missing; ++a)
    missing = (*arrays[a] = mtg_new(alloc, counts[a], sizeof(double))) == NULL;
  if (missing) return mtg_fail_memory(err, alloc, "the regression solver");
  for (uint64_t unit = 0; unit < kernel->n_units; ++unit)
    c->sizes[unit] = mtg_mask_count(kernel->units + unit * problem->words, problem->words);
  for (int pinned = 0; pinned < 2; ++pinned) {
    double most = 0;
    for (uint32_t t = 1; t < n; ++t) most = fmax(most, mtg_design_weight_of_size(kernel, pinned ? 0 : METAGAME_NO_PLAYER, t));
    for (uint32_t t = 1; t < n && most > 0; ++t)
      c->weight[pinned][t] = mtg_design_weight_of_size(kernel, pinned ? 0 : METAGAME_NO_PLAYER, t) / most;
  }
  return METAGAME_OK;
}

void mtg_conjugate_close(mtg_conjugate *c) {
  if (!c->kernel) return;
  const mtg_alloc *alloc = &c->kernel->problem->alloc;
  void *const blocks[] = { c->sizes, c->weight[0], c->weight[1], c->residual, c->direction, c->product, c->tile, c->steps, c->ratios };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(alloc, blocks[b]);
}

/* Mean 0 over the players that vary, 0 for the own player. */
static void project(uint32_t n, const int32_t *own, double *x) {
  double sum[MTG_LANES] = { 0 };
  for (size_t lane = 0; lane < MTG_LANES; ++lane)
    if (own[lane] >= 0) x[(size_t)own[lane] * MTG_LANES + lane] = 0;
  for (size_t j = 0; j < n; ++j)
    for (size_t lane = 0; lane < MTG_LANES; ++lane) sum[lane] += x[j * MTG_LANES + lane];
  for (size_t lane = 0; lane < MTG_LANES; ++lane) sum[lane] /= (double)n - (own[lane] >= 0);
  for (size_t j = 0; j < n; ++j)
    for (size_t lane = 0; lane < MTG_LANES; ++lane) x[j * MTG_LANES + lane] -= sum[lane];
  for (size_t lane = 0; lane < MTG_LANES; ++lane)
    if (own[lane] >= 0) x[(size_t)own[lane] * MTG_LANES + lane] = 0;
}

static void apply(mtg_conjugate *c, const int32_t *own, uint64_t n_told, const double *x, double *out) {
  const mtg_kernel *kernel = c->kernel;
  const size_t words = kernel->problem->words;
  const uint32_t n = kernel->problem->n;
  memset(out, 0, (size_t)n * MTG_LANES * sizeof *out);
  for (uint64_t first = 0; first < n_told; first += MTG_CONJUGATE_TILE) {
    const size_t count = n_told - first < MTG_CONJUGATE_TILE ? (size_t)(n_told - first) : MTG_CONJUGATE_TILE;
    const uint64_t *masks = kernel->units + first * words;
    memset(c->tile, 0, count * MTG_LANES * sizeof *c->tile);
    mtg_bits_gather(masks, words, count, n, x, c->tile);
    for (size_t r = 0; r < count; ++r)
      for (size_t lane = 0; lane < MTG_LANES; ++lane)
        c->tile[r * MTG_LANES + lane] *= mtg_conjugate_weight(c, own[lane], masks + r * words, c->sizes[first + r]);
    mtg_bits_spread(masks, words, count, n, c->tile, out);
  }
  for (size_t lane = 0; lane < MTG_LANES && !kernel->paired; ++lane)
    for (size_t j = 0; own[lane] < 0 && j < n; ++j) out[j * MTG_LANES + lane] += c->weight[0][1] * x[j * MTG_LANES + lane];
  project(n, own, out);
}

static void dot(uint32_t n, const double *x, const double *y, double *out) {
  double sum[MTG_LANES] = { 0 };
  for (size_t j = 0; j < n; ++j)
    for (size_t lane = 0; lane < MTG_LANES; ++lane) sum[lane] += x[j * MTG_LANES + lane] * y[j * MTG_LANES + lane];
  memcpy(out, sum, sizeof sum);
}

/* Number of eigenvalues below `at` of the Lanczos matrix of a lane's first n_steps steps (Sturm sequence). */
static uint32_t count_below(const mtg_conjugate *c, size_t lane, uint32_t n_steps, double at) {
  uint32_t below = 0;
  double pivot = 1, edge = 0; /* squared */
  for (uint32_t s = 0; s < n_steps; ++s) {
    const double step = c->steps[s * MTG_LANES + lane], ratio = c->ratios[s * MTG_LANES + lane];
    const double before = s > 0 ? c->ratios[(s - 1) * MTG_LANES + lane] / c->steps[(s - 1) * MTG_LANES + lane] : 0;
    pivot = 1 / step + before - at - (s > 0 ? edge / pivot : 0);
    if (fabs(pivot) < DBL_MIN) pivot = -DBL_MIN;
    below += pivot < 0;
    edge = ratio / (step * step);
  }
  return below;
}

static double condition_of(const mtg_conjugate *c, size_t lane, uint32_t n_steps) {
  double ends[2], top = 0;
  if (n_steps == 0) return 1;
  for (uint32_t s = 0; s < n_steps; ++s) top = fmax(top, 4 / c->steps[s * MTG_LANES + lane]);
  while (count_below(c, lane, n_steps, top) < n_steps && isfinite(top)) top *= 2;
  for (int end = 0; end < 2; ++end) {
    double low = 0, high = top;
    for (int halvings = 0; halvings < 60 && high - low > 1e-3 * high; ++halvings) {
      const double middle = 0.5 * (low + high);
      if (count_below(c, lane, n_steps, middle) >= (end ? n_steps : 1))
        high = middle;
      else
        low = middle;
    }
    ends[end] = high;
  }
  return ends[1] / ends[0];
}

uint32_t mtg_conjugate_solve(mtg_conjugate *c, const int32_t *own, uint64_t n_told, const double *b, double *x, double *condition) {
  const uint32_t n = c->kernel->problem->n;
  const size_t bytes = (size_t)n * MTG_LANES * sizeof *x;
  double whole[MTG_LANES], now[MTG_LANES], next[MTG_LANES], curved[MTG_LANES], step[MTG_LANES], ratio[MTG_LANES];
  uint32_t n_steps[MTG_LANES] = { 0 }, active = (1u << MTG_LANES) - 1, failed = 0;
  memset(x, 0, bytes);
  memcpy(c->residual, b, bytes);
  project(n, own, c->residual);
  memcpy(c->direction, c->residual, bytes);
  dot(n, c->residual, c->residual, whole);
  memcpy(now, whole, sizeof now);
  for (size_t lane = 0; lane < MTG_LANES; ++lane)
    if (!(whole[lane] > 0)) active &= ~(1u << lane);
  for (uint32_t s = 0; s < MTG_CONJUGATE_MOST_STEPS && active; ++s) {
    apply(c, own, n_told, c->direction, c->product);
    dot(n, c->direction, c->product, curved);
    dot(n, c->direction, c->direction, next);
    for (size_t lane = 0; lane < MTG_LANES; ++lane) {
      if (active >> lane & 1 && !(curved[lane] > n * DBL_EPSILON * next[lane])) active &= ~(1u << lane); /* of eigenvalue 0 */
      step[lane] = active >> lane & 1 ? now[lane] / curved[lane] : 0;
    }
    for (size_t at = 0; at < (size_t)n * MTG_LANES; at += MTG_LANES)
      for (size_t lane = 0; lane < MTG_LANES; ++lane) {
        x[at + lane] += step[lane] * c->direction[at + lane];
        c->residual[at + lane] -= step[lane] * c->product[at + lane];
      }
    project(n, own, c->residual); /* its rounding errors stay absolute as it shrinks, and 1 is an eigenvector of a large eigenvalue */
    dot(n, c->residual, c->residual, next);
    for (size_t lane = 0; lane < MTG_LANES; ++lane) {
      const int goes_on = active >> lane & 1;
      ratio[lane] = goes_on ? next[lane] / now[lane] : 0;
      if (!goes_on) continue;
      c->steps[s * MTG_LANES + lane] = step[lane];
      c->ratios[s * MTG_LANES + lane] = ratio[lane];
      n_steps[lane] = s + 1;
      now[lane] = next[lane];
      if (now[lane] <= TOLERANCE * TOLERANCE * whole[lane]) active &= ~(1u << lane);
    }
    for (size_t at = 0; at < (size_t)n * MTG_LANES; at += MTG_LANES)
      for (size_t lane = 0; lane < MTG_LANES; ++lane)
        c->direction[at + lane] = c->residual[at + lane] + ratio[lane] * c->direction[at + lane];
  }
  for (size_t lane = 0; lane < MTG_LANES; ++lane) {
    if (!(now[lane] <= CONVERGED * CONVERGED * whole[lane])) failed |= 1u << lane;
    *condition = fmax(*condition, condition_of(c, lane, n_steps[lane]));
  }
  return failed;
}
