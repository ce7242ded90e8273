/* SPDX-License-Identifier: MIT */
/* The views. Pictures are <svg> elements that stand alone (scene.is_plain) or in a page; tables and strips are of pages alone. */
#ifndef MTG_VIEWS_H
#define MTG_VIEWS_H

#include "report/scene.h"

/* Opens <svg> with its size, accessible name and, where plain, namespace and style. `name` and `description` are clean texts. */
void mtg_svg_open(mtg_text *out, const mtg_scene *scene, double width, double height, const char *name, const char *description);
void mtg_svg_close(mtg_text *out);
/* The colour scale with its limits; `errors`: also the sign for faded entries. Returns its width. */
double mtg_put_legend(mtg_text *out, const mtg_scene *scene, double x, double y);

metagame_status mtg_svg_matrix(mtg_text *out, const mtg_scene *scene, metagame_error *err);
metagame_status mtg_svg_arcs(mtg_text *out, const mtg_scene *scene, metagame_error *err);
metagame_status mtg_svg_net(mtg_text *out, const mtg_scene *scene, metagame_error *err);
metagame_status mtg_svg_patches(mtg_text *out, const mtg_scene *scene, metagame_error *err);

int mtg_has_arcs(const mtg_scene *scene);
uint32_t mtg_drawn_arcs(const mtg_scene *scene); /* with those that are off at first */
int mtg_arcs_are_wide(const mtg_scene *scene); /* no room for a list beside them */
int mtg_has_net(const mtg_scene *scene);

void mtg_html_matrix(mtg_text *out, const mtg_scene *scene);
void mtg_html_strips(mtg_text *out, const mtg_scene *scene);
void mtg_html_steps(mtg_text *out, const mtg_scene *scene);

metagame_status mtg_html(mtg_text *out, const mtg_scene *scene, metagame_error *err);

#endif
