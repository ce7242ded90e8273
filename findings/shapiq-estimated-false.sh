#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Asked    Are the numbers of a shapiq result with estimated=False those of its index?
# Guess    Yes, up to rounding: that is what sets them apart from estimates.
# Happens  The flag says that the budget reached 2^n and nothing else. Two results with it, from all
#          256 coalitions of a game of eight players with terms of third and fourth order:
#          1. InconsistentKernelSHAPIQ, index SII: pairs are off by 0.05 (the method is documented
#          not to converge; the flag does not say so).
#          2. SHAPIQ, index FSII, max_order=2: only pairs are in the result, though top_order was
#          left at False, and single players read as 0.0 where the index has 0.7 to 8: an
#          interaction that is not in the result reads as 0, without error.
# Source   shapiq 1.8.0: approximator/regression/base.py and approximator/montecarlo/base.py
#          (estimated = not budget >= 2**n; FSII forces top_order), interaction_values.py
#          (InteractionValues.__getitem__: 0.0 for what is absent).
# For us   "Exact" is said by the estimator, of the index that it computes, after it evaluated all
#          coalitions; a missing entry is an error and not 0.
set -euo pipefail
. "$(dirname "$0")/venv.bash"
packages shapiq==1.8.0 numpy==2.3.5 scipy==1.18.1 pandas==3.1.1 scikit-learn==1.9.1
run << 'PY'
import itertools
import sys

import numpy as np
from shapiq.approximator import SHAPIQ, InconsistentKernelSHAPIQ
from shapiq.game import Game
from shapiq.game_theory.exact import ExactComputer

PLAYERS = 8


def expect(holds, what):
    if not holds:
        sys.exit("changed: " + what)


class Polynomial(Game):
    def __init__(self):
        super().__init__(n_players=PLAYERS, normalize=False)

    def value_function(self, coalitions):
        Z = coalitions.astype(bool)
        return (0.7 + Z @ np.arange(1.0, 9.0) - 2.0 * Z[:, 2] * Z[:, 3] * Z[:, 4]
                + 1.5 * Z[:, 0] * Z[:, 1] * Z[:, 5] * Z[:, 6])


exact = ExactComputer(n_players=PLAYERS, game=Polynomial())
singles = [(i,) for i in range(PLAYERS)]
pairs = list(itertools.combinations(range(PLAYERS), 2))
for method, index in ((InconsistentKernelSHAPIQ, "SII"), (SHAPIQ, "FSII")):
    result = method(n=PLAYERS, max_order=2, index=index, random_state=0).approximate(
        2 ** PLAYERS, Polynomial())
    right = exact(index=index, order=2)
    error = {name: max(abs(result[key] - right[key]) for key in keys)
             for name, keys in (("singles", singles), ("pairs", pairs))}
    print(f"{method.__name__}, {index}: estimated={result.estimated}, orders {result.min_order} to"
          f" {result.max_order}, largest error of singles {error['singles']:.3f}, of pairs"
          f" {error['pairs']:.3f}; (0,) reads {result[(0,)]:.3f}, right {right[(0,)]:.3f}")
    expect(result.estimated is False, index + ": estimated")
    if index == "SII":
        expect(abs(error["pairs"] - 0.05) < 1e-3, "SII: pairs")
    else:
        expect(error["pairs"] < 1e-8, "FSII: pairs")
        expect(result[(0,)] == 0.0 and abs(right[(0,)] - 0.7) < 1e-6, "FSII: single player")
PY
