# SPDX-License-Identifier: MIT
"""check_page.py PROGRAM EXPECTED PAGE: the program prints what EXPECTED holds, and the page shows it verbatim."""
import difflib
import pathlib
import subprocess
import sys


def main():
    program, expected, page = sys.argv[1:]
    printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    kept = pathlib.Path(expected).read_text(encoding="utf-8")
    if printed != kept:
        sys.stderr.writelines(difflib.unified_diff(kept.splitlines(True), printed.splitlines(True), expected, "printed"))
        return 1
    if kept not in pathlib.Path(page).read_text(encoding="utf-8"):
        print(f"{page} does not show {expected} verbatim", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
