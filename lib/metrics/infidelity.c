/* SPDX-License-Identifier: MIT */
/* infidelity_i = E_T (s - d)^2 with s = sum_{j not in T} phi_{j->i}, d = phi_i(x) - v_i(T): Yeh et al., "On the (in)fidelity and
 * sensitivity of explanations", NeurIPS 2019, equation 1, where the perturbation takes the players outside T away.
 *   SE     = sd((s - d)^2) / sqrt(draws)
 *   scaled = min over b of E (b s - d)^2 = E d^2 - (E s d)^2 / E s^2
 * Cost: the coalitions; n operations for each of them and each target. */
#include <math.h>

#include "metrics/fit.h"
#include "metrics/parts.h"

typedef struct sums { /* in units of 2^exponent, and of its square */
  double weight, mean, squares; /* of (s - d)^2 */
  double ss, sd, dd;
} sums;

typedef struct infidelity {
  const mtg_draws *draws;
  const metagame_result *result;
  sums *targets;
  int *exponent;
  uint64_t *absent;
} infidelity;

static void coalition(void *context, uint64_t index, uint64_t *mask) {
  mtg_draws_coalition(((const infidelity *)context)->draws, index, mask);
}

static void visit(void *context, uint64_t index, const uint64_t *mask, const double *row) {
  infidelity *f = context;
  const mtg_numbers *numbers = &f->result->numbers;
  const double weight = mtg_draws_weight(f->draws, mask);
  (void)index;
  mtg_mask_complement(f->absent, mask, numbers->n);
  for (uint32_t i = 0; i < numbers->m; ++i) {
    const int32_t own = f->result->own_player[i];
    if (own >= 0 && !mtg_mask_has(mask, (uint32_t)own)) continue;
    double s = mtg_row_sum(numbers->matrix + (size_t)i * numbers->n, f->absent, f->draws->words);
    double d = numbers->first_order[i] - row[i];
    sums *t = &f->targets[i];
    const int by = mtg_raise_exponent(&f->exponent[i], fmax(fabs(s), fabs(d)));
    if (by) {
      t->mean = ldexp(t->mean, -2 * by);
      t->squares = ldexp(t->squares, -4 * by);
      t->ss = ldexp(t->ss, -2 * by);
      t->sd = ldexp(t->sd, -2 * by);
      t->dd = ldexp(t->dd, -2 * by);
    }
    s = ldexp(s, -f->exponent[i]);
    d = ldexp(d, -f->exponent[i]);
    const double delta = (s - d) * (s - d) - t->mean;
    t->weight += weight;
    t->mean += delta * (weight / t->weight);
    t->squares += weight * delta * ((s - d) * (s - d) - t->mean);
    t->ss += weight * s * s;
    t->sd += weight * s * d;
    t->dd += weight * d * d;
  }
}

static void finish(const infidelity *f, double *out, double *scaled, double *error) {
  for (uint32_t i = 0; i < f->result->numbers.m; ++i) {
    const sums *t = &f->targets[i];
    const int exponent = 2 * f->exponent[i];
    const double least = t->ss > 0 ? t->dd - t->sd * (t->sd / t->ss) : t->dd;
    const double spread = t->weight >= 2 ? sqrt(t->squares / (t->weight * (t->weight - 1))) : NAN;
    const int known = t->weight > 0;
    out[i] = known ? ldexp(t->mean, exponent) : NAN;
    if (scaled) scaled[i] = known ? fmin(out[i], ldexp(fmax(0, least / t->weight), exponent)) : NAN;
    if (error) error[i] = !known ? NAN : f->draws->every ? 0 : ldexp(spread, exponent);
  }
}

metagame_status metagame_infidelity(const metagame_result *result, const metagame_game *game, const metagame_sampling *sampling,
                                    double *out, double *scaled, double *error, metagame_error *err) {
  mtg_draws draws;
  if (!result || !game || !out) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !result ? "result" : !game ? "game" : "infidelity");
  MTG_TRY(mtg_parts_check(result, game, err));
  MTG_TRY(mtg_parts_matrix(result, err));
  MTG_TRY(mtg_parts_vector(result->numbers.first_order, result->numbers.m, "result.first_order", err));
  MTG_TRY(mtg_draws_open(&draws, sampling, game->callbacks.n_players, 0, &game->alloc, err));
  const uint32_t m = result->numbers.m;
  infidelity f = { &draws, result, mtg_new(&game->alloc, m, sizeof(sums)), mtg_new(&game->alloc, m, sizeof(int)),
                   mtg_new(&game->alloc, draws.words, sizeof(uint64_t)) };
  const mtg_survey survey = { draws.n_rows, draws.batch, &f, coalition, visit };
  metagame_status status = f.targets && f.exponent && f.absent ? METAGAME_OK : mtg_fail_memory(err, &game->alloc, "the metric's sums");
  for (uint32_t i = 0; status == METAGAME_OK && i < m; ++i) f.exponent[i] = MTG_NO_EXPONENT;
  if (status == METAGAME_OK) status = mtg_survey_run(&survey, game, err);
  if (status == METAGAME_OK) finish(&f, out, scaled, error);
  mtg_free(&game->alloc, f.targets);
  mtg_free(&game->alloc, f.exponent);
  mtg_free(&game->alloc, f.absent);
  mtg_draws_close(&draws);
  return status;
}
