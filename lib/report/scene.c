/* SPDX-License-Identifier: MIT */
#include "report/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "result/decimal.h"

static const double widest_label = 9; /* em */

/* ---- values ---- */

double mtg_scene_value(const mtg_scene *s, uint32_t row, uint32_t column) {
  return s->result->numbers.matrix[(size_t)s->targets[row] * s->result->numbers.n + s->players[column]];
}

double mtg_scene_error(const mtg_scene *s, uint32_t row, uint32_t column) {
  if (!s->has_errors) return 0;
  return s->result->numbers.deviation[(size_t)s->targets[row] * s->result->numbers.n + s->players[column]];
}

int mtg_scene_is_own(const mtg_scene *s, uint32_t row, uint32_t column) { return s->own[row] == (int32_t)column; }

int mtg_is_faded(double value, double error) { return !(fabs(value) > 2 * error) && error != 0; }

int mtg_level(double value, double largest) {
  if (!isfinite(value) || !(largest > 0)) return 0;
  const double part = fabs(value) / largest;
  const int level = part >= 1 ? MTG_LEVELS : (int)(part * MTG_LEVELS + 0.5);
  return value < 0 ? -level : level;
}

const char *mtg_class(const mtg_scene *s, double value, double error, char *out) {
  const int level = mtg_level(value, s->largest), size = level < 0 ? -level : level;
  size_t length = 0;
  out[length++] = !isfinite(value) ? 'x' : level == 0 ? 'z' : level < 0 ? 'n' : 'p';
  if (size >= 10) out[length++] = '1';
  if (size > 0) out[length++] = (char)('0' + size % 10);
  if (mtg_is_faded(value, error) && isfinite(value)) {
    out[length++] = ' ';
    out[length++] = 'f';
  }
  out[length] = '\0';
  return out;
}

int64_t mtg_row_of(const mtg_scene *s, uint32_t column) {
  for (uint32_t i = 0; i < s->m; ++i)
    if (s->own[i] == (int32_t)column) return i;
  return -1;
}

int mtg_is_one_way(const mtg_scene *s, uint32_t row) { return s->is_directed || s->own[row] < 0; }

int mtg_has_direction(const mtg_scene *s, uint32_t row, uint32_t column) {
  if (!s->is_directed) return 0;
  const int64_t back = s->own[row] < 0 ? -1 : mtg_row_of(s, column);
  if (back < 0) return 1;
  const double difference = mtg_scene_value(s, row, column) - mtg_scene_value(s, (uint32_t)back, (uint32_t)s->own[row]);
  const double error = mtg_scene_error(s, row, column) + mtg_scene_error(s, (uint32_t)back, (uint32_t)s->own[row]);
  return fabs(difference) > 2 * error;
}

double mtg_t95(double degrees) {
  const double r = 1 / degrees;
  return degrees >= 3 ? 1.9599639845400545 + r * (2.3722712 + r * (2.8224986 + r * (2.5558497 + r * 1.5895341))) : NAN;
}

/* ---- choosing what is drawn ---- */

typedef struct weight {
  double size;
  uint32_t index;
} weight;

static int by_size(const void *a, const void *b) {
  const weight *one = a, *two = b;
  if (one->size != two->size) return one->size > two->size ? -1 : 1;
  return one->index < two->index ? -1 : one->index > two->index;
}

static int by_index(const void *a, const void *b) {
  const uint32_t one = *(const uint32_t *)a, two = *(const uint32_t *)b;
  return one < two ? -1 : one > two;
}

/* The `most` rows (or columns) with the largest sums of |M|, ascending. */
static metagame_status choose(mtg_scene *s, uint32_t **out, uint32_t count, uint32_t most, int columns, metagame_error *err) {
  const mtg_numbers *numbers = &s->result->numbers;
  weight *weights = mtg_new(&s->alloc, count, sizeof *weights);
  *out = mtg_new(&s->alloc, count, sizeof **out);
  if (!weights || !*out) {
    mtg_free(&s->alloc, weights);
    return mtg_fail_memory(err, &s->alloc, "the page");
  }
  for (uint32_t k = 0; k < count; ++k) weights[k].index = k;
  for (uint32_t i = 0; most < count && i < numbers->m; ++i)
    for (uint32_t j = 0; j < numbers->n; ++j) {
      const double size = fabs(numbers->matrix[(size_t)i * numbers->n + j]);
      if (size < INFINITY && s->result->own_player[i] != (int32_t)j) weights[columns ? j : i].size += size;
    }
  if (most < count) qsort(weights, count, sizeof *weights, by_size);
  for (uint32_t k = 0; k < count; ++k) (*out)[k] = weights[k].index;
  if (most < count) qsort(*out, most, sizeof **out, by_index);
  mtg_free(&s->alloc, weights);
  return METAGAME_OK;
}

static metagame_status choose_all(mtg_scene *s, metagame_error *err) {
  const mtg_numbers *numbers = &s->result->numbers;
  s->n = numbers->n;
  s->m = numbers->m;
  if ((uint64_t)s->n * s->m > MTG_MOST_CELLS) { /* the shorter side keeps all it can */
    if (s->n > MTG_MOST_SIDE) s->n = s->m < MTG_MOST_SIDE ? MTG_MOST_CELLS / s->m : MTG_MOST_SIDE;
    if (s->n > numbers->n) s->n = numbers->n;
    if ((uint64_t)s->n * s->m > MTG_MOST_CELLS) s->m = MTG_MOST_CELLS / s->n;
  }
  MTG_TRY(choose(s, &s->players, numbers->n, s->n, 1, err));
  MTG_TRY(choose(s, &s->targets, numbers->m, s->m, 0, err));
  s->own = mtg_new(&s->alloc, s->m, sizeof *s->own);
  if (!s->own) return mtg_fail_memory(err, &s->alloc, "the page");
  s->is_sentence = 1;
  for (uint32_t i = 0; i < s->m; ++i) {
    const int32_t own = s->result->own_player[s->targets[i]];
    const uint32_t key = (uint32_t)own;
    const uint32_t *found = own < 0 ? NULL : bsearch(&key, s->players, s->n, sizeof *s->players, by_index);
    s->own[i] = found ? (int32_t)(found - s->players) : -1;
    s->is_sentence &= found != NULL;
  }
  return METAGAME_OK;
}

/* ---- labels ---- */

static metagame_status open_labels(mtg_scene *s, metagame_error *err) {
  long direction = 0;
  s->player_labels = mtg_new(&s->alloc, s->n, sizeof *s->player_labels);
  s->target_labels = mtg_new(&s->alloc, s->m, sizeof *s->target_labels);
  int ok = s->player_labels && s->target_labels;
  for (uint32_t j = 0; ok && j < s->n; ++j) {
    char number[16];
    const char *text = mtg_player_label(s->document, s->players[j], number);
    direction += mtg_label_direction(text);
    ok = mtg_label_open(&s->player_labels[j], &s->alloc, text, widest_label);
  }
  for (uint32_t i = 0; ok && i < s->m; ++i) {
    char number[16];
    ok = mtg_label_open(&s->target_labels[i], &s->alloc, mtg_target_label(s->document, s->result, s->targets[i], number), widest_label);
  }
  s->is_right_to_left = direction > 0;
  return ok ? METAGAME_OK : mtg_fail_memory(err, &s->alloc, "the labels of the page");
}

/* ---- sizes ---- */

static int by_rank(const void *a, const void *b) {
  const mtg_entry *one = a, *two = b;
  const int faded = mtg_is_faded(one->value, one->error) - mtg_is_faded(two->value, two->error);
  if (faded != 0) return faded;
  if (fabs(one->value) != fabs(two->value)) return fabs(one->value) > fabs(two->value) ? -1 : 1;
  if (one->row != two->row) return one->row < two->row ? -1 : 1;
  return one->column < two->column ? -1 : one->column > two->column;
}

static double cell_of(const mtg_scene *s, const mtg_numbers *numbers, const double *cells, uint32_t row, uint32_t column) {
  return cells[(size_t)s->targets[row] * numbers->n + s->players[column]];
}

int mtg_entry_at(const mtg_scene *s, const mtg_numbers *numbers, uint32_t i, uint32_t j, mtg_entry *out) {
  if (mtg_scene_is_own(s, i, j)) return 0;
  *out = (mtg_entry){ i, j, cell_of(s, numbers, numbers->matrix, i, j), numbers->has_deviation ? cell_of(s, numbers, numbers->deviation, i, j) : 0 };
  if (!s->is_directed && s->own[i] >= 0) {
    const int64_t back = mtg_row_of(s, j);
    if (back >= 0) {
      const uint32_t row = (uint32_t)back, column = (uint32_t)s->own[i];
      if (column < j) return 0;
      out->value = out->value / 2 + cell_of(s, numbers, numbers->matrix, row, column) / 2;
      out->error = out->error / 2 + (numbers->has_deviation ? cell_of(s, numbers, numbers->deviation, row, column) / 2 : 0);
    }
  }
  return isfinite(out->value) && out->value != 0;
}

static metagame_status rank_entries(mtg_scene *s, metagame_error *err) {
  size_t count = 0;
  mtg_entry *all = mtg_new(&s->alloc, (size_t)s->n * s->m, sizeof *all);
  if (!all) return mtg_fail_memory(err, &s->alloc, "the page");
  for (uint32_t i = 0; i < s->m; ++i)
    for (uint32_t j = 0; j < s->n; ++j) count += (size_t)mtg_entry_at(s, &s->result->numbers, i, j, &all[count]);
  qsort(all, count, sizeof *all, by_rank);
  s->entries = all;
  s->n_entries = count < MTG_MOST_ARCS ? (uint32_t)count : MTG_MOST_ARCS;
  while (s->n_clear < s->n_entries && !mtg_is_faded(all[s->n_clear].value, all[s->n_clear].error)) ++s->n_clear;
  return METAGAME_OK;
}

static void measure(mtg_scene *s) {
  const mtg_numbers *numbers = &s->result->numbers;
  for (uint32_t i = 0; i < numbers->m; ++i) /* of all, drawn or not: maps of patches draw all targets */
    for (uint32_t j = 0; j < numbers->n; ++j) {
      const double size = fabs(numbers->matrix[(size_t)i * numbers->n + j]);
      if (size > s->largest && size < INFINITY && s->result->own_player[i] != (int32_t)j) s->largest = size;
    }
  s->asymmetry = s->asymmetry_error = NAN;
  for (uint32_t i = 0; i < s->m; ++i)
    for (uint32_t j = 0; j < s->n; ++j) {
      const double value = mtg_scene_value(s, i, j);
      if (mtg_scene_is_own(s, i, j)) continue;
      s->n_unknown += (uint64_t)!isfinite(value);
      s->received[i] += value;
      s->sent[j] += value;
      const int64_t back = s->own[i] < 0 ? -1 : mtg_row_of(s, j);
      if (back < 0) continue;
      const double difference = fabs(value - mtg_scene_value(s, (uint32_t)back, (uint32_t)s->own[i]));
      if (isfinite(difference) && !(difference <= s->asymmetry)) {
        s->asymmetry = difference;
        s->asymmetry_error = mtg_scene_error(s, i, j) + mtg_scene_error(s, (uint32_t)back, (uint32_t)s->own[i]);
      }
    }
  s->most_received = mtg_largest(s->received, s->m);
  s->most_sent = mtg_largest(s->sent, s->n);
}

/* Three digits of the largest number; a power of ten apart where that would need many zeros. */
static void choose_unit(mtg_scene *s) {
  char text[48];
  double largest = s->largest;
  for (uint32_t i = 0; i < s->m && largest == 0; ++i) { /* own effects alone */
    const double value = s->own[i] < 0 ? 0 : fabs(mtg_scene_value(s, i, (uint32_t)s->own[i]));
    if (value < INFINITY && value > largest) largest = value;
  }
  s->unit = 1;
  s->decimals = 2;
  if (!(largest > 0)) return;
  mtg_scientific(text, largest, 2);
  int exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
  if (exponent < -2 || exponent > 4) {
    char power[16] = "1";
    s->exponent = exponent;
    strcpy(power + 1, strchr(text, 'e'));
    mtg_decimal_read(power, strlen(power), &s->unit);
    exponent = 0;
  }
  s->decimals = exponent >= 2 ? 0 : 2 - exponent;
}

metagame_status mtg_scene_open(mtg_scene *s, const metagame_result *result, const metagame_document *document, metagame_error *err) {
  memset(s, 0, sizeof *s);
  s->alloc = result->alloc;
  s->result = result;
  s->document = document;
  s->has_errors = result->numbers.has_deviation;
  MTG_TRY(choose_all(s, err));
  s->is_directed = 1;
  for (uint32_t i = 0; i < s->m && result->info.flags & METAGAME_CARDINAL; ++i) s->is_directed &= s->own[i] < 0;
  MTG_TRY(open_labels(s, err));
  s->received = mtg_new(&s->alloc, s->m, sizeof *s->received);
  s->sent = mtg_new(&s->alloc, s->n, sizeof *s->sent);
  if (!s->received || !s->sent) return mtg_fail_memory(err, &s->alloc, "the page");
  measure(s);
  choose_unit(s);
  return rank_entries(s, err);
}

void mtg_scene_close(mtg_scene *s) {
  for (uint32_t j = 0; s->player_labels && j < s->n; ++j) mtg_label_close(&s->player_labels[j], &s->alloc);
  for (uint32_t i = 0; s->target_labels && i < s->m; ++i) mtg_label_close(&s->target_labels[i], &s->alloc);
  void *const blocks[] = { s->players, s->targets, s->own, s->player_labels, s->target_labels, s->received, s->sent, s->entries };
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) mtg_free(&s->alloc, blocks[b]);
}
