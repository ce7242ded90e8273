/* SPDX-License-Identifier: MIT */
/* metagame verify: the checks of a result that need no model. */
#include <stdio.h>

#include "commands.h"
#include "options.h"
#include "print.h"
#include "result_file.h"
#include "tool.h"

static void usage(const option_table *table) {
  fputs("usage: metagame verify [OPTION ...] RESULT.json\n"
        "Does the result hold together: do the rows add up to the attributions, is a symmetric matrix symmetric, is it complete?\n"
        "Exit code 0: yes; 1: a check failed; 5: the result is of a run that was stopped.\n", stdout);
  options_print(table);
}

int command_verify(int argc, char **argv) {
  option_table table = { .count = 0 };
  double tolerance = 0;
  const char *path = NULL;
  size_t n_operands = 0;
  bool help = false, quiet = false, show = false;
  result_file file;
  option_heading(&table, "Options");
  option_real(&table, "tolerance", "T", 0, 1e300, &tolerance,
              "largest residual that passes, relative to the scale of a target; default: that of rounding");
  option_flag(&table, "show", &show, "print the result, too");
  option_flag(&table, "quiet", &quiet, "print nothing but errors");
  int code = options_parse(&table, argc, argv, &path, 1, &n_operands, &help);
  if (code != TOOL_OK) return code;
  if (help) {
    usage(&table);
    return TOOL_OK;
  }
  if (n_operands == 0) return tool_fail(TOOL_USAGE, "which RESULT.json? %s --help has the usage", tool_command());
  code = result_file_read(&file, path);
  if (code == TOOL_OK && !quiet) {
    print_run(file.result, NULL);
    if (show) print_result(file.result, file.players, file.targets);
  }
  if (code == TOOL_OK) code = print_checks(file.result, NULL, tolerance, 0, !quiet, TOOL_INPUT);
  if (code == TOOL_OK && file.info.status == METAGAME_PARTIAL)
    code = tool_fail(TOOL_PARTIAL, "%s is of a run that was stopped early", path);
  result_file_free(&file);
  return code;
}
