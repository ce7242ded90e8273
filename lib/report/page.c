/* SPDX-License-Identifier: MIT */
/* The page: one file that asks for nothing. Its policy allows the style and the script by their hashes, and no other. */
#include <math.h>
#include <string.h>

#include "report/assets.h"
#include "report/views.h"
#include "result/diagnosis.h"
#include "solve/solver.h"

enum { TOP_LIST = 8 };

static void put_asset(mtg_text *out, const mtg_asset *asset) {
  for (const char *const *piece = asset->pieces; *piece; ++piece) mtg_text_string(out, *piece);
}

static void put_page_title(mtg_text *out, const mtg_scene *s) {
  if (s->document->title) {
    mtg_put_clean(out, s->document->title);
  } else {
    mtg_text_string(out, "Meta-attribution of ");
    mtg_put_clean(out, s->result->attributor);
  }
}

static void put_head(mtg_text *out, const mtg_scene *s) {
  const int script = !(s->document->flags & METAGAME_DOCUMENT_NO_SCRIPT);
  mtg_text_string(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" "
                  "content=\"default-src 'none'; style-src '");
  mtg_text_string(out, mtg_page_style.hash);
  mtg_text_string(out, "'; script-src '");
  mtg_text_string(out, script ? mtg_page_script.hash : "none");
  mtg_text_string(out, "'; img-src data:; base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width, "
                  "initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
                  "<link rel=\"icon\" href=\"data:,\">\n<title>");
  put_page_title(out, s);
  mtg_text_string(out, "</title>\n<style>");
  put_asset(out, &mtg_page_style);
  mtg_text_string(out, "</style>\n</head>\n");
}

/* ---- facts ---- */

static void open_fact(mtg_text *out, const char *name) { mtg_text_format(out, "<div><dt>%s</dt><dd>", name); }

static void close_fact(mtg_text *out) { mtg_text_string(out, "</dd></div>\n"); }

static void put_residual(mtg_text *out, const mtg_scene *s) {
  const metagame_result *r = s->result;
  double largest = -1, relative = 0;
  for (uint32_t i = 0; i < r->numbers.m; ++i) {
    const double size = fabs(r->residual[i]);
    if (!(size < INFINITY)) continue;
    if (size > largest) largest = size;
    if (r->numbers.scale[i] > 0 && size / r->numbers.scale[i] > relative) relative = size / r->numbers.scale[i];
  }
  open_fact(out, "Largest residual");
  if (largest < 0) {
    mtg_text_string(out, "not defined");
  } else {
    mtg_put_short(out, largest, 2);
    if (largest > 0) {
      mtg_text_string(out, " (");
      mtg_put_short(out, relative, 2);
      mtg_text_string(out, " of the scale)");
    }
  }
  close_fact(out);
}

static void put_base(mtg_text *out, const mtg_scene *s) {
  const mtg_numbers *numbers = &s->result->numbers;
  double least = INFINITY, most = -INFINITY;
  int pinned = 1;
  for (uint32_t i = 0; i < numbers->m; ++i) {
    pinned &= s->result->own_player[i] >= 0;
    if (numbers->base[i] < least) least = numbers->base[i];
    if (numbers->base[i] > most) most = numbers->base[i];
  }
  open_fact(out, "Base");
  if (pinned) {
    mtg_text_string(out, "0: targets are pinned");
  } else if (!(least <= most)) {
    mtg_text_string(out, "n/a");
  } else {
    mtg_put_short(out, least, 4);
    if (most > least) {
      mtg_text_string(out, " to ");
      mtg_put_short(out, most, 4);
    }
  }
  close_fact(out);
}

static void put_facts(mtg_text *out, const mtg_scene *s) {
  const metagame_result_info *info = &s->result->info;
  mtg_text_string(out, "<dl class=\"facts\">\n");
  open_fact(out, "Method");
  mtg_put_clean(out, s->result->attributor);
  if (!s->is_directed) mtg_text_string(out, " (no direction)");
  close_fact(out);
  open_fact(out, "Absent players");
  mtg_put_clean(out, s->result->masking_id);
  if (info->n_maskings > 1) mtg_text_format(out, " (mean of %u)", info->n_maskings);
  close_fact(out);
  open_fact(out, "Solver");
  mtg_text_format(out, "%s, %s", mtg_solver_name(info->solver), info->outer == METAGAME_OUTER_BANZHAF ? "Banzhaf" : "Shapley");
  if (info->flags & METAGAME_UNPINNED) mtg_text_string(out, ", unpinned");
  close_fact(out);
  open_fact(out, "Evaluations");
  mtg_text_format(out, "%llu", (unsigned long long)info->evaluations);
  if (info->value_evaluations > 0) mtg_text_format(out, " (%llu values)", (unsigned long long)info->value_evaluations);
  if (info->n_units > 0) mtg_text_format(out, ", %llu units", (unsigned long long)info->n_units);
  close_fact(out);
  put_residual(out, s);
  put_base(out, s);
  open_fact(out, "Standard errors");
  mtg_text_string(out, s->has_errors ? "\xc2\xb1 in the page is two of them" : info->status == METAGAME_PARTIAL ? "none" : "none: exact");
  close_fact(out);
  open_fact(out, "Seed");
  mtg_text_format(out, "%llu", (unsigned long long)info->seed);
  close_fact(out);
  mtg_text_string(out, "</dl>\n");
}

static void put_notes(mtg_text *out, const mtg_scene *s) {
  if (s->document->n_notes == 0) return;
  mtg_text_string(out, "<dl class=\"facts notes\">\n");
  for (size_t k = 0; k < s->document->n_notes; ++k) {
    mtg_text_string(out, "<div><dt>");
    mtg_put_clean(out, s->document->note_keys[k]);
    mtg_text_string(out, "</dt><dd><bdi>");
    mtg_put_clean(out, s->document->note_values[k]);
    mtg_text_string(out, "</bdi></dd></div>\n");
  }
  mtg_text_string(out, "</dl>\n");
}

static void put_header(mtg_text *out, const mtg_scene *s) {
  mtg_text_string(out, "<header><h1>");
  put_page_title(out, s);
  mtg_text_string(out, "</h1>\n<p class=\"lead\">A <b>column</b> is the player that moves, a <b>row</b> the target whose attribution is moved: "
                  "the entry is how much larger the attribution of the target is with the player present");
  mtg_text_string(out, s->result->info.outer == METAGAME_OUTER_BANZHAF ? ", averaged over all coalitions of the others.</p>\n"
                                                                       : ", averaged over the orders in which players can come.</p>\n");
  if (s->result->info.status == METAGAME_PARTIAL)
    mtg_text_string(out, "<p class=\"warn\">The run was stopped early: numbers are those of what it saw, n/a is not known.</p>\n");
  if (s->n < s->result->numbers.n || s->m < s->result->numbers.m)
    mtg_text_format(out, "<p class=\"warn\">Drawn are the %u of %u players and %u of %u targets with the largest sums of sizes; sums count those "
                    "alone. The file of the result has all.</p>\n", s->n, s->result->numbers.n, s->m, s->result->numbers.m);
  put_facts(out, s);
  mtg_text_string(out, "<p class=\"lead\">");
  mtg_put_sentence(out, s->result); /* printable ASCII without markup */
  mtg_text_string(out, "</p>\n</header>\n");
}

/* ---- sections ---- */

static void open_section(mtg_text *out, const char *id, const char *name) {
  mtg_text_format(out, "<section aria-labelledby=\"h-%s\"><h2 id=\"h-%s\">%s</h2>\n", id, id, name);
}

static void open_picture(mtg_text *out, const char *name) {
  mtg_text_format(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">", name);
}

static void put_name(mtg_text *out, const mtg_label *label) {
  if (label->is_cut) {
    mtg_text_string(out, " title=\"");
    mtg_put_escaped(out, label->full);
    mtg_text_string(out, "\"");
  }
  mtg_text_string(out, "><bdi>");
  mtg_put_escaped(out, label->brief);
  mtg_text_string(out, "</bdi></td>");
}

static void put_list(mtg_text *out, const mtg_scene *s) {
  const uint32_t count = s->n_entries < TOP_LIST ? s->n_entries : TOP_LIST;
  mtg_text_string(out, "<table class=\"top\"><caption>strongest</caption><thead class=\"sr\"><tr><th scope=\"col\">moves</th><th scope=\"col\">how</th>"
                  "<th scope=\"col\">is moved</th><th scope=\"col\">by</th></tr></thead><tbody>\n");
  for (uint32_t k = 0; k < count; ++k) {
    const mtg_entry *e = &s->entries[k];
    const int faded = mtg_is_faded(e->value, e->error);
    mtg_text_format(out, "<tr%s><td", faded ? " class=\"f\"" : "");
    put_name(out, &s->player_labels[e->column]);
    mtg_text_format(out, "<td>%s</td><td", !mtg_is_one_way(s, e->row) ? "and" : e->value < 0 ? "lowers" : "raises");
    put_name(out, &s->target_labels[e->row]);
    mtg_text_format(out, "<td class=\"v %s\">", e->value < 0 ? "neg" : "pos");
    mtg_put_value(out, s, e->value, 1);
    if (s->has_errors) {
      mtg_text_string(out, "<i> \xc2\xb1 ");
      mtg_put_value(out, s, 2 * e->error, 0);
      mtg_text_string(out, "</i>");
    }
    mtg_text_string(out, "</td></tr>\n");
  }
  mtg_text_string(out, "</tbody></table>\n");
}

static metagame_status put_arcs(mtg_text *out, const mtg_scene *s, metagame_error *err) {
  open_section(out, "arcs", "Who moves whom");
  mtg_text_format(out, "<div class=\"pair%s\">\n", !mtg_has_arcs(s) || mtg_arcs_are_wide(s) ? " wide" : "");
  if (mtg_has_arcs(s)) {
    mtg_text_string(out, "<figure>");
    const uint32_t n_arcs = mtg_drawn_arcs(s), shown = s->document->top < n_arcs ? s->document->top : n_arcs;
    mtg_text_format(out, "<p class=\"js\" hidden><label for=\"k\">show the strongest <output id=\"ko\">%u</output></label> <input type=\"range\" id=\"k\" "
                    "min=\"1\" max=\"%u\" value=\"%u\"></p>\n", shown, n_arcs, shown);
    open_picture(out, "Arcs");
    MTG_TRY(mtg_svg_arcs(out, s, err));
    mtg_text_string(out, "</div><figcaption>");
    if (!s->is_directed)
      mtg_text_string(out, s->is_sentence ? "Arcs join players that move each other; this method has no direction. "
                                          : "From the player above to the target below; without arrowhead where both are players, as this "
                                            "method has no direction between those. ");
    else if (s->is_sentence)
      mtg_text_string(out, "Above: an earlier word moves a later one. Below: a later word moves an earlier one. ");
    else
      mtg_text_string(out, "From the player above to the target below. ");
    mtg_text_string(out, "<span class=\"pos\">Solid: raises.</span> <span class=\"neg\">Dashed: lowers.</span> Width: size.");
    if (s->has_errors) mtg_text_string(out, " Faint: within 2 standard errors.");
    if (s->has_errors && s->is_directed && s->is_sentence)
      mtg_text_string(out, " No arrowhead: the two directions do not differ by 2 standard errors.");
    mtg_text_string(out, "</figcaption></figure>\n");
  } else if (s->n_entries == 0 && s->n_unknown > 0) {
    uint64_t others = (uint64_t)s->n * s->m;
    for (uint32_t i = 0; i < s->m; ++i) others -= (uint64_t)(s->own[i] >= 0);
    if (s->n_unknown == others)
      mtg_text_string(out, "<p class=\"note\">Nothing is known of influences between players.</p>\n");
    else
      mtg_text_format(out, "<p class=\"note\">%llu of the influences between players are not known; the others are 0.</p>\n",
                      (unsigned long long)s->n_unknown);
  } else if (s->n_entries == 0) {
    mtg_text_string(out, "<p class=\"note\">No player moves another target than its own.</p>\n");
  } else if (s->document->grid_rows == 0) {
    mtg_text_format(out, "<p class=\"note\">More than %d players or targets: no arcs; see the matrix.</p>\n", MTG_MOST_PLACES);
  }
  if (s->n_entries > 0) put_list(out, s);
  mtg_text_string(out, "</div>\n");
  if (s->has_errors && s->n_clear == 0)
    mtg_text_string(out, "<p class=\"warn\">No entry is further from 0 than 2 standard errors: more evaluations are needed.</p>\n");
  mtg_text_string(out, "</section>\n");
  return METAGAME_OK;
}

static metagame_status put_matrix(mtg_text *out, const mtg_scene *s) {
  open_section(out, "matrix", "Matrix");
  mtg_html_matrix(out, s);
  mtg_text_string(out, "<p id=\"info\" class=\"info\" aria-live=\"polite\"></p>\n<div class=\"scroll legend\" tabindex=\"0\" role=\"region\" "
                  "aria-label=\"Colour scale\">");
  mtg_svg_open(out, s, 620, 20, "Colour scale", "From the most negative, blue, with a dash, to the most positive, red.");
  mtg_put_legend(out, s, 0, 2);
  mtg_svg_close(out);
  mtg_text_string(out, "</div>\n");
  if (s->exponent != 0) mtg_text_format(out, "<p class=\"note\">All numbers are in units of 10<sup>%d</sup>.</p>\n", s->exponent);
  mtg_text_string(out, "<p class=\"note js\" hidden>Arrow keys, Home and End move in the matrix; Enter puts the word in focus, Escape takes it back."
                  "</p>\n</section>\n");
  return METAGAME_OK;
}

static metagame_status put_net(mtg_text *out, const mtg_scene *s, metagame_error *err) {
  if (!isfinite(s->asymmetry)) return METAGAME_OK; /* no pair has both directions */
  if (mtg_has_net(s)) {
    open_section(out, "net", "Net influence");
    open_picture(out, "Net influence");
    MTG_TRY(mtg_svg_net(out, s, err));
    mtg_text_string(out, "</div><p class=\"note\">Signed difference: influence of the earlier word on the later one minus that of the later on the "
                    "earlier. Bold: the word whose influence is the larger number, which is not the stronger one where both lower.");
    if (s->has_errors)
      mtg_text_string(out, " Whiskers: 95 % intervals (Student t), the errors of both directions added, which is the most they can be.");
  } else if (s->is_directed) {
    open_section(out, "net", "Direction");
    mtg_text_string(out, "<p class=\"note\">Both directions of every pair are the same: i moves j as much as j moves i.");
  } else {
    open_section(out, "net", "Direction");
    mtg_text_string(out, "<p class=\"note\">This method has no direction: i moves j as much as j moves i. The largest difference of the two is ");
    mtg_put_value(out, s, s->asymmetry, 0);
    if (s->has_errors && s->asymmetry_error > 0) {
      mtg_text_string(out, ", ");
      mtg_put_short(out, s->asymmetry / s->asymmetry_error, 2);
      mtg_text_string(out, " standard errors of it");
    }
    mtg_text_string(out, ". It is an error of the estimate, not a finding.");
  }
  mtg_text_string(out, "</p></section>\n");
  return METAGAME_OK;
}

static metagame_status put_main(mtg_text *out, const mtg_scene *s, metagame_error *err) {
  mtg_text_string(out, "<main>\n");
  MTG_TRY(put_arcs(out, s, err));
  if (s->document->grid_rows > 0 && s->result->numbers.m <= MTG_MOST_PATCHES) {
    open_section(out, "patches", "Patches");
    open_picture(out, "Maps of patches");
    MTG_TRY(mtg_svg_patches(out, s, err));
    mtg_text_string(out, "</div></section>\n");
  }
  open_section(out, "strip", s->is_sentence ? "One word" : "One target, one player");
  mtg_html_strips(out, s);
  mtg_text_string(out, "<p class=\"note\">Underline: solid raises, dashed lowers.<span class=\"js\" hidden> Choose another by click or with arrow keys "
                  "and Enter.</span></p></section>\n");
  MTG_TRY(put_matrix(out, s));
  MTG_TRY(put_net(out, s, err));
  if (s->document->n_steps > 0) {
    open_section(out, "steps", "Steps");
    mtg_html_steps(out, s);
    mtg_text_string(out, "</section>\n");
  }
  mtg_text_string(out, "</main>\n");
  return METAGAME_OK;
}

metagame_status mtg_html(mtg_text *out, const mtg_scene *s, metagame_error *err) {
  put_head(out, s);
  mtg_text_string(out, "<body>\n");
  put_header(out, s);
  MTG_TRY(put_main(out, s, err));
  mtg_text_string(out, "<footer>\n");
  put_notes(out, s);
  mtg_text_format(out, "<p class=\"note\">libmetagame %d.%d.%d. Colour maps: vik and berlin (Crameri). <button type=\"button\" id=\"theme\" class=\"js\" "
                  "hidden>theme: system</button></p>\n</footer>\n", METAGAME_VERSION_MAJOR, METAGAME_VERSION_MINOR, METAGAME_VERSION_PATCH);
  if (!(s->document->flags & METAGAME_DOCUMENT_NO_SCRIPT)) {
    mtg_text_string(out, "<script>");
    put_asset(out, &mtg_page_script);
    mtg_text_string(out, "</script>\n");
  }
  mtg_text_string(out, "</body>\n</html>\n");
  return METAGAME_OK;
}
