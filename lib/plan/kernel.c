/* SPDX-License-Identifier: MIT */
/* Sizes, counts and draws (docs/mathematics.md, section 4). With P rows left after the header, size t expects e_t = P q_t rows:
 *
 *   some target pinned: q_t ~ 1/sqrt(t (t-1) (n-t)), t = 2..n-1. A coalition serves every target in it, so none is paired.
 *                       weights 1/(t (t-1) (n-t) e_t) for a pinned target, 1/(t (n-t) e_t) for a free one (e_1 = n).
 *   none pinned:        pairs T, N-T; q_t ~ 1/sqrt(t (n-t)), t = 1..n-1 (Musco, Witter, "Provably accurate Shapley value estimation
 *                       via leverage score sampling", ICLR 2025, have uniform sizes), weights 1/(t (n-t) e_t).
 *                       Above 256 players q_t ~ 1/(t (n-t)) (Covert, Lee, AISTATS 2021): all sampled rows then have one weight, and
 *                       the Gram matrix is one popcount for each entry.
 *
 * A size with e_t >= C(n,t) is enumerated and the rest is shared out again. Counts are e_t rounded
 * systematically (one uniform shift), draws within a size are uniform without replacement
 * (subsets.c), and such as give full rank (exchange.c). Units are shuffled, so that a prefix of the
 * plan is a sample too.
 * Time O(rows * words + rows * t) and the draws; memory rows * words. */
#include "plan/kernel.h"

#include <math.h>

#include "base/random.h"
#include "base/saturate.h"
#include "plan/exchange.h"

enum { EQUAL_WEIGHTS_FROM = 257, SMALL_PLAN = 3 };

/* A class is a size, or with pairs a size t <= n/2 together with n - t; its capacity counts units. */
static double capacity(uint32_t n, uint32_t t, int paired) {
  double all = mtg_binomial(n, t);
  return paired && 2 * t == n ? all / 2 : all;
}

static double share(uint32_t n, uint32_t t, int paired) {
  const double size = t, rest = (double)n - t;
  if (!paired) return 1 / sqrt(size * (size - 1) * rest);
  double one = n >= EQUAL_WEIGHTS_FROM ? 1 / (size * rest) : 1 / sqrt(size * rest);
  return 2 * t == n ? one : 2 * one;
}

static uint32_t first_size(int paired) { return paired ? 1 : 2; }
static uint32_t last_size(uint32_t n, int paired) { return paired ? n / 2 : n - 1; }

static uint64_t header_rows(const mtg_problem *problem) {
  if (problem->n == 1) return (uint64_t)(problem->has_free != 0) + 1;
  return (uint64_t)(problem->has_free != 0) + 1 + (problem->has_pinned ? problem->n : 0);
}

/* All units there are, UINT64_MAX when they do not fit. */
static uint64_t all_units(const mtg_problem *problem) {
  const int paired = !problem->has_pinned;
  double total = 0;
  if (problem->n < 2) return 0;
  if (problem->n > 62) return UINT64_MAX;
  for (uint32_t t = first_size(paired); t <= last_size(problem->n, paired); ++t) total += capacity(problem->n, t, paired);
  return (uint64_t)total;
}

uint64_t mtg_kernel_least_budget(const mtg_problem *problem) {
  /* About 2.5 rows for each unknown of a pinned target (half of the rows hold it), 1.5 pairs for each of a free one: the least at which
   * a draw of deficient rank is rare. */
  const uint64_t n = problem->n, rows = n < 2 ? 0 : problem->has_pinned ? 5 * n : 2 * ((3 * (n - 1) + 1) / 2);
  const uint64_t all = all_units(problem), per_unit = problem->has_pinned ? 1 : 2;
  return header_rows(problem) + (all < rows / per_unit ? all * per_unit : rows);
}

uint64_t mtg_kernel_bytes(const mtg_problem *problem) {
  const uint64_t per_unit = problem->has_pinned ? 1 : 2, all = all_units(problem), header = header_rows(problem);
  uint64_t units = problem->budget > header ? (problem->budget - header) / per_unit : 0;
  if (units > all) units = all;
  const uint64_t drawing = mtg_subsets_bytes(problem, units);
  const uint64_t exchange = mtg_exchange_bytes(problem, units);
  const uint64_t rows = mtg_plus(mtg_times(units, problem->words * sizeof(uint64_t)),
                                 drawing > exchange ? drawing : exchange);
  return mtg_plus(rows, (5 * ((uint64_t)problem->n + 1)) * (sizeof(double) + sizeof(mtg_size_class)) + 12 * MTG_BLOCK_OVERHEAD);
}

static uint64_t round_counts(mtg_size_class *classes, uint32_t n_classes, uint64_t units, uint64_t seed) {
  mtg_random random = mtg_random_at(seed, MTG_STREAM_SIZES, 0);
  const double shift = mtg_random_unit(&random);
  double sampled = 0;
  uint64_t total = 0, before = 0;
  for (uint32_t c = 0; c < n_classes; ++c) {
    if (classes[c].enumerated) {
      classes[c].count = (uint64_t)classes[c].capacity;
    } else {
      sampled += classes[c].expected;
      uint64_t upto = (uint64_t)floor(sampled + shift + 1e-9);
      classes[c].count = upto - before;
      before = upto;
      if ((double)classes[c].count > classes[c].capacity) classes[c].count = (uint64_t)classes[c].capacity;
    }
    if (classes[c].count > units - total) classes[c].count = units - total; /* rounding of the sum */
    total += classes[c].count;
  }
  return total;
}

static void swap_masks(uint64_t *a, uint64_t *b, size_t words) {
  for (size_t w = 0; w < words; ++w) {
    const uint64_t kept = a[w];
    a[w] = b[w];
    b[w] = kept;
  }
}

static void shuffle_units(mtg_kernel *kernel) {
  const size_t words = kernel->problem->words;
  mtg_random random = mtg_random_at(kernel->problem->seed, MTG_STREAM_ROW_ORDER, 0);
  for (uint64_t left = kernel->n_units; left > 1; --left) {
    uint64_t pick = left <= UINT32_MAX ? mtg_random_below(&random, (uint32_t)left) : mtg_random_u64(&random) % left;
    swap_masks(kernel->units + (left - 1) * words, kernel->units + pick * words, words);
  }
}

static void set_weights(mtg_kernel *kernel, const mtg_size_class *classes, uint32_t n_classes) {
  const uint32_t n = kernel->problem->n;
  double sampled = 0, shares = 0; /* e_t = sampled * q_t / shares for the sizes that are not enumerated */
  for (uint32_t c = 0; c < n_classes; ++c)
    if (!classes[c].enumerated) {
      sampled += classes[c].expected;
      shares += classes[c].share;
    }
  if (kernel->problem->has_pinned) { /* the singletons of the header are rows for free targets */
    kernel->expected[1] = n;
    kernel->fraction[1] = 1;
  }
  for (uint32_t c = 0; c < n_classes; ++c) {
    const mtg_size_class *class = &classes[c];
    const uint32_t t = class->size;
    const double all = mtg_binomial(n, t), rows = kernel->paired && 2 * t == n ? 2 * class->expected : class->expected;
    kernel->expected[t] = rows;
    kernel->fraction[t] = class->enumerated ? 1 : rows / all;
    if (kernel->paired) {
      kernel->expected[n - t] = rows;
      kernel->fraction[n - t] = kernel->fraction[t];
    }
  }
  for (uint32_t t = 1; t < n; ++t) {
    const double e = kernel->expected[t];
    if (!(e > 0)) continue;
    const double size = t, rest = (double)n - t;
    if (t > 1) kernel->pinned_weight[t] = 1 / (size * (size - 1) * rest * e);
    kernel->free_weight[t] = 1 / (size * rest * e);
    if (kernel->paired && n >= EQUAL_WEIGHTS_FROM && kernel->fraction[t] < 1)
      kernel->free_weight[t] = shares / (2 * sampled); /* the same number, to the bit, for all these sizes */
  }
}

int mtg_kernel_is_small(const mtg_kernel *kernel) {
  const double units = (double)kernel->n_units * (kernel->paired ? 1 : 0.5);
  return !kernel->everything && units <= SMALL_PLAN * (double)kernel->problem->n;
}

/* The coalitions of every class, one class after the other. */
static metagame_status draw_units(mtg_kernel *kernel, const mtg_size_class *classes,
                                  uint32_t n_classes, metagame_error *err) {
  const mtg_problem *problem = kernel->problem;
  const mtg_alloc *alloc = &problem->alloc;
  uint64_t *masks = kernel->units;
  uint32_t *members = mtg_new(alloc, problem->n, sizeof *members);
  metagame_status status = members ? METAGAME_OK : mtg_fail_memory(err, alloc, "the plan");
  for (uint32_t c = 0; c < n_classes && status == METAGAME_OK; ++c) {
    const mtg_size_class *class = &classes[c];
    const mtg_subsets subsets = mtg_subsets_of(problem, class->size, class->capacity, members);
    status = mtg_subsets_draw(&subsets, class->count, 1, masks, err);
    masks += class->count * problem->words;
  }
  mtg_free(alloc, members);
  if (status != METAGAME_OK || problem->n > MTG_EXCHANGE_PLAYERS || !mtg_kernel_is_small(kernel))
    return status;
  return mtg_exchange_units(problem, classes, n_classes, kernel->units, err);
}

/* Sizes, counts and weights, and the units in random order. */
static metagame_status plan_units(mtg_kernel *kernel, mtg_size_class *classes, metagame_error *err) {
  const mtg_problem *problem = kernel->problem;
  const uint32_t n = problem->n, first = first_size(kernel->paired), last = last_size(n, kernel->paired);
  const uint32_t n_classes = last >= first ? last - first + 1 : 0;
  const uint64_t per_unit = kernel->paired ? 2 : 1, all = all_units(problem);
  uint64_t units = (problem->budget - kernel->n_header) / per_unit;
  if (units > all) units = all;
  for (uint32_t c = 0; c < n_classes; ++c) {
    classes[c].size = first + c;
    classes[c].capacity = capacity(n, first + c, kernel->paired);
    classes[c].share = share(n, first + c, kernel->paired);
  }
  mtg_share_out(classes, n_classes, (double)units);
  kernel->n_units = round_counts(classes, n_classes, units, problem->seed);
  kernel->everything = kernel->n_units == all;
  for (uint32_t c = 0; c < n_classes; ++c) /* an excess of less than one unit is not worth a sampled size */
    if (kernel->everything) classes[c].enumerated = 1, classes[c].expected = classes[c].capacity;
  kernel->n_rows = kernel->n_header + kernel->n_units * per_unit;
  set_weights(kernel, classes, n_classes);
  kernel->units = mtg_new(&problem->alloc, kernel->n_units, problem->words * sizeof(uint64_t));
  if (!kernel->units) return mtg_fail_memory(err, &problem->alloc, "the plan");
  MTG_TRY(draw_units(kernel, classes, n_classes, err));
  shuffle_units(kernel);
  return METAGAME_OK;
}

metagame_status mtg_kernel_open(mtg_kernel *kernel, const mtg_problem *problem, metagame_error *err) {
  const mtg_alloc *alloc = &problem->alloc;
  const size_t sizes = (size_t)problem->n + 1;
  memset(kernel, 0, sizeof *kernel);
  kernel->problem = problem;
  kernel->paired = !problem->has_pinned;
  kernel->n_header = header_rows(problem);
  const uint64_t least = mtg_kernel_least_budget(problem);
  if (problem->budget < least)
    return mtg_fail(err, METAGAME_E_BUDGET, "options.max_evaluations is %llu, regression on %u players needs at least %llu",
                    (unsigned long long)problem->budget, problem->n, (unsigned long long)least);
  kernel->expected = mtg_new(alloc, 4 * sizes, sizeof(double));
  mtg_size_class *classes = mtg_new(alloc, sizes, sizeof *classes);
  metagame_status status = METAGAME_OK;
  if (!kernel->expected || !classes) {
    status = mtg_fail_memory(err, alloc, "the plan");
  } else {
    kernel->fraction = kernel->expected + sizes;
    kernel->pinned_weight = kernel->expected + 2 * sizes;
    kernel->free_weight = kernel->expected + 3 * sizes;
    status = plan_units(kernel, classes, err);
  }
  mtg_free(alloc, classes);
  if (status != METAGAME_OK) mtg_kernel_close(kernel);
  return status;
}

void mtg_kernel_close(mtg_kernel *kernel) {
  if (!kernel->problem) return;
  mtg_free(&kernel->problem->alloc, kernel->units);
  mtg_free(&kernel->problem->alloc, kernel->expected);
  memset(kernel, 0, sizeof *kernel);
}

double mtg_kernel_missing(const mtg_kernel *kernel, int32_t own) {
  const uint32_t n = kernel->problem->n, most = kernel->paired ? n / 2 : n - 1;
  double missing = 0;
  for (uint32_t t = own >= 0 ? 2 : 1; t <= most; ++t) {
    const double all = own >= 0 ? mtg_binomial(n - 1, t - 1) : capacity(n, t, kernel->paired);
    if (kernel->fraction[t] < 1) missing += floor(all * (1 - kernel->fraction[t]) + 0.5);
  }
  return missing;
}

uint64_t mtg_kernel_start(const mtg_kernel *kernel, int32_t own) {
  const uint64_t nobody = (uint64_t)(kernel->problem->has_free != 0);
  if (own < 0) return 0;
  return kernel->problem->n == 1 ? nobody : nobody + 1 + (uint64_t)own;
}

void mtg_kernel_row(const mtg_kernel *kernel, uint64_t index, uint64_t *mask) {
  const mtg_problem *problem = kernel->problem;
  const size_t words = problem->words;
  if (index >= kernel->n_header) {
    index -= kernel->n_header;
    const uint64_t *unit = kernel->units + (kernel->paired ? index / 2 : index) * words;
    if (kernel->paired && index % 2)
      mtg_mask_complement(mask, unit, problem->n);
    else
      mtg_mask_copy(mask, unit, words);
    return;
  }
  mtg_mask_clear(mask, words);
  if (problem->has_free && index-- == 0) return;
  if (index-- == 0)
    mtg_mask_fill(mask, problem->n);
  else
    mtg_mask_add(mask, (uint32_t)index);
}
