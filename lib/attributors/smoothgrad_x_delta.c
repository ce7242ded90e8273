/* SPDX-License-Identifier: MIT */
/* SmoothGrad x (input - baseline):  phi_k(z) = (z_k - b_k) * mean over `samples` of df/dz_k(z + e), with the noise of smoothgrad.c;
 * zero where feature k is at its baseline. Smilkov et al., 2017. Cost: that of
 * smoothgrad.c. */
#include "attributors/builtin.h"

static double multiplier(double z, double b) { return z - b; }

const mtg_attributor_kind mtg_attributor_smoothgrad_x_delta = { "smoothgrad-x-delta", 0, multiplier, MTG_RULE_NOISE, NULL, NULL, NULL };
