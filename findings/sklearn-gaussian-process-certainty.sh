#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Asked    What standard deviation does scikit-learn's Gaussian process report for binary rows (1)
#          after 30 equal values of a game that jumps elsewhere, (2) where rows stand twice with
#          different values?
# Guess    (1) Far from the data the prior's, about the scale of the values or 1. (2) A refused
#          matrix, or a deviation of about half the difference.
# Happens  (1) The length scale runs to its upper bound 1e5 (a ConvergenceWarning names the bound,
#          not the consequence) and the whole cube is predicted as 0 with a deviation of 6e-6, where
#          the grand coalition is worth 1. With normalize_y the same.
#          (2) No error, no warning, a deviation of 7e-6 at rows whose two values differ by up to
#          6.4; the prediction is their mean.
# Source   scikit-learn 1.9.1, sklearn/gaussian_process/_gpr.py (fit: alpha = 1e-10 on the diagonal
#          makes the doubled kernel matrix positive definite; _constrained_optimization of the
#          marginal likelihood, which grows without end for constant values).
# For us   A marginal likelihood from values that did not vary says nothing about those not seen:
#          bounds on length scales belong to the size of the cube, and the deviation of a process is
#          no error bar by itself. Two values for one coalition are an error of the game, to be
#          found before a fit.
set -euo pipefail
. "$(dirname "$0")/venv.bash"
packages scikit-learn==1.9.1 numpy==2.3.5 scipy==1.18.1
run << 'PY'
import sys
import warnings

import numpy as np
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF

PLAYERS = 8


def expect(holds, what):
    if not holds:
        sys.exit("changed: " + what)


def unanimity(rows):
    return (rows[:, :6].sum(axis=1) == 6) * 1.0


generator = np.random.default_rng(3)
rows = generator.permutation(np.array([[m >> i & 1 for i in range(PLAYERS)] for m in range(256)]))
rows = rows[unanimity(rows) == 0][:30].astype(float)
everyone = np.ones((1, PLAYERS))
for normalize in (False, True):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        process = GaussianProcessRegressor(RBF(1.0), normalize_y=normalize, random_state=0)
        process.fit(rows, unanimity(rows))
        mean, deviation = process.predict(everyone, return_std=True)
    print(f"30 equal values, normalize_y={normalize}: {process.kernel_}, grand coalition"
          f" {mean[0]:.3g} +- {deviation[0]:.1e}, right {unanimity(everyone)[0]}, warnings"
          f" {len(said)}")
    expect(process.kernel_.length_scale > 9e4, "length scale")
    expect(abs(mean[0]) < 1e-6 and deviation[0] < 1e-4, "deviation after equal values")

twice = np.vstack([rows, rows])
values = np.concatenate([rows @ np.arange(8.0)] * 2) + generator.normal(size=60) * 2
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    process = GaussianProcessRegressor(RBF(3.0), optimizer=None).fit(twice, values)
    mean, deviation = process.predict(rows, return_std=True)
difference = np.abs(values[:30] - values[30:])
print(f"rows twice: largest difference of two values {difference.max():.1f}, largest deviation"
      f" {deviation.max():.1e}, warnings {len(said)}")
expect(difference.max() > 3 and deviation.max() < 1e-4 and not said, "rows twice")
expect(np.abs(mean - (values[:30] + values[30:]) / 2).max() < 1e-3, "rows twice: prediction")
PY
