/* SPDX-License-Identifier: MIT */
/* KernelSHAP-style regression (Lundberg, Lee, NeurIPS 2017; docs/mathematics.md, section 4). For a target the players that vary are
 * all (free) or all but its own (pinned): k of them. Rows z in {0,1}^k with response y = v_i(T) - start_i and weight W_T,
 *
 *   min sum_T W_T (y_T - z_T . phi)^2   subject to   sum_j phi_j = end_i = v_i(everyone) - start_i,
 *
 * by eliminating the last player l: rows a = z_j - z_l, responses r = y - z_l end. A complement pair is one row with
 * r = (y_T - y_{N-T} - (2 z_l - 1) end)/2 and twice the weight: the even part of the game is gone. All targets with the same own
 * player share rows, Gram matrix (gram.c) and Cholesky factor. All coalitions: the exact value.
 *
 * Standard errors: leave-one-out residuals e = (r - a b)/(1 - h) (HC3; MacKinnon, White, J. Econometrics 29, 1985), influence of a
 * unit psi = G^-1 W a e sqrt(1 - share of its size's coalitions that were seen), units summed into at most MOST_CLUSTERS clusters
 * c: SE_j^2 = sum_c psi_cj^2, times C/(C-1) with fewer clusters than units. Where the leverages h cost too much (U k^2 above 2^27)
 * plain residuals and the factor C/(C-1) (U-1)/(U-k+1) instead. Student t. Consistent, not unbiased.
 *
 * Time per own player k^2 U/128 + k^3/3, per target U n + C k^2. Memory rows * m numbers, k U/64 words, 2 k^2 numbers. */
#include "estimate/regression.h"

#include <math.h>

#include "base/linalg.h"
#include "base/saturate.h"
#include "estimate/gram.h"

#define LEAST_SPARE 1e-6 /* of 1 - leverage */

enum { MOST_CLUSTERS = 128, SMALL_PLAN = 3, LEAST_DEGREES = 3, LEAST_DRAWN = 4, MOST_LEVERAGE_WORK = 1 << 27 };

struct mtg_regression {
  const mtg_kernel *kernel;
  double *rows; /* all rows of the plan, in its order */
  uint64_t n_taken;
  uint64_t *by_size, *size_offset;      /* units of the plan by the size of their (first) coalition */
  uint32_t *by_player, *player_offset;  /* targets by own player, the free ones first */
  /* scratch for one design */
  uint64_t *columns;
  size_t stride;
  mtg_segment *segments;
  uint64_t *chosen;  /* plan rows (first of a pair) of the design's units, in order of weight */
  double *weights;   /* of the chosen */
  double *factor, *work;
  double *sums;      /* clusters x n */
  double *phi;       /* n */
  double *residual;  /* of the chosen */
  double *leverage;  /* of the chosen: diagonal of the hat matrix, where it was worth its time */
};

typedef struct design {
  int32_t own;        /* METAGAME_NO_PLAYER: free targets */
  uint32_t k;         /* players that vary */
  uint32_t last;      /* the eliminated one */
  uint64_t n_units;
  size_t rank;
  double rcond;
  int singular;
  int has_leverage;
} design;

static uint64_t most_units(const mtg_kernel *kernel) { return kernel->n_units + (kernel->paired ? 0 : kernel->problem->n); }

static size_t most_stride(uint64_t units, uint32_t n) {
  const uint64_t segments = units < n ? units : n; /* every segment may waste a word */
  return (size_t)(units / 64 + segments + 1);
}

uint64_t mtg_regression_bytes(const mtg_problem *problem) {
  const uint64_t n = problem->n, per_unit = problem->has_pinned ? 1 : 2;
  uint64_t rows = problem->budget;
  if (problem->n < 62 && rows > UINT64_C(1) << problem->n) rows = UINT64_C(1) << problem->n;
  const uint64_t units = mtg_plus(rows / per_unit, n);
  uint64_t bytes = sizeof(mtg_regression) + (n + 1) * sizeof(mtg_segment) + (2 * n * n + 8 * n + MOST_CLUSTERS * n) * sizeof(double) +
                   problem->m * sizeof(uint32_t) + 20 * MTG_BLOCK_OVERHEAD;
  bytes = mtg_plus(bytes, mtg_times(rows, problem->m * sizeof(double)));
  bytes = mtg_plus(bytes, mtg_times(n * sizeof(uint64_t), most_stride(units, problem->n)));
  return mtg_plus(bytes, mtg_times(units, 5 * sizeof(double)));
}

/* ---- one design ---- */

static uint64_t units_told(const mtg_regression *g) {
  const mtg_kernel *kernel = g->kernel;
  if (g->n_taken < kernel->n_header) return 0;
  return (g->n_taken - kernel->n_header) / (kernel->paired ? 2 : 1);
}

static const uint64_t *unit_mask(const mtg_kernel *kernel, uint64_t row) {
  return kernel->units + (kernel->paired ? (row - kernel->n_header) / 2 : row - kernel->n_header) * kernel->problem->words;
}

static uint32_t unit_size(const mtg_kernel *kernel, uint64_t row) {
  return row < kernel->n_header ? 1 : mtg_mask_count(unit_mask(kernel, row), kernel->problem->words);
}

/* Header row of singleton 0. */
static uint64_t singles_at(const mtg_kernel *kernel) { return (uint64_t)(kernel->problem->has_free != 0) + 1; }

static double weight_of_size(const mtg_kernel *kernel, int32_t own, uint32_t t) {
  return own >= 0 ? kernel->pinned_weight[t] : kernel->paired ? 2 * kernel->free_weight[t] : kernel->free_weight[t];
}

/* Notes that a unit (the singleton `single` when mask is NULL) is the next row of the design. */
static void choose_unit(mtg_regression *g, design *d, uint64_t row, const uint64_t *mask, uint32_t single, double weight, size_t bit) {
  const uint32_t n = g->kernel->problem->n;
  for (uint32_t player = 0, v = 0; player < n; ++player) {
    if ((int32_t)player == d->own) continue;
    const uint64_t has = mask ? (uint64_t)mtg_mask_has(mask, player) : (uint64_t)(player == single);
    g->columns[v++ * g->stride + bit / 64] |= has << (bit % 64);
  }
  g->chosen[d->n_units] = row;
  g->weights[d->n_units++] = weight;
}

/* Lists the units of the first n_told, sizes of equal weight together: segments, columns, chosen rows. */
static void choose(mtg_regression *g, design *d, uint64_t n_told) {
  const mtg_kernel *kernel = g->kernel;
  const mtg_problem *problem = kernel->problem;
  const uint32_t n = problem->n;
  size_t n_segments = 0, bit = 0;
  double most = 0;
  for (uint32_t t = 1; t < n; ++t) most = fmax(most, weight_of_size(kernel, d->own, t));
  d->n_units = 0;
  memset(g->columns, 0, n * g->stride * sizeof *g->columns);
  for (uint32_t t = 1, end; t < n; t = end) { /* sizes t..end-1 have one weight; a pair stands under its first coalition's size */
    const double weight = weight_of_size(kernel, d->own, t);
    end = t + 1;
    if (!(weight > 0)) continue;
    while (end < n && weight_of_size(kernel, d->own, end) == weight) ++end;
    bit = (bit + 63) / 64 * 64;
    const size_t first_bit = bit;
    for (uint32_t single = 0; t == 1 && !kernel->paired && d->own < 0 && single < n; ++single)
      choose_unit(g, d, singles_at(kernel) + single, NULL, single, weight / most, bit++);
    for (uint64_t at = g->size_offset[t]; at < g->size_offset[end]; ++at) {
      const uint64_t unit = g->by_size[at];
      const uint64_t *mask = kernel->units + unit * problem->words;
      if (unit >= n_told || (d->own >= 0 && !mtg_mask_has(mask, (uint32_t)d->own))) continue;
      choose_unit(g, d, kernel->n_header + unit * (kernel->paired ? 2 : 1), mask, 0, weight / most, bit++);
    }
    if (bit == first_bit) continue;
    g->segments[n_segments].first = first_bit / 64;
    g->segments[n_segments].end = (bit + 63) / 64;
    g->segments[n_segments++].weight = weight / most;
  }
  if (d->k > 1) mtg_gram(g->columns, d->k, g->stride, g->segments, n_segments, g->factor);
}

static void prepare(mtg_regression *g, design *d, int32_t own, uint64_t n_told) {
  const uint32_t n = g->kernel->problem->n;
  d->own = own;
  d->k = own >= 0 ? n - 1 : n;
  d->last = own == (int32_t)n - 1 ? n - 2 : n - 1;
  d->rank = d->k > 0 ? d->k - 1 : 0;
  d->rcond = 1;
  d->singular = 0;
  d->has_leverage = 0;
  d->n_units = 0;
  if (d->k < 2) return;
  choose(g, d, n_told);
  d->singular = mtg_spd_factor(g->factor, d->k - 1, g->work, &d->rank, &d->rcond);
}

static metagame_status fail_singular(const mtg_regression *g, const design *d, uint32_t target, metagame_error *err) {
  return mtg_fail(err, METAGAME_E_SINGULAR, "target %u: the %llu sampled units have rank %zu, %u needed; raise options.max_evaluations "
                  "(now %llu) or change the seed", target, (unsigned long long)d->n_units, d->rank, d->k - 1,
                  (unsigned long long)g->kernel->problem->budget);
}

/* ---- opening ---- */

static void sort_units(mtg_regression *g) {
  const mtg_kernel *kernel = g->kernel;
  const size_t words = kernel->problem->words;
  for (uint64_t unit = 0; unit < kernel->n_units; ++unit) ++g->size_offset[mtg_mask_count(kernel->units + unit * words, words) + 1];
  for (uint32_t t = 0; t <= kernel->problem->n; ++t) g->size_offset[t + 1] += g->size_offset[t];
  for (uint64_t unit = 0; unit < kernel->n_units; ++unit) /* moves the offsets up by one size, undone below */
    g->by_size[g->size_offset[mtg_mask_count(kernel->units + unit * words, words)]++] = unit;
  for (uint32_t t = kernel->problem->n + 1; t > 0; --t) g->size_offset[t] = g->size_offset[t - 1];
  g->size_offset[0] = 0;
}

static void sort_targets(mtg_regression *g) {
  const mtg_problem *problem = g->kernel->problem;
  for (uint32_t i = 0; i < problem->m; ++i) ++g->player_offset[problem->own[i] + 2];
  for (uint32_t p = 0; p <= problem->n; ++p) g->player_offset[p + 1] += g->player_offset[p];
  for (uint32_t i = 0; i < problem->m; ++i) g->by_player[g->player_offset[problem->own[i] + 1]++] = i;
  for (uint32_t p = problem->n + 1; p > 0; --p) g->player_offset[p] = g->player_offset[p - 1];
  g->player_offset[0] = 0;
}

static metagame_status check_small_plan(mtg_regression *g, metagame_error *err) {
  const mtg_kernel *kernel = g->kernel;
  const mtg_problem *problem = kernel->problem;
  const double units = (double)kernel->n_units * (kernel->paired ? 1 : 0.5);
  if (kernel->everything || units > SMALL_PLAN * (double)problem->n) return METAGAME_OK;
  for (int32_t own = METAGAME_NO_PLAYER; own < (int32_t)problem->n; ++own) {
    design d;
    if (g->player_offset[own + 1] == g->player_offset[own + 2]) continue;
    prepare(g, &d, own, kernel->n_units);
    if (d.singular) return fail_singular(g, &d, g->by_player[g->player_offset[own + 1]], err);
  }
  return METAGAME_OK;
}

metagame_status mtg_regression_open(mtg_regression **out, const mtg_kernel *kernel, metagame_error *err) {
  const mtg_problem *problem = kernel->problem;
  const mtg_alloc *alloc = &problem->alloc;
  const size_t n = problem->n, units = most_units(kernel);
  mtg_regression *g = mtg_new(alloc, 1, sizeof *g);
  if (!g) return mtg_fail_memory(err, alloc, "the regression solver");
  g->kernel = kernel;
  g->stride = most_stride(units, problem->n);
  g->rows = mtg_new(alloc, kernel->n_rows, problem->m * sizeof *g->rows);
  g->columns = mtg_new(alloc, n, g->stride * sizeof *g->columns);
  g->segments = mtg_new(alloc, n + 1, sizeof *g->segments);
  g->by_size = mtg_new(alloc, kernel->n_units, sizeof *g->by_size);
  g->size_offset = mtg_new(alloc, n + 2, sizeof *g->size_offset);
  g->by_player = mtg_new(alloc, problem->m, sizeof *g->by_player);
  g->player_offset = mtg_new(alloc, n + 2, sizeof *g->player_offset);
  g->chosen = mtg_new(alloc, units, sizeof *g->chosen);
  g->weights = mtg_new(alloc, units, sizeof *g->weights);
  g->residual = mtg_new(alloc, units, sizeof *g->residual);
  g->leverage = mtg_new(alloc, units, sizeof *g->leverage);
  g->factor = mtg_new(alloc, n, n * sizeof *g->factor);
  g->work = mtg_new(alloc, n, (n + 4) * sizeof *g->work);
  g->sums = mtg_new(alloc, MOST_CLUSTERS, n * sizeof *g->sums);
  g->phi = mtg_new(alloc, n, sizeof *g->phi);
  metagame_status status = METAGAME_OK;
  if (!g->rows || !g->columns || !g->segments || !g->chosen || !g->weights || !g->residual || !g->leverage || !g->factor || !g->work || !g->sums ||
      !g->phi || !g->by_size || !g->size_offset || !g->by_player || !g->player_offset)
    status = mtg_fail_memory(err, alloc, "the regression solver");
  if (status == METAGAME_OK) {
    sort_units(g);
    sort_targets(g);
    status = check_small_plan(g, err);
  }
  if (status != METAGAME_OK) {
    mtg_regression_close(g);
    return status;
  }
  *out = g;
  return METAGAME_OK;
}

void mtg_regression_close(mtg_regression *g) {
  if (!g) return;
  const mtg_alloc *alloc = &g->kernel->problem->alloc;
  void *const blocks[] = { g->rows,    g->columns,  g->segments, g->chosen, g->weights, g->residual,    g->factor,
                           g->work,    g->sums,     g->phi,      g->leverage,      g->by_size, g->size_offset, g->by_player, g->player_offset };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(alloc, blocks[b]);
  mtg_free(alloc, g);
}

void mtg_regression_take(mtg_regression *g, const double *rows, size_t n_rows) {
  const size_t m = g->kernel->problem->m;
  memcpy(g->rows + g->n_taken * m, rows, n_rows * m * sizeof *rows);
  g->n_taken += n_rows;
}

/* ---- estimates ---- */

/* Adds `value` to sums[player] for every player of the coalition in plan row `row`. */
static void spread(const mtg_regression *g, uint64_t row, double value, double *sums) {
  const mtg_kernel *kernel = g->kernel;
  if (row < kernel->n_header) {
    sums[row - singles_at(kernel)] += value;
    return;
  }
  const uint64_t *mask = unit_mask(kernel, row);
  for (size_t w = 0; w < kernel->problem->words; ++w)
    for (uint64_t rest = mask[w]; rest; rest &= rest - 1) sums[w * 64 + mtg_lowest_bit(rest)] += value;
}

static double gather(const mtg_regression *g, uint64_t row, const double *values) {
  const mtg_kernel *kernel = g->kernel;
  if (row < kernel->n_header) return values[row - singles_at(kernel)];
  const uint64_t *mask = unit_mask(kernel, row);
  double sum = 0;
  for (size_t w = 0; w < kernel->problem->words; ++w)
    for (uint64_t rest = mask[w]; rest; rest &= rest - 1) sum += values[w * 64 + mtg_lowest_bit(rest)];
  return sum;
}

static int has_player(const mtg_kernel *kernel, uint64_t row, uint32_t player) {
  if (row < kernel->n_header) return row - singles_at(kernel) == player;
  return mtg_mask_has(unit_mask(kernel, row), player);
}

/* (z_j - z_last) form of sums over players, own player left out: k - 1 numbers into `out`. */
static void eliminate(const design *d, uint32_t n, const double *sums, double *out) {
  for (uint32_t player = 0, v = 0; player < n; ++player)
    if ((int32_t)player != d->own && player != d->last) out[v++] = sums[player] - sums[d->last];
}

/* Back from k - 1 coefficients: phi of all players, the last one from the sum, the own player 0. */
static void restore(const design *d, uint32_t n, const double *coefficients, double total, double *phi) {
  double sum = 0;
  for (uint32_t player = 0, v = 0; player < n; ++player) {
    phi[player] = 0;
    if ((int32_t)player == d->own || player == d->last) continue;
    phi[player] = coefficients[v++];
    sum += phi[player];
  }
  phi[d->last] = total - sum;
}

static void fit(mtg_regression *g, const design *d, uint32_t i, double start, double end, double *scale) {
  const mtg_kernel *kernel = g->kernel;
  const size_t m = kernel->problem->m;
  const uint32_t n = kernel->problem->n;
  double *sums = g->sums;
  memset(sums, 0, n * sizeof *sums);
  for (uint64_t u = 0; u < d->n_units; ++u) { /* residual holds the responses until phi is known */
    const uint64_t row = g->chosen[u];
    const double y = g->rows[row * m + i] - start, z = has_player(kernel, row, d->last);
    double most = fabs(y), response = y - z * end;
    if (kernel->paired) {
      const double other = g->rows[(row + 1) * m + i] - start;
      most = fmax(most, fabs(other));
      response = 0.5 * ((y - other) - (2 * z - 1) * end);
    }
    *scale = fmax(*scale, most);
    g->residual[u] = response;
    spread(g, row, g->weights[u] * response, sums);
  }
  eliminate(d, n, sums, g->phi);
  mtg_spd_solve(g->factor, d->k - 1, g->phi, 1);
  memcpy(sums, g->phi, n * sizeof *sums);
  restore(d, n, sums, end, g->phi);
}

/* h_u = W_u a_u' G^-1 a_u, in blocks of columns. */
static void find_leverage(mtg_regression *g, design *d) {
  const uint32_t n = g->kernel->problem->n;
  const size_t width = d->k - 1;
  const double work = (double)d->n_units * (double)width * (double)width;
  if (d->singular || d->k < 2 || work > MOST_LEVERAGE_WORK) return;
  d->has_leverage = 1;
  for (uint64_t first = 0; first < d->n_units; first += MOST_CLUSTERS) {
    const uint64_t count = d->n_units - first < MOST_CLUSTERS ? d->n_units - first : MOST_CLUSTERS;
    for (uint64_t c = 0; c < count; ++c) {
      memset(g->work, 0, n * sizeof *g->work);
      spread(g, g->chosen[first + c], 1, g->work);
      eliminate(d, n, g->work, g->sums + c * width);
    }
    mtg_spd_solve(g->factor, width, g->sums, count);
    for (uint64_t c = 0; c < count; ++c) {
      restore(d, n, g->sums + c * width, 0, g->work); /* the last one becomes minus the sum, as a . b = z . (b, -sum b) wants it */
      g->leverage[first + c] = g->weights[first + c] * gather(g, g->chosen[first + c], g->work);
    }
  }
}

/* `told` is the share of the plan that is in: 1, or less for a partial result. Squares are taken of numbers near 1: values go from
 * 1e-150 to 1e150. */
static void deviations(mtg_regression *g, const design *d, double told, double scale, double *out, double *degrees) {
  const mtg_kernel *kernel = g->kernel;
  const uint32_t n = kernel->problem->n;
  const uint64_t clusters = d->n_units < MOST_CLUSTERS ? d->n_units : MOST_CLUSTERS;
  const double units = (double)d->n_units, unknowns = d->k - 1.0;
  const double spare = units - unknowns;
  uint64_t drawn = 0; /* units of sizes that are not enumerated: below 4 of them there is nothing to tell chance from */
  int determined = 0; /* a drawn unit that fixes a coefficient alone: nothing is left to see its error by */
  for (uint64_t u = 0; u < d->n_units; ++u) {
    const int random = g->chosen[u] >= kernel->n_header && kernel->fraction[unit_size(kernel, g->chosen[u])] * told < 1;
    drawn += (uint64_t)random;
    determined |= random && d->has_leverage && 1 - g->leverage[u] <= LEAST_SPARE;
  }
  *degrees = fmin(spare, clusters == d->n_units ? spare : (double)clusters - 1);
  if (drawn < LEAST_DRAWN || determined) *degrees = 0;
  for (uint32_t j = 0; j < n; ++j) out[j] = *degrees >= LEAST_DEGREES ? 0 : NAN;
  if (!(*degrees >= LEAST_DEGREES)) return;
  int exponent = 0;
  frexp(scale, &exponent);
  memset(g->sums, 0, clusters * n * sizeof *g->sums);
  double *zero_last = g->work; /* coefficients in z form with the last one taken off: a . b = z . (phi - phi_last) */
  double coefficients = 0;
  for (uint32_t j = 0; j < n; ++j) {
    zero_last[j] = g->phi[j];
    if ((int32_t)j != d->own && j != d->last) coefficients += g->phi[j];
  }
  zero_last[d->last] = -coefficients;
    for (uint64_t u = 0; u < d->n_units; ++u) {
    const uint64_t row = g->chosen[u];
    const double share = kernel->fraction[unit_size(kernel, row)] * (row < kernel->n_header ? 1 : told);
    double error = ldexp((g->residual[u] - gather(g, row, zero_last)) * sqrt(1 - share), -exponent);
    if (d->has_leverage) error /= fmax(1 - g->leverage[u], LEAST_SPARE);
    spread(g, row, g->weights[u] * error, g->sums + u % clusters * n);
  }
  for (uint64_t c = 0; c < clusters; ++c) { /* pack to k - 1 numbers a column, front to back: never past what is still to be read */
    eliminate(d, n, g->sums + c * n, g->work + n);
    memcpy(g->sums + c * (d->k - 1), g->work + n, (d->k - 1) * sizeof *g->sums);
  }
  mtg_spd_solve(g->factor, d->k - 1, g->sums, clusters);
  const double count = (double)clusters, grouped = clusters < d->n_units ? count / (count - 1) : 1;
  const double factor = d->has_leverage ? grouped : count / (count - 1) * (units - 1) / spare;
  for (uint64_t c = 0; c < clusters; ++c) {
    const double *influence = g->sums + c * (d->k - 1);
    double total = 0;
    for (uint32_t player = 0, v = 0; player < n; ++player) {
      if ((int32_t)player == d->own || player == d->last) continue;
      total += influence[v];
      out[player] += influence[v] * influence[v];
      ++v;
    }
    out[d->last] += total * total;
  }
  for (uint32_t j = 0; j < n; ++j) out[j] = ldexp(sqrt(out[j] * factor), exponent);
}

static void fill_unknown(mtg_numbers *numbers, uint32_t i) {
  for (uint32_t j = 0; j < numbers->n; ++j)
    numbers->matrix[(size_t)i * numbers->n + j] = numbers->deviation[(size_t)i * numbers->n + j] = NAN;
}

static void estimate_target(mtg_regression *g, const design *d, uint32_t i, double told, mtg_numbers *numbers) {
  const mtg_kernel *kernel = g->kernel;
  const mtg_problem *problem = kernel->problem;
  const size_t m = problem->m, n = problem->n;
  const int has_empty = problem->has_free != 0;
  const double everyone = g->rows[(size_t)has_empty * m + i];
  const uint64_t start_row = mtg_kernel_start(kernel, d->own);
  const double start = g->rows[start_row * m + i], end = everyone - start;
  double *row = numbers->matrix + i * n, *deviation = numbers->deviation + i * n, scale = fmax(fabs(start), fabs(end));
  numbers->first_order[i] = everyone;
  numbers->base[i] = d->own < 0 ? start : 0;
  numbers->degrees[i] = 0;
  if (d->k == 1) {
    memset(row, 0, n * sizeof *row);
    row[d->last] = end;
    memset(deviation, 0, n * sizeof *deviation);
  } else if (d->k > 1 && !d->singular) {
    fit(g, d, i, start, end, &scale);
    memcpy(row, g->phi, n * sizeof *row);
    if (numbers->has_deviation) deviations(g, d, told, scale, deviation, &numbers->degrees[i]);
  } else if (d->k > 1) {
    fill_unknown(numbers, i);
  }
  if (d->own >= 0) {
    row[d->own] = start;
    deviation[d->own] = 0;
  }
  numbers->scale[i] = scale;
}

metagame_status mtg_regression_finish(mtg_regression *g, int complete, mtg_numbers *numbers, metagame_error *err) {
  const mtg_kernel *kernel = g->kernel;
  const mtg_problem *problem = kernel->problem;
  const uint64_t told = units_told(g);
  const double share = kernel->n_units > 0 ? (double)told / (double)kernel->n_units : 1;
  double worst = 1;
  numbers->evaluations = g->n_taken;
  numbers->has_deviation = !kernel->everything || !complete;
  numbers->rank = numbers->full_rank = 0;
  numbers->n_units = numbers->has_deviation ? UINT64_MAX : 0;
  if (g->n_taken < kernel->n_header) {
    for (uint32_t i = 0; i < problem->m; ++i) {
      fill_unknown(numbers, i);
      numbers->first_order[i] = NAN;
      numbers->base[i] = problem->own[i] >= 0 ? 0 : NAN;
    }
    numbers->n_units = 0;
    return METAGAME_OK;
  }
  for (int32_t own = METAGAME_NO_PLAYER; own < (int32_t)problem->n; ++own) {
    const uint32_t first = g->player_offset[own + 1], end = g->player_offset[own + 2];
    design d;
    if (first == end) continue;
    prepare(g, &d, own, told);
    if (d.singular && complete) return fail_singular(g, &d, g->by_player[first], err);
    if (d.k > 1 && (numbers->full_rank == 0 || d.rank + numbers->full_rank < numbers->rank + d.k - 1)) {
      numbers->rank = d.rank;
      numbers->full_rank = d.k - 1;
    }
    if (d.n_units < numbers->n_units) numbers->n_units = d.n_units;
    worst = d.rcond > 0 ? fmax(worst, 1 / d.rcond) : INFINITY;
    if (numbers->has_deviation) find_leverage(g, &d);
    for (uint32_t at = first; at < end; ++at) estimate_target(g, &d, g->by_player[at], share, numbers);
  }
  numbers->condition = worst;
  return METAGAME_OK;
}
