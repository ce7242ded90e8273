/* SPDX-License-Identifier: MIT */
/* Any semivalue, by its measure (method.semivalue):
 *   phi_k = sum_q weight_q sum_{S without k} node_q^|S| (1-node_q)^(n-1-|S|) (g(S+k) - g(S)) of the features that are kept
 * Every semivalue is of this form. Dubey, Neyman, Weber, "Value theory without efficiency", 1981. Cost: see cardinal.c. */
#include <string.h>

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
  const metagame_semivalue *semivalue = method->semivalue;
  (void)k;
  if (nodes) memcpy(nodes, semivalue->nodes, semivalue->n_nodes * sizeof *nodes);
  if (nodes) memcpy(weights, semivalue->weights, semivalue->n_nodes * sizeof *weights);
  return semivalue->n_nodes;
}

const mtg_attributor_kind mtg_attributor_semivalue = { "semivalue", METAGAME_CARDINAL, NULL, MTG_RULE_PLAIN, plan, combine, measure };
