#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the cases x*.json: corners that the other cases leave open.

Inputs come from a fixed generator; the expected values are brute force from the definitions in 60-digit arithmetic (mpmath),
independent of the library. Run by hand when a case is added: python3 make_extra.py [FOLDER]
"""
import json
import os
import sys
from math import factorial

from mpmath import mp, mpf

mp.dps = 60


class Lcg:
    """Small generator, so that no version of Python can change the cases."""

    def __init__(self, seed):
        self.state = seed * 2862933555777941757 + 3037000493 & (1 << 64) - 1

    def real(self, low, high):
        self.state = self.state * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        return round(low + (high - low) * (self.state >> 33) / 2.0**31, 3)

    def reals(self, n, low=-1.5, high=1.5):
        return [self.real(low, high) for _ in range(n)]


# ---- models: value and gradient ----

def product(factors):
    out = mpf(1)
    for f in factors:
        out *= f
    return out


def polynomial(model, z):
    value, gradient = mpf(0), [mpf(0)] * len(z)
    for term in model["terms"]:
        a, c = term["powers"], mpf(term["coef"])
        value += c * product(v**p for v, p in zip(z, a))
        for k, p in enumerate(a):
            if p:
                gradient[k] += c * p * product(v ** (q - (i == k)) for i, (v, q) in enumerate(zip(z, a)))
    return value, gradient


def mlp(model, z):
    h, jacobian = list(z), [[mpf(i == k) for k in range(len(z))] for i in range(len(z))]
    for layer in model["layers"]:
        nh, nj = [], []
        for row, b in zip(layer["W"], layer["b"]):
            a = mpf(b) + sum(mpf(w) * v for w, v in zip(row, h))
            if layer["activation"] == "tanh":
                out = mp.tanh(a)
                slope = 1 - out * out
            elif layer["activation"] == "softplus":
                out, slope = mp.log(1 + mp.exp(a)), 1 / (1 + mp.exp(-a))
            else:
                out, slope = a, mpf(1)
            nh.append(out)
            nj.append([slope * sum(mpf(w) * jacobian[i][k] for i, w in enumerate(row)) for k in range(len(z))])
        h, jacobian = nh, nj
    return h[0], jacobian[0]


def table(model, z):
    return mpf(model["values"][sum(1 << k for k, v in enumerate(z) if v == 1)]), None


def legendre(n):
    nodes = []
    for k in range(n):
        x = mp.cos(mp.pi * (k + mpf(3) / 4) / (n + mpf(1) / 2))
        for _ in range(9):
            p0, p1 = mpf(1), x
            for j in range(2, n + 1):
                p0, p1 = p1, ((2 * j - 1) * x * p1 - (j - 1) * p0) / j
            slope = n * (x * p1 - p0) / (x * x - 1)
            x -= p1 / slope
        nodes.append((x, 2 / ((1 - x * x) * slope * slope)))
    return nodes


def attribution(f, model, name, z, b):
    n = len(z)
    if name == "integrated_gradients":
        total, panels = [mpf(0)] * n, 40
        for panel in range(panels):
            for x, w in NODES:
                at = (panel + (x + 1) / 2) / panels
                g = f(model, [p + at * (q - p) for p, q in zip(b, z)])[1]
                total = [t + w / 2 / panels * v for t, v in zip(total, g)]
        return [t * (q - p) for t, p, q in zip(total, b, z)]
    if name in ("gradient", "grad_x_input", "grad_x_delta"):
        g = f(model, z)[1]
        factor = {"gradient": [1] * n, "grad_x_input": z, "grad_x_delta": [q - p for p, q in zip(b, z)]}[name]
        return [u * v for u, v in zip(g, factor)]
    if name == "occlusion":
        full = f(model, z)[0]
        return [full - f(model, z[:k] + [b[k]] + z[k + 1:])[0] for k in range(n)]
    g = [f(model, [z[k] if q >> k & 1 else b[k] for k in range(n)])[0] for q in range(1 << n)]
    return [value_of(g, n, k, (1 << n) - 1, name == "banzhaf") for k in range(n)]


NODES = legendre(20)


def value_of(g, n, j, free, banzhaf, always=0):
    """Shapley or Banzhaf value of j in S -> g[S | always] on the players of `free`."""
    k, total = bin(free).count("1"), mpf(0)
    for s in range(1 << n):
        if s & ~free or s >> j & 1:
            continue
        size = bin(s).count("1")
        weight = mpf(2) ** (1 - k) if banzhaf else mpf(factorial(size) * factorial(k - 1 - size)) / factorial(k)
        total += weight * (g[s | always | 1 << j] - g[s | always])
    return total


def rows_of(case):
    model = case["model"]
    if model["kind"] == "attribution_table":
        return [[mpf(v) for v in row] for row in model["values"]]
    f = {"polynomial": polynomial, "mlp": mlp, "table": table}[model["kind"]]
    x, base = [mpf(v) for v in case["x"]], [mpf(v) for v in case["baseline"]]
    inner = [mpf(v) for v in case["method"].get("baseline", case["baseline"])]
    grouped = {k for g in case["players"] for k in g}
    rows = []
    for s in range(1 << len(case["players"])):
        kept = {k for p, g in enumerate(case["players"]) if s >> p & 1 for k in g}
        z = [x[k] if k in kept or k not in grouped else base[k] for k in range(len(x))]
        phi = attribution(f, model, case["method"]["name"], z, inner)
        rows.append([sum((phi[k] for k in target), mpf(0)) for target in case["targets"]])
    return rows


def expect(case):
    rows, n, m = rows_of(case), len(case["players"]), len(case["targets"])
    everyone = (1 << n) - 1
    out = {"phi": rows[-1], "phi_empty": rows[0], "base_pinned": [], "scale": []}
    for key in ("meta", "meta_banzhaf", "meta_pinned", "meta_pinned_banzhaf"):
        out[key] = [[None] * m for _ in range(n)]
    for i, own in enumerate(case["own_player"]):
        g = [row[i] for row in rows]
        out["base_pinned"].append(g[0] if own is None else mpf(0))
        out["scale"].append(max(abs(v - g[0]) for v in g))
        always = 0 if own is None else 1 << own
        for j in range(n):
            for key, banzhaf in (("", False), ("_banzhaf", True)):
                out["meta" + key][j][i] = value_of(g, n, j, everyone, banzhaf)
                out["meta_pinned" + key][j][i] = g[always] if j == own else value_of(g, n, j, everyone & ~always, banzhaf, always)
    return out


def own_players(players, targets):
    sets = [set(p) for p in players]
    return [sets.index(set(t)) if set(t) in sets else None for t in targets]


def make_mlp(rng, widths, activations, gain=1.0):
    layers = []
    for n_in, n_out, activation in zip(widths, widths[1:], activations):
        layers.append({"W": [rng.reals(n_in, -gain, gain) for _ in range(n_out)], "b": rng.reals(n_out, -1, 1),
                       "activation": activation})
    return {"kind": "mlp", "layers": layers}


def singles(n):
    return [[k] for k in range(n)]


def cases():
    def case(name, note, model, method, players, targets, x=None, baseline=None, inner=None):
        out = {"schema": 1, "name": name, "note": note, "model": model}
        if x is not None:
            out.update(x=x, baseline=baseline)
        out["method"] = {"name": method}
        if inner is not None:
            out["method"]["baseline"] = inner
        out.update(players=players, targets=targets, own_player=own_players(players, targets))
        return out

    r = Lcg(1)
    far = {"kind": "polynomial", "terms": [
        {"coef": 1e150, "powers": [1, 2, 0, 0, 0, 0]}, {"coef": -3e-150, "powers": [0, 0, 1, 1, 0, 0]},
        {"coef": 0.7, "powers": [0, 0, 0, 0, 3, 1]}, {"coef": 2e-150, "powers": [0, 0, 2, 0, 0, 0]}]}
    for method in ("grad_x_input", "integrated_gradients"):
        yield case("extremes_" + method, "1e150 and 1e-150 in one case", far, method, singles(6), singles(6), r.reals(6), [0.0] * 6)
    poly = {"kind": "polynomial", "terms": [{"coef": r.real(-2, 2), "powers": [int(r.real(0, 2.9)) for _ in range(6)]}
                                            for _ in range(7)]}
    players, targets = [[4, 1], [0], [5, 2]], [[1, 4], [3], [2], [0, 1, 3], [0], [4, 1], [5, 2]]
    for method in ("occlusion", "shapley", "banzhaf"):
        yield case("groups_inner_baseline_" + method, "feature 3 is always present; targets 0 and 5 are player 0", poly, method, players,
                   targets, r.reals(6, -1, 1), r.reals(6, -1, 1), r.reals(6, -1, 1))
    for method in ("occlusion", "shapley", "banzhaf"):
        net = make_mlp(r, [5, 4, 3, 1], ["tanh", "softplus", "identity"])
        yield case("deep_" + method, "two hidden layers, feature 0 always present", net, method, [[2], [4, 1], [3]],
                   [[3], [0], [1, 4], [0, 1, 2, 3, 4]], r.reals(5), r.reals(5, -0.5, 0.5))
    base = {"kind": "table", "values": r.reals(64)}
    for method in ("shapley", "banzhaf", "occlusion"):
        yield case("table_groups_" + method, "table with groups and an always present feature", base, method, [[5], [1, 0], [3, 4]],
                   [[0, 1], [2], [4], [5], [3, 4], [4, 3, 0]], [1.0] * 6, [0.0] * 6)
    yield case("table_inner_baseline", "some features are removed to 1", base, "shapley", singles(6), singles(6), [1.0] * 6, [0.0] * 6,
               [0.0, 1.0, 0.0, 0.0, 1.0, 0.0])
    rows = [[1e150 * a, 1e-150 * b, 0.0, c] for a, b, c in (r.reals(3) for _ in range(32))]
    yield case("attribution_table_extremes", "columns of 1e150, 1e-150, 0 and 1",
               {"kind": "attribution_table", "values": rows}, "table", singles(5), [[3], [0], [1], [3]])
    yield case("attribution_table_n1", "one player, one target that it is and one that it is not",
               {"kind": "attribution_table", "values": [[0.25, -3.5], [1.125, 2.0]]}, "table", [[0]], [[0], [7]])
    wide = make_mlp(r, [10, 5, 1], ["softplus", "identity"])
    yield case("ten_players_in_any_order", "p = 10, three targets", wide, "grad_x_input", [[k] for k in (3, 9, 0, 1, 7, 2, 8, 6, 4, 5)],
               [[8], [2, 3], [0]], r.reals(10), r.reals(10, -0.5, 0.5))
    steep = make_mlp(r, [4, 5, 4, 1], ["tanh", "tanh", "identity"], 2.0)
    yield case("steep_integrated_gradients", "two saturating layers, groups, own baseline", steep, "integrated_gradients",
               [[2, 0], [3]], [[0, 2], [1], [3], [3, 0]], r.reals(4), r.reals(4, -0.5, 0.5), r.reals(4, -1, 1))
    unused = {"kind": "polynomial", "terms": [{"coef": 1.5, "powers": [1, 0, 2, 0]}, {"coef": -0.5, "powers": [0, 0, 1, 0]}]}
    for method in ("gradient", "grad_x_delta", "shapley"):
        yield case("null_own_player_" + method, "features 1 and 3 do nothing: exact zeros", unused, method, singles(4),
                   [[3], [1], [0], [2]], [0.5, 2.0, -1.5, 3.0], [0.25, 1.0, 0.5, -1.0])
    yield case("linear_gradient", "constant attributions: all of it is the diagonal", {"kind": "polynomial", "terms": [
        {"coef": 2.0, "powers": [1, 0, 0]}, {"coef": -0.75, "powers": [0, 1, 0]}, {"coef": 4.0, "powers": [0, 0, 0]}]}, "gradient",
        singles(3), [[0], [1], [2], [0, 1]], [1.0, 2.0, 3.0], [0.0, 0.0, 0.0])


def text(value, indent):
    pad = "\n" + " " * indent
    if isinstance(value, dict):
        return "{" + ",".join(f'{pad} "{k}": {text(v, indent + 1)}' for k, v in value.items()) + pad + "}"
    if isinstance(value, (list, tuple)):
        if any(isinstance(v, (list, tuple, dict)) for v in value):
            return "[" + ",".join(f"{pad} {text(v, indent + 1)}" for v in value) + pad + "]"
        return "[" + ", ".join(text(v, indent) for v in value) + "]"
    if isinstance(value, (float, mpf)):
        number = "%.17g" % float(value)
        return "0" if number == "-0" else number
    return json.dumps(value)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    for number, case in enumerate(cases(), 1):
        case["expected"] = expect(case)
        with open(os.path.join(folder, f"x{number:02d}_{case['name']}.json"), "w", encoding="ascii") as file:
            file.write(text(case, 0) + "\n")


if __name__ == "__main__":
    main()
