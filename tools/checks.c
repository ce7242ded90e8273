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
} kind;

static double part(const metagame_check *check) {
  return check->tolerance > 0 ? check->residual / check->tolerance : check->residual > 0 ? 1e300 : 0;
}

static void gather(kind *out, const metagame_check *check) {
  if (check->outcome < 0 || check->outcome > 2) return;
  const bool judged = out->outcomes[METAGAME_CHECK_FAILED] + out->outcomes[METAGAME_CHECK_PASSED] > 0;
  if (check->outcome != METAGAME_CHECK_SKIPPED && (!judged || part(check) > part(&out->worst))) out->worst = *check;
  ++out->outcomes[check->outcome];
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
  if (judged == 0) printf("  %-14s does not apply\n", k->name);
  else
    printf("  %-14s %s, %zu of %zu; largest residual %.2g, allowed %.2g%s\n", k->name,
           !failed ? "passed" : binding(k->name) ? "FAILED" : "missed", judged - failed,
           judged, k->worst.residual, k->worst.tolerance, unit);
}

int print_checks(const metagame_result *result, const metagame_game *game, double tolerance, double evaluation_tolerance,
                 bool verbose, int callback) {
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  metagame_verify_options options = METAGAME_VERIFY_OPTIONS_INIT;
  metagame_report *report = NULL;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_status status = metagame_result_get_info(result, &info, &err);
  options.checks = METAGAME_CHECK_DECOMPOSITION | METAGAME_CHECK_SYMMETRY;
  if (game && info.status == METAGAME_OK)
    options.checks |= METAGAME_CHECK_BATCH | METAGAME_CHECK_REPEAT | METAGAME_CHECK_COMPLETENESS;
  options.tolerance = tolerance;
  options.evaluation_tolerance = evaluation_tolerance;
  if (status >= 0) status = metagame_verify(&report, result, game, &options, &err);
  if (status < 0) return tool_fail_status(status, &err, callback);
  if (verbose) printf("\nverification\n");
  const size_t count = metagame_report_count(report);
  size_t failed = 0;
  kind one;
  memset(&one, 0, sizeof one);
  for (size_t k = 0; k < count; ++k) {
    metagame_check check = METAGAME_CHECK_INIT;
    if (metagame_report_get(report, k, &check, NULL) < 0) break;
    if (one.name && strcmp(one.name, check.name) != 0) {
      tell(&one, metagame_result_stderr(result) != NULL, verbose);
      memset(&one, 0, sizeof one);
    }
    one.name = check.name;
    gather(&one, &check);
    failed += check.outcome == METAGAME_CHECK_FAILED && binding(check.name);
  }
  if (one.name) tell(&one, metagame_result_stderr(result) != NULL, verbose);
  metagame_report_destroy(report);
  return failed ? TOOL_DIFFERENT : TOOL_OK;
}
