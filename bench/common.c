/* SPDX-License-Identifier: MIT */
#include "common.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "metagame.h"

/* A new solver is one line here. */
static const bench_method methods[] = {
  { "auto", METAGAME_SOLVER_AUTO, 1 },
  { "exact", METAGAME_SOLVER_EXACT, 1 },
  { "regression", METAGAME_SOLVER_REGRESSION, 0 },
  { "permutation", METAGAME_SOLVER_PERMUTATION, 0 },
  { "stratified", METAGAME_SOLVER_STRATIFIED, 0 },
  { "gaussian", METAGAME_SOLVER_GAUSSIAN, 0 },
};

enum { N_METHODS = sizeof methods / sizeof *methods };

const bench_method *bench_method_at(size_t index) { return index < N_METHODS ? &methods[index] : NULL; }

const bench_method *bench_method_named(const char *name) {
  for (size_t at = 0; at < N_METHODS; ++at)
    if (strcmp(methods[at].name, name) == 0) return &methods[at];
  return NULL;
}

double bench_cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int bench_fail(char *why, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(why, BENCH_MESSAGE, format, arguments);
  va_end(arguments);
  return -1;
}

size_t bench_split(char *text, char **items, size_t room) {
  size_t count = 0;
  for (char *item = text; item;) {
    char *comma = strchr(item, ',');
    if (comma) *comma = '\0';
    if (*item == '\0' || count == room) return 0;
    items[count++] = item;
    item = comma ? comma + 1 : NULL;
  }
  return count;
}

int bench_number(const char *text, uint64_t low, uint64_t high, uint64_t *out) {
  uint64_t value = 0;
  if (*text == '\0') return -1;
  for (; *text; ++text) {
    if (*text < '0' || *text > '9' || value > UINT64_MAX / 10 - 1) return -1;
    value = 10 * value + (uint64_t)(*text - '0');
  }
  if (value < low || value > high) return -1;
  *out = value;
  return 0;
}

char *bench_read_file(const char *path, size_t *size, char *why) {
  size_t used = 0, room = 4096;
  char *bytes = NULL;
  FILE *file = fopen(path, "rb");
  if (!file) {
    bench_fail(why, "%s: %s", path, strerror(errno));
    return NULL;
  }
  for (;;) {
    char *more = realloc(bytes, room + 1);
    if (!more) break;
    bytes = more;
    const size_t got = fread(bytes + used, 1, room - used, file);
    used += got;
    if (got == 0 && feof(file)) {
      fclose(file);
      bytes[used] = '\0';
      *size = used;
      return bytes;
    }
    if (ferror(file)) break;
    if (used == room) room *= 2;
  }
  bench_fail(why, "%s: cannot be read", path);
  fclose(file);
  free(bytes);
  return NULL;
}

void *bench_new(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) {
    fprintf(stderr, "no memory for %zu x %zu bytes\n", count, size);
    exit(1);
  }
  return memory;
}
