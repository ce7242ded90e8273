/* SPDX-License-Identifier: MIT */
/* One result from those of B games that differ in their masking:
 *
 *   matrix, first order, base, scale, tallies    mean over the results x_b
 *   spread                                       sqrt(sum_b (x_b - mean)^2 / (B - 1))
 *   standard error                               sqrt(sum_s (sum_{b with seed s} se_b)^2) / B
 *   degrees of freedom                           the least of the results'
 *
 * Results with one seed saw common coalitions. How far their errors go together is not known, but never does the deviation of a sum
 * exceed the sum of deviations (Minkowski). Different seeds are independent draws. Indices are linear in the tallies, so theirs are
 * those of the mean game. Cost: B m n, and B numbers for each of the tallies'. */
#include <math.h>
#include <string.h>

#include "base/saturate.h"
#include "base/sum.h"
#include "game/game.h"
#include "result/diagnosis.h"

enum { MOST_RESULTS = 4096, MOST_TEXT = 1024 };

/* ---- the same shape ---- */

static metagame_status check_count(size_t count, const char *name, metagame_error *err) {
  if (count < 1 || count > MOST_RESULTS)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "%s is %zu, must be 1..%d", name, count, (int)MOST_RESULTS);
  return METAGAME_OK;
}

/* `what` is "results" or "games"; one and other are their values of `field`. */
static metagame_status same(const char *what, size_t index, const char *field, long long other, long long one, metagame_error *err) {
  if (one == other) return METAGAME_OK;
  return mtg_fail(err, METAGAME_E_ARGUMENT, "%s[%zu]: %s is %lld, in %s[0] it is %lld; they must be the same", what, index, field, other,
                  what, one);
}

static metagame_status same_own_players(const char *what, size_t index, const int32_t *other, const int32_t *one, uint32_t m,
                                        metagame_error *err) {
  for (uint32_t i = 0; i < m; ++i)
    if (one[i] != other[i])
      return mtg_fail(err, METAGAME_E_ARGUMENT, "%s[%zu]: own_player[%u] is %ld, in %s[0] it is %ld; they must be the same", what, index,
                      i, (long)other[i], what, (long)one[i]);
  return METAGAME_OK;
}

static metagame_status check_results(const metagame_result *const *results, size_t count, metagame_error *err) {
  for (size_t b = 0; b < count; ++b) {
    if (!results[b]) return mtg_fail(err, METAGAME_E_NULL, "results[%zu] is NULL", b);
    const metagame_result_info *one = &results[0]->info, *other = &results[b]->info;
    if (other->n_maskings > 1)
      return mtg_fail(err, METAGAME_E_ARGUMENT, "results[%zu]: n_maskings is %u, must be 1: average all results at once", b,
                      other->n_maskings);
    MTG_TRY(same("results", b, "n_players", other->n_players, one->n_players, err));
    MTG_TRY(same("results", b, "n_targets", other->n_targets, one->n_targets, err));
    MTG_TRY(same("results", b, "outer", other->outer, one->outer, err));
    MTG_TRY(same("results", b, "flags & METAGAME_UNPINNED", (long long)(other->flags & METAGAME_UNPINNED),
                 (long long)(one->flags & METAGAME_UNPINNED), err));
    MTG_TRY(same_own_players("results", b, results[b]->own_player, results[0]->own_player, one->n_targets, err));
    MTG_TRY(same("results", b, "interaction_order", other->interaction_order, one->interaction_order, err));
    MTG_TRY(same("results", b, "solver", other->solver, one->solver, err));
  }
  return METAGAME_OK;
}

static metagame_status check_games(const metagame_game *const *games, size_t count, metagame_error *err) {
  for (size_t b = 0; b < count; ++b) {
    if (!games[b]) return mtg_fail(err, METAGAME_E_NULL, "games[%zu] is NULL", b);
    const metagame_attributor *one = &games[0]->callbacks, *other = &games[b]->callbacks;
    MTG_TRY(same("games", b, "n_players", other->n_players, one->n_players, err));
    MTG_TRY(same("games", b, "n_targets", other->n_targets, one->n_targets, err));
    MTG_TRY(same_own_players("games", b, games[b]->own_player, games[0]->own_player, one->n_targets, err));
  }
  return METAGAME_OK;
}

/* ---- numbers ---- */

typedef struct average {
  mtg_alloc alloc;
  const metagame_result *const *results;
  size_t count;
  const double **fields; /* the array at hand in each result */
  double *terms;         /* one number of each */
  size_t *draws;         /* of each result: the first one with its seed */
} average;

static metagame_status open_average(average *a, const metagame_result *const *results, size_t count, metagame_error *err) {
  a->alloc = results[0]->alloc;
  a->results = results;
  a->count = count;
  a->fields = mtg_new(&a->alloc, count, sizeof *a->fields);
  a->terms = mtg_new(&a->alloc, count, sizeof *a->terms);
  a->draws = mtg_new(&a->alloc, count, sizeof *a->draws);
  if (!a->fields || !a->terms || !a->draws) return mtg_fail_memory(err, &a->alloc, "the average");
  for (size_t b = 0; b < count; ++b)
    while (results[a->draws[b]]->info.seed != results[b]->info.seed) ++a->draws[b];
  return METAGAME_OK;
}

static void close_average(average *a) {
  mtg_free(&a->alloc, (void *)(uintptr_t)a->fields);
  mtg_free(&a->alloc, a->terms);
  mtg_free(&a->alloc, a->draws);
}

/* The mean, and the standard deviation with divisor count - 1 where `spread` is not NULL. Taken from the first number on: of equal numbers
 * the mean is that number and the spread is 0. */
static double mean_of(const double *x, size_t count, double *spread) {
  double factor = 1, largest = 0, squares = 0;
  mtg_sum total = { 0, 0 };
  for (size_t b = 0; b < count; ++b)
    if (fabs(x[b]) > 0x1p900) factor = 0x1p-200; /* so that differences and sums stay finite */
  for (size_t b = 0; b < count; ++b) mtg_sum_add(&total, factor * x[b] - factor * x[0]);
  const double shift = mtg_sum_value(&total) / (double)count;
  if (spread) {
    for (size_t b = 0; b < count; ++b) largest = fmax(largest, fabs(factor * x[b] - factor * x[0] - shift));
    for (size_t b = 0; b < count && largest > 0; ++b) {
      const double part = (factor * x[b] - factor * x[0] - shift) / largest;
      squares += part * part;
    }
    *spread = isnan(shift) ? NAN : count > 1 ? largest * sqrt(squares / (double)(count - 1)) / factor : 0;
  }
  return (factor * x[0] + shift) / factor;
}

/* Means of a->fields over the results; `spread` NULL: not wanted. */
static void average_fields(average *a, size_t n_numbers, double *out, double *spread) {
  for (size_t at = 0; at < n_numbers; ++at) {
    for (size_t b = 0; b < a->count; ++b) a->terms[b] = a->fields[b][at];
    out[at] = mean_of(a->terms, a->count, spread ? &spread[at] : NULL);
  }
}

/* a->terms[s] = sum of the standard errors with the seed of result s. */
static double error_of(average *a, size_t cell) {
  double largest = 0, squares = 0;
  for (size_t b = 0; b < a->count; ++b) a->terms[b] = 0;
  for (size_t b = 0; b < a->count; ++b)
    if (a->results[b]->numbers.has_deviation) a->terms[a->draws[b]] += a->results[b]->numbers.deviation[cell];
  for (size_t s = 0; s < a->count; ++s) {
    if (isnan(a->terms[s])) return NAN;
    largest = fmax(largest, a->terms[s]);
  }
  for (size_t s = 0; s < a->count && largest > 0; ++s) squares += a->terms[s] / largest * (a->terms[s] / largest);
  return largest / (double)a->count * sqrt(squares);
}

static void average_errors(average *a, mtg_numbers *numbers) {
  for (size_t b = 0; b < a->count; ++b) {
    const mtg_numbers *other = &a->results[b]->numbers;
    if (!other->has_deviation) continue;
    if (!numbers->has_deviation || other->n_units < numbers->n_units) numbers->n_units = other->n_units;
    numbers->has_deviation = 1;
    for (uint32_t i = 0; i < numbers->m; ++i)
      if (other->degrees[i] > 0 && (numbers->degrees[i] == 0 || other->degrees[i] < numbers->degrees[i]))
        numbers->degrees[i] = other->degrees[i];
  }
  for (size_t cell = 0; numbers->has_deviation && cell < (size_t)numbers->m * numbers->n; ++cell)
    numbers->deviation[cell] = error_of(a, cell);
}

static void average_numbers(average *a, metagame_result *out) {
  mtg_numbers *numbers = &out->numbers;
  const size_t m = numbers->m, cells = m * numbers->n;
  for (size_t b = 0; b < a->count; ++b) a->fields[b] = a->results[b]->numbers.matrix;
  average_fields(a, cells, numbers->matrix, out->spread);
  for (size_t b = 0; b < a->count; ++b) a->fields[b] = a->results[b]->numbers.first_order;
  average_fields(a, m, numbers->first_order, NULL);
  for (size_t b = 0; b < a->count; ++b) a->fields[b] = a->results[b]->numbers.base;
  average_fields(a, m, numbers->base, NULL);
  for (size_t b = 0; b < a->count; ++b) a->fields[b] = a->results[b]->numbers.scale;
  average_fields(a, m, numbers->scale, NULL);
  average_errors(a, numbers);
}

/* A player who is null in every game is null in their mean. A partial result has no tally: then there is none. */
static metagame_status average_tallies(average *a, mtg_numbers *numbers, metagame_error *err) {
  const mtg_tally *one = a->results[0]->numbers.tally;
  mtg_tally *tally = NULL;
  for (size_t b = 0; b < a->count; ++b)
    if (!a->results[b]->numbers.tally) return METAGAME_OK;
  MTG_TRY(mtg_tally_open(&tally, &a->alloc, one->n, one->m, one->order, one->own, err));
  numbers->tally = tally;
  for (size_t b = 0; b < a->count; ++b) a->fields[b] = a->results[b]->numbers.tally->sums;
  average_fields(a, (size_t)mtg_cell_count(one->order, one->n) * (one->n + 1) * one->m, tally->sums, NULL);
  for (size_t b = 0; b < a->count; ++b) a->fields[b] = a->results[b]->numbers.tally->start;
  average_fields(a, one->m, tally->start, NULL);
  for (size_t b = 0; b < a->count; ++b) a->fields[b] = a->results[b]->numbers.tally->last;
  average_fields(a, one->m, tally->last, NULL);
  for (size_t b = 0; b < a->count; ++b) a->fields[b] = a->results[b]->numbers.tally->magnitude;
  average_fields(a, one->m, tally->magnitude, NULL);
  const size_t n_sums = (size_t)mtg_cell_count(one->order, one->n) * (one->n + 1) * one->m;
  uint32_t n_groups = 0; /* of sampled results: estimate g of the mean is the mean of the estimates g */
  for (size_t b = 0; b < a->count; ++b)
    if (a->results[b]->numbers.tally->n_groups > n_groups) n_groups = a->results[b]->numbers.tally->n_groups;
  if (n_groups > 0) MTG_TRY(mtg_tally_add_groups(tally, n_groups, err));
  for (uint32_t g = 0; g < n_groups; ++g) {
    for (size_t b = 0; b < a->count; ++b) {
      const mtg_tally *from = a->results[b]->numbers.tally;
      a->fields[b] = g < from->n_groups ? from->groups[g]->sums : from->sums;
    }
    average_fields(a, n_sums, tally->groups[g]->sums, NULL);
  }
  for (uint32_t i = 0; i < one->m; ++i) {
    tally->null_players[i] = one->null_players[i];
    for (size_t b = 1; b < a->count; ++b) tally->null_players[i] &= a->results[b]->numbers.tally->null_players[i];
  }
  return METAGAME_OK;
}

/* ---- texts and provenance ---- */

/* "one; two; three". The first text is whole, the others while they fit. `once`: those that were there before are left out. */
static char *join(const average *a, int masking, int once) {
  const char *first = masking ? a->results[0]->masking_id : a->results[0]->attributor;
  size_t length = strlen(first);
  char *text = mtg_new(&a->alloc, length + MOST_TEXT + sizeof "; ...", 1);
  if (!text) return NULL;
  memcpy(text, first, length);
  for (size_t b = 1; b < a->count; ++b) {
    const char *next = masking ? a->results[b]->masking_id : a->results[b]->attributor;
    const size_t more = strlen(next);
    int is_known = 0;
    for (size_t before = 0; once && before < b; ++before)
      is_known |= strcmp(masking ? a->results[before]->masking_id : a->results[before]->attributor, next) == 0;
    if (is_known) continue;
    if (length + 2 + more > MOST_TEXT) {
      memcpy(text + length, "; ...", 5);
      break;
    }
    memcpy(text + length, "; ", 2);
    memcpy(text + length + 2, next, more);
    length += 2 + more;
  }
  return text;
}

static void fill_info(const average *a, metagame_result *out) {
  metagame_result_info info = a->results[0]->info;
  info.evaluations = info.value_evaluations = info.asked = 0;
  info.n_looks = 0;
  for (size_t b = 0; b < a->count; ++b) {
    const metagame_result_info *other = &a->results[b]->info;
    if (info.status == METAGAME_OK) {
      info.status = other->status;
      info.user_code = other->user_code;
    }
    info.flags = (info.flags & other->flags) | ((info.flags | other->flags) & METAGAME_CLOSED_FORM);
    info.evaluations = mtg_plus(info.evaluations, other->evaluations);
    info.value_evaluations = mtg_plus(info.value_evaluations, other->value_evaluations);
    info.asked = mtg_plus(info.asked, other->asked);
    info.n_looks += other->n_looks;
    if (other->stopped > info.stopped) info.stopped = other->stopped;
    if (other->rank < info.rank) info.rank = other->rank;
    if (other->full_rank > info.full_rank) info.full_rank = other->full_rank;
    if (!(other->condition <= info.condition)) info.condition = other->condition;
    info.n_chosen = b == 0 ? other->n_chosen : mtg_plus(info.n_chosen, other->n_chosen);
    if (other->n_process < info.n_process) info.n_process = other->n_process;
    if (other->n_sparse < info.n_sparse) info.n_sparse = other->n_sparse;
    if (!(other->left_out <= info.left_out)) info.left_out = other->left_out;
  }
  info.n_units = out->numbers.n_units;
  info.n_maskings = (uint32_t)a->count;
  info.attributor = out->attributor;
  info.masking_id = out->masking_id;
  out->info = info;
}

/* The reason that all give; the audit where all have one, with the fewest rows and the worst error; of
 * each target the first ground that some result gives. */
static void average_diagnosis(const average *a, metagame_result *out) {
  mtg_numbers *numbers = &out->numbers;
  out->reason = a->results[0]->reason;
  numbers->audit = a->results[0]->numbers.audit;
  for (size_t b = 0; b < a->count; ++b) {
    const mtg_audit *audit = &a->results[b]->numbers.audit;
    const int32_t *ground = a->results[b]->numbers.ground;
    const int is_none = audit->outcome == METAGAME_AUDIT_NONE;
    if (a->results[b]->reason != out->reason) out->reason = METAGAME_REASON_UNKNOWN;
    if (is_none || numbers->audit.outcome == METAGAME_AUDIT_NONE)
      numbers->audit.outcome = METAGAME_AUDIT_NONE;
    else if (audit->outcome != numbers->audit.outcome)
      numbers->audit.outcome = METAGAME_AUDIT_MIXED;
    if (audit->n_rows < numbers->audit.n_rows) numbers->audit.n_rows = audit->n_rows;
    if (!(audit->error <= numbers->audit.error)) numbers->audit.error = audit->error;
    for (uint32_t i = 0; i < numbers->m; ++i)
      if (numbers->ground[i] == METAGAME_GROUND_ENOUGH) numbers->ground[i] = ground[i];
  }
  mtg_result_fill_ground(out);
}

static metagame_status fill(average *a, metagame_result **out, metagame_error *err) {
  const metagame_result *one = a->results[0];
  char *attributor = join(a, 0, 1), *masking_id = join(a, 1, 0);
  metagame_status status = attributor && masking_id ? METAGAME_OK : mtg_fail_memory(err, &a->alloc, "the result");
  if (status == METAGAME_OK)
    status = mtg_result_open(out, &a->alloc, one->numbers.n, one->numbers.m, one->own_player, attributor, masking_id, err);
  mtg_free(&a->alloc, attributor);
  mtg_free(&a->alloc, masking_id);
  MTG_TRY(status);
  if (a->count > 1) {
    (*out)->spread = mtg_new(&a->alloc, one->numbers.m, one->numbers.n * sizeof(double));
    if (!(*out)->spread) return mtg_fail_memory(err, &a->alloc, "the result");
  }
  average_numbers(a, *out);
  MTG_TRY(average_tallies(a, &(*out)->numbers, err));
  mtg_result_fill_residuals(*out, one->info.outer);
  fill_info(a, *out);
  average_diagnosis(a, *out);
  return METAGAME_OK;
}

/* ---- the public calls ---- */

metagame_status metagame_result_average(metagame_result **out, const metagame_result *const *results, size_t n_results,
                                        metagame_error *err) {
  average a;
  metagame_result *result = NULL;
  if (out) *out = NULL;
  if (!out || !results) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !out ? "out" : "results");
  MTG_TRY(check_count(n_results, "n_results", err));
  MTG_TRY(check_results(results, n_results, err));
  metagame_status status = open_average(&a, results, n_results, err);
  if (status == METAGAME_OK) status = fill(&a, &result, err);
  close_average(&a);
  if (status != METAGAME_OK) {
    metagame_result_destroy(result);
    return status;
  }
  *out = result;
  return METAGAME_OK;
}

/* Which game it was, before the message. */
static metagame_status fail_game(size_t index, const metagame_error *failure, metagame_error *err) {
  mtg_fail(err, failure->status, "games[%zu]: %s", index, failure->message);
  if (err) err->user_code = failure->user_code;
  return failure->status;
}

static metagame_status solve_all(metagame_result **results, size_t *n_solved, const metagame_game *const *games, size_t n_games,
                                 const metagame_options *options, metagame_error *err) {
  metagame_error failure;
  for (size_t b = 0; b < n_games; ++b) {
    const metagame_status status = metagame_solve(&results[b], games[b], options, &failure);
    if (status < 0) return fail_game(b, &failure, err);
    *n_solved = status == METAGAME_OK || b == 0 ? b + 1 : b;
    if (status != METAGAME_OK) return status;
  }
  return METAGAME_OK;
}

metagame_status metagame_solve_each(metagame_result **out, const metagame_game *const *games, size_t n_games,
                                    const metagame_options *options, metagame_error *err) {
  size_t n_solved = 0;
  if (out) *out = NULL;
  if (!out || !games) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !out ? "out" : "games");
  MTG_TRY(check_count(n_games, "n_games", err));
  MTG_TRY(check_games(games, n_games, err));
  const mtg_alloc alloc = games[0]->alloc;
  metagame_result **results = mtg_new(&alloc, n_games, sizeof *results);
  if (!results) return mtg_fail_memory(err, &alloc, "the results");
  metagame_status status = solve_all(results, &n_solved, games, n_games, options, err);
  if (status >= 0) {
    const metagame_status averaged = metagame_result_average(out, (const metagame_result *const *)(uintptr_t)results, n_solved, err);
    if (averaged < 0) status = averaged;
    else (*out)->info.status = status;
  }
  for (size_t b = 0; b < n_games; ++b) metagame_result_destroy(results[b]);
  mtg_free(&alloc, (void *)(uintptr_t)results);
  return status;
}
