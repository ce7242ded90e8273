/* SPDX-License-Identifier: MIT */
/* Keeps what the conformance suite reports. Its callbacks share one context with the factory, which therefore comes first. */
#ifndef TEST_REPORTS_H
#define TEST_REPORTS_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "metagame/conformance.h"
#include "plugins.h"

enum { MOST_REPORTS = 128 };

typedef struct reports {
  plugin_factory factory;
  void *extra; /* for other factories */
  size_t count, n_failed;
  char names[MOST_REPORTS][40];
  int passed[MOST_REPORTS];
  char first[700]; /* message of the first failure */
} reports;

static inline void keep_report(void *context, const char *check, int passed, const char *message) {
  reports *r = (reports *)context;
  if (r->count < MOST_REPORTS) {
    strncat(strcpy(r->names[r->count], ""), check, sizeof r->names[0] - 1);
    r->passed[r->count++] = passed;
  }
  if (!passed && r->n_failed++ == 0) strncat(strcpy(r->first, ""), message, sizeof r->first - 1);
}

/* 1 passed every time, 0 failed once, -1 never reported. */
static inline int outcome(const reports *r, const char *check) {
  int found = -1;
  for (size_t at = 0; at < r->count; ++at)
    if (strcmp(r->names[at], check) == 0 && found != 0) found = r->passed[at];
  return found;
}

static inline void expect_all_passed(const reports *r, size_t failed, const char *const *checks, size_t n_checks) {
  for (size_t at = 0; at < r->count; ++at)
    if (!r->passed[at]) print_message("%s failed: %s\n", r->names[at], r->first);
  assert_int_equal(failed, 0);
  for (size_t at = 0; at < n_checks; ++at)
    if (outcome(r, checks[at]) != 1) fail_msg("%s was not reported as passed", checks[at]);
}

static inline void expect_failed(const reports *r, size_t failed, const char *check) {
  if (outcome(r, check) != 0) {
    for (size_t at = 0; at < r->count; ++at) print_message("%s: %d\n", r->names[at], r->passed[at]);
    fail_msg("%s should have failed", check);
  }
  assert_int_equal(failed, r->n_failed);
  assert_int_not_equal(r->first[0], '\0'); /* a failure says why */
}

#endif
