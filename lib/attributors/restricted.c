/* SPDX-License-Identifier: MIT */
/* The value game over features that the formula methods ask: which features are kept at a coalition of players, and f there. */
#include <string.h>

#include "attributors/builtin.h"
#include "base/mask.h"

void mtg_restricted_start(const mtg_builtin *builtin, const uint64_t *mask, uint64_t *features) {
  mtg_mask_clear(features, mtg_mask_words(mtg_value_players(builtin)));
  for (uint32_t f = 0; f < builtin->n_features; ++f) {
    int32_t player = builtin->player ? builtin->player[f] : (int32_t)f;
    if (player < 0 || mtg_mask_has(mask, (uint32_t)player)) mtg_mask_add(features, f);
  }
}

int mtg_restricted_varies(const mtg_builtin *builtin, const uint64_t *features, uint32_t f) {
  return builtin->baseline != NULL || mtg_mask_has(features, f);
}

void mtg_restricted_drop(const mtg_builtin *builtin, uint64_t *features, uint32_t f) {
  mtg_mask_remove(features, f);
  if (builtin->baseline) mtg_mask_add(features, builtin->n_features + f);
}

void mtg_restricted_restore(const mtg_builtin *builtin, uint64_t *features, const uint64_t *start, uint32_t f) {
  if (mtg_mask_has(start, f)) mtg_mask_add(features, f);
  if (builtin->baseline) mtg_mask_remove(features, builtin->n_features + f);
}

metagame_status mtg_sampled_size(const mtg_builtin *builtin, const uint64_t *features, metagame_error *err) {
  uint64_t k = 0;
  for (uint32_t f = 0; f < builtin->n_features; ++f) k += mtg_restricted_varies(builtin, features, f) != 0;
  if (builtin->samples * (k + 1) <= UINT64_C(1) << 32) return METAGAME_OK;
  return mtg_fail(err, METAGAME_E_LIMIT, "%s with %u samples of %llu features wants %llu values at one coalition, at most 2^32",
                  builtin->kind->name, builtin->samples, (unsigned long long)k, (unsigned long long)(builtin->samples * (k + 1)));
}

void mtg_restricted_sum(const mtg_builtin *builtin, const double *phi, double *row) {
  const mtg_groups *targets = &builtin->targets;
  for (uint32_t i = 0; i < targets->count; ++i) {
    double sum = 0;
    for (size_t at = targets->offsets[i]; at < targets->offsets[i + 1]; ++at) sum += phi[targets->features[at]];
    row[i] = sum;
  }
}

/* The value game's own state: it may outlive the builtin. */
typedef struct feature_values {
  mtg_masked *masked;
  double *baseline; /* NULL: the masking's */
  uint32_t output;
} feature_values;

typedef struct feature_rows {
  const feature_values *values;
  const uint64_t *masks;
  size_t words;
} feature_rows;

static void fill_row(const void *context, size_t index, size_t b, double *row) {
  const feature_rows *rows = context;
  const mtg_masked *masked = rows->values->masked;
  const double *background = masked->background + b * masked->n_features;
  const uint64_t *mask = rows->masks + index * rows->words;
  for (uint32_t f = 0; f < masked->n_features; ++f)
    row[f] = mtg_mask_has(mask, f)                                                             ? masked->x[f]
             : rows->values->baseline && mtg_mask_has(mask, masked->n_features + f) ? rows->values->baseline[f]
                                                                                               : background[f];
}

static int32_t METAGAME_CALL evaluate(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const feature_values *values = user;
  const mtg_masked *masked = values->masked;
  const feature_rows context = { values, masks, mtg_mask_words(values->baseline ? 2 * masked->n_features : masked->n_features) };
  const mtg_alloc *alloc = &masked->alloc;
  double *all = masked->n_outputs == 1 ? rows : mtg_new(alloc, n_masks, masked->n_outputs * sizeof *all);
  if (!all) return mtg_fail_memory(err, alloc, "a batch of values"), MTG_PASS_ON;
  metagame_status status = mtg_masked_mean(masked, n_masks, fill_row, &context, all, err);
  if (all != rows) {
    for (size_t r = 0; r < n_masks; ++r) rows[r] = all[r * masked->n_outputs + values->output];
    mtg_free(alloc, all);
  }
  return status < 0 ? MTG_PASS_ON : 0;
}

static void METAGAME_CALL destroy(void *user) {
  feature_values *values = user;
  if (!values) return;
  mtg_alloc alloc = values->masked->alloc;
  mtg_free(&alloc, values->baseline);
  mtg_masked_release(values->masked);
  mtg_free(&alloc, values);
}

metagame_status mtg_restricted_values(const mtg_builtin *builtin, metagame_game **out, metagame_error *err) {
  const mtg_alloc *alloc = &builtin->alloc;
  const metagame_allocator host = { sizeof host, alloc->user, alloc->allocate, alloc->release };
  metagame_function function = METAGAME_FUNCTION_INIT;
  if (mtg_value_players(builtin) > METAGAME_MAX_PLAYERS)
    return mtg_fail(err, METAGAME_E_LIMIT, "%s on %u features needs a value game of %u players, at most %u", builtin->kind->name,
                    builtin->n_features, mtg_value_players(builtin), METAGAME_MAX_PLAYERS);
  feature_values *values = mtg_new(alloc, 1, sizeof *values);
  if (!values) return mtg_fail_memory(err, alloc, "the value game");
  values->masked = mtg_masked_hold(builtin->masked);
  values->output = builtin->output;
  if (builtin->baseline) {
    values->baseline = mtg_copy(alloc, builtin->baseline, builtin->n_features, sizeof(double));
    if (!values->baseline) {
      destroy(values);
      return mtg_fail_memory(err, alloc, "the value game");
    }
  }
  function.n_players = mtg_value_players(builtin);
  function.flags = METAGAME_THREADSAFE; /* the model has its own lock */
  function.masking_id = builtin->base->masking_id;
  function.user = values;
  function.evaluate = evaluate;
  function.destroy = destroy;
  return metagame_game_from_function(out, &function, &host, err);
}
