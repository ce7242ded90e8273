/* SPDX-License-Identifier: MIT */
/* Results as text: exact round trip of numbers in any locale, hostile labels, failing sinks. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "metagame.h"

typedef struct text {
  char *bytes;
  size_t size;
  size_t most; /* fail beyond */
} text;

static int32_t append(void *user, const char *bytes, size_t size) {
  text *t = user;
  if (t->size + size > t->most) return 28;
  t->bytes = realloc(t->bytes, t->size + size + 1);
  memcpy(t->bytes + t->size, bytes, size);
  t->size += size;
  t->bytes[t->size] = '\0';
  return 0;
}

static int32_t evaluate(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  (void)user;
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) rows[r] = (double)(masks[r] & 1) / 3 + (double)(masks[r] >> 1 & 1) * 1e-150;
  return 0;
}

static metagame_result *solve(void) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_game *game = NULL;
  metagame_result *result = NULL;
  function.n_players = 2;
  function.evaluate = evaluate;
  function.masking_id = "quote \" and \\";
  assert_int_equal(metagame_game_from_function(&game, &function, NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_solve(&result, game, NULL, NULL), METAGAME_OK);
  metagame_game_destroy(game);
  return result;
}

static void numbers_round_trip_in_any_locale(void **state) {
  static const char *const locales[] = { "C", "de_DE.UTF-8", "tr_TR.UTF-8" };
  metagame_result *result = solve();
  text first = { NULL, 0, SIZE_MAX };
  (void)state;
  for (size_t l = 0; l < sizeof locales / sizeof *locales; ++l) {
    text t = { NULL, 0, SIZE_MAX };
    if (!setlocale(LC_ALL, locales[l])) continue;
    assert_int_equal(metagame_result_write(result, METAGAME_FORMAT_JSON, NULL, NULL, append, &t, NULL), METAGAME_OK);
    setlocale(LC_ALL, "C");
    if (!first.bytes) {
      const char *matrix = strstr(t.bytes, "\"matrix\": [\n    [");
      char *end;
      assert_non_null(matrix);
      assert_true(strtod(matrix + strlen("\"matrix\": [\n    ["), &end) == metagame_result_matrix(result)[0]);
      assert_true(strtod(end + 2, NULL) == metagame_result_matrix(result)[1]);
      first = t;
    } else {
      assert_string_equal(first.bytes, t.bytes);
      free(t.bytes);
    }
  }
  free(first.bytes);
  metagame_result_destroy(result);
}

static void hostile_labels_stay_inside_their_quotes(void **state) {
  static const char *const players[] = { "a\"b\\c\n\x01", "\xff\xfe broken \xc3\xa9 \xed\xa0\x80 end" };
  static const char *const targets[] = { "with \"quotes\", commas" };
  metagame_result *result = solve();
  text json = { NULL, 0, SIZE_MAX }, csv = { NULL, 0, SIZE_MAX };
  (void)state;
  assert_int_equal(metagame_result_write(result, METAGAME_FORMAT_JSON, players, targets, append, &json, NULL), METAGAME_OK);
  assert_non_null(strstr(json.bytes, "\"a\\\"b\\\\c\\u000a\\u0001\""));
  assert_non_null(strstr(json.bytes, "\"\xef\xbf\xbd\xef\xbf\xbd broken \xc3\xa9 \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd end\""));
  assert_non_null(strstr(json.bytes, "\"masking_id\": \"quote \\\" and \\\\\""));
  assert_int_equal(metagame_result_write(result, METAGAME_FORMAT_CSV, players, targets, append, &csv, NULL), METAGAME_OK);
  assert_non_null(strstr(csv.bytes, "\"with \"\"quotes\"\", commas\",\"a\"\"b\\c\n\x01\",0.333333333333333"));
  free(json.bytes);
  free(csv.bytes);
  metagame_result_destroy(result);
}

static void failing_sinks_are_reported(void **state) {
  metagame_result *result = solve();
  metagame_error err;
  text t = { NULL, 0, 100 };
  (void)state;
  assert_int_equal(metagame_result_write(result, METAGAME_FORMAT_JSON, NULL, NULL, append, &t, &err), METAGAME_E_CALLBACK);
  assert_int_equal(err.user_code, 28);
  assert_int_equal(metagame_result_write(result, 7, NULL, NULL, append, &t, &err), METAGAME_E_ARGUMENT);
  assert_int_equal(metagame_result_write(NULL, METAGAME_FORMAT_CSV, NULL, NULL, append, &t, &err), METAGAME_E_NULL);
  free(t.bytes);
  metagame_result_destroy(result);
}

int main(void) {
  const struct CMUnitTest tests[] = { cmocka_unit_test(numbers_round_trip_in_any_locale),
                                      cmocka_unit_test(hostile_labels_stay_inside_their_quotes),
                                      cmocka_unit_test(failing_sinks_are_reported) };
  return cmocka_run_group_tests_name("write", tests, NULL, NULL);
}
