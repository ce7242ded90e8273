# SPDX-License-Identifier: MIT
"""metagame table: programs and trees as models, and tables that are none.

The models of data/ are XGBoost's (1.7, three trees of depth 2); their values are computed here from the file."""
import itertools
import json
import pathlib
import signal
import struct
import subprocess
import sys
import time

import support
from support import Case, shapley

DATA = pathlib.Path(__file__).resolve().parent / "data"

MODEL = """import sys
for line in sys.stdin:
    a, b, c = map(float, line.split(","))
    print(a + 2 * b * c - a * c, flush=True)
"""


def model(a, b, c):
    return a + 2 * b * c - a * c


def game(f, x, backgrounds, groups):
    """v(S) = mean of f over the backgrounds, with the columns of the groups in S from x."""
    values = []
    for mask in range(1 << len(groups)):
        kept = {k for g, columns in enumerate(groups) if mask >> g & 1 for k in columns}
        rows = [[x[k] if k in kept else b[k] for k in range(len(x))] for b in backgrounds]
        values.append(sum(f(*row) for row in rows) / len(rows))
    return values


def f32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def trees(path, tree_filter=lambda k: True, base=None):
    """The sum of the leaves that a row reaches, in floats, as a function."""
    learner = json.loads(path.read_text())["learner"]
    start = float(learner["learner_model_param"]["base_score"]) if base is None else base
    parts = [t for k, t in enumerate(learner["gradient_booster"]["model"]["trees"]) if tree_filter(k)]

    def value(*row):
        total = 0.0
        for tree in parts:
            node = 0
            while tree["left_children"][node] != -1:
                less = f32(row[tree["split_indices"][node]]) < f32(tree["split_conditions"][node])
                node = tree["left_children" if less else "right_children"][node]
            total = f32(total + f32(tree["split_conditions"][node]))
        return f32(total + start)
    return value


class Programs(Case):
    def setUp(self):
        super().setUp()
        self.write("m.py", MODEL)
        self.write("x.csv", "a,b,c\n1,2,3\n4,5,6\n")
        self.write("b.csv", "c,b,extra,a\n0,0,9,0\n1,1,9,2\n")
        self.command = f"'{sys.executable}' m.py"

    def solve(self, *arguments, code=0):
        self.run_tool("table", "--x", "x.csv", "--background", "b.csv", "--command", self.command, "--json", "r.json", "--quiet", *arguments,
                      code=code)
        return self.read_json("r.json")

    def test_value(self):
        """Columns of the background are found by their names."""
        result = self.solve("--attributor", "none", "--row", "2")
        values = game(model, [4, 5, 6], [[0, 0, 0], [2, 1, 1]], [[0], [1], [2]])
        self.assertClose(result["matrix"][0], shapley(values, 3))
        self.assertEqual(result["players"], ["a", "b", "c"])
        self.assertEqual(result["targets"], ["value"])
        self.assertClose(result["base"][0], values[0])

    def test_groups(self):
        result = self.solve("--attributor", "none", "--group", "both=c,a")
        self.assertEqual(result["players"], ["both", "b"])
        self.assertClose(result["matrix"][0], shapley(game(model, [1, 2, 3], [[0, 0, 0], [2, 1, 1]], [[0, 2], [1]]), 2))

    def test_occlusion(self):
        """M[i][j] of occlusion, from its definition: the Shapley value of j in S -> v(S + i) - v(S)."""
        result = self.solve("--attributor", "occlusion")
        values = game(model, [1, 2, 3], [[0, 0, 0], [2, 1, 1]], [[0], [1], [2]])
        for i in range(3):
            others = [k for k in range(3) if k != i]
            pinned = []
            for mask in range(4):
                there = sum(1 << others[k] for k in range(2) if mask >> k & 1)
                pinned.append(values[there | 1 << i] - values[there])
            expected = shapley(pinned, 2)
            self.assertClose([result["matrix"][i][k] for k in others], expected)
            self.assertClose(result["matrix"][i][i], pinned[0])

    def test_direction(self):
        """With a baseline of its own the attribution has a direction."""
        self.write("i.csv", "a,b,c\n1,1,1\n")
        result = self.solve("--attributor", "occlusion", "--inner-baseline", "i.csv")
        matrix = result["matrix"]
        self.assertFalse(result["symmetric"])
        self.assertGreater(max(abs(matrix[i][j] - matrix[j][i]) for i, j in itertools.combinations(range(3), 2)), 0.1)

    def test_outputs(self):
        self.write("two.py", MODEL.replace("print(", "print(a, ").replace("flush", "sep=' , ', flush"))
        self.command = f"'{sys.executable}' two.py"
        result = self.solve("--attributor", "none", "--targets", "first,second")
        self.assertEqual(result["targets"], ["first", "second"])
        self.assertClose(result["matrix"][0], [0, 0, 0])
        result = self.solve("--attributor", "shapley", "--output", "1")
        self.assertEqual(result["targets"], ["a", "b", "c"])
        self.assertClose(sum(map(sum, result["matrix"])), model(1, 2, 3) - (model(0, 0, 0) + model(2, 1, 1)) / 2)

    def test_no_header(self):
        self.write("x.csv", "1, 2 ,3\r\n")
        self.write("b.csv", "\ufeff0,0,0\n\n")
        result = self.solve("--attributor", "none", "--group", "g=0,2")
        self.assertEqual(result["players"], ["g", "1"])

    def test_quotes(self):
        self.write("x.csv", '"a ""x"", y","b\nb",c\n"1",2,3\n')
        self.write("b.csv", "0,0,0\n")
        result = self.solve("--attributor", "none")
        self.assertEqual(result["players"], ['a "x", y', "b\nb", "c"])

    def test_many_rows_do_not_block(self):
        """Both pipes are full at times: the program answers only after all rows of a batch, or far more than it reads."""
        self.write("slow.py", "import sys\nrows = []\nfor line in sys.stdin:\n    print('0.5' + ' ' * 3000, flush=len(rows) % 97 == 0)\n"
                              "    rows.append(line)\n    sys.stdout.flush()\n")
        self.write("x.csv", ",".join(f"c{k}" for k in range(11)) + "\n" + ",".join("1.2345678901234567" for _ in range(11)) + "\n")
        self.write("b.csv", "\n".join(",".join("0.1234567890123456" for _ in range(11)) for _ in range(20)) + "\n")
        self.command = f"'{sys.executable}' slow.py"
        self.assertClose(self.solve("--attributor", "none", "--batch", "1000")["base"][0], 0.5)

    def test_changing_model(self):
        """A model that does not repeat itself fails the checks; the result is written all the same."""
        self.write("m.py", "import sys\nfor k, line in enumerate(sys.stdin): print(k, flush=True)\n")
        _, err = self.run_tool("table", "--x", "x.csv", "--background", "b.csv", "--command", self.command, "--json", "r.json", "--quiet", code=1)
        self.assertIn("check repeat failed", err)
        self.assertIn("r.json", self.names())

    def test_broken_programs(self):
        for command, words in (
                ("true", "it ended with exit code 0"), ("exit 3", "it ended with exit code 3"), ("kill -9 $$", "signal 9"),
                ("/nowhere/program 2>/dev/null", "exit code 127"), ("echo hello; cat", "no finite number: 'hello'"),
                ("yes 1", "more lines than"), ("yes ''", "a line is empty"), ("echo nan; cat", "no finite number"),
                ("echo 1e999; cat", "no finite number"), ("exec >&-; sleep 0.1", "it ended with exit code 0"),
                ("head -n 1 | sed 's/.*/1/'", "after 1 rows: it"), ("read line; echo 1; read line; echo 1,2; cat", "number of values"),
                ("head -c 100 /dev/urandom; cat", "--command")):
            self.refuse(4, words, "table", "--x", "x.csv", "--background", "b.csv", "--command", command, "--json", "r.json")
            self.assertNotIn("r.json", self.names())

    def test_interrupt(self):
        """Ctrl-C while the program thinks: a partial result that says so; the second one ends at once."""
        self.write("x.csv", ",".join("abcdefghijklmno") + "\n" + ",".join(["1"] * 15) + "\n")
        self.write("b.csv", ",".join(["0"] * 15) + "\n")
        self.write("m.py", "import sys, time\nfor line in sys.stdin:\n    time.sleep(0.005)\n    print(len(line), flush=True)\n")
        with subprocess.Popen([support.PROGRAM, "table", "--x", "x.csv", "--background", "b.csv", "--command", self.command, "--attributor", "none",
                               "--solver", "permutation", "--budget", "20000", "--json", "r.json", "--batch", "8"],
                              cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            time.sleep(2)
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=60)
        self.assertEqual(child.returncode, 5, err)
        self.assertIn(b"PARTIAL", out)
        result = self.read_json("r.json")
        self.assertFalse(result["complete"])
        self.assertLess(result["evaluations"], 20000)
        self.assertEqual(self.names(), ["b.csv", "m.py", "r.json", "x.csv"])
        self.run_tool("verify", "r.json", "--quiet", code=5)

    def test_interrupt_twice(self):
        self.write("m.py", "import sys, time, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                           "sys.stdin.readline()\nprint(1, flush=True)\nopen('go', 'w').close()\ntime.sleep(5)\n")
        child = subprocess.Popen([support.PROGRAM, "table", "--x", "x.csv", "--background", "b.csv", "--command", self.command, "--quiet"],
                                 cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while "go" not in self.names():
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(timeout=20), -signal.SIGINT)


class Trees(Case):
    def setUp(self):
        super().setUp()
        out, _ = self.run_tool("table", "--help")
        if "without XGBoost" in out:
            self.skipTest("built without XGBoost")
        self.write("x.csv", "age,id,dose,sex\n3,77,2.5,0.5\n")
        self.write("b.csv", "dose,age,sex\n0,0,0\n1,1,3\n0.5,3,2\n")

    def test_values(self):
        """Columns go by the names in the model's file; others are left out."""
        self.run_tool("table", "--x", "x.csv", "--background", "b.csv", "--xgboost", DATA / "trees.json", "--attributor", "none", "--json", "r.json",
                      "--quiet")
        result = self.read_json("r.json")
        values = game(trees(DATA / "trees.json"), [2.5, 3, 0.5], [[0, 0, 0], [1, 1, 3], [0.5, 3, 2]], [[0], [1], [2]])
        self.assertEqual(result["players"], ["dose", "age", "sex"])
        self.assertClose(result["matrix"][0], shapley(values, 3), 1e-6)
        self.assertClose(result["first_order"][0], values[7], 1e-6)

    def test_symmetric(self):
        self.run_tool("table", "--x", "x.csv", "--background", "b.csv", "--xgboost", DATA / "trees.json", "--json", "r.json", "--quiet")
        matrix = self.read_json("r.json")["matrix"]
        for i, j in itertools.combinations(range(3), 2):
            self.assertClose(matrix[i][j], matrix[j][i], 1e-9)

    def test_classes(self):
        from math import exp
        sums = [trees(DATA / "classes.json", lambda k, c=c: k % 3 == c, base=0.5) for c in range(3)]
        args = ("table", "--x", "x.csv", "--background", "b.csv", "--xgboost", DATA / "classes.json", "--attributor", "none", "--json", "r.json", "--quiet")
        self.run_tool(*args, "--margin")
        self.assertClose(self.read_json("r.json")["first_order"], [f(2.5, 3, 0.5) for f in sums], 1e-6)
        self.run_tool(*args)
        weights = [exp(f(2.5, 3, 0.5)) for f in sums]
        self.assertClose(self.read_json("r.json")["first_order"], [w / sum(weights) for w in weights], 1e-6)

    def test_refusals(self):
        self.write("broken.json", (DATA / "trees.json").read_bytes()[:1000])
        self.write("text.json", "no model")
        self.write("less.csv", "dose,age\n1,2\n")
        for code, words, x, path in (
                (4, "No such file", "x.csv", "nowhere.json"), (4, "no model of XGBoost", "x.csv", "text.json"), (4, "cannot read", "x.csv", "broken.json"),
                (3, "no column 'sex'", "less.csv", DATA / "trees.json")):
            self.refuse(code, words, "table", "--x", x, "--background", "b.csv", "--xgboost", path)
        self.write("numbers.csv", "1,2\n")
        self.refuse(3, ["2 columns", "3 features"], "table", "--x", "numbers.csv", "--background", "numbers.csv", "--xgboost", DATA / "trees.json")


class Refusals(Case):
    def test_csv(self):
        self.write("b.csv", "0,0,0\n")
        for content, words in (
                ("", "no rows"), ("a,b,c\n", "no rows"), ("a,b,c\n1,2\n", "line 2 has 2 columns, must have 3"), ("1,2,3\n1,2,3,4\n", "line 2 has 4"),
                ("a,b,c\n1,x,3\n", "line 2, column 2, b is 'x'"), ("a,b,c\n1,,3\n", "is ''"), ("1,2,3\n1,2,inf\n", "must be a finite number"),
                ("1,2,3\n1,2,0x10\n", "column 3"), ("1,2,3\n1,2,3 4\n", "'3 4'"), ("a,a,b\n1,2,3\n", "both named 'a'"), ("a,,b\n1,2,3\n", "column 2 has no name"),
                ('a,"b,c\n1,2,3\n', "a quote has no end"), ('a,"b"x,c\n1,2,3\n', "behind a quoted field"), ("a,b\0,c\n1,2,3\n", "no text"),
                ("1," * 70000 + "1\n", "more than 65536 columns"), ("1,2,3\n1,1e999,3\n", "finite"), ("1;2;3\n1;2;3\n", "finite"), ("a,b\n1,2\n", "--background has 3")):
            self.write("x.csv", content)
            self.refuse(3, words, "table", "--x", "x.csv", "--background", "b.csv", "--command", "cat", "--json", "r.json")
            self.assertEqual(self.names(), ["b.csv", "x.csv"])

    def test_arguments(self):
        self.write("x.csv", "a,b\n1,2\n")
        self.write("b.csv", "a,b\n0,0\n")
        self.write("z.csv", "a,b\n0,0\n1,1\n")
        base = ("--x", "x.csv", "--background", "b.csv")
        one = (*base, "--command", "sed -u 's/.*/1/'")
        for code, words, *arguments in (
                (2, "--x is missing", "--background", "b.csv"), (2, "--background is missing", "--x", "x.csv"), (2, "one of --xgboost and --command", *base),
                (2, "one of --xgboost and --command", *one, "--xgboost", "m"), (2, "--margin needs --xgboost", *one, "--margin"),
                (3, "No such file", "--x", "no.csv", "--background", "b.csv", "--command", "cat"), (2, "--row is 2", *one, "--row", "2"),
                (2, "--row", *one, "--row", "0"), (2, "--group is 'g'", *one, "--group", "g"), (2, "--group is '=a'", *one, "--group", "=a"),
                (2, "no column 'c'", *one, "--group", "g=a,c"), (2, "is in group g already", *one, "--group", "g=a", "--group", "h=b,a"),
                (2, "--output is 1, must be 0..0", *one, "--output", "1"), (2, "need an --attributor", *one, "--attributor", "none", "--output", "1"),
                (2, ["--attributor is 'gradient'", "known are none, occlusion"], *one, "--attributor", "gradient"),
                (3, "--inner-baseline has 2 rows", *one, "--inner-baseline", "z.csv"), (2, "--targets is for", *one, "--targets", "a"),
                (2, "--targets has 2 labels", *one, "--attributor", "none", "--targets", "a,b"), (2, "too many", *one, "more"),
                (2, ["--samples is 3", "must be even"], *one, "--attributor", "shapley-sampling", "--samples", "3"),
                (2, "--probability", *one, "--probability", "2"), (2, "--threads", *one, "--threads", "0")):
            self.refuse(code, words, "table", *arguments)


if __name__ == "__main__":
    support.main()
