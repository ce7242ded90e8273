/* SPDX-License-Identifier: MIT */
/* Shapley value:
 *   phi_k = sum_{S without k} s!(n-1-s)!/n! (g(S+k) - g(S)) of the features that are kept at the coalition, g(S) = f(S kept)
 * Shapley, "A value for n-person games", 1953; complete by construction. Cost: see cardinal.c. */
#include "attributors/builtin.h"
#include "base/quadrature.h"
#include "base/semivalue.h"

static int32_t METAGAME_CALL plan(void *user, const uint64_t *mask, metagame_sink *sink, metagame_error *err) {
  return mtg_cardinal_plan(user, mask, sink, err);
}

static int32_t METAGAME_CALL combine(void *user, const uint64_t *mask, const double *values, size_t n_values, double *row,
                                     metagame_error *err) {
  (void)n_values;
  return mtg_cardinal_combine(user, MTG_SHAPLEY, mask, values, row, err);
}

static size_t measure(uint32_t k, const metagame_method *method, double *nodes, double *weights) {
  (void)method;
  const size_t count = mtg_uniform_nodes(k);
  if (nodes) mtg_gauss_legendre(count, nodes, weights);
  return count;
}

const mtg_attributor_kind mtg_attributor_shapley = { "shapley", METAGAME_CARDINAL, NULL, MTG_RULE_PLAIN, plan, combine, measure };
