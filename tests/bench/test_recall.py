# SPDX-License-Identifier: MIT
"""bench-recall: what it refuses, and, where METAGAME_TEST_MODEL names a model, a run on two prompts that is then read back.
Also scripts/plot-recall. test_recall.py PROGRAM PROMPTS SOURCE-ROOT"""
import csv
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.dom.minidom

PROGRAM, PROMPTS, ROOT = sys.argv[1:4]
MODEL = os.environ.get("METAGAME_TEST_MODEL", "")
SMALL = ("prompt\tp-1\td\tThe old film was not so bad.\npair\t4\tnot\t6\tbad.\tnegation\tr\n"
         "prompt\tp-2\td\tPlease give up your unflappable seat now.\npair\t1\tgive\t2\tup\tparticle\tr\n"
         "pair\t4\tun\t4\tflappable\thalves\tr\n")


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False)


class Refusals(unittest.TestCase):
    def refused(self, expected, *arguments, code=2):
        done = run(*arguments)
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        self.assertIn(expected, done.stderr)

    def test_arguments(self):
        needed = ("--model", "m.gguf", "--prompts", PROMPTS)
        self.refused("--model is missing", "--prompts", PROMPTS)
        self.refused("--prompts is missing", "--model", "m.gguf")
        self.refused("unknown argument: --modell", "--modell", "m.gguf")
        self.refused("--seed: a value is missing", *needed, "--seed")
        self.refused("--seed must be in", *needed, "--seed", "-1")
        self.refused("--budget must be in 1..1000000: 0", *needed, "--budget", 0)
        self.refused("unknown name (see --list): best", *needed, "--attributors", "values,best")
        self.refused("the budget must be in 1..1000000: x", *needed, "--attributors", "values=x")
        self.refused("twice: values", *needed, "--attributors", "values,values=3")
        self.refused("an empty name", *needed, "--attributors", "values,")
        self.refused("--players must be words or tokens: letters", *needed, "--players", "letters")
        self.refused("--absent: unknown mode: gone", *needed, "--absent", "gone")
        self.refused("--inner-absent is zero, as --absent is", *needed, "--absent", "zero", "--inner-absent", "zero")
        self.refused("exclude each other", *needed, "--target", " yes", "--generate", 3)
        self.refused("one token, or two", *needed, "--target", "a,b,c")

    def test_files(self):
        self.refused("nowhere.tsv", "--model", "m.gguf", "--prompts", "nowhere.tsv")
        self.refused("nowhere.gguf", "--model", "nowhere.gguf", "--prompts", PROMPTS, code=1)
        with tempfile.TemporaryDirectory() as folder:
            bad = pathlib.Path(folder) / "bad.tsv"
            bad.write_text(SMALL.replace("not\t6", "now\t6"), encoding="utf-8")
            self.refused("bad.tsv:2: word 4 is 'not', not 'now'", "--model", "m.gguf", "--prompts", bad)

    def test_list(self):
        done = run("--list")
        self.assertEqual(done.returncode, 0)
        self.assertLessEqual({"values", "attnlrp", "gradient-x-input", "occlusion"}, set(done.stdout.split()))
        self.assertNotIn("shapley", done.stdout.split())  # is part of "values"


class Plots(unittest.TestCase):
    LINES = "prompt,domain,players,pairs,method,scoring,percent,recall\n" + "".join(
      f"p-{p},d,7,2,{m},{s},{k},{min(1, k * f * (1 + p) / 100)}\n"
      for p in (0, 1) for m, f in (("meta <a>", 4), ("first-order a", 2)) for s in ("cells", "pairs") for k in range(1, 16))
    PAIRS = "prompt,domain,first,second,kind,distance,method,scoring,position,found_at_5\n" + "".join(
      f"p-1,d,1,{1 + d},{kind},{d},{m},{s},9,{f}\n" for m, s, kind, d, f in (
        ("a", "pairs", "idiom", 1, 0.5), ("a", "pairs", "idiom", 5, 1), ("a", "pairs", "negation", 2, 0), ("a", "cells", "idiom", 1, 1),
        ("b", "pairs", "idiom", 1, 0.25), ("b", "pairs", "idiom", 5, 0.25), ("b", "pairs", "negation", 2, 1)))

    def plot(self, lines, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for name, text in lines.items():
                (folder / name).write_text(text, encoding="utf-8")
            done = subprocess.run([sys.executable, str(pathlib.Path(ROOT) / "scripts" / "plot-recall"), *arguments], cwd=folder,
                                  capture_output=True, text=True, check=False)
            picture = folder / "x.svg"
            return done, xml.dom.minidom.parse(str(picture)) if picture.exists() else None

    def test_curves(self):
        done, picture = self.plot({"l.csv": self.LINES, "m.csv": self.LINES}, "l.csv", "-o", "x.svg")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        curves = picture.getElementsByTagName("polyline")
        self.assertEqual(len(curves), 4)
        heights = [[float(point.split(",")[1]) for point in curve.getAttribute("points").split()] for curve in curves]
        self.assertEqual([len(curve) for curve in heights], [15] * 4)
        for more, less in (heights[:2], heights[2:]):  # a larger recall lies higher
            self.assertTrue(all(a < b for a, b in zip(more, less)))
            self.assertEqual(more, sorted(more, reverse=True))
        self.assertEqual(len(picture.getElementsByTagName("polygon")), 4)
        done, picture = self.plot({"l.csv": self.LINES, "m.csv": self.LINES}, "l.csv", "m.csv", "-o", "x.svg", "--methods", "meta <a>")
        self.assertEqual((done.returncode, len(picture.getElementsByTagName("polyline"))), (0, 4))
        self.assertIn("meta <a> (m)", [node.firstChild.data for node in picture.getElementsByTagName("text")])

    def test_groups(self):
        done, _ = self.plot({"p.csv": self.PAIRS}, "--pairs", "p.csv")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = [line.split() for line in done.stdout.splitlines()[1:]]
        self.assertEqual(lines, [["idiom", "negation", "neighbours", "2", "to", "3", "apart", "4", "and", "more", "all"],
                                 ["2", "1", "1", "1", "1", "3"], ["a", "75.0", "0.0", "50.0", "0.0", "100.0", "50.0"],
                                 ["b", "25.0", "100.0", "25.0", "100.0", "25.0", "50.0"]])

    def test_unusable(self):
        for text, arguments, expected in ((self.LINES, ("l.csv",), "belong together"), (self.LINES, (), "belong together"),
                                          ("a,b\n", ("l.csv", "-o", "x.svg"), "columns are missing"),
                                          (self.LINES.replace("cells", "rows"), ("l.csv", "-o", "x.svg"), "scoring is 'rows'"),
                                          (self.LINES.replace(",1,", ",one,"), ("l.csv", "-o", "x.svg"), "one"),
                                          (self.LINES, ("l.csv", "-o", "x.svg", "--methods", "c"), "none of these methods"),
                                          (self.LINES, ("--pairs", "l.csv"), "columns are missing"),
                                          (self.PAIRS, ("--pairs", "l.csv", "--methods", "c"), "none of these methods"),
                                          (self.LINES, ("--pairs", "none.csv"), "none.csv")):
            done, picture = self.plot({"l.csv": text}, *arguments)
            self.assertEqual((done.returncode, done.stdout, picture), (2, "", None), arguments)
            self.assertIn(expected, done.stderr)


@unittest.skipUnless(MODEL, "METAGAME_TEST_MODEL names no model")
class Model(unittest.TestCase):
    def test_run_and_resume(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            prompts, results = folder / "small.tsv", folder / "results"
            prompts.write_text(SMALL, encoding="utf-8")
            common = ("--model", MODEL, "--cache-dir", pathlib.Path(MODEL).parent, "--prompts", prompts, "--generate", 1, "--threads", 1,
                      "--results", results, "--attributors", "values=20,attnlrp=8")
            first = run(*common, "--out", folder / "a.csv", "--pairs-out", folder / "p.csv")
            self.assertEqual(first.returncode, 0, first.stderr)
            self.assertIn("2 prompts, 2 pairs (1 more do not exist", first.stdout)
            self.assertEqual(first.stderr.count("coalitions in"), 4)
            with open(folder / "a.csv", newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            methods = {row["method"] for row in rows}
            self.assertLessEqual({"first-order shapley", "meta shapley", "shapley interaction", "shapley-taylor", "banzhaf interaction",
                                  "bivariate shapley", "first-order attnlrp", "meta attnlrp", "random directed", "adjacent words"}, methods)
            self.assertEqual(len(rows), 2 * len(methods) * 2 * 15)
            for row in rows:
                self.assertTrue(0 <= float(row["recall"]) <= 1, row)
                self.assertEqual(row["players"], "7")
            again = run(*common, "--out", folder / "b.csv")
            self.assertEqual((again.returncode, again.stdout, again.stderr), (0, first.stdout, ""))
            self.assertEqual((folder / "a.csv").read_bytes(), (folder / "b.csv").read_bytes())
            one = min(results.iterdir())
            one.write_text(one.read_text(encoding="utf-8")[:-9], encoding="utf-8")
            mended = run(*common)
            self.assertEqual((mended.returncode, mended.stdout), (0, first.stdout), mended.stderr)
            self.assertIn("damaged; made anew", mended.stderr)
            self.assertEqual(mended.stderr.count("coalitions in"), 1)

    def test_tokens(self):
        with tempfile.TemporaryDirectory() as folder:
            prompts = pathlib.Path(folder) / "small.tsv"
            prompts.write_text(SMALL, encoding="utf-8")
            done = run("--model", MODEL, "--cache-dir", pathlib.Path(MODEL).parent, "--prompts", prompts, "--generate", 1, "--threads", 1,
                       "--attributors", "values=20", "--players", "tokens", "--absent", "hide", "--pairs-out", pathlib.Path(folder) / "p.csv")
            self.assertEqual(done.returncode, 0, done.stderr)
            pairs = (pathlib.Path(folder) / "p.csv").read_text(encoding="utf-8")
            self.assertIn("p-2,d,4,4,halves,0,shapley interaction,cells", pairs)


unittest.main(argv=sys.argv[:1])
