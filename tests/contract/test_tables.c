/* SPDX-License-Identifier: MIT */
/* metagame_solve_table: the same bytes as the exact solver on a game that reads the table, and what is refused. */
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "metagame/indices.h"

enum { N = 7, M = 3, ROWS = 1 << N };

static double table[ROWS * M];

static void fill(void) {
  uint64_t state = 3;
  for (size_t at = 0; at < ROWS * M; ++at) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    table[at] = (double)(state >> 11) * 0x1p-53 + 4;
  }
}

static int32_t METAGAME_CALL read_table(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const uint32_t m = *(const uint32_t *)user;
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) memcpy(rows + r * m, table + masks[r] * m, m * sizeof *rows);
  return 0;
}

/* Every number of players, free, pinned and mixed targets, each order. */
static void same_as_the_game(void **state) {
  static const int32_t owns[3][M] = { { -1, -1, -1 }, { 0, 0, 0 }, { -1, 0, -1 } };
  (void)state;
  fill();
  for (uint32_t n = 1; n <= N; ++n)
    for (uint32_t m = 1; m <= M; m += M - 1)
      for (size_t kind = 0; kind < 3; ++kind)
        for (uint32_t order = 1; order <= 3 && order <= n; ++order) {
          metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
          metagame_options options = METAGAME_OPTIONS_INIT;
          metagame_result *wanted = NULL, *got = NULL;
          metagame_game *game = NULL;
          attributor.name = "table";
          attributor.n_players = n;
          attributor.n_targets = m;
          attributor.own_player = owns[kind];
          attributor.user = &m;
          attributor.attribute = read_table;
          options.interaction_order = order;
          options.outer = kind == 2 ? METAGAME_OUTER_BANZHAF : METAGAME_OUTER_SHAPLEY;
          assert_int_equal(metagame_game_from_attributor(&game, &attributor, NULL, NULL), METAGAME_OK);
          options.solver = METAGAME_SOLVER_EXACT;
          assert_int_equal(metagame_solve(&wanted, game, &options, NULL), METAGAME_OK);
          options.solver = METAGAME_SOLVER_AUTO;
          assert_int_equal(metagame_solve_table(&got, table, n, m, owns[kind], &options, NULL, NULL), METAGAME_OK);
          assert_memory_equal(metagame_result_matrix(got), metagame_result_matrix(wanted), m * n * sizeof(double));
          assert_memory_equal(metagame_result_base(got), metagame_result_base(wanted), m * sizeof(double));
          assert_memory_equal(metagame_result_first_order(got), metagame_result_first_order(wanted), m * sizeof(double));
          if (order > 1 && kind != 2) {
            double a[M * N * N], b[M * N * N];
            assert_int_equal(metagame_result_third_order(got, a, NULL, NULL), METAGAME_OK);
            assert_int_equal(metagame_result_third_order(wanted, b, NULL, NULL), METAGAME_OK);
            assert_memory_equal(a, b, m * n * n * sizeof(double));
          }
          metagame_result_destroy(got);
          metagame_result_destroy(wanted);
          metagame_game_destroy(game);
        }
}

static void refusals(void **state) {
  const int32_t outside[1] = { 7 };
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_result *result = (metagame_result *)&options;
  metagame_error err;
  (void)state;
  fill();
  fx_expect(metagame_solve_table(NULL, table, N, 1, NULL, NULL, NULL, &err), METAGAME_E_NULL, &err, "out", NULL);
  fx_expect(metagame_solve_table(&result, NULL, N, 1, NULL, NULL, NULL, &err), METAGAME_E_NULL, &err, "values", NULL);
  assert_null(result);
  fx_expect(metagame_solve_table(&result, table, 0, 1, NULL, NULL, NULL, &err), METAGAME_E_ARGUMENT, &err, "n_players is 0", "1..32", NULL);
  fx_expect(metagame_solve_table(&result, table, 33, 1, NULL, NULL, NULL, &err), METAGAME_E_ARGUMENT, &err, "n_players is 33", NULL);
  fx_expect(metagame_solve_table(&result, table, N, 0, NULL, NULL, NULL, &err), METAGAME_E_ARGUMENT, &err, "n_outputs is 0", NULL);
  fx_expect(metagame_solve_table(&result, table, N, 1, outside, NULL, NULL, &err), METAGAME_E_OWN_PLAYER, &err, "own_player[0] is 7", NULL);
  options.solver = METAGAME_SOLVER_REGRESSION;
  fx_expect(metagame_solve_table(&result, table, N, 1, NULL, &options, NULL, &err), METAGAME_E_UNSUPPORTED, &err, "options.solver",
            NULL);
  options.solver = METAGAME_SOLVER_AUTO;
  options.interaction_order = 4;
  fx_expect(metagame_solve_table(&result, table, N, 1, NULL, &options, NULL, &err), METAGAME_E_ARGUMENT, &err,
            "interaction_order is 4", NULL);
  options.interaction_order = 2;
  options.max_bytes = 100;
  fx_expect(metagame_solve_table(&result, table, N, 1, NULL, &options, NULL, &err), METAGAME_E_LIMIT, &err, "max_bytes", NULL);
  options.max_bytes = 0;
  options.struct_size = 3;
  fx_expect(metagame_solve_table(&result, table, N, 1, NULL, &options, NULL, &err), METAGAME_E_STRUCT_SIZE, &err, "options.struct_size", NULL);
  table[2 * 11 + 1] = NAN;
  fx_expect(metagame_solve_table(&result, table, 6, 2, NULL, NULL, NULL, &err), METAGAME_E_NONFINITE, &err, "values[23] is", "output 1 of coalition 11",
            NULL);
  assert_null(result);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(same_as_the_game), cmocka_unit_test(refusals) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
