/* SPDX-License-Identifier: MIT */
/* What a built-in attributor is made of. Each file beside this one defines one mtg_attributor_kind; registry.c lists them. */
#ifndef MTG_BUILTIN_H
#define MTG_BUILTIN_H

#include "game/game.h"

typedef struct mtg_builtin mtg_builtin;

/* Where a gradient method takes gradients, and which formula methods draw in pairs. */
enum {
  MTG_RULE_PLAIN = 0, /* gradient methods: at z; formula methods: nothing is drawn */
  MTG_RULE_PATH,      /* at the nodes of the straight path from b to z */
  MTG_RULE_NOISE,     /* at z + noise; noise and its negative are a pair of samples */
  MTG_RULE_DRAWS,     /* at random points of paths from random background rows */
  MTG_RULE_PAIRS      /* formula methods: an order and its reverse, or a set and its complement, are a pair of samples */
};

/* One first-order attribution method. Exactly one of the two halves is set. */
typedef struct mtg_attributor_kind {
  const char *name;
  uint64_t flags; /* METAGAME_CARDINAL */
  /* Gradient methods: phi_k = multiplier_k * sum_q weight_q df/dz_k(point q of the rule). */
  double (*multiplier)(double z, double b);
  int rule; /* MTG_RULE_* */
  /* Formula methods over values at coalitions of features; both pure. */
  int32_t(METAGAME_CALL *plan)(void *user, const uint64_t *mask, metagame_sink *sink, metagame_error *err);
  int32_t(METAGAME_CALL *combine)(void *user, const uint64_t *mask, const double *values, size_t n_values, double *row,
                                  metagame_error *err);
  /* Semivalues: the measure for games of up to k players into nodes and weights, and its length; without arrays the length alone. NULL
   * for other methods. */
  size_t (*measure)(uint32_t k, const metagame_method *method, double *nodes, double *weights);
} mtg_attributor_kind;

struct mtg_builtin {
  mtg_alloc alloc;
  const mtg_attributor_kind *kind;
  metagame_game *base; /* held */
  mtg_masked *masked;  /* of base; NULL for a function's game, whose players are then the features */
  uint32_t n_features;
  mtg_groups targets;
  int32_t *own_player; /* of each target */
  double *baseline;    /* the method's own b; NULL: the background row at hand */
  uint32_t output;
  uint32_t samples;    /* methods that draw */
  int is_independent;  /* METAGAME_INDEPENDENT */
  uint64_t seed;
  double deviation;    /* MTG_RULE_NOISE: standard deviation of the noise */
  size_t n_nodes;      /* gradient methods: points for one coalition and background row (MTG_RULE_DRAWS: in all) */
  double *nodes, *weights; /* MTG_RULE_PATH; of the measure of a semivalue */
  const int32_t *player; /* formula methods: of each feature; NULL: feature f is player f */
  uint32_t *wanted;      /* formula methods: the features of all targets, ascending */
  uint32_t n_wanted;
  metagame_game *values; /* formula methods: the value game over features; held */
  metagame_semivalue semivalue; /* with METAGAME_CARDINAL; nodes and weights are the two above */
  metagame_groups as_groups;    /* `targets` for it */
};

enum { MTG_DEFAULT_STEPS = 64 };

/* Whether a method of this kind can be put on `base` (registry.c): all fields but name and targets. */
metagame_status mtg_method_check(const mtg_attributor_kind *kind, const metagame_game *base, const metagame_method *method,
                                 metagame_error *err);

/* ---- gradient methods (path.c) ---- */
int32_t METAGAME_CALL mtg_path_attribute(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err);
int32_t METAGAME_CALL mtg_path_completeness(void *user, const uint64_t *mask, double *expected, double *residual, metagame_error *err);

/* ---- formula methods (restricted.c): coalitions of the value game over features ----
 * With the baseline of the masking, a value coalition is a set of kept features (n_features bits). With a baseline of the method's
 * own it has 2 n_features bits: bit f keeps feature f at x, bit n_features + f puts it at that baseline (bit f is then clear). */
static inline uint32_t mtg_value_players(const mtg_builtin *builtin) {
  return builtin->baseline ? 2 * builtin->n_features : builtin->n_features;
}
/* The features as they are at a coalition of players. */
void mtg_restricted_start(const mtg_builtin *builtin, const uint64_t *mask, uint64_t *features);
/* Whether the formula can change feature f at this coalition: it is kept, or goes to a baseline of the method's own. */
int mtg_restricted_varies(const mtg_builtin *builtin, const uint64_t *features, uint32_t f);
/* Takes feature f away from the coalition. */
void mtg_restricted_drop(const mtg_builtin *builtin, uint64_t *features, uint32_t f);
/* Puts a feature that was taken away back as it was at `start`: kept, or (with a baseline of the method's own) at the background. */
void mtg_restricted_restore(const mtg_builtin *builtin, uint64_t *features, const uint64_t *start, uint32_t f);
/* row[i] = sum of phi over the features of target i. */
void mtg_restricted_sum(const mtg_builtin *builtin, const double *phi, double *row);
/* The value game over features of a masked model, holding `builtin`'s masking. */
metagame_status mtg_restricted_values(const mtg_builtin *builtin, metagame_game **out, metagame_error *err);

/* Refuses a plan of samples * (k + 1) > 2^32 wishes, k features varying. */
metagame_status mtg_sampled_size(const mtg_builtin *builtin, const uint64_t *features, metagame_error *err);

/* ---- draws (draws.c): pure functions of the method, draw number `index` and, with METAGAME_INDEPENDENT, the coalition `mask` ---- */
/* n_features numbers of the normal distribution with mean 0 and the method's deviation. */
void mtg_draw_noise(const mtg_builtin *builtin, const uint64_t *mask, uint64_t index, double *noise);
/* Sample `index` of expected gradients: a background row, and a point in stratum `index` of [0, 1]. */
void mtg_draw_point(const mtg_builtin *builtin, const uint64_t *mask, uint64_t index, size_t n_background, size_t *background,
                    double *point);
/* A uniformly random order of all features. */
void mtg_draw_order(const mtg_builtin *builtin, const uint64_t *mask, uint64_t index, uint32_t *order);
/* A uniformly random subset of all features, mtg_mask_words(n_features) words. */
void mtg_draw_subset(const mtg_builtin *builtin, const uint64_t *mask, uint64_t index, uint64_t *subset);

/* ---- semivalues (cardinal.c): all share the plan; `kind` is MTG_SHAPLEY, MTG_BANZHAF or MTG_MEASURE ---- */
int32_t mtg_cardinal_plan(const mtg_builtin *builtin, const uint64_t *mask, metagame_sink *sink, metagame_error *err);
int32_t mtg_cardinal_combine(const mtg_builtin *builtin, int kind, const uint64_t *mask, const double *values, double *row,
                             metagame_error *err);

extern const mtg_attributor_kind mtg_attributor_gradient, mtg_attributor_gradient_x_input, mtg_attributor_gradient_x_delta,
    mtg_attributor_integrated_gradients, mtg_attributor_occlusion, mtg_attributor_shapley, mtg_attributor_banzhaf,
    mtg_attributor_smoothgrad, mtg_attributor_smoothgrad_x_delta, mtg_attributor_expected_gradients, mtg_attributor_shapley_sampling,
    mtg_attributor_banzhaf_sampling, mtg_attributor_weighted_banzhaf, mtg_attributor_semivalue;

#endif
