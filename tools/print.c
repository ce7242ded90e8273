/* SPDX-License-Identifier: MIT */
#include "print.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metagame/diagnosis.h"
#include "tool.h"
#include "utf8.h"

enum { LEAST_WIDTH = 9, MOST_WIDTH = 14, MOST_LABEL = 24, MOST_LINE = 160 };
enum { MOST_PAIRS = 8, MOST_ROWS = 60, MOST_SENTENCE = 100 };

typedef struct view {
  const metagame_result *result;
  const char *const *players, *const *targets;
  const double *matrix, *error;
  const int32_t *own;
  metagame_result_info info;
  uint32_t n, m;
  bool symmetric; /* exactly: no direction to show */
} view;

/* Characters, not bytes: columns line up for other alphabets, too. A byte that is no character counts as one. */
static int width_of(const char *text) {
  int width = 0;
  for (size_t length; *text; text += length ? length : 1, ++width) length = utf8_length(text);
  return width;
}

static void print_characters(const char *text, int most) {
  for (int k = 0; *text && k < most; ++k) {
    const size_t length = utf8_length(text);
    if (length == 0 || utf8_hidden(text, length)) putchar('?');
    else fwrite(text, 1, length, stdout);
    text += length ? length : 1;
  }
}

void print_label(const char *text, int width, bool right) {
  const int length = width_of(text), shown = length < width ? length : width;
  printf("%*s", right ? width - shown : 0, "");
  print_characters(text, shown);
  printf("%*s", right ? 0 : width - shown, "");
}

void print_text(const char *text) { print_characters(text, 0x7fffffff); }

void print_short(const char *text) { print_characters(text, MOST_LABEL); }

static void print_number(double value, int width) {
  if (isnan(value)) printf(" %*s", width, "-");
  else if (value != 0 && (fabs(value) >= 1e4 || fabs(value) < 1e-3)) printf(" %+*.1e", width, value);
  else printf(" %+*.*f", width, 3, value);
}

static int column_width(const char *label) {
  const int width = width_of(label);
  return width < LEAST_WIDTH ? LEAST_WIDTH : width > MOST_WIDTH ? MOST_WIDTH : width;
}

static int widest(const char *const *labels, uint32_t count, int least) {
  int width = least;
  for (uint32_t k = 0; k < count; ++k)
    if (width_of(labels[k]) > width) width = width_of(labels[k]);
  return width < MOST_LABEL ? width : MOST_LABEL;
}

static void print_table(const view *v) {
  const double *first = metagame_result_first_order(v->result), *base = metagame_result_base(v->result);
  const int label = widest(v->targets, v->m, 6);
  int line = label + 28;
  for (uint32_t j = 0; j < v->n; ++j) line += 1 + column_width(v->players[j]);
  if (line > MOST_LINE || v->m > MOST_ROWS) {
    printf("(%u targets x %u players: too many for a table here; --csv, --npy and --html have all of them)\n", v->m, v->n);
    return;
  }
  bool bases = false;
  for (uint32_t i = 0; i < v->m; ++i) bases = bases || v->own[i] < 0;
  printf("row = target, column = player, entry = how much the player moves the target's attribution\n\n");
  print_label("target", label, false);
  for (uint32_t j = 0; j < v->n; ++j) {
    putchar(' ');
    print_label(v->players[j], column_width(v->players[j]), true);
  }
  if (bases) printf(" | %11s", "base");
  printf(" | %11s\n", "first order");
  for (uint32_t i = 0; i < v->m; ++i) {
    print_label(v->targets[i], label, false);
    for (uint32_t j = 0; j < v->n; ++j) print_number(v->matrix[(size_t)i * v->n + j], column_width(v->players[j]));
    if (bases) {
      fputs(" |", stdout);
      print_number(base[i], 11);
    }
    fputs(" |", stdout);
    print_number(first[i], 11);
    putchar('\n');
  }
}

/* ---- who moves whom ---- */

typedef struct entry {
  double size;
  uint32_t target, player;
} entry;

static int larger_first(const void *a, const void *b) {
  const entry *x = a, *y = b;
  if (x->size != y->size) return x->size < y->size ? 1 : -1;
  if (x->target != y->target) return x->target < y->target ? -1 : 1;
  return x->player < y->player ? -1 : x->player > y->player;
}

/* Row of the target whose own player is `player`, or -1. */
static int64_t row_of(const view *v, uint32_t player) {
  for (uint32_t i = 0; i < v->m; ++i)
    if (v->own[i] == (int32_t)player) return i;
  return -1;
}

/* The entry in the other direction; NaN where there is none. */
static double reverse_of(const view *v, uint32_t target, uint32_t player) {
  const int64_t row = v->own[target] < 0 ? -1 : row_of(v, player);
  return row < 0 ? (double)NAN : v->matrix[(size_t)row * v->n + (size_t)v->own[target]];
}

static bool counts(const view *v, uint32_t i, uint32_t j) {
  const double value = v->matrix[(size_t)i * v->n + j], noise = 1e-12 * metagame_result_scale(v->result)[i];
  if ((int32_t)j == v->own[i] || isnan(value) || fabs(value) <= noise) return false;
  if (!v->symmetric || v->own[i] < 0) return true;
  const int64_t row = row_of(v, j);
  return row < 0 || (uint32_t)row > i; /* one of the two halves */
}

static void print_strongest(const view *v) {
  entry *entries = malloc((size_t)v->m * v->n * sizeof *entries);
  size_t count = 0;
  if (!entries) return;
  for (uint32_t i = 0; i < v->m; ++i)
    for (uint32_t j = 0; j < v->n; ++j)
      if (counts(v, i, j)) entries[count++] = (entry){ fabs(v->matrix[(size_t)i * v->n + j]), i, j };
  qsort(entries, count, sizeof *entries, larger_first);
  if (count)
    printf("\nwho moves whom: %s%s\n", v->symmetric ? "player -- target (no direction)" : "player -> target",
           v->error ? ", +- one standard error" : "");
  const int player = widest(v->players, v->n, 1), target = widest(v->targets, v->m, 1);
  for (size_t k = 0; k < count && k < MOST_PAIRS; ++k) {
    const uint32_t i = entries[k].target, j = entries[k].player;
    const size_t at = (size_t)i * v->n + j;
    const double reverse = reverse_of(v, i, j);
    fputs("  ", stdout);
    print_label(v->players[j], player, true);
    fputs(v->symmetric ? " -- " : " -> ", stdout);
    print_label(v->targets[i], target, false);
    print_number(v->matrix[at], LEAST_WIDTH);
    if (v->error && !isnan(v->error[at])) printf(" +- %.2g", v->error[at]);
    if (!v->symmetric && !isnan(reverse)) {
      fputs("   back", stdout);
      print_number(reverse, 1);
    }
    if (v->error && !isnan(v->error[at]) && fabs(v->matrix[at]) <= 2 * v->error[at])
      fputs("   (within 2 standard errors of 0)", stdout);
    putchar('\n');
  }
  free(entries);
}

/* What each player sends to others and receives from them, where the targets are the players. */
static void print_net(const view *v) {
  if (v->symmetric || v->m != v->n || v->n < 2 || v->n > MOST_ROWS) return;
  for (uint32_t i = 0; i < v->m; ++i)
    if (v->own[i] != (int32_t)i) return;
  const int width = widest(v->players, v->n, 6);
  printf("\nsent to others and received from them, in sums of sizes:\n");
  for (uint32_t p = 0; p < v->n; ++p) {
    double sent = 0, received = 0;
    for (uint32_t q = 0; q < v->n; ++q) {
      if (q == p) continue;
      sent += fabs(v->matrix[(size_t)q * v->n + p]);
      received += fabs(v->matrix[(size_t)p * v->n + q]);
    }
    fputs("  ", stdout);
    print_label(v->players[p], width, false);
    if (isnan(sent) || isnan(received)) fputs("  -\n", stdout);
    else printf("  %9.3g sent  %9.3g received\n", sent, received);
  }
}

/* ---- notes ---- */

/* The diagonal of a pinned target is evaluated and not estimated: it says nothing of the others. */
static void print_errors(const view *v) {
  double most = 0;
  size_t known = 0, sampled = 0;
  for (size_t k = 0; k < (size_t)v->m * v->n; ++k) {
    if ((int32_t)(k % v->n) == v->own[k / v->n]) continue;
    ++sampled;
    if (isnan(v->error[k])) continue;
    ++known;
    if (v->error[k] > most) most = v->error[k];
  }
  if (known == 0) return; /* the sentence below says why */
  printf("Sampled: the largest standard error of an entry is %.3g (%zu of %zu entries have one).\n",
         most, known, sampled);
}

static void print_notes(const view *v) {
  bool pinned = false, free_target = false;
  for (uint32_t i = 0; i < v->m; ++i) {
    pinned = pinned || v->own[i] >= 0;
    free_target = free_target || v->own[i] < 0;
  }
  putchar('\n');
  if (v->info.outer == METAGAME_OUTER_BANZHAF) printf("Outer Banzhaf values: rows do not add up to anything.\n");
  else if (pinned && !free_target)
    printf("The diagonal is a target's attribution when it stands alone; rows add up to the first order.\n");
  else if (!pinned) printf("Base (the value with nobody present) and row add up to the first order.\n");
  if (v->info.flags & METAGAME_CARDINAL)
    printf("This attribution is a cardinal value: its matrix is symmetric%s, interactions without direction.\n",
           v->error ? " up to sampling error" : "");
  if (v->error) print_errors(v);
  if (v->info.status != METAGAME_PARTIAL) return;
  printf("PARTIAL: stopped early%s.\n", isnan(v->matrix[(size_t)v->m * v->n - 1]) ? "; '-' is not known" : "");
  if (v->info.solver == METAGAME_SOLVER_EXACT)
    printf("The exact solver needs all coalitions; --solver permutation and regression have estimates early.\n");
}

void print_sentence(const metagame_result *result) {
  char text[METAGAME_SENTENCE_ROOM];
  if (metagame_result_sentence(result, text, sizeof text, NULL, NULL) < 0) return;
  int column = 0;
  for (char *word = text, *end; *word; word = *end ? end + 1 : end) {
    end = word + strcspn(word, " ");
    const int length = (int)(end - word);
    if (column > 0 && column + 1 + length > MOST_SENTENCE) column = (putchar('\n'), 0);
    column += printf("%s%.*s", column > 0 ? " " : "", length, word);
  }
  putchar('\n');
}

void print_result(const metagame_result *result, const char *const *player_labels, const char *const *target_labels) {
  view v = { .result = result, .players = player_labels, .targets = target_labels, .info = METAGAME_RESULT_INFO_INIT };
  if (metagame_result_get_info(result, &v.info, NULL) < 0) return;
  v.matrix = metagame_result_matrix(result);
  v.error = metagame_result_stderr(result);
  v.own = metagame_result_own_player(result);
  v.n = v.info.n_players;
  v.m = v.info.n_targets;
  v.symmetric = (v.info.flags & METAGAME_CARDINAL) && v.own[0] >= 0;
  printf("\n'%s', absent players: %s\n", v.info.attributor, v.info.masking_id);
  print_table(&v);
  print_strongest(&v);
  print_net(&v);
  print_notes(&v);
  print_sentence(result);
}

void print_run(const metagame_result *result, const run_counts *counts) {
  static const char *const solvers[] = { "auto", "exact", "regression", "permutation", "stratified", "gaussian" };
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  if (metagame_result_get_info(result, &info, NULL) < 0) return;
  printf("%s solver, %llu coalitions", solvers[info.solver >= 0 && info.solver < 6 ? info.solver : 0],
         (unsigned long long)info.evaluations);
  if (info.value_evaluations) printf(" from %llu values", (unsigned long long)info.value_evaluations);
  if (counts && counts->seconds > 0)
    printf(", %.3g s, %.3g/s, %.1f %% of the time in the model", counts->seconds, (double)counts->rows / counts->seconds,
           100 * counts->game_seconds / counts->seconds);
  putchar('\n');
}
