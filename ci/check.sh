#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR MIT
# All that is checked: form, lints, docs and every test of all workspaces. CI runs this and nothing else.
#
# Needs cargo and cc; in CI also openssl, git, zstd and gzip, by which tests confirm formats (without CI set, such a test says that it was
# left out). So there is only shell here. Everything of the host's workspace is compiled in
# release mode: the system tests judge the release binary, and a second profile would compile all dependencies twice.
# The last line says what came out: a stage that failed without a failed test counts as one failure.
set -u

case $0 in
*/*) cd "${0%/*}/.." || exit 1 ;;
*) cd .. || exit 1 ;;
esac

# Plain lines; no state of an earlier run.
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0
export RUSTDOCFLAGS='-D warnings'

stage() {
    name=$1
    shift
    printf 'check: %s: %s\n' "$name" "$*"
    "$@" </dev/null 2>&1
    code=$?
    printf 'check: %s: ended with %s\n' "$name" "$code"
}

stages() {
    stage form cargo fmt --all --check
    stage form-os cargo fmt --manifest-path os/Cargo.toml --all --check
    stage form-ceremony cargo fmt --manifest-path signing/ceremony/Cargo.toml --all --check
    stage form-fuzz cargo fmt --manifest-path fuzz/Cargo.toml --all --check
    stage lints cargo clippy --locked --release --workspace --all-targets -- -D warnings
    stage lints-os cargo clippy --locked --manifest-path os/Cargo.toml --workspace --all-targets -- -D warnings
    stage lints-ceremony cargo clippy --locked --manifest-path signing/ceremony/Cargo.toml --workspace --all-targets -- -D warnings
    stage docs cargo doc --locked --release --workspace --no-deps
    stage docs-os cargo doc --locked --manifest-path os/Cargo.toml --workspace --no-deps
    stage docs-ceremony cargo doc --locked --manifest-path signing/ceremony/Cargo.toml --workspace --no-deps
    # With the tests in one go: built alone, the binary would get other features of the same dependencies.
    stage build cargo build --locked --release --workspace --all-targets
    stage tests-os cargo test --locked --manifest-path os/Cargo.toml --workspace --no-fail-fast
    stage tests-ceremony cargo test --locked --manifest-path signing/ceremony/Cargo.toml --workspace --no-fail-fast
    stage tests cargo test --locked --release --workspace --no-fail-fast
    printf 'check: end\n'
}

# Adds up the lines of test harnesses: "test result: ok. 3 passed; 0 failed; …".
judge() {
    passed=0
    failed=0
    failed_before=0
    ended=no
    while IFS= read -r line || [ -n "$line" ]; do
        printf '%s\n' "$line"
        case $line in
        'test result: '*' passed; '*' failed; '*)
            rest=${line#*. }
            more=${rest%% passed; *}
            rest=${rest#* passed; }
            lost=${rest%% failed; *}
            case $more$lost in
            *[!0-9]* | '') failed=$((failed + 1)) ;;
            *)
                passed=$((passed + more))
                failed=$((failed + lost))
                ;;
            esac
            ;;
        'check: '*': ended with 0') failed_before=$failed ;;
        'check: '*': ended with '*)
            if [ "$failed" -eq "$failed_before" ]; then
                failed=$((failed + 1))
            fi
            failed_before=$failed
            ;;
        'check: end') ended=yes ;;
        esac
    done
    if [ "$ended" = no ]; then
        printf 'check: did not come to its end\n'
        failed=$((failed + 1))
    fi
    printf '%s passed, %s failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# The test of this script feeds it the output of another run.
if [ "${1-}" = --judge ]; then
    judge
else
    stages | judge
fi
