/* SPDX-License-Identifier: MIT */
/* Exact tallies by folding blocks of coalitions together (docs/mathematics.md, section 9).
 *
 * A block of 2^k coalitions that differ in k players has one vector for each set Q of at most `order` of them and each size from |Q|
 * on. Two twin blocks, the upper one with player k, merge into one of k+1 players:
 *   F_Q(t) = lower F_Q(t) + upper F_Q(t-1),    F_{Q+k}(t) = upper F_Q(t-1)
 * Blocks merge like the bits of a binary counter. Merging blocks of k players costs at most (k+1) (1 + k + k(k-1)/2) additions at order
 * 2 and happens 2^(n-k-1) times: less than 12 * 2^n additions in all (20 * 2^n at order 3), whatever n is, and pairwise, so that
 * rounding grows with n. The first six players are folded at once: most of their sets and sizes hold a single coalition.
 *
 * The lowest L players are kept as columns while the others are folded, so that vectors are at least 16 numbers long; they are
 * folded last. Memory: about n/2 times that of the tally, with m 2^L < max(32, 2m) columns. */
#include "estimate/fold.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/mask.h"

enum { LEAST_COLUMNS = 16, FIRST_BITS = 6 };

typedef struct kernels kernels;

/* A vector of the first block: the rows, of 2^FIRST_BITS, that hold its set and have its size. */
typedef struct first_sum {
  uint8_t count, rows[20]; /* at most C(6, 3) */
} first_sum;
enum { MOST_FIRST = 7 + 6 * 6 + 15 * 5 + 20 * 4 };

struct mtg_fold {
  mtg_alloc alloc;
  mtg_tally *tally;
  const kernels *kernel; /* loops for the widest vectors of this machine */
  uint32_t n, m, order, low_bits, high_bits, first_bits, row_len, column;
  size_t columns; /* m << low_bits */
  uint64_t *lift; /* position among the sets of at most `order` players of each set of at most order-1 */
  uint64_t *mass; /* players of all sets before each set: where its vectors begin */
  first_sum first[MOST_FIRST];
  size_t n_first;
  double *staged; /* 2^first_bits rows of columns */
  double *waiting[METAGAME_EXACT_MAX_PLAYERS + 1]; /* from first_bits on: a block that waits for its twin */
  double *merged[METAGAME_EXACT_MAX_PLAYERS + 1];  /* the twin */
  uint64_t next;
};

/* Where the vectors of a set begin in a block of `level` players, in vectors. */
static size_t offset_of(const mtg_fold *f, uint32_t level, uint64_t cell) { return (size_t)(cell * (level + 1) - f->mass[cell]); }

static uint32_t size_of(const mtg_fold *f, uint64_t cell) { return (uint32_t)(f->mass[cell + 1] - f->mass[cell]); }

/* ---- the loops that take the time; every lane does the same operations whatever the width, so the bits are the same ---- */

/* Rows of one free column: d = v - start, without negative zeros; returns the larger of `most` and max |d|. */
#define STAGE_BODY                                                            \
  double lanes[8] = { most };                                                 \
  size_t at = 0;                                                              \
  for (; at + 8 <= count; at += 8)                                            \
    for (size_t lane = 0; lane < 8; ++lane) {                                 \
      const double d = rows[at + lane] - start + 0.0, size = fabs(d);         \
      out[at + lane] = d;                                                     \
      lanes[lane] = lanes[lane] > size ? lanes[lane] : size;                  \
    }                                                                         \
  for (; at < count; ++at) {                                                  \
    out[at] = rows[at] - start + 0.0;                                         \
    lanes[0] = fmax(lanes[0], fabs(out[at]));                                 \
  }                                                                           \
  for (size_t lane = 1; lane < 8; ++lane) lanes[0] = fmax(lanes[0], lanes[lane]); \
  return lanes[0];

/* Merges twins of `level` players into one block of level + 1. */
#define MERGE_BODY                                                                                                       \
  const size_t columns = f->columns;                                                                                     \
  const uint64_t n_cells = mtg_cell_count(f->order, level), n_more = mtg_cell_count(f->order - 1, level);                \
  const double *above = upper;                                                                                           \
  for (uint64_t cell = 0; cell < n_cells; ++cell) {                                                                      \
    const size_t length = (level + 1 - size_of(f, cell)) * columns;                                                      \
    for (size_t i = 0; i < columns; ++i) out[i] = lower[i];                                                              \
    for (size_t i = columns; i < length; ++i) out[i] = lower[i] + above[i - columns];                                    \
    for (size_t i = length; i < length + columns; ++i) out[i] = above[i - columns];                                      \
    out += length + columns;                                                                                             \
    lower += length;                                                                                                     \
    above += length;                                                                                                     \
  }                                                                                                                      \
  for (uint64_t more = 0; more < n_more; ++more) {                                                                       \
    const uint64_t cell = f->lift[more];                                                                                 \
    const size_t length = (level + 1 - size_of(f, cell)) * columns;                                                      \
    memcpy(out, upper + offset_of(f, level, cell) * columns, length * sizeof(double));                                   \
    out += length;                                                                                                       \
  }

/* The block of the first players from its rows, by the list of sums. */
#define FIRST_BODY                                                                                 \
  const size_t columns = f->columns;                                                               \
  for (const first_sum *sum = f->first, *end = sum + f->n_first; sum < end; ++sum, out += columns) { \
    const double *a = f->staged + sum->rows[0] * columns, *b = f->staged + sum->rows[1] * columns; \
    if (sum->count == 1) {                                                                         \
      for (size_t i = 0; i < columns; ++i) out[i] = a[i];                                          \
      continue;                                                                                    \
    }                                                                                              \
    const double *c = f->staged + sum->rows[2] * columns, *d = f->staged + sum->rows[3] * columns; \
    if (sum->count == 2)                                                                           \
      for (size_t i = 0; i < columns; ++i) out[i] = a[i] + b[i];                                   \
    if (sum->count == 3)                                                                           \
      for (size_t i = 0; i < columns; ++i) out[i] = (a[i] + b[i]) + c[i];                          \
    if (sum->count >= 4)                                                                           \
      for (size_t i = 0; i < columns; ++i) out[i] = (a[i] + b[i]) + (c[i] + d[i]);                 \
    for (size_t at = 4; at < sum->count; at += 2) {                                                \
      a = f->staged + sum->rows[at] * columns;                                                     \
      b = f->staged + sum->rows[at + 1] * columns;                                                 \
      if (at + 1 < sum->count)                                                                     \
        for (size_t i = 0; i < columns; ++i) out[i] += a[i] + b[i];                                \
      else                                                                                         \
        for (size_t i = 0; i < columns; ++i) out[i] += a[i];                                       \
    }                                                                                              \
  }

#define STAGE_ARGUMENTS (const double *restrict rows, double start, double *restrict out, size_t count, double most)
#define MERGE_ARGUMENTS \
  (const mtg_fold *f, uint32_t level, double *restrict out, const double *restrict lower, const double *restrict upper)
#define FIRST_ARGUMENTS (const mtg_fold *f, double *restrict out)

struct kernels {
  double(*stage) STAGE_ARGUMENTS;
  void(*merge) MERGE_ARGUMENTS;
  void(*first) FIRST_ARGUMENTS;
};

static double stage_portable STAGE_ARGUMENTS { STAGE_BODY }
static void merge_portable MERGE_ARGUMENTS { MERGE_BODY }
static void first_portable FIRST_ARGUMENTS { FIRST_BODY }
static const kernels portable = { stage_portable, merge_portable, first_portable };

#if defined(__GNUC__) && defined(__x86_64__)
__attribute__((target("avx2"))) static double stage_avx2 STAGE_ARGUMENTS { STAGE_BODY }
__attribute__((target("avx2"))) static void merge_avx2 MERGE_ARGUMENTS { MERGE_BODY }
__attribute__((target("avx2"))) static void first_avx2 FIRST_ARGUMENTS { FIRST_BODY }
static const kernels avx2 = { stage_avx2, merge_avx2, first_avx2 };
#endif

static const kernels *choose_kernels(void) {
#if defined(__GNUC__) && defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return &avx2;
#endif
  return &portable;
}

/* ---- memory ---- */

static uint32_t low_bits(uint32_t n, uint32_t m) {
  uint32_t bits = 0;
  while (bits < n && ((uint64_t)m << bits) < LEAST_COLUMNS) ++bits;
  return bits;
}

/* Vectors of a block: every set has one for each size. */
static uint64_t level_vectors(uint32_t order, uint32_t level) {
  uint64_t vectors = 0, binomial = 1;
  for (uint32_t size = 0; size <= order && size <= level; ++size) {
    vectors += binomial * (level + 1 - size);
    binomial = binomial * (level - size) / (size + 1);
  }
  return vectors;
}

uint64_t mtg_fold_bytes(uint32_t n, uint32_t m, uint32_t order) {
  const uint32_t low = low_bits(n, m), high = n - low, first = high < FIRST_BITS ? high : FIRST_BITS;
  const uint64_t columns = (uint64_t)m << low;
  uint64_t vectors = UINT64_C(1) << first;
  for (uint32_t level = first; level <= high; ++level) vectors += (level < high ? 2 : 1) * level_vectors(order, level);
  return sizeof(mtg_fold) + mtg_tally_bytes(n, m, order) + vectors * columns * sizeof(double) +
         (mtg_cell_count(order - 1, n) + mtg_cell_count(order, n) + 1) * sizeof(uint64_t) + (2 * (uint64_t)high + 6) * MTG_BLOCK_OVERHEAD;
}

void mtg_fold_close(mtg_fold *f) {
  if (!f) return;
  const mtg_alloc alloc = f->alloc;
  for (uint32_t level = 0; level <= METAGAME_EXACT_MAX_PLAYERS; ++level) {
    mtg_free(&alloc, f->waiting[level]);
    mtg_free(&alloc, f->merged[level]);
  }
  mtg_free(&alloc, f->staged);
  mtg_free(&alloc, f->lift);
  mtg_free(&alloc, f->mass);
  mtg_tally_close(f->tally);
  mtg_free(&alloc, f);
}

/* A set of at most `order` players. */
typedef struct cell {
  uint32_t players[MTG_MOST_ORDER], count;
} cell;

/* The next set in the order of mtg_cell: with player 0 if there is room, else as a binary number without its lowest run goes on. */
static void next_cell(cell *c, uint32_t order) {
  if (c->count < order && (c->count == 0 || c->players[0] > 0)) {
    memmove(c->players + 1, c->players, c->count * sizeof *c->players);
    c->players[0] = 0;
    ++c->count;
    return;
  }
  uint32_t drop = 0;
  while (drop + 1 < c->count && c->players[drop] + 1 == c->players[drop + 1]) ++drop;
  memmove(c->players, c->players + drop, (c->count - drop) * sizeof *c->players);
  c->count -= drop;
  ++c->players[0];
}

static void list_cells(mtg_fold *f) {
  const uint64_t n_below = mtg_cell_count(f->order - 1, f->n), n_cells = mtg_cell_count(f->order, f->n);
  cell c = { { 0 }, 0 };
  for (uint64_t at = 0; at < n_below; ++at, next_cell(&c, f->order - 1)) f->lift[at] = mtg_cell(f->order, c.players, c.count);
  c.count = 0;
  for (uint64_t at = 0; at < n_cells; ++at, next_cell(&c, f->order)) f->mass[at + 1] = f->mass[at] + c.count;
}

static void list_first(mtg_fold *f) {
  const uint32_t bits = f->first_bits;
  cell c = { { 0 }, 0 };
  for (uint64_t at = 0, n_cells = mtg_cell_count(f->order, bits); at < n_cells; ++at, next_cell(&c, f->order)) {
    uint32_t set = 0;
    for (uint32_t b = 0; b < c.count; ++b) set |= 1u << c.players[b];
    for (uint32_t t = c.count; t <= bits; ++t) {
      first_sum *sum = &f->first[f->n_first++];
      for (uint32_t row = 0; row < 1u << bits; ++row)
        if ((row & set) == set && mtg_popcount(row) == t) sum->rows[sum->count++] = (uint8_t)row;
    }
  }
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
  f->first_bits = f->high_bits < FIRST_BITS ? f->high_bits : FIRST_BITS;
  f->columns = (size_t)m << f->low_bits;
  f->row_len = row_len;
  f->column = column;
  f->kernel = choose_kernels();
  metagame_status status = mtg_tally_open(&f->tally, alloc, n, m, order, own, err);
  f->lift = mtg_new(alloc, (size_t)mtg_cell_count(order - 1, n), sizeof *f->lift);
  f->mass = mtg_new(alloc, (size_t)mtg_cell_count(order, n) + 1, sizeof *f->mass);
  f->staged = mtg_new(alloc, (size_t)1 << f->first_bits, f->columns * sizeof(double));
  int missing = !f->lift || !f->mass || !f->staged;
  for (uint32_t level = f->first_bits; level <= f->high_bits && !missing; ++level) {
    const size_t vectors = (size_t)level_vectors(order, level);
    f->waiting[level] = mtg_new(alloc, vectors, f->columns * sizeof(double));
    if (level < f->high_bits) f->merged[level] = mtg_new(alloc, vectors, f->columns * sizeof(double));
    missing = !f->waiting[level] || (level < f->high_bits && !f->merged[level]);
  }
  if (status == METAGAME_OK && missing) status = mtg_fail_memory(err, alloc, "the exact solver");
  if (status != METAGAME_OK) {
    mtg_fold_close(f);
    return status;
  }
  list_cells(f);
  list_first(f);
  *out = f;
  return METAGAME_OK;
}

/* ---- rows in ---- */

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

/* All rows of block `block` of the first players are staged: fold it and merge as far as its twins wait. */
static void close_block(mtg_fold *f, uint64_t block) {
  uint32_t level = f->first_bits;
  double *out = block & 1 ? f->merged[level] : f->waiting[level];
  f->kernel->first(f, out);
  for (; block & 1; block >>= 1, ++level) {
    double *next = block & 2 ? f->merged[level + 1] : f->waiting[level + 1];
    f->kernel->merge(f, level, next, f->waiting[level], f->merged[level]);
  }
}

void mtg_fold_take(mtg_fold *f, uint64_t first, const double *rows, size_t n_rows) {
  const uint32_t bits = f->low_bits + f->first_bits;
  const uint64_t inside_mask = (UINT64_C(1) << bits) - 1;
  const int is_scalar = f->m == 1 && f->row_len == 1 && f->tally->own[0] < 0;
  if (f->next < first) f->next = first; /* the empty coalition's place is zero */
  for (size_t r = 0; r < n_rows;) {
    const uint64_t inside = f->next & inside_mask;
    double *out = f->staged + inside * f->m;
    size_t count = 1;
    if (is_scalar && f->next > 0) {
      count = n_rows - r < inside_mask + 1 - inside ? n_rows - r : (size_t)(inside_mask + 1 - inside);
      f->tally->magnitude[0] = f->kernel->stage(rows + r, f->tally->start[0], out, count, f->tally->magnitude[0]);
    } else {
      stage(f, f->next, rows + r * f->row_len + f->column, out);
    }
    r += count;
    f->next += count;
    if ((f->next & inside_mask) == 0) close_block(f, (f->next - 1) >> bits);
  }
  if (f->next == UINT64_C(1) << f->n && n_rows > 0)
    memcpy(f->tally->last, rows + (n_rows - 1) * f->row_len + f->column, f->m * sizeof(double));
}

uint64_t mtg_fold_taken(const mtg_fold *f) { return f->next; }

/* ---- tallies out ---- */

/* Adds the vectors of one set of high players to all sets that it makes with low players. */
static void unfold(const mtg_fold *f, const cell *high, const double *from) {
  const uint32_t sizes = f->n + 1, room = f->order - high->count;
  const uint64_t n_low = mtg_cell_count(room, f->low_bits);
  uint32_t players[2 * MTG_MOST_ORDER];
  cell low = { { 0 }, 0 };
  for (uint64_t at = 0; at < n_low; ++at, next_cell(&low, room)) {
    uint64_t mask = 0;
    for (uint32_t b = 0; b < low.count; ++b) {
      players[b] = low.players[b];
      mask |= UINT64_C(1) << low.players[b];
    }
    for (uint32_t b = 0; b < high->count; ++b) players[low.count + b] = high->players[b] + f->low_bits;
    double *to = f->tally->sums + mtg_cell(f->order, players, low.count + high->count) * sizes * f->m;
    for (uint32_t t = high->count; t <= f->high_bits; ++t)
      for (uint64_t set = 0; set < UINT64_C(1) << f->low_bits; ++set) {
        if ((set & mask) != mask) continue;
        const double *source = from + ((size_t)(t - high->count) << f->low_bits) * f->m + set * f->m;
        double *sum = to + (size_t)(t + mtg_popcount(set)) * f->m;
        for (uint32_t i = 0; i < f->m; ++i) sum[i] += source[i];
      }
  }
}

mtg_tally *mtg_fold_finish(mtg_fold *f) {
  if (f->next != UINT64_C(1) << f->n) return NULL;
  const uint64_t n_cells = mtg_cell_count(f->order, f->high_bits);
  cell high = { { 0 }, 0 };
  for (uint64_t at = 0; at < n_cells; ++at, next_cell(&high, f->order))
    unfold(f, &high, f->waiting[f->high_bits] + offset_of(f, f->high_bits, at) * f->columns);
  mtg_tally *tally = f->tally;
  f->tally = NULL;
  mtg_tally_find_nulls(tally);
  return tally;
}

const mtg_tally *mtg_fold_partial(const mtg_fold *f) { return f->tally; }
