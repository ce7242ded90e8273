/* SPDX-License-Identifier: MIT */
/* The estimate of regression.c without the rows. The plan is known beforehand, so the right-hand sides of the normal equations are
 * added up as rows come in: for target i, with s_j = phi_j - end/k, of sum 0, over the k players that vary,
 *
 *   b_j = sum_T W_T z_j r_T,     r_T = (v(T) - v(N-T))/2 - (t/n - 1/2) end      complement pairs
 *                                r_T = v(T) - start - (t'/k) end                else; t' of the players in T vary
 *
 * and at the end A s = b on sum 0: with the Cholesky factor of each own player (design.c), or by conjugate gradients (conjugate.c).
 * mtg_sums_is_dense takes the one of fewer estimated operations.
 *
 * Standard errors from the rows of the first S = min(256, U) units, a random sample as units are shuffled. A row a_T = z - t'/k has
 * the size s_T = W_T t'(k-t')/k. In large random designs the quadratic forms of A^-1 are those of I/tau (Marchenko, Pastur, Math. USSR
 * Sbornik 1, 1967), the leverages h_T = s_T/(tau + s_T) with tau from sum_T h_T = k - 1, and with residuals e_T = r_T - z s
 *
 *   SE_j^2 = U/S 1/(1 - sum_T h_T^2/(k-1)) sum_{T in sample} (W_T e_T/tau)^2 (1 - share_T) (z_j - t'/k)^2
 *
 * where the first factor is the mean of (k-1) tr A^-2/(tr A^-1)^2. This is HC3: A^-1 a_T is (1 - h_T) times what it is without T, and
 * the residual is divided by 1 - h_T. Student t with min(U - k + 1, S/3) degrees.
 *
 * Time R n m/32 for the sums and S n m/16 for the errors, R the units; dense n^2 U/128 + n^3/3 for an own player and n^2 for a target;
 * conjugate gradients R n/16 for a target and step. Memory (n + S + 6) m numbers and up to 16 MiB (or 8 m numbers) of rows. */
#include "estimate/sums.h"

#include <math.h>

#include "base/linalg.h"
#include "base/saturate.h"
#include "estimate/conjugate.h"
#include "estimate/design.h"

enum { LEAST_DEGREES = 3, LEAST_DRAWN = 4, PER_DEGREE = 3, CHUNK_NUMBERS = 1 << 21, LEAST_CHUNK = 8, MOST_NEWTON = 60 };

struct mtg_sums {
  const mtg_kernel *kernel;
  mtg_lists lists;
  mtg_factor factor;       /* dense only */
  mtg_conjugate conjugate; /* its sizes and weights serve both */
  int dense;
  uint64_t n_taken, n_added; /* rows in; units added to b */
  size_t chunk_units;        /* units that fit the chunk */
  double *b;                 /* (m / MTG_LANES, rounded up) x n x MTG_LANES */
  double *chunk;             /* chunk_units x m: half differences of pairs, or rows less their start */
  double *kept;              /* MTG_SUMS_KEPT x m: r of the first units */
  double *start, *everyone, *first, *magnitude; /* m; first: row of the first of a pair */
  double *solution, *right;  /* n x MTG_LANES */
  double *packed;            /* dense: MTG_LANES x n */
};

static size_t chunk_units(uint32_t m) {
  const size_t most = CHUNK_NUMBERS / (size_t)m / LEAST_CHUNK * LEAST_CHUNK;
  return most < LEAST_CHUNK ? LEAST_CHUNK : most > MTG_BITS_BLOCK ? MTG_BITS_BLOCK : most;
}

static double blocks_of(double targets) { return MTG_LANES * ceil(targets / MTG_LANES); }

static double dense_work(const mtg_problem *problem) {
  const double n = problem->n, units = (double)mtg_design_most_units(problem) / (problem->has_pinned ? 2 : 1);
  const double designs = problem->n_own + (problem->has_free ? 1.0 : 0);
  return designs * (n * n * units / 128 + n * n * n / 3) + problem->m * 2 * n * n;
}

static double conjugate_work(const mtg_problem *problem) {
  const double n = problem->n, units = (double)mtg_design_most_units(problem), spare = units / (problem->has_pinned ? 2 : 1) / n;
  return blocks_of(problem->m) * 60 / log(fmax(spare, 1.5)) * units * n / 16;
}

static uint64_t shared_bytes(const mtg_problem *problem) {
  const uint64_t n = problem->n, m = problem->m, blocks = (m + MTG_LANES - 1) / MTG_LANES;
  const uint64_t numbers = mtg_plus(mtg_times(mtg_times(blocks, n), MTG_LANES),
                                    mtg_times(MTG_SUMS_KEPT + chunk_units(problem->m) + 4, m));
  return mtg_plus(mtg_times(mtg_plus(numbers, 3 * n * MTG_LANES), sizeof(double)),
                  mtg_plus(mtg_plus(mtg_lists_bytes(problem), mtg_conjugate_bytes(problem)), sizeof(mtg_sums) + 12 * MTG_BLOCK_OVERHEAD));
}

int mtg_sums_is_dense(const mtg_problem *problem) {
  if (problem->n > MTG_SUMS_MOST_DENSE || dense_work(problem) > conjugate_work(problem)) return 0;
  return !problem->max_bytes || mtg_plus(shared_bytes(problem), mtg_factor_bytes(problem)) <= problem->max_bytes;
}

double mtg_sums_work(const mtg_problem *problem) {
  const double n = problem->n, m = blocks_of(problem->m), units = (double)mtg_design_most_units(problem);
  const double adding = m * n * (units / 32 + MTG_SUMS_KEPT / 16.0);
  return adding + (mtg_sums_is_dense(problem) ? dense_work(problem) : conjugate_work(problem));
}

uint64_t mtg_sums_bytes(const mtg_problem *problem) {
  return mtg_plus(shared_bytes(problem), mtg_sums_is_dense(problem) ? mtg_factor_bytes(problem) : 0);
}

/* ---- opening ---- */

/* Own players of up to MTG_LANES targets; lanes without one are free. */
static size_t lanes_from(const mtg_sums *s, uint32_t at, uint32_t end, uint32_t *targets, int32_t *own) {
  size_t count = 0;
  for (size_t lane = 0; lane < MTG_LANES; ++lane) own[lane] = METAGAME_NO_PLAYER;
  for (; at < end && count < MTG_LANES; ++at, ++count) {
    targets[count] = s->lists.by_player[at];
    own[count] = s->kernel->problem->own[targets[count]];
  }
  return count;
}

static metagame_status fail_singular(const mtg_sums *s, uint32_t target, uint64_t n_told, metagame_error *err) {
  const mtg_problem *problem = s->kernel->problem;
  const int32_t own = problem->own[target];
  uint64_t units = own < 0 && !s->kernel->paired ? problem->n : 0;
  for (uint64_t unit = 0; unit < n_told; ++unit)
    units += own < 0 || mtg_mask_has(s->kernel->units + unit * problem->words, (uint32_t)own);
  return mtg_fail(err, METAGAME_E_SINGULAR, "target %u: the %llu sampled units do not have rank %u; raise options.max_evaluations "
                  "(now %llu) or change the seed", target, (unsigned long long)units, problem->n - 1 - (own >= 0),
                  (unsigned long long)problem->budget);
}

/* Of each own player one target, with a right-hand side that only a matrix of full rank can reach. */
static metagame_status probe(mtg_sums *s, metagame_error *err) {
  const mtg_problem *problem = s->kernel->problem;
  uint32_t targets[MTG_LANES];
  int32_t own[MTG_LANES];
  size_t count = 0;
  double condition = 1;
  for (uint32_t j = 0; j < problem->n; ++j)
    for (size_t lane = 0; lane < MTG_LANES; ++lane)
      s->right[(size_t)j * MTG_LANES + lane] = (double)((j * UINT32_C(2654435761)) >> 8) * 0x1p-24;
  for (int32_t player = METAGAME_NO_PLAYER; player < (int32_t)problem->n; ++player) {
    const uint32_t first = s->lists.player_offset[player + 1];
    if (first < s->lists.player_offset[player + 2]) {
      targets[count] = s->lists.by_player[first];
      own[count++] = player;
    }
    if (count < MTG_LANES && player + 1 < (int32_t)problem->n) continue;
    if (count == 0) break;
    for (size_t lane = count; lane < MTG_LANES; ++lane) own[lane] = own[0];
    const uint32_t failed = mtg_conjugate_solve(&s->conjugate, own, s->kernel->n_units, s->right, s->solution, &condition);
    for (size_t lane = 0; lane < count; ++lane)
      if (failed >> lane & 1) return fail_singular(s, targets[lane], s->kernel->n_units, err);
    count = 0;
  }
  return METAGAME_OK;
}

metagame_status mtg_sums_open(mtg_sums **out, const mtg_kernel *kernel, metagame_error *err) {
  const mtg_problem *problem = kernel->problem;
  const mtg_alloc *alloc = &problem->alloc;
  const size_t n = problem->n, m = problem->m, vector = n * MTG_LANES;
  mtg_sums *s = mtg_new(alloc, 1, sizeof *s);
  if (!s) return mtg_fail_memory(err, alloc, "the regression solver");
  s->kernel = kernel;
  s->dense = mtg_sums_is_dense(problem);
  s->chunk_units = chunk_units(problem->m);
  double **const arrays[] = { &s->b,     &s->chunk,     &s->kept,     &s->start, &s->everyone,
                              &s->first, &s->magnitude, &s->solution, &s->right, &s->packed };
  const size_t counts[] = { (m + MTG_LANES - 1) / MTG_LANES * vector, s->chunk_units * m, MTG_SUMS_KEPT * m, m, m, m, m,
                            vector, vector, vector };
  metagame_status status = mtg_lists_open(&s->lists, kernel, err);
  if (status == METAGAME_OK) status = mtg_conjugate_open(&s->conjugate, kernel, err);
  if (status == METAGAME_OK && s->dense) status = mtg_factor_open(&s->factor, kernel, &s->lists, err);
  for (size_t a = 0; a < sizeof counts / sizeof *counts && status == METAGAME_OK; ++a)
    if ((*arrays[a] = mtg_new(alloc, counts[a], sizeof(double))) == NULL) status = mtg_fail_memory(err, alloc, "the regression solver");
  if (status == METAGAME_OK && s->dense) status = mtg_design_check_small_plan(&s->factor, err);
  if (status == METAGAME_OK && !s->dense && mtg_kernel_is_small(kernel)) status = probe(s, err);
  if (status != METAGAME_OK) {
    mtg_sums_close(s);
    return status;
  }
  *out = s;
  return METAGAME_OK;
}

void mtg_sums_close(mtg_sums *s) {
  if (!s) return;
  const mtg_alloc *alloc = &s->kernel->problem->alloc;
  void *const blocks[] = { s->b, s->chunk, s->kept, s->start, s->everyone, s->first, s->magnitude, s->solution, s->right, s->packed };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(alloc, blocks[b]);
  mtg_lists_close(&s->lists, alloc);
  mtg_factor_close(&s->factor);
  mtg_conjugate_close(&s->conjugate);
  mtg_free(alloc, s);
}

/* ---- taking ---- */

/* The part of a coalition of size t among the players that vary, less one half for pairs: how much of end it has by size alone. */
static double part_of_size(const mtg_kernel *kernel, int32_t own, uint32_t t) {
  const double n = kernel->problem->n;
  return own >= 0 ? (t - 1) / (n - 1) : kernel->paired ? t / n - 0.5 : t / n;
}

static void take_header(mtg_sums *s, const double *row) {
  const mtg_problem *problem = s->kernel->problem;
  const uint32_t n = problem->n;
  uint64_t index = s->n_taken;
  if (problem->has_free && index-- == 0) {
    memcpy(s->start, row, problem->m * sizeof *row);
  } else if (index-- == 0) {
    memcpy(s->everyone, row, problem->m * sizeof *row);
  } else {
    for (uint32_t i = 0; i < problem->m; ++i) {
      if (problem->own[i] == (int32_t)index) s->start[i] = row[i];
      if (problem->own[i] >= 0) continue;
      const double y = row[i] - s->start[i]; /* a unit of free targets */
      s->magnitude[i] = fmax(s->magnitude[i], fabs(y));
      s->b[((size_t)(i / MTG_LANES) * n + index) * MTG_LANES + i % MTG_LANES] +=
        s->conjugate.weight[0][1] * (y - (s->everyone[i] - s->start[i]) / n);
    }
  }
  if (s->n_taken + 1 == s->kernel->n_header)
    for (uint32_t i = 0; i < problem->m; ++i)
      s->magnitude[i] = fmax(s->magnitude[i], fmax(fabs(s->start[i]), fabs(s->everyone[i] - s->start[i])));
}

/* Adds the first `count` units of the chunk to b. */
static void add_chunk(mtg_sums *s, size_t count) {
  const mtg_kernel *kernel = s->kernel;
  const mtg_problem *problem = kernel->problem;
  const size_t m = problem->m, words = problem->words;
  const uint64_t *masks = kernel->units + s->n_added * words;
  double right[MTG_BITS_BLOCK * MTG_LANES];
  for (uint32_t first = 0; first < m; first += MTG_LANES) {
    const size_t lanes = m - first < MTG_LANES ? m - first : MTG_LANES;
    memset(right, 0, sizeof right);
    for (size_t r = 0; r < count; ++r) {
      const uint32_t t = s->conjugate.sizes[s->n_added + r];
      for (size_t lane = 0; lane < lanes; ++lane) {
        const size_t i = first + lane;
        const int32_t own = problem->own[i];
        const double weight = mtg_conjugate_weight(&s->conjugate, own, masks + r * words, t), value = s->chunk[r * m + i];
        if (!(weight > 0)) continue;
        if (!kernel->paired) s->magnitude[i] = fmax(s->magnitude[i], fabs(value));
        const double response = value - part_of_size(kernel, own, t) * (s->everyone[i] - s->start[i]);
        if (s->n_added + r < MTG_SUMS_KEPT) s->kept[(s->n_added + r) * m + i] = response;
        right[r * MTG_LANES + lane] = weight * response;
      }
    }
    mtg_bits_spread(masks, words, count, problem->n, right, s->b + (size_t)(first / MTG_LANES) * problem->n * MTG_LANES);
  }
  s->n_added += count;
}

void mtg_sums_take(mtg_sums *s, const double *rows, size_t n_rows) {
  const mtg_kernel *kernel = s->kernel;
  const size_t m = kernel->problem->m;
  for (size_t r = 0; r < n_rows; ++r, ++s->n_taken) {
    const double *row = rows + r * m;
    if (s->n_taken < kernel->n_header) {
      take_header(s, row);
      continue;
    }
    const uint64_t at = s->n_taken - kernel->n_header, unit = kernel->paired ? at / 2 : at;
    double *slot = s->chunk + (unit - s->n_added) * m;
    if (kernel->paired && at % 2 == 0) {
      memcpy(s->first, row, m * sizeof *row);
      continue;
    }
    for (size_t i = 0; i < m; ++i) {
      const double y = row[i] - s->start[i];
      slot[i] = y;
      if (!kernel->paired) continue;
      const double other = s->first[i] - s->start[i], most = fabs(y) > fabs(other) ? fabs(y) : fabs(other);
      if (most > s->magnitude[i]) s->magnitude[i] = most;
      slot[i] = 0.5 * (other - y); /* the first of the pair less its complement */
    }
    if (unit + 1 - s->n_added == s->chunk_units) add_chunk(s, s->chunk_units);
  }
}

/* ---- estimates ---- */

/* What standard errors of one own player have in common. */
typedef struct spread {
  double tau, factor;  /* factor: U/S and the one of A^-2 */
  double units, drawn; /* in the design; in the sample, of sizes that are not enumerated */
} spread;

/* |a_T|^2 W_T by size. */
static double row_size(const mtg_sums *s, int32_t own, uint32_t t) {
  const double k = (double)s->kernel->problem->n - (own >= 0), size = (double)t - (own >= 0);
  return s->conjugate.weight[own >= 0][t] * size * (k - size) / k;
}

/* tau by Newton steps from below, where sum h - (k - 1) is convex and falls; 0 where there are too few units. */
static void find_tau(mtg_sums *s, int32_t own, const double *counts, spread *out) {
  const uint32_t n = s->kernel->problem->n;
  const double wanted = n - 1.0 - (own >= 0);
  double tau = 0, squares = 0;
  for (uint32_t t = 1; t < n; ++t)
    if (counts[t] > 0 && (tau == 0 || row_size(s, own, t) < tau)) tau = row_size(s, own, t);
  tau *= 1e-3;
  for (int step = 0; step < MOST_NEWTON && out->units > wanted; ++step) {
    double sum = 0, slope = 0;
    for (uint32_t t = 1; t < n; ++t) {
      if (!(counts[t] > 0)) continue;
      const double size = row_size(s, own, t), h = size / (tau + size);
      sum += counts[t] * h;
      slope += counts[t] * h / (tau + size);
    }
    const double change = (sum - wanted) / slope;
    tau = fmax(tau + change, tau / 2);
    if (fabs(change) <= 1e-9 * tau) break;
  }
  for (uint32_t t = 1; t < n; ++t)
    if (counts[t] > 0) squares += counts[t] * pow(row_size(s, own, t) / (tau + row_size(s, own, t)), 2);
  out->tau = out->units > wanted ? tau : 0;
  out->factor /= 1 - squares / wanted;
}

static void find_spread(mtg_sums *s, int32_t own, uint64_t told, double share, spread *out) {
  const mtg_kernel *kernel = s->kernel;
  const size_t words = kernel->problem->words;
  const uint32_t n = kernel->problem->n;
  double *counts = s->packed, sampled = 0; /* units by size */
  out->units = out->drawn = 0;
  memset(counts, 0, n * sizeof *counts);
  for (uint64_t unit = 0; unit < told; ++unit) {
    const uint32_t t = s->conjugate.sizes[unit];
    if (!(mtg_conjugate_weight(&s->conjugate, own, kernel->units + unit * words, t) > 0)) continue;
    counts[t] += 1;
    out->units += 1;
    if (unit >= MTG_SUMS_KEPT) continue;
    sampled += 1;
    out->drawn += kernel->fraction[t] * share < 1;
  }
  out->factor = sampled > 0 ? out->units / sampled : 0;
  if (own < 0 && !kernel->paired) { /* singletons of the header */
    counts[1] += n;
    out->units += n;
  }
  find_tau(s, own, counts, out);
}

/* Squares of standard errors into s->right, for the solution in s->solution; both in units of 2^exponent. */
static void add_squares(mtg_sums *s, const uint32_t *targets, const int32_t *own, size_t count, const spread *spreads,
                        const int *exponents, uint64_t told, double share) {
  const mtg_kernel *kernel = s->kernel;
  const size_t m = kernel->problem->m, words = kernel->problem->words;
  const uint32_t n = kernel->problem->n;
  const uint64_t kept = told < MTG_SUMS_KEPT ? told : MTG_SUMS_KEPT;
  double *tile = s->conjugate.tile, constant[MTG_LANES] = { 0 };
  memset(s->right, 0, (size_t)n * MTG_LANES * sizeof *s->right);
  memset(tile, 0, MTG_SUMS_KEPT * MTG_LANES * sizeof *tile);
  mtg_bits_gather(kernel->units, words, kept, n, s->solution, tile);
  for (uint64_t unit = 0; unit < kept; ++unit)
    for (size_t lane = 0; lane < MTG_LANES; ++lane) {
      const uint32_t t = s->conjugate.sizes[unit];
      double *cell = tile + unit * MTG_LANES + lane;
      const double weight = lane < count ? mtg_conjugate_weight(&s->conjugate, own[lane], kernel->units + unit * words, t) : 0;
      const double fitted = *cell;
      *cell = 0;
      if (!(weight > 0)) continue;
      const spread *design = &spreads[lane];
      if (!(design->tau > 0)) continue;
      const double k = (double)n - (own[lane] >= 0), size = (double)t - (own[lane] >= 0);
      const double influence = weight * (ldexp(s->kept[unit * m + targets[lane]], -exponents[lane]) - fitted) / design->tau;
      const double rest = fmax(1 - kernel->fraction[t] * share, 0);
      const double square = design->factor * rest * influence * influence;
      *cell = square * (1 - 2 * size / k);
      constant[lane] += square * (size / k) * (size / k);
    }
  mtg_bits_spread(kernel->units, words, kept, n, tile, s->right);
  for (size_t j = 0; j < n; ++j)
    for (size_t lane = 0; lane < MTG_LANES; ++lane)
      s->right[j * MTG_LANES + lane] = fmax(s->right[j * MTG_LANES + lane] + constant[lane], 0);
}

/* The numbers of one target from its lane. */
static void write_target(const mtg_sums *s, size_t lane, uint32_t i, int exponent, double degrees, mtg_numbers *numbers) {
  const mtg_problem *problem = s->kernel->problem;
  const uint32_t n = problem->n;
  const int32_t own = problem->own[i];
  const uint32_t last = own == (int32_t)n - 1 ? n - 2 : n - 1;
  const double end = s->everyone[i] - s->start[i], k = (double)n - (own >= 0);
  double *row = numbers->matrix + (size_t)i * n, *deviation = numbers->deviation + (size_t)i * n, sum = 0;
  for (uint32_t j = 0; j < n; ++j) {
    row[j] = ldexp(s->solution[(size_t)j * MTG_LANES + lane], exponent) + end / k;
    deviation[j] = degrees >= LEAST_DEGREES ? ldexp(sqrt(s->right[(size_t)j * MTG_LANES + lane]), exponent) : NAN;
    if ((int32_t)j != own && j != last) sum += row[j];
  }
  row[last] = end - sum;
  if (own >= 0) {
    row[own] = s->start[i];
    deviation[own] = 0;
  }
  numbers->degrees[i] = degrees >= LEAST_DEGREES ? degrees : 0;
}

/* Dense: the solution of `count` targets of one design. */
static void solve_dense(mtg_sums *s, const mtg_design *d, size_t count) {
  const uint32_t n = s->kernel->problem->n;
  const size_t width = d->k - 1;
  for (size_t lane = 0; lane < count; ++lane)
    for (uint32_t j = 0, v = 0; j < n; ++j)
      if ((int32_t)j != d->own && j != d->last)
        s->packed[lane * width + v++] = s->right[(size_t)j * MTG_LANES + lane] - s->right[(size_t)d->last * MTG_LANES + lane];
  mtg_spd_solve(s->factor.factor, width, s->packed, count);
  memset(s->solution, 0, (size_t)n * MTG_LANES * sizeof *s->solution);
  for (size_t lane = 0; lane < count; ++lane) {
    double sum = 0;
    for (uint32_t j = 0, v = 0; j < n; ++j)
      if ((int32_t)j != d->own && j != d->last) sum += s->solution[(size_t)j * MTG_LANES + lane] = s->packed[lane * width + v++];
    s->solution[(size_t)d->last * MTG_LANES + lane] = -sum;
  }
}

static void fill_unknown(mtg_numbers *numbers, uint32_t i) {
  for (uint32_t j = 0; j < numbers->n; ++j)
    numbers->matrix[(size_t)i * numbers->n + j] = numbers->deviation[(size_t)i * numbers->n + j] = NAN;
  numbers->degrees[i] = 0;
}

/* Solves and writes the targets at places at..end-1 of lists.by_player, at most MTG_LANES; d: their common design, or NULL. */
static metagame_status finish_block(mtg_sums *s, const mtg_design *d, uint32_t at, uint32_t end, double share, int complete,
                                    mtg_numbers *numbers, metagame_error *err) {
  const mtg_problem *problem = s->kernel->problem;
  const uint32_t n = problem->n;
  const uint64_t told = s->n_added;
  uint32_t targets[MTG_LANES], failed = 0;
  int32_t own[MTG_LANES];
  int exponents[MTG_LANES];
  spread spreads[MTG_LANES];
  const size_t count = lanes_from(s, at, end, targets, own);
  memset(s->right, 0, (size_t)n * MTG_LANES * sizeof *s->right);
  for (size_t lane = 0; lane < count; ++lane) {
    const uint32_t i = targets[lane];
    const double *b = s->b + (size_t)(i / MTG_LANES) * n * MTG_LANES + i % MTG_LANES;
    frexp(s->magnitude[i], &exponents[lane]);
    for (uint32_t j = 0; j < n; ++j) s->right[(size_t)j * MTG_LANES + lane] = ldexp(b[(size_t)j * MTG_LANES], -exponents[lane]);
    if (lane > 0 && own[lane] == own[lane - 1])
      spreads[lane] = spreads[lane - 1];
    else
      find_spread(s, own[lane], told, share, &spreads[lane]);
  }
  if (d && !d->singular)
    solve_dense(s, d, count);
  else if (!d)
    failed = mtg_conjugate_solve(&s->conjugate, own, told, s->right, s->solution, &numbers->condition);
  for (size_t lane = 0; lane < count; ++lane)
    if (d ? d->singular : spreads[lane].units < problem->n - 1.0 - (own[lane] >= 0)) failed |= 1u << lane;
  if (numbers->has_deviation) add_squares(s, targets, own, count, spreads, exponents, told, share);
  for (size_t lane = 0; lane < count; ++lane) {
    const uint32_t i = targets[lane];
    const double spare = spreads[lane].units - (problem->n - 1.0 - (own[lane] >= 0));
    if (spreads[lane].units < (double)numbers->n_units) numbers->n_units = (uint64_t)spreads[lane].units;
    if (failed >> lane & 1 && complete) return fail_singular(s, i, told, err);
    if (failed >> lane & 1) {
      fill_unknown(numbers, i);
      if (own[lane] >= 0) {
        numbers->matrix[(size_t)i * n + (uint32_t)own[lane]] = s->start[i];
        numbers->deviation[(size_t)i * n + (uint32_t)own[lane]] = 0;
      }
    } else {
      const double degrees = spreads[lane].drawn < LEAST_DRAWN ? 0 : fmin(spare, spreads[lane].drawn / PER_DEGREE);
      write_target(s, lane, i, exponents[lane], degrees, numbers);
    }
  }
  return METAGAME_OK;
}

static void fill_ends(const mtg_sums *s, mtg_numbers *numbers) {
  const mtg_problem *problem = s->kernel->problem;
  const int started = s->n_taken >= s->kernel->n_header;
  for (uint32_t i = 0; i < problem->m; ++i) {
    if (!started) fill_unknown(numbers, i);
    numbers->first_order[i] = started ? s->everyone[i] : NAN;
    numbers->base[i] = problem->own[i] >= 0 ? 0 : started ? s->start[i] : NAN;
    numbers->scale[i] = s->magnitude[i];
  }
}

metagame_status mtg_sums_finish(mtg_sums *s, int complete, mtg_numbers *numbers, metagame_error *err) {
  const mtg_kernel *kernel = s->kernel;
  const mtg_problem *problem = kernel->problem;
  const uint64_t told = mtg_design_units_told(kernel, s->n_taken);
  const double share = kernel->n_units > 0 ? (double)told / (double)kernel->n_units : 1;
  const int started = s->n_taken >= kernel->n_header;
  if (told > s->n_added) add_chunk(s, (size_t)(told - s->n_added));
  numbers->evaluations = s->n_taken;
  numbers->has_deviation = !kernel->everything || !complete;
  numbers->n_units = numbers->has_deviation && started ? UINT64_MAX : 0;
  numbers->condition = 1;
  numbers->rank = numbers->full_rank = 0;
  fill_ends(s, numbers);
  if (!started) return METAGAME_OK;
  numbers->rank = numbers->full_rank = problem->n - 1 - (problem->has_free == 0);
  for (int32_t own = METAGAME_NO_PLAYER; s->dense && own < (int32_t)problem->n; ++own) {
    const uint32_t first = s->lists.player_offset[own + 1], end = s->lists.player_offset[own + 2];
    mtg_design d;
    if (first == end) continue;
    mtg_design_prepare(&s->factor, &d, own, told);
    if (d.singular && complete) return mtg_design_fail_singular(kernel, &d, s->lists.by_player[first], err);
    if (d.singular) numbers->rank = d.rank, numbers->full_rank = d.k - 1;
    numbers->condition = d.rcond > 0 ? fmax(numbers->condition, 1 / d.rcond) : INFINITY;
    for (uint32_t at = first; at < end; at += MTG_LANES) MTG_TRY(finish_block(s, &d, at, end, share, complete, numbers, err));
  }
  for (uint32_t at = 0; !s->dense && at < problem->m; at += MTG_LANES)
    MTG_TRY(finish_block(s, NULL, at, problem->m, share, complete, numbers, err));
  return METAGAME_OK;
}
