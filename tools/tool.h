/* SPDX-License-Identifier: MIT */
/* What every command of the program shares: exit codes, messages, and the translation of the library's messages, which name fields of
 * structs, into the words of the command line. */
#ifndef TOOL_H
#define TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "metagame.h"

/* Exit codes; documented in metagame(1) and docs/command.md. Numbers do not move. */
enum {
  TOOL_OK = 0,
  TOOL_DIFFERENT = 1, /* a check failed, or the results differ */
  TOOL_USAGE = 2,     /* the command line */
  TOOL_INPUT = 3,     /* an input file, or the prompt */
  TOOL_MODEL = 4,     /* the model cannot be loaded, or failed while it ran */
  TOOL_PARTIAL = 5,   /* stopped early; what was written is valid and says so */
  TOOL_OUTPUT = 6,    /* something could not be written */
  TOOL_RESOURCES = 7  /* memory, a size limit, or a defect of the library */
};

#if defined(__GNUC__)
#define TOOL_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define TOOL_PRINTF(f, a)
#endif

/* "metagame game", for messages. */
void tool_set_command(const char *name);
const char *tool_command(void);

/* A message on standard error, after the command's name; returns `code`. */
int tool_fail(int code, const char *format, ...) TOOL_PRINTF(2, 3);
void tool_note(const char *format, ...) TOOL_PRINTF(1, 2);

/* How a field of the library is called on the command line. Ends with { NULL, NULL }. */
typedef struct tool_name {
  const char *field, *option;
} tool_name;
/* The present command's own names, beside those that all share. */
void tool_set_names(const tool_name *names);
/* `message` with fields replaced, cut to `size` bytes. */
void tool_translate(char *out, size_t size, const char *message);
/* The message of a failed call of the library, translated, and the exit code of its status. `callback` is the code for failing
 * callbacks and what goes with them. */
int tool_fail_status(metagame_status status, const metagame_error *err, int callback);

#endif
