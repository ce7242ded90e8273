/* SPDX-License-Identifier: MIT */
#include "game/cardinal.h"

#include <math.h>

#include "base/abi.h"

enum { MOST_NODES = 4096 };

metagame_status mtg_semivalue_check(const metagame_semivalue *semivalue, metagame_error *err) {
  double total = 0;
  if (!semivalue->nodes || !semivalue->weights)
    return mtg_fail(err, METAGAME_E_NULL, "semivalue.%s is NULL", !semivalue->nodes ? "nodes" : "weights");
  if (semivalue->n_nodes < 1 || semivalue->n_nodes > MOST_NODES)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "semivalue.n_nodes is %zu, must be 1..%d", semivalue->n_nodes, (int)MOST_NODES);
  for (size_t q = 0; q < semivalue->n_nodes; ++q) {
    if (!(semivalue->nodes[q] >= 0 && semivalue->nodes[q] <= 1))
      return mtg_fail(err, METAGAME_E_ARGUMENT, "semivalue.nodes[%zu] is %g, must be 0..1", q, semivalue->nodes[q]);
    if (!(semivalue->weights[q] >= 0 && semivalue->weights[q] <= 2))
      return mtg_fail(err, METAGAME_E_ARGUMENT, "semivalue.weights[%zu] is %g, must be 0 or more, with sum 1", q, semivalue->weights[q]);
    total += semivalue->weights[q];
  }
  if (fabs(total - 1) > 1e-9)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "semivalue.weights add up to %g, must add up to 1", total);
  return METAGAME_OK;
}

static metagame_status copy_targets(mtg_cardinal *cardinal, const metagame_semivalue *semivalue, uint32_t n_players, uint32_t n_targets,
                                    const int32_t *own_player, const mtg_alloc *alloc, metagame_error *err) {
  if (semivalue->targets) {
    MTG_TRY(mtg_groups_copy(&cardinal->targets, semivalue->targets, n_players, 0, "semivalue.targets", alloc, err));
    if (cardinal->targets.count != n_targets)
      return mtg_fail(err, METAGAME_E_ARGUMENT, "semivalue.targets has %u groups, must have %u: one for each target",
                      cardinal->targets.count, n_targets);
    for (uint32_t i = 0; own_player && i < n_targets; ++i) {
      const size_t first = cardinal->targets.offsets[i];
      if (own_player[i] >= 0 && (cardinal->targets.offsets[i + 1] != first + 1 || cardinal->targets.features[first] != (uint32_t)own_player[i]))
        return mtg_fail(err, METAGAME_E_GROUPS, "semivalue.targets: group %u must be player %ld alone, its own player", i, (long)own_player[i]);
    }
    return METAGAME_OK;
  }
  metagame_groups singles = { n_targets, NULL, NULL };
  size_t *offsets = mtg_new(alloc, (size_t)n_targets + 1, sizeof *offsets);
  uint32_t *features = mtg_new(alloc, n_targets, sizeof *features);
  metagame_status status = offsets && features ? METAGAME_OK : mtg_fail_memory(err, alloc, "the semivalue");
  for (uint32_t i = 0; status == METAGAME_OK && i < n_targets; ++i) {
    if (!own_player || own_player[i] < 0)
      status = mtg_fail(err, METAGAME_E_NULL, "semivalue.targets is NULL, but target %u has no own player", i);
    offsets[i + 1] = i + 1;
    features[i] = own_player && own_player[i] >= 0 ? (uint32_t)own_player[i] : 0;
  }
  singles.offsets = offsets;
  singles.features = features;
  if (status == METAGAME_OK) status = mtg_groups_copy(&cardinal->targets, &singles, n_players, 0, "semivalue.targets", alloc, err);
  mtg_free(alloc, offsets);
  mtg_free(alloc, features);
  return status;
}

metagame_status mtg_cardinal_copy(mtg_cardinal **out, const metagame_semivalue *semivalue, uint32_t n_players, uint32_t n_targets,
                                  const int32_t *own_player, const mtg_alloc *alloc, metagame_error *err) {
  metagame_semivalue known = METAGAME_SEMIVALUE_INIT;
  MTG_TRY(mtg_struct_read(&known, sizeof known, semivalue, sizeof known, "semivalue", err));
  MTG_TRY(mtg_semivalue_check(&known, err));
  mtg_cardinal *cardinal = mtg_new(alloc, 1, sizeof *cardinal);
  if (!cardinal) return mtg_fail_memory(err, alloc, "the semivalue");
  cardinal->measure.count = known.n_nodes;
  cardinal->measure.nodes = mtg_copy(alloc, known.nodes, known.n_nodes, sizeof(double));
  cardinal->measure.weights = mtg_copy(alloc, known.weights, known.n_nodes, sizeof(double));
  metagame_status status = cardinal->measure.nodes && cardinal->measure.weights ? METAGAME_OK : mtg_fail_memory(err, alloc, "the semivalue");
  if (status == METAGAME_OK) status = copy_targets(cardinal, &known, n_players, n_targets, own_player, alloc, err);
  if (status != METAGAME_OK) {
    mtg_cardinal_free(cardinal, alloc);
    return status;
  }
  *out = cardinal;
  return METAGAME_OK;
}

void mtg_cardinal_free(mtg_cardinal *cardinal, const mtg_alloc *alloc) {
  if (!cardinal) return;
  mtg_free(alloc, cardinal->measure.nodes);
  mtg_free(alloc, cardinal->measure.weights);
  mtg_groups_free(&cardinal->targets, alloc);
  mtg_free(alloc, cardinal);
}
