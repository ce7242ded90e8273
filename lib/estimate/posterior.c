/* SPDX-License-Identifier: MIT */
/* Posterior mean of a Gaussian process as control variate of sampled tallies (docs/mathematics.md, section 10). With signs s_i = +1 (in)
 * or -1 (out), coalitions T_r of signs t_r, and relevances w, order variances c_k and noise chosen by the evidence
 * (estimate/process.c),
 *
 *   s(T) = level + sum_r alpha_r sum_{k=1..5} f_k e_k(w s t_r),     f_k = c_k / e_k(w),     (K + noise) alpha = values - mean
 *
 * e_k the elementary symmetric polynomials. Every term is a product of signs over a set A of players, and the mean of such a product over the
 * coalitions of size t that hold Q depends on a = |A - Q| alone: kappa(a) = [z^a] (1+z)^(t-q) (1-z)^(n-t) / C(n-q, a). So
 *
 *   sum_{T has Q, |T| = t} s(T) = C(n-q, t-q) ( level + sum_k f_k sum_b kappa(k-b) sum_r alpha_r e_b(w t_r on Q) e_{k-b}(w t_r off Q) ).
 *
 * It is fitted on drawn coalitions alone, as it is used on their sizes alone: the ends of a game can be far out. Time for N rows in a fit:
 * four times N^3 and learning; R N for all R rows; memory N^2. */
#include "estimate/posterior.h"

#include <math.h>

#include "base/linalg.h"
#include "base/mask.h"

enum {
  FOLDS = MTG_SURROGATE_FOLDS,
  ALL_FOLDS = (1 << FOLDS) - 1,
  DEGREE = MTG_PROCESS_ORDERS,
  POWERS = MTG_POSTERIOR_POWERS,
  BYTES = 4,
  MOST_ROWS = 2500,
  MOST_TRIES = 8
};

static const double MOST_PAIRS = 3e7; /* of coalitions in a run */
static const double CONSTANT = 100, LEAST_NOISE = 1e-8; /* variances of the level and of what is no part of a fit, in units of c_1 */

/* ---- memory ---- */

static size_t most_rows(uint64_t rows) {
  const double share = MOST_PAIRS / (double)(rows ? rows : 1);
  const double most = fmin(fmin(share, (double)MOST_ROWS), (double)rows);
  return most < 32 ? 32 : (size_t)most;
}

uint64_t mtg_posterior_bytes(uint32_t n, uint64_t rows) {
  const uint64_t most = most_rows(rows), learnt = most < MTG_PROCESS_LEARNT ? most : MTG_PROCESS_LEARNT;
  const uint64_t kept = FOLDS * (n + BYTES * 256 * POWERS + most * (DEGREE + 3)), fit = most * most + 3 * most + n + rows;
  return (kept + fit) * sizeof(double) + mtg_process_bytes(n, learnt, 1) + 12 * MTG_BLOCK_OVERHEAD;
}

metagame_status mtg_posterior_open(mtg_posterior *p, const mtg_alloc *alloc, uint32_t n, uint64_t rows, metagame_error *err) {
  memset(p, 0, sizeof *p);
  p->alloc = *alloc;
  p->n = n;
  p->most = most_rows(rows);
  p->relevance = mtg_new(alloc, FOLDS, n * sizeof(double));
  p->tables = mtg_new(alloc, FOLDS, BYTES * 256 * POWERS * sizeof(double));
  p->masks = mtg_new(alloc, FOLDS, p->most * sizeof *p->masks);
  p->alpha = mtg_new(alloc, FOLDS, p->most * sizeof(double));
  p->products = mtg_new(alloc, FOLDS, p->most * (DEGREE + 1) * sizeof(double));
  if (p->relevance && p->tables && p->masks && p->alpha && p->products) return METAGAME_OK;
  mtg_posterior_close(p);
  return mtg_fail_memory(err, alloc, "the surrogates");
}

void mtg_posterior_close(mtg_posterior *p) {
  void *const blocks[] = { p->relevance, p->tables, p->masks, p->alpha, p->products };
  for (size_t b = 0; p->n && b < sizeof blocks / sizeof *blocks; ++b) mtg_free(&p->alloc, blocks[b]);
  memset(p, 0, sizeof *p);
}

/* ---- the kernel ---- */

/* e_0..e_DEGREE from power sums p[1..DEGREE]. */
static inline void elementary(const double *p, double *e) {
  e[0] = 1;
  e[1] = p[1];
  e[2] = (e[1] * p[1] - p[2]) / 2;
  e[3] = (e[2] * p[1] - e[1] * p[2] + p[3]) / 3;
  e[4] = (e[3] * p[1] - e[2] * p[2] + e[1] * p[3] - p[4]) / 4;
  e[5] = (e[4] * p[1] - e[3] * p[2] + e[2] * p[3] - e[1] * p[4] + p[5]) / 5;
}

static double kernel(const mtg_posterior *p, uint32_t fold, uint64_t a, uint64_t b) {
  const double *table = p->tables + (size_t)fold * BYTES * 256 * POWERS, *factor = p->factor[fold];
  double sums[DEGREE + 1], e[DEGREE + 1], differ[POWERS] = { 0 };
  for (uint64_t bits = a ^ b; bits; bits >>= 8, table += 256 * POWERS)
    for (uint32_t q = 0; q < POWERS; ++q) differ[q] += table[(bits & 255) * POWERS + q];
  for (uint32_t k = 1; k <= DEGREE; ++k) sums[k] = p->power[fold][k] - (k % 2 ? 2 * differ[k / 2] : 0);
  elementary(sums, e);
  double sum = CONSTANT;
  for (uint32_t k = 1; k <= DEGREE; ++k) sum += factor[k] * e[k];
  return sum;
}

static void set_kernel(mtg_posterior *p, uint32_t fold, const mtg_process *process) {
  double *w = p->relevance + (size_t)fold * p->n, *table = p->tables + (size_t)fold * BYTES * 256 * POWERS, e[DEGREE + 1];
  memcpy(w, process->relevance, p->n * sizeof *w);
  memset(p->power[fold], 0, sizeof p->power[fold]);
  memset(p->factor[fold], 0, sizeof p->factor[fold]);
  for (uint32_t i = 0; i < p->n; ++i)
    for (uint32_t k = 1; k <= DEGREE; ++k) p->power[fold][k] += pow(w[i], k);
  elementary(p->power[fold], e);
  p->n_orders = process->n_orders;
  for (uint32_t k = 1; k <= p->n_orders; ++k) p->factor[fold][k] = e[k] > 0 ? process->variance[k - 1] / e[k] : 0;
  for (uint32_t byte = 0; byte < BYTES; ++byte)
    for (uint32_t set = 0; set < 256; ++set, table += POWERS) {
      memset(table, 0, POWERS * sizeof *table);
      for (uint32_t bit = 0; bit < 8 && byte * 8 + bit < p->n; ++bit)
        for (uint32_t q = 0; set >> bit & 1 && q < POWERS; ++q) table[q] += pow(w[byte * 8 + bit], 2 * q + 1);
    }
}

/* ---- fitting ---- */

typedef struct fit {
  mtg_posterior *to;
  const mtg_surrogate_rows *rows;
  int exponent; /* values are divided by 2^exponent */
  double *matrix, *values, *alpha, *start;
  uint64_t *masks, *order;
  size_t count;
  double mean, noise;
} fit;

static uint32_t fold_of(const mtg_surrogate_rows *rows, uint64_t row) { return (uint32_t)(row / rows->per_group % FOLDS); }

static uint64_t common_divisor(uint64_t a, uint64_t b) {
  while (b != 0) {
    const uint64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* At most `most` rows of a set of folds, in an order in which every part is like the whole. */
static void gather(fit *f, uint32_t set, size_t most) {
  const uint64_t n_rows = f->rows->n_groups * f->rows->per_group;
  uint64_t count = 0, step;
  for (uint64_t row = 0; row < n_rows; ++row)
    if (set >> fold_of(f->rows, row) & 1) f->order[count++] = row;
  f->count = count < most ? (size_t)count : most;
  step = (uint64_t)((double)count * 0.6180339887498949) | 1;
  while (common_divisor(step, count) != 1) step += 2;
  f->mean = 0;
  uint64_t at = 0;
  for (size_t r = 0; r < f->count; ++r, at = (at + step) % count) {
    f->masks[r] = f->rows->masks[f->order[at]];
    f->values[r] = ldexp(f->rows->values[f->order[at]], -f->exponent);
    f->mean += f->values[r];
  }
  f->mean /= (double)(f->count ? f->count : 1);
  for (size_t r = 0; r < f->count; ++r) f->values[r] -= f->mean;
}

/* alpha of what was gathered; 0 where the kernel has no factor. */
static int solve(fit *f, uint32_t fold) {
  double noise = f->noise, half_log;
  for (int tries = 0; tries < MOST_TRIES; ++tries, noise = fmax(10 * noise, 1e-12)) {
    for (size_t c = 0; c < f->count; ++c) {
      for (size_t r = c; r < f->count; ++r) f->matrix[c * f->count + r] = kernel(f->to, fold, f->masks[r], f->masks[c]);
      f->matrix[c * f->count + c] += noise;
    }
    if (mtg_cholesky(f->matrix, f->count, &half_log) != 0) continue;
    memcpy(f->alpha, f->values, f->count * sizeof *f->alpha);
    mtg_spd_solve(f->matrix, f->count, f->alpha, 1);
    return 1;
  }
  return 0;
}

static metagame_status learn(fit *f, uint32_t fold, metagame_error *err) {
  const uint32_t n = f->to->n;
  mtg_process process;
  gather(f, ALL_FOLDS ^ 1u << fold, f->to->most);
  const mtg_process_data data = { f->masks, f->values, f->count, 0, 0, 1 };
  MTG_TRY(mtg_process_open(&process, &f->to->alloc, n, MTG_PROCESS_ALL, -1, err));
  const metagame_status status = mtg_process_learn(&process, &data, 1, mtg_process_most_learnt(n, FOLDS), f->start, err);
  if (status == METAGAME_OK) set_kernel(f->to, fold, &process);
  f->noise = fmax(process.noise, LEAST_NOISE);
  mtg_process_close(&process);
  return status;
}

/* Squared errors of fits on two of the other folds at the rows of the third, as the quadratic surrogate is judged. */
static double judge(fit *f, uint32_t fold) {
  const mtg_surrogate_rows *rows = f->rows;
  double errors = 0;
  for (uint32_t q = 0; q < FOLDS; ++q) {
    if (q == fold) continue;
    gather(f, ALL_FOLDS ^ 1u << fold ^ 1u << q, f->to->most * 2 / 3);
    if (!solve(f, fold)) return INFINITY;
    for (uint64_t row = 0; row < rows->n_groups * rows->per_group; ++row) {
      if (fold_of(rows, row) != q) continue;
      double error = ldexp(rows->values[row], -f->exponent) - f->mean;
      for (size_t r = 0; r < f->count; ++r) error -= f->alpha[r] * kernel(f->to, fold, rows->masks[row], f->masks[r]);
      errors += error * error;
    }
  }
  return errors;
}

static double sign_of(uint64_t mask, uint32_t player) { return mask >> player & 1 ? 1 : -1; }

static void keep(fit *f, uint32_t fold) {
  mtg_posterior *p = f->to;
  const double *w = p->relevance + (size_t)fold * p->n;
  double total = 0;
  p->count[fold] = f->count;
  for (size_t r = 0; r < f->count; ++r) {
    const size_t at = fold * p->most + r;
    double *e = p->products + at * (DEGREE + 1);
    p->masks[at] = f->masks[r];
    p->alpha[at] = ldexp(f->alpha[r], f->exponent);
    total += f->alpha[r];
    memset(e, 0, (DEGREE + 1) * sizeof *e);
    e[0] = 1;
    for (uint32_t i = 0; i < p->n; ++i)
      for (uint32_t k = DEGREE; k > 0; --k) e[k] += w[i] * sign_of(f->masks[r], i) * e[k - 1];
  }
  p->level[fold] = ldexp(f->mean + CONSTANT * total, f->exponent);
}

static metagame_status fit_fold(fit *f, uint32_t fold, double quadratic_error, metagame_error *err) {
  MTG_TRY(learn(f, fold, err));
  const double error = judge(f, fold);
  if (!(error < quadratic_error)) return METAGAME_OK;
  gather(f, ALL_FOLDS ^ 1u << fold, f->to->most);
  f->to->is_used[fold] = solve(f, fold);
  if (f->to->is_used[fold]) keep(f, fold);
  return METAGAME_OK;
}

metagame_status mtg_posterior_fit(mtg_posterior *p, const mtg_surrogate_rows *rows, const mtg_surrogate *quadratic, metagame_error *err) {
  const mtg_alloc *alloc = &p->alloc;
  fit f = { p, rows, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0 };
  if (rows->n_groups < FOLDS || !(rows->magnitude[0] > 0)) return METAGAME_OK;
  frexp(rows->magnitude[0], &f.exponent);
  f.matrix = mtg_new(alloc, p->most, p->most * sizeof(double));
  f.values = mtg_new(alloc, p->most, sizeof(double));
  f.alpha = mtg_new(alloc, p->most, sizeof(double));
  f.masks = mtg_new(alloc, p->most, sizeof *f.masks);
  f.order = mtg_new(alloc, (size_t)(rows->n_groups * rows->per_group), sizeof *f.order);
  f.start = mtg_new(alloc, p->n, sizeof(double));
  metagame_status status = METAGAME_OK;
  if (!f.matrix || !f.values || !f.alpha || !f.masks || !f.order || !f.start) status = mtg_fail_memory(err, alloc, "the surrogates");
  for (uint32_t i = 0; status == METAGAME_OK && i < p->n; ++i) f.start[i] = 1;
  for (uint32_t fold = 0; fold < FOLDS && status == METAGAME_OK; ++fold)
    if (quadratic->error[fold][0] > 0) status = fit_fold(&f, fold, quadratic->error[fold][0], err);
  void *const blocks[] = { f.matrix, f.values, f.alpha, f.masks, f.order, f.start };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(alloc, blocks[b]);
  return status;
}

/* ---- use ---- */

double mtg_posterior_at(const mtg_posterior *p, uint32_t fold, uint64_t mask) {
  const uint64_t *masks = p->masks + fold * p->most;
  const double *alpha = p->alpha + fold * p->most;
  double sum = p->level[fold], total = 0;
  for (size_t r = 0; r < p->count[fold]; ++r) {
    sum += alpha[r] * kernel(p, fold, mask, masks[r]);
    total += alpha[r];
  }
  return sum - CONSTANT * total; /* the constant is in the level */
}

static double binomial(uint32_t n, uint32_t k) {
  double all = 1;
  if (k > n) return 0;
  for (uint32_t i = 1; i <= k; ++i) all = all * (n - k + i) / i;
  return all;
}

/* kappa[a]: mean of the product of a given signs, of n, over the coalitions of s players. */
static void sign_means(uint32_t n, uint32_t s, double *kappa) {
  double series[DEGREE + 1] = { 1 };
  for (uint32_t i = 0; i < n; ++i)
    for (uint32_t a = DEGREE; a > 0; --a) series[a] += i < s ? series[a - 1] : -series[a - 1];
  for (uint32_t a = 0; a <= DEGREE; ++a) kappa[a] = a <= n ? series[a] / binomial(n, a) : 0;
}

void mtg_posterior_sums(const mtg_posterior *p, uint32_t fold, const uint32_t *players, uint32_t count, double *out) {
  const double *w = p->relevance + (size_t)fold * p->n, *factor = p->factor[fold];
  double moments[MTG_MOST_ORDER + 1][DEGREE + 1] = { { 0 } }, kappa[DEGREE + 1];
  for (size_t r = 0; r < p->count[fold]; ++r) {
    const size_t at = fold * p->most + r;
    double off[DEGREE + 1], on[MTG_MOST_ORDER + 1] = { 1 };
    memcpy(off, p->products + at * (DEGREE + 1), sizeof off);
    for (uint32_t q = 0; q < count; ++q) {
      const double x = w[players[q]] * sign_of(p->masks[at], players[q]);
      for (uint32_t k = 1; k <= DEGREE; ++k) off[k] -= x * off[k - 1];
      for (uint32_t b = q + 1; b > 0; --b) on[b] += x * on[b - 1];
    }
    for (uint32_t b = 0; b <= count; ++b) {
      const double weight = p->alpha[at] * on[b];
      for (uint32_t k = 0; k + b <= DEGREE; ++k) moments[b][k] += weight * off[k];
    }
  }
  for (uint32_t t = 0; t <= p->n; ++t) {
    out[t] = 0;
    if (t < count) continue;
    double mean = p->level[fold];
    sign_means(p->n - count, t - count, kappa);
    for (uint32_t b = 0; b <= count; ++b)
      for (uint32_t k = 0; k + b <= DEGREE; ++k)
        if (k + b > 0) mean += factor[k + b] * kappa[k] * moments[b][k];
    out[t] = binomial(p->n - count, t - count) * mean;
  }
}
