/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metagame/report.h"
#include "tool.h"

enum { KIND_HEADING, KIND_FLAG, KIND_TEXT, KIND_WHOLE, KIND_REAL, KIND_CHOICE, KIND_LIST };

static option_def *add(option_table *table, int32_t kind, const char *name, const char *value, void *out, const char *help) {
  assert(table->count < OPTIONS_ROOM);
  option_def *def = &table->defs[table->count++];
  memset(def, 0, sizeof *def);
  def->kind = kind;
  def->name = name;
  def->value = value;
  def->out = out;
  def->help = help;
  return def;
}

void option_heading(option_table *table, const char *text) { add(table, KIND_HEADING, NULL, NULL, NULL, text); }

void option_flag(option_table *table, const char *name, bool *out, const char *help) {
  add(table, KIND_FLAG, name, NULL, out, help);
}

void option_text(option_table *table, const char *name, const char *value, const char **out, const char *help) {
  add(table, KIND_TEXT, name, value, (void *)out, help);
}

void option_whole(option_table *table, const char *name, const char *value, uint64_t low, uint64_t high, uint64_t *out,
                  const char *help) {
  option_def *def = add(table, KIND_WHOLE, name, value, out, help);
  def->low = low;
  def->high = high;
}

void option_real(option_table *table, const char *name, const char *value, double least, double most, double *out,
                 const char *help) {
  option_def *def = add(table, KIND_REAL, name, value, out, help);
  def->least = least;
  def->most = most;
}

void option_choice(option_table *table, const char *name, const char *values, int32_t *out, const char *help) {
  add(table, KIND_CHOICE, name, values, out, help);
}

void option_list(option_table *table, const char *name, const char *value, text_list *out, const char *help) {
  add(table, KIND_LIST, name, value, out, help);
}

void option_letter(option_table *table, char letter) { table->defs[table->count - 1].letter = letter; }

/* ---- values ---- */

bool parse_whole(const char *text, uint64_t *out) {
  if (*text < '0' || *text > '9') return false;
  char *end = NULL;
  errno = 0;
  const unsigned long long number = strtoull(text, &end, 10);
  if (errno || *end) return false;
  *out = number;
  return true;
}

bool parse_real(const char *text, double *out) {
  size_t used = 0;
  const size_t size = strlen(text);
  double number;
  if (metagame_number_read(text, size, &number, &used, NULL) < 0 || used != size || !isfinite(number)) return false;
  *out = number;
  return true;
}

void option_choice_name(const char *values, int32_t index, char *out, size_t size) {
  for (int32_t k = 1; k < index && values; ++k) values = strchr(values, '|') ? strchr(values, '|') + 1 : NULL;
  snprintf(out, size, "%.*s", values ? (int)strcspn(values, "|") : 0, values ? values : "");
}

static int32_t choose(const char *values, const char *text) {
  char name[64];
  for (int32_t k = 1;; ++k) {
    option_choice_name(values, k, name, sizeof name);
    if (name[0] == '\0') return 0;
    if (strcmp(name, text) == 0) return k;
  }
}

static int bad_choice(const option_def *def, const char *text) {
  char known[512];
  size_t used = 0;
  for (const char *c = def->value; *c && used + 3 < sizeof known; ++c) {
    if (*c != '|') {
      known[used++] = *c;
      continue;
    }
    known[used++] = ',';
    known[used++] = ' ';
  }
  known[used] = '\0';
  return tool_fail(TOOL_USAGE, "--%s is '%s'; known are %s", def->name, text, known);
}

static int store(const option_def *def, const char *text) {
  switch (def->kind) {
    case KIND_TEXT: *(const char **)def->out = text; return TOOL_OK;
    case KIND_WHOLE: {
      uint64_t *out = def->out;
      if (parse_whole(text, out) && *out >= def->low && *out <= def->high) return TOOL_OK;
      return tool_fail(TOOL_USAGE, "--%s is '%s', must be a whole number in %llu..%llu", def->name, text,
                       (unsigned long long)def->low, (unsigned long long)def->high);
    }
    case KIND_REAL: {
      double *out = def->out;
      if (parse_real(text, out) && *out > def->least && *out < def->most) return TOOL_OK;
      if (def->most < (double)INFINITY)
        return tool_fail(TOOL_USAGE, "--%s is '%s', must be a number above %g and below %g", def->name, text, def->least,
                         def->most);
      return tool_fail(TOOL_USAGE, "--%s is '%s', must be a number above %g", def->name, text, def->least);
    }
    case KIND_CHOICE: {
      const int32_t k = choose(def->value, text);
      if (k == 0) return bad_choice(def, text);
      *(int32_t *)def->out = k;
      return TOOL_OK;
    }
    default: {
      text_list *list = def->out;
      if (list->count == LIST_ROOM) return tool_fail(TOOL_USAGE, "--%s is given more than %d times", def->name, LIST_ROOM);
      list->items[list->count++] = text;
      return TOOL_OK;
    }
  }
}

/* ---- parsing ---- */

static const option_def *find(const option_table *table, const char *name, size_t length) {
  for (size_t k = 0; k < table->count; ++k) {
    const option_def *def = &table->defs[k];
    if (def->name && strlen(def->name) == length && strncmp(def->name, name, length) == 0) return def;
  }
  return NULL;
}

static const option_def *find_letter(const option_table *table, char letter) {
  for (size_t k = 0; k < table->count; ++k)
    if (letter && table->defs[k].letter == letter) return &table->defs[k];
  return NULL;
}

static int unknown(const char *argument) {
  return tool_fail(TOOL_USAGE, "unknown option %.*s; %s --help lists the options", (int)strcspn(argument, "="), argument,
                   tool_command());
}

int options_parse(const option_table *table, int argc, char **argv, const char **operands, size_t most, size_t *n_operands,
                  bool *help) {
  bool only_operands = false;
  *n_operands = 0;
  *help = false;
  for (int k = 1; k < argc; ++k) {
    const char *argument = argv[k];
    if (only_operands || argument[0] != '-' || argument[1] == '\0') {
      if (*n_operands == most)
        return tool_fail(TOOL_USAGE, "'%.60s' is one argument too many; %s --help has the usage (text with spaces needs quotes)",
                         argument, tool_command());
      operands[(*n_operands)++] = argument;
      continue;
    }
    if (strcmp(argument, "--") == 0) {
      only_operands = true;
      continue;
    }
    if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
      *help = true;
      return TOOL_OK;
    }
    const bool is_long = argument[1] == '-';
    const char *equals = is_long ? strchr(argument, '=') : NULL;
    const size_t length = equals ? (size_t)(equals - argument - 2) : strlen(argument + 1) - 1;
    const option_def *def = is_long                 ? find(table, argument + 2, length)
                            : argument[2] == '\0' ? find_letter(table, argument[1])
                                                    : NULL;
    if (!def) return unknown(argument);
    if (def->kind == KIND_FLAG) {
      if (equals) return tool_fail(TOOL_USAGE, "--%s takes no value", def->name);
      *(bool *)def->out = true;
      continue;
    }
    if (!equals && k + 1 == argc) return tool_fail(TOOL_USAGE, "%s needs a value: %s", argument, def->value);
    const int code = store(def, equals ? equals + 1 : argv[++k]);
    if (code != TOOL_OK) return code;
  }
  return TOOL_OK;
}

/* ---- --help ---- */

enum { HELP_COLUMN = 28, HELP_WIDTH = 100 };

static void print_wrapped(const char *text, int column) {
  while (*text) {
    size_t room = (size_t)(HELP_WIDTH - HELP_COLUMN), length = strlen(text);
    if (length > room) {
      length = room;
      while (length > 0 && text[length] != ' ') --length;
      if (length == 0) length = room;
    }
    printf("%*s%.*s\n", HELP_COLUMN - column, "", (int)length, text);
    text += length;
    while (*text == ' ') ++text;
    column = 0;
  }
}

void options_print(const option_table *table) {
  for (size_t k = 0; k < table->count; ++k) {
    const option_def *def = &table->defs[k];
    if (!def->name) {
      printf("\n%s:\n", def->help);
      continue;
    }
    char head[256], letter[8] = "";
    if (def->letter) snprintf(letter, sizeof letter, "-%c, ", def->letter);
    const int length = snprintf(head, sizeof head, "  %s--%s%s%s", letter, def->name, def->value ? " " : "",
                                def->value ? def->value : "");
    fputs(head, stdout);
    if (length + 2 > HELP_COLUMN) putchar('\n');
    print_wrapped(def->help, length + 2 > HELP_COLUMN ? 0 : length);
  }
}
