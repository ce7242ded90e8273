/* SPDX-License-Identifier: MIT */
#include "set.h"

#include <stdlib.h>
#include <string.h>

#include "../common.h"

enum { MOST_FIELDS = 8 };

static int is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static int is_mark(char c) { return c > ' ' && c < 127 && strchr(".,;:!?\"')(", c) != NULL; }

const char *recall_word(const char *text, uint32_t index, size_t *length, size_t *core) {
  for (uint32_t at = 0;; ++at) {
    while (is_space(*text)) ++text;
    if (*text == '\0') return NULL;
    size_t size = 0;
    while (text[size] && !is_space(text[size])) ++size;
    if (at == index) {
      *length = *core = size;
      while (*core > 1 && is_mark(text[*core - 1])) --*core;
      return text;
    }
    text += size;
  }
}

static uint32_t count_words(const char *text) {
  uint32_t count = 0;
  size_t length, core;
  while (recall_word(text, count, &length, &core)) ++count;
  return count;
}

static size_t split_tabs(char *line, char **fields) {
  size_t count = 0;
  for (char *field = line; field;) {
    char *tab = strchr(field, '\t');
    if (tab) *tab = '\0';
    if (*field == '\0' || count == MOST_FIELDS) return 0;
    fields[count++] = field;
    field = tab ? tab + 1 : NULL;
  }
  return count;
}

static int read_prompt(recall_set *set, char **fields, size_t n_fields, const char *where, char *why) {
  if (n_fields != 4) return bench_fail(why, "%s: a prompt has 4 fields: prompt, id, domain, text", where);
  recall_prompt *more = realloc(set->prompts, (set->n_prompts + 1) * sizeof *more);
  if (!more) return bench_fail(why, "%s: no memory", where);
  set->prompts = more;
  recall_prompt *prompt = memset(more + set->n_prompts, 0, sizeof *more);
  prompt->id = fields[1];
  prompt->domain = fields[2];
  prompt->text = fields[3];
  prompt->n_words = count_words(prompt->text);
  if (prompt->n_words < 2 || prompt->n_words > RECALL_MOST_WORDS)
    return bench_fail(why, "%s: the prompt has %u words, must be 2..%d", where, prompt->n_words, RECALL_MOST_WORDS);
  for (const char *c = prompt->id; *c; ++c)
    if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", *c))
      return bench_fail(why, "%s: the id '%s' must be of small letters, digits and '-'", where, prompt->id);
  for (size_t k = 0; k < set->n_prompts; ++k)
    if (strcmp(set->prompts[k].id, prompt->id) == 0) return bench_fail(why, "%s: the id '%s' is taken", where, prompt->id);
  ++set->n_prompts;
  return 0;
}

static int check_word(const recall_prompt *prompt, uint32_t index, const char *text, const char *where, char *why) {
  size_t length, core;
  const char *word = recall_word(prompt->text, index, &length, &core);
  if (!word) return bench_fail(why, "%s: index %u, but the prompt has %u words", where, index, prompt->n_words);
  if (strlen(text) != length || memcmp(text, word, length) != 0)
    return bench_fail(why, "%s: word %u is '%.*s', not '%s'", where, index, (int)length, word, text);
  return 0;
}

static int check_halves(const recall_prompt *prompt, const recall_pair *pair, const char *where, char *why) {
  size_t length, core, first = strlen(pair->text[0]), second = strlen(pair->text[1]);
  const char *word = recall_word(prompt->text, pair->word[0], &length, &core);
  if (!word) return bench_fail(why, "%s: index %u, but the prompt has %u words", where, pair->word[0], prompt->n_words);
  if (first + second != core || memcmp(word, pair->text[0], first) != 0 || memcmp(word + first, pair->text[1], second) != 0)
    return bench_fail(why, "%s: '%s' and '%s' are not the halves of '%.*s'", where, pair->text[0], pair->text[1], (int)core, word);
  return 0;
}

static int read_pair(recall_set *set, char **fields, size_t n_fields, const char *where, char *why) {
  if (n_fields != 7) return bench_fail(why, "%s: a pair has 7 fields: pair, index, word, index, word, kind, reason", where);
  if (set->n_prompts == 0) return bench_fail(why, "%s: a pair before the first prompt", where);
  recall_prompt *prompt = set->prompts + set->n_prompts - 1;
  if (prompt->n_pairs == RECALL_MOST_PAIRS) return bench_fail(why, "%s: more than %d pairs", where, RECALL_MOST_PAIRS);
  recall_pair *pair = prompt->pairs + prompt->n_pairs;
  for (size_t side = 0; side < 2; ++side) {
    uint64_t index;
    if (bench_number(fields[1 + 2 * side], 0, RECALL_MOST_WORDS - 1, &index) != 0)
      return bench_fail(why, "%s: index '%s' must be 0..%d", where, fields[1 + 2 * side], RECALL_MOST_WORDS - 1);
    pair->word[side] = (uint32_t)index;
    pair->text[side] = fields[2 + 2 * side];
  }
  pair->kind = fields[5];
  pair->reason = fields[6];
  const int halves = strcmp(pair->kind, "halves") == 0;
  if (halves != (pair->word[0] == pair->word[1]))
    return bench_fail(why, "%s: the kind is '%s', but the indices are %u and %u; they are equal for 'halves' alone", where, pair->kind,
                      pair->word[0], pair->word[1]);
  if (pair->word[0] > pair->word[1])
    return bench_fail(why, "%s: indices %u and %u: the earlier word comes first", where, pair->word[0], pair->word[1]);
  for (uint32_t k = 0; k < prompt->n_pairs; ++k)
    if (prompt->pairs[k].word[0] == pair->word[0] && prompt->pairs[k].word[1] == pair->word[1])
      return bench_fail(why, "%s: the pair %u, %u is there already", where, pair->word[0], pair->word[1]);
  if (halves) {
    if (check_halves(prompt, pair, where, why) != 0) return -1;
  } else {
    for (size_t side = 0; side < 2; ++side)
      if (check_word(prompt, pair->word[side], pair->text[side], where, why) != 0) return -1;
  }
  ++prompt->n_pairs;
  return 0;
}

static int read_lines(recall_set *set, const char *name, char *why) {
  size_t number = 0;
  char where[BENCH_MESSAGE] = "";
  for (char *line = set->bytes; line && *line;) {
    char *fields[MOST_FIELDS], *end = strchr(line, '\n'), *next = end ? end + 1 : NULL;
    if (end) *end = '\0';
    ++number;
    bench_fail(where, "%.200s:%zu", name, number);
    if (*line != '\0' && *line != '#') {
      for (const char *c = line; *c; ++c)
        if (*c != '\t' && (*c < ' ' || *c > '~')) return bench_fail(why, "%s: a byte that is not printable ASCII", where);
      const size_t n_fields = split_tabs(line, fields);
      if (n_fields == 0) return bench_fail(why, "%s: an empty field, or more than %d", where, MOST_FIELDS);
      int status;
      if (strcmp(fields[0], "prompt") == 0) {
        if (set->n_prompts && set->prompts[set->n_prompts - 1].n_pairs == 0)
          return bench_fail(why, "%s: the prompt above, '%s', has no pair", where, set->prompts[set->n_prompts - 1].id);
        status = read_prompt(set, fields, n_fields, where, why);
      } else if (strcmp(fields[0], "pair") == 0) {
        status = read_pair(set, fields, n_fields, where, why);
      } else {
        return bench_fail(why, "%s: a line begins with 'prompt' or 'pair', not '%.40s'", where, fields[0]);
      }
      if (status != 0) return -1;
    }
    line = next;
  }
  if (set->n_prompts == 0) return bench_fail(why, "%s: no prompts", name);
  if (set->prompts[set->n_prompts - 1].n_pairs == 0)
    return bench_fail(why, "%s: the last prompt, '%s', has no pair", where, set->prompts[set->n_prompts - 1].id);
  return 0;
}

int recall_set_parse(recall_set *set, const char *text, size_t size, const char *name, char *why) {
  memset(set, 0, sizeof *set);
  if (memchr(text, '\0', size)) return bench_fail(why, "%s: has a zero byte", name);
  set->bytes = bench_new(size + 1, 1);
  memcpy(set->bytes, text, size);
  if (read_lines(set, name, why) == 0) return 0;
  recall_set_free(set);
  return -1;
}

int recall_set_load(recall_set *set, const char *path, char *why) {
  size_t size;
  memset(set, 0, sizeof *set);
  char *bytes = bench_read_file(path, &size, why);
  if (!bytes) return -1;
  const int status = recall_set_parse(set, bytes, size, path, why);
  free(bytes);
  return status;
}

void recall_set_free(recall_set *set) {
  free(set->bytes);
  free(set->prompts);
  memset(set, 0, sizeof *set);
}

int recall_sides_find(recall_sides *sides, const recall_prompt *prompt, const recall_pair *pair, const char *const *labels,
                      uint32_t n_labels, char *why) {
  size_t begin[2], end[2];
  memset(sides, 0, sizeof *sides);
  for (size_t side = 0; side < 2; ++side) {
    size_t length, core;
    begin[side] = (size_t)(recall_word(prompt->text, pair->word[side], &length, &core) - prompt->text);
    end[side] = begin[side] + core;
  }
  if (pair->word[0] == pair->word[1]) {
    end[0] = begin[0] + strlen(pair->text[0]);
    begin[1] = end[0];
  }
  const char *at = prompt->text;
  for (uint32_t k = 0; k < n_labels; ++k) {
    while (is_space(*at)) ++at;
    const size_t length = strlen(labels[k]), where = (size_t)(at - prompt->text);
    if (length == 0 || strncmp(at, labels[k], length) != 0)
      return bench_fail(why, "%s: player %u is '%s', but the text goes on with '%.20s'", prompt->id, k, labels[k], at);
    for (size_t side = 0; side < 2; ++side)
      if (where >= begin[side] && where < end[side] && sides->n[side] < RECALL_MOST_PARTS)
        sides->player[side][sides->n[side]++] = k;
    at += length;
  }
  while (is_space(*at)) ++at;
  if (*at) return bench_fail(why, "%s: '%.20s' belongs to no player", prompt->id, at);
  return sides->n[0] && sides->n[1] ? 0 : 1;
}
