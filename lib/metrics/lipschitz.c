/* SPDX-License-Identifier: MIT */
/* L = max over pairs of |phi(x) - phi(x')| / |x - x'| (Alvarez-Melis, Jaakkola, "On the robustness of interpretability methods",
 * ICML workshop 2018), with E |a - b|^2 = |phi - phi'|^2 + sum (SE_a^2 + SE_b^2) for independent errors subtracted. O(pairs * count). */
#include <float.h>
#include <math.h>

#include "base/abi.h"
#include "metagame/metrics.h"
#include "metrics/parts.h"

static metagame_status check(const metagame_pairs *pairs, metagame_error *err) {
  const double *const lists[4] = { pairs->a, pairs->b, pairs->a_error, pairs->b_error };
  static const char *const names[4] = { "pairs.a", "pairs.b", "pairs.a_error", "pairs.b_error" };
  if (!pairs->distances || !pairs->a || !pairs->b)
    return mtg_fail(err, METAGAME_E_NULL, "pairs.%s is NULL, but required", !pairs->distances ? "distances" : !pairs->a ? "a" : "b");
  if (pairs->n_pairs < 1) return mtg_fail(err, METAGAME_E_ARGUMENT, "pairs.n_pairs is 0, must be at least 1");
  if (pairs->count < 1 || pairs->count > SIZE_MAX / sizeof(double) / pairs->n_pairs)
    return mtg_fail(err, METAGAME_E_ARGUMENT, "pairs.count is %llu, must be 1..%llu", (unsigned long long)pairs->count,
                    (unsigned long long)(SIZE_MAX / sizeof(double) / pairs->n_pairs));
  MTG_TRY(mtg_parts_vector(pairs->distances, (size_t)pairs->n_pairs, "pairs.distances", err));
  for (size_t p = 0; p < pairs->n_pairs; ++p)
    if (!(pairs->distances[p] > 0))
      return mtg_fail(err, METAGAME_E_ARGUMENT, "pairs.distances[%zu] is %g, must be above 0", p, pairs->distances[p]);
  for (size_t list = 0; list < 4; ++list) {
    if (!lists[list]) continue;
    MTG_TRY(mtg_parts_vector(lists[list], (size_t)(pairs->n_pairs * pairs->count), names[list], err));
    for (size_t at = 0; list >= 2 && at < pairs->n_pairs * pairs->count; ++at)
      if (lists[list][at] < 0)
        return mtg_fail(err, METAGAME_E_ARGUMENT, "%s[%zu] is %g, must be >= 0", names[list], at, lists[list][at]);
  }
  return METAGAME_OK;
}

/* |a - b| of one pair, and what is left of it without the noise; numbers over a power of two. */
static double separation(const metagame_pairs *pairs, size_t p, double *without) {
  const size_t count = (size_t)pairs->count, first = p * count;
  double most = 0, squares = 0, noise = 0;
  for (size_t at = first; at < first + count; ++at) {
    most = fmax(most, fabs(pairs->a[at] - pairs->b[at]));
    if (pairs->a_error) most = fmax(most, pairs->a_error[at]);
    if (pairs->b_error) most = fmax(most, pairs->b_error[at]);
  }
  const int exponent = most > 0 && most <= DBL_MAX ? ilogb(most) : 0;
  for (size_t at = first; at < first + count; ++at) {
    const double difference = ldexp(pairs->a[at] - pairs->b[at], -exponent);
    const double ea = pairs->a_error ? ldexp(pairs->a_error[at], -exponent) : 0;
    const double eb = pairs->b_error ? ldexp(pairs->b_error[at], -exponent) : 0;
    squares += difference * difference;
    noise += ea * ea + eb * eb;
  }
  *without = ldexp(sqrt(fmax(0, squares - noise)), exponent);
  return ldexp(sqrt(squares), exponent);
}

metagame_status metagame_local_lipschitz(const metagame_pairs *pairs, metagame_lipschitz *out, metagame_error *err) {
  metagame_pairs known;
  metagame_lipschitz found = METAGAME_LIPSCHITZ_INIT;
  double squares = 0;
  if (!pairs || !out) return mtg_fail(err, METAGAME_E_NULL, "%s is NULL", !pairs ? "pairs" : "out");
  MTG_TRY(mtg_struct_read(&known, sizeof known, pairs, sizeof known, "pairs", err));
  MTG_TRY(check(&known, err));
  for (size_t p = 0; p < known.n_pairs; ++p) {
    double without;
    const double raw = separation(&known, p, &without) / known.distances[p], slope = without / known.distances[p];
    const double delta = slope - found.mean;
    if (slope > found.largest) found.worst = p;
    found.largest = fmax(found.largest, slope);
    found.raw_largest = fmax(found.raw_largest, raw);
    found.raw_mean += (raw - found.raw_mean) / (double)(p + 1);
    found.mean += delta / (double)(p + 1);
    squares += delta * (slope - found.mean);
  }
  const double n = (double)known.n_pairs;
  found.mean_error = known.n_pairs > 1 ? sqrt(squares / (n * (n - 1))) : NAN;
  return mtg_struct_write(out, &found, sizeof found, sizeof found, "lipschitz", err);
}
