/* SPDX-License-Identifier: MIT */
/* What all views share: which players and targets are drawn, their labels, one colour scale, one way to write numbers, the order of the
 * entries by size. Coordinates and colours come from additions, products, quotients and square roots alone, which IEEE 754 rounds the
 * same everywhere: the same bytes on every machine. */
#ifndef MTG_SCENE_H
#define MTG_SCENE_H

#include "report/label.h"
#include "result/document.h"

enum { MTG_LEVELS = 12, MTG_MOST_CELLS = 10000, MTG_MOST_SIDE = 100, MTG_MOST_ARCS = 200, MTG_MOST_PLACES = 128, MTG_MOST_PATCHES = 16384 };

typedef struct mtg_entry {
  uint32_t row, column; /* of the drawn matrix */
  double value, error;  /* NaN error: not known; 0: exact */
} mtg_entry;

typedef struct mtg_scene {
  mtg_alloc alloc;
  const metagame_result *result;
  const metagame_document *document;
  uint32_t n, m;                /* drawn players and targets */
  uint32_t *players, *targets;  /* their indices, ascending */
  int32_t *own;                 /* of each drawn target: its own player's drawn column, or -1 */
  mtg_label *player_labels, *target_labels;
  double *received, *sent;      /* sums of a row and of a column without own effects */
  double most_received, most_sent;
  double largest;               /* of |M| outside of own effects: the end of the colour scale; 0: nothing to draw */
  double unit;                  /* numbers are printed in this unit, a power of ten; 1 where they can stand as they are */
  int exponent;                 /* unit = 10^exponent */
  int decimals;
  int is_sentence;              /* every drawn target is a player of its own: arcs over one line, net influence */
  int is_directed;              /* the two directions of a pair can differ, or there are no pairs */
  int has_errors;
  int is_right_to_left;
  int is_plain;                 /* a picture of its own: fonts and colours by classes that need no page */
  mtg_entry *entries;           /* up to MTG_MOST_ARCS, the clear ones first, by falling size */
  uint32_t n_entries, n_clear;  /* clear: beyond 2 standard errors */
  uint64_t n_unknown;           /* drawn entries outside of own effects that are not known */
  double asymmetry;             /* largest |M_ij - M_ji| of pairs that have both; NaN without pairs */
  double asymmetry_error;       /* the standard error of that difference, at most */
} mtg_scene;

metagame_status mtg_scene_open(mtg_scene *scene, const metagame_result *result, const metagame_document *document, metagame_error *err);
void mtg_scene_close(mtg_scene *scene);

double mtg_scene_value(const mtg_scene *scene, uint32_t row, uint32_t column);
double mtg_scene_error(const mtg_scene *scene, uint32_t row, uint32_t column); /* 0 where exact */
int mtg_scene_is_own(const mtg_scene *scene, uint32_t row, uint32_t column);
int mtg_is_faded(double value, double error); /* within 2 standard errors of 0, or not known */
/* -12..12 on a scale that ends at `largest`. */
int mtg_level(double value, double largest);
/* "p7", "n3", "z", "x" (not known) and " f" where faded, for a class attribute. `out` has 8 bytes. */
const char *mtg_class(const mtg_scene *scene, double value, double error, char *out);
/* The drawn row of the target whose own player is the drawn column, or -1. */
int64_t mtg_row_of(const mtg_scene *scene, uint32_t column);
/* Whether the two directions of an entry are further apart than 2 standard errors of their difference. */
int mtg_has_direction(const mtg_scene *scene, uint32_t row, uint32_t column);
/* Whether entries of a row are arrows from player to target: not where the target is a player and there is no direction. */
int mtg_is_one_way(const mtg_scene *scene, uint32_t row);
/* The entry that stands for row and column in lists and arcs, of the result or of a step; undirected pairs stand once, with their mean.
 * 0: none, or 0, or not known. */
int mtg_entry_at(const mtg_scene *scene, const mtg_numbers *numbers, uint32_t row, uint32_t column, mtg_entry *out);
/* P(|T| < t) = 0.95: Cornish-Fisher expansion in 1/degrees (Abramowitz and Stegun 26.7.5), within 0.2 % from 3 degrees on. */
double mtg_t95(double degrees);

/* ---- putting ---- */

/* A number of the matrix in the scene's unit, with U+2212 as minus; with a plus where positive and `sign`. What is far above the entries
 * has four digits. */
void mtg_put_value(mtg_text *out, const mtg_scene *scene, double value, int sign);
/* "+1.20 (plus-minus) 0.10": two standard errors, where there are any. */
void mtg_put_entry(mtg_text *out, const mtg_scene *scene, double value, double error);
/* Any number, `digits` significant ones. */
void mtg_put_short(mtg_text *out, double value, int digits);
/* The largest size of those that are known; 0 without any. */
double mtg_largest(const double *values, uint32_t count);
/* A coordinate, to a tenth; at most 1e7 to either side, 0 where it is not known. */
void mtg_put_at(mtg_text *out, double value);
/* ` name="value"` of a coordinate. */
void mtg_put_attribute(mtg_text *out, const char *name, double value);
/* <title> with the full text, where a label is cut. */
void mtg_put_full(mtg_text *out, const mtg_label *label);
/* Text of a figure at a place; `extra`: further attributes, verbatim. */
void mtg_put_label(mtg_text *out, const mtg_label *label, double x, double y, const char *extra);

#endif
