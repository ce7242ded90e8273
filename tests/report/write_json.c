/* SPDX-License-Identifier: MIT */
/* write_json DIRECTORY: every page of pages.h as JSON, and results with the keys that those do not have. */
#include <stdio.h>

#include "pages.h"

static int32_t METAGAME_CALL put(void *user, const char *bytes, size_t size) { return fwrite(bytes, 1, size, user) == size ? 0 : 1; }

static int write_one(const char *folder, const char *name, const metagame_result *result, const metagame_document *document) {
  char path[512];
  metagame_error err = METAGAME_ERROR_INIT;
  snprintf(path, sizeof path, "%s/%s.json", folder, name);
  FILE *file = fopen(path, "wb");
  if (!file) return 0;
  const metagame_status status = metagame_document_write(result, document, METAGAME_FORMAT_JSON, put, file, &err);
  if (status != METAGAME_OK) fprintf(stderr, "%s: %s\n", path, err.message);
  return fclose(file) == 0 && status == METAGAME_OK;
}

static double additive(uint64_t mask, uint32_t n) {
  double sum = 0;
  for (uint32_t j = 0; j < n; ++j) sum += (double)(mask >> j & 1) * (j + 1);
  return sum;
}

static int32_t METAGAME_CALL evaluate(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) rows[r] = additive(masks[r], *(const uint32_t *)user);
  return 0;
}

/* A closed form: Shapley values as the attribution. */
static metagame_result *closed(void) {
  static uint32_t n = 4;
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_game *base = NULL, *game = NULL;
  metagame_result *result = NULL;
  function.n_players = n;
  function.user = &n;
  function.evaluate = evaluate;
  method.name = "shapley";
  if (metagame_game_from_function(&base, &function, NULL, NULL) == METAGAME_OK &&
      metagame_game_attribute(&game, base, &method, NULL) == METAGAME_OK && metagame_solve(&result, game, NULL, NULL) != METAGAME_OK)
    result = NULL;
  metagame_game_destroy(game);
  metagame_game_destroy(base);
  return result;
}

int main(int argc, char **argv) {
  const rs_sample gaussian = { 20, 3, 0, 0, METAGAME_SOLVER_GAUSSIAN, 0, 9 }, one = { 9, 6, 1, 0, METAGAME_SOLVER_PERMUTATION, 700, 1 },
                  two = { 9, 6, 1, 0, METAGAME_SOLVER_PERMUTATION, 700, 2 };
  int ok = argc == 2;
  for (size_t k = 0; ok && rs_page_names[k]; ++k) {
    rs_page page = rs_page_open(rs_page_names[k], NULL);
    if (k == 0) page.document.title = "A title";
    ok = write_one(argv[1], page.name, page.result, &page.document);
    rs_page_close(&page);
  }
  metagame_result *results[3] = { rs_solve(&one, NULL), rs_solve(&two, NULL), NULL }, *process = rs_solve(&gaussian, NULL), *formula = closed();
  ok = ok && metagame_result_average(&results[2], (const metagame_result *const *)results, 2, NULL) == METAGAME_OK && formula;
  ok = ok && write_one(argv[1], "maskings", results[2], NULL) && write_one(argv[1], "gaussian", process, NULL) && write_one(argv[1], "closed", formula, NULL);
  for (size_t k = 0; k < 3; ++k) metagame_result_destroy(results[k]);
  metagame_result_destroy(process);
  metagame_result_destroy(formula);
  return ok ? 0 : 1;
}
