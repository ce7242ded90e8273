/* SPDX-License-Identifier: MIT */
/* Marginal halving (docs/mathematics.md, section 5).
 *
 *   phi_{j->i} = X_ji - c_i,   X_ji = sum_{T has j} P_t d_i(T),   c_i = sum_T Q_t d_i(T),   t = |T|
 *   d_i(T) = [i in T] (v_i(T) - v_i({i}))  for a pinned target (the game of n-1 players, s = t-1)
 *            v_i(T) - v_i(empty)           for a free one
 *
 * with the weights of base/semivalue.h for n-1 and n players. Rows come in counting order. A block of 2^k rows whose index has bit k
 * set adds its total to X_k and is merged with its twin: 2 additions for each row. Blocks of 64 rows are folded at once, four rows at
 * the first step; above them one total for each bit waits for its twin. Totals of blocks enter X and c as compensated sums, so that
 * rounding does not grow with 2^n.
 *
 * Time 2 (2^n - 1) additions of m-vectors and about 8 operations on each number to weigh it. Memory (3n + O(1)) m numbers. */
#include "estimate/halving.h"

#include <math.h>
#include <string.h>

#include "base/semivalue.h"

enum { BLOCK_BITS = 6, BLOCK = 1 << BLOCK_BITS, TILE = 32 };

typedef struct fold_table fold_table;

struct mtg_halving {
  mtg_alloc alloc;
  const fold_table *fold; /* loops for the widest vectors of this machine */
  uint32_t n, m, block_bits;
  const int32_t *own;
  uint32_t n_tiles;
  uint32_t *pinned_order;  /* targets with own player, by tile and own player */
  uint32_t *pinned_offset; /* n_tiles x (n + 1): where a tile's targets of a player begin */
  double weights[2][2][METAGAME_EXACT_MAX_PLAYERS + 1]; /* [free][P, Q][t] */
  double *start;                   /* m: v_i({i}) or v_i(empty) */
  double *magnitude;               /* m: max |d_i| */
  double *last;                    /* m: v_i(everyone) */
  double *x_high, *x_low;          /* n x m compensated sums X */
  double *c_high, *c_low;          /* m */
  double *waiting;                 /* n x m: totals of blocks that wait for their twin */
  double *staged;                  /* BLOCK x m rows of an unfinished block */
  double *carry;                   /* m */
  double *gates;                   /* n_tiles x 4 x TILE: is the own player in row r of four */
  uint32_t *run_end;               /* m, within the tile: runs of pinned or of free targets share their weights */
  uint64_t *gate_index;            /* n_tiles: the coalition that a tile's gates stand at */
  double *folded, *spare;          /* BLOCK / 4 and BLOCK / 16 x TILE */
  double *sums;                    /* (BLOCK_BITS + 2) x TILE, of one block: max |d|, c, X of its bits */
  uint64_t next;                   /* index of the next row */
  uint64_t first;                  /* 0, or 1 when the empty coalition is not asked */
};

static void set_weights(mtg_halving *h, int outer) {
  const int kind = outer == METAGAME_OUTER_BANZHAF ? MTG_BANZHAF : MTG_SHAPLEY;
  mtg_semivalue_weights(kind, h->n, h->weights[1][0], h->weights[1][1]);
  if (h->n == 1) return; /* a pinned target of one player has the diagonal alone */
  mtg_semivalue_weights(kind, h->n - 1, h->weights[0][0] + 1, h->weights[0][1] + 1); /* s = t - 1 */
}

static void sort_pinned(mtg_halving *h) {
  uint32_t at = 0;
  for (uint32_t i = h->m; i-- > 0;) {
    const int ends = i + 1 == h->m || (i + 1) % TILE == 0 || (h->own[i] < 0) != (h->own[i + 1] < 0);
    h->run_end[i] = ends ? i % TILE + 1 : h->run_end[i + 1];
  }
  for (uint32_t tile = 0; tile < h->n_tiles; ++tile) {
    uint32_t end = (tile + 1) * TILE < h->m ? (tile + 1) * TILE : h->m;
    for (uint32_t player = 0; player <= h->n; ++player) {
      h->pinned_offset[tile * (h->n + 1) + player] = at;
      if (player == h->n) break;
      for (uint32_t i = tile * TILE; i < end; ++i)
        if (h->own[i] == (int32_t)player) h->pinned_order[at++] = i;
    }
  }
}

uint64_t mtg_halving_bytes(const mtg_problem *problem) {
  uint64_t n = problem->n, m = problem->m, tiles = (m + TILE - 1) / TILE;
  uint64_t doubles = 3 * n * m + 6 * m + BLOCK * m + (4 * tiles + BLOCK / 2 + BLOCK_BITS + 2) * TILE + tiles;
  return sizeof(mtg_halving) + doubles * sizeof(double) + (2 * m + tiles * (n + 1)) * sizeof(uint32_t) + 20 * MTG_BLOCK_OVERHEAD;
}

static const fold_table *choose_fold(void);
static void open_gates(mtg_halving *h);

metagame_status mtg_halving_open(mtg_halving **out, const mtg_problem *problem, metagame_error *err) {
  const mtg_alloc *alloc = &problem->alloc;
  const size_t n = problem->n, m = problem->m;
  mtg_halving *h = mtg_new(alloc, 1, sizeof *h);
  if (!h) return mtg_fail_memory(err, alloc, "the exact solver");
  h->alloc = *alloc;
  h->n = problem->n;
  h->m = problem->m;
  h->own = problem->own;
  h->block_bits = h->n < BLOCK_BITS ? h->n : BLOCK_BITS;
  h->first = h->next = problem->has_free ? 0 : 1;
  h->n_tiles = (uint32_t)((m + TILE - 1) / TILE);
  h->pinned_order = mtg_new(alloc, m, sizeof *h->pinned_order);
  h->pinned_offset = mtg_new(alloc, h->n_tiles * (n + 1), sizeof *h->pinned_offset);
  double **const arrays[] = { &h->start, &h->magnitude, &h->last,  &h->x_high, &h->x_low,  &h->c_high,  &h->c_low,
                              &h->waiting, &h->staged,  &h->carry, &h->gates,  &h->folded, &h->spare, &h->sums };
  const size_t counts[] = { m, m, m, n * m, n * m, m, m, n * m, BLOCK * m, m, h->n_tiles * 4 * (size_t)TILE, BLOCK / 4 * TILE, BLOCK / 16 * TILE,
                            (BLOCK_BITS + 2) * TILE };
  h->gate_index = mtg_new(alloc, h->n_tiles, sizeof *h->gate_index);
  h->run_end = mtg_new(alloc, m, sizeof *h->run_end);
  int missing = !h->run_end || !h->pinned_order || !h->pinned_offset || !h->gate_index;
  for (size_t a = 0; a < sizeof counts / sizeof *counts && !missing; ++a)
    missing = (*arrays[a] = mtg_new(alloc, counts[a], sizeof(double))) == NULL;
  if (missing) {
    metagame_status status = mtg_fail_memory(err, alloc, "the exact solver");
    mtg_halving_close(h);
    return status;
  }
  h->fold = choose_fold();
  set_weights(h, problem->outer);
  sort_pinned(h);
  open_gates(h);
  *out = h;
  return METAGAME_OK;
}

void mtg_halving_close(mtg_halving *h) {
  if (!h) return;
  mtg_alloc alloc = h->alloc;
  void *const blocks[] = { h->pinned_order, h->pinned_offset, h->gate_index, h->run_end, h->start, h->magnitude, h->last,  h->x_high, h->x_low,  h->c_high,
                           h->c_low,        h->waiting,       h->staged, h->carry,    h->gates, h->folded, h->spare, h->sums };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(&alloc, blocks[b]);
  mtg_free(&alloc, h);
}

/* v_i({i}) and v_i(empty), as soon as their rows are in: both come before every row that needs them. */
static void find_starts(mtg_halving *h, const double *rows, uint64_t first, uint32_t n_rows) {
  for (uint32_t i = 0; i < h->m; ++i) {
    uint64_t index = h->own[i] < 0 ? 0 : UINT64_C(1) << h->own[i];
    if (index >= first && index - first < n_rows) {
      h->start[i] = rows[(index - first) * h->m + i];
      h->magnitude[i] = fabs(h->start[i]);
    }
  }
}

static void add_compensated(double *restrict high, double *restrict low, const double *restrict terms, size_t count) {
  for (size_t i = 0; i < count; ++i) { /* two-sum: no branch on magnitudes */
    double sum = high[i] + terms[i], part = sum - high[i];
    low[i] += (high[i] - (sum - part)) + (terms[i] - part);
    high[i] = sum;
  }
}

/* Brings a tile's gates to the four rows from coalition `index` (a multiple of 4) on: only players whose bit changed are touched. */
static void set_gates(mtg_halving *h, uint32_t tile, uint64_t index) {
  const uint32_t *offset = h->pinned_offset + (size_t)tile * (h->n + 1);
  double *gates = h->gates + (size_t)tile * 4 * TILE;
  for (uint64_t changed = h->gate_index[tile] ^ index; changed; changed &= changed - 1) {
    const uint32_t player = mtg_lowest_bit(changed);
    const double gate = (double)(index >> player & 1);
    for (uint32_t at = offset[player]; at < offset[player + 1]; ++at) {
      double *target = gates + h->pinned_order[at] % TILE;
      target[0] = target[TILE] = target[2 * TILE] = target[3 * TILE] = gate;
    }
  }
  h->gate_index[tile] = index;
}

/* Gates of coalition 0: closed for pinned targets, but where players 0 and 1 come and go within four rows. */
static void open_gates(mtg_halving *h) {
  for (uint32_t i = 0; i < h->m; ++i)
    for (uint32_t r = 0; r < 4; ++r)
      h->gates[(size_t)(i / TILE) * 4 * TILE + r * TILE + i % TILE] = h->own[i] < 0 || (h->own[i] < 2 && (r >> h->own[i] & 1));
}

/* The two loops that take the time, vectorised over targets. Every lane does the same operations in the same order whatever the
 * vector width, so the bits do not depend on the machine.
 *
 * fold_four weighs four rows and folds them into one: bits 0 and 1 of X, c, and their total. */
#define FOLD_FOUR_BODY                                                                                                \
  const double p0 = p[0], p1 = p[1], p2 = p[2], q0 = q[0], q1 = q[1], q2 = q[2];                                      \
  for (size_t i = 0; i < count; ++i) { /* size_t: wrapping indices would stop the vectoriser */                       \
    double d0 = (rows[i] - start[i]) * gates[i], d1 = (rows[stride + i] - start[i]) * gates[TILE + i];                \
    double d2 = (rows[2 * stride + i] - start[i]) * gates[2 * TILE + i];                                              \
    double d3 = (rows[3 * stride + i] - start[i]) * gates[3 * TILE + i];                                              \
    double a0 = fabs(d0), a1 = fabs(d1), a2 = fabs(d2), a3 = fabs(d3), most = sums[i];                                \
    a0 = a0 > a1 ? a0 : a1;                                                                                           \
    a2 = a2 > a3 ? a2 : a3;                                                                                           \
    a0 = a0 > a2 ? a0 : a2;                                                                                           \
    sums[i] = most > a0 ? most : a0;                                                                                  \
    sums[TILE + i] += (q0 * d0 + q1 * (d1 + d2)) + q2 * d3;                                                           \
    double y1 = p1 * d1, y3 = p2 * d3, upper = p1 * d2 + y3;                                                          \
    sums[2 * TILE + i] += y1 + y3;                                                                                    \
    sums[3 * TILE + i] += upper;                                                                                      \
    total[i] = (p0 * d0 + y1) + upper;                                                                                \
  }

/* Two bits at once over what was folded before; whole tiles, because a constant count unrolls. */
#define FOLD_MORE_BODY                                                                                                \
  for (size_t r = 0; r < quads; ++r) {                                                                                \
    const double *from = folded + 4 * r * TILE;                                                                       \
    for (size_t i = 0; i < TILE; ++i) {                                                                               \
      const double y1 = from[TILE + i], y3 = from[3 * TILE + i], upper = from[2 * TILE + i] + y3;                     \
      sums[i] += y1 + y3;                                                                                             \
      sums[TILE + i] += upper;                                                                                        \
      to[r * TILE + i] = (from[i] + y1) + upper;                                                                      \
    }                                                                                                                 \
  }

#define FOLD_FOUR_ARGUMENTS                                                                                           \
  (const double *restrict rows, size_t stride, size_t count,  const double *restrict start, const double *restrict gates, \
   const double *restrict p, const double *restrict q, double *restrict sums, double *restrict total)
#define FOLD_MORE_ARGUMENTS (double *restrict sums, const double *restrict folded, double *restrict to, size_t quads)

struct fold_table {
  void(*four) FOLD_FOUR_ARGUMENTS;
  void(*more) FOLD_MORE_ARGUMENTS;
};

static void fold_four_portable FOLD_FOUR_ARGUMENTS { FOLD_FOUR_BODY }
static void fold_more_portable FOLD_MORE_ARGUMENTS { FOLD_MORE_BODY }
static const fold_table portable = { fold_four_portable, fold_more_portable };

#if defined(__GNUC__) && defined(__x86_64__)
__attribute__((target("avx2"))) static void fold_four_avx2 FOLD_FOUR_ARGUMENTS { FOLD_FOUR_BODY }
__attribute__((target("avx2"))) static void fold_more_avx2 FOLD_MORE_ARGUMENTS { FOLD_MORE_BODY }
static const fold_table avx2 = { fold_four_avx2, fold_more_avx2 };
#endif

static const fold_table *choose_fold(void) {
#if defined(__GNUC__) && defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return &avx2;
#endif
  return &portable;
}

static void fold_tile(mtg_halving *h, const double *rows, uint64_t first, uint32_t tile) {
  const uint32_t begin = tile * TILE, width = h->m - begin < TILE ? h->m - begin : TILE, n_rows = 1u << h->block_bits;
  memset(h->sums, 0, (BLOCK_BITS + 2) * TILE * sizeof(double));
  for (uint32_t r = 0; r < n_rows; r += 4) {
    const uint64_t index = first + r;
    set_gates(h, tile, index);
    const uint32_t t = mtg_popcount(index);
    for (uint32_t from = 0, to; from < width; from = to) {
      const int is_free = h->own[begin + from] < 0;
      to = h->run_end[begin + from];
      h->fold->four(rows + (size_t)r * h->m + begin + from, h->m, to - from, h->start + begin + from,
                    h->gates + (size_t)tile * 4 * TILE + from,
                    h->weights[is_free][0] + t, h->weights[is_free][1] + t, h->sums + from, h->folded + r / 4 * TILE + from);
    }
  }
  double *folded = h->folded, *spare = h->spare;
  for (uint32_t bit = 2; bit + 1 < h->block_bits; bit += 2) {
    h->fold->more(h->sums + (2 + bit) * TILE, folded, spare, n_rows >> (bit + 2));
    double *kept = folded;
    folded = spare;
    spare = kept;
  }
  if (h->block_bits % 2) { /* small games: one bit is left */
    for (uint32_t i = 0; i < width; ++i) {
      h->sums[(1 + h->block_bits) * TILE + i] += folded[TILE + i];
      folded[i] += folded[TILE + i];
    }
  }
  for (uint32_t i = 0; i < width; ++i) h->magnitude[begin + i] = fmax(h->magnitude[begin + i], h->sums[i]);
  add_compensated(h->c_high + begin, h->c_low + begin, h->sums + TILE, width);
  for (uint32_t bit = 0; bit < h->block_bits; ++bit)
    add_compensated(h->x_high + (size_t)bit * h->m + begin, h->x_low + (size_t)bit * h->m + begin, h->sums + (2 + bit) * TILE, width);
  memcpy(h->carry + begin, folded, width * sizeof(double));
}

/* Less than four rows: one player. */
static void fold_pair(mtg_halving *h, const double *rows) {
  for (uint32_t i = 0; i < h->m; ++i) {
    if (h->own[i] >= 0) continue;
    double d = rows[h->m + i] - h->start[i];
    h->magnitude[i] = fmax(h->magnitude[i], fabs(d));
    h->x_high[i] = h->weights[1][0][1] * d;
    h->c_high[i] = h->weights[1][1][1] * d;
  }
}

static void fold_block(mtg_halving *h, const double *rows, uint64_t first) {
  const uint64_t block = first >> h->block_bits;
  find_starts(h, rows, first, 1u << h->block_bits);
  if (h->block_bits < 2) {
    fold_pair(h, rows);
  } else {
    for (uint32_t tile = 0; tile < h->n_tiles; ++tile) fold_tile(h, rows, first, tile);
    uint32_t bit = h->block_bits;
    for (; bit < h->n && (block >> (bit - h->block_bits) & 1); ++bit) {
      add_compensated(h->x_high + (size_t)bit * h->m, h->x_low + (size_t)bit * h->m, h->carry, h->m);
      const double *twin = h->waiting + (size_t)bit * h->m;
      for (uint32_t i = 0; i < h->m; ++i) h->carry[i] += twin[i];
    }
    if (bit < h->n) memcpy(h->waiting + (size_t)bit * h->m, h->carry, h->m * sizeof(double));
  }
  memcpy(h->last, rows + ((size_t)(1u << h->block_bits) - 1) * h->m, h->m * sizeof(double));
}

size_t mtg_halving_until_edge(const mtg_halving *h, uint64_t index) {
  return (size_t)((UINT64_C(1) << h->block_bits) - (index & ((UINT64_C(1) << h->block_bits) - 1)));
}

void mtg_halving_take(mtg_halving *h, const double *rows, size_t n_rows) {
  const uint64_t size = UINT64_C(1) << h->block_bits;
  while (n_rows > 0) {
    uint64_t inside = h->next & (size - 1);
    if (inside == 0 && n_rows >= size) {
      fold_block(h, rows, h->next);
      rows += size * h->m;
      n_rows -= size;
      h->next += size;
      continue;
    }
    size_t count = n_rows < size - inside ? n_rows : (size_t)(size - inside);
    memcpy(h->staged + inside * h->m, rows, count * h->m * sizeof(double)); /* row 0 stays zero where it is not asked */
    rows += count * h->m;
    n_rows -= count;
    h->next += count;
    if ((h->next & (size - 1)) == 0) fold_block(h, h->staged, h->next - size);
  }
}

void mtg_halving_finish(const mtg_halving *h, mtg_numbers *numbers) {
  const int complete = h->next == UINT64_C(1) << h->n;
  numbers->evaluations = h->next - h->first;
  numbers->has_deviation = !complete; /* nothing is known, which is not the same as exact */
  for (uint32_t i = 0; i < h->m; ++i) {
    double *row = numbers->matrix + (size_t)i * h->n;
    if (!complete) {
      for (uint32_t j = 0; j < h->n; ++j) row[j] = numbers->deviation[(size_t)i * h->n + j] = NAN;
      numbers->first_order[i] = NAN;
      numbers->base[i] = h->own[i] >= 0 ? 0 : h->next > (UINT64_C(1) << h->block_bits) - 1 ? h->start[i] : NAN;
      numbers->scale[i] = h->magnitude[i];
      continue;
    }
    for (uint32_t j = 0; j < h->n; ++j) {
      size_t at = (size_t)j * h->m + i;
      row[j] = (h->x_high[at] - h->c_high[i]) + (h->x_low[at] - h->c_low[i]);
    }
    if (h->own[i] >= 0) row[h->own[i]] = h->start[i];
    numbers->base[i] = h->own[i] >= 0 ? 0 : h->start[i];
    numbers->first_order[i] = h->last[i];
    numbers->scale[i] = h->magnitude[i];
  }
}
