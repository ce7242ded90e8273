/* SPDX-License-Identifier: MIT */
/* One slice of a batch -> the ggml graph of its logits. The families differ in parameters of one block:
 *   n = norm(x);  q, k, v = W n (+ bias);  q, k = rope((norm) q, k);  a = W softmax(q k^T) v (+ bias);  x = x + (norm) a
 *   n = norm(x);  h = act(W n) * (W n);  x = x + (norm) W h
 * with RMS norms whose weights are in the matrix that follows. Positions of all sequences are columns of one matrix.
 * Sources: Touvron et al., arXiv 2302.13971 (llama); arXiv 2407.10671 (qwen2); arXiv 2503.19786 (gemma3). */
#include <stdlib.h>

#include "internal.h"

static struct ggml_tensor *rope(mtgg_graph *g, struct ggml_tensor *x, uint32_t layer) {
  const mtgg_shape *s = &g->engine->shape;
  bool local = s->local[layer];
  return ggml_rope_ext(g->context, x, g->positions, local ? NULL : g->engine->weights.rope_factors, (int)s->n_rot, s->rope_mode, 0,
                       local ? s->rope_base_local : s->rope_base, local ? 1.0f : s->rope_scale, 0.0f, 1.0f, 32.0f, 1.0f);
}

static void set_attention(mtgg_graph *g, uint32_t layer) {
  const metagame_ggml *engine = g->engine;
  const mtgg_shape *s = &engine->shape;
  const mtgg_slice *slice = &g->slice;
  mtgg_attention *p = &g->tapes[layer].attention;
  p->n_heads = s->n_heads;
  p->n_kv = s->n_kv;
  p->head = s->head;
  p->n_prefix = slice->n_prefix;
  p->length = slice->length;
  p->columns = (slice->n_prefix + slice->length + MTGG_LANES - 1) / MTGG_LANES * MTGG_LANES;
  p->n_sequences = slice->n;
  p->window = s->local[layer] ? s->window : 0;
  p->scale = s->attention_scale;
  p->qk_factor = p->v_factor = 1.0f;
  if (slice->prefix) {
    size_t each = (size_t)s->n_kv * slice->n_prefix * s->head;
    p->prefix_keys = slice->prefix->keys + layer * each;
    p->prefix_values = slice->prefix->values + layer * each;
  }
  p->hidden = slice->hidden;
  p->scratch = engine->scratch;
  p->scratch_each = engine->scratch_each;
  p->kernels = engine->kernels;
}

/* Saved tensors must outlive the run of the forward graph. */
static struct ggml_tensor *keep(const mtgg_graph *g, struct ggml_tensor *t) {
  if (g->slice.keep) ggml_set_output(t);
  return t;
}

static struct ggml_tensor *normed(mtgg_graph *g, struct ggml_tensor *x, struct ggml_tensor *weight) {
  struct ggml_tensor *n = ggml_rms_norm(g->context, x, g->engine->shape.eps);
  return weight ? ggml_mul(g->context, n, weight) : n;
}

static struct ggml_tensor *layer_forward(mtgg_graph *g, struct ggml_tensor *x, uint32_t index) {
  struct ggml_context *ctx = g->context;
  const mtgg_shape *s = &g->engine->shape;
  const mtgg_layer *w = g->engine->weights.layers + index;
  mtgg_tape *tape = g->tapes + index;
  int64_t positions = (int64_t)(g->slice.n * g->slice.length);
  set_attention(g, index);
  tape->input = keep(g, x);
  struct ggml_tensor *qkv = ggml_mul_mat(ctx, w->qkv, normed(g, x, NULL));
  if (w->qkv_bias) qkv = ggml_add(ctx, qkv, w->qkv_bias);
  tape->qkv = keep(g, qkv);
  if (g->slice.keep_keys) ggml_set_output(qkv);
  struct ggml_tensor *qk = ggml_view_3d(ctx, qkv, s->head, s->n_heads + s->n_kv, positions, s->head * sizeof(float), qkv->nb[1], 0);
  if (w->qk_norm) qk = normed(g, qk, w->qk_norm);
  tape->qk = keep(g, rope(g, qk, index));
  if (g->slice.keep_keys) ggml_set_output(tape->qk);
  tape->probabilities = keep(g, mtgg_op_probabilities(ctx, &tape->attention, tape->qk));
  if (g->slice.want_attention) ggml_set_output(tape->probabilities);
  struct ggml_tensor *a = ggml_mul_mat(ctx, w->out, mtgg_op_attend(ctx, &tape->attention, tape->probabilities, tape->qkv));
  if (w->out_bias) a = ggml_add(ctx, a, w->out_bias);
  if (w->out_norm) {
    tape->attended = keep(g, a);
    a = normed(g, a, w->out_norm);
  }
  tape->middle = keep(g, ggml_add(ctx, x, a));
  tape->gate_up = keep(g, ggml_mul_mat(ctx, w->gate_up, normed(g, tape->middle, NULL)));
  struct ggml_tensor *fed = ggml_mul_mat(ctx, w->down, mtgg_op_glu(ctx, &g->glu, tape->gate_up));
  if (w->down_norm) {
    tape->fed = keep(g, fed);
    fed = normed(g, fed, w->down_norm);
  }
  return ggml_add(ctx, tape->middle, fed);
}

metagame_status mtgg_forward_build(mtgg_graph *g, metagame_ggml *engine, const mtgg_slice *slice, metagame_error *err) {
  const mtgg_shape *s = &engine->shape;
  size_t n_tensors = 64 + (size_t)s->n_layers * 64, n_nodes = 64 + (size_t)s->n_layers * 32;
  size_t bytes = n_tensors * ggml_tensor_overhead() + 2 * ggml_graph_overhead_custom(n_nodes, false);
  *g = (mtgg_graph){ .engine = engine, .slice = *slice };
  g->memory = malloc(bytes);
  g->tapes = calloc(s->n_layers, sizeof *g->tapes);
  if (!g->memory || !g->tapes) return mtgg_no_memory(err);
  struct ggml_init_params params = { bytes, g->memory, true };
  struct ggml_context *ctx = g->context = ggml_init(params);
  if (!ctx) return mtgg_no_memory(err);
  g->glu.gelu = s->gelu;
  g->glu.kernels = engine->kernels;
  int64_t positions = (int64_t)(slice->n * slice->length);
  g->input = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, s->width, positions);
  g->positions = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, positions);
  ggml_set_input(g->input);
  ggml_set_input(g->positions);
  ggml_set_output(g->positions);
  g->forward = ggml_new_graph_custom(ctx, n_nodes, false);
  struct ggml_tensor *x = g->input;
  for (uint32_t layer = 0; layer < s->n_layers; ++layer) x = layer_forward(g, x, layer);
  if (slice->n_selected) {
    g->selection = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, (int64_t)(slice->n * slice->n_selected));
    ggml_set_input(g->selection);
    ggml_set_output(g->selection);
    g->selected = keep(g, ggml_get_rows(ctx, x, g->selection));
    g->final = ggml_mul(ctx, ggml_rms_norm(ctx, g->selected, s->eps), engine->weights.output_norm);
    ggml_set_output(g->final);
    ggml_build_forward_expand(g->forward, g->final);
    if (slice->want_logits) {
      /* selected rows are ordered by selection, then sequence; the first selection is the last token */
      struct ggml_tensor *last = ggml_view_2d(ctx, g->final, s->width, (int64_t)slice->n, g->final->nb[1], 0);
      g->logits = ggml_mul_mat(ctx, engine->weights.output, last);
      ggml_set_output(g->logits);
      ggml_build_forward_expand(g->forward, g->logits);
    }
  } else {
    ggml_build_forward_expand(g->forward, x);
  }
  /* reserve first: a plan for the same nodes without outputs to be kept would be taken again */
  if (!ggml_gallocr_reserve(engine->forward_memory, g->forward) || !ggml_gallocr_alloc_graph(engine->forward_memory, g->forward))
    return mtgg_fail(err, METAGAME_E_NOMEM, "no memory for %zu sequences of %zu tokens; try options.batch_tokens below %u", slice->n,
                     slice->length, engine->batch_tokens);
  return METAGAME_OK;
}

void mtgg_graph_destroy(mtgg_graph *g) {
  if (g->context) ggml_free(g->context);
  free(g->memory);
  free(g->tapes);
}
