/* SPDX-License-Identifier: MIT */
#include "case.h"

#include <cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(char *why, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(why, CASE_MESSAGE, format, arguments);
  va_end(arguments);
  return -1;
}

static const cJSON *member(const cJSON *object, const char *key) { return cJSON_GetObjectItemCaseSensitive(object, key); }

static size_t length(const cJSON *array) { return (size_t)cJSON_GetArraySize(array); }

/* Reads an array of `count` finite numbers. */
static int numbers(const cJSON *array, const char *name, size_t count, double *out, char *why) {
  if (!cJSON_IsArray(array)) return fail(why, "%s: an array of numbers is missing", name);
  if (length(array) != count) return fail(why, "%s: %zu numbers, expected %zu", name, length(array), count);
  const cJSON *item = NULL;
  size_t k = 0;
  cJSON_ArrayForEach(item, array) {
    if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble)) return fail(why, "%s[%zu]: not a finite number", name, k);
    out[k++] = item->valuedouble;
  }
  return 0;
}

/* An integer in low..high, or -1. */
static int64_t integer(const cJSON *item, int64_t low, int64_t high) {
  if (!cJSON_IsNumber(item)) return -1;
  const double value = item->valuedouble;
  return value >= (double)low && value <= (double)high && value == floor(value) ? (int64_t)value : -1;
}

static int parse_polynomial(golden_case *c, const cJSON *model, char *why) {
  const cJSON *terms = member(model, "terms");
  if (!cJSON_IsArray(terms)) return fail(why, "model.terms: an array is missing");
  const size_t n_terms = length(terms);
  c->poly = ts_poly_new(c->n_features, (uint32_t)n_terms);
  const cJSON *term = NULL;
  size_t t = 0;
  cJSON_ArrayForEach(term, terms) {
    const cJSON *coef = member(term, "coef"), *powers = member(term, "powers");
    if (!cJSON_IsNumber(coef) || !isfinite(coef->valuedouble)) return fail(why, "model.terms[%zu].coef: not a finite number", t);
    c->poly->coef[t] = coef->valuedouble;
    if (!cJSON_IsArray(powers) || length(powers) != c->n_features)
      return fail(why, "model.terms[%zu].powers: expected %u integers", t, c->n_features);
    const cJSON *power = NULL;
    size_t k = 0;
    cJSON_ArrayForEach(power, powers) {
      const int64_t value = integer(power, 0, 4096);
      if (value < 0) return fail(why, "model.terms[%zu].powers[%zu]: not an integer in 0..4096", t, k);
      c->poly->powers[t * c->n_features + k++] = (uint32_t)value;
    }
    t++;
  }
  return 0;
}

static int parse_layer(golden_case *c, uint32_t index, const cJSON *layer, char *why) {
  const cJSON *weights = member(layer, "W"), *activation = member(layer, "activation");
  const char *name = cJSON_GetStringValue(activation);
  int32_t kind = -1;
  if (name != NULL && strcmp(name, "identity") == 0) kind = METAGAME_TRUTH_IDENTITY;
  if (name != NULL && strcmp(name, "tanh") == 0) kind = METAGAME_TRUTH_TANH;
  if (name != NULL && strcmp(name, "softplus") == 0) kind = METAGAME_TRUTH_SOFTPLUS;
  if (kind < 0) return fail(why, "model.layers[%u].activation: not tanh, softplus or identity", index);
  if (!cJSON_IsArray(weights) || length(weights) == 0) return fail(why, "model.layers[%u].W: a matrix is missing", index);
  ts_mlp_set_layer(c->mlp, index, (uint32_t)length(weights), kind);
  const ts_layer *into = &c->mlp->layers[index];
  char label[64];
  const cJSON *row = NULL;
  size_t r = 0;
  cJSON_ArrayForEach(row, weights) {
    snprintf(label, sizeof label, "model.layers[%u].W[%zu]", index, r);
    if (numbers(row, label, into->n_in, into->weights + r * into->n_in, why) != 0) return -1;
    r++;
  }
  snprintf(label, sizeof label, "model.layers[%u].b", index);
  return numbers(member(layer, "b"), label, into->n_out, into->bias, why);
}

static int parse_mlp(golden_case *c, const cJSON *model, char *why) {
  const cJSON *layers = member(model, "layers");
  if (!cJSON_IsArray(layers) || length(layers) == 0) return fail(why, "model.layers: an array is missing");
  c->mlp = ts_mlp_new(c->n_features, (uint32_t)length(layers));
  const cJSON *layer = NULL;
  uint32_t l = 0;
  cJSON_ArrayForEach(layer, layers) {
    if (parse_layer(c, l++, layer, why) != 0) return -1;
  }
  if (c->mlp->n_outputs != 1) return fail(why, "model.layers: %u outputs, expected 1", c->mlp->n_outputs);
  return 0;
}

/* log2 of a power of two, or -1. */
static int exponent_of(size_t count) {
  for (int k = 0; k <= 24; k++)
    if (count == (size_t)1 << k) return k;
  return -1;
}

static int parse_table(golden_case *c, const cJSON *model, char *why) {
  const cJSON *values = member(model, "values");
  const int n = cJSON_IsArray(values) ? exponent_of(length(values)) : -1;
  if (n < 1) return fail(why, "model.values: the number of values is not 2^n, n = 1..24");
  c->n_features = (uint32_t)n;
  c->table = ts_table_new(c->n_features, 1);
  return numbers(values, "model.values", (size_t)1 << n, c->table->values, why);
}

static int parse_attribution_table(golden_case *c, const cJSON *model, char *why) {
  const cJSON *values = member(model, "values"), *row = NULL;
  const size_t n = c->players.view.n_groups, m = c->targets.view.n_groups;
  if (n > 24) return fail(why, "players: %zu players, at most 24 in a table", n);
  if (!cJSON_IsArray(values) || length(values) != (size_t)1 << n)
    return fail(why, "model.values: expected 2^%zu rows, one for each coalition of the players", n);
  c->table = ts_table_new((uint32_t)n, (uint32_t)m);
  size_t r = 0;
  cJSON_ArrayForEach(row, values) {
    char label[64];
    snprintf(label, sizeof label, "model.values[%zu]", r);
    if (numbers(row, label, m, c->table->values + r * m, why) != 0) return -1;
    r++;
  }
  return 0;
}

static int parse_groups(ts_groups *out, const cJSON *root, const char *name, char *why) {
  const cJSON *array = member(root, name), *group = NULL, *item = NULL;
  if (!cJSON_IsArray(array) || length(array) == 0) return fail(why, "%s: an array of groups is missing", name);
  size_t total = 0, g = 0, used = 0;
  cJSON_ArrayForEach(group, array) {
    if (!cJSON_IsArray(group) || length(group) == 0) return fail(why, "%s[%zu]: not a list of features", name, g);
    total += length(group);
    g++;
  }
  *out = ts_groups_make(g, total);
  g = 0;
  cJSON_ArrayForEach(group, array) {
    cJSON_ArrayForEach(item, group) {
      const int64_t feature = integer(item, 0, INT32_MAX);
      if (feature < 0) return fail(why, "%s[%zu]: holds something that is not a feature index", name, g);
      out->features[used++] = (uint32_t)feature;
    }
    out->offsets[++g] = used;
  }
  return 0;
}

static bool holds(const metagame_groups *groups, size_t group, uint32_t feature) {
  for (size_t k = groups->offsets[group]; k < groups->offsets[group + 1]; k++)
    if (groups->features[k] == feature) return true;
  return false;
}

/* Every feature of group `g` is in group `h` of `other`. */
static bool inside(const metagame_groups *groups, size_t g, const metagame_groups *other, size_t h) {
  for (size_t k = groups->offsets[g]; k < groups->offsets[g + 1]; k++)
    if (!holds(other, h, groups->features[k])) return false;
  return true;
}

/* The own player by the rule: the player whose features are exactly the target's, in any order. */
static int32_t own_by_rule(const golden_case *c, size_t target) {
  const metagame_groups *players = &c->players.view, *targets = &c->targets.view;
  for (size_t p = 0; p < players->n_groups; p++)
    if (inside(players, p, targets, target) && inside(targets, target, players, p)) return (int32_t)p;
  return METAGAME_NO_PLAYER;
}

static int parse_own(golden_case *c, char *why) {
  const cJSON *array = member(c->root, "own_player"), *item = NULL;
  const size_t m = c->targets.view.n_groups;
  c->own = ts_alloc(m, sizeof *c->own);
  if (array == NULL) {
    for (size_t i = 0; i < m; i++) c->own[i] = own_by_rule(c, i);
    return 0;
  }
  if (!cJSON_IsArray(array) || length(array) != m) return fail(why, "own_player: expected %zu entries, one for each target", m);
  size_t i = 0;
  cJSON_ArrayForEach(item, array) {
    const int64_t own = cJSON_IsNull(item) ? METAGAME_NO_PLAYER : integer(item, 0, (int64_t)c->players.view.n_groups - 1);
    if (own < 0 && !cJSON_IsNull(item)) return fail(why, "own_player[%zu]: neither null nor the index of a player", i);
    c->own[i++] = (int32_t)own;
  }
  return 0;
}

static const char *library_name(const char *name) {
  static const char *const names[][2] = {
    { "gradient", "gradient" },     { "grad_x_input", "gradient-x-input" },
    { "grad_x_delta", "gradient-x-delta" }, { "integrated_gradients", "integrated-gradients" },
    { "occlusion", "occlusion" },   { "shapley", "shapley" },
    { "banzhaf", "banzhaf" },
  };
  for (size_t k = 0; name != NULL && k < sizeof names / sizeof names[0]; k++)
    if (strcmp(name, names[k][0]) == 0) return names[k][1];
  return NULL;
}

static int parse_point(golden_case *c, const cJSON *method, char *why) {
  const size_t n = c->n_features;
  const bool table = c->kind == CASE_TABLE;
  c->x = ts_alloc(n, sizeof *c->x);
  c->baseline = ts_alloc(n, sizeof *c->baseline);
  for (size_t k = 0; k < n; k++) c->x[k] = 1.0;
  const cJSON *x = member(c->root, "x"), *baseline = member(c->root, "baseline"), *inner = member(method, "baseline");
  if ((!table || x != NULL) && numbers(x, "x", n, c->x, why) != 0) return -1;
  if ((!table || baseline != NULL) && numbers(baseline, "baseline", n, c->baseline, why) != 0) return -1;
  if (inner != NULL && !cJSON_IsNull(inner)) {
    c->inner_baseline = ts_alloc(n, sizeof *c->inner_baseline);
    return numbers(inner, "method.baseline", n, c->inner_baseline, why);
  }
  return 0;
}

static int parse_method(golden_case *c, const cJSON *model, char *why) {
  const cJSON *method = member(c->root, "method");
  const char *name = cJSON_GetStringValue(member(method, "name"));
  if (name == NULL) return fail(why, "method.name: a string is missing");
  c->method = library_name(name);
  const bool own_values = c->kind == CASE_ATTRIBUTION_TABLE;
  if (own_values != (strcmp(name, "table") == 0) || (!own_values && c->method == NULL))
    return fail(why, "method.name: %.100s does not exist for this kind of model", name);
  if (own_values) {
    if (parse_attribution_table(c, model, why) != 0) return -1;
    memcpy(c->table->own, c->own, c->targets.view.n_groups * sizeof *c->own);
    return 0;
  }
  const cJSON *x = member(c->root, "x");
  if (c->kind != CASE_TABLE) {
    if (!cJSON_IsArray(x) || length(x) == 0) return fail(why, "x: an array of numbers is missing");
    c->n_features = (uint32_t)length(x);
  }
  int bad = 0;
  if (c->kind == CASE_POLYNOMIAL) bad = parse_polynomial(c, model, why);
  if (c->kind == CASE_MLP) bad = parse_mlp(c, model, why);
  if (c->kind == CASE_TABLE) bad = parse_table(c, model, why);
  return bad != 0 ? -1 : parse_point(c, method, why);
}

int golden_case_parse(golden_case *out, const char *text, char *why) {
  static const char *const kinds[] = { "polynomial", "mlp", "table", "attribution_table" };
  memset(out, 0, sizeof *out);
  const char *end = NULL;
  out->root = cJSON_ParseWithOpts(text, &end, 1);
  if (out->root == NULL) return fail(why, "not valid JSON near byte %zu", end == NULL ? (size_t)0 : (size_t)(end - text));
  if (integer(member(out->root, "schema"), 1, 1) != 1) return fail(why, "schema: expected 1");
  const cJSON *model = member(out->root, "model");
  const char *kind = cJSON_GetStringValue(member(model, "kind"));
  out->kind = -1;
  for (int k = 0; kind != NULL && k < 4; k++)
    if (strcmp(kind, kinds[k]) == 0) out->kind = k;
  if (out->kind < 0) return fail(why, "model.kind: not polynomial, mlp, table or attribution_table");
  if (parse_groups(&out->players, out->root, "players", why) != 0 || parse_groups(&out->targets, out->root, "targets", why) != 0)
    return -1;
  return parse_own(out, why) != 0 ? -1 : parse_method(out, model, why);
}

void golden_case_clear(golden_case *c) {
  ts_poly_free(c->poly);
  ts_mlp_free(c->mlp);
  ts_table_free(c->table);
  free(c->x);
  free(c->baseline);
  free(c->inner_baseline);
  free(c->own);
  ts_groups_free(&c->players);
  ts_groups_free(&c->targets);
  cJSON_Delete(c->root);
  memset(c, 0, sizeof *c);
}

char *golden_read_file(const char *path, char *why) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    fail(why, "cannot be opened: %s", strerror(errno));
    return NULL;
  }
  size_t used = 0, room = 65536;
  char *text = ts_alloc(room, 1);
  size_t got = 0;
  while ((got = fread(text + used, 1, room - used - 1, file)) > 0) {
    used += got;
    if (room - used < 4096) {
      char *larger = ts_alloc(room * 2, 1);
      memcpy(larger, text, used);
      free(text);
      text = larger;
      room *= 2;
    }
  }
  const bool broken = ferror(file) != 0;
  fclose(file);
  text[used] = '\0';
  if (broken || strlen(text) != used) {
    fail(why, broken ? "cannot be read" : "holds a zero byte");
    free(text);
    return NULL;
  }
  return text;
}
