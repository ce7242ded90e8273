/* SPDX-License-Identifier: MIT */
/* SmoothGrad:  phi_k(z) = mean over `samples` of df/dz_k(z + e),  e normal with standard deviation noise * (max_k x_k - min_k x_k)
 * in every feature, x the point that is explained (`noise` itself where x has no spread). e and -e come in pairs (antithetic), so
 * that the gradient of a quadratic function comes out without error.
 * Smilkov, Thorat, Kim, Viegas, Wattenberg, "SmoothGrad: removing noise by adding noise", 2017; the pairs are ours.
 * Cost: `samples` gradients a coalition and background row. */
#include "attributors/builtin.h"

static double multiplier(double z, double b) {
  (void)z;
  (void)b;
  return 1;
}

const mtg_attributor_kind mtg_attributor_smoothgrad = { "smoothgrad", 0, multiplier, MTG_RULE_NOISE, NULL, NULL, NULL };
