/* SPDX-License-Identifier: MIT */
/* Prompts with annotated pairs of words whose meaning is joint, from a text file (its format: docs/recall.md), and the players of an
 * engine that stand for the words of a pair. */
#ifndef BENCH_RECALL_SET_H
#define BENCH_RECALL_SET_H

#include <stddef.h>
#include <stdint.h>

enum { RECALL_MOST_WORDS = 64, RECALL_MOST_PAIRS = 16, RECALL_MOST_PARTS = 32 };

typedef struct recall_pair {
  uint32_t word[2]; /* first < second, or equal: halves of one word */
  const char *text[2];
  const char *kind;
  const char *reason;
} recall_pair;

typedef struct recall_prompt {
  const char *id; /* unique */
  const char *domain;
  const char *text;
  uint32_t n_words;
  uint32_t n_pairs; /* at least 1 */
  recall_pair pairs[RECALL_MOST_PAIRS];
} recall_prompt;

typedef struct recall_set {
  char *bytes; /* the file; all strings point into it */
  recall_prompt *prompts;
  size_t n_prompts;
} recall_set;

/* 0, or -1 and a message with file, line and what is wrong. */
int recall_set_load(recall_set *set, const char *path, char *why);
/* The same for text in memory, which is copied; `name` is for messages. */
int recall_set_parse(recall_set *set, const char *text, size_t size, const char *name, char *why);
void recall_set_free(recall_set *set);

/* Word `index` of a text: its first byte; its length and that without the punctuation at its end. NULL: there is none. */
const char *recall_word(const char *text, uint32_t index, size_t *length, size_t *core);

/* The players on the two sides of a pair. */
typedef struct recall_sides {
  uint32_t n[2];
  uint32_t player[2][RECALL_MOST_PARTS];
} recall_sides;

/* Finds the players of a pair among n_labels labels, which must be the prompt's words, or pieces of them, in the order of the text;
 * white space apart. Of a word in several pieces all count that begin before the punctuation at its end; of a half those that begin
 * in it. 0; 1 where a side has no player of its own (halves that are not separate); -1 and a message where labels are not the text. */
int recall_sides_find(recall_sides *sides, const recall_prompt *prompt, const recall_pair *pair, const char *const *labels,
                      uint32_t n_labels, char *why);

#endif
