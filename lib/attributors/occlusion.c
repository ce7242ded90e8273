/* SPDX-License-Identifier: MIT */
/* Occlusion (leave one out):  phi_k(z) = f(z) - f(z with z_k = b_k); a cardinal value with all weight on the grand coalition.
 * Zeiler, Fergus, "Visualizing and understanding convolutional networks", ECCV 2014, section 4.2.
 * Cost: 1 + (features that vary) values a coalition; over all 2^n coalitions only 2^n distinct ones. */
#include "attributors/builtin.h"
#include "base/mask.h"

static int32_t METAGAME_CALL plan(void *user, const uint64_t *mask, metagame_sink *sink, metagame_error *err) {
  const mtg_builtin *builtin = user;
  const size_t words = mtg_mask_words(mtg_value_players(builtin));
  uint64_t *features = mtg_new(&builtin->alloc, 2 * words, sizeof *features), *without = features + words;
  if (!features) return mtg_fail_memory(err, &builtin->alloc, "a plan"), MTG_PASS_ON;
  mtg_restricted_start(builtin, mask, features);
  metagame_status status = metagame_sink_want(sink, features);
  for (uint32_t at = 0; status == METAGAME_OK && at < builtin->n_wanted; ++at) {
    if (!mtg_restricted_varies(builtin, features, builtin->wanted[at])) continue;
    mtg_mask_copy(without, features, words);
    mtg_restricted_drop(builtin, without, builtin->wanted[at]);
    status = metagame_sink_want(sink, without);
  }
  mtg_free(&builtin->alloc, features);
  return status < 0 ? MTG_PASS_ON : 0;
}

static int32_t METAGAME_CALL combine(void *user, const uint64_t *mask, const double *values, size_t n_values, double *row,
                                     metagame_error *err) {
  const mtg_builtin *builtin = user;
  uint64_t *features = mtg_new(&builtin->alloc, mtg_mask_words(mtg_value_players(builtin)), sizeof *features);
  double *phi = mtg_new(&builtin->alloc, builtin->n_features, sizeof *phi);
  size_t next = 1;
  (void)n_values;
  if (features && phi) {
    mtg_restricted_start(builtin, mask, features);
    for (uint32_t at = 0; at < builtin->n_wanted; ++at)
      if (mtg_restricted_varies(builtin, features, builtin->wanted[at])) phi[builtin->wanted[at]] = values[0] - values[next++];
    mtg_restricted_sum(builtin, phi, row);
  }
  const int failed = !features || !phi;
  mtg_free(&builtin->alloc, features);
  mtg_free(&builtin->alloc, phi);
  return failed ? (mtg_fail_memory(err, &builtin->alloc, "a row of occlusions"), MTG_PASS_ON) : 0;
}

static size_t measure(uint32_t k, const metagame_method *method, double *nodes, double *weights) {
  (void)k;
  (void)method;
  if (nodes) nodes[0] = 1, weights[0] = 1;
  return 1;
}

const mtg_attributor_kind mtg_attributor_occlusion = { "occlusion", METAGAME_CARDINAL, NULL, MTG_RULE_PLAIN, plan, combine, measure };
