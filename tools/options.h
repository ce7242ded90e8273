/* SPDX-License-Identifier: MIT */
/* The command line: a table of options, filled by the command, that is parsed against and that prints itself as --help. Long options
 * take "--name VALUE" or "--name=VALUE"; "--" ends them; options and operands come in any order. */
#ifndef TOOL_OPTIONS_H
#define TOOL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OPTIONS_ROOM = 64, LIST_ROOM = 1024 };

typedef struct text_list {
  const char *items[LIST_ROOM];
  size_t count;
} text_list;

typedef struct option_def {
  const char *name;  /* without dashes; NULL: a heading of --help */
  const char *value; /* what stands for the value in --help, "a|b|c" for a choice; NULL: a flag */
  const char *help;
  void *out;
  uint64_t low, high; /* of whole numbers */
  double least, most; /* of real numbers, both excluded */
  int32_t kind;
  char letter; /* "-o", or 0 */
} option_def;

typedef struct option_table {
  option_def defs[OPTIONS_ROOM];
  size_t count;
} option_table;

void option_heading(option_table *table, const char *text);
void option_flag(option_table *table, const char *name, bool *out, const char *help);
void option_text(option_table *table, const char *name, const char *value, const char **out, const char *help);
void option_whole(option_table *table, const char *name, const char *value, uint64_t low, uint64_t high, uint64_t *out,
                  const char *help);
void option_real(option_table *table, const char *name, const char *value, double least, double most, double *out,
                 const char *help);
/* *out: 1 for the first of "a|b|c", 2 for the second ...; stays as it is when the option is not given. */
void option_choice(option_table *table, const char *name, const char *values, int32_t *out, const char *help);
/* May be given again and again. */
void option_list(option_table *table, const char *name, const char *value, text_list *out, const char *help);
/* The option that was added last also has this letter. */
void option_letter(option_table *table, char letter);

/* The name of choice `index` (from 1), in `out`. */
void option_choice_name(const char *values, int32_t index, char *out, size_t size);

/* Operands go to `operands`, at most `most` of them. TOOL_OK, or TOOL_USAGE after a message. *help is set by --help and -h, and nothing
 * is checked behind it. */
int options_parse(const option_table *table, int argc, char **argv, const char **operands, size_t most, size_t *n_operands,
                  bool *help);
/* On standard output. */
void options_print(const option_table *table);

/* Whole numbers, and finite real ones, as all of `text`; no spaces, and a decimal point in every locale. */
bool parse_whole(const char *text, uint64_t *out);
bool parse_real(const char *text, double *out);

#endif
