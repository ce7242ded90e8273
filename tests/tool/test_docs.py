# SPDX-License-Identifier: MIT
"""The examples of docs/command.md print what stands there: files are made, commands replayed in order. Arguments: the program, tools/."""
import os
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

import support
from support import Case


class Docs(Case):
    def test_command(self):
        page = (pathlib.Path(support.ARGUMENTS[0]).parent / "docs" / "command.md").read_text(encoding="utf-8")
        for name, content in re.findall(r"^`([a-z.]+)`:\n\n```\n(.*?)```$", page, re.MULTILINE | re.DOTALL):
            self.write(name, content)
        folder = self.folder / "bin"
        folder.mkdir()
        os.symlink(sys.executable, folder / "python3")
        # The command itself may be found by where its libraries are: so it is called by its own path.
        (folder / "metagame").write_text(f"#!/bin/sh\nexec {shlex.quote(support.PROGRAM)} \"$@\"\n")
        (folder / "metagame").chmod(0o755)
        env = self.environment(PATH=f"{folder}:{os.environ['PATH']}")
        blocks = [b for b in re.findall(r"^```console\n(.*?)```$", page, re.MULTILINE | re.DOTALL) if "metagame text" not in b and "scripts/" not in b]
        self.assertGreaterEqual(len(blocks), 5)
        for block in blocks:
            last = 0
            for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
                if command == "echo $?":
                    self.assertEqual(f"{last}\n", expected)
                    continue
                done = subprocess.run(["sh", "-c", command], cwd=self.folder, env=env, capture_output=True, text=True, timeout=60)
                last = done.returncode
                said = re.sub(r"(solver, \d+ coalitions(?: from \d+ values)?), .*", r"\1, ...", done.stdout + done.stderr)
                self.assertEqual(said.rstrip("\n"), expected.rstrip("\n"), command)


if __name__ == "__main__":
    support.main()
