/* SPDX-License-Identifier: MIT */
/* truth.h - games and models whose answers are known in closed form, ready to be solved: to test a solver, an attributor or a host
 * against, and to see what an attribution can recover. Not part of metagame.h; docs/ground-truth.md has the formulas.
 *
 *   double shapley[3];
 *   metagame_game *game = NULL;
 *   status = metagame_truth_glove(&game, 1, 2, shapley, NULL, &err);       two right gloves, one left: 2/3, 1/6, 1/6
 *   status = metagame_solve(&result, game, NULL, &err);                    its matrix is `shapley`, up to rounding
 *
 * Constructors copy their input and give a handle, which is released by metagame_game_destroy or metagame_model_destroy. All games
 * and models may be used by several threads at once. Arrays that receive the known answer are OPTIONAL (NULL: not wanted) and are
 * written on success only. `allocator` may be NULL. Numbers must be finite. Scalar games have one target, which is no player: their
 * matrix is the row of Shapley values (with METAGAME_OUTER_BANZHAF: Banzhaf values), the base is the value of nobody.
 * Errors of all constructors: NULL, ARGUMENT, STRUCT_SIZE (allocator), NONFINITE (which entry), NOMEM. */
#ifndef METAGAME_TRUTH_H
#define METAGAME_TRUTH_H

#include "metagame.h"

METAGAME_BEGIN_DECLS

/* Most numbers that a known answer may go through: cells of the voting table, monomials of an expanded polynomial. */
#define METAGAME_TRUTH_MAX_TERMS 1048576u

/* ---- scalar games ----------------------------------------------------------------------------------------------------------- */

/* g(S) = constant + sum of weights of S. n_players weights; Shapley and Banzhaf value of p: weights[p]. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_truth_additive(metagame_game **out, uint32_t n_players,
                                                                         const double *weights, double constant, double *shapley,
                                                                         const metagame_allocator *allocator, metagame_error *err);

/* g(S) = sum_t coefficients[t] [T_t is part of S], a sum of unanimity games; any game is one. T_t is masks + t * mask_words; an
 * empty T_t is a constant. Shapley value of p: sum over the T_t with p of coefficients[t]/|T_t| (Shapley 1953); Banzhaf value:
 * coefficients[t] 2^(1-|T_t|). n_terms may be 0. ARGUMENT also for spare bits. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_truth_unanimity(metagame_game **out, uint32_t n_players, size_t n_terms,
                                                                          const uint64_t *masks, const double *coefficients,
                                                                          double *shapley, double *banzhaf,
                                                                          const metagame_allocator *allocator, metagame_error *err);

/* g(S) = min(left gloves, right gloves) of S: players 0..n_left-1 hold a left glove, the n_right others a right one; either number
 * may be 0. Shapley value in closed form, any size (Shapley, Shubik, International Economic Review 10, 1969). */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_truth_glove(metagame_game **out, uint32_t n_left, uint32_t n_right,
                                                                      double *shapley, const metagame_allocator *allocator,
                                                                      metagame_error *err);

/* g(S) = the largest of costs of S, 0 of nobody; costs >= 0. Shapley value: everyone who needs a stretch of the runway pays an equal
 * part of it (Littlechild, Owen, Management Science 20, 1973). */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_truth_airport(metagame_game **out, uint32_t n_players, const double *costs,
                                                                        double *shapley, const metagame_allocator *allocator,
                                                                        metagame_error *err);

/* g(S) = 1 if the weights of S add up to quota or more, else 0. Shapley-Shubik and Banzhaf indices by dynamic programming in
 * (n_players + 1) quota numbers, at most METAGAME_TRUTH_MAX_TERMS (else LIMIT; without answers there is no bound), in time
 * n_players^2 log(n_players) quota (Mann, Shapley, RAND RM-3158, 1962). */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_truth_voting(metagame_game **out, uint32_t n_players,
                                                                       const uint32_t *weights, uint32_t quota, double *shapley,
                                                                       double *banzhaf, const metagame_allocator *allocator,
                                                                       metagame_error *err);

/* Any game of up to METAGAME_EXACT_MAX_PLAYERS players as a table: values[S * n_outputs + o], S = 0..2^n_players-1 the coalition as
 * a binary number. n_outputs targets, none of them a player. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_truth_table(metagame_game **out, uint32_t n_players, uint32_t n_outputs,
                                                                      const double *values, const metagame_allocator *allocator,
                                                                      metagame_error *err);

/* ---- planted directed effects ----------------------------------------------------------------------------------------------- */

/* Together, and only together, `sources` add `size` to the attribution of `target`. Different players, in any order; none: always
 * there. Layout frozen. */
typedef struct metagame_truth_effect {
  double size;
  const uint32_t *sources;
  uint32_t n_sources;
  uint32_t target;
} metagame_truth_effect;

/* The attribution game v_i(S) = sum of the sizes of the effects on target i whose sources are all in S. own_player: as in
 * metagame_attributor (NULL: none). An effect on i is shared out equally among its sources, the target's own player left out; with no
 * source left it is on the diagonal of a pinned target and in the base of a free one. `matrix` (n_targets x n_players) and `base`
 * (n_targets) receive that; what METAGAME_UNPINNED gives is the answer with own_player NULL. Error further: OWN_PLAYER. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_truth_planted(metagame_game **out, uint32_t n_players, uint32_t n_targets,
                                                                        const int32_t *own_player, size_t n_effects,
                                                                        const metagame_truth_effect *effects, double *matrix,
                                                                        double *base, const metagame_allocator *allocator,
                                                                        metagame_error *err);

/* ---- models with gradients -------------------------------------------------------------------------------------------------- */

/* f(x) = sum_t coefficients[t] prod_k (x_k - origin_k)^powers[t * n_features + k], with 0^0 = 1. */
typedef struct metagame_truth_terms {
  size_t struct_size;
  const double *coefficients; /* n_terms */
  const uint32_t *powers;     /* n_terms x n_features */
  const double *origin;       /* OPTIONAL: n_features; default 0 */
  uint32_t n_features;        /* REQUIRED, >= 1 */
  uint32_t n_terms;           /* 0: f = 0 */
} metagame_truth_terms;
#define METAGAME_TRUTH_TERMS_INIT { sizeof(metagame_truth_terms), NULL, NULL, NULL, 0, 0 }

METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_truth_polynomial(metagame_model **out, const metagame_truth_terms *terms,
                                                                           const metagame_allocator *allocator, metagame_error *err);

/* What the exact solver gives for built-in `method` (a name of metagame_attributor_builtin_name) of this polynomial at x with one
 * baseline row, each feature a player: matrix n_features x n_features and base n_features, each OPTIONAL. flags: 0 or
 * METAGAME_UNPINNED. Formulas: docs/mathematics.md, section 2, after each term is expanded in x - baseline exactly; features
 * with origin = baseline need no expansion, the others prod_k (powers_k + 1) monomials for each term. Rounding is relative to the
 * largest monomial. Errors: NULL, ARGUMENT, STRUCT_SIZE, FLAGS, UNSUPPORTED (another method), NONFINITE (also of the answer), LIMIT
 * (more than METAGAME_TRUTH_MAX_TERMS monomials), NOMEM. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_truth_polynomial_matrix(double *matrix, double *base,
                                                                                  const metagame_truth_terms *terms, const double *x,
                                                                                  const double *baseline, const char *method,
                                                                                  uint64_t flags, const metagame_allocator *allocator,
                                                                                  metagame_error *err);

enum { METAGAME_TRUTH_IDENTITY = 0, METAGAME_TRUTH_TANH = 1, METAGAME_TRUTH_SOFTPLUS = 2 /* log(1 + e^a) */ };
/* h <- activation(weights h + biases). Layout frozen. */
typedef struct metagame_truth_layer {
  const double *weights; /* rows x columns */
  const double *biases;  /* rows; NULL: 0 */
  uint32_t rows;         /* >= 1 */
  uint32_t columns;      /* n_features of the first layer, rows of the layer before */
  int32_t activation;    /* METAGAME_TRUTH_* */
  int32_t reserved;      /* 0 */
} metagame_truth_layer;

/* A network of n_layers >= 1 layers; the rows of the last one are its outputs. Gradients by back propagation. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_truth_network(metagame_model **out, uint32_t n_features, uint32_t n_layers,
                                                                        const metagame_truth_layer *layers,
                                                                        const metagame_allocator *allocator, metagame_error *err);

/* Any model's callbacks at n_rows rows of n_features numbers: values[r * n_outputs + o], gradients[r * n_features + k] (partly written
 * on an error). Errors: NULL, CALLBACK, NOMEM, and of the gradient UNSUPPORTED (the model has none), ARGUMENT (output). */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_truth_values(const metagame_model *model, const double *rows, size_t n_rows,
                                                                       double *values, metagame_error *err);
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_truth_gradients(const metagame_model *model, const double *rows,
                                                                          size_t n_rows, uint32_t output, double *gradients,
                                                                          metagame_error *err);

METAGAME_END_DECLS
#endif
