/* SPDX-License-Identifier: MIT */
/* Keys and values of the tokens that many sequences begin with. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static void copy_layer(metagame_ggml_prefix *prefix, const mtgg_graph *g, uint32_t layer) {
  const mtgg_shape *s = &prefix->engine->shape;
  size_t head = s->head, heads = s->n_heads + s->n_kv;
  const float *qk = g->tapes[layer].qk->data, *qkv = g->tapes[layer].qkv->data;
  for (size_t kv = 0; kv < s->n_kv; ++kv)
    for (size_t at = 0; at < prefix->n; ++at) {
      size_t to = ((layer * s->n_kv + kv) * prefix->n + at) * head;
      memcpy(prefix->keys + to, qk + (at * heads + s->n_heads + kv) * head, head * sizeof *qk);
      memcpy(prefix->values + to, qkv + (at * (heads + s->n_kv) + heads + kv) * head, head * sizeof *qkv);
    }
}

static metagame_status fill(metagame_ggml_prefix *prefix, const int32_t *tokens, metagame_error *err) {
  metagame_ggml *engine = prefix->engine;
  mtgg_slice slice = { .n = 1, .length = prefix->n, .keep_keys = true };
  mtgg_graph g;
  MTGG_TRY(mtgg_scratch(engine, &slice, err));
  metagame_status status = mtgg_forward_build(&g, engine, &slice, err);
  if (status == METAGAME_OK) {
    mtgg_embed(engine, tokens, prefix->n, g.input->data);
    for (uint32_t at = 0; at < prefix->n; ++at) ((int32_t *)g.positions->data)[at] = (int32_t)at;
    status = mtgg_compute(engine, g.forward, err);
  }
  for (uint32_t layer = 0; status == METAGAME_OK && layer < engine->shape.n_layers; ++layer) copy_layer(prefix, &g, layer);
  mtgg_graph_destroy(&g);
  return status;
}

metagame_status metagame_ggml_prefix_create(metagame_ggml_prefix **out, metagame_ggml *engine, const int32_t *tokens, size_t n_tokens,
                                            metagame_error *err) {
  if (!out) return mtgg_fail(err, METAGAME_E_NULL, "out is NULL");
  *out = NULL;
  if (!engine || !tokens) return mtgg_fail(err, METAGAME_E_NULL, "%s is NULL", engine ? "tokens" : "engine");
  const mtgg_shape *s = &engine->shape;
  if (n_tokens < 1) return mtgg_fail(err, METAGAME_E_ARGUMENT, "n_tokens is 0, must be at least 1");
  if (n_tokens >= s->n_context)
    return mtgg_fail(err, METAGAME_E_LIMIT, "n_tokens is %zu; the model reads at most %u, one more than a prefix", n_tokens, s->n_context);
  for (size_t k = 0; k < n_tokens; ++k)
    if (tokens[k] < METAGAME_GGML_MEAN || tokens[k] >= (int32_t)s->n_vocab)
      return mtgg_fail(err, METAGAME_E_ARGUMENT, "tokens[%zu] is %d, must be %d..%u", k, tokens[k], METAGAME_GGML_MEAN, s->n_vocab - 1);
  metagame_ggml_prefix *prefix = calloc(1, sizeof *prefix);
  if (!prefix) return mtgg_no_memory(err);
  size_t size = (size_t)s->n_layers * s->n_kv * n_tokens * s->head * sizeof(float);
  prefix->engine = mtgg_retain(engine);
  prefix->n = (uint32_t)n_tokens;
  prefix->keys = malloc(size);
  prefix->values = malloc(size);
  metagame_status status = prefix->keys && prefix->values ? METAGAME_OK : mtgg_no_memory(err);
  if (status == METAGAME_OK) {
    pthread_mutex_lock(&engine->lock);
    status = fill(prefix, tokens, err);
    mtgg_unlock(engine);
  }
  if (status == METAGAME_OK) *out = prefix;
  else metagame_ggml_prefix_destroy(prefix);
  return status;
}

void metagame_ggml_prefix_destroy(metagame_ggml_prefix *prefix) {
  if (!prefix) return;
  free(prefix->keys);
  free(prefix->values);
  metagame_ggml_destroy(prefix->engine);
  free(prefix);
}
