/* SPDX-License-Identifier: MIT */
/* Results in files. */
#ifndef TOOL_RESULT_FILE_H
#define TOOL_RESULT_FILE_H

#include "metagame/report.h"

typedef struct result_file {
  metagame_result *result;
  metagame_result_info info;
  const char **players, **targets; /* labels; indices where the file has none */
  char *numbers;                   /* what the indices lie in */
} result_file;

/* TOOL_OK, or another code after a message. result_file_free in any case. */
int result_file_read(result_file *out, const char *path);
void result_file_free(result_file *file);

#endif
