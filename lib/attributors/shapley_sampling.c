/* SPDX-License-Identifier: MIT */
/* Shapley value by sampled orders, of the k features that vary at the coalition:
 *   phi_k = mean over `samples` orders pi of  g(k and those behind it in pi) - g(those behind it),   g(S) = f(S kept)
 * An order and its reverse are a pair. Orders are drawn for all features and restricted to those that vary, which leaves them
 * uniform. Unbiased; complete by construction; without error where no more than two features act together.
 * Castro, Gomez, Tejada, "Polynomial calculation of the Shapley value based on sampling", 2009 (ApproShapley); pairs: Mitchell,
 * Cooper, Frank, Holmes, "Sampling permutations for Shapley value estimation", 2022. Cost: 2 + samples (k - 1) values. */
#include <string.h>

#include "attributors/builtin.h"
#include "base/mask.h"

typedef struct scratch {
  uint64_t *features, *kept;
  uint32_t *order, *varying; /* of all features; its part that varies */
  uint32_t k;
  size_t words;
} scratch;

static metagame_status open_scratch(scratch *s, const mtg_builtin *builtin, const uint64_t *mask, metagame_error *err) {
  memset(s, 0, sizeof *s);
  s->words = mtg_mask_words(mtg_value_players(builtin));
  s->features = mtg_new(&builtin->alloc, 2 * s->words, sizeof *s->features);
  s->order = mtg_new(&builtin->alloc, builtin->n_features, 2 * sizeof *s->order);
  if (!s->features || !s->order) return mtg_fail_memory(err, &builtin->alloc, "sampled orders");
  s->kept = s->features + s->words;
  s->varying = s->order + builtin->n_features;
  mtg_restricted_start(builtin, mask, s->features);
  return METAGAME_OK;
}

static void close_scratch(scratch *s, const mtg_builtin *builtin) {
  mtg_free(&builtin->alloc, s->features);
  mtg_free(&builtin->alloc, s->order);
}

/* Order `sample`, restricted; an odd one is the reverse of the one before it. */
static void make_order(scratch *s, const mtg_builtin *builtin, const uint64_t *mask, uint32_t sample) {
  mtg_draw_order(builtin, mask, sample / 2, s->order);
  s->k = 0;
  for (uint32_t at = 0; at < builtin->n_features; ++at) {
    const uint32_t f = s->order[sample % 2 ? builtin->n_features - 1 - at : at];
    if (mtg_restricted_varies(builtin, s->features, f)) s->varying[s->k++] = f;
  }
}

/* Wishes: all that is kept, nothing of what varies, then for each order what is left after 1, .., k-1 features are gone. */
static int32_t METAGAME_CALL plan(void *user, const uint64_t *mask, metagame_sink *sink, metagame_error *err) {
  const mtg_builtin *builtin = user;
  scratch s;
  metagame_status status = open_scratch(&s, builtin, mask, err);
  if (status == METAGAME_OK) {
    status = mtg_sampled_size(builtin, s.features, err);
    mtg_mask_copy(s.kept, s.features, s.words);
    for (uint32_t f = 0; f < builtin->n_features; ++f)
      if (mtg_restricted_varies(builtin, s.features, f)) mtg_restricted_drop(builtin, s.kept, f);
  }
  if (status == METAGAME_OK) status = metagame_sink_want(sink, s.features);
  if (status == METAGAME_OK) status = metagame_sink_want(sink, s.kept);
  for (uint32_t sample = 0; status == METAGAME_OK && sample < builtin->samples; ++sample) {
    make_order(&s, builtin, mask, sample);
    mtg_mask_copy(s.kept, s.features, s.words);
    for (uint32_t at = 0; status == METAGAME_OK && at + 1 < s.k; ++at) {
      mtg_restricted_drop(builtin, s.kept, s.varying[at]);
      status = metagame_sink_want(sink, s.kept);
    }
  }
  close_scratch(&s, builtin);
  return status < 0 ? MTG_PASS_ON : 0;
}

static int32_t METAGAME_CALL combine(void *user, const uint64_t *mask, const double *values, size_t n_values, double *row,
                                     metagame_error *err) {
  const mtg_builtin *builtin = user;
  scratch s;
  metagame_status status = open_scratch(&s, builtin, mask, err);
  double *phi = mtg_new(&builtin->alloc, builtin->n_features, sizeof *phi);
  size_t next = 2;
  (void)n_values;
  if (status == METAGAME_OK && !phi) status = mtg_fail_memory(err, &builtin->alloc, "a row of values");
  if (status == METAGAME_OK) {
    for (uint32_t sample = 0; sample < builtin->samples; ++sample) {
      double before = values[0];
      make_order(&s, builtin, mask, sample);
      for (uint32_t at = 0; at < s.k; ++at) {
        const double after = at + 1 < s.k ? values[next++] : values[1];
        phi[s.varying[at]] += (before - after) / builtin->samples;
        before = after;
      }
    }
    mtg_restricted_sum(builtin, phi, row);
  }
  mtg_free(&builtin->alloc, phi);
  close_scratch(&s, builtin);
  return status < 0 ? MTG_PASS_ON : 0;
}

const mtg_attributor_kind mtg_attributor_shapley_sampling = { "shapley-sampling", 0, NULL, MTG_RULE_PAIRS, plan, combine, NULL };
