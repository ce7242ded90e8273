/* SPDX-License-Identifier: MIT */
/* JSON written and read: the same bits and the same bytes; every kind of malformed file refused with its key and its place. */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metagame/diagnosis.h"
#include "sample.h"

static const rs_sample exact = { 4, 4, 1, 0, METAGAME_SOLVER_EXACT, 0, 3 };
static const rs_sample sampled = { 9, 6, 1, 0, METAGAME_SOLVER_PERMUTATION, 240, UINT64_C(18446744073709551615) };

static metagame_diagnosis diagnosed(const metagame_result *result) {
  metagame_diagnosis d = METAGAME_DIAGNOSIS_INIT;
  assert_int_equal(metagame_result_diagnose(result, &d, NULL), METAGAME_OK);
  return d;
}

static void same_numbers(const metagame_result *a, const metagame_result *b) {
  metagame_result_info one = METAGAME_RESULT_INFO_INIT, two = METAGAME_RESULT_INFO_INIT;
  assert_int_equal(metagame_result_get_info(a, &one, NULL), METAGAME_OK);
  assert_int_equal(metagame_result_get_info(b, &two, NULL), METAGAME_OK);
  const size_t cells = (size_t)one.n_players * one.n_targets;
  assert_memory_equal(metagame_result_matrix(a), metagame_result_matrix(b), cells * sizeof(double));
  assert_memory_equal(metagame_result_first_order(a), metagame_result_first_order(b), one.n_targets * sizeof(double));
  assert_memory_equal(metagame_result_base(a), metagame_result_base(b), one.n_targets * sizeof(double));
  assert_memory_equal(metagame_result_residual(a), metagame_result_residual(b), one.n_targets * sizeof(double));
  assert_memory_equal(metagame_result_scale(a), metagame_result_scale(b), one.n_targets * sizeof(double));
  assert_memory_equal(metagame_result_own_player(a), metagame_result_own_player(b), one.n_targets * sizeof(int32_t));
  assert_int_equal(metagame_result_stderr(a) != NULL, metagame_result_stderr(b) != NULL);
  if (metagame_result_stderr(a)) {
    double *widths = calloc(2 * cells, sizeof *widths);
    assert_memory_equal(metagame_result_stderr(a), metagame_result_stderr(b), cells * sizeof(double));
    assert_int_equal(metagame_result_half_width(a, 0.95, widths, NULL), METAGAME_OK);
    assert_int_equal(metagame_result_half_width(b, 0.95, widths + cells, NULL), METAGAME_OK);
    assert_memory_equal(widths, widths + cells, cells * sizeof(double));
    size_t wide = 0;
    for (size_t c = 0; c < cells; ++c) wide += widths[c] > 0;
    assert_true(wide > cells / 4);
    free(widths);
  }
  const metagame_diagnosis da = diagnosed(a), db = diagnosed(b);
  assert_memory_equal(&da, &db, sizeof da);
  if (metagame_result_ground(a))
    assert_memory_equal(metagame_result_ground(a), metagame_result_ground(b),
                        one.n_targets * sizeof(int32_t));
  assert_string_equal(one.attributor, two.attributor);
  assert_string_equal(one.masking_id, two.masking_id);
  one.attributor = two.attributor = one.masking_id = two.masking_id = NULL;
  assert_memory_equal(&one, &two, sizeof one);
}

static void a_result_comes_back_bit_for_bit(void **state) {
  static const char *const players[] = { "The", "caf\xc3\xa9", "\"quoted\" \\", "\xf0\x9f\x98\x80\t\n\x01" };
  const rs_sample kinds[] = { exact, sampled, { 5, 3, 0, METAGAME_CARDINAL, METAGAME_SOLVER_REGRESSION, 28, 0 },
                              { 20, 3, 0, 0, METAGAME_SOLVER_GAUSSIAN, 0, 9 } };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(kinds); ++k) {
    metagame_document document = METAGAME_DOCUMENT_INIT;
    metagame_result *result = rs_solve(&kinds[k], NULL);
    if (k == 0) document.player_labels = players;
    rs_text one = rs_write(result, &document, METAGAME_FORMAT_JSON);
    metagame_result *again = rs_read(&one);
    rs_text two = rs_write(again, NULL, METAGAME_FORMAT_JSON);
    assert_string_equal(one.bytes, two.bytes);
    same_numbers(result, again);
    assert_string_equal(metagame_result_player_label(again, 3), k == 0 ? players[3] : "3");
    assert_string_equal(metagame_result_target_label(again, 1), k == 0 ? players[1] : "1");
    assert_null(metagame_result_player_label(again, kinds[k].n));
    assert_null(metagame_result_target_label(again, kinds[k].m));
    assert_null(metagame_result_player_label(result, 0));
    rs_clear(&one);
    rs_clear(&two);
    metagame_result_destroy(again);
    metagame_result_destroy(result);
  }
}

static void partial_results_and_maskings_come_back(void **state) {
  const rs_sample other = { 9, 6, 1, 0, METAGAME_SOLVER_PERMUTATION, 240, 7 };
  metagame_result *results[2] = { rs_solve(&sampled, NULL), rs_solve(&other, NULL) }, *mean = NULL;
  (void)state;
  assert_int_equal(metagame_result_average(&mean, (const metagame_result *const *)results, 2, NULL), METAGAME_OK);
  rs_text one = rs_write(mean, NULL, METAGAME_FORMAT_JSON);
  metagame_result *again = rs_read(&one);
  same_numbers(mean, again);
  assert_memory_equal(metagame_result_spread(mean), metagame_result_spread(again), 54 * sizeof(double));
  rs_clear(&one);
  metagame_result_destroy(again);
  metagame_result_destroy(mean);
  metagame_result_destroy(results[0]);
  metagame_result_destroy(results[1]);
}

static void documents_are_kept(void **state) {
  static const char *const gaps[] = { "<s>", " ", NULL, "", "." };
  static const char *const keys[] = { "model", "prompt", "" }, *const values[] = { "m.gguf", "a \"b\"\nc", "empty key" };
  static const char *const labels[] = { "Par", "is" };
  metagame_document document = METAGAME_DOCUMENT_INIT, kept = METAGAME_DOCUMENT_INIT;
  metagame_result *result = rs_solve(&exact, NULL), *steps[2] = { NULL, NULL };
  (void)state;
  assert_int_equal(metagame_result_get_document(result, &kept, NULL), METAGAME_OK);
  assert_memory_equal(&kept, &document, sizeof kept);
  for (uint32_t k = 0; k < 2; ++k) assert_int_equal(metagame_result_select(&steps[k], result, 0, 4, NULL), METAGAME_OK);
  document.title = "A title";
  document.gaps = gaps;
  document.n_notes = 3;
  document.note_keys = keys;
  document.note_values = values;
  document.n_steps = 2;
  document.steps = (const metagame_result *const *)steps;
  document.step_labels = labels;
  document.grid_rows = document.grid_cols = 2;
  rs_text one = rs_write(result, &document, METAGAME_FORMAT_JSON);
  metagame_result *again = rs_read(&one);
  assert_int_equal(metagame_result_get_document(again, &kept, NULL), METAGAME_OK);
  assert_string_equal(kept.title, "A title");
  assert_string_equal(kept.gaps[0], "<s>");
  assert_string_equal(kept.gaps[2], "");
  assert_int_equal(kept.n_notes, 3);
  assert_string_equal(metagame_result_note(again, "prompt"), "a \"b\"\nc");
  assert_string_equal(metagame_result_note(again, ""), "empty key");
  assert_null(metagame_result_note(again, "Prompt"));
  assert_null(metagame_result_note(result, "prompt"));
  assert_int_equal(kept.n_steps, 2);
  assert_string_equal(kept.step_labels[1], "is");
  same_numbers(steps[1], kept.steps[1]);
  assert_int_equal(kept.grid_rows, 2);
  rs_text two = rs_write(again, NULL, METAGAME_FORMAT_JSON);
  assert_string_equal(one.bytes, two.bytes);
  rs_clear(&one);
  rs_clear(&two);
  metagame_result_destroy(again);
  metagame_result_destroy(steps[0]);
  metagame_result_destroy(steps[1]);
  metagame_result_destroy(result);
}

static void targets_are_selected(void **state) {
  metagame_result *result = rs_solve(&sampled, NULL), *part = NULL;
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  metagame_error err;
  (void)state;
  assert_int_equal(metagame_result_select(&part, result, 2, 3, &err), METAGAME_OK);
  assert_int_equal(metagame_result_get_info(part, &info, NULL), METAGAME_OK);
  assert_int_equal(info.n_targets, 3);
  assert_memory_equal(metagame_result_matrix(part), metagame_result_matrix(result) + 18, 27 * sizeof(double));
  assert_memory_equal(metagame_result_stderr(part), metagame_result_stderr(result) + 18, 27 * sizeof(double));
  assert_int_equal(metagame_result_own_player(part)[0], 2);
  assert_true(metagame_result_first_order(part)[1] == metagame_result_first_order(result)[3]);
  metagame_result_destroy(part);
  fx_expect(metagame_result_select(&part, result, 6, 1, &err), METAGAME_E_ARGUMENT, &err, "first is 6", "6 targets", NULL);
  fx_expect(metagame_result_select(&part, result, 4, 3, &err), METAGAME_E_ARGUMENT, &err, "n_targets is 3", "1..2", NULL);
  fx_expect(metagame_result_select(&part, NULL, 0, 1, &err), METAGAME_E_NULL, &err, "result", NULL);
  metagame_result_destroy(result);
}

/* ---- malformed files: one replacement each ---- */

static void malformed_files_are_refused(void **state) {
  static const struct { const char *from, *to, *key, *says; } cases[] = {
    { "\"metagame-result\"", "\"other\"", "format: ", "line 2, column 13" },
    { "\"version\": 1", "\"version\": 2", "version: ", "this library reads 1" },
    { "\"version\": 1", "\"version\": 1.5", "version: ", "an integer" },
    { "\"version\": 1,", "", "version: ", "missing" },
    { "\"solver\": \"exact\"", "\"solver\": \"magic\"", "solver: ", "\"magic\"" },
    { "\"solver\": \"exact\"", "\"solver\": 3", "solver: ", "a string" },
    { "\"outer\": \"shapley\"", "\"outer\": \"\"", "outer: ", "shapley or banzhaf" },
    { "\"pinned\": true", "\"pinned\": 1", "pinned: ", "true or false" },
    { "\"seed\": \"3\"", "\"seed\": \"x\"", "seed: ", "digits" },
    { "\"seed\": \"3\"", "\"seed\": \"18446744073709551616\"", "seed: ", "2^64" },
    { "\"evaluations\": 1", "\"evaluations\": -1", "evaluations: ", "an integer 0.." },
    { "\"user_code\": 0", "\"user_code\": 2147483648", "user_code: ", "32 bits" },
    { "\"players\": [", "\"players\": [], \"p\": [", "players: ", "0 entries" },
    { "\"players\": [\"0\", ", "\"players\": [\"0\", 7, ", "", "entries" },
    { "\"players\": [\"0\"", "\"players\": [0", "players[0]: ", "a string" },
    { "\"targets\": [\"0\", ", "\"targets\": [", "own_player: ", "4 entries, must be 3" },
    { "\"own_player\": [0", "\"own_player\": [4", "own_player[0]: ", "0..3" },
    { "\"own_player\": [0", "\"own_player\": [\"0\"", "own_player[0]: ", "an integer" },
    { "\"first_order\": [", "\"first_order\": [1, ", "first_order: ", "5 entries, must be 4 (targets)" },
    { "\"first_order\": [", "\"first_order\": [1e999, ", "first_order: ", "5 entries" },
    { "\"base\": [0", "\"base\": [1e999", "base: ", "larger than any double" },
    { "\"base\": [0", "\"base\": [\"0\"", "base: ", "a number or null" },
    { "\"base\": [0", "\"base\": [[0]", "base: ", "a number or null" },
    { "\"base\"", "\"basis\"", "base: ", "missing" },
    { "\"matrix\": [\n    [", "\"matrix\": [\n    [1, ", "matrix: ", "5 entries, must be 4 (players)" },
    { "\"matrix\": [\n    [", "\"matrix\": [\n    7, [", "matrix: ", "5 entries" },
    { "\"matrix\": [", "\"matrix\": {}, \"x\": [", "matrix: ", "a list" },
    { "\"scale\"", "\"base\"", "base: ", "twice" },
    { "\"scale\"", "\"grid\": [2, 3], \"scale\"", "grid: ", "2 x 3 patches, must be the 4 targets" },
    { "\"scale\"", "\"grid\": [4], \"scale\"", "grid: ", "1 entries, must be 2" },
    { "\"scale\"", "\"gaps\": [\"\"], \"scale\"", "gaps: ", "1 entries, must be 5" },
    { "\"scale\"", "\"notes\": [], \"scale\"", "notes: ", "an object" },
    { "\"scale\"", "\"notes\": {\"a\": 1}, \"scale\"", "notes[0]: ", "a string" },
    { "\"scale\"", "\"notes\": {\"a\": \"\", \"a\": \"\"}, \"scale\"", "notes[1]: ", "twice" },
    { "\"scale\"", "\"steps\": [{}], \"scale\"", "steps[0].first_order: ", "missing" },
    { "\"scale\"", "\"steps\": [1], \"scale\"", "steps[0]: ", "an object" },
    { "\"scale\"", "\"spread\": [], \"scale\"", "spread: ", "2 or more maskings" },
    { "\"scale\"", "\"maskings\": 3, \"scale\"", "maskings: ", "spread" },
    { "\"reason\": \"named\"", "\"reason\": \"magic\"", "diagnosis.reason: ", "it is \"magic\"" },
    { "\"reason\": \"named\"", "\"reason\": 1", "diagnosis.reason: ", "a string" },
    { "\"reason\": \"named\"", "\"reason\": \"named\", \"reason\": \"all\"",
      "diagnosis.reason: ", "twice" },
    { "\"audit\": \"none\"", "\"audit\": \"\"", "diagnosis.audit: ",
      "must be none, passed, failed or mixed" },
    { "\"audit_rows\": 0", "\"audit_rows\": -1", "diagnosis.audit_rows: ", "an integer 0.." },
    { "\"audit_error\": null", "\"audit_error\": \"0\"", "diagnosis.audit_error: ", "a number" },
    { "\"ground\": \"enough\"", "\"ground\": \"plenty\"", "diagnosis.ground: ", "\"plenty\"" },
    { "\"diagnosis\": {", "\"diagnosis\": 3, \"x\": {", "diagnosis: ", "an object" },
    { "\"scale\"", "\"title\": \"\\u0000\", \"scale\"", "title: ", "NUL" },
    { "\"scale\"", "\"t\": \"\\ud800\", \"scale\"", "", "surrogate" },
    { "\"scale\"", "\"t\": \"\\ud800\\u0041\", \"scale\"", "", "surrogate" },
    { "\"scale\"", "\"t\": \"\\q\", \"scale\"", "", "unknown escape" },
    { "\"scale\"", "\"t\": \"\xff\", \"scale\"", "", "0xff is not UTF-8" },
    { "\"scale\"", "\"t\": \"\xed\xa0\x80\", \"scale\"", "", "0xed is not UTF-8" },
    { "\"scale\"", "\"t\": \"a\nb\", \"scale\"", "", "control character 0x0a" },
    { "\"scale\"", "\"t\": 01, \"scale\"", "", "',' or '}'" },
    { "\"scale\"", "\"t\": .5, \"scale\"", "", "a value is expected" },
    { "\"scale\"", "\"t\": 1., \"scale\"", "", "a value is expected" },
    { "\"scale\"", "\"t\": nul, \"scale\"", "", "a value is expected" },
    { "\"scale\"", "\"t\": [1,], \"scale\"", "", "a value is expected" },
    { "\"scale\"", "scale", "", "a key in quotes" },
    { "\"scale\":", "\"scale\"", "", "':' is expected" },
    { "\"scale\"", "\"scale", "", "a" },
  };
  metagame_result *result = rs_solve(&exact, NULL), *out;
  rs_text good = rs_write(result, NULL, METAGAME_FORMAT_JSON);
  metagame_error err;
  (void)state;
  for (size_t c = 0; c < COUNT_OF(cases); ++c) {
    char *bad = rs_replaced(good.bytes, cases[c].from, cases[c].to);
    const metagame_status status = metagame_result_read(&out, bad, strlen(bad), NULL, &err);
    if (status != METAGAME_E_ARGUMENT || out || !strstr(err.message, cases[c].says) ||
        strncmp(err.message, cases[c].key, strlen(cases[c].key)) != 0 || !strstr(err.message, " at line "))
      fail_msg("%s -> %s: %d, %s", cases[c].from, cases[c].to, status, err.message);
    free(bad);
  }
  for (size_t size = 0; size < good.size - 1; ++size) { /* the last byte is a line end */
    char *cut = malloc(size + 1); /* so that reading beyond it is seen */
    memcpy(cut, good.bytes, size);
    assert_int_equal(metagame_result_read(&out, cut, size, NULL, &err), METAGAME_E_ARGUMENT);
    free(cut);
  }
  char *more = rs_replaced(good.bytes, "\n}\n", "\n}\n7");
  fx_expect(metagame_result_read(&out, more, strlen(more), NULL, &err), METAGAME_E_ARGUMENT, &err, "behind the value", NULL);
  free(more);
  rs_clear(&good);
  metagame_result_destroy(result);
}

static void hostile_sizes_take_no_memory(void **state) {
  enum { MANY = 60000 };
  fx_memory memory = { 0 };
  const metagame_allocator allocator = fx_allocator(&memory);
  rs_text text = { NULL, 0, 0, 0, 0, 0 };
  metagame_result *out;
  metagame_error err;
  (void)state;
  const char *const head = "{\"format\":\"metagame-result\",\"version\":1,\"attributor\":\"\",\"masking_id\":\"\",\"matrix\":[],\"players\":[\"\"";
  rs_append(&text, head, strlen(head));
  for (int k = 1; k < MANY; ++k) rs_append(&text, ",\"\"", 3);
  rs_append(&text, "],\"targets\":[\"\"", 15);
  for (int k = 1; k < MANY; ++k) rs_append(&text, ",\"\"", 3);
  rs_append(&text, "]}", 2);
  fx_expect(metagame_result_read(&out, text.bytes, text.size, &allocator, &err), METAGAME_E_ARGUMENT, &err, "matrix", "60000 x 60000",
            "too short", NULL);
  assert_true(memory.peak < 4 * text.size);
  assert_int_equal(memory.blocks, 0);
  rs_clear(&text);
  for (int depth = 63; depth < 67; ++depth) {
    char nested[200];
    memset(nested, '[', (size_t)depth);
    memset(nested + depth, ']', (size_t)depth);
    const metagame_status status = metagame_result_read(&out, nested, 2 * (size_t)depth, NULL, &err);
    fx_expect(status, depth > 64 ? METAGAME_E_LIMIT : METAGAME_E_ARGUMENT, &err, depth > 64 ? "deeper than 64" : "an object", NULL);
  }
}

/* Many small steps of a result with a long name: memory is in proportion to the file, not to steps times name. */
static void small_steps_take_little_memory(void **state) {
  enum { LONG = 40000, STEPS = 4000 };
  static const char part[] = "{\"first_order\":[1],\"base\":[0],\"residual\":[0],\"scale\":[1],\"matrix\":[[1]]}";
  static const char middle[] = "\",\"masking_id\":\"zeros\",\"solver\":\"exact\",\"outer\":\"shapley\",\"pinned\":true,\"complete\":true,"
    "\"symmetric\":false,\"seed\":0,\"evaluations\":2,\"players\":[\"a\"],\"targets\":[\"a\"],\"own_player\":[0],\"first_order\":[1],\"base\":[0],"
    "\"residual\":[0],\"scale\":[1],\"matrix\":[[1]],\"steps\":[";
  static const char head[] = "{\"format\":\"metagame-result\",\"version\":1,\"attributor\":\"";
  fx_memory memory = { 0 };
  const metagame_allocator allocator = fx_allocator(&memory);
  rs_text text = { NULL, 0, 0, 0, 0, 0 };
  metagame_document kept = METAGAME_DOCUMENT_INIT;
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  metagame_result *out = NULL, *part_of = NULL;
  metagame_error err;
  (void)state;
  rs_append(&text, head, sizeof head - 1);
  for (int k = 0; k < LONG; ++k) rs_append(&text, "x", 1);
  rs_append(&text, middle, sizeof middle - 1);
  for (int k = 0; k < STEPS; ++k) {
    if (k > 0) rs_append(&text, ",", 1);
    rs_append(&text, part, sizeof part - 1);
  }
  rs_append(&text, "]}", 2);
  if (metagame_result_read(&out, text.bytes, text.size, &allocator, &err) != METAGAME_OK) fail_msg("%s", err.message);
  if (memory.peak > 48 * text.size) fail_msg("%zu bytes of text take %zu", text.size, (size_t)memory.peak);
  assert_int_equal(metagame_result_get_document(out, &kept, NULL), METAGAME_OK);
  assert_int_equal(kept.n_steps, STEPS);
  assert_int_equal(metagame_result_select(&part_of, kept.steps[7], 0, 1, NULL), METAGAME_OK);
  metagame_result_destroy(out);
  assert_int_equal(metagame_result_get_info(part_of, &info, NULL), METAGAME_OK); /* what is taken from a step outlives it */
  assert_int_equal(strlen(info.attributor), LONG);
  assert_string_equal(info.masking_id, "zeros");
  metagame_result_destroy(part_of);
  assert_int_equal(memory.blocks, 0);
  rs_clear(&text);
}

static void order_unknown_keys_and_white_space_do_not_matter(void **state) {
  static const char file[] =
    "\t{\r\n\"scale\":[1],\"residual\":[-0.0],\"matrix\":[[1e0,2.50E+0,null]],\"base\":[5e-324],\"first_order\":[1.7976931348623157e308],"
    "\"own_player\":[null],\"targets\":[\"\\u00e9\\ud83d\\ude00\\/\"],\"players\":[\"a\",\"b\",\"c\"],\"evaluations\":3,\"seed\":12,\"symmetric\":false,"
    "\"complete\":true,\"pinned\":true,\"outer\":\"banzhaf\",\"solver\":\"exact\",\"masking_id\":\"m\",\"attributor\":\"a\",\"version\":1,"
    "\"nobody\\n knows\":{\"a\":[1,{\"matrix\":null}],\"b\":\"}]\\\"\"},\"format\":\"metagame-result\"} ";
  metagame_result *out = NULL;
  metagame_error err;
  metagame_result_info info = METAGAME_RESULT_INFO_INIT;
  (void)state;
  if (metagame_result_read(&out, file, sizeof file - 1, NULL, &err) != METAGAME_OK) fail_msg("%s", err.message);
  const double *matrix = metagame_result_matrix(out);
  assert_true(matrix[0] == 1 && matrix[1] == 2.5 && isnan(matrix[2]));
  assert_true(metagame_result_base(out)[0] == 5e-324 && metagame_result_first_order(out)[0] == 1.7976931348623157e308);
  assert_true(signbit(metagame_result_residual(out)[0]));
  assert_string_equal(metagame_result_target_label(out, 0), "\xc3\xa9\xf0\x9f\x98\x80/");
  assert_int_equal(metagame_result_get_info(out, &info, NULL), METAGAME_OK);
  assert_int_equal(info.outer, METAGAME_OUTER_BANZHAF);
  assert_int_equal(info.seed, 12);
  assert_null(metagame_result_stderr(out));
  metagame_result_destroy(out);
}

static void old_files_have_no_half_widths(void **state) {
  metagame_result *result = rs_solve(&sampled, NULL), *again = NULL;
  double widths[54];
  (void)state;
  rs_text good = rs_write(result, NULL, METAGAME_FORMAT_JSON);
  char *old = rs_replaced(good.bytes, "\"degrees\"", "\"x\"");
  assert_int_equal(metagame_result_read(&again, old, strlen(old), NULL, NULL), METAGAME_OK);
  assert_int_equal(metagame_result_half_width(again, 0.95, widths, NULL), METAGAME_OK);
  size_t unknown = 0;
  for (size_t c = 0; c < 54; ++c) unknown += isnan(widths[c]) != 0;
  assert_true(unknown > 10);
  free(old);
  rs_clear(&good);
  metagame_result_destroy(again);
  metagame_result_destroy(result);
}

static void reading_does_not_know_a_locale(void **state) {
  (void)state;
  if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "tr_TR.UTF-8")) skip();
  metagame_result *result = rs_solve(&sampled, NULL);
  rs_text good = rs_write(result, NULL, METAGAME_FORMAT_JSON);
  metagame_result *again = rs_read(&good);
  setlocale(LC_ALL, "C");
  same_numbers(result, again);
  rs_clear(&good);
  metagame_result_destroy(again);
  metagame_result_destroy(result);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_result_comes_back_bit_for_bit),
    cmocka_unit_test(partial_results_and_maskings_come_back),
    cmocka_unit_test(documents_are_kept),
    cmocka_unit_test(targets_are_selected),
    cmocka_unit_test(malformed_files_are_refused),
    cmocka_unit_test(hostile_sizes_take_no_memory),
    cmocka_unit_test(small_steps_take_little_memory),
    cmocka_unit_test(order_unknown_keys_and_white_space_do_not_matter),
    cmocka_unit_test(old_files_have_no_half_widths),
    cmocka_unit_test(reading_does_not_know_a_locale),
  };
  return cmocka_run_group_tests_name("read", tests, NULL, NULL);
}
