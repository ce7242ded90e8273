/* SPDX-License-Identifier: MIT */
/* Expected gradients:  phi_k(z) = mean over `samples` of (z_k - b_k) df/dz_k(b + a (z - b)),  b a random background row (or the
 * method's own baseline), a uniform on (0, 1). Absent features of z take the values of the row that was drawn, so that the
 * expectation is the mean of integrated gradients over the background. One a in each of `samples` equal strata, mirror images of
 * each other: with one background row a quadratic function has no error where `samples` is even.
 * Erion, Janizek, Sturmfels, Lundberg, Lee, "Improving performance of deep learning models with axiomatic attribution priors and
 * expected gradients", Nature Machine Intelligence 3, 2021; the strata are ours.
 * Complete in expectation: the completeness check reports by how much the sample misses. Cost: `samples` gradients a coalition. */
#include "attributors/builtin.h"

static double multiplier(double z, double b) { return z - b; }

const mtg_attributor_kind mtg_attributor_expected_gradients = { "expected-gradients", 0, multiplier, MTG_RULE_DRAWS, NULL, NULL, NULL };
