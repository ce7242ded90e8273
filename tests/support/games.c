/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "support.h"

ts_table *ts_table_new(uint32_t n_players, uint32_t n_outputs) {
  ts_table *table = ts_alloc(1, sizeof *table);
  const size_t rows = (size_t)1 << n_players;
  table->n_players = n_players;
  table->n_outputs = n_outputs;
  table->values = ts_alloc(rows * n_outputs, sizeof *table->values);
  table->own = ts_alloc(n_outputs, sizeof *table->own);
  table->asked = ts_alloc(rows, sizeof *table->asked);
  for (uint32_t i = 0; i < n_outputs; i++) table->own[i] = METAGAME_NO_PLAYER;
  return table;
}

ts_table *ts_table_random(ts_rng *rng, uint32_t n_players, uint32_t n_outputs) {
  ts_table *table = ts_table_new(n_players, n_outputs);
  const size_t count = ((size_t)1 << n_players) * n_outputs;
  for (size_t k = 0; k < count; k++) table->values[k] = ts_rng_real(rng, -1.0, 1.0);
  return table;
}

ts_table *ts_table_additive(ts_rng *rng, uint32_t n_players, uint32_t n_outputs) {
  ts_table *table = ts_table_new(n_players, n_outputs);
  for (uint32_t i = 0; i < n_outputs; i++) {
    double weight[32];
    const double constant = ts_rng_real(rng, -3.0, 3.0);
    for (uint32_t p = 0; p < n_players; p++) weight[p] = ts_rng_real(rng, -1.0, 1.0);
    for (size_t s = 0; s < (size_t)1 << n_players; s++) {
      double sum = constant;
      for (uint32_t p = 0; p < n_players; p++)
        if (s >> p & 1) sum += weight[p];
      table->values[s * n_outputs + i] = sum;
    }
  }
  return table;
}

void ts_table_free(ts_table *table) {
  if (table != NULL) {
    free(table->values);
    free(table->own);
    free(table->asked);
    free(table);
  }
}

void ts_table_reset(ts_table *table) {
  memset(table->asked, 0, sizeof *table->asked << table->n_players);
  table->calls = 0;
}

uint64_t ts_table_total(const ts_table *table) {
  uint64_t total = 0;
  for (size_t s = 0; s < (size_t)1 << table->n_players; s++) total += table->asked[s];
  return total;
}

uint64_t ts_table_distinct(const ts_table *table) {
  uint64_t distinct = 0;
  for (size_t s = 0; s < (size_t)1 << table->n_players; s++) distinct += table->asked[s] > 0;
  return distinct;
}

static int32_t METAGAME_CALL table_rows(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  ts_table *table = user;
  const size_t m = table->n_outputs;
  table->calls++;
  for (size_t r = 0; r < n_masks; r++) {
    if (masks[r] >> table->n_players != 0) {
      metagame_error_set(err, "a spare bit of a mask is set");
      return 7;
    }
    table->asked[masks[r]]++;
    memcpy(rows + r * m, table->values + (size_t)masks[r] * m, m * sizeof *rows);
  }
  return 0;
}

metagame_function ts_table_function(ts_table *table) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  function.n_players = table->n_players;
  function.n_outputs = table->n_outputs;
  function.user = table;
  function.evaluate = table_rows;
  return function;
}

metagame_attributor ts_table_attributor(ts_table *table) {
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  attributor.name = "table";
  attributor.n_players = table->n_players;
  attributor.n_targets = table->n_outputs;
  attributor.own_player = table->own;
  attributor.user = table;
  attributor.attribute = table_rows;
  return attributor;
}

static int32_t METAGAME_CALL table_model(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  ts_table *table = user;
  const size_t m = table->n_outputs;
  for (size_t r = 0; r < n_rows; r++) {
    size_t index = 0;
    for (uint32_t k = 0; k < table->n_players; k++) {
      const double entry = rows[r * table->n_players + k];
      if (entry != 0.0 && entry != 1.0) {
        metagame_error_set(err, "a table model takes rows of 0 and 1 only");
        return 8;
      }
      if (entry == 1.0) index |= (size_t)1 << k;
    }
    table->asked[index]++;
    memcpy(values + r * m, table->values + index * m, m * sizeof *values);
  }
  return 0;
}

metagame_model_callbacks ts_table_model(ts_table *table) {
  metagame_model_callbacks callbacks = METAGAME_MODEL_CALLBACKS_INIT;
  callbacks.n_features = table->n_players;
  callbacks.n_outputs = table->n_outputs;
  callbacks.user = table;
  callbacks.evaluate = table_model;
  return callbacks;
}

ts_groups ts_groups_make(size_t n_groups, size_t n_features) {
  ts_groups groups;
  groups.offsets = ts_alloc(n_groups + 1, sizeof *groups.offsets);
  groups.features = ts_alloc(n_features, sizeof *groups.features);
  groups.view.n_groups = n_groups;
  groups.view.offsets = groups.offsets;
  groups.view.features = groups.features;
  return groups;
}

void ts_groups_free(ts_groups *groups) {
  free(groups->offsets);
  free(groups->features);
}
