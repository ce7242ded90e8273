/* SPDX-License-Identifier: MIT */
#include "score.h"

#include <math.h>


void recall_scores_of_map(const double *phi, uint32_t n, double *scores) {
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) scores[i * n + j] = i == j ? 0.0 : fabs(phi[i] + phi[j]);
}

void recall_scores_of_matrix(const double *matrix, uint32_t n, double *scores) {
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) scores[i * n + j] = i == j ? 0.0 : fabs(matrix[i * n + j]);
}

void recall_scores_adjacent(uint32_t n, double *scores) {
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) scores[i * n + j] = i == j ? 0.0 : 1.0 / (double)(i < j ? j - i : i - j);
}

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014) on a counter. */
static double uniform(uint64_t draw, uint64_t cell) {
  uint64_t z = (draw * UINT64_C(65536) + cell + 1) * UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

void recall_scores_random(uint32_t n, int symmetric, uint64_t draw, double *scores) {
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < n; ++j) {
      const size_t low = i < j ? i : j, high = i < j ? j : i;
      scores[i * n + j] = i == j ? 0.0 : uniform(draw, symmetric ? low * n + high : i * n + j);
    }
}

/* One entry of the ranking; pairs rank by the larger direction. */
static double entry(const double *scores, uint32_t n, size_t i, size_t j, int scoring) {
  const double there = scores[i * n + j], back = scores[j * n + i];
  return scoring == RECALL_PAIRS && back > there ? back : there;
}

/* Entries of the ranking: all, those above a score, and those equal to it. */
typedef struct standing {
  size_t all, above, equal;
} standing;

static standing stand(const double *scores, uint32_t n, int scoring, double score) {
  standing found = { 0, 0, 0 };
  for (size_t i = 0; i < n; ++i)
    for (size_t j = scoring == RECALL_PAIRS ? i + 1 : 0; j < n; ++j) {
      if (i == j) continue;
      const double value = entry(scores, n, i, j, scoring);
      ++found.all;
      found.above += value > score;
      found.equal += value == score;
    }
  return found;
}

/* The pair's best score, and how many of its entries have it. */
static double best_of(const double *scores, uint32_t n, const recall_sides *sides, int scoring, size_t *count) {
  double best = -1.0;
  *count = 0;
  for (size_t a = 0; a < sides->n[0]; ++a)
    for (size_t b = 0; b < sides->n[1]; ++b)
      for (size_t turn = 0; turn < (scoring == RECALL_PAIRS ? 1u : 2u); ++turn) {
        const size_t i = turn ? sides->player[1][b] : sides->player[0][a], j = turn ? sides->player[0][a] : sides->player[1][b];
        const double value = entry(scores, n, i, j, scoring);
        if (value > best) *count = 0;
        if (value >= best) {
          best = value;
          ++*count;
        }
      }
  return best;
}

/* That one of `own` entries is among the first `slots`, in a ranking in which `above` come first and `equal` (own ones with them) follow
 * in random order. Entries of the pair below its best do not matter: where they are in, the best is. */
static double found_with(size_t slots, size_t above, size_t equal, size_t own) {
  if (slots <= above) return 0.0;
  const size_t room = slots - above;
  if (room > equal - own) return 1.0;
  double missed = 1.0;
  for (size_t k = 0; k < own; ++k) missed *= (double)(equal - room - k) / (double)(equal - k);
  return 1.0 - missed;
}

double recall_found(const double *scores, uint32_t n, const recall_sides *sides, int scoring, double percent) {
  size_t own;
  const double best = best_of(scores, n, sides, scoring, &own);
  const standing place = stand(scores, n, scoring, best);
  const double slots = percent * (double)place.all / 100.0, whole = floor(slots + 1e-9);
  const double part = slots - whole > 1e-9 ? slots - whole : 0.0;
  const size_t first = (size_t)whole;
  double found = found_with(first, place.above, place.equal, own);
  if (part > 0.0) found += part * (found_with(first + 1, place.above, place.equal, own) - found);
  return found;
}

double recall_position(const double *scores, uint32_t n, const recall_sides *sides, int scoring) {
  size_t own;
  const standing place = stand(scores, n, scoring, best_of(scores, n, sides, scoring, &own));
  return 100.0 * ((double)place.above + ((double)place.equal + 1.0) / 2.0) / (double)place.all;
}

recall_mean recall_mean_of(const double *values, size_t count) {
  recall_mean out = { count, NAN, NAN };
  double sum = 0.0, squares = 0.0;
  for (size_t k = 0; k < count; ++k) sum += values[k];
  if (count == 0) return out;
  out.mean = sum / (double)count;
  for (size_t k = 0; k < count; ++k) squares += (values[k] - out.mean) * (values[k] - out.mean);
  if (count > 1) out.twice_error = 2.0 * sqrt(squares / (double)(count - 1) / (double)count);
  return out;
}
