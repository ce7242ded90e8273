# SPDX-License-Identifier: MIT
"""Golden files: one line for each fact. With update they are rewritten, otherwise compared."""
import difflib
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent


def public_headers(include):
    """The headers of the shared library, metagame.h first; not the conformance suite, which is all inline."""
    beside = sorted((include / "metagame").glob("*.h"))
    return [include / "metagame.h"] + [path for path in beside if path.name not in ("export.h",) and not path.name.startswith("conformance")]


def settle(name, lines, update):
    """Returns the exit code of the calling test."""
    path = HERE / name
    text = "".join(line + "\n" for line in lines)
    if update:
        path.write_text(text, encoding="utf-8")
        return 0
    if not path.exists():
        print(f"{name} is missing; run tests/abi/update-baseline.sh", file=sys.stderr)
        return 1
    kept = path.read_text(encoding="utf-8")
    if kept == text:
        return 0
    sys.stderr.writelines(difflib.unified_diff(kept.splitlines(True), text.splitlines(True), name, "now"))
    print("The binary interface moved. If that is meant: tests/abi/update-baseline.sh, and a line in CHANGELOG.md.", file=sys.stderr)
    return 1
