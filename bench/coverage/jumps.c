/* SPDX-License-Identifier: MIT */
/* Votes and other games with jumps, by classes of players: size[c] players of class c, count[c] of
 * them in S. */
#include "zoo.h"

#include <math.h>

static uint32_t all_of(const uint32_t *count, uint32_t n) {
  uint32_t sum = 0;
  for (uint32_t c = 0; c < n; ++c) sum += count[c];
  return sum;
}

static double first_or_late(const uint32_t *size, const uint32_t *count) {
  const uint32_t s = count[0] + count[1];
  return (count[0] && s >= 3) || s >= size[0] + size[1] - 1;
}
static void make_first_or_late(zoo_game *game) {
  zoo_from_classes(game, 2, (uint32_t[]){ 1, game->n - 1 }, first_or_late);
}

static double late_xor(const uint32_t *size, const uint32_t *count) {
  (void)size;
  return (count[0] == 1) + (double)(count[1] && all_of(count, 3) >= 4);
}
static void make_late_xor(zoo_game *game) {
  zoo_from_classes(game, 3, (uint32_t[]){ 2, 1, game->n - 3 }, late_xor);
}

static double majority(const uint32_t *size, const uint32_t *count) {
  return 2 * count[0] > size[0];
}
static void make_majority(zoo_game *game) { zoo_from_classes(game, 1, &game->n, majority); }

/* Weights 1, 2, 4 and 7, a quarter of the players each; more than half of the weight. */
static double weighted(const uint32_t *size, const uint32_t *count) {
  const uint32_t have = count[0] + 2 * count[1] + 4 * count[2] + 7 * count[3];
  return 2 * have > size[0] + 2 * size[1] + 4 * size[2] + 7 * size[3];
}
static void make_weighted(zoo_game *game) {
  const uint32_t part = game->n / 4;
  zoo_from_classes(game, 4, (uint32_t[]){ game->n - 3 * part, part, part, part }, weighted);
}

static double veto(const uint32_t *size, const uint32_t *count) {
  return count[0] && 2 * (count[0] + count[1]) > size[0] + size[1];
}
static void make_veto(zoo_game *game) {
  zoo_from_classes(game, 2, (uint32_t[]){ 1, game->n - 1 }, veto);
}

static double council(const uint32_t *size, const uint32_t *count) {
  return count[0] == size[0] && count[0] + count[1] >= 9;
}
static void make_council(zoo_game *game) {
  zoo_from_classes(game, 2, (uint32_t[]){ 5, game->n - 5 }, council);
}

static double double_majority(const uint32_t *size, const uint32_t *count) {
  return 2 * count[0] > size[0] && 2 * count[1] > size[1];
}
static void make_double_majority(zoo_game *game) {
  zoo_from_classes(game, 2, (uint32_t[]){ game->n / 3, game->n - game->n / 3 }, double_majority);
}

static double near_unanimity(const uint32_t *size, const uint32_t *count) {
  return count[0] + 1 >= size[0];
}
static void make_near_unanimity(zoo_game *game) {
  zoo_from_classes(game, 1, &game->n, near_unanimity);
}

static double first_all(const uint32_t *size, const uint32_t *count) { return count[0] == size[0]; }
static void make_unanimity(zoo_game *game) { zoo_from_classes(game, 1, &game->n, first_all); }
static void make_unanimity_of_five(zoo_game *game) {
  zoo_from_classes(game, 2, (uint32_t[]){ 5, game->n - 5 }, first_all);
}

static double glove(const uint32_t *size, const uint32_t *count) {
  (void)size;
  return count[0] < count[1] ? count[0] : count[1];
}
static void make_glove(zoo_game *game) {
  zoo_from_classes(game, 2, (uint32_t[]){ game->n / 3, game->n - game->n / 3 }, glove);
}

static double odd(const uint32_t *size, const uint32_t *count) {
  (void)size;
  return count[0] % 2;
}
static void make_xor(zoo_game *game) {
  zoo_from_classes(game, 2, (uint32_t[]){ 2, game->n - 2 }, odd);
}
static void make_parity(zoo_game *game) { zoo_from_classes(game, 1, &game->n, odd); }

static double late(const uint32_t *size, const uint32_t *count) {
  return count[0] && count[0] + count[1] + 2 >= size[0] + size[1];
}
static void make_late(zoo_game *game) {
  zoo_from_classes(game, 2, (uint32_t[]){ 1, game->n - 1 }, late);
}

static double early(const uint32_t *size, const uint32_t *count) {
  (void)size;
  return count[0] && count[0] + count[1] <= 2;
}
static void make_early(zoo_game *game) {
  zoo_from_classes(game, 2, (uint32_t[]){ 1, game->n - 1 }, early);
}

/* Four players there, three away. */
static double rare_cell(const uint32_t *size, const uint32_t *count) {
  return count[0] == size[0] && count[1] == 0;
}
static void make_rare_cell(zoo_game *game) {
  zoo_from_classes(game, 3, (uint32_t[]){ 4, 3, game->n - 7 }, rare_cell);
}

static double ladder(const uint32_t *size, const uint32_t *count) {
  (void)size;
  return count[0] / 3;
}
static void make_ladder(zoo_game *game) { zoo_from_classes(game, 1, &game->n, ladder); }

static double none(const uint32_t *size, const uint32_t *count) {
  (void)size;
  return count[0] == 0;
}
static void make_any(zoo_game *game) { zoo_from_classes(game, 1, &game->n, none); }

const zoo_entry zoo_jumps[] = {
  { "first-or-late", "vote", 8, ZOO_JUMPS, make_first_or_late },
  { "first-or-late", "vote", 12, ZOO_JUMPS, make_first_or_late },
  { "first-or-late", "vote", 20, ZOO_JUMPS, make_first_or_late },
  { "first-or-late", "vote", 40, ZOO_JUMPS, make_first_or_late },
  { "late-xor", "late", 13, ZOO_JUMPS, make_late_xor },
  { "late-xor", "late", 30, ZOO_JUMPS, make_late_xor },
  { "majority", "vote", 5, ZOO_JUMPS, make_majority },
  { "majority", "vote", 9, ZOO_JUMPS, make_majority },
  { "majority", "vote", 15, ZOO_JUMPS, make_majority },
  { "majority", "vote", 60, ZOO_JUMPS, make_majority },
  { "weighted-vote", "vote", 12, ZOO_JUMPS, make_weighted },
  { "weighted-vote", "vote", 40, ZOO_JUMPS, make_weighted },
  { "veto", "vote", 11, ZOO_JUMPS, make_veto },
  { "veto", "vote", 30, ZOO_JUMPS, make_veto },
  { "council", "vote", 15, ZOO_JUMPS, make_council },
  { "double-majority", "vote", 12, ZOO_JUMPS, make_double_majority },
  { "double-majority", "vote", 30, ZOO_JUMPS, make_double_majority },
  { "near-unanimity", "rare", 8, ZOO_JUMPS, make_near_unanimity },
  { "near-unanimity", "rare", 16, ZOO_JUMPS, make_near_unanimity },
  { "near-unanimity", "rare", 60, ZOO_JUMPS, make_near_unanimity },
  { "unanimity", "rare", 6, ZOO_JUMPS, make_unanimity },
  { "unanimity", "rare", 14, ZOO_JUMPS, make_unanimity },
  { "unanimity", "rare", 50, ZOO_JUMPS, make_unanimity },
  { "unanimity-of-five", "rare", 10, ZOO_JUMPS, make_unanimity_of_five },
  { "unanimity-of-five", "rare", 30, ZOO_JUMPS, make_unanimity_of_five },
  { "glove", "market", 9, ZOO_JUMPS, make_glove },
  { "glove", "market", 24, ZOO_JUMPS, make_glove },
  { "glove", "market", 60, ZOO_JUMPS, make_glove },
  { "xor", "xor", 6, ZOO_JUMPS, make_xor },
  { "xor", "xor", 12, ZOO_JUMPS, make_xor },
  { "xor", "xor", 40, ZOO_JUMPS, make_xor },
  { "parity", "xor", 8, ZOO_JUMPS, make_parity },
  { "parity", "xor", 13, ZOO_JUMPS, make_parity },
  { "late", "late", 10, ZOO_JUMPS, make_late },
  { "late", "late", 20, ZOO_JUMPS, make_late },
  { "early", "late", 14, ZOO_JUMPS, make_early },
  { "rare-cell", "rare", 12, ZOO_JUMPS, make_rare_cell },
  { "rare-cell", "rare", 30, ZOO_JUMPS, make_rare_cell },
  { "ladder", "vote", 12, ZOO_JUMPS, make_ladder },
  { "ladder", "vote", 30, ZOO_JUMPS, make_ladder },
  { "nobody", "rare", 12, ZOO_JUMPS, make_any },
  { NULL, NULL, 0, 0, NULL },
};
