/* SPDX-License-Identifier: MIT */
/* Bytes as labels, title, notes and gaps of a page (NUL between them). Whatever they are, the page is UTF-8 without control characters, has
 * the elements that it has with plain labels, in the same number, and no attribute more. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "metagame/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { N = 5 };

typedef struct shape {
  size_t opened, closed, quotes, titles; /* "<", ">", '"', "<title" and title=" */
  int32_t state;                         /* inside of a UTF-8 sequence: bytes to come */
  uint64_t last;                         /* eight bytes */
  int bad;
} shape;

static int32_t METAGAME_CALL measure(void *user, const char *bytes, size_t size) {
  shape *s = user;
  for (size_t k = 0; k < size; ++k) {
    const unsigned char c = (unsigned char)bytes[k];
    s->opened += c == '<';
    s->closed += c == '>';
    s->quotes += c == '"';
    if (s->state > 0) {
      s->bad |= c >> 6 != 2;
      --s->state;
    } else if (c >= 0x80) {
      s->state = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
      s->bad |= c < 0xc2 || c > 0xf4;
    }
    s->bad |= (c < 0x20 && c != '\n') || c == 0x7f;
    s->last = s->last << 8 | c;
    s->titles += (s->last & 0xffffffffffff) == 0x3c7469746c65;        /* <title */
    s->quotes -= 2 * (size_t)((s->last & 0xffffffffffffff) == 0x7469746c653d22); /* title=": there where a label is cut */
  }
  return 0;
}

static int32_t METAGAME_CALL evaluate(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  (void)user;
  (void)err;
  for (size_t r = 0; r < n_masks; ++r)
    for (uint32_t i = 0; i < N; ++i) {
      rows[r * N + i] = 0;
      for (uint32_t j = 0; j < N; ++j) rows[r * N + i] += (double)(masks[r] >> j & 1) * ((double)((3 * i + 5 * j) % 7) - 3);
    }
  return 0;
}

static metagame_result *solve(void) {
  static const int32_t own[N] = { 0, 1, 2, 3, 4 };
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  metagame_game *game = NULL;
  metagame_result *result = NULL;
  attributor.name = "fuzzed";
  attributor.n_players = attributor.n_targets = N;
  attributor.own_player = own;
  attributor.attribute = evaluate;
  if (metagame_game_from_attributor(&game, &attributor, NULL, NULL) != METAGAME_OK || metagame_solve(&result, game, NULL, NULL) != METAGAME_OK) abort();
  metagame_game_destroy(game);
  return result;
}

static shape draw(const metagame_result *result, const metagame_document *document, int32_t format) {
  shape s;
  memset(&s, 0, sizeof s);
  if (metagame_document_write(result, document, format, measure, &s, NULL) != METAGAME_OK) abort();
  return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const plain[16] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p" };
  static const char *const key[1] = { "key" };
  const char *parts[16];
  metagame_document document = METAGAME_DOCUMENT_INIT;
  metagame_result *result = solve();
  char *text = malloc(size + 17);
  if (!text) abort();
  if (size > 0) memcpy(text, data, size);
  memset(text + size, 0, 17);
  size_t at = 0;
  for (size_t k = 0; k < 16; ++k) {
    parts[k] = text + at;
    if (at < size) at += strlen(text + at) + 1;
    if (at > size) at = size;
  }
  document.n_notes = 1;
  document.note_keys = key;
  for (int32_t format = METAGAME_FORMAT_SVG; format <= METAGAME_FORMAT_HTML; ++format)
    for (int32_t view = METAGAME_VIEW_MATRIX; view <= (format == METAGAME_FORMAT_SVG ? METAGAME_VIEW_NET : METAGAME_VIEW_MATRIX); ++view) {
      document.view = view;
      document.player_labels = plain;
      document.gaps = plain + N;
      document.title = plain[11];
      document.note_values = plain + 12;
      const shape wanted = draw(result, &document, format);
      document.player_labels = parts;
      document.gaps = parts + N;
      document.title = parts[11];
      document.note_values = parts + 12;
      const shape found = draw(result, &document, format);
      size_t gaps = 0; /* an empty gap has no element */
      for (size_t k = 0; k <= N && format == METAGAME_FORMAT_HTML; ++k) gaps += parts[N + k][0] == '\0';
      const size_t titles = found.titles - wanted.titles; /* of labels that were cut */
      if (found.bad || found.state != 0 || found.opened != wanted.opened + 2 * titles - 4 * gaps || found.closed != found.opened) abort();
      if (found.quotes != wanted.quotes - 4 * gaps) abort();
    }
  free(text);
  metagame_result_destroy(result);
  return 0;
}
