/* SPDX-License-Identifier: MIT */
/* Byte counts that stop at UINT64_MAX instead of wrapping: an estimate that is too large must stay too large. */
#ifndef MTG_SATURATE_H
#define MTG_SATURATE_H

#include <stdint.h>

static inline uint64_t mtg_times(uint64_t a, uint64_t b) { return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b; }

static inline uint64_t mtg_plus(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

#endif
