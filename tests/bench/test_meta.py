# SPDX-License-Identifier: MIT
"""The bench of meta-Shapley matrices from base values: it runs, refuses bad arguments, and the library's error at equal calls is below
those of the references by what docs/benchmarks.md says. Usage: test_meta.py PROGRAM"""
import subprocess
import sys

PROGRAM = sys.argv[1]


def table(*arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{arguments}: exit {done.returncode}, {done.stderr}")
    errors = {}
    for line in done.stdout.splitlines()[1:]:
        matrix, family, n, calls, method, error, spent, _ = line.split()
        errors[matrix, family, int(n), int(calls), method] = float(error)
        if method == "library" and float(spent) > float(calls):
            sys.exit(f"{line}: more calls than the budget")
    return errors


def expect(holds, what):
    if not holds:
        sys.exit(what)


for n, family in ((12, "low"), (20, "low"), (12, "tanh")):
    found = table("4", family, str(n), "1000")
    ours, orders, shap_iq = (found["pinned", family, n, 1000, m] for m in ("library", "taylor-orders", "shap-iq"))
    expect(ours <= min(orders, shap_iq), f"pinned {family}, n = {n}: {ours}, orders {orders}, SHAP-IQ {shap_iq}")
    expect(n > 12 or ours <= 0.7 * orders, f"pinned {family}, n = {n}: {ours} is above 0.7 * {orders}")
    found = table("4", family, str(n), "2000")
    ours, grid, naive = (found["unpinned", family, n, 2000, m] for m in ("library", "nested-grid", "nested-naive"))
    expect(10 * ours <= naive, f"unpinned {family}, n = {n}: {ours} is not 10 times below {naive}")
    expect(2.5 * ours <= grid, f"unpinned {family}, n = {n}: {ours} is not 2.5 times below {grid}")

expect(subprocess.run([PROGRAM, "0"], capture_output=True, check=False).returncode == 2, "0 games must be refused")
