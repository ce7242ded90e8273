#!/bin/sh
# SPDX-License-Identifier: MIT
# check_abi.sh LIBRARY: the library, built with debug information, against the baseline. Types as well as symbols.
# update: check_abi.sh --update LIBRARY INCLUDE_DIR
here=$(dirname "$0")
baseline=$here/libmetagame.abi
if [ "$1" = --update ]; then
  command -v abidw >/dev/null || { echo "abidw is missing (Debian: abigail-tools)" >&2; exit 1; }
  abidw --exported-interfaces-only --headers-dir "$3" --drop-private-types --no-corpus-path --no-comp-dir-path --no-show-locs \
    --no-elf-needed --type-id-style hash "$2" | sed "s#path='[^']*/lib/#path='lib/#" >"$baseline"
  test -s "$baseline"
  exit
fi
command -v abidiff >/dev/null || exit 77
[ -f "$baseline" ] || { echo "libmetagame.abi is missing; run tests/abi/update-baseline.sh" >&2; exit 1; }
exec abidiff --ignore-soname --fail-no-debug-info --headers-dir2 "$2" --drop-private-types --no-corpus-path "$baseline" "$1"
