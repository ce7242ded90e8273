/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"

void golden_path(char *out, size_t size, const char *family, const char *extension) {
  snprintf(out, size, "%s/%s.%s", GOLDEN_DATA, family, extension);
}

static bool read_row(const cJSON *array, double *out, size_t n) {
  if (!cJSON_IsArray(array)) return false;
  assert_int_equal(cJSON_GetArraySize(array), n);
  size_t k = 0;
  const cJSON *item;
  cJSON_ArrayForEach(item, array) out[k++] = item->valuedouble;
  return true;
}

static void read_case(const cJSON *json, golden_case *c) {
  double ids[GOLDEN_MOST], kept[GOLDEN_MOST], target[2] = { 0, 0 };
  const cJSON *list = cJSON_GetObjectItem(json, "ids"), *targets = cJSON_GetObjectItem(json, "target");
  memset(c, 0, sizeof *c);
  c->n = (size_t)cJSON_GetArraySize(list);
  assert_in_range(c->n, 1, GOLDEN_MOST);
  assert_true(read_row(list, ids, c->n) && read_row(cJSON_GetObjectItem(json, "kept"), kept, c->n));
  for (size_t k = 0; k < c->n; ++k) c->ids[k] = kept[k] != 0.0 ? (int32_t)ids[k] : 0;
  size_t n_targets = (size_t)cJSON_GetArraySize(targets);
  assert_true(read_row(targets, target, n_targets));
  c->target = (int32_t)target[0];
  c->contrast = n_targets == 2 ? (int32_t)target[1] : -1;
  c->value = cJSON_GetObjectItem(json, "value")->valuedouble;
  c->has_logits = read_row(cJSON_GetObjectItem(json, "logits"), c->logits, GOLDEN_VOCAB);
  c->has_integrated = read_row(cJSON_GetObjectItem(json, "integrated_gradients"), c->integrated, c->n);
  assert_true(read_row(cJSON_GetObjectItem(json, "gradient_norm"), c->norm, c->n));
  assert_true(read_row(cJSON_GetObjectItem(json, "grad_x_input"), c->times_input, c->n));
  assert_true(read_row(cJSON_GetObjectItem(json, "attnlrp"), c->attnlrp, c->n));
  const cJSON *gradient = cJSON_GetObjectItem(json, "gradient");
  c->has_gradient = cJSON_IsArray(gradient);
  for (size_t k = 0; c->has_gradient && k < c->n; ++k)
    assert_true(read_row(cJSON_GetArrayItem(gradient, (int)k), c->gradient[k], GOLDEN_WIDTH));
}

golden_case *golden_read(const char *family, size_t *n_cases) {
  char path[4096];
  golden_path(path, sizeof path, family, "json");
  FILE *file = fopen(path, "rb");
  if (!file) fail_msg("%s cannot be opened", path);
  size_t room = 1 << 20;
  char *text = calloc(room, 1);
  assert_non_null(text);
  assert_in_range(fread(text, 1, room, file), 1, room - 1);
  fclose(file);
  cJSON *json = cJSON_Parse(text);
  assert_non_null(json);
  const cJSON *cases = cJSON_GetObjectItem(json, "cases");
  *n_cases = (size_t)cJSON_GetArraySize(cases);
  golden_case *out = calloc(*n_cases, sizeof *out);
  assert_non_null(out);
  for (size_t k = 0; k < *n_cases; ++k) read_case(cJSON_GetArrayItem(cases, (int)k), out + k);
  cJSON_Delete(json);
  free(text);
  return out;
}
