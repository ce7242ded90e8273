/* SPDX-License-Identifier: MIT */
/* What the files of this engine share. model.c: file -> weights. prompt.c: text -> tokens and players. decode.c: rows of tokens
 * -> logits. engine.c: the handle. values.c: value games. occlusion.c: the directed attribution. graph.c: coalitions -> batches of the F32
 * graph. attribute.c: attributions by name. gradients.c, attention.c: those that the graph gives. */
#ifndef MTL_INTERNAL_H
#define MTL_INTERNAL_H

#include <llama.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "metagame_ggml.h"
#include "metagame_llama.h"

#define MTL_TRY(call)                              \
  do {                                             \
    metagame_status mtl_try_status = (call);       \
    if (mtl_try_status < 0) return mtl_try_status; \
  } while (0)

enum { MTL_MAX_STEPS = 64, MTL_ZERO_VECTOR = METAGAME_GGML_ZERO, MTL_MEAN_VECTOR = METAGAME_GGML_MEAN, MTL_NOBODY = -1 };

/* One coalition's tokens after the shared part. */
typedef struct mtl_row {
  int32_t *tokens;
  size_t n_tokens;
  size_t index; /* of the coalition in its call */
} mtl_row;

/* How coalitions become rows. Bit i of a mask: player i is present; doubled: bit n+i: it is not occluded. */
typedef struct mtl_reading {
  size_t first; /* tokens before are in the part that is evaluated once */
  int32_t absent;
  bool doubled;
} mtl_reading;

/* Weights, which handles share: llama.cpp's, and those of the F32 graph from when it is needed. */
typedef struct mtl_weights {
  atomic_uint references;
  pthread_mutex_t lock; /* of graph */
  bool has_lock;
  char *file;
  struct llama_model *model;
  metagame_ggml *graph;
  metagame_ggml_info graph_info;
} mtl_weights;

/* Embeddings of the tokens that can occur after the shared part; only for the zero vector. */
typedef struct mtl_embeddings {
  llama_token *ids;
  size_t n;
  float *rows; /* n x width */
  float *mean; /* of the whole vocabulary */
  int32_t width;
} mtl_embeddings;

struct metagame_llama {
  atomic_uint references;
  pthread_mutex_t lock; /* one llama_context, one evaluation at a time */
  bool has_lock, has_batch;

  mtl_weights *weights;
  const char *model_file; /* these three belong to weights */
  struct llama_model *model;
  const struct llama_vocab *vocab;
  struct llama_context *context;
  struct llama_batch batch;
  uint32_t n_threads, n_parallel;
  size_t batch_tokens; /* most tokens in one decode */

  char *prompt;                /* what the model reads */
  size_t text_begin, text_end; /* bytes of the explained text in it */
  llama_token *tokens;         /* the whole prompt */
  int32_t *owner;              /* the player of each token, or MTL_NOBODY */
  size_t n_tokens;
  size_t n_shared; /* leading tokens that are evaluated once */
  uint32_t n_players;
  char **labels;

  int32_t absent, occluded;
  metagame_ggml_prefix *prefix; /* the first n_graph_shared tokens in the graph; under weights->lock until it is made */
  size_t n_graph_shared;

  bool no_occlusion; /* the only player is the whole prompt and would be deleted */
  llama_token absent_token;
  mtl_embeddings embeddings;

  bool has_target;
  llama_token targets[MTL_MAX_STEPS]; /* target and contrast, or what was generated */
  uint32_t n_targets, n_steps;
  char *target_text[MTL_MAX_STEPS + 1];
  const char *unit; /* "words" or "tokens" */
  char *value_text, *masking_id;

  atomic_uint_least64_t n_evaluations, n_computed;
};

/* engine.c */
metagame_status mtl_fail(metagame_error *err, metagame_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
char *mtl_format(const char *format, ...) __attribute__((format(printf, 1, 2))); /* NULL: no memory */
metagame_status mtl_no_memory(metagame_error *err);
metagame_llama *mtl_retain(metagame_llama *handle);
/* Values at coalitions of the players, or (doubled) of 2n, as the handle's options say. */
int32_t mtl_values(metagame_llama *handle, const uint64_t *masks, size_t n_masks, bool doubled, double *values,
                   metagame_error *err);
/* The struct_size rule of metagame.h: short structs are filled up with zeros, long ones must end in zeros. */
metagame_status mtl_read_struct(void *out, size_t out_size, const void *in, size_t least, const char *name, metagame_error *err);
/* 1..most, or 0 for the fallback. */
metagame_status mtl_choice(int32_t *field, const char *name, int32_t most, int32_t fallback, metagame_error *err);
char *mtl_absence_text(const metagame_llama *handle, int32_t how); /* NULL: no memory */

/* model.c */
metagame_status mtl_weights_create(mtl_weights **out, const metagame_llama_options *options, metagame_error *err);
mtl_weights *mtl_weights_retain(mtl_weights *weights);
void mtl_weights_release(mtl_weights *weights);
metagame_status mtl_embeddings_read(mtl_embeddings *out, const char *file, const llama_token *ids, size_t n, bool mean,
                                    metagame_error *err);

/* prompt.c */
metagame_status mtl_prompt_build(metagame_llama *handle, const metagame_llama_options *options, metagame_error *err);
metagame_status mtl_single_token(llama_token *out, const struct llama_vocab *vocab, const char *field, const char *text,
                                 metagame_error *err);
char *mtl_piece(const struct llama_vocab *vocab, llama_token token); /* NULL: no memory */
/* owners: the player of each token or MTL_NOBODY, also of the held answer; hidden: whether nobody attends to it. Both OPTIONAL. */
void mtl_row_fill(const metagame_llama *handle, const mtl_reading *reading, const uint64_t *mask, mtl_row *row, int32_t *owners,
                  unsigned char *hidden);
size_t mtl_row_most(const metagame_llama *handle, size_t first);
/* The absent token is there where one is needed. */
metagame_status mtl_check_absent_token(const metagame_llama *handle, int32_t absent, metagame_error *err);

/* decode.c */
metagame_status mtl_context_create(metagame_llama *handle, metagame_error *err);
/* Decodes rows[0..n) together, as many as fit: *n_done >= 1 of them. where[r*n_steps + t] is the batch index of the logits of
 * step t. */
metagame_status mtl_decode(metagame_llama *handle, const mtl_row *rows, size_t n_rows, uint32_t n_steps, int32_t *where,
                           size_t *n_done, metagame_error *err);
int mtl_row_compare(const void *left, const void *right);

/* values.c */
typedef struct mtl_value_game {
  metagame_llama *handle;
  int32_t absent;
  bool graph, doubled;
  char *masking_id;
} mtl_value_game;
/* absent, values: those of a method, or 0. */
metagame_status mtl_value_game_create(mtl_value_game **out, metagame_llama *handle, int32_t absent, int32_t values, bool doubled,
                                      metagame_error *err);
void mtl_value_game_function(mtl_value_game *game, metagame_function *out); /* hands the game over */

/* occlusion.c */
metagame_status mtl_occlusion(metagame_attributor *out, metagame_llama *handle, int32_t absent, int32_t values, metagame_error *err);

/* graph.c */
/* Rows of a call as a batch: with terms of one functional for each step, or of their mean. The caller frees what mtl_batch_free says. */
typedef struct mtl_batch {
  metagame_ggml_batch batch;
  int32_t *tokens, *owners; /* n x stride */
  uint32_t *lengths;
  unsigned char *hidden;
  metagame_ggml_term terms[2 * MTL_MAX_STEPS];
} mtl_batch;
metagame_status mtl_graph_open(metagame_llama *handle, int32_t absent, bool doubled, metagame_error *err);
metagame_status mtl_batch_make(mtl_batch *out, metagame_llama *handle, int32_t absent, bool doubled, const uint64_t *masks, size_t n_masks,
                               bool steps, metagame_error *err);
metagame_status mtl_batch_run(metagame_llama *handle, const metagame_ggml_batch *batch, metagame_error *err);
void mtl_batch_free(mtl_batch *batch);
metagame_status mtl_graph_values(metagame_llama *handle, int32_t absent, bool doubled, const uint64_t *masks, size_t n_masks,
                                 double *values, metagame_error *err);

/* attribute.c */
enum { MTL_NORM, MTL_TIMES_INPUT, MTL_INTEGRATED, MTL_ATTNLRP, MTL_CP_LRP, MTL_ATTENTION, MTL_ROLLOUT, MTL_OCCLUSION, MTL_SHAPLEY };
typedef struct mtl_attribution {
  metagame_llama *handle;
  int kind;
  int32_t absent, start; /* start: a token of the graph */
  bool steps;
  uint32_t layer, n_nodes;
  double *nodes, *weights; /* of the path */
  int32_t *own_player;
  char *name, *masking_id;
} mtl_attribution;

/* gradients.c, attention.c: rows of n_players times 1, or 1 + n_steps, numbers. */
metagame_status mtl_gradients(const mtl_attribution *self, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err);
metagame_status mtl_integrated(const mtl_attribution *self, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err);
/* f at the coalition minus f where the path starts. */
metagame_status mtl_path_difference(const mtl_attribution *self, const uint64_t *mask, double *out, metagame_error *err);
metagame_status mtl_attention(const mtl_attribution *self, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err);
/* Gauss-Legendre on [0, 1]. */
void mtl_path(uint32_t n, double *nodes, double *weights);

#endif
