/* SPDX-License-Identifier: MIT */
/* metrics.h - how good an attribution is: numbers about results, games and rankings (docs/metrics.md).
 *
 * Not included by metagame.h. Nothing here changes a result. Functions that take a game evaluate it on the calling thread, `batch`
 * coalitions at a time; a game of another shape than the result is METAGAME_E_ARGUMENT, a game without callback (ask and tell only)
 * METAGAME_E_UNSUPPORTED, a number that is not finite, in a row of the game or in a part of the result that is needed (results that
 * are METAGAME_PARTIAL), METAGAME_E_NONFINITE. Further errors of all: NULL, STRUCT_SIZE, NOMEM, and of callbacks CALLBACK. Outputs
 * are written on success only. "OPTIONAL" outputs may be NULL. */
#ifndef METAGAME_METRICS_H
#define METAGAME_METRICS_H

#include "metagame.h"

METAGAME_BEGIN_DECLS

/* ---- faithfulness on sampled coalitions ------------------------------------------------------------------------------------ */

enum {
  METAGAME_LAW_UNIFORM = 0, /* every player with probability 1/2 */
  METAGAME_LAW_SIZES = 1,   /* size uniform on 0..n, then a coalition of that size */
  METAGAME_LAW_SHAPLEY = 2  /* size t in 1..n-1 with probability ~ 1/(t (n-t)), as the Shapley kernel has it; n >= 2 */
};
/* The law of the coalitions T of a metric. Every law holds each player with probability 1/2. A pinned target is judged on those T
 * that hold its own player, about half of them. The draws come from a random stream that no solver uses, so they are independent of
 * its plan, though small games share coalitions with it. Where the law has no more than n_coalitions coalitions, each is taken once
 * with its probability: the metric is then exact, and its standard error 0. */
typedef struct metagame_sampling {
  size_t struct_size;
  uint64_t n_coalitions; /* draws, at least 2; default 1024 */
  uint64_t seed;         /* 0 is a seed like any other */
  uint64_t flags;        /* METAGAME_UNPINNED, metagame_additive_r2 only: judge all targets on all T */
  int32_t law;           /* METAGAME_LAW_* */
  uint32_t batch;        /* most coalitions in one evaluation; default 64, at most 1048576 */
} metagame_sampling;
#define METAGAME_SAMPLING_INIT { sizeof(metagame_sampling), 0, 0, 0, 0, 0 }

/* R^2 of each row of a result: r2[i] = 1 - E (v_i(T) - base_i - sum_{j in T} phi_{j->i})^2 / Var v_i(T). 1: the row explains its
 * target at every coalition; low: target i needs higher orders; below 0: worse than a constant. NaN where v_i(T) does not vary.
 * `game` is the one that was solved; `sampling` may be NULL; `error` (OPTIONAL) has the standard errors, by a jackknife over up to
 * 32 groups, NaN where these are too few. Both have n_targets entries. Errors further: UNSUPPORTED (outer Banzhaf: there is no
 * decomposition), ARGUMENT, FLAGS. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_directed_r2(const metagame_result *result, const metagame_game *game,
                                                                      const metagame_sampling *sampling, double *r2, double *error,
                                                                      metagame_error *err);

/* Infidelity of each row: infidelity[i] = E (sum_{j not in T} phi_{j->i} - (phi_i(x) - v_i(T)))^2, in squared units of the
 * attribution; 0 is best. `scaled` (OPTIONAL): the smallest that a common factor on the row can make it, the factor fitted on the
 * same draws. `error` (OPTIONAL): standard errors of `infidelity`. Each has n_targets entries; NaN where no T holds the target's own
 * player. The coalition form of Yeh, Hsieh, Suggala, Inouye, Ravikumar, "On the (in)fidelity and sensitivity of explanations",
 * NeurIPS 2019. Errors further: ARGUMENT, FLAGS. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_infidelity(const metagame_result *result, const metagame_game *game,
                                                                     const metagame_sampling *sampling, double *infidelity,
                                                                     double *scaled, double *error, metagame_error *err);

/* R^2, as above, of a k-additive surrogate that the caller brings:
 *   base_i + sum_{a in T} first_ia + sum_{a<b in T} pairs_iab + sum_{a<b<c in T} triples_iabc
 * base: n_targets; first: n_targets x n; pairs: n_targets x n x n, of which only a < b is read; triples: n_targets x n x n x n, only
 * a < b < c. `order` is 1, 2 or 3; arrays of higher orders must be NULL. (Faithfulness of k-additive games: Tsai, Yeh, Ravikumar,
 * "Faith-Shap", JMLR 24, 2023; R^2 as in Muschalik et al., "shapiq", NeurIPS 2024.) Errors further: ARGUMENT, FLAGS. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_additive_r2(const metagame_game *game, uint32_t order, const double *base,
                                                                      const double *first, const double *pairs, const double *triples,
                                                                      const metagame_sampling *sampling, double *r2, double *error,
                                                                      metagame_error *err);

/* ---- insertion and deletion -------------------------------------------------------------------------------------------------- */

enum {
  METAGAME_INSERTION = 1, /* from nobody, players come in order */
  METAGAME_DELETION = 2   /* from everyone, players go in order */
};

/* v_target along the order of descending scores (n of them; equal ones by index). curve[0..k] are the points, k the players that
 * vary: n, or n - 1 where the target is pinned, whose own player is always present and has no step. `curve` (OPTIONAL) has room for
 * n + 1; what is behind k is left alone. area: mean of the trapezoids. For the least relevant first, negate the scores. k + 1
 * evaluations. (Petsiuk, Das, Saenko, "RISE", BMVC 2018; Samek et al., IEEE TNNLS 28, 2017.) Errors further: ARGUMENT. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_removal_curve(const metagame_game *game, uint32_t target,
                                                                        const double *scores, int32_t kind, double *curve,
                                                                        double *area, metagame_error *err);

/* The same for `n_orders` >= 2 uniformly random orders: mean curve (OPTIONAL, as above), mean area, the standard deviation of the
 * area over orders (OPTIONAL), and the standard error of the mean, deviation/sqrt(n_orders) (OPTIONAL).
 * n_orders (k - 1) + 2 evaluations. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_removal_control(const metagame_game *game, uint32_t target, int32_t kind,
                                                                          uint64_t n_orders, uint64_t seed, double *mean_curve,
                                                                          double *mean_area, double *deviation, double *error,
                                                                          metagame_error *err);

/* One ranking under several maskings: games of the same players and targets, `n_games` >= 2 of them, whose absent players are
 * replaced in different ways. For each: the area of the scores, that of random orders (the same orders for all games) with its
 * standard error, and z = (area - control) / standard deviation of a random order's area, NaN where that is 0 to rounding. Good
 * scores have z well above 0 for insertion and well below 0 for deletion, under every masking. All outputs have n_games entries;
 * control, error and z are OPTIONAL. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_removal_compare(const metagame_game *const *games, size_t n_games,
                                                                          uint32_t target, const double *scores, int32_t kind,
                                                                          uint64_t n_orders, uint64_t seed, double *area,
                                                                          double *control, double *error, double *z,
                                                                          metagame_error *err);

/* ---- agreement and stability ------------------------------------------------------------------------------------------------- */

/* How two lists of the same length agree. NaN: not defined, because one of the lists is constant. */
typedef struct metagame_comparison {
  size_t struct_size;
  uint64_t count;           /* entries compared */
  uint64_t k;               /* of precision */
  double spearman;          /* Pearson correlation of mid-ranks, -1..1 (Spearman 1904) */
  double kendall;           /* tau-b, -1..1 (Kendall 1945), in O(count log count) (Knight, JASA 61, 1966) */
  double pearson;           /* -1..1 */
  double precision;         /* |top k of a by magnitude, and top k of b| / k, 0..1; equal ones by index */
  double mean_absolute;     /* mean |a - b| */
  double root_mean_square;  /* sqrt(mean (a - b)^2) */
} metagame_comparison;
#define METAGAME_COMPARISON_INIT { sizeof(metagame_comparison), 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0 }

/* Signed values, but for precision. k in 1..count, or 0 for min(10, count). `allocator` (OPTIONAL) gives the working memory.
 * Errors: NULL, ARGUMENT (count 0, k), NONFINITE (which entry), STRUCT_SIZE, NOMEM. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_compare(const double *a, const double *b, size_t count, size_t k,
                                                                  metagame_comparison *out, const metagame_allocator *allocator,
                                                                  metagame_error *err);
/* The matrices of two results of the same shape and own players, without the diagonal cells of pinned targets (own player), which
 * are attributions and not effects. Errors further: ARGUMENT (shapes, own players, nothing left to compare). */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_result_compare(const metagame_result *a, const metagame_result *b, size_t k,
                                                                         metagame_comparison *out, metagame_error *err);

/* Rank stability: means over all pairs of replicates, each with a standard error by the delete-one jackknife over replicates (NaN
 * below 4 replicates). */
typedef struct metagame_stability {
  size_t struct_size;
  uint64_t n_pairs;
  uint64_t k;
  double spearman, spearman_error;
  double kendall, kendall_error;
  double precision, precision_error;
} metagame_stability;
#define METAGAME_STABILITY_INIT { sizeof(metagame_stability), 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0 }

/* `replicates`: n_replicates >= 2 lists of `count` numbers, independent repetitions (other seeds, for example). Further as
 * metagame_compare. Time O(n_replicates^2 count log count). */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_rank_stability(const double *const *replicates, size_t n_replicates,
                                                                         size_t count, size_t k, metagame_stability *out,
                                                                         const metagame_allocator *allocator, metagame_error *err);

/* Pairs of neighbouring inputs x, x' and their attributions. */
typedef struct metagame_pairs {
  size_t struct_size;
  uint64_t n_pairs;        /* REQUIRED, >= 1 */
  uint64_t count;          /* REQUIRED, >= 1: numbers of one attribution */
  const double *distances; /* REQUIRED: n_pairs, > 0: |x - x'| in the caller's norm */
  const double *a, *b;     /* REQUIRED: n_pairs x count: attributions at x and x' */
  const double *a_error, *b_error; /* OPTIONAL: n_pairs x count standard errors, >= 0, of a and b, independent of each other */
} metagame_pairs;
#define METAGAME_PAIRS_INIT { sizeof(metagame_pairs), 0, 0, NULL, NULL, NULL, NULL, NULL }

typedef struct metagame_lipschitz {
  size_t struct_size;
  uint64_t worst;     /* the pair of `largest` */
  double largest;     /* max over pairs of sqrt(max(0, |a - b|^2 - sum(a_error^2 + b_error^2))) / distance */
  double mean;        /* mean over pairs of the same */
  double mean_error;  /* its standard error, pairs taken as independent draws; NaN for one pair */
  double raw_largest; /* max over pairs of |a - b| / distance: sampling noise not removed */
  double raw_mean;
} metagame_lipschitz;
#define METAGAME_LIPSCHITZ_INIT { sizeof(metagame_lipschitz), 0, 0.0, 0.0, 0.0, 0.0, 0.0 }

/* Local Lipschitz estimate (Alvarez-Melis, Jaakkola, "On the robustness of interpretability methods", 2018), in the Euclidean norm of
 * attributions. Removing the noise makes each squared distance unbiased (Var(a - b) is its bias); roots and maxima of noisy numbers
 * are still biased, so compare with raw_largest. Errors: NULL, ARGUMENT, NONFINITE, STRUCT_SIZE. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_local_lipschitz(const metagame_pairs *pairs, metagame_lipschitz *out,
                                                                          metagame_error *err);

METAGAME_END_DECLS

#endif
