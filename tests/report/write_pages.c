/* SPDX-License-Identifier: MIT */
/* write_pages DIRECTORY: every page of pages.h as HTML, without script too, and every picture that it has as SVG; for the browser. */
#include <stdio.h>

#include "pages.h"

static int32_t METAGAME_CALL put(void *user, const char *bytes, size_t size) { return fwrite(bytes, 1, size, user) == size ? 0 : 1; }

static int write_one(const char *folder, rs_page *page, const char *what, int32_t format) {
  char path[512];
  metagame_error err = METAGAME_ERROR_INIT;
  snprintf(path, sizeof path, "%s/%s%s.%s", folder, page->name, what, format == METAGAME_FORMAT_HTML ? "html" : "svg");
  FILE *file = fopen(path, "wb");
  if (!file) return 0;
  const metagame_status status = metagame_document_write(page->result, &page->document, format, put, file, &err);
  const int closed = fclose(file) == 0;
  if (status == METAGAME_E_UNSUPPORTED) remove(path);
  else if (status != METAGAME_OK) fprintf(stderr, "%s: %s\n", path, err.message);
  return closed && (status == METAGAME_OK || status == METAGAME_E_UNSUPPORTED);
}

int main(int argc, char **argv) {
  static const char *const views[] = { "", ".matrix", ".arcs", ".net", ".patches" };
  int ok = argc == 2;
  for (size_t k = 0; ok && rs_page_names[k]; ++k) {
    rs_page page = rs_page_open(rs_page_names[k], NULL);
    ok = write_one(argv[1], &page, "", METAGAME_FORMAT_HTML);
    page.document.flags = METAGAME_DOCUMENT_NO_SCRIPT;
    ok = ok && write_one(argv[1], &page, ".plain", METAGAME_FORMAT_HTML);
    for (int32_t view = METAGAME_VIEW_MATRIX; ok && view <= METAGAME_VIEW_PATCHES; ++view) {
      page.document.view = view;
      ok = write_one(argv[1], &page, views[view], METAGAME_FORMAT_SVG);
    }
    rs_page_close(&page);
  }
  return ok ? 0 : 1;
}
