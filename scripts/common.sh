# SPDX-License-Identifier: MIT
# Shared by the scripts in this directory; to be sourced by bash. Messages go to standard error.

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Everything that is downloaded or built once lives here.
metagame_cache() {
  if [ -n "${METAGAME_CACHE:-}" ]; then printf '%s\n' "$METAGAME_CACHE"
  elif [ -n "${XDG_CACHE_HOME:-}" ]; then printf '%s\n' "$XDG_CACHE_HOME/metagame"
  elif [ -n "${HOME:-}" ]; then printf '%s\n' "$HOME/.cache/metagame"
  else die 'set METAGAME_CACHE to a directory for downloads'; fi
}

MISSING_PACKAGES=()
# need_command COMMAND PACKAGE, need_pc MODULE PACKAGE: notes the Debian package when the thing itself is not there.
need_command() { have "$1" || MISSING_PACKAGES+=("$2"); }
need_pc() { { have pkg-config && pkg-config --exists "$1"; } || MISSING_PACKAGES+=("$2"); }

# Installs what was noted: by apt-get when root, else prints the one command. No network when nothing is missing.
install_missing() {
  [ "${#MISSING_PACKAGES[@]}" -eq 0 ] && return 0
  local packages
  mapfile -t packages < <(printf '%s\n' "${MISSING_PACKAGES[@]}" | sort -u)
  MISSING_PACKAGES=()
  have apt-get || die "please install what Debian calls: ${packages[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    die "packages are missing; as root run
  apt-get update && apt-get install -y --no-install-recommends ${packages[*]}"
  fi
  say "installing ${packages[*]}"
  apt-get update -qq >&2 || die 'apt-get update failed'
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >&2 ||
    die "apt-get could not install ${packages[*]}"
  hash -r
}

# What building llama.cpp and fetching the model take; here, so that all that is missing can be named at once.
need_llama_tools() {
  need_command cmake cmake
  need_command ninja ninja-build
  need_command c++ g++
  need_command pkg-config pkg-config
}
# Debian 12's cargo is too old; its cargo-web, kept new for browsers, is not.
need_cargo() {
  if have apt-cache && [ -n "$(apt-cache show cargo-web 2>/dev/null)" ]; then
    need_command cargo cargo-web
  else
    need_command cargo cargo
  fi
}
need_pip() { { have python3 && python3 -m pip --version >/dev/null 2>&1; } || MISSING_PACKAGES+=(python3 python3-pip); }

# check_sha256 FILE DIGEST
check_sha256() { [ -f "$1" ] && [ "$(sha256sum <"$1")" = "$2  -" ]; }

# with_lock FILE COMMAND...: one at a time across processes, where flock exists.
with_lock() {
  local lock=$1
  shift
  mkdir -p "$(dirname "$lock")"
  if have flock; then
    (flock 9 && "$@") 9>"$lock"
  else
    "$@"
  fi
}
