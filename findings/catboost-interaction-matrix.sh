#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Asked    Where is the base value in CatBoost's matrix of SHAP interactions, and do its rows add up
#          as those of XGBoost do?
# Guess    The same layout: n + 1 rows and columns, zero in the last row and column but for the
#          corner, which holds the base value; the matrix adds up to the prediction.
# Happens  The corner is 0 and each of the n other cells of the last row and of the last column
#          holds a base value: the matrix of a model of five features adds up to 101.3 where it
#          predicts 9.8. That base is the model's own constant (scale and bias), not the expected
#          value that ends a row of ShapValues: 10.171 against 10.164 for a tree of depth 3; the
#          n x n block and the constant miss the prediction by the difference. Within the n x n
#          block the conventions agree: halves, symmetric, rows add up to ShapValues.
# Source   catboost 1.2.10, get_feature_importance(type="ShapInteractionValues"); in the C++ source
#          catboost/libs/fstr/shap_interaction_values.cpp (SetBiasValues).
# For us   A matrix that is read in is taken as its n x n block with the base value from elsewhere,
#          and checked: block and base add up to the prediction.
set -euo pipefail
. "$(dirname "$0")/venv.bash"
packages catboost==1.2.10 numpy==2.3.5 scipy==1.18.1 pandas==2.3.3
run << 'PY'
import sys

import catboost
import numpy as np


def expect(holds, what):
    if not holds:
        sys.exit("changed: " + what)


generator = np.random.default_rng(0)
X = generator.normal(size=(400, 5))
y = 10 + X[:, 0] + 2 * X[:, 1] * X[:, 2] + (X[:, 3] > 0) * X[:, 4]
model = catboost.CatBoostRegressor(
    iterations=1, depth=3, learning_rate=1, random_seed=1, thread_count=1, verbose=0,
    allow_writing_files=False).fit(X, y)
pool = catboost.Pool(X, y)
prediction = model.predict(X)
values = model.get_feature_importance(pool, type="ShapValues")
matrix = model.get_feature_importance(pool, type="ShapInteractionValues")
block = matrix[:, :5, :5]
constant = model.get_scale_and_bias()[1]
expected = values[0, 5]
total = matrix[0].sum()
print(f"prediction {prediction[0]:.3f}, whole matrix {total:.3f}, corner {matrix[0, 5, 5]},"
      f" last column {np.round(matrix[0, :5, 5], 3)}")
print(f"expected value {expected:.6f}, constant of the model {constant:.6f}; block against"
      f" ShapValues {np.abs(block.sum(axis=2) - values[:, :5]).max():.0e}")
expect(np.allclose(matrix[:, :5, 5], constant) and np.allclose(matrix[:, 5, :5], constant),
       "last row and column")
expect(np.all(matrix[:, 5, 5] == 0), "corner")
expect(total > prediction[0] + 50, "sum of the matrix")
expect(np.abs(block.sum(axis=2) - values[:, :5]).max() < 1e-9, "rows of the block")
expect(np.abs(block - block.transpose(0, 2, 1)).max() < 1e-9, "symmetry of the block")
expect(np.abs(values.sum(axis=1) - prediction).max() < 1e-9, "sum of ShapValues")
expect(abs(expected - constant) > 1e-4, "expected value and constant")
PY
