/* SPDX-License-Identifier: MIT */
#include "game/masked.h"

#include <math.h>
#include <string.h>

#include "base/abi.h"
#include "base/mask.h"

static metagame_status check_finite(const double *values, size_t n_rows, size_t n_columns, const char *field, metagame_error *err) {
  for (size_t at = 0; at < n_rows * n_columns; ++at)
    if (!isfinite(values[at]))
      return mtg_fail(err, METAGAME_E_NONFINITE, "%s: entry %zu of row %zu is %g, must be finite", field, at % n_columns,
                      at / n_columns, values[at]);
  return METAGAME_OK;
}

static metagame_status fill(mtg_masked *masked, const metagame_masking *masking, metagame_error *err) {
  const size_t n = masked->n_features;
  MTG_TRY(check_finite(masking->x, 1, n, "masking.x", err));
  MTG_TRY(check_finite(masking->background, masked->n_background, n, "masking.background", err));
  MTG_TRY(mtg_groups_copy(&masked->players, masking->players, masked->n_features, 1, "masking.players", &masked->alloc, err));
  masked->x = mtg_copy(&masked->alloc, masking->x, n, sizeof(double));
  masked->background = mtg_copy(&masked->alloc, masking->background, n * masked->n_background, sizeof(double));
  masked->player = mtg_new(&masked->alloc, n, sizeof *masked->player);
  if (!masked->x || !masked->background || !masked->player) return mtg_fail_memory(err, &masked->alloc, "the masking");
  mtg_groups_invert(&masked->players, masked->n_features, masked->player);
  return METAGAME_OK;
}

metagame_status mtg_masked_create(mtg_masked **out, const metagame_model *model, const metagame_masking *masking, metagame_error *err) {
  const size_t n = model->callbacks.n_features, n_background = masking->n_background ? masking->n_background : 1;
  if (!masking->x) return mtg_fail(err, METAGAME_E_NULL, "masking.x is NULL");
  if (!masking->background) return mtg_fail(err, METAGAME_E_NULL, "masking.background is NULL");
  if (n_background > SIZE_MAX / 64 / n)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "masking.n_background is %zu, too large for rows of %zu", n_background, n);
  mtg_masked *masked = mtg_new(&model->alloc, 1, sizeof *masked);
  if (!masked) return mtg_fail_memory(err, &model->alloc, "the masking");
  masked->alloc = model->alloc;
  masked->model = mtg_model_hold(model);
  masked->n_features = model->callbacks.n_features;
  masked->n_outputs = model->callbacks.n_outputs;
  masked->n_background = n_background;
  atomic_init(&masked->holders, 1);
  metagame_status status = fill(masked, masking, err);
  if (status != METAGAME_OK) {
    mtg_masked_release(masked);
    return status;
  }
  *out = masked;
  return METAGAME_OK;
}

mtg_masked *mtg_masked_hold(mtg_masked *masked) {
  atomic_fetch_add(&masked->holders, 1);
  return masked;
}

void mtg_masked_release(mtg_masked *masked) {
  if (!masked || atomic_fetch_sub(&masked->holders, 1) != 1) return;
  mtg_alloc alloc = masked->alloc;
  metagame_model_destroy(masked->model);
  mtg_groups_free(&masked->players, &alloc);
  mtg_free(&alloc, masked->x);
  mtg_free(&alloc, masked->background);
  mtg_free(&alloc, masked->player);
  mtg_free(&alloc, masked);
}

void mtg_masked_row(const mtg_masked *masked, const uint64_t *mask, size_t b, double *row) {
  const double *background = masked->background + b * masked->n_features;
  for (uint32_t f = 0; f < masked->n_features; ++f) {
    int32_t player = masked->player[f];
    row[f] = player < 0 || mtg_mask_has(mask, (uint32_t)player) ? masked->x[f] : background[f];
  }
}

metagame_status mtg_masked_mean(const mtg_masked *masked, size_t n_rows, mtg_row_fn fill_row, const void *context, double *values,
                                metagame_error *err) {
  const mtg_alloc *alloc = &masked->alloc;
  const size_t n = masked->n_features, m = masked->n_outputs, n_background = masked->n_background, total = n_rows * n_background;
  const size_t chunk = total < masked->model->callbacks.max_batch ? total : (size_t)masked->model->callbacks.max_batch;
  metagame_status status = METAGAME_OK;
  double *rows = mtg_new(alloc, chunk, n * sizeof(double)), *raw = mtg_new(alloc, chunk, m * sizeof(double));
  if (!rows || !raw) status = mtg_fail_memory(err, alloc, "a batch of masked rows");
  if (status == METAGAME_OK) memset(values, 0, n_rows * m * sizeof *values);
  for (size_t first = 0; status == METAGAME_OK && first < total;) {
    size_t count = total - first < chunk ? total - first : chunk;
    for (size_t r = 0; r < count; ++r) fill_row(context, (first + r) / n_background, (first + r) % n_background, rows + r * n);
    status = mtg_model_evaluate(masked->model, rows, count, raw, err);
    for (size_t r = 0; status == METAGAME_OK && r < count; ++r) {
      double *value = values + (first + r) / n_background * m;
      for (size_t o = 0; o < m; ++o) value[o] += n_background == 1 ? raw[r * m + o] : raw[r * m + o] / (double)n_background;
    }
    first += count;
  }
  mtg_free(alloc, rows);
  mtg_free(alloc, raw);
  return status;
}
