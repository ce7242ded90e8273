/* SPDX-License-Identifier: MIT */
/* metagame.h - the public interface of libmetagame: Shapley values of attributions. With metagame/verify.h, which it includes, all of the
 * core; metrics, indices, known answers and the conformance suite have headers of their own under metagame/.
 *
 * A first-order attribution gives each target i a number phi_i when a set S of players is kept and the others are replaced by a
 * baseline: v_i(S) = phi_i(x_S). That is a cooperative game for each target. The meta-attribution phi_{j->i} is the Shapley value of
 * player j in the game of target i: how much j moves the attribution of i, with a direction.
 *   pinned target (it is itself player i):  game S -> v_i(S + i) on the other players;  phi_{i->i} = v_i({i});  base_i = 0
 *   target that is no player:               game S -> v_i(S) on all players;            base_i = v_i(empty)
 *   always:                                 base_i + sum_j phi_{j->i} = phi_i(x)        (the decomposition)
 * (Baniecki, Biecek, Fumagalli, arXiv 2605.06295, 2026; docs/mathematics.md.)
 *
 * The flow:  game -> session -> ask / evaluate / tell -> finish -> result -> verify.  metagame_solve is that loop.
 *
 * Layout.   Players are 0..n-1. A coalition ("mask") is a row of metagame_mask_words(n) uint64_t: player p is bit p%64 of word p/64,
 *           spare bits are zero. Matrices are row-major doubles, M[i*n + j] = phi_{j->i}: row = target i, column = player j.
 * Status.   Every fallible call returns a metagame_status (0 success, > 0 a state, < 0 an error) and takes a last, nullable
 *           metagame_error, in which the message names the field, its value and the allowed range.
 * Structs.  A struct whose first field is struct_size must be initialised with its INIT macro or metagame_struct_init. A zero
 *           field means the documented default. Larger structs from newer headers are accepted while their unknown tail is zero.
 * Owns.     Handles come back through the first parameter (NULL on error) and are released by their destroy function; destroy(NULL)
 *           does nothing. Handles hold what they need: destroy them in any order. Input arrays are copied, unless said otherwise.
 *           A callback struct's `user` pointer is handed over with its `destroy`, which runs exactly once - also on failure. Only a
 *           struct that is NULL or whose struct_size is out of range is not taken at all.
 * Threads.  Different handles may be used by different threads at once. One model or game may be shared by threads. On one session
 *           ask, tell, decline, cancel and progress may be called by several threads at once; create, finish and destroy may not
 *           overlap other calls. Callbacks run on the calling thread, one at a time for each owner, unless
 *           METAGAME_THREADSAFE is set. The library starts no threads, keeps no global state and never prints or exits.
 * Bits.     Same game, options, seed and budget: same result bytes for any batch size, telling order or number of telling threads.
 *           Regression and stratified factor matrices with LAPACK: there the last bits depend on that library, its threads and the processor. */
#ifndef METAGAME_H
#define METAGAME_H

#include <stddef.h>
#include <stdint.h>

#include "metagame/export.h"
#include "metagame/version.h"

METAGAME_BEGIN_DECLS

/* ---- status and error ---------------------------------------------------------------------------------------------------- */

/* Numbers are frozen. */
typedef int32_t metagame_status;
enum {
  METAGAME_OK = 0,
  METAGAME_DONE = 1,            /* ask: everything has been asked and told; call finish */
  METAGAME_WAIT = 2,            /* ask: nothing to hand out until an open ticket is told or declined */
  METAGAME_PARTIAL = 3,         /* finish, solve: stopped early; the result is valid and says how much it saw */
  METAGAME_E_NULL = -10,        /* a required pointer is NULL */
  METAGAME_E_ARGUMENT = -11,    /* a value is out of its range */
  METAGAME_E_STRUCT_SIZE = -12, /* struct_size too small, or an unknown tail is not zero */
  METAGAME_E_FLAGS = -13,       /* an unknown flag bit is set */
  METAGAME_E_GROUPS = -14,      /* groups overlap, are empty, or name a feature that does not exist */
  METAGAME_E_OWN_PLAYER = -15,  /* own player is neither a player nor METAGAME_NO_PLAYER */
  METAGAME_E_UNSUPPORTED = -16, /* this combination does not exist; the message says what does */
  METAGAME_E_STATE = -20,       /* the call does not fit the session's state */
  METAGAME_E_TICKET = -21,      /* the ticket was never handed out, or was told or declined before */
  METAGAME_E_ROWS = -22,        /* tell: number of rows differs from the request */
  METAGAME_E_UNFINISHED = -23,  /* finish: coalitions are still to be asked or told */
  METAGAME_E_CANCELLED = -24,   /* the session was cancelled; finish gives what is known */
  METAGAME_E_NOMEM = -30,       /* the allocator returned NULL */
  METAGAME_E_LIMIT = -31,       /* above max_bytes or a documented size limit */
  METAGAME_E_BUDGET = -32,      /* max_evaluations is too small; the message names the least */
  METAGAME_E_CALLBACK = -40,    /* a callback failed or a batch was declined; metagame_error.user_code has the host's code */
  METAGAME_E_NONFINITE = -50,   /* NaN or infinity in an input or a returned row */
  METAGAME_E_SINGULAR = -51,    /* the sampled design has not full rank (above 64 players only) */
  METAGAME_E_INTERNAL = -90     /* a defect of this library */
};

/* Caller-owned error text; may be uninitialised memory; NULL is allowed everywhere. Written on errors (status < 0) only. The layout
 * is frozen. */
typedef struct metagame_error {
  metagame_status status;
  int32_t user_code; /* what the failing callback returned, or was declined with; else 0 */
  char message[504]; /* UTF-8, NUL-terminated */
} metagame_error;
#define METAGAME_ERROR_INIT { METAGAME_OK, 0, { 0 } }

/* Name of a status ("METAGAME_E_BUDGET"); a static string, never NULL. */
METAGAME_API const char *metagame_status_name(metagame_status status);
/* For callbacks: keep the host's message (cut to fit). The library fills in status and user_code itself, and puts the callback's
 * name and code before the message. Both may be NULL. */
METAGAME_API void metagame_error_set(metagame_error *err, const char *message);
/* Version of the loaded library, 0x00MMmmpp. Compare with METAGAME_VERSION_* of the header. */
METAGAME_API uint32_t metagame_version(void);
/* Clears `struct_size` bytes and writes struct_size: the same bytes as the INIT macros, for callers without macros. */
METAGAME_API void metagame_struct_init(void *object, size_t struct_size);
/* uint64_t words of one coalition of n_players. */
METAGAME_API size_t metagame_mask_words(uint32_t n_players);

/* Flag of models, functions and attributors: callbacks may be entered by several threads at once. */
#define METAGAME_THREADSAFE UINT64_C(1)
/* Flag of attributors: the attribution is a cardinal value (Shapley, Banzhaf, occlusion); matrices are then symmetric. */
#define METAGAME_CARDINAL UINT64_C(2)

#define METAGAME_MAX_PLAYERS 65536u     /* players of a game */
#define METAGAME_EXACT_MAX_PLAYERS 32u  /* players of the exact solver; also the features of the Shapley and Banzhaf attributors */
#define METAGAME_NO_PLAYER (-1)         /* own player of a target that is no player */

/* Memory for the objects of one model or game. Both functions or none (then malloc). Each object gets and gives back its memory
 * here; `size` and `alignment` at release are those of the allocation. Must be callable from the threads that use the objects. */
typedef struct metagame_allocator {
  size_t struct_size;
  void *user;                                                                                 /* borrowed: outlives the objects */
  void *(METAGAME_CALL *allocate)(void *user, size_t size, size_t alignment);                 /* NULL: no memory */
  void(METAGAME_CALL *release)(void *user, void *memory, size_t size, size_t alignment);
} metagame_allocator;
#define METAGAME_ALLOCATOR_INIT { sizeof(metagame_allocator), NULL, NULL, NULL }

/* ---- way in 1: a numeric model -------------------------------------------------------------------------------------------- */

typedef struct metagame_model metagame_model;
typedef struct metagame_game metagame_game;

/* f on rows of doubles. Callbacks return 0, or a code of their own that ends the run and survives in metagame_error.user_code. */
typedef struct metagame_model_callbacks {
  size_t struct_size;
  uint32_t n_features; /* REQUIRED, 1..2^31-1: length of a row */
  uint32_t n_outputs;  /* default 1 */
  uint64_t flags;      /* METAGAME_THREADSAFE */
  uint64_t max_batch;  /* most rows in one call; default 256 */
  void *user;
  /* REQUIRED. values[r*n_outputs + o] = f_o(row r). */
  int32_t(METAGAME_CALL *evaluate)(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err);
  /* OPTIONAL; the gradient attributors need it. gradients[r*n_features + k] = d f_output / d x_k at row r. */
  int32_t(METAGAME_CALL *gradient)(void *user, const double *rows, size_t n_rows, uint32_t output, double *gradients,
                                   metagame_error *err);
  void(METAGAME_CALL *destroy)(void *user); /* OPTIONAL */
} metagame_model_callbacks;
#define METAGAME_MODEL_CALLBACKS_INIT { sizeof(metagame_model_callbacks), 0, 0, 0, 0, NULL, NULL, NULL, NULL }

/* Adopts `callbacks`. Threads: any. Errors: NULL, ARGUMENT, STRUCT_SIZE, FLAGS, NOMEM. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_model_create(metagame_model **out,
                                                                       const metagame_model_callbacks *callbacks,
                                                                       const metagame_allocator *allocator, metagame_error *err);
METAGAME_API void metagame_model_destroy(metagame_model *model);

/* Groups of feature indices: group g is features[offsets[g]] .. features[offsets[g+1]-1]. No group is empty. Layout frozen. */
typedef struct metagame_groups {
  size_t n_groups;
  const size_t *offsets; /* n_groups + 1 entries, offsets[0] = 0 */
  const uint32_t *features;
} metagame_groups;

/* What "absent" means for a numeric model: features of absent players take the values of a baseline row; with several rows (a
 * background set) values and attributions are means over them. Features in no group are always present. */
typedef struct metagame_masking {
  size_t struct_size;
  const double *x;               /* REQUIRED: n_features, the point to explain; finite */
  const double *background;      /* REQUIRED: n_background x n_features; finite */
  size_t n_background;           /* default 1 */
  const metagame_groups *players; /* disjoint groups; default: each feature is a player */
  const char *masking_id;        /* recorded in results; default: kind and a hash of the background's bytes */
} metagame_masking;
#define METAGAME_MASKING_INIT { sizeof(metagame_masking), NULL, NULL, 0, NULL, NULL }

/* The value game S -> f(x_S): one target for each output, none of them a player. Holds `model` and its allocator. Solved directly
 * it gives plain Shapley values. Errors: NULL, STRUCT_SIZE, GROUPS, NONFINITE (which entry), ARGUMENT, NOMEM. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_game_from_model(metagame_game **out, const metagame_model *model,
                                                                          const metagame_masking *masking, metagame_error *err);

/* ---- way in 2: a value game of the host's ---------------------------------------------------------------------------------- */

/* Any set function: coalition -> n_outputs values (an engine with its own masking of tokens, patches, latents ...). */
typedef struct metagame_function {
  size_t struct_size;
  uint32_t n_players;      /* REQUIRED, 1..METAGAME_MAX_PLAYERS */
  uint32_t n_outputs;      /* default 1 */
  uint64_t flags;          /* METAGAME_THREADSAFE */
  uint64_t max_batch;      /* most coalitions in one call; default: no bound but the session's batch */
  const char *masking_id;  /* OPTIONAL: how absent players are replaced; recorded in results */
  void *user;
  /* rows[r*n_outputs + o] = value o at coalition r. OPTIONAL: without it the game can only be solved by ask and tell. */
  int32_t(METAGAME_CALL *evaluate)(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err);
  void(METAGAME_CALL *destroy)(void *user); /* OPTIONAL */
} metagame_function;
#define METAGAME_FUNCTION_INIT { sizeof(metagame_function), 0, 0, 0, 0, NULL, NULL, NULL, NULL }

/* The game of a set function: one target for each output, none of them a player. Adopts `function`. Errors: NULL, ARGUMENT,
 * STRUCT_SIZE, FLAGS, NOMEM. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_game_from_function(metagame_game **out, const metagame_function *function,
                                                                             const metagame_allocator *allocator, metagame_error *err);

/* ---- way in 3: an attributor ----------------------------------------------------------------------------------------------- */

/* Where plan() names the coalitions of the value game whose values it wants. Valid during that call only. */
typedef struct metagame_sink metagame_sink;
/* Appends one coalition (metagame_mask_words of the value game's players); wanted again later, it is still evaluated once. */
METAGAME_API metagame_status metagame_sink_want(metagame_sink *sink, const uint64_t *mask);

/* A semivalue of the players of a value game, by its measure: phi_i = sum_q weights[q] * (mean of v(S+i) - v(S) when each other player
 * is in S with probability nodes[q]). One node p: the weighted Banzhaf value; node 1: occlusion; Gauss-Legendre nodes: the Shapley value. */
typedef struct metagame_semivalue {
  size_t struct_size;
  size_t n_nodes;        /* REQUIRED, 1..4096 */
  const double *nodes;   /* REQUIRED: in [0, 1] */
  const double *weights; /* REQUIRED: not negative, with sum 1 */
  const metagame_groups *targets; /* attribution i is the sum over these players; own player i alone where it has one; default: that */
} metagame_semivalue;
#define METAGAME_SEMIVALUE_INIT { sizeof(metagame_semivalue), 0, NULL, NULL, NULL }

/* A first-order attribution as a game: coalition of players -> one number for each target. It has one of two forms:
 *   direct:  `attribute` computes the rows itself (gradients, relevance, attention);
 *   formula: `plan` names coalitions of `values` and `combine` turns their values into the row; both pure. */
typedef struct metagame_attributor {
  size_t struct_size;
  const char *name;          /* REQUIRED: recorded in results */
  const char *masking_id;    /* OPTIONAL: default that of `values`, else "unspecified" */
  uint32_t n_players;        /* REQUIRED */
  uint32_t n_targets;        /* REQUIRED, >= 1 */
  const int32_t *own_player; /* OPTIONAL: for each target its own player, which is pinned, or METAGAME_NO_PLAYER; default none */
  uint64_t flags;            /* METAGAME_THREADSAFE | METAGAME_CARDINAL */
  uint64_t max_batch;        /* most coalitions in one attribute call; default: no bound but the session's batch */
  void *user;
  /* Direct form. rows[r*n_targets + i] = phi_i at coalition r, finite also for absent targets. OPTIONAL in ask/tell. */
  int32_t(METAGAME_CALL *attribute)(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err);
  /* Formula form: all three or none. `values` is held by the game; its first output, or `value_output`, is used. */
  const metagame_game *values;
  uint64_t value_output;
  int32_t(METAGAME_CALL *plan)(void *user, const uint64_t *mask, metagame_sink *sink, metagame_error *err);
  /* values[k] belongs to the k-th coalition that plan wanted for this mask; row has n_targets entries. */
  int32_t(METAGAME_CALL *combine)(void *user, const uint64_t *mask, const double *values, size_t n_values, double *row,
                                  metagame_error *err);
  /* OPTIONAL: what the attributions at one coalition should add up to, and by how much they miss it, for
   * METAGAME_CHECK_COMPLETENESS. All features count, whether they belong to a target or not. */
  int32_t(METAGAME_CALL *completeness)(void *user, const uint64_t *mask, double *expected, double *residual, metagame_error *err);
  void(METAGAME_CALL *destroy)(void *user); /* OPTIONAL */
  /* OPTIONAL, copied: the formula is this semivalue of `values`, whose players are the players, restricted to the coalition at hand. The
   * exact solver then takes the matrix from the 2^n values in closed form, the stratified one from a sample of them; neither calls
   * plan or combine. */
  const metagame_semivalue *semivalue;
} metagame_attributor;
#define METAGAME_ATTRIBUTOR_INIT \
  { sizeof(metagame_attributor), NULL, NULL, 0, 0, NULL, 0, 0, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL }

/* The game of an attribution. Adopts `attributor`; copies own_player and strings, holds `values`. Errors: NULL, ARGUMENT,
 * STRUCT_SIZE, FLAGS, OWN_PLAYER, UNSUPPORTED (values is itself a formula game), NOMEM. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_game_from_attributor(metagame_game **out,
                                                                               const metagame_attributor *attributor,
                                                                               const metagame_allocator *allocator, metagame_error *err);

/* Method flag: inner randomness is drawn anew for every coalition; default: the same draws for all coalitions, which lowers the noise
 * of differences. Draws depend on seed and coalition alone: not on batch, order or thread. */
#define METAGAME_INDEPENDENT UINT64_C(1)

/* Choice of a built-in attributor.
 *   "gradient" df/dz_k | "gradient-x-input" z_k df/dz_k | "gradient-x-delta" (z_k - b_k) df/dz_k | "integrated-gradients" straight
 *   path from b, Gauss-Legendre | "occlusion" f(z) - f(z with z_k = b_k) | "shapley" | "banzhaf" (of the features, absent ones at b)
 *   | "weighted-banzhaf" others in with `probability` | "semivalue" any other, by its measure
 * and sampled, with `samples` draws (docs/mathematics.md, section 8):
 *   "smoothgrad" mean of df/dz_k(z + normal noise) | "smoothgrad-x-delta" (z_k - b_k) times that | "expected-gradients" mean of
 *   (z_k - b_k) df/dz_k(b + a (z - b)), b a background row or `baseline`, a uniform | "shapley-sampling" random orders of the
 *   features | "banzhaf-sampling" random subsets of them; both for any number of features, not METAGAME_CARDINAL
 * Methods named after gradients need a game made by metagame_game_from_model whose model has a gradient. The others also take a
 * game made by metagame_game_from_function (its players are then the features). The attribution of a target is the sum over its
 * features; a target whose features are exactly those of a player has that player as its own and is pinned.
 * Fields that a method does not use are ignored, but their ranges hold for every method. */
typedef struct metagame_method {
  size_t struct_size;
  const char *name;               /* REQUIRED */
  const metagame_groups *targets; /* default: the targets are the players; groups may overlap */
  const double *baseline;         /* b, n_features; default: the masking's background row; not for from_function games */
  uint32_t output;                /* which output is explained; default 0 */
  uint32_t steps;                 /* nodes of integrated gradients, 1..4096; default 64 */
  uint64_t flags;                 /* METAGAME_INDEPENDENT */
  uint64_t seed;                  /* of the sampled methods; 0 is a seed like any other; apart from metagame_options.seed */
  double noise;                   /* "smoothgrad": standard deviation as a part of max_k x_k - min_k x_k (itself the deviation where
                                   * x has no spread), >= 0; default 0.15 */
  uint32_t samples;               /* draws, 1..1048576; default 64. Even, but for expected gradients: the others draw pairs */
  uint32_t reserved;              /* 0 */
  double probability;             /* "weighted-banzhaf": above 0, at most 1; default 0.5 */
  const metagame_semivalue *semivalue; /* "semivalue"; its targets are NULL */
} metagame_method;
#define METAGAME_METHOD_INIT { sizeof(metagame_method), NULL, NULL, NULL, 0, 0, 0, 0, 0.0, 0, 0, 0.0, NULL }

/* Names of the built-in attributors: index 0, 1, ...; NULL at the end. */
METAGAME_API const char *metagame_attributor_builtin_name(size_t index);
/* Fills *out with a built-in over `base`, to be handed to metagame_game_from_attributor (which then owns out->user) or to the
 * conformance suite. Calling out->destroy(out->user) instead releases it. Errors: NULL, STRUCT_SIZE,
 * UNSUPPORTED (unknown name, no gradient, not a value game), FLAGS, ARGUMENT, GROUPS, NONFINITE, LIMIT, NOMEM. Its callbacks report failure
 * by a nonzero code with *err filled. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_attributor_builtin(metagame_attributor *out, const metagame_game *base,
                                                                             const metagame_method *method, metagame_error *err);
/* The two calls in one: the game of a built-in attribution of `base`, with base's allocator. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_game_attribute(metagame_game **out, const metagame_game *base,
                                                                         const metagame_method *method, metagame_error *err);

/* The same game between groups of its players: group g is there, or absent, as one. `players`: disjoint groups of players of `game`
 * (the `features` of the struct); NULL: each player outside of `present` by itself. `present` (metagame_mask_words of game's players;
 * NULL: none): players that are always there. A player in no group and not in `present` is always absent. Targets, name and masking id
 * stay. The own player of a target is the group that is exactly {its own player}; where there is none, in a larger group, always
 * present or always absent, the target is free. Value games stay value games, which built-in attributors take (with the groups as
 * features; gradient methods need the groups in metagame_masking instead, or the attribution grouped); a formula keeps its value game
 * and that one's players. Of an ask/tell game, requests are coalitions of groups. METAGAME_CARDINAL stays where all groups are single
 * players. Holds `game`, uses its allocator. Errors: NULL, GROUPS (also: a player both in a group and in `present`, or no player left),
 * ARGUMENT (`present` has bits beyond the players), NOMEM. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_game_group(metagame_game **out, const metagame_game *game,
                                                                     const metagame_groups *players, const uint64_t *present,
                                                                     metagame_error *err);

METAGAME_API uint32_t metagame_game_n_players(const metagame_game *game);
METAGAME_API uint32_t metagame_game_n_targets(const metagame_game *game);
METAGAME_API void metagame_game_destroy(metagame_game *game);

/* ---- session: ask, evaluate, tell ------------------------------------------------------------------------------------------ */

enum {
  METAGAME_SOLVER_AUTO = 0,        /* by the table in docs/architecture.md */
  METAGAME_SOLVER_EXACT = 1,       /* all coalitions, streamed */
  METAGAME_SOLVER_REGRESSION = 2,  /* KernelSHAP-style constrained least squares; consistent, standard errors */
  METAGAME_SOLVER_PERMUTATION = 3, /* antithetic orders; unbiased, standard errors */
  METAGAME_SOLVER_STRATIFIED = 4,  /* sizes enumerated or drawn, for interactions and cardinal values; n <= 32; unbiased, standard errors */
  METAGAME_SOLVER_GAUSSIAN = 5     /* Gaussian process and a regression of its residuals: fewest calls; consistent, standard errors. With at
                                    * most about 1000 calls and no pinned target half of them are chosen by the rows told before */
};
enum { METAGAME_OUTER_SHAPLEY = 0, METAGAME_OUTER_BANZHAF = 1 /* exact and stratified solvers; no decomposition */ };
/* Option flag: targets may be absent; every player varies, also the target's own, and base_i = v_i(empty) for all targets. */
#define METAGAME_UNPINNED UINT64_C(1)
/* Option flag: no closed form; the attribution is evaluated at every coalition, also where its matrix follows from base values. Slower,
 * and precise relative to each target's own scale; max_evaluations then counts attributions. */
#define METAGAME_EVALUATE UINT64_C(4)
/* Flag of results: the matrix is a closed form of base values, all of them (exact) or a sample (stratified: the first order is then an
 * estimate, too); precise relative to the scale of the base game. `evaluations` counts base values. */
#define METAGAME_CLOSED_FORM UINT64_C(8)
/* Option flag: the rows are kept (max_evaluations * row length numbers), for metagame_session_extend. Implied by rules when to stop. */
#define METAGAME_EXTENDABLE UINT64_C(16)

typedef struct metagame_progress {
  size_t struct_size;
  uint64_t n_told;    /* coalitions whose rows have arrived */
  uint64_t n_open;    /* coalitions handed out and not yet told */
  uint64_t n_planned; /* coalitions in all; for formula attributors an estimate that ends exact */
} metagame_progress;
#define METAGAME_PROGRESS_INIT { sizeof(metagame_progress), 0, 0, 0 }
/* Runs inside tell, on its thread. May call nothing on the session but cancel. Nonzero: cancel. */
typedef int32_t(METAGAME_CALL *metagame_progress_fn)(void *user, const metagame_progress *progress);

typedef struct metagame_options {
  size_t struct_size;
  int32_t solver;           /* METAGAME_SOLVER_* */
  int32_t outer;            /* METAGAME_OUTER_* */
  uint64_t flags;           /* METAGAME_UNPINNED, METAGAME_EVALUATE, METAGAME_EXTENDABLE */
  uint64_t seed;            /* 0 is a seed like any other */
  uint64_t max_evaluations; /* budget: coalitions at which the game is evaluated (formula attributors: coalitions of the attribution,
                             * each needing several values; but values of the value game with METAGAME_CLOSED_FORM); default: what
                             * exact needs, where the exact solver is named, the only choice (outer Banzhaf without interactions, no
                             * METAGAME_CLOSED_FORM) or needs at most 4096, else 2048 + 32 n and at least what the chosen solver needs */
  uint64_t max_bytes;       /* memory of the session; default: no bound. Below what metagame_session_bytes says stratified sampling of one
                             * game may do with less, and be less precise */
  uint32_t batch;           /* most coalitions in one request, at most 1048576; default 64 */
  uint32_t max_open;        /* most tickets not yet told, 1..4096; default 16. Both defaults shrink where open
                             * batches would take above 64 MiB (docs/architecture.md); results do not change */
  metagame_progress_fn on_progress; /* OPTIONAL */
  void *progress_user;
  uint32_t interaction_order; /* exact and stratified solvers: 2 or 3 keep what the indices of pairs or triples need
                               * (metagame/indices.h), about n^(order+1) * m numbers, 17 times where sampled; default 1: the matrix alone */
  /* When to stop before max_evaluations (docs/stopping.md). Without a rule the plan of max_evaluations is told whole. With rules the run is
   * a chain of plans whose budgets double; after each the numbers are looked at, and the run ends once all rules hold. Statements hold with
   * probability `confidence`, however often it was looked, as far as standard errors are right. Rules keep all rows in memory. */
  uint32_t top_k;             /* with METAGAME_RESOLVE_TOP, else 0 */
  int32_t resolve;            /* METAGAME_RESOLVE_* */
  uint32_t reserved;          /* 0 */
  double target_stderr;       /* every standard error is at most this, in the units of the matrix; 0: no such rule */
  double precision;           /* tolerance: half width of an interval, in the units of the matrix; 0: no such rule */
  double relative_precision;  /* tolerance: as a part of the target's metagame_result_scale; the smaller of the two counts; 0: none */
  double confidence;          /* in (0, 1); default 0.95 */
  double max_seconds;         /* from creation (or extension) on, by the monotonic clock: later ask gives METAGAME_DONE, and finish what is
                               * known as METAGAME_PARTIAL: the last look's numbers, or the told part of the plan; 0: no limit */
} metagame_options;
#define METAGAME_OPTIONS_INIT { sizeof(metagame_options), 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0 }
/* What is to be resolved. By magnitude, in each target's row, without the entry of its own player. */
enum {
  METAGAME_RESOLVE_ENTRIES = 0, /* each entry by itself: half width of its interval <= tolerance */
  METAGAME_RESOLVE_TOP = 1,     /* which top_k entries are the largest: none of them is below any other by more than the tolerance */
  METAGAME_RESOLVE_RANKING = 2  /* the order of all entries: none is below one that comes later by more than the tolerance */
};

typedef struct metagame_session metagame_session;

enum {
  METAGAME_ASK_ATTRIBUTIONS = 1, /* rows of the game: row_len = n_targets */
  METAGAME_ASK_VALUES = 2        /* rows of the value game of a formula attributor: row_len = its outputs */
};
/* A batch to evaluate. `masks` and `rows` belong to the session and stay valid until this ticket is told or declined, or the session
 * is destroyed. */
typedef struct metagame_request {
  size_t struct_size;
  uint64_t ticket;
  const uint64_t *masks; /* n_masks rows of mask_words words */
  size_t n_masks;
  size_t mask_words;
  uint32_t n_players; /* players of these coalitions */
  uint32_t row_len;   /* doubles to return for each coalition */
  int32_t kind;       /* METAGAME_ASK_* */
  int32_t reserved;
  double *rows;       /* this ticket's room for n_masks * row_len answers: telling it saves a copy; other memory does as well */
} metagame_request;
#define METAGAME_REQUEST_INIT { sizeof(metagame_request), 0, NULL, 0, 0, 0, 0, 0, 0, NULL }

/* Upper bound of the bytes that a session with these options will allocate at once, before it starts. For formula attributors the
 * values are kept: the bound counts what `max_evaluations` coalitions can want, each as much as everyone present, for which plan is
 * called. Errors: as create, and CALLBACK. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_session_bytes(uint64_t *out, const metagame_game *game,
                                                                        const metagame_options *options, metagame_error *err);
/* `options` may be NULL. Holds `game`. Errors: ARGUMENT, FLAGS, STRUCT_SIZE, UNSUPPORTED, BUDGET, LIMIT, SINGULAR, NOMEM. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_session_create(metagame_session **out, const metagame_game *game,
                                                                         const metagame_options *options, metagame_error *err);
/* OK: *request is a new batch. DONE, WAIT: nothing to evaluate (see there). Errors: CANCELLED, STATE, NOMEM, LIMIT, and where an
 * attributor's plan or combine fails or misbehaves CALLBACK, ARGUMENT, NONFINITE: the session has then failed. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_session_ask(metagame_session *session, metagame_request *request,
                                                                      metagame_error *err);
/* Evaluates a request with the game's callbacks; rows has n_masks * row_len entries. Errors: CALLBACK, UNSUPPORTED (no callback),
 * ARGUMENT (not this game's request). Threads: any; see METAGAME_THREADSAFE. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_game_evaluate(const metagame_game *game, const metagame_request *request,
                                                                        double *rows, metagame_error *err);
/* Hands in the rows of a ticket, in any order of tickets. Rows are copied, but for request.rows. After METAGAME_WAIT a host with
 * several threads waits for one of its own tells before it asks again (examples/ask-tell). On NONFINITE (the message names
 * coalition and target), ROWS, NULL and TICKET nothing happened and the ticket stays open. When an attributor's combine fails, or
 * gives a number that is not finite, the session has failed: CALLBACK, NONFINITE. Errors further: CANCELLED, STATE, NOMEM, LIMIT. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_session_tell(metagame_session *session, uint64_t ticket, const double *rows,
                                                                       size_t n_rows, metagame_error *err);
/* Gives a ticket back. user_code 0: its coalitions will be asked again under a new ticket; also after finish, where max_seconds left it open. Otherwise they cannot be evaluated: the
 * session stops as if cancelled and remembers the code (finish: METAGAME_PARTIAL, metagame_result_info.user_code). */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_session_decline(metagame_session *session, uint64_t ticket,
                                                                          int32_t user_code, metagame_error *err);
/* Stops the session for good: an atomic flag, from any thread, signal handler or callback while the session lives. NULL: nothing. */
METAGAME_API void metagame_session_cancel(metagame_session *session);
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_session_progress(metagame_session *session, metagame_progress *out,
                                                                           metagame_error *err);

typedef struct metagame_result metagame_result;
/* OK: everything is told. PARTIAL: cancel, a refusing decline or max_seconds came before that; numbers that are not known are NaN.
 * Succeeds once, and once more after each extend. Errors: UNFINISHED, STATE, SINGULAR, NOMEM. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_session_finish(metagame_result **out, metagame_session *session,
                                                                         metagame_error *err);
/* A larger budget for a session with METAGAME_EXTENDABLE or rules, finished or not: it goes on with ask, tell and finish, and evaluates
 * only what it does not know. The result has the bytes of one run with that budget; but where the gaussian solver chose coalitions by
 * rows told before, these stay chosen, which one run might not have done, and but where max_bytes is tight, as rows that are kept need
 * room, too. max_evaluations: above the budget so far, all evaluations
 * together (formula attributors: attributions). Without rules a few more may be asked, where a plan has not all rows of the one before
 * (metagame_result_info.asked); with rules the last plan is a little smaller instead (`evaluations`), and `confidence` holds for each
 * extension by itself. Errors: NULL, ARGUMENT, STATE (tickets are open, failed), CANCELLED, UNSUPPORTED (rows are not kept), LIMIT
 * (max_bytes), and those of create. The session is then as before; unless memory does not even hold its own plan again: then it has failed. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_session_extend(metagame_session *session, uint64_t max_evaluations,
                                                                         metagame_error *err);
METAGAME_API void metagame_session_destroy(metagame_session *session);

/* Asks, evaluates with the game's callbacks and tells, until there is nothing to ask: DONE, or CANCELLED; then call finish. WAIT: only
 * tickets of the caller's own are left. On an error of the game its batch is declined (code 0), so that the call can be repeated. `game`:
 * the session's. Errors: those of ask, metagame_game_evaluate and tell. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_session_run(metagame_session *session, const metagame_game *game,
                                                                      metagame_error *err);
/* The driver: create, run, finish. PARTIAL when on_progress cancelled or max_seconds were over. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_solve(metagame_result **out, const metagame_game *game,
                                                                const metagame_options *options, metagame_error *err);

/* Solves games of the same shape (players, targets, own players) that differ in their masking - several baselines, background rows,
 * deletion - with the same options, and returns metagame_result_average of their results: the means, and their spread beside the
 * sampling error. The seed is the same too, so sampled solvers see the same coalitions in every game: differences between maskings are
 * then not those of the draws, but the standard error of the mean falls little with n_games. For independent draws use metagame_solve
 * with a seed for each game, then metagame_result_average. n_games: 1..4096. on_progress hears of one game at a time. When it cancels,
 * the games that were complete are averaged (none: the first one's partial result) and the answer is PARTIAL. Uses the allocator of
 * games[0]. Errors: those of metagame_solve (the message begins with games[index]), ARGUMENT (which game has another shape, and what
 * differs). */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_solve_each(metagame_result **out, const metagame_game *const *games,
                                                                     size_t n_games, const metagame_options *options,
                                                                     metagame_error *err);

/* The exact solver on a table: values[S * n_outputs + o] for all 2^n coalitions S, as bit masks, in order. own_player: of each output,
 * or NULL for a plain value game. options: outer, flags, seed (recorded), max_bytes, interaction_order; solver AUTO or EXACT. The fastest
 * way where the values exist already. n_players 1..METAGAME_EXACT_MAX_PLAYERS. Errors: NULL, ARGUMENT, OWN_PLAYER, NONFINITE (the message
 * names row and output), and those of metagame_session_create. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_solve_table(metagame_result **out, const double *values, uint32_t n_players,
                                                                      uint32_t n_outputs, const int32_t *own_player,
                                                                      const metagame_options *options,
                                                                      const metagame_allocator *allocator, metagame_error *err);

/* ---- result ---------------------------------------------------------------------------------------------------------------- */

typedef struct metagame_result_info {
  size_t struct_size;
  uint32_t n_players, n_targets;
  int32_t solver, outer;    /* the solver that found the numbers: never AUTO */
  int32_t status;           /* METAGAME_OK or METAGAME_PARTIAL */
  int32_t user_code;        /* of the decline that stopped it, else 0 */
  uint64_t flags;           /* METAGAME_UNPINNED, METAGAME_CARDINAL, METAGAME_CLOSED_FORM */
  uint64_t seed;
  uint64_t evaluations;     /* coalitions of the game used */
  uint64_t value_evaluations; /* distinct coalitions of the value game used by a formula attributor, else 0 */
  uint64_t n_units;         /* least number of independent units behind a standard error; 0 when exact */
  uint64_t rank, full_rank; /* regression: least rank of a target's design, and the rank it needs; else 0 */
  double condition;         /* regression: largest estimated 1-norm condition number of a target's normal equations; else 0 */
  const char *attributor;   /* lives as long as the result, as do all pointers below */
  const char *masking_id;
  uint32_t interaction_order; /* of metagame_result_index */
  uint32_t n_maskings;        /* games behind the result: 1, or those of metagame_solve_each and metagame_result_average */
  /* What the gaussian solver did, else 0: coalitions that it chose by rows told before; targets whose row is that of the process and of
   * a sparse fit (of the others, that of regression); and how well it predicts what it has not seen: sum of squares of the leave-one-out
   * residuals over that of the values, of the worst target. */
  uint64_t n_chosen;
  uint32_t n_process, n_sparse;
  double left_out;
  int32_t stopped;          /* METAGAME_STOP_*: what ended the run */
  uint32_t n_looks;         /* how often the rules of the options were asked; else 0 */
  uint64_t asked;           /* coalitions (formula: values) evaluated in all by the session: those of `evaluations`, and a few of earlier plans
                             * that this one has not. Rows that are kept are asked once, also where a plan has a coalition twice
                             * (permutation, stratified), which `evaluations` counts twice */
} metagame_result_info;
#define METAGAME_RESULT_INFO_INIT { sizeof(metagame_result_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0, NULL, NULL, 0, 0, \
                                    0, 0, 0, 0.0, 0, 0, 0 }
enum {
  METAGAME_STOP_PLAN = 0,     /* the plan of max_evaluations was told; of a partial result: a cancel or a decline */
  METAGAME_STOP_RESOLVED = 1, /* what options.resolve, the precisions and target_stderr ask for is there */
  METAGAME_STOP_BUDGET = 2,   /* max_evaluations came before that: the numbers are those of the whole budget */
  METAGAME_STOP_TIME = 3      /* options.max_seconds */
};

METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_result_get_info(const metagame_result *result, metagame_result_info *out,
                                                                          metagame_error *err);
METAGAME_API const double *metagame_result_matrix(const metagame_result *result);      /* n_targets x n_players: phi_{j->i} */
/* n_targets: phi_i, everyone present; an estimate, too, where METAGAME_CLOSED_FORM was sampled. */
METAGAME_API const double *metagame_result_first_order(const metagame_result *result);
METAGAME_API const double *metagame_result_base(const metagame_result *result);        /* n_targets */
METAGAME_API const int32_t *metagame_result_own_player(const metagame_result *result); /* n_targets; none where unpinned */
/* n_targets x n_players standard errors, in the units of the matrix; NaN where too few units are independent
 * (4 pairs of orders, 4 groups of strata; for regression 4 sampled units and 3 degrees of freedom).
 * NULL for complete results without sampling. Why one is NaN: metagame_result_ground. How large they
 * are in all, and what halves them: metagame_result_diagnose (both in metagame/diagnosis.h). */
METAGAME_API const double *metagame_result_stderr(const metagame_result *result);
/* n_targets: base_i + sum_j phi_{j->i} - phi_i(x) (NaN under outer Banzhaf), and its natural scale: the larger of |v_i| at the start
 * of the target's game ({i} or empty) and of the distances of v_i from there, over the coalitions that were seen. */
METAGAME_API const double *metagame_result_residual(const metagame_result *result);
METAGAME_API const double *metagame_result_scale(const metagame_result *result);
/* n_targets x n_players: standard deviation between the games of metagame_solve_each or metagame_result_average, with divisor
 * n_maskings - 1, in the units of the matrix; NaN where an entry is. It is the spread of estimates: sampling noise counts in. NULL for
 * results of one game. */
METAGAME_API const double *metagame_result_spread(const metagame_result *result);
/* One result from those of n_results (1..4096) games that differ in their masking: means of matrix, first order, base, scale and of
 * what the indices need; NaN where one of them is. Standard error: results with the same seed saw common coalitions and count as fully
 * correlated, which is the most there can be; those with different seeds are independent: sqrt(sum over seeds (sum of se)^2) /
 * n_results, with the least degrees of freedom. Evaluations add up; masking_id lists the ids, "; " between them, up to 1024 bytes, then
 * "..."; `attributor` their different names; seed is that of the first; METAGAME_PARTIAL and user_code of the first partial one.
 * docs/baselines.md. Uses the allocator of results[0] and holds nothing. Errors: NULL, NOMEM, ARGUMENT (n_results; results[index] is an
 * average itself or differs from results[0] in players, targets, own players, solver, outer, METAGAME_UNPINNED or interaction_order).
 * */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_result_average(metagame_result **out, const metagame_result *const *results,
                                                                         size_t n_results, metagame_error *err);
/* Half widths of the entries' confidence intervals (Student t), n_targets x n_players: 0 when exact, NaN without standard error.
 * `level` in (0, 1), for example 0.95. Errors: NULL, ARGUMENT. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_result_half_width(const metagame_result *result, double level, double *out,
                                                                            metagame_error *err);

enum { METAGAME_FORMAT_JSON = 1 /* schema in docs/result-format.md */, METAGAME_FORMAT_CSV = 2 /* a line for each entry */ };
/* Takes `size` bytes of output; nonzero ends the writing. */
typedef int32_t(METAGAME_CALL *metagame_write_fn)(void *user, const char *bytes, size_t size);
/* Writes a result, numbers with 17 digits in any locale. Labels are UTF-8 (bytes that are not are replaced), n_players and n_targets
 * of them; NULL for one: the index. NULL for all: those the result was read with, else the index; targets then take the label of their
 * own player, where players have labels. More formats and more to say: metagame/report.h. Errors: NULL, ARGUMENT, NOMEM, CALLBACK. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_result_write(const metagame_result *result, int32_t format,
                                                                       const char *const *player_labels,
                                                                       const char *const *target_labels, metagame_write_fn write,
                                                                       void *user, metagame_error *err);
METAGAME_API void metagame_result_destroy(metagame_result *result);

METAGAME_END_DECLS

#include "metagame/verify.h"

#endif
