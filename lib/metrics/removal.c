/* SPDX-License-Identifier: MIT */
/* Insertion and deletion (Petsiuk, Das, Saenko, "RISE: randomized input sampling for explanation of black-box models", BMVC 2018;
 * Samek, Binder, Montavon, Lapuschkin, Mueller, "Evaluating the visualization of what a deep neural network has learned", IEEE TNNLS
 * 28, 2017): with k players that vary and T_s the coalition after s steps,
 *   curve_s = v(T_s), s = 0..k,    area = 1/k sum_{s<k} (curve_s + curve_{s+1}) / 2.
 * Control: the same for uniformly random orders (Fisher, Yates; order o a function of (seed, o)), z = (area - mean) / sd. The curve
 * says as much of the masking as of the ranking: hence the control, and metagame_removal_compare. */
#include <float.h>
#include <math.h>

#include "base/random.h"
#include "metagame/metrics.h"
#include "metrics/order.h"
#include "metrics/parts.h"
#include "metrics/survey.h"

enum { BATCH = 64 };

typedef struct removal {
  const metagame_game *game;
  uint32_t n, k, target;
  int32_t kind, own;
  size_t words;
  uint32_t *players;  /* the k that vary, by score for the curve, by index for the control */
  uint32_t *shuffled; /* k: the control's order in work */
  double *curve;      /* k + 1: the curve, or its mean over orders */
  uint64_t n_orders, seed;
  double sum;         /* of the order in work */
  double mean, squares, most; /* of areas */
} removal;

static void prefix(const removal *r, const uint32_t *players, uint32_t steps, uint64_t *mask) {
  mtg_mask_clear(mask, r->words);
  if (r->kind == METAGAME_DELETION) mtg_mask_fill(mask, r->n);
  else if (r->own >= 0) mtg_mask_add(mask, (uint32_t)r->own);
  for (uint32_t s = 0; s < steps; ++s) {
    if (r->kind == METAGAME_DELETION) mtg_mask_remove(mask, players[s]);
    else mtg_mask_add(mask, players[s]);
  }
}

static void close_removal(removal *r) {
  mtg_free(&r->game->alloc, r->players);
  mtg_free(&r->game->alloc, r->shuffled);
  mtg_free(&r->game->alloc, r->curve);
}

static metagame_status check_arguments(const metagame_game *game, uint32_t target, int32_t kind, metagame_error *err) {
  if (target >= game->callbacks.n_targets)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "target is %u, must be 0..%u", target, game->callbacks.n_targets - 1);
  if (kind != METAGAME_INSERTION && kind != METAGAME_DELETION)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "kind is %ld, must be METAGAME_INSERTION (%d) or METAGAME_DELETION (%d)", (long)kind,
                    METAGAME_INSERTION, METAGAME_DELETION);
  return METAGAME_OK;
}

static metagame_status open_removal(removal *r, const metagame_game *game, uint32_t target, int32_t kind, metagame_error *err) {
  memset(r, 0, sizeof *r);
  r->game = game;
  r->n = game->callbacks.n_players;
  r->words = mtg_mask_words(r->n);
  r->target = target;
  r->kind = kind;
  r->own = game->own_player[target];
  r->players = mtg_new(&game->alloc, r->n, sizeof *r->players);
  r->shuffled = mtg_new(&game->alloc, r->n, sizeof *r->shuffled);
  r->curve = mtg_new(&game->alloc, (size_t)r->n + 1, sizeof *r->curve);
  if (!r->players || !r->shuffled || !r->curve) {
    close_removal(r);
    return mtg_fail_memory(err, &game->alloc, "the removal curve");
  }
  for (uint32_t player = 0; player < r->n; ++player)
    if (r->own < 0 || player != (uint32_t)r->own) r->players[r->k++] = player;
  return METAGAME_OK;
}

/* ---- the curve of scores ---- */

static void curve_coalition(void *context, uint64_t index, uint64_t *mask) {
  const removal *r = context;
  prefix(r, r->players, (uint32_t)index, mask);
}

static void curve_visit(void *context, uint64_t index, const uint64_t *mask, const double *row) {
  removal *r = context;
  (void)mask;
  r->curve[index] = row[r->target];
}

static metagame_status sort_players(removal *r, const double *scores, metagame_error *err) {
  const mtg_alloc *alloc = &r->game->alloc;
  size_t *order = mtg_new(alloc, r->n, sizeof *order), *scratch = mtg_new(alloc, r->n, sizeof *scratch);
  if (order && scratch) {
    uint32_t at = 0;
    mtg_order_identity(order, r->n);
    mtg_order_sort(scores, -1, order, scratch, r->n);
    for (uint32_t place = 0; place < r->n; ++place)
      if (r->own < 0 || order[place] != (size_t)r->own) r->players[at++] = (uint32_t)order[place];
  }
  mtg_free(alloc, order);
  mtg_free(alloc, scratch);
  return order && scratch ? METAGAME_OK : mtg_fail_memory(err, alloc, "the removal curve");
}

static double area_of(const removal *r) {
  double sum = 0;
  if (r->k == 0) return r->curve[0];
  for (uint32_t s = 0; s < r->k; ++s) sum += (0.5 * r->curve[s] + 0.5 * r->curve[s + 1]) / r->k;
  return sum;
}

static metagame_status run_curve(const metagame_game *game, uint32_t target, const double *scores, int32_t kind, double *curve,
                                 double *area, metagame_error *err) {
  removal r;
  MTG_TRY(open_removal(&r, game, target, kind, err));
  const mtg_survey survey = { (uint64_t)r.k + 1, BATCH, &r, curve_coalition, curve_visit };
  metagame_status status = sort_players(&r, scores, err);
  if (status == METAGAME_OK) status = mtg_survey_run(&survey, game, err);
  if (status == METAGAME_OK) {
    *area = area_of(&r);
    if (curve) memcpy(curve, r.curve, ((size_t)r.k + 1) * sizeof *curve);
  }
  close_removal(&r);
  return status;
}

metagame_status metagame_removal_curve(const metagame_game *game, uint32_t target, const double *scores, int32_t kind, double *curve,
                                       double *area, metagame_error *err) {
  if (!game || !scores || !area) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !game ? "game" : !scores ? "scores" : "area");
  MTG_TRY(check_arguments(game, target, kind, err));
  MTG_TRY(mtg_parts_vector(scores, game->callbacks.n_players, "scores", err));
  return run_curve(game, target, scores, kind, curve, area, err);
}

/* ---- random orders: row 0 the start, row 1 the end, then the k - 1 points between of each order ---- */

static uint32_t inner(const removal *r) { return r->k > 1 ? r->k - 1 : 0; }

static void control_coalition(void *context, uint64_t index, uint64_t *mask) {
  removal *r = context;
  if (index < 2) {
    prefix(r, r->players, index == 0 ? 0 : r->k, mask);
    return;
  }
  mtg_random random = mtg_random_at(r->seed, MTG_STREAM_REMOVAL, (index - 2) / inner(r));
  memcpy(r->shuffled, r->players, r->k * sizeof *r->players);
  for (uint32_t left = r->k; left > 1; --left) {
    const uint32_t chosen = mtg_random_below(&random, left), player = r->shuffled[chosen];
    r->shuffled[chosen] = r->shuffled[left - 1];
    r->shuffled[left - 1] = player;
  }
  prefix(r, r->shuffled, (uint32_t)((index - 2) % inner(r)) + 1, mask);
}

static void control_visit(void *context, uint64_t index, const uint64_t *mask, const double *row) {
  removal *r = context;
  const double value = row[r->target];
  (void)mask;
  if (index < 2) {
    r->curve[index == 0 ? 0 : r->k] = value;
    return;
  }
  const uint64_t order = (index - 2) / inner(r);
  const uint32_t step = (uint32_t)((index - 2) % inner(r)) + 1;
  if (step == 1) r->sum = (0.5 * r->curve[0] + 0.5 * r->curve[r->k]) / r->k;
  r->sum += value / r->k;
  r->curve[step] += (value - r->curve[step]) / (double)(order + 1);
  if (step < inner(r)) return;
  const double delta = r->sum - r->mean;
  r->mean += delta / (double)(order + 1);
  r->squares += delta * (r->sum - r->mean);
  r->most = fmax(r->most, fabs(r->sum));
}

typedef struct control {
  double mean, deviation, error;
} control;

static metagame_status run_control(const metagame_game *game, uint32_t target, int32_t kind, uint64_t n_orders, uint64_t seed,
                                   double *curve, control *out, metagame_error *err) {
  removal r;
  MTG_TRY(open_removal(&r, game, target, kind, err));
  r.n_orders = n_orders;
  r.seed = seed;
  const mtg_survey survey = { 2 + n_orders * inner(&r), BATCH, &r, control_coalition, control_visit };
  metagame_status status = mtg_survey_run(&survey, game, err);
  if (status == METAGAME_OK) {
    const double deviation = sqrt(r.squares / (double)(n_orders - 1));
    out->mean = r.k > 1 ? r.mean : area_of(&r);
    out->deviation = deviation > 16 * DBL_EPSILON * r.most ? deviation : 0;
    out->error = out->deviation / sqrt((double)n_orders);
    if (curve) memcpy(curve, r.curve, ((size_t)r.k + 1) * sizeof *curve);
  }
  close_removal(&r);
  return status;
}

static metagame_status check_orders(uint64_t n_orders, metagame_error *err) {
  const uint64_t most = UINT64_MAX / METAGAME_MAX_PLAYERS - 2;
  if (n_orders >= 2 && n_orders <= most) return METAGAME_OK;
  return mtg_fail(err, METAGAME_E_ARGUMENT, "n_orders is %llu, must be 2..%llu", (unsigned long long)n_orders, (unsigned long long)most);
}

metagame_status metagame_removal_control(const metagame_game *game, uint32_t target, int32_t kind, uint64_t n_orders, uint64_t seed,
                                         double *mean_curve, double *mean_area, double *deviation, double *error, metagame_error *err) {
  control found;
  if (!game || !mean_area) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !game ? "game" : "mean_area");
  MTG_TRY(check_arguments(game, target, kind, err));
  MTG_TRY(check_orders(n_orders, err));
  MTG_TRY(run_control(game, target, kind, n_orders, seed, mean_curve, &found, err));
  *mean_area = found.mean;
  if (deviation) *deviation = found.deviation;
  if (error) *error = found.error;
  return METAGAME_OK;
}

/* ---- several maskings ---- */

static metagame_status check_games(const metagame_game *const *games, size_t n_games, uint32_t target, int32_t kind, metagame_error *err) {
  if (n_games < 2)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "n_games is %zu, must be at least 2: one masking alone says little of a ranking", n_games);
  for (size_t g = 0; g < n_games; ++g) {
    if (!games[g]) return mtg_fail(err, METAGAME_E_NULL, "games[%zu] is NULL", g);
    if (games[g]->callbacks.n_players != games[0]->callbacks.n_players || games[g]->callbacks.n_targets != games[0]->callbacks.n_targets)
      return mtg_fail(err, METAGAME_E_ARGUMENT, "games[%zu] has %u players and %u targets, games[0] %u and %u", g,
                      games[g]->callbacks.n_players, games[g]->callbacks.n_targets, games[0]->callbacks.n_players,
                      games[0]->callbacks.n_targets);
    MTG_TRY(check_arguments(games[g], target, kind, err));
    if (games[g]->own_player[target] != games[0]->own_player[target])
      return mtg_fail(err, METAGAME_E_ARGUMENT, "games[%zu]: target %u has own player %ld, in games[0] it has %ld", g, target,
                      (long)games[g]->own_player[target], (long)games[0]->own_player[target]);
  }
  return METAGAME_OK;
}

metagame_status metagame_removal_compare(const metagame_game *const *games, size_t n_games, uint32_t target, const double *scores,
                                         int32_t kind, uint64_t n_orders, uint64_t seed, double *area, double *mean, double *error,
                                         double *z, metagame_error *err) {
  typedef struct line {
    double area;
    control control;
  } line;
  if (!games || !scores || !area) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !games ? "games" : !scores ? "scores" : "area");
  MTG_TRY(check_games(games, n_games, target, kind, err));
  MTG_TRY(mtg_parts_vector(scores, games[0]->callbacks.n_players, "scores", err));
  MTG_TRY(check_orders(n_orders, err));
  const mtg_alloc alloc = games[0]->alloc;
  line *lines = mtg_new(&alloc, n_games, sizeof *lines);
  metagame_status status = lines ? METAGAME_OK : mtg_fail_memory(err, &alloc, "the removal curves");
  for (size_t g = 0; g < n_games && status == METAGAME_OK; ++g) {
    status = run_curve(games[g], target, scores, kind, NULL, &lines[g].area, err);
    if (status == METAGAME_OK) status = run_control(games[g], target, kind, n_orders, seed, NULL, &lines[g].control, err);
  }
  for (size_t g = 0; g < n_games && status == METAGAME_OK; ++g) {
    const control *c = &lines[g].control;
    area[g] = lines[g].area;
    if (mean) mean[g] = c->mean;
    if (error) error[g] = c->error;
    if (z) z[g] = c->deviation > 0 ? (lines[g].area - c->mean) / c->deviation : NAN;
  }
  mtg_free(&alloc, lines);
  return status;
}
