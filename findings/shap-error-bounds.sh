#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Asked    What is error_std of shap's permutation explainer (error_bounds=True)?
# Guess    The standard error of each value: ten times the evaluations, a third of it.
# Happens  It is the standard deviation of the single marginal contributions, with the two passes of
#          an antithetic pair counted apart. It does not shrink: 3.8 with 1300 and with 13000
#          evaluations, where the values err by 0.1 and 0.04. Where every pair of orders gives the
#          value exactly (features in one pairwise interaction) it is 2, not 0.
# Source   shap 0.54.1, shap/explainers/_permutation.py (PermutationExplainer.explain_row: the
#          population deviation over row_values_history, not divided by the root of the count).
# For us   Which unit is averaged, and by what its spread was divided, belongs to each error. A pair
#          of antithetic orders is one unit: its halves are not independent.
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


def model(X):
    return (X @ np.arange(1.0, 7.0) + 4 * X[:, 0] * X[:, 1] + 8 * X[:, 2] * X[:, 3] * X[:, 4])


exact = np.array([3, 4, 3 + 8 / 3, 4 + 8 / 3, 5 + 8 / 3, 6])
masker = shap.maskers.Independent(np.zeros((1, 6)))
deviation = {}
for evaluations in (13, 130, 1300, 13000):
    result = shap.PermutationExplainer(model, masker, seed=0)(
        np.ones((1, 6)), max_evals=evaluations, error_bounds=True, silent=True)
    error = np.abs(result.values[0] - exact)
    deviation[evaluations] = result.error_std[0]
    print(f"{evaluations:6} evaluations: largest true error {error.max():.3f}, error_std"
          f" {np.round(result.error_std[0], 2)}")
    expect(error[:2].max() < 1e-12, "values of a pair")
    expect(np.allclose(result.error_std[0][:2], 2), "error_std of a pair")
expect(error.max() < 0.1, "values from 13000 evaluations")
ratio = deviation[13000][2:5] / deviation[1300][2:5]
expect(np.abs(ratio - 1).max() < 0.1, "error_std shrinks with the evaluations")
PY
