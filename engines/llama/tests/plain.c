/* SPDX-License-Identifier: MIT */
#include "plain.h"

#include <ggml.h>
#include <gguf.h>
#include <llama.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plain {
  struct llama_model *model;
  const struct llama_vocab *vocab;
  char *file;
  float *logits;
  char piece[256];
};

plain *plain_open(const char *model_file) {
  plain *self = calloc(1, sizeof *self);
  struct llama_model_params params = llama_model_default_params();
  params.n_gpu_layers = 0;
  self->model = llama_model_load_from_file(model_file, params);
  self->file = strdup(model_file);
  if (!self->model) {
    plain_close(self);
    return NULL;
  }
  self->vocab = llama_model_get_vocab(self->model);
  return self;
}

void plain_close(plain *self) {
  if (!self) return;
  if (self->model) llama_model_free(self->model);
  free(self->logits);
  free(self->file);
  free(self);
}

int plain_n_vocab(const plain *self) {
  return llama_vocab_n_tokens(self->vocab);
}

/* Row `token` of the F32 embedding matrix, straight from the file. */
static int read_embedding(const plain *self, int32_t token, float *row, size_t width) {
  struct gguf_init_params params = { true, NULL };
  struct gguf_context *gguf = gguf_init_from_file(self->file, params);
  int64_t id = gguf ? gguf_find_tensor(gguf, "token_embd.weight") : -1;
  int ok = 0;
  if (id >= 0 && gguf_get_tensor_type(gguf, id) == GGML_TYPE_F32) {
    size_t offset = gguf_get_data_offset(gguf) + gguf_get_tensor_offset(gguf, id) + (size_t)token * width * sizeof(float);
    FILE *file = fopen(self->file, "rb");
    ok = file && fseeko(file, (off_t)offset, SEEK_SET) == 0 && fread(row, sizeof(float), width, file) == width;
    if (file) fclose(file);
  }
  if (gguf) gguf_free(gguf);
  return ok;
}

const float *plain_logits(plain *self, const int32_t *tokens, size_t n_tokens, size_t n_last) {
  struct llama_context_params params = llama_context_default_params();
  params.n_ctx = params.n_batch = params.n_ubatch = (uint32_t)n_tokens;
  params.n_seq_max = 1;
  params.n_threads = params.n_threads_batch = 1;
  params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
  params.type_k = params.type_v = GGML_TYPE_F32;
  struct llama_context *context = llama_init_from_model(self->model, params);
  size_t width = (size_t)llama_model_n_embd(self->model), n_vocab = (size_t)plain_n_vocab(self);
  int zero = 0, ok = context != NULL;
  for (size_t k = 0; k < n_tokens; ++k) zero |= tokens[k] < 0;
  struct llama_batch batch = llama_batch_init((int32_t)n_tokens, zero ? (int32_t)width : 0, 1);
  batch.n_tokens = (int32_t)n_tokens;
  for (size_t k = 0; k < n_tokens; ++k) {
    batch.pos[k] = (llama_pos)k;
    batch.n_seq_id[k] = 1;
    batch.seq_id[k][0] = 0;
    batch.logits[k] = k + n_last >= n_tokens;
    if (!zero) batch.token[k] = tokens[k];
    else if (tokens[k] < 0) memset(batch.embd + k * width, 0, width * sizeof(float));
    else ok = ok && read_embedding(self, tokens[k], batch.embd + k * width, width);
  }
  ok = ok && llama_decode(context, batch) == 0;
  free(self->logits);
  self->logits = malloc(n_last * n_vocab * sizeof(float));
  for (size_t k = 0; ok && k < n_last; ++k)
    memcpy(self->logits + k * n_vocab, llama_get_logits_ith(context, (int32_t)(n_tokens - n_last + k)), n_vocab * sizeof(float));
  llama_batch_free(batch);
  if (context) llama_free(context);
  return ok ? self->logits : NULL;
}

const char *plain_piece(plain *self, int32_t token) {
  int32_t length = llama_token_to_piece(self->vocab, token, self->piece, (int32_t)sizeof self->piece - 1, 0, true);
  self->piece[length < 0 ? 0 : length] = '\0';
  return self->piece;
}

int32_t plain_token(plain *self, const char *text) {
  llama_token tokens[16];
  return llama_tokenize(self->vocab, text, (int32_t)strlen(text), tokens, 16, false, true) == 1 ? tokens[0] : -1;
}
