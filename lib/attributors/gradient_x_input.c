/* SPDX-License-Identifier: MIT */
/* Gradient x input:  phi_k(z) = z_k df/dz_k.
 * Shrikumar, Greenside, Shcherbina, Kundaje, "Not just a black box", 2016. Cost: one gradient a coalition. */
#include "attributors/builtin.h"

static double multiplier(double z, double b) {
  (void)b;
  return z;
}

const mtg_attributor_kind mtg_attributor_gradient_x_input = { "gradient-x-input", 0, multiplier, MTG_RULE_PLAIN, NULL, NULL, NULL };
