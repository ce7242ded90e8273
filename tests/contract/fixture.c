/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "metagame/diagnosis.h"

/* ---- memory ---- */

typedef struct block_head {
  size_t size, alignment;
} block_head;

static void *METAGAME_CALL allocate(void *user, size_t size, size_t alignment) {
  fx_memory *memory = user;
  ++memory->calls;
  if (memory->fail_at && (memory->calls == memory->fail_at || (memory->fail_later && memory->calls > memory->fail_at))) return NULL;
  const size_t room = alignment < sizeof(block_head) ? sizeof(block_head) : alignment;
  unsigned char *block = aligned_alloc(room, room + (size + room - 1) / room * room);
  if (!block) return NULL;
  memset(block, 0xa5, room + size); /* the library may not count on zeros */
  ((block_head *)(void *)block)->size = size;
  ((block_head *)(void *)block)->alignment = alignment;
  memory->bytes += size;
  if (memory->bytes > memory->peak) memory->peak = memory->bytes;
  ++memory->blocks;
  return block + room;
}

static void METAGAME_CALL release(void *user, void *pointer, size_t size, size_t alignment) {
  fx_memory *memory = user;
  const size_t room = alignment < sizeof(block_head) ? sizeof(block_head) : alignment;
  unsigned char *block = (unsigned char *)pointer - room;
  const block_head *head = (block_head *)(void *)block;
  memory->wrong_size += head->size != size;
  memory->wrong_alignment += head->alignment != alignment;
  memory->bytes -= size;
  --memory->blocks;
  memset(block, 0x5a, room + size);
  free(block);
}

metagame_allocator fx_allocator(fx_memory *memory) {
  metagame_allocator allocator = METAGAME_ALLOCATOR_INIT;
  memset(memory, 0, sizeof *memory);
  allocator.user = memory;
  allocator.allocate = allocate;
  allocator.release = release;
  return allocator;
}

/* ---- a game ---- */

void fx_game_init(fx_game *game, uint32_t n, uint32_t m, int pinned) {
  memset(game, 0, sizeof *game);
  game->n = n;
  game->m = m;
  for (uint32_t i = 0; i < m && i < FX_MOST; ++i) game->own[i] = pinned && i < n ? (int32_t)i : METAGAME_NO_PLAYER;
}

/* Targets 0..3 have interactions of pairs only, the others of three players too. */
static double value_of(const uint64_t *mask, uint32_t n, uint32_t target) {
  double sum = 0.5 * target, weights = 0;
  for (uint32_t p = 0; p < n; ++p)
    if (mask[p / 64] >> p % 64 & 1) sum += 1 + 0.37 * ((p * 7 + target * 3) % 11), weights += 1 + 0.1 * p;
  if (target >= 4) sum += 0.002 * weights * weights * weights;
  return sum + 0.01 * weights * weights * (1 + target % 3) + (double)(mask[0] & 3) / 3.0;
}

double fx_value(uint64_t mask, uint32_t n, uint32_t target) { return value_of(&mask, n, target); }

static int32_t enter(fx_game *game, size_t n_masks, double *rows, size_t n_numbers, metagame_error *err) {
  const long call = atomic_fetch_add(&game->calls, 1) + 1;
  atomic_fetch_add(&game->coalitions, (long)n_masks);
  if (atomic_fetch_add(&game->inside, 1) != 0) atomic_fetch_add(&game->overlaps, 1);
  if (game->slow) nanosleep(&(struct timespec){ 0, game->slow * 1000L }, NULL);
  if (game->cancel && call == game->cancel_at) metagame_session_cancel(game->cancel);
  int32_t code = 0;
  if (call == game->fault_at) {
    if (game->fault == FX_NAN) rows[n_numbers - 1] = NAN;
    if (game->fault == FX_INFINITY) rows[n_numbers - 1] = -INFINITY;
    if (game->fault == FX_CODE) {
      metagame_error_set(err, "the host is out of luck");
      code = FX_USER_CODE;
    }
  }
  atomic_fetch_sub(&game->inside, 1);
  return code;
}

static int32_t METAGAME_CALL game_rows(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  fx_game *game = user;
  const size_t words = metagame_mask_words(game->n);
  if (game->max_batch && n_masks > game->max_batch) atomic_fetch_add(&game->too_large, 1);
  for (size_t r = 0; r < n_masks; ++r)
    if (game->n % 64 && masks[(r + 1) * words - 1] >> game->n % 64 != 0) atomic_fetch_add(&game->spare_bits, 1);
  for (size_t r = 0; r < n_masks; ++r)
    for (uint32_t i = 0; i < game->m; ++i) rows[r * game->m + i] = value_of(masks + r * words, game->n, i);
  return enter(game, n_masks, rows, n_masks * game->m, err);
}

static void METAGAME_CALL game_destroy(void *user) { atomic_fetch_add(&((fx_game *)user)->destroyed, 1); }

metagame_attributor fx_attributor(fx_game *game) {
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  attributor.name = "fixture";
  attributor.n_players = game->n;
  attributor.n_targets = game->m;
  attributor.own_player = game->own;
  attributor.flags = game->flags;
  attributor.max_batch = game->max_batch;
  attributor.user = game;
  attributor.attribute = game_rows;
  attributor.destroy = game_destroy;
  return attributor;
}

metagame_function fx_function(fx_game *game) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  function.n_players = game->n;
  function.n_outputs = game->m;
  function.flags = game->flags;
  function.max_batch = game->max_batch;
  function.user = game;
  function.evaluate = game_rows;
  function.destroy = game_destroy;
  return function;
}

metagame_game *fx_create(fx_game *game, const metagame_allocator *allocator) {
  const metagame_attributor attributor = fx_attributor(game);
  metagame_game *out = NULL;
  assert_int_equal(metagame_game_from_attributor(&out, &attributor, allocator, NULL), METAGAME_OK);
  return out;
}

metagame_game *fx_create_function(fx_game *game, const metagame_allocator *allocator) {
  const metagame_function function = fx_function(game);
  metagame_game *out = NULL;
  assert_int_equal(metagame_game_from_function(&out, &function, allocator, NULL), METAGAME_OK);
  return out;
}

/* ---- a model ---- */

static int32_t METAGAME_CALL model_values(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  fx_game *counts = user;
  for (size_t r = 0; r < n_rows; ++r) {
    const double *x = rows + r * counts->n;
    double sum = 0;
    for (uint32_t k = 0; k < counts->n; ++k) sum += (k + 1) * x[k] + x[k] * x[k] / 4;
    for (uint32_t o = 0; o < counts->m; ++o) values[r * counts->m + o] = sum + (o + 1) * x[0] * x[counts->n > 1];
  }
  return enter(counts, n_rows, values, n_rows * counts->m, err);
}

static int32_t METAGAME_CALL model_gradient(void *user, const double *rows, size_t n_rows, uint32_t output, double *gradients,
                                            metagame_error *err) {
  fx_game *counts = user;
  const uint32_t n = counts->n;
  for (size_t r = 0; r < n_rows; ++r) {
    const double *x = rows + r * n;
    double *g = gradients + r * n;
    for (uint32_t k = 0; k < n; ++k) g[k] = k + 1 + x[k] / 2;
    g[0] += (output + 1) * x[n > 1];
    g[n > 1] += (output + 1) * x[0];
  }
  return enter(counts, n_rows, gradients, n_rows * n, err);
}

metagame_model_callbacks fx_model(fx_game *counts, uint32_t n_features, uint32_t n_outputs) {
  metagame_model_callbacks callbacks = METAGAME_MODEL_CALLBACKS_INIT;
  fx_game_init(counts, n_features, n_outputs, 0);
  callbacks.n_features = n_features;
  callbacks.n_outputs = n_outputs;
  callbacks.user = counts;
  callbacks.evaluate = model_values;
  callbacks.gradient = model_gradient;
  callbacks.destroy = game_destroy;
  return callbacks;
}

/* ---- sessions and results ---- */

const int32_t fx_solvers[5] = { METAGAME_SOLVER_EXACT, METAGAME_SOLVER_REGRESSION, METAGAME_SOLVER_PERMUTATION,
                                METAGAME_SOLVER_STRATIFIED, METAGAME_SOLVER_GAUSSIAN };

metagame_options fx_options(int32_t solver, uint64_t max_evaluations) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  options.solver = solver;
  options.max_evaluations = solver == METAGAME_SOLVER_EXACT ? 0 : max_evaluations;
  options.seed = 20;
  return options;
}

metagame_status fx_drive(metagame_session *session, const metagame_game *game, metagame_error *err) {
  for (;;) {
    metagame_request request = METAGAME_REQUEST_INIT;
    metagame_status status = metagame_session_ask(session, &request, err);
    if (status != METAGAME_OK) return status;
    status = metagame_game_evaluate(game, &request, request.rows, err);
    if (status != METAGAME_OK) return status;
    status = metagame_session_tell(session, request.ticket, request.rows, request.n_masks, err);
    if (status != METAGAME_OK) return status;
  }
}

static void same_doubles(const double *a, const double *b, size_t count, const char *what) {
  if (!a || !b) {
    if (a != b) fail_msg("%s is there in one result only", what);
    return;
  }
  if (memcmp(a, b, count * sizeof *a) == 0) return;
  for (size_t at = 0; at < count; ++at)
    if (memcmp(&a[at], &b[at], sizeof *a) != 0) fail_msg("%s[%zu]: %.17g and %.17g", what, at, a[at], b[at]);
}

void fx_same_result(const metagame_result *a, const metagame_result *b) {
  metagame_result_info one = METAGAME_RESULT_INFO_INIT, two = METAGAME_RESULT_INFO_INIT;
  assert_int_equal(metagame_result_get_info(a, &one, NULL), METAGAME_OK);
  assert_int_equal(metagame_result_get_info(b, &two, NULL), METAGAME_OK);
  assert_string_equal(one.attributor, two.attributor);
  assert_string_equal(one.masking_id, two.masking_id);
  one.attributor = two.attributor = one.masking_id = two.masking_id = NULL;
  assert_memory_equal(&one, &two, sizeof one);
  const size_t m = one.n_targets, cells = m * one.n_players;
  same_doubles(metagame_result_matrix(a), metagame_result_matrix(b), cells, "matrix");
  same_doubles(metagame_result_stderr(a), metagame_result_stderr(b), cells, "stderr");
  metagame_diagnosis da = METAGAME_DIAGNOSIS_INIT, db = METAGAME_DIAGNOSIS_INIT;
  assert_int_equal(metagame_result_diagnose(a, &da, NULL), METAGAME_OK);
  assert_int_equal(metagame_result_diagnose(b, &db, NULL), METAGAME_OK);
  assert_memory_equal(&da, &db, sizeof da);
  if (metagame_result_ground(a))
    assert_memory_equal(metagame_result_ground(a), metagame_result_ground(b), m * sizeof(int32_t));
  same_doubles(metagame_result_first_order(a), metagame_result_first_order(b), m, "first_order");
  same_doubles(metagame_result_base(a), metagame_result_base(b), m, "base");
  same_doubles(metagame_result_residual(a), metagame_result_residual(b), m, "residual");
  same_doubles(metagame_result_scale(a), metagame_result_scale(b), m, "scale");
  assert_memory_equal(metagame_result_own_player(a), metagame_result_own_player(b), m * sizeof(int32_t));
}

void fx_valid_partial(const metagame_result *result) {
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  assert_int_equal(metagame_result_get_info(result, &info, NULL), METAGAME_OK);
  assert_true(info.status == METAGAME_OK || info.status == METAGAME_PARTIAL);
  for (size_t i = 0; i < info.n_targets; ++i) {
    const double *row = metagame_result_matrix(result) + i * info.n_players;
    double sum = metagame_result_base(result)[i], size = fabs(sum);
    for (size_t j = 0; j < info.n_players; ++j) {
      assert_true(!isinf(row[j]));
      sum += row[j];
      size += fabs(row[j]);
    }
    const double total = metagame_result_first_order(result)[i];
    assert_true(!isinf(total));
    if (isnan(sum) || isnan(total)) continue;
    if (fabs(sum - total) > 1e-9 * (size + fabs(total))) /* what is known must decompose */
      fail_msg("target %zu: base and row add up to %.17g, first order is %.17g", i, sum, total);
  }
}

void fx_expect(metagame_status status, metagame_status wanted, const metagame_error *err, ...) {
  va_list parts;
  const char *part;
  if (status != wanted)
    fail_msg("%s instead of %s: %s", metagame_status_name(status), metagame_status_name(wanted),
             status < 0 && err ? err->message : "");
  if (wanted >= 0 || !err) return;
  if (err->status != wanted) fail_msg("err->status is %s, not %s", metagame_status_name(err->status), metagame_status_name(wanted));
  if (!memchr(err->message, '\0', sizeof err->message)) fail_msg("the message does not end");
  va_start(parts, err);
  while ((part = va_arg(parts, const char *)) != NULL)
    if (!strstr(err->message, part)) {
      va_end(parts);
      fail_msg("\"%s\" does not name \"%s\"", err->message, part);
    }
  va_end(parts);
}
