#!/bin/sh
# SPDX-License-Identifier: MIT
# examples/check.sh PREFIX BUILD_TMP_DIR
# Builds every example against the libmetagame installed in PREFIX in every way a program can find it, runs it and compares what it
# prints with its expected.txt. Everything is built in BUILD_TMP_DIR (made if missing; what this script put there before is replaced).
# Needs a C and a C++ compiler, make, pkg-config, cmake and meson; Rust and Go are tried where cargo and go are found.
set -eu

[ $# -eq 2 ] || { echo "usage: $0 PREFIX BUILD_TMP_DIR" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
prefix=$(cd "$1" && pwd)
mkdir -p "$2"
tmp=$(cd "$2" && pwd)/examples-check
rm -rf "$tmp"
mkdir "$tmp"

step() { echo "== $*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
skip() { echo "-- skipped: $*"; }

# run NAME COMMAND...: exit status 0 and exactly the expected lines.
run() {
  name=$1
  shift
  "$@" >"$tmp/out.txt" || fail "$name: $* returned $?"
  diff -u "$src/$name/expected.txt" "$tmp/out.txt" || fail "$name: $* printed other lines"
  echo "$name: ok"
}

# quiet COMMAND...: its output only when it fails.
quiet() {
  "$@" >"$tmp/log.txt" 2>&1 || { cat "$tmp/log.txt" >&2; fail "$*"; }
}

# Work on a copy: nothing is written next to the sources.
src=$tmp/src
mkdir "$src"
for name in c-callback ask-tell plugin cpp adder indices stopping subproject rust go; do cp -R "$here/$name" "$src/"; done
native="c-callback ask-tell plugin cpp adder indices stopping"

pc=$(find "$prefix" -name metagame.pc | head -n 1)
[ -n "$pc" ] || fail "no metagame.pc under $prefix"
PKG_CONFIG_PATH=$(dirname "$pc")${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH
# The installed tree is what is tested, not a build directory that may also be in PKG_CONFIG_PATH.
PKG_CONFIG_DISABLE_UNINSTALLED=1
export PKG_CONFIG_DISABLE_UNINSTALLED
libdir=$(pkg-config --variable=libdir metagame)
cc=${CC:-cc}
CFLAGS="-O1 -Wall -Wextra -Werror -pedantic"
CXXFLAGS=$CFLAGS
export CFLAGS CXXFLAGS

step "make, pkg-config, shared library"
for name in $native; do
  quiet make -C "$src/$name"
  run "$name" env LD_LIBRARY_PATH="$libdir" "$src/$name/$name"
done

step "pkg-config without openblas.pc and lapacke.pc"
# The shared library needs no BLAS to compile against: its .pc file alone must do.
mkdir "$tmp/pc"
cp "$pc" "$tmp/pc/"
quiet env PKG_CONFIG_LIBDIR="$tmp/pc" PKG_CONFIG_PATH= pkg-config --cflags --libs metagame
echo "flags: ok"

step "pkg-config --static, static library"
if [ -f "$libdir/libmetagame.a" ]; then
  mkdir "$tmp/static" # a directory without the shared library, so that -lmetagame can only be the archive
  cp "$libdir/libmetagame.a" "$tmp/static/"
  flags=$(pkg-config --static --define-variable=libdir="$tmp/static" --cflags --libs metagame)
  # shellcheck disable=SC2086 # flags are several words
  quiet $cc -std=c99 $CFLAGS -o "$tmp/static/c-callback" "$src/c-callback/main.c" $flags
  if ldd "$tmp/static/c-callback" 2>/dev/null | grep -q libmetagame; then fail "the static program needs libmetagame.so"; fi
  run c-callback "$tmp/static/c-callback"
else
  skip "no libmetagame.a"
fi

step "cmake, find_package"
for name in $native; do
  quiet cmake -S "$src/$name" -B "$tmp/cmake-$name" -DCMAKE_PREFIX_PATH="$prefix"
  quiet cmake --build "$tmp/cmake-$name"
  run "$name" "$tmp/cmake-$name/$name"
done

step "cmake, the installed tree moved, both targets"
cp -R "$prefix" "$tmp/moved"
mkdir "$tmp/two"
cat >"$tmp/two/CMakeLists.txt" <<'EOF'
cmake_minimum_required(VERSION 3.10)
project(two C)
find_package(metagame 99 CONFIG QUIET)
if(metagame_FOUND)
  message(FATAL_ERROR "version 99 was accepted")
endif()
find_package(metagame 0.1 CONFIG REQUIRED)
find_package(metagame ${metagame_VERSION} EXACT CONFIG REQUIRED)
add_executable(shared ${SOURCE})
target_link_libraries(shared PRIVATE metagame::metagame m)
if(TARGET metagame::metagame_static)
  add_executable(static ${SOURCE})
  target_link_libraries(static PRIVATE metagame::metagame_static m)
endif()
EOF
quiet cmake -S "$tmp/two" -B "$tmp/cmake-two" -DCMAKE_PREFIX_PATH="$tmp/moved" -DSOURCE="$src/c-callback/main.c"
grep -q "^metagame_DIR:PATH=$tmp/moved/" "$tmp/cmake-two/CMakeCache.txt" || fail "cmake did not take the moved tree"
quiet cmake --build "$tmp/cmake-two"
run c-callback "$tmp/cmake-two/shared"
if [ -f "$libdir/libmetagame.a" ]; then run c-callback "$tmp/cmake-two/static"; fi

step "meson subproject"
if [ -f "$root/meson.build" ]; then
  mkdir "$src/subproject/subprojects"
  ln -s "$root" "$src/subproject/subprojects/metagame"
  quiet meson setup "$tmp/meson" "$src/subproject" --force-fallback-for=metagame -Dmetagame:llama=disabled
  quiet meson compile -C "$tmp/meson" $native
  for name in $native; do run "$name" "$tmp/meson/$name"; done
else
  skip "no source tree above the examples"
fi

step "rust"
if command -v cargo >/dev/null; then
  (cd "$src/rust" && quiet env CARGO_NET_OFFLINE=true CARGO_TARGET_DIR="$tmp/rust" RUSTFLAGS="-D warnings" cargo build --quiet)
  run rust "$tmp/rust/debug/metagame-example"
else
  skip "no cargo"
fi

step "go"
if command -v go >/dev/null; then
  (cd "$src/go" && quiet env GOFLAGS=-mod=mod GOPROXY=off go build -o "$tmp/go-example" .)
  run go env LD_LIBRARY_PATH="$libdir" "$tmp/go-example"
else
  skip "no go"
fi

echo "examples: all ok"
