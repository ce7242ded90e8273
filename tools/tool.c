/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "run.h"
#include "utf8.h"

static const char *command = "metagame";
static const tool_name *own_names;

/* Longer names first where one begins with another. */
static const tool_name shared_names[] = {
  { "options.outer is BANZHAF", "--outer is banzhaf" },
  { "options.max_evaluations", "--budget" },
  { "options.interaction_order", "the order kept for --index" },
  { "options.target_stderr", "--target-stderr" },
  { "options.relative_precision", "--precision" },
  { "options.precision", "--half-width" },
  { "options.resolve", "--resolve" },
  { "options.top_k", "--top-k" },
  { "options.confidence", "--confidence" },
  { "options.max_seconds", "--seconds" },
  { "options.max_bytes", "--memory" },
  { "options.solver", "--solver" },
  { "options.outer", "--outer" },
  { "options.batch", "--batch" },
  { "method.probability", "--probability" },
  { "method.samples", "--samples" },
  { "method.output", "--output" },
  { "method.steps", "--steps" },
  { "method.noise", "--noise" },
  { "method.name", "--attributor" },
  { "index.max_order", "--max-order" },
  { "index.order", "--order" },
  { "index.context", "--context" },
  { "index.probability", "--probability" },
  { "attributor.own_player", "--own-player" },
  { "verify_options.tolerance", "--tolerance" },
  { NULL, NULL },
};

void tool_set_command(const char *name) { command = name; }
const char *tool_command(void) { return command; }
void tool_set_names(const tool_name *names) { own_names = names; }

/* Names of files and what programs say may have anything in them: one line, nothing that moves the cursor. */
static void print_safe(const char *text) {
  while (*text) {
    const size_t length = utf8_length(text);
    if (length == 0 || utf8_hidden(text, length)) fputc('?', stderr);
    else fwrite(text, 1, length, stderr);
    text += length ? length : 1;
  }
}

static void message(const char *format, va_list arguments) {
  char text[2048];
  run_clear_line();
  vsnprintf(text, sizeof text, format, arguments);
  fprintf(stderr, "%s: ", command);
  print_safe(text);
  fputc('\n', stderr);
}

int tool_fail(int code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  message(format, arguments);
  va_end(arguments);
  return code;
}

void tool_note(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  message(format, arguments);
  va_end(arguments);
}

static bool in_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

static const tool_name *find(const tool_name *names, const char *at) {
  for (; names && names->field; ++names) {
    const size_t length = strlen(names->field);
    if (strncmp(at, names->field, length) == 0 && !in_word(at[length])) return names;
  }
  return NULL;
}

void tool_translate(char *out, size_t size, const char *text) {
  size_t used = 0;
  const char *at = text;
  while (*at && used + 1 < size) {
    const bool begins = at == text || (!in_word(at[-1]) && at[-1] != '.');
    const tool_name *name = begins ? find(own_names, at) : NULL;
    if (begins && !name) name = find(shared_names, at);
    if (!name) {
      out[used++] = *at++;
      continue;
    }
    for (const char *c = name->option; *c && used + 1 < size; ++c) out[used++] = *c;
    at += strlen(name->field);
  }
  out[used] = '\0';
}

int tool_fail_status(metagame_status status, const metagame_error *err, int callback) {
  char text[1024];
  const char *message_of = err && err->message[0] ? err->message : metagame_status_name(status);
  const char *returned = status == METAGAME_E_CALLBACK ? strstr(message_of, " returned ") : NULL;
  const char *colon = returned ? strstr(returned, ": ") : NULL;
  tool_translate(text, sizeof text, colon ? colon + 2 : message_of); /* what the model said, without the callback's name */
  int code = TOOL_RESOURCES;
  switch (status) {
    case METAGAME_E_ARGUMENT:
    case METAGAME_E_GROUPS:
    case METAGAME_E_OWN_PLAYER:
    case METAGAME_E_UNSUPPORTED:
    case METAGAME_E_BUDGET:
    case METAGAME_E_SINGULAR: code = TOOL_USAGE; break;
    case METAGAME_E_CALLBACK:
    case METAGAME_E_NONFINITE: code = callback; break;
    default: break;
  }
  return tool_fail(code, "%s", text);
}
