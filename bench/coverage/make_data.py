#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains the real models of the zoo and writes their games to bench/coverage/data.

    python3 bench/coverage/make_data.py

Needs numpy and scikit-learn (made with 1.9.1). Features of absent players take the mean of the
training rows (tables) or the row of another patient (terms). A table is 2^n x m little-endian
float32, row S the coalition as a binary number:
  label.f32        n = 12  class label of a random forest, breast cancer data: 0 or 1
  boosted.f32      n = 12  probability of a boosted ensemble, the same data
  diabetes.f32     n = 10  boosted regression of disease progression, mean over 20 background rows
  wine.f32         n = 11  three class probabilities of a neural network: three targets
  digits.f32       n = 12  label of a nearest-neighbour classifier, patches of a digit
and terms as text, "in out coef" in a line, bit masks in decimal:
  margin.txt       n = 30  margin of a boosted ensemble, breast cancer data, all features
language.f32 is not made here: see README.md there."""
import pathlib

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = pathlib.Path(__file__).parent / "data"


def rows_of(x, background, groups=None):
    """All 2^n rows: player p's features are those of x where bit p is set, else background's."""
    groups = groups or [[p] for p in range(len(x))]
    masks = np.arange(1 << len(groups))
    rows = np.tile(background, (len(masks), 1)).astype(float)
    for p, features in enumerate(groups):
        there = (masks >> p & 1).astype(bool)
        for f in features:
            rows[there, f] = x[f]
    return rows


def write(name, values):
    np.ascontiguousarray(values, dtype="<f4").tofile(HERE / name)


def cancer():
    data = load_breast_cancer()
    few, y = data.data[:, :12], data.target
    forest = RandomForestClassifier(100, random_state=1).fit(few, y)
    boosted = GradientBoostingClassifier(n_estimators=60, max_depth=3, random_state=1).fit(few, y)
    # A patient whose label and mean row's label differ, near the border: many features matter.
    margins = np.abs(forest.predict_proba(few)[:, 1] - 0.5)
    away = forest.predict(few) != forest.predict(few.mean(0, keepdims=True))[0]
    x = few[np.flatnonzero(away)[np.argmax(margins[away] > 0.2)]]
    rows = rows_of(x, few.mean(0))
    write("label.f32", forest.predict(rows))
    write("boosted.f32", boosted.predict_proba(rows)[:, 1])
    margin(data.data, y)


def margin(features, y):
    """Sums of leaves: a leaf is reached when the features that only x sends there are in S and
    those that only the other row sends there are not."""
    model = GradientBoostingClassifier(n_estimators=25, max_depth=4, learning_rate=0.3,
                                       random_state=2).fit(features, y)
    x, other, terms = features[np.flatnonzero(y == 1)[5]], features[np.flatnonzero(y == 0)[3]], {}

    def descend(tree, node, inside, outside, scale):
        if tree.children_left[node] < 0:
            key = (inside, outside)
            terms[key] = terms.get(key, 0.0) + scale * tree.value[node].item()
            return
        f, cut = tree.feature[node], np.float32(tree.threshold[node])
        left, left_other = np.float32(x[f]) <= cut, np.float32(other[f]) <= cut
        for child, with_x, without in ((tree.children_left[node], left, left_other),
                                       (tree.children_right[node], not left, not left_other)):
            if with_x and without:
                descend(tree, child, inside, outside, scale)
            elif with_x and not outside >> int(f) & 1:
                descend(tree, child, inside | 1 << int(f), outside, scale)
            elif without and not inside >> int(f) & 1:
                descend(tree, child, inside, outside | 1 << int(f), scale)

    for (stage,) in model.estimators_:
        descend(stage.tree_, 0, 0, 0, model.learning_rate)
    base = model.decision_function(other[None])[0] - sum(c for (i, _), c in terms.items() if i == 0)
    gap = model.decision_function(x[None])[0] - base
    gap -= sum(c for (_, o), c in terms.items() if o == 0)
    assert abs(gap) < 1e-6, gap
    with open(HERE / "margin.txt", "w") as out:
        print(f"0 0 {base:.9g}", file=out)
        for (i, o), c in sorted(terms.items()):
            if c:
                print(f"{i} {o} {c:.9g}", file=out)


def others():
    data = load_diabetes()
    model = GradientBoostingRegressor(n_estimators=150, max_depth=4, random_state=1)
    model.fit(data.data, data.target)
    background = data.data[np.random.default_rng(1).choice(len(data.data), 20, replace=False)]
    values = [model.predict(rows_of(data.data[7], row)) for row in background]
    write("diabetes.f32", np.mean(values, axis=0))

    data = load_wine()
    few = data.data[:, :11]
    network = MLPClassifier((24, 24), max_iter=2000, alpha=0.01, random_state=1)
    model = make_pipeline(StandardScaler(), network).fit(few, data.target)
    write("wine.f32", model.predict_proba(rows_of(few[70], few.mean(0))))

    data = load_digits()
    model = KNeighborsClassifier(5).fit(data.data[1:], data.target[1:])
    patches = [[8 * r + c for r in (2 * a, 2 * a + 1) for c in (2 * b, 2 * b + 1)]
               for a in range(4) for b in range(4)]
    patches = [patches[p] for p in range(16) if p not in (0, 3, 12, 15)]  # the corners are absent
    rows = rows_of(data.data[0], data.data.mean(0), patches)
    write("digits.f32", model.predict(rows) == data.target[0])


HERE.mkdir(exist_ok=True)
cancer()
others()
