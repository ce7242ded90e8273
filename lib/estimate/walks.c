/* SPDX-License-Identifier: MIT */
/* phi_{j->i} = mean over orders of v_i(before j, and j) - v_i(before j), where for a pinned target its own player stands before all
 * (docs/mathematics.md, section 6). A unit is an order and its reverse; x_u is the mean of the two, and
 *   estimate = mean_u x_u,   SE^2 = sum_u (x_u - mean)^2 / (U (U - 1)),   Student t with at most U - 1 degrees of freedom:
 *
 * 2 k - 1 where k = 1/(sum (x - mean)^4/(sum (x - mean)^2)^2 - 1/U) units make the spread (Satterthwaite 1946), of the entry with
 * the fewest. Where k is below 4, down to units that are all equal, the squared error of a rare step comes on top: with none seen in
 * U units and a uniform prior on how often it comes, 2 (R/2)^2/((U+2)(U+3)), R the largest step of the target, which
 * one order of a unit has (rule of succession).
 * Every walk telescopes, so the decomposition holds exactly at any budget. Unbiased.
 *
 * Welford's update in the order of units: the bits depend on seed and budget alone. Time O(m) a row for free targets, O(targets of
 * a player) for a front row; 4 n m operations a unit. Memory (5 n + p + O(1)) m numbers, p the number of own players. Arrays are
 * player by player: a step of all targets touches m numbers in a row. */
#include "estimate/walks.h"

#include <math.h>

enum { LARGEST = 1000 /* exponent of a scale */, LEAST_UNITS = 4, FEW = 2 /* units that make a variance */ };
static const double ROUNDING = 1e-12; /* of the scale */

struct mtg_walks {
  const mtg_orders *orders;
  mtg_walk walk;
  mtg_step_kind step;
  int walking;            /* `step` waits for its row */
  uint64_t n_taken;       /* rows */
  uint64_t n_units;       /* complete */
  uint32_t *by_player, *offset; /* targets by own player */
  double *start;          /* m: v_i({i}) or v_i(empty) */
  double *everyone;       /* m */
  double *singles;        /* n_own x m rows */
  uint32_t *single_of;    /* n: row in `singles` */
  double *last;           /* m: where each target's walk stands */
  double *unit;           /* n x m marginals of the unit, summed over its two orders */
  double *mean, *squares, *cubes, *fourths; /* n x m: central sums of powers, the latter three times powers of `unscaled` */
  double *change;         /* m: the largest step of a walk */
  double *magnitude;      /* m */
  double *unscaled;       /* m: squares are taken of deltas times this power of 2, because values go from 1e-150 to 1e150 */
};

uint64_t mtg_walks_bytes(const mtg_problem *problem) {
  const uint64_t n = problem->n, m = problem->m, p = problem->n_own;
  return sizeof(mtg_walks) + ((5 * n + p) * m + 6 * m) * sizeof(double) + (m + 2 * n + 1) * sizeof(uint32_t) + 16 * MTG_BLOCK_OVERHEAD;
}

metagame_status mtg_walks_open(mtg_walks **out, const mtg_orders *orders, metagame_error *err) {
  const mtg_problem *problem = orders->problem;
  const mtg_alloc *alloc = &problem->alloc;
  const size_t n = problem->n, m = problem->m;
  mtg_walks *w = mtg_new(alloc, 1, sizeof *w);
  if (!w) return mtg_fail_memory(err, alloc, "the permutation solver");
  w->orders = orders;
  double **const arrays[] = { &w->start, &w->everyone, &w->singles, &w->last, &w->unit, &w->mean,
                              &w->squares, &w->cubes, &w->fourths, &w->change, &w->magnitude, &w->unscaled };
  const size_t counts[] = { m, m, problem->n_own * m, m, m * n, m * n, m * n, m * n, m * n, m, m, m };
  w->by_player = mtg_new(alloc, m, sizeof *w->by_player);
  w->offset = mtg_new(alloc, n + 1, sizeof *w->offset);
  w->single_of = mtg_new(alloc, n, sizeof *w->single_of);
  int missing = !w->by_player || !w->offset || !w->single_of;
  for (size_t a = 0; a < sizeof counts / sizeof *counts && !missing; ++a)
    missing = (*arrays[a] = mtg_new(alloc, counts[a], sizeof(double))) == NULL;
  metagame_status status = missing ? mtg_fail_memory(err, alloc, "the permutation solver") : mtg_walk_open(&w->walk, orders, err);
  if (status != METAGAME_OK) {
    mtg_walks_close(w);
    return status;
  }
  for (uint32_t i = 0; i < m; ++i)
    if (problem->own[i] >= 0) ++w->offset[problem->own[i] + 1];
  for (uint32_t player = 0; player < n; ++player) w->offset[player + 1] += w->offset[player];
  for (uint32_t i = (uint32_t)m; i-- > 0;) /* filled from the back, then offsets are put right by the shift below */
    if (problem->own[i] >= 0) w->by_player[--w->offset[problem->own[i] + 1]] = i;
  for (uint32_t player = 0; player < n; ++player) w->offset[player] = w->offset[player + 1];
  w->offset[n] = 0;
  for (uint32_t i = 0; i < m; ++i) w->offset[n] += problem->own[i] >= 0;
  for (uint32_t player = 0, at = 0; player < n; ++player)
    if (mtg_mask_has(orders->own_players, player)) w->single_of[player] = at++;
  *out = w;
  return METAGAME_OK;
}

void mtg_walks_close(mtg_walks *w) {
  if (!w) return;
  const mtg_alloc *alloc = &w->orders->problem->alloc;
  void *const blocks[] = { w->by_player, w->offset, w->single_of, w->start, w->everyone, w->singles, w->last, w->unit, w->mean,
                           w->squares, w->cubes, w->fourths, w->change, w->magnitude, w->unscaled };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(alloc, blocks[b]);
  mtg_walk_close(&w->walk);
  mtg_free(alloc, w);
}

static void credit(mtg_walks *w, uint32_t i, uint32_t player, double value) {
  w->unit[(size_t)player * w->orders->problem->m + i] += value - w->last[i];
  w->change[i] = fmax(w->change[i], fabs(value - w->last[i]));
  w->last[i] = value;
  double distance = fabs(value - w->start[i]);
  if (distance > w->magnitude[i]) w->magnitude[i] = distance;
}

static void take_step(mtg_walks *w, const double *row) {
  const mtg_problem *problem = w->orders->problem;
  mtg_walk *walk = &w->walk;
  if (walk->begun) {
    memcpy(w->last, w->start, problem->m * sizeof *w->last);
    walk->begun = 0;
  }
  const uint32_t added = walk->order[walk->k - 1], before = walk->k > 1 ? walk->order[walk->k - 2] : added;
  if (w->step == MTG_STEP_FRONT) {
    for (uint32_t at = w->offset[walk->front]; at < w->offset[walk->front + 1]; ++at)
      credit(w, w->by_player[at], added, row[w->by_player[at]]);
    return;
  }
  for (uint32_t i = 0; i < problem->m; ++i) {
    const int32_t own = problem->own[i];
    if (own < 0 || walk->place[own] + 1 < walk->k)
      credit(w, i, added, row[i]);
    else if ((uint32_t)own == added && walk->k > 1) /* T_k is T_{k-1} + own: the step of the player before */
      credit(w, i, before, row[i]);
  }
}

/* Central sums of powers, one unit more (Welford 1962; Terriberry 2007 for the higher ones). */
static void end_unit(mtg_walks *w) {
  const size_t n = w->orders->problem->n, m = w->orders->problem->m;
  const double count = (double)++w->n_units;
  for (size_t j = 0; j < n; ++j)
    for (size_t i = 0, at = j * m; i < m; ++i, ++at) {
      const double value = 0.5 * w->unit[at], delta = value - w->mean[at], scaled = delta * w->unscaled[i];
      const double part = scaled / count, term = scaled * part * (count - 1);
      w->mean[at] += delta / count;
      w->fourths[at] += term * part * part * (count * count - 3 * count + 3) + 6 * part * part * w->squares[at] - 4 * part * w->cubes[at];
      w->cubes[at] += term * part * (count - 2) - 3 * part * w->squares[at];
      w->squares[at] += term;
      w->unit[at] = 0;
    }
}

/* Walks over steps whose rows are known, up to the next one that waits for a row or the end of all. */
static void advance(mtg_walks *w) {
  for (;;) {
    if (!w->walking) {
      if (w->n_units == w->orders->n_units) return;
      mtg_walk_start(&w->walk, w->n_units);
      w->walking = 1;
    }
    w->step = mtg_walk_step(&w->walk);
    if (w->step == MTG_STEP_END) {
      end_unit(w);
      w->walking = 0;
    } else if (w->walk.known) {
      const double *row = w->walk.k == w->orders->problem->n ? w->everyone
                                                             : w->singles + (size_t)w->single_of[w->walk.order[0]] * w->orders->problem->m;
      take_step(w, row);
    } else {
      return;
    }
  }
}

static void take_header(mtg_walks *w, const double *row) {
  const mtg_problem *problem = w->orders->problem;
  uint64_t index = w->n_taken;
  const size_t m = problem->m;
  if (problem->has_free && index-- == 0) {
    for (uint32_t i = 0; i < m; ++i)
      if (problem->own[i] < 0) w->start[i] = row[i];
    return;
  }
  if (index-- == 0) {
    memcpy(w->everyone, row, m * sizeof *row);
    if (problem->n > 1) return;
    index = 0; /* one player: everyone is its singleton too */
  }
  if (problem->n_own == 0) return;
  memcpy(w->singles + index * m, row, m * sizeof *row);
  for (uint32_t player = 0; player < problem->n; ++player)
    if (mtg_mask_has(w->orders->own_players, player) && w->single_of[player] == index)
      for (uint32_t at = w->offset[player]; at < w->offset[player + 1]; ++at) w->start[w->by_player[at]] = row[w->by_player[at]];
}

void mtg_walks_take(mtg_walks *w, const double *rows, size_t n_rows) {
  const size_t m = w->orders->problem->m;
  for (size_t r = 0; r < n_rows; ++r) {
    if (w->n_taken < w->orders->n_header)
      take_header(w, rows + r * m);
    else
      take_step(w, rows + r * m);
    if (++w->n_taken == w->orders->n_header) {
      for (uint32_t i = 0; i < m; ++i) {
        int exponent = 0;
        w->magnitude[i] = fmax(fabs(w->start[i]), fabs(w->everyone[i] - w->start[i]));
        frexp(w->magnitude[i], &exponent);
        w->unscaled[i] = ldexp(1, exponent < -LARGEST ? LARGEST : exponent > LARGEST ? -LARGEST : -exponent);
      }
      advance(w);
    } else if (w->n_taken > w->orders->n_header) {
      advance(w);
    }
  }
}

/* How many units make the variance of an entry: about half of them where marginals are normal, k where k are as large and the
 * others 0. */
static double effective_units(const mtg_walks *w, size_t at, double units) {
  const double squares = w->squares[at], least = ROUNDING * ROUNDING * units;
  if (!(squares > least)) return 0;
  return 1 / fmax(w->fourths[at] / squares / squares - 1 / units, 1 / units);
}

/* Standard errors of a target, and the degrees of freedom of its row. */
static void fill_errors(const mtg_walks *w, uint32_t i, mtg_numbers *numbers) {
  const mtg_problem *problem = w->orders->problem;
  const double units = (double)w->n_units, part = sqrt(2 / ((units + 2) * (units + 3)));
  double *deviation = numbers->deviation + (size_t)i * problem->n, degrees = units - 1;
  numbers->ground[i] = METAGAME_GROUND_ENOUGH;
  for (uint32_t j = 0; j < problem->n; ++j) {
    const size_t at = (size_t)j * problem->m + i;
    if (problem->own[i] == (int32_t)j) continue;
    if (units < LEAST_UNITS || !(w->change[i] > 0)) { /* nothing has moved the target: no row has shown what does */
      deviation[j] = NAN;
      if (units >= LEAST_UNITS) numbers->ground[i] = METAGAME_GROUND_UNSEEN;
      continue;
    }
    /* ---- the spread, and where few units make it what more of them could ---- */
    const double effective = effective_units(w, at, units), unseen = fmin(fmax((FEW + 2 - effective) / 2, 0), 1);
    deviation[j] = hypot(sqrt(w->squares[at] / units / (units - 1)), unseen * part * (w->change[i] / 2) * w->unscaled[i]) / w->unscaled[i];
    if (effective >= FEW) degrees = fmin(degrees, 2 * effective - 1);
  }
  numbers->degrees[i] = degrees;
}

void mtg_walks_finish(const mtg_walks *w, mtg_numbers *numbers) {
  const mtg_problem *problem = w->orders->problem;
  const size_t n = problem->n, m = problem->m;
  const int started = w->n_taken >= w->orders->n_header;
  numbers->evaluations = w->n_taken;
  numbers->n_units = w->orders->enumerated && w->n_units == w->orders->n_units ? 0 : w->n_units;
  numbers->has_deviation = numbers->n_units > 0 || !started || w->n_units == 0;
  for (uint32_t i = 0; i < problem->m; ++i) {
    numbers->first_order[i] = started ? w->everyone[i] : NAN;
    numbers->base[i] = problem->own[i] >= 0 ? 0 : started ? w->start[i] : NAN;
    numbers->scale[i] = w->magnitude[i];
    for (size_t j = 0; j < n; ++j) {
      const size_t cell = i * n + j, at = j * m + i;
      const int diagonal = problem->own[i] == (int32_t)j;
      numbers->matrix[cell] = diagonal ? (started ? w->start[i] : NAN) : w->n_units > 0 ? w->mean[at] : NAN;
      if (diagonal) numbers->deviation[cell] = started ? 0 : NAN;
    }
    fill_errors(w, i, numbers);
  }
}
