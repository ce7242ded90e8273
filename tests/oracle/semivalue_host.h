/* SPDX-License-Identifier: MIT */
/* A third party's attributor: a semivalue of a value game by its measure, restricted to the coalition at hand. */
#ifndef TEST_SEMIVALUE_HOST_H
#define TEST_SEMIVALUE_HOST_H

#include "common.h"

enum { HOST_NODES = 16 };

typedef struct host_value {
  uint32_t n;
  size_t n_nodes;
  double nodes[HOST_NODES], weights[HOST_NODES];
  const metagame_groups *targets; /* NULL: the players */
  bool refuses;                   /* plan and combine fail: nobody may call them */
  int destroyed;
  metagame_semivalue semivalue;
} host_value;

void host_random_measure(host_value *host, ts_rng *rng, size_t n_nodes); /* with sum 1 */
/* Gauss-Legendre nodes on [0, 1] under the density 2r. */
void host_density_2r(host_value *host, size_t n_nodes);
/* The attributor over `values`, n_targets with these own players (NULL: none), that hands in its semivalue. Borrows `host`. */
metagame_attributor host_attributor(host_value *host, const metagame_game *values, uint32_t n_targets, const int32_t *own);

#endif
