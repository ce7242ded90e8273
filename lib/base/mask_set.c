/* SPDX-License-Identifier: MIT */
#include "base/mask_set.h"

#include "base/mask.h"
#include "base/saturate.h"

enum { FIRST_ROOM = 64 };

void mtg_mask_set_open(mtg_mask_set *set, const mtg_alloc *alloc, size_t words) {
  memset(set, 0, sizeof *set);
  set->alloc = *alloc;
  set->words = words;
}

void mtg_mask_set_close(mtg_mask_set *set) {
  mtg_free(&set->alloc, set->masks);
  mtg_free(&set->alloc, set->slots);
  set->masks = NULL;
  set->slots = NULL;
  set->count = set->room = set->n_slots = 0;
}

static uint64_t *find(uint64_t *slots, uint64_t n_slots, const uint64_t *masks, const uint64_t *mask, size_t words) {
  uint64_t at = mtg_mask_hash(mask, words) & (n_slots - 1);
  while (slots[at] != 0 && memcmp(masks + (slots[at] - 1) * words, mask, words * sizeof *mask) != 0) at = (at + 1) & (n_slots - 1);
  return &slots[at];
}

static int grow(mtg_mask_set *set) {
  uint64_t room = set->room ? 2 * set->room : FIRST_ROOM;
  uint64_t *masks = mtg_new(&set->alloc, room, set->words * sizeof *masks);
  if (!masks) return -1;
  uint64_t *slots = mtg_new(&set->alloc, 2 * room, sizeof *slots);
  if (!slots) {
    mtg_free(&set->alloc, masks);
    return -1;
  }
  if (set->count) memcpy(masks, set->masks, set->count * set->words * sizeof *masks);
  for (uint64_t member = 0; member < set->count; ++member)
    *find(slots, 2 * room, masks, masks + member * set->words, set->words) = member + 1;
  mtg_free(&set->alloc, set->masks);
  mtg_free(&set->alloc, set->slots);
  set->masks = masks;
  set->slots = slots;
  set->room = room;
  set->n_slots = 2 * room;
  return 0;
}

int mtg_mask_set_add(mtg_mask_set *set, const uint64_t *mask, uint64_t *number, int *added) {
  if (set->count == set->room && grow(set) != 0) return -1;
  uint64_t *slot = find(set->slots, set->n_slots, set->masks, mask, set->words);
  *added = *slot == 0;
  if (*added) {
    mtg_mask_copy(set->masks + set->count * set->words, mask, set->words);
    *slot = ++set->count;
  }
  *number = *slot - 1;
  return 0;
}

int mtg_mask_set_has(const mtg_mask_set *set, const uint64_t *mask) {
  return set->count > 0 && *find(set->slots, set->n_slots, set->masks, mask, set->words) != 0;
}

uint64_t mtg_mask_set_number(const mtg_mask_set *set, const uint64_t *mask) {
  return *find(set->slots, set->n_slots, set->masks, mask, set->words) - 1;
}

void mtg_mask_set_truncate(mtg_mask_set *set, uint64_t count) {
  if (count >= set->count) return;
  set->count = count;
  memset(set->slots, 0, set->n_slots * sizeof *set->slots);
  for (uint64_t member = 0; member < count; ++member)
    *find(set->slots, set->n_slots, set->masks, set->masks + member * set->words, set->words) = member + 1;
}

uint64_t mtg_mask_set_bytes(uint64_t count, size_t words) {
  uint64_t room = FIRST_ROOM;
  if (count > UINT64_MAX / 4) return UINT64_MAX;
  while (room < count + 1) room *= 2;
  return mtg_plus(mtg_times(room + room / 2, (words + 2) * sizeof(uint64_t)), 4 * MTG_BLOCK_OVERHEAD); /* the old tables live while the new ones fill */
}
