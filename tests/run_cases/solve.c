/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "metagame/indices.h"

enum { STEPS_MLP = 1024, STEPS_MLP_LARGE = 512, LARGE = 9, STEPS_POLYNOMIAL = 32, STEPS_MAX = 4096 };

/* Gauss-Legendre with n nodes is exact up to degree 2n - 1. Steep networks have poles close to the path and need many nodes. */
static uint32_t steps_of(const golden_case *c) {
  if (c->kind != CASE_POLYNOMIAL) return c->players.view.n_groups > LARGE ? STEPS_MLP_LARGE : STEPS_MLP;
  uint32_t degree = 0;
  for (uint32_t t = 0; t < c->poly->n_terms; t++) {
    uint32_t sum = 0;
    for (uint32_t k = 0; k < c->n_features; k++) sum += c->poly->powers[(size_t)t * c->n_features + k];
    if (sum > degree) degree = sum;
  }
  if (degree < 2 * STEPS_POLYNOMIAL) return STEPS_POLYNOMIAL;
  return degree / 2 + 1 < STEPS_MAX ? degree / 2 + 1 : STEPS_MAX;
}

const golden_index golden_indices[GOLDEN_INDICES] = {
  { "shapley", METAGAME_INDEX_SII, 1, 1 },       { "banzhaf", METAGAME_INDEX_BII, 1, 1 },       { "sii", METAGAME_INDEX_SII, 2, 2 },
  { "stii", METAGAME_INDEX_STII, 2, 2 },         { "fsii", METAGAME_INDEX_FSII, 2, 2 },         { "bii", METAGAME_INDEX_BII, 2, 2 },
  { "ksii_order1", METAGAME_INDEX_KSII, 1, 2 },  { "stii_order1", METAGAME_INDEX_STII, 1, 2 },  { "fsii_order1", METAGAME_INDEX_FSII, 1, 2 },
};

enum { MOST_THIRD = 5 };

/* The scalar game f(x_S), and on it the attribution. */
static metagame_status numeric_game(metagame_game **out, metagame_game **scalar, golden_case *c, metagame_error *err) {
  metagame_masking masking = METAGAME_MASKING_INIT;
  masking.x = c->x;
  masking.background = c->baseline;
  masking.players = &c->players.view;
  metagame_method method = METAGAME_METHOD_INIT;
  method.name = c->method;
  method.targets = &c->targets.view;
  method.baseline = c->inner_baseline;
  method.steps = steps_of(c);
  metagame_model *model = NULL;
  metagame_status status = METAGAME_OK;
  if (c->kind == CASE_TABLE) {
    const metagame_model_callbacks callbacks = ts_table_model(c->table);
    status = metagame_model_create(&model, &callbacks, NULL, err);
  } else {
    model = c->kind == CASE_POLYNOMIAL ? ts_poly_model(c->poly) : ts_mlp_model(c->mlp);
  }
  if (status >= 0) status = metagame_game_from_model(scalar, model, &masking, err);
  if (status >= 0) status = metagame_game_attribute(out, *scalar, &method, err);
  metagame_model_destroy(model);
  return status;
}

static metagame_status any_game(metagame_game **out, metagame_game **scalar, golden_case *c, metagame_error *err) {
  *out = *scalar = NULL;
  if (c->kind != CASE_ATTRIBUTION_TABLE) return numeric_game(out, scalar, c, err);
  const metagame_attributor attributor = ts_table_attributor(c->table);
  return metagame_game_from_attributor(out, &attributor, NULL, err);
}

static double *copy(const double *values, size_t count) {
  double *kept = ts_alloc(count, sizeof *kept);
  memcpy(kept, values, count * sizeof *kept);
  return kept;
}

static int all_finite(const double *values, size_t count) {
  for (size_t k = 0; k < count; k++)
    if (!isfinite(values[k])) return 0;
  return 1;
}

static metagame_status run(metagame_result **out, const metagame_game *game, int32_t outer, uint64_t flags, uint32_t order,
                           metagame_error *err) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  options.solver = METAGAME_SOLVER_EXACT;
  options.outer = outer;
  options.flags = flags;
  options.interaction_order = order;
  options.max_evaluations = UINT64_C(1) << metagame_game_n_players(game);
  options.batch = 256;
  return metagame_solve(out, game, &options, err);
}

/* The own players that the library found must be those of the file. */
static int same_own(const golden_case *c, const metagame_result *result, char *why) {
  const int32_t *own = metagame_result_own_player(result);
  for (size_t i = 0; i < c->targets.view.n_groups; i++)
    if (own[i] != c->own[i]) {
      snprintf(why, CASE_MESSAGE, "own_player[%zu]: the library says %d, the case %d", i, (int)own[i], (int)c->own[i]);
      return 0;
    }
  return 1;
}

static metagame_status third_orders(golden_result *out, const metagame_game *game, metagame_error *err) {
  double **const to[2] = { &out->third_pinned, &out->third };
  metagame_status status = METAGAME_OK;
  for (int unpinned = 0; unpinned < 2 && status >= 0; unpinned++) {
    metagame_result *result = NULL;
    if (out->n == 1) { /* the one player's influence is his own */
      *to[unpinned] = copy(unpinned ? out->meta : out->meta_pinned, out->m);
      continue;
    }
    status = run(&result, game, METAGAME_OUTER_SHAPLEY, unpinned ? METAGAME_UNPINNED : 0, 2, err);
    *to[unpinned] = ts_alloc(out->m * out->n * out->n, sizeof(double));
    if (status >= 0) status = metagame_result_third_order(result, *to[unpinned], NULL, err);
    metagame_result_destroy(result);
  }
  return status;
}

static metagame_status interactions(golden_result *out, const metagame_game *scalar, metagame_error *err) {
  metagame_result *result = NULL;
  metagame_status status = run(&result, scalar, METAGAME_OUTER_SHAPLEY, 0, out->n > 1 ? 2 : 1, err);
  if (status < 0) return status;
  out->has_interactions = 1;
  out->value_full = metagame_result_first_order(result)[0];
  out->value_empty = metagame_result_base(result)[0];
  for (size_t k = 0; k < GOLDEN_INDICES && status >= 0; k++) {
    metagame_index index = METAGAME_INDEX_INIT;
    index.kind = golden_indices[k].kind;
    index.order = golden_indices[k].order;
    index.max_order = golden_indices[k].max_order;
    out->indices[k] = ts_alloc(index.order == 1 ? out->n : out->n * out->n, sizeof(double));
    if (out->n > 1) /* one player: no pairs, and every value of order 1 is his own */
      status = metagame_result_index(result, &index, out->indices[k], NULL, err);
    else
      out->indices[k][0] = index.order == 1 ? metagame_result_matrix(result)[0] : 0.0;
  }
  metagame_result_destroy(result);
  return status;
}

int golden_solve(golden_result *out, golden_case *c, char *why) {
  static const struct {
    int32_t outer;
    uint64_t flags;
  } runs[4] = { { METAGAME_OUTER_SHAPLEY, 0 },
                { METAGAME_OUTER_BANZHAF, 0 },
                { METAGAME_OUTER_SHAPLEY, METAGAME_UNPINNED },
                { METAGAME_OUTER_BANZHAF, METAGAME_UNPINNED } };
  memset(out, 0, sizeof *out);
  out->n = c->players.view.n_groups;
  out->m = c->targets.view.n_groups;
  double **matrices[4] = { &out->meta_pinned, &out->meta_pinned_banzhaf, &out->meta, &out->meta_banzhaf };
  metagame_error err;
  metagame_game *game = NULL, *scalar = NULL;
  metagame_status status = any_game(&game, &scalar, c, &err);
  if (status >= 0 && out->n > METAGAME_EXACT_MAX_PLAYERS) {
    snprintf(why, CASE_MESSAGE, "players: %zu are too many for the exact solver", out->n);
    metagame_game_destroy(game);
    metagame_game_destroy(scalar);
    return -1;
  }
  int fine = 1;
  for (int r = 0; r < 4 && status >= 0 && fine; r++) {
    metagame_result *result = NULL;
    status = run(&result, game, runs[r].outer, runs[r].flags, 1, &err);
    if (status < 0) break;
    *matrices[r] = copy(metagame_result_matrix(result), out->n * out->m);
    if (r == 0) {
      out->phi = copy(metagame_result_first_order(result), out->m);
      out->base_pinned = copy(metagame_result_base(result), out->m);
      fine = same_own(c, result, why);
    }
    if (r == 2) out->phi_empty = copy(metagame_result_base(result), out->m);
    if (fine && (!all_finite(*matrices[r], out->n * out->m) || !all_finite(metagame_result_first_order(result), out->m))) {
      snprintf(why, CASE_MESSAGE, "run %d: the result is not finite", r);
      fine = 0;
    }
    metagame_result_destroy(result);
  }
  if (status >= 0 && fine && out->n <= MOST_THIRD && out->m <= MOST_THIRD) status = third_orders(out, game, &err);
  if (status >= 0 && fine && scalar) status = interactions(out, scalar, &err);
  metagame_game_destroy(game);
  metagame_game_destroy(scalar);
  if (status < 0) snprintf(why, CASE_MESSAGE, "%s: %.440s", metagame_status_name(status), err.message);
  return status >= 0 && fine ? 0 : -1;
}

void golden_result_clear(golden_result *result) {
  free(result->phi);
  free(result->phi_empty);
  free(result->base_pinned);
  free(result->meta);
  free(result->meta_pinned);
  free(result->meta_banzhaf);
  free(result->meta_pinned_banzhaf);
  free(result->third);
  free(result->third_pinned);
  for (size_t k = 0; k < GOLDEN_INDICES; k++) free(result->indices[k]);
  memset(result, 0, sizeof *result);
}

/* The program never calls setlocale, so printf writes a decimal point. */
static void write_vector(FILE *file, const double *values, size_t count, size_t stride) {
  fputc('[', file);
  for (size_t k = 0; k < count; k++) fprintf(file, "%s%.17g", k == 0 ? "" : ", ", values[k * stride]);
  fputc(']', file);
}

/* Files hold a row for each player, the library a row for each target. */
static void write_matrix(FILE *file, const char *name, const double *values, const golden_result *result) {
  fprintf(file, ",\n \"%s\": [", name);
  for (size_t j = 0; j < result->n; j++) {
    fputs(j == 0 ? "\n  " : ",\n  ", file);
    write_vector(file, values + j, result->m, result->n);
  }
  fputs("\n ]", file);
}

/* Files hold [k][j][i], the library [i][j][k]. */
static void write_third(FILE *file, const char *name, const double *values, const golden_result *result) {
  const size_t n = result->n;
  if (values == NULL) return;
  fprintf(file, ",\n \"%s\": [", name);
  for (size_t k = 0; k < n; k++)
    for (size_t j = 0; j < n; j++) {
      fputs(j > 0 ? ", " : k > 0 ? "],\n  [" : "\n  [", file);
      write_vector(file, values + j * n + k, result->m, n * n);
    }
  fputs("]\n ]", file);
}

static void write_interactions(FILE *file, const golden_result *result) {
  const size_t n = result->n;
  fprintf(file, ",\n \"interactions\": {\n  \"value_full\": %.17g,\n  \"value_empty\": %.17g", result->value_full, result->value_empty);
  for (size_t k = 0; k < GOLDEN_INDICES; k++) {
    fprintf(file, ",\n  \"%s\": ", golden_indices[k].key);
    if (golden_indices[k].order == 1) {
      write_vector(file, result->indices[k], n, 1);
      continue;
    }
    for (size_t i = 0; i < n; i++) {
      fputs(i == 0 ? "[" : ", ", file);
      write_vector(file, result->indices[k] + i * n, n, 1);
    }
    fputc(']', file);
  }
  fputs("\n }", file);
}

int golden_write(const golden_result *result, const char *path, char *why) {
  FILE *file = fopen(path, "wb");
  if (file == NULL) {
    snprintf(why, CASE_MESSAGE, "the result cannot be written to %.300s: %s", path, strerror(errno));
    return -1;
  }
  fputs("{\n \"phi\": ", file);
  write_vector(file, result->phi, result->m, 1);
  fputs(",\n \"phi_empty\": ", file);
  write_vector(file, result->phi_empty, result->m, 1);
  fputs(",\n \"base_pinned\": ", file);
  write_vector(file, result->base_pinned, result->m, 1);
  write_matrix(file, "meta", result->meta, result);
  write_matrix(file, "meta_pinned", result->meta_pinned, result);
  write_matrix(file, "meta_banzhaf", result->meta_banzhaf, result);
  write_matrix(file, "meta_pinned_banzhaf", result->meta_pinned_banzhaf, result);
  write_third(file, "third", result->third, result);
  write_third(file, "third_pinned", result->third_pinned, result);
  if (result->has_interactions) write_interactions(file, result);
  fputs("\n}\n", file);
  const int failed = ferror(file);
  if (fclose(file) != 0 || failed != 0) {
    snprintf(why, CASE_MESSAGE, "the result cannot be written to %.300s", path);
    return -1;
  }
  return 0;
}
