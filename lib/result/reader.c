/* SPDX-License-Identifier: MIT */
#include "result/reader.h"

#include <stdio.h>
#include <string.h>

static const char *const names[MTG_N_KEYS] = {
  "format", "version", "attributor", "masking_id", "solver", "outer", "pinned", "complete",
  "symmetric", "closed_form", "user_code", "seed", "evaluations", "value_evaluations", "asked",
  "looks", "stopped", "units", "rank", "full_rank", "condition", "chosen", "process", "sparse",
  "left_out", "maskings", "diagnosis", "reason", "audit", "audit_rows", "audit_error", "players",
  "targets", "own_player", "grid", "gaps", "title", "notes", "steps", "label", "first_order",
  "base", "matrix", "stderr", "spread", "residual", "scale", "degrees", "ground"
};

static void name_key(mtg_reader *r, const char *prefix, mtg_key k) {
  const size_t length = strlen(prefix);
  memcpy(r->json.name, prefix, length);
  memcpy(r->json.name + length, names[k], strlen(names[k]) + 1);
}

metagame_status mtg_reader_find(mtg_reader *r, const char *prefix, mtg_places *p) {
  char word[32];
  int first = 1;
  memset(p, 0, sizeof *p);
  MTG_TRY(mtg_json_open(&r->json, '{'));
  while (mtg_json_next(&r->json, &first)) {
    const size_t here = r->json.at;
    mtg_json_key(&r->json, word, sizeof word);
    for (size_t k = 0; k < MTG_N_KEYS; ++k) {
      if (strcmp(word, names[k]) != 0) continue;
      if (p->at[k]) {
        r->json.at = here;
        name_key(r, prefix, (mtg_key)k);
        return mtg_json_fail(&r->json, "the key is there twice, again");
      }
      p->at[k] = r->json.at;
    }
    mtg_json_skip(&r->json);
  }
  return METAGAME_OK;
}

int mtg_reader_seek(mtg_reader *r, const mtg_places *p, const char *prefix, mtg_key k) {
  name_key(r, prefix, k);
  if (p->at[k]) r->json.at = p->at[k];
  return p->at[k] != 0;
}

metagame_status mtg_reader_need(mtg_reader *r, const mtg_places *p, const char *prefix,
                                size_t object, mtg_key k) {
  if (mtg_reader_seek(r, p, prefix, k)) return METAGAME_OK;
  r->json.at = object;
  return mtg_json_fail(&r->json, "the key is missing in the object");
}

metagame_status mtg_reader_need_list(mtg_reader *r, size_t count, const char *what) {
  size_t found = 0;
  MTG_TRY(mtg_json_count(&r->json, &found));
  if (found == count) return METAGAME_OK;
  return mtg_json_fail(&r->json, "%zu entries, must be %zu (%s),", found, count, what);
}

metagame_status mtg_reader_text(mtg_reader *r, const char **out) {
  char *const to = r->kept->texts + r->texts_used;
  size_t used = 0;
  MTG_TRY(mtg_json_string(&r->json, to, &used));
  r->texts_used += used;
  *out = to;
  return METAGAME_OK;
}

void mtg_reader_index(mtg_reader *r, const char *list, size_t index) {
  char digits[24], *out = r->json.name;
  size_t n = 0, length = strlen(list);
  memcpy(out, list, length);
  out[length++] = '[';
  do {
    digits[n++] = (char)('0' + index % 10);
    index /= 10;
  } while (index > 0);
  while (n > 0) out[length++] = digits[--n];
  out[length++] = ']';
  out[length] = '\0';
}

metagame_status mtg_reader_texts(mtg_reader *r, const char ***out, size_t count, const char *list) {
  int first = 1;
  const char **texts = mtg_new(r->alloc, count, sizeof *texts);
  if (!texts) return mtg_fail_memory(r->json.err, r->alloc, list);
  *out = texts;
  MTG_TRY(mtg_json_open(&r->json, '['));
  for (size_t at = 0; mtg_json_next(&r->json, &first); ++at) {
    mtg_reader_index(r, list, at);
    MTG_TRY(mtg_reader_text(r, &texts[at]));
  }
  return METAGAME_OK;
}

metagame_status mtg_reader_vector(mtg_reader *r, double *out) {
  int first = 1;
  MTG_TRY(mtg_reader_need_list(r, r->m, "targets"));
  MTG_TRY(mtg_json_open(&r->json, '['));
  for (size_t at = 0; mtg_json_next(&r->json, &first); ++at)
    MTG_TRY(mtg_json_number(&r->json, &out[at]));
  return METAGAME_OK;
}

metagame_status mtg_reader_matrix(mtg_reader *r, double *out) {
  int first = 1;
  MTG_TRY(mtg_reader_need_list(r, r->m, "targets"));
  MTG_TRY(mtg_json_open(&r->json, '['));
  for (size_t i = 0; mtg_json_next(&r->json, &first); ++i) {
    int first_cell = 1;
    MTG_TRY(mtg_reader_need_list(r, r->n, "players"));
    MTG_TRY(mtg_json_open(&r->json, '['));
    for (size_t j = 0; mtg_json_next(&r->json, &first_cell); ++j)
      MTG_TRY(mtg_json_number(&r->json, &out[i * r->n + j]));
  }
  return METAGAME_OK;
}

/* "a, b or c" */
static void list_words(char *out, size_t room, const char *const *words, size_t count) {
  size_t used = 0;
  for (size_t w = 0; w < count && used < room; ++w) {
    const char *const before = w == 0 ? "" : w + 1 < count ? ", " : " or ";
    const int more = snprintf(out + used, room - used, "%s%s", before, words[w]);
    used += more > 0 ? (size_t)more : 0;
  }
}

metagame_status mtg_reader_one_of(mtg_reader *r, const char *const *words, size_t count,
                                  int32_t *out) {
  const size_t here = r->json.at, used = r->texts_used;
  const char *found = NULL;
  char all[128] = "";
  MTG_TRY(mtg_reader_text(r, &found));
  for (size_t w = 0; w < count; ++w)
    if (strcmp(found, words[w]) == 0) {
      *out = (int32_t)w;
      r->texts_used = used; /* the word is not kept */
      return METAGAME_OK;
    }
  r->json.at = here;
  list_words(all, sizeof all, words, count);
  return mtg_json_fail(&r->json, "it is \"%.40s\", must be %s,", found, all);
}
