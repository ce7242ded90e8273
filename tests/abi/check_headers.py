# SPDX-License-Identifier: MIT
"""Every public header compiles alone, as C99, C11 and C++11, with the compilers that are there; lib/solve/driver.c, the example that
any host can follow, compiles with the public headers alone."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", "-fsyntax-only"]
MODES = [(["gcc", "clang", "cc"], "c", "c99"), (["gcc", "clang", "cc"], "c", "c11"), (["g++", "clang++", "c++"], "cpp", "c++11")]


def compiles(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        print(" ".join(command), done.stderr, sep="\n", file=sys.stderr)
    return done.returncode == 0


def main():
    root = pathlib.Path(sys.argv[1])
    include = root / "include"
    headers = [header.relative_to(include) for header in sorted(include.rglob("*.h"))]
    n_runs = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for names, suffix, standard in MODES:
            for name in names:
                if not shutil.which(name):
                    continue
                for header in headers:
                    source = pathlib.Path(folder) / f"{header.stem}.{suffix}"
                    source.write_text(f'#include "{header}"\n#include "{header}"\nextern int something;\n', encoding="utf-8")
                    wrong += not compiles([name, f"-std={standard}", *FLAGS, "-I", str(include), str(source)])
                    n_runs += 1
                if suffix == "c" and standard == "c11":
                    wrong += not compiles([name, "-std=c11", *FLAGS, "-I", str(include), str(root / "lib" / "solve" / "driver.c")])
    if n_runs == 0:
        return 77
    return 1 if wrong else 0


sys.exit(main())
