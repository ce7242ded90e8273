/* SPDX-License-Identifier: MIT */
/* Vector games with known answers: attributions of small random networks, all 2^n rows held as a table. */
#ifndef BENCH_NETWORK_H
#define BENCH_NETWORK_H

#include <stdint.h>

#include "metagame.h"

enum { BENCH_MOST_FEATURES = 20, BENCH_IG_STEPS = 16 };
enum { BENCH_TANH = 0, BENCH_SOFTPLUS = 1, BENCH_N_ACTIVATIONS = 2 };
enum { BENCH_GXI = 0, BENCH_IG = 1, BENCH_N_INNERS = 2 };

/* rows[T*n + i] = phi_i at coalition T, to be freed: gradient x input (baseline 0) or integrated gradients of network `index` with n
 * features. Both activations see the same weights and point. */
double *bench_network_rows(uint32_t n, uint64_t index, int activation, int inner);

#endif
