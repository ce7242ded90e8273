/* SPDX-License-Identifier: MIT */
/* Files in and out. A file that is written appears under its name only when it is complete: it is written beside it under another name,
 * synced and renamed. What is no regular file (a device, a pipe) is written directly; "-" is standard output. */
#ifndef TOOL_FILES_H
#define TOOL_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "metagame.h"

/* The whole file, or standard input for "-", with a 0 behind it; at most `most` bytes. NULL after a message; to be freed. */
char *file_read(const char *path, size_t most, size_t *size);

typedef struct file_out {
  const char *path;
  char *temporary; /* NULL: written directly */
  char *buffer;
  size_t used;
  int descriptor;
  int failed; /* errno of the first failure */
} file_out;

/* Whether `path` could be written: so that a long run does not end in vain. TOOL_OK, or TOOL_OUTPUT after a message. */
int file_check(const char *path);
/* TOOL_OK, or TOOL_OUTPUT after a message. file_out_end must follow, also after a failure of what is between. */
int file_out_begin(file_out *file, const char *path);
/* A metagame_write_fn; `user` is the file_out. */
int32_t METAGAME_CALL file_out_write(void *user, const char *bytes, size_t size);
void file_out_text(file_out *file, const char *text);
/* With `keep`: the file gets its name, or TOOL_OUTPUT after a message. Without, or after a failure, nothing stays behind. */
int file_out_end(file_out *file, bool keep);
/* For signal handlers: removes the file that is being written. */
void file_out_abandon(void);
/* Flushes what was printed. TOOL_OK, or TOOL_OUTPUT after a message. */
int file_flush_stdout(void);

#endif
