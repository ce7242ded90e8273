/* SPDX-License-Identifier: MIT */
/* conformance_rows.h - the part of conformance.h that knows neither attributors nor models: reporting, and one set of checks for
 * every callback that turns inputs into rows of numbers. Include conformance.h instead. */
#ifndef METAGAME_CONFORMANCE_ROWS_H
#define METAGAME_CONFORMANCE_ROWS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metagame.h"

METAGAME_BEGIN_DECLS

/* `check` and `message` live for the call. */
typedef void (*metagame_conformance_report)(void *context, const char *check, int passed, const char *message);

#define METAGAME_CONFORMANCE_GUARD ((size_t)8)

typedef struct metagame_conformance_state {
  metagame_conformance_report report;
  void *context;
  double tolerance;
  size_t failed;
  int unsafe; /* writes where it should not: the library's own memory is kept from it */
} metagame_conformance_state;

static inline int metagame_conformance_note(metagame_conformance_state *state, const char *subject, const char *check, int passed,
                                            const char *message) {
  char name[80];
  snprintf(name, sizeof name, "%s%s%s", subject, *subject && *check ? "." : "", check);
  if (!passed) ++state->failed;
  if (state->report) state->report(state->context, name, passed, passed ? "" : message);
  return passed;
}

static inline int metagame_conformance_no_memory(metagame_conformance_state *state) {
  return metagame_conformance_note(state, "memory", "", 0, "the suite could not allocate memory");
}

static inline void *metagame_conformance_new(size_t count, size_t size) { return calloc(count ? count : 1, size ? size : 1); }

static inline double metagame_conformance_abs(double x) { return x < 0 ? -x : x; }

static inline int metagame_conformance_finite(double x) { return x - x == 0; }

static inline uint64_t metagame_conformance_random(uint64_t *state) { /* splitmix64 */
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* ---- rows: one set of checks for every callback that turns inputs into rows of numbers ---- */

typedef struct metagame_conformance_rows metagame_conformance_rows;
struct metagame_conformance_rows {
  metagame_conformance_state *state;
  const char *subject;
  const void *user;
  int32_t (*call)(metagame_conformance_rows *rows, const void *input, size_t n_rows, double *out, metagame_error *err);
  const unsigned char *input; /* n_rows of in_bytes */
  size_t n_rows, in_bytes, width, max_batch;
  uint32_t output;
  int broke_guard, left_rows, changed_input; /* found so far */
  double *reference;                         /* n_rows x width: every row alone */
};

/* One call on inputs order[0..count), checked on all sides. Returns the callback's code; the rows are in *out (to be freed). */
static inline int32_t metagame_conformance_call(metagame_conformance_rows *rows, const size_t *order, size_t count, int with_error,
                                                metagame_error *err, double **out) {
  const size_t n_out = count * rows->width, guard = METAGAME_CONFORMANCE_GUARD, n_all = n_out + 2 * guard;
  unsigned char *given = (unsigned char *)metagame_conformance_new(count, rows->in_bytes);
  unsigned char *kept = (unsigned char *)metagame_conformance_new(count, rows->in_bytes);
  double *all = (double *)metagame_conformance_new(n_all, sizeof(double));
  int32_t code = -1;
  size_t at;
  *out = NULL;
  memset(err, 0, sizeof *err);
  if (given && kept && all) {
    double untouched;
    memset(all, 0xff, n_all * sizeof(double)); /* a NaN that no computation makes: every byte 0xff */
    untouched = all[0];
    for (at = 0; at < count; ++at)
      memcpy(given + at * rows->in_bytes, rows->input + order[at] * rows->in_bytes, rows->in_bytes);
    memcpy(kept, given, count * rows->in_bytes);
    code = rows->call(rows, given, count, all + guard, with_error ? err : NULL);
    for (at = 0; at < guard; ++at)
      if (memcmp(&all[at], &untouched, sizeof(double)) != 0 || memcmp(&all[guard + n_out + at], &untouched, sizeof(double)) != 0)
        rows->broke_guard = 1;
    for (at = 0; code == 0 && at < n_out; ++at)
      if (memcmp(&all[guard + at], &untouched, sizeof(double)) == 0) rows->left_rows = 1;
    if (memcmp(kept, given, count * rows->in_bytes) != 0) rows->changed_input = 1;
    memmove(all, all + guard, n_out * sizeof(double));
    *out = all;
  } else {
    free(all);
    metagame_conformance_no_memory(rows->state);
  }
  free(given);
  free(kept);
  return code;
}

/* Whether inputs order[0..count) in one call give the rows that they give alone. */
static inline int metagame_conformance_same(metagame_conformance_rows *rows, const size_t *order, size_t count, int with_error,
                                            char *message, size_t room) {
  double *out = NULL, largest = 0;
  metagame_error err;
  int same = 1;
  size_t at;
  const int32_t code = metagame_conformance_call(rows, order, count, with_error, &err, &out);
  if (code != 0 || !out) {
    snprintf(message, room, "returned %ld in a batch of %lu: %.300s", (long)code, (unsigned long)count, err.message);
    free(out);
    return 0;
  }
  for (at = 0; at < rows->n_rows * rows->width; ++at)
    if (metagame_conformance_abs(rows->reference[at]) > largest) largest = metagame_conformance_abs(rows->reference[at]);
  for (at = 0; same && at < count * rows->width; ++at) {
    const size_t row = order[at / rows->width], column = at % rows->width;
    const double a = rows->reference[row * rows->width + column], b = out[at];
    if (rows->state->tolerance > 0)
      same = metagame_conformance_abs(a - b) <= rows->state->tolerance * largest;
    else
      same = memcmp(&a, &b, sizeof a) == 0;
    if (!same)
      snprintf(message, room, "row %lu, column %lu is %.17g alone and %.17g at place %lu of a batch of %lu", (unsigned long)row,
               (unsigned long)column, a, b, (unsigned long)(at / rows->width), (unsigned long)count);
  }
  free(out);
  return same;
}

/* Every input alone: fills the reference. */
static inline int metagame_conformance_alone(metagame_conformance_rows *rows) {
  char message[700];
  size_t row, column;
  for (row = 0; row < rows->n_rows; ++row) {
    double *out = NULL;
    metagame_error err;
    const int32_t code = metagame_conformance_call(rows, &row, 1, 1, &err, &out);
    if (code == 0 && out) memcpy(rows->reference + row * rows->width, out, rows->width * sizeof(double));
    free(out);
    if (code != 0) {
      snprintf(message, sizeof message, "returned %ld for input %lu: %.500s", (long)code, (unsigned long)row, err.message);
      return metagame_conformance_note(rows->state, rows->subject, "runs", 0, message);
    }
  }
  metagame_conformance_note(rows->state, rows->subject, "runs", 1, "");
  for (row = 0; row < rows->n_rows; ++row)
    for (column = 0; column < rows->width; ++column)
      if (!metagame_conformance_finite(rows->reference[row * rows->width + column])) {
        snprintf(message, sizeof message, "column %lu of input %lu (0: the empty coalition or the first point) is not finite",
                 (unsigned long)column, (unsigned long)row);
        return metagame_conformance_note(rows->state, rows->subject, "finite", 0, message);
      }
  return metagame_conformance_note(rows->state, rows->subject, "finite", 1, "");
}

/* Runs all row checks; rows->reference afterwards holds the rows and is the caller's to free. Returns whether it is usable. */
static inline int metagame_conformance_check_rows(metagame_conformance_rows *rows) {
  const size_t n = rows->n_rows, most = rows->max_batch && rows->max_batch < n ? rows->max_batch : n;
  const size_t sizes[5] = { 2, 3, 7, n / 2, n };
  size_t *order = (size_t *)metagame_conformance_new(n, sizeof(size_t));
  char message[700] = "";
  size_t s, at, first, row;
  int usable, same = 1;
  rows->reference = (double *)metagame_conformance_new(n * rows->width, sizeof(double));
  if (!order || !rows->reference) {
    free(order);
    return metagame_conformance_no_memory(rows->state);
  }
  usable = metagame_conformance_alone(rows);
  if (usable) {
    for (row = 0; same && row < n; ++row) same = metagame_conformance_same(rows, &row, 1, 1, message, sizeof message);
    metagame_conformance_note(rows->state, rows->subject, "repeat", same, message);
    same = 1;
    for (s = 0; same && s < 2 * sizeof sizes / sizeof sizes[0]; ++s) { /* each size in this order and in the reverse */
      const size_t wish = sizes[s / 2], size = wish < 1 ? 1 : wish < most ? wish : most;
      for (at = 0; at < n; ++at) order[at] = s % 2 ? n - 1 - at : (at + s) % n;
      for (first = 0; same && first < n; first += size)
        same = metagame_conformance_same(rows, order + first, n - first < size ? n - first : size, 1, message, sizeof message);
    }
    metagame_conformance_note(rows->state, rows->subject, "batch", same, message);
    for (at = 0; at < n; ++at) order[at] = at;
    same = metagame_conformance_same(rows, order, most, 0, message, sizeof message);
    metagame_conformance_note(rows->state, rows->subject, "error-null", same, message);
  }
  metagame_conformance_note(rows->state, rows->subject, "rows", !rows->broke_guard && !rows->left_rows,
                            rows->broke_guard ? "wrote outside its rows" : "left a number of its rows unwritten");
  metagame_conformance_note(rows->state, rows->subject, "input", !rows->changed_input, "changed its input");
  if (rows->broke_guard || rows->changed_input) rows->state->unsafe = 1;
  free(order);
  return usable;
}

/* ---- planned failures ---- */

#define METAGAME_CONFORMANCE_CODE 7700
#define METAGAME_CONFORMANCE_TEXT "conformance: a planned failure"

static inline int metagame_conformance_fails(long *calls, long fail_at, metagame_error *err) {
  if (++*calls != fail_at) return 0;
  metagame_error_set(err, METAGAME_CONFORMANCE_TEXT);
  return 1;
}

static inline int metagame_conformance_is_planned(metagame_status status, const metagame_error *err, long call) {
  return status == METAGAME_E_CALLBACK && err->status == METAGAME_E_CALLBACK &&
         err->user_code == METAGAME_CONFORMANCE_CODE + (int32_t)call && strstr(err->message, METAGAME_CONFORMANCE_TEXT) != NULL;
}

static inline void metagame_conformance_note_error(metagame_conformance_state *state, const char *subject, long call,
                                                   metagame_status status, const metagame_error *err) {
  char message[700];
  snprintf(message, sizeof message, "failed at call %ld: status %s, user code %ld, message \"%.400s\"", call,
           metagame_status_name(status), (long)err->user_code, err->message);
  metagame_conformance_note(state, "error", subject, metagame_conformance_is_planned(status, err, call), message);
}

/* ---- the allocator that refuses ---- */

static inline void *METAGAME_CALL metagame_conformance_refuse(void *user, size_t size, size_t alignment) {
  (void)user, (void)size, (void)alignment;
  return NULL;
}
static inline void METAGAME_CALL metagame_conformance_release(void *user, void *memory, size_t size, size_t alignment) {
  (void)user, (void)memory, (void)size, (void)alignment;
}
static inline metagame_allocator metagame_conformance_refusing(void) {
  metagame_allocator allocator = METAGAME_ALLOCATOR_INIT;
  allocator.allocate = metagame_conformance_refuse;
  allocator.release = metagame_conformance_release;
  return allocator;
}

METAGAME_END_DECLS
#endif
