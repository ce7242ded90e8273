/* SPDX-License-Identifier: MIT */
/* Banzhaf value:
 *   phi_k = 2^(1-n) sum_{S without k} (g(S+k) - g(S)) of the features that are kept at the coalition, g(S) = f(S kept)
 * Banzhaf, "Weighted voting doesn't work", 1965; not complete. Cost: see cardinal.c. */
#include "attributors/builtin.h"
#include "base/semivalue.h"

static int32_t METAGAME_CALL plan(void *user, const uint64_t *mask, metagame_sink *sink, metagame_error *err) {
  return mtg_cardinal_plan(user, mask, sink, err);
}

static int32_t METAGAME_CALL combine(void *user, const uint64_t *mask, const double *values, size_t n_values, double *row,
                                     metagame_error *err) {
  (void)n_values;
  return mtg_cardinal_combine(user, MTG_BANZHAF, mask, values, row, err);
}

static size_t measure(uint32_t k, const metagame_method *method, double *nodes, double *weights) {
  (void)k;
  (void)method;
  if (nodes) nodes[0] = 0.5, weights[0] = 1;
  return 1;
}

const mtg_attributor_kind mtg_attributor_banzhaf = { "banzhaf", METAGAME_CARDINAL, NULL, MTG_RULE_PLAIN, plan, combine, measure };
