/* SPDX-License-Identifier: MIT */
/* NumPy's .npy files (format 1.0 and 2.0) of one-dimensional little-endian doubles, in C order, and of nothing else. */
#ifndef BENCH_NPY_H
#define BENCH_NPY_H

#include <stddef.h>

/* The `count` numbers of a file, all finite; to be freed. NULL, and a message in why[BENCH_MESSAGE], when the file is anything else. */
double *bench_npy_read(const char *path, size_t count, char *why);

#endif
