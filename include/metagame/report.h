/* SPDX-License-Identifier: MIT */
/* report.h - results that leave the process, come back, and are looked at. Not included by metagame.h.
 *
 *   result -> JSON, CSV, .npy, SVG, one-file HTML   metagame_document_write
 *   JSON -> result                                  metagame_result_read
 *   .npy or JSON numbers -> doubles                 metagame_array_shape, metagame_array_values
 *
 * Nothing here opens a file: bytes come from memory and go to a function of the caller. Formats: docs/result-format.md. What the
 * pictures show: docs/report.md. */
#ifndef METAGAME_REPORT_H
#define METAGAME_REPORT_H

#include "metagame.h"

METAGAME_BEGIN_DECLS

/* More formats of metagame_result_write and metagame_document_write. */
enum {
  METAGAME_FORMAT_NPY = 3,        /* the matrix; NumPy format 1.0, little-endian f8, C order */
  METAGAME_FORMAT_NPY_STDERR = 4, /* the standard errors, zeros where nothing was sampled */
  METAGAME_FORMAT_SVG = 5,        /* one view, no script, light and dark by the reader's preference */
  METAGAME_FORMAT_HTML = 6        /* all views in one file, with the script that links them unless METAGAME_DOCUMENT_NO_SCRIPT */
};

/* The picture of METAGAME_FORMAT_SVG. */
enum {
  METAGAME_VIEW_MATRIX = 1,  /* targets x players with marginals */
  METAGAME_VIEW_ARCS = 2,    /* arcs over the sentence; between two lines where targets are no players */
  METAGAME_VIEW_NET = 3,     /* M_ij - M_ji of the largest pairs, with intervals; needs two pinned targets and a direction */
  METAGAME_VIEW_PATCHES = 4  /* a map of the targets for each player, on one scale; needs grid_rows and grid_cols */
};

#define METAGAME_DOCUMENT_NO_SCRIPT UINT64_C(1) /* HTML without its script */

#define METAGAME_DOCUMENT_MAX_NOTES 1024u
#define METAGAME_DOCUMENT_MAX_STEPS 65536u
#define METAGAME_DOCUMENT_MAX_TOP 200u

/* What goes beside the numbers. Texts are UTF-8; bytes that are not are written as U+FFFD, in keys of notes they are refused. A field that
 * is NULL or 0 is that of the document that the result was read with, if it was read; but note_keys and note_values go with n_notes,
 * steps and step_labels with n_steps, grid_cols with grid_rows: those of the file are taken where that number is 0, and no others. */
typedef struct metagame_document {
  size_t struct_size;
  const char *title;                 /* HTML, SVG: default from the attributor */
  const char *const *player_labels;  /* n_players; a NULL among them, and the default: the index */
  const char *const *target_labels;  /* n_targets; default: own player's label, else the index */
  const char *const *gaps;           /* n_players + 1 texts: what stands before the first player, between them and after the last; "" or
                                        NULL entries allowed. JSON, HTML */
  size_t n_notes;                    /* up to METAGAME_DOCUMENT_MAX_NOTES */
  const char *const *note_keys;      /* n_notes different names: "model", "prompt", "value", ... JSON, HTML */
  const char *const *note_values;    /* n_notes */
  size_t n_steps;                    /* up to METAGAME_DOCUMENT_MAX_STEPS: parts that the result is made of (answer tokens). JSON, HTML */
  const metagame_result *const *steps; /* n_steps, of the result's shape and own players, without steps of their own */
  const char *const *step_labels;    /* n_steps; default: indices */
  uint32_t grid_rows, grid_cols;     /* targets are patches of an image, row by row: grid_rows * grid_cols == n_targets. JSON, HTML, SVG */
  int32_t view;                      /* SVG: METAGAME_VIEW_*; default MATRIX */
  uint32_t top;                      /* SVG, HTML: arcs and pairs that are drawn at first; default 15, at most _MAX_TOP */
  uint64_t flags;                    /* METAGAME_DOCUMENT_* */
} metagame_document;
#define METAGAME_DOCUMENT_INIT { sizeof(metagame_document), NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL, NULL, 0, 0, 0, 0, 0 }

/* Writes a result in any format. `document` may be NULL. Same result, document and library version: same bytes, on every machine and in
 * every locale. `write` gets pieces of any size and is not called again after it answered nonzero. SVG and HTML take working memory from
 * the result's allocator. Pages draw at most 10,000 cells: of larger results the players and targets with the largest sums of |M|, and
 * say so. Errors: NULL, STRUCT_SIZE, FLAGS, ARGUMENT (which field, index and bound), UNSUPPORTED (a view that this result does not
 * have, and why), NOMEM, CALLBACK. Threads: any. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_document_write(const metagame_result *result, const metagame_document *document,
                                                                         int32_t format, metagame_write_fn write, void *user,
                                                                         metagame_error *err);

/* Reads JSON of the library's own format, version 1. The numbers are those that were written, bit for bit; null is NaN. Keys may come in
 * any order, unknown ones are ignored. Memory is in proportion to `size`. interaction_order of the result is 1: sums behind indices are
 * not in the file. The result holds nothing of `bytes`. Errors: NULL, NOMEM, STRUCT_SIZE, ARGUMENT (key, what was expected, line and
 * column), LIMIT (nesting above 64). Threads: any. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_result_read(metagame_result **out, const char *bytes, size_t size,
                                                                      const metagame_allocator *allocator, metagame_error *err);
/* Fills *out with what the result was read with; NULL and 0 for what the file had not, and all of it for results of a session. Pointers
 * live as long as the result; steps are its own, not to be destroyed. Errors: NULL, STRUCT_SIZE. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_result_get_document(const metagame_result *result, metagame_document *out,
                                                                              metagame_error *err);
/* Labels and notes of results that were read; NULL where there are none, or the index or key does not exist. */
METAGAME_API const char *metagame_result_player_label(const metagame_result *result, uint32_t player);
METAGAME_API const char *metagame_result_target_label(const metagame_result *result, uint32_t target);
METAGAME_API const char *metagame_result_note(const metagame_result *result, const char *key);

/* A result of its own with targets first .. first + n_targets - 1 of `result`: one step of a game whose targets are those of many
 * steps. Provenance is copied, documents, tallies of indices are not. Errors: NULL, ARGUMENT, NOMEM. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_result_select(metagame_result **out, const metagame_result *result,
                                                                        uint32_t first, uint32_t n_targets, metagame_error *err);

/* One number at the start of `text`: optional sign, digits with one optional point, optional exponent; also "nan", "inf" and "infinity"
 * in any case. Rounded to the nearest double, ties to even, in any locale. *used: bytes taken, 0 when there is no number; NULL allowed.
 * Errors: NULL, ARGUMENT (no number). Too large is infinity, too small is 0. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_number_read(const char *text, size_t size, double *out, size_t *used,
                                                                      metagame_error *err);

#define METAGAME_ARRAY_MAX_DIMS 8

/* An array of numbers in memory: .npy of version 1 to 3 (f8, f4, i1..i8, u1..u8, b1; either byte order; C or Fortran order), or JSON
 * numbers in nested lists of equal length; null is NaN. shape: METAGAME_ARRAY_MAX_DIMS numbers. *n_dims 0..METAGAME_ARRAY_MAX_DIMS;
 * *count is the product. Errors: NULL, ARGUMENT (what, and where). */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_array_shape(const char *bytes, size_t size, uint32_t *n_dims, uint64_t *shape,
                                                                      size_t *count, metagame_error *err);
/* Its `count` values as doubles, in C order. Errors: NULL, ARGUMENT (also: count is not that of the array). */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_array_values(const char *bytes, size_t size, double *out, size_t count,
                                                                       metagame_error *err);
/* Writes doubles as .npy, format 1.0, little-endian f8 in C order. n_dims 1..METAGAME_ARRAY_MAX_DIMS. Errors: NULL, ARGUMENT, CALLBACK. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_array_write_npy(const double *values, uint32_t n_dims, const uint64_t *shape,
                                                                          metagame_write_fn write, void *user, metagame_error *err);

METAGAME_END_DECLS
#endif
