#!/usr/bin/env bash
# Installs what is missing and says nothing of what is there.
#   tools.sh build   what `make build` needs
#   tools.sh test    what `make test` needs as well
set -euo pipefail

purpose=${1:?build or test}
node_least=20.19.0
cargo_deny_version=0.20.2

say() { printf '%s\n' "tools: $*" >&2; }
have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }

have cargo || { say "Rust is missing: install it with rustup (https://rustup.rs), then try again"; exit 1; }

# command -> Debian package
declare -A packages=([cc]=build-essential [make]=build-essential [node]=nodejs [npm]=npm)
if [ "$purpose" = test ]; then
  packages+=([chromium]=chromium [nft]=nftables [ip]=iproute2)
fi
missing=()
for command in "${!packages[@]}"; do
  have "$command" || missing+=("${packages[$command]}")
done

if [ ${#missing[@]} -gt 0 ]; then
  mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
  if [ "$(id -u)" -ne 0 ] || ! have apt-get; then
    say "missing: ${missing[*]}. Install them (on Debian, as root: apt-get install ${missing[*]}), then try again"
    exit 1
  fi
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >&2
  apt-get install -q -y --no-install-recommends "${missing[@]}" >&2
fi

node_version=$(node --version | tr -d v)
if [ "$(printf '%s\n' "$node_least" "$node_version" | sort -V | head -n 1)" != "$node_least" ]; then
  say "Node $node_version is too old for the web client: $node_least or newer is needed"
  exit 1
fi

if [ "$purpose" = test ] && ! cargo deny --version >/dev/null 2>&1; then
  say "installing cargo-deny $cargo_deny_version (some two minutes)"
  # It reads a lock file: to optimise it takes longer than that saves.
  CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off \
    cargo install --quiet --locked "cargo-deny@$cargo_deny_version" >&2
fi
