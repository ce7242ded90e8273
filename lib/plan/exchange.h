/* SPDX-License-Identifier: MIT */
/* Full rank for the designs of a small plan: redundant coalitions give way to further draws of
 * their size. */
#ifndef MTG_EXCHANGE_H
#define MTG_EXCHANGE_H

#include "plan/sizes.h"
#include "plan/subsets.h"

enum { MTG_EXCHANGE_PLAYERS = 64 }; /* beyond, draws are deficient once in 10^12 */

/* The units stand class after class, each as mtg_subsets_draw gives them; plans without a pinned
 * target are of pairs. Draws of full rank stay as they are. What cannot be put right is left: the
 * design says so. */
metagame_status mtg_exchange_units(const mtg_problem *problem, const mtg_size_class *classes,
                                   uint32_t n_classes, uint64_t *units, metagame_error *err);
uint64_t mtg_exchange_bytes(const mtg_problem *problem, uint64_t n_units);

#endif
