/* SPDX-License-Identifier: MIT */
/* Gaussian-process regression of a game v, or of its odd part d(T) = (v(T) - v(N-T))/2 (docs/mathematics.md, section 11). With signs
 * s_i = +1 (in) or -1 (out), the prior is a sum of independent terms beta_Q prod_{i in Q} s_i over the sets Q of q players, q = 1, 3,
 * 5, 7 or 0, 1, 2, 3, 4, 5, with variance c_q prod_{i in Q} w_i / e_q(w):
 *
 *   K(S, T) = sum_q c_q e_q(w s t) / e_q(w),     c_1 = 1,     e_q the elementary symmetric polynomials
 *
 * e_q follow from power sums by Newton's identities; odd power sums from the set where S and T differ; even ones are constants. The
 * Shapley values of the posterior mean are those of its terms of odd order, beta_Q/|Q| to each member, twice:
 *
 *   phi_i = 2 sum_T alpha_T sum_{q odd} c_q / (q e_q(w)) w_i t_i e_{q-1}((w t) without i),     (K + noise) alpha = values
 *
 * Relevances w, variances c and noise maximise the evidence of at most MTG_PROCESS_LEARNT coalitions, with a prior of standard deviation
 * 1 on log w (Rasmussen, Williams, "Gaussian processes for machine learning", 2006, chapter 5). Time N^2 n/8 + N^3 for N coalitions;
 * each step of learning M^3 + 2 n M^2 (process_rows.c). Memory N^2 numbers, in learning 8 M^2. */
#include "estimate/process.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/lanes.h"
#include "base/linalg.h"
#include "base/mask.h"
#include "base/minimize.h"
#include "estimate/process_rows.h"

enum {
  ORDERS = MTG_PROCESS_ORDERS,
  DEGREE = MTG_PROCESS_DEGREE,
  ODD_POWERS = MTG_ROWS_ODD,
  PIECE = 256, /* pairs at a time */
  MOST_STEPS = 60,
  MOST_TRIES = 16
};

static const double LEAST_ORDER = 1e-10;
static const double CONSTANT = 100; /* prior variance of the constant, in units of c_1 */

static uint32_t order_of(const mtg_process *p, uint32_t q) { return 1 + q * p->step; }
static uint32_t degree_of(const mtg_process *p) { return order_of(p, p->n_orders - 1); }

metagame_status mtg_process_open(mtg_process *p, const mtg_alloc *alloc, uint32_t n, uint32_t step, int32_t left_out,
                                 metagame_error *err) {
  const uint32_t players = n - (left_out >= 0);
  memset(p, 0, sizeof *p);
  p->alloc = *alloc;
  p->n = n;
  p->step = step;
  p->left_out = left_out;
  p->n_orders = step == MTG_PROCESS_ODD ? 4 : 5;
  while (p->n_orders > 1 && degree_of(p) > players) --p->n_orders;
  p->words = mtg_mask_words(n);
  p->relevance = mtg_new(alloc, n, sizeof(double));
  p->tables = mtg_new(alloc, p->words * 8 * 256, ODD_POWERS * sizeof(double));
  if (p->relevance && p->tables) return METAGAME_OK;
  mtg_process_close(p);
  return mtg_fail_memory(err, alloc, "the Gaussian process");
}

void mtg_process_close(mtg_process *p) {
  if (!p->relevance && !p->tables) return;
  mtg_free(&p->alloc, p->relevance);
  mtg_free(&p->alloc, p->tables);
  memset(p, 0, sizeof *p);
}

uint64_t mtg_process_bytes(uint32_t n, uint64_t count, uint64_t m) {
  const uint64_t learnt = count < MTG_PROCESS_LEARNT ? count : MTG_PROCESS_LEARNT, words = mtg_mask_words(n);
  const uint64_t learn = (DEGREE + 3) * learnt * learnt + 3 * learnt * m + (2 * MTG_MINIMIZE_PAIRS + 16) * ((uint64_t)n + 8) +
                         (n + MTG_ROWS_FORMS) * (learnt + MTG_LANE_COUNT);
  const uint64_t size = count + MTG_PROCESS_EXACT, fit = size * size + size * (m + 9 + n) + 2 * n;
  return 8 * (n + words * 8 * 256 * ODD_POWERS + (learn > fit ? learn : fit)) + 24 * MTG_BLOCK_OVERHEAD;
}

static const double LEARNING = 1e10, FITTING = 1.25e11; /* operations, of all processes of a run */

size_t mtg_process_most_learnt(uint32_t n, size_t n_processes) {
  size_t rows = MTG_PROCESS_LEARNT;
  for (; rows > 32; rows -= 4) {
    const double size = (double)rows, work = size * size * (1.3 * size + 6.0 * n);
    if (MOST_STEPS * work * (double)n_processes <= LEARNING) break;
  }
  return rows;
}

size_t mtg_process_most_fitted(size_t n_processes) { return (size_t)cbrt(FITTING / (double)(n_processes ? n_processes : 1)); }

static void find_powers(const mtg_process *p, double powers[MTG_PROCESS_DEGREE + 1]) {
  memset(powers, 0, (DEGREE + 1) * sizeof *powers);
  for (uint32_t i = 0; i < p->n; ++i) {
    double power = 1;
    for (uint32_t j = 1; j <= DEGREE; ++j) powers[j] += power *= p->relevance[i];
  }
}

/* e_k(w) by adding players: sums of positive terms lose no digits, as power sums of unequal relevances would. */
static void set_diagonal(mtg_process *p) {
  const uint32_t degree = degree_of(p);
  memset(p->diagonal, 0, sizeof p->diagonal);
  p->diagonal[0] = 1;
  for (uint32_t i = 0; i < p->n; ++i)
    for (uint32_t k = degree; k > 0; --k) p->diagonal[k] += p->relevance[i] * p->diagonal[k - 1];
}

static void fill_tables(mtg_process *p) {
  for (uint32_t byte = 0; byte < p->words * 8; ++byte)
    for (uint32_t set = 0; set < 256; ++set) {
      double *sums = p->tables + ((size_t)byte * 256 + set) * ODD_POWERS;
      memset(sums, 0, ODD_POWERS * sizeof *sums);
      for (uint32_t bit = 0; bit < 8; ++bit) {
        const uint32_t player = byte * 8 + bit;
        if (player >= p->n || !(set >> bit & 1)) continue;
        const double w = p->relevance[player];
        double power = w;
        for (uint32_t q = 0; q < ODD_POWERS; ++q, power *= w * w) sums[q] += power;
      }
    }
}

void mtg_process_terms(const mtg_process *p, mtg_rows_kernel *terms) {
  memset(terms, 0, sizeof *terms);
  find_powers(p, terms->power);
  double most = 1; /* rounding of e_k between coalitions is relative to (sum w)^k/k!; an order below it is none */
  for (uint32_t k = 1; k <= degree_of(p); ++k) {
    most *= terms->power[1] / k;
    const int has_order = (k - 1) % p->step == 0 && p->diagonal[k] > LEAST_ORDER * most;
    terms->factor[k] = has_order ? p->variance[(k - 1) / p->step] / p->diagonal[k] : 0;
  }
  terms->constant = p->step == MTG_PROCESS_ALL ? CONSTANT : 0;
}

/* Sums of w, w^3, .. over the players in which `mask` and each of `count` masks in a row differ. */
static void fill_differences(const mtg_process *p, const uint64_t *mask, const uint64_t *masks, size_t count, double *differ,
                             size_t stride) {
  for (size_t c = 0; c < count; ++c) {
    double sums[ODD_POWERS] = { 0 };
    for (size_t word = 0; word < p->words; ++word) {
      uint64_t bits = mask[word] ^ masks[c * p->words + word];
      for (uint32_t byte = 0; bits; ++byte, bits >>= 8) {
        const double *table = p->tables + ((word * 8 + byte) * 256 + (bits & 255)) * ODD_POWERS;
        for (uint32_t q = 0; q < ODD_POWERS; ++q) sums[q] += table[q];
      }
    }
    for (uint32_t q = 0; q < ODD_POWERS; ++q) differ[q * stride + c] = sums[q];
  }
}

/* In pieces, whose differences stay in the cache. */
static void kernel_row(const mtg_process *p, const mtg_rows_kernel *terms, const uint64_t *mask, const uint64_t *masks, size_t count,
                       double *e, size_t plane, double *out) {
  const mtg_process_rows *rows = mtg_process_rows_at(mtg_lanes_level());
  double differ[ODD_POWERS * PIECE];
  for (size_t from = 0; from < count; from += PIECE) {
    const size_t size = count - from < PIECE ? count - from : PIECE;
    fill_differences(p, mask, masks + from * p->words, size, differ, PIECE);
    rows->fill(terms, size, differ, PIECE, e ? e + from : NULL, plane, out + from);
  }
}

void mtg_process_kernel_row(const mtg_process *p, const mtg_rows_kernel *terms, const uint64_t *mask, const uint64_t *masks, size_t count,
                            double *out) {
  kernel_row(p, terms, mask, masks, count, NULL, 0, out);
}

/* ---- learning ---- */

typedef struct lesson {
  mtg_process *process;
  const uint64_t *masks;
  size_t count, m;
  double *y;       /* m columns of unit size */
  double *signs;   /* n rows of count, and 0 up to a multiple of eight */
  double *e;       /* DEGREE planes of count x count, lower triangles by column */
  double *matrix;  /* kernel, then its inverse, then the derivative of the objective by it */
  double *rows;    /* MTG_ROWS_FORMS rows of pairs */
  double *form;    /* n x MTG_ROWS_FORMS */
  double *solved;  /* m columns */
} lesson;

static void read_parameters(mtg_process *p, const double *x) {
  double mean = 0;
  const double players = (double)(p->n - (p->left_out >= 0));
  for (uint32_t i = 0; i < p->n; ++i) mean += p->relevance[i] = (int32_t)i == p->left_out ? 0 : exp(x[i]);
  for (uint32_t i = 0; i < p->n; ++i) p->relevance[i] /= mean / players;
  p->variance[0] = 1;
  for (uint32_t q = 1; q < p->n_orders; ++q) p->variance[q] = exp(x[p->n + q - 1]);
  p->noise = exp(x[p->n + p->n_orders - 1]);
}

/* Column r from its diagonal on: e_k at r * count + c of plane k, and the kernel. */
static void fill_planes(lesson *l, const mtg_rows_kernel *terms) {
  const size_t count = l->count, words = l->process->words;
  for (size_t r = 0; r < count; ++r) {
    const uint64_t *mask = l->masks + r * words;
    kernel_row(l->process, terms, mask, mask, count - r, l->e + r * count + r, count * count, l->matrix + r * count + r);
    l->matrix[r * count + r] += l->process->noise;
  }
}

/* Objective; the lower triangle of the matrix becomes its derivative by the kernel, entries off the diagonal doubled. */
static int solve_lesson(lesson *l, double *value) {
  const size_t count = l->count, m = l->m;
  double half_log = 0;
  if (mtg_cholesky(l->matrix, count, &half_log) != 0) return 1;
  *value = (double)m * half_log;
  memcpy(l->solved, l->y, m * count * sizeof *l->y);
  mtg_cholesky_solve(l->matrix, count, l->solved, m);
  mtg_cholesky_invert(l->matrix, count);
  for (size_t i = 0; i < m; ++i) {
    double q = 0;
    for (size_t r = 0; r < count; ++r) q += l->y[i * count + r] * l->solved[i * count + r];
    if (!(q > 0)) return 1;
    *value += 0.5 * (double)count * log(q / (double)count);
    const double scale = sqrt((double)count / q);
    for (size_t r = 0; r < count; ++r) l->solved[i * count + r] *= scale;
  }
  for (size_t r = 0; r < count; ++r) {
    double *g = l->matrix + r * count;
    for (size_t c = r; c < count; ++c) g[c] *= (double)m;
    for (size_t i = 0; i < m; ++i) {
      const double *solved = l->solved + i * count, one = solved[r];
      for (size_t c = r; c < count; ++c) g[c] -= one * solved[c];
    }
    g[r] /= 2;
  }
  return 0;
}

/* Sums over pairs that the derivatives are made of. With e_k of the players but i,
 *
 *   e_k(without i) = sum_j (-w_i x)^j e_{k-j},     x = s_i t_i = +-1,
 *   sum_pairs G x sum_k factor_{k+1} e_k(without i) = sum_j (-w_i)^j sum_pairs G B_j x^(j+1),     B_j = sum_k factor_{k+1} e_{k-j}
 *
 * odd j are sums that all players share, even ones a quadratic form of the player's signs: `form` has MTG_ROWS_FORMS for each. */
static void sum_pairs(lesson *l, const mtg_rows_kernel *terms, double *totals, double *odd, double *trace) {
  const mtg_process_rows *rows = mtg_process_rows_at(mtg_lanes_level());
  const size_t count = l->count, plane = count * count, stride = count + MTG_LANE_COUNT;
  const uint32_t n = l->process->n;
  mtg_rows_sums sums;
  memset(&sums, 0, sizeof sums);
  memset(l->form, 0, n * MTG_ROWS_FORMS * sizeof *l->form);
  *trace = 0;
  for (size_t r = 0; r < count; ++r) {
    const double *g = l->matrix + r * count + r;
    const size_t left = count - r, whole = (left + 7) / 8 * 8;
    rows->weigh(terms, left, g, l->e + r * count + r, plane, l->rows, stride, &sums);
    for (uint32_t i = 0; i < n; ++i) {
      const double *signs = l->signs + i * stride + r;
      rows->form(whole, l->rows, stride, signs, signs[0], l->form + i * MTG_ROWS_FORMS);
    }
    *trace += g[0];
  }
  for (size_t k = 1; k <= DEGREE; ++k) totals[k] = MTG_LANES_SUM(sums.order[k]);
  for (size_t f = 0; f < MTG_ROWS_FORMS; ++f) odd[f] = MTG_LANES_SUM(sums.odd[f]);
}

/* d objective / d log w_i, without the prior. */
static double relevance_slope(const lesson *l, uint32_t player, const mtg_rows_kernel *terms, const double *totals, const double *odd) {
  const mtg_process *p = l->process;
  const double w = p->relevance[player], *form = l->form + player * MTG_ROWS_FORMS;
  double without = 1, slope = 0, sum = 0, power = 1;
  for (uint32_t j = 0; j < DEGREE; ++j, power *= -w) sum += power * (j % 2 ? odd[j / 2] : form[j / 2]);
  for (uint32_t k = 1; k <= degree_of(p); ++k) {
    if (terms->factor[k] > 0) slope -= terms->factor[k] / p->diagonal[k] * totals[k] * without;
    without = p->diagonal[k] - w * without;
  }
  return w * (sum + slope);
}

/* Minus the log evidence (scale of each function profiled out), with priors: standard deviation 1 on log w, a wide one on log c. */
static int objective(void *context, const double *x, double *value, double *gradient) {
  lesson *l = context;
  mtg_process *p = l->process;
  mtg_rows_kernel terms;
  const uint32_t n = p->n, last = n + p->n_orders - 1;
  double totals[DEGREE + 1] = { 0 }, odd[MTG_ROWS_FORMS], trace = 0, mean = 0;
  /* ---- the evidence ---- */
  read_parameters(p, x);
  set_diagonal(p);
  fill_tables(p);
  mtg_process_terms(p, &terms);
  fill_planes(l, &terms);
  if (solve_lesson(l, value) != 0 || !isfinite(*value)) return 1;
  sum_pairs(l, &terms, totals, odd, &trace);
  /* ---- slopes, and the priors ---- */
  const double players = (double)(n - (p->left_out >= 0));
  for (uint32_t i = 0; i < n; ++i) mean += (int32_t)i == p->left_out ? 0 : x[i] / players;
  for (uint32_t i = 0; i < n; ++i) {
    gradient[i] = 0;
    if ((int32_t)i == p->left_out) continue;
    gradient[i] = relevance_slope(l, i, &terms, totals, odd) + (x[i] - mean);
    *value += 0.5 * (x[i] - mean) * (x[i] - mean);
  }
  for (uint32_t q = 1; q < p->n_orders; ++q) {
    const double distance = x[n + q - 1] - log(0.1);
    gradient[n + q - 1] = terms.factor[order_of(p, q)] * totals[order_of(p, q)] + 0.05 * distance;
    *value += 0.025 * distance * distance;
  }
  gradient[last] = p->noise * trace;
  return 0;
}

static metagame_status open_lesson(lesson *l, const mtg_process_data *data, metagame_error *err) {
  const mtg_alloc *alloc = &l->process->alloc;
  const size_t count = l->count, m = l->m, n = l->process->n;
  l->y = mtg_new(alloc, count, m * sizeof(double));
  l->solved = mtg_new(alloc, count, m * sizeof(double));
  l->signs = mtg_new(alloc, count + MTG_LANE_COUNT, n * sizeof(double));
  l->rows = mtg_new(alloc, count + MTG_LANE_COUNT, MTG_ROWS_FORMS * sizeof(double));
  l->form = mtg_new(alloc, n, MTG_ROWS_FORMS * sizeof(double));
  l->e = mtg_new(alloc, count * count, DEGREE * sizeof(double));
  l->matrix = mtg_new(alloc, count, count * sizeof(double));
  if (!l->y || !l->solved || !l->signs || !l->rows || !l->form || !l->e || !l->matrix)
    return mtg_fail_memory(err, alloc, "the Gaussian process");
  for (size_t r = 0; r < count; ++r)
    for (uint32_t i = 0; i < n; ++i) l->signs[i * (count + MTG_LANE_COUNT) + r] = mtg_mask_has(l->masks + r * l->process->words, i) ? 1 : -1;
  size_t kept = 0; /* functions that are constant say nothing */
  for (size_t i = 0; i < m; ++i) {
    double most = 0, squares = 0, mean = 0;
    for (size_t r = 0; r < count; ++r) mean += data->values[r * data->m + i] / (double)count;
    if (l->process->step == MTG_PROCESS_ODD) mean = 0;
    for (size_t r = 0; r < count; ++r) most = fmax(most, fabs(data->values[r * data->m + i] - mean));
    if (!(most > 0)) continue;
    double *y = l->y + kept++ * count;
    for (size_t r = 0; r < count; ++r) squares += pow(y[r] = (data->values[r * data->m + i] - mean) / most, 2);
    for (size_t r = 0; r < count; ++r) y[r] /= sqrt(squares / (double)count);
  }
  l->m = kept;
  return METAGAME_OK;
}

void mtg_process_resume(mtg_process *p, const mtg_process *from) {
  memcpy(p->relevance, from->relevance, p->n * sizeof *p->relevance);
  memcpy(p->variance, from->variance, sizeof p->variance);
  p->noise = from->noise;
  p->is_resumed = 1;
}

metagame_status mtg_process_learn(mtg_process *p, const mtg_process_data *data, size_t taught, size_t most,
                                  const double *start, metagame_error *err) {
  const uint32_t n_parameters = p->n + p->n_orders;
  if (most > MTG_PROCESS_LEARNT) most = MTG_PROCESS_LEARNT;
  const size_t count = data->count < most ? data->count : most;
  lesson l = { .process = p, .masks = data->masks, .count = count, .m = taught };
  double *x = mtg_new(&p->alloc, 3 * (size_t)n_parameters + mtg_minimize_scratch(n_parameters), sizeof(double));
  metagame_status status = x ? open_lesson(&l, data, err) : mtg_fail_memory(err, &p->alloc, "the Gaussian process");
  if (status == METAGAME_OK) {
    static const double first[ORDERS] = { 1, 0.1, 0.03, 0.01, 0.005 };
    double *lower = x + n_parameters, *upper = lower + n_parameters;
    for (uint32_t i = 0; i < n_parameters; ++i) {
      x[i] = i < p->n ? log(start[i]) : i + 1 < n_parameters ? log(first[i - p->n + 1]) : log(1e-3);
      if (p->is_resumed) x[i] = log(i < p->n ? p->relevance[i] : i + 1 < n_parameters ? p->variance[i - p->n + 1] : p->noise);
      lower[i] = i < p->n ? -12 : i + 1 < n_parameters ? -25 : -26;
      upper[i] = i < p->n ? 6 : i + 1 < n_parameters ? 5 : 3;
      x[i] = fmin(fmax(x[i], lower[i]), upper[i]); /* 0 of a player left out */
    }
    if (l.m > 0) mtg_minimize(n_parameters, x, lower, upper, MOST_STEPS, objective, &l, upper + n_parameters);
    read_parameters(p, x);
    set_diagonal(p);
    fill_tables(p);
  }
  void *const blocks[] = { x, l.y, l.solved, l.signs, l.rows, l.form, l.e, l.matrix };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(&p->alloc, blocks[b]);
  return status;
}

/* ---- fitting ---- */

void mtg_process_values(const mtg_process *p, const uint64_t *mask, double *values) {
  const uint32_t degree = degree_of(p);
  double e[DEGREE + 1] = { 1 };
  for (uint32_t i = 0; i < p->n; ++i) {
    const double x = mtg_mask_has(mask, i) ? p->relevance[i] : -p->relevance[i];
    for (uint32_t k = degree; k > 0; --k) e[k] += x * e[k - 1];
  }
  for (uint32_t i = 0; i < p->n; ++i) {
    const double x = mtg_mask_has(mask, i) ? p->relevance[i] : -p->relevance[i];
    double less = 1, sum = 0;
    for (uint32_t k = 1; k <= degree; ++k) {
      if (k % 2) sum += p->variance[(k - 1) / p->step] / (p->diagonal[k] * k) * less;
      less = e[k] - x * less;
    }
    values[i] = 2 * x * sum;
  }
}

/* Values of one coalition's terms, added to each function's with its alpha. */
static void add_values(const mtg_process *p, const uint64_t *mask, const double *alpha, size_t stride, size_t m, double *terms,
                       double *shapley) {
  mtg_process_values(p, mask, terms);
  for (size_t f = 0; f < m; ++f)
    for (uint32_t i = 0; i < p->n; ++i) shapley[f * p->n + i] += alpha[f * stride] * terms[i];
}

/* Row r of what is fitted: the exact rows come last. */
static const uint64_t *row_mask(const mtg_process *p, const mtg_process_data *data, size_t r) {
  return data->masks + (r < data->count ? r : r + data->more) * p->words;
}

static void fill_kernel(const mtg_process *p, const mtg_process_data *data, double noise, double *matrix) {
  const size_t size = data->count + data->n_exact;
  mtg_rows_kernel terms;
  mtg_process_terms(p, &terms);
  for (size_t c = 0; c < size; ++c) {
    const uint64_t *mask = row_mask(p, data, c);
    const size_t plain = c < data->count ? data->count - c : 0, exact = data->count + data->more + (plain ? 0 : c - data->count);
    double *column = matrix + c * size + c;
    mtg_process_kernel_row(p, &terms, mask, mask, plain, column);
    mtg_process_kernel_row(p, &terms, mask, data->masks + exact * p->words, size - c - plain, column + plain);
    column[0] += c < data->count ? noise : MTG_PROCESS_EXACTLY;
  }
}

/* Predictions at the rows that are judged only; row: count + n_exact numbers of scratch. */
static void judge(const mtg_process *p, const mtg_process_data *data, const double *alpha, double *residual, double *left_out, double *row) {
  const size_t size = data->count + data->n_exact, m = data->m;
  mtg_rows_kernel terms;
  mtg_process_terms(p, &terms);
  for (size_t r = data->count; r < data->count + data->more; ++r) {
    const uint64_t *mask = data->masks + r * p->words, *exact = data->masks + (data->count + data->more) * p->words;
    memcpy(residual + r * m, data->values + r * m, m * sizeof *residual);
    mtg_process_kernel_row(p, &terms, mask, data->masks, data->count, row);
    mtg_process_kernel_row(p, &terms, mask, exact, data->n_exact, row + data->count);
    for (size_t f = 0; f < m; ++f) {
      double lanes[MTG_LANE_COUNT] = { 0 };
      size_t c = 0;
      for (; c + MTG_LANE_COUNT <= size; c += MTG_LANE_COUNT)
        for (size_t lane = 0; lane < MTG_LANE_COUNT; ++lane) lanes[lane] += row[c + lane] * alpha[f * size + c + lane];
      double sum = MTG_LANES_SUM(lanes);
      for (; c < size; ++c) sum += row[c] * alpha[f * size + c];
      residual[r * m + f] -= sum;
    }
    memcpy(left_out + r * m, residual + r * m, m * sizeof *residual);
  }
}

static metagame_status factor(const mtg_process *p, const mtg_process_data *data, double *matrix, double *noise, metagame_error *err) {
  double half_log;
  *noise = p->noise;
  for (int tries = 0; tries < MOST_TRIES; ++tries) { /* noise below rounding: more of it */
    fill_kernel(p, data, *noise, matrix);
    if (mtg_cholesky(matrix, data->count + data->n_exact, &half_log) == 0) return METAGAME_OK;
    *noise = fmax(10 * *noise, 1e-14);
  }
  return mtg_fail(err, METAGAME_E_INTERNAL, "the kernel of the Gaussian process is not positive definite");
}

/* Posterior variance of each player's value for functions of unit variance: prior sum_q 4 c_q/(q^2 e_q) w_i e_{q-1}(w without i), less
 * |L^-1 cov(values, rows)|^2. */
static metagame_status fill_variances(const mtg_process *p, const mtg_process_data *data, const double *factor, double *variances,
                                      metagame_error *err) {
  const size_t size = data->count + data->n_exact, n = p->n;
  double *columns = mtg_new(&p->alloc, n, size * sizeof(double)), *row = mtg_new(&p->alloc, n, sizeof(double));
  if (columns && row) {
    for (size_t r = 0; r < size; ++r) {
      mtg_process_values(p, row_mask(p, data, r), row);
      for (size_t j = 0; j < n; ++j) columns[j * size + r] = row[j];
    }
    mtg_forward_solve(factor, size, columns, size, n);
    for (size_t j = 0; j < n; ++j) {
      double less = 1;
      variances[j] = 0;
      for (uint32_t k = 1; k <= degree_of(p); ++k) {
        if (k % 2) variances[j] += 4 * p->variance[(k - 1) / p->step] / ((double)k * k * p->diagonal[k]) * p->relevance[j] * less;
        less = p->diagonal[k] - p->relevance[j] * less;
      }
      for (size_t r = 0; r < size; ++r) variances[j] -= columns[j * size + r] * columns[j * size + r];
      variances[j] = fmax(variances[j], 0);
    }
  }
  const int missing = !columns || !row;
  mtg_free(&p->alloc, columns);
  mtg_free(&p->alloc, row);
  return missing ? mtg_fail_memory(err, &p->alloc, "the Gaussian process") : METAGAME_OK;
}

metagame_status mtg_process_fit(const mtg_process *p, const mtg_process_data *data, const double *gains, double *shapley,
                                double *residual, double *left_out, double *deviation, metagame_error *err) {
  const mtg_alloc *alloc = &p->alloc;
  const size_t size = data->count + data->n_exact, m = data->m;
  double *matrix = mtg_new(alloc, size, size * sizeof(double)), *alpha = mtg_new(alloc, size, m * sizeof(double));
  double *terms = mtg_new(alloc, p->n, sizeof(double)), *diagonal = mtg_new(alloc, size, sizeof(double)), noise = 0;
  metagame_status status = matrix && alpha && terms && diagonal ? factor(p, data, matrix, &noise, err)
                                                    : mtg_fail_memory(err, alloc, "the Gaussian process");
  if (status == METAGAME_OK) {
    for (size_t f = 0; f < m; ++f)
      for (size_t r = 0; r < size; ++r) alpha[f * size + r] = data->values[(r < data->count ? r : r + data->more) * m + f];
    if (deviation) status = fill_variances(p, data, matrix, deviation, err);
    mtg_cholesky_solve(matrix, size, alpha, m); /* by the factor: the inverse loses a small noise */
    mtg_cholesky_invert_diagonal(matrix, size, diagonal);
    memset(shapley, 0, m * p->n * sizeof *shapley);
    for (size_t r = 0; r < size; ++r) add_values(p, row_mask(p, data, r), alpha + r, size, m, terms, shapley);
    const double players = (double)(p->n - (p->left_out >= 0));
    for (size_t f = 0; f < m; ++f) {
      double missing = gains[f];
      for (uint32_t i = 0; i < p->n; ++i) missing -= shapley[f * p->n + i];
      for (uint32_t i = 0; i < p->n; ++i)
        if ((int32_t)i != p->left_out) shapley[f * p->n + i] += missing / players;
      for (size_t r = 0; r < data->count; ++r) {
        residual[r * m + f] = noise * alpha[f * size + r];
        left_out[r * m + f] = alpha[f * size + r] / diagonal[r];
      }
    }
    judge(p, data, alpha, residual, left_out, diagonal);
    const double spare = fmax((double)data->count - players, (double)data->count / 4);
    for (size_t f = m; f-- > 0 && deviation;) { /* the first row holds the variances until the end */
      double sum = 0, most = 0;
      for (size_t r = 0; r < data->count; ++r) most = fmax(most, fabs(left_out[r * m + f]));
      for (size_t r = 0; r < data->count && most > 0; ++r) sum += alpha[f * size + r] / most * (left_out[r * m + f] / most);
      for (uint32_t j = 0; j < p->n; ++j) deviation[f * p->n + j] = most * sqrt(deviation[j] * sum / spare);
    }
  }
  mtg_free(alloc, matrix);
  mtg_free(alloc, alpha);
  mtg_free(alloc, terms);
  mtg_free(alloc, diagonal);
  return status;
}
