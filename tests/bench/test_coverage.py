# SPDX-License-Identifier: MIT
"""bench/coverage: the truths of its games, what it prints, and the bounds on a small part.

    test_coverage.py COVERAGE

Bounds are those of coverage_limits in bench/coverage/cell.c, judged by the program (column
verdict). Only the share of cells without intervals is left to the whole zoo (suite long): half of
the budgets here are the least ones."""
import csv
import io
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv[1]
COLUMNS = ("game,kind,n,targets,budget,solver,rule,runs,coverage,coverage_se,worst_target,none,"
           "width,width_middle,mse,against_regression,resolved,wrong,wrong_se,wrong_runs,"
           "resolved_none,evaluations,seconds,verdict,note").split(",")
# A few of each kind that cost little: budgets are multiples of n.
SMALL = ("tanh-5,tanh-10,products-10,first-or-late-8,late-xor-13,majority-9,unanimity-6,xor-6,"
         "near-unanimity-8,additive-6,constant-8,pinned-votes-9,rare-cell-12")
RULED = "tanh-5,products-10,first-or-late-8,majority-9,unanimity-6,xor-6,pinned-votes-9"
SOLVERS = ("--solvers", "auto,regression,permutation,gaussian")


def start(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False)


def run(*arguments):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out.csv"
        done = start(*arguments, "--out", str(out))
        if not out.exists():
            return done, None, None
        reader = csv.DictReader(io.StringIO(out.read_text(encoding="utf-8")))
        return done, reader.fieldnames, list(reader)


class Coverage(unittest.TestCase):
    def test_list(self):
        done = start("--list")
        self.assertEqual(done.returncode, 0, done.stderr)
        names = [line.split()[0] for line in done.stdout.splitlines()]
        self.assertGreaterEqual(len({name.rsplit("-", 1)[0] for name in names}), 40)
        sizes = [int(name.rsplit("-", 1)[1]) for name in names]
        self.assertEqual((min(sizes), max(sizes)), (5, 60))

    def test_truths(self):
        """Up to 16 players the exact solver has the same numbers; beyond, the sum of the truth is
        checked when a game is made."""
        done, columns, rows = run("--solvers", "exact", "--budgets", "least", "--seeds", "1",
                                  "--rules", "off")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(columns, COLUMNS)
        self.assertGreaterEqual(len(rows), 60)
        for row in rows:
            self.assertEqual((row["coverage"], row["none"]), ("1", "0"), row)
            self.assertEqual(int(row["budget"]), 2 ** int(row["n"]), row)

    def test_processes_do_not_matter(self):
        lines = []
        for jobs in ("1", "3"):
            _, _, rows = run("--games", "tanh-5,mixed-12,xor-12", *SOLVERS, "--budgets", "least,60",
                             "--seeds", "3", "--adaptive", "5", "--jobs", jobs)
            lines.append([{key: row[key] for key in COLUMNS if key != "seconds"} for row in rows])
        self.assertEqual(*lines)
        self.assertEqual({row["runs"] for row in lines[0] if not row["note"]}, {"3", "5"})

    def bounds(self, *arguments):
        """Of single cells. The bounds on the median width and on the part of cells without an
        interval are about the whole zoo: these are its smallest budgets (suite long)."""
        done, _, rows = run(*arguments, "--seeds", "60", "--adaptive", "200")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        missed = [row for row in rows if row["verdict"]]
        report = f"{len(missed)} of {len(rows)} cells miss a bound:\n{done.stdout}"
        self.assertEqual(len(missed), 0, report)
        return rows

    def test_bounds(self):
        rows = self.bounds("--games", SMALL, *SOLVERS, "--budgets", "least,10n", "--rules", "off")
        self.assertGreater(len(rows), 80)

    def test_bounds_of_stratified(self):
        self.bounds("--games", "tanh-5", "--solvers", "stratified", "--budgets", "least",
                    "--rules", "off")

    def test_bounds_with_rules(self):
        for games, budget in ((RULED, "10n"), ("products-10,first-or-late-8,xor-6", "40n")):
            rows = self.bounds("--games", games, "--solvers", "auto,regression,permutation",
                               "--budgets", budget, "--rules", "on")
            self.assertTrue(any(float(row["resolved"]) > 0 for row in rows))

    def test_refused(self):
        for message, *wrong in (("no game goes by this name (see --list): best", "--games", "best"),
                                ("unknown solver: best", "--solvers", "best"),
                                ("not a budget: 3m", "--budgets", "3m"),
                                ("--rules must be on, off or both: 1", "--rules", "1"),
                                ("--jobs must be in 1..64: 0", "--jobs", "0"),
                                ("a number must be in 1..1000000: 0", "--seeds", "0"),
                                ("unknown argument: --best", "--best", "1"),
                                ("a value is missing behind: --seeds", "--seeds")):
            done = start(*wrong)
            self.assertEqual((done.returncode, done.stdout), (2, ""), wrong)
            self.assertIn(message, done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
