/* SPDX-License-Identifier: MIT */
#include "common.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_OPEN = 16 };

/* Evaluated when it is told: what is given back was not. */
static metagame_status answer(metagame_session *session, const metagame_game *game, const metagame_request *request, int own_rows,
                              metagame_error *err) {
  double *rows = own_rows ? request->rows : ts_alloc(request->n_masks * request->row_len, sizeof *rows);
  expect_ok(metagame_game_evaluate(game, request, rows, err), err);
  const metagame_status status = metagame_session_tell(session, request->ticket, rows, request->n_masks, err);
  if (!own_rows) free(rows);
  return status;
}

metagame_status st_drive(metagame_session *session, const metagame_game *game, int order, uint64_t seed, size_t most) {
  metagame_request open[MOST_OPEN];
  size_t n_open = 0, told = 0;
  ts_rng rng = ts_rng_make(seed);
  metagame_error err;
  metagame_status status = METAGAME_OK;
  while (status >= 0) {
    status = METAGAME_OK;
    while (n_open < (order == ST_NOW ? 1 : MOST_OPEN)) {
      metagame_request *request = &open[n_open];
      *request = (metagame_request)METAGAME_REQUEST_INIT;
      status = metagame_session_ask(session, request, &err);
      if (status != METAGAME_OK) break;
      if (order == ST_DECLINING && ts_rng_below(&rng, 5) == 0)
        assert_int_equal(metagame_session_decline(session, request->ticket, 0, NULL), METAGAME_OK);
      else
        ++n_open;
    }
    if (status < 0 || n_open == 0) break; /* DONE; WAIT would be a defect, and is seen by the caller */
    do {
      const size_t pick = order == ST_NOW || order == ST_REVERSED ? n_open - 1 : (size_t)ts_rng_below(&rng, n_open);
      status = answer(session, game, &open[pick], order == ST_RANDOM, &err);
      open[pick] = open[--n_open];
      ++told;
    } while (status >= 0 && n_open > 0 && order == ST_REVERSED && (most == 0 || told < most));
    if (most > 0 && told >= most) {
      for (size_t at = 0; at < n_open; ++at) assert_int_equal(metagame_session_decline(session, open[at].ticket, 0, NULL), METAGAME_OK);
      break;
    }
  }
  if (status < 0 && status != METAGAME_E_CANCELLED) fail_msg("%s: %s", metagame_status_name(status), err.message);
  return status;
}

metagame_session *st_open(const metagame_game *game, const metagame_options *options) {
  metagame_session *session = NULL;
  metagame_error err;
  expect_ok(metagame_session_create(&session, game, options, &err), &err);
  return session;
}

metagame_result *st_finish(metagame_session *session) {
  metagame_result *result = NULL;
  metagame_error err;
  const metagame_status status = metagame_session_finish(&result, session, &err);
  if (status < 0) fail_msg("%s: %s", metagame_status_name(status), err.message);
  return result;
}

static void same(const double *a, const double *b, size_t count, const char *what, const char *where) {
  if (!a != !b) fail_msg("%s: %s is there in one result only", where, what);
  if (!a || memcmp(a, b, count * sizeof *a) == 0) return;
  for (size_t at = 0; at < count; ++at)
    if (memcmp(&a[at], &b[at], sizeof *a) != 0) fail_msg("%s: %s[%zu] is %.17g and %.17g", where, what, at, a[at], b[at]);
}

void st_same(const metagame_result *a, const metagame_result *b, const char *where) {
  metagame_result_info one = info_of(a), two = info_of(b);
  one.asked = two.asked = 0;
  one.stopped = two.stopped = 0;
  one.n_looks = two.n_looks = 0;
  one.value_evaluations = two.value_evaluations = 0;
  one.attributor = two.attributor = one.masking_id = two.masking_id = NULL;
  if (one.solver != two.solver || one.evaluations != two.evaluations)
    fail_msg("%s: solvers %d and %d, evaluations %llu and %llu", where, one.solver, two.solver, (unsigned long long)one.evaluations,
             (unsigned long long)two.evaluations);
  const size_t m = one.n_targets, cells = m * one.n_players;
  same(metagame_result_matrix(a), metagame_result_matrix(b), cells, "matrix", where);
  same(metagame_result_stderr(a), metagame_result_stderr(b), cells, "stderr", where);
  same(metagame_result_first_order(a), metagame_result_first_order(b), m, "first order", where);
  same(metagame_result_base(a), metagame_result_base(b), m, "base", where);
  same(metagame_result_residual(a), metagame_result_residual(b), m, "residual", where);
  same(metagame_result_scale(a), metagame_result_scale(b), m, "scale", where);
  if (memcmp(&one, &two, sizeof one) != 0) fail_msg("%s: the results' infos differ", where);
}

void st_asked_once(const ts_table *table, const metagame_result *result, const char *where) {
  for (uint64_t row = 0; row < UINT64_C(1) << table->n_players; ++row)
    if (table->asked[row] > 1) fail_msg("%s: coalition %llx was asked %u times", where, (unsigned long long)row, table->asked[row]);
  const uint64_t asked = info_of(result).asked, total = ts_table_total(table);
  if (asked != total)
    fail_msg("%s: asked is %llu, %llu coalitions were asked", where, (unsigned long long)asked, (unsigned long long)total);
}

ts_table *st_table(uint32_t n, uint32_t m, int own_kind, double noise, uint64_t seed) {
  ts_rng rng = ts_rng_make(seed);
  ts_table *table = ts_table_new(n, m);
  double *weights = ts_alloc(3 * (size_t)n, sizeof *weights);
  for (uint32_t i = 0; i < m; ++i) {
    for (uint32_t w = 0; w < 3 * n; ++w) weights[w] = ts_rng_real(&rng, -1, 1);
    for (uint64_t row = 0; row < UINT64_C(1) << n; ++row) {
      double sums[3] = { 0.3, 0.1 * i, -0.2 };
      for (uint32_t p = 0; p < n; ++p)
        for (int h = 0; h < 3 && row >> p & 1; ++h) sums[h] += weights[(uint32_t)h * n + p];
      table->values[row * m + i] = tanh(sums[0]) + sums[1] * tanh(sums[2]) + noise * ts_rng_real(&rng, -1, 1);
    }
  }
  free(weights);
  set_own(table, own_kind, &rng);
  return table;
}
