/* SPDX-License-Identifier: MIT */
/* Spearman: Pearson's correlation of mid-ranks (equal numbers share the mean of their ranks). Kendall's tau-b:
 *   (P - Q) / sqrt((n0 - n1) (n0 - n2)),  n0 = n(n-1)/2,  n1, n2 pairs tied in a, in b,  P, Q pairs in the same, in opposite order.
 * Knight ("A computer method for calculating Kendall's tau with ungrouped data", JASA 61, 1966): sorted by (a, b), Q is the number of
 * exchanges of a merge sort by b; P + Q = n0 - n1 - n2 + n3 with n3 pairs tied in both. O(count log count). */
#include "metrics/agreement.h"

#include <math.h>
#include <string.h>

#include "metrics/order.h"

enum { DEFAULT_K = 10 };

metagame_status mtg_agreement_k(size_t *k, size_t count, metagame_error *err) {
  if (count < 1) return mtg_fail(err, METAGAME_E_ARGUMENT, "count is 0, must be at least 1");
  if (*k > count)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "k is %zu, must be 1..%zu, or 0 for the smaller of %d and count", *k, count, (int)DEFAULT_K);
  if (*k == 0) *k = count < DEFAULT_K ? count : DEFAULT_K;
  return METAGAME_OK;
}

metagame_status mtg_agreement_open(mtg_agreement *g, size_t count, size_t k, const mtg_alloc *alloc, metagame_error *err) {
  const mtg_agreement opened = { *alloc, count, k, mtg_new(alloc, count, sizeof(double)), mtg_new(alloc, count, sizeof(double)),
                                 mtg_new(alloc, count, sizeof(size_t)), mtg_new(alloc, count, sizeof(size_t)), mtg_new(alloc, count, 1) };
  *g = opened;
  if (g->x && g->y && g->order && g->scratch && g->in_top) return METAGAME_OK;
  mtg_agreement_close(g);
  return mtg_fail_memory(err, alloc, "the comparison");
}

void mtg_agreement_close(mtg_agreement *g) {
  void *const blocks[] = { g->x, g->y, g->order, g->scratch, g->in_top };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(&g->alloc, blocks[b]);
}

static int is_constant(const double *a, size_t count) {
  for (size_t at = 1; at < count; ++at)
    if (a[at] != a[0]) return 0;
  return 1;
}

static double largest(const double *a, size_t count) {
  double most = 0;
  for (size_t at = 0; at < count; ++at) most = fmax(most, fabs(a[at]));
  return most;
}

/* The list as it is, over a power of two: squares neither overflow nor vanish. */
static int exponent_of(const double *a, size_t count) {
  const double most = largest(a, count);
  return most > 0 ? ilogb(most) : 0;
}

static double pearson(const double *a, const double *b, size_t count) {
  double mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;
  if (is_constant(a, count) || is_constant(b, count)) return NAN;
  const int ea = exponent_of(a, count), eb = exponent_of(b, count);
  for (size_t at = 0; at < count; ++at) {
    mean_a += ldexp(a[at], -ea) / (double)count;
    mean_b += ldexp(b[at], -eb) / (double)count;
  }
  for (size_t at = 0; at < count; ++at) {
    const double da = ldexp(a[at], -ea) - mean_a, db = ldexp(b[at], -eb) - mean_b;
    aa += da * da;
    bb += db * db;
    ab += da * db;
  }
  return fmax(-1, fmin(1, ab / sqrt(aa * bb)));
}

static void mid_ranks(mtg_agreement *g, const double *a, double *ranks) {
  mtg_order_identity(g->order, g->count);
  mtg_order_sort(a, 1, g->order, g->scratch, g->count);
  for (size_t first = 0, end; first < g->count; first = end) {
    for (end = first + 1; end < g->count && a[g->order[end]] == a[g->order[first]]; ++end) {}
    for (size_t at = first; at < end; ++at) ranks[g->order[at]] = 0.5 * ((double)first + (double)end + 1);
  }
}

/* Pairs within runs of equal numbers: in `a`, and where given in `b` as well. */
static uint64_t tied_pairs(const mtg_agreement *g, const double *a, const double *b) {
  uint64_t pairs = 0, run = 0;
  for (size_t at = 1; at < g->count; ++at) {
    const size_t here = g->order[at], before = g->order[at - 1];
    run = a[here] == a[before] && (!b || b[here] == b[before]) ? run + 1 : 0;
    pairs += run;
  }
  return pairs;
}

static double kendall(mtg_agreement *g, const double *a, const double *b) {
  const uint64_t n0 = (uint64_t)g->count * (g->count - 1) / 2;
  mtg_order_identity(g->order, g->count);
  mtg_order_sort(b, 1, g->order, g->scratch, g->count);
  mtg_order_sort(a, 1, g->order, g->scratch, g->count);
  const uint64_t n1 = tied_pairs(g, a, NULL), n3 = tied_pairs(g, a, b);
  const uint64_t swaps = mtg_order_sort(b, 1, g->order, g->scratch, g->count);
  const uint64_t n2 = tied_pairs(g, b, NULL);
  if (n1 == n0 || n2 == n0) return NAN;
  return ((double)(n0 - n1 - n2 + n3) - 2 * (double)swaps) / sqrt((double)(n0 - n1) * (double)(n0 - n2));
}

static void top(mtg_agreement *g, const double *a) {
  for (size_t at = 0; at < g->count; ++at) g->x[at] = fabs(a[at]);
  mtg_order_identity(g->order, g->count);
  mtg_order_sort(g->x, -1, g->order, g->scratch, g->count);
}

static double precision(mtg_agreement *g, const double *a, const double *b) {
  size_t both = 0;
  memset(g->in_top, 0, g->count);
  top(g, a);
  for (size_t at = 0; at < g->k; ++at) g->in_top[g->order[at]] = 1;
  top(g, b);
  for (size_t at = 0; at < g->k; ++at) both += g->in_top[g->order[at]];
  return (double)both / (double)g->k;
}

void mtg_agreement_of(mtg_agreement *g, const double *a, const double *b, metagame_comparison *out) {
  double absolute = 0, squares = 0;
  out->count = g->count;
  out->k = g->k;
  mid_ranks(g, a, g->x);
  mid_ranks(g, b, g->y);
  out->spearman = pearson(g->x, g->y, g->count);
  out->pearson = pearson(a, b, g->count);
  out->kendall = kendall(g, a, b);
  for (size_t at = 0; at < g->count; ++at) g->x[at] = a[at] - b[at];
  const int exponent = exponent_of(g->x, g->count);
  for (size_t at = 0; at < g->count; ++at) {
    const double difference = ldexp(g->x[at], -exponent);
    absolute += fabs(difference);
    squares += difference * difference;
  }
  out->mean_absolute = ldexp(absolute / (double)g->count, exponent);
  out->root_mean_square = ldexp(sqrt(squares / (double)g->count), exponent);
  out->precision = precision(g, a, b);
}
