/* SPDX-License-Identifier: MIT */
/* Trains the adder and writes weights.c: adder-train [STEPS [SEED]] > weights.c
 *
 * Each token is unknown with probability 0.15. Squared error learns the mean answer over what is unknown, so the expectation over
 * the replacements is taken exactly: 20 x 3 x 20 distinct inputs, each with its probability and its mean answer (a when op or b is
 * unknown, b or -b when a is, 0 when more is). Minimised with Adam (Kingma and Ba, ICLR 2015) on all inputs at once, with a rate
 * that rises, then falls as a cosine. Nothing is random but the start, so the same compiler and C library give the same weights. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

enum { NUMBERS = 2 * ADDER_LARGEST + 1, INPUTS = (NUMBERS + 1) * 3 * (NUMBERS + 1) };
static const double UNKNOWN = 0.15, RATE = 0.01, RISE = 200.0;

typedef struct sample {
  int tokens[ADDER_TOKENS];
  double answer, probability;
} sample;

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014), and a normal number from it by Box and Muller. */
static double uniform(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return ((double)((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *state) {
  double radius = sqrt(-2.0 * log(uniform(state)));
  return radius * cos(6.28318530717958647692 * uniform(state));
}

static void fill(double *numbers, size_t count, double deviation, uint64_t *state) {
  for (size_t k = 0; k < count; k++) numbers[k] = deviation * normal(state);
}

static void start(adder_parameters *p, uint64_t seed) {
  uint64_t state = seed;
  const double d = 1.0 / sqrt((double)ADDER_WIDTH), h = 1.0 / sqrt((double)ADDER_HIDDEN);
  memset(p, 0, sizeof *p);
  fill(p->token[0], sizeof p->token / sizeof(double), 0.5, &state);
  fill(p->position[0], sizeof p->position / sizeof(double), 0.5, &state);
  fill(p->query[0], sizeof p->query / sizeof(double), d, &state);
  fill(p->key[0], sizeof p->key / sizeof(double), d, &state);
  fill(p->value[0], sizeof p->value / sizeof(double), d, &state);
  fill(p->output[0], sizeof p->output / sizeof(double), d, &state);
  fill(p->up[0], sizeof p->up / sizeof(double), d, &state);
  fill(p->down[0], sizeof p->down / sizeof(double), h, &state);
  fill(p->head, sizeof p->head / sizeof(double), 1.0, &state);
  for (int k = 0; k < ADDER_WIDTH; k++) p->norm1[k] = p->norm2[k] = 1.0;
}

static void make_samples(sample *samples) {
  for (int a = 0; a <= NUMBERS; a++)
    for (int op = ADDER_PLUS; op <= ADDER_UNKNOWN; op++)
      for (int b = 0; b <= NUMBERS; b++, samples++) {
        double sign = op == ADDER_PLUS ? 1.0 : op == ADDER_MINUS ? -1.0 : 0.0;
        samples->tokens[0] = a < NUMBERS ? a : ADDER_UNKNOWN;
        samples->tokens[1] = op;
        samples->tokens[2] = b < NUMBERS ? b : ADDER_UNKNOWN;
        samples->answer = (a < NUMBERS ? a - ADDER_LARGEST : 0) + sign * (b < NUMBERS ? b - ADDER_LARGEST : 0);
        samples->probability = (a < NUMBERS ? (1.0 - UNKNOWN) / NUMBERS : UNKNOWN) *
                               (op < ADDER_UNKNOWN ? (1.0 - UNKNOWN) / 2.0 : UNKNOWN) *
                               (b < NUMBERS ? (1.0 - UNKNOWN) / NUMBERS : UNKNOWN);
      }
}

/* The mean squared error; *gradient is set. */
static double loss_of(const adder_parameters *p, const sample *samples, adder_parameters *gradient) {
  double loss = 0.0;
  memset(gradient, 0, sizeof *gradient);
  for (int s = 0; s < INPUTS; s++) {
    const int *tokens = samples[s].tokens;
    double x[ADDER_FEATURES], dx[ADDER_FEATURES];
    adder_trace trace;
    adder_embed(p, tokens, x);
    double error = adder_forward(p, x, &trace) - samples[s].answer, factor = 2.0 * samples[s].probability * error;
    loss += samples[s].probability * error * error;
    adder_backward(p, &trace, ADDER_GRADIENT, dx, factor, gradient, NULL);
    for (int i = 0; i < ADDER_TOKENS; i++)
      for (int d = 0; d < ADDER_WIDTH; d++) {
        gradient->token[tokens[i]][d] += factor * dx[i * ADDER_WIDTH + d];
        gradient->position[i][d] += factor * dx[i * ADDER_WIDTH + d];
      }
  }
  return loss;
}

static double largest_error(const adder_parameters *p, const sample *samples, int masked) {
  double largest = 0.0;
  for (int s = 0; s < INPUTS; s++) {
    double x[ADDER_FEATURES];
    int known = 1;
    for (int i = 0; i < ADDER_TOKENS; i++) known = known && samples[s].tokens[i] != ADDER_UNKNOWN;
    if (known == masked) continue;
    adder_embed(p, samples[s].tokens, x);
    largest = fmax(largest, fabs(adder_forward(p, x, NULL) - samples[s].answer));
  }
  return largest;
}

static void write_weights(const double *weights, long steps, unsigned long seed) {
  printf("/* SPDX-License-Identifier: MIT */\n/* Made by train.c: %ld steps, seed %lu. Order: adder_parameters. */\n", steps, seed);
  printf("#include \"model.h\"\n\n#include <string.h>\n\nstatic const double WEIGHTS[ADDER_PARAMETERS] = {\n");
  for (int k = 0; k < ADDER_PARAMETERS; k++) printf("%s%.17g,%s", k % 4 ? " " : "  ", weights[k], k % 4 == 3 ? "\n" : "");
  printf("};\n\nvoid adder_load(adder_parameters *parameters) { memcpy(parameters, WEIGHTS, sizeof *parameters); }\n");
}

int main(int argc, char **argv) {
  static sample samples[INPUTS];
  static adder_parameters parameters, gradient, mean, square;
  const long steps = argc > 1 ? strtol(argv[1], NULL, 10) : 20000;
  const unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
  double *w = (double *)&parameters, *g = (double *)&gradient, *m = (double *)&mean, *v = (double *)&square;
  if (argc > 3 || steps < 1) {
    fprintf(stderr, "usage: adder-train [STEPS [SEED]] > weights.c\n");
    return 2;
  }
  make_samples(samples);
  start(&parameters, seed);
  for (long step = 1; step <= steps; step++) {
    const double at = (double)step, share = at / (double)steps;
    const double rate = RATE * fmin(1.0, at / RISE) * (0.5 + 0.5 * cos(3.14159265358979323846 * share));
    double loss = loss_of(&parameters, samples, &gradient);
    for (int k = 0; k < ADDER_PARAMETERS; k++) {
      m[k] = 0.9 * m[k] + 0.1 * g[k];
      v[k] = 0.999 * v[k] + 0.001 * g[k] * g[k];
      w[k] -= rate * (m[k] / (1.0 - pow(0.9, at))) / (sqrt(v[k] / (1.0 - pow(0.999, at))) + 1e-12);
    }
    if (step % 1000 == 0 || step == steps) fprintf(stderr, "step %ld: root mean squared error %.5f\n", step, sqrt(loss));
  }
  fprintf(stderr, "largest error: %.4f with all tokens, %.4f with unknown ones\n", largest_error(&parameters, samples, 0),
          largest_error(&parameters, samples, 1));
  write_weights(w, steps, seed);
  return 0;
}
