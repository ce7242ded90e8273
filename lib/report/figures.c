/* SPDX-License-Identifier: MIT */
/* Pictures: the frame of all, the colour scale, the matrix, net influence, maps of patches. */
#include <math.h>
#include <string.h>

#include "report/assets.h"
#include "report/views.h"

static const double font = 12;

void mtg_svg_open(mtg_text *out, const mtg_scene *s, double width, double height, const char *name, const char *description) {
  mtg_text_string(out, "<svg class=\"fig\" role=\"img\"");
  if (s->is_plain) mtg_text_string(out, " xmlns=\"http://www.w3.org/2000/svg\"");
  mtg_text_string(out, " viewBox=\"0 0 ");
  mtg_put_at(out, width);
  mtg_text_string(out, " ");
  mtg_put_at(out, height);
  mtg_text_string(out, "\"");
  mtg_put_attribute(out, "width", width);
  mtg_put_attribute(out, "height", height);
  mtg_text_string(out, " aria-label=\"");
  mtg_put_clean(out, s->is_plain && s->document->title ? s->document->title : name);
  mtg_text_string(out, "\"><desc>");
  mtg_text_string(out, description);
  mtg_text_string(out, "</desc>");
  if (!s->is_plain) return;
  mtg_text_string(out, "<style>");
  for (const char *const *piece = mtg_figure_style.pieces; *piece; ++piece) mtg_text_string(out, *piece);
  mtg_text_string(out, "</style><rect class=\"bg\" width=\"100%\" height=\"100%\"/>");
}

void mtg_svg_close(mtg_text *out) { mtg_text_string(out, "</svg>\n"); }

static void put_rect(mtg_text *out, const char *class, double x, double y, double width, double height) {
  mtg_text_format(out, "<rect class=\"%s\"", class);
  mtg_put_attribute(out, "x", x);
  mtg_put_attribute(out, "y", y);
  mtg_put_attribute(out, "width", width);
  mtg_put_attribute(out, "height", height);
  mtg_text_string(out, "/>");
}

/* One cell: filled, hollow where faded, with a dash where negative. */
static void put_cell(mtg_text *out, const mtg_scene *s, double value, double error, double x, double y, double side) {
  char class[8];
  const int faded = mtg_is_faded(value, error) && isfinite(value);
  const double inset = faded ? side * 0.14 + 0.7 : 0.5;
  put_rect(out, mtg_class(s, value, error, class), x + inset, y + inset, side - 2 * inset, side - 2 * inset);
  if (class[0] != 'n' || side < 8) return;
  mtg_text_format(out, "<path class=\"%s d\" d=\"M", class);
  mtg_put_at(out, x + side * 0.32);
  mtg_text_string(out, " ");
  mtg_put_at(out, y + side / 2);
  mtg_text_string(out, "h");
  mtg_put_at(out, side * 0.36);
  mtg_text_string(out, "\"/>");
}

static void put_text(mtg_text *out, const char *class, double x, double y, const char *anchor) {
  mtg_text_format(out, "<text class=\"%s\" text-anchor=\"%s\"", class, anchor);
  mtg_put_attribute(out, "x", x);
  mtg_put_attribute(out, "y", y);
  mtg_text_string(out, ">");
}

double mtg_put_legend(mtg_text *out, const mtg_scene *s, double x, double y) {
  const double step = 9, first = x + 52;
  put_text(out, "s", x + 48, y + 11, "end");
  mtg_put_value(out, s, -s->largest, 1);
  mtg_text_string(out, "</text>");
  for (int level = -MTG_LEVELS; level <= MTG_LEVELS; ++level)
    put_cell(out, s, s->largest * ((double)level / MTG_LEVELS), 0, first + step * (level + MTG_LEVELS) - 0.5, y + 2 - 0.5, step + 1);
  double at = first + step * (2 * MTG_LEVELS + 1) + 4;
  put_text(out, "s", at, y + 11, "start");
  mtg_put_value(out, s, s->largest, 1);
  if (s->exponent != 0) mtg_text_format(out, " (\xc3\x97 10^%d)", s->exponent);
  mtg_text_string(out, "</text>");
  at += s->exponent ? 110 : 56;
  if (s->has_errors) {
    put_cell(out, s, s->largest * 0.75, s->largest, at, y, 13);
    put_text(out, "s", at + 17, y + 11, "start");
    mtg_text_string(out, "within 2 standard errors</text>");
    at += 178;
  }
  if (s->is_sentence || s->own[0] >= 0) {
    put_rect(out, "own", at + 1, y + 1, 11, 11);
    put_text(out, "s", at + 17, y + 11, "start");
    mtg_text_string(out, "own effect</text>");
    at += 80;
  }
  return at - x;
}

/* ---- matrix ---- */

static double widest(const mtg_label *labels, uint32_t count) {
  double most = 0;
  for (uint32_t k = 0; k < count; ++k)
    if (labels[k].width > most) most = labels[k].width;
  return most * font;
}

/* A bar of a marginal from a zero line at x (or y): right (up) where positive. */
static void put_bar(mtg_text *out, double value, double largest, double x, double y, double thick, double half, int is_row) {
  const double length = largest > 0 && isfinite(value) ? half * (fabs(value) / largest) : 0, from = (value < 0) == (is_row != 0) ? -length : 0;
  put_rect(out, value < 0 ? "nb" : "pb", is_row ? x + from : x, is_row ? y : y + from, is_row ? length : thick, is_row ? thick : length);
}

metagame_status mtg_svg_matrix(mtg_text *out, const mtg_scene *s, metagame_error *err) {
  const double side = s->n <= 12 && s->m <= 12 ? 34 : s->n <= 48 && s->m <= 48 ? 20 : 12, bar = 46;
  const double left = widest(s->target_labels, s->m) + 14, top = widest(s->player_labels, s->n) + 30, half = bar / 2 - 2;
  const double width_cells = side * s->n, height_cells = side * s->m, x_bar = left + width_cells + 8, y_bar = top + height_cells + 8;
  const double bottom = y_bar + bar + 12;
  const double width = x_bar + bar + 70 > 620 ? x_bar + bar + 70 : 620;
  (void)err;
  mtg_svg_open(out, s, width, bottom + 24, "Matrix of influences", "Row: the target whose attribution is moved. Column: the player that "
               "moves it. Bars: what a target receives and what a player sends, without own effects.");
  put_text(out, "s", left, 12, "start");
  mtg_text_string(out, "column: the player that moves &#8594; row: the target that is moved</text>");
  for (uint32_t j = 0; j < s->n; ++j) {
    mtg_text_string(out, "<text transform=\"translate(");
    mtg_put_at(out, left + side * (j + 0.5) + 4);
    mtg_text_string(out, " ");
    mtg_put_at(out, top - 5);
    mtg_text_string(out, ")rotate(-90)\">");
    mtg_put_full(out, &s->player_labels[j]);
    mtg_put_escaped(out, s->player_labels[j].brief);
    mtg_text_string(out, "</text>");
  }
  for (uint32_t i = 0; i < s->m; ++i) {
    mtg_put_label(out, &s->target_labels[i], left - 6, top + side * (i + 0.5) + 4, " text-anchor=\"end\"");
    for (uint32_t j = 0; j < s->n; ++j) {
      const double x = left + side * j, y = top + side * i;
      put_cell(out, s, mtg_scene_value(s, i, j), mtg_scene_error(s, i, j), x, y, side);
      if (mtg_scene_is_own(s, i, j)) put_rect(out, "own", x + 1.5, y + 1.5, side - 3, side - 3);
    }
    put_bar(out, s->received[i], s->most_received, x_bar + bar / 2, top + side * i + side * 0.2, side * 0.6, half, 1);
    put_text(out, "s", x_bar + bar + 64, top + side * (i + 0.5) + 4, "end");
    mtg_put_value(out, s, s->received[i], 1);
    mtg_text_string(out, "</text>");
  }
  for (uint32_t j = 0; j < s->n; ++j)
    put_bar(out, s->sent[j], s->most_sent, left + side * j + side * 0.2, y_bar + bar / 2, side * 0.6, half, 0);
  put_text(out, "s", x_bar, top - 6, "start");
  mtg_text_string(out, "received</text>");
  put_text(out, "s", left - 6, y_bar + bar / 2 + 4, "end");
  mtg_text_string(out, "sent</text>");
  mtg_put_legend(out, s, 4, bottom);
  mtg_svg_close(out);
  return METAGAME_OK;
}

/* ---- net influence ---- */

typedef struct net {
  uint32_t one, other; /* drawn rows, one before other */
  double value, error;
} net;

int mtg_has_net(const mtg_scene *s) { return s->is_directed && isfinite(s->asymmetry) && s->asymmetry > 0; }

static void keep(net *best, uint32_t *count, uint32_t most, const net *pair) {
  uint32_t at = *count;
  while (at > 0 && fabs(best[at - 1].value) < fabs(pair->value)) --at;
  if (at >= most) return;
  if (*count < most) ++*count;
  for (uint32_t k = *count - 1; k > at; --k) best[k] = best[k - 1];
  best[at] = *pair;
}

/* The pairs with the largest M_ij - M_ji: how much more the earlier one moves the later one than the other way round. */
static uint32_t find_nets(const mtg_scene *s, net *best, uint32_t most) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < s->m; ++i)
    for (uint32_t k = i + 1; k < s->m; ++k) {
      if (s->own[i] < 0 || s->own[k] < 0 || s->own[i] == s->own[k]) continue;
      const uint32_t a = s->own[i] < s->own[k] ? i : k, b = a == i ? k : i;
      const double value = mtg_scene_value(s, b, (uint32_t)s->own[a]) - mtg_scene_value(s, a, (uint32_t)s->own[b]);
      const net pair = { a, b, value, mtg_scene_error(s, b, (uint32_t)s->own[a]) + mtg_scene_error(s, a, (uint32_t)s->own[b]) };
      if (isfinite(value) && value != 0) keep(best, &count, most, &pair);
    }
  return count;
}

static double half_width(const mtg_scene *s, const net *pair) {
  if (!s->has_errors || pair->error == 0) return 0;
  const double one = s->result->numbers.degrees[s->targets[pair->one]], other = s->result->numbers.degrees[s->targets[pair->other]];
  return pair->error * mtg_t95(one < other ? one : other);
}

static const double net_bars = 220;

static void put_pair(mtg_text *out, const mtg_scene *s, const net *pair, double y, double label, double zero, double reach) {
  const double length = reach > 0 ? net_bars * (fabs(pair->value) / reach) : 0, wide = half_width(s, pair), middle = y + 9;
  put_text(out, pair->value < 0 ? "w" : "w g", label, y + 13, "end");
  mtg_put_full(out, &s->target_labels[pair->one]);
  mtg_put_escaped(out, s->target_labels[pair->one].brief);
  mtg_text_string(out, "</text>");
  put_text(out, "s", label + 15, y + 13, "middle");
  mtg_text_string(out, pair->value < 0 ? "\xe2\x87\x86" : "\xe2\x87\x84");
  mtg_text_string(out, "</text>");
  mtg_put_label(out, &s->target_labels[pair->other], label + 30, y + 13, pair->value < 0 ? " class=\"w g\"" : " class=\"w\"");
  put_rect(out, pair->value < 0 ? "nb" : "pb", pair->value < 0 ? zero - length : zero, y + 3, length, 12);
  if (wide > 0 && reach > 0) {
    const double at = pair->value < 0 ? zero - length : zero + length, part = net_bars * (wide / reach), half = part > 300 ? 300 : part;
    mtg_text_string(out, "<path class=\"whisker\" d=\"M");
    mtg_put_at(out, at - half);
    mtg_text_string(out, " ");
    mtg_put_at(out, middle);
    mtg_text_string(out, "h");
    mtg_put_at(out, 2 * half);
    mtg_text_string(out, "m0 -4v8m");
    mtg_put_at(out, -2 * half);
    mtg_text_string(out, " -8v8\"/>");
  }
}

enum { MOST_NETS = 15 };

metagame_status mtg_svg_net(mtg_text *out, const mtg_scene *s, metagame_error *err) {
  net best[MOST_NETS];
  if (!mtg_has_net(s))
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "document.view is %d (net influence): it needs two pinned targets that move each other, "
                    "and an attribution whose directions differ", METAGAME_VIEW_NET);
  const uint32_t count = find_nets(s, best, s->document->top < MOST_NETS ? s->document->top : MOST_NETS);
  double reach = 0;
  for (uint32_t k = 0; k < count; ++k) {
    const double wide = half_width(s, &best[k]), end = fabs(best[k].value) + (isfinite(wide) ? wide : 0);
    if (end > reach) reach = end < 2 * fabs(best[0].value) ? end : 2 * fabs(best[0].value);
  }
  double one = 0, other = 0;
  for (uint32_t k = 0; k < count; ++k) {
    const double widths[2] = { s->target_labels[best[k].one].width * 13, s->target_labels[best[k].other].width * 13 };
    if (widths[0] > one) one = widths[0];
    if (widths[1] > other) other = widths[1];
  }
  const double bars = net_bars, label = one + 4, zero = label + 30 + other + 20 + bars, width = zero + bars + 180, height = 22.0 * count + 26;
  mtg_svg_open(out, s, width, height, "Net influence", "For each pair: influence of the earlier on the later minus influence of the later on "
               "the earlier, with 95 % intervals.");
  for (uint32_t k = 0; k < count; ++k) {
    put_pair(out, s, &best[k], 22.0 * k + 20, label, zero, reach);
    put_text(out, "v", zero + bars + 80, 22.0 * k + 33, "end");
    mtg_put_value(out, s, best[k].value, 1);
    mtg_text_string(out, "</text>");
    if (!s->has_errors) continue;
    put_text(out, "s", zero + bars + 86, 22.0 * k + 33, "start");
    mtg_text_string(out, "\xc2\xb1 ");
    mtg_put_value(out, s, half_width(s, &best[k]), 0);
    mtg_text_string(out, "</text>");
  }
  put_text(out, "s", zero - 8, 12, "end");
  mtg_text_string(out, "\xe2\x87\x86 backward is larger</text>");
  put_text(out, "s", zero + 8, 12, "start");
  mtg_text_string(out, "forward is larger \xe2\x87\x84</text>");
  mtg_text_string(out, "<path class=\"axis\" d=\"M");
  mtg_put_at(out, zero);
  mtg_text_string(out, " 2V");
  mtg_put_at(out, height - 4);
  mtg_text_string(out, "\"/>");
  mtg_svg_close(out);
  return METAGAME_OK;
}
