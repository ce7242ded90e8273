#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Asked    What does XGBoost return for pred_interactions with approx_contribs=True?
# Guess    A rougher matrix of pairs whose rows add up to the approximate contributions.
# Happens  Every entry off the diagonal is exactly 0, on a model whose interactions reach 1.6; the
#          diagonal is the approximate contributions, so that all sums are right. The exact call is
#          symmetric to the bit. The parameter's description names pred_interactions.
# Source   xgboost-cpu 3.4.1 (the package xgboost without GPU), xgboost/core.py (Booster.predict:
#          prediction type 5); in the C++ source the interaction of two features is half the
#          difference of contributions with one of them held on and off, and the approximate path
#          takes no such condition (PredictInteractionContributions, CalculateContributionsApprox).
# For us   Zero pairs from this call are no absence of interaction: the XGBoost engine evaluates the
#          model, and does not take pairs from it. Row sums test nothing off the diagonal.
set -euo pipefail
. "$(dirname "$0")/venv.bash"
packages xgboost-cpu==3.4.1 numpy==2.3.5 scipy==1.18.1
run << 'PY'
import sys

import numpy as np
import xgboost


def expect(holds, what):
    if not holds:
        sys.exit("changed: " + what)


generator = np.random.default_rng(0)
X = generator.normal(size=(400, 5))
y = 10 + X[:, 0] + 2 * X[:, 1] * X[:, 2] + (X[:, 3] > 0) * X[:, 4]
data = xgboost.DMatrix(X, y)
model = xgboost.train({"max_depth": 4, "eta": 0.3, "nthread": 1, "seed": 1}, data, 20)
margin = model.predict(data, output_margin=True)
off = ~np.eye(5, dtype=bool)
for approximate in (False, True):
    pairs = model.predict(data, pred_interactions=True, approx_contribs=approximate)
    values = model.predict(data, pred_contribs=True, approx_contribs=approximate)
    largest = np.abs(pairs[:, :5, :5][:, off]).max()
    rows = np.abs(pairs.sum(axis=2) - values).max()
    total = np.abs(values.sum(axis=1) - margin).max()
    print(f"approx_contribs={approximate}: largest pair {largest:.3f}, rows against contributions"
          f" {rows:.0e}, contributions against the margin {total:.0e}, asymmetry"
          f" {np.abs(pairs - pairs.transpose(0, 2, 1)).max()}")
    expect(rows < 1e-5 and total < 1e-4, "sums")
    expect(np.array_equal(pairs, pairs.transpose(0, 2, 1)), "symmetry")
    expect(largest == 0 if approximate else largest > 1, "largest pair")
PY
