# SPDX-License-Identifier: MIT
"""Writes games/: a table of three players and a sum of terms of four, with Shapley values by their definition."""
import fractions
import itertools
import json
import math
import pathlib
import struct

FOLDER = pathlib.Path(__file__).parent / "games"
TABLE = [1.0, 3.0, 0.5, 4.0, -2.0, 1.25, 0.0, 7.0]
TERMS = {"n": 4, "const": 0.5, "terms": [[1, 0, 2.0], [6, 8, -1.5], [0, 2, 0.75], [11, 4, 4.0], [12, 0, 1.0]]}


def shapley(n, value):
    phi = []
    for player in range(n):
        total = fractions.Fraction(0)
        others = [p for p in range(n) if p != player]
        for size in range(n):
            weight = fractions.Fraction(math.factorial(size) * math.factorial(n - size - 1), math.factorial(n))
            for subset in itertools.combinations(others, size):
                mask = sum(1 << p for p in subset)
                total += weight * (fractions.Fraction(value(mask | 1 << player)) - fractions.Fraction(value(mask)))
        phi.append(float(total))
    return phi


def write_npy(path, numbers):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({len(numbers)},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(numbers)}d", *numbers))


def terms_value(mask):
    return TERMS["const"] + sum(c for inside, outside, c in TERMS["terms"] if mask & inside == inside and mask & outside == 0)


def main():
    FOLDER.mkdir(exist_ok=True)
    index = {}
    for name, form, n, value in (("three", "table", 3, TABLE.__getitem__), ("four", "terms", 4, terms_value)):
        index[name] = {"form": form, "n": n, "desc": "written by make_games.py", "v0": value(0), "v1": value(2**n - 1)}
        write_npy(FOLDER / f"{name}.sv.npy", shapley(n, value))
    write_npy(FOLDER / "three.npy", TABLE)
    (FOLDER / "four.json").write_text(json.dumps(TERMS) + "\n", encoding="utf-8")
    (FOLDER / "index.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")


main()
