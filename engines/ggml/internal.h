/* SPDX-License-Identifier: MIT */
/* What the files of this engine share. shape.c: GGUF header -> sizes. weights.c: GGUF tensors -> F32 weights. forward.c and
 * backward.c: one slice of a batch -> ggml graphs. ops.c: the operations that ggml lacks, on the kernels of kernels.c. run.c: batches.
 * engine.c: the handle. */
#ifndef MTGG_INTERNAL_H
#define MTGG_INTERNAL_H

#include <ggml-alloc.h>
#include <ggml-backend.h>
#include <ggml.h>
#include <gguf.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernels.h"
#include "metagame_ggml.h"

#define MTGG_TRY(call)                               \
  do {                                               \
    metagame_status mtgg_try_status = (call);        \
    if (mtgg_try_status < 0) return mtgg_try_status; \
  } while (0)

typedef struct mtgg_shape {
  char architecture[16];
  uint32_t n_layers, width, n_heads, n_kv, head, n_ff, n_vocab, n_context, n_rot;
  uint32_t window;   /* positions that a local layer sees, itself included; 0: there are no local layers */
  bool *local;       /* n_layers */
  int rope_mode;
  float eps, rope_base, rope_base_local, rope_scale; /* local layers: scale 1 */
  float embedding_scale, attention_scale;
  bool gelu, qkv_bias, qk_norm, post_norm;
} mtgg_shape;

/* Matrices as ggml_mul_mat wants them: ne[0] is what is summed over. The norms before q, k, v and before gate, up are multiplied in.
 * The transposed ones are NULL in a forward-only engine. */
typedef struct mtgg_layer {
  struct ggml_tensor *qkv, *qkv_bias, *qk_norm, *out, *out_bias, *out_norm, *gate_up, *down, *down_norm;
  struct ggml_tensor *qk_back, *v_back, *out_back, *gate_up_back, *down_back;
} mtgg_layer;

typedef struct mtgg_weights {
  struct ggml_context *context;
  ggml_backend_buffer_t buffer;
  struct ggml_tensor *embeddings, *output, *output_norm, *rope_factors;
  mtgg_layer *layers;
  float *mean; /* of the rows of embeddings */
  uint64_t bytes;
} mtgg_weights;

struct metagame_ggml {
  atomic_uint references;
  pthread_mutex_t lock;
  bool has_lock;
  uint32_t n_threads, batch_tokens;
  bool forward_only;
  mtgg_shape shape;
  mtgg_weights weights;
  const mtgg_kernels *kernels;
  ggml_backend_t backend;
  ggml_gallocr_t forward_memory, backward_memory;
  float *scratch; /* of the operations, n_threads times scratch_each */
  size_t scratch_each;
  atomic_uint_least64_t nanoseconds; /* inside ggml */
  atomic_uint_least64_t work_bytes;  /* as metagame_ggml_info has it: the allocators themselves belong to whoever has the lock */
};

struct metagame_ggml_prefix {
  metagame_ggml *engine;
  uint32_t n;
  float *keys, *values; /* layer, key/value head, position, coordinate; keys after rope */
};

/* One slice: sequences of the same padded length, one graph. */
typedef struct mtgg_slice {
  size_t n, length; /* sequences, positions of each */
  uint32_t n_prefix;
  const metagame_ggml_prefix *prefix;
  const unsigned char *hidden; /* n x length, or NULL */
  size_t n_selected;           /* positions of each sequence whose logits are wanted */
  bool keep;                   /* all that the way back needs */
  bool keep_keys;              /* keys and values alone */
  bool want_attention, want_logits;
} mtgg_slice;

/* What a layer leaves for the way back. */
typedef struct mtgg_tape {
  struct ggml_tensor *input, *qkv, *qk, *probabilities, *attended, *middle, *gate_up, *fed;
  mtgg_attention attention; /* parameters of its operations */
} mtgg_tape;

typedef struct mtgg_graph {
  metagame_ggml *engine;
  mtgg_slice slice;
  struct ggml_context *context;
  void *memory;
  struct ggml_cgraph *forward, *backward;
  struct ggml_tensor *input, *positions, *selection; /* inputs */
  struct ggml_tensor *selected, *final, *logits;     /* rows of the last layer, normalised, times the output matrix */
  struct ggml_tensor *seed, *gradient;               /* backward: input and output */
  mtgg_tape *tapes;
  mtgg_norm_back norm_plain, norm_residual, norm_two, norm_weight;
  mtgg_glu glu;
  mtgg_scatter scatter;
} mtgg_graph;

/* engine.c */
metagame_status mtgg_fail(metagame_error *err, metagame_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
metagame_status mtgg_no_memory(metagame_error *err);
/* The struct_size rule of metagame.h: short structs are filled up with zeros, long ones must end in zeros. */
metagame_status mtgg_read_struct(void *out, size_t out_size, const void *in, size_t least, const char *name, metagame_error *err);
metagame_ggml *mtgg_retain(metagame_ggml *engine);
/* Of tokens that were checked. */
void mtgg_embed(const metagame_ggml *engine, const int32_t *tokens, size_t n, float *rows);

/* shape.c */
metagame_status mtgg_shape_read(mtgg_shape *out, const struct gguf_context *gguf, struct ggml_context *meta, const char *path,
                                metagame_error *err);

/* weights.c */
metagame_status mtgg_weights_load(metagame_ggml *engine, const char *path, uint64_t max_bytes, metagame_error *err);
void mtgg_weights_free(mtgg_weights *weights);

/* forward.c, backward.c. mtgg_graph_destroy after any outcome of mtgg_forward_build. */
metagame_status mtgg_forward_build(mtgg_graph *out, metagame_ggml *engine, const mtgg_slice *slice, metagame_error *err);
metagame_status mtgg_backward_build(mtgg_graph *graph, int32_t mode, metagame_error *err);
void mtgg_graph_destroy(mtgg_graph *graph);

/* ops.c */
struct ggml_tensor *mtgg_op_probabilities(struct ggml_context *ctx, mtgg_attention *p, struct ggml_tensor *qk);
struct ggml_tensor *mtgg_op_attend(struct ggml_context *ctx, mtgg_attention *p, struct ggml_tensor *probabilities,
                                   struct ggml_tensor *qkv);
/* One dimension: the gradients of q and k after rope, (head, n_heads + n_kv, positions), then those of v, (head, n_kv, positions). */
struct ggml_tensor *mtgg_op_attention_back(struct ggml_context *ctx, mtgg_attention *p, struct ggml_tensor *probabilities,
                                           struct ggml_tensor *qk, struct ggml_tensor *qkv, struct ggml_tensor *d_attended);
struct ggml_tensor *mtgg_op_glu(struct ggml_context *ctx, mtgg_glu *p, struct ggml_tensor *gate_up);
struct ggml_tensor *mtgg_op_glu_back(struct ggml_context *ctx, mtgg_glu *p, struct ggml_tensor *gate_up, struct ggml_tensor *d);
/* Gradient with respect to x of RMS norm (times weight); d2 is added to d, residual to the outcome. Those may be NULL, as p says. */
struct ggml_tensor *mtgg_op_norm_back(struct ggml_context *ctx, mtgg_norm_back *p, struct ggml_tensor *x, struct ggml_tensor *d,
                                      struct ggml_tensor *d2, struct ggml_tensor *weight, struct ggml_tensor *residual);
/* Rows of `rows` to where they were selected, zero elsewhere. */
struct ggml_tensor *mtgg_op_scatter(struct ggml_context *ctx, mtgg_scatter *p, struct ggml_tensor *rows,
                                    struct ggml_tensor *selection);

/* run.c */
metagame_status mtgg_compute(metagame_ggml *engine, struct ggml_cgraph *graph, metagame_error *err);
metagame_status mtgg_scratch(metagame_ggml *engine, const mtgg_slice *slice, metagame_error *err);
/* Ends what began with engine->lock. */
void mtgg_unlock(metagame_ggml *engine);

#endif
