/* SPDX-License-Identifier: MIT */
/* Compensated sums in a fixed order (Neumaier, ZAMM 54, 1974). */
#ifndef MTG_SUM_H
#define MTG_SUM_H

#include <math.h>

typedef struct mtg_sum {
  double high, low;
} mtg_sum;

static inline void mtg_sum_add(mtg_sum *sum, double term) {
  double total = sum->high + term;
  sum->low += fabs(sum->high) >= fabs(term) ? (sum->high - total) + term : (term - total) + sum->high;
  sum->high = total;
}

static inline double mtg_sum_value(const mtg_sum *sum) { return sum->high + sum->low; }

#endif
