/* SPDX-License-Identifier: MIT */
/* Maps of patches: targets are the patches of an image, row by row; one map for each player, all on one scale. Cells of one colour are one
 * path: 16 bytes a cell. */
#include <math.h>

#include "report/views.h"

enum { MOST_MAPS = 24 };

typedef struct map {
  double x, y, cell;
  uint32_t rows, cols, column; /* of the drawn matrix */
} map;

static int has_class(const mtg_scene *s, const map *m, uint32_t r, uint32_t c, int level, int faded) {
  const mtg_numbers *numbers = &s->result->numbers;
  const size_t index = ((size_t)r * m->cols + c) * numbers->n + s->players[m->column];
  const double value = numbers->matrix[index];
  return isfinite(value) && mtg_level(value, s->largest) == level &&
         mtg_is_faded(value, s->has_errors ? numbers->deviation[index] : 0) == faded;
}

static void put_cells(mtg_text *out, const mtg_scene *s, const map *m, int level, int faded, int dash) {
  char class[8];
  const double inset = faded ? m->cell * 0.12 + 0.7 : 0.3, side = m->cell - 2 * inset;
  int first = 1;
  mtg_class(s, s->largest * ((double)level / MTG_LEVELS), 0, class);
  for (uint32_t r = 0; r < m->rows; ++r)
    for (uint32_t c = 0; c < m->cols; ++c) {
      if (!has_class(s, m, r, c, level, faded)) continue;
      if (first) mtg_text_format(out, "<path class=\"%s%s%s\" d=\"", class, faded ? " f" : "", dash ? " d" : "");
      first = 0;
      mtg_text_string(out, "M");
      mtg_put_at(out, m->x + m->cell * c + (dash ? m->cell * 0.3 : inset));
      mtg_text_string(out, " ");
      mtg_put_at(out, m->y + m->cell * r + (dash ? m->cell / 2 : inset));
      mtg_text_string(out, "h");
      mtg_put_at(out, dash ? m->cell * 0.4 : side);
      if (dash) continue;
      mtg_text_string(out, "v");
      mtg_put_at(out, side);
      mtg_text_string(out, "h");
      mtg_put_at(out, -side);
      mtg_text_string(out, "z");
    }
  if (!first) mtg_text_string(out, "\"/>");
}

static void put_map(mtg_text *out, const mtg_scene *s, const map *m) {
  mtg_put_label(out, &s->player_labels[m->column], m->x, m->y - 6, "");
  mtg_text_string(out, "<rect class=\"frame\"");
  mtg_put_attribute(out, "x", m->x);
  mtg_put_attribute(out, "y", m->y);
  mtg_put_attribute(out, "width", m->cell * m->cols);
  mtg_put_attribute(out, "height", m->cell * m->rows);
  mtg_text_string(out, "/>");
  for (int level = -MTG_LEVELS; level <= MTG_LEVELS; ++level)
    for (int faded = 0; faded < 2; ++faded) {
      put_cells(out, s, m, level, faded, 0);
      if (level < 0 && m->cell >= 8) put_cells(out, s, m, level, faded, 1);
    }
}

/* Columns of the largest sums of |M|, back in reading order. */
static uint32_t choose(const mtg_scene *s, uint32_t *chosen) {
  const mtg_numbers *numbers = &s->result->numbers;
  const uint32_t most = s->n < MOST_MAPS ? s->n : MOST_MAPS;
  double order[MOST_MAPS];
  uint32_t count = 0;
  for (uint32_t j = 0; j < s->n; ++j) {
    double size = 0;
    for (uint32_t i = 0; i < numbers->m; ++i) {
      const double value = fabs(numbers->matrix[(size_t)i * numbers->n + s->players[j]]);
      if (isfinite(value)) size += value;
    }
    uint32_t at = count;
    while (at > 0 && order[at - 1] < size) --at;
    if (at >= most) continue;
    if (count < most) ++count;
    for (uint32_t k = count - 1; k > at; --k) {
      order[k] = order[k - 1];
      chosen[k] = chosen[k - 1];
    }
    order[at] = size;
    chosen[at] = j;
  }
  for (uint32_t k = 1; k < count; ++k)
    for (uint32_t at = k; at > 0 && chosen[at - 1] > chosen[at]; --at) {
      const uint32_t swap = chosen[at];
      chosen[at] = chosen[at - 1];
      chosen[at - 1] = swap;
    }
  return count;
}

metagame_status mtg_svg_patches(mtg_text *out, const mtg_scene *s, metagame_error *err) {
  const uint32_t rows = s->document->grid_rows, cols = s->document->grid_cols, longest = rows > cols ? rows : cols;
  uint32_t chosen[MOST_MAPS];
  if (rows == 0 || cols == 0)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "document.view is %d (patches): it needs document.grid_rows and document.grid_cols",
                    METAGAME_VIEW_PATCHES);
  if (s->result->numbers.m > MTG_MOST_PATCHES)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "document.view is %d (patches): %u patches, at most %d are drawn", METAGAME_VIEW_PATCHES,
                    s->result->numbers.m, MTG_MOST_PATCHES);
  const uint32_t count = choose(s, chosen);
  const double cell = longest > 5 ? 150.0 / longest : 28;
  const double wide = (cell * cols < 120 ? 120 : cell * cols) + 18, high = cell * rows + 34;
  uint32_t across = wide < 1120 ? (uint32_t)(1120 / wide) : 1;
  if (across > count) across = count;
  const uint32_t down = (count + across - 1) / across;
  mtg_svg_open(out, s, wide * across > 620 ? wide * across : 620, high * down + 28, "Maps of patches", "One map for each player on one "
               "shared scale: how much the player moves the attribution of each patch.");
  for (uint32_t k = 0; k < count; ++k) {
    const map m = { wide * (k % across) + 4, high * (k / across) + 22, cell, rows, cols, chosen[k] };
    put_map(out, s, &m);
  }
  mtg_put_legend(out, s, 4, high * down + 8);
  mtg_svg_close(out);
  return METAGAME_OK;
}
