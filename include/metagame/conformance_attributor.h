/* SPDX-License-Identifier: MIT */
/* conformance_attributor.h - how conformance.h checks an attributor. Include conformance.h instead. */
#ifndef METAGAME_CONFORMANCE_ATTRIBUTOR_H
#define METAGAME_CONFORMANCE_ATTRIBUTOR_H

#include "metagame/conformance.h"

METAGAME_BEGIN_DECLS

/* ---- the probe: stands between the library and the instance, counts destroys, fails at a chosen call ---- */

typedef struct metagame_conformance_probe {
  metagame_attributor inner;
  int destroyed;
  long calls, fail_at; /* 0: never */
} metagame_conformance_probe;

static inline int32_t METAGAME_CALL metagame_conformance_attribute(void *user, const uint64_t *masks, size_t n_masks, double *rows,
                                                                   metagame_error *err) {
  metagame_conformance_probe *probe = (metagame_conformance_probe *)user;
  if (metagame_conformance_fails(&probe->calls, probe->fail_at, err)) return METAGAME_CONFORMANCE_CODE + (int32_t)probe->calls;
  return probe->inner.attribute(probe->inner.user, masks, n_masks, rows, err);
}
static inline int32_t METAGAME_CALL metagame_conformance_plan(void *user, const uint64_t *mask, metagame_sink *sink,
                                                              metagame_error *err) {
  metagame_conformance_probe *probe = (metagame_conformance_probe *)user;
  if (metagame_conformance_fails(&probe->calls, probe->fail_at, err)) return METAGAME_CONFORMANCE_CODE + (int32_t)probe->calls;
  return probe->inner.plan(probe->inner.user, mask, sink, err);
}
static inline int32_t METAGAME_CALL metagame_conformance_combine(void *user, const uint64_t *mask, const double *values,
                                                                 size_t n_values, double *row, metagame_error *err) {
  metagame_conformance_probe *probe = (metagame_conformance_probe *)user;
  return probe->inner.combine(probe->inner.user, mask, values, n_values, row, err);
}
static inline int32_t METAGAME_CALL metagame_conformance_completeness(void *user, const uint64_t *mask, double *expected,
                                                                      double *residual, metagame_error *err) {
  metagame_conformance_probe *probe = (metagame_conformance_probe *)user;
  return probe->inner.completeness(probe->inner.user, mask, expected, residual, err);
}
static inline void METAGAME_CALL metagame_conformance_destroy(void *user) {
  metagame_conformance_probe *probe = (metagame_conformance_probe *)user;
  if (++probe->destroyed != 1) return;
  if (probe->inner.destroy) probe->inner.destroy(probe->inner.user);
}

/* A fresh instance behind a probe; 0 when the factory failed. */
static inline int metagame_conformance_wrap(const metagame_conformance_attributor *suite, metagame_conformance_probe *probe,
                                            metagame_attributor *out) {
  memset(probe, 0, sizeof *probe);
  metagame_struct_init(&probe->inner, sizeof probe->inner);
  if (suite->make(suite->context, &probe->inner) != 0) return 0;
  *out = probe->inner;
  out->user = probe;
  out->attribute = probe->inner.attribute ? metagame_conformance_attribute : NULL;
  out->plan = probe->inner.plan ? metagame_conformance_plan : NULL;
  out->combine = probe->inner.combine ? metagame_conformance_combine : NULL;
  out->completeness = probe->inner.completeness ? metagame_conformance_completeness : NULL;
  out->destroy = metagame_conformance_destroy;
  return 1;
}

/* ---- the coalitions that are tried, and calls on them ---- */

typedef struct metagame_conformance_set { /* the coalitions that are tried */
  uint64_t *masks;
  size_t count, words;
  uint32_t n_players;
} metagame_conformance_set;

static inline int metagame_conformance_open_set(metagame_conformance_set *set, const metagame_conformance_attributor *suite,
                                                uint32_t n_players) {
  const uint32_t most = suite->max_members && suite->max_members < n_players ? suite->max_members : n_players;
  const uint32_t wish = suite->n_coalitions ? suite->n_coalitions : 24;
  uint64_t random = suite->seed;
  size_t r;
  uint32_t p, members;
  set->n_players = n_players;
  set->words = metagame_mask_words(n_players);
  set->count = wish > 64 ? 64 : wish;
  set->masks = (uint64_t *)metagame_conformance_new(set->count * set->words, sizeof(uint64_t));
  for (r = 1; set->masks && r < set->count; ++r) { /* 0: empty; 1: everyone, where allowed; 2..9: one player; the rest at random */
    uint64_t *mask = set->masks + r * set->words;
    for (p = members = 0; p < n_players && members < most; ++p) {
      const int one = r >= 2 && r < 10, all = r == 1;
      const int in = all || (one ? p == (r - 2) * (size_t)n_players / 8 : metagame_conformance_random(&random) % 4 < 1 + r % 3);
      if (in) mask[p / 64] |= UINT64_C(1) << p % 64, ++members;
    }
  }
  return set->masks != NULL;
}

static inline int32_t metagame_conformance_call_attribute(metagame_conformance_rows *rows, const void *input, size_t n_rows,
                                                          double *out, metagame_error *err) {
  const metagame_attributor *attributor = (const metagame_attributor *)rows->user;
  return attributor->attribute(attributor->user, (const uint64_t *)input, n_rows, out, err);
}

static inline int32_t metagame_conformance_call_completeness(metagame_conformance_rows *rows, const void *input, size_t n_rows,
                                                             double *out, metagame_error *err) {
  const metagame_attributor *attributor = (const metagame_attributor *)rows->user;
  int32_t code = 0;
  size_t r;
  for (r = 0; code == 0 && r < n_rows; ++r)
    code = attributor->completeness(attributor->user, (const uint64_t *)input + r * (rows->in_bytes / 8), out + 2 * r,
                                    out + 2 * r + 1, err);
  return code;
}

/* The spy: an attribution of k players, k small, whose coalition number r makes the instance plan coalition r of the set. Its value
 * game answers with running numbers, so that the values that reach combine say which coalitions were wanted, and in which order. */
typedef struct metagame_conformance_spy {
  const metagame_attributor *inner;
  const metagame_conformance_set *set;
  double **wanted; /* 2 * set->count lists: every coalition is planned twice */
  size_t *n_wanted;
  uint64_t *values; /* coalitions of the value game by running number */
  size_t n_values, value_words;
  int no_memory;
  int changed;    /* for combine */
  double **known; /* wanted, as values */
} metagame_conformance_spy;

static inline int32_t METAGAME_CALL metagame_conformance_spy_plan(void *user, const uint64_t *mask, metagame_sink *sink,
                                                                  metagame_error *err) {
  const metagame_conformance_spy *spy = (const metagame_conformance_spy *)user;
  const uint64_t *asked = spy->set->masks + (size_t)(mask[0] % spy->set->count) * spy->set->words;
  return spy->inner->plan(spy->inner->user, asked, sink, err);
}
static inline int32_t METAGAME_CALL metagame_conformance_spy_combine(void *user, const uint64_t *mask, const double *values,
                                                                     size_t n_values, double *row, metagame_error *err) {
  metagame_conformance_spy *spy = (metagame_conformance_spy *)user;
  (void)err;
  row[0] = 0;
  if (mask[0] >= 2 * spy->set->count) return 0;
  spy->wanted[mask[0]] = (double *)metagame_conformance_new(n_values, sizeof(double));
  if (!spy->wanted[mask[0]]) spy->no_memory = 1;
  if (!spy->no_memory) memcpy(spy->wanted[mask[0]], values, n_values * sizeof(double));
  spy->n_wanted[mask[0]] = n_values;
  return 0;
}

static inline void metagame_conformance_close_spy(metagame_conformance_spy *spy) {
  size_t r;
  for (r = 0; spy->wanted && r < 2 * spy->set->count; ++r) free(spy->wanted[r]);
  for (r = 0; spy->known && r < spy->set->count; ++r) free(spy->known[r]);
  free(spy->wanted);
  free(spy->known);
  free(spy->n_wanted);
  free(spy->values);
}

static inline metagame_status metagame_conformance_run_spy(metagame_conformance_spy *spy, metagame_session *session,
                                                           metagame_error *err) {
  for (;;) {
    metagame_request request = METAGAME_REQUEST_INIT;
    uint64_t *values;
    size_t r;
    metagame_status status = metagame_session_ask(session, &request, err);
    if (status != METAGAME_OK) return status;
    spy->value_words = request.mask_words;
    values = (uint64_t *)realloc(spy->values, (spy->n_values + request.n_masks) * request.mask_words * sizeof(uint64_t));
    if (!values) return METAGAME_E_NOMEM;
    spy->values = values;
    memcpy(values + spy->n_values * request.mask_words, request.masks, request.n_masks * request.mask_words * sizeof(uint64_t));
    for (r = 0; r < request.n_masks; ++r) request.rows[r] = (double)spy->n_values++;
    status = metagame_session_tell(session, request.ticket, request.rows, request.n_masks, err);
    if (status != METAGAME_OK) return status;
  }
}

/* Real values of the wanted coalitions where the value game can be evaluated, else made-up ones. */
static inline int metagame_conformance_look_up(metagame_conformance_spy *spy) {
  const size_t row_len = metagame_game_n_targets(spy->inner->values);
  double *rows = (double *)metagame_conformance_new(spy->n_values * row_len, sizeof(double));
  uint64_t random = 1;
  size_t r, v;
  metagame_request request = METAGAME_REQUEST_INIT;
  request.masks = spy->values;
  request.n_masks = spy->n_values;
  request.mask_words = spy->value_words;
  request.n_players = metagame_game_n_players(spy->inner->values);
  request.row_len = (uint32_t)row_len;
  request.kind = METAGAME_ASK_ATTRIBUTIONS;
  if (!rows) return 0;
  if (spy->n_values > 0 && metagame_game_evaluate(spy->inner->values, &request, rows, NULL) != METAGAME_OK)
    for (v = 0; v < spy->n_values * row_len; ++v)
      rows[v] = 0.5 + (double)(metagame_conformance_random(&random) >> 12) / 4503599627370496.0;
  for (r = 0; r < spy->set->count; ++r) {
    spy->known[r] = (double *)metagame_conformance_new(spy->n_wanted[r], sizeof(double));
    for (v = 0; spy->known[r] && v < spy->n_wanted[r]; ++v)
      spy->known[r][v] = rows[(size_t)spy->wanted[r][v] * row_len + (size_t)spy->inner->value_output];
    if (!spy->known[r]) spy->no_memory = 1;
  }
  free(rows);
  return !spy->no_memory;
}

static inline int32_t metagame_conformance_call_combine(metagame_conformance_rows *rows, const void *input, size_t n_rows,
                                                        double *out, metagame_error *err) {
  metagame_conformance_spy *spy = (metagame_conformance_spy *)(uintptr_t)rows->user;
  const size_t mask_size = spy->set->words * sizeof(uint64_t);
  int32_t code = 0;
  size_t r;
  for (r = 0; code == 0 && r < n_rows; ++r) {
    size_t index, size;
    uint64_t *mask = (uint64_t *)metagame_conformance_new(1, mask_size);
    double *values;
    memcpy(&index, (const unsigned char *)input + r * sizeof index, sizeof index);
    size = spy->n_wanted[index] * sizeof(double);
    values = (double *)metagame_conformance_new(1, size);
    if (mask && values) {
      memcpy(mask, spy->set->masks + index * spy->set->words, mask_size);
      memcpy(values, spy->known[index], size);
      code = spy->inner->combine(spy->inner->user, mask, values, spy->n_wanted[index], out + r * rows->width, err);
      if (memcmp(mask, spy->set->masks + index * spy->set->words, mask_size) != 0 || memcmp(values, spy->known[index], size) != 0)
        rows->changed_input = 1;
    } else {
      code = -1;
    }
    free(mask);
    free(values);
  }
  return code;
}

static inline void metagame_conformance_check_combine(metagame_conformance_state *state, metagame_conformance_spy *spy) {
  size_t *indices = (size_t *)metagame_conformance_new(spy->set->count, sizeof(size_t)), r;
  metagame_conformance_rows rows;
  memset(&rows, 0, sizeof rows);
  for (r = 0; indices && r < spy->set->count; ++r) indices[r] = r;
  rows.state = state;
  rows.subject = "combine";
  rows.user = spy;
  rows.call = metagame_conformance_call_combine;
  rows.input = (const unsigned char *)indices;
  rows.n_rows = spy->set->count;
  rows.in_bytes = sizeof(size_t);
  rows.width = spy->inner->n_targets;
  if (indices && metagame_conformance_look_up(spy))
    metagame_conformance_check_rows(&rows);
  else
    metagame_conformance_no_memory(state);
  free(indices);
  free(rows.reference);
}

static inline void metagame_conformance_check_formula(metagame_conformance_state *state, const metagame_attributor *inner,
                                                      const metagame_conformance_set *set) {
  metagame_attributor outer = METAGAME_ATTRIBUTOR_INIT;
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_game *values = NULL, *game = NULL;
  metagame_session *session = NULL;
  metagame_conformance_spy spy;
  metagame_error err;
  metagame_status status;
  char message[700] = "the same coalition was planned twice with different wishes";
  size_t r;
  int same = 1;
  memset(&spy, 0, sizeof spy);
  memset(&err, 0, sizeof err);
  spy.inner = inner;
  spy.set = set;
  spy.wanted = (double **)metagame_conformance_new(2 * set->count, sizeof(double *));
  spy.known = (double **)metagame_conformance_new(set->count, sizeof(double *));
  spy.n_wanted = (size_t *)metagame_conformance_new(2 * set->count, sizeof(size_t));
  function.n_players = metagame_game_n_players(inner->values);
  outer.name = "conformance";
  outer.n_targets = 1;
  for (outer.n_players = 1; (UINT64_C(1) << outer.n_players) < 2 * set->count;) ++outer.n_players;
  outer.user = &spy;
  outer.plan = metagame_conformance_spy_plan;
  outer.combine = metagame_conformance_spy_combine;
  options.solver = METAGAME_SOLVER_EXACT;
  status = spy.wanted && spy.known && spy.n_wanted ? METAGAME_OK : METAGAME_E_NOMEM;
  if (status == METAGAME_OK) status = metagame_game_from_function(&values, &function, NULL, &err);
  outer.values = values;
  if (status == METAGAME_OK) status = metagame_game_from_attributor(&game, &outer, NULL, &err);
  if (status == METAGAME_OK) status = metagame_session_create(&session, game, &options, &err);
  if (status == METAGAME_OK) status = metagame_conformance_run_spy(&spy, session, &err);
  if (status == METAGAME_E_NOMEM || spy.no_memory) {
    metagame_conformance_no_memory(state);
  } else if (metagame_conformance_note(state, "plan", "runs", status == METAGAME_DONE, err.message)) {
    for (r = 0; same && r < set->count; ++r)
      same = spy.n_wanted[r] == spy.n_wanted[r + set->count] &&
             memcmp(spy.wanted[r], spy.wanted[r + set->count], spy.n_wanted[r] * sizeof(double)) == 0;
    if (metagame_conformance_note(state, "plan", "pure", same, message)) metagame_conformance_check_combine(state, &spy);
  }
  metagame_session_destroy(session);
  metagame_game_destroy(game);
  metagame_game_destroy(values);
  metagame_conformance_close_spy(&spy);
}

static inline void metagame_conformance_check_own(metagame_conformance_state *state, const metagame_attributor *attributor) {
  char message[120] = "";
  uint32_t i;
  int right = 1;
  if (!attributor->own_player) return;
  for (i = 0; right && i < attributor->n_targets; ++i) {
    const int32_t own = attributor->own_player[i];
    right = own == METAGAME_NO_PLAYER || (own >= 0 && (uint32_t)own < attributor->n_players);
    if (!right)
      snprintf(message, sizeof message, "own_player[%lu] is %ld, must be -1 or 0..%lu", (unsigned long)i, (long)own,
               (unsigned long)attributor->n_players - 1);
  }
  metagame_conformance_note(state, "own-player", "", right, message);
}

/* The row checks of one instance, without a game around it. */
static inline void metagame_conformance_check_callbacks(metagame_conformance_state *state, const metagame_attributor *attributor,
                                                        const metagame_conformance_attributor *suite) {
  const double sum_tolerance = suite->sum_tolerance > 0 ? suite->sum_tolerance : 1e-9;
  metagame_conformance_set set;
  metagame_conformance_rows direct, whole;
  int has_rows = 0, has_sums = 0;
  size_t r, i;
  memset(&direct, 0, sizeof direct);
  if (!metagame_conformance_open_set(&set, suite, attributor->n_players)) {
    metagame_conformance_no_memory(state);
    return;
  }
  direct.state = state;
  direct.user = attributor;
  direct.input = (const unsigned char *)set.masks;
  direct.n_rows = set.count;
  direct.in_bytes = set.words * sizeof(uint64_t);
  whole = direct;
  direct.subject = "attribute";
  direct.call = metagame_conformance_call_attribute;
  direct.width = attributor->n_targets;
  direct.max_batch = (size_t)attributor->max_batch;
  whole.subject = "completeness";
  whole.call = metagame_conformance_call_completeness;
  whole.width = 2;
  if (attributor->attribute) has_rows = metagame_conformance_check_rows(&direct);
  if (attributor->plan) metagame_conformance_check_formula(state, attributor, &set);
  if (attributor->completeness) has_sums = metagame_conformance_check_rows(&whole);
  if (has_rows && has_sums && suite->targets_cover) {
    char message[200] = "";
    int right = 1;
    for (r = 0; right && r < set.count; ++r) {
      double sum = 0, scale = metagame_conformance_abs(whole.reference[2 * r]);
      for (i = 0; i < direct.width; ++i) {
        const double phi = direct.reference[r * direct.width + i];
        sum += phi;
        if (metagame_conformance_abs(phi) > scale) scale = metagame_conformance_abs(phi);
      }
      right = metagame_conformance_abs(sum - whole.reference[2 * r] - whole.reference[2 * r + 1]) <= sum_tolerance * scale;
      if (!right)
        snprintf(message, sizeof message, "coalition %lu: the targets add up to %.17g, expected %.17g with residual %.17g",
                 (unsigned long)r, sum, whole.reference[2 * r], whole.reference[2 * r + 1]);
    }
    metagame_conformance_note(state, "completeness", "sum", right, message);
  }
  free(direct.reference);
  free(whole.reference);
  free(set.masks);
}

static inline void metagame_conformance_check_symmetry(metagame_conformance_state *state, const metagame_game *game,
                                                       const metagame_attributor *attributor, double tolerance) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_result *result = NULL;
  metagame_error err;
  const double *matrix, *scales;
  const int32_t *own;
  const size_t n = attributor->n_players, m = attributor->n_targets;
  char message[700] = "";
  double scale = 0;
  size_t i, k;
  int right = 1;
  metagame_status status;
  options.solver = METAGAME_SOLVER_EXACT;
  options.flags = METAGAME_EVALUATE;
  status = metagame_solve(&result, game, &options, &err);
  if (status == METAGAME_E_UNSUPPORTED) return; /* ask and tell only */
  if (status != METAGAME_OK) {
    metagame_conformance_note(state, "symmetry", "", 0, err.message);
    return;
  }
  matrix = metagame_result_matrix(result);
  scales = metagame_result_scale(result);
  own = metagame_result_own_player(result);
  for (i = 0; i < m; ++i)
    if (scales[i] > scale) scale = scales[i];
  for (i = 0; i < m; ++i)
    for (k = 0; right && k < i; ++k) {
      if (own[i] < 0 || own[k] < 0 || own[i] == own[k]) continue;
      right = metagame_conformance_abs(matrix[i * n + (size_t)own[k]] - matrix[k * n + (size_t)own[i]]) <= tolerance * scale;
      if (!right)
        snprintf(message, sizeof message, "flagged METAGAME_CARDINAL, but M[%lu][%ld] = %.17g and M[%lu][%ld] = %.17g",
                 (unsigned long)i, (long)own[k], matrix[i * n + (size_t)own[k]], (unsigned long)k, (long)own[i],
                 matrix[k * n + (size_t)own[i]]);
    }
  metagame_conformance_note(state, "symmetry", "", right, message);
  metagame_result_destroy(result);
}

/* The matrix in closed form against that of the evaluated attribution. */
static inline void metagame_conformance_check_semivalue(metagame_conformance_state *state, const metagame_game *game, double tolerance) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_result *closed = NULL, *evaluated = NULL;
  metagame_error err;
  char message[700] = "";
  size_t at, cells = (size_t)metagame_game_n_players(game) * metagame_game_n_targets(game);
  int right = 1;
  metagame_status status;
  options.solver = METAGAME_SOLVER_EXACT;
  status = metagame_solve(&closed, game, &options, &err);
  options.flags = METAGAME_EVALUATE;
  if (status == METAGAME_OK) status = metagame_solve(&evaluated, game, &options, &err);
  if (status == METAGAME_OK) {
    const double scale = metagame_result_scale(closed)[0]; /* of the base game */
    for (at = 0; right && at < cells; ++at) {
      const double a = metagame_result_matrix(closed)[at], b = metagame_result_matrix(evaluated)[at];
      right = metagame_conformance_abs(a - b) <= tolerance * scale;
      if (!right)
        snprintf(message, sizeof message, "M[%lu] is %.17g in closed form, %.17g from plan and combine", (unsigned long)at, a, b);
    }
  }
  if (status != METAGAME_E_UNSUPPORTED) /* ask and tell only */
    metagame_conformance_note(state, "semivalue", "", status == METAGAME_OK && right, status == METAGAME_OK ? message : err.message);
  metagame_result_destroy(closed);
  metagame_result_destroy(evaluated);
}

/* ---- sessions and lifetimes ---- */

static inline metagame_options metagame_conformance_options(uint32_t n_players) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  options.flags = METAGAME_EVALUATE; /* plan and combine are to be called */
  if (n_players > 12) { /* the cheapest to open */
    options.solver = METAGAME_SOLVER_PERMUTATION;
    options.flags |= METAGAME_UNPINNED;
    options.max_evaluations = 4 * (uint64_t)n_players;
  }
  options.batch = 1;
  return options;
}

/* A few turns of the loop; a game without callback is told zeros. */
static inline metagame_status metagame_conformance_drive(metagame_session *session, const metagame_game *game, int turns,
                                                         metagame_error *err) {
  metagame_status status = METAGAME_OK;
  while (status == METAGAME_OK && turns-- > 0) {
    metagame_request request = METAGAME_REQUEST_INIT;
    status = metagame_session_ask(session, &request, err);
    if (status != METAGAME_OK) break;
    status = metagame_game_evaluate(game, &request, request.rows, err);
    if (status == METAGAME_E_UNSUPPORTED) {
      memset(request.rows, 0, request.n_masks * request.row_len * sizeof(double));
      status = METAGAME_OK;
    }
    if (status == METAGAME_OK) status = metagame_session_tell(session, request.ticket, request.rows, request.n_masks, err);
  }
  return status == METAGAME_DONE ? METAGAME_OK : status;
}

static inline void metagame_conformance_check_errors(metagame_conformance_state *state,
                                                     const metagame_conformance_attributor *suite) {
  long call;
  for (call = 1; call <= 3; ++call) {
    metagame_conformance_probe probe;
    metagame_attributor outer = METAGAME_ATTRIBUTOR_INIT;
    metagame_game *game = NULL;
    metagame_session *session = NULL;
    metagame_error err;
    metagame_options options;
    metagame_status status;
    memset(&err, 0, sizeof err);
    if (!metagame_conformance_wrap(suite, &probe, &outer)) return;
    if (!outer.attribute && (!outer.plan || call > 1)) { /* a second plan may be an expensive one */
      metagame_conformance_destroy(&probe);
      return;
    }
    options = metagame_conformance_options(outer.n_players);
    probe.fail_at = call;
    status = metagame_game_from_attributor(&game, &outer, NULL, &err);
    if (status == METAGAME_OK) status = metagame_session_create(&session, game, &options, &err);
    if (status == METAGAME_OK) status = metagame_conformance_drive(session, game, 3, &err);
    if (probe.calls >= call) metagame_conformance_note_error(state, outer.attribute ? "attribute" : "plan", call, status, &err);
    metagame_session_destroy(session);
    metagame_game_destroy(game);
  }
}

/* Game, session and result in one of the six orders; whether the instance went exactly with the last holder. */
static inline int metagame_conformance_order(const metagame_conformance_attributor *suite, int order, char *message, size_t room) {
  static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
  metagame_conformance_probe probe;
  metagame_attributor outer = METAGAME_ATTRIBUTOR_INIT;
  metagame_game *game = NULL;
  metagame_session *session = NULL;
  metagame_result *result = NULL;
  metagame_error err;
  metagame_options options;
  metagame_status status;
  int step, early = 0;
  memset(&err, 0, sizeof err);
  if (!metagame_conformance_wrap(suite, &probe, &outer)) return 1;
  options = metagame_conformance_options(outer.n_players);
  status = metagame_game_from_attributor(&game, &outer, NULL, &err);
  if (status == METAGAME_OK) status = metagame_session_create(&session, game, &options, &err);
  if (status == METAGAME_OK && !(outer.plan && suite->max_members && suite->max_members < outer.n_players))
    status = metagame_conformance_drive(session, game, 2, &err);
  if (status == METAGAME_OK) {
    metagame_session_cancel(session);
    status = metagame_session_finish(&result, session, &err);
  }
  for (step = 0; step < 3; ++step) {
    if (orders[order][step] == 0) metagame_game_destroy(game);
    if (orders[order][step] == 1) metagame_session_destroy(session);
    if (orders[order][step] == 2) metagame_result_destroy(result);
    if (step == 0 && probe.destroyed) early = 1; /* game or session is still there */
  }
  snprintf(message, room, "order %d: destroyed %d times, %s; status %s %.300s", order, probe.destroyed,
           early ? "too early" : "in time", metagame_status_name(status), status < 0 ? err.message : "");
  return status >= 0 && probe.destroyed == 1 && !early;
}

/* An attempt that must fail with `wanted`, after which the instance was destroyed `times` times. */
static inline void metagame_conformance_check_refusal(metagame_conformance_state *state,
                                                      const metagame_conformance_attributor *suite, const char *check,
                                                      metagame_status wanted, int times) {
  const metagame_allocator refusing = metagame_conformance_refusing();
  metagame_conformance_probe probe;
  metagame_attributor outer = METAGAME_ATTRIBUTOR_INIT;
  metagame_game *game = NULL;
  metagame_status status;
  char message[200];
  if (!metagame_conformance_wrap(suite, &probe, &outer)) return;
  if (wanted == METAGAME_E_STRUCT_SIZE) outer.struct_size = sizeof(size_t);
  if (wanted == METAGAME_E_FLAGS) outer.flags = ~UINT64_C(0);
  status = metagame_game_from_attributor(&game, &outer, wanted == METAGAME_E_NOMEM ? &refusing : NULL, NULL);
  snprintf(message, sizeof message, "status %s, destroyed %d times, must be %s and %d", metagame_status_name(status),
           probe.destroyed, metagame_status_name(wanted), times);
  metagame_conformance_note(state, "destroy", check, status == wanted && probe.destroyed == times && !game, message);
  if (!probe.destroyed) metagame_conformance_destroy(&probe);
}

static inline size_t metagame_conformance_check_attributor(const metagame_conformance_attributor *suite) {
  metagame_conformance_state state;
  metagame_conformance_probe probe, other;
  metagame_attributor outer = METAGAME_ATTRIBUTOR_INIT, beside = METAGAME_ATTRIBUTOR_INIT;
  metagame_game *game = NULL;
  metagame_error err;
  char message[700] = "";
  const int64_t live = suite->live ? suite->live(suite->context) : 0;
  int order, right = 1;
  memset(&state, 0, sizeof state);
  memset(&err, 0, sizeof err);
  state.report = suite->report;
  state.context = suite->context;
  state.tolerance = suite->tolerance;
  if (!metagame_conformance_note(&state, "make", "", metagame_conformance_wrap(suite, &probe, &outer), "the factory failed"))
    return state.failed;
  if (metagame_conformance_wrap(suite, &other, &beside)) metagame_conformance_destroy(&other);
  metagame_conformance_check_own(&state, &probe.inner);
  if (metagame_conformance_note(&state, "struct", "", metagame_game_from_attributor(&game, &outer, NULL, &err) == METAGAME_OK,
                                err.message)) {
    metagame_conformance_check_callbacks(&state, &probe.inner, suite);
    if (!state.unsafe && probe.inner.flags & METAGAME_CARDINAL && probe.inner.n_players <= 10)
      metagame_conformance_check_symmetry(&state, game, &probe.inner,
                                          suite->symmetry_tolerance > 0 ? suite->symmetry_tolerance : 1e-9);
    if (!state.unsafe && probe.inner.semivalue && probe.inner.n_players <= 10)
      metagame_conformance_check_semivalue(&state, game, suite->symmetry_tolerance > 0 ? suite->symmetry_tolerance : 1e-9);
    metagame_game_destroy(game);
    if (!state.unsafe) {
      metagame_conformance_check_errors(&state, suite);
      for (order = 0; right && order < 6; ++order) right = metagame_conformance_order(suite, order, message, sizeof message);
      metagame_conformance_note(&state, "destroy", "orders", right, message);
    }
    metagame_conformance_check_refusal(&state, suite, "refused", METAGAME_E_FLAGS, 1);
    metagame_conformance_check_refusal(&state, suite, "no-memory", METAGAME_E_NOMEM, 1);
    metagame_conformance_check_refusal(&state, suite, "untaken", METAGAME_E_STRUCT_SIZE, 0);
  }
  if (suite->live) {
    const int64_t now = suite->live(suite->context);
    snprintf(message, sizeof message, "%ld instances alive at the start, %ld at the end", (long)live, (long)now);
    metagame_conformance_note(&state, "destroy", "balance", now == live, message);
  }
  return state.failed;
}

METAGAME_END_DECLS
#endif
