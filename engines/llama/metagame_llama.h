/* SPDX-License-Identifier: MIT */
/* metagame_llama.h - words of a prompt as players, logits of a language model (GGUF, through llama.cpp) as the value.
 *
 * The user message is `instruction` with `text` in the place of "{}"; the chat template goes around it. Players are the words of
 * `text`; everything else is always present. Tokens of absent players are replaced or deleted, see options.absent. The part
 * before the first player is evaluated once; coalitions run many at a time and share what they have in common. Text such as
 * "<|im_end|>" is read as the special token it names, in the template and in the text alike.
 *
 * Status, error, struct_size and ownership rules are those of metagame.h. A handle may be used by several threads; its
 * evaluations run one after the other. llama.cpp writes its own messages to standard error unless the process says otherwise:
 * call metagame_llama_silence, or llama_log_set, once at the start. This library prints nothing, and the only global state that
 * it touches is llama.cpp's own. Weights of less than 32 bits are noisier than the effects that are measured, and their noise
 * depends on the batch; therefore the default is to work on a copy of the model in F32, which is made once and kept in cache_dir.
 */
#ifndef METAGAME_LLAMA_H
#define METAGAME_LLAMA_H

#include "metagame.h"

METAGAME_BEGIN_DECLS

typedef struct metagame_llama metagame_llama;

enum {
  METAGAME_LLAMA_WORDS = 1, /* runs of anything but white space, with all their sub-words */
  METAGAME_LLAMA_TOKENS = 2 /* every token that is not white space alone */
};
/* What stands where a player is absent. */
enum {
  METAGAME_LLAMA_UNKNOWN = 1, /* absent_token for each token; default: the vocabulary's unknown token, else its padding token */
  METAGAME_LLAMA_ZERO = 2,    /* the zero vector in place of each token's embedding */
  METAGAME_LLAMA_DELETE = 3,  /* nothing: later tokens move up */
  METAGAME_LLAMA_MEAN = 4,    /* the mean of all embeddings of the vocabulary in place of each token's */
  METAGAME_LLAMA_HIDE = 5     /* the token itself, but no other token attends to it; F32 graph only, and only where something follows
                               * the text: the position of a prompt's last word predicts, and would still read that word */
};
enum {
  METAGAME_LLAMA_WEIGHTS_F32 = 1,   /* dequantise first where needed */
  METAGAME_LLAMA_WEIGHTS_STORED = 2 /* as they are in the file */
};
/* Flag: no chat template and no system message; instruction and text are what the model reads. */
#define METAGAME_LLAMA_RAW UINT64_C(1)

typedef struct metagame_llama_options {
  size_t struct_size;
  const char *model_path;  /* REQUIRED: a GGUF file of a decoder with attention (no recurrent or encoder models) */
  const char *cache_dir;   /* for the F32 copy; made if missing. REQUIRED when the file has other weights, else not used */
  const char *text;        /* REQUIRED: what is explained, UTF-8 */
  const char *instruction; /* with "{}" exactly once; default "{}" */
  const char *system;      /* system message; default none */
  const char *answer;      /* what the model's answer already begins with; default nothing */
  const char *target;      /* value: logit of the token `target` ... */
  const char *contrast;    /* ... minus logit of the token `contrast`, OPTIONAL. As next token; each is one token, spaces count */
  const char *absent_token; /* for METAGAME_LLAMA_UNKNOWN: text of one token, special tokens included */
  uint64_t flags;           /* METAGAME_LLAMA_RAW */
  uint32_t generate;   /* without target: mean logit of the next tokens that the model generates greedily from the whole prompt,
                        * 1..64 of them at most, those before held fixed; default 1 */
  int32_t players;     /* METAGAME_LLAMA_WORDS (default) ... */
  int32_t absent;      /* METAGAME_LLAMA_UNKNOWN (default) ... */
  int32_t occluded;    /* the same for the inner replacement of "occlusion"; default METAGAME_LLAMA_DELETE */
  int32_t weights;     /* METAGAME_LLAMA_WEIGHTS_F32 (default) ... */
  uint32_t n_threads;  /* 1..512; default 2, or 1 where there is one processor. More than idle processors is much slower */
  uint32_t n_parallel; /* coalitions evaluated together, 1..128; default 16 */
  uint32_t reserved;   /* zero */
  const metagame_llama *share; /* OPTIONAL: another handle whose weights are used, and held, for many prompts to one model. model_path,
                                * cache_dir and weights are then not read */
} metagame_llama_options;
#define METAGAME_LLAMA_OPTIONS_INIT \
  { sizeof(metagame_llama_options), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL }

/* Loads the model, splits the prompt and evaluates the part that all coalitions share. Errors: NULL, STRUCT_SIZE, FLAGS,
 * ARGUMENT (field, value and range; a missing or damaged file; no players; a target that is not one token), UNSUPPORTED (a model
 * or a chat template that cannot be handled), LIMIT (prompt longer than the model's context, too many players), NOMEM, INTERNAL.
 */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_llama_create(metagame_llama **out,
                                                                       const metagame_llama_options *options,
                                                                       metagame_error *err);
/* Gives up the caller's hold; functions and games made from the handle keep theirs. */
METAGAME_API void metagame_llama_destroy(metagame_llama *handle);

METAGAME_API uint32_t metagame_llama_n_players(const metagame_llama *handle);
/* Steps of the answer: 1 with options.target, else the tokens that were generated, at most options.generate. */
METAGAME_API uint32_t metagame_llama_n_steps(const metagame_llama *handle);
/* The following strings live as long as the handle. */
/* n_players labels, the text of each player without white space around it. For metagame_result_write too. */
METAGAME_API const char *const *metagame_llama_labels(const metagame_llama *handle);
/* The value in words, such as "logit(' positive') - logit(' negative')". */
METAGAME_API const char *metagame_llama_value_text(const metagame_llama *handle);
/* The two targets' or the generated tokens' text; index 0, 1, ...; NULL at the end. */
METAGAME_API const char *metagame_llama_target_text(const metagame_llama *handle, size_t index);
/* The whole prompt as the model reads it, template included. */
METAGAME_API const char *metagame_llama_prompt(const metagame_llama *handle);
/* The file that was loaded: model_path or its F32 copy. */
METAGAME_API const char *metagame_llama_model_file(const metagame_llama *handle);
METAGAME_API const char *metagame_llama_masking_id(const metagame_llama *handle);

/* Coalitions evaluated and tokens computed for them since the handle was made (progress, cost). OPTIONAL pointers. */
METAGAME_API void metagame_llama_counts(const metagame_llama *handle, uint64_t *n_evaluations, uint64_t *n_tokens);

/* Seconds that the F32 graph was computing, for all handles that share its weights. */
METAGAME_API double metagame_llama_graph_seconds(const metagame_llama *handle);

/* The token ids that the model reads at `mask`, prompt and held answer; -1 is the zero vector, -2 the mean one. *n_tokens is their
 * number also when it is above `capacity`; then nothing more than `capacity` is written. Errors: NULL. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_llama_tokens(const metagame_llama *handle, const uint64_t *mask,
                                                                       int32_t *tokens, size_t capacity, size_t *n_tokens,
                                                                       metagame_error *err);

/* Fills *out with the value game, to be handed to metagame_game_from_function (which then owns out->user). Calling
 * out->destroy(out->user) instead releases it. Errors: NULL, STRUCT_SIZE, NOMEM; where options.absent is METAGAME_LLAMA_HIDE, those of
 * the F32 graph too: ARGUMENT (the text ends the prompt), UNSUPPORTED (a family that the graph lacks), LIMIT. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_llama_function(metagame_llama *handle, metagame_function *out,
                                                                         metagame_error *err);

/* The game of the directed occlusion: v_i(S) = f(S) - f(S, player i replaced as `occluded` says) for i in S, else 0, where
 * players outside S are replaced as `absent` says. Forward passes only. As the two replacements differ, j -> i and i -> j differ
 * too; with occluded = absent it is the built-in "occlusion", whose matrix is symmetric. Every target is its own player. One
 * coalition S needs 1 + |S| values. Errors: NULL, LIMIT, UNSUPPORTED (a prompt of a single word, to be deleted), NOMEM; where
 * options.absent or options.occluded is METAGAME_LLAMA_HIDE also ARGUMENT and UNSUPPORTED, as with metagame_llama_function. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_llama_occlusion(metagame_game **out, metagame_llama *handle,
                                                                          metagame_error *err);

/* ---- attributions ---------------------------------------------------------------------------------------------------------- */

/* Choice of an attribution of the players. docs/language-models.md has the definitions and sources.
 *   "gradient-norm"         Euclidean norm of the gradient with respect to the token's embedding
 *   "gradient-x-input"      embedding times gradient, summed over the coordinates
 *   "integrated-gradients"  straight path from `start`, of the players' embeddings; everything else stays as it is
 *   "attnlrp"               embedding times gradient under the AttnLRP rules (Achtibat et al., 2024)
 *   "cp-lrp"                the same with attention weights held fixed (Ali et al., 2022); conserves the value
 *   "attention"             mean attention, over heads and layers, that the position of the value pays to the token
 *   "attention-rollout"     the same through all layers (Abnar and Zuidema, 2020)
 *   "occlusion"             that of metagame_llama_occlusion
 *   "shapley"               Shapley values of the value game; up to METAGAME_EXACT_MAX_PLAYERS players; symmetric matrix
 * All but the last two need the F32 graph: families llama, qwen2, gemma3. The attribution of a word is the sum over its tokens; 0 for
 * deleted tokens. */
typedef struct metagame_llama_method {
  size_t struct_size;
  const char *name; /* REQUIRED */
  uint64_t flags;   /* METAGAME_LLAMA_STEPS */
  uint32_t nodes;   /* "integrated-gradients" alone: Gauss-Legendre nodes, 1..4096; default 16 */
  int32_t absent;   /* in place of options.absent of the handle, for this game; default: that */
  int32_t start;    /* "integrated-gradients" alone: METAGAME_LLAMA_ZERO (default), METAGAME_LLAMA_MEAN or METAGAME_LLAMA_UNKNOWN */
  int32_t values;   /* "occlusion", "shapley" alone: METAGAME_LLAMA_VALUES_*; default: llama.cpp where it can */
  uint32_t layer;   /* "attention" alone: of this layer alone, 1..number of layers; default: mean over all */
  uint32_t reserved; /* zero */
} metagame_llama_method;
#define METAGAME_LLAMA_METHOD_INIT { sizeof(metagame_llama_method), NULL, 0, 0, 0, 0, 0, 0, 0 }

/* Method flag, not for "occlusion" and "shapley": after the n_players targets of the mean over steps come those of every step: target
 * n_players * (1 + step) + player. */
#define METAGAME_LLAMA_STEPS UINT64_C(1)
enum {
  METAGAME_LLAMA_VALUES_LLAMA = 1, /* llama.cpp, with options.weights; not for METAGAME_LLAMA_HIDE, nor for another method.absent */
  METAGAME_LLAMA_VALUES_GRAPH = 2  /* the F32 graph that gives the gradients */
};

/* Names of the methods: index 0, 1, ...; NULL at the end. */
METAGAME_API const char *metagame_llama_method_name(size_t index);
/* The game of an attribution, ready for metagame_solve. Target i is player i and pinned to it; see METAGAME_LLAMA_STEPS for more
 * targets. The graph is made at the first need (memory: about twice that of the weights in F32) and shared by the handle's games. Errors:
 * NULL, STRUCT_SIZE, FLAGS, ARGUMENT (field, value and range; METAGAME_LLAMA_HIDE where the text ends the prompt, METAGAME_LLAMA_DELETE
 * where it is the whole prompt), UNSUPPORTED (unknown name; a model family without graph, what the graph lacks; METAGAME_LLAMA_STEPS,
 * nodes, start, values or layer that do not go with the method), LIMIT, NOMEM. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_llama_attribute(metagame_game **out, metagame_llama *handle,
                                                                          const metagame_llama_method *method, metagame_error *err);
/* Fills *out with the attribution, to be handed to metagame_game_from_attributor (which then owns out->user) or to the conformance
 * suite. Calling out->destroy(out->user) instead releases it. Errors: as metagame_llama_attribute. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_llama_attributor(metagame_attributor *out, metagame_llama *handle,
                                                                           const metagame_llama_method *method, metagame_error *err);
/* The value game like metagame_llama_function, but with method's `absent` and `values`; its name and the other fields are not read.
 * method may be NULL. Errors: NULL, STRUCT_SIZE, ARGUMENT, UNSUPPORTED, LIMIT, NOMEM. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_llama_value_function(metagame_function *out, metagame_llama *handle,
                                                                               const metagame_llama_method *method,
                                                                               metagame_error *err);
/* How much what "absent" means matters: metagame_solve_each over the games of `method` with absent = absences[0], absences[1], ...
 * (1..16, METAGAME_LLAMA_UNKNOWN ...; each at most once). method->absent is not read. metagame_result_spread has the spread, the masking
 * id all of them. Errors: those of metagame_llama_attribute and metagame_solve_each. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_llama_solve_absences(metagame_result **out, metagame_llama *handle,
                                                                               const metagame_llama_method *method,
                                                                               const int32_t *absences, size_t n_absences,
                                                                               const metagame_options *options, metagame_error *err);

/* On request only, since it is the whole process's: llama.cpp's and ggml's messages go nowhere from now on. */
METAGAME_API void metagame_llama_silence(void);

METAGAME_END_DECLS
#endif
