/* SPDX-License-Identifier: MIT */
/* The loops of dense.c for one level: DENSE(name) names them, DENSE_TARGET is their attribute, DENSE_VECTOR what a register holds. A
 * tile is 8 rows of 4 columns. */

/* c[r][j] -= sum_p a[r][p] b[p][j], p = 0..depth-1 in order: 8 rows of `columns` <= 4 columns, as many rows at a time as two
 * registers hold. Columns of a are `lda` apart; b has its four values of a p side by side, ldb apart. */
DENSE_TARGET static void DENSE(tile)(double *c, size_t ldc, size_t columns, const double *a, size_t lda, const double *b, size_t ldb,
                                     size_t depth) {
  enum { WIDTH = sizeof(DENSE_VECTOR) / sizeof(double), PIECES = WIDTH == 8 ? 1 : 2 };
  for (size_t r = 0; r < MTG_LANE_COUNT; r += PIECES * WIDTH) {
    DENSE_VECTOR sums[4][PIECES] = { 0 };
    for (size_t p = 0; p < depth; ++p) {
      const double *of = b + p * ldb;
      for (size_t q = 0; q < PIECES; ++q) {
        const DENSE_VECTOR row = *(const DENSE_VECTOR *)(const void *)(a + p * lda + r + q * WIDTH);
        for (size_t j = 0; j < 4; ++j) sums[j][q] += row * of[j];
      }
    }
    for (size_t j = 0; j < columns; ++j)
      for (size_t q = 0; q < PIECES; ++q) *(DENSE_VECTOR *)(void *)(c + j * ldc + r + q * WIDTH) -= sums[j][q];
  }
}

/* The same for one row. */
DENSE_TARGET static void DENSE(tile_row)(double *c, size_t ldc, size_t columns, const double *a, size_t lda, const double *b,
                                         size_t ldb, size_t depth) {
  for (size_t j = 0; j < columns; ++j) {
    double sum = 0;
    for (size_t p = 0; p < depth; ++p) sum += a[p * lda] * b[p * ldb + j];
    c[j * ldc] -= sum;
  }
}

/* By panels of 4 columns, each updated by all before it and then factored. */
DENSE_TARGET static int DENSE(factor)(double *a, size_t n) {
  double tail[4 * MTG_DENSE_MOST]; /* the panel's rows of the factor where the matrix ends before four of them */
  for (size_t first = 0; first < n; first += 4) {
    const size_t width = n - first < 4 ? n - first : 4;
    const double *b = a + first;
    size_t ldb = n, row = first;
    double *panel = a + first * n, inverse[4];
    /* ---- less what the columns before explain ---- */
    if (width < 4) {
      for (size_t p = 0; p < first; ++p)
        for (size_t j = 0; j < 4; ++j) tail[4 * p + j] = j < width ? a[p * n + first + j] : 0;
      b = tail;
      ldb = 4;
    }
    for (; row + 8 <= n; row += 8) DENSE(tile)(panel + row, n, width, a + row, n, b, ldb, first);
    for (; row < n; ++row) DENSE(tile_row)(panel + row, n, width, a + row, n, b, ldb, first);
    /* ---- the panel itself ---- */
    for (size_t j = 0; j < width; ++j) {
      double *column = panel + j * n;
      for (size_t q = 0; q < j; ++q) {
        const double *other = panel + q * n, by = other[first + j];
        for (size_t r = first + j; r < n; ++r) column[r] -= other[r] * by;
      }
      const double pivot = column[first + j];
      if (!(pivot > 0) || pivot - pivot != 0) return 1;
      column[first + j] = sqrt(pivot);
      inverse[j] = 1 / column[first + j];
      for (size_t r = first + j + 1; r < n; ++r) column[r] *= inverse[j];
    }
  }
  return 0;
}

/* By panels from the last: X_below = -(X of the rest) L_below X_panel. */
DENSE_TARGET static void DENSE(invert_triangle)(double *a, size_t n) {
  double below[4 * MTG_DENSE_MOST], corner[16];
  const size_t rest = n % 4;
  for (size_t first = n - (rest ? rest : 4); n > 0;) {
    const size_t width = n - first < 4 ? n - first : 4, start = first + width, left = n - start;
    double *panel = a + first * n;
    /* ---- the corner on the diagonal ---- */
    for (size_t j = 0; j < width; ++j) {
      for (size_t i = 0; i < width; ++i) corner[4 * j + i] = 0;
      corner[4 * j + j] = 1 / panel[j * n + first + j];
      for (size_t i = j + 1; i < width; ++i) {
        double sum = 0;
        for (size_t p = j; p < i; ++p) sum += panel[p * n + first + i] * corner[4 * j + p];
        corner[4 * j + i] = -sum / panel[i * n + first + i];
      }
    }
    /* ---- what is below, times the corner; then the rest times that ---- */
    for (size_t p = 0; p < left; ++p)
      for (size_t j = 0; j < 4; ++j) {
        double sum = 0;
        for (size_t q = j; q < width && j < width; ++q) sum += panel[q * n + start + p] * corner[4 * j + q];
        below[4 * p + j] = sum;
      }
    for (size_t j = 0; j < width; ++j) {
      for (size_t i = j; i < width; ++i) panel[j * n + first + i] = corner[4 * j + i];
      for (size_t p = 0; p < left; ++p) panel[j * n + start + p] = 0;
    }
    size_t row = 0;
    for (; row + 8 <= left; row += 8) {
      const double *x = a + start * n + start + row;
      DENSE(tile)(panel + start + row, n, width, x, n, below, 4, row);
      for (size_t i = 0; i < 8; ++i)
        DENSE(tile_row)(panel + start + row + i, n, width, x + row * n + i, n, below + 4 * row, 4, i + 1);
    }
    for (; row < left; ++row)
      DENSE(tile_row)(panel + start + row, n, width, a + start * n + start + row, n, below, 4, row + 1);
    if (first == 0) break;
    first -= 4;
  }
}

/* Columns r..r+3 and c..c+3 from row `from` on: sums[4 i + j] += x_{r+i} . x_{c+j}, two of the former at a time. */
DENSE_TARGET static void DENSE(dots)(const double *r, const double *c, size_t n, size_t from, double *sums) {
  enum { WIDTH = sizeof(DENSE_VECTOR) / sizeof(double) };
  double lanes[16][MTG_LANE_COUNT];
  const size_t whole = from + (n - from) / MTG_LANE_COUNT * MTG_LANE_COUNT;
  for (size_t half = 0; half < 4; half += 2)
    for (size_t lane = 0; lane < MTG_LANE_COUNT; lane += WIDTH) {
      DENSE_VECTOR partial[2][4] = { 0 };
      for (size_t p = from + lane; p < whole; p += MTG_LANE_COUNT)
        for (size_t i = 0; i < 2; ++i) {
          const DENSE_VECTOR left = *(const DENSE_VECTOR *)(const void *)(r + (half + i) * n + p);
          for (size_t j = 0; j < 4; ++j) partial[i][j] += left * *(const DENSE_VECTOR *)(const void *)(c + j * n + p);
        }
      for (size_t i = 0; i < 2; ++i)
        for (size_t j = 0; j < 4; ++j) *(DENSE_VECTOR *)(void *)(lanes[4 * (half + i) + j] + lane) = partial[i][j];
    }
  for (size_t at = 0; at < 16; ++at) sums[at] += MTG_LANES_SUM(lanes[at]);
  for (size_t p = whole; p < n; ++p)
    for (size_t i = 0; i < 4; ++i)
      for (size_t j = 0; j < 4; ++j) sums[4 * i + j] += r[i * n + p] * c[j * n + p];
}

/* Four rows of the product at a time, from the top: rows below do not need what they overwrite. */
DENSE_TARGET static void DENSE(square_triangle)(double *a, size_t n) {
  double rows[4 * MTG_DENSE_MOST];
  size_t r = 0;
  for (; r + 4 <= n; r += 4) {
    for (size_t c = 0; c <= r; c += 4) { /* c is a multiple of 4, too: tiles on the diagonal are whole */
      double sums[16] = { 0 };
      for (size_t i = 0; i < 4; ++i) /* rows r..r+3 of column r+i begin at its own */
        for (size_t j = 0; j < 4; ++j)
          for (size_t p = r + i; p < r + 4; ++p)
            if (p >= c + j) sums[4 * i + j] += a[(r + i) * n + p] * a[(c + j) * n + p];
      DENSE(dots)(a + r * n, a + c * n, n, r + 4, sums);
      for (size_t i = 0; i < 4; ++i)
        for (size_t j = 0; j < 4; ++j) rows[i * MTG_DENSE_MOST + c + j] = sums[4 * i + j];
    }
    for (size_t i = 0; i < 4; ++i)
      for (size_t c = 0; c <= r + i; ++c) a[c * n + r + i] = rows[i * MTG_DENSE_MOST + c];
  }
  for (; r < n; ++r) { /* the last one to three rows */
    for (size_t c = 0; c <= r; ++c) {
      rows[c] = 0;
      for (size_t p = r; p < n; ++p) rows[c] += a[r * n + p] * a[c * n + p];
    }
    for (size_t c = 0; c <= r; ++c) a[c * n + r] = rows[c];
  }
}

DENSE_TARGET static void DENSE(forward)(const double *l, size_t n, double *rhs, size_t stride, size_t n_rhs) {
  size_t f = 0;
  for (; f + 4 <= n_rhs; f += 4) { /* four columns share each load of the factor */
    double *x0 = rhs + f * stride, *x1 = x0 + stride, *x2 = x1 + stride, *x3 = x2 + stride;
    for (size_t k = 0; k < n; ++k) {
      const double *column = l + k * n, one = 1 / column[k];
      const double b0 = x0[k] *= one, b1 = x1[k] *= one, b2 = x2[k] *= one, b3 = x3[k] *= one;
      for (size_t r = k + 1; r < n; ++r) {
        x0[r] -= column[r] * b0;
        x1[r] -= column[r] * b1;
        x2[r] -= column[r] * b2;
        x3[r] -= column[r] * b3;
      }
    }
  }
  for (; f < n_rhs; ++f) {
    double *x = rhs + f * stride;
    for (size_t k = 0; k < n; ++k) {
      const double *column = l + k * n, by = x[k] *= 1 / column[k];
      for (size_t r = k + 1; r < n; ++r) x[r] -= column[r] * by;
    }
  }
}

DENSE_TARGET static void DENSE(backward)(const double *l, size_t n, double *rhs, size_t stride, size_t n_rhs) {
  for (size_t f = 0; f < n_rhs; ++f) {
    double *x = rhs + f * stride;
    for (size_t k = n; k-- > 0;) {
      const double *column = l + k * n;
      double lanes[MTG_LANE_COUNT] = { 0 };
      size_t r = k + 1;
      for (; r + MTG_LANE_COUNT <= n; r += MTG_LANE_COUNT)
        for (size_t lane = 0; lane < MTG_LANE_COUNT; ++lane) lanes[lane] += column[r + lane] * x[r + lane];
      double sum = MTG_LANES_SUM(lanes);
      for (; r < n; ++r) sum += column[r] * x[r];
      x[k] = (x[k] - sum) * (1 / column[k]);
    }
  }
}
