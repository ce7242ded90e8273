/* SPDX-License-Identifier: MIT */
/* The pages that the tests look at, by name: short and long sentences, other scripts, hostile labels, patches, no direction. */
#ifndef TEST_PAGES_H
#define TEST_PAGES_H

#include "sample.h"

typedef struct rs_page {
  const char *name;
  metagame_result *result;
  metagame_document document;
  void *memory[8]; /* of the document's arrays */
  metagame_result *steps[3];
} rs_page;

extern const char *const rs_page_names[]; /* NULL-terminated */
rs_page rs_page_open(const char *name, const metagame_allocator *allocator);
void rs_page_close(rs_page *page);

#endif
