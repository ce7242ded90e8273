/* SPDX-License-Identifier: MIT */
#include "games.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "npy.h"

enum { MOST_TABLE_PLAYERS = 24, MOST_TERMS_PLAYERS = 53, PATH_ROOM = 4096 };

/* ---- evaluation ---- */

double bench_game_value(const bench_game *game, uint64_t mask) {
  if (game->table) return game->table[mask];
  double sum = game->constant;
  for (size_t t = 0; t < game->n_terms; ++t) sum += (mask & game->terms[t].care) == game->terms[t].in ? game->terms[t].coef : 0;
  return sum;
}

/* Returns whether the mask is new. There is always room for one more. */
static int insert(uint64_t *seen, size_t room, uint64_t mask) {
  uint64_t hash = (mask + 1) * UINT64_C(0x9e3779b97f4a7c15);
  size_t at = (size_t)(hash ^ (hash >> 32)) & (room - 1);
  for (; seen[at]; at = (at + 1) & (room - 1))
    if (seen[at] == mask + 1) return 0;
  seen[at] = mask + 1;
  return 1;
}

static void note(bench_game *game, uint64_t mask) {
  if (2 * (game->n_distinct + 1) > game->seen_room) {
    const size_t room = game->seen_room ? 2 * game->seen_room : 1024;
    uint64_t *larger = bench_new(room, sizeof *larger);
    for (size_t at = 0; at < game->seen_room; ++at)
      if (game->seen[at]) insert(larger, room, game->seen[at] - 1);
    free(game->seen);
    game->seen = larger;
    game->seen_room = room;
  }
  ++game->n_calls;
  game->n_distinct += (uint64_t)insert(game->seen, game->seen_room, mask);
}

void bench_game_reset(bench_game *game) {
  game->n_calls = game->n_distinct = 0;
  game->seconds = 0;
  if (game->seen) memset(game->seen, 0, game->seen_room * sizeof *game->seen);
}

static int32_t evaluate(void *user, const uint64_t *masks, size_t n_masks, double *rows, metagame_error *err) {
  bench_game *game = user;
  const double before = bench_cpu_seconds();
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) {
    note(game, masks[r]);
    rows[r] = bench_game_value(game, masks[r]);
  }
  game->seconds += bench_cpu_seconds() - before;
  return 0;
}

metagame_function bench_game_function(bench_game *game) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  function.n_players = game->n;
  function.user = game;
  function.evaluate = evaluate;
  return function;
}

/* ---- reading ---- */

static const cJSON *member(const cJSON *object, const char *key) { return cJSON_GetObjectItemCaseSensitive(object, key); }

static cJSON *parse_file(const char *path, char *why) {
  size_t size = 0;
  char *text = bench_read_file(path, &size, why);
  if (!text) return NULL;
  cJSON *root = cJSON_ParseWithOpts(text, NULL, 1);
  if (!root) bench_fail(why, "%s: no valid JSON", path);
  free(text);
  return root;
}

/* An integer in 0..high. */
static int integer(const cJSON *item, uint64_t high, uint64_t *out) {
  if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble > (double)high) return -1;
  *out = (uint64_t)item->valuedouble;
  return (double)*out == item->valuedouble ? 0 : -1;
}

static int real(const cJSON *item, double *out) {
  if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble)) return -1;
  *out = item->valuedouble;
  return 0;
}

static int fill_terms(bench_game *game, const cJSON *root, const char *path, char *why) {
  const uint64_t everyone = (UINT64_C(1) << game->n) - 1;
  const cJSON *list = member(root, "terms"), *item = NULL;
  uint64_t n = 0;
  if (integer(member(root, "n"), MOST_TERMS_PLAYERS, &n) != 0 || n != game->n)
    return bench_fail(why, "%s: n must be %u, as in index.json", path, game->n);
  if (real(member(root, "const"), &game->constant) != 0) return bench_fail(why, "%s: const must be a finite number", path);
  if (!cJSON_IsArray(list)) return bench_fail(why, "%s: terms must be an array", path);
  game->terms = bench_new((size_t)cJSON_GetArraySize(list), sizeof *game->terms);
  cJSON_ArrayForEach(item, list) {
    bench_term *term = &game->terms[game->n_terms];
    uint64_t out = 0;
    if (!cJSON_IsArray(item) || cJSON_GetArraySize(item) != 3 || integer(cJSON_GetArrayItem(item, 0), everyone, &term->in) != 0 ||
        integer(cJSON_GetArrayItem(item, 1), everyone, &out) != 0 || real(cJSON_GetArrayItem(item, 2), &term->coef) != 0)
      return bench_fail(why, "%s: terms[%zu] must be [in, out, coef] with masks in 0..2^%u - 1", path, game->n_terms, game->n);
    term->care = term->in | out;
    if (!(term->in & out)) ++game->n_terms; /* otherwise it never holds */
  }
  return 0;
}

static int read_terms(bench_game *game, const char *path, char *why) {
  cJSON *root = parse_file(path, why);
  if (!root) return -1;
  const int status = fill_terms(game, root, path, why);
  cJSON_Delete(root);
  return status;
}

static int check_ends(const bench_game *game, double v0, double v1, char *why) {
  const double empty = bench_game_value(game, 0), all = bench_game_value(game, (UINT64_C(1) << game->n) - 1);
  const double slack = 1e-9 * fmax(1e-3, fmax(fabs(v0), fabs(v1)));
  double sum = 0, norm = 0, size = 0;
  for (uint32_t p = 0; p < game->n; ++p) {
    sum += game->exact[p];
    size += fabs(game->exact[p]);
    norm += game->exact[p] * game->exact[p];
  }
  if (fabs(empty - v0) > slack) return bench_fail(why, "%s: v(empty) is %.17g, index.json says v0 = %.17g", game->name, empty, v0);
  if (fabs(all - v1) > slack) return bench_fail(why, "%s: v(all) is %.17g, index.json says v1 = %.17g", game->name, all, v1);
  if (fabs(sum - (v1 - v0)) > slack + 1e-9 * size)
    return bench_fail(why, "%s: the Shapley values add up to %.17g, v1 - v0 is %.17g", game->name, sum, v1 - v0);
  if (!(norm > 0)) return bench_fail(why, "%s: all Shapley values are 0, so that no relative error exists", game->name);
  return 0;
}

static int read_game(bench_game *game, const char *folder, const cJSON *entry, char *why) {
  const char *form = cJSON_GetStringValue(member(entry, "form"));
  const int is_table = form && strcmp(form, "table") == 0, is_terms = form && strcmp(form, "terms") == 0;
  const uint64_t most = is_table ? MOST_TABLE_PLAYERS : MOST_TERMS_PLAYERS;
  char path[PATH_ROOM];
  uint64_t n = 0;
  double v0 = 0, v1 = 0;
  if (!entry->string || entry->string[0] == '\0' || strchr(entry->string, '/') || strchr(entry->string, ','))
    return bench_fail(why, "index.json: '%.100s' is no name of a game", entry->string ? entry->string : "");
  game->name = bench_new(strlen(entry->string) + 1, 1);
  strcpy(game->name, entry->string);
  if (!is_table && !is_terms) return bench_fail(why, "index.json, %s: form must be \"table\" or \"terms\"", game->name);
  if (integer(member(entry, "n"), most, &n) != 0 || n == 0)
    return bench_fail(why, "index.json, %s: n must be in 1..%llu for form %s", game->name, (unsigned long long)most, form);
  if (real(member(entry, "v0"), &v0) != 0 || real(member(entry, "v1"), &v1) != 0)
    return bench_fail(why, "index.json, %s: v0 and v1 must be finite numbers", game->name);
  game->n = (uint32_t)n;
  if (snprintf(path, sizeof path, "%s/%s.sv.npy", folder, game->name) >= PATH_ROOM) return bench_fail(why, "the path is too long");
  game->exact = bench_npy_read(path, game->n, why);
  if (!game->exact) return -1;
  snprintf(path, sizeof path, "%s/%s.%s", folder, game->name, is_table ? "npy" : "json");
  if (is_table) {
    game->table = bench_npy_read(path, (size_t)1 << game->n, why);
    if (!game->table) return -1;
  } else if (read_terms(game, path, why) != 0) {
    return -1;
  }
  return check_ends(game, v0, v1, why);
}

int bench_games_read(bench_games *out, const char *folder, char *why) {
  char path[PATH_ROOM];
  const cJSON *entry = NULL;
  int status = 0;
  out->count = 0;
  out->games = NULL;
  if (snprintf(path, sizeof path, "%s/index.json", folder) >= PATH_ROOM) return bench_fail(why, "the path is too long");
  cJSON *root = parse_file(path, why);
  if (!root) return -1;
  if (!cJSON_IsObject(root) || cJSON_GetArraySize(root) == 0) status = bench_fail(why, "%s: an object with games must be there", path);
  if (status == 0) {
    out->games = bench_new((size_t)cJSON_GetArraySize(root), sizeof *out->games);
    cJSON_ArrayForEach(entry, root) {
      if (status == 0) status = read_game(&out->games[out->count++], folder, entry, why);
    }
  }
  cJSON_Delete(root);
  return status;
}

void bench_games_free(bench_games *games) {
  for (size_t g = 0; g < games->count; ++g) {
    free(games->games[g].name);
    free(games->games[g].table);
    free(games->games[g].terms);
    free(games->games[g].exact);
    free(games->games[g].seen);
  }
  free(games->games);
  games->games = NULL;
  games->count = 0;
}
