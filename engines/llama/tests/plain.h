/* SPDX-License-Identifier: MIT */
/* The oracle: one sequence, from position 0, no cache and no batch of several; shares no code with the engine. */
#ifndef TEST_PLAIN_H
#define TEST_PLAIN_H

#include <stddef.h>
#include <stdint.h>

typedef struct plain plain;

plain *plain_open(const char *model_file);
void plain_close(plain *self);
int plain_n_vocab(const plain *self);
/* Logits after each of the last `n_last` tokens (n_last x n_vocab; lives until the next call). Token -1: the zero vector, by
 * feeding embeddings for all. NULL on failure. */
const float *plain_logits(plain *self, const int32_t *tokens, size_t n_tokens, size_t n_last);
/* The token's text. */
const char *plain_piece(plain *self, int32_t token);
/* The single token of a text, or -1. */
int32_t plain_token(plain *self, const char *text);

#endif
