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
 * Time per own player k^2 U/128 + k^3/3, per target U n + C k^2. Memory rows * m numbers, k U/64 words, 2 k^2 numbers. Where that is
 * too much (keeps_rows) sums.c finds the same estimate without rows. */
#include "estimate/regression.h"

#include <math.h>

#include "base/linalg.h"
#include "base/saturate.h"
#include "estimate/bits.h"
#include "estimate/design.h"
#include "estimate/student.h"
#include "estimate/sums.h"
#include "estimate/surprise.h"

#define LEAST_SPARE 1e-6 /* of 1 - leverage */
#define LAST_DIGITS 1e-9 /* of the scale: a residual as small is none */
#define LEAST_EFFECTIVE 2.0
#define KEEP_BYTES 0x1p26 /* of rows */
#define KEEP_WORK 0x1p32

enum { MOST_CLUSTERS = 128, LEAST_DEGREES = 3, LEAST_DRAWN = 4, MOST_LEVERAGE_WORK = 1 << 27 };
enum { TILE = 256, LEAST_BITS_WORK = 1 << 22, LEAST_BITS_PLAYERS = 32 }; /* the tile is in `sums` behind n * MTG_LANES numbers */

struct mtg_regression {
  const mtg_kernel *kernel;
  mtg_sums *many;   /* does it all where the rows are not kept; the rest is empty then */
  double *rows;     /* all rows of the plan, in its order */
  uint64_t n_taken;
  mtg_lists lists;
  mtg_factor design; /* `chosen` in order of weight */
  double *sums;      /* clusters x n */
  double *phi;       /* n */
  double *residual;  /* of the chosen */
  double *leverage;  /* of the chosen: diagonal of the hat matrix, where it was worth its time */
  double change;     /* of the target at hand: the largest distance of a row from the start */
  int is_bare;       /* standard errors without what surprise.c adds */
  double *fourth;    /* n: sums of fourth powers of influences */
  unsigned char *known; /* units of the plan: fitted to the last digits by the others */
  uint64_t *counts;  /* 4 (n + 1): scratch of surprise.c */
};

static uint64_t kept_bytes(const mtg_problem *problem) {
  const uint64_t n = problem->n, doubles = mtg_plus(mtg_times(mtg_design_most_rows(problem), problem->m),
                                                    mtg_plus((MOST_CLUSTERS + 6) * n + 4, mtg_times(mtg_design_most_units(problem), 3)));
  const uint64_t design = mtg_plus(mtg_lists_bytes(problem), mtg_factor_bytes(problem));
  return mtg_plus(mtg_plus(design, mtg_times(doubles, sizeof(double))), sizeof(mtg_regression) + 9 * MTG_BLOCK_OVERHEAD);
}

/* Rows are kept while that takes at most KEEP_BYTES, n x n matrices fit, max_bytes allows it, and its time (docs/mathematics.md,
 * section 4) is short or not more than that of the other way. */
static int keeps_rows(const mtg_problem *problem) {
  const double rows = (double)mtg_times(mtg_design_most_rows(problem), problem->m) * sizeof(double);
  const double n = problem->n, units = (double)mtg_design_most_units(problem), targets = problem->m;
  const double designs = problem->n_own + (problem->has_free ? 1.0 : 0), own_units = problem->has_pinned ? units / 2 : units;
  const double work = designs * (n * n * own_units / 128 + n * n * n / 3) + targets * (own_units * n + 2.0 * MOST_CLUSTERS * n * n);
  if (n < MTG_SUMS_LEAST_PLAYERS) return 1;
  if (rows > KEEP_BYTES || n > MTG_SUMS_MOST_DENSE) return 0;
  if (problem->max_bytes && kept_bytes(problem) > problem->max_bytes && mtg_sums_bytes(problem) < kept_bytes(problem)) return 0;
  return work <= KEEP_WORK || work <= mtg_sums_work(problem);
}

uint64_t mtg_regression_bytes(const mtg_problem *problem) {
  if (keeps_rows(problem)) return kept_bytes(problem);
  return mtg_plus(mtg_sums_bytes(problem), sizeof(mtg_regression) + MTG_BLOCK_OVERHEAD);
}

/* ---- one design ---- */

static uint32_t unit_size(const mtg_kernel *kernel, uint64_t row) {
  return row < kernel->n_header ? 1 : mtg_mask_count(mtg_design_unit_mask(kernel, row), kernel->problem->words);
}

metagame_status mtg_regression_open(mtg_regression **out, const mtg_kernel *kernel, metagame_error *err) {
  const mtg_problem *problem = kernel->problem;
  const mtg_alloc *alloc = &problem->alloc;
  const size_t n = problem->n, units = kernel->n_units + (kernel->paired ? 0 : n);
  mtg_regression *g = mtg_new(alloc, 1, sizeof *g);
  if (!g) return mtg_fail_memory(err, alloc, "the regression solver");
  g->kernel = kernel;
  metagame_status status = METAGAME_OK;
  if (keeps_rows(problem)) {
    status = mtg_lists_open(&g->lists, kernel, err);
    if (status == METAGAME_OK) status = mtg_factor_open(&g->design, kernel, &g->lists, err);
    g->rows = mtg_new(alloc, kernel->n_rows, problem->m * sizeof *g->rows);
    g->residual = mtg_new(alloc, units, sizeof *g->residual);
    g->leverage = mtg_new(alloc, units, sizeof *g->leverage);
    g->sums = mtg_new(alloc, MOST_CLUSTERS, n * sizeof *g->sums);
    g->phi = mtg_new(alloc, n, sizeof *g->phi);
    g->fourth = mtg_new(alloc, n, sizeof *g->fourth);
    g->known = mtg_new(alloc, kernel->n_units + 1, 1);
    g->counts = mtg_new(alloc, 4 * (n + 1), sizeof *g->counts);
    const int missing = !g->rows || !g->residual || !g->leverage || !g->sums || !g->phi;
    if (status == METAGAME_OK && (missing || !g->fourth || !g->known || !g->counts))
      status = mtg_fail_memory(err, alloc, "the regression solver");
    if (status == METAGAME_OK) status = mtg_design_check_small_plan(&g->design, err);
  } else {
    status = mtg_sums_open(&g->many, kernel, err);
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
  void *const blocks[] = { g->rows, g->residual, g->leverage, g->sums, g->phi, g->fourth, g->known, g->counts };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(alloc, blocks[b]);
  mtg_lists_close(&g->lists, alloc);
  mtg_factor_close(&g->design);
  mtg_sums_close(g->many);
  mtg_free(alloc, g);
}

void mtg_regression_leave_bare(mtg_regression *g, int is_bare) { g->is_bare = is_bare; }

void mtg_regression_take(mtg_regression *g, const double *rows, size_t n_rows) {
  const size_t m = g->kernel->problem->m;
  if (g->many) {
    mtg_sums_take(g->many, rows, n_rows);
    return;
  }
  memcpy(g->rows + g->n_taken * m, rows, n_rows * m * sizeof *rows);
  g->n_taken += n_rows;
}

/* ---- estimates ---- */

/* Adds `value` to sums[player] for every player of the coalition in plan row `row`. */
static void spread(const mtg_regression *g, uint64_t row, double value, double *sums) {
  const mtg_kernel *kernel = g->kernel;
  if (row < kernel->n_header) {
    sums[row - mtg_design_singles_at(kernel)] += value;
    return;
  }
  const uint64_t *mask = mtg_design_unit_mask(kernel, row);
  for (size_t w = 0; w < kernel->problem->words; ++w)
    for (uint64_t rest = mask[w]; rest; rest &= rest - 1) sums[w * 64 + mtg_lowest_bit(rest)] += value;
}

static double gather(const mtg_regression *g, uint64_t row, const double *values) {
  const mtg_kernel *kernel = g->kernel;
  if (row < kernel->n_header) return values[row - mtg_design_singles_at(kernel)];
  const uint64_t *mask = mtg_design_unit_mask(kernel, row);
  double sum = 0;
  for (size_t w = 0; w < kernel->problem->words; ++w)
    for (uint64_t rest = mask[w]; rest; rest &= rest - 1) sum += values[w * 64 + mtg_lowest_bit(rest)];
  return sum;
}

static int has_player(const mtg_kernel *kernel, uint64_t row, uint32_t player) {
  if (row < kernel->n_header) return row - mtg_design_singles_at(kernel) == player;
  return mtg_mask_has(mtg_design_unit_mask(kernel, row), player);
}

/* (z_j - z_last) form of sums over players, own player left out: k - 1 numbers into `out`. */
static void eliminate(const mtg_design *d, uint32_t n, const double *sums, double *out) {
  for (uint32_t player = 0, v = 0; player < n; ++player)
    if ((int32_t)player != d->own && player != d->last) out[v++] = sums[player] - sums[d->last];
}

/* Back from k - 1 coefficients: phi of all players, the last one from the sum, the own player 0. */
static void restore(const mtg_design *d, uint32_t n, const double *coefficients, double total, double *phi) {
  double sum = 0;
  for (uint32_t player = 0, v = 0; player < n; ++player) {
    phi[player] = 0;
    if ((int32_t)player == d->own || player == d->last) continue;
    phi[player] = coefficients[v++];
    sum += phi[player];
  }
  phi[d->last] = total - sum;
}

static void fit(mtg_regression *g, const mtg_design *d, uint32_t i, double start, double end, double *scale) {
  const mtg_kernel *kernel = g->kernel;
  const size_t m = kernel->problem->m;
  const uint32_t n = kernel->problem->n;
  double *sums = g->sums;
  memset(sums, 0, n * sizeof *sums);
  for (uint64_t u = 0; u < d->n_units; ++u) { /* residual holds the responses until phi is known */
    const uint64_t row = g->design.chosen[u];
    const double y = g->rows[row * m + i] - start, z = has_player(kernel, row, d->last);
    double most = fabs(y), response = y - z * end;
    if (kernel->paired) {
      const double other = g->rows[(row + 1) * m + i] - start;
      most = fmax(most, fabs(other));
      response = 0.5 * ((y - other) - (2 * z - 1) * end);
    }
    *scale = fmax(*scale, most);
    g->change = fmax(g->change, most);
    g->residual[u] = response;
    spread(g, row, g->design.weights[u] * response, sums);
  }
  eliminate(d, n, sums, g->phi);
  mtg_spd_solve(g->design.factor, d->k - 1, g->phi, 1);
  memcpy(sums, g->phi, n * sizeof *sums);
  restore(d, n, sums, end, g->phi);
}

/* Entry of E = M' G^-1 M, where M takes z to the regressors; sums has the row sums of G^-1 and behind them their sum. */
static double extended(const mtg_design *d, const double *inverse, const double *sums, uint32_t a, uint32_t b) {
  const size_t width = d->k - 1;
  const size_t v = a - ((int32_t)a > d->own && d->own >= 0) - (a > d->last), w = b - ((int32_t)b > d->own && d->own >= 0) - (b > d->last);
  if ((int32_t)a == d->own || (int32_t)b == d->own) return 0;
  if (a == d->last) return b == d->last ? sums[width] : -sums[w];
  return b == d->last ? -sums[v] : inverse[v * width + w];
}

/* h = W z' E z, eight columns of E at a time by products with the masks of all units. */
static void find_leverage_by_bits(mtg_regression *g, const mtg_design *d, uint64_t told) {
  const mtg_kernel *kernel = g->kernel;
  const uint32_t n = kernel->problem->n;
  const size_t width = d->k - 1, words = kernel->problem->words;
  double *inverse = g->design.work, *sums = g->phi, *columns = g->sums, *tile = g->sums + (size_t)n * MTG_LANES, *forms = g->residual;
  memset(inverse, 0, width * width * sizeof *inverse);
  for (size_t v = 0; v < width; ++v) inverse[v * width + v] = 1;
  mtg_spd_solve(g->design.factor, width, inverse, width);
  sums[width] = 0;
  for (size_t v = 0; v < width; ++v) {
    sums[v] = 0;
    for (size_t w = 0; w < width; ++w) sums[v] += inverse[v * width + w];
    sums[width] += sums[v];
  }
  memset(forms, 0, told * sizeof *forms);
  for (uint32_t first = 0; first < n; first += MTG_LANES) {
    const uint32_t lanes = n - first < MTG_LANES ? n - first : MTG_LANES;
    memset(columns, 0, (size_t)n * MTG_LANES * sizeof *columns);
    for (uint32_t j = 0; j < n; ++j)
      for (uint32_t lane = 0; lane < lanes; ++lane) columns[(size_t)j * MTG_LANES + lane] = extended(d, inverse, sums, j, first + lane);
    for (uint64_t from = 0; from < told; from += TILE) {
      const size_t count = told - from < TILE ? (size_t)(told - from) : TILE;
      memset(tile, 0, TILE * MTG_LANES * sizeof *tile);
      mtg_bits_gather(kernel->units + from * words, words, count, n, columns, tile);
      for (size_t r = 0; r < count; ++r) {
        const uint64_t has = kernel->units[(from + r) * words + first / 64] >> (first % 64);
        for (uint32_t lane = 0; lane < lanes; ++lane) forms[from + r] += has >> lane & 1 ? tile[r * MTG_LANES + lane] : 0;
      }
    }
  }
  for (uint64_t u = 0; u < d->n_units; ++u) {
    const uint64_t row = g->design.chosen[u];
    const uint32_t single = (uint32_t)(row - mtg_design_singles_at(kernel));
    g->leverage[u] = g->design.weights[u] * (row < kernel->n_header ? extended(d, inverse, sums, single, single)
                                                                    : forms[(row - kernel->n_header) / (kernel->paired ? 2 : 1)]);
  }
}

/* h_u = W_u a_u' G^-1 a_u, in blocks of columns. */
static void find_leverage(mtg_regression *g, mtg_design *d, uint64_t told) {
  const uint32_t n = g->kernel->problem->n;
  const size_t width = d->k - 1;
  const double work = (double)d->n_units * (double)width * (double)width;
  if (d->singular || d->k < 2 || work > MOST_LEVERAGE_WORK) return;
  d->has_leverage = 1;
  if (d->own < 0 && work > LEAST_BITS_WORK && n >= LEAST_BITS_PLAYERS) {
    find_leverage_by_bits(g, d, told);
    return;
  }
  for (uint64_t first = 0; first < d->n_units; first += MOST_CLUSTERS) {
    const uint64_t count = d->n_units - first < MOST_CLUSTERS ? d->n_units - first : MOST_CLUSTERS;
    for (uint64_t c = 0; c < count; ++c) {
      memset(g->design.work, 0, n * sizeof *g->design.work);
      spread(g, g->design.chosen[first + c], 1, g->design.work);
      eliminate(d, n, g->design.work, g->sums + c * width);
    }
    mtg_spd_solve(g->design.factor, width, g->sums, count);
    for (uint64_t c = 0; c < count; ++c) {
      restore(d, n, g->sums + c * width, 0, g->design.work); /* the last one becomes minus the sum, as a . b = z . (b, -sum b) wants it */
      g->leverage[first + c] = g->design.weights[first + c] * gather(g, g->design.chosen[first + c], g->design.work);
    }
  }
}

/* Whether every row that was sampled has one value: if nobody and everyone differ from it, no row has shown where the change
 * happens; if they do not, no row has shown that anything moves the target. */
static int is_unseen(const mtg_regression *g, const mtg_design *d, uint32_t i, double scale) {
  const size_t m = g->kernel->problem->m;
  const double *first = NULL;
  for (uint64_t u = 0; u < d->n_units; ++u)
    for (uint64_t half = 0; half <= (uint64_t)(g->kernel->paired != 0); ++half) {
      const double *value = g->rows + (g->design.chosen[u] + half) * m + i;
      if (!first) first = value;
      if (fabs(*value - *first) > LAST_DIGITS * scale) return 0;
    }
  return first != NULL;
}

/* `told` is the share of the plan that is in: 1, or less for a partial result. Squares are taken of numbers near 1: values go from
 * 1e-150 to 1e150. */
static void deviations(mtg_regression *g, const mtg_design *d, double told, double scale, double *out, double *degrees) {
  const mtg_kernel *kernel = g->kernel;
  const uint32_t n = kernel->problem->n;
  const uint64_t clusters = d->n_units < MOST_CLUSTERS ? d->n_units : MOST_CLUSTERS;
  const double units = (double)d->n_units, unknowns = d->k - 1.0;
  const double spare = units - unknowns;
  uint64_t drawn = 0; /* units of sizes that are not enumerated: below 4 of them there is nothing to tell chance from */
  int determined = 0; /* a drawn unit that fixes a coefficient alone: nothing is left to see its error by */
  for (uint64_t u = 0; u < d->n_units; ++u) {
    const int random = g->design.chosen[u] >= kernel->n_header && kernel->fraction[unit_size(kernel, g->design.chosen[u])] * told < 1;
    drawn += (uint64_t)random;
    determined |= random && d->has_leverage && 1 - g->leverage[u] <= LEAST_SPARE;
  }
  *degrees = fmin(spare, clusters == d->n_units ? spare : (double)clusters - 1);
  *degrees = fmin(*degrees, mtg_kernel_missing(kernel, d->own) + 2); /* what a few coalitions hide is no sum of many */
  if (drawn < LEAST_DRAWN || determined) *degrees = 0;
  for (uint32_t j = 0; j < n; ++j) out[j] = *degrees >= LEAST_DEGREES ? 0 : NAN;
  if (!(*degrees >= LEAST_DEGREES)) return;
  int exponent = 0;
  frexp(scale, &exponent);
  memset(g->sums, 0, clusters * n * sizeof *g->sums);
  double *zero_last = g->design.work; /* coefficients in z form with the last one taken off: a . b = z . (phi - phi_last) */
  double coefficients = 0;
  for (uint32_t j = 0; j < n; ++j) {
    zero_last[j] = g->phi[j];
    if ((int32_t)j != d->own && j != d->last) coefficients += g->phi[j];
  }
  zero_last[d->last] = -coefficients;
  for (uint64_t u = 0; u < d->n_units; ++u) {
    const uint64_t row = g->design.chosen[u];
    const double share = kernel->fraction[unit_size(kernel, row)] * (row < kernel->n_header ? 1 : told);
    double error = ldexp(g->residual[u] - gather(g, row, zero_last), -exponent);
    if (d->has_leverage) error /= fmax(1 - g->leverage[u], LEAST_SPARE);
    if (row >= kernel->n_header) g->known[(row - kernel->n_header) / (kernel->paired ? 2 : 1)] = fabs(error) <= LAST_DIGITS;
    error *= sqrt(1 - share);
    spread(g, row, g->design.weights[u] * error, g->sums + u % clusters * n);
  }
  for (uint64_t c = 0; c < clusters; ++c) { /* pack to k - 1 numbers a column, front to back: never past what is still to be read */
    eliminate(d, n, g->sums + c * n, g->design.work + n);
    memcpy(g->sums + c * (d->k - 1), g->design.work + n, (d->k - 1) * sizeof *g->sums);
  }
  mtg_spd_solve(g->design.factor, d->k - 1, g->sums, clusters);
  double least = *degrees;
  const double count = (double)clusters, grouped = clusters < d->n_units ? count / (count - 1) : 1;
  const double factor = d->has_leverage ? grouped : count / (count - 1) * (units - 1) / spare;
  memset(g->fourth, 0, n * sizeof *g->fourth);
  for (uint64_t c = 0; c < clusters; ++c) {
    const double *influence = g->sums + c * (d->k - 1);
    double total = 0;
    for (uint32_t player = 0, v = 0; player < n; ++player) {
      if ((int32_t)player == d->own || player == d->last) continue;
      total += influence[v];
      const double square = influence[v] * influence[v];
      out[player] += square;
      g->fourth[player] += square * square;
      ++v;
    }
    out[d->last] += total * total;
    g->fourth[d->last] += total * total * (total * total);
  }
  /* ---- few clusters that make an error are few degrees of freedom ---- */
  for (uint32_t j = 0; j < n; ++j) {
    const double of_entry = mtg_satterthwaite(out[j], g->fourth[j], count, *degrees);
    if ((int32_t)j == d->own) continue;
    if (of_entry < LEAST_EFFECTIVE) out[j] = NAN;
    else least = fmin(least, of_entry);
  }
  *degrees = least;
  for (uint32_t j = 0; j < n; ++j) out[j] = ldexp(sqrt(out[j] * factor), exponent);
}

static void fill_unknown(mtg_numbers *numbers, uint32_t i) {
  for (uint32_t j = 0; j < numbers->n; ++j)
    numbers->matrix[(size_t)i * numbers->n + j] = numbers->deviation[(size_t)i * numbers->n + j] = NAN;
}

/* Standard errors of a target, or why it has none. */
static void fill_errors(mtg_regression *g, const mtg_design *d, uint32_t i, double told, double scale, mtg_numbers *numbers) {
  const mtg_kernel *kernel = g->kernel;
  const size_t n = kernel->problem->n;
  double *deviation = numbers->deviation + i * n;
  int has_none = 0;
  deviations(g, d, told, scale, deviation, &numbers->degrees[i]);
  numbers->ground[i] = METAGAME_GROUND_ENOUGH;
  if (is_unseen(g, d, i, scale)) {
    for (size_t j = 0; j < n; ++j) deviation[j] = NAN;
    numbers->degrees[i] = 0;
    numbers->ground[i] = METAGAME_GROUND_UNSEEN;
    return;
  }
  for (size_t j = 0; j < n; ++j) has_none |= isnan(deviation[j]);
  if (has_none) numbers->ground[i] = numbers->degrees[i] > 0 ? METAGAME_GROUND_RARE : METAGAME_GROUND_FEW;
  const uint64_t n_told = (uint64_t)(told * (double)kernel->n_units + 0.5);
  const mtg_surprise rows = { kernel, d->own, g->known, 1, n_told, kernel->paired ? g->change / 2 : g->change };
  if (numbers->degrees[i] > 0 && !g->is_bare) mtg_surprise_add(&rows, deviation, g->counts);
}

static void estimate_target(mtg_regression *g, const mtg_design *d, uint32_t i, double told, mtg_numbers *numbers) {
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
    g->change = fabs(end);
    fit(g, d, i, start, end, &scale);
    memcpy(row, g->phi, n * sizeof *row);
    if (numbers->has_deviation) fill_errors(g, d, i, told, scale, numbers);
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
  if (g->many) return mtg_sums_finish(g->many, complete, numbers, err);
  const uint64_t told = mtg_design_units_told(kernel, g->n_taken);
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
    const uint32_t first = g->lists.player_offset[own + 1], end = g->lists.player_offset[own + 2];
    mtg_design d;
    if (first == end) continue;
    mtg_design_prepare(&g->design, &d, own, told);
    if (d.singular && complete) return mtg_design_fail_singular(kernel, &d, g->lists.by_player[first], err);
    if (d.k > 1 && (numbers->full_rank == 0 || d.rank + numbers->full_rank < numbers->rank + d.k - 1)) {
      numbers->rank = d.rank;
      numbers->full_rank = d.k - 1;
    }
    if (d.n_units < numbers->n_units) numbers->n_units = d.n_units;
    worst = d.rcond > 0 ? fmax(worst, 1 / d.rcond) : INFINITY;
    if (numbers->has_deviation) find_leverage(g, &d, told);
    for (uint32_t at = first; at < end; ++at) estimate_target(g, &d, g->lists.by_player[at], share, numbers);
  }
  numbers->condition = worst;
  return METAGAME_OK;
}
