/* SPDX-License-Identifier: MIT */
#include "base/minimize.h"

#include <math.h>
#include <string.h>

enum { PAIRS = MTG_MINIMIZE_PAIRS, MOST_TRIALS = 12 };
static const double FLAT = 1e-6; /* of the value: a step that wins less is the last */

static double dot(const double *a, const double *b, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

typedef struct state {
  size_t n, count; /* pairs so far; the newest is (count - 1) % PAIRS */
  double *step, *change, *rho, *factor;
} state;

/* direction = -H gradient by the two loops. */
static void direction(const state *s, const double *gradient, double *out) {
  const size_t n = s->n, kept = s->count < PAIRS ? s->count : PAIRS;
  for (size_t i = 0; i < n; ++i) out[i] = -gradient[i];
  for (size_t back = 1; back <= kept; ++back) {
    const size_t p = (s->count - back) % PAIRS;
    s->factor[p] = s->rho[p] * dot(s->step + p * n, out, n);
    for (size_t i = 0; i < n; ++i) out[i] -= s->factor[p] * s->change[p * n + i];
  }
  if (kept > 0) {
    const size_t p = (s->count - 1) % PAIRS;
    const double scale = 1 / (s->rho[p] * dot(s->change + p * n, s->change + p * n, n));
    for (size_t i = 0; i < n; ++i) out[i] *= scale;
  }
  for (size_t back = kept; back >= 1; --back) {
    const size_t p = (s->count - back) % PAIRS;
    const double beta = s->rho[p] * dot(s->change + p * n, out, n);
    for (size_t i = 0; i < n; ++i) out[i] += (s->factor[p] - beta) * s->step[p * n + i];
  }
}

void mtg_minimize(size_t n, double *x, const double *lower, const double *upper, size_t most, mtg_objective f, void *context,
                  double *scratch) {
  state s = { n, 0, scratch, scratch + PAIRS * n, scratch + 2 * PAIRS * n, scratch + 2 * PAIRS * n + PAIRS };
  double *gradient = s.factor + PAIRS, *trial = gradient + n, *trial_gradient = trial + n, *d = trial_gradient + n, value;
  if (f(context, x, &value, gradient) != 0) return;
  for (size_t iteration = 0; iteration < most; ++iteration) {
    direction(&s, gradient, d);
    double slope = dot(d, gradient, n), length = 1;
    if (!(slope < 0)) { /* not a descent direction: start again */
      s.count = 0;
      direction(&s, gradient, d);
      slope = dot(d, gradient, n);
    }
    if (s.count == 0) length = 1 / fmax(1, sqrt(-slope)); /* first step: of length 1 at most */
    double trial_value = value;
    int found = 0;
    for (int at = 0; at < MOST_TRIALS && !found && slope < 0; ++at, length /= 2) {
      double descent = 0;
      for (size_t i = 0; i < n; ++i) {
        trial[i] = fmin(fmax(x[i] + length * d[i], lower[i]), upper[i]);
        descent += gradient[i] * (trial[i] - x[i]);
      }
      found = f(context, trial, &trial_value, trial_gradient) == 0 && trial_value <= value + 1e-4 * descent && descent < 0;
    }
    if (!found) return;
    const size_t p = s.count % PAIRS;
    for (size_t i = 0; i < n; ++i) {
      s.step[p * n + i] = trial[i] - x[i];
      s.change[p * n + i] = trial_gradient[i] - gradient[i];
    }
    const double curvature = dot(s.step + p * n, s.change + p * n, n);
    if (curvature > 1e-12 * dot(s.change + p * n, s.change + p * n, n)) {
      s.rho[p] = 1 / curvature;
      ++s.count;
    }
    const int flat = value - trial_value < FLAT * (1 + fabs(value));
    memcpy(x, trial, n * sizeof *x);
    memcpy(gradient, trial_gradient, n * sizeof *gradient);
    value = trial_value;
    if (flat) return;
  }
}
