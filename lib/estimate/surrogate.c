/* SPDX-License-Identifier: MIT */
/* For each target the ridge regression of its values on single players and pairs, in the basis x_j = +1, -1 (docs/mathematics.md,
 * section 10):
 *
 *   minimise  sum_T (d(T) - level_t - b'x_T)^2 + lambda N |b|^2,     level_t = mean over the rows of size t of d - b'x
 *
 * Groups are in four folds, g mod 4, and the surrogate of a fold is fitted on the others. The penalty is chosen there, too: each two
 * of the three folds predict the third, and lambda = infinity, levels alone, is one of the choices. An estimate that subtracts a
 * function of other, independent rows and adds its sum back stays unbiased.
 *
 * Time for each own player: rows * p^2/2 for the Gram matrices of the folds, p = k + k (k-1)/2; for each penalty 6 factorisations of
 * p^3/3, and rows * p for each fit of each target; memory 6 p^2. */
#include "estimate/surrogate.h"

#include <math.h>

#include "base/linalg.h"
#include "base/mask.h"

enum { FOLDS = MTG_SURROGATE_FOLDS, ALL_FOLDS = (1 << FOLDS) - 1 };

static const double penalties[] = { 1e-9, 1e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10 };
enum { PENALTIES = sizeof penalties / sizeof *penalties };

typedef struct fit {
  const mtg_surrogate_rows *rows;
  mtg_surrogate *to;
  size_t p, p_most;
  uint32_t n_class;
  uint32_t *target; /* of the class: targets with one own player, or none */
  uint32_t *use;    /* p features of the players that vary */
  double *gram[FOLDS], *sums[FOLDS]; /* p x p lower; (n+1) x p sums of features by size */
  double *moments[FOLDS], *totals[FOLDS]; /* n_class x p and n_class x (n+1) */
  double *counts[FOLDS];                /* n+1 */
  double *matrix, *work, *solution, *level, *features, *x, *errors;
  int *exponent; /* values are divided by 2^exponent */
} fit;

static size_t feature_count(size_t n) { return n + n * (n - 1) / 2; }

static void fill_features(uint32_t n, uint64_t mask, double *x) {
  size_t at = n;
  for (uint32_t j = 0; j < n; ++j) x[j] = mask >> j & 1 ? 1 : -1;
  for (uint32_t k = 1; k < n; ++k)
    for (uint32_t j = 0; j < k; ++j) x[at++] = x[j] * x[k];
}

/* ---- memory ---- */

enum { N_ARRAYS = 5 * FOLDS + 7 };

static void list_arrays(fit *f, double ***arrays, size_t *counts) {
  const size_t n = f->to->n, m = f->to->m, p = f->p_most;
  size_t at = 0;
  for (size_t q = 0; q < FOLDS; ++q) {
    double **const of_fold[] = { &f->gram[q], &f->sums[q], &f->moments[q], &f->totals[q], &f->counts[q] };
    const size_t sizes[] = { p * p, (n + 1) * p, m * p, m * (n + 1), n + 1 };
    for (size_t a = 0; a < 5; ++a) arrays[at] = of_fold[a], counts[at++] = sizes[a];
  }
  double **const others[] = { &f->matrix, &f->work, &f->solution, &f->level, &f->features, &f->x, &f->errors };
  const size_t sizes[] = { p * p, p * p + 4 * p, m * p, m * (n + 1), p, p, FOLDS * m * (PENALTIES + 1) };
  for (size_t a = 0; a < 7; ++a) arrays[at] = others[a], counts[at++] = sizes[a];
}

static void close_fit(fit *f) {
  double **arrays[N_ARRAYS];
  size_t counts[N_ARRAYS];
  list_arrays(f, arrays, counts);
  for (size_t a = 0; a < N_ARRAYS; ++a) mtg_free(&f->to->alloc, *arrays[a]);
  mtg_free(&f->to->alloc, f->target);
  mtg_free(&f->to->alloc, f->use);
  mtg_free(&f->to->alloc, f->exponent);
}

static metagame_status open_fit(fit *f, mtg_surrogate *s, const mtg_surrogate_rows *rows, metagame_error *err) {
  double **arrays[N_ARRAYS];
  size_t counts[N_ARRAYS];
  memset(f, 0, sizeof *f);
  f->rows = rows;
  f->to = s;
  f->p_most = s->count;
  list_arrays(f, arrays, counts);
  f->target = mtg_new(&s->alloc, s->m, sizeof *f->target);
  f->use = mtg_new(&s->alloc, s->count, sizeof *f->use);
  f->exponent = mtg_new(&s->alloc, s->m, sizeof *f->exponent);
  int missing = !f->target || !f->use || !f->exponent;
  for (size_t a = 0; a < N_ARRAYS && !missing; ++a) missing = (*arrays[a] = mtg_new(&s->alloc, counts[a], sizeof(double))) == NULL;
  if (!missing) return METAGAME_OK;
  close_fit(f);
  return mtg_fail_memory(err, &s->alloc, "the surrogates");
}

uint64_t mtg_surrogate_bytes(uint32_t n, uint32_t m) {
  const uint64_t p = feature_count(n), sizes = n + 1;
  const uint64_t fitted = FOLDS * (p * p + sizes * p + m * p + m * sizes + sizes) + 2 * p * p + 6 * p + m * p + m * sizes +
                          FOLDS * m * (PENALTIES + 1);
  return (fitted + FOLDS * m * (p + 2 * sizes + 2)) * sizeof(double) + (m + p) * sizeof(uint32_t) + m * sizeof(int) +
         (N_ARRAYS + 4 * FOLDS + 3) * MTG_BLOCK_OVERHEAD;
}

metagame_status mtg_surrogate_open(mtg_surrogate *s, const mtg_alloc *alloc, uint32_t n, uint32_t m, metagame_error *err) {
  memset(s, 0, sizeof *s);
  s->alloc = *alloc;
  s->n = n;
  s->m = m;
  s->count = (uint32_t)feature_count(n);
  for (size_t fold = 0; fold < FOLDS; ++fold) {
    s->quadratic[fold] = mtg_new(alloc, m, s->count * sizeof(double));
    s->level[fold] = mtg_new(alloc, m, (n + 1) * sizeof(double));
    s->edges[fold] = mtg_new(alloc, m, (n + 2) * sizeof(double));
    s->error[fold] = mtg_new(alloc, m, sizeof(double));
    if (s->quadratic[fold] && s->level[fold] && s->edges[fold] && s->error[fold]) continue;
    mtg_surrogate_close(s);
    return mtg_fail_memory(err, alloc, "the surrogates");
  }
  return METAGAME_OK;
}

void mtg_surrogate_close(mtg_surrogate *s) {
  for (size_t fold = 0; fold < FOLDS && s->n; ++fold) {
    mtg_free(&s->alloc, s->quadratic[fold]);
    mtg_free(&s->alloc, s->level[fold]);
    mtg_free(&s->alloc, s->edges[fold]);
    mtg_free(&s->alloc, s->error[fold]);
  }
  memset(s, 0, sizeof *s);
}

/* ---- sums of a class ---- */

static void start_class(fit *f, int32_t own) {
  const uint32_t n = f->to->n;
  uint32_t feature = n;
  f->n_class = 0;
  f->p = 0;
  for (uint32_t i = 0; i < f->to->m; ++i)
    if (f->rows->own[i] == own) {
      f->target[f->n_class++] = i;
      frexp(f->rows->magnitude[i], &f->exponent[i]);
    }
  for (uint32_t j = 0; j < n; ++j)
    if ((int32_t)j != own) f->use[f->p++] = j;
  for (uint32_t k = 1; k < n; ++k)
    for (uint32_t j = 0; j < k; ++j, ++feature)
      if ((int32_t)j != own && (int32_t)k != own) f->use[f->p++] = feature;
  for (size_t q = 0; q < FOLDS; ++q) {
    memset(f->gram[q], 0, f->p * f->p * sizeof(double));
    memset(f->sums[q], 0, (n + 1) * f->p * sizeof(double));
    memset(f->moments[q], 0, f->n_class * f->p * sizeof(double));
    memset(f->totals[q], 0, f->n_class * (n + 1) * sizeof(double));
    memset(f->counts[q], 0, (n + 1) * sizeof(double));
  }
}

static int sees(int32_t own, uint64_t mask) { return own < 0 || (mask >> own & 1); }

static void read_features(fit *f, uint64_t mask) {
  fill_features(f->to->n, mask, f->features);
  for (size_t a = 0; a < f->p; ++a) f->x[a] = f->features[f->use[a]];
}

static double value(const fit *f, uint64_t row, uint32_t i) {
  return ldexp(f->rows->values[row * f->to->m + i], -f->exponent[i]);
}

static void add_rows(fit *f, int32_t own) {
  const size_t p = f->p, sizes = f->to->n + 1;
  for (uint64_t row = 0; row < f->rows->n_groups * f->rows->per_group; ++row) {
    const uint64_t mask = f->rows->masks[row];
    const uint32_t q = (uint32_t)(row / f->rows->per_group % FOLDS), t = mtg_popcount(mask);
    if (!sees(own, mask)) continue;
    read_features(f, mask);
    f->counts[q][t] += 1;
    for (size_t a = 0; a < p; ++a) {
      double *column = f->gram[q] + a * p;
      const double x = f->x[a];
      for (size_t b = a; b < p; ++b) column[b] += x * f->x[b];
      f->sums[q][t * p + a] += x;
    }
    for (uint32_t c = 0; c < f->n_class; ++c) {
      const double y = value(f, row, f->target[c]);
      f->totals[q][c * sizes + t] += y;
      for (size_t a = 0; a < p; ++a) f->moments[q][c * p + a] += y * f->x[a];
    }
  }
}

/* ---- one fit ---- */

/* Sum over the folds of a set of one of their arrays' entries. */
static double folded(double *const arrays[FOLDS], uint32_t set, size_t at) {
  double sum = 0;
  for (uint32_t q = 0; q < FOLDS; ++q)
    if (set >> q & 1) sum += arrays[q][at];
  return sum;
}

/* Normal equations with the levels eliminated, and their solution. */
static int solve_quadratic(fit *f, uint32_t set, double ridge) {
  const size_t p = f->p, sizes = f->to->n + 1;
  size_t rank;
  double rcond;
  for (size_t j = 0; j < p; ++j) {
    for (size_t k = j; k < p; ++k) f->matrix[j * p + k] = folded(f->gram, set, j * p + k);
    f->matrix[j * p + j] += ridge;
  }
  for (size_t at = 0; at < f->n_class * p; ++at) f->solution[at] = folded(f->moments, set, at);
  for (size_t t = 0; t < sizes; ++t) {
    const double count = folded(f->counts, set, t);
    if (count == 0) continue;
    for (size_t j = 0; j < p; ++j) f->x[j] = folded(f->sums, set, t * p + j);
    for (size_t j = 0; j < p; ++j) {
      const double factor = f->x[j] / count;
      for (size_t k = j; k < p; ++k) f->matrix[j * p + k] -= factor * f->x[k];
    }
    for (uint32_t c = 0; c < f->n_class; ++c) {
      const double mean = folded(f->totals, set, c * sizes + t) / count;
      for (size_t j = 0; j < p; ++j) f->solution[c * p + j] -= mean * f->x[j];
    }
  }
  if (mtg_spd_factor(f->matrix, p, f->work, &rank, &rcond) != 0) return 0;
  mtg_spd_solve(f->matrix, p, f->solution, f->n_class);
  return 1;
}

/* Fits all targets of the class on a set of folds. The last choice is levels alone. */
static int solve(fit *f, uint32_t set, size_t choice) {
  const size_t p = f->p, sizes = f->to->n + 1;
  double n_rows = 0;
  for (size_t t = 0; t < sizes; ++t) n_rows += folded(f->counts, set, t);
  const int is_flat = choice == PENALTIES || p == 0 || n_rows == 0;
  const int fits = is_flat || solve_quadratic(f, set, penalties[choice] * n_rows);
  if (is_flat || !fits) memset(f->solution, 0, f->n_class * p * sizeof(double));
  for (uint32_t c = 0; c < f->n_class; ++c) {
    double *level = f->level + c * sizes, rest = 0;
    for (size_t t = 0; t < sizes; ++t) {
      level[t] = folded(f->totals, set, c * sizes + t);
      for (size_t j = 0; j < p; ++j) level[t] -= f->solution[c * p + j] * folded(f->sums, set, t * p + j);
      rest += level[t];
    }
    for (size_t t = 0; t < sizes; ++t) { /* a size without rows: the mean of all */
      const double count = folded(f->counts, set, t);
      level[t] = count > 0 ? level[t] / count : n_rows > 0 ? rest / n_rows : 0;
    }
  }
  return fits;
}

/* Squared errors on the rows of fold q go to errors[c * stride]. */
static void judge(fit *f, uint32_t q, int32_t own, double *errors, size_t stride) {
  const size_t sizes = f->to->n + 1;
  for (uint64_t group = q; group < f->rows->n_groups; group += FOLDS)
    for (uint64_t row = group * f->rows->per_group; row < (group + 1) * f->rows->per_group; ++row) {
      const uint64_t mask = f->rows->masks[row];
      if (!sees(own, mask)) continue;
      read_features(f, mask);
      for (uint32_t c = 0; c < f->n_class; ++c) {
        double error = value(f, row, f->target[c]) - f->level[c * sizes + mtg_popcount(mask)];
        for (size_t j = 0; j < f->p; ++j) error -= f->solution[c * f->p + j] * f->x[j];
        errors[c * stride] += error * error;
      }
    }
}

static void keep(fit *f, uint32_t c, uint32_t fold) {
  const uint32_t i = f->target[c], sizes = f->to->n + 1;
  double *quadratic = f->to->quadratic[fold] + (size_t)i * f->to->count, *level = f->to->level[fold] + (size_t)i * sizes;
  for (size_t j = 0; j < f->p; ++j) quadratic[f->use[j]] = ldexp(f->solution[c * f->p + j], f->exponent[i]);
  for (size_t t = 0; t < sizes; ++t) level[t] = ldexp(f->level[(size_t)c * sizes + t], f->exponent[i]);
}

/* errors[(fold * n_class + c) * choices + choice]: what a fit on two of the other folds makes on the third, all three ways. */
static void judge_choices(fit *f, int32_t own) {
  const size_t choices = PENALTIES + 1, stride = f->n_class * choices;
  memset(f->errors, 0, FOLDS * stride * sizeof(double));
  for (size_t choice = 0; choice < choices && f->rows->n_groups >= FOLDS; ++choice)
    for (uint32_t set = 1; set < ALL_FOLDS; ++set) {
      if (mtg_popcount(set) != 2) continue;
      const int fits = solve(f, set, choice);
      for (uint32_t q = 0; q < FOLDS; ++q) {
        if (set >> q & 1) continue;
        const uint32_t fold = mtg_lowest_bit(ALL_FOLDS ^ set ^ 1u << q); /* that has no part in it */
        double *errors = f->errors + fold * stride + choice;
        if (fits)
          judge(f, q, own, errors, choices);
        else
          for (uint32_t c = 0; c < f->n_class; ++c) errors[c * choices] = INFINITY;
      }
    }
}

static size_t best_choice(const double *errors) {
  size_t best = PENALTIES;
  for (size_t choice = PENALTIES; choice-- > 0;)
    if (errors[choice] < errors[best]) best = choice;
  return best;
}

static void fit_fold(fit *f, uint32_t fold) {
  const double *errors = f->errors + fold * f->n_class * (size_t)(PENALTIES + 1);
  for (size_t choice = 0; choice <= PENALTIES; ++choice) {
    int solved = 0;
    for (uint32_t c = 0; c < f->n_class; ++c) {
      if (best_choice(errors + c * (PENALTIES + 1)) != choice) continue;
      if (!solved) solve(f, ALL_FOLDS ^ 1u << fold, choice);
      solved = 1;
      keep(f, c, fold);
      f->to->error[fold][f->target[c]] = errors[c * (PENALTIES + 1) + choice];
    }
  }
}

static void add_up(mtg_surrogate *s) {
  const uint32_t n = s->n;
  for (size_t fold = 0; fold < FOLDS; ++fold)
    for (size_t i = 0; i < s->m; ++i) {
      const double *b = s->quadratic[fold] + i * s->count;
      double *edges = s->edges[fold] + i * (n + 2);
      for (uint32_t k = 0; k < n; ++k) {
        edges[n] += b[k];
        for (uint32_t j = 0; j < k; ++j) {
          const double pair = b[n + k * (k - 1) / 2 + j];
          edges[j] += pair;
          edges[k] += pair;
          edges[n + 1] += pair;
        }
      }
    }
}

metagame_status mtg_surrogate_fit(mtg_surrogate *s, const mtg_surrogate_rows *rows, metagame_error *err) {
  fit f;
  MTG_TRY(open_fit(&f, s, rows, err));
  for (int32_t own = METAGAME_NO_PLAYER; own < (int32_t)s->n; ++own) {
    start_class(&f, own);
    if (f.n_class == 0) continue;
    add_rows(&f, own);
    judge_choices(&f, own);
    for (uint32_t fold = 0; fold < FOLDS; ++fold) fit_fold(&f, fold);
  }
  close_fit(&f);
  add_up(s);
  return METAGAME_OK;
}

/* ---- use ---- */

void mtg_surrogate_at(const mtg_surrogate *s, uint32_t fold, const int32_t *own, uint64_t mask, double *features, double *out) {
  const uint32_t t = mtg_popcount(mask);
  fill_features(s->n, mask, features);
  for (uint32_t i = 0; i < s->m; ++i) {
    const double *b = s->quadratic[fold] + (size_t)i * s->count;
    double sum = s->level[fold][(size_t)i * (s->n + 1) + t];
    for (size_t at = 0; at < s->count; ++at) sum += b[at] * features[at];
    out[i] = sees(own[i], mask) ? sum : 0;
  }
}

static double binomial(uint32_t n, int64_t k) {
  double all = 1;
  if (k < 0 || k > (int64_t)n) return 0;
  for (uint32_t i = 1; i <= (uint32_t)k; ++i) all = all * (n - (uint32_t)k + i) / i;
  return all;
}

/* With the mean e of x_j over the k - q other players, e2 of x_j x_l over two of them, and x_j = 1 for the players of Q, the sum is
 * C(k-q, s-q) times the mean of the surrogate, s = t without the own player. */
double mtg_surrogate_sum(const mtg_surrogate *s, uint32_t fold, uint32_t target, int32_t own, const uint32_t *players, uint32_t count,
                         uint32_t t) {
  const double *b = s->quadratic[fold] + (size_t)target * s->count;
  const uint32_t others = s->n - (own >= 0) - count;
  const int64_t inside = (int64_t)t - (own >= 0) - count;
  const double all = binomial(others, inside);
  if (all == 0) return 0;
  const double in = (double)inside, out = (double)others - in;
  const double e = others > 0 ? (in - out) / others : 0;
  const double e2 = others > 1 ? ((in - out) * (in - out) - others) / ((double)others * (others - 1)) : 0;
  const double *edges = s->edges[fold] + (size_t)target * (s->n + 2);
  double singles = 0, pairs = 0, edge = 0; /* of Q: coefficients, those inside, those of all pairs with a member */
  for (uint32_t at = 0; at < count; ++at) {
    const size_t k = players[at];
    singles += b[k];
    edge += edges[k];
    for (uint32_t below = 0; below < at; ++below) pairs += b[s->n + k * (k - 1) / 2 + players[below]];
  }
  return all * (s->level[fold][(size_t)target * (s->n + 1) + t] + singles + pairs + e * (edges[s->n] - singles + edge - 2 * pairs) +
                e2 * (edges[s->n + 1] - edge + pairs));
}
