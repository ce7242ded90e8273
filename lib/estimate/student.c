/* SPDX-License-Identifier: MIT */
/* P(|T| > t) = I_x(v/2, 1/2) with x = v/(v + t^2), the regularised incomplete beta function by its continued fraction (modified
 * Lentz; Press et al., Numerical Recipes, section 6.4; Abramowitz and Stegun 26.5.8, 26.7.1), inverted by bisection in t. */
#include "estimate/student.h"

#include <math.h>

static double beta_fraction(double a, double b, double x) {
  const double tiny = 1e-300;
  double c = 1, d = 1 - (a + b) * x / (a + 1);
  d = 1 / (fabs(d) < tiny ? tiny : d);
  double value = d;
  for (int k = 1; k <= 500; ++k) {
    const double m = k;
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    for (int half = 0; half < 2; ++half) {
      const double term = half ? odd : even;
      d = 1 + term * d;
      d = 1 / (fabs(d) < tiny ? tiny : d);
      c = 1 + term / c;
      if (fabs(c) < tiny) c = tiny;
      value *= c * d;
    }
    if (fabs(c * d - 1) < 1e-15) break;
  }
  return value;
}

/* Gamma(a + 1/2)/Gamma(a); lgamma would write a global. Above 100 the asymptotic series, whose next term is below 1e-16. */
static double gamma_ratio(double a) {
  if (a < 100) return tgamma(a + 0.5) / tgamma(a);
  const double r = 1 / a;
  return sqrt(a) * (1 + r * (-1.0 / 8 + r * (1.0 / 128 + r * (5.0 / 1024 + r * (-21.0 / 32768 + r * (-399.0 / 262144))))));
}

static double both_tails(double t, double degrees) {
  const double a = degrees / 2, b = 0.5, x = degrees / (degrees + t * t);
  if (x >= 1) return 1;
  const double front = gamma_ratio(a) / 1.7724538509055160273 * exp(a * log(x) + b * log1p(-x)); /* Gamma(1/2) = sqrt(pi) */
  return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double mtg_student_two_sided(double level, double degrees) {
  double low = 0, high = 1;
  while (both_tails(high, degrees) > 1 - level && high < 1e150) high *= 2;
  for (int step = 0; step < 200 && high - low > 1e-14 * high; ++step) {
    const double middle = 0.5 * (low + high);
    if (both_tails(middle, degrees) > 1 - level)
      low = middle;
    else
      high = middle;
  }
  return 0.5 * (low + high);
}

double mtg_satterthwaite(double squares, double fourths, double count, double most) {
  const double share = squares > 0 ? fourths / squares / squares : 0; /* 3/count for normal x, 1/k for k equal ones */
  return share > 1 / count ? fmin(most, 2 / (share - 1 / count) - 1) : most;
}
