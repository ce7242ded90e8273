/* SPDX-License-Identifier: MIT */
/* The regression without its rows against the one that keeps them, dense and by conjugate gradients; products with masks against
 * loops; bytes, and sessions with many targets or players. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "estimate/bits.h"
#include "estimate/conjugate.h"
#include "estimate/regression.h"
#include "estimate/sums.h"
#include "fixture.h"
#include "solve/solver.h"
#include "solve/window.h"

static double noise(uint64_t a) {
  a *= UINT64_C(0x9e3779b97f4a7c15);
  a = (a ^ (a >> 29)) * UINT64_C(0xbf58476d1ce4e5b9);
  return (double)((a ^ (a >> 32)) >> 11) * 0x1p-53 - 0.5;
}

/* Single players, pairs of neighbours, and triples times `triples`. */
static double value_of(uint32_t n, uint32_t i, const uint64_t *mask, double triples) {
  double sum = 0.3 * i;
  for (uint32_t p = 0; p < n; ++p) {
    if (!mtg_mask_has(mask, p)) continue;
    sum += noise(i * UINT64_C(100003) + p);
    if (!mtg_mask_has(mask, (p + 1) % n)) continue;
    sum += noise(i * UINT64_C(777) + p * 13 + 1);
    if (mtg_mask_has(mask, (p + 3) % n)) sum += triples * noise(i * UINT64_C(31) + p * 7 + 5);
  }
  return sum;
}

enum { FREE, PINNED, MIXED };

typedef struct set {
  mtg_problem problem;
  mtg_kernel kernel;
  double *rows;
  mtg_numbers numbers;
} set;

static void open_set(set *s, uint32_t n, uint32_t m, uint64_t budget, int kind, double triples, double scale,
                     const metagame_allocator *allocator) {
  memset(s, 0, sizeof *s);
  mtg_problem *p = &s->problem;
  assert_int_equal(mtg_alloc_from(&p->alloc, allocator, NULL), METAGAME_OK);
  p->n = n;
  p->m = m;
  p->words = mtg_mask_words(n);
  p->order = 1;
  p->budget = budget;
  p->seed = 5;
  p->own = calloc(m, sizeof *p->own);
  uint64_t *mask = calloc(p->words, sizeof *mask);
  assert_true(p->own && mask);
  for (uint32_t i = 0; i < m; ++i) {
    p->own[i] = kind == PINNED || (kind == MIXED && i % 2) ? (int32_t)((i * 7) % n) : METAGAME_NO_PLAYER;
    p->has_pinned |= p->own[i] >= 0;
    p->has_free |= p->own[i] < 0;
  }
  p->n_own = mtg_problem_own_players(p, mask);
  assert_int_equal(mtg_kernel_open(&s->kernel, p, NULL), METAGAME_OK);
  s->rows = malloc(s->kernel.n_rows * m * sizeof *s->rows);
  assert_non_null(s->rows);
  for (uint64_t r = 0; r < s->kernel.n_rows; ++r) {
    mtg_kernel_row(&s->kernel, r, mask);
    for (uint32_t i = 0; i < m; ++i) s->rows[r * m + i] = scale * value_of(n, i, mask, triples);
  }
  free(mask);
  mtg_numbers *numbers = &s->numbers;
  numbers->n = n;
  numbers->m = m;
  double **const arrays[] = { &numbers->matrix, &numbers->deviation, &numbers->first_order,
                              &numbers->base,   &numbers->degrees,   &numbers->scale };
  const size_t counts[] = { (size_t)n * m, (size_t)n * m, m, m, m, m };
  for (size_t a = 0; a < sizeof counts / sizeof *counts; ++a) assert_non_null(*arrays[a] = calloc(counts[a], sizeof(double)));
  assert_non_null(numbers->ground = calloc(m, sizeof *numbers->ground));
}

static void close_set(set *s) {
  void *const blocks[] = { s->problem.own, s->rows, s->numbers.matrix, s->numbers.deviation, s->numbers.first_order, s->numbers.base,
                           s->numbers.degrees, s->numbers.scale, s->numbers.ground };
  mtg_kernel_close(&s->kernel);
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; ++b) free(blocks[b]);
}

typedef enum way { KEPT, DENSE, CONJUGATE } way;

/* Solves from the first n_rows rows, handed over in portions. */
static metagame_status solve(set *s, way how, uint64_t n_rows, size_t portion, metagame_error *err) {
  const size_t m = s->problem.m;
  mtg_regression *kept = NULL;
  mtg_sums *sums = NULL;
  s->problem.max_bytes = how == CONJUGATE ? 1 : 0; /* a factor does not fit */
  if (how == CONJUGATE) assert_false(mtg_sums_is_dense(&s->problem));
  metagame_status status = how == KEPT ? mtg_regression_open(&kept, &s->kernel, err) : mtg_sums_open(&sums, &s->kernel, err);
  if (status != METAGAME_OK) return status;
  for (uint64_t at = 0; at < n_rows; at += portion) {
    const size_t count = n_rows - at < portion ? (size_t)(n_rows - at) : portion;
    if (how == KEPT)
      mtg_regression_take(kept, s->rows + at * m, count);
    else
      mtg_sums_take(sums, s->rows + at * m, count);
  }
  const int complete = n_rows == s->kernel.n_rows;
  status = how == KEPT ? mtg_regression_finish(kept, complete, &s->numbers, err) : mtg_sums_finish(sums, complete, &s->numbers, err);
  mtg_regression_close(kept);
  mtg_sums_close(sums);
  return status;
}

static double *copy(const double *from, size_t count) {
  double *to = malloc(count * sizeof *to);
  assert_non_null(to);
  memcpy(to, from, count * sizeof *to);
  return to;
}

static double largest_difference(const double *a, const double *b, size_t count) {
  double worst = 0;
  for (size_t at = 0; at < count; ++at)
    if (!isnan(a[at]) || !isnan(b[at])) worst = fmax(worst, isfinite(a[at]) && isfinite(b[at]) ? fabs(a[at] - b[at]) : INFINITY);
  return worst;
}

static void products_with_masks(void **state) {
  static const uint32_t players[] = { 1, 4, 63, 64, 65, 130, 200 };
  static const size_t rows[] = { 0, 1, 3, 64, 67, 150 };
  (void)state;
  for (size_t a = 0; a < COUNT_OF(players); ++a)
    for (size_t b = 0; b < COUNT_OF(rows); ++b) {
      const uint32_t n = players[a];
      const size_t words = mtg_mask_words(n), n_rows = rows[b];
      uint64_t *masks = calloc(n_rows * words + 1, sizeof *masks);
      double *x = calloc((size_t)n * MTG_LANES, sizeof *x), *y = calloc(n_rows * MTG_LANES + 1, sizeof *y);
      double *gathered = calloc(n_rows * MTG_LANES + 1, sizeof *gathered), *spread = calloc((size_t)n * MTG_LANES, sizeof *spread);
      assert_true(masks && x && y && gathered && spread);
      for (size_t at = 0; at < (size_t)n * MTG_LANES; ++at) x[at] = noise(at + 1), spread[at] = 1;
      for (size_t at = 0; at < n_rows * MTG_LANES; ++at) y[at] = noise(at + 100000), gathered[at] = 2;
      for (size_t r = 0; r < n_rows; ++r)
        for (uint32_t p = 0; p < n; ++p)
          if (noise(r * 1009 + p) > 0) mtg_mask_add(masks + r * words, p);
      mtg_bits_gather(masks, words, n_rows, n, x, gathered);
      mtg_bits_spread(masks, words, n_rows, n, y, spread);
      for (size_t lane = 0; lane < MTG_LANES; ++lane) {
        for (size_t r = 0; r < n_rows; ++r) {
          double sum = 2;
          for (uint32_t p = 0; p < n; ++p) sum += mtg_mask_has(masks + r * words, p) ? x[p * MTG_LANES + lane] : 0;
          assert_true(fabs(sum - gathered[r * MTG_LANES + lane]) < 1e-12);
        }
        for (uint32_t p = 0; p < n; ++p) {
          double sum = 1;
          for (size_t r = 0; r < n_rows; ++r) sum += mtg_mask_has(masks + r * words, p) ? y[r * MTG_LANES + lane] : 0;
          assert_true(fabs(sum - spread[p * MTG_LANES + lane]) < 1e-12);
        }
      }
      void *const blocks[] = { masks, x, y, gathered, spread };
      for (size_t at = 0; at < COUNT_OF(blocks); ++at) free(blocks[at]);
    }
}

/* Dense and conjugate gradients give the estimates of the solver that keeps its rows, and comparable error bars. */
static void same_estimates(void **state) {
  static const struct { uint32_t n, m; uint64_t budget; int kind; double scale; } cases[] = {
    { 60, 11, 600, FREE, 1 },  { 60, 11, 186, FREE, 1 },   { 60, 11, 900, PINNED, 1 },   { 61, 12, 900, MIXED, 1 },
    { 64, 3, 700, FREE, 1e150 }, { 65, 9, 900, PINNED, 1e-150 }, { 300, 8, 2000, FREE, 1 }, { 9, 17, 300, FREE, 1 },
    { 100, 2, 3000, FREE, 1 }, { 100, 3, 4000, MIXED, 1 },
  };
  (void)state;
  for (size_t c = 0; c < COUNT_OF(cases); ++c) {
    set s;
    const size_t cells = (size_t)cases[c].n * cases[c].m;
    open_set(&s, cases[c].n, cases[c].m, cases[c].budget, cases[c].kind, 1, cases[c].scale, NULL);
    assert_int_equal(solve(&s, KEPT, s.kernel.n_rows, 7, NULL), METAGAME_OK);
    double *matrix = copy(s.numbers.matrix, cells), *deviation = copy(s.numbers.deviation, cells);
    double *base = copy(s.numbers.base, s.problem.m), *scale = copy(s.numbers.scale, s.problem.m);
    const uint64_t units = s.numbers.n_units, rank = s.numbers.rank;
    for (way how = DENSE; how <= CONJUGATE; ++how) {
      double ratio = 0, count = 0;
      assert_int_equal(solve(&s, how, s.kernel.n_rows, 64, NULL), METAGAME_OK);
      const double worst = largest_difference(s.numbers.matrix, matrix, cells);
      if (!(worst <= 2e-11 * cases[c].scale)) fail_msg("case %zu, way %d: estimates differ by %g", c, how, worst);
      assert_true(largest_difference(s.numbers.base, base, s.problem.m) == 0);
      assert_true(largest_difference(s.numbers.scale, scale, s.problem.m) == 0);
      assert_int_equal(s.numbers.n_units, units);
      assert_int_equal(s.numbers.rank, rank);
      assert_int_equal(s.numbers.evaluations, s.kernel.n_rows);
      assert_true(s.numbers.condition >= 1 && s.numbers.condition < 1e6);
      for (size_t at = 0; at < cells; ++at)
        if (deviation[at] > 0) ratio += log(s.numbers.deviation[at] / deviation[at]), ++count;
      if (!s.kernel.everything && !(fabs(ratio / count) < 0.3))
        fail_msg("case %zu, way %d: error bars differ by %g", c, how, exp(ratio / count));
    }
    free(matrix);
    free(deviation);
    free(base);
    free(scale);
    close_set(&s);
  }
}

/* The bits do not depend on portions, and a prefix of the plan is a result too. */
static void portions_and_prefixes(void **state) {
  static const size_t portions[] = { 1, 3, 64, 1000 };
  (void)state;
  for (int kind = FREE; kind <= MIXED; ++kind)
    for (way how = DENSE; how <= CONJUGATE; ++how) {
      set s;
      open_set(&s, 50, 9, 700, kind, 1, 1, NULL);
      const uint64_t told[] = { s.kernel.n_rows, 500, 401 };
      for (size_t t = 0; t < COUNT_OF(told); ++t) {
        double *matrix = NULL, *deviation = NULL;
        for (size_t p = 0; p < COUNT_OF(portions); ++p) {
          assert_int_equal(solve(&s, how, told[t], portions[p], NULL), METAGAME_OK);
          if (!matrix) matrix = copy(s.numbers.matrix, 450), deviation = copy(s.numbers.deviation, 450);
          assert_memory_equal(matrix, s.numbers.matrix, 450 * sizeof *matrix);
          assert_memory_equal(deviation, s.numbers.deviation, 450 * sizeof *deviation);
        }
        for (size_t at = 0; at < 450; ++at) assert_true(isfinite(matrix[at]) && isfinite(deviation[at]));
        assert_int_equal(solve(&s, KEPT, told[t], 64, NULL), METAGAME_OK);
        assert_true(largest_difference(matrix, s.numbers.matrix, 450) < 1e-11);
        free(matrix);
        free(deviation);
      }
      assert_int_equal(solve(&s, how, 1, 1, NULL), METAGAME_OK); /* before the header is in */
      assert_true(isnan(s.numbers.matrix[0]) || kind == PINNED);
      assert_int_equal(solve(&s, how, s.kernel.n_header + 20, 64, NULL), METAGAME_OK); /* too few rows to say anything */
      const size_t target = kind == FREE ? 0 : 1; /* in mixed plans the singletons determine free targets */
      assert_true(isnan(s.numbers.matrix[target * 50 + 1]) && isnan(s.numbers.deviation[target * 50 + 1]));
      if (kind != FREE) assert_true(isfinite(s.numbers.matrix[50 + 7]) && s.numbers.deviation[50 + 7] == 0); /* its own */
      close_set(&s);
    }
}

/* Games of single players and pairs are fitted without error in pairs of complements, of single players in any plan. */
static void exact_where_it_should(void **state) {
  (void)state;
  for (int kind = FREE; kind <= MIXED; ++kind)
    for (way how = DENSE; how <= CONJUGATE; ++how) {
      set s;
      open_set(&s, 70, 9, 1000, kind, 0, 1, NULL);
      for (uint64_t r = 0; r < s.kernel.n_rows && kind != FREE; ++r) { /* single players alone */
        uint64_t mask[2];
        mtg_kernel_row(&s.kernel, r, mask);
        for (uint32_t i = 0; i < 9; ++i) {
          double sum = 0;
          for (uint32_t p = 0; p < 70; ++p) sum += mtg_mask_has(mask, p) ? noise(i * 100 + p) : 0;
          s.rows[r * 9 + i] = sum;
        }
      }
      assert_int_equal(solve(&s, how, s.kernel.n_rows, 64, NULL), METAGAME_OK);
      for (uint32_t i = 0; i < 9; ++i)
        for (uint32_t p = 0; p < 70; ++p) {
          const double pairs = 0.5 * (noise(i * UINT64_C(777) + p * 13 + 1) + noise(i * UINT64_C(777) + (p + 69) % 70 * 13 + 1));
          const double wanted = kind == FREE ? noise(i * UINT64_C(100003) + p) + pairs : noise(i * 100 + p);
          const double off = fabs(s.numbers.matrix[i * 70 + p] - wanted);
          if (!(off < 1e-11)) fail_msg("kind %d, way %d, target %u, player %u: off by %g", kind, how, i, p, off);
          assert_true(s.numbers.deviation[i * 70 + p] < 1e-10);
        }
      close_set(&s);
    }
}

static void all_coalitions(void **state) {
  (void)state;
  for (int kind = FREE; kind <= MIXED; ++kind) {
    set s;
    const uint32_t n = 10, m = 5;
    open_set(&s, n, m, 5000, kind, 3, 1, NULL);
    assert_true(s.kernel.everything);
    assert_int_equal(solve(&s, KEPT, s.kernel.n_rows, 64, NULL), METAGAME_OK);
    double *matrix = copy(s.numbers.matrix, n * m);
    for (way how = DENSE; how <= CONJUGATE; ++how) {
      assert_int_equal(solve(&s, how, s.kernel.n_rows, 64, NULL), METAGAME_OK);
      assert_false(s.numbers.has_deviation);
      assert_int_equal(s.numbers.n_units, 0);
      assert_true(largest_difference(s.numbers.matrix, matrix, n * m) < 1e-12);
    }
    free(matrix);
    close_set(&s);
  }
}

/* Fewer units than unknowns: refused when opening, with a message that says what to raise. */
static void deficient(void **state) {
  (void)state;
  for (int kind = FREE; kind <= PINNED; ++kind)
    for (way how = DENSE; how <= CONJUGATE; ++how) {
      set s;
      metagame_error err;
      open_set(&s, 40, 3, 400, kind, 1, 1, NULL);
      s.kernel.n_units = 30; /* as if the plan had no more */
      s.kernel.n_rows = s.kernel.n_header + (kind == FREE ? 60 : 30);
      fx_expect(solve(&s, how, s.kernel.n_rows, 64, &err), METAGAME_E_SINGULAR, &err, "max_evaluations", "rank", NULL);
      close_set(&s);
    }
}

/* Every allocation of opening fails once. What is allocated stays within what is announced. */
static void memory(void **state) {
  (void)state;
  for (int kind = FREE; kind <= MIXED; ++kind)
    for (way how = DENSE; how <= CONJUGATE; ++how) {
      fx_memory counts;
      set s;
      const metagame_allocator allocator = fx_allocator(&counts);
      open_set(&s, 45, 11, 600, kind, 1, 1, &allocator);
      const size_t before = counts.bytes;
      counts.peak = before;
      assert_int_equal(solve(&s, how, s.kernel.n_rows, 64, NULL), METAGAME_OK);
      const uint64_t bytes = mtg_sums_bytes(&s.problem), took = counts.peak - before;
      if (took > bytes || bytes > 3 * took)
        fail_msg("kind %d, way %d: announced %llu, took %llu", kind, how, (unsigned long long)bytes, (unsigned long long)took);
      assert_int_equal(counts.bytes, before);
      metagame_status status = METAGAME_E_NOMEM;
      for (long at = 1; status == METAGAME_E_NOMEM; ++at) {
        metagame_error err;
        counts.calls = 0;
        counts.fail_at = at;
        status = solve(&s, how, s.kernel.n_rows, 64, &err);
        if (status == METAGAME_E_NOMEM) fx_expect(status, METAGAME_E_NOMEM, &err, "memory", NULL);
        assert_int_equal(counts.bytes, before);
        assert_true(at < 100);
      }
      assert_int_equal(status, METAGAME_OK);
      counts.fail_at = 0;
      close_set(&s);
      assert_int_equal(counts.bytes, 0);
    }
}

/* ---- sessions ---- */

typedef struct wide {
  uint32_t n, m;
} wide;

static int32_t METAGAME_CALL wide_rows(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const wide *g = user;
  const size_t words = metagame_mask_words(g->n);
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) {
    double sum = 0;
    for (uint32_t p = 0; p < g->n; ++p) sum += mtg_mask_has(masks + r * words, p) ? noise(p + 1) : 0;
    for (uint32_t i = 0; i < g->m; ++i) rows[(size_t)r * g->m + i] = sum * (1 + i % 1000);
  }
  return 0;
}

static metagame_game *make_wide(wide *user, const metagame_allocator *allocator) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_game *game = NULL;
  function.n_players = user->n;
  function.n_outputs = user->m;
  function.user = user;
  function.evaluate = wide_rows;
  assert_int_equal(metagame_game_from_function(&game, &function, allocator, NULL), METAGAME_OK);
  return game;
}

/* 100000 targets: nothing of budget x m, the announced bytes hold, and the answer of an additive game is exact. */
static void many_targets(void **state) {
  static const int32_t solvers[] = { METAGAME_SOLVER_REGRESSION, METAGAME_SOLVER_PERMUTATION };
  (void)state;
  for (size_t v = 0; v < COUNT_OF(solvers); ++v) {
    wide user = { 20, 100000 };
    fx_memory counts;
    const metagame_allocator allocator = fx_allocator(&counts);
    metagame_game *game = make_wide(&user, &allocator);
    metagame_options options = fx_options(solvers[v], 400);
    metagame_result *result = NULL;
    uint64_t bytes = 0;
    assert_int_equal(metagame_session_bytes(&bytes, game, &options, NULL), METAGAME_OK);
    assert_true(bytes < (400 + 50) * UINT64_C(100000) * 8);
    counts.peak = counts.bytes;
    assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
    const uint64_t result_bytes = 2 * UINT64_C(20) * 100000 * 8 + 100000 * 40 + 4096;
    if (counts.peak > bytes + result_bytes) fail_msg("announced %llu, took %zu", (unsigned long long)bytes, counts.peak);
    const double *matrix = metagame_result_matrix(result);
    for (uint32_t i = 0; i < user.m; i += 997)
      for (uint32_t p = 0; p < user.n; ++p)
        assert_true(fabs(matrix[(size_t)i * user.n + p] - (1 + i % 1000) * noise(p + 1)) < 1e-9);
    metagame_result_destroy(result);
    metagame_game_destroy(game);
    assert_int_equal(counts.bytes, 0);
  }
}

/* Above 4096 players no n x n matrix fits the plan; max_bytes below what kept rows take still has an answer. */
static void many_players(void **state) {
  (void)state;
  wide user = { 4100, 1 };
  metagame_game *game = make_wide(&user, NULL);
  metagame_options options = fx_options(METAGAME_SOLVER_REGRESSION, 25000);
  metagame_result *result = NULL;
  uint64_t bytes = 0;
  assert_int_equal(metagame_session_bytes(&bytes, game, &options, NULL), METAGAME_OK);
  assert_true(bytes < 64 << 20);
  options.max_bytes = bytes;
  assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
  for (uint32_t p = 0; p < user.n; ++p) assert_true(fabs(metagame_result_matrix(result)[p] - noise(p + 1)) < 1e-9);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
}

static void max_bytes_changes_the_way(void **state) {
  (void)state;
  wide user = { 64, 400 };
  metagame_game *game = make_wide(&user, NULL);
  metagame_options options = fx_options(METAGAME_SOLVER_REGRESSION, 16000);
  metagame_result *result = NULL;
  uint64_t free_bytes = 0, bound_bytes = 0;
  assert_int_equal(metagame_session_bytes(&free_bytes, game, &options, NULL), METAGAME_OK);
  options.max_bytes = free_bytes / 4;
  assert_int_equal(metagame_session_bytes(&bound_bytes, game, &options, NULL), METAGAME_OK);
  assert_true(bound_bytes <= options.max_bytes);
  assert_int_equal(metagame_solve(&result, game, &options, NULL), METAGAME_OK);
  for (uint32_t p = 0; p < user.n; ++p) assert_true(fabs(metagame_result_matrix(result)[p] - noise(p + 1)) < 1e-11);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
}

static void window_of_tickets(void **state) {
  static const struct { uint32_t batch, open; size_t row_len; uint32_t wants_batch, wants_open; } cases[] = {
    { 0, 0, 1, 64, 16 },       { 0, 0, 8000, 64, 16 },   { 0, 0, 16000, 64, 8 },      { 0, 0, 100000, 20, 4 },
    { 0, 0, 10000000, 1, 4 },  { 7, 0, 100000, 7, 11 },  { 0, 2, 100000, 41, 2 },     { 64, 16, 100000, 64, 16 },
    { 1000, 0, 1000000, 1000, 1 },
  };
  (void)state;
  for (size_t c = 0; c < COUNT_OF(cases); ++c) {
    uint32_t batch = cases[c].batch, open = cases[c].open;
    mtg_window_defaults(&batch, &open, 2, cases[c].row_len);
    if (batch != cases[c].wants_batch || open != cases[c].wants_open) fail_msg("case %zu: batch %u, max_open %u", c, batch, open);
  }
}

static void choice_of_auto(void **state) {
  static const struct { uint32_t n; int pinned; uint64_t budget; int32_t solver; } cases[] = {
    { 100, 0, 400, METAGAME_SOLVER_GAUSSIAN },     { 256, 0, 1000, METAGAME_SOLVER_GAUSSIAN },
    { 300, 0, 4000, METAGAME_SOLVER_PERMUTATION }, { 300, 0, 4800, METAGAME_SOLVER_REGRESSION },
    { 1000, 0, 0, METAGAME_SOLVER_REGRESSION },    { 1000, 0, 2048, METAGAME_SOLVER_PERMUTATION },
    { 5000, 0, 0, METAGAME_SOLVER_PERMUTATION },   { 300, 1, 4000, METAGAME_SOLVER_REGRESSION },
    { 5000, 1, 0, METAGAME_SOLVER_REGRESSION },    { 10000, 0, 0, METAGAME_SOLVER_PERMUTATION },
  };
  (void)state;
  for (size_t c = 0; c < COUNT_OF(cases); ++c) {
    mtg_problem p;
    const mtg_solver *solver = NULL;
    int32_t own[1] = { cases[c].pinned ? 0 : METAGAME_NO_PLAYER };
    memset(&p, 0, sizeof p);
    assert_int_equal(mtg_alloc_from(&p.alloc, NULL, NULL), METAGAME_OK);
    p.n = cases[c].n;
    p.m = p.order = 1;
    p.words = mtg_mask_words(p.n);
    p.own = own;
    p.has_pinned = cases[c].pinned;
    p.has_free = !cases[c].pinned;
    p.n_own = (uint32_t)cases[c].pinned;
    p.budget = cases[c].budget;
    assert_int_equal(mtg_solver_choose(&solver, METAGAME_SOLVER_AUTO, &p, NULL), METAGAME_OK);
    if (solver->id != cases[c].solver) fail_msg("case %zu: solver %d", c, (int)solver->id);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(products_with_masks), cmocka_unit_test(same_estimates),   cmocka_unit_test(portions_and_prefixes),
    cmocka_unit_test(exact_where_it_should), cmocka_unit_test(all_coalitions), cmocka_unit_test(deficient),
    cmocka_unit_test(memory),                cmocka_unit_test(many_targets),   cmocka_unit_test(many_players),
    cmocka_unit_test(max_bytes_changes_the_way), cmocka_unit_test(window_of_tickets),
    cmocka_unit_test(choice_of_auto),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
