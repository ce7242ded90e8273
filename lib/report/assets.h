/* SPDX-License-Identifier: MIT */
/* Style and script of the pages, made from page.css, figure.css, page.js and the colour maps by embed.py; a test compares. */
#ifndef MTG_ASSETS_H
#define MTG_ASSETS_H

#include <stddef.h>

typedef struct mtg_asset {
  const char *const *pieces; /* NULL-terminated */
  const char *hash;          /* "sha256-..." of the pieces together */
} mtg_asset;

extern const mtg_asset mtg_page_style, mtg_figure_style, mtg_page_script;

#endif
