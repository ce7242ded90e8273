/* SPDX-License-Identifier: MIT */
/* From the gradient at the selected, normalised rows of the last layer to that at the embeddings, layer by layer, by hand: no gradients
 * of weights, and products with transposed weights in place of outer ones. It is a graph of its own, which runs once for each
 * functional. The rules of relevance are factors in it:
 *   AttnLRP (Achtibat et al., arXiv 2402.05602): denominators of norms are constants; act(x) is x times a constant; a product shares in
 *   halves, so gate and up get 1/2, and in softmax(q k^T) v  v gets 1/2, q and k get 1/4 each; softmax as it is
 *   CP-LRP (Ali et al., arXiv 2202.07304): attention weights are constants, so q and k get 0, v gets 1; else the same
 * Relevance of a token is its embedding times this modified gradient. */
#include "internal.h"

/* A tensor of the forward graph as a constant of the backward one. */
static struct ggml_tensor *constant(mtgg_graph *g, const struct ggml_tensor *t) {
  struct ggml_tensor *alias = ggml_new_tensor(g->context, t->type, GGML_MAX_DIMS, t->ne);
  alias->buffer = t->buffer;
  alias->data = t->data;
  return alias;
}

static struct ggml_tensor *rope_back(mtgg_graph *g, struct ggml_tensor *d, struct ggml_tensor *positions, uint32_t layer) {
  const mtgg_shape *s = &g->engine->shape;
  bool local = s->local[layer];
  return ggml_rope_ext_back(g->context, d, positions, local ? NULL : g->engine->weights.rope_factors, (int)s->n_rot, s->rope_mode, 0,
                            local ? s->rope_base_local : s->rope_base, local ? 1.0f : s->rope_scale, 0.0f, 1.0f, 32.0f, 1.0f);
}

/* d: gradient at the layer's outcome; returns that at its input. */
static struct ggml_tensor *layer_back(mtgg_graph *g, struct ggml_tensor *d, struct ggml_tensor *positions, uint32_t index) {
  struct ggml_context *ctx = g->context;
  const mtgg_shape *s = &g->engine->shape;
  const mtgg_layer *w = g->engine->weights.layers + index;
  mtgg_tape *tape = g->tapes + index;
  struct ggml_tensor *inner = d;
  if (w->down_norm) inner = mtgg_op_norm_back(ctx, &g->norm_weight, constant(g, tape->fed), d, NULL, w->down_norm, NULL);
  inner = ggml_mul_mat(ctx, w->down_back, inner);
  inner = ggml_mul_mat(ctx, w->gate_up_back, mtgg_op_glu_back(ctx, &g->glu, constant(g, tape->gate_up), inner));
  d = mtgg_op_norm_back(ctx, &g->norm_residual, constant(g, tape->middle), inner, NULL, NULL, d);

  inner = d;
  if (w->out_norm) inner = mtgg_op_norm_back(ctx, &g->norm_weight, constant(g, tape->attended), d, NULL, w->out_norm, NULL);
  inner = ggml_mul_mat(ctx, w->out_back, inner);
  struct ggml_tensor *qkv = constant(g, tape->qkv);
  struct ggml_tensor *both = mtgg_op_attention_back(ctx, &tape->attention, constant(g, tape->probabilities), constant(g, tape->qk), qkv,
                                                    inner);
  int64_t length = (int64_t)(g->slice.n * g->slice.length), heads = s->n_heads + s->n_kv, values = (int64_t)s->n_kv * s->head;
  size_t number = sizeof(float), start = (size_t)(s->head * heads * length) * number;
  struct ggml_tensor *d_v = ggml_mul_mat(ctx, w->v_back, ggml_view_2d(ctx, both, values, length, (size_t)values * number, start));
  struct ggml_tensor *input = constant(g, tape->input);
  if (tape->attention.qk_factor == 0.0f) return mtgg_op_norm_back(ctx, &g->norm_residual, input, d_v, NULL, NULL, d);
  struct ggml_tensor *d_qk = ggml_view_3d(ctx, both, s->head, heads, length, s->head * number, (size_t)(s->head * heads) * number, 0);
  d_qk = rope_back(g, d_qk, positions, index);
  if (w->qk_norm) {
    struct ggml_tensor *raw = ggml_view_3d(ctx, qkv, s->head, heads, length, s->head * number, qkv->nb[1], 0);
    d_qk = mtgg_op_norm_back(ctx, &g->norm_weight, raw, d_qk, NULL, w->qk_norm, NULL);
  }
  d_qk = ggml_mul_mat(ctx, w->qk_back, ggml_reshape_2d(ctx, d_qk, s->head * heads, length));
  return mtgg_op_norm_back(ctx, &g->norm_two, input, d_qk, d_v, NULL, d);
}

metagame_status mtgg_backward_build(mtgg_graph *g, int32_t mode, metagame_error *err) {
  const mtgg_shape *s = &g->engine->shape;
  bool relevance = mode != METAGAME_GGML_GRADIENT;
  mtgg_norm_back norm = { s->eps, relevance, false, false, false, g->engine->kernels };
  g->norm_plain = g->norm_residual = g->norm_two = g->norm_weight = norm;
  g->norm_residual.has_residual = g->norm_two.has_residual = g->norm_two.has_second = g->norm_weight.has_weight = true;
  g->glu.relevance = relevance;
  g->scatter.n_positions = g->slice.n * g->slice.length;
  for (uint32_t layer = 0; layer < s->n_layers; ++layer) {
    mtgg_attention *p = &g->tapes[layer].attention;
    p->qk_factor = mode == METAGAME_GGML_GRADIENT ? 1.0f : mode == METAGAME_GGML_ATTNLRP ? 0.25f : 0.0f;
    p->v_factor = mode == METAGAME_GGML_ATTNLRP ? 0.5f : 1.0f;
  }
  g->backward = ggml_new_graph_custom(g->context, 64 + (size_t)s->n_layers * 32, false);
  g->seed = ggml_new_tensor_2d(g->context, GGML_TYPE_F32, s->width, (int64_t)(g->slice.n * g->slice.n_selected));
  ggml_set_input(g->seed);
  ggml_set_output(g->seed);
  struct ggml_tensor *d = mtgg_op_norm_back(g->context, &g->norm_plain, constant(g, g->selected), g->seed, NULL, NULL, NULL);
  d = mtgg_op_scatter(g->context, &g->scatter, d, constant(g, g->selection));
  struct ggml_tensor *positions = constant(g, g->positions);
  for (uint32_t layer = s->n_layers; layer-- > 0;) d = layer_back(g, d, positions, layer);
  g->gradient = d;
  ggml_set_output(d);
  ggml_build_forward_expand(g->backward, d);
  if (!ggml_gallocr_reserve(g->engine->backward_memory, g->backward) ||
      !ggml_gallocr_alloc_graph(g->engine->backward_memory, g->backward))
    return mtgg_fail(err, METAGAME_E_NOMEM, "no memory for the gradients of %zu sequences of %zu tokens; try options.batch_tokens below %u",
                     g->slice.n, g->slice.length, g->engine->batch_tokens);
  return METAGAME_OK;
}
