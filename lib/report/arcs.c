/* SPDX-License-Identifier: MIT */
/* Arcs over the sentence: above the words from an earlier to a later one, below from a later to an earlier one; without direction all are
 * above. Where targets are no players, players stand in a line and targets in a line below, and curves go down. Width is size, colour
 * and dash are the sign. Words stand side by side where they fit, else upright in even places. */
#include <math.h>

#include "report/views.h"

typedef struct line {
  uint32_t count;
  const mtg_label *labels;
  double *x;      /* middles */
  double width;   /* of all */
  double height;  /* of its labels */
  int is_upright;
} line;

static const double font = 13, gap = 12, page_width = 1120, beside_list = 820, least_slot = 17;

static double width_of(const mtg_label *label) { return label->width * font < 16 ? 16 : label->width * font; }

static double width_of_all(const mtg_label *labels, uint32_t count) {
  double total = gap;
  for (uint32_t k = 0; k < count; ++k) total += width_of(&labels[k]) + gap;
  return total;
}

int mtg_arcs_are_wide(const mtg_scene *s) {
  return width_of_all(s->player_labels, s->n) > beside_list || (!s->is_sentence && width_of_all(s->target_labels, s->m) > beside_list);
}

static metagame_status place(line *l, const mtg_scene *s, const mtg_label *labels, uint32_t count, metagame_error *err) {
  double total = gap, widest = 0;
  l->count = count;
  l->labels = labels;
  l->x = mtg_new(&s->alloc, count, sizeof *l->x);
  if (!l->x) return mtg_fail_memory(err, &s->alloc, "the arcs");
  for (uint32_t k = 0; k < count; ++k) {
    const double width = width_of(&labels[k]);
    l->x[k] = total + width / 2;
    total += width + gap;
    if (labels[k].width * font > widest) widest = labels[k].width * font;
  }
  l->is_upright = total > page_width;
  l->height = l->is_upright ? widest + 10 : 24;
  if (l->is_upright) {
    const double slot = page_width / count < least_slot ? least_slot : page_width / count;
    for (uint32_t k = 0; k < count; ++k) l->x[k] = slot * (k + 0.5);
    total = slot * count;
  } else if (count > 1) { /* what is free goes between the words, up to a bound, so that short sentences stay together */
    double more = ((total > beside_list ? page_width : beside_list) - total) / (count - 1);
    if (more > 90) more = 90;
    for (uint32_t k = 0; k < count; ++k) l->x[k] += more * k;
    total += more * (count - 1);
  }
  if (s->is_right_to_left)
    for (uint32_t k = 0; k < count; ++k) l->x[k] = total - l->x[k];
  l->width = total;
  return METAGAME_OK;
}

static void center(line *l, double width) {
  for (uint32_t k = 0; k < l->count; ++k) l->x[k] += (width - l->width) / 2;
}

static void put_words(mtg_text *out, const line *l, double top, char kind) {
  for (uint32_t k = 0; k < l->count; ++k) {
    mtg_text_format(out, "<text class=\"w\" data-%c=\"%u\" text-anchor=\"middle\"", kind, k);
    if (l->is_upright) {
      mtg_text_string(out, " transform=\"translate(");
      mtg_put_at(out, l->x[k] + 4.5);
      mtg_text_string(out, " ");
      mtg_put_at(out, top + l->height / 2);
      mtg_text_string(out, ")rotate(-90)\"");
    } else {
      mtg_put_attribute(out, "x", l->x[k]);
      mtg_put_attribute(out, "y", top + 16.5);
    }
    mtg_text_string(out, ">");
    mtg_put_full(out, &l->labels[k]);
    mtg_put_escaped(out, l->labels[k].brief);
    mtg_text_string(out, "</text>");
  }
}

static void put_point(mtg_text *out, double x, double y) {
  mtg_put_at(out, x);
  mtg_text_string(out, " ");
  mtg_put_at(out, y);
}

/* From (x1, y1) to (x2, y2), leaving and arriving upright; `height` up or, where negative, down. The head ends at (x2, y2). */
static void put_arc(mtg_text *out, double x1, double y1, double x2, double y2, double height, double stroke, int head) {
  const double length = head ? 5 + stroke : 0, up = height > 0 ? -1 : 1, c1 = y1 - height * 4 / 3, c2 = y2 - height * 4 / 3;
  mtg_text_string(out, "<path class=\"l\" d=\"M");
  put_point(out, x1, y1);
  mtg_text_string(out, "C");
  put_point(out, x1, c1);
  mtg_text_string(out, " ");
  put_point(out, x2, c2);
  mtg_text_string(out, " ");
  put_point(out, x2, y2 + up * length);
  mtg_text_string(out, "\"");
  mtg_put_attribute(out, "stroke-width", stroke);
  mtg_text_string(out, "/>");
  if (!head) return;
  mtg_text_string(out, "<path class=\"h\" d=\"M");
  put_point(out, x2, y2);
  mtg_text_string(out, "l");
  put_point(out, -length * 0.55, up * length);
  mtg_text_string(out, "h");
  mtg_put_at(out, length * 1.1);
  mtg_text_string(out, "z\"/>");
}

static void open_arc(mtg_text *out, const mtg_scene *s, const mtg_entry *e, uint32_t rank) {
  mtg_text_format(out, "<g class=\"a %c%s%s\"", e->value < 0 ? 'n' : 'p', mtg_is_faded(e->value, e->error) ? " f" : "",
                  rank >= s->document->top ? " off" : "");
  mtg_text_format(out, " data-j=\"%u\" data-i=\"%u\"><title>", e->column, e->row);
  mtg_put_escaped(out, s->player_labels[e->column].brief);
  mtg_text_string(out, mtg_is_one_way(s, e->row) ? " \xe2\x86\x92 " : " \xe2\x80\x93 ");
  mtg_put_escaped(out, s->target_labels[e->row].brief);
  mtg_text_string(out, ": ");
  mtg_put_entry(out, s, e->value, e->error);
  mtg_text_string(out, "</title>");
}

uint32_t mtg_drawn_arcs(const mtg_scene *s) {
  const uint32_t least = s->document->top > 60 ? s->document->top : 60;
  return s->n_entries < least ? s->n_entries : least;
}

static double stroke_of(const mtg_scene *s, double value) { return 1 + 6 * (fabs(value) / s->largest); }

static void put_sentence(mtg_text *out, const mtg_scene *s, const line *words, double height, double longest) {
  const double above = height + 12, below = above + words->height;
  put_words(out, words, above, 'p');
  for (uint32_t k = mtg_drawn_arcs(s); k-- > 0;) { /* the strongest last, on top */
    const mtg_entry *e = &s->entries[k];
    const uint32_t own = (uint32_t)s->own[e->row];
    const double x1 = words->x[e->column], x2 = words->x[own], distance = fabs(x2 - x1), ahead = x2 > x1 ? 1 : -1;
    const double high = 14 + (height - 14) * sqrt(distance / longest);
    const int is_above = !s->is_directed || e->column < own;
    const double y = is_above ? above : below;
    open_arc(out, s, e, k);
    put_arc(out, x1 + 4 * ahead, y, x2 - 4 * ahead, y, is_above ? high : -high, stroke_of(s, e->value),
            mtg_has_direction(s, e->row, e->column));
    mtg_text_string(out, "</g>");
  }
}

static void put_lines(mtg_text *out, const mtg_scene *s, const line *players, const line *targets, double height) {
  const double from = players->height, to = players->height + height;
  put_words(out, players, 0, 'p');
  put_words(out, targets, to, 't');
  for (uint32_t k = mtg_drawn_arcs(s); k-- > 0;) {
    const mtg_entry *e = &s->entries[k];
    const double x1 = players->x[e->column], x2 = targets->x[e->row], stroke = stroke_of(s, e->value);
    const int head = mtg_is_one_way(s, e->row);
    const double length = head ? 5 + stroke : 0;
    open_arc(out, s, e, k);
    mtg_text_string(out, "<path class=\"l\" d=\"M");
    put_point(out, x1, from);
    mtg_text_string(out, "C");
    put_point(out, x1, from + height / 2);
    mtg_text_string(out, " ");
    put_point(out, x2, to - height / 2);
    mtg_text_string(out, " ");
    put_point(out, x2, to - length);
    mtg_text_string(out, "\"");
    mtg_put_attribute(out, "stroke-width", stroke);
    mtg_text_string(out, "/>");
    if (head) {
      mtg_text_string(out, "<path class=\"h\" d=\"M");
      put_point(out, x2, to);
      mtg_text_string(out, "l");
      put_point(out, -length * 0.55, -length);
      mtg_text_string(out, "h");
      mtg_put_at(out, length * 1.1);
      mtg_text_string(out, "z\"/>");
    }
    mtg_text_string(out, "</g>");
  }
}

int mtg_has_arcs(const mtg_scene *s) { return s->n_entries > 0 && s->n <= MTG_MOST_PLACES && s->m <= MTG_MOST_PLACES; }

metagame_status mtg_svg_arcs(mtg_text *out, const mtg_scene *s, metagame_error *err) {
  line players = { 0, NULL, NULL, 0, 0, 0 }, targets = { 0, NULL, NULL, 0, 0, 0 };
  metagame_status status = place(&players, s, s->player_labels, s->n, err);
  if (status == METAGAME_OK && !s->is_sentence) status = place(&targets, s, s->target_labels, s->m, err);
  if (status == METAGAME_OK && s->is_sentence) {
    double longest = 1;
    uint32_t n_below = 0;
    for (uint32_t k = 0; k < mtg_drawn_arcs(s); ++k) {
      const uint32_t own = (uint32_t)s->own[s->entries[k].row];
      const double distance = fabs(players.x[s->entries[k].column] - players.x[own]);
      if (distance > longest) longest = distance;
      n_below += s->is_directed && s->entries[k].column > own;
    }
    const double height = longest > 600 ? 150 : 60 + longest * 0.15;
    mtg_svg_open(out, s, players.width, height + 12 + players.height + (n_below > 0 ? height + 12 : 4), "Arcs over the sentence",
                 s->is_directed ? "Each arc goes from the player that moves to the target that is moved. Above the words from an earlier "
                                  "to a later word, below from a later to an earlier one. Wider is stronger; dashed lowers, solid raises."
                                : "Each arc joins two players that move each other; the attribution has no direction. Wider is stronger; "
                                  "dashed lowers, solid raises.");
    put_sentence(out, s, &players, height, longest);
    mtg_svg_close(out);
  } else if (status == METAGAME_OK) {
    const double width = players.width > targets.width ? players.width : targets.width, height = 190;
    center(&players, width);
    center(&targets, width);
    mtg_svg_open(out, s, width, players.height + height + targets.height + 4, "Curves from players to targets",
                 s->is_directed ? "Each curve goes from the player above that moves to the target below that is moved. Wider is stronger; dashed "
                                  "lowers, solid raises."
                                : "Each curve joins a player above and a target below. Wider is stronger; dashed lowers, solid raises.");
    put_lines(out, s, &players, &targets, height);
    mtg_svg_close(out);
  }
  mtg_free(&s->alloc, players.x);
  mtg_free(&s->alloc, targets.x);
  return status;
}
