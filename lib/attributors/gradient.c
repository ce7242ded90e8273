/* SPDX-License-Identifier: MIT */
/* Gradient:  phi_k(z) = df/dz_k.
 * Simonyan, Vedaldi, Zisserman, "Deep inside convolutional networks", 2013, section 3. Cost: one gradient a coalition. */
#include "attributors/builtin.h"

static double multiplier(double z, double b) {
  (void)z;
  (void)b;
  return 1;
}

const mtg_attributor_kind mtg_attributor_gradient = { "gradient", 0, multiplier, MTG_RULE_PLAIN, NULL, NULL, NULL };
