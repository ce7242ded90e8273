#!/bin/sh
# SPDX-License-Identifier: MIT
# update-baseline.sh BUILD_DIR: rewrites every golden file of this folder from a configured build directory.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${1:?usage: update-baseline.sh BUILD_DIR}
twin=$build/tests/abi/libmetagame-abi.so
targets=$(ninja -C "$build" -t targets all | sed -n 's/^\(lib\/libmetagame\.\(so\|dylib\)[.0-9]*\): c_LINKER.*/\1/p' | head -1)
ninja -C "$build" "$targets" tests/abi/libmetagame-abi.so
python3 "$here/check_exports.py" --update "$build/$targets" "$root/include"
python3 "$here/check_layout.py" --update "$root/include"
sh "$here/check_abi.sh" --update "$twin" "$root/include"
echo "updated: exports.txt constants.txt layout-x86_64.txt libmetagame.abi"
