/* SPDX-License-Identifier: MIT */
/* Weighted Banzhaf value:
 *   phi_k = sum_{S without k} p^|S| (1-p)^(n-1-|S|) (g(S+k) - g(S)) of the features that are kept at the coalition, g(S) = f(S kept),
 * the mean marginal when every other feature is in with probability p (method.probability). p = 1/2: Banzhaf; p = 1: occlusion.
 * Marichal, Mathonet, "Weighted Banzhaf power and interaction indexes through weighted approximations of games", 2011.
 * Cost: see cardinal.c. */
#include "attributors/builtin.h"
#include "base/semivalue.h"

static int32_t METAGAME_CALL plan(void *user, const uint64_t *mask, metagame_sink *sink, metagame_error *err) {
  return mtg_cardinal_plan(user, mask, sink, err);
}

static int32_t METAGAME_CALL combine(void *user, const uint64_t *mask, const double *values, size_t n_values, double *row,
                                     metagame_error *err) {
  (void)n_values;
  return mtg_cardinal_combine(user, MTG_MEASURE, mask, values, row, err);
}

static size_t measure(uint32_t k, const metagame_method *method, double *nodes, double *weights) {
  (void)k;
  if (nodes) nodes[0] = method->probability == 0 ? 0.5 : method->probability, weights[0] = 1;
  return 1;
}

const mtg_attributor_kind mtg_attributor_weighted_banzhaf = { "weighted-banzhaf", METAGAME_CARDINAL, NULL, MTG_RULE_PLAIN, plan, combine, measure };
