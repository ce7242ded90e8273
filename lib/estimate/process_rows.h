/* SPDX-License-Identifier: MIT */
/* The loops over pairs of coalitions of process.c, a row of pairs at a time. */
#ifndef MTG_PROCESS_ROWS_H
#define MTG_PROCESS_ROWS_H

#include <stddef.h>

enum {
  MTG_ROWS_DEGREE = 7,  /* elementary symmetric polynomials e_1..e_7 */
  MTG_ROWS_ODD = 4,     /* power sums of odd order that differ between pairs */
  MTG_ROWS_FORMS = 4    /* even powers of a player's sign and relevance */
};

/* power: sums of w^j, j = 0..7, of all players; factor: what e_k counts in the kernel, 0 where it does not; constant: added. */
typedef struct mtg_rows_kernel {
  double power[MTG_ROWS_DEGREE + 1], factor[MTG_ROWS_DEGREE + 1], constant;
} mtg_rows_kernel;

/* Sums over pairs: of g e_k, and of g B_j for odd j; partial sums of eight. */
typedef struct mtg_rows_sums {
  double order[MTG_ROWS_DEGREE + 1][8], odd[MTG_ROWS_FORMS][8];
} mtg_rows_sums;

typedef struct mtg_process_rows {
  /* differ: MTG_ROWS_ODD rows of `stride`, sums of w, w^3, w^5, w^7 over the players in which a pair differs. e (NULL: not wanted):
   * e_1..e_7, `plane` apart; out: the kernel. */
  void (*fill)(const mtg_rows_kernel *kernel, size_t count, const double *differ, size_t stride, double *e, size_t plane, double *out);
  /* B_j = sum_{k >= j} factor_{k+1} e_{k-j}. forms: MTG_ROWS_FORMS rows of `stride`, g B_j for even j, 0 up to a multiple of eight. */
  void (*weigh)(const mtg_rows_kernel *kernel, size_t count, const double *g, const double *e, size_t plane, double *forms,
                size_t stride, mtg_rows_sums *sums);
  /* out[f] += sign_row sum_c forms[f][c] signs[c], over a multiple of eight. */
  void (*form)(size_t count, const double *forms, size_t stride, const double *signs, double sign_row, double *out);
} mtg_process_rows;

/* Levels as in base/lanes.h. */
const mtg_process_rows *mtg_process_rows_at(int level);

#endif
