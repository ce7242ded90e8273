# SPDX-License-Identifier: MIT
"""Error of lightshap's kernel method "h1" on the game of `bench-scale peers` (bench/scale.c): single players, neighbours, triples.

  python3 -m venv peers && peers/bin/pip install lightshap==0.1.13 && peers/bin/python bench/peers/lightshap_errors.py

prints n, iterations, calls of the game, mean of ||estimate - exact||^2 / ||exact||^2 over six seeds, and the median CPU seconds, to be
read beside `bench-scale errors` and `bench-scale peers`, which know the same game."""
import statistics
import time
import warnings

import lightshap
import numpy as np

N = 100


def draws(state):
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield (state >> 11) * 2.0**-53 - 0.5


def main():
    warnings.simplefilter("ignore")  # it did not converge: that is what is measured
    numbers = draws(N)
    single, pair, triple = np.array([next(numbers) for _ in range(3 * N)]).reshape(N, 3).T
    truth = single + (pair + np.roll(pair, 1)) / 2 + (triple + np.roll(triple, 1) + np.roll(triple, 3)) / 3
    calls = 0

    def game(rows):
        nonlocal calls
        rows = np.asarray(rows, float)
        calls += len(rows)
        near, far = np.roll(rows, -1, 1), np.roll(rows, -3, 1)
        return rows @ single + (rows * near) @ pair + (rows * near * far) @ triple

    for iterations in (9, 82):
        errors, seconds = [], []
        for seed in range(6):
            calls, begin = 0, time.process_time()
            found = lightshap.explain_any(game, np.ones((1, N)), bg_X=np.zeros((1, N)), method="kernel", how="h1", max_iter=iterations,
                                          tol=1e-12, random_state=seed, verbose=False)
            seconds.append(time.process_time() - begin)
            errors.append(float(((np.ravel(found.shap_values) - truth) ** 2).sum() / (truth**2).sum()))
        print(f"n={N} iterations={iterations} calls={calls} error={statistics.mean(errors):.3e} cpu={statistics.median(seconds):.4f}")


main()
