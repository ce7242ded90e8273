/* SPDX-License-Identifier: MIT */
/* Integrated gradients:  phi_k(z) = (z_k - b_k) integral_0^1 df/dz_k(b + t (z - b)) dt, by Gauss-Legendre with `steps` nodes.
 * Sundararajan, Taly, Yan, "Axiomatic attribution for deep networks", ICML 2017, equation 1; they use a Riemann sum.
 * Complete: sum_k phi_k = f(z) - f(b) up to the rule's error, which the completeness check reports.
 * Cost: `steps` gradients a coalition and background row. */
#include "attributors/builtin.h"

static double multiplier(double z, double b) { return z - b; }

const mtg_attributor_kind mtg_attributor_integrated_gradients = { "integrated-gradients", 0, multiplier, MTG_RULE_PATH, NULL, NULL, NULL };
