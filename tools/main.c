/* SPDX-License-Identifier: MIT */
/* metagame, the command: finds the subcommand. No configuration file and no environment variable is read; numbers are those of the C
 * locale, since nobody calls setlocale. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "files.h"
#include "run.h"
#include "tool.h"

typedef struct entry {
  const char *name, *full, *summary;
  int (*run)(int argc, char **argv);
} entry;

static const entry commands[] = {
  { "text", "metagame text", "words of a prompt, and what a language model makes of them", command_text },
  { "table", "metagame table", "a row of a CSV file, and a model of tables", command_table },
  { "game", "metagame game", "a table of values of all coalitions, or a sum of terms", command_game },
  { "verify", "metagame verify", "the checks of a result in a file", command_verify },
  { "report", "metagame report", "a page or a picture of a result in a file", command_report },
  { "compare", "metagame compare", "two results in files", command_compare },
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static void usage(void) {
  fputs("usage: metagame COMMAND [OPTION ...] [ARGUMENT ...]\n"
        "Who moves whose importance: Shapley values of attributions.\n\n", stdout);
  for (int k = 0; k < N_COMMANDS; ++k) printf("  %-9s %s\n", commands[k].name, commands[k].summary);
  fputs("\nmetagame COMMAND --help has the options of a command; metagame --version the version.\n"
        "Exit codes: 0 good, 1 a check failed or results differ, 2 usage, 3 input, 4 model, 5 stopped early (what was\n"
        "written is valid), 6 output, 7 memory or a limit.\n", stdout);
}

static void version(void) {
  const uint32_t number = metagame_version();
  printf("metagame %u.%u.%u\n", number >> 16, (number >> 8) & 0xFF, number & 0xFF);
}

int main(int argc, char **argv) {
  int code = TOOL_OK;
  run_install_signals();
  if (argc < 2) {
    code = tool_fail(TOOL_USAGE, "which command? metagame --help lists them");
  } else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
    usage();
  } else if (strcmp(argv[1], "--version") == 0) {
    version();
  } else {
    const entry *found = NULL;
    for (int k = 0; k < N_COMMANDS; ++k)
      if (strcmp(argv[1], commands[k].name) == 0) found = &commands[k];
    if (found) tool_set_command(found->full);
    code = found ? found->run(argc - 1, argv + 1)
                 : tool_fail(TOOL_USAGE, "unknown command '%.60s'; known are text, table, game, verify, report, compare", argv[1]);
  }
  const int flushed = file_flush_stdout();
  return code == TOOL_OK ? flushed : code;
}
