#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Asked    What do shap's explainers make of a feature whose two values differ by little in its own
#          unit: 3 nanometres instead of 1 in metres, 1700000300 seconds instead of 1700000000?
# Guess    Any difference is a difference: the value is what the model makes of it.
# Happens  Both count as "does not vary" (relative 1e-5, absolute 1e-8). The feature gets exactly 0,
#          although the model's output moves by 2 and by 5. The exact and the permutation explainer
#          then miss the sum by as much, without a word; the kernel and the sampling explainer hand
#          the missing part to the other features, so that their sums are right and their values
#          wrong.
# Source   shap 0.54.1: shap/maskers/_tabular.py (Tabular.invariants: numpy.isclose) for the exact
#          and permutation explainers; shap/explainers/_kernel.py (KernelExplainer.not_equal:
#          numpy.allclose; the sampling explainer inherits it).
# For us   Whether a player is the same with and without it is decided by the bits of the row, never
#          with a tolerance: scale is the model's business. Comparisons with shap need features of
#          ordinary size.
set -euo pipefail
. "$(dirname "$0")/venv.bash"
packages shap==0.54.1 numpy==2.3.5 scipy==1.18.1 pandas==3.1.1 scikit-learn==1.9.1
run << 'PY'
import sys

import numpy as np
import shap


def expect(holds, what):
    if not holds:
        sys.exit("changed: " + what)


for unit, present, absent, scale in (("metres", 3e-9, 1e-9, 1e9),
                                     ("seconds", 1700000300.0, 1700000000.0, 1 / 60)):
    row = np.array([[present, 2.0, 1.0]])
    background = np.array([[absent, 1.0, 0.5]])

    def model(X):
        return (X[:, 0] - absent) * scale + X[:, 1] * X[:, 2]

    missing = (present - absent) * scale
    change = (model(row) - model(background))[0]
    np.random.seed(0)
    masker = shap.maskers.Independent(background)
    found = {
        "exact": shap.ExactExplainer(model, masker)(row).values[0],
        "permutation": shap.PermutationExplainer(model, masker, seed=0)(row).values[0],
        "kernel": shap.KernelExplainer(model, background).shap_values(row, silent=True)[0],
        "sampling": shap.SamplingExplainer(model, background).shap_values(row, silent=True)[0],
    }
    print(f"{unit}: right values [{missing:.3f} 0.75 0.75], sum {change:.3f}")
    for name, values in found.items():
        print(f"  {name:12} {np.round(values, 3)} sum {values.sum():.3f}")
        expect(values[0] == 0, f"{unit}, {name}: value of the first feature")
        if name in ("exact", "permutation"):
            expect(abs(values.sum() - 1.5) < 1e-9, f"{unit}, {name}: sum")
        else:
            expect(abs(values.sum() - change) < 1e-3, f"{unit}, {name}: sum")
PY
