# SPDX-License-Identifier: MIT
"""The shared library exports exactly the functions listed in exports.txt; all are the public headers', and no data."""
import argparse
import pathlib
import re
import subprocess
import sys

import golden


def exported(library):
    """(kind, name) of the dynamic symbols; version names are no symbols of their own."""
    text = subprocess.run(["nm", "--dynamic", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        kind, name = line.split()[-2:]
        if kind != "A":
            yield kind, name.split("@")[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("include", type=pathlib.Path)
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    symbols = sorted(exported(arguments.library), key=lambda symbol: symbol[1])
    wrong = 0
    for kind, name in symbols:
        if not name.startswith("metagame_") or kind != "T":
            print(f"exported, but no metagame_ function: {name} ({kind})", file=sys.stderr)
            wrong = 1
    declared = set()
    for header in golden.public_headers(arguments.include):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(encoding="utf-8"), flags=re.DOTALL)
        declared |= set(re.findall(r"METAGAME_API\b[^;]*?\b(metagame_\w+)\(", text))
    names = [name for _, name in symbols]
    for name in sorted(declared.symmetric_difference(names)):
        print(f"{name} is {'declared, but not exported' if name in declared else 'exported, but not declared'}", file=sys.stderr)
        wrong = 1
    return wrong or golden.settle("exports.txt", names, arguments.update)


sys.exit(main())
