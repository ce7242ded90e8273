/* SPDX-License-Identifier: MIT */
/* Semivalues of the features at one coalition: the 2^k values of the k features that vary, in counting order, and
 * their mean marginals (base/semivalue.h). Cost: 2^k values and k 2^(k-1) marginals. */
#include <string.h>

#include "attributors/builtin.h"
#include "base/mask.h"
#include "base/semivalue.h"

/* The features that vary at `mask`, ascending; room for n_features of them. Returns their number. */
static uint32_t list_varying(const mtg_builtin *builtin, const uint64_t *features, uint32_t *list) {
  uint32_t k = 0;
  for (uint32_t f = 0; f < builtin->n_features; ++f)
    if (mtg_restricted_varies(builtin, features, f)) list[k++] = f;
  return k;
}

typedef struct scratch {
  uint64_t *features, *kept;
  uint32_t *list;
  uint32_t k;
} scratch;

static metagame_status open_scratch(scratch *s, const mtg_builtin *builtin, const uint64_t *mask, metagame_error *err) {
  const size_t words = mtg_mask_words(mtg_value_players(builtin));
  s->features = mtg_new(&builtin->alloc, 2 * words, sizeof *s->features);
  s->list = mtg_new(&builtin->alloc, builtin->n_features, sizeof *s->list);
  if (!s->features || !s->list) return mtg_fail_memory(err, &builtin->alloc, "a plan");
  s->kept = s->features + words;
  mtg_restricted_start(builtin, mask, s->features);
  s->k = list_varying(builtin, s->features, s->list);
  if (s->k > METAGAME_EXACT_MAX_PLAYERS)
    return mtg_fail(err, METAGAME_E_LIMIT, "%s enumerates 2^%u coalitions of features, at most 2^%u; group the features into players "
                    "of a function game, or use %s-sampling", builtin->kind->name, s->k, METAGAME_EXACT_MAX_PLAYERS,
                    builtin->kind->name);
  return METAGAME_OK;
}

static void close_scratch(scratch *s, const mtg_builtin *builtin) {
  mtg_free(&builtin->alloc, s->features);
  mtg_free(&builtin->alloc, s->list);
}

int32_t mtg_cardinal_plan(const mtg_builtin *builtin, const uint64_t *mask, metagame_sink *sink, metagame_error *err) {
  const size_t words = mtg_mask_words(mtg_value_players(builtin));
  scratch s;
  metagame_status status = open_scratch(&s, builtin, mask, err);
  for (uint64_t subset = 0; status == METAGAME_OK && subset < UINT64_C(1) << s.k; ++subset) {
    mtg_mask_copy(s.kept, s.features, words);
    for (uint32_t at = 0; at < s.k; ++at)
      if (!(subset >> at & 1)) mtg_restricted_drop(builtin, s.kept, s.list[at]);
    status = metagame_sink_want(sink, s.kept);
  }
  close_scratch(&s, builtin);
  return status < 0 ? MTG_PASS_ON : 0;
}

int32_t mtg_cardinal_combine(const mtg_builtin *builtin, int kind, const uint64_t *mask, const double *values, double *row,
                             metagame_error *err) {
  double p[METAGAME_EXACT_MAX_PLAYERS + 1], q[METAGAME_EXACT_MAX_PLAYERS + 1], some[METAGAME_EXACT_MAX_PLAYERS];
  scratch s;
  metagame_status status = open_scratch(&s, builtin, mask, err);
  double *phi = mtg_new(&builtin->alloc, builtin->n_features, sizeof *phi);
  if (status == METAGAME_OK && !phi) status = mtg_fail_memory(err, &builtin->alloc, "a row of values");
  if (status == METAGAME_OK) {
    if (s.k > 0) {
      const mtg_measure measure = { builtin->n_nodes, builtin->nodes, builtin->weights };
      if (kind == MTG_MEASURE)
        mtg_measure_weights(&measure, s.k, 1, q);
      else
        mtg_semivalue_weights(kind, s.k, p, q);
      mtg_semivalue_table(s.k, values, q, some);
    }
    for (uint32_t at = 0; at < s.k; ++at) phi[s.list[at]] = some[at];
    mtg_restricted_sum(builtin, phi, row);
  }
  mtg_free(&builtin->alloc, phi);
  close_scratch(&s, builtin);
  return status < 0 ? MTG_PASS_ON : 0;
}
