/* SPDX-License-Identifier: MIT */
/* What stands behind a result, in files: words and numbers come back, sentences say what they say,
 * and files from before have none. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metagame/diagnosis.h"
#include "sample.h"

static const rs_sample process = { 14, 2, 0, 0, METAGAME_SOLVER_GAUSSIAN, 100, 9 };
static const rs_sample orders = { 12, 2, 0, 0, METAGAME_SOLVER_PERMUTATION, 40, 1 };
static const rs_sample pinned = { 9, 6, 1, 0, METAGAME_SOLVER_PERMUTATION, 240, 1 };

static metagame_diagnosis diagnosed(const metagame_result *result) {
  metagame_diagnosis d = METAGAME_DIAGNOSIS_INIT;
  assert_int_equal(metagame_result_diagnose(result, &d, NULL), METAGAME_OK);
  return d;
}

static void says(const metagame_result *result, const char *words) {
  char text[METAGAME_SENTENCE_ROOM];
  assert_int_equal(metagame_result_sentence(result, text, sizeof text, NULL, NULL), METAGAME_OK);
  if (!strstr(text, words)) fail_msg("\"%s\" does not say \"%s\"", text, words);
}

static metagame_result *read_text(const char *text) {
  const rs_text whole = { (char *)(uintptr_t)text, strlen(text), 0, 0, 0, 0 };
  return rs_read(&whole);
}

/* A result as what some edits make of its file. */
typedef struct edit {
  const char *from, *to;
} edit;

static metagame_result *edited(const metagame_result *result, const edit *edits, size_t count) {
  rs_text file = rs_write(result, NULL, METAGAME_FORMAT_JSON);
  char *text = rs_replaced(file.bytes, "{", "{");
  for (size_t e = 0; e < count; ++e) {
    char *next = rs_replaced(text, edits[e].from, edits[e].to);
    free(text);
    text = next;
  }
  metagame_result *again = read_text(text);
  free(text);
  rs_clear(&file);
  return again;
}

static void audits_come_back(void **state) {
  static const struct {
    const char *word;
    int32_t outcome;
    const char *error, *begin, *says;
  } cases[] = {
    { "passed", METAGAME_AUDIT_PASSED, "0.03",
      "Gaussian process, because 100 evaluations are few for 14 players; its audit passed: on 40 ",
      "rows that it had not seen its squared error was 0.03 of that of a linear fit for the worst "
      "target;" },
    { "failed", METAGAME_AUDIT_FAILED, "1.8",
      "Regression: a Gaussian process was tried, because 100 evaluations are few for 14 players, "
      "and failed its audit: on 40 rows", "its squared error was 1.8 of that" },
    { "mixed", METAGAME_AUDIT_MIXED, "1234567",
      "Gaussian process for some targets and regression for the others, because",
      "was 1.2e6 of that" },
    { "failed", METAGAME_AUDIT_FAILED, "null", "Regression", "was many times of that" },
    { "passed", METAGAME_AUDIT_PASSED, "0", "Gaussian process", "was 0 of that" },
    { "none", METAGAME_AUDIT_NONE, "0.5", "Gaussian process", "; it was not audited; the standard" }
  };
  metagame_result *solved = rs_solve(&process, NULL);
  (void)state;
  for (size_t c = 0; c < COUNT_OF(cases); ++c) {
    char audit[64] = "\"audit\": \"", error[64] = "\"audit_error\": ";
    strcat(strcat(audit, cases[c].word), "\", \"a\": \"");
    strcat(strcat(error, cases[c].error), ", \"b\": ");
    const edit edits[] = { { "\"reason\": \"named\"", "\"reason\": \"model\"" },
                           { "\"audit\": \"", audit },
                           { "\"audit_rows\": ", "\"audit_rows\": 40, \"c\": " },
                           { "\"audit_error\": ", error },
                           { "\"process\": ", "\"process\": 3, \"d\": " } };
    metagame_result *result = edited(solved, edits, COUNT_OF(edits)), *mean = NULL;
    const metagame_diagnosis d = diagnosed(result);
    const int is_none = cases[c].outcome == METAGAME_AUDIT_NONE;
    assert_int_equal(d.reason, METAGAME_REASON_MODEL);
    assert_int_equal(d.audit, cases[c].outcome);
    assert_int_equal(d.audit_rows, is_none ? 0 : 40);
    if (!is_none && c != 3) assert_true(d.audit_error == strtod(cases[c].error, NULL));
    if (is_none || c == 3) assert_true(isnan(d.audit_error));
    says(result, cases[c].begin);
    says(result, cases[c].says);
    /* once more, and through the ways that make results of results */
    rs_text one = rs_write(result, NULL, METAGAME_FORMAT_JSON);
    metagame_result *again = rs_read(&one), *part = NULL;
    rs_text two = rs_write(again, NULL, METAGAME_FORMAT_JSON);
    assert_string_equal(one.bytes, two.bytes);
    assert_int_equal(metagame_result_select(&part, again, 1, 1, NULL), METAGAME_OK);
    assert_int_equal(diagnosed(part).audit, cases[c].outcome);
    assert_int_equal(diagnosed(part).reason, METAGAME_REASON_MODEL);
    const metagame_result *const each[2] = { result, again };
    assert_int_equal(metagame_result_average(&mean, each, 2, NULL), METAGAME_OK);
    assert_int_equal(diagnosed(mean).audit, cases[c].outcome);
    assert_int_equal(diagnosed(mean).audit_rows, d.audit_rows);
    says(mean, "200 evaluations of 2 maskings are few for 14 players");
    rs_clear(&one);
    rs_clear(&two);
    metagame_result_destroy(mean);
    metagame_result_destroy(part);
    metagame_result_destroy(again);
    metagame_result_destroy(result);
  }
  metagame_result_destroy(solved);
}

/* One that passed and one that failed are mixed; one without an audit leaves none. */
static void averages_of_audits(void **state) {
  static const char *const words[] = { "passed", "failed", "none" };
  static const int32_t wanted[3][3] = {
    { METAGAME_AUDIT_PASSED, METAGAME_AUDIT_MIXED, METAGAME_AUDIT_NONE },
    { METAGAME_AUDIT_MIXED, METAGAME_AUDIT_FAILED, METAGAME_AUDIT_NONE },
    { METAGAME_AUDIT_NONE, METAGAME_AUDIT_NONE, METAGAME_AUDIT_NONE } };
  metagame_result *each[3], *solved = rs_solve(&process, NULL);
  (void)state;
  for (size_t k = 0; k < 3; ++k) {
    char audit[64] = "\"audit\": \"", error[64] = "\"audit_error\": 0.";
    const char *const rows = k == 0 ? "\"audit_rows\": 40, \"a\": " : "\"audit_rows\": 30, \"a\": ";
    strcat(strcat(audit, words[k]), "\", \"b\": \"");
    strcat(error, k == 0 ? "25, \"c\": " : "75, \"c\": ");
    const edit edits[] = { { "\"audit\": \"", audit },
                           { "\"audit_rows\": ", rows },
                           { "\"audit_error\": ", error } };
    each[k] = edited(solved, edits, COUNT_OF(edits));
  }
  for (size_t a = 0; a < 3; ++a)
    for (size_t b = 0; b < 3; ++b) {
      const metagame_result *const both[2] = { each[a], each[b] };
      metagame_result *mean = NULL;
      assert_int_equal(metagame_result_average(&mean, both, 2, NULL), METAGAME_OK);
      const metagame_diagnosis d = diagnosed(mean);
      assert_int_equal(d.audit, wanted[a][b]);
      if (wanted[a][b] == METAGAME_AUDIT_MIXED) {
        assert_int_equal(d.audit_rows, 30);
        assert_true(d.audit_error == 0.75);
      }
      metagame_result_destroy(mean);
    }
  for (size_t k = 0; k < 3; ++k) metagame_result_destroy(each[k]);
  metagame_result_destroy(solved);
}

static void grounds_come_back(void **state) {
  static const struct {
    const char *word;
    int32_t ground;
    const char *says;
  } cases[] = {
    { "few", METAGAME_GROUND_FEW, "interval: too few independent units stand behind them" },
    { "rare", METAGAME_GROUND_RARE, "interval: what moves them was seen in too few rows" },
    { "unseen", METAGAME_GROUND_UNSEEN, "was seen in no row in between" },
    { "partial", METAGAME_GROUND_PARTIAL, "interval: the run ended too early" },
    { "enough", METAGAME_GROUND_FEW, "too few independent units" } /* which it cannot be */
  };
  metagame_result *solved = rs_solve(&orders, NULL);
  (void)state;
  for (size_t c = 0; c < COUNT_OF(cases); ++c) {
    char ground[64] = "\"ground\": [\"";
    strcat(strcat(ground, cases[c].word), "\", \"few\"], \"g\": [");
    const edit edits[] = { { "\"ground\": [", ground } };
    metagame_result *result = edited(solved, edits, 1);
    assert_int_equal(metagame_result_ground(result)[0], cases[c].ground);
    assert_int_equal(metagame_result_ground(result)[1], METAGAME_GROUND_FEW);
    assert_int_equal(diagnosed(result).ground, cases[c].ground);
    assert_int_equal(diagnosed(result).n_without, 24);
    says(result, cases[c].says);
    says(result, "for 24 of 24 entries there is no ground");
    metagame_result_destroy(result);
  }
  metagame_result_destroy(solved);
}

static void bad_grounds_are_refused(void **state) {
  static const struct { const char *to, *key, *says; } cases[] = {
    { "\"ground\": [\"few\"], \"g\": [", "ground: ", "1 entries, must be 2 (targets)" },
    { "\"ground\": [\"few\", \"many\"], \"g\": [", "ground[1]: ",
      "it is \"many\", must be enough, few, rare, unseen or partial" },
    { "\"ground\": [\"few\", 1], \"g\": [", "ground[1]: ", "a string" },
    { "\"ground\": \"few\", \"g\": [", "ground: ", "a list" }
  };
  metagame_result *result = rs_solve(&orders, NULL), *out = NULL;
  rs_text good = rs_write(result, NULL, METAGAME_FORMAT_JSON);
  metagame_error err;
  (void)state;
  for (size_t c = 0; c < COUNT_OF(cases); ++c) {
    char *bad = rs_replaced(good.bytes, "\"ground\": [", cases[c].to);
    fx_expect(metagame_result_read(&out, bad, strlen(bad), NULL, &err), METAGAME_E_ARGUMENT, &err,
              cases[c].key, cases[c].says, " at line ", NULL);
    assert_memory_equal(err.message, cases[c].key, strlen(cases[c].key));
    free(bad);
  }
  rs_clear(&good);
  metagame_result_destroy(result);
}

/* Steps have grounds of their own, and the provenance of the whole. */
static void steps_keep_theirs(void **state) {
  metagame_result *result = rs_solve(&pinned, NULL), *parts[2] = { NULL, NULL };
  metagame_document document = METAGAME_DOCUMENT_INIT, kept = METAGAME_DOCUMENT_INIT;
  (void)state;
  for (uint32_t k = 0; k < 2; ++k)
    assert_int_equal(metagame_result_select(&parts[k], result, 0, 6, NULL), METAGAME_OK);
  document.n_steps = 2;
  document.steps = (const metagame_result *const *)parts;
  rs_text file = rs_write(result, &document, METAGAME_FORMAT_JSON);
  metagame_result *again = rs_read(&file);
  assert_int_equal(metagame_result_get_document(again, &kept, NULL), METAGAME_OK);
  for (size_t k = 0; k < 2; ++k) {
    const metagame_diagnosis one = diagnosed(parts[k]), two = diagnosed(kept.steps[k]);
    assert_int_equal(one.reason, METAGAME_REASON_NAMED);
    assert_memory_equal(&one, &two, sizeof one);
    assert_memory_equal(metagame_result_ground(parts[k]), metagame_result_ground(kept.steps[k]),
                        6 * sizeof(int32_t));
  }
  char *bad = rs_replaced(strstr(file.bytes, "\"steps\""), "\"ground\": [\"", "\"ground\": [\"un");
  char *whole = rs_replaced(file.bytes, strstr(file.bytes, "\"steps\""), bad);
  metagame_result *out = NULL;
  metagame_error err;
  fx_expect(metagame_result_read(&out, whole, strlen(whole), NULL, &err), METAGAME_E_ARGUMENT, &err,
            "steps[0].ground[0]: it is \"un", NULL);
  free(bad);
  free(whole);
  rs_clear(&file);
  metagame_result_destroy(again);
  for (uint32_t k = 0; k < 2; ++k) metagame_result_destroy(parts[k]);
  metagame_result_destroy(result);
}

static void files_from_before_have_none(void **state) {
  const edit edits[] = { { "\"diagnosis\"", "\"x\"" }, { "\"ground\": [", "\"y\": [" } };
  metagame_result *few = rs_solve(&orders, NULL), *model = rs_solve(&process, NULL);
  (void)state;
  metagame_result *result = edited(few, edits, 2);
  metagame_diagnosis d = diagnosed(result);
  assert_int_equal(d.reason, METAGAME_REASON_UNKNOWN);
  assert_int_equal(d.audit, METAGAME_AUDIT_NONE);
  assert_int_equal(d.ground, METAGAME_GROUND_FEW);
  says(result, "Permutation sampling; for 24 of 24 entries");
  metagame_result_destroy(result);
  /* numbers do not need it: the error is that of the standard errors */
  result = edited(model, edits, 2);
  d = diagnosed(result);
  const metagame_diagnosis wanted = diagnosed(model);
  assert_true(d.predicted_error > 0 && d.predicted_error == wanted.predicted_error);
  assert_true(d.relative_error == wanted.relative_error);
  assert_int_equal(d.halving, wanted.halving);
  assert_int_equal(d.exact_at, 1 << 14);
  metagame_result_destroy(result);
  metagame_result_destroy(model);
  metagame_result_destroy(few);
}

/* Numbers that no run gives: the sentence still ends, and says no number that is none. */
static void hostile_numbers_have_a_sentence(void **state) {
  static const char *const numbers[] = { "1e308", "-1e308", "5e-324", "0", "null", "1e-300" };
  static const char *const scales[] = { "0", "null", "5e-324", "1e308", "-1" };
  static const char *const solvers[] = { "exact", "regression", "permutation", "gaussian" };
  static const char form[] =
    "{\"format\":\"metagame-result\",\"version\":1,\"attributor\":\"a\",\"masking_id\":\"m\","
    "\"solver\":\"%s\",\"outer\":\"shapley\",\"pinned\":true,\"complete\":%s,"
    "\"symmetric\":false,\"seed\":0,\"evaluations\":%s,\"players\":[\"a\",\"b\"],"
    "\"targets\":[\"t\"],\"own_player\":[null],\"first_order\":[1],\"base\":[0],"
    "\"residual\":[0],\"scale\":[%s],\"matrix\":[[1,null]],\"stderr\":[[%s,%s]]}";
  char text[1024], words[METAGAME_SENTENCE_ROOM];
  (void)state;
  for (size_t k = 0; k < COUNT_OF(numbers) * COUNT_OF(numbers) * COUNT_OF(scales) * 8; ++k) {
    const size_t one = k % COUNT_OF(numbers), two = k / COUNT_OF(numbers) % COUNT_OF(numbers);
    const size_t rest = k / COUNT_OF(numbers) / COUNT_OF(numbers), scale = rest % COUNT_OF(scales);
    const size_t kind = rest / COUNT_OF(scales);
    snprintf(text, sizeof text, form, solvers[kind % 4], kind < 4 ? "true" : "false",
             kind % 2 ? "18446744073709551615" : "0", scales[scale], numbers[one], numbers[two]);
    metagame_result *result = read_text(text);
    const metagame_status status = metagame_result_sentence(result, words, sizeof words, NULL,
                                                            NULL);
    assert_int_equal(status, METAGAME_OK);
    assert_int_equal(words[strlen(words) - 1], '.');
    assert_null(strstr(words, "nan"));
    assert_null(strstr(words, "inf"));
    metagame_result_destroy(result);
  }
}

/* In the header, once, with or without script. */
static void pages_say_it(void **state) {
  const rs_sample *const samples[] = { &pinned, &orders };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(samples); ++k) {
    char text[METAGAME_SENTENCE_ROOM];
    metagame_document document = METAGAME_DOCUMENT_INIT;
    metagame_result *result = rs_solve(samples[k], NULL);
    assert_int_equal(metagame_result_sentence(result, text, sizeof text, NULL, NULL), METAGAME_OK);
    assert_null(strpbrk(text, "<>&\"\\"));
    for (uint64_t flags = 0; flags <= METAGAME_DOCUMENT_NO_SCRIPT; ++flags) {
      document.flags = flags;
      rs_text page = rs_write(result, &document, METAGAME_FORMAT_HTML);
      const char *const at = strstr(page.bytes, text);
      assert_true(at != NULL && at < strstr(page.bytes, "</header>"));
      assert_null(strstr(at + 1, text));
      rs_clear(&page);
    }
    metagame_result_destroy(result);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(audits_come_back),
    cmocka_unit_test(averages_of_audits),
    cmocka_unit_test(grounds_come_back),
    cmocka_unit_test(bad_grounds_are_refused),
    cmocka_unit_test(steps_keep_theirs),
    cmocka_unit_test(files_from_before_have_none),
    cmocka_unit_test(hostile_numbers_have_a_sentence),
    cmocka_unit_test(pages_say_it),
  };
  return cmocka_run_group_tests_name("diagnosis in files", tests, NULL, NULL);
}
