/* SPDX-License-Identifier: MIT */
/* The loops of process_rows.c for one level: ROWS(name) names them, ROWS_TARGET is their attribute, ROWS_VECTOR what a register holds. */

ROWS_TARGET static void ROWS(fill)(const mtg_rows_kernel *kernel, size_t count, const double *restrict differ, size_t stride,
                                   double *restrict e, size_t plane, double *restrict out) {
  const mtg_rows_kernel k = *kernel;
  const double half = 1.0 / 2, third = 1.0 / 3, fifth = 1.0 / 5, sixth = 1.0 / 6, seventh = 1.0 / 7;
  for (size_t c = 0; c < count; ++c) {
    /* ---- power sums of w s t; even ones are those of w ---- */
    const double p1 = k.power[1] - 2 * differ[c], p3 = k.power[3] - 2 * differ[stride + c];
    const double p5 = k.power[5] - 2 * differ[2 * stride + c], p7 = k.power[7] - 2 * differ[3 * stride + c];
    const double p2 = k.power[2], p4 = k.power[4], p6 = k.power[6];
    /* ---- Newton's identities ---- */
    const double e2 = (p1 * p1 - p2) * half;
    const double e3 = (e2 * p1 - p1 * p2 + p3) * third;
    const double e4 = (e3 * p1 - e2 * p2 + p1 * p3 - p4) * 0.25;
    const double e5 = (e4 * p1 - e3 * p2 + e2 * p3 - p1 * p4 + p5) * fifth;
    const double e6 = (e5 * p1 - e4 * p2 + e3 * p3 - e2 * p4 + p1 * p5 - p6) * sixth;
    const double e7 = (e6 * p1 - e5 * p2 + e4 * p3 - e3 * p4 + e2 * p5 - p1 * p6 + p7) * seventh;
    out[c] = k.constant + k.factor[1] * p1 + k.factor[2] * e2 + k.factor[3] * e3 + k.factor[4] * e4 + k.factor[5] * e5 +
             k.factor[6] * e6 + k.factor[7] * e7;
    if (!e) continue;
    e[c] = p1;
    e[plane + c] = e2;
    e[2 * plane + c] = e3;
    e[3 * plane + c] = e4;
    e[4 * plane + c] = e5;
    e[5 * plane + c] = e6;
    e[6 * plane + c] = e7;
  }
}

ROWS_TARGET static void ROWS(weigh)(const mtg_rows_kernel *kernel, size_t count, const double *restrict g, const double *restrict e,
                                    size_t plane, double *restrict forms, size_t stride, mtg_rows_sums *restrict sums) {
  const mtg_rows_kernel k = *kernel;
  for (size_t from = 0; from < count; from += 8) {
    double b[2 * MTG_ROWS_FORMS][8], tail[MTG_ROWS_DEGREE + 1][8] = { { 0 } };
    static const double one[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
    const double *weight = g + from, *at[MTG_ROWS_DEGREE + 1] = { one };
    /* ---- eight pairs, 0 behind the last ---- */
    for (size_t order = 1; order <= MTG_ROWS_DEGREE; ++order) at[order] = e + (order - 1) * plane + from;
    if (count - from < 8) {
      for (size_t lane = 0; lane < count - from; ++lane) {
        tail[0][lane] = weight[lane];
        for (size_t order = 1; order <= MTG_ROWS_DEGREE; ++order) tail[order][lane] = at[order][lane];
      }
      weight = tail[0];
      for (size_t order = 1; order <= MTG_ROWS_DEGREE; ++order) at[order] = tail[order];
    }
    /* ---- B_j, j = 0..6 ---- */
    for (size_t j = 0; j < MTG_ROWS_DEGREE; ++j) {
      double sum[8] = { 0 };
      for (size_t order = j; order < MTG_ROWS_DEGREE; ++order) {
        const double factor = k.factor[order + 1], *of = at[order - j];
        if (factor == 0) continue; /* orders that the kernel does not have */
        for (size_t lane = 0; lane < 8; ++lane) sum[lane] += factor * of[lane];
      }
      for (size_t lane = 0; lane < 8; ++lane) b[j][lane] = weight[lane] * sum[lane];
    }
    for (size_t f = 0; f < MTG_ROWS_FORMS; ++f)
      for (size_t lane = 0; lane < 8; ++lane) forms[f * stride + from + lane] = b[2 * f][lane];
    /* ---- sums ---- */
    for (size_t order = 1; order <= MTG_ROWS_DEGREE; ++order)
      for (size_t lane = 0; lane < 8 && k.factor[order] != 0; ++lane) sums->order[order][lane] += weight[lane] * at[order][lane];
    for (size_t f = 0; 2 * f + 1 < MTG_ROWS_DEGREE; ++f)
      for (size_t lane = 0; lane < 8; ++lane) sums->odd[f][lane] += b[2 * f + 1][lane];
  }
}

ROWS_TARGET static void ROWS(form)(size_t count, const double *forms, size_t stride, const double *signs, double sign_row, double *out) {
  enum { WIDTH = sizeof(ROWS_VECTOR) / sizeof(double), PIECES = WIDTH == 8 ? 1 : 2 };
  double lanes[MTG_ROWS_FORMS][8];
  for (size_t lane = 0; lane < 8; lane += PIECES * WIDTH) {
    ROWS_VECTOR sums[MTG_ROWS_FORMS][PIECES] = { 0 };
    for (size_t c = lane; c < count; c += 8)
      for (size_t q = 0; q < PIECES; ++q) {
        const ROWS_VECTOR sign = *(const ROWS_VECTOR *)(const void *)(signs + c + q * WIDTH);
        for (size_t f = 0; f < MTG_ROWS_FORMS; ++f)
          sums[f][q] += sign * *(const ROWS_VECTOR *)(const void *)(forms + f * stride + c + q * WIDTH);
      }
    for (size_t f = 0; f < MTG_ROWS_FORMS; ++f)
      for (size_t q = 0; q < PIECES; ++q) *(ROWS_VECTOR *)(void *)(lanes[f] + lane + q * WIDTH) = sums[f][q];
  }
  for (size_t f = 0; f < MTG_ROWS_FORMS; ++f) out[f] += sign_row * MTG_LANES_SUM(lanes[f]);
}
