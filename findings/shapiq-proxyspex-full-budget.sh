#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Asked    Is shapiq's ProxySPEX exact when the budget covers every coalition of a plain sum?
# Guess    Yes: a sum of eight terms has nine Fourier coefficients, and 256 evaluations.
# Happens  With all 256 coalitions told, the values of a sum with weights 1 to 8 are 0, 0, 3, 4,
#          ..., 8 instead of 1, 2, 3, 4, ..., 8; the baseline value is 2.2 where the game has 0.7,
#          and the values fall short of the grand coalition by 3. Coefficients outside 95 % of the
#          squared mass are dropped, and the value of the empty coalition, known exactly, is
#          replaced by what the rest gives.
# Source   shapiq 1.8.0, shapiq/approximator/proxy/proxyspex.py (ProxySPEX._refine: the threshold;
#          approximate: baseline_value from the transform), with proxy_model="tree".
# For us   Sparsity that is assumed is a bias that no budget removes: never by default, and a result
#          from all coalitions is exact. The values of the empty and the grand coalition are known:
#          estimates may not replace them.
set -euo pipefail
. "$(dirname "$0")/venv.bash"
packages shapiq==1.8.0 numpy==2.3.5 scipy==1.18.1 pandas==3.1.1 scikit-learn==1.9.1
run << 'PY'
import sys

import numpy as np
from shapiq.approximator import ProxySPEX

PLAYERS = 8


def expect(holds, what):
    if not holds:
        sys.exit("changed: " + what)


rows = []


def game(coalitions):
    Z = np.atleast_2d(np.asarray(coalitions)).astype(bool)
    rows.append(Z)
    return 0.7 + Z @ np.arange(1.0, PLAYERS + 1.0)


result = ProxySPEX(n=PLAYERS, max_order=2, index="k-SII", proxy_model="tree",
                   random_state=0).approximate(2 ** PLAYERS, game)
values = np.array([result[(i,)] for i in range(PLAYERS)])
told = len(np.unique(np.concatenate(rows), axis=0))
shortfall = game(np.ones(PLAYERS))[0] - game(np.zeros(PLAYERS))[0] - values.sum()
print(f"{told} coalitions told: values {np.round(values, 3)}, baseline"
      f" {result.baseline_value:.3f}, values short of the difference by {shortfall:.3f}")
expect(told == 256, "coalitions told")
expect(np.abs(values - np.arange(1, PLAYERS + 1)).max() > 0.5, "values at full budget")
expect(abs(result.baseline_value - 0.7) > 0.5, "baseline at full budget")
PY
