/* SPDX-License-Identifier: MIT */
#include "zoo.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common.h"

static const zoo_entry *const tables[] = { zoo_smooth, zoo_jumps, zoo_sums, zoo_real, zoo_vectors };
enum { N_TABLES = sizeof tables / sizeof *tables };

static void set_name(zoo_game *game) {
  snprintf(game->name, sizeof game->name, "%s-%u", game->family, game->n);
}

static void release(zoo_game *game) {
  free(game->own);
  free(game->truth);
  free(game->size);
  free(game->table);
  free(game->terms);
  free(game->constant);
}

/* The truth's sum must be the difference of the values at both ends. */
static void check(const zoo_game *game) {
  const uint64_t all = ~UINT64_C(0) >> (64 - game->n);
  double *first = bench_new(game->m, sizeof *first), *last = bench_new(game->m, sizeof *last);
  zoo_evaluate(game, all, last);
  for (uint32_t i = 0; i < game->m; ++i) {
    const int32_t own = game->own ? game->own[i] : METAGAME_NO_PLAYER;
    double sum = 0;
    zoo_evaluate(game, own >= 0 ? UINT64_C(1) << own : 0, first);
    for (uint32_t p = 0; p < game->n; ++p)
      if ((int32_t)p != own) sum += game->truth[(size_t)i * game->n + p];
    game->size[i] = fmax(game->size[i], fmax(fabs(first[i]), fabs(last[i])));
    for (uint32_t p = 0; p < game->n; ++p)
      if ((int32_t)p != own)
        game->size[i] = fmax(game->size[i], fabs(game->truth[(size_t)i * game->n + p]));
    if (!(fabs(sum - (last[i] - first[i])) <= 1e-9 * game->size[i])) {
      fprintf(stderr,
              "%s: target %u: the Shapley values add up to %.17g, the ends differ by %.17g\n",
              game->name, i, sum, last[i] - first[i]);
      exit(1);
    }
  }
  free(first);
  free(last);
}

static int wanted(const zoo_game *game, char **names, size_t n_names, unsigned char *used) {
  int found = n_names == 0;
  for (size_t k = 0; k < n_names; ++k)
    if (strcmp(names[k], game->name) == 0 || strcmp(names[k], game->family) == 0 ||
        strcmp(names[k], game->kind) == 0)
      found = used[k] = 1;
  return found;
}

const char *zoo_make(zoo *out, char **names, size_t n_names) {
  unsigned char used[BENCH_LIST] = { 0 };
  size_t room = 0;
  for (size_t t = 0; t < N_TABLES; ++t)
    for (const zoo_entry *entry = tables[t]; entry->family; ++entry) ++room;
  out->count = 0;
  out->games = bench_new(room, sizeof *out->games);
  for (size_t t = 0; t < N_TABLES; ++t)
    for (const zoo_entry *entry = tables[t]; entry->family; ++entry) {
      zoo_game *game = &out->games[out->count];
      game->family = entry->family;
      game->kind = entry->kind;
      game->n = entry->n;
      game->traits = entry->traits;
      set_name(game);
      if (!wanted(game, names, n_names, used)) continue;
      zoo_set_targets(game, 1, 0);
      entry->make(game);
      check(game);
      ++out->count;
    }
  for (size_t k = 0; k < n_names; ++k)
    if (!used[k]) return names[k];
  return NULL;
}

void zoo_free(zoo *games) {
  for (size_t g = 0; g < games->count; ++g) release(&games->games[g]);
  free(games->games);
}

void zoo_print(void) {
  for (size_t t = 0; t < N_TABLES; ++t)
    for (const zoo_entry *entry = tables[t]; entry->family; ++entry)
      printf("%s-%u  %s%s\n", entry->family, entry->n, entry->kind,
             entry->traits & ZOO_JUMPS ? ", jumps" : "");
}

static size_t index_of_counts(const zoo_game *game, uint64_t mask) {
  size_t at = 0;
  uint32_t first = 0;
  for (uint32_t c = 0; c < game->n_classes; ++c) {
    const uint64_t part = mask >> first & (~UINT64_C(0) >> (64 - game->class_size[c]));
    at = at * (game->class_size[c] + 1) + (size_t)__builtin_popcountll(part);
    first += game->class_size[c];
  }
  return at;
}

void zoo_evaluate(const zoo_game *game, uint64_t mask, double *row) {
  const uint32_t m = game->m;
  switch (game->form) {
    case ZOO_TABLE: memcpy(row, game->table + (size_t)mask * m, m * sizeof *row); return;
    case ZOO_CLASSES: *row = game->table[index_of_counts(game, mask)]; return;
    case ZOO_BLOCKS:
      *row = 0;
      for (uint32_t b = 0; b * game->block < game->n; ++b)
        *row += game->table[((size_t)b << game->block) +
                            (mask >> b * game->block & ((UINT64_C(1) << game->block) - 1))];
      return;
    default:
      memcpy(row, game->constant, m * sizeof *row);
      for (size_t t = 0; t < game->n_terms; ++t) {
        const zoo_term *term = &game->terms[t];
        if ((mask & term->in) == term->in && !(mask & term->out)) row[term->target] += term->coef;
      }
  }
}

static int32_t evaluate(void *user, const uint64_t *masks, size_t n_masks, double *rows,
                        metagame_error *err) {
  const zoo_game *game = user;
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) zoo_evaluate(game, masks[r], rows + r * game->m);
  return 0;
}

metagame_status zoo_open(metagame_game **out, zoo_game *game, metagame_error *err) {
  if (game->own) {
    metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
    attributor.name = game->name;
    attributor.n_players = game->n;
    attributor.n_targets = game->m;
    attributor.own_player = game->own;
    attributor.user = game;
    attributor.attribute = evaluate;
    return metagame_game_from_attributor(out, &attributor, NULL, err);
  }
  metagame_function function = METAGAME_FUNCTION_INIT;
  function.n_players = game->n;
  function.n_outputs = game->m;
  function.user = game;
  function.evaluate = evaluate;
  return metagame_game_from_function(out, &function, NULL, err);
}
