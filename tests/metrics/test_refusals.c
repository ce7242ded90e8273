/* SPDX-License-Identifier: MIT */
/* Bad input of every metric: its status, a message that names the field, outputs untouched. Then allocations that fail. */
#include <math.h>
#include <string.h>

#include "fixture.h"
#include "metagame/metrics.h"
#include "support.h"

static void struct_sizes(void **state) {
  (void)state;
#define SAME_BYTES(type, init)                          \
  do {                                                  \
    static const type by_macro = init;                  \
    type by_call;                                       \
    memset(&by_call, 0xff, sizeof by_call);             \
    metagame_struct_init(&by_call, sizeof(type));       \
    assert_memory_equal(&by_macro, &by_call, sizeof(type)); \
  } while (0)
  SAME_BYTES(metagame_sampling, METAGAME_SAMPLING_INIT);
  SAME_BYTES(metagame_comparison, METAGAME_COMPARISON_INIT);
  SAME_BYTES(metagame_stability, METAGAME_STABILITY_INIT);
  SAME_BYTES(metagame_pairs, METAGAME_PAIRS_INIT);
  SAME_BYTES(metagame_lipschitz, METAGAME_LIPSCHITZ_INIT);
}

/* A call that takes the struct at `object`. */
static metagame_status with_struct(int which, void *object, metagame_error *err) {
  static const double list[2] = { 1, 2 }, *const lists[2] = { list, list };
  static const uint64_t one = 1;
  metagame_pairs pairs = METAGAME_PAIRS_INIT;
  metagame_lipschitz out = METAGAME_LIPSCHITZ_INIT;
  double base = 0, r2;
  switch (which) {
    case 0: {
      metagame_function function = METAGAME_FUNCTION_INIT;
      metagame_game *game = NULL;
      ts_table *table = ts_table_new(1, 1);
      function = ts_table_function(table);
      assert_int_equal(metagame_game_from_function(&game, &function, NULL, NULL), METAGAME_OK);
      const metagame_status status = metagame_additive_r2(game, 1, &base, &base, NULL, NULL, object, &r2, NULL, err);
      metagame_game_destroy(game);
      ts_table_free(table);
      return status;
    }
    case 1: {
      metagame_pairs known;
      memcpy(&known, object, sizeof known);
      known.n_pairs = known.count = one;
      known.distances = known.a = known.b = list;
      memcpy(object, &known, sizeof known);
      return metagame_local_lipschitz(object, &out, err);
    }
    case 2: return metagame_compare(list, list, 2, 1, object, NULL, err);
    case 3: return metagame_rank_stability(lists, 2, 2, 1, object, NULL, err);
    default:
      pairs.n_pairs = pairs.count = one;
      pairs.distances = pairs.a = pairs.b = list;
      return metagame_local_lipschitz(&pairs, object, err);
  }
}

static void struct_tails(void **state) {
  (void)state;
  const size_t known[5] = { sizeof(metagame_sampling), sizeof(metagame_pairs), sizeof(metagame_comparison), sizeof(metagame_stability),
                            sizeof(metagame_lipschitz) };
  static const char *const names[5] = { "sampling", "pairs", "comparison", "stability", "lipschitz" };
  union {
    size_t size;
    double align;
    unsigned char bytes[5000];
  } object;
  metagame_error err;
  for (int which = 0; which < 5; ++which) {
    const size_t sizes[4] = { known[which] - 1, 4097, known[which], known[which] + 16 };
    for (int s = 0; s < 4; ++s) {
      metagame_struct_init(&object, sizeof object);
      object.size = sizes[s];
      const metagame_status status = with_struct(which, &object, &err);
      if (s < 2) fx_expect(status, METAGAME_E_STRUCT_SIZE, &err, names[which], "struct_size", NULL);
      else assert_int_equal(status, METAGAME_OK);
      assert_int_equal(object.size, sizes[s]);
    }
    metagame_struct_init(&object, sizeof object);
    object.size = known[which] + 16;
    object.bytes[known[which] + 9] = 1;
    const metagame_status status = with_struct(which, &object, &err);
    if (which < 2) fx_expect(status, METAGAME_E_STRUCT_SIZE, &err, names[which], "is not zero", NULL);
    else assert_true(status == METAGAME_OK && object.bytes[known[which] + 9] == 0);
  }
}

typedef struct handles {
  fx_game fixture, other, values;
  metagame_game *game, *unlike, *mute, *free_one;
  metagame_result *result, *banzhaf, *partial;
} handles;

static int32_t METAGAME_CALL stop(void *user, const metagame_progress *progress) {
  (void)user;
  return progress->n_told >= 2;
}

static void open_handles(handles *h) {
  metagame_options options = fx_options(METAGAME_SOLVER_EXACT, 0);
  memset(h, 0, sizeof *h);
  fx_game_init(&h->fixture, 4, 3, 1);
  fx_game_init(&h->other, 4, 2, 1);
  fx_game_init(&h->values, 4, 3, 0);
  h->game = fx_create(&h->fixture, NULL);
  h->unlike = fx_create(&h->other, NULL);
  h->free_one = fx_create_function(&h->values, NULL);
  metagame_function mute = METAGAME_FUNCTION_INIT;
  mute.n_players = 4;
  mute.n_outputs = 3;
  assert_int_equal(metagame_game_from_function(&h->mute, &mute, NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_solve(&h->result, h->game, &options, NULL), METAGAME_OK);
  options.outer = METAGAME_OUTER_BANZHAF;
  assert_int_equal(metagame_solve(&h->banzhaf, h->game, &options, NULL), METAGAME_OK);
  options.outer = METAGAME_OUTER_SHAPLEY;
  options.batch = 1;
  options.on_progress = stop;
  assert_int_equal(metagame_solve(&h->partial, h->game, &options, NULL), METAGAME_PARTIAL);
}

static void close_handles(handles *h) {
  metagame_result_destroy(h->result);
  metagame_result_destroy(h->banzhaf);
  metagame_result_destroy(h->partial);
  metagame_game_destroy(h->game);
  metagame_game_destroy(h->unlike);
  metagame_game_destroy(h->mute);
  metagame_game_destroy(h->free_one);
}

/* The two metrics of a result have the same refusals. */
static metagame_status metric(int which, const metagame_result *result, const metagame_game *game, const metagame_sampling *sampling,
                              double *out, metagame_error *err) {
  return which ? metagame_infidelity(result, game, sampling, out, NULL, NULL, err)
               : metagame_directed_r2(result, game, sampling, out, NULL, err);
}

static void of_results(void **state) {
  (void)state;
  handles h;
  metagame_error err;
  double out[3] = { 7, 7, 7 };
  open_handles(&h);
  for (int q = 0; q < 2; ++q) {
    metagame_sampling s = METAGAME_SAMPLING_INIT;
    fx_expect(metric(q, NULL, h.game, NULL, out, &err), METAGAME_E_NULL, &err, "result", NULL);
    fx_expect(metric(q, h.result, NULL, NULL, out, &err), METAGAME_E_NULL, &err, "game", NULL);
    fx_expect(metric(q, h.result, h.game, NULL, NULL, &err), METAGAME_E_NULL, &err, q ? "infidelity" : "r2", NULL);
    fx_expect(metric(q, h.result, h.unlike, NULL, out, &err), METAGAME_E_ARGUMENT, &err, "2 targets", "4 and 3", NULL);
    fx_expect(metric(q, h.result, h.free_one, NULL, out, &err), METAGAME_E_ARGUMENT, &err, "target 0", "own player -1", NULL);
    fx_expect(metric(q, h.partial, h.game, NULL, out, &err), METAGAME_E_NONFINITE, &err, "result.matrix[", "partial", NULL);
    s.struct_size = 8;
    fx_expect(metric(q, h.result, h.game, &s, out, &err), METAGAME_E_STRUCT_SIZE, &err, "sampling.struct_size", NULL);
    metagame_struct_init(&s, sizeof s);
    s.n_coalitions = 1;
    fx_expect(metric(q, h.result, h.game, &s, out, &err), METAGAME_E_ARGUMENT, &err, "sampling.n_coalitions is 1", "at least 2", NULL);
    s.n_coalitions = 0;
    s.law = 3;
    fx_expect(metric(q, h.result, h.game, &s, out, &err), METAGAME_E_ARGUMENT, &err, "sampling.law is 3", "0..2", NULL);
    s.law = -1;
    fx_expect(metric(q, h.result, h.game, &s, out, &err), METAGAME_E_ARGUMENT, &err, "sampling.law is -1", NULL);
    s.law = 0;
    s.batch = 1048577;
    fx_expect(metric(q, h.result, h.game, &s, out, &err), METAGAME_E_ARGUMENT, &err, "sampling.batch is 1048577", NULL);
    s.batch = 0;
    s.flags = METAGAME_UNPINNED;
    fx_expect(metric(q, h.result, h.game, &s, out, &err), METAGAME_E_FLAGS, &err, "sampling.flags is 0x1", NULL);
    for (int fault = FX_CODE; fault <= FX_INFINITY; ++fault) {
      h.fixture.fault_at = h.fixture.calls + 1;
      h.fixture.fault = (fx_fault)fault;
      fx_expect(metric(q, h.result, h.game, NULL, out, &err), fault == FX_CODE ? METAGAME_E_CALLBACK : METAGAME_E_NONFINITE, &err,
                "attributor.attribute", fault == FX_CODE ? NULL : "target", NULL);
      assert_int_equal(err.user_code, fault == FX_CODE ? FX_USER_CODE : 0);
    }
    h.fixture.fault_at = 0;
    assert_true(out[0] == 7 && out[1] == 7 && out[2] == 7);
    assert_int_equal(metric(q, h.result, h.game, NULL, out, NULL), METAGAME_OK);
    out[0] = out[1] = out[2] = 7;
  }
  fx_expect(metagame_directed_r2(h.banzhaf, h.game, NULL, out, NULL, &err), METAGAME_E_UNSUPPORTED, &err, "METAGAME_OUTER_SHAPLEY",
            "outer is 1", NULL);
  assert_int_equal(metagame_infidelity(h.banzhaf, h.game, NULL, out, NULL, NULL, &err), METAGAME_OK);
  close_handles(&h);
}

static void of_games(void **state) {
  (void)state;
  handles h;
  metagame_error err;
  double base[3] = { 0, 0, 0 }, first[12] = { 0 }, pairs[48] = { 0 }, triples[192] = { 0 }, out = 7, area[2];
  const double scores[4] = { 1, 2, 3, 4 };
  open_handles(&h);
  const metagame_game *all[2] = { h.game, h.game };
#define ADDITIVE(game, order, base, first, pairs, triples) \
  metagame_additive_r2(game, order, base, first, pairs, triples, NULL, &out, NULL, &err)
  fx_expect(ADDITIVE(NULL, 1, base, first, NULL, NULL), METAGAME_E_NULL, &err, "game", NULL);
  fx_expect(ADDITIVE(h.game, 1, NULL, first, NULL, NULL), METAGAME_E_NULL, &err, "base", NULL);
  fx_expect(ADDITIVE(h.game, 1, base, NULL, NULL, NULL), METAGAME_E_NULL, &err, "first", NULL);
  fx_expect(metagame_additive_r2(h.game, 1, base, first, NULL, NULL, NULL, NULL, NULL, &err), METAGAME_E_NULL, &err, "r2", NULL);
  fx_expect(ADDITIVE(h.game, 0, base, first, NULL, NULL), METAGAME_E_ARGUMENT, &err, "order is 0", "1..3", NULL);
  fx_expect(ADDITIVE(h.game, 4, base, first, NULL, NULL), METAGAME_E_ARGUMENT, &err, "order is 4", NULL);
  fx_expect(ADDITIVE(h.game, 2, base, first, NULL, NULL), METAGAME_E_NULL, &err, "pairs is NULL", "order is 2", NULL);
  fx_expect(ADDITIVE(h.game, 3, base, first, pairs, NULL), METAGAME_E_NULL, &err, "triples is NULL", NULL);
  fx_expect(ADDITIVE(h.game, 1, base, first, pairs, NULL), METAGAME_E_ARGUMENT, &err, "pairs is not NULL", "order is 1", NULL);
  base[1] = NAN;
  fx_expect(ADDITIVE(h.game, 1, base, first, NULL, NULL), METAGAME_E_NONFINITE, &err, "base[1]", NULL);
  base[1] = 0, first[7] = INFINITY;
  fx_expect(ADDITIVE(h.game, 1, base, first, NULL, NULL), METAGAME_E_NONFINITE, &err, "first[7]", NULL);
  first[7] = 0, pairs[18] = NAN; /* target 1: pair (0, 2) */
  fx_expect(ADDITIVE(h.game, 2, base, first, pairs, NULL), METAGAME_E_NONFINITE, &err, "pairs[18]", NULL);
  pairs[18] = 0, triples[64 + 0 * 16 + 1 * 4 + 3] = NAN; /* target 1: (0, 1, 3) */
  fx_expect(ADDITIVE(h.game, 3, base, first, pairs, triples), METAGAME_E_NONFINITE, &err, "triples[71]", NULL);
  fx_expect(ADDITIVE(h.mute, 1, base, first, NULL, NULL), METAGAME_E_UNSUPPORTED, &err, "ask and tell", NULL);
  fx_expect(metagame_removal_curve(h.mute, 0, scores, METAGAME_INSERTION, NULL, &out, &err), METAGAME_E_UNSUPPORTED, &err, "ask and tell",
            NULL);
  ts_table *table = ts_table_new(1, 1);
  const metagame_function function = ts_table_function(table);
  metagame_sampling sampling = METAGAME_SAMPLING_INIT;
  metagame_game *one = NULL;
  sampling.law = METAGAME_LAW_SHAPLEY;
  assert_int_equal(metagame_game_from_function(&one, &function, NULL, NULL), METAGAME_OK);
  fx_expect(metagame_additive_r2(one, 1, base, base, NULL, NULL, &sampling, &out, NULL, &err), METAGAME_E_ARGUMENT, &err,
            "METAGAME_LAW_SHAPLEY", "2 players", NULL);
  metagame_game_destroy(one);
  ts_table_free(table);

#define CURVE(game, target, scores, kind) metagame_removal_curve(game, target, scores, kind, NULL, &out, &err)
  fx_expect(CURVE(NULL, 0, scores, 1), METAGAME_E_NULL, &err, "game", NULL);
  fx_expect(CURVE(h.game, 0, NULL, 1), METAGAME_E_NULL, &err, "scores", NULL);
  fx_expect(metagame_removal_curve(h.game, 0, scores, 1, NULL, NULL, &err), METAGAME_E_NULL, &err, "area", NULL);
  fx_expect(CURVE(h.game, 3, scores, 1), METAGAME_E_ARGUMENT, &err, "target is 3", "0..2", NULL);
  fx_expect(CURVE(h.game, 0, scores, 0), METAGAME_E_ARGUMENT, &err, "kind is 0", "METAGAME_INSERTION", NULL);
  const double nan_score[4] = { 1, NAN, 2, 3 };
  fx_expect(CURVE(h.game, 0, nan_score, 2), METAGAME_E_NONFINITE, &err, "scores[1]", NULL);
  fx_expect(metagame_removal_control(h.game, 0, 1, 1, 0, NULL, &out, NULL, NULL, &err), METAGAME_E_ARGUMENT, &err, "n_orders is 1", "2..",
            NULL);
  fx_expect(metagame_removal_control(h.game, 0, 1, UINT64_MAX, 0, NULL, &out, NULL, NULL, &err), METAGAME_E_ARGUMENT, &err, "n_orders",
            NULL);
  fx_expect(metagame_removal_control(h.game, 9, 1, 4, 0, NULL, &out, NULL, NULL, &err), METAGAME_E_ARGUMENT, &err, "target is 9", NULL);
  fx_expect(metagame_removal_control(NULL, 0, 1, 4, 0, NULL, &out, NULL, NULL, &err), METAGAME_E_NULL, &err, "game", NULL);
  fx_expect(metagame_removal_control(h.game, 0, 1, 4, 0, NULL, NULL, NULL, NULL, &err), METAGAME_E_NULL, &err, "mean_area", NULL);
#define SEVERAL(games, count, target) metagame_removal_compare(games, count, target, scores, 1, 4, 0, area, NULL, NULL, NULL, &err)
  fx_expect(SEVERAL(NULL, 2, 0), METAGAME_E_NULL, &err, "games", NULL);
  fx_expect(SEVERAL(all, 1, 0), METAGAME_E_ARGUMENT, &err, "n_games is 1", "at least 2", NULL);
  fx_expect(SEVERAL(all, 2, 3), METAGAME_E_ARGUMENT, &err, "target is 3", NULL);
  all[1] = NULL;
  fx_expect(SEVERAL(all, 2, 0), METAGAME_E_NULL, &err, "games[1]", NULL);
  all[1] = h.unlike;
  fx_expect(SEVERAL(all, 2, 0), METAGAME_E_ARGUMENT, &err, "games[1]", "2 targets", NULL);
  all[1] = h.free_one;
  fx_expect(SEVERAL(all, 2, 0), METAGAME_E_ARGUMENT, &err, "games[1]", "own player -1", NULL);
  /* the values of a formula are checked before it sees them */
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_game *formula = NULL;
  method.name = "occlusion";
  assert_int_equal(metagame_game_attribute(&formula, h.free_one, &method, NULL), METAGAME_OK);
  for (int fault = FX_CODE; fault <= FX_INFINITY; ++fault) {
    h.values.fault_at = h.values.calls + 1;
    h.values.fault = (fx_fault)fault;
    fx_expect(CURVE(formula, 0, scores, 1), fault == FX_CODE ? METAGAME_E_CALLBACK : METAGAME_E_NONFINITE, &err, "function.evaluate",
              NULL);
  }
  metagame_game_destroy(formula);
  assert_int_equal(metagame_game_attribute(&formula, h.mute, &method, NULL), METAGAME_OK);
  fx_expect(CURVE(formula, 0, scores, 1), METAGAME_E_UNSUPPORTED, &err, "function.evaluate is NULL", NULL);
  metagame_game_destroy(formula);
  assert_true(out == 7);
  close_handles(&h);
}

static void of_lists(void **state) {
  (void)state;
  metagame_error err;
  double a[3] = { 1, 2, 3 }, b[3] = { 3, 2, NAN };
  metagame_comparison c = METAGAME_COMPARISON_INIT;
  metagame_stability s = METAGAME_STABILITY_INIT;
  metagame_lipschitz l = METAGAME_LIPSCHITZ_INIT;
  metagame_pairs p = METAGAME_PAIRS_INIT;
  fx_expect(metagame_compare(NULL, a, 3, 1, &c, NULL, &err), METAGAME_E_NULL, &err, "a is NULL", NULL);
  fx_expect(metagame_compare(a, NULL, 3, 1, &c, NULL, &err), METAGAME_E_NULL, &err, "b is NULL", NULL);
  fx_expect(metagame_compare(a, a, 3, 1, NULL, NULL, &err), METAGAME_E_NULL, &err, "out", NULL);
  fx_expect(metagame_compare(a, a, 0, 0, &c, NULL, &err), METAGAME_E_ARGUMENT, &err, "count is 0", NULL);
  fx_expect(metagame_compare(a, a, 3, 4, &c, NULL, &err), METAGAME_E_ARGUMENT, &err, "k is 4", "1..3", NULL);
  fx_expect(metagame_compare(a, b, 3, 1, &c, NULL, &err), METAGAME_E_NONFINITE, &err, "b[2]", NULL);
  fx_expect(metagame_result_compare(NULL, NULL, 0, &c, &err), METAGAME_E_NULL, &err, "a is NULL", NULL);
  c.struct_size = 4;
  fx_expect(metagame_compare(a, a, 3, 1, &c, NULL, &err), METAGAME_E_STRUCT_SIZE, &err, "comparison.struct_size", NULL);
  const double *lists[2] = { a, b };
  fx_expect(metagame_rank_stability(NULL, 2, 3, 1, &s, NULL, &err), METAGAME_E_NULL, &err, "replicates", NULL);
  fx_expect(metagame_rank_stability(lists, 2, 3, 1, NULL, NULL, &err), METAGAME_E_NULL, &err, "out", NULL);
  fx_expect(metagame_rank_stability(lists, 1, 3, 1, &s, NULL, &err), METAGAME_E_ARGUMENT, &err, "n_replicates is 1", "at least 2", NULL);
  fx_expect(metagame_rank_stability(lists, 2, 3, 4, &s, NULL, &err), METAGAME_E_ARGUMENT, &err, "k is 4", NULL);
  fx_expect(metagame_rank_stability(lists, 2, 3, 1, &s, NULL, &err), METAGAME_E_NONFINITE, &err, "replicates[1][2]", NULL);
  lists[1] = NULL;
  fx_expect(metagame_rank_stability(lists, 2, 3, 1, &s, NULL, &err), METAGAME_E_NULL, &err, "replicates[1]", NULL);
  lists[1] = a;
  s.struct_size = 0;
  fx_expect(metagame_rank_stability(lists, 2, 3, 1, &s, NULL, &err), METAGAME_E_STRUCT_SIZE, &err, "stability.struct_size", NULL);
#define PAIRS() metagame_local_lipschitz(&p, &l, &err)
  double distances[1] = { 1 }, errors[3] = { 0, 0, -1 };
  fx_expect(metagame_local_lipschitz(NULL, &l, &err), METAGAME_E_NULL, &err, "pairs", NULL);
  fx_expect(metagame_local_lipschitz(&p, NULL, &err), METAGAME_E_NULL, &err, "out", NULL);
  fx_expect(PAIRS(), METAGAME_E_NULL, &err, "pairs.distances", NULL);
  p.distances = distances;
  fx_expect(PAIRS(), METAGAME_E_NULL, &err, "pairs.a ", NULL);
  p.a = a;
  fx_expect(PAIRS(), METAGAME_E_NULL, &err, "pairs.b ", NULL);
  p.b = b;
  fx_expect(PAIRS(), METAGAME_E_ARGUMENT, &err, "pairs.n_pairs is 0", NULL);
  p.n_pairs = 1;
  fx_expect(PAIRS(), METAGAME_E_ARGUMENT, &err, "pairs.count is 0", NULL);
  p.count = UINT64_MAX / 4;
  fx_expect(PAIRS(), METAGAME_E_ARGUMENT, &err, "pairs.count", NULL);
  p.count = 3;
  fx_expect(PAIRS(), METAGAME_E_NONFINITE, &err, "pairs.b[2]", NULL);
  b[2] = 0;
  p.b_error = errors;
  fx_expect(PAIRS(), METAGAME_E_ARGUMENT, &err, "pairs.b_error[2] is -1", NULL);
  distances[0] = 0;
  fx_expect(PAIRS(), METAGAME_E_ARGUMENT, &err, "pairs.distances[0] is 0", NULL);
  distances[0] = NAN;
  fx_expect(PAIRS(), METAGAME_E_NONFINITE, &err, "pairs.distances[0]", NULL);
  p.struct_size = 3;
  fx_expect(PAIRS(), METAGAME_E_STRUCT_SIZE, &err, "pairs.struct_size", NULL);
}

/* ---- memory ---- */

enum { N_CALLS = 9 };

static metagame_status call(int which, const metagame_result *result, const metagame_game *game, const metagame_game *formula,
                            const metagame_allocator *allocator, metagame_error *err) {
  static const double zeros[64] = { 0 }, scores[5] = { 3, 1, 2, 5, 4 }, down[5] = { 5, 4, 3, 2, 1 };
  const metagame_game *const games[2] = { game, game };
  const double *const lists[2] = { scores, down };
  metagame_sampling sampling = METAGAME_SAMPLING_INIT;
  metagame_comparison comparison = METAGAME_COMPARISON_INIT;
  metagame_stability stability = METAGAME_STABILITY_INIT;
  double out[5], more[5];
  sampling.n_coalitions = 20; /* of 30: drawn */
  sampling.law = METAGAME_LAW_SHAPLEY;
  switch (which) {
    case 0: return metagame_directed_r2(result, game, &sampling, out, more, err);
    case 1: return metagame_infidelity(result, game, &sampling, out, more, NULL, err);
    case 2: return metagame_additive_r2(game, 1, zeros, zeros, NULL, NULL, &sampling, out, more, err);
    case 3: return metagame_additive_r2(formula, 1, zeros, zeros, NULL, NULL, &sampling, out, more, err);
    case 4: return metagame_removal_curve(formula, 0, scores, METAGAME_DELETION, NULL, out, err);
    case 5: return metagame_removal_compare(games, 2, 0, scores, METAGAME_INSERTION, 3, 0, out, NULL, NULL, more, err);
    case 6: return metagame_compare(scores, down, 5, 2, &comparison, allocator, err);
    case 7: return metagame_rank_stability(lists, 2, 5, 2, &stability, allocator, err);
    default: return metagame_result_compare(result, result, 2, &comparison, err);
  }
}

static void memory_fails(void **state) {
  (void)state;
  fx_game fixture, values;
  fx_memory memory;
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_result *result = NULL;
  metagame_game *formula = NULL;
  const metagame_allocator allocator = fx_allocator(&memory);
  fx_game_init(&fixture, 5, 5, 1);
  fx_game_init(&values, 5, 1, 0);
  metagame_game *game = fx_create(&fixture, &allocator), *base = fx_create_function(&values, &allocator);
  method.name = "occlusion";
  assert_int_equal(metagame_game_attribute(&formula, base, &method, NULL), METAGAME_OK);
  assert_int_equal(metagame_solve(&result, game, NULL, NULL), METAGAME_OK);
  const size_t held = memory.bytes;
  for (int which = 0; which < N_CALLS; ++which) {
    metagame_status status;
    metagame_error err;
    long k = 0;
    do {
      memory.calls = 0;
      memory.fail_at = ++k;
      status = call(which, result, game, formula, &allocator, &err);
      if (memory.calls >= k) fx_expect(status, METAGAME_E_NOMEM, &err, NULL);
      else assert_int_equal(status, METAGAME_OK);
      assert_int_equal(memory.bytes, held);
    } while (status != METAGAME_OK);
    memory.fail_at = 0;
    assert_true(k > 3);
  }
  metagame_result_destroy(result);
  metagame_game_destroy(formula);
  metagame_game_destroy(base);
  metagame_game_destroy(game);
  assert_int_equal(memory.blocks, 0);
  assert_int_equal(memory.wrong_size, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(struct_sizes), cmocka_unit_test(struct_tails), cmocka_unit_test(of_results),
                                      cmocka_unit_test(of_games),     cmocka_unit_test(of_lists),     cmocka_unit_test(memory_fails) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
