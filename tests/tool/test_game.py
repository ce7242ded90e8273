# SPDX-License-Identifier: MIT
"""metagame game: values against the definitions, and files that are no games."""
import json
import random
import subprocess

import support
from support import Case, npy, read_npy, shapley

TERMS = {"n": 3, "const": 1, "terms": [[1, 0, 2], [3, 4, 3], [6, 0, 1.5]], "players": ["anna", "ben", "carl"]}


def terms_value(game, mask):
    return game["const"] + sum(c for inside, out, c in game["terms"] if mask & inside == inside and not mask & out)


class Values(Case):
    def test_terms(self):
        self.write("g.json", TERMS)
        self.run_tool("game", "g.json", "--json", "r.json", "--quiet")
        result = self.read_json("r.json")
        values = [terms_value(TERMS, mask) for mask in range(8)]
        self.assertClose(result["matrix"][0], shapley(values, 3))
        self.assertEqual(result["players"], ["anna", "ben", "carl"])
        self.assertEqual(result["base"], [1])
        self.assertEqual(result["first_order"], [values[7]])
        self.assertEqual(result["evaluations"], 8)
        self.assertTrue(result["complete"])

    def test_table_forms(self):
        """The same table in every form gives the same bytes."""
        rng = random.Random(1)
        values = [rng.uniform(-1, 1) for _ in range(16)]
        self.write("a.json", values)
        self.write("b.json", {"values": values, "unknown": [{"x": None}]})
        self.write("c.npy", npy(values, [16]))
        self.write("d.npy", npy(values, [16, 1], descr=">f8"))
        self.write("e.npy", npy(values, [16], version=2))
        self.write("f.json", [[v] for v in values])
        first = None
        for name in ("a.json", "b.json", "c.npy", "d.npy", "e.npy", "f.json"):
            out, _ = self.run_tool("game", name, "--json", "-")
            first = first or out
            self.assertEqual(out, first, name)
        self.assertClose(json.loads(first)["matrix"][0], shapley(values, 4))
        out, _ = self.run_tool("game", "-", "--json", "-", stdin=json.dumps(values).encode())
        self.assertEqual(out, first)

    def test_outputs_and_own_players(self):
        """Two outputs, the first of which is player 1's attribution: it is pinned."""
        rng = random.Random(2)
        table = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(8)]
        flat = [v for row in table for v in row]
        self.write("g.npy", npy(flat, [8, 2]))
        self.write("f.npy", npy([row[k] for k in range(2) for row in table], [8, 2], fortran=True))
        self.run_tool("game", "g.npy", "--own-player", "1,none", "--players", "a,b,c", "--json", "r.json", "--npy", "m.npy", "--quiet")
        result = self.read_json("r.json")
        self.assertEqual(result["own_player"], [1, None])
        self.assertEqual(result["targets"], ["b", "1"])
        others = [table[2 | (mask & 1) | (mask & 2) << 1][0] for mask in range(4)]
        expected = shapley(others, 2)
        self.assertClose(result["matrix"], [[expected[0], table[2][0], expected[1]], shapley([row[1] for row in table], 3)])
        shape, values = read_npy(self.folder / "m.npy")
        self.assertEqual(shape, (2, 3))
        self.assertEqual(values, [v for row in result["matrix"] for v in row])
        self.run_tool("game", "f.npy", "--own-player", "1,none", "--players", "a,b,c", "--json", "s.json", "--quiet")
        self.assertEqual(self.read_json("s.json"), result)

    def test_attributor(self):
        """Occlusion of a value game: symmetric, and (i, i) is what i is worth alone."""
        self.write("g.json", TERMS)
        self.run_tool("game", "g.json", "--attributor", "occlusion", "--json", "r.json", "--quiet")
        result = self.read_json("r.json")
        self.assertClose(result["matrix"], [[2, 1.5, -1.5], [1.5, 0, 0], [-1.5, 0, 0]])
        self.assertTrue(result["symmetric"])

    def test_sampling(self):
        """Many players: the sampled values add up, and the same seed gives the same bytes."""
        rng = random.Random(3)
        game = {"n": 24, "const": 0, "terms": [[1 << p, 0, p] for p in range(24)] + [[3 << p, 0, rng.uniform(-1, 1)] for p in range(20)]}
        self.write("g.json", game)
        outs = [self.run_tool("game", "g.json", "--budget", "400", "--seed", seed, "--solver", "permutation", "--json", "-")[0]
                for seed in (1, 1, 2)]
        self.assertEqual(outs[0], outs[1])
        self.assertNotEqual(outs[0], outs[2])
        result = json.loads(outs[0])
        self.assertLessEqual(result["evaluations"], 400)
        self.assertClose(sum(result["matrix"][0]), terms_value(game, (1 << 24) - 1), 1e-9)
        self.assertEqual(result["solver"], "permutation")
        self.assertIn("stderr", result)

    def test_locale(self):
        self.write("g.json", [0, 0.5, 0.25, 1.5])
        plain = self.run_tool("game", "g.json", "--json", "-")[0]
        for name in ("de_DE.UTF-8", "C.UTF-8"):
            self.assertEqual(self.run_tool("game", "g.json", "--json", "-", env={"LC_ALL": name})[0], plain)

    def test_print_out(self):
        self.write("g.json", TERMS)
        out, err = self.run_tool("game", "g.json")
        self.assertEqual(err, "")
        for words in ("anna", "exact solver, 8 coalitions", "anna -> value", "+2.500", "decomposition  passed"):
            self.assertIn(words, out)
        self.write("h.json", {**TERMS, "players": ["a\u001b[31m", "\u202eb", "c" * 300]})
        out, _ = self.run_tool("game", "h.json")
        self.assertNotIn("\u001b", out)
        self.assertNotIn("\u202e", out)
        self.assertLess(max(map(len, out.splitlines())), 200)


class Indices(Case):
    def index(self, game, *arguments):
        self.write("g.json", game)
        return json.loads(self.run_tool("game", "g.json", "--json", "-", "--index", *arguments)[0])

    def test_pairs(self):
        """Of two players all indices are known: v(ab) - v(a) - v(b) + v(empty)."""
        for name in ("sii", "k-sii", "stii", "fsii", "bii", "fbii", "chii", "moebius", "co-moebius"):
            cells = self.index([1, 2, 4, 9], name)["cells"]
            self.assertEqual(len(cells), 1)
            self.assertEqual(cells[0]["players"], [0, 1])
            self.assertClose(cells[0]["value"], 4)

    def test_three(self):
        """By hand: of v = 3 ab (c absent) + 1.5 bc: the pair (a, b) is mean over c of 3 and 0."""
        got = {tuple(c["players"]): c["value"] for c in self.index(TERMS, "sii")["cells"]}
        self.assertClose(got[(0, 1)], 1.5)
        self.assertClose(got[(0, 2)], -1.5)
        self.assertClose(got[(1, 2)], 0.0, 1e-15)
        got = {tuple(c["players"]): c["value"] for c in self.index(TERMS, "moebius", "--order", "3")["cells"]}
        self.assertClose(got[(0, 1, 2)], -3)
        got = [c["value"] for c in self.index(TERMS, "banzhaf")["cells"]]
        values = [terms_value(TERMS, mask) for mask in range(8)]
        self.assertClose(got, [sum(values[m | 1 << p] - values[m] for m in range(8) if not m >> p & 1) / 4 for p in range(3)])
        got = [c["value"] for c in self.index(TERMS, "context", "--context", "1")["cells"]]
        self.assertClose(got[0], 0)
        self.assertClose([c["value"] for c in self.index(TERMS, "context", "--context", "0")["cells"]], [3, 0, 1.5])

    def test_directed(self):
        cells = {tuple(c["players"]): c["value"] for c in self.index(TERMS, "bivariate-shapley")["cells"]}
        self.assertEqual(len(cells), 9)
        self.assertClose([cells[(k, k)] for k in range(3)], shapley([terms_value(TERMS, m) for m in range(8)], 3))
        self.assertClose(cells[(0, 1)], 1.5)

    def test_files(self):
        self.write("g.json", TERMS)
        self.run_tool("game", "g.json", "--index", "sii", "--csv", "i.csv", "--npy", "i.npy", "--quiet")
        lines = (self.folder / "i.csv").read_bytes().decode().split("\r\n")
        self.assertEqual(lines[0], "target,player1,player2,value,stderr")
        self.assertEqual(lines[1][:22], '"value","anna","ben",1')
        self.assertEqual(len(lines), 5)
        shape, values = read_npy(self.folder / "i.npy")
        self.assertEqual(shape, (1, 3, 3))
        self.assertClose(values[1], 1.5)
        self.assertClose(values[3], 1.5)

    def test_refusals(self):
        self.write("g.json", TERMS)
        self.write("two.json", [0, 1, 2, 3])
        for code, words, *arguments in (
                (2, "--index is 'sij'; known are shapley, banzhaf, sii", "--index", "sij"),
                (2, "--order", "--index", "sii", "--order", "4"),
                (2, "--max-order is 1", "--index", "k-sii", "--max-order", "1"),
                (2, "--index context needs --context", "--index", "context"),
                (2, "--index is written by --json, --csv and --npy only", "--index", "sii", "--html", "x.html"),
                (2, "need an --index", "--order", "2"),
                (2, "--context", "--index", "context", "--context", "2"),
                (2, "--probability", "--index", "bii", "--probability", "1.5")):
            self.refuse(code, words, "game", "g.json", *arguments)
        self.refuse(2, ["order 3", "2"], "game", "two.json", "--index", "moebius", "--order", "3")


class Refusals(Case):
    def test_json(self):
        for content, words in (
                ("", "is empty"), ("[1, 2", "line 1: the text ends"), ("[1, 2]]", "behind the value"), ("[1 2]", "',' or ']'"),
                ("\n\n[1, x]", "line 3"), ("[1, 2, 3]", "3 coalitions, must be 2^n"), ("[1]", "must be 2^n"), ("[]", "must be 2^n"),
                ("[[1, 2], [3]]", "coalition 1 has 1 values, the first one 2"), ("[[], []]", "without values"),
                ("[1, 1e999]", "too large"), ("[1, 01]", "no number"), ("[1, NaN]", "a value is missing"), ("[1, null]", "a number must be here"),
                ("{}", "\"values\", or \"n\" and \"terms\""), ('{"terms": [[1, 0, 1]]}', "\"n\""),
                ('{"n": 2, "terms": [[4, 0, 1]]}', "beyond"), ('{"n": 64, "terms": []}', "0..63"),
                ('{"n": 2, "terms": [[1, 0]]}', "[in, out, coefficient]"), ('{"n": 2, "terms": [[1.5, 0, 1]]}', "whole number"),
                ('{"n": 2, "terms": [[-1, 0, 1]]}', "whole number"), ('{"values": [1, 2], "values": [1, 2]}', "twice"),
                ('{"values": [1, 2], "players": ["a", "b"]}', "2 labels of players, the game has 1"),
                ('{"values": [1, 2], "players": ["a]}', "no end"), ('"text"', "an array or an object"),
                ('{"values": [1, 2], "x": ' + "[" * 100, "nested too deeply"), ("[1, 2\0]", "',' or ']'")):
            self.write("g.json", content)
            line = self.refuse(3, words, "game", "g.json", "--json", "r.json")
            self.assertIn("g.json", line)
            self.assertEqual(self.names(), ["g.json"])

    def test_npy(self):
        good = npy([1, 2, 3, 4], [4])
        for content, words in (
                (npy([1, 2, 3], [3]), "3 coalitions"), (npy(range(8), [2, 2, 2]), "3 dimensions"), (npy([1.0], []), "0 dimensions"),
                (npy([0] * 8, [4], descr="<c16"), ""), (npy([0] * 4, [4], descr="|O"), ""), (good[:-1], ""), (good[:20], ""), (good[:8], ""),
                (good + b"x", ""), (npy([float("nan"), 1], [2]), "must be finite"), (npy([1, float("inf")], [2]), "coalition 1"),
                (npy([], [0]), ""), (npy([], [0, 3]), "")):
            self.write("g.npy", content)
            line = self.refuse(3, words, "game", "g.npy", "--json", "r.json")
            self.assertIn("g.npy", line)
            self.assertEqual(self.names(), ["g.npy"])

    def test_damage(self):
        """Bytes changed, left out and put in: an answer or a refusal, never a crash."""
        rng = random.Random(5)
        goods = [json.dumps(TERMS).encode(), json.dumps({"values": [[1, 2.5], [3e2, -4]], "players": ["\u00e9\n\"\\"]}).encode(), npy(range(8), [8]),
                 npy(range(8), [4, 2], version=2)]
        for k in range(120):
            data = bytearray(goods[k % len(goods)])
            for _ in range(rng.randint(1, 3)):
                at = rng.randrange(len(data))
                kind = rng.randrange(3)
                if kind == 0:
                    data[at] = rng.choice(b'[]{}",:0-9eE.\\u\x00\xff\x80(){}')
                elif kind == 1:
                    del data[at]
                else:
                    data.insert(at, rng.randrange(256))
            self.write("g", bytes(data))
            done = subprocess.run([support.PROGRAM, "game", "g", "--json", "-"], cwd=self.folder, capture_output=True, timeout=60)
            self.assertIn(done.returncode, (0, 3), (bytes(data), done.stderr))
            self.assertEqual(done.returncode == 0, done.stderr == b"")

    def test_arguments(self):
        self.write("g.json", [0, 1, 2, 3])
        for code, words, *arguments in (
                (2, "which FILE?",), (3, "No such file", "nowhere.json"), (3, "directory", "."), (2, "one argument too many", "g.json", "h.json"),
                (2, "unknown option --budet", "g.json", "--budet", "3"), (2, "--budget needs a value", "g.json", "--budget"),
                (2, "--budget is '0', must be a whole number in 1..", "g.json", "--budget", "0"), (2, "--budget", "g.json", "--budget", "1e3"),
                (2, "--budget", "g.json", "--budget", "-3"), (2, "--seed", "g.json", "--seed", "99999999999999999999"),
                (2, "takes no value", "g.json", "--quiet=1"), (2, "unknown option -x", "g.json", "-x"),
                (2, ["--solver is 'best'", "known are auto, exact"], "g.json", "--solver", "best"),
                (2, ["--budget is 1", "at least"], "g.json", "--budget", "1"),
                (2, ["--budget is 3", "exact solver needs at least 4"], "g.json", "--budget=3", "--solver=exact"),
                (2, "--own-player has 2 entries", "g.json", "--own-player", "0,1"), (2, "--own-player: entry 0 is '2'", "g.json", "--own-player", "2"),
                (2, "--own-player all", "g.json", "--own-player", "all"), (2, "--players has 3 labels", "g.json", "--players", "a,b,c"),
                (2, "--output is 1", "g.json", "--output", "1", "--attributor", "shapley"), (2, "--output needs", "g.json", "--output", "1"),
                (2, ["--attributor is 'lime'", "known are none, occlusion, shapley"], "g.json", "--attributor", "lime"),
                (2, "two outputs", "g.json", "--json", "-", "--csv", "-"), (2, "two outputs", "g.json", "--json", "x", "--csv", "x"),
                (2, "--outer is banzhaf", "g.json", "--outer", "banzhaf", "--solver", "regression"),
                (7, "--memory", "big.json", "--memory", "1", "--index", "stii", "--order", "3")):
            if arguments[:1] == ["big.json"]:
                self.write("big.json", {"n": 32, "const": 0, "terms": [[1, 2, 3.0]]})
            self.refuse(code, words, "game", *arguments)


if __name__ == "__main__":
    support.main()
