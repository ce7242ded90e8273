/* SPDX-License-Identifier: MIT */
/* The list of built-in attributors, and how one is put on a value game. */
#include <math.h>
#include <string.h>

#include "attributors/builtin.h"
#include "base/abi.h"
#include "base/quadrature.h"

static const mtg_attributor_kind *const kinds[] = {
  &mtg_attributor_gradient,           &mtg_attributor_gradient_x_input, &mtg_attributor_gradient_x_delta,
  &mtg_attributor_integrated_gradients, &mtg_attributor_occlusion,        &mtg_attributor_shapley,
  &mtg_attributor_banzhaf,            &mtg_attributor_smoothgrad,       &mtg_attributor_smoothgrad_x_delta,
  &mtg_attributor_expected_gradients, &mtg_attributor_shapley_sampling, &mtg_attributor_banzhaf_sampling,
  &mtg_attributor_weighted_banzhaf,   &mtg_attributor_semivalue,
};

enum { N_KINDS = sizeof kinds / sizeof kinds[0], MOST_STEPS = 4096, DEFAULT_SAMPLES = 64, MOST_SAMPLES = 1048576 };

const char *metagame_attributor_builtin_name(size_t index) { return index < N_KINDS ? kinds[index]->name : NULL; }

static void METAGAME_CALL destroy(void *user) {
  mtg_builtin *builtin = user;
  if (!builtin) return;
  mtg_alloc alloc = builtin->alloc;
  mtg_groups_free(&builtin->targets, &alloc);
  mtg_free(&alloc, builtin->own_player);
  mtg_free(&alloc, builtin->baseline);
  mtg_free(&alloc, builtin->nodes);
  mtg_free(&alloc, builtin->weights);
  mtg_free(&alloc, builtin->wanted);
  metagame_game_destroy(builtin->values);
  metagame_game_destroy(builtin->base);
  mtg_free(&alloc, builtin);
}

static metagame_status find_kind(const mtg_attributor_kind **out, const char *name, metagame_error *err) {
  char names[512] = "";
  for (size_t k = 0; k < N_KINDS; ++k) {
    if (strcmp(kinds[k]->name, name) == 0) {
      *out = kinds[k];
      return METAGAME_OK;
    }
    if (k > 0) strcat(names, ", ");
    strcat(names, kinds[k]->name);
  }
  return mtg_fail(err, METAGAME_E_UNSUPPORTED, "method.name is \"%.60s\", known: %s", name, names);
}

/* The fields of methods that draw. A method that does not use a field still refuses what no method takes. */
static metagame_status check_draws(const mtg_attributor_kind *kind, const metagame_method *method, metagame_error *err) {
  const int rule = kind->rule;
  if (method->flags & ~METAGAME_INDEPENDENT)
    return mtg_fail(err, METAGAME_E_FLAGS, "method.flags is 0x%llx, known: METAGAME_INDEPENDENT (0x1)", (unsigned long long)method->flags);
  if (method->samples > MOST_SAMPLES)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "method.samples is %u, must be 1..%d", method->samples, (int)MOST_SAMPLES);
  if (method->samples % 2 && (rule == MTG_RULE_NOISE || rule == MTG_RULE_PAIRS))
    return mtg_fail(err, METAGAME_E_ARGUMENT, "method.samples is %u, must be even and in 2..%d: %s draws in pairs", method->samples,
                    (int)MOST_SAMPLES, kind->name);
  if (!isfinite(method->noise))
    return mtg_fail(err, METAGAME_E_NONFINITE, "method.noise is %g, must be finite and not negative", method->noise);
  if (method->noise < 0)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "method.noise is %g, must be finite and not negative", method->noise);
  if (method->reserved != 0) return mtg_fail(err, METAGAME_E_ARGUMENT, "method.reserved is %u, must be 0", method->reserved);
  return METAGAME_OK;
}

metagame_status mtg_method_check(const mtg_attributor_kind *kind, const metagame_game *base, const metagame_method *method,
                                 metagame_error *err) {
  if (!base->is_value_game)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "base is the attribution game \"%s\"; %s needs a game made from a model or a function",
                    base->name, kind->name);
  if (kind->multiplier && !base->masked)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "%s needs a game made from a model; base is made %s", kind->name,
                    base->is_grouped ? "by grouping: use masking.players, or group the attribution" : "from a function");
  if (kind->multiplier && !base->masked->model->callbacks.gradient)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "%s needs model_callbacks.gradient, which is NULL", kind->name);
  if (method->output >= base->callbacks.n_targets)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "method.output is %u, must be 0..%u", method->output, base->callbacks.n_targets - 1);
  if (method->steps > MOST_STEPS)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "method.steps is %u, must be 1..%d", method->steps, (int)MOST_STEPS);
  if (method->baseline && !base->masked)
    return mtg_fail(err, METAGAME_E_UNSUPPORTED, "method.baseline is set, but base is made from a function");
  for (uint32_t f = 0; method->baseline && f < base->masked->n_features; ++f)
    if (!isfinite(method->baseline[f]))
      return mtg_fail(err, METAGAME_E_NONFINITE, "method.baseline[%u] is %g, must be finite", f, method->baseline[f]);
  if (!(method->probability >= 0 && method->probability <= 1))
    return mtg_fail(err, METAGAME_E_ARGUMENT, "method.probability is %g, must be above 0 and at most 1", method->probability);
  return check_draws(kind, method, err);
}

/* The nested struct of "semivalue"; *known gets the library's idea of it. */
static metagame_status read_semivalue(metagame_method *known, metagame_semivalue *semivalue, metagame_error *err) {
  if (!known->semivalue) return mtg_fail(err, METAGAME_E_NULL, "method.semivalue is NULL, but \"semivalue\" needs it");
  MTG_TRY(mtg_struct_read(semivalue, sizeof *semivalue, known->semivalue, sizeof *semivalue, "method.semivalue", err));
  if (semivalue->targets) return mtg_fail(err, METAGAME_E_ARGUMENT, "semivalue.targets is set; for a method use method.targets");
  known->semivalue = semivalue;
  return mtg_semivalue_check(semivalue, err);
}

/* Targets, their own players, and the sorted list of their features. */
static metagame_status fill_targets(mtg_builtin *builtin, const metagame_method *method, metagame_error *err) {
  const mtg_alloc *alloc = &builtin->alloc;
  const metagame_game *base = builtin->base;
  mtg_groups singles = { 0, NULL, NULL }; /* a function's players as groups of themselves */
  const mtg_groups *players = builtin->masked ? &builtin->masked->players : &singles;
  metagame_groups as_players = { 0, NULL, NULL };
  int32_t *inverse = NULL;
  if (!builtin->masked)
    MTG_TRY(mtg_groups_copy(&singles, NULL, base->callbacks.n_players, 1, "players", alloc, err));
  as_players.n_groups = players->count;
  as_players.offsets = players->offsets;
  as_players.features = players->features;
  metagame_status status = mtg_groups_copy(&builtin->targets, method->targets ? method->targets : &as_players, builtin->n_features, 0,
                                           "method.targets", alloc, err);
  if (status == METAGAME_OK) {
    const uint32_t n_targets = builtin->targets.count;
    builtin->own_player = mtg_new(alloc, n_targets, sizeof *builtin->own_player);
    builtin->wanted = mtg_new(alloc, builtin->n_features, sizeof *builtin->wanted);
    inverse = mtg_new(alloc, builtin->n_features, sizeof *inverse);
    if (!builtin->own_player || !builtin->wanted || !inverse) status = mtg_fail_memory(err, alloc, "the targets");
  }
  if (status == METAGAME_OK) {
    mtg_groups_invert(players, builtin->n_features, inverse);
    for (uint32_t i = 0; i < builtin->targets.count; ++i)
      builtin->own_player[i] = mtg_groups_own_player(&builtin->targets, i, players, inverse);
    for (uint32_t f = 0; f < builtin->n_features; ++f) inverse[f] = 0;
    for (size_t at = 0; at < builtin->targets.offsets[builtin->targets.count]; ++at) inverse[builtin->targets.features[at]] = 1;
    for (uint32_t f = 0; f < builtin->n_features; ++f)
      if (inverse[f]) builtin->wanted[builtin->n_wanted++] = f;
  }
  mtg_free(alloc, inverse);
  mtg_groups_free(&singles, alloc);
  return status;
}

/* noise * (max x - min x), or `noise` itself where x has no spread. */
static metagame_status fill_deviation(mtg_builtin *builtin, double noise, metagame_error *err) {
  const double *x = builtin->masked->x;
  double low = x[0], high = x[0];
  if (noise == 0) noise = 0.15;
  for (uint32_t f = 1; f < builtin->n_features; ++f) {
    low = x[f] < low ? x[f] : low;
    high = x[f] > high ? x[f] : high;
  }
  builtin->deviation = high > low ? noise * high - noise * low : noise;
  if (!isfinite(builtin->deviation))
    return mtg_fail(err, METAGAME_E_NONFINITE, "method.noise is %g: times the spread of masking.x, %g..%g, it is not finite", noise, low,
                    high);
  return METAGAME_OK;
}

static metagame_status fill(mtg_builtin *builtin, const metagame_method *method, metagame_error *err) {
  const mtg_alloc *alloc = &builtin->alloc;
  MTG_TRY(fill_targets(builtin, method, err));
  if (method->baseline) {
    builtin->baseline = mtg_copy(alloc, method->baseline, builtin->n_features, sizeof(double));
    if (!builtin->baseline) return mtg_fail_memory(err, alloc, "the baseline");
  }
  builtin->n_nodes = 1;
  builtin->samples = method->samples ? method->samples : DEFAULT_SAMPLES;
  builtin->seed = method->seed;
  builtin->is_independent = (method->flags & METAGAME_INDEPENDENT) != 0;
  if (builtin->kind->rule == MTG_RULE_NOISE || builtin->kind->rule == MTG_RULE_DRAWS) builtin->n_nodes = builtin->samples;
  if (builtin->kind->rule == MTG_RULE_NOISE) MTG_TRY(fill_deviation(builtin, method->noise, err));
  if (builtin->kind->rule == MTG_RULE_PATH) {
    builtin->n_nodes = method->steps ? method->steps : MTG_DEFAULT_STEPS;
    builtin->nodes = mtg_new(alloc, builtin->n_nodes, sizeof(double));
    builtin->weights = mtg_new(alloc, builtin->n_nodes, sizeof(double));
    if (!builtin->nodes || !builtin->weights) return mtg_fail_memory(err, alloc, "the integration nodes");
    mtg_gauss_legendre(builtin->n_nodes, builtin->nodes, builtin->weights);
  }
  if (builtin->kind->plan) {
    if (builtin->masked) {
      builtin->player = builtin->masked->player;
      MTG_TRY(mtg_restricted_values(builtin, &builtin->values, err));
    } else {
      builtin->values = mtg_game_hold(builtin->base);
    }
  }
  return METAGAME_OK;
}

/* The measure of a semivalue; and, where features are players in the same order and absent ones are absent for the method too, what
 * the solvers need for its closed form. */
static metagame_status fill_semivalue(mtg_builtin *builtin, const metagame_method *method, metagame_error *err) {
  const mtg_alloc *alloc = &builtin->alloc;
  const metagame_semivalue initial = METAGAME_SEMIVALUE_INIT;
  const uint32_t n = builtin->n_features, most = n < METAGAME_EXACT_MAX_PLAYERS ? n : METAGAME_EXACT_MAX_PLAYERS;
  if (!builtin->kind->measure) return METAGAME_OK;
  builtin->n_nodes = builtin->kind->measure(most, method, NULL, NULL);
  builtin->nodes = mtg_new(alloc, builtin->n_nodes, sizeof(double));
  builtin->weights = mtg_new(alloc, builtin->n_nodes, sizeof(double));
  if (!builtin->nodes || !builtin->weights) return mtg_fail_memory(err, alloc, "the semivalue");
  builtin->kind->measure(most, method, builtin->nodes, builtin->weights);
  if (builtin->baseline || n != builtin->base->callbacks.n_players || n > most) return METAGAME_OK;
  for (uint32_t f = 0; builtin->player && f < n; ++f)
    if (builtin->player[f] != (int32_t)f) return METAGAME_OK;
  builtin->as_groups.n_groups = builtin->targets.count;
  builtin->as_groups.offsets = builtin->targets.offsets;
  builtin->as_groups.features = builtin->targets.features;
  builtin->semivalue = initial;
  builtin->semivalue.n_nodes = builtin->n_nodes;
  builtin->semivalue.nodes = builtin->nodes;
  builtin->semivalue.weights = builtin->weights;
  builtin->semivalue.targets = &builtin->as_groups;
  return METAGAME_OK;
}

/* Sums over the features of a group, or a baseline other than the masking's, are no cardinal value of the players. */
static int is_cardinal(const mtg_builtin *builtin) {
  return !builtin->baseline && (!builtin->masked || builtin->masked->players.offsets[builtin->masked->players.count] ==
                                                      builtin->masked->players.count);
}

metagame_status metagame_attributor_builtin(metagame_attributor *out, const metagame_game *base, const metagame_method *method,
                                            metagame_error *err) {
  metagame_method known;
  metagame_semivalue semivalue;
  metagame_attributor filled = METAGAME_ATTRIBUTOR_INIT;
  const mtg_attributor_kind *kind = NULL;
  if (!out || !base || !method)
    return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !out ? "out" : !base ? "base" : "method");
  MTG_TRY(mtg_struct_read(&known, sizeof known, method, sizeof known, "method", err));
  if (!known.name) return mtg_fail(err, METAGAME_E_NULL, "method.name is NULL");
  MTG_TRY(find_kind(&kind, known.name, err));
  MTG_TRY(mtg_method_check(kind, base, &known, err));
  if (kind == &mtg_attributor_semivalue) MTG_TRY(read_semivalue(&known, &semivalue, err));
  mtg_builtin *builtin = mtg_new(&base->alloc, 1, sizeof *builtin);
  if (!builtin) return mtg_fail_memory(err, &base->alloc, "the attributor");
  builtin->alloc = base->alloc;
  builtin->kind = kind;
  builtin->base = mtg_game_hold(base);
  builtin->masked = base->masked;
  builtin->n_features = base->masked ? base->masked->n_features : base->callbacks.n_players;
  builtin->output = known.output;
  metagame_status status = fill(builtin, &known, err);
  if (status == METAGAME_OK) status = fill_semivalue(builtin, &known, err);
  filled.name = kind->name;
  filled.masking_id = base->masking_id;
  filled.n_players = base->callbacks.n_players;
  filled.n_targets = builtin->targets.count;
  filled.own_player = builtin->own_player;
  filled.flags = METAGAME_THREADSAFE | (is_cardinal(builtin) ? kind->flags : 0);
  filled.user = builtin;
  filled.destroy = destroy;
  if (kind->multiplier) {
    filled.attribute = mtg_path_attribute;
    filled.completeness = kind->rule == MTG_RULE_PATH || kind->rule == MTG_RULE_DRAWS ? mtg_path_completeness : NULL;
  } else {
    filled.values = builtin->values;
    filled.value_output = builtin->masked ? 0 : known.output;
    filled.plan = kind->plan;
    filled.combine = kind->combine;
    if (builtin->semivalue.struct_size) filled.semivalue = &builtin->semivalue;
  }
  if (status == METAGAME_OK) status = mtg_struct_write(out, &filled, sizeof filled, sizeof filled, "attributor", err);
  if (status != METAGAME_OK) destroy(builtin);
  return status;
}

metagame_status metagame_game_attribute(metagame_game **out, const metagame_game *base, const metagame_method *method,
                                        metagame_error *err) {
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  if (out) *out = NULL;
  if (!out) return mtg_fail(err, METAGAME_E_NULL, "out is NULL");
  MTG_TRY(metagame_attributor_builtin(&attributor, base, method, err));
  const metagame_allocator host = { sizeof host, base->alloc.user, base->alloc.allocate, base->alloc.release };
  return metagame_game_from_attributor(out, &attributor, &host, err);
}
