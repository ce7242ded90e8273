/* SPDX-License-Identifier: MIT */
/* The files of a result: options and writing. */
#ifndef TOOL_OUTPUTS_H
#define TOOL_OUTPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "metagame/report.h"
#include "options.h"

typedef struct outputs {
  const char *json, *csv, *npy, *npy_stderr, *svg, *html, *title;
  int32_t view; /* choice: METAGAME_VIEW_* */
  uint64_t top;
} outputs;

void outputs_add_options(option_table *table, outputs *out);
/* Only what looks: --title, --view, --top. */
void outputs_add_page_options(option_table *table, outputs *out);
/* Before the work: can all be written, and does at most one go to standard output? TOOL_OK, or another code after a message. */
int outputs_check(const outputs *out);
/* Whether data goes to standard output: then nothing else does. */
bool outputs_to_stdout(const outputs *out);
/* Writes what was asked for. `document` has labels and notes; its title, view and top are set here. */
int outputs_write(const outputs *out, const metagame_result *result, const metagame_document *document);
/* One file, in one format. */
int output_document(const char *path, const metagame_result *result, const metagame_document *document, int32_t format);

#endif
