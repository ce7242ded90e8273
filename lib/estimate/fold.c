/* SPDX-License-Identifier: MIT */
/* Exact tallies by folding blocks of coalitions together (docs/mathematics.md, section 9).
 *
 * A block of 2^k coalitions that differ in k players has one vector for each set Q of at most `order` of them and each size. Two
 * twin blocks, the upper one with player k, merge into one of k+1 players:
 *   F_Q(t) = lower F_Q(t) + upper F_Q(t-1),    F_{Q+k}(t) = upper F_Q(t-1)
 * Blocks merge like the bits of a binary counter. Merging k players costs (k+1) (1 + k + k(k-1)/2) additions at order 2 and happens
 * 2^(n-k-1) times: 12 * 2^n additions in all (20 * 2^n at order 3), whatever n is, and pairwise, so that rounding grows with n.
 *
 * The lowest L players are kept as columns while the others are folded, so that vectors are at least 32 numbers long; they are
 * folded last. Memory: about n/2 times that of the tally, with m 2^L < max(64, 2m) columns. */
#include "estimate/fold.h"

#include <math.h>
#include <string.h>

#include "base/mask.h"
#include "estimate/nulls.h"

enum { LEAST_COLUMNS = 32 };

typedef void (*add_function)(double *restrict out, const double *restrict a, const double *restrict b, size_t count);

struct mtg_fold {
  mtg_alloc alloc;
  mtg_tally *tally;
  uint32_t n, m, order, low_bits, high_bits, row_len, column;
  size_t columns; /* m << low_bits */
  uint64_t *lift; /* position among the sets of at most `order` players of each set of at most order-1 */
  double *waiting[METAGAME_EXACT_MAX_PLAYERS + 1]; /* of high_bits + 1 levels: a block that waits for its twin */
  double *merged[METAGAME_EXACT_MAX_PLAYERS + 1];  /* its twin, where that comes from a merge */
  uint64_t next;
  add_function add;
  int is_scalar; /* one free column: rows are staged in runs, and null players are found */
  mtg_nulls nulls;
};

#define ADD_BODY for (size_t i = 0; i < count; ++i) out[i] = a[i] + b[i];
static void add_portable(double *restrict out, const double *restrict a, const double *restrict b, size_t count) { ADD_BODY }
#if defined(__GNUC__) && defined(__x86_64__)
__attribute__((target("avx2"))) static void add_avx2(double *restrict out, const double *restrict a, const double *restrict b,
                                                     size_t count) { ADD_BODY }
#endif

static add_function choose_add(void) {
#if defined(__GNUC__) && defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return add_avx2;
#endif
  return add_portable;
}

static uint32_t low_bits(uint32_t n, uint32_t m) {
  uint32_t bits = 0;
  while (bits < n && ((uint64_t)m << bits) < LEAST_COLUMNS) ++bits;
  return bits;
}

static size_t level_doubles(uint32_t order, uint32_t level, size_t columns) {
  return (size_t)mtg_cell_count(order, level) * (level + 1) * columns;
}

uint64_t mtg_fold_bytes(uint32_t n, uint32_t m, uint32_t order) {
  const uint32_t low = low_bits(n, m), high = n - low;
  uint64_t doubles = 0;
  for (uint32_t level = 0; level <= high; ++level) doubles += 2 * (uint64_t)level_doubles(order, level, (size_t)m << low);
  return sizeof(mtg_fold) + mtg_tally_bytes(n, m, order) + doubles * sizeof(double) + mtg_cell_count(order - 1, n) * sizeof(uint64_t) +
         (2 * (uint64_t)high + 5) * MTG_BLOCK_OVERHEAD;
}

void mtg_fold_close(mtg_fold *f) {
  if (!f) return;
  const mtg_alloc alloc = f->alloc;
  for (uint32_t level = 0; level <= f->high_bits; ++level) {
    mtg_free(&alloc, f->waiting[level]);
    mtg_free(&alloc, f->merged[level]);
  }
  mtg_free(&alloc, f->lift);
  mtg_tally_close(f->tally);
  mtg_free(&alloc, f);
}

/* All sets of at most `order` of the players from..to-1, in the order of mtg_cell. */
typedef struct cells {
  uint32_t players[MTG_MOST_ORDER], count;
} cells;

/* The next set in the order of mtg_cell: add the lowest player that can be added or moved up. */
static void next_cell(cells *c, uint32_t order) {
  if (c->count < order && (c->count == 0 || c->players[0] > 0)) {
    memmove(c->players + 1, c->players, c->count * sizeof *c->players);
    c->players[0] = 0;
    ++c->count;
    return;
  }
  /* Drop runs 0,1,.. from below, then move the lowest up. */
  uint32_t drop = 0;
  while (drop + 1 < c->count && c->players[drop] + 1 == c->players[drop + 1]) ++drop;
  memmove(c->players, c->players + drop, (c->count - drop) * sizeof *c->players);
  c->count -= drop;
  ++c->players[0];
}

metagame_status mtg_fold_open(mtg_fold **out, const mtg_alloc *alloc, uint32_t n, uint32_t m, uint32_t order, const int32_t *own,
                              uint32_t row_len, uint32_t column, metagame_error *err) {
  mtg_fold *f = mtg_new(alloc, 1, sizeof *f);
  if (!f) return mtg_fail_memory(err, alloc, "the exact solver");
  f->alloc = *alloc;
  f->n = n;
  f->m = m;
  f->order = order;
  f->low_bits = low_bits(n, m);
  f->high_bits = n - f->low_bits;
  f->columns = (size_t)m << f->low_bits;
  f->row_len = row_len;
  f->column = column;
  f->add = choose_add();
  f->is_scalar = m == 1 && own[0] < 0;
  mtg_nulls_open(&f->nulls, n);
  metagame_status status = mtg_tally_open(&f->tally, alloc, n, m, order, own, err);
  f->lift = mtg_new(alloc, (size_t)mtg_cell_count(order - 1, n), sizeof *f->lift);
  int missing = !f->lift;
  for (uint32_t level = 0; level <= f->high_bits && !missing; ++level) {
    f->waiting[level] = mtg_new(alloc, level_doubles(order, level, f->columns), sizeof(double));
    f->merged[level] = mtg_new(alloc, level_doubles(order, level, f->columns), sizeof(double));
    missing = !f->waiting[level] || !f->merged[level];
  }
  if (status == METAGAME_OK && missing) status = mtg_fail_memory(err, alloc, "the exact solver");
  if (status != METAGAME_OK) {
    mtg_fold_close(f);
    return status;
  }
  cells c = { { 0 }, 0 };
  const uint64_t n_below = mtg_cell_count(order - 1, n);
  for (uint64_t at = 0; at < n_below; ++at) {
    f->lift[at] = mtg_cell(order, c.players, c.count);
    next_cell(&c, order - 1);
  }
  *out = f;
  return METAGAME_OK;
}

/* Merges twins of `level` players into one block of level + 1. */
static void merge(const mtg_fold *f, uint32_t level, double *restrict out, const double *restrict lower, const double *restrict upper) {
  const size_t columns = f->columns, length = (level + 1) * columns;
  const uint64_t n_cells = mtg_cell_count(f->order, level), n_more = mtg_cell_count(f->order - 1, level);
  for (uint64_t cell = 0; cell < n_cells; ++cell) {
    memcpy(out, lower, columns * sizeof(double));
    f->add(out + columns, lower + columns, upper + cell * length, length - columns);
    memcpy(out + length, upper + cell * length + length - columns, columns * sizeof(double));
    out += length + columns;
    lower += length;
  }
  for (uint64_t more = 0; more < n_more; ++more) {
    memset(out, 0, columns * sizeof(double));
    memcpy(out + columns, upper + f->lift[more] * length, length * sizeof(double));
    out += length + columns;
  }
}

/* Row `index` into its place among the columns: differences from the start of each target's game; 0 where that does not see it. */
static void stage(mtg_fold *f, uint64_t index, const double *row, double *out) {
  mtg_tally *tally = f->tally;
  for (uint32_t i = 0; i < f->m; ++i) {
    const int32_t own = tally->own[i];
    if (own >= 0 && !(index >> own & 1)) {
      out[i] = 0;
      continue;
    }
    if (index == (own >= 0 ? UINT64_C(1) << own : 0)) tally->start[i] = row[i];
    const double d = row[i] - tally->start[i] + 0.0, size = fabs(d);
    out[i] = d;
    tally->magnitude[i] = tally->magnitude[i] > size ? tally->magnitude[i] : size;
  }
}

/* The same for `count` rows of the one column of a free target, past the empty coalition. */
static void stage_scalars(mtg_fold *f, const double *restrict rows, double *restrict out, size_t count) {
  const double start = f->tally->start[0];
  double most[4] = { 0 };
  size_t at = 0;
  for (; at + 4 <= count; at += 4)
    for (size_t lane = 0; lane < 4; ++lane) {
      const double d = rows[at + lane] - start + 0.0, size = fabs(d); /* no negative zeros */
      out[at + lane] = d;
      most[lane] = most[lane] > size ? most[lane] : size;
    }
  for (; at < count; ++at) {
    out[at] = rows[at] - start + 0.0;
    most[0] = fmax(most[0], fabs(out[at]));
  }
  f->tally->magnitude[0] = fmax(f->tally->magnitude[0], fmax(fmax(most[0], most[1]), fmax(most[2], most[3])));
}

/* The rows of all coalitions of the low players are in `block`: merge as far as its twins wait. */
static void close_row(mtg_fold *f, uint64_t block) {
  for (uint32_t level = 0; level < f->high_bits && block >> level & 1; ++level) {
    double *out = block >> (level + 1) & 1 ? f->merged[level + 1] : f->waiting[level + 1];
    merge(f, level, out, f->waiting[level], f->merged[level]);
  }
}

void mtg_fold_take(mtg_fold *f, uint64_t first, const double *rows, size_t n_rows) {
  const uint64_t low = (UINT64_C(1) << f->low_bits) - 1;
  if (f->next < first) f->next = first; /* the empty coalition's place is zero */
  for (size_t r = 0; r < n_rows;) {
    const uint64_t block = f->next >> f->low_bits, inside = f->next & low;
    double *out = (block & 1 && f->high_bits > 0 ? f->merged[0] : f->waiting[0]) + inside * f->m;
    size_t count = 1;
    if (f->is_scalar && f->row_len == 1 && f->next > 0) {
      count = n_rows - r < low + 1 - inside ? n_rows - r : (size_t)(low + 1 - inside);
      stage_scalars(f, rows + r, out, count);
    } else {
      stage(f, f->next, rows + r * f->row_len + f->column, out);
    }
    if (f->is_scalar) mtg_nulls_take(&f->nulls, f->next, out, count);
    r += count;
    f->next += count;
    if ((f->next & low) == 0) close_row(f, block);
  }
  if (f->next == UINT64_C(1) << f->n && n_rows > 0)
    memcpy(f->tally->last, rows + (n_rows - 1) * f->row_len + f->column, f->m * sizeof(double));
}

uint64_t mtg_fold_taken(const mtg_fold *f) { return f->next; }

/* Adds the vectors of one set of high players to all sets that it makes with low players. */
static void unfold(const mtg_fold *f, const cells *high, const double *from) {
  const uint32_t sizes = f->n + 1;
  uint32_t players[2 * MTG_MOST_ORDER];
  const uint32_t room = f->order - high->count;
  const uint64_t n_low = mtg_cell_count(room, f->low_bits);
  cells low = { { 0 }, 0 };
  for (uint64_t at = 0; at < n_low; ++at) {
    uint64_t mask = 0;
    for (uint32_t b = 0; b < low.count; ++b) {
      players[b] = low.players[b];
      mask |= UINT64_C(1) << low.players[b];
    }
    for (uint32_t b = 0; b < high->count; ++b) players[low.count + b] = high->players[b] + f->low_bits;
    double *to = f->tally->sums + mtg_cell(f->order, players, low.count + high->count) * sizes * f->m;
    for (uint32_t t = 0; t <= f->high_bits; ++t)
      for (uint64_t set = 0; set < UINT64_C(1) << f->low_bits; ++set) {
        if ((set & mask) != mask) continue;
        const double *source = from + (t << f->low_bits) * (size_t)f->m + set * f->m;
        double *sum = to + (size_t)(t + mtg_popcount(set)) * f->m;
        for (uint32_t i = 0; i < f->m; ++i) sum[i] += source[i];
      }
    next_cell(&low, room);
  }
}

mtg_tally *mtg_fold_finish(mtg_fold *f) {
  if (f->next != UINT64_C(1) << f->n) return NULL;
  const uint64_t n_cells = mtg_cell_count(f->order, f->high_bits);
  cells high = { { 0 }, 0 };
  for (uint64_t cell = 0; cell < n_cells; ++cell) {
    unfold(f, &high, f->waiting[f->high_bits] + cell * (f->high_bits + 1) * f->columns);
    next_cell(&high, f->order);
  }
  mtg_tally *tally = f->tally;
  if (f->is_scalar) tally->null_players = mtg_nulls_found(&f->nulls);
  f->tally = NULL;
  return tally;
}

const mtg_tally *mtg_fold_partial(const mtg_fold *f) { return f->tally; }
