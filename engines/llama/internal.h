/* SPDX-License-Identifier: MIT */
/* What the files of this engine share. model.c: file -> weights. prompt.c: text -> tokens and players. decode.c: rows of tokens
 * -> logits. engine.c: the handle. occlusion.c: the directed attribution. */
#ifndef MTL_INTERNAL_H
#define MTL_INTERNAL_H

#include <llama.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "metagame_llama.h"

#define MTL_TRY(call)                              \
  do {                                             \
    metagame_status mtl_try_status = (call);       \
    if (mtl_try_status < 0) return mtl_try_status; \
  } while (0)

enum { MTL_MAX_STEPS = 64, MTL_ZERO_VECTOR = -1, MTL_NOBODY = -1 };

/* One coalition's tokens after the shared part. */
typedef struct mtl_row {
  int32_t *tokens;
  size_t n_tokens;
  size_t index; /* of the coalition in its call */
} mtl_row;

/* Embeddings of the tokens that can occur after the shared part; only for the zero vector. */
typedef struct mtl_embeddings {
  llama_token *ids;
  size_t n;
  float *rows; /* n x width */
  int32_t width;
} mtl_embeddings;

struct metagame_llama {
  atomic_uint references;
  pthread_mutex_t lock; /* one llama_context, one evaluation at a time */
  bool has_lock, has_batch;

  char *model_file;
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
  bool no_occlusion; /* the only player is the whole prompt and would be deleted */
  llama_token absent_token;
  mtl_embeddings embeddings;

  bool has_target;
  llama_token targets[MTL_MAX_STEPS]; /* target and contrast, or what was generated */
  uint32_t n_targets, n_steps;
  char *target_text[MTL_MAX_STEPS + 1];
  char *value_text, *masking_id, *occlusion_id;

  atomic_uint_least64_t n_evaluations, n_computed;
};

/* engine.c */
metagame_status mtl_fail(metagame_error *err, metagame_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
char *mtl_format(const char *format, ...) __attribute__((format(printf, 1, 2))); /* NULL: no memory */
metagame_status mtl_no_memory(metagame_error *err);
metagame_llama *mtl_retain(metagame_llama *handle);
/* Values at coalitions of the players, or (doubled) of 2n: bit i present, bit n+i not occluded. */
int32_t mtl_values(metagame_llama *handle, const uint64_t *masks, size_t n_masks, bool doubled, double *values,
                   metagame_error *err);

/* model.c */
metagame_status mtl_model_file(char **out, const metagame_llama_options *options, metagame_error *err);
metagame_status mtl_model_load(metagame_llama *handle, metagame_error *err);
metagame_status mtl_embeddings_read(mtl_embeddings *out, const char *file, const llama_token *ids, size_t n, metagame_error *err);

/* prompt.c */
metagame_status mtl_prompt_build(metagame_llama *handle, const metagame_llama_options *options, metagame_error *err);
metagame_status mtl_single_token(llama_token *out, const struct llama_vocab *vocab, const char *field, const char *text,
                                 metagame_error *err);
char *mtl_piece(const struct llama_vocab *vocab, llama_token token); /* NULL: no memory */
void mtl_row_fill(const metagame_llama *handle, const uint64_t *mask, bool doubled, mtl_row *row);
size_t mtl_row_most(const metagame_llama *handle);

/* decode.c */
metagame_status mtl_context_create(metagame_llama *handle, metagame_error *err);
/* Decodes rows[0..n) together, as many as fit: *n_done >= 1 of them. where[r*n_steps + t] is the batch index of the logits of
 * step t. */
metagame_status mtl_decode(metagame_llama *handle, const mtl_row *rows, size_t n_rows, uint32_t n_steps, int32_t *where,
                           size_t *n_done, metagame_error *err);
int mtl_row_compare(const void *left, const void *right);

#endif
