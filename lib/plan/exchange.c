/* SPDX-License-Identifier: MIT */
/* Near the least budget of regression a draw can be deficient: fewer than k - 1 of its rows (z_a
 * - z_l), a != l, are independent, z the players of a coalition, l the last one that varies, k of
 * them (docs/mathematics.md, section 4, "Rank"). The coalitions of one size span everything. So
 * as long as a design lacks rank, there is
 *
 *   a unit u of a drawn size that is redundant: without it no design loses rank, and
 *   a coalition v of that size, not in the plan, that raises the rank of this one,
 *
 * and v takes the place of u. u is the last one drawn, v the next one that would be: a plan of a
 * larger budget has both. With pinned targets u has to be redundant in the designs of all its own
 * players, which may fail, but does so where hardly a row is to spare.
 *
 * Ranks are found over the integers modulo 2^31 - 1, where they are never larger than over the
 * reals: what is found to be full is full. Time n_units k^2 for each design, which ends with full
 * rank: mostly after k units. Memory k^2. */
#include "plan/exchange.h"

#include "base/saturate.h"

static const uint64_t PRIME = (UINT64_C(1) << 31) - 1;
enum { MORE_DRAWS = 4 /* for each player */ };

typedef struct exchange {
  const mtg_problem *problem;
  uint64_t *units; /* n is at most 64: a word each */
  uint64_t n_units;
  uint64_t own_players;
  uint32_t *members; /* n: for draws */
  uint32_t *rank;    /* n: of the designs of own players, or of the one there is */
  uint64_t *basis;   /* n x n: in echelon form, row c has pivot c; 0 where there is none */
  uint64_t *row;     /* n */
} exchange;

static uint64_t inverse(uint64_t value) { /* value^(p - 2) */
  uint64_t power = 1;
  for (uint64_t rest = PRIME - 2; rest; rest >>= 1) {
    if (rest & 1) power = power * value % PRIME;
    value = value * value % PRIME;
  }
  return power;
}

/* Players that vary, but for the last of them. */
static uint32_t width_of(const exchange *e, int32_t own) {
  return e->problem->n - (own >= 0 ? 2 : 1);
}

/* The row of a coalition less what the basis spans: its pivot, or the width where nothing is left.
 * */
static uint32_t reduce(exchange *e, int32_t own, uint64_t mask) {
  const uint32_t n = e->problem->n, width = width_of(e, own);
  const uint32_t last = own == (int32_t)n - 1 ? n - 2 : n - 1;
  uint32_t pivot = 0;
  for (uint32_t player = 0, v = 0; player < n; ++player)
    if ((int32_t)player != own && player != last)
      e->row[v++] = ((mask >> player & 1) + PRIME - (mask >> last & 1)) % PRIME;
  for (; pivot < width; ++pivot) {
    const uint64_t *known = e->basis + (size_t)pivot * n, factor = PRIME - e->row[pivot];
    if (e->row[pivot] == 0) continue;
    if (known[pivot] == 0) break;
    for (uint32_t v = pivot; v < width; ++v) e->row[v] = (e->row[v] + factor * known[v]) % PRIME;
  }
  return pivot;
}

/* Rank of a design without one unit (n_units: with all); the basis is then that of its rows. */
static uint32_t find_rank(exchange *e, int32_t own, uint64_t without) {
  const uint32_t n = e->problem->n, width = width_of(e, own);
  uint32_t rank = 0;
  memset(e->basis, 0, (size_t)n * n * sizeof *e->basis);
  for (uint64_t unit = 0; unit < e->n_units && rank < width; ++unit) {
    if (unit == without || (own >= 0 && !(e->units[unit] >> own & 1))) continue;
    const uint32_t pivot = reduce(e, own, e->units[unit]);
    if (pivot == width) continue;
    const uint64_t factor = inverse(e->row[pivot]);
    for (uint32_t v = pivot; v < width; ++v)
      e->basis[(size_t)pivot * n + v] = e->row[v] * factor % PRIME;
    ++rank;
  }
  return rank;
}

static int is_redundant(exchange *e, uint64_t unit) {
  if (e->own_players == 0) return find_rank(e, METAGAME_NO_PLAYER, unit) == e->rank[0];
  for (uint64_t rest = e->own_players & e->units[unit]; rest; rest &= rest - 1) {
    const uint32_t own = mtg_lowest_bit(rest);
    if (find_rank(e, (int32_t)own, unit) < e->rank[own]) return 0;
  }
  return 1;
}

static void find_ranks(exchange *e) {
  if (e->own_players == 0) e->rank[0] = find_rank(e, METAGAME_NO_PLAYER, e->n_units);
  for (uint64_t rest = e->own_players; rest; rest &= rest - 1) {
    const uint32_t own = mtg_lowest_bit(rest);
    e->rank[own] = find_rank(e, (int32_t)own, e->n_units);
  }
}

/* One unit of the class, whose units begin at `first`, for another one; *done where that raised the
 * rank. */
static metagame_status exchange_in(exchange *e, int32_t own, const mtg_size_class *class,
                                   uint64_t first, int *done, metagame_error *err) {
  const mtg_alloc *alloc = &e->problem->alloc;
  const mtg_subsets subsets = mtg_subsets_of(e->problem, class->size, class->capacity, e->members);
  const uint64_t most = class->count + MORE_DRAWS * (uint64_t)e->problem->n;
  const uint64_t count = most < subsets.capacity ? most : subsets.capacity;
  uint64_t old = first + class->count, next = class->count;
  if (class->enumerated || class->count == 0 || class->count == count) return METAGAME_OK;
  while (old > first && !is_redundant(e, old - 1)) --old;
  if (old == first) return METAGAME_OK;
  uint64_t *draws = mtg_new(alloc, count, sizeof *draws);
  if (!draws) return mtg_fail_memory(err, alloc, "the plan");
  const metagame_status status = mtg_subsets_draw(&subsets, count, 0, draws, err);
  find_rank(e, own, e->n_units);
  if (status != METAGAME_OK) next = count;
  for (; next < count; ++next) {
    const int is_row = own < 0 || draws[next] >> own & 1;
    if (is_row && reduce(e, own, draws[next]) < width_of(e, own)) break;
  }
  *done = next < count;
  if (*done) e->units[old - 1] = draws[next];
  mtg_free(alloc, draws);
  return status;
}

static metagame_status raise_rank(exchange *e, int32_t own, const mtg_size_class *classes,
                                  uint32_t n_classes, metagame_error *err) {
  const uint32_t *rank = &e->rank[own < 0 ? 0 : own];
  for (int done = 1; done && *rank < width_of(e, own);) {
    uint64_t first = 0;
    done = 0;
    for (uint32_t c = 0; c < n_classes && !done; first += classes[c++].count)
      MTG_TRY(exchange_in(e, own, &classes[c], first, &done, err));
    if (done) find_ranks(e);
  }
  return METAGAME_OK;
}

metagame_status mtg_exchange_units(const mtg_problem *problem, const mtg_size_class *classes,
                                   uint32_t n_classes, uint64_t *units, metagame_error *err) {
  const mtg_alloc *alloc = &problem->alloc;
  const size_t n = problem->n;
  exchange e = { .problem = problem, .units = units };
  e.members = mtg_new(alloc, n, sizeof *e.members);
  e.rank = mtg_new(alloc, n, sizeof *e.rank);
  e.basis = mtg_new(alloc, n, (n + 1) * sizeof *e.basis);
  metagame_status status = METAGAME_OK;
  if (e.members && e.rank && e.basis) {
    e.row = e.basis + n * n;
    for (uint32_t c = 0; c < n_classes; ++c) e.n_units += classes[c].count;
    mtg_problem_own_players(problem, &e.own_players);
    find_ranks(&e);
    if (e.own_players == 0) status = raise_rank(&e, METAGAME_NO_PLAYER, classes, n_classes, err);
    for (uint64_t rest = e.own_players; rest && status == METAGAME_OK; rest &= rest - 1)
      status = raise_rank(&e, (int32_t)mtg_lowest_bit(rest), classes, n_classes, err);
  } else {
    status = mtg_fail_memory(err, alloc, "the plan");
  }
  mtg_free(alloc, e.members);
  mtg_free(alloc, e.rank);
  mtg_free(alloc, e.basis);
  return status;
}

uint64_t mtg_exchange_bytes(const mtg_problem *problem, uint64_t n_units) {
  const uint64_t n = problem->n, draws = mtg_plus(n_units, MORE_DRAWS * n);
  if (n > MTG_EXCHANGE_PLAYERS) return 0;
  return mtg_plus(mtg_plus(mtg_subsets_bytes(problem, draws), draws * sizeof(uint64_t)),
                  n * ((n + 1) * sizeof(uint64_t) + 2 * sizeof(uint32_t)) + 4 * MTG_BLOCK_OVERHEAD);
}
