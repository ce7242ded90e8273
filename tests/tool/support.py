# SPDX-License-Identifier: MIT
"""What the tests of the command share: running it in an empty folder, and looking at what it left there."""
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None  # set by main()
ARGUMENTS = []  # further arguments of the test


def main():
    """usage: test_x.py PROGRAM [ARGUMENT ...]"""
    global PROGRAM
    module = sys.modules["support"]
    module.PROGRAM = os.path.abspath(sys.argv[1])
    module.ARGUMENTS[:] = sys.argv[2:]
    unittest.main(module="__main__", argv=sys.argv[:1], verbosity=1)


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="metagame-tool-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def environment(self, **more):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
        env.update(more)
        return env

    def run_tool(self, *arguments, stdin=b"", env=None, code=0, **more):
        """Runs it in self.folder; returns (stdout, stderr) as text. The exit code must be `code`."""
        done = subprocess.run([PROGRAM, *map(str, arguments)], input=stdin, capture_output=True, cwd=self.folder,
                              env=self.environment(**(env or {})), timeout=300, **more)
        out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        self.assertEqual(done.returncode, code, f"{arguments}\n{out}\n{err}")
        return out, err

    def refuse(self, code, words, *arguments, **more):
        """It ends with `code`, one line on stderr that has all of `words`, and nothing on stdout."""
        out, err = self.run_tool(*arguments, code=code, **more)
        self.assertEqual(out, "")
        lines = err.splitlines()
        self.assertEqual(len(lines), 1, err)
        self.assertTrue(lines[0].startswith("metagame"), err)
        for word in [words] if isinstance(words, str) else words:
            self.assertIn(word, lines[0])
        for inner in ("options.", "method.", "METAGAME_", "model_callbacks", "struct_size"):  # the library's words, not the user's
            self.assertNotIn(inner, lines[0])
        return lines[0]

    def write(self, name, content):
        path = self.folder / name
        if isinstance(content, str):
            content = content.encode()
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        path.write_bytes(content)
        return name

    def read_json(self, name):
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())

    def assertClose(self, a, b, tolerance=1e-12):
        if isinstance(a, (list, tuple)):
            self.assertEqual(len(a), len(b))
            for x, y in zip(a, b):
                self.assertClose(x, y, tolerance)
        else:
            self.assertLessEqual(abs(a - b), tolerance * max(1, abs(a), abs(b)), f"{a} {b}")


def npy(values, shape, descr="<f8", code="d", fortran=False, version=1):
    """The bytes of an array file. `values` in the order of the file."""
    head = f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': ({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''}), }}"
    size = 10 if version == 1 else 12
    head += " " * (-(len(head) + size + 1) % 64) + "\n"
    length = struct.pack("<H" if version == 1 else "<I", len(head))
    order = ">" if descr.startswith(">") else "<"
    return b"\x93NUMPY" + bytes([version, 0]) + length + head.encode() + struct.pack(f"{order}{len(values)}{code}", *values)


def read_npy(path):
    """(shape, values) of a float64 file in C order."""
    data = pathlib.Path(path).read_bytes()
    assert data[:6] == b"\x93NUMPY"
    size = struct.unpack("<H", data[8:10])[0]
    head = eval(data[10:10 + size].decode(), {"__builtins__": {}}, {})
    assert head["descr"] == "<f8" and not head["fortran_order"]
    count = 1
    for side in head["shape"]:
        count *= side
    return head["shape"], list(struct.unpack(f"<{count}d", data[10 + size:]))


def shapley(values, n):
    """Shapley values of a list of 2^n values, by the definition."""
    from math import factorial
    weights = [factorial(s) * factorial(n - 1 - s) / factorial(n) for s in range(n)]
    out = []
    for player in range(n):
        bit = 1 << player
        out.append(sum(weights[bin(mask).count("1")] * (values[mask | bit] - values[mask]) for mask in range(1 << n) if not mask & bit))
    return out
