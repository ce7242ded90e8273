/* SPDX-License-Identifier: MIT */
/* metagame report: another form of a result in a file. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "files.h"
#include "options.h"
#include "outputs.h"
#include "print.h"
#include "result_file.h"
#include "tool.h"

static const char formats[] = "html|svg|json|csv|npy|npy-stderr";
static const int32_t numbers[] = { 0, METAGAME_FORMAT_HTML, METAGAME_FORMAT_SVG, METAGAME_FORMAT_JSON, METAGAME_FORMAT_CSV,
                                   METAGAME_FORMAT_NPY, METAGAME_FORMAT_NPY_STDERR };

static void usage(const option_table *table) {
  fputs("usage: metagame report [OPTION ...] RESULT.json -o FILE\n"
        "A result as a page to read (.html), a picture (.svg), or numbers (.csv, .npy, .json). '-' is standard input and output.\n", stdout);
  options_print(table);
}

/* By the end of the file's name. */
static int32_t guess(const char *path) {
  char name[16];
  const char *dot = strrchr(path, '.');
  for (int32_t k = 1; dot; ++k) {
    option_choice_name(formats, k, name, sizeof name);
    if (name[0] == '\0') break;
    if (strcmp(dot + 1, name) == 0) return k;
  }
  return 0;
}

static int write_result(const result_file *file, const char *path, int32_t format, const outputs *page, bool no_script) {
  metagame_document document = METAGAME_DOCUMENT_INIT;
  document.title = page->title;
  document.view = page->view;
  document.top = (uint32_t)page->top;
  document.player_labels = file->players;
  document.target_labels = file->targets;
  document.flags = no_script ? METAGAME_DOCUMENT_NO_SCRIPT : 0;
  return output_document(path, file->result, &document, numbers[format]);
}

int command_report(int argc, char **argv) {
  option_table table = { .count = 0 };
  outputs page = { .json = NULL };
  const char *path = NULL, *out = NULL;
  int32_t format = 0;
  size_t n_operands = 0;
  bool help = false, no_script = false;
  result_file file;
  option_heading(&table, "Options");
  option_text(&table, "output", "FILE", &out, "where to; its ending names the format");
  option_letter(&table, 'o');
  option_choice(&table, "format", formats, &format, "in place of the ending");
  outputs_add_page_options(&table, &page);
  option_flag(&table, "no-script", &no_script, "HTML without its script");
  int code = options_parse(&table, argc, argv, &path, 1, &n_operands, &help);
  if (code != TOOL_OK) return code;
  if (help) {
    usage(&table);
    return TOOL_OK;
  }
  if (n_operands == 0) return tool_fail(TOOL_USAGE, "which RESULT.json? %s --help has the usage", tool_command());
  if (!out) return tool_fail(TOOL_USAGE, "--output (-o) is missing");
  if (format == 0 && (format = guess(out)) == 0)
    return tool_fail(TOOL_USAGE, "--output is '%s', whose ending is none of .html, .svg, .json, .csv, .npy; --format names it",
                     out);
  code = file_check(out);
  if (code != TOOL_OK) return code;
  code = result_file_read(&file, path);
  if (code == TOOL_OK) code = write_result(&file, out, format, &page, no_script);
  if (code == TOOL_OK && strcmp(out, "-") != 0) print_sentence(file.result);
  result_file_free(&file);
  return code;
}
