/* SPDX-License-Identifier: MIT */
/* Up to half of all subsets are drawn by rejection; what is beyond by a partial shuffle of the
 * others. Both take numbers of one stream for each size. Time O(count * words + count * t); memory
 * for the set of those drawn, and for the others. */
#include "plan/subsets.h"

#include "base/random.h"
#include "base/saturate.h"
#include "plan/sizes.h"

mtg_subsets mtg_subsets_of(const mtg_problem *problem, uint32_t size, double capacity,
                           uint32_t *members) {
  const mtg_subsets subsets = { problem, size, !problem->has_pinned && 2 * size == problem->n,
                                capacity < 0x1p63 ? (uint64_t)capacity : UINT64_MAX, members };
  return subsets;
}

typedef struct draw {
  const mtg_subsets *of;
  uint32_t from;     /* players below it are in every subset */
  uint64_t *masks;   /* where the next one goes */
  mtg_mask_set seen; /* those drawn before */
  mtg_random random;
} draw;

static metagame_status draw_by_rejection(draw *d, uint64_t count, metagame_error *err) {
  const mtg_problem *problem = d->of->problem;
  uint32_t *members = d->of->members;
  const uint32_t pool = problem->n - d->from, t = d->of->size - d->from;
  const uint32_t few = t <= pool / 2 ? t : pool - t;
  for (uint32_t player = 0; player < pool; ++player) members[player] = d->from + player;
  for (uint64_t drawn = 0; drawn < count;) {
    int added;
    uint64_t number;
    mtg_draw_members(members, pool, few, &d->random);
    mtg_mask_clear(d->masks, problem->words);
    if (few < t) mtg_mask_fill(d->masks, problem->n);
    for (uint32_t at = 0; at < few; ++at) {
      if (few < t)
        mtg_mask_remove(d->masks, members[at]);
      else
        mtg_mask_add(d->masks, members[at]);
    }
    for (uint32_t player = 0; player < d->from; ++player) mtg_mask_add(d->masks, player);
    if (mtg_mask_set_add(&d->seen, d->masks, &number, &added) != 0)
      return mtg_fail_memory(err, &problem->alloc, "the plan");
    if (!added) continue;
    d->masks += problem->words;
    ++drawn;
  }
  return METAGAME_OK;
}

static void swap_masks(uint64_t *a, uint64_t *b, size_t words) {
  for (size_t w = 0; w < words; ++w) {
    const uint64_t kept = a[w];
    a[w] = b[w];
    b[w] = kept;
  }
}

/* All subsets that were not drawn, in counting order. */
static void list_others(const draw *d, uint64_t count, uint64_t *masks) {
  const mtg_problem *problem = d->of->problem;
  uint32_t *members = d->of->members;
  const size_t words = problem->words;
  const uint32_t t = d->of->size - d->from;
  uint64_t *mask = masks;
  for (uint32_t at = 0; at < t; ++at) members[at] = at;
  for (int more = 1; more && mask < masks + count * words;
       more = mtg_next_subset(members, t, problem->n - d->from)) {
    mtg_mask_clear(mask, words);
    for (uint32_t player = 0; player < d->from; ++player) mtg_mask_add(mask, player);
    for (uint32_t at = 0; at < t; ++at) mtg_mask_add(mask, d->from + members[at]);
    if (!mtg_mask_set_has(&d->seen, mask)) mask += words;
  }
}

/* The first `count` of the others in random order. */
static metagame_status draw_others(draw *d, uint64_t count, metagame_error *err) {
  const mtg_problem *problem = d->of->problem;
  const size_t words = problem->words;
  const uint64_t n_others = d->of->capacity - d->seen.count;
  uint64_t *others = mtg_new(&problem->alloc, n_others, words * sizeof *others);
  if (!others) return mtg_fail_memory(err, &problem->alloc, "the plan");
  list_others(d, n_others, others);
  for (uint64_t at = 0; at < count; ++at) {
    const uint64_t pick = at + mtg_random_u64(&d->random) % (n_others - at);
    swap_masks(others + at * words, others + pick * words, words);
    mtg_mask_copy(d->masks + at * words, others + at * words, words);
  }
  mtg_free(&problem->alloc, others);
  return METAGAME_OK;
}

metagame_status mtg_subsets_draw(const mtg_subsets *subsets, uint64_t count, int in_order,
                                 uint64_t *masks, metagame_error *err) {
  const mtg_problem *problem = subsets->problem;
  draw d = { subsets, subsets->is_half ? 1 : 0, masks, { .words = 0 },
             mtg_random_at(problem->seed, MTG_STREAM_SUBSETS, subsets->size) };
  if (count == 0) return METAGAME_OK;
  mtg_mask_set_open(&d.seen, &problem->alloc, problem->words);
  metagame_status status = METAGAME_OK;
  if (in_order && count == subsets->capacity) {
    list_others(&d, count, masks);
  } else {
    const uint64_t half = subsets->capacity / 2, first = count < half ? count : half;
    status = draw_by_rejection(&d, first, err);
    if (status == METAGAME_OK && count > first) status = draw_others(&d, count - first, err);
  }
  mtg_mask_set_close(&d.seen);
  return status;
}

uint64_t mtg_subsets_bytes(const mtg_problem *problem, uint64_t count) {
  const uint64_t others = problem->n < 62 ? count + 1 : 0; /* where more than half are drawn */
  return mtg_plus(mtg_times(others, problem->words * sizeof(uint64_t)),
                  mtg_mask_set_bytes(count, problem->words));
}
