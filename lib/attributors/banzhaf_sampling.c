/* SPDX-License-Identifier: MIT */
/* Banzhaf value by sampled subsets, of the k features that vary at the coalition:
 *   phi_k = mean over `samples` subsets R of  g(R + k) - g(R - k),   g(S) = f(S kept)
 * R is uniformly random, R and its complement are a pair, and one R serves all features: g(R) and g(R) with one feature changed.
 * Subsets are drawn of all features and restricted to those that vary, which leaves them uniform. Unbiased; without error where no
 * more than two features act together.
 * Bachrach, Markakis, Resnick, Procaccia, Rosenschein, Saberi, "Approximating power indices: theoretical and empirical aspects",
 * 2010, which draws anew for each player; the shared subsets and the pairs are ours.
 * Cost: samples (1 + features of targets that vary) values. */
#include <string.h>

#include "attributors/builtin.h"
#include "base/mask.h"

typedef struct scratch {
  uint64_t *features, *kept, *subset; /* subset: of all features */
  size_t words, subset_words;
} scratch;

static metagame_status open_scratch(scratch *s, const mtg_builtin *builtin, const uint64_t *mask, metagame_error *err) {
  memset(s, 0, sizeof *s);
  s->words = mtg_mask_words(mtg_value_players(builtin));
  s->subset_words = mtg_mask_words(builtin->n_features);
  s->features = mtg_new(&builtin->alloc, 2 * s->words + s->subset_words, sizeof *s->features);
  if (!s->features) return mtg_fail_memory(err, &builtin->alloc, "sampled subsets");
  s->kept = s->features + s->words;
  s->subset = s->kept + s->words;
  mtg_restricted_start(builtin, mask, s->features);
  return METAGAME_OK;
}

/* Subset `sample`; an odd one is the complement of the one before it. */
static void make_subset(scratch *s, const mtg_builtin *builtin, const uint64_t *mask, uint32_t sample) {
  mtg_draw_subset(builtin, mask, sample / 2, s->subset);
  for (size_t word = 0; sample % 2 && word < s->subset_words; ++word) s->subset[word] = ~s->subset[word];
}

static void move(scratch *s, const mtg_builtin *builtin, uint32_t f, int out) {
  if (out)
    mtg_restricted_drop(builtin, s->kept, f);
  else
    mtg_restricted_restore(builtin, s->kept, s->features, f);
}

/* Wishes, for each subset: R, then R with each of the wanted features that vary moved in or out. */
static int32_t METAGAME_CALL plan(void *user, const uint64_t *mask, metagame_sink *sink, metagame_error *err) {
  const mtg_builtin *builtin = user;
  scratch s;
  metagame_status status = open_scratch(&s, builtin, mask, err);
  if (status == METAGAME_OK) status = mtg_sampled_size(builtin, s.features, err);
  for (uint32_t sample = 0; status == METAGAME_OK && sample < builtin->samples; ++sample) {
    make_subset(&s, builtin, mask, sample);
    mtg_mask_copy(s.kept, s.features, s.words);
    for (uint32_t f = 0; f < builtin->n_features; ++f)
      if (mtg_restricted_varies(builtin, s.features, f) && !mtg_mask_has(s.subset, f)) mtg_restricted_drop(builtin, s.kept, f);
    status = metagame_sink_want(sink, s.kept);
    for (uint32_t at = 0; status == METAGAME_OK && at < builtin->n_wanted; ++at) {
      const uint32_t f = builtin->wanted[at];
      if (!mtg_restricted_varies(builtin, s.features, f)) continue;
      const int is_in = mtg_mask_has(s.subset, f);
      move(&s, builtin, f, is_in);
      status = metagame_sink_want(sink, s.kept);
      move(&s, builtin, f, !is_in);
    }
  }
  mtg_free(&builtin->alloc, s.features);
  return status < 0 ? MTG_PASS_ON : 0;
}

static int32_t METAGAME_CALL combine(void *user, const uint64_t *mask, const double *values, size_t n_values, double *row,
                                     metagame_error *err) {
  const mtg_builtin *builtin = user;
  scratch s;
  metagame_status status = open_scratch(&s, builtin, mask, err);
  double *phi = mtg_new(&builtin->alloc, builtin->n_features, sizeof *phi);
  size_t next = 0;
  (void)n_values;
  if (status == METAGAME_OK && !phi) status = mtg_fail_memory(err, &builtin->alloc, "a row of values");
  if (status == METAGAME_OK) {
    for (uint32_t sample = 0; sample < builtin->samples; ++sample) {
      make_subset(&s, builtin, mask, sample);
      const double here = values[next++];
      for (uint32_t at = 0; at < builtin->n_wanted; ++at) {
        const uint32_t f = builtin->wanted[at];
        if (!mtg_restricted_varies(builtin, s.features, f)) continue;
        const double other = values[next++];
        phi[f] += (mtg_mask_has(s.subset, f) ? here - other : other - here) / builtin->samples;
      }
    }
    mtg_restricted_sum(builtin, phi, row);
  }
  mtg_free(&builtin->alloc, phi);
  mtg_free(&builtin->alloc, s.features);
  return status < 0 ? MTG_PASS_ON : 0;
}

const mtg_attributor_kind mtg_attributor_banzhaf_sampling = { "banzhaf-sampling", 0, NULL, MTG_RULE_PAIRS, plan, combine, NULL };
