#!/usr/bin/env bash
# Every check; a failed one does not hide the others. The last lines name what failed and count tests as
# their own runners did; a failed check that counts none counts as one failure. The release build, whose
# end is one thread's work, goes on beside the checks that need no binary; tests have the machine to
# themselves.
set -uo pipefail
cd "$(dirname "$0")/.."

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0
failed=0
report=()
named=()

# step NAME COMMAND...
step() {
  local name=$1 log="$logs/$1" start=$SECONDS outcome=ok counts
  shift
  printf '\n=== %s: %s\n' "$name" "$*"
  "$@" 2>&1 | tee "$log" || outcome=FAILED
  counts=$(count "$log")
  local good=${counts% *} bad=${counts#* }
  if [ "$outcome" = FAILED ]; then
    if [ "$bad" -eq 0 ]; then bad=1; fi
    mapfile -t -O ${#named[@]} named < <({ failures "$log"; reasons "$log"; } | sed "s/^/$name: /")
  fi
  passed=$((passed + good))
  failed=$((failed + bad))
  report+=("$(printf '%-12s %-6s %4d s   %5d passed, %d failed' \
    "$name" "$outcome" $((SECONDS - start)) "$good" "$bad")")
  [ "$outcome" = ok ]
}

# "PASSED FAILED" from the closing lines of nextest, cargo test, vitest and node:test.
count() {
  sed -E 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    function before(word,   i) { for (i = 2; i <= NF; i++) if ($i ~ "^" word) return $(i - 1) + 0; return 0 }
    /^ *Summary \[.*tests? run:/ || /^test result:/ || /^ *Tests +.*\([0-9]+\)/ {
      good += before("passed"); bad += before("failed")
    }
    /^(#|ℹ) pass [0-9]+$/ { good += $3 }
    /^(#|ℹ) fail [0-9]+$/ { bad += $3 }
    END { print good + 0, bad + 0 }'
}

# The failed tests, as nextest, cargo test, vitest and node:test tell them.
failures() {
  lines "$1" '^ *(FAIL|TIMEOUT|SIG[A-Z]+) |^test .* FAILED$|^ *✖ |^thread .* panicked'
}

# What was said of them, and where.
reasons() {
  lines "$1" '^ *[A-Za-z]*Error( \[[A-Z_]+\])?: |^ +(- waiting for|❯ [^ ]+.*:[0-9]+:[0-9]+$|at .*\.test\.js:)'
}

# The first lines of the log $1 that match $2, each once.
lines() {
  sed -E 's/\x1b\[[0-9;]*m//g' "$1" | grep -E "$2" | awk '!seen[$0]++' | cut -c 1-300 | head -n 12
}

finish() {
  printf '\n'
  printf '%s\n' "${report[@]}"
  if [ "${#named[@]}" -gt 0 ]; then printf '\n'; printf '%s\n' "${named[@]}"; fi
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}

rust_tests() {
  local outcome=0
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace --locked --no-fail-fast || outcome=1
    # nextest does not run the examples in doc comments.
    cargo test --workspace --locked --no-fail-fast --doc || outcome=1
  else
    cargo test --workspace --locked --no-fail-fast || outcome=1
  fi
  return "$outcome"
}

# Builds the binary beside what follows; its output and outcome are for release_is_built.
build_release() {
  make --no-print-directory release >"$logs/build" 2>&1
  echo $? >"$logs/built"
}

release_is_built() {
  tail --pid="$release" -f /dev/null
  cat "$logs/build"
  return "$(cat "$logs/built")"
}

step fmt cargo fmt --all --check
step client make --no-print-directory web/dist/index.html || finish
build_release &
release=$!
step typecheck npm run --silent typecheck
step lint npm run --silent lint
step client-unit npm test --silent
step clippy cargo clippy --workspace --all-targets --locked -- -D warnings
step deny cargo deny --locked check bans licenses sources
step release release_is_built || finish
step rust rust_tests
step wire npm test --silent -w tests/wire
step e2e npm run --silent e2e -w web
finish
