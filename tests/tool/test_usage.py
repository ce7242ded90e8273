# SPDX-License-Identifier: MIT
"""Help, manual page and completions of metagame: complete, in step with each other, and well formed. Arguments: the program, tools/."""
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import support
from support import Case

COMMANDS = ("text", "table", "game", "verify", "report", "compare")


class Usage(Case):
    def tools(self):
        return pathlib.Path(support.ARGUMENTS[0])

    def options(self, command):
        text, err = self.run_tool(command, "--help")
        self.assertEqual(err, "")
        self.assertTrue(text.startswith(f"usage: metagame {command} "))
        return re.findall(r"^  (?:-\w, )?(--[a-z-]+)", text, re.MULTILINE), text

    def test_top(self):
        out, _ = self.run_tool("--help")
        for command in COMMANDS:
            self.assertRegex(out, rf"(?m)^  {command} ")
        self.assertEqual(self.run_tool("help")[0], out)
        self.assertEqual(self.run_tool("-h")[0], out)
        for number in range(8):
            self.assertIn(f"{number} ", out.split("Exit codes:")[1])
        self.assertRegex(self.run_tool("--version")[0], r"^metagame \d+\.\d+\.\d+\n$")
        self.refuse(2, "which command?")
        self.refuse(2, ["unknown command 'tex'", "text, table, game"], "tex")
        self.refuse(2, "unknown command '--verbose'", "--verbose")

    def test_only_public_headers(self):
        """tools/ includes its own headers, installed ones, and those of the system; no file is two ideas long."""
        public = {"metagame.h", "metagame_llama.h", "metagame_xgboost.h"}
        for path in sorted(self.tools().glob("*.[ch]")):
            text = path.read_text()
            self.assertLessEqual(text.count("\n"), 600, path.name)
            self.assertTrue(text.startswith("/* SPDX-License-Identifier: MIT */"), path.name)
            for name in re.findall(r'^#include "([^"]+)"', text, re.MULTILINE):
                known = name in public or (self.tools() / name).exists() or (self.tools().parent / "include" / name).exists()
                self.assertTrue(known, f"{path.name} includes {name}")

    def test_help(self):
        """Help fits a page of 100 columns, but for lists of names, and wins over errors that come later."""
        for command in COMMANDS:
            names, text = self.options(command)
            self.assertEqual(len(names), len(set(names)))
            for line in text.split("\n"):
                self.assertTrue(len(line) <= 120 or "|" in line, line)
            self.run_tool(command, "--help", "--nonsense")
            self.refuse(2, "unknown option --nonsense", command, "--nonsense", "--help")

    def test_pages_are_up_to_date(self):
        """tools/pages.py writes what is committed: so all options are in the manual page and in both completions."""
        subprocess.run([sys.executable, self.tools() / "pages.py", support.PROGRAM, self.folder], check=True)
        for name in ("metagame.1", "metagame.bash", "_metagame"):
            self.assertEqual((self.folder / name).read_text(), (self.tools() / name).read_text(), f"{name}: run tools/pages.py PROGRAM tools")

    def test_all_options_are_told(self):
        manual = (self.tools() / "metagame.1").read_text()
        bash, zsh = (self.tools() / "metagame.bash").read_text(), (self.tools() / "_metagame").read_text()
        for command in COMMANDS:
            section = manual.split(f".Sh METAGAME {command.upper()}\n")[1].split("\n.Sh ")[0]
            words = re.search(rf"^    {command}\) .*-W '([^']*)'", bash, re.MULTILINE).group(1).split()
            part = zsh.split(f"        {command})\n")[1].split(";;")[0]
            for option in self.options(command)[0]:
                self.assertRegex(section, rf"(?m)^\.It .*Fl -{option[2:]}( |$)")
                self.assertIn(option, words)
                self.assertRegex(part, rf"{option}\[")

    @unittest.skipUnless(shutil.which("mandoc"), "no mandoc")
    def test_manual_page(self):
        done = subprocess.run(["mandoc", "-T", "lint", self.tools() / "metagame.1"], capture_output=True, text=True)
        complaints = [line for line in done.stdout.split("\n") if line and "mandoc.db" not in line]
        self.assertEqual(complaints, [])

    @unittest.skipUnless(shutil.which("bash"), "no bash")
    def test_bash(self):
        script = self.tools() / "metagame.bash"
        subprocess.run(["bash", "-n", script], check=True)

        def complete(*words):
            quoted = " ".join(f"'{w}'" for w in words)
            out = subprocess.run(["bash", "-c", f". '{script}'; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _metagame; "
                                  "printf '%s\\n' \"${COMPREPLY[@]}\""], capture_output=True, text=True, check=True, cwd=self.folder).stdout
            return out.split()
        self.write("some.json", "")
        self.assertEqual(complete("metagame", "t"), ["text", "table"])
        self.assertEqual(complete("metagame", "game", "--own"), ["--own-player"])
        self.assertEqual(complete("metagame", "game", "--solver", "p"), ["permutation"])
        self.assertEqual(complete("metagame", "verify", "so"), ["some.json"])
        self.assertEqual(complete("metagame", "report", "-o", "so"), ["some.json"])
        self.assertEqual(complete("metagame", "game", "--budget", ""), [])
        self.assertIn("attnlrp", complete("metagame", "text", "--attributor", ""))

    @unittest.skipUnless(shutil.which("zsh"), "no zsh")
    def test_zsh(self):
        subprocess.run(["zsh", "-n", self.tools() / "_metagame"], check=True)


if __name__ == "__main__":
    support.main()
