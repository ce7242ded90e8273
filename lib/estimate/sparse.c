/* SPDX-License-Identifier: MIT */
/* Sparse fit of an odd function d (docs/mathematics.md, section 11): d(T) = sum_Q beta_Q prod_{p in Q} s_p with few Q of odd size, by
 * orthogonal matching pursuit (Pati, Rezaiifar, Krishnaprasad, Asilomar 1993): the next Q is the one whose product is most correlated
 * with what is left, then all are fitted again by least squares, here by Gram-Schmidt with one reorthogonalisation. The correlations with
 * all 2^(n-1) products come from one fast Walsh-Hadamard transform of the residuals. The number of terms is that with the smallest
 * five-fold cross-validated error. Shapley values: 2 beta_Q/|Q| to each member of Q.
 *
 * Time for each term and fold 2^(n-1) (n-1) + 4 K N for N rows and K terms so far; memory 2^(n-1) + K N numbers. */
#include "estimate/sparse.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/mask.h"

enum { FOLDS = 5, MOST_TERMS = 128, PATIENCE = 12, LEAST_ROWS = 20 };

static const double WORK = 1e9, NOTHING_LEFT = 1e-28 /* of the squares */, DEPENDENT = 1e-6 /* of a column's length */;

typedef struct pursuit {
  const mtg_sparse_data *data;
  size_t size, rows, most; /* 2^(n-1); count + 1; terms */
  double *table;    /* size */
  double *y;        /* rows: the target */
  double *left;     /* rows: what is left of it; a fold's own rows are not fitted, but predicted */
  double *columns;  /* most x rows: orthonormal on the fitted rows */
  double *triangle; /* most x most: columns in terms of the products, by column */
  double *weights;  /* most: of the columns */
  double *errors;   /* most + 1: cross-validated squares by number of terms */
  uint32_t *places; /* most: the products */
} pursuit;

static size_t most_terms(uint32_t n, uint64_t count) {
  const double step = ldexp(n, (int)n - 1) + (double)(2 * MOST_TERMS) * (double)count;
  size_t most = (size_t)fmin(MOST_TERMS, WORK / ((FOLDS + 1) * step));
  return most < count / 3 ? most : (size_t)(count / 3);
}

uint64_t mtg_sparse_bytes(uint32_t n, uint64_t count) {
  if (n > MTG_SPARSE_MOST_PLAYERS || n < 3) return 0;
  const uint64_t most = most_terms(n, count);
  return 8 * ((UINT64_C(1) << (n - 1)) + (count + 1) * (most + 2) + most * (most + 4) + 1) + 9 * MTG_BLOCK_OVERHEAD;
}

/* Coalition with the last player out, and the sign that turning it takes. */
static uint64_t turned(const pursuit *p, size_t row, double *sign) {
  const uint64_t mask = p->data->masks[row], everyone = (UINT64_C(1) << p->data->n) - 1;
  *sign = mask >> (p->data->n - 1) & 1 ? -1 : 1;
  return *sign < 0 ? everyone & ~mask : mask;
}

static uint32_t bits_of(uint64_t word) { return mtg_mask_count(&word, 1); }

/* The product of place q of the table at a row: q holds the players but the last, who is in where that makes the size odd. */
static double product(const pursuit *p, uint64_t q, size_t row) {
  double sign;
  const uint64_t mask = turned(p, row, &sign);
  const uint32_t absent = bits_of(q & ~mask) + (bits_of(q) % 2 == 0);
  return absent % 2 ? -sign : sign;
}

static int is_held_out(const pursuit *p, size_t row, int fold) { return row % FOLDS == (size_t)fold && row + 1 < p->rows; }

static void transform(double *table, size_t size) {
  for (size_t half = 1; half < size; half *= 2)
    for (size_t block = 0; block < size; block += 2 * half)
      for (size_t at = block; at < block + half; ++at) {
        const double a = table[at], b = table[at + half];
        table[at] = a + b;
        table[at + half] = a - b;
      }
}

/* The place that is most correlated with what is left on the fitted rows, among those not yet taken. */
static uint32_t next_place(pursuit *p, int fold, size_t n_terms) {
  memset(p->table, 0, p->size * sizeof *p->table);
  for (size_t row = 0; row < p->rows; ++row) {
    double sign;
    const uint64_t mask = turned(p, row, &sign);
    if (!is_held_out(p, row, fold)) p->table[mask] += sign * p->left[row];
  }
  transform(p->table, p->size);
  for (size_t term = 0; term < n_terms; ++term) p->table[p->places[term]] = 0;
  uint32_t best = 0;
  for (size_t place = 1; place < p->size; ++place)
    if (fabs(p->table[place]) > fabs(p->table[best])) best = (uint32_t)place;
  return best;
}

/* Adds a term; 0 where its product depends on the others. */
static int add_term(pursuit *p, int fold, size_t term) {
  double *column = p->columns + term * p->rows, *mixed = p->triangle + term * p->most;
  double length = 0, weight = 0, all = 0;
  for (size_t row = 0; row < p->rows; ++row) column[row] = product(p, p->places[term], row);
  memset(mixed, 0, p->most * sizeof *mixed);
  mixed[term] = 1;
  for (int again = 0; again < 2; ++again)
    for (size_t before = 0; before < term; ++before) {
      const double *other = p->columns + before * p->rows, *mixture = p->triangle + before * p->most;
      double dot = 0;
      for (size_t row = 0; row < p->rows; ++row)
        if (!is_held_out(p, row, fold)) dot += other[row] * column[row];
      for (size_t row = 0; row < p->rows; ++row) column[row] -= dot * other[row];
      for (size_t at = 0; at <= before; ++at) mixed[at] -= dot * mixture[at];
    }
  for (size_t row = 0; row < p->rows; ++row)
    if (!is_held_out(p, row, fold)) length += column[row] * column[row], all += 1;
  if (!(length > DEPENDENT * all)) return 0;
  length = sqrt(length);
  for (size_t row = 0; row < p->rows; ++row) column[row] /= length;
  for (size_t at = 0; at <= term; ++at) mixed[at] /= length;
  for (size_t row = 0; row < p->rows; ++row)
    if (!is_held_out(p, row, fold)) weight += column[row] * p->left[row];
  for (size_t row = 0; row < p->rows; ++row) p->left[row] -= weight * column[row];
  p->weights[term] = weight;
  return 1;
}

static double squares(const pursuit *p, int fold, int held_out) {
  double sum = 0;
  for (size_t row = 0; row < p->rows; ++row)
    if (is_held_out(p, row, fold) == held_out) sum += p->left[row] * p->left[row];
  return sum;
}

/* Up to `terms` terms without a fold (fold < 0: of all rows). With `errors` its squares are added at every number of terms. */
static size_t pursue(pursuit *p, int fold, size_t terms, double *errors) {
  memcpy(p->left, p->y, p->rows * sizeof *p->left);
  const double first = squares(p, fold, 0);
  double held_out = errors ? squares(p, fold, 1) : 0, least = held_out;
  size_t term = 0, best = 0;
  if (errors) errors[0] += held_out;
  for (; term < terms; ++term) {
    if (squares(p, fold, 0) <= NOTHING_LEFT * first) break;
    p->places[term] = next_place(p, fold, term);
    if (!add_term(p, fold, term)) break;
    if (!errors) continue;
    held_out = squares(p, fold, 1);
    errors[term + 1] += held_out;
    if (held_out < least) least = held_out, best = term + 1;
    if (term + 1 >= best + PATIENCE) {
      ++term;
      break;
    }
  }
  if (errors) /* a path that has ended stays where it is */
    for (size_t after = term + 1; after <= p->most; ++after) errors[after] += held_out;
  return term;
}

static void read_shapley(pursuit *p, size_t terms, double *shapley) {
  const uint32_t n = p->data->n;
  memset(shapley, 0, n * sizeof *shapley);
  for (size_t at = 0; at < terms; ++at) {
    double beta = 0;
    for (size_t term = at; term < terms; ++term) beta += p->triangle[term * p->most + at] * p->weights[term];
    uint64_t set = p->places[at];
    if (bits_of(set) % 2 == 0) set |= UINT64_C(1) << (n - 1);
    for (uint32_t player = 0; player < n; ++player)
      if (set >> player & 1) shapley[player] += 2 * beta / bits_of(set);
  }
}

static void fit(pursuit *p, size_t f, double scale, double most, double *error, double *shapley, double *residual, double *left_out) {
  const size_t count = p->data->count, m = p->data->m;
  size_t terms = 0;
  memset(p->errors, 0, (p->most + 1) * sizeof *p->errors);
  for (int fold = 0; fold < FOLDS; ++fold) pursue(p, fold, p->most, p->errors);
  for (size_t at = 1; at <= p->most; ++at)
    if (p->errors[at] < p->errors[terms]) terms = at;
  *error = p->errors[terms] / (double)count;
  if (!(*error < most)) return;
  for (int fold = 0; fold < FOLDS; ++fold) {
    pursue(p, fold, terms, NULL);
    for (size_t row = (size_t)fold; row < count; row += FOLDS) left_out[row * m + f] = scale * p->left[row];
  }
  read_shapley(p, pursue(p, -1, terms, NULL), shapley);
  for (uint32_t player = 0; player < p->data->n; ++player) shapley[player] *= scale;
  for (size_t row = 0; row < count; ++row) residual[row * m + f] = scale * p->left[row];
}

metagame_status mtg_sparse_fit(const mtg_alloc *alloc, const mtg_sparse_data *data, size_t f, double most, double *error, double *shapley,
                               double *residual, double *left_out, metagame_error *err) {
  pursuit p = { .data = data, .rows = data->count + 1 };
  double scale = 0;
  *error = DBL_MAX;
  for (size_t row = 0; row < p.rows; ++row) scale = fmax(scale, fabs(data->values[row * data->m + f]));
  if (data->n < 3 || data->n > MTG_SPARSE_MOST_PLAYERS || data->count < LEAST_ROWS || !(scale > 0)) return METAGAME_OK;
  p.size = (size_t)1 << (data->n - 1);
  p.most = most_terms(data->n, data->count);
  if (p.most == 0) return METAGAME_OK;
  double **const arrays[] = { &p.table, &p.y, &p.left, &p.columns, &p.triangle, &p.weights, &p.errors };
  const size_t counts[] = { p.size, p.rows, p.rows, p.most * p.rows, p.most * p.most, p.most, p.most + 1 };
  int missing = (p.places = mtg_new(alloc, p.most, sizeof *p.places)) == NULL;
  for (size_t a = 0; a < sizeof counts / sizeof *counts && !missing; ++a)
    missing = (*arrays[a] = mtg_new(alloc, counts[a], sizeof(double))) == NULL;
  if (!missing) {
    for (size_t row = 0; row < p.rows; ++row) p.y[row] = data->values[row * data->m + f] / scale;
    fit(&p, f, scale, most, error, shapley, residual, left_out);
  }
  for (size_t a = 0; a < sizeof counts / sizeof *counts; ++a) mtg_free(alloc, *arrays[a]);
  mtg_free(alloc, p.places);
  return missing ? mtg_fail_memory(err, alloc, "the sparse fit") : METAGAME_OK;
}
