/* SPDX-License-Identifier: MIT */
/* metagame_ggml.h - a decoder as a differentiable function of its embeddings: logits, gradients, relevance and attention maps of
 * batches of token sequences, in F32, through ggml. Families: llama, qwen2, gemma3 (general.architecture of the GGUF file).
 *
 * Weights of any type that ggml can expand are expanded to F32 when loaded. Nothing here knows the tokens' text; libmetagame-llama
 * does, and makes games of this. docs/language-models.md has the rules and how the numbers are checked.
 *
 * Status, error, struct_size and ownership rules are those of metagame.h. An engine may be used by several threads; its runs go one
 * after the other, on n_threads threads of ggml's. This library prints nothing and keeps no state of its own; ggml writes messages
 * about damaged files to standard error unless the process says otherwise: metagame_ggml_silence. ggml ends the process when the few
 * hundred bytes of its own bookkeeping cannot be had; all memory that grows with model or batch is asked for with a status. */
#ifndef METAGAME_GGML_H
#define METAGAME_GGML_H

#include "metagame.h"

METAGAME_BEGIN_DECLS

typedef struct metagame_ggml metagame_ggml;

/* Flag: logits and attention only. Without the transposed weights that gradients need, half the memory. */
#define METAGAME_GGML_FORWARD UINT64_C(1)

typedef struct metagame_ggml_options {
  size_t struct_size;
  const char *model_path; /* REQUIRED: a GGUF file */
  uint64_t flags;         /* METAGAME_GGML_FORWARD */
  uint64_t max_bytes;     /* of the weights; default: no bound */
  uint32_t n_threads;     /* 1..512; default 2, or 1 where there is one processor. More than idle processors is much slower */
  uint32_t batch_tokens;  /* token positions computed together, 1..65536; default 512. Longer sequences go one by one */
} metagame_ggml_options;
#define METAGAME_GGML_OPTIONS_INIT { sizeof(metagame_ggml_options), NULL, 0, 0, 0, 0 }

/* Errors: NULL, STRUCT_SIZE, FLAGS, ARGUMENT (field, value and range; a missing or damaged file, tensors of the wrong shape, weights
 * that are not finite), UNSUPPORTED (family; a feature of it that the graph lacks), LIMIT (max_bytes), NOMEM. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_ggml_create(metagame_ggml **out, const metagame_ggml_options *options,
                                                                      metagame_error *err);
METAGAME_API void metagame_ggml_destroy(metagame_ggml *engine);

typedef struct metagame_ggml_info {
  size_t struct_size;
  const char *architecture; /* lives as long as the engine */
  uint32_t n_layers, width, n_heads, n_kv_heads, head_size, n_vocab;
  uint32_t n_context; /* most tokens of a sequence, prefix included */
  uint32_t n_threads;
  uint64_t weight_bytes; /* held for weights */
  uint64_t work_bytes;   /* held for the last shapes of batches, as of the last run that ended */
} metagame_ggml_info;
#define METAGAME_GGML_INFO_INIT { sizeof(metagame_ggml_info), NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_ggml_get_info(const metagame_ggml *engine, metagame_ggml_info *out,
                                                                        metagame_error *err);

/* In place of a token id. */
enum {
  METAGAME_GGML_ZERO = -1, /* the zero vector */
  METAGAME_GGML_MEAN = -2  /* the mean of all rows of the embedding matrix */
};
/* rows[k*width ..] = what the first layer reads for tokens[k]: the row of the embedding matrix, in gemma3 times sqrt(width). Errors:
 * NULL, ARGUMENT (index, value, range). */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_ggml_embed(const metagame_ggml *engine, const int32_t *tokens,
                                                                     size_t n_tokens, float *rows, metagame_error *err);

/* Tokens that many sequences begin with: their keys and values, computed once. No gradient flows into them. Holds the engine. Errors:
 * NULL, ARGUMENT, LIMIT (longer than the context), NOMEM. */
typedef struct metagame_ggml_prefix metagame_ggml_prefix;
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_ggml_prefix_create(metagame_ggml_prefix **out, metagame_ggml *engine,
                                                                             const int32_t *tokens, size_t n_tokens,
                                                                             metagame_error *err);
METAGAME_API void metagame_ggml_prefix_destroy(metagame_ggml_prefix *prefix);

/* A term of a linear functional of the logits: weight * logit of `token` at the position `from_end` before the last of a sequence. */
typedef struct metagame_ggml_term {
  uint32_t functional; /* which functional it belongs to, 0..n_functionals-1 */
  uint32_t from_end;   /* 0: the last token of the sequence predicts it; less than the length of every sequence */
  int32_t token;
  int32_t reserved; /* zero */
  double weight;    /* finite */
} metagame_ggml_term;

/* What goes backwards. */
enum {
  METAGAME_GGML_GRADIENT = 0, /* the gradient */
  METAGAME_GGML_ATTNLRP = 1,  /* modified so that embedding x gradient is the AttnLRP relevance */
  METAGAME_GGML_CP_LRP = 2    /* the same for CP-LRP */
};

/* A batch of sequences, of equal or different lengths. Row k of an array "n x stride" has entries for lengths[k] tokens; the rest is
 * neither read nor written. Outputs are caller's memory; those that are NULL are not computed. */
typedef struct metagame_ggml_batch {
  size_t struct_size;
  const metagame_ggml_prefix *prefix; /* OPTIONAL: stands before every sequence */
  size_t n_sequences;                 /* REQUIRED */
  size_t stride;                      /* REQUIRED: length of rows, at least the longest sequence */
  const uint32_t *lengths;            /* n_sequences, 1..stride; default: all are `stride` */
  const int32_t *tokens;              /* n x stride token ids, METAGAME_GGML_ZERO or METAGAME_GGML_MEAN; this or embeddings */
  const float *embeddings;            /* n x stride x width: what the first layer reads; finite */
  const unsigned char *hidden;        /* OPTIONAL, n x stride: where not 0, no other token attends to this one */
  const metagame_ggml_term *terms;    /* of the functionals */
  size_t n_terms;
  uint32_t n_functionals;
  int32_t backward;    /* METAGAME_GGML_GRADIENT ... */
  double *values;      /* n x n_functionals */
  float *gradients;    /* n x n_functionals x stride x width, with respect to what the first layer reads */
  float *attention;    /* n x n_layers x stride x (prefix + stride): mean over heads; row: who attends, column: to whom. Columns: the
                        * prefix, then the sequence */
  float *logits;       /* n x n_vocab, at the last token */
} metagame_ggml_batch;
#define METAGAME_GGML_BATCH_INIT \
  { sizeof(metagame_ggml_batch), NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NULL }

/* Runs a batch, in slices of at most batch_tokens positions. A sequence's numbers depend on the slice's shape in the last bits. Errors:
 * NULL, STRUCT_SIZE, ARGUMENT (which sequence, which token), LIMIT (context), UNSUPPORTED (gradients with METAGAME_GGML_FORWARD),
 * NONFINITE (an output that was asked for; what it holds then is not said), NOMEM. */
METAGAME_API METAGAME_MUST_CHECK metagame_status metagame_ggml_run(metagame_ggml *engine, const metagame_ggml_batch *batch,
                                                                   metagame_error *err);

/* Seconds that runs spent inside ggml since the engine was made. */
METAGAME_API double metagame_ggml_seconds(const metagame_ggml *engine);
/* On request only, since it is the whole process's: ggml's messages go nowhere from now on. */
METAGAME_API void metagame_ggml_silence(void);

METAGAME_END_DECLS
#endif
