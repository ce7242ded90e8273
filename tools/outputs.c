/* SPDX-License-Identifier: MIT */
#include "outputs.h"

#include <string.h>

#include "files.h"
#include "tool.h"

void outputs_add_page_options(option_table *table, outputs *out) {
  option_text(table, "title", "TEXT", &out->title, "title of --svg and --html");
  option_choice(table, "view", "matrix|arcs|net|patches", &out->view, "picture of --svg; default matrix");
  option_whole(table, "top", "N", 1, 200, &out->top, "arcs and pairs that pictures show at first; default 15");
}

void outputs_add_options(option_table *table, outputs *out) {
  option_heading(table, "Output ('-' is standard output, in place of the table for people)");
  option_text(table, "json", "FILE", &out->json, "the whole result; metagame verify, report and compare read it");
  option_text(table, "csv", "FILE", &out->csv, "a line for each entry");
  option_text(table, "npy", "FILE", &out->npy, "the matrix, for NumPy");
  option_text(table, "npy-stderr", "FILE", &out->npy_stderr, "its standard errors");
  option_text(table, "svg", "FILE", &out->svg, "one picture");
  option_text(table, "html", "FILE", &out->html, "a report in one file, without network");
  outputs_add_page_options(table, out);
}

enum { N_FILES = 6 };
static void list(const outputs *out, const char *paths[N_FILES]) {
  paths[0] = out->json;
  paths[1] = out->csv;
  paths[2] = out->npy;
  paths[3] = out->npy_stderr;
  paths[4] = out->svg;
  paths[5] = out->html;
}

static const int32_t formats[N_FILES] = { METAGAME_FORMAT_JSON,       METAGAME_FORMAT_CSV, METAGAME_FORMAT_NPY,
                                          METAGAME_FORMAT_NPY_STDERR, METAGAME_FORMAT_SVG, METAGAME_FORMAT_HTML };

bool outputs_to_stdout(const outputs *out) {
  const char *paths[N_FILES];
  list(out, paths);
  for (int k = 0; k < N_FILES; ++k)
    if (paths[k] && strcmp(paths[k], "-") == 0) return true;
  return false;
}

int outputs_check(const outputs *out) {
  const char *paths[N_FILES];
  list(out, paths);
  for (int k = 0; k < N_FILES; ++k) {
    if (!paths[k]) continue;
    for (int other = 0; other < k; ++other)
      if (paths[other] && strcmp(paths[k], paths[other]) == 0)
        return tool_fail(TOOL_USAGE, "two outputs go to %s", strcmp(paths[k], "-") == 0 ? "standard output" : paths[k]);
    const int code = file_check(paths[k]);
    if (code != TOOL_OK) return code;
  }
  return TOOL_OK;
}

int output_document(const char *path, const metagame_result *result, const metagame_document *document, int32_t format) {
  file_out file;
  metagame_error err = METAGAME_ERROR_INIT;
  int code = file_out_begin(&file, path);
  if (code != TOOL_OK) return code;
  const metagame_status status = metagame_document_write(result, document, format, file_out_write, &file, &err);
  /* When writing failed, the reason is the file's to tell. */
  const bool keep = status >= 0 || file.failed;
  code = file_out_end(&file, keep);
  return keep ? code : tool_fail_status(status, &err, TOOL_OUTPUT);
}

int outputs_write(const outputs *out, const metagame_result *result, const metagame_document *document) {
  const char *paths[N_FILES];
  metagame_document mine = *document;
  int worst = TOOL_OK;
  list(out, paths);
  if (out->title) mine.title = out->title;
  mine.view = out->view;
  mine.top = (uint32_t)out->top;
  for (int k = 0; k < N_FILES; ++k) {
    const int code = paths[k] ? output_document(paths[k], result, &mine, formats[k]) : TOOL_OK;
    if (worst == TOOL_OK) worst = code; /* one full disk must not cost the other files */
  }
  return worst;
}
