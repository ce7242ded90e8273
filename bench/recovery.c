/* SPDX-License-Identifier: MIT */
/* Recovery of planted directed effects: what each built-in attributor shows of structure that is known, by the exact pinned matrix.
 * Usage: bench-recovery. The families, what counts as right, and the columns are explained in docs/ground-truth.md. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metagame/truth.h"

enum { N = 8, DRAWS = 20, MOST_TERMS = 8, MOST_CELLS = 16 };
static const double margin = 1e-6; /* two magnitudes whose relative difference is below this are the same */

enum { GATES, GATES_MOVED, TANH_GATES, TRIPLES, PRODUCTS, UNITS, MAIN_EFFECTS, N_FAMILIES };

static const struct {
  const char *name;
  int is_directed, is_planted;
} families[N_FAMILIES] = {
  { "power gates c x_s^p x_t^q, p < q, baseline 0", 1, 1 },
  { "power gates c y_s^p y_t^q, p < q, y = x - b, baseline b", 1, 1 },
  { "tanh gates c x_t tanh(a x_s), baseline 0", 1, 1 },
  { "triples c x_r x_s x_t^2, baseline 0", 1, 1 },
  { "products c x_i x_j, baseline 0: no direction", 0, 1 },
  { "units c tanh(u x_i + w x_j), a network, baseline 0: no direction planted", 0, 1 },
  { "main effects c x_k^p, baseline 0: nothing planted", 0, 0 },
};

/* One model of a family. cells: the planted source and target; where no direction is planted, both orders. */
typedef struct draw {
  int family;
  uint32_t n_terms, n_cells;
  double x[N], b[N], c[MOST_TERMS], u[MOST_TERMS], w[MOST_TERMS];
  uint32_t powers[MOST_TERMS * N], first[MOST_TERMS], second[MOST_TERMS], cells[MOST_CELLS][2];
} draw;

static void check(metagame_status status, const metagame_error *err) {
  if (status == METAGAME_OK) return;
  fprintf(stderr, "%s: %s\n", metagame_status_name(status), err->message);
  exit(1);
}

/* ---- drawing ---- */

static uint64_t random_state;

static double uniform(double low, double high) {
  random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return low + (high - low) * (double)(random_state >> 11) * 0x1p-53;
}

static uint32_t below(uint32_t bound) { return (uint32_t)uniform(0, bound); }

static double sized(double low, double high) { return below(2) ? uniform(low, high) : -uniform(low, high); }

static void plant(draw *d, uint32_t source, uint32_t target) {
  d->cells[d->n_cells][0] = source;
  d->cells[d->n_cells++][1] = target;
}

/* Different pairs first < second or the other way round, no pair twice. */
static void draw_pairs(draw *d, uint32_t count) {
  for (d->n_terms = 0; d->n_terms < count;) {
    const uint32_t s = below(N), t = below(N);
    uint32_t k = 0;
    while (k < d->n_terms && !((d->first[k] == s && d->second[k] == t) || (d->first[k] == t && d->second[k] == s))) ++k;
    if (s == t || k < d->n_terms) continue;
    d->first[k] = s;
    d->second[k] = t;
    ++d->n_terms;
  }
}

/* The coefficient with which a term is worth 0.5 to 1.5 at x, either sign. */
static double worth(const draw *d, uint32_t term) {
  double value = 1;
  for (uint32_t k = 0; k < N; ++k) value *= pow(d->x[k] - d->b[k], d->powers[term * N + k]);
  return sized(0.5, 1.5) / value;
}

static draw make_draw(int family, uint64_t seed) {
  static const uint32_t exponents[3][2] = { { 1, 2 }, { 1, 3 }, { 2, 3 } };
  uint32_t order[N];
  draw d;
  memset(&d, 0, sizeof d);
  random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)family;
  (void)uniform(0, 1);
  d.family = family;
  for (uint32_t k = 0; k < N; ++k) {
    d.b[k] = family == GATES_MOVED ? sized(0.2, 1) : 0;
    d.x[k] = d.b[k] + sized(0.5, 1.5);
    order[k] = k;
  }
  for (uint32_t k = N; k-- > 1;) {
    const uint32_t other = below(k + 1), kept = order[k];
    order[k] = order[other];
    order[other] = kept;
  }
  if (family == TRIPLES) {
    d.n_terms = 2;
    for (uint32_t t = 0; t < 2; ++t) {
      for (uint32_t k = 0; k < 3; ++k) d.powers[t * N + order[3 * t + k]] = k == 2 ? 2 : 1;
      for (uint32_t k = 0; k < 2; ++k) plant(&d, order[3 * t + k], order[3 * t + 2]);
    }
  } else if (family == MAIN_EFFECTS) {
    d.n_terms = N;
    for (uint32_t k = 0; k < N; ++k) d.powers[k * N + k] = 1 + below(3);
  } else {
    draw_pairs(&d, 6);
    for (uint32_t t = 0; t < d.n_terms; ++t) {
      const uint32_t *chosen = exponents[below(3)];
      const int is_power = family == GATES || family == GATES_MOVED;
      d.powers[t * N + d.first[t]] = is_power ? chosen[0] : 1;
      d.powers[t * N + d.second[t]] = is_power ? chosen[1] : 1;
      d.u[t] = sized(0.5, 2);
      d.w[t] = sized(0.5, 2);
      plant(&d, d.first[t], d.second[t]);
      if (!families[family].is_directed) plant(&d, d.second[t], d.first[t]);
    }
  }
  for (uint32_t t = 0; t < d.n_terms; ++t) d.c[t] = family == TANH_GATES || family == UNITS ? sized(0.5, 1.5) : worth(&d, t);
  return d;
}

/* ---- models ---- */

static int32_t METAGAME_CALL gate_values(void *user, const double *rows, size_t n_rows, double *values, metagame_error *err) {
  const draw *d = user;
  (void)err;
  for (size_t r = 0; r < n_rows; ++r) {
    values[r] = 0;
    for (uint32_t t = 0; t < d->n_terms; ++t)
      values[r] += d->c[t] * rows[r * N + d->second[t]] * tanh(d->u[t] * rows[r * N + d->first[t]]);
  }
  return 0;
}

static double slope(double a) { return 1 / (cosh(a) * cosh(a)); }

static int32_t METAGAME_CALL gate_gradients(void *user, const double *rows, size_t n_rows, uint32_t output, double *gradients,
                                            metagame_error *err) {
  const draw *d = user;
  (void)output, (void)err;
  memset(gradients, 0, n_rows * N * sizeof *gradients);
  for (size_t r = 0; r < n_rows; ++r)
    for (uint32_t t = 0; t < d->n_terms; ++t) {
      const double a = d->u[t] * rows[r * N + d->first[t]];
      gradients[r * N + d->second[t]] += d->c[t] * tanh(a);
      gradients[r * N + d->first[t]] += d->c[t] * rows[r * N + d->second[t]] * d->u[t] * slope(a);
    }
  return 0;
}

static metagame_truth_terms terms_of(const draw *d) {
  metagame_truth_terms terms = METAGAME_TRUTH_TERMS_INIT;
  terms.coefficients = d->c;
  terms.powers = d->powers;
  terms.origin = d->b;
  terms.n_features = N;
  terms.n_terms = d->n_terms;
  return terms;
}

static metagame_model *make_model(draw *d) {
  metagame_model *model = NULL;
  metagame_error err;
  if (d->family == TANH_GATES) {
    metagame_model_callbacks callbacks = METAGAME_MODEL_CALLBACKS_INIT;
    callbacks.n_features = N;
    callbacks.user = d;
    callbacks.evaluate = gate_values;
    callbacks.gradient = gate_gradients;
    check(metagame_model_create(&model, &callbacks, NULL, &err), &err);
  } else if (d->family == UNITS) {
    double weights[MOST_TERMS * N] = { 0 };
    metagame_truth_layer layers[2] = { { weights, NULL, d->n_terms, N, METAGAME_TRUTH_TANH, 0 }, { d->c, NULL, 1, d->n_terms, 0, 0 } };
    for (uint32_t t = 0; t < d->n_terms; ++t) {
      weights[t * N + d->first[t]] = d->u[t];
      weights[t * N + d->second[t]] = d->w[t];
    }
    check(metagame_truth_network(&model, N, 2, layers, NULL, &err), &err);
  } else {
    const metagame_truth_terms terms = terms_of(d);
    check(metagame_truth_polynomial(&model, &terms, NULL, &err), &err);
  }
  return model;
}

/* ---- known answers ---- */

/* Of one gate: what s does to t, and t to s. The diagonal is 0. */
static int gate_answer(const draw *d, uint32_t k, const char *method, double *to_t, double *to_s) {
  const double xt = d->x[d->second[k]], a = d->u[k] * d->x[d->first[k]], whole = d->c[k] * xt * tanh(a);
  if (strcmp(method, "gradient-x-delta") == 0 || strcmp(method, "gradient-x-input") == 0) {
    *to_t = whole;
    *to_s = d->c[k] * xt * a * slope(a);
  } else if (strcmp(method, "integrated-gradients") == 0) {
    *to_t = d->c[k] * xt * log(cosh(a)) / a;
    *to_s = whole - *to_t;
  } else if (strcmp(method, "gradient") == 0) {
    *to_t = d->c[k] * tanh(a);
    *to_s = d->c[k] * xt * d->u[k] * slope(a);
  } else if (strcmp(method, "occlusion") == 0) {
    *to_t = *to_s = whole;
  } else if (strcmp(method, "shapley") == 0 || strcmp(method, "banzhaf") == 0) {
    *to_t = *to_s = whole / 2;
  } else {
    return 0;
  }
  return 1;
}

/* Of one unit c tanh(own + other): the attribution of `own` alone, and what the other does to it; own = weight * x. */
static int unit_answer(double c, double weight, double own, double other, const char *method, double *alone, double *moved) {
  const double pair = c * (tanh(own + other) - tanh(own) - tanh(other));
  *alone = c * tanh(own);
  if (strncmp(method, "gradient", 8) == 0) {
    const double factor = c * (strcmp(method, "gradient") == 0 ? weight : own);
    *alone = factor * slope(own);
    *moved = factor * (slope(own + other) - slope(own));
  } else if (strcmp(method, "integrated-gradients") == 0) {
    *moved = (own + other == 0 ? c * own : c * own / (own + other) * tanh(own + other)) - *alone;
  } else if (strcmp(method, "occlusion") == 0) {
    *moved = pair;
  } else if (strcmp(method, "shapley") == 0 || strcmp(method, "banzhaf") == 0) {
    *moved = pair / 2;
  } else {
    return 0;
  }
  return 1;
}

/* 0: none is known of this attributor. */
static int known_answer(const draw *d, const char *method, double *matrix) {
  metagame_error err;
  memset(matrix, 0, N * N * sizeof *matrix);
  if (d->family != TANH_GATES && d->family != UNITS) {
    const metagame_truth_terms terms = terms_of(d);
    const metagame_status status = metagame_truth_polynomial_matrix(matrix, NULL, &terms, d->x, d->b, method, 0, NULL, &err);
    if (status != METAGAME_E_UNSUPPORTED) check(status, &err);
    return status == METAGAME_OK;
  }
  for (uint32_t k = 0; k < d->n_terms; ++k) {
    const uint32_t s = d->first[k], t = d->second[k];
    double to_t, to_s, alone_s, alone_t;
    if (d->family == TANH_GATES) {
      if (!gate_answer(d, k, method, &to_t, &to_s)) return 0;
    } else {
      const double us = d->u[k] * d->x[s], wt = d->w[k] * d->x[t];
      if (!unit_answer(d->c[k], d->u[k], us, wt, method, &alone_s, &to_s)) return 0;
      unit_answer(d->c[k], d->w[k], wt, us, method, &alone_t, &to_t);
      matrix[s * N + s] += alone_s;
      matrix[t * N + t] += alone_t;
    }
    matrix[t * N + s] += to_t;
    matrix[s * N + t] += to_s;
  }
  return 1;
}

/* ---- scores ---- */

typedef struct score {
  double right, reversed, same; /* planted directions, and those seen the other way round or not at all */
  double n_directions;
  double found, curve;          /* means over draws: share of planted cells among the largest, area under the ROC curve */
  double asymmetry;             /* largest | |a| - |b| | of two opposite cells, relative to the largest cell off the diagonal */
  double off_diagonal;          /* largest cell off the diagonal, relative to the largest on it */
  double error;                 /* largest difference to the known answer, relative to its largest cell; NaN: not known */
} score;

static int compare(double a, double b, double largest) { return fabs(a - b) <= margin * largest ? 0 : a > b ? 1 : -1; }

static void score_cells(score *sum, const draw *d, const double *matrix) {
  double cells[N * N], others[N * N], largest = 0, diagonal = 0, most = 0, wins = 0, found = 0;
  uint32_t n_others = 0;
  char is_planted[N * N] = { 0 };
  for (uint32_t e = 0; e < d->n_cells; ++e) {
    cells[e] = fabs(matrix[d->cells[e][1] * N + d->cells[e][0]]);
    is_planted[d->cells[e][1] * N + d->cells[e][0]] = 1;
  }
  for (uint32_t i = 0; i < N; ++i)
    for (uint32_t j = 0; j < N; ++j) {
      const double size = fabs(matrix[i * N + j]), opposite = fabs(matrix[j * N + i]);
      if (i == j) {
        diagonal = fmax(diagonal, size);
        continue;
      }
      if (!is_planted[i * N + j]) others[n_others++] = size;
      largest = fmax(largest, size);
      most = fmax(most, fabs(size - opposite));
    }
  sum->asymmetry = fmax(sum->asymmetry, largest > 0 ? most / largest : 0);
  sum->off_diagonal = fmax(sum->off_diagonal, diagonal > 0 ? largest / diagonal : 0);
  for (uint32_t e = 0; e < d->n_cells; ++e) {
    const double opposite = fabs(matrix[d->cells[e][0] * N + d->cells[e][1]]);
    const int sign = compare(cells[e], opposite, fmax(cells[e], opposite));
    double above = 0, ties = 0;
    *(sign > 0 ? &sum->right : sign < 0 ? &sum->reversed : &sum->same) += 1;
    for (uint32_t o = 0; o < n_others; ++o) wins += 0.5 + 0.5 * compare(cells[e], others[o], largest);
    for (uint32_t o = 0; o < n_others + d->n_cells; ++o) {
      const int order = compare(o < n_others ? others[o] : cells[o - n_others], cells[e], largest);
      above += order > 0;
      ties += order == 0;
    }
    found += fmin(1, fmax(0, (d->n_cells - above) / ties)); /* ties in any order */
  }
  sum->n_directions += d->n_cells;
  if (d->n_cells == 0) return;
  sum->found += found / d->n_cells / DRAWS;
  sum->curve += wins / d->n_cells / n_others / DRAWS;
}

static void score_error(score *sum, const draw *d, const char *method, const double *matrix) {
  double wanted[N * N], largest = 0, most = 0;
  if (!known_answer(d, method, wanted)) {
    sum->error = NAN;
    return;
  }
  for (uint32_t k = 0; k < N * N; ++k) {
    largest = fmax(largest, fabs(wanted[k]));
    most = fmax(most, fabs(matrix[k] - wanted[k]));
  }
  sum->error = fmax(sum->error, most / largest);
}

/* OK, or why the attributor cannot be put on these models without more options. */
static metagame_status measure(score *out, int family, const char *method, metagame_error *err) {
  memset(out, 0, sizeof *out);
  for (uint64_t seed = 0; seed < DRAWS; ++seed) {
    draw d = make_draw(family, seed + 1);
    metagame_masking masking = METAGAME_MASKING_INIT;
    metagame_method choice = METAGAME_METHOD_INIT;
    metagame_options options = METAGAME_OPTIONS_INIT;
    metagame_model *model = make_model(&d);
    metagame_game *base = NULL, *game = NULL;
    metagame_result *result = NULL;
    masking.x = d.x;
    masking.background = d.b;
    choice.name = method;
    options.solver = METAGAME_SOLVER_EXACT;
    metagame_status status = metagame_game_from_model(&base, model, &masking, err);
    if (status == METAGAME_OK) status = metagame_game_attribute(&game, base, &choice, err);
    if (status == METAGAME_OK) status = metagame_solve(&result, game, &options, err);
    if (status == METAGAME_OK) {
      score_cells(out, &d, metagame_result_matrix(result));
      score_error(out, &d, method, metagame_result_matrix(result));
    }
    metagame_result_destroy(result);
    metagame_game_destroy(game);
    metagame_game_destroy(base);
    metagame_model_destroy(model);
    if (status != METAGAME_OK) return status;
  }
  return METAGAME_OK;
}

/* In words, from the numbers alone. */
static void print_words(const score *scores) {
  double least_right = 1, least_same = 1, least_curve = 1, most_right = 0;
  for (int family = 0; family < N_FAMILIES; ++family) {
    const score *s = scores + family;
    if (families[family].is_directed) {
      const double right = s->right / s->n_directions;
      if (family != GATES_MOVED) least_right = fmin(least_right, right);
      most_right = fmax(most_right, right);
      least_same = fmin(least_same, s->same / s->n_directions);
    } else if (families[family].is_planted) {
      least_curve = fmin(least_curve, s->curve);
    }
  }
  printf("sees %s", least_curve >= 0.99 ? "all pairs" : "some pairs");
  if (least_same == 1)
    printf("; cannot see direction (symmetric)");
  else if (least_right == 1)
    printf(", direction%s", scores[GATES_MOVED].right == scores[GATES_MOVED].n_directions ? "" : " (baseline 0 only)");
  else
    printf("; direction right in %.0f to %.0f %%", 100 * least_right, 100 * most_right);
  if (scores[PRODUCTS].asymmetry > margin) printf("; sees direction where there is none");
  if (scores[MAIN_EFFECTS].off_diagonal > margin) printf("; sees effects where there are none");
  printf("\n");
}

int main(void) {
  enum { MOST_METHODS = 64 };
  static score scores[MOST_METHODS][N_FAMILIES];
  int runs[MOST_METHODS] = { 0 };
  const char *name;
  printf("%d features, %d draws of each family, exact pinned matrices\n", N, DRAWS);
  for (size_t m = 0; m < MOST_METHODS && (name = metagame_attributor_builtin_name(m)) != NULL; ++m) {
    runs[m] = 1;
    for (int family = 0; family < N_FAMILIES && runs[m]; ++family) {
      metagame_error err = METAGAME_ERROR_INIT;
      runs[m] = measure(&scores[m][family], family, name, &err) == METAGAME_OK;
      if (!runs[m]) printf("%s is left out: %s\n", name, err.message);
    }
  }
  for (int family = 0; family < N_FAMILIES; ++family) {
    printf("\n%s\n  %-22s %7s %9s %7s %7s %7s %10s %9s\n", families[family].name, "attributor", "right %", "reversed %", "none %", "found",
           "AUROC", "asymmetry", "error");
    for (size_t m = 0; m < MOST_METHODS && (name = metagame_attributor_builtin_name(m)) != NULL; ++m) {
      const score *s = &scores[m][family];
      if (!runs[m]) continue;
      printf("  %-22s ", name);
      if (families[family].is_directed)
        printf("%7.1f %10.1f %7.1f ", 100 * s->right / s->n_directions, 100 * s->reversed / s->n_directions,
               100 * s->same / s->n_directions);
      else
        printf("%7s %10s %7s ", "-", "-", "-");
      if (families[family].is_planted)
        printf("%7.3f %7.3f %10.1e ", s->found, s->curve, s->asymmetry);
      else
        printf("%7s %7s %10.1e ", "-", "-", s->off_diagonal);
      if (isnan(s->error))
        printf("%9s\n", "-");
      else
        printf("%9.1e\n", s->error);
    }
  }
  printf("\n");
  for (size_t m = 0; m < MOST_METHODS && (name = metagame_attributor_builtin_name(m)) != NULL; ++m) {
    if (!runs[m]) continue;
    printf("  %-22s ", name);
    print_words(scores[m]);
  }
  return 0;
}
