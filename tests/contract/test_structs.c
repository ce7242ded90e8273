/* SPDX-License-Identifier: MIT */
/* The struct_size rule for every sized struct, INIT macros, status names and numbers, error text, destroy(NULL). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "metagame/diagnosis.h"
#include "metagame/report.h"
#include "metagame/truth.h"

/* ---- INIT macros and metagame_struct_init give the same bytes ---- */

#define SAME_BYTES(type, init)                   \
  do {                                           \
    static const type by_macro = init;           \
    type by_call;                                \
    memset(&by_call, 0xff, sizeof by_call);      \
    metagame_struct_init(&by_call, sizeof(type)); \
    assert_memory_equal(&by_macro, &by_call, sizeof(type)); \
    assert_int_equal(by_call.struct_size, sizeof(type)); \
  } while (0)

static void init_macros(void **state) {
  (void)state;
  SAME_BYTES(metagame_allocator, METAGAME_ALLOCATOR_INIT);
  SAME_BYTES(metagame_model_callbacks, METAGAME_MODEL_CALLBACKS_INIT);
  SAME_BYTES(metagame_masking, METAGAME_MASKING_INIT);
  SAME_BYTES(metagame_function, METAGAME_FUNCTION_INIT);
  SAME_BYTES(metagame_attributor, METAGAME_ATTRIBUTOR_INIT);
  SAME_BYTES(metagame_method, METAGAME_METHOD_INIT);
  SAME_BYTES(metagame_progress, METAGAME_PROGRESS_INIT);
  SAME_BYTES(metagame_options, METAGAME_OPTIONS_INIT);
  SAME_BYTES(metagame_request, METAGAME_REQUEST_INIT);
  SAME_BYTES(metagame_result_info, METAGAME_RESULT_INFO_INIT);
  SAME_BYTES(metagame_verify_options, METAGAME_VERIFY_OPTIONS_INIT);
  SAME_BYTES(metagame_check, METAGAME_CHECK_INIT);
  SAME_BYTES(metagame_document, METAGAME_DOCUMENT_INIT);
  SAME_BYTES(metagame_diagnosis, METAGAME_DIAGNOSIS_INIT);
  SAME_BYTES(metagame_truth_terms, METAGAME_TRUTH_TERMS_INIT);
  metagame_struct_init(NULL, 64);
}

/* ---- every struct that goes in or out ---- */

typedef struct handles {
  fx_game fixture, values, adopted, model_counts;
  metagame_model *model;
  metagame_game *game, *value_game;
  metagame_session *session;
  metagame_result *result;
  metagame_report *report;
  metagame_request request; /* of the session, open */
} handles;

static void open_handles(handles *h) {
  memset(h, 0, sizeof *h);
  const metagame_model_callbacks callbacks = fx_model(&h->model_counts, 3, 1);
  const metagame_options options = fx_options(METAGAME_SOLVER_EXACT, 0);
  metagame_struct_init(&h->request, sizeof h->request);
  fx_game_init(&h->fixture, 3, 3, 1);
  fx_game_init(&h->values, 3, 2, 0);
  fx_game_init(&h->adopted, 3, 3, 1);
  h->game = fx_create(&h->fixture, NULL);
  h->value_game = fx_create_function(&h->values, NULL);
  assert_int_equal(metagame_model_create(&h->model, &callbacks, NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_session_create(&h->session, h->game, &options, NULL), METAGAME_OK);
  assert_int_equal(metagame_session_ask(h->session, &h->request, NULL), METAGAME_OK);
  assert_int_equal(metagame_solve(&h->result, h->game, NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_verify(&h->report, h->result, NULL, NULL, NULL), METAGAME_OK);
}

static void close_handles(handles *h) {
  metagame_report_destroy(h->report);
  metagame_result_destroy(h->result);
  metagame_session_destroy(h->session);
  metagame_model_destroy(h->model);
  metagame_game_destroy(h->game);
  metagame_game_destroy(h->value_game);
}

static const double zeros[3], ones[3] = { 1, 1, 1 };

static void fill_allocator(const handles *h, void *object) { (void)h, (void)object; }
static metagame_status use_allocator(handles *h, void *object, metagame_error *err) {
  const metagame_function function = fx_function(&h->values);
  metagame_game *game = NULL;
  const metagame_status status = metagame_game_from_function(&game, &function, object, err);
  metagame_game_destroy(game);
  return status;
}

static void fill_model(const handles *h, void *object) {
  fx_game *counts = (fx_game *)(uintptr_t)&h->adopted;
  const metagame_model_callbacks filled = fx_model(counts, 3, 1);
  memcpy(object, &filled, sizeof filled);
}
static metagame_status use_model(handles *h, void *object, metagame_error *err) {
  metagame_model *model = NULL;
  (void)h;
  const metagame_status status = metagame_model_create(&model, object, NULL, err);
  metagame_model_destroy(model);
  return status;
}

static void fill_masking(const handles *h, void *object) {
  metagame_masking filled = METAGAME_MASKING_INIT;
  (void)h;
  filled.x = ones;
  filled.background = zeros;
  memcpy(object, &filled, sizeof filled);
}
static metagame_status use_masking(handles *h, void *object, metagame_error *err) {
  metagame_game *game = NULL;
  const metagame_status status = metagame_game_from_model(&game, h->model, object, err);
  metagame_game_destroy(game);
  return status;
}

static void fill_function(const handles *h, void *object) {
  const metagame_function filled = fx_function((fx_game *)(uintptr_t)&h->adopted);
  memcpy(object, &filled, sizeof filled);
}
static metagame_status use_function(handles *h, void *object, metagame_error *err) {
  metagame_game *game = NULL;
  (void)h;
  const metagame_status status = metagame_game_from_function(&game, object, NULL, err);
  metagame_game_destroy(game);
  return status;
}

static void fill_attributor(const handles *h, void *object) {
  const metagame_attributor filled = fx_attributor((fx_game *)(uintptr_t)&h->adopted);
  memcpy(object, &filled, sizeof filled);
}
static metagame_status use_attributor(handles *h, void *object, metagame_error *err) {
  metagame_game *game = NULL;
  (void)h;
  const metagame_status status = metagame_game_from_attributor(&game, object, NULL, err);
  metagame_game_destroy(game);
  return status;
}

static void fill_method(const handles *h, void *object) {
  metagame_method filled = METAGAME_METHOD_INIT;
  (void)h;
  filled.name = "occlusion";
  memcpy(object, &filled, sizeof filled);
}
static metagame_status use_method(handles *h, void *object, metagame_error *err) {
  metagame_game *game = NULL;
  const metagame_status status = metagame_game_attribute(&game, h->value_game, object, err);
  metagame_game_destroy(game);
  return status;
}

static void fill_nothing(const handles *h, void *object) { (void)h, (void)object; }
static metagame_status use_options(handles *h, void *object, metagame_error *err) {
  metagame_session *session = NULL;
  const metagame_status status = metagame_session_create(&session, h->game, object, err);
  metagame_session_destroy(session);
  return status;
}
static metagame_status use_verify_options(handles *h, void *object, metagame_error *err) {
  metagame_report *report = NULL;
  const metagame_status status = metagame_verify(&report, h->result, NULL, object, err);
  metagame_report_destroy(report);
  return status;
}

static void fill_request(const handles *h, void *object) { memcpy(object, &h->request, sizeof h->request); }
static metagame_status use_request(handles *h, void *object, metagame_error *err) {
  return metagame_game_evaluate(h->game, object, h->request.rows, err);
}

static void fill_terms(const handles *h, void *object) {
  metagame_truth_terms filled = METAGAME_TRUTH_TERMS_INIT;
  (void)h;
  filled.n_features = 1;
  memcpy(object, &filled, sizeof filled);
}
static metagame_status use_terms(handles *h, void *object, metagame_error *err) {
  metagame_model *model = NULL;
  (void)h;
  const metagame_status status = metagame_truth_polynomial(&model, object, NULL, err);
  metagame_model_destroy(model);
  return status;
}

/* Structs that come out. */
static metagame_status get_request(handles *h, void *object, metagame_error *err) {
  const metagame_status status = metagame_session_ask(h->session, object, err);
  return status > 0 ? METAGAME_OK : status;
}
static metagame_status get_progress(handles *h, void *object, metagame_error *err) {
  return metagame_session_progress(h->session, object, err);
}
static metagame_status get_info(handles *h, void *object, metagame_error *err) {
  return metagame_result_get_info(h->result, object, err);
}
static metagame_status get_diagnosis(handles *h, void *object, metagame_error *err) {
  return metagame_result_diagnose(h->result, object, err);
}
static metagame_status get_check(handles *h, void *object, metagame_error *err) {
  return metagame_report_get(h->report, 0, object, err);
}
static metagame_status get_attributor(handles *h, void *object, metagame_error *err) {
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_attributor *out = object;
  method.name = "occlusion";
  const metagame_status status = metagame_attributor_builtin(out, h->value_game, &method, err);
  if (status == METAGAME_OK) out->destroy(out->user);
  return status;
}

typedef struct sized {
  const char *name; /* in messages */
  size_t size;
  void (*fill)(const handles *h, void *object);
  metagame_status (*use)(handles *h, void *object, metagame_error *err);
  int is_out, is_adopted;
} sized;

static const sized structs[] = {
  { "allocator", sizeof(metagame_allocator), fill_allocator, use_allocator, 0, 0 },
  { "model_callbacks", sizeof(metagame_model_callbacks), fill_model, use_model, 0, 1 },
  { "masking", sizeof(metagame_masking), fill_masking, use_masking, 0, 0 },
  { "function", sizeof(metagame_function), fill_function, use_function, 0, 1 },
  { "attributor", sizeof(metagame_attributor), fill_attributor, use_attributor, 0, 1 },
  { "method", sizeof(metagame_method), fill_method, use_method, 0, 0 },
  { "options", sizeof(metagame_options), fill_nothing, use_options, 0, 0 },
  { "verify_options", sizeof(metagame_verify_options), fill_nothing, use_verify_options, 0, 0 },
  { "request", sizeof(metagame_request), fill_request, use_request, 0, 0 },
  { "terms", sizeof(metagame_truth_terms), fill_terms, use_terms, 0, 0 },
  { "request", sizeof(metagame_request), fill_nothing, get_request, 1, 0 },
  { "progress", sizeof(metagame_progress), fill_nothing, get_progress, 1, 0 },
  { "result_info", sizeof(metagame_result_info), fill_nothing, get_info, 1, 0 },
  { "diagnosis", sizeof(metagame_diagnosis), fill_nothing, get_diagnosis, 1, 0 },
  { "check", sizeof(metagame_check), fill_nothing, get_check, 1, 0 },
  { "attributor", sizeof(metagame_attributor), fill_nothing, get_attributor, 1, 0 },
};

enum { TAIL = 48, ROOM = 8192 };

/* One use of a struct that claims `size` bytes, with one byte of its tail set. Returns how often the adopted user was destroyed. */
static long try_size(handles *h, const sized *s, size_t size, unsigned char tail, metagame_status wanted) {
  unsigned char *object = calloc(1, ROOM);
  metagame_error err;
  char text[32];
  assert_non_null(object);
  memset(&err, 0xff, sizeof err);
  metagame_struct_init(object, s->size);
  s->fill(h, object);
  memcpy(object, &size, sizeof size);
  object[s->size + TAIL / 2] = tail;
  atomic_store(&h->adopted.destroyed, 0);
  const metagame_status status = s->use(h, object, &err);
  snprintf(text, sizeof text, "%zu", size);
  fx_expect(status, wanted, &err, s->name, wanted == METAGAME_OK ? NULL : text, NULL);
  if (s->is_out && wanted == METAGAME_OK) { /* what the library does not know is cleared; nothing behind the struct is touched */
    size_t claimed;
    memcpy(&claimed, object, sizeof claimed);
    assert_int_equal(claimed, size);
    for (size_t at = s->size; at < size; ++at) assert_int_equal(object[at], 0);
    for (size_t at = size; at < ROOM; ++at) assert_int_equal(object[at], 0);
  }
  free(object);
  return atomic_load(&h->adopted.destroyed);
}

static void sizes(void **state) {
  handles h;
  (void)state;
  open_handles(&h);
  for (size_t at = 0; at < COUNT_OF(structs); ++at) {
    const sized *s = &structs[at];
    const long taken = s->is_adopted;
    assert_int_equal(try_size(&h, s, s->size, 0, METAGAME_OK), taken);
    assert_int_equal(try_size(&h, s, s->size + TAIL, 0, METAGAME_OK), taken);
    /* out of range: the user is not taken */
    assert_int_equal(try_size(&h, s, 0, 0, METAGAME_E_STRUCT_SIZE), 0);
    assert_int_equal(try_size(&h, s, sizeof(size_t), 0, METAGAME_E_STRUCT_SIZE), 0);
    assert_int_equal(try_size(&h, s, s->size - 1, 0, METAGAME_E_STRUCT_SIZE), 0);
    assert_int_equal(try_size(&h, s, SIZE_MAX, 0, METAGAME_E_STRUCT_SIZE), 0);
    assert_int_equal(try_size(&h, s, ROOM, 0, METAGAME_E_STRUCT_SIZE), 0);
    if (s->is_out) assert_int_equal(try_size(&h, s, s->size + TAIL, 1, METAGAME_OK), taken);
  }
  close_handles(&h);
}

/* A tail that the library does not know must be zero; the struct is in range, so its user is taken and destroyed. */
static void unknown_tails(void **state) {
  handles h;
  (void)state;
  open_handles(&h);
  for (size_t at = 0; at < COUNT_OF(structs); ++at)
    if (!structs[at].is_out) {
      const long destroyed = try_size(&h, &structs[at], structs[at].size + TAIL, 1, METAGAME_E_STRUCT_SIZE);
      if (destroyed != structs[at].is_adopted)
        fail_msg("%s with a nonzero tail: destroyed %ld times, not %d", structs[at].name, destroyed, structs[at].is_adopted);
    }
  close_handles(&h);
}

/* ---- status names, versions, error text ---- */

static void status_names(void **state) {
#define NAMED(code) { code, #code }
  static const struct {
    metagame_status status;
    const char *name;
  } codes[] = {
    NAMED(METAGAME_OK), NAMED(METAGAME_DONE), NAMED(METAGAME_WAIT), NAMED(METAGAME_PARTIAL), NAMED(METAGAME_E_NULL),
    NAMED(METAGAME_E_ARGUMENT), NAMED(METAGAME_E_STRUCT_SIZE), NAMED(METAGAME_E_FLAGS), NAMED(METAGAME_E_GROUPS),
    NAMED(METAGAME_E_OWN_PLAYER), NAMED(METAGAME_E_UNSUPPORTED), NAMED(METAGAME_E_STATE), NAMED(METAGAME_E_TICKET),
    NAMED(METAGAME_E_ROWS), NAMED(METAGAME_E_UNFINISHED), NAMED(METAGAME_E_CANCELLED), NAMED(METAGAME_E_NOMEM),
    NAMED(METAGAME_E_LIMIT), NAMED(METAGAME_E_BUDGET), NAMED(METAGAME_E_CALLBACK), NAMED(METAGAME_E_NONFINITE),
    NAMED(METAGAME_E_SINGULAR), NAMED(METAGAME_E_INTERNAL),
  };
  (void)state;
  for (size_t at = 0; at < COUNT_OF(codes); ++at) assert_string_equal(metagame_status_name(codes[at].status), codes[at].name);
  for (metagame_status status = -200; status < 200; ++status) {
    int known = 0;
    assert_non_null(metagame_status_name(status));
    for (size_t at = 0; at < COUNT_OF(codes); ++at) known |= codes[at].status == status;
    if (!known) assert_string_equal(metagame_status_name(status), metagame_status_name(INT32_MAX));
  }
  assert_non_null(metagame_status_name(INT32_MIN));
}

static void error_text(void **state) {
  metagame_error err;
  char text[700];
  (void)state;
  metagame_error_set(NULL, "nothing");
  memset(&err, 0xff, sizeof err);
  metagame_error_set(&err, "kept");
  assert_string_equal(err.message, "kept");
  metagame_error_set(&err, NULL);
  assert_string_equal(err.message, "");
  memset(text, 'x', sizeof text);
  text[sizeof text - 1] = '\0';
  metagame_error_set(&err, text);
  assert_int_equal(strlen(err.message), sizeof err.message - 1);
  assert_int_equal(metagame_version(),
                   METAGAME_VERSION_MAJOR << 16 | METAGAME_VERSION_MINOR << 8 | METAGAME_VERSION_PATCH);
  assert_int_equal(metagame_mask_words(1), 1);
  assert_int_equal(metagame_mask_words(64), 1);
  assert_int_equal(metagame_mask_words(65), 2);
  assert_int_equal(metagame_mask_words(METAGAME_MAX_PLAYERS), METAGAME_MAX_PLAYERS / 64);
}

static void null_everywhere(void **state) {
  (void)state;
  metagame_model_destroy(NULL);
  metagame_game_destroy(NULL);
  metagame_session_destroy(NULL);
  metagame_session_cancel(NULL);
  metagame_result_destroy(NULL);
  metagame_report_destroy(NULL);
  assert_int_equal(metagame_game_n_players(NULL), 0);
  assert_int_equal(metagame_game_n_targets(NULL), 0);
  assert_null(metagame_result_matrix(NULL));
  assert_null(metagame_result_first_order(NULL));
  assert_null(metagame_result_base(NULL));
  assert_null(metagame_result_own_player(NULL));
  assert_null(metagame_result_stderr(NULL));
  assert_null(metagame_result_residual(NULL));
  assert_null(metagame_result_scale(NULL));
  assert_int_equal(metagame_report_count(NULL), 0);
  assert_int_equal(metagame_report_failed(NULL), 0);
  assert_int_equal(metagame_sink_want(NULL, NULL), METAGAME_E_NULL);
  assert_null(metagame_attributor_builtin_name(1000));
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(init_macros),  cmocka_unit_test(sizes),      cmocka_unit_test(unknown_tails),
    cmocka_unit_test(status_names), cmocka_unit_test(error_text), cmocka_unit_test(null_everywhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
