/* SPDX-License-Identifier: MIT */
#include "estimate/tally.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/mask.h"

uint64_t mtg_cell_count(uint32_t order, uint32_t n) {
  uint64_t count = 0, binomial = 1;
  for (uint32_t size = 0; size <= order; ++size) {
    count += binomial;
    binomial = size < n ? binomial * (n - size) / (size + 1) : 0;
  }
  return count;
}

uint64_t mtg_cell(uint32_t order, const uint32_t *players, uint32_t count) {
  uint64_t cell = 0;
  for (uint32_t at = count; at-- > 0;) cell += mtg_cell_count(order - (count - 1 - at), players[at]);
  return cell;
}

uint64_t mtg_tally_bytes(uint32_t n, uint32_t m, uint32_t order) {
  return sizeof(mtg_tally) + m * (sizeof(int32_t) + 4 * sizeof(double)) + mtg_cell_count(order, n) * (n + 1) * m * sizeof(double) +
         7 * MTG_BLOCK_OVERHEAD;
}

metagame_status mtg_tally_open(mtg_tally **out, const mtg_alloc *alloc, uint32_t n, uint32_t m, uint32_t order, const int32_t *own,
                               metagame_error *err) {
  mtg_tally *tally = mtg_new(alloc, 1, sizeof *tally);
  if (!tally) return mtg_fail_memory(err, alloc, "the sums by size");
  tally->alloc = *alloc;
  tally->n = n;
  tally->m = m;
  tally->order = order;
  tally->own = mtg_copy(alloc, own, m, sizeof *own);
  tally->sums = mtg_new(alloc, (size_t)mtg_cell_count(order, n) * (n + 1), m * sizeof(double));
  tally->start = mtg_new(alloc, m, sizeof(double));
  tally->last = mtg_new(alloc, m, sizeof(double));
  tally->magnitude = mtg_new(alloc, m, sizeof(double));
  tally->null_players = mtg_new(alloc, m, sizeof *tally->null_players);
  if (!tally->null_players || !tally->own || !tally->sums || !tally->start || !tally->last || !tally->magnitude) {
    mtg_tally_close(tally);
    return mtg_fail_memory(err, alloc, "the sums by size");
  }
  *out = tally;
  return METAGAME_OK;
}

static void drop_groups(mtg_tally *tally) {
  for (uint32_t g = 0; g < tally->n_groups; ++g) mtg_tally_close(tally->groups[g]);
  mtg_free(&tally->alloc, tally->groups);
  tally->groups = NULL;
  tally->n_groups = 0;
}

void mtg_tally_close(mtg_tally *tally) {
  if (!tally) return;
  const mtg_alloc alloc = tally->alloc;
  drop_groups(tally);
  void *const blocks[] = { tally->own, tally->sums, tally->start, tally->last, tally->magnitude, tally->null_players };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(&alloc, blocks[b]);
  mtg_free(&alloc, tally);
}

metagame_status mtg_tally_add_groups(mtg_tally *tally, uint32_t n_groups, metagame_error *err) {
  tally->groups = mtg_new(&tally->alloc, n_groups, sizeof *tally->groups);
  if (!tally->groups) return mtg_fail_memory(err, &tally->alloc, "the sums by size");
  for (uint32_t g = 0; g < n_groups; ++g) {
    const metagame_status status = mtg_tally_open(&tally->groups[g], &tally->alloc, tally->n, tally->m, tally->order, tally->own, err);
    if (status != METAGAME_OK) {
      drop_groups(tally);
      return status;
    }
    ++tally->n_groups;
    memcpy(tally->groups[g]->start, tally->start, tally->m * sizeof *tally->start);
    memcpy(tally->groups[g]->last, tally->last, tally->m * sizeof *tally->last);
    memcpy(tally->groups[g]->magnitude, tally->magnitude, tally->m * sizeof *tally->magnitude);
  }
  return METAGAME_OK;
}

void mtg_tally_keep(mtg_tally *tally) {
  void *const blocks[] = { tally->own, tally->sums, tally->start, tally->last, tally->magnitude, tally->null_players, tally->groups, tally };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_unmeter(&tally->alloc, blocks[b]);
  tally->alloc.meter = NULL;
  for (uint32_t g = 0; g < tally->n_groups; ++g) mtg_tally_keep(tally->groups[g]);
}

void mtg_tally_parts(const mtg_tally *tally, uint32_t target, const uint32_t *players, uint32_t count,
                     double out[1 << MTG_MOST_ORDER][MTG_TALLY_SIZES]) {
  const uint32_t n_sets = 1u << count, pinned = tally->own[target] >= 0, others = tally->n - pinned - count;
  const double *column[1 << MTG_MOST_ORDER];
  for (uint32_t set = 0; set < n_sets; ++set) {
    uint32_t members[MTG_MOST_ORDER], size = 0;
    for (uint32_t b = 0; b < count; ++b)
      if (set >> b & 1) members[size++] = players[b];
    column[set] = tally->sums + mtg_cell(tally->order, members, size) * (tally->n + 1) * tally->m + target;
  }
  for (uint32_t set = 0; set < n_sets; ++set)
    for (uint32_t s = 0; s <= others; ++s) {
      const size_t row = (size_t)(s + mtg_popcount(set) + pinned) * tally->m;
      double sum = 0;
      for (uint32_t more = set; more < n_sets; ++more)
        if ((more & set) == set) sum += mtg_popcount(more ^ set) % 2 ? -column[more][row] : column[more][row];
      out[set][s] = sum;
    }
}

void mtg_tally_derivatives(const mtg_tally *tally, uint32_t target, const uint32_t *players, uint32_t count,
                           double out[MTG_TALLY_SIZES]) {
  double parts[1 << MTG_MOST_ORDER][MTG_TALLY_SIZES];
  mtg_tally_parts(tally, target, players, count, parts);
  for (uint32_t s = 0; s <= mtg_tally_players(tally, target) - count; ++s) {
    out[s] = 0;
    for (uint32_t set = 0; set < 1u << count; ++set) out[s] += (count - mtg_popcount(set)) % 2 ? -parts[set][s] : parts[set][s];
  }
}

static int is_rounding(const mtg_tally *tally, uint32_t target, const uint32_t *players, uint32_t count) {
  double sums[MTG_TALLY_SIZES], bound = 16 * tally->n * DBL_EPSILON * tally->magnitude[target];
  const uint32_t contexts = mtg_tally_players(tally, target) - count;
  mtg_tally_derivatives(tally, target, players, count, sums);
  for (uint32_t s = 0; s <= contexts; ++s) { /* bound * C(contexts, s) */
    if (fabs(sums[s]) > bound) return 0;
    bound = bound * (contexts - s) / (s + 1);
  }
  return 1;
}

void mtg_tally_find_nulls(mtg_tally *tally) {
  for (uint32_t i = 0; i < tally->m; ++i)
    for (uint32_t j = 0; j < tally->n; ++j) {
      int is_null = (int32_t)j != tally->own[i] && is_rounding(tally, i, &j, 1);
      for (uint32_t other = 0; is_null && tally->order > 1 && other < tally->n; ++other) {
        const uint32_t pair[2] = { j < other ? j : other, j < other ? other : j };
        if (other != j && (int32_t)other != tally->own[i]) is_null = is_rounding(tally, i, pair, 2);
      }
      if (is_null) tally->null_players[i] |= UINT64_C(1) << j;
    }
}
