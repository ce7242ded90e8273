/* SPDX-License-Identifier: MIT */
/* What the error benches share: the table of methods, lists on the command line, CPU time, and reading files. */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <stddef.h>
#include <stdint.h>

enum { BENCH_MESSAGE = 600, BENCH_LIST = 64 };

/* A name on the command line and the solver behind it. `complete`: it has a use for budgets above 2^n. */
typedef struct bench_method {
  const char *name;
  int32_t solver; /* METAGAME_SOLVER_*; below 0: a scheme of the bench's own */
  int complete;
} bench_method;
const bench_method *bench_method_at(size_t index); /* NULL behind the last */
const bench_method *bench_method_named(const char *name); /* NULL: unknown */

/* CPU seconds of the process, all threads. */
double bench_cpu_seconds(void);

/* Writes a message to why[BENCH_MESSAGE] and returns -1. */
int bench_fail(char *why, const char *format, ...)
#if defined(__GNUC__)
  __attribute__((format(printf, 2, 3)))
#endif
  ;

/* Cuts `text` at its commas. Returns the number of items; 0 where there are more than `room`, or an item is empty. */
size_t bench_split(char *text, char **items, size_t room);

/* A number in decimal digits, low..high. Returns 0, or -1. */
int bench_number(const char *text, uint64_t low, uint64_t high, uint64_t *out);

/* The bytes of a file, with a NUL behind them that *size does not count; NULL and a message on failure. To be freed. */
char *bench_read_file(const char *path, size_t *size, char *why);

/* calloc that ends the program without memory. */
void *bench_new(size_t count, size_t size);

#endif
