/* SPDX-License-Identifier: MIT */
/* The adder: its gradients against differences, its relevance against a frozen copy of the forward pass, what is conserved, what it
 * has learned, and that both of its value games are the same game. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "attributors.h"

enum { T = ADDER_TOKENS, D = ADDER_WIDTH, H = ADDER_HIDDEN, F = ADDER_FEATURES, INPUTS = 20 * 3 * 20 };

/* Input number s of 1200: every number or unknown, every sign or unknown, every number or unknown. */
static void tokens_of(int s, int tokens[ADDER_TOKENS]) {
  tokens[0] = s / 60 < 19 ? s / 60 : ADDER_UNKNOWN;
  tokens[1] = ADDER_PLUS + s / 20 % 3;
  tokens[2] = s % 20 < 19 ? s % 20 : ADDER_UNKNOWN;
}

/* The answer that is right: unknown numbers count 0, an unknown sign makes b count 0. */
static double answer_of(const int tokens[ADDER_TOKENS]) {
  int a = tokens[0] == ADDER_UNKNOWN ? 0 : tokens[0] - ADDER_LARGEST, b = tokens[2] == ADDER_UNKNOWN ? 0 : tokens[2] - ADDER_LARGEST;
  return a + (tokens[1] == ADDER_PLUS ? b : tokens[1] == ADDER_MINUS ? -b : 0);
}

/* A point between two inputs: not an embedding of tokens. */
static void point(const adder_parameters *p, int s, double x[ADDER_FEATURES]) {
  int first[ADDER_TOKENS], second[ADDER_TOKENS];
  double y[ADDER_FEATURES];
  tokens_of(s % INPUTS, first);
  tokens_of((s * 7 + 311) % INPUTS, second);
  adder_embed(p, first, x);
  adder_embed(p, second, y);
  for (int k = 0; k < F; k++) x[k] = 0.7 * x[k] + 0.3 * y[k] + 0.05 * sin(3.0 * k + s);
}

static void input_gradient(void **state) {
  adder_parameters p;
  double largest = 0;
  (void)state;
  adder_load(&p);
  for (int s = 0; s < INPUTS; s += 23) {
    double x[ADDER_FEATURES], gradient[ADDER_FEATURES];
    adder_trace trace;
    point(&p, s, x);
    adder_forward(&p, x, &trace);
    adder_backward(&p, &trace, ADDER_GRADIENT, gradient, 0, NULL, NULL);
    for (int k = 0; k < F; k++) {
      const double keep = x[k], step = 1e-5;
      x[k] = keep + step;
      double above = adder_forward(&p, x, NULL);
      x[k] = keep - step;
      double below = adder_forward(&p, x, NULL);
      x[k] = keep;
      largest = fmax(largest, fabs((above - below) / (2 * step) - gradient[k]) / fmax(1, fabs(gradient[k])));
    }
  }
  assert_true(largest < 1e-6);
}

static void parameter_gradient(void **state) {
  static adder_parameters p, gradient;
  static const double factors[] = { 2, -0.5 };
  double largest = 0, x[2][ADDER_FEATURES], dx[ADDER_FEATURES];
  adder_trace trace;
  (void)state;
  assert_int_equal(sizeof p / sizeof(double), ADDER_PARAMETERS);
  adder_load(&p);
  for (int r = 0; r < 2; r++) {
    point(&p, 100 + 577 * r, x[r]);
    adder_forward(&p, x[r], &trace);
    adder_backward(&p, &trace, ADDER_GRADIENT, dx, factors[r], &gradient, NULL);
  }
  const size_t embeddings = (ADDER_VOCABULARY + ADDER_TOKENS) * ADDER_WIDTH;
  double *w = (double *)&p + embeddings;
  const double *g = (const double *)&gradient + embeddings;
  for (const double *e = (const double *)&gradient; e < g; e++) assert_true(*e == 0);
  for (size_t k = 0; k < ADDER_PARAMETERS - embeddings; k++) {
    const double keep = w[k], step = 1e-5;
    double difference = 0;
    for (int r = 0; r < 2; r++) {
      w[k] = keep + step;
      double above = adder_forward(&p, x[r], NULL);
      w[k] = keep - step;
      difference += factors[r] * (above - adder_forward(&p, x[r], NULL)) / (2 * step);
      w[k] = keep;
    }
    largest = fmax(largest, fabs(difference - g[k]) / fmax(1, fabs(g[k])));
  }
  assert_true(largest < 1e-6);
}

static double product(const double *row, const double *z, int n) {
  double sum = 0;
  for (int k = 0; k < n; k++) sum += row[k] * z[k];
  return sum;
}

/* The forward pass with rms and gates of `t`, and an input of its own for each path: x itself, queries and keys, values. */
static double frozen(const adder_parameters *p, const adder_trace *t, double x[ADDER_TOKENS][ADDER_WIDTH],
                     double for_scores[ADDER_TOKENS][ADDER_WIDTH], double for_values[ADDER_TOKENS][ADDER_WIDTH]) {
  double q[ADDER_TOKENS][ADDER_WIDTH], k[ADDER_TOKENS][ADDER_WIDTH], v[ADDER_TOKENS][ADDER_WIDTH], f = 0;
  for (int i = 0; i < T; i++) {
    double n[ADDER_WIDTH], m[ADDER_WIDTH];
    for (int d = 0; d < D; d++) n[d] = p->norm1[d] * for_scores[i][d] / t->rms1[i], m[d] = p->norm1[d] * for_values[i][d] / t->rms1[i];
    for (int d = 0; d < D; d++) {
      q[i][d] = product(p->query[d], n, D);
      k[i][d] = product(p->key[d], n, D);
      v[i][d] = product(p->value[d], m, D);
    }
  }
  for (int i = 0; i < T; i++) {
    double weight[ADDER_TOKENS], total = 0, mixed[ADDER_WIDTH] = { 0 }, h[ADDER_WIDTH], m[ADDER_WIDTH], act[ADDER_HIDDEN];
    for (int j = 0; j < T; j++) total += weight[j] = exp(product(q[i], k[j], D) / sqrt(8));
    for (int j = 0; j < T; j++)
      for (int d = 0; d < D; d++) mixed[d] += weight[j] / total * v[j][d];
    for (int d = 0; d < D; d++) h[d] = x[i][d] + product(p->output[d], mixed, D);
    for (int d = 0; d < D; d++) m[d] = p->norm2[d] * h[d] / t->rms2[i];
    for (int e = 0; e < H; e++) act[e] = (product(p->up[e], m, D) + p->up_bias[e]) * t->gate[i][e];
    for (int d = 0; d < D; d++) f += p->head[d] * (h[d] + product(p->down[d], act, H) + p->down_bias[d]) / T;
  }
  return f;
}

/* Modified gradient = that of x itself + 1/4 that of queries and keys + 1/2 that of values, all of the frozen pass. */
static void relevance_rules(void **state) {
  static const double part[] = { 1, 0.25, 0.5 };
  adder_parameters p;
  double largest = 0;
  (void)state;
  adder_load(&p);
  for (int s = 0; s < INPUTS; s += 61) {
    double x[ADDER_FEATURES], gradient[ADDER_FEATURES];
    adder_trace trace;
    point(&p, s, x);
    adder_forward(&p, x, &trace);
    assert_true(fabs(frozen(&p, &trace, trace.x, trace.x, trace.x) - trace.f) < 1e-12 * fmax(1, fabs(trace.f)));
    adder_backward(&p, &trace, ADDER_RELEVANCE, gradient, 0, NULL, NULL);
    for (int k = 0; k < F; k++) {
      const double step = 1e-5;
      double moved = 0;
      for (int path = 0; path < 3; path++)
        for (int sign = -1; sign <= 1; sign += 2) {
          double copies[3][ADDER_TOKENS][ADDER_WIDTH];
          for (int c = 0; c < 3; c++) memcpy(copies[c], x, sizeof copies[c]);
          copies[path][k / D][k % D] += sign * step;
          moved += part[path] * sign * frozen(&p, &trace, copies[0], copies[1], copies[2]) / (2 * step);
        }
      largest = fmax(largest, fabs(moved - gradient[k]) / fmax(1, fabs(gradient[k])));
    }
  }
  assert_true(largest < 1e-6);
}

/* f = relevance + biases + softmax on all 1200 inputs, and both leaks are there. */
static void relevance_is_conserved(void **state) {
  adder_parameters p;
  double most_biases = 0, most_softmax = 0;
  (void)state;
  adder_load(&p);
  for (int s = 0; s < INPUTS; s++) {
    int tokens[ADDER_TOKENS];
    double x[ADDER_FEATURES], modified[ADDER_FEATURES];
    adder_trace trace;
    adder_leak leak;
    tokens_of(s, tokens);
    adder_embed(&p, tokens, x);
    double f = adder_forward(&p, x, &trace), sum = 0, size = fabs(f);
    adder_backward(&p, &trace, ADDER_RELEVANCE, modified, 0, NULL, &leak);
    for (int k = 0; k < F; k++) sum += x[k] * modified[k], size += fabs(x[k] * modified[k]);
    assert_true(fabs(sum + leak.biases + leak.softmax - f) <= 1e-13 * size);
    most_biases = fmax(most_biases, fabs(leak.biases));
    most_softmax = fmax(most_softmax, fabs(leak.softmax));
  }
  assert_true(most_biases > 0.1 && most_softmax > 0.1);

  /* Without biases and with values of zero, all that is left conserves. */
  memset(p.up_bias, 0, sizeof p.up_bias);
  memset(p.down_bias, 0, sizeof p.down_bias);
  memset(p.value, 0, sizeof p.value);
  double x[ADDER_FEATURES], modified[ADDER_FEATURES], sum = 0;
  adder_trace trace;
  point(&p, 5, x);
  double f = adder_forward(&p, x, &trace);
  adder_backward(&p, &trace, ADDER_RELEVANCE, modified, 0, NULL, NULL);
  for (int k = 0; k < F; k++) sum += x[k] * modified[k];
  assert_true(fabs(f) > 0.1 && fabs(sum - f) <= 1e-13 * fabs(f) * F);
}

static void answers(void **state) {
  adder_parameters p;
  double largest = 0, largest_masked = 0;
  (void)state;
  adder_load(&p);
  for (int s = 0; s < INPUTS; s++) {
    int tokens[ADDER_TOKENS];
    double x[ADDER_FEATURES];
    adder_trace trace;
    tokens_of(s, tokens);
    adder_embed(&p, tokens, x);
    double error = fabs(adder_forward(&p, x, &trace) - answer_of(tokens));
    int known = tokens[0] != ADDER_UNKNOWN && tokens[1] != ADDER_UNKNOWN && tokens[2] != ADDER_UNKNOWN;
    if (known)
      largest = fmax(largest, error);
    else
      largest_masked = fmax(largest_masked, error);
    for (int i = 0; i < T; i++) assert_true(fabs(trace.attention[i][0] + trace.attention[i][1] + trace.attention[i][2] - 1) < 1e-14);
  }
  assert_true(largest < 0.05); /* so all 722 are right when rounded */
  assert_true(largest_masked < 0.07);
}

/* Shapley values of both value games: the same bits. */
static void one_game_two_forms(void **state) {
  adder_question question;
  metagame_game *games[2] = { NULL, NULL };
  metagame_result *results[2] = { NULL, NULL };
  (void)state;
  adder_load(&question.parameters);
  for (int s = 7; s < INPUTS; s += 171) {
    tokens_of(s, question.tokens);
    assert_int_equal(adder_token_game(&games[0], &question, NULL), METAGAME_OK);
    assert_int_equal(adder_model_game(&games[1], &question, NULL), METAGAME_OK);
    for (int g = 0; g < 2; g++) {
      assert_int_equal(metagame_game_n_players(games[g]), T);
      assert_int_equal(metagame_solve(&results[g], games[g], NULL, NULL), METAGAME_OK);
    }
    assert_memory_equal(metagame_result_matrix(results[0]), metagame_result_matrix(results[1]), T * sizeof(double));
    assert_true(*metagame_result_base(results[0]) == *metagame_result_base(results[1]));
    for (int g = 0; g < 2; g++) {
      metagame_result_destroy(results[g]);
      metagame_game_destroy(games[g]);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(input_gradient),  cmocka_unit_test(parameter_gradient), cmocka_unit_test(relevance_rules),
    cmocka_unit_test(relevance_is_conserved), cmocka_unit_test(answers),     cmocka_unit_test(one_game_two_forms),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
