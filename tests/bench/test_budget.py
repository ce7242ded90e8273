# SPDX-License-Identifier: MIT
"""bench/budget on the games of this folder, on folders with one thing wrong, and scripts/plot-budget on its output:
test_budget.py BUDGET SOURCE-ROOT"""
import csv
import io
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import xml.dom.minidom

PROGRAM, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
GAMES = ROOT / "tests" / "bench" / "games"
COLUMNS = ["game", "n", "method", "budget", "seed", "evals", "unique_evals", "nmse", "seconds"]


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False)


def rows_of(done):
    reader = csv.DictReader(io.StringIO(done.stdout))
    return reader.fieldnames, list(reader)


class Figures(unittest.TestCase):
    def test_exact_is_exact(self):
        done = run("--games", GAMES, "--methods", "exact,auto", "--budgets", "16,1000", "--seeds", "2")
        self.assertEqual(done.returncode, 0, done.stderr)
        columns, rows = rows_of(done)
        self.assertEqual(columns, COLUMNS)
        self.assertEqual([(r["game"], r["method"], r["budget"], r["seed"]) for r in rows],
                         [(g, m, b, s) for g in ("three", "four") for m in ("exact", "auto") for b in ("16", "1000") for s in "01"])
        for row in rows:
            self.assertLess(float(row["nmse"]), 1e-28, row)
            self.assertEqual((int(row["evals"]), int(row["unique_evals"])), (2 ** int(row["n"]),) * 2, row)
            self.assertGreaterEqual(float(row["seconds"]), 0)

    def test_samplers(self):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "out.csv"
            done = run("--games", GAMES, "--methods", "regression,permutation", "--budgets", "12", "--seeds", "5", "--out", out)
            self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
            rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))
        self.assertEqual({r["game"] for r in rows}, {"four"})  # 12 is above 2^3
        self.assertIn("skipped: three, regression, budget 12: above 2^3", done.stderr)
        for row in rows:
            self.assertLessEqual(int(row["unique_evals"]), int(row["evals"]), row)
            self.assertLessEqual(int(row["evals"]), 12, row)
        self.assertGreater(max(float(row["nmse"]) for row in rows), 1e-6)
        self.assertGreater(len({row["nmse"] for row in rows}), 2)  # seeds differ

    def test_too_small_budgets_are_skipped(self):
        done = run("--games", GAMES, "--methods", "exact,regression,permutation", "--budgets", "2", "--seeds", "1")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(rows_of(done)[1], [])
        self.assertEqual(done.stderr.count("skipped: "), 6)

    def test_list(self):
        done = run("--list")
        self.assertEqual(done.returncode, 0)
        self.assertLessEqual({"auto", "exact", "regression", "permutation"}, set(done.stdout.split()))


class Refusals(unittest.TestCase):
    def refused(self, expected, *arguments):
        done = run(*arguments)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertIn(expected, done.stderr)

    def test_arguments(self):
        self.refused("--games is missing")
        self.refused("index.json", "--games", GAMES / "nowhere")
        self.refused("unknown argument: --game", "--game", GAMES)
        self.refused("a value is missing", "--games", GAMES, "--seeds")
        self.refused("unknown method (see --list): best", "--games", GAMES, "--methods", "auto,best")
        for wrong in ("", "100,", "0", "1e3", "-5", "99999999999999999999"):
            self.refused("budget", "--games", GAMES, "--budgets", wrong)
        self.refused("--seeds must be in 1..1000000: 0", "--games", GAMES, "--seeds", "0")

    def test_folders(self):
        header = (GAMES / "three.npy").read_bytes()[:128].decode("latin1")
        numbers = (GAMES / "three.npy").read_bytes()[128:]

        def npy(old, new):
            text = header.replace(old, new)
            return (text[:8].encode("latin1") + struct.pack("<H", len(text) - 10) + text[10:].encode("latin1")) + numbers

        infinite = numbers[:16] + struct.pack("<d", float("inf")) + numbers[24:]
        other_end = struct.pack("<d", 9.0) + numbers[8:]
        cases = [
            ("index.json", b"{", "no valid JSON"),
            ("index.json", b"{}", "an object with games"),
            ("index.json", b'{"a/b": {}}', "no name of a game"),
            ("index.json", b'{"three": {"form": "graph"}}', "form must be"),
            ("index.json", b'{"three": {"form": "table", "n": 25}}', "n must be in 1..24"),
            ("index.json", b'{"three": {"form": "table", "n": 2.5}}', "n must be in 1..24"),
            ("index.json", b'{"three": {"form": "table", "n": 3, "v0": 1}}', "v0 and v1"),
            ("index.json", b'{"three": {"form": "table", "n": 4, "v0": 1, "v1": 7}}', "shape is (3,), must be (4,)"),
            ("index.json", b'{"three": {"form": "table", "n": 3, "v0": 1, "v1": 8}}', "v1 = 8"),
            ("three.npy", b"", "no .npy file"),
            ("three.npy", b"\x93NUMPY\x03" + npy("", "")[7:], ".npy format 3.0"),
            ("three.npy", npy("<f8", ">f8"), "descr must be"),
            ("three.npy", npy("False", "True "), "fortran_order must be False"),
            ("three.npy", npy("(8,)", "(2, 4)"), "shape must have one dimension"),
            ("three.npy", npy("(8,)", "(9,)"), "shape is (9,), must be (8,)"),
            ("three.npy", npy("'shape'", "'order'"), "each once, and nothing else"),
            ("three.npy", npy("'shape': (8,)", ""), "the header"),
            ("three.npy", npy("}", " "), "the header"),
            ("three.npy", npy("", "")[:-1], "63 bytes of numbers"),
            ("three.npy", npy("", "")[:60], "the file ends within the header"),
            ("three.npy", npy("", "")[:128] + infinite, "entry 2 is not finite"),
            ("three.npy", npy("", "")[:128] + other_end, "v(empty) is 9"),
            ("three.sv.npy", npy("(8,)", "(3,)")[:-40], "the Shapley values add up to"),
            ("three.sv.npy", None, "three.sv.npy"),
            ("four.json", b'{"n": 5, "const": 0, "terms": []}', "n must be 4"),
            ("four.json", b'{"n": 4, "const": "x", "terms": []}', "const must be"),
            ("four.json", b'{"n": 4, "const": 0}', "terms must be an array"),
            ("four.json", b'{"n": 4, "const": 0, "terms": [[1, 0, 1], [16, 0, 1]]}', "terms[1] must be"),
            ("four.json", b'{"n": 4, "const": 0, "terms": [[1, 0]]}', "terms[0] must be"),
        ]
        for name, content, expected in cases:
            with self.subTest(name=name, expected=expected), tempfile.TemporaryDirectory() as folder:
                games = shutil.copytree(GAMES, pathlib.Path(folder) / "games")
                (games / name).unlink()
                if content is not None:
                    (games / name).write_bytes(content)
                self.refused(expected, "--games", games)


class Plots(unittest.TestCase):
    PLOT = ROOT / "scripts" / "plot-budget"

    def plot(self, ours, peers):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "ours.csv").write_text(ours, encoding="utf-8")
            (folder / "peers.csv").write_text(peers, encoding="utf-8")
            done = subprocess.run([sys.executable, str(self.PLOT), str(folder / "ours.csv"), str(folder / "peers.csv"), "-o",
                                   str(folder / "plots")], capture_output=True, text=True, check=False)
            picture = folder / "plots" / "budget.svg"
            return done, xml.dom.minidom.parse(str(picture)) if picture.exists() else None

    def test_table_and_picture(self):
        ours = "game,n,method,budget,seed,evals,unique_evals,nmse,seconds\n" + "".join(
            f"{game},{n},auto,{budget},{seed},{budget},{min(budget, 2**n)},{nmse},0\n"
            for game, n, budget, errors in (("a", 20, 100, (0.1, 0.3)), ("a", 20, 300, (0.04, 0.04)), ("b", 8, 300, (1e-30, 1e-30)),
                                            ("c", 20, 100, (0.5, 0.5)), ("only ours", 20, 100, (1, 1)))
            for seed, nmse in enumerate(errors))
        peers = ("game,method,budget,seeds,mean_nmse,median_nmse,mean_unique_evals\na,p,100,3,0.4,0.4,100\na,<q>,100,3,0.1,0.1,100\n"
                 "a,p,300,3,0.02,0.02,300\na,<q>,300,3,nan,nan,300\nb,p,300,3,0.1,0.1,300\nc,p,100,3,1e-28,1e-28,100\n")
        done, picture = self.plot(ours, peers)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = [line.split() for line in done.stdout.splitlines()]
        self.assertIn(["a", "100", "0.2", "+-", "0.1", "<q>", "0.1", "2.000"], lines)
        self.assertIn(["a", "300", "0.04", "+-", "0", "p", "0.02", "2.000"], lines)
        self.assertEqual([line[-1] for line in lines if line[0] == "b"], ["exact"])
        self.assertEqual([line[-2:] for line in lines if line[0] == "c"], [["peer", "exact"]])
        self.assertIn("geometric mean: 2.000 (2 cells, 0 below 1)", done.stdout)
        self.assertIn("in 1 of them: c at 100", done.stdout)
        self.assertNotIn("only ours ", done.stdout)
        self.assertEqual(len(picture.getElementsByTagName("polyline")), 6)  # a, c, "only ours" of auto; a, b, c of p
        width, height = (float(picture.documentElement.getAttribute(side)) for side in ("width", "height"))
        for circle in picture.getElementsByTagName("circle"):
            self.assertTrue(0 < float(circle.getAttribute("cx")) < width and 0 < float(circle.getAttribute("cy")) < height)

    def test_unusable_files(self):
        good = "game,n,method,budget,seed,evals,unique_evals,nmse,seconds\na,9,auto,100,0,100,100,0.5,0\n"
        peers = "game,method,budget,mean_nmse\na,p,100,0.5\n"
        cases = [(good, "game,method\n", "columns are missing: budget, mean_nmse"), ("x\n", peers, "columns are missing"),
                 (good.replace("0.5", "half"), peers, "half"), (good.replace("auto", "exact"), peers, "no method auto")]
        for ours, theirs, expected in cases:
            done, picture = self.plot(ours, theirs)
            self.assertEqual((done.returncode, done.stdout, picture), (2, "", None))
            self.assertIn(expected, done.stderr)


unittest.main(argv=sys.argv[:1])
