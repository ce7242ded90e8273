#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Asked    What do shapiq's permutation samplers return for pairs when the budget is small, and how
#          many different coalitions do they look at?
# Guess    A budget too small for one order is refused; otherwise nearly as many coalitions as the
#          budget.
# Happens  Eight players, order 2. With budgets 10 and 30 of 256 one coalition is evaluated (the
#          empty one) and all values are 0, k-SII and SII, without error or warning; the result
#          names the index and order that were asked for. One order costs 44 rows of which 16
#          differ: a budget of 256, enough for every coalition, evaluates 221 rows, 60 coalitions.
#          Pairs that were not met are 0 and cannot be told from pairs that are 0. The k-SII values
#          add up to the grand coalition exactly all the same.
# Source   shapiq 1.8.0, shapiq/approximator/permutation/sii.py (PermutationSamplingSII.approximate:
#          no iteration when budget - 1 < iteration_cost; means over counts, 0 where nothing was
#          counted).
# For us   A budget below the need of a method is refused with the need in the message. What was not
#          met is not reported as 0. A budget counts distinct coalitions. A right sum says nothing
#          about the parts.
set -euo pipefail
. "$(dirname "$0")/venv.bash"
packages shapiq==1.8.0 numpy==2.3.5 scipy==1.18.1 pandas==3.1.1 scikit-learn==1.9.1
run << 'PY'
import itertools
import sys

import numpy as np
from shapiq.approximator import PermutationSamplingSII

PLAYERS = 8


def expect(holds, what):
    if not holds:
        sys.exit("changed: " + what)


rows = []


def game(coalitions):
    Z = np.atleast_2d(np.asarray(coalitions)).astype(bool)
    rows.append(Z)
    return (0.7 + Z @ np.arange(1.0, 9.0) + 3.0 * Z[:, 0] * Z[:, 1]
            - 2.0 * Z[:, 2] * Z[:, 3] * Z[:, 4])


for index, budget in itertools.product(("SII", "k-SII"), (10, 30, 256)):
    rows.clear()
    sampler = PermutationSamplingSII(n=PLAYERS, max_order=2, index=index, random_state=0)
    result = sampler.approximate(budget, game)
    seen = np.concatenate(rows)
    different = len(np.unique(seen, axis=0))
    singles = [result[(i,)] for i in range(PLAYERS)]
    pairs = [result[pair] for pair in itertools.combinations(range(PLAYERS), 2)]
    print(f"{index:5} budget {budget:3}: {len(seen):3} rows, {different:2} coalitions, singles"
          f" not 0: {np.count_nonzero(singles)}, pairs not 0: {np.count_nonzero(pairs)} of 28,"
          f" sum {sum(result.dict_values.values()):.3f}")
    if budget < 45:
        expect(len(seen) == 1 and not any(singles) and not any(pairs), "values below the need")
    else:
        expect(len(seen) == 221 and different < 80, "coalitions for a budget of 256")
        if index == "k-SII":
            expect(abs(sum(result.dict_values.values()) - 37.7) < 1e-9, "sum of k-SII")
            expect(abs(result[(0, 1)] - 3) < 1e-9 or result[(0, 1)] == 0, "pair")
            expect(np.count_nonzero(pairs) < 6, "pairs met")
PY
