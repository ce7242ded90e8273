# SPDX-License-Identifier: MIT
"""bench/vector on small networks: test_vector.py VECTOR"""
import csv
import io
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv[1]
COLUMNS = ["network", "activation", "inner", "n", "method", "calls", "seed", "relative_mse", "seconds", "evals", "own"]


def run(*arguments):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out.csv"
        done = subprocess.run([PROGRAM, *arguments, "--out", str(out)], capture_output=True, text=True, check=False)
        if not out.exists():
            return done, None, None
        reader = csv.DictReader(io.StringIO(out.read_text(encoding="utf-8")))
        return done, reader.fieldnames, list(reader)


class Vector(unittest.TestCase):
    def test_everything_seen_is_exact(self):
        for own in ("all", "half", "none"):
            # 5 players: 16 coalitions of a target's game (32 of a free one) five times over
            done, columns, rows = run("--n", "5", "--networks", "1", "--seeds", "1", "--own", own, "--calls", "200", "--methods",
                                      "exact,authors,kernelshap")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(columns, COLUMNS)
            self.assertEqual(len(rows), 2 * 2 * 3)
            for row in rows:
                self.assertEqual((row["own"], row["n"], row["calls"], row["seed"]), (own, "5", "200", "0"))
                self.assertLessEqual(int(row["evals"]), 200, row)
                if row["method"] != "kernelshap":  # its counts stay those of a sample
                    self.assertLess(float(row["relative_mse"]), 1e-24, row)
                self.assertLess(float(row["relative_mse"]), 0.2, row)

    def test_methods_and_table(self):
        done, _, rows = run("--n", "8", "--networks", "2", "--seeds", "2", "--calls", "n2,3n2")
        self.assertEqual(done.returncode, 0, done.stderr)
        seen = {(row["method"], int(row["calls"])) for row in rows}
        self.assertLessEqual({("auto", 64), ("regression", 64), ("permutation", 64), ("kernelshap", 64), ("authors", 192)}, seen)
        self.assertNotIn(("authors", 64), seen)
        self.assertIn("skipped: n = 8, authors, 64 calls", done.stderr)
        for row in rows:
            self.assertLessEqual(int(row["evals"]), int(row["calls"]), row)
        lines = [line.split() for line in done.stdout.splitlines()]
        own = [line for line in lines if line[:5] == ["8", "tanh", "gxi", "3n2", "authors"]]
        self.assertEqual([line[5] for line in own], ["4"])  # 2 networks, 2 seeds
        self.assertEqual([float(line[7]) for line in own], [1.0])
        errors = [float(row["relative_mse"]) for row in rows
                  if (row["activation"], row["inner"], row["method"], row["calls"]) == ("tanh", "gxi", "authors", "192")]
        self.assertAlmostEqual(sum(errors) / 4, float(own[0][6]), delta=1e-4 * sum(errors))

    def test_arguments(self):
        for wrong in (["--n", "2"], ["--n", "21"], ["--calls", "n3"], ["--calls", "0n2"], ["--methods", "best"], ["--own", "some"],
                      ["--seeds", "0"], ["--networks", "x"], ["--what", "1"]):
            done, _, rows = run(*wrong)
            self.assertEqual((done.returncode, rows), (2, None), wrong)
            self.assertIn("usage", done.stderr)


unittest.main(argv=sys.argv[:1])
