/* SPDX-License-Identifier: MIT */
#include "sample.h"

#include <stdlib.h>
#include <string.h>

int32_t METAGAME_CALL rs_append(void *user, const char *bytes, size_t size) {
  rs_text *text = user;
  if (text->refused) ++text->calls_after_refusal;
  if (text->most > 0 && text->size + size > text->most) {
    text->refused = 1;
    return 28;
  }
  if (text->size + size + 1 > text->room) {
    text->room = 2 * (text->size + size) + 1024;
    text->bytes = realloc(text->bytes, text->room);
    assert_non_null(text->bytes);
  }
  memcpy(text->bytes + text->size, bytes, size);
  text->size += size;
  text->bytes[text->size] = '\0';
  return 0;
}

void rs_clear(rs_text *text) {
  free(text->bytes);
  memset(text, 0, sizeof *text);
}

rs_text rs_write(const metagame_result *result, const metagame_document *document, int32_t format) {
  rs_text text = { NULL, 0, 0, 0, 0, 0 };
  metagame_error err;
  if (metagame_document_write(result, document, format, rs_append, &text, &err) != METAGAME_OK) fail_msg("%s", err.message);
  return text;
}

/* Effects that a reader of the tests can compute in the head: target i at S is 1 + i/8 alone, and every player j of S adds
 * ((7 i + 3 j) mod 11 - 5) / 4, with every second neighbour twice that. Triples add to that: with them samples differ, in antithetic ones, too. */
static double effect(uint32_t i, uint32_t j) {
  const double size = ((double)((7 * i + 3 * j) % 11) - 5) / 4;
  return (i + j) % 5 == 0 ? 2 * size : size;
}

static int32_t METAGAME_CALL attribute(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  const rs_sample *s = user;
  const size_t words = metagame_mask_words(s->n);
  (void)err;
  for (size_t r = 0; r < n_masks; ++r)
    for (uint32_t i = 0; i < s->m; ++i) {
      double value = 1 + i / 8.0, triples = 0, one = 0, two = 0;
      for (uint32_t j = 0; j < s->n; ++j) {
        const double here = (double)(masks[r * words + j / 64] >> j % 64 & 1);
        const double e = s->flags & METAGAME_CARDINAL ? (effect(i, j) + effect(j, i)) / 2 : effect(i, j);
        value += e * here;
        triples += here * one * two * (0.75 - (double)((i + j) % 4) / 2);
        two = one;
        one = here;
      }
      rows[r * s->m + i] = value + triples;
    }
  return 0;
}

metagame_result *rs_solve(const rs_sample *sample, const metagame_allocator *allocator) {
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_game *game = NULL;
  metagame_result *result = NULL;
  metagame_error err;
  int32_t *own = calloc(sample->m, sizeof *own);
  assert_non_null(own);
  for (uint32_t i = 0; i < sample->m; ++i) own[i] = sample->pinned ? (int32_t)i : METAGAME_NO_PLAYER;
  attributor.name = "planted";
  attributor.masking_id = "zeros";
  attributor.n_players = sample->n;
  attributor.n_targets = sample->m;
  attributor.own_player = own;
  attributor.flags = sample->flags;
  attributor.user = (void *)(uintptr_t)sample;
  attributor.attribute = attribute;
  options.solver = sample->solver;
  options.max_evaluations = sample->budget;
  options.seed = sample->seed;
  if (metagame_game_from_attributor(&game, &attributor, allocator, &err) != METAGAME_OK) fail_msg("%s", err.message);
  if (metagame_solve(&result, game, &options, &err) != METAGAME_OK) fail_msg("%s", err.message);
  metagame_game_destroy(game);
  free(own);
  return result;
}

metagame_result *rs_read(const rs_text *text) {
  metagame_result *result = NULL;
  metagame_error err;
  if (metagame_result_read(&result, text->bytes, text->size, NULL, &err) != METAGAME_OK) fail_msg("%s", err.message);
  return result;
}

char *rs_replaced(const char *text, const char *from, const char *to) {
  const char *at = strstr(text, from);
  if (!at) fail_msg("the file has no %s", from);
  const size_t before = (size_t)(at - text), length = strlen(text) - strlen(from) + strlen(to);
  char *out = malloc(length + 1);
  assert_non_null(out);
  memcpy(out, text, before);
  memcpy(out + before, to, strlen(to));
  strcpy(out + before + strlen(to), at + strlen(from));
  return out;
}
