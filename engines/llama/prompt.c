/* SPDX-License-Identifier: MIT */
/* Text -> tokens and players. The prompt is tokenised as a whole, as the model would see it; players are found by byte positions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

char *mtl_piece(const struct llama_vocab *vocab, llama_token token) {
  char small[64];
  int32_t length = llama_token_to_piece(vocab, token, small, (int32_t)sizeof small, 0, true);
  size_t size = (size_t)(length < 0 ? -length : length);
  char *piece = malloc(size + 1);
  if (!piece) return NULL;
  if (length >= 0) memcpy(piece, small, size);
  else llama_token_to_piece(vocab, token, piece, (int32_t)size, 0, true);
  piece[size] = '\0';
  return piece;
}

static metagame_status tokenize(llama_token **out, size_t *n, const struct llama_vocab *vocab, const char *text, bool add_special,
                                metagame_error *err) {
  size_t length = strlen(text);
  if (length > INT32_MAX / 2)
    return mtl_fail(err, METAGAME_E_LIMIT, "the prompt has %zu bytes, at most %d", length, INT32_MAX / 2);
  int32_t capacity = (int32_t)length + 8;
  *out = malloc((size_t)capacity * sizeof **out);
  if (!*out) return mtl_no_memory(err);
  int32_t count = llama_tokenize(vocab, text, (int32_t)length, *out, capacity, add_special, true);
  if (count < 0) {
    free(*out);
    *out = NULL;
    return mtl_fail(err, METAGAME_E_INTERNAL, "the tokeniser returned %d tokens for %zu bytes", count, length);
  }
  *n = (size_t)count;
  return METAGAME_OK;
}

metagame_status mtl_single_token(llama_token *out, const struct llama_vocab *vocab, const char *field, const char *text,
                                 metagame_error *err) {
  llama_token *tokens = NULL;
  size_t n = 0;
  MTL_TRY(tokenize(&tokens, &n, vocab, text, false, err));
  metagame_status status = METAGAME_OK;
  if (n == 1) {
    *out = tokens[0];
  } else {
    char parts[200] = "";
    for (size_t k = 0, at = 0; k < n && at + 1 < sizeof parts; ++k) {
      char *piece = mtl_piece(vocab, tokens[k]);
      int wrote = snprintf(parts + at, sizeof parts - at, "%s'%s'", k ? ", " : "", piece ? piece : "?");
      if (wrote > 0) at += (size_t)wrote;
      free(piece);
    }
    status = mtl_fail(err, METAGAME_E_ARGUMENT,
                      "options.%s is '%s', which this model splits into %zu tokens (%s); must be 1 token", field, text, n, parts);
  }
  free(tokens);
  return status;
}

static metagame_status apply_template(char **out, const metagame_llama *handle, const char *system, const char *content,
                                      metagame_error *err) {
  struct llama_chat_message messages[2] = { { "system", system }, { "user", content } };
  struct llama_chat_message *first = system ? messages : messages + 1;
  size_t n_messages = system ? 2 : 1;
  const char *chat_template = llama_model_chat_template(handle->model, NULL);
  if (!chat_template)
    return mtl_fail(err, METAGAME_E_UNSUPPORTED,
                    "'%s' has no chat template (a base model?); set METAGAME_LLAMA_RAW in options.flags", handle->model_file);
  int32_t length = llama_chat_apply_template(chat_template, first, n_messages, true, NULL, 0);
  if (length < 0)
    return mtl_fail(
        err, METAGAME_E_UNSUPPORTED,
        "llama.cpp does not know the chat template of '%s'; set METAGAME_LLAMA_RAW in options.flags and write it out in "
        "options.instruction",
        handle->model_file);
  *out = malloc((size_t)length + 1);
  if (!*out) return mtl_no_memory(err);
  int32_t written = llama_chat_apply_template(chat_template, first, n_messages, true, *out, length + 1);
  if (written < 0 || written > length)
    return mtl_fail(err, METAGAME_E_INTERNAL, "the chat template gave %d, then %d bytes", length, written);
  (*out)[written] = '\0';
  return METAGAME_OK;
}

static const char *find_last(const char *text, const char *part, size_t length) {
  const char *found = NULL;
  size_t size = strlen(text);
  for (size_t at = 0; at + length <= size; ++at)
    if (memcmp(text + at, part, length) == 0) found = text + at;
  return found;
}

/* prompt, text_begin, text_end. Templates may strip white space around the message. */
static metagame_status render(metagame_llama *handle, const metagame_llama_options *options, metagame_error *err) {
  const char *instruction = options->instruction ? options->instruction : "{}";
  const char *slot = strstr(instruction, "{}");
  if (!slot || strstr(slot + 2, "{}"))
    return mtl_fail(err, METAGAME_E_ARGUMENT, "options.instruction is '%.200s', must contain {} exactly once", instruction);
  size_t before = (size_t)(slot - instruction), text_length = strlen(options->text);
  const char *answer = options->answer ? options->answer : "";
  char *content = mtl_format("%.*s%s%s", (int)before, instruction, options->text, slot + 2);
  char *rendered = NULL;
  metagame_status status = content ? METAGAME_OK : mtl_no_memory(err);
  if (status == METAGAME_OK && !(options->flags & METAGAME_LLAMA_RAW))
    status = apply_template(&rendered, handle, options->system, content, err);
  if (status == METAGAME_OK) {
    const char *base = rendered ? rendered : content;
    size_t skip = 0, length = strlen(content);
    const char *place = find_last(base, content, length);
    if (!place) {
      while (length > 0 && is_space(content[length - 1])) --length;
      while (skip < length && is_space(content[skip])) ++skip;
      place = find_last(base, content + skip, length - skip);
    }
    size_t end = before + text_length;
    if (!place) {
      status = mtl_fail(err, METAGAME_E_UNSUPPORTED, "the chat template of '%s' changes the message; use METAGAME_LLAMA_RAW",
                        handle->model_file);
    } else {
      size_t origin = (size_t)(place - base);
      handle->text_begin = origin + (before > skip ? before - skip : 0);
      handle->text_end = origin + ((end < length ? end : length) - skip);
      handle->prompt = mtl_format("%s%s", base, answer);
      if (!handle->prompt) status = mtl_no_memory(err);
    }
  }
  free(content);
  free(rendered);
  return status;
}

/* tokens, and the byte at which each ends: end[k]. Special tokens that the tokeniser adds have no bytes. */
static metagame_status split(metagame_llama *handle, size_t **ends, metagame_error *err) {
  MTL_TRY(tokenize(&handle->tokens, &handle->n_tokens, handle->vocab, handle->prompt, true, err));
  llama_token bos = llama_vocab_bos(handle->vocab);
  if (handle->n_tokens >= 2 && handle->tokens[0] == bos && handle->tokens[1] == bos) { /* the template has one, too */
    --handle->n_tokens;
    memmove(handle->tokens, handle->tokens + 1, handle->n_tokens * sizeof *handle->tokens);
  }
  *ends = malloc((handle->n_tokens + 1) * sizeof **ends);
  if (!*ends) return mtl_no_memory(err);
  size_t at = 0, size = strlen(handle->prompt);
  for (size_t k = 0; k < handle->n_tokens; ++k) {
    char *piece = mtl_piece(handle->vocab, handle->tokens[k]);
    if (!piece) return mtl_no_memory(err);
    size_t length = strlen(piece);
    if (length <= size - at && memcmp(handle->prompt + at, piece, length) == 0) at += length;
    else if (piece[0] == ' ' && length - 1 <= size - at && memcmp(handle->prompt + at, piece + 1, length - 1) == 0)
      at += length - 1;
    else if (at == size) handle->n_tokens = k; /* an added end */
    else if (!(k == 0 && handle->tokens[k] == bos)) {
      metagame_status status =
          mtl_fail(err, METAGAME_E_UNSUPPORTED,
                   "token %zu ('%.60s') is not the text at byte %zu of the prompt: this tokeniser changes text", k, piece, at);
      free(piece);
      return status;
    }
    (*ends)[k] = at;
    free(piece);
  }
  if (at != size)
    return mtl_fail(err, METAGAME_E_UNSUPPORTED, "the tokens cover %zu of %zu bytes of the prompt: this tokeniser changes text",
                    at, size);
  return METAGAME_OK;
}

static metagame_status add_label(metagame_llama *handle, const char *begin, const char *end, metagame_error *err) {
  if (handle->n_players >= METAGAME_MAX_PLAYERS)
    return mtl_fail(err, METAGAME_E_LIMIT, "options.text has more than %u players", METAGAME_MAX_PLAYERS);
  handle->labels[handle->n_players] = mtl_format("%.*s", (int)(end - begin), begin);
  if (!handle->labels[handle->n_players]) return mtl_no_memory(err);
  ++handle->n_players;
  return METAGAME_OK;
}

static metagame_status find_players(metagame_llama *handle, const size_t *ends, bool words, metagame_error *err) {
  const char *prompt = handle->prompt;
  handle->owner = malloc(handle->n_tokens * sizeof *handle->owner);
  handle->labels = calloc(handle->n_tokens + 1, sizeof *handle->labels);
  if (!handle->owner || !handle->labels) return mtl_no_memory(err);
  size_t word_begin = 0, word_end = 0;
  for (size_t k = 0; k < handle->n_tokens; ++k) {
    size_t begin = k ? ends[k - 1] : 0, end = ends[k];
    while (begin < end && is_space(prompt[begin])) ++begin;
    while (end > begin && is_space(prompt[end - 1])) --end;
    handle->owner[k] = MTL_NOBODY;
    if (begin == end || end <= handle->text_begin || begin >= handle->text_end) continue;
    if (begin < handle->text_begin || end > handle->text_end)
      return mtl_fail(
          err, METAGAME_E_ARGUMENT,
          "token '%.*s' joins the text and what surrounds it; put a space or a line break beside {} in options.instruction",
          (int)(end - begin), prompt + begin);
    if (!words) {
      MTL_TRY(add_label(handle, prompt + begin, prompt + end, err));
    } else {
      if (begin >= word_end) {
        word_begin = begin;
        word_end = begin;
        while (word_end < handle->text_end && !is_space(prompt[word_end])) ++word_end;
        MTL_TRY(add_label(handle, prompt + word_begin, prompt + word_end, err));
      }
      if (end > word_end)
        return mtl_fail(err, METAGAME_E_UNSUPPORTED,
                        "token '%.*s' holds several words; use options.players = METAGAME_LLAMA_TOKENS", (int)(end - begin),
                        prompt + begin);
    }
    handle->owner[k] = (int32_t)handle->n_players - 1;
  }
  if (handle->n_players == 0)
    return mtl_fail(err, METAGAME_E_ARGUMENT, "options.text is '%.100s', which has no words: at least 1 player is needed",
                    handle->text_end > handle->text_begin ? prompt + handle->text_begin : "");
  return METAGAME_OK;
}

/* What all coalitions begin with; at least one token must be left to evaluate for each. (Only one player is occluded at a time.)
 */
static metagame_status find_shared(metagame_llama *handle, metagame_error *err) {
  size_t first = 0;
  while (handle->owner[first] == MTL_NOBODY) ++first;
  bool deletes = handle->absent == METAGAME_LLAMA_DELETE || (handle->occluded == METAGAME_LLAMA_DELETE && handle->n_players == 1);
  if (deletes && handle->owner[handle->n_tokens - 1] != MTL_NOBODY) {
    if (first > 0) --first;
    else if (handle->absent == METAGAME_LLAMA_DELETE)
      return mtl_fail(
          err, METAGAME_E_ARGUMENT,
          "options.absent is %d (METAGAME_LLAMA_DELETE), but options.text is the whole prompt: without players nothing is left "
          "to evaluate; give options.instruction or options.answer",
          METAGAME_LLAMA_DELETE);
    else handle->no_occlusion = true;
  }
  handle->n_shared = first;
  /* the graph serves every kind of absence: one token at least stays behind */
  handle->n_graph_shared = first;
  if (handle->owner[handle->n_tokens - 1] != MTL_NOBODY) {
    while (handle->owner[handle->n_graph_shared] == MTL_NOBODY) ++handle->n_graph_shared;
    if (handle->n_graph_shared > 0) --handle->n_graph_shared;
  }
  return METAGAME_OK;
}

metagame_status mtl_check_absent_token(const metagame_llama *handle, int32_t absent, metagame_error *err) {
  if (absent == METAGAME_LLAMA_UNKNOWN && handle->absent_token < 0)
    return mtl_fail(err, METAGAME_E_ARGUMENT,
                    "options.absent_token is NULL, and the vocabulary has no unknown and no padding token");
  return METAGAME_OK;
}

static metagame_status find_absent_token(metagame_llama *handle, const metagame_llama_options *options, metagame_error *err) {
  char number[32];
  handle->absent_token = -1;
  if (options->absent_token)
    return mtl_single_token(&handle->absent_token, handle->vocab, "absent_token", options->absent_token, err);
  if (llama_model_meta_val_str(handle->model, "tokenizer.ggml.unknown_token_id", number, sizeof number) > 0)
    handle->absent_token = (llama_token)strtol(number, NULL, 10);
  if (handle->absent_token < 0 || handle->absent_token >= llama_vocab_n_tokens(handle->vocab))
    handle->absent_token = llama_vocab_pad(handle->vocab);
  MTL_TRY(mtl_check_absent_token(handle, handle->absent, err));
  return mtl_check_absent_token(handle, handle->occluded, err);
}

metagame_status mtl_prompt_build(metagame_llama *handle, const metagame_llama_options *options, metagame_error *err) {
  size_t *ends = NULL;
  metagame_status status = render(handle, options, err);
  if (status == METAGAME_OK) status = split(handle, &ends, err);
  if (status == METAGAME_OK) status = find_players(handle, ends, options->players != METAGAME_LLAMA_TOKENS, err);
  free(ends);
  if (status == METAGAME_OK) status = find_shared(handle, err);
  if (status == METAGAME_OK) status = find_absent_token(handle, options, err);
  return status;
}

size_t mtl_row_most(const metagame_llama *handle, size_t first) {
  return handle->n_tokens - first + (handle->n_steps ? handle->n_steps - 1 : 0);
}

void mtl_row_fill(const metagame_llama *handle, const mtl_reading *reading, const uint64_t *mask, mtl_row *row, int32_t *owners,
                  unsigned char *hidden) {
  size_t n = 0;
  for (size_t k = reading->first; k < handle->n_tokens; ++k) {
    int32_t token = handle->tokens[k];
    bool hide = false;
    if (handle->owner[k] != MTL_NOBODY) {
      size_t player = (size_t)handle->owner[k], kept = player + handle->n_players;
      bool present = mask[player / 64] >> (player % 64) & 1;
      bool occluded = reading->doubled && present && !(mask[kept / 64] >> (kept % 64) & 1);
      if (!present || occluded) {
        int32_t how = present ? handle->occluded : reading->absent;
        if (how == METAGAME_LLAMA_DELETE) continue;
        if (how == METAGAME_LLAMA_UNKNOWN) token = handle->absent_token;
        else if (how == METAGAME_LLAMA_ZERO) token = MTL_ZERO_VECTOR;
        else if (how == METAGAME_LLAMA_MEAN) token = MTL_MEAN_VECTOR;
        else hide = true;
      }
    }
    if (owners) owners[n] = handle->owner[k];
    if (hidden) hidden[n] = hide;
    row->tokens[n++] = token;
  }
  for (uint32_t step = 0; !handle->has_target && step + 1 < handle->n_steps; ++step) {
    if (owners) owners[n] = MTL_NOBODY;
    if (hidden) hidden[n] = 0;
    row->tokens[n++] = handle->targets[step];
  }
  row->n_tokens = n;
}
