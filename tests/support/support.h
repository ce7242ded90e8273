/* SPDX-License-Identifier: MIT */
/* Helpers of the tests: random numbers, numbers of small models (the models themselves are those of metagame/truth.h), games held as
 * tables that count, and the ask/tell loop.
 * Objects are plain; the *_callbacks, *_function and *_attributor factories borrow them, so free them after the handles. */
#ifndef TEST_SUPPORT_H
#define TEST_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "metagame.h"
#include "metagame/truth.h"

/* calloc that ends the program without memory: a test has no better answer. */
void *ts_alloc(size_t count, size_t size);

/* ---- random numbers: a 64-bit linear congruential generator, its high bits only ------------------------------------------- */

typedef struct ts_rng {
  uint64_t state;
} ts_rng;
ts_rng ts_rng_make(uint64_t seed);
uint64_t ts_rng_below(ts_rng *rng, uint64_t bound); /* 0 .. bound-1, bound <= 2^31 */
double ts_rng_real(ts_rng *rng, double low, double high);

/* ---- polynomial: f(x) = sum_t coef_t prod_k (x_k - origin_k)^powers_tk, 0^0 = 1 ------------------------------------------- */

typedef struct ts_poly {
  uint32_t n_features, n_terms;
  double *coef;     /* n_terms */
  uint32_t *powers; /* n_terms x n_features */
  double *origin;   /* n_features */
  metagame_model *model; /* behind ts_poly_callbacks */
} ts_poly;
ts_poly *ts_poly_new(uint32_t n_features, uint32_t n_terms); /* all zero */
ts_poly *ts_poly_random(ts_rng *rng, uint32_t n_features, uint32_t n_terms, uint32_t max_power);
void ts_poly_free(ts_poly *poly);
metagame_model *ts_poly_model(const ts_poly *poly); /* a copy, made by metagame_truth_polynomial */
/* Such a model's callbacks, for hosts that want to change them; they live as long as `poly`, which is then no longer changed. */
metagame_model_callbacks ts_poly_callbacks(ts_poly *poly);
double ts_poly_value(ts_poly *poly, const double *x);
double ts_poly_partial(ts_poly *poly, const double *x, uint32_t feature);

/* ---- multilayer perceptron, h <- activation(W h + b) ---------------------------------------------------------------------- */

typedef struct ts_layer {
  uint32_t n_in, n_out;
  int32_t activation; /* METAGAME_TRUTH_* */
  double *weights; /* n_out x n_in */
  double *bias;    /* n_out */
} ts_layer;
typedef struct ts_mlp {
  uint32_t n_features, n_layers, n_outputs;
  ts_layer *layers;
  metagame_model *model; /* behind ts_mlp_callbacks */
} ts_mlp;
ts_mlp *ts_mlp_new(uint32_t n_features, uint32_t n_layers); /* layers still empty: use ts_mlp_set_layer in order */
void ts_mlp_set_layer(ts_mlp *mlp, uint32_t index, uint32_t n_out, int32_t activation);
/* One hidden layer of `hidden` units and an identity output layer. */
ts_mlp *ts_mlp_random(ts_rng *rng, uint32_t n_features, uint32_t hidden, uint32_t n_outputs, int32_t activation, double gain);
void ts_mlp_free(ts_mlp *mlp);
metagame_model *ts_mlp_model(const ts_mlp *mlp); /* a copy, made by metagame_truth_network */
metagame_model_callbacks ts_mlp_callbacks(ts_mlp *mlp); /* as ts_poly_callbacks */
void ts_mlp_value(ts_mlp *mlp, const double *x, double *out); /* n_outputs */

/* Any model at one point. */
void ts_model_value(const metagame_model *model, const double *x, double *out);                             /* n_outputs */
void ts_model_gradient(const metagame_model *model, const double *x, uint32_t output, double *gradient);    /* n_features */

/* ---- a game held as a table of 2^n rows, row T = coalition T, which counts what it is asked ------------------------------- */

typedef struct ts_table {
  uint32_t n_players, n_outputs;
  double *values;      /* 2^n x n_outputs */
  int32_t *own;        /* n_outputs; METAGAME_NO_PLAYER at first */
  uint32_t *asked;     /* 2^n: how often each coalition was asked */
  uint64_t calls;      /* callback calls */
} ts_table;
ts_table *ts_table_new(uint32_t n_players, uint32_t n_outputs);
ts_table *ts_table_random(ts_rng *rng, uint32_t n_players, uint32_t n_outputs);
/* v_i(S) = c_i + sum of weights in S: additive, so that every estimator has to be exact. */
ts_table *ts_table_additive(ts_rng *rng, uint32_t n_players, uint32_t n_outputs);
void ts_table_free(ts_table *table);
void ts_table_reset(ts_table *table); /* forgets what was asked */
uint64_t ts_table_total(const ts_table *table);    /* coalitions asked, repeats counted */
uint64_t ts_table_distinct(const ts_table *table); /* different coalitions asked */
metagame_function ts_table_function(ts_table *table);
metagame_attributor ts_table_attributor(ts_table *table); /* direct form, with own players */
/* f(row): every entry is 0 or 1; the row's bit pattern is the row of the table. No gradient. */
metagame_model_callbacks ts_table_model(ts_table *table);


/* ---- groups ---------------------------------------------------------------------------------------------------------------- */

typedef struct ts_groups {
  metagame_groups view; /* what the library takes */
  size_t *offsets;
  uint32_t *features;
} ts_groups;
ts_groups ts_groups_make(size_t n_groups, size_t n_features); /* room; fill offsets[1..] and features */
void ts_groups_free(ts_groups *groups);

/* ---- the ask/tell loop with a chosen order of telling ---------------------------------------------------------------------- */

enum { TS_TELL_NOW = 0, TS_TELL_REVERSED = 1, TS_TELL_RANDOM = 2 };
/* Like metagame_solve, but keeps up to max_open tickets and tells them in the order named. */
metagame_status ts_solve_by_hand(metagame_result **out, const metagame_game *game, const metagame_options *options, int order,
                                 uint64_t seed, metagame_error *err);

#endif
