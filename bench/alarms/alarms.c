/* SPDX-License-Identifier: MIT */
/* False alarms of verification, and real ones, on small games: METAGAME_CHECK_EXACT of honest
 * results (budgets from the least to nearly all coalitions), and of the same results against
 * games that are not theirs; METAGAME_CHECK_SYMMETRY of attributions that are symmetric, with the
 * game and without.
 *
 *   shifted   every entry off by 6 of its standard errors: an additive game is added
 *   swapped   the values of another target
 *   flipped   the sign
 *   directed, directed alone   symmetry of attributions that claim it and are not symmetric
 *
 *   bench-alarms [--least N] [--most N] [--seeds N] [--solvers LIST] [--defects 0|1]
 *                [--symmetry 0|1]
 *
 * Prints a line for each solver and question. Exit code 1: more than one report in 1000 was a false
 * alarm, by more than four standard errors. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common.h"
#include "games.h"
#include "metagame.h"

enum { MOST_PLAYERS = 12, N_BUDGETS = 5, DEFECT_SEEDS = 2 };

typedef struct arguments {
  uint64_t least, most, seeds, with_defects, with_symmetry;
  const bench_method *solvers[BENCH_LIST];
  size_t n_solvers;
} arguments;

/* ---- tables as games ---- */

static int32_t attribute(void *user, const uint64_t *masks, size_t n_masks, double *rows,
                         metagame_error *err) {
  const alarms_table *t = user;
  (void)err;
  for (size_t r = 0; r < n_masks; ++r)
    memcpy(rows + r * t->m, t->values + masks[r] * t->m, t->m * sizeof *rows);
  return 0;
}

static void check(metagame_status status, const metagame_error *err) {
  if (status >= 0) return;
  fprintf(stderr, "%s\n", err->message);
  exit(2);
}

static metagame_game *game_of(alarms_table *t, uint64_t flags) {
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_game *game = NULL;
  attributor.name = "table";
  attributor.n_players = t->n;
  attributor.n_targets = t->m;
  attributor.own_player = t->own;
  attributor.flags = flags;
  attributor.user = t;
  attributor.attribute = attribute;
  check(metagame_game_from_attributor(&game, &attributor, NULL, &err), &err);
  return game;
}

/* ---- counts ---- */

typedef struct counts {
  uint64_t reports, alarms;                   /* alarms: with at least one failure */
  uint64_t checks, passed, skipped, failed;
} counts;

enum { HONEST, SHIFTED, SWAPPED, FLIPPED, SYMMETRY, ALONE, DIRECTED, DIRECTED_ALONE, N_QUESTIONS };
static const char *const questions[N_QUESTIONS] = { "exact",          "shifted",  "swapped",
                                                    "flipped",        "symmetry", "symmetry alone",
                                                    "directed",       "directed alone" };

/* Of a check: whether it counts. */
typedef int (*counts_in)(const void *context, int64_t target);

static void verify(counts *to, const metagame_result *result, const metagame_game *game,
                   uint64_t checks, counts_in is_in, const void *context) {
  metagame_verify_options options = METAGAME_VERIFY_OPTIONS_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_report *report = NULL;
  uint64_t failed = 0, n_checks = 0;
  options.checks = checks;
  check(metagame_verify(&report, result, game, &options, &err), &err);
  for (size_t at = 0; at < metagame_report_count(report); ++at) {
    metagame_check one = METAGAME_CHECK_INIT;
    check(metagame_report_get(report, at, &one, &err), &err);
    if (is_in && !is_in(context, one.target)) continue;
    if (one.outcome == METAGAME_CHECK_PASSED && !isfinite(one.tolerance)) {
      fprintf(stderr, "passed with a tolerance of %g\n", one.tolerance);
      exit(1);
    }
    ++n_checks;
    to->passed += one.outcome == METAGAME_CHECK_PASSED;
    to->skipped += one.outcome == METAGAME_CHECK_SKIPPED;
    failed += one.outcome == METAGAME_CHECK_FAILED;
  }
  metagame_report_destroy(report);
  to->reports += n_checks > 0;
  to->alarms += failed > 0;
  to->checks += n_checks;
  to->failed += failed;
}

/* ---- defects ---- */

/* Targets where a defect is one: what it changes is at least 10 times (of a shift, 3 times) the
 * error of the solver there. */
typedef struct visible {
  int target[ALARMS_TARGETS];
} visible;

static int is_visible(const void *context, int64_t target) {
  return target >= 0 && ((const visible *)context)->target[target];
}

static void spoil(const alarms_table *from, alarms_table *to, int defect,
                  const metagame_result *result) {
  const uint32_t n = from->n, m = from->m;
  const double *bars = metagame_result_stderr(result);
  for (uint64_t s = 0; s < UINT64_C(1) << n; ++s)
    for (uint32_t i = 0; i < m; ++i) {
      double value = from->values[s * m + i];
      if (defect == FLIPPED) value = -value;
      if (defect == SWAPPED) value = from->values[s * m + (i + 1) % m];
      for (uint32_t j = 0; j < n && defect == SHIFTED; ++j)
        if (s >> j & 1 && bars[i * n + j] > 0) value += 6 * bars[i * n + j];
      to->values[s * m + i] = value;
    }
}

static metagame_result *exact_of(const metagame_game *game) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_result *exact = NULL;
  options.solver = METAGAME_SOLVER_EXACT;
  check(metagame_solve(&exact, game, &options, &err), &err);
  return exact;
}

/* Of one target: the largest entry of the error, over seeds the root mean square. */
static double error_of(const metagame_result *one, const metagame_result *other, uint32_t n,
                       uint32_t i) {
  double most = 0;
  for (uint32_t j = 0; j < n; ++j)
    most = fmax(most, fabs(metagame_result_matrix(one)[i * n + j] -
                           metagame_result_matrix(other)[i * n + j]));
  return most;
}

/* Results of one budget against games that are not theirs. */
static void run_defects(counts *to, const alarms_table *t, metagame_result *const *results,
                        size_t n_results, const metagame_result *truth) {
  alarms_table other = *t;
  double errors[ALARMS_TARGETS] = { 0 };
  other.values = bench_new((size_t)t->m << t->n, sizeof *other.values);
  for (uint32_t i = 0; i < t->m; ++i)
    for (size_t r = 0; r < n_results; ++r)
      errors[i] = hypot(errors[i], error_of(results[r], truth, t->n, i) / sqrt((double)n_results));
  for (size_t r = 0; r < n_results && r < DEFECT_SEEDS; ++r)
    for (int defect = SHIFTED; defect <= FLIPPED; ++defect) {
      visible seen = { { 0 } };
      if (!metagame_result_stderr(results[r])) continue;
      spoil(t, &other, defect, results[r]);
      metagame_game *game = game_of(&other, 0);
      metagame_result *wrong = exact_of(game);
      for (uint32_t i = 0; i < t->m; ++i) {
        const double change = error_of(wrong, truth, t->n, i);
        seen.target[i] = change > (defect == SHIFTED ? 3 : 10) * errors[i] + 1e-9;
      }
      verify(&to[defect], results[r], game, METAGAME_CHECK_EXACT, is_visible, &seen);
      metagame_result_destroy(wrong);
      metagame_game_destroy(game);
    }
  free(other.values);
}

/* ---- runs ---- */

/* Up to N_BUDGETS from the least one that the solver takes to nearly all coalitions. */
static size_t find_budgets(const metagame_game *game, metagame_options options, uint64_t most,
                           uint64_t *budgets) {
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_session *session = NULL;
  size_t found = 0;
  for (options.max_evaluations = 2; options.max_evaluations <= most; ++options.max_evaluations) {
    const metagame_status status = metagame_session_create(&session, game, &options, &err);
    metagame_session_destroy(session);
    if (status == METAGAME_OK) break;
    if (status != METAGAME_E_BUDGET) check(status, &err);
  }
  const double least = (double)options.max_evaluations;
  for (int step = 0; step < N_BUDGETS && least <= (double)most; ++step) {
    const double part = step / (N_BUDGETS - 1.0);
    const uint64_t budget = (uint64_t)(least * pow((double)most / least, part) + 0.5);
    if (found == 0 || budget > budgets[found - 1]) budgets[found++] = budget;
  }
  return found;
}

static uint64_t most_of(const bench_method *solver, uint32_t n, int is_pinned) {
  const uint64_t all = UINT64_C(1) << n; /* permutation and strata draw coalitions again */
  if (solver->solver == METAGAME_SOLVER_PERMUTATION) return 3 * all;
  return all - (is_pinned ? 2 : 1);
}

static void run_exact(const arguments *a, counts *to, const bench_method *solver, alarms_table *t) {
  metagame_game *game = game_of(t, 0);
  metagame_result *truth = exact_of(game);
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  uint64_t budgets[N_BUDGETS];
  metagame_result **results = bench_new(a->seeds, sizeof(metagame_result *));
  options.solver = solver->solver;
  const size_t n = find_budgets(game, options, most_of(solver, t->n, t->own[0] >= 0), budgets);
  for (size_t b = 0; b < n; ++b) {
    options.max_evaluations = budgets[b];
    for (uint64_t seed = 0; seed < a->seeds; ++seed) {
      options.seed = alarms_hash(1000 * seed + b);
      check(metagame_solve(&results[seed], game, &options, &err), &err);
      verify(&to[HONEST], results[seed], game, METAGAME_CHECK_EXACT, NULL, NULL);
    }
    if (a->with_defects) run_defects(to, t, results, a->seeds, truth);
    for (uint64_t seed = 0; seed < a->seeds; ++seed) metagame_result_destroy(results[seed]);
  }
  free(results);
  metagame_result_destroy(truth);
  metagame_game_destroy(game);
}

static int32_t evaluate(void *user, const uint64_t *masks, size_t n_masks, double *rows,
                        metagame_error *err) {
  const alarms_table *t = user;
  (void)err;
  for (size_t r = 0; r < n_masks; ++r) rows[r] = t->values[masks[r] * t->m];
  return 0;
}

static void ask_symmetry(const arguments *a, counts *to, counts *alone, const bench_method *solver,
                         const metagame_game *game, uint32_t n_players) {
  metagame_options options = METAGAME_OPTIONS_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  uint64_t budgets[N_BUDGETS];
  options.solver = solver->solver;
  options.flags = METAGAME_EVALUATE;
  const size_t n = find_budgets(game, options, most_of(solver, n_players, 1), budgets);
  for (size_t b = 0; b < n; ++b)
    for (uint64_t seed = 0; seed < a->seeds; ++seed) {
      metagame_result *result = NULL;
      options.max_evaluations = budgets[b];
      options.seed = alarms_hash(1000 * seed + b);
      check(metagame_solve(&result, game, &options, &err), &err);
      verify(to, result, game, METAGAME_CHECK_SYMMETRY, NULL, NULL);
      verify(alone, result, NULL, METAGAME_CHECK_SYMMETRY, NULL, NULL);
      metagame_result_destroy(result);
    }
}

/* Shapley values of the first target's game as attributions, which are evaluated. */
static void run_symmetry(const arguments *a, counts *to, const bench_method *solver,
                         alarms_table *t) {
  metagame_function function = METAGAME_FUNCTION_INIT;
  metagame_method method = METAGAME_METHOD_INIT;
  metagame_error err = METAGAME_ERROR_INIT;
  metagame_game *base = NULL, *game = NULL;
  function.n_players = t->n;
  function.user = t;
  function.evaluate = evaluate;
  method.name = "shapley";
  check(metagame_game_from_function(&base, &function, NULL, &err), &err);
  check(metagame_game_attribute(&game, base, &method, &err), &err);
  ask_symmetry(a, &to[SYMMETRY], &to[ALONE], solver, game, t->n);
  metagame_game_destroy(game);
  metagame_game_destroy(base);
}

/* Targets whose games have nothing to do with each other. */
static void run_directed(const arguments *a, counts *to, const bench_method *solver,
                         alarms_table *t) {
  metagame_game *game = game_of(t, METAGAME_CARDINAL);
  ask_symmetry(a, &to[DIRECTED], &to[DIRECTED_ALONE], solver, game, t->n);
  metagame_game_destroy(game);
}

/* Returns whether there were too many false alarms. */
static int print(const char *solver, const counts *all) {
  int too_many = 0;
  for (int q = 0; q < N_QUESTIONS; ++q) {
    const counts *c = &all[q];
    const double allowed = 0.001 * (double)c->reports;
    const int is_honest = q == HONEST || q == SYMMETRY || q == ALONE;
    if (c->reports == 0) continue;
    printf("%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64, solver, questions[q], c->reports,
           c->alarms, c->checks);
    printf("\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", c->passed, c->skipped, c->failed);
    if (is_honest) too_many |= (double)c->alarms > allowed + 4 * sqrt(allowed) + 1;
  }
  fflush(stdout);
  return too_many;
}

static int run(const arguments *a) {
  int too_many = 0;
  counts sum[N_QUESTIONS] = { { 0 } };
  printf("solver\tquestion\treports\twith a failure\tchecks\tpassed\tskipped\tfailed\n");
  for (size_t s = 0; s < a->n_solvers; ++s) {
    counts all[N_QUESTIONS] = { { 0 } };
    for (uint32_t n = (uint32_t)a->least; n <= a->most; ++n)
      for (size_t family = 0; family < ALARMS_FAMILIES; ++family)
        for (int is_pinned = 0; is_pinned < 2; ++is_pinned) {
          alarms_table t;
          alarms_make(&t, family, n, is_pinned);
          run_exact(a, all, a->solvers[s], &t);
          if (!is_pinned && a->with_symmetry) run_symmetry(a, all, a->solvers[s], &t);
          if (is_pinned && a->with_symmetry) run_directed(a, all, a->solvers[s], &t);
          free(t.values);
        }
    too_many |= print(a->solvers[s]->name, all);
    for (int q = 0; q < N_QUESTIONS; ++q) {
      sum[q].reports += all[q].reports;
      sum[q].alarms += all[q].alarms;
      sum[q].checks += all[q].checks;
      sum[q].passed += all[q].passed;
      sum[q].skipped += all[q].skipped;
      sum[q].failed += all[q].failed;
    }
  }
  if (a->n_solvers > 1) too_many |= print("all", sum);
  return too_many;
}

/* ---- arguments ---- */

static int read_solvers(arguments *a, char *list, char *why) {
  char *names[BENCH_LIST];
  const size_t n = bench_split(list, names, BENCH_LIST);
  a->n_solvers = 0;
  for (size_t at = 0; at < n; ++at) {
    const bench_method *solver = bench_method_named(names[at]);
    if (!solver || solver->solver < 0) return bench_fail(why, "unknown solver: %s", names[at]);
    a->solvers[a->n_solvers++] = solver;
  }
  return n > 0 ? 0 : bench_fail(why, "--solvers is not a list");
}

static int read_arguments(arguments *a, int argc, char **argv, char *why) {
  for (int at = 1; at < argc; at += 2) {
    const char *name = argv[at];
    uint64_t *number = strcmp(name, "--least") == 0      ? &a->least
                       : strcmp(name, "--most") == 0     ? &a->most
                       : strcmp(name, "--seeds") == 0    ? &a->seeds
                       : strcmp(name, "--defects") == 0  ? &a->with_defects
                       : strcmp(name, "--symmetry") == 0 ? &a->with_symmetry
                                                         : NULL;
    if (!number && strcmp(name, "--solvers") != 0)
      return bench_fail(why, "unknown argument: %s", name);
    if (at + 1 == argc) return bench_fail(why, "a value is missing behind: %s", name);
    if (!number) {
      if (read_solvers(a, argv[at + 1], why) != 0) return -1;
    } else if (bench_number(argv[at + 1], 0, 1000, number) != 0) {
      return bench_fail(why, "%s must be in 0..1000: %s", name, argv[at + 1]);
    }
  }
  if (a->least < 3 || a->most > MOST_PLAYERS || a->seeds < 1)
    return bench_fail(why, "--least must be at least 3, --most at most %d, --seeds at least 1",
                      MOST_PLAYERS);
  return 0;
}

int main(int argc, char **argv) {
  char why[BENCH_MESSAGE], by_default[] = "regression,permutation,stratified,gaussian";
  arguments a = { .least = 3, .most = 8, .seeds = 4, .with_defects = 1, .with_symmetry = 1 };
  if (read_solvers(&a, by_default, why) != 0 || read_arguments(&a, argc, argv, why) != 0) {
    fprintf(stderr, "bench-alarms: %s\n", why);
    return 2;
  }
  return run(&a);
}
