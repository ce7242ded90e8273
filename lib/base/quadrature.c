/* SPDX-License-Identifier: MIT */
/* Roots of the Legendre polynomial P_n by Newton's method from the asymptotic guess cos(pi (i - 1/4)/(n + 1/2)); weights
 * 2/((1 - r^2) P_n'(r)^2) (Abramowitz and Stegun 25.4.29-30), mapped from [-1, 1]. Time O(count^2). */
#include "base/quadrature.h"

#include <math.h>

void mtg_gauss_legendre(size_t count, double *nodes, double *weights) {
  const double pi = 3.14159265358979323846;
  for (size_t i = 0; i < (count + 1) / 2; ++i) {
    double root = cos(pi * ((double)i + 0.75) / ((double)count + 0.5)), slope = 1;
    for (int step = 0; step < 100; ++step) {
      double last = 0, now = 1;
      for (size_t k = 0; k < count; ++k) {
        double next = ((2.0 * (double)k + 1) * root * now - (double)k * last) / ((double)k + 1);
        last = now;
        now = next;
      }
      slope = (double)count * (root * now - last) / (root * root - 1);
      double move = now / slope;
      root -= move;
      if (fabs(move) < 1e-16) break;
    }
    if (2 * i + 1 == count) root = 0;
    double weight = 1 / ((1 - root * root) * slope * slope);
    nodes[i] = 0.5 * (1 - root);
    nodes[count - 1 - i] = 0.5 * (1 + root);
    weights[i] = weights[count - 1 - i] = weight;
  }
}
