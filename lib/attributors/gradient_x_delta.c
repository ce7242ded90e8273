/* SPDX-License-Identifier: MIT */
/* Gradient x (input - baseline):  phi_k(z) = (z_k - b_k) df/dz_k, the first-order Taylor term of f(z) - f(b).
 * Ancona, Ceolini, Oeztireli, Gross, "Towards better understanding of gradient-based attribution methods", ICLR 2018, section 2.
 * Cost: one gradient a coalition and background row. */
#include "attributors/builtin.h"

static double multiplier(double z, double b) { return z - b; }

const mtg_attributor_kind mtg_attributor_gradient_x_delta = { "gradient-x-delta", 0, multiplier, MTG_RULE_PLAIN, NULL, NULL, NULL };
