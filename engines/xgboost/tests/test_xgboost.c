/* SPDX-License-Identifier: MIT */
/* The XGBoost engine against XGBoost's own prediction from matrices, and its refusals. Models are trained here. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <xgboost/c_api.h>

#include "metagame_xgboost.h"

enum { ROWS = 200, FEATURES = 5, PATH = 256 };

static char folder[] = "/tmp/metagame-xgboost-XXXXXX";
static float data[ROWS * FEATURES], label[ROWS], classes[ROWS];

static void fill(void) {
  uint32_t state = 12345;
  for (int r = 0; r < ROWS; ++r) {
    float *x = data + r * FEATURES;
    for (int k = 0; k < FEATURES; ++k) {
      state = state * 1664525u + 1013904223u;
      x[k] = (float)(state >> 8) / 16777216.0f - 0.5f;
    }
    label[r] = 3 * x[0] + (x[1] > 0 ? 2 * x[2] : -x[3]);
    classes[r] = (float)(x[0] > 0.2f ? 2 : x[4] > 0 ? 1 : 0);
  }
}

/* Trains and saves; NULL-ended pairs of parameters. Returns the booster's own predictions of the training rows. */
static float *train(const char *path, const char *const *params, const float *target, int margin, size_t *width, int names) {
  DMatrixHandle matrix;
  BoosterHandle booster;
  const bst_ulong *shape;
  bst_ulong dims;
  const float *values;
  static const char *features[FEATURES] = { "dose", "age", "a,b", "\xC3\xA9t\xC3\xA9", "last" };
  assert_int_equal(XGDMatrixCreateFromMat(data, ROWS, FEATURES, (float)NAN, &matrix), 0);
  assert_int_equal(XGDMatrixSetFloatInfo(matrix, "label", target, ROWS), 0);
  if (names) assert_int_equal(XGDMatrixSetStrFeatureInfo(matrix, "feature_name", features, FEATURES), 0);
  assert_int_equal(XGBoosterCreate(&matrix, 1, &booster), 0);
  XGBoosterSetParam(booster, "nthread", "1");
  XGBoosterSetParam(booster, "verbosity", "0");
  for (; params[0]; params += 2) assert_int_equal(XGBoosterSetParam(booster, params[0], params[1]), 0);
  for (int round = 0; round < 8; ++round) assert_int_equal(XGBoosterUpdateOneIter(booster, round, matrix), 0);
  if (names) assert_int_equal(XGBoosterSetStrFeatureInfo(booster, "feature_name", features, FEATURES), 0);
  assert_int_equal(XGBoosterSaveModel(booster, path), 0);
  char config[160];
  snprintf(config, sizeof config,
           "{\"type\": %d, \"training\": false, \"iteration_begin\": 0, \"iteration_end\": 0, \"strict_shape\": true}", margin);
  assert_int_equal(XGBoosterPredictFromDMatrix(booster, matrix, config, &shape, &dims, &values), 0);
  *width = (size_t)shape[1];
  float *kept = malloc(ROWS * *width * sizeof *kept);
  memcpy(kept, values, ROWS * *width * sizeof *kept);
  XGBoosterFree(booster);
  XGDMatrixFree(matrix);
  return kept;
}

static metagame_xgboost *load(const char *path, uint64_t flags) {
  metagame_xgboost_options options = METAGAME_XGBOOST_OPTIONS_INIT;
  metagame_xgboost *handle = NULL;
  metagame_error err = METAGAME_ERROR_INIT;
  options.model_path = path;
  options.flags = flags | METAGAME_XGBOOST_SILENT;
  const metagame_status status = metagame_xgboost_create(&handle, &options, &err);
  if (status < 0) fail_msg("%s", err.message);
  return handle;
}

/* All rows at once, and one by one, are what XGBoost says. */
static void compare(metagame_xgboost *handle, const float *expected, size_t width) {
  metagame_model_callbacks model = METAGAME_MODEL_CALLBACKS_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  double rows[ROWS * FEATURES], *values = malloc(ROWS * width * sizeof *values);
  assert_int_equal(metagame_xgboost_callbacks(handle, &model, &err), METAGAME_OK);
  assert_int_equal(model.n_features, FEATURES);
  assert_int_equal(model.n_outputs, width);
  assert_null(model.gradient);
  for (int k = 0; k < ROWS * FEATURES; ++k) rows[k] = (double)data[k];
  assert_int_equal(model.evaluate(model.user, rows, ROWS, values, &err), 0);
  for (size_t k = 0; k < ROWS * width; ++k) assert_true(values[k] == (double)expected[k]);
  for (int r = 0; r < ROWS; r += 17) {
    assert_int_equal(model.evaluate(model.user, rows + r * FEATURES, 1, values, &err), 0);
    for (size_t o = 0; o < width; ++o) assert_true(values[o] == (double)expected[(size_t)r * width + o]);
  }
  free(values);
  model.destroy(model.user);
}

static void path_of(char *out, const char *name) { snprintf(out, PATH, "%s/%s", folder, name); }

static void test_regression(void **state) {
  (void)state;
  static const char *const params[] = { "objective", "reg:squarederror", "max_depth", "3", NULL };
  static const char *const endings[] = { "a.json", "a.ubj", "a.model" };
  for (int k = 0; k < 3; ++k) {
    char path[PATH];
    size_t width;
    path_of(path, endings[k]);
    float *expected = train(path, params, label, 0, &width, 1);
    metagame_xgboost *handle = load(path, 0);
    compare(handle, expected, width);
    if (k < 2) {
      assert_string_equal(metagame_xgboost_feature_name(handle, 0), "dose");
      assert_string_equal(metagame_xgboost_feature_name(handle, 3), "\xC3\xA9t\xC3\xA9");
    } else {
      assert_null(metagame_xgboost_feature_name(handle, 0)); /* the oldest format keeps no names */
    }
    assert_null(metagame_xgboost_feature_name(handle, FEATURES));
    metagame_xgboost_destroy(handle);
    free(expected);
  }
}

static void test_margin(void **state) {
  (void)state;
  static const char *const params[] = { "objective", "binary:logistic", "max_depth", "2", NULL };
  float yes[ROWS];
  char path[PATH];
  size_t width;
  for (int r = 0; r < ROWS; ++r) yes[r] = label[r] > 0;
  path_of(path, "b.json");
  for (int margin = 0; margin <= 1; ++margin) {
    float *expected = train(path, params, yes, margin, &width, 0);
    metagame_xgboost *handle = load(path, margin ? METAGAME_XGBOOST_MARGIN : 0);
    compare(handle, expected, width);
    assert_null(metagame_xgboost_feature_name(handle, 0));
    metagame_xgboost_destroy(handle);
    free(expected);
  }
}

static void test_classes_and_linear(void **state) {
  (void)state;
  static const char *const softprob[] = { "objective", "multi:softprob", "num_class", "3", "max_depth", "2", NULL };
  static const char *const linear[] = { "objective", "reg:squarederror", "booster", "gblinear", NULL };
  char path[PATH];
  size_t width;
  path_of(path, "c.json");
  float *expected = train(path, softprob, classes, 0, &width, 0);
  assert_int_equal(width, 3);
  metagame_xgboost *handle = load(path, 0);
  compare(handle, expected, width);
  metagame_xgboost_destroy(handle);
  free(expected);
  path_of(path, "d.json");
  expected = train(path, linear, label, 0, &width, 0);
  handle = load(path, 0);
  compare(handle, expected, width);
  metagame_xgboost_destroy(handle);
  free(expected);
}

/* The model outlives the handle; the Shapley values of a game add up. */
static void test_game(void **state) {
  (void)state;
  char path[PATH];
  path_of(path, "a.json");
  metagame_xgboost *handle = load(path, 0);
  metagame_model_callbacks callbacks = METAGAME_MODEL_CALLBACKS_INIT;
  metagame_model *model = NULL;
  metagame_game *game = NULL;
  metagame_result *result = NULL;
  metagame_masking masking = METAGAME_MASKING_INIT;
  double x[FEATURES] = { 0.4, 0.3, -0.2, 0.1, 0 }, zeros[FEATURES] = { 0 };
  assert_int_equal(metagame_xgboost_callbacks(handle, &callbacks, NULL), METAGAME_OK);
  metagame_xgboost_destroy(handle);
  assert_int_equal(metagame_model_create(&model, &callbacks, NULL, NULL), METAGAME_OK);
  masking.x = x;
  masking.background = zeros;
  assert_int_equal(metagame_game_from_model(&game, model, &masking, NULL), METAGAME_OK);
  metagame_model_destroy(model);
  assert_int_equal(metagame_solve(&result, game, NULL, NULL), METAGAME_OK);
  const double *phi = metagame_result_matrix(result);
  double sum = metagame_result_base(result)[0];
  for (int k = 0; k < FEATURES; ++k) sum += phi[k];
  assert_true(fabs(sum - metagame_result_first_order(result)[0]) < 1e-12);
  assert_true(fabs(phi[0]) > 0.1);
  assert_true(phi[4] == 0 || fabs(phi[4]) < 0.5);
  metagame_result_destroy(result);
  metagame_game_destroy(game);
}

static void *evaluate_often(void *user) {
  metagame_model_callbacks *model = user;
  double rows[4 * FEATURES], values[4], first[4];
  for (int k = 0; k < 4 * FEATURES; ++k) rows[k] = (double)data[k];
  for (int round = 0; round < 200; ++round) {
    if (model->evaluate(model->user, rows, 4, values, NULL) != 0) return user;
    if (round == 0) memcpy(first, values, sizeof first);
    if (memcmp(first, values, sizeof first) != 0) return user;
  }
  return NULL;
}

static void test_threads(void **state) {
  (void)state;
  char path[PATH];
  path_of(path, "a.json");
  metagame_xgboost *handle = load(path, 0);
  metagame_model_callbacks model = METAGAME_MODEL_CALLBACKS_INIT;
  pthread_t threads[4];
  assert_int_equal(metagame_xgboost_callbacks(handle, &model, NULL), METAGAME_OK);
  for (int k = 0; k < 4; ++k) assert_int_equal(pthread_create(&threads[k], NULL, evaluate_often, &model), 0);
  for (int k = 0; k < 4; ++k) {
    void *failed;
    pthread_join(threads[k], &failed);
    assert_null(failed);
  }
  model.destroy(model.user);
  metagame_xgboost_destroy(handle);
}

/* ---- refusals ---- */

static void refuse(const char *path, const char *words) {
  metagame_xgboost_options options = METAGAME_XGBOOST_OPTIONS_INIT;
  metagame_xgboost *handle = (metagame_xgboost *)&options;
  metagame_error err = METAGAME_ERROR_INIT;
  options.model_path = path;
  options.flags = METAGAME_XGBOOST_SILENT;
  assert_int_equal(metagame_xgboost_create(&handle, &options, &err), METAGAME_E_ARGUMENT);
  assert_null(handle);
  if (!strstr(err.message, words)) fail_msg("'%s' is not in '%s'", words, err.message);
  if (strchr(err.message, '\n')) fail_msg("more than a line: %s", err.message);
}

static void write_file(const char *path, const void *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  fclose(file);
}

static void test_files(void **state) {
  (void)state;
  char path[PATH], good[PATH], *text = malloc(1 << 20);
  refuse("/nowhere/model.json", "No such file");
  refuse(folder, "not a regular file");
  path_of(path, "bad.json");
  write_file(path, "hello", 5);
  refuse(path, "no model of XGBoost");
  write_file(path, "", 0);
  refuse(path, "no model of XGBoost");
  write_file(path, "{\"a\": [1, 2]}", 13);
  refuse(path, "cannot read");
  path_of(good, "a.json");
  FILE *file = fopen(good, "rb");
  const size_t size = fread(text, 1, 1 << 20, file);
  fclose(file);
  assert_in_range(size, 1000, (1 << 20) - 1);
  for (size_t part = 1; part < 8; ++part) {
    write_file(path, text, size * part / 8);
    refuse(path, "cannot read");
  }
  free(text);
}

static void test_options(void **state) {
  (void)state;
  metagame_xgboost_options options = METAGAME_XGBOOST_OPTIONS_INIT;
  metagame_xgboost *handle = NULL;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_model_callbacks model = METAGAME_MODEL_CALLBACKS_INIT;
  assert_int_equal(metagame_xgboost_create(NULL, &options, &err), METAGAME_E_NULL);
  assert_int_equal(metagame_xgboost_create(&handle, NULL, &err), METAGAME_E_NULL);
  assert_int_equal(metagame_xgboost_create(&handle, &options, &err), METAGAME_E_NULL);
  options.model_path = "x";
  options.flags = 8;
  assert_int_equal(metagame_xgboost_create(&handle, &options, &err), METAGAME_E_FLAGS);
  options.flags = 0;
  options.n_threads = 513;
  assert_int_equal(metagame_xgboost_create(&handle, &options, &err), METAGAME_E_ARGUMENT);
  assert_string_equal(err.message, "options.n_threads is 513, must be 0..512");
  options.n_threads = 0;
  options.max_batch = UINT64_C(1) << 40;
  assert_int_equal(metagame_xgboost_create(&handle, &options, &err), METAGAME_E_ARGUMENT);
  options.max_batch = 0;
  options.reserved = 1;
  assert_int_equal(metagame_xgboost_create(&handle, &options, &err), METAGAME_E_ARGUMENT);
  options.reserved = 0;
  options.struct_size = 4;
  assert_int_equal(metagame_xgboost_create(&handle, &options, &err), METAGAME_E_STRUCT_SIZE);
  struct {
    metagame_xgboost_options now;
    uint64_t later;
  } larger = { METAGAME_XGBOOST_OPTIONS_INIT, 1 };
  larger.now.struct_size = sizeof larger;
  assert_int_equal(metagame_xgboost_create(&handle, &larger.now, &err), METAGAME_E_STRUCT_SIZE);
  assert_int_equal(metagame_xgboost_callbacks(NULL, &model, &err), METAGAME_E_NULL);
  assert_int_equal(metagame_xgboost_n_features(NULL), 0);
  assert_null(metagame_xgboost_feature_name(NULL, 0));
  metagame_xgboost_destroy(NULL);
}

static int set_up(void **state) {
  (void)state;
  fill();
  return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  static const char *const names[] = { "a.json", "a.ubj", "a.model", "b.json", "c.json", "d.json", "bad.json" };
  for (size_t k = 0; k < sizeof names / sizeof *names; ++k) {
    char path[PATH];
    path_of(path, names[k]);
    unlink(path);
  }
  return rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_regression), cmocka_unit_test(test_margin), cmocka_unit_test(test_classes_and_linear),
    cmocka_unit_test(test_game),       cmocka_unit_test(test_threads), cmocka_unit_test(test_files),
    cmocka_unit_test(test_options),
  };
  return cmocka_run_group_tests_name("xgboost", tests, set_up, tear_down);
}
