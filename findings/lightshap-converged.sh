#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Asked    What do "converged" and the standard errors of lightshap say on games with jumps?
# Guess    They err on the careful side: few passes with few events are not called converged.
# Happens  1. A majority of 21 equal players (values 1/21 each): of 300 seeds about one in 21 stops
#          after two passes with "converged", standard error 0 for all, value 1 for one player and
#          0 for the others. Both passes met the same pivotal player, and two agreeing passes
#          satisfy any tolerance.
#          2. A sum with one rare joint effect of five present and five absent players: 29 of
#          30 seeds stop after two passes, "converged", with standard errors at rounding level; the
#          whole rare effect is missing from the values.
#          3. The other way round: a plain sum of 20 equal terms of 0.1 is right to 1e-16 and is
#          never called converged: the tolerance is a share of the range of the values, and that
#          range is rounding noise.
#          4. With max_iter=1 permutation sampling reports a standard error of 0 for every value.
# Source   lightshap 0.1.13: lightshap/explainers/_utils.py (check_convergence, called from the
#          second pass on) and permutation_utils.py (one_permshap).
# For us   A standard error of 0 from few units that agree is no certainty. No interval below a
#          minimum number of independent units; a rule that stops needs such a minimum too, and must
#          not call a run done because nothing was seen to vary; a tolerance relative to the range
#          of the values needs a floor relative to the values themselves.
set -euo pipefail
. "$(dirname "$0")/venv.bash"
packages lightshap==0.1.13 numpy==2.3.5 scipy==1.18.1 pandas==3.1.1 joblib==1.6.0
run << 'PY'
import sys
import warnings
from math import factorial

import lightshap
import numpy as np

warnings.simplefilter("ignore")


def expect(holds, what):
    if not holds:
        sys.exit("changed: " + what)


def explain(game, players, seed, **options):
    result = lightshap.explain_any(
        game, np.ones((1, players)), bg_X=np.zeros((1, players)), method="permutation",
        how="sampling", random_state=seed, verbose=False, **options)
    return (result.shap_values[0].ravel(), result.standard_errors[0].ravel(),
            bool(result.converged[0]), int(result.n_iter[0]))


wrong = 0
seeds = 300
for seed in range(seeds):
    values, errors, converged, passes = explain(
        lambda X: (X.sum(axis=1) >= 11) * 1.0, 21, seed, max_iter=2)
    if converged:
        expect(passes == 2 and errors.max() == 0, "majority: converged with an error above 0")
        expect(values.max() == 1 and np.count_nonzero(values) == 1, "majority: values")
        wrong += 1
print(f"majority of 21: {wrong} of {seeds} seeds converged after 2 passes, standard error 0,"
      " one value 1 instead of 0.048")
expect(5 <= wrong <= 30, "majority: share of seeds that stop after two passes")

weights = np.arange(1, 21) / 20
exact = weights.copy()
exact[:5] += 10 * factorial(4) * factorial(5) / factorial(10)
exact[5:10] -= 10 * factorial(5) * factorial(4) / factorial(10)
stopped = 0
for seed in range(30):
    values, errors, converged, passes = explain(
        lambda X: X @ weights
        + 10 * ((X[:, :5].sum(axis=1) == 5) & (X[:, 5:10].sum(axis=1) == 0)), 20, seed)
    if converged and passes == 2 and errors.max() < 1e-12:
        expect(np.abs(values - exact).max() > 0.007, "rare effect: found")
        stopped += 1
print(f"rare joint effect: {stopped} of 30 seeds converged after 2 passes, standard errors below"
      " 1e-12, largest error 0.0079")
expect(stopped >= 27, "rare effect: seeds that stop after two passes")

values, errors, converged, passes = explain(lambda X: (X * 0.1).sum(axis=1), 20, 0)
print(f"sum of equal terms: largest error {np.abs(values - 0.1).max():.0e}, converged {converged}"
      f" after {passes} passes")
expect(np.abs(values - 0.1).max() < 1e-14 and not converged, "sum of equal terms: converged")

values, errors, converged, passes = explain(
    lambda X: np.sin(X @ np.arange(1, 13)), 12, 0, max_iter=1)
print(f"one pass: largest standard error {errors.max()}")
expect(errors.max() == 0, "one pass: standard errors")
PY
