/* SPDX-License-Identifier: MIT */
/* R^2 = 1 - sum_T w_T (v(T) - p(T))^2 / sum_T w_T (v(T) - mean v)^2. Coalition r belongs to group r mod 32; a group keeps the weight,
 * mean and squares of v (West, CACM 22, 1979) and its squared errors, and groups are merged by Chan, Golub, LeVeque (1979).
 * Delete-a-group jackknife (Kott, J. Official Statistics 17, 2001): with R_g the R^2 without group g,
 *   SE^2 = (G-1)/G sum_g (R_g - mean)^2.
 * Time m (prediction + 1) for each coalition; memory 1 KiB a target. */
#include "metrics/fit.h"

#include <float.h>
#include <math.h>

#include "base/mask.h"

enum { N_GROUPS = 32, LEAST_GROUPS = 8 };

typedef struct moments {
  double weight, mean, squares, error;
} moments;

typedef struct fit {
  const mtg_draws *draws;
  const mtg_predictor *predictor;
  uint32_t m;
  moments *groups; /* m x N_GROUPS */
  double *largest; /* m: |v| over 2^exponent */
  int *exponent;   /* m */
} fit;

int mtg_raise_exponent(int *exponent, double magnitude) {
  if (!(magnitude > 0) || isinf(magnitude)) return 0;
  const int now = ilogb(magnitude), by = now > *exponent ? now - *exponent : 0;
  *exponent += by;
  return by;
}

static moments merged(moments a, moments b) {
  if (a.weight == 0) return b;
  if (b.weight == 0) return a;
  const double weight = a.weight + b.weight, share = b.weight / weight, delta = b.mean - a.mean;
  const moments both = { weight, a.mean + delta * share, a.squares + b.squares + delta * delta * (a.weight * share), a.error + b.error };
  return both;
}

static void coalition(void *context, uint64_t index, uint64_t *mask) { mtg_draws_coalition(((const fit *)context)->draws, index, mask); }

static void rescale(fit *f, uint32_t target, int by) {
  f->largest[target] = ldexp(f->largest[target], -by);
  for (size_t g = 0; g < N_GROUPS; ++g) {
    moments *group = &f->groups[(size_t)target * N_GROUPS + g];
    group->mean = ldexp(group->mean, -by);
    group->squares = ldexp(group->squares, -2 * by);
    group->error = ldexp(group->error, -2 * by);
  }
}

static void visit(void *context, uint64_t index, const uint64_t *mask, const double *row) {
  fit *f = context;
  const double weight = mtg_draws_weight(f->draws, mask);
  for (uint32_t i = 0; i < f->m; ++i) {
    if (f->predictor->own[i] >= 0 && !mtg_mask_has(mask, (uint32_t)f->predictor->own[i])) continue;
    const double predicted = f->predictor->predict(f->predictor->model, i, mask);
    const int by = mtg_raise_exponent(&f->exponent[i], fmax(fabs(row[i]), fabs(predicted)));
    if (by) rescale(f, i, by);
    const double value = ldexp(row[i], -f->exponent[i]), miss = value - ldexp(predicted, -f->exponent[i]);
    moments *group = &f->groups[(size_t)i * N_GROUPS + index % N_GROUPS];
    const moments one = { weight, value, 0, weight * miss * miss };
    *group = merged(*group, one);
    f->largest[i] = fmax(f->largest[i], fabs(value));
  }
}

/* A spread at the level of rounding is none. */
static double ratio(moments all, double largest) {
  const double least = 8 * DBL_EPSILON * largest;
  return all.squares > all.weight * least * least ? 1 - all.error / all.squares : NAN;
}

static double jackknife(const moments *groups, double largest) {
  moments before[N_GROUPS + 1] = { { 0, 0, 0, 0 } }, after = { 0, 0, 0, 0 };
  double without[N_GROUPS], mean = 0, squares = 0;
  unsigned count = 0;
  for (size_t g = 0; g < N_GROUPS; ++g) before[g + 1] = merged(before[g], groups[g]);
  for (size_t g = N_GROUPS; g-- > 0;) {
    if (groups[g].weight > 0) without[count++] = ratio(merged(before[g], after), largest);
    after = merged(groups[g], after);
  }
  if (count < LEAST_GROUPS) return NAN;
  for (unsigned g = 0; g < count; ++g) mean += without[g] / count;
  for (unsigned g = 0; g < count; ++g) squares += (without[g] - mean) * (without[g] - mean);
  return sqrt(squares * (count - 1) / count);
}

static void finish(const fit *f, double *r2, double *error) {
  for (uint32_t i = 0; i < f->m; ++i) {
    const moments *groups = f->groups + (size_t)i * N_GROUPS;
    moments all = { 0, 0, 0, 0 };
    for (size_t g = 0; g < N_GROUPS; ++g) all = merged(all, groups[g]);
    r2[i] = ratio(all, f->largest[i]);
    if (error) error[i] = isnan(r2[i]) ? NAN : f->draws->every ? 0 : jackknife(groups, f->largest[i]);
  }
}

metagame_status mtg_fit_run(const metagame_game *game, const mtg_draws *draws, const mtg_predictor *predictor, double *r2,
                            double *error, metagame_error *err) {
  const mtg_alloc *alloc = &game->alloc;
  const uint32_t m = game->callbacks.n_targets;
  fit f = { draws, predictor, m, mtg_new(alloc, m, N_GROUPS * sizeof(moments)), mtg_new(alloc, m, sizeof(double)),
            mtg_new(alloc, m, sizeof(int)) };
  const mtg_survey survey = { draws->n_rows, draws->batch, &f, coalition, visit };
  metagame_status status = f.groups && f.largest && f.exponent ? METAGAME_OK : mtg_fail_memory(err, alloc, "the metric's sums");
  for (uint32_t i = 0; status == METAGAME_OK && i < m; ++i) f.exponent[i] = MTG_NO_EXPONENT;
  if (status == METAGAME_OK) status = mtg_survey_run(&survey, game, err);
  if (status == METAGAME_OK) finish(&f, r2, error);
  mtg_free(alloc, f.groups);
  mtg_free(alloc, f.largest);
  mtg_free(alloc, f.exponent);
  return status;
}
