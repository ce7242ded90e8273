/* SPDX-License-Identifier: MIT */
/* Orders of players: Castro, Gomez, Tejada, "Polynomial calculation of the Shapley value based on sampling", 2009; the reverse of
 * each order as its antithetic partner: Mitchell, Cooper, Frank, Holmes, "Sampling permutations for Shapley value estimation", 2022;
 * moving a pinned target to the front: docs/mathematics.md, section 6. Time O(1) a step. Where some but not all players are own players, pairs differ
 * in cost and are walked once to be counted; such plans end at 2^22 rows. */
#include "plan/orders.h"

#include "base/random.h"

enum { MOST_ENUMERATED = 9, MOST_WALKED = 1 << 22 }; /* players: 9!/2 pairs; rows */

static uint64_t half_factorial(uint32_t n) {
  uint64_t value = 1;
  for (uint32_t k = 3; k <= n; ++k) value *= k;
  return value;
}

/* Rows of the unit that `walk` stands at the start of. */
static uint64_t count_rows(mtg_walk *walk) {
  uint64_t rows = 0;
  for (mtg_step_kind step; (step = mtg_walk_step(walk)) != MTG_STEP_END;) rows += !walk->known;
  return rows;
}

static uint64_t worst_unit(const mtg_problem *problem) {
  const uint32_t n = problem->n, n_own = problem->n_own;
  if (n < 2) return 0;
  uint64_t prefixes = problem->has_free ? n - 1 : n - 2, fronts = 0;
  for (uint32_t k = 1; k + 1 < n; ++k) { /* own players behind place k + 1, all of them as late as can be */
    uint32_t behind = n - k - 1;
    fronts += behind < n_own ? behind : n_own;
  }
  return 2 * (prefixes + fronts);
}

/* Whether every pair of orders asks as many coalitions as the worst one. */
static int is_even(const mtg_problem *problem) {
  return problem->n_own == 0 || (problem->n_own == problem->n && !problem->has_free);
}

static uint64_t header_rows(const mtg_problem *problem) {
  uint64_t rows = (uint64_t)(problem->has_free != 0) + 1 + problem->n_own;
  return problem->n == 1 && problem->n_own == 1 ? rows - 1 : rows; /* the singleton is everyone */
}

uint64_t mtg_orders_least_budget(const mtg_problem *problem) {
  return header_rows(problem) + worst_unit(problem);
}

uint64_t mtg_orders_bytes(const mtg_problem *problem) {
  return 3 * (problem->words * sizeof(uint64_t) + 3 * (uint64_t)problem->n * sizeof(uint32_t) + 3 * MTG_BLOCK_OVERHEAD);
}

metagame_status mtg_orders_open(mtg_orders *orders, const mtg_problem *problem, metagame_error *err) {
  memset(orders, 0, sizeof *orders);
  orders->problem = problem;
  orders->own_players = mtg_new(&problem->alloc, problem->words, sizeof(uint64_t));
  if (!orders->own_players) return mtg_fail_memory(err, &problem->alloc, "the plan");
  mtg_problem_own_players(problem, orders->own_players);
  orders->n_header = header_rows(problem);
  const uint64_t worst = worst_unit(problem), least = orders->n_header + worst;
  if (problem->budget < least) {
    mtg_orders_close(orders);
    return mtg_fail(err, METAGAME_E_BUDGET, "options.max_evaluations is %llu, permutation sampling of %u players needs %llu for one pair "
                    "of orders", (unsigned long long)problem->budget, problem->n, (unsigned long long)least);
  }
  const uint64_t all = problem->n <= MOST_ENUMERATED ? half_factorial(problem->n) : UINT64_MAX;
  if (worst > 0 && is_even(problem)) {
    const uint64_t holds = (problem->budget - orders->n_header) / worst;
    orders->enumerated = holds >= all;
    orders->n_units = holds < all ? holds : all;
    orders->n_rows = orders->n_header + orders->n_units * worst;
    return METAGAME_OK;
  }
  const uint64_t most = least > MOST_WALKED ? least : MOST_WALKED, budget = problem->budget < most ? problem->budget : most;
  mtg_walk walk;
  metagame_status status = mtg_walk_open(&walk, orders, err);
  if (status != METAGAME_OK) {
    mtg_orders_close(orders);
    return status;
  }
  for (int enumerated = 1; enumerated >= 0; --enumerated) { /* all pairs if the budget holds them, else as many as it holds */
    if (enumerated && (all == UINT64_MAX || (worst > 0 && all > budget))) continue;
    orders->enumerated = enumerated;
    orders->n_rows = orders->n_header;
    for (orders->n_units = 0; orders->n_units < all; ++orders->n_units) {
      mtg_walk_start(&walk, orders->n_units);
      uint64_t rows = count_rows(&walk);
      if (rows > budget - orders->n_rows) break;
      orders->n_rows += rows;
    }
    if (orders->n_units == all) break;
  }
  mtg_walk_close(&walk);
  return METAGAME_OK;
}

void mtg_orders_close(mtg_orders *orders) {
  if (!orders->problem) return;
  mtg_free(&orders->problem->alloc, orders->own_players);
  orders->own_players = NULL;
}

void mtg_orders_header(const mtg_orders *orders, uint64_t index, uint64_t *mask) {
  const mtg_problem *problem = orders->problem;
  mtg_mask_clear(mask, problem->words);
  if (problem->has_free && index-- == 0) return;
  if (index-- == 0) {
    mtg_mask_fill(mask, problem->n);
    return;
  }
  for (uint32_t player = 0; player < problem->n; ++player)
    if (mtg_mask_has(orders->own_players, player) && index-- == 0) mtg_mask_add(mask, player);
}

metagame_status mtg_walk_open(mtg_walk *walk, const mtg_orders *orders, metagame_error *err) {
  const mtg_problem *problem = orders->problem;
  memset(walk, 0, sizeof *walk);
  walk->orders = orders;
  walk->order = mtg_new(&problem->alloc, 2 * (size_t)problem->n + problem->n_own, sizeof *walk->order);
  walk->prefix = mtg_new(&problem->alloc, problem->words, sizeof *walk->prefix);
  if (!walk->order || !walk->prefix) {
    mtg_walk_close(walk);
    return mtg_fail_memory(err, &problem->alloc, "the plan");
  }
  walk->place = walk->order + problem->n;
  walk->own_places = walk->place + problem->n;
  return METAGAME_OK;
}

void mtg_walk_close(mtg_walk *walk) {
  if (!walk->orders) return;
  mtg_free(&walk->orders->problem->alloc, walk->order);
  mtg_free(&walk->orders->problem->alloc, walk->prefix);
  memset(walk, 0, sizeof *walk);
}

/* Pair `unit` of all n!/2: first and last player a < b, and an arrangement of the others. */
static void enumerate_order(uint32_t *order, uint32_t n, uint64_t unit) {
  if (n < 2) return;
  uint32_t a = 0, b = 1, rest = 0;
  uint64_t arrangements = 1;
  for (uint32_t k = 2; k + 2 <= n; ++k) arrangements *= k;
  for (uint64_t pair = unit / arrangements; pair > 0; --pair)
    if (++b == n) b = ++a + 1;
  for (uint32_t player = 0; player < n; ++player)
    if (player != a && player != b) order[1 + rest++] = player;
  uint64_t code = unit % arrangements;
  for (uint32_t left = rest; left > 1; --left) { /* factorial number system as swaps */
    uint32_t pick = (uint32_t)(code % left), kept = order[left];
    code /= left;
    order[left] = order[1 + pick];
    order[1 + pick] = kept;
  }
  order[0] = a;
  order[n - 1] = b;
}

static void begin_order(mtg_walk *walk) {
  const uint32_t n = walk->orders->problem->n;
  uint32_t n_own = 0;
  for (uint32_t at = 0; at < n; ++at) {
    walk->place[walk->order[at]] = at;
    if (mtg_mask_has(walk->orders->own_players, walk->order[at])) walk->own_places[n_own++] = at;
  }
  mtg_mask_clear(walk->prefix, walk->orders->problem->words);
  walk->k = 0;
  walk->next_own = 0;
  walk->at = n_own;
  walk->begun = 1;
}

void mtg_walk_start(mtg_walk *walk, uint64_t unit) {
  const mtg_problem *problem = walk->orders->problem;
  for (uint32_t player = 0; player < problem->n; ++player) walk->order[player] = player;
  if (walk->orders->enumerated) {
    enumerate_order(walk->order, problem->n, unit);
  } else {
    mtg_random random = mtg_random_at(problem->seed, MTG_STREAM_ORDERS, unit);
    for (uint32_t left = problem->n; left > 1; --left) {
      uint32_t pick = mtg_random_below(&random, left), kept = walk->order[left - 1];
      walk->order[left - 1] = walk->order[pick];
      walk->order[pick] = kept;
    }
  }
  walk->reversed = 0;
  begin_order(walk);
}

mtg_step_kind mtg_walk_step(mtg_walk *walk) {
  const mtg_orders *orders = walk->orders;
  const uint32_t n = orders->problem->n, n_own = orders->problem->n_own;
  for (;;) {
    if (walk->at < n_own) { /* T_k + own players behind place k + 1; none once T_k + p would be everyone */
      walk->front = walk->order[walk->own_places[walk->at++]];
      walk->known = 0;
      return MTG_STEP_FRONT;
    }
    if (walk->k == n) {
      if (walk->reversed) return MTG_STEP_END;
      for (uint32_t low = 0, high = n - 1; low < high; ++low, --high) {
        uint32_t kept = walk->order[low];
        walk->order[low] = walk->order[high];
        walk->order[high] = kept;
      }
      walk->reversed = 1;
      begin_order(walk);
    }
    mtg_mask_add(walk->prefix, walk->order[walk->k++]);
    while (walk->next_own < n_own && walk->own_places[walk->next_own] <= walk->k) ++walk->next_own;
    walk->at = walk->k + 1 < n ? walk->next_own : n_own;
    if (walk->k == n || (walk->k == 1 && mtg_mask_has(orders->own_players, walk->order[0]))) {
      walk->known = 1;
      return MTG_STEP_PREFIX;
    }
    if (orders->problem->has_free || walk->own_places[0] < walk->k) { /* a target needs T_k */
      walk->known = 0;
      return MTG_STEP_PREFIX;
    }
  }
}

void mtg_walk_mask(const mtg_walk *walk, mtg_step_kind step, uint64_t *mask) {
  mtg_mask_copy(mask, walk->prefix, walk->orders->problem->words);
  if (step == MTG_STEP_FRONT) mtg_mask_add(mask, walk->front);
}
