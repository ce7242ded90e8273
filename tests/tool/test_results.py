# SPDX-License-Identifier: MIT
"""metagame verify, report and compare; files that cannot be written; interruptions; stopping."""
import json
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import support
from support import Case, read_npy

GAME = {"n": 3, "const": 1, "terms": [[1, 0, 2], [3, 4, 3], [6, 0, 1.5]], "players": ["anna", "ben", "carl"]}
LARGE = {"n": 40, "const": 0, "terms": [[1 << p, 0, p] for p in range(40)] + [[13 << p, 0, (p * 7 % 11) - 5] for p in range(36)]}


class Results(Case):
    def setUp(self):
        super().setUp()
        self.write("g.json", GAME)
        self.run_tool("game", "g.json", "--attributor", "occlusion", "--json", "a.json", "--quiet")

    def test_verify(self):
        out, err = self.run_tool("verify", "a.json")
        self.assertIn("decomposition  passed, 3 of 3", out)
        self.assertIn("symmetry       passed, 1 of 1", out)
        self.assertEqual(err, "")
        self.assertIn("who moves whom", self.run_tool("verify", "a.json", "--show")[0])
        self.assertEqual(self.run_tool("verify", "a.json", "--quiet"), ("", ""))
        self.assertIn("passed", self.run_tool("verify", "-", stdin=(self.folder / "a.json").read_bytes())[0])

    def test_verify_fails(self):
        result = self.read_json("a.json")
        result["matrix"][0][1] += 0.5
        self.write("bad.json", result)
        out, err = self.run_tool("verify", "bad.json", code=1)
        self.assertIn("FAILED", out)
        self.assertIn("check decomposition failed for 1 of 3", err)
        self.assertIn("check symmetry failed", err)
        out, err = self.run_tool("verify", "bad.json", "--quiet", "--tolerance", "1", code=0)
        self.assertEqual(out + err, "")

    def test_broken_results(self):
        text = (self.folder / "a.json").read_text()
        for content in ("", "{", text[:-3], text[: len(text) // 2], text.replace('"matrix"', '"matrix2"'), text.replace("metagame-result", "other"),
                        "[1, 2]", text.replace('"version": 1', '"version": 99'), text.replace("1.5", "x", 1), "\0\0\0"):
            self.write("b.json", content)
            for arguments in (("verify", "b.json"), ("report", "b.json", "-o", "c.html"), ("compare", "a.json", "b.json"), ("compare", "b.json", "a.json")):
                self.refuse(3, "b.json", *arguments)
                self.assertNotIn("c.html", self.names())

    def test_report(self):
        for name, head in (("r.csv", b"target,player"), ("r.json", b"{"), ("r.npy", b"\x93NUMPY"), ("r.svg", b"<svg"), ("r.html", b"<!DOCTYPE html>")):
            self.run_tool("report", "a.json", "-o", name)
            data = (self.folder / name).read_bytes()
            self.assertTrue(data.lower().startswith(head.lower()) or head in data[:200], data[:80])
            if name.endswith(("svg", "html")):
                self.assertIn(b"anna", data)
        self.assertEqual((self.folder / "r.json").read_bytes(), (self.folder / "a.json").read_bytes())
        self.assertEqual(read_npy(self.folder / "r.npy")[0], (3, 3))
        out, _ = self.run_tool("report", "a.json", "-o", "-", "--format", "csv")
        self.assertEqual(out.replace("\r\n", "\n"), (self.folder / "r.csv").read_bytes().decode().replace("\r\n", "\n"))
        self.run_tool("report", "a.json", "-o", "n.html", "--no-script", "--title", "A <title>")
        page = (self.folder / "n.html").read_text()
        self.assertNotIn("<script", page)
        self.assertIn("A &lt;title&gt;", page)
        self.run_tool("report", "a.json", "-o", "v.svg", "--view", "arcs")
        self.assertNotEqual((self.folder / "v.svg").read_bytes(), (self.folder / "r.svg").read_bytes())
        self.run_tool("game", "g.json", "--attributor", "occlusion", "--quiet", "--html", "h.html", "--svg", "h.svg", "--csv", "h.csv", "--npy-stderr", "h.npy")
        self.assertEqual((self.folder / "h.html").read_bytes(), (self.folder / "r.html").read_bytes())
        self.assertEqual((self.folder / "h.svg").read_bytes(), (self.folder / "r.svg").read_bytes())

    def test_sentences(self):
        """What stands behind the numbers: the same words in print, JSON and page; and its data."""
        self.write("l.json", LARGE)
        args = ("game", "l.json", "--solver", "permutation", "--budget", "1000")
        printed, _ = self.run_tool(*args, "--json", "s.json", "--html", "s.html")
        diagnosis = self.read_json("s.json")["diagnosis"]
        sentence = diagnosis["sentence"]
        self.assertEqual(sentence.index("Permutation sampling, as asked for; the standard error"), 0)
        self.assertIn(f"some {round(diagnosis['halving'], -2)} more evaluations", sentence)
        self.assertEqual(diagnosis["halving"], 3 * self.read_json("s.json")["evaluations"])
        self.assertEqual(diagnosis["reason"], "named")
        self.assertEqual((diagnosis["n_without"], diagnosis["exact_at"]), (0, 0))
        self.assertIn(sentence, " ".join(printed.split()))
        self.assertLess(printed.index("first order"), printed.index("Permutation sampling,"))
        self.assertIn(sentence, (self.folder / "s.html").read_text())
        lines = printed[printed.index("Permutation sampling,"):].splitlines()
        self.assertLessEqual(max(map(len, lines)), 100)
        out, _ = self.run_tool("report", "s.json", "-o", "t.html")
        self.assertEqual(" ".join(out.split()), sentence)
        out, _ = self.run_tool("report", "s.json", "-o", "-", "--format", "csv")
        self.assertNotIn("sampling", out)
        out, _ = self.run_tool("compare", "s.json", "s.json")
        self.assertEqual(" ".join(out.split()).count(f"s.json: {sentence}"), 2)
        self.assertNotIn("sampling", self.run_tool("compare", "s.json", "s.json", "--json", "-")[0])
        self.assertEqual(self.run_tool(*args, "--quiet")[0], "")

    def test_report_refusals(self):
        for code, words, *arguments in (
                (2, "which RESULT.json"), (2, "--output (-o) is missing", "a.json"), (2, "whose ending is none of", "a.json", "-o", "x.pdf"),
                (2, "whose ending", "a.json", "-o", "x"), (2, "--format", "a.json", "-o", "x", "--format", "pdf"), (2, "-o needs a value", "a.json", "-o"),
                (6, "x.html was not written: No such file", "a.json", "-o", "no/x.html"), (3, "No such file", "no.json", "-o", "x.html"),
                (2, "--view", "a.json", "-o", "x.svg", "--view", "pie")):
            self.refuse(code, words, "report", *arguments)
        self.refuse(2, "grid", "report", "a.json", "-o", "x.svg", "--view", "patches")
        self.assertEqual(self.names(), ["a.json", "g.json"])

    def test_compare(self):
        out, _ = self.run_tool("compare", "a.json", "a.json")
        self.assertIn("Spearman +1.0000", out)
        self.assertIn("no entry differs", out)
        result = self.read_json("a.json")
        result["matrix"][1][2] += 0.25
        self.write("b.json", result)
        out, _ = self.run_tool("compare", "a.json", "b.json", code=1)
        self.assertIn("largest difference 0.25: carl -> ben", out)
        self.assertIn("1 of 9 entries differ", out)
        self.run_tool("compare", "a.json", "b.json", "--tolerance", "0.125", "--quiet")
        self.run_tool("compare", "a.json", "b.json", "--tolerance", "0.1249", "--quiet", code=1)
        out, _ = self.run_tool("compare", "a.json", "b.json", "--json", "-", "--k", "2", code=1)
        numbers = json.loads(out)
        self.assertEqual((numbers["entries"], numbers["different"], numbers["k"], numbers["largest_difference"]), (6, 1, 2, 0.25))
        self.assertIsNone(numbers["beyond_two_standard_errors"])

    def test_compare_sampled(self):
        self.write("l.json", LARGE)
        for seed in "12":
            self.run_tool("game", "l.json", "--budget", "1000", "--solver", "permutation", "--seed", seed, "--json", seed + ".json", "--quiet")
        out, _ = self.run_tool("compare", "1.json", "2.json", code=1)
        self.assertIn("sampled entries differ by more than 2 standard errors", out)

    def test_compare_refusals(self):
        self.write("h.json", {**GAME, "players": ["anna", "ben", "dora"]})
        self.write("i.json", [0, 1, 2, 3])
        self.run_tool("game", "h.json", "--attributor", "occlusion", "--json", "c.json", "--quiet")
        self.run_tool("game", "i.json", "--json", "d.json", "--quiet")
        self.refuse(3, ["player 2 is 'carl'", "'dora'"], "compare", "a.json", "c.json")
        self.refuse(3, "nothing to compare", "compare", "a.json", "d.json")
        self.refuse(2, "two files", "compare", "a.json")
        self.refuse(2, "--k", "compare", "a.json", "a.json", "--k", "99")
        self.refuse(2, "--tolerance", "compare", "a.json", "a.json", "--tolerance", "-1")


class Files(Case):
    def setUp(self):
        super().setUp()
        self.write("g.json", GAME)

    def test_places(self):
        os.mkdir(self.folder / "d")
        self.write("f", "")
        for words, path in (("No such file", "no/r.json"), ("Is a directory", "d"), ("Not a directory", "f/r.json")):
            for option in ("--json", "--csv", "--html", "--npy", "--svg"):
                self.refuse(6, [path, words], "game", "g.json", option, path)
        self.assertEqual(self.names(), ["d", "f", "g.json"])

    def test_devices(self):
        for option in ("--json", "--csv", "--npy"):
            _, err = self.run_tool("game", "g.json", option, "/dev/full", "--quiet", code=6)
            self.assertIn("/dev/full was not written: No space left on device", err)
        self.run_tool("game", "g.json", "--json", "/dev/null", "--quiet")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([support.PROGRAM, "game", self.folder / "g.json"], stdout=full, stderr=subprocess.PIPE, timeout=60)
            self.assertEqual(done.returncode, 6)
            self.assertIn(b"standard output was not written", done.stderr)
            done = subprocess.run([support.PROGRAM, "game", self.folder / "g.json", "--json", "-"], stdout=full, stderr=subprocess.PIPE, timeout=60)
            self.assertEqual(done.returncode, 6)

    def test_full(self):
        """A file that may not grow: nothing under its name, nothing beside it, and what was there stays."""
        self.write("l.json", LARGE)
        self.write("r.json", "old")

        def small():
            resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))
        for option, name in (("--json", "r.json"), ("--csv", "n.csv"), ("--npy", "n.npy"), ("--html", "n.html")):
            game = "g.json" if option == "--html" else "l.json"
            extra = ["--attributor", "occlusion"] if option == "--html" else ["--own-player", "none"]
            if option == "--npy":
                extra = ["--attributor", "occlusion", "--evaluate", "--solver", "permutation", "--budget", "4000"]
            _, err = self.run_tool("game", game, option, name, "--quiet", *extra, code=6, preexec_fn=small)
            self.assertIn(f"{name} was not written: File too large", err)
            self.assertEqual(self.names(), ["g.json", "l.json", "r.json"])
            self.assertEqual((self.folder / "r.json").read_text(), "old")

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("mount"), "needs root")
    def test_full_disk(self):
        folder = self.folder / "disk"
        folder.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", folder], stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("no tmpfs can be mounted")
        try:
            self.write("l.json", LARGE)
            _, err = self.run_tool("game", "l.json", "--csv", "disk/r.csv", "--quiet", "--attributor", "occlusion", "--evaluate",
                                   "--solver", "permutation", "--budget", "4000", code=6)
            self.assertIn("No space left on device", err)
            self.assertEqual(list(folder.iterdir()), [])
        finally:
            subprocess.run(["umount", folder], check=True)

    def test_one_failure_keeps_the_others(self):
        self.run_tool("game", "g.json", "--json", "/dev/full", "--csv", "r.csv", "--quiet", code=6)
        self.assertEqual(self.names(), ["g.json", "r.csv"])

    def test_closed_pipe(self):
        """A reader that goes away is an output that could not be written, and no signal."""
        self.write("l.json", LARGE)
        child = subprocess.Popen([support.PROGRAM, "game", "l.json", "--json", "-"], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        child.stdout.close()
        err = child.stderr.read()
        child.stderr.close()
        self.assertEqual(child.wait(timeout=60), 6, err)
        self.assertIn(b"Broken pipe", err)

    def test_mode(self):
        """Permissions are those of any new file."""
        self.run_tool("game", "g.json", "--json", "r.json", "--quiet", preexec_fn=lambda: os.umask(0o027))
        self.assertEqual((self.folder / "r.json").stat().st_mode & 0o777, 0o640)


class Runs(Case):
    def test_precision(self):
        self.write("l.json", LARGE)
        args = ("game", "l.json", "--solver", "permutation", "--json", "r.json", "--quiet", "--budget", "200000")
        self.run_tool(*args, "--target-stderr", "0.05")
        result = self.read_json("r.json")
        self.assertLess(result["evaluations"], 200000)
        self.assertLessEqual(max(result["stderr"][0]), 0.05)
        self.run_tool(*args, "--half-width", "0.5", "--confidence", "0.9")
        self.run_tool(*args, "--precision", "0.01")
        self.run_tool(*args, "--precision", "0.05", "--resolve", "top", "--top-k", "3")

    def test_precision_refusals(self):
        self.write("l.json", LARGE)
        for words, *arguments in (("--resolve top and --top-k go together", "--resolve", "top", "--precision", "1"),
                                  ("go together", "--top-k", "3"), ("--resolve needs", "--resolve", "ranking"), ("--confidence", "--confidence", "1"),
                                  ("--precision", "--precision", "0"), ("--precision", "--precision", "nan"), ("--seconds", "--seconds", "-1")):
            self.refuse(2, words, "game", "l.json", *arguments)

    def slow(self, *arguments):
        self.write("m.sh", "while read -r line; do sleep 0.02; echo 1; done\n")
        self.write("x.csv", ",".join(["1"] * 14) + "\n")
        self.write("b.csv", ",".join(["0"] * 14) + "\n")
        return ("table", "--x", "x.csv", "--background", "b.csv", "--command", "sh m.sh", "--attributor", "none", "--solver", "permutation",
                "--budget", "100000", "--batch", "4", *arguments)

    def test_seconds(self):
        args = self.slow("--seconds", "1.5", "--json", "r.json")
        out, _ = self.run_tool(*args, code=5)
        self.assertIn("the time was over before the end.", " ".join(out.split()))
        self.assertFalse(self.read_json("r.json")["complete"])

    def test_quiet_interrupt(self):
        """An exact run that is interrupted knows nothing, says so, and writes a valid file."""
        args = self.slow("--quiet", "--json", "r.json")
        args = [a for a in args if a not in ("--solver", "permutation")] + ["--solver", "exact"]
        child = subprocess.Popen([support.PROGRAM, *args], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        time.sleep(1)
        child.send_signal(signal.SIGTERM)
        out = child.communicate(timeout=60)[0]
        self.assertEqual((child.returncode, out), (5, b""))
        result = self.read_json("r.json")
        self.assertFalse(result["complete"])
        self.assertIsNone(result["matrix"][0][0])
        self.run_tool("report", "r.json", "-o", "r.html")

    def test_progress(self):
        """On a terminal there is a line with rate and time left; nowhere else."""
        import pty
        args = self.slow("--seconds", "1.5")
        master, slave = pty.openpty()
        child = subprocess.Popen([support.PROGRAM, *args], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=slave)
        os.close(slave)
        text = b""
        while True:
            try:
                part = os.read(master, 4096)
            except OSError:
                break
            if not part:
                break
            text += part
        os.close(master)
        self.assertEqual(child.wait(timeout=60), 5)
        self.assertRegex(text, rb"\r\d+ of \d+, [0-9.]+/s, .* left")
        _, err = self.run_tool(*args, code=5)
        self.assertEqual(err, "")


if __name__ == "__main__":
    support.main()
