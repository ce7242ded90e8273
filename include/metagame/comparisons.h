/* SPDX-License-Identifier: MIT */
/* comparisons.h - second-order explanations by other definitions, to compare meta-attributions with. Not included by metagame.h. */
#ifndef METAGAME_COMPARISONS_H
#define METAGAME_COMPARISONS_H

#include "metagame.h"

METAGAME_BEGIN_DECLS

/* Integrated Hessians (Janizek, Sturmfels, Lee, "Explaining explanations: axiomatic feature interactions for deep networks", JMLR
 * 22, 2021): integrated gradients of integrated gradients, from baseline b to the point x that the masking explains.
 *   Gamma_kl = (x_k-b_k)(x_l-b_l) int_0^1 int_0^1 a c d2f/dx_k dx_l (b + a c (x-b)) da dc
 *              + [k = l] (x_k-b_k) int_0^1 int_0^1 df/dx_k (b + a c (x-b)) da dc
 *   sum_l Gamma_kl = integrated gradients of k;  sum_kl Gamma_kl = f(x) - f(b)
 * out: n_players x n_players doubles, row-major: out[p*n_players + q] is the sum over the features k of player p and l of player q,
 * the mean over the background rows. Symmetric up to the error of the differences. The sums above are those over all features:
 * features in no player move with the path, but have no entry. Written on success only.
 * `base` is a game made by metagame_game_from_model whose model has a gradient. `method` may be NULL; of its fields baseline, output
 * and steps count (1..4096, default 64; fewer than 16 are coarse), name must be NULL or "integrated-hessians", targets NULL; the
 * others are checked and ignored.
 * Second derivatives are central differences of the gradient (docs/mathematics.md, section 8): about 1e-11 relative for smooth
 * models. Cost: steps (1 + 4 n_players) gradients a background row, in the model's batches. Memory: out and one batch.
 * Errors: NULL, STRUCT_SIZE, UNSUPPORTED, FLAGS, ARGUMENT, NONFINITE, CALLBACK, NOMEM. Threads: any. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_integrated_hessians(double *out, const metagame_game *base,
                                                                              const metagame_method *method, metagame_error *err);

METAGAME_END_DECLS
#endif
