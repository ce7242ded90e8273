/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "print.h"
#include "tool.h"

/* One kind of check, over all targets. */
typedef struct kind {
  const char *name;
  size_t outcomes[3];
  metagame_check worst;
  int64_t reason; /* of one that was skipped */
} kind;

static double part(const metagame_check *check) {
  return check->tolerance > 0 ? check->residual / check->tolerance : check->residual > 0 ? 1e300 : 0;
}

static void gather(kind *out, const metagame_check *check) {
  if (check->outcome < 0 || check->outcome > 2) return;
  const bool judged = out->outcomes[METAGAME_CHECK_FAILED] + out->outcomes[METAGAME_CHECK_PASSED] > 0;
  if (check->outcome != METAGAME_CHECK_SKIPPED && (!judged || part(check) > part(&out->worst))) out->worst = *check;
  ++out->outcomes[check->outcome];
  if (check->outcome == METAGAME_CHECK_SKIPPED) out->reason = check->reason;
}

static const char *why_skipped(int64_t reason) {
  switch (reason) {
    case METAGAME_CHECK_UNKNOWN: return "no verdict: numbers are not known";
    case METAGAME_CHECK_NO_BARS: return "no verdict: there are no error bars";
    case METAGAME_CHECK_NO_GAME: return "no verdict: outside of error bars, which may be too small";
    default: return "does not apply";
  }
}

/* Completeness is about the attribution that was explained, integrated gradients with few nodes for example, and not about its
 * explanation: it is told, and no failure. */
static bool binding(const char *name) { return strcmp(name, "completeness") != 0; }

static void tell(const kind *k, bool sampled, bool verbose) {
  const size_t failed = k->outcomes[METAGAME_CHECK_FAILED], judged = failed + k->outcomes[METAGAME_CHECK_PASSED];
  const char *unit = sampled && strcmp(k->name, "symmetry") == 0 ? " standard errors" : "";
  if (failed && binding(k->name))
    tool_note("check %s failed for %zu of %zu; largest residual %.3g, allowed %.3g%s", k->name, failed, judged, k->worst.residual,
              k->worst.tolerance, unit);
  if (!verbose) return;
  if (judged == 0) printf("  %-14s %s\n", k->name, why_skipped(k->reason));
  else
    printf("  %-14s %s, %zu of %zu; largest residual %.2g, allowed %.2g%s\n", k->name,
           !failed ? "passed" : binding(k->name) ? "FAILED" : "missed", judged - failed,
           judged, k->worst.residual, k->worst.tolerance, unit);
}

/* Tells the checks of a report; how many failed that bind. */
static size_t tell_report(const metagame_report *report, bool sampled, bool verbose) {
  size_t failed = 0;
  kind one;
  memset(&one, 0, sizeof one);
  for (size_t k = 0; k < metagame_report_count(report); ++k) {
    metagame_check check = METAGAME_CHECK_INIT;
    if (metagame_report_get(report, k, &check, NULL) < 0) break;
    if (one.name && strcmp(one.name, check.name) != 0) {
      tell(&one, sampled, verbose);
      memset(&one, 0, sizeof one);
    }
    one.name = check.name;
    gather(&one, &check);
    failed += check.outcome == METAGAME_CHECK_FAILED && binding(check.name);
  }
  if (one.name) tell(&one, sampled, verbose);
  return failed;
}

int print_checks(const metagame_result *result, const metagame_game *game, double tolerance,
                 double evaluation_tolerance, bool verbose, int callback) {
  const uint64_t alone = METAGAME_CHECK_DECOMPOSITION | METAGAME_CHECK_SYMMETRY;
  const uint64_t of_game = METAGAME_CHECK_BATCH | METAGAME_CHECK_REPEAT |
                           METAGAME_CHECK_COMPLETENESS;
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  metagame_verify_options options = METAGAME_VERIFY_OPTIONS_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_status status = metagame_result_get_info(result, &info, &err);
  const int has_game = game && info.status == METAGAME_OK;
  size_t failed = 0;
  options.tolerance = tolerance;
  options.evaluation_tolerance = evaluation_tolerance;
  /* Symmetry without the game, which it would solve again where it is in doubt. */
  for (int with_game = 0; with_game <= has_game && status >= 0; ++with_game) {
    metagame_report *report = NULL;
    options.checks = with_game ? of_game : alone;
    status = metagame_verify(&report, result, with_game ? game : NULL, &options, &err);
    if (status >= 0 && with_game == 0 && verbose) printf("\nverification\n");
    if (status >= 0) failed += tell_report(report, metagame_result_stderr(result) != NULL, verbose);
    metagame_report_destroy(report);
  }
  if (status < 0) return tool_fail_status(status, &err, callback);
  return failed ? TOOL_DIFFERENT : TOOL_OK;
}
