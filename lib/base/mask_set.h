/* SPDX-License-Identifier: MIT */
/* A set of coalitions that numbers its members in the order of arrival: 0, 1, 2, ... Grows by doubling. */
#ifndef MTG_MASK_SET_H
#define MTG_MASK_SET_H

#include "base/alloc.h"

typedef struct mtg_mask_set {
  mtg_alloc alloc;
  size_t words;
  uint64_t count;
  uint64_t *masks; /* count rows, in order of arrival */
  uint64_t room;
  uint64_t *slots; /* open addressing: member number + 1, 0 is free */
  uint64_t n_slots;
} mtg_mask_set;

void mtg_mask_set_open(mtg_mask_set *set, const mtg_alloc *alloc, size_t words);
void mtg_mask_set_close(mtg_mask_set *set);

/* Number of `mask` into *number, *added = 1 when it was not there before. 0 on success, -1 without memory. */
int mtg_mask_set_add(mtg_mask_set *set, const uint64_t *mask, uint64_t *number, int *added);

int mtg_mask_set_has(const mtg_mask_set *set, const uint64_t *mask);
/* Number of a member. */
uint64_t mtg_mask_set_number(const mtg_mask_set *set, const uint64_t *mask);
/* Forgets all members but the first `count`. */
void mtg_mask_set_truncate(mtg_mask_set *set, uint64_t count);

/* Most bytes that a set of `count` members can hold while growing. */
uint64_t mtg_mask_set_bytes(uint64_t count, size_t words);

#endif
