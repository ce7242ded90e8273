/* SPDX-License-Identifier: MIT */
/* Parts of a page that are no pictures: the matrix as a table, which is also its data table; strips of words; steps. */
#include <math.h>

#include "report/views.h"

enum { MOST_NUMBERS = 20, MOST_ERRORS = 12, MOST_STEPS = 200, BARS = 20 };

static void put_title(mtg_text *out, const mtg_label *label) {
  if (!label->is_cut) return;
  mtg_text_string(out, " title=\"");
  mtg_put_escaped(out, label->full);
  mtg_text_string(out, "\"");
}

/* A marginal: its number over a bar of BARS steps. */
static void put_marginal(mtg_text *out, const mtg_scene *s, double value, double largest, int upright) {
  const int steps = largest > 0 && isfinite(value) ? (int)(fabs(value) / largest * BARS + 0.5) : 0;
  mtg_text_format(out, "<td class=\"mg %s w%d\">%s", value < 0 ? "mn" : "mp", steps, upright ? "<span class=\"v\">" : "");
  mtg_put_value(out, s, value, 1);
  mtg_text_string(out, upright ? "</span></td>" : "</td>");
}

static void put_head(mtg_text *out, const mtg_scene *s, int upright, int has_base) {
  mtg_text_string(out, "<thead><tr><td class=\"corner\"><span>moves &#8594;</span><span>&#8595; moved</span></td>");
  for (uint32_t j = 0; j < s->n; ++j) {
    mtg_text_string(out, "<th scope=\"col\"");
    put_title(out, &s->player_labels[j]);
    mtg_text_string(out, upright ? "><span class=\"v\"><bdi>" : "><bdi>");
    mtg_put_escaped(out, s->player_labels[j].brief);
    mtg_text_string(out, upright ? "</bdi></span></th>" : "</bdi></th>");
  }
  mtg_text_string(out, "<th scope=\"col\" class=\"mg\">received from others</th>");
  if (has_base) mtg_text_string(out, "<th scope=\"col\" class=\"mg\">base</th>");
  mtg_text_string(out, "<th scope=\"col\" class=\"mg\">attribution</th></tr></thead>\n");
}

static void put_row(mtg_text *out, const mtg_scene *s, uint32_t i, int has_base) {
  char class[8];
  mtg_text_string(out, "<tr><th scope=\"row\"");
  put_title(out, &s->target_labels[i]);
  if (s->own[i] >= 0) mtg_text_format(out, " data-o=\"%d\"", (int)s->own[i]);
  mtg_text_string(out, "><bdi>");
  mtg_put_escaped(out, s->target_labels[i].brief);
  mtg_text_string(out, "</bdi></th>");
  for (uint32_t j = 0; j < s->n; ++j) {
    const double value = mtg_scene_value(s, i, j), error = mtg_scene_error(s, i, j);
    mtg_text_format(out, "<td class=\"%s%s\">", mtg_class(s, value, error, class), mtg_scene_is_own(s, i, j) ? " o" : "");
    mtg_put_value(out, s, value, 1);
    if (s->has_errors && isfinite(value)) {
      mtg_text_string(out, "<i>\xc2\xb1");
      mtg_put_value(out, s, 2 * error, 0);
      mtg_text_string(out, "</i>");
    }
    mtg_text_string(out, "</td>");
  }
  put_marginal(out, s, s->received[i], s->most_received, 0);
  if (has_base) {
    mtg_text_string(out, "<td class=\"mg\">");
    mtg_put_value(out, s, s->result->numbers.base[s->targets[i]], 0);
    mtg_text_string(out, "</td>");
  }
  mtg_text_string(out, "<td class=\"mg\">");
  mtg_put_value(out, s, s->result->numbers.first_order[s->targets[i]], 0);
  mtg_text_string(out, "</td></tr>\n");
}

void mtg_html_matrix(mtg_text *out, const mtg_scene *s) {
  const int dense = s->n > MOST_NUMBERS, upright = s->n > 8;
  const int has_base = mtg_largest(s->result->numbers.base, s->result->numbers.m) > 0;
  if (dense)
    mtg_text_string(out, "<p class=\"switch\"><input type=\"checkbox\" id=\"nums\"><label for=\"nums\">show numbers in the cells</label></p>\n");
  mtg_text_format(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Matrix of influences\"><table id=\"m\" class=\"grid%s%s%s\">"
                  "<caption class=\"sr\">Row: the target that is moved. Column: the player that moves it.</caption>\n",
                  dense ? " dense" : "", s->n > 60 ? " fine" : "", s->n <= MOST_ERRORS ? " roomy" : "");
  put_head(out, s, upright, has_base);
  mtg_text_string(out, "<tbody>\n");
  for (uint32_t i = 0; i < s->m; ++i) put_row(out, s, i, has_base);
  mtg_text_string(out, "</tbody>\n<tfoot><tr><th scope=\"row\" class=\"mg\">sent to others</th>");
  for (uint32_t j = 0; j < s->n; ++j) put_marginal(out, s, s->sent[j], s->most_sent, dense);
  mtg_text_format(out, "<td class=\"mg\" colspan=\"%d\"></td></tr></tfoot></table></div>\n", has_base ? 3 : 2);
}

/* ---- strips ---- */

/* The target that receives most, the player that sends most: what is in focus before anyone chose. */
static uint32_t strongest(const mtg_scene *s, int column) {
  double most = -1;
  uint32_t best = 0;
  for (uint32_t k = 0; k < (column ? s->n : s->m); ++k) {
    double sum = 0;
    for (uint32_t other = 0; other < (column ? s->m : s->n); ++other) {
      const uint32_t i = column ? other : k, j = column ? k : other;
      const double value = mtg_scene_value(s, i, j);
      if (!mtg_scene_is_own(s, i, j) && isfinite(value) && !mtg_is_faded(value, mtg_scene_error(s, i, j))) sum += fabs(value);
    }
    if (sum > most) {
      most = sum;
      best = k;
    }
  }
  return best;
}

static void put_token(mtg_text *out, const mtg_scene *s, const mtg_label *label, char kind, uint32_t index, int64_t row, int64_t column,
                      int focus) {
  char class[8] = "z";
  const int has_value = row >= 0 && column >= 0;
  const double value = has_value ? mtg_scene_value(s, (uint32_t)row, (uint32_t)column) : NAN;
  const double error = has_value ? mtg_scene_error(s, (uint32_t)row, (uint32_t)column) : NAN;
  if (has_value) mtg_class(s, value, error, class);
  mtg_text_format(out, "<span class=\"t %s%s\" data-%c=\"%u\"", class, focus ? " here" : "", kind, index);
  mtg_text_string(out, " title=\"");
  mtg_put_escaped(out, label->full);
  if (has_value) {
    mtg_text_string(out, ": ");
    mtg_put_entry(out, s, value, error);
  }
  mtg_text_string(out, "\"><bdi>");
  mtg_put_escaped(out, label->full);
  mtg_text_string(out, "</bdi></span>");
}

static void put_gap(mtg_text *out, const mtg_scene *s, uint32_t index, const char *otherwise) {
  const char *gap = s->document->gaps && s->n == s->result->numbers.n ? s->document->gaps[index] : otherwise;
  if (!gap || !*gap) return;
  mtg_text_string(out, "<span class=\"gap\">");
  mtg_put_clean(out, gap);
  mtg_text_string(out, "</span>");
}

static void put_strip(mtg_text *out, const mtg_scene *s, char side, int of_players, int64_t row, int64_t column) {
  mtg_text_format(out, "<p class=\"strip\" id=\"s%c\" dir=\"%s\">", side, s->is_right_to_left ? "rtl" : "ltr");
  for (uint32_t k = 0; k < (of_players ? s->n : s->m); ++k) {
    const int64_t i = side == 'r' ? row : of_players ? mtg_row_of(s, k) : (int64_t)k, j = side == 'r' ? (int64_t)k : column;
    if (of_players)
      put_gap(out, s, k, k > 0 ? " " : NULL);
    else if (k > 0)
      mtg_text_string(out, " ");
    put_token(out, s, of_players ? &s->player_labels[k] : &s->target_labels[k], of_players ? 'p' : 't', k, i, j,
              s->is_sentence && row >= 0 && s->own[row] == (int32_t)k);
  }
  if (of_players && s->document->gaps) put_gap(out, s, s->n, NULL);
  mtg_text_string(out, "</p>\n");
}

static void put_name(mtg_text *out, const char *id, const mtg_label *label) {
  mtg_text_format(out, "<b class=\"%s\"><bdi>", id);
  mtg_put_escaped(out, label->brief);
  mtg_text_string(out, "</bdi></b>");
}

void mtg_html_strips(mtg_text *out, const mtg_scene *s) {
  const uint32_t row = strongest(s, 0), column = s->is_sentence ? (uint32_t)s->own[row] : strongest(s, 1);
  mtg_text_format(out, "<div id=\"strips\" data-row=\"%u\" data-column=\"%u\">\n<h3>What ", row, column);
  put_name(out, "nr", &s->target_labels[row]);
  mtg_text_string(out, " receives</h3>\n");
  put_strip(out, s, 'r', 1, row, column);
  mtg_text_string(out, "<h3>What ");
  put_name(out, "ns", &s->player_labels[column]);
  mtg_text_string(out, " sends</h3>\n");
  put_strip(out, s, 's', s->is_sentence, row, column);
  mtg_text_string(out, "</div>\n");
}

/* ---- steps ---- */

enum { STRONGEST = 3 };

/* The largest entries of a step among the drawn ones. */
static uint32_t best_of(const mtg_scene *s, const metagame_result *step, mtg_entry *best) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < s->m; ++i)
    for (uint32_t j = 0; j < s->n; ++j) {
      mtg_entry e;
      uint32_t at = count;
      if (!mtg_entry_at(s, &step->numbers, i, j, &e)) continue;
      while (at > 0 && fabs(best[at - 1].value) < fabs(e.value)) --at;
      if (at >= STRONGEST) continue;
      if (count < STRONGEST) ++count;
      for (uint32_t k = count - 1; k > at; --k) best[k] = best[k - 1];
      best[at] = e;
    }
  return count;
}

void mtg_html_steps(mtg_text *out, const mtg_scene *s) {
  const size_t shown = s->document->n_steps < MOST_STEPS ? s->document->n_steps : MOST_STEPS;
  mtg_text_string(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Steps\"><table class=\"steps\"><thead><tr><th scope=\"col\">"
                  "step</th><th scope=\"col\">strongest influences</th></tr></thead><tbody>\n");
  for (size_t k = 0; k < shown; ++k) {
    mtg_entry best[STRONGEST];
    char number[16];
    const uint32_t count = best_of(s, s->document->steps[k], best);
    mtg_text_string(out, "<tr><th scope=\"row\"><bdi>");
    mtg_put_clean(out, mtg_step_label(s->document, k, number));
    mtg_text_string(out, "</bdi></th><td>");
    for (uint32_t e = 0; e < count; ++e) {
      mtg_text_string(out, "<span class=\"e\"><bdi>");
      mtg_put_escaped(out, s->player_labels[best[e].column].brief);
      mtg_text_string(out, mtg_is_one_way(s, best[e].row) ? "</bdi> \xe2\x86\x92 <bdi>" : "</bdi> \xe2\x80\x93 <bdi>");
      mtg_put_escaped(out, s->target_labels[best[e].row].brief);
      mtg_text_string(out, "</bdi> ");
      mtg_put_value(out, s, best[e].value, 1);
      mtg_text_string(out, "</span> ");
    }
    mtg_text_string(out, "</td></tr>\n");
  }
  mtg_text_string(out, "</tbody></table></div>\n");
  if (shown < s->document->n_steps)
    mtg_text_format(out, "<p class=\"note\">%zu more steps are in the file of the result.</p>\n", s->document->n_steps - shown);
}
