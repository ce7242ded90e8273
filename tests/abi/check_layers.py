# SPDX-License-Identifier: MIT
"""The order of the folders under lib/: a file includes headers of its own folder or of one above it, and the public ones.

Also: lib/base/linalg.c alone includes LAPACKE and CBLAS, lib/base/clock.c alone time.h; no attributor includes another; lib/solve/driver.c includes metagame.h and
nothing else; no file has more than 600 lines; nothing but the C library and POSIX threads is included with <>."""
import pathlib
import re
import sys

LAYERS = ["base", "game", "attributors", "plan", "estimate", "solve", "result", "report", "metrics", "truth"]
ALLOWED = {"assert.h", "errno.h", "float.h", "inttypes.h", "limits.h", "math.h", "pthread.h", "stdalign.h", "stdarg.h", "stdatomic.h",
           "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h"}
CLOCK = "time.h"
LINEAR_ALGEBRA = {"lapacke.h", "cblas.h"}
MOST_LINES = 600


def complaints_of(root, path):
    name = path.relative_to(root).as_posix()
    text = path.read_text(encoding="utf-8")
    if not text.startswith(("/* SPDX-License-Identifier: MIT */", "// SPDX-License-Identifier: MIT")):
        yield "does not begin with its licence"
    n_lines = text.count("\n")
    if n_lines > MOST_LINES:
        yield f"has {n_lines} lines, at most {MOST_LINES}: it is two ideas"
    public = name.startswith("include/")
    folder = None if public else path.relative_to(root / "lib").parts[0]
    if not public and folder not in LAYERS:
        yield f"lies outside of the folders {', '.join(LAYERS)}"
        return
    for mark, included in re.findall(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', text, re.MULTILINE):
        if name == "lib/solve/driver.c" and included != "metagame.h":
            yield f"includes {included}; the driver uses the public header alone"
        elif mark == "<":
            if included in LINEAR_ALGEBRA:
                if name != "lib/base/linalg.c":
                    yield f"includes {included}, which only lib/base/linalg.c may"
            elif included == CLOCK:
                if name != "lib/base/clock.c":
                    yield f"includes {included}, which only lib/base/clock.c may"
            elif included not in ALLOWED:
                yield f"includes <{included}>, which is not part of the C library or POSIX threads"
        elif (root / "include" / included).exists():
            continue
        elif public:
            yield f"includes {included}, which is no public header"
        elif not (root / "lib" / included).exists():
            yield f"includes {included}, which is no header under lib/ or include/; write the path from lib/"
        else:
            other = included.split("/")[0]
            if other not in LAYERS or LAYERS.index(other) > LAYERS.index(folder):
                yield f"includes {included} of a folder below its own"
            elif other == folder == "attributors" and included != "attributors/builtin.h":
                yield f"includes {included}; attributors know attributors/builtin.h, not each other"


def main():
    root = pathlib.Path(sys.argv[1])
    files = [path for folder in ("include", "lib") for path in sorted((root / folder).rglob("*.[ch]"))]
    wrong = 0
    for path in files:
        for complaint in complaints_of(root, path):
            print(f"{path.relative_to(root).as_posix()} {complaint}", file=sys.stderr)
            wrong += 1
    if len(files) < 20:
        print(f"only {len(files)} files found under {root}", file=sys.stderr)
        wrong += 1
    return 1 if wrong else 0


sys.exit(main())
