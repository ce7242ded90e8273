/* SPDX-License-Identifier: MIT */
/* Allocation k fails, for every k until a run passes: METAGAME_E_NOMEM, nothing leaked, nothing released twice. */
#include <string.h>

#include "fixture.h"

enum { N_GAMES = 3 };

static const size_t offsets[4] = { 0, 2, 3, 4 };
static const uint32_t members[4] = { 0, 3, 1, 2 };
static const metagame_groups groups = { 3, offsets, members };

/* Groups of games, solved and averaged, until the first error. */
static metagame_status whole(fx_game *fixture, const metagame_allocator *allocator, const metagame_options *options, int formula,
                             metagame_error *err) {
  static const uint64_t present = 16;
  metagame_game *games[N_GAMES] = { NULL };
  metagame_result *result = (metagame_result *)fixture;
  metagame_status status = METAGAME_OK;
  for (int b = 0; b < N_GAMES && status == METAGAME_OK; ++b) {
    const metagame_function function = fx_function(&fixture[b]);
    const metagame_attributor attributor = fx_attributor(&fixture[b]);
    metagame_method method = METAGAME_METHOD_INIT;
    metagame_game *inner = NULL, *base = NULL;
    method.name = "shapley";
    if (!formula) status = metagame_game_from_attributor(&inner, &attributor, allocator, err);
    if (formula) status = metagame_game_from_function(&base, &function, allocator, err);
    if (formula && status == METAGAME_OK) status = metagame_game_attribute(&inner, base, &method, err);
    if (status == METAGAME_OK) status = metagame_game_group(&games[b], inner, &groups, &present, err);
    metagame_game_destroy(inner);
    metagame_game_destroy(base);
  }
  if (status == METAGAME_OK) {
    status = metagame_solve_each(&result, (const metagame_game *const *)games, N_GAMES, options, err);
    if (status != METAGAME_OK) assert_null(result);
    if (status == METAGAME_OK) metagame_result_destroy(result);
  }
  for (int b = 0; b < N_GAMES; ++b) metagame_game_destroy(games[b]);
  return status;
}

static void every_allocation(void **state) {
  (void)state;
  for (int formula = 0; formula < 2; ++formula)
    for (size_t s = 0; s < COUNT_OF(fx_solvers); ++s)
      for (int later = 0; later < 2; ++later) {
        metagame_options options = fx_options(fx_solvers[s], 20);
        if (s == 0) options.interaction_order = 2;
        long k = 1;
        for (;; ++k) {
          fx_game fixture[N_GAMES];
          fx_memory memory;
          metagame_error err;
          for (int b = 0; b < N_GAMES; ++b) fx_game_init(&fixture[b], 5, formula ? 1 : 4, !formula);
          const metagame_allocator allocator = fx_allocator(&memory);
          memory.fail_at = k;
          memory.fail_later = later;
          const metagame_status status = whole(fixture, &allocator, &options, formula, &err);
          const int reached = memory.calls >= k;
          if (status != (reached ? METAGAME_E_NOMEM : METAGAME_OK))
            fail_msg("solver %zu, allocation %ld: %s (%s)", s, k, metagame_status_name(status), status < 0 ? err.message : "");
          if (status < 0) assert_int_equal(err.status, METAGAME_E_NOMEM);
          assert_int_equal(memory.blocks, 0);
          assert_int_equal(memory.bytes, 0);
          assert_int_equal(memory.wrong_size, 0);
          assert_int_equal(memory.wrong_alignment, 0);
          for (int b = 0; b < N_GAMES; ++b) assert_true(fixture[b].destroyed <= 1);
          if (!reached) break;
        }
        assert_true(k > 60);
      }
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(every_allocation) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
