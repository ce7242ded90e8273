/* SPDX-License-Identifier: MIT */
#include "semivalue_host.h"

#include <math.h>

static int32_t METAGAME_CALL plan(void *user, const uint64_t *mask, metagame_sink *sink, metagame_error *err) {
  const host_value *host = user;
  if (host->refuses) {
    metagame_error_set(err, "plan was called");
    return 1;
  }
  uint64_t subset = 0;
  do { /* subsets of the coalition, ascending */
    if (metagame_sink_want(sink, &subset) != METAGAME_OK) return 2;
    subset = (subset - mask[0]) & mask[0];
  } while (subset != 0);
  return 0;
}

/* The rank of `subset` among the subsets of `mask`. */
static size_t rank_of(uint64_t subset, uint64_t mask) {
  size_t rank = 0;
  for (uint32_t j = 0, at = 0; j < 64; j++)
    if (mask >> j & 1) rank |= (size_t)(subset >> j & 1) << at++;
  return rank;
}

static double value_of(const host_value *host, uint64_t mask, const double *values, uint32_t i) {
  const uint64_t player = UINT64_C(1) << i;
  long double sum = 0.0L;
  if ((mask & player) == 0) return 0.0;
  for (uint64_t s = 0; s <= mask; s++) {
    if ((s & ~mask) != 0 || (s & player) != 0) continue;
    long double weight = 0.0L;
    for (size_t q = 0; q < host->n_nodes; q++) {
      long double product = (long double)host->weights[q];
      for (uint32_t j = 0; j < host->n; j++)
        if (j != i && mask >> j & 1) product *= s >> j & 1 ? (long double)host->nodes[q] : 1.0L - (long double)host->nodes[q];
      weight += product;
    }
    sum += weight * ((long double)values[rank_of(s | player, mask)] - (long double)values[rank_of(s, mask)]);
  }
  return (double)sum;
}

static int32_t METAGAME_CALL combine(void *user, const uint64_t *mask, const double *values, size_t n_values, double *row,
                                     metagame_error *err) {
  const host_value *host = user;
  if (host->refuses || n_values != (size_t)1 << brute_size(mask[0])) {
    metagame_error_set(err, "combine was called");
    return 3;
  }
  const size_t m = host->targets != NULL ? host->targets->n_groups : host->n;
  for (size_t i = 0; i < m; i++) {
    row[i] = host->targets != NULL ? 0.0 : value_of(host, mask[0], values, (uint32_t)i);
    if (host->targets == NULL) continue;
    for (size_t at = host->targets->offsets[i]; at < host->targets->offsets[i + 1]; at++)
      row[i] += value_of(host, mask[0], values, host->targets->features[at]);
  }
  return 0;
}

static void METAGAME_CALL destroy(void *user) { ((host_value *)user)->destroyed++; }

void host_random_measure(host_value *host, ts_rng *rng, size_t n_nodes) {
  double sum = 0.0;
  host->n_nodes = n_nodes;
  for (size_t q = 0; q < n_nodes; q++) {
    host->nodes[q] = ts_rng_real(rng, 0.0, 1.0);
    host->weights[q] = ts_rng_real(rng, 0.1, 1.0);
    sum += host->weights[q];
  }
  for (size_t q = 0; q < n_nodes; q++) host->weights[q] /= sum;
}

void host_density_2r(host_value *host, size_t n_nodes) {
  host->n_nodes = n_nodes;
  for (size_t q = 0; q < n_nodes; q++) {
    double x = cos(acos(-1.0) * ((double)q + 0.75) / ((double)n_nodes + 0.5)), slope = 1.0;
    for (int step = 0; step < 50; step++) { /* Newton on the Legendre polynomial */
      double before = 1.0, p = x;
      for (size_t k = 2; k <= n_nodes; k++) {
        const double next = ((double)(2 * k - 1) * x * p - (double)(k - 1) * before) / (double)k;
        before = p, p = next;
      }
      slope = (double)n_nodes * (x * p - before) / (x * x - 1.0);
      x -= p / slope;
    }
    host->nodes[q] = 0.5 * (1.0 + x);
    host->weights[q] = 2.0 * host->nodes[q] / ((1.0 - x * x) * slope * slope);
  }
}

metagame_attributor host_attributor(host_value *host, const metagame_game *values, uint32_t n_targets, const int32_t *own) {
  metagame_attributor attributor = METAGAME_ATTRIBUTOR_INIT;
  const metagame_semivalue initial = METAGAME_SEMIVALUE_INIT;
  host->semivalue = initial;
  host->semivalue.n_nodes = host->n_nodes;
  host->semivalue.nodes = host->nodes;
  host->semivalue.weights = host->weights;
  host->semivalue.targets = host->targets;
  attributor.name = "host semivalue";
  attributor.n_players = host->n;
  attributor.n_targets = n_targets;
  attributor.own_player = own;
  attributor.flags = METAGAME_CARDINAL;
  attributor.user = host;
  attributor.values = values;
  attributor.plan = plan;
  attributor.combine = combine;
  attributor.destroy = destroy;
  attributor.semivalue = &host->semivalue;
  return attributor;
}
