/* SPDX-License-Identifier: MIT */
/* The rule of acceptance: |got - expected| <= 1e-10 * max(scale_i, |phi_empty_i|), exactly equal where both are 0; for indices of the
 * scalar game 1e-10 * interactions.scale, faithful ones 1e-8. */
#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"

static const double relative_tolerance = 1e-10;

/* Number `k` of an array; NaN when it is no number. */
static double entry(const cJSON *array, size_t k) {
  const cJSON *item = cJSON_GetArrayItem(array, (int)k);
  return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

/* Error in units of the tolerance; NaN and shapes count as infinite. */
static double compare(const cJSON *want, const cJSON *have, const double *natural, size_t m) {
  if (!cJSON_IsArray(want) || !cJSON_IsArray(have) || cJSON_GetArraySize(want) != (int)m || cJSON_GetArraySize(have) != (int)m)
    return (double)INFINITY;
  double worst = 0.0;
  for (size_t i = 0; i < m; i++) {
    const double difference = fabs(entry(want, i) - entry(have, i));
    if (!isfinite(difference)) return (double)INFINITY;
    if (difference > 0.0) worst = fmax(worst, natural[i] > 0.0 ? difference / natural[i] / relative_tolerance : (double)INFINITY);
  }
  return worst;
}

static double compare_key(const cJSON *want, const cJSON *have, bool is_matrix, const double *natural, size_t m) {
  if (!is_matrix) return compare(want, have, natural, m);
  const int n = cJSON_GetArraySize(want);
  if (!cJSON_IsArray(want) || !cJSON_IsArray(have) || cJSON_GetArraySize(have) != n) return (double)INFINITY;
  double worst = 0.0;
  for (int j = 0; j < n; j++) worst = fmax(worst, compare(cJSON_GetArrayItem(want, j), cJSON_GetArrayItem(have, j), natural, m));
  return worst;
}

/* [k][j][i] with the scales of i. */
static double compare_third(const cJSON *want, const cJSON *have, const double *natural, size_t m) {
  const int n = cJSON_GetArraySize(want);
  if (!cJSON_IsArray(want) || !cJSON_IsArray(have) || cJSON_GetArraySize(have) != n) return (double)INFINITY;
  double worst = 0.0;
  for (int k = 0; k < n; k++) worst = fmax(worst, compare_key(cJSON_GetArrayItem(want, k), cJSON_GetArrayItem(have, k), true, natural, m));
  return worst;
}

/* Worst error of the indices; *key is the worst one's. */
static double compare_interactions(const cJSON *want, const cJSON *have, const char **key) {
  double worst = 0.0;
  const cJSON *natural_item = cJSON_GetObjectItemCaseSensitive(want, "scale");
  const double natural_scale = cJSON_IsNumber(natural_item) ? natural_item->valuedouble : 0.0;
  for (const cJSON *item = want->child; item != NULL; item = item->next) {
    if (strcmp(item->string, "scale") == 0) continue;
    const cJSON *got = cJSON_GetObjectItemCaseSensitive(have, item->string);
    const double unit = strncmp(item->string, "fsii", 4) == 0 ? 100.0 * natural_scale : natural_scale;
    double found = 0.0;
    if (cJSON_IsNumber(item)) {
      found = cJSON_IsNumber(got) ? fabs(item->valuedouble - got->valuedouble) / unit / relative_tolerance : (double)INFINITY;
      if (cJSON_IsNumber(got) && item->valuedouble == got->valuedouble) found = 0.0;
    } else {
      const size_t n = (size_t)cJSON_GetArraySize(item);
      double *natural = ts_alloc(n, sizeof *natural);
      for (size_t k = 0; k < n; k++) natural[k] = unit;
      found = compare_key(item, got, cJSON_IsArray(item->child), natural, n);
      free(natural);
    }
    if (!(found <= worst)) {
      worst = found;
      *key = item->string;
    }
  }
  return worst;
}

int golden_check(double *worst, const golden_case *c, const char *result_text, char *why) {
  static const char *const keys[] = { "phi", "phi_empty", "base_pinned", "meta", "meta_pinned", "meta_banzhaf", "meta_pinned_banzhaf" };
  const size_t m = c->targets.view.n_groups, first_matrix = 3;
  *worst = (double)INFINITY;
  const cJSON *expected = cJSON_GetObjectItemCaseSensitive(c->root, "expected");
  const cJSON *scale = cJSON_GetObjectItemCaseSensitive(expected, "scale");
  const cJSON *empty = cJSON_GetObjectItemCaseSensitive(expected, "phi_empty");
  if (!cJSON_IsArray(scale) || !cJSON_IsArray(empty)) {
    snprintf(why, CASE_MESSAGE, "expected.scale or expected.phi_empty is missing");
    return -1;
  }
  cJSON *got = cJSON_Parse(result_text);
  if (got == NULL) {
    snprintf(why, CASE_MESSAGE, "the result is not valid JSON");
    return -1;
  }
  double *natural = ts_alloc(m, sizeof *natural);
  for (size_t i = 0; i < m; i++) natural[i] = fmax(entry(scale, i), fabs(entry(empty, i)));
  int status = 0;
  double sum = 0.0;
  for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
    const cJSON *want = cJSON_GetObjectItemCaseSensitive(expected, keys[k]);
    if (want == NULL) continue;
    const double found = compare_key(want, cJSON_GetObjectItemCaseSensitive(got, keys[k]), k >= first_matrix, natural, m);
    if (!(found <= 1.0) && status == 0) {
      snprintf(why, CASE_MESSAGE, "%s: off by %.3g tolerances", keys[k], found);
      status = -1;
    }
    sum = fmax(sum, found);
  }
  static const char *const thirds[] = { "third", "third_pinned" };
  for (size_t k = 0; k < sizeof thirds / sizeof thirds[0]; k++) {
    const cJSON *want = cJSON_GetObjectItemCaseSensitive(expected, thirds[k]);
    if (want == NULL) continue;
    const double found = compare_third(want, cJSON_GetObjectItemCaseSensitive(got, thirds[k]), natural, m);
    if (!(found <= 1.0) && status == 0) {
      snprintf(why, CASE_MESSAGE, "%s: off by %.3g tolerances", thirds[k], found);
      status = -1;
    }
    sum = fmax(sum, found);
  }
  const cJSON *indices = cJSON_GetObjectItemCaseSensitive(expected, "interactions");
  if (indices != NULL) {
    const char *key = "";
    const double found = compare_interactions(indices, cJSON_GetObjectItemCaseSensitive(got, "interactions"), &key);
    if (!(found <= 1.0) && status == 0) {
      snprintf(why, CASE_MESSAGE, "interactions.%s: off by %.3g tolerances", key, found);
      status = -1;
    }
    sum = fmax(sum, found);
  }
  *worst = sum;
  free(natural);
  cJSON_Delete(got);
  return status;
}
