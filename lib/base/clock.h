/* SPDX-License-Identifier: MIT */
/* Seconds for time limits; nothing else may depend on the clock. */
#ifndef MTG_CLOCK_H
#define MTG_CLOCK_H

/* Monotonic, from an arbitrary start. */
double mtg_clock_seconds(void);

#endif
