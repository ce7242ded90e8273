/* SPDX-License-Identifier: MIT */
#include "tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../common.h"

enum { COMPARED = 5 }; /* percent, of the ratio and the difference */

static const char *const scoring_names[RECALL_SCORINGS] = { "cells", "pairs" };

typedef struct method {
  char name[RECALL_NAME], reference[RECALL_NAME];
  double *recall; /* [scoring][percent - 1][prompt] */
} method;

struct recall_tally {
  size_t most, n_prompts, n_pairs, n_lost; /* n_lost: pairs that do not exist among the players */
  FILE *lines, *pairs;
  size_t n_methods;
  method methods[RECALL_MOST_METHODS];
};

recall_tally *recall_tally_new(size_t n_prompts, FILE *lines, FILE *pairs) {
  recall_tally *tally = bench_new(1, sizeof *tally);
  tally->most = n_prompts;
  tally->lines = lines;
  tally->pairs = pairs;
  if (lines) fputs("prompt,domain,players,pairs,method,scoring,percent,recall\n", lines);
  if (pairs) fputs("prompt,domain,first,second,kind,distance,method,scoring,position,found_at_5\n", pairs);
  return tally;
}

void recall_tally_free(recall_tally *tally) {
  if (!tally) return;
  for (size_t k = 0; k < tally->n_methods; ++k) free(tally->methods[k].recall);
  free(tally);
}

static double *cell(const recall_tally *tally, const method *of, int scoring, uint32_t percent) {
  return of->recall + ((size_t)scoring * RECALL_MOST_PERCENT + percent - 1) * tally->most;
}

/* n_methods: there is none of that name. */
static size_t index_of(const recall_tally *tally, const char *name) {
  size_t at = 0;
  while (at < tally->n_methods && strcmp(tally->methods[at].name, name) != 0) ++at;
  return at;
}

static method *find_or_add(recall_tally *tally, const char *name, const char *reference) {
  const size_t at = index_of(tally, name);
  if (at == RECALL_MOST_METHODS) return NULL;
  method *found = tally->methods + at;
  if (at < tally->n_methods) return found;
  ++tally->n_methods;
  snprintf(found->name, sizeof found->name, "%s", name);
  snprintf(found->reference, sizeof found->reference, "%s", reference);
  found->recall = bench_new((size_t)RECALL_SCORINGS * RECALL_MOST_PERCENT * tally->most, sizeof *found->recall);
  return found;
}

/* One prompt in work. */
typedef struct work {
  recall_tally *tally;
  const recall_prompt *prompt;
  uint32_t n;
  size_t n_pairs;
  const recall_pair *pairs[RECALL_MOST_PAIRS];
  recall_sides sides[RECALL_MOST_PAIRS];
  double found[RECALL_SCORINGS][RECALL_MOST_PERCENT][RECALL_MOST_PAIRS];
  double position[RECALL_SCORINGS][RECALL_MOST_PAIRS];
} work;

static void clear(work *at) {
  memset(at->found, 0, sizeof at->found);
  memset(at->position, 0, sizeof at->position);
}

static void score(work *at, const double *scores, double weight) {
  for (int scoring = 0; scoring < RECALL_SCORINGS; ++scoring)
    for (size_t pair = 0; pair < at->n_pairs; ++pair) {
      at->position[scoring][pair] += weight * recall_position(scores, at->n, at->sides + pair, scoring);
      for (uint32_t percent = 1; percent <= RECALL_MOST_PERCENT; ++percent)
        at->found[scoring][percent - 1][pair] += weight * recall_found(scores, at->n, at->sides + pair, scoring, percent);
    }
}

static int keep(work *at, const char *name, const char *reference, char *why) {
  recall_tally *tally = at->tally;
  const method *to = find_or_add(tally, name, reference);
  if (!to) return bench_fail(why, "more than %d methods", RECALL_MOST_METHODS);
  for (int scoring = 0; scoring < RECALL_SCORINGS; ++scoring) {
    for (uint32_t percent = 1; percent <= RECALL_MOST_PERCENT; ++percent) {
      double sum = 0.0;
      for (size_t pair = 0; pair < at->n_pairs; ++pair) sum += at->found[scoring][percent - 1][pair];
      const double recall = sum / (double)at->n_pairs;
      cell(tally, to, scoring, percent)[tally->n_prompts] = recall;
      if (tally->lines)
        fprintf(tally->lines, "%s,%s,%u,%zu,%s,%s,%u,%.6g\n", at->prompt->id, at->prompt->domain, at->n, at->n_pairs, name,
                scoring_names[scoring], percent, recall);
    }
    for (size_t pair = 0; tally->pairs && pair < at->n_pairs; ++pair) {
      const recall_pair *of = at->pairs[pair];
      fprintf(tally->pairs, "%s,%s,%u,%u,%s,%u,%s,%s,%.6g,%.6g\n", at->prompt->id, at->prompt->domain, of->word[0], of->word[1], of->kind,
              of->word[1] - of->word[0], name, scoring_names[scoring], at->position[scoring][pair],
              at->found[scoring][COMPARED - 1][pair]);
    }
  }
  return 0;
}

static int score_records(work *at, const recall_record *records, size_t n_records, double *scores, char *why) {
  for (size_t r = 0; r < n_records; ++r)
    for (size_t a = 0; a < records[r].n_answers; ++a) {
      const recall_answer *answer = records[r].answers + a;
      const size_t count = answer->is_map ? at->n : (size_t)at->n * at->n;
      for (size_t k = 0; k < count; ++k)
        if (!isfinite(answer->numbers[k]))
          return bench_fail(why, "%s, %s: number %zu is not finite", at->prompt->id, answer->method, k);
      if (answer->is_map) recall_scores_of_map(answer->numbers, at->n, scores);
      else recall_scores_of_matrix(answer->numbers, at->n, scores);
      clear(at);
      score(at, scores, 1.0);
      if (keep(at, answer->method, answer->reference, why) != 0) return -1;
    }
  return 0;
}

static int score_controls(work *at, double *scores, char *why) {
  static const char *const names[] = { "random symmetric", "random directed" };
  for (int symmetric = 1; symmetric >= 0; --symmetric) {
    clear(at);
    for (uint64_t draw = 0; draw < RECALL_DRAWS; ++draw) {
      recall_scores_random(at->n, symmetric, at->tally->n_prompts * RECALL_DRAWS + draw, scores);
      score(at, scores, 1.0 / RECALL_DRAWS);
    }
    if (keep(at, names[!symmetric], "", why) != 0) return -1;
  }
  clear(at);
  recall_scores_adjacent(at->n, scores);
  score(at, scores, 1.0);
  return keep(at, "adjacent words", "", why);
}

int recall_tally_add(recall_tally *tally, const recall_prompt *prompt, const recall_record *records, size_t n_records, char *why) {
  work at = { .tally = tally, .prompt = prompt, .n = n_records ? records[0].n : 0 };
  if (tally->n_prompts == tally->most || n_records == 0) return bench_fail(why, "%s: no records, or a prompt too many", prompt->id);
  for (size_t r = 1; r < n_records; ++r)
    if (records[r].n != at.n) return bench_fail(why, "%s: records of %u and %u players", prompt->id, at.n, records[r].n);
  for (uint32_t k = 0; k < prompt->n_pairs; ++k) {
    const int status = recall_sides_find(at.sides + at.n_pairs, prompt, prompt->pairs + k, (const char *const *)records[0].labels, at.n,
                                         why);
    if (status < 0) return -1;
    if (status == 0) at.pairs[at.n_pairs++] = prompt->pairs + k;
    else ++tally->n_lost;
  }
  if (at.n_pairs == 0) return 1;
  double *scores = bench_new((size_t)at.n * at.n, sizeof *scores);
  int status = score_records(&at, records, n_records, scores, why);
  if (status == 0) status = score_controls(&at, scores, why);
  free(scores);
  if (status != 0) return -1;
  ++tally->n_prompts;
  tally->n_pairs += at.n_pairs;
  return 0;
}

static void print_row(const recall_tally *tally, const method *of, int scoring, FILE *out) {
  static const uint32_t shown[] = { 1, 2, 5, 10, 15 };
  fprintf(out, "%-32s", of->name);
  for (size_t k = 0; k < sizeof shown / sizeof *shown; ++k) {
    const recall_mean mean = recall_mean_of(cell(tally, of, scoring, shown[k]), tally->n_prompts);
    fprintf(out, "  %5.1f +- %-4.1f", 100.0 * mean.mean, 100.0 * mean.twice_error);
  }
  const size_t at = index_of(tally, of->reference);
  const method *reference = tally->methods + at;
  if (at == tally->n_methods || reference == of) {
    fputc('\n', out);
    return;
  }
  const double *own = cell(tally, of, scoring, COMPARED), *other = cell(tally, reference, scoring, COMPARED);
  double *difference = bench_new(tally->n_prompts, sizeof *difference);
  for (size_t k = 0; k < tally->n_prompts; ++k) difference[k] = own[k] - other[k];
  const double first = recall_mean_of(other, tally->n_prompts).mean;
  const recall_mean more = recall_mean_of(difference, tally->n_prompts);
  if (first > 0.0) fprintf(out, "  %5.2f", recall_mean_of(own, tally->n_prompts).mean / first);
  else fputs("      -", out);
  fprintf(out, "  %+5.1f +- %.1f\n", 100.0 * more.mean, 100.0 * more.twice_error);
  free(difference);
}

void recall_tally_print(const recall_tally *tally, FILE *out) {
  static const char *const what[RECALL_SCORINGS] = { "of all n(n-1) directed cells; found with either direction",
                                                     "of all n(n-1)/2 pairs; each ranks by its larger direction" };
  fprintf(out, "%zu prompts, %zu pairs (%zu more do not exist among these players); recall in %%, mean +- 2 standard errors\n",
          tally->n_prompts, tally->n_pairs, tally->n_lost);
  if (tally->n_prompts == 0) return;
  for (int scoring = 0; scoring < RECALL_SCORINGS; ++scoring) {
    fprintf(out, "\nscoring %s: among the top K %% %s\n%-32s", scoring_names[scoring], what[scoring], "method");
    fprintf(out, "  %-13s  %-13s  %-13s  %-13s  %-13s  at 5 %%, beside its first-order map\n", "K = 1", "2", "5", "10", "15");
    for (size_t k = 0; k < tally->n_methods; ++k) print_row(tally, tally->methods + k, scoring, out);
  }
}
