/* SPDX-License-Identifier: MIT */
/* Every index of one small function, f = x1 + 2 x1 x2^2 - x1 x2 x3 at (1, 2, 3) against 0: the example of docs/indices.md.
 * Dividends: m(1) = 1, m(12) = 8, m(123) = -6. */
#include <stdio.h>

#include "metagame/indices.h"
#include "metagame/truth.h"

enum { N = 3, PAIRS = N * N };

static int failed(metagame_status status, const metagame_error *err) {
  if (status >= 0) return 0;
  fprintf(stderr, "%s: %s\n", metagame_status_name(status), err->message);
  return 1;
}

static void print_cells(const double *values, int rows) {
  for (int i = 0; i < rows; ++i) {
    printf(i ? "  |" : "");
    for (int j = 0; j < N; ++j) printf(" %6.2f", values[i * N + j] + 0.0);
  }
  printf("\n");
}

/* ---- indices of the value game S -> f(x_S) ---- */

static int print_indices(const metagame_result *result, metagame_error *err) {
  static const struct {
    const char *name;
    int32_t kind;
    uint32_t order, max_order;
    int32_t inner;
    uint32_t context;
  } rows[] = { { "Shapley value", METAGAME_INDEX_SII, 1, 0, 0, 0 },
               { "Banzhaf value", METAGAME_INDEX_BII, 1, 0, 0, 0 },
               { "Shapley interaction (SII)", METAGAME_INDEX_SII, 2, 0, 0, 0 },
               { "Shapley-Taylor, order 2", METAGAME_INDEX_STII, 2, 2, 0, 0 },
               { "Shapley-Taylor, order 1", METAGAME_INDEX_STII, 1, 2, 0, 0 },
               { "k-SII to 2, order 1", METAGAME_INDEX_KSII, 1, 2, 0, 0 },
               { "faithful Shapley, order 2", METAGAME_INDEX_FSII, 2, 2, 0, 0 },
               { "faithful Shapley, order 1", METAGAME_INDEX_FSII, 1, 2, 0, 0 },
               { "Banzhaf interaction", METAGAME_INDEX_BII, 2, 0, 0, 0 },
               { "faithful Banzhaf, order 1", METAGAME_INDEX_FBII, 1, 2, 0, 0 },
               { "chaining interaction", METAGAME_INDEX_CHII, 2, 0, 0, 0 },
               { "Moebius (dividend)", METAGAME_INDEX_MOEBIUS, 2, 0, 0, 0 },
               { "co-Moebius", METAGAME_INDEX_CO_MOEBIUS, 2, 0, 0, 0 },
               { "Shapley generalised value", METAGAME_INDEX_SGV, 2, 0, 0, 0 },
               { "Banzhaf generalised value", METAGAME_INDEX_BGV, 2, 0, 0, 0 },
               { "context of 0 others", METAGAME_INDEX_CONTEXT, 2, 0, 0, 0 },
               { "context of 1 other", METAGAME_INDEX_CONTEXT, 2, 0, 0, 1 },
               { "Bivariate Shapley", METAGAME_INDEX_BIVARIATE_SHAPLEY, 2, 0, 0, 0 },
               { "meta, inner Shapley", METAGAME_INDEX_META, 2, 0, METAGAME_INNER_SHAPLEY, 0 },
               { "meta, inner Banzhaf", METAGAME_INDEX_META, 2, 0, METAGAME_INNER_BANZHAF, 0 },
               { "meta, inner occlusion", METAGAME_INDEX_META, 2, 0, METAGAME_INNER_OCCLUSION, 0 } };
  for (size_t r = 0; r < sizeof rows / sizeof *rows; ++r) {
    metagame_index index = METAGAME_INDEX_INIT;
    double values[PAIRS];
    index.kind = rows[r].kind;
    index.order = rows[r].order;
    index.max_order = rows[r].max_order;
    index.inner = rows[r].inner;
    index.context = rows[r].context;
    if (failed(metagame_result_index(result, &index, values, NULL, err), err)) return 1;
    printf("%-26s", rows[r].name);
    print_cells(values, index.order == 1 ? 1 : N);
  }
  return 0;
}

/* ---- meta-attributions of gradient methods, and their third order ---- */

static int print_attribution(const metagame_game *base, const char *name, metagame_error *err) {
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_game *game = NULL;
  metagame_result *result = NULL;
  double third[N * PAIRS];
  method.name = name;
  options.interaction_order = 2;
  metagame_status status = metagame_game_attribute(&game, base, &method, err);
  if (status >= 0) status = metagame_solve(&result, game, &options, err);
  if (status >= 0) status = metagame_result_third_order(result, third, NULL, err);
  if (status >= 0) {
    printf("%-26s", name);
    print_cells(metagame_result_first_order(result), 1);
    printf("%-26s", "  its metagame");
    print_cells(metagame_result_matrix(result), N);
    printf("%-26s", "  third order, target 2");
    print_cells(third + 1 * PAIRS, N);
  }
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  return failed(status, err);
}

int main(void) {
  static const double coefficients[3] = { 1, 2, -1 }, x[N] = { 1, 2, 3 }, zero[N] = { 0, 0, 0 };
  static const uint32_t powers[3 * N] = { 1, 0, 0, 1, 2, 0, 1, 1, 1 };
  metagame_truth_terms terms = METAGAME_TRUTH_TERMS_INIT;
  metagame_masking masking = METAGAME_MASKING_INIT;
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_model *model = NULL;
  metagame_game *game = NULL;
  metagame_result *result = NULL;
  metagame_error err = METAGAME_ERROR_INIT;
  terms.n_features = N;
  terms.n_terms = 3;
  terms.coefficients = coefficients;
  terms.powers = powers;
  masking.x = x;
  masking.background = zero;
  options.interaction_order = 2;
  metagame_status status = metagame_truth_polynomial(&model, &terms, NULL, &err);
  if (status >= 0) status = metagame_game_from_model(&game, model, &masking, &err);
  if (status >= 0) status = metagame_solve(&result, game, &options, &err);
  int code = failed(status, &err);
  if (!code) {
    printf("f = x1 + 2 x1 x2^2 - x1 x2 x3 at (1, 2, 3); rows of a matrix are divided by |\n\n");
    code = print_indices(result, &err);
    printf("\n");
    code = code || print_attribution(game, "gradient-x-input", &err);
    code = code || print_attribution(game, "integrated-gradients", &err);
    code = code || print_attribution(game, "shapley", &err);
  }
  metagame_result_destroy(result);
  metagame_game_destroy(game);
  metagame_model_destroy(model);
  return code;
}
