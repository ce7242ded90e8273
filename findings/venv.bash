# SPDX-License-Identifier: MIT
# Sourced by the scripts of this folder: packages in a folder that is removed at the end.
#   packages NAME==VERSION...   a virtual environment with these packages, and what they need
#   run                         runs the Python program on standard input in it, on one BLAS thread
# Exit codes of the scripts: 0 as described, 1 the behaviour changed, 2 it could not be run.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

packages() {
  local python='' candidate
  for candidate in "${PYTHON:-}" python3.12 python3.13 python3; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 12))' \
      2> /dev/null; then
      python=$candidate
      break
    fi
  done
  if [ -z "$python" ]; then
    echo 'missing: Python 3.12 or later with venv (PYTHON=/path/to/python3.12 names one)' >&2
    exit 2
  fi
  "$python" -m venv "$folder/venv" || exit 2
  if ! "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    "$@"; then
    echo "missing: could not install $*" >&2
    exit 2
  fi
}

run() {
  OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 PYTHONWARNINGS=ignore "$folder/venv/bin/python" -
}
