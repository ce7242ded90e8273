# SPDX-License-Identifier: MIT
"""docs/example-report.html is, byte for byte, the page that this build writes: check_example.py WRITE_PAGES FILE [--update]"""
import pathlib
import subprocess
import sys
import tempfile

with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.argv[1], folder], check=True)
    page = (pathlib.Path(folder) / "sampled.html").read_bytes()
example = pathlib.Path(sys.argv[2])
if sys.argv[3:] == ["--update"]:
    example.write_bytes(page)
elif not example.exists() or example.read_bytes() != page:
    print("docs/example-report.html is not what write-pages makes; look at the new page, then run this with --update", file=sys.stderr)
    sys.exit(1)
