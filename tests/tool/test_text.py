# SPDX-License-Identifier: MIT
"""metagame text, on a model that is written here (tiny_model.py); and on a real one where METAGAME_TEST_MODEL names it."""
import json
import os
import resource
import signal
import subprocess
import time
import unittest

import support
import tiny_model
from support import Case, read_npy

PROMPT = "the food was not bad"
BUILT = "without llama.cpp" not in subprocess.run([os.path.abspath(__import__("sys").argv[1]), "text", "--help"], capture_output=True,
                                                  text=True).stdout


class Arguments(Case):
    """None of these looks at a model."""

    def test_refusals(self):
        one = ("--model", "m.gguf")
        for code, words, *arguments in (
                (2, "--model is missing", PROMPT), (2, "which PROMPT?", *one), (2, "one argument too many", *one, "the", "food"),
                (2, ["--attributor is 'foo'", "known are gradient-norm", "attnlrp", "shapley"], *one, "--attributor", "foo", PROMPT),
                (2, "--players is 'letters'; known are words, tokens", *one, "--players", "letters", PROMPT),
                (2, "exclude each other", *one, "--target", "a", "--generate", "2", PROMPT), (2, "--generate is '65'", *one, "--generate", "65", PROMPT),
                (2, "--per-step is for generated", *one, "--target", "a", "--per-step", PROMPT),
                (2, "--per-step is for attributions", *one, "--per-step", "--attributor", "occlusion", PROMPT),
                (2, "--raw has none", *one, "--raw", "--system", "x", PROMPT), (2, "--threads is '0'", *one, "--threads", "0", PROMPT),
                (2, "--nodes", *one, "--nodes", "5000", PROMPT), (2, "--budget", *one, "--budget", "many", PROMPT),
                (2, "--precision", *one, "--precision", "-1", PROMPT)):
            self.refuse(code, words, "text", *arguments)

    @unittest.skipIf(BUILT, "the language part is there")
    def test_without_engine(self):
        self.refuse(4, "built without llama.cpp", "text", "--model", "m.gguf", PROMPT)


@unittest.skipUnless(BUILT, "built without llama.cpp")
class Tiny(Case):
    def setUp(self):
        super().setUp()
        tiny_model.write(self.folder / "m.gguf")

    def text(self, *arguments, prompt=PROMPT, code=0, **more):
        return self.run_tool("text", "--model", "m.gguf", "--threads", "1", *arguments, prompt, code=code, **more)

    def solve(self, *arguments, **more):
        self.text("--json", "r.json", "--quiet", *arguments, **more)
        return self.read_json("r.json")

    def test_every_attributor(self):
        """All of them give words x words, and rows that add up to the first order."""
        for name in ("gradient-norm", "gradient-x-input", "integrated-gradients", "attnlrp", "cp-lrp", "attention", "attention-rollout", "occlusion",
                     "shapley", "banzhaf"):
            result = self.solve("--target", " good, bad", "--attributor", name)
            self.assertEqual(result["players"], PROMPT.split())
            self.assertEqual(result["targets"], PROMPT.split())
            self.assertEqual(result["own_player"], [0, 1, 2, 3, 4])
            self.assertClose([sum(row) for row in result["matrix"]], result["first_order"], 1e-9)
            self.assertEqual(result["symmetric"], name in ("shapley", "banzhaf"))
            self.assertEqual(result["solver"], "exact")
        result = self.solve("--target", " good, bad", "--attributor", "none")
        self.assertEqual(result["targets"], ["value"])
        self.assertClose(result["base"][0] + sum(result["matrix"][0]), result["first_order"][0], 1e-9)

    def test_document(self):
        result = self.solve("--target", " good, bad", "--instruction", "review: {}", "--answer", "sentiment:", "--system", "very")
        notes = result["notes"]
        self.assertEqual(notes["model"], "m.gguf")
        self.assertIn("review: the food was not bad<|im_end|>", notes["prompt"])
        self.assertTrue(notes["prompt"].endswith("sentiment:"))
        self.assertEqual(notes["value"], "logit(' good') - logit(' bad')")

    def test_steps(self):
        """The mean of the steps is the result; each step has its own matrix."""
        result = self.solve("--generate", "3", "--per-step", "--attributor", "gradient-x-input")
        steps = result["steps"]
        self.assertEqual(len(steps), 3)
        for i in range(5):
            for j in range(5):
                self.assertClose(result["matrix"][i][j], sum(s["matrix"][i][j] for s in steps) / 3, 1e-6)
        plain = self.solve("--generate", "3", "--attributor", "gradient-x-input")
        self.assertNotIn("steps", plain)
        self.assertClose(plain["matrix"], result["matrix"], 1e-5)

    def test_tokens_and_absences(self):
        result = self.solve("--target", " good", "--players", "tokens", prompt="the zoo was bad")
        self.assertGreater(len(result["players"]), 4)
        self.assertEqual("".join(result["players"]), "thezoowasbad")
        masks = set()
        for mode in ("unknown", "zero", "delete", "mean", "hide"):
            result = self.solve("--target", " good", "--absent", mode, "--attributor", "gradient-x-input")
            masks.add(result["masking_id"])
        self.assertEqual(len(masks), 5)
        result = self.solve("--target", " good", "--absent", "unknown,zero", "--attributor", "gradient-x-input")
        self.assertEqual(result["maskings"], 2)
        self.assertGreater(max(map(max, result["spread"])), 0)

    def test_sampling_and_seed(self):
        prompt = "the food was not bad the trip was very good my review is negative"
        outs = [self.text("--target", " good", "--attributor", "gradient-x-input", "--budget", "150", "--solver", "regression", "--json", "-", "--seed", seed,
                          prompt=prompt)[0] for seed in "112"]
        self.assertEqual(outs[0], outs[1])
        self.assertNotEqual(outs[0], outs[2])
        self.assertLessEqual(json.loads(outs[0])["evaluations"], 150)

    def test_files_and_stdin(self):
        self.text("--target", " good", "--html", "r.html", "--svg", "r.svg", "--view", "arcs", "--csv", "r.csv", "--npy", "r.npy", "--quiet")
        self.assertEqual(read_npy(self.folder / "r.npy")[0], (5, 5))
        page = (self.folder / "r.html").read_text()
        self.assertIn(">food<", page.replace("</tspan>", "<"))
        self.assertNotIn("http://", page.replace("http://www.w3.org", ""))
        out = self.run_tool("text", "--model", "m.gguf", "--target", " good", "--csv", "-", "-", stdin=(PROMPT + "\n").encode())[0]
        self.assertEqual(out.replace("\r", ""), (self.folder / "r.csv").read_bytes().decode().replace("\r", ""))

    def test_print_out(self):
        out, err = self.text("--target", " good, bad")
        self.assertEqual(err, "")
        for words in ("players  5: [the] [food] [was] [not] [bad]", "logit(' good') - logit(' bad')", "with all players", "exact solver, 31 coalitions",
                      "who moves whom", "sent to others", "batch          passed"):
            self.assertIn(words, out)

    def test_hostile_words(self):
        """Words that are markup or turn the direction of writing stay words, on the terminal and in the page."""
        prompt = "the </script><b> \u202ebad\u202c \u0007 food"
        out, _ = self.text("--target", " good", "--html", "r.html", prompt=prompt)
        self.assertNotIn("\u202e", out)
        self.assertNotIn("\u0007", out)
        page = (self.folder / "r.html").read_text()
        self.assertNotIn("</script><b>", page)
        self.assertNotIn("\u202e", page)

    def test_bad_models(self):
        data = (self.folder / "m.gguf").read_bytes()
        self.write("empty.gguf", b"")
        self.write("text.gguf", "hello, this is no model at all")
        self.write("head.gguf", data[:3000])
        self.write("short.gguf", data[:-1000])
        tiny_model.write(self.folder / "other.gguf", architecture="nonesuch")
        tiny_model.write(self.folder / "plain.gguf", template=False)
        tiny_model.write(self.folder / "mute.gguf", words=False)
        before = self.names()
        for words, name in (("No such file", "nowhere.gguf"), ("not a regular file", "."), ("empty.gguf", "empty.gguf"), ("not a GGUF file", "text.gguf"),
                            ("damaged or truncated", "head.gguf"), ("truncated", "short.gguf"), ("unknown architecture", "other.gguf"),
                            ("no chat template (a base model?); use --raw", "plain.gguf"), ("no vocabulary", "mute.gguf")):
            line = self.refuse(4, words, "text", "--model", name, "--target", " good", "--json", "r.json", PROMPT)
            self.assertIn(name, line)
            self.assertEqual(self.names(), before)

    def test_bad_prompts(self):
        for code, words, prompt, *arguments in (
                (3, "no words", ""), (3, "no words", "  \n "), (3, "reads at most 128", "bad " * 200), (3, "no text", "-"),
                (2, "splits into", PROMPT, "--target", "good food"), (2, "splits into", PROMPT, "--target", " good, xyzzy"),
                (2, "must be 1 token", PROMPT, "--target", ""), (2, "one or two", PROMPT, "--target", "a,b,c"), (2, "the same token", PROMPT, "--target", "x,x"),
                (2, "--absent is 'none'", PROMPT, "--absent", "none"), (2, "has 'zero' twice", PROMPT, "--absent", "zero,zero"),
                (2, "--instruction is", PROMPT, "--instruction", "no braces"), (2, "--absent-token", PROMPT, "--absent-token", "two words"),
                (2, "--layer is 3", PROMPT, "--attributor", "attention", "--layer", "3"), (2, "--budget is 3", PROMPT, "--budget", "3"),
                (2, "neither --per-step nor several", PROMPT, "--attributor", "none", "--absent", "zero,mean")):
            target = () if "--target" in arguments else ("--target", " good")
            self.refuse(code, words, "text", "--model", "m.gguf", "--json", "r.json", *target, *arguments, prompt, stdin=b"a\0b")
            self.assertEqual(self.names(), ["m.gguf"])

    def test_full_disk(self):
        def small():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        for option, name in (("--json", "r.json"), ("--html", "r.html")):
            _, err = self.text("--target", " good", option, name, "--quiet", code=6, preexec_fn=small)
            self.assertIn("was not written: File too large", err)
            self.assertEqual(self.names(), ["m.gguf"])
        self.refuse(6, "No such file", "text", "--model", "m.gguf", "--json", "no/r.json", PROMPT)

    def test_interrupt(self):
        prompt = " ".join(["the food was not bad"] * 4)
        child = subprocess.Popen([support.PROGRAM, "text", "--model", "m.gguf", "--threads", "1", "--target", " good", "--attributor", "integrated-gradients",
                                  "--solver", "permutation", "--budget", "1000000", "--json", "r.json", "--quiet", "--batch", "4", prompt], cwd=self.folder)
        time.sleep(3)
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(timeout=120), 5)
        result = self.read_json("r.json")
        self.assertFalse(result["complete"])
        self.assertEqual(self.names(), ["m.gguf", "r.json"])
        self.run_tool("report", "r.json", "-o", "r.html")


    def test_interrupt_of_several_absences(self):
        child = subprocess.Popen([support.PROGRAM, "text", "--model", "m.gguf", "--threads", "1", "--target", " good", "--attributor", "integrated-gradients",
                                  "--nodes", "200", "--absent", "unknown,zero", "--json", "r.json", "--quiet", " ".join([PROMPT] * 3)], cwd=self.folder)
        time.sleep(3)
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(timeout=240), 5)
        self.assertFalse(self.read_json("r.json")["complete"])


@unittest.skipUnless(BUILT and os.environ.get("METAGAME_TEST_MODEL"), "METAGAME_TEST_MODEL names no model")
class Real(Case):
    def test_not_bad(self):
        """A model that is made F32 first, in a folder of its own; words next to each other move each other."""
        self.run_tool("text", "--model", os.environ["METAGAME_TEST_MODEL"], "--threads", "1", "--instruction", "Is this good or bad? {}", "--target", " good, bad",
                      "--json", "r.json", "--quiet", "not bad.")
        result = self.read_json("r.json")
        self.assertEqual(result["players"], ["not", "bad."])
        self.assertClose([sum(row) for row in result["matrix"]], result["first_order"], 1e-6)
        self.assertGreater(abs(result["matrix"][1][0]), 0.01)


if __name__ == "__main__":
    support.main()
